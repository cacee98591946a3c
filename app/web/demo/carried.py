"""Money of the demo company that goes from place to place, and what a count of a desk finds; acts as in `aside`."""

from datetime import date
from decimal import Decimal

from sqlalchemy.orm import Session

from app.domain.kernel.rows import read
from app.domain.treasury.banks import NewBankLine, add_bank_lines, process_bank_lines
from app.domain.treasury.cash import NewCashOrder, add_cash_orders, process_cash_orders
from app.web.demo.aside import Act, Made
from app.web.demo.cards import Cards

D = Decimal


def _desk(session: Session, cards: Cards, on: date, amount: str, purpose: str, kind: str, about: str) -> int:
    by = cards.actors["accountant"]
    new = NewCashOrder(cards.desks["OFFICE"], None, D(amount), purpose, on=on, kind=kind, about=about)
    ids = add_cash_orders(session, [new], by=by)
    process_cash_orders(session, ids, by=by, on=on)
    return ids[0]


def carry_to_bank(session: Session, cards: Cards, on: date, made: Made) -> Made:
    return {"carried": _desk(session, cards, on, "100.00", "To the bank", "expense", "transfer")}


def cash_arrives(session: Session, cards: Cards, on: date, made: Made) -> Made:
    bank, by = read(session, "SELECT id FROM bank_account ORDER BY id LIMIT 1")[0].id, cards.actors["accountant"]
    came = NewBankLine(bank, None, D("100.00"), "Paid in", on=on, about="transfer", transfer_id=made["carried"])
    process_bank_lines(session, add_bank_lines(session, [came], by=by), by=by, on=on)
    return {}


def count_desk(session: Session, cards: Cards, on: date, made: Made) -> Made:
    _desk(session, cards, on, "0.50", "Counted", "expense", "difference")
    return {}


def carry_more(session: Session, cards: Cards, on: date, made: Made) -> Made:
    """It is on its way: the bank did not tell of it yet."""
    _desk(session, cards, on, "40.00", "To the bank", "expense", "transfer")
    return {}


ACTS: tuple[tuple[int, Act], ...] = ((6, carry_to_bank), (5, cash_arrives), (3, count_desk), (1, carry_more))
