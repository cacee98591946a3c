"""Rows of other warehouses and desks are not there for those who are limited to their own, whatever they ask."""

import pytest

from tests.api.conftest import Caller
from tests.api.least import every_operation, least_body
from tests.api.test_rights import operations
from tests.traces import checksums
from tests.web.companies import Shop

# Person → of which API a row that is not theirs.
FOREIGN = {
    "sue": {"OrderApi": "approved_north", "WarehouseApi": "north"},
    "ken": {"ShipmentApi": "draft_shipment", "ReceiptApi": "receipt_draft", "WarehouseApi": "main",
            "ReturnApi": "draft_return"},
    "cat": {"CashOrderApi": "draft_cash_south", "CashDeskApi": "south_desk"},
}  # fmt: skip
# What they may name in a body.
OWN = {"sue": {"warehouse": "MAIN"}, "ken": {"warehouse": "NORTH"}, "cat": {"cash_desk": "MAIN"}}
OWN_DOCUMENTS = {"ken": {"shipment": "shipment_north"}}


@pytest.mark.parametrize("person", FOREIGN)
def test_a_foreign_row_is_not_there_for_any_operation_and_nothing_happens_to_it(own_shop: Shop, person: str) -> None:
    caller = Caller(own_shop, person)
    before, tried = checksums(own_shop.engine), set()
    known = every_operation(own_shop.app)

    wrong = {}
    for endpoint, method, address in operations(own_shop):
        sample = FOREIGN[person].get(endpoint.partition(".")[0])
        if sample is None or str(2**62) not in address:
            continue
        address = address.replace(str(2**62), str(own_shop.known.ids[sample]))
        body = least_body(known[endpoint], **OWN[person])
        for name, sample in OWN_DOCUMENTS.get(person, {}).items():
            if body and name in body:
                body[name] = own_shop.known.ids[sample]
        answer = caller.ask(method, address, body)
        tried.add(endpoint.partition(".")[0])
        # Whoever lacks the right hears of that first.
        if answer.status_code not in (403, 404):
            wrong[endpoint] = answer.text
    for endpoint, method, address in operations(own_shop):
        if method == "GET" and endpoint.endswith(".list") and endpoint.partition(".")[0] in FOREIGN[person]:
            rows = caller.get(address + "?q=(page_size:100)").json["result"]
            assert own_shop.known.ids[FOREIGN[person][endpoint.partition(".")[0]]] not in [row["id"] for row in rows]

    assert wrong == {}
    assert tried == FOREIGN[person].keys()
    assert checksums(own_shop.engine) == before
