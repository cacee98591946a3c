"""What is not shipped: given up for good, or opened again to be thought over."""

from datetime import timedelta

import pytest

from app.domain.billing.advances import NewAdvance, add_advances
from app.domain.billing.invoicing import issue_invoices
from app.domain.fulfilment.ending import give_up_orders, reopen_orders
from app.domain.fulfilment.ordering import cancel_orders
from app.domain.fulfilment.shipping import cancel_shipments
from app.domain.kernel.rows import read
from app.domain.sales.orders import NewLine, NewOrder, edit_order
from tests.domain.fulfilment.ground import order_lines, owed, pieces, progress, reservations
from tests.world import TODAY, D, World

AGAIN = {"on": TODAY, "reason": "the client called"}


def half_shipped(world: World, product: int, *, ordered: str = "6", left: str = "2") -> int:
    """An order of which something left and the rest waits in a back order."""
    order = world.order((product, ordered))
    world.approve(order)
    [draft] = world.drafts(order)
    line = world.lines_of("shipment_line", "shipment_id", draft)[0].id
    world.ship(draft, quantities={line: D(left)})
    return order


def ahead(world: World, order: int, quantity: str) -> None:
    """Pieces of the order's first line are on an advance invoice."""
    advance = NewAdvance(order, {order_lines(world, order)[0]: D(quantity)})
    world.do(issue_invoices, world.do(add_advances, [advance]), on=TODAY)


def test_giving_up_the_rest_frees_the_goods_and_performs_the_order(world: World, product: int) -> None:
    order = half_shipped(world, product)
    waiting = world.order((product, "8"))
    world.approve(waiting, consent=["short_stock"])

    world.do(give_up_orders, [order], on=TODAY)

    line = world.lines_of("sales_order_line", "order_id", order)[0]
    assert (line.shipped, line.given_up, world.state("sales_order", order)) == (2, 4, "performed")
    assert (world.drafts(order), reservations(world, order)) == ([], [])
    assert reservations(world, waiting) == [(8, 0)], "who waited has what was given up"
    world.prove()


def test_one_line_is_given_up_and_the_others_still_wait_to_leave(world: World, product: int) -> None:
    other = world.add_product("OTHER")
    world.receive(other, "5")
    order = world.order((product, "4"), (other, "5"))
    world.approve(order)
    [draft] = world.drafts(order)
    world.ship(draft, quantities={line.id: D(1) for line in world.lines_of("shipment_line", "shipment_id", draft)})
    first, second = order_lines(world, order)

    world.do(give_up_orders, [order], on=TODAY, lines=[first])

    assert world.state("sales_order", order) == "approved"
    [rest] = world.drafts(order)
    assert pieces(world, rest) == [(second, 4)]
    world.prove()
    world.ship(rest)
    assert world.state("sales_order", order) == "performed"
    world.prove()


def test_lines_that_are_not_of_the_orders_or_have_nothing_left_are_refused(world: World, product: int) -> None:
    order, other = half_shipped(world, product), half_shipped(world, product, ordered="3", left="1")
    [line], [foreign] = order_lines(world, order), order_lines(world, other)
    before = progress(world, order)

    unknown = world.refusal(give_up_orders, [order], on=TODAY, lines=[line, foreign, 999_999_999])
    refused = world.refused(give_up_orders, [order, other], on=TODAY, lines=[line])

    assert (unknown.code, unknown.facts["lines"]) == ("foreign_line", [foreign, 999_999_999])
    assert {key: error.code for key, error in refused.items()} == {other: "nothing_left"}
    assert progress(world, order) == before


def test_what_was_paid_beyond_what_left_is_the_customers_advance(world: World, product: int) -> None:
    order = world.order((product, "6"))
    world.approve(order)
    world.pay(order, "72.00")
    [draft] = world.drafts(order)
    line = world.lines_of("shipment_line", "shipment_id", draft)[0].id
    world.ship(draft, quantities={line: D(2)})

    world.do(give_up_orders, [order], on=TODAY)

    assert owed(world, order) == [0]
    assert world.paid(order) == "paid"
    used = read(world.session, "SELECT used FROM credit")[0].used
    assert used == D("24.00"), "two of six pieces at 10.00 and 20 % VAT"
    world.prove()


def test_a_cancelled_shipment_resumes_only_what_had_left(world: World, product: int) -> None:
    order = half_shipped(world, product)
    world.do(give_up_orders, [order], on=TODAY)
    shipment = world.ids("SELECT id FROM shipment WHERE order_id = %(id)s AND state = 'processed'", id=order)[0]

    world.do(cancel_shipments, [shipment], on=TODAY, reason="wrong")

    [draft] = world.drafts(order)
    assert pieces(world, draft) == [(order_lines(world, order)[0], 2)]
    assert world.state("sales_order", order) == "approved"
    world.prove()


def test_giving_up_is_refused_where_nothing_left_or_nothing_is_agreed(world: World, product: int) -> None:
    estimate, approved = world.order((product, "1")), world.order((product, "1"))
    world.approve(approved)

    errors = world.refused(give_up_orders, [estimate, approved, 999_999], on=TODAY)

    assert {i: error.code for i, error in errors.items()} == {
        estimate: "wrong_state", approved: "nothing_shipped", 999_999: "not_found",
    }  # fmt: skip
    world.refusal(give_up_orders, [approved], on=TODAY + timedelta(5))


def test_what_is_invoiced_in_advance_is_credited_before_it_is_given_up(world: World, product: int) -> None:
    order = half_shipped(world, product)
    ahead(world, order, "3")

    error = world.refusal(give_up_orders, [order], on=TODAY)

    assert "3" in str(error)


def test_the_second_click_finds_it_given_up(world: World, product: int) -> None:
    order = half_shipped(world, product)
    world.do(give_up_orders, [order], on=TODAY)

    assert world.do(give_up_orders, [order], on=TODAY).already.keys() == {order}


def test_a_reopened_order_holds_nothing_and_can_be_changed_and_approved_again(world: World, product: int) -> None:
    order = world.order((product, "6"))
    world.approve(order)
    world.pay(order, "20.00")

    world.do(reopen_orders, [order], **AGAIN)

    assert (world.state("sales_order", order), world.drafts(order), reservations(world, order)) == ("active", [], [])
    assert world.balance(product)[1] == 0
    assert world.paid(order) == "partly_paid", "what was paid stays"
    world.prove()
    changed = NewOrder("phone", world.customer, world.warehouse, TODAY, [NewLine(product, D(3))])
    version = world.row("sales_order", order).version
    world.do(edit_order, order, changed, version=version)
    world.approve(order)
    assert world.balance(product)[1] == 3
    world.prove()


def test_reopening_is_refused_once_something_left_or_is_invoiced(world: World, product: int) -> None:
    begun, invoiced = half_shipped(world, product), world.order((product, "2"))
    world.approve(invoiced)
    ahead(world, invoiced, "1")

    assert world.refusal(reopen_orders, [begun], **AGAIN).code == "something_shipped"
    world.refusal(reopen_orders, [invoiced], **AGAIN)
    estimate = world.order((product, "1"))
    assert world.refusal(reopen_orders, [estimate], **AGAIN).code == "wrong_state"


@pytest.mark.parametrize("reason", ["", " "])
def test_reopening_has_a_reason(world: World, product: int, reason: str) -> None:
    order = world.order((product, "1"))
    world.approve(order)

    world.refusal(reopen_orders, [order], on=TODAY, reason=reason)
    world.do(reopen_orders, [order], **AGAIN)
    world.do(cancel_orders, [order], on=TODAY, reason="not wanted")
    world.prove()


def test_nobody_has_agreed_to_an_order_that_is_opened_again(world: World, product: int) -> None:
    order = world.order((product, "4"))
    world.approve(order)

    world.do(reopen_orders, [order], **AGAIN)

    row = world.row("sales_order", order)
    assert (row.state, row.agreed_by, row.agreed_how, row.agreed_at) == ("active", None, None, None)
    world.approve(order)
    assert world.row("sales_order", order).agreed_by == "Mr Client"
    world.prove()


def test_what_was_given_up_is_wanted_again_once_the_order_is_opened(world: World, product: int) -> None:
    other = world.add_product("OTHER")
    world.receive(other, "5")
    order = world.order((product, "4"), (other, "5"))
    world.approve(order)
    [draft] = world.drafts(order)
    lines = world.lines_of("shipment_line", "shipment_id", draft)
    world.ship(draft, quantities={lines[0].id: D(1), lines[1].id: D(0)})
    world.do(give_up_orders, [order], on=TODAY, lines=order_lines(world, order)[1:])
    world.do(cancel_shipments, [draft], **AGAIN)

    world.do(reopen_orders, [order], **AGAIN)

    assert (progress(world, order), owed(world, order)) == ([(0, 0), (0, 0)], [D("48.00"), D("60.00")])
    world.prove()
    world.approve(order)
    assert reservations(world, order) == [(4, 0), (5, 0)]
    world.prove()


def test_lines_that_a_cancelled_shipment_names_are_not_written_anew(world: World, product: int) -> None:
    order, shipment = world.shipped_order((product, "4"))
    world.do(cancel_shipments, [shipment], **AGAIN)
    world.do(reopen_orders, [order], **AGAIN)
    version = world.row("sales_order", order).version
    new = NewOrder("phone", world.customer, world.warehouse, TODAY, [NewLine(product, D(2))])

    refusal = world.refusal(edit_order, order, new, version=version)

    assert (refusal.code, refusal.facts["number"]) == ("lines_named", world.number(shipment))


def test_goods_that_come_back_into_a_draft_raise_its_version_and_are_in_its_history(world: World, product: int) -> None:
    order = half_shipped(world, product)
    [draft] = world.drafts(order)
    [shipment] = world.ids("SELECT id FROM shipment WHERE order_id = %(id)s AND state = 'processed'", id=order)

    world.do(cancel_shipments, [shipment], **AGAIN)

    [line] = order_lines(world, order)
    sql = "SELECT changes FROM document_history WHERE document_id = %(id)s AND step = 'edit'"
    assert (pieces(world, draft), world.row("shipment", draft).version) == ([(line, 6)], 2)
    assert [row.changes for row in read(world.session, sql, id=draft)] == [{f"order line {line}": "+2"}]
    world.prove()


def test_a_draft_that_is_taken_away_is_told_in_its_history(world: World, product: int) -> None:
    order = world.order((product, "4"))
    world.approve(order)
    [draft] = world.drafts(order)

    world.do(reopen_orders, [order], **AGAIN)

    sql = "SELECT step FROM document_history WHERE document_id = %(id)s ORDER BY id"
    assert [row.step for row in read(world.session, sql, id=draft)] == ["create", "delete"]
