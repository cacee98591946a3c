"""CSV files over the API: foreseen, imported whole or in part, and told to the audit."""

import csv
from typing import Any

import pytest

from app.domain.kernel.rows import read
from app.domain.kernel.unit import reading
from tests.api.conftest import Call, Caller
from tests.traces import checksums
from tests.web.companies import Shop

FILE = (
    "sku,name,planned_cost,group,unit,tax_rate\nBOLT,Long bolt,4,GOODS,pcs,A\nNEW,New,1,GOODS,pcs,A\nX,,1,GOODS,pcs,A\n"
)


def bring(caller: Caller, kind: str, content: str, query: str = "", **headers: str) -> Any:
    return caller.client.post(
        f"/api/v1/imports/{kind}{query}", data=content.encode(), content_type="text/csv",
        headers=caller.headers | {name.replace("_", "-"): text for name, text in headers.items()},
    )  # fmt: skip


def noted() -> list[tuple[Any, ...]]:
    with reading() as session:
        return [tuple(row) for row in read(session, "SELECT subject, facts FROM audit_entry WHERE event = 'imported'")]


def test_a_preview_tells_every_row_and_changes_nothing(call: Call, own_shop: Shop) -> None:
    max_ = call("max")
    before = checksums(own_shop.engine)

    told = bring(max_, "products", FILE, "?preview=true").json

    assert (told["stored"], told["counts"]) == (False, {"added": 1, "changed": 1, "unchanged": 0, "rejected": 1})
    changed, added, rejected = told["rows"]
    assert (changed["row"], changed["key"], changed["what"]) == (2, "BOLT", "changed")
    assert {"column": "name", "before": "Product BOLT", "after": "Long bolt"} in changed["changes"]
    assert (added["what"], rejected["what"]) == ("added", "rejected")
    assert rejected["reason"]
    assert [row["sku"] for row in csv.DictReader(told["rejected"].splitlines())] == ["X"]
    assert checksums(own_shop.engine) == before


def test_all_rows_are_taken_or_none(call: Call, own_shop: Shop) -> None:
    max_ = call("max")
    before = checksums(own_shop.engine)

    answer = bring(max_, "products", FILE)

    assert (answer.status_code, answer.json["error"]["code"]) == (409, "not_all_good")
    assert answer.json["error"]["facts"] == {"rejected": 1, "rows": 3}
    assert checksums(own_shop.engine) == before


def test_the_good_rows_are_taken_once_and_the_audit_is_told(call: Call) -> None:
    max_ = call("max")

    first = bring(max_, "products", FILE, "?rows=good", Idempotency_Key="k")
    again = bring(max_, "products", FILE, "?rows=good", Idempotency_Key="k")
    other = bring(max_, "products", FILE + "Y,,1,GOODS,pcs,A\n", "?rows=good", Idempotency_Key="k")

    assert (first.status_code, first.json["stored"]) == (200, True)
    assert again.json == first.json
    assert (other.status_code, other.json["error"]["code"]) == (422, "key_reused")
    with reading() as session:
        assert read(session, "SELECT name FROM product WHERE sku = 'BOLT'")[0].name == "Long bolt"
    counts = {"added": 1, "changed": 1, "unchanged": 0, "rejected": 1}
    assert noted() == [("products", {"kind": "products", "counts": counts})]


def test_who_may_not_write_a_column_cannot_import_it(call: Call) -> None:
    file = "document,warehouse,product,quantity,unit_cost\nR9,NORTH,NUT,5,1\n"

    assert bring(call("ken"), "receipts", file).status_code == 422
    assert bring(call("max"), "receipts", file).status_code == 200
    assert bring(call("ken"), "products", FILE).status_code == 403


@pytest.mark.parametrize(
    ("content", "query", "status"),
    [("", "", 422), ("a,b\n1,2\n", "", 422), (FILE, "?rows=some", 422), (FILE, "?preview=maybe", 422)],
)
def test_what_is_no_such_file_is_refused(call: Call, content: str, query: str, status: int) -> None:
    assert bring(call("max"), "products", content, query).status_code == status


def test_a_file_that_is_sent_as_something_else_is_refused(call: Call) -> None:
    assert call("max").post("imports/products", {"rows": []}).status_code == 415


def test_orders_are_taken_out_with_their_lines_and_imported_again(call: Call) -> None:
    ada = call("ada")

    assert ada.get("imports/orders/current").status_code == 422
    taken = ada.ask("GET", "imports/orders/current", Accept="text/csv")

    assert taken.mimetype == "text/csv"
    told = bring(ada, "orders", taken.data.decode().replace("BOLT,3,", "BOLT,4,", 1), "?preview=true").json
    assert told["counts"] == {"added": 0, "changed": 1, "unchanged": len(taken.data.splitlines()) - 2, "rejected": 0}
    assert [row["changes"] for row in told["rows"]] == [[{"column": "quantity", "before": "3", "after": "4"}]]
