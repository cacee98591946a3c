"""Correct: what was written down wrong is taken back, and a draft of the same content is opened to be put right."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from app.domain.billing.adjustments import cancel_adjustments
from app.domain.billing.models import Adjustment, AdjustmentTarget, CustomerReturn, CustomerReturnLine
from app.domain.billing.returns import cancel_returns
from app.domain.kernel.document import links, record, register
from app.domain.kernel.lifecycle import Action, Lifecycle, Outcome
from app.domain.kernel.orm import Base
from app.domain.kernel.rows import insert, read, write
from app.domain.ledger.manual import cancel_manual_entries
from app.domain.ledger.models import ManualEntry, ManualEntryLine
from app.domain.lifecycles import (
    ADJUSTMENT,
    BANK_LINE,
    BANK_STATEMENT,
    CASH_ORDER,
    CUSTOMER_RETURN,
    INTERNAL_ORDER,
    MANUAL_ENTRY,
    OPENING_BALANCE,
    OPENING_STOCK,
    STOCK_COUNT,
    STOCK_RECEIPT,
    WRITE_OFF,
)
from app.domain.treasury.banks import cancel_bank_lines
from app.domain.treasury.cash import cancel_cash_orders
from app.domain.treasury.models import (
    BankLine,
    BankLineTarget,
    BankStatement,
    CashOrder,
    CashOrderTarget,
    OpeningBalance,
)
from app.domain.treasury.opening import cancel_opening_balances
from app.domain.treasury.statements import cancel_statements
from app.domain.warehousing.counts import cancel_counts
from app.domain.warehousing.models import (
    InternalOrder,
    InternalOrderLine,
    OpeningStock,
    OpeningStockLine,
    StockCount,
    StockCountLine,
    StockReceipt,
    StockReceiptLine,
    WriteOff,
    WriteOffLine,
)
from app.domain.warehousing.opening import cancel_openings
from app.domain.warehousing.receipts import cancel_receipts
from app.domain.warehousing.transit import cancel_internal_orders
from app.domain.warehousing.write_offs import cancel_write_offs


class Content(NamedTuple):
    """What somebody wrote down of a kind of document: the columns of its table, and those of its lines, if any.

    `meant` says, by column, what of a processed document was written down, where processing writes it as well.
    """

    lifecycle: Lifecycle
    cancel: Action
    table: type[Base]
    columns: Sequence[str]
    line: type[Base] | None = None
    parent: str = ""
    line_columns: Sequence[str] = ()
    meant: Mapping[str, str] = MappingProxyType({})


MONEY = ("kind", "about", "account_id", "transfer_id", "on", "amount", "currency", "rate", "purpose")
TARGET = ("target_id", "line_id", "amount")
CONTENTS = (
    Content(STOCK_RECEIPT, cancel_receipts, StockReceipt, ("on", "note"),
            StockReceiptLine, "receipt_id", ("position", "product_id", "quantity", "unit_cost")),
    Content(OPENING_STOCK, cancel_openings, OpeningStock, ("on", "note"),
            OpeningStockLine, "opening_id", ("position", "product_id", "quantity", "unit_cost", "value"),
            {"value": "CASE WHEN unit_cost IS NULL THEN value END"}),
    Content(WRITE_OFF, cancel_write_offs, WriteOff, ("on", "reason", "note"),
            WriteOffLine, "write_off_id", ("position", "product_id", "quantity")),
    Content(MANUAL_ENTRY, cancel_manual_entries, ManualEntry, ("on", "text"),
            ManualEntryLine, "manual_entry_id", ("position", "account_id", "debit", "credit")),
    Content(STOCK_COUNT, cancel_counts, StockCount, ("on", "sheet_at", "note"),
            StockCountLine, "count_id", ("position", "product_id", "expected", "counted", "unit_cost")),
    Content(INTERNAL_ORDER, cancel_internal_orders, InternalOrder, ("on", "source_id", "note"),
            InternalOrderLine, "internal_order_id", ("position", "product_id", "quantity")),
    Content(CUSTOMER_RETURN, cancel_returns, CustomerReturn, ("on", "credit_note_id", "note"), CustomerReturnLine,
            "return_id", ("position", "shipment_line_id", "product_id", "quantity", "unit_cost")),
    Content(ADJUSTMENT, cancel_adjustments, Adjustment, ("kind", "on", "amount", "currency", "rate", "purpose"),
            AdjustmentTarget, "adjustment_id", TARGET),
    Content(OPENING_BALANCE, cancel_opening_balances, OpeningBalance, ("about", "cash_desk_id", "bank_account_id", "on",
            "due_on", "amount", "currency", "rate", "purpose")),
    Content(CASH_ORDER, cancel_cash_orders, CashOrder, (*MONEY, "cash_desk_id"),
            CashOrderTarget, "cash_order_id", TARGET),
    Content(BANK_LINE, cancel_bank_lines, BankLine, (*MONEY, "bank_account_id"),
            BankLineTarget, "bank_line_id", TARGET),
    Content(BANK_STATEMENT, cancel_statements, BankStatement,
            ("bank_account_id", "bank_number", "on", "opening", "closing", "currency", "digest")),
)  # fmt: skip
OWNERS = "SELECT id, customer_id, warehouse_id FROM document WHERE id = ANY(%(ids)s::bigint[]) ORDER BY id"
# What the old document came from, the new one comes from as well.
SOURCES = """
SELECT from_id, to_id, kind FROM document_link
WHERE to_id = ANY(%(ids)s::bigint[]) AND kind NOT IN ('lists', 'corrects') ORDER BY from_id
"""


def _correcting(content: Content) -> Action:
    """The action that corrects documents of a kind.

    It takes ids, the date of the cancellation and why, and answers with the new draft of each document that was
    cancelled now; one that was cancelled before opens none. Raises what the cancellation raises.
    """

    def correct(session: Session, ids: Iterable[int], /, *, by: int, on: date, reason: str) -> Outcome:
        outcome = content.cancel(session, ids, by=by, on=on, reason=reason)
        outcome.answer = _copied(session, content, sorted(outcome.done), by=by)
        return outcome

    return correct


def _copied(session: Session, content: Content, ids: Sequence[int], *, by: int) -> dict[int, int]:
    """Drafts with the content of these documents, by the document that each corrects."""
    owners = [row._asdict() for row in read(session, OWNERS, ids=list(ids))]
    heads = _columns(session, content.table, "id", content.columns, ids)
    line = content.line
    lines = _columns(session, line, content.parent, content.line_columns, ids, content.meant) if line else {}
    sources: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for row in read(session, SOURCES, ids=list(ids)):
        sources[row.to_id].append((row.from_id, row.kind))
    drafts = register(session, content.lifecycle.kind, owners, lambda new: [
        (content.table, [{"id": i, **head} for i, old in zip(new, ids, strict=True) for head in heads[old]]),
        *([(line, [
            {content.parent: i, **its} for i, old in zip(new, ids, strict=True) for its in lines.get(old, ())
        ])] if line else ()),
        links(
            (source, i, kind) for i, old in zip(new, ids, strict=True)
            for source, kind in (*sources.get(old, ()), (old, "corrects"))
        ),
    ])  # fmt: skip
    record(session, "create", [{"document_id": i, "to_state": content.lifecycle.initial} for i in drafts], by=by)
    return dict(zip(ids, drafts, strict=True))


def _columns(
    session: Session, table: type[Base], key: str, columns: Sequence[str], ids: Sequence[int],
    meant: Mapping[str, str] = MappingProxyType({}),
) -> dict[int, list[dict[str, Any]]]:  # fmt: skip
    """Rows of a table by the column that says whose they are, in the order in which they were written."""
    what = ", ".join(meant.get(name, f'"{name}"') for name in columns)
    sql = f"SELECT {key} AS whose, {what} FROM {table.__tablename__} WHERE {key} = ANY(%(ids)s::bigint[]) ORDER BY id"
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in read(session, sql, ids=list(ids)):
        found[row.whose].append(dict(zip(columns, row[1:], strict=True)))
    return found


LISTED = "SELECT id, statement_id FROM bank_line WHERE statement_id = ANY(%(ids)s::bigint[]) ORDER BY id"
LIST = """
UPDATE bank_line SET statement_id = given.statement
FROM unnest(%(lines)s::bigint[], %(statements)s::bigint[]) AS given (line, statement) WHERE bank_line.id = given.line
"""


def _correct_statements(session: Session, ids: Iterable[int], /, *, by: int, on: date, reason: str) -> Outcome:
    """Corrects statements with their lines, which are documents of their own."""
    outcome = _correcting(OF_A_KIND[BANK_STATEMENT.kind])(session, ids, by=by, on=on, reason=reason)
    old = {row.id: row.statement_id for row in read(session, LISTED, ids=sorted(outcome.done))}
    new = _copied(session, OF_A_KIND[BANK_LINE.kind], sorted(old), by=by)
    listed = {draft: outcome.answer[old[line]] for line, draft in new.items()}
    write(session, LIST, lines=list(listed), statements=list(listed.values()))
    insert(session, *links((line, statement, "lists") for line, statement in listed.items()))
    return outcome


OF_A_KIND = {content.lifecycle.kind: content for content in CONTENTS}
CORRECT = {kind: _correcting(content) for kind, content in OF_A_KIND.items()} | {
    BANK_STATEMENT.kind: _correct_statements
}
