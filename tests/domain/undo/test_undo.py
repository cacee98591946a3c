"""Taking back a document with all that follows it."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from app.domain.billing.advances import NewAdvance, add_advances
from app.domain.billing.credit_notes import issue_credit_notes
from app.domain.billing.invoicing import draft_invoices, issue_invoices
from app.domain.billing.returns import NewReturn, NewReturnLine, add_returns
from app.domain.kernel.rows import read
from app.domain.treasury.cash import cancel_cash_orders
from app.domain.undo import plan_of, undo_chains
from tests.domain.billing.ground import seven
from tests.world import TODAY, D, World

YESTERDAY = TODAY - timedelta(1)
BACK = {"on": TODAY, "reason": "all of it was a mistake"}


@pytest.fixture
def product(world: World) -> int:
    """Ten pieces are on hand since the day before, at 10.00 each."""
    product = world.add_product("A")
    world.receive(product, "10", "4.00", on=YESTERDAY)
    return product


def two_shipments(world: World, product: int) -> tuple[int, list[int]]:
    """An order of five pieces that left as three and two: (order, shipments)."""
    order = world.order((product, "5"), on=YESTERDAY)
    world.approve(order, on=YESTERDAY)
    [first] = world.drafts(order)
    line = world.lines_of("shipment_line", "shipment_id", first)[0].id
    world.ship(first, on=YESTERDAY, quantities={line: D(3)})
    [second] = world.drafts(order)
    world.ship(second, on=YESTERDAY)
    return order, [first, second]


def planned(world: World, document: int) -> list[tuple[int, str]]:
    return [(line.document_id, line.what) for line in plan_of(world.session, [document])]


def test_an_order_is_taken_back_after_its_shipments_and_its_goods_are_there_again(world: World, product: int) -> None:
    order, [first, second] = two_shipments(world, product)
    plan = planned(world, order)

    outcome = world.do(undo_chains, [order], **BACK)

    assert plan == [(second, "cancel"), (first, "cancel"), (order, "cancel")]
    assert [(line.document_id, line.what) for line in outcome.answer] == plan
    assert [world.state("shipment", i) for i in (first, second)] == ["cancelled", "cancelled"]
    assert (world.state("sales_order", order), world.balance(product)) == ("cancelled", (10, 0, D("40.00")))
    assert world.drafts(order) == []
    world.prove()


def test_a_shipment_alone_goes_back_to_its_order(world: World, product: int) -> None:
    order, [first, second] = two_shipments(world, product)

    world.do(undo_chains, [first], **BACK)

    assert (world.state("shipment", first), world.state("shipment", second)) == ("cancelled", "processed")
    assert (world.state("sales_order", order), world.balance(product)[:2]) == ("approved", (8, 3))
    world.prove()


def test_drafts_that_were_made_from_it_are_deleted(world: World, product: int) -> None:
    order, [first, second] = two_shipments(world, product)
    [invoice] = world.do(draft_invoices, [[first]])
    line = world.lines_of("shipment_line", "shipment_id", second)[0].id
    [back] = world.do(add_returns, [NewReturn([NewReturnLine(line, D(1))])])
    assert {(invoice, "delete"), (back, "delete")} <= set(planned(world, order))

    world.do(undo_chains, [order], **BACK)

    assert (world.ids("SELECT id FROM invoice"), world.ids("SELECT id FROM customer_return")) == ([], [])
    world.prove()


def test_what_came_back_is_with_the_customer_again_before_its_shipment_is_cancelled(world: World, product: int) -> None:
    order, [first, _] = two_shipments(world, product)
    line = world.lines_of("shipment_line", "shipment_id", first)[0].id
    back = world.bring_back((line, "1"))

    world.do(undo_chains, [order], **BACK)

    assert (world.state("customer_return", back), world.state("sales_order", order)) == ("cancelled", "cancelled")
    assert world.balance(product) == (10, 0, D("40.00"))
    world.prove()


def test_money_is_not_cancelled_but_the_customers_advance(world: World, product: int) -> None:
    order, [first, _] = two_shipments(world, product)
    payment = world.pay(first, "36.00")

    world.do(undo_chains, [order], **BACK)

    assert world.state("cash_order", payment) == "processed"
    credit = read(world.session, "SELECT amount, used FROM credit WHERE document_id = %(id)s", id=payment)[0]
    assert (credit.amount, credit.used) == (36, 0)
    world.prove()
    world.do(cancel_cash_orders, [payment], **BACK)
    world.prove()


@pytest.mark.parametrize("root", ["order", "shipment"])
def test_money_that_follows_what_is_taken_back_is_released_where_it_is_by_then(world: World, root: str) -> None:
    """Cents of the last invoice go with a return of pieces that were not invoiced, and its money is allocated anew."""
    order, shipment, line = seven(world)
    payment = world.pay(shipment, "120.00")
    world.bring_back((line, "1"))
    *_, last = (world.invoice(shipment, quantities={line: D(2)}) for _ in range(3))
    assert world.ids("SELECT invoice_id FROM rounding WHERE invoice_id = %(id)s AND taken_back_on IS NULL", id=last)

    world.do(undo_chains, [{"order": order, "shipment": shipment}[root]], on=TODAY, reason="they gave up")

    assert world.state("shipment", shipment) == "cancelled"
    credit = read(world.session, "SELECT amount, used FROM credit WHERE document_id = %(id)s", id=payment)[0]
    assert credit.amount == 120
    world.prove()


def test_many_chains_are_taken_back_together_and_a_second_time_changes_nothing(world: World, product: int) -> None:
    order, _ = two_shipments(world, product)
    other, shipment = world.shipped_order((product, "2"), on=YESTERDAY)

    assert world.do(undo_chains, [order, other], **BACK).done == [order, other]

    assert (world.state("shipment", shipment), world.balance(product)[:2]) == ("cancelled", (10, 0))
    again = world.do(undo_chains, [order, other], **BACK)
    assert (again.done, {it.by for it in again.already.values()}) == ([], {"Sonia Seller"})
    world.prove()


def test_it_happens_whole_or_not_at_all_and_the_sentence_says_what_blocks(world: World, product: int) -> None:
    order, _ = two_shipments(world, product)
    fine = world.order((product, "1"))

    errors = world.refused(undo_chains, [order, fine], on=YESTERDAY - timedelta(1), reason="too early")

    assert {error.code for error in errors.values()} == {"before_document"}
    assert (world.state("sales_order", order), world.state("sales_order", fine)) == ("performed", "estimate")


@pytest.mark.parametrize("reason", ["", "  "])
def test_nothing_is_taken_back_without_a_reason(world: World, product: int, reason: str) -> None:
    order, _ = two_shipments(world, product)

    assert world.refusal(undo_chains, [order], on=TODAY, reason=reason).code == "no_reason"


def test_drafts_receipts_and_what_is_not_there_have_no_chain(world: World, product: int) -> None:
    order = world.order((product, "1"))
    world.approve(order)
    [draft] = world.drafts(order)
    receipt = world.receive(product, "1")

    errors = world.refused(undo_chains, [draft, receipt, 999_999], **BACK)

    assert {i: error.code for i, error in errors.items()} == {
        draft: "wrong_state",
        receipt: "no_chain",
        999_999: "not_found",
    }


def invoiced_and_paid(world: World, product: int) -> tuple[int, list[int], int, int]:
    """An order of two shipments with one invoice, half of which is paid: (order, shipments, invoice, payment)."""
    order, shipments = two_shipments(world, product)
    invoice = world.invoice(*shipments)
    return order, shipments, invoice, world.pay(invoice, "30.00")


def balances(world: World) -> dict[str, str]:
    """The trial balance by role of the accounts, without what is nothing."""
    sql = """SELECT account.role, sum(line.debit - line.credit) AS amount FROM journal_line line
             JOIN account ON account.id = line.account_id GROUP BY account.role ORDER BY account.role"""
    return {row.role: f"{row.amount:.2f}" for row in read(world.session, sql) if row.amount}


@pytest.mark.parametrize("chart", ["ifrs", "bg"])
def test_a_whole_chain_is_taken_back_and_only_the_money_stays(session: Session, chart: str) -> None:
    world = World(session, chart=chart)
    product = world.add_product("A")
    world.receive(product, "10", "4.00", on=YESTERDAY)
    before = balances(world)
    order, [first, second], invoice, payment = invoiced_and_paid(world, product)
    assert balances(world) == before | {
        "cash": "30.00", "receivables": "30.00", "revenue": "-50.00", "output_vat": "-10.00", "cost_of_sales": "20.00",
        "inventory": "20.00",
    }  # fmt: skip
    plan = planned(world, order)
    assert plan == [
        (payment, "release"),
        (invoice, "credit"),
        (second, "cancel"),
        (first, "cancel"),
        (order, "cancel"),
    ]

    outcome = world.do(undo_chains, [order], **BACK)

    assert [(line.document_id, line.what) for line in outcome.answer] == plan
    assert balances(world) == before | {"cash": "30.00", "customer_advances": "-30.00"}
    assert (world.state("sales_order", order), world.balance(product)) == ("cancelled", (10, 0, D("40.00")))
    [note] = world.ids("SELECT id FROM credit_note")
    assert sorted((debit, credit) for _, debit, credit in world.entry(note, "credit_note.issued")) == [
        ("0.00", "60.00"),
        ("10.00", "0.00"),
        ("50.00", "0.00"),
    ]
    world.prove()
    world.do(cancel_cash_orders, [payment], **BACK)
    assert balances(world) == before
    world.prove()


def test_an_invoice_alone_is_credited_and_its_pieces_are_invoiced_again(world: World, product: int) -> None:
    _, shipments, invoice, _ = invoiced_and_paid(world, product)

    world.do(undo_chains, [invoice], **BACK)

    again = world.invoice(*shipments)
    assert world.row("invoice", again).gross == D("60.00")
    assert [it.by for it in world.do(undo_chains, [invoice], **BACK).already.values()] == ["Sonia Seller"]
    world.prove()


def test_a_shipment_is_taken_back_before_its_advance_invoice(world: World, product: int) -> None:
    order = world.order((product, "5"), on=YESTERDAY)
    world.approve(order, on=YESTERDAY)
    invoice = world.do(add_advances, [NewAdvance(order)])[0]
    world.do(issue_invoices, [invoice], on=YESTERDAY)
    [shipment] = world.drafts(order)
    world.ship(shipment)
    assert planned(world, invoice) == [(shipment, "cancel"), (invoice, "credit")]

    world.do(undo_chains, [order], **BACK)

    assert (world.state("sales_order", order), world.balance(product)) == ("cancelled", (10, 0, D("40.00")))
    assert "receivables" not in balances(world)
    world.prove()


def test_goods_that_are_credited_stand_in_the_way_with_their_sentence(world: World, product: int) -> None:
    order, [first, _], *_ = invoiced_and_paid(world, product)
    line = world.lines_of("shipment_line", "shipment_id", first)[0].id
    world.bring_back((line, "1"))
    world.do(issue_credit_notes, world.ids("SELECT id FROM credit_note"), on=TODAY)

    refusal = world.refusal(undo_chains, [order], **BACK)

    assert "Credit note" in str(refusal)
