"""Measures the program beside the floor, on a durable server of its own, and says which targets are met.

    python -m benchmarks [--quick] [--trade FILE] [--orders NUMBER] [--grown FOLDER]

Rates are ratios to others of the same run, because machines differ; those of pages are what they are, and a target of
theirs that is not met is the machine's as well. Writes var/bench.json.
"""

import argparse
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from flask import Flask

from app.embedded import Server
from app.place import CHECKOUT
from benchmarks import ground, grow, growth, ours, pages, rates, served, shop, statements, trade

DATA = Path(os.environ.get("STOCKBOOK_DATA") or CHECKOUT.parent / "shared" / "data")
EXPORT = DATA / "orders" / "online_retail_2010-12_to_2011-01.csv.gz"
OUT = CHECKOUT / "var" / "bench.json"
WARM_UP_BATCHES = 10
ORDERS, ORDERS_CSV = 20_000, "/orders/?format=csv"
PAGES = (
    "ada orders first", "ada orders deep", "ada orders by number", "ada orders by customer", "ada orders number",
    "ada orders customer searched", "ada orders overdue", "invoices first", "invoices deep", "ada customers",
    "ada products", "ada users",
)  # fmt: skip


@dataclass(frozen=True)
class Figure:
    """One measured value, with its target where it has one."""

    name: str
    value: float
    unit: str
    target: str = ""
    met: bool | None = None
    of_machine: bool = False

    def __str__(self) -> str:
        verdict = "" if self.met is None else f"{'met' if self.met else 'NOT MET':8}{self.target}"
        return f"{self.name:64}{self.value:>10,.2f} {self.unit:12}{verdict}"


def at_least(name: str, value: float, target: float) -> Figure:
    return Figure(name, value, "x", f"at least {target}", value >= target)


def milliseconds(page: pages.Timed, most: float) -> Figure:
    name, target = f"page: {page.name}", f"under {most * 1000:g}"
    return Figure(name, page.seconds * 1000, "ms of CPU", target, page.seconds < most, of_machine=True)


def none_of(name: str, found: list[str]) -> Figure:
    return Figure(name, len(found), "", "0" + "".join(f"; {text}" for text in found[:3]), not found)


def speed(server: Server, turns: int, seconds: float) -> list[Figure]:
    """The program beside the floor."""
    its = rates.side_by_side(server, turns, seconds)
    floor, single, batched = its["floor"], its["single"], its["batched"]
    return [
        Figure("floor, one by one", floor.per_second, "orders/s"),
        Figure("program, one by one", single.per_second, "orders/s"),
        Figure(f"program, batches of {rates.BATCH}", batched.per_second, "orders/s"),
        at_least("program one by one / floor", single.beside(floor), 0.5),
        at_least(f"program in batches of {rates.BATCH} / floor one by one", batched.beside(floor), 5),
        none_of("proofs that are red after the program", its["red"]),
        none_of("proofs that are red after the floor", its["red_floor"]),
    ]


def processes(server: Server, turns: int, seconds: float) -> list[Figure]:
    """Two processes on the same products beside one."""
    figures = []
    for name, size in (("one by one", 1), (f"in batches of {rates.BATCH}", rates.BATCH)):
        its = rates.in_processes(server, turns, seconds, size)
        one, two = its["one"], its["two"]
        figures += [
            Figure(f"one process, {name}", one.per_second, "orders/s"),
            Figure(f"two processes, {name}", two.per_second, "orders/s"),
            at_least(f"two processes / one, {name}", two.beside(one), 1.4),
            none_of(f"errors in two processes, {name}", its["errors"]),
            Figure(f"balances oversold, {name}", its["oversold"], "", "0", not its["oversold"]),
            none_of(f"proofs that are red after two processes, {name}", its["red"]),
        ]
    return figures


def statement_counts(server: Server, sizes: tuple[int, ...]) -> list[Figure]:
    """Statements of each action; they must not grow with the documents."""
    counts = statements.counts(server, sizes)
    listed = ", ".join(f"{size:,}" for size in sizes)
    return [
        Figure(f"statements of {action} at {listed} orders", sent[-1], "", f"equal: {sent}", len(set(sent)) == 1)
        for action, sent in counts.items()
    ]


def every_statement_count(server: Server, size: int) -> list[Figure]:
    """Statements of every action that there is, in the story in which it was taken."""
    return [
        Figure(f"{what} at 1, {size}", sent[-1], "", f"equal: {list(sent)}", len(set(sent)) == 1)
        for what, sent in sorted(statements.every_action(server, size).items())
    ]


def real_trade(server: Server, path: Path, seconds: float) -> list[Figure]:
    if not path.exists():
        print(f"  skipped: no export of real trade at {path}")
        return []
    lines, spent = trade.lines_per_second(server, path, seconds)
    return [Figure(f"trade: lines of {path.name}", lines / spent, "lines/s"), Figure("trade: lines taken", lines, "")]


def page_times(app: Flask) -> list[Figure]:
    """What lists, long documents and an export cost on a company that has traded for years."""
    engine = app.extensions["deeds"]
    lists = list(pages.pages(app, engine, PAGES, pages.PEOPLE[:1]))
    most = max(lists, key=lambda page: page.statements)
    long = [milliseconds(page, pages.LONG_P50) for page in pages.long_documents(app, engine)]
    few = most.statements < pages.MOST_STATEMENTS
    told = f"fewer than {pages.MOST_STATEMENTS}; {most.name}"
    return [
        *(milliseconds(page, pages.P50) for page in lists),
        Figure("statements of the list that sends most", most.statements, "", told, few),
        *long,
    ]


def web_rates(app: Flask, seconds: float) -> list[Figure]:
    """What two workers serve."""
    with served.web(app) as web:
        served.pages_turned(web, 1.0)
        turned = served.pages_turned(web, seconds)
        # A worker keeps what it grew by: the first export tells of memory, the best of some of time.
        took = [served.export(web, ORDERS_CSV) for _ in range(3)]
    rows, megabytes = max(its.rows / its.seconds for its in took), max(its.grown for its in took) / 1_000_000
    return [
        Figure("lists, two workers", turned.per_second, "pages/s", "at least 100", turned.per_second >= 100,
               of_machine=True),
        Figure("lists: what asking for them takes of the processors", turned.asking * 100, "%"),
        Figure("CSV of all orders", took[0].rows, "rows"),
        Figure("CSV of all orders, to its last row", rows, "rows/s", "at least 100,000", rows >= 100_000,
               of_machine=True),
        Figure("memory that a CSV takes more", megabytes, "MB", "under 30", megabytes < 30),
    ]  # fmt: skip


def shop_rates(app: Flask, seconds: float) -> list[Figure]:
    """What an e-shop may send, and how soon people see it."""
    with served.web(app) as web:
        its = shop.taken_in(app, web, seconds)
        poll = served.poll(web, "/live/")
    others = [f"{count} {outcome}" for outcome, count in its.outcomes.items() if outcome != "applied"]
    answer, seen = its.answer * 1000, its.seen * 1000
    return [
        Figure("deliveries of an e-shop that are stored and answered", its.answered, "deliveries/s"),
        Figure("deliveries of an e-shop that become orders", its.applied, "orders/s"),
        none_of("deliveries that became no order", others),
        Figure("answer to an e-shop", answer, "ms", "under 50", answer < 50, of_machine=True),
        Figure("from an e-shop's request to the page of a seller", seen, "ms", "under 1,000", seen < 1000,
               of_machine=True),
        Figure("a page that asks whether there is news", poll * 1000, "ms of CPU", "under 2", poll < 0.002,
               of_machine=True),
    ]  # fmt: skip


def growing(folder: Path, orders: int) -> list[Figure]:
    """What the same work costs on this company and on one of a hundredth of its orders."""
    if orders < growth.SMALLER * growth.LEAST_ORDERS:
        print(f"  skipped: a hundredth of {orders:,} orders is too few to compare with")
        return []
    most = growth.MOST
    return [
        Figure(f"{it.name}, {growth.SMALLER} times as many orders", it.ratio, "x",
               *((f"at most {most}", it.ratio <= most) if it.is_aim else ()))
        for it in growth.compared(folder, orders)
    ]  # fmt: skip


def told(what: str, measure: Callable[..., list[Figure]], *arguments: Any) -> list[Figure]:
    """Measures and prints at once, so that a person sees it going on."""
    print(f"\n{what}", flush=True)
    start = time.perf_counter()
    figures = measure(*arguments)
    for figure in figures:
        print(f"  {figure}")
    print(f"  ({time.perf_counter() - start:.0f} s)", flush=True)
    return figures


def warm_up(facts: ground.Facts) -> None:
    for seed in range(WARM_UP_BATCHES):
        ours.orders_to_cash(facts, random.Random(1000 + seed), rates.BATCH)


def main(quick: bool, export: Path, orders: int, large: Path | None) -> int:
    """Runs all measures; gives 1 where a target is not met that is not the machine's."""
    with tempfile.TemporaryDirectory(prefix="stockbook-bench-") as place:
        folder = Path(place)
        folder.chmod(0o755)
        with ground.ground(folder, warm_up) as server:
            figures = [
                *told("Speed, by turns", speed, server, 1 if quick else 6, 2.0 if quick else 3.0),
                *told("Two processes", processes, server, 1 if quick else 3, 2.0 if quick else 4.0),
                *told("Statements", statement_counts, server, (1, 100) if quick else (1, 100, 1200)),
                *told("Statements of every action", every_statement_count, server, 20 if quick else 100),
                *told("Real trade", real_trade, server, export, 5.0 if quick else 40.0),
            ]
        kept = large or folder / "grown"
        with grow.grown(kept, orders) as (server, name):
            app = grow.application(server, name)
            figures += told(f"Pages at {orders:,} orders", page_times, app)
            figures += told("Web", web_rates, app, 2.0 if quick else 8.0)
            figures += told("E-shop", shop_rates, app, 2.0 if quick else 8.0)
            figures += told("Growth", growing, kept, orders)
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps([asdict(figure) for figure in figures], indent=1, ensure_ascii=False))
    missed = [figure.of_machine for figure in figures if figure.met is False]
    print(f"\n{len(missed)} targets not met, {sum(missed)} of the machine. Written to {OUT.relative_to(CHECKOUT)}.")
    return not all(missed)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a few seconds for each measure")
    parser.add_argument("--trade", type=Path, default=EXPORT, metavar="FILE", help="an export to replay")
    parser.add_argument("--orders", type=int, default=ORDERS, metavar="NUMBER", help="of the company with pages")
    parser.add_argument("--grown", type=Path, metavar="FOLDER", help="where that company is kept for the next time")
    chosen = parser.parse_args()
    sys.exit(main(chosen.quick, chosen.trade, chosen.orders, chosen.grown))
