"""Tax rates over the API: when they change, and what that does to what was agreed."""

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy.orm import Session

from app.domain.ledger.periods import check_date
from tests.api.conftest import Call
from tests.web.companies import Shop
from tests.world import TODAY

ROW = {"tax_rate": "A", "valid_from": TODAY.isoformat(), "percent": "21"}


def test_a_change_of_a_rate_is_written_read_changed_and_deleted(call: Call) -> None:
    abe = call("abe")

    made = abe.post("tax-rates/rows/", ROW)
    pk = made.json["id"]
    twice = abe.post("tax-rates/rows/", ROW)
    read = abe.get(f"tax-rates/rows/{pk}").json
    changed = abe.ask("PUT", f"tax-rates/rows/{pk}", {"percent": "22", "version": read["version"]})

    assert (made.status_code, twice.status_code) == (201, 409), (made.json, twice.json)
    assert (read["tax_rate"], read["valid_from"], read["percent"]) == ("A", TODAY.isoformat(), "21")
    assert (changed.status_code, changed.json["percent"]) == (200, "22"), changed.json
    assert call("sue").post("tax-rates/rows/", ROW).status_code == 403
    assert abe.ask("DELETE", f"tax-rates/rows/{pk}").status_code in (200, 204)


def test_a_preview_warns_of_a_rate_that_is_another_than_was_agreed(call: Call, own_shop: Shop) -> None:
    ada, known = call("ada"), own_shop.known
    before = ada.post(f"shipments/{known.draft_shipment}/process?preview=true").json["preview"]["warnings"]
    ada.post("tax-rates/rows/", ROW)

    told = ada.post(f"shipments/{known.draft_shipment}/process?preview=true").json["preview"]["warnings"]
    shipped = ada.post(f"shipments/{known.draft_shipment}/process")

    assert before == []
    assert [(row["code"], row["facts"]) for row in told] == [
        ("tax_rate_changed", {"rate": "A", "agreed": "20", "charged": "21"})
    ]
    assert "VAT A was 20 % when this was agreed and is 21 %" in told[0]["message"]
    assert shipped.json["status"] == "done"
    lines = ada.get(f"shipments/{known.draft_shipment}").json["lines"]
    assert {line["tax_percent"] for line in lines} == {"21"}


def test_who_edits_a_rate_does_not_wait_long_for_whoever_posts_and_posting_goes_on(call: Call, own_shop: Shop) -> None:
    """Whoever posts next would stand in line behind the edit."""
    ada, abe = call("ada"), call("abe")

    with ThreadPoolExecutor(1) as pool, Session(own_shop.engine) as poster:
        check_date(poster, on=TODAY)
        refused = pool.submit(abe.post, "tax-rates/rows/", ROW).result(timeout=60)
        shipped = ada.post(f"shipments/{own_shop.known.draft_shipment}/process")

    assert (refused.status_code, refused.json["error"]["code"]) == (409, "busy"), refused.json
    assert "try again" in refused.json["error"]["message"]
    assert shipped.json["status"] == "done"
    assert abe.post("tax-rates/rows/", ROW).status_code == 201
