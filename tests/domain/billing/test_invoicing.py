"""What happens when an invoice is issued."""

from datetime import timedelta

import pytest

from app.domain.billing.invoicing import issue_invoices
from app.domain.kernel.company import CompanyDetails
from app.domain.kernel.errors import DomainError, Invalid, NotFound
from app.domain.kernel.rows import insert, read, write
from app.domain.ledger.periods import close_period
from app.domain.parties.models import Customer, CustomerAddress
from app.domain.sales.orders import NewLine
from tests.domain.billing.ground import draft
from tests.world import TODAY, D, World

YESTERDAY = TODAY - timedelta(1)


def account(world: World, code: str, role: str) -> int:
    """An account of the chart, made if it has none with this code."""
    add = "INSERT INTO account (code, name, role) VALUES (%(code)s, %(code)s, %(role)s) ON CONFLICT DO NOTHING"
    write(world.session, add, code=code, role=role)
    return world.ids("SELECT id FROM account WHERE code = %(code)s", code=code)[0]


def test_an_issued_invoice_is_numbered_owed_and_in_the_books(world: World, product: int) -> None:
    order, shipment = world.shipped_order((product, "4"))
    invoice = draft(world, shipment)

    world.do(issue_invoices, [invoice], on=TODAY)

    row = world.row("invoice", invoice)
    assert (row.state, world.number(invoice), row.on, row.supply_on) == ("issued", "0000000001", TODAY, TODAY)
    assert world.entry(invoice, "invoice.issued") == [
        ("1100", "48.00", "0.00"), ("4000", "0.00", "40.00"), ("2200", "0.00", "8.00"),
    ]  # fmt: skip
    items = "SELECT document_id, amount FROM open_item WHERE amount > 0"
    assert [tuple(item) for item in read(world.session, items)] == [(invoice, D("48.00"))]
    due = "SELECT document_id, position, due_on, amount FROM instalment"
    assert [tuple(its) for its in read(world.session, due)] == [(invoice, 1, TODAY + timedelta(30), D("48.00"))]
    assert [world.paid(document) for document in (order, shipment, invoice)] == ["unpaid"] * 3
    world.prove()


@pytest.mark.parametrize(("term", "days"), [("term", 30), ("at_once", 0)])
def test_it_is_due_by_the_customers_term(world: World, product: int, term: str, days: int) -> None:
    customer = world.add_customer("C002", term=getattr(world, term))
    _, shipment = world.shipped_order((product, "1"), customer=customer)

    invoice = world.invoice(shipment)

    row = world.row("invoice", invoice)
    assert (row.due_on, row.terms["due_on"]) == (TODAY + timedelta(days), str(TODAY + timedelta(days)))


def test_seller_buyer_and_terms_stay_as_they_were_issued(world: World, product: int) -> None:
    customer = world.add(
        Customer, code="C009", name="Nine Ltd", payment_term_id=world.term, vat_number="BG999", language="bg"
    )
    address = {"street": "1 Main St", "postcode": "1000", "city": "Sofia", "country": "BG"}
    world.add(CustomerAddress, customer_id=customer, kind="billing", name="Nine Ltd, billing", **address)
    _, shipment = world.shipped_order((product, "1"), customer=customer)
    invoice = world.invoice(shipment)

    for change in ("customer SET name = 'Ten'", "customer_address SET city = 'Varna'", "payment_term SET days = 5"):
        write(world.session, f"UPDATE {change}")

    row = world.row("invoice", invoice)
    assert row.buyer == address | {
        "code": "C009", "name": "Nine Ltd, billing", "vat_number": "BG999", "tax_regime": "domestic", "language": "bg",
    }  # fmt: skip
    assert row.seller == {"name": "Ada & Sons", "vat_number": "BG123456789"}
    assert row.terms == {
        "code": "N30", "name": "30 days", "due_on": str(row.due_on), "instalments": [[str(row.due_on), "12.00"]],
        "tax": [],
    }  # fmt: skip


def test_the_seller_is_the_one_of_the_date(world: World, product: int) -> None:
    insert(world.session, CompanyDetails, [{"valid_from": TODAY, "details": {"name": "Ada & Daughters"}}])
    _, second = world.shipped_order((product, "1"))
    early = world.add_product("EARLY")
    world.receive(early, "1", on=YESTERDAY)
    _, first = world.shipped_order((early, "1"), on=YESTERDAY)

    before, after = world.invoice(first, on=YESTERDAY), world.invoice(second, on=TODAY)

    names = [world.row("invoice", invoice).seller["name"] for invoice in (before, after)]
    assert names == ["Ada & Sons", "Ada & Daughters"]


def test_revenue_goes_to_the_accounts_of_the_groups_and_vat_to_those_of_the_rates(world: World, product: int) -> None:
    revenue, vat = account(world, "4020", "revenue"), account(world, "2209", "output_vat")
    service = world.add_product("S", "7.00", kind="service", tax=9)
    write(world.session, "UPDATE product_group SET revenue_account_id = %(id)s WHERE code = 'SERVICE'", id=revenue)
    write(world.session, "UPDATE tax_rate SET account_id = %(id)s WHERE rate = 9", id=vat)
    _, shipment = world.shipped_order((product, "1"), (service, "1"), (product, "2"))

    invoice = world.invoice(shipment)

    assert world.entry(invoice, "invoice.issued") == [
        ("1100", "43.63", "0.00"), ("4000", "0.00", "30.00"), ("4020", "0.00", "7.00"), ("2200", "0.00", "6.00"),
        ("2209", "0.00", "0.63"),
    ]  # fmt: skip
    world.prove()


def test_a_discount_line_lowers_what_is_owed_and_is_posted_on_its_own_account(world: World, product: int) -> None:
    revenue = account(world, "4020", "revenue")
    fee = world.add_product("FEE", None, kind="service")
    write(world.session, "UPDATE product_group SET revenue_account_id = %(id)s WHERE code = 'SERVICE'", id=revenue)
    _, shipment = world.shipped_order((product, "1"), NewLine(fee, D(1), D("-2.00")), (product, "1"))

    invoice = world.invoice(shipment)

    assert world.entry(invoice, "invoice.issued") == [
        ("1100", "21.60", "0.00"), ("4000", "0.00", "20.00"), ("4020", "2.00", "0.00"), ("2200", "0.00", "3.60"),
    ]  # fmt: skip
    sql = "SELECT amount FROM open_item WHERE document_id = %(id)s ORDER BY line_id"
    assert [row.amount for row in read(world.session, sql, id=invoice)] == [D("9.60"), 0, D("12.00")]
    world.prove()


def test_an_invoice_of_nothing_is_paid_and_posts_nothing(world: World, product: int) -> None:
    _, shipment = world.shipped_order(NewLine(product, D(1), D(10), D(100)))

    invoice = world.invoice(shipment)

    assert (world.number(invoice), world.paid(invoice)) == ("0000000001", "paid")
    assert world.entry(invoice, "invoice.issued") == []
    world.prove()


def test_numbers_run_in_the_order_of_the_invoices(world: World, product: int) -> None:
    made = [draft(world, world.shipped_order((product, "1"))[1]) for _ in range(3)]

    world.do(issue_invoices, [made[2], made[0]], on=TODAY)
    world.do(issue_invoices, [made[1]], on=TODAY)

    assert [world.number(invoice) for invoice in made] == ["0000000001", "0000000003", "0000000002"]


def test_no_invoice_is_dated_before_the_last_one(world: World) -> None:
    product = world.add_product("EARLY")
    world.receive(product, "9", on=TODAY - timedelta(5))
    first, second = (draft(world, world.shipped_order((product, "1"), on=TODAY - timedelta(4))[1]) for _ in range(2))
    world.do(issue_invoices, [first], on=YESTERDAY)

    error = world.refused(issue_invoices, [second], on=TODAY - timedelta(2))[second]
    world.do(issue_invoices, [second], on=YESTERDAY)

    assert (error.code, error.facts["last_on"]) == ("before_last_of_series", YESTERDAY)
    assert world.number(second) == "0000000002"


def test_no_invoice_is_dated_before_its_latest_shipment(world: World) -> None:
    product = world.add_product("EARLY")
    world.receive(product, "9", on=TODAY - timedelta(5))
    shipments = [world.shipped_order((product, "1"), on=TODAY - timedelta(ago))[1] for ago in (4, 2)]
    invoice = draft(world, *shipments)

    error = world.refusal(issue_invoices, [invoice], on=TODAY - timedelta(3))
    world.do(issue_invoices, [invoice], on=YESTERDAY)

    assert (error.code, error.facts["left_on"]) == ("before_shipment", TODAY - timedelta(2))
    row = world.row("invoice", invoice)
    assert (row.on, row.supply_on) == (YESTERDAY, TODAY - timedelta(2))


def test_nothing_is_issued_in_a_closed_period_or_in_the_future(world: World) -> None:
    product = world.add_product("EARLY")
    world.receive(product, "9", on=TODAY - timedelta(5))
    invoice = draft(world, world.shipped_order((product, "1"), on=TODAY - timedelta(4))[1])
    world.do(close_period, YESTERDAY, YESTERDAY)

    closed = world.refusal(issue_invoices, [invoice], on=YESTERDAY)
    future = world.refusal(issue_invoices, [invoice], on=TODAY + timedelta(9))

    assert (closed.code, future.code) == ("closed_period", "in_the_future")


def test_issuing_twice_is_already_done(world: World, product: int) -> None:
    invoice = world.invoice(world.shipped_order((product, "1"))[1])

    outcome = world.do(issue_invoices, [invoice], on=TODAY)

    assert (outcome.done, outcome.already[invoice].by) == ([], "Sonia Seller")


def test_every_bad_invoice_of_a_batch_is_named(world: World) -> None:
    product = world.add_product("EARLY")
    world.receive(product, "9", on=TODAY - timedelta(5))
    good = draft(world, world.shipped_order((product, "1"), on=TODAY - timedelta(4))[1])
    late = draft(world, world.shipped_order((product, "1"), on=TODAY)[1])

    refused = world.refused(issue_invoices, [good, late], on=YESTERDAY)
    unknown = world.refused(issue_invoices, [good, 999_999_999], on=YESTERDAY)

    assert {i: type(error) for i, error in refused.items()} == {late: Invalid}
    assert {i: type(error) for i, error in unknown.items()} == {999_999_999: NotFound}


def test_a_missing_posting_rule_issues_nothing(world: World, product: int) -> None:
    invoice = draft(world, world.shipped_order((product, "1"))[1])
    sql = "UPDATE posting_rule SET valid_from = '2999-01-01' WHERE event = 'invoice.issued' AND amount = 'vat'"
    write(world.session, sql)

    error = world.refusal(issue_invoices, [invoice], on=TODAY)

    assert (error.code, isinstance(error, DomainError)) == ("no_posting_rule", True)
