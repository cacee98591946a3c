"""What a count found is put right in stock: whatever moved since the sheet was drawn is not a difference."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.catalog.products import accounts_of
from app.domain.kernel.company import company
from app.domain.kernel.drafts import check_cancellation
from app.domain.kernel.errors import DomainError, Invalid, refuse
from app.domain.kernel.numbering import ask_number
from app.domain.kernel.rows import read, write
from app.domain.kernel.values import ZERO, rounded
from app.domain.ledger.periods import check_date
from app.domain.ledger.posting import Posting, post, post_mirrors
from app.domain.lifecycles import STOCK_COUNT
from app.domain.stock.mirrors import mirror_moves
from app.domain.stock.moves import Key, Line, issue_from_shelf, lock_balances, receive_goods
from app.domain.stock.reservations import fill_waiting, shed
from app.domain.stock.sources import source_costs
from app.domain.warehousing.goods import MOST_COMING_IN, post_differences, too_many
from app.domain.warehousing.inventory_accounts import follow_accounts

LINES = """
SELECT line.id, line.count_id, line.product_id, line.counted - line.expected AS found, line.unit_cost, line.counted,
       product.sku, document.warehouse_id, stock_count.sheet_at
FROM stock_count_line line JOIN stock_count ON stock_count.id = line.count_id
JOIN document ON document.id = line.count_id JOIN product ON product.id = line.product_id
WHERE line.count_id = ANY(%(ids)s::bigint[])
ORDER BY line.count_id, line.position
"""
# Its correction is not among the movements that the sheet's own numbers allow for; one that was taken back is none.
COUNTED_SINCE = """
SELECT line.count_id, min(product.sku) AS sku, min(coalesce(other.number, '')) AS number
FROM stock_count_line line JOIN stock_count ON stock_count.id = line.count_id
JOIN document ON document.id = line.count_id JOIN product ON product.id = line.product_id
JOIN stock_count_line other_line ON other_line.product_id = line.product_id AND other_line.difference <> 0
JOIN stock_move move ON move.document_id = other_line.count_id AND move.line_id = other_line.id
     AND move.warehouse_id = document.warehouse_id AND move.at > stock_count.sheet_at
JOIN document other ON other.id = other_line.count_id
WHERE line.count_id = ANY(%(ids)s::bigint[]) AND line.counted IS NOT NULL AND other_line.count_id <> line.count_id
GROUP BY line.count_id, line.id, other.id HAVING sum(move.quantity) <> 0
"""
WRITE_LINES = """
UPDATE stock_count_line line SET difference = given.difference, value = given.value
FROM unnest(%(ids)s::bigint[], %(differences)s::numeric[], %(values)s::numeric[]) AS given (id, difference, value)
WHERE line.id = given.id
"""


class Counts:
    """Counts with the lines on which something was counted; `found` is more (or less) than was expected."""

    def __init__(self, session: Session, ids: Sequence[int]) -> None:
        self.ids = list(ids)
        self.lines: Sequence[Row[Any]] = [row for row in read(session, LINES, ids=self.ids) if row.counted is not None]

    @property
    def keys(self) -> set[Key]:
        """The (warehouse, product) pairs of which something else was found than expected."""
        return {(line.warehouse_id, line.product_id) for line in self.lines if line.found}

    @property
    def counted(self) -> set[Key]:
        """Those of which something was counted, whether or not it was what was expected."""
        return {(line.warehouse_id, line.product_id) for line in self.lines}

    @property
    def missing(self) -> list[Row[Any]]:
        return [line for line in self.lines if line.found < 0]

    @property
    def surplus(self) -> list[Row[Any]]:
        return [line for line in self.lines if line.found > 0]


@STOCK_COUNT.step("process", load=Counts, first=check_date)
def process_counts(session: Session, counts: Counts, /, *, by: int, on: date) -> None:
    """Stock becomes what was counted: less goes to losses at average cost, more comes in at what it is worth."""
    # Whoever puts the same goods right waits here, and then finds what this one did.
    lock_balances(session, counts.counted)
    _refuse_unfit(session, counts)
    costs = issue_from_shelf(session, [
        Line(line.count_id, line.id, line.warehouse_id, line.product_id, -line.found) for line in counts.missing
    ], on=on)  # fmt: skip
    values = _surplus_values(session, counts)
    receive_goods(session, [
        Line(line.count_id, line.id, line.warehouse_id, line.product_id, line.found, values[line.id])
        for line in counts.surplus
    ], on=on)  # fmt: skip
    shed(session, counts.keys)
    fill_waiting(session, {(line.warehouse_id, line.product_id) for line in counts.surplus})
    moved = {line.id: (line.found, -costs[line.id]) for line in counts.missing}
    moved |= {line.id: (line.found, values[line.id]) for line in counts.surplus}
    write(
        session, WRITE_LINES, ids=list(moved), differences=[found for found, _ in moved.values()],
        values=[value for _, value in moved.values()],
    )  # fmt: skip
    _post(session, counts, costs, values, on=on, by=by)
    ask_number(session, "counts", dict.fromkeys(counts.ids, on))


def _refuse_unfit(session: Session, counts: Counts) -> None:
    """Refused for a sheet on which nothing is counted, and for what was counted and put right meanwhile."""
    counted = {line.count_id for line in counts.lines}
    errors: dict[int, DomainError] = {
        i: Invalid("nothing_counted", "Nothing is counted yet: write down what lies there, 0 where nothing does.")
        for i in counts.ids
        if i not in counted
    }
    for row in read(session, COUNTED_SINCE, ids=counts.ids):
        errors[row.count_id] = DomainError(
            "counted_since", "{sku} was put right by count {number} since this sheet was drawn: draw a new one.",
            sku=row.sku, number=row.number,
        )  # fmt: skip
    errors |= {line.count_id: too_many(line.sku) for line in counts.surplus if line.found > MOST_COMING_IN}
    first: dict[Key, int] = {}
    for line in counts.lines:
        if line.count_id in errors:
            continue
        if first.setdefault((line.warehouse_id, line.product_id), line.count_id) != line.count_id:
            errors[line.count_id] = DomainError(
                "counted_twice", "{sku} is counted by another sheet as well: do one after the other.", sku=line.sku
            )
    refuse(errors)


def _surplus_values(session: Session, counts: Counts) -> dict[int, Decimal]:
    """What more than expected is worth: at the average, else what was typed, else the last or the planned cost.

    Raises Refused where nothing tells it.
    """
    decimals = company(session).decimals
    keys = {(line.warehouse_id, line.product_id) for line in counts.surplus}
    balances = lock_balances(session, keys)
    others = source_costs(session, (key for key in keys if not balances[key].on_hand))
    values: dict[int, Decimal] = {}
    errors: dict[int, DomainError] = {}
    for line in counts.surplus:
        key = (line.warehouse_id, line.product_id)
        balance = balances[key]
        cost = line.unit_cost if line.unit_cost is not None else others.get(key)
        if balance.on_hand:
            values[line.id] = rounded(balance.value * line.found / balance.on_hand, decimals)
        elif cost is not None:
            values[line.id] = rounded(line.found * cost, decimals)
        else:
            errors[line.count_id] = Invalid(
                "no_cost", "{sku}: nothing tells what one is worth. Enter its cost, 0 if it is worth nothing.",
                sku=line.sku,
            )  # fmt: skip
    refuse(errors)
    return values


def _post(
    session: Session, counts: Counts, costs: dict[int, Decimal], values: dict[int, Decimal], *, on: date, by: int
) -> None:
    accounts = accounts_of(session, (line.product_id for line in counts.lines))
    post(session, "count.processed", [
        Posting(
            line.count_id, {"shortage": costs.get(line.id, ZERO), "surplus": values.get(line.id, ZERO)},
            accounts[line.product_id],
        )
        for line in counts.lines
    ], on=on, by=by)  # fmt: skip


@STOCK_COUNT.step("cancel", load=Counts, first=check_date)
def cancel_counts(session: Session, counts: Counts, /, *, by: int, on: date, reason: str) -> None:
    """Stock is again what it was without the count; what average cost leaves over goes to stock losses."""
    check_cancellation(session, STOCK_COUNT, counts.ids, on=on, reason=reason)
    corrections = mirror_moves(session, counts.ids, on=on)
    shed(session, counts.keys)
    fill_waiting(session, counts.keys)
    post_mirrors(session, "count.processed", counts.ids, on=on, by=by)
    follow_accounts(session, counts.ids, on=on, by=by)
    post_differences(session, corrections, on=on, by=by)
