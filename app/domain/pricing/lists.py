"""Price lists, their rows and the discounts that may apply, read for many products and customers at once."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from sqlalchemy.orm import Session

from app.domain.kernel.rows import read
from app.domain.pricing.price import DiscountRule, ListFacts, ListRow, Span

LISTS = """
SELECT id, code, currency, vat_included, is_default, active, base_id, percent, step, less_cent FROM price_list
"""
ROWS = """
SELECT price_list_id, product_id, id, min_quantity, valid_from, valid_to, price
FROM price_list_row
WHERE (price_list_id, product_id) IN (SELECT * FROM unnest(%(lists)s::bigint[], %(products)s::bigint[]))
"""
# A discount of a group reaches all products below it; `level` says how far up the group stands.
DISCOUNTS = """
WITH RECURSIVE up (product_id, group_id, level) AS (
    SELECT id, group_id, 1 FROM product WHERE id = ANY(%(products)s::bigint[])
    UNION ALL
    SELECT up.product_id, above.parent_id, level + 1
    FROM up JOIN product_group above ON above.id = up.group_id
    WHERE above.parent_id IS NOT NULL AND level < 100
), reached AS (
    SELECT discount.*, discount.product_id AS reaches, 0 AS level FROM discount
    WHERE product_id = ANY(%(products)s::bigint[])
    UNION ALL
    SELECT discount.*, up.product_id, up.level FROM discount JOIN up ON up.group_id = discount.product_group_id
)
SELECT id, reaches, level, customer_id, customer_group_id, percent, special_price, min_quantity, valid_from, valid_to
FROM reached
WHERE customer_id = ANY(%(customers)s::bigint[]) OR customer_group_id = ANY(%(groups)s::bigint[])
"""


def price_lists(session: Session) -> dict[int | None, Any]:
    """All price lists by id; under None the default one, if there is one."""
    rows = read(session, LISTS)
    lists: dict[int | None, Any] = {row.id: row for row in rows}
    default = next((row for row in rows if row.is_default), None)
    return lists if default is None else {None: default, **lists}


def list_facts(lists: Iterable[Any]) -> dict[int, ListFacts]:
    """What pricing needs to know of each list."""
    return {
        row.id: ListFacts(row.id, row.code, row.base_id, row.percent, row.step, row.less_cent) for row in lists
    }  # fmt: skip


def list_rows(session: Session, wanted: Iterable[tuple[int, int]]) -> dict[tuple[int, int], list[ListRow]]:
    """The rows of (price list, product) pairs."""
    keys = sorted(set(wanted))
    found: dict[tuple[int, int], list[ListRow]] = defaultdict(list)
    for row in read(session, ROWS, lists=[key[0] for key in keys], products=[key[1] for key in keys]):
        found[row.price_list_id, row.product_id].append(ListRow(row.id, _span(row), row.price))
    return found


def discounts(
    session: Session, *, customers: Iterable[int], groups: Iterable[int], products: Iterable[int]
) -> dict[tuple[str, int, int], list[DiscountRule]]:
    """Discounts by whose they are (customer or customer_group), the id of who that is, and the product they reach."""
    found: dict[tuple[str, int, int], list[DiscountRule]] = defaultdict(list)
    rows = read(
        session, DISCOUNTS,
        customers=sorted(set(customers)), groups=sorted(set(groups)), products=sorted(set(products)),
    )  # fmt: skip
    for row in rows:
        whose = "customer" if row.customer_id else "customer_group"
        rule = DiscountRule(row.id, whose, row.level, _span(row), row.percent, row.special_price)
        found[whose, row.customer_id or row.customer_group_id, row.reaches].append(rule)
    return found


def _span(row: Any) -> Span:
    return Span(row.min_quantity, row.valid_from, row.valid_to)
