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
from app.domain.lifecycles import ADJUSTMENT, CREDIT_NOTE, CUSTOMER_RETURN, INVOICE
from app.domain.parties.models import TAX_REGIMES

INVOICE_KINDS = ("invoice", "debit")
LINE_KINDS = ("shipment", "advance", "free", "debit")
# What becomes of a line of an invoice; what was never invoiced here is `free`.
CREDIT_KINDS = ("goods_back", "invoice_again", "allowance")


class Invoice(Base):
    """An invoice to the document's customer. From issue on, `seller`, `buyer` and `terms` are frozen as printed.

    `due_dates` are those that somebody wrote on the draft (ISO 8601); empty, the customer's payment term decides.
    `due_on` is the last of the dates on which something of it is due. A debit note takes back the credit note of
    `credit_note_id`. `tax_regime` is that of the orders it is made from; of what is written by hand its own.
    """

    __tablename__ = "invoice"
    __table_args__ = (
        one_of("state", INVOICE.states),
        one_of("kind", INVOICE_KINDS),
        one_of("tax_regime", TAX_REGIMES),
        CheckConstraint("gross >= 0", name="gross"),
        CheckConstraint("(kind = 'debit') = (credit_note_id IS NOT NULL)", name="debit"),
        Index("ix_invoice_credit_note_id", "credit_note_id", postgresql_where=text("credit_note_id IS NOT NULL")),
        Index("ix_invoice_on", "on", "id"),
        Index("ix_invoice_state", "state", "id"),
        Index("ix_invoice_gross", "gross", "id"),
        Index("ix_invoice_due_on", "due_on", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, ForeignKey("document.id"), primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(server_default="invoice", default="invoice")
    credit_note_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("document.id"))
    state: Mapped[str] = mapped_column(server_default=INVOICE.initial, default=INVOICE.initial)
    on: Mapped[date | None] = mapped_column(Date)
    supply_on: Mapped[date | None] = mapped_column(Date)
    due_on: Mapped[date | None] = mapped_column(Date)
    due_dates: Mapped[list[str]] = mapped_column(JSONB, server_default=text("'[]'"), default=list)
    seller: Mapped[JsonColumn] = mapped_column(server_default=text("'{}'"), default=dict)
    buyer: Mapped[JsonColumn] = mapped_column(server_default=text("'{}'"), default=dict)
    terms: Mapped[JsonColumn] = mapped_column(server_default=text("'{}'"), default=dict)
    tax_regime: Mapped[str] = mapped_column(server_default="domestic", default="domestic")
    prices_include_vat: Mapped[bool]
    currency: Mapped[str]
    rate: Mapped[PriceColumn] = mapped_column(server_default="1", default=1)
    note: Mapped[str] = mapped_column(server_default="", default="")
    net: Mapped[MoneyColumn]
    vat: Mapped[MoneyColumn]
    gross: Mapped[MoneyColumn]
    version: Mapped[int] = mapped_column(server_default="1", default=1)

    document: Mapped[Document] = relationship(lazy="raise_on_sql", foreign_keys=[id])
    lines: Mapped[list["InvoiceLine"]] = relationship(lazy="raise_on_sql", order_by="InvoiceLine.position")


class InvoiceLine(Base):
    """So much of one shipment line, or of an order line that did not leave yet (`advance`), with the words and the
    price it was agreed at; or a `free` line: a service, or a text on an account; or what a `debit` note takes back of
    a line of a credit note. Without a tax rate it is outside VAT.

    `rounding` is what is owed beside the gross, where the invoices of a paid shipment are cents more or less than it.
    `cost` is what went on to cost of sales with it, where the goods had left `at_invoice`.
    `credited` are the pieces on issued credit notes, `credited_net` and `credited_vat` what they took of the line.
    """

    __tablename__ = "invoice_line"
    __table_args__ = (
        one_of("kind", LINE_KINDS),
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("cost >= 0", name="cost"),
        CheckConstraint("credited >= 0 AND credited <= quantity", name="credited"),
        CheckConstraint("abs(credited_net) <= abs(net) AND credited_net * net >= 0", name="credited_net"),
        CheckConstraint("abs(credited_vat) <= abs(vat) AND credited_vat * vat >= 0", name="credited_vat"),
        CheckConstraint("(kind = 'shipment') = (shipment_line_id IS NOT NULL)", name="of_shipment"),
        CheckConstraint("(kind IN ('shipment', 'advance')) = (order_line_id IS NOT NULL)", name="of_order"),
        CheckConstraint("(kind = 'debit') = (credit_line_id IS NOT NULL)", name="of_credit"),
        CheckConstraint("tax_rate_id IS NOT NULL OR tax_percent = 0", name="tax"),
        Index("uq_invoice_line_position", "invoice_id", "position", unique=True),
        Index("ix_invoice_line_shipment_line_id", "shipment_line_id"),
        Index("ix_invoice_line_order_line_id", "order_line_id", postgresql_where=text("kind = 'advance'")),
        Index("ix_invoice_line_credit_line_id", "credit_line_id", postgresql_where=text("credit_line_id IS NOT NULL")),
    )

    id: Mapped[BigId]
    invoice_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("invoice.id"))
    position: Mapped[int]
    kind: Mapped[str] = mapped_column(server_default="shipment", default="shipment")
    shipment_line_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("shipment_line.id"))
    order_line_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("sales_order_line.id"))
    credit_line_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("credit_note_line.id", use_alter=True, name="fk_invoice_line_credit_line_id")
    )
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
    rounding: Mapped[MoneyColumn] = mapped_column(server_default="0", default=0)
    cost: Mapped[MoneyColumn] = mapped_column(server_default="0", default=0)
    credited: Mapped[QuantityColumn] = mapped_column(server_default="0", default=0)
    credited_net: Mapped[MoneyColumn] = mapped_column(server_default="0", default=0)
    credited_vat: Mapped[MoneyColumn] = mapped_column(server_default="0", default=0)


class CreditNote(Base):
    """What is taken off an issued invoice, or given without one. From issue on, `seller`, `buyer` and `terms` are
    frozen as printed.

    `return_id` is the return it was made from, where goods came back before they were credited.
    """

    __tablename__ = "credit_note"
    __table_args__ = (
        one_of("state", CREDIT_NOTE.states),
        one_of("tax_regime", TAX_REGIMES),
        CheckConstraint("gross >= 0", name="gross"),
        CheckConstraint("reason <> ''", name="reason"),
        CheckConstraint("invoice_id IS NOT NULL OR (gross > 0 AND return_id IS NULL)", name="without_invoice"),
        CheckConstraint("supply_on IS NULL OR invoice_id IS NULL", name="supply_on"),
        Index("ix_credit_note_on", "on", "id"),
        Index("ix_credit_note_gross", "gross", "id"),
        Index("ix_credit_note_invoice_id", "invoice_id"),
        Index("ix_credit_note_return_id", "return_id", postgresql_where=text("return_id IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(BigInteger, ForeignKey("document.id"), primary_key=True, autoincrement=False)
    invoice_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("invoice.id"))
    return_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("document.id"))
    state: Mapped[str] = mapped_column(server_default=CREDIT_NOTE.initial, default=CREDIT_NOTE.initial)
    on: Mapped[date | None] = mapped_column(Date)
    supply_on: Mapped[date | None] = mapped_column(Date)
    reason: Mapped[str]
    seller: Mapped[JsonColumn] = mapped_column(server_default=text("'{}'"), default=dict)
    buyer: Mapped[JsonColumn] = mapped_column(server_default=text("'{}'"), default=dict)
    terms: Mapped[JsonColumn] = mapped_column(server_default=text("'{}'"), default=dict)
    tax_regime: Mapped[str] = mapped_column(server_default="domestic", default="domestic")
    prices_include_vat: Mapped[bool]
    currency: Mapped[str]
    rate: Mapped[PriceColumn] = mapped_column(server_default="1", default=1)
    net: Mapped[MoneyColumn]
    vat: Mapped[MoneyColumn]
    gross: Mapped[MoneyColumn]
    version: Mapped[int] = mapped_column(server_default="1", default=1)

    document: Mapped[Document] = relationship(lazy="raise_on_sql", foreign_keys=[id])
    lines: Mapped[list["CreditNoteLine"]] = relationship(lazy="raise_on_sql", order_by="CreditNoteLine.position")


class CreditNoteLine(Base):
    """Pieces of an invoice line at its price, or an amount of it (`allowance`, which has no pieces, and is below 0 of a
    line that is).

    Without an invoice it is `free`, a service or a text on an account; or an allowance on goods, which has no price.
    `again_net`, `again_gross` and `again_cost` are what pieces to be invoiced again took of their shipment when they
    were invoiced.
    """

    __tablename__ = "credit_note_line"
    __table_args__ = (
        one_of("kind", (*CREDIT_KINDS, "free")),
        CheckConstraint(
            "CASE WHEN kind <> 'allowance' THEN quantity > 0 AND amount = 0 "
            "ELSE quantity = 0 AND (amount > 0 OR amount < 0 AND invoice_line_id IS NOT NULL) END",
            name="how_much",
        ),
        CheckConstraint(
            "CASE kind WHEN 'allowance' THEN true WHEN 'free' THEN invoice_line_id IS NULL "
            "ELSE invoice_line_id IS NOT NULL END",
            name="of_invoice",
        ),
        CheckConstraint("tax_rate_id IS NOT NULL OR tax_percent = 0", name="tax"),
        CheckConstraint("again_cost >= 0", name="again_cost"),
        Index("uq_credit_note_line_position", "credit_note_id", "position", unique=True),
        Index("ix_credit_note_line_invoice_line_id", "invoice_line_id"),
        Index("ix_credit_note_line_shipment_line_id", "shipment_line_id"),
    )

    id: Mapped[BigId]
    credit_note_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("credit_note.id"))
    position: Mapped[int]
    invoice_line_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("invoice_line.id"))
    shipment_line_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("shipment_line.id"))
    kind: Mapped[str]
    product_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("product.id"))
    account_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("account.id"))
    sku: Mapped[str]
    name: Mapped[str]
    unit: Mapped[str]
    quantity: Mapped[QuantityColumn]
    amount: Mapped[MoneyColumn]
    unit_price: Mapped[PriceColumn]
    discount: Mapped[PercentColumn]
    tax_rate_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("tax_rate.id"))
    tax_percent: Mapped[PercentColumn]
    net: Mapped[MoneyColumn]
    vat: Mapped[MoneyColumn]
    gross: Mapped[MoneyColumn]
    again_net: Mapped[MoneyColumn] = mapped_column(server_default="0", default=0)
    again_gross: Mapped[MoneyColumn] = mapped_column(server_default="0", default=0)
    again_cost: Mapped[MoneyColumn] = mapped_column(server_default="0", default=0)


class CustomerReturn(Base):
    """Goods of the document's customer that come back into the document's warehouse.

    `credit_note_id` is the credit note it was made from, where goods were credited before they came back.
    """

    __tablename__ = "customer_return"
    __table_args__ = (one_of("state", CUSTOMER_RETURN.states), Index("ix_customer_return_on", "on", "id"))

    id: Mapped[int] = mapped_column(BigInteger, ForeignKey("document.id"), primary_key=True, autoincrement=False)
    state: Mapped[str] = mapped_column(server_default=CUSTOMER_RETURN.initial, default=CUSTOMER_RETURN.initial)
    on: Mapped[date | None] = mapped_column(Date)
    credit_note_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("document.id"))
    note: Mapped[str] = mapped_column(server_default="", default="")
    version: Mapped[int] = mapped_column(server_default="1", default=1)

    document: Mapped[Document] = relationship(lazy="raise_on_sql", foreign_keys=[id])
    lines: Mapped[list["CustomerReturnLine"]] = relationship(
        lazy="raise_on_sql", order_by="CustomerReturnLine.position"
    )


class CustomerReturnLine(Base):
    """So many pieces of a shipment line; or of a product of which nobody knows the shipment, at a cost that was typed.

    When it is processed: `uninvoiced` of the pieces were on no invoice, `value` is what came into stock, and `deferred`
    the part of it whose cost had waited for an invoice.
    """

    __tablename__ = "customer_return_line"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("uninvoiced >= 0 AND uninvoiced <= quantity", name="uninvoiced"),
        CheckConstraint("unit_cost >= 0", name="unit_cost"),
        CheckConstraint("deferred >= 0 AND deferred <= value", name="value"),
        Index("uq_customer_return_line_position", "return_id", "position", unique=True),
        Index("ix_customer_return_line_shipment_line_id", "shipment_line_id"),
    )

    id: Mapped[BigId]
    return_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("customer_return.id"))
    position: Mapped[int]
    shipment_line_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("shipment_line.id"))
    product_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("product.id"))
    quantity: Mapped[QuantityColumn]
    unit_cost: Mapped[PriceColumn | None]
    uninvoiced: Mapped[QuantityColumn] = mapped_column(server_default="0", default=0)
    value: Mapped[MoneyColumn] = mapped_column(server_default="0", default=0)
    deferred: Mapped[MoneyColumn] = mapped_column(server_default="0", default=0)


ADJUSTMENT_KINDS = ("voucher", "bad_debt", "difference")


class Adjustment(Base):
    """What a customer need not pay: they redeem a voucher, the debt is lost, or a small difference is not worth it."""

    __tablename__ = "adjustment"
    __table_args__ = (
        one_of("state", ADJUSTMENT.states),
        one_of("kind", ADJUSTMENT_KINDS),
        CheckConstraint("amount > 0", name="amount"),
        Index("ix_adjustment_on", "on", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, ForeignKey("document.id"), primary_key=True, autoincrement=False)
    kind: Mapped[str]
    state: Mapped[str] = mapped_column(server_default=ADJUSTMENT.initial, default=ADJUSTMENT.initial)
    on: Mapped[date | None] = mapped_column(Date)
    amount: Mapped[MoneyColumn]
    currency: Mapped[str]
    rate: Mapped[PriceColumn] = mapped_column(server_default="1", default=1)
    purpose: Mapped[str] = mapped_column(server_default="", default="")
    version: Mapped[int] = mapped_column(server_default="1", default=1)

    document: Mapped[Document] = relationship(lazy="raise_on_sql")


class AdjustmentTarget(Base):
    """What an adjustment settles: a document, or a single line of it, and how much."""

    __tablename__ = "adjustment_target"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        Index("ix_adjustment_target_adjustment_id", "adjustment_id"),
    )

    id: Mapped[BigId]
    adjustment_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("adjustment.id"))
    target_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("document.id"))
    line_id: Mapped[int | None] = mapped_column(BigInteger)
    amount: Mapped[MoneyColumn]
