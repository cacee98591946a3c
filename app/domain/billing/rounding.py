"""What invoices leave of shipments: what is owed for the rest, and cents of paid ones once nothing is left."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.kernel.company import company
from app.domain.kernel.rows import read
from app.domain.kernel.values import ZERO, rounded
from app.domain.sales.totals import Made, left_to_pay

# What issued invoices, also in advance, and those that are being issued, took of the lines of shipments, less what is
# credited to be invoiced again; `taken_otherwise` is the net of it at another percentage of VAT than the line has, and
# `rates` are the invoices and rates that took of it.
LEFT = """
SELECT line.shipment_id, line.id, line.net, line.gross, line.quantity, line.returned_uninvoiced, line.tax_percent,
       coalesce(taken.net, 0) - coalesce(again.net, 0) + line.pre_net AS taken_net,
       coalesce(taken.gross, 0) - coalesce(again.gross, 0) + line.pre_gross AS taken_gross,
       coalesce(taken.otherwise, 0) - coalesce(again.otherwise, 0) + coalesce(ahead.otherwise, 0) AS taken_otherwise,
       sales_order.prices_include_vat,
       coalesce(taken.quantity, 0) - coalesce(again.quantity, 0) + line.pre_invoiced + line.returned_uninvoiced
       = line.quantity AS is_whole, paid.status = 'paid' AS is_paid,
       coalesce(taken.of_one_rate, true) AND coalesce(ahead.of_one_rate, true) AS is_of_one_rate,
       taken.rates || ahead.rates AS rates
FROM shipment_line line JOIN shipment ON shipment.id = line.shipment_id
JOIN sales_order ON sales_order.id = shipment.order_id
LEFT JOIN payment_status paid ON paid.document_id = line.shipment_id
LEFT JOIN LATERAL (
    SELECT sum(part.net) AS net, sum(part.gross) AS gross, sum(part.quantity) AS quantity,
           sum(part.net) FILTER (WHERE part.tax_percent <> line.tax_percent) AS otherwise,
           bool_and(part.tax_percent = line.tax_percent) AS of_one_rate,
           array_agg(concat_ws(' ', part.invoice_id, part.tax_rate_id)) AS rates
    FROM invoice_line part JOIN invoice ON invoice.id = part.invoice_id
    WHERE part.shipment_line_id = line.id AND (invoice.state = 'issued' OR invoice.id = ANY(%(invoices)s::bigint[]))
) taken ON true LEFT JOIN LATERAL (
    SELECT sum(part.again_net) AS net, sum(part.again_gross) AS gross, sum(part.quantity) AS quantity,
           sum(part.again_net) FILTER (WHERE part.tax_percent <> line.tax_percent) AS otherwise
    FROM credit_note_line part JOIN credit_note ON credit_note.id = part.credit_note_id
    WHERE part.shipment_line_id = line.id AND part.kind = 'invoice_again'
          AND (credit_note.state = 'issued' OR credit_note.id = ANY(%(notes)s::bigint[]))
) again ON true LEFT JOIN LATERAL (
    SELECT sum(part.net) FILTER (WHERE sold.tax_percent <> line.tax_percent) AS otherwise,
           bool_and(sold.tax_percent = line.tax_percent) AS of_one_rate,
           array_agg(concat_ws(' ', sold.invoice_id, sold.tax_rate_id)) AS rates
    FROM advance_delivery part JOIN advance ON advance.id = part.advance_id
    JOIN invoice_line sold ON sold.id = advance.invoice_line_id
    WHERE line.pre_invoiced > 0 AND part.shipment_line_id = line.id
) ahead ON true
WHERE line.shipment_id = ANY(%(shipments)s::bigint[])
ORDER BY line.shipment_id, line.position
"""


class Rest(NamedTuple):
    """A line of a shipment, what it is worth beyond what was invoiced of it and came back uninvoiced, and what would be
    invoiced of it yet.
    """

    row: Row[Any]
    difference: Decimal
    payable: Decimal


def left_of_shipments(
    session: Session, shipments: Iterable[int], *, invoices: Sequence[int] = (), notes: Sequence[int] = ()
) -> dict[int, list[tuple[int, Decimal]]]:
    """What is left to pay on each line of shipments, less what issued invoices and `invoices` took, and what came back
    without an invoice: nothing once no piece is left. Issued credit notes and `notes` open again what they say.
    """
    return by_shipment(shipments, rests_of(session, shipments, invoices, notes))


def by_shipment(shipments: Iterable[int], rests: Iterable[Rest]) -> dict[int, list[tuple[int, Decimal]]]:
    left: dict[int, list[tuple[int, Decimal]]] = {shipment: [] for shipment in sorted(set(shipments))}
    for row, _, payable in rests:
        left[row.shipment_id].append((row.id, ZERO if row.is_whole else payable))
    return left


def rests_of(
    session: Session, shipments: Iterable[int], invoices: Sequence[int], notes: Sequence[int] = ()
) -> list[Rest]:  # fmt: skip
    decimals = company(session).decimals
    wanted = sorted(set(shipments))
    rows = read(session, LEFT, invoices=list(invoices), notes=list(notes), shipments=wanted)
    return [_rest(row, decimals) for row in rows]


def _rest(row: Row[Any], decimals: int) -> Rest:
    of, back = row.quantity, row.returned_uninvoiced
    net = rounded(row.net * (of - back) / of, decimals) if of else ZERO
    gross = row.gross - (rounded(row.gross * back / of, decimals) if of else ZERO)
    payable = left_to_pay(
        net, gross, Made(row.taken_net, row.taken_gross, row.taken_otherwise), row.tax_percent,
        vat_included=row.prices_include_vat, decimals=decimals,
    )  # fmt: skip
    return Rest(row, gross - row.taken_gross, payable)


def cents_left(
    invoices: Iterable[tuple[Row[Any], Row[Any]]], rests: Sequence[Rest], decimals: int
) -> dict[int, Decimal]:  # fmt: skip
    """What the invoices of shipments that were paid, and of which nothing is left now, are more or less than them.

    By the line of an invoice that carries it: VAT is reckoned for each invoice and rate, so that the parts of a
    shipment may differ from it by a cent for each invoice and rate that took of it; what was paid for the shipment is
    what the customer owes in all. What is more than that, and what comes of another rate than that of the shipment, is
    no rounding: it is owed. Nor is one what would make an invoice worth less than nothing, whatever another shipment
    on it leaves over.

    `invoices` are all their lines, each with the head of its invoice.
    """
    of_shipment: dict[int, list[Rest]] = defaultdict(list)
    for rest in rests:
        of_shipment[rest.row.shipment_id].append(rest)
    lasts: dict[int, Row[Any]] = {}
    worth: dict[int, Decimal] = {}
    for head, line in invoices:
        worth[head.id] = head.gross
        if line.shipment_id and line.gross > 0:
            lasts[line.shipment_id] = line
    found: dict[int, Decimal] = {}
    for shipment, its in of_shipment.items():
        short = sum((rest.difference for rest in its), ZERO)
        most = len({rate for rest in its for rate in rest.row.rates or ()}) * Decimal(1).scaleb(-decimals)
        finished = all(rest.row.is_whole and rest.row.is_paid and rest.row.is_of_one_rate for rest in its)
        last = lasts.get(shipment)
        if last is None or not finished or not short or abs(short) > most:
            continue
        if min(last.gross, worth[last.invoice_id]) + short >= 0:
            found[last.id] = short
            worth[last.invoice_id] += min(short, ZERO)
    return found
