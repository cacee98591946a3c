"""The whole ledger as text, for `verify_chain.py` and for whoever wants it in another program."""

import json
from collections.abc import Iterator

from sqlalchemy.orm import Session

from app.domain.kernel.company import company
from app.domain.kernel.rows import read

FORMAT = "stockbook ledger 1"
AT_ONCE = 5_000

COMPANY = "SELECT name, currency, chain_seq, encode(chain_hash, 'hex') AS head FROM company"
ENTRIES = """
SELECT chain.seq, encode(chain.hash, 'hex') AS hash, entry.event, coalesce(document.number, '') AS number,
       entry."on"::text AS on, to_char(entry.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at,
       entry.currency,
       (SELECT jsonb_agg(jsonb_build_array(account.code, round(line.debit, %(decimals)s)::text,
                                           round(line.credit, %(decimals)s)::text) ORDER BY line.position)
        FROM journal_line line JOIN account ON account.id = line.account_id
        WHERE line.entry_id = entry.id) AS lines
FROM journal_chain chain JOIN journal_entry entry ON entry.id = chain.entry_id
JOIN document ON document.id = entry.document_id
WHERE chain.seq > %(after)s ORDER BY chain.seq LIMIT %(at_once)s
"""


def export_ledger(session: Session) -> Iterator[str]:
    """The export's lines, each one JSON value: the company, then every entry in the order of recording.

    The session has to see one moment throughout (REPEATABLE READ). Memory does not grow with the ledger.
    """
    decimals, after = company(session).decimals, 0
    head = read(session, COMPANY)[0]
    yield json.dumps(
        {"format": FORMAT, "company": head.name, "currency": head.currency, "decimals": decimals,
         "entries": head.chain_seq, "head": head.head}, ensure_ascii=False,
    )  # fmt: skip
    while rows := read(session, ENTRIES, after=after, decimals=decimals, at_once=AT_ONCE):
        yield from (json.dumps(row._asdict(), ensure_ascii=False) for row in rows)
        after = rows[-1].seq
