"""Cents by which the invoices of a paid shipment differ from it, because VAT is reckoned for each invoice."""

from app.domain.billing.invoicing import issue_invoices
from app.domain.sales.orders import NewLine
from app.domain.treasury.cash import cancel_cash_orders
from tests.domain.billing.ground import draft, owed, part, seven
from tests.world import TODAY, D, World


def entry(world: World, invoice: int) -> list[tuple[str, str, str]]:
    return world.entry(invoice, "invoice.rounded")


def test_what_a_paid_shipment_leaves_over_goes_to_rounding_differences(world: World) -> None:
    """51.43, 34.28 and 34.28 are 119.99 of the 120.00 that were paid."""
    order, shipment, line = seven(world)
    world.pay(shipment, "120.00")

    made = [world.invoice(shipment, quantities={line: D(quantity)}) for quantity in ("3", "2", "2")]

    assert [entry(world, invoice) for invoice in made] == [[], [], [("1100", "0.01", "0.00"), ("6900", "0.00", "0.01")]]
    assert [owed(world, invoice) for invoice in made] == [[D("51.43")], [D("34.28")], [D("34.29")]]
    assert [world.paid(document) for document in (order, shipment, *made)] == ["paid"] * 5
    advances = "SELECT 1 FROM credit WHERE amount > used"
    assert world.ids(advances) == [], "nothing of the payment is left over"
    world.prove()


def test_what_it_leaves_short_goes_there_too(world: World) -> None:
    """Three times 0.03 is 0.11 with VAT; one by one they are 0.04."""
    product = world.add_product("CENTS", "0.03")
    world.receive(product, "3")
    _, shipment = world.shipped_order((product, "3"))
    line = world.lines_of("shipment_line", "shipment_id", shipment)[0].id
    world.pay(shipment, "0.11")

    made = [world.invoice(shipment, quantities={line: D(1)}) for _ in range(3)]

    assert entry(world, made[2]) == [("1100", "0.00", "0.01"), ("6900", "0.01", "0.00")]
    assert [world.paid(invoice) for invoice in made] == ["paid"] * 3
    world.prove()


def test_an_unpaid_shipment_is_owed_as_it_is_invoiced(world: World) -> None:
    _, shipment, line = seven(world)
    world.pay(shipment, "119.99")

    made = [world.invoice(shipment, quantities={line: D(quantity)}) for quantity in ("3", "2", "2")]

    assert (entry(world, made[2]), owed(world, made[2])) == ([], [D("34.28")])
    world.prove()


def test_paid_shipments_on_one_invoice_leave_cents_as_well(world: World) -> None:
    product = world.add_product("CENTS", "0.03")
    world.receive(product, "3")
    shipments = [world.shipped_order((product, "1"))[1] for _ in range(3)]
    for shipment in shipments:
        world.pay(shipment, "0.04")

    invoice = world.invoice(*shipments)

    assert (world.row("invoice", invoice).gross, entry(world, invoice)) == (
        D("0.11"), [("1100", "0.01", "0.00"), ("6900", "0.00", "0.01")],
    )  # fmt: skip
    assert [world.paid(document) for document in (*shipments, invoice)] == ["paid"] * 4
    world.prove()


def test_the_last_parts_may_be_issued_together(world: World) -> None:
    _, shipment, line = seven(world)
    world.pay(shipment, "120.00")
    parts = [part(world, shipment, {line: quantity}) for quantity in ("3", "2")]

    world.do(issue_invoices, [draft(world, shipment), *parts], on=TODAY)

    assert world.ids("SELECT id FROM journal_entry WHERE event = 'invoice.rounded'") != []
    assert world.paid(shipment) == "paid"
    world.prove()


def test_a_rounding_stays_when_the_payment_is_cancelled(world: World) -> None:
    _, shipment, line = seven(world)
    payment = world.pay(shipment, "120.00")
    *_, last = (world.invoice(shipment, quantities={line: D(quantity)}) for quantity in ("3", "2", "2"))

    world.do(cancel_cash_orders, [payment], on=TODAY, reason="false coin")

    assert (world.paid(last), owed(world, last)) == ("unpaid", [D("34.29")])
    world.prove()


def test_a_line_given_back_carries_no_rounding(world: World, product: int) -> None:
    fee = world.add_product("FEE", None, kind="service")
    _, shipment = world.shipped_order((product, "1"), NewLine(fee, D(1), D("-3.33")))
    world.pay(shipment, "8.00")

    invoice = world.invoice(shipment)

    assert (world.paid(invoice), entry(world, invoice)) == ("paid", [])
    world.prove()
