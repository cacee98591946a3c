"""Drafts of receipts and write-offs that somebody writes anew."""

from decimal import Decimal

import pytest

from app.domain.kernel.errors import Invalid, NotFound, Stale, WrongState
from app.domain.warehousing.receipts import NewReceipt, NewReceiptLine, edit_receipt
from app.domain.warehousing.write_offs import NewWriteOff, NewWriteOffLine, add_write_offs, edit_write_off
from tests.domain.warehousing.ground import draft, process
from tests.world import World

D = Decimal


def test_an_edited_receipt_brings_what_it_says_now(world: World, cup: int) -> None:
    receipt = draft(world, NewReceiptLine(cup, D(3), D("2.50")), NewReceiptLine(cup, D(1)))

    anew = NewReceipt(world.warehouse, [NewReceiptLine(cup, D(4), D("1.25"))], note="counted again")
    world.do(edit_receipt, receipt, anew, version=1)
    process(world, receipt)

    assert world.balance(cup) == (D(4), D(0), D(5))
    world.prove()


def test_an_edited_write_off_takes_what_it_says_now(world: World, cup: int) -> None:
    other = world.add_product("JUG")
    write_off = world.do(add_write_offs, [NewWriteOff(world.warehouse, "damaged", [NewWriteOffLine(cup, D(3))])])[0]

    world.do(
        edit_write_off, write_off, NewWriteOff(world.warehouse, "damaged", [NewWriteOffLine(other, D(2))]), version=1
    )

    lines = world.lines_of("write_off_line", "write_off_id", write_off)
    assert [(line.product_id, line.quantity) for line in lines] == [(other, D(2))]


def test_who_loaded_an_older_draft_is_told_and_changes_nothing(world: World, cup: int) -> None:
    receipt = draft(world, NewReceiptLine(cup, D(3), D(2)))
    write_off = world.do(add_write_offs, [NewWriteOff(world.warehouse, "damaged", [NewWriteOffLine(cup, D(3))])])[0]
    received = NewReceipt(world.warehouse, [NewReceiptLine(cup, D(5), D(2))])
    gone = NewWriteOff(world.warehouse, "damaged", [NewWriteOffLine(cup, D(5))])
    world.do(edit_receipt, receipt, received, version=1)
    world.do(edit_write_off, write_off, gone, version=1)

    with pytest.raises(Stale):
        world.do(edit_receipt, receipt, NewReceipt(world.warehouse, []), version=1)
    with pytest.raises(Stale):
        world.do(edit_write_off, write_off, NewWriteOff(world.warehouse, "damaged", []), version=1)

    assert [line.quantity for line in world.lines_of("stock_receipt_line", "receipt_id", receipt)] == [D(5)]
    assert [line.quantity for line in world.lines_of("write_off_line", "write_off_id", write_off)] == [D(5)]


def test_an_edit_is_refused_for_bad_lines_unknown_and_processed_receipts(world: World, cup: int) -> None:
    receipt = draft(world, NewReceiptLine(cup, D(3), D(2)))
    with pytest.raises(Invalid):
        world.do(edit_receipt, receipt, NewReceipt(world.warehouse, [NewReceiptLine(cup, D(-1))]), version=1)
    with pytest.raises(NotFound):
        world.do(edit_receipt, receipt + 1000, NewReceipt(world.warehouse, []), version=1)
    process(world, receipt)
    with pytest.raises(WrongState):
        world.do(edit_receipt, receipt, NewReceipt(world.warehouse, []), version=2)
