"""The table of planted faults keeps up with the program: what it changes stands there, and so do its tests."""

from functools import cache

from app.place import CHECKOUT
from tests.architecture.source import files
from tests.planted.fault import Fault
from tests.planted.table import FAULTS


def unfit(fault: Fault) -> str:
    """Why the fault cannot be planted, or nothing."""
    path, _, name = fault.test.partition("::")
    if f"def {name.partition('[')[0]}(" not in files("tests").get(path, ""):
        return f"no {fault.test}"
    if bool(fault.sql) == bool(fault.file) or (fault.file and fault.old == fault.new):
        return f"changes nothing: {fault.rule}"
    times = _text(fault.file).count(fault.old) if fault.old else 1
    return "" if times == 1 else f"{fault.file} has {times} times: {fault.old}"


@cache
def _text(file: str) -> str:
    return (CHECKOUT / file).read_text() if file else ""


def test_every_fault_can_be_planted_and_its_test_is_there() -> None:
    assert [why for fault in FAULTS if (why := unfit(fault))] == []


def test_no_fault_is_planted_twice() -> None:
    planted = [(fault.file, fault.old, fault.new, fault.sql) for fault in FAULTS]

    assert len(set(planted)) == len(planted)
