"""Where a document comes from and leads to, and what was done to it by whom."""

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from flask import url_for
from sqlalchemy import CompoundSelect, Select, false, select, union_all

from app.domain.kernel.document import Document
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
CHAIN = """
WITH RECURSIVE up (id) AS (
    SELECT unnest(%(ids)s::bigint[]) UNION SELECT link.from_id FROM document_link link JOIN up ON link.to_id = up.id
), down (id) AS (
    SELECT id FROM up UNION SELECT link.to_id FROM document_link link JOIN down ON link.from_id = down.id
)
SELECT id FROM down
"""
NAMES = "SELECT id, kind, number FROM document WHERE id = ANY(%(ids)s::bigint[]) ORDER BY id"
LINKS = """
SELECT from_id, to_id FROM document_link WHERE from_id = ANY(%(ids)s::bigint[]) AND to_id = ANY(%(ids)s::bigint[])
ORDER BY from_id, to_id
"""
STATES = " UNION ALL ".join(
    f"SELECT id, state FROM {lifecycle.kind} WHERE id = ANY(%(ids)s::bigint[])"  # noqa: S608
    for lifecycle in LIFECYCLES
)
HISTORY = """
SELECT history.at, actor.name AS actor, history.step, history.from_state, history.to_state, history.changes
FROM document_history history JOIN actor ON actor.id = history.actor_id
WHERE history.document_id = %(id)s ORDER BY history.id DESC LIMIT 200
"""


class Trail(NamedTuple):
    """Documents that belong together, oldest first, and how many more there are."""

    rows: list[dict[str, Any]]
    more: int


def chain(session: Any, document_id: int, most: int | None = MOST) -> Trail:
    """The documents that belong to this one and that the person may see: the nearest, or all without `most`."""
    ids = [row.id for row in read(session, CHAIN, ids=[document_id])]
    rows = [row for row in read(session, NAMES, ids=ids) if row.kind in VIEWS]
    visible = seen(session, {row.id: row.kind for row in rows})
    in_all = len(visible)
    if most is not None and in_all > most:
        visible = set([i for i in _nearest(session, document_id, ids) if i in visible][:most])
    states = {row.id: row.state for row in read(session, STATES, ids=sorted(visible))}
    shown = [
        {
            "id": row.id, "kind": row.kind, "number": row.number or f"#{row.id}", "state": states.get(row.id),
            "url": address(row.kind, row.id), "here": row.id == document_id,
        }
        for row in rows
        if row.id in visible
    ]  # fmt: skip
    return Trail(shown, in_all - len(shown))


def _nearest(session: Any, document_id: int, ids: Sequence[int]) -> list[int]:
    """The documents of a chain by how many links they are away from this one."""
    beside: dict[int, list[int]] = defaultdict(list)
    for row in read(session, LINKS, ids=list(ids)):
        beside[row.from_id].append(row.to_id)
        beside[row.to_id].append(row.from_id)
    near = {document_id: None}
    waiting = deque(near)
    while waiting:
        found = [i for i in beside[waiting.popleft()] if i not in near]
        near |= dict.fromkeys(found)
        waiting.extend(dict.fromkeys(found))
    return [*near]


def named(session: Any, ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """What the documents of these ids are called and in which state they are, those that the person may see."""
    if not ids:
        return {}
    states = {row.id: row.state for row in read(session, STATES, ids=list(ids))}
    rows = read(session, NAMES, ids=list(ids))
    visible = seen(session, {row.id: row.kind for row in rows})
    return {
        row.id: {"id": row.id, "kind": row.kind, "number": row.number, "state": states.get(row.id)}
        for row in rows if row.id in visible
    }  # fmt: skip


def resource_of(kind: str) -> tuple[str, Any]:
    """The resource whose rights hold for a kind of document, and its table."""
    model = MODELS[kind]
    return RULES[model][0], model


def address(kind: str, document_id: int) -> str:
    """Where a document is shown."""
    return url_for(f"{VIEWS[kind]}.show", pk=document_id)


def seen(session: Any, kinds: Mapping[int, str], *used: str) -> set[int]:
    """Which documents, each with its kind, the person may see; and, where a right is `used` on them (right, resource),
    which of these it reaches.
    """
    found: set[int] = set()
    for kind in set(kinds.values()) & MODELS.keys():
        its = _all_seen(MODELS[kind], *used)
        if its is not None:
            ids = [i for i, of in kinds.items() if of == kind]
            found |= set(session.scalars(its.where(MODELS[kind].id.in_(ids))))
    return found


def links(session: Any, ids: Iterable[int]) -> dict[int, str]:
    """Where these documents are shown, of those that the person may see."""
    kinds = {row.id: row.kind for row in read(session, NAMES, ids=sorted(set(ids)))}
    return {i: address(kinds[i], i) for i in seen(session, kinds)}


def all_seen(kinds: Iterable[str], *used: str) -> CompoundSelect[Any] | Select[Any]:
    """The ids of all documents of these kinds that `seen` would find."""
    statements = [its for kind in kinds if (its := _all_seen(MODELS[kind], *used)) is not None]
    return union_all(*statements) if statements else select(Document.id).where(false())


def _all_seen(model: Any, *used: str) -> Select[Any] | None:
    if not mine().may("view", RULES[model][0]):
        return None
    conditions = [scope(model), scope(model, *used) if used else None]
    return select(model.id).where(*(one for one in conditions if one is not None))


def history(session: Any, document_id: int) -> list[Any]:
    """Every step, newest first."""
    return list(read(session, HISTORY, id=document_id))
