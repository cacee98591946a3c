"""Orders to cash per second: the floor beside the program, one by one and in batches, in one and in two processes."""

import os
import random
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from app import database
from app.domain.kernel import unit
from app.domain.kernel.rows import read
from app.domain.proof import run_checks
from app.embedded import Server
from app.place import CHECKOUT
from benchmarks import ground, ours
from benchmarks.floor import Floor
from benchmarks.ground import Facts

BATCH = 100
Process = subprocess.Popen[str]


@dataclass
class Rate:
    """Orders taken to cash per second, turn by turn."""

    turns: list[float] = field(default_factory=list)

    def add(self, orders: int, seconds: float) -> None:
        self.turns.append(orders / seconds)

    @property
    def per_second(self) -> float:
        return median(self.turns) if self.turns else 0.0

    def beside(self, other: "Rate") -> float:
        """How many times as fast as another, turn by turn: a machine that slows down slows both."""
        ratios = [mine / its for mine, its in zip(self.turns, other.turns, strict=False) if its]
        return median(ratios) if ratios else 0.0


def side_by_side(server: Server, turns: int, seconds: float) -> dict[str, Any]:
    """The floor and the program by turns, each in a copy of its own, so that both meet the machine as it is."""
    floor, single, batched = Rate(), Rate(), Rate()
    with ground.copy(server) as for_floor, ground.copy(server) as for_ours:
        with ground.engine(server, for_ours):
            with unit.open_session() as session:
                facts = ground.facts(session)
            bottom = Floor(server.url(database.APP, for_floor), facts)
            ours.rate(facts, 0.5, -1, 1)
            ours.rate(facts, 0.5, -1, BATCH)
            _floor_rate(bottom, facts, 0.5, -1)
            for turn in range(turns):
                floor.add(*_floor_rate(bottom, facts, seconds, turn))
                single.add(*ours.rate(facts, seconds, turn, 1))
                batched.add(*ours.rate(facts, seconds, turn, BATCH))
            bottom.connection.close()
            red = _red()
        with ground.engine(server, for_floor):
            red_floor = _red()
    return {"floor": floor, "single": single, "batched": batched, "red": red, "red_floor": red_floor}


def _floor_rate(bottom: Floor, facts: Facts, seconds: float, seed: int) -> tuple[int, float]:
    dice = random.Random(seed)
    start, done = time.perf_counter(), 0
    while time.perf_counter() - start < seconds:
        bottom.order_to_cash(dice.choice(facts.customers), facts.basket(dice))
        done += 1
    return done, time.perf_counter() - start


def in_processes(server: Server, turns: int, seconds: float, size: int) -> dict[str, Any]:
    """One process and two at the same time by turns, on the same products: rates, errors, what the proofs say."""
    one, two = Rate(), Rate()
    with ground.copy(server) as name:
        running = [_start(server.url(database.APP, name), seed, size) for seed in range(2)]
        for process in running:
            _heard(process)
        for _ in range(turns):
            _together(one, running[:1], seconds)
            _together(two, running, seconds)
        errors = [error for process in running if (error := _end(process))]
        with ground.engine(server, name):
            red = _red()
            with unit.open_session() as session:
                oversold = len(read(session, "SELECT FROM stock_balance WHERE on_hand < 0"))
    return {"one": one, "two": two, "errors": errors, "red": red, "oversold": oversold}


def _start(url: str, seed: int, size: int) -> Process:
    return subprocess.Popen(
        [sys.executable, "-m", "benchmarks.ours", str(seed), str(size)], cwd=CHECKOUT, text=True, bufsize=1,
        env=os.environ | {"DATABASE_URL": url}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def _heard(process: Process) -> list[str]:
    """The words of the next line that the process says; none where it has ended."""
    assert process.stdout
    return process.stdout.readline().split()


def _together(rate: Rate, running: Sequence[Process], seconds: float) -> None:
    """Lets processes work side by side. Their rates add up: all orders in the mean of their times."""
    for process in running:
        assert process.stdin
        with suppress(BrokenPipeError):
            process.stdin.write(f"{seconds}\n")
    told = [heard for process in running if (heard := _heard(process))]
    if told:
        rate.add(sum(int(orders) for orders, _ in told), sum(float(spent) for _, spent in told) / len(told))


def _end(process: Process) -> str:
    """Ends a process and gives the last line of its complaint, if it had one."""
    _, complaint = process.communicate()
    return (complaint.strip().splitlines() or [f"status {process.returncode}"])[-1] if process.returncode else ""


def _red() -> list[str]:
    return [f"{check.name}: {check.offenders[0]}" for check in run_checks() if not check.ok]
