"""What must always be true, proved when somebody asks."""

from typing import Any

from flask import request
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import lazy_gettext as _

from app.domain.proof import INVARIANTS, run_checks
from app.web.kit.views import PageView

MOST_OFFENDERS = 20


class ProofPage(PageView):
    resource = "Ledger"
    route_base = "/proofs"
    title = _("Proofs")
    method_permission_name = {"index": "view"}

    @expose("/")
    @has_access
    def index(self) -> Any:
        """Every proof with its sentence; once it ran, whether it holds, and the first rows that break it."""
        ran = request.args.get("run") == "1"
        checks = run_checks() if ran else []
        red = sum(not check.ok for check in checks)
        return self.render_template(
            "stockbook/proofs.html", view=self, ran=ran, red=red, most=MOST_OFFENDERS,
            checks=sorted(checks, key=lambda check: check.ok) if ran else list(INVARIANTS.values()),
        )  # fmt: skip
