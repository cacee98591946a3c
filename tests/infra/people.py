"""Running the program as somebody, in a checkout of its own."""

import os
import pwd
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.place import CHECKOUT, open_to_all

PARTS = ("app", "migrations", "config.py", "run.py", "wsgi.py", "Makefile", "requirements.txt")
DEBIAN_PYTHON = Path(f"/usr/bin/python{sys.version_info.major}.{sys.version_info.minor}")


def python_for_all() -> tuple[Path, dict[str, str]] | None:
    """A Python that any user may run, and what it needs to find our packages; None where there is none."""
    libraries = sysconfig.get_paths()["purelib"]
    for candidate in (Path(sys.executable), DEBIAN_PYTHON):
        if candidate.exists() and open_to_all(candidate.resolve()) and open_to_all(Path(libraries)):
            return candidate, {} if candidate == Path(sys.executable) else {"PYTHONPATH": libraries}
    return None


@dataclass
class Place:
    """A checkout, and who works in it: a user of the system, or whoever runs the tests."""

    folder: Path
    user: pwd.struct_passwd | None = None
    settings: Mapping[str, str] = field(default_factory=dict)

    def environment(self) -> dict[str, str]:
        python = python_for_all()
        return {
            "PATH": os.defpath, "LANG": "C", "HOME": self.user.pw_dir if self.user else os.environ.get("HOME", "/"),
            **(python[1] if python else {}), **self.settings,
        }  # fmt: skip

    def start(self, *arguments: str, **options: Any) -> subprocess.Popen[str]:
        """Python with these arguments, as the user."""
        python = python_for_all()
        assert python
        who = {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []} if self.user else {}
        return subprocess.Popen(
            [str(python[0]), *arguments], cwd=self.folder, env=self.environment(), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **who, **options,
        )  # fmt: skip

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        with self.start(*arguments) as process:
            out, err = process.communicate(timeout=180)
            return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def served(self, program: str) -> subprocess.CompletedProcess[str]:
        """A program of Python while the embedded server runs for it."""
        python = python_for_all()
        assert python
        return self.run("-m", "app.embedded", str(python[0]), "-c", program)


def checkout(folder: Path, owner: pwd.struct_passwd | None = None) -> Path:
    """A copy of the program, of this owner."""
    for part in PARTS:
        source = CHECKOUT / part
        if source.is_dir():
            shutil.copytree(source, folder / part, ignore=shutil.ignore_patterns("__pycache__", "static"))
        elif source.exists():
            shutil.copy(source, folder / part)
    if owner:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, owner.pw_uid, owner.pw_gid)
    return folder


def modes(path: Path) -> dict[str, int]:
    """The modes of all the folders above a path, as far as they are there."""
    return {str(parent): parent.stat().st_mode for parent in path.parents if parent.exists()}
