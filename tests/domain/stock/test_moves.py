"""The ledger of stock: moves with the balance after them, average cost, and who may take what."""

from decimal import Decimal

import pytest

from app.domain.kernel.errors import Refused
from app.domain.stock.moves import lock_balances, receive_goods, undo_moves
from tests.domain.stock.conftest import day
from tests.world import TODAY

D = Decimal


def refused(yard, lines, **more) -> dict[int, dict[str, object]]:
    """What stands in the way, by document; nothing may have moved."""
    before = [yard.moves(product) for product in {line.product_id for line in lines}]
    with pytest.raises(Refused) as refusal:
        yard.issue(lines, **more)
    assert [yard.moves(product) for product in {line.product_id for line in lines}] == before
    assert {error.code for error in refusal.value.errors.values()} == {"insufficient_stock"}
    return {document: error.facts for document, error in refusal.value.errors.items()}


def test_each_move_tells_the_balance_after_it(yard, cup) -> None:
    yard.receive(cup, "3", "10.00")
    yard.take(cup, "1")
    yard.receive(cup, "2", "0.00")
    yard.take(cup, "4")

    assert yard.moves(cup) == [
        (3, D("10.00"), 3, D("10.00")),
        (-1, D("-3.33"), 2, D("6.67")),
        (2, 0, 4, D("6.67")),
        (-4, D("-6.67"), 0, 0),
    ]
    assert yard.world.balance(cup) == (0, 0, 0)


def test_three_pieces_worth_ten_leave_for_ten(yard, cup) -> None:
    yard.receive(cup, "3", "10.00")

    assert [yard.take(cup, "1") for _ in range(3)] == [D("3.33"), D("3.34"), D("3.33")]


def test_lines_of_one_document_take_their_cost_one_after_the_other(yard, cup) -> None:
    yard.receive(cup, "3", "10.00")
    [document] = yard.documents(1)
    lines = [yard.line(document, cup, "1") for _ in range(3)]

    costs = yard.issue(lines)

    assert list(costs.values()) == [D("3.33"), D("3.34"), D("3.33")]


def test_the_average_is_of_all_that_came_in_and_not_of_what_came_first(yard, cup) -> None:
    yard.receive(cup, "10", "10.00")
    yard.receive(cup, "10", "90.00")

    assert yard.take(cup, "10") == D("50.00")


def test_a_line_of_nothing_makes_no_move(yard, cup) -> None:
    yard.receive(cup, "1", "1.00")
    [document] = yard.documents(1)

    assert yard.issue([yard.line(document, cup, "0")]) == {}
    with yard.deed():
        receive_goods(yard.session, [yard.line(document, cup, "0", "0")], on=TODAY)
    assert len(yard.moves(cup)) == 1


def test_availability_is_of_all_lines_of_a_product_together(yard, cup) -> None:
    yard.receive(cup, "3", "3.00")
    [document] = yard.documents(1)

    facts = refused(yard, [yard.line(document, cup, "2"), yard.line(document, cup, "2")])

    assert facts == {
        document: {"sku": "CUP", "warehouse": "MAIN", "wanted": D(4), "available": D(3), "on_hand": D(3), "held": D(0)}
    }  # fmt: skip


def test_in_a_batch_scarce_goods_go_to_the_documents_in_the_order_of_their_ids(yard, cup) -> None:
    yard.receive(cup, "3", "3.00")
    first, second, third = yard.documents(3)

    facts = refused(yard, [yard.line(third, cup, "1"), yard.line(second, cup, "2"), yard.line(first, cup, "2")])

    assert {document: told["available"] for document, told in facts.items()} == {second: 1}


def test_a_document_that_is_short_of_one_product_takes_nothing_of_the_others_away(yard, cup) -> None:
    pot = yard.world.add_product("POT")
    yard.receive(cup, "3", "3.00")
    first, second = yard.documents(2)

    facts = refused(yard, [yard.line(first, cup, "3"), yard.line(first, pot, "1"), yard.line(second, cup, "3")])

    assert set(facts) == {first}


def test_every_short_document_of_a_batch_is_named(yard, cup) -> None:
    first, second = yard.documents(2)

    assert set(refused(yard, [yard.line(first, cup, "1"), yard.line(second, cup, "1")])) == {first, second}


def test_what_others_hold_is_not_to_be_had(yard, cup) -> None:
    yard.receive(cup, "5", "5.00")
    yard.world.approve(yard.world.order((cup, "3")))
    [document] = yard.documents(1)

    facts = refused(yard, [yard.line(document, cup, "3")])

    assert (facts[document]["available"], facts[document]["on_hand"], facts[document]["held"]) == (2, 5, 3)


def test_a_line_takes_what_it_holds_and_what_is_free(yard, cup) -> None:
    yard.receive(cup, "5", "5.00")
    yard.world.approve(yard.world.order((cup, "1")))
    yard.world.approve(yard.world.order((cup, "3")))
    [document] = yard.documents(1)
    line = yard.line(document, cup, "4")

    yard.issue([line], held={line.line_id: D(3)})

    assert yard.world.balance(cup)[:2] == (1, 1)


def test_where_more_may_be_promised_than_is_there_only_what_is_on_hand_counts(yard, cup) -> None:
    bold = yard.world.add_warehouse("BOLD", negative=True)
    yard.receive(cup, "2", "2.00", warehouse=bold)
    yard.world.approve(yard.world.order((cup, "2"), warehouse=bold))
    [document] = yard.documents(1)

    facts = refused(yard, [yard.line(document, cup, "3", warehouse=bold)])
    assert facts[document]["available"] == 2

    yard.issue([yard.line(document, cup, "2", warehouse=bold)])
    assert yard.world.balance(cup, bold)[0] == 0


def test_a_product_is_kept_apart_in_each_warehouse(yard, cup) -> None:
    shop = yard.world.add_warehouse("SHOP")
    yard.receive(cup, "1", "1.00")
    yard.receive(cup, "1", "9.00", warehouse=shop)

    assert yard.take(cup, "1", warehouse=shop) == D("9.00")
    assert yard.world.balance(cup) == (1, 0, 1)


def test_parts_of_a_kilogram_have_their_average_too(yard) -> None:
    tea = yard.world.add_product("TEA", kilos=True)
    yard.receive(tea, "0.333", "1.00")

    assert [yard.take(tea, "0.111") for _ in range(3)] == [D("0.33"), D("0.34"), D("0.33")]


def test_within_a_deed_a_balance_is_locked_once_and_remembers_what_was_done(yard, cup, statements) -> None:
    key = (yard.warehouse, cup)
    [document] = yard.documents(1)

    with yard.deed():
        before = lock_balances(yard.session, [key])[key]
        receive_goods(yard.session, [yard.line(document, cup, "2", "2.00")], on=day(3))
        assert statements(lambda: lock_balances(yard.session, [key, key])) == 0
        after = lock_balances(yard.session, [key])[key]

    assert before is after
    assert (after.on_hand, after.value, after.last_on, after.available) == (2, 2, day(3), 2)


def test_the_last_date_of_a_balance_does_not_go_back(yard, cup) -> None:
    yard.receive(cup, "1", "1.00", day(5))
    yard.receive(cup, "1", "1.00", day(3))

    with yard.deed():
        [balance] = lock_balances(yard.session, [(yard.warehouse, cup)]).values()

    assert balance.last_on == day(5)


@pytest.mark.parametrize("kind", ["receive", "issue"])
def test_a_hundred_documents_take_as_many_statements_as_one(yard, cup, statements, kind) -> None:
    yard.receive(cup, "500", "500.00")
    more = [yard.world.add_product(f"P{number}") for number in range(10)]
    for product in more:
        yard.receive(product, "500", "500.00")

    def work(count: int) -> None:
        lines = [yard.line(document, (cup, *more)[document % 11], "1", "1.00") for document in yard.documents(count)]
        if kind == "issue":
            yard.issue(lines)
        else:
            with yard.deed():
                receive_goods(yard.session, lines, on=TODAY)

    one = statements(lambda: work(1))

    assert statements(lambda: work(100)) == one


def test_what_is_taken_back_together_must_all_be_there(yard, cup) -> None:
    yard.receive(cup, "3", "3.00")
    large, small = yard.documents(2)
    lines = [yard.line(large, cup, "-2", "-2"), yard.line(large, cup, "-2", "-2"), yard.line(small, cup, "-3", "-3")]

    with pytest.raises(Refused) as refusal, yard.deed():
        undo_moves(yard.session, lines, on=TODAY)

    assert {document: error.facts["wanted"] for document, error in refusal.value.errors.items()} == {large: 4}
