"""Drafts of invoices, which hold what was shipped."""

from datetime import timedelta

from app.domain.billing.drafts import delete_invoices
from app.domain.billing.portions import draft_invoices
from app.domain.fulfilment.shipping import cancel_shipments
from app.domain.kernel.errors import NotFound, WrongState
from app.domain.kernel.rows import write
from app.domain.pricing.models import PriceList, PriceListRow
from app.domain.sales.orders import NewLine
from tests.domain.billing.ground import draft, invoiced, lines
from tests.world import TODAY, D, World

YESTERDAY = TODAY - timedelta(1)


def test_a_draft_of_a_shipment_holds_all_its_pieces_and_posts_nothing(world: World, product: int) -> None:
    _, shipment = world.shipped_order((product, "4"))

    invoice = draft(world, shipment)

    assert lines(world, invoice) == [("A", 4, D("40.00"), D("8.00"), D("48.00"))]
    row = world.row("invoice", invoice)
    assert (row.state, row.on, row.net, row.vat, row.gross) == ("draft", None, D("40.00"), D("8.00"), D("48.00"))
    assert (world.number(invoice), world.paid(invoice), invoiced(world, shipment)) == (None, None, [4])
    assert world.entry(invoice, "invoice.issued") == []
    assert world.row("document", invoice).customer_id == world.customer
    world.prove()


def test_one_invoice_takes_several_shipments_in_the_order_named(world: World, product: int) -> None:
    shipments = [world.shipped_order((product, quantity))[1] for quantity in ("1", "2")]

    invoice = draft(world, shipments[1], shipments[0])

    assert [line[1] for line in lines(world, invoice)] == [2, 1]
    links = "SELECT from_id FROM document_link WHERE to_id = %(id)s AND kind = 'invoices' ORDER BY from_id"
    assert world.ids(links, id=invoice) == shipments


def test_vat_is_reckoned_for_the_invoice_not_added_up_from_shipments(world: World) -> None:
    """Three times 0.03 has 0.01 of VAT each; together 0.09 has 0.02."""
    product = world.add_product("CENTS", "0.03")
    world.receive(product, "3")
    shipments = [world.shipped_order((product, "1"))[1] for _ in range(3)]

    invoice = draft(world, *shipments)

    assert [world.row("shipment", shipment).vat for shipment in shipments] == [D("0.01")] * 3
    assert world.row("invoice", invoice).vat == D("0.02")
    assert [line[3] for line in lines(world, invoice)] == [D("0.01"), D("0.01"), 0]


def test_portions_of_a_line_may_have_cents_less_of_vat(world: World) -> None:
    """42.86 + 28.57 + 28.57 at 20 % is 19.99, not 20.00."""
    product = world.add_product("SEVEN", None)
    world.receive(product, "7")
    order = world.order(NewLine(product, D(7), D("14.2857")))
    world.approve(order)
    vats = []
    for quantity in ("3", "2", "2"):
        [shipment] = world.drafts(order)
        [line] = world.lines_of("shipment_line", "shipment_id", shipment)
        world.ship(shipment, quantities={line.id: D(quantity)})
        vats.append(world.row("invoice", world.invoice(shipment)).vat)

    assert (vats, sum(vats)) == ([D("8.57"), D("5.71"), D("5.71")], D("19.99"))
    world.prove()


def test_where_prices_have_vat_the_gross_of_the_lines_stays(session) -> None:  # type: ignore[no-untyped-def]
    world = World(session, vat_included=True)
    product, low = world.add_product("A", "9.99"), world.add_product("B", "5.00", tax=9)
    for each in (product, low):
        world.receive(each, "9")
    _, shipment = world.shipped_order((product, "1"), (low, "1"), (product, "2"))

    invoice = world.invoice(shipment)

    assert [line[4] for line in lines(world, invoice)] == [D("9.99"), D("5.00"), D("19.98")]
    row = world.row("invoice", invoice)
    assert (row.prices_include_vat, row.net, row.vat, row.gross) == (True, D("29.57"), D("5.40"), D("34.97"))
    world.prove()


def test_words_price_and_discount_are_those_of_the_order(world: World, product: int) -> None:
    _, shipment = world.shipped_order(NewLine(product, D(2), D("7.5"), D("10")))
    write(world.session, "UPDATE product SET name = 'Renamed', sku = 'OTHER'")

    invoice = draft(world, shipment)

    [line] = world.lines_of("invoice_line", "invoice_id", invoice)
    assert (line.sku, line.name, line.unit, line.unit_price, line.discount, line.net) == (
        "A", "Product A", "pcs", D("7.5"), D("10"), D("13.50"),
    )  # fmt: skip


def test_lines_of_which_nothing_left_are_not_invoiced(world: World, product: int) -> None:
    other = world.add_product("B")
    world.receive(other, "5")
    order = world.order((product, "1"), (other, "1"))
    world.approve(order)
    [shipment] = world.drafts(order)
    kept = world.lines_of("shipment_line", "shipment_id", shipment)[1]
    world.ship(shipment, quantities={kept.id: D(0)})

    assert [line[0] for line in lines(world, draft(world, shipment))] == ["A"]


def test_a_batch_makes_an_invoice_of_each_group(world: World, product: int) -> None:
    one, two, three = (world.shipped_order((product, "1"))[1] for _ in range(3))

    made = world.do(draft_invoices, [[one], [three, two]])

    assert [len(lines(world, invoice)) for invoice in made] == [1, 2]


def test_what_is_on_an_invoice_is_not_invoiced_again(world: World, product: int) -> None:
    _, shipment = world.shipped_order((product, "4"))
    draft(world, shipment)

    error = world.refusal(draft_invoices, [[shipment]])

    assert (error.code, error.facts["number"]) == ("already_invoiced", world.number(shipment))


def test_groups_that_cannot_be_invoiced_are_named_by_their_place(world: World, product: int) -> None:
    _, good = world.shipped_order((product, "1"))
    order = world.order((product, "1"))
    world.approve(order)
    [waiting] = world.drafts(order)
    _, cancelled = world.shipped_order((product, "1"))
    world.do(cancel_shipments, [cancelled], on=TODAY, reason="no")

    refused = world.refused(draft_invoices, [[], [good], [waiting], [good], [999_999_999], [cancelled], [good, good]])

    assert {place: error.code for place, error in refused.items()} == {
        0: "no_shipments", 2: "not_shipped", 3: "shipment_twice", 4: "not_found", 5: "not_shipped", 6: "shipment_twice",
    }  # fmt: skip
    assert isinstance(refused[4], NotFound)


def test_shipments_of_two_customers_are_not_mixed(world: World, product: int) -> None:
    _, one = world.shipped_order((product, "1"))
    _, two = world.shipped_order((product, "1"), customer=world.add_customer("C002"))

    assert world.refusal(draft_invoices, [[one, two]]).code == "mixed_shipments"


def test_prices_with_and_without_vat_are_not_mixed(world: World, product: int) -> None:
    shop = world.add(PriceList, code="SHOP", name="Shop", currency="EUR", vat_included=True, is_default=False)
    world.add(PriceListRow, price_list_id=shop, product_id=product, price=D(12), min_quantity=D(0))
    _, one = world.shipped_order((product, "1"))
    _, two = world.shipped_order((product, "1"), price_list_id=shop)

    assert world.refusal(draft_invoices, [[one, two]]).code == "mixed_shipments"


def test_deleting_a_draft_frees_what_it_held(world: World, product: int) -> None:
    _, shipment = world.shipped_order((product, "4"))
    invoice = draft(world, shipment)

    world.do(delete_invoices, [invoice, invoice])

    assert (invoiced(world, shipment), world.ids("SELECT id FROM invoice")) == ([0], [])
    assert world.entry(world.invoice(shipment), "invoice.issued") != []
    world.prove()


def test_an_issued_invoice_is_not_deleted_and_an_unknown_one_is_not_found(world: World, product: int) -> None:
    _, shipment = world.shipped_order((product, "4"))
    invoice = world.invoice(shipment)

    issued, unknown = world.refusal(delete_invoices, [invoice]), world.refusal(delete_invoices, [999_999_999])

    assert (type(issued), type(unknown), invoiced(world, shipment)) == (WrongState, NotFound, [4])


def test_shipments_that_are_less_than_nothing_together_are_not_invoiced_as_one(world: World) -> None:
    """Each is worth 0.00, with VAT of -0.004 that rounds to nothing; two have -0.01 of it."""
    product, fee = world.add_product("A", "0.02", tax=0), world.add_product("FEE", None, kind="service")
    world.receive(product, "2")
    one, two = (world.shipped_order((product, "1"), NewLine(fee, D(1), D("-0.02")))[1] for _ in range(2))

    error = world.refusal(draft_invoices, [[one, two]])

    assert (error.code, error.facts["gross"]) == ("negative_total", D("-0.01"))
    assert [len(lines(world, invoice)) for invoice in world.do(draft_invoices, [[one], [two]])] == [2, 2]
