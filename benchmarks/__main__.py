"""Measures the program beside the floor, on a durable server of its own, and says which targets are met.

    python -m benchmarks [--quick] [--trade FILE]

Every rate is a ratio to another one of the same run, because machines differ. Writes var/bench.json.
"""

import argparse
import json
import random
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from app.embedded import Server
from app.place import CHECKOUT
from benchmarks import ground, ours, rates, statements, trade

EXPORT = CHECKOUT.parent / "shared" / "data" / "orders" / "online_retail_2010-12_to_2011-01.csv.gz"
OUT = CHECKOUT / "var" / "bench.json"
WARM_UP_BATCHES = 10


@dataclass(frozen=True)
class Figure:
    """One measured value, with its target where it has one."""

    name: str
    value: float
    unit: str
    target: str = ""
    met: bool | None = None

    def __str__(self) -> str:
        verdict = "" if self.met is None else f"{'met' if self.met else 'NOT MET':8}{self.target}"
        return f"{self.name:64}{self.value:>10,.2f} {self.unit:12}{verdict}"


def at_least(name: str, value: float, target: float) -> Figure:
    return Figure(name, value, "x", f"at least {target}", value >= target)


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
        return []
    lines, spent = trade.lines_per_second(server, path, seconds)
    return [Figure(f"trade: lines of {path.name}", lines / spent, "lines/s"), Figure("trade: lines taken", lines, "")]


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


def main(quick: bool, export: Path) -> int:
    """Runs all measures; gives 1 where a target is not met."""
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
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps([asdict(figure) for figure in figures], indent=1, ensure_ascii=False))
    missed = [figure for figure in figures if figure.met is False]
    print(f"\n{len(missed)} targets not met. Written to {OUT.relative_to(CHECKOUT)}.")
    return bool(missed)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a few seconds for each measure")
    parser.add_argument("--trade", type=Path, default=EXPORT, metavar="FILE", help="an export to replay")
    chosen = parser.parse_args()
    sys.exit(main(chosen.quick, chosen.trade))
