"""How far everything was proved, so that what came afterwards can be proved by itself. Only the database writes here
(`keep_marks`, among the guards), from what is in the books and nothing that it is told.
"""

from datetime import date, datetime

from sqlalchemy import BigInteger, Date, ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.kernel.orm import Base, BigId, MoneyColumn, QuantityColumn


class ProofMark(Base):
    """A full proof: whether everything held, and the end of the ledger's chain as it saw it (0 before any entry).

    The marks of accounts and stock are those of the latest in which everything held.
    """

    __tablename__ = "proof_mark"

    id: Mapped[BigId]
    at: Mapped[datetime]
    holds: Mapped[bool]
    seq: Mapped[int]
    hash: Mapped[bytes] = mapped_column(LargeBinary)


class AccountMark(Base):
    """All that was debited and credited on an account up to the mark's end of the chain, and the SHA-256 of its
    closings by day.
    """

    __tablename__ = "account_mark"

    account_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("account.id"), primary_key=True)
    debit: Mapped[MoneyColumn]
    credit: Mapped[MoneyColumn]
    days: Mapped[bytes] = mapped_column(LargeBinary)


class StockMark(Base):
    """The sums of a product's moves in a warehouse up to the last one that the proof saw: its id, the latest recording
    time and the latest business date of any of them.
    """

    __tablename__ = "stock_mark"

    warehouse_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("warehouse.id"), primary_key=True)
    product_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("product.id"), primary_key=True)
    move_id: Mapped[int]
    moved_at: Mapped[datetime]
    quantity: Mapped[QuantityColumn]
    value: Mapped[MoneyColumn]
    last_on: Mapped[date] = mapped_column(Date)
