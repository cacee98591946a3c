"""Goods that come back: their cost, what is owed then, and how they leave again."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from app.domain.billing.portions import NewInvoice, add_invoices, draft_invoices
from app.domain.billing.returns import NewReturn, NewReturnLine, add_returns, cancel_returns, process_returns
from app.domain.fulfilment.shipping import cancel_shipments
from app.domain.kernel.errors import Invalid, WrongState
from app.domain.sales.orders import NewLine
from app.domain.warehousing.receipts import cancel_receipts
from tests.domain.billing.ground import owed, part, seven
from tests.world import TODAY, World

D = Decimal
BEFORE = TODAY - timedelta(3)


def draft(world: World, *pieces: tuple[int, str]) -> int:
    made: int = world.do(add_returns, [NewReturn([NewReturnLine(line, D(quantity)) for line, quantity in pieces])])[0]
    return made


def line_of(world: World, shipment: int) -> int:
    line: int = world.lines_of("shipment_line", "shipment_id", shipment)[0].id
    return line


def product_of(world: World, line: int) -> int:
    product: int = world.row("sales_order_line", world.row("shipment_line", line).order_line_id).product_id
    return product


def values(world: World, *returns: int) -> list[Decimal]:
    return [line.value for it in returns for line in world.lines_of("customer_return_line", "return_id", it)]


def test_pieces_come_back_at_the_cost_they_left_at_so_that_all_parts_add_up(world: World) -> None:
    product = world.add_product("THREE")
    world.receive(product, "3", "3.3333")
    order, shipment = world.shipped_order((product, "3"))
    line = line_of(world, shipment)
    world.receive(product, "1", "50.00")

    backs = [world.bring_back((line, "1")) for _ in range(3)]

    assert values(world, *backs) == [D("3.33"), D("3.34"), D("3.33")]
    assert world.balance(product) == (4, 0, D("60.00"))
    assert (world.number(backs[0]), world.state("customer_return", backs[0])) == ("CR-000001", "processed")
    row = world.row("shipment_line", line)
    assert (row.returned, row.returned_uninvoiced, row.quantity) == (3, 3, 3)
    assert world.state("sales_order", order) == "performed"
    assert world.lines_of("sales_order_line", "order_id", order)[0].shipped == 3
    world.prove()


@pytest.mark.parametrize("chart", ["ifrs", "bg"])
def test_the_cost_goes_from_cost_of_sales_back_to_inventory(session: Session, chart: str) -> None:
    world = World(session, chart=chart)
    _, _, line = seven(world)

    back = world.bring_back((line, "2"))

    inventory, cost = {"ifrs": ("1200", "5000"), "bg": ("304", "6112")}[chart]
    assert world.entry(back, "customer_return.processed") == [(inventory, "8.00", "0.00"), (cost, "0.00", "8.00")]
    world.prove()


def test_what_came_back_uninvoiced_is_neither_owed_nor_invoiced(world: World) -> None:
    _, shipment, line = seven(world)

    world.bring_back((line, "2"))

    assert owed(world, shipment) == [D("85.71")]
    [invoice] = world.do(draft_invoices, [[shipment]])
    [it] = world.lines_of("invoice_line", "invoice_id", invoice)
    assert (it.quantity, it.net) == (5, D("71.43"))
    world.prove()


def test_where_all_is_invoiced_or_back_nothing_is_owed_of_the_shipment(world: World) -> None:
    _, shipment, line = seven(world)
    world.invoice(shipment, quantities={line: D(4)})
    assert owed(world, shipment) == [D("51.43")]

    world.bring_back((line, "3"))

    assert owed(world, shipment) == [0]
    assert world.refusal(draft_invoices, [[shipment]]).code == "already_invoiced"
    world.prove()


def test_all_back_before_an_invoice_is_a_shipment_paid_with_nothing(world: World) -> None:
    order, shipment, line = seven(world)

    world.bring_back((line, "7"))

    assert (world.paid(shipment), world.paid(order), owed(world, shipment)) == ("paid", "paid", [0])
    world.prove()


def test_money_for_what_came_back_is_the_customers_advance(world: World) -> None:
    _, shipment, line = seven(world)
    payment = world.pay(shipment, "120.00")

    world.bring_back((line, "2"))

    assert (owed(world, shipment), world.paid(shipment)) == ([D("85.71")], "paid")
    sql = "SELECT amount - used AS left FROM credit WHERE document_id = %(id)s"
    assert world.ids(sql, id=payment) == [D("34.29")]
    world.prove()


def test_uninvoiced_pieces_come_back_first_then_invoiced_ones(world: World) -> None:
    _, shipment, line = seven(world)
    world.invoice(shipment, quantities={line: D(4)})

    back = world.bring_back((line, "5"))

    [it] = world.lines_of("customer_return_line", "return_id", back)
    assert (it.quantity, it.uninvoiced) == (5, 3)
    row = world.row("shipment_line", line)
    assert (row.returned, row.returned_uninvoiced) == (5, 3)
    world.prove()


def test_pieces_that_a_draft_invoice_holds_do_not_come_back(world: World) -> None:
    _, shipment, line = seven(world)
    invoice = part(world, shipment, {line: "4"})

    error = world.refusal(process_returns, [draft(world, (line, "4"))], on=TODAY)

    assert (error.code, error.facts["invoice"]) == ("held_by_draft", invoice)
    world.bring_back((line, "3"))
    world.prove()


def test_goods_that_come_back_go_to_whoever_waits_for_them(world: World) -> None:
    _, _, line = seven(world)
    product = product_of(world, line)
    waiting = world.order(NewLine(product, D(3), D(20)))
    world.approve(waiting, consent=["short_stock"])

    world.bring_back((line, "2"))

    assert world.balance(product) == (2, 2, D("8.00"))
    world.prove()


def test_drafts_hold_nothing_so_that_the_second_is_refused_when_it_is_processed(world: World) -> None:
    _, _, line = seven(world)
    one, two = draft(world, (line, "5")), draft(world, (line, "3"))
    world.do(process_returns, [one], on=TODAY)

    error = world.refusal(process_returns, [two], on=TODAY)

    assert (error.code, error.facts["wanted"], error.facts["left"]) == ("more_than_shipped", 3, 2)


def test_of_a_batch_only_what_is_too_much_is_refused(world: World) -> None:
    _, _, line = seven(world)
    one, two, three = draft(world, (line, "5")), draft(world, (line, "3")), draft(world, (line, "2"))

    refused = world.refused(process_returns, [one, two, three], on=TODAY)

    assert {it: error.code for it, error in refused.items()} == {two: "more_than_shipped"}
    world.do(process_returns, [one, three], on=TODAY)
    assert world.row("shipment_line", line).returned == 7
    world.prove()


def test_nothing_comes_back_before_it_left_nor_from_a_cancelled_shipment(world: World) -> None:
    _, shipment, line = seven(world)
    back = draft(world, (line, "1"))

    assert isinstance(world.refusal(process_returns, [back], on=BEFORE), Invalid)
    world.do(cancel_shipments, [shipment], on=TODAY, reason="wrong")
    assert world.refusal(process_returns, [back], on=TODAY).code == "not_shipped"


def test_a_return_is_processed_once_and_not_in_the_future(world: World) -> None:
    _, _, line = seven(world)
    back = draft(world, (line, "1"))
    assert world.refusal(process_returns, [back], on=TODAY + timedelta(3)).code == "in_the_future"
    world.do(process_returns, [back], on=TODAY)

    again = world.do(process_returns, [back], on=TODAY)

    assert (again.done, list(again.already)) == ([], [back])
    assert world.row("shipment_line", line).returned == 1


def test_a_shipment_of_which_something_is_back_is_not_cancelled(world: World) -> None:
    _, shipment, line = seven(world)
    back = world.bring_back((line, "1"))

    error = world.refusal(cancel_shipments, [shipment], on=TODAY, reason="wrong")

    assert (error.code, error.facts["number"]) == ("returned", world.number(back))
    world.do(cancel_returns, [back], on=TODAY, reason="kept")
    world.do(cancel_shipments, [shipment], on=TODAY, reason="wrong")
    world.prove()


def test_a_cancelled_return_is_the_exact_mirror(world: World) -> None:
    _, shipment, line = seven(world)
    product = product_of(world, line)
    back = world.bring_back((line, "2"))

    world.do(cancel_returns, [back], on=TODAY, reason="not ours")

    row = world.row("shipment_line", line)
    assert (row.returned, row.returned_uninvoiced) == (0, 0)
    assert (world.balance(product), owed(world, shipment)) == ((0, 0, 0), [D("120.00")])
    assert world.entry(back, "customer_return.processed.cancelled") == [
        ("1200", "0.00", "8.00"), ("5000", "8.00", "0.00"),
    ]  # fmt: skip
    world.prove()


def test_a_part_after_a_cancelled_one_takes_its_place(world: World) -> None:
    product = world.add_product("THREE")
    world.receive(product, "3", "3.3333")
    line = line_of(world, world.shipped_order((product, "3"))[1])
    first, second = world.bring_back((line, "1")), world.bring_back((line, "1"))
    world.do(cancel_returns, [first], on=TODAY, reason="not ours")

    rest = [world.bring_back((line, "1")) for _ in range(2)]

    assert values(world, second, *rest) == [D("3.34"), D("3.33"), D("3.33")]
    world.prove()


def test_a_cancellation_says_why_and_is_not_dated_before_the_return(world: World) -> None:
    _, _, line = seven(world)
    back = world.bring_back((line, "1"))

    assert world.refusal(cancel_returns, [back], on=TODAY, reason="").code == "no_reason"
    assert world.refusal(cancel_returns, [back], on=BEFORE, reason="wrong").code == "before_document"
    assert isinstance(world.refusal(cancel_returns, [draft(world, (line, "1"))], on=TODAY, reason="x"), WrongState)


def test_a_return_whose_goods_are_sold_again_is_not_cancelled(world: World) -> None:
    product = world.add_product("A", "10.00")
    world.receive(product, "2")
    line = line_of(world, world.shipped_order((product, "2"))[1])
    back = world.bring_back((line, "2"))
    world.shipped_order((product, "1"))

    assert world.refusal(cancel_returns, [back], on=TODAY, reason="wrong").code == "already_gone"


def test_a_cancelled_return_that_leaves_an_impossible_value_posts_the_difference(world: World) -> None:
    product = world.add_product("A", "10.00")
    dear = world.receive(product, "1", "9.00")
    line = line_of(world, world.shipped_order((product, "1"))[1])
    world.receive(product, "1", "1.00")
    back = world.bring_back((line, "1"))
    world.shipped_order((product, "1"))

    world.do(cancel_returns, [back], on=TODAY, reason="not ours")

    assert world.balance(product) == (0, 0, 0)
    assert world.entry(back, "stock.valuation_difference") == [("5100", "0.00", "4.00"), ("1200", "4.00", "0.00")]
    assert world.refusal(cancel_receipts, [dear], on=TODAY, reason="x").code == "already_gone"
    world.prove()


def test_a_draft_invoice_made_before_the_return_stays_possible(world: World) -> None:
    _, shipment, line = seven(world)
    world.do(add_invoices, [NewInvoice([shipment], {line: D(4)})])
    world.bring_back((line, "3"))

    assert world.refusal(add_returns, [NewReturn([NewReturnLine(line, D(5))])]).code == "more_than_shipped"
    world.prove()
