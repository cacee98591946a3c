"""Who signs in: the framework's user with the domain's actor, own warehouses and cash desks, and a session epoch."""

from datetime import datetime
from typing import Any

from flask_appbuilder import Model
from flask_appbuilder.security.sqla.models import User
from sqlalchemy import BigInteger, Column, DateTime, ForeignKey, Integer, String, Table
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.kernel.document import Actor
from app.domain.stock.models import Warehouse
from app.domain.treasury.models import CashDesk


def _assigned(name: str, other: Any) -> Table:
    return Table(
        f"user_{name}",
        Model.metadata,
        Column("user_id", Integer, ForeignKey("ab_user.id", ondelete="CASCADE"), primary_key=True),
        Column(f"{name}_id", BigInteger, ForeignKey(other.__table__.c.id), primary_key=True, index=True),
    )


user_warehouse = _assigned("warehouse", Warehouse)
user_cash_desk = _assigned("cash_desk", CashDesk)


class Person(User):
    """A user. Everything they do in the domain is done by their actor.

    Raising `epoch` ends every session and token that was given before.
    """

    actor_id: Mapped[int] = mapped_column(BigInteger, ForeignKey(Actor.__table__.c.id), unique=True)
    epoch: Mapped[int] = mapped_column(Integer, server_default="1", default=1)

    actor: Mapped[Actor] = relationship(Actor)
    warehouses: Mapped[list[Warehouse]] = relationship(Warehouse, secondary=user_warehouse)
    cash_desks: Mapped[list[CashDesk]] = relationship(CashDesk, secondary=user_cash_desk)

    def get_id(self) -> str:
        """What a session keeps: useless once the epoch has moved on."""
        return f"{self.id}.{self.epoch}"

    def __str__(self) -> str:
        return str(self.get_full_name())


class SignInCount(Model):
    """How often somebody tried to sign in as an account, or from an address, since the moment counting began."""

    __tablename__ = "sign_in_count"

    key: Mapped[str] = mapped_column(String(300), primary_key=True)
    tries: Mapped[int] = mapped_column(Integer)
    since: Mapped[datetime] = mapped_column(DateTime(timezone=True))
