"""Books in which a little of everything has happened, so that every proof has something to prove."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app import database
from app.domain.billing.adjustments import NewAdjustment, Settles, add_adjustments, process_adjustments
from app.domain.billing.advances import NewAdvance, add_advances
from app.domain.billing.credit_notes import NewCreditLine, NewCreditNote, add_credit_notes, issue_credit_notes
from app.domain.billing.debiting import NewDebitLine, NewDebitNote, add_debit_notes
from app.domain.billing.freehand import FreeLine, NewFreeInvoice, add_free_invoices
from app.domain.billing.invoicing import NewInvoice, add_invoices, draft_invoices, issue_invoices
from app.domain.billing.loose_credits import LooseCredit, add_loose_credits
from app.domain.billing.returns import cancel_returns, delete_returns
from app.domain.catalog.models import ProductGroup
from app.domain.fulfilment.ordering import cancel_orders
from app.domain.fulfilment.shipping import cancel_shipments
from app.domain.kernel.rows import write
from app.domain.ledger.changing_rules import NewRule, change_rules
from app.domain.ledger.manual import (
    NewManualEntry,
    NewManualLine,
    add_manual_entries,
    cancel_manual_entries,
    process_manual_entries,
)
from app.domain.ledger.periods import close_period
from app.domain.sales.orders import NewLine
from app.domain.settlement.allocations import Wish, allocate_payments
from app.domain.treasury.banks import NewBankLine
from app.domain.treasury.cash import NewCashOrder, Target, add_cash_orders, cancel_cash_orders, process_cash_orders
from app.domain.treasury.opening import (
    NewOpeningBalance,
    add_opening_balances,
    cancel_opening_balances,
    process_opening_balances,
)
from app.domain.treasury.statements import NewStatement, add_statements, cancel_statements, process_statements
from app.domain.warehousing.cards import change_group
from app.domain.warehousing.receipts import NewReceipt, NewReceiptLine, add_receipts, cancel_receipts
from app.domain.warehousing.transit import cancel_internal_orders, receive_internal_orders, send_internal_orders
from tests.world import TODAY, World

D = Decimal
EARLIER = TODAY - timedelta(days=5)


@pytest.fixture(scope="module")
def told(engine: Engine) -> Iterator[World]:
    """The books, written once for all faults, in a transaction that is rolled back at the end."""
    with Session(engine, autoflush=False, expire_on_commit=False) as session:
        for statement in ("SET LOCAL ROLE NONE", "ALTER SEQUENCE number_orders_seq RESTART",
                          f"SET LOCAL ROLE {database.APP}"):  # fmt: skip
            session.connection().exec_driver_sql(statement)
        yield _books(session)
        session.rollback()


@pytest.fixture
def session(request: pytest.FixtureRequest) -> Iterator[Session]:
    """The session of the books, where there are any; what a test does in it is undone."""
    if "books" not in request.fixturenames:
        with Session(request.getfixturevalue("ground"), autoflush=False) as empty:
            yield empty
            empty.rollback()
        return
    session: Session = request.getfixturevalue("told").session
    savepoint = session.begin_nested()
    yield session
    savepoint.rollback()


@pytest.fixture
def books(told: World) -> World:
    return told


def _books(session: Session) -> World:
    """GR-000001 to 5 received (5 cancelled), SH-000001 to 4 shipped (4 cancelled), two invoices, three payments."""
    world = World(session)
    tea, pot = world.add_product("TEA", "12.34"), world.add_product("POT", "33.33", tax=9)
    cup, wrap = world.add_product("CUP", "7.00"), world.add_product("WRAP", "5.00", kind="service")
    _receive(world, tea, pot, cup)
    other = world.add_customer("C002", discount="7.50")

    parts = world.order((tea, "7"), (pot, "3"), (wrap, "1"), (tea, "2"))
    world.approve(parts)
    first = world.drafts(parts)[0]
    world.ship(first, quantities={world.lines_of("shipment_line", "shipment_id", first)[0].id: D(3)})
    invoice = world.invoice(first)
    world.pay(invoice, "20.00")

    _, cups = world.shipped_order((cup, "10"), customer=other)
    world.do(cancel_receipts, world.ids("SELECT id FROM document WHERE number = 'GR-000005'"), on=TODAY, reason="wrong")
    cup_invoice = world.invoice(cups)
    back = world.pay(cup_invoice, "50.00", customer=other, paid="60.00")
    world.do(cancel_cash_orders, [back], on=TODAY, reason="false coin")
    world.pay(cup_invoice, "30.00", customer=other, paid="35.00")

    _, single = world.shipped_order((pot, "1"))
    world.do(draft_invoices, [[single]])
    _, returned = world.shipped_order((tea, "2"))
    world.do(cancel_shipments, [returned], on=TODAY, reason="came back")
    _count(world)
    _send(world)
    _invoice_in_part(world)
    _invoice_ahead(world)
    _pay_out(world)
    _round(world)
    _type(world)
    _begin(world)
    _leave_open(world, tea, pot)
    _go_over(world)
    _sell_late(world)
    _take_back(world)
    _owe(world)
    _credit_ahead(world)
    return world


def _receive(world: World, tea: int, pot: int, cup: int) -> None:
    world.receive(tea, "30", "4.00", on=EARLIER)
    world.receive(tea, "5", "4.50", warehouse=world.add_warehouse("SIDE"))
    world.receive(pot, "10", "7.77")
    world.receive(cup, "10", "1.00")
    world.receive(cup, "10", "9.00")
    world.begin_with((pot, "3", "20.00"), warehouse=world.add_warehouse("OLD"))


def _go_over(world: World) -> None:
    """Jars go over to the account 1210, and a receipt from before is cancelled."""
    shelf = world.add(ProductGroup, code="SHELF", name="Shelf")
    jar = world.add_product("JAR", group=shelf)
    world.receive(jar, "4", "5.00")
    before = world.receive(jar, "2", "5.00")
    card = world.session.get_one(ProductGroup, shelf)
    world.do(change_group, card, {"inventory_account_id": world.account("1210")})
    world.do(cancel_receipts, [before], on=TODAY, reason="broken")


def _count(world: World) -> None:
    """SC-000001: one piece more than expected, and one less of another product."""
    more, less = world.add_product("MORE"), world.add_product("LESS")
    world.receive(more, "2")
    world.receive(less, "2")
    world.count({more: "3", less: "1"})


def _send(world: World) -> None:
    """IO-000001 is on the way, of IO-000002 a piece was lost and one found, IO-000003 is back, IO-000004 waits."""
    box, mug = world.add_product("BOX"), world.add_product("MUG")
    world.receive(box, "9", "3.3333")
    world.receive(mug, "9", "1.25")
    shop = world.add_warehouse("SHOP")
    first, second, third = (world.ask((box, "2"), (mug, "2"), warehouse=shop) for _ in range(3))
    world.do(send_internal_orders, [first, second, third], on=TODAY)
    lost, found = (line.id for line in world.lines_of("internal_order_line", "internal_order_id", second))
    world.do(receive_internal_orders, [second, third], on=TODAY, quantities={lost: D(1), found: D(3)})
    world.do(cancel_internal_orders, [third], on=TODAY, reason="the wrong shop")
    world.ask((box, "4"), warehouse=shop)


def _invoice_in_part(world: World) -> None:
    """SH-000005: three of seven pieces of 100.00 are invoiced, two are drafted, and one of the others came back."""
    seven = world.add_product("SEVEN", None)
    world.receive(seven, "7")
    _, shipment = world.shipped_order(NewLine(seven, D(7), D("14.2857")))
    line = world.lines_of("shipment_line", "shipment_id", shipment)[0].id
    invoice = world.invoice(shipment, quantities={line: D(3)})
    world.do(add_invoices, [NewInvoice([shipment], {line: D(2)})])
    world.bring_back((line, "1"))
    invoiced = world.ids("SELECT id FROM invoice_line WHERE invoice_id = %(id)s", id=invoice)[0]
    _credit(world, invoice, NewCreditLine(invoiced, "invoice_again", D(1)))
    _credit(world, invoice, NewCreditLine(invoiced, "goods_back", D(1)))
    world.do(cancel_returns, [world.bring_back((line, "1"))], on=TODAY, reason="kept after all")


def _round(world: World) -> None:
    """SH-000007: seven pieces, paid before they are invoiced, in two parts that are a cent more than them."""
    odd = world.add_product("ODD", None)
    world.receive(odd, "7")
    _, shipment = world.shipped_order(NewLine(odd, D(7), D("14.2857")))
    line = world.lines_of("shipment_line", "shipment_id", shipment)[0].id
    world.pay(shipment, "120.00")
    for quantity in (3, 2, 2):
        world.invoice(shipment, quantities={line: D(quantity)})


def _sell_late(world: World) -> None:
    """SH-000008 at_invoice: one of three pieces came back (CR-000003) before the others were invoiced (0000000009).

    One of these came back (CR-000004), one is to be invoiced again (CN-000003).
    """
    write(world.session, "UPDATE company SET cogs_timing = 'at_invoice'")
    late = world.add_product("LATE")
    world.receive(late, "2", "3.33")
    world.receive(late, "1", "3.34")
    _, shipment = world.shipped_order((late, "3"))
    line = world.lines_of("shipment_line", "shipment_id", shipment)[0].id
    world.bring_back((line, "1"))
    invoice = world.invoice(shipment)
    world.bring_back((line, "1"))
    invoiced = world.lines_of("invoice_line", "invoice_id", invoice)[0].id
    _credit(world, invoice, NewCreditLine(invoiced, "invoice_again", D(1)))


def _take_back(world: World) -> None:
    """0000000011 takes back one of the two pieces, and a third of the amount, that CN-000004 took off 0000000010."""
    debt = world.add_product("DEBT")
    world.receive(debt, "3")
    invoice = world.invoice(world.shipped_order((debt, "3"))[1])
    line = world.lines_of("invoice_line", "invoice_id", invoice)[0].id
    _credit(world, invoice, NewCreditLine(line, "goods_back", D(2)), NewCreditLine(line, "allowance", amount=D(3)))
    note = world.ids("SELECT max(id) FROM credit_note WHERE state = 'issued'")[0]
    world.do(delete_returns, world.ids("SELECT id FROM customer_return WHERE credit_note_id = %(id)s", id=note))
    pieces, amount = (its.id for its in world.lines_of("credit_note_line", "credit_note_id", note))
    taken = [NewDebitLine(pieces, D(1)), NewDebitLine(amount, amount=D(1))]
    world.do(issue_invoices, world.do(add_debit_notes, [NewDebitNote(note, "too much", taken)]), on=TODAY)


def _owe(world: World) -> None:
    """CN-000005 has no invoice; 0000000012 takes back an hour of it and a part of what goods cost less."""
    text = FreeLine(D(1), D(4), text="Late", account_id=world.account("4910"), tax_rate_id=world.taxes[20])
    hours = FreeLine(D(3), D("3.3333"), D(10), product_id=world.add_product("HOUR", None, kind="service"))
    cheaper = FreeLine(D(1), D("7.77"), product_id=world.add_product("DENT", tax=9))
    notes = world.do(add_loose_credits, [LooseCredit(world.customer, "agreed", [hours, text, cheaper])])
    world.do(issue_credit_notes, notes, on=TODAY)
    pieces, _, amount = (its.id for its in world.lines_of("credit_note_line", "credit_note_id", notes[0]))
    taken = [NewDebitLine(pieces, D(1)), NewDebitLine(amount, amount=D(2))]
    world.do(issue_invoices, world.do(add_debit_notes, [NewDebitNote(notes[0], "too much", taken)]), on=TODAY)


def _credit_ahead(world: World) -> None:
    """0000000013 is of seven pieces in advance, of which SH-000010 took three and SH-000011 two. CN-000006 takes what
    did not leave and two of SH-000010's to be invoiced again, and the third, which is to come back.
    """
    sooner = world.add_product("SOONER", None)
    world.receive(sooner, "7", "3.33")
    order = world.order(NewLine(sooner, D(7), D("14.2857")))
    world.approve(order)
    [invoice] = world.do(add_advances, [NewAdvance(order)])
    world.do(issue_invoices, [invoice], on=TODAY)
    for pieces in (3, 2):
        [shipment] = world.drafts(order)
        line = world.lines_of("shipment_line", "shipment_id", shipment)[0].id
        world.ship(shipment, quantities={line: D(pieces)})
    line = world.lines_of("invoice_line", "invoice_id", invoice)[0].id
    _credit(world, invoice, NewCreditLine(line, "invoice_again", D(4)), NewCreditLine(line, "goods_back", D(1)))


def _credit(world: World, invoice: int, *lines: NewCreditLine) -> None:
    world.do(issue_credit_notes, world.do(add_credit_notes, [NewCreditNote(invoice, "dented", lines)]), on=TODAY)


def _invoice_ahead(world: World) -> None:
    """SH-000006: two of three pieces leave that were invoiced in advance; then a voucher is sold."""
    ahead = world.add_product("AHEAD", "9.99")
    world.receive(ahead, "4")
    order = world.order((ahead, "4"))
    world.approve(order)
    line = world.lines_of("sales_order_line", "order_id", order)[0].id
    world.do(issue_invoices, world.do(add_advances, [NewAdvance(order, {line: D(3)})]), on=TODAY)
    world.ship(shipment := world.drafts(order)[0], quantities={
        world.lines_of("shipment_line", "shipment_id", shipment)[0].id: D(2)
    })  # fmt: skip
    vouchers = world.ids("SELECT min(id) FROM account WHERE role = 'vouchers'")[0]
    voucher = FreeLine(D(1), D(50), text="Voucher 1", account_id=vouchers)
    world.do(issue_invoices, world.do(add_free_invoices, [NewFreeInvoice(world.customer, [voucher])]), on=TODAY)


def _pay_out(world: World) -> None:
    """P-000001 for stamps, P-000002 to a desk that takes it by C-000004, P-000003 of what C-000003 had left.

    BL-000001 is an advance, BL-000002 a fee, both on BS-000001; BL-000003 is on BS-000002, taken back. AD-000001 is a
    bad debt, AD-000002 a voucher.
    """
    number = "SELECT id FROM document WHERE number = %(number)s"
    advance, invoice = (world.ids(number, number=its)[0] for its in ("C-000003", "0000000001"))
    customer = world.ids("SELECT id FROM customer WHERE code = 'C002'")[0]
    stamps = NewCashOrder(world.desk, None, D(3), "stamps", kind="expense", about="account",
                          account_id=world.account("6990"))  # fmt: skip
    sent = NewCashOrder(world.desk, None, D(4), kind="expense", about="transfer")
    back = NewCashOrder(world.desk, customer, D(1), targets=[Target(advance, D(1))], kind="expense")
    world.do(process_cash_orders, world.do(add_cash_orders, [stamps, sent, back]), on=TODAY)
    transfer = world.ids(number, number="P-000002")[0]
    brought = NewCashOrder(world.desk, None, D(4), about="transfer", transfer_id=transfer)
    world.do(process_cash_orders, world.do(add_cash_orders, [brought]), on=TODAY)
    fee = {"kind": "expense", "about": "account", "account_id": world.account("6920")}
    lost = NewAdjustment("bad_debt", world.customer, D("0.40"), targets=[Settles(invoice, D("0.40"))])
    redeemed = NewAdjustment("voucher", world.customer, D("0.30"))
    world.do(process_adjustments, world.do(add_adjustments, [lost, redeemed]), on=TODAY)
    lines = [NewBankLine(bank := world.add_bank(), world.customer, D(8)), NewBankLine(bank, None, D(2), **fee)]
    stated = [NewStatement(bank, "1", TODAY, D(5), D(11), lines),
              NewStatement(bank, "2", TODAY, D(11), D(19), lines[:1])]  # fmt: skip
    statements = world.do(add_statements, stated)
    for statement in statements:
        world.do(process_statements, [statement])
    world.do(cancel_statements, statements[1:], on=TODAY, reason="of another bank")


def _type(world: World) -> None:
    """ME-000001 is rent that is owed, ME-000002 the same once more, taken back."""
    rent, owed = world.account("6990"), world.account("2000")
    new = NewManualEntry([NewManualLine(rent, debit=D(700)), NewManualLine(owed, credit=D(700))], "rent")
    twice = world.do(add_manual_entries, [new, new])
    world.do(process_manual_entries, twice, on=TODAY)
    world.do(cancel_manual_entries, twice[1:], on=TODAY, reason="typed twice")


def _begin(world: World) -> None:
    """OB-000001 was owed: 10.00 of it are paid, and 3.00 by OB-000002, which was paid ahead; OB-000003 was in a desk,
    OB-000004 at a bank, OB-000005 owed by mistake, OB-000006 the overdraft of another bank.
    """
    south, customer = world.add_desk("SOUTH"), world.customer
    banks = world.add_bank("FIRST"), world.add_bank("SECOND")
    made = world.do(add_opening_balances, [
        NewOpeningBalance("owed", D(50), customer, due_on=EARLIER), NewOpeningBalance("paid_ahead", D(7), customer),
        NewOpeningBalance("cash", D(100), cash_desk_id=south),
        NewOpeningBalance("bank", D(900), bank_account_id=banks[0]), NewOpeningBalance("owed", D(5), customer),
        NewOpeningBalance("bank", D(-20), bank_account_id=banks[1]),
    ])  # fmt: skip
    world.do(process_opening_balances, made, on=EARLIER)
    world.pay(made[0], "10.00")
    world.do(allocate_payments, [Wish(made[1], made[0], D(3))], on=TODAY)
    world.do(cancel_opening_balances, made[4:5], on=TODAY, reason="was paid")


def _leave_open(world: World, tea: int, pot: int) -> None:
    """What is still a draft, an estimate, waiting or cancelled."""
    world.order((tea, "1"))
    world.order((tea, "1"), (tea, "2"), active=True)
    waiting = world.order((pot, "50"))
    world.approve(waiting, consent=["short_stock"])
    given_up = world.order((pot, "1"), active=True)
    world.do(cancel_orders, [given_up], on=TODAY, reason="changed their mind")
    world.do(add_receipts, [NewReceipt(world.warehouse, [NewReceiptLine(tea, D(3), D(4))])])
    world.do(add_cash_orders, [NewCashOrder(world.desk, world.customer, D(9))])
    world.do(close_period, TODAY - timedelta(days=400), TODAY - timedelta(days=370))
    income = world.account("4910")
    world.do(change_rules, [NewRule("invoice.issued", "other", "credit", income, TODAY + timedelta(days=1))])
