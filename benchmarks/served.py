"""What only a running web server shows: how many pages it serves, and what an export takes of time and of memory."""

import json
import os
import re
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path
from typing import NamedTuple

import psutil
from flask import Flask

from app.launch import WORKERS, web_command
from app.place import CHECKOUT
from tests.web.shop import Visitor

HOST = "127.0.0.1"
PERSON = "ada"
LISTS = ("/orders/", "/shipments/", "/invoices/", "/customers/")
CLIENTS, PIECE = 4, 64 * 1024
PATIENCE = 180.0
# What Linux takes for: begin anew with the most memory that a process has had (proc_pid_clear_refs).
FORGET_PEAK = "5"


class Web(NamedTuple):
    """The program under gunicorn as everybody runs it: its port, its workers, and the cookie of somebody signed in."""

    port: int
    workers: Sequence[psutil.Process]
    cookie: str

    def connection(self) -> HTTPConnection:
        return HTTPConnection(HOST, self.port, timeout=PATIENCE)

    def headers(self) -> dict[str, str]:
        return {"Cookie": f"session={self.cookie}"}


@contextmanager
def web(app: Flask) -> Iterator[Web]:
    """Serves the database of this program meanwhile, ready to answer."""
    with closing(socket.create_server((HOST, 0))) as free:
        port = free.getsockname()[1]
    visitor = Visitor(app, PERSON)
    # As a browser has it after its first page: what that page puts into it, no other page puts into it anew.
    visitor.get("/")
    cookie = visitor.client.get_cookie("session")
    assert cookie is not None
    environment = os.environ | {
        "DATABASE_URL": app.config["SQLALCHEMY_DATABASE_URI"], "SECRET_KEY": app.config["SECRET_KEY"]
    }  # fmt: skip
    process = subprocess.Popen(web_command(f"{HOST}:{port}"), cwd=CHECKOUT, env=environment)
    try:
        _await(process, port)
        yield Web(port, psutil.Process(process.pid).children(), cookie.value)
    finally:
        process.terminate()
        process.wait()


def _await(process: "subprocess.Popen[bytes]", port: int) -> None:
    """Until as many workers as there will be have begun, and one of them answers."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        with suppress(ConnectionError), closing(HTTPConnection(HOST, port, timeout=PATIENCE)) as connection:
            connection.request("GET", "/login/")
            if connection.getresponse().status == 200 and len(psutil.Process(process.pid).children()) == WORKERS:
                return
        time.sleep(0.1)
    raise RuntimeError("The web server does not start: what it said stands above.")


class Turned(NamedTuple):
    """Pages per second, and how much of all processors went into asking for them: they serve so much less."""

    per_second: float
    asking: float


def pages_turned(its: Web, seconds: float) -> Turned:
    """First pages of lists, as several people at a time ask for them."""
    until = time.perf_counter() + seconds
    seen = [0] * CLIENTS

    def turn_pages(number: int) -> None:
        with closing(its.connection()) as connection:
            while time.perf_counter() < until:
                _get(connection, its, LISTS[seen[number] % len(LISTS)])
                seen[number] += 1

    start, worked = time.perf_counter(), time.process_time()
    people = [threading.Thread(target=turn_pages, args=(number,)) for number in range(CLIENTS)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    spent = time.perf_counter() - start
    return Turned(sum(seen) / spent, (time.process_time() - worked) / spent / (os.cpu_count() or 1))


def _get(connection: HTTPConnection, its: Web, address: str) -> None:
    connection.request("GET", address, headers=its.headers())
    answer = connection.getresponse()
    body = answer.read()
    assert answer.status == 200, (address, answer.status, body[:200])


class Export(NamedTuple):
    """An export as it came in: its rows, the seconds from the question to the last of them, and the bytes by which the
    worker that wrote it grew at most.
    """

    rows: int
    seconds: float
    grown: int


def export(its: Web, address: str) -> Export:
    """Takes a whole list along as CSV."""
    for worker in its.workers:
        Path(f"/proc/{worker.pid}/clear_refs").write_text(FORGET_PEAK)
    before = [_memory(worker, "VmRSS") for worker in its.workers]
    start = time.perf_counter()
    with closing(its.connection()) as connection:
        connection.request("GET", address, headers=its.headers())
        answer = connection.getresponse()
        assert answer.status == 200, (address, answer.status)
        lines = 0
        while piece := answer.read(PIECE):
            lines += piece.count(b"\n")
    spent = time.perf_counter() - start
    # The first line is the header.
    most = [_memory(worker, "VmHWM") for worker in its.workers]
    return Export(lines - 1, spent, max(high - low for high, low in zip(most, before, strict=True)))


def _memory(worker: psutil.Process, what: str) -> int:
    """The bytes that a process has now (VmRSS) or had at most (VmHWM), as the kernel knows without being watched."""
    its = re.search(rf"{what}:\s+(\d+) kB", Path(f"/proc/{worker.pid}/status").read_text())
    assert its is not None
    return int(its[1]) * 1024


def poll(its: Web, address: str, times: int = 400) -> float:
    """The seconds of CPU that the workers take to say that nothing is new, each time."""
    with closing(its.connection()) as connection:
        connection.request("GET", f"{address}?seen=", headers=its.headers())
        word = json.loads(connection.getresponse().read())["word"]
        before = _worked(its)
        for _ in range(times):
            connection.request("GET", f"{address}?seen={word}", headers=its.headers())
            answer = connection.getresponse()
            answer.read()
            assert answer.status == 204, answer.status
        return (_worked(its) - before) / times


def _worked(its: Web) -> float:
    return sum(sum(worker.cpu_times()[:2]) for worker in its.workers)
