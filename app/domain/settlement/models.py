"""What is owed for each line of each document, and which payment settled how much of it."""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.kernel.orm import Base, BigId, MoneyColumn, one_of

STATUSES = ("unpaid", "partly_paid", "paid")


class OpenItem(Base):
    """What is owed for one line of one document.

    `amount` is payable, `allocated` is settled. `order_id`, `shipment_id` and `invoice_id` name the documents of the
    line's own chain up to this one, so that the payment status of each sums over everything made from it.
    """

    __tablename__ = "open_item"
    __table_args__ = (
        CheckConstraint("allocated >= 0 AND allocated <= amount", name="allocated"),
        Index("uq_open_item_line", "document_id", "line_id", unique=True),
        Index("ix_open_item_order_id", "order_id"),
        Index("ix_open_item_shipment_id", "shipment_id"),
        Index("ix_open_item_customer", "customer_id", postgresql_where=text("amount > allocated")),
    )

    id: Mapped[BigId]
    document_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("document.id"))
    line_id: Mapped[int] = mapped_column(BigInteger)
    customer_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("customer.id"))
    order_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("document.id"))
    shipment_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("document.id"))
    invoice_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("document.id"))
    currency: Mapped[str]
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
    """The derived status of an order, shipment or invoice, kept true by settlement in the deed that changes it."""

    __tablename__ = "payment_status"
    __table_args__ = (one_of("status", STATUSES),)

    document_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("document.id"), primary_key=True)
    status: Mapped[str]


class Allocation(Base):
    """An act: this payment settles lines of this document. Released, it says since when."""

    __tablename__ = "allocation"
    __table_args__ = (
        Index("ix_allocation_payment_id", "payment_id"),
        Index("ix_allocation_target_id", "target_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, ForeignKey("document.id"), primary_key=True, autoincrement=False)
    payment_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("document.id"))
    target_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("document.id"))
    on: Mapped[date] = mapped_column(Date)
    released_on: Mapped[date | None] = mapped_column(Date)
    at: Mapped[datetime]


class AllocationLine(Base):
    """How much of one open item an allocation settles."""

    __tablename__ = "allocation_line"
    __table_args__ = (CheckConstraint("amount > 0", name="amount"), Index("ix_allocation_line_item", "open_item_id"))

    allocation_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("allocation.id"), primary_key=True)
    open_item_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("open_item.id"), primary_key=True)
    amount: Mapped[MoneyColumn]
