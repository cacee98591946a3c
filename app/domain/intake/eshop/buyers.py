"""Whose order it is: the customer with the VAT number or the e-mail that the shop tells, or a new one."""

from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.intake.eshop.value import Address, Buyer
from app.domain.kernel.company import company
from app.domain.kernel.errors import Invalid
from app.domain.kernel.rows import insert, read, reserve_ids
from app.domain.parties.models import Customer, CustomerAddress

EU = frozenset(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split()  # noqa: SIM905
)
LANGUAGES = {"BG": "bg", "DE": "de", "AT": "de", "RU": "ru"}

# One with the VAT number before one with the e-mail, the older before the younger. An e-mail that two companies use
# does not make them one.
FIND = """
SELECT id FROM customer
WHERE active AND (upper(vat_number) = nullif(%(vat)s, '') OR (lower(email) = nullif(%(email)s, '')
                  AND (%(vat)s = '' OR coalesce(vat_number, '') = '')))
ORDER BY coalesce(upper(vat_number), '') = %(vat)s AND %(vat)s <> '' DESC, id LIMIT 1
"""
# Two orders of somebody new at the same moment make one customer.
ALONE = "SELECT pg_advisory_xact_lock(hashtext('new customers of e-shops'))"
ADDRESSES = """
SELECT kind, name, street, postcode, city, country FROM customer_address WHERE customer_id = %(customer)s
"""


def customer_of(session: Session, shop: Row[Any], buyer: Buyer) -> int:
    """The customer whose order it is, with the addresses that the shop tells.

    Raises Invalid where nobody is named, and the shop has no customer for such orders.
    """
    if shop.unknown_customers == "fixed" or not buyer.name:
        found = _found(session, buyer)
        if found is None and shop.customer_id is None:
            raise Invalid("nobody_named", "The order names nobody: choose at the shop whose such orders are.")
        return int(found or shop.customer_id)
    customer = _found(session, buyer)
    if customer is None:
        read(session, ALONE)
        customer = _found(session, buyer) or _make(session, shop, buyer)
    _add_addresses(session, customer, buyer)
    return customer


def _found(session: Session, buyer: Buyer) -> int | None:
    rows = read(session, FIND, vat=vat_number(buyer), email=buyer.email.lower())
    return int(rows[0].id) if rows else None


def vat_number(buyer: Buyer) -> str:
    """The number as it is compared and kept: without blanks and points, in upper case."""
    return "".join(char for char in buyer.vat_number.upper() if char.isalnum())


def _make(session: Session, shop: Row[Any], buyer: Buyer) -> int:
    [customer] = reserve_ids(session, Customer, 1)
    country = buyer.billing.country
    insert(session, Customer, [{
        "id": customer, "code": f"{shop.code}-{customer}", "name": buyer.name, "payment_term_id": shop.payment_term_id,
        "tax_regime": regime(company(session).country, country, vat_number(buyer)),
        "vat_number": vat_number(buyer) or None, "email": buyer.email or None, "phone": buyer.phone or None,
        "language": LANGUAGES.get(country, "en"),
    }])  # fmt: skip
    return customer


def regime(home: str, country: str, vat: str) -> str:
    """The tax regime of a buyer: consumers in the EU are treated as at home, the rest of the world is export."""
    if not country or not home or country == home:
        return "domestic"
    if country in EU:
        return "eu_business" if vat else "domestic"
    return "export"


def _add_addresses(session: Session, customer: int, buyer: Buyer) -> None:
    """The billing address where there is none yet, and a delivery address that is not there yet."""
    there = read(session, ADDRESSES, customer=customer)
    known = {(row.kind, row.name, row.street, row.postcode, row.city, row.country) for row in there}
    new = []
    if buyer.billing != Address() and not any(row.kind == "billing" for row in there):
        new.append({"customer_id": customer, "kind": "billing", **vars(buyer.billing)})
    its = buyer.delivery
    row = ("delivery", its.name, its.street, its.postcode, its.city, its.country)
    if its not in (Address(), buyer.billing) and row not in known:
        new.append({"customer_id": customer, "kind": "delivery", **vars(its)})
    insert(session, CustomerAddress, new)
