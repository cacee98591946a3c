"""What documents of a warehouse have in common: quantities of goods, and what cancelling them leaves over."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.catalog.products import accounts_of
from app.domain.kernel.errors import Invalid
from app.domain.kernel.values import exact
from app.domain.ledger.posting import Posting, post
from app.domain.stock.mirrors import Correction

# More that comes in by one line is a slip of the keyboard. So its worth stays far from where numbers end: whoever
# sees no costs, and tries quantities until one is refused for its value, would find out what one of it costs.
MOST_COMING_IN = Decimal(10) ** 7


def goods_quantity(product: Row[Any] | None, product_id: int, quantity: Decimal) -> Decimal:
    """A quantity of goods, exact in the product's unit; Invalid for what is no product, no goods, or below 0."""
    if product is None:
        raise Invalid("unknown_product", "There is no product {id}.", id=product_id)
    if product.kind == "service":
        raise Invalid("service_in_stock", "{sku} is a service: it never touches stock.", sku=product.sku)
    wanted = exact(quantity, product.decimals, f"{product.sku}: quantity")
    if wanted < 0:
        raise Invalid("negative_quantity", "{sku}: the quantity must not be negative.", sku=product.sku)
    return wanted


def arriving_quantity(product: Row[Any] | None, product_id: int, quantity: Decimal) -> Decimal:
    """A quantity of goods that come in for the first time; Invalid for archived ones too."""
    wanted = goods_quantity(product, product_id, quantity)
    if product is not None and not product.active:
        raise Invalid("archived_product", "{sku} is archived: take its tick at Active back first.", sku=product.sku)
    return wanted


def too_many(sku: str) -> Invalid:
    """What is said of more than MOST_COMING_IN."""
    return Invalid(
        "out_of_range", "{sku}: at most {most} come in by one line.", sku=sku, most=f"{MOST_COMING_IN:,.0f}"
    )  # fmt: skip


def post_differences(session: Session, corrections: Sequence[Correction], *, on: date, by: int) -> None:
    """What cancellations added to the value of stock, or took from it, goes against stock losses."""
    accounts = accounts_of(session, (correction.product_id for correction in corrections))
    post(session, "stock.valuation_difference", [
        Posting(correction.document_id, {"difference": -correction.value}, accounts[correction.product_id])
        for correction in corrections
    ], on=on, by=by)  # fmt: skip
