"""Who may sign in and as what: users with their warehouses and desks, and roles; and everybody's own account."""

from collections.abc import Iterator, Mapping
from typing import Any

from flask import flash, redirect, request, url_for
from flask_appbuilder.baseviews import BaseView, expose
from flask_appbuilder.forms import DynamicForm
from flask_appbuilder.security.sqla.models import Permission, PermissionView, Role, ViewMenu, assoc_user_role
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_login import current_user, login_required
from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, selectinload
from werkzeug.security import check_password_hash
from wtforms import PasswordField, StringField
from wtforms.validators import DataRequired, EqualTo, Length, Optional, Regexp

from app.domain.kernel.document import Actor
from app.domain.kernel.errors import DomainError
from app.domain.stock.models import Warehouse
from app.domain.treasury.models import CashDesk
from app.web import roles
from app.web.kit.cards import FieldErrors
from app.web.kit.forms import ManyField
from app.web.kit.scope import ScopedInterface
from app.web.kit.views import MasterView
from app.web.people import Person
from app.web.security import set_password

SHORTEST_PASSWORD = 10


def _rows(model: Any) -> Iterator[tuple[int, str]]:
    session = ScopedInterface(model).session
    yield from ((row.id, str(row)) for row in session.scalars(select(model).order_by(model.id)))


def _permissions() -> Iterator[tuple[int, str]]:
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
            yield key, f"{resource}: {permission.removeprefix('can_')}"


class UserView(MasterView):
    datamodel = ScopedInterface(
        Person, selectinload(Person.roles), selectinload(Person.warehouses), selectinload(Person.cash_desks)
    )
    resource = "Users"
    route_base = "/users"
    title = _("Users")
    noun = _("user")
    list_columns = ["username", "first_name", "last_name", "email", "roles", "warehouses", "cash_desks", "active"]
    show_columns = [*list_columns, "last_login", "login_count"]
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
    label_columns = {
        "username": _("Name to sign in with"), "first_name": _("First name"), "last_name": _("Last name"),
        "email": _("E-mail"), "roles": _("Roles"), "warehouses": _("Warehouses"), "cash_desks": _("Cash desks"),
        "active": _("Active"), "last_login": _("Signed in last"), "login_count": _("Times signed in"),
    }  # fmt: skip
    extra_fields = {
        "password": PasswordField(_("Password"), validators=[DataRequired(), Length(SHORTEST_PASSWORD, 200)]),
        "new_password": PasswordField(
            _("New password"), validators=[Optional(), Length(SHORTEST_PASSWORD, 200)],
            description=_("Empty: it stays. A new one ends the user's sessions."),
        ),
        "roles": ManyField(_("Roles"), labels=lambda: _rows(Role)),
        "warehouses": ManyField(
            _("Warehouses"), labels=lambda: _rows(Warehouse),
            description=_("Roles that are limited to own warehouses reach these."),
        ),
        "cash_desks": ManyField(_("Cash desks"), labels=lambda: _rows(CashDesk)),
    }  # fmt: skip

    def cell(self, row: Any, name: str, names: dict[int, str] | None = None) -> Any:
        if name in ("roles", "warehouses", "cash_desks"):
            return ", ".join(getattr(one, "code", None) or str(one) for one in getattr(row, name))
        return super().cell(row, name, names)

    def assign(self, session: Session, item: Person, values: Mapping[str, Any]) -> None:
        """A user has an actor of the same name; nobody takes the ground from under their own feet."""
        password = values.get("password") or values.get("new_password")
        same = select(Person.id).where(func.lower(Person.username) == str(values["username"]).lower())
        if session.scalar(same.where(Person.id != (item.id or 0))):
            raise FieldErrors({"username": gettext("There is one with this already.")})
        for name in ("username", "first_name", "last_name", "email", "active"):
            if name in values:
                setattr(item, name, values[name])
        for name, model in (("roles", Role), ("warehouses", Warehouse), ("cash_desks", CashDesk)):
            setattr(item, name, list(session.scalars(select(model).where(model.id.in_(values[name] or [])))))
        if item.actor_id is None:
            item.actor = Actor(name="")
        item.actor.name = item.get_full_name()
        if password:
            set_password(item, password)
        if item.id == current_user.id and not (
            item.active and any(role.name == roles.ADMINISTRATOR for role in item.roles)
        ):
            raise DomainError("own_feet", "You cannot take your own role or account away: another administrator can.")


class RoleView(MasterView):
    datamodel = ScopedInterface(Role, selectinload(Role.permissions).options(joinedload(PermissionView.permission)))
    resource = "Roles"
    route_base = "/roles"
    title = _("Roles")
    noun = _("role")
    list_columns = ["name", "permissions"]
    show_columns = list_columns
    add_columns = list_columns
    edit_columns = list_columns
    search_columns = ["name"]
    order_columns = ["name"]
    base_order = ("name", "asc")
    label_columns = {"name": _("Name"), "permissions": _("May")}
    extra_fields = {
        "name": StringField(_("Name"), validators=[DataRequired(), Length(max=60), Regexp(r"^\S.*$")]),
        "permissions": ManyField(
            _("May"), labels=_permissions,
            description=_("Without “Every warehouse” it reaches only the user's own warehouses and cash desks."),
        ),
    }  # fmt: skip

    def cell(self, row: Any, name: str, names: dict[int, str] | None = None) -> Any:
        if name != "permissions":
            return super().cell(row, name, names)
        if row.name in roles.ROLES:
            pairs = list(roles.pairs(row.name))
        else:
            pairs = [(one.permission.name, one.view_menu.name) for one in row.permissions]
        return "; ".join(_said(pairs))

    def assign(self, session: Session, item: Role, values: Mapping[str, Any]) -> None:
        """The roles that ship are as the program says."""
        if values["name"] in roles.ROLES or item.name in roles.ROLES:
            raise DomainError("shipped", "The role {name} ships with the program: make one of your own.", **values)
        item.name = values["name"]
        wanted = select(PermissionView).where(PermissionView.id.in_(values["permissions"] or []))
        item.permissions = list(session.scalars(wanted))

    def may_edit(self, item: Role) -> bool:
        return super().may_edit(item) and item.name not in roles.ROLES

    def may_delete(self, item: Role) -> bool:
        """Neither a role that ships nor one that somebody has."""
        held = select(assoc_user_role.c.user_id).where(assoc_user_role.c.role_id == item.id).limit(1)
        return (
            super().may_delete(item)
            and item.name not in roles.ROLES
            and self.datamodel.session.scalar(held) is None
        )


def _said(pairs: list[tuple[str, str]]) -> Iterator[str]:
    """Permissions as one reads them: `Orders: view, edit`."""
    for resource in dict.fromkeys(pair[1] for pair in pairs):
        rights = [f"can_{right}" for right in roles.RIGHTS.values()]
        held = sorted((name for name, of in pairs if of == resource), key=rights.index)
        yield f"{resource}: {', '.join(name.removeprefix('can_') for name in held)}"


class PasswordForm(DynamicForm):
    current = PasswordField(_("Password until now"), validators=[DataRequired(), Length(max=200)])
    password = PasswordField(_("New password"), validators=[DataRequired(), Length(SHORTEST_PASSWORD, 200)])
    again = PasswordField(
        _("The new one again"), validators=[DataRequired(), EqualTo("password", _("The two are not the same."))]
    )


class AccountPage(BaseView):
    """What the program knows of oneself, and a new password. Open to whoever is signed in."""

    route_base = "/account"
    default_view = "index"

    @expose("/", methods=["GET", "POST"])
    @login_required
    def index(self) -> Any:
        form = PasswordForm()
        if request.method == "POST" and form.validate():
            if check_password_hash(current_user.password, form.current.data):
                self.appbuilder.sm.reset_password(current_user.id, form.password.data)
                flash(gettext("The password is changed. Sign in with the new one."), "success")
                return redirect(url_for("SignInView.login"))
            form.current.errors = [*form.current.errors, gettext("This is not the password.")]
        page = self.render_template("stockbook/account.html", form=form, person=current_user)
        return page, 422 if request.method == "POST" else 200
