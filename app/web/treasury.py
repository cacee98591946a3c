"""Money that comes in and goes out: cash orders."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from flask import request
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from wtforms import HiddenField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from app.domain.billing.models import Invoice
from app.domain.fulfilment.models import Shipment
from app.domain.kernel.document import Document
from app.domain.kernel.rows import read
from app.domain.ledger.models import BY_HAND, Account
from app.domain.lifecycles import CASH_ORDER
from app.domain.parties.models import Customer
from app.domain.sales.models import SalesOrder
from app.domain.treasury.cash import (
    NewCashOrder,
    Target,
    add_cash_orders,
    cancel_cash_orders,
    delete_cash_orders,
    edit_cash_order,
    process_cash_orders,
)
from app.domain.treasury.models import KINDS, PURPOSES, CashDesk, CashOrder, OpeningBalance
from app.domain.treasury.purposes import on_its_way
from app.reports.settlement import credit_of
from app.web.kit import look, trails
from app.web.kit.anew import AnewView
from app.web.kit.correcting import correct_button
from app.web.kit.documents import Button, delete_button
from app.web.kit.forms import LONGEST_TEXT, CardForm, ExactField, RelationField
from app.web.kit.lines import Head, any_lines_of
from app.web.kit.listing import Column
from app.web.kit.narrowing import Ask
from app.web.kit.rights import mine
from app.web.kit.scope import ScopedInterface, as_id, in_scope
from app.web.kit.settled import allocators, bringers, givers, settles

LINES = """
FROM cash_order_target line JOIN document ON document.id = line.target_id
WHERE line.cash_order_id = %(id)s ORDER BY line.id
"""


DRAFT = """
SELECT cash_order.kind, about, account_id AS account, amount, purpose, transfer_id AS transfer,
       cash_desk_id AS cash_desk, document.customer_id AS customer, version::text
FROM cash_order JOIN document USING (id) WHERE id = %(id)s
"""

# What can be paid at a desk: the table, and the resource that one must see.
PAYABLE = (
    (Invoice, "Invoices"), (Shipment, "Shipments"), (SalesOrder, "Orders"), (OpeningBalance, "Opening balances"),
)  # fmt: skip
OPEN = """
SELECT document.kind, document.number, document.customer_id,
       (SELECT coalesce(sum(amount - allocated), 0) FROM open_item WHERE document_id = document.id) AS open
FROM document WHERE document.id = %(id)s
"""
KIND = "SELECT kind, number, customer_id FROM document WHERE id = %(id)s"


class PaymentForm(CardForm):
    """What is asked of every payment; whoever shows it says where the money is."""

    kind = SelectField(_("Kind"), choices=[SelectChoice(kind, look.WORDS[kind]) for kind in KINDS], default=KINDS[0])
    about = SelectField(
        _("For"), choices=[SelectChoice(it, look.WORDS[it]) for it in PURPOSES], default=PURPOSES[0],
        description=_("Money back to a customer, and what comes from another desk, begin at the document that it is "
                      "about."),
    )  # fmt: skip
    customer = RelationField(_("Customer"), target=Customer, source=".choices_of")
    amount = ExactField(_("Amount"), decimals=3, money=True, validators=[InputRequired()])
    account = RelationField(
        _("Account"), target=Account, only=("role", BY_HAND), description=_("Of what is for an account.")
    )
    purpose = StringField(_("Purpose"), validators=[Length(max=LONGEST_TEXT)])
    pays = HiddenField()
    repays = HiddenField()
    brings = HiddenField()


class CashForm(PaymentForm):
    cash_desk = RelationField(_("Cash desk"), target=CashDesk, blank=False, validators=[InputRequired()])


class PaymentView(AnewView, abstract=True):
    """Payments of any kind: begun at the document that they are about, and leading on to refunds and transfers."""

    def prefilled(self) -> dict[str, Any]:
        """What a payment is about says whose it is, how much, and what for."""
        asked = request.args
        if document := self._payable(asked.get("pays", "")):
            facts = read(self._session, OPEN, id=document)[0]
            return {
                "customer": facts.customer_id, "amount": facts.open, "pays": str(document),
                "purpose": _named(facts.kind, facts.number),
            }  # fmt: skip
        if source := self._seen(asked.get("repays", "")):
            its, money = read(self._session, KIND, id=source)[0], credit_of(self._session, source)
            return {
                "kind": "expense", "customer": its.customer_id, "amount": money.left if money else None,
                "repays": str(source), "purpose": _named(its.kind, its.number),
            }  # fmt: skip
        if sent := self._seen(asked.get("brings", "")):
            its, row = read(self._session, KIND, id=sent)[0], on_its_way(self._session, sent)
            return {
                "about": "transfer", "amount": row.amount if row else None, "brings": str(sent),
                "purpose": _named(its.kind, its.number),
            }  # fmt: skip
        return {}

    def common(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """What the domain takes of every payment."""
        document = self._payable(values["pays"] or "") or self._seen(values["repays"] or "")
        amount = values["amount"]
        return {
            "customer_id": values["customer"], "amount": amount, "purpose": values["purpose"] or "",
            "targets": [Target(document, amount)] if document is not None else (),
            "kind": values["kind"], "about": values["about"], "account_id": values["account"],
            "transfer_id": self._seen(values["brings"] or ""),
        }  # fmt: skip

    def said(self, pk: int) -> dict[str, Any]:
        """What it is for is named where that is one document and nothing else."""
        head, targets = super().said(pk), self._targets(self._session, pk)
        whole = targets[0].document_id if [(t.line_id, t.amount) for t in targets] == [(None, head["amount"])] else ""
        about = "pays" if head["kind"] == "income" else "repays"
        return head | {about: str(whole), "brings": str(head["transfer"] or "")}

    def kept(self, session: Session, pk: int, new: Any) -> Any:
        """A payment written anew: what was for several documents, or for lines, stays so with the same customer."""
        if new.targets or new.about != "customer":
            return new
        whose = read(session, KIND, id=pk)[0].customer_id
        return replace(new, targets=self._targets(session, pk)) if whose == new.customer_id else new

    def _targets(self, session: Session, pk: int) -> list[Target]:
        kind = self.lifecycle.kind
        sql = f"SELECT target_id, line_id, amount FROM {kind}_target WHERE {kind}_id = %(id)s ORDER BY id"  # noqa: S608
        return [Target(row.target_id, row.amount, row.line_id) for row in read(session, sql, id=pk)]

    def _payable(self, text: str) -> int | None:
        """The document of this id, if it is one that can be paid and that the person sees."""
        pk = as_id(text)
        if pk is None:
            return None
        tables = [table for table, resource in PAYABLE if mine().may("view", resource)]
        return pk if any(in_scope(self._session, table, [pk]) for table in tables) else None

    def _seen(self, text: str) -> int | None:
        """The document of this id, if the person sees it."""
        pk = as_id(text)
        rows = read(self._session, KIND, id=pk) if pk else []
        return pk if pk and rows and trails.seen(self._session, {pk: rows[0].kind}) else None

    def makers(self, document: Any) -> Sequence[dict[str, Any]]:
        found = [*super().makers(document), *allocators(self._session, document.id)]
        if on_its_way(self._session, document.id):
            found += bringers(document.id)
        return [*found, *givers(self._session, document.id)]

    def panels(self, document: Any) -> Sequence[dict[str, Any]]:
        return settles(self._session, document.id)


class CashOrderView(PaymentView):
    datamodel = ScopedInterface(CashOrder)
    lifecycle = CASH_ORDER
    resource = "Cash orders"
    route_base = "/cash-orders"
    title = _("Cash orders")
    noun = _("cash order")
    empty = _("No cash orders here.")
    desks = True
    head = CashForm
    said_head = DRAFT
    steps = {
        "process": Button(process_cash_orders, "process", _("Process"), ("on",), "check"),
        "cancel": Button(cancel_cash_orders, "cancel", _("Cancel"), ("on", "reason"), "ban", danger=True),
        "correct": correct_button(CASH_ORDER, "Cash orders"),
        "delete": delete_button(delete_cash_orders),
    }  # fmt: skip
    columns = {
        "number": Column(_("Number"), Document.number),
        "on": Column(_("Date"), CashOrder.on, "date"),
        "kind": Column(_("Kind"), CashOrder.kind, "word"),
        "about": Column(_("For"), CashOrder.about, "word"),
        "cash_desk": Column(_("Cash desk"), CashDesk.code),
        "customer": Column(_("Customer"), Customer.name),
        "purpose": Column(_("Purpose"), CashOrder.purpose),
        "amount": Column(_("Amount"), CashOrder.amount, "money", "prices"),
        "currency": Column(_("Currency"), CashOrder.currency, needs="prices"),
        "state": Column(_("State"), CashOrder.state, "state"),
    }  # fmt: skip
    asks = {
        "kind": Ask(_("Kind"), CashOrder.kind, KINDS),
        "desk": Ask(_("Cash desk"), CashOrder.cash_desk_id, target=CashDesk),
    }
    list_columns = ["number", "on", "kind", "cash_desk", "customer", "purpose", "state", "amount"]
    order_columns = ["number", "on", "customer", "amount"]

    def make(self, values: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> NewCashOrder:
        return NewCashOrder(values["cash_desk"], **self.common(values))

    def store(self, session: Session, new: NewCashOrder, by: int) -> int:
        return add_cash_orders(session, [new], by=by)[0]

    def store_anew(self, session: Session, pk: int, new: NewCashOrder, version: int, by: int) -> None:
        edit_cash_order(session, pk, self.kept(session, pk, new), version=version, by=by)

    def lines(self, pk: int) -> dict[str, Any]:
        heads = [
            Head("replace(document.kind, '_', ' ')", _("Pays")),
            Head("coalesce(document.number, '#' || document.id)", _("Number")),
            Head("line.amount", _("Amount"), "money", "prices"),
        ]
        return any_lines_of(self._session, heads, LINES, pk, self.resource)


def _named(kind: str, number: str | None) -> str:
    return str(gettext("%(kind)s %(number)s", kind=look.word(kind).capitalize(), number=number or ""))
