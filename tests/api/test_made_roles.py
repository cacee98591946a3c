"""Roles that were made here: each right and each sight is only what it says, whatever way one tries around it."""

from tests.api.conftest import Call
from tests.api.test_attacks import only
from tests.api.test_orders import ORDER
from tests.traces import checksums
from tests.web.conftest import Shop

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
