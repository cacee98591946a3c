"""A draft whose lines are there already: their numbers are filled in on one page, and nothing else."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, ClassVar, NamedTuple

from flask import abort, flash, redirect, request, url_for
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_login import current_user
from sqlalchemy.orm import Session

from app.domain.kernel.errors import DomainError, Invalid, Stale
from app.domain.kernel.rows import read
from app.domain.kernel.unit import deed
from app.domain.kernel.values import exact
from app.web.kit.documents import DocumentView
from app.web.kit.drafting import Cell, filled_in
from app.web.kit.forms import as_text
from app.web.kit.limits import forbidden
from app.web.kit.meanwhile import told
from app.web.kit.onward import led, onward
from app.web.kit.refusals import said
from app.web.kit.rights import mine
from app.web.kit.scope import as_id

Numbers = Mapping[int, Mapping[str, Decimal | None]]


class Sheet(NamedTuple):
    """What a page to fill in says: the button that leads there, its heading, a hint, and its fields.

    `rows` selects id, SKU, name, unit, version, `told` (a number, named `told`), and each field as a text.
    """

    button: Any
    heading: Any
    hint: Any
    told: Any
    fields: Sequence[Cell]
    rows: str

    @property
    def offered(self) -> list[Cell]:
        """The fields that this person fills in."""
        return [field for field in self.fields if field.offered()]


class SheetView(DocumentView, abstract=True):
    """A document view with such a page. A subclass says the sheet, and who writes."""

    sheet: ClassVar[Sheet]
    method_permission_name = {**DocumentView.method_permission_name, "fill": "edit"}

    @abstractmethod
    def fill_in(self, session: Session, pk: int, numbers: Numbers, version: int, by: int) -> None:
        """Writes down what was filled in, by line and field; Stale where somebody else saved meanwhile."""

    @abstractmethod
    def sheet_title(self, document: Any) -> str:
        """Which sheet this is."""

    @expose("/<id:pk>/fill", methods=["GET", "POST"])
    @has_access
    def fill(self, pk: int) -> Any:
        """The whole sheet on one page; the Enter key goes down to the next line."""
        document = self.found(pk)
        if not self.fillable(document):
            return redirect(url_for(".show", pk=pk))
        refused, given = "", dict(request.form)
        if request.method == "POST":
            version = as_id(request.form.get("version", "")) or abort(400)
            try:
                self._save(pk, version)
            except Stale as stale:
                # All that this person left as it was is shown as it is now, and the next Save is of now.
                own = changed(given, self.sheet.offered)
                refused, given = str(stale), {name: change.text for name, change in own.items()}
            except DomainError as refusal:
                refused = said(refusal)
            else:
                flash(gettext("Written down."), "success")
                return redirect(led(self, pk))
        page = self.render_template(
            "stockbook/sheet.html", view=self, then=onward(self), document=document, sheet=self.sheet, refused=refused,
            rows=[filled_in(self.sheet.fields, row._asdict()) for row in read(self._session, self.sheet.rows, id=pk)],
            given=given,
        )  # fmt: skip
        return page, 422 if refused else 200

    def makers(self, document: Any) -> Sequence[dict[str, Any]]:
        if not self.fillable(document):
            return []
        return [{"text": str(self.sheet.button), "icon": "writing", "url": url_for(".fill", pk=document.id)}]

    def fillable(self, document: Any) -> bool:
        """Whether it is a draft within one's own right to edit."""
        limits = mine().limits(self.resource, "edit")
        return self.editable(document) and not forbidden(self._session, limits, [document.id])

    def _save(self, pk: int, version: int) -> None:
        """Writes the sheet down. What others wrote meanwhile stays, but for Stale where both wrote into one field."""
        by = current_user.actor_id
        numbers = filled(request.form, self.sheet.offered)
        self._session.rollback()
        try:
            deed(lambda session: self.fill_in(session, pk, numbers, version, by))
        except Stale as stale:
            rows = read(self._session, self.sheet.rows, id=pk)
            both = self._both(rows)
            if both or not rows:
                raise told(stale, both) from None
            its, now = self._merged(rows), rows[0].version
            self._session.rollback()
            try:
                deed(lambda session: self.fill_in(session, pk, its, now, by))
            except Stale as again:
                raise told(again, []) from None

    def _both(self, rows: Sequence[Any]) -> list[str]:
        """The fields into which somebody else wrote another number meanwhile than this person did."""
        found, fields = [], self.sheet.offered
        of_form = changed(request.form, fields)
        for row in rows:
            for field in fields:
                mine, there = of_form.get(f"{field.name}_{row.id}"), _number(getattr(row, field.name) or "", field)
                if mine is not None and there not in (mine.was, mine.number):
                    where = row.sku if len(fields) == 1 else f"{row.sku}, {field.label}"
                    found.append(f"{where}: {as_text(there)}")
        return found

    def _merged(self, rows: Sequence[Any]) -> Numbers:
        """The lines in which this person changed something, with what is there now in their other fields."""
        fields = self.sheet.offered
        of_form = changed(request.form, fields)

        def number(row: Any, field: Cell) -> Decimal | None:
            mine = of_form.get(f"{field.name}_{row.id}")
            return _number(getattr(row, field.name) or "", field) if mine is None else mine.number

        return {row.id: {field.name: number(row, field) for field in fields}
                for row in rows if any(f"{field.name}_{row.id}" in of_form for field in fields)}  # fmt: skip


class Change(NamedTuple):
    """What a field had said, what it says, and how that was typed."""

    was: Decimal | None
    number: Decimal | None
    text: str


def changed(given: Mapping[str, str], fields: Sequence[Cell]) -> dict[str, Change]:
    """The fields of a sheet that say something else than they had said when they were shown, or of which that is not
    known; by their names. Invalid for what is no number.
    """
    found = {}
    for field in fields:
        for name, text in given.items():
            if re.fullmatch(rf"{field.name}_\d+", name):
                was, number = given.get(f"was_{name}"), _number(text, field)
                change = Change(_number(was or "", field), number, text)
                if was is None or change.was != number:
                    found[name] = change
    return found


def filled(given: Mapping[str, str], fields: Sequence[Cell]) -> Numbers:
    """What was written on a sheet, by line; an emptied field is None. Invalid for what is no number."""
    lines = (match[1] for name in given if (match := re.fullmatch(rf"{fields[0].name}_(\d+)", name)))
    found = {key: {field.name: _number(given.get(f"{field.name}_{line}", ""), field) for field in fields}
             for line in lines if (key := as_id(line)) is not None}  # fmt: skip
    if not found:
        raise Invalid("nothing", gettext("Nothing came with the form."))
    return found


def _number(text: str, field: Cell) -> Decimal | None:
    return exact(text.strip(), field.decimals, str(field.label)) if text.strip() else None
