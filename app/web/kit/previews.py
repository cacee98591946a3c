"""What a step would do, told before it is done: stock, entries, states. It is the step itself, rolled back."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from app.domain.kernel.errors import DomainError, Refused
from app.domain.kernel.rows import read
from app.domain.kernel.unit import preview
from app.domain.sales.repricing import Repriced
from app.domain.undo import Undoing
from app.reports.tax_changes import Changed, rates_changed
from app.web.kit import look
from app.web.kit.refusals import said
from app.web.kit.rights import mine
from app.web.kit.trails import CHAIN, seen
from app.web.kit.trails import STATES as STATES_OF
from app.web.kit.warnings import rate_warnings

# The states in which goods left and invoices were issued.
SUPPLIED = ("processed", "issued")

STOCK = """
SELECT warehouse.code AS warehouse, product.sku, product.name, balance.on_hand, balance.reserved, balance.value
FROM stock_balance balance
JOIN warehouse ON warehouse.id = balance.warehouse_id JOIN product ON product.id = balance.product_id
WHERE balance.product_id IN (
    SELECT product_id FROM sales_order_line WHERE order_id = ANY(%(ids)s::bigint[])
    UNION SELECT product_id FROM stock_receipt_line WHERE receipt_id = ANY(%(ids)s::bigint[])
    UNION SELECT product_id FROM opening_stock_line WHERE opening_id = ANY(%(ids)s::bigint[])
    UNION SELECT product_id FROM write_off_line WHERE write_off_id = ANY(%(ids)s::bigint[])
    UNION SELECT product_id FROM stock_count_line WHERE count_id = ANY(%(ids)s::bigint[])
    UNION SELECT product_id FROM internal_order_line WHERE internal_order_id = ANY(%(ids)s::bigint[])
    UNION SELECT product_id FROM customer_return_line WHERE return_id = ANY(%(ids)s::bigint[]))
  AND (%(everywhere)s OR balance.warehouse_id = ANY(%(own)s::bigint[]))
ORDER BY product.sku, warehouse.code
"""
# Rows of this very transaction, whatever others commit meanwhile.
ENTRIES = """
SELECT entry.event, entry."on", account.code, account.name, line.debit, line.credit
FROM journal_entry entry JOIN journal_line line ON line.entry_id = entry.id AND line."on" = entry."on"
JOIN account ON account.id = line.account_id
WHERE entry.document_id = ANY(%(ids)s::bigint[]) AND entry.xmin = pg_current_xact_id()::xid
ORDER BY entry.id, line.position
"""
STATES = """
SELECT document.kind, document.number, document.id, history.step, history.from_state, history.to_state
FROM document_history history JOIN document ON document.id = history.document_id
WHERE history.document_id = ANY(%(ids)s::bigint[]) AND history.xmin = pg_current_xact_id()::xid
ORDER BY history.id
"""

PAID = """
SELECT document.kind, document.number, document.id, its.status
FROM payment_status its JOIN document ON document.id = its.document_id
WHERE its.document_id IN (SELECT unnest(%(ids)s::bigint[])
                          UNION SELECT target_id FROM allocation WHERE payment_id = ANY(%(ids)s::bigint[]))
  AND its.xmin = pg_current_xact_id()::xid
ORDER BY document.id
"""


def foresee(action: Any, ids: Sequence[int], arguments: dict[str, Any]) -> dict[str, Any]:
    """What would happen, as `foreseen` tells it; or `refusal`, the sentence that stands in the way, with its `code`."""
    try:
        return foreseen(action, ids, arguments)
    except Refused as refusal:
        return {"refusal": said(refusal), "code": next(iter(refusal.errors.values())).code}
    except DomainError as refusal:
        return {"refusal": said(refusal), "code": refusal.code}


def foreseen(action: Any, ids: Sequence[int], arguments: dict[str, Any]) -> dict[str, Any]:
    """Warnings, prices and stock before and after, entries, states, what is paid then or owed; raises what stands in
    the way.

    Of stock, what lies where this person may look; of documents, those that they may see; entries, where they are told
    of those at all.
    """
    before: dict[tuple[str, str], Any] = {}
    told: list[Any] = []
    changed: list[Changed] = []
    on = arguments.get("on") or look.today()

    def work(session: Session) -> None:
        before.update(_stock(session, ids))
        changed.extend(rates_changed(session, ids, on))
        told.append(action(session, ids, **arguments).answer)

    def describe(session: Session) -> dict[str, Any]:
        chain = [row.id for row in read(session, CHAIN, ids=list(ids))]
        after = _stock(session, ids)
        states = _seen(session, STATES, chain)
        supplied = [row["id"] for row in states if row["to_state"] in SUPPLIED]
        return {
            "warnings": rate_warnings([*changed, *rates_changed(session, supplied, on)]),
            "repriced": _repriced(told[0]),
            "plan": _planned(session, told[0]),
            "stock": [_change(before.get(key), row) for key, row in after.items() if _differs(before.get(key), row)],
            "entries": [row._asdict() for row in read(session, ENTRIES, ids=chain)] if mine().sees_entries() else [],
            "states": states,
            "paid": _seen(session, PAID, chain),
        }

    return preview(work, describe)


def _seen(session: Session, sql: str, chain: Sequence[int]) -> list[dict[str, Any]]:
    """What is told of documents, of those that this person may see."""
    rows = read(session, sql, ids=list(chain))
    visible = seen(session, {row.id: row.kind for row in rows})
    return [row._asdict() for row in rows if row.id in visible]


def _planned(session: Session, answer: Any) -> list[Undoing]:
    """The plan, without documents that this person may not see; what it deletes is there no more, and has no number."""
    plan = [row for row in answer if isinstance(row, Undoing)] if isinstance(answer, list) else []
    if not plan:
        return []
    kinds = {row.document_id: row.kind for row in plan}
    hidden = {row.id for row in read(session, STATES_OF, ids=list(kinds))} - seen(session, kinds)
    return [row for row in plan if row.document_id not in hidden]


def _stock(session: Session, ids: Sequence[int]) -> dict[tuple[str, str], Any]:
    chain = [row.id for row in read(session, CHAIN, ids=list(ids))]
    own, everywhere = sorted(mine().warehouses), not mine().is_own("Stock")
    return {(row.warehouse, row.sku): row for row in read(session, STOCK, ids=chain, own=own, everywhere=everywhere)}


def _repriced(answer: Any) -> list[Repriced]:
    return [row for row in answer if isinstance(row, Repriced)] if isinstance(answer, list) else []


def _differs(before: Any, after: Any) -> bool:
    if before is None:
        return bool(after.on_hand or after.reserved)
    return (before.on_hand, before.reserved, before.value) != (after.on_hand, after.reserved, after.value)


def _change(before: Any, after: Any) -> dict[str, Any]:
    row = {"warehouse": after.warehouse, "sku": after.sku, "name": after.name}
    for name in ("on_hand", "reserved", "value"):
        row[name] = (getattr(before, name) if before is not None else Decimal(0), getattr(after, name))
    return row
