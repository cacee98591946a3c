"""Long work over the API: what was asked for, how far it is and what came of it; tried again, or cancelled."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from flask import Response
from flask_login import current_user
from marshmallow import fields
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.kernel.document import Actor
from app.domain.kernel.jobs import STATUSES, ask_again, cancel
from app.domain.kernel.unit import reading
from app.web.background import prove
from app.web.jobs import JobTable, as_cells, file_of, found, title
from app.web.kit.rest import lists
from app.web.kit.rest.fields import Choice
from app.web.kit.rest.reading import Strict, wants_csv
from app.web.kit.rest.resource import Operation, ResourceApi, once
from app.web.proofs import as_may_be_seen

ADDRESS = "/api/v1/jobs/"
IMPORTS = ("csv_foresee", "csv_import")
MOMENT = {"format": "date-time"}


class JobRow(Strict):
    """A job. `result` is what it found where that is short; what is longer lies at `result_url`."""

    id = fields.Integer()
    task = fields.String()
    title = fields.String()
    status = Choice(STATUSES)
    done = fields.Integer(metadata={"description": "How far it is."})
    total = fields.Integer(allow_none=True, metadata={"description": "Of how much, where that is known."})
    cancelling = fields.Boolean()
    asked_by = fields.String(metadata={"description": "Empty: the schedule."})
    at = fields.String(metadata=MOMENT)
    started_at = fields.String(allow_none=True, metadata=MOMENT)
    ended_at = fields.String(allow_none=True, metadata=MOMENT)
    next_at = fields.String(allow_none=True, metadata={**MOMENT, "description": "When it is tried again."})
    failures = fields.Integer()
    error = fields.String(allow_none=True)
    result = fields.Dict(allow_none=True)
    result_url = fields.String(allow_none=True)


class JobApi(ResourceApi):
    """Everybody's own jobs; all of them for those whose right reaches them. Files are their person's alone."""

    resource = "Jobs"
    resource_name = "jobs"

    def operations(self) -> Iterable[Operation]:
        yield Operation("list", "GET", "/", "List jobs", self.list, query=lists.ListQuery,
                        answer=lists.page_schema("Job", JobRow), csv=True)  # fmt: skip
        yield Operation("read", "GET", "/<id:pk>", "Read a job", self.read, answer=JobRow)
        yield Operation("file", "GET", "/<id:pk>/file", "The file that came of a job", file_of, csv=True)
        yield Operation("retry", "POST", "/<id:pk>/retry", "Try a job again that failed or was cancelled", self.retry,
                        "process", answer=JobRow, keyed=True)  # fmt: skip
        yield Operation("cancel", "POST", "/<id:pk>/cancel", "Take a job back, or have it stop", self.cancel, "process",
                        answer=JobRow, keyed=True)  # fmt: skip

    def list(self, q: str, after: str) -> dict[str, Any] | Response:
        """A page of jobs, or all as CSV; the last first unless another order is asked for."""
        if wants_csv():
            return lists.csv_of_table(JobTable, q, after, as_cells, self.resource_name)
        found = lists.cards(JobTable, q, after)
        asked = select(Actor.id, Actor.name).where(Actor.id.in_({job.actor_id for job in found.rows}))
        names = {row.id: row.name for row in JobTable.datamodel.session.execute(asked)}
        told = [_told(job, names.get(job.actor_id)) for job in found.rows]
        return {"count": found.count, "next": found.after or None, "result": told}

    def read(self, pk: int) -> dict[str, Any]:
        """One job."""
        with reading() as session:
            job = found(session, pk)
        return _told(job, job.who)

    def retry(self, pk: int) -> dict[str, Any]:
        """Has it tried again."""
        return self._done("jobs.retry", pk, ask_again)

    def cancel(self, pk: int) -> dict[str, Any]:
        """Takes it back."""
        return self._done("jobs.cancel", pk, cancel)

    def _done(self, operation: str, pk: int, act: Callable[[Session, int], object]) -> dict[str, Any]:
        with reading() as session:
            found(session, pk, "process")
        self.appbuilder.session.rollback()

        def work(session: Session) -> dict[str, Any]:
            act(session, pk)
            job = found(session, pk)
            return _told(job, job.who)

        answer: dict[str, Any] = once(work, operation)
        return answer


def _told(job: Any, who: str | None) -> dict[str, Any]:
    return {
        "id": job.id, "task": job.task, "title": title(job), "status": job.status, "done": job.done, "total": job.total,
        "cancelling": job.cancelling, "asked_by": who or "", "at": _moment(job.at),
        "started_at": _moment(job.started_at), "ended_at": _moment(job.ended_at), "next_at": _moment(job.next_at),
        "failures": job.failures, "error": job.error, "result": _result(job), "result_url": _result_url(job),
    }  # fmt: skip


def _result(job: Any) -> dict[str, Any] | None:
    told: dict[str, Any] | None = job.result
    return {"checks": as_may_be_seen(told["checks"])} if told and job.task == prove.name else told


def _moment(at: datetime | None) -> str | None:
    return at and at.isoformat()


def _result_url(job: Any) -> str | None:
    """Where its person finds what came of it; what was imported, and why not, is told of failures too."""
    if job.actor_id != current_user.actor_id:
        return None
    if job.task in IMPORTS and job.status in ("done", "failed"):
        return f"/api/v1/imports/{job.arguments['kind']}/{job.arguments['upload']}"
    return f"{ADDRESS}{job.id}/file" if (job.result or {}).get("file") else None


JOBS = (JobApi,)
