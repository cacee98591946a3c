"""Where a document comes from and leads to, and what was done to it by whom."""

from collections.abc import Mapping
from typing import Any

from flask import url_for
from sqlalchemy import select

from app.domain.kernel.rows import read
from app.domain.lifecycles import (
    ADJUSTMENT,
    BANK_LINE,
    BANK_STATEMENT,
    CASH_ORDER,
    CREDIT_NOTE,
    CUSTOMER_RETURN,
    INTERNAL_ORDER,
    INVOICE,
    LIFECYCLES,
    MANUAL_ENTRY,
    OPENING_BALANCE,
    OPENING_STOCK,
    SALES_ORDER,
    SHIPMENT,
    STOCK_COUNT,
    STOCK_RECEIPT,
    WRITE_OFF,
)
from app.web.kit.previews import CHAIN
from app.web.kit.rights import mine
from app.web.kit.scope import RULES, scope

# Kind of document → the view that shows it.
VIEWS = {
    SALES_ORDER.kind: "OrderView", SHIPMENT.kind: "ShipmentView", STOCK_RECEIPT.kind: "ReceiptView",
    INVOICE.kind: "InvoiceView", CUSTOMER_RETURN.kind: "ReturnView", CREDIT_NOTE.kind: "CreditNoteView",
    CASH_ORDER.kind: "CashOrderView", BANK_LINE.kind: "BankLineView", BANK_STATEMENT.kind: "StatementView",
    WRITE_OFF.kind: "WriteOffView",
    STOCK_COUNT.kind: "CountView", ADJUSTMENT.kind: "AdjustmentView",
    OPENING_STOCK.kind: "OpeningView",
    MANUAL_ENTRY.kind: "ManualEntryView", INTERNAL_ORDER.kind: "InternalOrderView",
    OPENING_BALANCE.kind: "OpeningBalanceView",
}  # fmt: skip
MODELS: dict[str, Any] = {model.__tablename__: model for model in RULES if model.__tablename__ in VIEWS}
MOST = 60
DOCUMENTS = "SELECT id, kind, number FROM document WHERE id = ANY(%(ids)s::bigint[]) ORDER BY id LIMIT 60"
STATES = " UNION ALL ".join(
    f"SELECT id, state FROM {lifecycle.kind} WHERE id = ANY(%(ids)s::bigint[])"  # noqa: S608
    for lifecycle in LIFECYCLES
)
HISTORY = """
SELECT history.at, actor.name AS actor, history.step, history.from_state, history.to_state, history.changes
FROM document_history history JOIN actor ON actor.id = history.actor_id
WHERE history.document_id = %(id)s ORDER BY history.id DESC LIMIT 200
"""


def chain(session: Any, document_id: int) -> list[dict[str, Any]]:
    """The documents that belong together, oldest first; those the person may see are links."""
    ids = [row.id for row in read(session, CHAIN, ids=[document_id])]
    states = {row.id: row.state for row in read(session, STATES, ids=ids)}
    rows = [row for row in read(session, DOCUMENTS, ids=ids) if row.kind in VIEWS]
    visible = seen(session, {row.id: row.kind for row in rows})
    return [
        {
            "kind": row.kind, "number": row.number or f"#{row.id}", "state": states.get(row.id),
            "url": address(row.kind, row.id), "here": row.id == document_id,
        }
        for row in rows
        if row.id in visible
    ]  # fmt: skip


def resource_of(kind: str) -> tuple[str, Any]:
    """The resource whose rights hold for a kind of document, and its table."""
    model = MODELS[kind]
    return RULES[model][0], model


def address(kind: str, document_id: int) -> str:
    """Where a document is shown."""
    return url_for(f"{VIEWS[kind]}.show", pk=document_id)


def seen(session: Any, kinds: Mapping[int, str]) -> set[int]:
    """Which documents, each with its kind, the person may see."""
    found: set[int] = set()
    for kind in set(kinds.values()) & MODELS.keys():
        model = MODELS[kind]
        resource = RULES[model][0]
        if not mine().may("view", resource):
            continue
        statement = select(model.id).where(model.id.in_([i for i, its in kinds.items() if its == kind]))
        condition = scope(model)
        found |= set(session.scalars(statement if condition is None else statement.where(condition)))
    return found


def history(session: Any, document_id: int) -> list[Any]:
    """Every step, newest first."""
    return list(read(session, HISTORY, id=document_id))
