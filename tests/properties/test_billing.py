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
from app.domain.billing.due import reschedule_invoices
from app.domain.billing.invoicing import NewInvoice, add_invoices, delete_invoices, edit_invoice, issue_invoices
from app.domain.billing.returns import NewReturn, NewReturnLine, add_returns, cancel_returns, process_returns
from app.domain.fulfilment.ordering import cancel_orders
from app.domain.fulfilment.shipping import cancel_shipments, process_shipments
from app.domain.kernel.errors import DomainError, Refused
from app.domain.kernel.rows import read
from app.domain.sales.orders import NewLine
from app.domain.treasury.cash import NewCashOrder, Target, add_cash_orders, cancel_cash_orders, process_cash_orders
from tests.world import TODAY, D, World

UNDO = {"on": TODAY, "reason": "by chance"}
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
            kind = self.random.choice(("goods_back", "invoice_again", "invoice_again"))
            lines = None
            if self.random.random() < 0.6:
                parts = self.parts("invoice_line", "invoice_id", invoice)
                lines = [NewCreditLine(line, kind, quantity) for line, quantity in parts.items()]
            if made := self.attempt(add_credit_notes, [NewCreditNote(invoice, "by chance", lines, kind)]):
                self.attempt(issue_credit_notes, made, on=TODAY)

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
    Chance.cancel_return: 1,
}  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
def test_whatever_is_invoiced_in_whatever_order_every_proof_holds(session: Session, seed: int) -> None:
    chance = Chance(session, seed, vat_included=bool(seed % 2))

    for step in range(120):
        chance.random.choices(list(DEEDS), list(DEEDS.values()))[0](chance)
        if step % 30 == 29:
            chance.world.prove()

    assert chance.done > 25
