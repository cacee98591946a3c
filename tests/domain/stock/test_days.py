"""The closing of each business date, and documents that come late."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.kernel.errors import DomainError, Refused
from app.domain.kernel.rows import read
from app.domain.stock.moves import undo_moves
from app.domain.warehousing.receipts import cancel_receipts
from tests.domain.stock.conftest import Yard, day
from tests.world import TODAY

D = Decimal


def late(yard: Yard, work, *args, **more) -> DomainError:
    """The one refusal of what comes too late."""
    with pytest.raises(Refused) as refusal:
        work(*args, **more)
    [error] = refusal.value.errors.values()
    assert error.code == "back_dated_stock"
    return error


def test_a_day_closes_with_what_moved_up_to_it_and_a_day_of_rest_has_no_row(yard, cup) -> None:
    yard.receive(cup, "3", "10.00", day(1))
    yard.take(cup, "1", day(4))
    yard.take(cup, "1", day(4))

    assert yard.days(cup) == {1: (3, D("10.00")), 4: (1, D("3.33"))}


def test_a_receipt_that_comes_late_corrects_the_days_after_it(yard, cup) -> None:
    yard.receive(cup, "3", "9.00", day(2))
    yard.take(cup, "1", day(6))

    yard.receive(cup, "2", "8.00", day(4))
    yard.receive(cup, "1", "1.00", day(1))

    assert yard.days(cup) == {1: (1, 1), 2: (4, 10), 4: (6, 18), 6: (5, 15)}
    assert yard.moves(cup)[-1] == (1, 1, 5, 15)


def test_a_late_issue_takes_the_average_of_today(yard, cup) -> None:
    yard.receive(cup, "10", "20.00", day(1))
    yard.receive(cup, "10", "40.00", day(5))

    assert yard.take(cup, "2", day(3)) == D("6.00")
    assert yard.days(cup) == {1: (10, 20), 3: (8, 14), 5: (18, 54)}


def test_goods_do_not_leave_before_they_came_and_the_first_possible_date_is_named(yard, cup) -> None:
    yard.receive(cup, "2", "2.00", day(1))
    yard.receive(cup, "8", "8.00", day(5))

    error = late(yard, yard.take, cup, "3", day(3))

    assert error.facts == {
        "sku": "CUP", "on": day(3), "wrong_on": day(3), "quantity": D(-1), "first_possible": day(5),
    }  # fmt: skip
    assert str(error).endswith(f"The first possible date is {day(5)}.")


def test_goods_do_not_leave_before_any_came(yard, cup) -> None:
    yard.receive(cup, "2", "2.00", day(5))

    assert late(yard, yard.take, cup, "1", day(3)).facts["first_possible"] == day(5)


def test_the_named_date_is_possible_and_the_day_before_it_is_not(yard, cup) -> None:
    """Enough on day 2, too little again from day 4 to 6."""
    yard.receive(cup, "5", "5.00", day(2))
    yard.take(cup, "4", day(4))
    yard.receive(cup, "9", "9.00", day(7))
    yard.receive(cup, "1", "1.00", day(9))

    assert late(yard, yard.take, cup, "2", day(2)).facts["first_possible"] == day(7)
    assert late(yard, yard.take, cup, "2", day(6)).facts["wrong_on"] == day(6)

    yard.take(cup, "2", day(7))
    assert yard.days(cup) == {2: (5, 5), 4: (1, 1), 7: (8, 8), 9: (9, 9)}


def test_a_late_issue_at_a_higher_average_must_not_make_a_day_worth_less_than_nothing(yard, cup) -> None:
    yard.receive(cup, "10", "10.00", day(1))
    yard.receive(cup, "10", "90.00", day(5))

    error = late(yard, yard.take, cup, "3", day(2))

    assert (error.facts["quantity"], "a worth that cannot be" in str(error), error.facts["first_possible"]) == (
        7,
        True,
        day(5),
    )


def test_a_late_issue_must_not_leave_a_day_with_a_value_and_nothing_on_hand(yard, cup) -> None:
    yard.receive(cup, "1", "3.00", day(1))
    yard.receive(cup, "1", "1.00", day(5))

    error = late(yard, yard.take, cup, "1", day(2))

    assert (error.facts["quantity"], "a worth that cannot be" in str(error), error.facts["first_possible"]) == (
        0,
        True,
        day(5),
    )


def test_of_two_products_the_one_that_has_to_wait_longer_names_the_date(yard, cup) -> None:
    pot = yard.world.add_product("POT")
    yard.receive(cup, "1", "1.00", day(3))
    yard.receive(cup, "1", "1.00", day(4))
    yard.receive(pot, "2", "2.00", day(7))
    [document] = yard.documents(1)

    error = late(yard, yard.issue, [yard.line(document, cup, "2"), yard.line(document, pot, "2")], day(3))

    assert (error.facts["sku"], error.facts["first_possible"]) == ("POT", day(7))
    yard.issue([yard.line(document, cup, "2"), yard.line(document, pot, "2")], day(7))


def test_a_wrong_day_that_is_later_does_not_count_but_the_date_from_which_it_is_right(yard, cup) -> None:
    """The pot is wrong until day 4 and right from day 5, the cup wrong on day 3 only, but right not before day 7."""
    pot = yard.world.add_product("POT")
    yard.receive(cup, "1", "1.00", day(3))
    yard.receive(cup, "1", "1.00", day(7))
    yard.receive(pot, "3", "3.00", day(3))
    yard.take(pot, "2", day(4))
    yard.receive(pot, "1", "1.00", day(5))
    [document] = yard.documents(1)

    error = late(yard, yard.issue, [yard.line(document, pot, "2"), yard.line(document, cup, "2")], day(3))

    assert (error.facts["sku"], error.facts["wrong_on"], error.facts["first_possible"]) == ("CUP", day(3), day(7))


def test_the_lines_of_a_document_are_looked_at_together(yard, cup) -> None:
    yard.receive(cup, "2", "2.00", day(1))
    yard.receive(cup, "2", "2.00", day(5))
    [document] = yard.documents(1)

    error = late(yard, yard.issue, [yard.line(document, cup, "2"), yard.line(document, cup, "1")], day(2))

    assert error.facts["quantity"] == -1


def test_late_documents_of_a_batch_are_served_in_the_order_of_their_ids(yard, cup) -> None:
    yard.receive(cup, "3", "3.00", day(1))
    yard.receive(cup, "7", "7.00", day(5))
    first, second, third = yard.documents(3)
    lines = [yard.line(first, cup, "2"), yard.line(second, cup, "2"), yard.line(third, cup, "1")]

    with pytest.raises(Refused) as refusal:
        yard.issue(lines, day(2))

    assert set(refusal.value.errors) == {second}


def test_a_cancellation_that_comes_late_is_refused_for_the_same_reason(world, cup) -> None:
    receipt = world.receive(cup, "5", on=day(1))
    world.shipped_order((cup, "5"), on=day(3))
    world.receive(cup, "9", on=day(6))

    errors = world.refused(cancel_receipts, [receipt], on=day(2), reason="oops")

    assert (errors[receipt].code, errors[receipt].facts["first_possible"]) == ("back_dated_stock", day(6))
    world.do(cancel_receipts, [receipt], on=day(6), reason="oops")
    assert world.balance(cup)[0] == 4


def test_a_mirror_that_comes_late_corrects_the_days_after_it(yard, cup) -> None:
    yard.receive(cup, "5", "5.00", day(1))
    receipt = yard.receive(cup, "5", "5.00", day(2))
    yard.take(cup, "1", day(6))

    with yard.deed():
        undo_moves(yard.session, [yard.line(receipt, cup, "-5", "-5.00")], on=day(4))

    assert yard.days(cup) == {1: (5, 5), 2: (10, 10), 4: (5, 5), 6: (4, 4)}


def test_days_of_another_product_and_warehouse_stay_as_they_are(yard, cup) -> None:
    shop, pot = yard.world.add_warehouse("SHOP"), yard.world.add_product("POT")
    yard.receive(cup, "1", "1.00", day(6), warehouse=shop)
    yard.receive(pot, "1", "1.00", day(6))

    yard.receive(cup, "1", "1.00", day(2))

    assert yard.days(pot) == {6: (1, 1)}
    rows = read(yard.session, "SELECT quantity FROM stock_day WHERE warehouse_id = %(shop)s", shop=shop)
    assert [row.quantity for row in rows] == [1]


steps = st.lists(
    st.tuples(
        st.sampled_from(["receive", "take", "cancel"]), st.integers(1, 9), st.integers(1, 6), st.integers(0, 900)
    ),
    max_size=14,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps)
def test_whatever_comes_whenever_days_and_balance_are_the_sums_of_the_moves(world, story) -> None:
    """Each step is done, or refused because no day could close like that; what is named as possible is possible."""
    world.group("goods")
    with world.session.begin_nested() as savepoint:
        cup = world.add_product("CUP")
        yard, receipts = Yard(world), []
        for kind, number, quantity, cents in story:
            try:
                if kind == "receive":
                    receipts.append(world.receive(cup, str(quantity), str(D(cents) / 100), on=day(number)))
                elif kind == "take":
                    yard.take(cup, str(quantity), day(number))
                elif receipts:
                    world.do(cancel_receipts, [receipts[cents % len(receipts)]], on=day(number), reason="oops")
            except Refused as refusal:
                _check_named_date(yard, cup, kind, str(quantity), day(number), refusal)
        _check_sums(yard, cup)
        savepoint.rollback()


def _check_named_date(yard: Yard, product: int, kind: str, quantity: str, on: date, refusal: Refused) -> None:
    [error] = refusal.errors.values()
    if error.code != "back_dated_stock":
        assert error.code in {"insufficient_stock", "already_gone", "before_document"}
        return
    assert error.facts["first_possible"] > on
    if kind == "take":
        yard.take(product, quantity, error.facts["first_possible"])


def _check_sums(yard: Yard, product: int) -> None:
    quantity = value = D(0)
    for moved, worth, on_hand_after, value_after in yard.moves(product):
        quantity, value = quantity + moved, value + worth
        assert (on_hand_after, value_after) == (quantity, value)
    assert yard.world.balance(product) == (quantity, 0, value)
    closing = """SELECT "on", sum(sum(quantity)) OVER (ORDER BY "on") AS quantity,
                          sum(sum(value)) OVER (ORDER BY "on") AS value
                 FROM stock_move WHERE product_id = %(product)s GROUP BY "on" """
    days = {(row[0] - TODAY).days + 9: (row[1], row[2]) for row in read(yard.session, closing, product=product)}
    assert yard.days(product) == days
    for on_hand, worth in days.values():
        assert min(on_hand, worth) >= 0
        assert on_hand > 0 or worth == 0
