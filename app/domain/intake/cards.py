"""The cards that a replay needs: what it finds or makes once, and products and customers as they appear.

What is assumed: prices are net, and UK standard VAT of 20 % comes on top of everything, wherever the buyer is; all is
sold in pieces, from one warehouse; customers with an id pay by a term of 30 days, guests at once, all into one desk.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy.orm import Session

from app.domain.catalog.models import Product, ProductGroup, TaxRate, Unit
from app.domain.intake.countries import country_code
from app.domain.intake.plan import DAYS_TO_PAY, GUEST, Card
from app.domain.intake.sorting import GOODS, SOLD
from app.domain.kernel.errors import DomainError
from app.domain.kernel.numbering import NumberSeries
from app.domain.kernel.orm import Base
from app.domain.kernel.rows import insert, read, reserve_ids, write
from app.domain.ledger.setup import set_up_company
from app.domain.parties.models import Customer, CustomerAddress, PaymentTerm
from app.domain.pricing.models import PriceList
from app.domain.stock.models import Warehouse
from app.domain.treasury.models import CashDesk

CURRENCY = "GBP"
VAT = Decimal(20)
GUEST_CODE = "GUEST"


class Cards(NamedTuple):
    """Ids of what every sale of the replay refers to; `groups` by the kind of what is sold."""

    unit: int
    tax_rate: int
    groups: Mapping[str, int]
    price_list: int
    warehouse: int
    term: int
    at_once: int
    desk: int


def open_shop(session: Session) -> Cards:
    """Finds or makes the cards; in an empty database the company too.

    Raises DomainError where a company with another currency is there, or a card of the same code that means something
    else.
    """
    _company(session)
    account = _cash_account(session)
    taken = _series(session, "cash-shop", "Cash receipts, shop", "SHOP-")
    given = _series(session, "paid-shop", "Cash paid out, shop", "PSHOP-")
    cards = Cards(
        unit=_card(session, Unit, "PCS", "Piece", decimals=0),
        tax_rate=_card(session, TaxRate, "GB20", "UK standard VAT", rate=VAT),
        groups={kind: _card(session, ProductGroup, f"TRADE-{kind.upper()}", name) for kind, name in SOLD.items()},
        price_list=_card(session, PriceList, "SHOP", "Shop", currency=CURRENCY, vat_included=False),
        warehouse=_card(session, Warehouse, "SHOP", "Shop warehouse", way="manager_seller", negative_available=False),
        term=_card(session, PaymentTerm, f"DAYS{DAYS_TO_PAY}", f"{DAYS_TO_PAY} days", rule="days", days=DAYS_TO_PAY),
        at_once=_card(session, PaymentTerm, "AT-ONCE", "At once", rule="immediate", days=0),
        desk=_card(
            session, CashDesk, "SHOP", "Shop", account_id=account, income_series_id=taken, expense_series_id=given
        ),
    )
    write(session, MAKE_DEFAULT, id=cards.price_list)
    return cards


def _company(session: Session) -> None:
    found = read(session, "SELECT currency FROM company")
    if not found:
        set_up_company(
            session, name="Gift shop", currency=CURRENCY, time_zone="Europe/London", country="GB", chart="ifrs"
        )
    elif found[0].currency != CURRENCY:
        raise DomainError(
            "other_currency",
            "The company keeps its books in {currency}, the export is in {wanted}: replay it into an empty database.",
            currency=found[0].currency,
            wanted=CURRENCY,
        )


def _card(session: Session, entity: type[Base], code: str, name: str, /, **facts: object) -> int:
    """The id of the card with this code, made if there is none; DomainError where its facts are others."""
    table = entity.__tablename__
    for row in read(session, f"SELECT * FROM {table} WHERE upper(code) = %(code)s", code=code):
        differing = {fact: getattr(row, fact) for fact, value in facts.items() if getattr(row, fact) != value}
        if differing:
            raise DomainError(
                "other_card",
                "The {kind} {card} is there already and means something else ({facts}): replay into an empty database.",
                kind=table.replace("_", " "),
                card=code,
                facts=", ".join(f"{fact} {value}" for fact, value in differing.items()),
            )
        return int(row.id)
    card_id = reserve_ids(session, entity, 1)[0]
    insert(session, entity, [{"id": card_id, "code": code, "name": name, **facts}])
    return card_id


def _series(session: Session, code: str, name: str, prefix: str) -> int:
    """Numbers of the desk's own: gapless and never going back in time."""
    for row in read(session, "SELECT id FROM number_series WHERE code = %(code)s", code=code):
        return int(row.id)
    series_id = reserve_ids(session, NumberSeries, 1)[0]
    insert(session, NumberSeries, [
        {"id": series_id, "code": code, "name": name, "prefix": prefix, "width": 6, "gapless": True, "ascending": True}
    ])  # fmt: skip
    return series_id


CASH_ACCOUNT = """
SELECT account_id FROM posting_rule WHERE event = 'cash_order.processed' AND amount = 'amount' AND side = 'debit'
ORDER BY valid_from DESC LIMIT 1
"""


def _cash_account(session: Session) -> int:
    return int(read(session, CASH_ACCOUNT)[0].account_id)


MAKE_DEFAULT = """
UPDATE price_list SET is_default = true
WHERE id = %(id)s AND NOT EXISTS (SELECT FROM price_list WHERE is_default)
"""

FOUND_PRODUCTS = """
SELECT wanted.code, product.id, product.kind
FROM unnest(%(codes)s::text[]) AS wanted (code) JOIN product ON upper(product.sku) = upper(wanted.code)
"""


def products(session: Session, cards: Cards, wanted: Mapping[str, Card]) -> dict[str, int]:
    """The ids of products by code in upper case; those that are new get a card.

    Raises DomainError where the database knows a code as something else: goods as a service, or the reverse.
    """
    found = read(session, FOUND_PRODUCTS, codes=list(wanted))
    for row in found:
        if (row.kind == "service") != (wanted[row.code].kind != GOODS):
            raise DomainError(
                "other_card",
                "The product {sku} is there already as {kind}: replay into an empty database.",
                sku=row.code,
                kind=row.kind,
            )
    ids = {row.code: int(row.id) for row in found}
    new = [code for code in wanted if code not in ids]
    fresh = dict(zip(new, reserve_ids(session, Product, len(new)), strict=True))
    insert(session, Product, [_product(cards, wanted[code]) | {"id": fresh[code]} for code in new])
    return ids | fresh


def _product(cards: Cards, card: Card) -> dict[str, object]:
    return {
        "sku": card.sku,
        "name": card.name,
        "kind": "goods" if card.kind == GOODS else "service",
        "group_id": cards.groups[card.kind],
        "unit_id": cards.unit,
        "tax_rate_id": cards.tax_rate,
    }


FOUND_CUSTOMERS = """
SELECT wanted.code, customer.id
FROM unnest(%(codes)s::text[]) AS wanted (code) JOIN customer ON upper(customer.code) = upper(wanted.code)
"""


def customers(session: Session, cards: Cards, wanted: Mapping[str, str]) -> dict[str, int]:
    """The ids of customers by the export's id (id → country; the empty id: all guests); new ones get a card."""
    codes = {customer: GUEST_CODE if customer == GUEST else customer for customer in wanted}
    found = {row.code: int(row.id) for row in read(session, FOUND_CUSTOMERS, codes=list(codes.values()))}
    new = [customer for customer, code in codes.items() if code not in found]
    fresh = dict(zip(new, reserve_ids(session, Customer, len(new)), strict=True))
    insert(session, Customer, [_customer(cards, customer) | {"id": fresh[customer]} for customer in new])
    insert(session, CustomerAddress, [
        {"customer_id": fresh[customer], "kind": "billing", "name": _name(customer), "country": country}
        for customer in new
        if (country := country_code(wanted[customer]))
    ])  # fmt: skip
    return {customer: fresh[customer] if customer in fresh else found[code] for customer, code in codes.items()}


def _customer(cards: Cards, customer: str) -> dict[str, object]:
    guest = customer == GUEST
    return {
        "code": GUEST_CODE if guest else customer,
        "name": _name(customer),
        "payment_term_id": cards.at_once if guest else cards.term,
    }


def _name(customer: str) -> str:
    return "Guests" if customer == GUEST else f"Customer {customer}"
