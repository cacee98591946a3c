"""Back-dated moves: no day from their date on may close with less than nothing."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy.orm import Session

from app.domain.kernel.errors import DomainError, refuse
from app.domain.kernel.rows import read
from app.domain.kernel.values import ZERO


class Shift(NamedTuple):
    """By how much a document moves the closing of every day from its date on."""

    document_id: int
    key: tuple[int, int]
    quantity: Decimal
    value: Decimal
    last_on: date | None
    sku: str


@dataclass
class Closing:
    on: date
    quantity: Decimal
    value: Decimal

    def moved(self, quantity: Decimal, value: Decimal) -> "Closing":
        return Closing(self.on, self.quantity + quantity, self.value + value)

    @property
    def is_possible(self) -> bool:
        return self.quantity >= 0 and self.value >= 0 and (self.quantity > 0 or self.value == 0)


class Impossible(NamedTuple):
    """The last day on which a product cannot close as it would, and the first date from which it could."""

    sku: str
    day: Closing
    first_possible: date | None

    def refusal(self, on: date) -> DomainError:
        """It says no worth: whoever moves goods need not know what they cost."""
        worth = "" if self.day.quantity < 0 else " at a worth that cannot be"
        return DomainError(
            "back_dated_stock",
            "{sku}: dated {on}, {wrong_on} would close with {quantity}" + worth + ". The first possible date is "
            "{first_possible}.",
            sku=self.sku, on=on, wrong_on=self.day.on, quantity=self.day.quantity,
            first_possible=self.first_possible or "none",
        )  # fmt: skip


# The closing that holds on the date itself, and every later one.
CLOSINGS = """
SELECT key.warehouse_id, key.product_id, closing."on", closing.quantity, closing.value
FROM unnest(%(warehouses)s::bigint[], %(products)s::bigint[]) AS key (warehouse_id, product_id)
CROSS JOIN LATERAL (
    (SELECT %(on)s::date AS "on", quantity, value FROM stock_day day
     WHERE day.warehouse_id = key.warehouse_id AND day.product_id = key.product_id AND day."on" <= %(on)s
     ORDER BY day."on" DESC LIMIT 1)
    UNION ALL
    SELECT "on", quantity, value FROM stock_day day
    WHERE day.warehouse_id = key.warehouse_id AND day.product_id = key.product_id AND day."on" > %(on)s
) closing
ORDER BY key.warehouse_id, key.product_id, closing."on"
"""


def check_days(session: Session, shifts: Sequence[Shift], *, on: date) -> None:
    """Raises Refused for documents that would leave a day since `on` with negative stock, a negative value, or a
    value at nothing on hand; the sentence names the first date on which it would be possible.
    """
    late = {shift.key for shift in shifts if shift.last_on is not None and shift.last_on > on}
    if not late:
        return
    closings = _closings(session, late, on)
    errors: dict[int, DomainError] = {}
    for document, its in _by_document(shift for shift in shifts if shift.key in late).items():
        moved = {key: [day.moved(*delta) for day in closings[key]] for key, delta in _deltas(its).items()}
        skus = {shift.key: shift.sku for shift in its}
        wrong = [found for key, days in moved.items() if (found := _impossible(days, skus[key]))]
        if wrong:
            # The product that has to wait longest tells when the whole document is possible.
            worst = max(wrong, key=lambda found: found.first_possible or date.max)
            errors[document] = worst.refusal(on)
        else:
            closings |= moved
    refuse(errors)


def _closings(session: Session, keys: Iterable[tuple[int, int]], on: date) -> dict[tuple[int, int], list[Closing]]:
    wanted = sorted(keys)
    found: dict[tuple[int, int], list[Closing]] = {key: [] for key in wanted}
    rows = read(session, CLOSINGS, warehouses=[key[0] for key in wanted], products=[key[1] for key in wanted], on=on)
    for row in rows:
        found[row.warehouse_id, row.product_id].append(Closing(row.on, row.quantity, row.value))
    for days in found.values():
        if not days or days[0].on > on:
            days.insert(0, Closing(on, ZERO, ZERO))
    return found


def _by_document(shifts: Iterable[Shift]) -> dict[int, list[Shift]]:
    documents: dict[int, list[Shift]] = defaultdict(list)
    for shift in sorted(shifts, key=lambda shift: shift.document_id):
        documents[shift.document_id].append(shift)
    return documents


def _deltas(shifts: Sequence[Shift]) -> dict[tuple[int, int], tuple[Decimal, Decimal]]:
    deltas: dict[tuple[int, int], tuple[Decimal, Decimal]] = {}
    for shift in shifts:
        quantity, value = deltas.get(shift.key, (ZERO, ZERO))
        deltas[shift.key] = (quantity + shift.quantity, value + shift.value)
    return deltas


def _impossible(days: Sequence[Closing], sku: str) -> Impossible | None:
    """The last day that cannot close like this, if there is one."""
    following: date | None = None
    for day in reversed(days):
        if not day.is_possible:
            return Impossible(sku, day, following)
        following = day.on
    return None
