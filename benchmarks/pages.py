"""How long pages take and how many statements they send, on a large company.

python -m benchmarks.pages FOLDER ORDERS [WORD…]     all pages, or those whose name holds a word
"""

import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from flask import Flask
from sqlalchemy import Engine, text

from app.domain import schema
from app.domain.kernel.unit import open_session
from app.web.kit.documents import DocumentView
from app.web.kit.listing import Listing
from benchmarks import ground
from benchmarks.grow import APPLICATION, application, grown
from benchmarks.ours import orders_to_cash
from tests.traces import statements
from tests.web.shop import Visitor, as_person

assert schema

PEOPLE = ("ada", "sue", "tim")
LISTS = ("OrderView", "ShipmentView", "InvoiceView", "CashOrderView")
DEEP, MANY_LINES = 250_000, 300
WARM, TURNS, SLOW = 2, 11, 0.25
# Of a list, and of a document of many lines.
P50, LONG_P50, MOST_STATEMENTS = 0.030, 0.080, 10
ONE = {
    "customer": "SELECT customer_id FROM document WHERE kind = 'sales_order' ORDER BY id DESC LIMIT 1",
    "number": "SELECT number FROM document WHERE kind = :kind AND number IS NOT NULL ORDER BY id LIMIT 1 OFFSET 5000",
    "day": 'SELECT max("on") - 200 FROM sales_order',
    "actor": "SELECT min(id) FROM actor",
}


class Timed(NamedTuple):
    """One page for one person: the median of its seconds, and its statements."""

    person: str
    name: str
    seconds: float
    statements: int

    def __str__(self) -> str:
        over = self.seconds >= P50 or self.statements >= MOST_STATEMENTS
        return (
            f"{self.person:5}{self.name:44}{self.seconds * 1000:9.1f} ms {self.statements:4}{'  OVER' if over else ''}"
        )


def pages(app: Flask, engine: Engine, words: Sequence[str] = (), people: Sequence[str] = PEOPLE) -> Iterator[Timed]:
    """Each list as each person sees it, in every order, at its beginning and deep down, searched and narrowed."""
    for person in people:
        visitor = Visitor(app, person)
        for name, address in _addresses(app, engine, person):
            if not words or any(word in f"{person} {name}" for word in words):
                yield Timed(person, name, *timed(visitor, address, engine))


def long_documents(app: Flask, engine: Engine) -> Iterator[Timed]:
    """The pages of an order of many lines, of its shipment and of its invoice, which are made for it."""
    made: dict[str, list[int]] = {}

    def noted(name: str, act: Callable[[], Any]) -> Any:
        made[name] = act()
        return made[name]

    with open_session() as session:
        facts = replace(ground.facts(session), lines=MANY_LINES)
    orders_to_cash(facts, random.Random(5), 1, noted, upto="invoice")
    visitor = Visitor(app, PEOPLE[0])
    for route, step in (("orders", "create"), ("shipments", "approve"), ("invoices", "invoice")):
        name = f"{route}, one of {MANY_LINES} lines"
        yield Timed(PEOPLE[0], name, *timed(visitor, f"/{route}/{made[step][0]}", engine))


def timed(visitor: Any, address: str, engine: Engine) -> tuple[float, int]:
    """The median of a page's seconds and how many statements it sends."""
    taken: list[float] = []
    for turn in range(WARM + TURNS):
        start = worked(engine)
        with statements() as sent:
            answer = visitor.get(address)
        spent = worked(engine) - start
        assert answer.status_code == 200, (address, answer.status_code)
        if turn >= WARM:
            taken.append(spent)
            if spent > SLOW:
                break
    return median(taken), len(sent)


def worked(engine: Engine) -> float:
    """Seconds that this process, and the database for it, have worked: what pages take where nobody else works."""
    with engine.connect() as connection:
        pids = connection.scalars(text("SELECT pid FROM pg_stat_activity WHERE application_name = :name"),
                                  {"name": APPLICATION}).all()  # fmt: skip
    theirs = sum(int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) for pid in pids)
    return time.process_time() + theirs / 1e9


def _addresses(app: Flask, engine: Engine, person: str) -> Iterator[tuple[str, str]]:
    views = {type(view).__name__: view for view in app.extensions["appbuilder"].baseviews}
    yield "home", "/"
    for name in LISTS:
        view = views[name]
        if person != "ada" and name == "CashOrderView":
            continue
        yield from ((f"{view.route_base[1:]} {what}", f"{view.route_base}/?{query}") for what, query in
                    _queries(app, engine, person, view))  # fmt: skip
    yield from (("customers", "/customers/"), ("customers searched", "/customers/?q=birch"), ("products", "/products/"),
                ("stock", "/stock/"), *([("users", "/users/")] if person == "ada" else []))  # fmt: skip


def _queries(app: Flask, engine: Engine, person: str, view: DocumentView) -> Iterator[tuple[str, str]]:
    name = type(view).__name__
    kind = view.lifecycle.kind
    one = {key: _scalar(engine, sql, kind) for key, sql in ONE.items()}
    yield "first", ""
    yield "deep", f"after_{name}={_deep(app, person, view, 'id', 'desc')}"
    for column in view.order_columns:
        for way in ("asc", "desc"):
            ordered = f"_oc_{name}={column}&_od_{name}={way}"
            yield f"by {column} {way}", ordered
            yield f"by {column} {way}, deep", f"{ordered}&after_{name}={_deep(app, person, view, column, way)}"
    yield "number searched", f"q={one['number']}"
    yield "customer searched", "q=birch"
    yield "nothing found", "q=zzzzz"
    for state in view.lifecycle.states:
        yield f"state {state}", f"state={state}"
    yield "one customer", f"customer={one['customer']}"
    yield "since a day", f"since={one['day']}"
    yield "until a day", f"until={one['day']}"
    yield "one warehouse", "warehouse=3"
    if view.pays:
        yield "unpaid", "payment=unpaid"
        yield "paid", "payment=paid"
        yield "overdue", "overdue=yes"


def _scalar(engine: Engine, sql: str, kind: str) -> Any:
    with engine.connect() as connection:
        return connection.scalar(text(sql), {"kind": kind} if ":kind" in sql else {})


def _deep(app: Flask, person: str, view: DocumentView, column: str, way: str) -> str:
    """The token of a row deep down in a list, where somebody who turned many pages would be."""
    with as_person(app, person):
        listing, skip = Listing(view, view.visible()), DEEP
        while not (found := listing.page_after("", 1, order=column, direction=way, skip=skip).after):
            skip //= 4
        return found


def main(folder: Path, orders: int, words: tuple[str, ...]) -> None:
    """Prints every page as it is measured."""
    with grown(folder, orders) as (server, name):
        app = application(server, name)
        engine = app.extensions["deeds"]
        for page in pages(app, engine, words):
            print(page, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), tuple(sys.argv[3:]))
