"""What a proof finds: rows that break it, named so that a person can go there."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.kernel.rows import read
from app.domain.kernel.values import currency_decimals

SHOWN = 100
SUBJECTS = ("document", "product", "warehouse", "account", "customer")


@dataclass(frozen=True)
class Offender:
    """One row that breaks a proof: what was looked at, where it is, what should be there and what is.

    `names` has the document, product, warehouse, account and customer in words, as far as the row is about one.
    """

    what: str
    expected: str
    found: str
    document_id: int | None = None
    product_id: int | None = None
    warehouse_id: int | None = None
    account_id: int | None = None
    customer_id: int | None = None
    names: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        where = ", ".join(f"{subject} {name}" for subject, name in self.names.items())
        sentence = f"{self.what} is {self.found}, it should be {self.expected}"
        return f"{where}: {sentence}" if where else sentence


@dataclass(frozen=True)
class Found:
    """The first offenders of a proof and how many there are in all."""

    offenders: list[Offender]
    count: int


# The limit is applied after counting, so that a person learns how much is wrong without reading all of it.
CAPPED = "SELECT *, count(*) OVER () AS offenders_in_all FROM ({sql}) offender LIMIT {shown}"


def find(session: Session, sql: str, /, **values: object) -> Found:
    """Runs a SELECT whose rows are offenders.

    It has the columns what, expected and found, and any of document_id, product_id, warehouse_id, account_id and
    customer_id.
    """
    rows = read(session, CAPPED.format(sql=sql, shown=SHOWN), **values)
    if not rows:
        return Found([], 0)
    return Found(_named(session, [_offender(row) for row in rows]), rows[0].offenders_in_all)


def decimals(session: Session) -> int:
    """How many decimals the company's amounts have."""
    rows = read(session, "SELECT currency FROM company")
    return currency_decimals(rows[0].currency) if rows else 2


def _offender(row: Row[Any]) -> Offender:
    values = row._asdict()
    ids: dict[str, Any] = {f"{subject}_id": values.get(f"{subject}_id") for subject in SUBJECTS}
    return Offender(values["what"], _text(values["expected"]), _text(values["found"]), **ids)


def _text(value: object) -> str:
    return "nothing" if value is None else str(value)


NAMES = """
SELECT 'document' AS subject, id, replace(kind, '_', ' ') || ' ' || coalesce(number, '#' || id) AS name
FROM document WHERE id = ANY(%(document)s::bigint[])
UNION ALL SELECT 'product', id, sku FROM product WHERE id = ANY(%(product)s::bigint[])
UNION ALL SELECT 'warehouse', id, code FROM warehouse WHERE id = ANY(%(warehouse)s::bigint[])
UNION ALL SELECT 'account', id, code FROM account WHERE id = ANY(%(account)s::bigint[])
UNION ALL SELECT 'customer', id, code FROM customer WHERE id = ANY(%(customer)s::bigint[])
"""


def _named(session: Session, offenders: list[Offender]) -> list[Offender]:
    ids = {subject: _ids(getattr(offender, f"{subject}_id") for offender in offenders) for subject in SUBJECTS}
    names = {(row.subject, row.id): row.name for row in read(session, NAMES, **ids)}
    return [replace(offender, names=_names_of(offender, names)) for offender in offenders]


def _ids(values: Iterable[int | None]) -> list[int]:
    return sorted({value for value in values if value is not None})


def _names_of(offender: Offender, names: Mapping[tuple[str, int], str]) -> dict[str, str]:
    ids = {subject: getattr(offender, f"{subject}_id") for subject in SUBJECTS}
    return {subject: names.get((subject, key), f"#{key}") for subject, key in ids.items() if key is not None}
