"""What customers owe and have, and what desks and banks hold, when the company begins to keep its books here."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.kernel.company import Settings, company
from app.domain.kernel.document import record, register
from app.domain.kernel.drafts import check_cancellation, delete_drafts, lock_draft
from app.domain.kernel.errors import DomainError, Invalid, refuse
from app.domain.kernel.numbering import ask_number
from app.domain.kernel.rows import read, write
from app.domain.kernel.values import exact
from app.domain.ledger.periods import check_date
from app.domain.ledger.posting import Posting, post, post_mirrors
from app.domain.lifecycles import OPENING_BALANCE
from app.domain.parties.customers import customers
from app.domain.settlement.credits import NewCredit, add_credits
from app.domain.settlement.following import follow
from app.domain.settlement.instalments import instalment_rows
from app.domain.settlement.items import Item, close_items, open_items, refresh_statuses
from app.domain.settlement.releases import release_payments
from app.domain.treasury.desks import check_desks
from app.domain.treasury.models import BALANCES, OpeningBalance


@dataclass(frozen=True)
class NewOpeningBalance:
    """An amount of the old books in company currency, and whose it is.

    About what a customer owed (`owed`, due on `due_on`, else at once) or had `paid_ahead`, `customer_id`; about what
    was in a desk (`cash`), `cash_desk_id`; about what was at a bank (`bank`), `bank_account_id`: below 0 where it was
    overdrawn. `purpose` says what it was, as the number of the old invoice.
    """

    about: str
    amount: Decimal
    customer_id: int | None = None
    cash_desk_id: int | None = None
    bank_account_id: int | None = None
    due_on: date | None = None
    purpose: str = ""
    on: date | None = None


OWNERS = {"owed": "customer_id", "paid_ahead": "customer_id", "cash": "cash_desk_id", "bank": "bank_account_id"}
PLACES = """
SELECT 'cash_desk_id' AS owner, id FROM cash_desk WHERE active AND id = ANY(%(desks)s::bigint[])
UNION ALL SELECT 'bank_account_id', id FROM bank_account WHERE active AND id = ANY(%(banks)s::bigint[])
"""
HEADS = """
SELECT opening.id, opening.about, opening.amount, opening.currency, opening.due_on, opening.cash_desk_id,
       opening.bank_account_id, document.customer_id, desk.account_id AS cash, bank.account_id AS bank
FROM opening_balance opening JOIN document ON document.id = opening.id
LEFT JOIN cash_desk desk ON desk.id = opening.cash_desk_id
LEFT JOIN bank_account bank ON bank.id = opening.bank_account_id
WHERE opening.id = ANY(%(ids)s::bigint[]) ORDER BY opening.id
"""
LOCK = """
WITH desk AS (SELECT id FROM cash_desk WHERE id = ANY(%(desks)s::bigint[]) ORDER BY id FOR NO KEY UPDATE),
     bank AS (SELECT id FROM bank_account WHERE id = ANY(%(banks)s::bigint[]) ORDER BY id FOR NO KEY UPDATE)
SELECT id FROM desk UNION ALL SELECT id FROM bank
"""
BEGUN = """
SELECT opening.about, coalesce(cash_desk_id, bank_account_id) AS place, document.number
FROM opening_balance opening JOIN document ON document.id = opening.id
WHERE opening.state = 'processed'
      AND (cash_desk_id = ANY(%(desks)s::bigint[]) OR bank_account_id = ANY(%(banks)s::bigint[]))
"""
WRITE_ANEW = """
WITH moved AS (UPDATE document SET customer_id = %(customer_id)s WHERE id = %(id)s)
UPDATE opening_balance
SET about = %(about)s, amount = %(amount)s, cash_desk_id = %(cash_desk_id)s, bank_account_id = %(bank_account_id)s,
    due_on = %(due_on)s, purpose = %(purpose)s, "on" = %(on)s, version = version + 1 WHERE id = %(id)s
"""


class OpeningBalances:
    """Opening balances by id (`heads`), as the steps work on them."""

    def __init__(self, session: Session, ids: Sequence[int]) -> None:
        self.ids = list(ids)
        self.heads: dict[int, Row[Any]] = {row.id: row for row in read(session, HEADS, ids=self.ids)}

    def of(self, about: str) -> list[Row[Any]]:
        return [head for head in self.heads.values() if head.about == about]

    @property
    def places(self) -> dict[str, list[int]]:
        """The desks and banks that they are about, as parameters of a statement."""
        return {
            "desks": sorted({head.cash_desk_id for head in self.of("cash")}),
            "banks": sorted({head.bank_account_id for head in self.of("bank")}),
        }


def add_opening_balances(session: Session, balances: Sequence[NewOpeningBalance], *, by: int) -> list[int]:
    """Writes drafts and gives their ids; Refused names what is wrong by position in the batch."""
    settings, known = company(session), _known(session, balances)
    errors: dict[int, DomainError] = {}
    for position, new in enumerate(balances):
        try:
            _check(new, settings, known)
        except DomainError as error:
            errors[position] = error
    refuse(errors)
    heads = [{"customer_id": new.customer_id} for new in balances]
    ids = register(session, OPENING_BALANCE.kind, heads, lambda ids: [(OpeningBalance, [
        {"id": i, **_columns(new), "currency": settings.currency} for i, new in zip(ids, balances, strict=True)
    ])])  # fmt: skip
    record(session, "create", [{"document_id": i, "to_state": OPENING_BALANCE.initial} for i in ids], by=by)
    return ids


def edit_opening_balance(session: Session, balance_id: int, new: NewOpeningBalance, *, version: int, by: int) -> None:
    """Writes a whole draft anew.

    Raises Stale where it is no longer at `version`, WrongState once it is processed, and Invalid for what is wrong.
    """
    state = lock_draft(session, OPENING_BALANCE, balance_id, states=(OPENING_BALANCE.initial,), version=version)
    _check(new, company(session), _known(session, [new]))
    write(session, WRITE_ANEW, id=balance_id, customer_id=new.customer_id, **_columns(new))
    record(session, "edit", [{"document_id": balance_id, "from_state": state, "to_state": state}], by=by)


def _columns(new: NewOpeningBalance) -> dict[str, Any]:
    return {
        "about": new.about, "amount": new.amount, "cash_desk_id": new.cash_desk_id,
        "bank_account_id": new.bank_account_id, "due_on": new.due_on, "purpose": new.purpose, "on": new.on,
    }  # fmt: skip


def _known(session: Session, balances: Sequence[NewOpeningBalance]) -> set[tuple[str, int]]:
    """The customers, desks and banks that balances name and that there are, by the field that names them."""
    named = {owner: _named(owner, balances) for owner in OWNERS.values()}
    places = read(session, PLACES, desks=named["cash_desk_id"], banks=named["bank_account_id"])
    found = {(row.owner, row.id) for row in places}
    return found | {("customer_id", i) for i in customers(session, named["customer_id"])}


def _named(owner: str, balances: Iterable[NewOpeningBalance]) -> list[int]:
    return sorted({i for new in balances if (i := getattr(new, owner)) is not None})


def _check(new: NewOpeningBalance, settings: Settings, known: set[tuple[str, int]]) -> None:
    if new.about not in BALANCES:
        raise Invalid("unknown_balance", "An opening balance is about one of: {abouts}.", abouts=", ".join(BALANCES))
    owner = OWNERS[new.about]
    for other in dict.fromkeys(OWNERS.values()):
        given = getattr(new, other)
        if (given is None) is (other == owner) or (given is not None and (other, given) not in known):
            raise Invalid("unknown_owner", "Name whose it is: a customer, a cash desk or a bank account that is used, "
                          "and nothing else.")  # fmt: skip
    amount = exact(new.amount, settings.decimals, "Amount")
    if amount == 0 or (amount < 0 and new.about != "bank"):
        raise Invalid("amount_not_positive", "The amount must be above 0; only at a bank it may be below.")
    if new.due_on is not None and new.about != "owed":
        raise Invalid("not_due", "Only what a customer owes is due.")


def delete_opening_balances(session: Session, ids: Sequence[int], *, by: int) -> None:
    """Removes drafts; Refused for what is processed."""
    delete_drafts(session, OPENING_BALANCE, ids, lines=(), by=by)


@OPENING_BALANCE.step("process", load=OpeningBalances, first=check_date)
def process_opening_balances(session: Session, balances: OpeningBalances, /, *, by: int, on: date) -> None:
    """What was there is there: customers owe it and have it, desks and banks hold it, and the books follow."""
    _refuse_begun(session, balances)
    owed = balances.of("owed")
    if owed:
        open_items(
            session,
            [Item(it.id, it.id, it.customer_id, None, None, it.id, it.currency, on, it.amount) for it in owed],
            [row for it in owed for row in instalment_rows(it.id, [(it.due_on or on, it.amount)])],
        )  # fmt: skip
        refresh_statuses(session, (it.id for it in owed))
    ahead = balances.of("paid_ahead")
    add_credits(session, [NewCredit(it.id, it.customer_id, it.currency, it.amount, on) for it in ahead])
    post(session, "opening_balance.processed", [
        Posting(it.id, {it.about: it.amount}, {"cash": it.cash, "bank": it.bank}) for it in balances.heads.values()
    ], on=on, by=by)  # fmt: skip
    ask_number(session, "opening_balances", dict.fromkeys(balances.ids, on))


def _refuse_begun(session: Session, balances: OpeningBalances) -> None:
    """A desk and a bank begin once; they are held until the deed ends."""
    if not any(balances.places.values()):
        return
    read(session, LOCK, **balances.places)
    begun: dict[tuple[str, int], str] = {
        (row.about, row.place): row.number for row in read(session, BEGUN, **balances.places)
    }
    errors: dict[int, DomainError] = {}
    for it in (*balances.of("cash"), *balances.of("bank")):
        place = it.about, it.cash_desk_id or it.bank_account_id
        if place in begun:
            errors[it.id] = DomainError("begun", "It begins with {number} already: cancel that first.",
                                        number=begun[place])  # fmt: skip
        begun[place] = f"#{it.id}"
    refuse(errors)


@OPENING_BALANCE.step("cancel", load=OpeningBalances, first=check_date)
def cancel_opening_balances(
    session: Session, balances: OpeningBalances, /, *, by: int, on: date, reason: str
) -> None:  # fmt: skip
    """It was not so: money on what was owed is the customers' advance, and the books are mirrored.

    Raises Refused for what was paid back of what a customer had, and for what a desk would not have.
    """
    check_cancellation(session, OPENING_BALANCE, balances.ids, on=on, reason=reason)
    owed, ahead = [it.id for it in balances.of("owed")], [it.id for it in balances.of("paid_ahead")]
    if owed:
        follow(session, close_items(session, owed), on=on, by=by)
        refresh_statuses(session, owed)
    if ahead:
        release_payments(session, ahead, on=on, by=by)
    check_desks(session, {}, _at_desks(balances), on=on)
    post_mirrors(session, "opening_balance.processed", balances.ids, on=on, by=by)


def _at_desks(balances: OpeningBalances) -> Mapping[int, tuple[int, Decimal]]:
    return {it.id: (it.cash_desk_id, it.amount) for it in balances.of("cash")}
