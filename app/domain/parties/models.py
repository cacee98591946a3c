"""Who buys, and on which terms."""

from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.kernel.orm import Base, BigId, MasterData, MoneyColumn, PercentColumn, one_of

TERM_RULES = (
    "immediate", "days", "end_of_month", "day_of_month", "days_then_end_of_month", "end_of_month_then_days",
)  # fmt: skip
ADDRESS_KINDS = ("billing", "delivery")
TAX_REGIMES = ("domestic", "eu_business", "export", "exempt")
# Category codes of VAT as electronic invoices name them (UNCL 5305).
TAX_CATEGORIES = ("S", "Z", "E", "AE", "K", "G", "O")


class Due:
    """When something is due: a rule, with as many `days` or `months` or the `day` of the month as it takes."""

    rule: Mapped[str] = mapped_column(server_default="days", default="days")
    days: Mapped[int] = mapped_column(server_default="0", default=0)
    months: Mapped[int] = mapped_column(server_default="0", default=0)
    day: Mapped[int] = mapped_column(server_default="1", default=1)

    @staticmethod
    def checks() -> tuple[CheckConstraint, ...]:
        """What every table of rules holds to."""
        return (
            one_of("rule", TERM_RULES),
            CheckConstraint("days BETWEEN 0 AND 3650", name="days"),
            CheckConstraint("months BETWEEN 0 AND 120", name="months"),
            CheckConstraint("day BETWEEN 1 AND 31", name="day"),
        )


class PaymentTerm(MasterData, Due, Base):
    """When an invoice is due: its parts by their own rules, and all the rest by the rule of the term itself.

    `working_days` moves what is due on a day off to the next working day of the company's country.
    """

    __tablename__ = "payment_term"
    __table_args__ = (*MasterData.indexes("payment_term"), *Due.checks())

    working_days: Mapped[bool] = mapped_column(server_default=text("false"), default=False)


class PaymentTermPart(Due, Base):
    """A part that is due before the rest: a share in per cent, or a fixed amount."""

    __tablename__ = "payment_term_part"
    __table_args__ = (
        *Due.checks(),
        CheckConstraint("(percent IS NULL) <> (amount IS NULL)", name="how_much"),
        CheckConstraint("percent > 0 AND percent <= 100", name="percent"),
        CheckConstraint("amount > 0", name="amount"),
        Index("uq_payment_term_part_position", "payment_term_id", "position", unique=True),
    )

    id: Mapped[BigId]
    payment_term_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("payment_term.id"))
    position: Mapped[int]
    percent: Mapped[PercentColumn | None]
    amount: Mapped[MoneyColumn | None]
    version: Mapped[int] = mapped_column(server_default="1", default=1)

    payment_term: Mapped[PaymentTerm] = relationship(lazy="raise_on_sql")


class CustomerGroup(MasterData, Base):
    """Customers of one kind: what their own cards leave open, the group says. A discount of none is not one of 0."""

    __tablename__ = "customer_group"
    __table_args__ = (
        *MasterData.indexes("customer_group"), CheckConstraint("discount BETWEEN 0 AND 100", name="discount")
    )  # fmt: skip

    price_list_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("price_list.id"))
    discount: Mapped[PercentColumn | None]

    price_list: Mapped[Any] = relationship("PriceList", lazy="raise_on_sql")


class Customer(MasterData, Base):
    """Who buys. `discount` is the general discount in per cent; none is not the same as 0."""

    __tablename__ = "customer"
    __table_args__ = (
        *MasterData.indexes("customer"),
        one_of("tax_regime", TAX_REGIMES),
        CheckConstraint("discount BETWEEN 0 AND 100", name="discount"),
        CheckConstraint("credit_limit >= 0", name="credit_limit"),
        Index("ix_customer_email", "email"),
        Index("ix_customer_lower_email", text("lower(email)")),
        Index("ix_customer_upper_vat_number", text("upper(vat_number)")),
        Index("ix_customer_group_id", "group_id"),
        Index("ix_customer_name", "name", "id"),
    )

    group_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("customer_group.id"))
    payment_term_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("payment_term.id"))
    price_list_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("price_list.id"))
    discount: Mapped[PercentColumn | None]
    credit_limit: Mapped[MoneyColumn | None]
    tax_regime: Mapped[str] = mapped_column(server_default="domestic", default="domestic")
    vat_number: Mapped[str | None]
    email: Mapped[str | None]
    phone: Mapped[str | None]
    language: Mapped[str] = mapped_column(server_default="en", default="en")

    group: Mapped[CustomerGroup | None] = relationship(lazy="raise_on_sql")
    payment_term: Mapped[PaymentTerm] = relationship(lazy="raise_on_sql")
    price_list: Mapped[Any] = relationship("PriceList", lazy="raise_on_sql")


class TaxRule(Base):
    """Customers of a regime pay another rate in the place of a product's, for a reason that invoices print."""

    __tablename__ = "tax_rule"
    __table_args__ = (
        one_of("regime", TAX_REGIMES[1:]),
        one_of("category", TAX_CATEGORIES),
        Index("uq_tax_rule_regime", "regime", "tax_rate_id", unique=True),
    )

    id: Mapped[BigId]
    regime: Mapped[str]
    tax_rate_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("tax_rate.id"))
    to_rate_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("tax_rate.id"))
    category: Mapped[str]
    text: Mapped[str] = mapped_column(server_default="", default="")
    version: Mapped[int] = mapped_column(server_default="1", default=1)


class CustomerAddress(Base):
    __tablename__ = "customer_address"
    __table_args__ = (one_of("kind", ADDRESS_KINDS), Index("ix_customer_address_customer_id", "customer_id"))

    id: Mapped[BigId]
    customer_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("customer.id"))
    kind: Mapped[str]
    name: Mapped[str] = mapped_column(server_default="", default="")
    street: Mapped[str] = mapped_column(server_default="", default="")
    postcode: Mapped[str] = mapped_column(server_default="", default="")
    city: Mapped[str] = mapped_column(server_default="", default="")
    country: Mapped[str] = mapped_column(server_default="", default="")
    version: Mapped[int] = mapped_column(server_default="1", default=1)

    customer: Mapped[Customer] = relationship(lazy="raise_on_sql")
