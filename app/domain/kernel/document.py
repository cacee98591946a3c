"""The registry that every document is in: number, customer, warehouse, links, history and notes."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Computed, ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.domain.kernel import clock
from app.domain.kernel.orm import Base, BigId, JsonColumn, one_of
from app.domain.kernel.rows import Rows, insert, insert_together, read, reserve_ids

ACTOR_KINDS = ("person", "job", "shop", "command", "machine")


class Actor(Base):
    """Who does things: a person, a job, a shop, the command line, a program with a key."""

    __tablename__ = "actor"
    __table_args__ = (one_of("kind", ACTOR_KINDS),)

    id: Mapped[BigId]
    name: Mapped[str]
    kind: Mapped[str] = mapped_column(server_default="person", default="person")
    active: Mapped[bool] = mapped_column(server_default=text("true"), default=True)

    def __str__(self) -> str:
        return self.name


class Document(Base):
    """One row for each document of any kind; its id is the primary key of the kind's own table."""

    __tablename__ = "document"
    __table_args__ = (
        UniqueConstraint("series_id", "number"),
        Index("ix_document_search", "search", postgresql_using="gin"),
        Index("ix_document_customer_kind", "customer_id", "kind", "id"),
        Index("ix_document_warehouse_kind", "warehouse_id", "kind", "id"),
        Index("ix_document_kind_number", "kind", "number", "id"),
        Index("ix_document_number_prefix", text("lower(number) text_pattern_ops")),
    )

    id: Mapped[BigId]
    kind: Mapped[str]
    series_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("number_series.id"))
    number: Mapped[str | None]
    customer_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("customer.id"))
    warehouse_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("warehouse.id"))
    created_at: Mapped[datetime]
    search: Mapped[Any] = mapped_column(
        TSVECTOR, Computed("to_tsvector('simple', coalesce(number, ''))", persisted=True), deferred=True
    )

    def __str__(self) -> str:
        return self.number or f"draft {self.id}"


class DocumentLink(Base):
    """`to` was made from `from`, or settles it."""

    __tablename__ = "document_link"
    __table_args__ = (Index("ix_document_link_to_id", "to_id"),)

    from_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("document.id"), primary_key=True)
    to_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("document.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str]


class DocumentHistory(Base):
    """Who did which step when, from which state to which, with which changes. Append-only."""

    __tablename__ = "document_history"
    __table_args__ = (
        Index("ix_document_history_document_id", "document_id", "id"),
        Index("ix_document_history_taken", "at", postgresql_where=text("step = 'take'")),
    )

    id: Mapped[BigId]
    document_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("document.id"))
    at: Mapped[datetime]
    actor_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("actor.id"))
    step: Mapped[str]
    from_state: Mapped[str | None]
    to_state: Mapped[str | None]
    changes: Mapped[JsonColumn] = mapped_column(server_default=text("'{}'"))


class DocumentNote(Base):
    __tablename__ = "document_note"
    __table_args__ = (Index("ix_document_note_document_id", "document_id", "id"),)

    id: Mapped[BigId]
    document_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("document.id"))
    at: Mapped[datetime]
    actor_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("actor.id"))
    text: Mapped[str]


class DocumentAttachment(Base):
    __tablename__ = "document_attachment"
    __table_args__ = (Index("ix_document_attachment_document_id", "document_id", "id"),)

    id: Mapped[BigId]
    document_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("document.id"))
    at: Mapped[datetime]
    actor_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("actor.id"))
    name: Mapped[str]
    media_type: Mapped[str]
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)


Batches = Sequence[tuple[type[Base], Rows]]


def register(
    session: Session, kind: str, documents: Rows, tables: Callable[[Sequence[int]], Batches] | None = None
) -> list[int]:
    """Enters new documents (`customer_id`, `warehouse_id`, and `series_id` with `number` where known) and gives ids.

    `tables`, given the ids, tells the rows that are written with them, in the same statement.
    """
    if not documents:
        return []
    ids = reserve_ids(session, Document, len(documents))
    at = clock.now()
    keys = ("series_id", "number", "customer_id", "warehouse_id")
    rows = [
        {"id": document_id, "kind": kind, "created_at": at} | {key: document.get(key) for key in keys}
        for document_id, document in zip(ids, documents, strict=True)
    ]
    insert_together(session, (Document, rows), *(tables(ids) if tables else ()))
    held(session).update(ids)
    return ids


def links(made_from: Iterable[tuple[int, int, str]]) -> tuple[type[Base], Rows]:
    """Rows that note that documents come from others: (from, to, kind)."""
    pairs = dict.fromkeys(made_from)
    return DocumentLink, [{"from_id": source, "to_id": target, "kind": kind} for source, target, kind in pairs]


# What takes the rest of a document's own work on, in the same place, is made from the same as that one.
MADE = """
SELECT asked.id AS source, made.id
FROM unnest(%(ids)s::bigint[]) AS asked (id) JOIN document own ON own.id = asked.id
CROSS JOIN LATERAL (
    SELECT to_id, true AS direct FROM document_link WHERE from_id = own.id AND xmin = pg_current_xact_id()::xid
    UNION ALL
    SELECT link.to_id, false FROM document_link up JOIN document_link link ON link.from_id = up.from_id
    WHERE up.to_id = own.id AND link.xmin = pg_current_xact_id()::xid
) AS born
JOIN document made ON made.id = born.to_id AND made.id <> own.id AND made.xmin = pg_current_xact_id()::xid
WHERE born.direct OR (made.kind = own.kind AND made.warehouse_id = own.warehouse_id)
GROUP BY asked.id, made.id ORDER BY asked.id, made.id
"""


def made_of(session: Session, ids: Sequence[int]) -> dict[int, list[int]]:
    """The documents that this deed made of others, by what they are made of."""
    found: dict[int, list[int]] = {}
    for row in read(session, MADE, ids=list(ids)) if ids else ():
        found.setdefault(row.source, []).append(row.id)
    return found


def record(session: Session, step: str, entries: Sequence[Mapping[str, object]], *, by: int) -> None:
    """Notes history: each entry has `document_id`, `from_state`, `to_state` and, if anything changed, `changes`.

    It is written once, when the deed is sealed, in the order it was noted.
    """
    at = clock.now()
    noted: list[dict[str, object]] = session.info.setdefault("history", [])
    noted.extend(
        {
            "document_id": entry["document_id"],
            "at": at,
            "actor_id": by,
            "step": step,
            "from_state": entry.get("from_state"),
            "to_state": entry.get("to_state"),
            "changes": entry.get("changes") or {},
        }
        for entry in entries
    )


def write_history(session: Session) -> None:
    """Writes what was noted since the last time."""
    insert(session, DocumentHistory, session.info.pop("history", []))


def held(session: Session) -> set[int]:
    """The documents that this deed has locked or made."""
    documents: set[int] = session.info.setdefault("held documents", set())
    return documents


# An array makes the planner look each document up; joined with a chain of unknown length it would read the whole table.
LOCK = """
WITH RECURSIVE chain (id) AS (
    SELECT unnest(%(ids)s::bigint[])
    UNION
    SELECT link.from_id FROM document_link link JOIN chain ON link.to_id = chain.id
)
SELECT id FROM document WHERE id = ANY(ARRAY(SELECT id FROM chain)) ORDER BY id FOR NO KEY UPDATE
"""


# A draft that was written anew while its lock was waited for may be made from others by now.
SOURCES = "SELECT DISTINCT from_id AS id FROM document_link WHERE to_id = ANY(%(ids)s::bigint[])"


def lock_documents(session: Session, ids: Iterable[int]) -> None:
    """Locks documents and all that they are made from, in id order; what this deed holds already costs nothing."""
    wanted = sorted(set(ids) - held(session))
    while wanted:
        locked = [row.id for row in read(session, LOCK, ids=wanted)]
        held(session).update(locked)
        wanted = sorted({row.id for row in read(session, SOURCES, ids=locked)} - held(session))
