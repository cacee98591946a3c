"""Workers as copies of a process that has loaded the program once: a start takes a moment instead of seconds."""

import multiprocessing
import os
import subprocess
from collections.abc import Mapping

LOADED = multiprocessing.get_context("forkserver")
LOADED.set_forkserver_preload(["app.factory", "app.web.worker", "tests.faults.hands"])


class Worker:
    """A worker in a process of its own (tests/faults/hands.py), handled as one of `subprocess`."""

    def __init__(self, environment: Mapping[str, str], *arguments: str) -> None:
        self._process = LOADED.Process(target=work, args=(dict(environment), *arguments))
        self._process.start()

    def poll(self) -> int | None:
        """How it ended, None while it runs."""
        return self._process.exitcode

    def wait(self, seconds: float | None = None) -> int:
        """How it ended; TimeoutExpired where it did not in this time."""
        self._process.join(seconds)
        ended = self.poll()
        if ended is None:
            raise subprocess.TimeoutExpired("worker", seconds or 0)
        return ended

    def terminate(self) -> None:
        """Tells it to stop."""
        self._process.terminate()

    def kill(self) -> None:
        """Ends it at once; nothing where it has ended."""
        self._process.kill()


def work(environment: dict[str, str], *arguments: str) -> None:
    """What the copy does."""
    from tests.faults.hands import main

    os.environ.update(environment)
    main(*arguments)
