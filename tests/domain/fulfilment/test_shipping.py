"""Goods leave: whole, in part, with a back order or giving up, and what then is owed and posted."""

from datetime import timedelta
from decimal import Decimal

from app.domain.fulfilment.shipping import process_shipments
from app.domain.kernel.rows import read
from app.domain.sales.orders import NewLine
from tests.domain.fulfilment.ground import approved, order_lines, owed, part, pieces, progress, reservations
from tests.world import TODAY, D, World

YESTERDAY = TODAY - timedelta(1)


def nets(world: World, shipment: int) -> list[Decimal]:
    return [line.net for line in world.lines_of("shipment_line", "shipment_id", shipment)]


def test_a_whole_shipment_moves_stock_order_debt_and_books(world: World, product: int) -> None:
    order, draft = approved(world, (product, "4"))

    world.ship(draft)

    assert world.balance(product) == (6, 0, D("24.00"))
    assert (world.state("shipment", draft), world.number(draft)) == ("processed", "SH-000001")
    assert (world.state("sales_order", order), progress(world, order)) == ("performed", [(4, 0)])
    assert (owed(world, order), owed(world, draft)) == ([0], [D("48.00")])
    assert world.entry(draft, "shipment.processed") == [("5000", "16.00", "0.00"), ("1200", "0.00", "16.00")]
    row = world.row("shipment", draft)
    assert (row.on, row.net, row.vat, row.gross) == (TODAY, D("40.00"), D("8.00"), D("48.00"))
    assert world.drafts(order) == []


def test_the_move_says_what_it_was_for(world: World, product: int) -> None:
    _, draft = approved(world, (product, "4"))

    world.ship(draft)

    [line] = world.lines_of("shipment_line", "shipment_id", draft)
    [move] = read(world.session, "SELECT * FROM stock_move WHERE document_id = %(id)s", id=draft)
    assert (move.line_id, move.quantity, move.value, move.is_mirror) == (line.id, -4, D("-16.00"), False)
    assert (move.on_hand_after, line.cost) == (6, D("16.00"))


def test_what_is_not_shipped_stays_in_a_back_order(world: World, product: int) -> None:
    order, draft = approved(world, (product, "5"))

    world.ship(draft, quantities=part(world, draft, "2"))

    assert (world.state("sales_order", order), progress(world, order)) == ("approved", [(2, 0)])
    [back_order] = world.drafts(order)
    assert (back_order != draft, pieces(world, back_order)) == (True, [(order_lines(world, order)[0], 3)])
    assert (world.balance(product)[:2], reservations(world, order)) == ((8, 3), [(3, 0)])
    assert (owed(world, order), owed(world, draft)) == ([D("36.00")], [D("24.00")])
    links = read(world.session, "SELECT to_id FROM document_link WHERE from_id = %(id)s ORDER BY to_id", id=order)
    assert [row.to_id for row in links] == [draft, back_order]
    world.prove()


def test_given_up_is_free_for_others_and_owed_by_nobody(world: World, product: int) -> None:
    order, draft = approved(world, (product, "8"))
    waiting = world.order((product, "5"))
    world.approve(waiting, consent=["short_stock"])

    world.ship(draft, quantities=part(world, draft, "3"), rest="give_up")

    assert (world.state("sales_order", order), progress(world, order)) == ("performed", [(3, 5)])
    assert (world.drafts(order), owed(world, order), owed(world, draft)) == ([], [0], [D("36.00")])
    assert (reservations(world, order), reservations(world, waiting)) == ([], [(5, 0)])
    world.prove()


def test_a_line_may_be_given_up_whole_while_another_leaves(world: World, product: int) -> None:
    other = world.add_product("B")
    world.receive(other, "5")
    order, draft = approved(world, (product, "2"), (other, "5"))

    world.ship(draft, quantities=part(world, draft, "2", "0"), rest="give_up")

    assert (world.state("sales_order", order), progress(world, order)) == ("performed", [(2, 0), (0, 5)])
    assert (owed(world, order), owed(world, draft)) == ([0, 0], [D("24.00"), 0])
    moves = read(world.session, "SELECT product_id FROM stock_move WHERE document_id = %(id)s", id=draft)
    assert [move.product_id for move in moves] == [product]
    world.prove()


def test_a_line_of_nothing_waits_in_the_back_order(world: World, product: int) -> None:
    other = world.add_product("B")
    world.receive(other, "5")
    order, draft = approved(world, (product, "2"), (other, "5"))

    world.ship(draft, quantities=part(world, draft, "2", "0"))

    [back_order] = world.drafts(order)
    assert pieces(world, back_order) == [(order_lines(world, order)[1], 5)]
    assert world.balance(other)[:2] == (5, 5)
    world.prove()


def test_parts_of_a_line_add_up_to_it(world: World) -> None:
    """100.00 in 7 pieces, as 3 + 2 + 2."""
    product = world.add_product("SEVEN", None)
    world.receive(product, "7", "10.00")
    order, draft = approved(world, NewLine(product, D(7), D("14.2857")))

    taken = []
    for quantity in ("3", "2", "2"):
        [draft] = world.drafts(order)
        world.ship(draft, quantities=part(world, draft, quantity))
        taken += nets(world, draft)

    assert taken == [D("42.86"), D("28.57"), D("28.57")]
    assert world.state("sales_order", order) == "performed"
    world.prove()


def test_three_pieces_of_a_price_that_does_not_divide(world: World) -> None:
    """3 × 0.3333 ordered makes 1.00."""
    product = world.add_product("THIRD", "0.3333")
    world.receive(product, "3", "3.3333")
    order, draft = approved(world, (product, "3"))

    taken, costs = [], []
    for _ in range(3):
        [draft] = world.drafts(order)
        world.ship(draft, quantities=part(world, draft, "1"))
        taken += nets(world, draft)
        costs += [line.cost for line in world.lines_of("shipment_line", "shipment_id", draft)]

    assert (taken, costs) == ([D("0.33"), D("0.34"), D("0.33")], [D("3.33"), D("3.34"), D("3.33")])
    assert world.balance(product) == (0, 0, 0)


def test_vat_is_reckoned_for_each_shipment_and_shared_to_its_lines(world: World) -> None:
    """Three lines of 0.03 make 0.02 of VAT, not three times 0.01."""
    products = [world.add_product(sku, "0.03") for sku in "ABC"]
    for product in products:
        world.receive(product, "1")
    _, draft = approved(world, *((product, "1") for product in products))

    world.ship(draft)

    lines = world.lines_of("shipment_line", "shipment_id", draft)
    assert ([line.vat for line in lines], world.row("shipment", draft).vat) == ([D("0.01"), D("0.01"), 0], D("0.02"))


def test_rates_are_reckoned_apart(world: World, product: int) -> None:
    low = world.add_product("LOW", "10.00", tax=9)
    world.receive(low, "1")
    _, draft = approved(world, (product, "1"), (low, "1"))

    world.ship(draft)

    row = world.row("shipment", draft)
    assert (row.net, row.vat, row.gross) == (D("20.00"), D("2.90"), D("22.90"))


def test_prices_with_vat_divide_the_gross(session) -> None:  # type: ignore[no-untyped-def]
    world = World(session, vat_included=True)
    product = world.add_product("A", "9.99")
    world.receive(product, "7")
    order, draft = approved(world, (product, "7"))

    taken = []
    for quantity in ("3", "2", "2"):
        [draft] = world.drafts(order)
        world.ship(draft, quantities=part(world, draft, quantity))
        row = world.row("shipment", draft)
        taken.append((row.net, row.vat, row.gross))

    assert taken == [
        (D("24.98"), D("4.99"), D("29.97")), (D("16.65"), D("3.33"), D("19.98")), (D("16.65"), D("3.33"), D("19.98")),
    ]  # fmt: skip
    world.prove()


def test_amounts_have_the_decimals_of_the_currency(session) -> None:  # type: ignore[no-untyped-def]
    world = World(session, currency="JPY")
    product = world.add_product("A", "99.5")
    world.receive(product, "3", "33")
    _, draft = approved(world, (product, "3"))

    world.ship(draft)

    row = world.row("shipment", draft)
    assert (row.net, row.vat, row.gross) == (299, 60, 359)
    world.prove()


def test_negative_services_settle_positive_lines(world: World, product: int) -> None:
    fee = world.add_product("FEE", None, kind="service")
    order, draft = approved(world, (product, "4"), NewLine(fee, D(1), D("-5.00")))

    world.ship(draft)

    assert (owed(world, order), owed(world, draft)) == ([0, 0], [D("42.00"), 0])
    assert world.row("shipment", draft).gross == D("42.00")
    world.prove()


def test_a_shipment_is_never_worth_less_than_nothing(world: World, product: int) -> None:
    fee = world.add_product("FEE", None, kind="service")
    _, draft = approved(world, (product, "4"), NewLine(fee, D(1), D("-15.00")))

    error = world.refusal(process_shipments, [draft], on=TODAY, quantities=part(world, draft, "1"))

    assert (error.code, error.facts, "6.00" in str(error)) == ("negative_total", {}, False)


def test_services_alone_leave_without_stock_and_without_an_entry(world: World) -> None:
    order, draft = approved(world, (world.add_product("S", kind="service"), "2"))

    world.ship(draft)

    assert (world.state("sales_order", order), world.entry(draft, "shipment.processed")) == ("performed", [])
    assert read(world.session, "SELECT id FROM stock_move") == []


def test_own_production_is_posted_to_the_accounts_of_its_group(world: World) -> None:
    sql = "SELECT id FROM account WHERE code = %(code)s"
    inventory, cost = (world.ids(sql, code=code)[0] for code in ("1210", "5010"))
    group = world.group("production")
    read(world.session, "UPDATE product_group SET inventory_account_id = %(inventory)s, cost_account_id = %(cost)s "
         "WHERE id = %(id)s RETURNING id", inventory=inventory, cost=cost, id=group)  # fmt: skip
    own, bought = world.add_product("OWN", kind="production"), world.add_product("BOUGHT")
    for product in (own, bought):
        world.receive(product, "2", "3.00")
    _, draft = approved(world, (own, "1"), (bought, "2"))

    world.ship(draft)

    assert sorted(world.entry(draft, "shipment.processed")) == [
        ("1200", "0.00", "6.00"), ("1210", "0.00", "3.00"), ("5000", "6.00", "0.00"), ("5010", "3.00", "0.00"),
    ]  # fmt: skip
    world.prove()
