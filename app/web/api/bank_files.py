"""A bank's file as a draft of a statement: whole where it says everything, else as what is to be completed."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext
from sqlalchemy.orm import Session

from app.domain.kernel.errors import Invalid
from app.domain.kernel.rows import read
from app.domain.kernel.values import ZERO
from app.domain.treasury.bank_files import FileLine, digest_of, propose_transfers, read_file, warn_of_known
from app.domain.treasury.banks import NewBankLine
from app.domain.treasury.models import BankAccount
from app.domain.treasury.purposes import Target
from app.domain.treasury.statements import NewStatement, last_closing, statement_of
from app.web.api.settlement import NAMED
from app.web.kit import look
from app.web.kit.drafting import MOST_LINES
from app.web.kit.rest.errors import Unusable
from app.web.kit.rest.fields import Day, Exact, Key, Text
from app.web.kit.rest.reading import Strict
from app.web.statements import NUMBERED, targets_of

COLUMNS = {
    "on": "column_date", "amount": "column_amount", "came": "column_in", "went": "column_out", "who": "column_who",
    "purpose": "column_purpose",
}  # fmt: skip
KINDS = "SELECT id, kind FROM document WHERE id = ANY(%(ids)s::bigint[])"
CODES = """
SELECT 'customer' AS what, id, code FROM customer WHERE id = ANY(%(customers)s::bigint[])
UNION ALL SELECT 'bank', id, code FROM bank_account WHERE id = %(bank)s
"""


class ImportQuery(Strict):
    """What the file does not say: the account, and what is usual unless it is given."""

    bank_account = Key(BankAccount, required=True)
    bank_number = Text(load_default="", metadata={"description": "Usually the name of the file, or its last date."})
    date = Day(load_default=None)
    opening = Exact(3, load_default=None, metadata={"description": "Usually where the last statement ended."})
    closing = Exact(3, load_default=None)
    # What columns are called in this file, where that is none of the usual words.
    column_date = Text(load_default="")
    column_amount = Text(load_default="")
    column_in = Text(load_default="")
    column_out = Text(load_default="")
    column_who = Text(load_default="")
    column_purpose = Text(load_default="")


def proposed(session: Session, content: bytes, name: str, asked: Mapping[str, Any]) -> NewStatement:
    """What a file says, as the domain takes it.

    Unusable where it was read before, and for lines that do not say whose they are: with the whole draft in its facts,
    as it can be completed and sent.
    """
    digest, bank = digest_of(content), asked["bank_account"]
    if known := statement_of(session, digest):
        number = known.number or f"#{known.id}"
        raise Unusable(409, gettext("This file was read before: it is statement %(number)s.", number=number),
                       "written_before", id=known.id, number=known.number)  # fmt: skip
    called = {name: asked[column] for name, column in COLUMNS.items() if asked[column]}
    found = read_file(session, content, most=MOST_LINES, called=called)
    warn_of_known(session, bank, found)
    propose_transfers(session, bank, found)
    days = [line.on for line in found if line.on]
    day = asked["date"] or max(days, default=look.today())
    opening = asked["opening"] if asked["opening"] is not None else last_closing(session, bank) or ZERO
    closing = asked["closing"]
    if closing is None:
        closing = opening + sum((line.amount or ZERO for line in found), ZERO)
    lines = _lines(session, bank, found)
    new = NewStatement(bank, asked["bank_number"] or name or day.isoformat(), day, opening, closing, lines, digest)
    problems = {f"lines.{i}": line.problem for i, line in enumerate(found) if line.problem}
    if problems:
        raise Unusable(422, gettext("Some lines do not say whose they are: complete the draft, and send it."),
                       "incomplete", fields=problems, draft=_draft(session, new))  # fmt: skip
    return new


def _lines(session: Session, bank: int, found: Sequence[FileLine]) -> list[NewBankLine]:
    numbered = read(session, NUMBERED, numbers=[line.pays for line in found if line.pays])
    lines = []
    for line in found:
        amount = line.amount or ZERO
        kind, targets = "income" if amount >= 0 else "expense", list[Target]()
        try:
            if line.customer_id:
                targets = targets_of(line.pays, line.customer_id, kind, abs(amount), numbered)
        except Invalid as refusal:
            line.problem = line.problem or str(refusal)
        about = "customer" if line.transfer_id is None else "transfer"
        lines.append(NewBankLine(
            bank, line.customer_id, abs(amount), line.purpose, targets, line.on, kind, about, None, line.transfer_id
        ))  # fmt: skip
    return lines


def _draft(session: Session, new: NewStatement) -> dict[str, Any]:
    """A statement as its body says it."""
    customers = [line.customer_id for line in new.lines if line.customer_id]
    rows = read(session, CODES, customers=customers, bank=new.bank_account_id)
    codes = {(row.what, row.id): row.code for row in rows}
    targets = sorted({target.document_id for line in new.lines for target in line.targets})
    kinds = {row.id: NAMED[row.kind] for row in read(session, KINDS, ids=targets)}
    return {
        "bank_account": codes["bank", new.bank_account_id], "bank_number": new.bank_number, "date": new.on,
        "opening": new.opening, "closing": new.closing, "digest": new.digest,
        "lines": [
            {"customer": codes.get(("customer", line.customer_id)), "amount": line.amount, "kind": line.kind,
             "about": line.about, "transfer": line.transfer_id,
             "date": line.on, "purpose": line.purpose,
             "allocations": [{kinds[its.document_id]: its.document_id, "amount": its.amount} for its in line.targets]}
            for line in new.lines
        ],
    }  # fmt: skip
