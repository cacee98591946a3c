"""What a shop gave back becomes proposals: a draft credit note, and a draft of the money that went out. A person looks
at both; nothing is posted before.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.billing.crediting import NewCreditLine, NewCreditNote, add_credit_notes, delete_credit_notes
from app.domain.billing.freelines import FreeLine
from app.domain.billing.loose_credits import LooseCredit, add_loose_credits
from app.domain.intake.eshop.crediting import Credits, gross_of
from app.domain.intake.eshop.ordering import local_day, products_named
from app.domain.intake.eshop.paying import brought
from app.domain.intake.eshop.value import FREIGHT, Refund, ShopOrder
from app.domain.intake.models import ShopRefund
from app.domain.kernel.company import company
from app.domain.kernel.errors import DomainError, Refused
from app.domain.kernel.rows import insert, read, write
from app.domain.kernel.values import ZERO, rounded, shared
from app.domain.treasury.banks import NewBankLine, add_bank_lines, delete_bank_lines
from app.domain.treasury.purposes import Target

# A draft that a person deleted is not there, though it is known that there was one.
KNOWN = """
SELECT refund.*, note.id AS note_id
FROM shop_refund refund LEFT JOIN credit_note note ON note.id = refund.credit_note_id
WHERE refund.shop_id = %(shop)s AND refund.order_ref = %(ref)s
"""
DRAFTS = """
SELECT refund.credit_note_id, refund.payment_id FROM shop_refund refund
LEFT JOIN credit_note note ON note.id = refund.credit_note_id LEFT JOIN bank_line line ON line.id = refund.payment_id
WHERE refund.shop_id = %(shop)s AND refund.order_ref = %(ref)s AND refund.ref = %(refund)s
      AND coalesce(note.state, 'draft') = 'draft' AND coalesce(line.state, 'draft') = 'draft'
"""
PROPOSED = """
SELECT note.id AS note_id, note.state AS note_state, line.id AS payment_id, line.state AS payment_state
FROM shop_refund refund
LEFT JOIN credit_note note ON note.id = refund.credit_note_id LEFT JOIN bank_line line ON line.id = refund.payment_id
WHERE refund.shop_id = %(shop)s AND refund.order_ref = %(ref)s AND refund.ref = %(refund)s
"""
FORGET = "DELETE FROM shop_refund WHERE shop_id = %(shop)s AND order_ref = %(ref)s AND ref = %(refund)s"
HEAD = """
SELECT document.customer_id, document.number, sales_order.state FROM sales_order JOIN document USING (id)
WHERE id = %(order)s
"""
LINES = """
SELECT line.shop_line, line.product_id, line.quantity, line.net, line.gross, line.tax_rate_id,
       line.shipped > 0 OR line.pre_invoiced > 0 AS begun, invoiced.id AS invoice_line_id, invoiced.invoice_id
FROM sales_order_line line JOIN product ON product.id = line.product_id
LEFT JOIN LATERAL (
    SELECT its.id, its.invoice_id FROM (
        SELECT part.id, part.invoice_id FROM shipment_line shipped
        JOIN invoice_line part ON part.shipment_line_id = shipped.id WHERE shipped.order_line_id = line.id
        UNION ALL
        SELECT part.id, part.invoice_id FROM invoice_line part
        WHERE part.order_line_id = line.id AND part.kind = 'advance'
    ) its JOIN invoice ON invoice.id = its.invoice_id
    WHERE invoice.state = 'issued' AND invoice.kind = 'invoice' ORDER BY its.id LIMIT 1
) invoiced ON true
WHERE line.order_id = %(order)s ORDER BY line.position
"""


class Wanted(NamedTuple):
    """What is to be credited of an order line: pieces that come back, or (quantity 0) so much net."""

    line: Row[Any]
    quantity: Decimal
    net: Decimal


def propose_refunds(
    session: Session,
    shop: Row[Any],
    order: ShopOrder,
    refunds: Sequence[Refund],
    document: int,
    sold: Sequence[Sequence[str]],
    *,
    anew: bool,
) -> list[DomainError]:
    """Drafts for refunds that have none yet; `sold` are the lines as they were written down here (see `content`),
    `anew` where the order was called off before.

    Gives a notice for each refund that no credit note could be drafted for, and for what people did already of one that
    the shop deleted.
    """
    known = {row.ref: row for row in read(session, KNOWN, shop=shop.id, ref=order.ref)}
    gone = sorted({*known} - {refund.ref for refund in refunds}) if order.all_refunds else []
    notices = [_take_away(session, shop, order.ref, ref) for ref in gone]
    by_hand = Credits(session, shop.id, order, refunds)
    for refund in refunds:
        earlier = known.get(refund.ref)
        if earlier is None or _is_proposed_anew(session, shop, earlier, refund, document, sold, by_hand, anew=anew):
            notices.append(_propose(session, shop, order, refund, document, sold, by_hand))
        elif earlier.note_id is None:
            wanted, _ = _wanted(session, shop, refund, document, sold)
            deleted = earlier.credit_note_id is not None
            notices.append(by_hand.notice(refund, _worth(session, wanted), deleted=deleted))
    return [notice for notice in notices if notice is not None]


def _is_proposed_anew(
    session: Session, shop: Row[Any], earlier: Row[Any], refund: Refund, document: int, sold: Sequence[Sequence[str]],
    by_hand: Credits, *, anew: bool,
) -> bool:  # fmt: skip
    """Whether better drafts are known by now, for which the earlier ones were withdrawn: the shop told the lines; or
    nothing of it is credited any more, as the order was called off, and the money goes back as it came; or something
    is, as it was called off before and is written down `anew`.

    Not where a person credited it meanwhile, as no draft did: it would be credited twice.
    """
    wanted, by_lines = _wanted(session, shop, refund, document, sold)
    is_called_off = earlier.credit_note_id is not None and not wanted
    is_wanted_again = anew and earlier.credit_note_id is None and bool(wanted)
    if not ((earlier.by_amount and by_lines) or is_called_off or is_wanted_again):
        return False
    if earlier.note_id is None and by_hand.has_some_of(refund, _worth(session, wanted)):
        return False
    return _withdraw(session, shop, earlier.order_ref, refund)


def _worth(session: Session, wanted: Iterable[Wanted]) -> Decimal:
    return gross_of(((its.net, its.line.net, its.line.gross) for its in wanted), company(session).decimals)


def _withdraw(session: Session, shop: Row[Any], ref: str, refund: Refund) -> bool:
    """Takes what was proposed for a refund back, so that it can be proposed anew; not where a person used it already,
    which is told by False.
    """
    for drafts in read(session, DRAFTS, shop=shop.id, ref=ref, refund=refund.ref):
        write(session, FORGET, shop=shop.id, ref=ref, refund=refund.ref)
        if drafts.payment_id is not None:
            delete_bank_lines(session, _there(session, "bank_line", drafts.payment_id), by=shop.actor_id)
        if drafts.credit_note_id is not None:
            delete_credit_notes(session, _there(session, "credit_note", drafts.credit_note_id), by=shop.actor_id)
        return True
    return False


def _take_away(session: Session, shop: Row[Any], order: str, refund: str) -> DomainError | None:
    """Deletes what is still a draft of all that was proposed for a refund which the shop deleted; a notice of the rest,
    which is true as long as that stands.
    """
    [its] = read(session, PROPOSED, shop=shop.id, ref=order, refund=refund)
    used = its.note_state == "issued" or its.payment_state in ("processed", "cancelled")
    if its.payment_state == "draft":
        delete_bank_lines(session, [its.payment_id], by=shop.actor_id)
    if its.note_state == "draft":
        delete_credit_notes(session, [its.note_id], by=shop.actor_id)
    if not used:
        write(session, FORGET, shop=shop.id, ref=order, refund=refund)
        return None
    return DomainError("refund_deleted", "", ref=refund)


def _there(session: Session, table: str, document: int) -> list[int]:
    return [row.id for row in read(session, f"SELECT id FROM {table} WHERE id = %(id)s", id=document)]


def _propose(
    session: Session, shop: Row[Any], order: ShopOrder, refund: Refund, document: int, sold: Sequence[Sequence[str]],
    by_hand: Credits,
) -> DomainError | None:  # fmt: skip
    head = read(session, HEAD, order=document)[0]
    wanted, by_lines = _wanted(session, shop, refund, document, sold)
    reason = f"{shop.name} {order.number}, refund {refund.ref}" + (f": {refund.reason}" if refund.reason else "")
    note, notice = None, None
    try:
        note = _credit(session, head.customer_id, reason[:200], wanted, by=shop.actor_id)
    except Refused as refusal:
        why = str(next(iter(refusal.errors.values())))
        notice = by_hand.notice(refund, _worth(session, wanted), why=why)
    payment = _pay_back(session, shop, order, refund, head.customer_id, note, reason[:200])
    insert(session, ShopRefund, [{
        "shop_id": shop.id, "order_ref": order.ref, "ref": refund.ref, "credit_note_id": note, "payment_id": payment,
        "by_amount": not by_lines,
    }])  # fmt: skip
    return notice


def _wanted(
    session: Session, shop: Row[Any], refund: Refund, document: int, sold: Sequence[Sequence[str]]
) -> tuple[list[Wanted], bool]:  # fmt: skip
    """What is to be credited for a refund (nothing of an order that is cancelled), and whether the shop told lines."""
    if read(session, HEAD, order=document)[0].state == "cancelled":
        return [], refund.lines is not None
    lines = read(session, LINES, order=document)
    told = _by_lines(session, shop, refund, sold, lines)
    return (_by_amount(session, refund, lines), False) if told is None else (told, True)


def _by_lines(
    session: Session, shop: Row[Any], refund: Refund, sold: Sequence[Sequence[str]], lines: Sequence[Row[Any]]
) -> list[Wanted] | None:  # fmt: skip
    """What is to be credited of which line; None where the shop does not say, or of one that is not found here.

    What was taken off the order before it left the shop is not on it any more, unless it had left here already.
    """
    if refund.lines is None:
        return None
    ours = _ours(session, shop, sold, lines)
    wanted = []
    for line in refund.lines:
        if line.unsent and not (line.ref in ours and ours[line.ref].begun):
            continue
        if not line.ref:
            freight = [ours[one[1]] for one in sold if one[0] == FREIGHT and one[1] in ours]
            if not freight:
                return None
            parts = shared(line.net, [row.net for row in freight], company(session).decimals)
            wanted += [Wanted(row, ZERO, part) for row, part in zip(freight, parts, strict=True) if part > 0]
            continue
        if line.ref not in ours:
            return None
        back = line.restock and 0 < line.quantity <= ours[line.ref].quantity
        if back or line.net > 0:
            wanted.append(Wanted(ours[line.ref], line.quantity if back else ZERO, line.net))
    return wanted


def _ours(
    session: Session, shop: Row[Any], sold: Sequence[Sequence[str]], lines: Sequence[Row[Any]]
) -> dict[str, Row[Any]]:
    """Our lines by the shop's names of them; of one that a person wrote anew, the only line of its product."""
    ours = {row.shop_line: row for row in lines if row.shop_line}
    lost = [line for line in sold if line[1] not in ours]
    left = [row for row in lines if not row.shop_line]
    if lost and left:
        products = products_named(session, shop.id, [line[2] for line in lost])
        for line in lost:
            same = [row for row in left if row.product_id == products.get(line[2])]
            if len(same) == 1:
                ours[line[1]] = same[0]
                left.remove(same[0])
    return ours


def _by_amount(session: Session, refund: Refund, lines: Sequence[Row[Any]]) -> list[Wanted]:
    """The amount shared over all lines; which it was for, a person says."""
    worth = [line for line in lines if line.gross > 0]
    gross, net = sum((line.gross for line in worth), ZERO), sum((line.net for line in worth), ZERO)
    if not gross:
        return []
    decimals = company(session).decimals
    parts = shared(rounded(min(refund.amount, gross) * net / gross, decimals), [line.net for line in worth], decimals)
    return [Wanted(line, ZERO, part) for line, part in zip(worth, parts, strict=True) if part > 0]


def _credit(session: Session, customer: int, reason: str, wanted: Sequence[Wanted], *, by: int) -> int | None:
    """A draft that credits the invoice of these lines, or stands alone as long as they have none."""
    by_invoice: dict[int | None, list[Wanted]] = defaultdict(list)
    for its in wanted:
        by_invoice[its.line.invoice_id].append(its)
    if not by_invoice:
        return None
    invoice = max(by_invoice, key=lambda key: sum(its.net for its in by_invoice[key]))
    if invoice is None or len(by_invoice) > 1:
        return add_loose_credits(session, [LooseCredit(customer, reason, list(_free(wanted)))], by=by)[0]
    lines = [
        NewCreditLine(its.line.invoice_line_id, "goods_back", quantity=its.quantity) if its.quantity
        else NewCreditLine(its.line.invoice_line_id, "allowance", amount=its.net)
        for its in by_invoice[invoice]
    ]  # fmt: skip
    return add_credit_notes(session, [NewCreditNote(invoice, reason, lines, completed=True)], by=by)[0]


def _free(wanted: Iterable[Wanted]) -> Iterable[FreeLine]:
    for its in wanted:
        yield FreeLine(Decimal(1), its.net, product_id=its.line.product_id, tax_rate_id=its.line.tax_rate_id)


def _pay_back(
    session: Session, shop: Row[Any], order: ShopOrder, refund: Refund, customer: int, note: int | None, purpose: str
) -> int | None:  # fmt: skip
    """A draft of the money that went out: of the credit note, else of what the order brought in."""
    paid = [row for row in brought(session, shop.id, order.ref) if row.state == "processed"]
    amount = min(refund.amount, sum((row.amount for row in paid), ZERO))
    if amount <= 0:
        return None
    targets, left = [], amount
    for source, most in [(note, amount)] if note is not None else [(row.id, row.amount) for row in paid]:
        if (part := min(most, left)) > 0:
            targets.append(Target(source, part))
            left -= part
    new = NewBankLine(shop.clearing_account_id, customer, amount, purpose, targets, local_day(session, refund.at),
                      kind="expense")  # fmt: skip
    return add_bank_lines(session, [new], by=shop.actor_id)[0]
