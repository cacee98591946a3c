"""The tax documents."""

from datetime import date

from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.kernel.document import Document
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
from app.domain.lifecycles import INVOICE

INVOICE_KINDS = ("invoice", "debit")


class Invoice(Base):
    """An invoice to the document's customer. From issue on, `seller`, `buyer` and `terms` are frozen as printed."""

    __tablename__ = "invoice"
    __table_args__ = (
        one_of("state", INVOICE.states),
        one_of("kind", INVOICE_KINDS),
        CheckConstraint("gross >= 0", name="gross"),
        Index("ix_invoice_on", "on", "id"),
        Index("ix_invoice_state", "state", "id"),
        Index("ix_invoice_due_on", "due_on", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, ForeignKey("document.id"), primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(server_default="invoice", default="invoice")
    state: Mapped[str] = mapped_column(server_default=INVOICE.initial, default=INVOICE.initial)
    on: Mapped[date | None] = mapped_column(Date)
    supply_on: Mapped[date | None] = mapped_column(Date)
    due_on: Mapped[date | None] = mapped_column(Date)
    seller: Mapped[JsonColumn] = mapped_column(server_default=text("'{}'"), default=dict)
    buyer: Mapped[JsonColumn] = mapped_column(server_default=text("'{}'"), default=dict)
    terms: Mapped[JsonColumn] = mapped_column(server_default=text("'{}'"), default=dict)
    prices_include_vat: Mapped[bool]
    currency: Mapped[str]
    rate: Mapped[PriceColumn] = mapped_column(server_default="1", default=1)
    net: Mapped[MoneyColumn]
    vat: Mapped[MoneyColumn]
    gross: Mapped[MoneyColumn]
    version: Mapped[int] = mapped_column(server_default="1", default=1)

    document: Mapped[Document] = relationship(lazy="raise_on_sql")
    lines: Mapped[list["InvoiceLine"]] = relationship(lazy="raise_on_sql", order_by="InvoiceLine.position")


class InvoiceLine(Base):
    """So much of one shipment line, with the words and the price it was agreed at."""

    __tablename__ = "invoice_line"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        Index("uq_invoice_line_position", "invoice_id", "position", unique=True),
        Index("ix_invoice_line_shipment_line_id", "shipment_line_id"),
    )

    id: Mapped[BigId]
    invoice_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("invoice.id"))
    position: Mapped[int]
    shipment_line_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("shipment_line.id"))
    order_line_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("sales_order_line.id"))
    product_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("product.id"))
    sku: Mapped[str]
    name: Mapped[str]
    unit: Mapped[str]
    quantity: Mapped[QuantityColumn]
    unit_price: Mapped[PriceColumn]
    discount: Mapped[PercentColumn]
    tax_rate_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("tax_rate.id"))
    tax_percent: Mapped[PercentColumn]
    net: Mapped[MoneyColumn]
    vat: Mapped[MoneyColumn]
    gross: Mapped[MoneyColumn]
