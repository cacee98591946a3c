"""The settings: no database and no good secret are told in a sentence, and production is strict."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.place import CHECKOUT

URL = "postgresql://nobody@127.0.0.1:1/nowhere"
GOOD = {"DATABASE_URL": URL, "SECRET_KEY": "x" * 32}


def config(settings: dict[str, str], show: str = "") -> subprocess.CompletedProcess[str]:
    """Reads the settings in a process of its own and prints an expression."""
    environment = {"PATH": os.defpath, "STOCKBOOK_HOME": "/nonexistent/stockbook", **settings}
    command = [sys.executable, "-c", f"import config; print({show})"]
    return subprocess.run(command, env=environment, cwd=CHECKOUT, capture_output=True, text=True)


@pytest.mark.parametrize("key", ["", "short", "x" * 31])
def test_production_refuses_a_missing_or_short_secret(key: str) -> None:
    done = config({**GOOD, "STOCKBOOK_ENV": "production", "SECRET_KEY": key})

    assert done.returncode == 1
    assert done.stderr.startswith("SECRET_KEY must have at least 32 characters")


def test_a_short_secret_is_refused_everywhere() -> None:
    assert "at least 32 characters" in config({**GOOD, "SECRET_KEY": "short"}).stderr


def test_production_sends_cookies_over_https_only() -> None:
    show = "config.SESSION_COOKIE_SECURE, config.REMEMBER_COOKIE_SECURE, config.SESSION_COOKIE_HTTPONLY"

    assert config({**GOOD, "STOCKBOOK_ENV": "production"}, show).stdout == "True True True\n"
    assert config(GOOD, show).stdout == "False False True\n"


def test_outside_production_a_secret_is_made_and_kept(tmp_path: Path) -> None:
    settings = {"DATABASE_URL": URL, "STOCKBOOK_HOME": str(tmp_path)}

    secrets = {config(settings, "config.SECRET_KEY").stdout for _ in range(2)}

    assert len(secrets) == 1
    assert len(secrets.pop().strip()) >= 32


def test_without_a_database_it_says_what_to_do() -> None:
    done = config({"SECRET_KEY": "x" * 32})

    assert done.returncode == 1
    assert "make run" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("settings", "urls"),
    [
        ({"DATABASE_URL": URL}, f"{URL} {URL}"),
        ({"DATABASE_URL": URL, "DATABASE_OWNER_URL": f"{URL}2"}, f"{URL} {URL}2"),
        ({"DATABASE_URL": URL.replace("postgresql", "postgres")}, f"{URL} {URL}"),
    ],
)
def test_migrations_use_the_owners_address_where_there_is_one(settings: dict[str, str], urls: str) -> None:
    done = config({"SECRET_KEY": "x" * 32, **settings}, "config.SQLALCHEMY_DATABASE_URI, config.DATABASE_OWNER_URL")

    assert done.stdout.strip() == urls, done.stderr
