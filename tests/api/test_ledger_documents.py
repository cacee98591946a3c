"""Opening balances and manual entries over the API."""

from typing import Any

from tests.api.conftest import Call

RENT: dict[str, Any] = {
    "text": "Rent", "date": "2026-11-02",
    "lines": [{"account": "6990", "debit": "700"}, {"account": "2000", "credit": "700"}],
}  # fmt: skip


def test_an_entry_by_hand_is_written_changed_processed_and_corrected(call: Call) -> None:
    abe = call("abe")

    pk = abe.post("manual-entries/", RENT).json["id"]
    anew = abe.ask("PUT", f"manual-entries/{pk}", RENT | {"version": 1, "text": "Rent of March"})
    stale = abe.ask("PUT", f"manual-entries/{pk}", RENT | {"version": 1})
    done = abe.post(f"manual-entries/{pk}/process")
    read = abe.get(f"manual-entries/{pk}").json
    corrected = abe.post(f"manual-entries/{pk}/correct", {"reason": "750"})
    control = abe.post("manual-entries/", RENT | {"lines": [{"account": "1100", "debit": "1"}]})

    assert (anew.json["text"], stale.status_code, done.json["status"]) == ("Rent of March", 409, "done")
    assert [(it["account"], it["debit"], it["credit"]) for it in read["lines"]] == [
        ("6990", "700.00", None), ("2000", None, "700.00")
    ]  # fmt: skip
    assert read["date"] == "2026-11-02"
    assert abe.get(f"manual-entries/{corrected.json['made'][0]['id']}").json["state"] == "draft"
    assert control.json["error"]["facts"]["fields"].keys() == {"lines.0.account"}
    assert call("max").get("manual-entries/").status_code == 403


def test_what_was_owed_at_the_start_is_written_for_one_customer_or_many(call: Call) -> None:
    abe = call("abe")
    owed = {"about": "owed", "customer": "C001", "amount": "40", "purpose": "Old invoice 78", "date": "2026-11-01"}
    many = {"about": "owed", "lines": [{"customer": "C001", "amount": "7", "due_on": "2026-12-01", "purpose": "79"},
                                       {"customer": "C001", "amount": "8"}]}  # fmt: skip

    pk = abe.post("opening-balances/", owed).json["id"]
    anew = abe.ask("PUT", f"opening-balances/{pk}", owed | {"version": 1, "amount": "41"})
    stale = abe.ask("PUT", f"opening-balances/{pk}", owed | {"version": 1})
    done = abe.post(f"opening-balances/{pk}/process")
    made = abe.post("opening-balances/many", many, Idempotency_Key="m")
    again = abe.post("opening-balances/many", many, Idempotency_Key="m")
    all_ = abe.post("opening-balances/process", {"ids": made.json["ids"]})

    assert (anew.json["amount"], stale.status_code, done.json["status"]) == ("41.00", 409, "done")
    assert abe.get(f"opening-balances/{pk}").json["open"] == "41.00"
    assert (made.status_code, again.json) == (201, made.json)
    assert [row["status"] for row in all_.json["results"]] == ["done", "done"]
    assert abe.ask("DELETE", f"opening-balances/{pk}").status_code == 409


def test_a_rule_is_told_as_it_is_changed(call: Call) -> None:
    abe = call("abe")
    told = {(row["event"], row["amount"], row["side"]): row for row in abe.get("posting-rules/").json["result"]}
    side = told["invoice.issued", "net", "credit"]
    same = {name: side[name] for name in ("event", "amount", "side", "account")}

    changed = abe.post("posting-rules/change", {"on": "2027-01-01", "rules": [same]})

    assert (side["account"], side["account_name"], side["account_id"] > 0) == ("4000", "Revenue: goods", True)
    assert changed.status_code == 200
