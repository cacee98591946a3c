"""The chain over all entries: each has a number and a hash that covers it and everything before it.

Canonical text of an entry: UTF-8 of its number, event, document number (empty if none), business date, moment of
recording in UTC, currency, and for each line in order its account code, debit and credit, joined by 0x1F; amounts
plain, with exactly the decimals of the currency. Hash: SHA-256 of the previous hash (empty for the first) and the text.
"""

import hashlib
from collections.abc import Sequence

from sqlalchemy.orm import Session

from app.domain.kernel.company import company
from app.domain.kernel.rows import read, write

SEPARATOR = "\x1f"

# The text but for its number is made where the rows are. Ids were given in the order of posting.
LOCK_HEAD_AND_READ_TEXTS = """
WITH head AS (SELECT chain_seq, chain_hash FROM company FOR NO KEY UPDATE)
SELECT head.chain_seq, head.chain_hash, entry.id,
       concat_ws(E'\\x1f', entry.event, coalesce(document.number, ''), to_char(entry."on", 'YYYY-MM-DD'),
                 to_char(entry.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), entry.currency,
                 line.text) AS text
FROM head CROSS JOIN journal_entry entry
JOIN document ON document.id = entry.document_id
JOIN LATERAL (
    SELECT string_agg(concat_ws(E'\\x1f', account.code, round(line.debit, %(decimals)s)::text,
                                round(line.credit, %(decimals)s)::text), E'\\x1f' ORDER BY line.position) AS text
    FROM journal_line line JOIN account ON account.id = line.account_id
    WHERE line.entry_id = entry.id
) AS line ON true
WHERE entry.id = ANY(%(entries)s::bigint[])
ORDER BY entry.id
"""
# As entries get their places, the database writes how accounts, customers and desks stand at the end of each day
# (`keep_days`, among the guards).
EXTEND = """
WITH head AS (UPDATE company SET chain_seq = %(seq)s, chain_hash = %(hash)s)
INSERT INTO journal_chain (seq, entry_id, hash)
SELECT * FROM unnest(%(seqs)s::bigint[], %(entries)s::bigint[], %(hashes)s::bytea[])
"""


def remember_entries(session: Session, entry_ids: Sequence[int]) -> None:
    """Keeps new entries for the deed's seal."""
    waiting: list[int] = session.info.setdefault("entries without a place", [])
    waiting.extend(entry_ids)


def without_place(session: Session) -> list[int]:
    """The entries of this deed that wait for its seal, so that nothing kept from the chain knows of them yet."""
    return list(session.info.get("entries without a place", ()))


def place_in_chain(session: Session) -> None:
    """Gives the deed's new entries their places and adds them to the closings of their days, as its last act: the head
    stays locked until the deed is committed, so that nobody waits twice for what all deeds of a day add to.
    """
    entries: list[int] = session.info.pop("entries without a place", [])
    if not entries:
        return
    texts = read(session, LOCK_HEAD_AND_READ_TEXTS, entries=entries, decimals=company(session).decimals)
    links = chained(texts[0].chain_seq, bytes(texts[0].chain_hash), [row.text for row in texts])
    write(
        session,
        EXTEND,
        seq=links[-1][0],
        hash=links[-1][1],
        seqs=[seq for seq, _ in links],
        entries=[row.id for row in texts],
        hashes=[value for _, value in links],
    )


def chained(seq: int, previous: bytes, texts: Sequence[str]) -> list[tuple[int, bytes]]:
    """The (number, hash) of each text, the first of which follows the entry `seq` whose hash is `previous`."""
    links = []
    for text in texts:
        seq += 1
        previous = hashlib.sha256(previous + f"{seq}{SEPARATOR}{text}".encode()).digest()
        links.append((seq, previous))
    return links
