"""Money in and out: desks with their orders, banks with their statements and lines, and what was there at the start."""

from datetime import date

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.kernel.document import Document
from app.domain.kernel.numbering import NumberSeries
from app.domain.kernel.orm import Base, BigId, MasterData, MoneyColumn, PriceColumn, one_of
from app.domain.ledger.models import Account
from app.domain.lifecycles import BANK_LINE, BANK_STATEMENT, CASH_ORDER, OPENING_BALANCE

KINDS = ("income", "expense")
# What money is for: a customer's payment or what they get back, an account chosen by hand, the way to or from another
# desk or bank, or what a count of the desk found.
PURPOSES = ("customer", "account", "transfer", "difference")
# An account at a bank, or the one of a payment service that collects for an e-shop and pays out later.
BANK_KINDS = ("bank", "clearing")
# What an opening balance is about: what a customer owed or had paid ahead, what was in a desk or at a bank.
BALANCES = ("owed", "paid_ahead", "cash", "bank")


class CashDesk(MasterData, Base):
    """A place where cash is taken and paid out, with its account and its own gapless numbers for each."""

    __tablename__ = "cash_desk"
    __table_args__ = MasterData.indexes("cash_desk")

    account_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("account.id"))
    income_series_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("number_series.id"))
    expense_series_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("number_series.id"))

    account: Mapped[Account] = relationship(lazy="raise_on_sql")
    income_series: Mapped[NumberSeries] = relationship(lazy="raise_on_sql", foreign_keys=[income_series_id])
    expense_series: Mapped[NumberSeries] = relationship(lazy="raise_on_sql", foreign_keys=[expense_series_id])


class DeskDay(Base):
    """What was in a desk at the end of a day on which something came or went, as the books say; never below zero."""

    __tablename__ = "desk_day"
    __table_args__ = (CheckConstraint("balance >= 0", name="balance"),)

    cash_desk_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("cash_desk.id"), primary_key=True)
    on: Mapped[date] = mapped_column(Date, primary_key=True)
    balance: Mapped[MoneyColumn]


def purpose_checks() -> tuple[CheckConstraint, ...]:
    """What a payment names is what its purpose needs, and nothing else."""
    return (
        one_of("kind", KINDS),
        one_of("about", PURPOSES),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("(about = 'account') = (account_id IS NOT NULL)", name="account"),
        CheckConstraint("(about = 'transfer' AND kind = 'income') = (transfer_id IS NOT NULL)", name="transfer"),
    )


class CashOrder(Base):
    """Money into a desk or out of it: of the document's customer, or for another purpose.

    `transfer_id` is the payment out of another place that this one brings in.
    """

    __tablename__ = "cash_order"
    __table_args__ = (
        one_of("state", CASH_ORDER.states),
        *purpose_checks(),
        Index("ix_cash_order_on", "on", "id"),
        Index("ix_cash_order_state", "state", "id"),
        Index("ix_cash_order_amount", "amount", "id"),
        Index("ix_cash_order_transfer_id", "transfer_id"),
        Index("ix_cash_order_desk", "cash_desk_id", "on"),
    )

    id: Mapped[int] = mapped_column(BigInteger, ForeignKey("document.id"), primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(server_default="income", default="income")
    about: Mapped[str] = mapped_column(server_default="customer", default="customer")
    account_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("account.id"))
    transfer_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("document.id"))
    state: Mapped[str] = mapped_column(server_default=CASH_ORDER.initial, default=CASH_ORDER.initial)
    cash_desk_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("cash_desk.id"))
    on: Mapped[date | None] = mapped_column(Date)
    amount: Mapped[MoneyColumn]
    currency: Mapped[str]
    rate: Mapped[PriceColumn] = mapped_column(server_default="1", default=1)
    purpose: Mapped[str] = mapped_column(server_default="", default="")
    version: Mapped[int] = mapped_column(server_default="1", default=1)

    document: Mapped[Document] = relationship(lazy="raise_on_sql", foreign_keys=[id])
    account: Mapped[Account | None] = relationship(lazy="raise_on_sql")
    cash_desk: Mapped[CashDesk] = relationship(lazy="raise_on_sql")
    targets: Mapped[list["CashOrderTarget"]] = relationship(lazy="raise_on_sql", order_by="CashOrderTarget.id")


class CashOrderTarget(Base):
    """What the payer says it is for: a document, or a single line of it, and how much; settled when processed.

    Of money that goes back to a customer it is the payment or credit that is paid back.
    """

    __tablename__ = "cash_order_target"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        Index("ix_cash_order_target_cash_order_id", "cash_order_id"),
    )

    id: Mapped[BigId]
    cash_order_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("cash_order.id"))
    target_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("document.id"))
    line_id: Mapped[int | None] = mapped_column(BigInteger)
    amount: Mapped[MoneyColumn]


class BankAccount(MasterData, Base):
    """An account of ours at a bank, or at whoever collects for an e-shop, with its account in the books."""

    __tablename__ = "bank_account"
    __table_args__ = (*MasterData.indexes("bank_account"), one_of("kind", BANK_KINDS))

    kind: Mapped[str] = mapped_column(server_default="bank", default="bank")
    account_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("account.id"))
    iban: Mapped[str] = mapped_column(server_default="", default="")

    account: Mapped[Account] = relationship(lazy="raise_on_sql")


class BankStatement(Base):
    """What a bank says happened on an account up to a date: its lines lead from the opening to the closing balance.

    `bank_number` is the bank's own number of it, and `digest` the SHA-256 of the file that it was read from; neither
    comes twice, but for what was cancelled.
    """

    __tablename__ = "bank_statement"
    __table_args__ = (
        one_of("state", BANK_STATEMENT.states),
        CheckConstraint("bank_number <> ''", name="bank_number"),
        UniqueConstraint("id", "bank_account_id", "state", name="uq_bank_statement_of_lines"),
        Index("uq_bank_statement_bank_number", "bank_account_id", "bank_number", unique=True,
              postgresql_where=text("state <> 'cancelled'")),
        Index("uq_bank_statement_digest", "digest", unique=True, postgresql_where=text("state <> 'cancelled'")),
        Index("ix_bank_statement_on", "on", "id"),
        Index("ix_bank_statement_bank", "bank_account_id", "on"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(BigInteger, ForeignKey("document.id"), primary_key=True, autoincrement=False)
    state: Mapped[str] = mapped_column(server_default=BANK_STATEMENT.initial, default=BANK_STATEMENT.initial)
    bank_account_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("bank_account.id"))
    bank_number: Mapped[str]
    on: Mapped[date] = mapped_column(Date)
    opening: Mapped[MoneyColumn]
    closing: Mapped[MoneyColumn]
    currency: Mapped[str]
    digest: Mapped[str | None]
    version: Mapped[int] = mapped_column(server_default="1", default=1)

    document: Mapped[Document] = relationship(lazy="raise_on_sql", foreign_keys=[id])
    bank_account: Mapped[BankAccount] = relationship(lazy="raise_on_sql")


class BankLine(Base):
    """A line of a bank statement: money into a bank account or out of it, for what cash orders are for as well.

    What stands on a statement is of its bank account and in its state; a line may also be written down alone.
    """

    __tablename__ = "bank_line"
    __table_args__ = (
        one_of("state", BANK_LINE.states),
        *purpose_checks(),
        CheckConstraint("about <> 'difference'", name="only_desks_are_counted"),
        Index("ix_bank_line_on", "on", "id"),
        Index("ix_bank_line_state", "state", "id"),
        Index("ix_bank_line_amount", "amount", "id"),
        Index("ix_bank_line_bank", "bank_account_id", "on"),
        Index("ix_bank_line_transfer_id", "transfer_id"),
        Index("ix_bank_line_statement_id", "statement_id"),
        ForeignKeyConstraint(
            ["statement_id", "bank_account_id", "state"],
            ["bank_statement.id", "bank_statement.bank_account_id", "bank_statement.state"],
            name="fk_bank_line_lives_with_its_statement", deferrable=True, initially="DEFERRED",
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(BigInteger, ForeignKey("document.id"), primary_key=True, autoincrement=False)
    kind: Mapped[str]
    about: Mapped[str]
    account_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("account.id"))
    transfer_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("document.id"))
    state: Mapped[str] = mapped_column(server_default=BANK_LINE.initial, default=BANK_LINE.initial)
    bank_account_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("bank_account.id"))
    statement_id: Mapped[int | None] = mapped_column(BigInteger)
    on: Mapped[date | None] = mapped_column(Date)
    amount: Mapped[MoneyColumn]
    currency: Mapped[str]
    rate: Mapped[PriceColumn] = mapped_column(server_default="1", default=1)
    purpose: Mapped[str] = mapped_column(server_default="", default="")
    version: Mapped[int] = mapped_column(server_default="1", default=1)

    document: Mapped[Document] = relationship(lazy="raise_on_sql", foreign_keys=[id])
    bank_account: Mapped[BankAccount] = relationship(lazy="raise_on_sql")


class BankLineTarget(Base):
    """What a line is for: a document, or a single line of it, or what it pays back, and how much."""

    __tablename__ = "bank_line_target"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        Index("ix_bank_line_target_bank_line_id", "bank_line_id"),
    )

    id: Mapped[BigId]
    bank_line_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("bank_line.id"))
    target_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("document.id"))
    line_id: Mapped[int | None] = mapped_column(BigInteger)
    amount: Mapped[MoneyColumn]


class OpeningBalance(Base):
    """An amount of the old books: of the document's customer, of a desk or of a bank.

    What a customer owed is an open item of its own, and stands for the old invoice.
    """

    __tablename__ = "opening_balance"
    __table_args__ = (
        one_of("state", OPENING_BALANCE.states),
        one_of("about", BALANCES),
        CheckConstraint("amount > 0 OR (about = 'bank' AND amount <> 0)", name="amount"),
        CheckConstraint("(about = 'cash') = (cash_desk_id IS NOT NULL)", name="cash_desk"),
        CheckConstraint("(about = 'bank') = (bank_account_id IS NOT NULL)", name="bank_account"),
        CheckConstraint("about = 'owed' OR due_on IS NULL", name="due_on"),
        Index("ix_opening_balance_on", "on", "id"),
        Index("uq_opening_balance_desk", "cash_desk_id", unique=True, postgresql_where=text("state = 'processed'")),
        Index("uq_opening_balance_bank", "bank_account_id", unique=True, postgresql_where=text("state = 'processed'")),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(BigInteger, ForeignKey("document.id"), primary_key=True, autoincrement=False)
    about: Mapped[str]
    state: Mapped[str] = mapped_column(server_default=OPENING_BALANCE.initial, default=OPENING_BALANCE.initial)
    cash_desk_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("cash_desk.id"))
    bank_account_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("bank_account.id"))
    on: Mapped[date | None] = mapped_column(Date)
    due_on: Mapped[date | None] = mapped_column(Date)
    amount: Mapped[MoneyColumn]
    currency: Mapped[str]
    rate: Mapped[PriceColumn] = mapped_column(server_default="1", default=1)
    purpose: Mapped[str] = mapped_column(server_default="", default="")
    version: Mapped[int] = mapped_column(server_default="1", default=1)

    document: Mapped[Document] = relationship(lazy="raise_on_sql")
