"""What a posting rule may become: only what leaves every entry that is in the books explained by its rule.

A rule is never taken away: each change is a row that holds from its date on, so that no event is left without accounts.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.kernel import clock
from app.domain.kernel.errors import DomainError, Invalid, NotFound, refuse
from app.domain.kernel.rows import insert, read, write
from app.domain.ledger.models import LedgerHistory
from app.domain.ledger.periods import LOCK, check_is_date
from app.domain.ledger.posting_rules import EVENTS

ACCOUNTS = "SELECT id, code, role, active FROM account WHERE id = ANY(%(ids)s::bigint[])"
CLOSED = """
SELECT given.valid_from, starts_on, ends_on
FROM unnest(%(dates)s::date[]) AS given (valid_from)
JOIN period ON state = 'closed' AND given.valid_from BETWEEN starts_on AND ends_on
"""
IN_FORCE = """
SELECT place, (SELECT account_id FROM posting_rule rule
               WHERE (rule.event, rule.amount, rule.side) = (given.event, given.amount, given.side)
                     AND rule.valid_from <= given.valid_from ORDER BY rule.valid_from DESC LIMIT 1) AS account_id
FROM unnest(%(events)s::text[], %(amounts)s::text[], %(sides)s::text[], %(dates)s::date[])
     WITH ORDINALITY AS given (event, amount, side, valid_from, place)
"""
# Entries of the days on which a new rule would hold, which is until the next one there is, that follow another. Mirrors
# follow the rule of what they take back, whatever holds by then.
LAST_USE = """
SELECT given.place, max(entry."on") AS "on"
FROM unnest(%(events)s::text[], %(amounts)s::text[], %(sides)s::text[], %(dates)s::date[])
     WITH ORDINALITY AS given (event, amount, side, valid_from, place)
JOIN journal_entry entry ON entry."on" >= given.valid_from AND entry.event = given.event
     AND entry."on" < coalesce((
    SELECT min(next.valid_from) FROM posting_rule next WHERE next.valid_from > given.valid_from
    AND (next.event, next.amount, next.side) = (given.event, given.amount, given.side)
), 'infinity')
JOIN journal_line line ON line.entry_id = entry.id
JOIN posting_rule rule ON rule.id = line.rule_id AND rule.amount = given.amount AND rule.side = given.side
GROUP BY given.place
"""
# What lies on an account by a rule would stay there when the rule puts the next goods on another.
INVENTORY_POSTED = """
SELECT EXISTS (SELECT FROM journal_line line JOIN account ON account.id = line.account_id
               WHERE account.role = 'inventory') AS posted
"""
WRITE = """
INSERT INTO posting_rule (event, amount, side, role, account_id, valid_from)
SELECT * FROM unnest(%(events)s::text[], %(amounts)s::text[], %(sides)s::text[], %(roles)s::text[],
                     %(accounts)s::bigint[], %(dates)s::date[])
ON CONFLICT (event, amount, side, valid_from) DO UPDATE
SET role = excluded.role, account_id = excluded.account_id, version = posting_rule.version + 1
WHERE posting_rule.account_id <> excluded.account_id
RETURNING id, account_id
"""
GOODS = "inventory"


class NewRule(NamedTuple):
    """From `valid_from` on, one side of one amount of an event goes to this account."""

    event: str
    amount: str
    side: str
    account_id: int
    valid_from: date


def change_rules(session: Session, rules: Sequence[NewRule], *, by: int) -> None:
    """Puts sides of events on other accounts, each from its date on; what is so on that date already stays as it is.

    Waits for the deeds that are posting, and keeps out others. Raises Invalid for what is no date, and Refused, by
    position in the batch: Invalid for a side that no event has or that comes twice, NotFound for an account that does
    not exist, and DomainError for one of another role (`other_role`) or an archived one (`archived_account`), for a
    date in a closed period (`closed_period`), where entries of the days on which it would hold are in the books by
    another rule (`rule_in_use`), and for the inventory account once goods are in the books (`goods_lie_there`).
    """
    for rule in rules:
        check_is_date(rule.valid_from)
    write(session, LOCK)
    known = {row.id: row for row in read(session, ACCOUNTS, ids=sorted({rule.account_id for rule in rules}))}
    refuse(_wrong(rules, known))
    in_force = {row.place - 1: row.account_id for row in read(session, IN_FORCE, **_sides(rules))}
    changed = {place: rule for place, rule in enumerate(rules) if rule.account_id != in_force[place]}
    refuse(_too_early(session, changed))
    refuse(_leaving_goods(session, [place for place, rule in changed.items() if known[rule.account_id].role == GOODS]))
    its = list(changed.values())
    roles, accounts = [known[rule.account_id].role for rule in its], [rule.account_id for rule in its]
    written = read(session, WRITE, **_sides(its), roles=roles, accounts=accounts)
    session.info.pop("posting rules", None)
    at = clock.now()
    insert(session, LedgerHistory, [
        {"at": at, "actor_id": by, "step": "change", "rule_id": row.id, "account_id": row.account_id}
        for row in written
    ])  # fmt: skip


def _sides(rules: Sequence[NewRule]) -> dict[str, list[Any]]:
    """What rules are about, and from when, as parameters of a statement."""
    return {
        "events": [rule.event for rule in rules], "amounts": [rule.amount for rule in rules],
        "sides": [rule.side for rule in rules], "dates": [rule.valid_from for rule in rules],
    }  # fmt: skip


def _wrong(rules: Sequence[NewRule], known: Mapping[int, Row[Any]]) -> dict[int, DomainError]:
    errors: dict[int, DomainError] = {}
    seen: set[tuple[str, str, str, date]] = set()
    for position, rule in enumerate(rules):
        key = (rule.event, rule.amount, rule.side, rule.valid_from)
        if refusal := _of_wrong_account(rule, known.get(rule.account_id)):
            errors[position] = refusal
        elif key in seen:
            errors[position] = Invalid(
                "twice", "The {side} of {event}, {amount}, is there twice for {on}.",
                side=rule.side, event=rule.event, amount=rule.amount, on=rule.valid_from,
            )  # fmt: skip
        seen.add(key)
    return errors


def _of_wrong_account(rule: NewRule, account: Row[Any] | None) -> DomainError | None:
    wanted = next((role for amount in EVENTS.get(rule.event, ()) for side, role in amount.sides()
                   if (amount.name, side) == (rule.amount, rule.side)), None)  # fmt: skip
    if wanted is None:
        return Invalid("no_such_side", "No event {event} has an amount {amount} on its {side} side.",
                       event=rule.event, amount=rule.amount, side=rule.side)  # fmt: skip
    if account is None:
        return NotFound("no_account", "There is no account {account}.", account=rule.account_id)
    if account.role != wanted:
        return DomainError("other_role", "{account} has the role {found}; this rule needs one with the role {wanted}.",
                           account=account.code, found=account.role, wanted=wanted)  # fmt: skip
    if not account.active:
        return DomainError("archived_account", "Account {account} is archived: choose one that is used.",
                           account=account.code)  # fmt: skip
    return None


def _leaving_goods(session: Session, places: Sequence[int]) -> dict[int, DomainError]:
    if not places or not read(session, INVENTORY_POSTED)[0].posted:
        return {}
    return {
        place: DomainError(
            "goods_lie_there", "Goods are in the books already: name their inventory account at their product group, "
            "so that what is in stock goes over to it.",
        )
        for place in places
    }  # fmt: skip


def _too_early(session: Session, rules: Mapping[int, NewRule]) -> dict[int, DomainError]:
    dates = {place: rule.valid_from for place, rule in rules.items()}
    closed = {row.valid_from: row for row in read(session, CLOSED, dates=sorted(set(dates.values())))}
    errors: dict[int, DomainError] = {
        position: DomainError(
            "closed_period", "{on} is in the period {starts_on} to {ends_on}, which is closed: choose a later date.",
            on=on, starts_on=closed[on].starts_on, ends_on=closed[on].ends_on,
        )
        for position, on in dates.items() if on in closed
    }  # fmt: skip
    places = list(rules)
    for row in read(session, LAST_USE, **_sides(list(rules.values()))):
        position = places[row.place - 1]
        rule = rules[position]
        errors.setdefault(position, DomainError(
            "rule_in_use",
            "Entries up to {used} follow the rule that is there for the {side} of {event}, {amount}: add one that is "
            "valid from a later date.",
            used=row.on, side=rule.side, event=rule.event, amount=rule.amount,
        ))  # fmt: skip
    return errors
