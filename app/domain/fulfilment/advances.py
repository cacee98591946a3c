"""Pieces that were invoiced before they left: what is still to be delivered of them, and what a shipment delivers.

A shipment covers what was invoiced in advance first. Its part of the advance's net moves to revenue, and only what it
ships beyond can be invoiced from it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.catalog.products import accounts_of
from app.domain.catalog.tax_rates import percent_on
from app.domain.fulfilment.loading import Pair, Shipments
from app.domain.fulfilment.models import Advance, AdvanceDelivery
from app.domain.kernel.errors import DomainError
from app.domain.kernel.rows import Rows, insert, read, write
from app.domain.kernel.values import ZERO, part
from app.domain.ledger.posting import Posting, post, post_mirrors

DELIVERED = "shipment.advance_delivered"


class Delivered(NamedTuple):
    """What a shipment line covers of an advance; `otherwise` is the net of it at another percentage of VAT than the day
    on which it leaves has.
    """

    shipment_line_id: int
    advance: Row[Any]
    quantity: Decimal
    net: Decimal
    gross: Decimal
    otherwise: Decimal


OPEN = """
SELECT id, order_line_id, quantity, net, gross, delivered, delivered_net, delivered_gross, credited, credited_net,
       credited_gross,
       (SELECT tax_percent FROM invoice_line line WHERE line.id = advance.invoice_line_id) AS tax_percent
FROM advance WHERE order_line_id = ANY(%(lines)s::bigint[]) AND quantity > delivered + credited
ORDER BY order_line_id, id FOR NO KEY UPDATE
"""
RAISE = """
UPDATE advance SET delivered = delivered + given.quantity, delivered_net = delivered_net + given.net,
       delivered_gross = delivered_gross + given.gross
FROM unnest(%(ids)s::bigint[], %(quantities)s::numeric[], %(nets)s::numeric[], %(grosses)s::numeric[])
     AS given (id, quantity, net, gross)
WHERE advance.id = given.id
"""
COVER = """
UPDATE shipment_line line SET invoiced = invoiced + given.quantity, pre_invoiced = pre_invoiced + given.quantity,
       pre_net = pre_net + given.net, pre_gross = pre_gross + given.gross
FROM unnest(%(ids)s::bigint[], %(quantities)s::numeric[], %(nets)s::numeric[], %(grosses)s::numeric[])
     AS given (id, quantity, net, gross)
WHERE line.id = given.id
"""
MOVE_ON = """
UPDATE sales_order_line line SET pre_shipped = pre_shipped + given.quantity
FROM unnest(%(ids)s::bigint[], %(quantities)s::numeric[]) AS given (id, quantity) WHERE line.id = given.id
"""
OF_SHIPMENTS = """
SELECT delivery.shipment_line_id, delivery.advance_id, advance.order_line_id, delivery.quantity, delivery.net,
       delivery.gross
FROM advance_delivery delivery JOIN advance ON advance.id = delivery.advance_id
WHERE delivery.shipment_line_id = ANY(%(lines)s::bigint[])
ORDER BY delivery.advance_id
"""


def add_advances(session: Session, rows: Rows) -> None:
    """Notes lines of issued advance invoices, which are to be delivered from now on."""
    insert(session, Advance, rows)


def deliver(
    session: Session, shipments: Shipments, shipped: Mapping[int, Decimal], *, on: date, by: int
) -> dict[int, Delivered]:
    """Covers what shipments take of pieces invoiced in advance, and gives what is covered, by shipment line.

    The oldest advance is delivered first; its net moves to revenue by the cumulative rule. Nothing is read or written
    where nothing was invoiced in advance.
    """
    ahead = [
        pair for pair in shipments.pairs
        if pair.order_line.pre_invoiced > pair.order_line.pre_shipped and shipped[pair.line.id]
    ]  # fmt: skip
    if not ahead:
        return {}
    open_advances: dict[int, list[Row[Any]]] = defaultdict(list)
    for row in read(session, OPEN, lines=[pair.order_line.id for pair in ahead]):
        open_advances[row.order_line_id].append(row)
    parts = [
        taken
        for pair in ahead
        for taken in _taken(pair, open_advances[pair.order_line.id], shipped[pair.line.id], on, shipments.decimals)
    ]
    if not parts:
        return {}
    _write(session, parts)
    accounts = accounts_of(session, (pair.order_line.product_id for pair in ahead))
    of_line = {pair.line.id: pair for pair in ahead}
    post(session, DELIVERED, [
        Posting(of_line[its.shipment_line_id].line.shipment_id, {"net": its.net},
                accounts.get(of_line[its.shipment_line_id].order_line.product_id, {}))
        for its in parts
    ], on=on, by=by)  # fmt: skip
    return _sums(parts)


def _taken(
    pair: Pair, advances: Sequence[Row[Any]], quantity: Decimal, on: date, decimals: int
) -> list[Delivered]:  # fmt: skip
    percent = percent_on(pair.order_line, on)
    parts = []
    for row in advances:
        taken = min(quantity, row.quantity - row.delivered - row.credited)
        if not taken:
            break
        upto = row.delivered + row.credited + taken
        net = part(row.net, row.quantity, upto, row.delivered_net + row.credited_net, decimals)
        gross = part(row.gross, row.quantity, upto, row.delivered_gross + row.credited_gross, decimals)
        parts.append(Delivered(pair.line.id, row, taken, net, gross, net if row.tax_percent != percent else ZERO))
        quantity -= taken
    return parts


def _sums(parts: Iterable[Delivered]) -> dict[int, Delivered]:
    sums: dict[int, Delivered] = {}
    for its in parts:
        before = sums.get(its.shipment_line_id)
        sums[its.shipment_line_id] = its if before is None else its._replace(
            quantity=before.quantity + its.quantity, net=before.net + its.net, gross=before.gross + its.gross,
            otherwise=before.otherwise + its.otherwise,
        )  # fmt: skip
    return sums


def _write(session: Session, parts: Sequence[Delivered]) -> None:
    insert(session, AdvanceDelivery, [
        {"shipment_line_id": its.shipment_line_id, "advance_id": its.advance.id, "quantity": its.quantity,
         "net": its.net, "gross": its.gross}
        for its in parts
    ])  # fmt: skip
    _move(session, [
        Move(its.shipment_line_id, its.advance.id, its.advance.order_line_id, (its.quantity, its.net, its.gross))
        for its in parts
    ])  # fmt: skip


class Move(NamedTuple):
    """Quantity, net and gross that are delivered, or taken back, and the rows that count them."""

    shipment_line_id: int
    advance_id: int
    order_line_id: int
    amounts: tuple[Decimal, Decimal, Decimal]


def _move(session: Session, moves: Sequence[Move]) -> None:
    """Adds to the advance and the shipment line what is delivered of them, and to the order line its quantity."""
    for sql, key in ((RAISE, "advance_id"), (COVER, "shipment_line_id"), (MOVE_ON, "order_line_id")):
        sums: dict[int, list[Decimal]] = defaultdict(lambda: [ZERO, ZERO, ZERO])
        for move in moves:
            its = sums[getattr(move, key)]
            its[:] = [before + more for before, more in zip(its, move.amounts, strict=True)]
        quantities, nets, grosses = (list(column) for column in zip(*sums.values(), strict=True))
        write(session, sql, ids=list(sums), quantities=quantities, nets=nets, grosses=grosses)


def take_back(session: Session, shipments: Shipments, *, on: date, by: int) -> None:
    """Undoes what cancelled shipments covered: it is to be delivered again, and its net is mirrored."""
    lines = [pair.line.id for pair in shipments.pairs if pair.line.pre_invoiced]
    if not lines:
        return
    rows = read(session, OF_SHIPMENTS, lines=lines)
    _move(session, [
        Move(row.shipment_line_id, row.advance_id, row.order_line_id, (-row.quantity, -row.net, -row.gross))
        for row in rows
    ])  # fmt: skip
    post_mirrors(session, DELIVERED, shipments.ids, on=on, by=by)


# `otherwise` is the net of it at another percentage of VAT than was agreed.
UNDELIVERED = """
SELECT its.order_line_id, sum(its.quantity - delivered - its.credited) AS quantity,
       sum(its.net - delivered_net - its.credited_net) AS net,
       sum(its.gross - delivered_gross - credited_gross) AS gross,
       coalesce(sum(its.net - delivered_net - its.credited_net) FILTER (WHERE sold.tax_percent <> line.tax_percent), 0)
           AS otherwise
FROM advance its JOIN invoice_line sold ON sold.id = its.invoice_line_id
JOIN sales_order_line line ON line.id = its.order_line_id
WHERE its.order_line_id = ANY(%(lines)s::bigint[]) GROUP BY its.order_line_id
"""


def undelivered(session: Session, lines: Iterable[Row[Any]]) -> dict[int, Row[Any]]:
    """What is invoiced in advance and did not leave yet, by order line, as it is now.

    `lines` are order lines; nothing is read where none of them has anything invoiced in advance.
    """
    ahead = [line.id for line in lines if line.pre_invoiced]
    return {row.order_line_id: row for row in read(session, UNDELIVERED, lines=ahead)} if ahead else {}


def advanced(sku: str, quantity: Decimal) -> DomainError:
    """Why pieces are not given up, nor their order cancelled or opened again."""
    return DomainError("invoiced_in_advance", "{sku}: {quantity} are invoiced in advance: credit them first, or delete "
                       "the draft invoice.", sku=sku, quantity=quantity)  # fmt: skip
