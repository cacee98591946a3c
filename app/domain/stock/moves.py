"""The ledger of stock: the only writer of moves, of the balances they add up to, and of the days they close.

Balances are locked first and then carried in memory through the whole batch, line by line, in the order of recording;
what was reckoned is written by one statement for each table.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy.orm import Session

from app.domain.kernel import clock
from app.domain.kernel.company import company
from app.domain.kernel.errors import DomainError, refuse
from app.domain.kernel.rows import insert, read, write
from app.domain.kernel.values import ZERO
from app.domain.stock.costing import issue_cost
from app.domain.stock.days import Shift, check_days
from app.domain.stock.models import StockMove

Key = tuple[int, int]


@dataclass
class Balance:
    """What is there of a product in a warehouse, as it changes in the course of a batch."""

    on_hand: Decimal
    reserved: Decimal
    value: Decimal
    last_on: date | None
    negative_available: bool
    warehouse: str
    sku: str
    reservation_days: int | None = None

    @property
    def available(self) -> Decimal:
        return self.on_hand - self.reserved


Balances = dict[Key, Balance]


class Line(NamedTuple):
    """A line of a document that moves goods: how many, and what they are worth (none: the average tells)."""

    document_id: int
    line_id: int
    warehouse_id: int
    product_id: int
    quantity: Decimal
    value: Decimal | None = None
    is_mirror: bool = False

    @property
    def key(self) -> Key:
        return (self.warehouse_id, self.product_id)


Shortage = Callable[[Balances, Sequence[Line], Mapping[int, Decimal]], DomainError | None]

LOCK = """
SELECT balance.warehouse_id, balance.product_id, balance.on_hand, balance.reserved, balance.value, balance.last_on,
       warehouse.negative_available, warehouse.code, product.sku, warehouse.reservation_days
FROM stock_balance balance
JOIN warehouse ON warehouse.id = balance.warehouse_id JOIN product ON product.id = balance.product_id
WHERE (balance.warehouse_id, balance.product_id)
      IN (SELECT * FROM unnest(%(warehouses)s::bigint[], %(products)s::bigint[]))
ORDER BY balance.warehouse_id, balance.product_id FOR NO KEY UPDATE OF balance
"""
LOCK_ALL = "LOCK TABLE stock_balance IN EXCLUSIVE MODE"
ADD_MISSING = """
INSERT INTO stock_balance (warehouse_id, product_id)
SELECT * FROM unnest(%(warehouses)s::bigint[], %(products)s::bigint[]) AS wanted (warehouse_id, product_id)
ORDER BY 1, 2 ON CONFLICT DO NOTHING
"""
WRITE_BALANCES = """
UPDATE stock_balance balance
SET on_hand = given.on_hand, reserved = given.reserved, value = given.value, last_on = given.last_on
FROM unnest(%(warehouses)s::bigint[], %(products)s::bigint[], %(on_hand)s::numeric[], %(reserved)s::numeric[],
            %(value)s::numeric[], %(last_on)s::date[])
     AS given (warehouse_id, product_id, on_hand, reserved, value, last_on)
WHERE balance.warehouse_id = given.warehouse_id AND balance.product_id = given.product_id
"""
# A day takes the closing of the nearest day before it; days after it are corrected in the same statement.
WRITE_DAYS = """
WITH given AS (
    SELECT * FROM unnest(%(warehouses)s::bigint[], %(products)s::bigint[], %(quantity)s::numeric[],
                         %(value)s::numeric[]) AS given (warehouse_id, product_id, quantity, value)
), later AS (
    UPDATE stock_day day SET quantity = day.quantity + given.quantity, value = day.value + given.value
    FROM given
    WHERE day.warehouse_id = given.warehouse_id AND day.product_id = given.product_id AND day."on" > %(on)s
)
INSERT INTO stock_day (warehouse_id, product_id, "on", quantity, value)
SELECT given.warehouse_id, given.product_id, %(on)s,
       coalesce(closing.quantity, 0) + given.quantity, coalesce(closing.value, 0) + given.value
FROM given LEFT JOIN LATERAL (
    SELECT quantity, value FROM stock_day day
    WHERE day.warehouse_id = given.warehouse_id AND day.product_id = given.product_id AND day."on" <= %(on)s
    ORDER BY day."on" DESC LIMIT 1
) closing ON true
ON CONFLICT (warehouse_id, product_id, "on") DO UPDATE SET quantity = excluded.quantity, value = excluded.value
"""


def lock_balances(session: Session, keys: Iterable[Key]) -> Balances:
    """Locks the balances of (warehouse, product) pairs in one order and reads them; missing ones are made first.

    The balances live as long as the deed: a second action in it sees what the first one changed.
    """
    held: Balances = session.info.setdefault("held balances", {})
    wanted = sorted(set(keys))
    missing = [key for key in wanted if key not in held]
    if missing:
        _lock(session, held, missing)
        missing = [key for key in missing if key not in held]
    if missing:
        write(session, ADD_MISSING, warehouses=[key[0] for key in missing], products=[key[1] for key in missing])
        _lock(session, held, missing)
    return {key: held[key] for key in wanted}


def hold_moves(session: Session) -> None:
    """Waits for all deeds that move or hold goods, and keeps out others until this one ends."""
    write(session, LOCK_ALL)


def _lock(session: Session, held: Balances, keys: Sequence[Key]) -> None:
    for row in read(session, LOCK, warehouses=[key[0] for key in keys], products=[key[1] for key in keys]):
        held[row.warehouse_id, row.product_id] = Balance(
            row.on_hand,
            row.reserved,
            row.value,
            row.last_on,
            row.negative_available,
            row.code,
            row.sku,
            row.reservation_days,
        )


def issue_goods(
    session: Session, lines: Sequence[Line], *, held: Mapping[int, Decimal], on: date
) -> dict[int, Decimal]:
    """Goods leave at average cost; gives the cost of each line by its id.

    `held` is what each line has reserved for itself: it may take that and what is available, never what others hold.
    Raises Refused for documents whose goods are not there, now or on a day since `on`.
    """
    return _issue(session, lines, held, _shortage, on)


def what_is_there(session: Session, lines: Sequence[Line], *, held: Mapping[int, Decimal]) -> dict[int, Decimal]:
    """How much of each line, by its id, `issue_goods` would let go now, one line after the other; nothing is taken."""
    balances = {key: replace(balance) for key, balance in lock_balances(session, (line.key for line in lines)).items()}
    there: dict[int, Decimal] = {}
    for line in lines:
        balance, own = balances[line.key], held.get(line.line_id, ZERO)
        quantity = there[line.line_id] = min(line.quantity, _usable(balance, own))
        _change(balance, -quantity, ZERO, min(own, quantity))
    return there


def issue_from_shelf(session: Session, lines: Sequence[Line], *, on: date) -> dict[int, Decimal]:
    """Goods are gone whoever holds them; gives the cost of each line by its id.

    Raises Refused for more than is on hand, now or on a day since `on`. Reservations are the caller's to shed.
    """
    return _issue(session, lines, {}, lambda balances, its, _: _gone(balances, _opposite(its)), on)


def _opposite(lines: Sequence[Line]) -> list[Line]:
    return [line._replace(quantity=-line.quantity) for line in lines]


def _issue(
    session: Session, lines: Sequence[Line], held: Mapping[int, Decimal], shortage: Shortage, on: date
) -> dict[int, Decimal]:
    lines = [line for line in lines if line.quantity]
    balances = lock_balances(session, (line.key for line in lines))
    decimals = company(session).decimals
    errors: dict[int, DomainError] = {}
    moves = []
    for document, its in _by_document(lines).items():
        if short := shortage(balances, its, held):
            errors[document] = short
            continue
        for line in its:
            balance = balances[line.key]
            cost = issue_cost(line.quantity, balance.on_hand, balance.value, decimals)
            _change(balance, -line.quantity, -cost, held.get(line.line_id, ZERO))
            moves.append((line._replace(quantity=-line.quantity, value=-cost), balance.on_hand, balance.value))
    refuse(errors)
    _write(session, balances, moves, on=on)
    return {line.line_id: -(line.value or ZERO) for line, _, _ in moves}


def receive_goods(session: Session, lines: Sequence[Line], *, on: date) -> None:
    """Goods come in, each line with its value."""
    lines = [line for line in lines if line.quantity]
    balances = lock_balances(session, (line.key for line in lines))
    moves = []
    for line in lines:
        assert line.value is not None, "what comes in has a value"
        _change(balances[line.key], line.quantity, line.value)
        moves.append((line, balances[line.key].on_hand, balances[line.key].value))
    _write(session, balances, moves, on=on)


def undo_moves(session: Session, lines: Sequence[Line], *, on: date) -> None:
    """Writes mirrors: lines with the quantities and values (signed) that are to be added again, or taken back.

    Raises Refused for documents whose goods are no longer there, now or on a day since `on`.
    """
    balances = lock_balances(session, (line.key for line in lines))
    errors: dict[int, DomainError] = {}
    moves = []
    for document, its in _by_document(lines).items():
        if gone := _gone(balances, its):
            errors[document] = gone
            continue
        for line in its:
            balance = balances[line.key]
            _change(balance, line.quantity, line.value or ZERO)
            moves.append((line, balance.on_hand, balance.value))
    refuse(errors)
    _write(session, balances, moves, on=on)


def write_reserved(session: Session, balances: Balances) -> None:
    """Writes what reservations changed in locked balances."""
    _write_balances(session, balances)


def _by_document(lines: Sequence[Line]) -> dict[int, list[Line]]:
    documents: dict[int, list[Line]] = defaultdict(list)
    for line in sorted(lines, key=lambda line: line.document_id):
        documents[line.document_id].append(line)
    return documents


def _change(balance: Balance, quantity: Decimal, value: Decimal, unreserved: Decimal = ZERO) -> None:
    balance.on_hand += quantity
    balance.value += value
    balance.reserved -= unreserved


def _shortage(balances: Balances, lines: Sequence[Line], held: Mapping[int, Decimal]) -> DomainError | None:
    """Why these lines of one document cannot leave together, if they cannot."""
    wanted: dict[Key, Decimal] = defaultdict(lambda: ZERO)
    own: dict[Key, Decimal] = defaultdict(lambda: ZERO)
    for line in lines:
        wanted[line.key] += line.quantity
        own[line.key] += held.get(line.line_id, ZERO)
    for key, quantity in wanted.items():
        balance = balances[key]
        usable = _usable(balance, own[key])
        if quantity > usable:
            return DomainError(
                "insufficient_stock",
                "{sku}: {wanted} wanted, {available} available in {warehouse}: {on_hand} on hand, {held} held for "
                "others. Take less, or receive goods first.",
                sku=balance.sku, warehouse=balance.warehouse, wanted=quantity, available=usable,
                on_hand=balance.on_hand, held=balance.on_hand - usable,
            )  # fmt: skip
    return None


def _usable(balance: Balance, own: Decimal) -> Decimal:
    """What may leave for somebody who holds so much of it."""
    if balance.negative_available:
        return balance.on_hand
    return min(balance.on_hand, own + max(balance.available, ZERO))


def _gone(balances: Balances, lines: Sequence[Line]) -> DomainError | None:
    """Why these lines of one document cannot be taken back together, if they cannot."""
    change: dict[Key, Decimal] = defaultdict(lambda: ZERO)
    for line in lines:
        change[line.key] += line.quantity
    for key, quantity in change.items():
        balance = balances[key]
        if balance.on_hand + quantity < 0:
            return DomainError(
                "already_gone",
                "{sku}: {wanted} would have to go back, and {on_hand} are on hand in {warehouse}. Cancel first what "
                "took the others.",
                sku=balance.sku, warehouse=balance.warehouse, wanted=-quantity, on_hand=balance.on_hand,
            )  # fmt: skip
    return None


def _write(session: Session, balances: Balances, moves: Sequence[tuple[Line, Decimal, Decimal]], *, on: date) -> None:
    """Checks the days that close after the date, then writes moves, balances and days."""
    if not moves:
        return
    check_days(session, [_shift(line, balances) for line, _, _ in moves], on=on)
    at = clock.now()
    rows = [
        {"on": on, "at": at, "warehouse_id": line.warehouse_id, "product_id": line.product_id,
         "document_id": line.document_id, "line_id": line.line_id, "quantity": line.quantity, "value": line.value,
         "on_hand_after": on_hand, "value_after": value, "is_mirror": line.is_mirror}
        for line, on_hand, value in moves
    ]  # fmt: skip
    insert(session, StockMove, rows)
    moved = {line.key for line, _, _ in moves}
    for key in moved:
        balances[key].last_on = max(balances[key].last_on or on, on)
    _write_balances(session, {key: balances[key] for key in sorted(moved)})
    _write_days(session, [line for line, _, _ in moves], on)


def _shift(line: Line, balances: Balances) -> Shift:
    balance = balances[line.key]
    return Shift(line.document_id, line.key, line.quantity, line.value or ZERO, balance.last_on, balance.sku)


def _write_balances(session: Session, balances: Balances) -> None:
    keys = list(balances)
    write(
        session, WRITE_BALANCES,
        warehouses=[key[0] for key in keys],
        products=[key[1] for key in keys],
        on_hand=[balances[key].on_hand for key in keys],
        reserved=[balances[key].reserved for key in keys],
        value=[balances[key].value for key in keys],
        last_on=[balances[key].last_on for key in keys],
    )  # fmt: skip


def _write_days(session: Session, lines: Sequence[Line], on: date) -> None:
    quantities: dict[Key, Decimal] = defaultdict(lambda: ZERO)
    values: dict[Key, Decimal] = defaultdict(lambda: ZERO)
    for line in lines:
        quantities[line.key] += line.quantity
        values[line.key] += line.value or ZERO
    keys = sorted(quantities)
    write(
        session, WRITE_DAYS, on=on,
        warehouses=[key[0] for key in keys],
        products=[key[1] for key in keys],
        quantity=[quantities[key] for key in keys],
        value=[values[key] for key in keys],
    )  # fmt: skip
