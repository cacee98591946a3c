"""Entries that somebody types into the books by hand."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from wtforms import DateField, StringField
from wtforms.validators import InputRequired, Length, Optional

from app.domain.kernel.document import Document
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
from app.web.kit.anew import AnewView
from app.web.kit.correcting import correct_button
from app.web.kit.documents import Button, delete_button
from app.web.kit.drafting import Cell, Subject
from app.web.kit.forms import LONGEST_TEXT, CardForm
from app.web.kit.lines import Head, lines_of
from app.web.kit.listing import Column
from app.web.kit.scope import ScopedInterface

LINES = """
FROM manual_entry_line line JOIN account ON account.id = line.account_id
WHERE line.manual_entry_id = %(id)s ORDER BY line.position
"""
HEAD = 'SELECT text, "on", version::text FROM manual_entry WHERE id = %(id)s'
WRITTEN = """
SELECT line.position - 1 AS place, line.account_id AS account, account.code || ' ' || account.name AS label,
       trim_scale(nullif(line.debit, 0))::text AS debit, trim_scale(nullif(line.credit, 0))::text AS credit
FROM manual_entry_line line JOIN account ON account.id = line.account_id
WHERE line.manual_entry_id = %(id)s ORDER BY line.position
"""


class ManualForm(CardForm):
    text = StringField(_("What for"), validators=[InputRequired(), Length(max=LONGEST_TEXT)])
    on = DateField(_("Date"), validators=[Optional()])


class ManualEntryView(AnewView):
    datamodel = ScopedInterface(ManualEntry)
    lifecycle = MANUAL_ENTRY
    resource = "Manual entries"
    route_base = "/manual-entries"
    title = _("Manual entries")
    noun = _("manual entry")
    empty = _("Nothing was typed into the books by hand.")
    head = ManualForm
    said_head = HEAD
    said_lines = WRITTEN
    cells = (Cell("debit", _("Debit"), 3, money=True), Cell("credit", _("Credit"), 3, money=True))
    subject = Subject(
        "account", _("Account"), Account, _("Choose an account."), _("Code or name"), only=("role", BY_HAND)
    )
    steps = {
        "process": Button(process_manual_entries, "process", _("Process"), ("on",), "check"),
        "cancel": Button(cancel_manual_entries, "cancel", _("Cancel"), ("on", "reason"), "ban", danger=True),
        "correct": correct_button(MANUAL_ENTRY, "Manual entries"),
        "delete": delete_button(delete_manual_entries),
    }  # fmt: skip
    columns = {
        "number": Column(_("Number"), Document.number),
        "on": Column(_("Date"), ManualEntry.on, "date"),
        "text": Column(_("What for"), ManualEntry.text),
        "amount": Column(
            _("Amount"),
            select(func.sum(ManualEntryLine.debit))
            .where(ManualEntryLine.manual_entry_id == ManualEntry.id).scalar_subquery(),
            "money", "prices",
        ),
        "state": Column(_("State"), ManualEntry.state, "state"),
    }  # fmt: skip
    list_columns = ["number", "on", "text", "state", "amount"]

    def make(self, values: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> NewManualEntry:
        its = [NewManualLine(line["account"], line["debit"] or ZERO, line["credit"] or ZERO) for line in lines]
        return NewManualEntry(its, values["text"], values["on"])

    def store(self, session: Session, new: NewManualEntry, by: int) -> int:
        return add_manual_entries(session, [new], by=by)[0]

    def store_anew(self, session: Session, pk: int, new: NewManualEntry, version: int, by: int) -> None:
        edit_manual_entry(session, pk, new, version=version, by=by)

    def lines(self, pk: int) -> dict[str, Any]:
        heads = [
            Head("account.code", _("Account")),
            Head("account.name", _("Name")),
            Head("nullif(line.debit, 0)", _("Debit"), "money", "prices"),
            Head("nullif(line.credit, 0)", _("Credit"), "money", "prices"),
        ]
        return lines_of(self._session, heads, LINES, pk, self.resource)
