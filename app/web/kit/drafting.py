"""Writing a document down: its head as a form, its lines as rows that one adds to. One form makes one document."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar, NamedTuple

from flask import abort, flash, jsonify, redirect, request, url_for
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_login import current_user
from werkzeug.datastructures import MultiDict

from app.domain.catalog.models import Product
from app.domain.kernel.errors import DomainError, Invalid, KeyReused, Refused
from app.domain.kernel.unit import deed
from app.domain.kernel.values import exact
from app.web.kit import look
from app.web.kit.documents import DocumentView
from app.web.kit.forms import LONGEST_TEXT, CardForm, RelationField, as_text, keeps_to_own
from app.web.kit.onward import led, onward
from app.web.kit.refusals import said
from app.web.kit.rights import mine
from app.web.kit.scope import ScopedInterface, as_id, keep_to_own

MOST_LINES = 500
EMPTY_LINES = 3


class Cell(NamedTuple):
    """A field of a line: its name, label, decimals, and what one must see or may do to be offered it.

    `kind` is number, date or text; a number that is an amount or a price is `money`.
    """

    name: str
    label: Any
    decimals: int
    needed: bool = False
    offered: Callable[[], bool] = lambda: True
    kind: str = "number"
    money: bool = False


class Subject(NamedTuple):
    """What a line is about: the name of its field, its label, its table, and what is said where none is chosen.

    `only` (column, value) keeps the choices to rows like that. A line may be about nothing where none is `needed`.
    """

    name: str
    label: Any
    target: type
    missing: Any
    hint: Any = ""
    only: tuple[str, str] | None = None
    needed: bool = True


TWICE = _("Two lines came under one number, and only one of them is shown: write the other one down anew.")
PRODUCTS = Subject("product", _("Product"), Product, _("Choose a product."), _("SKU or name"))


class DraftingView(DocumentView, abstract=True):
    """A document view that also writes drafts. A subclass says its head, its lines and what is made of them."""

    head: ClassVar[type[CardForm]]
    cells: ClassVar[Sequence[Cell]] = ()
    subject: ClassVar[Subject] = PRODUCTS
    # The route that tells, while one types, what lines cost and what of them is there.
    told_by: ClassVar[str] = ""
    method_permission_name = {
        **DocumentView.method_permission_name, "new": "edit", "choices_of": "edit",
    }  # fmt: skip

    @abstractmethod
    def make(self, values: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> Any:
        """What the domain takes: the new document, from what was typed."""

    @abstractmethod
    def store(self, session: Any, new: Any, by: int) -> int:
        """Writes it down and gives its id; Refused where the domain does not take it."""

    def is_whole(self) -> bool:
        """Whether the form says all that the document needs, so that the next step may follow at once."""
        return True

    def prefilled(self) -> dict[str, Any]:
        """What a new form says already."""
        return {}

    # Pages

    @expose("/new", methods=["GET", "POST"])
    @has_access
    def new(self) -> Any:
        form = self.head(data=self.prefilled() if request.method == "GET" else None)
        key, by = form.key(), current_user.actor_id

        def save(new: Any, asked: Any) -> int:
            return deed(
                lambda session: keep_to_own(session, self.datamodel.obj, self.store(session, new, by)),
                key=key, request=[self.resource, asked],
            )  # fmt: skip

        return self._write(form, save, gettext("New %(noun)s", noun=self.noun), url_for(".list"))

    def _write(
        self, form: CardForm, save: Callable[[Any, Any], int], title: str, back: str,
        rows: Sequence[dict[str, Any]] | None = None,
    ) -> Any:  # fmt: skip
        """Shows the form; once it is sent and usable, saves what was typed and opens the document."""
        lines, errors = typed_lines(self.subject, self.offered(), request.form)
        if request.method == "POST" and form.validate() and keeps_to_own(form, self.resource) and not errors:
            values = self._values(form)
            new = self.make(values, lines)
            self._session.rollback()
            try:
                pk = save(new, [{name: as_text(value) for name, value in values.items()}, _plain(lines)])
                flash(gettext("Written down."), "success")
                return redirect(self.leads(pk))
            except KeyReused:
                form.renew()
                errors = {"": gettext("This form was saved before. Save again to make another one.")}
            except (DomainError, Refused) as refusal:
                errors = {"": said(refusal)}
        return self._page(form, errors, title, back, rows)

    def leads(self, pk: int) -> str:
        """Where one goes once something is written down."""
        return led(self, pk)

    @expose("/choices/<column>")
    @has_access
    def choices_of(self, column: str) -> Any:
        """What may be chosen in a field that points to a long table, as JSON."""
        of_line = column == self.subject.name and bool(self.cells)
        target = self.subject.target if of_line else self._target(column)
        if target is None:
            abort(404)
        only = self.subject.only if of_line else None
        found = ScopedInterface(target).choices(request.args.get("q", "")[:100], limit=30, only=only)
        return jsonify([{"value": key, "text": label} for key, label in found])

    def list_makers(self) -> Sequence[dict[str, Any]]:
        if not mine().may("edit", self.resource):
            return []
        return [{"text": gettext("New"), "icon": "plus", "url": url_for(".new")}]

    # Parts

    def offered(self) -> Sequence[Cell]:
        """The fields of a line that this person fills in."""
        return [cell for cell in self.cells if cell.offered()]

    def _told_by(self) -> str:
        return url_for(self.told_by, **(request.view_args or {})) if self.told_by else ""

    def _values(self, form: CardForm) -> dict[str, Any]:
        skipped = ("csrf_token", "form_key", "version")
        return {field.short_name: field.data for field in form if field.short_name not in skipped}

    def _target(self, column: str) -> Any:
        field = self.head(formdata=None)._fields.get(column)
        return field.target if isinstance(field, RelationField) and field.large else None

    def _page(
        self, form: CardForm, errors: Mapping[str, str], title: str, back: str, rows: Sequence[dict[str, Any]] | None
    ) -> Any:
        posted = request.method == "POST"
        page = self.render_template(
            "stockbook/draft.html", view=self, form=form, errors=errors, title=title, back=back, cells=self.offered(),
            then=onward(self) if self.is_whole() else "", told_by=self._told_by(),
            rows=shown_lines(self.subject, self.offered(), request.form) if posted or rows is None else rows,
        )  # fmt: skip
        return page, 422 if posted else 200


def typed_lines(
    subject: Subject, cells: Sequence[Cell], given: MultiDict[str, str]
) -> tuple[list[dict[str, Any]], dict[str, str]]:  # fmt: skip
    """The lines somebody typed, subject and cells in each; and a sentence for each line that is not usable."""
    lines, errors = lines_by_place(subject, cells, given)
    return list(lines.values()), errors


def lines_by_place(
    subject: Subject, cells: Sequence[Cell], given: MultiDict[str, str]
) -> tuple[dict[int, dict[str, Any]], dict[str, str]]:  # fmt: skip
    """The same, with each line under the number of its fields."""
    lines, errors, twice = {}, {}, doubled(given)
    for place in _places(given):
        texts = {cell.name: given.get(f"{cell.name}_{place}", "").strip() for cell in cells}
        key = given.get(f"{subject.name}_{place}", "").strip()
        if not key and not any(texts.values()):
            continue
        try:
            lines[place] = _line(subject, cells, key, texts)
        except Invalid as refusal:
            errors[f"line_{place}"] = str(refusal)
    return lines, errors | {f"line_{place}": str(TWICE) for place in twice}


def _line(subject: Subject, cells: Sequence[Cell], key: str, texts: Mapping[str, str]) -> dict[str, Any]:
    chosen = as_id(key)
    if (key or subject.needed) and (chosen is None or ScopedInterface(subject.target).get(chosen) is None):
        raise Invalid(f"no_{subject.name}", str(subject.missing))
    line: dict[str, Any] = {subject.name: chosen}
    for cell in cells:
        if cell.needed and not texts[cell.name]:
            raise Invalid("missing", "{what}: this is needed.", what=str(cell.label))
        line[cell.name] = typed(cell, texts[cell.name]) if texts[cell.name] else None
    return line


def typed(cell: Cell, text: str) -> Any:
    """What a field of a line says; Invalid where it cannot."""
    if cell.kind == "number":
        return exact(text, cell.decimals, str(cell.label))
    if len(text) > LONGEST_TEXT:
        raise Invalid("too_long", gettext("This is too long."))
    if cell.kind == "text":
        return text
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid("not_a_date", gettext("This is not a date.")) from None


def shown_lines(subject: Subject, cells: Sequence[Cell], given: Mapping[str, str]) -> list[dict[str, Any]]:
    """The rows of the form: what was typed, then some empty ones."""
    rows = []
    for place in _places(given):
        key = given.get(f"{subject.name}_{place}", "")
        texts = {cell.name: given.get(f"{cell.name}_{place}", "") for cell in cells}
        if key or any(texts.values()):
            rows.append({"place": place, subject.name: key, "label": _label(subject, key), **texts})
    return rows + empty_lines(max([row["place"] for row in rows], default=-1) + 1)


def filled_in(cells: Sequence[Cell], row: Mapping[str, Any]) -> dict[str, Any]:
    """A line as a form is filled with it: amounts and prices with the decimals of the currency."""
    amounts = {cell.name: text for cell in cells if cell.money and (text := row[cell.name])}
    return {**row, **{name: look.amount(Decimal(text)) for name, text in amounts.items()}}


def empty_lines(first: int) -> list[dict[str, Any]]:
    """Rows that wait to be filled."""
    return [{"place": first + i, "label": ""} for i in range(EMPTY_LINES)]


def doubled(given: MultiDict[str, str]) -> list[int]:
    """The places of lines that came more than once: of such only the first would be read."""
    return _places([name for name, texts in given.lists() if len(texts) > 1])


def _places(given: Iterable[str]) -> list[int]:
    found = {int(match[1]) for name in given if (match := re.fullmatch(r"[a-z_]+_(\d{1,4})", name))}
    if len(found) > MOST_LINES:
        abort(413)
    return sorted(found)


def _label(subject: Subject, key: str) -> str:
    chosen = as_id(key)
    row = ScopedInterface(subject.target).get(chosen) if chosen is not None else None
    return str(row) if row is not None else ""


def _plain(lines: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    return [{name: as_text(value) for name, value in line.items()} for line in lines]
