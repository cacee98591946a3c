"""What the lines of a shipment are worth: their part of the order line by the cumulative rule, VAT per shipment.

VAT is reckoned at the per cent of the day on which the goods leave. Where that changed since it was agreed the net
stays, or the gross where prices include VAT.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from sqlalchemy.orm import Session

from app.domain.catalog.tax_rates import percent_on
from app.domain.fulfilment.loading import Pair, Shipments
from app.domain.kernel.company import company
from app.domain.kernel.errors import DomainError, refuse
from app.domain.kernel.rows import write
from app.domain.kernel.values import ZERO, part
from app.domain.sales.totals import Amounts, Taxed, amounts, total

WRITE_LINES = """
UPDATE shipment_line line
SET quantity = given.quantity, tax_percent = given.tax_percent, net = given.net, vat = given.vat, gross = given.gross,
    cost = given.cost
FROM unnest(%(ids)s::bigint[], %(quantity)s::numeric[], %(tax_percent)s::numeric[], %(net)s::numeric[],
            %(vat)s::numeric[], %(gross)s::numeric[], %(cost)s::numeric[])
     AS given (id, quantity, tax_percent, net, vat, gross, cost)
WHERE line.id = given.id
"""
WRITE_HEADS = """
UPDATE shipment SET cogs_timing = %(timing)s, net = given.net, vat = given.vat, gross = given.gross
FROM unnest(%(ids)s::bigint[], %(net)s::numeric[], %(vat)s::numeric[], %(gross)s::numeric[])
     AS given (id, net, vat, gross)
WHERE shipment.id = given.id
"""


def amounts_of(
    session: Session, shipments: Shipments, shipped: Mapping[int, Decimal], *, on: date
) -> dict[int, Amounts]:  # fmt: skip
    """Net, VAT and gross of each line that leaves on a date, by its id; Refused for shipments that would be worth less
    than nothing.
    """
    decimals = company(session).decimals
    answer: dict[int, Amounts] = {}
    errors: dict[int, DomainError] = {}
    for shipment, pairs in shipments.lines.items():
        vat_included = pairs[0].order_line.prices_include_vat
        taxed = [_taxed(pair, shipped[pair.line.id], on, vat_included, decimals) for pair in pairs]
        its = amounts(taxed, vat_included=vat_included, decimals=decimals)
        answer |= {pair.line.id: amount for pair, amount in zip(pairs, its, strict=True)}
        if total(its).gross < 0:
            # By how much is not for whoever packs it.
            errors[shipment] = DomainError(
                "negative_total",
                "The shipment would be worth less than nothing: ship more, or less of what is given back.",
            )
    refuse(errors)
    return answer


def _taxed(pair: Pair, quantity: Decimal, on: date, vat_included: bool, decimals: int) -> Taxed:
    line = pair.order_line
    whole, earlier = (line.gross, line.taken_gross) if vat_included else (line.net, line.taken_net)
    amount = part(whole, line.quantity, line.shipped + quantity, earlier, decimals) if quantity else ZERO
    return Taxed(amount, line.tax_rate_id, percent_on(line, on))


def write_amounts(
    session: Session, shipments: Shipments, shipped: Mapping[int, Decimal], worth: Mapping[int, Amounts],
    costs: Mapping[int, Decimal], *, on: date,
) -> None:  # fmt: skip
    """Writes what was shipped, at which VAT, and what it is worth to the lines, and the sums to the shipments."""
    ids = [pair.line.id for pair in shipments.pairs]
    write(
        session, WRITE_LINES, ids=ids,
        tax_percent=[percent_on(pair.order_line, on) for pair in shipments.pairs],
        quantity=[shipped[line] for line in ids],
        net=[worth[line].net for line in ids],
        vat=[worth[line].vat for line in ids],
        gross=[worth[line].gross for line in ids],
        cost=[costs.get(line, ZERO) for line in ids],
    )  # fmt: skip
    totals = {shipment: total([worth[pair.line.id] for pair in pairs]) for shipment, pairs in shipments.lines.items()}
    write(
        session, WRITE_HEADS, timing=company(session).cogs_timing, ids=list(totals),
        net=[its.net for its in totals.values()],
        vat=[its.vat for its in totals.values()],
        gross=[its.gross for its in totals.values()],
    )  # fmt: skip
