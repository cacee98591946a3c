"""Reports over the API: the same figures as on the pages and in the files, under the same rights."""

import csv
import io
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.domain.kernel.rows import read
from app.domain.proof import prove_everything
from tests.api.conftest import Call, Caller
from tests.web.companies import Shop
from tests.web.test_reports import ADDRESSES, COSTS, EVERYWHERE, LEDGER, REPORTS, limited
from tests.world import TODAY


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_report_says_as_json_what_its_file_says(shop: Shop, address: str) -> None:
    ada, path = Caller(shop, "ada"), address.replace("/?", "?").strip("/")

    told = ada.get(f"reports/{path}").json
    file = ada.ask("GET", f"reports/{path}", Accept="text/csv")

    assert file.mimetype == "text/csv", file.text
    lines = list(csv.DictReader(io.StringIO(file.text)))
    assert told["count"] == len(lines) == len(told["result"]) > 0
    for row, line in zip(told["result"], lines, strict=True):
        assert {name: "" if row[name] is None else str(row[name]) for name in line} == line


def test_totals_are_of_all_rows_and_balances_stand_beside_them(shop: Shop) -> None:
    ada = Caller(shop, "ada")

    page = ada.get("reports/trial-balance?page_size=2&page=1").json
    whole = ada.get("reports/trial-balance").json
    statement = ada.get("reports/customer-statement?customer=C001").json

    assert page["result"] == whole["result"][2:4]
    assert (page["count"], page["totals"]) == (whole["count"], whole["totals"])
    assert whole["totals"]["debit"] == whole["totals"]["credit"]
    assert (whole["totals"]["opening"], whole["totals"]["closing"]) == ("0.00", "0.00")
    assert statement["facts"] == {"opening": "0.00", "closing": "68.00"}


def test_a_row_of_the_sales_leads_a_program_to_its_documents(shop: Shop) -> None:
    ada = Caller(shop, "ada")

    (row,) = ada.get("reports/sales?by=product").json["result"]
    (document,) = ada.get(f"reports/sales-documents?by=product&of={row['of']}").json["result"]

    assert (row["key"], row["net"], row["cost"], row["margin"], row["quantity"]) == (
        "BOLT", "40.00", "16.00", "24.00", "4",
    )  # fmt: skip
    assert (document["document_id"], document["kind"], document["net"]) == (shop.known.invoice, "invoice", "40.00")


@pytest.mark.parametrize("address", [
    "sales-documents?by=product&of=", "vat-documents", "item-card?product=BOLT&warehouse=MAIN",
])  # fmt: skip
def test_a_customer_of_a_report_is_told_by_code_and_id(shop: Shop, address: str) -> None:
    ada = Caller(shop, "ada")
    if address.endswith("of="):
        address += ada.get("reports/sales?by=product").json["result"][0]["of"]

    told = {(row["customer"], row["customer_id"]) for row in ada.get(f"reports/{address}").json["result"]}

    customers = {row["code"]: row["id"] for row in ada.get("customers/").json["result"]}
    assert ("C001", customers["C001"]) in told


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("sales?by=weather", 422), ("sales?from=2026-02-31", 422), ("sales?since=2026-01-01", 422),
        ("sales?from=2026-03-02&to=2026-03-01", 422), ("sales?from=2026-03-01&from=2026-03-01", 422),
        ("customer-statement", 422), ("customer-statement?customer=NOBODY", 422), ("item-card?product=BOLT", 422),
        ("stock-value?at=2026-01-01&recorded_at=2026-01-01T10:00:00Z", 422), ("stock-value?recorded_at=now", 422),
        ("stock-value?recorded_at=2026-01-01T10:00:00Z", 200), ("weather", 404), ("sales?page_size=100000", 422),
        ("sales?page=-1", 422), ("sales?page=1.5", 422), ("vat-documents?percent=NaN", 422),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused_with_its_field(shop: Shop, address: str, status: int) -> None:
    answer = Caller(shop, "ada").get(f"reports/{address}")

    assert answer.status_code == status, answer.json
    assert status == 200 or answer.json["error"]["message"]


def test_a_storekeeper_meets_no_value_and_no_other_warehouse(shop: Shop) -> None:
    ken = Caller(shop, "ken")

    for address in ("reports/stock-value", "stock", f"stock?at={TODAY}", "stock?page_size=1"):
        told = ken.get(address).json
        assert {row["warehouse"] for row in told["result"]} == {"NORTH"}
        assert "value" not in told["result"][0]
        assert "value" not in told.get("totals", {})
    card = ken.get("reports/item-card?product=NUT&warehouse=NORTH").json
    assert card["facts"] == {"opening": "0", "closing": "94"}
    assert not {"value", "value_after"} & card["result"][0].keys()
    assert ken.get("stock?warehouse=NORTH").json["result"]
    assert ken.get("stock?warehouse=MAIN").status_code == 422
    assert ken.get("reports/item-card?product=BOLT&warehouse=MAIN").status_code == 422


def test_a_role_with_reports_but_without_prices_meets_no_money(own_shop: Shop) -> None:
    limited(own_shop, REPORTS, EVERYWHERE, COSTS, LEDGER)
    ken = Caller(own_shop, "ken")

    sales = ken.get("reports/sales?by=product").json

    assert sales["totals"].keys() == {"quantity", "cost"}
    assert sales["result"][0].keys() == {"of", "key", "name", "quantity", "cost"}
    for address in ("reports/receivables", "reports/vat", "reports/journal", "ledger/trial-balance",
                    "ledger/accounts/1100", "ledger/entries?document=1"):  # fmt: skip
        assert ken.get(address).status_code == 403, address


def test_a_role_of_own_warehouses_is_told_nothing_of_the_whole_company(own_shop: Shop) -> None:
    limited(own_shop, REPORTS, ("can_view", "Prices"), COSTS, LEDGER)
    ken = Caller(own_shop, "ken")

    assert ken.get("reports/sales").json["count"] == 0
    for address in ("reports/receivables", "reports/vat", "ledger/trial-balance", "ledger/accounts/1100",
                    "ledger/entries?document=1"):  # fmt: skip
        assert ken.get(address).status_code == 403, address


def test_stock_is_told_page_by_page_and_ends(shop: Shop) -> None:
    max_ = Caller(shop, "max")
    whole = max_.get("stock").json["result"]

    pages: list[dict[str, Any]] = [max_.get("stock?page_size=2").json]
    while pages[-1]["next"]:
        pages.append(max_.get(f"stock?page_size=2&after={pages[-1]['next']}").json)

    assert [row for page in pages for row in page["result"]] == whole
    assert [len(page["result"]) for page in pages[:-1]] == [2] * (len(pages) - 1)
    bolts = next(row for row in whole if row["sku"] == "BOLT")
    assert [bolts[name] for name in ("warehouse", "on_hand", "reserved", "available", "value")] == [
        "MAIN", "96", "5", "91", "384.00",
    ]  # fmt: skip
    for token in ("x", "1", "1.2.3", f"{2**70}.1", "-1.2"):
        assert max_.get(f"stock?after={token}").status_code == 422, token


def test_the_ledger_tells_accounts_entries_and_that_everything_holds(call: Call, own_shop: Shop) -> None:
    abe, invoice = call("abe"), own_shop.known.invoice

    account = abe.get("ledger/accounts/1100").json
    entries = abe.get(f"ledger/entries?document={invoice}").json["result"]
    with Session(own_shop.engine) as session:
        number = read(session, "SELECT number FROM document WHERE id = %(id)s", id=invoice)[0].number
    proved = abe.get("ledger/check").json

    assert account["result"][-1]["balance"] == account["facts"]["closing"]
    assert [(row["code"], row["debit"], row["credit"]) for row in entries] == [
        ("1100", "48.00", "0.00"), ("4000", "0.00", "40.00"), ("2200", "0.00", "8.00"),
    ]  # fmt: skip
    assert [row for row in abe.get(f"ledger/entries?number={number}").json["result"]
            if row["document_id"] == invoice] == entries  # fmt: skip
    assert proved["ok"] is True
    assert {"name", "sentence", "ok", "count", "offenders"} == proved["checks"][0].keys()
    assert proved["since"] is None
    assert abe.get("ledger/accounts/NONE").status_code == 404
    assert abe.get("ledger/entries").status_code == 422
    assert abe.get("ledger/trial-balance?from=2026-02-02&to=2026-01-01").status_code == 422


def test_a_period_is_foreseen_closed_and_reopened_with_a_reason(call: Call) -> None:
    abe, january = call("abe"), {"starts_on": "2026-01-01", "ends_on": "2026-01-31"}

    told = abe.post("periods/close?preview=true", january)
    before = abe.get("periods/").json["count"]
    closed = abe.post("periods/close", january, Idempotency_Key="k")
    again = abe.post("periods/close", january, Idempotency_Key="k")
    pk = closed.json["id"]
    without = abe.post(f"periods/{pk}/reopen")
    opened = abe.post(f"periods/{pk}/reopen", {"reason": "a late bill"})

    sorts = {"draft", "not_invoiced", "advance", "unmatched"}
    assert (told.json["status"], told.json["left"].keys()) == ("previewed", sorts)
    assert before == 0
    assert (closed.json["state"], again.json["id"], opened.json["state"]) == ("closed", pk, "open")
    assert (without.status_code, list(without.json["error"]["facts"]["fields"])) == (422, ["reason"])
    assert [row["reason"] for row in abe.get(f"periods/{pk}/history").json["result"]] == ["a late bill", ""]
    assert abe.post("periods/close", {"starts_on": "2026-01-15", "ends_on": "2026-02-15"}).status_code == 409


def test_posting_rules_are_read_and_changed_all_or_none(call: Call) -> None:
    abe = call("abe")
    rule = {"event": "invoice.issued", "amount": "net", "side": "credit", "account": "4010"}

    changed = abe.post("posting-rules/change", {"on": "2099-01-01", "rules": [rule]})
    wrong = [
        abe.post("posting-rules/change", {"on": "2099-02-01", "rules": [rule | {"account": "4020"}, rule | other]})
        for other in ({"event": "weather"}, {"amount": "vat"}, {"account": "NONE"})
    ]

    assert changed.status_code == 200, changed.json

    def revenue(on: str) -> str:
        rows = abe.get(f"posting-rules/?on={on}").json["result"]
        return next(row["account"] for row in rows if (row["event"], row["amount"]) == ("invoice.issued", "net"))

    assert (revenue("2099-01-01")[:4], revenue("2026-01-01")[:4]) == ("4010", "4000")
    assert [answer.status_code for answer in wrong] == [422, 409, 422], [answer.json for answer in wrong]
    assert revenue("2099-02-01")[:4] == "4010"


def test_a_price_is_told_with_its_reasons_and_nothing_is_stored(shop: Shop) -> None:
    sue = Caller(shop, "sue")

    told = sue.get("prices?customer=C001&product=BOLT&quantity=3&date=2026-03-05").json

    assert (told["price"], told["discount"], told["paid"]) == ("10", "0", "10")
    assert told["reasons"][0] == {"text": "Price list RETAIL: 10.00", "won": True}
    assert told["explanation"]["base_price"]
    assert sue.get("prices?customer=C001").status_code == 422
    assert sue.get("prices?customer=C001&product=BOLT&quantity=0").status_code == 422
    assert sue.get("prices?customer=C001&product=BOLT&quantity=1.5").status_code == 422


def test_reorder_points_are_kept_and_internal_orders_drafted(call: Call, own_shop: Shop) -> None:
    ada, ken = call("ada"), call("ken")
    new = {"warehouse": "NORTH", "product": "BOLT", "minimum": "5", "maximum": "20", "source": "MAIN"}

    made = ken.post("reorder-points/", new)
    low = ken.get("reorder-points/to-order").json["result"]
    drafted = ken.post("reorder-points/propose", {"ids": [made.json["id"]]})
    foreign = ada.post("reorder-points/", new | {"warehouse": "MAIN", "source": "NORTH"}).json["id"]

    assert made.status_code == 201, made.json
    assert [(row["sku"], row["warehouse"], row["wanted"]) for row in low] == [("BOLT", "NORTH", "20")]
    assert len(drafted.json["made"]) == 1
    assert ken.post("reorder-points/propose", {"ids": [foreign]}).status_code == 422
    assert ken.post("reorder-points/", new | {"warehouse": "MAIN"}).status_code == 422


def test_an_account_or_a_product_is_proved_alone_and_rests_on_the_last_full_proof(call: Call, own_shop: Shop) -> None:
    abe, visitor = call("abe"), own_shop.visit("abe")
    pages = "/account-statement/?account=1200", "/item-card/?product=BOLT&warehouse=MAIN"
    unmarked = [visitor.get(page).text.count("proved") for page in pages]
    whole = abe.get("ledger/check?account=1200").json
    prove_everything()

    account, product = abe.get("ledger/check?account=1200").json, abe.get("ledger/check?product=BOLT").json
    full = abe.get("ledger/check?account=1200&full=true").json
    signed = [visitor.get(page).text for page in pages]
    with own_shop.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE stock_balance SET value = value + 1")
    broken = abe.get("ledger/check?product=BOLT").json

    assert (unmarked, whole["ok"], whole["since"]) == ([0, 0], True, None)
    assert [(it["ok"], bool(it["since"])) for it in (account, product, full, broken)] == [
        (True, True), (True, True), (True, False), (False, True)
    ]  # fmt: skip
    assert [it["name"] for it in account["checks"]] == [it["name"] for it in full["checks"]]
    assert broken["checks"][0]["offenders"][0].startswith("product BOLT, warehouse MAIN: on hand, worth and last date")
    assert all("Everything held on" in page for page in signed)
    assert "does not add up" in visitor.get(pages[1]).text
    assert abe.get("ledger/check?account=1200&product=BOLT").status_code == 422
    assert abe.get("ledger/check?account=NONE").status_code == 422
