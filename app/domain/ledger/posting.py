"""The only writer of journal entries: events with their amounts become balanced entries by the rules of their date."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import NamedTuple

from sqlalchemy.orm import Session

from app.domain.kernel import clock
from app.domain.kernel.company import company
from app.domain.kernel.rows import insert, read, reserve_ids
from app.domain.kernel.unit import at_seal
from app.domain.kernel.values import ZERO, rounded
from app.domain.ledger.chain import place_in_chain, remember_entries
from app.domain.ledger.models import JournalEntry, JournalLine
from app.domain.ledger.posting_rules import CANCELLED, Rules, rules_on

NO_ACCOUNTS: Mapping[str, int | None] = MappingProxyType({})


class Posting(NamedTuple):
    """Amounts of one document, in company currency; several postings of one document add up to one entry.

    `accounts` names, for a role, the account to use instead of the rule's (a group's inventory account, a desk's
    cash); None leaves the rule's.
    """

    document_id: int
    amounts: Mapping[str, Decimal]
    accounts: Mapping[str, int | None] = NO_ACCOUNTS


class Line(NamedTuple):
    """A line to be: debit positive, credit negative."""

    account_id: int
    rule_id: int
    value: Decimal


def post(session: Session, event: str, postings: Iterable[Posting], *, on: date, by: int) -> None:
    """Writes one entry for each document: the event's amounts on the accounts that the rules of the date give.

    What goes to the same account by the same rule is one line; a negative sum changes sides, a zero sum makes no line,
    and a document without lines gets no entry. Raises DomainError where a rule is missing or a named account has
    another role; ValueError where an entry would not balance.
    """
    settings = company(session)
    entries = _entries(event, postings, rules_on(session, on))
    for document_id, lines in entries.items():
        _check(event, document_id, lines, settings.decimals)
    if not entries:
        return
    at = clock.now()
    ids = reserve_ids(session, JournalEntry, len(entries))
    insert(session, JournalEntry, [
        {
            "id": entry_id, "document_id": document_id, "event": event, "on": on, "at": at, "actor_id": by,
            "currency": settings.currency,
        }
        for entry_id, document_id in zip(ids, entries, strict=True)
    ])  # fmt: skip
    insert(session, JournalLine, [
        _line(entry_id, position, line, on, settings.currency)
        for entry_id, lines in zip(ids, entries.values(), strict=True)
        for position, line in enumerate(lines, start=1)
    ])  # fmt: skip
    _to_the_chain(session, ids)


def _entries(event: str, postings: Iterable[Posting], rules: Rules) -> dict[int, list[Line]]:
    """The lines of each document that has any, in the order of the event's amounts."""
    sides = rules.of(event)
    names = {amount for amount, _, _ in sides}
    # One sum for each side of the event and account; the place of the side keeps the lines in order.
    sums: dict[int, dict[tuple[int, int], Decimal]] = {}
    for posting in postings:
        if not names.issuperset(posting.amounts):
            raise ValueError(f"{event} has no amounts {sorted(posting.amounts.keys() - names)}")
        document = sums.setdefault(posting.document_id, {})
        for place, (amount, side, rule) in enumerate(sides):
            value = posting.amounts.get(amount)
            if value:
                named = posting.accounts.get(rule.role)
                key = place, rule.account_id if named is None else rules.account(rule.role, named)
                document[key] = document.get(key, ZERO) + (value if side == "debit" else -value)
    lines = {
        document_id: [Line(account, sides[place][2].id, value) for (place, account), value in sorted(of.items())]
        for document_id, of in sums.items()
    }
    return {document_id: kept for document_id, of in lines.items() if (kept := [line for line in of if line.value])}


def _check(event: str, document_id: int, lines: Sequence[Line], decimals: int) -> None:
    if sum((line.value for line in lines), ZERO):
        raise ValueError(f"{event} of document {document_id} does not balance: {[str(line.value) for line in lines]}")
    if any(line.value != rounded(line.value, decimals) for line in lines):
        raise ValueError(f"{event} of document {document_id} has more than {decimals} decimals")


def _line(entry_id: int, position: int, line: Line, on: date, currency: str) -> dict[str, object]:
    return {
        "on": on,
        "entry_id": entry_id,
        "position": position,
        "account_id": line.account_id,
        "debit": max(line.value, ZERO),
        "credit": max(-line.value, ZERO),
        "currency": currency,
        "currency_amount": line.value,
        "rule_id": line.rule_id,
    }


# Whoever reads this must know that it is one statement: entries are found again by their document, never by the order
# in which RETURNING happens to give them.
MIRROR = """
WITH original AS MATERIALIZED (
    SELECT id, document_id, currency FROM journal_entry
    WHERE event = %(event)s AND document_id = ANY(%(documents)s::bigint[])
), mirror AS (
    INSERT INTO journal_entry (document_id, event, "on", at, actor_id, currency)
    SELECT document_id, %(event)s || %(suffix)s, %(on)s, %(at)s, %(by)s, currency FROM original ORDER BY id
    RETURNING id, document_id
), lines AS (
    INSERT INTO journal_line
        ("on", entry_id, position, account_id, debit, credit, currency, currency_amount, rule_id)
    SELECT %(on)s, mirror.id, line.position, line.account_id, line.credit, line.debit, line.currency,
           -line.currency_amount, line.rule_id
    FROM mirror JOIN original USING (document_id) JOIN journal_line line ON line.entry_id = original.id
    ORDER BY mirror.id, line.position
)
SELECT id FROM mirror ORDER BY id
"""


def post_mirrors(session: Session, event: str, document_ids: Iterable[int], *, on: date, by: int) -> None:
    """Writes the exact opposite of the documents' entries of this event, under the event `….cancelled`.

    Accounts and amounts are those of the entry, whatever the rules say by now. Documents without such an entry are
    passed over.
    """
    rows = read(
        session, MIRROR,
        event=event, documents=sorted(set(document_ids)), suffix=CANCELLED, on=on, at=clock.now(), by=by,
    )
    _to_the_chain(session, [row.id for row in rows])


def _to_the_chain(session: Session, entry_ids: Sequence[int]) -> None:
    if entry_ids:
        remember_entries(session, entry_ids)
        at_seal(session, place_in_chain)
