"""How much a page asks of the database: few statements, and no more for more rows."""

import pytest
from sqlalchemy.orm import Session

from tests.traces import statements
from tests.web.conftest import Shop


def asked(shop: Shop, address: str, person: str = "ada") -> list[str]:
    visitor = shop.visit(person)
    assert visitor.get(address).status_code == 200
    with statements() as sent:
        visitor.get(address)
    return sent


@pytest.mark.parametrize("address", ["/", "/orders/", "/products/", "/stock/", "/customers/", "/users/"])
def test_a_page_asks_little(shop: Shop, address: str) -> None:
    sent = asked(shop, address)

    assert len(sent) <= 15, "\n".join(sent)


def test_rights_are_worked_out_once_however_often_they_are_asked(shop: Shop) -> None:
    sent = asked(shop, "/orders/")

    assert sum("ab_user" in statement and "SELECT" in statement for statement in sent) <= 3
    assert not any("ab_permission" in statement for statement in sent)


def test_a_list_asks_no_more_for_more_rows(own_shop: Shop) -> None:
    before = {address: len(asked(own_shop, address)) for address in ("/products/", "/orders/")}
    with Session(own_shop.engine) as session, session.begin():
        session.connection().exec_driver_sql(
            "INSERT INTO product (sku, name, group_id, unit_id, tax_rate_id) "
            "SELECT 'P' || n, 'Product', 1, 1, 1 FROM generate_series(1, 20) n"
        )

    assert {address: len(asked(own_shop, address)) for address in before} == before


def test_a_count_stops_and_says_so(own_shop: Shop) -> None:
    with Session(own_shop.engine) as session, session.begin():
        session.connection().exec_driver_sql(
            "INSERT INTO product (sku, name, group_id, unit_id, tax_rate_id) "
            "SELECT 'P' || n, 'Product', 1, 1, 1 FROM generate_series(1, 10100) n"
        )

    page = own_shop.visit("ada").get("/products/?page_ProductView=400&psize_ProductView=25").text

    assert "10,000+ in all" in page
