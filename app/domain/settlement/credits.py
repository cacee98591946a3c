"""What customers have with us: what each document gives them, and how much of it is used or was paid back."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.kernel.errors import DomainError, Invalid, refuse
from app.domain.kernel.rows import insert, read, write
from app.domain.kernel.values import ZERO
from app.domain.settlement.models import Credit
from app.domain.settlement.models import Repayment as RepaymentRow

ADVANCES, RECEIVABLES = "customer_advances", "receivables"


class NewCredit(NamedTuple):
    """A document gives its customer an amount, dated `on`.

    `role` is the control account that its unused money stands on: a payment's on customer_advances; a credit note's or
    an adjustment's on receivables, and then allocating it posts nothing.
    """

    document_id: int
    customer_id: int
    currency: str
    amount: Decimal
    on: date
    role: str = ADVANCES

    def row(self, used: Decimal = ZERO) -> dict[str, object]:
        """The columns of the table, with so much of it used."""
        return self._asdict() | {"used": used}


class Repayment(NamedTuple):
    """A refund pays back so much of what a document gave."""

    refund_id: int
    source_id: int
    amount: Decimal


CREDITS = """
SELECT credit.document_id, credit.customer_id, credit.currency, credit."on", credit.role, credit.amount, credit.used,
       credit.amount - credit.used AS left, document.number, document.kind
FROM credit JOIN document ON document.id = credit.document_id
WHERE credit.document_id = ANY(%(documents)s::bigint[])
ORDER BY credit.document_id FOR NO KEY UPDATE OF credit
"""
USE = """
UPDATE credit SET used = used + given.amount
FROM unnest(%(documents)s::bigint[], %(amounts)s::numeric[]) AS given (id, amount)
WHERE credit.document_id = given.id
"""
CLOSE = "UPDATE credit SET amount = 0 WHERE document_id = ANY(%(documents)s::bigint[]) AND amount <> 0"
CANCEL = """
UPDATE repayment SET cancelled_on = %(on)s
WHERE refund_id = ANY(%(refunds)s::bigint[]) AND cancelled_on IS NULL RETURNING source_id, amount
"""
# The draft of a refund may be linked to what it will pay back.
LINK = """
INSERT INTO document_link (from_id, to_id, kind)
SELECT source, refund, 'repays' FROM unnest(%(sources)s::bigint[], %(refunds)s::bigint[]) AS given (source, refund)
ON CONFLICT DO NOTHING
"""
REFUNDS = """
SELECT repayment.source_id, document.number
FROM repayment JOIN document ON document.id = repayment.refund_id
WHERE repayment.source_id = ANY(%(sources)s::bigint[]) AND repayment.cancelled_on IS NULL ORDER BY repayment.refund_id
"""


def add_credits(session: Session, new: Sequence[NewCredit]) -> None:
    """These documents give their customers money from now on, all of it unused."""
    insert(session, Credit, [credit.row() for credit in new])


def close_credits(session: Session, documents: Iterable[int]) -> None:
    """Cancelled documents give nothing any more; whoever calls has released what was used of them."""
    write(session, CLOSE, documents=sorted(set(documents)))


def lock_credits(session: Session, documents: Iterable[int]) -> dict[int, Row[Any]]:
    """Locks what documents give, in id order, and gives it by document; nobody else can use of it meanwhile."""
    return {row.document_id: row for row in read(session, CREDITS, documents=sorted(set(documents)))}


def named(row: Row[Any]) -> dict[str, str]:
    """The facts that name a document in a sentence: its kind and its number."""
    return {"kind": row.kind.replace("_", " ").capitalize(), "number": row.number or f"#{row.document_id}"}


def repay(session: Session, repayments: Sequence[Repayment], *, on: date) -> dict[int, dict[str, Decimal]]:
    """Refunds pay back unused money: gives, for each refund, how much leaves which control account, by its role.

    Raises Refused, by refund, for what gives no money, for more than is left of it, and for a date before it.
    """
    sources = lock_credits(session, (repayment.source_id for repayment in repayments))
    left = {source: credit.left for source, credit in sources.items()}
    errors: dict[int, DomainError] = {}
    sums: dict[int, dict[str, Decimal]] = defaultdict(lambda: defaultdict(lambda: ZERO))
    taken: dict[int, list[tuple[int, Decimal]]] = defaultdict(list)
    for refund, source, amount in repayments:
        if refund in errors:
            continue
        if refusal := _not_payable_back(sources.get(source), source, amount, left.get(source, ZERO), on):
            errors[refund] = refusal
            for other, back in taken[refund]:
                left[other] += back
            continue
        left[source] -= amount
        taken[refund].append((source, amount))
        sums[refund][sources[source].role] += amount
    refuse(errors)
    insert(session, RepaymentRow, [
        {"refund_id": refund, "source_id": source, "amount": amount, "on": on} for refund, source, amount in repayments
    ])  # fmt: skip
    write(session, LINK, sources=[it.source_id for it in repayments], refunds=[it.refund_id for it in repayments])
    use(session, ((source, amount) for _, source, amount in repayments))
    return {refund: dict(by_role) for refund, by_role in sums.items()}


def _not_payable_back(
    credit: Row[Any] | None, source: int, amount: Decimal, left: Decimal, on: date
) -> DomainError | None:  # fmt: skip
    if credit is None:
        return DomainError("no_money", "Document {source} gives no money that could be paid back.", source=source)
    if amount > left:
        return DomainError("more_than_left", "{kind} {number}: {amount} is more than the {left} that is left of "
                           "it.", amount=amount, left=left, **named(credit))  # fmt: skip
    if on < credit.on:
        return Invalid("before_document", "{kind} {number} is dated {document_on}: nothing is paid back before "
                       "that.", document_on=credit.on, **named(credit))  # fmt: skip
    return None


def cancel_repayments(session: Session, refunds: Iterable[int], *, on: date) -> None:
    """Refunds are cancelled: what they paid back is the customers' again."""
    rows = read(session, CANCEL, refunds=sorted(set(refunds)), on=on)
    use(session, ((row.source_id, -row.amount) for row in rows))


def use(session: Session, amounts: Iterable[tuple[int, Decimal]]) -> None:
    """Raises, or lowers, what is used of documents: (document, amount)."""
    sums = summed(amounts)
    if sums:
        write(session, USE, documents=list(sums), amounts=list(sums.values()))


def summed(amounts: Iterable[tuple[int, Decimal]]) -> dict[int, Decimal]:
    """One sum for each id."""
    sums: dict[int, Decimal] = defaultdict(lambda: ZERO)
    for key, amount in amounts:
        sums[key] += amount
    return sums


def refuse_repaid(session: Session, released: Mapping[int, Row[Any]]) -> None:
    """Refused for what was paid back, as long as the refund stands; of `released` credits nothing else is used."""
    sources = [source for source, credit in released.items() if credit.used]
    if sources:
        refuse(dict.fromkeys(sources, DomainError("repaid", "It is paid back: cancel the refund first.")) | {
            row.source_id: DomainError(
                "repaid", "Refund {number} pays it back: cancel that first.", number=row.number
            )
            for row in read(session, REFUNDS, sources=sources)
        })  # fmt: skip
