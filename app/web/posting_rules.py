"""The posting rules as one table: which account each side of each event goes to, from a date on."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import flash, redirect, request, url_for
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _
from flask_login import current_user
from werkzeug.exceptions import BadRequest

from app.domain.kernel.errors import DomainError, Refused
from app.domain.kernel.rows import read
from app.domain.kernel.unit import deed
from app.domain.ledger.changing_rules import NewRule, change_rules
from app.reports.rules import Side, rule_changes, rules_in_force
from app.web.kit import look
from app.web.kit.export import wants_csv
from app.web.kit.pages import PageView
from app.web.kit.rights import mine
from app.web.kit.scope import as_id
from app.web.kit.tables import Head, csv_of_rows, seen

ACCOUNTS = "SELECT id, role, code || ' ' || name AS label FROM account WHERE active ORDER BY code"
HEADS = (
    Head("event", _("Event")), Head("amount", _("Amount")), Head("side", _("Side")), Head("role", _("Role")),
    Head("account", _("Account")), Head("account_id", "", "count", hidden=True), Head("account_name", _("Name")),
    Head("valid_from", _("From"), "date"), Head("until", _("Until"), "date"),
)  # fmt: skip


class PostingRulesPage(PageView):
    resource = "Ledger"
    route_base = "/posting-rules"
    title = _("Posting rules")
    method_permission_name = {"index": "view", "change": "edit"}

    @expose("/")
    @has_access
    def index(self) -> Any:
        """The rules of a date."""
        on = _date(request.args)
        if wants_csv():
            return csv_of_rows(seen(HEADS), rules_in_force(self.appbuilder.session, on), "posting-rules")
        return self._page(on)

    @expose("/change", methods=["POST"])
    @has_access
    def change(self) -> Any:
        """Puts every side whose account is another one than was shown on it, from the date on; all of them or none."""
        on, by = _date(request.form), current_user.actor_id
        session = self.appbuilder.session
        rules = [
            NewRule(side.event, side.amount, side.side, chosen, on)
            for side in rules_in_force(session, on) if (chosen := _chosen(side)) is not None
        ]  # fmt: skip
        session.rollback()
        try:
            deed(lambda session: change_rules(session, rules, by=by))
        except Refused as refusal:
            said = {_key(rules[position]): str(error) for position, error in refusal.errors.items()}
            return self._page(on, said), 422
        except DomainError as error:
            return self._page(on, {"": str(error)}), 422
        flash(ngettext("%(num)s rule is changed.", "%(num)s rules are changed.", len(rules)), "success")
        return redirect(url_for(".index", on=on.isoformat()))

    def _page(self, on: date, errors: Mapping[str, str] | None = None) -> str:
        session = self.appbuilder.session
        accounts: dict[str, list[Any]] = {}
        for row in read(session, ACCOUNTS):
            accounts.setdefault(row.role, []).append(row)
        return self.render_template(
            "stockbook/posting_rules.html", view=self, on=on, sides=rules_in_force(session, on), accounts=accounts,
            changes=rule_changes(session), key=_key, errors=errors or {}, given=request.form,
            may_edit=mine().may("edit", self.resource),
        )  # fmt: skip


def _key(side: Side | NewRule) -> str:
    return f"{side.event} {side.amount} {side.side}"


def _chosen(side: Side) -> int | None:
    """The account chosen for a side, where that is another one than the page had shown."""
    key = _key(side)
    text = request.form.get(f"account {key}", "")
    if not text or text == request.form.get(f"was {key}"):
        return None
    account = as_id(text)
    if account is None:
        raise BadRequest(gettext("This is not one of the choices."))
    return account


def _date(given: Mapping[str, str]) -> date:
    try:
        return date.fromisoformat(given["on"]) if given.get("on") else look.today()
    except ValueError:
        raise BadRequest(gettext("Write dates like 2026-03-31.")) from None
