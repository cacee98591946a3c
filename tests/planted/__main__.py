"""Plants every known fault and shows that a test sees it.

    python -m tests.planted [WORD …]      only faults whose rule or test has one of the words

Faults are planted in a copy of the program, one at a time or those of a group together.
"""

import compileall
import json
import os
import py_compile
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from queue import SimpleQueue
from xml.etree import ElementTree

from app import database, embedded
from app.place import CHECKOUT
from tests.conftest import migrate
from tests.places import quick_place
from tests.planted.fault import Fault
from tests.planted.table import FAULTS

HANDS = 2
LEFT_OUT = shutil.ignore_patterns(".*", "__pycache__", "var", "node_modules")
LAST_SQL = "migrations/versions/0001_first/privileges.sql"
MIGRATED = "stockbook_migrated"
LOADED = ("-W", "ignore::pytest.PytestAssertRewriteWarning")


class Bench:
    """A copy of the program in which faults are planted, and a process in copies of which its tests run."""

    def __init__(self, folder: Path, server: str) -> None:
        self.folder = folder
        shutil.copytree(CHECKOUT, folder, ignore=LEFT_OUT)
        # A fault may come and go within the second that a file's time knows: what is compiled goes by content.
        compileall.compile_dir(folder, quiet=2, invalidation_mode=py_compile.PycInvalidationMode.CHECKED_HASH)
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")} | {
            "TEST_DATABASE_URL": server, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": "",
        }  # fmt: skip
        command = [sys.executable, "-P", str(CHECKOUT / "tests/planted/warm.py"), str(CHECKOUT)]
        self.warm = subprocess.Popen(
            command, env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=folder
        )

    def close(self) -> None:
        """Ends the process."""
        self.warm.communicate()

    @contextmanager
    def changed(self, faults: Sequence[Fault]) -> Iterator[None]:
        """The copy with faults in it; ValueError where a text that is to be changed does not stand there once."""
        with ExitStack() as repairs:
            for fault in faults:
                path = self.folder / (fault.file or LAST_SQL)
                before = path.read_text()
                if fault.old and before.count(fault.old) != 1:
                    raise ValueError(f"cannot be planted: {fault.file} has its text {before.count(fault.old)} times")
                new = fault.new or f";\n{fault.sql};\n"
                repairs.callback(path.write_text, before)
                path.write_text(before.replace(fault.old, fault.new) if fault.old else before + new)
            yield

    def outcomes(self, tests: Sequence[str], faults: Sequence[Fault] = ()) -> dict[str, str]:
        """What became of each test, with these faults planted: `green`, `red`, or why it did not run."""
        known = [test for test in tests if _exists(self.folder, test)]
        if not known:
            return dict.fromkeys(tests, "did not run")
        report, output = self.folder / "report.xml", self.folder / "output.txt"
        report.unlink(missing_ok=True)
        output.unlink(missing_ok=True)
        options = ["-q", "-p", "no:cacheprovider", "--hypothesis-profile=planted", f"--junitxml={report}", *LOADED]
        migrated = {} if any(map(_in_schema, faults)) else {"TEST_DATABASE_TEMPLATE": MIGRATED}
        if self._run([*options, *known], migrated, output) not in (0, 1):
            return dict.fromkeys(tests, f"does not run:\n{output.read_text()[-3000:]}")
        colours = dict.fromkeys(tests, "did not run")
        for case in ElementTree.parse(report).iter("testcase"):
            for test in tests:
                if _is(_name(case), test) and colours[test] != "red":
                    colours[test] = _colour(case)
        return colours

    def _run(self, arguments: Sequence[str], environment: Mapping[str, str], output: Path) -> int:
        assert self.warm.stdin
        assert self.warm.stdout
        run = {"folder": str(self.folder), "arguments": arguments, "environment": environment, "output": str(output)}
        print(json.dumps(run), file=self.warm.stdin, flush=True)
        return int(self.warm.stdout.readline())


def _in_schema(fault: Fault) -> bool:
    """Whether it changes what a migrated database is."""
    return bool(fault.sql) or fault.file.startswith("migrations/") or fault.file == "app/database.py"


def _exists(folder: Path, test: str) -> bool:
    """Whether the file has a test of this name, so that one that was renamed does not keep the others from running."""
    path, _, name = test.partition("::")
    file = folder / path
    return file.exists() and f"def {name.partition('[')[0]}(" in file.read_text()


def _colour(case: ElementTree.Element) -> str:
    if case.find("failure") is not None or case.find("error") is not None:
        return "red"
    return "green" if case.find("skipped") is None else "did not run"


def _name(case: ElementTree.Element) -> str:
    return f"{case.get('classname', '').replace('.', '/')}.py::{case.get('name')}"


def _is(name: str, test: str) -> bool:
    """Whether the test that ran is the one meant: itself, or one case of it."""
    return name == test or name.startswith(f"{test}[")


def see(benches: SimpleQueue[Bench], faults: Sequence[Fault]) -> list[str]:
    """What became of each fault of a group: nothing where its test saw it."""
    bench = benches.get()
    try:
        with bench.changed(faults):
            colours = bench.outcomes([fault.test for fault in faults], faults)
        results = (colours[fault.test] for fault in faults)
        return ["" if it == "red" else "stays green" if it == "green" else it for it in results]
    except (ValueError, OSError) as error:
        return [str(error)] * len(faults)
    finally:
        benches.put(bench)


def without_faults(benches: SimpleQueue[Bench], tests: Sequence[str]) -> dict[str, str]:
    """The outcome of every test without any fault: one that is red already proves nothing."""
    bench = benches.get()
    try:
        return bench.outcomes(tests)
    finally:
        benches.put(bench)


def migrated_database(server: embedded.Server) -> None:
    """Makes the database of which the tests' own are copies where no fault changes it."""
    with server.connect() as connection:
        database.create(connection, MIGRATED)
    migrate(server.url(embedded.SUPERUSER, MIGRATED))


@contextmanager
def benches_on(folder: Path) -> Iterator[SimpleQueue[Bench]]:
    """A bench for each hand, and the server that they share."""
    with embedded.serve(folder / "server", durable=False) as server, ExitStack() as exits:
        migrated_database(server)
        benches: SimpleQueue[Bench] = SimpleQueue()
        for hand in range(HANDS):
            bench = Bench(folder / f"copy{hand}", server.url(embedded.SUPERUSER, "postgres"))
            exits.callback(bench.close)
            benches.put(bench)
        yield benches


def main(words: Sequence[str]) -> int:
    """Plants the faults, prints a line for each and the sum, and gives 1 where one was not seen."""
    chosen = [it for it in FAULTS if not words or any(re.search(word, f"{it.rule} {it.test}") for word in words)]
    groups = [[fault] for fault in chosen if not fault.group]
    names = sorted({fault.group for fault in chosen} - {""})
    groups += [[fault for fault in chosen if fault.group == name] for name in names]
    tests = sorted({fault.test for fault in chosen})
    began, unseen = time.monotonic(), 0
    with (
        tempfile.TemporaryDirectory(prefix="stockbook-planted-", dir=quick_place()) as place,
        benches_on(_open(Path(place))) as benches,
        ThreadPoolExecutor(HANDS) as pool,
    ):
        halves = pool.map(lambda hand: without_faults(benches, tests[hand::HANDS]), range(HANDS))
        before = {test: colour for half in halves for test, colour in half.items()}
        for faults, results in zip(groups, pool.map(lambda group: see(benches, group), groups), strict=True):
            for fault, result in zip(faults, results, strict=True):
                if before[fault.test] != "green":
                    result = f"without it: {before[fault.test]}"
                print(f"{'NOT SEEN' if result else 'seen':8}  {fault.rule}  ({fault.test}) {result}", flush=True)
                unseen += bool(result)
    print(f"{len(chosen) - unseen} of {len(chosen)} planted faults seen, in {time.monotonic() - began:.0f} s")
    return 1 if unseen else 0


def _open(folder: Path) -> Path:
    folder.chmod(0o755)
    return folder


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
