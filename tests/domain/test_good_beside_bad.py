"""One bad document in a batch does not hold back the good ones: what it would have taken stays open for them."""

from datetime import timedelta

import pytest

from app.domain.billing.credit_notes import add_credit_notes, issue_credit_notes
from app.domain.billing.crediting import NewCreditLine, NewCreditNote
from app.domain.billing.debiting import NewDebitLine, NewDebitNote, add_debit_notes
from app.domain.billing.invoicing import issue_invoices
from app.domain.billing.returns import delete_returns
from app.domain.fulfilment.ordering import approve_orders
from app.domain.treasury.cash import NewCashOrder, Target, add_cash_orders, process_cash_orders
from app.domain.warehousing.counts import process_counts
from app.domain.warehousing.opening import NewOpening, NewOpeningLine, add_openings, process_openings
from tests.world import TODAY, D, World

YESTERDAY = TODAY - timedelta(1)
AGREED = {"on": TODAY, "agreed_by": "Mr Client", "agreed_how": "phone"}


@pytest.fixture
def sale(world: World) -> tuple[int, int, int]:
    """An issued invoice of 5 A and 2 B at 10.00 and 20 % VAT: (invoice, line of A, line of B)."""
    products = [world.add_product(sku) for sku in "AB"]
    for product in products:
        world.receive(product, "20")
    invoice = world.invoice(world.shipped_order((products[0], "5"), (products[1], "2"))[1])
    first, second = (line.id for line in world.lines_of("invoice_line", "invoice_id", invoice))
    return invoice, first, second


def credited(world: World, invoice: int, *pieces: tuple[int, int], kind: str = "invoice_again") -> int:
    lines = [NewCreditLine(line, kind, D(quantity)) for line, quantity in pieces]
    made: int = world.do(add_credit_notes, [NewCreditNote(invoice, "wrong", lines)])[0]
    return made


def paying(world: World, kind: str, *targets: tuple[int, str]) -> int:
    amounts = [Target(document, D(amount)) for document, amount in targets]
    amount = sum((target.amount for target in amounts), D(0))
    made: int = world.do(add_cash_orders, [
        NewCashOrder(world.desk, world.customer, amount, "why", amounts, kind=kind)
    ])[0]  # fmt: skip
    return made


def test_credit_notes(world: World, sale: tuple[int, int, int]) -> None:
    invoice, a, b = sale
    bad, good, first = (credited(world, invoice, *its) for its in (((a, 3), (b, 2)), ((a, 3),), ((b, 1),)))
    world.do(issue_credit_notes, [first], on=TODAY)

    assert set(world.refused(issue_credit_notes, [bad, good], on=TODAY)) == {bad}
    world.do(issue_credit_notes, [good], on=TODAY)
    world.prove()


def test_drafts_of_credit_notes(world: World, sale: tuple[int, int, int]) -> None:
    invoice, a, b = sale
    wanted = [
        NewCreditNote(invoice, "wrong", [NewCreditLine(line, "invoice_again", D(quantity)) for line, quantity in its])
        for its in (((a, 3), (b, 3)), ((a, 3),))
    ]

    assert set(world.refused(add_credit_notes, wanted)) == {0}


def test_debit_notes(world: World, sale: tuple[int, int, int]) -> None:
    invoice, a, b = sale
    note = credited(world, invoice, (a, 5), (b, 2), kind="goods_back")
    world.do(issue_credit_notes, [note], on=TODAY)
    world.do(delete_returns, world.ids("SELECT id FROM customer_return WHERE credit_note_id = %(id)s", id=note))
    a, b = (line.id for line in world.lines_of("credit_note_line", "credit_note_id", note))

    def debit(*pieces: tuple[int, int]) -> NewDebitNote:
        return NewDebitNote(note, "not back", [NewDebitLine(line, D(quantity)) for line, quantity in pieces])

    bad, good, first = (world.do(add_debit_notes, [debit(*its)])[0] for its in (((a, 3), (b, 2)), ((a, 3),), ((b, 1),)))
    world.do(issue_invoices, [first], on=TODAY)

    assert set(world.refused(issue_invoices, [bad, good], on=TODAY)) == {bad}
    assert set(world.refused(add_debit_notes, [debit((a, 3), (b, 2)), debit((a, 3))])) == {0}
    world.do(issue_invoices, [good], on=TODAY)
    world.prove()


def test_orders_of_a_customer_with_a_limit(world: World) -> None:
    product, buyer = world.add_product("A", "10.00"), world.add_customer("LIMITED", limit="100")
    world.receive(product, "20")
    bad = world.order((product, "5"), customer=buyer, on=YESTERDAY, valid_until=YESTERDAY)
    good = world.order((product, "5"), customer=buyer)

    assert {i: error.code for i, error in world.refused(approve_orders, [bad, good], **AGREED).items()} == {
        bad: "expired"
    }  # fmt: skip
    world.approve(good)
    assert world.refused(approve_orders, [bad], **AGREED)[bad].code == "expired"
    world.prove()


def test_opening_stock(world: World) -> None:
    a, without = world.add_product("A"), world.add_product("N")
    there = NewOpeningLine(a, D(5), value=D(5))
    bad, good = world.do(add_openings, [
        NewOpening(world.warehouse, [there, NewOpeningLine(without, D(1))]), NewOpening(world.warehouse, [there])
    ])  # fmt: skip

    assert set(world.refused(process_openings, [bad, good], on=TODAY)) == {bad}
    world.do(process_openings, [good], on=TODAY)
    world.prove()


def test_counts(world: World) -> None:
    a, b = world.add_product("A"), world.add_product("B")
    for product in (a, b):
        world.receive(product, "20")
    bad = world.sheet({a: "19", b: "19"})
    world.count({b: "18"})
    good = world.sheet({a: "19"})

    assert set(world.refused(process_counts, [bad, good], on=TODAY)) == {bad}
    world.do(process_counts, [good], on=TODAY)
    world.prove()


def test_payments(world: World, sale: tuple[int, int, int]) -> None:
    invoice, _, _ = sale
    other = world.invoice(world.shipped_order((world.ids("SELECT min(id) FROM product")[0], "1"))[1])
    world.pay(other, "1.00")
    bad, good = paying(world, "income", (invoice, "50"), (other, "12")), paying(world, "income", (invoice, "84"))

    assert set(world.refused(process_cash_orders, [bad, good], on=TODAY)) == {bad}
    world.do(process_cash_orders, [good], on=TODAY)
    assert world.paid(invoice) == "paid"
    world.prove()


def test_refunds(world: World) -> None:
    first, second = world.pay(None, "60.00"), world.pay(None, "60.00")
    world.do(process_cash_orders, [paying(world, "expense", (second, "1"))], on=TODAY)
    bad, good = paying(world, "expense", (first, "30"), (second, "60")), paying(world, "expense", (first, "60"))

    assert set(world.refused(process_cash_orders, [bad, good], on=TODAY)) == {bad}
    world.do(process_cash_orders, [good], on=TODAY)
    world.prove()
