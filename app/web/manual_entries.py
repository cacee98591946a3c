"""Entries that somebody types into the books by hand."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import abort, redirect, request, url_for
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_login import current_user
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from wtforms import DateField, StringField
from wtforms.validators import InputRequired, Length, Optional

from app.domain.kernel.document import Document
from app.domain.kernel.rows import read
from app.domain.kernel.unit import deed
from app.domain.kernel.values import ZERO
from app.domain.ledger.manual import (
    NewManualEntry,
    NewManualLine,
    add_manual_entries,
    cancel_manual_entries,
    delete_manual_entries,
    edit_manual_entry,
    process_manual_entries,
)
from app.domain.ledger.models import BY_HAND, Account, ManualEntry, ManualEntryLine
from app.domain.lifecycles import MANUAL_ENTRY
from app.web.kit.documents import Button, deleting
from app.web.kit.drafting import Cell, DraftingView, Subject, empty_lines
from app.web.kit.forms import LONGEST_TEXT, CardForm
from app.web.kit.lines import Head, lines_of
from app.web.kit.listing import Column
from app.web.kit.rights import mine
from app.web.kit.scope import ScopedInterface

LINES = """
FROM manual_entry_line line JOIN account ON account.id = line.account_id
WHERE line.manual_entry_id = %(id)s ORDER BY line.position
"""
HEAD = 'SELECT text, "on", version FROM manual_entry WHERE id = %(id)s'
WRITTEN = """
SELECT line.position AS place, line.account_id AS account, account.code || ' ' || account.name AS label,
       trim_scale(nullif(line.debit, 0))::text AS debit, trim_scale(nullif(line.credit, 0))::text AS credit
FROM manual_entry_line line JOIN account ON account.id = line.account_id
WHERE line.manual_entry_id = %(id)s ORDER BY line.position
"""


class ManualForm(CardForm):
    text = StringField(_("What for"), validators=[InputRequired(), Length(max=LONGEST_TEXT)])
    on = DateField(_("Date"), validators=[Optional()])


class ManualEntryView(DraftingView):
    datamodel = ScopedInterface(ManualEntry)
    lifecycle = MANUAL_ENTRY
    resource = "Manual entries"
    route_base = "/manual-entries"
    title = _("Manual entries")
    noun = _("manual entry")
    empty = _("Nothing was typed into the books by hand.")
    head = ManualForm
    cells = (Cell("debit", _("Debit"), 3), Cell("credit", _("Credit"), 3))
    subject = Subject(
        "account", _("Account"), Account, _("Choose an account."), _("Code or name"), only=("role", BY_HAND)
    )
    method_permission_name = {**DraftingView.method_permission_name, "edit": "edit"}
    steps = {
        "process": Button(process_manual_entries, "process", _("Process"), ("on",), "check"),
        "cancel": Button(cancel_manual_entries, "cancel", _("Cancel"), ("on", "reason"), "ban", danger=True),
        "delete": Button(
            deleting(delete_manual_entries), "delete", _("Delete"), (), "trash", ("draft",), danger=True,
            previewed=False,
        ),
    }  # fmt: skip
    columns = {
        "number": Column(_("Number"), Document.number),
        "on": Column(_("Date"), ManualEntry.on, "date"),
        "text": Column(_("What for"), ManualEntry.text),
        "amount": Column(
            _("Amount"),
            select(func.sum(ManualEntryLine.debit))
            .where(ManualEntryLine.manual_entry_id == ManualEntry.id).scalar_subquery(),
            "money",
        ),
        "state": Column(_("State"), ManualEntry.state, "state"),
    }  # fmt: skip
    list_columns = ["number", "on", "text", "state", "amount"]

    def make(self, values: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> NewManualEntry:
        its = [NewManualLine(line["account"], line["debit"] or ZERO, line["credit"] or ZERO) for line in lines]
        return NewManualEntry(its, values["text"], values["on"])

    def store(self, session: Session, new: NewManualEntry, by: int) -> int:
        return add_manual_entries(session, [new], by=by)[0]

    @expose("/<id:pk>/edit", methods=["GET", "POST"])
    @has_access
    def edit(self, pk: int) -> Any:
        """A draft may be rewritten until it is processed."""
        document = self._found(pk)
        if document.state != MANUAL_ENTRY.initial:
            return redirect(url_for(".show", pk=pk))
        head = read(self._session, HEAD, id=pk)[0]
        form = ManualForm(data=head._asdict() if request.method == "GET" else None)
        version, by = form.version.data or "", current_user.actor_id

        def save(new: NewManualEntry, _asked: Any) -> int:
            deed(lambda session: edit_manual_entry(session, pk, new, version=int(version), by=by))
            return pk

        if request.method == "POST" and not version.isdecimal():
            abort(400)
        rows = [row._asdict() for row in read(self._session, WRITTEN, id=pk)]
        number = document.number or f"#{pk}"
        return self._write(form, save, number, url_for(".show", pk=pk), rows + empty_lines(len(rows) + 1))

    def makers(self, document: Any) -> Sequence[dict[str, Any]]:
        if document.state != MANUAL_ENTRY.initial or not mine().may("edit", self.resource):
            return []
        return [{"text": gettext("Edit"), "icon": "pencil", "url": url_for(".edit", pk=document.id)}]

    def lines(self, pk: int) -> dict[str, Any]:
        heads = [
            Head("account.code", _("Account")),
            Head("account.name", _("Name")),
            Head("nullif(line.debit, 0)", _("Debit"), "money"),
            Head("nullif(line.credit, 0)", _("Credit"), "money"),
        ]
        return lines_of(self._session, heads, LINES, pk, self.resource)
