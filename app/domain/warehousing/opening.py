"""Goods that were there before the first document: what happens from the draft of opening stock to its cancellation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.catalog.products import accounts_of, products
from app.domain.kernel.company import company
from app.domain.kernel.document import record, register
from app.domain.kernel.drafts import check_cancellation, delete_drafts, lock_draft
from app.domain.kernel.errors import DomainError, Invalid, refuse
from app.domain.kernel.numbering import ask_number
from app.domain.kernel.orm import Base
from app.domain.kernel.rows import Rows, insert, read, write
from app.domain.kernel.values import LIMIT, PRICE_DECIMALS, ZERO, exact, rounded
from app.domain.ledger.periods import check_date
from app.domain.ledger.posting import Posting, post, post_mirrors
from app.domain.lifecycles import OPENING_STOCK
from app.domain.stock.mirrors import mirror_moves
from app.domain.stock.moves import Key, Line, lock_balances, receive_goods
from app.domain.stock.reservations import fill_waiting, shed
from app.domain.stock.warehouses import warehouses
from app.domain.warehousing.goods import arriving_quantity, post_differences
from app.domain.warehousing.inventory_accounts import follow_accounts
from app.domain.warehousing.models import OpeningStock, OpeningStockLine


@dataclass(frozen=True)
class NewOpeningLine:
    """A product that was there, with what all of it is worth or what one is; the planned cost where neither is said."""

    product_id: int
    quantity: Decimal
    unit_cost: Decimal | None = None
    value: Decimal | None = None


@dataclass(frozen=True)
class NewOpening:
    """What a warehouse begins with; each product once."""

    warehouse_id: int
    lines: Sequence[NewOpeningLine]
    on: date | None = None
    note: str = ""


LINES = """
SELECT line.id, line.opening_id, line.product_id, line.quantity, line.value, product.sku, document.warehouse_id,
       CASE WHEN line.value IS NULL THEN coalesce(line.unit_cost, product.planned_cost) END AS cost
FROM opening_stock_line line
JOIN document ON document.id = line.opening_id
JOIN product ON product.id = line.product_id
WHERE line.opening_id = ANY(%(ids)s::bigint[])
ORDER BY line.opening_id, line.position
"""
# Read once the balances are locked: another one of the same goods waits for that lock.
OPENED = """
SELECT line.opening_id, min(product.sku) AS sku, min(document.number) AS number
FROM opening_stock_line line JOIN document own ON own.id = line.opening_id
JOIN product ON product.id = line.product_id
JOIN opening_stock_line earlier ON earlier.product_id = line.product_id
JOIN opening_stock opened ON opened.id = earlier.opening_id AND opened.state = 'processed'
JOIN document ON document.id = opened.id AND document.warehouse_id = own.warehouse_id
WHERE line.opening_id = ANY(%(ids)s::bigint[])
GROUP BY line.opening_id
"""
VALUE_LINES = """
UPDATE opening_stock_line line SET unit_cost = given.unit_cost, value = given.value
FROM unnest(%(ids)s::bigint[], %(costs)s::numeric[], %(values)s::numeric[]) AS given (id, unit_cost, value)
WHERE line.id = given.id
"""
WRITE_ANEW = """
WITH moved AS (UPDATE document SET warehouse_id = %(warehouse)s WHERE id = %(id)s),
     gone AS (DELETE FROM opening_stock_line WHERE opening_id = %(id)s)
UPDATE opening_stock SET "on" = %(on)s, note = %(note)s, version = version + 1 WHERE id = %(id)s
"""


class Openings:
    """Opening stock with its lines, as the steps work on it."""

    def __init__(self, session: Session, ids: Sequence[int]) -> None:
        self.ids = list(ids)
        self.lines: Sequence[Row[Any]] = read(session, LINES, ids=self.ids)

    @property
    def keys(self) -> set[Key]:
        """The (warehouse, product) pairs that it fills."""
        return {(line.warehouse_id, line.product_id) for line in self.lines}


def add_openings(session: Session, openings: Sequence[NewOpening], *, by: int) -> list[int]:
    """Writes drafts and gives their ids; Refused names what is wrong by position in the batch."""
    known = products(session, (line.product_id for its in openings for line in its.lines))
    places = warehouses(session, (its.warehouse_id for its in openings))
    decimals = company(session).decimals
    errors: dict[int, DomainError] = {}
    exact_lines: list[list[NewOpeningLine]] = []
    for position, its in enumerate(openings):
        try:
            exact_lines.append(_exact_lines(its, known, places, decimals))
        except DomainError as error:
            errors[position] = error
    refuse(errors)
    heads = [{"warehouse_id": its.warehouse_id} for its in openings]
    ids = register(session, OPENING_STOCK.kind, heads, lambda ids: [
        (OpeningStock, [{"id": i, "on": its.on, "note": its.note} for i, its in zip(ids, openings, strict=True)]),
        _rows(dict(zip(ids, exact_lines, strict=True))),
    ])  # fmt: skip
    record(session, "create", [{"document_id": i, "to_state": OPENING_STOCK.initial} for i in ids], by=by)
    return ids


def edit_opening(session: Session, opening_id: int, its: NewOpening, *, version: int, by: int) -> None:
    """Writes a whole draft anew.

    Raises Stale where it is no longer at `version`, WrongState once it is processed, and Invalid for what is wrong.
    """
    state = lock_draft(session, OPENING_STOCK, opening_id, states=(OPENING_STOCK.initial,), version=version)
    known = products(session, (line.product_id for line in its.lines))
    lines = _exact_lines(its, known, warehouses(session, [its.warehouse_id]), company(session).decimals)
    write(session, WRITE_ANEW, id=opening_id, warehouse=its.warehouse_id, on=its.on, note=its.note)
    insert(session, *_rows({opening_id: lines}))
    record(session, "edit", [{"document_id": opening_id, "from_state": state, "to_state": state}], by=by)


def _rows(lines: Mapping[int, Sequence[NewOpeningLine]]) -> tuple[type[Base], Rows]:
    return OpeningStockLine, [
        {"opening_id": i, "position": position, "product_id": line.product_id, "quantity": line.quantity,
         "unit_cost": line.unit_cost, "value": line.value}
        for i, its in lines.items() for position, line in enumerate(its, 1)
    ]  # fmt: skip


def _exact_lines(
    its: NewOpening, known: Mapping[int, Row[Any]], places: Mapping[int, Row[Any]], decimals: int
) -> list[NewOpeningLine]:
    """The lines with exact numbers; raises Invalid for what no warehouse can begin with."""
    if its.warehouse_id not in places:
        raise Invalid("unknown_warehouse", "There is no active warehouse {id}.", id=its.warehouse_id)
    lines = [_exact_line(line, known.get(line.product_id), decimals) for line in its.lines]
    if len({line.product_id for line in lines}) < len(lines):
        raise Invalid("product_twice", "A product is named twice: write all of it on one line.")
    return lines


def _exact_line(line: NewOpeningLine, product: Row[Any] | None, decimals: int) -> NewOpeningLine:
    quantity = arriving_quantity(product, line.product_id, line.quantity)
    assert product is not None
    if not quantity:
        raise Invalid("quantity_not_positive", "{sku}: the quantity must be above 0.", sku=product.sku)
    cost = None if line.unit_cost is None else exact(line.unit_cost, PRICE_DECIMALS, f"{product.sku}: unit cost")
    value = None if line.value is None else exact(line.value, decimals, f"{product.sku}: value")
    if cost is not None and value is not None:
        raise Invalid("cost_and_value", "{sku}: say what one is worth or what all are, not both.", sku=product.sku)
    if min(cost or ZERO, value or ZERO) < 0:
        raise Invalid("negative_cost", "{sku}: cost and value must not be negative.", sku=product.sku)
    return replace(line, quantity=quantity, unit_cost=cost, value=value)


def delete_openings(session: Session, ids: Sequence[int], *, by: int) -> None:
    """Removes drafts; Refused for anything else."""
    delete_drafts(session, OPENING_STOCK, ids, lines=((OpeningStockLine, "opening_id"),), by=by)


@OPENING_STOCK.step("process", load=Openings, first=check_date)
def process_openings(session: Session, openings: Openings, /, *, by: int, on: date) -> None:
    """Goods are there at what they are said to be worth, who waits for them has them, against opening equity."""
    lock_balances(session, openings.keys)
    _refuse_unfit(session, openings)
    values = _value_lines(session, openings)
    receive_goods(session, [
        Line(line.opening_id, line.id, line.warehouse_id, line.product_id, line.quantity, values[line.id])
        for line in openings.lines
    ], on=on)  # fmt: skip
    fill_waiting(session, openings.keys)
    accounts = accounts_of(session, (line.product_id for line in openings.lines))
    post(session, "opening_stock.processed", [
        Posting(line.opening_id, {"cost": values[line.id]}, accounts[line.product_id]) for line in openings.lines
    ], on=on, by=by)  # fmt: skip
    ask_number(session, "openings", dict.fromkeys(openings.ids, on))


def _refuse_unfit(session: Session, openings: Openings) -> None:
    """Refused for what is empty, what has no cost, and for goods that another one brought in already."""
    filled = {line.opening_id for line in openings.lines}
    errors: dict[int, DomainError] = {
        i: Invalid("no_lines", "Nothing is there: enter at least one product.")
        for i in openings.ids if i not in filled
    }  # fmt: skip
    for line in openings.lines:
        if line.value is None and line.cost is None:
            errors[line.opening_id] = Invalid(
                "no_cost", "{sku} has no value, no cost and no planned cost: enter one, 0 if it is worth nothing.",
                sku=line.sku,
            )  # fmt: skip
        elif line.quantity * (line.cost or ZERO) >= LIMIT:
            errors[line.opening_id] = Invalid("out_of_range", "The value is too large: check quantities and costs.")
    errors |= {row.opening_id: _opened(row.sku, row.number) for row in read(session, OPENED, ids=openings.ids)}
    first: dict[Key, int] = {}
    for line in openings.lines:
        if line.opening_id in errors:
            continue
        if first.setdefault((line.warehouse_id, line.product_id), line.opening_id) != line.opening_id:
            errors[line.opening_id] = _opened(line.sku, "that is processed with it")
    refuse(errors)


def _opened(sku: str, number: str) -> DomainError:
    return DomainError(
        "opened_before", "The opening stock of {sku} is in the document {number} already: cancel that one first, or "
        "receive what more there is.", sku=sku, number=number,
    )  # fmt: skip


def _value_lines(session: Session, openings: Openings) -> dict[int, Decimal]:
    """What each line is worth, written down with the cost it was reckoned by."""
    decimals = company(session).decimals
    values = {
        line.id: line.value if line.value is not None else rounded(line.quantity * line.cost, decimals)
        for line in openings.lines
    }  # fmt: skip
    write(
        session, VALUE_LINES, ids=list(values), costs=[line.cost for line in openings.lines],
        values=list(values.values()),
    )  # fmt: skip
    return values


@OPENING_STOCK.step("cancel", load=Openings, first=check_date)
def cancel_openings(session: Session, openings: Openings, /, *, by: int, on: date, reason: str) -> None:
    """The goods go by the exact mirror; what average cost leaves over goes to stock losses."""
    check_cancellation(session, OPENING_STOCK, openings.ids, on=on, reason=reason)
    corrections = mirror_moves(session, openings.ids, on=on)
    shed(session, openings.keys)
    post_mirrors(session, "opening_stock.processed", openings.ids, on=on, by=by)
    follow_accounts(session, openings.ids, on=on, by=by)
    post_differences(session, corrections, on=on, by=by)
