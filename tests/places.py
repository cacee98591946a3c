"""Where tests put what they soon throw away."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MEMORY = "/dev/shm"
ENOUGH = 4 * 2**30


def quick_place() -> str | None:
    """A folder in memory where there is plenty of it, else None: a slow disk makes copies of databases slow."""
    roomy = os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ENOUGH
    return MEMORY if roomy else None


@contextmanager
def new_folder() -> Iterator[Path]:
    """A new folder that everybody may enter, unlike those of pytest; it goes with all that is in it."""
    folder = Path(tempfile.mkdtemp(prefix="sb-", dir=quick_place() or "/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)
