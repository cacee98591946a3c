"""Proves an exported ledger: alone, with nothing but Python and the export, for whoever has to believe the books.

    python3 verify_chain.py LEDGER.jsonl [--head HASH]

The export is text, one JSON value a line, plain or gzipped: first the company with its currency's decimals, then the
entries in the order in which they were recorded. Every entry has a number and a hash over the hash before it and its
own text: number, event, document, business date, moment in UTC, currency and, for each line, account code, debit and
credit, joined by the character 0x1F (SHA-256, FIPS 180-4). So nothing can be changed, added, removed or moved without
changing every hash after it. `--head` compares the last hash with one that was written down elsewhere: only that shows
whether entries are missing from the end, or whether all hashes were reckoned anew.

It exits with 0 where everything holds, and with 1 at the first entry that does not.
"""

import argparse
import gzip
import hashlib
import json
import sys
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

FORMAT = "stockbook ledger 1"
SEPARATOR = "\x1f"
FIELDS = ("event", "number", "on", "at", "currency")


class Broken(Exception):
    """What does not hold, as a sentence."""


def verify(path: Path, head: str = "") -> tuple[int, str]:
    """Reads an export to its end and gives the number of entries and the last hash; raises Broken."""
    values = _values(path)
    company = next(values, None)
    if not isinstance(company, dict) or company.get("format") != FORMAT:
        raise Broken(f'This is no export of a ledger: its first line would have to say "{FORMAT}".')
    seq, last = 0, b""
    for entry in values:
        seq += 1
        last = _next_hash(entry, seq, last, company)
    if head and head.lower() != last.hex():
        raise Broken(f"The last hash is {last.hex() or 'none'}, and {head} was expected: entries are missing or new.")
    return seq, last.hex()


def _values(path: Path) -> Iterator[Any]:
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
        for place, line in enumerate(file, start=1):
            try:
                yield json.loads(line)
            except ValueError:
                raise Broken(f"Line {place} of the file is not JSON.") from None


def _next_hash(entry: Any, seq: int, previous: bytes, company: dict[str, Any]) -> bytes:
    if entry.get("seq") != seq:
        raise Broken(f"Entry {seq} is missing: {entry.get('seq')} stands in its place.")
    its = digest(entry, previous, company["decimals"])
    if its.hex() != entry["hash"]:
        raise Broken(f"Entry {seq} is not what was recorded ({entry['event']}, {entry['number'] or 'no number'}).")
    debit, credit = (sum((_amount(line[side], seq) for line in entry["lines"]), Decimal(0)) for side in (1, 2))
    if debit != credit or not entry["lines"]:
        raise Broken(f"Entry {seq} does not balance: {debit} to the debit, {credit} to the credit.")
    return its


def digest(entry: dict[str, Any], previous: bytes, decimals: int) -> bytes:
    """The hash that an entry has after the one before it."""
    words = [str(entry["seq"]), *(entry[field] for field in FIELDS)]
    for code, debit, credit in entry["lines"]:
        words += [code, *(f"{_amount(text, entry['seq']):.{decimals}f}" for text in (debit, credit))]
    return hashlib.sha256(previous + SEPARATOR.join(words).encode()).digest()


def _amount(text: Any, seq: int) -> Decimal:
    try:
        return Decimal(text)
    except (InvalidOperation, TypeError):
        raise Broken(f"Entry {seq} has an amount that is no number: {text!r}.") from None


def main() -> int:
    """Tells what came of it."""
    parser = argparse.ArgumentParser(description="Proves an exported ledger.")
    parser.add_argument("file", type=Path)
    parser.add_argument("--head", default="", help="the last hash, as it was written down elsewhere")
    asked = parser.parse_args()
    try:
        entries, last = verify(asked.file, asked.head)
    except (Broken, OSError, KeyError, TypeError, AttributeError, ValueError) as broken:
        print(f"BROKEN  {broken}")
        return 1
    print(f"ok      {entries:,} entries, each after the one before it; the last hash is {last}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
