"""How many lines of a real shop's export the program takes per second, from order to cash."""

import time
from contextlib import suppress
from pathlib import Path

from app.domain.intake.trade import replay
from app.domain.kernel import unit
from app.domain.kernel.document import Actor
from app.domain.kernel.rows import insert, read
from app.embedded import Server
from benchmarks import ground


class TimeIsUp(Exception):
    pass


def lines_per_second(server: Server, path: Path, seconds: float) -> tuple[int, float]:
    """Replays the export into an empty database for so long, or to its end: (lines taken, seconds)."""
    with ground.empty(server) as name, ground.engine(server, name):
        actor = unit.deed(_actor)
        start = time.perf_counter()
        taken = 0

        def progress(done: int, _: int) -> None:
            nonlocal taken
            taken = done
            if time.perf_counter() - start > seconds:
                raise TimeIsUp

        with suppress(TimeIsUp):
            replay(path, by=actor, progress=progress)
        return taken, time.perf_counter() - start


def _actor(session: unit.Session) -> int:
    insert(session, Actor, [{"name": "Trade", "kind": "command"}])
    return int(read(session, "SELECT max(id) AS id FROM actor")[0].id)
