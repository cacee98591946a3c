"""Where tests put what they soon throw away."""

import os
import shutil

MEMORY = "/dev/shm"
ENOUGH = 4 * 2**30


def quick_place() -> str | None:
    """A folder in memory where there is plenty of it, else None: a slow disk makes copies of databases slow."""
    roomy = os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ENOUGH
    return MEMORY if roomy else None
