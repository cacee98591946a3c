"""The deeds of a random history beyond an order's way to cash: refunds, debts let off, second thoughts."""

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from app.domain.billing.adjustments import (
    NewAdjustment,
    Settles,
    add_adjustments,
    cancel_adjustments,
    process_adjustments,
)
from app.domain.correcting import CORRECT
from app.domain.fulfilment.ending import give_up_orders, reopen_orders
from app.domain.kernel.rows import read
from app.domain.stock.expiry import expire_reservations
from app.domain.treasury.banks import NewBankLine, add_bank_lines, cancel_bank_lines, process_bank_lines
from app.domain.treasury.cash import NewCashOrder, Target, add_cash_orders, cancel_cash_orders, process_cash_orders
from app.domain.undo import undo_chains
from tests.properties.model import ZERO, Shop
from tests.properties.money import OPEN_ITEMS, REFUSED, chosen, some
from tests.world import D, World

if TYPE_CHECKING:
    from tests.properties.histories import Dice

WIDER = {
    "reopen": 2, "give_up": 1, "undo": 1, "expire": 1, "refund": 2,
    "adjust": 2, "by_bank": 2, "send": 1, "take_money_back": 1, "correct": 3,
}  # fmt: skip
LEFT = 'SELECT document_id, customer_id, amount - used AS left FROM credit WHERE amount > used ORDER BY document_id'
CANCELLED = {
    "cash_order": cancel_cash_orders, "bank_line": cancel_bank_lines, "adjustment": cancel_adjustments,
}  # fmt: skip


class Wider:
    """A part of a history."""

    session: Session
    shop: Shop
    world: World
    attempt: Callable[..., Any]
    orders: Callable[..., list[int]]
    tell: Callable[..., None]

    # Second thoughts

    def reopen(self, dice: "Dice") -> None:
        if self.shop.orders:
            orders = some(self.orders(dice, "approved"), dice)
            outcome = self.attempt(reopen_orders, orders, on=dice.on, reason="another colour")
            self.tell("active", outcome)
            for order in () if outcome is REFUSED else outcome.done:
                for line in self.shop.orders[order].lines.values():
                    line.given_up = ZERO

    def give_up(self, dice: "Dice") -> None:
        if self.shop.orders:
            orders = some(self.orders(dice, "approved"), dice)
            outcome = self.attempt(give_up_orders, orders, on=dice.on)
            for order in () if outcome is REFUSED else outcome.done:
                self.shop.orders[order].give_up()

    def expire(self, dice: "Dice") -> None:
        self.attempt(expire_reservations, on=dice.on)

    def undo(self, dice: "Dice") -> None:
        """An order or an invoice is taken back with all that followed; the shop looks at what was."""
        things = [*self.shop.orders, *self.shop.invoices]
        if not things:
            return
        if self.attempt(undo_chains, [chosen(things, dice.first)], on=dice.on, reason="all wrong") is REFUSED:
            return
        gone = set(self.world.ids("SELECT id FROM shipment WHERE state = 'cancelled'"))
        self.shop.unshipped([i for i in self.shop.shipments if i in gone])
        back = set(self.world.ids("SELECT id FROM customer_return WHERE state = 'cancelled'"))
        for it in [i for i in self.shop.returns if i in back]:
            self.shop.left_again(it)
        standing = set(self.world.ids("SELECT id FROM invoice"))
        self.shop.drafts = {i: its for i, its in self.shop.drafts.items() if i in standing}
        for row in read(self.session, "SELECT id FROM sales_order WHERE state = 'cancelled'"):
            self.shop.orders[row.id].state = "cancelled"
        [credited] = read(self.session, "SELECT coalesce(sum(gross), 0) AS all FROM credit_note WHERE state = 'issued'")
        self.shop.credits.append(credited.all - sum(self.shop.credits, ZERO))

    # Money

    def refund(self, dice: "Dice") -> None:
        """Of what a payment or a credit note has left, some goes back, or more than that."""
        if sources := read(self.session, LEFT):
            source = sources[dice.first % len(sources)]
            amount = (source.left * (1 + dice.share) / 9).quantize(D(1)) or source.left
            target = Target(source.document_id, amount)
            new = NewCashOrder(self.world.desk, source.customer_id, amount, "back", [target], kind="expense")
            self._money("cash_order", new, add_cash_orders, process_cash_orders, dice, cash=-amount, owed=amount)

    def adjust(self, dice: "Dice") -> None:
        if items := read(self.session, OPEN_ITEMS, anywhere=dice.anywhere):
            item = items[dice.first % len(items)]
            amount = (item.open * dice.share / 8).quantize(D(1)) + 1
            kind = ("voucher", "bad_debt", "difference")[dice.second % 3]
            targets = [Settles(item.document_id, amount, item.line_id)]
            new = NewAdjustment(kind, item.customer_id, amount, "let go", targets)
            self._money("adjustment", new, add_adjustments, process_adjustments, dice, owed=-amount)

    def by_bank(self, dice: "Dice") -> None:
        if items := read(self.session, OPEN_ITEMS, anywhere=dice.anywhere):
            item = items[dice.first % len(items)]
            amount = (item.open * dice.share / 8).quantize(D(1)) + 1
            targets = [Target(item.document_id, amount)] if dice.third % 3 else []
            new = NewBankLine(self.a_bank, item.customer_id, amount, "by bank", targets)
            self._money("bank_line", new, add_bank_lines, process_bank_lines, dice, owed=-amount)

    def send(self, dice: "Dice") -> None:
        """From the desk to the bank: what leaves the desk is on its way."""
        amount = D(1 + dice.third)
        new = NewCashOrder(self.world.desk, None, amount, "to the bank", kind="expense", about="transfer")
        self._money("cash_order", new, add_cash_orders, process_cash_orders, dice, cash=-amount)

    def take_money_back(self, dice: "Dice") -> None:
        if self.shop.money:
            it = chosen(self.shop.money, dice.first)
            if self.attempt(CANCELLED[self.shop.money[it][0]], [it], on=dice.on, reason="bounced") is not REFUSED:
                del self.shop.money[it]

    @property
    def a_bank(self) -> int:
        found = self.world.ids("SELECT id FROM bank_account")
        return found[0] if found else self.world.add_bank()

    def _money(
        self, kind: str, new: Any, add: Any, process: Any, dice: "Dice", *, cash: Decimal = ZERO, owed: Decimal = ZERO
    ) -> None:  # fmt: skip
        made = self.attempt(add, [new])
        if made is not REFUSED and self.attempt(process, made, on=dice.on) is not REFUSED:
            self.shop.money[made[0]] = (kind, cash, owed)

    # Corrected

    def correct(self, dice: "Dice") -> None:
        """What was written down is taken back, and its draft stays behind."""
        shop, number = self.shop, dice.first
        choices: list[tuple[str, Any, Callable[[int], Any]]] = [
            ("stock_receipt", shop.receipts, shop.unreceived), ("cash_order", shop.payments, shop.payments.pop),
            ("customer_return", shop.returns, shop.left_again),
        ]  # fmt: skip
        choices += [(kind, [it], shop.moved_back) for it, (kind, *_) in shop.elsewhere.items()]
        choices += [(kind, [it], shop.money.pop) for it, (kind, *_) in shop.money.items()]
        kind, documents, forget = choices[number % len(choices)]
        if documents:
            it = chosen(documents, dice.second)
            if self.attempt(CORRECT[kind], [it], on=dice.on, reason="a slip") is not REFUSED:
                forget(it)
