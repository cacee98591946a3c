"""What somebody might try by a program: foreign rows, prices that are not theirs to see or to choose, endless work."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from app.web.api.resources import RESOURCES
from app.web.kit.rest.documents import DocumentApi
from tests.api.conftest import Call
from tests.api.test_orders import ORDER
from tests.traces import checksums
from tests.web.companies import Shop
from tests.web.many import unguarded
from tests.world import TODAY

KINDS = [api.resource_name for api in RESOURCES if issubclass(api, DocumentApi)]
LISTED = {name: value for name, value in ORDER.items() if name != "lines"} | {
    "lines": [{"product": "BOLT", "quantity": "2"}]
}
GIVE = """
INSERT INTO ab_user_role (id, user_id, role_id)
SELECT nextval('ab_user_role_id_seq'), ab_user.id, ab_role.id FROM ab_user, ab_role
WHERE ab_user.username = :user AND ab_role.name = :role
"""
TAKE = "DELETE FROM ab_user_role USING ab_user WHERE ab_user.id = user_id AND ab_user.username = :user"
MAKE = "INSERT INTO ab_role (id, name) VALUES (nextval('ab_role_id_seq'), :role)"
ALLOW = """
INSERT INTO ab_permission_view_role (id, permission_view_id, role_id)
SELECT nextval('ab_permission_view_role_id_seq'), pair.id, ab_role.id
FROM ab_permission_view pair JOIN ab_permission permission ON permission.id = pair.permission_id
JOIN ab_view_menu menu ON menu.id = pair.view_menu_id JOIN ab_role ON ab_role.name = :role
WHERE permission.name = :right AND menu.name = :resource
"""


def also(shop: Shop, user: str, role: str) -> None:
    """Gives somebody one role more."""
    with shop.engine.begin() as connection:
        assert connection.execute(text(GIVE), {"user": user, "role": role}).rowcount == 1


def only(shop: Shop, user: str, *pairs: tuple[str, str]) -> None:
    """Leaves somebody nothing but a role that was made for them."""
    role = f"Made for {user}"
    with shop.engine.begin() as connection:
        connection.execute(text(TAKE), {"user": user})
        connection.execute(text(MAKE), {"role": role})
        for right, resource in pairs:
            its = {"role": role, "right": f"can_{right}", "resource": resource}
            assert connection.execute(text(ALLOW), its).rowcount == 1, its
    also(shop, user, role)


@pytest.mark.parametrize("name", ["sue", "ken", "cat"])
def test_whoever_is_limited_to_places_lists_and_reads_every_kind_and_nothing_breaks(
    call: Call, own_shop: Shop, name: str
) -> None:
    caller, known = call(name), own_shop.known

    for kind in KINDS:
        for order in ("id", "number", "customer"):
            answer = caller.get(f"{kind}/?q=(order_column:{order})")
            assert answer.status_code in (200, 403, 422), (kind, order, answer.text)
        assert caller.get(f"{kind}/{known.asked_of_north}").status_code in (200, 403, 404), kind
    sees = {"ken": (200, 404), "sue": (200, 200), "cat": (403, 403)}[name]
    its = known.asked_of_north, known.sent_south
    assert tuple(caller.get(f"internal-orders/{pk}").status_code for pk in its) == sees


@pytest.mark.parametrize("role", ["Storekeeper", "Made here"])
def test_the_prices_of_one_role_do_not_open_the_lines_that_another_shows(call: Call, own_shop: Shop, role: str) -> None:
    if role == "Made here":
        only(own_shop, "cat", ("view", "Shipments"), ("view", "Every warehouse"))
        also(own_shop, "cat", "Cashier")
    else:
        also(own_shop, "cat", role)

    told = call("cat").get(f"shipments/{own_shop.known.shipment}").json

    assert told["gross"] == "48.00"
    assert not {"net", "gross", "vat", "unit_price", "discount"} & told["lines"][0].keys()
    assert "net" in call("sue").get(f"shipments/{own_shop.known.shipment}").json["lines"][0]


def test_whoever_may_not_type_prices_names_no_price_list_either_and_keeps_that_of_the_order(
    call: Call, own_shop: Shop
) -> None:
    ada, sue = call("ada"), call("sue")
    assert ada.post("price-lists/", {"code": "CHEAP", "name": "Cheap", "currency": "EUR"}).status_code == 201
    row = {"price_list": "CHEAP", "product": "BOLT", "price": "0.01"}
    assert ada.post("price-lists/rows/", row).status_code == 201
    cheap = LISTED | {"price_list": "CHEAP"}

    refused = sue.post("orders/", cheap)
    made = ada.post("orders/", cheap).json["id"]
    anew = sue.ask("PUT", f"orders/{made}", LISTED | {"version": 1})

    assert (refused.status_code, list(refused.json["error"]["facts"]["fields"])) == (422, ["price_list"])
    assert sue.ask("PUT", f"orders/{made}", cheap | {"version": 2}).status_code == 422
    assert (anew.status_code, anew.json["gross"]) == (200, "0.02"), anew.text


def test_what_pays_what_is_told_to_those_who_see_prices(call: Call, own_shop: Shop) -> None:
    known = own_shop.known
    kinds = ("Invoices", "Cash orders", "Bank documents", "Every warehouse")
    only(own_shop, "una", ("view", "Settlement"), ("process", "Settlement"), *(("view", kind) for kind in kinds))
    una, body = call("una"), {"payment": known.cash, "allocations": [{"invoice": known.invoice, "amount": "9999"}]}
    visitor = own_shop.visit("una")

    assert una.get(f"allocations/?document={known.invoice}").status_code == 403
    assert una.post("allocations/?preview=true", body).status_code == 403
    line = {"allocations": body["allocations"]}
    assert una.post(f"bank-statement-lines/{known.draft_bank}/settle", line).status_code == 403
    assert visitor.get(f"/settlement/{known.cash}").status_code == 403
    for page in (f"/invoices/{known.invoice}", f"/cash-orders/{known.cash}"):
        assert "20.00" not in visitor.get(page).text
    assert "20.00" in own_shop.visit("abe").get(f"/cash-orders/{known.cash}").text


def test_a_draft_of_another_warehouse_is_seen_and_not_written_anew(call: Call, own_shop: Shop) -> None:
    draft = own_shop.known.draft_invoice
    only(own_shop, "sue", ("edit", "Invoices"))
    also(own_shop, "sue", "Auditor")
    sue, body = own_shop.visit("sue"), {"version": 1, "shipments": [own_shop.known.shipment_north]}

    page = sue.get(f"/invoices/{draft}")
    anew = sue.get(f"/invoices/{draft}/edit")

    assert f"/invoices/{draft}/edit" in own_shop.visit("abe").get(f"/invoices/{draft}").text
    assert (page.status_code, f"/invoices/{draft}/edit" in page.text) == (200, False)
    assert (anew.status_code, anew.location) == (302, f"/invoices/{draft}")
    assert sue.post(f"/invoices/{draft}/edit", {"version": "1"}).status_code == 302
    assert call("sue").ask("PUT", f"invoices/{draft}/from-shipments", body).status_code == 409


def test_drafts_are_made_of_what_is_seen_only_where_they_will_be_ones_own_to_write(call: Call, own_shop: Shop) -> None:
    also(own_shop, "ken", "Auditor")
    ken, known, visitor = call("ken"), own_shop.known, own_shop.visit("ken")
    there, here = known.shipment_lamps, known.shipment_north
    before = checksums(own_shop.engine)

    one = ken.post(f"shipments/{there}/return")
    many = ken.post("shipments/return", {"ids": [there]}).json["results"][0]
    drafted = ken.post("returns/from-shipment", {"shipment": there})
    page, pressed = visitor.get(f"/shipments/{there}"), visitor.post(f"/shipments/{there}/return")
    bulk = visitor.post("/shipments/bulk/return", {"rowid": str(there)})

    assert (one.status_code, many["status"], many["error"]["code"]) == (403, "refused", "forbidden")
    assert (drafted.status_code, drafted.json["error"]["code"]) == (409, "not_ones_own")
    assert (page.status_code, f"/shipments/{there}/return" in page.text) == (200, False)
    assert (pressed.status_code, "for this place" in bulk.text) == (409, True)
    assert checksums(own_shop.engine) == before
    assert ken.post("returns/from-shipment", {"shipment": here}).status_code == 201


def test_who_may_write_only_where_they_are_writes_nothing_that_is_of_no_place(call: Call, own_shop: Shop) -> None:
    only(own_shop, "sue", ("edit", "Invoices"), ("edit", "Credit notes"))
    also(own_shop, "sue", "Auditor")
    sue, known, visitor = call("sue"), own_shop.known, own_shop.visit("sue")
    line = {"product": "CARE", "unit_price": "1"}
    before = checksums(own_shop.engine)

    by_hand = sue.post("invoices/", {"customer": "C001", "lines": [line]})
    ahead = sue.post("invoices/from-order", {"order": known.approved})
    credit = sue.post(f"invoices/{known.invoice}/credit", {"reason": "dented"})
    off = sue.post("credit-notes/from-invoice", {"invoice": known.invoice})
    typed = {"customer": str(known.customer), "product_0": str(known.care), "price_0": "1"}
    screen = visitor.post("/invoices/new", typed)

    assert [answer.status_code for answer in (by_hand, ahead, credit, off, screen)] == [409, 409, 403, 409, 422]
    assert checksums(own_shop.engine) == before


def test_a_document_is_corrected_where_its_new_draft_is_ones_own_to_write(call: Call, own_shop: Shop) -> None:
    known, body = own_shop.known, {"reason": "wrong"}
    only(own_shop, "ken", ("cancel", "Receipts"), ("view", "Receipts"), ("view", "Every warehouse"))
    also(own_shop, "ken", "Storekeeper")
    ken = call("ken")

    refused = ken.post(f"receipts/{known.receipt}/correct?preview=true", body)

    assert (refused.status_code, refused.json["error"]["message"][:7]) == (403, "You may")
    assert ken.post(f"receipts/{known.receipt}/cancel?preview=true", body).status_code != 403
    assert ken.post(f"receipts/{known.receipt_north}/correct?preview=true", body).status_code != 403


def test_whoever_settles_for_their_own_desk_settles_nothing_else_that_they_see(call: Call, own_shop: Shop) -> None:
    ada, cat, known = call("ada"), call("cat"), own_shop.known
    ada.post(f"cash-orders/{known.draft_cash_south}/process")
    ada.post(f"bank-statement-lines/{known.draft_bank}/process")
    part, elsewhere = [{"invoice": known.invoice, "amount": "1"}], (known.draft_cash_south, known.draft_bank)
    acts = [ada.post("allocations/", {"payment": pk, "allocations": part}).json["allocations"][0]["id"]
            for pk in elsewhere]  # fmt: skip
    told = cat.get(f"allocations/?document={known.invoice}").json["result"]
    assert {act["payment"]["id"] for act in told} == {known.cash}
    also(own_shop, "cat", "Auditor")
    visitor, before, why = own_shop.visit("cat"), checksums(own_shop.engine), {"reason": "mine now"}

    for pk, act, kind in zip(elsewhere, acts, ("cash-orders", "bank-lines"), strict=True):
        page = visitor.get(f"/{kind}/{pk}").text
        assert ("/settlement/" in page, "Pays</h2>" in page) == (False, True)
        assert visitor.get(f"/settlement/{pk}").status_code == 404
        assert visitor.post(f"/settlement/acts/{act}/release", why | {"on": "2026-03-05"}).status_code == 404
        assert cat.post("allocations/", {"payment": pk, "allocations": part}).status_code == 422
        assert cat.post(f"allocations/{act}/release", why).status_code == 404
    line = f"bank-statement-lines/{known.draft_bank}"
    assert cat.post(f"{line}/settle", {"allocations": part}).status_code == 404
    assert cat.post(f"{line}/unsettle", why).status_code == 404
    assert checksums(own_shop.engine) == before
    released = re.findall(r"/settlement/acts/(\d+)/release", visitor.get(f"/invoices/{known.invoice}").text)
    assert released == [str(told[0]["id"])]


def test_what_a_step_would_do_is_told_of_documents_that_one_sees(call: Call, own_shop: Shop) -> None:
    ada, ken, cat, known = call("ada"), call("ken"), call("cat"), own_shop.known
    owed = {"opening_balance": known.balance, "amount": "4"}
    body = {"kind": "income", "cash_desk": "MAIN", "customer": "C001", "amount": "4", "allocations": [owed]}
    paying = f"cash-orders/{ada.post('cash-orders/', body).json['id']}/process?preview=true"
    leaving = f"shipments/{known.draft_shipment_north}/process"
    number = ada.get(f"orders/{known.approved_north}").json["number"]

    states = [{row["kind"] for row in one.post(f"{leaving}?preview=true").json["preview"]["states"]}
              for one in (ada, ken)]  # fmt: skip
    paid = [{row["kind"] for row in one.post(paying).json["preview"]["paid"]} for one in (ada, cat)]
    pages = [own_shop.visit(one).get(f"/{leaving}").text.split("What will happen</h2>")[1] for one in ("ada", "ken")]

    assert states == [{"sales_order", "shipment"}, {"shipment"}]
    assert paid == [{"opening_balance"}, set()]
    assert [number in page.split("</ul>")[0] for page in pages] == [True, False]


@pytest.mark.parametrize(
    "body",
    [
        {"lines": [{}] * 2_001},
        {"lines": [{"a": [1] * 15}] * 2_000},
        {f"a{i}": 1 for i in range(201)},
        {"ids": [-1] * 150_000},
        {"note": "x" * 3_000_000},
    ],
    ids=["lines", "in all", "names", "ids", "long"],
)
def test_more_than_anything_needs_is_refused_before_it_is_looked_at(call: Call, body: Any) -> None:
    ada = call("ada")

    answer = ada.client.post("/api/v1/orders/", data=json.dumps(body), headers=ada.headers,
                             content_type="application/json")  # fmt: skip

    assert (answer.status_code, answer.json["error"]["code"]) == (413, "too_large")
    assert len(answer.text) < 500


def test_a_storekeeper_learns_no_cost_from_a_refusal(call: Call, own_shop: Shop) -> None:
    ken, early = call("ken"), str(TODAY - timedelta(days=400))
    lost = {"warehouse": "NORTH", "reason": "lost", "lines": [{"product": "NUT", "quantity": "7"}]}
    made = ken.post("write-offs/", lost).json["id"]

    refused = [ken.post(f"write-offs/{made}/process{query}", {"date": early}) for query in ("", "?preview=true")]

    for answer in refused:
        told = answer.json["error"]
        assert (answer.status_code, told["code"], told["facts"]["quantity"]) == (409, "back_dated_stock", "-7")
        assert "worth" not in told["message"]
        assert "value" not in told["facts"]


@pytest.mark.parametrize("quantity", ["1000000", "10000000", "10000100", "20000000000", "999999999999"])
def test_a_storekeeper_learns_no_cost_by_trying_quantities(call: Call, own_shop: Shop, quantity: str) -> None:
    ken, worlds = call("ken"), []
    receipt = {"warehouse": "NORTH", "lines": [{"product": "NUT", "quantity": quantity}]}
    sheet = ken.post("stock-counts/", {"warehouse": "NORTH"}).json["id"]
    line = next(its["id"] for its in ken.get(f"stock-counts/{sheet}").json["lines"] if its["product"] == "NUT")

    for version, cost in enumerate(("0.01", "99999"), 1):
        with own_shop.engine.begin() as connection:
            unguarded(connection)
            connection.execute(text("UPDATE product SET planned_cost = :cost"), {"cost": cost})
            connection.execute(text("UPDATE stock_balance SET value = on_hand * :cost"), {"cost": cost})
        made = ken.post("receipts/", receipt)
        told = [made.status_code]
        ken.ask("PUT", f"stock-counts/{sheet}", {"version": version, "lines": [{"line": line, "counted": quantity}]})
        for address in (f"receipts/{made.json['id']}", f"stock-counts/{sheet}"):
            answer = ken.post(f"{address}/process?preview=true")
            told += [answer.status_code, answer.json.get("error")]
        worlds.append(told)

    assert worlds[0] == worlds[1]
    assert worlds[0][1::2] == ([200, 200] if int(quantity) <= 10**7 else [422, 422])


def test_a_role_made_here_without_prices_meets_none_where_it_writes_credits_and_proves(
    call: Call, own_shop: Shop
) -> None:
    known, kinds = own_shop.known, ("Orders", "Invoices", "Credit notes", "Manual entries", "Ledger")
    only(own_shop, "una", ("view", "Every warehouse"), *((right, kind) for kind in kinds for right in ("view", "edit")))
    with own_shop.engine.begin() as connection:
        unguarded(connection)
        connection.execute(text("UPDATE price_list_row SET price = 31.97"))
        connection.execute(text("UPDATE account_day SET debit = debit + 31.97"))
    una, visitor = call("una"), own_shop.visit("una")

    told = [visitor.get(address).text for address in (
        f"/orders/{known.active}/reprice", f"/invoices/{known.invoice}/credit_part", "/manual-entries/",
        "/manual-entries/?format=csv", f"/manual-entries/{known.draft_manual}", "/proofs/?run=1",
    )]  # fmt: skip
    told += [una.get(f"{address}").text for address in (
        "manual-entries/", f"manual-entries/{known.draft_manual}", "ledger/check",
    )]  # fmt: skip

    assert [text for text in told if any(amount in text for amount in ("31.97", "40.00", "700.00"))] == []
    assert una.get("manual-entries/?q=(filters:!((col:amount,opr:ge,value:'1')))").status_code == 422
    assert any(not check["ok"] for check in una.get("ledger/check").json["checks"])
    ada = own_shop.visit("ada")
    assert "31.97" in ada.get(f"/orders/{known.active}/reprice").text
    assert "40.00" in ada.get(f"/invoices/{known.invoice}/credit_part").text
    assert "700.00" in ada.get("/manual-entries/").text
    assert any(check["offenders"] for check in call("ada").get("ledger/check").json["checks"])
