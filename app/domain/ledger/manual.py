"""Entries typed by hand, between accounts that no document keeps: from the draft to processing and cancellation."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.kernel.company import company
from app.domain.kernel.document import record, register
from app.domain.kernel.drafts import check_cancellation, delete_drafts, lock_draft
from app.domain.kernel.errors import DomainError, Invalid, refuse
from app.domain.kernel.numbering import ask_number
from app.domain.kernel.rows import Rows, insert, read, write
from app.domain.kernel.values import LIMIT, ZERO, exact
from app.domain.ledger.models import BY_HAND, ManualEntry, ManualEntryLine
from app.domain.ledger.periods import check_date
from app.domain.ledger.posting import Posting, post, post_mirrors
from app.domain.lifecycles import MANUAL_ENTRY


@dataclass(frozen=True)
class NewManualLine:
    """One side of an entry, in company currency: `debit` or `credit` is above 0, the other is 0."""

    account_id: int
    debit: Decimal = ZERO
    credit: Decimal = ZERO


@dataclass(frozen=True)
class NewManualEntry:
    """What is to be typed into the books; `text` says why. A draft need not balance yet."""

    lines: Sequence[NewManualLine]
    text: str = ""
    on: date | None = None


ACCOUNTS = "SELECT id, code, role, active FROM account WHERE id = ANY(%(ids)s::bigint[])"
LINES = """
SELECT line.id, line.manual_entry_id, line.account_id, line.debit, line.credit, account.code, account.role,
       account.active
FROM manual_entry_line line JOIN account ON account.id = line.account_id
WHERE line.manual_entry_id = ANY(%(ids)s::bigint[]) ORDER BY line.manual_entry_id, line.position
"""
WRITE_ANEW = """
WITH gone AS (DELETE FROM manual_entry_line WHERE manual_entry_id = %(id)s)
UPDATE manual_entry SET "on" = %(on)s, text = %(text)s, version = version + 1 WHERE id = %(id)s
"""


class ManualEntries:
    """Entries with their lines, as the steps work on them."""

    def __init__(self, session: Session, ids: Sequence[int]) -> None:
        self.ids = ids
        self.lines: dict[int, list[Row[Any]]] = {document: [] for document in ids}
        for row in read(session, LINES, ids=list(ids)):
            self.lines[row.manual_entry_id].append(row)


def add_manual_entries(session: Session, entries: Sequence[NewManualEntry], *, by: int) -> list[int]:
    """Writes drafts and gives their ids; Refused names what is wrong by position in the batch."""
    decimals = company(session).decimals
    known = _accounts(session, (line.account_id for entry in entries for line in entry.lines))
    errors: dict[int, DomainError] = {}
    exact_lines: list[list[NewManualLine]] = []
    for position, entry in enumerate(entries):
        try:
            exact_lines.append([_exact_line(line, known, decimals) for line in entry.lines])
        except DomainError as error:
            errors[position] = error
    refuse(errors)
    ids = register(session, MANUAL_ENTRY.kind, [{} for _ in entries], lambda ids: [
        (ManualEntry, [{"id": i, "on": entry.on, "text": entry.text} for i, entry in zip(ids, entries, strict=True)]),
        (ManualEntryLine, [row for i, lines in zip(ids, exact_lines, strict=True) for row in _rows(i, lines)]),
    ])  # fmt: skip
    record(session, "create", [{"document_id": i, "to_state": MANUAL_ENTRY.initial} for i in ids], by=by)
    return ids


def edit_manual_entry(session: Session, entry_id: int, entry: NewManualEntry, *, version: int, by: int) -> None:
    """Writes a whole draft anew.

    Raises Stale where it is no longer at `version`, WrongState once it is processed, and Invalid for what is wrong.
    """
    state = lock_draft(session, MANUAL_ENTRY, entry_id, states=(MANUAL_ENTRY.initial,), version=version)
    known, decimals = _accounts(session, (line.account_id for line in entry.lines)), company(session).decimals
    lines = [_exact_line(line, known, decimals) for line in entry.lines]
    write(session, WRITE_ANEW, id=entry_id, on=entry.on, text=entry.text)
    insert(session, ManualEntryLine, _rows(entry_id, lines))
    record(session, "edit", [{"document_id": entry_id, "from_state": state, "to_state": state}], by=by)


def _accounts(session: Session, ids: Iterable[int]) -> dict[int, Row[Any]]:
    return {row.id: row for row in read(session, ACCOUNTS, ids=sorted(set(ids)))}


def _rows(entry: int, lines: Sequence[NewManualLine]) -> Rows:
    return [
        {"manual_entry_id": entry, "position": position, "account_id": line.account_id, "debit": line.debit,
         "credit": line.credit}
        for position, line in enumerate(lines, 1)
    ]  # fmt: skip


def _exact_line(line: NewManualLine, known: Mapping[int, Row[Any]], decimals: int) -> NewManualLine:
    account = known.get(line.account_id)
    if account is None:
        raise Invalid("unknown_account", "There is no account {id}.", id=line.account_id)
    if refusal := _not_by_hand(account):
        raise refusal
    debit = exact(line.debit, decimals, f"{account.code}: debit")
    credit = exact(line.credit, decimals, f"{account.code}: credit")
    if min(debit, credit) != 0 or max(debit, credit) <= 0:
        raise Invalid("not_one_side", "{code}: type an amount above 0 as debit or as credit.", code=account.code)
    return replace(line, debit=debit, credit=credit)


def _not_by_hand(account: Row[Any]) -> DomainError | None:
    if account.role != BY_HAND:
        return DomainError("control_account", "Account {code} cannot be chosen by hand: documents of their own keep "
                           "it.", code=account.code)  # fmt: skip
    if not account.active:
        return DomainError("archived_account", "Account {code} is archived: choose one that is used.",
                           code=account.code)  # fmt: skip
    return None


def delete_manual_entries(session: Session, ids: Sequence[int], *, by: int) -> None:
    """Removes drafts; Refused for what is processed."""
    delete_drafts(session, MANUAL_ENTRY, ids, lines=((ManualEntryLine, "manual_entry_id"),), by=by)


@MANUAL_ENTRY.step("process", load=ManualEntries, first=check_date)
def process_manual_entries(session: Session, entries: ManualEntries, /, *, by: int, on: date) -> None:
    """What was typed goes into the books as it is."""
    refuse({i: refusal for i, lines in entries.lines.items() if (refusal := _not_postable(lines))})
    post(session, "manual_entry.processed", [
        Posting(i, {"debit": line.debit, "credit": line.credit}, {BY_HAND: line.account_id})
        for i, lines in entries.lines.items() for line in lines
    ], on=on, by=by)  # fmt: skip
    ask_number(session, "manual", dict.fromkeys(entries.ids, on))


def _not_postable(lines: Sequence[Row[Any]]) -> DomainError | None:
    debit, credit = sum((line.debit for line in lines), ZERO), sum((line.credit for line in lines), ZERO)
    if not lines:
        return Invalid("no_lines", "There is nothing to post: type at least a debit and a credit.")
    if debit != credit:
        return Invalid("not_balanced", "The debits are {debit}, the credits {credit}: both must come to the same.",
                       debit=debit, credit=credit)  # fmt: skip
    if debit >= LIMIT:
        return Invalid("out_of_range", "{debit} is too large: check the amounts.", debit=debit)
    return next((refusal for line in lines if (refusal := _not_by_hand(line))), None)


@MANUAL_ENTRY.step("cancel", load=ManualEntries, first=check_date)
def cancel_manual_entries(session: Session, entries: ManualEntries, /, *, by: int, on: date, reason: str) -> None:
    """It was not meant so: its entry is mirrored."""
    check_cancellation(session, MANUAL_ENTRY, entries.ids, on=on, reason=reason)
    post_mirrors(session, "manual_entry.processed", entries.ids, on=on, by=by)
