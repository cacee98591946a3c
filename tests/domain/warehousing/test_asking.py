"""What a warehouse asks of another: drafts, who may ask whom for what, and what approval holds."""

from datetime import timedelta
from decimal import Decimal

import pytest

from app.domain.kernel.rows import read
from app.domain.warehousing.asking import (
    NewInternalLine,
    NewInternalOrder,
    add_internal_orders,
    approve_internal_orders,
    delete_internal_orders,
    edit_internal_order,
)
from app.domain.warehousing.transit import cancel_internal_orders
from tests.world import TODAY, World

D = Decimal


@pytest.fixture
def shop(world: World) -> int:
    return world.add_warehouse("SHOP")


def held(world: World, order: int) -> list[tuple[D, D]]:
    rows = read(world.session, "SELECT quantity, waiting FROM reservation WHERE document_id = %(id)s", id=order)
    return [(row.quantity, row.waiting) for row in rows]


def test_a_draft_holds_nothing_and_can_be_deleted(world: World, cup: int, shop: int) -> None:
    world.receive(cup, "10")
    draft = world.ask((cup, "3"), warehouse=shop, approved=False)

    assert world.balance(cup) == (D(10), D(0), D(40))
    assert (world.state("internal_order", draft), world.number(draft)) == ("draft", None)
    world.do(delete_internal_orders, [draft])
    assert not read(world.session, "SELECT id FROM internal_order")
    world.prove()


def test_approved_the_source_holds_what_it_has_and_the_rest_waits_for_goods(world: World, cup: int, shop: int) -> None:
    world.receive(cup, "3")
    order = world.ask((cup, "5"), warehouse=shop)

    assert (world.state("internal_order", order), world.number(order)) == ("approved", "IO-000001")
    assert (held(world, order), world.balance(cup)) == ([(D(3), D(2))], (D(3), D(3), D(12)))
    world.receive(cup, "5")
    assert (held(world, order), world.balance(cup)[:2]) == ([(D(5), D(0))], (D(8), D(5)))
    assert world.balance(cup, shop) == (D(0), D(0), D(0))
    world.prove()


def test_customers_and_warehouses_wait_in_one_queue(world: World, cup: int, shop: int) -> None:
    first = world.ask((cup, "2"), warehouse=shop)
    order = world.order((cup, "2"))
    world.approve(order, consent=["short_stock"])
    last = world.ask((cup, "2"), warehouse=shop)

    world.receive(cup, "5")

    assert [held(world, it) for it in (first, order, last)] == [[(D(2), D(0))], [(D(2), D(0))], [(D(1), D(1))]]
    world.do(cancel_internal_orders, [first], on=TODAY, reason="no room")
    assert [held(world, it) for it in (first, order, last)] == [[], [(D(2), D(0))], [(D(2), D(0))]]
    world.prove()


def test_a_draft_is_written_anew_and_only_by_who_saw_it_last(world: World, cup: int, shop: int) -> None:
    pot, other = world.add_product("POT"), world.add_warehouse("OTHER")
    draft = world.ask((cup, "3"), warehouse=shop, approved=False)
    anew = NewInternalOrder(other, world.warehouse, [NewInternalLine(pot, D(7))], note="for the fair")

    world.do(edit_internal_order, draft, anew, version=1)

    [line] = world.lines_of("internal_order_line", "internal_order_id", draft)
    assert (line.product_id, line.quantity) == (pot, D(7))
    assert world.row("document", draft).warehouse_id == other
    assert world.refusal(edit_internal_order, draft, anew, version=1).code == "stale"
    world.do(approve_internal_orders, [draft], on=TODAY)
    assert world.refusal(edit_internal_order, draft, anew, version=3).code == "not_editable"
    assert world.refusal(delete_internal_orders, [draft]).code == "wrong_state"
    world.prove()


@pytest.mark.parametrize("quantity", ["0", "-1", "1.5", "NaN", "Infinity", "1e30"])
def test_quantities_that_nobody_can_mean_are_refused(world: World, cup: int, shop: int, quantity: str) -> None:
    lines = [NewInternalLine(cup, D(quantity))]

    world.refusal(add_internal_orders, [NewInternalOrder(shop, world.warehouse, lines)])


def test_what_no_warehouse_can_ask_is_refused_by_its_position(world: World, cup: int, shop: int) -> None:
    care, line = world.add_product("CARE", kind="service"), NewInternalLine(cup, D(1))
    bad = [
        NewInternalOrder(shop, world.warehouse, [line]),
        NewInternalOrder(shop, shop, [line]),
        NewInternalOrder(shop, 999_999, [line]),
        NewInternalOrder(999_999, shop, [line]),
        NewInternalOrder(shop, world.warehouse, [NewInternalLine(care, D(1))]),
        NewInternalOrder(shop, world.warehouse, [NewInternalLine(999_999, D(1))]),
    ]

    errors = world.refused(add_internal_orders, bad)

    assert {place: error.code for place, error in errors.items()} == {
        1: "same_warehouse", 2: "unknown_warehouse", 3: "unknown_warehouse", 4: "service_in_stock",
        5: "unknown_product",
    }  # fmt: skip


def test_asking_for_nothing_or_tomorrow_is_refused_and_the_second_click_finds_it_done(
    world: World, cup: int, shop: int
) -> None:
    empty, good = world.ask(warehouse=shop, approved=False), world.ask((cup, "1"), warehouse=shop, approved=False)

    errors = world.refused(approve_internal_orders, [empty, good], on=TODAY)
    assert {document: error.code for document, error in errors.items()} == {empty: "no_lines"}
    world.refusal(approve_internal_orders, [good], on=TODAY + timedelta(days=5))
    world.do(approve_internal_orders, [good], on=TODAY)
    assert world.do(approve_internal_orders, [good], on=TODAY).already.keys() == {good}
    world.prove()
