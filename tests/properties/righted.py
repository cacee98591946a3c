"""What is invoiced beside shipments, and what puts invoices right, in random histories."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from app.domain.billing.advances import NewAdvance, add_advances, edit_advance
from app.domain.billing.crediting import (
    NewCreditLine,
    NewCreditNote,
    credit_invoices,
    credit_lines,
    delete_credit_notes,
    edit_credit_note,
)
from app.domain.billing.debiting import (
    NewDebitLine,
    NewDebitNote,
    add_debit_notes,
    debit_credit_notes,
    edit_debit_note,
)
from app.domain.billing.due import reschedule_invoices
from app.domain.billing.freehand import FreeLine, NewFreeInvoice, add_free_invoices, edit_free_invoice
from app.domain.billing.invoicing import issue_invoices
from app.domain.billing.loose_credits import LooseCredit, add_loose_credits, edit_loose_credit
from app.domain.billing.loose_returns import LooseLine, LooseReturn, add_loose_returns, edit_loose_return
from app.domain.billing.portions import NewInvoice, add_invoices, edit_invoice
from app.domain.billing.returning import ReturnOf, edit_return, return_shipments
from app.domain.billing.returns import delete_returns
from app.domain.fulfilment.ordering import approve_orders
from tests.properties.model import Shop
from tests.properties.money import REFUSED, chosen, some
from tests.world import D, World

if TYPE_CHECKING:
    from tests.properties.histories import Dice

WAYS = ("goods_back", "invoice_again", "allowance")
CREDITED = "SELECT id FROM credit_note WHERE state = 'issued' ORDER BY id"


class Righted:
    """A part of a history."""

    session: Session
    shop: Shop
    world: World
    places: list[int]
    goods: list[int]
    customers: list[int]
    fee: int
    attempt: Callable[..., Any]
    orders: Callable[..., list[int]]
    order: Callable[..., None]
    tell: Callable[..., None]
    save_and_process: Callable[..., None]
    ship: Callable[..., None]
    _take_back: Callable[..., None]

    def sell(self, dice: "Dice") -> None:
        """Ordered, shipped and invoiced in one go, as far as there are goods."""
        self.order(dice)
        last = len(self.shop.orders) - 1
        self.save_and_process(dice._replace(first=last, second=last, third=last, share=3))
        if shipments := [it for it in self.shop.standing if self.shop.order_of[it] == max(self.shop.orders)]:
            made = self.attempt(add_invoices, [NewInvoice(shipments)])
            self._drafted(made, shipments)

    def _drafted(self, made: Any, shipments: list[int] | None = None) -> None:
        """The shop is told of drafts of invoices; they are issued at some time."""
        if made is not REFUSED:
            self.shop.drafts |= dict.fromkeys(made, shipments or [])

    def rewrite(self, dice: "Dice") -> None:
        """A draft of shipments is of a part of them, or of others."""
        if drafts := {it: of for it, of in self.shop.drafts.items() if of}:
            draft = chosen(drafts, dice.first)
            of = drafts[draft] if not dice.anywhere else some(self.shop.shipments or [0], dice)
            lines = self._lines("shipment", of)
            parts = {line.id: min(line.quantity, D(1 + dice.third % 3)) for line in lines} if dice.share % 3 else None
            how = {"version": self.world.row("invoice", draft).version - (dice.share == 9)}
            if self.attempt(edit_invoice, draft, NewInvoice(of, parts), **how) is not REFUSED:
                self.shop.drafts[draft] = of

    def ahead(self, dice: "Dice") -> None:
        """What did not leave of an order is invoiced in advance; some drafts are written anew."""
        if self.shop.orders:
            order = chosen(self.orders(dice, "approved"), dice.first)
            made = self.attempt(add_advances, [NewAdvance(order)])
            self._drafted(made)
            if made is not REFUSED and dice.share % 2:
                parts = {line: D(1 + dice.third % 4) for line in list(self.shop.orders[order].lines)[:2]}
                self.attempt(edit_advance, made[0], NewAdvance(order, parts), version=1 + (dice.share == 9))

    def sell_ahead(self, dice: "Dice") -> None:
        """Ordered, invoiced in advance and shipped in part in one go, as far as there are goods."""
        before = set(self.shop.orders)
        self.order(dice)
        ordered = [it for it in self.shop.orders if it not in before]
        told = {
            "on": dice.on,
            "consent": ("below_cost", "short_stock"),
            "agreed_by": "Mr Client",
            "agreed_how": "phone",
        }
        self.tell("approved", self.attempt(approve_orders, ordered, **told))
        if (made := self.attempt(add_advances, [NewAdvance(order) for order in ordered])) in (REFUSED, []):
            return
        self._drafted(made)
        if self.attempt(issue_invoices, made, on=dice.on) is not REFUSED:
            self.shop.issued(made[0], self.world.row("invoice", made[0]).gross)
            drafts = self.world.ids("SELECT id FROM shipment WHERE state = 'draft' ORDER BY id")
            self.ship(dice._replace(first=len(drafts) - 1, second=1))

    def by_hand(self, dice: "Dice") -> None:
        """A fee, or vouchers that are sold outside VAT."""
        vouchers = self.world.ids("SELECT id FROM account WHERE role IN ('vouchers', 'revenue') ORDER BY role DESC")
        amount = D(1 + dice.second % 30)
        line = (FreeLine(D(1 + dice.share % 3), amount, product_id=self.fee) if dice.first % 2
                else FreeLine(D(1), amount, text="Voucher", account_id=vouchers[0]))  # fmt: skip
        new = NewFreeInvoice(chosen(self.customers, dice.third), [line])
        made = self.attempt(add_free_invoices, [new])
        self._drafted(made)
        if made is not REFUSED and dice.share % 2:
            again = NewFreeInvoice(new.customer_id, [line, line])
            self.attempt(edit_free_invoice, made[0], again, version=1 + dice.anywhere)

    def put_off(self, dice: "Dice") -> None:
        if self.shop.invoices:
            on = dice.on + timedelta(dice.third % 30 - 5)
            self.attempt(reschedule_invoices, some(self.shop.invoices, dice), due_dates=[on], reason="asked for time")

    def _lines(self, kind: str, documents: list[int]) -> list[Any]:
        return [line for it in documents for line in self.world.lines_of(f"{kind}_line", f"{kind}_id", it)]

    # What was wrong

    def credit_some(self, dice: "Dice") -> None:
        """A draft of a credit note of one or two invoices, whole or in part."""
        if self.shop.invoices:
            invoices, kind = some(self.shop.invoices, dice)[:2], WAYS[dice.third % 3]
            if dice.share % 3 == 0:
                self._credited_anew(self.attempt(credit_invoices, invoices, reason="wrong", kind=kind), dice)
                return
            lines = self._lines("invoice", invoices)
            pieces = {line.id: min(line.quantity, D(1 + dice.share % 2)) for line in lines}
            how = {"amounts": dict.fromkeys(pieces, D(1))} if kind == "allowance" else {kind: pieces}
            self._credited_anew(self.attempt(credit_lines, invoices, reason="wrong", **how), dice)

    def _credited_anew(self, drafted: Any, dice: "Dice") -> None:
        """The first of some drafts is written anew, sometimes of a part of its invoice."""
        if drafted is REFUSED or dice.second % 2:
            return
        line = self._lines("invoice", drafted.done[:1])[0]
        part = [NewCreditLine(line.id, "invoice_again", D(1))] if dice.third % 2 else None
        new = NewCreditNote(drafted.done[0], "looked again", part, WAYS[dice.first % 3])
        self.attempt(edit_credit_note, drafted.answer[0], new, version=1 + dice.anywhere)

    def give(self, dice: "Dice") -> None:
        """A draft of a credit note without an invoice: a fee, a text, or what goods cost less."""
        income = self.world.ids("SELECT id FROM account WHERE role = 'revenue' ORDER BY code")
        amount, pieces = D(1 + dice.second % 30), D(1 + dice.share % 3)
        line = (
            FreeLine(pieces, amount, product_id=self.fee), FreeLine(pieces, amount, text="Late", account_id=income[0]),
            FreeLine(pieces if dice.anywhere else D(1), amount, product_id=chosen(self.goods, dice.third)),
        )[dice.first % 3]  # fmt: skip
        new = LooseCredit(chosen(self.customers, dice.third), "agreed", [line], prices_include_vat=dice.share % 4 == 0)
        made = self.attempt(add_loose_credits, [new])
        if made is not REFUSED and dice.share % 2:
            self.attempt(edit_loose_credit, made[0], replace(new, lines=[line, line]), version=1 + dice.anywhere)

    def debit(self, dice: "Dice") -> None:
        """What credit notes took off is owed again, whole or in part; the draft is issued at some time."""
        if notes := self.world.ids(CREDITED):
            wanted, how = some(notes, dice)[:2], {}
            if dice.share % 3 == 0:
                lines = self._lines("credit_note", wanted)
                how = {
                    "quantities": {line.id: D(1) for line in lines if line.kind != "allowance"},
                    "amounts": {line.id: self._some_of(line, dice) for line in lines if line.kind == "allowance"},
                }
            outcome = self.attempt(debit_credit_notes, wanted, reason="no mistake after all", **how)
            if outcome is not REFUSED:
                self._drafted(outcome.answer)
                if dice.share % 2:
                    self._debited_anew(wanted[0], outcome.answer[0], dice)

    def _debited_anew(self, note: int, draft: int, dice: "Dice") -> None:
        """The draft takes back a part of one line, and another draft the same part."""
        line = chosen(self._lines("credit_note", [note]), dice.second)
        part = (NewDebitLine(line.id, amount=self._some_of(line, dice)) if line.kind == "allowance"
                else NewDebitLine(line.id, quantity=D(1)))  # fmt: skip
        new = NewDebitNote(note, "counted again", [part])
        self.attempt(edit_debit_note, draft, new, version=1 + dice.anywhere)
        if (made := self.attempt(add_debit_notes, [new])) is not REFUSED:
            self._drafted(made)

    def _some_of(self, line: Any, dice: "Dice") -> Decimal:
        return (line.net * (1 + dice.third % 4) / 4).quantize(D(1)) or line.net

    def throw_away(self, dice: "Dice") -> None:
        """A draft of a credit note or of a return that nobody wants any more."""
        table, delete = (("credit_note", delete_credit_notes), ("customer_return", delete_returns))[dice.first % 2]
        state = "true" if dice.anywhere else "state = 'draft'"
        if drafts := self.world.ids(f"SELECT id FROM {table} WHERE {state} ORDER BY id"):
            self.attempt(delete, some(drafts, dice))

    # What comes back otherwise

    def bring_some_back(self, dice: "Dice") -> None:
        """Some or all of a shipment, or goods of which nobody knows the shipment."""
        if dice.first % 3 == 0:
            cost = None if dice.share % 3 else D(dice.second)
            line = LooseLine(chosen(self.goods, dice.second), D(1 + dice.third % 3), cost)
            new = LooseReturn(chosen(self.customers, dice.third), chosen(self.places, dice.second), [line])
            made = self.attempt(add_loose_returns, [new])
            if made is not REFUSED and dice.share % 2:
                more = replace(line, quantity=D(2))
                self.attempt(edit_loose_return, made[0], replace(new, lines=[line, more]), version=1 + dice.anywhere)
        elif self.shop.shipments:
            shipments = some(self.shop.shipments, dice)[:2]
            lines = self._lines("shipment", shipments)
            parts = {line.id: D(1) for line in lines} if dice.share % 3 else None
            outcome = self.attempt(return_shipments, shipments, quantities=parts)
            made = outcome if outcome is REFUSED else outcome.answer
            if made is not REFUSED and dice.second % 2:
                its = shipments if dice.anywhere else shipments[:1]
                self.attempt(edit_return, made[0], ReturnOf(its), version=1 + (dice.share == 9))
        else:
            return
        for it in () if made is REFUSED or dice.share == 9 else made:
            self._take_back(it, dice)
