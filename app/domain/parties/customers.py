"""What documents need to know of customers, many at once."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.kernel.rows import read

FACTS = """
SELECT customer.id, customer.code, customer.name, customer.active, customer.discount, customer.price_list_id,
       customer.group_id, customer_group.code AS group_code, customer_group.discount AS group_discount,
       customer_group.price_list_id AS group_price_list_id, customer.language, customer.vat_number, customer.tax_regime,
       term.code AS term_code, term.name AS term_name, term.rule AS term_rule, term.days AS term_days,
       address.name AS address_name, address.street, address.postcode, address.city, address.country
FROM customer JOIN payment_term term ON term.id = customer.payment_term_id
LEFT JOIN customer_group ON customer_group.id = customer.group_id
LEFT JOIN LATERAL (
    SELECT * FROM customer_address WHERE customer_id = customer.id AND kind = 'billing' ORDER BY id LIMIT 1
) address ON true
WHERE customer.id = ANY(%(ids)s::bigint[])
"""


def customers(session: Session, ids: Iterable[int]) -> dict[int, Row[Any]]:
    """Names, group, discounts, price lists, term and billing address of customers; unknown ids are left out."""
    return {row.id: row for row in read(session, FACTS, ids=sorted(set(ids)))}
