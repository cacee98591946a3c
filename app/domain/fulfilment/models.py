"""Goods that leave: the storekeeper's shipment."""

from datetime import date

from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.kernel.company import COGS_TIMINGS
from app.domain.kernel.document import Document
from app.domain.kernel.orm import Base, BigId, MoneyColumn, QuantityColumn, one_of
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
    """So much of one order line."""

    __tablename__ = "shipment_line"
    __table_args__ = (
        CheckConstraint("quantity >= 0", name="quantity"),
        CheckConstraint("invoiced >= 0 AND invoiced <= quantity", name="invoiced"),
        Index("uq_shipment_line_order_line", "shipment_id", "order_line_id", unique=True),
        Index("ix_shipment_line_order_line_id", "order_line_id"),
    )

    id: Mapped[BigId]
    shipment_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("shipment.id"))
    position: Mapped[int]
    order_line_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("sales_order_line.id"))
    quantity: Mapped[QuantityColumn]
    net: Mapped[MoneyColumn] = mapped_column(server_default="0", default=0)
    vat: Mapped[MoneyColumn] = mapped_column(server_default="0", default=0)
    gross: Mapped[MoneyColumn] = mapped_column(server_default="0", default=0)
    cost: Mapped[MoneyColumn] = mapped_column(server_default="0", default=0)
    invoiced: Mapped[QuantityColumn] = mapped_column(server_default="0", default=0)

    order_line: Mapped[SalesOrderLine] = relationship(lazy="raise_on_sql")
