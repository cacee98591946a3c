"""Requests name documents by their ids, or by the numbers that people know."""

from typing import Any

import pytest

from tests.api.conftest import Call, Caller
from tests.api.test_billing import line_of
from tests.web.companies import Shop
from tests.web.many import unguarded


def number_of(caller: Caller, address: str) -> str:
    """What people call a document."""
    return str(caller.get(address).json["number"])


def test_what_is_made_of_a_document_names_it_by_its_number(call: Call, own_shop: Shop) -> None:
    ada, known = call("ada"), own_shop.known
    shipment, invoice = (
        number_of(ada, f"{kind}/{pk}")
        for kind, pk in (("shipments", known.shipment_lamps), ("invoices", known.invoice))
    )

    made = ada.post("invoices/from-shipments", {"shipments": [shipment]})
    back = ada.post("returns/from-shipment", {"shipment": shipment})
    credit = ada.post("credit-notes/from-invoice", {"invoice": invoice, "kind": "allowance"})

    assert [answer.status_code for answer in (made, back, credit)] == [201] * 3, credit.text
    assert line_of(ada, f"returns/{back.json['id']}")["shipment_id"] == known.shipment_lamps
    assert ada.get(f"credit-notes/{credit.json['id']}").json["invoice"] == invoice


def test_entries_are_asked_for_by_number_and_one_with_noughts_before_it_is_no_id(call: Call, own_shop: Shop) -> None:
    abe, invoice = call("abe"), own_shop.known.invoice
    number = number_of(abe, f"invoices/{invoice}")

    by_id, by_number, as_number, nothing = (
        abe.get(f"ledger/entries?{asked}").json["result"]
        for asked in (f"document={invoice}", f"document={number}", f"number={number}", f"document=00{invoice}")
    )

    assert number.startswith("0")
    assert {row["document_id"] for row in by_id} == {invoice}
    assert (by_id, as_number, nothing) == (by_number, by_number, [])


def test_who_is_named_in_an_answer_is_named_by_key_and_id(call: Call, own_shop: Shop) -> None:
    ada, known = call("ada"), own_shop.known
    note = ada.post("credit-notes/from-invoice", {"invoice": known.invoice, "kind": "allowance"}).json["id"]
    row = {"about": "cash", "cash_desk": "MAIN", "amount": "5.00"}
    told = [
        (ada.get(f"shipments/{known.draft_shipment}").json, ("order", "customer", "warehouse")),
        (ada.get(f"credit-notes/{note}").json, ("invoice", "customer")),
        (ada.get(f"opening-balances/{ada.post('opening-balances/', row).json['id']}").json, ("cash_desk",)),
    ]
    told += [(ada.get(f"{name}/").json["result"][0], (key,)) for name, key in (
        ("cash-orders", "cash_desk"), ("bank-statement-lines", "bank_account"), ("internal-orders", "source"),
    )]  # fmt: skip

    for answer, keys in told:
        for key in keys:
            assert (type(answer[key]), type(answer[f"{key}_id"])) == (str, int), (key, answer)


def test_a_draft_has_no_number_wherever_it_is_told(call: Call, own_shop: Shop) -> None:
    ada, known = call("ada"), own_shop.known
    draft = known.draft_shipment
    order = ada.get(f"shipments/{draft}").json["order_id"]

    related = {row["id"]: row["number"] for row in ada.get(f"orders/{order}").json["related"]}
    told = ada.post(f"shipments/{draft}/process?preview=true").json
    refused = ada.post("shipments/cancel", {"ids": [draft], "reason": "x"}).json["results"][0]

    assert (related[draft], told["number"], refused["number"]) == (None, None, None)


def test_money_names_what_it_is_for_by_numbers_and_ids_alike(call: Call, own_shop: Shop) -> None:
    ada, known = call("ada"), own_shop.known
    invoice, order = number_of(ada, f"invoices/{known.invoice}"), number_of(ada, f"orders/{known.approved}")
    paid = {"kind": "income", "cash_desk": "MAIN", "customer": "C001", "amount": "3.00"}
    parts = [{"invoice": invoice, "amount": "1.00"}, {"order": order, "amount": "2.00"}]

    made = ada.post("cash-orders/", paid | {"allocations": parts})

    assert made.status_code == 201, made.text
    lines = ada.get(f"cash-orders/{made.json['id']}").json["lines"]
    assert [(it["document"], it["amount"]) for it in lines] == [(known.invoice, "1.00"), (known.approved, "2.00")]


@pytest.mark.parametrize("named", ["", "4711", 0, -1, 1.5, True, None, [1], "\x00"])
def test_what_names_no_document_is_refused(call: Call, named: Any) -> None:
    answer = call("ada").post("returns/from-shipment", {"shipment": named})

    assert (answer.status_code, answer.json["error"]["code"]) == (422, "invalid")


def test_the_number_of_another_kind_or_of_what_is_out_of_scope_names_nothing(call: Call, own_shop: Shop) -> None:
    ada, ken, known = call("ada"), call("ken"), own_shop.known
    of_main, own = (number_of(ada, f"shipments/{pk}") for pk in (known.shipment, known.shipment_north))
    order = number_of(ada, f"orders/{known.performed_north}")

    answers = [ken.post("returns/from-shipment", {"shipment": number}) for number in (of_main, order, own)]

    assert [answer.status_code for answer in answers] == [422, 422, 201]
    assert "There is no such thing here" in answers[0].json["error"]["message"]


def test_a_number_that_several_documents_have_is_refused_and_an_id_taken(call: Call, own_shop: Shop) -> None:
    ada = call("ada")
    paid = {"kind": "income", "customer": "C001", "amount": "7.00"}
    both = [ada.post("cash-orders/", paid | {"cash_desk": desk}).json["id"] for desk in ("SOUTH", "MAIN")]
    for pk in both:
        ada.post(f"cash-orders/{pk}/process")
    with own_shop.engine.begin() as connection:
        # Desks count for themselves, so that two of their documents may be called the same.
        unguarded(connection)
        connection.exec_driver_sql(f"UPDATE document SET number = 'C-1' WHERE id IN ({both[0]}, {both[1]})")

    wanted = {"allocations": [{"invoice": own_shop.known.invoice, "amount": "1"}]}
    answers = [ada.post("allocations/", wanted | {"payment": named}) for named in ("C-1", both[0])]

    assert [answer.status_code for answer in answers] == [422, 200], answers[1].text
    assert "several" in answers[0].json["error"]["facts"]["fields"]["payment"]
