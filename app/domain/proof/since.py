"""What is proved of one account or product since everything was proved last: from its mark and whatever came after it.

What lies before a mark added up when it was made, which the database itself looked at. Lines, moves and the days of
accounts cannot change since; the days of stock could, by a fault of the program: the next full proof reads all of it.
"""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from app.domain.kernel.rows import read, write
from app.domain.proof import balances as stock
from app.domain.proof import ledger
from app.domain.proof.found import Found, find
from app.domain.proof.money import PAYMENTS

# A mark whose place in the chain holds another hash by now marks nothing.
LAST = """
SELECT mark.at, mark.seq FROM proof_mark mark LEFT JOIN journal_chain chain ON chain.seq = mark.seq
WHERE mark.id = (SELECT max(id) FROM proof_mark) AND mark.holds AND (chain.hash = mark.hash OR mark.seq = 0)
"""


class Mark(NamedTuple):
    """When everything was proved last, and the end of the ledger's chain then."""

    at: datetime
    seq: int


def last_mark(session: Session) -> Mark | None:
    """What the proof of a part may rest on; None where nothing was proved yet, or something did not hold then."""
    rows = read(session, LAST)
    return Mark(rows[0].at, rows[0].seq) if rows else None


def mark_proved(session: Session, *, holds: bool) -> None:
    """Has the database mark what this session's snapshot shows, after a full proof in it."""
    write(session, "SELECT keep_marks(%(holds)s)", holds=holds)


# Without what came after the mark the closings of days are those of the mark; days that are only new fall out.
CLOSINGS = """
WITH new AS (
    SELECT line."on", sum(line.debit) AS debit, sum(line.credit) AS credit
    FROM journal_chain chain JOIN journal_line line ON line.entry_id = chain.entry_id
    WHERE chain.seq > {since} AND line.account_id = %(account_id)s GROUP BY line."on"
), days AS (
    SELECT "on", kept.debit - coalesce(sum(new.debit) OVER so_far, 0) AS debit,
           kept.credit - coalesce(sum(new.credit) OVER so_far, 0) AS credit
    FROM (SELECT * FROM account_day WHERE account_id = %(account_id)s) kept FULL JOIN new USING ("on")
    WINDOW so_far AS (ORDER BY "on")
), before AS (
    SELECT max(debit) AS debit, max(credit) AS credit, sha256(convert_to(string_agg(concat_ws(
               ' ', to_char("on", 'YYYY-MM-DD'), trim_scale(debit), trim_scale(credit)), ',' ORDER BY "on"), 'UTF8'))
               AS days
    FROM (
        SELECT *, lag(debit, 1, 0::numeric) OVER in_order AS debit_before,
               lag(credit, 1, 0::numeric) OVER in_order AS credit_before
        FROM days WHERE debit IS NOT NULL WINDOW in_order AS (ORDER BY "on")
    ) day WHERE (debit, credit) <> (debit_before, credit_before)
)
SELECT 'closing of ' || "on" AS what, %(account_id)s::bigint AS account_id, 'kept' AS expected, 'not there' AS found
FROM days WHERE debit IS NULL
UNION ALL
SELECT 'sum of the lines up to the last full proof', %(account_id)s,
       concat_ws(' ', 'debit', coalesce(mark.debit, 0), 'credit', coalesce(mark.credit, 0)),
       concat_ws(' ', 'debit', coalesce(before.debit, 0), 'credit', coalesce(before.credit, 0))
FROM before LEFT JOIN account_mark mark ON mark.account_id = %(account_id)s
WHERE (coalesce(before.debit, 0), coalesce(before.credit, 0)) <> (coalesce(mark.debit, 0), coalesce(mark.credit, 0))
UNION ALL
SELECT 'closings of the days up to the last full proof', %(account_id)s, coalesce(encode(mark.days, 'hex'), 'none'),
       coalesce(encode(before.days, 'hex'), 'none')
FROM before LEFT JOIN account_mark mark ON mark.account_id = %(account_id)s
WHERE before.days IS DISTINCT FROM mark.days
"""


def account_days(session: Session, account_id: int, since: int) -> Found:
    """The closings of an account's days are those of the mark and what came since."""
    return find(session, CLOSINGS.format(since=f"{since:d}"), account_id=account_id)


# Documents by which something was posted on the account since, each with all that it ever posted there.
HELD = f"""
WITH touched AS (
    SELECT ARRAY(
        SELECT entry.document_id FROM journal_chain chain JOIN journal_entry entry ON entry.id = chain.entry_id
        JOIN journal_line line ON line.entry_id = entry.id
        WHERE chain.seq > {{since}} AND line.account_id = %(account_id)s
              AND EXISTS (SELECT FROM account WHERE id = %(account_id)s AND role = '{{role}}')
    ) AS ids
), posted AS (
    SELECT entry.document_id AS id, sum(line.debit - line.credit) AS amount
    FROM touched JOIN journal_entry entry ON entry.document_id = ANY(touched.ids)
    JOIN journal_line line ON line.entry_id = entry.id AND line.account_id = %(account_id)s
    GROUP BY entry.document_id
), documents AS (
    SELECT id, sum(moved) AS amount FROM ({PAYMENTS}) payment
    WHERE id = ANY((SELECT ids FROM touched)::bigint[]) AND role = '{{role}}' AND account_id = %(account_id)s
          AND NOT undone
    GROUP BY id
)
SELECT 'debit less credit of the document' AS what, id AS document_id, %(account_id)s::bigint AS account_id,
       coalesce(documents.amount, 0) AS expected, coalesce(posted.amount, 0) AS found
FROM posted FULL JOIN documents USING (id) WHERE coalesce(documents.amount, 0) <> coalesce(posted.amount, 0)
"""


def cash(session: Session, account_id: int, since: int) -> Found:
    """Each document that moved money on an account of desks since the mark has moved what it says."""
    return find(session, HELD.format(role="cash", since=f"{since:d}"), account_id=account_id)


def bank(session: Session, account_id: int, since: int) -> Found:
    """Each document that moved money on an account of banks since the mark has moved what it says."""
    return find(session, HELD.format(role="bank", since=f"{since:d}"), account_id=account_id)


# Moves are found along the times of recording, which a clock that was put back may have mixed up a little. OFFSET keeps
# the planner from reading all that ever moved instead, of which it does not know how little is new.
MOVES = """
WITH marked AS (
    SELECT place.id AS warehouse_id, coalesce(mark.move_id, 0) AS move_id, coalesce(mark.quantity, 0) AS quantity,
           coalesce(mark.value, 0) AS value, mark.last_on,
           coalesce(mark.moved_at, '-infinity') - interval '1 hour' AS moved_at
    FROM warehouse place LEFT JOIN stock_mark mark
         ON mark.warehouse_id = place.id AND mark.product_id = %(product_id)s
), new AS MATERIALIZED (
    SELECT move.* FROM marked CROSS JOIN LATERAL (
        SELECT * FROM stock_move its WHERE its.warehouse_id = marked.warehouse_id AND its.product_id = %(product_id)s
               AND its.at > marked.moved_at AND its.id > marked.move_id OFFSET 0
    ) move
), late AS (
    SELECT DISTINCT warehouse_id FROM new JOIN marked USING (warehouse_id) WHERE new."on" < marked.last_on
)
"""
BALANCES = f"""{MOVES}
SELECT 'on hand, worth and last date' AS what, wanted.warehouse_id, %(product_id)s::bigint AS product_id,
       concat_ws(', ', trim_scale(wanted.quantity), trim_scale(wanted.value), wanted.last_on) AS expected,
       concat_ws(', ', trim_scale(coalesce(balance.on_hand, 0)), trim_scale(coalesce(balance.value, 0)),
                 balance.last_on) AS found
FROM (
    SELECT marked.warehouse_id, marked.quantity + coalesce(sum(new.quantity), 0) AS quantity,
           marked.value + coalesce(sum(new.value), 0) AS value, greatest(marked.last_on, max(new."on")) AS last_on
    FROM marked LEFT JOIN new USING (warehouse_id)
    GROUP BY marked.warehouse_id, marked.quantity, marked.value, marked.last_on
) wanted LEFT JOIN stock_balance balance
     ON balance.warehouse_id = wanted.warehouse_id AND balance.product_id = %(product_id)s
WHERE (coalesce(balance.on_hand, 0), coalesce(balance.value, 0)) <> (wanted.quantity, wanted.value)
      OR balance.last_on IS DISTINCT FROM wanted.last_on
"""


def balances(session: Session, product_id: int) -> Found:
    """Each stock balance of a product is the sum of the mark and the moves since."""
    return find(session, BALANCES, product_id=product_id)


RUNNING = f"""{MOVES}
SELECT 'balance after move ' || id AS what, document_id, warehouse_id, product_id,
       on_hand || ' worth ' || worth AS expected, on_hand_after || ' worth ' || value_after AS found
FROM (
    SELECT new.id, new.document_id, warehouse_id, new.product_id, on_hand_after, value_after,
           marked.quantity + sum(new.quantity) OVER earlier AS on_hand,
           marked.value + sum(new.value) OVER earlier AS worth
    FROM new JOIN marked USING (warehouse_id)
    WINDOW earlier AS (PARTITION BY warehouse_id ORDER BY new.id ROWS UNBOUNDED PRECEDING)
) running
WHERE (on_hand, worth) <> (on_hand_after, value_after)
"""


def running(session: Session, product_id: int) -> Found:
    """Each move of a product since the mark tells the balance after it."""
    return find(session, RUNNING, product_id=product_id)


# Where something is dated before the last date of the mark, all moves of that warehouse are read.
DAYS = f"""{MOVES}
, read AS (
    SELECT warehouse_id, "on", quantity, value FROM new WHERE warehouse_id NOT IN (SELECT warehouse_id FROM late)
    UNION ALL
    SELECT warehouse_id, last_on, quantity, value FROM marked
    WHERE last_on IS NOT NULL AND warehouse_id NOT IN (SELECT warehouse_id FROM late)
    UNION ALL
    SELECT move.warehouse_id, move."on", move.quantity, move.value FROM late JOIN stock_move move USING (warehouse_id)
    WHERE move.product_id = %(product_id)s
), closing AS (
    SELECT warehouse_id, "on", sum(sum(quantity)) OVER earlier AS quantity, sum(sum(value)) OVER earlier AS value
    FROM read GROUP BY warehouse_id, "on" WINDOW earlier AS (PARTITION BY warehouse_id ORDER BY "on")
), days AS (
    SELECT marked.warehouse_id, day."on", day.quantity, day.value
    FROM marked JOIN stock_day day
         ON day.warehouse_id = marked.warehouse_id AND day.product_id = %(product_id)s
            AND day."on" >= CASE WHEN marked.warehouse_id IN (SELECT warehouse_id FROM late) THEN '-infinity'::date
                                 ELSE coalesce(marked.last_on, '-infinity') END
)
"""
CLOSED = f"""{DAYS}
SELECT 'closing of ' || "on" AS what, warehouse_id, %(product_id)s::bigint AS product_id,
       closing.quantity || ' worth ' || closing.value AS expected, days.quantity || ' worth ' || days.value AS found
FROM days FULL JOIN closing USING (warehouse_id, "on")
WHERE (days.quantity, days.value) IS DISTINCT FROM (closing.quantity, closing.value)
"""


def stock_days(session: Session, product_id: int) -> Found:
    """Each day of a product from the mark's last date on has its closing stock."""
    return find(session, CLOSED, product_id=product_id)


POSSIBLE = f"""{DAYS}
SELECT 'stock on ' || "on" AS what, warehouse_id, %(product_id)s::bigint AS product_id, 'possible' AS expected,
       quantity || ' worth ' || value AS found
FROM days WHERE (quantity >= 0 AND value >= 0 AND (quantity > 0 OR value = 0)) IS NOT TRUE
UNION ALL
SELECT 'stock now', balance.warehouse_id, balance.product_id, 'possible', on_hand || ' worth ' || balance.value
FROM marked JOIN stock_balance balance USING (warehouse_id)
WHERE balance.product_id = %(product_id)s
      AND (on_hand >= 0 AND balance.value >= 0 AND (on_hand > 0 OR balance.value = 0)) IS NOT TRUE
"""


def possible(session: Session, product_id: int) -> Found:
    """Nothing of a product is below zero, now or at the close of any day from the mark's last date on."""
    return find(session, POSSIBLE, product_id=product_id)


# By the name of the full proof: what is left of it for one account after a place in the chain, and for one product.
OF_AN_ACCOUNT: dict[str, Callable[[Session, int, int], Found]] = {
    "entries_balance": ledger.entries_balance,
    "lines_have_one_side": ledger.lines_have_one_side,
    "lines_follow_their_rules": ledger.lines_follow_their_rules,
    "account_days_are_sums_of_lines": account_days,
    "cash_is_what_the_desks_took": cash,
    "bank_is_what_its_lines_say": bank,
}
OF_A_PRODUCT: dict[str, Callable[[Session, int], Found]] = {
    "balances_are_sums_of_moves": balances,
    "moves_tell_the_balance_after_them": running,
    "days_are_sums_of_moves": stock_days,
    "stock_is_possible": possible,
    "reserved_is_the_sum_of_reservations": stock.reserved_is_the_sum_of_reservations,
}
