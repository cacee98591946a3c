"""Money that comes in: cash orders."""

from typing import Any

from flask_babel import lazy_gettext as _

from app.domain.kernel.document import Document
from app.domain.lifecycles import CASH_ORDER
from app.domain.parties.models import Customer
from app.domain.treasury.cash import cancel_cash_orders, delete_cash_orders, process_cash_orders
from app.domain.treasury.models import CashDesk, CashOrder
from app.web.kit.documents import Button, DocumentView, deleting
from app.web.kit.lines import Head, lines_of
from app.web.kit.listing import Column
from app.web.kit.scope import ScopedInterface

LINES = """
FROM cash_order_target line JOIN document ON document.id = line.target_id
WHERE line.cash_order_id = %(id)s ORDER BY line.id
"""


class CashOrderView(DocumentView):
    datamodel = ScopedInterface(CashOrder)
    lifecycle = CASH_ORDER
    resource = "Cash orders"
    route_base = "/cash-orders"
    title = _("Cash orders")
    noun = _("cash order")
    empty = _("No cash orders here.")
    desks = True
    steps = {
        "process": Button(process_cash_orders, "process", _("Process"), ("on",), "check"),
        "cancel": Button(cancel_cash_orders, "cancel", _("Cancel"), ("on", "reason"), "ban", danger=True),
        "delete": Button(
            deleting(delete_cash_orders), "delete", _("Delete"), (), "trash", ("draft",), danger=True, previewed=False
        ),
    }  # fmt: skip
    columns = {
        "number": Column(_("Number"), Document.number),
        "on": Column(_("Date"), CashOrder.on, "date"),
        "kind": Column(_("Kind"), CashOrder.kind, "word"),
        "cash_desk": Column(_("Cash desk"), CashDesk.code),
        "customer": Column(_("Customer"), Customer.name),
        "purpose": Column(_("Purpose"), CashOrder.purpose),
        "amount": Column(_("Amount"), CashOrder.amount, "money", "prices"),
        "currency": Column(_("Currency"), CashOrder.currency, needs="prices"),
        "state": Column(_("State"), CashOrder.state, "state"),
    }  # fmt: skip
    list_columns = ["number", "on", "cash_desk", "customer", "purpose", "state", "amount"]
    order_columns = ["number", "on", "customer", "amount"]

    def lines(self, pk: int) -> dict[str, Any]:
        heads = [
            Head("replace(document.kind, '_', ' ')", _("Pays")),
            Head("coalesce(document.number, '#' || document.id)", _("Number")),
            Head("line.amount", _("Amount"), "money", "prices"),
        ]
        return lines_of(self._session, heads, LINES, pk, self.resource)
