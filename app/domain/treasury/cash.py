"""Cash orders: money into a desk, what it is for, and taking it back."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.kernel.company import Settings, company
from app.domain.kernel.document import links, record, register
from app.domain.kernel.drafts import check_cancellation, delete_drafts
from app.domain.kernel.errors import DomainError, Invalid, refuse
from app.domain.kernel.numbering import ask_number
from app.domain.kernel.rows import read
from app.domain.kernel.values import ZERO, exact
from app.domain.ledger.periods import check_date
from app.domain.ledger.posting import Posting, post, post_mirrors
from app.domain.lifecycles import CASH_ORDER
from app.domain.parties.customers import customers
from app.domain.settlement.allocations import Wish, allocate
from app.domain.settlement.credits import NewCredit
from app.domain.settlement.releases import mirror_payments, release_payments
from app.domain.treasury.models import CashOrder, CashOrderTarget


@dataclass(frozen=True)
class Target:
    """What the payer says it is for: a document, or one line of it, and how much."""

    document_id: int
    amount: Decimal
    line_id: int | None = None


@dataclass(frozen=True)
class NewCashOrder:
    """Money of a customer into a desk, in company currency; what no target names is the customer's advance."""

    cash_desk_id: int
    customer_id: int
    amount: Decimal
    purpose: str = ""
    targets: Sequence[Target] = ()
    on: date | None = None


DESKS = "SELECT id, code, account_id FROM cash_desk WHERE active AND id = ANY(%(ids)s::bigint[])"
DOCUMENTS = "SELECT id FROM document WHERE id = ANY(%(ids)s::bigint[])"
HEADS = """
SELECT cash_order.id, cash_order.amount, cash_order.currency, document.customer_id, cash_desk.account_id,
       number_series.code AS series
FROM cash_order JOIN document ON document.id = cash_order.id JOIN cash_desk ON cash_desk.id = cash_order.cash_desk_id
JOIN number_series ON number_series.id = cash_desk.income_series_id
WHERE cash_order.id = ANY(%(ids)s::bigint[]) ORDER BY cash_order.id
"""
TARGETS = """
SELECT cash_order_id, target_id, line_id, amount FROM cash_order_target
WHERE cash_order_id = ANY(%(ids)s::bigint[]) ORDER BY cash_order_id, id
"""


class CashOrders:
    """Cash orders by id (`heads`) with what they are for, in order (`targets`)."""

    def __init__(self, session: Session, ids: Sequence[int]) -> None:
        self.ids = list(ids)
        self.heads: dict[int, Row[Any]] = {row.id: row for row in read(session, HEADS, ids=self.ids)}
        self.targets = read(session, TARGETS, ids=self.ids)


def add_cash_orders(session: Session, orders: Sequence[NewCashOrder], *, by: int) -> list[int]:
    """Writes drafts and gives their ids; Refused names what is wrong by position in the batch."""
    settings = company(session)
    known = customers(session, (order.customer_id for order in orders))
    desks = {row.id: row for row in read(session, DESKS, ids=sorted({order.cash_desk_id for order in orders}))}
    named = sorted({target.document_id for order in orders for target in order.targets})
    documents = {row.id for row in read(session, DOCUMENTS, ids=named)}
    errors: dict[int, DomainError] = {}
    for position, order in enumerate(orders):
        try:
            _check(order, settings, known, desks, documents)
        except DomainError as error:
            errors[position] = error
    refuse(errors)
    targets = [(place, target) for place, order in enumerate(orders) for target in order.targets]
    heads = [{"customer_id": order.customer_id} for order in orders]
    ids = register(session, CASH_ORDER.kind, heads, lambda ids: [
        (CashOrder, [
            {"id": i, "cash_desk_id": order.cash_desk_id, "on": order.on, "amount": order.amount,
             "currency": settings.currency, "purpose": order.purpose}
            for i, order in zip(ids, orders, strict=True)
        ]),
        (CashOrderTarget, [
            {"cash_order_id": ids[place], "target_id": target.document_id, "line_id": target.line_id,
             "amount": target.amount}
            for place, target in targets
        ]),
        links((target.document_id, ids[place], "settles") for place, target in targets),
    ])  # fmt: skip
    record(session, "create", [{"document_id": i, "to_state": CASH_ORDER.initial} for i in ids], by=by)
    return ids


def _check(
    order: NewCashOrder, settings: Settings, known: Mapping[int, Any], desks: Mapping[int, Any], documents: set[int]
) -> None:
    if order.cash_desk_id not in desks:
        raise Invalid("unknown_desk", "There is no active cash desk {id}.", id=order.cash_desk_id)
    if order.customer_id not in known:
        raise Invalid("unknown_customer", "There is no customer {id}.", id=order.customer_id)
    amounts = [exact(target.amount, settings.decimals, "Amount of a document") for target in order.targets]
    amount = exact(order.amount, settings.decimals, "Amount")
    if amount <= 0 or any(part <= 0 for part in amounts):
        raise Invalid("amount_not_positive", "Every amount must be above 0.")
    if sum(amounts, ZERO) > amount:
        raise Invalid("more_than_paid", "The documents take {wanted}, but only {amount} is paid.",
                      wanted=sum(amounts, ZERO), amount=amount)  # fmt: skip
    for target in order.targets:
        if target.document_id not in documents:
            raise Invalid("unknown_document", "There is no document {id}.", id=target.document_id)


def delete_cash_orders(session: Session, ids: Sequence[int], *, by: int) -> None:
    """Removes drafts; Refused for what is processed."""
    delete_drafts(session, CASH_ORDER, ids, lines=((CashOrderTarget, "cash_order_id"),), by=by)


@CASH_ORDER.step("process", load=CashOrders, first=check_date)
def process_cash_orders(session: Session, orders: CashOrders, /, *, by: int, on: date) -> None:
    """Money comes in: it settles what it is meant for, the rest is the customer's advance, the books follow."""
    allocated = allocate(session, [
        Wish(target.cash_order_id, target.target_id, target.amount, target.line_id) for target in orders.targets
    ], on=on, by=by, new=[
        NewCredit(i, head.customer_id, head.currency, head.amount, on) for i, head in orders.heads.items()
    ])  # fmt: skip
    post(session, "cash_order.processed", [
        Posting(
            i,
            {"amount": head.amount, "allocated": allocated[i].to_invoices, "on_account": allocated[i].on_account},
            {"cash": head.account_id},
        )
        for i, head in orders.heads.items()
    ], on=on, by=by)  # fmt: skip
    by_series: dict[str, dict[int, date]] = defaultdict(dict)
    for i, head in orders.heads.items():
        by_series[head.series][i] = on
    for series, dates in by_series.items():
        ask_number(session, series, dates)


@CASH_ORDER.step("cancel", load=CashOrders, first=check_date)
def cancel_cash_orders(session: Session, orders: CashOrders, /, *, by: int, on: date, reason: str) -> None:
    """The money goes back: what it settled is open again, then its entry is mirrored, then the releases'."""
    check_cancellation(session, CASH_ORDER, orders.ids, on=on, reason=reason)
    release_payments(session, orders.ids, on=on, by=by)
    post_mirrors(session, "cash_order.processed", orders.ids, on=on, by=by)
    mirror_payments(session, orders.ids, on=on, by=by)
