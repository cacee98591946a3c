"""Refunds that no credit note could be drafted for: whether a person credited them since."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import cached_property
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.intake.eshop.value import Refund
from app.domain.kernel.errors import DomainError
from app.domain.kernel.rows import read
from app.domain.kernel.values import ZERO, rounded

CENT = Decimal("0.01")
# Credit notes that came of no proposal: of the order's invoices, or without one but paid back by the proposed payment.
BY_HAND = """
    SELECT coalesce(sum(its.amount), 0) AS amount FROM (
        SELECT line.credit_note_id, line.kind, line.net + line.vat AS amount
        FROM (SELECT DISTINCT invoice_id FROM open_item WHERE order_id = link.document_id) billed
        JOIN invoice_line invoiced ON invoiced.invoice_id = billed.invoice_id
        JOIN sales_order_line ordered ON ordered.id = invoiced.order_line_id AND ordered.order_id = link.document_id
        JOIN credit_note_line line ON line.invoice_line_id = invoiced.id
        UNION ALL
        SELECT line.credit_note_id, line.kind, line.net + line.vat
        FROM credit_note_line line WHERE line.invoice_line_id IS NULL AND line.credit_note_id IN (
            SELECT back.source_id FROM shop_refund refund JOIN repayment back ON back.refund_id = refund.payment_id
            WHERE refund.shop_id = link.shop_id AND refund.order_ref = link.ref AND back.cancelled_on IS NULL
        )
    ) its JOIN credit_note note ON note.id = its.credit_note_id
    WHERE note.state = 'issued' AND its.kind <> 'invoice_again' AND NOT EXISTS (
        SELECT FROM shop_refund proposed WHERE proposed.shop_id = link.shop_id AND proposed.order_ref = link.ref
               AND proposed.credit_note_id = note.id
    )
"""
CREDITED = f"""
SELECT credited.amount FROM shop_order link CROSS JOIN LATERAL ({BY_HAND}) credited
WHERE link.shop_id = %(shop)s AND link.ref = %(ref)s
"""
# Notices say what was credited when they were written; of what is kept no longer none is written anew.
OUTDATED = f"""
SELECT DISTINCT link.shop_id, link.ref FROM inbound_message message
JOIN shop_order link ON link.shop_id = message.shop_id AND link.ref = message.order_ref
CROSS JOIN LATERAL ({BY_HAND}) credited
WHERE message.outcome = 'noticed' AND message.body IS NOT NULL AND message.reason -> 'facts' ? 'credited_in_all'
      AND credited.amount <> (message.reason #>> '{{facts,credited_in_all}}')::numeric
"""


def credited_by_hand(session: Session, shop: int, ref: str) -> Decimal:
    """The gross that people credited of an order beyond what was proposed."""
    rows = read(session, CREDITED, shop=shop, ref=ref)
    return Decimal(rows[0].amount) if rows else ZERO


def outdated_notices(session: Session) -> Sequence[Row[Any]]:
    """Orders (`shop_id`, `ref`) whose notices say that something is to be credited, of which more or less is by now."""
    return read(session, OUTDATED)


class Credits:
    """What people credited of an order, to be counted against its refunds in their order."""

    def __init__(self, session: Session, shop: int, ref: str) -> None:
        self.order = session, shop, ref
        self.counted = ZERO

    @cached_property
    def in_all(self) -> Decimal:
        """All of it, gross."""
        return credited_by_hand(*self.order)

    def has_some_of(self, refund: Refund, worth: Decimal) -> bool:
        """Whether people credited any of a refund whose lines are worth so much gross."""
        return min(refund.amount, worth, self.in_all - self.counted) > CENT

    def notice(self, refund: Refund, worth: Decimal, why: str = "") -> DomainError | None:
        """What of a refund, whose lines are worth so much gross, nobody credited yet; None where that is nothing."""
        due = min(refund.amount, worth)
        credited = min(self.in_all - self.counted, due)
        self.counted += credited
        if due - credited <= CENT:
            return None
        told = " {credited} of it was credited by hand." if credited else ""
        facts = {"ref": refund.ref, "amount": refund.amount, "credited_in_all": self.in_all}
        more = ({"credited": credited} if credited else {}) | ({"why": why} if why else {})
        return DomainError("refund_not_credited", "Refund {ref} of {amount}: no credit note was drafted." + told
                           + (" {why}" if why else ""), **facts, **more)  # fmt: skip


def gross_of(parts: Iterable[tuple[Decimal, Decimal, Decimal]], decimals: int) -> Decimal:
    """What parts of lines come to: (net of the part, net and gross of the line), at most the line."""
    return sum((rounded(min(part, net) * gross / net, decimals) for part, net, gross in parts if net > 0), ZERO)
