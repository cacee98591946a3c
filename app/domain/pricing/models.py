"""Price lists and their rows."""

from datetime import date

from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.catalog.models import Product
from app.domain.kernel.orm import Base, BigId, MasterData, PriceColumn, QuantityColumn


class PriceList(MasterData, Base):
    """Prices in one currency, all with or all without VAT. Exactly one list is the default."""

    __tablename__ = "price_list"
    __table_args__ = (
        *MasterData.indexes("price_list"),
        Index("uq_price_list_default", "is_default", unique=True, postgresql_where=text("is_default")),
    )

    currency: Mapped[str]
    vat_included: Mapped[bool] = mapped_column(server_default=text("false"), default=False)
    is_default: Mapped[bool] = mapped_column(server_default=text("false"), default=False)


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
