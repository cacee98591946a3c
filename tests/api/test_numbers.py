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
