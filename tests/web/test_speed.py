"""How much a page asks of the database: few statements, and no more for more rows."""

import time

import flask_login
import pytest
from sqlalchemy.orm import Session

from app.domain.sales.models import SalesOrder
from app.web.catalog import ProductView
from app.web.kit import look
from app.web.kit.filters import Narrowing
from tests.traces import statements
from tests.web.companies import Shop
from tests.web.many import multiply_documents, unguarded
from tests.web.test_keyset import rows


def asked(shop: Shop, address: str, person: str = "ada") -> list[str]:
    visitor = shop.visit(person)
    assert visitor.get(address).status_code == 200
    with statements() as sent:
        visitor.get(address)
    return sent


@pytest.mark.parametrize("address", ["/", "/orders/", "/invoices/", "/products/", "/stock/", "/customers/", "/users/"])
def test_a_page_asks_little(shop: Shop, address: str) -> None:
    sent = asked(shop, address)

    assert len(sent) < 10, "\n".join(sent)


@pytest.mark.parametrize(
    ("query", "read"),
    [
        ("overdue=yes", "DISTINCT open_item.order_id"),
        ("q=birch", "@@ to_tsquery"),
        ("q=birch&state=approved", "@@ to_tsquery"),
    ],
)
def test_what_a_list_is_narrowed_by_is_looked_for_once_and_by_the_page_itself(
    shop: Shop, query: str, read: str
) -> None:
    sent = asked(shop, f"/orders/?{query}")

    (page,) = [statement for statement in sent if read in statement]
    assert page.count(read) == 1
    assert "count(" in page
    assert not any("count(" in statement for statement in sent if statement != page)
    assert len(sent) < 8


def test_a_list_until_a_day_begins_at_that_day_however_much_came_after(shop: Shop) -> None:
    by_date, chosen = asked(shop, "/orders/?until=2026-01-31"), "_oc_OrderView=number"
    page = next(statement for statement in by_date if "LIMIT" in statement and "sales_order" in statement)

    assert 'ORDER BY sales_order."on" DESC, sales_order.id DESC' in page
    by_number = asked(shop, f"/orders/?until=2026-01-31&{chosen}")
    assert not any('ORDER BY sales_order."on"' in statement for statement in by_number)


def test_what_many_documents_fit_is_walked_through(own_shop: Shop) -> None:
    with own_shop.engine.begin() as connection:
        unguarded(connection)
        multiply_documents(connection, SalesOrder, 2_100)
    visitor, known = own_shop.visit("ada"), own_shop.known.customer

    # Of one customer alone they are too many to be counted; of those that are estimates there are fewer.
    pages, counts = [], []
    for more in ("", "&state=estimate", "&state=estimate&psize_OrderView=50", ""):
        with statements() as sent:
            pages.append(visitor.get(f"/orders/?customer={known}{more}").text)
        counts.append(sum("count(*)" in statement for statement in sent))
    all_, first, second, again = pages

    assert counts == [1, 1, 1, 0]
    assert rows(again) == rows(all_)
    assert "10,000+ in all" in all_
    assert "10,000+ in all" not in first
    assert (len(rows(all_)), len(rows(first)), len(rows(second))) == (25, 25, 50)
    assert rows(second)[:25] == rows(first)


def test_the_filters_of_a_column_are_made_once(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    made, address = [], "/customers/?_flt_0_code=C001"
    visitor = shop.visit("ada")
    visitor.get(address)
    monkeypatch.setattr(Narrowing, "__init__", lambda *given: made.append(given))

    assert visitor.get(address).status_code == 200
    assert made == []


def test_what_is_the_same_in_a_column_or_row_is_put_together_once(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    real = shop.app.url_for
    monkeypatch.setattr(shop.app, "url_for", lambda name, **more: made.append(name) or real(name, **more))

    page = shop.visit("ada").get("/products/").text

    assert len(rows(page)) > 2
    assert sum(name == "ProductView.show" for name in made) == 0


def test_what_a_column_says_again_and_again_is_drawn_once(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    said, real = list[str](), look.word
    monkeypatch.setattr(look, "word", lambda value: said.append(value) or real(value))

    page = shop.visit("ada").get("/orders/").text

    assert page.count(">phone</td>") > 2
    # Once more where the list can be narrowed by it.
    assert said.count("phone") == 2


def test_a_list_of_cards_that_is_too_long_to_count_is_not_counted_at_every_page(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    monkeypatch.setitem(shop.app.extensions, "long lists", {"ProductView": time.monotonic() + 60})
    known, narrowed = asked(shop, "/products/"), asked(shop, "/products/?q=b")

    assert [sum("count(" in statement for statement in sent) for sent in (known, narrowed)] == [0, 1]


def test_a_label_is_looked_up_once_however_many_rows_there_are(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = []

    class Label:
        def __str__(self) -> str:
            shown.append(1)
            return "Name & more"

    monkeypatch.setitem(ProductView.label_columns, "name", Label())
    page = shop.visit("ada").get("/products/").text

    assert page.count('data-label="Name &amp; more"') > 2
    assert len(shown) == 1


def test_rights_are_worked_out_once_however_often_they_are_asked(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    who, real = list[str](), flask_login.utils._get_user
    monkeypatch.setattr(flask_login.utils, "_get_user", lambda: who.append("?") or real())

    sent = asked(shop, "/orders/")

    # Of two pages, whose templates ask by themselves.
    assert len(who) < 40
    assert sum("ab_user" in statement and "SELECT" in statement for statement in sent) == 1
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

    page = own_shop.visit("ada").get("/products/").text

    assert "10,000+ in all" in page


def test_a_list_that_was_too_long_to_count_is_not_counted_again_at_every_page(own_shop: Shop) -> None:
    with own_shop.engine.begin() as connection:
        unguarded(connection)
        multiply_documents(connection, SalesOrder, 2_100)
    visitor = own_shop.visit("ada")
    pages, counts = [], []
    for address in ("/orders/", "/orders/?psize_OrderView=50", "/orders/?state=approved"):
        with statements() as sent:
            pages.append(visitor.get(address).text)
        counts.append(sum("count(*)" in statement for statement in sent))

    assert all("10,000+ in all" in page for page in pages[:2])
    assert counts == [1, 0, 1]
