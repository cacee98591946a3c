"""One history of the schema: it leads to exactly what the models say, from nothing, and back."""

import subprocess
import sys
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask_appbuilder import Model
from procrastinate.schema import SchemaManager
from sqlalchemy import Engine, MetaData, text

from app.domain.kernel import orm
from app.domain.schema import QUEUE, metadata
from app.place import CHECKOUT
from migrations import first

HISTORY = Config(CHECKOUT / "migrations" / "alembic.ini")


# Alembic cannot read an index with an operator class back; the comparison of the first migration covers those.
@pytest.mark.filterwarnings("ignore:Expression #1 .* operator clause")
def test_the_migrated_database_is_what_the_models_say(engine: Engine) -> None:
    with engine.connect() as connection:
        options = {"compare_server_default": True, "include_name": lambda name, *_: not (name or "").startswith(QUEUE)}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, _together(metadata, Model.metadata)) == []


def _together(*parts: MetaData) -> MetaData:
    whole = MetaData()
    for part in parts:
        for table in part.tables.values():
            table.to_metadata(whole)
    return whole


def test_the_first_migration_is_what_the_models_queue_guards_and_privileges_give() -> None:
    """In a process of its own, because the order of the tables is that in which they are imported."""
    kernel = Path(orm.__file__).parent
    program = "from migrations.first import Model, metadata, tables; print(tables(metadata, Model.metadata), end='')"
    written = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=CHECKOUT)

    assert (first.FOLDER / "tables.sql").read_text() == written.stdout
    assert (first.FOLDER / "queue.sql").read_text() == SchemaManager.get_schema()
    for name in ("guards.sql", "privileges.sql"):
        assert (first.FOLDER / name).read_text() == (kernel / name).read_text(), name


def test_the_history_is_one_line() -> None:
    script = ScriptDirectory.from_config(HISTORY)

    assert len(script.get_heads()) == len(script.get_bases()) == 1


def test_the_schema_goes_back_to_nothing_and_comes_again(fresh_database: Engine) -> None:
    url = fresh_database.url.render_as_string(hide_password=False)
    config = Config(CHECKOUT / "migrations" / "alembic.ini")
    config.attributes["url"] = url

    before = _shape(fresh_database)
    command.downgrade(config, "base")
    assert [name for name in _shape(fresh_database) if name != "alembic_version"] == []

    command.upgrade(config, "head")
    assert _shape(fresh_database) == before


def _shape(engine: Engine) -> list[str]:
    things = text(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'S')"
        " UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
        " AND proname ~ '^(guard|keep|procrastinate)'"
        " UNION ALL SELECT typname FROM pg_type WHERE typnamespace = 'public'::regnamespace AND typtype = 'e'"
        " UNION ALL SELECT tgname || ' on ' || tgrelid::regclass FROM pg_trigger WHERE NOT tgisinternal"
        " ORDER BY 1"
    )
    with engine.connect() as connection:
        return list(connection.scalars(things))
