"""What waits for its invoice."""

from datetime import timedelta
from typing import Any

from app.domain.treasury.opening import NewOpeningBalance, add_opening_balances, process_opening_balances
from app.reports.invoicing import advances_without_invoice, shipped_not_invoiced
from tests.world import TODAY, D, World

BEFORE = TODAY - timedelta(9)


def told(rows: Any) -> list[tuple[object, ...]]:
    return [(row.id, row.customer_code, row.amount, row.days) for row in rows]


def test_shipments_wait_until_the_last_piece_is_on_an_issued_invoice(world: World) -> None:
    product = world.add_product("A")
    world.receive(product, "9", on=BEFORE)
    _, old = world.shipped_order((product, "4"), on=BEFORE)
    _, new = world.shipped_order((product, "1"))
    line = world.lines_of("shipment_line", "shipment_id", old)[0].id

    world.invoice(old, quantities={line: D(3)})

    assert told(shipped_not_invoiced(world.session, TODAY)) == [
        (old, "C001", D("12.00"), 9), (new, "C001", D("12.00"), 0),
    ]  # fmt: skip
    world.invoice(old, new)
    assert shipped_not_invoiced(world.session, TODAY) == []


def test_what_was_paid_before_the_start_was_the_old_books_to_invoice(world: World) -> None:
    had = world.do(add_opening_balances, [NewOpeningBalance("paid_ahead", D(7), world.customer)])
    world.do(process_opening_balances, had, on=TODAY)

    assert advances_without_invoice(world.session, TODAY) == []


def test_payments_wait_until_all_of_them_is_used_for_issued_invoices(world: World) -> None:
    product = world.add_product("A")
    world.receive(product, "9")
    _, shipment = world.shipped_order((product, "1"))
    payment = world.pay(shipment, "12.00", paid="20.00")

    before = told(advances_without_invoice(world.session, TODAY))
    world.invoice(shipment)

    assert before == [(payment, "C001", D("20.00"), 0)]
    assert told(advances_without_invoice(world.session, TODAY)) == [(payment, "C001", D("8.00"), 0)]
