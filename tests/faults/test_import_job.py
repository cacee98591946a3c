"""An import by the worker, which is killed in the middle, and the web server that asked for it and is gone."""

import psycopg
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.domain.intake.csv_import.plans import Access
from app.domain.intake.csv_import.uploads import MANY_ROWS, bring, leave
from app.domain.kernel import unit
from app.domain.kernel.jobs import ask
from app.domain.kernel.rows import read
from app.domain.kernel.unit import deed, open_session
from app.web.background import csv_foresee, csv_import
from app.web.cli import set_up
from app.web.user_commands import new_user
from tests.conftest import Postgres
from tests.faults.test_jobs import ENDED, Start, start, until, wait_for
from tests.web.shop import application
from tests.world import World

assert start
ALL = Access()
LINES = ["sku,name,group,unit,tax_rate", *(f"N{place},New {place},GOODS,pcs,A" for place in range(MANY_ROWS + 1))]
WAITS = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
NEW = "SELECT count(*) FROM product WHERE sku ~ '^N'"


def seen(sql: str, **values: object) -> object:
    with open_session() as session:
        return read(session, sql, **values)[0][0]


def test_an_import_whose_worker_is_killed_is_done_once_by_another(
    postgres: Postgres, fresh_database: Engine, start: Start
) -> None:
    app = application(fresh_database)
    app.extensions["deeds"].dispose()
    unit.bind(fresh_database)
    with app.app_context(), open_session() as session, session.begin():
        set_up(session)
        World(session).add_product("CUP", cost="4.00")
        new_user(session, "ada", password="only for tests", role_names=["Administrator"], name="Ada Example",
                 email="ada@example.org", warehouses=(), cash_desks=())  # fmt: skip
    by = seen("SELECT actor_id FROM ab_user")
    plain = {"kind": "products", "remote": "10.0.0.1"}
    kept = bring("products", "many.csv", "\n".join(LINES).encode(), ALL, by=by, later=lambda session, its: ask(
        session, csv_foresee, by=by, upload=its, **plain) or 0)  # fmt: skip
    first = start("0.2")
    until("SELECT FROM csv_upload WHERE plan IS NOT NULL")
    first.kill()
    first.wait()

    # Whoever asks may be gone the moment after: nothing of it is in a process.
    def work(session: Session) -> int:
        job = ask(session, csv_import, by=by, upload=kept, everything=True, **plain)
        assert job is not None
        leave(session, kept, job)
        return job

    job = deed(work)
    with psycopg.connect(postgres.url(str(fresh_database.url.database))) as holder:
        holder.execute("LOCK TABLE audit_entry IN SHARE MODE")
        killed = start("0.2")
        wait_for(postgres, fresh_database, WAITS)
        killed.kill()
        killed.wait()
    assert (seen(NEW), seen("SELECT result IS NULL FROM csv_upload")) == (0, True)
    start("0.2")

    row = until(ENDED, id=job)
    assert (row.status, row.result["added"], seen(NEW)) == ("done", MANY_ROWS + 1, MANY_ROWS + 1)
    assert row.attempts == 2
    assert seen("SELECT count(*) FROM audit_entry WHERE event = 'imported' AND actor_id = %(by)s", by=by) == 1
