"""The one company of the database: its settings, its own details by date, and the head of the ledger's chain."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.domain.kernel import clock
from app.domain.kernel.errors import NotFound
from app.domain.kernel.orm import Base, BigId, JsonColumn, MoneyColumn, one_of
from app.domain.kernel.rows import read
from app.domain.kernel.values import currency_decimals

COGS_TIMINGS = ("at_shipment", "at_invoice")
# Whose numbers credit notes take: their own, or the next of the invoices.
CREDIT_SERIES = ("credit_notes", "invoices")


class Company(Base):
    """What holds for everything. Goods that left and advances are to be invoiced within `invoice_days`."""

    __tablename__ = "company"
    __table_args__ = (
        CheckConstraint("id = 1", name="only_one"),
        one_of("cogs_timing", COGS_TIMINGS),
        one_of("credit_series", CREDIT_SERIES),
        CheckConstraint("invoice_days BETWEEN 0 AND 366", name="invoice_days"),
        CheckConstraint("difference_limit >= 0", name="difference_limit"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=1)
    name: Mapped[str]
    currency: Mapped[str]
    time_zone: Mapped[str]
    language: Mapped[str] = mapped_column(server_default="en", default="en")
    country: Mapped[str] = mapped_column(server_default="", default="")
    chart: Mapped[str]
    cogs_timing: Mapped[str] = mapped_column(server_default="at_shipment", default="at_shipment")
    invoice_days: Mapped[int] = mapped_column(server_default="5", default=5)
    credit_series: Mapped[str] = mapped_column(server_default="credit_notes", default="credit_notes")
    difference_limit: Mapped[MoneyColumn] = mapped_column(server_default="1", default=1)
    chain_seq: Mapped[int] = mapped_column(server_default="0", default=0)
    chain_hash: Mapped[bytes] = mapped_column(LargeBinary, server_default=text(r"'\x'::bytea"), default=b"")
    version: Mapped[int] = mapped_column(server_default="1", default=1)

    def __str__(self) -> str:
        return self.name


class CompanyDetails(Base):
    """The seller's name, address and VAT number as documents print them, from a date on."""

    __tablename__ = "company_details"
    __table_args__ = (Index("uq_company_details_valid_from", "valid_from", unique=True),)

    id: Mapped[BigId]
    valid_from: Mapped[date] = mapped_column(Date)
    company_id: Mapped[int] = mapped_column(ForeignKey("company.id"), server_default="1", default=1)
    details: Mapped[JsonColumn]

    def __str__(self) -> str:
        return f"{self.valid_from}"


class Settings:
    """What actions need to know of the company, read once in a deed."""

    def __init__(self, row: Any) -> None:
        self.currency: str = row.currency
        self.decimals = currency_decimals(row.currency)
        self.time_zone: str = row.time_zone
        self.language: str = row.language
        self.country: str = row.country
        self.cogs_timing: str = row.cogs_timing
        self.credit_series: str = row.credit_series

    def today(self) -> date:
        """The business date now."""
        return clock.today(self.time_zone)


SETTINGS = (
    "company.currency, company.time_zone, company.language, company.country, company.cogs_timing, company.credit_series"
)


def company(session: Session) -> Settings:
    """The company's settings; NotFound before it is set up."""
    settings = session.info.get("company")
    if settings is None:
        return remember(session, read(session, f"SELECT {SETTINGS} FROM company"))
    assert isinstance(settings, Settings)
    return settings


def remember(session: Session, rows: Sequence[Any]) -> Settings:
    """Keeps the settings for the rest of the deed: the row with SETTINGS that somebody read with something else."""
    if not rows:
        raise NotFound("no_company", "The company is not set up yet: run `flask demo` or enter its settings.")
    settings = session.info["company"] = Settings(rows[0])
    return settings


def seller_details(session: Session, on: date) -> dict[str, Any]:
    """The seller as documents of that date print it; empty before the first details."""
    sql = "SELECT details FROM company_details WHERE valid_from <= %(on)s ORDER BY valid_from DESC LIMIT 1"
    rows = read(session, sql, on=on)
    return dict(rows[0].details) if rows else {}
