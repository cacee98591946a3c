"""The embedded server: for root and for everybody else, closed to others, and up again after anything."""

import json
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege

from app import embedded
from app.place import Unfit
from tests.infra.people import Place, checkout, modes

ASK = """
import os, psycopg
with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
    print(*connection.execute("SELECT current_user, current_database(), lower('ДОМ'), (SELECT setting FROM pg_settings "
          "WHERE name = 'listen_addresses') = ''").fetchone())
"""
ANSWER = "stockbook_app stockbook дом True\n"
WAIT = "import sys, time; print('up', flush=True); time.sleep(600)"


def pid_of_server(home: Path) -> int | None:
    with suppress(OSError, ValueError, psutil.Error):
        pid = int((home / "pg/postmaster.pid").read_text().split()[0])
        if Path(psutil.Process(pid).cwd()) == (home / "pg").resolve():
            return pid
    return None


def end(process: subprocess.Popen[str]) -> None:
    process.terminate()
    process.communicate(timeout=180)


@pytest.fixture
def home_of(place: Place, ordinary_user: pwd.struct_passwd) -> Iterator[Callable[[Place], Path]]:
    """Where somebody's data is, which for root is outside of the checkout: taken away afterwards."""
    homes: list[Path] = []

    def find(somebody: Place) -> Path:
        homes.append(Path(somebody.run("-c", "from app.place import home; print(home())").stdout.strip()))
        return homes[-1]

    yield find
    for home in homes:
        shutil.rmtree(home, ignore_errors=True)


def test_the_server_runs_for_a_command_and_not_longer(place: Place) -> None:
    done = place.served(ASK)

    assert (done.returncode, done.stdout) == (0, ANSWER), done.stderr
    assert pid_of_server(Path(place.settings["STOCKBOOK_HOME"])) is None


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_who_ends_the_launcher_ends_the_command_and_the_server(place: Place, number: signal.Signals) -> None:
    process = place.start("-m", "app.embedded", sys.executable, "-c", WAIT)
    assert process.stdout
    process.stdout.readline()
    children = psutil.Process(process.pid).children(recursive=True)

    process.send_signal(number)
    process.communicate(timeout=180)

    assert process.returncode == 130
    assert pid_of_server(Path(place.settings["STOCKBOOK_HOME"])) is None
    assert children
    assert not [child for child in children if child.is_running() and child.status() != psutil.STATUS_ZOMBIE]


def test_a_command_that_is_not_there_is_named(place: Place) -> None:
    done = place.run("-m", "app.embedded", "no-such-command")

    assert (done.returncode, done.stderr) == (1, "no-such-command: No such file or directory\n")


def test_a_commands_status_is_given_on(place: Place) -> None:
    assert place.served("import sys; sys.exit(7)").returncode == 7


def test_without_a_command_it_says_what_is_missing(place: Place) -> None:
    done = place.run("-m", "app.embedded")

    assert (done.returncode, done.stdout) == (1, "")
    assert "COMMAND" in done.stderr


def test_root_a_user_and_root_again_work_in_one_checkout(
    open_folder: Path, ordinary_user: pwd.struct_passwd, home_of: Callable[[Place], Path]
) -> None:
    folder = checkout(open_folder / "shared", ordinary_user)
    root, user = Place(folder), Place(folder, ordinary_user)
    homes = [home_of(root), home_of(user)]
    before = modes(homes[0] / "pg") | modes(homes[1] / "pg")

    for somebody in (root, user, root, user):
        done = somebody.served(ASK)
        assert (done.returncode, done.stdout) == (0, ANSWER), done.stderr

    assert homes[0] != homes[1] == folder / "var"
    assert {path for path in folder.rglob("*") if path.stat().st_uid == 0 and "__pycache__" not in path.parts} == set()
    after = modes(homes[0] / "pg") | modes(homes[1] / "pg")
    assert {path: mode for path, mode in after.items() if path in before} == before


@pytest.mark.parametrize("owner", ["root", "user"])
def test_another_user_comes_neither_at_the_data_nor_at_the_server(
    owner: str, open_folder: Path, ordinary_user: pwd.struct_passwd
) -> None:
    stranger = ordinary_user if owner == "root" else pwd.getpwnam("nobody")
    home = open_folder / "data"
    somebody = Place(checkout(open_folder / "checkout", ordinary_user), settings={"STOCKBOOK_HOME": str(home)})
    if owner == "user":
        home.mkdir()
        os.chown(home, ordinary_user.pw_uid, ordinary_user.pw_gid)
        somebody.user = ordinary_user
    process = somebody.start("-m", "app.embedded", "/usr/bin/env", "sh", "-c", "echo $DATABASE_URL; exec sleep 600")
    assert process.stdout
    url = process.stdout.readline().strip()
    try:
        intruder = Place(somebody.folder, stranger, {"DATABASE_URL": url})
        done = intruder.run("-c", ASK)
        assert "Permission denied" in done.stderr, done.stderr
        for path in (home / "pg", home / "run", home / "passwords.json", home / "pg/server.log"):
            seen = intruder.run("-c", f"import os; print(os.access({str(path)!r}, os.R_OK))")
            assert seen.stdout == "False\n", path
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(url.replace("stockbook_app:", "stockbook_app:x"))
    finally:
        end(process)


def test_folders_and_secrets_are_closed_and_no_folder_above_is_opened(place: Place, open_folder: Path) -> None:
    home = open_folder / "data"
    before = modes(home)

    place.served(ASK)

    assert modes(home) == before
    closed = {home / "pg": 0o700, home / "run": 0o700, home / "passwords.json": 0o600}
    assert {path: stat.S_IMODE(path.stat().st_mode) for path in closed} == closed
    assert not (home / "pg.new").exists()
    assert not (home / "pg.password").exists()
    assert json.loads((home / "passwords.json").read_text()).keys() == {"postgres", "stockbook_owner", "stockbook_app"}


def test_a_killed_launcher_does_not_keep_the_next_one_from_working(place: Place) -> None:
    home = Path(place.settings["STOCKBOOK_HOME"])
    first = place.start("-m", "app.embedded", sys.executable, "-c", WAIT)
    assert first.stdout
    first.stdout.readline()
    children = psutil.Process(first.pid).children(recursive=True)
    first.send_signal(signal.SIGKILL)
    first.wait(timeout=60)
    for child in children:
        child.kill()
    first.communicate(timeout=60)
    assert pid_of_server(home), "the server was expected to outlive its launcher"

    done = place.served(ASK)

    assert (done.returncode, done.stdout) == (0, ANSWER), done.stderr
    assert pid_of_server(home) is None


def test_a_killed_server_does_not_keep_the_next_one_from_working(place: Place) -> None:
    home = Path(place.settings["STOCKBOOK_HOME"])
    wait = "import time; print('up', flush=True); time.sleep(3)"
    first = place.start("-m", "app.embedded", sys.executable, "-c", wait)
    assert first.stdout
    first.stdout.readline()
    pid = pid_of_server(home)
    assert pid
    os.kill(pid, signal.SIGKILL)
    first.communicate(timeout=180)
    assert (home / "pg/postmaster.pid").exists()

    done = place.served(ASK)

    assert (done.returncode, done.stdout) == (0, ANSWER), done.stderr


def test_a_lock_file_that_names_somebody_elses_process_is_no_server(place: Place) -> None:
    home = Path(place.settings["STOCKBOOK_HOME"])
    place.served(ASK)
    (home / "pg/postmaster.pid").write_text(f"{os.getpid()}\n{home}/pg\n0\n0\n{home}/run\n")

    assert place.served(ASK).stdout == ANSWER


def test_two_launchers_at_once_share_one_server(place: Place) -> None:
    ask_and_stay = f"{ASK}\nimport time; time.sleep(3)"
    together = [place.start("-m", "app.embedded", sys.executable, "-c", ask_and_stay) for _ in range(2)]

    answers = [process.communicate(timeout=180) for process in together]

    assert [out for out, _ in answers] == [ANSWER] * 2, answers
    assert pid_of_server(Path(place.settings["STOCKBOOK_HOME"])) is None


@pytest.mark.parametrize("name", ["deep" * 40, 'дом: it\'s $HOME; "x"'])
def test_any_path_will_do(place: Place, open_folder: Path, name: str) -> None:
    place.settings = {"STOCKBOOK_HOME": str(open_folder / name)}
    before = set(Path("/tmp").glob("stockbook-*"))

    done = place.served(ASK)

    assert (done.returncode, done.stdout) == (0, ANSWER), done.stderr
    left = {path for path in set(Path("/tmp").glob("stockbook-*")) - before if not list(path.iterdir())}
    assert left == set(), "a folder for the socket is left behind"


def test_a_folder_that_the_servers_user_cannot_reach_is_refused_with_advice(place: Place, open_folder: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root's server runs as somebody else")
    (open_folder / "closed").mkdir(mode=0o700)
    place.settings = {"STOCKBOOK_HOME": str(open_folder / "closed/data")}

    done = place.served(ASK)

    assert done.returncode == 1
    assert "STOCKBOOK_HOME" in done.stderr
    assert stat.S_IMODE((open_folder / "closed").stat().st_mode) == 0o700


def test_somebody_elses_data_is_refused_with_advice(
    place: Place, open_folder: Path, ordinary_user: pwd.struct_passwd
) -> None:
    place.served(ASK)
    other = Place(place.folder, ordinary_user, place.settings)

    done = other.served(ASK)

    assert done.returncode == 1
    assert "belongs to another user" in done.stderr


def test_data_of_one_version_is_not_served_by_another(place: Place, open_folder: Path) -> None:
    place.settings = {**place.settings, "PGSERVER_POSTGRES_VERSION": "16"}
    assert place.served(ASK).stdout == ANSWER

    place.settings = {**place.settings, "PGSERVER_POSTGRES_VERSION": "18"}
    assert "was made by PostgreSQL 16" in place.served(ASK).stderr
    place.settings = {**place.settings, "PGSERVER_POSTGRES_VERSION": "15"}
    assert "no embedded PostgreSQL 15" in place.served(ASK).stderr

    place.settings = {"STOCKBOOK_HOME": place.settings["STOCKBOOK_HOME"]}
    assert place.served(ASK).stdout == ANSWER


def test_a_start_that_was_broken_off_is_made_good(place: Place) -> None:
    home = Path(place.settings["STOCKBOOK_HOME"])
    home.mkdir()
    (home / "pg.new").mkdir()
    (home / "pg.new" / "half").write_text("x")
    (home / "pg.password").mkdir()

    assert place.served(ASK).stdout == ANSWER


def test_everybody_else_finds_the_running_server(open_folder: Path) -> None:
    assert embedded.running(open_folder) is None
    with embedded.serve(open_folder, durable=False) as server:
        found = embedded.running(open_folder)
        assert found is not None
        assert found.environment() == server.environment()
        assert (server.in_charge, found.in_charge) == (True, False)
    assert embedded.running(open_folder) is None


def test_the_application_cannot_sign_in_as_more_than_itself(open_folder: Path) -> None:
    with embedded.serve(open_folder, durable=False) as server:
        for role, more in (("stockbook_app", "SET ROLE stockbook_owner"), ("stockbook_owner", "CREATE ROLE x")):
            with psycopg.connect(server.url(role)) as connection, pytest.raises(InsufficientPrivilege):
                connection.execute(more)
        with psycopg.connect(server.url("stockbook_app")) as connection:
            facts = connection.execute("SELECT rolname, rolsuper FROM pg_roles WHERE rolcanlogin").fetchall()
    assert sorted(facts) == [("postgres", True), ("stockbook_app", False), ("stockbook_owner", False)]


def test_what_keeps_the_server_from_starting_is_told_in_its_own_words(open_folder: Path) -> None:
    with embedded.serve(open_folder, durable=False):
        pass
    with (open_folder / "pg/postgresql.conf").open("a") as settings:
        settings.write("shared_buffers = nonsense\n")

    with pytest.raises(Unfit, match="nonsense"), embedded.serve(open_folder, durable=False):
        time.sleep(0)
