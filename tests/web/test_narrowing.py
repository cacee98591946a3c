"""What lists of documents are narrowed by: each by what people ask of it, and nobody by what they do not see."""

import re

import pytest

from app.web.kit import keyset
from tests.web.companies import Shop
from tests.web.test_export import rows as csv_rows
from tests.web.test_keyset import rows


def found(shop: Shop, address: str, person: str = "ada") -> int:
    """How many rows the list has, the same on the page as in the export."""
    visitor = shop.visit(person)
    page = visitor.get(address)
    assert page.status_code == 200, page.text
    shown = len(rows(page.text))
    assert shown == len(csv_rows(visitor, f"{address}&format=csv"))
    return shown


@pytest.mark.parametrize(
    ("address", "some", "none"),
    [
        ("/orders/?psize_OrderView=100", "channel=phone", "channel=fax"),
        ("/orders/?psize_OrderView=100", "least=30.00", "least=99999"),
        ("/orders/?psize_OrderView=100", "most=30.00", "most=0"),
        ("/orders/?psize_OrderView=100", "warehouse=1", "warehouse=4711"),
        ("/orders/?psize_OrderView=100", "customer=1", "customer=4711"),
        ("/orders/?psize_OrderView=100", "since=2020-01-01", "since=2100-01-01"),
        ("/orders/?psize_OrderView=100", "q=SO-", "q=nobody"),
        ("/invoices/?psize_InvoiceView=100", "least=1", "least=99999"),
        ("/cash-orders/?psize_CashOrderView=100", "kind=income", "kind=expense"),
        ("/cash-orders/?psize_CashOrderView=100", "desk=1", "desk=4711"),
        ("/bank-lines/?psize_BankLineView=100", "kind=income", "least=99999"),
    ],
)
def test_a_list_keeps_what_fits_and_nothing_else(shop: Shop, address: str, some: str, none: str) -> None:
    assert found(shop, f"{address}&{some}") > 0
    assert found(shop, f"{address}&{none}") == 0


NARROWINGS = ("state=active", "q=SO-", "customer=1", "channel=phone", "least=1", "overdue=yes")


@pytest.mark.parametrize("narrowing", NARROWINGS)
def test_in_ones_own_warehouse_a_list_stays_there_however_it_is_narrowed(shop: Shop, narrowing: str) -> None:
    everywhere = found(shop, f"/orders/?psize_OrderView=100&{narrowing}")
    main = found(shop, f"/orders/?psize_OrderView=100&{narrowing}&warehouse={shop.known.main}")

    assert found(shop, f"/orders/?psize_OrderView=100&{narrowing}", "sue") == main <= everywhere
    assert found(shop, f"/orders/?psize_OrderView=100&{narrowing}&warehouse={shop.known.north}", "sue") == 0


@pytest.mark.parametrize("person", ["ada", "sue"])
def test_a_list_is_the_same_where_there_is_more_than_is_counted(
    shop: Shop, person: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    addresses = [f"/orders/?psize_OrderView=100&{one}&{two}" for one in NARROWINGS for two in ("", "warehouse=1")]
    counted = [rows(shop.visit(person).get(address).text) for address in addresses]

    monkeypatch.setattr(keyset, "COUNTED", 0)

    assert [rows(shop.visit(person).get(address).text) for address in addresses] == counted


def test_who_sees_no_prices_learns_nothing_by_asking_for_amounts(shop: Shop) -> None:
    whole = found(shop, "/shipments/?psize_ShipmentView=100", "ken")

    assert whole > 0
    assert found(shop, "/shipments/?psize_ShipmentView=100&least=99999", "ken") == whole


@pytest.mark.parametrize(
    "address",
    [
        "/orders/?channel=post",
        "/orders/?responsible=me",
        "/orders/?least=NaN",
        "/orders/?most=1e309",
        "/orders/?least=1.0005",
        "/cash-orders/?kind=gift",
        "/cash-orders/?desk=0x1",
    ],
)
def test_what_cannot_be_meant_is_told_so(shop: Shop, address: str) -> None:
    assert shop.visit("ada").get(address).status_code == 400


def test_what_is_narrowed_by_stays_when_more_is_asked(shop: Shop) -> None:
    page = shop.visit("ada").get("/orders/?channel=phone&least=5&q=SO").text

    assert '<input type="hidden" name="channel" value="phone">' in page
    assert '<input type="hidden" name="q" value="SO">' in page
    assert '<option value="phone" selected>' in page
    assert 'name="least" inputmode="decimal" autocomplete="off" value="5"' in page


@pytest.mark.parametrize("person", ["sue", "ken", "cat", "abe", "una"])
def test_whoever_sees_customers_narrows_lists_by_them(shop: Shop, person: str) -> None:
    visitor = shop.visit(person)
    page = visitor.get("/shipments/").text

    address = re.search(r'data-source="([^"]+)"', page)

    assert address is not None
    assert [row["value"] for row in visitor.get(f"{address[1]}?q=C001").json] == [shop.known.customer]


def test_an_order_that_is_found_by_its_number_and_by_its_customer_is_counted_once(own_shop: Shop) -> None:
    with own_shop.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE customer SET name = 'SO-' || name")

    pages = [own_shop.visit("ada").get(f"/orders/{asked}").text for asked in ("", "?q=so-")]

    assert rows(pages[0]) == rows(pages[1])
    counts = [re.findall(r"(\d+) in all", page) for page in pages]
    assert counts[0] == counts[1] != []


def chips(page: str) -> dict[str, str]:
    """What the list says that it is narrowed by: where each leads that takes it away."""
    found = re.findall(r'<a class="sb-chip on" href="([^"]+)">([^<]+?) <svg', page)
    return {text: address.replace("&amp;", "&") for address, text in found}


def test_all_that_a_list_is_narrowed_by_is_said_and_taken_away_piece_by_piece(shop: Shop) -> None:
    visitor, main = shop.visit("ada"), shop.known.main
    asked = ["since=2020-01-01", "until=2030-01-01", "least=0", "most=99", f"warehouse={main}", "channel=phone"]

    page = visitor.get(f"/orders/?{'&'.join(asked)}").text

    said = chips(page)
    assert list(said)[:4] == ["from 2020-01-01", "to 2030-01-01", "amount from 0", "amount to 99"]
    assert list(said)[4].startswith("MAIN ")
    assert list(said)[5:] == ["Channel: phone"]
    for one, address in zip(asked, said.values(), strict=True):
        assert address == f"/orders/?{'&'.join(other for other in asked if other != one)}"
    assert '<details class="sb-drop start">' in page


def test_a_chip_names_only_what_one_may_know(shop: Shop) -> None:
    north = shop.known.north

    assert "warehouse: another one" in chips(shop.visit("sue").get(f"/orders/?warehouse={north}").text)
    assert "Responsible: another one" in chips(shop.visit("sue").get("/orders/?responsible=4711").text)
