"""The audit: who signed in or tried to, who changed users, roles, keys and e-shops, and who took data out.

Rows are only ever added (the database holds it). No secret gets here: that a password was changed is said, and no more.
Changes of users, roles, keys and e-shops are noted by the session that writes them, so that no door can forget to.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

from flask import g, has_request_context, request
from flask_appbuilder import Model
from flask_appbuilder.security.sqla.models import PermissionView, Role
from flask_login import current_user
from sqlalchemy import BigInteger, DateTime, ForeignKey, Identity, Index, String, event, inspect
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.domain.intake.models import Shop
from app.domain.kernel import clock
from app.domain.kernel.document import Actor
from app.domain.kernel.orm import one_of
from app.domain.kernel.unit import deed
from app.web.people import MachineKey, Person

EVENTS = (
    "signed_in", "sign_in_refused", "signed_out", "code_on", "code_off", "user_changed", "role_changed", "key_changed",
    "shop_changed", "exported", "imported",
)  # fmt: skip
LONGEST, MOST = 200, 40
# What is watched: the event, the column that names the row, what is told of it, and secrets of which only that.
WATCHED: dict[type, tuple[str, str, tuple[str, ...], Mapping[str, str]]] = {
    Person: (
        "user_changed", "username",
        ("username", "first_name", "last_name", "email", "active", "roles", "warehouses", "cash_desks"),
        {"password": "password"},
    ),
    Role: ("role_changed", "name", ("name", "permissions"), {}),
    MachineKey: (
        "key_changed", "name", ("name", "roles", "warehouses", "cash_desks", "expires_on", "revoked_at"),
        {"digest": "key"},
    ),
    Shop: (
        "shop_changed", "code",
        ("name", "dialect", "price_treatment", "vat_treatment", "unknown_skus", "unknown_customers", "polling_address",
         "polling_key", "levels_address", "keep_days", "active"),
        {"secret": "secret", "old_secret": "old secret", "polling_secret": "secret for asking",
         "levels_secret": "secret for telling"},
    ),
}  # fmt: skip


class AuditEntry(Model):
    """Something that was done or tried; nobody's where no one was signed in."""

    __tablename__ = "audit_entry"
    __table_args__ = (one_of("event", EVENTS, name="audit_entry_event"), Index("ix_audit_entry_at", "at"))

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    actor_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey(Actor.__table__.c.id), index=True)
    address: Mapped[str] = mapped_column(String(64))
    event: Mapped[str] = mapped_column(String(32))
    subject: Mapped[str] = mapped_column(String(LONGEST))
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB)

    def __str__(self) -> str:
        return f"{self.event.replace('_', ' ')}: {self.subject}"


def note(
    session: Session, what: str, subject: str, *, actor: int | None = None, address: str | None = None, **facts: Any
) -> None:
    """Adds an entry to the open deed: one of EVENTS, what it was done to, and what there is to say about it.

    It is the doing of whoever makes this request, from where it is made, unless an actor or an address is named.
    """
    if has_request_context():
        actor = actor or getattr(current_user, "actor_id", None)
        address = address or request.remote_addr or ""
    else:
        address = address or "command line"
    session.add(
        AuditEntry(
            at=clock.now(), actor_id=actor, address=address[:64], event=what, subject=subject[:LONGEST], facts=facts
        )
    )


def note_export(name: str) -> None:
    """Notes, before the first row leaves, that a list or report is taken out.

    It does so in a deed of its own, or in that of the job which keeps the rows.
    """
    narrowed = {key[:LONGEST]: value[:LONGEST] for key, value in list(request.args.items())[:MOST] if key != "format"}
    if job := g.get("deed_of_the_job"):
        note(job, "exported", name, filter=narrowed)
    else:
        deed(lambda session: note(session, "exported", name, filter=narrowed))


def _watch(session: Session, *_: Any) -> None:
    for gone in (False, True):
        for row in list(session.deleted if gone else {*session.new, *session.dirty}):
            for model, (what, name, told, secrets) in WATCHED.items():
                if not isinstance(row, model):
                    continue
                changes = dict(_changes(row, told, secrets))
                if gone:
                    note(session, what, getattr(row, name), deleted=True)
                elif changes:
                    note(session, what, getattr(row, name), changes=changes)


def _changes(row: Any, told: tuple[str, ...], secrets: Mapping[str, str]) -> Iterator[tuple[str, list[Any]]]:
    """What is different from before, as column → [before, after]."""
    state = inspect(row)
    for name in told:
        history = state.attrs[name].history
        if not history.has_changes():
            continue
        kept = list(history.unchanged or ())
        before, after = [*(history.deleted or ()), *kept], [*(history.added or ()), *kept]
        many = state.mapper.relationships.get(name) is not None
        pair = [sorted(map(_said, side)) if many else _said(side[0] if side else None) for side in (before, after)]
        if pair[0] != pair[1]:
            yield name, pair
    for column, name in secrets.items():
        if state.attrs[column].history.has_changes():
            yield name, ["", "changed"]


def _said(value: Any) -> Any:
    if isinstance(value, PermissionView):
        return f"{value.view_menu.name}: {value.permission.name.removeprefix('can_')}"
    if isinstance(value, date):
        return value.isoformat()
    if value is None or isinstance(value, (bool, str)):
        return value
    return getattr(value, "code", None) or str(value)


event.listen(Session, "before_flush", _watch)
