"""Approving an order: what is agreed, what is held, and the drafts that wait."""

from datetime import timedelta

import pytest

from app.domain.catalog.models import Product
from app.domain.fulfilment.ordering import approve_orders, cancel_orders
from app.domain.kernel.document import Actor
from app.domain.kernel.errors import NotFound, WrongState
from app.domain.kernel.rows import read, write
from app.domain.parties.models import Customer
from app.domain.sales.orders import NewLine, NewOrder, edit_order
from tests.domain.fulfilment.ground import AGREED, order_lines, owed, pieces, reservations
from tests.world import TODAY, D, World

YESTERDAY = TODAY - timedelta(1)


def test_an_approved_order_holds_its_goods_and_leaves_a_draft_shipment(world: World, product: int) -> None:
    order = world.order((product, "4"))

    world.approve(order)

    assert (world.state("sales_order", order), world.balance(product)[:2]) == ("approved", (10, 4))
    [draft] = world.drafts(order)
    assert pieces(world, draft) == [(order_lines(world, order)[0], 4)]
    assert (world.number(draft), world.row("shipment", draft).on, world.paid(order)) == (None, None, "unpaid")


def test_approving_notes_who_agreed_for_the_client_and_how(world: World, product: int) -> None:
    order = world.order((product, "1"), requested_on=TODAY + timedelta(7))

    world.do(approve_orders, [order], on=TODAY, agreed_by="Mrs Client", agreed_how="e-mail")

    row = world.row("sales_order", order)
    assert (row.agreed_by, row.agreed_how, row.agreed_at is not None) == ("Mrs Client", "e-mail", True)
    assert world.lines_of("sales_order_line", "order_id", order)[0].promised_on == TODAY + timedelta(7)
    sql = "SELECT from_state, to_state, changes FROM document_history WHERE document_id = %(id)s AND step = 'approve'"
    [history] = read(world.session, sql, id=order)
    assert (history.from_state, history.to_state) == ("estimate", "approved")
    assert history.changes["agreed_by"] == "Mrs Client"


@pytest.mark.parametrize("told", [{"agreed_by": " "}, {"agreed_how": ""}])
def test_nobody_is_no_agreement(world: World, product: int, told: dict[str, str]) -> None:
    order = world.order((product, "1"))

    assert world.refusal(approve_orders, [order], on=TODAY, **(AGREED | told)).code == "no_agreement"


def test_a_promise_of_a_line_is_kept_beside_the_orders(world: World, product: int) -> None:
    promised = TODAY + timedelta(3)
    order = world.order(NewLine(product, D(1), promised_on=promised), (product, "1"), requested_on=TODAY)

    world.approve(order)

    lines = world.lines_of("sales_order_line", "order_id", order)
    assert [line.promised_on for line in lines] == [promised, TODAY]


def test_what_is_promised_at_approving_stands_above_what_was_written_down(world: World, product: int) -> None:
    first, later = TODAY + timedelta(3), TODAY + timedelta(9)
    wanted = [NewLine(product, D(1), promised_on=first), NewLine(product, D(1), promised_on=first), (product, "1")]
    order, other = world.order(*wanted, requested_on=TODAY), world.order((product, "1"))
    lines = order_lines(world, order)

    foreign = {order_lines(world, other)[0]: later}
    refusal = world.refusal(approve_orders, [order], on=TODAY, promised_on=foreign, **AGREED)
    world.do(approve_orders, [order], on=TODAY, promised_on={lines[0]: later}, **AGREED)

    assert refusal.code == "foreign_line"
    its = world.lines_of("sales_order_line", "order_id", order)
    assert [line.promised_on for line in its] == [later, first, TODAY]


def test_an_approved_order_is_fixed(world: World, product: int) -> None:
    order = world.order((product, "4"))
    world.approve(order)
    other = NewOrder("phone", world.customer, world.warehouse, TODAY, [NewLine(product, D(1))])

    error = world.refusal(edit_order, order, other, version=world.row("sales_order", order).version)

    assert (error.code, world.lines_of("sales_order_line", "order_id", order)[0].quantity) == ("not_editable", 4)


def test_what_was_agreed_stays_when_price_and_name_change_and_the_net_when_the_tax_does(
    world: World, product: int
) -> None:
    order = world.order((product, "4"))
    world.approve(order)

    write(world.session, "UPDATE price_list_row SET price = 99")
    write(world.session, "UPDATE product SET name = 'Renamed'")
    world.change_rate(20, "5", TODAY)
    world.ship(*world.drafts(order))

    [line] = world.lines_of("sales_order_line", "order_id", order)
    assert (line.name, line.net, line.vat) == ("Product A", D("40.00"), D("8.00"))
    [shipped] = world.lines_of("shipment_line", "shipment_id", world.ids("SELECT id FROM shipment")[0])
    assert (shipped.net, shipped.vat) == (D("40.00"), D("2.00"))


def test_what_is_short_is_refused_without_consent(world: World, product: int) -> None:
    order = world.order((product, "11"))

    error = world.refusal(approve_orders, [order], on=TODAY, **AGREED)

    assert (error.code, error.facts["available"], error.facts["wanted"]) == ("short_stock", 10, 11)
    assert (world.state("sales_order", order), world.drafts(order)) == ("estimate", [])


def test_with_consent_the_rest_waits_until_goods_come_in(world: World, product: int) -> None:
    order = world.order((product, "11"))
    world.approve(order, consent=["short_stock"])
    before = reservations(world, order)

    world.receive(product, "5")

    assert (before, reservations(world, order)) == ([(10, 1)], [(11, 0)])
    assert world.balance(product)[:2] == (15, 11)


def test_who_was_approved_first_is_served_first(world: World, product: int) -> None:
    first, second = world.order((product, "12")), world.order((product, "2"))

    world.approve(first, second, consent=["short_stock"])
    world.receive(product, "3")

    assert (reservations(world, first), reservations(world, second)) == ([(12, 0)], [(1, 1)])


def test_a_batch_that_is_short_together_refuses_the_later_order(world: World, product: int) -> None:
    first, second, third = (world.order((product, quantity)) for quantity in ("6", "6", "4"))

    refused = world.refused(approve_orders, [third, second, first], on=TODAY, **AGREED)

    assert list(refused) == [second]


def test_two_lines_of_one_product_share_what_is_there(world: World, product: int) -> None:
    order = world.order((product, "6"), (product, "6"))

    world.approve(order, consent=["short_stock"])

    assert reservations(world, order) == [(6, 0), (4, 2)]


def test_where_more_may_be_sold_than_is_there_everything_is_held(world: World, product: int) -> None:
    free = world.add_warehouse("FREE", negative=True)
    order = world.order((product, "3"), warehouse=free)

    world.approve(order)

    assert (world.balance(product, free)[:2], reservations(world, order)) == ((0, 3), [(3, 0)])


def test_an_expired_estimate_keeps_its_prices_only_with_consent(world: World, product: int) -> None:
    order = world.order((product, "1"), on=YESTERDAY, valid_until=YESTERDAY)

    error = world.refusal(approve_orders, [order], on=TODAY, **AGREED)
    world.approve(order, consent=["expired"])

    assert (error.code, error.facts["until"], world.state("sales_order", order)) == ("expired", YESTERDAY, "approved")


@pytest.mark.parametrize("active", [False, True])
def test_an_estimate_is_valid_on_its_last_day_and_an_active_order_does_not_expire(
    world: World, product: int, active: bool
) -> None:
    until = YESTERDAY if active else TODAY
    order = world.order((product, "1"), on=YESTERDAY, valid_until=until, active=active)

    world.approve(order)

    assert world.state("sales_order", order) == "approved"


def test_a_line_without_price_is_refused_with_its_product_and_list(world: World) -> None:
    unpriced, other = world.add_product("NOPRICE", None), world.add_product("B")
    order = world.order((unpriced, "1"), (other, "1"))

    error = world.refusal(approve_orders, [order], on=TODAY, consent=["short_stock"], **AGREED)

    assert (error.code, error.facts["skus"], error.facts["list"]) == ("no_price", "NOPRICE", "RETAIL")
    assert "NOPRICE" in str(error)
    assert "RETAIL" in str(error)


def test_an_order_without_lines_or_of_an_archived_customer_is_refused(world: World, product: int) -> None:
    empty, archived = world.order(), world.order((product, "1"))
    write(world.session, "UPDATE customer SET active = false")

    refused = world.refused(approve_orders, [empty, archived], on=TODAY, **AGREED)

    codes = {order: error.code for order, error in refused.items()}
    assert codes == {empty: "no_lines", archived: "archived_customer"}


def test_nothing_is_agreed_before_the_date_of_the_order(world: World, product: int) -> None:
    order = world.order((product, "1"))

    error = world.refusal(approve_orders, [order], on=YESTERDAY, **AGREED)

    assert (error.code, error.facts["order_on"]) == ("before_document", TODAY)


def test_a_consent_that_is_none_is_refused(world: World, product: int) -> None:
    error = world.refusal(approve_orders, [world.order((product, "1"))], on=TODAY, consent=["anything"], **AGREED)

    assert error.code == "unknown_consent"


def test_each_warehouse_gets_a_draft_of_its_own(world: World, product: int) -> None:
    store = world.add_warehouse("STORE")
    world.receive(product, "5", warehouse=store)
    order = world.order((product, "1"), NewLine(product, D(2), warehouse_id=store), (product, "3"))

    world.approve(order)

    one, two, three = order_lines(world, order)
    by_place = {world.row("document", draft).warehouse_id: pieces(world, draft) for draft in world.drafts(order)}
    assert by_place == {world.warehouse: [(one, 1), (three, 3)], store: [(two, 2)]}


def test_services_go_with_the_goods_of_the_orders_own_warehouse(world: World, product: int) -> None:
    store, service = world.add_warehouse("STORE"), world.add_product("S", kind="service")
    world.receive(product, "5", warehouse=store)
    order = world.order((service, "1"), NewLine(product, D(2), warehouse_id=store), (product, "3"))

    world.approve(order)

    one, two, three = order_lines(world, order)
    by_place = {world.row("document", draft).warehouse_id: pieces(world, draft) for draft in world.drafts(order)}
    assert by_place == {world.warehouse: [(one, 1), (three, 3)], store: [(two, 2)]}


def test_services_follow_the_first_goods_where_none_leave_the_orders_own_warehouse(world: World, product: int) -> None:
    store, service = world.add_warehouse("STORE"), world.add_product("S", kind="service")
    world.receive(product, "5", warehouse=store)
    order = world.order((service, "1"), NewLine(product, D(2), warehouse_id=store))

    world.approve(order)

    [draft] = world.drafts(order)
    assert world.row("document", draft).warehouse_id == store
    assert [quantity for _, quantity in pieces(world, draft)] == [1, 2]


def test_services_alone_leave_a_draft_at_the_orders_own_warehouse_and_hold_nothing(world: World) -> None:
    order = world.order((world.add_product("S", kind="service"), "2"))

    world.approve(order)

    assert [world.row("document", draft).warehouse_id for draft in world.drafts(order)] == [world.warehouse]
    assert reservations(world, order) == []


def test_an_active_order_is_owed_once_after_it_is_approved(world: World, product: int) -> None:
    order = world.order((product, "2"), active=True)

    world.approve(order)

    assert owed(world, order) == [24]


def test_approving_twice_is_already_done_by_whom_and_when(world: World, product: int) -> None:
    order = world.order((product, "2"))
    world.approve(order)

    outcome = world.do(approve_orders, [order], on=TODAY, **AGREED)

    already = outcome.already[order]
    assert (outcome.done, already.by, already.at.date() >= TODAY) == ([], "Sonia Seller", True)
    assert (len(world.drafts(order)), world.balance(product)[1]) == (1, 2)


def test_wrong_and_unknown_orders_are_refused_together(world: World, product: int) -> None:
    cancelled, good = world.order((product, "1")), world.order((product, "1"))
    world.do(cancel_orders, [cancelled], on=TODAY, reason="no")

    refused = world.refused(approve_orders, [cancelled, good, 999_999_999], on=TODAY, **AGREED)

    assert {order: type(error) for order, error in refused.items()} == {
        cancelled: WrongState, 999_999_999: NotFound,
    }  # fmt: skip


def test_names_are_in_the_customers_language(world: World) -> None:
    product = world.add(
        Product, sku="BG", name="Chair", kind="service", group_id=world.group("service"), unit_id=world.unit,
        tax_rate_id=world.taxes[20], translations={"bg": "Стол"},
    )  # fmt: skip
    customer = world.add(Customer, code="BG", name="Иван", payment_term_id=world.term, language="bg")
    order = world.order(NewLine(product, D(1), D(5)), customer=customer)

    world.approve(order)

    assert world.lines_of("sales_order_line", "order_id", order)[0].name == "Стол"


def test_the_history_says_who_did_it(world: World, product: int) -> None:
    order = world.order((product, "1"))
    world.by = world.add(Actor, name="Boris Boss")

    world.approve(order)

    again = world.do(approve_orders, [order], on=TODAY, **AGREED)
    assert again.already[order].by == "Boris Boss"
