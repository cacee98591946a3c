"""What a step made of each document is told by its result; and the same request, sent again, gets the same answer."""

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import text

from app.domain.kernel.jobs import ask
from app.domain.kernel.unit import deed
from tests.api.conftest import Call, Caller
from tests.api.least import every_operation
from tests.faults.hands import refused
from tests.traces import checksums
from tests.web.companies import Shop
from tests.web.test_jobs import actor, work
from tests.world import TODAY

AGREED = {"agreed_by": "Ann", "how": "phone"}
MINE = """
INSERT INTO user_warehouse (user_id, warehouse_id)
SELECT ab_user.id, :warehouse FROM ab_user WHERE username = :user
"""


def made(answer: Any) -> list[tuple[str, int, str | None]]:
    assert answer.status_code == 200, answer.text
    return [(its["kind"], its["id"], its["number"]) for its in answer.json.get("made", ())]


def test_a_step_tells_what_it_made_of_a_document(call: Call, own_shop: Shop) -> None:
    ada, known = call("ada"), own_shop.known
    shipment = f"shipments/{known.draft_shipment_north}"
    line = ada.get(shipment).json["lines"][0]["id"]

    left = made(ada.post(f"{shipment}/process", {"lines": [{"line": line, "quantity": "2"}], "rest": "back_order"}))
    sold = made(ada.post(f"orders/{known.active}/process", AGREED))
    approved = made(ada.post(f"orders/{known.active_north}/approve", AGREED))
    credited = made(ada.post(f"invoices/{known.invoice}/credit", {"reason": "x", "kind": "allowance"}))
    issued = made(ada.post(f"credit-notes/{known.draft_credit}/issue"))
    ada.post(f"receipts/{known.receipt_draft}/process")
    corrected = made(ada.post(f"receipts/{known.receipt_draft}/correct", {"reason": "x"}))

    assert [(kind, number) for kind, _, number in left] == [("shipment", None)]
    assert ada.get(f"shipments/{left[0][1]}").json["lines"][0]["quantity"] == "5"
    assert [kind for kind, _, number in sold if number] == ["shipment"]
    assert [(kind, number) for kind, _, number in approved] == [("shipment", None)]
    assert [kind for kind, _, _ in credited] == ["credit_note"]
    assert [kind for kind, _, _ in issued] == ["customer_return"]
    assert [kind for kind, _, _ in corrected] == ["stock_receipt"]


def test_each_document_of_a_batch_has_its_own_and_nobody_hears_of_what_they_do_not_see(
    call: Call, own_shop: Shop
) -> None:
    ada, ken, known = call("ada"), call("ken"), own_shop.known
    left = [known.shipment, known.shipment_lamps, known.shipment_north]
    ada.ask("DELETE", f"credit-notes/{known.draft_credit}")
    ada.post(f"invoices/{known.draft_invoice}/issue")

    told = ada.post("shipments/return", {"ids": left}).json["results"]
    theirs = [ada.get(f"returns/{row['made'][0]['id']}").json["lines"][0]["shipment_id"] for row in told]
    [here] = told[2]["made"]
    done = [one.post(f"returns/{row['made'][0]['id']}/process") for one, row in ((ada, told[0]), (ken, told[2]))]

    assert theirs == left
    assert (here["kind"], here["state"]) == ("customer_return", "draft")
    assert [kind for kind, _, _ in made(done[0])] == ["credit_note"]
    assert made(done[1]) == []


def sent(caller: Caller, content: bytes, key: str) -> Any:
    return caller.client.post(
        "/api/v1/bank-statements/import?bank_account=BANK", headers=caller.headers | {"Idempotency-Key": key},
        data={"file": (BytesIO(content), "march.csv")},
    )  # fmt: skip


def test_what_can_be_done_once_is_answered_again_under_its_key(call: Call, own_shop: Shop) -> None:
    abe, known = call("abe"), own_shop.known
    number = abe.get(f"invoices/{known.invoice}").json["number"]
    content = f"Date;Credit;Debit;Details\n2026-11-02;3.50;;Invoice {number}\n".encode()
    line = f"bank-statement-lines/{known.draft_bank}"
    abe.post(f"{line}/process")
    abe.post(f"{line}/settle", {"allocations": [{"invoice": known.invoice, "amount": "1"}]})

    files = [sent(abe, content, "f") for _ in range(2)]
    back = [abe.post(f"{line}/unsettle", {"reason": "x"}, Idempotency_Key="u") for _ in range(2)]
    before = checksums(own_shop.engine)

    assert [answer.status_code for answer in (*files, *back)] == [201, 201, 200, 200]
    assert (files[1].json, back[1].json) == (files[0].json, back[0].json)
    assert (sent(abe, content + b"\n", "f").status_code, sent(abe, content, "g").status_code) == (422, 409)
    assert abe.post(f"{line}/unsettle", {"reason": "x"}).status_code == 409
    assert checksums(own_shop.engine) == before


@pytest.mark.parametrize("many", [False, True])
def test_a_key_stands_for_what_was_sent_whatever_day_it_is_by_then(call: Call, own_shop: Shop, many: bool) -> None:
    ada, known = call("ada"), own_shop.known
    address, body = ("receipts/process", {"ids": [known.receipt_draft]}) if many else (
        f"receipts/{known.receipt_draft}/process", {}
    )  # fmt: skip
    days = []

    # Twenty-six hours lie between these two: it is never the same day in both.
    for zone in ("Etc/GMT+12", "Pacific/Kiritimati"):
        with own_shop.engine.begin() as connection:
            connection.execute(text("UPDATE company SET time_zone = :zone"), {"zone": zone})
        answer = ada.post(address, body, Idempotency_Key="1")
        assert answer.status_code == 200, answer.text
        days.append((answer.json, ada.get(f"receipts/{known.receipt_draft}").json["date"]))

    assert days[0] == days[1]


def test_the_first_answer_of_a_batch_comes_again_whoever_may_more_by_then(call: Call, own_shop: Shop) -> None:
    ken, known = call("ken"), own_shop.known
    body = {"ids": [known.receipt_draft_north, known.receipt_draft]}

    first = ken.post("receipts/process", body, Idempotency_Key="1")
    with own_shop.engine.begin() as connection:
        connection.execute(text(MINE), {"warehouse": known.main, "user": "ken"})
    again = ken.post("receipts/process", body, Idempotency_Key="1")

    assert [row["status"] for row in first.json["results"]] == ["done", "refused"]
    assert [row["status"] for row in again.json["results"]] == ["done", "refused"]
    assert ken.get(f"receipts/{known.receipt_draft}").json["state"] == "draft"


def test_a_batch_without_a_date_takes_each_on_its_own_day_and_with_one_all_on_that(call: Call, own_shop: Shop) -> None:
    cat, known = call("cat"), own_shop.known
    cash = {"kind": "income", "cash_desk": "MAIN", "customer": "C001", "amount": "5.00"}
    first, last = str(TODAY), str(TODAY + timedelta(days=1))
    days = [last, first, last, first, first, first]
    ids = [cat.post("cash-orders/", cash | {"date": day}).json["id"] for day in days]

    told = [cat.post("cash-orders/process", {"ids": [*ids[:3], known.draft_cash_south]}, Idempotency_Key="1").json
            for _ in range(2)]  # fmt: skip
    cat.post("cash-orders/process", {"ids": ids[3:5], "date": last})
    own_shop.visit("cat").post("/cash-orders/bulk/process", {"rowid": [ids[5]], "on": last})

    assert [row["status"] for row in told[0]["results"]] == ["done"] * 3 + ["refused"], told[0]
    assert told[1] == told[0]
    its = [cat.get(f"cash-orders/{i}").json for i in ids]
    assert [(one["date"], one["state"]) for one in its] == [
        (day, "processed") for day in (*days[:3], last, last, last)
    ]  # fmt: skip


def test_whatever_is_posted_may_have_a_key(shop: Shop) -> None:
    posted = {name: one for name, one in every_operation(shop.app).items() if one.method == "POST"}

    assert [name for name, one in posted.items() if not one.keyed] == []
    assert len(posted) > 100


def test_a_job_is_tried_again_and_cancelled_once_under_a_key(call: Call, own_shop: Shop) -> None:
    sue = call("sue")
    job = deed(lambda session: ask(session, refused, by=actor(own_shop, "sue"), about="x.csv"))
    work(own_shop)

    again = [sue.post(f"jobs/{job}/retry", Idempotency_Key="r") for _ in range(2)]
    back = [sue.post(f"jobs/{job}/cancel", Idempotency_Key="c") for _ in range(2)]

    assert [answer.status_code for answer in (*again, *back)] == [200] * 4
    assert [answer.json["status"] for answer in (*again, *back)] == ["waiting"] * 2 + ["cancelled"] * 2
    assert sue.post(f"jobs/{job}/retry", Idempotency_Key="c").status_code == 422
    assert sue.get(f"jobs/{job}").json["status"] == "cancelled"
