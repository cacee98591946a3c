"""Statements of banks: their lines lead from the opening to the closing balance, and are what they are."""

from sqlalchemy.orm import Session

from app.domain.proof.found import Found, find

SUMS = """
SELECT 'closing balance' AS what, statement.id AS document_id, statement.opening + coalesce(sum(
           CASE line.kind WHEN 'income' THEN line.amount WHEN 'expense' THEN -line.amount END), 0) AS expected,
       statement.closing AS found
FROM bank_statement statement LEFT JOIN bank_line line ON line.statement_id = statement.id
WHERE statement.state <> 'draft' GROUP BY statement.id
HAVING statement.opening + coalesce(sum(
           CASE line.kind WHEN 'income' THEN line.amount WHEN 'expense' THEN -line.amount END), 0) <> statement.closing
"""


def statements_add_up(session: Session) -> Found:
    """The opening balance of every statement that is no draft, and all its lines, come to its closing balance."""
    return find(session, SUMS)


LINES = """
SELECT 'line #' || line.id AS what, statement.id AS document_id,
       concat_ws(', ', statement.state, bank.code, statement.currency, 'until ' || statement."on") AS expected,
       concat_ws(', ', line.state, its.code, line.currency, line."on") AS found
FROM bank_line line JOIN bank_statement statement ON statement.id = line.statement_id
JOIN bank_account bank ON bank.id = statement.bank_account_id JOIN bank_account its ON its.id = line.bank_account_id
WHERE (line.state, line.bank_account_id, line.currency)
      <> (statement.state, statement.bank_account_id, statement.currency) OR line."on" > statement."on"
"""


def statement_lines_live_with_their_statement(session: Session) -> Found:
    """What stands on a statement is in its state, of its account and currency, and not dated after it."""
    return find(session, LINES)


TWINS = """
SELECT 'standing statements with the number ' || bank_number || ' of the account' AS what, max(id) AS document_id,
       '1' AS expected, count(*)::text AS found
FROM bank_statement WHERE state <> 'cancelled' GROUP BY bank_account_id, bank_number HAVING count(*) > 1
UNION ALL
SELECT 'standing statements that were read from one file', max(id), '1', count(*)::text
FROM bank_statement WHERE state <> 'cancelled' AND digest IS NOT NULL GROUP BY digest HAVING count(*) > 1
"""


def statements_are_written_down_once(session: Session) -> Found:
    """No bank's number comes twice on an account, and no file twice, among statements that are not cancelled."""
    return find(session, TWINS)
