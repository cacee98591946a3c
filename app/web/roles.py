"""Who may do what: one table of resource × right × role.

A cell lists its rights: v view, e create and edit (drafts), p process, c cancel processing, d delete (drafts).
`own` before them limits all of them to the warehouses or cash desks that are assigned to the user.
"""

from collections.abc import Iterable, Iterator
from functools import cache
from typing import NamedTuple

RIGHTS = {"v": "view", "e": "edit", "p": "process", "c": "cancel", "d": "delete"}
ADMINISTRATOR = "Administrator"

ROLES = (
    "Administrator",   "Sales manager", "Seller",     "Storekeeper", "Cashier",   "Accountant", "Auditor")  # fmt: skip
TABLE: dict[str, tuple[str, ...]] = {
    "Orders": (
        "vepcd",       "vepcd",         "own vepcd",  "",            "v",         "v",          "v"),
    "Shipments": (
        "vepcd",       "vepc",          "vep",        "own vepc",    "v",         "v",          "v"),
    "Receipts": (
        "vepcd",       "vepcd",         "",           "own vepcd",   "",          "v",          "v"),
    "Opening stock": (
        "vepcd",       "v",             "",           "",            "",          "vepcd",      "v"),
    "Stock counts": (
        "vepcd",       "vepcd",         "",           "own vepcd",   "",          "v",          "v"),
    "Write-offs": (
        "vepcd",       "vepcd",         "",           "own vepcd",   "",          "v",          "v"),
    "Internal orders": (
        "vepcd",       "vepcd",         "own ved",    "own vepcd",   "",          "v",          "v"),
    "Returns": (
        "vepcd",       "vepcd",         "ved",        "own vepcd",   "",          "v",          "v"),
    "Invoices": (
        "vepcd",       "vepcd",         "ved",        "",            "v",         "vepcd",      "v"),
    "Settlement": (
        "vp",          "vp",            "",           "",            "own vp",    "vp",         "v"),
    "Credit notes": (
        "vepcd",       "vepcd",         "ved",        "",            "v",         "vepcd",      "v"),
    "Adjustments": (
        "vepcd",       "v",             "",           "",            "",          "vepcd",      "v"),
    "Bank documents": (
        "vepcd",       "v",             "",           "",            "",          "vepcd",      "v"),
    "Cash orders": (
        "vepcd",       "v",             "",           "",            "own vepcd", "vepcd",      "v"),
    "Stock": (
        "vp",          "vp",            "v",          "own v",       "",          "v",          "v"),
    "Products": (
        "ved",         "ved",           "v",          "v",           "v",         "v",          "v"),
    "Customers": (
        "ved",         "ved",           "ve",         "v",           "v",         "v",          "v"),
    "Price lists": (
        "ved",         "ved",           "v",          "",            "",          "v",          "v"),
    "Payment terms": (
        "ved",         "v",             "v",          "",            "",          "ved",        "v"),
    "Tax rates": (
        "ved",         "v",             "v",          "",            "",          "ved",        "v"),
    "Warehouses": (
        "ved",         "v",             "own v",      "own v",       "",          "v",          "v"),
    "Cash desks": (
        "ved",         "v",             "",           "",            "own v",     "v",          "v"),
    "Bank accounts": (
        "ved",         "v",             "",           "",            "",          "ved",        "v"),
    "E-shop inbox": (
        "ve",          "ve",            "",           "",            "",          "v",          "v"),
    "Shops": (
        "ved",         "ved",           "",           "",            "",          "v",          "v"),
    "Ledger": (
        "ved",         "",              "",           "",            "",          "ved",        "v"),
    "Opening balances": (
        "vepcd",       "v",             "",           "",            "",          "vepcd",      "v"),
    "Manual entries": (
        "vepcd",       "",              "",           "",            "",          "vepcd",      "v"),
    "Reports": (
        "v",           "v",             "",           "",            "",          "v",          "v"),
    "Periods": (
        "vepc",        "",              "",           "",            "",          "vepc",       "v"),
    "Settings": (
        "ve",          "",              "",           "",            "",          "",           "v"),
    "Users": (
        "ved",         "",              "",           "",            "",          "",           "v"),
    "Roles": (
        "ved",         "",              "",           "",            "",          "",           "v"),
    "API keys": (
        "ve",          "",              "",           "",            "",          "",           "v"),
    "Audit": (
        "v",           "",              "",           "",            "",          "",           "v"),
    # Of jobs, `own` are those that one asked for oneself.
    "Jobs": (
        "vp",          "own vp",        "own vp",     "own vp",      "own vp",    "own vp",     "v"),
    # What one sees, and what one may decide, beyond a single kind of document.
    "Prices": (
        "v",           "v",             "v",          "",            "v",         "v",          "v"),
    "Costs": (
        "v",           "v",             "v",          "",            "",          "v",          "v"),
    "Consent": (
        "p",           "p",             "",           "",            "",          "",           ""),
    "Every warehouse": (
        "v",           "v",             "",           "",            "",          "v",          "v"),
}  # fmt: skip

# Rights that hold only under a condition, by role; app/web/kit/limits.py knows the conditions.
LIMITS = {
    ("Shipments", "edit", "Seller"): "manager_seller",
    ("Shipments", "process", "Seller"): "manager_seller",
    ("Shipments", "cancel", "Storekeeper"): "same_day",
}
# Who sees the sums of a document but not the prices of its lines.
TOTALS_ONLY = {("Shipments", "Cashier")}


class Cell(NamedTuple):
    rights: frozenset[str]
    own: bool


@cache
def cell(resource: str, role: str) -> Cell:
    """What a role that ships may do with a resource."""
    text = TABLE[resource][ROLES.index(role)]
    return Cell(frozenset(RIGHTS[letter] for letter in text.removeprefix("own ")), text.startswith("own "))


def rights_of(resource: str) -> tuple[str, ...]:
    """The rights that exist on a resource, in the order of RIGHTS."""
    given = {right for role in ROLES for right in cell(resource, role).rights}
    return tuple(right for right in RIGHTS.values() if right in given)


@cache
def pairs(role: str) -> frozenset[tuple[str, str]]:
    """A shipped role's permissions as the framework names them: (`can_view`, resource)."""
    return frozenset((f"can_{right}", resource) for resource in TABLE for right in cell(resource, role).rights)


def every_pair() -> Iterator[tuple[str, str]]:
    """Every permission there is."""
    for resource in TABLE:
        for right in rights_of(resource):
            yield f"can_{right}", resource


def framework_roles() -> dict[str, list[list[str]]]:
    """The shipped roles as the framework's patterns, each matching exactly one resource and one permission."""
    return {role: [[f"^{resource}$", f"^{permission}$"] for permission, resource in pairs(role)] for role in ROLES}


def is_own(resource: str, right: str, roles: Iterable[str], granted: Iterable[tuple[str, str]]) -> bool:
    """Whether a right reaches only the user's own warehouses and desks.

    It does unless some role gives it without that limit. A role that somebody made here gives it without only
    together with seeing every warehouse; `granted` are the permissions from such roles.
    """
    if any(right in cell(resource, role).rights and not cell(resource, role).own for role in roles if role in ROLES):
        return False
    return not {(f"can_{right}", resource), ("can_view", "Every warehouse")} <= set(granted)


def limits(resource: str, right: str, roles: Iterable[str], granted: Iterable[tuple[str, str]]) -> frozenset[str]:
    """The conditions under which somebody with these roles has the right; none where one role gives it freely."""
    found = [LIMITS.get((resource, right, role)) for role in roles
             if role in ROLES and right in cell(resource, role).rights]  # fmt: skip
    if None in found or (f"can_{right}", resource) in set(granted):
        return frozenset()
    return frozenset(name for name in found if name)
