"""Goods that come in by receipts, and goods that are written off."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from wtforms import SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from app.domain.kernel.document import Document
from app.domain.kernel.rows import read
from app.domain.lifecycles import STOCK_RECEIPT, WRITE_OFF
from app.domain.stock.models import Warehouse
from app.domain.warehousing.models import REASONS, StockReceipt, StockReceiptLine, WriteOff, WriteOffLine
from app.domain.warehousing.receipts import (
    NewReceipt,
    NewReceiptLine,
    add_receipts,
    cancel_receipts,
    delete_receipts,
    edit_receipt,
    process_receipts,
)
from app.domain.warehousing.write_offs import (
    NewWriteOff,
    NewWriteOffLine,
    add_write_offs,
    cancel_write_offs,
    delete_write_offs,
    edit_write_off,
    process_write_offs,
)
from app.web.kit import look
from app.web.kit.anew import AnewView
from app.web.kit.correcting import correct_button
from app.web.kit.documents import Button, delete_button
from app.web.kit.drafting import Cell
from app.web.kit.forms import LONGEST_TEXT, CardForm, RelationField
from app.web.kit.lines import Head, lines_of
from app.web.kit.listing import Column
from app.web.kit.narrowing import Ask
from app.web.kit.rights import mine
from app.web.kit.scope import ScopedInterface

LINES = """
FROM stock_receipt_line line JOIN product ON product.id = line.product_id JOIN unit ON unit.id = product.unit_id
WHERE line.receipt_id = %(id)s ORDER BY line.position
"""

WRITTEN_OFF = """
FROM write_off_line line JOIN product ON product.id = line.product_id JOIN unit ON unit.id = product.unit_id
WHERE line.write_off_id = %(id)s ORDER BY line.position
"""


class ReceiptForm(CardForm):
    warehouse = RelationField(_("Warehouse"), target=Warehouse, blank=False, validators=[InputRequired()])
    note = StringField(_("Note"), validators=[Length(max=LONGEST_TEXT)])


class ReceiptView(AnewView):
    datamodel = ScopedInterface(StockReceipt)
    lifecycle = STOCK_RECEIPT
    resource = "Receipts"
    route_base = "/receipts"
    title = _("Receipts")
    noun = _("receipt")
    empty = _("No receipts here. Write down what arrived with New.")
    head = ReceiptForm
    cells = (
        Cell("quantity", _("Quantity"), 3, needed=True),
        Cell("cost", _("Cost of one"), 4, offered=lambda: mine().sees("costs"), money=True),
    )
    said_head = """
        SELECT document.warehouse_id AS warehouse, receipt.note, receipt.version::text
        FROM stock_receipt receipt JOIN document ON document.id = receipt.id WHERE receipt.id = %(id)s
    """
    said_lines = """
        SELECT line.position - 1 AS place, line.product_id::text AS product,
               product.sku || ' ' || product.name AS label, trim_scale(line.quantity)::text AS quantity,
               trim_scale(line.unit_cost)::text AS cost
        FROM stock_receipt_line line JOIN product ON product.id = line.product_id
        WHERE line.receipt_id = %(id)s ORDER BY line.position
    """
    steps = {
        "process": Button(process_receipts, "process", _("Process"), ("on",), "check"),
        "cancel": Button(cancel_receipts, "cancel", _("Cancel"), ("on", "reason"), "ban", danger=True),
        "correct": correct_button(STOCK_RECEIPT, "Receipts"),
        "delete": delete_button(delete_receipts),
    }  # fmt: skip
    columns = {
        "number": Column(_("Number"), Document.number),
        "on": Column(_("Date"), StockReceipt.on, "date"),
        "warehouse": Column(_("Warehouse"), Warehouse.code),
        "note": Column(_("Note"), StockReceipt.note),
        "value": Column(
            _("Value"),
            select(func.sum(StockReceiptLine.value))
            .where(StockReceiptLine.receipt_id == StockReceipt.id)
            .scalar_subquery(),
            "money", "costs",
        ),
        "state": Column(_("State"), StockReceipt.state, "state"),
    }  # fmt: skip
    list_columns = ["number", "on", "warehouse", "note", "state", "value"]

    def make(self, values: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> NewReceipt:
        arrived = [NewReceiptLine(line["product"], line["quantity"], line.get("cost")) for line in lines]
        return NewReceipt(values["warehouse"], arrived, note=values["note"] or "")

    def store(self, session: Session, new: NewReceipt, by: int) -> int:
        return add_receipts(session, [new], by=by)[0]

    def store_anew(self, session: Session, pk: int, new: NewReceipt, version: int, by: int) -> None:
        """Costs stay what others typed where this person sees none."""
        if not mine().sees("costs"):
            typed: dict[int, list[Decimal | None]] = defaultdict(list)
            for row in reversed(read(session, self.said_lines, id=pk)):
                typed[int(row.product)].append(Decimal(row.cost) if row.cost else None)
            costs = [typed[line.product_id].pop() if typed[line.product_id] else None for line in new.lines]
            new = replace(new, lines=[
                replace(line, unit_cost=cost) for line, cost in zip(new.lines, costs, strict=True)
            ])  # fmt: skip
        edit_receipt(session, pk, new, version=version, by=by)

    def hides(self, pk: int) -> bool:
        return False

    def lines(self, pk: int) -> dict[str, Any]:
        heads = [
            Head("product.sku", _("SKU")),
            Head("product.name", _("Name")),
            Head("line.quantity", _("Quantity"), "number"),
            Head("unit.code", _("Unit")),
            Head("line.unit_cost", _("Cost of one"), "price", "costs"),
            Head("line.value", _("Value"), "money", "costs"),
        ]
        return lines_of(self._session, heads, LINES, pk, self.resource)


class WriteOffForm(CardForm):
    warehouse = RelationField(_("Warehouse"), target=Warehouse, blank=False, validators=[InputRequired()])
    reason = SelectField(_("Reason"), choices=[SelectChoice(reason, look.WORDS[reason]) for reason in REASONS])
    note = StringField(_("Note"), validators=[Length(max=LONGEST_TEXT)])


class WriteOffView(AnewView):
    datamodel = ScopedInterface(WriteOff)
    lifecycle = WRITE_OFF
    resource = "Write-offs"
    route_base = "/write-offs"
    title = _("Write-offs")
    noun = _("write-off")
    empty = _("Nothing was written off. What broke, expired or got lost is written down with New.")
    head = WriteOffForm
    cells = (Cell("quantity", _("Quantity"), 3, needed=True),)
    said_head = """
        SELECT document.warehouse_id AS warehouse, write_off.reason, write_off.note, write_off.version::text
        FROM write_off JOIN document ON document.id = write_off.id WHERE write_off.id = %(id)s
    """
    said_lines = """
        SELECT line.position - 1 AS place, line.product_id::text AS product,
               product.sku || ' ' || product.name AS label, trim_scale(line.quantity)::text AS quantity
        FROM write_off_line line JOIN product ON product.id = line.product_id
        WHERE line.write_off_id = %(id)s ORDER BY line.position
    """
    steps = {
        "process": Button(process_write_offs, "process", _("Process"), ("on",), "check"),
        "cancel": Button(cancel_write_offs, "cancel", _("Cancel"), ("on", "reason"), "ban", danger=True),
        "correct": correct_button(WRITE_OFF, "Write-offs"),
        "delete": delete_button(delete_write_offs),
    }  # fmt: skip
    columns = {
        "number": Column(_("Number"), Document.number),
        "on": Column(_("Date"), WriteOff.on, "date"),
        "warehouse": Column(_("Warehouse"), Warehouse.code),
        "reason": Column(_("Reason"), WriteOff.reason, "word"),
        "note": Column(_("Note"), WriteOff.note),
        "value": Column(
            _("Value"),
            select(func.sum(WriteOffLine.cost)).where(WriteOffLine.write_off_id == WriteOff.id).scalar_subquery(),
            "money", "costs",
        ),
        "state": Column(_("State"), WriteOff.state, "state"),
    }  # fmt: skip
    asks = {"reason": Ask(_("Reason"), WriteOff.reason, REASONS)}
    list_columns = ["number", "on", "warehouse", "reason", "note", "state", "value"]

    def make(self, values: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> NewWriteOff:
        gone = [NewWriteOffLine(line["product"], line["quantity"]) for line in lines]
        return NewWriteOff(values["warehouse"], values["reason"], gone, note=values["note"] or "")

    def store(self, session: Session, new: NewWriteOff, by: int) -> int:
        return add_write_offs(session, [new], by=by)[0]

    def store_anew(self, session: Session, pk: int, new: NewWriteOff, version: int, by: int) -> None:
        edit_write_off(session, pk, new, version=version, by=by)

    def lines(self, pk: int) -> dict[str, Any]:
        heads = [
            Head("product.sku", _("SKU")),
            Head("product.name", _("Name")),
            Head("line.quantity", _("Quantity"), "number"),
            Head("unit.code", _("Unit")),
            Head("line.cost", _("Value"), "money", "costs"),
        ]
        return lines_of(self._session, heads, WRITTEN_OFF, pk, self.resource)
