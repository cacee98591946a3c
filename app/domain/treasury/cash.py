"""Cash orders: money into a desk or out of it, what it is for, and taking it back."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.kernel.document import links, record, register
from app.domain.kernel.drafts import check_cancellation, delete_drafts, lock_draft, rewrite_draft
from app.domain.kernel.errors import DomainError, Invalid, refuse
from app.domain.kernel.numbering import ask_number
from app.domain.kernel.rows import insert_together, read
from app.domain.ledger.periods import check_date
from app.domain.ledger.posting import Posting, post, post_mirrors
from app.domain.lifecycles import CASH_ORDER
from app.domain.treasury.desks import check_desks
from app.domain.treasury.models import CashOrder, CashOrderTarget
from app.domain.treasury.purposes import (
    MEANT,
    Named,
    Target,
    check_new,
    columns_of,
    meant,
    mirror_settled,
    settle,
    targets_of,
    unsettle,
)

__all__ = ["NewCashOrder", "Target", "add_cash_orders", "cancel_cash_orders", "delete_cash_orders",
           "edit_cash_order", "process_cash_orders"]  # fmt: skip


@dataclass(frozen=True)
class NewCashOrder:
    """Money into a desk (`income`) or out of it (`expense`), in company currency.

    About a customer: what no target names of an income is the customer's advance, and an expense pays back what its
    targets name. About an account of the role `other`: `account_id`. About a transfer: an income names by
    `transfer_id` the payment out of another place that it brings in. About a difference: what a count found.
    """

    cash_desk_id: int
    customer_id: int | None
    amount: Decimal
    purpose: str = ""
    targets: Sequence[Target] = ()
    on: date | None = None
    kind: str = "income"
    about: str = "customer"
    account_id: int | None = None
    transfer_id: int | None = None


EVENTS = {"income": "cash_order.processed", "expense": "cash_order.paid_out"}
DESKS = "SELECT id, code, account_id FROM cash_desk WHERE active AND id = ANY(%(ids)s::bigint[])"
HEADS = """
SELECT cash_order.id, cash_order.kind, cash_order.about, cash_order.amount, cash_order.currency,
       document.customer_id, cash_order.account_id, cash_order.transfer_id, cash_order.cash_desk_id,
       cash_desk.account_id AS desk_account_id, number_series.code AS series
FROM cash_order JOIN document ON document.id = cash_order.id JOIN cash_desk ON cash_desk.id = cash_order.cash_desk_id
JOIN number_series ON number_series.id = CASE cash_order.kind WHEN 'income' THEN cash_desk.income_series_id
                                         ELSE cash_desk.expense_series_id END
WHERE cash_order.id = ANY(%(ids)s::bigint[]) ORDER BY cash_order.id
"""
TARGETS = """
SELECT cash_order_id AS payment_id, target_id, line_id, amount FROM cash_order_target
WHERE cash_order_id = ANY(%(ids)s::bigint[]) ORDER BY cash_order_id, id
"""


class CashOrders:
    """Cash orders by id (`heads`) with what they are for, in order (`targets`)."""

    def __init__(self, session: Session, ids: Sequence[int]) -> None:
        self.ids = list(ids)
        self.heads: dict[int, Row[Any]] = {row.id: row for row in read(session, HEADS, ids=self.ids)}
        self.targets = read(session, TARGETS, ids=self.ids)

    def at_desks(self, kind: str) -> dict[int, tuple[int, Decimal]]:
        """Desk and amount of the orders of a kind."""
        return {i: (head.cash_desk_id, head.amount) for i, head in self.heads.items() if head.kind == kind}


def add_cash_orders(session: Session, orders: Sequence[NewCashOrder], *, by: int) -> list[int]:
    """Writes drafts and gives their ids; Refused names what is wrong by position in the batch."""
    named = Named(session, orders)
    desks = {row.id: row for row in read(session, DESKS, ids=sorted({order.cash_desk_id for order in orders}))}
    errors: dict[int, DomainError] = {}
    for position, order in enumerate(orders):
        try:
            _check(order, named, desks)
        except DomainError as error:
            errors[position] = error
    refuse(errors)
    heads = [{"customer_id": order.customer_id} for order in orders]
    ids = register(session, CASH_ORDER.kind, heads, lambda ids: [
        (CashOrder, [{"id": i, **_columns(order, named)} for i, order in zip(ids, orders, strict=True)]),
        (CashOrderTarget, targets_of("cash_order_id", ids, orders)),
        links(meant(ids, orders)),
    ])  # fmt: skip
    record(session, "create", [{"document_id": i, "to_state": CASH_ORDER.initial} for i in ids], by=by)
    return ids


def edit_cash_order(session: Session, order_id: int, order: NewCashOrder, *, version: int, by: int) -> None:
    """Writes a whole draft anew.

    Raises Stale where it is no longer at `version`, WrongState once it is processed, and Invalid for what is wrong.
    """
    state = lock_draft(session, CASH_ORDER, order_id, states=(CASH_ORDER.initial,), version=version)
    named = Named(session, [order])
    _check(order, named, {row.id: row for row in read(session, DESKS, ids=[order.cash_desk_id])})
    rewrite_draft(session, CASH_ORDER, order_id, _columns(order, named), lines=(CashOrderTarget, "cash_order_id"),
                  customer=order.customer_id, links=MEANT)  # fmt: skip
    insert_together(session, (CashOrderTarget, targets_of("cash_order_id", [order_id], [order])),
                    links(meant([order_id], [order])))  # fmt: skip
    record(session, "edit", [{"document_id": order_id, "from_state": state, "to_state": state}], by=by)


def _columns(order: NewCashOrder, named: Named) -> dict[str, object]:
    return {"cash_desk_id": order.cash_desk_id, **columns_of(order, named.company.currency)}


def _check(order: NewCashOrder, named: Named, desks: Mapping[int, Any]) -> None:
    if order.cash_desk_id not in desks:
        raise Invalid("unknown_desk", "There is no active cash desk {id}.", id=order.cash_desk_id)
    check_new(order, named)


def delete_cash_orders(session: Session, ids: Sequence[int], *, by: int) -> None:
    """Removes drafts; Refused for what is processed."""
    delete_drafts(session, CASH_ORDER, ids, lines=((CashOrderTarget, "cash_order_id"),), by=by)


@CASH_ORDER.step("process", load=CashOrders, first=check_date)
def process_cash_orders(session: Session, orders: CashOrders, /, *, by: int, on: date) -> None:
    """Money comes in or goes out: it settles what it is meant for, no desk gives more than it has, the books follow."""
    amounts = settle(session, orders, on=on, by=by)
    check_desks(session, orders.at_desks("income"), orders.at_desks("expense"), on=on)
    for kind, event in EVENTS.items():
        postings = [
            Posting(i, {"amount": head.amount} | amounts[i], {"cash": head.desk_account_id, "other": head.account_id})
            for i, head in orders.heads.items() if head.kind == kind
        ]  # fmt: skip
        if postings:
            post(session, event, postings, on=on, by=by)
    by_series: dict[str, dict[int, date]] = defaultdict(dict)
    for i, head in orders.heads.items():
        by_series[head.series][i] = on
    for series, dates in by_series.items():
        ask_number(session, series, dates)


@CASH_ORDER.step("cancel", load=CashOrders, first=check_date)
def cancel_cash_orders(session: Session, orders: CashOrders, /, *, by: int, on: date, reason: str) -> None:
    """The money goes back: what it settled is open again, then its entry is mirrored, then the releases'."""
    check_cancellation(session, CASH_ORDER, orders.ids, on=on, reason=reason)
    unsettle(session, orders, on=on, by=by)
    check_desks(session, orders.at_desks("expense"), orders.at_desks("income"), on=on)
    for kind, event in EVENTS.items():
        if its := orders.at_desks(kind):
            post_mirrors(session, event, its, on=on, by=by)
    mirror_settled(session, orders, on=on, by=by)
