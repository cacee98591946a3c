"""What the books show: the journal, the trial balance of a stretch of dates, and the statement of one account.

Balances are in company currency, debit positive; both dates of a stretch are included. `seq` is an entry's place in the
chain: None where its deed is not sealed yet.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.kernel.errors import NotFound
from app.domain.kernel.rows import read
from app.domain.kernel.values import ZERO
from app.reports.query import Query, check_stretch, ids

JOURNAL = """
SELECT entry.id AS entry_id, chain.seq, entry."on", entry.at, actor.name AS actor, entry.event,
       document.id AS document_id, document.kind, document.number, account.code, account.name, line.debit, line.credit
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
# How an account stood before the stretch and at its end: its closings of the last days with lines until then.
CLOSINGS = """
LEFT JOIN LATERAL (
    SELECT debit, credit FROM account_day WHERE account_id = account.id AND "on" < %(since)s ORDER BY "on" DESC LIMIT 1
) before ON true
LEFT JOIN LATERAL (
    SELECT debit, credit FROM account_day WHERE account_id = account.id AND "on" <= %(until)s ORDER BY "on" DESC LIMIT 1
) after ON true
CROSS JOIN LATERAL (
    SELECT coalesce(before.debit - before.credit, 0) AS opening, coalesce(after.debit - after.credit, 0) AS closing,
           coalesce(after.debit, 0) - coalesce(before.debit, 0) AS debit,
           coalesce(after.credit, 0) - coalesce(before.credit, 0) AS credit
) sums
"""
TRIAL_BALANCE = f"""
SELECT account.id AS account_id, account.code, account.name, account.role, sums.opening, sums.debit, sums.credit,
       sums.closing
FROM account {CLOSINGS} WHERE sums.opening <> 0 OR sums.debit <> 0 OR sums.credit <> 0
ORDER BY account.code
"""
ACCOUNT = f"SELECT code, name, sums.opening, sums.closing FROM account {CLOSINGS} WHERE account.id = %(account)s"
STATEMENT = """
SELECT line."on", chain.seq, entry.at, entry.event, document.id AS document_id, document.kind, document.number,
       line.debit, line.credit,
       %(opening)s::numeric
           + sum(line.debit - line.credit) OVER (ORDER BY line."on", line.entry_id, line.position) AS balance
FROM journal_line line
JOIN journal_entry entry ON entry.id = line.entry_id
JOIN document ON document.id = entry.document_id
LEFT JOIN journal_chain chain ON chain.entry_id = entry.id
WHERE line.account_id = %(account)s AND line."on" BETWEEN %(since)s AND %(until)s
ORDER BY line."on", line.entry_id, line.position
"""


class Statement(NamedTuple):
    """What happened on an account, or between a customer and us: the balances before and after, and the lines."""

    code: str
    name: str
    opening: Decimal
    lines: Query
    closing: Decimal


def journal(since: date, until: date, *, document_ids: Sequence[int] | None = None) -> Query:
    """The lines of all entries dated in the stretch, both dates included, by date, then as recorded.

    With `document_ids` only the entries of these documents. Raises Invalid where the stretch ends before it starts.
    """
    check_stretch(since, until)
    return Query(JOURNAL, {"since": since, "until": until, "documents": ids(document_ids)})


def trial_balance(since: date, until: date) -> Query:
    """Every account that has a balance or turnover in the stretch, by code; Invalid where it ends before it starts."""
    check_stretch(since, until)
    return Query(TRIAL_BALANCE, {"since": since, "until": until})


def account_statement(session: Session, account_id: int, since: date, until: date) -> Statement:
    """The account's lines in the stretch with running balances; NotFound where there is no such account."""
    check_stretch(since, until)
    found = read(session, ACCOUNT, account=account_id, since=since, until=until)
    if not found:
        raise NotFound("not_found", "There is no such account.")
    its = found[0]
    values = {"account": account_id, "since": since, "until": until, "opening": its.opening}
    return Statement(its.code, its.name, its.opening, Query(STATEMENT, values), its.closing)


def journal_text(rows: Sequence[Row[Any]], decimals: int = 2) -> str:
    """The journal to be read: a heading for each entry, under it its lines, amounts in columns."""
    table = _Table(decimals)
    for _, lines in groupby(rows, key=lambda row: row.entry_id):
        of = list(lines)
        table.heading(f"{of[0].on} {of[0].event} {of[0].number or ''}")
        for line in of:
            table.row(f"  {line.code}", line.name, line.debit or None, line.credit or None)
    return table.text()


def trial_balance_text(rows: Sequence[Row[Any]], decimals: int = 2) -> str:
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
