"""Own warehouses and desks, on every path that reads; and prices that a storekeeper never meets."""

import re
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy.orm import Session

from app.domain.kernel.rows import read
from app.domain.stock.models import Warehouse
from app.web.kit.forms import CardForm, RelationField
from app.web.kit.scope import ScopedInterface
from tests.web.companies import Shop
from tests.web.shop import as_person
from tests.web.test_keyset import lists

MONEY_WORDS = ("planned cost", "value", "discount", "credit limit", "payment term", "total", "net", "vat")


def links(page: str, start: str) -> set[int]:
    return {int(found) for found in re.findall(rf'href="{start}/(\d+)"', page)}


def test_a_list_counts_and_shows_only_what_is_ones_own(shop: Shop) -> None:
    known, keeper = shop.known, shop.visit("ken")

    page = keeper.get("/shipments/").text

    assert links(page, "/shipments") == {known.draft_shipment_north, known.shipment_north}
    assert "2 in all" in page
    assert links(keeper.get("/receipts/").text, "/receipts") == {known.receipt_north, known.receipt_draft_north}


@pytest.mark.parametrize(
    ("person", "address", "own", "foreign"),
    [
        ("ken", "/shipments/{}", "draft_shipment_north", "draft_shipment"),
        ("ken", "/shipments/{}/process", "draft_shipment_north", "draft_shipment"),
        ("ken", "/receipts/{}", "receipt_draft_north", "receipt_draft"),
        ("ken", "/warehouses/{}", "north", "main"),
        ("sue", "/orders/{}", "active", "active_north"),
        ("sue", "/orders/{}/approve", "active", "active_north"),
        ("cat", "/cash-orders/{}", "draft_cash", "draft_cash_south"),
        ("cat", "/cash-orders/{}/process", "draft_cash", "draft_cash_south"),
        ("cat", "/cash-desks/{}", "desk", "south_desk"),
    ],
)
def test_a_page_of_somebody_else_does_not_exist(shop: Shop, person: str, address: str, own: str, foreign: str) -> None:
    visitor, ids = shop.visit(person), shop.known.ids

    assert visitor.get(address.format(ids[own])).status_code == 200
    assert visitor.get(address.format(ids[foreign])).status_code == 404


def test_a_step_with_foreign_ids_does_nothing_and_does_not_tell_whose_they_are(own_shop: Shop) -> None:
    known, keeper = own_shop.known, own_shop.visit("ken")
    ids = [known.draft_shipment, known.draft_shipment_north, 10**9]

    page = keeper.post("/shipments/bulk/process", {"rowid": ids}).text

    assert page.count("There is no such document.") == 2
    assert "SO-000004" not in page
    with Session(own_shop.engine) as session:
        rows = read(session, "SELECT id, state FROM shipment WHERE id = ANY(%(ids)s::bigint[])", ids=ids)
        assert {row.id: row.state for row in rows} == {
            known.draft_shipment: "draft", known.draft_shipment_north: "processed",
        }  # fmt: skip


def test_a_single_step_with_a_foreign_id_does_nothing(own_shop: Shop) -> None:
    keeper = own_shop.visit("ken")

    assert keeper.post(f"/shipments/{own_shop.known.draft_shipment}/process").status_code == 404


def test_narrowing_does_not_widen(shop: Shop) -> None:
    known, keeper = shop.known, shop.visit("ken")

    assert links(keeper.get("/warehouses/?_flt_0_code=main").text, "/warehouses") == set()
    assert links(keeper.get(f"/shipments/?warehouse={known.main}").text, "/shipments") == set()
    assert "MAIN" not in keeper.get("/stock/").text
    assert "BOLT" not in keeper.get(f"/stock/?warehouse={known.main}").text


def test_choices_end_where_the_scope_ends(shop: Shop) -> None:
    with as_person(shop.app, "ken"):
        assert [label for _, label in ScopedInterface(Warehouse).choices()] == ["NORTH North"]
    with as_person(shop.app, "ada"):
        assert len(ScopedInterface(Warehouse).choices()) == 3


class PlaceForm(CardForm):
    place = RelationField(target=Warehouse)


@pytest.mark.parametrize(("person", "fits"), [("ken", False), ("ada", True)])
def test_a_posted_key_is_checked_against_the_scope(shop: Shop, person: str, fits: bool) -> None:
    posted = {"method": "POST", "data": {"place": str(shop.known.main)}}
    with as_person(shop.app, person, **posted):
        form = PlaceForm(meta={"csrf": False})
        assert form.validate() is fits


@pytest.mark.parametrize("nonsense", ["x", "-1", str(2**63), str(10**30), "1 OR 1=1"])
def test_a_posted_key_that_cannot_be_one_is_no_choice(shop: Shop, nonsense: str) -> None:
    with as_person(shop.app, "ada", method="POST", data={"place": nonsense}):
        assert PlaceForm(meta={"csrf": False}).validate() is False


def test_the_first_page_counts_what_is_ones_own(shop: Shop) -> None:
    tiles = re.findall(r"<strong>(\d+)</strong><span>([^<]+)", shop.visit("ken").get("/").text)

    assert tiles == [("1", "Shipments to do"), ("1", "Receipts to process")]


def test_a_storekeeper_meets_no_price_and_no_cost(shop: Shop) -> None:
    known, keeper = shop.known, shop.visit("ken")
    pages = ["/products/", f"/products/{known.bolt}", "/shipments/", f"/shipments/{known.shipment_north}",
             f"/shipments/{known.draft_shipment_north}/process", f"/shipments/{known.shipment_north}/cancel",
             "/receipts/", f"/receipts/{known.receipt_north}", f"/receipts/{known.receipt_draft_north}/process",
             "/stock/", "/customers/", f"/customers/{known.customer}", "/product-groups/1"]  # fmt: skip

    for address in pages:
        answer = keeper.get(address)
        assert answer.status_code == 200, address
        words = re.findall(r"<(?:th|dt|label)[^>]*>([^<]*)", answer.text)
        shown = {word.strip().lower().removesuffix(" *") for word in words}
        assert not {word for word in shown if word in MONEY_WORDS or "account" in word}, address
        assert "1.00" not in answer.text, address
        assert "2.50" not in answer.text, address


@pytest.mark.parametrize(
    "address",
    [
        "/products/?_flt_1_planned_cost=4",
        "/products/?_oc_ProductView=planned_cost&_od_ProductView=asc",
        "/customers/?_flt_1_discount=1",
        "/customers/?_oc_CustomerView=discount&_od_CustomerView=asc",
        "/shipments/?_oc_ShipmentView=gross&_od_ShipmentView=asc",
    ],
)
def test_a_hidden_column_can_neither_be_asked_nor_sorted_by(shop: Shop, address: str) -> None:
    assert shop.visit("ken").get(address).status_code == 400
    assert shop.visit("ada").get(address).status_code == 200


@pytest.mark.parametrize(
    "address",
    [
        "/products/?after_ProductView=abc",
        "/products/?psize_ProductView=-1",
        "/products/?psize_ProductView=1000000",
        "/products/?_oc_ProductView=translations&_od_ProductView=asc",
        "/products/?_oc_ProductView=sku&_od_ProductView=sideways",
        "/products/?_flt_9_sku=a",
        "/products/?_flt_0_version=1",
        "/products/?_flt_0_group_id=abc",
        "/products/?_flt_0_group_id=" + "9" * 30,
        "/products/?_flt_0_active=perhaps",
        "/products/?_flt_1_planned_cost=NaN",
        "/price-list-rows/?_flt_0_valid_from=2026-02-30",
        "/products/?q=" + "x" * 300,
        "/orders/?before_OrderView=x",
        "/orders/?psize_OrderView=-1",
        "/orders/?_oc_OrderView=version&_od_OrderView=asc",
        "/orders/?state=gone",
        "/orders/?payment=perhaps",
        "/orders/?overdue=perhaps",
        "/orders/?since=yesterday",
        "/orders/?warehouse=-1",
        "/orders/?customer=" + "9" * 30,
        "/stock/?page=x",
        "/stock/?page=401",
        "/journal/?from=x",
        "/journal/?from=2026-02-01&to=2026-01-01",
        "/trial-balance/?to=2026-13-01",
    ],
)
def test_arguments_that_cannot_be_meant_are_told_so(shop: Shop, address: str) -> None:
    assert shop.visit("ada").get(address).status_code == 400


@pytest.mark.parametrize(
    ("words", "found"), [("bolt", True), ("bol", True), ("b%t", False), ("(((", False), ("'", False)]
)
def test_searching_takes_what_is_typed_as_it_is(shop: Shop, words: str, found: bool) -> None:
    answer = shop.visit("ada").get("/products/", query_string={"q": words})

    assert answer.status_code == 200
    assert (f'/products/{shop.known.bolt}"' in answer.text) is found


def test_a_filter_takes_percent_and_underscore_as_letters(shop: Shop) -> None:
    page = shop.visit("ada").get("/products/", query_string={"_flt_0_sku": "B_LT"}).text

    assert links(page, "/products") == set()


def test_one_request_never_sees_the_filters_of_another(shop: Shop) -> None:
    view = next(view for view in shop.app.extensions["appbuilder"].baseviews if type(view).__name__ == "ProductView")
    together = Barrier(2, timeout=60)

    def ask(text: str) -> list[str]:
        with shop.app.test_request_context(query_string={"_flt_0_sku": text}):
            view._narrow(["sku"])
            together.wait()
            return [value for _, value in view._filters.get_filters_values()]

    with ThreadPoolExecutor(2) as threads:
        answers = [threads.submit(ask, text) for text in ("BOLT", "NUT")]

    assert [answer.result() for answer in answers] == [["BOLT"], ["NUT"]]


def test_a_cashier_sees_the_sums_of_a_shipment_but_not_the_prices_of_its_lines(shop: Shop) -> None:
    page = shop.visit("cat").get(f"/shipments/{shop.known.shipment}").text

    assert "<dt>Total</dt>" in page
    assert ">Net</th>" not in page
    assert ">Cost</th>" not in page


def test_a_storekeeper_knows_of_a_customer_name_and_address(shop: Shop) -> None:
    page = shop.visit("ken").get(f"/customers/{shop.known.customer}").text

    assert re.findall(r"<dt>([^<]+)</dt>", page) == ["Code", "Name", "Active"]
    assert "Addresses" in page


def test_who_holds_goods_is_told_of_the_persons_own_warehouses(shop: Shop) -> None:
    sql = """SELECT product_id, document.number, warehouse.code FROM reservation
             JOIN document ON document.id = document_id JOIN warehouse ON warehouse.id = reservation.warehouse_id"""
    with Session(shop.engine) as session:
        held = [tuple(row) for row in read(session, sql)]
    seen = {
        person: {
            (number, place) for product, number, place in held if number in shop.visit(person).get(
                f"/stock/held/{product}").text
        }
        for person in ("ada", "ken")
    }  # fmt: skip

    assert "MAIN" in {place for _, _, place in held}
    assert seen["ada"] == {(number, place) for _, number, place in held}
    assert seen["ken"] == {(number, place) for _, number, place in held if place == "NORTH"}


def test_nobody_holds_a_product_that_is_not_there(shop: Shop) -> None:
    assert shop.visit("ada").get("/stock/held/999999").status_code == 404
    assert shop.visit("ada").get(f"/stock/held/{10**30}").status_code == 404


def test_a_list_that_has_no_words_is_searched_for_none(shop: Shop) -> None:
    visitor, told = shop.visit("ada"), {}
    for view in lists(shop):
        told[view.route_base] = {
            visitor.get(f"{view.route_base}/?q=x{more}").status_code for more in ("", "&format=csv")
        }

    assert set().union(*told.values()) == {200, 400}
    assert told["/discounts"] == {400}
    assert told["/products"] == told["/orders"] == {200}
