"""Money into a desk: what it settles, what is left on account, and how it is taken back."""

from datetime import timedelta
from decimal import Decimal

import pytest

from app.domain.billing.invoicing import draft_invoices
from app.domain.kernel.errors import Invalid, NotFound, WrongState
from app.domain.kernel.rows import read, write
from app.domain.ledger.periods import close_period
from app.domain.treasury.cash import (
    NewCashOrder,
    Target,
    add_cash_orders,
    cancel_cash_orders,
    delete_cash_orders,
    process_cash_orders,
)
from tests.domain.treasury.conftest import Sale
from tests.world import TODAY, D, World

YESTERDAY = TODAY - timedelta(1)
EVENTS = """
SELECT entry.event, account.code, line.debit - line.credit AS amount
FROM journal_entry entry JOIN journal_line line ON line.entry_id = entry.id JOIN account ON account.id = line.account_id
WHERE entry.id > %(after)s ORDER BY entry.id, line.position
"""


def draft(world: World, amount: str, *targets: Target, customer: int | None = None) -> int:
    order = NewCashOrder(world.desk, customer or world.customer, D(amount), targets=targets)
    made: int = world.do(add_cash_orders, [order])[0]
    return made


def last_entry(world: World) -> int:
    return world.ids("SELECT coalesce(max(id), 0) FROM journal_entry")[0]


def posted(world: World, after: int) -> list[tuple[str, str, str]]:
    """(event, account, debit less credit) of all lines after an entry."""
    return [(row.event, row.code, f"{row.amount:.2f}") for row in read(world.session, EVENTS, after=after)]


# Drafts


def test_a_draft_moves_nothing_and_is_linked_to_what_it_is_for(world: World, sale: Sale) -> None:
    order = draft(world, "10.00", Target(sale.invoice, D("10.00")))

    row = world.row("cash_order", order)
    assert (row.state, row.amount, row.currency, row.on, world.number(order)) == ("draft", 10, "EUR", None, None)
    assert (sale.statuses, sale.open) == (["unpaid"] * 3, ["12.00", "24.00"])
    assert world.ids("SELECT from_id FROM document_link WHERE to_id = %(id)s", id=order) == [sale.invoice]


@pytest.mark.parametrize(
    ("order", "code"),
    [
        ({"cash_desk_id": 999_999_999}, "unknown_desk"),
        ({"customer_id": 999_999_999}, "unknown_customer"),
        ({"amount": D(0)}, "amount_not_positive"),
        ({"amount": D("-1")}, "amount_not_positive"),
        ({"amount": D("1.001")}, "too_many_decimals"),
        ({"amount": Decimal("NaN")}, "out_of_range"),
        ({"amount": 1.5}, "not_a_number"),
        ({"targets": [Target(1, D(0))]}, "amount_not_positive"),
        ({"targets": [Target(1, D(11))]}, "more_than_paid"),
        ({"targets": [Target(1, D(6)), Target(1, D(6))]}, "more_than_paid"),
        ({"targets": [Target(999_999_999, D(1))]}, "unknown_document"),
    ],
)
def test_a_draft_that_cannot_be_is_refused_by_its_place(world: World, order: dict[str, object], code: str) -> None:
    good = NewCashOrder(world.desk, world.customer, D(10))
    bad = NewCashOrder(**({"cash_desk_id": world.desk, "customer_id": world.customer, "amount": D(10)} | order))

    refused = world.refused(add_cash_orders, [good, bad])

    assert {place: error.code for place, error in refused.items()} == {1: code}
    assert isinstance(refused[1], Invalid)


def test_an_archived_desk_takes_no_money(world: World) -> None:
    write(world.session, "UPDATE cash_desk SET active = false")

    assert world.refusal(add_cash_orders, [NewCashOrder(world.desk, world.customer, D(1))]).code == "unknown_desk"


def test_a_draft_may_be_deleted_and_a_processed_order_not(world: World, sale: Sale) -> None:
    order, done = draft(world, "10.00", Target(sale.invoice, D("10.00"))), world.pay(None, "5.00")

    world.do(delete_cash_orders, [order])
    error = world.refusal(delete_cash_orders, [done])

    assert isinstance(error, WrongState)
    assert (world.ids("SELECT id FROM cash_order"), world.ids("SELECT id FROM cash_order_target")) == ([done], [])


# Process


def test_a_whole_invoice_is_paid_at_once(world: World, sale: Sale) -> None:
    order = world.pay(sale.invoice, "36.00")

    assert (sale.statuses, sale.open) == (["paid"] * 3, ["0.00", "0.00"])
    assert (world.state("cash_order", order), world.number(order)) == ("processed", "C-000001")
    assert world.entry(order, "cash_order.processed") == [("1000", "36.00", "0.00"), ("1100", "0.00", "36.00")]
    world.prove()


def test_an_invoice_is_paid_in_stages_over_its_lines_in_order(world: World, sale: Sale) -> None:
    stages = []
    for amount in ("5.00", "10.00", "21.00"):
        world.pay(sale.invoice, amount)
        stages.append((sale.open, set(sale.statuses)))

    assert stages == [
        (["7.00", "24.00"], {"partly_paid"}), (["0.00", "21.00"], {"partly_paid"}), (["0.00", "0.00"], {"paid"}),
    ]  # fmt: skip
    world.prove()


def test_a_single_line_may_be_paid(world: World, sale: Sale) -> None:
    world.pay(sale.invoice, "20.00", line=sale.lines[1])

    assert (sale.open, sale.statuses) == (["12.00", "4.00"], ["partly_paid"] * 3)
    world.prove()


def test_money_for_nothing_in_particular_is_the_customers_advance(world: World, sale: Sale) -> None:
    order = world.pay(None, "50.00")

    assert world.entry(order, "cash_order.processed") == [("1000", "50.00", "0.00"), ("2100", "0.00", "50.00")]
    assert (sale.statuses, world.ids("SELECT id FROM allocation")) == (["unpaid"] * 3, [])
    world.prove()


def test_what_is_above_the_invoice_is_the_customers_advance(world: World, sale: Sale) -> None:
    order = world.pay(sale.invoice, "36.00", paid="40.00")

    assert world.entry(order, "cash_order.processed") == [
        ("1000", "40.00", "0.00"), ("1100", "0.00", "36.00"), ("2100", "0.00", "4.00"),
    ]  # fmt: skip
    world.prove()


def test_one_payment_settles_several_invoices_and_lines(world: World, product: int, sale: Sale) -> None:
    other = Sale(world, product)
    targets = [
        Target(sale.invoice, D("6.00"), sale.lines[1]), Target(other.invoice, D("36.00")),
        Target(sale.invoice, D("14.00")),
    ]  # fmt: skip
    order = draft(world, "60.00", *targets)

    world.do(process_cash_orders, [order], on=TODAY)

    assert (sale.open, other.open) == (["0.00", "16.00"], ["0.00", "0.00"])
    assert (set(sale.statuses), set(other.statuses)) == ({"partly_paid"}, {"paid"})
    acts = read(world.session, "SELECT target_id, payment_id FROM allocation ORDER BY id")
    assert [tuple(act) for act in acts] == [(sale.invoice, order), (other.invoice, order)]
    world.prove()


def test_of_one_order_paid_by_two_invoices_the_order_is_paid_when_both_are(world: World, product: int) -> None:
    order = world.order((product, "3"))
    world.approve(order)
    [first] = world.drafts(order)
    [line] = world.lines_of("shipment_line", "shipment_id", first)
    world.ship(first, quantities={line.id: D(1)})
    [second] = world.drafts(order)
    statuses = [world.paid(order)]

    world.pay(world.invoice(first), "12.00")
    statuses.append(world.paid(order))
    world.ship(second)
    statuses.append(world.paid(order))
    world.pay(world.invoice(second), "24.00")

    assert [*statuses, world.paid(order)] == ["unpaid", "partly_paid", "partly_paid", "paid"]
    assert (world.paid(first), world.paid(second)) == ("paid", "paid")
    world.prove()


def test_more_than_is_open_is_refused(world: World, sale: Sale) -> None:
    world.pay(sale.invoice, "30.00")
    order = draft(world, "6.01", Target(sale.invoice, D("6.01")))

    error = world.refusal(process_cash_orders, [order], on=TODAY)

    assert (error.code, error.facts["open"], error.facts["number"]) == (
        "more_than_open", D("6.00"), world.number(sale.invoice),
    )  # fmt: skip


def test_more_than_is_open_on_a_line_or_by_two_targets_together_is_refused(world: World, sale: Sale) -> None:
    by_line = draft(world, "13.00", Target(sale.invoice, D("13.00"), sale.lines[0]))
    together = draft(world, "37.00", Target(sale.invoice, D("36.00")), Target(sale.invoice, D("1.00")))

    refused = world.refused(process_cash_orders, [by_line], on=TODAY)
    again = world.refused(process_cash_orders, [together], on=TODAY)

    assert (refused[by_line].code, again[together].code) == ("more_than_open", "more_than_open")


def test_in_a_batch_the_later_payment_is_refused_where_the_earlier_took_all(world: World, sale: Sale) -> None:
    first, second = (draft(world, "36.00", Target(sale.invoice, D("36.00"))) for _ in range(2))

    assert list(world.refused(process_cash_orders, [second, first], on=TODAY)) == [second]


def test_another_customers_invoice_is_not_paid(world: World, product: int, sale: Sale) -> None:
    other = Sale(world, product, world.add_customer("C002"))
    order = draft(world, "36.00", Target(other.invoice, D("36.00")))

    error = world.refusal(process_cash_orders, [order], on=TODAY)

    assert (error.code, error.facts["number"]) == ("foreign_document", world.number(other.invoice))


def test_what_is_not_owed_is_not_paid(world: World, product: int, sale: Sale) -> None:
    """An estimate, a shipment and an invoice that are drafts, and no line of the document."""
    order = world.order((product, "1"))
    waiting, shipped = world.order((product, "1")), world.shipped_order((product, "1"))[1]
    world.approve(waiting)
    drafted = world.do(draft_invoices, [[shipped]])[0]
    targets = [
        Target(order, D(1)), Target(world.drafts(waiting)[0], D(1)), Target(drafted, D(1)),
        Target(sale.invoice, D(1), 999_999_999),
    ]  # fmt: skip
    drafts = [draft(world, "1.00", target) for target in targets]

    refused = world.refused(process_cash_orders, drafts, on=TODAY)

    assert [refused[i].code for i in drafts] == ["not_payable"] * 4


def test_each_desk_has_its_own_numbers_and_account(world: World) -> None:
    account = world.ids("INSERT INTO account (code, name, role) VALUES ('1001', 'Shop', 'cash') RETURNING id")[0]
    shop = world.add_desk("SHOP")
    write(world.session, "UPDATE cash_desk SET account_id = %(account)s WHERE id = %(id)s", account=account, id=shop)

    paid = [world.pay(None, "1.00", desk=desk) for desk in (world.desk, shop, world.desk)]

    assert [world.number(order) for order in paid] == ["C-000001", "C-000001", "C-000002"]
    assert [world.entry(order, "cash_order.processed")[0][0] for order in paid] == ["1000", "1001", "1000"]
    world.prove()


def test_numbers_have_no_gap_after_a_refusal(world: World, sale: Sale) -> None:
    world.pay(None, "1.00")
    bad = draft(world, "99.00", Target(sale.invoice, D("99.00")))
    world.refused(process_cash_orders, [bad], on=TODAY)

    assert world.number(world.pay(None, "1.00")) == "C-000002"


def test_nothing_is_dated_before_the_last_order_of_its_desk(world: World) -> None:
    world.pay(None, "1.00", on=TODAY)
    order = draft(world, "1.00")

    error = world.refused(process_cash_orders, [order], on=YESTERDAY)[order]

    assert (error.code, error.facts["last_on"]) == ("before_last_of_series", TODAY)


def test_processing_twice_is_already_done(world: World, sale: Sale) -> None:
    order = world.pay(sale.invoice, "10.00")

    outcome = world.do(process_cash_orders, [order], on=TODAY)

    assert (outcome.done, outcome.already[order].by, sale.open) == ([], "Sonia Seller", ["2.00", "24.00"])


def test_unknown_orders_are_not_found(world: World) -> None:
    assert isinstance(world.refusal(process_cash_orders, [999_999_999], on=TODAY), NotFound)


# Cancel


def test_a_cancelled_payment_opens_what_it_settled_and_mirrors_its_entries(world: World, sale: Sale) -> None:
    order = world.pay(sale.invoice, "30.00", paid="40.00")
    after = last_entry(world)

    world.do(cancel_cash_orders, [order], on=TODAY, reason="counted wrong")

    assert (sale.statuses, sale.open) == (["unpaid"] * 3, ["12.00", "24.00"])
    assert (world.state("cash_order", order), world.number(order)) == ("cancelled", "C-000001")
    assert posted(world, after) == [
        ("allocation.released", "1100", "30.00"), ("allocation.released", "2100", "-30.00"),
        ("cash_order.processed.cancelled", "1000", "-40.00"), ("cash_order.processed.cancelled", "1100", "30.00"),
        ("cash_order.processed.cancelled", "2100", "10.00"),
        ("allocation.released.cancelled", "1100", "-30.00"), ("allocation.released.cancelled", "2100", "30.00"),
    ]  # fmt: skip
    world.prove()


def test_each_invoice_is_released_by_an_act_of_its_own(world: World, product: int) -> None:
    sale, other = Sale(world, product, on=YESTERDAY), Sale(world, product, on=YESTERDAY)
    order = draft(world, "50.00", Target(sale.invoice, D("36.00")), Target(other.invoice, D("14.00")))
    world.do(process_cash_orders, [order], on=YESTERDAY)

    world.do(cancel_cash_orders, [order], on=TODAY, reason="counted wrong")

    acts = read(world.session, """SELECT id, "on", released_on FROM allocation ORDER BY id""")
    assert [(act.on, act.released_on) for act in acts] == [(YESTERDAY, TODAY)] * 2
    amounts = [world.entry(act.id, "allocation.released")[0] for act in acts]
    assert amounts == [("1100", "36.00", "0.00"), ("1100", "14.00", "0.00")]
    assert (set(sale.statuses), set(other.statuses)) == ({"unpaid"}, {"unpaid"})
    world.prove()


def test_cancelling_one_of_two_payments_leaves_the_other(world: World, sale: Sale) -> None:
    first, second = world.pay(sale.invoice, "30.00"), world.pay(sale.invoice, "6.00")

    world.do(cancel_cash_orders, [first], on=TODAY, reason="counted wrong")

    assert (sale.statuses, sale.open) == (["partly_paid"] * 3, ["12.00", "18.00"])
    world.do(cancel_cash_orders, [second], on=TODAY, reason="counted wrong")
    assert sale.statuses == ["unpaid"] * 3
    world.prove()


def test_an_advance_is_taken_back_by_its_mirror_alone(world: World) -> None:
    order = world.pay(None, "50.00")
    after = last_entry(world)

    world.do(cancel_cash_orders, [order], on=TODAY, reason="counted wrong")

    assert posted(world, after) == [
        ("cash_order.processed.cancelled", "1000", "-50.00"), ("cash_order.processed.cancelled", "2100", "50.00"),
    ]  # fmt: skip
    world.prove()


def test_what_is_open_again_may_be_paid_again(world: World, sale: Sale) -> None:
    world.do(cancel_cash_orders, [world.pay(sale.invoice, "36.00")], on=TODAY, reason="counted wrong")

    again = world.pay(sale.invoice, "36.00")

    assert (sale.statuses, world.number(again)) == (["paid"] * 3, "C-000002")
    world.prove()


def test_cancelling_a_draft_and_cancelling_twice(world: World, sale: Sale) -> None:
    order, waiting = world.pay(sale.invoice, "36.00"), draft(world, "1.00")
    world.do(cancel_cash_orders, [order], on=TODAY, reason="counted wrong")

    error = world.refusal(cancel_cash_orders, [waiting], on=TODAY, reason="counted wrong")
    again = world.do(cancel_cash_orders, [order], on=TODAY, reason="once more")

    assert (isinstance(error, WrongState), again.done, again.already[order].by) == (True, [], "Sonia Seller")


def test_a_cancellation_has_a_reason_and_a_possible_date(world: World) -> None:
    order = world.pay(None, "50.00", on=TODAY - timedelta(2))
    world.do(close_period, YESTERDAY, YESTERDAY)
    dates = {"no_reason": TODAY, "before_document": TODAY - timedelta(3), "closed_period": YESTERDAY,
             "in_the_future": TODAY + timedelta(9)}  # fmt: skip

    for code, on in dates.items():
        reason = "" if code == "no_reason" else "counted wrong"
        assert world.refusal(cancel_cash_orders, [order], on=on, reason=reason).code == code


def test_no_money_comes_in_in_a_closed_period_or_in_the_future(world: World) -> None:
    order = draft(world, "1.00")
    world.do(close_period, YESTERDAY, YESTERDAY)

    closed = world.refusal(process_cash_orders, [order], on=YESTERDAY)
    future = world.refusal(process_cash_orders, [order], on=TODAY + timedelta(9))

    assert (closed.code, future.code) == ("closed_period", "in_the_future")
