"""Where this checkout keeps its data and secrets on this machine, and for whom they are readable."""

import hashlib
import os
import pwd
import secrets
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent


class Unfit(Exception):
    """Something outside the program that a person has to put right; the text says what and how."""


def home() -> Path:
    """The folder of this checkout's data: STOCKBOOK_HOME, else `var/`, else one that the person can write.

    Root never writes into a checkout that may belong to somebody else, so that both can use it in turn.
    """
    if chosen := os.environ.get("STOCKBOOK_HOME"):
        return Path(chosen).resolve()
    digest = hashlib.sha256(str(CHECKOUT).encode()).hexdigest()[:12]
    if os.geteuid() == 0:
        return Path("/var/lib/stockbook") / digest
    var = CHECKOUT / "var"
    if os.access(var if var.exists() else CHECKOUT, os.W_OK):
        return var
    state = os.environ.get("XDG_STATE_HOME") or Path(pwd.getpwuid(os.geteuid()).pw_dir) / ".local/state"
    return Path(state) / "stockbook" / digest


def make_folder(folder: Path, mode: int = 0o755) -> Path:
    """Makes the folder and what is missing above it; folders that exist keep their mode."""
    if not folder.exists():
        make_folder(folder.parent)
        # Of two launchers at once, one makes it.
        with suppress(FileExistsError):
            folder.mkdir()
            folder.chmod(mode)
    return folder


def kept(path: Path, make: Callable[[], str]) -> str:
    """The text of a 0600 file, made at the first call; of two first calls at once one wins and both give its text."""
    make_folder(path.parent)
    if not path.exists():
        draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        with open(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(make())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    try:
        return path.read_text()
    except PermissionError:
        raise Unfit(f"{path} belongs to another user: work as that user, or set STOCKBOOK_HOME.") from None


def open_to_all(path: Path) -> bool:
    """Whether any user may read the file or folder, through all the folders above it."""
    wanted = stat.S_IROTH | stat.S_IXOTH
    reachable = all(parent.stat().st_mode & stat.S_IXOTH for parent in path.parents)
    return reachable and path.stat().st_mode & wanted == wanted
