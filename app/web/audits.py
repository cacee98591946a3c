"""The page of the audit."""

from collections.abc import Iterator
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.web.audit import EVENTS, AuditEntry
from app.web.kit import look
from app.web.kit.scope import ScopedInterface
from app.web.kit.views import MasterView


class AuditView(MasterView):
    datamodel = ScopedInterface(AuditEntry)
    resource = "Audit"
    route_base = "/audit"
    title = _("Audit")
    noun = _("audit entry")
    list_columns = ["at", "actor_id", "address", "event", "subject", "facts"]
    show_columns = list_columns
    add_columns: list[str] = []
    edit_columns: list[str] = []
    search_columns = ["event", "actor_id", "subject", "address", "at"]
    order_columns = ["at"]
    base_order = ("id", "desc")
    can_add = False
    can_edit = False
    can_delete = False
    choices = {"event": EVENTS}
    label_columns = {
        "at": _("When"), "actor_id": _("Who"), "address": _("From where"), "event": _("What"), "subject": _("Of what"),
        "facts": _("Details"),
    }  # fmt: skip
    empty = _("Nothing was noted yet.")

    def cell(self, row: Any, name: str, names: dict[int, str] | None = None) -> Any:
        return "; ".join(_details(row.facts)) if name == "facts" else super().cell(row, name, names)


def _details(facts: dict[str, Any]) -> Iterator[str]:
    if "reason" in facts:
        yield look.word(facts["reason"])
    if facts.get("deleted"):
        yield gettext("deleted")
    for name, (before, after) in facts.get("changes", {}).items():
        if name in ("password", "key"):
            yield gettext("%(name)s changed", name=look.word(name))
        else:
            # What was not there before, as all of a new user, is only told.
            yield (
                f"{look.word(name)}: {_value(before)} → {_value(after)}"
                if before
                else f"{look.word(name)}: {_value(after)}"
            )
    if "kind" in facts and "counts" in facts:
        yield look.word(facts["kind"].replace("-", "_"))
        yield from (f"{look.word(what)}: {look.number(count)}" for what, count in facts["counts"].items() if count)
    for name, value in facts.get("filter", {}).items():
        yield f"{name}={value}"


def _value(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(value) or "—"
    return str(look.shown(value)) or "—"
