"""Documents on their pages: steps that state and right allow, previews that leave no trace, a result for each."""

import re

import pytest
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from app.domain.kernel.rows import read
from app.web.kit.asks import answers
from tests.traces import checksums
from tests.web.companies import Shop
from tests.web.shop import Visitor, as_person, hidden
from tests.world import TODAY

AGREED = {"agreed_by": "Mr Client", "agreed_how": "phone", "on": str(TODAY)}


def buttons(visitor: Visitor, address: str) -> set[str]:
    """The steps that a page offers."""
    return set(re.findall(rf'href="{address}/(\w+)"', visitor.get(address).text))


def state(shop: Shop, table: str, document: str) -> str:
    with Session(shop.engine) as session:
        sql = f"SELECT state FROM {table} WHERE id = %(id)s"
        return str(read(session, sql, id=shop.known.ids[document])[0].state)


@pytest.mark.parametrize(
    ("person", "kind", "document", "offered"),
    [
        ("ada", "orders", "estimate", {"edit", "process", "approve", "activate", "reprice", "cancel", "delete"}),
        ("ada", "orders", "active", {"edit", "process", "approve", "reprice", "cancel", "take"}),
        ("ada", "orders", "active_north", {"edit", "approve", "reprice", "cancel", "take"}),
        ("ada", "orders", "approved", {"process", "reopen", "cancel"}),
        ("ada", "orders", "performed", {"undo"}),
        ("sue", "orders", "performed", set()),
        ("una", "orders", "active", set()),
        ("ada", "shipments", "draft_shipment", {"fill", "process"}),
        ("ada", "shipments", "shipment", {"return", "cancel", "undo"}),
        ("ada", "shipments", "shipment_lamps", {"invoice", "return", "cancel", "undo"}),
        ("sue", "shipments", "draft_shipment", {"fill", "process"}),
        ("sue", "shipments", "draft_shipment_north", set()),
        ("ken", "shipments", "draft_shipment_north", {"fill", "process"}),
        ("ken", "shipments", "shipment_north", {"return"}),
        ("ada", "receipts", "receipt_draft", {"edit", "process", "delete"}),
        ("ada", "receipts", "receipt", {"cancel", "correct"}),
        ("ada", "returns", "draft_return", {"edit", "process", "delete"}),
        ("ada", "returns", "return", {"cancel", "correct"}),
        ("sue", "returns", "draft_return", {"edit", "delete"}),
        ("una", "returns", "return", set()),
        ("ada", "credit-notes", "draft_credit", {"edit", "issue", "delete"}),
        ("sue", "credit-notes", "draft_credit", {"edit", "delete"}),
        ("ada", "invoices", "draft_invoice", {"edit", "issue", "delete"}),
        ("sue", "invoices", "draft_invoice", {"edit", "delete"}),
        ("ada", "invoices", "invoice", {"reschedule", "credit", "credit_part", "undo"}),
        ("cat", "cash-orders", "draft_cash", {"edit", "process", "delete"}),
        ("cat", "cash-orders", "cash", {"cancel", "correct"}),
        ("max", "cash-orders", "draft_cash", set()),
        ("abe", "bank-lines", "draft_bank", {"edit", "process", "delete"}),
        ("abe", "bank-statements", "draft_statement", {"edit", "process", "delete"}),
        ("max", "bank-statements", "draft_statement", set()),
        ("abe", "adjustments", "draft_adjustment", {"edit", "process", "delete"}),
        ("max", "bank-lines", "draft_bank", set()),
        ("abe", "manual-entries", "draft_manual", {"edit", "process", "delete"}),
        ("abe", "opening-balances", "draft_balance", {"edit", "process", "delete"}),
        ("abe", "opening-balances", "balance", {"cancel", "correct"}),
        ("max", "opening-balances", "balance", set()),
        ("una", "manual-entries", "draft_manual", set()),
    ],
)
def test_a_page_offers_what_state_and_right_allow(
    shop: Shop, person: str, kind: str, document: str, offered: set[str]
) -> None:
    assert buttons(shop.visit(person), f"/{kind}/{shop.known.ids[document]}") == offered


def test_a_preview_tells_stock_entries_and_states_and_leaves_no_trace(own_shop: Shop) -> None:
    visitor = own_shop.visit("ada")
    before = checksums(own_shop.engine)

    page = visitor.get(f"/shipments/{own_shop.known.draft_shipment}/process").text

    assert re.search(r"96<span class=\"arrow\">→</span><strong>91</strong>", page)
    assert "shipment processed" in page
    assert "20.00" in page
    assert checksums(own_shop.engine) == before


def test_a_preview_of_what_is_refused_says_why(shop: Shop) -> None:
    known = shop.known

    page = shop.visit("ada").get(f"/shipments/{known.shipment}/cancel?reason=x&on={TODAY}").text

    assert "nvoice" in page
    assert 'role="alert"' in page


def test_a_step_is_done_and_told_on_the_page(own_shop: Shop) -> None:
    visitor, order = own_shop.visit("sue"), f"/orders/{own_shop.known.active}"

    answer = visitor.post(f"{order}/process", AGREED)

    assert answer.location == order
    page = visitor.get(order).text
    assert "Process: done." in page
    assert "performed" in page
    with Session(own_shop.engine) as session:
        sql = """SELECT actor.name FROM document_history history JOIN actor ON actor.id = history.actor_id
                 WHERE document_id = %(id)s ORDER BY history.id DESC LIMIT 1"""
        assert read(session, sql, id=own_shop.known.active)[0].name == "Sue Example"


def test_the_second_click_finds_it_done(own_shop: Shop) -> None:
    visitor, order = own_shop.visit("sue"), f"/orders/{own_shop.known.active}"
    visitor.post(f"{order}/process", AGREED)
    before = checksums(own_shop.engine)

    visitor.post(f"{order}/process", AGREED)

    assert "this was done before, by Sue Example" in visitor.get(order).text
    assert checksums(own_shop.engine) == before


def test_a_refusal_keeps_what_was_typed_and_stores_nothing(own_shop: Shop) -> None:
    visitor = own_shop.visit("ada")
    before = checksums(own_shop.engine)

    future = visitor.post(f"/orders/{own_shop.known.active}/approve", AGREED | {"on": "2999-01-01"})

    assert future.status_code == 409
    assert "is in the future" in future.text
    assert 'value="Mr Client"' in future.text
    assert checksums(own_shop.engine) == before


@pytest.mark.parametrize(
    ("answer", "said"),
    [({"on": "soon"}, "This is not a date."), ({"agreed_by": ""}, "This is needed."),
     ({"agreed_how": "telepathy"}, "This is not one of the choices."), ({"agreed_by": "x" * 600}, "This is too long.")],
)  # fmt: skip
def test_an_unusable_answer_is_told_at_its_question(own_shop: Shop, answer: dict[str, str], said: str) -> None:
    page = own_shop.visit("ada").post(f"/orders/{own_shop.known.active}/approve", AGREED | answer)

    assert page.status_code == 409
    assert said in page.text
    assert state(own_shop, "sales_order", "active") == "active"


def test_a_shipment_may_leave_in_part_and_the_rest_stays(own_shop: Shop) -> None:
    visitor, shipment = own_shop.visit("ada"), own_shop.known.draft_shipment
    page = visitor.get(f"/shipments/{shipment}/process").text
    fields = re.findall(r'name="(quantity_\d+)"', page)

    answer = visitor.post(f"/shipments/{shipment}/process", {fields[0]: "2", fields[1]: "1", "rest": "back_order"})

    assert answer.status_code == 302
    with Session(own_shop.engine) as session:
        sql = """SELECT line.quantity FROM shipment JOIN shipment_line line ON line.shipment_id = shipment.id
                 WHERE order_id = %(id)s AND state = 'draft'"""
        assert [row.quantity for row in read(session, sql, id=own_shop.known.approved)] == [3]


def test_pieces_that_left_are_taken_back_into_a_draft_return(own_shop: Shop) -> None:
    visitor, shipment = own_shop.visit("ken"), own_shop.known.shipment_lamps
    page = own_shop.visit("ada").get(f"/shipments/{shipment}/return").text
    assert re.findall(r'name="(quantity_\d+)"[^>]* value="2"', page)
    field = re.findall(r'name="(quantity_\d+)"', page)[0]
    assert visitor.post(f"/shipments/{shipment}/return", {field: "1"}).status_code == 404

    refused = own_shop.visit("sue").post(f"/shipments/{shipment}/return", {field: "3"})
    answer = own_shop.visit("sue").post(f"/shipments/{shipment}/return", {field: "2"})

    assert (refused.status_code, answer.status_code) == (409, 302)
    assert "that are not back" in refused.text
    with Session(own_shop.engine) as session:
        sql = "SELECT quantity FROM customer_return_line ORDER BY id"
        assert [row.quantity for row in read(session, sql)] == [1, 1, 2]


def test_an_invoice_is_credited_in_lines_and_amounts(own_shop: Shop) -> None:
    visitor, invoice = own_shop.visit("abe"), own_shop.known.invoice
    page = visitor.get(f"/invoices/{invoice}/credit_part").text
    pieces, amount = re.findall(r'name="(goods_back_\d+)"', page)[0], re.findall(r'name="(amount_\d+)"', page)[0]
    asked = {"reason": "dented"}

    nothing = visitor.post(f"/invoices/{invoice}/credit_part", asked)
    too_much = visitor.post(f"/invoices/{invoice}/credit_part", asked | {pieces: "5"})
    answer = visitor.post(f"/invoices/{invoice}/credit_part", asked | {pieces: "1", amount: "2.50"})

    assert (nothing.status_code, too_much.status_code, answer.status_code) == (409, 409, 302)
    assert "Nothing is chosen" in nothing.text
    assert "that are not credited" in too_much.text
    with Session(own_shop.engine) as session:
        sql = "SELECT kind, quantity, net FROM credit_note_line ORDER BY id DESC LIMIT 2"
        assert [(row.kind, row.quantity, str(row.net)) for row in read(session, sql)] == [
            ("allowance", 0, "2.50"), ("goods_back", 1, "10.00"),
        ]  # fmt: skip


def test_a_quantity_that_is_none_is_told(own_shop: Shop) -> None:
    visitor, shipment = own_shop.visit("ada"), own_shop.known.draft_shipment
    field = re.findall(r'name="(quantity_\d+)"', visitor.get(f"/shipments/{shipment}/process").text)[0]

    for typed, said in (("many", "is not a number"), ("1.5", "decimals"), ("99", "more than"), ("-1", "negative")):
        answer = visitor.post(f"/shipments/{shipment}/process", {field: typed})
        assert answer.status_code == 409, typed
        assert said in answer.text, typed


def test_many_at_once_have_a_result_each(own_shop: Shop) -> None:
    visitor, known = own_shop.visit("ada"), own_shop.known
    ids = [known.active, known.approved, known.performed]

    page = visitor.post("/orders/bulk/approve", AGREED | {"rowid": ids}).text

    assert "Approve: 1 done, 1 done before, 1 refused" in page
    assert "by Sonia Seller" in page
    assert "this sales order is performed" in page
    assert state(own_shop, "sales_order", "active") == "approved"


def test_one_date_that_fits_nobody_is_told_once(own_shop: Shop) -> None:
    page = own_shop.visit("ada").post(
        "/orders/bulk/approve", AGREED | {"rowid": [own_shop.known.active], "on": "2999-01-01"}
    ).text  # fmt: skip

    assert page.count("is in the future") == 1
    assert state(own_shop, "sales_order", "active") == "active"


@pytest.mark.parametrize("rowid", ["x", "0", "-1", str(10**22), "1 OR 1=1"])
def test_ids_that_cannot_be_are_refused_whole(own_shop: Shop, rowid: str) -> None:
    assert own_shop.visit("ada").post("/orders/bulk/approve", AGREED | {"rowid": rowid}).status_code == 400


def test_a_step_that_does_not_exist_is_a_page_that_does_not_exist(shop: Shop) -> None:
    visitor = shop.visit("ada")

    assert visitor.get(f"/orders/{shop.known.active}/explode").status_code == 404
    assert visitor.post("/orders/bulk/explode", {"rowid": "1"}).status_code == 404


def test_a_seller_ships_only_where_one_person_sells_and_ships(own_shop: Shop) -> None:
    seller, north = own_shop.visit("sue"), own_shop.known.draft_shipment_north

    answer = seller.post(f"/shipments/{north}/process")

    assert answer.status_code == 409
    assert "A storekeeper ships this one" in answer.text
    assert state(own_shop, "shipment", "draft_shipment_north") == "draft"


def test_a_storekeeper_cancels_only_on_the_day_itself(own_shop: Shop) -> None:
    keeper, shipment = own_shop.visit("ken"), own_shop.known.shipment_north

    answer = keeper.post(f"/shipments/{shipment}/cancel", {"reason": "Wrong box", "on": str(TODAY)})

    assert answer.status_code == 409
    assert "only on the day of the shipment" in answer.text


def test_consent_to_short_stock_is_asked_only_of_those_who_may_give_it(own_shop: Shop) -> None:
    order = f"/orders/{own_shop.known.active}/approve"

    assert "waits for goods" in own_shop.visit("max").get(order).text
    assert "waits for goods" not in own_shop.visit("sue").get(order).text


def test_a_manager_may_sell_below_cost_in_one_step_and_a_seller_may_not(own_shop: Shop) -> None:
    seller, manager = own_shop.visit("sue"), own_shop.visit("max")
    known = own_shop.known
    form = hidden(manager.get("/orders/new").text) | {
        "customer": str(known.customer), "warehouse": str(known.main), "on": str(TODAY), "channel": "phone",
        "product_0": str(known.bolt), "quantity_0": "1", "price_0": "1.00",
    }  # fmt: skip
    order = manager.post("/orders/new", form).location

    by_seller = seller.post(f"{order}/process", AGREED | {"consent": "below_cost"})
    by_manager = manager.post(f"{order}/process", AGREED | {"consent": "below_cost"})

    assert by_seller.status_code == 409
    assert "cost" in by_seller.text
    assert by_manager.status_code == 302


def test_a_sellers_consent_counts_for_nothing_although_it_is_sent(own_shop: Shop) -> None:
    sent = MultiDict({"consent": "short_stock"})
    for name, counted in (("sue", ()), ("max", ("short_stock",))):
        with as_person(own_shop.app, name):
            assert answers(["consent"], sent)[0]["consent"] == counted


def test_a_draft_is_deleted_and_its_list_opens(own_shop: Shop) -> None:
    visitor = own_shop.visit("ada")

    answer = visitor.post(f"/receipts/{own_shop.known.receipt_draft}/delete")

    assert answer.location == "/receipts/"
    assert visitor.get(f"/receipts/{own_shop.known.receipt_draft}").status_code == 404


def test_what_cannot_be_invoiced_is_refused_under_its_own_number(own_shop: Shop) -> None:
    visitor, known = own_shop.visit("sue"), own_shop.known
    ids = [known.shipment, known.draft_shipment]

    page = visitor.post("/shipments/bulk/invoice", {"rowid": ids}).text

    assert page.count("refused</span>") == 2


@pytest.mark.parametrize("person", ["max", "sue", "abe"])
def test_whoever_drafts_invoices_does_so_for_every_shipment_they_see(own_shop: Shop, person: str) -> None:
    visitor, known = own_shop.visit(person), own_shop.known
    own_shop.visit("ada").post(f"/invoices/{known.draft_invoice}/delete")

    answer = visitor.post(f"/shipments/{known.shipment_north}/invoice")

    assert answer.status_code == 302, answer.text


def test_the_chain_names_only_what_the_person_may_see(shop: Shop) -> None:
    admin, cashier = shop.visit("ada"), shop.visit("ken")
    address = f"/shipments/{shop.known.shipment_north}"

    assert f'/orders/{shop.known.performed_north}"' in admin.get(address).text
    assert "/orders/" not in cashier.get(address).text


def test_from_order_to_ledger_by_hand(own_shop: Shop) -> None:
    visitor, known = own_shop.visit("ada"), own_shop.known
    today = {"on": str(TODAY)}
    assert visitor.post(f"/orders/{known.active_north}/approve", AGREED).status_code == 302
    page = visitor.get(f"/orders/{known.active_north}").text
    shipment = re.search(r'href="/shipments/(\d+)"', page)[1]
    assert visitor.post(f"/shipments/{shipment}/process", today).status_code == 302
    assert visitor.post(f"/shipments/{shipment}/invoice").status_code == 302
    invoice = re.search(r'href="/invoices/(\d+)"', visitor.get(f"/shipments/{shipment}").text)[1]
    assert visitor.post(f"/invoices/{invoice}/issue", today).status_code == 302

    page = visitor.get(f"/invoices/{invoice}").text
    books = visitor.get("/trial-balance/").text

    assert "issued" in page
    assert "invoice issued" in page
    assert "12.00" in page
    assert "Trade receivables" in books


def test_the_journal_of_a_year_is_asked_in_pieces(shop: Shop) -> None:
    assert shop.visit("abe").get("/journal/?from=2024-12-01&to=2026-01-01").status_code == 400
    assert shop.visit("abe").get("/journal/?from=2025-01-01&to=2025-12-31").status_code == 200
