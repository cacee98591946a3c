"""Receipts, write-offs, sheets, opening stock and internal orders over the API."""

from typing import Any

import pytest

from tests.api.conftest import Call
from tests.web.companies import Shop

BOLTS = [{"product": "BOLT", "quantity": "2"}]
# Resource → what writes a draft of it, and what another version of it says.
DRAFTS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "receipts": ({"warehouse": "MAIN", "lines": [{"product": "BOLT", "quantity": "2", "unit_cost": "4.25"}]},
                 {"note": "again"}),
    "write-offs": ({"warehouse": "MAIN", "reason": "damaged", "lines": BOLTS}, {"note": "fell"}),
    "opening-stock": (
        {"warehouse": "SOUTH", "lines": [{"product": "NUT", "quantity": "10", "value": "12.5"}]}, {"note": "old books"}
    ),
    "internal-orders": ({"warehouse": "NORTH", "source": "MAIN", "lines": BOLTS}, {"note": "soon"}),
}  # fmt: skip


@pytest.mark.parametrize("resource", DRAFTS)
def test_a_draft_is_written_read_changed_and_deleted(call: Call, resource: str) -> None:
    ada, (draft, change) = call("ada"), DRAFTS[resource]

    made = ada.post(f"{resource}/", draft, Idempotency_Key="1")
    again = ada.post(f"{resource}/", draft, Idempotency_Key="1")
    pk = made.json["id"]
    read = ada.get(f"{resource}/{pk}").json
    changed = ada.ask("PUT", f"{resource}/{pk}", draft | change | {"version": read["version"]})
    stale = ada.ask("PUT", f"{resource}/{pk}", draft | {"version": read["version"]})
    gone = ada.ask("DELETE", f"{resource}/{pk}")

    assert (made.status_code, made.json, again.json) == (201, {"id": pk, "state": "draft"}, made.json)
    assert read["warehouse"] == draft["warehouse"]
    assert [(line["product"], line["quantity"]) for line in read["lines"]] == [
        (line["product"], line["quantity"]) for line in draft["lines"]
    ]
    assert (changed.status_code, changed.json["note"]) == (200, change["note"])
    assert (stale.status_code, stale.json["error"]["code"]) == (409, "stale")
    assert (gone.status_code, ada.get(f"{resource}/{pk}").status_code) == (204, 404)


def test_goods_come_in_by_a_receipt_at_the_cost_that_it_says_and_go_again_with_its_chain(call: Call) -> None:
    ada = call("ada")
    pk = ada.post("receipts/", DRAFTS["receipts"][0]).json["id"]

    told = ada.post(f"receipts/{pk}/process?preview=true").json["preview"]["stock"]
    done = ada.post(f"receipts/{pk}/process").json
    read = ada.get(f"receipts/{pk}").json
    corrected = ada.post(f"receipts/{pk}/correct", {"reason": "one more came"}).json
    late = ada.post(f"receipts/{pk}/process")

    assert (told[0]["sku"], done["status"], read["state"]) == ("BOLT", "done", "processed")
    assert (read["lines"][0]["unit_cost"], read["lines"][0]["value"], read["value"]) == ("4.25", "8.50", "8.50")
    assert [line["unit_cost"] for line in ada.get(f"receipts/{corrected['made'][0]['id']}").json["lines"]] == ["4.25"]
    assert (late.status_code, late.json["error"]["code"]) == (409, "wrong_state")


def test_a_storekeeper_receives_at_home_alone_and_meets_no_cost(call: Call, own_shop: Shop) -> None:
    ken, known = call("ken"), own_shop.known
    at_home = {"warehouse": "NORTH", "lines": [{"product": "NUT", "quantity": "5"}]}

    made = ken.post("receipts/", at_home)
    line = ken.get(f"receipts/{made.json['id']}").json["lines"][0]
    told = ken.post(f"receipts/{made.json['id']}/process?preview=true").json["preview"]

    assert line.keys() == {"id", "product", "product_id", "name", "unit", "quantity"}
    assert told["entries"] == []
    assert not any("value" in row for row in told["stock"])
    assert ken.post("receipts/", at_home | {"warehouse": "MAIN"}).status_code == 422
    assert ken.get(f"receipts/{known.receipt}").status_code == 404
    assert ken.post(f"receipts/{known.receipt_draft}/process").status_code == 404
    costed = at_home | {"lines": [{"product": "NUT", "quantity": "5", "unit_cost": "1"}]}
    assert ken.post("receipts/", costed).json["error"]["facts"]["fields"].keys() == {"lines.0.unit_cost"}


def test_a_sheet_is_drawn_filled_in_and_processed(call: Call, own_shop: Shop) -> None:
    ken = call("ken")
    pk = ken.post("stock-counts/", {"warehouse": "NORTH"}).json["id"]
    sheet = ken.get(f"stock-counts/{pk}").json
    lines = [{"line": line["id"], "counted": line["expected"]} for line in sheet["lines"]]
    lines[0]["counted"] = "80"
    filled = {"version": sheet["version"], "lines": lines}

    written = ken.ask("PUT", f"stock-counts/{pk}", filled)
    stale = ken.ask("PUT", f"stock-counts/{pk}", filled)
    foreign = ken.ask("PUT", f"stock-counts/{pk}", {"version": 2, "lines": [{"line": 2**40, "counted": "1"}]})
    costed = ken.ask(
        "PUT", f"stock-counts/{pk}", {"version": 2, "lines": [{**lines[0], "unit_cost": "1"}]}
    )  # fmt: skip
    done = ken.post(f"stock-counts/{pk}/process")
    late = ken.ask("PUT", f"stock-counts/{pk}", {"version": 3, "lines": lines})

    assert (written.status_code, written.json["lines"][0]["counted"]) == (200, "80")
    assert (stale.status_code, foreign.status_code, costed.status_code, late.status_code) == (409, 422, 422, 409)
    assert done.json["status"] == "done"
    assert call("ada").get(f"stock-counts/{pk}").json["lines"][0]["value"] is not None
    assert "value" not in ken.get(f"stock-counts/{pk}").json


def test_goods_are_asked_for_sent_in_part_and_received(call: Call) -> None:
    ada, ken = call("ada"), call("ken")
    pk = ken.post("internal-orders/", DRAFTS["internal-orders"][0]).json["id"]
    line = ken.get(f"internal-orders/{pk}").json["lines"][0]["id"]

    asked = ken.post(f"internal-orders/{pk}/approve")
    not_theirs = ken.post(f"internal-orders/{pk}/send")
    sent = ada.post(f"internal-orders/{pk}/send", {"lines": [{"line": line, "quantity": "1"}]})
    received = ken.post(f"internal-orders/{pk}/receive")
    read = ken.get(f"internal-orders/{pk}").json

    assert [answer.json["status"] for answer in (asked, sent, received)] == ["done"] * 3
    assert not_theirs.status_code == 403
    assert [(it["quantity"], it["sent"], it["received"]) for it in read["lines"]] == [("2", "1", "1")]
    assert (read["state"], read["source"]) == ("performed", "MAIN")


def test_what_was_not_there_before_is_told_as_a_number_too(call: Call) -> None:
    ada = call("ada")
    ada.post("products/", {"sku": "NEW", "name": "New", "group": "GOODS", "unit": "pcs", "tax_rate": "A"})
    new = {"warehouse": "MAIN", "lines": [{"product": "NEW", "quantity": "2", "unit_cost": "1.50"}]}
    pk = ada.post("receipts/", new).json["id"]

    (stock,) = ada.post(f"receipts/{pk}/process?preview=true").json["preview"]["stock"]

    assert [stock[name] for name in ("on_hand", "reserved", "value")] == [
        {"before": "0", "after": "2"}, {"before": "0", "after": "0"}, {"before": "0", "after": "3"}
    ]  # fmt: skip
