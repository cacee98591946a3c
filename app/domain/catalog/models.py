"""What is sold: products in a tree of groups, units, barcodes and tax rates."""

from datetime import date
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Computed, Date, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.kernel.orm import (
    Base,
    BigId,
    JsonColumn,
    MasterData,
    PercentColumn,
    PriceColumn,
    QuantityColumn,
    one_of,
)

PRODUCT_KINDS = ("goods", "production", "service")


class Unit(MasterData, Base):
    """A unit of measure and how many decimals its quantities may have."""

    __tablename__ = "unit"
    __table_args__ = (*MasterData.indexes("unit"), CheckConstraint("decimals BETWEEN 0 AND 3", name="decimals"))

    decimals: Mapped[int] = mapped_column(server_default="0", default=0)


class TaxRate(MasterData, Base):
    """A rate of VAT and the account its output tax goes to (none: the rule's account).

    `rate` is its per cent until the first of its rows. The database keeps what any of these ever said (TaxRateTold).
    """

    __tablename__ = "tax_rate"
    __table_args__ = (*MasterData.indexes("tax_rate"), CheckConstraint("rate BETWEEN 0 AND 100", name="rate"))

    rate: Mapped[PercentColumn]
    account_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("account.id"))


class TaxRateRow(Base):
    """Another per cent of a tax rate, from a date on."""

    __tablename__ = "tax_rate_row"
    __table_args__ = (
        CheckConstraint("percent BETWEEN 0 AND 100", name="percent"),
        Index("uq_tax_rate_row_valid_from", "tax_rate_id", "valid_from", unique=True),
    )

    id: Mapped[BigId]
    tax_rate_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("tax_rate.id"))
    valid_from: Mapped[date] = mapped_column(Date)
    percent: Mapped[PercentColumn]
    version: Mapped[int] = mapped_column(server_default="1", default=1)

    tax_rate: Mapped[TaxRate] = relationship(lazy="raise_on_sql")


class TaxRateTold(Base):
    """What a tax rate and its rows said from one edit to the next: `percents` by the date from which they are valid.

    Only the database writes here (`keep_told`, among the guards), in an edit that waits for whoever posts: documents
    with a step later in the history than `after_id` went by it, until the next one. A rate that is gone stays told.
    """

    __tablename__ = "tax_rate_told"
    __table_args__ = (Index("ix_tax_rate_told_tax_rate_id", "tax_rate_id", "id"),)

    id: Mapped[BigId]
    tax_rate_id: Mapped[int]
    after_id: Mapped[int]
    percents: Mapped[JsonColumn]


class ProductGroup(MasterData, Base):
    """A group in the tree; an account it does not name comes from the nearest group above it, else from the rule."""

    __tablename__ = "product_group"
    __table_args__ = MasterData.indexes("product_group")

    parent_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("product_group.id"))
    inventory_account_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("account.id"))
    cost_account_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("account.id"))
    revenue_account_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("account.id"))

    parent: Mapped["ProductGroup | None"] = relationship(remote_side="ProductGroup.id", lazy="raise_on_sql")


class Product(Base):
    """A thing sold. Services never touch stock. `sku` is one whatever the letter case."""

    __tablename__ = "product"
    __table_args__ = (
        one_of("kind", PRODUCT_KINDS),
        Index("uq_product_sku", text("upper(sku)"), unique=True),
        Index("ix_product_sku_prefix", text("lower(sku) text_pattern_ops")),
        Index("ix_product_search", "search", postgresql_using="gin"),
        Index("ix_product_group_id", "group_id"),
    )

    id: Mapped[BigId]
    sku: Mapped[str]
    name: Mapped[str]
    kind: Mapped[str] = mapped_column(server_default="goods", default="goods")
    group_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("product_group.id"))
    unit_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("unit.id"))
    tax_rate_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("tax_rate.id"))
    planned_cost: Mapped[PriceColumn | None]
    active: Mapped[bool] = mapped_column(server_default=text("true"), default=True)
    translations: Mapped[JsonColumn] = mapped_column(server_default=text("'{}'"), default=dict)
    version: Mapped[int] = mapped_column(server_default="1", default=1)
    search: Mapped[Any] = mapped_column(
        TSVECTOR,
        Computed("to_tsvector('simple', sku || ' ' || name || ' ' || translations::text)", persisted=True),
        deferred=True,
    )

    group: Mapped[ProductGroup] = relationship(lazy="raise_on_sql")
    unit: Mapped[Unit] = relationship(lazy="raise_on_sql")
    tax_rate: Mapped[TaxRate] = relationship(lazy="raise_on_sql")

    def __str__(self) -> str:
        return f"{self.sku} {self.name}"


class Barcode(Base):
    __tablename__ = "barcode"

    code: Mapped[str] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("product.id"), index=True)
    quantity: Mapped[QuantityColumn] = mapped_column(server_default="1", default=1)
