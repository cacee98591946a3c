"""Which payment settles how much of which line: when it comes in, and whenever somebody says so later."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.kernel.company import company
from app.domain.kernel.document import lock_documents, record
from app.domain.kernel.errors import DomainError, Invalid, refuse
from app.domain.kernel.rows import read
from app.domain.kernel.values import ZERO, exact
from app.domain.ledger.periods import check_date
from app.domain.settlement.acts import Act, how_posted, write_acts
from app.domain.settlement.credits import NewCredit, lock_credits, named
from app.domain.settlement.items import refresh_statuses
from app.domain.settlement.matching import share_in_order


class Wish(NamedTuple):
    """A payment, or any other document that gives money, is to settle so much of a document, or of one of its lines.

    With `up_to` it settles as much of the amount as is open there and as is left of the money.
    """

    payment_id: int
    target_id: int
    amount: Decimal
    line_id: int | None = None
    up_to: bool = False


class Allocated(NamedTuple):
    """What the entry of a new payment puts on receivables, for invoices that it settles, and what on advances."""

    to_invoices: Decimal
    on_account: Decimal


class Money(NamedTuple):
    """Whose money a wish is about, be it there already or come into being with the wish."""

    customer_id: int
    currency: str
    on: date
    role: str
    name: str
    is_new: bool


ITEMS = """
SELECT item.id, item.document_id, item.line_id, item.customer_id, item.invoice_id, item.currency, item."on",
       item.amount - item.allocated AS open, document.number, document.kind
FROM open_item item JOIN document ON document.id = item.document_id
WHERE item.document_id = ANY(%(targets)s::bigint[])
ORDER BY item.document_id, item.id FOR NO KEY UPDATE OF item
"""


def allocate_payments(session: Session, wishes: Sequence[Wish], *, on: date, by: int) -> None:
    """Money that is left of payments, credit notes and adjustments settles documents: the advance meets its invoice.

    Raises Refused, by payment, as `allocate` does and for amounts that are not above 0, and Invalid or DomainError for
    the date.
    """
    check_date(session, on=on)
    lock_documents(session, {i for wish in wishes for i in (wish.payment_id, wish.target_id)})
    exact_wishes = _exact(wishes, company(session).decimals)
    allocate(session, exact_wishes, on=on, by=by)
    told: dict[int, dict[str, str]] = defaultdict(dict)
    for wish in exact_wishes:
        line = f", line {wish.line_id}" if wish.line_id else ""
        told[wish.payment_id][f"document {wish.target_id}{line}"] = str(wish.amount)
    record(session, "allocate", [
        {"document_id": payment, "changes": changes | {"on": str(on)}} for payment, changes in told.items()
    ], by=by)  # fmt: skip


def _exact(wishes: Sequence[Wish], decimals: int) -> list[Wish]:
    """The wishes with usable amounts; Refused, by payment, for others."""
    found = []
    errors: dict[int, DomainError] = {}
    for wish in wishes:
        try:
            amount = exact(wish.amount, decimals, "Amount")
            if amount <= 0:
                raise Invalid("amount_not_positive", "Every amount must be above 0.")
            found.append(wish._replace(amount=amount))
        except DomainError as error:
            errors.setdefault(wish.payment_id, error)
    refuse(errors)
    return found


def allocate(
    session: Session, wishes: Sequence[Wish], *, on: date, by: int, new: Sequence[NewCredit] = ()
) -> dict[int, Allocated]:
    """Settles what payments are meant for, in the order of the wishes, down to single lines in their order.

    `new` is what payments give that are processed, or credit notes issued, in this deed; it gives how each is to be
    posted. A new payment settles an invoice of an earlier or the same date in its own entry. What is settled later,
    and what is dated later than the payment, stands as an advance until then and has an entry of its own.

    Raises Refused, by payment, for what gives no money, for more than is left of it or open on the document, for
    another customer's or another currency's document, and for what is not owed yet or any more.
    """
    matching = Matching(session, wishes, new, on)
    refuse(matching.errors)
    for later in sorted({act.on for act in matching.acts} - {on}):
        check_date(session, on=later)
    write_acts(session, matching.acts, by=by, new=new)
    if matching.acts:
        refresh_statuses(session, (act.target_id for act in matching.acts))
    return matching.posted(new)


class Matching:
    """Wishes met with what is open and with what is left: `acts`, and the `errors` of wishes that cannot be met."""

    def __init__(self, session: Session, wishes: Sequence[Wish], new: Sequence[NewCredit], on: date) -> None:
        self.on = on
        self.acts: dict[Act, dict[int, Decimal]] = defaultdict(lambda: defaultdict(lambda: ZERO))
        self.errors: dict[int, DomainError] = {}
        self.items: dict[int, list[Row[Any]]] = defaultdict(list)
        if wishes:
            for row in read(session, ITEMS, targets=sorted({wish.target_id for wish in wishes})):
                self.items[row.document_id].append(row)
        self.open = {row.id: row.open for rows in self.items.values() for row in rows}
        self.money = {
            credit.document_id: Money(
                credit.customer_id, credit.currency, credit.on, credit.role, "The payment", is_new=True
            )
            for credit in new
        }
        self.left = {credit.document_id: credit.amount for credit in new}
        self._add_old(session, {wish.payment_id for wish in wishes} - self.money.keys())
        for wish in wishes:
            if wish.payment_id not in self.errors and (refusal := self._meet(wish)):
                self.errors[wish.payment_id] = refusal
                self._give_back(wish.payment_id)

    def _add_old(self, session: Session, documents: Iterable[int]) -> None:
        wanted = set(documents)
        for i, row in (lock_credits(session, wanted) if wanted else {}).items():
            name = " ".join(named(row).values())
            self.money[i] = Money(row.customer_id, row.currency, row.on, row.role, name, is_new=False)
            self.left[i] = row.left

    def _meet(self, wish: Wish) -> DomainError | None:
        money = self.money.get(wish.payment_id)
        if money is None:
            return DomainError("no_money", "Document {payment} gives no money.", payment=wish.payment_id)
        rows = [row for row in self.items[wish.target_id] if wish.line_id in (None, row.line_id)]
        is_open = sum((self.open[row.id] for row in rows), ZERO)
        left = self.left[wish.payment_id]
        if refusal := _refusal(wish, money, rows, is_open, left):
            return refusal
        amount = min(wish.amount, is_open, left)
        self.left[wish.payment_id] -= amount
        for row, share in zip(rows, share_in_order(amount, [self.open[row.id] for row in rows]), strict=True):
            if share:
                self.open[row.id] -= share
                self.acts[self._act(wish, money, row)][row.id] += share
        return None

    def _give_back(self, payment: int) -> None:
        """What a payment that is refused had taken is open for the others."""
        for act in [act for act in self.acts if act.payment_id == payment]:
            for item, share in self.acts.pop(act).items():
                self.open[item] += share

    def _act(self, wish: Wish, money: Money, row: Row[Any]) -> Act:
        on = max(self.on, money.on, row.on)
        posted = how_posted(money.role, row.invoice_id, with_payment=money.is_new and on == money.on)
        return Act(wish.payment_id, wish.target_id, on, posted, money.customer_id)

    def posted(self, new: Sequence[NewCredit]) -> dict[int, Allocated]:
        """How the entries of new payments share their amounts between receivables and advances."""
        settled = dict.fromkeys((credit.document_id for credit in new), ZERO)
        for act, lines in self.acts.items():
            if act.posted == "with_payment":
                settled[act.payment_id] += sum(lines.values(), ZERO)
        return {
            credit.document_id: Allocated(settled[credit.document_id], credit.amount - settled[credit.document_id])
            for credit in new
        }


def _refusal(
    wish: Wish, money: Money, rows: Sequence[Row[Any]], is_open: Decimal, left: Decimal
) -> DomainError | None:  # fmt: skip
    if not rows:
        return DomainError(
            "not_payable", "Nothing is owed for document {target}, or for that line of it: name an order that is "
            "active, a shipment that left, or an issued invoice.", target=wish.target_id,
        )  # fmt: skip
    document = named(rows[0])
    if (rows[0].customer_id, rows[0].currency) != (money.customer_id, money.currency):
        return DomainError(
            "foreign_document", "{kind} {number} is another customer's, or in another currency.", **document
        )
    if wish.up_to:
        return None
    if wish.amount > is_open:
        return DomainError(
            "more_than_open", "{kind} {number}: {amount} is more than the {open} that is open.",
            amount=wish.amount, open=is_open, **document,
        )  # fmt: skip
    if wish.amount > left:
        return DomainError(
            "more_than_left", "{payment}: {amount} is more than the {left} that is left of it.",
            payment=money.name, amount=wish.amount, left=left,
        )  # fmt: skip
    return None
