"""Lines of bank statements: money into a bank account or out of it, and taking it back."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.kernel.document import Batches, links, record, register
from app.domain.kernel.drafts import check_cancellation, delete_drafts, lock_draft, rewrite_draft
from app.domain.kernel.errors import DomainError, Invalid, refuse
from app.domain.kernel.numbering import ask_number
from app.domain.kernel.rows import insert_together, read
from app.domain.ledger.periods import check_date
from app.domain.ledger.posting import Posting, post, post_mirrors
from app.domain.lifecycles import BANK_LINE
from app.domain.treasury.models import BankLine, BankLineTarget
from app.domain.treasury.purposes import (
    MEANT,
    Named,
    Target,
    check_new,
    columns_of,
    meant,
    mirror_settled,
    settle,
    targets_of,
    unsettle,
)


@dataclass(frozen=True)
class NewBankLine:
    """Money into a bank account (`income`) or out of it (`expense`), in company currency.

    What it is about, and what it names for that, is as in a NewCashOrder; only desks are counted, so that a line is
    never about a difference.
    """

    bank_account_id: int
    customer_id: int | None
    amount: Decimal
    purpose: str = ""
    targets: Sequence[Target] = ()
    on: date | None = None
    kind: str = "income"
    about: str = "customer"
    account_id: int | None = None
    transfer_id: int | None = None


EVENTS = {"income": "bank_line.processed", "expense": "bank_line.paid_out"}
BANKS = "SELECT id FROM bank_account WHERE active AND id = ANY(%(ids)s::bigint[])"
HEADS = """
SELECT line.id, line.kind, line.about, line.amount, line.currency, document.customer_id, line.account_id,
       line.transfer_id, bank.account_id AS bank_account_id, line.statement_id, statement.bank_number
FROM bank_line line JOIN document ON document.id = line.id JOIN bank_account bank ON bank.id = line.bank_account_id
LEFT JOIN bank_statement statement ON statement.id = line.statement_id
WHERE line.id = ANY(%(ids)s::bigint[]) ORDER BY line.id
"""
TARGETS = """
SELECT bank_line_id AS payment_id, target_id, line_id, amount FROM bank_line_target
WHERE bank_line_id = ANY(%(ids)s::bigint[]) ORDER BY bank_line_id, id
"""


TARGET_ROWS = ((BankLineTarget, "bank_line_id"),)


class BankLines:
    """Lines by id (`heads`) with what they are for, in order (`targets`)."""

    def __init__(self, session: Session, ids: Sequence[int]) -> None:
        self.ids = list(ids)
        self.heads: dict[int, Row[Any]] = {row.id: row for row in read(session, HEADS, ids=self.ids)}
        self.targets = read(session, TARGETS, ids=self.ids)

    def of(self, kind: str) -> dict[int, Row[Any]]:
        """The lines of a kind."""
        return {i: head for i, head in self.heads.items() if head.kind == kind}


def add_bank_lines(session: Session, lines: Sequence[NewBankLine], *, by: int) -> list[int]:
    """Writes drafts and gives their ids; Refused names what is wrong by position in the batch."""
    return register_lines(session, lines, check_lines(session, lines), [None] * len(lines), by=by)


def check_lines(session: Session, lines: Sequence[NewBankLine]) -> Named:
    """What the lines name; Refused for lines that cannot be, by position."""
    named = Named(session, lines)
    banks = {row.id: row for row in read(session, BANKS, ids=sorted({line.bank_account_id for line in lines}))}
    errors: dict[int, DomainError] = {}
    for position, line in enumerate(lines):
        try:
            _check(line, named, banks)
        except DomainError as error:
            errors[position] = error
    refuse(errors)
    return named


def register_lines(
    session: Session, lines: Sequence[NewBankLine], named: Named, statements: Sequence[int | None], *, by: int
) -> list[int]:  # fmt: skip
    """Writes drafts that were checked, each with the statement that it stands on, if any, and gives their ids."""
    heads = [{"customer_id": line.customer_id} for line in lines]
    ids = register(session, BANK_LINE.kind, heads, lambda ids: rows_of(ids, lines, named, statements))
    record(session, "create", [{"document_id": i, "to_state": BANK_LINE.initial} for i in ids], by=by)
    return ids


def rows_of(
    ids: Sequence[int], lines: Sequence[NewBankLine], named: Named, statements: Sequence[int | None]
) -> Batches:  # fmt: skip
    """The rows of drafts under these ids. A statement is made from its lines: whoever locks it locks them too."""
    listed = [(i, statement, "lists") for i, statement in zip(ids, statements, strict=True) if statement is not None]
    return [
        (BankLine, [
            {"id": i, "statement_id": statement, **_columns(line, named)}
            for i, line, statement in zip(ids, lines, statements, strict=True)
        ]),
        (BankLineTarget, targets_of("bank_line_id", ids, lines)),
        links([*meant(ids, lines), *listed]),
    ]  # fmt: skip


def edit_bank_line(session: Session, line_id: int, line: NewBankLine, *, version: int, by: int) -> None:
    """Writes a whole draft anew.

    Raises Stale where it is no longer at `version`, WrongState once it is processed, Invalid for what is wrong, and
    Refused where it stands on a statement.
    """
    state = lock_draft(session, BANK_LINE, line_id, states=(BANK_LINE.initial,), version=version)
    _refuse_listed(BankLines(session, [line_id]))
    named = Named(session, [line])
    _check(line, named, {row.id: row for row in read(session, BANKS, ids=[line.bank_account_id])})
    rewrite_draft(session, BANK_LINE, line_id, _columns(line, named), lines=(BankLineTarget, "bank_line_id"),
                  customer=line.customer_id, links=MEANT)  # fmt: skip
    insert_together(session, (BankLineTarget, targets_of("bank_line_id", [line_id], [line])),
                    links(meant([line_id], [line])))  # fmt: skip
    record(session, "edit", [{"document_id": line_id, "from_state": state, "to_state": state}], by=by)


def _columns(line: NewBankLine, named: Named) -> dict[str, object]:
    return {"bank_account_id": line.bank_account_id, **columns_of(line, named.company.currency)}


def _check(line: NewBankLine, named: Named, banks: Mapping[int, Any]) -> None:
    if line.bank_account_id not in banks:
        raise Invalid("unknown_bank", "There is no active bank account {id}.", id=line.bank_account_id)
    if line.about == "difference":
        raise Invalid("not_counted", "Only a desk is counted: choose the account that the difference goes to.")
    check_new(line, named)


def delete_bank_lines(session: Session, ids: Sequence[int], *, by: int) -> None:
    """Removes drafts; Refused for what is processed or stands on a statement."""
    _refuse_listed(BankLines(session, sorted(set(ids))))
    delete_drafts(session, BANK_LINE, ids, lines=TARGET_ROWS, by=by)


def _refuse_listed(lines: BankLines, within: Container[int] = ()) -> None:
    """Refused for lines on statements other than these: the bank's sums hold only for all of them together."""
    refuse({
        i: DomainError("on_a_statement", "It stands on the bank's statement {statement}, and goes only with that.",
                       statement=head.bank_number)
        for i, head in lines.heads.items() if head.statement_id is not None and head.statement_id not in within
    })  # fmt: skip


@BANK_LINE.step("process", load=BankLines, first=check_date)
def process_bank_lines(
    session: Session, lines: BankLines, /, *, by: int, on: date, within: Container[int] = ()
) -> None:  # fmt: skip
    """Money came in or went out at the bank: it settles what it is meant for, and the books follow.

    Lines on statements are processed only `within` these.
    """
    _refuse_listed(lines, within)
    amounts = settle(session, lines, on=on, by=by)
    for kind, event in EVENTS.items():
        postings = [
            Posting(i, {"amount": head.amount} | amounts[i], {"bank": head.bank_account_id, "other": head.account_id})
            for i, head in lines.of(kind).items()
        ]
        if postings:
            post(session, event, postings, on=on, by=by)
    ask_number(session, "bank-lines", dict.fromkeys(lines.ids, on))


@BANK_LINE.step("cancel", load=BankLines, first=check_date)
def cancel_bank_lines(
    session: Session, lines: BankLines, /, *, by: int, on: date, reason: str, within: Container[int] = ()
) -> None:  # fmt: skip
    """It was none of ours: what it settled is open again, then its entry is mirrored, then the releases'.

    Lines on statements are cancelled only `within` these.
    """
    _refuse_listed(lines, within)
    check_cancellation(session, BANK_LINE, lines.ids, on=on, reason=reason)
    unsettle(session, lines, on=on, by=by)
    for kind, event in EVENTS.items():
        if its := lines.of(kind):
            post_mirrors(session, event, its, on=on, by=by)
    mirror_settled(session, lines, on=on, by=by)
