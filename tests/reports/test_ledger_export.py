"""The exported ledger is proved without the program, and every way of changing it is found."""

import gzip
import json
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app import verify_chain
from app.domain.kernel.rows import read
from app.reports.ledger_export import export_ledger
from tests.world import World

Lines = list[dict[str, Any]]


@pytest.fixture
def export(session: Session, tmp_path: Path) -> Path:
    """Seven entries or more, one of them cancelled."""
    world = World(session)
    bolt = world.add_product('БОЛТ "M5"', "10.00")
    world.receive(bolt, "100")
    _, shipment = world.shipped_order((bolt, "7"))
    world.pay(world.invoice(shipment), "20.00")
    path = tmp_path / "ledger.jsonl"
    path.write_text("".join(f"{line}\n" for line in export_ledger(session)), encoding="utf-8")
    return path


def run(*words: object) -> subprocess.CompletedProcess[str]:
    """As somebody without the program runs it: isolated, the script's own folder not on the path."""
    program = [sys.executable, "-I", verify_chain.__file__, *map(str, words)]
    return subprocess.run(program, capture_output=True, text=True, timeout=180)


def changed(path: Path, change: Callable[[Lines], None]) -> Path:
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    change(lines)
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")
    return path


def test_the_export_holds_by_itself_and_ends_with_the_companys_head(session: Session, export: Path) -> None:
    head = read(session, "SELECT chain_seq, encode(chain_hash, 'hex') AS hash FROM company")[0]

    done = run(export, "--head", head.hash)

    assert (done.returncode, done.stderr) == (0, "")
    assert f"{head.chain_seq} entries" in done.stdout
    assert head.hash in done.stdout
    assert json.loads(export.read_text().splitlines()[0])["head"] == head.hash


def test_a_gzipped_export_is_the_same(export: Path) -> None:
    packed = export.with_name("ledger.jsonl.gz")
    packed.write_bytes(gzip.compress(export.read_bytes()))

    assert run(packed).stdout == run(export).stdout


def _swap(lines: Lines) -> None:
    lines[2], lines[3] = lines[3], lines[2]


def _shift_a_cent(lines: Lines) -> None:
    for line in lines[2]["lines"][:1]:
        line[1] = "999.99"


def _both_sides(lines: Lines) -> None:
    for line in lines[2]["lines"]:
        line[1:] = [str(Decimal(text) + 1) if Decimal(text) else text for text in line[1:]]


CHANGES: dict[str, tuple[Callable[[Lines], Any], str]] = {
    "an amount": (_shift_a_cent, "Entry 2 is not what was recorded"),
    "an amount on both sides": (_both_sides, "Entry 2 is not what was recorded"),
    "an account": (lambda lines: lines[2]["lines"][0].__setitem__(0, "9999"), "Entry 2 is not what was recorded"),
    "a date": (lambda lines: lines[1].__setitem__("on", "2001-01-01"), "Entry 1 is not what was recorded"),
    "a number": (lambda lines: lines[2].__setitem__("number", "X"), "Entry 2 is not what was recorded"),
    "a moment": (lambda lines: lines[3].__setitem__("at", "2001-01-01T00:00:00.000000Z"), "Entry 3 is not"),
    "a line less": (lambda lines: lines[2]["lines"].pop(), "Entry 2 is not what was recorded"),
    "an entry less": (lambda lines: lines.pop(2), "Entry 2 is missing: 3 stands in its place."),
    "an entry twice": (lambda lines: lines.insert(2, lines[1]), "Entry 2 is missing: 1 stands in its place."),
    "two in another order": (_swap, "Entry 2 is missing: 3 stands in its place."),
    "an amount that is none": (lambda lines: lines[2]["lines"][0].__setitem__(1, "x"), "an amount that is no number"),
    "another company's beginning": (lambda lines: lines.pop(0), "This is no export of a ledger"),
    "an entry without its hash": (lambda lines: lines[2].pop("hash"), "hash"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_whatever_is_changed_is_found_at_its_place(export: Path, name: str) -> None:
    change, sentence = CHANGES[name]

    done = run(changed(export, change))

    assert done.returncode == 1
    assert done.stdout.startswith("BROKEN")
    assert sentence in done.stdout
    assert not done.stderr


def test_entries_cut_off_at_the_end_are_found_by_the_head_alone(export: Path) -> None:
    head = json.loads(export.read_text().splitlines()[0])["head"]
    cut = changed(export, lambda lines: lines.pop())

    assert run(cut).returncode == 0
    assert run(cut, "--head", head).returncode == 1


def test_an_entry_that_does_not_balance_is_found_even_with_hashes_reckoned_anew(export: Path) -> None:
    def forge(lines: Lines) -> None:
        _shift_a_cent(lines)
        previous = b""
        for entry in lines[1:]:
            previous = verify_chain.digest(entry, previous, lines[0]["decimals"])
            entry["hash"] = previous.hex()

    assert "Entry 2 does not balance" in run(changed(export, forge)).stdout


def test_what_is_no_export_is_said_to_be_none(tmp_path: Path) -> None:
    for text in ("", "not json\n", "[]\n", '{"format": "other"}\n'):
        path = tmp_path / "x.jsonl"
        path.write_text(text)
        assert run(path).returncode == 1
    assert run(tmp_path / "nowhere").returncode == 1
