"""Notices: what of an order a person has to see to.

A notice says all that it is about, so that it can be looked at again though what was sent is kept no longer: it is true
by what is here now, or it is gone. That is decided here, when messages are applied and whenever people did something.
"""

import logging
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.intake.eshop.messages import mark, told
from app.domain.intake.eshop.value import Refund, ShopOrder
from app.domain.kernel.company import company
from app.domain.kernel.errors import DomainError
from app.domain.kernel.rows import as_json, read, write
from app.domain.kernel.values import ZERO

log = logging.getLogger(__name__)

CENT = Decimal("0.01")

# Credit notes of the order's invoices, and those without one that were proposed, or paid back by what was proposed;
# less what debit notes took back.
CREDITED = """
    SELECT array_agg(its.note_id) AS notes, coalesce(sum(its.amount - coalesce(debited.amount, 0))
           FILTER (WHERE NOT EXISTS (
               SELECT FROM shop_refund refund WHERE refund.shop_id = link.shop_id AND refund.order_ref = link.ref
                      AND refund.credit_note_id = its.note_id
           )), 0) AS credited_by_hand
    FROM (
        SELECT line.credit_note_id AS note_id, line.id, line.kind, line.net + line.vat AS amount
        FROM (SELECT DISTINCT invoice_id FROM open_item WHERE order_id = link.document_id) billed
        JOIN invoice_line invoiced ON invoiced.invoice_id = billed.invoice_id
        JOIN sales_order_line ordered ON ordered.id = invoiced.order_line_id AND ordered.order_id = link.document_id
        JOIN credit_note_line line ON line.invoice_line_id = invoiced.id
        UNION ALL
        SELECT line.credit_note_id, line.id, line.kind, line.net + line.vat
        FROM credit_note_line line WHERE line.invoice_line_id IS NULL AND line.credit_note_id IN (
            SELECT unnest(ARRAY[refund.credit_note_id, back.source_id])
            FROM shop_refund refund
            LEFT JOIN repayment back ON back.refund_id = refund.payment_id AND back.cancelled_on IS NULL
            WHERE refund.shop_id = link.shop_id AND refund.order_ref = link.ref
        )
    ) its JOIN credit_note note ON note.id = its.note_id
    LEFT JOIN LATERAL (
        SELECT sum(part.net + part.vat) AS amount FROM invoice_line part JOIN invoice ON invoice.id = part.invoice_id
        WHERE part.credit_line_id = its.id AND invoice.state = 'issued'
    ) debited ON true
    WHERE note.state = 'issued' AND its.kind <> 'invoice_again'
"""
# What the order's receipts have left, whose it is where the order is another customer's by now, and what of all that
# they brought was not paid back, but for the refunds that the shop told: what it says is paid is what came in before.
PAYS_REFUND = """
    EXISTS (SELECT FROM shop_refund refund WHERE refund.shop_id = link.shop_id AND refund.order_ref = link.ref
            AND refund.payment_id = repayment.refund_id)
"""
MONEY = f"""
    SELECT coalesce(sum(credit.amount - credit.used), 0) AS free,
           coalesce(sum(line.amount - coalesce(back.amount, 0)), 0) AS kept,
           array_agg(line.id) AS receipts,
           coalesce(json_agg(json_build_array(line.id, (credit.amount - credit.used)::text, customer.name)
                             ORDER BY line.id)
                    FILTER (WHERE credit.customer_id <> document.customer_id AND credit.amount > credit.used),
                    '[]') AS others
    FROM shop_payment paid JOIN bank_line line ON line.id = paid.document_id AND line.state = 'processed'
    LEFT JOIN credit ON credit.document_id = line.id LEFT JOIN customer ON customer.id = credit.customer_id
    LEFT JOIN LATERAL (
        SELECT sum(amount) AS amount FROM repayment
        WHERE source_id = line.id AND cancelled_on IS NULL AND NOT {PAYS_REFUND}
    ) back ON true
    WHERE paid.shop_id = link.shop_id AND paid.order_ref = link.ref
"""
# What stands here of each refund that was proposed: the number of its credit note that no debit note takes back, and
# the money that went out.
STILL_REFUNDED = """
    SELECT coalesce(json_agg(json_build_array(refund.ref, (
        SELECT document.number FROM credit_note note JOIN document ON document.id = note.id
        WHERE note.id = refund.credit_note_id AND note.state = 'issued' AND NOT EXISTS (
            SELECT FROM invoice WHERE invoice.credit_note_id = note.id AND invoice.state = 'issued'
        )
    ), (
        SELECT line.amount::text FROM bank_line line WHERE line.id = refund.payment_id AND line.state = 'processed'
    ))), '[]') AS refunds
    FROM shop_refund refund WHERE refund.shop_id = link.shop_id AND refund.order_ref = link.ref
"""
# Whether of an order (row `sales_order`) something was shipped, or invoiced before that.
BEGUN = """
    EXISTS (SELECT FROM sales_order_line line
            WHERE line.order_id = sales_order.id AND (line.shipped > 0 OR line.pre_invoiced > 0))
"""
# Whether of an order nothing is left to ship, of what was shipped nothing is out, and of what was invoiced nothing is
# owed: that is all that people can do of one that was begun before the shop cancelled it.
UNDONE = """
    sales_order.state = 'performed' AND NOT EXISTS (
        SELECT FROM sales_order_line line JOIN product ON product.id = line.product_id AND product.kind <> 'service'
        JOIN shipment_line shipped ON shipped.order_line_id = line.id AND shipped.quantity > shipped.returned
        JOIN shipment ON shipment.id = shipped.shipment_id AND shipment.state = 'processed'
        WHERE line.order_id = sales_order.id
    ) AND NOT EXISTS (
        SELECT FROM sales_order_line line JOIN invoice_line invoiced ON invoiced.order_line_id = line.id
        WHERE line.order_id = sales_order.id
              AND (invoiced.net <> invoiced.credited_net OR invoiced.vat <> invoiced.credited_vat)
    )
"""
MATTERS = f"""
SELECT link.shop_id, link.ref, sales_order.state, sales_order.gross, coalesce(status.status = 'paid', false) AS paid,
       credited.credited_by_hand, money.free, money.kept - coalesce(back.amount, 0) AS kept,
       money.receipts, money.others, proposed.refunds, link.seen,
       {BEGUN} AS begun, {UNDONE} AS undone
FROM unnest(%(shops)s::bigint[], %(refs)s::text[]) AS wanted (shop_id, ref)
JOIN shop_order link ON link.shop_id = wanted.shop_id AND link.ref = wanted.ref
JOIN document ON document.id = link.document_id JOIN sales_order ON sales_order.id = document.id
LEFT JOIN payment_status status ON status.document_id = document.id
CROSS JOIN LATERAL ({CREDITED}) credited
CROSS JOIN LATERAL ({MONEY}) money
CROSS JOIN LATERAL ({STILL_REFUNDED}) proposed
CROSS JOIN LATERAL (
    SELECT sum(amount) AS amount FROM repayment
    WHERE source_id = ANY(credited.notes) AND cancelled_on IS NULL AND NOT {PAYS_REFUND}
) back
"""
NOTICED = """
SELECT id, shop_id, order_ref AS ref, reason, body IS NOT NULL AS kept FROM inbound_message
WHERE outcome = 'noticed' AND order_ref <> '' AND (
    %(shops)s::bigint[] IS NULL
    OR (shop_id, order_ref) IN (SELECT * FROM unnest(%(shops)s::bigint[], %(refs)s::text[]))
) ORDER BY id
"""
# What people have seen to the program still does by itself once it can, as long as nothing of the order waits for them.
SEEN = """
SELECT link.shop_id, link.ref, link.seen FROM shop_order link
WHERE link.seen <> '[]' AND EXISTS (
    SELECT FROM inbound_message message
    WHERE message.shop_id = link.shop_id AND message.order_ref = link.ref AND length(message.body) > 0
) AND NOT EXISTS (
    SELECT FROM inbound_message message
    WHERE message.shop_id = link.shop_id AND message.order_ref = link.ref AND length(message.body) > 0
          AND message.outcome = 'waiting'
)
"""
# Whoever applies messages of an order looks at its notices too.
LOCK = """
SELECT shop_id, ref FROM shop_order
WHERE (shop_id, ref) IN (SELECT * FROM unnest(%(shops)s::bigint[], %(refs)s::text[]))
ORDER BY shop_id, ref FOR NO KEY UPDATE SKIP LOCKED
"""

KEEP_SEEN = "UPDATE shop_order SET seen = %(seen)s::jsonb WHERE shop_id = %(shop)s AND ref = %(ref)s"

# Of these a shop need not speak in each message: it may leave refunds out.
OF_REFUNDS = ("refund_not_credited", "refund_deleted")
NOT_IN_EACH = (*OF_REFUNDS, "refunds_never_told")

# What tells notices of a kind apart, where that is not all of their facts.
TOLD_BY = {"changed_later": ("wanted",), "refund_not_credited": ("ref", "amount"), "refund_deleted": ("ref",)}

# What comes of a fact that is missing, or is none.
UNKNOWN = (LookupError, ArithmeticError, TypeError, ValueError)

Order = tuple[int, str]
Matter = Row[Any]
T = TypeVar("T")
U = TypeVar("U")


def matters(session: Session, orders: Collection[Order]) -> dict[Order, Matter]:
    """How orders (the shop, and its name of the order) stand here, by all that notices depend on."""
    rows = read(session, MATTERS, **_arrays(orders)) if orders else []
    return {(row.shop_id, row.ref): row for row in rows}


def standing(notices: Iterable[DomainError], now: Matter) -> list[DomainError]:
    """Those of some notices of an order that are true as it stands now, and that nobody has seen to, as they are to be
    told now.
    """
    found = [
        _looked(its, now, partial(STANDING[its.code], its, now), otherwise=its) if its.code in STANDING else its
        for its in notices
    ]
    seen = [gist(its["notice"]) for its in now.seen]
    return [its for its in found if its is not None and gist(told(its)) not in seen]


def gist(notice: Mapping[str, Any]) -> dict[str, Any]:
    """What a notice that is kept is about: whoever has seen to it is not told because our order went on since."""
    facts = notice["facts"]
    return {"code": notice["code"], **{name: facts.get(name) for name in TOLD_BY.get(notice["code"], facts)}}


def forget_seen(session: Session, now: Matter, found: Iterable[DomainError]) -> None:
    """Forgets what was seen to of an order and is so no longer: when it is so again, that is news.

    `found`: the notices that the order has now, seen to or not. A shop need not speak of refunds in each message.
    """
    so = [gist(told(its)) for its in found]
    kept = [one for one in now.seen if one["notice"]["code"] in NOT_IN_EACH or gist(one["notice"]) in so]
    if kept != now.seen:
        write(session, KEEP_SEEN, shop=now.shop_id, ref=now.ref, seen=as_json(kept))


def _looked(its: DomainError, now: Matter, look: Callable[[], T], *, otherwise: U) -> T | U:
    """What a look at a notice finds; one that cannot be looked at, as something of it is missing, holds up no other."""
    try:
        return look()
    except UNKNOWN:
        log.exception("a notice of order %s of shop %s cannot be looked at: %s", now.ref, now.shop_id, its.code)
        return otherwise


def _amount(its: DomainError, name: str) -> Decimal:
    return Decimal(str(its.facts[name]))


def _changed_since_paid(its: DomainError, now: Matter) -> DomainError | None:
    """What more it came to is seen to once all is paid; what less, once it comes to no more here, and none of what was
    paid is left. What was credited for refunds takes nothing off what the shop says that it comes to.
    """
    paid, total = _amount(its, "paid"), _amount(its, "total")
    over = now.paid if total > paid else now.free <= 0 and now.gross - now.credited_by_hand <= total
    return None if over or now.state == "cancelled" else its


def _paid_in_closed_period(its: DomainError, now: Matter) -> DomainError | None:
    return its if its.facts["receipt"] in (now.receipts or ()) else None


def _paid_less(its: DomainError, now: Matter) -> DomainError | None:
    return its if now.kept > _amount(its, "now") else None


def of_another(now: Matter) -> list[DomainError]:
    """A notice for each receipt of an order that has another customer by now, as long as that money is not moved."""
    return [
        DomainError("paid_by_another", "{amount} that came in for the order is an advance of {customer}, whose it was "
                    "before: cancel the receipt, and enter it for the customer of now.", amount=amount,
                    customer=customer, receipt=receipt)
        for receipt, amount, customer in now.others
    ]  # fmt: skip


def _paid_by_another(its: DomainError, now: Matter) -> DomainError | None:
    return next((one for one in of_another(now) if one.facts["receipt"] == its.facts["receipt"]), None)


def _refund_not_credited(its: DomainError, now: Matter) -> DomainError | None:
    """What people credited counts against the refunds of an order one after the other, `before` this one."""
    due, before = _amount(its, "due"), _amount(its, "before")
    credited = max(min(now.credited_by_hand - before, due), ZERO)
    if due - credited <= CENT or now.state == "cancelled":
        return None
    facts = {name: value for name, value in its.facts.items() if name != "credited"}
    words = ["Refund {ref} of {amount}: the credit note that was drafted for it was deleted." if facts.get("deleted")
             else "Refund {ref} of {amount}: no credit note was drafted."]  # fmt: skip
    if credited:
        facts["credited"] = credited
        words.append("{credited} of it was credited by hand.")
    if facts.get("why"):
        words.append("{why}")
    return DomainError("refund_not_credited", " ".join(words), **facts)


def _refund_deleted(its: DomainError, now: Matter) -> DomainError | None:
    """What people did of the refund is seen to once it is taken back."""
    note, paid = next(((note, paid) for ref, note, paid in now.refunds if ref == its.facts["ref"]), (None, None))
    if note and paid:
        words = (
            "The shop deleted refund {ref}, but credit note {note} is issued for it, and {paid} is paid back: take the "
            "note back by a debit note, and cancel the payment."
        )
    elif note:
        words = "The shop deleted refund {ref}, but credit note {note} is issued for it: take it back by a debit note."
    else:
        words = "The shop deleted refund {ref}, but {paid} is paid back for it: cancel the payment."
    facts = {"note": note or "", "paid": paid or ""}
    return DomainError("refund_deleted", words, ref=its.facts["ref"], **facts) if note or paid else None


def _other_prices(its: DomainError, now: Matter) -> DomainError | None:
    """Whoever approves it has seen what it comes to."""
    return its if now.state == "active" and now.gross != _amount(its, "theirs") else None


def _cancelled_later(its: DomainError, now: Matter) -> DomainError | None:
    return None if now.undone else its


def _cancelled_here(its: DomainError, now: Matter) -> DomainError | None:
    return its if now.state == "cancelled" else None


STANDING: Mapping[str, Callable[[DomainError, Matter], DomainError | None]] = {
    "changed_since_paid": _changed_since_paid, "paid_less": _paid_less,
    "paid_in_closed_period": _paid_in_closed_period, "paid_by_another": _paid_by_another,
    "refund_not_credited": _refund_not_credited, "refund_deleted": _refund_deleted, "other_prices": _other_prices,
    "cancelled_here": _cancelled_here, "cancelled_later": _cancelled_later,
}  # fmt: skip
# What the program does by itself once it can: a notice tells of it until then.
READY: Mapping[str, Callable[[DomainError, Matter, str], bool]] = {
    "changed_later": lambda its, now, today: now.state == "active",
    "cancelled_later": lambda its, now, today: now.state in ("active", "approved") and not now.begun,
    "nothing_open": lambda its, now, today: str(its.facts["on"]) <= today,
}


def _is_ready(its: DomainError, now: Matter, today: str) -> bool:
    return its.code in READY and _looked(its, now, partial(READY[its.code], its, now, today), otherwise=False)


def together(notices: Sequence[DomainError]) -> DomainError | None:
    """Several notices as one, out of which each can be had again; None for none."""
    if len(notices) < 2:
        return notices[0] if notices else None
    return DomainError("several", "{all}", all=" ".join(str(notice) for notice in notices),
                       each=[told(notice) for notice in notices])  # fmt: skip


def each(reason: Mapping[str, Any]) -> list[DomainError]:
    """The notices that are kept as one."""
    its = reason["facts"].get("each", [reason])
    return [DomainError(one["code"], one["template"], **one["facts"]) for one in its]


def look_again(session: Session) -> list[Order]:
    """Has notices say what is so by now, and ends those that are true no longer; gives the orders whose messages say
    more than a notice by now, as they can be applied.
    """
    outdated, ready = _looked_at(session, read(session, NOTICED, shops=None, refs=None))
    if outdated:
        found = read(session, LOCK, **_arrays(outdated))
        still, _ = _looked_at(session, read(session, NOTICED, **_arrays((row.shop_id, row.ref) for row in found)))
        mark(session, {
            message: ("noticed" if notices else "applied", together(notices))
            for its in still.values() for message, notices in its.items()
        })  # fmt: skip
    return list(dict.fromkeys([*ready, *_ready_though_seen(session)]))


def _ready_though_seen(session: Session) -> list[Order]:
    """The orders of which people have seen to what the program does by itself by now."""
    seen = {(row.shop_id, row.ref): row.seen for row in read(session, SEEN)}
    today = str(company(session).today())
    return [
        order for order, matter in matters(session, seen).items()
        if any(_is_ready(its, matter, today) for one in seen[order] for its in each(one["notice"]))
    ]  # fmt: skip


def left_untold(
    session: Session, shop: int, order: ShopOrder, refunds: Iterable[Refund]
) -> dict[int, list[DomainError]]:  # fmt: skip
    """What each message of an order that is kept no longer noticed of refunds which what is kept does not speak of; all
    else that it noticed is told again.

    `order` and `refunds`: what is kept.
    """
    spoken = {refund.ref for refund in refunds}
    return {
        row.id: [
            its for its in each(row.reason)
            if its.code in OF_REFUNDS and not order.all_refunds and its.facts.get("ref") not in spoken
        ]
        for row in read(session, NOTICED, **_arrays([(shop, order.ref)])) if not row.kept
    }  # fmt: skip


def _looked_at(
    session: Session, messages: Sequence[Row[Any]]
) -> tuple[dict[Order, dict[int, list[DomainError]]], list[Order]]:  # fmt: skip
    """The messages of each order whose notices are other ones by now; and the orders whose messages can be applied."""
    outdated, ready = dict[Order, dict[int, list[DomainError]]](), dict[Order, None]()
    now = matters(session, {(row.shop_id, row.ref) for row in messages})
    today = str(company(session).today())
    for row in messages:
        if (matter := now.get(order := (row.shop_id, row.ref))) is None:
            continue
        said = each(row.reason)
        if row.kept and any(_is_ready(its, matter, today) for its in said):
            ready[order] = None
        one = together(found := standing(said, matter))
        if one is None or told(one) != row.reason:
            outdated.setdefault(order, {})[row.id] = found
    return outdated, list(ready)


def _arrays(orders: Iterable[Order]) -> dict[str, list[Any]]:
    its = list(orders)
    return {"shops": [shop for shop, _ in its], "refs": [ref for _, ref in its]}
