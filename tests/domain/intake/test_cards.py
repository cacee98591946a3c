from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from app.domain.intake.cards import Cards, customers, open_shop, products
from app.domain.intake.plan import Card
from app.domain.kernel.errors import DomainError
from app.domain.kernel.rows import read, write
from app.domain.ledger.setup import set_up_company

MUG = {"MUG": Card("Mug", "TALL MUG", "goods")}


@pytest.fixture
def cards(session: Session) -> Cards:
    return open_shop(session)


def test_an_empty_database_gets_a_company_that_trades_in_pounds(session: Session, cards: Cards):
    company = read(session, "SELECT currency, time_zone, chart FROM company")

    assert [tuple(row) for row in company] == [("GBP", "Europe/London", "ifrs")]
    assert [tuple(row) for row in read(session, "SELECT code, rate FROM tax_rate")] == [("GB20", Decimal(20))]
    assert [row.is_default for row in read(session, "SELECT is_default FROM price_list")] == [True]


def test_opening_the_shop_again_finds_the_same_cards(session: Session, cards: Cards):
    assert open_shop(session) == cards


def test_a_company_that_is_there_keeps_its_name_and_its_default_price_list(session: Session):
    set_up_company(session, name="Ada Ltd", currency="GBP", time_zone="Europe/London", country="GB", chart="ifrs")
    write(session, "INSERT INTO price_list (code, name, currency, is_default) VALUES ('ADA', 'Ada', 'GBP', true)")

    cards = open_shop(session)

    assert read(session, "SELECT name FROM company")[0].name == "Ada Ltd"
    assert [row.code for row in read(session, "SELECT code FROM price_list WHERE is_default")] == ["ADA"]
    assert read(session, "SELECT code FROM price_list WHERE id = %(id)s", id=cards.price_list)[0].code == "SHOP"


def test_a_company_with_another_currency_is_left_alone(session: Session):
    set_up_company(session, name="Ada Ltd", currency="EUR", time_zone="Europe/Sofia", country="BG", chart="ifrs")

    with pytest.raises(DomainError, match="keeps its books in EUR, the export is in GBP"):
        open_shop(session)


def test_a_card_of_the_same_code_that_means_something_else_is_refused(session: Session):
    write(session, "INSERT INTO payment_term (code, name, rule, days) VALUES ('days30', 'A month', 'days', 31)")

    with pytest.raises(DomainError, match=r"The payment term DAYS30 .* \(days 31\)"):
        open_shop(session)


def test_a_product_is_made_once_whatever_the_letter_case(session: Session, cards: Cards):
    first = products(session, cards, MUG)
    again = products(session, cards, {"MUG": Card("MUG", "Other words", "goods")})

    made = read(session, "SELECT id, sku, name, kind, group_id, tax_rate_id FROM product")
    assert first == again == {"MUG": made[0].id}
    assert [tuple(row)[1:] for row in made] == [("Mug", "TALL MUG", "goods", cards.groups["goods"], cards.tax_rate)]


def test_a_fee_is_a_service_in_a_group_of_its_own(session: Session, cards: Cards):
    products(session, cards, {"BANK CHARGES": Card("BANK CHARGES", "Bank charges", "fee")})

    assert [tuple(row) for row in read(session, "SELECT kind, group_id FROM product")] == [
        ("service", cards.groups["fee"])
    ]


def test_goods_that_the_database_knows_as_a_service_are_refused(session: Session, cards: Cards):
    products(session, cards, {"MUG": Card("MUG", "Mug", "other")})

    with pytest.raises(DomainError, match="product MUG is there already as service"):
        products(session, cards, MUG)


def test_customers_pay_by_their_term_and_guests_at_once(session: Session, cards: Cards):
    ids = customers(session, cards, {"500": "EIRE", "": "France"})

    made = read(
        session,
        "SELECT customer.id, customer.code, customer.name, payment_term_id, address.country FROM customer "
        "LEFT JOIN customer_address address ON address.customer_id = customer.id ORDER BY customer.code",
    )
    assert [tuple(row) for row in made] == [
        (ids["500"], "500", "Customer 500", cards.term, "IE"),
        (ids[""], "GUEST", "Guests", cards.at_once, "FR"),
    ]


def test_a_customer_is_made_once(session: Session, cards: Cards):
    first = customers(session, cards, {"500": "EIRE"})

    assert customers(session, cards, {"500": "France", "": ""})["500"] == first["500"]
    assert len(read(session, "SELECT FROM customer WHERE code = '500'")) == 1
