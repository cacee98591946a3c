"""Goods that come back of which nobody knows the shipment."""

from datetime import timedelta
from decimal import Decimal

import pytest

from app.domain.billing.loose_returns import LooseLine, LooseReturn, add_loose_returns, edit_loose_return
from app.domain.billing.returning import return_shipments
from app.domain.billing.returns import cancel_returns, process_returns
from app.domain.kernel.errors import DomainError, Stale
from tests.world import TODAY, World

D = Decimal


def loose(world: World, product: int, quantity: str, cost: str | None = None) -> int:
    line = LooseLine(product, D(quantity), None if cost is None else D(cost))
    made: int = world.do(add_loose_returns, [LooseReturn(world.customer, world.warehouse, [line], "found")])[0]
    return made


def test_it_comes_in_at_the_average_and_takes_it_from_cost_of_sales(world: World) -> None:
    product = world.add_product("A")
    world.receive(product, "3", "3.3333")

    back = loose(world, product, "2")
    world.do(process_returns, [back], on=TODAY)

    assert world.balance(product) == (5, 0, D("16.67"))
    assert world.entry(back, "customer_return.processed") == [("1200", "6.67", "0.00"), ("5000", "0.00", "6.67")]
    assert world.ids("SELECT count(*) FROM credit_note") == [0]
    world.prove()
    world.do(cancel_returns, [back], on=TODAY, reason="not ours")
    assert world.balance(product) == (3, 0, D("10.00"))
    world.prove()


def test_a_cost_that_is_typed_goes_before_and_what_nothing_values_is_refused(world: World) -> None:
    product, planned = world.add_product("A"), world.add_product("B", cost="2.50")

    assert world.refusal(process_returns, [loose(world, product, "2")], on=TODAY).code == "no_cost"
    backs = [loose(world, product, "2", "0"), loose(world, planned, "2")]
    world.do(process_returns, backs, on=TODAY)

    assert (world.balance(product), world.balance(planned)) == ((2, 0, 0), (2, 0, D("5.00")))
    world.prove()


@pytest.mark.parametrize(
    ("quantity", "cost", "code"),
    [("0", None, "quantity_not_positive"), ("-1", None, "quantity_not_positive"), ("1.5", None, "too_many_decimals"),
     ("NaN", None, "out_of_range"), ("1", "-1", "negative_cost"), ("1", "NaN", "out_of_range"),
     ("1", "0.00001", "too_many_decimals")],
)  # fmt: skip
def test_numbers_that_nobody_can_mean_are_refused(world: World, quantity: str, cost: str | None, code: str) -> None:
    line = LooseLine(world.add_product("A"), D(quantity), None if cost is None else D(cost))

    wanted = LooseReturn(world.customer, world.warehouse, [line])

    assert world.refusal(add_loose_returns, [wanted]).code == code


def test_who_what_and_where_must_be_known(world: World) -> None:
    care, product = world.add_product("CARE", kind="service"), world.add_product("A")
    line = LooseLine(product, D(1))

    refused = world.refused(add_loose_returns, [
        LooseReturn(999_999, world.warehouse, [line]), LooseReturn(world.customer, 999_999, [line]),
        LooseReturn(world.customer, world.warehouse, []),
        LooseReturn(world.customer, world.warehouse, [LooseLine(care, D(1))]),
        LooseReturn(world.customer, world.warehouse, [LooseLine(999_999, D(1))]),
    ])  # fmt: skip

    assert [refused[place].code for place in range(5)] == [
        "unknown_customer", "unknown_warehouse", "no_lines", "service_returned", "unknown_product",
    ]  # fmt: skip
    later = loose(world, product, "1", "1")
    assert world.refusal(process_returns, [later], on=TODAY + timedelta(3)).code == "in_the_future"


def test_a_draft_is_written_anew_and_one_of_a_shipment_is_not_written_so(world: World) -> None:
    product, other = world.add_product("A"), world.add_product("B")
    world.receive(product, "5")
    place, customer = world.add_warehouse("SIDE"), world.add_customer("C002")
    _, shipment = world.shipped_order((product, "2"))
    [of_shipment] = world.do(return_shipments, [shipment]).answer
    back = loose(world, product, "2")
    new = LooseReturn(customer, place, [LooseLine(other, D(1), D("4.5")), LooseLine(product, D(3))], "found later")

    world.do(edit_loose_return, back, new, version=1)

    row, head = world.row("customer_return", back), world.row("document", back)
    assert (row.note, row.version, head.customer_id, head.warehouse_id) == ("found later", 2, customer, place)
    its = world.lines_of("customer_return_line", "return_id", back)
    assert [(it.product_id, it.quantity, it.unit_cost) for it in its] == [(other, 1, D("4.5")), (product, 3, None)]
    with pytest.raises(Stale):
        world.do(edit_loose_return, back, new, version=1)
    with pytest.raises(DomainError) as refusal:
        world.do(edit_loose_return, of_shipment, new, version=1)
    assert refusal.value.code == "of_shipment"
    assert world.refusal(edit_loose_return, back, LooseReturn(customer, place, []), version=2).code == "no_lines"
