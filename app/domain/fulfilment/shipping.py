"""What happens when a shipment is processed, and when it is cancelled. Read each from top to bottom."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.catalog.products import accounts_of
from app.domain.catalog.tax_rates import percent_on
from app.domain.fulfilment.advances import Delivered, advanced, deliver, take_back, undelivered
from app.domain.fulfilment.amounts import amounts_of, write_amounts
from app.domain.fulfilment.drafts import Piece, add_drafts, put_back
from app.domain.fulfilment.loading import Pair, Shipments
from app.domain.fulfilment.progress import record_progress
from app.domain.kernel.company import company
from app.domain.kernel.drafts import check_cancellation
from app.domain.kernel.errors import DomainError, Invalid, refuse
from app.domain.kernel.numbering import ask_number
from app.domain.kernel.rows import read
from app.domain.kernel.values import ZERO, rounded
from app.domain.ledger.periods import check_date
from app.domain.ledger.posting import Posting, post, post_mirrors
from app.domain.lifecycles import SHIPMENT
from app.domain.sales.totals import Amounts, Made, left_to_pay
from app.domain.settlement.following import Move, follow
from app.domain.settlement.items import Item, change_items, close_items, open_items, refresh_statuses
from app.domain.stock.mirrors import mirror_moves
from app.domain.stock.moves import issue_goods, lock_balances, write_reserved
from app.domain.stock.reservations import Claim, add_back, change, fill_waiting, reservations_of
from app.domain.warehousing.inventory_accounts import follow_accounts

RESTS = ("back_order", "give_up")
Quantities = dict[int, Decimal]
Progress = dict[int, tuple[Decimal, Decimal]]


@SHIPMENT.step("process", load=Shipments, first=check_date)
def process_shipments(
    session: Session, shipments: Shipments, /, *, by: int, on: date,
    quantities: Mapping[int, Decimal] | None = None, rest: str = "back_order",
) -> None:  # fmt: skip
    """Goods leave: stock goes down at average cost, the orders move on, the customer owes, and the books follow.

    `quantities` (shipment line → quantity) ships other quantities than the draft says. What is then left of the order
    lines stays in a new draft (`rest="back_order"`) or is given up (`rest="give_up"`).
    """
    shipped = _shipped(shipments, quantities or {}, rest, on)
    left = _left(shipments, shipped)
    costs = _issue(session, shipments, shipped, left if rest == "back_order" else {}, on)
    amounts = amounts_of(session, shipments, shipped, on=on)
    write_amounts(session, shipments, shipped, amounts, costs, on=on)
    progress = {
        pair.order_line.id: (shipped[pair.line.id], ZERO if rest == "back_order" else left[pair.line.id])
        for pair in shipments.pairs
    }
    covered = deliver(session, shipments, shipped, on=on, by=by)
    _owe(session, shipments, amounts, progress, covered, on=on, by=by)
    _post_cost(session, shipments, shipped, costs, covered, on=on, by=by)
    record_progress(session, shipments.order_lines, progress, by=by)
    if rest == "back_order":
        add_drafts(session, _back_orders(shipments, left), by=by)
    ask_number(session, "shipments", dict.fromkeys(shipments.ids, on))


def _shipped(shipments: Shipments, quantities: Mapping[int, Decimal], rest: str, on: date) -> Quantities:
    """How much of each line leaves; Refused for more than is left, for nothing at all, and before the order."""
    if rest not in RESTS:
        raise Invalid("unknown_rest", "{rest}: the rest is {rests}.", rest=rest, rests=" or ".join(RESTS))
    if foreign := set(quantities) - {pair.line.id for pair in shipments.pairs}:
        raise Invalid("foreign_line", "Lines {lines} are not of these shipments.", lines=sorted(foreign))
    shipped: Quantities = {}
    errors: dict[int, DomainError] = {}
    for shipment, pairs in shipments.lines.items():
        try:
            for pair in pairs:
                shipped[pair.line.id] = pair.exactly(quantities.get(pair.line.id, pair.line.quantity))
            if rest == "give_up":
                _refuse_advanced(pairs, shipped)
            if not any(shipped[pair.line.id] for pair in pairs):
                raise Invalid("nothing_to_ship", "Nothing leaves: enter the quantity of at least one line.")
            if pairs[0].order_line.on > on:
                raise Invalid("before_document", "The order is dated {order_on}: nothing leaves before that.",
                              order_on=pairs[0].order_line.on)  # fmt: skip
        except DomainError as error:
            errors[shipment] = error
    refuse(errors)
    return shipped


def _refuse_advanced(pairs: Sequence[Pair], shipped: Quantities) -> None:
    """What is invoiced in advance is shipped or credited, not given up."""
    for pair in pairs:
        line = pair.order_line
        ahead = line.pre_invoiced - line.pre_shipped - shipped[pair.line.id]
        if ahead > 0:
            raise advanced(line.sku, ahead)


def _left(shipments: Shipments, shipped: Quantities) -> Quantities:
    """What each line leaves of its order line, by shipment line."""
    return {pair.line.id: pair.left - shipped[pair.line.id] for pair in shipments.pairs}


def _issue(
    session: Session, shipments: Shipments, shipped: Quantities, kept: Mapping[int, Decimal], on: date
) -> Quantities:
    """Takes the goods out of stock, with what was held for them, and gives the costs; `kept` is still wanted."""
    goods = shipments.to_issue(shipped)
    balances = lock_balances(session, (line.key for line in goods))
    had = reservations_of(session, (pair.order_line.id for pair in shipments.goods))
    held: Quantities = {}
    changes: Progress = {}
    freed = []
    for pair, line in zip(shipments.goods, goods, strict=True):
        if reservation := had.get(pair.order_line.id):
            used = held[line.line_id] = min(reservation.quantity, line.quantity)
            stays = min(reservation.quantity - used, kept.get(line.line_id, ZERO))
            changes[reservation.id] = (stays, kept.get(line.line_id, ZERO) - stays)
            if reservation.quantity - used > stays:
                freed.append((line.key, reservation.quantity - used - stays))
    costs = issue_goods(session, goods, held=held, on=on)
    change(session, changes)
    for key, quantity in freed:
        balances[key].reserved -= quantity
    if freed:
        write_reserved(session, balances)
        fill_waiting(session, (key for key, _ in freed))
    return costs


def _owe(
    session: Session, shipments: Shipments, amounts: Mapping[int, Amounts], progress: Progress,
    covered: Mapping[int, Delivered], *, on: date, by: int,
) -> None:  # fmt: skip
    """What the customer owes moves from the order lines to the shipment lines, save what is invoiced already, and what
    they paid of it goes with it.
    """
    open_items(session, [
        Item(pair.line.shipment_id, pair.line.id, pair.order_line.customer_id, pair.line.order_id,
             pair.line.shipment_id, None, pair.order_line.currency, on,
             _gross(pair, amounts[pair.line.id], covered.get(pair.line.id), progress, on,
                    shipments.decimals))
        for pair in shipments.pairs
    ])  # fmt: skip
    made = {
        pair.order_line.id: _made(pair, amounts[pair.line.id].net, amounts[pair.line.id].gross,
                                  percent_on(pair.order_line, on))
        for pair in shipments.pairs
    }  # fmt: skip
    settled = change_items(session, shipments.remaining(progress, made, _ahead(session, shipments)))
    follow(session, settled, (
        Move(pair.line.order_id, pair.order_line.id, pair.line.shipment_id, pair.line.id) for pair in shipments.pairs
    ), on=on, by=by)  # fmt: skip
    refresh_statuses(session, shipments.ids)


def _made(pair: Pair, net: Decimal, gross: Decimal, percent: Decimal) -> Made:
    """What leaves of an order line at a percentage of VAT."""
    return Made(net, gross, net if percent != pair.order_line.tax_percent else ZERO)


def _gross(
    pair: Pair, amounts: Amounts, covered: Delivered | None, progress: Progress, on: date, decimals: int
) -> Decimal:  # fmt: skip
    """What is owed for a shipment line: nothing once all of it is invoiced, and never more than it is worth."""
    if covered is None:
        return amounts.gross
    line = pair.order_line
    if covered.quantity == progress[line.id][0]:
        return ZERO
    return left_to_pay(
        amounts.net, amounts.gross, Made(covered.net, covered.gross, covered.otherwise), percent_on(line, on),
        vat_included=line.prices_include_vat, decimals=decimals,
    )  # fmt: skip


def _ahead(session: Session, shipments: Shipments) -> Mapping[int, Row[Any]]:
    return undelivered(session, (line for lines in shipments.order_lines.values() for line in lines))


def _post_cost(
    session: Session, shipments: Shipments, shipped: Quantities, costs: Quantities, covered: Mapping[int, Delivered],
    *, on: date, by: int,
) -> None:  # fmt: skip
    """The cost of what leaves; `at_invoice` it waits with the goods, save that of pieces that are invoiced already."""
    settings = company(session)
    accounts = accounts_of(session, (pair.order_line.product_id for pair in shipments.goods))
    postings = []
    for pair in shipments.goods:
        if not (cost := costs.get(pair.line.id)):
            continue
        amounts = {"cost": cost}
        if settings.cogs_timing == "at_invoice":
            ahead = covered[pair.line.id].quantity if pair.line.id in covered else ZERO
            sold = rounded(cost * ahead / shipped[pair.line.id], settings.decimals)
            amounts = {"cost": sold, "deferred": cost - sold}
        postings.append(Posting(pair.line.shipment_id, amounts, accounts[pair.order_line.product_id]))
    post(session, "shipment.processed", postings, on=on, by=by)


def _back_orders(shipments: Shipments, left: Quantities) -> list[Piece]:
    return [_piece(pair, left[pair.line.id]) for pair in shipments.pairs if left[pair.line.id]]


def _piece(pair: Pair, quantity: Decimal) -> Piece:
    return Piece(pair.line.order_id, pair.order_line.customer_id, pair.line.warehouse_id, pair.order_line.id, quantity)


@SHIPMENT.step("cancel", load=Shipments, first=check_date)
def cancel_shipments(session: Session, shipments: Shipments, /, *, by: int, on: date, reason: str) -> None:
    """The goods are back by the exact mirror, held for the order again, and wait in its open draft."""
    check_cancellation(session, SHIPMENT, shipments.ids, on=on, reason=reason)
    _refuse_returned(session, shipments)
    _refuse_credited(session, shipments)
    _refuse_invoiced(session, shipments)
    mirror_moves(session, shipments.ids, on=on)
    take_back(session, shipments, on=on, by=by)
    taken = _taken(shipments)
    add_back(session, [
        Claim(pair.line.order_id, line, pair.line.warehouse_id, pair.order_line.product_id, quantity)
        for line, (pair, quantity, _) in taken.items() if pair.is_goods
    ])  # fmt: skip
    progress = {line: (-its.quantity, ZERO) for line, its in taken.items()}
    settled = close_items(session, shipments.ids)
    made = {line: its.made for line, its in taken.items()}
    change_items(session, shipments.remaining(progress, made, _ahead(session, shipments)))
    follow(session, settled, (
        Move(pair.line.shipment_id, pair.line.id, pair.line.order_id, pair.order_line.id) for pair in shipments.pairs
    ), on=on, by=by)  # fmt: skip
    refresh_statuses(session, shipments.ids)
    post_mirrors(session, "shipment.processed", shipments.ids, on=on, by=by)
    follow_accounts(session, shipments.ids, on=on, by=by)
    record_progress(session, shipments.order_lines, progress, by=by)
    put_back(session, [_piece(its.pair, its.quantity) for its in taken.values()], by=by)


class Taken(NamedTuple):
    """What shipments took of one order line together: `pair` is one of their lines, `made` is what is undone."""

    pair: Pair
    quantity: Decimal
    made: Made


def _taken(shipments: Shipments) -> dict[int, Taken]:
    """By order line, because several shipments of a batch may be parts of one."""
    taken: dict[int, Taken] = {}
    for pair in shipments.pairs:
        if pair.line.quantity:
            _, quantity, made = taken.get(pair.order_line.id, (pair, ZERO, Made()))
            undone = _made(pair, -pair.line.net, -pair.line.gross, pair.line.tax_percent)
            taken[pair.order_line.id] = Taken(pair, quantity + pair.line.quantity, made.and_also(undone))
    return taken


# What a shipment says of its own pieces stands in the way; links only name what it is.
RETURNS = """
SELECT link.from_id, document.number
FROM document_link link JOIN document ON document.id = link.to_id AND document.number IS NOT NULL
WHERE link.from_id = ANY(%(ids)s::bigint[]) AND link.kind = 'returns' ORDER BY link.to_id DESC
"""


def _refuse_returned(session: Session, shipments: Shipments) -> None:
    back = {pair.line.shipment_id for pair in shipments.pairs if pair.line.returned}
    if back:
        refuse(dict.fromkeys(back, DomainError("returned", "Goods of it came back: cancel their return first.")) | {
            row.from_id: DomainError("returned", "Goods of it came back with return {number}: cancel that first.",
                                     number=row.number)
            for row in read(session, RETURNS, ids=sorted(back))
        })  # fmt: skip


CREDITS = """
SELECT link.from_id, document.number FROM document_link link
JOIN document ON document.id = link.to_id AND document.number IS NOT NULL
WHERE link.from_id = ANY(%(ids)s::bigint[]) AND link.kind = 'credits' ORDER BY link.to_id DESC
"""


def _refuse_credited(session: Session, shipments: Shipments) -> None:
    """What was invoiced in advance and credited since is not delivered again: goods come back by a return."""
    if held := {pair.line.shipment_id for pair in shipments.pairs if pair.line.pre_credited}:
        unnamed = DomainError("credited", "Pieces of it that were invoiced in advance are credited: take the goods "
                              "back with a return.")  # fmt: skip
        refuse(dict.fromkeys(held, unnamed) | {
            row.from_id: DomainError("credited", "Credit note {number} takes off pieces of it that were invoiced in "
                                     "advance: take the goods back with a return.", number=row.number)
            for row in read(session, CREDITS, ids=sorted(held))
        })  # fmt: skip


INVOICES = """
SELECT link.from_id, link.to_id, document.number FROM document_link link JOIN document ON document.id = link.to_id
WHERE link.from_id = ANY(%(ids)s::bigint[]) AND link.kind = 'invoices' ORDER BY link.to_id
"""


def _refuse_invoiced(session: Session, shipments: Shipments) -> None:
    held = {pair.line.shipment_id for pair in shipments.pairs if pair.line.invoiced > pair.line.pre_invoiced}
    if held:
        unnamed = DomainError("invoiced", "Pieces of it are invoiced: credit them first.")
        refuse(dict.fromkeys(held, unnamed) | {
            row.from_id: _invoiced(row.number, row.to_id) for row in read(session, INVOICES, ids=sorted(held))
        })  # fmt: skip


def _invoiced(number: str | None, invoice: int) -> DomainError:
    if number:
        return DomainError("invoiced", "Invoice {number} is issued from it: credit it first.", number=number)
    return DomainError("invoiced", "Draft invoice {id} holds its pieces: delete it first.", id=invoice)
