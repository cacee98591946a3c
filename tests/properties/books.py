"""A history in which the books are kept as well: begun, typed into, closed, and put on other accounts."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from app.domain.kernel.rows import read
from app.domain.ledger.changing_rules import NewRule, change_rules
from app.domain.ledger.manual import (
    NewManualEntry,
    NewManualLine,
    add_manual_entries,
    cancel_manual_entries,
    process_manual_entries,
)
from app.domain.ledger.periods import close_period, reopen_period
from app.domain.ledger.posting_rules import EVENTS
from app.domain.treasury.models import BALANCES
from app.domain.treasury.opening import (
    NewOpeningBalance,
    add_opening_balances,
    cancel_opening_balances,
    process_opening_balances,
)
from tests.properties.histories import Dice, History
from tests.properties.model import ZERO, Shop
from tests.properties.money import REFUSED, chosen
from tests.world import TODAY, D

IN_THE_BOOKS = {
    "order": 3, "save_and_process": 5, "cancel_shipment": 1, "draft_invoice": 4, "issue_invoice": 4, "pay": 3,
    "pay_ahead": 6, "cancel_payment": 3, "allocate": 4, "release": 3, "begin": 7, "was_not_so": 4, "type_in": 4,
    "strike_out": 3, "close": 3, "put_elsewhere": 3, "correct": 4,
}  # fmt: skip
SIDES = [
    (event, amount.name, side, role)
    for event, amounts in EVENTS.items() for amount in amounts for side, role in amount.sides()
]  # fmt: skip


@dataclass
class BookShop(Shop):
    """A shop that began with something: what about, and how much."""

    begun: dict[int, tuple[str, Decimal]] = field(default_factory=dict)

    def began_with(self, *abouts: str) -> Decimal:
        return sum((amount for about, amount in self.begun.values() if about in abouts), ZERO)

    @property
    def cash(self) -> Decimal:
        return super().cash + self.began_with("cash")

    @property
    def bank(self) -> Decimal:
        return super().bank + self.began_with("bank")

    @property
    def owed(self) -> Decimal:
        return super().owed + self.began_with("owed") - self.began_with("paid_ahead")


class BooksHistory(History):
    """A history whose accountant is busy too."""

    shop: BookShop

    def __init__(self, session: Session, chart: str, **how: Any) -> None:
        super().__init__(session, chart, **how)
        self.shop = BookShop(**vars(self.shop))
        self.bank = self.world.add_bank()
        self.by_hand = self.world.ids("SELECT id FROM account WHERE role = 'other' ORDER BY code")

    def begin(self, dice: Dice) -> None:
        """What a customer owed or had, what was in the desk, or at the bank, which may be below zero."""
        about, amount = BALANCES[dice.first % 4], D(1 + dice.third % 60)
        owners = {
            "owed": ("customer_id", chosen(self.customers, dice.second)),
            "paid_ahead": ("customer_id", chosen(self.customers, dice.second)),
            "cash": ("cash_desk_id", self.world.desk), "bank": ("bank_account_id", self.bank),
        }  # fmt: skip
        if about == "bank" and dice.share % 2:
            amount = -amount
        due_on = dice.on if about == "owed" and dice.share % 3 else None
        new = NewOpeningBalance(about, amount, due_on=due_on, **dict([owners[about]]))
        its = self.attempt(add_opening_balances, [new])[0]
        if self.attempt(process_opening_balances, [its], on=dice.on) is not REFUSED:
            self.shop.begun[its] = (about, amount)

    def was_not_so(self, dice: Dice) -> None:
        if self.shop.begun:
            its = chosen(self.shop.begun, dice.first)
            if self.attempt(cancel_opening_balances, [its], on=dice.on, reason="not so") is not REFUSED:
                del self.shop.begun[its]

    def type_in(self, dice: Dice) -> None:
        """Two or four lines, which now and then do not balance."""
        amount = D(1 + dice.third)
        pairs = [(chosen(self.by_hand, dice.first + i), chosen(self.by_hand, dice.second + i))
                 for i in range(1 + dice.share % 2)]  # fmt: skip
        lines = [
            line for debit, credit in pairs
            for line in (NewManualLine(debit, debit=amount), NewManualLine(credit, credit=amount + (dice.share == 0)))
        ]  # fmt: skip
        its = self.attempt(add_manual_entries, [NewManualEntry(lines, "typed")])[0]
        self.attempt(process_manual_entries, [its], on=dice.on)

    def strike_out(self, dice: Dice) -> None:
        states = "processed" if not dice.anywhere else "cancelled"
        if entries := self.world.ids(f"SELECT id FROM manual_entry WHERE state = '{states}' ORDER BY id"):
            self.attempt(cancel_manual_entries, [chosen(entries, dice.first)], on=dice.on, reason="wrong")

    def correctable(self) -> list[tuple[str, Any, Callable[[int], Any]]]:
        typed = self.world.ids("SELECT id FROM manual_entry WHERE state = 'processed' ORDER BY id")
        books = [("opening_balance", self.shop.begun, self.shop.begun.pop), ("manual_entry", typed, _nothing)]
        return [*super().correctable(), *(choice for choice in books if choice[1])]

    def close(self, dice: Dice) -> None:
        """A day of the last five is closed, or a closed one reopened; in today everything goes on."""
        closed = [row.starts_on for row in read(self.session, "SELECT starts_on FROM period WHERE state = 'closed'")]
        if closed and dice.first % 2:
            self.attempt(reopen_period, closed[dice.second % len(closed)], reason="late bill")
        else:
            day = TODAY - timedelta(1 + dice.third % 5)
            self.attempt(close_period, day, day)

    def put_elsewhere(self, dice: Dice) -> None:
        event, amount, side, role = SIDES[(dice.first * 7 + dice.second) % len(SIDES)]
        accounts = self.world.ids("SELECT id FROM account WHERE role = %(role)s ORDER BY code", role=role)
        self.attempt(change_rules, [NewRule(event, amount, side, chosen(accounts, dice.third), dice.on)])


def _nothing(_: int) -> None:
    """What a manual entry is to the shop."""
