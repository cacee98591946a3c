"""A desk is never below zero, today or on any later day."""

from datetime import date, timedelta

import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError

from app.domain.kernel.rows import read, write
from app.domain.ledger.chain import place_in_chain
from app.domain.ledger.posting import Posting, post
from app.domain.proof.money import desk_days_are_sums_of_documents
from app.domain.treasury.cash import NewCashOrder, add_cash_orders, cancel_cash_orders, process_cash_orders
from app.domain.treasury.desks import lowest
from tests.world import TODAY, D, World

YESTERDAY, EARLIER = TODAY - timedelta(1), TODAY - timedelta(2)


def spend(world: World, amount: str, *, desk: int | None = None, on: object = TODAY) -> int:
    """A processed expense on an account."""
    order = drafted(world, amount, desk=desk)
    world.do(process_cash_orders, [order], on=on)
    return order


def drafted(world: World, amount: str, *, desk: int | None = None) -> int:
    new = NewCashOrder(desk or world.desk, None, D(amount), "stamps", kind="expense", about="account",
                       account_id=world.account("6990"))  # fmt: skip
    made: int = world.do(add_cash_orders, [new])[0]
    return made


def test_a_desk_gives_all_it_has_and_not_a_cent_more(world: World) -> None:
    world.pay(None, "10.00")
    order = drafted(world, "10.01")

    error = world.refusal(process_cash_orders, [order], on=TODAY)

    assert (error.code, error.facts["left"], error.facts["on"]) == ("more_than_in_desk", D(10), TODAY)
    spend(world, "10.00")
    world.prove()


def test_money_that_is_gone_on_a_later_day_is_not_spent_before(world: World) -> None:
    world.pay(None, "10.00", on=EARLIER)
    spend(world, "8.00", on=TODAY)
    order = drafted(world, "3.00", desk=world.desk)
    write(world.session, "UPDATE number_counter SET last_on = '2000-01-01'")

    error = world.refusal(process_cash_orders, [order], on=YESTERDAY)

    assert (error.code, error.facts["left"], error.facts["on"]) == ("more_than_in_desk", D(2), TODAY)


def test_money_that_came_later_is_not_spent_before(world: World) -> None:
    world.pay(None, "10.00", on=TODAY)
    order = drafted(world, "3.00")

    error = world.refusal(process_cash_orders, [order], on=YESTERDAY)

    assert (error.code, error.facts["left"], error.facts["on"]) == ("more_than_in_desk", D(0), YESTERDAY)


def test_another_desks_money_is_not_spent(world: World) -> None:
    world.pay(None, "10.00", desk=world.add_desk("SHOP"))

    assert world.refusal(process_cash_orders, [drafted(world, "1.00")], on=TODAY).code == "more_than_in_desk"


def test_in_a_batch_the_later_orders_are_refused_and_what_comes_in_counts_first(world: World) -> None:
    world.pay(None, "5.00")
    first, second, third = (drafted(world, "4.00") for _ in range(3))
    income = world.do(add_cash_orders, [NewCashOrder(world.desk, world.customer, D(4))])[0]

    refused = world.refused(process_cash_orders, [third, second, first, income], on=TODAY)

    assert list(refused) == [third]
    world.do(process_cash_orders, [first, second, income], on=TODAY)
    world.prove()


def test_an_income_that_was_spent_is_not_cancelled(world: World) -> None:
    income = world.pay(None, "10.00")
    expense = spend(world, "4.00")

    error = world.refusal(cancel_cash_orders, [income], on=TODAY, reason="false coin")

    assert (error.code, error.facts["left"]) == ("more_than_in_desk", D(6))
    world.do(cancel_cash_orders, [expense, income], on=TODAY, reason="never was")
    assert [world.state("cash_order", order) for order in (income, expense)] == ["cancelled", "cancelled"]
    world.prove()


def test_what_a_cancelled_order_took_is_there_from_the_day_of_its_cancellation(world: World) -> None:
    income = world.pay(None, "10.00", on=EARLIER)
    world.do(cancel_cash_orders, [income], on=TODAY, reason="false coin")

    days = [lowest(world.session, [world.desk], on=on)[world.desk] for on in (EARLIER, TODAY)]

    assert [(day.on, day.closing) for day in days] == [(TODAY, D(0)), (TODAY, D(0))]
    world.prove()


def test_what_comes_in_for_an_earlier_day_is_there_on_every_later_one(world: World) -> None:
    world.pay(None, "10.00")
    spend(world, "1.00")
    write(world.session, "UPDATE number_counter SET last_on = '2000-01-01'")
    world.pay(None, "5.00", on=EARLIER)

    kept = read(world.session, 'SELECT "on", balance FROM desk_day WHERE cash_desk_id = %(desk)s ORDER BY 1',
                desk=world.desk)  # fmt: skip

    assert [tuple(day) for day in kept] == [(EARLIER, D(5)), (TODAY, D(14))]
    assert lowest(world.session, [world.desk], on=YESTERDAY)[world.desk].closing == D(5)
    assert not desk_days_are_sums_of_documents(world.session).count


def test_the_database_keeps_what_leaves_a_desk_in_the_books(world: World) -> None:
    order = drafted(world, "1.00")

    with pytest.raises(DBAPIError, match="what leaves the desk is not in the books"), world.session.begin_nested():
        write(
            world.session, """UPDATE cash_order SET state = 'processed', "on" = %(on)s WHERE id = %(id)s""",
            on=TODAY, id=order,
        )  # fmt: skip


def test_the_database_keeps_no_day_below_zero(world: World) -> None:
    world.pay(None, "10.00", on=TODAY)
    order, amounts = drafted(world, "3.00"), {"amount": D(3), "other": D(3)}
    accounts = {"other": world.account("6990")}

    def unlooked_at(on: date) -> None:
        with world.session.begin_nested():
            post(world.session, "cash_order.paid_out", [Posting(order, amounts, accounts)], on=on, by=world.by)
            place_in_chain(world.session)

    with pytest.raises(IntegrityError, match="ck_desk_day_balance"):
        unlooked_at(YESTERDAY)
    unlooked_at(TODAY)
