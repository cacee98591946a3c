"""Drafts of returns of which nobody knows the shipment: products of a customer, at a cost that is typed or found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.billing.returning import Coming, lock_own, rewrite, write_drafts
from app.domain.catalog.products import products
from app.domain.kernel.errors import DomainError, Invalid, Refused, refuse
from app.domain.kernel.values import PRICE_DECIMALS, exact
from app.domain.parties.customers import customers
from app.domain.stock.warehouses import warehouses


@dataclass(frozen=True)
class LooseLine:
    """A product that comes back; without a cost it is worth what the others there are worth."""

    product_id: int
    quantity: Decimal
    unit_cost: Decimal | None = None


@dataclass(frozen=True)
class LooseReturn:
    customer_id: int
    warehouse_id: int
    lines: Sequence[LooseLine]
    note: str = ""


def add_loose_returns(session: Session, wanted: Sequence[LooseReturn], *, by: int) -> list[int]:
    """Writes drafts and gives their ids; Refused names what is wrong by position in the batch."""
    return write_drafts(session, _coming(session, wanted), by=by)


def edit_loose_return(session: Session, document: int, new: LooseReturn, *, version: int, by: int) -> None:
    """Writes a whole draft anew.

    Raises Stale where it is no longer at `version`, WrongState once it is processed, DomainError where it is drafted
    from a shipment, and what `add_loose_returns` refuses.
    """
    lock_own(session, document, of_shipment=False, version=version)
    try:
        [draft] = _coming(session, [new])
    except Refused as refusal:
        raise refusal[0] from None
    rewrite(session, document, draft, by=by)


def _coming(session: Session, wanted: Sequence[LooseReturn]) -> list[Coming]:
    known = products(session, (line.product_id for new in wanted for line in new.lines))
    whose = customers(session, (new.customer_id for new in wanted))
    places = warehouses(session, (new.warehouse_id for new in wanted))
    drafts: list[Coming] = []
    errors: dict[int, DomainError] = {}
    for position, new in enumerate(wanted):
        try:
            if new.customer_id not in whose:
                raise Invalid("unknown_customer", "There is no customer {id}.", id=new.customer_id)
            if new.warehouse_id not in places:
                raise Invalid("unknown_warehouse", "There is no active warehouse {id}.", id=new.warehouse_id)
            if not new.lines:
                raise Invalid("no_lines", "Nothing comes back: enter at least one product with a quantity.")
            lines = [_exact(line, known) for line in new.lines]
            drafts.append(Coming(new.customer_id, new.warehouse_id, lines, note=new.note))
        except DomainError as error:
            errors[position] = error
    refuse(errors)
    return drafts


def _exact(line: LooseLine, known: Mapping[int, Row[Any]]) -> dict[str, Any]:
    product = known.get(line.product_id)
    if product is None:
        raise Invalid("unknown_product", "There is no product {id}.", id=line.product_id)
    if product.kind == "service":
        raise Invalid("service_returned", "{sku} is a service: it does not come back; credit its invoice.",
                      sku=product.sku)  # fmt: skip
    quantity = exact(line.quantity, product.decimals, f"{product.sku}: quantity")
    cost = None if line.unit_cost is None else exact(line.unit_cost, PRICE_DECIMALS, f"{product.sku}: unit cost")
    if quantity <= 0:
        raise Invalid("quantity_not_positive", "{sku}: the quantity must be above 0.", sku=product.sku)
    if cost is not None and cost < 0:
        raise Invalid("negative_cost", "{sku}: the cost must not be negative.", sku=product.sku)
    return {"shipment_line_id": None, "product_id": product.id, "quantity": quantity, "unit_cost": cost}
