"""The books: accounts, posting rules, periods."""

from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, request, url_for
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_login import current_user
from sqlalchemy.orm import Session
from werkzeug.exceptions import BadRequest, Forbidden

from app.domain.kernel.errors import DomainError
from app.domain.kernel.unit import deed
from app.domain.ledger.changing_rules import NewRule, check_rule
from app.domain.ledger.models import PERIOD_STATES, ROLES, SIDES, Account, Period, PostingRule
from app.domain.ledger.periods import close_period, reopen_period
from app.web.kit.scope import ScopedInterface
from app.web.kit.views import MasterView


class AccountView(MasterView):
    datamodel = ScopedInterface(Account)
    resource = "Ledger"
    route_base = "/accounts"
    title = _("Accounts")
    noun = _("account")
    list_columns = ["code", "name", "role", "active"]
    show_columns = list_columns
    add_columns = ["code", "name", "role"]
    edit_columns = ["code", "name", "active"]
    search_columns = ["code", "name", "role", "active"]
    order_columns = ["code", "name", "role"]
    base_order = ("code", "asc")
    choices = {"role": ROLES}
    label_columns = {"code": _("Code"), "name": _("Name"), "role": _("Role"), "active": _("Active")}
    description_columns = {"role": _("Which events may post to it. It cannot change later.")}


class PostingRuleView(MasterView):
    datamodel = ScopedInterface(PostingRule)
    resource = "Ledger"
    route_base = "/posting-rules"
    title = _("Posting rules")
    noun = _("posting rule")
    list_columns = ["event", "amount", "side", "role", "account_id", "valid_from"]
    show_columns = list_columns
    add_columns = ["event", "amount", "side", "account_id", "valid_from"]
    edit_columns = ["account_id"]
    search_columns = ["event", "side", "role", "account_id", "valid_from"]
    order_columns = ["event", "role", "valid_from"]
    base_order = ("event", "asc")
    can_delete = False
    choices = {"side": SIDES, "role": ROLES}
    label_columns = {
        "event": _("Event"), "amount": _("Amount"), "side": _("Side"), "role": _("Role of the account"),
        "account_id": _("Account"), "valid_from": _("From"),
    }  # fmt: skip
    description_columns = {"account_id": _("Where the document names an account of the same role, that one is used.")}

    def assign(self, session: Session, item: PostingRule, values: Mapping[str, Any]) -> None:
        """Puts the values on the rule, with the role that its event's side has."""
        super().assign(session, item, values)
        with session.no_autoflush:
            item.role = check_rule(
                session, NewRule(item.event, item.amount, item.side, item.account_id, item.valid_from)
            )


class PeriodView(MasterView):
    datamodel = ScopedInterface(Period)
    resource = "Periods"
    route_base = "/periods"
    title = _("Periods")
    noun = _("period")
    empty = _("No period was closed yet: every date up to today may be posted on.")
    list_columns = ["starts_on", "ends_on", "state", "changed_at"]
    show_columns = list_columns
    add_columns = ["starts_on", "ends_on"]
    edit_columns = add_columns
    search_columns = ["starts_on", "ends_on", "state"]
    order_columns = ["starts_on", "ends_on"]
    base_order = ("starts_on", "desc")
    can_delete = False
    choices = {"state": PERIOD_STATES}
    label_columns = {
        "starts_on": _("First day"), "ends_on": _("Last day"), "state": _("State"), "changed_at": _("Changed"),
    }  # fmt: skip
    method_permission_name = {**MasterView.method_permission_name, "add": "process", "turn": "view"}

    @expose("/new", methods=["GET", "POST"])
    @has_access
    def add(self) -> Any:
        """Closes a stretch of dates; nothing posts into it afterwards."""
        form = self._form("add")
        if request.method == "POST" and form.validate():
            starts_on, ends_on = form.starts_on.data, form.ends_on.data
            try:
                deed(lambda session: close_period(session, starts_on, ends_on, by=current_user.actor_id))
            except DomainError as refusal:
                self._tell(form, refusal)
            else:
                flash(gettext("The period is closed."), "success")
                return redirect(url_for(".list"))
        return self._form_page("add", form, gettext("Close a period"), url_for(".list"))

    @expose("/<id:pk>/<any(close, reopen):what>", methods=["POST"])
    @has_access
    def turn(self, pk: int, what: str) -> Any:
        """Closes a reopened period again, or reopens it."""
        if not self.may("process" if what == "close" else "cancel"):
            raise Forbidden()
        period = self.found(pk)
        starts_on, ends_on = period.starts_on, period.ends_on
        try:
            if what == "close":
                deed(lambda session: close_period(session, starts_on, ends_on, by=current_user.actor_id))
            elif what == "reopen":
                deed(lambda session: reopen_period(session, starts_on, by=current_user.actor_id))
            else:
                raise BadRequest()
        except DomainError as refusal:
            flash(str(refusal), "danger")
        return redirect(url_for(".show", pk=pk))

    def may_edit(self, item: Period) -> bool:
        return False

    def buttons(self, item: Period) -> list[dict[str, Any]]:
        what, right = ("reopen", "cancel") if item.state == "closed" else ("close", "process")
        if not self.may(right):
            return []
        text = gettext("Reopen") if what == "reopen" else gettext("Close again")
        icon = "lock-open" if what == "reopen" else "lock"
        return [{"text": text, "icon": icon, "post": url_for(".turn", pk=item.id, what=what)}]
