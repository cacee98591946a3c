"""A process that has loaded every library the tests use and nothing of the program: each run begins as a copy of it.

    python -P tests/planted/warm.py CHECKOUT

Each line it reads is a run as JSON: the `folder` in which pytest runs, its `arguments`, what is added to its
`environment`, and the file for its `output`; each line it writes is the exit status of that run.
"""

import ast
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path

OWN = ("app", "tests", "benchmarks", "migrations", "config")


def libraries(checkout: Path) -> Iterator[str]:
    """The modules from elsewhere that the program and its tests name in their imports."""
    for path in (*checkout.glob("app/**/*.py"), *checkout.glob("tests/**/*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield node.module


def run(folder: str, arguments: Sequence[str], environment: Mapping[str, str], output: str) -> int:
    """Runs pytest in a copy of this process, and gives its exit status."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for stream in (1, 2):
        os.dup2(os.open(output, os.O_WRONLY | os.O_CREAT | os.O_APPEND), stream)
    os.environ.update(environment)
    os.chdir(folder)
    sys.path.insert(0, folder)
    sys.exit(import_module("pytest").main([*arguments]))


if __name__ == "__main__":
    for name in sorted(set(libraries(Path(sys.argv[1])))):
        if name.partition(".")[0] not in OWN:
            with suppress(ImportError):
                import_module(name)
    for line in sys.stdin:
        print(run(**json.loads(line)), flush=True)
