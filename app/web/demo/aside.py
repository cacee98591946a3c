"""What happens at the demo company beside its sales: losses, counts, returns, credits, the bank, advances, refunds.

Each act is a function of the session, the cards and its date. What one makes it gives back under a name, under which a
later one finds it.
"""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from app.domain.billing.adjustments import (
    NewAdjustment,
    Settles,
    add_adjustments,
    cancel_adjustments,
    process_adjustments,
)
from app.domain.billing.advances import NewAdvance, add_advances
from app.domain.billing.credit_notes import NewCreditLine, NewCreditNote, add_credit_notes, issue_credit_notes
from app.domain.billing.freehand import FreeLine, NewFreeInvoice, add_free_invoices
from app.domain.billing.invoicing import issue_invoices
from app.domain.billing.returns import NewReturn, NewReturnLine, add_returns, cancel_returns, process_returns
from app.domain.fulfilment.ending import give_up_orders, reopen_orders
from app.domain.fulfilment.ordering import approve_orders
from app.domain.kernel.rows import read
from app.domain.sales.orders import NewLine, NewOrder, add_orders
from app.domain.treasury.banks import NewBankLine, add_bank_lines, cancel_bank_lines, process_bank_lines
from app.domain.treasury.cash import NewCashOrder, Target, add_cash_orders, process_cash_orders
from app.domain.treasury.statements import (
    NewStatement,
    add_statements,
    cancel_statements,
    last_closing,
    process_statements,
)
from app.domain.warehousing.counts import cancel_counts, process_counts
from app.domain.warehousing.sheets import Counted, NewCount, add_counts, write_counted
from app.domain.warehousing.write_offs import (
    NewWriteOff,
    NewWriteOffLine,
    add_write_offs,
    cancel_write_offs,
    process_write_offs,
)
from app.web.demo.cards import Cards

D = Decimal
Made = Mapping[str, int]
Act = Callable[[Session, Cards, date, Made], Made]

# The lines of the first shipment that a customer had, and the invoice on which they are.
SHIPPED = """
SELECT line.id, line.quantity, order_line.sku, invoice_line.id AS invoice_line_id, invoice_line.invoice_id
FROM shipment_line line JOIN shipment ON shipment.id = line.shipment_id AND shipment.state = 'processed'
JOIN document ON document.id = shipment.id
JOIN sales_order_line order_line ON order_line.id = line.order_line_id
JOIN product ON product.id = order_line.product_id AND product.kind <> 'service'
LEFT JOIN invoice_line ON invoice_line.shipment_line_id = line.id
WHERE document.customer_id = %(customer)s AND (invoice_line.id IS NULL) = %(uninvoiced)s
ORDER BY shipment.id, line.position LIMIT 1
"""
ORDER = """
SELECT sales_order.id, line.id AS line_id FROM sales_order JOIN sales_order_line line ON line.order_id = sales_order.id
WHERE sales_order.customer_reference = %(reference)s ORDER BY line.position LIMIT 1
"""
ON_ACCOUNT = """
SELECT document_id, amount - used AS left FROM credit
WHERE customer_id = %(customer)s AND amount > used ORDER BY document_id LIMIT 1
"""
OPEN_INVOICE = """
SELECT item.document_id, sum(item.amount - item.allocated) AS open
FROM open_item item WHERE item.customer_id = %(customer)s AND item.invoice_id IS NOT NULL
GROUP BY item.document_id HAVING sum(item.amount - item.allocated) > 0 ORDER BY 1 LIMIT 1
"""


def _lose(session: Session, cards: Cards, reason: str, sku: str, quantity: str, note: str) -> int:
    line = NewWriteOffLine(cards.products[sku], D(quantity))
    new = NewWriteOff(cards.warehouses["CENTRAL"], reason, [line], note=note)
    return add_write_offs(session, [new], by=cards.actors["storekeeper"])[0]


def break_glasses(session: Session, cards: Cards, on: date, made: Made) -> Made:
    gone = _lose(session, cards, "damaged", "GLASS-6", "2", "Fell off the forklift")
    process_write_offs(session, [gone], by=cards.actors["storekeeper"], on=on)
    return {}


def miss_lamps(session: Session, cards: Cards, on: date, made: Made) -> Made:
    gone = _lose(session, cards, "lost", "LED-E27", "40", "A box is not in its place")
    process_write_offs(session, [gone], by=cards.actors["storekeeper"], on=on)
    return {"missed lamps": gone}


def find_lamps(session: Session, cards: Cards, on: date, made: Made) -> Made:
    by = cards.actors["manager"]
    cancel_write_offs(session, [made["missed lamps"]], by=by, on=on, reason="It stood behind the lamps")
    return {}


def set_aside(session: Session, cards: Cards, on: date, made: Made) -> Made:
    _lose(session, cards, "sample", "CANDLE", "3", "For the trade fair")
    return {}


def _count(session: Session, cards: Cards, found: Mapping[str, str], note: str) -> int:
    """A sheet of the shop's shelf with how many more, or less, lie there than were expected."""
    by = cards.actors["manager"]
    ids = {cards.products[sku]: D(more) for sku, more in found.items()}
    count = add_counts(session, [NewCount(cards.warehouses["SHOP"], list(ids), note=note)], by=by)[0]
    lines = read(session, "SELECT id, product_id, expected FROM stock_count_line WHERE count_id = %(id)s", id=count)
    counted = {line.id: Counted(max(line.expected + ids[line.product_id], D(0))) for line in lines}
    write_counted(session, count, counted, version=1, by=by)
    return count


def count_shelf(session: Session, cards: Cards, on: date, made: Made) -> Made:
    count = _count(session, cards, {"CANDLE": "-1", "COOKBOOK": "1", "GLASS-6": "0"}, "The shelf by the door")
    process_counts(session, [count], by=cards.actors["manager"], on=on)
    return {}


def count_wrongly(session: Session, cards: Cards, on: date, made: Made) -> Made:
    count = _count(session, cards, {"APRON": "-1"}, "Aprons")
    process_counts(session, [count], by=cards.actors["manager"], on=on)
    return {"wrong count": count}


def count_again(session: Session, cards: Cards, on: date, made: Made) -> Made:
    by = cards.actors["manager"]
    cancel_counts(session, [made["wrong count"]], by=by, on=on, reason="One hung in the window")
    return {}


def begin_count(session: Session, cards: Cards, on: date, made: Made) -> Made:
    _count(session, cards, {"TOWEL-70": "0", "SOAP": "0"}, "Half-year count, begun today")
    return {}


def _bring_back(session: Session, cards: Cards, customer: str, *, uninvoiced: bool = False) -> int:
    line = read(session, SHIPPED, customer=cards.customers[customer], uninvoiced=uninvoiced)[0]
    new = NewReturn([NewReturnLine(line.id, D(1))], note="Brought back by the van")
    return add_returns(session, [new], by=cards.actors["storekeeper"])[0]


def take_pan_back(session: Session, cards: Cards, on: date, made: Made) -> Made:
    """An invoiced pan comes back, and the credit note that this opens is issued."""
    back = _bring_back(session, cards, "GROSS")
    process_returns(session, [back], by=cards.actors["storekeeper"], on=on)
    notes = [row.id for row in read(session, "SELECT id FROM credit_note WHERE return_id = %(id)s", id=back)]
    issue_credit_notes(session, notes, by=cards.actors["accountant"], on=on)
    return {}


def take_lamp_back(session: Session, cards: Cards, on: date, made: Made) -> Made:
    back = _bring_back(session, cards, "NORTH", uninvoiced=True)
    process_returns(session, [back], by=cards.actors["manager"], on=on)
    return {"lamp": back}


def lamp_was_fine(session: Session, cards: Cards, on: date, made: Made) -> Made:
    by = cards.actors["manager"]
    cancel_returns(session, [made["lamp"]], by=by, on=on, reason="Only the bulb was loose: they keep it")
    return {}


def announce_return(session: Session, cards: Cards, on: date, made: Made) -> Made:
    _bring_back(session, cards, "BOR")
    return {}


def allow_scratches(session: Session, cards: Cards, on: date, made: Made) -> Made:
    line = read(session, SHIPPED, customer=cards.customers["KASHTA"], uninvoiced=False)[0]
    note = NewCreditNote(line.invoice_id, "Two boards are scratched", [
        NewCreditLine(line.invoice_line_id, "allowance", amount=D("15.00"))
    ])  # fmt: skip
    add_credit_notes(session, [note], by=cards.actors["seller"])
    return {}


def _bank(session: Session, cards: Cards, on: date, *, draft: bool = False, **more: Any) -> int:
    account = read(session, "SELECT id FROM bank_account ORDER BY id LIMIT 1")[0].id
    by = cards.actors["accountant"]
    line = add_bank_lines(session, [NewBankLine(account, on=on, **more)], by=by)[0]
    if not draft:
        process_bank_lines(session, [line], by=by, on=on)
    return line


def pay_by_bank(session: Session, cards: Cards, on: date, made: Made) -> Made:
    owed = read(session, OPEN_INVOICE, customer=cards.customers["KASHTA"])[0]
    part = min(owed.open, D("200.00"))
    _bank(session, cards, on, customer_id=cards.customers["KASHTA"], amount=part, purpose="First part",
          targets=[Target(owed.document_id, part)])  # fmt: skip
    return {}


def pay_wrong_account(session: Session, cards: Cards, on: date, made: Made) -> Made:
    line = _bank(session, cards, on, customer_id=cards.customers["ELIA"], amount=D("75.00"), purpose="?")
    return {"wrong account": line}


def bank_takes_it_back(session: Session, cards: Cards, on: date, made: Made) -> Made:
    by = cards.actors["accountant"]
    cancel_bank_lines(session, [made["wrong account"]], by=by, on=on, reason="Meant for somebody else")
    return {}


def pay_bank_fee(session: Session, cards: Cards, on: date, made: Made) -> Made:
    account = read(session, "SELECT id FROM account WHERE role = 'other' ORDER BY code DESC LIMIT 1")[0].id
    _bank(session, cards, on, customer_id=None, amount=D("12.50"), purpose="Monthly fee", kind="expense",
          about="account", account_id=account)  # fmt: skip
    return {}


def expect_transfer(session: Session, cards: Cards, on: date, made: Made) -> Made:
    _bank(session, cards, on, draft=True, customer_id=cards.customers["ROZA"], amount=D("300.00"),
          purpose="Announced by e-mail")  # fmt: skip
    return {}


def _statement(session: Session, cards: Cards, on: date, number: str, *lines: NewBankLine) -> int:
    """A draft that follows the last statement of the first bank account."""
    account = read(session, "SELECT id FROM bank_account ORDER BY id LIMIT 1")[0].id
    opening = last_closing(session, account) or D("4250.75")
    closing = opening + sum((it.amount if it.kind == "income" else -it.amount for it in lines), D(0))
    new = NewStatement(account, number, on, opening, closing, lines)
    return add_statements(session, [new], by=cards.actors["accountant"])[0]


def type_statement(session: Session, cards: Cards, on: date, made: Made) -> Made:
    fee = read(session, "SELECT id FROM account WHERE role = 'other' ORDER BY code DESC LIMIT 1")[0].id
    statement = _statement(
        session, cards, on, "2026/10", NewBankLine(0, cards.customers["KASHTA"], D("120.00"), "Paid ahead"),
        NewBankLine(0, None, D("4.20"), "Transfers", kind="expense", about="account", account_id=fee),
    )  # fmt: skip
    process_statements(session, [statement], by=cards.actors["accountant"])
    return {}


def type_statement_of_other_bank(session: Session, cards: Cards, on: date, made: Made) -> Made:
    statement = _statement(session, cards, on, "117", NewBankLine(0, cards.customers["ELIA"], D("60.00"), "?"))
    process_statements(session, [statement], by=cards.actors["accountant"])
    return {"other bank": statement}


def take_statement_back(session: Session, cards: Cards, on: date, made: Made) -> Made:
    by = cards.actors["accountant"]
    cancel_statements(session, [made["other bank"]], by=by, on=on, reason="It is of the other bank")
    return {}


def begin_statement(session: Session, cards: Cards, on: date, made: Made) -> Made:
    _statement(session, cards, on, "2026/11", NewBankLine(0, cards.customers["ROZA"], D("90.00"), "By e-banking"))
    return {}


def buy_flowers(session: Session, cards: Cards, on: date, made: Made) -> Made:
    account = read(session, "SELECT id FROM account WHERE role = 'other' ORDER BY code DESC LIMIT 1")[0].id
    by = cards.actors["accountant"]
    new = NewCashOrder(cards.desks["OFFICE"], None, D("18.00"), "Flowers for the window", on=on, kind="expense",
                       about="account", account_id=account)  # fmt: skip
    process_cash_orders(session, add_cash_orders(session, [new], by=by), by=by, on=on)
    return {}


def refund_part(session: Session, cards: Cards, on: date, made: Made) -> Made:
    customer = cards.customers["UYUT"]
    money = read(session, ON_ACCOUNT, customer=customer)[0]
    part, by = min(money.left, D("50.00")), cards.actors["accountant"]
    new = NewCashOrder(cards.desks["OFFICE"], customer, part, "Asked for it back", [Target(money.document_id, part)],
                       on=on, kind="expense")  # fmt: skip
    process_cash_orders(session, add_cash_orders(session, [new], by=by), by=by, on=on)
    return {}


def invoice_ahead(session: Session, cards: Cards, on: date, made: Made) -> Made:
    order = read(session, ORDER, reference="Bestellung 2295")[0]
    by = cards.actors["accountant"]
    invoices = add_advances(session, [NewAdvance(order.id, {order.line_id: D(2)}, note="As agreed")], by=by)
    issue_invoices(session, invoices, by=by, on=on)
    return {}


def invoice_by_hand(session: Session, cards: Cards, on: date, made: Made) -> Made:
    by = cards.actors["accountant"]
    line = FreeLine(D(3), D("25.00"), product_id=cards.products["ASSEMBLY"])
    invoices = add_free_invoices(session, [NewFreeInvoice(cards.customers["NORTH"], [line])], by=by)
    issue_invoices(session, invoices, by=by, on=on)
    return {}


def _let_off(session: Session, cards: Cards, customer: str, kind: str, amount: str, purpose: str) -> int:
    owed = read(session, OPEN_INVOICE, customer=cards.customers[customer])[0]
    part = min(owed.open, D(amount))
    new = NewAdjustment(kind, cards.customers[customer], part, purpose, [Settles(owed.document_id, part)])
    return add_adjustments(session, [new], by=cards.actors["accountant"])[0]


def redeem_voucher(session: Session, cards: Cards, on: date, made: Made) -> Made:
    voucher = _let_off(session, cards, "SLANCHO", "voucher", "20.00", "Voucher 114")
    process_adjustments(session, [voucher], by=cards.actors["accountant"], on=on)
    return {}


def write_debt_off(session: Session, cards: Cards, on: date, made: Made) -> Made:
    debt = _let_off(session, cards, "SLANCHO", "bad_debt", "30.00", "They do not answer")
    process_adjustments(session, [debt], by=cards.actors["accountant"], on=on)
    return {"debt": debt}


def they_answer(session: Session, cards: Cards, on: date, made: Made) -> Made:
    by = cards.actors["accountant"]
    cancel_adjustments(session, [made["debt"]], by=by, on=on, reason="They answered")
    return {}


def let_off_cents(session: Session, cards: Cards, on: date, made: Made) -> Made:
    _let_off(session, cards, "MUELLER", "difference", "0.05", "Cents")
    return {}


def _agreed(session: Session, cards: Cards, on: date, customer: str, sku: str, quantity: str) -> int:
    by = cards.actors["manager"]
    new = NewOrder("phone", cards.customers[customer], cards.warehouses["CENTRAL"], on,
                   [NewLine(cards.products[sku], D(quantity))], active=True, responsible_id=by)  # fmt: skip
    order = add_orders(session, [new], by=by)[0]
    approve_orders(session, [order], by=by, on=on, agreed_by="by phone", agreed_how="phone")
    return order


def think_again(session: Session, cards: Cards, on: date, made: Made) -> Made:
    order = _agreed(session, cards, on, "ROZA", "SODA", "8")
    reopen_orders(session, [order], by=cards.actors["manager"], on=on, reason="They want another colour too")
    return {}


def give_up_rest(session: Session, cards: Cards, on: date, made: Made) -> Made:
    """What is left of the order of towels and beds that was shipped in part."""
    sql = """SELECT DISTINCT sales_order.id FROM sales_order JOIN document USING (id)
             JOIN sales_order_line line ON line.order_id = sales_order.id
             WHERE document.customer_id = %(customer)s AND state = 'approved' AND line.shipped > 0 ORDER BY 1 LIMIT 1"""
    order = read(session, sql, customer=cards.customers["UYUT"])[0].id
    bins = """SELECT line.id FROM sales_order_line line WHERE order_id = %(id)s AND sku = 'BIN-30L'"""
    lines = [row.id for row in read(session, bins, id=order)]
    give_up_orders(session, [order], by=cards.actors["manager"], on=on, lines=lines)
    return {}


# (day, act), in the order in which they happen on a day.
ACTS: tuple[tuple[int, Act], ...] = (
    (24, break_glasses), (19, take_pan_back), (17, miss_lamps), (16, find_lamps), (15, count_shelf),
    (14, type_statement), (12, pay_by_bank), (11, pay_wrong_account), (10, bank_takes_it_back),
    (9, buy_flowers), (8, count_wrongly),
    (7, count_again), (6, type_statement_of_other_bank), (5, pay_bank_fee), (5, take_statement_back), (4, give_up_rest),
    (3, invoice_ahead), (3, invoice_by_hand),
    (2, refund_part), (2, think_again), (6, redeem_voucher), (4, write_debt_off),
    (2, they_answer), (1, take_lamp_back), (0, let_off_cents), (0, lamp_was_fine), (0, announce_return),
    (0, allow_scratches), (0, set_aside), (0, begin_count), (0, expect_transfer), (0, begin_statement),
)  # fmt: skip
