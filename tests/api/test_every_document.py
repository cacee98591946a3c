"""What a program may ask of every processed document: to correct it, and to undo its chain."""

from app.web.kit.rest.documents import DocumentApi
from tests.api.conftest import Call
from tests.traces import checksums
from tests.web.companies import Shop

WHY = {"reason": "by mistake"}


def test_every_kind_that_is_processed_is_corrected_and_its_chain_undone(shop: Shop) -> None:
    apis = [api for api in shop.app.extensions["appbuilder"].baseviews if isinstance(api, DocumentApi)]

    kinds = [api for api in apis if "processed" in api.view.lifecycle.states]

    assert len(kinds) > 10
    for api in kinds:
        operations = {operation.rule for operation in api.operations()}
        for step in ("correct", "undo-chain"):
            assert {f"/<id:pk>/{step}", f"/{step}"} <= operations, (api.resource_name, step)


def test_the_chain_of_what_nothing_follows_is_the_document_itself(call: Call, own_shop: Shop) -> None:
    ada, address = call("ada"), f"receipts/{own_shop.known.receipt_draft}"
    ada.post(f"{address}/process")
    number = ada.get(address).json["number"]
    before = checksums(own_shop.engine)

    told = ada.post(f"{address}/undo-chain?preview=true", WHY).json
    assert checksums(own_shop.engine) == before
    done, again = (ada.post(f"{address}/undo-chain", WHY).json["status"] for _ in range(2))

    its = {"document_id": own_shop.known.receipt_draft, "kind": "stock_receipt", "number": number, "what": "cancel"}
    assert told["preview"]["plan"] == [its]
    assert (done, again, ada.get(address).json["state"]) == ("done", "already_done", "cancelled")


def test_many_are_corrected_at_once_each_with_a_draft_of_its_own(call: Call) -> None:
    ada, new = call("ada"), {"warehouse": "MAIN", "lines": [{"product": "BOLT", "quantity": "1", "unit_cost": "2.00"}]}
    ids = [ada.post("receipts/", new).json["id"] for _ in range(3)]
    ada.post("receipts/process", {"ids": ids[:2]})

    results = ada.post("receipts/correct", {"ids": ids} | WHY).json["results"]

    assert [row["status"] for row in results] == ["done", "done", "refused"]
    assert len({made["id"] for row in results[:2] for made in row["made"]}) == 2


def test_what_can_be_undone_and_corrected_says_so(call: Call, own_shop: Shop) -> None:
    ada, address = call("ada"), f"shipments/{own_shop.known.draft_shipment}"
    assert not {"correct", "undo-chain"} & set(ada.get(address).json["actions"])
    ada.post(f"{address}/process")

    actions = ada.get(address).json["actions"]
    corrected = ada.post(f"{address}/correct", WHY).json

    assert {"cancel", "correct", "undo-chain"} <= set(actions)
    assert [(it["kind"], it["state"]) for it in corrected["made"]] == [("shipment", "draft")]
    assert ada.get(address).json["state"] == "cancelled"
