"""The container's parts: read as Docker would read them, and their commands run here, for there is no Docker."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import yaml
from sqlalchemy import make_url

from app import embedded
from app.place import CHECKOUT

DOCKER = CHECKOUT / "docker"
COMPOSE: dict[str, Any] = yaml.safe_load((DOCKER / "compose.yml").read_text())
SERVICES = COMPOSE["services"]
SECRETS = {"SECRET_KEY": "s" * 40, "POSTGRES_PASSWORD": "p1", "STOCKBOOK_OWNER_PASSWORD": "o1",
           "STOCKBOOK_APP_PASSWORD": "a1"}  # fmt: skip


def instructions() -> list[tuple[str, str]]:
    """(instruction, arguments) of the Dockerfile, continued lines joined."""
    text = re.sub(r"\\\n\s*", " ", (DOCKER / "Dockerfile").read_text())
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(line.split(None, 1)[0], line.split(None, 1)[1]) for line in lines]


def last(instruction: str) -> str:
    return [arguments for name, arguments in instructions() if name == instruction][-1]


def filled(text: str) -> str:
    """A value of compose.yml with its variables: the secrets above, else the default written there."""

    def value(match: re.Match[str]) -> str:
        return SECRETS.get(match[1]) or (match[2] or "").removeprefix(":-")

    return re.sub(r"\$\{(\w+)(:[-?][^}]*)?\}", value, text)


def test_the_image_is_debian_and_does_not_run_as_root() -> None:
    image = last("FROM")

    assert re.fullmatch(r"python:3\.1[1-4]-slim-\w+", image), image
    assert last("USER") == "stockbook"
    order = [name for name, _ in instructions()]
    assert order.index("USER") < order.index("CMD")


def test_everything_that_is_copied_is_there_and_let_through() -> None:
    let_through = {line[1:] for line in (CHECKOUT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = {source for name, arguments in instructions() if name == "COPY" for source in arguments.split()[:-1]}

    assert copied == let_through
    assert [path for path in copied if not (CHECKOUT / path).exists()] == []


def test_the_image_has_what_the_program_imports_and_no_secret() -> None:
    text = (DOCKER / "Dockerfile").read_text() + (DOCKER / "compose.yml").read_text()

    assert {name for name, _ in instructions()} <= {
        "FROM", "ENV", "RUN", "WORKDIR", "COPY", "USER", "EXPOSE", "STOPSIGNAL", "HEALTHCHECK", "CMD"
    }  # fmt: skip
    assert not re.search(r"(PASSWORD|SECRET_KEY)\s*[=:]\s*['\"]?[a-z0-9]{3}", text)
    assert "STOCKBOOK_ENV=production" in text


def test_services_wait_for_what_they_need() -> None:
    assert set(SERVICES) == {"database", "migrate", "web", "worker"}
    assert SERVICES["migrate"]["depends_on"] == {"database": {"condition": "service_healthy"}}
    for name in ("web", "worker"):
        assert SERVICES[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
    assert SERVICES["migrate"]["restart"] == "no"
    assert SERVICES["database"]["healthcheck"]["test"][1] == "pg_isready"
    assert last("HEALTHCHECK").endswith('CMD ["python", "docker/health.py"]')


def test_every_volume_and_network_is_declared_and_the_database_is_not_open_to_the_world() -> None:
    used = {volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", ())}

    assert {name for name in used if not name.startswith(".")} == set(COMPOSE["volumes"])
    assert {name for service in SERVICES.values() for name in service["networks"]} == set(COMPOSE["networks"])
    assert "ports" not in SERVICES["database"]
    assert COMPOSE["networks"]["inside"] == {"internal": True}
    assert [path for path in used if path.startswith(".") and not (DOCKER / path).exists()] == []


def test_secrets_come_from_outside_and_have_no_default() -> None:
    text = (DOCKER / "compose.yml").read_text()

    for name in SECRETS:
        assert f"${{{name}:?" in text
        assert f"${{{name}:-" not in text
        assert f"{name}=\n" in (DOCKER / "env.example").read_text()


def test_the_database_is_made_and_migrated_and_served_as_compose_would(open_folder: Path) -> None:
    """The official image's part is played by the embedded server: same version, and roles.sh run by its superuser."""
    psql = embedded.Cluster(open_folder).programs / "psql"
    with embedded.serve(open_folder, durable=False) as server:
        _take_away_our_roles(server)
        superuser = {"PGHOST": str(server.socket), "PGPASSWORD": server.passwords["postgres"],
                     "POSTGRES_USER": "postgres", "POSTGRES_DB": "postgres"}  # fmt: skip
        path = {"PATH": f"{psql.parent}:{os.defpath}"}
        subprocess.run(["sh", DOCKER / "roles.sh"], env=superuser | path | SECRETS, check=True)
        environment = _environment(server)

        migrated = _command(SERVICES["migrate"]["command"], environment | _owner(server))
        again = _command(SERVICES["migrate"]["command"], environment | _owner(server))
        assert (migrated.returncode, again.returncode) == (0, 0), migrated.stderr + again.stderr

        with _web(environment) as port:
            assert _command(["python", "docker/health.py"], environment | {"WEB_BIND": f"x:{port}"}).returncode == 0
            assert json.loads(urlopen(f"http://127.0.0.1:{port}/health").read()) == {"status": "ok"}
        assert _command(["python", "docker/health.py"], environment | {"WEB_BIND": f"x:{port}"}).returncode != 0
        done = _command([*SERVICES["worker"]["command"], "--once"], environment)
        assert done.returncode == 0, done.stderr


def _take_away_our_roles(server: embedded.Server) -> None:
    with server.connect() as connection:
        connection.execute("DROP DATABASE stockbook")
        for role in ("stockbook_app", "stockbook_owner"):
            connection.execute(f"DROP OWNED BY {role}; DROP ROLE {role}".encode())


def _at(server: embedded.Server, url: str) -> str:
    here = make_url(filled(url)).set(host=None, query={"host": str(server.socket)})
    return here.render_as_string(hide_password=False)


def _environment(server: embedded.Server) -> dict[str, str]:
    wanted = {name: filled(str(value)) for name, value in SERVICES["web"]["environment"].items()}
    return {"PATH": os.defpath, "HOME": "/nonexistent", "STOCKBOOK_HOME": "/nonexistent", **wanted,
            "DATABASE_URL": _at(server, wanted["DATABASE_URL"])}  # fmt: skip


def _owner(server: embedded.Server) -> dict[str, str]:
    return {"DATABASE_OWNER_URL": _at(server, SERVICES["migrate"]["environment"]["DATABASE_OWNER_URL"])}


def _command(command: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """A command as the container runs it: our Python is its `python`."""
    path = f"{Path(sys.executable).parent}:{environment['PATH']}"
    return subprocess.run(
        [shutil.which(command[0], path=path) or command[0], *command[1:]], cwd=CHECKOUT,
        env=environment | {"PATH": path}, capture_output=True, text=True, timeout=180,
    )  # fmt: skip


@contextmanager
def _web(environment: dict[str, str]) -> Iterator[int]:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = json.loads(last("CMD"))
    assert command[0] == "python"
    process = subprocess.Popen(
        [sys.executable, *command[1:]], cwd=CHECKOUT, env=environment | {"WEB_BIND": f"127.0.0.1:{port}"},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    try:
        _await(process, port)
        yield port
    finally:
        process.terminate()
        out, _ = process.communicate(timeout=180)
    assert process.returncode == 0, out


def _await(process: subprocess.Popen[str], port: int) -> None:
    for _ in range(1_200):
        assert process.poll() is None, process.communicate()[0]
        with suppress(URLError, ConnectionError, TimeoutError), urlopen(f"http://127.0.0.1:{port}/health", timeout=2):
            return
        time.sleep(0.1)
    raise AssertionError("the web server does not answer")


def test_the_shell_scripts_are_read_by_a_plain_shell() -> None:
    for script in sorted(DOCKER.glob("*.sh")):
        subprocess.run(["sh", "-n", script], check=True)
        assert script.read_text().startswith("#!/bin/sh\n")
