"""CSV files over the API: what a file would do row by row, and the import of it; a kind for each page of imports."""

from collections.abc import Iterable
from functools import partial
from hashlib import sha256
from typing import Any, TypeVar

from flask import Response, jsonify, request
from flask_babel import gettext
from flask_login import current_user
from marshmallow import fields
from sqlalchemy.orm import Session

from app.domain.intake.csv_import.files import Sheet, read_sheet, rejected_file, shown
from app.domain.intake.csv_import.kinds import KINDS
from app.domain.intake.csv_import.plans import REJECTED, UNCHANGED, WHATS, Access, Plan, fields_in
from app.domain.intake.csv_import.uploads import MANY_ROWS, check_all, foresee, keep, leave, upload
from app.domain.kernel.errors import NotFound
from app.domain.kernel.jobs import ask
from app.domain.kernel.unit import reading
from app.web.api.jobs import ADDRESS
from app.web.audit import note
from app.web.background import csv_foresee, csv_import
from app.web.importing import PAGES, DocumentImport, ImportPage
from app.web.kit.rest.actions import Previewed
from app.web.kit.rest.errors import Unusable
from app.web.kit.rest.fields import Choice
from app.web.kit.rest.reading import Strict, sent_file, wants_csv
from app.web.kit.rest.resource import Operation, ResourceApi, once

ALL, GOOD = "all", "good"


Page = TypeVar("Page", bound=ImportPage)


class ImportQuery(Previewed):
    """How a file is taken: all of its rows or none, or the good ones."""

    rows = Choice((ALL, GOOD), load_default=ALL)


class Change(Strict):
    """A column that a row changes."""

    column = fields.String()
    before = fields.String()
    after = fields.String()


class RowOutcome(Strict):
    """What becomes of a row; rows that leave everything as it was are only counted."""

    row = fields.Integer(metadata={"description": "Its number in the file; the header is row 1."})
    key = fields.String()
    what = Choice(WHATS)
    changes = fields.List(fields.Nested(Change))
    reason = fields.String()


class Imported(Strict):
    """What became of a file, or would: how many rows of each kind, and row by row."""

    stored = fields.Boolean()
    counts = fields.Dict(keys=fields.String(), values=fields.Integer())
    rows = fields.List(fields.Nested(RowOutcome))
    rejected = fields.String(
        metadata={"description": "The rejected rows as CSV like the file's, with a last column `reason`."}
    )


class Left(Strict):
    """A file of more than 3,000 rows is left to a job; when that has ended, `result_url` tells what became of it."""

    job = fields.Integer()
    url = fields.String()
    result_url = fields.String()


class ImportApi(ResourceApi):
    resource = "Products"
    resource_name = "imports"

    def operations(self) -> Iterable[Operation]:
        for page in PAGES:
            yield Operation(
                page.kind, "POST", f"/{page.kind}", f"Import a CSV file of {page.kind.replace('-', ' ')}",
                partial(self.bring, page), "edit", query=ImportQuery, answer=Imported, resource=page.resource,
                keyed=True, file=True, later=Left,
            )  # fmt: skip
            yield Operation(
                f"{page.kind}-result", "GET", f"/{page.kind}/<id:pk>", f"What became of a file of {page.kind}",
                partial(self.result, page.kind), "edit", answer=Imported, resource=page.resource,
            )  # fmt: skip
            if issubclass(page, DocumentImport):
                yield Operation(
                    f"{page.kind}-current", "GET", f"/{page.kind}/current",
                    f"The {page.kind.replace('-', ' ')} that may still be changed, as a file to be edited and imported",
                    partial(self.current, page), "edit", resource=page.resource, csv=True,
                )  # fmt: skip

    def current(self, kind: type[DocumentImport]) -> Response:
        """What its page takes out; as a file only, for it may be long."""
        if not wants_csv():
            raise Unusable(422, gettext("It is a file: ask for it with the header Accept: text/csv."))
        return self._page(kind).taken_out()

    def _page(self, kind: type[Page]) -> Page:
        page: Page = next(view for view in self.appbuilder.baseviews if type(view) is kind)
        return page

    def bring(self, kind: type[ImportPage], preview: str, rows: str) -> dict[str, Any]:
        """Foresees or imports a file as its page would, for whoever may use that."""
        access = self._page(kind).access()
        content, name = sent_file()
        sheet, by = read_sheet(content), current_user.actor_id
        self.appbuilder.session.rollback()
        if len(sheet.rows) > MANY_ROWS:
            return _left(kind.kind, shown(name), content, sheet, access, None if preview == "true" else rows)
        if preview == "true":
            return _told(sheet, foresee(kind.kind, sheet, access, by=by), stored=False)

        def work(session: Session) -> dict[str, Any]:
            plan = KINDS[kind.kind].run(session, sheet, access, by=by)
            check_all(plan, everything=rows == ALL)
            note(session, "imported", shown(name) or kind.kind, kind=kind.kind, counts=plan.counts)
            return _told(sheet, plan, stored=True)

        return once(work, f"import {kind.kind}", [sha256(content).hexdigest(), name, rows])  # type: ignore[no-any-return]

    def result(self, kind: str, pk: int) -> dict[str, Any]:
        """What a file of one's own would do that a job has looked at, or did."""
        with reading() as session:
            its = upload(session, kind, pk, by=current_user.actor_id)
        if its.plan is None:
            raise NotFound("not_yet", "Nobody has looked at this file yet: ask its job.")
        return _told(its.sheet, its.plan, stored=its.result is not None)


def _left(kind: str, name: str, content: bytes, sheet: Sheet, access: Access, rows: str | None) -> Response:
    """Leaves a large file to a job, which imports these of its rows, or only foresees it."""
    by, remote = current_user.actor_id, request.remote_addr or ""
    fields_in(sheet, KINDS[kind].fields, KINDS[kind].needs, access)
    more = {} if rows is None else {"everything": rows == ALL, "foreseen": False}
    its = csv_foresee if rows is None else csv_import

    def work(session: Session) -> dict[str, Any]:
        kept = keep(session, kind, name, content, by=by)
        job = ask(session, its, by=by, about=name or kind, kind=kind, upload=kept, remote=remote, **more)
        leave(session, kept, job)
        return {"job": job, "url": f"{ADDRESS}{job}", "result_url": f"/api/v1/imports/{kind}/{kept}"}

    told = once(work, f"import {kind}", [sha256(content).hexdigest(), name, rows])
    answer = jsonify(told)
    answer.status_code, answer.headers["Location"] = 202, told["url"]
    return answer


def _told(sheet: Sheet, plan: Plan, *, stored: bool) -> dict[str, Any]:
    return {
        "stored": stored,
        "counts": plan.counts,
        "rows": [
            {"row": row.number, "key": row.key, "what": row.what, "reason": row.reason,
             "changes": [dict(zip(("column", "before", "after"), change, strict=True)) for change in row.changes]}
            for row in plan.rows if row.what != UNCHANGED
        ],
        "rejected": rejected_file(sheet, plan.reasons).decode("utf-8-sig", "replace") if plan.counts[REJECTED] else "",
    }  # fmt: skip
