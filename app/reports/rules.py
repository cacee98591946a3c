"""The posting rules for people: the table of a date, and who changed what in rules and periods."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.kernel.rows import read
from app.domain.ledger.posting_rules import EVENTS

MOST = 200

IN_FORCE = """
SELECT DISTINCT ON (event, amount, side) event, amount, side, rule.account_id, account.code, account.name, valid_from,
       (SELECT min(later.valid_from) FROM posting_rule later
        WHERE (later.event, later.amount, later.side) = (rule.event, rule.amount, rule.side)
              AND later.valid_from > %(on)s) AS until
FROM posting_rule rule JOIN account ON account.id = rule.account_id
WHERE valid_from <= %(on)s ORDER BY event, amount, side, valid_from DESC
"""
CHANGES = """
SELECT history.at, actor.name AS actor, rule.event, rule.amount, rule.side, rule.valid_from,
       account.code || ' ' || account.name AS account
FROM ledger_history history JOIN actor ON actor.id = history.actor_id
JOIN posting_rule rule ON rule.id = history.rule_id JOIN account ON account.id = history.account_id
ORDER BY history.id DESC LIMIT %(most)s
"""
OF_PERIOD = """
SELECT history.at, actor.name AS actor, history.step, history.reason
FROM ledger_history history JOIN actor ON actor.id = history.actor_id
WHERE history.period_id = %(id)s ORDER BY history.id DESC LIMIT %(most)s
"""


class Side(NamedTuple):
    """A side of an event on a date: the account that it goes to since `valid_from`, and when that ends, if it does."""

    event: str
    amount: str
    side: str
    role: str
    account_id: int | None
    account: str
    account_name: str
    valid_from: date | None
    until: date | None


def rules_in_force(session: Session, on: date) -> list[Side]:
    """Every side of every event, in the order of the events; without an account where no rule is valid on the date."""
    found = {(row.event, row.amount, row.side): row for row in read(session, IN_FORCE, on=on)}
    sides = []
    for event, amounts in EVENTS.items():
        for amount in amounts:
            for side, role in amount.sides():
                rule = found.get((event, amount.name, side))
                sides.append(
                    Side(event, amount.name, side, role, rule.account_id, rule.code, rule.name, rule.valid_from,
                         rule.until)
                    if rule else Side(event, amount.name, side, role, None, "", "", None, None)
                )  # fmt: skip
    return sides


def rule_changes(session: Session) -> Sequence[Row[Any]]:
    """Who put which side on which account from when on, the latest change first."""
    return read(session, CHANGES, most=MOST)


class Told(NamedTuple):
    """What was done to a period, when, by whom and why."""

    at: datetime
    actor: str
    step: str
    reason: str


def period_history(session: Session, period: int) -> list[Told]:
    """Who closed and reopened a period, the latest first."""
    return [Told._make(row) for row in read(session, OF_PERIOD, id=period, most=MOST)]
