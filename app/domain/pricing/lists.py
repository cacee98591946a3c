"""The price lists that apply to documents, and their rows, many at once."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.kernel.rows import read
from app.domain.pricing.price import ListRow

ROWS = """
SELECT price_list_id, product_id, id, min_quantity, valid_from, valid_to, price
FROM price_list_row
WHERE (price_list_id, product_id) IN (SELECT * FROM unnest(%(lists)s::bigint[], %(products)s::bigint[]))
"""


def price_lists(session: Session) -> dict[int | None, Row[Any]]:
    """All price lists by id; under None the default one, if there is one."""
    sql = "SELECT id, code, currency, vat_included, is_default, active FROM price_list"
    rows = read(session, sql)
    lists: dict[int | None, Row[Any]] = {row.id: row for row in rows}
    default = next((row for row in rows if row.is_default), None)
    return lists if default is None else {None: default, **lists}


def list_rows(session: Session, wanted: Iterable[tuple[int, int]]) -> dict[tuple[int, int], list[ListRow]]:
    """The rows of (price list, product) pairs."""
    keys = sorted(set(wanted))
    found: dict[tuple[int, int], list[ListRow]] = defaultdict(list)
    for row in read(session, ROWS, lists=[key[0] for key in keys], products=[key[1] for key in keys]):
        found[row.price_list_id, row.product_id].append(
            ListRow(row.id, row.min_quantity, row.valid_from, row.valid_to, row.price)
        )
    return found
