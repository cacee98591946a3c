"""The dialect of our own, as the description of the API tells it: what app/domain/intake/eshop/generic.py reads."""

from typing import Any

from app.domain.intake.eshop.generic import STATUSES
from app.domain.intake.eshop.reading import LONGEST_REF, MOST_LINES
from app.domain.intake.eshop.value import LINE_KINDS

AMOUNT: dict[str, Any] = {
    "type": "string", "pattern": r"^-?[0-9]{1,12}(\.[0-9]{1,3})?$", "maxLength": 17, "example": "19.99",
}  # fmt: skip
POSITIVE: dict[str, Any] = AMOUNT | {"pattern": r"^[0-9]{1,12}(\.[0-9]{1,3})?$"}
REF: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": LONGEST_REF}
TEXT: dict[str, Any] = {"type": "string"}
MOMENT: dict[str, Any] = {"type": "string", "format": "date-time"}


def _object(needed: str, **fields: Any) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "properties": fields} | (
        {"required": needed.split()} if needed else {}
    )


def _list(item: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "array", "maxItems": MOST_LINES, "items": item} | more


ADDRESS = _object("", name=TEXT, street=TEXT, postcode=TEXT, city=TEXT,
                  country=TEXT | {"description": "ISO 3166, two letters."})  # fmt: skip
LINE = _object(
    "id net vat vat_percent", id=REF, kind={"type": "string", "enum": list(LINE_KINDS), "default": LINE_KINDS[0]},
    sku=TEXT, product_id=TEXT | {"description": "Your own id, for products without a SKU."}, name=TEXT,
    quantity=POSITIVE | {"description": "Needed for goods."},
    net=AMOUNT | {"description": "Of the line, after discount, without VAT."}, vat=AMOUNT, vat_percent=POSITIVE,
)  # fmt: skip
REFUND = _object(
    "id amount at", id=REF, amount=POSITIVE | {"description": "With VAT."}, reason=TEXT, at=MOMENT,
    lines=_list(_object("line net", line=REF | {"description": "The id of the order's line."}, quantity=POSITIVE,
                        net=POSITIVE, vat=POSITIVE,
                        restock={"type": "boolean", "description": "The pieces came back."})),
)  # fmt: skip
ORDER = _object(
    "id modified currency lines total", id=REF, number=TEXT, created=MOMENT,
    modified=MOMENT | {"description": "One that is later than its message counts as when that came."},
    status={"type": "string", "enum": list(STATUSES), "default": "placed"},
    currency={"type": "string", "pattern": "^[A-Z]{3}$", "example": "EUR"}, lines=_list(LINE),
    total=POSITIVE | {"description": "With VAT; cents that the lines do not come to are a rounding."},
    paid=_object("amount at", amount=POSITIVE | {"description": "All that came in, before refunds."}, at=MOMENT,
                 transaction=TEXT),
    payment_method=TEXT, note=TEXT,
    customer=_object("", name=TEXT, email=TEXT, phone=TEXT, vat_number=TEXT, billing=ADDRESS, delivery=ADDRESS),
    refunds=_list(REFUND, description="All that there are: one that is told no longer was deleted. Without this, "
                                      "nothing is said of refunds."),
)  # fmt: skip
ANSWERS: dict[str, Any] = {
    "200": {"description": "It is stored.", "content": {"application/json": {"schema": {
        "type": "object", "required": ["status"],
        "properties": {"status": {"type": "string", "enum": ["stored"]}, "order": {"type": "string"}},
    }}}},
} | {str(status): str(status) for status in (400, 401, 403, 404, 413, 415, 422)}  # fmt: skip
