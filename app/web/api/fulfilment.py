"""Shipments over the API."""

from app.domain.fulfilment.models import Shipment
from app.web.fulfilment import ShipmentView
from app.web.kit.listing import Column
from app.web.kit.rest.columns import Lines, Value
from app.web.kit.rest.settled import SettledApi

LINES = Lines(
    {
        "order_line": Value("line.order_line_id", "id"), "product": Value("wanted.sku"),
        "product_id": Value("wanted.product_id", "id"), "name": Value("wanted.name"), "unit": Value("wanted.unit"),
        "quantity": Value("line.quantity", "number"), "invoiced": Value("line.invoiced", "number", "prices"),
        "tax_percent": Value("line.tax_percent", "number", "prices"),
        "returned": Value("line.returned", "number"), "net": Value("line.net", "money", "prices"),
        "vat": Value("line.vat", "money", "prices"), "gross": Value("line.gross", "money", "prices"),
        "cost": Value("line.cost", "money", "costs"),
    },
    "FROM shipment_line line JOIN sales_order_line wanted ON wanted.id = line.order_line_id"
    " WHERE line.shipment_id = %(id)s ORDER BY line.position",
)  # fmt: skip


class ShipmentApi(SettledApi):
    """Cancelling a shipment leaves a draft of what was in it: that is how one is corrected."""

    view = ShipmentView
    lines = LINES
    same_as = {"correct": "cancel"}
    keyed = {"order": {"order": ShipmentView.columns["order"], "order_id": Column("", Shipment.order_id)}}


FULFILMENT = (ShipmentApi,)
