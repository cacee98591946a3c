"""The deeds of a random history beyond an order's way to cash: refunds, debts let off, second thoughts."""

from collections.abc import Callable
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
from app.domain.fulfilment.editing import edit_shipment
from app.domain.fulfilment.ending import give_up_orders, reopen_orders
from app.domain.kernel.rows import read, write
from app.domain.sales.taking import take_orders
from app.domain.stock.expiry import expire_reservations
from app.domain.treasury.banks import NewBankLine, add_bank_lines, cancel_bank_lines, process_bank_lines
from app.domain.treasury.cash import NewCashOrder, Target, add_cash_orders, cancel_cash_orders, process_cash_orders
from app.domain.treasury.statements import cancel_statements
from app.domain.undo import undo_chains
from tests.properties.model import ZERO, Moved, Shop
from tests.properties.money import OPEN_ITEMS, REFUSED, chosen, some
from tests.world import D, World

if TYPE_CHECKING:
    from tests.properties.histories import Dice

WIDER = {
    "reopen": 2, "take": 1, "make_less_ready": 2, "give_up": 2, "undo": 1, "expire": 1, "refund": 2,
    "adjust": 2, "by_bank": 2, "send": 1, "take_money_back": 2, "correct": 3,
}  # fmt: skip
LEFT = "SELECT document_id, customer_id, amount - used AS left FROM credit WHERE amount > used ORDER BY document_id"
CANCELLED = {
    "cash_order": cancel_cash_orders, "bank_line": cancel_bank_lines, "adjustment": cancel_adjustments,
    "bank_statement": cancel_statements,
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

    def take(self, dice: "Dice") -> None:
        if self.shop.orders:
            self.attempt(take_orders, some(self.orders(dice, "active"), dice))

    def make_less_ready(self, dice: "Dice") -> None:
        """A draft says so much of each line, from nothing to all; it may be said again."""
        if drafts := self.world.ids("SELECT id FROM shipment WHERE state = 'draft' ORDER BY id"):
            draft = chosen(drafts, dice.first)
            sql = "SELECT id, quantity FROM shipment_line WHERE shipment_id = %(id)s ORDER BY id"
            lines = read(self.session, sql, id=draft)
            parts = {line.id: (line.quantity * (dice.share % 5) / 4).quantize(D(1)) for line in lines}
            version = self.world.row("shipment", draft).version - (dice.second % 8 == 0)
            self.attempt(edit_shipment, draft, parts, version=version)

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

    def raise_tax(self, dice: "Dice") -> None:
        """A tax rate is, or was, another per cent from some day on, and may have been so said before."""
        change = {"rate": self.world.taxes[(9, 20)[dice.first % 2]], "on": dice.on, "percent": D(dice.second % 30)}
        sql = """INSERT INTO tax_rate_row (tax_rate_id, valid_from, percent) VALUES (%(rate)s, %(on)s, %(percent)s)
                 ON CONFLICT (tax_rate_id, valid_from) DO UPDATE SET percent = excluded.percent"""
        write(self.session, sql, **change)

    # Money

    def refund(self, dice: "Dice") -> None:
        """Of what a payment or a credit note has left, some goes back, or more than that."""
        if sources := read(self.session, LEFT):
            source = sources[dice.first % len(sources)]
            amount = (source.left * (1 + dice.share) / 9).quantize(D(1)) or source.left
            target = Target(source.document_id, amount)
            new = NewCashOrder(self.world.desk, source.customer_id, amount, "back", [target], kind="expense")
            its = Moved("cash_order", desk=-amount, owed=amount)
            self._money(its, new, add_cash_orders, process_cash_orders, dice)

    def adjust(self, dice: "Dice") -> None:
        if items := read(self.session, OPEN_ITEMS, anywhere=dice.anywhere):
            item = items[dice.first % len(items)]
            amount = (item.open * dice.share / 8).quantize(D(1)) + 1
            kind = ("voucher", "bad_debt", "difference")[dice.second % 3]
            targets = [Settles(item.document_id, amount, item.line_id)]
            new = NewAdjustment(kind, item.customer_id, amount, "let go", targets)
            its = Moved("adjustment", owed=-amount)
            self._money(its, new, add_adjustments, process_adjustments, dice)

    def by_bank(self, dice: "Dice") -> None:
        if items := read(self.session, OPEN_ITEMS, anywhere=dice.anywhere):
            item = items[dice.first % len(items)]
            amount = (item.open * dice.share / 8).quantize(D(1)) + 1
            targets = [Target(item.document_id, amount)] if dice.third % 3 else []
            new = NewBankLine(self.a_bank, item.customer_id, amount, "by bank", targets)
            its = Moved("bank_line", bank=amount, owed=-amount)
            self._money(its, new, add_bank_lines, process_bank_lines, dice)

    def send(self, dice: "Dice") -> None:
        """From the desk to the bank: what leaves the desk is on its way."""
        amount = D(1 + dice.third)
        new = NewCashOrder(self.world.desk, None, amount, "to the bank", kind="expense", about="transfer")
        its = Moved("cash_order", desk=-amount, in_transit=amount)
        self._money(its, new, add_cash_orders, process_cash_orders, dice)

    def take_money_back(self, dice: "Dice") -> None:
        if self.shop.money:
            it = chosen(self.shop.money, dice.first)
            if self.attempt(CANCELLED[self.shop.money[it].kind], [it], on=dice.on, reason="bounced") is not REFUSED:
                del self.shop.money[it]

    @property
    def a_bank(self) -> int:
        found = self.world.ids("SELECT id FROM bank_account")
        return found[0] if found else self.world.add_bank()

    def _money(self, its: Moved, new: Any, add: Any, process: Any, dice: "Dice") -> None:
        made = self.attempt(add, [new])
        if made is not REFUSED and self.attempt(process, made, on=dice.on) is not REFUSED:
            self.shop.money[made[0]] = its

    # Corrected

    def correctable(self) -> list[tuple[str, Any, Callable[[int], Any]]]:
        """What could be taken back: of which kind, the documents, and what it does to the shop."""
        shop = self.shop
        choices: list[tuple[str, Any, Callable[[int], Any]]] = [
            ("stock_receipt", shop.receipts, shop.unreceived), ("cash_order", shop.payments, shop.payments.pop),
            ("customer_return", shop.returns, shop.left_again),
        ]  # fmt: skip
        choices += [(kind, [it], shop.moved_back) for it, (kind, *_) in shop.elsewhere.items()]
        choices += [(its.kind, [it], shop.money.pop) for it, its in shop.money.items()]
        return [choice for choice in choices if choice[1]]

    def correct(self, dice: "Dice") -> None:
        """What was written down is taken back, and its draft stays behind."""
        if choices := self.correctable():
            kind, documents, forget = chosen(choices, dice.first)
            it = chosen(documents, dice.second)
            if self.attempt(CORRECT[kind], [it], on=dice.on, reason="a slip", named=f"correct {kind}") is not REFUSED:
                forget(it)
