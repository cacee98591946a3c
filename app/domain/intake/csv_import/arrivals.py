"""Goods that come in out of files: drafts of stock receipts and of opening stock."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from app.domain.intake.csv_import.cells import REFUSED, Field, code_of, date_of, number_of, text_of
from app.domain.intake.csv_import.documents import Documents, Group
from app.domain.kernel.values import PRICE_DECIMALS, QUANTITY_DECIMALS
from app.domain.warehousing.opening import NewOpening, NewOpeningLine, add_openings
from app.domain.warehousing.receipts import NewReceipt, NewReceiptLine, add_receipts

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


class Receipts(Documents):
    """Drafts of receipts; without a cost the planned cost is taken when they are processed."""

    noun = "receipt"
    table = "stock_receipt"
    head = ("warehouse", "on", "note")
    owner = "warehouse"
    needs = NEEDS
    fields = FIELDS

    def make(self, group: Group, *, today: Any, by: int) -> NewReceipt:
        lines = [NewReceiptLine(line["product"], line["quantity"], line.get("unit_cost")) for line in group.lines]
        return NewReceipt(group.head["warehouse"], lines, group.head.get("on"), group.head.get("note", ""))

    def add(self, session: Session, new: Sequence[NewReceipt], *, by: int) -> list[int]:
        return add_receipts(session, new, by=by)


class OpeningStock(Documents):
    """Drafts of opening stock: with what all of a product is worth, or what one is."""

    noun = "opening stock"
    table = "opening_stock"
    head = ("warehouse", "on", "note")
    owner = "warehouse"
    needs = NEEDS
    fields = (*FIELDS[:5], Field("value", number_of(3, low=0)), *FIELDS[5:])

    def make(self, group: Group, *, today: Any, by: int) -> NewOpening:
        lines = [
            NewOpeningLine(line["product"], line["quantity"], line.get("unit_cost"), line.get("value"))
            for line in group.lines
        ]
        return NewOpening(group.head["warehouse"], lines, group.head.get("on"), group.head.get("note", ""))

    def add(self, session: Session, new: Sequence[NewOpening], *, by: int) -> list[int]:
        return add_openings(session, new, by=by)
