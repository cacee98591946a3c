"""The general ledger: accounts, posting rules, append-only entries in a chain, what is typed by hand, and periods."""

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    LargeBinary,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.kernel.document import Document
from app.domain.kernel.orm import Base, BigId, MasterData, MoneyColumn, one_of
from app.domain.lifecycles import MANUAL_ENTRY

ROLES = (
    "inventory", "cost_of_sales", "revenue", "receivables", "customer_advances", "output_vat", "cash", "bank",
    "goods_received_not_invoiced", "goods_shipped_not_invoiced", "stock_losses", "stock_surplus", "opening_equity",
    "rounding_differences", "invoiced_not_delivered", "vouchers", "goods_in_transit",
    "money_in_transit", "desk_differences", "bad_debts", "other",
)  # fmt: skip
# The one role whose accounts are chosen by hand: the others are kept by documents of their own.
BY_HAND = "other"
PERIOD_STATES = ("open", "closed")
CHANGES = ("close", "reopen", "change")
SIDES = ("debit", "credit")


class Account(MasterData, Base):
    """An account; its role says which events may post to it. Every role but `other` is a control account's."""

    __tablename__ = "account"
    __table_args__ = (*MasterData.indexes("account"), one_of("role", ROLES), UniqueConstraint("id", "role"))

    role: Mapped[str]


class PostingRule(Base):
    """From a date on, one side of an event: which amount goes to which account.

    Where the document names an account of the same role (a product group's, a tax rate's, a cash desk's), that one is
    used instead of the rule's.
    """

    __tablename__ = "posting_rule"
    __table_args__ = (
        one_of("side", SIDES),
        UniqueConstraint("event", "amount", "side", "valid_from"),
        ForeignKeyConstraint(["account_id", "role"], ["account.id", "account.role"]),
    )

    id: Mapped[BigId]
    event: Mapped[str]
    amount: Mapped[str]
    side: Mapped[str]
    role: Mapped[str]
    account_id: Mapped[int] = mapped_column(BigInteger)
    valid_from: Mapped[date] = mapped_column(Date)
    version: Mapped[int] = mapped_column(server_default="1", default=1)

    account: Mapped[Account] = relationship(lazy="raise_on_sql")


class JournalEntry(Base):
    """One posting of one event of one document, and whose business with us it is about, if anybody's."""

    __tablename__ = "journal_entry"
    __table_args__ = (
        UniqueConstraint("document_id", "event"),
        Index("ix_journal_entry_on", "on", "id"),
        Index("ix_journal_entry_customer", "customer_id", "on", "id", postgresql_where=text("customer_id IS NOT NULL")),
    )

    id: Mapped[BigId]
    document_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("document.id"))
    customer_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("customer.id"))
    event: Mapped[str]
    on: Mapped[date] = mapped_column(Date)
    at: Mapped[datetime]
    actor_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("actor.id"))
    currency: Mapped[str]
    txid: Mapped[int] = mapped_column(
        BigInteger, server_default=text("(pg_current_xact_id()::text::bigint)"), default=None
    )


class JournalLine(Base):
    """One side of an entry, in company currency and in the document's."""

    __tablename__ = "journal_line"
    __table_args__ = (
        CheckConstraint("(debit > 0 AND credit = 0) OR (credit > 0 AND debit = 0)", name="one_sided"),
        Index("ix_journal_line_entry_id", "entry_id"),
        Index("ix_journal_line_account_on", "account_id", "on"),
    )

    on: Mapped[date] = mapped_column(Date, primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    entry_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("journal_entry.id"))
    position: Mapped[int]
    account_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("account.id"))
    debit: Mapped[MoneyColumn]
    credit: Mapped[MoneyColumn]
    currency: Mapped[str]
    currency_amount: Mapped[MoneyColumn]
    rule_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("posting_rule.id"))


class JournalChain(Base):
    """The place of an entry in the chain: its number and the hash over it and all before it."""

    __tablename__ = "journal_chain"

    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    entry_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("journal_entry.id"), unique=True)
    hash: Mapped[bytes] = mapped_column(LargeBinary)


class AccountDay(Base):
    """All that was ever debited and credited on an account up to the end of a day on which something was."""

    __tablename__ = "account_day"
    __table_args__ = (CheckConstraint("debit >= 0 AND credit >= 0 AND debit + credit > 0", name="closing"),)

    account_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("account.id"), primary_key=True)
    on: Mapped[date] = mapped_column(Date, primary_key=True)
    debit: Mapped[MoneyColumn]
    credit: Mapped[MoneyColumn]


class CustomerDay(Base):
    """What a customer owed us at the end of a day, less what they had with us, as the books say. There is a row for
    each day on which something was posted between us.
    """

    __tablename__ = "customer_day"
    __table_args__ = (Index("ix_customer_day_on", "on"),)

    customer_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("customer.id"), primary_key=True)
    on: Mapped[date] = mapped_column(Date, primary_key=True)
    balance: Mapped[MoneyColumn]


class ManualEntry(Base):
    """What somebody types into the books by hand."""

    __tablename__ = "manual_entry"
    __table_args__ = (one_of("state", MANUAL_ENTRY.states), Index("ix_manual_entry_on", "on", "id"))

    id: Mapped[int] = mapped_column(BigInteger, ForeignKey("document.id"), primary_key=True, autoincrement=False)
    state: Mapped[str] = mapped_column(server_default=MANUAL_ENTRY.initial, default=MANUAL_ENTRY.initial)
    on: Mapped[date | None] = mapped_column(Date)
    text: Mapped[str] = mapped_column(server_default="", default="")
    version: Mapped[int] = mapped_column(server_default="1", default=1)

    document: Mapped[Document] = relationship(lazy="raise_on_sql")


class ManualEntryLine(Base):
    """One side of it, in company currency."""

    __tablename__ = "manual_entry_line"
    __table_args__ = (
        CheckConstraint("(debit > 0 AND credit = 0) OR (credit > 0 AND debit = 0)", name="one_sided"),
        Index("uq_manual_entry_line_position", "manual_entry_id", "position", unique=True),
    )

    id: Mapped[BigId]
    manual_entry_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("manual_entry.id"))
    position: Mapped[int]
    account_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("account.id"))
    debit: Mapped[MoneyColumn]
    credit: Mapped[MoneyColumn]


class Period(Base):
    """A stretch of business dates; nothing posts into a closed one."""

    __tablename__ = "period"
    __table_args__ = (
        one_of("state", PERIOD_STATES),
        CheckConstraint("ends_on >= starts_on", name="dates"),
        ExcludeConstraint((text("daterange(starts_on, ends_on, '[]')"), "&&"), name="no_overlap"),
    )

    id: Mapped[BigId]
    starts_on: Mapped[date] = mapped_column(Date)
    ends_on: Mapped[date] = mapped_column(Date)
    state: Mapped[str] = mapped_column(server_default="open", default="open")
    changed_at: Mapped[datetime | None]
    changed_by_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("actor.id"))
    version: Mapped[int] = mapped_column(server_default="1", default=1)

    def __str__(self) -> str:
        return f"{self.starts_on} – {self.ends_on}"


class LedgerHistory(Base):
    """Who closed a period or reopened it, and why, and who put a posting rule on which account. Append-only."""

    __tablename__ = "ledger_history"
    __table_args__ = (
        one_of("step", CHANGES),
        CheckConstraint("(period_id IS NULL) = (step = 'change') AND (period_id IS NULL) = (rule_id IS NOT NULL) "
                        "AND (rule_id IS NULL) = (account_id IS NULL)", name="subject"),
        CheckConstraint("step <> 'reopen' OR reason <> ''", name="reason"),
        Index("ix_ledger_history_period_id", "period_id", "id"),
        Index("ix_ledger_history_rule_id", "rule_id", "id"),
    )  # fmt: skip

    id: Mapped[BigId]
    at: Mapped[datetime]
    actor_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("actor.id"))
    step: Mapped[str]
    period_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("period.id"))
    rule_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("posting_rule.id"))
    account_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("account.id"))
    reason: Mapped[str] = mapped_column(server_default="", default="")
