"""Orders to cash per second: the floor beside the program, one by one and in batches, in one and in two processes."""

import os
import random
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
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


@dataclass
class Rate:
    """Orders taken to cash and the seconds it took, summed over rounds."""

    orders: int = 0
    seconds: float = 0.0
    errors: list[str] = field(default_factory=list)

    def add(self, orders: int, seconds: float) -> None:
        self.orders += orders
        self.seconds += seconds

    @property
    def per_second(self) -> float:
        return self.orders / self.seconds if self.seconds else 0.0


def side_by_side(server: Server, rounds: int, seconds: float) -> dict[str, Any]:
    """The floor and the program by turns, each in a copy of its own, so that both meet the machine as it is."""
    floor, single, batched = Rate(), Rate(), Rate()
    with ground.copy(server) as for_floor, ground.copy(server) as for_ours:
        with ground.engine(server, for_ours):
            with unit.open_session() as session:
                facts = ground.facts(session)
            bottom = Floor(server.url(database.APP, for_floor), facts)
            for turn in range(rounds):
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
    bottom.order_to_cash(dice.choice(facts.customers), facts.basket(dice))
    start, done = time.perf_counter(), 0
    while time.perf_counter() - start < seconds:
        bottom.order_to_cash(dice.choice(facts.customers), facts.basket(dice))
        done += 1
    return done, time.perf_counter() - start


def in_processes(server: Server, seconds: float, size: int) -> dict[str, Any]:
    """One process, then two at the same time on the same products: their rates, errors, and what the proofs say."""
    answer: dict[str, Any] = {}
    for processes in (1, 2):
        with ground.copy(server) as name:
            answer[str(processes)] = _together(server.url(database.APP, name), processes, seconds, size)
            with ground.engine(server, name):
                answer["red"] = _red()
                with unit.open_session() as session:
                    answer["oversold"] = len(read(session, "SELECT FROM stock_balance WHERE on_hand < 0"))
    return answer


def _together(url: str, processes: int, seconds: float, size: int) -> Rate:
    """Starts so many processes, lets them begin at once, and sums what they did."""
    command = [sys.executable, "-m", "benchmarks.ours", str(seconds)]
    running = [
        subprocess.Popen(
            [*command, str(seed), str(size)], cwd=CHECKOUT, env=os.environ | {"DATABASE_URL": url}, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )
        for seed in range(processes)
    ]  # fmt: skip
    for process in running:
        assert process.stdout
        process.stdout.readline()
    for process in running:
        assert process.stdin
        if process.poll() is None:
            process.stdin.write("go\n")
            process.stdin.flush()
    return _summed(running)


def _summed(running: Sequence["subprocess.Popen[str]"]) -> Rate:
    """Processes work side by side, so their rates add up: all orders in the mean of their times."""
    total, spent = Rate(), []
    for process in running:
        told, complaint = process.communicate()
        if process.returncode:
            total.errors.append((complaint.strip().splitlines() or ["no word"])[-1])
            continue
        orders, seconds = told.split()
        total.orders += int(orders)
        spent.append(float(seconds))
    total.seconds = sum(spent) / len(spent) if spent else 0.0
    return total


def _red() -> list[str]:
    return [f"{check.name}: {check.offenders[0]}" for check in run_checks() if not check.ok]
