"""Jobs on the screen: what was asked for, how far it is, what came of it, and what failed.

Everybody sees their own; whoever has the right without that limit sees all. The file that came of a job is its
person's alone.
"""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

from flask import Response, current_app, flash, jsonify, redirect, request, url_for
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_login import current_user
from sqlalchemy.orm import Session
from werkzeug.exceptions import BadRequest, HTTPException
from werkzeug.exceptions import NotFound as Missing

from app.domain.kernel.attempts import FILES_KEPT
from app.domain.kernel.document import Actor
from app.domain.kernel.errors import DomainError
from app.domain.kernel.jobs import STATUSES, Job, ask, ask_again, cancel
from app.domain.kernel.rows import read, stream
from app.domain.kernel.unit import deed, reading
from app.web.background import export
from app.web.kit.arguments import whole
from app.web.kit.export import cell, csv_of, wants_csv
from app.web.kit.pages import PageView
from app.web.kit.rights import mine
from app.web.kit.scope import ScopedInterface

ROWS_SHOWN = 50
LONGEST_ADDRESS = 4_000
HIGHEST = 2**63 - 1
# Task → what people call it.
TITLES = {
    "export": _("Export"),
    "prove": _("Proofs"),
    "csv_foresee": _("Look at a file"),
    "csv_import": _("Import"),
    "forget_jobs": _("Clear old jobs away"),
    "shop_messages": _("Messages of an e-shop"),
    "forgotten_shop_messages": _("Messages of e-shops that were left over"),
    "shop_notices": _("Notices about orders of e-shops"),
    "old_shop_messages": _("Old messages of e-shops"),
    "ask_shops": _("Ask all e-shops"),
    "ask_shop": _("Ask an e-shop"),
    "shop_levels": _("Levels for e-shops"),
    "shop_prices": _("Prices for e-shops"),
    "tell_shop": _("Tell an e-shop"),
}


def _upload(job: Any) -> str:
    """A file that is imported is looked at by whoever brought it."""
    if job.actor_id != current_user.actor_id:
        return ""
    return f"/import/{job.arguments['kind']}/{job.arguments['upload']}"


# Task → the page on which its result stands; a file is offered by itself.
RESULTS: dict[str, Callable[[Any], str]] = {
    "prove": lambda _job: url_for("ProofPage.index"),
    "csv_foresee": _upload,
    "csv_import": _upload,
}

LISTED = """
SELECT job.id, task, about, status, done, total, job.at, next_at, started_at, ended_at, failures, error, result,
       arguments, cancelling, actor_id, actor.name AS who
FROM job LEFT JOIN actor ON actor.id = job.actor_id
WHERE (%(actor)s::bigint IS NULL OR actor_id = %(actor)s) AND (%(status)s = '' OR status = %(status)s)
      AND job.id <= %(up_to)s
ORDER BY job.id DESC LIMIT %(most)s
"""
FAILED = "SELECT id FROM job WHERE status = 'failed' LIMIT 100"
PARTS = "SELECT content FROM job_file WHERE job_id = %(id)s ORDER BY place"
HAS_FILE = "SELECT FROM job_file WHERE job_id = %(id)s LIMIT 1"


def title(job: Any) -> str:
    """What a job is called: its task, and what it is about."""
    called = str(TITLES.get(job.task, job.task.replace("_", " ").capitalize()))
    return f"{called}: {job.about}" if job.about else called


def result_of(job: Any) -> str:
    """The address at which the result of a job lies; nothing where it has none to show."""
    if job.status != "done":
        return ""
    if (job.result or {}).get("file"):
        return url_for("JobPage.file", pk=job.id) if job.actor_id == current_user.actor_id else ""
    return RESULTS[job.task](job) if job.task in RESULTS else ""


def found(session: Session, job_id: int, right: str = "view") -> Any:
    """A job that the person of this request may see (or `process`); NotFound for any other."""
    actor = current_user.actor_id if mine().is_own("Jobs", right) else None
    rows = read(session, LISTED, actor=actor, status="", up_to=job_id, most=1)
    if not rows or rows[0].id != job_id:
        raise Missing()
    return rows[0]


def file_of(pk: int) -> Response:
    """The file that came of a job, for whoever asked for it; NotFound where there is none, or none any more."""
    with reading() as session:
        job = found(session, pk)
        there = read(session, HAS_FILE, id=pk)
    if not there or job.status != "done" or job.actor_id != current_user.actor_id:
        raise Missing()
    answer = Response(_parts(pk), mimetype=job.result["type"])
    answer.headers["Content-Disposition"] = f'attachment; filename="{job.result["file"]}"'
    return answer


def listed(session: Session, *, status: str = "", up_to: int = HIGHEST, most: int) -> list[Any]:
    """The last jobs up to a number that the person of this request may see."""
    actor = current_user.actor_id if mine().is_own("Jobs") else None
    return list(read(session, LISTED, actor=actor, status=status, up_to=up_to, most=most))


def sees_to_all() -> bool:
    """Whether the person of this request answers for the jobs of all."""
    return mine().may("process", "Jobs") and not mine().is_own("Jobs", "process")


def failed_jobs() -> int:
    """How many jobs failed, up to 100, for those who answer for all of them."""
    if not sees_to_all():
        return 0
    return len(read(current_app.extensions["appbuilder"].session, FAILED))


class JobTable:
    """What the list of jobs is narrowed and ordered by."""

    datamodel = ScopedInterface(Job)
    search_columns = ("task", "about", "status", "at", "ended_at")
    order_columns = ("at",)
    visible = staticmethod(list)


def as_cells(rows: Any) -> Any:
    """Jobs as cells of a file."""
    told = {"id": Job.id, "task": Job.task, "about": Job.about, "status": Job.status, "done": Job.done,
            "total": Job.total, "asked_by": Actor.name, "at": Job.at, "started_at": Job.started_at,
            "ended_at": Job.ended_at, "next_at": Job.next_at, "failures": Job.failures, "error": Job.error}  # fmt: skip
    cells = [cell(column).label(name) for name, column in told.items()]
    return rows.outerjoin(Actor, Actor.id == Job.actor_id).with_entities(*cells)


class JobPage(PageView):
    resource = "Jobs"
    route_base = "/jobs"
    title = _("Jobs")
    method_permission_name = {
        "index": "view", "one": "view", "state": "view", "file": "view", "export": "view", "again": "process",
        "stop": "process",
    }  # fmt: skip

    @expose("/")
    @has_access
    def index(self) -> Any:
        status = request.args.get("status", "")
        if status and status not in STATUSES:
            raise BadRequest()
        if wants_csv():
            rows = JobTable.datamodel.narrowed(Job, None)
            rows = as_cells(rows.filter_by(status=status) if status else rows)
            return csv_of(rows.order_by(Job.id.desc()), self.route_base[1:])
        up_to = whole("up_to", HIGHEST, 0, HIGHEST)
        with reading() as session:
            rows = listed(session, status=status, up_to=up_to, most=ROWS_SHOWN + 1)
        return self.render_template(
            "stockbook/jobs.html", view=self, jobs=rows[:ROWS_SHOWN], more=rows[ROWS_SHOWN:], status=status,
            own=mine().is_own("Jobs"), statuses=STATUSES, called=title, may=mine().may("process", "Jobs"),
            result_of=result_of,
        )  # fmt: skip

    @expose("/<id:pk>")
    @has_access
    def one(self, pk: int) -> Any:
        with reading() as session:
            job = found(session, pk)
            gone = bool((job.result or {}).get("file")) and not read(session, HAS_FILE, id=pk)
        return self.render_template(
            "stockbook/job.html", view=self, job=job, called=title, may=mine().may("process", "Jobs"), gone=gone,
            result=result_of(job), until=job.ended_at and job.ended_at + FILES_KEPT,
        )  # fmt: skip

    @expose("/<id:pk>/state")
    @has_access
    def state(self, pk: int) -> Any:
        """How far it is, for the page that waits: a few bytes, and none where nothing is new."""
        with reading() as session:
            job = found(session, pk)
        answer = jsonify(status=job.status, done=job.done, total=job.total, failures=job.failures)
        answer.add_etag()
        return answer.make_conditional(request)

    @expose("/<id:pk>/file")
    @has_access
    def file(self, pk: int) -> Any:
        """What came of it, as a file to be saved."""
        return file_of(pk)

    @expose("/export", methods=["POST"])
    @has_access
    def export(self) -> Any:
        """Asks for what a list's address would send as CSV, to be made in the background."""
        address = request.form.get("address", "")
        view = _exported(address)
        by, about, remote = current_user.actor_id, str(view.title), request.remote_addr or ""
        self.appbuilder.session.rollback()
        job = deed(lambda session: ask(session, export, by=by, about=about, address=address, remote=remote))
        return redirect(url_for(".one", pk=job))

    @expose("/<id:pk>/again", methods=["POST"])
    @has_access
    def again(self, pk: int) -> Any:
        return self._done(pk, ask_again)

    @expose("/<id:pk>/stop", methods=["POST"])
    @has_access
    def stop(self, pk: int) -> Any:
        return self._done(pk, cancel)

    def _done(self, pk: int, act: Callable[[Session, int], object]) -> Any:
        with reading() as session:
            found(session, pk, "process")
        self.appbuilder.session.rollback()
        try:
            deed(lambda session: act(session, pk))
        except DomainError as refusal:
            flash(str(refusal), "danger")
        return redirect(url_for(".one", pk=pk))


def _parts(job_id: int) -> Iterator[bytes]:
    with reading() as session:
        for row in stream(session, PARTS, id=job_id):
            yield bytes(row.content)


def _exported(address: str) -> Any:
    """The view that an address asks for CSV; BadRequest where it does not."""
    parts = urlsplit(address)
    try:
        endpoint, _values = current_app.url_map.bind("").match(parts.path, method="GET")
    except HTTPException:
        endpoint = ""
    name = endpoint.partition(".")[0]
    views = {type(it).__name__: it for it in current_app.extensions["appbuilder"].baseviews}
    local = not parts.scheme and not parts.netloc and len(address) <= LONGEST_ADDRESS
    if not local or parse_qs(parts.query).get("format") != ["csv"] or not hasattr(views.get(name), "title"):
        raise BadRequest(gettext("Only lists and reports can be exported."))
    return views[name]
