"""Drafts of free-hand invoices: services, and texts on an account. Goods come from shipments and orders."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy.orm import Session

from app.domain.billing.drafts import Plan, refuse_negative, rewrite, write_drafts
from app.domain.billing.freelines import Facts, written_by_hand
from app.domain.billing.freelines import FreeLine as FreeLine
from app.domain.kernel.errors import DomainError, refuse


@dataclass(frozen=True)
class NewFreeInvoice:
    """An invoice written by hand; `due_dates` as in a NewInvoice. The tax regime none is the customer's."""

    customer_id: int
    lines: Sequence[FreeLine]
    prices_include_vat: bool = False
    note: str = ""
    due_dates: Sequence[date] = ()
    tax_regime: str | None = None


def add_free_invoices(session: Session, wanted: Sequence[NewFreeInvoice], *, by: int) -> list[int]:
    """Makes a draft of each and gives the ids; Refused, by position in the batch, for what cannot be invoiced so."""
    return write_drafts(session, _plans(session, wanted), by=by)


def edit_free_invoice(session: Session, invoice: int, new: NewFreeInvoice, *, version: int, by: int) -> None:
    """Writes a draft anew; Stale where it is no longer at `version`, and what `add_free_invoices` refuses."""
    rewrite(session, invoice, lambda: _plans(session, [new]), sources=(), version=version, by=by)


def _plans(session: Session, wanted: Sequence[NewFreeInvoice]) -> list[Plan]:
    facts = Facts(session, wanted)
    plans = []
    errors: dict[int, DomainError] = {}
    for position, new in enumerate(wanted):
        try:
            plans.append(_plan(new, facts))
        except DomainError as error:
            errors[position] = error
    refuse(errors)
    refuse_negative(plans)
    return plans


def _plan(new: NewFreeInvoice, facts: Facts) -> Plan:
    written = written_by_hand(new, facts)
    free = {"kind": "free", "shipment_line_id": None, "order_line_id": None}
    return Plan(
        new.customer_id, facts.regime_of(new), new.prices_include_vat, facts.company.currency, Decimal(1),
        [free | line for line in written.lines], written.worth, note=new.note, due_dates=new.due_dates,
    )  # fmt: skip
