"""The table of planted faults keeps up with the program: what it changes stands there, and so do its tests."""

import pytest

from app.place import CHECKOUT
from tests.architecture.source import files
from tests.planted.fault import Fault
from tests.planted.table import FAULTS


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.rule)
def test_a_fault_can_be_planted_and_its_test_is_there(fault: Fault) -> None:
    path, _, name = fault.test.partition("::")
    there = f"def {name.partition('[')[0]}(" in files("tests").get(path, "")
    times = (CHECKOUT / fault.file).read_text().count(fault.old) if fault.old else 1

    assert there, f"no {fault.test}"
    assert times == 1, f"{fault.file} has {times} times: {fault.old}"
    assert bool(fault.sql) != bool(fault.file)
    assert fault.sql or fault.old != fault.new


def test_no_fault_is_planted_twice() -> None:
    planted = [(fault.file, fault.old, fault.new, fault.sql) for fault in FAULTS]

    assert len(set(planted)) == len(planted)
