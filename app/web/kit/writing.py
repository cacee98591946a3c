"""Drafts that are written on pages of their own: saved once, or in the place of one that is edited; and lines of other
documents that are picked, so many pieces or an amount of each.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from flask import abort, flash, redirect, request, url_for
from flask_babel import gettext
from flask_login import current_user
from sqlalchemy.orm import Session

from app.domain.kernel.errors import DomainError, Invalid, KeyReused, Refused, Stale
from app.domain.kernel.unit import deed
from app.domain.kernel.values import exact
from app.web.kit import look
from app.web.kit.documents import DocumentView
from app.web.kit.forms import as_text, keeps_to_own
from app.web.kit.meanwhile import head_there, renewed
from app.web.kit.onward import led, onward
from app.web.kit.refusals import said
from app.web.kit.scope import as_id, keep_to_own


class Store(NamedTuple):
    """How it is written down: as a new draft (None where such are made elsewhere), or in the place of an old one."""

    add: Callable[..., list[int]] | None
    edit: Callable[..., None]


class Picked(NamedTuple):
    """A field of each line: its name and label, the label of the column that says how much there is at most, and
    whether it is an amount of money.
    """

    name: str
    label: Any
    most: Any = ""
    money: bool = False

    def filled_in(self, value: Decimal) -> str:
        """A number as the field shows it."""
        return look.amount(value) if self.money else look.plain(value)


class Offer(NamedTuple):
    """What lines are picked from: the rows, the fields of each, how much there is of them at most, and what is filled
    in. `most` and `said` are by the names of inputs: that of the field, and the id of the line.
    """

    rows: Sequence[Any]
    fields: Sequence[Picked]
    most: Mapping[str, Decimal]
    said: Mapping[str, Decimal]

    def inputs(self) -> list[tuple[Any, Picked, str]]:
        """Each input: of which row and field it is, and its name."""
        return [(row, field, f"{field.name}_{row.id}") for row in self.rows for field in self.fields]


# Of each field, how much of which line.
Picks = Mapping[str, Mapping[int, Decimal]]
# From what was picked, the head, and the rows it was picked from: what the domain takes.
Make = Callable[[Picks, Any, Sequence[Any]], Any]


class WritingView(DocumentView, abstract=True):
    """A document view that writes drafts on pages of its own."""

    def page_title(self, pk: int | None) -> str:
        """What the page of a new draft, or of one that is edited, is called."""
        if pk is None:
            return gettext("New %(noun)s", noun=self.noun)
        return gettext("Edit %(noun)s", noun=self.noun)

    def back_to(self, pk: int | None) -> str:
        """Where one goes who writes nothing down."""
        return url_for(".list") if pk is None else url_for(".show", pk=pk)

    @abstractmethod
    def said(self, pk: int) -> dict[str, Any]:
        """The head of a draft by the form's fields."""

    def written_down(
        self, form: Any, new: Any, store: Store, asked: Any, pk: int | None, lines: Callable[[int], list[str]]
    ) -> Any:  # fmt: skip
        """Writes it down once, and opens it; `lines` tells what a draft says by now of those typed otherwise."""
        if pk is None:
            pk = self._added(form, new, store, asked)
        elif (at := as_id(form.version.data or "")) is not None:
            by = current_user.actor_id
            self._session.rollback()
            try:
                deed(lambda session: store.edit(session, pk, new, version=at, by=by))
            except Stale as stale:
                head = head_there(form, type(form)(formdata=None, data=self.said(pk)))
                raise renewed(form, stale, [*head, *lines(pk)]) from None
        else:
            abort(400)
        flash(gettext("Written down."), "success")
        return redirect(led(self, pk))

    def _added(self, form: Any, new: Any, store: Store, asked: Any) -> int:
        assert store.add is not None
        add, by = store.add, current_user.actor_id
        told = [{field.short_name: as_text(field.data) for field in form if field.short_name != "csrf_token"}, asked]
        self._session.rollback()

        def save(session: Session) -> int:
            return keep_to_own(session, self.datamodel.obj, add(session, [new], by=by)[0])

        return deed(save, key=form.key(), request=[self.resource, told])

    def told(self, form: Any, refusal: DomainError | Refused) -> str:
        """What is said of a refusal on the page of the form."""
        if isinstance(refusal, KeyReused):
            form.renew()
            return gettext("This form was saved before. Save again to make another one.")
        return said(refusal)

    def pick(self, form: Any, offered: Callable[[], Offer], store: Store, make: Make, pk: int | None) -> Any:
        """Shows lines with what there is of them at most, and writes down what is picked."""
        offer = offered()
        names = offer.inputs()
        typed = {name: request.form.get(name, "").strip() for _, _, name in names}
        errors: dict[str, str] = {}
        if request.method == "POST" and form.validate() and keeps_to_own(form, self.resource):
            try:
                new = make(_picked(names, typed), form, offer.rows)
                asked = [sorted(typed.items())]
                return self.written_down(form, new, store, asked, pk, lambda _pk: _there(offered(), typed))
            except (DomainError, Refused) as refusal:
                errors[""] = self.told(form, refusal)
        filled = {name: field.filled_in(offer.said[name]) for _, field, name in names if name in offer.said}
        values = typed if request.method == "POST" else filled
        page = self.render_template(
            "stockbook/pick.html", view=self, then=onward(self), form=form, rows=offer.rows, fields=offer.fields,
            most=offer.most, values=values, errors=errors, title=self.page_title(pk), back=self.back_to(pk),
        )  # fmt: skip
        return page, 422 if request.method == "POST" else 200


def _there(offer: Offer, typed: Mapping[str, str]) -> list[str]:
    """What a draft says of lines by now where something else was typed."""
    several, found = len({row.document_id for row in offer.rows}) > 1, []
    for row, field, name in offer.inputs():
        there = offer.said.get(name)
        if there != (exact(typed[name], 3, str(field.label)) if typed.get(name) else None):
            line = f"{row.number} {row.sku or row.name}" if several else row.sku or row.name
            found.append(f"{line}, {field.label}: {as_text(there)}")
    return found


def _picked(names: Sequence[tuple[Any, Picked, str]], typed: Mapping[str, str]) -> dict[str, dict[int, Decimal]]:
    """What is filled in, by field and line; Invalid where that is nothing, or of a line that is shown no longer."""
    picked: dict[str, dict[int, Decimal]] = {field.name: {} for _, field, _ in names}
    for row, field, name in names:
        if typed[name]:
            picked[field.name][row.id] = exact(typed[name], 3, str(field.label))
    filled = {name for name, text in request.form.items() if text.strip() and name.rpartition("_")[0] in picked}
    if not filled.issubset(typed):
        raise Invalid("line_gone", gettext("Nothing is left of a line that you filled in: look again, then save."))
    if not any(picked.values()):
        raise Invalid("nothing_chosen", gettext("Enter the quantity of at least one line."))
    return picked
