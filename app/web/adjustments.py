"""What customers need not pay: vouchers redeemed, bad debts, small differences."""

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

from app.domain.billing.adjustments import (
    NewAdjustment,
    Settles,
    add_adjustments,
    cancel_adjustments,
    delete_adjustments,
    edit_adjustment,
    process_adjustments,
)
from app.domain.billing.models import ADJUSTMENT_KINDS, Adjustment, Invoice
from app.domain.kernel.document import Document
from app.domain.kernel.rows import read
from app.domain.lifecycles import ADJUSTMENT
from app.domain.parties.models import Customer
from app.domain.treasury.models import OpeningBalance
from app.web.kit import look
from app.web.kit.anew import AnewView
from app.web.kit.correcting import correct_button
from app.web.kit.documents import Button, delete_button
from app.web.kit.forms import LONGEST_TEXT, CardForm, ExactField, RelationField
from app.web.kit.lines import Head, any_lines_of
from app.web.kit.listing import Column
from app.web.kit.narrowing import Ask
from app.web.kit.rights import mine
from app.web.kit.scope import ScopedInterface, as_id, in_scope
from app.web.kit.settled import allocators, settles

LINES = """
FROM adjustment_target line JOIN document ON document.id = line.target_id
WHERE line.adjustment_id = %(id)s ORDER BY line.id
"""
OPEN = """
SELECT document.kind, document.number, document.customer_id,
       (SELECT coalesce(sum(amount - allocated), 0) FROM open_item WHERE document_id = document.id) AS open
FROM document WHERE document.id = %(id)s
"""
DRAFT = """
SELECT adjustment.kind, amount, purpose, document.customer_id AS customer, version::text
FROM adjustment JOIN document USING (id) WHERE id = %(id)s
"""
SETTLED = "SELECT target_id, line_id, amount FROM adjustment_target WHERE adjustment_id = %(id)s ORDER BY id"
# What can be settled without money: the table, and the resource that one must see.
ADJUSTABLE = ((Invoice, "Invoices"), (OpeningBalance, "Opening balances"))


class AdjustmentForm(CardForm):
    kind = SelectField(_("Kind"), choices=[SelectChoice(kind, look.WORDS[kind]) for kind in ADJUSTMENT_KINDS])
    customer = RelationField(
        _("Customer"), target=Customer, source="AdjustmentView.choices_of", blank=False, validators=[InputRequired()]
    )
    amount = ExactField(_("Amount"), decimals=3, money=True, validators=[InputRequired()])
    purpose = StringField(_("Purpose"), validators=[Length(max=LONGEST_TEXT)])
    settles = HiddenField()


class AdjustmentView(AnewView):
    datamodel = ScopedInterface(Adjustment)
    lifecycle = ADJUSTMENT
    resource = "Adjustments"
    route_base = "/adjustments"
    title = _("Adjustments")
    noun = _("adjustment")
    empty = _("No vouchers redeemed, bad debts or differences here.")
    head = AdjustmentForm
    said_head = DRAFT
    steps = {
        "process": Button(process_adjustments, "process", _("Process"), ("on",), "check"),
        "cancel": Button(cancel_adjustments, "cancel", _("Cancel"), ("on", "reason"), "ban", danger=True),
        "correct": correct_button(ADJUSTMENT, "Adjustments"),
        "delete": delete_button(delete_adjustments),
    }  # fmt: skip
    columns = {
        "number": Column(_("Number"), Document.number),
        "on": Column(_("Date"), Adjustment.on, "date"),
        "kind": Column(_("Kind"), Adjustment.kind, "word"),
        "customer": Column(_("Customer"), Customer.name),
        "purpose": Column(_("Purpose"), Adjustment.purpose),
        "amount": Column(_("Amount"), Adjustment.amount, "money", "prices"),
        "currency": Column(_("Currency"), Adjustment.currency, needs="prices"),
        "state": Column(_("State"), Adjustment.state, "state"),
    }  # fmt: skip
    asks = {"kind": Ask(_("Kind"), Adjustment.kind, ADJUSTMENT_KINDS)}
    list_columns = ["number", "on", "kind", "customer", "purpose", "state", "amount"]
    order_columns = ["number", "on", "customer", "amount"]

    def prefilled(self) -> dict[str, Any]:
        """An adjustment of what is owed says whose, how much is open, and what for."""
        owed = self._owed(request.args.get("settles", ""))
        if owed is None:
            return {}
        facts = read(self._session, OPEN, id=owed)[0]
        return {
            "customer": facts.customer_id, "amount": facts.open, "settles": str(owed),
            "purpose": gettext("%(kind)s %(number)s", kind=look.word(facts.kind).capitalize(), number=facts.number),
        }  # fmt: skip

    def make(self, values: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> NewAdjustment:
        owed, amount = self._owed(values["settles"] or ""), values["amount"]
        targets = [Settles(owed, amount)] if owed is not None else ()
        return NewAdjustment(values["kind"], values["customer"], amount, values["purpose"] or "", targets)

    def store(self, session: Session, new: NewAdjustment, by: int) -> int:
        return add_adjustments(session, [new], by=by)[0]

    def said(self, pk: int) -> dict[str, Any]:
        """What it settles is named where that is one document and nothing else."""
        head, settled = super().said(pk), self._settled(self._session, pk)
        whole = [(its.line_id, its.amount) for its in settled] == [(None, head["amount"])]
        return head | {"settles": str(settled[0].document_id) if whole else ""}

    def store_anew(self, session: Session, pk: int, new: NewAdjustment, version: int, by: int) -> None:
        """What it settles several of, or lines, stays so with the same customer."""
        [owner] = read(session, DRAFT, id=pk)
        if not new.targets and owner.customer == new.customer_id:
            new = replace(new, targets=self._settled(session, pk))
        edit_adjustment(session, pk, new, version=version, by=by)

    def _settled(self, session: Session, pk: int) -> list[Settles]:
        return [Settles(row.target_id, row.amount, row.line_id) for row in read(session, SETTLED, id=pk)]

    def _owed(self, text: str) -> int | None:
        """The document of this id, if it is one that can be settled without money and that the person sees."""
        pk = as_id(text)
        if pk is None:
            return None
        tables = [table for table, resource in ADJUSTABLE if mine().may("view", resource)]
        return pk if any(in_scope(self._session, table, [pk]) for table in tables) else None

    def makers(self, document: Any) -> Sequence[dict[str, Any]]:
        return [*super().makers(document), *allocators(self._session, document.id)]

    def panels(self, document: Any) -> Sequence[dict[str, Any]]:
        return settles(self._session, document.id)

    def lines(self, pk: int) -> dict[str, Any]:
        heads = [
            Head("replace(document.kind, '_', ' ')", _("Settles")),
            Head("coalesce(document.number, '#' || document.id)", _("Number")),
            Head("line.amount", _("Amount"), "money", "prices"),
        ]
        return any_lines_of(self._session, heads, LINES, pk, self.resource)
