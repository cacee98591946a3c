"""A paid order brings its payment: a receipt on the shop's clearing account that settles what it is for."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.intake.eshop.ordering import local_day
from app.domain.intake.eshop.value import CANCELLED, ShopOrder
from app.domain.intake.models import ShopPayment
from app.domain.kernel.company import company
from app.domain.kernel.errors import DomainError
from app.domain.kernel.rows import insert, read
from app.domain.kernel.values import rounded
from app.domain.ledger.periods import open_from
from app.domain.settlement.allocations import Wish, allocate_payments
from app.domain.treasury.banks import NewBankLine, add_bank_lines, process_bank_lines
from app.domain.treasury.purposes import Target

# A receipt that a person cancelled since was brought all the same: it does not come again.
BROUGHT = """
SELECT line.id, line.amount, line.state, line."on", paid.paid_on
FROM shop_payment paid JOIN bank_line line ON line.id = paid.document_id
WHERE paid.shop_id = %(shop)s AND paid.order_ref = %(ref)s ORDER BY line.id
"""
OPEN = """
SELECT document_id, max("on") AS "on", sum(amount - allocated) AS amount FROM open_item
WHERE order_id = %(order)s AND customer_id = %(customer)s AND amount > allocated
GROUP BY document_id ORDER BY document_id
"""
LEFT = """
SELECT credit.document_id, credit."on", credit.amount - credit.used AS amount
FROM shop_payment paid JOIN credit USING (document_id)
WHERE paid.shop_id = %(shop)s AND paid.order_ref = %(ref)s AND credit.customer_id = %(customer)s
      AND credit.amount > credit.used ORDER BY credit.document_id
"""
ORDER = """
SELECT document.customer_id, sales_order."on" FROM sales_order JOIN document USING (id) WHERE id = %(order)s
"""


def brought(session: Session, shop: int, ref: str) -> Sequence[Row[Any]]:
    """The receipts that an order brought so far."""
    return read(session, BROUGHT, shop=shop, ref=ref)


def bring_payment(session: Session, shop: Row[Any], order: ShopOrder, document: int) -> list[DomainError]:
    """Books what was paid since the last time.

    Gives a notice where the shop takes back what it said was paid, or changed what it comes to, and for what was paid
    in a period that is closed.
    """
    earlier = sum((row.amount for row in brought(session, shop.id, order.ref)), Decimal(0))
    amount = rounded(order.paid, company(session).decimals) - earlier
    notices = []
    if amount < 0:
        notices.append(DomainError("paid_less", "The shop says {now} is paid, but {earlier} came in: look what became "
                                   "of it.", now=order.paid, earlier=earlier))  # fmt: skip
    if amount > 0 and (later := _receive(session, shop, order, document, amount)) is not None:
        notices.append(later)
    notices += _changed_since(session, order)
    booked_later = [row for row in brought(session, shop.id, order.ref) if row.paid_on and row.state == "processed"]
    return notices + [
        DomainError("paid_in_closed_period", "{amount} was paid on {paid_on}, in a period that is closed, and is "
                    "booked on {booked_on}.", amount=row.amount, paid_on=row.paid_on, booked_on=row.on, receipt=row.id)
        for row in booked_later
    ]  # fmt: skip


def _changed_since(session: Session, order: ShopOrder) -> list[DomainError]:
    """A notice where the total is another one than what was paid by a shop that says no amounts."""
    if not order.paid_by_word or order.status == CANCELLED or order.gross == order.paid:
        return []
    return [DomainError(
        "changed_since_paid", "{paid} was paid on {paid_on}; since then the shop changed the total to {total}, and "
        "does not say that the difference of {difference} was paid or given back: look what became of it.",
        paid=order.paid, paid_on=local_day(session, order.paid_at or order.modified), total=order.gross,
        difference=order.gross - order.paid,
    )]  # fmt: skip


def settle_again(session: Session, shop: Row[Any], order: ShopOrder, document: int) -> None:
    """What earlier receipts of the order have left settles it as it is written now: one that was called off left its
    payment as an advance.
    """
    head = read(session, ORDER, order=document)[0]
    rows = read(session, LEFT, shop=shop.id, ref=order.ref, customer=head.customer_id)
    on = max([company(session).today(), head.on, *(row.on for row in rows)])
    # On a day that is to come nothing is settled, nor is that a reason to hold up all else that the shop told.
    if rows and on <= company(session).today() and open_from(session, on) == on:
        wishes = [Wish(row.document_id, document, row.amount, up_to=True) for row in rows]
        allocate_payments(session, wishes, on=on, by=shop.actor_id)


def _receive(session: Session, shop: Row[Any], order: ShopOrder, document: int, amount: Decimal) -> DomainError | None:
    """Books a receipt on the day when it was paid, or on the first one that is open; a notice where that is to come."""
    head = read(session, ORDER, order=document)[0]
    owed = read(session, OPEN, order=document, customer=head.customer_id)
    targets, left = [], amount
    for row in owed:
        part = min(row.amount, left)
        if part > 0:
            targets.append(Target(row.document_id, part))
            left -= part
    paid_on = local_day(session, order.paid_at or order.modified)
    # Nothing settles a document before its date.
    wanted = max([paid_on, head.on, *(row.on for row in owed)])
    on = open_from(session, wanted)
    if on > company(session).today():
        return DomainError("nothing_open", "{amount} was paid on {paid_on}, but every period until today is closed: "
                           "retry it on {on}.", amount=amount, paid_on=paid_on, on=on)  # fmt: skip
    told = f"paid on {paid_on}" if on != wanted else ""
    words = (f"{shop.name} {order.number}", order.payment, order.transaction, told)
    purpose = ", ".join(word for word in words if word)
    new = NewBankLine(shop.clearing_account_id, head.customer_id, amount, purpose, targets, on)
    [line] = add_bank_lines(session, [new], by=shop.actor_id)
    process_bank_lines(session, [line], by=shop.actor_id, on=on)
    insert(session, ShopPayment, [{
        "document_id": line, "shop_id": shop.id, "order_ref": order.ref, "paid_on": paid_on if told else None,
    }])  # fmt: skip
    return None
