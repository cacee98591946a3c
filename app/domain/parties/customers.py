"""What documents need to know of customers, many at once."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.kernel.company import company
from app.domain.kernel.rows import read
from app.domain.parties.terms import Part, Rule, Term

TERM = """term.code AS term_code, term.name AS term_name, term.rule AS term_rule, term.days AS term_days,
       term.months AS term_months, term.day AS term_day, term.working_days AS term_working_days,
       (SELECT json_agg(json_build_array(part.rule, part.days, part.months, part.day, part.percent::text,
                                         part.amount::text) ORDER BY part.position)
        FROM payment_term_part part WHERE part.payment_term_id = term.id) AS term_parts"""
FACTS = f"""
SELECT customer.id, customer.code, customer.name, customer.active, customer.discount, customer.price_list_id,
       customer.group_id, customer_group.code AS group_code, customer_group.discount AS group_discount,
       customer_group.price_list_id AS group_price_list_id, customer.language, customer.vat_number, customer.tax_regime,
       {TERM},
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


def buyer_details(customer: Row[Any], tax_regime: str) -> dict[str, Any]:
    """The buyer as a tax document of this regime prints it, from the facts of a customer."""
    kept = ("code", "name", "vat_number", "language", "street", "postcode", "city", "country")
    return {name: getattr(customer, name) for name in kept} | {
        "name": customer.address_name or customer.name, "tax_regime": tax_regime,
    }  # fmt: skip


TERMS = f"""
SELECT term.id, {TERM}
FROM payment_term term WHERE term.id = ANY(%(ids)s::bigint[])
"""


def terms_of(session: Session, ids: Iterable[int]) -> dict[int, Term]:
    """Payment terms by their own ids, with the company's days off where they mind them."""
    country = company(session).country
    return {row.id: term_of(row, country) for row in read(session, TERMS, ids=sorted(set(ids)))}


def term_of(customer: Row[Any], country: str) -> Term:
    """The payment term among the facts of a customer; `country` is the one whose days off count."""
    rest = Rule(customer.term_rule, customer.term_days, customer.term_months, customer.term_day)
    parts = [
        Part(Rule(*rule), None if percent is None else Decimal(percent), None if amount is None else Decimal(amount))
        for *rule, percent, amount in customer.term_parts or ()
    ]
    return Term(customer.term_code, rest, parts, country if customer.term_working_days else None)
