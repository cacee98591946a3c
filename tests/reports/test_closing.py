"""What is left before a period is closed."""

from datetime import timedelta

import pytest

from app.domain.billing.advances import NewAdvance, add_advances
from app.domain.billing.invoicing import issue_invoices
from app.domain.fulfilment.shipping import cancel_shipments
from app.domain.kernel.errors import Invalid
from app.domain.kernel.rows import write
from app.domain.ledger.manual import NewManualEntry, add_manual_entries
from app.domain.treasury.cash import NewCashOrder, add_cash_orders
from app.reports import closing
from app.reports.closing import closing_checklist
from tests.world import TODAY, D, World

# Midnight may pass while the tests run.
YESTERDAY, LATER = TODAY - timedelta(1), TODAY + timedelta(3)


def left(world: World, since: object = TODAY, until: object = LATER) -> dict[str, list[int]]:
    found = closing_checklist(world.session, since, until)
    return {what: [row.id for row in rows] for what, rows in found.items()}


def test_a_draft_is_of_its_date_or_of_the_day_on_which_it_was_written_down(world: World) -> None:
    dated, later, undated = world.do(
        add_manual_entries, [NewManualEntry((), on=TODAY), NewManualEntry((), on=LATER), NewManualEntry(())]
    )
    cash = world.do(add_cash_orders, [NewCashOrder(world.desk, world.customer, D(5), on=TODAY)])[0]

    assert left(world, until=TODAY)["draft"] == [dated, cash]
    assert sorted(left(world)["draft"]) == [dated, later, undated, cash]
    assert left(world, LATER)["draft"] == left(world)["draft"]
    assert left(world, YESTERDAY, YESTERDAY)["draft"] == []


def test_what_left_and_is_not_wholly_invoiced_is_told_with_what_is_missing(world: World) -> None:
    product = world.add_product("A")
    world.receive(product, "10")
    _, whole = world.shipped_order((product, "1"))
    _, part = world.shipped_order((product, "2"))
    _, back = world.shipped_order((product, "3"))
    line = world.lines_of("shipment_line", "shipment_id", part)[0].id
    world.invoice(whole)
    world.invoice(part, quantities={line: D(1)})
    world.do(cancel_shipments, [back], on=TODAY, reason="came back")

    rows = closing_checklist(world.session, TODAY, TODAY)["not_invoiced"]

    assert [(row.id, row.amount, row.customer_code) for row in rows] == [(part, D(12), "C001")]
    assert left(world, YESTERDAY, YESTERDAY)["not_invoiced"] == []


def test_what_waits_for_its_invoice_is_told_however_old_it_is_and_late_by_the_end_of_the_stretch(world: World) -> None:
    product, old = world.add_product("A"), TODAY - timedelta(9)
    world.receive(product, "10", on=old)
    _, shipment = world.shipped_order((product, "1"), on=old)
    _, fresh = world.shipped_order((product, "1"), on=YESTERDAY)
    ahead = world.order((product, "2"), on=old)
    world.approve(ahead, on=old)
    paid = world.pay(ahead, "24.00", on=old + timedelta(2))
    after = world.pay(None, "1.00", on=TODAY)

    found = closing_checklist(world.session, YESTERDAY, YESTERDAY)

    assert [(row.id, row.days, row.late, row.late_in_all) for row in found["not_invoiced"]] == [
        (shipment, 8, True, 1), (fresh, 0, False, 1),
    ]  # fmt: skip
    assert [(row.id, row.amount, row.days, row.late) for row in found["advance"]] == [(paid, D(24), 6, True)]
    assert [row.id for row in closing_checklist(world.session, TODAY, TODAY)["advance"]] == [paid, after]
    write(world.session, "UPDATE company SET invoice_days = 6")
    assert [row.late for row in closing_checklist(world.session, YESTERDAY, YESTERDAY)["advance"]] == [False]


def test_an_advance_that_is_invoiced_waits_no_longer(world: World) -> None:
    product = world.add_product("A")
    order = world.order((product, "1"))
    world.approve(order, consent=["short_stock"])
    world.pay(order, "12.00")
    [invoice] = world.do(add_advances, [NewAdvance(order)])
    world.do(issue_invoices, [invoice], on=TODAY)

    assert closing_checklist(world.session, TODAY, TODAY)["advance"] == []


def test_money_that_is_not_wholly_used_is_told_with_what_is_left(world: World) -> None:
    product = world.add_product("A")
    world.receive(product, "10")
    invoice = world.invoice(world.shipped_order((product, "1"))[1])
    world.pay(invoice, "12.00")
    over = world.pay(None, "8.00")

    rows = closing_checklist(world.session, TODAY, TODAY)["unmatched"]

    assert [(row.id, row.amount) for row in rows] == [(over, D(8))]
    assert left(world, LATER)["unmatched"] == [over]
    assert left(world, YESTERDAY, YESTERDAY)["unmatched"] == []


def test_of_many_the_oldest_are_told_and_how_many_there_are(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    made = world.do(add_manual_entries, [NewManualEntry((), on=TODAY - timedelta(i)) for i in range(3)])
    monkeypatch.setattr(closing, "MOST", 2)

    rows = closing_checklist(world.session, TODAY - timedelta(9), TODAY)["draft"]

    assert [row.id for row in rows] == [made[2], made[1]]
    assert {row.in_all for row in rows} == {3}


def test_a_stretch_that_ends_before_it_starts_is_refused(world: World) -> None:
    with pytest.raises(Invalid):
        closing_checklist(world.session, TODAY, YESTERDAY)
