"""What customers would owe if all that is promised to them were shipped and invoiced: what a credit limit limits."""

from collections.abc import Collection, Iterable
from decimal import Decimal

from sqlalchemy.orm import Session

from app.domain.kernel.rows import read

# Money on an uncounted order is an advance like any other.
EXPOSURES = """
SELECT customer_id, sum(amount) AS amount
FROM (
    SELECT customer_id,
           CASE WHEN document_id = ANY(%(uncounted)s::bigint[]) THEN 0 ELSE amount END - allocated AS amount
    FROM open_item WHERE customer_id = ANY(%(customers)s::bigint[]) AND (amount > 0 OR allocated > 0)
    UNION ALL
    SELECT customer_id, used - amount FROM credit WHERE customer_id = ANY(%(customers)s::bigint[]) AND amount > used
) owed
GROUP BY customer_id
"""


def exposures(session: Session, customers: Iterable[int], *, uncounted: Collection[int] = ()) -> dict[int, Decimal]:
    """By customer what is open of invoices, of shipments and of orders, less their credits and advances.

    `uncounted` are orders that may be paid but are not promised yet. Customers who owe and have nothing are left out.
    """
    rows = read(session, EXPOSURES, customers=sorted(set(customers)), uncounted=sorted(uncounted))
    return {row.customer_id: row.amount for row in rows}
