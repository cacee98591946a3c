"""Goods that are gone without being sold: what happens from the draft of a write-off to its cancellation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.catalog.products import accounts_of, products
from app.domain.kernel.document import record, register
from app.domain.kernel.drafts import check_cancellation, delete_drafts, lock_draft, rewrite_draft
from app.domain.kernel.errors import DomainError, Invalid, refuse
from app.domain.kernel.numbering import ask_number
from app.domain.kernel.rows import insert, read, write
from app.domain.ledger.periods import check_date
from app.domain.ledger.posting import Posting, post, post_mirrors
from app.domain.lifecycles import WRITE_OFF
from app.domain.stock.mirrors import mirror_moves
from app.domain.stock.moves import Line, issue_from_shelf
from app.domain.stock.reservations import fill_waiting, shed
from app.domain.stock.warehouses import warehouses
from app.domain.warehousing.goods import goods_quantity, post_differences
from app.domain.warehousing.inventory_accounts import follow_accounts
from app.domain.warehousing.models import REASONS, WriteOff, WriteOffLine


@dataclass(frozen=True)
class NewWriteOffLine:
    product_id: int
    quantity: Decimal


@dataclass(frozen=True)
class NewWriteOff:
    """What is gone from a warehouse; `reason` is one of REASONS, `note` says more."""

    warehouse_id: int
    reason: str
    lines: Sequence[NewWriteOffLine]
    on: date | None = None
    note: str = ""


LINES = """
SELECT line.id, line.write_off_id, line.product_id, line.quantity, document.warehouse_id
FROM write_off_line line JOIN document ON document.id = line.write_off_id
WHERE line.write_off_id = ANY(%(ids)s::bigint[])
ORDER BY line.write_off_id, line.position
"""
COST_LINES = """
UPDATE write_off_line line SET cost = given.cost
FROM unnest(%(ids)s::bigint[], %(costs)s::numeric[]) AS given (id, cost) WHERE line.id = given.id
"""


class WriteOffs:
    """Write-offs with their lines, as the steps work on them."""

    def __init__(self, session: Session, ids: Sequence[int]) -> None:
        self.ids = list(ids)
        self.lines: Sequence[Row[Any]] = read(session, LINES, ids=self.ids)

    @property
    def keys(self) -> set[tuple[int, int]]:
        """The (warehouse, product) pairs that they touch."""
        return {(line.warehouse_id, line.product_id) for line in self.lines}


def add_write_offs(session: Session, write_offs: Sequence[NewWriteOff], *, by: int) -> list[int]:
    """Writes drafts and gives their ids; Refused names what is wrong by position in the batch."""
    known = products(session, (line.product_id for its in write_offs for line in its.lines))
    places = warehouses(session, (its.warehouse_id for its in write_offs))
    errors: dict[int, DomainError] = {}
    exact_lines: list[list[NewWriteOffLine]] = []
    for position, its in enumerate(write_offs):
        try:
            exact_lines.append(_exact_lines(its, known, places))
        except DomainError as error:
            errors[position] = error
    refuse(errors)
    heads = [{"warehouse_id": its.warehouse_id} for its in write_offs]
    ids = register(session, WRITE_OFF.kind, heads, lambda ids: [
        (WriteOff, [
            {"id": i, "on": its.on, "reason": its.reason, "note": its.note}
            for i, its in zip(ids, write_offs, strict=True)
        ]),
        (WriteOffLine, [row for i, lines in zip(ids, exact_lines, strict=True) for row in _line_rows(i, lines)]),
    ])  # fmt: skip
    record(session, "create", [{"document_id": i, "to_state": WRITE_OFF.initial} for i in ids], by=by)
    return ids


def edit_write_off(session: Session, write_off_id: int, its: NewWriteOff, *, version: int, by: int) -> None:
    """Writes a whole draft anew.

    Raises Stale where it is no longer at `version`, WrongState once it is processed, and Invalid for what is wrong.
    """
    state = lock_draft(session, WRITE_OFF, write_off_id, states=(WRITE_OFF.initial,), version=version)
    known = products(session, (line.product_id for line in its.lines))
    lines = _exact_lines(its, known, warehouses(session, [its.warehouse_id]))
    rewrite_draft(session, WRITE_OFF, write_off_id, {"on": its.on, "reason": its.reason, "note": its.note},
                  lines=(WriteOffLine, "write_off_id"), warehouse=its.warehouse_id)  # fmt: skip
    insert(session, WriteOffLine, _line_rows(write_off_id, lines))
    record(session, "edit", [{"document_id": write_off_id, "from_state": state, "to_state": state}], by=by)


def _line_rows(write_off_id: int, lines: Sequence[NewWriteOffLine]) -> list[dict[str, object]]:
    return [
        {"write_off_id": write_off_id, "position": position, "product_id": line.product_id, "quantity": line.quantity}
        for position, line in enumerate(lines, 1)
    ]


def _exact_lines(
    its: NewWriteOff, known: Mapping[int, Row[Any]], places: Mapping[int, Row[Any]]
) -> list[NewWriteOffLine]:
    """The lines with exact numbers; raises Invalid for what cannot be written off like this."""
    if its.warehouse_id not in places:
        raise Invalid("unknown_warehouse", "There is no active warehouse {id}.", id=its.warehouse_id)
    if its.reason not in REASONS:
        raise Invalid("unknown_reason", "{reason} is no reason: choose {reasons}.", reason=its.reason,
                      reasons=", ".join(REASONS))  # fmt: skip
    lines = []
    for line in its.lines:
        product = known.get(line.product_id)
        quantity = goods_quantity(product, line.product_id, line.quantity)
        if not quantity:
            raise Invalid("quantity_not_positive", "{what}: the quantity must be above 0.",
                          what=product.sku if product else line.product_id)  # fmt: skip
        lines.append(replace(line, quantity=quantity))
    return lines


def delete_write_offs(session: Session, ids: Sequence[int], *, by: int) -> None:
    """Removes drafts; Refused for anything else."""
    delete_drafts(session, WRITE_OFF, ids, lines=((WriteOffLine, "write_off_id"),), by=by)


@WRITE_OFF.step("process", load=WriteOffs, first=check_date)
def process_write_offs(session: Session, write_offs: WriteOffs, /, *, by: int, on: date) -> None:
    """Goods are gone at average cost; who had them reserved and finds none left waits again, and the books follow."""
    filled = {line.write_off_id for line in write_offs.lines}
    refuse({
        i: Invalid("no_lines", "Nothing is written off: enter at least one product.")
        for i in write_offs.ids if i not in filled
    })  # fmt: skip
    costs = issue_from_shelf(session, [
        Line(line.write_off_id, line.id, line.warehouse_id, line.product_id, line.quantity)
        for line in write_offs.lines
    ], on=on)  # fmt: skip
    shed(session, write_offs.keys)
    write(session, COST_LINES, ids=list(costs), costs=list(costs.values()))
    accounts = accounts_of(session, (line.product_id for line in write_offs.lines))
    post(session, "write_off.processed", [
        Posting(line.write_off_id, {"cost": costs[line.id]}, accounts[line.product_id]) for line in write_offs.lines
    ], on=on, by=by)  # fmt: skip
    ask_number(session, "write_offs", dict.fromkeys(write_offs.ids, on))


@WRITE_OFF.step("cancel", load=WriteOffs, first=check_date)
def cancel_write_offs(session: Session, write_offs: WriteOffs, /, *, by: int, on: date, reason: str) -> None:
    """The goods are there after all, at what they cost; who waits for them has them."""
    check_cancellation(session, WRITE_OFF, write_offs.ids, on=on, reason=reason)
    corrections = mirror_moves(session, write_offs.ids, on=on)
    fill_waiting(session, write_offs.keys)
    post_mirrors(session, "write_off.processed", write_offs.ids, on=on, by=by)
    follow_accounts(session, write_offs.ids, on=on, by=by)
    post_differences(session, corrections, on=on, by=by)
