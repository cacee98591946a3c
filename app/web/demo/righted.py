"""What the demo company credits by mistake, or without an invoice, and puts right; acts as `aside` tells of them."""

from datetime import date
from decimal import Decimal

from sqlalchemy.orm import Session

from app.domain.billing.credit_notes import NewCreditLine, NewCreditNote, add_credit_notes, issue_credit_notes
from app.domain.billing.debiting import debit_credit_notes
from app.domain.billing.freelines import FreeLine
from app.domain.billing.invoicing import issue_invoices
from app.domain.billing.loose_credits import LooseCredit, add_loose_credits
from app.domain.kernel.rows import read
from app.web.demo.aside import SHIPPED, Act, Made
from app.web.demo.cards import Cards

D = Decimal


def credit_wrong_customer(session: Session, cards: Cards, on: date, made: Made) -> Made:
    by = cards.actors["accountant"]
    line = read(session, SHIPPED, customer=cards.customers["KASHTA"], uninvoiced=False)[0]
    dent = NewCreditLine(line.invoice_line_id, "allowance", amount=D("9.00"))
    notes = add_credit_notes(session, [NewCreditNote(line.invoice_id, "A dent", [dent])], by=by)
    issue_credit_notes(session, notes, by=by, on=on)
    return {"wrong credit": notes[0]}


def debit_it_again(session: Session, cards: Cards, on: date, made: Made) -> Made:
    by = cards.actors["accountant"]
    outcome = debit_credit_notes(session, [made["wrong credit"]], by=by, reason="The dent was another customer's")
    issue_invoices(session, outcome.answer, by=by, on=on)
    return {}


def owe_assembly(session: Session, cards: Cards, on: date, made: Made) -> Made:
    """A shelf was put up twice, and paid twice before the books began."""
    by = cards.actors["manager"]
    line = FreeLine(D(1), D("25.00"), product_id=cards.products["ASSEMBLY"])
    wanted = LooseCredit(cards.customers["ELIA"], "Assembly paid twice last year", [line])
    notes = add_loose_credits(session, [wanted], by=by)
    issue_credit_notes(session, notes, by=cards.actors["accountant"], on=on)
    return {"assembly": notes[0]}


def doubt_assembly(session: Session, cards: Cards, on: date, made: Made) -> Made:
    """A draft: perhaps it was paid once after all."""
    debit_credit_notes(session, [made["assembly"]], by=cards.actors["accountant"], reason="The old books say once")
    return {}


def bill_other_firm(session: Session, cards: Cards, on: date, made: Made) -> Made:
    """One piece waits for the invoice of the customer's other firm."""
    by = cards.actors["accountant"]
    line = read(session, SHIPPED, customer=cards.customers["KASHTA"], uninvoiced=False)[0]
    again = NewCreditLine(line.invoice_line_id, "invoice_again", D(1))
    notes = add_credit_notes(session, [NewCreditNote(line.invoice_id, "One is their other firm's", [again])], by=by)
    issue_credit_notes(session, notes, by=by, on=on)
    return {}


def promise_bonus(session: Session, cards: Cards, on: date, made: Made) -> Made:
    """A draft: what candles cost less at the end of the season."""
    line = FreeLine(D(1), D("12.00"), product_id=cards.products["CANDLE"])
    wanted = LooseCredit(cards.customers["BOR"], "Bonus of the season", [line])
    add_loose_credits(session, [wanted], by=cards.actors["manager"])
    return {}


ACTS: tuple[tuple[int, Act], ...] = (
    (8, credit_wrong_customer), (7, debit_it_again), (5, owe_assembly), (4, bill_other_firm), (0, promise_bonus),
    (0, doubt_assembly),
)  # fmt: skip
