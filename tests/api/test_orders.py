"""Orders over the API: written, read, listed, changed, and taken through their steps."""

from typing import Any

from flask_appbuilder.security.sqla.models import PermissionView, Role, ViewMenu
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.web.people import Person
from app.web.user_commands import new_user
from tests.api.conftest import Call
from tests.web.companies import Shop
from tests.web.shop import PASSWORD

ORDER: dict[str, Any] = {
    "channel": "phone", "customer": "C001", "warehouse": "MAIN", "date": "2026-03-05",
    "lines": [{"product": "BOLT", "quantity": "2"},
              {"product": "CARE", "quantity": "1", "unit_price": "9.90", "discount": "5.00"}],
}  # fmt: skip

# Resources, of which whoever reads orders and nothing else has every right.
SEEN = ("Orders", "Every warehouse")


def test_an_order_is_written_as_an_estimate_and_read_back_with_prices_and_why(call: Call) -> None:
    ada = call("ada")

    answer = ada.post("orders/", ORDER)

    assert answer.json.get("state") == "estimate", answer.json
    assert answer.status_code == 201
    order = ada.get(f"orders/{answer.json['id']}").json
    assert (order["customer"], order["warehouse"], order["date"]) == ("C001", "MAIN", "2026-03-05")
    assert [line["unit_price"] for line in order["lines"]] == ["10", "9.9"]
    assert [line["net"] for line in order["lines"]] == ["20.00", "9.41"]
    assert order["lines"][1]["price_source"] == "manual"
    assert order["lines"][0]["explanation"]
    assert order["version"] == 1
    assert "approve" in order["actions"]


def test_whose_a_draft_is_stays_unless_it_is_said_anew(call: Call, own_shop: Shop) -> None:
    ada = call("ada")
    pk = ada.post("orders/", ORDER | {"responsible": "sue"}).json["id"]
    whose = text(
        "SELECT username FROM ab_user JOIN sales_order ON actor_id = responsible_id WHERE sales_order.id = :id"
    )

    def responsible() -> str:
        with own_shop.engine.connect() as connection:
            return str(connection.execute(whose, {"id": pk}).scalar_one())

    ada.ask("PUT", f"orders/{pk}", ORDER | {"version": 1})
    kept = responsible()
    ada.ask("PUT", f"orders/{pk}", ORDER | {"version": 2, "responsible": "max"})

    assert (kept, responsible()) == ("sue", "max")


def test_a_tax_regime_is_chosen_else_it_is_the_customers(call: Call) -> None:
    ada = call("ada")

    abroad = ada.post("orders/", ORDER | {"tax_regime": "export"}).json["id"]
    usual = ada.post("orders/", ORDER).json["id"]

    assert [ada.get(f"orders/{pk}").json["tax_regime"] for pk in (abroad, usual)] == ["export", "domestic"]
    assert ada.post("orders/", ORDER | {"tax_regime": "abroad"}).status_code == 422


def test_an_active_order_may_be_asked_for(call: Call) -> None:
    assert call("ada").post("orders/", ORDER | {"state": "active"}).json["state"] == "active"


def test_the_same_key_and_body_give_the_first_answer_again_and_another_body_is_refused(call: Call) -> None:
    ada = call("ada")

    first = ada.post("orders/", ORDER, Idempotency_Key="17")
    again = ada.post("orders/", ORDER, Idempotency_Key="17")
    other = ada.post("orders/", ORDER | {"note": "another"}, Idempotency_Key="17")
    somebody_elses = call("max").post("orders/", ORDER, Idempotency_Key="17")

    assert (again.status_code, again.json) == (201, first.json)
    assert (other.status_code, other.json["error"]["code"]) == (422, "key_reused")
    sentence = "This Idempotency-Key was sent with another request: send a new one."
    assert (other.json["error"]["message"], other.json["error"]["facts"]) == (sentence, {})
    assert somebody_elses.json["id"] != first.json["id"]


def test_a_draft_is_written_anew_only_at_the_version_that_was_read(call: Call) -> None:
    ada = call("ada")
    pk = ada.post("orders/", ORDER).json["id"]

    changed = ada.ask("PUT", f"orders/{pk}", ORDER | {"version": 1, "lines": [{"product": "BOLT", "quantity": "3"}]})
    stale = ada.ask("PUT", f"orders/{pk}", ORDER | {"version": 1})

    assert (changed.status_code, changed.json["version"]) == (200, 2)
    assert [line["quantity"] for line in changed.json["lines"]] == ["3"]
    assert (stale.status_code, stale.json["error"]["code"]) == (409, "stale")


def test_an_order_goes_from_estimate_to_performed_and_the_second_call_finds_it_done(call: Call) -> None:
    ada = call("ada")
    pk = ada.post("orders/", ORDER | {"date": "2026-01-10"}).json["id"]
    agreed = {"agreed_by": "Ms Stone", "how": "phone"}

    told = ada.post(f"orders/{pk}/process?preview=true", agreed).json
    done = ada.post(f"orders/{pk}/process", agreed)
    again = ada.post(f"orders/{pk}/process", agreed)

    assert told["status"] == "previewed"
    assert told["preview"]["stock"][0]["on_hand"]["before"] != told["preview"]["stock"][0]["on_hand"]["after"]
    assert (done.status_code, done.json["status"]) == (200, "done")
    assert ada.get(f"orders/{pk}").json["state"] == "performed"
    assert again.json["status"] == "already_done"
    assert again.json["by"] == "Ada Example"


def test_a_batch_tells_what_became_of_each(call: Call, own_shop: Shop) -> None:
    ada, known = call("ada"), own_shop.known
    ids = [known.estimate, known.performed, 2**40]

    answer = ada.post("orders/activate", {"ids": ids})

    assert answer.status_code == 200
    assert [row["status"] for row in answer.json["results"]] == ["done", "refused", "refused"]
    assert [row.get("error", {}).get("code") for row in answer.json["results"]] == [None, "wrong_state", "not_found"]


def test_a_keyed_action_gives_its_first_answer_again(call: Call, own_shop: Shop) -> None:
    ada, pk = call("ada"), own_shop.known.estimate

    first = ada.post(f"orders/{pk}/activate", Idempotency_Key="a")
    again = ada.post(f"orders/{pk}/activate", Idempotency_Key="a")
    without = ada.post(f"orders/{pk}/activate")

    assert first.json["status"] == again.json["status"] == "done"
    assert without.json["status"] == "already_done"


def test_what_stands_in_the_way_is_a_conflict_with_its_sentence(call: Call, own_shop: Shop) -> None:
    answer = call("ada").post(f"orders/{own_shop.known.performed}/cancel", {"reason": "no"})

    assert answer.status_code == 409
    assert answer.json["error"]["code"] == "wrong_state"
    assert "performed" in answer.json["error"]["message"]


def test_lists_are_narrowed_ordered_and_turned_by_the_last_row(call: Call) -> None:
    ada = call("ada")

    first = ada.get("orders/?q=(order_column:number,order_direction:asc,page_size:2)").json
    second = ada.get(f"orders/?q=(order_column:number,order_direction:asc,page_size:2)&after={first['next']}").json
    paged = ada.get("orders/?q=(order_column:number,order_direction:asc,page_size:2,page:1)").json
    active = ada.get("orders/?q=(filters:!((col:state,opr:eq,value:active),(col:warehouse,value:NORTH)))").json

    numbers = [row["number"] for row in first["result"] + second["result"]]
    assert numbers == sorted(set(numbers))
    assert len(numbers) == 4
    assert paged["result"] == second["result"]
    assert [(row["state"], row["warehouse"]) for row in active["result"]] == [("active", "NORTH")]
    assert active["count"] == 1


def test_what_is_out_of_scope_is_not_there(call: Call, own_shop: Shop) -> None:
    sue, known = call("sue"), own_shop.known

    assert sue.get(f"orders/{known.approved_north}").status_code == 404
    assert sue.post(f"orders/{known.approved_north}/reopen", {"reason": "x"}).status_code == 404
    assert known.approved_north not in [row["id"] for row in sue.get("orders/").json["result"]]
    assert sue.post("orders/", ORDER | {"warehouse": "NORTH"}).status_code == 422
    assert sue.post("orders/", ORDER).json["error"]["facts"]["fields"].keys() == {
        "lines.1.unit_price", "lines.1.discount"
    }  # fmt: skip


def test_a_storekeeper_ships_over_the_api_and_meets_no_price(call: Call, own_shop: Shop) -> None:
    ken, known = call("ken"), own_shop.known

    shipment = ken.get(f"shipments/{known.draft_shipment_north}").json
    line = shipment["lines"][0]
    done = ken.post(f"shipments/{known.draft_shipment_north}/process",
                    {"lines": [{"line": line["id"], "quantity": "3"}], "rest": "back_order"})  # fmt: skip

    assert not {"net", "vat", "gross", "payment_status"} & shipment.keys()
    assert line.keys() == {"id", "order_line", "product", "product_id", "name", "unit", "quantity", "returned"}
    assert done.json["status"] == "done"
    assert ken.get("orders/").status_code == 403


def test_the_first_seller_who_takes_a_new_order_has_it(call: Call, own_shop: Shop) -> None:
    pk = own_shop.known.active
    sue, max_ = call("sue"), call("max")

    taken, late, again = (who.post(f"orders/{pk}/take") for who in (sue, max_, sue))

    assert (taken.json["status"], again.json["status"]) == ("done", "already_done")
    assert (late.status_code, late.json["error"]["code"]) == (409, "taken")
    order = max_.get(f"orders/{pk}").json
    assert (order["responsible"], order["responsible_name"]) == ("sue", "Sue Example")
    assert "Sue Example" in own_shop.visit("max").get(f"/orders/{pk}").text


def test_whoever_sees_every_warehouse_by_another_role_writes_only_for_their_own(call: Call, own_shop: Shop) -> None:
    with own_shop.app.app_context(), Session(own_shop.engine, autoflush=False) as session:
        new_user(
            session, "two", password=PASSWORD, role_names=["Seller", "Auditor"], name="Two Roles",
            email="two@example.org", warehouses=("MAIN",), cash_desks=(),
        )  # fmt: skip
        session.commit()
    two = call("two")
    plain = ORDER | {"lines": ORDER["lines"][:1]}

    assert two.get(f"orders/{own_shop.known.approved_north}").status_code == 200
    assert two.post("orders/", plain).status_code == 201
    refused = two.post("orders/", plain | {"warehouse": "NORTH"})
    assert (refused.status_code, list(refused.json["error"]["facts"]["fields"])) == (422, ["warehouse"])


def test_a_seller_does_not_take_shipping_away_from_a_storekeeper(call: Call, own_shop: Shop) -> None:
    with own_shop.app.app_context(), Session(own_shop.engine, autoflush=False) as session:
        new_user(
            session, "sal", password=PASSWORD, role_names=["Seller"], name="Sal Example", email="sal@example.org",
            warehouses=("MAIN", "NORTH"), cash_desks=(),
        )  # fmt: skip
        session.commit()
    sal, max_, bolts = call("sal"), call("max"), {"product": "BOLT", "quantity": "2"}
    main, theirs = (ORDER | {"lines": [bolts], "warehouse": code} for code in ("MAIN", "NORTH"))
    sells = {"way": "manager_seller"}

    refused = [
        sal.post("orders/", order | sells) for order in (theirs, main | {"lines": [bolts | {"warehouse": "NORTH"}]})
    ]
    pk = sal.post("orders/", theirs).json["id"]
    refused.append(sal.ask("PUT", f"orders/{pk}", theirs | sells | {"version": 1}))
    assert [(answer.status_code, answer.json["error"]["code"]) for answer in refused] == [(409, "not_ones_way")] * 3

    allowed = [who.ask("PUT", f"orders/{pk}", theirs | sells | {"version": version})
               for who, version in ((max_, 1), (sal, 2))]  # fmt: skip
    allowed.append(sal.post("orders/", main | sells))
    assert [answer.status_code for answer in allowed] == [200, 200, 201]


def test_approving_says_by_when_each_line_is_promised_on_pages_too(call: Call, own_shop: Shop) -> None:
    ada, known, agreed = call("ada"), own_shop.known, {"agreed_by": "Ann", "how": "phone"}
    lines = [line["id"] for line in ada.get(f"orders/{known.estimate}").json["lines"]]
    visitor, page = own_shop.visit("ada"), f"/orders/{known.active}/approve"
    [own] = [line["id"] for line in ada.get(f"orders/{known.active}").json["lines"]]
    told = [{"line": lines[0], "promised_on": "2026-04-07"}, {"line": lines[1], "promised_on": None}]

    wrong = ada.post(
        f"orders/{known.estimate}/approve", agreed | {"lines": [{"line": own, "promised_on": "2026-04-07"}]}
    )
    done = ada.post(f"orders/{known.estimate}/approve", agreed | {"lines": told})
    asked = visitor.get(page).text
    typed = {"agreed_by": "Ann", "agreed_how": "phone", f"promised_on_{own}": "soon"}
    refused = visitor.post(page, typed)
    pressed = visitor.post(page, typed | {f"promised_on_{own}": "2026-04-09"})

    assert (wrong.status_code, wrong.json["error"]["code"], done.status_code) == (422, "foreign_line", 200)
    assert [line["promised_on"] for line in ada.get(f"orders/{known.estimate}").json["lines"]] == ["2026-04-07", None]
    assert f'name="promised_on_{own}"' in asked
    assert (refused.status_code, "This is not a date." in refused.text, pressed.status_code) == (409, True, 302)
    assert ada.get(f"orders/{known.active}").json["lines"][0]["promised_on"] == "2026-04-09"


def test_an_order_tells_its_shipments_and_invoices_to_those_who_may_see_them(call: Call, own_shop: Shop) -> None:
    ada, known = call("ada"), own_shop.known
    with Session(own_shop.engine) as session:
        pairs = select(PermissionView).where(PermissionView.view_menu.has(ViewMenu.name.in_(SEEN)))
        ken = session.scalars(select(Person).where(Person.username == "ken")).one()
        role = Role(name="Orders only")
        session.add(role)
        role.permissions, ken.roles = list(session.scalars(pairs)), [role]
        session.commit()
    ahead = ada.post("invoices/from-order", {"order": known.approved}).json["id"]

    told = {pk: ada.get(f"orders/{pk}").json for pk in (known.estimate, known.approved, known.performed)}
    nothing = call("ken").get(f"orders/{known.performed}").json

    parts = {pk: ([(it["id"], it["state"]) for it in order["shipments"]],
                  [(it["id"], it["state"]) for it in order["invoices"]]) for pk, order in told.items()}  # fmt: skip
    assert parts == {
        known.estimate: ([], []),
        known.approved: ([(known.draft_shipment, "draft")], [(ahead, "draft")]),
        known.performed: ([(known.shipment, "processed")], [(known.invoice, "issued")]),
    }
    assert [it["number"] for it in told[known.performed]["shipments"]] == [
        ada.get(f"shipments/{known.shipment}").json["number"]
    ]  # fmt: skip
    assert told[known.approved]["invoices"][0]["number"] is None
    assert (nothing["shipments"], nothing["invoices"]) == ([], [])
