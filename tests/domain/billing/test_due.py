"""The due dates of invoices: by their term, as written on the draft, and as they are put off."""

from datetime import date, timedelta

import pytest

from app.domain.billing.due import reschedule_invoices
from app.domain.billing.invoicing import issue_invoices
from app.domain.billing.portions import NewInvoice, add_invoices, edit_invoice
from app.domain.kernel.errors import NotFound, WrongState
from app.domain.kernel.rows import read, write
from app.domain.parties.terms import working_day
from app.domain.settlement.instalments import open_instalments
from tests.domain.billing.ground import draft
from tests.world import TODAY, D, World


def days(count: int) -> date:
    return TODAY + timedelta(count)


def due(world: World, invoice: int) -> list[tuple[object, ...]]:
    """(due date, amount) of an invoice's instalments."""
    sql = "SELECT due_on, amount FROM instalment WHERE document_id = %(id)s ORDER BY position"
    return [tuple(row) for row in read(world.session, sql, id=invoice)]


def still_open(world: World, invoice: int) -> list[tuple[object, ...]]:
    return [(row.due_on, row.open) for row in open_instalments(world.session, [invoice])]


def thirds(world: World) -> int:
    """A customer who pays a third at once, 10.00 after ten days and the rest after thirty."""
    term = world.add_term(
        "THIRDS", {"rule": "immediate", "percent": D("33.33")}, {"rule": "days", "days": 10, "amount": D(10)},
        rule="days", days=30,
    )  # fmt: skip
    return world.add_customer("C003", term=term)


def test_an_invoice_is_due_in_the_instalments_of_its_term(world: World, product: int) -> None:
    _, shipment = world.shipped_order((product, "5"), customer=thirds(world))

    invoice = world.invoice(shipment)

    its = [(TODAY, D("20.00")), (days(10), D("10.00")), (days(30), D("30.00"))]
    assert (due(world, invoice), world.row("invoice", invoice).due_on) == (its, days(30))
    assert world.row("invoice", invoice).terms["instalments"] == [[str(on), f"{amount:.2f}"] for on, amount in its]
    world.prove()


def test_payments_reduce_instalments_in_due_order(world: World, product: int) -> None:
    customer = thirds(world)
    invoice = world.invoice(world.shipped_order((product, "5"), customer=customer)[1])

    found = []
    for amount in ("15.00", "10.00", "35.00"):
        world.pay(invoice, amount, customer=customer)
        found.append([amount for _, amount in still_open(world, invoice)])

    assert found == [[D("5.00"), D("10.00"), D("30.00")], [D(0), D("5.00"), D("30.00")], [D(0), D(0), D(0)]]
    world.prove()


def test_what_is_due_on_a_day_off_of_the_companys_country_may_move(world: World, product: int) -> None:
    saturday = days((5 - TODAY.weekday()) % 7)
    term = world.add_term("WORK", rule="days", days=(saturday - TODAY).days, working_days=True)
    customer = world.add_customer("C003", term=term)

    invoice = world.invoice(world.shipped_order((product, "1"), customer=customer)[1])

    assert due(world, invoice) == [(working_day(saturday, "BG"), D("12.00"))] != [(saturday, D("12.00"))]


def test_a_term_whose_parts_exceed_the_whole_issues_nothing(world: World, product: int) -> None:
    term = world.add_term("MUCH", {"rule": "immediate", "amount": D("12.01")}, rule="immediate")
    _, shipment = world.shipped_order((product, "1"), customer=world.add_customer("C003", term=term))

    error = world.refusal(issue_invoices, [draft(world, shipment)], on=TODAY)

    assert (error.code, error.facts["term"], error.facts["total"]) == ("parts_exceed_whole", "MUCH", D("12.00"))


def test_an_invoice_of_nothing_has_no_instalments(world: World, product: int) -> None:
    free = world.add_product("GIFT", "0.00")
    world.receive(free, "1")

    invoice = world.invoice(world.shipped_order((free, "1"))[1])

    assert (due(world, invoice), world.row("invoice", invoice).due_on) == ([], TODAY)
    assert world.refusal(reschedule_invoices, [invoice], due_dates=[days(9)], reason="x").code == "nothing_due"
    world.prove()


def test_due_dates_written_on_the_draft_take_the_place_of_the_terms(world: World, product: int) -> None:
    shipments = [world.shipped_order((product, "5"), customer=thirds(world))[1]]
    written = [days(1), days(2), days(40)]
    invoice = world.do(add_invoices, [NewInvoice(shipments, due_dates=written)])[0]

    world.do(issue_invoices, [invoice], on=TODAY)

    assert due(world, invoice) == list(zip(written, [D("20.00"), D("10.00"), D("30.00")], strict=True))
    world.prove()


def test_one_date_written_on_the_draft_is_for_all_of_it(world: World, product: int) -> None:
    _, shipment = world.shipped_order((product, "5"), customer=thirds(world))
    invoice = draft(world, shipment)
    world.do(edit_invoice, invoice, NewInvoice([shipment], due_dates=[days(7)]), version=1)

    world.do(issue_invoices, [invoice], on=TODAY)

    assert due(world, invoice) == [(days(7), D("60.00"))]
    [history] = read(world.session, "SELECT changes FROM document_history WHERE step = 'edit'")
    assert history.changes == {"due_dates": ["", str(days(7))]}


@pytest.mark.parametrize(
    ("written", "code"), [([1, 2], "due_dates"), ([-1], "due_before_invoice"), ([1, -1, 2], "due_before_invoice")]
)
def test_due_dates_that_are_not_of_the_invoice_are_refused(
    world: World, product: int, written: list[int], code: str
) -> None:
    dates, customer = [days(each) for each in written], thirds(world)
    _, shipment = world.shipped_order((product, "5"), customer=customer)
    issued = world.invoice(world.shipped_order((product, "5"), customer=customer)[1])
    invoice = world.do(add_invoices, [NewInvoice([shipment], due_dates=dates)])[0]

    assert world.refusal(issue_invoices, [invoice], on=TODAY).code == code
    late = world.refusal(reschedule_invoices, [issued], due_dates=dates, reason="x")
    assert late.code == code


def test_rescheduling_changes_when_it_is_due_and_nothing_that_was_printed(world: World, product: int) -> None:
    invoice = world.invoice(world.shipped_order((product, "5"), customer=thirds(world))[1])
    printed = world.row("invoice", invoice)

    world.do(reschedule_invoices, [invoice], due_dates=[days(5), days(50), days(60)], reason="agreed by phone")

    assert [on for on, _ in due(world, invoice)] == [days(5), days(50), days(60)]
    row = world.row("invoice", invoice)
    assert (row.due_on, row.terms, row.version) == (days(60), printed.terms, printed.version + 1)
    [history] = read(world.session, "SELECT changes FROM document_history WHERE step = 'reschedule'")
    assert history.changes == {
        "due_dates": [f"{TODAY}, {days(10)}, {days(30)}", f"{days(5)}, {days(50)}, {days(60)}"],
        "reason": "agreed by phone",
    }  # fmt: skip
    world.prove()


def test_one_date_puts_off_many_invoices_whole(world: World, product: int) -> None:
    plain = world.invoice(world.shipped_order((product, "1"))[1])
    several = world.invoice(world.shipped_order((product, "5"), customer=thirds(world))[1])

    world.do(reschedule_invoices, [several, plain], due_dates=[days(90)], reason="holidays")

    assert {on for invoice in (plain, several) for on, _ in due(world, invoice)} == {days(90)}
    world.prove()


def test_drafts_unknown_invoices_and_rescheduling_without_a_reason_are_refused(world: World, product: int) -> None:
    waiting = draft(world, world.shipped_order((product, "1"))[1])
    issued = world.invoice(world.shipped_order((product, "1"))[1])

    refused = world.refused(reschedule_invoices, [waiting, issued, 999_999_999], due_dates=[days(1)], reason="x")

    assert {i: type(error) for i, error in refused.items()} == {waiting: WrongState, 999_999_999: NotFound}
    assert world.refusal(reschedule_invoices, [issued], due_dates=[days(1)], reason=" ").code == "no_reason"
    assert world.refusal(reschedule_invoices, [issued], due_dates=[], reason="x").code == "no_dates"


def test_a_changed_term_leaves_issued_invoices_as_they_were(world: World, product: int) -> None:
    invoice = world.invoice(world.shipped_order((product, "1"))[1])
    before = due(world, invoice)

    write(world.session, "UPDATE payment_term SET days = 1")

    assert due(world, invoice) == before
