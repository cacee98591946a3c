"""Warehouses, the append-only ledger of stock, its running totals, and who has goods reserved."""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, Identity, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.kernel.orm import Base, BigId, MasterData, MoneyColumn, QuantityColumn, one_of

WAYS = ("manager_seller", "manager_storekeeper")


class Warehouse(MasterData, Base):
    """A site that holds stock. `way`: one person sells and ships, or a manager sells and a storekeeper ships.

    `reservation_days` is how long goods are held for an order (none: until it ships or ends).
    """

    __tablename__ = "warehouse"
    __table_args__ = (
        *MasterData.indexes("warehouse"), one_of("way", WAYS),
        CheckConstraint("reservation_days BETWEEN 1 AND 3650", name="reservation_days"),
    )  # fmt: skip

    way: Mapped[str] = mapped_column(server_default="manager_seller", default="manager_seller")
    negative_available: Mapped[bool] = mapped_column(server_default=text("false"), default=False)
    reservation_days: Mapped[int | None]


class StockBalance(Base):
    """What is there now."""

    __tablename__ = "stock_balance"
    __table_args__ = (
        CheckConstraint("on_hand >= 0", name="on_hand"),
        CheckConstraint("reserved >= 0", name="reserved"),
        CheckConstraint("value >= 0 AND (on_hand > 0 OR value = 0)", name="value"),
    )

    warehouse_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("warehouse.id"), primary_key=True)
    product_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("product.id"), primary_key=True)
    on_hand: Mapped[QuantityColumn] = mapped_column(server_default="0", default=0)
    reserved: Mapped[QuantityColumn] = mapped_column(server_default="0", default=0)
    value: Mapped[MoneyColumn] = mapped_column(server_default="0", default=0)
    last_on: Mapped[date | None] = mapped_column(Date)


class StockMove(Base):
    """One change of stock: quantity and value with their sign, and the balance after it in the order of recording."""

    __tablename__ = "stock_move"
    __table_args__ = (
        CheckConstraint("quantity <> 0 OR value <> 0", name="moves_something"),
        Index("ix_stock_move_recorded", "warehouse_id", "product_id", "at", "id"),
        Index("ix_stock_move_document_id", "document_id"),
    )

    on: Mapped[date] = mapped_column(Date, primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    at: Mapped[datetime]
    warehouse_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("warehouse.id"))
    product_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("product.id"))
    document_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("document.id"))
    line_id: Mapped[int] = mapped_column(BigInteger)
    quantity: Mapped[QuantityColumn]
    value: Mapped[MoneyColumn]
    on_hand_after: Mapped[QuantityColumn]
    value_after: Mapped[MoneyColumn]
    is_mirror: Mapped[bool] = mapped_column(server_default=text("false"), default=False)


class StockDay(Base):
    """The closing quantity and value of a business date; a day without moves has no row."""

    __tablename__ = "stock_day"
    __table_args__ = (CheckConstraint("quantity >= 0 AND value >= 0 AND (quantity > 0 OR value = 0)", name="closing"),)

    warehouse_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("warehouse.id"), primary_key=True)
    product_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("product.id"), primary_key=True)
    on: Mapped[date] = mapped_column(Date, primary_key=True)
    quantity: Mapped[QuantityColumn]
    value: Mapped[MoneyColumn]


class Reservation(Base):
    """What a line of an order, or of an internal one, holds in a warehouse, and what it still waits for.

    `expires_on` is the last day for which it holds; `lapsed_on`, when it lost what it held and went behind all others.
    """

    __tablename__ = "reservation"
    __table_args__ = (
        CheckConstraint("quantity >= 0 AND waiting >= 0", name="quantities"),
        CheckConstraint("num_nonnulls(line_id, internal_line_id) = 1", name="one_line"),
        Index("uq_reservation_line", "line_id", unique=True),
        Index("uq_reservation_internal_line", "internal_line_id", unique=True),
        Index("ix_reservation_waiting", "warehouse_id", "product_id", "id", postgresql_where=text("waiting > 0")),
        Index("ix_reservation_open", "warehouse_id", "product_id", postgresql_where=text("quantity > 0")),
        Index("ix_reservation_document_id", "document_id"),
        Index("ix_reservation_expires_on", "expires_on", postgresql_where=text("expires_on IS NOT NULL")),
    )

    id: Mapped[BigId]
    document_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("document.id"))
    line_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("sales_order_line.id"))
    internal_line_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("internal_order_line.id"))
    warehouse_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("warehouse.id"))
    product_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("product.id"))
    quantity: Mapped[QuantityColumn]
    waiting: Mapped[QuantityColumn]
    expires_on: Mapped[date | None] = mapped_column(Date)
    lapsed_on: Mapped[date | None] = mapped_column(Date)
