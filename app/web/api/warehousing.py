"""What comes into warehouses, leaves them otherwise than to customers, and is counted there, over the API."""

from app.domain.warehousing.models import InternalOrder
from app.web import counts, internal_orders, opening, warehousing
from app.web.kit.listing import Column
from app.web.kit.rest.columns import Lines, Value
from app.web.kit.rest.documents import DocumentApi

GOODS = {
    "product": Value("product.sku"), "product_id": Value("line.product_id", "id"), "name": Value("product.name"),
    "unit": Value("unit.code"),
}  # fmt: skip
QUANTITY = {**GOODS, "quantity": Value("line.quantity", "number")}
COST_OF_ONE = {"unit_cost": Value("line.unit_cost", "number", "costs")}
VALUE = {"value": Value("line.value", "money", "costs")}
COST = {"cost": Value("line.cost", "money", "costs")}
MOVED = {"sent": Value("line.sent", "number"), "received": Value("line.received", "number")}
COUNTED = {
    "expected": Value("line.expected", "number"), "counted": Value("line.counted", "number"),
    "difference": Value("line.counted - line.expected", "number"),
}  # fmt: skip


class ReceiptApi(DocumentApi):
    view = warehousing.ReceiptView
    lines = Lines({**QUANTITY, **COST_OF_ONE, **VALUE}, warehousing.LINES)


class WriteOffApi(DocumentApi):
    view = warehousing.WriteOffView
    lines = Lines({**QUANTITY, **COST}, warehousing.WRITTEN_OFF)


class OpeningApi(DocumentApi):
    view = opening.OpeningView
    lines = Lines({**QUANTITY, **COST_OF_ONE, **VALUE}, opening.LINES)


class InternalOrderApi(DocumentApi):
    view = internal_orders.InternalOrderView
    keyed = {"source": {"source": view.columns["source"], "source_id": Column("", InternalOrder.source_id)}}
    lines = Lines({**QUANTITY, **MOVED, **COST, **VALUE}, internal_orders.LINES)


class CountApi(DocumentApi):
    """Writing a draft of a count draws its sheet; writing it anew says what was counted of its lines."""

    view = counts.CountView
    resource_name = "stock-counts"
    lines = Lines({**GOODS, **COUNTED, **COST_OF_ONE, **VALUE}, counts.LINES)


WAREHOUSING = (ReceiptApi, WriteOffApi, OpeningApi, InternalOrderApi, CountApi)
