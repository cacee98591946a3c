"""What somebody is told who saves a draft that another saved meanwhile: who, when, and what it says there now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext

from app.domain.kernel.errors import Invalid, Stale
from app.web.kit import look
from app.web.kit.drafting import Cell, Subject, typed
from app.web.kit.forms import CardForm, as_text
from app.web.kit.scope import as_id

MOST_TOLD = 10
OF_FORM = ("csrf_token", "form_key", "version")


def told(stale: Stale, there: Sequence[str]) -> Stale:
    """The refusal as the page of a draft says it, whose next Save replaces what is `there`."""
    name, at = stale.facts["changed_by"], look.moment(stale.facts["changed_at"])  # type: ignore[arg-type]
    who = name or gettext("Somebody else")
    more = [gettext("and %(n)s more", n=len(there) - MOST_TOLD)] if len(there) > MOST_TOLD else []
    sentences = [
        gettext("%(name)s saved this meanwhile, %(at)s.", name=who, at=at),
        *([gettext("There now: %(what)s.", what="; ".join([*there[:MOST_TOLD], *more]))] if there else []),
        gettext("What you typed is kept: look at it, and save again if it shall replace theirs."),
    ]
    return Stale("stale", "{sentence}", **stale.facts, sentence=" ".join(sentences))


def renewed(form: CardForm, stale: Stale, there: Sequence[str] = ()) -> Stale:
    """The same for a form, which from now on replaces what is there."""
    form.version.data = str(stale.facts["version"])
    return told(stale, there)


def head_there(form: CardForm, there: CardForm) -> list[str]:
    """The fields of a form that say something else `there`, by their labels."""
    fields = {field.short_name: field for field in there}
    pairs = [(field, fields[field.short_name]) for field in form if field.short_name not in OF_FORM]
    return [f"{now.label.text}: {_shown(now)}" for typed_in, now in pairs if _shown(typed_in) != _shown(now)]


def lines_there(
    subject: Subject, cells: Sequence[Cell], lines: Sequence[Mapping[str, Any]], there: Sequence[Mapping[str, Any]]
) -> list[str]:
    """The lines `there` that are not among those that were typed; how many there are where they are fewer."""
    found = [
        f"{line['label']} {', '.join(f'{cell.label} {line[cell.name]}' for cell in cells if line[cell.name])}".strip()
        for line in there if _line(subject, cells, line) not in lines
    ]  # fmt: skip
    return found or ([gettext("%(n)s lines", n=len(there))] if len(there) != len(lines) else [])


def texts_there(
    subject: Subject, cells: Sequence[Cell], rows: Sequence[Mapping[str, Any]], there: Sequence[Mapping[str, Any]]
) -> list[str]:  # fmt: skip
    """The same where the lines that were typed are texts still, as those `there` are."""
    return lines_there(subject, cells, [_line(subject, cells, row) or {} for row in rows], there)


def _line(subject: Subject, cells: Sequence[Cell], line: Mapping[str, Any]) -> dict[str, Any] | None:
    """A line as it would be typed, None where nobody could."""
    try:
        its = {cell.name: typed(cell, str(line[cell.name])) if line[cell.name] else None for cell in cells}
    except Invalid:
        return None
    return {subject.name: as_id(str(line[subject.name] or "")), **its}


def _shown(field: Any) -> str:
    """What a field says, as people read it."""
    if hasattr(field, "iter_choices"):
        return ", ".join(str(choice[1]) for choice in field.iter_choices() if choice[2]) or as_text(None)
    if isinstance(field.data, (list, tuple)):
        return ", ".join(map(str, field.data)) or as_text(None)
    return str(look.shown(field.data)) if isinstance(field.data, bool) else as_text(field.data)
