"""Reports as pages and as CSV: figures with what is behind them, each only for those who may see it."""

import csv
import html
import io
import re
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.domain.kernel.rows import read, write
from app.web.kit.reports import ReportPage
from tests.web.companies import Shop
from tests.web.shop import Visitor
from tests.world import TODAY

D = Decimal


def rows(visitor: Visitor, address: str) -> list[dict[str, str]]:
    answer = visitor.get(f"{address}{'&' if '?' in address else '?'}format=csv")
    assert (answer.status_code, answer.mimetype) == (200, "text/csv"), answer.text
    return list(csv.DictReader(io.StringIO(answer.text)))


def links(page: str, path: str) -> list[str]:
    """The addresses on a page that lead to this path with some arguments, in their order, each once."""
    return list(dict.fromkeys(html.unescape(found) for found in re.findall(rf'href="({path}\?[^"]+)"', page)))


def limited(shop: Shop, *rights: tuple[str, str]) -> Visitor:
    """Ken, a storekeeper of the north, in a role of the company's own with these rights instead."""
    with Session(shop.engine) as session:
        role = read(session, "INSERT INTO ab_role (id, name) VALUES (nextval('ab_role_id_seq'), 'Own') RETURNING id")[
            0
        ].id
        for permission, resource in rights:
            write(session, """
                INSERT INTO ab_permission_view_role (id, permission_view_id, role_id)
                SELECT nextval('ab_permission_view_role_id_seq'), pair.id, %(role)s FROM ab_permission_view pair
                JOIN ab_permission permission ON permission.id = pair.permission_id
                JOIN ab_view_menu menu ON menu.id = pair.view_menu_id
                WHERE permission.name = %(permission)s AND menu.name = %(resource)s
            """, role=role, permission=permission, resource=resource)  # fmt: skip
        write(session, """
            UPDATE ab_user_role SET role_id = %(role)s
            WHERE user_id = (SELECT id FROM ab_user WHERE username = 'ken')
        """, role=role)  # fmt: skip
        session.commit()
    return shop.visit("ken")


REPORTS, PRICES, COSTS = ("can_view", "Reports"), ("can_view", "Prices"), ("can_view", "Costs")
EVERYWHERE, LEDGER, STOCK = ("can_view", "Every warehouse"), ("can_view", "Ledger"), ("can_view", "Stock")


def test_receivables_lead_to_the_statement_and_the_statement_to_its_documents(shop: Shop) -> None:
    visitor, ids = shop.visit("abe"), shop.known.ids

    (statement,) = links(visitor.get("/receivables/").text, "/customer-statement/")
    page = visitor.get(statement).text

    assert "customer=C001" in statement
    assert f"/invoices/{ids['invoice']}" in page
    assert f"/cash-orders/{ids['cash']}" in page
    (row,) = rows(visitor, "/receivables/")
    assert (row["code"], row["open"], row["balance"]) == ("C001", "68.00", "68.00")


@pytest.mark.parametrize(
    "by", ["day", "month", "quarter", "year", "customer", "product", "group", "seller", "warehouse", "channel"]
)
def test_sales_are_cut_as_one_asks_and_each_row_opens_into_documents_that_come_to_it(shop: Shop, by: str) -> None:
    """Four bolts at 10.00 that cost 4.00 each: the only invoice there is."""
    visitor = shop.visit("max")

    (row,) = rows(visitor, f"/sales/?by={by}")
    (behind,) = links(visitor.get(f"/sales/?by={by}").text, "/sales-documents/")
    (document,) = rows(visitor, behind)

    assert [row[name] for name in ("quantity", "net", "cost", "margin", "percent")] == [
        "4", "40.00", "16.00", "24.00", "60",
    ]  # fmt: skip
    assert [document[name] for name in ("kind", "net", "cost", "margin")] == ["invoice", "40.00", "16.00", "24.00"]
    assert f"/invoices/{shop.known.invoice}" in visitor.get(behind).text


def test_vat_stands_by_rate_and_opens_into_documents(shop: Shop) -> None:
    visitor = shop.visit("una")

    (row,) = rows(visitor, "/vat/")
    (behind,) = links(visitor.get("/vat/").text, "/vat-documents/")
    (document,) = rows(visitor, behind)

    assert (row["percent"], row["kind"], row["documents"], row["net"], row["vat"]) == (
        "20", "invoice", "1", "40.00", "8.00",
    )  # fmt: skip
    assert (document["customer"], document["net"], document["vat"]) == ("C001", "40.00", "8.00")
    assert f"/invoices/{shop.known.invoice}" in visitor.get(behind).text


def test_a_trial_balance_opens_into_account_statements_that_come_to_it(shop: Shop) -> None:
    visitor = shop.visit("abe")
    balance = {row["code"]: row for row in rows(visitor, f"/trial-balance/?from={TODAY}&to={TODAY}")}
    page = visitor.get(f"/trial-balance/?from={TODAY}&to={TODAY}").text

    statements = [link for link in links(page, "/account-statement/") if f"from={TODAY}" in link]

    assert len(statements) == len(balance)
    for link in statements:
        lines = rows(visitor, link)
        its = balance[re.search(r"account=(\d+)", link)[1]]  # type: ignore[index]
        assert sum(D(line["debit"]) for line in lines) == D(its["debit"]), link
        assert sum(D(line["credit"]) for line in lines) == D(its["credit"]), link
        assert not lines or lines[-1]["balance"] == its["closing"], link


def test_the_journal_leads_to_documents_and_accounts_and_tells_each_entry_once(shop: Shop) -> None:
    visitor = shop.visit("abe")

    page = visitor.get("/journal/").text
    lines = rows(visitor, "/journal/")

    assert f"/invoices/{shop.known.invoice}" in page
    assert any("account=1100" in link for link in links(page, "/account-statement/"))
    assert sum(D(line["debit"]) for line in lines) == sum(D(line["credit"]) for line in lines) > 0
    invoiced = [line["number"] for line in lines if line["event"] == "invoice.issued"]
    assert len(invoiced) == 3
    assert page.count(f">{invoiced[0]}</a>") == 1


def test_stock_opens_into_the_item_card_and_the_card_into_its_documents(shop: Shop) -> None:
    """A hundred bolts came for 400.00, four of them left."""
    visitor, ids = shop.visit("max"), shop.known.ids

    page = visitor.get(f"/stock-value/?at={TODAY}&product=BOLT").text
    (card,) = links(page, "/item-card/")
    moves = rows(visitor, card)

    assert [(row["on_hand"], row["value"]) for row in rows(visitor, "/stock-value/?product=BOLT")] == [("96", "384.00")]
    assert [(row["event"], row["received"], row["issued"], row["on_hand"], row["value_after"]) for row in moves] == [
        ("stock_receipt", "100", "0", "100", "400.00"), ("shipment", "0", "4", "96", "384.00"),
    ]  # fmt: skip
    shown = visitor.get(card).text
    assert f"/receipts/{ids['receipt']}" in shown
    assert f"/shipments/{ids['shipment']}" in shown


def test_a_storekeeper_sees_stock_and_item_cards_of_the_own_warehouse_without_value(shop: Shop) -> None:
    keeper = shop.visit("ken")

    found = rows(keeper, "/stock-value/")
    card = rows(keeper, "/item-card/?product=NUT&warehouse=NORTH")

    assert {row["warehouse"] for row in found} == {"NORTH"}
    assert "value" not in found[0]
    assert not {"value", "value_after"} & card[0].keys()
    assert [row["on_hand"] for row in card] == ["100", "94"]
    page = keeper.get("/item-card/?product=NUT&warehouse=NORTH").text
    assert "Value" not in page
    assert "MAIN" not in page
    for address in ("/item-card/?product=BOLT&warehouse=MAIN", "/stock-value/?warehouse=MAIN"):
        refused = keeper.get(address)
        assert refused.status_code == 400
        assert "There is no such thing here" in refused.text


def test_a_role_with_reports_but_without_prices_meets_no_money(own_shop: Shop) -> None:
    visitor = limited(own_shop, REPORTS, EVERYWHERE, LEDGER)

    (row,) = rows(visitor, "/sales/?by=product")
    page = visitor.get("/sales/?by=product").text

    assert row == {"key": "BOLT", "name": "Product BOLT", "quantity": "4"}
    assert "40.00" not in page
    closed = ("/receivables/", "/customer-statement/", "/vat/", "/vat-documents/", "/journal/", "/trial-balance/",
              "/account-statement/")  # fmt: skip
    assert {address: visitor.get(address).status_code for address in closed} == dict.fromkeys(closed, 403)
    assert [link for link in closed if f'href="{link}"' in page] == []
    assert "Receivables" not in page
    assert rows(visitor, "/sales-documents/")[0].keys() & {"net", "cost", "margin", "percent"} == set()


def test_a_role_with_prices_but_without_costs_meets_no_cost_and_no_margin(own_shop: Shop) -> None:
    visitor = limited(own_shop, REPORTS, PRICES, EVERYWHERE, STOCK, LEDGER)

    (row,) = rows(visitor, "/sales/?by=product")

    assert row == {"key": "BOLT", "name": "Product BOLT", "quantity": "4", "net": "40.00"}
    assert "value" not in rows(visitor, "/stock-value/")[0]
    assert [visitor.get(address).status_code for address in ("/vat/", "/journal/", "/trial-balance/")] == [
        200,
        403,
        403,
    ]


def test_a_role_of_own_warehouses_is_told_what_left_these_and_nothing_of_the_whole_company(own_shop: Shop) -> None:
    visitor = limited(own_shop, REPORTS, PRICES, COSTS, LEDGER)

    assert rows(visitor, "/sales/") == rows(visitor, "/sales-documents/") == []
    with Session(own_shop.engine) as session:
        write(session, "UPDATE user_warehouse SET warehouse_id = %(main)s", main=own_shop.known.main)
        session.commit()
    assert [row["net"] for row in rows(visitor, "/sales/")] == ["40.00"]
    for address in ("/receivables/", "/vat/", "/customer-statement/", "/journal/", "/trial-balance/"):
        assert visitor.get(address).status_code == 403, address


def of_page(page: str) -> list[list[str]]:
    """The texts of the cells of the table's body, row by row."""
    body = re.search(r"<tbody>(.*?)</tbody>", page, re.DOTALL)
    cut = re.findall(r"<tr>(.*?)</tr>", body[1], re.DOTALL) if body else []
    return [[html.unescape(re.sub(r"<[^>]+>", "", cell)).strip() for cell in re.findall(r"<td[^>]*>(.*?)</td>", row)]
            for row in cut]  # fmt: skip


ADDRESSES = [
    "/sales/?by=product", "/sales-documents/", "/receivables/", "/customer-statement/?customer=C001", "/vat/",
    "/vat-documents/", "/trial-balance/", "/account-statement/?account=1200", "/stock-value/",
    "/item-card/?product=BOLT&warehouse=MAIN",
]  # fmt: skip


@pytest.mark.parametrize("address", ADDRESSES)
def test_the_page_says_what_the_file_says(shop: Shop, address: str) -> None:
    visitor = shop.visit("ada")

    page, file = of_page(visitor.get(address).text), rows(visitor, address)

    assert page
    for shown, row in zip(page, file, strict=True):
        for text, value in zip(shown, row.values(), strict=True):
            if re.fullmatch(r"-?[\d.]+", value):
                assert text.replace(",", "") == value or (text == "" and D(value) == 0), (address, row)


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/sales/?by=weather", 400), ("/sales/?from=2026-02-31", 400), ("/sales/?since=2026-02-01", 400),
        ("/sales/?from=2026-03-02&to=2026-03-01", 400), ("/sales/?warehouse=NOWHERE", 400), ("/sales/?page=x", 400),
        ("/vat/?from=x", 400), ("/receivables/?at=x", 400), ("/receivables/?at=9999-01-01", 400),
        ("/customer-statement/", 200), ("/customer-statement/?customer=NOBODY", 400),
        ("/customer-statement/?format=csv", 400), ("/sales/?format=pdf", 400),
        ("/stock-value/?at=2026-01-01&recorded_at=2026-01-01T10:00", 400), ("/stock-value/?recorded_at=yesterday", 400),
        ("/stock-value/?recorded_at=2026-01-01T10:00", 200), ("/journal/?from=2020-01-01&to=2026-01-01", 400),
        ("/sales/?from=2026-03-02&to=2026-03-01&format=csv", 400), ("/item-card/choices/warehouse", 404),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_told_politely(shop: Shop, address: str, status: int) -> None:
    assert shop.visit("abe").get(address).status_code == status


def test_a_refusal_stands_on_the_page_with_what_was_asked(shop: Shop) -> None:
    page = shop.visit("abe").get("/sales/?from=2026-03-02&to=2026-03-01&by=product").text

    assert "cannot end on 2026-03-01 before it starts on 2026-03-02" in page
    assert 'value="2026-03-02"' in page


def test_empty_tables_say_so_and_what_to_do(shop: Shop) -> None:
    visitor = shop.visit("abe")

    assert "Nothing was invoiced" in visitor.get("/sales/?from=2001-01-01&to=2001-01-02").text
    assert "Nobody owes" in visitor.get("/receivables/?at=2001-01-01").text
    assert "Choose a customer" in visitor.get("/customer-statement/").text
    assert "Choose a product" in visitor.get("/item-card/").text


def test_pages_turn_and_totals_are_of_all_rows(shop: Shop) -> None:
    visitor = shop.visit("abe")
    whole = rows(visitor, "/journal/")

    first = visitor.get("/journal/?page_size=3").text
    last = visitor.get(f"/journal/?page_size=3&page={(len(whole) - 1) // 3}").text

    total = f"{sum(D(line['debit']) for line in whole):,.2f}"
    assert len(of_page(first)) == 3
    assert re.search(rf"<tfoot>.*{re.escape(total)}", first, re.DOTALL)
    assert "/journal/?page_size=3&page=1" in links(first, "/journal/")
    assert 'rel="next"' not in last
    assert len(rows(visitor, "/journal/?page_size=3")) == len(whole)


def test_texts_that_a_spreadsheet_would_run_are_defused(own_shop: Shop) -> None:
    with Session(own_shop.engine) as session:
        write(session, "UPDATE customer SET name = '=cmd()' WHERE code = 'C001'")
        session.commit()

    (row,) = rows(own_shop.visit("abe"), "/receivables/")

    assert row["name"] == "'=cmd()"


def test_taking_a_report_out_is_noted(own_shop: Shop) -> None:
    rows(own_shop.visit("abe"), "/vat/")

    with Session(own_shop.engine) as session:
        noted = read(session, "SELECT subject FROM audit_entry WHERE event = 'exported' ORDER BY id DESC LIMIT 1")
    assert [row.subject for row in noted] == ["vat"]


def test_customers_are_offered_while_one_types_by_their_code(shop: Shop) -> None:
    found = shop.visit("abe").get("/customer-statement/choices/customer?q=c0").json

    assert found == [{"value": "C001", "text": "C001 Customer C001"}]


@pytest.mark.parametrize("person", ["sue", "ken", "cat"])
def test_reports_are_not_for_everybody(shop: Shop, person: str) -> None:
    visitor = shop.visit(person)
    its: list[Any] = [page for page in ReportPage.__subclasses__() if page.resource != "Stock"]

    assert len(its) == 10
    assert {visitor.get(f"{page.route_base}/").status_code for page in its} == {403}
