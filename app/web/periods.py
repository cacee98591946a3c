"""Periods: what is left to do in one, closing it, and reopening it with a reason."""

from collections.abc import Sequence
from datetime import date, timedelta
from functools import partial
from typing import Any, NamedTuple

from flask import flash, redirect, render_template, request, url_for
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_login import current_user
from markupsafe import Markup
from sqlalchemy.orm import Session
from wtforms import DateField
from wtforms.validators import InputRequired

from app.domain.kernel.errors import DomainError
from app.domain.kernel.unit import deed
from app.domain.ledger.models import PERIOD_STATES, Period
from app.domain.ledger.periods import close_period, reopen_period
from app.domain.proof import run_checks
from app.reports.closing import Left, closing_checklist
from app.reports.rules import period_history
from app.web.background import told_plainly
from app.web.kit import look, trails
from app.web.kit.asks import answers, questions
from app.web.kit.forms import CardForm
from app.web.kit.rights import mine
from app.web.kit.scope import ScopedInterface
from app.web.kit.views import MasterView
from app.web.proofs import as_may_be_seen

LISTS = {
    "draft": _("Still a draft"), "not_invoiced": _("Shipped, not invoiced"),
    "advance": _("Advances without invoice"), "unmatched": _("Money not used"),
}  # fmt: skip


class Remaining(NamedTuple):
    """What is left of one sort: the documents that the person of this request sees, how many of the oldest they do not,
    and how many there are in all.
    """

    rows: list[Left]
    unseen: int
    in_all: int
    late_in_all: int


def remaining(session: Session, since: date, until: date) -> dict[str, Remaining]:
    """What is left to do by the end of a stretch, by sort; Invalid where it ends before it starts."""
    left = closing_checklist(session, since, until)
    seen = trails.seen(session, {row.id: row.kind for rows in left.values() for row in rows})
    found = {}
    for sort, rows in left.items():
        its = [row for row in rows if row.id in seen]
        totals = (rows[0].in_all, rows[0].late_in_all) if rows else (0, 0)
        found[sort] = Remaining(its, len(rows) - len(its), *totals)
    return found


class ClosingForm(CardForm):
    starts_on = DateField(_("First day"), validators=[InputRequired()])
    ends_on = DateField(_("Last day"), validators=[InputRequired()])


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
    method_permission_name = {**MasterView.method_permission_name, "add": "process", "reopen": "cancel"}

    @expose("/new", methods=["GET", "POST"])
    @has_access
    def add(self) -> Any:
        """Shows what is left in a stretch of dates, and closes it: nothing posts into it afterwards."""
        form = ClosingForm(request.args if request.args.get("starts_on") else None, data=self._next())
        if request.method == "POST":
            form = ClosingForm()
            if form.validate():
                starts_on, ends_on = form.starts_on.data, form.ends_on.data
                try:
                    deed(lambda session: close_period(session, starts_on, ends_on, by=current_user.actor_id))
                except DomainError as refusal:
                    self._tell(form, refusal)
                else:
                    flash(gettext("The period is closed."), "success")
                    return redirect(url_for(".list"))
        return self._closing(form), 422 if request.method == "POST" else 200

    def _next(self) -> dict[str, date]:
        """The month after the last period, else the last month that is over."""
        last = self.datamodel.session.query(Period.ends_on).order_by(Period.ends_on.desc()).limit(1).scalar()
        start = last + timedelta(days=1) if last else (look.today().replace(day=1) - timedelta(days=1)).replace(day=1)
        return {"starts_on": start, "ends_on": (start.replace(day=1) + timedelta(days=31)).replace(day=1)
                - timedelta(days=1)}  # fmt: skip

    def _closing(self, form: ClosingForm) -> str:
        session, starts_on, ends_on = self.datamodel.session, form.starts_on.data, form.ends_on.data
        usable = starts_on is not None and ends_on is not None and starts_on <= ends_on
        left = remaining(session, starts_on, ends_on) if usable else {}
        proved = request.args.get("proved") == "1"
        broken = [told_plainly(check) for check in run_checks() if not check.ok] if proved else []
        return self.render_template(
            "stockbook/closing.html", view=self, form=form, lists=LISTS, left=left, address=trails.address,
            usable=usable, proved=proved, checks=as_may_be_seen(broken), amounts=mine().sees("prices"),
        )  # fmt: skip

    @expose("/<id:pk>/reopen", methods=["GET", "POST"])
    @has_access
    def reopen(self, pk: int) -> Any:
        """Lets deeds post again into a period, for a reason that is kept."""
        period = self.found(pk)
        starts_on, told = period.starts_on, str(period)
        refused, errors = "", {}
        if request.method == "POST":
            arguments, errors = answers(("reason",), request.form)
            if not errors:
                try:
                    deed(lambda session: reopen_period(session, starts_on, by=current_user.actor_id, **arguments))
                    flash(gettext("The period is open again."), "success")
                    return redirect(url_for(".show", pk=pk))
                except DomainError as refusal:
                    refused = str(refusal)
        page = self.render_template(
            "stockbook/reopen.html", view=self, period=told, back=url_for(".show", pk=pk), refused=refused,
            questions=questions(("reason",), request.form), errors=errors,
        )  # fmt: skip
        return page, 409 if request.method == "POST" else 200

    def may_edit(self, item: Period) -> bool:
        return False

    def buttons(self, item: Period) -> list[dict[str, Any]]:
        if item.state == "closed":
            address = url_for(".reopen", pk=item.id)
            return [{"text": gettext("Reopen"), "icon": "lock-open", "url": address}] if self.may("cancel") else []
        address = url_for(".add", starts_on=item.starts_on.isoformat(), ends_on=item.ends_on.isoformat())
        return [{"text": gettext("Close again"), "icon": "lock", "url": address}] if self.may("process") else []

    def related(self, item: Period) -> list[dict[str, Any]]:
        """Who closed and reopened it, and why."""
        told = period_history(self.datamodel.session, item.id)
        return [{"title": gettext("History"), "widget": partial(_told, told), "add": ""}]


def _told(rows: Sequence[Any]) -> Markup:
    return Markup(render_template("stockbook/told.html", rows=rows))  # noqa: S704
