"""The cost of goods that left `at_invoice`: where it waits, and what moves it on to cost of sales and back."""

from collections.abc import Mapping

import pytest

from app.domain.billing.advances import NewAdvance, add_advances
from app.domain.billing.credit_notes import (
    NewCreditLine,
    NewCreditNote,
    add_credit_notes,
    delete_credit_notes,
    issue_credit_notes,
)
from app.domain.billing.deferred import Deferred
from app.domain.billing.invoicing import draft_invoices, issue_invoices
from app.domain.billing.returns import cancel_returns
from app.domain.fulfilment.shipping import cancel_shipments, process_shipments
from app.domain.kernel.rows import read, write
from app.domain.sales.orders import NewLine
from tests.domain.billing.ground import part
from tests.world import TODAY, D, World

WAITS, SOLD, STOCK = "1250", "5000", "1200"


@pytest.fixture
def late(world: World) -> World:
    """A company that posts the cost of sales at the invoice."""
    write(world.session, "UPDATE company SET cogs_timing = 'at_invoice'")
    return world


def three(world: World) -> tuple[int, int]:
    """Three pieces that cost 10.00 together and left: (shipment, its line)."""
    product = world.add_product("A")
    world.receive(product, "2", "3.33")
    world.receive(product, "1", "3.34")
    _, shipment = world.shipped_order((product, "3"))
    return shipment, world.lines_of("shipment_line", "shipment_id", shipment)[0].id


def held(world: World) -> Mapping[str, object]:
    """What stands on the accounts of stock, of what waits, and of cost of sales, as far as there is anything."""
    rows = read(world.session, """SELECT account.code, sum(line.debit - line.credit) AS amount FROM journal_line line
                                  JOIN account ON account.id = line.account_id
                                  WHERE account.code = ANY(%(codes)s) GROUP BY account.code ORDER BY account.code""",
                codes=[WAITS, SOLD, STOCK])  # fmt: skip
    return {row.code: f"{row.amount:.2f}" for row in rows if row.amount}


def invoice(world: World, shipment: int, line: int, quantity: str) -> int:
    """An issued invoice of so many pieces."""
    its = part(world, shipment, {line: quantity})
    world.do(issue_invoices, [its], on=TODAY)
    return its


def again(world: World, invoice: int, quantity: str) -> int:
    """An issued credit note of pieces of an invoice of one line that are to be invoiced again."""
    line = world.lines_of("invoice_line", "invoice_id", invoice)[0].id
    new = NewCreditNote(invoice, "wrong", [NewCreditLine(line, "invoice_again", D(quantity))])
    note: int = world.do(add_credit_notes, [new])[0]
    world.do(issue_credit_notes, [note], on=TODAY)
    return note


def test_the_cost_waits_with_the_goods_and_goes_on_with_each_invoice_so_that_all_parts_add_up(late: World) -> None:
    shipment, line = three(late)
    assert late.entry(shipment, "shipment.processed") == [(WAITS, "10.00", "0.00"), (STOCK, "0.00", "10.00")]

    invoices = [invoice(late, shipment, line, "1") for _ in range(3)]

    costs = [late.lines_of("invoice_line", "invoice_id", its)[0].cost for its in invoices]
    assert costs == [D("3.33"), D("3.34"), D("3.33")]
    assert late.entry(invoices[0], "invoice.issued") == [
        ("1100", "12.00", "0.00"), ("4000", "0.00", "10.00"), ("2200", "0.00", "2.00"), (SOLD, "3.33", "0.00"),
        (WAITS, "0.00", "3.33"),
    ]  # fmt: skip
    assert held(late) == {SOLD: "10.00"}
    late.prove()


def test_two_invoices_of_one_line_in_one_batch_share_its_cost(late: World) -> None:
    shipment, line = three(late)
    drafts = [part(late, shipment, {line: "1"}), part(late, shipment, {line: "2"})]

    late.do(issue_invoices, drafts, on=TODAY)

    assert [late.lines_of("invoice_line", "invoice_id", its)[0].cost for its in drafts] == [D("3.33"), D("6.67")]
    assert held(late) == {SOLD: "10.00"}
    late.prove()


def test_what_left_before_the_way_was_changed_keeps_its_own(world: World) -> None:
    shipment, line = three(world)
    write(world.session, "UPDATE company SET cogs_timing = 'at_invoice'")
    invoice(world, shipment, line, "1")
    assert held(world) == {SOLD: "10.00"}

    product = world.add_product("B")
    world.receive(product, "1", "5.00")
    _, late = world.shipped_order((product, "1"))
    write(world.session, "UPDATE company SET cogs_timing = 'at_shipment'")
    assert held(world) == {WAITS: "5.00", SOLD: "10.00"}

    world.invoice(late)
    world.bring_back((line, "1"))

    assert held(world) == {SOLD: "11.67", STOCK: "3.33"}
    world.prove()


def test_a_draft_invoice_moves_no_cost(late: World) -> None:
    shipment, line = three(late)
    part(late, shipment, {line: "2"})

    invoice(late, shipment, line, "1")

    assert held(late) == {SOLD: "3.33", WAITS: "6.67"}
    late.prove()


def test_pieces_on_no_invoice_come_back_from_what_waits_and_invoiced_ones_from_cost_of_sales(late: World) -> None:
    shipment, line = three(late)
    invoice(late, shipment, line, "1")

    back = late.bring_back((line, "3"))

    its = late.lines_of("customer_return_line", "return_id", back)[0]
    assert (its.uninvoiced, its.value, its.deferred) == (D(2), D("10.00"), D("6.67"))
    assert late.entry(back, "customer_return.processed") == [
        (STOCK, "3.33", "0.00"), (SOLD, "0.00", "3.33"), (STOCK, "6.67", "0.00"), (WAITS, "0.00", "6.67"),
    ]  # fmt: skip
    assert held(late) == {STOCK: "10.00"}
    late.prove()


def test_invoices_and_returns_of_uninvoiced_pieces_are_parts_of_one_sequence(late: World) -> None:
    shipment, line = three(late)
    late.bring_back((line, "1"))
    its = invoice(late, shipment, line, "1")
    back = late.bring_back((line, "1"))
    assert late.lines_of("invoice_line", "invoice_id", its)[0].cost == D("3.34")
    assert late.lines_of("customer_return_line", "return_id", back)[0].deferred == D("3.33")
    assert held(late) == {STOCK: "6.66", SOLD: "3.34"}

    late.do(cancel_returns, [back], on=TODAY, reason="not ours")
    assert held(late) == {STOCK: "3.33", SOLD: "3.34", WAITS: "3.33"}

    invoice(late, shipment, line, "1")
    assert held(late) == {STOCK: "3.33", SOLD: "6.67"}
    late.prove()


def test_pieces_to_be_invoiced_again_wait_with_the_cost_that_their_invoice_took(late: World) -> None:
    shipment, line = three(late)
    first, second = invoice(late, shipment, line, "1"), invoice(late, shipment, line, "2")

    note = again(late, second, "1")

    assert late.lines_of("credit_note_line", "credit_note_id", note)[0].again_cost == D("3.34")
    assert late.entry(note, "credit_note.issued")[-2:] == [(WAITS, "3.34", "0.00"), (SOLD, "0.00", "3.34")]
    assert held(late) == {SOLD: "6.66", WAITS: "3.34"}

    again(late, second, "1")
    again(late, first, "1")
    assert held(late) == {WAITS: "10.00"}
    late.do(cancel_shipments, [shipment], on=TODAY, reason="never sent")
    assert held(late) == {STOCK: "10.00"}
    late.prove()


def test_no_cost_of_sales_is_left_where_the_rest_is_back_though_what_came_back_shared_it_all(late: World) -> None:
    product = late.add_product("A")
    late.receive(product, "1", "1.67")
    late.receive(product, "1", "1.66")
    _, shipment = late.shipped_order((product, "2"))
    line = late.lines_of("shipment_line", "shipment_id", shipment)[0].id
    first, second = invoice(late, shipment, line, "1"), invoice(late, shipment, line, "1")
    back = late.bring_back((line, "1"))
    # The piece that came back is of either invoice: its draft credits the first, and the first is what is wrong.
    late.do(delete_credit_notes, late.ids("SELECT id FROM credit_note WHERE return_id = %(id)s", id=back))
    assert held(late) == {STOCK: "1.67", SOLD: "1.66"}

    note = again(late, first, "1")

    assert late.lines_of("credit_note_line", "credit_note_id", note)[0].again_cost == D("1.66")
    assert held(late) == {STOCK: "1.67", WAITS: "1.66"}
    late.bring_back((line, "1"))
    assert held(late) == {STOCK: "3.33"}
    assert late.lines_of("invoice_line", "invoice_id", second)[0].cost == D("1.66")
    late.prove()


def test_what_was_invoiced_in_advance_is_sold_as_it_leaves(late: World) -> None:
    product = late.add_product("A")
    late.receive(product, "2", "3.33")
    late.receive(product, "1", "3.34")
    order = late.order((product, "3"))
    late.approve(order)
    ordered = late.lines_of("sales_order_line", "order_id", order)[0].id
    late.do(issue_invoices, late.do(add_advances, [NewAdvance(order, {ordered: D(1)})]), on=TODAY)
    shipment = late.drafts(order)[0]

    late.do(process_shipments, [shipment], on=TODAY)

    assert late.entry(shipment, "shipment.processed") == [
        (SOLD, "3.33", "0.00"), (STOCK, "0.00", "3.33"), (WAITS, "6.67", "0.00"), (STOCK, "0.00", "6.67"),
    ]  # fmt: skip
    late.prove()
    late.invoice(shipment)
    assert held(late) == {SOLD: "10.00"}
    late.prove()


def test_a_cancelled_shipment_takes_back_what_waits_and_what_was_sold_in_advance(late: World) -> None:
    product = late.add_product("A")
    late.receive(product, "3")
    order = late.order((product, "3"))
    late.approve(order)
    ordered = late.lines_of("sales_order_line", "order_id", order)[0].id
    late.do(issue_invoices, late.do(add_advances, [NewAdvance(order, {ordered: D(1)})]), on=TODAY)
    shipment = late.drafts(order)[0]
    late.ship(shipment)
    assert held(late) == {SOLD: "4.00", WAITS: "8.00"}

    late.do(cancel_shipments, [shipment], on=TODAY, reason="never sent")

    assert held(late) == {STOCK: "12.00"}
    late.prove()


def test_services_have_no_cost_that_waits(late: World) -> None:
    goods, service = late.add_product("A"), late.add_product("FIX", kind="service")
    late.receive(goods, "1")
    _, shipment = late.shipped_order((goods, "1"), NewLine(service, D(1)))

    [draft] = late.do(draft_invoices, [[shipment]])
    late.do(issue_invoices, [draft], on=TODAY)

    assert [line.cost for line in late.lines_of("invoice_line", "invoice_id", draft)] == [D("4.00"), D(0)]
    late.prove()


def cost(*, gone: str = "0", gone_cost: str = "0", back: str = "0", back_cost: str = "0") -> Deferred:
    """Three pieces of 10.00, of which as many are sold as are gone."""
    return Deferred(D("10.00"), D(3), D(gone), D(gone_cost), D(gone), D(gone_cost), D(back), D(back_cost))


def test_parts_of_a_cost_add_up_in_any_order() -> None:
    its = cost()

    assert [its.sell(D(1)), its.take_back(D(1)), its.sell(D(1))] == [D("3.33"), D("3.34"), D("3.33")]
    assert [its.return_sold(D(1)), its.return_sold(D(1))] == [D("3.33"), D("3.33")]
    assert (its.gone_cost, its.sold_cost, its.back_cost) == (D("10.00"), D("6.66"), D("6.66"))


def test_nothing_is_worth_less_than_nothing_where_earlier_parts_took_more() -> None:
    assert cost(gone="1", gone_cost="9.99").sell(D(1)) == 0
    assert cost(gone="2", gone_cost="6.67", back="1", back_cost="6.67").return_sold(D(0)) == 0
    assert cost(gone="2", gone_cost="6.67", back="1", back_cost="5.00").open_again(D(1), D("3.34")) == D("1.67")
