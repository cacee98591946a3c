"""What the same work costs on a company a hundred times as large.

    python -m benchmarks.growth FOLDER ORDERS

A cost is the time that this process, and the database for it, have worked; on each company in a process of its own.
"""

import json
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.domain import schema
from app.domain.kernel.rows import read, write
from app.domain.kernel.unit import deed, reading
from app.domain.proof import check_account, check_product
from app.domain.proof.since import mark_proved
from app.place import CHECKOUT
from app.reports.ledger import trial_balance
from app.reports.receivables import customer_statement, receivables_by_age
from app.reports.stock import stock
from benchmarks import grow, pages
from benchmarks.ground import Facts, facts
from benchmarks.ours import orders_to_cash

assert schema

SMALLER, MOST = 100, 1.5
WHOLE = ", all of it"
LEAST_ORDERS = 6_000
WARM, TURNS, AT_ONCE = 3, 15, 10
LONG_AGO = timedelta(days=2 * 365)
PAGES = {
    "ada orders first": "first page of orders",
    "ada orders deep": "10,000th page of orders",
    "ada orders by on desc": "orders by date",
    "ada orders by on desc, deep": "orders by date, 10,000th page",
    "ada orders number searched": "orders, a number searched",
    "ada orders customer searched": "orders, a customer searched",
}
# Somebody who traded as long as others did, and the account that most is posted to.
CUSTOMER = "SELECT id FROM customer ORDER BY id LIMIT 1 OFFSET (SELECT count(*) / 2 FROM customer)"
ACCOUNT = "SELECT min(id) AS id FROM account WHERE role = 'receivables'"


class Growth(NamedTuple):
    """Seconds on the small company and on the large one."""

    name: str
    small: float
    large: float

    @property
    def is_aim(self) -> bool:
        """Whether it is to cost no more; what reads everything is told beside it."""
        return not self.name.endswith(WHOLE)

    @property
    def ratio(self) -> float:
        return self.large / self.small

    def __str__(self) -> str:
        costs = f"{self.name:44}{self.small * 1000:10.2f} ms{self.large * 1000:10.2f} ms{self.ratio:8.2f} x"
        if not self.is_aim:
            return costs
        return f"{costs}  {'met' if self.ratio <= MOST else 'NOT MET':8}at most {MOST}"


def compared(folder: Path, orders: int) -> Iterator[Growth]:
    """Each piece of work on a company of so many orders beside one of a hundredth of them."""
    small, large = (_costs(folder, number) for number in (orders // SMALLER, orders))
    yield from (Growth(name, small[name], large[name]) for name in large)


def _costs(folder: Path, orders: int) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.growth", str(folder), str(orders), "alone"]
    told = subprocess.run(command, cwd=CHECKOUT, check=True, stdout=subprocess.PIPE, text=True)
    costs: dict[str, float] = json.loads(told.stdout.splitlines()[-1])
    return costs


def costs(folder: Path, orders: int) -> dict[str, float]:
    """The cost of each piece of work on one company, in seconds."""
    with grow.grown(folder, orders) as (server, name):
        app = grow.application(server, name)
        engine: Engine = app.extensions["deeds"]
        with reading() as session:
            its = facts(session)
            work = _reports(session, its)
        taken = _deeds(engine, its)
        taken |= {name: _cost(engine, ask) for name, ask in work.items()}
        for name, proof in _proofs(its, full=True).items():
            # Where it takes long, once tells enough.
            taken[name + WHOLE] = _cost(engine, proof, warm=1, turns=1, at_once=1)
        _mark()
        # Something has happened since, as it has on any day.
        _deeds(engine, its)
        taken |= {name: _cost(engine, proof) for name, proof in _proofs(its).items()}
        its_pages = pages.pages(app, engine, tuple(PAGES), pages.PEOPLE[:1])
        return taken | {
            PAGES[f"{page.person} {page.name}"]: page.seconds
            for page in its_pages if f"{page.person} {page.name}" in PAGES
        }  # fmt: skip


def _reports(session: Session, its: Facts) -> dict[str, Callable[[Session], Any]]:
    customer = read(session, CUSTOMER)[0].id
    goods, today = its.products[:50], its.today
    month, long = today - timedelta(days=30), today - timedelta(days=3 * 365)
    return {
        "stock of 50 products": lambda session: stock(products=goods).rows(session),
        "stock of 50 products, two years back": lambda session: stock(
            on=today - LONG_AGO, products=goods).rows(session),
        "a customer's statement": lambda session: customer_statement(
            session, customer, long, today).lines.rows(session),
        "trial balance of a month": lambda session: trial_balance(month, today).rows(session),
        "receivables by age": lambda session: receivables_by_age(today).rows(session),
    }  # fmt: skip


def _proofs(its: Facts, *, full: bool = False) -> dict[str, Callable[[Session], Any]]:
    product = its.products[0]
    return {
        "proof of one product": lambda session: check_product(session, product, full=full),
        "proof of one account": lambda session: check_account(session, read(session, ACCOUNT)[0].id, full=full),
    }


def _mark() -> None:
    """Marks everything as proved, which it is but for the chain of what was copied."""

    def work(session: Session) -> None:
        write(session, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        mark_proved(session, holds=True)

    deed(work)


def _deeds(engine: Engine, its: Facts) -> dict[str, float]:
    """What it costs to ship one order of five lines, and to invoice it."""
    taken: dict[str, list[float]] = {"ship": [], "invoice": []}

    def noted(name: str, act: Callable[[], Any]) -> Any:
        start = pages.worked(engine)
        answer = act()
        if name in taken:
            taken[name].append(pages.worked(engine) - start)
        return answer

    dice = random.Random(11)
    for _ in range(WARM + TURNS):
        orders_to_cash(its, dice, 1, noted, upto="invoice")
    return {
        "process a shipment": median(taken["ship"][WARM:]),
        "issue an invoice": median(taken["invoice"][WARM:]),
    }


def _cost(
    engine: Engine, work: Callable[[Session], Any], *, warm: int = WARM, turns: int = TURNS, at_once: int = AT_ONCE
) -> float:
    """Several at once, so that what it takes to look at the clock is little of it."""
    taken = []
    for _ in range(warm + turns):
        start = pages.worked(engine)
        for _ in range(at_once):
            with reading() as session:
                work(session)
        taken.append((pages.worked(engine) - start) / at_once)
    return median(taken[warm:])


def main(folder: Path, orders: int) -> None:
    """Prints what each piece of work costs on both companies, and how many times as much."""
    for growth in compared(folder, orders):
        print(growth, flush=True)


if __name__ == "__main__":
    if sys.argv[3:] == ["alone"]:
        print(json.dumps(costs(Path(sys.argv[1]), int(sys.argv[2]))))
    else:
        main(Path(sys.argv[1]), int(sys.argv[2]))
