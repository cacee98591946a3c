"""Goods that come in: drafts, and what they cost."""

from datetime import timedelta
from decimal import Decimal

import pytest

from app.domain.kernel.errors import DomainError, NotFound, WrongState
from app.domain.kernel.rows import read, write
from app.domain.warehousing.receipts import (
    NewReceipt,
    NewReceiptLine,
    add_receipts,
    delete_receipts,
    process_receipts,
)
from tests.domain.warehousing.ground import draft, process
from tests.world import TODAY, World

D = Decimal
# Tomorrow wherever the company is.
TOMORROW = TODAY + timedelta(days=3)


# Drafts.


def test_a_draft_moves_nothing_and_has_no_number(world, cup) -> None:
    receipt = draft(world, NewReceiptLine(cup, D(3), D("2.50")), NewReceiptLine(cup, D(0)))

    assert (world.state("stock_receipt", receipt), world.number(receipt)) == ("draft", None)
    lines = world.lines_of("stock_receipt_line", "receipt_id", receipt)
    assert [(line.quantity, line.unit_cost, line.value) for line in lines] == [(3, D("2.5"), None), (0, None, None)]
    assert world.balance(cup) == (0, 0, 0)
    assert read(world.session, "SELECT step, to_state FROM document_history")[0] == ("create", "draft")


def test_a_draft_may_still_be_empty(world) -> None:
    assert world.state("stock_receipt", draft(world)) == "draft"


@pytest.mark.parametrize(
    ("quantity", "cost", "code"),
    [
        ("-1", None, "negative_quantity"),
        ("1.5", None, "too_many_decimals"),
        ("NaN", None, "out_of_range"),
        ("Infinity", None, "out_of_range"),
        ("1000000000000", None, "out_of_range"),
        ("1", "-0.0001", "negative_cost"),
        ("1", "0.00001", "too_many_decimals"),
        ("1", "NaN", "out_of_range"),
    ],
)
def test_numbers_that_nobody_can_mean_are_refused(world, cup, quantity, cost, code) -> None:
    line = NewReceiptLine(cup, D(quantity), None if cost is None else D(cost))

    refused = world.refused(add_receipts, [NewReceipt(world.warehouse, [line])])

    assert refused[0].code == code


def test_a_float_is_no_quantity(world, cup) -> None:
    refused = world.refused(add_receipts, [NewReceipt(world.warehouse, [NewReceiptLine(cup, 1.0)])])

    assert refused[0].code == "not_a_number"


def test_numbers_as_text_are_stored_exactly(world, cup) -> None:
    tea = world.add_product("TEA", kilos=True)

    receipt = draft(world, NewReceiptLine(tea, "0.125", "3.1"), NewReceiptLine(cup, 2, D("0")))

    lines = world.lines_of("stock_receipt_line", "receipt_id", receipt)
    assert [(line.quantity, line.unit_cost) for line in lines] == [(D("0.125"), D("3.1")), (D(2), D(0))]


def test_every_bad_receipt_of_a_batch_is_named_by_its_position(world, cup) -> None:
    service = world.add_product("HELP", kind="service")
    shut = world.add_warehouse("SHUT")
    write(world.session, "UPDATE warehouse SET active = false WHERE id = %(id)s", id=shut)
    good = [NewReceiptLine(cup, D(1))]

    refused = world.refused(add_receipts, [
        NewReceipt(world.warehouse, good),
        NewReceipt(10**15, good),
        NewReceipt(shut, good),
        NewReceipt(world.warehouse, [*good, NewReceiptLine(service, D(1))]),
        NewReceipt(world.warehouse, good),
        NewReceipt(world.warehouse, [*good, NewReceiptLine(10**15, D(1))]),
    ])  # fmt: skip

    assert {position: error.code for position, error in refused.items()} == {
        1: "unknown_warehouse", 2: "unknown_warehouse", 3: "service_in_stock", 5: "unknown_product",
    }  # fmt: skip


def test_an_archived_product_comes_in_no_more(world, cup) -> None:
    write(world.session, "UPDATE product SET active = false WHERE id = %(id)s", id=cup)

    refused = world.refused(add_receipts, [NewReceipt(world.warehouse, [NewReceiptLine(cup, D(1))])])

    assert refused[0].code == "archived_product"


def test_a_deleted_draft_leaves_only_its_history(world, cup) -> None:
    receipt = draft(world, NewReceiptLine(cup, D(1)))

    world.do(delete_receipts, [receipt])

    assert read(world.session, "SELECT id FROM stock_receipt") == []
    assert read(world.session, "SELECT id FROM stock_receipt_line") == []
    steps = read(world.session, "SELECT step FROM document_history WHERE document_id = %(id)s ORDER BY id", id=receipt)
    assert [row.step for row in steps] == ["create", "delete"]


def test_only_drafts_can_be_deleted_and_the_others_are_named(world, cup) -> None:
    kept, done = draft(world, NewReceiptLine(cup, D(1))), world.receive(cup, "1")

    refused = world.refused(delete_receipts, [kept, done, 10**15])

    assert {receipt: type(error) for receipt, error in refused.items()} == {done: WrongState, 10**15: NotFound}


# Processing.


def test_goods_come_in_at_their_cost_and_the_books_follow(world, cup) -> None:
    receipt = draft(world, NewReceiptLine(cup, D(3), D("3.3333")))

    process(world, receipt)

    assert world.balance(cup) == (3, 0, D("10.00"))
    assert world.entry(receipt, "receipt.processed") == [("1200", "10.00", "0.00"), ("2010", "0.00", "10.00")]
    row = world.row("stock_receipt", receipt)
    assert (row.state, row.on, world.number(receipt)) == ("processed", TODAY, "GR-000001")
    [line] = world.lines_of("stock_receipt_line", "receipt_id", receipt)
    assert line.value == D("10.00")


def test_without_a_typed_cost_the_planned_one_is_taken_and_kept(world) -> None:
    tea = world.add_product("TEA", cost="2.50")
    receipt = draft(world, NewReceiptLine(tea, D(2)), NewReceiptLine(tea, D(2), D(1)))

    process(world, receipt)

    write(world.session, "UPDATE product SET planned_cost = 99 WHERE id = %(id)s", id=tea)
    lines = world.lines_of("stock_receipt_line", "receipt_id", receipt)
    assert [(line.unit_cost, line.value) for line in lines] == [(D("2.5"), D(5)), (D(1), D(2))]
    assert world.balance(tea) == (4, 0, D(7))


def test_with_neither_cost_it_waits_for_somebody_who_knows(world, cup) -> None:
    receipt = draft(world, NewReceiptLine(cup, D(2)))

    refused = world.refused(process_receipts, [receipt], on=TODAY)

    assert (refused[receipt].code, refused[receipt].facts) == ("no_cost", {"sku": "CUP"})
    assert "0 if it was free" in str(refused[receipt])


def test_what_was_free_is_said_to_be_free(world) -> None:
    gift = world.add_product("GIFT", cost="9.00")
    receipt = draft(world, NewReceiptLine(gift, D(2), D(0)))

    process(world, receipt)

    assert world.balance(gift) == (2, 0, 0)
    assert world.entry(receipt, "receipt.processed") == []
    assert world.number(receipt) == "GR-000001"


def test_what_did_not_arrive_makes_no_move_and_needs_no_cost(world, cup) -> None:
    pot = world.add_product("POT")
    receipt = draft(world, NewReceiptLine(pot, D(0)), NewReceiptLine(cup, D(1), D(4)))

    process(world, receipt)

    moves = read(world.session, "SELECT product_id FROM stock_move WHERE document_id = %(id)s", id=receipt)
    assert [move.product_id for move in moves] == [cup]


def test_a_receipt_of_nothing_is_refused(world, cup) -> None:
    empty, zero = draft(world), draft(world, NewReceiptLine(cup, D(0)))

    refused = world.refused(process_receipts, [empty, zero], on=TODAY)

    assert {receipt: error.code for receipt, error in refused.items()} == {empty: "no_lines", zero: "no_lines"}


def test_a_value_beyond_all_measure_is_refused(world, cup) -> None:
    huge = draft(world, NewReceiptLine(cup, D(10) ** 11, D(10) ** 11))

    assert world.refused(process_receipts, [huge], on=TODAY)[huge].code == "out_of_range"


def test_each_line_and_each_receipt_of_a_batch_tells_the_balance_after_it(world, cup) -> None:
    first = draft(world, NewReceiptLine(cup, D(1), D(1)), NewReceiptLine(cup, D(2), D(2)))
    second = draft(world, NewReceiptLine(cup, D(3), D(3)))

    process(world, second, first)

    moves = read(world.session, "SELECT document_id, on_hand_after, value_after FROM stock_move ORDER BY id")
    assert [tuple(move) for move in moves] == [(first, 1, 1), (first, 3, 5), (second, 6, 14)]
    assert (world.number(first), world.number(second)) == ("GR-000001", "GR-000002")


def test_one_bad_receipt_keeps_its_batch_from_happening_and_every_bad_one_is_named(world, cup) -> None:
    good, costless, empty = (
        draft(world, NewReceiptLine(cup, D(1), D(1))),
        draft(world, NewReceiptLine(cup, D(1))),
        draft(world),
    )

    refused = world.refused(process_receipts, [good, costless, empty], on=TODAY)

    assert set(refused) == {costless, empty}
    assert world.state("stock_receipt", good) == "draft"


@pytest.mark.parametrize(("currency", "value"), [("EUR", "3.33"), ("JPY", "3"), ("KWD", "3.333")])
def test_values_have_the_decimals_of_the_currency(session, currency, value) -> None:
    world = World(session, currency=currency)
    tea = world.add_product("TEA")

    world.receive(tea, "1", "3.3333")

    assert world.balance(tea) == (1, 0, D(value))


def test_nothing_comes_in_tomorrow(world, cup) -> None:
    receipt = draft(world, NewReceiptLine(cup, D(1), D(1)))

    with pytest.raises(DomainError) as refused:
        process(world, receipt, on=TOMORROW)

    assert refused.value.code == "in_the_future"
    assert world.state("stock_receipt", receipt) == "draft"


def test_a_receipt_may_be_dated_before_the_last_one(world, cup) -> None:
    world.receive(cup, "1")

    earlier = world.receive(cup, "1", on=TODAY - timedelta(days=400))

    assert world.number(earlier) == "GR-000002"


def test_the_second_click_finds_it_done(world, cup) -> None:
    receipt = world.receive(cup, "1")

    outcome = world.do(process_receipts, [receipt], on=TODAY)

    assert (outcome.done, outcome.already[receipt].by) == ([], "Sonia Seller")
    assert world.balance(cup)[0] == 1
