"""The tests' own floor: what the fixtures promise."""

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError, ProgrammingError
from sqlalchemy.orm import Session

ADD = text("INSERT INTO actor (name) VALUES ('Anna')")
COUNT = text("SELECT count(*) FROM actor WHERE name = 'Anna'")
LOOSE_LINE = """
INSERT INTO journal_line ("on", entry_id, position, account_id, debit, credit, currency, currency_amount)
VALUES ('2026-01-01', 1, 1, 1, 1, 0, 'EUR', 1)
"""


@pytest.mark.parametrize("time", ["first", "second"])
def test_a_sessions_rows_are_gone_for_the_next_test(session: Session, time: str) -> None:
    session.execute(ADD)

    assert session.scalar(COUNT) == 1


@pytest.mark.parametrize("time", ["first", "second"])
def test_a_fresh_database_is_empty_although_tests_commit(fresh_database: Engine, time: str) -> None:
    with fresh_database.begin() as connection:
        connection.execute(ADD)
        assert connection.scalar(COUNT) == 1


def test_a_test_acts_as_the_application(session: Session) -> None:
    assert session.scalar(text("SELECT current_user")) == "stockbook_app"
    with pytest.raises(ProgrammingError, match="permission denied"):
        session.execute(text("TRUNCATE actor"))


def test_a_test_that_ends_in_a_refused_statement_leaves_a_usable_database(session: Session) -> None:
    with pytest.raises(IntegrityError):
        session.execute(text("INSERT INTO actor (name, kind) VALUES ('Anna', 'ghost')"))


def test_a_fault_can_be_planted_inside_the_session(session: Session, behind_the_back) -> None:
    assert behind_the_back(LOOSE_LINE) == 1
    assert session.scalar(text("SELECT current_user")) == "stockbook_app"
    assert session.scalar(text("SELECT count(*) FROM journal_line")) == 1
    with pytest.raises(IntegrityError):
        session.execute(text(LOOSE_LINE))


def test_a_fault_can_be_planted_for_other_connections(fresh_database: Engine, behind_the_back) -> None:
    assert behind_the_back(LOOSE_LINE) == 1

    with fresh_database.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM journal_line")) == 1
