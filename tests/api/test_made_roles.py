"""Roles that were made here: each right and each sight is only what it says, whatever way one tries around it."""

from datetime import timedelta
from typing import Any

from sqlalchemy import text

from tests.api.conftest import Call
from tests.api.test_attacks import only
from tests.api.test_orders import ORDER
from tests.traces import checksums
from tests.web.companies import Shop
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


def test_whoever_closes_a_period_is_told_only_what_they_see(call: Call, own_shop: Shop) -> None:
    rights = (("view", "Periods"), ("process", "Periods"), ("view", "Shipments"), ("view", "Every warehouse"))
    only(own_shop, "una", *rights)
    with own_shop.engine.begin() as connection:
        unguarded(connection)
        connection.execute(text("UPDATE account_day SET debit = debit + 31.97"))
        connection.execute(text("UPDATE credit SET amount = amount + 700"))
    days = {"starts_on": f"{TODAY:%Y-%m-01}", "ends_on": f"{TODAY}"}
    page = f"/periods/new?starts_on={days['starts_on']}&ends_on={days['ends_on']}&proved=1"

    answers = {name: call(name).post("periods/close?preview=true", days).json for name in ("una", "abe")}
    told = {name: answer["left"] for name, answer in answers.items()}
    pages = {name: own_shop.visit(name).get(page).text for name in ("una", "abe")}

    amounts = ("31.97", "700.00", "Amount")
    assert [amount in pages["abe"] for amount in amounts] == [True] * 3
    assert [amount in pages["una"] for amount in amounts] == [False] * 3
    assert '<ul class="sb-log"><li>' in pages["una"]
    assert {"amount" in row for row in told["abe"]["unmatched"]} == {True}
    assert {"amount" in row for rows in told["una"].values() for row in rows} == {False}
    kinds = {name: {row["kind"] for rows in sorts.values() for row in rows} for name, sorts in told.items()}
    counts = {sort: len(told["una"][sort]) + its for sort, its in answers["una"]["unseen"].items()}
    assert (kinds["una"], kinds["abe"] > kinds["una"]) == ({"shipment"}, True)
    assert counts == {sort: len(rows) for sort, rows in told["abe"].items()}
    assert set(answers["abe"]["unseen"].values()) == {0}
    assert ["you do not see" in pages[name] for name in ("una", "abe")] == [True, False]


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


def test_whoever_sees_no_costs_is_not_told_which_goods_are_sold_below_theirs(call: Call, own_shop: Shop) -> None:
    rights = (("view", "Orders"), ("process", "Orders"), ("view", "Prices"), ("view", "Every warehouse"))
    only(own_shop, "una", *rights)
    lines = [BOLTS | {"unit_price": "1.00"}, BOLTS | {"product": "NUT", "warehouse": "NORTH"}]
    pk = call("ada").post("orders/", ORDER | {"lines": lines}).json["id"]

    told = [call(name).post(f"orders/{pk}/approve", AGREED).json["error"] for name in ("max", "una")]

    assert [(error["code"], error["facts"]) for error in told] == [
        ("below_cost", {"skus": "BOLT"}), ("below_cost", {}),
    ]  # fmt: skip
    assert ["BOLT" in error["message"] for error in told] == [True, False]


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


def test_what_a_list_takes_off_and_what_somebody_may_give_is_told_to_those_who_see_prices(
    call: Call, own_shop: Shop
) -> None:
    only(own_shop, "una", ("view", "Price lists"), ("edit", "Price lists"), ("view", "Every warehouse"))
    ada, una = call("ada"), call("una")
    less = {"code": "LESS", "name": "Less", "currency": "EUR", "base": "RETAIL", "percent": "-31.97", "step": "0.05"}
    pk = ada.post("price-lists/", less).json["id"]
    limit = ada.post("discount-limits/", {"actor": "sue", "percent": "31.97"}).json["id"]

    addresses = [f"price-lists/{pk}", "price-lists/", f"discount-limits/{limit}", "discount-limits/"]
    told = {name: [who.get(address).text for address in addresses] for name, who in (("ada", ada), ("una", una))}
    pages = {name: [own_shop.visit(name).get(f"/{address}").text for address in (
        *addresses, f"price-lists/{pk}/edit", "price-lists/?format=csv", "import/price-lists/",
    )] for name in ("ada", "una")}  # fmt: skip

    assert [("31.97" in text) for text in told["ada"] + pages["ada"]] == [True] * 10 + [False]
    assert [("31.97" in text) for text in told["una"] + pages["una"]] == [False] * 11
    assert ["percent<" in pages[name][-1] for name in ("ada", "una")] == [True, False]
    asked = una.ask("PUT", f"price-lists/{pk}", {"percent": "-99", "version": una.get(addresses[0]).json["version"]})
    assert (asked.status_code, ada.get(addresses[0]).json["percent"]) == (422, "-31.97")


def test_nobody_types_prices_without_seeing_them(call: Call, own_shop: Shop) -> None:
    kinds = ("Orders", "Price lists", "Warehouses", "Customers", "Products")
    only(own_shop, "una", *((right, kind) for right in ("view", "edit") for kind in kinds), ("view", "Every warehouse"))
    una, visitor, known = call("una"), own_shop.visit("una"), own_shop.known
    cheap = call("ada").post("orders/", ORDER).json["id"]

    refused = una.post("orders/", ORDER)

    assert list(refused.json["error"]["facts"]["fields"]) == ["lines.1.discount", "lines.1.unit_price"]
    assert 'name="price_0"' not in visitor.get(f"/orders/{known.estimate}/edit").text
    assert "9.9" not in visitor.get(f"/orders/{cheap}/edit", follow_redirects=True).text


def test_what_is_not_paid_is_counted_for_those_who_see_prices(own_shop: Shop) -> None:
    only(own_shop, "una", ("view", "Invoices"), ("view", "Every warehouse"))

    pages = [own_shop.visit(name).get("/").text for name in ("abe", "una")]

    assert ["Invoices not paid" in page for page in pages] == [True, False]
    assert ["Invoices to issue" in page for page in pages] == [True, True]


def test_what_is_held_too_long_lapses_where_one_works(own_shop: Shop) -> None:
    only(own_shop, "ken", ("view", "Stock"), ("process", "Stock"))
    ken, known = own_shop.visit("ken"), own_shop.known
    lasted = "UPDATE reservation SET expires_on = :on WHERE quantity > 0 AND warehouse_id = :place"

    def over(place: int) -> None:
        with own_shop.engine.begin() as connection:
            connection.execute(text(lasted), {"on": TODAY - timedelta(3), "place": place})

    def lapsed() -> list[int]:
        with own_shop.engine.connect() as connection:
            sql = "SELECT DISTINCT warehouse_id FROM reservation WHERE lapsed_on IS NOT NULL"
            return list(connection.scalars(text(sql)))

    over(known.main)
    elsewhere = ken.get("/stock/").text
    over(known.north)
    here = ken.get("/stock/").text
    ken.post("/stock/lapse", hidden(here))

    assert ["/stock/lapse" in page for page in (elsewhere, here)] == [False, True]
    assert lapsed() == [known.north]


def test_an_invoice_is_made_of_what_one_sees(own_shop: Shop) -> None:
    only(own_shop, "sue", ("view", "Invoices"), ("edit", "Invoices"), ("view", "Customers"))
    sue, abe, known = own_shop.visit("sue"), own_shop.visit("abe"), own_shop.known
    addresses = [f"/invoices/advance?order={known.approved}", f"/invoices/portion?shipment={known.shipment_lamps}"]
    open_ones = f"/invoices/portion?customer={known.customer}"

    assert [sue.get(address).status_code for address in addresses] == [404, 404]
    assert [abe.get(address).status_code for address in addresses] == [200, 200]
    assert ["LAMP" in who.get(open_ones).text for who in (abe, sue)] == [True, False]


def test_steps_are_for_those_who_see_the_document(call: Call, own_shop: Shop) -> None:
    rights = [(right, kind) for right in ("process", "delete") for kind in ("Orders", "Shipments")
              if (right, kind) != ("delete", "Shipments")]  # fmt: skip
    only(own_shop, "una", *rights, ("view", "Every warehouse"))
    una, known = call("una"), own_shop.known
    before = checksums(own_shop.engine)

    answers = [una.post(f"orders/{known.active}/approve", AGREED), una.ask("DELETE", f"orders/{known.estimate}"),
               una.post("orders/approve", AGREED | {"ids": [known.active]}),
               una.post(f"shipments/{known.draft_shipment}/process?preview=true")]  # fmt: skip

    assert [answer.status_code for answer in answers] == [403] * 4
    assert checksums(own_shop.engine) == before


def test_nobody_gives_out_or_takes_over_more_than_they_may_do(own_shop: Shop) -> None:
    kinds = ("Users", "API keys", "Roles")
    only(own_shop, "una", *((right, kind) for right in ("view", "edit") for kind in kinds), ("view", "Products"))
    only(own_shop, "cat", ("view", "Every warehouse"))
    only(own_shop, "abe", ("view", "Products"))
    una, own = own_shop.visit("una"), "Made for una"
    person = {"username": "new", "first_name": "N", "last_name": "E", "email": "n@e.org", "active": "y"}
    new = person | {"email": "new@e.org", "password": PASSWORD}
    abe = person | {"username": "abe", "roles": ids(own_shop, "Made for abe")}
    main = {"warehouses": [str(own_shop.known.main)]}
    with own_shop.engine.begin() as connection:
        role = connection.scalar(text("SELECT id FROM ab_role WHERE name = :name"), {"name": own})
        pairs = list(connection.scalars(text("SELECT permission_view_id FROM ab_permission_view_role "
                                             "WHERE role_id = :role"), {"role": role}))  # fmt: skip
        more = connection.scalar(text(
            "SELECT pair.id FROM ab_permission_view pair JOIN ab_view_menu menu ON menu.id = pair.view_menu_id "
            "WHERE menu.name = 'Orders' ORDER BY pair.id LIMIT 1"
        ))  # fmt: skip
        users = {row.username: row.id for row in connection.execute(text("SELECT username, id FROM ab_user"))}
        connection.execute(text("INSERT INTO second_step VALUES (:ken, 'sealed', 0)"), {"ken": users["ken"]})

    def saved(page: str, form: dict[str, Any], who: Visitor = una) -> int:
        return who.post(page, hidden(who.get(page).text) | form).status_code

    def robot(*roles: str) -> dict[str, Any]:
        return {"name": "Robot", "roles": ids(own_shop, *roles)}

    boss = saved("/api-keys/new", robot("Administrator") | {"name": "Boss"}, own_shop.visit("ada"))
    before = checksums(own_shop.engine)
    refused = [saved("/api-keys/new", robot(role)) for role in ("Administrator", "Cashier")]
    refused += [saved("/users/new", new | {"roles": ids(own_shop, role)}) for role in ("Administrator", "Seller")]
    refused += [saved(f"/users/{users['abe']}/edit", abe | {"roles": ids(own_shop, "Made for abe", "Administrator")})]
    refused += [saved(f"/roles/{role}/edit", {"name": own, "permissions": [*map(str, pairs), str(more)]})]
    # Neither places that are not one's own, nor what two roles would do together.
    refused += [saved("/users/new", new | main | {"roles": ids(own_shop, own)})]
    refused += [saved("/users/new", new | {"roles": ids(own_shop, "Made for cat", own)})]
    mine = {"new_password": "mine to sign in with", "email": "mine@example.org"}
    taken = [saved(f"/users/{users[name]}/edit", person | mine | {"username": name}) for name in ("ada", "ken", "cat")]
    taken += [una.post(f"/users/{users['ken']}/reset-code").status_code, saved("/api-keys/1/edit", robot())]

    assert (boss, refused, taken) == (200, [422] * 8, [404] * 5)
    assert checksums(own_shop.engine) == before
    shown = [una.get(f"/users/{users[name]}").text for name in ("ken", "abe")]
    assert [f"/users/{users[name]}/edit" in page for name, page in zip(("ken", "abe"), shown, strict=True)] == [
        False, True,
    ]  # fmt: skip
    assert "reset-code" not in shown[0]
    assert saved(f"/users/{users['abe']}/edit", abe | mine) == 302
    assert saved("/users/new", new | {"roles": ids(own_shop, own)}) == 302
    assert saved("/api-keys/new", robot(own)) == 200
    assert saved(f"/roles/{role}/edit", {"name": own, "permissions": [*map(str, pairs)]}) == 302
    # What lets in less is everybody's who may end keys.
    assert una.post("/api-keys/1/revoke").status_code == 302
