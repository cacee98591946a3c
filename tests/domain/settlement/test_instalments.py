"""What is open of each instalment of an invoice."""

from datetime import timedelta

from app.domain.settlement.instalments import instalment_rows, move_due_dates, open_instalments
from tests.world import TODAY, D, World


def days(count: int):  # type: ignore[no-untyped-def]
    return TODAY + timedelta(count)


def invoiced(world: World) -> int:
    """An invoice of 60.00, half due at once and half in thirty days."""
    product = world.add_product("A")
    world.receive(product, "5")
    term = world.add_term("HALF", {"rule": "immediate", "percent": D(50)}, rule="days", days=30)
    return world.invoice(world.shipped_order((product, "5"), customer=world.add_customer("C003", term=term))[1])


def test_rows_are_numbered_in_their_order() -> None:
    assert instalment_rows(7, [(days(2), D(5)), (days(1), D(6))]) == [
        {"document_id": 7, "position": 1, "due_on": days(2), "amount": D(5)},
        {"document_id": 7, "position": 2, "due_on": days(1), "amount": D(6)},
    ]


def test_what_is_paid_is_taken_off_the_earliest_date_even_if_it_was_moved(world: World) -> None:
    invoice = invoiced(world)
    world.pay(invoice, "40.00", customer=world.row("document", invoice).customer_id)
    assert [(row.due_on, row.open) for row in open_instalments(world.session, [invoice])] == [
        (TODAY, 0), (days(30), D("20.00")),
    ]  # fmt: skip

    move_due_dates(world.session, {(invoice, 1): days(40)})

    assert [(row.position, row.due_on, row.open) for row in open_instalments(world.session, [invoice])] == [
        (2, days(30), 0), (1, days(40), D("20.00")),
    ]  # fmt: skip


def test_documents_without_instalments_have_none_open(world: World) -> None:
    order = world.order((world.add_product("A"), "1"), active=True)

    assert open_instalments(world.session, [order, 999_999_999]) == []
