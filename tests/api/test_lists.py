"""What lists are narrowed by over the API is what the screens narrow by, and nothing else."""

import csv

import pytest

from app.web.api.resources import RESOURCES
from app.web.kit.rest.cards import CardApi
from app.web.kit.rest.documents import DocumentApi
from tests.api.conftest import Call, Caller
from tests.api.test_attacks import only
from tests.web.companies import Shop


def test_cards_are_narrowed_by_a_flag_as_rison_writes_it(call: Call) -> None:
    ada = call("ada")
    product = {"sku": "OLD", "name": "Old", "kind": "goods", "group": "GOODS", "unit": "pcs", "tax_rate": "A"}
    made = ada.post("products/", product).json
    ada.ask("PUT", f"products/{made['id']}", {"active": False, "version": made["version"]})

    active = ada.get("products/?q=(filters:!((col:active,value:!t)),page_size:100)")
    archived = ada.get("products/?q=(filters:!((col:active,value:!f)),page_size:100)")

    assert {row["active"] for row in active.json["result"]} == {True}
    assert [row["id"] for row in archived.json["result"]] == [made["id"]]


@pytest.mark.parametrize("value", ["!(a)", "(a:b)", "!n", "!t"])
@pytest.mark.parametrize("column", ["name", "planned_cost"])
def test_a_value_that_is_no_single_one_is_refused(call: Call, column: str, value: str) -> None:
    answer = call("ada").get(f"products/?q=(filters:!((col:{column},value:{value})))")

    assert (answer.status_code, list(answer.json["error"]["facts"]["fields"])) == (422, ["q"])


@pytest.mark.parametrize("value", ["!(yes)", "(yes:yes)", "!n"])
def test_a_flag_is_no_list(call: Call, value: str) -> None:
    assert call("ada").get(f"products/?q=(filters:!((col:active,value:{value})))").status_code == 422


@pytest.mark.parametrize(
    ("kind", "some", "none"),
    [
        ("orders", "col:channel,value:phone", "col:channel,value:fax"),
        ("orders", "col:responsible,value:ada", "col:responsible,value:cat"),
        ("orders", "col:gross,opr:ge,value:'30.00'", "col:gross,opr:ge,value:99999"),
        ("orders", "col:gross,opr:le,value:30.5", "col:gross,opr:le,value:0"),
        ("invoices", "col:gross,opr:ge,value:1", "col:gross,opr:ge,value:99999"),
        ("cash-orders", "col:kind,value:income", "col:kind,value:expense"),
        ("cash-orders", "col:cash_desk,value:SOUTH", "col:amount,opr:ge,value:99999"),
        ("bank-statement-lines", "col:bank_account,value:BANK", "col:amount,opr:ge,value:99999"),
        ("adjustments", "col:kind,value:voucher", "col:kind,value:bad_debt"),
    ],
)
def test_a_list_of_documents_keeps_what_fits_and_nothing_else(
    call: Call, own_shop: Shop, kind: str, some: str, none: str
) -> None:
    ada = call("ada")
    new = {"channel": "phone", "customer": "C001", "warehouse": "MAIN", "lines": [{"product": "BOLT", "quantity": "9"}]}
    assert ada.post("orders/", new | {"date": "2026-03-05"}).status_code == 201

    all_, fits, others = (ada.get(f"{kind}/?q=(filters:!({one}))") for one in ("", f"({some})", f"({none})"))

    assert [answer.status_code for answer in (all_, fits, others)] == [200] * 3, fits.text
    assert all_.json["count"] >= fits.json["count"] > 0 == others.json["count"]


def test_documents_are_narrowed_by_all_that_the_screen_is_narrowed_by(call: Call) -> None:
    ada, tried, refused = call("ada"), set(), {}
    # What an ask for a key is answered with; others by one of their words.
    keys = {"responsible": "ada", "cash_desk": "MAIN", "bank_account": "BANK"}

    for api in (api for api in RESOURCES if issubclass(api, DocumentApi)):
        for ask in api.view.asks.values():
            value = ask.values[0] if ask.values else keys[ask.column]
            answer = ada.get(f"{api.resource_name}/?q=(filters:!((col:{ask.column},value:{value})))")
            tried.add(ask.column)
            if answer.status_code != 200:
                refused[api.resource_name, ask.column] = answer.text

    assert refused == {}
    assert tried == {*keys, "channel", "kind", "reason"}


def test_documents_are_narrowed_by_what_one_sees(call: Call, own_shop: Shop) -> None:
    ada, ken = call("ada"), call("ken")
    address = "shipments/?q=(filters:!((col:{}))){}"
    only(own_shop, "una", ("view", "Shipments"), ("view", "Every warehouse"))

    money, customer = address.format("gross,opr:ge,value:1", ""), address.format("customer,value:C001", "")

    assert [one.get(money).status_code for one in (ada, ken)] == [200, 422]
    assert [one.get(customer).status_code for one in (ada, ken, call("una"))] == [200, 200, 422]
    assert ada.get(address.format("gross,opr:ge,value:much", "")).status_code == 422
    assert ada.get(address.format("gross,opr:eq,value:1", "")).status_code == 422


@pytest.mark.parametrize("person", ["ada", "ken"])
def test_a_list_is_the_same_file_over_the_api_as_on_its_page(shop: Shop, person: str) -> None:
    caller, visitor, told = Caller(shop, person), shop.visit(person), {}

    # There is one company, whose page is its card; and each file that is taken out is a line of the audit more.
    for api in RESOURCES:
        if issubclass(api, (DocumentApi, CardApi)) and api.resource_name not in ("company", "audit"):
            file = caller.ask("GET", f"{api.resource_name}/", Accept="text/csv")
            page = visitor.get(f"{api.view.route_base}/?format=csv")
            told[api.resource_name] = (file.status_code, page.status_code, file.mimetype, file.text == page.text)

    assert "orders" in told
    assert set(told.values()) <= {(200, 200, "text/csv", True), (403, 403, "application/json", False)}, told
    assert sum(answer[0] == 200 for answer in told.values()) > 10


def test_a_file_of_a_list_holds_all_that_is_asked_for_and_nothing_else(shop: Shop) -> None:
    ada, ken = Caller(shop, "ada"), Caller(shop, "ken")

    def lines(caller: Caller, address: str) -> list[str]:
        return list(caller.ask("GET", address, Accept="text/csv").text.splitlines())

    states = lines(ada, "orders/?q=(filters:!((col:state,value:active)),page_size:1)")
    goods = lines(ada, "products/?q=(filters:!((col:kind,value:service)))")
    found = lines(ada, "products/?q=(search:bolt)")
    hidden = ken.ask("GET", "shipments/?q=(filters:!((col:gross,opr:ge,value:1)))", Accept="text/csv")

    assert [len(each) for each in (states, goods, found)] == [3, 2, 2]
    assert "gross" in lines(ada, "shipments/")[0]
    assert "gross" not in lines(ken, "shipments/")[0]
    assert (hidden.status_code, list(hidden.json["error"]["facts"]["fields"])) == (422, ["q"])


@pytest.mark.parametrize("direction", ["asc", "desc"])
@pytest.mark.parametrize(
    ("kind", "order", "column"),
    [("orders", "number", "number"), ("orders", "gross", "number"), ("invoices", "number", "number"),
     ("internal-orders", "id", "number"), ("products", "name", "sku")],
)  # fmt: skip
def test_a_file_is_in_the_order_that_is_asked_for_and_begins_after_the_row_that_is(
    shop: Shop, kind: str, order: str, column: str, direction: str
) -> None:
    ada, by = Caller(shop, "ada"), f"order_column:{order},order_direction:{direction}"

    def file(q: str) -> list[str]:
        told = ada.ask("GET", f"{kind}/?q=({by}){q}", Accept="text/csv").text
        return [row[column] for row in csv.DictReader(told.splitlines())]

    everything = [row[column] or "" for row in ada.get(f"{kind}/?q=({by},page_size:100)").json["result"]]
    half = ada.get(f"{kind}/?q=({by},page_size:{len(everything) // 2})").json

    assert file("") == everything
    assert file(f"&after={half['next']}") == everything[len(half["result"]) :]
    strange = [ada.ask("GET", f"{kind}/?q={q}", Accept="text/csv").status_code
               for q in (f"({by})&after=x", "(order_column:secret)")]  # fmt: skip
    assert strange == [400, 422]


def test_every_list_is_a_file_too(call: Call, own_shop: Shop) -> None:
    ada, ken, pages = call("ada"), call("ken"), {name: own_shop.visit(name) for name in ("ada", "ken")}
    pages["ken"].post("/jobs/export", {"address": "/shipments/?format=csv"})
    pages["ada"].post("/jobs/export", {"address": "/orders/?format=csv"})

    def told(text: str) -> list[dict[str, str]]:
        return [*csv.DictReader(text.splitlines())]

    def file(caller: Caller, address: str) -> list[dict[str, str]]:
        answer = caller.ask("GET", address, Accept="text/csv")
        assert answer.mimetype == "text/csv", answer.text
        return told(answer.text)

    stock, own = file(ada, "stock"), file(ken, "stock")
    first = ada.get("stock?page_size=1").json["next"]
    shown = {name: told(page.get("/stock/?format=csv").text) for name, page in pages.items()}
    jobs = {name: told(page.get("/jobs/?format=csv&status=waiting").text) for name, page in pages.items()}
    rules = file(ada, "posting-rules/?on=2026-01-01")

    assert file(ada, f"stock?after={first}") == stock[1:]
    assert ({row["warehouse"] for row in own}, "value" in own[0], "value" in stock[0]) == ({"NORTH"}, False, True)
    assert [{row["warehouse"] for row in shown["ken"]}, "value" in shown["ken"][0]] == [{"NORTH"}, False]
    assert {(row["sku"], row["warehouse"], row["available"], row["value"]) for row in shown["ada"]} == {
        (row["sku"], row["warehouse"], row["available"], row["value"]) for row in stock
    }  # fmt: skip
    assert pages["ken"].get("/stock/").text.count("format=csv") == 1
    assert [[row["about"] for row in jobs[name]] for name in ("ken", "ada")] == [["Shipments"], ["Orders", "Shipments"]]
    assert file(ken, "jobs/?q=(filters:!((col:status,value:waiting)))") == jobs["ken"]
    assert file(ada, "jobs/?q=(order_column:at,order_direction:asc)") == jobs["ada"][::-1]
    assert rules[0].keys() | {"account_id"} == ada.get("posting-rules/?on=2026-01-01").json["result"][0].keys()
