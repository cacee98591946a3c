"""What pays what is listed like everything else: narrowed, ordered, page by page, as far as one sees it."""

import csv

import pytest

from tests.api.conftest import Call, Caller
from tests.api.test_attacks import also, only
from tests.web.companies import Shop

LIST = "allocations/?q=(filters:!({}),order_column:date,order_direction:asc{})"


def paid(caller: Caller, desk: str, invoice: int, amount: str) -> int:
    """An act by which money that came into a desk pays an invoice."""
    new = {"kind": "income", "cash_desk": desk, "customer": "C001", "amount": amount,
           "allocations": [{"invoice": invoice, "amount": amount}]}  # fmt: skip
    pk = caller.post("cash-orders/", new).json["id"]
    assert caller.post(f"cash-orders/{pk}/process").json["status"] == "done"
    return int(caller.get(f"allocations/?payment={pk}").json["result"][0]["id"])


def test_allocations_are_listed_page_by_page_and_narrowed_by_their_date(call: Call, own_shop: Shop) -> None:
    ada, invoice = call("ada"), own_shop.known.invoice
    acts = [paid(ada, "MAIN", invoice, amount) for amount in ("1.00", "2.00")]
    whole = ada.get("allocations/").json

    first = ada.get(LIST.format("", ",page_size:1")).json
    second = ada.get(LIST.format("", ",page_size:1") + f"&after={first['next']}").json
    late = ada.get(LIST.format("(col:date,opr:ge,value:'2100-01-01')", "")).json
    of = ada.get(f"allocations/?document={invoice}").json
    released = ada.post(f"allocations/{acts[0]}/release", {"reason": "mistaken"})

    assert whole["count"] == len(whole["result"]) >= 3
    assert {*acts} < {row["id"] for row in whole["result"]}
    assert (len(first["result"]), len(second["result"]), first["result"] == second["result"]) == (1, 1, False)
    assert (late["count"], late["result"]) == (0, [])
    assert {row["document"]["id"] for row in of["result"]} == {invoice}
    assert {row["payment"]["kind"] for row in of["result"]} == {"cash_order"}
    assert released.status_code == 200
    assert acts[0] not in [row["id"] for row in ada.get("allocations/").json["result"]]


def test_an_allocation_is_read_while_it_stands_by_those_who_see_its_payment(call: Call, own_shop: Shop) -> None:
    ada, invoice = call("ada"), own_shop.known.invoice
    act = paid(ada, "SOUTH", invoice, "1.00")
    row = next(row for row in ada.get("allocations/").json["result"] if row["id"] == act)

    read, unseen = ada.get(f"allocations/{act}").json, call("cat").get(f"allocations/{act}").status_code
    ada.post(f"allocations/{act}/release", {"reason": "mistaken"})

    assert (read, unseen, ada.get(f"allocations/{act}").status_code) == (row, 404, 404)


@pytest.mark.parametrize("asked", [
    "q=(filters:!((col:amount,opr:ge,value:'1')))", "q=(order_column:amount)", "q=(search:x)",
    "payment=1&document=1", "payment=999999", "q=(filters:!((col:payment,value:1)))",
])  # fmt: skip
def test_what_the_list_does_not_offer_is_refused(call: Call, asked: str) -> None:
    answer = call("ada").get(f"allocations/?{asked}")

    assert (answer.status_code, answer.json["error"]["code"]) == (422, "invalid")


def test_only_payments_that_one_sees_are_listed(call: Call, own_shop: Shop) -> None:
    ada, cat, invoice = call("ada"), call("cat"), own_shop.known.invoice
    acts = {desk: paid(ada, desk, invoice, "1.00") for desk in ("SOUTH", "MAIN")}
    only(own_shop, "una", ("view", "Settlement"), ("view", "Prices"), ("view", "Every warehouse"))

    seen = {row["id"] for row in cat.get("allocations/").json["result"]}
    nothing = call("una").get("allocations/").json

    assert (acts["MAIN"] in seen, acts["SOUTH"] in seen) == (True, False)
    assert (nothing["count"], nothing["result"]) == (0, [])


def test_allocations_are_asked_for_by_numbers_and_taken_along_as_a_file(call: Call, own_shop: Shop) -> None:
    ada, known = call("ada"), own_shop.known
    cash, invoice = (ada.get(f"{kind}/{pk}").json["number"] for kind, pk in (
        ("cash-orders", known.cash), ("invoices", known.invoice)
    ))  # fmt: skip
    paid(ada, "MAIN", known.invoice, "1.00")

    of_cash = [ada.get(f"allocations/?payment={it}").json["result"] for it in (known.cash, cash)]
    of_invoice = [ada.get(f"allocations/?document={it}").json["result"] for it in (known.invoice, invoice)]
    file = ada.ask("GET", f"allocations/?document={invoice}&q=(order_column:date)", Accept="text/csv")
    strange = [ada.get(f"allocations/?document={it}").status_code for it in ("NONE", "0", "1e3", 10**22)]

    assert of_cash[0] == of_cash[1] != []
    assert of_invoice[0] == of_invoice[1]
    assert len(of_invoice[0]) == 2
    assert [row["amount"] for row in csv.DictReader(file.text.splitlines())] == ["1.00", "20.00"]
    assert {(row["document"], row["document_kind"]) for row in csv.DictReader(file.text.splitlines())} == {
        (invoice, "invoice")
    }  # fmt: skip
    assert strange == [422] * 4


def test_the_page_of_a_document_tells_of_the_payments_that_the_list_does(call: Call, own_shop: Shop) -> None:
    known = own_shop.known
    cash = call("ada").get(f"cash-orders/{known.cash}").json["number"]
    rights = [("view", kind) for kind in ("Invoices", "Settlement", "Prices", "Every warehouse")]

    def told() -> tuple[bool, bool]:
        listed = call("una").get(f"allocations/?document={known.invoice}").json["result"]
        return cash in own_shop.visit("una").get(f"/invoices/{known.invoice}").text, bool(listed)

    only(own_shop, "una", *rights)
    without = told()
    only(own_shop, "cat", *rights, ("view", "Cash orders"))
    also(own_shop, "una", "Made for cat")

    assert (without, told()) == ((False, False), (True, True))
