"""What the database keeps of the ledger although nobody in Python asks for it."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.domain.kernel.rows import write
from app.domain.kernel.unit import seal
from app.domain.ledger.posting import Posting, post


def refused(session: Session, sql: str) -> str | None:
    """The code of the guard that stops the statement; what it would have done is taken back either way."""
    try:
        with session.begin_nested() as savepoint:
            write(session, sql)
            savepoint.rollback()
    except DBAPIError as error:
        return getattr(error.orig, "sqlstate", None)
    return None


CHANGES = [
    ("UPDATE account SET code = '1201' WHERE code = '1200'", True),
    ("UPDATE account SET role = 'other' WHERE code = '1200'", True),
    ("UPDATE company SET currency = 'USD'", True),
    ("UPDATE company SET chain_seq = 0", True),
    (r"UPDATE company SET chain_hash = '\x00'", True),
    ("UPDATE account SET name = 'Stock', active = false, code = code WHERE code = '1200'", False),
    ("UPDATE account SET code = '1221' WHERE code = '1220'", False),
    ("UPDATE account SET role = 'revenue' WHERE code = '6990'", False),
    ("UPDATE company SET name = 'Bea Ltd', chain_seq = 2, chain_hash = ''", False),
]


@pytest.mark.parametrize(("change", "stopped"), CHANGES)
def test_what_the_chain_has_named_stays_so(
    session: Session, anna: int, documents: Callable[[int], list[int]], today, behind_the_back, change: str,
    stopped: bool,
) -> None:  # fmt: skip
    behind_the_back("DELETE FROM posting_rule WHERE event <> 'receipt.processed'")
    [document] = documents(1)
    post(session, "receipt.processed", [Posting(document, {"cost": Decimal(7)})], on=today, by=anna)
    seal(session)

    assert refused(session, change) == ("SB005" if stopped else None)


@pytest.mark.parametrize("change", ["UPDATE account SET code = '1201' WHERE code = '1200'", CHANGES[2][0]])
def test_before_anything_is_posted_all_may_change(session: Session, anna: int, change: str) -> None:
    assert refused(session, change) is None
