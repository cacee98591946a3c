"""`make run`: everything from an empty machine to a page in the browser, and everything stopped by Ctrl-C."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import psutil

from app import embedded
from app.place import CHECKOUT, Unfit, home, make_folder

WORKERS = 2
THREADS = 8
# Longer than gunicorn waits for requests that are being answered.
PATIENCE = 40
LOOK_EVERY = 1
PROGRAMS = Path(sys.executable).parent


def main() -> None:
    """Sets up and serves until somebody stops it; raises Unfit where something outside is in the way."""
    port = _port()
    address = f"http://127.0.0.1:{port}"
    folder = make_folder(home())
    web_pid, worker_pid = folder / f"web-{port}.pid", folder / f"worker-{port}.pid"
    for pid_file in (web_pid, worker_pid):
        _end_orphan(pid_file)
    _check_free(port)
    with ExitStack() as exits:
        environment = dict(os.environ)
        if not environment.get("DATABASE_URL"):
            environment |= exits.enter_context(embedded.serve(home())).environment()
        exits.callback(end_children)
        _flask(environment, "db", "upgrade")
        _flask(environment, "setup")
        web = _start(web_command(f"127.0.0.1:{port}", "--pid", str(web_pid)), environment)
        _await(web, f"{address}/health")
        _flask(environment, "demo")
        print(f"\nStockbook is at {address} (Ctrl-C stops it)\n", flush=True)
        _work_while(web, environment, worker_pid)
        raise Unfit("The web server ended by itself: what it said stands above.")


def _port() -> int:
    text = os.environ.get("PORT") or "8000"
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise Unfit(f"PORT must be a number from 1 to 65535, not {text}.")
    return int(text)


def _check_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise Unfit(f"Port {port} cannot be used ({error.strerror}): choose another: PORT=8001 make run.") from None


def _end_orphan(pid_file: Path) -> None:
    """Ends a process whose launcher was killed, so that it neither holds the port nor does jobs for ever."""
    with suppress(OSError, ValueError, psutil.Error):
        process = psutil.Process(int(pid_file.read_text()))
        parent = process.parent()
        if str(pid_file) in process.cmdline() and not (parent and "app.launch" in parent.cmdline()):
            process.terminate()
            process.wait(PATIENCE)


def _flask(environment: Mapping[str, str], *command: str) -> None:
    if subprocess.call([PROGRAMS / "flask", "--app", "run", *command], env=environment, cwd=CHECKOUT):
        raise Unfit(f"`flask {' '.join(command)}` failed: what it said stands above.")


def _work_while(web: subprocess.Popen[bytes], environment: Mapping[str, str], pid_file: Path) -> None:
    """Keeps a worker, started again where it ends, until the web server has ended."""
    command = (str(PROGRAMS / "flask"), "--app", "run", "worker", "--pid", str(pid_file))
    worker = _start(command, environment)
    while web.poll() is None:
        if worker.poll() is not None:
            print("The worker ended by itself and is started again.", flush=True)
            worker = _start(command, environment)
        with suppress(subprocess.TimeoutExpired):
            web.wait(LOOK_EVERY)


def _start(command: Sequence[str], environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Starts a process that is ended by `end_children`.

    Ctrl-C reaches everything in the terminal: until the program has loaded and listens for it, it would only complain,
    at first even as the copy of this process that it begins as.
    """
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        return subprocess.Popen(
            command, env=environment, cwd=CHECKOUT,
            preexec_fn=partial(_ignore_interrupts, mask),  # noqa: PLW1509 (there is one thread)
        )  # fmt: skip
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def _ignore_interrupts(mask: set[int]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def end_children() -> None:
    """Ends every process that this one has started; one that does a job ends it if that takes seconds.

    The system is asked which they are: an interruption may fall between a start and the moment it is noted here.
    """
    children = psutil.Process().children()
    for child in children:
        with suppress(psutil.NoSuchProcess):
            child.terminate()
    _, late = psutil.wait_procs(children, PATIENCE)
    for child in late:
        with suppress(psutil.NoSuchProcess):
            child.kill()
    psutil.wait_procs(late)


def web_command(bind: str, *more: str) -> Sequence[str]:
    """gunicorn as everybody runs it. Engines are made after the fork, so nothing is loaded before it."""
    return (
        sys.executable, "-m", "gunicorn", "run:app", "--bind", bind, "--workers", str(WORKERS), "--threads",
        str(THREADS), "--no-control-socket", "--log-level", "warning", *more,
    )  # fmt: skip


def _await(web: subprocess.Popen[bytes], address: str) -> None:
    for _ in range(PATIENCE * 10):
        if web.poll() is not None:
            raise Unfit("The web server does not start: what it said stands above.")
        with suppress(URLError, ConnectionError, TimeoutError), urlopen(address, timeout=2):  # noqa: S310
            return
        time.sleep(0.1)
    raise Unfit(f"The web server does not answer at {address}.")


if __name__ == "__main__":
    embedded.stop_when_told()
    try:
        main()
    except Unfit as unfit:
        sys.exit(str(unfit))
    except KeyboardInterrupt:
        print("\nStopped.")
