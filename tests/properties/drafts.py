"""Drafts that people write, write anew and throw away: nothing of them stays."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy.orm import Session

from app.domain.billing.adjustments import (
    NewAdjustment,
    add_adjustments,
    delete_adjustments,
    edit_adjustment,
)
from app.domain.ledger.manual import (
    NewManualEntry,
    NewManualLine,
    add_manual_entries,
    delete_manual_entries,
    edit_manual_entry,
)
from app.domain.sales.orders import Charged, add_orders, delete_orders, edit_order
from app.domain.treasury.banks import NewBankLine, add_bank_lines, delete_bank_lines, edit_bank_line
from app.domain.treasury.cash import NewCashOrder, add_cash_orders, delete_cash_orders, edit_cash_order
from app.domain.treasury.opening import (
    NewOpeningBalance,
    add_opening_balances,
    delete_opening_balances,
    edit_opening_balance,
)
from app.domain.treasury.statements import NewStatement, add_statements, delete_statements, edit_statement
from app.domain.warehousing.asking import (
    NewInternalLine,
    NewInternalOrder,
    add_internal_orders,
    delete_internal_orders,
    edit_internal_order,
)
from app.domain.warehousing.opening import NewOpening, NewOpeningLine, add_openings, delete_openings, edit_opening
from app.domain.warehousing.receipts import NewReceipt, NewReceiptLine, add_receipts, delete_receipts, edit_receipt
from app.domain.warehousing.sheets import Counted, NewCount, add_counts, delete_counts, write_counted
from app.domain.warehousing.write_offs import (
    NewWriteOff,
    NewWriteOffLine,
    add_write_offs,
    delete_write_offs,
    edit_write_off,
)
from tests.properties.model import ZERO, Shop
from tests.properties.money import REFUSED, chosen
from tests.world import D, World

if TYPE_CHECKING:
    from tests.properties.histories import Dice


class Draft(NamedTuple):
    """How drafts of a kind are written, written anew and removed, and what each is made of."""

    add: Callable[..., Any]
    edit: Callable[..., Any]
    delete: Callable[..., Any]
    written: Callable[["Drafts", "Dice"], Any]


class Drafts:
    """A part of a history."""

    session: Session
    shop: Shop
    world: World
    places: list[int]
    goods: list[int]
    customers: list[int]
    own_accounts: list[int]
    a_bank: int
    whole_amounts: bool
    vat_included: bool
    tries: int
    attempt: Callable[..., Any]
    written: Callable[..., Any]

    def charge(self, product: int, dice: "Dice") -> Charged | None:
        """What an e-shop charged for goods, in a third of orders: an amount that no price per piece comes to."""
        if dice.third % 3 or self.vat_included or product not in self.goods:
            return None
        amount = D(1 + dice.first * 13 % 997) / (1 if self.whole_amounts else 100)
        return Charged(amount, chosen([None, *self.world.taxes.values()], dice.second))

    def think_again(self, dice: "Dice") -> None:
        """Drafts of two kinds are written, written anew, by somebody who saw them as they were or not, and removed."""
        for place in (dice.first, dice.first + 1 + dice.share):
            self._think_again(chosen(KINDS, place), dice)

    def _think_again(self, kind: Draft, dice: "Dice") -> None:
        made = self.attempt(kind.add, [kind.written(self, dice)])
        if made is REFUSED:
            return
        anew = kind.written(self, dice._replace(second=dice.second + 1, third=dice.third + 1))
        self.attempt(kind.edit, made[0], anew, version=1 + dice.anywhere)
        assert self.attempt(kind.delete, made) is not REFUSED

    def count_again(self, dice: "Dice") -> None:
        """A sheet is drawn up, written on and thrown away."""
        made = self.attempt(add_counts, [NewCount(chosen(self.places, dice.first), [chosen(self.goods, dice.second)])])
        [line] = self.world.lines_of("stock_count_line", "count_id", made[0])
        self.attempt(write_counted, made[0], {line.id: Counted(D(dice.third - 1))}, version=1 + dice.anywhere)
        assert self.attempt(delete_counts, made) is not REFUSED

    def a_place(self, dice: "Dice") -> int:
        return chosen(self.places, dice.second)

    def a_product(self, dice: "Dice") -> int:
        return chosen(self.goods, dice.third)

    def a_customer(self, dice: "Dice") -> int:
        return chosen(self.customers, dice.third)

    def a_line(self, dice: "Dice") -> NewBankLine:
        return NewBankLine(self.a_bank, self.a_customer(dice), D(dice.third + 1), "by bank")

    def typed_entry(self, dice: "Dice") -> NewManualEntry:
        one, other = (chosen(self.own_accounts, dice.second + i) for i in range(2))
        return NewManualEntry([NewManualLine(one, debit=D(5)), NewManualLine(other, credit=D(5))], "typed")


KINDS = (
    Draft(add_orders, edit_order, delete_orders, lambda its, dice: its.written(dice, active=False)),
    Draft(add_receipts, edit_receipt, delete_receipts, lambda its, dice: NewReceipt(
        its.a_place(dice), [NewReceiptLine(its.a_product(dice), D(dice.share), D(2))])),
    Draft(add_write_offs, edit_write_off, delete_write_offs, lambda its, dice: NewWriteOff(
        its.a_place(dice), "lost", [NewWriteOffLine(its.a_product(dice), D(dice.share))])),
    Draft(add_openings, edit_opening, delete_openings, lambda its, dice: NewOpening(
        its.a_place(dice), [NewOpeningLine(its.a_product(dice), D(dice.share), value=D(7))])),
    Draft(add_internal_orders, edit_internal_order, delete_internal_orders, lambda its, dice: NewInternalOrder(
        its.a_place(dice), chosen(its.places, dice.second + 1), [NewInternalLine(its.a_product(dice), D(dice.share))])),
    Draft(add_cash_orders, edit_cash_order, delete_cash_orders, lambda its, dice: NewCashOrder(
        its.world.desk, its.a_customer(dice), D(dice.share))),
    Draft(add_bank_lines, edit_bank_line, delete_bank_lines, lambda its, dice: its.a_line(dice)),
    Draft(add_statements, edit_statement, delete_statements, lambda its, dice: NewStatement(
        its.a_bank, f"draft {its.tries}", dice.on, ZERO, ZERO, [its.a_line(dice)] * (dice.third % 3))),
    Draft(add_adjustments, edit_adjustment, delete_adjustments, lambda its, dice: NewAdjustment(
        "voucher", its.a_customer(dice), D(dice.share), "let go")),
    Draft(add_manual_entries, edit_manual_entry, delete_manual_entries, lambda its, dice: its.typed_entry(dice)),
    Draft(add_opening_balances, edit_opening_balance, delete_opening_balances, lambda its, dice: NewOpeningBalance(
        "owed", D(dice.share), customer_id=its.a_customer(dice))),
)  # fmt: skip
