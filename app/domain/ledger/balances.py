"""What the accounts show: the trial balance of a stretch of dates, and the statement of one account.

Balances are in company currency, debit positive; both dates of a stretch are included.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy.orm import Session

from app.domain.kernel.errors import Invalid, NotFound
from app.domain.kernel.rows import read
from app.domain.kernel.values import ZERO


class AccountBalance(NamedTuple):
    """An account's balance before a stretch, its turnover in it, and its balance after."""

    account_id: int
    code: str
    name: str
    role: str
    opening: Decimal
    debit: Decimal
    credit: Decimal
    closing: Decimal


class StatementLine(NamedTuple):
    """A journal line of one account with the balance after it; `seq` is None before the deed is sealed."""

    on: date
    seq: int | None
    at: datetime
    event: str
    document_id: int
    kind: str
    number: str | None
    debit: Decimal
    credit: Decimal
    balance: Decimal


class Statement(NamedTuple):
    """What happened on an account, in the order of dates, then of recording."""

    code: str
    name: str
    opening: Decimal
    lines: list[StatementLine]
    closing: Decimal


TRIAL_BALANCE = """
SELECT account.id, account.code, account.name, account.role, sums.opening, sums.debit, sums.credit,
       sums.opening + sums.debit - sums.credit AS closing
FROM (
    SELECT account_id,
           coalesce(sum(debit - credit) FILTER (WHERE "on" < %(since)s), 0) AS opening,
           coalesce(sum(debit) FILTER (WHERE "on" >= %(since)s), 0) AS debit,
           coalesce(sum(credit) FILTER (WHERE "on" >= %(since)s), 0) AS credit
    FROM journal_line WHERE "on" <= %(until)s GROUP BY account_id
) AS sums JOIN account ON account.id = sums.account_id
WHERE sums.opening <> 0 OR sums.debit <> 0 OR sums.credit <> 0
ORDER BY account.code
"""
ACCOUNT = """
SELECT code, name, (SELECT coalesce(sum(debit - credit), 0) FROM journal_line
                    WHERE account_id = account.id AND "on" < %(since)s) AS opening
FROM account WHERE id = %(account)s
"""
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


def trial_balance(session: Session, since: date, until: date) -> list[AccountBalance]:
    """Every account that has a balance or turnover in the stretch, by code; Invalid where it ends before it starts."""
    check_stretch(since, until)
    return [AccountBalance._make(row) for row in read(session, TRIAL_BALANCE, since=since, until=until)]


def account_statement(session: Session, account_id: int, since: date, until: date) -> Statement:
    """The account's lines in the stretch with running balances; NotFound where there is no such account."""
    check_stretch(since, until)
    found = read(session, ACCOUNT, account=account_id, since=since)
    if not found:
        raise NotFound("not_found", "There is no such account.")
    account = found[0]
    rows = read(session, STATEMENT, account=account_id, since=since, until=until, opening=account.opening)
    lines = [StatementLine._make(row) for row in rows]
    closing = account.opening + sum((line.debit - line.credit for line in lines), ZERO)
    return Statement(account.code, account.name, account.opening, lines, closing)


def check_stretch(since: date, until: date) -> None:
    """Refuses a stretch that ends before it starts."""
    if until < since:
        raise Invalid(
            "wrong_order", "The stretch cannot end on {until} before it starts on {since}.", since=since, until=until
        )
