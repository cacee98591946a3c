"""From a file to what came of it: foreseen, kept until its person decides, and carried out as it was foreseen."""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from app.domain.intake.csv_import.files import Row, Sheet, read_sheet
from app.domain.intake.csv_import.kinds import KINDS
from app.domain.intake.csv_import.plans import REJECTED, Access, Outcome, Plan, fields_in
from app.domain.kernel import clock
from app.domain.kernel.errors import DomainError, NotFound, Stale
from app.domain.kernel.rows import as_json, read, write
from app.domain.kernel.unit import deed, preview, reading

KEPT = timedelta(days=1)
MOST_KEPT = 10
# Files with more rows are foreseen and imported by the worker: a request would take long.
MANY_ROWS = 3_000

Tell = Callable[[int], None]
Told = Callable[[Session, "Upload", dict[str, int]], None]

# What a job is yet to look at or to import stays, however much is brought meanwhile.
FORGET = """
DELETE FROM csv_upload WHERE at < %(before)s OR id IN (
    SELECT id FROM csv_upload WHERE actor_id = %(actor)s ORDER BY id DESC OFFSET %(kept)s
) AND NOT EXISTS (SELECT FROM job WHERE job.id = csv_upload.job_id AND job.status IN ('waiting', 'running'))
"""
KEEP = """
INSERT INTO csv_upload (actor_id, at, kind, name, content, plan)
VALUES (%(actor)s, %(at)s, %(kind)s, %(name)s, %(content)s, %(plan)s::jsonb) RETURNING id
"""
LEAVE = "UPDATE csv_upload SET job_id = %(job)s WHERE id = %(id)s"
FOUND = "SELECT * FROM csv_upload WHERE id = %(id)s AND kind = %(kind)s AND actor_id = %(actor)s AND at > %(after)s"
FORESEE = "UPDATE csv_upload SET plan = %(plan)s::jsonb WHERE id = %(id)s AND result IS NULL"
FINISH = "UPDATE csv_upload SET result = %(result)s::jsonb WHERE id = %(id)s"


class Upload(NamedTuple):
    """A file that somebody brought: what is foreseen of it, and the counts of what came of it once it is imported."""

    id: int
    actor_id: int
    kind: str
    name: str
    content: bytes
    plan: Plan | None
    result: dict[str, int] | None
    job_id: int | None

    @property
    def sheet(self) -> Sheet:
        return read_sheet(self.content)


class _Told(list[Row]):
    """The rows of a file, of which each that is read is told by its place."""

    def __init__(self, rows: Sequence[Row], tell: Tell) -> None:
        super().__init__(rows)
        self._tell = tell

    def __iter__(self) -> Iterator[Row]:
        for place, row in enumerate(super().__iter__(), 1):
            self._tell(place)
            yield row


def telling(sheet: Sheet, tell: Tell) -> Sheet:
    """The same file, which tells how many of its rows were read."""
    return sheet._replace(rows=_Told(sheet.rows, tell))


def foresee(kind: str, sheet: Sheet, access: Access, *, by: int) -> Plan:
    """What an import of a file would do: the real thing, rolled back. Invalid for what is wrong with the file."""
    found: list[Plan] = []
    return preview(
        lambda session: found.append(KINDS[kind].run(session, sheet, access, by=by)), lambda _session: found[-1]
    )


def bring(
    kind: str, name: str, content: bytes, access: Access, *, by: int, later: Callable[[Session, int], int] | None = None
) -> int:
    """Keeps a file with what is foreseen of it, for a day, and gives its id; Invalid for what is no such file.

    What a large one would do is left to a job, where `later(session, id)` asks for one and gives its id. Of one person
    the last MOST_KEPT files are kept.
    """
    sheet = read_sheet(content)
    its = KINDS[kind]
    fields_in(sheet, its.fields, its.needs, access)
    if later is None or len(sheet.rows) <= MANY_ROWS:
        later, plan = None, as_json(foresee(kind, sheet, access, by=by).rows)
    else:
        plan = None

    return deed(lambda session: keep(session, kind, name, content, by=by, plan=plan, later=later))


def keep(
    session: Session, kind: str, name: str, content: bytes, *, by: int, plan: str | None = None,
    later: Callable[[Session, int], int] | None = None,
) -> int:  # fmt: skip
    """Keeps a file in the open deed, with its plan or with the job that is to look at it, and gives its id."""
    now = clock.now()
    write(session, FORGET, before=now - KEPT, actor=by, kept=MOST_KEPT - 1)
    kept = int(read(session, KEEP, actor=by, at=now, kind=kind, name=name, content=content, plan=plan)[0].id)
    if later is not None:
        leave(session, kept, later(session, kept))
    return kept


def leave(session: Session, upload_id: int, job_id: int | None) -> None:
    """Notes which job is at a file."""
    write(session, LEAVE, id=upload_id, job=job_id)


def upload(session: Session, kind: str, upload_id: int, *, by: int, lock: bool = False) -> Upload:
    """A file of one's own; NotFound for others, and for what is older than a day."""
    sql = f"{FOUND} FOR NO KEY UPDATE" if lock else FOUND
    for row in read(session, sql, id=upload_id, kind=kind, actor=by, after=clock.now() - KEPT):
        plan = None if row.plan is None else _plan(row.plan)
        return Upload(row.id, row.actor_id, row.kind, row.name, row.content, plan, row.result, row.job_id)
    raise NotFound("no_upload", "This file is not kept any more: bring it again.")


def _plan(rows: Sequence[Sequence[Any]]) -> Plan:
    return Plan([
        Outcome(number, key, what, tuple((column, before, after) for column, before, after in changes), reason)
        for number, key, what, changes, reason in rows
    ])  # fmt: skip


def carry_out(
    kind: str, upload_id: int, access: Access, *, everything: bool, by: int, told: Told | None = None
) -> dict[str, int]:
    """Imports a kept file as it was foreseen, once, and gives the counts; with `everything`, all rows or none.

    `told` is given what was imported, in the same deed. Raises Stale where it would do something else by now, which is
    foreseen anew, and DomainError where all rows are wanted and some are rejected.
    """

    def work(session: Session) -> dict[str, int]:
        return take(session, kind, upload_id, access, everything=everything, by=by, told=told)

    try:
        return deed(work, key=f"import {upload_id}", request=[kind, upload_id])
    except Stale:
        look_again(kind, upload_id, access, by=by)
        raise


def take(
    session: Session, kind: str, upload_id: int, access: Access, *, everything: bool, by: int, told: Told | None = None,
    tell: Tell = lambda _rows: None, foreseen: bool = True,
) -> dict[str, int]:  # fmt: skip
    """The same in the open deed, with how many rows were read; what is imported already is not imported again. What
    nobody wants to look at before is not `foreseen`.
    """
    its = upload(session, kind, upload_id, by=by, lock=True)
    if its.result is not None:
        return its.result
    plan = KINDS[kind].run(session, telling(its.sheet, tell), access, by=by)
    if not foreseen:
        keep_plan(session, upload_id, plan)
    elif its.plan is None or plan.digest != its.plan.digest:
        raise Stale("plan_differs", "What this file would do has changed since you looked, as somebody saved "
                    "something meanwhile. Nothing was imported: look at it again.")  # fmt: skip
    check_all(plan, everything=everything)
    write(session, FINISH, id=upload_id, result=as_json(plan.counts))
    if told is not None:
        told(session, its, plan.counts)
    return plan.counts


def look_again(kind: str, upload_id: int, access: Access, *, by: int) -> None:
    """Foresees a kept file anew."""
    plan = foresee_kept(kind, upload_id, access, by=by)
    deed(lambda session: keep_plan(session, upload_id, plan))


def foresee_kept(kind: str, upload_id: int, access: Access, *, by: int, tell: Tell = lambda _rows: None) -> Plan:
    """What a kept file would do now, with how many rows were read."""
    with reading() as session:
        sheet = upload(session, kind, upload_id, by=by).sheet
    return foresee(kind, telling(sheet, tell), access, by=by)


def keep_plan(session: Session, upload_id: int, plan: Plan) -> None:
    """Keeps what is foreseen of a file that is not imported yet."""
    write(session, FORESEE, id=upload_id, plan=as_json(plan.rows))


def check_all(plan: Plan, *, everything: bool) -> None:
    """DomainError where everything is wanted or nothing, and something is rejected."""
    rejected = plan.counts[REJECTED]
    if everything and rejected:
        raise DomainError("not_all_good", "{rejected} of {rows} rows cannot be taken, and all or none were wanted: "
                          "nothing was imported.", rejected=rejected, rows=len(plan.rows))  # fmt: skip
