"""What a posting rule may become: only what leaves every entry that is in the books explained by its rule."""

from datetime import date
from typing import NamedTuple

from sqlalchemy.orm import Session

from app.domain.kernel.errors import DomainError, Invalid, NotFound
from app.domain.kernel.rows import read, write
from app.domain.ledger.periods import LOCK
from app.domain.ledger.posting_rules import CANCELLED, EVENTS

ACCOUNT = "SELECT code, role, active FROM account WHERE id = %(account_id)s"
CLOSED = """
SELECT starts_on, ends_on FROM period
WHERE state = 'closed' AND %(valid_from)s BETWEEN starts_on AND ends_on
"""
LAST_USE = """
SELECT max(entry."on") AS "on" FROM journal_entry entry
WHERE entry."on" >= %(valid_from)s AND entry.event = ANY(%(events)s::text[])
  AND EXISTS (SELECT FROM journal_line line JOIN posting_rule rule ON rule.id = line.rule_id
              WHERE line.entry_id = entry.id AND rule.amount = %(amount)s AND rule.side = %(side)s)
"""


class NewRule(NamedTuple):
    """From `valid_from` on, one side of one amount of an event goes to this account."""

    event: str
    amount: str
    side: str
    account_id: int
    valid_from: date


def check_rule(session: Session, rule: NewRule) -> str:
    """The role that the rule has, where it may be written; waits for the deeds that are posting, and keeps out others.

    Raises Invalid for a side that no event has, NotFound for an account that does not exist, and DomainError for one
    of another role (`other_role`) or an archived one (`archived_account`), for a date in a closed period
    (`closed_period`), and where entries of that date or later are in the books by the rules before (`rule_in_use`).
    """
    wanted = _role(rule)
    write(session, LOCK)
    _check_account(session, rule.account_id, wanted)
    closed = read(session, CLOSED, valid_from=rule.valid_from)
    if closed:
        raise DomainError(
            "closed_period", "{on} is in the period {starts_on} to {ends_on}, which is closed: choose a later date.",
            on=rule.valid_from, starts_on=closed[0].starts_on, ends_on=closed[0].ends_on,
        )
    used = read(
        session, LAST_USE, valid_from=rule.valid_from, events=[rule.event, rule.event + CANCELLED],
        amount=rule.amount, side=rule.side,
    )[0].on
    if used is not None:
        raise DomainError(
            "rule_in_use",
            "Entries up to {used} follow the rule that is there for the {side} of {event}, {amount}: add one that is "
            "valid from a later date.",
            used=used, side=rule.side, event=rule.event, amount=rule.amount,
        )
    return wanted


def _role(rule: NewRule) -> str:
    for amount in EVENTS.get(rule.event, ()):
        for side, role in amount.sides():
            if (amount.name, side) == (rule.amount, rule.side):
                return role
    raise Invalid(
        "no_such_side", "No event {event} has an amount {amount} on its {side} side.",
        event=rule.event, amount=rule.amount, side=rule.side,
    )


def _check_account(session: Session, account_id: int, wanted: str) -> None:
    found = read(session, ACCOUNT, account_id=account_id)
    if not found:
        raise NotFound("no_account", "There is no account {account}.", account=account_id)
    if found[0].role != wanted:
        raise DomainError(
            "other_role", "{account} has the role {found}; this rule needs one with the role {wanted}.",
            account=found[0].code, found=found[0].role, wanted=wanted,
        )
    if not found[0].active:
        raise DomainError(
            "archived_account", "Account {account} is archived: choose one that is used.", account=found[0].code
        )
