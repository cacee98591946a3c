"""Random histories of invoicing: portions, advances, payments, credits, returns in any order, and every proof."""

from collections.abc import Callable
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.domain.billing.advances import NewAdvance, add_advances, edit_advance
from app.domain.billing.credit_notes import issue_credit_notes
from app.domain.billing.crediting import NewCreditLine, NewCreditNote, add_credit_notes
from app.domain.billing.debiting import debit_credit_notes
from app.domain.billing.due import reschedule_invoices
from app.domain.billing.invoicing import NewInvoice, add_invoices, delete_invoices, edit_invoice, issue_invoices
from app.domain.billing.returns import (
    NewReturn,
    NewReturnLine,
    add_returns,
    cancel_returns,
    delete_returns,
    process_returns,
)
from app.domain.fulfilment.ordering import cancel_orders
from app.domain.fulfilment.shipping import cancel_shipments, process_shipments
from app.domain.kernel.company import COGS_TIMINGS
from app.domain.kernel.errors import DomainError, Refused
from app.domain.kernel.rows import read, write
from app.domain.sales.orders import NewLine
from app.domain.treasury.cash import NewCashOrder, Target, add_cash_orders, cancel_cash_orders, process_cash_orders
from tests.world import TODAY, D, World

UNDO = {"on": TODAY, "reason": "by chance"}
CREDITED_AHEAD = """
SELECT count(DISTINCT note.id) AS notes FROM credit_note_line line
JOIN credit_note note ON note.id = line.credit_note_id AND note.state = 'issued'
JOIN invoice_line its ON its.id = line.invoice_line_id AND its.kind = 'advance'
WHERE line.shipment_line_id IS NOT NULL
"""
PRICES = ("14.2857", "0.03", "9.99", "0.3333", "33.33")


class Chance:
    """A company to which anything happens that its people could do; what is refused leaves no trace."""

    def __init__(self, session: Session, seed: int, *, vat_included: bool) -> None:
        self.random = Random(seed)
        self.world = World(session, vat_included=vat_included)
        self.goods = [self.world.add_product(f"P{i}", None, tax=tax) for i, tax in enumerate((20, 9, 20))]
        self.fee = self.world.add_product("FEE", None, kind="service")
        for product in self.goods:
            self.world.receive(product, "1000")
        self.done = 0

    def attempt(self, work: Callable[..., Any], *args: Any, **arguments: Any) -> Any:
        try:
            answer = self.world.do(work, *args, **arguments)
        except (DomainError, Refused):
            return None
        self.done += 1
        return answer

    def one(self, table: str, state: str) -> int | None:
        """One of the documents that are in a state."""
        found = self.world.ids(f"SELECT id FROM {table} WHERE state = %(state)s ORDER BY id", state=state)
        return self.random.choice(found) if found else None

    def parts(self, table: str, parent: str, document: int) -> dict[int, Decimal]:
        """Some lines of a document, and a whole quantity of each."""
        lines = self.world.lines_of(table, parent, document)
        chosen = self.random.sample(list(lines), self.random.randint(1, len(lines)))
        return {line.id: D(self.random.randint(1, max(1, int(line.quantity)))) for line in chosen}

    # What may happen

    def order(self) -> None:
        chosen = [
            (self.random.choice(self.goods), self.random.randint(1, 9), self.random.choice(PRICES))
            for _ in range(self.random.randint(1, 3))
        ]
        lines = [NewLine(product, D(quantity), D(price)) for product, quantity, price in chosen]
        if self.random.random() < 0.3:
            lines.append(NewLine(self.fee, D(1), D("-0.05")))
        try:
            order = self.world.order(*lines)
            self.world.approve(order, consent=["below_cost"])
        except (DomainError, Refused):
            return

    def cancel_order(self) -> None:
        if order := self.one("sales_order", "approved"):
            self.attempt(cancel_orders, [order], **UNDO)

    def ship(self) -> None:
        if shipment := self.one("shipment", "draft"):
            quantities = self.parts("shipment_line", "shipment_id", shipment) if self.random.random() < 0.6 else None
            rest = self.random.choice(("back_order", "back_order", "give_up"))
            self.attempt(process_shipments, [shipment], on=TODAY, quantities=quantities, rest=rest)

    def cancel_shipment(self) -> None:
        if shipment := self.one("shipment", "processed"):
            self.attempt(cancel_shipments, [shipment], **UNDO)

    def portion(self) -> None:
        if shipment := self.one("shipment", "processed"):
            self.attempt(add_invoices, [self.new_portion(shipment)])

    def new_portion(self, shipment: int) -> NewInvoice:
        both = [shipment, other] if (other := self.one("shipment", "processed")) not in (None, shipment) else [shipment]
        if self.random.random() < 0.3:
            return NewInvoice(both)  # type: ignore[arg-type]
        quantities = {}
        for each in both:
            quantities |= self.parts("shipment_line", "shipment_id", each or shipment)
        return NewInvoice(both, quantities)  # type: ignore[arg-type]

    def advance(self) -> None:
        if order := self.one("sales_order", "approved"):
            self.attempt(add_advances, [self.new_advance(order)])

    def new_advance(self, order: int) -> NewAdvance:
        whole = self.random.random() < 0.3
        return NewAdvance(order, None if whole else self.parts("sales_order_line", "order_id", order))

    def ship_ahead(self) -> None:
        """What is left of an order is invoiced in advance, and some of it leaves."""
        if (order := self.one("sales_order", "approved")) and (made := self.attempt(add_advances, [NewAdvance(order)])):
            self.attempt(issue_invoices, made, on=TODAY)
            [shipment] = self.world.drafts(order)[:1]
            quantities = self.parts("shipment_line", "shipment_id", shipment)
            self.attempt(process_shipments, [shipment], on=TODAY, quantities=quantities)

    def edit(self) -> None:
        draft = self.one("invoice", "draft")
        shipment, order = self.one("shipment", "processed"), self.one("sales_order", "approved")
        if draft:
            version = self.world.row("invoice", draft).version
            if self.random.random() < 0.5 and shipment:
                self.attempt(edit_invoice, draft, self.new_portion(shipment), version=version)
            elif order:
                self.attempt(edit_advance, draft, self.new_advance(order), version=version)

    def delete(self) -> None:
        if draft := self.one("invoice", "draft"):
            self.attempt(delete_invoices, [draft])

    def issue(self) -> None:
        if draft := self.one("invoice", "draft"):
            self.attempt(issue_invoices, [draft], on=TODAY)

    def issue_all(self) -> None:
        for draft in self.world.ids("SELECT id FROM invoice WHERE state = 'draft' ORDER BY id"):
            self.attempt(issue_invoices, [draft], on=TODAY)

    def reschedule(self) -> None:
        if invoice := self.one("invoice", "issued"):
            self.attempt(reschedule_invoices, [invoice], due_dates=[TODAY], reason="by chance")

    def pay(self) -> None:
        sql = """SELECT document_id AS id, sum(amount - allocated) AS open FROM open_item
                 GROUP BY document_id HAVING sum(amount - allocated) > 0 ORDER BY 1"""
        rows = read(self.world.session, sql)
        if rows:
            row = self.random.choice(list(rows))
            self.settle(row.id, row.open if self.random.random() < 0.7 else min(row.open, D("0.07")))

    def pay_and_invoice(self) -> None:
        """All that is open of a shipment is paid, and then invoiced in two parts."""
        if shipment := self.one("shipment", "processed"):
            sql = "SELECT sum(amount - allocated) AS open FROM open_item WHERE document_id = %(id)s"
            self.settle(shipment, read(self.world.session, sql, id=shipment)[0].open or D(0))
            for quantities in (self.parts("shipment_line", "shipment_id", shipment), None):
                if made := self.attempt(add_invoices, [NewInvoice([shipment], quantities)]):
                    self.attempt(issue_invoices, made, on=TODAY)

    def settle(self, document: int, amount: Decimal) -> None:
        order = NewCashOrder(self.world.desk, self.world.customer, amount, targets=[Target(document, amount)])
        if made := self.attempt(add_cash_orders, [order]):
            self.attempt(process_cash_orders, made, on=TODAY)

    def cancel_payment(self) -> None:
        if payment := self.one("cash_order", "processed"):
            self.attempt(cancel_cash_orders, [payment], **UNDO)

    def credit(self) -> None:
        if invoice := self.one("invoice", "issued"):
            self.take_off(invoice)

    def credit_ahead(self) -> None:
        """Of what was invoiced before it left, and left in part or whole since."""
        if found := self.world.ids("SELECT invoice_id AS id FROM advance WHERE delivered > 0 ORDER BY id"):
            self.take_off(self.random.choice(found))

    def take_off(self, invoice: int) -> None:
        """All that is left of an invoice, or pieces and amounts of its lines; some drafts wait."""
        kinds = ("goods_back", "invoice_again", "invoice_again")
        lines = None
        if self.random.random() < 0.7:
            parts = self.parts("invoice_line", "invoice_id", invoice)
            lines = [NewCreditLine(line, self.random.choice(kinds), quantity) for line, quantity in parts.items()]
            if self.random.random() < 0.1:
                lines[0] = NewCreditLine(lines[0].invoice_line_id, "allowance", amount=D("0.02"))
        new = NewCreditNote(invoice, "by chance", lines, self.random.choice(kinds))
        if (made := self.attempt(add_credit_notes, [new])) and self.random.random() < 0.8:
            self.attempt(issue_credit_notes, made, on=TODAY)

    def issue_credits(self) -> None:
        for note in self.world.ids("SELECT id FROM credit_note WHERE state = 'draft' ORDER BY id"):
            self.attempt(issue_credit_notes, [note], on=TODAY)

    def debit(self) -> None:
        note = self.one("credit_note", "issued")
        if note and (outcome := self.attempt(debit_credit_notes, [note], reason="by chance")):
            self.attempt(issue_invoices, outcome.answer, on=TODAY)

    def turn(self) -> None:
        """From here on cost of sales is posted the other way."""
        timing = self.random.choice(COGS_TIMINGS)
        write(self.world.session, "UPDATE company SET cogs_timing = %(timing)s", timing=timing)

    def delete_return(self) -> None:
        if returned := self.one("customer_return", "draft"):
            work = self.random.choice((delete_returns, process_returns))
            self.attempt(work, [returned], **({} if work is delete_returns else {"on": TODAY}))

    def take_back(self) -> None:
        if shipment := self.one("shipment", "processed"):
            quantities = self.parts("shipment_line", "shipment_id", shipment)
            new = NewReturn([NewReturnLine(line, quantity) for line, quantity in quantities.items()])
            if made := self.attempt(add_returns, [new]):
                self.attempt(process_returns, made, on=TODAY)

    def cancel_return(self) -> None:
        if returned := self.one("customer_return", "processed"):
            self.attempt(cancel_returns, [returned], **UNDO)


DEEDS = {
    Chance.order: 4, Chance.cancel_order: 1, Chance.ship: 6, Chance.cancel_shipment: 2, Chance.portion: 6,
    Chance.advance: 3, Chance.edit: 2, Chance.delete: 2, Chance.issue: 6, Chance.issue_all: 1, Chance.reschedule: 1,
    Chance.pay: 4, Chance.pay_and_invoice: 3, Chance.credit: 3, Chance.cancel_payment: 1, Chance.take_back: 1,
    Chance.cancel_return: 1, Chance.ship_ahead: 3, Chance.credit_ahead: 6, Chance.issue_credits: 1,
    Chance.debit: 1, Chance.turn: 1, Chance.delete_return: 2,
}  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
def test_whatever_is_invoiced_in_whatever_order_every_proof_holds(session: Session, seed: int) -> None:
    chance = Chance(session, seed, vat_included=bool(seed % 2))

    for step in range(120):
        chance.random.choices(list(DEEDS), list(DEEDS.values()))[0](chance)
        if step % 30 == 29:
            chance.world.prove()

    assert chance.done > 25
    assert read(session, CREDITED_AHEAD)[0].notes > 0
