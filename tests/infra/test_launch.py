"""`make run`: from nothing to a page that answers, and everything stopped again."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from textwrap import dedent
from urllib.error import URLError
from urllib.request import urlopen

import psutil
import pytest

from app.place import CHECKOUT

PATIENCE = 180


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def make_run(home: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    """`make run` as one types it in a terminal: in a group of processes that Ctrl-C reaches all at once."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("DATABASE", "SECRET_KEY"))}
    process = subprocess.Popen(
        ["make", "--no-print-directory", "run"], cwd=CHECKOUT, start_new_session=True, stdin=subprocess.DEVNULL,
        env=environment | {"STOCKBOOK_HOME": str(home), "PORT": str(port)},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def answer(port: int) -> dict[str, str]:
    with urlopen(f"http://127.0.0.1:{port}/health", timeout=5) as response:
        return dict(json.load(response))


def await_address(process: subprocess.Popen[str]) -> str:
    """What it said until it named the address, or until it ended."""
    assert process.stdout
    said = []
    for line in process.stdout:
        said.append(line)
        if "Stockbook is at" in line:
            break
    return "".join(said)


def child(process: subprocess.Popen[str], word: str) -> psutil.Process:
    """The one process that it started with this word in its command, which is the copy of another for a moment."""
    for _ in range(PATIENCE * 10):
        with suppress(psutil.NoSuchProcess):
            started = psutil.Process(process.pid).children(recursive=True)
            found = [its for its in started if word in its.cmdline()]
            if len(found) == 1:
                return found[0]
        time.sleep(0.1)
    raise AssertionError(f"there is not one {word}")


def test_make_run_serves_a_page_restarts_what_died_and_ctrl_c_stops_everything(open_folder: Path) -> None:
    """Data go on from one start to the next: to make a database and its company takes longest."""
    home, port = open_folder / "data", free_port()
    with make_run(home, port) as process:
        said = await_address(process)
        assert f"http://127.0.0.1:{port}" in said, said
        assert answer(port) == {"status": "ok"}

        child(process, "worker")
        child(process, "app.launch").kill()
        process.wait(timeout=PATIENCE)

    with make_run(home, port) as process:
        said = await_address(process)
        assert "Stockbook is at" in said, said
        assert answer(port) == {"status": "ok"}

        child(process, "worker").kill()
        assert process.stdout
        assert any("The worker ended by itself and is started again." in line for line in process.stdout)

        started = psutil.Process(process.pid).children(recursive=True)
        server = psutil.Process(int((home / "pg/postmaster.pid").read_text().split()[0]))
        os.killpg(process.pid, signal.SIGINT)
        said, _ = process.communicate(timeout=PATIENCE)

        assert "Stopped." in said
        assert "Traceback" not in said, said
        _, alive = psutil.wait_procs([*started, server], timeout=60)
        assert alive == []
        with pytest.raises(URLError):
            answer(port)


def test_a_child_whose_start_was_cut_off_is_ended_too() -> None:
    """Ctrl-C may come when a process exists that nobody has noted yet: it must not outlive the database."""
    program = """
        import subprocess
        from app.launch import end_children

        class CutOff(subprocess.Popen):
            def _execute_child(self, *arguments):
                super()._execute_child(*arguments)
                raise KeyboardInterrupt

        try:
            CutOff(["sleep", "600"])
        except KeyboardInterrupt:
            end_children()
    """
    with subprocess.Popen([sys.executable, "-c", dedent(program)], cwd=CHECKOUT, start_new_session=True) as process:
        process.wait(timeout=PATIENCE)
        assert process.returncode == 0
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)


@pytest.mark.parametrize("port", ["0", "65536", "80a", "-1"])
def test_a_port_that_is_none_is_refused(open_folder: Path, port: str) -> None:
    with make_run(open_folder / "data", port) as process:  # type: ignore[arg-type]
        said, _ = process.communicate(timeout=PATIENCE)

    assert process.returncode != 0
    assert f"PORT must be a number from 1 to 65535, not {port}." in said


def test_a_port_that_is_taken_is_named_with_what_to_do(open_folder: Path) -> None:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with make_run(open_folder / "data", port) as process:
            said, _ = process.communicate(timeout=PATIENCE)

    assert process.returncode != 0
    assert f"Port {port} cannot be used" in said
    assert "PORT=8001 make run" in said
    assert not (open_folder / "data/pg").exists()
