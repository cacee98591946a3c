"""Receipts that are taken back, and who waits for goods or loses them by a receipt."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from app.domain.kernel.errors import Invalid
from app.domain.kernel.rows import read
from app.domain.warehousing.receipts import (
    NewReceiptLine,
    cancel_receipts,
    process_receipts,
)
from tests.domain.warehousing.ground import draft, process
from tests.world import TODAY

D = Decimal


def cancel(world, *receipts: int, on: date = TODAY, reason: str = "sent back") -> None:
    world.do(cancel_receipts, receipts, on=on, reason=reason)


def test_a_cancelled_receipt_is_mirrored_exactly_and_keeps_its_number(world, cup) -> None:
    receipt = world.receive(cup, "3", "3.3333")

    cancel(world, receipt)

    assert world.balance(cup) == (0, 0, 0)
    assert (world.state("stock_receipt", receipt), world.number(receipt)) == ("cancelled", "GR-000001")
    assert world.entry(receipt, "receipt.processed.cancelled") == [("1200", "0.00", "10.00"), ("2010", "10.00", "0.00")]
    assert world.entry(receipt, "stock.valuation_difference") == []


def test_what_average_cost_leaves_over_goes_to_stock_losses(world, cup) -> None:
    """10 at 1.00 and 10 at 9.00 came in, 10 left for 50.00, and the second receipt is cancelled."""
    world.receive(cup, "10", "1.00")
    second = world.receive(cup, "10", "9.00")
    world.shipped_order((cup, "10"))
    assert world.balance(cup) == (10, 0, D("50.00"))

    cancel(world, second)

    assert world.balance(cup) == (0, 0, 0)
    assert world.entry(second, "stock.valuation_difference") == [("5100", "0.00", "40.00"), ("1200", "40.00", "0.00")]


def test_what_is_left_over_may_be_a_loss(world, cup) -> None:
    world.receive(cup, "10", "9.00")
    second = world.receive(cup, "10", "1.00")
    world.shipped_order((cup, "10"))

    cancel(world, second)

    assert world.balance(cup) == (0, 0, 0)
    assert world.entry(second, "stock.valuation_difference") == [("5100", "40.00", "0.00"), ("1200", "0.00", "40.00")]


def test_what_stays_is_worth_the_cost_with_which_one_began_where_no_receipt_stands(world, cup) -> None:
    world.begin_with((cup, "10", "10.00"))
    receipt = world.receive(cup, "10", "9.00")
    world.shipped_order((cup, "5"))

    cancel(world, receipt)

    assert world.balance(cup) == (5, 0, D("5.00"))
    world.prove()


def test_what_stays_is_worth_the_cost_of_the_last_receipt_still_standing(world, cup) -> None:
    world.receive(cup, "10", "1.00")
    world.receive(cup, "2", "2.00")
    third = world.receive(cup, "8", "9.00")
    world.shipped_order((cup, "11"))
    assert world.balance(cup) == (9, 0, D("38.70"))

    cancel(world, third)

    assert world.balance(cup) == (1, 0, D("2.00"))
    assert world.entry(third, "stock.valuation_difference") == [("5100", "0.00", "35.30"), ("1200", "35.30", "0.00")]


def test_a_cancellation_has_a_reason(world, cup) -> None:
    receipt = world.receive(cup, "1")

    with pytest.raises(Invalid) as refused:
        cancel(world, receipt, reason="  ")

    assert refused.value.code == "no_reason"


def test_a_cancellation_is_not_dated_before_its_receipt(world, cup) -> None:
    receipt = world.receive(cup, "1")

    refused = world.refused(cancel_receipts, [receipt], on=TODAY - timedelta(days=1), reason="oops")

    assert refused[receipt].code == "before_document"


def test_goods_that_left_cannot_be_sent_back(world, cup) -> None:
    receipt = world.receive(cup, "5")
    world.shipped_order((cup, "2"))

    refused = world.refused(cancel_receipts, [receipt], on=TODAY, reason="oops")

    assert (refused[receipt].code, refused[receipt].facts["on_hand"]) == ("already_gone", 3)
    assert str(refused[receipt]).startswith("CUP: 5 would have to go back, and 3 are on hand in MAIN.")


def test_lines_of_one_product_are_taken_back_together(world, cup) -> None:
    receipt = draft(world, NewReceiptLine(cup, D(2), D(1)), NewReceiptLine(cup, D(3), D(2)))
    process(world, receipt)
    world.receive(cup, "1", "5.00")
    world.shipped_order((cup, "2"))

    refused = world.refused(cancel_receipts, [receipt], on=TODAY, reason="oops")

    facts = refused[receipt].facts
    assert (facts["wanted"], facts["on_hand"]) == (5, 4)


def test_of_two_receipts_the_one_whose_goods_left_does_not_hold_back_the_other(world, cup) -> None:
    large, small = world.receive(cup, "10"), world.receive(cup, "3")
    world.shipped_order((cup, "6"))

    refused = world.refused(cancel_receipts, [large, small], on=TODAY, reason="oops")

    assert set(refused) == {large}


def test_receipts_cancelled_together_fight_for_what_is_left_in_the_order_of_their_ids(world, cup) -> None:
    first, second = world.receive(cup, "5"), world.receive(cup, "5")
    world.shipped_order((cup, "3"))

    refused = world.refused(cancel_receipts, [second, first], on=TODAY, reason="oops")

    assert set(refused) == {second}


def test_a_draft_cannot_be_cancelled_and_a_cancelled_receipt_is_found_cancelled(world, cup) -> None:
    new, done = draft(world, NewReceiptLine(cup, D(1), D(1))), world.receive(cup, "1")
    cancel(world, done)

    refused = world.refused(cancel_receipts, [new, done], on=TODAY, reason="oops")
    assert {receipt: error.code for receipt, error in refused.items()} == {new: "wrong_state"}

    again = world.do(cancel_receipts, [done], on=TODAY, reason="oops")
    assert (again.done, set(again.already)) == ([], {done})


def test_a_cancelled_receipt_does_not_come_in_again(world, cup) -> None:
    receipt = world.receive(cup, "1")
    cancel(world, receipt)

    refused = world.refused(process_receipts, [receipt], on=TODAY)

    assert refused[receipt].facts["state"] == "cancelled"


# Who waits for goods.


def waiting(world) -> dict[int, tuple[Decimal, Decimal]]:
    """order → (held, still waited for)"""
    rows = read(world.session, "SELECT document_id, quantity, waiting FROM reservation ORDER BY id")
    return {row.document_id: (row.quantity, row.waiting) for row in rows}


def test_a_receipt_fills_those_who_wait_in_the_order_of_approval(world, cup) -> None:
    late, early = world.order((cup, "4")), world.order((cup, "3"))
    world.approve(early, consent=["short_stock"])
    world.approve(late, consent=["short_stock"])
    assert waiting(world) == {early: (0, 3), late: (0, 4)}

    world.receive(cup, "5")

    assert waiting(world) == {early: (3, 0), late: (2, 2)}
    assert world.balance(cup)[:2] == (5, 5)


def test_a_cancelled_receipt_takes_goods_from_the_youngest_reservations(world, cup) -> None:
    world.receive(cup, "4")
    second = world.receive(cup, "4")
    old, young, youngest = world.order((cup, "3")), world.order((cup, "2")), world.order((cup, "2"))
    world.approve(old)
    world.approve(young)
    world.approve(youngest)

    cancel(world, second)

    assert waiting(world) == {old: (3, 0), young: (1, 1), youngest: (0, 2)}
    assert world.balance(cup)[:2] == (4, 4)


def test_where_more_may_be_promised_than_is_there_reservations_stay(world, cup) -> None:
    bold = world.add_warehouse("BOLD", negative=True)
    receipt = world.receive(cup, "4", warehouse=bold)
    order = world.order((cup, "3"), warehouse=bold)
    world.approve(order)

    cancel(world, receipt)

    assert waiting(world) == {order: (3, 0)}
    assert world.balance(cup, bold) == (0, 3, 0)


def test_a_receipt_in_another_warehouse_fills_nobody_here(world, cup) -> None:
    order = world.order((cup, "1"))
    world.approve(order, consent=["short_stock"])

    world.receive(cup, "5", warehouse=world.add_warehouse("SHOP"))

    assert waiting(world) == {order: (0, 1)}
