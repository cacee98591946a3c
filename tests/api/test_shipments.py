"""Shipments over the API: drafts are filled in, orders ship what is there, and lines are given up."""

from typing import Any

import pytest

from tests.api.conftest import Call
from tests.web.companies import Shop

AGREED = {"agreed_by": "Mr Client", "how": "phone"}


def lines(shipment: dict[str, Any], *quantities: str | None) -> list[dict[str, Any]]:
    return [
        {"line": line["id"], "quantity": quantity}
        for line, quantity in zip(shipment["lines"], quantities, strict=False)
    ]


def test_a_draft_is_filled_in_and_goods_leave_as_it_says(call: Call, own_shop: Shop) -> None:
    ken, address = call("ken"), f"shipments/{own_shop.known.draft_shipment_north}"
    shipment = ken.get(address).json

    answer = ken.ask("PUT", address, {"version": shipment["version"], "lines": lines(shipment, "3")})
    ken.post(f"{address}/process")

    assert (answer.status_code, answer.json["version"], answer.json["lines"][0]["quantity"]) == (200, 2, "3")
    assert ken.get(address).json["lines"][0]["quantity"] == "3"
    later = ken.ask("PUT", address, {"version": 3, "lines": lines(shipment, "1")})
    assert (later.status_code, ken.get(address).json["state"]) == (409, "processed")


def test_a_line_without_a_number_stays_and_somebody_elses_change_too(call: Call, own_shop: Shop) -> None:
    ada, address = call("ada"), f"shipments/{own_shop.known.draft_shipment}"
    shipment = ada.get(address).json
    body = {"version": shipment["version"], "lines": lines(shipment, None, "0")}

    first, late = ada.ask("PUT", address, body), ada.ask("PUT", address, body)

    assert [line["quantity"] for line in first.json["lines"]] == ["5", "0"]
    assert (late.status_code, late.json["error"]["code"]) == (409, "stale")


@pytest.mark.parametrize(
    ("quantities", "status"), [(("6",), 422), (("-1",), 422), (("1.5",), 422), (("x",), 422), ((1.5,), 422), ((), 422)]
)
def test_what_cannot_leave_is_refused(call: Call, own_shop: Shop, quantities: tuple[Any, ...], status: int) -> None:
    ada, address = call("ada"), f"shipments/{own_shop.known.draft_shipment}"
    shipment = ada.get(address).json

    answer = ada.ask("PUT", address, {"version": 1, "lines": lines(shipment, *quantities)})

    assert (answer.status_code, ada.get(address).json["lines"]) == (status, shipment["lines"])


def test_a_line_is_named_once(call: Call, own_shop: Shop) -> None:
    ada, address = call("ada"), f"shipments/{own_shop.known.draft_shipment}"
    its = lines(ada.get(address).json, "1")

    assert ada.ask("PUT", address, {"version": 1, "lines": its * 2}).status_code == 422


def test_a_seller_fills_in_only_what_they_ship(call: Call, own_shop: Shop) -> None:
    sue, known = call("sue"), own_shop.known
    own, kept = (sue.get(f"shipments/{pk}").json for pk in (known.draft_shipment, known.draft_shipment_north))

    answers = [
        sue.ask("PUT", f"shipments/{it['id']}", {"version": it["version"], "lines": lines(it, "1")})
        for it in (own, kept)
    ]

    assert [answer.status_code for answer in answers] == [200, 409]


def test_an_order_that_is_short_ships_what_is_there_and_gives_up_the_rest_of_a_line(
    call: Call, own_shop: Shop
) -> None:  # fmt: skip
    ada = call("ada")
    body = {"customer": "C001", "warehouse": "MAIN", "on": None, "channel": "phone",
            "lines": [{"product": "BOLT", "quantity": "100"}, {"product": "NUT", "quantity": "2"}]}  # fmt: skip
    body.pop("on")
    order = f"orders/{ada.post('orders/', body).json['id']}"

    refused = ada.post(f"{order}/process", AGREED)
    done = ada.post(f"{order}/process", AGREED | {
        "short": "back_order", "consent": ["short_stock", "below_cost"]
    })  # fmt: skip
    nuts = ada.get(order).json["lines"][1]["id"]
    given_up = ada.post(f"{order}/give-up", {"lines": [nuts]})

    assert (refused.status_code, refused.json["error"]["code"], refused.json["error"]["facts"]["sku"]) == (
        409, "short_stock", "BOLT",
    )  # fmt: skip
    assert (done.json["status"], given_up.json["status"]) == ("done", "done")
    told = [(line["shipped"], line["given_up"]) for line in ada.get(order).json["lines"]]
    assert told == [("91", "0"), ("0", "2")]
    assert ada.post(f"{order}/give-up", {"lines": [2**50]}).json["error"]["code"] == "foreign_line"
    assert ada.post("orders/give-up", {"ids": [own_shop.known.approved], "lines": [nuts]}).status_code == 422
