"""Reports as pages and as CSV: figures with what is behind them."""

import csv
import io
from decimal import Decimal

import pytest

from app.web.tables import TablePage
from tests.web.conftest import Shop
from tests.web.shop import Visitor


def rows(visitor: Visitor, address: str) -> list[dict[str, str]]:
    answer = visitor.get(address)
    assert (answer.status_code, answer.mimetype) == (200, "text/csv"), answer.text
    return list(csv.DictReader(io.StringIO(answer.text)))


def test_receivables_lead_to_the_statement_and_the_statement_to_its_documents(shop: Shop) -> None:
    visitor, ids = shop.visit("abe"), shop.known.ids

    page = visitor.get("/receivables/").text
    assert f"/customer-statement/?customer={ids['customer']}" in page
    statement = visitor.get(f"/customer-statement/?customer={ids['customer']}").text

    assert f"/invoices/{ids['invoice']}" in statement
    assert f"/cash-orders/{ids['cash']}" in statement
    (row,) = rows(visitor, "/receivables/?format=csv")
    assert (row["code"], row["open"], row["balance"]) == ("C001", "68.00", "68.00")


@pytest.mark.parametrize("by", ["month", "customer", "product", "group", "seller", "warehouse"])
def test_sales_are_cut_as_one_asks_with_margins_for_those_who_see_costs(shop: Shop, by: str) -> None:
    found = rows(shop.visit("max"), f"/sales/?format=csv&by={by}")

    assert {"net", "cost", "margin"} <= set(found[0])
    assert sum(Decimal(row["net"]) for row in found) == 40
    assert shop.visit("max").get(f"/sales/?by={by}").status_code == 200


def test_vat_stands_by_rate(shop: Shop) -> None:
    (row,) = rows(shop.visit("una"), "/vat/?format=csv")

    assert (row["percent"], row["kind"], row["net"], row["vat"]) == ("20", "invoice", "40.00", "8.00")


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/sales/?by=weather", 400), ("/sales/?since=2026-02-31", 400),
        ("/sales/?since=2026-03-02&until=2026-03-01", 400),
        ("/vat/?since=x", 400), ("/receivables/?at=x", 400), ("/receivables/?at=9999-01-01", 400),
        ("/customer-statement/", 404), ("/customer-statement/?customer=999999", 404),
        ("/customer-statement/?customer=99999999999999999999", 400), ("/sales/?format=pdf", 400),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_told_politely(shop: Shop, address: str, status: int) -> None:
    assert shop.visit("abe").get(address).status_code == status


def test_empty_tables_say_so(shop: Shop) -> None:
    visitor = shop.visit("abe")

    assert "Nothing was invoiced" in visitor.get("/sales/?since=2001-01-01&until=2001-01-02").text
    assert "Nobody owes" in visitor.get("/receivables/?at=2001-01-01").text


@pytest.mark.parametrize("person", ["sue", "ken", "cat"])
def test_reports_are_not_for_everybody(shop: Shop, person: str) -> None:
    visitor = shop.visit(person)

    assert {visitor.get(f"{page.route_base}/").status_code for page in TablePage.__subclasses__()} == {403}
