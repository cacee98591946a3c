"""A company with its books, documents to post for, and plain views of what was posted."""

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from app.domain.kernel import clock
from app.domain.kernel.document import Actor, register
from app.domain.kernel.rows import insert, read
from app.domain.ledger.setup import set_up_company
from tests.traces import statements as sent_statements

ZONE = "Europe/Sofia"


def found(session: Session, currency: str = "EUR") -> int:
    """Sets up a company and gives the id of somebody who works there."""
    set_up_company(session, name="Ada Ltd", currency=currency, time_zone=ZONE, country="BG", chart="ifrs")
    insert(session, Actor, [{"name": "Anna"}])
    return read(session, "SELECT id FROM actor")[0].id


@pytest.fixture
def anna(session: Session) -> int:
    """A company exists in the session, and Anna works there."""
    return found(session)


@pytest.fixture
def today() -> date:
    return clock.today(ZONE)


@pytest.fixture
def account(session: Session, anna: int) -> dict[str, int]:
    """code → id"""
    return {row.code: row.id for row in read(session, "SELECT id, code FROM account")}


@pytest.fixture
def documents(session: Session, anna: int) -> Callable[[int], list[int]]:
    return lambda count: register(session, "invoice", [{}] * count)


def lines_of(session: Session, document_id: int, event_name: str) -> list[tuple[str, Decimal, Decimal]]:
    """(account code, debit, credit) of the document's entry, in the order of its lines."""
    rows = read(
        session,
        """SELECT account.code, line.debit, line.credit FROM journal_entry entry
           JOIN journal_line line ON line.entry_id = entry.id JOIN account ON account.id = line.account_id
           WHERE entry.document_id = %(document)s AND entry.event = %(event)s ORDER BY line.position""",
        document=document_id,
        event=event_name,
    )
    return [tuple(row) for row in rows]


@pytest.fixture
def statements(session: Session) -> Iterator[list[str]]:
    """Every statement that the session's connection executes while the test runs."""
    with sent_statements() as seen:
        yield seen
