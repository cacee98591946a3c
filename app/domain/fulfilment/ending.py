"""What is not shipped of an order: given up for good, or thought over again while nothing has left."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.fulfilment.advances import advanced, undelivered
from app.domain.fulfilment.drafts import open_drafts, remove_drafts, take_out
from app.domain.fulfilment.loading import Pair, Shipments
from app.domain.fulfilment.progress import record_progress
from app.domain.kernel.document import lock_documents, record
from app.domain.kernel.errors import DomainError, Invalid, NotFound, WrongState, refuse
from app.domain.kernel.lifecycle import Outcome, done_before
from app.domain.kernel.rows import read, write
from app.domain.kernel.values import ZERO
from app.domain.ledger.periods import check_date
from app.domain.lifecycles import SALES_ORDER
from app.domain.sales.loading import Orders
from app.domain.settlement.following import follow
from app.domain.settlement.items import change_items, refresh_statuses
from app.domain.stock.reservations import release_documents, release_lines

BEGUN = """
SELECT shipment.order_id, document.number FROM shipment JOIN document ON document.id = shipment.id
WHERE shipment.order_id = ANY(%(ids)s::bigint[]) AND shipment.state = 'processed'
"""
WANT_ALL = """
UPDATE sales_order_line SET given_up = 0 WHERE order_id = ANY(%(ids)s::bigint[]) AND given_up <> 0
"""


@SALES_ORDER.step("reopen", load=Orders, first=check_date)
def reopen_orders(session: Session, orders: Orders, /, *, by: int, on: date, reason: str) -> None:
    """The order can be changed again: nothing is held for it and nothing waits to leave; what was paid stays on it.

    What was given up beside a shipment that was cancelled since is wanted again. Raises Refused once anything is
    shipped or invoiced in advance.
    """
    if not reason.strip():
        raise Invalid("no_reason", "Say why this is opened again.")
    refuse({
        row.order_id: DomainError(
            "something_shipped", "Shipment {number} left already: give up the rest, and write a new order.",
            number=row.number,
        )
        for row in read(session, BEGUN, ids=orders.ids)
    })  # fmt: skip
    refuse({
        line.order_id: advanced(line.sku, line.pre_invoiced) for line in orders.all_lines() if line.pre_invoiced
    })  # fmt: skip
    release_documents(session, orders.ids)
    remove_drafts(session, orders.ids, by=by)
    write(session, WANT_ALL, ids=orders.ids)
    whole = {order: [(line.id, line.gross) for line in lines] for order, lines in orders.lines.items()}
    follow(session, change_items(session, whole), on=on, by=by)
    refresh_statuses(session, orders.ids)


def give_up_orders(session: Session, ids: Iterable[int], *, by: int, on: date, lines: Collection[int] = ()) -> Outcome:
    """What is still to be shipped of approved orders never will be: all of it, or of these order lines.

    The back order goes, its goods are free, nothing more is owed for it, and the order is performed where all is then
    shipped or given up. Orders performed before are told as already done. Raises Refused for other states, where
    nothing was shipped yet or nothing of the lines is left, and for what is invoiced in advance; and Invalid for lines
    of other orders.
    """
    check_date(session, on=on)
    lock_documents(session, wanted := sorted(set(ids)))
    orders = Orders(session, wanted)
    performed = [i for i in wanted if i in orders.heads and orders.heads[i].state == "performed"]
    outcome = Outcome(already=done_before(session, "perform", performed))
    outcome.done = [i for i in wanted if i not in outcome.already]
    _refuse_unfit(orders, outcome.done, lines)
    drafts = open_drafts(session, outcome.done)
    shipments = Shipments(session, list(drafts.values()))
    chosen = [pair for pair in shipments.pairs if not lines or pair.order_line.id in lines]
    if chosen:
        _give_up(session, shipments, chosen, on=on, by=by)
    return outcome


def _refuse_unfit(orders: Orders, ids: Sequence[int], lines: Collection[int]) -> None:
    if foreign := sorted(set(lines) - {line.id for line in orders.all_lines()}):
        raise Invalid("foreign_line", "Lines {lines} are not of these orders.", lines=foreign)
    errors: dict[int, DomainError] = {}
    for order in ids:
        head = orders.heads.get(order)
        its = orders.lines.get(order, [])
        if head is None:
            errors[order] = NotFound("not_found", "There is no such {kind}.", kind="sales order")
        elif head.state != "approved":
            errors[order] = WrongState(
                "wrong_state", "{step}: this {kind} is {state}; it would have to be {wanted}.",
                step="give up", kind="sales order", state=head.state, wanted="approved",
            )  # fmt: skip
        elif not any(line.shipped for line in its):
            errors[order] = DomainError("nothing_shipped", "Nothing of it has left yet: cancel the order instead.")
        elif error := _unfit([line for line in its if not lines or line.id in lines]):
            errors[order] = error
    refuse(errors)


def _unfit(chosen: Sequence[Row[Any]]) -> DomainError | None:
    """Why these lines of one order are not given up, if they are not."""
    if not any(line.quantity > line.shipped + line.given_up for line in chosen):
        return DomainError("nothing_left", "Nothing of these lines is still to be shipped: choose others.")
    ahead = next((line for line in chosen if line.pre_invoiced > line.pre_shipped), None)
    return advanced(ahead.sku, ahead.pre_invoiced - ahead.pre_shipped) if ahead else None


def _give_up(session: Session, shipments: Shipments, chosen: Sequence[Pair], *, on: date, by: int) -> None:
    progress = {pair.order_line.id: (ZERO, pair.left) for pair in chosen}
    release_lines(session, sorted(progress))
    take_out(session, progress, shipments.ids, by=by)
    ahead = undelivered(session, (line for lines in shipments.order_lines.values() for line in lines))
    follow(session, change_items(session, shipments.remaining(progress, {}, ahead)), on=on, by=by)
    refresh_statuses(session, shipments.order_lines)
    record(session, "give_up", [
        {"document_id": order, "changes": {
            pair.order_line.sku: str(progress[pair.order_line.id][1]) for pair in chosen if pair.line.order_id == order
        }}
        for order in sorted({pair.line.order_id for pair in chosen})
    ], by=by)  # fmt: skip
    record_progress(session, shipments.order_lines, progress, by=by)
