"""API keys: how programs are let in, as what, and until when."""

from collections.abc import Mapping
from typing import Any

from flask import flash, g, redirect, url_for
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session, selectinload
from werkzeug.exceptions import NotFound as Missing

from app.domain.kernel import clock
from app.domain.kernel.document import Actor
from app.domain.kernel.unit import deed
from app.web.kit.scope import ScopedInterface
from app.web.kit.views import MasterView
from app.web.people import MachineKey
from app.web.users import HeldView, assign_held, is_more


class ApiKeyView(HeldView, MasterView):
    datamodel = ScopedInterface(
        MachineKey,
        selectinload(MachineKey.roles),
        selectinload(MachineKey.warehouses),
        selectinload(MachineKey.cash_desks),
    )
    resource = "API keys"
    route_base = "/api-keys"
    title = _("API keys")
    noun = _("API key")
    list_columns = [
        "name", "prefix", "roles", "warehouses", "cash_desks", "expires_on", "last_used_at", "revoked_at",
    ]  # fmt: skip
    show_columns = [*list_columns, "created_at"]
    add_columns = ["name", "roles", "warehouses", "cash_desks", "expires_on"]
    edit_columns = add_columns
    search_columns = ["name", "prefix", "expires_on", "last_used_at"]
    order_columns = ["name", "expires_on", "last_used_at", "created_at"]
    base_order = ("name", "asc")
    can_delete = False
    method_permission_name = {**MasterView.method_permission_name, "revoke": "edit"}
    label_columns = {
        "name": _("Name"), "prefix": _("Begins with"), **HeldView.held_labels, "expires_on": _("Last day"),
        "last_used_at": _("Used last"), "revoked_at": _("Revoked"), "created_at": _("Made"),
    }  # fmt: skip
    description_columns = {"expires_on": _("Empty: it does not expire.")}
    extra_fields = HeldView.held_fields
    empty = _("No program is let in yet.")

    def cell(self, row: Any, name: str, names: dict[int, str] | None = None) -> Any:
        return f"sb_{row.prefix}_…" if name == "prefix" else super().cell(row, name, names)

    def assign(self, session: Session, item: MachineKey, values: Mapping[str, Any]) -> None:
        """A key has an actor of its name; a new one is issued here and shown once, by the page that answers."""
        item.name, item.expires_on = values["name"], values["expires_on"]
        assign_held(session, item, values)
        if item.actor_id is None:
            item.actor = Actor(name="", kind="machine")
            g.issued_key = item.issue()
        item.actor.name = item.name

    def may_edit(self, item: MachineKey) -> bool:
        """Nobody lets a program in for longer that may do more than they."""
        return self._may_revoke(item) and not is_more(item)

    def _may_revoke(self, item: MachineKey) -> bool:
        return super().may_edit(item) and item.revoked_at is None

    @expose("/new", methods=["GET", "POST"])
    @has_access
    def add(self) -> Any:
        """The form, and after it the key itself; the same form sent twice shows the row without it."""
        answer = super().add()
        if isinstance(answer, tuple) or "issued_key" not in g:
            return answer
        return self.render_template(
            "stockbook/issued_key.html", title=gettext("The new API key"), key=g.issued_key, back=answer.location
        )

    @expose("/<id:pk>/revoke", methods=["POST"])
    @has_access
    def revoke(self, pk: int) -> Any:
        """Ends a key for good."""
        if not self._may_revoke(self.found(pk)):
            raise Missing()

        def work(session: Session) -> None:
            session.get_one(MachineKey, pk).revoked_at = clock.now()

        deed(work)
        flash(gettext("The key lets nobody in any more."), "success")
        return redirect(url_for(".show", pk=pk))

    def buttons(self, item: MachineKey) -> list[dict[str, Any]]:
        if not self._may_revoke(item):
            return []
        return [{"post": url_for(".revoke", pk=item.id), "text": gettext("Revoke"), "icon": "ban"}]
