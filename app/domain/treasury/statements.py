"""Statements of banks: what came and went on an account up to a date, processed and taken back as one."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.kernel.company import company
from app.domain.kernel.document import record, register
from app.domain.kernel.drafts import check_cancellation, delete_drafts, lock_draft, remove_rows
from app.domain.kernel.errors import DomainError, Invalid, Refused, refuse
from app.domain.kernel.numbering import ask_number
from app.domain.kernel.rows import insert_together, read, write
from app.domain.kernel.values import ZERO, exact
from app.domain.ledger.periods import check_date, check_is_date
from app.domain.lifecycles import BANK_LINE, BANK_STATEMENT
from app.domain.treasury.banks import (
    TARGET_ROWS,
    NewBankLine,
    cancel_bank_lines,
    check_lines,
    process_bank_lines,
    register_lines,
    rows_of,
)
from app.domain.treasury.models import BankStatement


@dataclass(frozen=True)
class NewStatement:
    """What a bank says of one of our accounts, in company currency; `bank_number` is the bank's own number of it.

    Its lines are of this account, whatever they say themselves; a line without a date is of the statement's. `digest`
    is the SHA-256 of the file that it was read from, in hexadecimal digits.
    """

    bank_account_id: int
    bank_number: str
    on: date
    opening: Decimal
    closing: Decimal
    lines: Sequence[NewBankLine] = ()
    digest: str | None = None


# Whoever writes a statement down holds its account, so that no twin comes in beside it.
BANKS = """
SELECT id, code FROM bank_account WHERE active AND id = ANY(%(ids)s::bigint[]) ORDER BY id FOR NO KEY UPDATE
"""
HEADS = 'SELECT id, "on", opening, closing FROM bank_statement WHERE id = ANY(%(ids)s::bigint[]) ORDER BY id'
LINES = """
SELECT line.id, line.statement_id, coalesce(line."on", statement."on") AS "on",
       CASE line.kind WHEN 'income' THEN line.amount ELSE -line.amount END AS moved
FROM bank_line line JOIN bank_statement statement ON statement.id = line.statement_id
WHERE statement.id = ANY(%(ids)s::bigint[]) ORDER BY line.id
"""
# Statements that stand with the same number of the same account, or that were read from the same file.
TWINS = """
SELECT statement.id, statement.bank_account_id, statement.bank_number, statement.digest,
       coalesce(document.number, '#' || document.id) AS number
FROM bank_statement statement JOIN document ON document.id = statement.id
WHERE statement.state <> 'cancelled' AND statement.id <> %(but)s AND (
    statement.digest = ANY(%(digests)s::text[])
    OR (statement.bank_account_id, statement.bank_number) IN (
        SELECT * FROM unnest(%(banks)s::bigint[], %(numbers)s::text[])
    )
) ORDER BY statement.id
"""
LAST = """
SELECT closing FROM bank_statement WHERE bank_account_id = %(bank)s AND state <> 'cancelled'
ORDER BY "on" DESC, id DESC LIMIT 1
"""
UNLIST = "DELETE FROM document_link WHERE to_id = %(id)s AND kind = 'lists'"
OWNERS = """
UPDATE document SET customer_id = given.customer_id
FROM unnest(%(ids)s::bigint[], %(customers)s::bigint[]) AS given (id, customer_id) WHERE document.id = given.id
"""
REWRITE = """
UPDATE bank_statement SET bank_account_id = %(bank_account_id)s, bank_number = %(bank_number)s, "on" = %(on)s,
       opening = %(opening)s, closing = %(closing)s, version = version + 1
WHERE id = %(id)s
"""


def last_closing(session: Session, bank_account: int) -> Decimal | None:
    """Where the next statement of an account begins: the closing balance of its last one; None for the first."""
    rows = read(session, LAST, bank=bank_account)
    return rows[0].closing if rows else None


def statement_of(session: Session, digest: str) -> Row[Any] | None:
    """The standing statement that was read from the file with this digest, with its `id` and `number`."""
    return next(iter(read(session, TWINS, but=0, digests=[digest], banks=[], numbers=[])), None)


class WrongLines(DomainError):
    """What is wrong with the lines of a statement, by their place in it, from 0 on (`lines`)."""

    def __init__(self, lines: Mapping[int, DomainError]) -> None:
        self.lines = dict(sorted(lines.items()))
        told = " ".join(f"Line {place + 1}: {error}" for place, error in self.lines.items())
        super().__init__("wrong_lines", "{told}", told=told)


@contextmanager
def _by_statement(places: Mapping[int, tuple[int, int]]) -> Iterator[None]:
    """Lets what is refused of lines be refused of their statements: `places` gives each line's, and its place there."""
    try:
        yield
    except Refused as refusal:
        wrong: dict[int, dict[int, DomainError]] = defaultdict(dict)
        for line, error in refusal.errors.items():
            statement, place = places[line]
            wrong[statement][place] = error
        raise Refused({statement: WrongLines(lines) for statement, lines in wrong.items()}) from refusal


def add_statements(session: Session, statements: Sequence[NewStatement], *, by: int) -> list[int]:
    """Writes drafts with their lines and gives their ids; Refused names what is wrong by position in the batch."""
    found = _checked(session, statements)
    lines = [line for statement in found for line in statement.lines]
    places = [(i, place) for i, statement in enumerate(found) for place in range(len(statement.lines))]
    with _by_statement(dict(enumerate(places))):
        named = check_lines(session, lines)
    currency = company(session).currency
    ids = register(session, BANK_STATEMENT.kind, [{} for _ in found], lambda ids: [
        (BankStatement, [
            {"id": i, "currency": currency, "digest": statement.digest, **_columns(statement)}
            for i, statement in zip(ids, found, strict=True)
        ]),
    ])  # fmt: skip
    record(session, "create", [{"document_id": i, "to_state": BANK_STATEMENT.initial} for i in ids], by=by)
    register_lines(session, lines, named, [ids[i] for i, _ in places], by=by)
    return ids


def edit_statement(session: Session, statement_id: int, new: NewStatement, *, version: int, by: int) -> None:
    """Writes a whole draft anew, with its lines; it keeps the digest of the file that it was read from.

    Raises Stale where it is no longer at `version`, WrongState once it is processed, and Refused, with the position 0,
    for what is wrong.
    """
    state = lock_draft(session, BANK_STATEMENT, statement_id, states=(BANK_STATEMENT.initial,), version=version)
    [found] = _checked(session, [replace(new, digest=None)], but=statement_id)
    with _by_statement({place: (0, place) for place in range(len(found.lines))}):
        named = check_lines(session, found.lines)
    old = [line.id for line in read(session, LINES, ids=[statement_id])]
    _remove(session, statement_id, old)
    kept, gone = old[: len(found.lines)], old[len(found.lines) :]
    write(session, OWNERS, ids=kept, customers=[line.customer_id for line in found.lines[: len(kept)]])
    insert_together(session, *rows_of(kept, found.lines[: len(kept)], named, [statement_id] * len(kept)))
    more = found.lines[len(kept) :]
    register_lines(session, more, named, [statement_id] * len(more), by=by)
    write(session, REWRITE, id=statement_id, **_columns(found))
    record(session, "delete", [{"document_id": i, "from_state": BANK_LINE.initial} for i in gone], by=by)
    record(session, "edit", [{"document_id": statement_id, "from_state": state, "to_state": state}], by=by)


def delete_statements(session: Session, ids: Sequence[int], *, by: int) -> None:
    """Removes drafts with their lines; Refused for what is processed."""
    lines = [line.id for line in read(session, LINES, ids=sorted(set(ids)))]
    delete_drafts(session, BANK_STATEMENT, ids, lines=(), by=by)
    delete_drafts(session, BANK_LINE, lines, lines=TARGET_ROWS, by=by)


def _remove(session: Session, statement: int, lines: Sequence[int]) -> None:
    remove_rows(session, BANK_LINE, lines, lines=TARGET_ROWS)
    write(session, UNLIST, id=statement)


def _columns(new: NewStatement) -> dict[str, object]:
    return {
        "bank_account_id": new.bank_account_id, "bank_number": new.bank_number, "on": new.on, "opening": new.opening,
        "closing": new.closing,
    }  # fmt: skip


def _checked(session: Session, statements: Sequence[NewStatement], but: int = 0) -> list[NewStatement]:
    """The statements with exact amounts, and with lines of their account; Refused by position."""
    decimals = company(session).decimals
    banks = {row.id: row for row in read(session, BANKS, ids=sorted({new.bank_account_id for new in statements}))}
    twins = _twins(session, statements, but)
    errors: dict[int, DomainError] = {}
    found = []
    for position, new in enumerate(statements):
        try:
            found.append(_exact(new, banks, decimals))
            if twin := twins.get((new.bank_account_id, new.bank_number.strip())) or twins.get(new.digest):
                raise _written_before(new, twin)
            twins |= dict.fromkeys(_keys(new), f"number {position + 1} of these")
        except DomainError as error:
            errors[position] = error
    refuse(errors)
    return found


def _keys(new: NewStatement) -> list[object]:
    return [(new.bank_account_id, new.bank_number.strip()), *([new.digest] if new.digest else [])]


def _twins(session: Session, statements: Sequence[NewStatement], but: int) -> dict[object, str]:
    """The numbers of statements that stand already, by account and bank's number, and by digest."""
    rows = read(session, TWINS, but=but, digests=[new.digest for new in statements if new.digest],
                banks=[new.bank_account_id for new in statements],
                numbers=[new.bank_number.strip() for new in statements])  # fmt: skip
    by_number: dict[object, str] = {(row.bank_account_id, row.bank_number): row.number for row in rows}
    return by_number | {row.digest: row.number for row in rows if row.digest}


def _written_before(new: NewStatement, twin: str) -> DomainError:
    return DomainError("written_before", "The bank's statement {bank_number} is written down already: it is {twin}.",
                       bank_number=new.bank_number, twin=twin)  # fmt: skip


def _exact(new: NewStatement, banks: Mapping[int, Row[Any]], decimals: int) -> NewStatement:
    if new.bank_account_id not in banks:
        raise Invalid("unknown_bank", "There is no active bank account {id}.", id=new.bank_account_id)
    if not new.bank_number.strip():
        raise Invalid("no_number", "Write the bank's own number of the statement.")
    check_is_date(new.on)
    late = {
        place: Invalid("after_statement", "{on} is after {statement_on}, the date of the statement.", on=line.on,
                       statement_on=new.on)
        for place, line in enumerate(new.lines) if line.on is not None and line.on > new.on
    }  # fmt: skip
    if late:
        raise WrongLines(late)
    return replace(
        new, bank_number=new.bank_number.strip(), opening=exact(new.opening, decimals, "Opening balance"),
        closing=exact(new.closing, decimals, "Closing balance"),
        lines=[replace(line, bank_account_id=new.bank_account_id) for line in new.lines],
    )  # fmt: skip


class Statements:
    """Statements by id (`heads`) with the lines of each in order (`lines`), as the steps work on them."""

    def __init__(self, session: Session, ids: Sequence[int]) -> None:
        self.ids = list(ids)
        self.heads: dict[int, Row[Any]] = {row.id: row for row in read(session, HEADS, ids=self.ids)}
        self.lines: dict[int, list[Row[Any]]] = {i: [] for i in self.ids}
        for row in read(session, LINES, ids=self.ids):
            self.lines[row.statement_id].append(row)

    @property
    def places(self) -> dict[int, tuple[int, int]]:
        """Of each line its statement, and its place there."""
        return {line.id: (i, place) for i, lines in self.lines.items() for place, line in enumerate(lines)}

    def by_date(self) -> dict[date, dict[int, list[int]]]:
        """What is to be posted on each date, the earliest first: statements with their lines of that date."""
        found: dict[date, dict[int, list[int]]] = defaultdict(dict)
        for i, lines in self.lines.items():
            found[self.heads[i].on][i] = []
            for line in lines:
                found[line.on].setdefault(i, []).append(line.id)
        return dict(sorted(found.items()))


@BANK_STATEMENT.step("process", load=Statements)
def process_statements(session: Session, statements: Statements, /, *, by: int) -> None:
    """What the bank says adds up, so that all its lines are processed, each on its date.

    Refused names, by statement, sums that differ, and what is wrong with its lines.
    """
    refuse({
        i: DomainError(
            "does_not_add_up", "{opening} and the lines come to {sum}, but the closing balance is {closing}: "
            "{difference} is missing.", opening=head.opening, sum=moved.quantize(head.closing), closing=head.closing,
            difference=(head.closing - moved).quantize(head.closing),
        )
        for i, head in statements.heads.items()
        if (moved := head.opening + sum((line.moved for line in statements.lines[i]), ZERO)) != head.closing
    })  # fmt: skip
    for on, its in statements.by_date().items():
        _check_date(session, its, on=on)
        if lines := [line for lines in its.values() for line in lines]:
            with _by_statement(statements.places):
                process_bank_lines(session, lines, by=by, on=on, within=statements.ids)
    ask_number(session, "statements", {i: head.on for i, head in statements.heads.items()})


def _check_date(session: Session, statements: Mapping[int, object], *, on: date) -> None:
    """A date on which nothing may be posted stops only the statements that are about it."""
    try:
        check_date(session, on=on)
    except DomainError as error:
        raise Refused(dict.fromkeys(statements, error)) from error


@BANK_STATEMENT.step("cancel", load=Statements, first=check_date)
def cancel_statements(session: Session, statements: Statements, /, *, by: int, on: date, reason: str) -> None:
    """It was not so: all its lines are cancelled."""
    check_cancellation(session, BANK_STATEMENT, statements.ids, on=on, reason=reason)
    with _by_statement(places := statements.places):
        cancel_bank_lines(session, sorted(places), by=by, on=on, reason=reason, within=statements.ids)
