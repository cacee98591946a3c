"""Money: each account of desks and banks holds what their documents say, and no desk is ever below zero."""

from sqlalchemy.orm import Session

from app.domain.proof.found import Found, find

# Every document that moved money: its event, the role and account of its desk, and how much came in; out is negative.
PAYMENTS = """
    SELECT cash_order.id, CASE kind WHEN 'income' THEN 'cash_order.processed' ELSE 'cash_order.paid_out' END AS event,
           "on", state = 'cancelled' AS undone, 'cash' AS role, desk.account_id, kind, about, transfer_id,
           CASE kind WHEN 'income' THEN amount ELSE -amount END AS moved
    FROM cash_order JOIN cash_desk desk ON desk.id = cash_order.cash_desk_id WHERE state <> 'draft'
    UNION ALL
    SELECT line.id, CASE line.kind WHEN 'income' THEN 'bank_line.processed' ELSE 'bank_line.paid_out' END,
           "on", state = 'cancelled', 'bank', bank.account_id, line.kind, about, transfer_id,
           CASE line.kind WHEN 'income' THEN amount ELSE -amount END
    FROM bank_line line JOIN bank_account bank ON bank.id = line.bank_account_id WHERE state <> 'draft'
    UNION ALL
    SELECT opening.id, 'opening_balance.processed', "on", state = 'cancelled', about,
           coalesce(desk.account_id, bank.account_id), 'income', 'opening', NULL, amount
    FROM opening_balance opening LEFT JOIN cash_desk desk ON desk.id = opening.cash_desk_id
    LEFT JOIN bank_account bank ON bank.id = opening.bank_account_id
    WHERE state <> 'draft' AND about IN ('cash', 'bank')
"""
HELD = f"""
WITH posted AS (
    SELECT line.account_id, sum(line.debit - line.credit) AS amount
    FROM journal_line line JOIN account ON account.id = line.account_id AND account.role = '{{role}}'
    WHERE {{only}} GROUP BY line.account_id
), documents AS (
    SELECT account_id, sum(moved) AS amount FROM ({PAYMENTS}) payment
    WHERE role = '{{role}}' AND NOT undone AND {{only}} GROUP BY account_id
)
SELECT 'debit less credit' AS what, account_id, coalesce(documents.amount, 0) AS expected,
       coalesce(posted.amount, 0) AS found
FROM posted FULL JOIN documents USING (account_id)
WHERE coalesce(documents.amount, 0) <> coalesce(posted.amount, 0)
"""


def cash_is_what_the_desks_took(session: Session, account_id: int | None = None) -> Found:
    """Each cash account holds what was there at the start and what orders of its desks took, less what they paid."""
    only = "true" if account_id is None else "account_id = %(account_id)s"
    return find(session, HELD.format(role="cash", only=only), account_id=account_id)


def bank_is_what_its_lines_say(session: Session, account_id: int | None = None) -> Found:
    """Each account of a bank holds what was there at the start and what lines brought, less what they paid out."""
    only = "true" if account_id is None else "account_id = %(account_id)s"
    return find(session, HELD.format(role="bank", only=only), account_id=account_id)


IN_TRANSIT = f"""
WITH payments AS (SELECT * FROM ({PAYMENTS}) payment WHERE about = 'transfer' AND NOT undone), posted AS (
    SELECT coalesce(sum(line.debit - line.credit), 0) AS amount
    FROM journal_line line JOIN account ON account.id = line.account_id AND account.role = 'money_in_transit'
)
SELECT 'debit less credit of all money_in_transit accounts' AS what, NULL::bigint AS document_id, expected::text,
       posted.amount::text AS found
FROM posted, (SELECT coalesce(-sum(moved), 0) AS expected FROM payments) wanted WHERE expected <> posted.amount
UNION ALL
SELECT 'what it brings in', brought.id, 'what one payment of the same amount sent before, once',
       concat_ws(' ', count(sent.id), 'of', min(-sent.moved), 'from', min(sent."on"), 'brought in', min(times.number),
                 'times')
FROM payments brought LEFT JOIN payments sent ON sent.id = brought.transfer_id AND sent.kind = 'expense'
JOIN (SELECT transfer_id, count(*) AS number FROM payments GROUP BY transfer_id) times
     ON times.transfer_id = brought.transfer_id
WHERE brought.kind = 'income'
GROUP BY brought.id, brought.moved, brought."on"
HAVING coalesce(min(-sent.moved), 0) <> brought.moved OR min(sent."on") > brought."on" OR min(times.number) > 1
"""


def money_in_transit_is_what_is_on_its_way(session: Session) -> Found:
    """Money in transit is what was sent and not brought in; each is brought in once, whole, and not before it left."""
    return find(session, IN_TRANSIT)


# What a document moved stands until the day of its cancellation, which its history tells.
CLOSINGS = """
WITH documents AS (
    SELECT id, state, cash_desk_id, "on", CASE kind WHEN 'income' THEN amount ELSE -amount END AS amount FROM cash_order
    UNION ALL
    SELECT id, state, cash_desk_id, "on", amount FROM opening_balance WHERE about = 'cash'
), moved AS (
    SELECT id, cash_desk_id, "on", amount FROM documents WHERE state <> 'draft'
    UNION ALL
    SELECT documents.id, cash_desk_id, (history.changes ->> 'on')::date, -amount
    FROM documents JOIN document_history history ON history.document_id = documents.id AND history.step = 'cancel'
    WHERE state = 'cancelled'
), closings AS (
    SELECT cash_desk_id, "on", max(id) AS document_id, sum(sum(amount)) OVER in_order AS closing
    FROM moved GROUP BY cash_desk_id, "on" WINDOW in_order AS (PARTITION BY cash_desk_id ORDER BY "on")
)
"""
BELOW_ZERO = f"""{CLOSINGS}
SELECT 'desk ' || desk.code || ' on ' || closings."on" AS what, document_id, 'not below 0' AS expected, closing AS found
FROM closings JOIN cash_desk desk ON desk.id = cash_desk_id WHERE closing < 0
"""


def desks_are_never_below_zero(session: Session) -> Found:
    """No cash desk is below zero at the end of any day."""
    return find(session, BELOW_ZERO)


KEPT = f"""{CLOSINGS}
SELECT 'closing of desk ' || desk.code || ' on ' || "on" AS what, document_id, closing::text AS expected,
       balance::text AS found
FROM desk_day FULL JOIN closings USING (cash_desk_id, "on") JOIN cash_desk desk ON desk.id = cash_desk_id
WHERE balance IS DISTINCT FROM closing
"""


def desk_days_are_sums_of_documents(session: Session) -> Found:
    """Each day on which something came into a desk or left it, and no other, has its closing: all of that up to it."""
    return find(session, KEPT)
