import os
import pwd
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.infra.people import Place, checkout, python_for_all
from tests.places import new_folder


@pytest.fixture(scope="session")
def ordinary_user() -> Iterator[pwd.struct_passwd]:
    """A user of the system without any rights, made for this run; skips where the tests may not make one."""
    if os.geteuid() != 0:
        pytest.skip("only root can make another user")
    if python_for_all() is None:
        pytest.skip("no Python of this version that another user could run")
    name = f"sbtest{os.getpid()}"
    _with_patience("useradd", "--create-home", "--home-dir", f"/tmp/{name}", name)
    yield pwd.getpwnam(name)
    _with_patience("userdel", "--remove", name)


def _with_patience(*command: str) -> None:
    """The list of users is locked while another process changes it."""
    for _ in range(50):
        if subprocess.run(command, capture_output=True).returncode == 0:
            return
        time.sleep(0.1)
    raise AssertionError(f"{command} does not succeed")


@pytest.fixture
def open_folder() -> Iterator[Path]:
    with new_folder() as folder:
        yield folder


@pytest.fixture
def place(open_folder: Path) -> Place:
    """A checkout for whoever runs the tests, with its data beside it."""
    if python_for_all() is None:
        pytest.skip("no Python of this version that another user could run")
    return Place(checkout(open_folder / "checkout"), settings={"STOCKBOOK_HOME": str(open_folder / "data")})
