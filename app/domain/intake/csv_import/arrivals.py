"""Goods that come in out of files: drafts of stock receipts and of opening stock."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from app.domain.intake.csv_import.cells import REFUSED, Field, code_of, date_of, number_of, text_of
from app.domain.intake.csv_import.documents import Documents, Group
from app.domain.intake.csv_import.standing import CALLED
from app.domain.kernel.values import PRICE_DECIMALS, QUANTITY_DECIMALS
from app.domain.warehousing.opening import NewOpening, NewOpeningLine, add_openings, edit_opening
from app.domain.warehousing.receipts import NewReceipt, NewReceiptLine, add_receipts, edit_receipt

FIELDS = (
    Field("document", code_of, REFUSED, needed=True),
    Field("warehouse", code_of, REFUSED, needed=True, target="warehouse"),
    Field("product", code_of, REFUSED, needed=True, target="product"),
    Field("quantity", number_of(QUANTITY_DECIMALS, low=0), REFUSED, needed=True),
    Field("unit_cost", number_of(PRICE_DECIMALS, low=0)),
    Field("on", date_of),
    Field("note", text_of(), ""),
)
NEEDS = ("document", "warehouse", "product", "quantity")
STANDING = f"""
SELECT its.id, its.version, its.state, {CALLED.format(owner="document.warehouse_id")}, document.warehouse_id,
       warehouse.code AS warehouse, line.product_id, product.sku AS product, its."on", its.note, {{lines}}
JOIN product ON product.id = line.product_id
JOIN document ON document.id = its.id JOIN warehouse ON warehouse.id = document.warehouse_id
WHERE its.id = ANY(%(ids)s::bigint[]) ORDER BY its.id, line.position
"""


class Receipts(Documents):
    """Drafts of receipts; without a cost the planned cost is taken when they are processed."""

    noun = "receipt"
    table = "stock_receipt"
    head = ("warehouse", "on", "note")
    owner = "warehouse"
    needs = NEEDS
    fields = FIELDS
    standing = STANDING.format(
        lines="""
    line.quantity, line.unit_cost FROM stock_receipt its JOIN stock_receipt_line line ON line.receipt_id = its.id
    """
    )

    def make(self, group: Group, *, today: Any, by: int) -> NewReceipt:
        lines = [NewReceiptLine(line["product"], line["quantity"], line.get("unit_cost")) for line in group.lines]
        return NewReceipt(group.head["warehouse"], lines, group.head.get("on"), group.head.get("note", ""))

    def add(self, session: Session, new: Sequence[NewReceipt], *, by: int) -> list[int]:
        return add_receipts(session, new, by=by)

    def edit(self, session: Session, document: int, new: NewReceipt, *, version: int, by: int) -> None:
        edit_receipt(session, document, new, version=version, by=by)


class OpeningStock(Documents):
    """Drafts of opening stock: with what all of a product is worth, or what one is."""

    noun = "opening stock"
    table = "opening_stock"
    head = ("warehouse", "on", "note")
    owner = "warehouse"
    needs = NEEDS
    fields = (*FIELDS[:5], Field("value", number_of(3, low=0)), *FIELDS[5:])
    standing = STANDING.format(
        lines="""
    line.quantity, line.unit_cost, line.value FROM opening_stock its
    JOIN opening_stock_line line ON line.opening_id = its.id
    """
    )

    def make(self, group: Group, *, today: Any, by: int) -> NewOpening:
        lines = [
            NewOpeningLine(line["product"], line["quantity"], line.get("unit_cost"), line.get("value"))
            for line in group.lines
        ]
        return NewOpening(group.head["warehouse"], lines, group.head.get("on"), group.head.get("note", ""))

    def add(self, session: Session, new: Sequence[NewOpening], *, by: int) -> list[int]:
        return add_openings(session, new, by=by)

    def edit(self, session: Session, document: int, new: NewOpening, *, version: int, by: int) -> None:
        edit_opening(session, document, new, version=version, by=by)
