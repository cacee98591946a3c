"""Who may sign in and as what: users with their warehouses and desks, and roles; and everybody's own account."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC
from typing import Any, ClassVar

from flask import flash, redirect, url_for
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import has_access
from flask_appbuilder.security.sqla.models import Permission, PermissionView, Role, ViewMenu, assoc_user_role
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_login import current_user
from sqlalchemy import func, or_, select, union_all
from sqlalchemy.orm import Session, joinedload, selectinload
from werkzeug.exceptions import NotFound as Missing
from wtforms import PasswordField, StringField
from wtforms.validators import DataRequired, Length, Optional, Regexp

from app.domain.kernel.document import Actor
from app.domain.kernel.errors import DomainError, Invalid
from app.domain.kernel.unit import deed
from app.domain.stock.models import Warehouse
from app.domain.treasury.models import CashDesk
from app.web import granting, roles
from app.web.granting import RightsField
from app.web.kit import look
from app.web.kit.cards import FieldErrors
from app.web.kit.forms import ManyField
from app.web.kit.rights import mine
from app.web.kit.scope import ScopedInterface
from app.web.kit.views import MasterView
from app.web.passwords import LONGEST, SHORTEST, set_password
from app.web.people import Person, key_role
from app.web.second_step import is_on, turn_off

WANTED = _("At least %(shortest)s characters, best a few words that belong to nobody.", shortest=SHORTEST)
HELD: dict[str, Any] = {"roles": Role, "warehouses": Warehouse, "cash_desks": CashDesk}
# Whose rights are limited to one's own without speaking of warehouses or desks.
OF_NO_PLACE = {"Users", "Roles", "API keys", "Jobs"}


def _rows(model: Any) -> Iterator[tuple[int, str]]:
    session = ScopedInterface(model).session
    yield from ((row.id, str(row)) for row in session.scalars(select(model).order_by(model.id)))


def _permissions() -> Iterator[tuple[int, tuple[str, str]]]:
    session = ScopedInterface(PermissionView).session
    statement = (
        select(PermissionView.id, ViewMenu.name, Permission.name)
        .join(ViewMenu, PermissionView.view_menu_id == ViewMenu.id)
        .join(Permission, PermissionView.permission_id == Permission.id)
        .order_by(ViewMenu.name, Permission.id)
    )
    known = set(roles.every_pair())
    for key, resource, permission in session.execute(statement):
        if (permission, resource) in known:
            yield key, (permission, resource)


class HeldView:
    """What users and API keys have in common: roles, and the warehouses and cash desks that are their own."""

    held_labels: ClassVar = {"roles": _("Roles"), "warehouses": _("Warehouses"), "cash_desks": _("Cash desks")}
    held_fields: ClassVar = {
        "roles": ManyField(_("Roles"), labels=lambda: _rows(Role)),
        "warehouses": ManyField(
            _("Warehouses"), labels=lambda: _rows(Warehouse),
            description=_("Roles that are limited to own warehouses reach these."),
        ),
        "cash_desks": ManyField(_("Cash desks"), labels=lambda: _rows(CashDesk)),
    }  # fmt: skip

    def cell(self, row: Any, name: str, names: dict[int, str] | None = None) -> Any:
        if name in HELD:
            return ", ".join(getattr(one, "code", None) or str(one) for one in getattr(row, name))
        return super().cell(row, name, names)  # type: ignore[misc]


def assign_held(session: Session, item: Any, values: Mapping[str, Any]) -> None:
    """Gives a user or a key the roles, warehouses and desks that were chosen, by their ids.

    FieldErrors for what was not held before and lets its holder do more than whoever gives it may.
    """
    before = {name: set(getattr(item, name)) for name in HELD}
    chosen = {
        name: list(session.scalars(select(model).where(model.id.in_(values[name] or []))))
        for name, model in HELD.items()
    }
    for role in chosen["roles"]:
        if role not in before["roles"] and goes_beyond([role]):
            raise FieldErrors({"roles": gettext("%(role)s may do what you may not: an administrator gives it.",
                                                role=role.name)})  # fmt: skip
    for name, rows in chosen.items():
        setattr(item, name, rows)
    if any(set(rows) - before[name] for name, rows in chosen.items()) and is_more(item):
        raise FieldErrors({"roles": gettext("All of it together reaches further than you may: an administrator "
                                            "gives it.")})  # fmt: skip


def is_more(holder: Any) -> bool:
    """Whether a user or a key may do anything that the person of this request may not, or not everywhere."""
    its_roles = [*holder.roles, *(role for group in holder.groups for role in group.roles)]
    strange = {place.id for place in holder.warehouses} - mine().warehouses
    strange |= {desk.id for desk in holder.cash_desks} - mine().cash_desks
    return goes_beyond(its_roles, strange=bool(strange))


def goes_beyond(its_roles: Iterable[Role], *, strange: bool = False) -> bool:
    """Whether these roles together would let do more than the person of this request may.

    `strange` is whether they come with warehouses or desks that are not this person's own.
    """
    known = list(its_roles)
    shipped = [role.name for role in known if role.name in roles.ROLES]
    made = {pair for role in known if role.name not in roles.ROLES for pair in _pairs(role)}
    return _exceeds(shipped, made, strange=strange)


def _exceeds(shipped: Sequence[str], granted: Collection[tuple[str, str]], *, strange: bool = False) -> bool:
    rights = mine()
    if roles.ADMINISTRATOR in rights.roles:
        return False
    pairs = set(granted).union(*(roles.pairs(name) for name in shipped))
    return any(
        not rights.may(right, resource)
        or (rights.is_own(resource, right)
            and (not roles.is_own(resource, right, shipped, granted) or (strange and resource not in OF_NO_PLACE)))
        or rights.limits(resource, right) - roles.limits(resource, right, shipped, granted)
        for right, resource in ((permission.removeprefix("can_"), of) for permission, of in pairs)
    )  # fmt: skip


class UserView(HeldView, MasterView):
    datamodel = ScopedInterface(
        Person, selectinload(Person.roles), selectinload(Person.warehouses), selectinload(Person.cash_desks)
    )
    resource = "Users"
    route_base = "/users"
    title = _("Users")
    noun = _("user")
    list_columns = ["username", "first_name", "last_name", "email", "roles", "warehouses", "cash_desks", "active"]
    show_columns = [*list_columns, "second_step", "last_login", "login_count"]
    add_columns = [
        "username", "first_name", "last_name", "email", "password", "roles", "warehouses", "cash_desks",
    ]  # fmt: skip
    edit_columns = [
        "username", "first_name", "last_name", "email", "new_password", "roles", "warehouses", "cash_desks", "active",
    ]  # fmt: skip
    search_columns = ["username", "first_name", "last_name", "email", "active"]
    order_columns = ["username", "last_name", "email"]
    base_order = ("username", "asc")
    can_delete = False
    method_permission_name = {**MasterView.method_permission_name, "reset_code": "edit"}
    label_columns = {
        "username": _("Name to sign in with"), "first_name": _("First name"), "last_name": _("Last name"),
        "email": _("E-mail"), **HeldView.held_labels, "active": _("Active"),
        "second_step": _("Second step"), "last_login": _("Signed in last"), "login_count": _("Times signed in"),
    }  # fmt: skip
    extra_fields = {
        "password": PasswordField(
            _("Password"), validators=[DataRequired(), Length(max=LONGEST)], description=WANTED
        ),
        "new_password": PasswordField(
            _("New password"), validators=[Optional(), Length(max=LONGEST)],
            description=_("Empty: it stays. A new one ends the user's sessions."),
        ),
        **HeldView.held_fields,
    }  # fmt: skip

    def cell(self, row: Any, name: str, names: dict[int, str] | None = None) -> Any:
        if name == "second_step":
            return look.shown(is_on(self.datamodel.session, row.id))
        if name == "last_login" and row.last_login:
            return look.moment(row.last_login.replace(tzinfo=UTC))
        return super().cell(row, name, names)

    def assign(self, session: Session, item: Person, values: Mapping[str, Any]) -> None:
        """A user has an actor of the same name; nobody takes the ground from under their own feet."""
        password = values.get("password") or values.get("new_password")
        if taken := {name: gettext("There is one with this already.") for name in _taken(session, item, values)}:
            raise FieldErrors(taken)
        for name in ("username", "first_name", "last_name", "email", "active"):
            if name in values:
                setattr(item, name, values[name])
        assign_held(session, item, values)
        if item.actor_id is None:
            item.actor = Actor(name="")
        item.actor.name = item.get_full_name()
        if password:
            try:
                set_password(item, password)
            except Invalid as refusal:
                field = "password" if values.get("password") else "new_password"
                raise FieldErrors({field: str(refusal)}) from None
        if item.active is False:
            # Should the user be let in again, no session of before is.
            item.epoch = (item.epoch or 0) + 1
        if item.actor_id == current_user.actor_id and not (
            item.active and any(role.name == roles.ADMINISTRATOR for role in item.roles)
        ):
            raise DomainError("own_feet", "You cannot take your own role or account away: another administrator can.")

    def may_edit(self, item: Person) -> bool:
        """Whoever could change somebody's password could do all that they may."""
        return super().may_edit(item) and not is_more(item)

    @expose("/<id:pk>/reset-code", methods=["POST"])
    @has_access
    def reset_code(self, pk: int) -> Any:
        """Turns off the second step of somebody who has lost their telephone and their recovery codes."""
        person = self.found(pk)
        if not self.may_edit(person) or not is_on(self.datamodel.session, pk):
            raise Missing()
        deed(lambda session: turn_off(session, session.get_one(Person, pk)))
        flash(gettext("The password alone lets them in again. Let them turn the second step on anew."), "success")
        return redirect(url_for(".show", pk=pk))

    def buttons(self, item: Person) -> list[dict[str, Any]]:
        if not self.may_edit(item) or not is_on(self.datamodel.session, item.id):
            return []
        return [{"post": url_for(".reset_code", pk=item.id), "text": gettext("Reset second step"), "icon": "lock-open"}]


def _taken(session: Session, item: Person, values: Mapping[str, Any]) -> Iterator[str]:
    """Which of what somebody signs in with another one signs in with, who would be kept out."""
    username, email = func.lower(Person.username), func.lower(Person.email)
    typed = {name: str(values[name]).strip().lower() for name in ("username", "email")}
    same = {
        "username": or_(username == typed["username"], email == typed["username"]), "email": email == typed["email"],
    }  # fmt: skip
    for name, condition in same.items():
        if session.scalar(select(Person.id).where(condition, Person.id != (item.id or 0)).limit(1)):
            yield name


class RoleView(MasterView):
    datamodel = ScopedInterface(Role, selectinload(Role.permissions).options(joinedload(PermissionView.permission)))
    resource = "Roles"
    route_base = "/roles"
    title = _("Roles")
    noun = _("role")
    list_columns = ["name", "permissions"]
    show_columns = ["name"]
    add_columns = list_columns
    edit_columns = list_columns
    search_columns = ["name"]
    order_columns = ["name"]
    base_order = ("name", "asc")
    label_columns = {"name": _("Name"), "permissions": _("May")}
    extra_fields = {
        "name": StringField(_("Name"), validators=[DataRequired(), Length(max=60), Regexp(r"^\S.*$")]),
        "permissions": RightsField(
            _("May"), labels=_permissions,
            description=_("Without “Every warehouse” it reaches only the user's own warehouses and cash desks."),
        ),
    }  # fmt: skip

    def cell(self, row: Any, name: str, names: dict[int, str] | None = None) -> Any:
        if name != "permissions":
            return super().cell(row, name, names)
        return granting.said(roles.pairs(row.name) if row.name in roles.ROLES else _pairs(row))

    def related(self, item: Role) -> list[dict[str, Any]]:
        """What it may do, as the table in which that is ticked."""
        shipped = item.name in roles.ROLES
        drawn = granting.of_shipped(item.name) if shipped else granting.of_made(_pairs(item))
        return [{"title": _("May"), "widget": lambda: drawn, "add": ""}]

    def assign(self, session: Session, item: Role, values: Mapping[str, Any]) -> None:
        """The roles that ship are as the program says; nobody lets others, or themselves, do more than they may."""
        if values["name"] in roles.ROLES or item.name in roles.ROLES:
            raise DomainError("shipped", "The role {name} ships with the program: make one of your own.", **values)
        chosen = select(PermissionView).where(PermissionView.id.in_(values["permissions"] or []))
        wanted = list(session.scalars(chosen))
        pairs = {(one.permission.name, one.view_menu.name) for one in wanted}
        if set(wanted) - set(item.permissions) and _exceeds((), pairs):
            raise FieldErrors({"permissions": gettext("It would do what you may not: an administrator adds that.")})
        item.name, item.permissions = values["name"], wanted

    def may_edit(self, item: Role) -> bool:
        return super().may_edit(item) and item.name not in roles.ROLES

    def may_delete(self, item: Role) -> bool:
        """Neither a role that ships nor one that some user or key has."""
        held = union_all(
            select(assoc_user_role.c.user_id).where(assoc_user_role.c.role_id == item.id),
            select(key_role.c.api_key_id).where(key_role.c.role_id == item.id),
        ).limit(1)
        return super().may_delete(item) and item.name not in roles.ROLES and self.datamodel.session.scalar(held) is None


def _pairs(role: Role) -> list[tuple[str, str]]:
    """The permissions of a role that was made here."""
    return [(one.permission.name, one.view_menu.name) for one in role.permissions]
