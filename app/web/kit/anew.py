"""Drafts that are written anew: the form that made them, filled with what they say."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

from flask import abort, redirect, request, url_for
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_login import current_user

from app.domain.kernel.errors import Stale
from app.domain.kernel.rows import read
from app.domain.kernel.unit import deed
from app.web.kit.drafting import DraftingView, empty_lines, filled_in, typed_lines
from app.web.kit.forms import CardForm
from app.web.kit.meanwhile import head_there, lines_there, renewed
from app.web.kit.scope import as_id


class AnewView(DraftingView, abstract=True):
    """A document view whose drafts may be written anew. A subclass says what they say, and who writes.

    `said_head` selects the head as the form names its fields, with `version`; `said_lines` selects place, product,
    label and the cells as texts, where it has lines.
    """

    said_head: ClassVar[str]
    said_lines: ClassVar[str] = ""
    method_permission_name = {**DraftingView.method_permission_name, "edit": "edit"}

    @abstractmethod
    def store_anew(self, session: Any, pk: int, new: Any, version: int, by: int) -> None:
        """Writes the whole draft; Stale where somebody else saved meanwhile."""

    @expose("/<id:pk>/edit", methods=["GET", "POST"])
    @has_access
    def edit(self, pk: int) -> Any:
        document = self.found(pk)
        if not self.editable(document):
            return redirect(url_for(".show", pk=pk))
        form = self.head(data=self.said(pk) if request.method == "GET" else None)
        version, by = as_id(form.version.data or ""), current_user.actor_id
        if request.method == "POST" and version is None:
            abort(400)

        def save(new: Any, _asked: Any) -> int:
            try:
                deed(lambda session: self.store_anew(session, pk, new, version, by))
            except Stale as stale:
                raise renewed(form, stale, self._there(form, pk)) from None
            return pk

        rows = self._said_lines(pk)
        title = document.number or gettext("Edit %(noun)s", noun=self.noun)
        return self._write(form, save, title, url_for(".show", pk=pk), rows + empty_lines(len(rows)))

    def said(self, pk: int) -> dict[str, Any]:
        """The head of a draft by the form's fields."""
        return dict(read(self._session, self.said_head, id=pk)[0]._asdict())

    def makers(self, document: Any) -> Sequence[dict[str, Any]]:
        if not self.editable(document):
            return []
        return [{"text": gettext("Edit"), "icon": "pencil", "url": url_for(".edit", pk=document.id)}]

    def editable(self, document: Any) -> bool:
        """A draft of one's own, in which nothing stands that would be lost."""
        return super().editable(document) and not self.hides(document.id)

    def hides(self, pk: int) -> bool:
        """Whether fields are filled that this person is not offered, and would empty."""
        hidden = {cell.name for cell in self.cells} - {cell.name for cell in self.offered()}
        return bool(hidden) and any(row[name] for row in self._said_lines(pk) for name in hidden)

    def _there(self, form: CardForm, pk: int) -> list[str]:
        """What the draft says by now that was typed otherwise."""
        lines, _errors = typed_lines(self.subject, self.offered(), request.form)
        there = self._said_lines(pk)
        head = head_there(form, self.head(formdata=None, data=self.said(pk)))
        return [*head, *lines_there(self.subject, self.offered(), lines, there)]

    def _said_lines(self, pk: int) -> list[dict[str, Any]]:
        rows = read(self._session, self.said_lines, id=pk) if self.said_lines else ()
        return [filled_in(self.cells, row._asdict()) for row in rows]
