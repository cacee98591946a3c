"""Orders before they are approved: written down, changed, taken up, deleted."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.domain.fulfilment.ordering import cancel_orders
from app.domain.kernel.errors import Invalid, NotFound, Refused, Stale, WrongState
from app.domain.kernel.rows import read, write
from app.domain.kernel.unit import deed
from app.domain.sales.orders import NewLine, NewOrder, activate_orders, add_orders, delete_orders, edit_order
from tests.traces import checksums
from tests.world import TODAY, World

D = Decimal


def wanted(world: World, *pairs: tuple[int, str] | NewLine, **more: Any) -> NewOrder:
    lines = [pair if isinstance(pair, NewLine) else NewLine(pair[0], D(pair[1])) for pair in pairs]
    return replace(NewOrder("phone", world.customer, world.warehouse, TODAY, lines), **more)


def edit(world: World, order: int, new: NewOrder, version: int | None = None) -> None:
    current = world.row("sales_order", order).version
    world.do(edit_order, order, new, version=current if version is None else version)


def history(world: World, order: int) -> list[tuple[str, str | None, str | None, dict[str, Any]]]:
    sql = """SELECT step, from_state, to_state, changes FROM document_history WHERE document_id = %(id)s ORDER BY id"""
    return [tuple(row) for row in read(world.session, sql, id=order)]


def items(world: World, order: int) -> list[Decimal]:
    """What is owed for the lines of an order, in order."""
    sql = "SELECT amount FROM open_item WHERE document_id = %(id)s ORDER BY line_id"
    return [row.amount for row in read(world.session, sql, id=order)]


# Written down.


def test_an_order_is_an_estimate_with_a_number_from_the_first_save(world, cup) -> None:
    first, second = world.order((cup, "1")), world.order((cup, "2"))

    assert [world.state("sales_order", order) for order in (first, second)] == ["estimate", "estimate"]
    numbers = [world.number(order) for order in (first, second)]
    assert all(number.startswith("SO-") for number in numbers)
    assert numbers == sorted(set(numbers))
    assert (items(world, first), world.paid(first)) == ([], None)
    assert history(world, first) == [("create", None, "estimate", {})]


def test_what_is_written_down_is_kept(world, cup) -> None:
    order = world.do(add_orders, [
        wanted(world, NewLine(cup, D(1), promised_on=TODAY), channel="email", requested_on=TODAY, valid_until=TODAY,
               responsible_id=world.by, price_list_id=world.prices, way="manager_storekeeper",
               customer_reference="PO 7", note="Ring twice")
    ])[0]  # fmt: skip

    row = world.row("sales_order", order)
    assert (row.channel, row.on, row.requested_on, row.valid_until) == ("email", TODAY, TODAY, TODAY)
    assert (row.responsible_id, row.price_list_id, row.way) == (world.by, world.prices, "manager_storekeeper")
    assert (row.customer_reference, row.note, row.currency) == ("PO 7", "Ring twice", "EUR")
    assert world.lines_of("sales_order_line", "order_id", order)[0].promised_on == TODAY
    document = world.row("document", order)
    assert (document.customer_id, document.warehouse_id) == (world.customer, world.warehouse)


def test_an_estimate_may_still_be_empty(world) -> None:
    order = world.order()

    assert (world.state("sales_order", order), world.row("sales_order", order).gross) == ("estimate", 0)


def test_an_order_that_is_wanted_at_once_waits_for_a_seller(world, cup) -> None:
    estimate, active = world.do(add_orders, [wanted(world, (cup, "1")), wanted(world, (cup, "2"), active=True)])

    assert [world.state("sales_order", order) for order in (estimate, active)] == ["estimate", "active"]
    assert (items(world, active), world.paid(active), items(world, estimate)) == ([24], "unpaid", [])
    assert [step for step, *_ in history(world, active)] == ["create", "activate"]


def test_no_orders_are_no_orders(world) -> None:
    assert world.do(add_orders, []) == []


# Taken up.


def test_activating_opens_what_is_owed_for_each_line(world, cup, service) -> None:
    order = world.order((cup, "2"), NewLine(service, D(1), unit_price=D("-5.00")), (cup, "1"))

    world.do(activate_orders, [order])

    assert (world.state("sales_order", order), items(world, order), world.paid(order)) == (
        "active",
        [18, 0, 12],
        "unpaid",
    )
    assert history(world, order)[-1] == ("activate", "estimate", "active", {})


def test_an_order_of_nothing_to_pay_is_paid(world, cup) -> None:
    order = world.order(NewLine(cup, D(1), discount=D(100)))

    world.do(activate_orders, [order])

    assert world.paid(order) == "paid"


def test_an_order_that_wants_nothing_is_not_taken_up_and_holds_back_no_other(world, cup) -> None:
    empty, good = world.order(), world.order((cup, "1"))

    errors = world.refused(activate_orders, [empty, good])

    assert {order: error.code for order, error in errors.items()} == {empty: "no_lines"}


def test_the_second_click_finds_it_active_and_another_state_is_told(world, cup) -> None:
    active, cancelled = world.order((cup, "1")), world.order((cup, "1"))
    world.do(activate_orders, [active])
    world.do(cancel_orders, [cancelled], on=TODAY, reason="no more")

    outcome = world.do(activate_orders, [active])
    assert (outcome.done, outcome.already[active].by) == ([], "Sonia Seller")
    assert items(world, active) == [12]

    errors = world.refused(activate_orders, [active, cancelled, 10**15])
    assert {order: type(error) for order, error in errors.items()} == {cancelled: WrongState, 10**15: NotFound}


# Changed.


def test_an_estimate_is_written_anew_and_priced_again(world, cup, service) -> None:
    order = world.order((cup, "1"), (cup, "2"))
    number = world.number(order)
    write(world.session, "UPDATE price_list_row SET price = 20 WHERE product_id = %(cup)s", cup=cup)

    edit(world, order, wanted(world, (service, "2"), (cup, "1")))

    lines = world.lines_of("sales_order_line", "order_id", order)
    assert [(line.position, line.sku, line.quantity, line.net) for line in lines] == [
        (1, "HELP", 2, 10),
        (2, "CUP", 1, 20),
    ]
    row = world.row("sales_order", order)
    assert (row.gross, row.version, row.state, world.number(order)) == (36, 2, "estimate", number)
    assert (items(world, order), world.paid(order)) == ([], None)


def test_customer_and_warehouse_of_an_order_may_change(world, cup) -> None:
    ivan, shop = world.add_customer("IVAN", discount="10"), world.add_warehouse("SHOP")
    order = world.order((cup, "1"))

    edit(world, order, wanted(world, (cup, "1"), customer_id=ivan, warehouse_id=shop))

    document = world.row("document", order)
    assert (document.customer_id, document.warehouse_id) == (ivan, shop)
    assert world.row("sales_order", order).net == 9


def test_what_is_owed_follows_a_changed_active_order(world, cup) -> None:
    ivan = world.add_customer("IVAN")
    order = world.order((cup, "1"), (cup, "2"))
    world.do(activate_orders, [order])

    edit(world, order, wanted(world, (cup, "5"), customer_id=ivan))

    assert (items(world, order), world.paid(order), world.state("sales_order", order)) == ([60], "unpaid", "active")
    assert [row.customer_id for row in read(world.session, "SELECT customer_id FROM open_item")] == [ivan]


def test_an_active_order_that_costs_nothing_any_more_is_paid(world, cup) -> None:
    order = world.order((cup, "1"))
    world.do(activate_orders, [order])

    edit(world, order, wanted(world, NewLine(cup, D(1), discount=D(100))))

    assert world.paid(order) == "paid"


def test_an_active_order_cannot_become_empty_and_an_estimate_can(world, cup) -> None:
    active, estimate = world.order((cup, "1")), world.order((cup, "1"))
    world.do(activate_orders, [active])

    with pytest.raises(Invalid) as refusal:
        edit(world, active, wanted(world))
    assert (refusal.value.code, items(world, active)) == ("no_lines", [12])

    edit(world, estimate, wanted(world))
    assert world.row("sales_order", estimate).gross == 0


def test_editing_does_not_take_an_order_up(world, cup) -> None:
    order = world.order((cup, "1"))

    edit(world, order, wanted(world, (cup, "1"), active=True))

    assert (world.state("sales_order", order), items(world, order)) == ("estimate", [])


def test_who_edits_what_somebody_else_has_changed_is_told_so(world, cup) -> None:
    order = world.order((cup, "1"))
    edit(world, order, wanted(world, (cup, "2")), version=1)

    with pytest.raises(Stale) as refusal:
        edit(world, order, wanted(world, (cup, "3")), version=1)

    assert (refusal.value.code, world.row("sales_order", order).net) == ("stale", 20)


def test_taking_an_order_up_makes_what_was_read_before_stale(world, cup) -> None:
    order = world.order((cup, "1"))
    world.do(activate_orders, [order])

    with pytest.raises(Stale):
        edit(world, order, wanted(world, (cup, "3")), version=1)


@pytest.mark.parametrize("state", ["approved", "performed", "cancelled"])
def test_what_was_agreed_or_cancelled_is_fixed(world, cup, state) -> None:
    world.receive(cup, "1")
    order = world.order((cup, "1"))
    if state == "cancelled":
        world.do(cancel_orders, [order], on=TODAY, reason="no more")
    else:
        world.approve(order)
    if state == "performed":
        world.ship(*world.drafts(order))

    with pytest.raises(WrongState, match=state) as refusal:
        edit(world, order, wanted(world, (cup, "2")))

    assert (refusal.value.code, world.row("sales_order", order).net) == ("not_editable", 10)


def test_an_order_that_does_not_exist_cannot_be_edited(world, cup) -> None:
    with pytest.raises(NotFound):
        world.do(edit_order, 10**15, wanted(world, (cup, "1")), version=1)


def test_a_bad_change_is_refused_by_its_own_sentence_and_changes_nothing(world, cup) -> None:
    order = world.order((cup, "1"))

    with pytest.raises(Invalid, match="Line 1, CUP: the quantity must be above 0") as refusal:
        edit(world, order, wanted(world, (cup, "0")))

    assert refusal.value.code == "quantity_not_positive"
    assert (world.row("sales_order", order).version, len(history(world, order))) == (1, 1)


def test_the_history_says_what_changed_of_the_head(world, cup) -> None:
    ivan = world.add_customer("IVAN")
    order = world.order((cup, "1"))
    later = TODAY + timedelta(days=7)

    edit(world, order, wanted(world, (cup, "1"), customer_id=ivan, valid_until=later, note="Ring", channel="email"))

    assert history(world, order)[-1] == ("edit", "estimate", "estimate", {
        "channel": ["phone", "email"],
        "valid_until": ["None", str(later)],
        "note": ["", "Ring"],
        "customer_id": [str(world.customer), str(ivan)],
    })  # fmt: skip


def test_the_history_says_line_by_line_what_changed(world, cup, service) -> None:
    order = world.order((cup, "10"), (service, "1"), (service, "2"))
    shop = world.add_warehouse("SHOP")
    less = NewLine(service, D(1), unit_price=D("6.50"), discount=D("12.50"), warehouse_id=shop, promised_on=TODAY)

    edit(world, order, wanted(world, (cup, "10"), less))

    assert history(world, order)[-1][3] == {
        "gross": ["138.00", "126.83"],
        "line 2": [
            "1 × HELP at 5", f"1 × HELP at 6.5, less 12.5 %, from warehouse {shop}, promised for {TODAY}"
        ],
        "line 3": ["2 × HELP at 5", ""],
    }  # fmt: skip


def test_the_history_sees_a_change_that_costs_nothing(world, cup) -> None:
    mug = world.add_product("MUG", "10.00")
    pot = world.add_product("POT", None)
    order = world.order((cup, "1"))

    edit(world, order, wanted(world, (mug, "1"), (pot, "1")))

    assert history(world, order)[-1][3] == {
        "line 1": ["1 × CUP at 10", "1 × MUG at 10"], "line 2": ["", "1 × POT at no price"],
    }  # fmt: skip


def test_writing_the_same_again_changes_nothing_in_the_history(world, cup) -> None:
    order = world.order((cup, "1"))

    edit(world, order, wanted(world, (cup, "1")))

    assert history(world, order)[-1] == ("edit", "estimate", "estimate", {})


# Deleted.


def test_a_deleted_estimate_leaves_its_number_and_its_history(world, cup) -> None:
    order = world.order((cup, "1"))
    number = world.number(order)

    world.do(delete_orders, [order])

    assert read(world.session, "SELECT id FROM sales_order_line") == []
    assert read(world.session, "SELECT id FROM sales_order") == []
    assert world.number(order) == number
    assert history(world, order)[-1] == ("delete", "estimate", None, {})


def test_only_estimates_are_deleted_and_every_other_order_is_named(world, cup) -> None:
    estimate, active, cancelled = (world.order((cup, "1")) for _ in range(3))
    world.do(activate_orders, [active])
    world.do(cancel_orders, [cancelled], on=TODAY, reason="no more")

    errors = world.refused(delete_orders, [estimate, active, cancelled, 10**15])

    assert {order: type(error) for order, error in errors.items()} == {
        active: WrongState, cancelled: WrongState, 10**15: NotFound,
    }  # fmt: skip
    assert world.state("sales_order", estimate) == "estimate"


def test_a_refused_batch_leaves_no_trace_in_the_database(fresh_database: Engine) -> None:
    with Session(fresh_database, autoflush=False) as session:
        world = World(session)
        cup = world.add_product("CUP")
        session.commit()
    before = checksums(fresh_database)

    with pytest.raises(Refused):
        deed(lambda session: add_orders(
            session, [wanted(world, (cup, "1"), active=True), wanted(world, (cup, "0"))], by=world.by
        ))  # fmt: skip

    assert checksums(fresh_database) == before
