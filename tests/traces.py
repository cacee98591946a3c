"""Whether something left a trace: a checksum of every table."""

from sqlalchemy import Engine, inspect
from sqlalchemy.orm import Session

SUM = "SELECT coalesce(md5(string_agg(it::text, chr(10) ORDER BY it::text)), '') FROM \"{}\" it"


def checksums(source: Engine | Session) -> dict[str, str]:
    """A checksum of all rows by table: of a database as it is committed, or as a session sees it."""
    if isinstance(source, Engine):
        with source.connect() as connection:
            return checksums(Session(connection))
    connection = source.connection()
    tables = sorted(inspect(connection).get_table_names())
    return {table: connection.exec_driver_sql(SUM.format(table)).scalar_one() for table in tables}
