"""Who signs in: the framework's user with the domain's actor, own warehouses and cash desks, and a session epoch; and
programs, which come with a key.
"""

import hashlib
import secrets
from datetime import date, datetime
from typing import Any, ClassVar

from flask_appbuilder import Model
from flask_appbuilder.security.sqla.models import Role, User
from sqlalchemy import BigInteger, Column, Date, DateTime, ForeignKey, Identity, Integer, String, Table
from sqlalchemy.orm import Mapped, configure_mappers, mapped_column, relationship

from app.domain.kernel import clock
from app.domain.kernel.document import Actor
from app.domain.stock.models import Warehouse
from app.domain.treasury.models import CashDesk

# The framework's roles know no versions: a form on one says which it was read at, as it does of any other row.
Role.__table__.append_column(Column("version", Integer, server_default="1", default=1, nullable=False))
Role.__mapper__.add_property("version", Role.__table__.c.version)

KEY_BEGINS = "sb"
PREFIX_BYTES, SECRET_BYTES = 4, 32


def _assigned(owner: str, owners: str, name: str, other: Any) -> Table:
    key = other.__table__.c.id
    return Table(
        f"{owner}_{name}",
        Model.metadata,
        Column(f"{owner}_id", Integer, ForeignKey(f"{owners}.id", ondelete="CASCADE"), primary_key=True),
        Column(f"{name}_id", key.type, ForeignKey(key), primary_key=True, index=True),
    )


user_warehouse = _assigned("user", "ab_user", "warehouse", Warehouse)
user_cash_desk = _assigned("user", "ab_user", "cash_desk", CashDesk)
key_role = _assigned("api_key", "api_key", "role", Role)
key_warehouse = _assigned("api_key", "api_key", "warehouse", Warehouse)
key_cash_desk = _assigned("api_key", "api_key", "cash_desk", CashDesk)


class Person(User):
    """A user. Everything they do in the domain is done by their actor.

    Raising `epoch` ends every session and token that was given before.
    """

    actor_id: Mapped[int] = mapped_column(BigInteger, ForeignKey(Actor.__table__.c.id), unique=True)
    epoch: Mapped[int] = mapped_column(Integer, server_default="1", default=1)
    version: Mapped[int] = mapped_column(Integer, server_default="1", default=1)

    actor: Mapped[Actor] = relationship(Actor)
    warehouses: Mapped[list[Warehouse]] = relationship(Warehouse, secondary=user_warehouse)
    cash_desks: Mapped[list[CashDesk]] = relationship(CashDesk, secondary=user_cash_desk)

    def get_id(self) -> str:
        """What a session keeps: useless once the epoch has moved on."""
        return f"{self.id}.{self.epoch}"

    def __str__(self) -> str:
        return str(self.get_full_name())


class MachineKey(Model):
    """A program that is let in by a key, with roles, warehouses and desks as a user has them, and an actor of its own.

    The key is `sb_<prefix>_<secret>`. The prefix finds the row; of the whole only the digest is kept, which is safe
    without salt or stretching because the secret has 256 random bits.
    """

    __tablename__ = "api_key"

    id: Mapped[int] = mapped_column(Integer, Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(String(64), unique=True)
    prefix: Mapped[str] = mapped_column(String(16), unique=True)
    digest: Mapped[str] = mapped_column(String(64))
    actor_id: Mapped[int] = mapped_column(BigInteger, ForeignKey(Actor.__table__.c.id), unique=True)
    expires_on: Mapped[date | None] = mapped_column(Date)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=clock.now)
    last_used_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    revoked_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    version: Mapped[int] = mapped_column(Integer, server_default="1", default=1)

    actor: Mapped[Actor] = relationship(Actor)
    roles: Mapped[list[Role]] = relationship(Role, secondary=key_role)
    warehouses: Mapped[list[Warehouse]] = relationship(Warehouse, secondary=key_warehouse)
    cash_desks: Mapped[list[CashDesk]] = relationship(CashDesk, secondary=key_cash_desk)

    groups: ClassVar[tuple[()]] = ()
    is_authenticated: ClassVar[bool] = True
    is_anonymous: ClassVar[bool] = False

    @property
    def is_active(self) -> bool:
        return self.revoked_at is None

    def is_good(self, today: date) -> bool:
        """Whether it still lets anybody in."""
        return self.is_active and (self.expires_on is None or self.expires_on >= today)

    def issue(self) -> str:
        """A new key for this row: the only moment at which anybody sees it."""
        self.prefix = secrets.token_hex(PREFIX_BYTES)
        key = f"{KEY_BEGINS}_{self.prefix}_{secrets.token_urlsafe(SECRET_BYTES)}"
        self.digest = digest_of(key)
        return key

    def get_id(self) -> str:
        """No session ever finds anybody by this."""
        return f"key {self.id}"

    def get_full_name(self) -> str:
        return self.name

    def __str__(self) -> str:
        return self.name


def prefix_of(key: str) -> str | None:
    """The part of a key by which its row is found; None for what is not written like one."""
    begins, _, rest = key.partition("_")
    prefix, _, secret = rest.partition("_")
    return prefix if begins == KEY_BEGINS and secret and len(prefix) == 2 * PREFIX_BYTES else None


def digest_of(key: str) -> str:
    """What is kept of a key."""
    return hashlib.sha256(key.encode()).hexdigest()


class SecondStep(Model):
    """That somebody gives a code of the moment after their password (TOTP, RFC 6238).

    The secret is encrypted; `last_step` is the half minute whose code was taken last: none is taken twice.
    """

    __tablename__ = "second_step"

    user_id: Mapped[int] = mapped_column(Integer, ForeignKey("ab_user.id", ondelete="CASCADE"), primary_key=True)
    secret: Mapped[str] = mapped_column(String(255))
    last_step: Mapped[int] = mapped_column(BigInteger)


class RecoveryCode(Model):
    """The digest of a code that opens the account once where the telephone is lost; its 80 random bits need no salt."""

    __tablename__ = "recovery_code"

    user_id: Mapped[int] = mapped_column(Integer, ForeignKey("ab_user.id", ondelete="CASCADE"), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)


class SignInCount(Model):
    """How often somebody tried to sign in as an account, or from an address, since the moment counting began."""

    __tablename__ = "sign_in_count"

    key: Mapped[str] = mapped_column(String(300), primary_key=True)
    tries: Mapped[int] = mapped_column(Integer)
    since: Mapped[datetime] = mapped_column(DateTime(timezone=True))


# The framework's users get their roles from the other side of a relation, which exists from here on.
configure_mappers()
