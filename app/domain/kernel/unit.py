"""The deed: one unit of work in one transaction, tried again where the database asks for it.

`deed(work)` opens a session of its own for each attempt, calls `work(session)`, seals, commits and closes.
Actions never commit; whatever must happen once and last (numbers, places in the ledger's chain) happens in the seal.
"""

import hashlib
import json
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from psycopg._preparing import PrepareManager
from sqlalchemy import Engine, event
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.domain.kernel import clock, document, numbering
from app.domain.kernel.errors import DomainError, KeyReused
from app.domain.kernel.orm import Base, JsonColumn, Timestamp
from app.domain.kernel.rows import ArrayDumper, read, write

ATTEMPTS = 5
PLANS_KEPT = 60.0
RETRIED = frozenset({"40001", "40P01"})
LOCKED = "55P03"
BUSY = "Somebody else is at work on the same just now: try again."

T = TypeVar("T")
Sealer = Callable[[Session], None]

_engines: list[Engine] = []


class Deed(Base):
    """What was done under an idempotency key, and the answer that was given."""

    __tablename__ = "deed"

    key: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[str]
    at: Mapped[Timestamp]
    answer: Mapped[JsonColumn | None]


def bind(engine: Engine) -> None:
    """Names the database of this process."""
    prepare(engine)
    _engines[:] = [engine]


def prepare(engine: Engine) -> None:
    """Its connections keep the plans of their statements."""
    if not event.contains(engine, "connect", _keep_plans):
        event.listen(engine, "connect", _keep_plans)
        event.listen(engine, "checkout", renew_plans)


class Plans(PrepareManager):
    """What psycopg keeps prepared, after a rollback too: it forgets all then, for a transaction may have made a table
    anew. Ours make none, and every preview and every refusal ends with a rollback.
    """

    def clear(self) -> bool:
        return False


def _keep_plans(connection: Any, _: object) -> None:
    """One order to cash has more statements than psycopg keeps prepared by itself, so that none would be; and the
    server would plan most of them again each time, which takes longer than running them (PostgreSQL, plan_cache_mode).
    """
    connection._prepared = Plans()
    connection.prepared_max = 1000
    connection.execute("SET plan_cache_mode = force_generic_plan")
    connection.commit()
    connection.adapters.register_dumper(list, ArrayDumper)


def renew_plans(connection: Any, record: Any, _: object) -> None:
    """A plan that was made while a table was small is kept no longer than a minute: whatever grows is noticed."""
    now = time.monotonic()
    if now - record.info.setdefault("planned_at", now) > PLANS_KEPT:
        connection.pgconn.exec_(b"DISCARD PLANS")
        record.info["planned_at"] = now


def open_session() -> Session:
    """A session on the process's database, in no transaction yet."""
    assert _engines, "no database: call unit.bind(engine) first"
    return Session(_engines[0], autoflush=False, expire_on_commit=False)


@contextmanager
def reading() -> Iterator[Session]:
    """A session that only reads."""
    with open_session() as session, session.begin():
        yield session


def deed(work: Callable[[Session], T], *, key: str | None = None, request: object = None) -> T:
    """Does the work in one transaction and commits it; deadlocks and serialization failures are tried again.

    Raises DomainError where something in it waits only so long for somebody else, and that long was not enough.
    With a key, the same key and request give the first answer again (which must be plain JSON values), and the same
    key with another request raises KeyReused.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return _attempt(work, key, request)
        except OperationalError as error:
            state = getattr(error.orig, "sqlstate", None)
            if state == LOCKED:
                raise DomainError("busy", BUSY) from None
            if attempt == ATTEMPTS or state not in RETRIED:
                raise
            time.sleep(random.uniform(0.01, 0.05) * 2**attempt)
    raise AssertionError("unreachable")


def _attempt(work: Callable[[Session], T], key: str | None, request: object) -> T:
    with open_session() as session, session.begin():
        if key is None:
            answer = work(session)
        else:
            digest = _digest(request)
            first = _first_answer(session, key, digest)
            if first is not None:
                return first["answer"]  # type: ignore[no-any-return]
            answer = work(session)
            _remember(session, key, answer)
        seal(session)
        return answer


def at_seal(session: Session, sealer: Sealer) -> None:
    """Hands the open deed something to do once, last."""
    sealers: list[Sealer] = session.info.setdefault("sealers", [])
    if sealer not in sealers:
        sealers.append(sealer)


def seal(session: Session) -> None:
    """Writes the history, gives numbers, then places in the chain; the commit then fires the deferred constraints."""
    session.flush()
    document.write_history(session)
    numbering.give_numbers(session)
    for sealer in session.info.pop("sealers", []):
        sealer(session)


def fire_constraints(session: Session) -> None:
    """Makes the deferred constraints speak now, where nothing is going to be committed."""
    write(session, "SET CONSTRAINTS ALL IMMEDIATE")
    write(session, "SET CONSTRAINTS ALL DEFERRED")


def _digest(request: object) -> str:
    return hashlib.sha256(json.dumps(request, sort_keys=True, default=str).encode()).hexdigest()


def _first_answer(session: Session, key: str, digest: str) -> dict[str, Any] | None:
    taken = read(
        session,
        "INSERT INTO deed (key, digest, at) VALUES (%(key)s, %(digest)s, %(at)s) ON CONFLICT DO NOTHING RETURNING key",
        key=key,
        digest=digest,
        at=clock.now(),
    )
    if taken:
        return None
    earlier = read(session, "SELECT digest, answer FROM deed WHERE key = %(key)s", key=key)[0]
    if earlier.digest != digest:
        raise KeyReused("key_reused", "The key {key} was used for another request: send a new key.", key=key)
    return dict(earlier.answer)


def _remember(session: Session, key: str, answer: object) -> None:
    sql = "UPDATE deed SET answer = %(answer)s::jsonb WHERE key = %(key)s"
    write(session, sql, key=key, answer=json.dumps({"answer": answer}))


def preview(work: Callable[[Session], object], describe: Callable[[Session], T]) -> T:
    """What the work would do, as `describe` tells it in plain values: the real thing, rolled back.

    It takes no number and no place in the chain, and raises DomainError soon where somebody else holds what it needs.
    """
    with open_session() as session:
        write(session, "SET LOCAL lock_timeout = '2s'")
        try:
            work(session)
            session.flush()
            document.write_history(session)
            fire_constraints(session)
            return describe(session)
        except OperationalError as error:
            if getattr(error.orig, "sqlstate", None) not in RETRIED | {LOCKED}:
                raise
            raise DomainError("busy", BUSY) from None
        finally:
            session.rollback()
