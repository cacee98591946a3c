"""Drafts of credit notes as rows: written down and rewritten, whether they credit an invoice or stand alone."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from app.domain.billing.models import CreditNote, CreditNoteLine
from app.domain.kernel.document import links, record, register
from app.domain.kernel.drafts import rewrite_draft
from app.domain.kernel.rows import insert_together
from app.domain.lifecycles import CREDIT_NOTE
from app.domain.sales.totals import Amounts


@dataclass(frozen=True)
class CreditPlan:
    """A credit note to be: its head, the columns of its lines in order, and what it is made from.

    `delivered_by` are shipments with which pieces left that were invoiced in advance; `supply_on` is of one without
    invoice.
    """

    customer_id: int
    reason: str
    tax_regime: str
    prices_include_vat: bool
    currency: str
    lines: Sequence[Mapping[str, Any]]
    total: Amounts
    rate: Decimal = Decimal(1)
    invoice_id: int | None = None
    return_id: int | None = None
    delivered_by: Sequence[int] = ()
    supply_on: date | None = None

    def head(self) -> dict[str, Any]:
        """The columns of the credit note."""
        kept = (
            "invoice_id",
            "return_id",
            "supply_on",
            "reason",
            "tax_regime",
            "prices_include_vat",
            "currency",
            "rate",
        )
        return {name: getattr(self, name) for name in kept} | self.total._asdict()

    def rows(self, note: int) -> list[dict[str, Any]]:
        """The rows of its lines."""
        return [{"credit_note_id": note, "position": position, **line} for position, line in enumerate(self.lines, 1)]

    def links(self, note: int) -> Iterator[tuple[int, int, str]]:
        """What it is made from."""
        made_from = (self.invoice_id, self.return_id, *self.delivered_by)
        return ((source, note, "credits") for source in made_from if source is not None)


def write_credits(session: Session, plans: Sequence[CreditPlan], *, by: int) -> list[int]:
    """Makes a draft of each plan and gives the ids."""
    ids = register(session, CREDIT_NOTE.kind, [{"customer_id": plan.customer_id} for plan in plans], lambda ids: [
        (CreditNote, [{"id": note, **plan.head()} for note, plan in zip(ids, plans, strict=True)]),
        (CreditNoteLine, [row for note, plan in zip(ids, plans, strict=True) for row in plan.rows(note)]),
        links(link for note, plan in zip(ids, plans, strict=True) for link in plan.links(note)),
    ])  # fmt: skip
    record(session, "create", [{"document_id": i, "to_state": CREDIT_NOTE.initial} for i in ids], by=by)
    return ids


def rewrite_credit(session: Session, note: int, plan: CreditPlan, *, by: int) -> None:
    """Writes a locked draft anew."""
    rewrite_draft(session, CREDIT_NOTE, note, plan.head(), lines=(CreditNoteLine, "credit_note_id"),
                  customer=plan.customer_id, links=["credits"])  # fmt: skip
    insert_together(session, (CreditNoteLine, plan.rows(note)), links(plan.links(note)))
    state = CREDIT_NOTE.initial
    record(session, "edit", [{"document_id": note, "from_state": state, "to_state": state}], by=by)
