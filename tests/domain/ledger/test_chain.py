"""The chain over the entries, recomputed here from the rows alone."""

import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.domain.kernel.document import register
from app.domain.kernel.numbering import ask_number
from app.domain.kernel.rows import read, write
from app.domain.kernel.unit import deed, preview, seal
from app.domain.ledger.posting import Posting, post, post_mirrors
from tests.domain.ledger.conftest import found

ROWS = """
SELECT chain.seq, chain.hash, entry.event, document.number, entry."on", entry.at, entry.currency, account.code,
       line.debit, line.credit
FROM journal_chain chain JOIN journal_entry entry ON entry.id = chain.entry_id
JOIN document ON document.id = entry.document_id
JOIN journal_line line ON line.entry_id = entry.id JOIN account ON account.id = line.account_id
ORDER BY chain.seq, line.position
"""


def broken(session: Session, decimals: int = 2) -> list[int]:
    """The numbers of the entries whose hash is not what their rows give."""
    texts: dict[int, list[str]] = {}
    hashes: dict[int, bytes] = {}
    for row in read(session, ROWS):
        at = row.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        head = [str(row.seq), row.event, row.number or "", row.on.isoformat(), at, row.currency]
        amounts = [f"{amount:.{decimals}f}" for amount in (row.debit, row.credit)]
        texts.setdefault(row.seq, head).extend([row.code, *amounts])
        hashes[row.seq] = bytes(row.hash)
    bad, previous = [], b""
    for seq, text in texts.items():
        if hashlib.sha256(previous + "\x1f".join(text).encode()).digest() != hashes[seq]:
            bad.append(seq)
        previous = hashes[seq]
    return bad


def head(session: Session) -> tuple[int, bytes]:
    [row] = read(session, "SELECT chain_seq, chain_hash FROM company")
    return row.chain_seq, bytes(row.chain_hash)


def invoices(documents: Sequence[int]) -> list[Posting]:
    return [Posting(i, {"gross": Decimal("12.6"), "net": Decimal("10.5"), "vat": Decimal("2.1")}) for i in documents]


@pytest.fixture
def posted(session, anna, documents, today) -> list[int]:
    """Three numbered documents with an entry each, the mirror of the first, and all in the chain."""
    ids = documents(3)
    ask_number(session, "invoices", dict.fromkeys(ids, today))
    post(session, "invoice.issued", invoices(ids), on=today, by=anna)
    seal(session)
    post_mirrors(session, "invoice.issued", ids[:1], on=today, by=anna)
    seal(session)
    return ids


def test_every_entry_has_its_place_in_the_order_of_posting(session, posted) -> None:
    places = read(
        session,
        """SELECT chain.seq, entry.document_id, entry.event FROM journal_chain chain
                              JOIN journal_entry entry ON entry.id = chain.entry_id ORDER BY chain.seq""",
    )

    assert [tuple(place) for place in places] == [
        (1, posted[0], "invoice.issued"),
        (2, posted[1], "invoice.issued"),
        (3, posted[2], "invoice.issued"),
        (4, posted[0], "invoice.issued.cancelled"),
    ]
    assert broken(session) == []
    assert head(session) == (4, bytes(read(session, "SELECT hash FROM journal_chain WHERE seq = 4")[0].hash))


def test_the_hash_is_over_this_text(session, anna, today) -> None:
    [document] = register(session, "stock_receipt", [{}])
    post(session, "receipt.processed", [Posting(document, {"cost": Decimal(7)})], on=today, by=anna)
    seal(session)

    [entry] = read(session, "SELECT at FROM journal_entry")
    at = f"{entry.at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}Z"
    text = f"1|receipt.processed||{today}|{at}|EUR|1200|7.00|0.00|2010|0.00|7.00".replace("|", "\x1f")
    assert head(session) == (1, hashlib.sha256(text.encode()).digest())


@pytest.mark.parametrize("alteration", [
    "UPDATE journal_line SET debit = debit + 0.01 WHERE debit > 0 AND entry_id = {entry}",
    "UPDATE journal_line SET (debit, credit) = (credit, debit) WHERE entry_id = {entry}",
    "UPDATE journal_line SET position = 4 - position WHERE entry_id = {entry}",
    "UPDATE journal_line SET account_id = account_id + 1 WHERE position = 1 AND entry_id = {entry}",
    "DELETE FROM journal_line WHERE position = 3 AND entry_id = {entry}",
    """UPDATE journal_entry SET "on" = "on" - 1 WHERE id = {entry}""",
    "UPDATE journal_entry SET at = at + interval '1 microsecond' WHERE id = {entry}",
    "UPDATE journal_entry SET event = event || 'x' WHERE id = {entry}",
    "UPDATE journal_entry SET currency = 'USD' WHERE id = {entry}",
    "UPDATE document SET number = '9' WHERE id = (SELECT document_id FROM journal_entry WHERE id = {entry})",
])  # fmt: skip
def test_the_chain_breaks_where_anything_is_altered(session, posted, behind_the_back, alteration: str) -> None:
    [entry] = read(session, "SELECT entry_id AS id FROM journal_chain WHERE seq = 2")

    assert behind_the_back(alteration.format(entry=entry.id)) > 0

    assert broken(session) == [2]


def test_the_chain_breaks_where_two_entries_change_places(session, posted, behind_the_back) -> None:
    behind_the_back("UPDATE journal_chain SET seq = -seq WHERE seq IN (2, 3)")
    behind_the_back("UPDATE journal_chain SET seq = 5 + seq WHERE seq < 0")

    assert {2, 3} <= set(broken(session))


def test_amounts_have_the_decimals_of_the_currency(session, today) -> None:
    anna = found(session, "JPY")
    [document] = register(session, "stock_receipt", [{}])
    post(session, "receipt.processed", [Posting(document, {"cost": Decimal(700)})], on=today, by=anna)
    seal(session)

    assert broken(session, decimals=0) == []
    assert broken(session, decimals=2) == [1]


def test_a_preview_takes_no_place(fresh_database: Engine, today) -> None:
    anna = deed(found)

    def work(session: Session) -> None:
        post(session, "invoice.issued", invoices(register(session, "invoice", [{}])), on=today, by=anna)

    entries = preview(work, lambda session: len(read(session, "SELECT id FROM journal_entry")))

    assert entries == 1
    assert deed(lambda session: (head(session), len(read(session, "SELECT id FROM journal_entry")))) == ((0, b""), 0)


def test_deeds_at_the_same_time_stand_one_behind_the_other(fresh_database: Engine, today) -> None:
    anna = deed(found)

    def work(session: Session) -> None:
        ids = register(session, "invoice", [{}] * 3)
        post(session, "invoice.issued", invoices(ids), on=today - timedelta(1), by=anna)

    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(deed, work) for _ in range(20)]:
            done.result()

    seqs = deed(lambda session: [row.seq for row in read(session, "SELECT seq FROM journal_chain ORDER BY seq")])
    assert seqs == list(range(1, 61))
    assert deed(broken) == []
    assert deed(head)[0] == 60


def test_a_deed_that_fails_leaves_no_gap(fresh_database: Engine, today) -> None:
    anna = deed(found)

    def work(session: Session) -> None:
        post(session, "invoice.issued", invoices(register(session, "invoice", [{}])), on=today, by=anna)

    def failing(session: Session) -> None:
        work(session)
        seal(session)
        write(session, "SELECT 1 / 0")

    deed(work)
    with pytest.raises(Exception, match="division by zero"):
        deed(failing)
    deed(work)

    assert deed(head)[0] == 2
    assert deed(broken) == []
