"""What customers from elsewhere pay, from the order to the invoice, and what the invoice says of it."""

import pytest

from app.domain.billing.advances import NewAdvance, add_advances
from app.domain.billing.credit_notes import NewCreditNote, add_credit_notes, issue_credit_notes
from app.domain.billing.freehand import FreeLine, NewFreeInvoice, add_free_invoices
from app.domain.billing.invoicing import draft_invoices, issue_invoices
from app.domain.billing.loose_credits import LooseCredit, add_loose_credits
from app.domain.kernel.rows import read, write
from app.domain.parties.models import TaxRule
from app.domain.sales.orders import NewLine, NewOrder, add_orders, edit_order
from app.domain.sales.repricing import reprice_orders
from tests.domain.billing.ground import lines
from tests.world import TODAY, D, World

NOTE = {"percent": "0", "category": "K", "text": "Intra-Community supply"}


def move(world: World, customer: int, regime: str) -> None:
    """The customer is in another regime from now on."""
    sql = "UPDATE customer SET tax_regime = %(regime)s WHERE id = %(id)s"
    write(world.session, sql, id=customer, regime=regime)


@pytest.fixture
def elsewhere(world: World) -> int:
    """A business in the EU, which pays no VAT on what is taxed with 20 %."""
    world.add_product("ZERO", tax=0)
    world.add(TaxRule, regime="eu_business", tax_rate_id=world.taxes[20], to_rate_id=world.taxes[0], category="K",
              text=NOTE["text"])  # fmt: skip
    customer = world.add_customer("EU1")
    move(world, customer, "eu_business")
    return customer


def test_the_rule_holds_from_the_order_on_and_its_reason_is_printed(world: World, product: int, elsewhere: int) -> None:
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


def test_repricing_takes_the_rule_that_holds_now_in_the_regime_of_the_order(world: World, product: int) -> None:
    order, at_home = world.order((product, "1"), tax_regime="export"), world.order((product, "1"))
    world.add_product("ZERO", tax=0)
    world.add(TaxRule, regime="export", tax_rate_id=world.taxes[20], to_rate_id=world.taxes[0], category="G")
    move(world, world.customer, "export")

    world.do(reprice_orders, [order, at_home])

    [line] = world.lines_of("sales_order_line", "order_id", order)
    assert (line.tax_rate_id, line.tax_percent, line.vat) == (world.taxes[0], 0, 0)
    assert world.row("sales_order", at_home).vat == 2
    world.prove()


def test_what_is_agreed_abroad_is_printed_so_though_the_customer_is_at_home_since(
    world: World, product: int, elsewhere: int
) -> None:
    """Agreed, shipped and invoiced, in full and ahead: 0 % never stands without its legal text."""
    order = world.order((product, "2"), customer=elsewhere)
    ahead = world.order((product, "1"), customer=elsewhere)
    world.approve(order, ahead)
    move(world, elsewhere, "domestic")

    world.ship(*world.drafts(order))
    invoice = world.invoice(*world.ids("SELECT id FROM shipment WHERE state = 'processed'"))
    [advance] = world.do(add_advances, [NewAdvance(ahead)])
    world.do(issue_invoices, [advance], on=TODAY)
    [note] = world.do(add_credit_notes, [NewCreditNote(invoice, "dented", kind="allowance")])
    world.do(issue_credit_notes, [note], on=TODAY)

    assert world.row("shipment", world.ids("SELECT min(id) FROM shipment")[0]).vat == 0
    for table, document in (("invoice", invoice), ("invoice", advance), ("credit_note", note)):
        row = world.row(table, document)
        assert (row.vat, row.tax_regime, row.buyer["tax_regime"], row.terms["tax"]) == (
            0, "eu_business", "eu_business", [NOTE],
        )  # fmt: skip
    world.prove()


def test_what_is_agreed_at_home_is_taxed_so_though_the_customer_is_abroad_since(
    world: World, product: int, elsewhere: int
) -> None:
    _, shipment = world.shipped_order((product, "1"))
    move(world, world.customer, "eu_business")

    row = world.row("invoice", world.invoice(shipment))

    assert (row.vat, row.tax_regime, row.buyer["tax_regime"], row.terms["tax"]) == (2, "domestic", "domestic", [])


def test_a_regime_is_chosen_on_a_draft_and_kept_by_those_who_do_not_choose_anew(
    world: World, product: int, elsewhere: int
) -> None:
    order = world.order((product, "1"), tax_regime="eu_business")
    assert (world.row("sales_order", order).tax_regime, world.row("sales_order", order).vat) == ("eu_business", 0)

    new = NewOrder("phone", world.customer, world.warehouse, TODAY, [NewLine(product, D(1))])
    world.do(edit_order, order, new, version=1)

    assert (world.row("sales_order", order).tax_regime, world.row("sales_order", order).vat) == ("domestic", 2)
    [history] = read(world.session, "SELECT changes FROM document_history WHERE step = 'edit'")
    assert history.changes["tax_regime"] == ["eu_business", "domestic"]


def test_shipments_of_two_regimes_are_not_invoiced_together(world: World, product: int, elsewhere: int) -> None:
    _, one = world.shipped_order((product, "1"))
    _, two = world.shipped_order((product, "1"), tax_regime="eu_business")

    assert world.refusal(draft_invoices, [[one, two]]).code == "mixed_shipments"


def test_what_is_written_by_hand_keeps_its_own_regime(world: World, elsewhere: int) -> None:
    service = world.add_product("ADVICE", None, kind="service")
    its = [FreeLine(D(1), D(10), product_id=service)]
    free, chosen = world.do(add_free_invoices, [
        NewFreeInvoice(elsewhere, its), NewFreeInvoice(world.customer, its, tax_regime="eu_business"),
    ])  # fmt: skip
    [note] = world.do(add_loose_credits, [LooseCredit(elsewhere, "bonus", its)])
    move(world, elsewhere, "domestic")

    world.do(issue_invoices, [free, chosen], on=TODAY)
    world.do(issue_credit_notes, [note], on=TODAY)

    for table, document in (("invoice", free), ("invoice", chosen), ("credit_note", note)):
        row = world.row(table, document)
        assert (row.vat, row.buyer["tax_regime"], row.terms["tax"]) == (0, "eu_business", [NOTE])
    world.prove()


def test_what_is_no_regime_is_refused(world: World, product: int) -> None:
    order = NewOrder("phone", world.customer, world.warehouse, TODAY, [NewLine(product, D(1))], tax_regime="abroad")
    service = FreeLine(D(1), D(10), product_id=world.add_product("ADVICE", None, kind="service"))
    free = NewFreeInvoice(world.customer, [service], tax_regime="abroad")

    assert world.refused(add_orders, [order])[0].code == "unknown_tax_regime"
    assert world.refused(add_free_invoices, [free])[0].code == "unknown_tax_regime"
