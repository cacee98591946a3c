"""Pieces that were invoiced before they left, as credit notes find them: still to leave, or gone with a shipment.

Shipping, and crediting what did not leave, take of an advance in one sequence. What left has its part of it, and
crediting what left takes of that part.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.kernel.rows import read
from app.domain.kernel.values import ZERO, part, rounded

# Beside a shipment line `shipped`: the pieces that draft invoices hold, and those that issued credit notes took as
# goods back, less what debit notes took back.
BEHIND = """
LEFT JOIN LATERAL (
    SELECT sum(part.quantity) AS quantity FROM invoice_line part JOIN invoice ON invoice.id = part.invoice_id
    WHERE part.shipment_line_id = shipped.id AND invoice.state = 'draft'
) held ON true
LEFT JOIN LATERAL (
    SELECT sum(part.quantity) - sum(coalesce((
               SELECT sum(debit.quantity) FROM invoice_line debit JOIN invoice ON invoice.id = debit.invoice_id
               WHERE debit.credit_line_id = part.id AND invoice.state = 'issued'), 0)) AS quantity
    FROM credit_note_line part JOIN credit_note ON credit_note.id = part.credit_note_id
    WHERE part.shipment_line_id = shipped.id AND part.kind = 'goods_back' AND credit_note.state = 'issued'
) taken ON true
"""
# Of a shipment line: `at_hand` are pieces on issued invoices that are not to be invoiced again, `back` those of them
# that came back, `credited_back` those that credit notes took as goods back.
STANDING = """
       shipped.invoiced - coalesce(held.quantity, 0) AS at_hand,
       shipped.returned - shipped.returned_uninvoiced AS back, coalesce(taken.quantity, 0) AS credited_back
"""
DELIVERIES = f"""
SELECT line.id, shipped.id AS shipment_line_id, shipped.shipment_id, shipment.cogs_timing,
       delivery.quantity, delivery.net, delivery.gross, coalesce(credited.quantity, 0) AS credited, {STANDING}
FROM invoice_line line JOIN advance ON advance.invoice_line_id = line.id
JOIN advance_delivery delivery ON delivery.advance_id = advance.id
JOIN shipment_line shipped ON shipped.id = delivery.shipment_line_id
JOIN shipment ON shipment.id = shipped.shipment_id AND shipment.state = 'processed' {BEHIND}
LEFT JOIN LATERAL (
    SELECT sum(part.quantity) - sum(coalesce((
               SELECT sum(debit.quantity) FROM invoice_line debit JOIN invoice ON invoice.id = debit.invoice_id
               WHERE debit.credit_line_id = part.id AND invoice.state = 'issued'), 0)) AS quantity
    FROM credit_note_line part JOIN credit_note ON credit_note.id = part.credit_note_id
    WHERE part.invoice_line_id = line.id AND part.shipment_line_id = shipped.id AND credit_note.state = 'issued'
) credited ON true
WHERE line.id = ANY(%(lines)s::bigint[])
ORDER BY line.id, shipped.id
"""


def deliveries(session: Session, lines: Iterable[int]) -> list[Row[Any]]:
    """What standing shipments took of lines of advance invoices, and what stands of the goods, oldest first."""
    return list(read(session, DELIVERIES, lines=sorted(set(lines))))


@dataclass
class Goods:
    """What stands of a shipment line, as it changes in the course of a batch."""

    at_hand: Decimal
    back: Decimal
    credited_back: Decimal

    @property
    def due(self) -> Decimal:
        """Invoiced pieces that are back and not credited."""
        return max(self.back - self.credited_back, ZERO)

    @property
    def again(self) -> Decimal:
        """Pieces that could be invoiced again: neither back nor promised back."""
        return self.at_hand - max(self.back, self.credited_back)

    @property
    def may_come_back(self) -> Decimal:
        """Pieces that could be credited as goods that are, or come, back."""
        return self.at_hand - self.credited_back


@dataclass
class Delivered:
    """Pieces of an advance that left with a shipment line, and how many of them are credited."""

    shipment_id: int
    quantity: Decimal
    net: Decimal
    gross: Decimal
    credited: Decimal

    @property
    def left(self) -> Decimal:
        """The pieces that are not credited."""
        return self.quantity - self.credited

    def take(self, quantity: Decimal, decimals: int) -> tuple[Decimal, Decimal]:
        """Net and gross of the next pieces."""
        before = self.credited
        self.credited += quantity
        net, gross = (
            rounded(whole * self.credited / self.quantity, decimals) - rounded(whole * before / self.quantity, decimals)
            for whole in (self.net, self.gross)
        )
        return net, gross


@dataclass
class Ahead:
    """Pieces invoiced in advance: those that did not leave, of which shipping and crediting take in one sequence, and
    those `delivered`, by shipment line.
    """

    quantity: Decimal
    net: Decimal
    gross: Decimal
    gone: Decimal
    gone_net: Decimal
    gone_gross: Decimal
    delivered: dict[int, Delivered] = field(default_factory=dict)

    @property
    def left(self) -> Decimal:
        """The pieces that did not leave and are not credited."""
        return self.quantity - self.gone

    def take(self, quantity: Decimal, decimals: int) -> tuple[Decimal, Decimal]:
        """Net and gross of the next pieces that did not leave."""
        self.gone += quantity
        net = part(self.net, self.quantity, self.gone, self.gone_net, decimals)
        gross = part(self.gross, self.quantity, self.gone, self.gone_gross, decimals)
        self.gone_net += net
        self.gone_gross += gross
        return net, gross

    def sources(self, kind: str, goods: Mapping[int, Goods]) -> list[tuple[int | None, Decimal]]:
        """Where pieces may be taken from, in order, and how many: shipment lines, or None for what did not leave.

        What did not leave is invoiced again before what did; of goods that come back those that are back go first.
        """
        if kind == "invoice_again":
            left: list[tuple[int | None, Decimal]] = [(None, self.left)]
            return left + [(line, min(its.left, goods[line].again)) for line, its in self.delivered.items()]
        due = [(line, min(its.left, goods[line].due)) for line, its in self.delivered.items()]
        more = [
            (line, min(self.delivered[line].left, goods[line].may_come_back) - back) for line, back in due
        ]  # fmt: skip
        return [*due, *more]


def kept_first(
    sources: Sequence[tuple[int | None, Decimal]], kept: Mapping[int, Decimal]
) -> list[tuple[int | None, Decimal]]:  # fmt: skip
    """These sources in another order: what did not leave, then so much as is `kept` by shipment line, then the rest."""
    to_keep, first, others = dict(kept), [], []
    for line, most in sources:
        same = most if line is None else min(most, to_keep.get(line, ZERO))
        if line in to_keep:
            to_keep[line] -= same
        first.append((line, same))
        others.append((line, most - same))
    return first + others


def shared(
    sources: Iterable[tuple[int | None, Decimal]], wanted: Decimal
) -> tuple[dict[int | None, Decimal], Decimal]:  # fmt: skip
    """So many pieces from these sources in order, by source, and how many are missing."""
    found: dict[int | None, Decimal] = {}
    for source, most in sources:
        if (taken := min(most, wanted)) > 0:
            found[source] = found.get(source, ZERO) + taken
            wanted -= taken
    return found, wanted
