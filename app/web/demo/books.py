"""What the accountant of the demo company does in the books alone, and what she took over from the old ones."""

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
from app.domain.treasury.opening import (
    NewOpeningBalance,
    add_opening_balances,
    cancel_opening_balances,
    process_opening_balances,
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


def take_over(session: Session, cards: Cards, on: date, made: Made) -> Made:
    """What the old books say of customers, of the office's desk and of the bank."""
    by = cards.actors["accountant"]
    bank = read(session, "SELECT id FROM bank_account ORDER BY id LIMIT 1")[0].id
    balances = add_opening_balances(session, [
        NewOpeningBalance("owed", D("340.00"), cards.customers["BOR"], due_on=on, purpose="Old invoice 2881"),
        NewOpeningBalance("paid_ahead", D("60.00"), cards.customers["ROZA"], purpose="Paid in the spring"),
        NewOpeningBalance("cash", D("200.00"), cash_desk_id=cards.desks["OFFICE"], purpose="Counted"),
        NewOpeningBalance("bank", D("4250.75"), bank_account_id=bank, purpose="Last statement"),
        NewOpeningBalance("owed", D("90.00"), cards.customers["ELIA"], purpose="Old invoice 2894"),
    ], by=by)  # fmt: skip
    process_opening_balances(session, balances, by=by, on=on)
    return {"old debt": balances[-1]}


def was_paid(session: Session, cards: Cards, on: date, made: Made) -> Made:
    by = cards.actors["accountant"]
    cancel_opening_balances(session, [made["old debt"]], by=by, on=on, reason="It was paid last year")
    return {}


def doubt_debt(session: Session, cards: Cards, on: date, made: Made) -> Made:
    new = NewOpeningBalance("owed", D("25.00"), cards.customers["COSY"], purpose="Old invoice 2790?")
    add_opening_balances(session, [new], by=cards.actors["accountant"])
    return {}


# (day, act), in the order in which they happen on a day.
ACTS: tuple[tuple[int, Act], ...] = (
    (42, take_over), (41, was_paid), (14, owe_rent), (13, owe_rent_twice), (11, strike_rent_out), (0, expect_bill),
    (0, doubt_debt),
)  # fmt: skip
