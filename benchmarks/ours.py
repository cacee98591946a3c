"""The program's own way from order to cash: the five deeds, for one order or for a batch of them.

    python -m benchmarks.ours SEED SIZE     works on DATABASE_URL

It says "ready"; for each line with seconds that it reads it works so long and prints orders and seconds, so that
several processes can work at the same time.
"""

import os
import random
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import create_engine

from app import database
from app.domain.billing.invoicing import draft_invoices, issue_invoices
from app.domain.fulfilment.ordering import approve_orders
from app.domain.fulfilment.shipping import process_shipments
from app.domain.kernel import unit
from app.domain.kernel.rows import read
from app.domain.kernel.unit import deed, reading
from app.domain.sales.orders import NewLine, NewOrder, add_orders
from app.domain.treasury.cash import NewCashOrder, Target, add_cash_orders, process_cash_orders
from benchmarks import ground
from benchmarks.ground import Facts

Act = Callable[[str, Callable[[], Any]], Any]
OWED = """
SELECT invoice.id, invoice.gross, document.customer_id FROM invoice JOIN document ON document.id = invoice.id
WHERE invoice.id = ANY(%(ids)s::bigint[]) ORDER BY invoice.id
"""


def plainly(_name: str, act: Callable[[], Any]) -> Any:
    """Does an action and nothing more."""
    return act()


def orders_to_cash(facts: Facts, dice: random.Random, size: int, act: Act = plainly, upto: str = "pay") -> list[int]:
    """So many orders through five deeds, or fewer; each action is done by `act`, which is told its name. Gives ids."""
    by, on = facts.actor, facts.today
    orders: list[int] = act(
        "create", lambda: deed(lambda session: add_orders(session, _orders(facts, dice, size), by=by))
    )
    if upto == "create":
        return orders
    shipments = act("approve", lambda: deed(
        lambda session: approve_orders(session, orders, by=by, on=on, agreed_by="Bench", agreed_how="phone",
                                       consent=["below_cost"]).answer
    ))  # fmt: skip
    if upto == "approve":
        return orders
    act("ship", lambda: deed(lambda session: process_shipments(session, shipments, by=by, on=on)))
    if upto == "ship":
        return orders
    invoices = act("invoice", lambda: deed(lambda session: _invoice(session, facts, shipments)))
    if upto == "pay":
        act("pay", lambda: deed(lambda session: _pay(session, facts, invoices)))
    return orders


def _orders(facts: Facts, dice: random.Random, size: int) -> list[NewOrder]:
    return [
        NewOrder(
            "eshop", dice.choice(facts.customers), facts.warehouse, facts.today,
            [NewLine(product, quantity) for product, quantity in facts.basket(dice)], responsible_id=facts.actor,
        )
        for _ in range(size)
    ]  # fmt: skip


def _invoice(session: Any, facts: Facts, shipments: Sequence[int]) -> list[int]:
    invoices = draft_invoices(session, [[shipment] for shipment in shipments], by=facts.actor)
    issue_invoices(session, invoices, by=facts.actor, on=facts.today)
    return invoices


def _pay(session: Any, facts: Facts, invoices: Sequence[int]) -> None:
    payments = [
        NewCashOrder(facts.desk, row.customer_id, row.gross, targets=[Target(row.id, row.gross)])
        for row in read(session, OWED, ids=list(invoices))
    ]
    process_cash_orders(session, add_cash_orders(session, payments, by=facts.actor), by=facts.actor, on=facts.today)


def rate(facts: Facts, seconds: float, seed: int, size: int) -> tuple[int, float]:
    """Takes orders to cash for so long, in batches of a size: (orders, seconds)."""
    dice = random.Random(seed)
    start, done = time.perf_counter(), 0
    while time.perf_counter() - start < seconds:
        orders_to_cash(facts, dice, size)
        done += size
    return done, time.perf_counter() - start


def main(seed: int, size: int) -> None:
    """Works as often and as long as it is told."""
    unit.bind(create_engine(os.environ["DATABASE_URL"], connect_args=database.connect_args(database.APP)))
    with reading() as session:
        facts = ground.facts(session)
    orders_to_cash(facts, random.Random(seed), size)
    print("ready", flush=True)
    for turn, seconds in enumerate(sys.stdin):
        print(*rate(facts, float(seconds), seed + 100 * turn, size), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
