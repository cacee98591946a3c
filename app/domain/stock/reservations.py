"""Who holds goods, and who waits for them. Every change happens under the lock of the balance it touches."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.kernel.company import company
from app.domain.kernel.errors import DomainError, refuse
from app.domain.kernel.rows import insert, read, write
from app.domain.kernel.values import ZERO
from app.domain.stock.models import Reservation
from app.domain.stock.moves import Balance, Balances, Key, lock_balances, write_reserved


class Claim(NamedTuple):
    """A line of an order, or of an internal one, wants so much of a product from a warehouse."""

    document_id: int
    line_id: int
    warehouse_id: int
    product_id: int
    quantity: Decimal
    is_internal: bool = False

    @property
    def key(self) -> Key:
        return (self.warehouse_id, self.product_id)


class Grant(NamedTuple):
    claim: Claim
    quantity: Decimal

    @property
    def waiting(self) -> Decimal:
        return self.claim.quantity - self.quantity


OF_LINES = """
SELECT id, line_id, document_id, warehouse_id, product_id, quantity, waiting FROM reservation
WHERE line_id = ANY(%(lines)s::bigint[])
"""
OF_DOCUMENTS = """
SELECT id, line_id, internal_line_id, document_id, warehouse_id, product_id, quantity, waiting FROM reservation
WHERE document_id = ANY(%(documents)s::bigint[])
"""
# When its order was approved: a line whose shipment was cancelled comes back to the place that it had.
APPROVED = """(SELECT max(history.id) FROM document_history history
               WHERE history.document_id = reservation.document_id AND history.step = 'approve')"""
WAITING = f"""
SELECT id, warehouse_id, product_id, quantity, waiting, lapsed_on FROM reservation
WHERE waiting > 0 AND (warehouse_id, product_id)
      IN (SELECT * FROM unnest(%(warehouses)s::bigint[], %(products)s::bigint[]))
ORDER BY lapsed_on NULLS FIRST, {APPROVED}, coalesce(line_id, internal_line_id)
"""
HOLDING = f"""
SELECT id, warehouse_id, product_id, quantity, waiting FROM reservation
WHERE quantity > 0 AND (warehouse_id, product_id)
      IN (SELECT * FROM unnest(%(warehouses)s::bigint[], %(products)s::bigint[]))
ORDER BY {APPROVED} DESC, coalesce(line_id, internal_line_id) DESC
"""
# What holds nothing and waits for nothing is gone. Who begins to hold has the warehouse's days from now on; who has all
# that was waited for is in nobody's queue any more.
WRITE = """
WITH ended AS (
    DELETE FROM reservation WHERE id = ANY(%(ended)s::bigint[])
)
UPDATE reservation SET quantity = given.quantity, waiting = given.waiting,
       expires_on = CASE
           WHEN given.quantity = 0 THEN NULL
           WHEN reservation.quantity > 0 THEN reservation.expires_on
           ELSE %(today)s::date + (SELECT reservation_days::int FROM warehouse WHERE id = reservation.warehouse_id) END,
       lapsed_on = CASE WHEN given.waiting > 0 THEN reservation.lapsed_on END
FROM unnest(%(ids)s::bigint[], %(quantity)s::numeric[], %(waiting)s::numeric[]) AS given (id, quantity, waiting)
WHERE reservation.id = given.id
"""
LAPSE = """
UPDATE reservation SET quantity = 0, waiting = waiting + quantity, expires_on = NULL, lapsed_on = %(on)s
WHERE id = ANY(%(ids)s::bigint[])
"""


def reserve(session: Session, claims: Sequence[Claim], *, may_wait: Collection[int] = ()) -> None:
    """Holds for each line what is available; the rest waits, in the order of approval.

    Raises Refused for documents that would have to wait and are not in `may_wait`.
    """
    balances = lock_balances(session, (claim.key for claim in claims))
    grants: list[Grant] = []
    errors: dict[int, DomainError] = {}
    for document, its in _by_document(claims).items():
        granted, short = _granted(balances, its)
        if short and document not in may_wait:
            errors[document] = short
            _give_back(balances, granted)
        grants.extend(granted)
    refuse(errors)
    _insert(session, grants, balances)
    write_reserved(session, balances)


class Trial:
    """What documents would hold of what is there, one after the other, if none of them may wait. Nothing is held yet,
    but for the balances, which are locked.
    """

    def __init__(self, session: Session, claims: Sequence[Claim]) -> None:
        self.claims = _by_document(claims)
        there = lock_balances(session, (claim.key for claim in claims))
        self.balances = {key: replace(balance) for key, balance in there.items()}

    def take(self, document: int) -> DomainError | None:
        """What a document is short of, which then takes nothing from those after it; None where all of it is there."""
        granted, short = _granted(self.balances, self.claims.get(document, ()))
        if short:
            _give_back(self.balances, granted)
        return short


def _granted(balances: Balances, claims: Sequence[Claim]) -> tuple[list[Grant], DomainError | None]:
    """What is there for claims, which is taken then; and the sentence of the first that is short."""
    granted = [_grant(balances[claim.key], claim) for claim in claims]
    short = next((grant for grant in granted if grant.waiting), None)
    return granted, _short(balances[short.claim.key], short) if short else None


def _give_back(balances: Balances, granted: Sequence[Grant]) -> None:
    for grant in granted:
        balances[grant.claim.key].reserved -= grant.quantity


def _grant(balance: Balance, claim: Claim) -> Grant:
    free = claim.quantity if balance.negative_available else max(balance.available, ZERO)
    grant = Grant(claim, min(free, claim.quantity))
    balance.reserved += grant.quantity
    return grant


def _by_document(claims: Sequence[Claim]) -> dict[int, list[Claim]]:
    documents: dict[int, list[Claim]] = defaultdict(list)
    for claim in sorted(claims, key=lambda claim: (claim.document_id, claim.line_id)):
        documents[claim.document_id].append(claim)
    return documents


def _short(balance: Balance, grant: Grant) -> DomainError:
    return DomainError(
        "short_stock",
        "{sku}: {wanted} wanted, {available} available in {warehouse}. Let the rest wait, or order less.",
        sku=balance.sku,
        warehouse=balance.warehouse,
        wanted=grant.claim.quantity,
        available=grant.quantity,
    )


def _insert(session: Session, grants: Sequence[Grant], balances: Balances) -> None:
    rows = [
        {**_line(grant.claim), "document_id": grant.claim.document_id, "warehouse_id": grant.claim.warehouse_id,
         "product_id": grant.claim.product_id, "quantity": grant.quantity, "waiting": grant.waiting,
         "expires_on": _until(session, grant, balances[grant.claim.key])}
        for grant in grants
    ]  # fmt: skip
    insert(session, Reservation, rows)


def _line(claim: Claim) -> dict[str, int | None]:
    if claim.is_internal:
        return {"line_id": None, "internal_line_id": claim.line_id}
    return {"line_id": claim.line_id, "internal_line_id": None}


def _until(session: Session, grant: Grant, balance: Balance) -> date | None:
    """The last day for which goods that are held from now on stay so; nothing where the warehouse has no days."""
    if not grant.quantity or balance.reservation_days is None:
        return None
    return company(session).today() + timedelta(balance.reservation_days)


def reservations_of(session: Session, lines: Iterable[int]) -> dict[int, Row[Any]]:
    """What order lines hold and wait for, by line; read it after their balances are locked."""
    return {row.line_id: row for row in read(session, OF_LINES, lines=sorted(lines))}


def reservations_of_internal(session: Session, documents: Sequence[int]) -> dict[int, Row[Any]]:
    """What the lines of internal orders hold and wait for, by line; read it after their balances are locked."""
    return {row.internal_line_id: row for row in read(session, OF_DOCUMENTS, documents=list(documents))}


def change(session: Session, changes: Mapping[int, tuple[Decimal, Decimal]]) -> None:
    """Sets what reservations hold and wait for: id → (held, waiting). Their balances are the caller's to write."""
    if changes:
        ended = sorted(key for key, (held, waiting) in changes.items() if not held and not waiting)
        ids = sorted(changes.keys() - set(ended))
        write(
            session, WRITE, ended=ended, ids=ids,
            quantity=[changes[key][0] for key in ids], waiting=[changes[key][1] for key in ids],
            today=company(session).today(),
        )  # fmt: skip


def lapse(session: Session, ids: Sequence[int], *, on: date) -> None:
    """Puts what reservations hold back to waiting, behind all others. Their balances are the caller's to write."""
    write(session, LAPSE, ids=list(ids), on=on)


def add_back(session: Session, claims: Sequence[Claim]) -> None:
    """Gives lines back what a cancelled shipment had taken from them: what is there is held, the rest waits."""
    balances = lock_balances(session, (claim.key for claim in claims))
    had = reservations_of(session, (claim.line_id for claim in claims))
    grants = [_grant(balances[claim.key], claim) for claim in claims]
    _insert(session, [grant for grant in grants if grant.claim.line_id not in had], balances)
    changes = {}
    for grant in grants:
        if row := had.get(grant.claim.line_id):
            changes[row.id] = (row.quantity + grant.quantity, row.waiting + grant.waiting)
    change(session, changes)
    write_reserved(session, balances)


def release_documents(session: Session, documents: Sequence[int]) -> None:
    """Ends all reservations of orders and lets those who wait have the goods."""
    _release(session, lambda: read(session, OF_DOCUMENTS, documents=list(documents)))


def release_lines(session: Session, lines: Sequence[int]) -> None:
    """Ends the reservations of order lines and lets those who wait have the goods."""
    _release(session, lambda: read(session, OF_LINES, lines=list(lines)))


def _release(session: Session, held: Callable[[], Sequence[Row[Any]]]) -> None:
    """What is held is read again once its balances are locked."""
    balances = lock_balances(session, {(row.warehouse_id, row.product_id) for row in held()})
    rows = held()
    for row in rows:
        balances[row.warehouse_id, row.product_id].reserved -= row.quantity
    change(session, {row.id: (ZERO, ZERO) for row in rows})
    write_reserved(session, balances)
    fill_waiting(session, balances)


def fill_waiting(session: Session, keys: Iterable[Key], *, lapsed: bool = True) -> None:
    """Gives what has become available to those who wait, in the order of approval.

    Whose reservation lapsed comes last, or not at all where `lapsed` says so.
    """
    balances = lock_balances(session, keys)
    changes = {}
    for row in _of_keys(session, WAITING, balances):
        if row.lapsed_on and not lapsed:
            continue
        balance = balances[row.warehouse_id, row.product_id]
        filled = row.waiting if balance.negative_available else min(row.waiting, max(balance.available, ZERO))
        if filled:
            balance.reserved += filled
            changes[row.id] = (row.quantity + filled, row.waiting - filled)
    if changes:
        change(session, changes)
        write_reserved(session, balances)


def shed(session: Session, keys: Iterable[Key]) -> None:
    """Where more is held than is on hand, the youngest reservations go back to waiting.

    Warehouses that allow negative available are left as they are.
    """
    balances = lock_balances(session, keys)
    over = {key: balance for key, balance in balances.items() if balance.available < 0}
    changes = {}
    for row in _of_keys(session, HOLDING, over):
        balance = balances[row.warehouse_id, row.product_id]
        given_back = min(row.quantity, -balance.available)
        if given_back > 0 and not balance.negative_available:
            balance.reserved -= given_back
            changes[row.id] = (row.quantity - given_back, row.waiting + given_back)
    if changes:
        change(session, changes)
        write_reserved(session, balances)


def _of_keys(session: Session, sql: str, balances: Balances) -> Sequence[Row[Any]]:
    if not balances:
        return []
    return read(session, sql, warehouses=[key[0] for key in balances], products=[key[1] for key in balances])
