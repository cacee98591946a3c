"""What a report is asked: the same arguments for people, who choose from lists, and for programs."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from flask import url_for
from flask_babel import lazy_gettext as _
from marshmallow import fields, missing
from sqlalchemy import select

from app.web.kit import look
from app.web.kit.forms import LARGE, MOST_OFFERED, natural_key
from app.web.kit.rest.fields import Choice, Day, Key, Moment
from app.web.kit.scope import starts_with, words


class Argument(NamedTuple):
    """One thing that is asked: its label, and how it is read. Hidden ones are kept, but nobody types them.

    `labels` are of words that are called otherwise here than elsewhere.
    """

    label: Any
    field: fields.Field
    hidden: bool = False
    labels: Mapping[str, Any] = MappingProxyType({})

    def question(self, view: Any, name: str, given: Mapping[str, str]) -> dict[str, Any]:
        """What the page shows of it: its name in the address, what was typed or what is usual, and the choices."""
        its = self.field.data_key or name
        usual = self.field.load_default
        usual = "" if usual is missing or usual is None else look.shown(usual() if callable(usual) else usual)
        value = given.get(its, usual)
        found = {"name": its, "label": self.label, "value": value, "kind": "text", "needed": self.field.required}
        if self.hidden:
            return found | {"kind": "hidden"}
        if isinstance(self.field, Key):
            return found | self._keys(view, name, value)
        if isinstance(self.field, Choice):
            offered = [(word, self.labels.get(word) or look.word(word)) for word in self.field.words]
            return found | {"kind": "chips" if usual else "choice", "choices": offered}
        kinds = {Day: "date", Moment: "moment"}
        return found | {"kind": next((kind for type_, kind in kinds.items() if isinstance(self.field, type_)), "text")}

    def _keys(self, view: Any, name: str, value: str) -> dict[str, Any]:
        assert isinstance(self.field, Key)
        if self.field.target not in LARGE:
            return {"kind": "choice", "choices": offered(self.field)}
        chosen = offered(self.field, only=value) if value else []
        source = url_for(f"{type(view).__name__}.choices_of", column=name)
        return {"kind": "search", "choices": chosen, "source": source}


def offered(field: Key, q: str = "", most: int = MOST_OFFERED, only: str | None = None) -> list[tuple[str, str]]:
    """Keys and labels of the rows that one may name, archived ones too: reports are about the past."""
    model, door = field.target, field.door(field.target)
    key = natural_key(model)
    rows = door.scoped(select(model))
    if only is not None:
        rows = rows.where(key == only)
    elif q:
        rows = rows.where(starts_with(key, q) | words(model, q))
    return [(str(getattr(row, key.key)), str(row)) for row in door.session.scalars(rows.order_by(key).limit(most))]


def since(usual: Any) -> Argument:
    """The first day."""
    return Argument(_("From"), Day(data_key="from", load_default=usual))


def until() -> Argument:
    """The last day, today if none is named."""
    return Argument(_("To"), Day(data_key="to", load_default=look.today))


def start_of_year() -> Any:
    """The first day of this year."""
    return look.today().replace(month=1, day=1)
