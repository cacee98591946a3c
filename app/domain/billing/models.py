"""The tax documents."""

from datetime import date

from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import JSONB
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
LINE_KINDS = ("shipment", "advance", "free")


class Invoice(Base):
    """An invoice to the document's customer. From issue on, `seller`, `buyer` and `terms` are frozen as printed.

    `due_dates` are those that somebody wrote on the draft (ISO 8601); empty, the customer's payment term decides.
    `due_on` is the last of the dates on which something of it is due.
    """

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
    due_dates: Mapped[list[str]] = mapped_column(JSONB, server_default=text("'[]'"), default=list)
    seller: Mapped[JsonColumn] = mapped_column(server_default=text("'{}'"), default=dict)
    buyer: Mapped[JsonColumn] = mapped_column(server_default=text("'{}'"), default=dict)
    terms: Mapped[JsonColumn] = mapped_column(server_default=text("'{}'"), default=dict)
    prices_include_vat: Mapped[bool]
    currency: Mapped[str]
    rate: Mapped[PriceColumn] = mapped_column(server_default="1", default=1)
    note: Mapped[str] = mapped_column(server_default="", default="")
    net: Mapped[MoneyColumn]
    vat: Mapped[MoneyColumn]
    gross: Mapped[MoneyColumn]
    version: Mapped[int] = mapped_column(server_default="1", default=1)

    document: Mapped[Document] = relationship(lazy="raise_on_sql")
    lines: Mapped[list["InvoiceLine"]] = relationship(lazy="raise_on_sql", order_by="InvoiceLine.position")


class InvoiceLine(Base):
    """So much of one shipment line, or of an order line that did not leave yet (`advance`), with the words and the
    price it was agreed at; or a `free` line: a service, or a text on an account. Without a tax rate it is outside VAT.
    """

    __tablename__ = "invoice_line"
    __table_args__ = (
        one_of("kind", LINE_KINDS),
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("(kind = 'shipment') = (shipment_line_id IS NOT NULL)", name="of_shipment"),
        CheckConstraint("(kind <> 'free') = (order_line_id IS NOT NULL)", name="of_order"),
        CheckConstraint("tax_rate_id IS NOT NULL OR tax_percent = 0", name="tax"),
        Index("uq_invoice_line_position", "invoice_id", "position", unique=True),
        Index("ix_invoice_line_shipment_line_id", "shipment_line_id"),
        Index("ix_invoice_line_order_line_id", "order_line_id", postgresql_where=text("kind = 'advance'")),
    )

    id: Mapped[BigId]
    invoice_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("invoice.id"))
    position: Mapped[int]
    kind: Mapped[str] = mapped_column(server_default="shipment", default="shipment")
    shipment_line_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("shipment_line.id"))
    order_line_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("sales_order_line.id"))
    product_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("product.id"))
    account_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("account.id"))
    sku: Mapped[str]
    name: Mapped[str]
    unit: Mapped[str]
    quantity: Mapped[QuantityColumn]
    unit_price: Mapped[PriceColumn]
    discount: Mapped[PercentColumn]
    tax_rate_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("tax_rate.id"))
    tax_percent: Mapped[PercentColumn]
    net: Mapped[MoneyColumn]
    vat: Mapped[MoneyColumn]
    gross: Mapped[MoneyColumn]
