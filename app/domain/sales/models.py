"""What a customer wants."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.catalog.models import Product
from app.domain.kernel.document import Actor, Document
from app.domain.kernel.orm import (
    Base,
    BigId,
    JsonColumn,
    MoneyColumn,
    PercentColumn,
    PriceColumn,
    QuantityColumn,
    one_of,
)
from app.domain.lifecycles import SALES_ORDER
from app.domain.parties.models import TAX_REGIMES
from app.domain.stock.models import WAYS

CHANNELS = ("eshop", "phone", "fax", "email", "counter")
# From the price list, typed by a person, or charged by the e-shop that the order comes from.
PRICE_SOURCES = ("list", "manual", "shop")


class SalesOrder(Base):
    """An order of the document's customer from the document's warehouse. Amounts are in `currency`.

    `way` is the warehouse's way of working unless the order says otherwise. `tax_regime` is the customer's when the
    order was written down, unless another was chosen; what is made of the order keeps to it.
    """

    __tablename__ = "sales_order"
    __table_args__ = (
        one_of("state", SALES_ORDER.states),
        one_of("channel", CHANNELS),
        one_of("way", WAYS),
        one_of("tax_regime", TAX_REGIMES),
        CheckConstraint("gross >= 0", name="gross"),
        Index("ix_sales_order_on", "on", "id"),
        Index("ix_sales_order_state", "state", "id"),
        Index("ix_sales_order_gross", "gross", "id"),
        Index("ix_sales_order_responsible_id", "responsible_id", "id"),
        Index("ix_sales_order_waiting", "id", postgresql_where=text("state = 'active' AND responsible_id IS NULL")),
    )

    id: Mapped[int] = mapped_column(BigInteger, ForeignKey("document.id"), primary_key=True, autoincrement=False)
    state: Mapped[str] = mapped_column(server_default=SALES_ORDER.initial, default=SALES_ORDER.initial)
    channel: Mapped[str]
    on: Mapped[date] = mapped_column(Date)
    requested_on: Mapped[date | None] = mapped_column(Date)
    valid_until: Mapped[date | None] = mapped_column(Date)
    responsible_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("actor.id"))
    price_list_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("price_list.id"))
    way: Mapped[str | None]
    tax_regime: Mapped[str] = mapped_column(server_default="domestic", default="domestic")
    prices_include_vat: Mapped[bool]
    currency: Mapped[str]
    rate: Mapped[PriceColumn] = mapped_column(server_default="1", default=1)
    agreed_by: Mapped[str | None]
    agreed_how: Mapped[str | None]
    agreed_at: Mapped[datetime | None]
    customer_reference: Mapped[str] = mapped_column(server_default="", default="")
    note: Mapped[str] = mapped_column(server_default="", default="")
    net: Mapped[MoneyColumn]
    vat: Mapped[MoneyColumn]
    gross: Mapped[MoneyColumn]
    version: Mapped[int] = mapped_column(server_default="1", default=1)

    document: Mapped[Document] = relationship(lazy="raise_on_sql")
    responsible: Mapped[Actor | None] = relationship(lazy="raise_on_sql")
    lines: Mapped[list["SalesOrderLine"]] = relationship(lazy="raise_on_sql", order_by="SalesOrderLine.position")


class SalesOrderLine(Base):
    """One wanted product. `sku`, `name`, `unit`, tax and price are what was agreed, and are kept from approval on.

    `pre_invoiced` are pieces on advance invoices, drafts too; `pre_shipped` those of them that left since.
    `shop_line` is what an e-shop calls the line.
    """

    __tablename__ = "sales_order_line"
    __table_args__ = (
        one_of("price_source", PRICE_SOURCES),
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("discount BETWEEN 0 AND 100", name="discount"),
        CheckConstraint("shipped >= 0 AND given_up >= 0 AND shipped + given_up <= quantity", name="progress"),
        CheckConstraint("pre_shipped >= 0 AND pre_shipped <= pre_invoiced AND pre_invoiced <= quantity", name="ahead"),
        Index("uq_sales_order_line_position", "order_id", "position", unique=True),
        Index("ix_sales_order_line_product", "product_id", "order_id"),
    )

    id: Mapped[BigId]
    order_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("sales_order.id"))
    position: Mapped[int]
    product_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("product.id"))
    warehouse_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("warehouse.id"))
    promised_on: Mapped[date | None] = mapped_column(Date)
    sku: Mapped[str]
    name: Mapped[str]
    unit: Mapped[str]
    quantity: Mapped[QuantityColumn]
    unit_price: Mapped[PriceColumn | None]
    discount: Mapped[PercentColumn] = mapped_column(server_default="0", default=0)
    price_source: Mapped[str] = mapped_column(server_default="list", default="list")
    manual_by_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("actor.id"))
    explanation: Mapped[JsonColumn] = mapped_column(server_default=text("'{}'"), default=dict)
    shop_line: Mapped[str] = mapped_column(server_default="", default="")
    tax_rate_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("tax_rate.id"))
    tax_percent: Mapped[PercentColumn]
    net: Mapped[MoneyColumn]
    vat: Mapped[MoneyColumn]
    gross: Mapped[MoneyColumn]
    shipped: Mapped[QuantityColumn] = mapped_column(server_default="0", default=0)
    given_up: Mapped[QuantityColumn] = mapped_column(server_default="0", default=0)
    pre_invoiced: Mapped[QuantityColumn] = mapped_column(server_default="0", default=0)
    pre_shipped: Mapped[QuantityColumn] = mapped_column(server_default="0", default=0)

    product: Mapped[Product] = relationship(lazy="raise_on_sql")
    warehouse: Mapped[Any] = relationship("Warehouse", lazy="raise_on_sql")
