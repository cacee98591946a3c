"""A sale from its order to the books, wholly over the API: shipped, invoiced and paid in parts, and taken back."""

from decimal import Decimal
from typing import Any

from tests.api.conftest import Call, Caller
from tests.web.companies import Shop
from tests.world import TODAY

DAY = TODAY.isoformat()


class Program:
    """A program that sells: every answer is the one it needs, or the test ends."""

    def __init__(self, caller: Caller) -> None:
        self.caller = caller
        self.calls = 0

    def __call__(self, address: str, **body: Any) -> dict[str, Any]:
        self.calls += 1
        answer = self.caller.post(address, body, Idempotency_Key=f"call {self.calls}")
        assert answer.status_code in (200, 201), (address, answer.json)
        told: dict[str, Any] = answer.json
        return told

    def read(self, address: str) -> dict[str, Any]:
        answer = self.caller.get(address)
        assert answer.status_code == 200, (address, answer.json)
        told: dict[str, Any] = answer.json
        return told

    def related(self, address: str, kind: str) -> list[dict[str, Any]]:
        """The documents of a kind that belong to it."""
        return [row for row in self.read(address)["related"] if row["kind"] == kind]


def test_a_sale_is_shipped_invoiced_and_paid_in_parts_then_partly_credited_and_taken_back(
    call: Call, own_shop: Shop
) -> None:
    sell = Program(call("ada"))
    order, shipment = _ordered(sell)
    first, rest = _invoiced(sell, shipment)
    _paid(sell, first, rest)
    _taken_back(sell, shipment, rest)

    [cash] = [row["id"] for row in sell.read(f"allocations/?document={first}")["result"]]
    plan = sell(f"invoices/{first}/undo-chain?preview=true", reason="for another company")["preview"]["plan"]
    done = sell(f"invoices/{first}/undo-chain", reason="for another company")

    assert [row["what"] for row in plan] == ["release", "credit"]
    assert done["status"] == "done"
    assert cash not in [row["id"] for row in sell.read(f"allocations/?document={first}")["result"]]
    assert sell.read(f"invoices/{first}")["open"] == "0.00"
    line = sell.read(f"orders/{order}")["lines"][0]
    assert (line["shipped"], line["invoiced"]) == ("3", "2")


def _ordered(sell: Program) -> tuple[int, int]:
    """An order for five bolts of which three leave."""
    order = sell(
        "orders/", channel="phone", customer="C001", warehouse="MAIN", date=DAY,
        lines=[{"product": "BOLT", "quantity": "5"}, {"product": "CARE", "quantity": "1"}],
    )["id"]  # fmt: skip
    sell(f"orders/{order}/activate")
    sell(f"orders/{order}/approve", agreed_by="Ms Stone", how="phone", date=DAY)
    [draft] = sell.related(f"orders/{order}", "shipment")
    bolts = sell.read(f"shipments/{draft['id']}")["lines"][0]
    told = sell(f"shipments/{draft['id']}/process?preview=true", lines=[{"line": bolts["id"], "quantity": "3"}],
                rest="back_order", date=DAY)  # fmt: skip
    assert told["status"] == "previewed"
    done = sell(f"shipments/{draft['id']}/process", lines=[{"line": bolts["id"], "quantity": "3"}],
                rest="back_order", date=DAY)  # fmt: skip
    assert done["status"] == "done"
    line = sell.read(f"orders/{order}")["lines"][0]
    assert (line["quantity"], line["shipped"], line["invoiced"]) == ("5", "3", "0")
    return order, draft["id"]


def _invoiced(sell: Program, shipment: int) -> tuple[int, int]:
    """Two portions: one bolt, then the rest with the service."""
    bolts = sell.read(f"shipments/{shipment}")["lines"][0]
    portion = [{"shipment_line": bolts["id"], "quantity": "1"}]
    first = sell("invoices/from-shipments", shipments=[shipment], lines=portion)["id"]
    rest = sell("invoices/from-shipments", shipments=[shipment], lines=None)["id"]
    issued = sell("invoices/issue", ids=[first, rest], date=DAY)
    assert [row["status"] for row in issued["results"]] == ["done", "done"]
    assert sell.read(f"shipments/{shipment}")["lines"][0]["invoiced"] == "3"
    return first, rest


def _paid(sell: Program, first: int, rest: int) -> None:
    """The first in cash; of the second one line by cash, and the others by bank."""
    line = sell.read(f"invoices/{rest}")["lines"][0]
    assert sell.read(f"invoices/{first}")["payment_status"] == "unpaid"
    cash = sell(
        "cash-orders/", kind="income", cash_desk="MAIN", customer="C001", amount="22.00", date=DAY, purpose="",
        allocations=[{"invoice": first, "amount": "12.00"}, {"invoice": rest, "amount": "10.00", "line": line["id"]}],
    )["id"]  # fmt: skip
    assert sell(f"cash-orders/{cash}/process")["status"] == "done"
    assert sell.read(f"cash-orders/{cash}")["date"] == DAY
    assert (sell.read(f"invoices/{first}")["payment_status"], sell.read(f"invoices/{rest}")["payment_status"]) == (
        "paid", "partly_paid"
    )  # fmt: skip
    left = sell.read(f"invoices/{rest}")["open"]
    statement = sell(
        "bank-statements/", bank_account="BANK", bank_number="2026/1", date=DAY, opening="0", closing=left,
        lines=[{"customer": "C001", "amount": left, "allocations": []}],
    )["id"]  # fmt: skip
    sell(f"bank-statements/{statement}/process")
    money = sell.read(f"bank-statements/{statement}")["lines"][0]["id"]
    settled = sell(f"bank-statement-lines/{money}/settle", allocations=[{"invoice": rest, "amount": left}], date=DAY)
    assert settled["left"] == "0.00"
    assert sell.read(f"invoices/{rest}")["payment_status"] == "paid"


def _taken_back(sell: Program, shipment: int, rest: int) -> None:
    """One bolt comes back, is credited, and its money goes back out of the desk."""
    bolts = sell.read(f"shipments/{shipment}")["lines"][0]
    back = sell("returns/from-shipment", shipment=shipment, lines=[{"shipment_line": bolts["id"], "quantity": "1"}])
    sell(f"returns/{back['id']}/process", date=DAY)
    # It proposes to credit the older invoice, but this is a bolt of the other.
    [proposed] = [row["id"] for row in sell.related(f"returns/{back['id']}", "credit_note") if row["state"] == "draft"]
    assert sell.caller.ask("DELETE", f"credit-notes/{proposed}").status_code == 204
    line = sell.read(f"invoices/{rest}")["lines"][0]
    note = sell(
        "credit-notes/from-invoice", invoice=rest, reason="dented",
        lines=[{"invoice_line": line["id"], "kind": "goods_back", "quantity": "1"}],
    )["id"]  # fmt: skip
    sell(f"credit-notes/{note}/issue", date=DAY)
    left = sell.read(f"credit-notes/{note}")["left"]
    assert Decimal(left) == 12
    refund = sell(
        "cash-orders/", kind="expense", cash_desk="MAIN", customer="C001", amount=left, date=DAY, purpose="back",
        allocations=[{"credit_note": note, "amount": left}],
    )["id"]  # fmt: skip
    sell(f"cash-orders/{refund}/process")
    assert sell.read(f"credit-notes/{note}")["left"] == "0.00"
