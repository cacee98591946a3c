"""The posting rules as a table."""

from datetime import timedelta

from app.domain.kernel.rows import write
from app.domain.ledger.changing_rules import NewRule, change_rules
from app.domain.ledger.periods import close_period, reopen_period
from app.domain.ledger.posting_rules import EVENTS
from app.reports.rules import period_history, rule_changes, rules_in_force
from tests.world import TODAY, World

YESTERDAY = TODAY - timedelta(1)


def test_every_side_of_every_event_is_there_with_the_account_of_the_date(world: World) -> None:
    other = world.account("1210")
    world.do(change_rules, [NewRule("receipt.processed", "cost", "debit", other, TODAY)])

    now, before = rules_in_force(world.session, TODAY), rules_in_force(world.session, YESTERDAY)

    assert len(now) == sum(len(amount.sides()) for amounts in EVENTS.values() for amount in amounts)
    assert (now[0].account_id, now[0].account, now[0].account_name) == (other, "1210", "Inventory: own production")
    assert now[0].until is None
    assert (before[0].account, before[0].until) == ("1200", TODAY)
    assert [side for side in now if side.account_id is None] == []


def test_a_side_without_a_rule_is_told_as_such(world: World) -> None:
    sql = "UPDATE posting_rule SET valid_from = '2999-01-01' WHERE event = 'receipt.processed' AND side = 'debit'"
    write(world.session, sql)

    first = rules_in_force(world.session, TODAY)[0]

    assert (first.event, first.side, first.account_id, first.account) == ("receipt.processed", "debit", None, "")


def test_who_changed_rules_and_periods_is_told_the_latest_first(world: World) -> None:
    for code in ("1210", "1220"):
        world.do(change_rules, [NewRule("receipt.processed", "cost", "debit", world.account(code), TODAY)])
    world.do(close_period, YESTERDAY, YESTERDAY)
    world.do(reopen_period, YESTERDAY, reason="a late bill")
    period = world.ids("SELECT id FROM period")[0]

    assert [(row.actor, row.account[:4]) for row in rule_changes(world.session)] == [
        ("Sonia Seller", "1220"), ("Sonia Seller", "1210"),
    ]  # fmt: skip
    assert [(told.step, told.reason) for told in period_history(world.session, period)] == [
        ("reopen", "a late bill"), ("close", ""),
    ]  # fmt: skip
    world.prove()
