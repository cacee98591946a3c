"""What must always be true, proved when somebody asks: at once on small books, by the worker on large ones."""

from collections.abc import Sequence
from typing import Any

from flask import redirect, request, url_for
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import lazy_gettext as _
from flask_login import current_user

from app.domain.kernel import clock
from app.domain.kernel.jobs import ask
from app.domain.kernel.rows import read
from app.domain.kernel.unit import deed, reading
from app.domain.proof import INVARIANTS, run_checks
from app.web.background import prove, told_plainly
from app.web.kit.pages import PageView
from app.web.kit.rights import mine

# As the database estimates; below that all proofs together take a second or two.
MANY_LINES = 20_000
LINES = "SELECT reltuples >= %(many)s AS many FROM pg_class WHERE oid = 'journal_line'::regclass"
LAST = """
SELECT result, ended_at FROM job WHERE task = 'prove' AND status = 'done' ORDER BY id DESC LIMIT 1
"""
UNDER_WAY = """
SELECT id, status, done, total, error, next_at FROM job WHERE task = 'prove' AND status IN ('waiting', 'running')
ORDER BY id DESC LIMIT 1
"""


def as_may_be_seen(checks: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Proofs that are told plainly, as far as the person of this request may be told of them."""
    return [check if sees_offenders() else check | {"offenders": []} for check in checks]


def sees_offenders() -> bool:
    """Whether the person of this request is told what breaks a proof: it tells amounts and costs."""
    return mine().sees("prices") and mine().sees("costs")


class ProofPage(PageView):
    resource = "Ledger"
    route_base = "/proofs"
    title = _("Proofs")
    method_permission_name = {"index": "view", "ask": "view"}

    @expose("/")
    @has_access
    def index(self) -> Any:
        """Every proof with its sentence; how it is now, or was last time: whether it holds, and what breaks it."""
        with reading() as session:
            last, under_way = read(session, LAST), read(session, UNDER_WAY)
            many = read(session, LINES, many=MANY_LINES)[0].many
        checks = last[0].result["checks"] if last else []
        at = last[0].ended_at if last else None
        if request.args.get("run") == "1" and not many:
            checks, at = [told_plainly(check) for check in run_checks()], clock.now()
        checks = as_may_be_seen(checks)
        return self.render_template(
            "stockbook/proofs.html", view=self, ran=bool(checks), red=sum(not check["ok"] for check in checks),
            proved_at=at, many=many, job=under_way[0] if under_way else None,
            checks=sorted(checks, key=lambda check: check["ok"]) if checks else list(INVARIANTS.values()),
        )  # fmt: skip

    @expose("/ask", methods=["POST"])
    @has_access
    def ask(self) -> Any:
        """Has the worker prove everything, unless it is at it already."""
        by = current_user.actor_id
        self.appbuilder.session.rollback()
        deed(lambda session: ask(session, prove, by=by, waiting_once="prove"))
        return redirect(url_for(".index"))
