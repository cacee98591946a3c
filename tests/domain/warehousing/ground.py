"""Receipts made in one line."""

from datetime import date

from app.domain.warehousing.receipts import NewReceipt, NewReceiptLine, add_receipts, process_receipts
from tests.world import TODAY, World


def draft(world: World, *lines: NewReceiptLine, warehouse: int | None = None) -> int:
    return world.do(add_receipts, [NewReceipt(warehouse or world.warehouse, lines)])[0]


def process(world: World, *receipts: int, on: date = TODAY) -> None:
    world.do(process_receipts, receipts, on=on)
