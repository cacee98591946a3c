"""Drafts of returns and credit notes are written anew by programs, at the door that they were written at."""

from typing import Any

import pytest

from tests.api.conftest import Call
from tests.api.test_attacks import only
from tests.api.test_billing import line_of
from tests.web.companies import Shop
from tests.web.test_rewriting import rows


def test_what_comes_back_of_a_shipment_is_written_anew(call: Call, own_shop: Shop) -> None:
    sue, known = call("sue"), own_shop.known
    address, shipment = f"returns/{known.draft_return}", known.shipment_lamps
    line = line_of(sue, f"shipments/{shipment}")["id"]
    anew = {"shipment": shipment, "note": "one more", "lines": [{"shipment_line": line, "quantity": "2"}], "version": 1}

    written = sue.ask("PUT", f"{address}/from-shipment", anew)
    stale = sue.ask("PUT", f"{address}/from-shipment", anew)
    by_hand = {"customer": "C001", "warehouse": "MAIN", "lines": [{"product": "LAMP", "quantity": "1"}], "version": 2}
    refused = call("ada").ask("PUT", address, by_hand)

    assert (written.status_code, written.json["note"], written.json["version"]) == (200, "one more", 2), written.text
    assert [it["quantity"] for it in written.json["lines"]] == ["2"]
    assert (stale.status_code, stale.json["error"]["code"]) == (409, "stale")
    assert (refused.status_code, refused.json["error"]["code"]) == (409, "of_shipment")
    assert sue.ask("PUT", address, by_hand).status_code == 403


def test_goods_come_back_into_another_warehouse_that_is_ones_own(call: Call, own_shop: Shop) -> None:
    ada, sue, known = call("ada"), call("sue"), own_shop.known
    shipment = known.shipment_lamps
    line = line_of(ada, f"shipments/{shipment}")["id"]
    its = {"shipment": shipment, "lines": [{"shipment_line": line, "quantity": "1"}], "warehouse": "NORTH"}

    beyond = sue.post("returns/from-shipment", its)
    made = ada.post("returns/from-shipment", its)
    kept = ada.ask("PUT", f"returns/{made.json['id']}/from-shipment", {**its, "warehouse": None, "version": 1})
    moved = ada.ask("PUT", f"returns/{known.draft_return}/from-shipment", its | {"version": 1})

    assert [ada.get(f"returns/{pk}").json["warehouse"] for pk in (made.json["id"], known.draft_return)] == ["NORTH"] * 2
    assert (made.status_code, kept.json["warehouse"], moved.json["warehouse"]) == (201, "NORTH", "NORTH"), moved.text
    assert (beyond.status_code, "warehouse" in beyond.text.lower()) == (422, True), beyond.text
    only(own_shop, "ken", ("view", "Returns"), ("edit", "Returns"), ("view", "Shipments"))
    foreign = call("ken").post("returns/from-shipment", its | {"warehouse": "MAIN"})
    assert (foreign.status_code, "warehouse" in foreign.text.lower()) == (422, True), foreign.text


def test_a_return_of_which_nobody_knows_the_shipment_is_written_anew_by_consent(call: Call) -> None:
    ada = call("ada")
    new = {"customer": "C001", "warehouse": "MAIN", "lines": [{"product": "BOLT", "quantity": "1"}]}
    draft = ada.post("returns/", new).json["id"]
    lines = [{"product": "NUT", "quantity": "2", "unit_cost": "0.50"}]

    written = ada.ask("PUT", f"returns/{draft}", new | {"lines": lines, "note": "found", "version": 1})

    assert (written.status_code, written.json["note"]) == (200, "found"), written.text
    told = written.json["lines"]
    assert [(it["product"], it["quantity"], it["unit_cost"]) for it in told] == [("NUT", "2", "0.5")]


def test_what_is_taken_off_an_invoice_is_written_anew(call: Call, own_shop: Shop) -> None:
    abe, known = call("abe"), own_shop.known
    address, line = f"credit-notes/{known.draft_credit}", line_of(abe, f"invoices/{known.invoice}")["id"]
    lines = [{"invoice_line": line, "kind": "allowance", "amount": "5.00"}]
    anew: dict[str, Any] = {"invoice": known.invoice, "reason": "scratched", "lines": lines, "version": 1}

    written = abe.ask("PUT", f"{address}/from-invoice", anew)
    stale = abe.ask("PUT", f"{address}/from-invoice", anew)
    issued = abe.post(f"{address}/issue")
    late = abe.ask("PUT", f"{address}/from-invoice", anew | {"version": 3})

    assert (written.status_code, written.json["reason"], written.json["net"]) == (200, "scratched", "5.00"), (
        written.text
    )
    assert (stale.status_code, stale.json["error"]["code"]) == (409, "stale")
    assert (issued.json["status"], late.status_code) == ("done", 409)


def test_what_is_owed_again_of_a_credit_note_is_written_and_written_anew(call: Call, own_shop: Shop) -> None:
    abe, note = call("abe"), own_shop.known.draft_credit
    assert abe.post(f"credit-notes/{note}/issue").json["status"] == "done"
    back = rows(own_shop, "SELECT id FROM customer_return WHERE credit_note_id = %(id)s", id=note)[0].id
    assert call("ada").ask("DELETE", f"returns/{back}").status_code == 204
    line = line_of(abe, f"credit-notes/{note}")["id"]
    new: dict[str, Any] = {"credit_note": note, "note": "not dented",
                           "lines": [{"credit_line": line, "quantity": "2"}]}  # fmt: skip

    made = abe.post("invoices/from-credit-note", new)
    address = f"invoices/{made.json['id']}"
    anew = new | {"note": "one was", "lines": [{"credit_line": line, "quantity": "3"}], "version": 1}
    written = abe.ask("PUT", f"{address}/from-credit-note", anew)
    stale = abe.ask("PUT", f"{address}/from-credit-note", anew)

    assert (made.status_code, written.status_code, written.json["note"]) == (201, 200, "one was"), written.text
    assert [it["quantity"] for it in written.json["lines"]] == ["3"]
    assert (stale.status_code, stale.json["error"]["code"]) == (409, "stale")
    assert abe.ask("PUT", f"invoices/{own_shop.known.draft_invoice}/from-credit-note", anew).status_code == 409


@pytest.mark.parametrize("sees", [False, True])
@pytest.mark.parametrize(("kind", "name", "what"), [
    ("returns", "draft_return", "Shipments"), ("credit-notes", "draft_credit", "Invoices"),
])  # fmt: skip
def test_whoever_does_not_see_what_it_is_made_from_does_not_write_it_anew(
    own_shop: Shop, kind: str, name: str, what: str, *, sees: bool
) -> None:  # fmt: skip
    address, resource = f"/{kind}/{own_shop.known.ids[name]}", kind.replace("-", " ").capitalize()
    rights = [("view", resource), ("edit", resource), ("view", "Every warehouse"), ("view", "Prices")]

    only(own_shop, "una", *rights, *([("view", what)] if sees else []))
    una = own_shop.visit("una")

    assert (f"{address}/edit" in una.get(address).text) is sees
    assert una.get(f"{address}/edit").status_code == (200 if sees else 302)
