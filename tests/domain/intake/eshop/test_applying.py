"""What a shop's messages do to orders: once, in whatever order they come."""

import itertools
from decimal import Decimal
from typing import Any

import pytest

from app.domain.billing.credit_notes import issue_credit_notes
from app.domain.fulfilment.ending import reopen_orders
from app.domain.fulfilment.ordering import cancel_orders
from app.domain.kernel.rows import write
from app.domain.sales.orders import NewLine, NewOrder, edit_order
from tests.domain.intake.eshop.bodies import item, woo
from tests.domain.intake.eshop.conftest import Web
from tests.traces import checksums
from tests.world import TODAY, World

D = Decimal
PAID = {"date_paid_gmt": "2026-03-02T10:00:00"}


def test_a_delivery_becomes_an_active_order_of_the_shop_at_the_shops_prices(world: World, web: Web) -> None:
    freight = [{"id": 7, "method_title": "Courier", "total": "3.50", "total_tax": "0.70",
                "taxes": [{"id": 1, "total": "0.70"}]}]  # fmt: skip
    web.deliver(woo(lines=[item(1, "MUG", "17.99", "3.60", 2)], shipping_lines=freight, total="25.79",
                    customer_note="Ring\ntwice"))  # fmt: skip

    [order] = web.orders().values()
    assert (order["state"], order["gross"], order["customer"], order["email"]) == (
        "active", "25.79", "Ива Петрова", "iva@example.test"
    )  # fmt: skip
    assert [line[0] for line in order["lines"]] == ["MUG", "FREIGHT-WEB"]
    row = world.row("sales_order", web.document())
    assert (row.channel, row.customer_reference, row.note, str(row.on)) == ("eshop", "7", "Ring twice", "2026-03-02")
    assert web.outcomes() == [("applied", None)]
    world.prove()


def test_the_same_delivery_again_makes_no_second_order(world: World, web: Web) -> None:
    web.deliver(woo())
    before = checksums(world.session)

    web.apply("7")
    assert checksums(world.session) == before
    web.deliver(woo(), woo())

    assert len(web.orders()) == 1
    assert [row.deliveries for row in web.messages()] == [3]


def test_an_order_follows_the_shop_while_it_is_active(world: World, web: Web) -> None:
    web.deliver(woo(), woo(at=5, lines=[item(1, "MUG", "30.00", "6.00", 3)], total="36.00"))

    [order] = web.orders().values()
    assert (order["gross"], order["lines"][0][1]) == ("36.00", "3")
    assert web.outcomes() == [("superseded", None), ("applied", None)]
    world.prove()


def test_an_earlier_state_that_comes_late_changes_nothing(web: Web) -> None:
    web.deliver(woo(at=5, lines=[item(1, "MUG", "30.00", "6.00", 3)], total="36.00"), woo())

    assert web.orders()["7"]["gross"] == "36.00"
    assert web.outcomes() == [("applied", None), ("superseded", None)]


def test_what_a_seller_did_meanwhile_stays_where_the_shop_changed_nothing(world: World, web: Web, mug: int) -> None:
    web.deliver(woo())
    wanted = NewOrder("eshop", world.customer, world.warehouse, TODAY, [NewLine(mug, D(5))])
    world.do(edit_order, web.document(), wanted, version=world.row("sales_order", web.document()).version)

    web.deliver(woo(at=5, status="completed"))

    order = web.orders()["7"]
    assert (order["customer"], order["lines"][0][1]) == ("Customer C001", "5")
    assert web.outcomes()[-1] == ("applied", None)


def test_after_approval_a_change_is_told_with_its_difference_and_reopening_helps(world: World, web: Web) -> None:
    web.deliver(woo())
    world.receive(world.ids("SELECT id FROM product WHERE sku = 'MUG'")[0], "10")
    world.approve(web.document())

    web.deliver(woo(at=5, lines=[item(1, "MUG", "30.00", "6.00", 3)], total="36.00"))

    assert web.outcomes() == [("superseded", None), ("noticed", "changed_later")]
    assert "2 × MUG: 20.00 → 3 × MUG: 30.00" in web.messages()[1].reason["facts"]["difference"]
    assert web.orders()["7"]["gross"] == "24.00"
    world.do(reopen_orders, [web.document()], on=TODAY, reason="changed in the shop")
    web.apply("7")
    assert web.orders()["7"]["gross"] == "36.00"
    assert web.outcomes()[-1] == ("applied", None)
    world.prove()


def test_a_cancelled_order_is_cancelled_while_nothing_is_shipped_and_told_later(world: World, web: Web) -> None:
    world.receive(world.ids("SELECT id FROM product WHERE sku = 'MUG'")[0], "10")
    web.deliver(woo(7), woo(8))
    world.approve(web.document("8"))
    world.ship(*world.drafts(web.document("8")))

    web.deliver(woo(7, at=5, status="cancelled"), woo(8, at=5, status="cancelled"))

    assert [order["state"] for order in web.orders().values()] == ["cancelled", "performed"]
    assert web.outcomes()[-2:] == [("applied", None), ("noticed", "cancelled_later")]
    world.prove()


def test_an_order_that_is_wanted_again_is_written_down_anew(world: World, web: Web) -> None:
    web.deliver(woo(), woo(at=5, status="cancelled"), woo(at=9))

    assert web.orders()["7"]["state"] == "active"
    assert len(world.ids("SELECT id FROM sales_order")) == 2


def test_what_was_shipped_is_not_written_down_again_though_the_shop_cancels_it_and_wants_it_back(
    world: World, web: Web
) -> None:
    world.receive(world.ids("SELECT id FROM product WHERE sku = 'MUG'")[0], "10")
    web.deliver(woo())
    document = web.document()
    world.approve(document)
    world.ship(*world.drafts(document))

    web.deliver(woo(at=5, status="cancelled"), woo(at=9))

    assert world.ids("SELECT id FROM sales_order") == [document]
    assert web.orders()["7"]["state"] == "performed"


def test_an_order_that_was_cancelled_here_is_not_made_again(world: World, web: Web) -> None:
    web.deliver(woo())
    world.do(cancel_orders, [web.document()], on=TODAY, reason="no longer sold")

    web.deliver(woo(at=5))

    assert web.orders()["7"]["state"] == "cancelled"
    assert web.outcomes()[-1] == ("noticed", "cancelled_here")


def test_a_deleted_order_is_cancelled_and_one_that_was_never_here_is_nothing(web: Web) -> None:
    web.deliver(woo(), b'{"id": 7}', b'{"id": 34}', topic="")

    assert web.orders()["7"]["state"] == "cancelled"
    assert web.outcomes() == [("applied", None), ("applied", None), ("ignored", None)]


def test_a_deletion_that_is_sent_again_after_the_order_came_back_is_no_second_one(world: World, web: Web) -> None:
    deleted: dict[str, Any] = {"id": 7}
    web.deliver(woo())
    web.deliver(deleted, X_WC_Webhook_Delivery_ID="a")
    # As if it had come when the order was five seconds old.
    for sql in (
        "UPDATE inbound_message SET received_at = '2026-03-02 09:00:05Z'",
        """UPDATE shop_order SET applied = applied || '{"at": "2026-03-02T09:00:05+00:00"}'""",
    ):
        write(world.session, sql)
    web.deliver(woo(at=9))
    assert web.orders()["7"]["state"] == "active"
    before = checksums(world.session)

    web.deliver(deleted, X_WC_Webhook_Delivery_ID="a")

    after = checksums(world.session)
    assert {table for table in after if after[table] != before[table]} == {"inbound_message"}
    web.deliver(deleted, X_WC_Webhook_Delivery_ID="b")
    assert web.orders()["7"]["state"] == "cancelled"
    assert [row.deliveries for row in web.messages()] == [1, 2, 1, 1]


def test_a_basket_or_a_failed_payment_is_no_order_until_it_is_placed(world: World, web: Web) -> None:
    web.deliver(woo(status="pending"), woo(at=1, status="failed"))
    assert (web.orders(), web.outcomes()) == ({}, [("superseded", None), ("ignored", None)])

    web.deliver(woo(at=9))

    assert web.orders()["7"]["state"] == "active"


REFUND = [{"id": 3, "total": "-6.00"}]
STATES = [
    woo(status="on-hold"), woo(at=3, **PAID), woo(at=3, status="completed", refunds=REFUND, **PAID),
    woo(at=9, status="completed", refunds=REFUND, customer_note="x", **PAID),
]  # fmt: skip


@pytest.mark.parametrize("states", list(itertools.permutations(STATES)), ids=lambda states: "")
def test_whatever_order_they_come_in_the_same_becomes_of_them(world: World, web: Web, states: Any) -> None:
    web.deliver(*states)

    order = web.orders()["7"]
    assert (order["state"], order["paid"], order["money"]) == ("active", "paid", "24.00")
    assert order["refunds"] == [["3", True, "6.00", "6.00", "expense", "draft"]]
    assert world.row("sales_order", web.document()).note == "x"
    assert sorted(outcome for outcome, _ in web.outcomes()) == ["applied", "superseded", "superseded", "superseded"]


def test_what_waits_is_done_once_its_reason_is_gone(world: World, web: Web, mug: int) -> None:
    web.deliver(woo(lines=[item(1, "", "20.00", "4.00", product_id=31, variation_id=5)]))
    assert web.messages()[0].reason["facts"]["unknown"] == ["#31/5"]

    web.know("#31/5", mug)
    web.apply("7")

    assert web.orders()["7"]["lines"][0][0] == "MUG"
    assert web.outcomes() == [("applied", None)]


def test_every_message_again_changes_nothing_whatever_became_of_the_orders(world: World, web: Web, mug: int) -> None:
    world.receive(mug, "100")
    refunded = {"refunds": [{"id": 3, "total": "-6.00"}], **PAID}
    more = {"lines": [item(1, "MUG", "30.00", "6.00", 3)], "total": "36.00"}
    bodies = [*(woo(number, **PAID) for number in range(1, 9)), woo(9, lines=[item(1, "CUP", "20.00", "4.00")])]
    web.deliver(*bodies)
    documents = {number: web.document(str(number)) for number in range(1, 9)}
    # 1 stays as it came; 2 is approved, 3 shipped, 4 and 5 invoiced too; 6 was cancelled here.
    for number in (2, 3, 4, 5):
        world.approve(documents[number])
    for number in (3, 4, 5):
        [shipment] = world.drafts(documents[number])
        world.ship(shipment)
        if number > 3:
            world.invoice(shipment)
    world.do(cancel_orders, [documents[6]], on=TODAY, reason="no longer sold")
    later = [
        woo(2, at=5, **more, **PAID), woo(3, at=5, status="cancelled", **PAID), woo(4, at=5, **refunded),
        woo(5, at=5, **refunded), woo(6, at=5, **PAID), woo(7, at=5, status="cancelled", **PAID), {"id": 8},
    ]  # fmt: skip
    web.deliver(*later)
    [note] = world.ids("SELECT credit_note_id AS id FROM shop_refund WHERE order_ref = '5'")
    world.do(issue_credit_notes, [note], on=TODAY)
    refs = [str(number) for number in range(1, 10)]
    for ref in refs:
        web.apply(ref)
    before = checksums(world.session)

    for ref in refs:
        web.apply(ref)
    assert checksums(world.session) == before
    web.deliver(*later, *bodies)

    after = checksums(world.session)
    assert {table for table in after if after[table] != before[table]} == {"inbound_message"}
    assert {row.deliveries for row in web.messages()} == {2}
    assert {state["state"] for state in web.orders().values()} == {"active", "approved", "performed", "cancelled"}
    world.prove()


def test_what_the_shop_changes_of_an_order_that_both_call_cancelled_is_nothing_to_see_to(web: Web) -> None:
    dearer = {"lines": [item(1, "MUG", "30.00", "6.00", 3)], "total": "36.00"}
    web.deliver(woo(), woo(at=5, status="cancelled"), woo(at=7, status="refunded", **dearer))

    assert (web.orders()["7"]["state"], web.outcomes()[-1]) == ("cancelled", ("applied", None))
    web.deliver(woo(at=9, **dearer))
    assert (web.orders()["7"]["state"], web.orders()["7"]["gross"]) == ("active", "36.00")
