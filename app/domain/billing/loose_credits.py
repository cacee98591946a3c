"""Drafts of credit notes without an invoice: what a customer is owed of which nobody has the invoice here.

Goods are only let cheaper: those that came back are a return of their own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from app.domain.billing.credit_drafts import CreditPlan, rewrite_credit, write_credits
from app.domain.billing.freelines import Facts, FreeLine, written_by_hand
from app.domain.kernel.drafts import lock_draft
from app.domain.kernel.errors import DomainError, Invalid, Refused, refuse
from app.domain.kernel.rows import read
from app.domain.kernel.values import ZERO
from app.domain.lifecycles import CREDIT_NOTE


@dataclass(frozen=True)
class LooseCredit:
    """What a customer is owed, in the company's currency, and why. The tax regime none is the customer's.

    `supply_on` is the day of what is credited, whose VAT it has; where nobody knows it, it has the VAT of its own date.
    """

    customer_id: int
    reason: str
    lines: Sequence[FreeLine]
    prices_include_vat: bool = False
    tax_regime: str | None = None
    supply_on: date | None = None


def add_loose_credits(session: Session, wanted: Sequence[LooseCredit], *, by: int) -> list[int]:
    """Makes a draft of each and gives the ids.

    Raises Refused, by position in the batch, for no reason, customers and cards that are unknown or archived, accounts
    that are kept by documents of their own, goods in pieces, and lines of no amount.
    """
    return write_credits(session, _plans(session, wanted), by=by)


OF_INVOICE = """
SELECT invoiced.number FROM credit_note note JOIN document invoiced ON invoiced.id = note.invoice_id
WHERE note.id = %(id)s
"""


def edit_loose_credit(session: Session, note: int, new: LooseCredit, *, version: int, by: int) -> None:
    """Writes a whole draft anew.

    Raises Stale where it is no longer at `version`, WrongState once it is issued, DomainError where it credits an
    invoice, and what `add_loose_credits` refuses.
    """
    lock_draft(session, CREDIT_NOTE, note, states=(CREDIT_NOTE.initial,), version=version)
    for row in read(session, OF_INVOICE, id=note):
        raise DomainError("of_invoice", "It credits invoice {number}: delete it, and credit the invoice anew.",
                          number=row.number)  # fmt: skip
    try:
        [plan] = _plans(session, [new])
    except Refused as refusal:
        raise refusal[0] from None
    rewrite_credit(session, note, plan, by=by)


def _plans(session: Session, wanted: Sequence[LooseCredit]) -> list[CreditPlan]:
    facts = Facts(session, wanted, goods=True)
    plans = []
    errors: dict[int, DomainError] = {}
    for position, new in enumerate(wanted):
        try:
            plans.append(_plan(new, facts))
        except DomainError as error:
            errors[position] = error
    refuse(errors)
    return plans


def _plan(new: LooseCredit, facts: Facts) -> CreditPlan:
    if not new.reason.strip():
        raise Invalid("no_reason", "Say why this is credited.")
    if new.supply_on and new.supply_on > facts.company.today():
        raise Invalid("in_the_future", "What is credited was supplied by today: {on} is later.", on=new.supply_on)
    written = written_by_hand(new, facts, new.supply_on)
    lines = []
    for number, (line, its, amount, worth) in enumerate(
        zip(new.lines, written.lines, written.taxed, written.worth, strict=True), 1
    ):
        if amount <= 0:
            raise Invalid("amount_not_positive", "Line {line}: the amount must be above 0.", line=number)
        how_much = _allowance(number, its, amount) if facts.is_goods(line) else {"kind": "free", "amount": ZERO}
        lines.append(its | how_much | worth._asdict() | {"invoice_line_id": None, "shipment_line_id": None})
    return CreditPlan(
        new.customer_id,
        new.reason.strip(),
        facts.regime_of(new),
        new.prices_include_vat,
        facts.company.currency,
        lines,
        written.total,
        supply_on=new.supply_on,
    )


def _allowance(number: int, line: Mapping[str, Any], amount: Decimal) -> dict[str, Any]:
    if line["quantity"] != 1:
        raise Invalid("no_pieces", "Line {line}: {sku} are goods: enter what they cost less, with the quantity 1. "
                      "Those that came back are a return.", line=number, sku=line["sku"])  # fmt: skip
    return {"kind": "allowance", "amount": amount, "quantity": ZERO, "unit_price": ZERO, "discount": ZERO}
