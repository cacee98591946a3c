"""What comes from outside: files with the documents that came out of them, and e-shops with what they send."""

from datetime import date
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, Index, LargeBinary, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.kernel.document import Actor
from app.domain.kernel.orm import (
    Base,
    BigId,
    JsonColumn,
    MasterData,
    PriceColumn,
    QuantityColumn,
    Timestamp,
    one_of,
)

DIALECT_NAMES = ("woocommerce", "shopify", "generic")
# Whose prices and rates of VAT an order has: those that the shop charged, or our own.
TREATMENTS = ("shop", "ours")
UNKNOWN_SKUS = ("wait", "service")
UNKNOWN_CUSTOMERS = ("make", "fixed")
# received: not looked at yet. waiting: for a person, or for what is to come. noticed: applied as far as possible, the
# rest is told. superseded: a later state of the order was applied. ignored: nothing was to be done. refused: never
# believed.
OUTCOMES = ("received", "applied", "superseded", "ignored", "waiting", "noticed", "refused")


class CsvUpload(Base):
    """A file between its preview and its import: its content, what was shown of it, and in the end what came of it.

    It is its person's own and is kept for a day.
    """

    __tablename__ = "csv_upload"
    __table_args__ = (Index("ix_csv_upload_actor_id", "actor_id"), Index("ix_csv_upload_at", "at"))

    id: Mapped[BigId]
    actor_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("actor.id"))
    at: Mapped[Timestamp]
    kind: Mapped[str]
    name: Mapped[str]
    content: Mapped[bytes] = mapped_column(LargeBinary)
    # Nothing until a large file is foreseen.
    plan: Mapped[Any | None] = mapped_column(JSONB(none_as_null=True))
    # Who is at it: the job that foresees a large file, then the one that imports it.
    job_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("job.id", ondelete="SET NULL"), index=True)
    result: Mapped[Any | None] = mapped_column(JSONB)


class ImportedDocument(Base):
    """A document of a file, by the key that it had there: the same file again makes no second one."""

    __tablename__ = "imported_document"

    kind: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[str]
    document_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("document.id"), index=True)


class Shop(MasterData, Base):
    """An e-shop that sends its orders. Its code stands in the address that it sends them to.

    Two secrets are good at a time, so that one can be changed without losing a message; they, and the one for asking
    the shop, and the one that signs what the shop is told, are kept encrypted. `levels_told` is the last change that it
    was told of. `customer_id` is whose orders are that name nobody, or all of them.
    """

    __tablename__ = "shop"
    __table_args__ = (
        *MasterData.indexes("shop"),
        CheckConstraint("code ~ '^[A-Za-z0-9_-]{1,40}$'", name="code"),
        one_of("dialect", DIALECT_NAMES), one_of("price_treatment", TREATMENTS), one_of("vat_treatment", TREATMENTS),
        one_of("unknown_skus", UNKNOWN_SKUS), one_of("unknown_customers", UNKNOWN_CUSTOMERS),
        CheckConstraint("unknown_skus <> 'service' OR unknown_product_id IS NOT NULL", name="unknown_product"),
        CheckConstraint("unknown_customers <> 'fixed' OR customer_id IS NOT NULL", name="fixed_customer"),
        CheckConstraint("old_secret IS NULL OR secret IS NOT NULL", name="old_secret"),
        CheckConstraint("keep_days BETWEEN 1 AND 36500", name="keep_days"),
    )  # fmt: skip

    dialect: Mapped[str]
    secret: Mapped[str | None]
    old_secret: Mapped[str | None]
    warehouse_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("warehouse.id"))
    clearing_account_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("bank_account.id"))
    price_treatment: Mapped[str] = mapped_column(server_default="shop", default="shop")
    vat_treatment: Mapped[str] = mapped_column(server_default="shop", default="shop")
    price_list_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("price_list.id"))
    payment_term_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("payment_term.id"))
    freight_product_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("product.id"))
    fee_product_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("product.id"))
    rounding_product_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("product.id"))
    unknown_skus: Mapped[str] = mapped_column(server_default="wait", default="wait")
    unknown_product_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("product.id"))
    unknown_customers: Mapped[str] = mapped_column(server_default="make", default="make")
    customer_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("customer.id"))
    polling_address: Mapped[str] = mapped_column(server_default="", default="")
    polling_key: Mapped[str] = mapped_column(server_default="", default="")
    polling_secret: Mapped[str | None]
    polled_until: Mapped[Timestamp | None]
    levels_address: Mapped[str] = mapped_column(server_default="", default="")
    levels_secret: Mapped[str | None]
    levels_told: Mapped[int] = mapped_column(BigInteger, server_default="0", default=0)
    # How long the messages of orders that are over are kept.
    keep_days: Mapped[int] = mapped_column(server_default="400", default=400)
    actor_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("actor.id"), unique=True)

    actor: Mapped[Actor] = relationship(lazy="raise_on_sql")


class ShopSku(Base):
    """Which product a shop means by a SKU; by `#` and its own id (`#14/17`) where it has no SKU."""

    __tablename__ = "shop_sku"
    __table_args__ = (
        CheckConstraint("sku <> ''", name="sku"),
        Index("uq_shop_sku_sku", "shop_id", text("upper(sku)"), unique=True),
    )

    id: Mapped[BigId]
    shop_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("shop.id"))
    sku: Mapped[str]
    product_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("product.id"))
    version: Mapped[int] = mapped_column(server_default="1", default=1)

    def __str__(self) -> str:
        return self.sku


class ShopLevel(Base):
    """What a shop may still sell under a SKU, and the price of one, as it was noted last; `seq` counts the changes.

    Where `available` has no number, as for services, it is never out.
    """

    __tablename__ = "shop_level"
    __table_args__ = (
        CheckConstraint("available >= 0", name="available"),
        Index("uq_shop_level_seq", "shop_id", "seq", unique=True),
    )

    shop_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("shop.id"), primary_key=True)
    sku: Mapped[str] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("product.id"), index=True)
    available: Mapped[QuantityColumn | None]
    price: Mapped[PriceColumn | None]
    seq: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[Timestamp]


class InboundMessage(Base):
    """What a shop sent, byte for byte, and what became of it.

    The same body of the same order is one message, however often it comes (of deletions, which all look alike, the
    same delivery): `deliveries` counts, and `last_at` is when it came last. `order_ref` is the shop's id of the order,
    none where the body says none. `reason` is a refusal: its code, its sentence and the facts that fill it. Of what is
    long over only the digest is kept, by which the same is known again: `body` is none then.
    """

    __tablename__ = "inbound_message"
    __table_args__ = (
        one_of("outcome", OUTCOMES),
        CheckConstraint("(outcome IN ('waiting', 'noticed', 'refused')) = (reason IS NOT NULL)", name="reason"),
        CheckConstraint("body IS NOT NULL OR outcome IN ('applied', 'superseded', 'ignored', 'noticed')", name="body"),
        Index("uq_inbound_message_digest", "shop_id", "order_ref", "digest", unique=True,
              postgresql_where=text("outcome <> 'refused'")),
        Index("ix_inbound_message_order_ref", "shop_id", "order_ref", "id"),
        Index("ix_inbound_message_outcome", "outcome", "id"),
        Index("ix_inbound_message_last_at", "last_at", "id"),
    )  # fmt: skip

    id: Mapped[BigId]
    shop_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("shop.id"))
    order_ref: Mapped[str] = mapped_column(server_default="", default="")
    topic: Mapped[str] = mapped_column(server_default="", default="")
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    headers: Mapped[JsonColumn]
    body: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    received_at: Mapped[Timestamp]
    last_at: Mapped[Timestamp]
    deliveries: Mapped[int] = mapped_column(server_default="1", default=1)
    outcome: Mapped[str] = mapped_column(server_default="received", default="received")
    reason: Mapped[JsonColumn | None]
    applied_at: Mapped[Timestamp | None]


class ShopOrder(Base):
    """An order as the shop calls it, with the one that it became here; whoever applies its messages holds its row.

    `applied` is what was written into our order last, to tell what a later message changes. `seen` are the notices that
    people said they have seen to: each as it was told, the message, who, and when.
    """

    __tablename__ = "shop_order"
    __table_args__ = (
        Index("uq_shop_order_document_id", "document_id", unique=True),
        Index("ix_shop_order_seen", "shop_id", "ref", postgresql_where=text("seen <> '[]'")),
    )

    shop_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("shop.id"), primary_key=True)
    ref: Mapped[str] = mapped_column(primary_key=True)
    document_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("document.id"))
    applied: Mapped[Any | None] = mapped_column(JSONB)
    seen: Mapped[Any] = mapped_column(JSONB, server_default=text("'[]'"))


class ShopPayment(Base):
    """A payment that a shop's order brought. `paid_on` is when it was paid, where that period was closed already, so
    that it was booked later.
    """

    __tablename__ = "shop_payment"
    __table_args__ = (Index("ix_shop_payment_order", "shop_id", "order_ref"),)

    document_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("document.id"), primary_key=True)
    shop_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("shop.id"))
    order_ref: Mapped[str]
    paid_on: Mapped[date | None] = mapped_column(Date)


class ShopRefund(Base):
    """A refund as the shop calls it, with what was proposed for it: a draft credit note and a draft payment.

    `by_amount`: the shop had not told which lines, so that other drafts take their place once it has.
    """

    __tablename__ = "shop_refund"

    shop_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("shop.id"), primary_key=True)
    order_ref: Mapped[str] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(primary_key=True)
    credit_note_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("document.id"))
    payment_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("document.id"))
    by_amount: Mapped[bool] = mapped_column(server_default=text("false"), default=False)
