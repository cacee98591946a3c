"""What every kind of document does alike: drafts are locked, rewritten and deleted, a cancellation has a date."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from sqlalchemy.orm import Session

from app.domain.kernel.document import lock_documents, record
from app.domain.kernel.errors import Invalid, NotFound, Stale, WrongState, refuse
from app.domain.kernel.lifecycle import Lifecycle
from app.domain.kernel.orm import Base
from app.domain.kernel.rows import read, write


def delete_drafts(
    session: Session, lifecycle: Lifecycle, ids: Sequence[int], *, lines: Iterable[tuple[type[Base], str]], by: int
) -> None:
    """Removes documents that are still in their first state, with their lines: (table, column that names the parent).

    Raises Refused for others. The registry keeps the id and the history, so that nothing vanishes without a trace.
    """
    wanted = sorted(set(ids))
    lock_documents(session, wanted)
    states = {row.id: row.state for row in read(session, _states(lifecycle), ids=wanted)}
    refuse({i: _not_deletable(lifecycle, states.get(i)) for i in wanted if states.get(i) != lifecycle.initial})
    remove_rows(session, lifecycle, wanted, lines=lines)
    record(session, "delete", [{"document_id": i, "from_state": lifecycle.initial} for i in wanted], by=by)


def remove_rows(
    session: Session, lifecycle: Lifecycle, ids: Sequence[int], *, lines: Iterable[tuple[type[Base], str]]
) -> None:
    """Removes locked drafts with their lines and links."""
    for table, parent in lines:
        write(session, f"DELETE FROM {table.__tablename__} WHERE {parent} = ANY(%(ids)s::bigint[])", ids=list(ids))
    write(session, f"DELETE FROM {lifecycle.kind} WHERE id = ANY(%(ids)s::bigint[])", ids=list(ids))
    write(session, "DELETE FROM document_link WHERE to_id = ANY(%(ids)s::bigint[])", ids=list(ids))


def _states(lifecycle: Lifecycle) -> str:
    return f"SELECT id, state FROM {lifecycle.kind} WHERE id = ANY(%(ids)s::bigint[])"


def _not_deletable(lifecycle: Lifecycle, state: str | None) -> NotFound | WrongState:
    kind = lifecycle.kind.replace("_", " ")
    if state is None:
        return NotFound("not_found", "There is no such {kind}.", kind=kind)
    return WrongState("wrong_state", "This {kind} is {state}: only a draft can be deleted.", kind=kind, state=state)


def lock_draft(session: Session, lifecycle: Lifecycle, document: int, *, states: Sequence[str], version: int) -> str:
    """Locks a document that somebody edits and gives its state.

    Raises NotFound, WrongState where it may no longer be edited, and Stale where somebody else saved meanwhile: with
    the version that is there now, and with who saved it when, as far as the history knows.
    """
    lock_documents(session, [document])
    sql = f"SELECT state, version FROM {lifecycle.kind} WHERE id = %(id)s"
    kind = lifecycle.kind.replace("_", " ")
    for row in read(session, sql, id=document):
        if row.state not in states:
            raise WrongState("not_editable", "This {kind} is {state}: it is fixed.", kind=kind, state=row.state)
        if row.version != version:
            raise _stale(session, document, kind, row.version)
        return str(row.state)
    raise NotFound("not_found", "There is no such {kind}.", kind=kind)


LAST = """
SELECT actor.name, history.at FROM document_history history JOIN actor ON actor.id = history.actor_id
WHERE history.document_id = %(id)s ORDER BY history.id DESC LIMIT 1
"""


def _stale(session: Session, document: int, kind: str, version: int) -> Stale:
    name, at = next(((row.name, row.at) for row in read(session, LAST, id=document)), (None, None))
    return Stale("stale", "Somebody else changed this {kind}: load it again and repeat.", kind=kind, version=version,
                 changed_by=name, changed_at=at)  # fmt: skip


def rewrite_draft(
    session: Session, lifecycle: Lifecycle, document: int, columns: Mapping[str, object], *,
    lines: tuple[type[Base], str], customer: int | None = None, warehouse: int | None = None, links: Sequence[str] = (),
) -> None:  # fmt: skip
    """Writes other columns into a locked draft, and whose and where it is; its lines, and links of these kinds, go.

    Whoever calls writes the lines anew.
    """
    table, parent = lines
    write(session, f"DELETE FROM {table.__tablename__} WHERE {parent} = %(id)s", id=document)
    write(session, UNLINK, id=document, kinds=list(links))
    write(session, OWNER, id=document, customer=customer, warehouse=warehouse)
    names = ", ".join(f'"{name}" = %({name})s' for name in columns)
    write(session, f"UPDATE {lifecycle.kind} SET {names}, version = version + 1 WHERE id = %(id)s", id=document,
          **columns)  # fmt: skip


UNLINK = "DELETE FROM document_link WHERE to_id = %(id)s AND kind = ANY(%(kinds)s::text[])"
OWNER = "UPDATE document SET customer_id = %(customer)s, warehouse_id = %(warehouse)s WHERE id = %(id)s"


def check_cancellation(session: Session, lifecycle: Lifecycle, ids: Sequence[int], *, on: date, reason: str) -> None:
    """A cancellation has a reason, and is not dated before its document: Invalid, or Refused for the documents."""
    if not reason.strip():
        raise Invalid("no_reason", "Say why this is cancelled.")
    sql = f'SELECT id, "on" FROM {lifecycle.kind} WHERE id = ANY(%(ids)s::bigint[]) AND "on" > %(on)s'
    refuse({
        row.id: Invalid(
            "before_document", "It is dated {document_on}, so it cannot be cancelled on {on}: choose {document_on} or "
            "later.", document_on=row.on, on=on,
        )
        for row in read(session, sql, ids=list(ids), on=on)
    })  # fmt: skip
