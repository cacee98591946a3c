"""Writes the first migration's SQL anew from models, queue, guards and privileges: only while nothing is released.

python -m migrations.first
"""

import re
import shutil
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

from flask_appbuilder import Model
from procrastinate.schema import SchemaManager
from sqlalchemy import MetaData, create_mock_engine
from sqlalchemy.dialects.postgresql import ExcludeConstraint

from app.domain.kernel import orm
from app.domain.schema import metadata
from app.web import audit, people

FOLDER = Path(__file__).parent / "versions" / "0001_first"
KERNEL = Path(orm.__file__).parent
assert audit
assert people


def tables(*targets: MetaData) -> str:
    """The statements that create every table, sequence, constraint and index of these models."""
    statements: list[str] = []

    def note(statement: Any, *_: object, **__: object) -> None:
        text = str(statement.compile(dialect=engine.dialect)).strip()
        statements.append("\n".join(line.rstrip() for line in text.splitlines()) + ";\n")

    engine = create_mock_engine("postgresql+psycopg://", note)
    for target in targets:
        _name_exclusions(target)
        target.create_all(engine, checkfirst=False)
    return "\n".join(_in_one_order(statements))


def _name_exclusions(target: MetaData) -> None:
    """SQLAlchemy's naming conventions pass over exclusion constraints, whose names are one for the whole schema."""
    for table in target.tables.values():
        for constraint in table.constraints:
            if isinstance(constraint, ExcludeConstraint) and not str(constraint.name).startswith("ex_"):
                constraint.name = f"ex_{table.name}_{constraint.name}"


def _in_one_order(statements: list[str]) -> Iterator[str]:
    """SQLAlchemy keeps a table's indexes in a set: sorted, the file changes only where the models do."""
    for are_indexes, group in groupby(statements, lambda text: bool(re.match("CREATE (UNIQUE )?INDEX", text))):
        several = list(group)
        yield from sorted(several) if are_indexes else several


def main() -> None:
    """Writes the four files."""
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / "tables.sql").write_text(tables(metadata, Model.metadata))
    (FOLDER / "queue.sql").write_text(SchemaManager.get_schema())
    for name in ("guards.sql", "privileges.sql"):
        shutil.copyfile(KERNEL / name, FOLDER / name)


if __name__ == "__main__":
    main()
