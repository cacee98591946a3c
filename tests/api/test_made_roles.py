"""Roles that were made here: each right and each sight is only what it says, whatever way one tries around it."""

from datetime import timedelta
from typing import Any

from sqlalchemy import text

from tests.api.conftest import Call
from tests.api.test_attacks import only
from tests.api.test_orders import ORDER
from tests.traces import checksums
from tests.web.conftest import Shop
from tests.web.many import unguarded
from tests.web.shop import PASSWORD, Visitor, hidden
from tests.web.test_machines import ids
from tests.world import TODAY

AGREED = {"agreed_by": "Mr Client", "how": "phone"}
BOLTS = {"product": "BOLT", "quantity": "2"}


def test_a_seller_ships_nothing_out_of_a_storekeepers_warehouse(call: Call, own_shop: Shop) -> None:
    sue, known = call("sue"), own_shop.known
    nuts = {"product": "NUT", "quantity": "2", "warehouse": "NORTH"}
    pk = sue.post("orders/", ORDER | {"lines": [BOLTS, nuts]}).json["id"]
    before = checksums(own_shop.engine)

    refused = sue.post(f"orders/{pk}/process", AGREED)

    assert (refused.status_code, refused.json["error"]["code"]) == (409, "storekeeper_ships")
    assert checksums(own_shop.engine) == before
    assert "process" not in sue.get(f"orders/{pk}").json["actions"]
    assert "process" in sue.get(f"orders/{known.active}").json["actions"]
    assert sue.post(f"orders/{pk}/approve", AGREED).status_code == 200


def test_whoever_processes_orders_ships_only_what_is_theirs_to_ship(call: Call, own_shop: Shop) -> None:
    known, orders = own_shop.known, (("view", "Orders"), ("process", "Orders"))
    only(own_shop, "una", *orders, ("view", "Every warehouse"))
    only(own_shop, "sue", *orders, ("edit", "Orders"), ("process", "Shipments"))
    una, sue, visitor = call("una"), call("sue"), own_shop.visit("una")
    order = ORDER | {"lines": [BOLTS, BOLTS | {"warehouse": "SOUTH"}]}
    far = sue.post("orders/", order).json["id"]
    near = sue.post("orders/", ORDER | {"lines": [BOLTS, {"product": "CARE", "quantity": "1"}]}).json["id"]
    before = checksums(own_shop.engine)

    refused = [who.post(f"orders/{pk}/process", AGREED) for who, pk in ((una, known.active), (una, near), (sue, far))]
    many = una.post("orders/process", AGREED | {"ids": [known.active]}).json["results"][0]
    pages = [visitor.get(f"/orders/{known.active}").text, visitor.get(f"/orders/{known.active}/process").text]

    assert [answer.status_code for answer in refused] == [403] * 3
    assert (many["status"], many["error"]["code"]) == ("refused", "forbidden")
    assert [f"/orders/{known.active}/process" in pages[0], "You may not ship" in pages[1]] == [False, True]
    assert checksums(own_shop.engine) == before
    assert una.post(f"orders/{known.active}/approve", AGREED).status_code == 200
    assert sue.post(f"orders/{near}/process", AGREED).status_code == 200


def test_whoever_closes_a_period_without_seeing_prices_is_told_no_amount(call: Call, own_shop: Shop) -> None:
    only(own_shop, "una", ("view", "Periods"), ("process", "Periods"), ("view", "Every warehouse"))
    with own_shop.engine.begin() as connection:
        unguarded(connection)
        connection.execute(text("UPDATE account_day SET debit = debit + 31.97"))
        connection.execute(text("UPDATE credit SET amount = amount + 700"))
    days = {"starts_on": f"{TODAY:%Y-%m-01}", "ends_on": f"{TODAY}"}
    page = f"/periods/new?starts_on={days['starts_on']}&ends_on={days['ends_on']}&proved=1"

    told = {name: call(name).post("periods/close?preview=true", days).json["left"] for name in ("una", "abe")}
    pages = {name: own_shop.visit(name).get(page).text for name in ("una", "abe")}

    amounts = ("31.97", "700.00", "Amount")
    assert [amount in pages["abe"] for amount in amounts] == [True] * 3
    assert [amount in pages["una"] for amount in amounts] == [False] * 3
    assert '<ul class="sb-log"><li>' in pages["una"]
    assert {"amount" in row for row in told["abe"]["unmatched"]} == {True}
    assert {"amount" in row for rows in told["una"].values() for row in rows} == {False}


def test_an_order_is_refused_without_amounts_to_whoever_sees_no_prices(call: Call, own_shop: Shop) -> None:
    orders = (("view", "Orders"), ("process", "Orders"), ("process", "Shipments"), ("view", "Every warehouse"))
    only(own_shop, "una", *orders)
    cheap = call("ada").post("orders/", ORDER).json["id"]
    with own_shop.engine.begin() as connection:
        connection.execute(text("UPDATE customer SET credit_limit = 31.97"))
        connection.execute(text(
            "INSERT INTO discount_limit (actor_id, percent) SELECT actor_id, 13.31 FROM ab_user"
        ))  # fmt: skip
    una, visitor, pk = call("una"), own_shop.visit("una"), own_shop.known.active
    typed = {"agreed_by": "Ann", "agreed_how": "phone"}

    steps = ("approve", "approve?preview=true", "process")
    refused = [una.post(f"orders/{order}/{step}", AGREED).json["error"] for order in (pk, cheap) for step in steps]
    refused += [row["error"] for row in una.post("orders/approve", AGREED | {"ids": [pk, cheap]}).json["results"]]
    pages = [visitor.get(f"/orders/{pk}/approve").text, visitor.post(f"/orders/{cheap}/approve", typed).text,
             visitor.post("/orders/bulk/approve", typed | {"rowid": [str(pk), str(cheap)]}).text]  # fmt: skip

    codes = ["credit_limit"] * 3 + ["discount_limit"] * 3 + ["credit_limit", "discount_limit"]
    assert [(error["code"], error["facts"]) for error in refused] == [(code, {}) for code in codes]
    told = [error["message"] for error in refused] + pages
    assert [text for text in told if "31.97" in text or "13.31" in text or "37" in text.split("<")[0]] == []
    assert ["owe more than their credit limit" in page for page in pages] == [True, False, True]
    assert ["More is taken off" in page for page in pages] == [False, True, True]
    assert call("max").post(f"orders/{pk}/approve", AGREED).json["error"]["facts"]["limit"] == "31.97"


def test_what_a_step_would_do_tells_no_entries_and_no_payments_that_one_does_not_see(
    call: Call, own_shop: Shop
) -> None:
    kinds = ("Orders", "Shipments", "Invoices", "Credit notes")
    rights = [(right, kind) for right in ("view", "process", "cancel") for kind in kinds]
    only(own_shop, "una", *rights, ("view", "Costs"), ("view", "Ledger"), ("view", "Every warehouse"))
    ada, una, visitor, known = call("ada"), call("una"), own_shop.visit("una"), own_shop.known
    undo, ship = f"orders/{known.performed}/undo-chain", f"shipments/{known.draft_shipment}/process"
    asked = ((undo, {"reason": "wrong"}), (ship, {}))
    cash = ada.get(f"cash-orders/{known.cash}").json["number"]

    told = {name: [who.post(f"{step}?preview=true", body).json["preview"] for step, body in asked]
            for name, who in (("ada", ada), ("una", una))}  # fmt: skip
    pages = [visitor.get(f"/orders/{known.performed}/undo").text, visitor.get(f"/{ship}").text]

    plans = {name: [row["kind"] for row in previews[0]["plan"]] for name, previews in told.items()}
    assert plans == {"ada": ["credit_note", "cash_order", "invoice", "shipment", "sales_order"],
                     "una": ["credit_note", "invoice", "shipment", "sales_order"]}  # fmt: skip
    assert {name: [bool(one["entries"]) for one in previews] for name, previews in told.items()} == {
        "ada": [True, True], "una": [False, False]
    }  # fmt: skip
    assert [cash in page for page in pages] == ["In the books" in page for page in pages] == [False, False]
