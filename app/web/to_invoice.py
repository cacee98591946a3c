"""What waits for its invoice: goods that left, money that came."""

from typing import Any

from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import lazy_gettext as _

from app.domain.kernel.company import Company
from app.reports.invoicing import advances_without_invoice, shipped_not_invoiced
from app.web.kit import look
from app.web.kit.pages import PageView
from app.web.kit.rights import mine


class ToInvoicePage(PageView):
    resource = "Invoices"
    route_base = "/to-invoice"
    title = _("To invoice")
    method_permission_name = {"index": "view"}

    @expose("/")
    @has_access
    def index(self) -> Any:
        """The two lists, red where it is later than the company's days allow."""
        session = self.appbuilder.session
        company = session.get(Company, 1)
        lists = (
            (_("Shipped, not invoiced"), shipped_not_invoiced(session, look.today())),
            (_("Advances without invoice"), advances_without_invoice(session, look.today())),
        )
        return self.render_template(
            "stockbook/to_invoice.html", view=self, lists=lists, days=company.invoice_days if company else 0,
            may_draft=mine().may("edit", "Invoices"), prices=mine().sees("prices"),
        )  # fmt: skip
