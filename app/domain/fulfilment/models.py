"""Goods that leave: the storekeeper's shipment."""

from datetime import date

from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.kernel.company import COGS_TIMINGS
from app.domain.kernel.document import Document
from app.domain.kernel.orm import Base, BigId, MoneyColumn, PercentColumn, QuantityColumn, one_of
from app.domain.lifecycles import SHIPMENT
from app.domain.sales.models import SalesOrder, SalesOrderLine


class Shipment(Base):
    """Goods of one order leaving the document's warehouse; amounts are set when processed, in the order's currency."""

    __tablename__ = "shipment"
    __table_args__ = (
        one_of("state", SHIPMENT.states),
        one_of("cogs_timing", COGS_TIMINGS),
        Index("ix_shipment_on", "on", "id"),
        Index("ix_shipment_state", "state", "id"),
        Index("ix_shipment_gross", "gross", "id"),
        Index("ix_shipment_order_id", "order_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, ForeignKey("document.id"), primary_key=True, autoincrement=False)
    order_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("sales_order.id"))
    state: Mapped[str] = mapped_column(server_default=SHIPMENT.initial, default=SHIPMENT.initial)
    on: Mapped[date | None] = mapped_column(Date)
    cogs_timing: Mapped[str | None]
    net: Mapped[MoneyColumn] = mapped_column(server_default="0", default=0)
    vat: Mapped[MoneyColumn] = mapped_column(server_default="0", default=0)
    gross: Mapped[MoneyColumn] = mapped_column(server_default="0", default=0)
    version: Mapped[int] = mapped_column(server_default="1", default=1)

    document: Mapped[Document] = relationship(lazy="raise_on_sql")
    order: Mapped[SalesOrder] = relationship(lazy="raise_on_sql")
    lines: Mapped[list["ShipmentLine"]] = relationship(lazy="raise_on_sql", order_by="ShipmentLine.position")


class ShipmentLine(Base):
    """So much of one order line. `tax_percent` is the per cent of its tax rate on the day it left.

    `invoiced` are pieces on invoices, drafts too, less those credited to be invoiced again; `pre_invoiced` those that
    were invoiced in advance when they left, for `pre_net` and `pre_gross`, and `pre_credited` of these are credited
    since. `returned` came back, and `returned_uninvoiced` of them were on no invoice.
    """

    __tablename__ = "shipment_line"
    __table_args__ = (
        CheckConstraint("quantity >= 0", name="quantity"),
        CheckConstraint("invoiced >= 0 AND invoiced + returned_uninvoiced <= quantity", name="invoiced"),
        CheckConstraint("pre_invoiced <= quantity", name="pre_invoiced"),
        CheckConstraint("pre_credited >= 0 AND pre_credited <= pre_invoiced", name="pre_credited"),
        CheckConstraint("returned <= quantity", name="returned"),
        CheckConstraint("returned_uninvoiced >= 0 AND returned_uninvoiced <= returned", name="returned_uninvoiced"),
        Index("uq_shipment_line_order_line", "shipment_id", "order_line_id", unique=True),
        Index("ix_shipment_line_order_line_id", "order_line_id"),
    )

    id: Mapped[BigId]
    shipment_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("shipment.id"))
    position: Mapped[int]
    order_line_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("sales_order_line.id"))
    quantity: Mapped[QuantityColumn]
    tax_percent: Mapped[PercentColumn | None]
    net: Mapped[MoneyColumn] = mapped_column(server_default="0", default=0)
    vat: Mapped[MoneyColumn] = mapped_column(server_default="0", default=0)
    gross: Mapped[MoneyColumn] = mapped_column(server_default="0", default=0)
    cost: Mapped[MoneyColumn] = mapped_column(server_default="0", default=0)
    invoiced: Mapped[QuantityColumn] = mapped_column(server_default="0", default=0)
    pre_invoiced: Mapped[QuantityColumn] = mapped_column(server_default="0", default=0)
    pre_net: Mapped[MoneyColumn] = mapped_column(server_default="0", default=0)
    pre_gross: Mapped[MoneyColumn] = mapped_column(server_default="0", default=0)
    pre_credited: Mapped[QuantityColumn] = mapped_column(server_default="0", default=0)
    returned: Mapped[QuantityColumn] = mapped_column(server_default="0", default=0)
    returned_uninvoiced: Mapped[QuantityColumn] = mapped_column(server_default="0", default=0)

    order_line: Mapped[SalesOrderLine] = relationship(lazy="raise_on_sql")


class Advance(Base):
    """So much of an order line that was invoiced before it left: a line of an issued advance invoice.

    `delivered` are the pieces that left since, `credited` those that are to be invoiced again and did not leave; each
    with the part of the net and gross that went with them.
    """

    __tablename__ = "advance"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("delivered >= 0 AND credited >= 0 AND delivered + credited <= quantity", name="taken"),
        Index("uq_advance_invoice_line_id", "invoice_line_id", unique=True),
        Index("ix_advance_order_line_id", "order_line_id"),
    )

    id: Mapped[BigId]
    invoice_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("document.id"))
    invoice_line_id: Mapped[int] = mapped_column(BigInteger)
    order_line_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("sales_order_line.id"))
    quantity: Mapped[QuantityColumn]
    net: Mapped[MoneyColumn]
    gross: Mapped[MoneyColumn]
    delivered: Mapped[QuantityColumn] = mapped_column(server_default="0", default=0)
    delivered_net: Mapped[MoneyColumn] = mapped_column(server_default="0", default=0)
    delivered_gross: Mapped[MoneyColumn] = mapped_column(server_default="0", default=0)
    credited: Mapped[QuantityColumn] = mapped_column(server_default="0", default=0)
    credited_net: Mapped[MoneyColumn] = mapped_column(server_default="0", default=0)
    credited_gross: Mapped[MoneyColumn] = mapped_column(server_default="0", default=0)


class AdvanceDelivery(Base):
    """So much of an advance left with a shipment line; it counts as long as the shipment is not cancelled."""

    __tablename__ = "advance_delivery"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"), Index("ix_advance_delivery_advance_id", "advance_id")
    )  # fmt: skip

    shipment_line_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("shipment_line.id"), primary_key=True)
    advance_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("advance.id"), primary_key=True)
    quantity: Mapped[QuantityColumn]
    net: Mapped[MoneyColumn]
    gross: Mapped[MoneyColumn]
