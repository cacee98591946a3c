"""What customers from elsewhere pay, from the order to the invoice, and what the invoice says of it."""

import pytest

from app.domain.billing.freehand import FreeLine, NewFreeInvoice, add_free_invoices
from app.domain.kernel.rows import write
from app.domain.parties.models import TaxRule
from app.domain.sales.repricing import reprice_orders
from tests.domain.billing.ground import lines
from tests.world import D, World

NOTE = {"percent": "0", "category": "K", "text": "Intra-Community supply"}


@pytest.fixture
def elsewhere(world: World) -> int:
    """A business in the EU, which pays no VAT on what is taxed with 20 %."""
    world.add_product("ZERO", tax=0)
    world.add(TaxRule, regime="eu_business", tax_rate_id=world.taxes[20], to_rate_id=world.taxes[0], category="K",
              text=NOTE["text"])  # fmt: skip
    customer = world.add_customer("EU1")
    write(world.session, "UPDATE customer SET tax_regime = 'eu_business' WHERE id = %(id)s", id=customer)
    return customer


def test_the_rule_holds_from_the_order_on_and_its_reason_is_printed(
    world: World, product: int, elsewhere: int
) -> None:
    low = world.add_product("LOW", "5.00", tax=9)
    world.receive(low, "5")
    order, shipment = world.shipped_order((product, "2"), (low, "1"), customer=elsewhere)

    invoice = world.invoice(shipment)

    assert [line[2:] for line in lines(world, invoice)] == [
        (D("20.00"), 0, D("20.00")), (D("5.00"), D("0.45"), D("5.45")),
    ]  # fmt: skip
    assert world.row("sales_order", order).gross == D("25.45")
    row = world.row("invoice", invoice)
    assert (row.buyer["tax_regime"], row.terms["tax"]) == ("eu_business", [NOTE])
    world.prove()


def test_a_customer_at_home_pays_the_products_rate(world: World, product: int, elsewhere: int) -> None:
    invoice = world.invoice(world.shipped_order((product, "1"))[1])

    assert (lines(world, invoice)[0][3], world.row("invoice", invoice).terms["tax"]) == (D("2.00"), [])


def test_lines_by_hand_follow_the_rule_too(world: World, elsewhere: int) -> None:
    service = world.add_product("ADVICE", None, kind="service")
    account = world.ids("SELECT min(id) FROM account WHERE role = 'other'")[0]
    its = [
        FreeLine(D(1), D(10), product_id=service),
        FreeLine(D(1), D(10), text="Rent", account_id=account, tax_rate_id=world.taxes[20]),
    ]

    [invoice] = world.do(add_free_invoices, [NewFreeInvoice(elsewhere, its)])

    assert [line[3] for line in lines(world, invoice)] == [0, 0]


def test_repricing_takes_the_rule_that_holds_now(world: World, product: int) -> None:
    order = world.order((product, "1"))
    world.add_product("ZERO", tax=0)
    world.add(TaxRule, regime="export", tax_rate_id=world.taxes[20], to_rate_id=world.taxes[0], category="G")
    write(world.session, "UPDATE customer SET tax_regime = 'export' WHERE id = %(id)s", id=world.customer)

    world.do(reprice_orders, [order])

    [line] = world.lines_of("sales_order_line", "order_id", order)
    assert (line.tax_rate_id, line.tax_percent, line.vat) == (world.taxes[0], 0, 0)
    world.prove()
