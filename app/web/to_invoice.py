"""What waits for its invoice: goods that left, money that came."""

from collections.abc import Iterator, Sequence
from typing import Any

from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import lazy_gettext as _

from app.domain.kernel.company import Company
from app.reports.invoicing import Waiting, advances_without_invoice, shipped_not_invoiced
from app.web.kit import look, trails
from app.web.kit.pages import PageView
from app.web.kit.rights import mine
from app.web.kit.scope import own_places

PAYMENTS = ("Bank documents", "Cash orders")


class ToInvoicePage(PageView):
    resource = "Invoices"
    route_base = "/to-invoice"
    title = _("To invoice")
    method_permission_name = {"index": "view"}

    @expose("/")
    @has_access
    def index(self) -> Any:
        """The lists of what one may see of it, red where it is later than the company's days allow."""
        session = self.appbuilder.session
        company, lists = session.get(Company, 1), list(self._lists())
        return self.render_template(
            "stockbook/to_invoice.html", view=self, lists=lists, may_draft=mine().may("edit", "Invoices"),
            links=trails.links(session, [row.id for _name, rows in lists for row in rows]),
            days=company.invoice_days if company else 0, prices=mine().sees("prices"),
        )  # fmt: skip

    def _lists(self) -> Iterator[tuple[Any, Sequence[Waiting]]]:
        session, today = self.appbuilder.session, look.today()
        if mine().may("view", "Shipments"):
            yield _("Shipped, not invoiced"), shipped_not_invoiced(session, today, own_places("Shipments"))
        if any(mine().may("view", payments) for payments in PAYMENTS):
            advances = advances_without_invoice(session, today)
            seen = trails.seen(session, {row.id: row.kind for row in advances})
            yield _("Advances without invoice"), [row for row in advances if row.id in seen]
