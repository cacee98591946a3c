"""What is owed for each line of each document, and which payment settled how much of it."""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.kernel.orm import Base, BigId, MoneyColumn, one_of

STATUSES = ("unpaid", "partly_paid", "paid")
# Where an allocation to an invoice is posted: in its payment's own entry, in an entry of its own, or nowhere, because
# it moves no money between accounts.
POSTED = ("with_payment", "own", "none")
# The control account that the unused money of a credit stands on.
CREDIT_ROLES = ("customer_advances", "receivables")


class OpenItem(Base):
    """What is owed for one line of one document.

    `amount` is payable, `allocated` is settled. `order_id`, `shipment_id` and `invoice_id` name the documents of the
    line's own chain up to this one, so that the payment status of each sums over everything made from it: of a debit
    note, the invoice is the one that was credited, if any. What was owed at the start is its own invoice and its own
    line. `on` is the date of the document: nothing settles it before.
    """

    __tablename__ = "open_item"
    __table_args__ = (
        CheckConstraint("allocated >= 0 AND allocated <= amount", name="allocated"),
        Index("uq_open_item_line", "document_id", "line_id", unique=True),
        Index("ix_open_item_order_id", "order_id"),
        Index("ix_open_item_shipment_id", "shipment_id"),
        Index("ix_open_item_invoice_id", "invoice_id", postgresql_where=text("invoice_id <> document_id")),
        Index("ix_open_item_customer", "customer_id", postgresql_where=text("amount > allocated")),
        Index("ix_open_item_open", "document_id", "invoice_id", postgresql_where=text("amount > allocated")),
    )

    id: Mapped[BigId]
    document_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("document.id"))
    line_id: Mapped[int] = mapped_column(BigInteger)
    customer_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("customer.id"))
    order_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("document.id"))
    shipment_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("document.id"))
    invoice_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("document.id"))
    currency: Mapped[str]
    on: Mapped[date] = mapped_column(Date)
    amount: Mapped[MoneyColumn]
    allocated: Mapped[MoneyColumn] = mapped_column(server_default="0", default=0)


class Instalment(Base):
    """How much of a document is due when. Instalments add up to its gross; payments and credits reduce them in the
    order of their dates.
    """

    __tablename__ = "instalment"
    __table_args__ = (CheckConstraint("amount > 0", name="amount"), Index("ix_instalment_due_on", "due_on"))

    document_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("document.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    due_on: Mapped[date] = mapped_column(Date)
    amount: Mapped[MoneyColumn]


class PaymentStatus(Base):
    """The derived status of an order, shipment, invoice or what was owed at the start, kept true by settlement in the
    deed that changes it.
    """

    __tablename__ = "payment_status"
    __table_args__ = (one_of("status", STATUSES), Index("ix_payment_status_status", "status", "document_id"))

    document_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("document.id"), primary_key=True)
    status: Mapped[str]


class Credit(Base):
    """What a customer has with us by a payment, an issued credit note or an adjustment in the customer's favour.

    `used` of `amount` is allocated or paid back. A cancelled document gives nothing any more.
    """

    __tablename__ = "credit"
    __table_args__ = (
        CheckConstraint("used >= 0 AND used <= amount", name="used"),
        one_of("role", CREDIT_ROLES),
        Index("ix_credit_customer", "customer_id", "on", postgresql_where=text("amount > used")),
    )

    document_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("document.id"), primary_key=True, autoincrement=False
    )
    customer_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("customer.id"))
    currency: Mapped[str]
    on: Mapped[date] = mapped_column(Date)
    role: Mapped[str]
    amount: Mapped[MoneyColumn]
    used: Mapped[MoneyColumn] = mapped_column(server_default="0", default=0)


class Repayment(Base):
    """How much of a credit a refund pays back; no longer, once the refund is cancelled."""

    __tablename__ = "repayment"
    __table_args__ = (CheckConstraint("amount > 0", name="amount"), Index("ix_repayment_source_id", "source_id"))

    refund_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("document.id"), primary_key=True)
    source_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("credit.document_id"), primary_key=True)
    amount: Mapped[MoneyColumn]
    on: Mapped[date] = mapped_column(Date)
    cancelled_on: Mapped[date | None] = mapped_column(Date)


class Rounding(Base):
    """Cents of a shipment that are part of what is owed for a line of an invoice, beside the gross of its lines.

    `taken_back_on` tells since when they are not any more; those of one invoice go together, with its entry.
    """

    __tablename__ = "rounding"
    __table_args__ = (
        CheckConstraint("amount <> 0", name="amount"),
        Index("ix_rounding_shipment_id", "shipment_id", postgresql_where=text("taken_back_on IS NULL")),
    )

    invoice_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("document.id"), primary_key=True)
    line_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    shipment_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("document.id"), primary_key=True)
    amount: Mapped[MoneyColumn]
    taken_back_on: Mapped[date | None] = mapped_column(Date)


class Allocation(Base):
    """An act: this payment, or other credit, settles lines of this document. Released, it says since when.

    `posted` says which entry moves the money to receivables. `since_id` is the act that this one goes on from, where
    money followed the goods or only part of it stayed: the money is as old as that.
    """

    __tablename__ = "allocation"
    __table_args__ = (
        one_of("posted", POSTED),
        Index("ix_allocation_payment_id", "payment_id"),
        Index("ix_allocation_target_id", "target_id"),
        Index("ix_allocation_on", "on"),
    )

    id: Mapped[int] = mapped_column(BigInteger, ForeignKey("document.id"), primary_key=True, autoincrement=False)
    payment_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("credit.document_id"))
    target_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("document.id"))
    on: Mapped[date] = mapped_column(Date)
    released_on: Mapped[date | None] = mapped_column(Date)
    at: Mapped[datetime]
    posted: Mapped[str]
    since_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("allocation.id"))


class AllocationLine(Base):
    """How much of one open item an allocation settles."""

    __tablename__ = "allocation_line"
    __table_args__ = (CheckConstraint("amount > 0", name="amount"), Index("ix_allocation_line_item", "open_item_id"))

    allocation_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("allocation.id"), primary_key=True)
    open_item_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("open_item.id"), primary_key=True)
    amount: Mapped[MoneyColumn]
