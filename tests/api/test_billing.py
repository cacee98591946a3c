"""Invoices, credit notes, returns and adjustments over the API."""

from typing import Any

from tests.api.conftest import Call, Caller
from tests.web.companies import Shop


def line_of(caller: Caller, address: str) -> dict[str, Any]:
    """The first line of a document."""
    lines: list[dict[str, Any]] = caller.get(address).json["lines"]
    return lines[0]


def shipped(caller: Caller, quantity: str = "4") -> int:
    """A shipment of bolts that left."""
    order = caller.post("orders/", {
        "channel": "phone", "customer": "C001", "warehouse": "MAIN", "date": "2026-01-10",
        "lines": [{"product": "BOLT", "quantity": quantity}],
    }).json["id"]  # fmt: skip
    caller.post(f"orders/{order}/process", {"agreed_by": "Ms Stone", "how": "phone"})
    related = caller.get(f"orders/{order}").json["related"]
    return int(next(row["id"] for row in related if row["kind"] == "shipment"))


def test_portions_of_a_shipment_are_invoiced_until_nothing_is_left(call: Call) -> None:
    ada = call("ada")
    shipment = shipped(ada)
    line = line_of(ada, f"shipments/{shipment}")["id"]
    portion = {"shipments": [shipment], "lines": [{"shipment_line": line, "quantity": "1"}]}

    first = ada.post("invoices/from-shipments", portion, Idempotency_Key="a")
    again = ada.post("invoices/from-shipments", portion, Idempotency_Key="a")
    rest = ada.post("invoices/from-shipments", {"shipments": [shipment], "note": "the rest"})
    nothing = ada.post("invoices/from-shipments", {"shipments": [shipment]})
    issued = ada.post(f"invoices/{first.json['id']}/issue")

    assert (first.status_code, first.json["state"], again.json) == (201, "draft", first.json)
    one, other = (ada.get(f"invoices/{answer.json['id']}").json for answer in (first, rest))
    assert [(it["kind"], it["shipment_line"], it["quantity"], it["net"]) for it in one["lines"]] == [
        ("shipment", line, "1", "10.00")
    ]
    assert (other["lines"][0]["quantity"], other["note"]) == ("3", "the rest")
    assert (nothing.status_code, nothing.json["error"]["code"]) == (409, "already_invoiced")
    assert issued.json["status"] == "done"
    read = ada.get(f"invoices/{first.json['id']}").json
    assert (read["open"], read["left"], [it["open"] for it in read["instalments"]]) == ("12.00", None, ["12.00"])


def test_what_is_written_by_hand_says_its_tax_regime_else_it_is_the_customers(call: Call) -> None:
    ada = call("ada")
    rent = {"customer": "C001", "lines": [{"text": "Rent", "account": "2000", "unit_price": "10.00"}]}

    made = [
        (base, ada.post(base, rent | more).json["id"])
        for base, more in (
            ("invoices/", {"tax_regime": "exempt"}), ("invoices/", {}),
            ("credit-notes/", {"reason": "bonus", "tax_regime": "exempt"}),
        )
    ]  # fmt: skip

    told = [ada.get(f"{base}{pk}").json["tax_regime"] for base, pk in made]
    assert told == ["exempt", "domestic", "exempt"]


def test_a_draft_of_an_invoice_is_written_anew_at_its_own_door_and_deleted(call: Call, own_shop: Shop) -> None:
    ada, pk = call("ada"), own_shop.known.draft_invoice
    shipment = own_shop.known.shipment_north
    line = line_of(ada, f"shipments/{shipment}")["id"]
    anew = {"version": 1, "shipments": [shipment], "lines": [{"shipment_line": line, "quantity": "2"}]}

    changed = ada.ask("PUT", f"invoices/{pk}/from-shipments", anew)
    stale = ada.ask("PUT", f"invoices/{pk}/from-shipments", anew)
    elsewhere = ada.ask("PUT", f"invoices/{pk}/from-order", {"version": 2, "order": own_shop.known.approved})
    issued = ada.ask("PUT", f"invoices/{own_shop.known.invoice}/from-shipments", anew)
    gone = ada.ask("DELETE", f"invoices/{pk}")

    assert [it["quantity"] for it in changed.json["lines"]] == ["2"]
    assert (stale.status_code, stale.json["error"]["code"]) == (409, "stale")
    assert (elsewhere.status_code, issued.status_code, gone.status_code) == (409, 409, 204)


def test_an_order_is_invoiced_in_advance(call: Call, own_shop: Shop) -> None:
    ada, order = call("ada"), own_shop.known.approved
    line = line_of(ada, f"orders/{order}")["id"]

    part = ada.post("invoices/from-order", {"order": order, "lines": [{"order_line": line, "quantity": "2"}]})
    pk = part.json["id"]
    anew = ada.ask("PUT", f"invoices/{pk}/from-order", {"version": 1, "order": order, "due_dates": ["2027-01-31"]})

    assert part.status_code == 201
    assert [it["kind"] for it in anew.json["lines"]] == ["advance", "advance"]
    assert ada.post(f"invoices/{pk}/issue").json["status"] == "done"
    assert [it["due_on"] for it in ada.get(f"invoices/{pk}").json["instalments"]] == ["2027-01-31"]


def test_an_invoice_by_hand_takes_services_and_texts(call: Call) -> None:
    ada = call("ada")
    by_hand: dict[str, Any] = {
        "customer": "C001",
        "lines": [{"product": "CARE", "unit_price": "15"}, {"text": "A day of help", "account": "4020",
                                                            "unit_price": "80.5", "quantity": "2", "discount": "10"}],
    }  # fmt: skip

    made = ada.post("invoices/", by_hand)
    assert made.status_code == 201, made.json
    goods = ada.post("invoices/", by_hand | {"lines": [{"product": "BOLT", "unit_price": "1"}]})
    anew = ada.ask("PUT", f"invoices/{made.json['id']}", by_hand | {"version": 1, "note": "March"})

    assert [(it["product"], it["account"], it["net"]) for it in anew.json["lines"]] == [
        ("CARE", None, "15.00"), (None, "4020", "144.90")
    ]  # fmt: skip
    assert goods.json["error"]["facts"]["fields"].keys() == {"lines.0.product"}


def test_lines_of_an_invoice_are_credited_each_in_its_way(call: Call, own_shop: Shop) -> None:
    ada, invoice = call("ada"), own_shop.known.invoice
    line = line_of(ada, f"invoices/{invoice}")["id"]
    body = {
        "invoice": invoice, "reason": "dented",
        "lines": [{"invoice_line": line, "kind": "goods_back", "quantity": "1"},
                  {"invoice_line": line, "kind": "allowance", "amount": "2.5"}],
    }  # fmt: skip

    made = ada.post("credit-notes/from-invoice", body)
    short = ada.post("credit-notes/from-invoice", {"invoice": invoice})
    foreign = ada.post("credit-notes/from-invoice", {"invoice": own_shop.known.approved})
    issued = ada.post(f"credit-notes/{made.json['id']}/issue")
    read = ada.get(f"credit-notes/{made.json['id']}").json

    assert [(it["kind"], it["quantity"], it["net"]) for it in read["lines"]] == [
        ("goods_back", "1", "10.00"), ("allowance", "0", "2.50")
    ]  # fmt: skip
    assert ada.get(f"credit-notes/{short.json['id']}").json["reason"] == "goods back"
    assert (foreign.status_code, foreign.json["error"]["facts"]["fields"].keys()) == (422, {"invoice"})
    assert issued.json["status"] == "done"
    debit = ada.post(
        f"credit-notes/{made.json['id']}/debit-part",
        {"reason": "too much", "lines": [{"line": read["lines"][1]["id"], "amount": "1"}]},
    )
    kinds = [(row["kind"], row["state"]) for row in ada.get(f"credit-notes/{made.json['id']}").json["related"]]
    assert debit.status_code == 200, debit.json
    assert ("invoice", "draft") in kinds


def test_whoever_may_consent_credits_without_an_invoice(call: Call) -> None:
    loose: dict[str, Any] = {
        "customer": "C001",
        "reason": "agreed last year",
        "lines": [{"product": "BOLT", "unit_price": "3"}],
    }
    max_ = call("max")

    made = max_.post("credit-notes/", loose)
    anew = max_.ask("PUT", f"credit-notes/{made.json['id']}", loose | {"version": 1, "reason": "agreed"})

    assert (made.status_code, anew.json["reason"]) == (201, "agreed")
    assert call("sue").post("credit-notes/", loose).status_code == 403


def test_goods_come_back_of_a_shipment_and_loose_ones_by_consent(call: Call, own_shop: Shop) -> None:
    ada, shipment = call("ada"), own_shop.known.shipment
    line = line_of(ada, f"shipments/{shipment}")["id"]

    part = ada.post(
        "returns/from-shipment", {"shipment": shipment, "lines": [{"shipment_line": line, "quantity": "1"}]}
    )
    whole = ada.post("returns/from-shipment", {"shipment": own_shop.known.shipment_lamps})
    foreign = ada.post("returns/from-shipment", {"shipment": shipment, "lines": [{"shipment_line": 2**40,
                                                                                  "quantity": "1"}]})  # fmt: skip
    loose = {"customer": "C001", "warehouse": "MAIN", "lines": [{"product": "BOLT", "quantity": "1",
                                                                 "unit_cost": "4"}]}  # fmt: skip

    read = ada.get(f"returns/{part.json['id']}").json
    assert [(it["shipment_line"], it["shipment_id"], it["quantity"]) for it in read["lines"]] == [(line, shipment, "1")]
    assert whole.status_code == 201
    assert foreign.status_code == 422
    assert ada.post(f"returns/{part.json['id']}/process").json["status"] == "done"
    assert call("sue").post("returns/", loose).status_code == 403
    assert ada.post("returns/", loose).status_code == 201


def test_shipments_out_of_scope_are_as_none(call: Call, own_shop: Shop) -> None:
    ken = call("ken")

    of_main = ken.post("returns/from-shipment", {"shipment": own_shop.known.shipment})
    of_nobody = ken.post("returns/from-shipment", {"shipment": 2**40})
    own = ken.post("returns/from-shipment", {"shipment": own_shop.known.shipment_north})

    assert (of_main.status_code, of_nobody.status_code, own.status_code) == (422, 422, 201)
    assert "There is no such thing here" in of_main.json["error"]["message"]
    line = line_of(ken, f"returns/{own.json['id']}")
    assert not {"uninvoiced", "value", "unit_cost"} & line.keys()


def test_an_adjustment_settles_what_it_names_whole_or_by_line(call: Call, own_shop: Shop) -> None:
    abe, invoice = call("abe"), own_shop.known.invoice
    line = line_of(abe, f"invoices/{invoice}")["id"]
    voucher = {
        "kind": "voucher", "customer": "C001", "amount": "5", "purpose": "Voucher 7",
        "allocations": [{"invoice": invoice, "amount": "2", "line": line},
                        {"opening_balance": own_shop.known.balance, "amount": "3"}],
    }  # fmt: skip

    made = abe.post("adjustments/", voucher)
    read = abe.get(f"adjustments/{made.json['id']}").json
    anew = abe.ask("PUT", f"adjustments/{made.json['id']}", voucher | {"version": 1, "allocations": []})
    both = voucher | {"allocations": [{"invoice": invoice, "opening_balance": 1, "amount": "2"}]}
    unnamed = abe.post("adjustments/", voucher | {"allocations": [{"amount": "2"}]})

    assert [(it["document"], it["line"], it["amount"]) for it in read["lines"]] == [
        (invoice, line, "2.00"), (own_shop.known.balance, None, "3.00")
    ]  # fmt: skip
    assert anew.json["lines"] == []
    assert (abe.post("adjustments/", both).status_code, unnamed.status_code) == (422, 422)
    assert abe.post(f"adjustments/{made.json['id']}/process").json["status"] == "done"
    assert abe.get(f"adjustments/{made.json['id']}").json["left"] == "5.00"


def test_what_left_of_an_advance_is_credited_line_by_line(call: Call, own_shop: Shop) -> None:
    ada, order = call("ada"), own_shop.known.approved
    advance = ada.post("invoices/from-order", {"order": order}).json["id"]
    assert ada.post(f"invoices/{advance}/issue").json["status"] == "done"
    shipment = own_shop.known.draft_shipment
    sent = line_of(ada, f"shipments/{shipment}")["id"]
    shipped = ada.post(f"shipments/{shipment}/process", {"lines": [{"line": sent, "quantity": "3"}]})
    assert shipped.status_code == 200, shipped.json
    line = line_of(ada, f"invoices/{advance}")["id"]

    def credit(*wanted: tuple[str, str]) -> Any:
        lines = [{"invoice_line": line, "kind": kind, "quantity": quantity} for kind, quantity in wanted]
        return ada.post("credit-notes/from-invoice", {"invoice": advance, "lines": lines})

    too_many = credit(("goods_back", "4"))
    note = credit(("goods_back", "1"), ("invoice_again", "3"))

    assert (too_many.status_code, too_many.json["error"]["code"]) == (409, "not_delivered")
    assert "3 left and can come back" in too_many.json["error"]["message"]
    told = ada.get(f"credit-notes/{note.json['id']}").json["lines"]
    assert [(it["kind"], it["quantity"], it["shipment_line"]) for it in told] == [
        ("goods_back", "1", sent), ("invoice_again", "2", None), ("invoice_again", "1", sent),
    ]  # fmt: skip
    assert ada.post(f"credit-notes/{note.json['id']}/issue").json["status"] == "done"
    assert line_of(ada, f"orders/{order}")["invoiced"] == "2"
