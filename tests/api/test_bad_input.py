"""What cannot be accepted over the API is refused with a sentence and the field, and nothing is stored."""

import json
from typing import Any

import pytest

from tests.api.conftest import Call
from tests.api.test_orders import ORDER
from tests.traces import checksums
from tests.web.companies import Shop

LINE: dict[str, Any] = ORDER["lines"][0]


def with_line(**facts: Any) -> dict[str, Any]:
    return ORDER | {"lines": [LINE | facts]}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (with_line(quantity=2), "lines.0.quantity"),
        (with_line(quantity=2.5), "lines.0.quantity"),
        (with_line(quantity=True), "lines.0.quantity"),
        (with_line(quantity=None), "lines.0.quantity"),
        (with_line(quantity="NaN"), "lines.0.quantity"),
        (with_line(quantity="Infinity"), "lines.0.quantity"),
        (with_line(quantity="1e309"), "lines.0.quantity"),
        (with_line(quantity="1" + "0" * 22), "lines.0.quantity"),
        (with_line(quantity="1.0005"), "lines.0.quantity"),
        (with_line(quantity="1,5"), "lines.0.quantity"),
        (with_line(quantity="٣"), "lines.0.quantity"),
        (with_line(quantity="' OR 1=1 --"), "lines.0.quantity"),
        (with_line(quantity=["2"]), "lines.0.quantity"),
        (with_line(product="NO-SUCH"), "lines.0.product"),
        (with_line(product=17), "lines.0.product"),
        (with_line(product=""), "lines.0.product"),
        (with_line(product="x" * 1_000_000), "lines.0.product"),
        (with_line(product="BOLT\x00"), "lines.0.product"),
        (with_line(nothing="1"), "lines.0.nothing"),
        (ORDER | {"customer": "<svg onload=alert(1)>"}, "customer"),
        (ORDER | {"customer": None}, "customer"),
        (ORDER | {"channel": "telepathy"}, "channel"),
        (ORDER | {"date": "2026-02-30"}, "date"),
        (ORDER | {"date": "05.03.2026"}, "date"),
        (ORDER | {"date": "0001-01-01"}, "date"),
        (ORDER | {"date": 20260305}, "date"),
        (ORDER | {"note": "x" * 1_000}, "note"),
        (ORDER | {"note": " " * 1_000}, "note"),
        (ORDER | {"note": "half a \ud800 character"}, "note"),
        (ORDER | {"note": {"text": "nested"}}, "note"),
        (ORDER | {"state": "performed"}, "state"),
        (ORDER | {"lines": []}, "lines"),
        (ORDER | {"lines": {}}, "lines"),
        (ORDER | {"lines": ["BOLT"]}, "lines.0"),
        (ORDER | {"lines": [LINE] * 501}, "lines"),
        (ORDER | {"responsible": "nobody"}, "responsible"),
        ({name: value for name, value in ORDER.items() if name != "customer"}, "customer"),
    ],
    ids=lambda it: it if isinstance(it, str) else "",
)  # fmt: skip
def test_a_value_that_cannot_be_is_named_and_nothing_is_stored(
    call: Call, own_shop: Shop, body: Any, field: str
) -> None:
    ada = call("ada")
    before = checksums(own_shop.engine)

    answer = ada.post("orders/", body)

    assert answer.status_code == 422, answer.text[:300]
    assert field in answer.json["error"]["facts"]["fields"]
    assert answer.json["error"]["message"]
    assert checksums(own_shop.engine) == before


@pytest.mark.parametrize("text", ["", "x" * 5_000])
def test_a_key_of_another_table_has_a_length(call: Call, text: str) -> None:
    answer = call("ada").post("orders/", ORDER | {"customer": text, "lines": [LINE | {"product": text}]})

    fields = answer.json["error"]["facts"]["fields"]
    assert (answer.status_code, set(fields)) == (422, {"customer", "lines.0.product"})
    assert set(fields.values()) == {"Length must be between 1 and 200."}


@pytest.mark.parametrize(
    ("data", "kind", "status"),
    [
        (b"", "application/json", 400),
        (b"{", "application/json", 400),
        (b"[]", "application/json", 422),
        (b"null", "application/json", 422),
        (b'"text"', "application/json", 422),
        (b'{"note": NaN}', "application/json", 400),
        (b'{"note": Infinity}', "application/json", 400),
        (b'{"note": "a", "note": "b"}', "application/json", 400),
        (b"\xff\xfe{}", "application/json", 400),
        (b'{"note": "\xff"}', "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b'{"a":' * 50 + b"1" + b"}" * 50, "application/json", 400),
        (b'{"note": ' + b"9" * 10_000 + b"}", "application/json", 400),
        (json.dumps(ORDER).encode(), "text/plain", 415),
        (json.dumps(ORDER).encode(), "application/x-www-form-urlencoded", 415),
        (b'{"note": "' + b"x" * 20_000_000 + b'"}', "application/json", 413),
    ],
)
def test_a_body_that_is_not_the_json_of_an_object_is_refused(
    call: Call, own_shop: Shop, data: bytes, kind: str, status: int
) -> None:
    ada = call("ada")

    answer = ada.client.post("/api/v1/orders/", data=data, content_type=kind, headers=ada.headers)

    assert answer.status_code == status
    assert answer.json["error"]["message"]
    assert "Traceback" not in answer.text


@pytest.mark.parametrize(
    "address",
    [
        "orders/?q=(((", "orders/?q=%00", "orders/?q=!!", "orders/?q=(page:-1)", "orders/?q=(page_size:101)",
        "orders/?q=(page:abc)", "orders/?q=(page:1000000)", "orders/?q=(order_column:cost)",
        "orders/?q=(order_column:!n)",
        "orders/?q=(order_direction:up)", "orders/?q=(filters:!((col:secret,opr:eq,value:1)))",
        "orders/?q=(filters:!((col:state,opr:like,value:x)))",
        "orders/?q=(filters:!((col:date,opr:ge,value:yesterday)))",
        "orders/?q=(filters:!((col:warehouse,value:NOWHERE)))", "orders/?q=(filters:x)", "orders/?nothing=1",
        "orders/?q=()&q=()", "orders/?after=x", "orders/?after=%F0%9F%98%80", "orders/?q=" + "x" * 5000,
        "products/?q=(filters:!((col:planned_cost,opr:ge,value:NaN)))",
        "products/?q=(filters:!((col:name,opr:regex,value:a)))",
        "products/?q=(filters:!((col:active,value:maybe)))", "products/?q=(filters:!((col:group,value:NONE)))",
    ],
)  # fmt: skip
def test_a_list_that_cannot_be_asked_for_is_refused(call: Call, address: str) -> None:
    answer = call("ada").get(address)

    assert answer.status_code in (400, 422), answer.text[:300]
    assert answer.json["error"]["message"]


@pytest.mark.parametrize("pk", ["0", "-1", "1.0", "abc", str(2**63), "1" * 400, "%00", "1;DROP"])
def test_an_id_that_cannot_be_one_leads_nowhere(call: Call, pk: str) -> None:
    ada = call("ada")

    for method in ("GET", "PUT", "DELETE"):
        assert ada.ask(method, f"orders/{pk}", {} if method == "PUT" else None).status_code == 404


def test_a_hidden_price_cannot_be_found_out_by_order_or_filter(call: Call) -> None:
    ken = call("ken")

    paid, overdue = "(filters:!((col:payment_status,value:paid)))", "(filters:!((col:overdue,value:!t)))"
    for q in ("(order_column:gross)", "(order_column:payment_status)", paid, overdue):
        assert ken.get(f"shipments/?q={q}").status_code == 422, q
    assert ken.get("products/?q=(filters:!((col:planned_cost,opr:ge,value:'3')))").status_code == 422
    assert ken.get("products/?q=(order_column:planned_cost)").status_code == 422


@pytest.mark.parametrize("key", ["", " " * 201, "x" * 201, "é", "a\tb"])
def test_an_idempotency_key_is_short_and_plain_where_nothing_but_a_preview_is_asked_too(call: Call, key: str) -> None:
    ada = call("ada")

    assert ada.post("orders/", ORDER, Idempotency_Key=key).status_code == 422
    stretch = {"starts_on": "2020-01-01", "ends_on": "2020-01-31"}
    assert ada.post("periods/close?preview=true", stretch).status_code == 200
    assert ada.post("periods/close?preview=true", stretch, Idempotency_Key=key).status_code == 422


def test_an_action_refuses_what_it_does_not_ask_and_lines_that_are_named_twice(call: Call, own_shop: Shop) -> None:
    ada, known = call("ada"), own_shop.known

    assert ada.post(f"orders/{known.estimate}/activate", {"date": "2026-01-01"}).status_code == 422
    assert ada.post(f"orders/{known.estimate}/activate?preview=maybe").status_code == 422
    assert ada.post("orders/activate", {"ids": []}).status_code == 422
    assert ada.post("orders/activate", {"ids": [known.estimate] * 1001}).status_code == 422
    assert ada.post("orders/activate", {"ids": ["1"]}).status_code == 422
    line = ada.get(f"shipments/{known.draft_shipment}").json["lines"][0]["id"]
    twice = {"lines": [{"line": line, "quantity": "1"}] * 2}
    assert ada.post(f"shipments/{known.draft_shipment}/process", twice).status_code == 422
    foreign = {"lines": [{"line": 2**62, "quantity": "1"}]}
    assert ada.post(f"shipments/{known.draft_shipment}/process", foreign).status_code in (409, 422)


def test_a_card_is_written_strictly_and_its_version_compared(call: Call) -> None:
    ada = call("ada")
    product = {"sku": "NEW", "name": "New", "kind": "goods", "group": "GOODS", "unit": "pcs", "tax_rate": "A"}

    made = ada.post("products/", product)
    assert made.status_code == 201, made.text
    pk, version = made.json["id"], made.json["version"]
    renamed = ada.ask("PUT", f"products/{pk}", {"name": "Newer", "version": version})
    stale = ada.ask("PUT", f"products/{pk}", {"name": "Newest", "version": version})
    double = ada.post("products/", product)

    assert (renamed.json["name"], renamed.json["group"]) == ("Newer", "GOODS")
    assert stale.status_code == 409
    assert (double.status_code, "sku" in double.json["error"]["facts"]["fields"]) == (409, True)
    assert ada.post("products/", product | {"sku": "N2", "planned_cost": 1.5}).status_code == 422
    assert ada.post("products/", product | {"sku": "N2", "planned_cost": "1.00005"}).status_code == 422
    assert ada.ask("PUT", f"products/{pk}", {"unit": "kg", "version": 2}).status_code == 422
    assert ada.ask("DELETE", f"products/{pk}").status_code == 204
    assert ada.get(f"products/{pk}").status_code == 404


def test_what_is_taken_by_another_is_a_conflict_that_names_the_field(call: Call, own_shop: Shop) -> None:
    max_, before = call("max"), checksums(own_shop.engine)
    bolt = {"sku": "BOLT", "name": "Another", "kind": "goods", "group": "GOODS", "unit": "pcs", "tax_rate": "A"}

    answer = max_.post("products/", bolt)

    told = {"fields": {"sku": "There is one with this already."}}
    assert (answer.status_code, answer.json["error"]["code"], answer.json["error"]["facts"]) == (409, "conflict", told)
    assert checksums(own_shop.engine) == before
