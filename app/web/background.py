"""What pages leave to the worker: exports, imports of large files, and the proofs of large books."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from flask import Response, current_app, g
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.exceptions import Forbidden, HTTPException

from app.domain.intake.csv_import.plans import Access
from app.domain.intake.csv_import.uploads import foresee_kept, keep_plan, look_again, take
from app.domain.intake.csv_import.uploads import upload as kept_file
from app.domain.kernel.attempts import Run
from app.domain.kernel.errors import DomainError, Stale
from app.domain.kernel.jobs import task
from app.domain.kernel.unit import reading
from app.domain.proof import INVARIANTS, Check, prove_everything
from app.web.audit import note
from app.web.kit import look
from app.web.kit.rights import mine
from app.web.people import MachineKey, Person

MOST_OFFENDERS = 20


@contextmanager
def acting(by: int | None, address: str, remote: str) -> Iterator[None]:
    """A request to this address as its person, or program, would make it now; DomainError where they are not let in
    any more.
    """
    with current_app.test_request_context(address, environ_base={"REMOTE_ADDR": remote}):
        session = current_app.extensions["appbuilder"].session
        person = session.scalar(select(Person).where(Person.actor_id == by))
        key = session.scalar(select(MachineKey).where(MachineKey.actor_id == by)) if person is None else None
        if not (person.active if person is not None else key is not None and key.is_good(look.today())):
            raise DomainError("no_person", "Whoever asked for this may not sign in any more.")
        g.user = g._login_user = person or key
        yield


@task("export", lane="long")
def export(run: Run, *, address: str, remote: str) -> None:
    """Makes the file that the address would have sent, with the rights that its person has now."""

    def work(session: Session) -> dict[str, Any]:
        g.deed_of_the_job = session
        answer = _answered()
        name = answer.headers["Content-Disposition"].partition('filename="')[2].rstrip('"')
        rows = _Counted(run, answer.iter_encoded())
        size = run.keep(session, rows)
        return {"file": name, "type": "text/csv", "size": size, "rows": max(rows.count - 1, 0)}

    with acting(run.by, address, remote):
        run.deed(work)


def _answered() -> Response:
    """What the address of this request gives; DomainError where it gives no CSV."""
    try:
        answer = current_app.make_response(current_app.dispatch_request())
    except HTTPException as refusal:
        if refusal.code == 403:
            raise DomainError("forbidden", "Whoever asked for this may not see the list any more.") from None
        raise DomainError("no_export", "The list cannot be exported as it is narrowed.") from None
    if answer.status_code != 200 or answer.mimetype != "text/csv":
        raise DomainError("no_export", "The list cannot be exported as it is narrowed.")
    return answer


class _Counted:
    """Pieces of a CSV file, whose lines are counted as they pass and told as progress."""

    def __init__(self, run: Run, pieces: Iterator[bytes]) -> None:
        self._run, self._pieces, self.count = run, pieces, 0

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._pieces:
            self.count += piece.count(b"\n")
            self._run.progress(self.count)
            yield piece


def told_plainly(check: Check) -> dict[str, Any]:
    """A proof with its first offenders, as they are shown and kept."""
    return asdict(check) | {"offenders": [str(it) for it in check.offenders[:MOST_OFFENDERS]]}


@task("prove", lane="long", every="11 1 * * *")
def prove(run: Run) -> None:
    """Proves everything, each night and when somebody asks; the result is every check, with its first offenders."""
    found: list[dict[str, Any]] = []

    def told(check: Check) -> None:
        found.append(told_plainly(check))
        run.progress(len(found), len(INVARIANTS))

    prove_everything(told)
    run.deed(lambda _session: {"checks": found})


def _access(run: Run, kind: str, remote: str) -> Access:
    """What whoever asked may import now; DomainError where they may not any more."""
    session = current_app.extensions["appbuilder"].session
    pages = (it for it in current_app.extensions["appbuilder"].baseviews if hasattr(it, "access"))
    page = next(it for it in pages if it.kind == kind)
    with acting(run.by, "/", remote):
        try:
            if not mine().may("edit", page.resource):
                raise Forbidden()
            access: Access = page.access()
        except Forbidden:
            raise DomainError("forbidden", "Whoever asked for this may not import it any more.") from None
        finally:
            session.rollback()
    return access


def note_import(remote: str | None = None) -> Callable[[Session, Any, dict[str, int]], None]:
    """Notes in the deed that imports a file which one it was and what came of it."""
    return lambda session, its, counts: note(
        session, "imported", its.name or its.kind, actor=its.actor_id, address=remote, kind=its.kind, counts=counts
    )


@task("csv_foresee", lane="long")
def csv_foresee(run: Run, *, kind: str, upload: int, remote: str) -> None:
    """What a large file would do, row by row, for its person to look at."""
    by, access, rows = run.by or 0, _access(run, kind, remote), _rows(run, kind, upload)
    plan = foresee_kept(kind, upload, access, by=by, tell=lambda done: run.progress(done, rows))
    run.deed(lambda session: keep_plan(session, upload, plan))


@task("csv_import", lane="long")
def csv_import(
    run: Run, *, kind: str, upload: int, everything: bool, remote: str, foreseen: bool = True
) -> None:  # fmt: skip
    """Imports a large file as it was foreseen, or as it comes, with the rights that its person has now; where it would
    do something else by now, or cannot be taken as a whole, its rows tell why.
    """
    by, access, rows = run.by or 0, _access(run, kind, remote), _rows(run, kind, upload)
    told = note_import(remote)

    def work(session: Session) -> dict[str, int]:
        return take(session, kind, upload, access, everything=everything, by=by, told=told,
                    tell=lambda done: run.progress(done, rows), foreseen=foreseen)  # fmt: skip

    try:
        run.deed(work)
    except DomainError as refusal:
        if isinstance(refusal, Stale) or not foreseen:
            look_again(kind, upload, access, by=by)
        raise


def _rows(run: Run, kind: str, upload: int) -> int:
    with reading() as session:
        return len(kept_file(session, kind, upload, by=run.by or 0).sheet.rows)
