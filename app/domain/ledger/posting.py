"""The only writer of journal entries: events with their amounts become balanced entries by the rules of their date."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import NamedTuple

from sqlalchemy.orm import Session

from app.domain.kernel import clock
from app.domain.kernel.company import company
from app.domain.kernel.rows import read
from app.domain.kernel.unit import at_seal
from app.domain.kernel.values import ZERO, rounded
from app.domain.ledger.chain import place_in_chain, remember_entries
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


# One statement for entries and lines: their ids are drawn first and found again by place, never by the order of rows.
WRITE = """
WITH reserved AS MATERIALIZED (
    SELECT array_agg(nextval('journal_entry_id_seq')) AS ids FROM unnest(%(documents)s::bigint[])
), entry AS (
    INSERT INTO journal_entry (id, document_id, customer_id, event, "on", at, actor_id, currency)
    SELECT (SELECT ids FROM reserved)[place], document_id, customer_id, %(event)s, %(on)s, %(at)s, %(by)s, %(currency)s
    FROM unnest(%(documents)s::bigint[]) WITH ORDINALITY AS given (document_id, place)
    JOIN document ON document.id = document_id
), line AS (
    INSERT INTO journal_line
        ("on", entry_id, position, account_id, debit, credit, currency, currency_amount, rule_id)
    SELECT %(on)s, (SELECT ids FROM reserved)[place], position, account_id, greatest(value, 0), greatest(-value, 0),
           %(currency)s, value, rule_id
    FROM unnest(%(places)s::bigint[], %(positions)s::bigint[], %(accounts)s::bigint[], %(values)s::numeric[],
                %(rules)s::bigint[]) AS given (place, position, account_id, value, rule_id)
)
SELECT unnest(ids) AS id FROM reserved
"""


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
    flat = [
        (place, position, line)
        for place, lines in enumerate(entries.values(), start=1)
        for position, line in enumerate(lines, start=1)
    ]
    rows = read(
        session,
        WRITE,
        event=event,
        on=on,
        at=clock.now(),
        by=by,
        currency=settings.currency,
        documents=list(entries),
        places=[place for place, _, _ in flat],
        positions=[position for _, position, _ in flat],
        accounts=[line.account_id for _, _, line in flat],
        values=[line.value for _, _, line in flat],
        rules=[line.rule_id for _, _, line in flat],
    )
    _to_the_chain(session, [row.id for row in rows])


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


MIRROR = """
WITH original AS MATERIALIZED (
    SELECT nextval('journal_entry_id_seq') AS mirror_id, entry.*
    FROM (SELECT id, document_id, customer_id, currency FROM journal_entry
          WHERE event = %(event)s AND document_id = ANY(%(documents)s::bigint[]) ORDER BY id) AS entry
), mirror AS (
    INSERT INTO journal_entry (id, document_id, customer_id, event, "on", at, actor_id, currency)
    SELECT mirror_id, document_id, customer_id, %(mirror)s, %(on)s, %(at)s, %(by)s, currency FROM original
), line AS (
    INSERT INTO journal_line
        ("on", entry_id, position, account_id, debit, credit, currency, currency_amount, rule_id)
    SELECT %(on)s, original.mirror_id, line.position, line.account_id, line.credit, line.debit, line.currency,
           -line.currency_amount, line.rule_id
    FROM original JOIN journal_line line ON line.entry_id = original.id
)
SELECT mirror_id AS id FROM original
"""


def post_mirrors(session: Session, event: str, document_ids: Iterable[int], *, on: date, by: int) -> None:
    """Writes the exact opposite of the documents' entries of this event, under the event `….cancelled`.

    Accounts and amounts are those of the entry, whatever the rules say by now. Documents without such an entry are
    passed over.
    """
    rows = read(
        session,
        MIRROR,
        event=event,
        mirror=event + CANCELLED,
        documents=sorted(set(document_ids)),
        on=on,
        at=clock.now(),
        by=by,
    )
    _to_the_chain(session, [row.id for row in rows])


def _to_the_chain(session: Session, entry_ids: Sequence[int]) -> None:
    if entry_ids:
        remember_entries(session, entry_ids)
        at_seal(session, place_in_chain)
