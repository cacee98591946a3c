"""Plants every known fault and shows that a test sees it.

    python -m tests.planted [WORD …]      only faults whose rule or test has one of the words

Faults are planted in a copy of the program, one at a time or those of a group together.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from queue import SimpleQueue
from xml.etree import ElementTree

from app import embedded
from app.place import CHECKOUT
from tests.places import quick_place
from tests.planted.fault import Fault
from tests.planted.table import FAULTS

HANDS = 2
LEFT_OUT = shutil.ignore_patterns(".*", "__pycache__", "var", "node_modules")
LAST_SQL = "migrations/versions/0001_first/privileges.sql"


class Bench:
    """A copy of the program in which faults are planted, and the server on which its tests run."""

    def __init__(self, folder: Path, server: str) -> None:
        self.folder = folder
        shutil.copytree(CHECKOUT, folder, ignore=LEFT_OUT)
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")} | {
            "TEST_DATABASE_URL": server, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": "",
        }  # fmt: skip

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

    def outcomes(self, tests: Sequence[str]) -> dict[str, str]:
        """What became of each test: `green`, `red`, or why it did not run."""
        known = [test for test in tests if _exists(self.folder, test)]
        report = self.folder / "report.xml"
        report.unlink(missing_ok=True)
        run = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--hypothesis-profile=planted",
             f"--junitxml={report}", *known],
            cwd=self.folder, env=self.environment, capture_output=True, text=True,
        )  # fmt: skip
        if run.returncode not in (0, 1):
            return dict.fromkeys(tests, f"does not run:\n{run.stdout[-1500:]}{run.stderr[-1500:]}")
        colours = dict.fromkeys(tests, "did not run")
        for case in ElementTree.parse(report).iter("testcase"):
            for test in tests:
                if _is(_name(case), test) and colours[test] != "red":
                    colours[test] = _colour(case)
        return colours


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
            colours = bench.outcomes([fault.test for fault in faults])
        results = (colours[fault.test] for fault in faults)
        return ["" if it == "red" else "stays green" if it == "green" else it for it in results]
    except (ValueError, OSError) as error:
        return [str(error)] * len(faults)
    finally:
        benches.put(bench)


def without_faults(benches: SimpleQueue[Bench], faults: Sequence[Fault]) -> dict[str, str]:
    """The outcome of every test without any fault: one that is red already proves nothing."""
    bench = benches.get()
    try:
        return bench.outcomes(sorted({fault.test for fault in faults}))
    finally:
        benches.put(bench)


def main(words: Sequence[str]) -> int:
    """Plants the faults, prints a line for each and the sum, and gives 1 where one was not seen."""
    chosen = [it for it in FAULTS if not words or any(re.search(word, f"{it.rule} {it.test}") for word in words)]
    groups = [[fault] for fault in chosen if not fault.group]
    names = sorted({fault.group for fault in chosen} - {""})
    groups += [[fault for fault in chosen if fault.group == name] for name in names]
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="stockbook-planted-", dir=quick_place()) as place:
        folder = Path(place)
        folder.chmod(0o755)
        with embedded.serve(folder / "server", durable=False) as server:
            benches: SimpleQueue[Bench] = SimpleQueue()
            for hand in range(HANDS):
                benches.put(Bench(folder / f"copy{hand}", server.url(embedded.SUPERUSER, "postgres")))
            before = without_faults(benches, chosen)
            unseen = 0
            with ThreadPoolExecutor(HANDS) as pool:
                for faults, results in zip(groups, pool.map(lambda group: see(benches, group), groups), strict=True):
                    for fault, result in zip(faults, results, strict=True):
                        if before[fault.test] != "green":
                            result = f"without it: {before[fault.test]}"
                        seen = "NOT SEEN" if result else "seen"
                        print(f"{seen:8}  {fault.rule}  ({fault.test}) {result}", flush=True)
                        unseen += bool(result)
    print(f"{len(chosen) - unseen} of {len(chosen)} planted faults seen, in {time.monotonic() - began:.0f} s")
    return 1 if unseen else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
