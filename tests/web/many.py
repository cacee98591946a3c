"""Many rows in a seeded company, copied from those that it has."""

from typing import Any

from sqlalchemy import Column, Connection, Integer, String, Table, inspect

from app.domain.kernel.document import Document
from app.domain.settlement.models import PaymentStatus

STRIDE = 1_000_000


def unguarded(connection: Connection) -> None:
    """Lets rows in until the end of the transaction that the guards would refuse."""
    connection.exec_driver_sql("SET LOCAL ROLE NONE")
    connection.exec_driver_sql("SET LOCAL session_replication_role = replica")


def multiply(connection: Connection, table: Table, times: int) -> None:
    """Copies each row of a table so many times; what must be unique is made so, and what then is not is left out."""
    columns = [column for column in table.c if not column.computed]
    names = ", ".join(f'"{column.name}"' for column in columns)
    unique = _unique(connection, table)
    values = ", ".join(_value(column, unique) for column in columns)
    connection.exec_driver_sql(
        f'INSERT INTO "{table.name}" ({names}) SELECT {values} FROM "{table.name}", generate_series(1, {times}) n'
        " ON CONFLICT DO NOTHING"
    )


def multiply_documents(connection: Connection, model: Any, times: int) -> None:
    """The same for documents of a kind, with their place in the registry and what is paid of them."""
    document, its = Document.__table__, model.__table__
    for table in (document, PaymentStatus.__table__):
        key = "id" if table is document else "document_id"
        names = [column.name for column in table.c if not column.computed]
        values = [
            f"it.{key} + n * {STRIDE}" if name == key
            else "it.number || '-' || n" if name == "number" else f"it.{name}" for name in names
        ]  # fmt: skip
        connection.exec_driver_sql(
            f"INSERT INTO {table.name} ({', '.join(names)}) SELECT {', '.join(values)} FROM {table.name} it "
            f"JOIN {its.name} its ON its.id = it.{key}, generate_series(1, {times}) n ON CONFLICT DO NOTHING"
        )
    multiply(connection, its, times)


def _unique(connection: Connection, table: Table) -> set[str]:
    look = inspect(connection)
    found = [name for one in look.get_unique_constraints(table.name) for name in one["column_names"]]
    for index in look.get_indexes(table.name):
        if index["unique"]:
            found += [name for name in index["column_names"] if name]
            found += [column.name for column in table.c if column.name in " ".join(index.get("expressions", []))]
    return {name for name in found if name not in ("state", "role", "kind") and not table.c[name].foreign_keys}


def _value(column: Column[Any], unique: set[str]) -> str:
    name = f'"{column.name}"'
    if column.primary_key:
        return f"{name} + n * {STRIDE}"
    if column.name in unique and isinstance(column.type, String):
        return f"{name} || '-' || n"
    return f"{name} + n" if column.name in unique and isinstance(column.type, Integer) else name
