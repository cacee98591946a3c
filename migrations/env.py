"""Runs migrations as the database's owner; a caller may hand over the address in the config's attributes."""

from logging.config import fileConfig

from alembic import context
from flask_appbuilder import Model
from sqlalchemy import create_engine, pool

from app import database
from app.domain.schema import QUEUE, metadata
from app.place import Unfit
from app.web import audit, people

TARGETS = [metadata, Model.metadata]
assert audit
assert people


def main() -> None:
    """Makes the roles where they are missing, checks the database, and migrates it in one transaction."""
    url = context.config.attributes.get("url")
    if url is None:
        import config

        fileConfig(context.config.config_file_name, disable_existing_loggers=False)
        url = config.DATABASE_OWNER_URL
    engine = create_engine(url, poolclass=pool.NullPool)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        driver = connection.connection.driver_connection
        database.check(driver)
        database.prepare(driver)
    engine = create_engine(url, poolclass=pool.NullPool, connect_args=database.connect_args(database.OWNER))
    with engine.begin() as connection:
        context.configure(
            connection=connection,
            target_metadata=TARGETS,
            compare_server_default=True,
            include_name=lambda name, kind, _: kind != "table" or not (name or "").startswith(QUEUE),
        )
        context.run_migrations()


if context.is_offline_mode():
    raise SystemExit("Migrations read the database they change: run them with its address, not with --sql.")
try:
    main()
except Unfit as unfit:
    raise SystemExit(str(unfit)) from None
