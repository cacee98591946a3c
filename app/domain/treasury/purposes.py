"""What a payment is for, be it of a desk or of a bank: whether it may be so, what it settles, and what it books."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Protocol

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.kernel.company import company
from app.domain.kernel.errors import DomainError, Invalid, refuse
from app.domain.kernel.rows import read
from app.domain.kernel.values import ZERO, exact
from app.domain.ledger.models import BY_HAND
from app.domain.parties.customers import customers
from app.domain.settlement.allocations import Wish, allocate
from app.domain.settlement.credits import NewCredit, cancel_repayments, repay
from app.domain.settlement.credits import Repayment as Back
from app.domain.settlement.releases import mirror_payments, release_payments
from app.domain.treasury.models import KINDS, PURPOSES


@dataclass(frozen=True)
class Target:
    """What the payer says it is for: a document, or one line of it, and how much. Of a refund: what it pays back."""

    document_id: int
    amount: Decimal
    line_id: int | None = None


class New(Protocol):
    """A payment that somebody wants to write down."""

    @property
    def kind(self) -> str: ...
    @property
    def about(self) -> str: ...
    @property
    def amount(self) -> Decimal: ...
    @property
    def customer_id(self) -> int | None: ...
    @property
    def account_id(self) -> int | None: ...
    @property
    def transfer_id(self) -> int | None: ...
    @property
    def purpose(self) -> str: ...
    @property
    def on(self) -> date | None: ...
    @property
    def targets(self) -> Sequence[Target]: ...


class Payments(Protocol):
    """Payments of one kind of document by id (`heads`), with what they are for, in order (`targets`)."""

    heads: dict[int, Row[Any]]
    targets: Sequence[Row[Any]]


DOCUMENTS = "SELECT id FROM document WHERE id = ANY(%(ids)s::bigint[])"
ACCOUNTS = "SELECT id, code, role, active FROM account WHERE id = ANY(%(ids)s::bigint[])"
# Every payment out that is on its way, or came in: the kinds of money documents are written out in one place.
SENT = """
SELECT sent.id, sent.amount, sent.currency, sent."on", sent.state, document.number,
       coalesce((SELECT min(id) FROM cash_order WHERE transfer_id = sent.id AND state = 'processed'),
                (SELECT min(id) FROM bank_line WHERE transfer_id = sent.id AND state = 'processed')) AS brought_by
FROM (SELECT id, amount, currency, "on", state FROM cash_order WHERE kind = 'expense' AND about = 'transfer'
      UNION ALL
      SELECT id, amount, currency, "on", state FROM bank_line WHERE kind = 'expense' AND about = 'transfer') sent
JOIN document ON document.id = sent.id WHERE sent.id = ANY(%(ids)s::bigint[]) ORDER BY sent.id
"""
# Of these amounts, the oldest first; what another payment is to bring in already is no proposal any more. What lines of
# the statement that is written anew bring in is theirs, in their order, before it is anybody's.
WAITING = """
SELECT sent.id, sent.amount, sent."on", coalesce(document.number, '#' || document.id) AS number
FROM (SELECT id, amount, "on" FROM cash_order
      WHERE kind = 'expense' AND about = 'transfer' AND state = 'processed' AND amount = ANY(%(amounts)s::numeric[])
      UNION ALL
      SELECT id, amount, "on" FROM bank_line
      WHERE kind = 'expense' AND about = 'transfer' AND state = 'processed' AND amount = ANY(%(amounts)s::numeric[])
            AND bank_account_id <> %(bank)s) sent JOIN document ON document.id = sent.id
WHERE NOT EXISTS (SELECT FROM cash_order WHERE transfer_id = sent.id AND state <> 'cancelled')
      AND NOT EXISTS (SELECT FROM bank_line WHERE transfer_id = sent.id AND state <> 'cancelled'
                      AND (statement_id = %(statement)s) IS NOT TRUE)
ORDER BY (SELECT min(id) FROM bank_line WHERE transfer_id = sent.id AND statement_id = %(statement)s), sent."on",
         sent.id
"""


def brought_by(
    session: Session, bank_account: int, came: Sequence[tuple[Decimal, date, str | None]], statement: int | None = None
) -> list[Row[Any] | None]:  # fmt: skip
    """What each amount that came to a bank account on a day may bring in, None where nothing like it is on its way.

    Proposed is what left another place by then, each payment once, the one that waited longest; with a number only one
    that has it, as the series of two places may give the same. The lines of a `statement` that is written anew keep
    what they bring in, as far as they say the same.
    """
    amounts = sorted({amount for amount, _, _ in came})
    waiting = read(session, WAITING, bank=bank_account, amounts=amounts, statement=statement) if came else []
    left, found = [*waiting], list[Row[Any] | None]()
    for amount, on, number in came:
        fits = next(
            (row for row in left if row.amount == amount and row.on <= on and number in (None, row.number)), None
        )
        if fits is not None:
            left.remove(fits)
        found.append(fits)
    return found


def on_its_way(session: Session, document: int) -> Row[Any] | None:
    """What a payment out of one place sent to another, as long as it was not brought in; None for all others."""
    rows = read(session, SENT, ids=[document])
    return next((row for row in rows if row.state == "processed" and row.brought_by is None), None)


class Named:
    """All that the payments of a batch name, read at once; what none of them names is not asked for."""

    def __init__(self, session: Session, payments: Sequence[New]) -> None:
        self.company = company(session)
        self.customers = customers(session, (new.customer_id for new in payments if new.customer_id is not None))
        documents = sorted({target.document_id for new in payments for target in new.targets})
        self.documents = {row.id for row in read(session, DOCUMENTS, ids=documents)}
        accounts = sorted({new.account_id for new in payments if new.account_id is not None})
        self.accounts = {row.id: row for row in read(session, ACCOUNTS, ids=accounts)} if accounts else {}
        transfers = sorted({new.transfer_id for new in payments if new.transfer_id is not None})
        self.sent = {row.id: row for row in read(session, SENT, ids=transfers)} if transfers else {}


# The links that say what a payment is for.
MEANT = ("settles", "repays", "transfers")


def meant(ids: Sequence[int], payments: Sequence[New]) -> Iterator[tuple[int, int, str]]:
    """The links of new payments to what they settle, pay back or bring in."""
    for i, new in zip(ids, payments, strict=True):
        for target in new.targets:
            yield target.document_id, i, "settles" if new.kind == "income" else "repays"
        if new.transfer_id is not None:
            yield new.transfer_id, i, "transfers"


def columns_of(new: New, currency: str) -> dict[str, object]:
    """What every payment's own row says."""
    return {
        "kind": new.kind, "about": new.about, "on": new.on, "amount": new.amount, "currency": currency,
        "purpose": new.purpose, "account_id": new.account_id, "transfer_id": new.transfer_id,
    }  # fmt: skip


def targets_of(parent: str, ids: Sequence[int], payments: Sequence[New]) -> list[dict[str, object]]:
    """Rows of what payments are for; `parent` is the column that names the payment."""
    return [
        {parent: i, "target_id": target.document_id, "line_id": target.line_id, "amount": target.amount}
        for i, new in zip(ids, payments, strict=True) for target in new.targets
    ]  # fmt: skip


def check_new(new: New, named: Named) -> None:
    """Invalid for a payment that cannot be written down as it is."""
    amounts = [exact(target.amount, named.company.decimals, "Amount of a document") for target in new.targets]
    amount = exact(new.amount, named.company.decimals, "Amount")
    if amount <= 0 or any(part <= 0 for part in amounts):
        raise Invalid("amount_not_positive", "Every amount must be above 0.")
    if new.kind not in KINDS or new.about not in PURPOSES:
        raise Invalid("unknown_purpose", "A payment is {kind} or {other}, and for one of: {purposes}.",
                      kind=KINDS[0], other=KINDS[1], purposes=", ".join(PURPOSES))  # fmt: skip
    _check_named(new, named)
    if new.about == "customer":
        _check_targets(new, amount, sum(amounts, ZERO), named)


def _check_named(new: New, named: Named) -> None:
    """It names a customer, an account or a transfer: the one that its purpose needs."""
    needed = {"customer_id": new.about == "customer", "account_id": new.about == "account",
              "transfer_id": new.about == "transfer" and new.kind == "income"}  # fmt: skip
    wrong = [name for name, needs in needed.items() if not needs and getattr(new, name) is not None]
    if wrong or (new.targets and new.about != "customer"):
        raise Invalid("purpose_mixed", "A payment has one purpose: a customer's documents, an account, a transfer "
                      "or what a count found.")  # fmt: skip
    if needed["customer_id"] and new.customer_id not in named.customers:
        raise Invalid("unknown_customer", "There is no customer {id}.", id=new.customer_id)
    if needed["account_id"] and (error := _not_by_hand(named.accounts.get(new.account_id or 0))):
        raise error
    if needed["transfer_id"]:
        sent = named.sent.get(new.transfer_id or 0)
        if sent is None:
            raise Invalid("unknown_transfer", "Name the payment out of another desk or bank that this one brings in.")
        if sent.amount != new.amount:
            raise Invalid("other_amount", "{number} sent {sent}, so that {amount} cannot have come in.",
                          number=sent.number or f"#{sent.id}", sent=sent.amount, amount=new.amount)  # fmt: skip


def _not_by_hand(account: Row[Any] | None) -> DomainError | None:
    if account is None or not account.active:
        return Invalid("unknown_account", "Choose the account that it goes to.")
    if account.role != BY_HAND:
        return Invalid("control_account", "Account {code} cannot be chosen by hand: documents of their own keep it.",
                       code=account.code)  # fmt: skip
    return None


def _check_targets(new: New, amount: Decimal, wanted: Decimal, named: Named) -> None:
    if wanted > amount:
        raise Invalid("more_than_paid", "The documents take {wanted}, but only {amount} is paid.",
                      wanted=wanted, amount=amount)  # fmt: skip
    for target in new.targets:
        if target.document_id not in named.documents:
            raise Invalid("unknown_document", "There is no document {id}.", id=target.document_id)
    if new.kind == "expense" and wanted != amount:
        raise Invalid("nothing_paid_back", "A refund of {amount} names what it pays back: a payment or a credit note "
                      "of the customer, {amount} in all.", amount=amount)  # fmt: skip


def settle(session: Session, payments: Payments, *, on: date, by: int) -> dict[int, dict[str, Decimal]]:
    """Payments do what they are for: gives, by payment, the amounts of its event beside the one of desk or bank.

    Raises Refused, by payment, for what cannot be settled, paid back or brought in, and for accounts archived since.
    """
    heads = payments.heads
    if chosen := {i: head.account_id for i, head in heads.items() if head.account_id is not None}:
        accounts = {row.id: row for row in read(session, ACCOUNTS, ids=sorted(set(chosen.values())))}
        refuse({i: error for i, key in chosen.items() if (error := _not_by_hand(accounts.get(key)))})
    amounts = {i: {OTHER_SIDE[head.about]: head.amount} for i, head in heads.items() if head.about != "customer"}
    paid = [i for i, head in heads.items() if head.about == "customer" and head.kind == "income"]
    back = [i for i, head in heads.items() if head.about == "customer" and head.kind == "expense"]
    if paid:
        allocated = allocate(session, [
            Wish(target.payment_id, target.target_id, target.amount, target.line_id)
            for target in payments.targets if heads[target.payment_id].kind == "income"
        ], on=on, by=by, new=[
            NewCredit(i, heads[i].customer_id, heads[i].currency, heads[i].amount, on) for i in paid
        ])  # fmt: skip
        amounts |= {i: {"allocated": its.to_invoices, "on_account": its.on_account} for i, its in allocated.items()}
    if back:
        amounts |= _pay_back(session, payments, set(back), on=on)
    arrived = {i: head.transfer_id for i, head in heads.items() if head.transfer_id is not None}
    if arrived:
        _bring_in(session, heads, arrived, on=on)
    return amounts


OTHER_SIDE = {"account": "other", "transfer": "in_transit", "difference": "difference"}
# Whose a source of money is: a refund goes to the same customer, in the same currency.
OWNERS = "SELECT document_id, customer_id, currency FROM credit WHERE document_id = ANY(%(ids)s::bigint[])"


def _pay_back(
    session: Session, payments: Payments, refunds: set[int], *, on: date
) -> dict[int, dict[str, Decimal]]:  # fmt: skip
    targets = [target for target in payments.targets if target.payment_id in refunds]
    sources = sorted({target.target_id for target in targets})
    owners = {row.document_id: row for row in read(session, OWNERS, ids=sources)}
    errors: dict[int, DomainError] = {}
    for target in targets:
        owner, head = owners.get(target.target_id), payments.heads[target.payment_id]
        if owner is not None and (owner.customer_id, owner.currency) != (head.customer_id, head.currency):
            errors[target.payment_id] = DomainError(
                "foreign_document", "Document {source} is another customer's, or in another currency.",
                source=target.target_id,
            )  # fmt: skip
    refuse(errors)
    repaid = repay(session, [
        Back(target.payment_id, target.target_id, target.amount) for target in targets
    ], on=on)  # fmt: skip
    return {
        i: {"credit": by_role.get("receivables", ZERO), "advance": by_role.get("customer_advances", ZERO)}
        for i, by_role in repaid.items()
    }


def _bring_in(session: Session, heads: Mapping[int, Row[Any]], arrived: Mapping[int, int], *, on: date) -> None:
    """Refused where what was sent is not on its way: still a draft, cancelled, brought in already, or sent later."""
    sent = {row.id: row for row in read(session, SENT, ids=sorted(set(arrived.values())))}
    taken: dict[int, int] = {}
    errors: dict[int, DomainError] = {}
    for i, transfer in sorted(arrived.items()):
        row = sent.get(transfer)
        if row is None:
            errors[i] = DomainError("not_sent", "What it should bring in was deleted, or is for something else by now.")
            continue
        first = row.brought_by or taken.get(transfer, i)
        number = row.number or f"#{row.id}"
        if row.state != "processed" and row.id not in heads:
            errors[i] = DomainError("not_sent", "{number} is {state}: nothing is on its way.",
                                    number=number, state=row.state)  # fmt: skip
        elif first != i:
            errors[i] = DomainError("brought_in", "What {number} sent was brought in already.", number=number)
        elif (row.amount, row.currency) != (heads[i].amount, heads[i].currency):
            errors[i] = DomainError("other_amount", "{number} sent {sent}, so that {amount} cannot have come in.",
                                    number=number, sent=row.amount, amount=heads[i].amount)  # fmt: skip
        elif row.id not in heads and row.on > on:
            errors[i] = Invalid("before_document", "{number} is dated {document_on}: nothing comes in before that.",
                                number=number, document_on=row.on)  # fmt: skip
        else:
            taken[transfer] = i
    refuse(errors)


def unsettle(session: Session, payments: Payments, *, on: date, by: int) -> None:
    """Payments are cancelled: what they settled is open again, what they paid back is the customers' again.

    Whoever calls mirrors their entries next and then calls `mirror_settled` for what customers paid. Raises Refused
    for what was paid back or brought in since.
    """
    heads = payments.heads
    sent = [i for i, head in heads.items() if head.about == "transfer" and head.kind == "expense"]
    if sent:
        refuse({
            row.id: DomainError("brought_in", "What it sent was brought in: cancel that first.")
            for row in read(session, SENT, ids=sent) if row.brought_by is not None and row.brought_by not in heads
        })  # fmt: skip
    # A refund goes before its payment, which may be among them.
    back = [i for i, head in heads.items() if head.about == "customer" and head.kind == "expense"]
    if back:
        cancel_repayments(session, back, on=on)
    if paid := paid_in(payments):
        release_payments(session, paid, on=on, by=by)


def mirror_settled(session: Session, payments: Payments, *, on: date, by: int) -> None:
    """The last entries of a cancellation: mirrors of the releases of what the payments' own entries had settled."""
    if paid := paid_in(payments):
        mirror_payments(session, paid, on=on, by=by)


def paid_in(payments: Payments) -> list[int]:
    """Those that customers paid."""
    return [i for i, head in payments.heads.items() if head.about == "customer" and head.kind == "income"]
