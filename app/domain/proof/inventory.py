"""Inventory accounts: each holds the goods that its groups put there, also after they went on to another one."""

from sqlalchemy.orm import Session

from app.domain.proof.found import Found, find

# Goods whose groups name no account are on one of the rules', which are taken together.
LIES = """
WITH RECURSIVE up (group_id, parent_id, account_id) AS (
    SELECT id, parent_id, inventory_account_id FROM product_group
    UNION
    SELECT up.group_id, above.parent_id, above.inventory_account_id
    FROM up JOIN product_group above ON above.id = up.parent_id WHERE up.account_id IS NULL
), named AS (SELECT group_id, account_id FROM up WHERE account_id IS NOT NULL
), by_rule AS (SELECT DISTINCT account_id FROM posting_rule WHERE role = 'inventory'
), goods AS (
    SELECT CASE WHEN named.account_id NOT IN (SELECT account_id FROM by_rule) THEN named.account_id END AS account_id,
           sum(balance.value) AS value
    FROM stock_balance balance JOIN product ON product.id = balance.product_id
    LEFT JOIN named ON named.group_id = product.group_id
    GROUP BY 1
), posted AS (
    SELECT CASE WHEN account.id NOT IN (SELECT account_id FROM by_rule) THEN account.id END AS account_id,
           sum(line.debit - line.credit) AS value
    FROM journal_line line JOIN account ON account.id = line.account_id AND account.role = 'inventory'
    GROUP BY 1
)
SELECT 'value of the goods that lie there' AS what, coalesce(goods.account_id, posted.account_id) AS account_id,
       coalesce(goods.value, 0) AS expected, coalesce(posted.value, 0) AS found
FROM goods FULL JOIN posted ON coalesce(posted.account_id, 0) = coalesce(goods.account_id, 0)
WHERE coalesce(goods.value, 0) <> coalesce(posted.value, 0)
"""


def inventory_lies_on_the_accounts_of_its_goods(session: Session) -> Found:
    """Each inventory account holds the value of the goods that are on it by their groups, else by the rules."""
    return find(session, LIES)


TAKEN_ALONG = """
SELECT 'value that went over to another account' AS what, line.change_id AS document_id, line.product_id,
       coalesce(sum(move.value), 0) AS expected, line.value AS found
FROM inventory_account_change_line line JOIN inventory_account_change change ON change.id = line.change_id
LEFT JOIN stock_move move ON move.product_id = line.product_id AND move.id <= change.last_move_id
GROUP BY line.change_id, line.product_id, line.value
HAVING coalesce(sum(move.value), 0) <> line.value
"""


def account_changes_take_along_what_lay_there(session: Session) -> Found:
    """A change of inventory account takes along all that the goods were worth after the moves before it."""
    return find(session, TAKEN_ALONG)


# A change takes the goods over itself; what is taken back of a move from before it, goes over with that.
POSTED = """
WITH over AS (
    SELECT change_id AS document_id, from_account_id, to_account_id, value FROM inventory_account_change_line
    UNION ALL
    SELECT mirror.document_id,
           (array_agg(line.from_account_id ORDER BY line.change_id) FILTER (WHERE change.last_move_id >= move.id))[1],
           (array_agg(line.to_account_id ORDER BY line.change_id DESC))[1], mirror.value
    FROM stock_move mirror
    JOIN stock_move move ON move.document_id = mirror.document_id AND move.line_id = mirror.line_id
         AND move.warehouse_id = mirror.warehouse_id AND NOT move.is_mirror
    JOIN inventory_account_change_line line ON line.product_id = mirror.product_id
    JOIN inventory_account_change change ON change.id = line.change_id AND change.last_move_id < mirror.id
    WHERE mirror.is_mirror AND mirror.quantity <> 0 GROUP BY mirror.document_id, mirror.id, mirror.value
), wanted AS (
    SELECT document_id, account_id, sum(amount) AS amount
    FROM over, LATERAL (VALUES (to_account_id, value), (from_account_id, -value)) side (account_id, amount)
    WHERE from_account_id IS NOT NULL GROUP BY document_id, account_id
), posted AS (
    SELECT entry.document_id, line.account_id, sum(line.debit - line.credit) AS amount
    FROM journal_entry entry JOIN journal_line line ON line.entry_id = entry.id
    WHERE entry.event = 'inventory.account_changed' GROUP BY entry.document_id, line.account_id
)
SELECT 'what went over' AS what, document_id, account_id, coalesce(wanted.amount, 0) AS expected,
       coalesce(posted.amount, 0) AS found
FROM wanted FULL JOIN posted USING (document_id, account_id)
WHERE coalesce(wanted.amount, 0) <> coalesce(posted.amount, 0)
"""


def account_changes_are_posted(session: Session) -> Found:
    """What went over to another inventory account is posted there, from the one before; nothing else is."""
    return find(session, POSTED)
