"""Sheets for counting: which products are on one, what was expected of each, and what somebody wrote down."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.catalog.products import products
from app.domain.kernel import clock
from app.domain.kernel.document import record, register
from app.domain.kernel.drafts import delete_drafts, lock_draft
from app.domain.kernel.errors import DomainError, Invalid, refuse
from app.domain.kernel.rows import read, write
from app.domain.kernel.values import PRICE_DECIMALS, ZERO, exact
from app.domain.lifecycles import STOCK_COUNT
from app.domain.stock.moves import Key, lock_balances
from app.domain.stock.warehouses import warehouses
from app.domain.warehousing.goods import goods_quantity
from app.domain.warehousing.models import StockCount, StockCountLine


@dataclass(frozen=True)
class NewCount:
    """A sheet of a warehouse: of these products, of a product group and all below it, or of all that is there."""

    warehouse_id: int
    product_ids: Sequence[int] = ()
    group_id: int | None = None
    note: str = ""


@dataclass(frozen=True)
class Counted:
    """What was counted on a line (None: not counted), and what one is worth where nothing else tells it."""

    quantity: Decimal | None
    unit_cost: Decimal | None = None


# Sheets of one batch are drawn by one statement, numbered as they were asked for.
EXPECTED = """
WITH RECURSIVE below (place, group_id) AS (
    SELECT place, group_id FROM unnest(%(groups)s::bigint[]) WITH ORDINALITY AS asked (group_id, place)
    WHERE group_id IS NOT NULL
    UNION
    SELECT below.place, inner_group.id
    FROM below JOIN product_group inner_group ON inner_group.parent_id = below.group_id
), wanted AS (
    SELECT place, product_id, warehouse_id
    FROM unnest(%(named)s::bigint[], %(products)s::bigint[]) AS named (place, product_id)
    JOIN unnest(%(warehouses)s::bigint[]) WITH ORDINALITY AS sheet (warehouse_id, place) USING (place)
    UNION ALL
    SELECT sheet.place, balance.product_id, sheet.warehouse_id
    FROM unnest(%(warehouses)s::bigint[], %(groups)s::bigint[], %(whole)s::boolean[])
         WITH ORDINALITY AS sheet (warehouse_id, group_id, whole, place)
    JOIN stock_balance balance ON balance.warehouse_id = sheet.warehouse_id
    JOIN product ON product.id = balance.product_id
    WHERE sheet.whole AND balance.on_hand > 0
          AND (sheet.group_id IS NULL
               OR EXISTS (SELECT FROM below WHERE below.place = sheet.place AND below.group_id = product.group_id))
)
SELECT wanted.place, wanted.product_id, coalesce(balance.on_hand, 0) AS expected
FROM wanted JOIN product ON product.id = wanted.product_id
LEFT JOIN stock_balance balance
       ON balance.warehouse_id = wanted.warehouse_id AND balance.product_id = wanted.product_id
ORDER BY wanted.place, product.sku
"""


def add_counts(session: Session, counts: Sequence[NewCount], *, by: int) -> list[int]:
    """Draws sheets and gives their ids; Refused names what is wrong by position in the batch."""
    known = products(session, (product for count in counts for product in count.product_ids))
    places = warehouses(session, (count.warehouse_id for count in counts))
    errors: dict[int, DomainError] = {}
    for position, count in enumerate(counts):
        try:
            _check(count, known, places)
        except DomainError as error:
            errors[position] = error
    refuse(errors)
    lines = _drawn(session, counts)
    refuse({
        position: Invalid("nothing_to_count", "Nothing lies there: choose the products to count.")
        for position, its in enumerate(lines) if not its
    })  # fmt: skip
    at = clock.now()
    heads = [{"warehouse_id": count.warehouse_id} for count in counts]
    ids = register(session, STOCK_COUNT.kind, heads, lambda ids: [
        (StockCount, [{"id": i, "sheet_at": at, "note": count.note} for i, count in zip(ids, counts, strict=True)]),
        (StockCountLine, [
            {"count_id": i, "position": position, "product_id": row.product_id, "expected": row.expected}
            for i, its in zip(ids, lines, strict=True) for position, row in enumerate(its, 1)
        ]),
    ])  # fmt: skip
    record(session, "create", [{"document_id": i, "to_state": STOCK_COUNT.initial} for i in ids], by=by)
    return ids


def _check(count: NewCount, known: Mapping[int, Row[Any]], places: Mapping[int, Row[Any]]) -> None:
    if count.warehouse_id not in places:
        raise Invalid("unknown_warehouse", "There is no active warehouse {id}.", id=count.warehouse_id)
    for product in count.product_ids:
        goods_quantity(known.get(product), product, ZERO)
    if len(set(count.product_ids)) < len(count.product_ids):
        raise Invalid("product_twice", "A product is named twice: it is counted once.")


def _drawn(session: Session, counts: Sequence[NewCount]) -> list[list[Row[Any]]]:
    """What lies there, and stays so until the sheets are there: a count that is being processed is waited for, since
    nothing would tell it apart later from one that was done before.
    """
    held: set[Key] = set()
    while True:
        lines = _expected(session, counts)
        keys = {(count.warehouse_id, row.product_id) for count, its in zip(counts, lines, strict=True) for row in its}
        if keys <= held:
            return lines
        lock_balances(session, keys)
        held |= keys


def _expected(session: Session, counts: Sequence[NewCount]) -> list[list[Row[Any]]]:
    named = [(place, product) for place, count in enumerate(counts, 1) for product in count.product_ids]
    rows = read(
        session, EXPECTED,
        named=[place for place, _ in named], products=[product for _, product in named],
        warehouses=[count.warehouse_id for count in counts], groups=[count.group_id for count in counts],
        whole=[not count.product_ids for count in counts],
    )  # fmt: skip
    lines: list[list[Row[Any]]] = [[] for _ in counts]
    for row in rows:
        lines[row.place - 1].append(row)
    return lines


def delete_counts(session: Session, ids: Sequence[int], *, by: int) -> None:
    """Removes sheets; Refused for what is processed."""
    delete_drafts(session, STOCK_COUNT, ids, lines=((StockCountLine, "count_id"),), by=by)


ON_SHEET = """
SELECT line.id, line.counted, line.unit_cost, product.sku, unit.decimals
FROM stock_count_line line JOIN product ON product.id = line.product_id JOIN unit ON unit.id = product.unit_id
WHERE line.count_id = %(count)s
"""
WRITE_DOWN = """
WITH touched AS (UPDATE stock_count SET version = version + 1 WHERE id = %(count)s)
UPDATE stock_count_line line SET counted = given.counted, unit_cost = given.unit_cost
FROM unnest(%(ids)s::bigint[], %(counted)s::numeric[], %(unit_costs)s::numeric[]) AS given (id, counted, unit_cost)
WHERE line.id = given.id
"""


def write_counted(session: Session, count: int, counted: Mapping[int, Counted], *, version: int, by: int) -> None:
    """Writes down what was counted, by line of the sheet; other lines stay as they are.

    Raises Stale where somebody else wrote meanwhile, Invalid for another sheet's line and for no possible number.
    """
    lock_draft(session, STOCK_COUNT, count, states=(STOCK_COUNT.initial,), version=version)
    lines = {row.id: row for row in read(session, ON_SHEET, count=count)}
    if foreign := sorted(counted.keys() - lines.keys()):
        raise Invalid("foreign_line", "Lines {lines} are not on this sheet.", lines=foreign)
    written = {line: _exact(lines[line], its) for line, its in counted.items()}
    changed = {line: its for line, its in written.items() if its != (lines[line].counted, lines[line].unit_cost)}
    write(
        session, WRITE_DOWN, count=count, ids=list(changed),
        counted=[quantity for quantity, _ in changed.values()], unit_costs=[cost for _, cost in changed.values()],
    )  # fmt: skip
    changes = {lines[line].sku: [str(lines[line].counted), str(its[0])] for line, its in changed.items()}
    record(session, "edit", [{"document_id": count, "changes": changes}], by=by)


def _exact(line: Row[Any], its: Counted) -> tuple[Decimal | None, Decimal | None]:
    quantity = None if its.quantity is None else exact(its.quantity, line.decimals, f"{line.sku}: quantity")
    cost = None if its.unit_cost is None else exact(its.unit_cost, PRICE_DECIMALS, f"{line.sku}: unit cost")
    if (quantity is not None and quantity < 0) or (cost is not None and cost < 0):
        raise Invalid("negative_quantity", "{sku}: quantity and cost must not be negative.", sku=line.sku)
    return quantity, cost
