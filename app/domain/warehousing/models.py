"""Goods that are there at the start, come in, are counted or lost, and that warehouses send each other."""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.catalog.models import Product
from app.domain.kernel.document import Document
from app.domain.kernel.orm import Base, BigId, MoneyColumn, PriceColumn, QuantityColumn, one_of
from app.domain.lifecycles import INTERNAL_ORDER, OPENING_STOCK, STOCK_COUNT, STOCK_RECEIPT, WRITE_OFF
from app.domain.stock.models import Warehouse

REASONS = ("damaged", "expired", "lost", "sample", "own_use", "other")


class StockReceipt(Base):
    """What arrived in the document's warehouse."""

    __tablename__ = "stock_receipt"
    __table_args__ = (one_of("state", STOCK_RECEIPT.states), Index("ix_stock_receipt_on", "on", "id"))

    id: Mapped[int] = mapped_column(BigInteger, ForeignKey("document.id"), primary_key=True, autoincrement=False)
    state: Mapped[str] = mapped_column(server_default=STOCK_RECEIPT.initial, default=STOCK_RECEIPT.initial)
    on: Mapped[date | None] = mapped_column(Date)
    note: Mapped[str] = mapped_column(server_default="", default="")
    version: Mapped[int] = mapped_column(server_default="1", default=1)

    document: Mapped[Document] = relationship(lazy="raise_on_sql")
    lines: Mapped[list["StockReceiptLine"]] = relationship(lazy="raise_on_sql", order_by="StockReceiptLine.position")


class StockReceiptLine(Base):
    """`unit_cost` is what was typed, else the planned cost; `value` is what came into stock when processed."""

    __tablename__ = "stock_receipt_line"
    __table_args__ = (
        CheckConstraint("quantity >= 0", name="quantity"),
        CheckConstraint("unit_cost >= 0", name="unit_cost"),
        Index("uq_stock_receipt_line_position", "receipt_id", "position", unique=True),
    )

    id: Mapped[BigId]
    receipt_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("stock_receipt.id"))
    position: Mapped[int]
    product_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("product.id"))
    quantity: Mapped[QuantityColumn]
    unit_cost: Mapped[PriceColumn | None]
    value: Mapped[MoneyColumn | None]

    product: Mapped[Product] = relationship(lazy="raise_on_sql")


class OpeningStock(Base):
    """What lay in the document's warehouse when the company began to keep its stock here."""

    __tablename__ = "opening_stock"
    __table_args__ = (one_of("state", OPENING_STOCK.states), Index("ix_opening_stock_on", "on", "id"))

    id: Mapped[int] = mapped_column(BigInteger, ForeignKey("document.id"), primary_key=True, autoincrement=False)
    state: Mapped[str] = mapped_column(server_default=OPENING_STOCK.initial, default=OPENING_STOCK.initial)
    on: Mapped[date | None] = mapped_column(Date)
    note: Mapped[str] = mapped_column(server_default="", default="")
    version: Mapped[int] = mapped_column(server_default="1", default=1)

    document: Mapped[Document] = relationship(lazy="raise_on_sql")
    lines: Mapped[list["OpeningStockLine"]] = relationship(lazy="raise_on_sql", order_by="OpeningStockLine.position")


class OpeningStockLine(Base):
    """`value` is what was typed, else what the quantity was worth at `unit_cost` when processed."""

    __tablename__ = "opening_stock_line"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("unit_cost >= 0", name="unit_cost"),
        CheckConstraint("value >= 0", name="value"),
        Index("uq_opening_stock_line_position", "opening_id", "position", unique=True),
        Index("uq_opening_stock_line_product", "opening_id", "product_id", unique=True),
        Index("ix_opening_stock_line_product_id", "product_id"),
    )

    id: Mapped[BigId]
    opening_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("opening_stock.id"))
    position: Mapped[int]
    product_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("product.id"))
    quantity: Mapped[QuantityColumn]
    unit_cost: Mapped[PriceColumn | None]
    value: Mapped[MoneyColumn | None]

    product: Mapped[Product] = relationship(lazy="raise_on_sql")


class WriteOff(Base):
    """Goods of the document's warehouse that are gone without being sold, and why."""

    __tablename__ = "write_off"
    __table_args__ = (
        one_of("state", WRITE_OFF.states), one_of("reason", REASONS), Index("ix_write_off_on", "on", "id")
    )  # fmt: skip

    id: Mapped[int] = mapped_column(BigInteger, ForeignKey("document.id"), primary_key=True, autoincrement=False)
    state: Mapped[str] = mapped_column(server_default=WRITE_OFF.initial, default=WRITE_OFF.initial)
    on: Mapped[date | None] = mapped_column(Date)
    reason: Mapped[str]
    note: Mapped[str] = mapped_column(server_default="", default="")
    version: Mapped[int] = mapped_column(server_default="1", default=1)

    document: Mapped[Document] = relationship(lazy="raise_on_sql")
    lines: Mapped[list["WriteOffLine"]] = relationship(lazy="raise_on_sql", order_by="WriteOffLine.position")


class WriteOffLine(Base):
    """`cost` is what left the value of stock when processed."""

    __tablename__ = "write_off_line"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        Index("uq_write_off_line_position", "write_off_id", "position", unique=True),
    )

    id: Mapped[BigId]
    write_off_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("write_off.id"))
    position: Mapped[int]
    product_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("product.id"))
    quantity: Mapped[QuantityColumn]
    cost: Mapped[MoneyColumn | None]

    product: Mapped[Product] = relationship(lazy="raise_on_sql")


class StockCount(Base):
    """A sheet of the document's warehouse, drawn at a moment (`sheet_at`), on which is written what lies there."""

    __tablename__ = "stock_count"
    __table_args__ = (one_of("state", STOCK_COUNT.states), Index("ix_stock_count_on", "on", "id"))

    id: Mapped[int] = mapped_column(BigInteger, ForeignKey("document.id"), primary_key=True, autoincrement=False)
    state: Mapped[str] = mapped_column(server_default=STOCK_COUNT.initial, default=STOCK_COUNT.initial)
    on: Mapped[date | None] = mapped_column(Date)
    sheet_at: Mapped[datetime]
    note: Mapped[str] = mapped_column(server_default="", default="")
    version: Mapped[int] = mapped_column(server_default="1", default=1)

    document: Mapped[Document] = relationship(lazy="raise_on_sql")
    lines: Mapped[list["StockCountLine"]] = relationship(lazy="raise_on_sql", order_by="StockCountLine.position")


class StockCountLine(Base):
    """What was expected when the sheet was drawn and what was counted (nothing: left alone).

    `unit_cost` is what somebody typed for more than was expected; `difference` and `value` moved the stock when
    processed.
    """

    __tablename__ = "stock_count_line"
    __table_args__ = (
        CheckConstraint("counted >= 0", name="counted"),
        CheckConstraint("unit_cost >= 0", name="unit_cost"),
        Index("uq_stock_count_line_position", "count_id", "position", unique=True),
        Index("uq_stock_count_line_product", "count_id", "product_id", unique=True),
        Index("ix_stock_count_line_product_id", "product_id"),
    )

    id: Mapped[BigId]
    count_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("stock_count.id"))
    position: Mapped[int]
    product_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("product.id"))
    expected: Mapped[QuantityColumn]
    counted: Mapped[QuantityColumn | None]
    unit_cost: Mapped[PriceColumn | None]
    difference: Mapped[QuantityColumn] = mapped_column(server_default="0", default=0)
    value: Mapped[MoneyColumn] = mapped_column(server_default="0", default=0)

    product: Mapped[Product] = relationship(lazy="raise_on_sql")


class InventoryAccountChange(Base):
    """Goods go on from one inventory account to another; moves up to `last_move_id` were posted to the one before."""

    __tablename__ = "inventory_account_change"

    id: Mapped[int] = mapped_column(BigInteger, ForeignKey("document.id"), primary_key=True, autoincrement=False)
    on: Mapped[date] = mapped_column(Date)
    last_move_id: Mapped[int] = mapped_column(BigInteger)


class InventoryAccountChangeLine(Base):
    """A product that goes on, and what all of it was worth then."""

    __tablename__ = "inventory_account_change_line"
    __table_args__ = (
        CheckConstraint("from_account_id <> to_account_id", name="accounts"),
        Index("ix_inventory_account_change_line_product_id", "product_id", "change_id"),
    )

    change_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("inventory_account_change.id"), primary_key=True)
    product_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("product.id"), primary_key=True)
    from_account_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("account.id"))
    to_account_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("account.id"))
    value: Mapped[MoneyColumn]


class InternalOrder(Base):
    """What the document's warehouse wants from another, `source_id`; asked on a day, sent on one, received on one."""

    __tablename__ = "internal_order"
    __table_args__ = (
        one_of("state", INTERNAL_ORDER.states),
        CheckConstraint('sent_on >= "on" AND received_on >= sent_on', name="dates"),
        Index("ix_internal_order_on", "on", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, ForeignKey("document.id"), primary_key=True, autoincrement=False)
    source_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("warehouse.id"))
    state: Mapped[str] = mapped_column(server_default=INTERNAL_ORDER.initial, default=INTERNAL_ORDER.initial)
    on: Mapped[date | None] = mapped_column(Date)
    sent_on: Mapped[date | None] = mapped_column(Date)
    received_on: Mapped[date | None] = mapped_column(Date)
    note: Mapped[str] = mapped_column(server_default="", default="")
    version: Mapped[int] = mapped_column(server_default="1", default=1)

    document: Mapped[Document] = relationship(lazy="raise_on_sql")
    source: Mapped[Warehouse] = relationship(lazy="raise_on_sql")
    lines: Mapped[list["InternalOrderLine"]] = relationship(lazy="raise_on_sql", order_by="InternalOrderLine.position")


class InternalOrderLine(Base):
    """How many were asked for, were `sent` at `cost` from the one warehouse, and `received` at `value` in the other.

    What the value is below the cost was lost on the way; what it is above was found.
    """

    __tablename__ = "internal_order_line"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("sent BETWEEN 0 AND quantity", name="sent"),
        CheckConstraint("(sent IS NULL) = (cost IS NULL)", name="sent_at_cost"),
        CheckConstraint("received >= 0", name="received"),
        CheckConstraint("(received IS NULL) = (value IS NULL)", name="received_at_value"),
        CheckConstraint("received IS NULL OR sent IS NOT NULL", name="received_after_sent"),
        Index("uq_internal_order_line_position", "internal_order_id", "position", unique=True),
        Index("ix_internal_order_line_product_id", "product_id"),
    )

    id: Mapped[BigId]
    internal_order_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("internal_order.id"))
    position: Mapped[int]
    product_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("product.id"))
    quantity: Mapped[QuantityColumn]
    sent: Mapped[QuantityColumn | None]
    cost: Mapped[MoneyColumn | None]
    received: Mapped[QuantityColumn | None]
    value: Mapped[MoneyColumn | None]

    product: Mapped[Product] = relationship(lazy="raise_on_sql")


class ReorderPoint(Base):
    """Below `minimum` a product is ordered for a warehouse up to `maximum`: from `source_id`, else from outside."""

    __tablename__ = "reorder_point"
    __table_args__ = (
        CheckConstraint("minimum > 0", name="minimum"),
        CheckConstraint("maximum >= minimum", name="maximum"),
        CheckConstraint("source_id <> warehouse_id", name="source"),
        Index("uq_reorder_point_product", "warehouse_id", "product_id", unique=True),
    )

    id: Mapped[BigId]
    warehouse_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("warehouse.id"))
    product_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("product.id"))
    minimum: Mapped[QuantityColumn]
    maximum: Mapped[QuantityColumn]
    source_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("warehouse.id"))
    version: Mapped[int] = mapped_column(server_default="1", default=1)

    warehouse: Mapped[Warehouse] = relationship(lazy="raise_on_sql", foreign_keys=[warehouse_id])
    product: Mapped[Product] = relationship(lazy="raise_on_sql")
    source: Mapped[Warehouse | None] = relationship(lazy="raise_on_sql", foreign_keys=[source_id])
