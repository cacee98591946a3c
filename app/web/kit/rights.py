"""What the person of this request may do and see, worked out once for the request."""

from functools import cached_property
from typing import Any

from flask import current_app, g
from flask_login import current_user

from app.domain.kernel.rows import read
from app.web import roles

GRANTED = """
SELECT DISTINCT permission.name AS permission, view_menu.name AS resource
FROM ab_permission_view_role given
JOIN ab_permission_view pair ON pair.id = given.permission_view_id
JOIN ab_permission permission ON permission.id = pair.permission_id
JOIN ab_view_menu view_menu ON view_menu.id = pair.view_menu_id
WHERE given.role_id = ANY(%(roles)s::bigint[])
"""


class Rights:
    """The rights of a user, or of nobody."""

    def __init__(self, user: Any) -> None:
        self.user = user if user is not None and user.is_authenticated and user.is_active else None

    @cached_property
    def _role_rows(self) -> list[Any]:
        if self.user is None:
            return []
        return [*self.user.roles, *(role for group in self.user.groups for role in group.roles)]

    @cached_property
    def roles(self) -> frozenset[str]:
        return frozenset(role.name for role in self._role_rows)

    @cached_property
    def granted(self) -> frozenset[tuple[str, str]]:
        """Permissions from roles that were made here; the shipped ones are in the table."""
        ids = [role.id for role in self._role_rows if role.name not in roles.ROLES]
        if not ids:
            return frozenset()
        rows = read(current_app.extensions["appbuilder"].session, GRANTED, roles=ids)
        return frozenset((row.permission, row.resource) for row in rows)

    @cached_property
    def pairs(self) -> frozenset[tuple[str, str]]:
        return self.granted.union(*(roles.pairs(role) for role in self.roles if role in roles.ROLES))

    def may(self, right: str, resource: str) -> bool:
        return (f"can_{right}", resource) in self.pairs

    def is_own(self, resource: str, right: str = "view") -> bool:
        """Whether the right reaches only the user's own warehouses and desks."""
        return roles.is_own(resource, right, self.roles, self.granted)

    def limits(self, resource: str, right: str) -> frozenset[str]:
        return roles.limits(resource, right, self.roles, self.granted)

    def sees(self, what: str, resource: str = "") -> bool:
        """Whether the user sees `prices` or `costs`, and, on a resource, more than the sums of its documents."""
        if what == "lines":
            # One role's prices do not open the lines that another role shows without them.
            return ("can_view", "Prices") in self.granted or any(
                ("can_view", "Prices") in roles.pairs(role) and (resource, role) not in roles.TOTALS_ONLY
                for role in self.roles if role in roles.ROLES
            )  # fmt: skip
        return self.may("view", what.capitalize())

    def sees_entries(self) -> bool:
        """Whether the user is told what documents write to the books: it tells prices and costs."""
        return self.may("view", "Ledger") and self.sees("prices") and self.sees("costs")

    @cached_property
    def warehouses(self) -> frozenset[int]:
        return frozenset(warehouse.id for warehouse in self.user.warehouses) if self.user else frozenset()

    @cached_property
    def cash_desks(self) -> frozenset[int]:
        return frozenset(desk.id for desk in self.user.cash_desks) if self.user else frozenset()


class Everything(Rights):
    """Whoever has the machine has everything: what commands read is not narrowed."""

    def __init__(self) -> None:
        super().__init__(None)

    @cached_property
    def pairs(self) -> frozenset[tuple[str, str]]:
        return frozenset(roles.every_pair())

    def is_own(self, resource: str, right: str = "view") -> bool:
        return False


def mine() -> Rights:
    """The rights of whoever makes this request."""
    here = g._get_current_object()
    # A page asks dozens of times: who somebody is, once it is known, stands here without asking Flask-Login again.
    user = here.get("_login_user") or current_user._get_current_object()
    held: Rights | None = here.get("rights")
    if held is None or held.user is not (user if user.is_authenticated and user.is_active else None):
        held = here.rights = Rights(user)
    return held
