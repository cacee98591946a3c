"""The closings of days: accounts and customers stood as all lines up to then add up."""

from sqlalchemy.orm import Session

from app.domain.proof.found import Found, find

ACCOUNTS = """
WITH closing AS (
    SELECT account_id, "on", sum(sum(debit)) OVER so_far AS debit, sum(sum(credit)) OVER so_far AS credit
    FROM journal_line line WHERE {only} GROUP BY account_id, "on"
    WINDOW so_far AS (PARTITION BY account_id ORDER BY "on")
), kept AS (SELECT * FROM account_day line WHERE {only})
SELECT 'closing of ' || "on" AS what, account_id,
       'debit ' || closing.debit || ' credit ' || closing.credit AS expected,
       'debit ' || kept.debit || ' credit ' || kept.credit AS found
FROM kept FULL JOIN closing USING (account_id, "on")
WHERE (kept.debit, kept.credit) IS DISTINCT FROM (closing.debit, closing.credit)
"""


def account_days_are_sums_of_lines(session: Session, account_id: int | None = None) -> Found:
    """Each day with lines on an account, and no other, has its closing: all debits and all credits up to it."""
    only = "true" if account_id is None else "line.account_id = %(account_id)s"
    return find(session, ACCOUNTS.format(only=only), account_id=account_id)


# An entry belongs to the customer of its document, an allocation's to the one who paid.
CUSTOMERS = """
WITH entry AS (
    SELECT entry.id, entry."on", entry.document_id, entry.customer_id AS noted,
           coalesce(payer.customer_id, document.customer_id) AS customer_id
    FROM journal_entry entry JOIN document ON document.id = entry.document_id
    LEFT JOIN allocation ON allocation.id = document.id LEFT JOIN document payer ON payer.id = allocation.payment_id
), closing AS (
    SELECT entry.customer_id, entry."on", sum(sum(line.debit - line.credit)) OVER so_far AS balance
    FROM entry JOIN journal_line line ON line.entry_id = entry.id
    JOIN account ON account.id = line.account_id AND account.role IN ('receivables', 'customer_advances')
    WHERE entry.customer_id IS NOT NULL
    GROUP BY entry.customer_id, entry."on" WINDOW so_far AS (PARTITION BY entry.customer_id ORDER BY entry."on")
)
SELECT 'closing of ' || "on" AS what, NULL::bigint AS document_id, customer_id, closing.balance::text AS expected,
       kept.balance::text AS found
FROM customer_day kept FULL JOIN closing USING (customer_id, "on") WHERE kept.balance IS DISTINCT FROM closing.balance
UNION ALL
SELECT 'customer of entry #' || id, document_id, customer_id, '#' || customer_id, '#' || noted
FROM entry WHERE noted IS DISTINCT FROM customer_id
"""


def customer_days_are_sums_of_lines(session: Session) -> Found:
    """Each entry names its customer, and each day with business has its closing: all that is posted on the customer."""
    return find(session, CUSTOMERS)
