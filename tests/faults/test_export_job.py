"""An export in the background whose worker is killed in the middle."""

from sqlalchemy import Engine

from app.domain.kernel.jobs import ask
from app.domain.kernel.rows import read, write
from app.domain.kernel.unit import deed, open_session
from app.web.background import export
from app.web.cli import set_up
from app.web.user_commands import new_user
from tests.conftest import Postgres
from tests.faults.test_jobs import ENDED, Start, start, until, wait_for
from tests.web.shop import program_on
from tests.world import World

assert start
MANY = """
INSERT INTO product_group (code, name)
SELECT 'G' || lpad(n::text, 6, '0'), 'Group ' || n FROM generate_series(1, 30000) n
"""
# The worker has read the list as far as it could, and waits to note what it takes out.
NOTING = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
EXPORTED = "SELECT count(*) FROM audit_entry WHERE event = 'exported'"


def seen(sql: str, **values: object) -> object:
    with open_session() as session:
        return read(session, sql, **values)[0][0]


def test_a_worker_killed_in_the_middle_of_an_export_leaves_one_whole_file_and_one_note(
    postgres: Postgres, fresh_database: Engine, start: Start
) -> None:
    with program_on(fresh_database) as app, app.app_context(), open_session() as session, session.begin():
        set_up(session)
        World(session)
        new_user(session, "ada", password="only for tests", role_names=["Administrator"], name="Ada Example",
                 email="ada@example.org", warehouses=(), cash_desks=())  # fmt: skip
        session.flush()
        write(session, MANY)
    by = seen("SELECT actor_id FROM ab_user")
    groups = seen("SELECT count(*) FROM product_group")
    job = deed(lambda session: ask(session, export, by=by, address="/product-groups/?format=csv", remote="10.0.0.1"))

    with fresh_database.connect() as holder:
        holder.exec_driver_sql("LOCK TABLE job_file IN SHARE MODE")
        killed = start("0.2")
        wait_for(postgres, fresh_database, NOTING)
        killed.kill()
        killed.wait()
    assert (seen(EXPORTED), seen("SELECT count(*) FROM job_file")) == (0, 0)
    start("0.2")

    row = until(ENDED, id=job)
    assert (row.status, row.attempts, row.result["rows"], row.result["file"]) == (
        "done",
        2,
        groups,
        "product-groups.csv",
    )
    with open_session() as session:
        parts = [bytes(it.content) for it in read(session, "SELECT content FROM job_file ORDER BY place")]
    lines = b"".join(parts).decode().splitlines()
    assert (len(lines), len(set(lines))) == (groups + 1, groups + 1)
    assert seen(EXPORTED) == 1
    assert seen("SELECT address FROM audit_entry WHERE event = 'exported'") == "10.0.0.1"
