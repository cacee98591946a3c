"""Reservations that end because their days are over: the order waits behind all others, the goods go to the next."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.kernel.company import company
from app.domain.kernel.document import record
from app.domain.kernel.errors import Invalid
from app.domain.kernel.rows import read
from app.domain.stock.moves import lock_balances, write_reserved
from app.domain.stock.reservations import fill_waiting, lapse

OVER = """
SELECT id, document_id, warehouse_id, product_id, quantity, expires_on FROM reservation
WHERE expires_on < %(on)s AND quantity > 0
      AND (%(warehouses)s::bigint[] IS NULL OR warehouse_id = ANY(%(warehouses)s::bigint[]))
ORDER BY document_id, id
"""


def expire_reservations(
    session: Session, *, by: int, on: date, warehouses: Collection[int] | None = None
) -> list[int]:  # fmt: skip
    """Lets every reservation lapse that was to last until a day before `on`, in the named warehouses or in all; gives
    the ids of its orders.

    What they held goes to those who wait for it and let nothing lapse. The orders themselves wait for the next goods,
    behind all others. Once more on the same day finds nothing. Raises Invalid for a day that has not come.
    """
    if on > (today := company(session).today()):
        raise Invalid("future_date", "{on} has not come yet: today is {today}.", on=on, today=today)
    balances = lock_balances(session, {(row.warehouse_id, row.product_id) for row in _over(session, on, warehouses)})
    rows = [row for row in _over(session, on, warehouses) if (row.warehouse_id, row.product_id) in balances]
    if not rows:
        return []
    for row in rows:
        balances[row.warehouse_id, row.product_id].reserved -= row.quantity
    lapse(session, [row.id for row in rows], on=on)
    write_reserved(session, balances)
    fill_waiting(session, balances, lapsed=False)
    until = {row.document_id: row.expires_on for row in rows}
    record(session, "lapse", [
        {"document_id": order, "changes": {"until": str(day)}} for order, day in until.items()
    ], by=by)  # fmt: skip
    return list(until)


def _over(session: Session, on: date, warehouses: Collection[int] | None) -> Sequence[Row[Any]]:
    return read(session, OVER, on=on, warehouses=None if warehouses is None else list(warehouses))
