"""Goods come back: what happens from the draft of a customer's return to its processing and its cancellation."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.billing.deferred import Deferred, deferred_costs
from app.domain.billing.models import CustomerReturnLine
from app.domain.billing.promises import credit_returned
from app.domain.billing.returning import NewReturn as NewReturn
from app.domain.billing.returning import NewReturnLine as NewReturnLine
from app.domain.billing.returning import add_returns as add_returns
from app.domain.billing.rounding import left_of_shipments
from app.domain.catalog.products import accounts_of
from app.domain.kernel.company import company
from app.domain.kernel.drafts import check_cancellation, delete_drafts
from app.domain.kernel.errors import DomainError, Invalid, refuse
from app.domain.kernel.numbering import ask_number
from app.domain.kernel.rows import read, write
from app.domain.kernel.values import ZERO, part, rounded
from app.domain.ledger.periods import check_date
from app.domain.ledger.posting import Posting, post, post_mirrors
from app.domain.lifecycles import CUSTOMER_RETURN
from app.domain.settlement.following import follow
from app.domain.settlement.items import change_items, refresh_statuses
from app.domain.settlement.rounding import take_roundings_back
from app.domain.stock.mirrors import mirror_moves
from app.domain.stock.moves import Key, Line, lock_balances, receive_goods
from app.domain.stock.reservations import fill_waiting, shed
from app.domain.stock.sources import source_costs
from app.domain.warehousing.goods import post_differences
from app.domain.warehousing.inventory_accounts import follow_accounts

# What stands of a shipment line when its return is processed: `back_value` is the cost that came back before, and
# `drafted` the pieces that draft invoices hold.
LINES = """
SELECT line.id, line.return_id, line.shipment_line_id, line.product_id, line.quantity, line.uninvoiced, line.unit_cost,
       product.sku,
       document.warehouse_id, shipped.shipment_id, shipped.quantity AS shipped, shipped.cost, shipped.invoiced,
       shipped.returned, shipped.returned_uninvoiced, shipment.state, shipment."on" AS shipped_on, shipment.cogs_timing,
       left_with.number,
       coalesce(earlier.value, 0) AS back_value, coalesce(held.quantity, 0) AS drafted, held.invoice_id
FROM customer_return_line line
JOIN document ON document.id = line.return_id JOIN product ON product.id = line.product_id
LEFT JOIN shipment_line shipped ON shipped.id = line.shipment_line_id
LEFT JOIN shipment ON shipment.id = shipped.shipment_id LEFT JOIN document left_with ON left_with.id = shipment.id
LEFT JOIN LATERAL (
    SELECT sum(part.value) AS value
    FROM customer_return_line part JOIN customer_return ON customer_return.id = part.return_id
    WHERE part.shipment_line_id = line.shipment_line_id AND customer_return.state = 'processed'
) earlier ON true
LEFT JOIN LATERAL (
    SELECT sum(part.quantity) AS quantity, min(part.invoice_id) AS invoice_id
    FROM invoice_line part JOIN invoice ON invoice.id = part.invoice_id
    WHERE part.shipment_line_id = line.shipment_line_id AND invoice.state = 'draft'
) held ON true
WHERE line.return_id = ANY(%(ids)s::bigint[])
ORDER BY line.return_id, line.position
"""
WRITE_LINES = """
UPDATE customer_return_line line SET uninvoiced = given.uninvoiced, value = given.value, deferred = given.deferred
FROM unnest(%(ids)s::bigint[], %(uninvoiced)s::numeric[], %(values)s::numeric[], %(deferred)s::numeric[])
     AS given (id, uninvoiced, value, deferred)
WHERE line.id = given.id
"""
WRITE_SHIPPED = """
UPDATE shipment_line line SET returned = line.returned + given.quantity,
       returned_uninvoiced = line.returned_uninvoiced + given.uninvoiced
FROM unnest(%(ids)s::bigint[], %(quantities)s::numeric[], %(uninvoiced)s::numeric[])
     AS given (id, quantity, uninvoiced)
WHERE line.id = given.id
"""


class Returns:
    """Returns by id with their lines, and what stands of the shipment lines behind them."""

    def __init__(self, session: Session, ids: Sequence[int]) -> None:
        self.ids = list(ids)
        self.decimals = company(session).decimals
        self.lines: dict[int, list[Row[Any]]] = {document: [] for document in ids}
        for row in read(session, LINES, ids=self.ids):
            self.lines[row.return_id].append(row)

    @property
    def all_lines(self) -> Iterator[Row[Any]]:
        """Every line of every return, in order."""
        return (line for lines in self.lines.values() for line in lines)


class Taken(NamedTuple):
    """What a line brings back: so many pieces that were on no invoice, the value of all its pieces, and the part of it
    that had waited for an invoice.
    """

    line: Row[Any]
    uninvoiced: Decimal
    value: Decimal
    deferred: Decimal = ZERO


@dataclass
class Standing:
    """What stands of a shipment line, as it changes in the course of a batch; `waiting` where its cost waits."""

    returned: Decimal
    uninvoiced: Decimal
    value: Decimal
    waiting: Deferred | None = None


def delete_returns(session: Session, ids: Sequence[int], *, by: int) -> None:
    """Removes drafts; Refused for anything else."""
    delete_drafts(session, CUSTOMER_RETURN, ids, lines=((CustomerReturnLine, "return_id"),), by=by)


@CUSTOMER_RETURN.step("process", load=Returns, first=check_date)
def process_returns(session: Session, returns: Returns, /, *, by: int, on: date) -> None:
    """Goods come in at the cost they left at, who waits for them has them, and what was not invoiced is not owed.

    What was invoiced is on the draft of a credit note then, unless it was credited before.
    """
    taken = _taken(returns, _standing(session, returns), _source_costs(session, returns), on)
    receive_goods(session, [
        Line(line.return_id, line.id, line.warehouse_id, line.product_id, line.quantity, value)
        for line, _, value, _ in taken
    ], on=on)  # fmt: skip
    fill_waiting(session, {(its.line.warehouse_id, its.line.product_id) for its in taken})
    write(
        session, WRITE_LINES, ids=[its.line.id for its in taken], uninvoiced=[its.uninvoiced for its in taken],
        values=[its.value for its in taken], deferred=[its.deferred for its in taken],
    )  # fmt: skip
    _move_on(session, [(its.line, its.line.quantity, its.uninvoiced) for its in taken], on=on, by=by)
    accounts = accounts_of(session, (its.line.product_id for its in taken))
    post(session, "customer_return.processed", [
        Posting(line.return_id, {"cost": value - deferred, "deferred": deferred}, accounts[line.product_id])
        for line, _, value, deferred in taken
    ], on=on, by=by)  # fmt: skip
    credit_returned(session, [
        (line.return_id, line.shipment_line_id, line.quantity - uninvoiced)
        for line, uninvoiced, _, _ in taken if line.shipment_line_id and line.quantity > uninvoiced
    ], reason="Goods came back", by=by)  # fmt: skip
    ask_number(session, "returns", dict.fromkeys(returns.ids, on))


def _source_costs(session: Session, returns: Returns) -> Mapping[Key, Decimal | None]:
    """What goods are worth of which nobody knows the shipment, under the lock of their balances."""
    keys = {(line.warehouse_id, line.product_id) for line in returns.all_lines if not line.shipment_line_id}
    if not keys:
        return {}
    lock_balances(session, keys)
    return source_costs(session, keys)


def _standing(session: Session, returns: Returns) -> dict[int, Standing]:
    """What stands of the shipment lines of returns, by their ids."""
    lines = {line.shipment_line_id: line for line in returns.all_lines if line.shipment_line_id}
    waiting = [i for i, line in lines.items() if line.cogs_timing == "at_invoice"]
    costs = deferred_costs(session, waiting) if waiting else {}
    return {
        i: Standing(line.returned, line.returned_uninvoiced, line.back_value, costs.get(i))
        for i, line in lines.items()
    }  # fmt: skip


def _taken(
    returns: Returns, standing: dict[int, Standing], costs: Mapping[Key, Decimal | None], on: date
) -> list[Taken]:  # fmt: skip
    """What each line brings back; Refused for more than left and is not back, and before the goods left."""
    taken: list[Taken] = []
    errors: dict[int, DomainError] = {}
    for document, lines in returns.lines.items():
        before = {i: deepcopy(standing[i]) for line in lines if (i := line.shipment_line_id)}
        try:
            if not lines:
                raise Invalid("no_lines", "Nothing comes back: enter at least one product with a quantity.")
            taken += [
                _take(line, standing[line.shipment_line_id], on, returns.decimals) if line.shipment_line_id
                else _take_loose(line, costs, returns.decimals)
                for line in lines
            ]  # fmt: skip
        except DomainError as error:
            errors[document] = error
            standing |= before
    refuse(errors)
    return taken


def _take(line: Row[Any], standing: Standing, on: date, decimals: int) -> Taken:
    """Pieces that are on no invoice come back first; the cost is their part of what the shipment line took."""
    _check(line, standing, on)
    uninvoiced = min(line.quantity, line.shipped - line.invoiced - standing.uninvoiced)
    invoiced_at_customer = line.invoiced - line.drafted - (standing.returned - standing.uninvoiced)
    if line.quantity - uninvoiced > invoiced_at_customer:
        raise DomainError("held_by_draft", "{sku}: draft invoice #{invoice} holds its pieces: issue it or delete it.",
                          sku=line.sku, invoice=line.invoice_id)  # fmt: skip
    standing.returned += line.quantity
    standing.uninvoiced += uninvoiced
    if standing.waiting:
        deferred = standing.waiting.take_back(uninvoiced)
        return Taken(line, uninvoiced, deferred + standing.waiting.return_sold(line.quantity - uninvoiced), deferred)
    value = max(part(line.cost, line.shipped, standing.returned, standing.value, decimals), ZERO)
    standing.value += value
    return Taken(line, uninvoiced, value)


def _take_loose(line: Row[Any], costs: Mapping[Key, Decimal | None], decimals: int) -> Taken:
    """Goods of no shipment come in at the cost that was typed, else at what the others are worth."""
    cost = costs[line.warehouse_id, line.product_id] if line.unit_cost is None else line.unit_cost
    if cost is None:
        raise Invalid("no_cost", "{sku}: nothing tells what it is worth: enter a cost, 0 if it is worth nothing.",
                      sku=line.sku)  # fmt: skip
    return Taken(line, ZERO, rounded(line.quantity * cost, decimals))


def _check(line: Row[Any], standing: Standing, on: date) -> None:
    if line.state != "processed":
        raise DomainError("not_shipped", "Shipment {number} is {state}: only what left comes back.",
                          number=line.number or line.shipment_id, state=line.state)  # fmt: skip
    if line.shipped_on > on:
        raise Invalid("before_shipment", "The goods left on {shipped_on}: nothing comes back before that.",
                      shipped_on=line.shipped_on)  # fmt: skip
    if line.quantity > line.shipped - standing.returned:
        raise DomainError(
            "more_than_shipped", "{sku}: {wanted} is more than the {left} of shipment {number} that are not back.",
            sku=line.sku, wanted=line.quantity, left=line.shipped - standing.returned, number=line.number,
        )  # fmt: skip


def _move_on(
    session: Session, pieces: Sequence[tuple[Row[Any], Decimal, Decimal]], *, on: date, by: int
) -> None:  # fmt: skip
    """Adds (returned, uninvoiced) pieces to the shipment lines. What is on no invoice is not owed any more, and money
    that was meant for it is the customer's advance.
    """
    sums: dict[int, list[Decimal]] = defaultdict(lambda: [ZERO, ZERO])
    for line, quantity, uninvoiced in pieces:
        if line.shipment_line_id:
            sums[line.shipment_line_id][0] += quantity
            sums[line.shipment_line_id][1] += uninvoiced
    write(
        session, WRITE_SHIPPED, ids=list(sums), quantities=[its[0] for its in sums.values()],
        uninvoiced=[its[1] for its in sums.values()],
    )  # fmt: skip
    shipments = {line.shipment_id for line, _, uninvoiced in pieces if uninvoiced}
    follow(session, change_items(session, left_of_shipments(session, shipments)), on=on, by=by)
    refresh_statuses(session, shipments)


@CUSTOMER_RETURN.step("cancel", load=Returns, first=check_date)
def cancel_returns(session: Session, returns: Returns, /, *, by: int, on: date, reason: str) -> None:
    """The goods leave again by the exact mirror; what average cost leaves over goes to stock losses."""
    check_cancellation(session, CUSTOMER_RETURN, returns.ids, on=on, reason=reason)
    _refuse_credited(session, returns.ids)
    corrections = mirror_moves(session, returns.ids, on=on)
    shed(session, {(line.warehouse_id, line.product_id) for line in returns.all_lines})
    reopened = {line.shipment_id for line in returns.all_lines if line.uninvoiced}
    if reopened:
        take_roundings_back(session, shipments=reopened, on=on, by=by)
    _move_on(session, [(line, -line.quantity, -line.uninvoiced) for line in returns.all_lines], on=on, by=by)
    post_mirrors(session, "customer_return.processed", returns.ids, on=on, by=by)
    follow_accounts(session, returns.ids, on=on, by=by)
    post_differences(session, corrections, on=on, by=by)


CREDITS = """
SELECT note.return_id, note.id, document.number FROM credit_note note JOIN document ON document.id = note.id
WHERE note.return_id = ANY(%(ids)s::bigint[]) ORDER BY note.id
"""


def _refuse_credited(session: Session, ids: Sequence[int]) -> None:
    refuse({row.return_id: _credited(row.number, row.id) for row in read(session, CREDITS, ids=list(ids))})


def _credited(number: str | None, note: int) -> DomainError:
    if number:
        return DomainError("credited", "Credit note {number} is issued from it: the return stands.", number=number)
    return DomainError("credited", "Draft credit note #{id} is made from it: delete that first.", id=note)
