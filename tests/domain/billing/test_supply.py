"""VAT by the day of supply: what was agreed stays, and the tax is that of the day on which it is supplied."""

from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from app.domain.billing.advances import NewAdvance, add_advances
from app.domain.billing.credit_notes import NewCreditLine, NewCreditNote, add_credit_notes, issue_credit_notes
from app.domain.billing.debiting import NewDebitNote, add_debit_notes
from app.domain.billing.freehand import FreeLine, NewFreeInvoice, add_free_invoices
from app.domain.billing.invoicing import delete_invoices, issue_invoices
from app.domain.billing.loose_credits import LooseCredit, add_loose_credits
from app.domain.sales.orders import NewLine
from app.domain.sales.repricing import reprice_orders
from app.reports.tax_changes import rates_changed
from tests.domain.billing.ground import draft, lines, owed
from tests.traces import statements
from tests.world import TODAY, D, World

DAY = timedelta(1)
BEFORE, YESTERDAY = TODAY - 3 * DAY, TODAY - DAY


@pytest.fixture
def goods(world: World) -> int:
    """A hundred pieces are on hand since before, at 100.00 each, with 20 % VAT that becomes 21 % today."""
    return stocked(world)


def stocked(world: World, price: str = "100.00") -> int:
    product = world.add_product("A", price)
    world.receive(product, "100", on=BEFORE)
    world.change_rate(20, "21", TODAY)
    return product


def agreed(world: World, product: int, quantity: str = "1", on: object = BEFORE) -> int:
    order = world.order((product, quantity), on=on)  # type: ignore[arg-type]
    world.approve(order, on=BEFORE)
    return order


def free(world: World, *prices: tuple[str, int]) -> int:
    """A draft by hand: a text for each (price, tax)."""
    account = world.ids("SELECT min(id) FROM account WHERE role = 'other'")[0]
    its = [FreeLine(D(1), D(price), text="Rent", account_id=account, tax_rate_id=world.taxes[tax])
           for price, tax in prices]  # fmt: skip
    invoice: int = world.do(add_free_invoices, [NewFreeInvoice(world.customer, its)])[0]
    return invoice


def percents(world: World, table: str, parent: str, document: int) -> list[object]:
    return [line.tax_percent for line in world.lines_of(table, parent, document)]


def test_an_order_agreed_at_20_percent_and_shipped_at_21_keeps_its_net(world: World, goods: int) -> None:
    order = agreed(world, goods, "2")
    shipment = world.drafts(order)[0]
    line = world.lines_of("shipment_line", "shipment_id", shipment)[0].id

    world.ship(shipment, quantities={line: D(1)}, on=YESTERDAY)
    rest = world.drafts(order)[0]
    world.ship(rest)
    before, after = world.invoice(shipment), world.invoice(rest)

    assert [world.row("shipment", it).gross for it in (shipment, rest)] == [120, 121]
    assert [percents(world, "shipment_line", "shipment_id", it) for it in (shipment, rest)] == [[20], [21]]
    assert [lines(world, it)[0][2:] for it in (before, after)] == [(100, 20, 120), (100, 21, 121)]
    assert world.row("invoice", after).supply_on == TODAY
    assert world.row("sales_order", order).gross == 240
    assert [owed(world, it) for it in (order, rest, after)] == [[0], [0], [121]]
    world.prove()


def test_an_order_agreed_with_vat_keeps_its_gross(session: Session) -> None:
    world = World(session, vat_included=True)
    order = agreed(world, stocked(world, "120.00"))

    world.ship(*world.drafts(order))
    invoice = world.invoice(*world.ids("SELECT id FROM shipment"))

    assert world.row("sales_order", order).net == 100
    assert lines(world, invoice)[0][2:] == (D("99.17"), D("20.83"), 120)
    assert owed(world, invoice) == [120]
    world.prove()


def test_what_was_paid_at_the_old_rate_leaves_the_difference_to_pay(world: World, goods: int) -> None:
    order = agreed(world, goods)
    world.pay(order, "120.00", on=BEFORE)

    world.ship(*world.drafts(order))

    [shipment] = world.ids("SELECT id FROM shipment")
    assert (owed(world, shipment), world.paid(shipment)) == ([121], "partly_paid")
    world.prove()


def first_piece(world: World, order: int) -> int:
    """A draft in advance of a piece of an order's only line."""
    line = world.lines_of("sales_order_line", "order_id", order)[0].id
    invoice: int = world.do(add_advances, [NewAdvance(order, {line: D(1)})])[0]
    return invoice


@pytest.mark.parametrize(
    ("received", "percent", "supply_on"),
    [
        ([], 21, TODAY),
        ([(YESTERDAY, "120.00")], 20, YESTERDAY),
        ([(TODAY, "121.00")], 21, TODAY),
        ([(BEFORE, "1.00"), (YESTERDAY, "119.00")], 20, YESTERDAY),
        ([(BEFORE, "120.00"), (TODAY, "50.00")], 20, BEFORE),
        ([(BEFORE, "1.00")], 21, TODAY),
        ([(YESTERDAY, "119.99")], 21, TODAY),
    ],
)
def test_an_advance_has_the_vat_of_the_day_by_which_it_was_received_whole(
    world: World, goods: int, received: list[tuple[date, str]], percent: int, supply_on: object
) -> None:
    order = agreed(world, goods, "2")
    for day, amount in received:
        world.pay(order, amount, on=day)

    invoice = first_piece(world, order)
    drafted = percents(world, "invoice_line", "invoice_id", invoice)
    world.do(issue_invoices, [invoice], on=TODAY)
    world.ship(*world.drafts(order))

    assert (drafted, lines(world, invoice)[0][2:]) == ([percent], (100, percent, 100 + percent))
    assert world.row("invoice", invoice).supply_on == supply_on
    rest = world.invoice(*world.ids("SELECT id FROM shipment"))
    assert lines(world, rest)[0][2:] == (100, 21, 121)
    world.prove()


def test_an_advance_that_is_received_after_its_draft_was_written_has_the_vat_of_that_day(
    world: World, goods: int
) -> None:
    order = agreed(world, goods)
    [invoice] = world.do(add_advances, [NewAdvance(order)])
    world.pay(order, "120.00", on=YESTERDAY)

    world.do(issue_invoices, [invoice], on=TODAY)

    assert (lines(world, invoice)[0][3], world.row("invoice", invoice).vat) == (20, 20)
    assert (world.paid(invoice), owed(world, order)) == ("paid", [0])
    world.prove()


def test_each_receipt_pays_what_it_pays_for_at_the_rate_of_its_day(world: World, goods: int) -> None:
    """120.00 yesterday and 121.00 today are a piece each."""
    order = agreed(world, goods, "3")
    world.pay(order, "120.00", on=YESTERDAY)
    world.pay(order, "121.00", on=TODAY)
    line = world.lines_of("sales_order_line", "order_id", order)[0].id
    both = world.do(add_advances, [NewAdvance(order, {line: D(2)})])

    refusal = world.refusal(issue_invoices, both, on=TODAY)
    assert (refusal.code, refusal.facts["before"], refusal.facts["after"]) == (
        "received_at_two_rates", YESTERDAY, TODAY,
    )  # fmt: skip

    world.do(delete_invoices, both)
    apart = [first_piece(world, order), first_piece(world, order)]
    world.do(issue_invoices, apart, on=TODAY)

    assert [(lines(world, it)[0][3], world.row("invoice", it).supply_on, world.paid(it)) for it in apart] == [
        (20, YESTERDAY, "paid"), (21, TODAY, "paid"),
    ]  # fmt: skip
    world.prove()


def test_money_for_another_line_is_no_receipt(world: World, goods: int) -> None:
    order = world.order((goods, "1"), (goods, "1"), on=BEFORE)
    world.approve(order, on=BEFORE)
    first, second = (line.id for line in world.lines_of("sales_order_line", "order_id", order))
    world.pay(order, "120.00", line=first, on=BEFORE)

    drafts = [world.do(add_advances, [NewAdvance(order, {line: D(1)})])[0] for line in (second, first)]
    world.do(issue_invoices, drafts, on=TODAY)

    assert [lines(world, it)[0][3] for it in drafts] == [21, 20]
    world.prove()


def test_money_that_came_after_the_invoice_is_no_receipt_of_it(world: World, goods: int) -> None:
    order = agreed(world, goods, "2")
    world.pay(order, "121.00", on=TODAY)
    invoice = first_piece(world, order)

    world.do(issue_invoices, [invoice], on=YESTERDAY)

    assert (lines(world, invoice)[0][3], world.row("invoice", invoice).supply_on) == (20, YESTERDAY)
    world.prove()


def test_shipments_on_both_sides_of_a_change_are_invoiced_together_each_at_its_own(world: World, goods: int) -> None:
    _, before = world.shipped_order((goods, "1"), on=YESTERDAY)
    _, after = world.shipped_order((goods, "1"))

    invoice = world.invoice(before, after)

    its = world.lines_of("invoice_line", "invoice_id", invoice)
    assert [(line.tax_percent, line.vat) for line in its] == [(20, 20), (21, 21)]
    assert world.row("invoice", invoice).supply_on == TODAY
    world.prove()


def test_a_draft_is_issued_at_the_rate_of_its_supply_though_that_was_written_down_late(world: World) -> None:
    product = world.add_product("A", "100.00")
    world.receive(product, "5")
    _, shipment = world.shipped_order((product, "1"))
    _, other = world.shipped_order((product, "1"))
    first, second = draft(world, shipment), draft(world, other)
    world.change_rate(20, "21", TODAY)

    world.do(issue_invoices, [first, second], on=TODAY)

    row = world.row("invoice", first)
    assert (lines(world, first)[0][2:], (row.net, row.vat, row.gross)) == ((100, 21, 121), (100, 21, 121))
    assert world.entry(first, "invoice.issued") == [
        ("1100", "121.00", "0.00"), ("4000", "0.00", "100.00"), ("2200", "0.00", "21.00"),
    ]  # fmt: skip
    assert (owed(world, first), owed(world, shipment)) == ([121], [0])
    world.prove()


@pytest.mark.parametrize(("percent", "price", "paid", "gross"),
                         [("21", "0.50", "1.20", "1.22"), ("19", "1.00", "2.40", "2.38")])  # fmt: skip
def test_tax_of_a_late_rate_is_owed_as_it_is_and_no_rounding(
    world: World, percent: str, price: str, paid: str, gross: str
) -> None:
    """Two lines left at 20 % and are paid so, and are invoiced one by one at another rate: cents could be as much."""
    products = [world.add_product(f"P{i}", price) for i in range(2)]
    for product in products:
        world.receive(product, "1", "0.10")
    _, shipment = world.shipped_order(*((product, "1") for product in products))
    world.pay(shipment, paid)
    world.change_rate(20, percent, TODAY)
    shipped = [row.id for row in world.lines_of("shipment_line", "shipment_id", shipment)]

    invoices = [world.invoice(shipment, quantities={line: D(1)}) for line in shipped]

    assert [row.rounding for invoice in invoices for row in world.lines_of("invoice_line", "invoice_id", invoice)
            if row.rounding] == []  # fmt: skip
    assert sum(sum(owed(world, invoice)) for invoice in invoices) == D(gross)
    world.prove()


def test_a_draft_with_vat_keeps_its_gross_when_it_is_issued(session: Session) -> None:
    world = World(session, vat_included=True)
    product = world.add_product("A", "120.00")
    world.receive(product, "5")
    invoice = draft(world, world.shipped_order((product, "1"))[1])
    world.change_rate(20, "21", TODAY)

    world.do(issue_invoices, [invoice], on=TODAY)

    assert lines(world, invoice)[0][2:] == (D("99.17"), D("20.83"), 120)
    world.prove()


@pytest.mark.parametrize(("on", "percent"), [(YESTERDAY, 20), (TODAY, 21)])
def test_what_is_written_by_hand_has_the_vat_of_the_invoices_date(world: World, on: object, percent: int) -> None:
    world.change_rate(20, "21", TODAY)
    invoice = free(world, ("100.00", 20))

    world.do(issue_invoices, [invoice], on=on)

    row = world.row("invoice", invoice)
    assert (lines(world, invoice)[0][3], row.vat, row.supply_on) == (percent, percent, on)
    world.prove()


def test_what_would_be_worth_less_than_nothing_at_the_new_rate_is_not_issued(world: World) -> None:
    world.add_product("LOW", tax=9)
    invoice = free(world, ("10.00", 20), ("-10.00", 9))
    world.change_rate(20, "1", TODAY)

    assert world.refusal(issue_invoices, [invoice], on=TODAY).code == "negative_total"


def test_a_credit_note_keeps_the_rate_of_what_it_credits_and_a_debit_note_that_of_the_credit(
    world: World, goods: int
) -> None:
    _, shipment = world.shipped_order((goods, "2"), on=YESTERDAY)
    invoice = world.invoice(shipment, on=YESTERDAY)
    line = world.lines_of("invoice_line", "invoice_id", invoice)[0].id
    new = NewCreditNote(invoice, "dented", [NewCreditLine(line, "allowance", amount=D(100))])

    [note] = world.do(add_credit_notes, [new])
    world.do(issue_credit_notes, [note], on=TODAY)
    [debit] = world.do(add_debit_notes, [NewDebitNote(note, "not dented")])
    world.do(issue_invoices, [debit], on=TODAY)

    assert (world.row("credit_note", note).vat, world.row("invoice", debit).vat) == (20, 20)
    assert world.row("invoice", debit).supply_on is None
    world.prove()


@pytest.mark.parametrize(
    ("supply_on", "drafted", "percent"), [(None, 20, 21), (TODAY, 21, 21), (YESTERDAY, 20, 20)]
)  # fmt: skip
def test_a_credit_without_invoice_has_the_vat_of_the_day_it_names_else_of_its_date(
    world: World, supply_on: date | None, drafted: int, percent: int
) -> None:
    """The rise is written down after the draft."""
    dent = FreeLine(D(1), D(100), product_id=world.add_product("DENT"))
    account = world.ids("SELECT min(id) FROM account WHERE role = 'other'")[0]
    late = FreeLine(D(1), D(50), text="Late", account_id=account, tax_rate_id=world.taxes[20])
    new = LooseCredit(world.customer, "dented", [dent, late], supply_on=supply_on)
    if drafted == 21:
        world.change_rate(20, "21", TODAY)
    [note] = world.do(add_loose_credits, [new])
    if drafted == 20:
        world.change_rate(20, "21", TODAY)
    told = [row.charged for row in rates_changed(world.session, [note], TODAY)]
    before = percents(world, "credit_note_line", "credit_note_id", note)

    world.do(issue_credit_notes, [note], on=TODAY)

    row = world.row("credit_note", note)
    assert (before, told) == ([drafted] * 2, [percent] if drafted != percent else [])
    assert percents(world, "credit_note_line", "credit_note_id", note) == [percent] * 2
    assert (row.net, row.vat, row.supply_on) == (150, D("1.5") * percent, supply_on)
    assert ("2200", f"{row.vat}", "0.00") in world.entry(note, "credit_note.issued")
    world.prove()


def test_a_credit_without_invoice_keeps_its_gross_where_prices_include_vat(world: World) -> None:
    dent = FreeLine(D(1), D(121), product_id=world.add_product("DENT"))
    [note] = world.do(add_loose_credits, [LooseCredit(world.customer, "dented", [dent], prices_include_vat=True)])
    world.change_rate(20, "21", TODAY)

    world.do(issue_credit_notes, [note], on=TODAY)

    row = world.row("credit_note", note)
    assert (row.net, row.vat, row.gross) == (100, 21, 121)
    world.prove()


def test_what_is_credited_was_not_supplied_later(world: World) -> None:
    dent = FreeLine(D(1), D(100), product_id=world.add_product("DENT"))
    future = LooseCredit(world.customer, "dented", [dent], supply_on=TODAY + 9 * DAY)
    [note] = world.do(add_loose_credits, [LooseCredit(world.customer, "dented", [dent], supply_on=TODAY)])

    assert world.refusal(add_loose_credits, [future]).code == "in_the_future"
    assert world.refusal(issue_credit_notes, [note], on=YESTERDAY).code == "before_supply"


def test_orders_reckon_with_the_rate_of_their_date(world: World, goods: int) -> None:
    before, after = world.order((goods, "1"), on=YESTERDAY), world.order((goods, "1"))
    assert [world.row("sales_order", order).vat for order in (before, after)] == [20, 21]

    world.change_rate(20, "19", YESTERDAY)
    world.do(reprice_orders, [before])

    assert world.row("sales_order", before).vat == 19


def test_lines_of_one_order_are_taxed_together_on_the_day_they_leave(world: World, goods: int) -> None:
    """Three pieces of 0.07 come to 0.04 VAT, at 20 % and at 21 %, where each alone would have 0.01."""
    its = [NewLine(goods, D(1), D("0.07")) for _ in range(3)]
    order = world.order(*its, on=BEFORE)
    world.approve(order, on=BEFORE, consent=["below_cost"])

    world.ship(*world.drafts(order))

    assert [row.vat for row in world.lines_of("shipment_line", "shipment_id", world.ids("SELECT id FROM shipment")[0])
            ] == [D("0.02"), D("0.01"), D("0.01")]  # fmt: skip
    world.prove()


def test_as_many_statements_give_one_invoice_and_many_their_new_rates(world: World) -> None:
    product = world.add_product("A", "100.00")
    world.receive(product, "9")
    drafts = [draft(world, world.shipped_order((product, "1"))[1]) for _ in range(5)]
    world.change_rate(20, "21", TODAY)
    world.do(issue_invoices, [drafts.pop()], on=TODAY)

    counts = []
    for batch in (drafts[:1], drafts[1:]):
        with statements() as sent:
            world.do(issue_invoices, batch, on=TODAY)
        counts.append(len(sent))

    assert counts[0] == counts[1]
