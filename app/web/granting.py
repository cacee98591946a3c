"""What a role may do, as a table: each kind of document by the five rights, and below it the other rights by area."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from flask import render_template
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from markupsafe import Markup

from app.web import roles
from app.web.kit.forms import ManyField

Pair = tuple[str, str]

# What each right is on a kind of document, and elsewhere where no word of its own is said below.
OF_DOCUMENTS = {
    "view": _("view"), "edit": _("create and edit drafts"), "process": _("process"), "cancel": _("cancel processing"),
    "delete": _("delete drafts"),
}  # fmt: skip
ELSEWHERE = {**OF_DOCUMENTS, "edit": _("create and edit"), "delete": _("delete")}
OWN_WORDS = {
    ("E-shop inbox", "edit"): _("see to messages"),
    ("Settlement", "view"): _("see what paid what"),
    ("Settlement", "process"): _("say what paid what, and take it back"),
    ("Stock", "process"): _("release goods that are held too long"),
    ("Settings", "edit"): _("change"),
    ("Periods", "edit"): _("change"),
    ("Periods", "process"): _("close"),
    ("Periods", "cancel"): _("reopen"),
    ("Jobs", "process"): _("stop, and start again"),
    ("Prices", "view"): _("see prices, discounts and amounts"),
    ("Costs", "view"): _("see costs and margins"),
    ("Consent", "process"): _("agree to what is refused otherwise: short stock, sales below cost, credit limits"),
    ("Every warehouse", "view"): _("reach all warehouses and cash desks, not only the user's own"),
}
# How far a right of a role that ships reaches, where it does not reach everything.
OWN = _("own")
LIMITED = {"manager_seller": _("where one person sells and ships"), "same_day": _("on the same day")}
MOST_NAMED = 8
AREAS = (
    (_("What is seen, and where"), ("Prices", "Costs", "Every warehouse", "Reports")),
    (_("Goods and prices"), ("Products", "Stock", "Price lists", "Warehouses")),
    (_("Customers and orders"), ("Customers", "Payment terms", "Consent", "E-shop inbox", "Shops")),
    (_("Money and books"), ("Settlement", "Cash desks", "Bank accounts", "Tax rates", "Ledger", "Periods")),
    (_("Administration"), ("Settings", "Users", "Roles", "API keys", "Audit", "Jobs")),
)


class Box(NamedTuple):
    """One right on one resource: what it is called, and the key by which a form names it."""

    resource: str
    right: str
    label: Any
    key: int | None = None
    held: bool = False
    where: Any = ""


def documents() -> list[str]:
    """The kinds of documents: whatever all five rights are about."""
    return [resource for resource in roles.TABLE if len(roles.rights_of(resource)) == len(roles.RIGHTS)]


class RightsField(ManyField):
    """The rights of a role as ticks, sent as the keys of the permissions: `labels` gives each key with its pair."""

    widget = staticmethod(lambda field, **_named: field.drawn())

    def drawn(self) -> Markup:
        """The table with a tick for each right."""
        keys = {choice.label: choice.value for choice in self.choices}
        return table(keys.keys(), {pair for pair, key in keys.items() if key in (self.data or ())}, keys=keys)


def of_shipped(role: str) -> Markup:
    """What a role that ships may do, and how far each right reaches."""
    where = {pair: OWN for pair in roles.pairs(role) if roles.cell(pair[1], role).own}
    for (resource, right, limited), name in roles.LIMITS.items():
        if limited == role:
            where[f"can_{right}", resource] = LIMITED[name]
    return table(roles.pairs(role), roles.pairs(role), where=where)


def of_made(pairs: Iterable[Pair]) -> Markup:
    """What a role that was made here may do."""
    held = set(pairs)
    return table(held, held)


def table(
    there: Iterable[Pair], held: set[Pair] | frozenset[Pair], *,
    where: Mapping[Pair, Any] | None = None, keys: Mapping[Pair, int] | None = None,
) -> Markup:  # fmt: skip
    """The table of these rights, to be ticked where they come with the keys of a form, else to be read."""
    shown, reach, known = set(there), where or {}, keys or {}

    def box(resource: str, right: str, words: Mapping[str, Any]) -> Box | None:
        pair = (f"can_{right}", resource)
        label = OWN_WORDS.get((resource, right), words[right])
        return (
            Box(resource, right, label, known.get(pair), pair in held, reach.get(pair, "")) if pair in shown else None
        )

    def boxes(resource: str) -> list[Box]:
        return [its for right in roles.rights_of(resource) if (its := box(resource, right, ELSEWHERE))]

    kinds = [(kind, [box(kind, right, OF_DOCUMENTS) for right in OF_DOCUMENTS]) for kind in documents()]
    areas = [(label, [(its, found) for its in names if (found := boxes(its))]) for label, names in AREAS]
    drawn = render_template(
        "stockbook/rights.html", ticked=keys is not None, rights=OF_DOCUMENTS, own=OWN in reach.values(),
        kinds=[(kind, its) for kind, its in kinds if any(its)], areas=[area for area in areas if area[1]],
    )  # fmt: skip
    return Markup(drawn)  # noqa: S704


def said(pairs: Iterable[Pair]) -> str:
    """In one sentence what somebody with these permissions works on, and how much more they see."""
    held = set(pairs)
    seen = [resource for resource in roles.TABLE if any(of == resource for _name, of in held)]
    works = [resource for resource in seen if any(of == resource and name != "can_view" for name, of in held)]
    named, more = ", ".join(works[:MOST_NAMED]), len(works) - MOST_NAMED
    if more > 0:
        named = gettext("%(named)s and %(n)s more", named=named, n=more)
    parts = [gettext("works on %(named)s", named=named)] if works else []
    if rest := len(seen) - len(works):
        parts.append(gettext("sees %(n)s more", n=rest) if works else gettext("sees %(n)s", n=rest))
    return "; ".join(parts)
