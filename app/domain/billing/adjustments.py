"""Adjustments: vouchers redeemed, bad debts and small differences settle documents as a payment does, without money."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.billing.models import ADJUSTMENT_KINDS, Adjustment, AdjustmentTarget
from app.domain.kernel.company import Settings, company
from app.domain.kernel.document import links, record, register
from app.domain.kernel.drafts import check_cancellation, delete_drafts, lock_draft, rewrite_draft
from app.domain.kernel.errors import DomainError, Invalid, refuse
from app.domain.kernel.numbering import ask_number
from app.domain.kernel.rows import insert_together, read
from app.domain.kernel.values import ZERO, exact
from app.domain.ledger.periods import check_date
from app.domain.ledger.posting import Posting, post, post_mirrors
from app.domain.lifecycles import ADJUSTMENT
from app.domain.parties.customers import customers
from app.domain.settlement.allocations import Wish, allocate
from app.domain.settlement.credits import RECEIVABLES, NewCredit
from app.domain.settlement.releases import release_payments


@dataclass(frozen=True)
class Settles:
    """A document, or one line of it, and how much of it the adjustment settles."""

    document_id: int
    amount: Decimal
    line_id: int | None = None


@dataclass(frozen=True)
class NewAdjustment:
    """An amount in company currency that a customer need not pay: a `voucher` redeemed, a `bad_debt`, a `difference`.

    What a voucher has left over stays the customer's credit; the others settle documents with all they are.
    """

    kind: str
    customer_id: int
    amount: Decimal
    purpose: str = ""
    targets: Sequence[Settles] = ()
    on: date | None = None


LIMIT = "SELECT difference_limit FROM company"
DOCUMENTS = "SELECT id FROM document WHERE id = ANY(%(ids)s::bigint[])"
HEADS = """
SELECT adjustment.id, adjustment.kind, adjustment.amount, adjustment.currency, document.customer_id
FROM adjustment JOIN document ON document.id = adjustment.id
WHERE adjustment.id = ANY(%(ids)s::bigint[]) ORDER BY adjustment.id
"""
TARGETS = """
SELECT adjustment_id, target_id, line_id, amount FROM adjustment_target
WHERE adjustment_id = ANY(%(ids)s::bigint[]) ORDER BY adjustment_id, id
"""


class Adjustments:
    """Adjustments by id (`heads`) with what they settle, in order (`targets`)."""

    def __init__(self, session: Session, ids: Sequence[int]) -> None:
        self.ids = list(ids)
        self.heads: dict[int, Row[Any]] = {row.id: row for row in read(session, HEADS, ids=self.ids)}
        self.targets = read(session, TARGETS, ids=self.ids)


def add_adjustments(session: Session, adjustments: Sequence[NewAdjustment], *, by: int) -> list[int]:
    """Writes drafts and gives their ids; Refused names what is wrong by position in the batch."""
    settings, limit = company(session), read(session, LIMIT)[0].difference_limit
    known = customers(session, (new.customer_id for new in adjustments))
    wanted = sorted({target.document_id for new in adjustments for target in new.targets})
    documents = {row.id for row in read(session, DOCUMENTS, ids=wanted)}
    errors: dict[int, DomainError] = {}
    for position, new in enumerate(adjustments):
        try:
            _check(new, settings, known, documents, limit)
        except DomainError as error:
            errors[position] = error
    refuse(errors)
    heads = [{"customer_id": new.customer_id} for new in adjustments]
    ids = register(session, ADJUSTMENT.kind, heads, lambda ids: [
        (Adjustment, [{"id": i, **_columns(new, settings)} for i, new in zip(ids, adjustments, strict=True)]),
        (AdjustmentTarget, _targets(ids, adjustments)),
        links(_settled(ids, adjustments)),
    ])  # fmt: skip
    record(session, "create", [{"document_id": i, "to_state": ADJUSTMENT.initial} for i in ids], by=by)
    return ids


def edit_adjustment(session: Session, adjustment: int, new: NewAdjustment, *, version: int, by: int) -> None:
    """Writes a whole draft anew.

    Raises Stale where it is no longer at `version`, WrongState once it is processed, and DomainError for what is wrong.
    """
    state = lock_draft(session, ADJUSTMENT, adjustment, states=(ADJUSTMENT.initial,), version=version)
    settings, limit = company(session), read(session, LIMIT)[0].difference_limit
    wanted = sorted({target.document_id for target in new.targets})
    documents = {row.id for row in read(session, DOCUMENTS, ids=wanted)}
    _check(new, settings, customers(session, [new.customer_id]), documents, limit)
    rewrite_draft(session, ADJUSTMENT, adjustment, _columns(new, settings), lines=(AdjustmentTarget, "adjustment_id"),
                  customer=new.customer_id, links=("settles",))  # fmt: skip
    insert_together(session, (AdjustmentTarget, _targets([adjustment], [new])), links(_settled([adjustment], [new])))
    record(session, "edit", [{"document_id": adjustment, "from_state": state, "to_state": state}], by=by)


def _columns(new: NewAdjustment, settings: Settings) -> dict[str, object]:
    return {
        "kind": new.kind, "on": new.on, "amount": new.amount, "currency": settings.currency, "purpose": new.purpose
    }  # fmt: skip


def _targets(ids: Sequence[int], adjustments: Sequence[NewAdjustment]) -> list[dict[str, object]]:
    return [
        {"adjustment_id": i, "target_id": target.document_id, "line_id": target.line_id, "amount": target.amount}
        for i, new in zip(ids, adjustments, strict=True) for target in new.targets
    ]  # fmt: skip


def _settled(ids: Sequence[int], adjustments: Sequence[NewAdjustment]) -> list[tuple[int, int, str]]:
    return [
        (target.document_id, i, "settles") for i, new in zip(ids, adjustments, strict=True) for target in new.targets
    ]


def _check(
    new: NewAdjustment, settings: Settings, known: Mapping[int, Any], documents: set[int], limit: Decimal
) -> None:  # fmt: skip
    if new.kind not in ADJUSTMENT_KINDS:
        raise Invalid("unknown_kind", "An adjustment is one of: {kinds}.", kinds=", ".join(ADJUSTMENT_KINDS))
    if new.customer_id not in known:
        raise Invalid("unknown_customer", "There is no customer {id}.", id=new.customer_id)
    amounts = [exact(target.amount, settings.decimals, "Amount of a document") for target in new.targets]
    amount = exact(new.amount, settings.decimals, "Amount")
    if amount <= 0 or any(part <= 0 for part in amounts):
        raise Invalid("amount_not_positive", "Every amount must be above 0.")
    if new.kind == "difference" and amount > limit:
        raise DomainError("more_than_small", "{amount} is more than the {limit} up to which a difference may be let "
                          "go.", amount=amount, limit=limit)  # fmt: skip
    wanted = sum(amounts, ZERO)
    if wanted > amount or (new.kind != "voucher" and wanted != amount):
        raise Invalid("not_all_settled", "The documents take {wanted} of {amount}: name what the adjustment settles.",
                      wanted=wanted, amount=amount)  # fmt: skip
    for target in new.targets:
        if target.document_id not in documents:
            raise Invalid("unknown_document", "There is no document {id}.", id=target.document_id)


def delete_adjustments(session: Session, ids: Sequence[int], *, by: int) -> None:
    """Removes drafts; Refused for what is processed."""
    delete_drafts(session, ADJUSTMENT, ids, lines=((AdjustmentTarget, "adjustment_id"),), by=by)


@ADJUSTMENT.step("process", load=Adjustments, first=check_date)
def process_adjustments(session: Session, adjustments: Adjustments, /, *, by: int, on: date) -> None:
    """The customer owes so much less: it settles what it is meant for, and the books follow."""
    heads = adjustments.heads
    allocate(session, [
        Wish(target.adjustment_id, target.target_id, target.amount, target.line_id) for target in adjustments.targets
    ], on=on, by=by, new=[
        NewCredit(i, head.customer_id, head.currency, head.amount, on, RECEIVABLES) for i, head in heads.items()
    ])  # fmt: skip
    post(session, "adjustment.processed", [
        Posting(i, {head.kind: head.amount}) for i, head in heads.items()
    ], on=on, by=by)  # fmt: skip
    ask_number(session, "adjustments", dict.fromkeys(adjustments.ids, on))


@ADJUSTMENT.step("cancel", load=Adjustments, first=check_date)
def cancel_adjustments(session: Session, adjustments: Adjustments, /, *, by: int, on: date, reason: str) -> None:
    """The customer owes it after all: what it settled is open again, and its entry is mirrored."""
    check_cancellation(session, ADJUSTMENT, adjustments.ids, on=on, reason=reason)
    release_payments(session, adjustments.ids, on=on, by=by)
    post_mirrors(session, "adjustment.processed", adjustments.ids, on=on, by=by)
