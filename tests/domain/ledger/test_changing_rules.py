"""Posting rules change by rows with dates, and only from dates on which nothing followed them."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.domain.kernel.errors import Invalid, NotFound, Refused
from app.domain.kernel.rows import read, write
from app.domain.ledger.changing_rules import NewRule, change_rules
from app.domain.ledger.periods import close_period
from app.domain.ledger.posting import Posting, post, post_mirrors
from tests.domain.ledger.conftest import lines_of
from tests.traces import statements as sent_statements
from tests.world import D

GOODS, OWN, SERVICES = "4000", "4010", "4020"
DELIVERED = "shipment.advance_delivered"


@pytest.fixture
def used(session: Session, anna: int, today: date, documents: Callable[[int], list[int]]) -> date:
    """Today, on which an entry followed the rules for the net of what was delivered."""
    post(session, DELIVERED, [Posting(documents(1)[0], {"net": D(5)})], on=today, by=anna)
    return today


def rule_of(account_id: int, valid_from: date, **other: str) -> NewRule:
    return NewRule(
        **({"event": DELIVERED, "amount": "net", "side": "credit"} | other),
        account_id=account_id,
        valid_from=valid_from,
    )


def refused(session: Session, by: int, *rules: NewRule) -> dict[int, str]:
    with pytest.raises(Refused) as refusal:
        change_rules(session, rules, by=by)
    assert all(str(error) for error in refusal.value.errors.values())
    return {position: error.code for position, error in refusal.value.errors.items()}


def rows(session: Session) -> list[tuple[Any, ...]]:
    """The rows of the credit of what was delivered, from the second on: (account code, valid from)."""
    sql = """SELECT account.code, valid_from FROM posting_rule JOIN account ON account.id = account_id
             WHERE event = 'shipment.advance_delivered' AND side = 'credit' ORDER BY valid_from"""
    return [tuple(row) for row in read(session, sql)][1:]


def test_a_rule_holds_from_its_date_on_and_the_one_before_until_then(
    session: Session, anna: int, today: date, account: dict[str, int], documents: Callable[[int], list[int]]
) -> None:
    change_rules(session, [rule_of(account[OWN], today)], by=anna)
    before, after = documents(2)

    post(session, DELIVERED, [Posting(before, {"net": D(5)})], on=today - timedelta(1), by=anna)
    post(session, DELIVERED, [Posting(after, {"net": D(5)})], on=today, by=anna)

    assert lines_of(session, before, DELIVERED)[1][0] == GOODS
    assert lines_of(session, after, DELIVERED)[1][0] == OWN


def test_many_rules_change_at_once_and_the_history_tells_who_changed_them(
    session: Session, anna: int, today: date, account: dict[str, int]
) -> None:
    sales = {"event": "invoice.issued", "amount": "net", "side": "credit"}
    change_rules(session, [rule_of(account[OWN], today), rule_of(account["4010"], today, **sales)], by=anna)

    sql = """SELECT history.step, history.actor_id, rule.event, history.account_id FROM ledger_history history
             JOIN posting_rule rule ON rule.id = history.rule_id ORDER BY history.id"""
    assert sorted(tuple(row) for row in read(session, sql)) == [
        ("change", anna, "invoice.issued", account["4010"]), ("change", anna, DELIVERED, account[OWN]),
    ]  # fmt: skip


def test_every_rule_of_an_event_changes_with_as_many_statements_as_one(
    session: Session, anna: int, today: date, account: dict[str, int]
) -> None:
    sales = {"event": "invoice.issued", "amount": "net", "side": "credit"}
    many = [rule_of(account["4010"], today + timedelta(i), **sales) for i in range(0, 60, 2)]
    counts = []
    for rules in ([rule_of(account[OWN], today)], many):
        with sent_statements() as sent:
            change_rules(session, rules, by=anna)
        counts.append(len(sent))

    assert counts[0] == counts[1] > 3


def test_the_same_again_changes_nothing_though_entries_follow_it_by_then(
    session: Session, anna: int, today: date, account: dict[str, int], documents: Callable[[int], list[int]]
) -> None:
    change_rules(session, [rule_of(account[OWN], today)], by=anna)
    post(session, DELIVERED, [Posting(documents(1)[0], {"net": D(5)})], on=today, by=anna)

    change_rules(session, [rule_of(account[OWN], today)], by=anna)

    assert rows(session) == [(OWN, today)]
    assert len(read(session, "SELECT id FROM ledger_history")) == 1


def test_a_rule_that_nothing_followed_yet_is_put_right(
    session: Session, anna: int, today: date, account: dict[str, int]
) -> None:
    later = today + timedelta(30)
    change_rules(session, [rule_of(account[OWN], later)], by=anna)

    change_rules(session, [rule_of(account[SERVICES], later)], by=anna)

    assert rows(session) == [(SERVICES, later)]


def test_an_account_of_another_role_that_is_archived_or_missing_is_refused(
    session: Session, anna: int, today: date, account: dict[str, int]
) -> None:
    write(session, "UPDATE account SET active = false WHERE code = %(code)s", code=SERVICES)
    wrong = [rule_of(account[code], today) for code in ("1200", SERVICES)] + [rule_of(0, today)]

    assert refused(session, anna, *wrong) == {0: "other_role", 1: "archived_account", 2: "no_account"}
    with pytest.raises(Refused) as refusal:
        change_rules(session, wrong[2:], by=anna)
    assert isinstance(refusal.value[0], NotFound)


@pytest.mark.parametrize("other", [{"event": "receipt.sung"}, {"amount": "gross"}, {"side": "left"}])
def test_a_side_that_no_event_has_is_refused(session, anna, account, today, other) -> None:
    assert refused(session, anna, rule_of(account[OWN], today, **other)) == {0: "no_such_side"}


def test_one_bad_rule_holds_back_all_and_a_side_comes_once(session, anna, account, today) -> None:
    twice = [rule_of(account[OWN], today), rule_of(account[SERVICES], today)]

    assert refused(session, anna, *twice) == {1: "twice"}
    assert rows(session) == []


@pytest.mark.parametrize("value", [None, "2026-01-01"])
def test_what_is_no_date_is_refused(session, anna, account, value) -> None:
    with pytest.raises(Invalid):
        change_rules(session, [rule_of(account[OWN], value)], by=anna)


def test_a_date_in_a_closed_period_is_refused_and_the_day_after_is_not(session, anna, account, today) -> None:
    first, last = today - timedelta(40), today - timedelta(10)
    close_period(session, first, last, by=anna)

    assert refused(session, anna, rule_of(account[OWN], last)) == {0: "closed_period"}
    change_rules(session, [rule_of(account[OWN], last + timedelta(1))], by=anna)


def test_a_rule_that_entries_follow_changes_only_from_a_later_date(session, anna, used, account) -> None:
    assert refused(session, anna, rule_of(account[OWN], used)) == {0: "rule_in_use"}
    assert refused(session, anna, rule_of(account[OWN], used - timedelta(1))) == {0: "rule_in_use"}

    change_rules(session, [rule_of(account[OWN], used + timedelta(1))], by=anna)


def test_entries_of_the_next_rule_hold_none_that_ends_before_it(session, anna, today, account, documents) -> None:
    first, last = today - timedelta(20), today - timedelta(1)
    change_rules(session, [rule_of(account[OWN], today)], by=anna)
    post(session, DELIVERED, [Posting(documents(1)[0], {"net": D(5)})], on=today, by=anna)

    change_rules(session, [rule_of(account[SERVICES], first)], by=anna)

    assert rows(session) == [(SERVICES, first), (OWN, today)]
    post(session, DELIVERED, [Posting(documents(1)[0], {"net": D(5)})], on=last, by=anna)
    assert refused(session, anna, rule_of(account[OWN], last)) == {0: "rule_in_use"}


def test_a_mirror_holds_no_rule_as_it_follows_the_one_of_what_it_takes_back(
    session, anna, account, today, documents
) -> None:
    [taken_back] = documents(1)
    post(session, DELIVERED, [Posting(taken_back, {"net": D(5)})], on=today - timedelta(1), by=anna)
    post_mirrors(session, DELIVERED, [taken_back], on=today, by=anna)

    change_rules(session, [rule_of(account[OWN], today)], by=anna)

    assert rows(session) == [(OWN, today)]
    assert refused(session, anna, rule_of(account[SERVICES], today - timedelta(1))) == {0: "rule_in_use"}


def test_another_amount_of_the_same_event_is_another_rule(session, anna, today, account, documents) -> None:
    amounts = {"gross": D(12), "net": D(10), "vat": D(2)}
    post(session, "invoice.issued", [Posting(documents(1)[0], amounts)], on=today, by=anna)
    other = {"event": "invoice.issued", "side": "credit"}

    change_rules(session, [rule_of(account["4910"], today, amount="other", **other)], by=anna)

    assert refused(session, anna, rule_of(account["4010"], today, amount="net", **other)) == {0: "rule_in_use"}


def test_the_other_side_of_an_amount_is_another_rule(session, anna, today, account, documents) -> None:
    """Only the credit is in the books by its rule."""
    sql = "SELECT id FROM posting_rule WHERE event = 'shipment.advance_delivered' AND side = 'credit'"
    credit = read(session, sql)[0].id
    write(
        session,
        """
        WITH entry AS (
            INSERT INTO journal_entry (document_id, event, "on", at, actor_id, currency)
            VALUES (%(document)s, 'shipment.advance_delivered', %(on)s, now(), %(by)s, 'EUR') RETURNING id
        )
        INSERT INTO journal_line ("on", entry_id, position, account_id, debit, credit, currency, currency_amount,
                                  rule_id)
        SELECT %(on)s, id, 1, %(account)s, 0, 5, 'EUR', -5, %(rule)s FROM entry
        UNION ALL SELECT %(on)s, id, 2, %(account)s, 5, 0, 'EUR', 5, NULL FROM entry
    """,
        document=documents(1)[0],
        on=today,
        by=anna,
        account=account[GOODS],
        rule=credit,
    )
    role = "invoiced_not_delivered"
    other = read(session, "INSERT INTO account (code, name, role) VALUES ('2111', 'Too', %(role)s) RETURNING id",
                 role=role)[0].id  # fmt: skip

    change_rules(session, [rule_of(other, today, side="debit")], by=anna)

    assert refused(session, anna, rule_of(account[OWN], today)) == {0: "rule_in_use"}


def test_goods_go_over_by_their_group_once_they_are_in_the_books(session, anna, today, account, documents) -> None:
    received = {"event": "receipt.processed", "amount": "cost", "side": "debit"}
    change_rules(session, [rule_of(account["1210"], today - timedelta(9), **received)], by=anna)
    post(session, "receipt.processed", [Posting(documents(1)[0], {"cost": D(5)})], on=today, by=anna)

    later = rule_of(account["1220"], today + timedelta(1), **received)

    assert refused(session, anna, later) == {0: "goods_lie_there"}
    change_rules(session, [rule_of(account["1210"], today + timedelta(1), **received)], by=anna)
