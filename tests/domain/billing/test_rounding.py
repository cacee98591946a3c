"""Cents by which the invoices of a paid shipment differ from it, because VAT is reckoned for each invoice."""

from datetime import timedelta
from decimal import Decimal

import pytest

from app.domain.billing.credit_notes import issue_credit_notes
from app.domain.billing.crediting import NewCreditLine, NewCreditNote, add_credit_notes
from app.domain.billing.debiting import NewDebitNote, add_debit_notes
from app.domain.billing.invoicing import issue_invoices
from app.domain.billing.returns import cancel_returns, delete_returns
from app.domain.kernel.rows import read
from app.domain.sales.orders import NewLine
from app.domain.settlement.allocations import Wish, allocate_payments
from app.domain.settlement.releases import release_allocations
from app.domain.treasury.cash import cancel_cash_orders
from tests.domain.billing.ground import draft, owed, part, seven
from tests.world import TODAY, D, World

DAY = timedelta(days=1)


def entry(world: World, invoice: int) -> list[tuple[str, str, str]]:
    return world.entry(invoice, "invoice.rounded")


def taken_back(world: World, invoice: int) -> list[tuple[str, str, str]]:
    return world.entry(invoice, "invoice.rounded.cancelled")


def three_cents(world: World) -> tuple[int, int]:
    """Three pieces at 0.03 that left: (shipment, its line)."""
    product = world.add_product("CENTS", "0.03")
    world.receive(product, "3")
    _, shipment = world.shipped_order((product, "3"))
    return shipment, world.lines_of("shipment_line", "shipment_id", shipment)[0].id


def credit(world: World, invoice: int, kind: str, pieces: Decimal | None = None) -> int:
    """An issued credit note of an invoice with one line: of all of it, or of so many pieces."""
    line = world.lines_of("invoice_line", "invoice_id", invoice)[0].id
    lines = None if pieces is None else [NewCreditLine(line, kind, pieces)]
    note: int = world.do(add_credit_notes, [NewCreditNote(invoice, "dented", lines, kind)])[0]
    world.do(issue_credit_notes, [note], on=TODAY)
    return note


def left(world: World, document: int) -> Decimal:
    """What a payment or a credit note has left."""
    sql = "SELECT amount - used AS amount FROM credit WHERE document_id = %(id)s"
    amount: Decimal = read(world.session, sql, id=document)[0].amount
    return amount


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
    shipment, line = three_cents(world)
    world.pay(shipment, "0.11")

    made = [world.invoice(shipment, quantities={line: D(1)}) for _ in range(3)]

    assert entry(world, made[2]) == [("1100", "0.00", "0.01"), ("6900", "0.01", "0.00")]
    assert [world.paid(invoice) for invoice in made] == ["paid"] * 3
    world.prove()


def test_no_more_than_a_cent_for_each_invoice_and_rate_is_a_rounding(world: World) -> None:
    """Five lines of 0.03 have 0.03 VAT, five of 0.02 have 0.02. Together they have 0.05, all of it on the first five:
    two cents are no rounding of one invoice, and what was paid for the others pays for them.
    """
    dear, cheap = world.add_product("DEAR", "0.03"), world.add_product("CHEAP", "0.02")
    for product in (dear, cheap):
        world.receive(product, "5", "0.01")
    shipments = [world.shipped_order(*[(product, "1")] * 5)[1] for product in (dear, cheap)]
    for shipment, gross in zip(shipments, ("0.18", "0.12"), strict=True):
        world.pay(shipment, gross)

    invoice = world.invoice(*shipments)

    assert [line.vat for line in world.lines_of("invoice_line", "invoice_id", invoice)] == [D("0.01")] * 5 + [0] * 5
    assert (entry(world, invoice), world.row("invoice", invoice).gross) == ([], D("0.30"))
    assert [world.paid(document) for document in (*shipments, invoice)] == ["paid"] * 3
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


def test_a_rounding_goes_with_the_payment_that_it_rests_on(world: World) -> None:
    _, shipment, line = seven(world)
    payment = world.pay(shipment, "120.00")
    made = [world.invoice(shipment, quantities={line: D(quantity)}) for quantity in ("3", "2", "2")]

    world.do(cancel_cash_orders, [payment], on=TODAY, reason="false coin")

    assert [world.paid(document) for document in made] == ["unpaid"] * 3
    assert ([owed(world, document) for document in made], taken_back(world, made[2])) == (
        [[D("51.43")], [D("34.28")], [D("34.28")]], [("1100", "0.00", "0.01"), ("6900", "0.01", "0.00")],
    )  # fmt: skip
    world.prove()
    world.pay(made[2], "34.28")
    assert world.paid(made[2]) == "paid"


def test_cents_that_were_let_go_are_owed_once_the_payment_is_cancelled(world: World) -> None:
    shipment, line = three_cents(world)
    payment = world.pay(shipment, "0.11")
    *_, last = (world.invoice(shipment, quantities={line: D(1)}) for _ in range(3))
    assert owed(world, last) == [D("0.03")]

    world.do(cancel_cash_orders, [payment], on=TODAY, reason="false coin")

    assert (owed(world, last), taken_back(world, last)) == (
        [D("0.04")], [("1100", "0.01", "0.00"), ("6900", "0.00", "0.01")],
    )  # fmt: skip
    world.prove()


def test_a_cent_is_not_taken_of_an_invoice_that_is_worth_nothing(world: World) -> None:
    """Two pieces of 0.03 and a third with a fee given back are 0.07 of a shipment, and 0.08, which were paid, one by
    one: nothing is owed for the last of them, and no more than nothing can be let go.
    """
    product, fee = world.add_product("CENTS", "0.03"), world.add_product("FEE", None, kind="service")
    world.receive(product, "3", "0.01")
    _, shipment = world.shipped_order((product, "3"), NewLine(fee, D(1), D("-0.03")))
    line = world.lines_of("shipment_line", "shipment_id", shipment)[0].id
    world.pay(shipment, "0.07")
    made = [world.invoice(shipment, quantities={line: D(1)}) for _ in range(2)]
    world.pay(made[1], "0.01")
    assert world.paid(shipment) == "paid"

    last = world.invoice(shipment)

    assert (world.row("invoice", last).gross, entry(world, last), owed(world, last)) == (0, [], [0, 0])
    assert [world.paid(document) for document in (shipment, *made, last)] == ["paid"] * 4
    world.prove()


def test_a_cent_more_makes_no_room_for_a_cent_less(world: World) -> None:
    """One shipment was paid 0.01 more than its parts come to, another 0.01 less; what is left of both is worth nothing:
    the cent of the first is let go, and none of the other, as there is nothing of which it could be.
    """
    fee, shipments = world.add_product("FEE", None, kind="service"), []
    for price, gross, left_open in (("0.02", "0.05", None), ("0.03", "0.07", "0.01")):
        product = world.add_product(f"AT {price}", price)
        world.receive(product, "3", "0.01")
        _, shipment = world.shipped_order((product, "3"), NewLine(fee, D(1), D(f"-{price}")))
        line = world.lines_of("shipment_line", "shipment_id", shipment)[0].id
        world.pay(shipment, gross)
        made = [world.invoice(shipment, quantities={line: D(1)}) for _ in range(2)]
        if left_open:
            world.pay(made[1], left_open)
        shipments.append(shipment)

    last = world.invoice(*shipments)

    assert (world.row("invoice", last).gross, entry(world, last)) == (
        0, [("1100", "0.01", "0.00"), ("6900", "0.00", "0.01")],
    )  # fmt: skip
    assert [world.paid(document) for document in (*shipments, last)] == ["paid"] * 3
    world.prove()


@pytest.mark.parametrize("kind", ["goods_back", "invoice_again", "allowance"])
def test_a_rounding_goes_with_its_invoice_that_is_credited_whole(world: World, kind: str) -> None:
    """What was paid of it is an advance: the credit is the gross of the invoice."""
    _, shipment, line = seven(world)
    payment = world.pay(shipment, "120.00")
    *_, last = (world.invoice(shipment, quantities={line: D(quantity)}) for quantity in ("3", "2", "2"))

    note = credit(world, last, kind)

    assert (owed(world, last), taken_back(world, last)) == (
        [D("34.28")], [("1100", "0.00", "0.01"), ("6900", "0.01", "0.00")],
    )  # fmt: skip
    assert (left(world, payment), left(world, note)) == (D("0.01"), D("34.28"))
    world.prove()


def test_a_rounding_goes_where_another_part_is_to_be_invoiced_again(world: World) -> None:
    """Else the new invoice would leave the same cent over a second time."""
    _, shipment, line = seven(world)
    payment = world.pay(shipment, "120.00")
    first, _, last = (world.invoice(shipment, quantities={line: D(quantity)}) for quantity in ("3", "2", "2"))

    note = credit(world, first, "invoice_again")
    world.do(allocate_payments, [Wish(note, shipment, D("51.43")), Wish(payment, shipment, D("0.01"))], on=TODAY)
    anew = world.invoice(shipment)

    assert (owed(world, last), owed(world, anew), entry(world, anew)) == (
        [D("34.28")], [D("51.44")], [("1100", "0.01", "0.00"), ("6900", "0.00", "0.01")],
    )  # fmt: skip
    assert world.paid(shipment) == "paid"
    world.prove()


def test_a_rounding_stays_while_only_some_of_its_invoice_is_credited(world: World) -> None:
    _, shipment, line = seven(world)
    world.pay(shipment, "120.00")
    *_, last = (world.invoice(shipment, quantities={line: D(quantity)}) for quantity in ("3", "2", "2"))

    credit(world, last, "goods_back", D(1))

    assert (owed(world, last), taken_back(world, last)) == ([D("34.29")], [])
    world.prove()


def test_a_rounding_goes_where_a_debit_note_makes_something_of_its_shipment_owed_again(world: World) -> None:
    """The shipment is not paid any more, be it issued before the last invoice or with it."""
    _, shipment, line = seven(world)
    world.pay(shipment, "120.00")
    first, second = (world.invoice(shipment, quantities={line: D(quantity)}) for quantity in ("3", "2"))
    note = credit(world, first, "goods_back", D(1))
    world.do(delete_returns, world.ids("SELECT id FROM customer_return WHERE credit_note_id = %(id)s", id=note))
    [debit] = world.do(add_debit_notes, [NewDebitNote(note, "not dented")])
    last = draft(world, shipment)

    world.do(issue_invoices, [last, debit], on=TODAY)

    assert [world.paid(its) for its in (shipment, first, second, last)] == ["partly_paid"] * 2 + ["paid"] * 2
    assert (owed(world, last), taken_back(world, last)) == (
        [D("34.28")], [("1100", "0.00", "0.01"), ("6900", "0.01", "0.00")],
    )  # fmt: skip
    world.prove()


def test_a_rounding_is_not_taken_back_before_the_day_of_its_invoice(world: World) -> None:
    """Released is what settled an earlier part, on an earlier day."""
    _, shipment, line = seven(world, on=TODAY - 2 * DAY)
    world.pay(shipment, "120.00", on=TODAY - 2 * DAY)
    first = world.invoice(shipment, quantities={line: D(3)}, on=TODAY - 2 * DAY)
    *_, last = (world.invoice(shipment, quantities={line: D(2)}) for _ in range(2))
    acts = world.ids("SELECT id FROM allocation WHERE target_id = %(id)s AND released_on IS NULL", id=first)

    world.do(release_allocations, acts, on=TODAY - DAY, reason="not meant for this")

    mirror = "SELECT id FROM journal_entry WHERE event = 'invoice.rounded.cancelled' AND \"on\" = %(on)s"
    assert (owed(world, last), len(world.ids(mirror, on=TODAY))) == ([D("34.28")], 1)
    world.prove()


def test_a_line_given_back_carries_no_rounding(world: World, product: int) -> None:
    fee = world.add_product("FEE", None, kind="service")
    _, shipment = world.shipped_order((product, "1"), NewLine(fee, D(1), D("-3.33")))
    world.pay(shipment, "8.00")

    invoice = world.invoice(shipment)

    assert (world.paid(invoice), entry(world, invoice)) == ("paid", [])
    world.prove()


def test_cents_go_when_pieces_that_came_back_are_to_be_invoiced_after_all(world: World) -> None:
    """Six of seven pieces are 102.86 of the shipment, and 102.84 on three invoices."""
    _, shipment, line = seven(world)
    world.pay(shipment, "120.00")
    back = world.bring_back((line, "1"))
    made = [world.invoice(shipment, quantities={line: D(2)}) for _ in range(3)]
    assert owed(world, made[2]) == [D("34.30")]

    world.do(cancel_returns, [back], on=TODAY, reason="the wrong parcel")

    assert taken_back(world, made[2]) == [("1100", "0.00", "0.02"), ("6900", "0.02", "0.00")]
    assert [owed(world, document) for document in (made[2], shipment)] == [[D("34.28")], [D("17.16")]]
    world.prove()
    world.pay(shipment, "17.16")
    last = world.invoice(shipment, quantities={line: D(1)})
    assert owed(world, last) == [D("17.16")]
    assert sum(owed(world, invoice)[0] for invoice in (*made, last)) == D("120.00")  # type: ignore[misc]
    world.prove()
