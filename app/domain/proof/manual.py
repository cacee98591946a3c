"""What was typed by hand: it stands in the books line by line, and only where no document keeps the account."""

from sqlalchemy.orm import Session

from app.domain.proof.found import Found, find

# All of it is on accounts of one role, so that the sums by role, which prove the other events, come to nothing.
TYPED = """
WITH sums AS (
    SELECT entry.id AS document_id, entry.state, entry."on", line.account_id, sum(line.debit) AS debit,
           sum(line.credit) AS credit
    FROM manual_entry entry JOIN manual_entry_line line ON line.manual_entry_id = entry.id
    WHERE entry.state <> 'draft' GROUP BY entry.id, line.account_id
), typed AS (
    SELECT document_id, account_id, 'manual_entry.processed' AS event, "on", debit, credit FROM sums
    UNION ALL
    SELECT document_id, account_id, 'manual_entry.processed.cancelled', NULL, credit, debit FROM sums
    WHERE state = 'cancelled'
), posted AS (
    SELECT entry.document_id, line.account_id, entry.event, entry."on", sum(line.debit) AS debit,
           sum(line.credit) AS credit
    FROM journal_entry entry JOIN journal_line line ON line.entry_id = entry.id
    WHERE entry.event IN ('manual_entry.processed', 'manual_entry.processed.cancelled')
    GROUP BY entry.id, line.account_id
)
SELECT event AS what, document_id, account_id,
       concat_ws(' ', 'debit', typed.debit, 'credit', typed.credit, 'on', coalesce(typed."on", posted."on"))
       AS expected,
       concat_ws(' ', 'debit', posted.debit, 'credit', posted.credit, 'on', posted."on") AS found
FROM typed FULL JOIN posted USING (document_id, account_id, event)
WHERE (typed.debit, typed.credit) IS DISTINCT FROM (posted.debit, posted.credit) OR typed."on" <> posted."on"
UNION ALL
SELECT 'role of the account of line ' || line.position, line.manual_entry_id, line.account_id, 'other', account.role
FROM manual_entry_line line JOIN account ON account.id = line.account_id WHERE account.role <> 'other'
"""


def manual_entries_are_in_the_books_as_typed(session: Session) -> Found:
    """Each entry typed by hand is in the books with the same debits and credits, on accounts that no document keeps."""
    return find(session, TYPED)
