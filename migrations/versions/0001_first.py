"""What there was at the beginning: the domain's tables and the framework's, the queue, guards, privileges."""

from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

DROP_ALL = """
DO $$
DECLARE
    it record;
BEGIN
    FOR it IN SELECT format('%I', tablename) AS name FROM pg_tables
              WHERE schemaname = current_schema() AND tablename <> 'alembic_version' LOOP
        EXECUTE 'DROP TABLE ' || it.name || ' CASCADE';
    END LOOP;
    FOR it IN SELECT format('%I', sequencename) AS name FROM pg_sequences WHERE schemaname = current_schema() LOOP
        EXECUTE 'DROP SEQUENCE ' || it.name;
    END LOOP;
    FOR it IN SELECT oid::regprocedure AS name FROM pg_proc
              WHERE pronamespace = current_schema()::regnamespace AND proname ~ '^(guard|keep|procrastinate)' LOOP
        EXECUTE 'DROP FUNCTION ' || it.name;
    END LOOP;
    FOR it IN SELECT oid::regtype AS name FROM pg_type
              WHERE typnamespace = current_schema()::regnamespace AND typname LIKE 'procrastinate%' LOOP
        EXECUTE 'DROP TYPE ' || it.name;
    END LOOP;
END $$
"""


def upgrade() -> None:
    for name in ("tables", "queue", "guards", "privileges"):
        _run((Path(__file__).with_suffix("") / f"{name}.sql").read_text())


def downgrade() -> None:
    _run(DROP_ALL)


def _run(script: str) -> None:
    """Past SQLAlchemy, which would read its colons and percent signs as parameters."""
    with op.get_bind().connection.cursor() as cursor:
        cursor.execute(script)
