"""Which price and which discount apply, and why. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

EXPLANATION_VERSION = 1


@dataclass(frozen=True)
class ListRow:
    """A row of a price list: the price from a quantity on, within its dates."""

    id: int
    min_quantity: Decimal
    valid_from: date | None
    valid_to: date | None
    price: Decimal

    def is_valid(self, quantity: Decimal, on: date) -> bool:
        """Whether the row speaks for this quantity on this date; both of its dates belong to it."""
        return (
            self.min_quantity <= quantity
            and (self.valid_from is None or self.valid_from <= on)
            and (self.valid_to is None or on <= self.valid_to)
        )


@dataclass(frozen=True)
class Quote:
    """A unit price (none: no row speaks for it), the discount in per cent, and how they came about."""

    price: Decimal | None
    discount: Decimal
    explanation: dict[str, Any]


def quote(
    rows: Iterable[ListRow], *, price_list: str, quantity: Decimal, on: date, general_discount: Decimal | None
) -> Quote:
    """The price of a product in a list for the document's whole quantity of it, on the order's date.

    Of the rows that are valid, the one with the largest `min_quantity` wins. The discount is the customer's general
    one; none is not the same as 0 %, though both leave the price as it is.
    """
    considered = sorted(rows, key=lambda row: (row.min_quantity, row.id))
    valid = [row for row in considered if row.is_valid(quantity, on)]
    winner = valid[-1] if valid else None
    explanation = {
        "version": EXPLANATION_VERSION,
        "list": price_list,
        "on": on.isoformat(),
        "quantity": str(quantity),
        "rows": [_told(row, row is winner, row in valid) for row in considered],
        "base_price": None if winner is None else str(winner.price),
        "discounts": [
            {"rule": "customer_general", "percent": None if general_discount is None else str(general_discount),
             "won": general_discount is not None}
        ],
    }  # fmt: skip
    return Quote(winner.price if winner else None, general_discount or Decimal(0), explanation)


def _told(row: ListRow, won: bool, valid: bool) -> dict[str, Any]:
    return {
        "row": row.id,
        "min_quantity": str(row.min_quantity),
        "from": row.valid_from and row.valid_from.isoformat(),
        "to": row.valid_to and row.valid_to.isoformat(),
        "price": str(row.price),
        "valid": valid,
        "won": won,
    }
