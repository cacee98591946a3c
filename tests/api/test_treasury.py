"""Cash orders, statements of banks, their lines and allocations over the API."""

from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import text

from tests.api.conftest import Call, Caller
from tests.web.companies import Shop

CALLED_ALIKE = """
INSERT INTO document (id, kind, number, customer_id, created_at)
SELECT 0, 'sales_order', :number, id, now() FROM customer WHERE code = 'C002'
"""
STATEMENT: dict[str, Any] = {
    "bank_account": "BANK", "bank_number": "8", "date": "2026-03-05", "opening": "100", "closing": "115",
    "lines": [{"customer": "C001", "amount": "20", "date": "2026-03-04", "purpose": "they pay"},
              {"account": "6920", "about": "account", "kind": "expense", "amount": "5", "purpose": "fee"}],
}  # fmt: skip


def cash(invoice: int, amount: str = "5.00", **more: Any) -> dict[str, Any]:
    """What is paid for an invoice at the desk MAIN."""
    return {
        "kind": "income", "cash_desk": "MAIN", "customer": "C001", "amount": amount, "date": "2026-11-02",
        "purpose": "Invoice", "allocations": [{"invoice": invoice, "amount": amount}], **more,
    }  # fmt: skip


def opened(caller: Caller, invoice: int) -> str:
    """What is open of an invoice."""
    return str(caller.get(f"invoices/{invoice}").json["open"])


def test_money_comes_into_a_desk_for_what_it_names_on_the_day_of_its_draft(call: Call, own_shop: Shop) -> None:
    cat, invoice = call("cat"), own_shop.known.invoice
    line = call("ada").get(f"invoices/{invoice}").json["lines"][0]["id"]
    before = opened(cat, invoice)

    made = cat.post("cash-orders/", cash(invoice), Idempotency_Key="1")
    again = cat.post("cash-orders/", cash(invoice), Idempotency_Key="1")
    pk = made.json["id"]
    by_line = cash(invoice, version=1, allocations=[{"invoice": invoice, "amount": "4", "line": line}])
    anew = cat.ask("PUT", f"cash-orders/{pk}", by_line)
    stale = cat.ask("PUT", f"cash-orders/{pk}", by_line)

    assert (made.status_code, again.json) == (201, made.json)
    assert [(it["document"], it["line"], it["amount"]) for it in anew.json["lines"]] == [(invoice, line, "4.00")]
    assert stale.json["error"]["code"] == "stale"
    told = cat.post(f"cash-orders/{pk}/process", {"date": call("ada").get(f"invoices/{invoice}").json["date"]})
    assert told.json["status"] == "done", told.json
    assert float(before) - float(opened(cat, invoice)) == 4
    assert cat.get(f"cash-orders/{pk}").json["left"] == "1.00"
    late = cat.ask("PUT", f"cash-orders/{pk}", by_line)
    assert (late.status_code, cat.ask("DELETE", f"cash-orders/{pk}").status_code) == (409, 409)


def test_a_step_without_a_date_is_taken_on_the_day_of_the_draft(call: Call, own_shop: Shop) -> None:
    cat, day = call("cat"), call("ada").get(f"invoices/{own_shop.known.invoice}").json["date"]
    pk = cat.post("cash-orders/", cash(own_shop.known.invoice, date=day)).json["id"]

    cat.post(f"cash-orders/{pk}/process")

    assert cat.get(f"cash-orders/{pk}").json["date"] == day


def test_what_a_cashier_does_not_see_cannot_be_named(call: Call, own_shop: Shop) -> None:
    cat, known = call("cat"), own_shop.known

    foreign_desk = cat.post("cash-orders/", cash(known.invoice, cash_desk="SOUTH"))
    hidden = cat.post(
        "cash-orders/", cash(known.invoice, allocations=[{"opening_balance": known.balance, "amount": "5"}])
    )
    nobody = cat.post("cash-orders/", cash(known.invoice, allocations=[{"invoice": 2**40, "amount": "5"}]))
    several = cat.post("cash-orders/", cash(known.invoice, allocations=[{"invoice": known.invoice, "amount": "5",
                                                                         "order": known.active}]))  # fmt: skip

    assert [answer.status_code for answer in (foreign_desk, hidden, nobody, several)] == [422] * 4
    assert hidden.json["error"]["facts"]["fields"].keys() == {"allocations.0.opening_balance"}
    assert "There is no such thing here" in nobody.json["error"]["message"]
    assert several.json["error"]["facts"]["fields"].keys() == {"allocations.0"}
    assert cat.get(f"cash-orders/{known.draft_cash_south}").status_code == 404
    assert cat.post(f"cash-orders/{known.draft_cash_south}/process").status_code == 404


def test_what_is_left_of_money_is_paid_back_and_what_leaves_a_desk_comes_into_a_bank(
    call: Call, own_shop: Shop
) -> None:  # fmt: skip
    ada, invoice = call("ada"), own_shop.known.invoice
    paid = ada.post("cash-orders/", cash(invoice, "30", allocations=[], date=None)).json["id"]
    ada.post(f"cash-orders/{paid}/process")

    back = {"kind": "expense", "allocations": [{"payment": paid, "amount": "10"}], "date": None}
    refund = ada.post("cash-orders/", cash(invoice, "10", **back)).json["id"]
    refunded = ada.post(f"cash-orders/{refund}/process")
    sent = {"kind": "expense", "about": "transfer", "cash_desk": "MAIN", "amount": "15"}
    out = ada.post("cash-orders/", sent).json["id"]
    ada.post(f"cash-orders/{out}/process")
    came = {"about": "transfer", "bank_account": "BANK", "amount": "15", "transfer": out}
    into = ada.post("bank-statement-lines/", came).json["id"]
    brought = ada.post(f"bank-statement-lines/{into}/process")

    assert refunded.json["status"] == brought.json["status"] == "done"
    assert ada.get(f"cash-orders/{paid}").json["left"] == "20.00"
    assert ada.get(f"bank-statement-lines/{into}").json["transfer"] == out


def test_a_statement_is_written_with_its_lines_and_processed_as_one(call: Call) -> None:
    abe = call("abe")

    made = abe.post("bank-statements/", STATEMENT)
    pk = made.json["id"]
    read = abe.get(f"bank-statements/{pk}").json
    anew = abe.ask("PUT", f"bank-statements/{pk}", STATEMENT | {"version": 1, "bank_number": "9"})
    stale = abe.ask("PUT", f"bank-statements/{pk}", STATEMENT | {"version": 1})
    done = abe.post(f"bank-statements/{pk}/process")
    late = abe.ask("DELETE", f"bank-statements/{pk}")
    line = abe.get(f"bank-statements/{pk}").json["lines"][0]
    alone = abe.post(f"bank-statement-lines/{line['id']}/cancel", {"reason": "x"})
    corrected = abe.post(f"bank-statements/{pk}/correct", {"reason": "one is missing"})

    assert made.status_code == 201, made.json
    assert [(it["customer"], it["account"], it["kind"], it["amount"]) for it in read["lines"]] == [
        ("C001", None, "income", "20.00"), (None, "6920", "expense", "5.00")
    ]  # fmt: skip
    assert (anew.json["bank_number"], stale.status_code, done.json["status"]) == ("9", 409, "done")
    assert (late.status_code, line["state"], alone.status_code) == (409, "processed", 409)
    assert len(abe.get(f"bank-statements/{corrected.json['made'][0]['id']}").json["lines"]) == 2


def test_what_is_wrong_with_lines_is_told_by_line(call: Call) -> None:
    lines = [{"amount": "20"}, {"account": "6920", "about": "account", "kind": "expense", "amount": "5"}]

    answer = call("abe").post("bank-statements/", STATEMENT | {"lines": lines})

    assert answer.status_code in (409, 422)
    assert answer.json["error"]["message"].startswith("Line 1:")


def test_the_money_of_a_line_is_settled_and_taken_back(call: Call, own_shop: Shop) -> None:
    abe, known = call("abe"), own_shop.known
    pk = abe.post("bank-statement-lines/", {"bank_account": "BANK", "customer": "C001", "amount": "9"}).json["id"]
    named = {"allocations": [{"invoice": known.invoice, "amount": "3"}, {"opening_balance": known.balance,
                                                                         "amount": "4"}]}  # fmt: skip
    early = abe.post(f"bank-statement-lines/{pk}/settle", named)
    abe.post(f"bank-statement-lines/{pk}/process")

    settled = abe.post(f"bank-statement-lines/{pk}/settle", named, Idempotency_Key="s")
    again = abe.post(f"bank-statement-lines/{pk}/settle", named, Idempotency_Key="s")
    first = settled.json["allocations"][0]["id"]
    some = abe.post(f"bank-statement-lines/{pk}/unsettle", {"reason": "not this", "allocations": [first]})
    foreign = abe.post(f"bank-statement-lines/{pk}/unsettle", {"reason": "not this", "allocations": [first]})
    rest = abe.post(f"bank-statement-lines/{pk}/unsettle", {"reason": "nor that"})

    assert early.status_code == 409
    assert (settled.json["left"], again.json) == ("2.00", settled.json)
    assert [(it["document"]["kind"], it["amount"]) for it in settled.json["allocations"]] == [
        ("invoice", "3.00"), ("opening_balance", "4.00")
    ]  # fmt: skip
    assert (some.json["left"], foreign.status_code) == ("5.00", 409)
    assert rest.json == {"left": "9.00", "allocations": []}


def test_allocations_are_made_listed_and_released(call: Call, own_shop: Shop) -> None:
    cat, known = call("cat"), own_shop.known
    pk = cat.post("cash-orders/", cash(known.invoice, "6", allocations=[], date=None)).json["id"]
    cat.post(f"cash-orders/{pk}/process")
    wanted = {"payment": pk, "allocations": [{"invoice": known.invoice, "amount": "6"}]}

    told = call("ada").post("allocations/?preview=true", wanted)
    made = cat.post("allocations/", wanted, Idempotency_Key="a")
    again = cat.post("allocations/", wanted, Idempotency_Key="a")
    more = cat.post("allocations/", wanted)
    act = made.json["allocations"][0]["id"]
    listed = cat.get(f"allocations/?document={known.invoice}").json["result"]
    foreseen = cat.post(f"allocations/{act}/release?preview=true", {"reason": "wrong one"})
    released = cat.post(f"allocations/{act}/release", {"reason": "wrong one"})
    twice = cat.post(f"allocations/{act}/release", {"reason": "wrong one"})

    assert (made.status_code, made.json["left"], again.json) == (200, "0.00", made.json)
    assert (more.status_code, more.json["error"]["code"]) == (409, "more_than_left")
    assert act in [it["id"] for it in listed]
    assert {row["event"] for row in told.json["preview"]["entries"]} == {"allocation.made"}
    assert (foreseen.json["status"], foreseen.json["preview"]["entries"]) == ("previewed", [])
    assert (released.json["status"], twice.json["status"]) == ("done", "already_done")
    assert cat.get(f"allocations/?payment={pk}").json["result"] == []


def test_allocations_of_money_out_of_sight_are_not_there(call: Call, own_shop: Shop) -> None:
    ada, cat, known = call("ada"), call("cat"), own_shop.known
    south = cash(known.invoice, "6", cash_desk="SOUTH", date=None)
    pk = ada.post("cash-orders/", south).json["id"]
    ada.post(f"cash-orders/{pk}/process")
    act = ada.get(f"allocations/?payment={pk}").json["result"][0]["id"]

    assert cat.get(f"allocations/?payment={pk}").status_code == 422
    assert cat.post(f"allocations/{act}/release", {"reason": "mine now"}).status_code == 404
    assert cat.post("allocations/", {"payment": pk, "allocations": [{"invoice": known.invoice, "amount": "1"}]}
                    ).status_code == 422  # fmt: skip
    assert act not in [row["id"] for row in cat.get("allocations/").json["result"]]
    assert ada.get(f"allocations/?payment={pk}").json["result"] != []


FILE = b"date;amount;name;purpose\n2026-03-04;20;Customer One;they pay\n2026-03-05;-5;Bank;fee\n"


def sent(caller: Caller, content: bytes, address: str = "", **more: Any) -> Any:
    """The answer to a file that is sent as it is."""
    return caller.client.post(
        f"/api/v1/bank-statements/import?bank_account=BANK{address}", data=content, headers=caller.headers,
        content_type="text/csv", **more,
    )  # fmt: skip


@pytest.mark.parametrize("form", [False, True])
def test_a_file_of_the_bank_becomes_a_draft_once(call: Call, own_shop: Shop, form: bool) -> None:
    abe = call("abe")
    number = abe.get(f"invoices/{own_shop.known.invoice}").json["number"]
    content = f"Date;Credit;Debit;Details\n2026-11-02;3.50;;Invoice {number}\n".encode()

    if form:
        made = abe.client.post(
            "/api/v1/bank-statements/import?bank_account=BANK", headers=abe.headers,
            data={"file": (BytesIO(content), "march.csv")},
        )  # fmt: skip
    else:
        made = sent(abe, content)
    again = sent(abe, content)

    assert made.status_code == 201, made.json
    read = abe.get(f"bank-statements/{made.json['id']}").json
    assert read["bank_number"] == ("march.csv" if form else "2026-11-02")
    assert read["lines"][0]["allocations"] == [
        {"document": own_shop.known.invoice, "line": None, "amount": "3.5"}
    ]  # fmt: skip
    assert (again.status_code, again.json["error"]["code"]) == (409, "written_before")
    assert again.json["error"]["facts"]["id"] == made.json["id"]


def test_what_a_file_does_not_say_plainly_comes_back_to_be_completed(call: Call) -> None:
    abe = call("abe")

    answer = sent(abe, FILE, "&opening=100")
    facts = answer.json["error"]["facts"]
    draft = facts["draft"]
    for line in draft["lines"]:
        line["customer"] = "C001"
    draft["lines"][1] |= {"customer": None, "about": "account", "account": "6920"}
    made = abe.post("bank-statements/", draft)

    assert (answer.status_code, answer.json["error"]["code"]) == (422, "incomplete")
    assert "lines.1" in facts["fields"]
    assert (draft["opening"], draft["closing"]) == ("100", "115")
    assert made.status_code == 201, made.json
    assert sent(abe, FILE).status_code == 409
    assert sent(abe, b"no,bank,file\n").status_code == 422


def test_what_is_on_its_way_to_the_account_comes_in_with_its_file(call: Call, own_shop: Shop) -> None:
    ada = call("ada")
    ada.post("cash-orders/", cash(own_shop.known.invoice, "30", allocations=[], date=None))
    for order in ({"customer": "C001", "amount": "30"}, {"kind": "expense", "about": "transfer", "amount": "15"}):
        out = ada.post("cash-orders/", {"cash_desk": "MAIN", **order}).json["id"]
        assert ada.post(f"cash-orders/{out}/process").json["status"] == "done"
    day = ada.get(f"cash-orders/{out}").json["date"]

    made = sent(ada, f"date;amount;purpose\n{day};15;counter\n".encode())
    incomplete = sent(ada, f"date;amount;purpose\n{day};15;counter\n{day};-1;fee\n".encode())

    assert made.status_code == 201, made.text
    [line] = ada.get(f"bank-statements/{made.json['id']}").json["lines"]
    assert (line["about"], line["transfer"]) == ("transfer", out)
    told = incomplete.json["error"]["facts"]["draft"]["lines"]
    assert [(line["about"], line["transfer"]) for line in told] == [("customer", None)] * 2


def test_what_a_file_pays_is_what_the_form_of_the_file_would_pay(call: Call, own_shop: Shop) -> None:
    abe, known = call("abe"), own_shop.known
    call("ada").post("customers/", {"code": "C002", "name": "Other Ltd", "payment_term": "N30"})
    number = abe.get(f"invoices/{known.invoice}").json["number"]
    # An older order of somebody else is called like the invoice.
    with own_shop.engine.begin() as connection:
        connection.execute(text(CALLED_ALIKE), {"number": number})
    content = f"Date;Credit;Details\n2026-11-02;3.50;Invoice {number}\n".encode()

    made = sent(abe, content)

    assert made.status_code == 201, made.text
    [line] = abe.get(f"bank-statements/{made.json['id']}").json["lines"]
    assert (line["customer"], [its["document"] for its in line["allocations"]]) == ("C001", [known.invoice])
