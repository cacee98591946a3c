"""The domain's declarative base and its column types."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from sqlalchemy import BigInteger, CheckConstraint, Computed, DateTime, Identity, Index, MetaData, Numeric, String, text
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column
from sqlalchemy.types import TypeDecorator

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Exact(TypeDecorator[Decimal]):
    """NUMERIC without a scale of its own: PostgreSQL would round silently, a CHECK refuses instead."""

    impl = Numeric
    cache_ok = True
    decimals = 0


class Money(Exact):
    """An amount. The check allows 3 decimals, the most any currency has; an action checks the currency's own."""

    cache_ok = True
    decimals = 3


class Quantity(Exact):
    cache_ok = True
    decimals = 3


class Price(Exact):
    """Per unit."""

    cache_ok = True
    decimals = 4


class Percent(Exact):
    cache_ok = True
    decimals = 2


BigId = Annotated[int, mapped_column(BigInteger, Identity(), primary_key=True)]
Timestamp = Annotated[datetime, mapped_column(DateTime(timezone=True))]
MoneyColumn = Annotated[Decimal, mapped_column(Money)]
QuantityColumn = Annotated[Decimal, mapped_column(Quantity)]
PriceColumn = Annotated[Decimal, mapped_column(Price)]
PercentColumn = Annotated[Decimal, mapped_column(Percent)]
JsonColumn = Annotated[dict[str, Any], mapped_column(JSONB)]


class Base(DeclarativeBase):
    metadata = metadata
    type_annotation_map = {int: BigInteger, str: String, datetime: DateTime(timezone=True)}


class MasterData:
    """What every catalogue card has: a code, a translatable name, and archiving instead of deleting."""

    id: Mapped[BigId]
    code: Mapped[str]
    name: Mapped[str]
    active: Mapped[bool] = mapped_column(server_default=text("true"), default=True)
    translations: Mapped[JsonColumn] = mapped_column(server_default=text("'{}'"), default=dict)
    version: Mapped[int] = mapped_column(server_default=text("1"), default=1)

    @declared_attr
    def search(self) -> Mapped[Any]:
        words = "to_tsvector('simple', code || ' ' || name || ' ' || translations::text)"
        return mapped_column(TSVECTOR, Computed(words, persisted=True), deferred=True)

    @staticmethod
    def indexes(table: str) -> tuple[Index, ...]:
        """A code is one whatever its letter case, and is found by prefix; words are found anywhere."""
        return (
            Index(f"uq_{table}_code", text("upper(code)"), unique=True),
            Index(f"ix_{table}_code_prefix", text("lower(code) text_pattern_ops")),
            Index(f"ix_{table}_search", "search", postgresql_using="gin"),
        )

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


def one_of(column: str, values: tuple[str, ...], *, name: str | None = None) -> CheckConstraint:
    """A CHECK that holds a text column to the listed values."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=name or column)


def check_exact_columns() -> None:
    """Gives every exact column its CHECK: its decimals fit, and it is neither NaN nor infinite nor absurd."""
    for table in metadata.tables.values():
        for column in table.columns:
            if isinstance(column.type, Exact):
                fits = f"{column.name} = round({column.name}, {column.type.decimals}) AND abs({column.name}) < 1e15"
                table.append_constraint(CheckConstraint(fits, name=f"{column.name}_exact"))
