"""The journal and the trial balance for people, as rows and as plain text."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from typing import NamedTuple

from sqlalchemy.orm import Session

from app.domain.kernel.rows import read
from app.domain.kernel.values import ZERO
from app.domain.ledger import balances
from app.domain.ledger.balances import AccountBalance


class JournalRow(NamedTuple):
    """One line of an entry. `seq` is the entry's place in the chain: None where the deed is not sealed yet."""

    entry_id: int
    seq: int | None
    on: date
    at: datetime
    actor: str
    event: str
    document_id: int
    kind: str
    number: str | None
    code: str
    name: str
    debit: Decimal
    credit: Decimal


JOURNAL = """
SELECT entry.id, chain.seq, entry."on", entry.at, actor.name AS actor, entry.event, document.id AS document_id,
       document.kind, document.number, account.code, account.name, line.debit, line.credit
FROM journal_entry entry
JOIN journal_line line ON line.entry_id = entry.id AND line."on" = entry."on"
JOIN account ON account.id = line.account_id
JOIN document ON document.id = entry.document_id
JOIN actor ON actor.id = entry.actor_id
LEFT JOIN journal_chain chain ON chain.entry_id = entry.id
WHERE entry."on" BETWEEN %(since)s AND %(until)s
  AND (%(documents)s::bigint[] IS NULL OR entry.document_id = ANY(%(documents)s::bigint[]))
ORDER BY entry."on", entry.id, line.position
"""


def journal(
    session: Session, since: date, until: date, *, document_ids: Sequence[int] | None = None
) -> list[JournalRow]:
    """The lines of all entries dated in the stretch, both dates included, by date, then as recorded.

    With `document_ids` only the entries of these documents. Raises Invalid where the stretch ends before it starts.
    """
    balances.check_stretch(since, until)
    documents = None if document_ids is None else list(document_ids)
    return [JournalRow._make(row) for row in read(session, JOURNAL, since=since, until=until, documents=documents)]


def trial_balance(session: Session, since: date, until: date) -> list[AccountBalance]:
    """Opening balance, turnover and closing balance (debit positive) of each account that has any, by code."""
    return balances.trial_balance(session, since, until)


def journal_text(rows: Sequence[JournalRow], decimals: int = 2) -> str:
    """The journal to be read: a heading for each entry, under it its lines, amounts in columns."""
    table = _Table(decimals)
    for _, lines in groupby(rows, key=lambda row: row.entry_id):
        of = list(lines)
        table.heading(f"{of[0].on} {of[0].event} {of[0].number or ''}")
        for line in of:
            table.row(f"  {line.code}", line.name, line.debit or None, line.credit or None)
    return table.text()


def trial_balance_text(rows: Sequence[AccountBalance], decimals: int = 2) -> str:
    """The trial balance to be read: a line for each account and the totals, amounts in columns."""
    table = _Table(decimals)
    table.row("account", "", "opening", "debit", "credit", "closing")
    for row in rows:
        table.row(row.code, row.name, row.opening, row.debit, row.credit, row.closing)
    columns = ([row.opening, row.debit, row.credit, row.closing] for row in rows)
    totals = [sum(column, ZERO) for column in zip(*columns, strict=True)] or [ZERO] * 4
    table.row("total", "", *totals)
    return table.text()


class _Table:
    """Rows of two texts, flush left, and amounts, flush right, in columns as wide as they need to be."""

    def __init__(self, decimals: int) -> None:
        self._decimals = decimals
        self._rows: list[list[str] | str] = []

    def heading(self, text: str) -> None:
        self._rows.append(text)

    def row(self, code: str, name: str, *amounts: Decimal | str | None) -> None:
        self._rows.append([code, name, *(self._written(amount) for amount in amounts)])

    def _written(self, amount: Decimal | str | None) -> str:
        if amount is None or isinstance(amount, str):
            return amount or ""
        return f"{amount:.{self._decimals}f}"

    def text(self) -> str:
        cells = [row for row in self._rows if not isinstance(row, str)]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        lines = []
        for row in self._rows:
            if not isinstance(row, str):
                texts = [cell.ljust(width) for cell, width in zip(row[:2], widths[:2], strict=True)]
                row = "  ".join(texts + [cell.rjust(width) for cell, width in zip(row[2:], widths[2:], strict=True)])
            lines.append(row.rstrip())
        return "\n".join(lines)
