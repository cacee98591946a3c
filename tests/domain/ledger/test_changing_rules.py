"""Posting rules change only from dates on which nothing followed them."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from app.domain.kernel.errors import DomainError
from app.domain.kernel.rows import read, write
from app.domain.ledger.changing_rules import NewRule, check_rule
from app.domain.ledger.periods import close_period


@pytest.fixture
def stock(session: Session, anna: int) -> int:
    """The account of goods in stock."""
    return read(session, "SELECT id FROM account WHERE role = 'inventory' ORDER BY code LIMIT 1")[0].id


@pytest.fixture
def used(session: Session, anna: int, today: date, documents: Callable[[int], list[int]], stock: int) -> date:
    """Today, on which an entry followed the rule for the debit of a receipt's cost."""
    rule = read(
        session,
        "SELECT id FROM posting_rule WHERE event = 'receipt.processed' AND amount = 'cost' AND side = 'debit'",
    )[0].id
    write(session, """
        WITH entry AS (
            INSERT INTO journal_entry (document_id, event, "on", at, actor_id, currency)
            VALUES (%(document)s, 'receipt.processed', %(on)s, now(), %(by)s, 'EUR') RETURNING id
        )
        INSERT INTO journal_line ("on", entry_id, position, account_id, debit, credit, currency, currency_amount,
                                  rule_id)
        SELECT %(on)s, id, 1, %(account)s, 5, 0, 'EUR', 5, %(rule)s FROM entry
        UNION ALL SELECT %(on)s, id, 2, %(account)s, 0, 5, 'EUR', -5, NULL FROM entry
    """, document=documents(1)[0], on=today, by=anna, account=stock, rule=rule)
    return today


def rule_of(account_id: int, valid_from: date, **other: str) -> NewRule:
    return NewRule(**({"event": "receipt.processed", "amount": "cost", "side": "debit"} | other),
                   account_id=account_id, valid_from=valid_from)


def refused(session: Session, rule: NewRule) -> str:
    with pytest.raises(DomainError) as refusal:
        check_rule(session, rule)
    return refusal.value.code


def test_a_rule_has_the_role_of_its_events_side(session, stock, today) -> None:
    assert check_rule(session, rule_of(stock, today)) == "inventory"


def test_an_account_of_another_role_is_refused(session, account, stock, today) -> None:
    other = read(session, "SELECT id FROM account WHERE role = 'revenue' LIMIT 1")[0].id

    assert refused(session, rule_of(other, today)) == "other_role"
    assert refused(session, rule_of(0, today)) == "no_account"


def test_an_archived_account_is_refused(session, stock, today) -> None:
    write(session, "UPDATE account SET active = false WHERE id = %(id)s", id=stock)

    assert refused(session, rule_of(stock, today)) == "archived_account"


@pytest.mark.parametrize("other", [{"event": "receipt.sung"}, {"amount": "gross"}, {"side": "left"}])
def test_a_side_that_no_event_has_is_refused(session, stock, today, other) -> None:
    assert refused(session, rule_of(stock, today, **other)) == "no_such_side"


def test_a_date_in_a_closed_period_is_refused_and_the_day_after_is_not(session, anna, stock, today) -> None:
    first, last = today - timedelta(40), today - timedelta(10)
    close_period(session, first, last, by=anna)

    assert refused(session, rule_of(stock, last)) == "closed_period"
    assert check_rule(session, rule_of(stock, last + timedelta(1))) == "inventory"


def test_a_rule_that_entries_follow_changes_only_from_a_later_date(session, used, stock) -> None:
    assert refused(session, rule_of(stock, used)) == "rule_in_use"
    assert refused(session, rule_of(stock, used - timedelta(1))) == "rule_in_use"
    assert check_rule(session, rule_of(stock, used + timedelta(1))) == "inventory"


def test_the_other_side_of_an_entry_is_another_rule(session, used, today) -> None:
    owed = read(session, "SELECT id FROM account WHERE role = 'goods_received_not_invoiced' LIMIT 1")[0].id

    assert check_rule(session, rule_of(owed, today, side="credit")) == "goods_received_not_invoiced"
