"""What pays what, for people."""

from app.domain.treasury.opening import NewOpeningBalance, add_opening_balances, process_opening_balances
from app.reports.settlement import act_of, credit_of, open_lines, owed_for, paid_by, settled_by
from tests.world import TODAY, D, World


def test_a_payment_and_its_invoice_tell_of_each_other(world: World) -> None:
    product = world.add_product("A")
    world.receive(product, "9")
    invoice = world.invoice(world.shipped_order((product, "1"), (product, "2"))[1])
    payment = world.pay(invoice, "30.00", paid="40.00")

    [settled], [paid] = settled_by(world.session, payment), paid_by(world.session, invoice)

    assert (settled.other_id, settled.kind, settled.amount, settled.lines) == (invoice, "invoice", 30, 2)
    assert (paid.other_id, paid.kind, paid.amount) == (payment, "cash_order", 30)
    assert act_of(world.session, paid.id).target_id == invoice
    assert act_of(world.session, invoice) is None
    assert (credit_of(world.session, payment).left, credit_of(world.session, invoice)) == (10, None)
    assert owed_for(world.session, invoice) == 6


def test_what_is_open_is_told_line_by_line_with_its_goods(world: World) -> None:
    cup = world.add_product("CUP")
    world.receive(cup, "9")
    order = world.order((cup, "1"))
    world.approve(order, consent=["below_cost"])
    _, shipment = world.shipped_order((cup, "2"))
    invoice = world.invoice(world.shipped_order((cup, "3"))[1])
    world.pay(invoice, "6.00")

    rows = open_lines(world.session, world.customer, "EUR")

    assert [(row.document_id, row.open, row.sku) for row in rows] == [
        (order, D(12), "CUP"), (shipment, D(24), "CUP"), (invoice, D(30), "CUP"),
    ]  # fmt: skip
    assert open_lines(world.session, world.add_customer("C002"), "EUR") == []


def test_what_was_owed_at_the_start_is_open_as_a_whole(world: World) -> None:
    old = world.do(add_opening_balances, [NewOpeningBalance("owed", D(50), world.customer)])
    world.do(process_opening_balances, old, on=TODAY)
    world.pay(old[0], "10.00")

    rows = open_lines(world.session, world.customer, "EUR")

    assert [(row.document_id, row.line_id, row.kind, row.open, row.sku) for row in rows] == [
        (old[0], old[0], "opening_balance", D(40), ""),
    ]  # fmt: skip
