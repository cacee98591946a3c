"""Money that comes in: cash orders."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import request
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from wtforms import HiddenField, StringField
from wtforms.validators import InputRequired, Length

from app.domain.billing.models import Invoice
from app.domain.fulfilment.models import Shipment
from app.domain.kernel.document import Document
from app.domain.kernel.rows import read
from app.domain.lifecycles import CASH_ORDER
from app.domain.parties.models import Customer
from app.domain.sales.models import SalesOrder
from app.domain.treasury.cash import (
    NewCashOrder,
    Target,
    add_cash_orders,
    cancel_cash_orders,
    delete_cash_orders,
    process_cash_orders,
)
from app.domain.treasury.models import CashDesk, CashOrder
from app.web.kit import look
from app.web.kit.documents import Button, deleting
from app.web.kit.drafting import DraftingView
from app.web.kit.forms import LONGEST_TEXT, CardForm, ExactField, RelationField
from app.web.kit.lines import Head, lines_of
from app.web.kit.listing import Column
from app.web.kit.rights import mine
from app.web.kit.scope import LARGEST_ID, ScopedInterface, in_scope
from app.web.kit.settled import settles

LINES = """
FROM cash_order_target line JOIN document ON document.id = line.target_id
WHERE line.cash_order_id = %(id)s ORDER BY line.id
"""


# What can be paid at a desk: the table, and the resource that one must see.
PAYABLE = ((Invoice, "Invoices"), (Shipment, "Shipments"), (SalesOrder, "Orders"))
OPEN = """
SELECT document.kind, document.number, document.customer_id,
       (SELECT coalesce(sum(amount - allocated), 0) FROM open_item WHERE document_id = document.id) AS open
FROM document WHERE document.id = %(id)s
"""


class PaymentForm(CardForm):
    cash_desk = RelationField(_("Cash desk"), target=CashDesk, blank=False, validators=[InputRequired()])
    customer = RelationField(
        _("Customer"), target=Customer, source="CashOrderView.choices_of", blank=False, validators=[InputRequired()]
    )
    amount = ExactField(_("Amount"), decimals=3, validators=[InputRequired()])
    purpose = StringField(_("Purpose"), validators=[Length(max=LONGEST_TEXT)])
    pays = HiddenField()


class CashOrderView(DraftingView):
    datamodel = ScopedInterface(CashOrder)
    lifecycle = CASH_ORDER
    resource = "Cash orders"
    route_base = "/cash-orders"
    title = _("Cash orders")
    noun = _("cash order")
    empty = _("No cash orders here.")
    desks = True
    head = PaymentForm
    steps = {
        "process": Button(process_cash_orders, "process", _("Process"), ("on",), "check"),
        "cancel": Button(cancel_cash_orders, "cancel", _("Cancel"), ("on", "reason"), "ban", danger=True),
        "delete": Button(
            deleting(delete_cash_orders), "delete", _("Delete"), (), "trash", ("draft",), danger=True, previewed=False
        ),
    }  # fmt: skip
    columns = {
        "number": Column(_("Number"), Document.number),
        "on": Column(_("Date"), CashOrder.on, "date"),
        "kind": Column(_("Kind"), CashOrder.kind, "word"),
        "cash_desk": Column(_("Cash desk"), CashDesk.code),
        "customer": Column(_("Customer"), Customer.name),
        "purpose": Column(_("Purpose"), CashOrder.purpose),
        "amount": Column(_("Amount"), CashOrder.amount, "money", "prices"),
        "currency": Column(_("Currency"), CashOrder.currency, needs="prices"),
        "state": Column(_("State"), CashOrder.state, "state"),
    }  # fmt: skip
    list_columns = ["number", "on", "cash_desk", "customer", "purpose", "state", "amount"]
    order_columns = ["number", "on", "customer", "amount"]

    def prefilled(self) -> dict[str, Any]:
        """A payment of a document says whose, how much is open, and what for."""
        document = self._payable(request.args.get("pays", ""))
        if document is None:
            return {}
        facts = read(self._session, OPEN, id=document)[0]
        return {
            "customer": facts.customer_id, "amount": facts.open, "pays": str(document),
            "purpose": gettext("%(kind)s %(number)s", kind=look.word(facts.kind).capitalize(), number=facts.number),
        }  # fmt: skip

    def make(self, values: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> NewCashOrder:
        document = self._payable(values["pays"] or "")
        amount = values["amount"]
        return NewCashOrder(
            values["cash_desk"], values["customer"], amount, values["purpose"] or "",
            [Target(document, amount)] if document is not None else (),
        )  # fmt: skip

    def store(self, session: Session, new: NewCashOrder, by: int) -> int:
        return add_cash_orders(session, [new], by=by)[0]

    def _payable(self, text: str) -> int | None:
        """The document of this id, if it is one that can be paid and that the person sees."""
        pk = int(text[:20]) if text.isascii() and text.isdecimal() else 0
        if not 0 < pk <= LARGEST_ID:
            return None
        tables = [table for table, resource in PAYABLE if mine().may("view", resource)]
        return pk if any(in_scope(self._session, table, [pk]) for table in tables) else None

    def panels(self, document: Any) -> Sequence[dict[str, Any]]:
        return settles(self._session, document.id)

    def lines(self, pk: int) -> dict[str, Any]:
        heads = [
            Head("replace(document.kind, '_', ' ')", _("Pays")),
            Head("coalesce(document.number, '#' || document.id)", _("Number")),
            Head("line.amount", _("Amount"), "money", "prices"),
        ]
        return lines_of(self._session, heads, LINES, pk, self.resource)
