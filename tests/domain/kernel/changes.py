"""SQL that changes a column of a row to a value that is not the one there."""

from sqlalchemy import Boolean, Column, Date, DateTime, String
from sqlalchemy.dialects.postgresql import JSONB

from app.domain.schema import metadata

VALUES = {
    "channel": "'fax'", "price_source": "'manual'", "cogs_timing": "'at_invoice'", "price_list_id": "1002",
    "kind": "'debit'", "tax_regime": "'export'",
}  # fmt: skip


def other(column: Column[object]) -> str:
    """An SQL expression for a value of the column's type that is not the one there."""
    name = f'"{column.name}"'
    if column.name in VALUES:
        return VALUES[column.name]
    if isinstance(column.type, Boolean):
        return f"NOT {name}"
    if isinstance(column.type, Date):
        return f"coalesce({name}, '2026-01-01') + 1"
    if isinstance(column.type, DateTime):
        return f"coalesce({name}, now()) + interval '1 day'"
    if isinstance(column.type, JSONB):
        return """'{"changed": true}'"""
    if isinstance(column.type, String):
        return f"coalesce({name}, '') || 'x'"
    return f"coalesce({name}, 1000) + 1"


def changed(table: str, row: int, columns: str) -> list[str]:
    """An UPDATE for each of the columns, of one row."""
    all_columns = metadata.tables[table].columns
    return [f'UPDATE {table} SET "{name}" = {other(all_columns[name])} WHERE id = {row}' for name in columns.split()]
