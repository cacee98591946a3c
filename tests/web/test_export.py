"""Every list can be taken along as CSV: what is in view, what one may see, safe for spreadsheets."""

import csv
import io
import re

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.kernel.rows import read
from app.web.kit.documents import DocumentView
from app.web.kit.views import MasterView
from tests.traces import checksums
from tests.web.companies import Shop
from tests.web.shop import PEOPLE, Visitor


def rows(visitor: Visitor, address: str) -> list[dict[str, str]]:
    answer = visitor.get(address)
    assert answer.status_code == 200, answer.text
    assert answer.content_type == "text/csv; charset=utf-8"
    assert "attachment" in answer.headers["Content-Disposition"]
    return list(csv.DictReader(io.StringIO(answer.text)))


def test_a_list_of_documents_is_exported_with_its_columns_and_natural_keys(shop: Shop) -> None:
    found = rows(shop.visit("ada"), "/invoices/?format=csv&state=issued")

    (invoice,) = found
    assert list(invoice)[:3] == ["number", "on", "customer"]
    assert invoice["customer"] == "C001"
    assert invoice["customer_name"] == "Customer C001"
    assert invoice["gross"] == "48.00"
    assert invoice["state"] == "issued"


def test_filters_and_words_narrow_the_export_as_they_narrow_the_list(shop: Shop) -> None:
    visitor = shop.visit("ada")
    everything = rows(visitor, "/orders/?format=csv")

    assert {row["state"] for row in rows(visitor, "/orders/?format=csv&state=active")} == {"active"}
    assert len(rows(visitor, "/orders/?format=csv&q=nobody")) == 0
    assert 0 < len(rows(visitor, "/orders/?format=csv&warehouse=1")) < len(everything)
    assert visitor.get("/orders/?format=pdf").status_code == 400
    assert visitor.get("/products/?format=pdf").status_code == 400


@pytest.mark.parametrize("direction", ["asc", "desc"])
def test_an_export_is_in_the_order_of_the_list(shop: Shop, direction: str) -> None:
    visitor = shop.visit("ada")

    def shown(address: str) -> list[str]:
        return re.findall(r'<a href="/orders/\d+"[^>]*>([^<#]+)</a>', visitor.get(address).text.partition("<tbody>")[2])

    def told(address: str, column: str) -> list[str]:
        return [row[column] for row in rows(visitor, f"{address}&format=csv")]

    for order in ("number", "on", "gross", "customer"):
        address = f"/orders/?psize_OrderView=100&_oc_OrderView={order}&_od_OrderView={direction}"
        numbers = [number for number in told(address, "number") if number]
        assert (shown(address), len(numbers) > 3) == (numbers, True), order
    cards = f"/products/?psize_ProductView=2&_oc_ProductView=sku&_od_ProductView={direction}"
    token = re.search(r"after_ProductView=[^&\"]+", visitor.get(cards).text)
    assert token
    # The file is of all pages, whichever is looked at.
    assert told(f"{cards}&{token[0]}", "sku") == sorted(told(cards, "sku"), reverse=direction == "desc")
    assert told("/products/?", "sku") == sorted(told("/products/?", "sku"))


def test_cards_are_exported_with_keys_that_people_know(shop: Shop) -> None:
    visitor = shop.visit("max")

    product = next(row for row in rows(visitor, "/products/?format=csv") if row["sku"] == "BOLT")
    price = next(row for row in rows(visitor, "/price-list-rows/?format=csv") if row["product"] == "BOLT")

    assert (product["kind"], product["group"], product["unit"]) == ("goods", "GOODS", "pcs")
    assert product["planned_cost"] == "4"
    assert (price["price_list"], price["price"], price["valid_from"]) == ("RETAIL", "10", "")


def test_a_storekeeper_exports_own_documents_without_prices_and_costs(shop: Shop) -> None:
    ken = shop.visit("ken")

    shipments = rows(ken, "/shipments/?format=csv")
    receipts = rows(ken, "/receipts/?format=csv")

    assert {row["warehouse"] for row in (*shipments, *receipts)} == {"NORTH"}
    assert not {"gross", "net", "value", "payment", "currency"} & {*shipments[0], *receipts[0]}
    assert "planned_cost" not in rows(ken, "/products/?format=csv")[0]
    assert ken.get("/invoices/?format=csv").status_code == 403


def test_what_a_spreadsheet_would_run_is_defused_and_numbers_stay_numbers(own_shop: Shop) -> None:
    defused = {
        '=HYPERLINK("x")': "'=HYPERLINK(\"x\")", "+1": "'+1", "-1": "'-1", "@sum": "'@sum", "\tx": "'\tx",
        "\t=x": "'\t'=x",
        # Where commas part decimals, cells are parted by semicolons, and rows where no quotation mark is minded.
        "a;=cmd|'/C calc'!A0;b;'-1": "a;'=cmd|'/C calc'!A0;b;''-1", "two\n=lines": "two\n'=lines",
    }  # fmt: skip
    same = ["a,b", 'say "hi"', "two\nlines", "one; two", "a-b", "Ябълка", "plain"]
    names = [*defused, *same]
    with Session(own_shop.engine) as session:
        for place, name in enumerate(names):
            session.execute(
                text("INSERT INTO customer (code, name, payment_term_id, discount) SELECT :code, :name, min(id), 2.50"
                     " FROM payment_term"), {"code": f"X{place}", "name": name},
            )  # fmt: skip
        session.commit()

    found = {row["code"]: row for row in rows(own_shop.visit("ada"), "/customers/?format=csv")}

    told = [found[f"X{place}"]["name"] for place in range(len(names))]
    assert told == [*defused.values(), *same]
    assert found["X0"]["discount"] == "2.5"


def test_an_export_leaves_no_trace_but_that_it_was_made(own_shop: Shop) -> None:
    visitor = own_shop.visit("ada")
    with Session(own_shop.engine) as session:
        before = checksums(session) | {"audit_entry": ""}

    rows(visitor, "/orders/?format=csv")
    rows(visitor, "/customers/?format=csv")

    with Session(own_shop.engine) as session:
        assert checksums(session) | {"audit_entry": ""} == before


@pytest.mark.parametrize("person", PEOPLE)
def test_every_list_that_one_sees_can_be_exported_and_says_no_more_than_the_list(shop: Shop, person: str) -> None:
    visitor, wrong = shop.visit(person), {}
    for view in shop.app.extensions["appbuilder"].baseviews:
        if not isinstance(view, (DocumentView, MasterView)):
            continue
        page = visitor.get(f"{view.route_base}/", follow_redirects=False).status_code
        answer = visitor.get(f"{view.route_base}/?format=csv", follow_redirects=False)
        if (page == 200) is not (answer.status_code == 200 and answer.mimetype == "text/csv"):
            wrong[view.route_base] = (page, answer.status_code)

    assert wrong == {}


def test_a_long_list_is_sent_whole_in_one_statement_and_in_few_pieces(own_shop: Shop) -> None:
    with Session(own_shop.engine) as session:
        session.execute(
            text("INSERT INTO customer (code, name, payment_term_id) SELECT 'N' || n, 'Name ' || n, min(term.id)"
                 " FROM generate_series(1, 20000) n, payment_term term GROUP BY n")
        )  # fmt: skip
        session.commit()
        count = read(session, "SELECT count(*) AS rows FROM customer")[0].rows

    visitor = own_shop.visit("ada")
    assert len(rows(visitor, "/customers/?format=csv")) == count
    assert len(list(visitor.get("/customers/?format=csv").iter_encoded())) < count / 100
