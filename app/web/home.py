"""The first page: what waits for the person, each figure with the list behind it."""

from typing import Any

from flask import url_for
from flask_appbuilder.baseviews import BaseView, expose
from flask_babel import lazy_gettext as _
from flask_login import login_required
from sqlalchemy import func, select

from app.domain.billing.models import Invoice
from app.domain.fulfilment.models import Shipment
from app.domain.sales.models import SalesOrder
from app.domain.settlement.models import PaymentStatus
from app.domain.treasury.models import CashOrder
from app.domain.warehousing.models import StockReceipt
from app.web.kit.rights import mine
from app.web.kit.scope import COUNTED, scope

# Resource, table, what it says, the view behind it, and the list's arguments.
WAITING: tuple[tuple[str, Any, Any, str, dict[str, str]], ...] = (
    ("Orders", SalesOrder, _("Active orders"), "OrderView", {"state": "active"}),
    ("Shipments", Shipment, _("Shipments to do"), "ShipmentView", {"state": "draft"}),
    ("Receipts", StockReceipt, _("Receipts to process"), "ReceiptView", {"state": "draft"}),
    ("Invoices", Invoice, _("Invoices to issue"), "InvoiceView", {"state": "draft"}),
    ("Invoices", Invoice, _("Invoices not paid"), "InvoiceView", {"payment": "unpaid"}),
    ("Cash orders", CashOrder, _("Cash orders to process"), "CashOrderView", {"state": "draft"}),
)


class HomePage(BaseView):
    """Open to whoever is signed in."""

    route_base = ""
    default_view = "index"

    @expose("/")
    @login_required
    def index(self) -> Any:
        session, rights = self.appbuilder.session, mine()
        tiles = [
            {"label": label, "count": _count(session, model, arguments), "url": url_for(f"{view}.list", **arguments)}
            for resource, model, label, view, arguments in WAITING
            if rights.may("view", resource) and ("payment" not in arguments or rights.sees("prices"))
        ]
        return self.render_template("stockbook/home.html", tiles=tiles, most=COUNTED)


def _count(session: Any, model: Any, arguments: dict[str, str]) -> int:
    """How many rows in the person's scope; counting stops where the list's counting stops."""
    rows = select(model.id)
    if state := arguments.get("state"):
        rows = rows.where(model.state == state)
    if payment := arguments.get("payment"):
        rows = rows.join(PaymentStatus, PaymentStatus.document_id == model.id).where(PaymentStatus.status == payment)
    condition = scope(model)
    if condition is not None:
        rows = rows.where(condition)
    return int(session.scalar(select(func.count()).select_from(rows.limit(COUNTED + 1).subquery())) or 0)
