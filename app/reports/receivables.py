"""What customers owe: by age at any date, and each customer's own statement. Both come to what the ledger says."""

from datetime import date

from sqlalchemy.orm import Session

from app.domain.kernel.errors import NotFound
from app.domain.kernel.rows import read
from app.reports.ledger import Statement
from app.reports.query import Query, check_stretch

# Only what was open at the date is looked at: what is open now, and what was settled since. Whoever then had a balance
# has something open or unused now, or business with us since. Arrays, and an end to each stretch, tell the planner that
# these are few, where it would think them a third of all there is.
# Payments and credits reduce an invoice's instalments in the order in which they are due. What was owed at the start is
# as old as the old books say.
BY_AGE = """
WITH candidate AS (
    SELECT document_id FROM open_item WHERE amount > allocated AND invoice_id IS NOT NULL
    UNION SELECT target_id FROM allocation WHERE "on" BETWEEN %(at)s + 1 AND 'infinity'
    UNION SELECT id FROM opening_balance WHERE about = 'owed' AND state = 'cancelled'
), standing AS (
    SELECT id FROM invoice
    WHERE id = ANY(ARRAY(SELECT document_id FROM candidate)) AND state = 'issued' AND "on" <= %(at)s
    UNION ALL
    SELECT opening.id FROM opening_balance opening
    LEFT JOIN journal_entry mirror ON mirror.document_id = opening.id
              AND mirror.event = 'opening_balance.processed.cancelled'
    WHERE opening.id = ANY(ARRAY(SELECT document_id FROM candidate)) AND opening.about = 'owed'
          AND opening.state <> 'draft' AND opening."on" <= %(at)s AND (mirror."on" IS NULL OR mirror."on" > %(at)s)
), settled AS (
    SELECT act.target_id AS document_id, sum(line.amount) AS amount
    FROM standing JOIN allocation act ON act.target_id = standing.id
    JOIN allocation_line line ON line.allocation_id = act.id
    WHERE act."on" <= %(at)s AND (act.released_on IS NULL OR act.released_on > %(at)s) GROUP BY act.target_id
), part AS (
    SELECT document.customer_id, part.due_on, part.amount, coalesce(settled.amount, 0) AS settled,
           sum(part.amount) OVER (PARTITION BY part.document_id ORDER BY part.due_on, part.position) AS upto
    FROM standing JOIN instalment part ON part.document_id = standing.id
    JOIN document ON document.id = standing.id LEFT JOIN settled ON settled.document_id = standing.id
), owed AS (
    SELECT customer_id, %(at)s - due_on AS days, least(amount, greatest(upto - settled, 0)) AS amount FROM part
), aged AS (
    SELECT customer_id, coalesce(sum(amount) FILTER (WHERE days <= 0), 0) AS not_due,
           coalesce(sum(amount) FILTER (WHERE days BETWEEN 1 AND 30), 0) AS to_30,
           coalesce(sum(amount) FILTER (WHERE days BETWEEN 31 AND 60), 0) AS to_60,
           coalesce(sum(amount) FILTER (WHERE days BETWEEN 61 AND 90), 0) AS to_90,
           coalesce(sum(amount) FILTER (WHERE days > 90), 0) AS older, sum(amount) AS open
    FROM owed GROUP BY customer_id
), of_customer AS (
    SELECT customer_id FROM aged
    UNION SELECT customer_id FROM open_item WHERE amount > allocated
    UNION SELECT customer_id FROM credit WHERE amount > used
    UNION SELECT customer_id FROM customer_day WHERE "on" BETWEEN %(at)s + 1 AND 'infinity'
)
SELECT customer.id AS customer_id, customer.code, customer.name, coalesce(not_due, 0) AS not_due,
       coalesce(to_30, 0) AS to_30, coalesce(to_60, 0) AS to_60, coalesce(to_90, 0) AS to_90,
       coalesce(older, 0) AS older, coalesce(open, 0) AS open,
       coalesce(open, 0) - coalesce(balance, 0) AS credit, coalesce(balance, 0) AS balance
FROM customer LEFT JOIN aged ON aged.customer_id = customer.id
LEFT JOIN LATERAL (
    SELECT balance FROM customer_day WHERE customer_id = customer.id AND "on" <= %(at)s ORDER BY "on" DESC LIMIT 1
) booked ON true
WHERE customer.id = ANY(ARRAY(SELECT customer_id FROM of_customer))
      AND (coalesce(open, 0) <> 0 OR coalesce(balance, 0) <> 0)
ORDER BY customer.code
"""
BALANCES = """
SELECT code, name,
       coalesce((SELECT balance FROM customer_day WHERE customer_id = customer.id AND "on" < %(since)s
                 ORDER BY "on" DESC LIMIT 1), 0) AS opening,
       coalesce((SELECT balance FROM customer_day WHERE customer_id = customer.id AND "on" <= %(until)s
                 ORDER BY "on" DESC LIMIT 1), 0) AS closing
FROM customer WHERE id = %(customer)s
"""
# The accounts on which a customer's business with us stands.
LINES = """
SELECT entry."on", entry.event, document.id AS document_id, document.kind, document.number,
       greatest(sum(line.debit - line.credit), 0) AS debit, greatest(sum(line.credit - line.debit), 0) AS credit,
       %(opening)s::numeric + sum(sum(line.debit - line.credit)) OVER (ORDER BY entry."on", entry.id) AS balance
FROM journal_entry entry JOIN journal_line line ON line.entry_id = entry.id
JOIN account ON account.id = line.account_id AND account.role IN ('receivables', 'customer_advances')
JOIN document ON document.id = entry.document_id
WHERE entry.customer_id = %(customer)s AND entry."on" BETWEEN %(since)s AND %(until)s
GROUP BY entry.id, document.id HAVING sum(line.debit - line.credit) <> 0
ORDER BY entry."on", entry.id
"""


def receivables_by_age(at: date) -> Query:
    """What each customer owed at the end of a date, by how long it was due, less what they had with us (`credit`).

    `balance` is what the ledger says of them. Amounts are in company currency.
    """
    return Query(BY_AGE, {"at": at})


def customer_statement(session: Session, customer: int, since: date, until: date) -> Statement:
    """Both dates are included; negative balances are what the customer has with us.

    What only moves between a customer's own accounts is left out. Raises NotFound for an unknown customer, Invalid
    where the stretch ends before it starts.
    """
    check_stretch(since, until)
    found = read(session, BALANCES, customer=customer, since=since, until=until)
    if not found:
        raise NotFound("unknown_customer", "There is no customer {id}.", id=customer)
    its = found[0]
    values = {"customer": customer, "since": since, "until": until, "opening": its.opening}
    return Statement(its.code, its.name, its.opening, Query(LINES, values), its.closing)
