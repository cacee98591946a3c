"""What the accountant of the demo company does in the books alone."""

from datetime import date
from decimal import Decimal

from sqlalchemy.orm import Session

from app.domain.kernel.rows import read
from app.domain.ledger.manual import (
    NewManualEntry,
    NewManualLine,
    add_manual_entries,
    cancel_manual_entries,
    process_manual_entries,
)
from app.web.demo.aside import Act, Made
from app.web.demo.cards import Cards

D = Decimal


def _typed(session: Session, cards: Cards, text: str, amount: str) -> int:
    """A draft that puts an expense on what is owed to suppliers."""
    sql = "SELECT id FROM account WHERE role = 'other' ORDER BY code"
    owed, *_, expense = [row.id for row in read(session, sql)]
    lines = [NewManualLine(expense, debit=D(amount)), NewManualLine(owed, credit=D(amount))]
    return add_manual_entries(session, [NewManualEntry(lines, text)], by=cards.actors["accountant"])[0]


def owe_rent(session: Session, cards: Cards, on: date, made: Made) -> Made:
    process_manual_entries(session, [_typed(session, cards, "Rent of the shop", "900.00")],
                           by=cards.actors["accountant"], on=on)  # fmt: skip
    return {}


def owe_rent_twice(session: Session, cards: Cards, on: date, made: Made) -> Made:
    twice = _typed(session, cards, "Rent of the shop", "900.00")
    process_manual_entries(session, [twice], by=cards.actors["accountant"], on=on)
    return {"rent again": twice}


def strike_rent_out(session: Session, cards: Cards, on: date, made: Made) -> Made:
    by = cards.actors["accountant"]
    cancel_manual_entries(session, [made["rent again"]], by=by, on=on, reason="It was there already")
    return {}


def expect_bill(session: Session, cards: Cards, on: date, made: Made) -> Made:
    _typed(session, cards, "Electricity, by the meter", "140.00")
    return {}


# (day, act), in the order in which they happen on a day.
ACTS: tuple[tuple[int, Act], ...] = (
    (14, owe_rent), (13, owe_rent_twice), (11, strike_rent_out), (0, expect_bill),
)  # fmt: skip
