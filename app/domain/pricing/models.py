"""Price lists and their rows."""

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.catalog.models import Product
from app.domain.kernel.orm import Base, BigId, MasterData, PercentColumn, PriceColumn, QuantityColumn

STEPS = (Decimal("0.01"), Decimal("0.05"), Decimal("0.10"), Decimal("1.00"))


class PriceList(MasterData, Base):
    """Prices in one currency, all with or all without VAT. Exactly one list is the default.

    A list with a base takes the base's price up or down by `percent`, rounds it half up to a `step` and then, for
    prices like 11.99, takes 0.01 off. A row of its own goes before that.
    """

    __tablename__ = "price_list"
    __table_args__ = (
        *MasterData.indexes("price_list"),
        Index("uq_price_list_default", "is_default", unique=True, postgresql_where=text("is_default")),
        CheckConstraint("percent BETWEEN -99.99 AND 900", name="percent"),
        CheckConstraint(f"step IN ({', '.join(map(str, STEPS))})", name="step"),
        CheckConstraint("base_id IS NOT NULL OR (percent = 0 AND step IS NULL AND NOT less_cent)", name="derived"),
        CheckConstraint("step IS NOT NULL OR NOT less_cent", name="less_cent"),
    )

    currency: Mapped[str]
    vat_included: Mapped[bool] = mapped_column(server_default=text("false"), default=False)
    is_default: Mapped[bool] = mapped_column(server_default=text("false"), default=False)
    base_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("price_list.id"))
    percent: Mapped[PercentColumn] = mapped_column(server_default="0", default=0)
    step: Mapped[PriceColumn | None]
    less_cent: Mapped[bool] = mapped_column(server_default=text("false"), default=False)

    base: Mapped["PriceList | None"] = relationship(remote_side="PriceList.id", lazy="raise_on_sql")


class PriceListRow(Base):
    """The price of a product from a quantity on, within its dates (both inclusive; open where empty)."""

    __tablename__ = "price_list_row"
    __table_args__ = (
        CheckConstraint("price >= 0", name="price"),
        CheckConstraint("min_quantity >= 0", name="min_quantity"),
        CheckConstraint("valid_to >= valid_from", name="dates"),
        ExcludeConstraint(
            (text("int8range(price_list_id, price_list_id, '[]')"), "&&"),
            (text("int8range(product_id, product_id, '[]')"), "&&"),
            (text("numrange(min_quantity, min_quantity, '[]')"), "&&"),
            (text("daterange(valid_from, valid_to, '[]')"), "&&"),
            name="no_overlap",
        ),
        Index("ix_price_list_row_product", "product_id", "price_list_id"),
    )

    id: Mapped[BigId]
    price_list_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("price_list.id"))
    product_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("product.id"))
    min_quantity: Mapped[QuantityColumn] = mapped_column(server_default="0", default=0)
    valid_from: Mapped[date | None] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)
    price: Mapped[PriceColumn]
    version: Mapped[int] = mapped_column(server_default="1", default=1)

    price_list: Mapped[PriceList] = relationship(lazy="raise_on_sql")
    product: Mapped[Product] = relationship(lazy="raise_on_sql")


class Discount(Base):
    """What a customer, or a customer group, gets off a product or a product group, from a quantity on, in its dates.

    For a product it may be a special price instead, which replaces the list's and is meant as the list's prices are.
    """

    __tablename__ = "discount"
    __table_args__ = (
        CheckConstraint("num_nonnulls(customer_id, customer_group_id) = 1", name="whose"),
        CheckConstraint("num_nonnulls(product_id, product_group_id) = 1", name="of_what"),
        CheckConstraint("num_nonnulls(percent, special_price) = 1", name="how_much"),
        CheckConstraint("special_price IS NULL OR product_id IS NOT NULL", name="special_of_product"),
        CheckConstraint("percent BETWEEN 0 AND 100", name="percent"),
        CheckConstraint("special_price >= 0", name="special_price"),
        CheckConstraint("min_quantity >= 0", name="min_quantity"),
        CheckConstraint("valid_to >= valid_from", name="dates"),
        ExcludeConstraint(
            *(
                (text(f"int8range(coalesce({key}, 0), coalesce({key}, 0), '[]')"), "&&")
                for key in ("customer_id", "customer_group_id", "product_id", "product_group_id")
            ),
            (text("numrange(min_quantity, min_quantity, '[]')"), "&&"),
            (text("daterange(valid_from, valid_to, '[]')"), "&&"),
            name="no_overlap",
        ),
        Index("ix_discount_customer_id", "customer_id"),
        Index("ix_discount_customer_group_id", "customer_group_id"),
    )

    id: Mapped[BigId]
    customer_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("customer.id"))
    customer_group_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("customer_group.id"))
    product_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("product.id"))
    product_group_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("product_group.id"))
    percent: Mapped[PercentColumn | None]
    special_price: Mapped[PriceColumn | None]
    min_quantity: Mapped[QuantityColumn] = mapped_column(server_default="0", default=0)
    valid_from: Mapped[date | None] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)
    version: Mapped[int] = mapped_column(server_default="1", default=1)

    customer: Mapped[Any] = relationship("Customer", lazy="raise_on_sql")
    customer_group: Mapped[Any] = relationship("CustomerGroup", lazy="raise_on_sql")
    product: Mapped[Product | None] = relationship(lazy="raise_on_sql")
    product_group: Mapped[Any] = relationship("ProductGroup", lazy="raise_on_sql")


class DiscountLimit(Base):
    """The largest discount in per cent that a person may give by typing a price or a discount; without one, any."""

    __tablename__ = "discount_limit"
    __table_args__ = (
        CheckConstraint("percent BETWEEN 0 AND 100", name="percent"),
        Index("uq_discount_limit_actor_id", "actor_id", unique=True),
    )

    id: Mapped[BigId]
    actor_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("actor.id"))
    percent: Mapped[PercentColumn]
    version: Mapped[int] = mapped_column(server_default="1", default=1)

    actor: Mapped[Any] = relationship("Actor", lazy="raise_on_sql")
