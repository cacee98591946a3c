"""What customers owe: by age at any date, and each customer's own statement. Both come to what the ledger says."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.kernel.errors import NotFound
from app.domain.kernel.rows import read
from app.domain.kernel.values import ZERO
from app.domain.ledger import balances

# The accounts on which a customer's business with us stands. An act belongs to whoever paid.
OF_CUSTOMERS = """
FROM journal_line line JOIN account ON account.id = line.account_id
     AND account.role IN ('receivables', 'customer_advances')
JOIN journal_entry entry ON entry.id = line.entry_id JOIN document ON document.id = entry.document_id
LEFT JOIN allocation act ON act.id = document.id LEFT JOIN document payer ON payer.id = act.payment_id
"""
# Payments and credits reduce an invoice's instalments in the order in which they are due. What was owed at the start
# is as old as the old books say.
BY_AGE = f"""
WITH settled AS (
    SELECT act.target_id AS document_id, sum(line.amount) AS amount
    FROM allocation act JOIN allocation_line line ON line.allocation_id = act.id
    WHERE act."on" <= %(at)s AND (act.released_on IS NULL OR act.released_on > %(at)s) GROUP BY act.target_id
), standing AS (
    SELECT id FROM invoice WHERE state = 'issued' AND "on" <= %(at)s
    UNION ALL
    SELECT opening.id FROM opening_balance opening
    LEFT JOIN journal_entry mirror ON mirror.document_id = opening.id
              AND mirror.event = 'opening_balance.processed.cancelled'
    WHERE opening.about = 'owed' AND opening.state <> 'draft' AND opening."on" <= %(at)s
          AND (mirror."on" IS NULL OR mirror."on" > %(at)s)
), part AS (
    SELECT document.customer_id, part.due_on, part.amount, coalesce(settled.amount, 0) AS settled,
           sum(part.amount) OVER (PARTITION BY part.document_id ORDER BY part.due_on, part.position) AS upto
    FROM instalment part JOIN standing ON standing.id = part.document_id
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
), booked AS (
    SELECT coalesce(payer.customer_id, document.customer_id) AS customer_id, sum(line.debit - line.credit) AS balance
    {OF_CUSTOMERS} WHERE line."on" <= %(at)s GROUP BY 1
)
SELECT customer.id AS customer_id, customer.code, customer.name, coalesce(not_due, 0) AS not_due,
       coalesce(to_30, 0) AS to_30, coalesce(to_60, 0) AS to_60, coalesce(to_90, 0) AS to_90,
       coalesce(older, 0) AS older, coalesce(open, 0) AS open,
       coalesce(open, 0) - coalesce(balance, 0) AS credit, coalesce(balance, 0) AS balance
FROM customer LEFT JOIN aged ON aged.customer_id = customer.id LEFT JOIN booked ON booked.customer_id = customer.id
WHERE coalesce(open, 0) <> 0 OR coalesce(balance, 0) <> 0
ORDER BY customer.code
"""
OPENING = f"""
SELECT coalesce(sum(line.debit - line.credit), 0) AS amount {OF_CUSTOMERS}
WHERE coalesce(payer.customer_id, document.customer_id) = %(customer)s AND line."on" < %(since)s
"""
LINES = f"""
SELECT entry."on", entry.event, document.id AS document_id, document.kind, document.number,
       greatest(sum(line.debit - line.credit), 0) AS debit, greatest(sum(line.credit - line.debit), 0) AS credit,
       %(opening)s::numeric + sum(sum(line.debit - line.credit)) OVER (ORDER BY entry."on", entry.id) AS balance
{OF_CUSTOMERS}
WHERE coalesce(payer.customer_id, document.customer_id) = %(customer)s AND line."on" BETWEEN %(since)s AND %(until)s
GROUP BY entry.id, document.id HAVING sum(line.debit - line.credit) <> 0
ORDER BY entry."on", entry.id
"""


def receivables_by_age(session: Session, at: date) -> Sequence[Row[Any]]:
    """What each customer owed at the end of a date, by how long it was due, less what they had with us (`credit`).

    `balance` is what the ledger says of them. Amounts are in company currency.
    """
    return read(session, BY_AGE, at=at)


class Statement(NamedTuple):
    """A customer's business in a stretch of dates: what they owed before, each entry, and what they owe after."""

    code: str
    name: str
    opening: Decimal
    lines: Sequence[Row[Any]]
    closing: Decimal


def customer_statement(session: Session, customer: int, since: date, until: date) -> Statement:
    """Both dates are included; negative balances are what the customer has with us.

    What only moves between a customer's own accounts is left out. Raises NotFound for an unknown customer, Invalid
    where the stretch ends before it starts.
    """
    balances.check_stretch(since, until)
    found = read(session, "SELECT code, name FROM customer WHERE id = %(id)s", id=customer)
    if not found:
        raise NotFound("unknown_customer", "There is no customer {id}.", id=customer)
    opening = Decimal(read(session, OPENING, customer=customer, since=since)[0].amount)
    lines = read(session, LINES, customer=customer, since=since, until=until, opening=opening)
    moved = sum((line.debit - line.credit for line in lines), ZERO)
    return Statement(found[0].code, found[0].name, opening, lines, opening + moved)
