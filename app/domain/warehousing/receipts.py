"""Goods come in: what happens from the draft of a stock receipt to its processing and its cancellation."""

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
from app.domain.kernel.drafts import check_cancellation, delete_drafts, lock_draft, rewrite_draft
from app.domain.kernel.errors import DomainError, Invalid, refuse
from app.domain.kernel.numbering import ask_number
from app.domain.kernel.rows import insert, read, write
from app.domain.kernel.values import LIMIT, PRICE_DECIMALS, ZERO, exact, rounded
from app.domain.ledger.periods import check_date
from app.domain.ledger.posting import Posting, post, post_mirrors
from app.domain.lifecycles import STOCK_RECEIPT
from app.domain.stock.mirrors import mirror_moves
from app.domain.stock.moves import Line, receive_goods
from app.domain.stock.reservations import fill_waiting, shed
from app.domain.stock.warehouses import warehouses
from app.domain.warehousing.goods import MOST_COMING_IN, arriving_quantity, post_differences, too_many
from app.domain.warehousing.inventory_accounts import follow_accounts
from app.domain.warehousing.models import StockReceipt, StockReceiptLine


@dataclass(frozen=True)
class NewReceiptLine:
    """A product that arrived; without a unit cost the product's planned cost is taken when it is processed."""

    product_id: int
    quantity: Decimal
    unit_cost: Decimal | None = None


@dataclass(frozen=True)
class NewReceipt:
    warehouse_id: int
    lines: Sequence[NewReceiptLine]
    on: date | None = None
    note: str = ""


LINES = """
SELECT line.id, line.receipt_id, line.product_id, line.quantity, coalesce(line.unit_cost, product.planned_cost) AS cost,
       product.sku, document.warehouse_id
FROM stock_receipt_line line
JOIN document ON document.id = line.receipt_id
JOIN product ON product.id = line.product_id
WHERE line.receipt_id = ANY(%(ids)s::bigint[])
ORDER BY line.receipt_id, line.position
"""
VALUE_LINES = """
UPDATE stock_receipt_line line SET unit_cost = given.unit_cost, value = given.value
FROM unnest(%(ids)s::bigint[], %(costs)s::numeric[], %(values)s::numeric[]) AS given (id, unit_cost, value)
WHERE line.id = given.id
"""


class Receipts:
    """Receipts with their lines, as the steps work on them."""

    def __init__(self, session: Session, ids: Sequence[int]) -> None:
        self.ids = ids
        self.lines: dict[int, list[Row[Any]]] = {document: [] for document in ids}
        for row in read(session, LINES, ids=list(ids)):
            self.lines[row.receipt_id].append(row)

    def all_lines(self) -> list[Row[Any]]:
        return [line for lines in self.lines.values() for line in lines]


def add_receipts(session: Session, receipts: Sequence[NewReceipt], *, by: int) -> list[int]:
    """Writes drafts and gives their ids; Refused names what is wrong by position in the batch."""
    known = products(session, (line.product_id for receipt in receipts for line in receipt.lines))
    places = warehouses(session, (receipt.warehouse_id for receipt in receipts))
    errors: dict[int, DomainError] = {}
    exact_lines: list[list[NewReceiptLine]] = []
    for position, receipt in enumerate(receipts):
        try:
            exact_lines.append(_exact_lines(receipt, known, places))
        except DomainError as error:
            errors[position] = error
    refuse(errors)
    heads = [{"warehouse_id": receipt.warehouse_id} for receipt in receipts]
    ids = register(session, STOCK_RECEIPT.kind, heads, lambda ids: [
        (StockReceipt, [
            {"id": i, "on": receipt.on, "note": receipt.note} for i, receipt in zip(ids, receipts, strict=True)
        ]),
        (StockReceiptLine, [
            row for i, lines in zip(ids, exact_lines, strict=True) for row in _line_rows(i, lines)
        ]),
    ])  # fmt: skip
    record(session, "create", [{"document_id": i, "to_state": STOCK_RECEIPT.initial} for i in ids], by=by)
    return ids


def edit_receipt(session: Session, receipt_id: int, receipt: NewReceipt, *, version: int, by: int) -> None:
    """Writes a whole draft anew.

    Raises Stale where it is no longer at `version`, WrongState once it is processed, and Invalid for what is wrong.
    """
    state = lock_draft(session, STOCK_RECEIPT, receipt_id, states=(STOCK_RECEIPT.initial,), version=version)
    known = products(session, (line.product_id for line in receipt.lines))
    lines = _exact_lines(receipt, known, warehouses(session, [receipt.warehouse_id]))
    rewrite_draft(session, STOCK_RECEIPT, receipt_id, {"on": receipt.on, "note": receipt.note},
                  lines=(StockReceiptLine, "receipt_id"), warehouse=receipt.warehouse_id)  # fmt: skip
    insert(session, StockReceiptLine, _line_rows(receipt_id, lines))
    record(session, "edit", [{"document_id": receipt_id, "from_state": state, "to_state": state}], by=by)


def _line_rows(receipt_id: int, lines: Sequence[NewReceiptLine]) -> list[dict[str, object]]:
    return [
        {"receipt_id": receipt_id, "position": position, "product_id": line.product_id, "quantity": line.quantity,
         "unit_cost": line.unit_cost}
        for position, line in enumerate(lines, 1)
    ]  # fmt: skip


def _exact_lines(
    receipt: NewReceipt, known: Mapping[int, Row[Any]], places: Mapping[int, Row[Any]]
) -> list[NewReceiptLine]:
    """The lines with exact numbers; raises Invalid for what cannot be received like this."""
    if receipt.warehouse_id not in places:
        raise Invalid("unknown_warehouse", "There is no active warehouse {id}.", id=receipt.warehouse_id)
    return [_exact_line(line, known.get(line.product_id)) for line in receipt.lines]


def _exact_line(line: NewReceiptLine, product: Row[Any] | None) -> NewReceiptLine:
    quantity = arriving_quantity(product, line.product_id, line.quantity)
    assert product is not None
    cost = None if line.unit_cost is None else exact(line.unit_cost, PRICE_DECIMALS, f"{product.sku}: unit cost")
    if cost is not None and cost < 0:
        raise Invalid("negative_cost", "{sku}: the cost must not be negative.", sku=product.sku)
    return replace(line, quantity=quantity, unit_cost=cost)


def delete_receipts(session: Session, ids: Sequence[int], *, by: int) -> None:
    """Removes drafts; Refused for anything else."""
    delete_drafts(session, STOCK_RECEIPT, ids, lines=((StockReceiptLine, "receipt_id"),), by=by)


@STOCK_RECEIPT.step("process", load=Receipts, first=check_date)
def process_receipts(session: Session, receipts: Receipts, /, *, by: int, on: date) -> None:
    """Goods come in at the cost of the receipt, who waits for them has them, and the books follow."""
    _refuse_incomplete(receipts)
    values = _value_lines(session, receipts)
    receive_goods(session, [
        Line(line.receipt_id, line.id, line.warehouse_id, line.product_id, line.quantity, values[line.id])
        for line in receipts.all_lines()
    ], on=on)  # fmt: skip
    fill_waiting(session, {(line.warehouse_id, line.product_id) for line in receipts.all_lines()})
    accounts = accounts_of(session, (line.product_id for line in receipts.all_lines()))
    post(session, "receipt.processed", [
        Posting(line.receipt_id, {"cost": values[line.id]}, accounts[line.product_id]) for line in receipts.all_lines()
    ], on=on, by=by)  # fmt: skip
    ask_number(session, "receipts", dict.fromkeys(receipts.ids, on))


def _refuse_incomplete(receipts: Receipts) -> None:
    errors: dict[int, DomainError] = {}
    for document, lines in receipts.lines.items():
        unpriced = next((line for line in lines if line.quantity and line.cost is None), None)
        if unpriced:
            errors[document] = Invalid(
                "no_cost", "{sku} has neither a cost here nor a planned cost: enter one, 0 if it was free.",
                sku=unpriced.sku,
            )  # fmt: skip
        elif not any(line.quantity for line in lines):
            errors[document] = Invalid("no_lines", "Nothing was received: enter at least one product with a quantity.")
        elif slip := next((line for line in lines if line.quantity > MOST_COMING_IN), None):
            errors[document] = too_many(slip.sku)
        elif any(line.quantity * (line.cost or ZERO) >= LIMIT for line in lines):
            errors[document] = Invalid("out_of_range", "The value is too large: check the quantities and costs.")
    refuse(errors)


def _value_lines(session: Session, receipts: Receipts) -> dict[int, Decimal]:
    decimals = company(session).decimals
    lines = receipts.all_lines()
    values = {line.id: rounded(line.quantity * (line.cost or ZERO), decimals) for line in lines}
    costs = [line.cost for line in lines]
    write(session, VALUE_LINES, ids=list(values), costs=costs, values=list(values.values()))
    return values


@STOCK_RECEIPT.step("cancel", load=Receipts, first=check_date)
def cancel_receipts(session: Session, receipts: Receipts, /, *, by: int, on: date, reason: str) -> None:
    """The goods go back by the exact mirror; what average cost leaves over goes to stock losses."""
    check_cancellation(session, STOCK_RECEIPT, receipts.ids, on=on, reason=reason)
    corrections = mirror_moves(session, receipts.ids, on=on)
    shed(session, {(line.warehouse_id, line.product_id) for line in receipts.all_lines()})
    post_mirrors(session, "receipt.processed", receipts.ids, on=on, by=by)
    follow_accounts(session, receipts.ids, on=on, by=by)
    post_differences(session, corrections, on=on, by=by)
