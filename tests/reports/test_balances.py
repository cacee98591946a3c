"""The trial balance and the statement of an account."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from app.domain.kernel.errors import DomainError
from app.domain.kernel.unit import seal
from app.domain.ledger.posting import Posting, post, post_mirrors
from app.reports.ledger import account_statement, trial_balance

D = Decimal
JANUARY, FEBRUARY, MARCH = date(2026, 1, 31), date(2026, 2, 10), date(2026, 3, 1)


@pytest.fixture
def trade(session: Session, anna: int, documents) -> list[int]:
    """Goods received on two days, one receipt taken back on the second, some shipped in between."""
    ids = documents(3)
    post(session, "receipt.processed", [Posting(ids[0], {"cost": D(100)})], on=JANUARY, by=anna)
    post(session, "receipt.processed", [Posting(ids[1], {"cost": D(30)})], on=JANUARY, by=anna)
    post(session, "shipment.processed", [Posting(ids[2], {"cost": D(45)})], on=FEBRUARY, by=anna)
    post_mirrors(session, "receipt.processed", [ids[1]], on=MARCH, by=anna)
    seal(session)
    return ids


def balance(session: Session, since: date, until: date) -> dict[str, tuple[D, D, D, D]]:
    return {row.code: row[4:] for row in trial_balance(since, until).rows(session)}


def test_a_stretch_shows_what_was_before_in_and_after_it(session, trade) -> None:
    assert balance(session, FEBRUARY, MARCH) == {
        "1200": (D(130), D(0), D(75), D(55)),
        "2010": (D(-130), D(30), D(0), D(-100)),
        "5000": (D(0), D(45), D(0), D(45)),
    }


def test_both_dates_of_a_stretch_belong_to_it(session, trade) -> None:
    assert balance(session, JANUARY, JANUARY)["1200"] == (D(0), D(130), D(0), D(130))
    assert balance(session, FEBRUARY, FEBRUARY)["1200"] == (D(130), D(0), D(45), D(85))


def test_an_account_without_balance_and_turnover_is_left_out(session, anna, trade) -> None:
    post_mirrors(session, "receipt.processed", [trade[0]], on=MARCH, by=anna)
    post_mirrors(session, "shipment.processed", [trade[2]], on=MARCH, by=anna)
    seal(session)

    assert balance(session, date(2026, 4, 1), date(2026, 4, 2)) == {}
    assert balance(session, date(2025, 1, 1), date(2025, 1, 2)) == {}


def test_debits_equal_credits_and_balances_add_up_to_nothing(session, trade) -> None:
    rows = trial_balance(FEBRUARY, MARCH).rows(session)

    assert sum(row.debit for row in rows) == sum(row.credit for row in rows) == 75
    assert sum(row.opening for row in rows) == sum(row.closing for row in rows) == 0


def test_a_statement_runs_from_the_opening_to_the_closing_balance(session, account, trade) -> None:
    statement = account_statement(session, account["1200"], FEBRUARY, MARCH)

    assert (statement.code, statement.opening, statement.closing) == ("1200", D(130), D(55))
    assert [(line.on, line.seq, line.event, line.document_id) for line in statement.lines.rows(session)] == [
        (FEBRUARY, 3, "shipment.processed", trade[2]),
        (MARCH, 4, "receipt.processed.cancelled", trade[1]),
    ]
    assert [(line.debit, line.credit, line.balance) for line in statement.lines.rows(session)] == [
        (D(0), D(45), D(85)),
        (D(0), D(30), D(55)),
    ]


def test_a_statement_without_lines_stays_where_it_was(session, account, trade) -> None:
    statement = account_statement(session, account["1200"], date(2026, 4, 1), date(2026, 4, 2))

    assert (statement.opening, statement.closing) == (D(55), D(55))
    assert statement.lines.rows(session) == []


def test_an_unknown_account_and_a_stretch_the_wrong_way_round_are_refused(session, account, trade) -> None:
    with pytest.raises(DomainError) as refusal:
        account_statement(session, 2**62, JANUARY, MARCH)
    assert refusal.value.code == "not_found"

    for ask in (trial_balance, lambda *stretch: account_statement(session, account["1200"], *stretch)):
        with pytest.raises(DomainError) as refusal:
            ask(MARCH, JANUARY)
        assert refusal.value.code == "wrong_order"
