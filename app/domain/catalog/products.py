"""What documents need to know of products: looked up by id or SKU, many at once."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.catalog.tax_rates import PERCENTAGES
from app.domain.kernel.errors import NotFound
from app.domain.kernel.rows import read

FACTS = f"""
SELECT product.id, product.sku, product.name, product.translations, product.kind, product.active, product.planned_cost,
       unit.code AS unit, unit.decimals, product.tax_rate_id,
       {PERCENTAGES}
FROM product JOIN unit ON unit.id = product.unit_id JOIN tax_rate ON tax_rate.id = product.tax_rate_id
WHERE product.id = ANY(%(ids)s::bigint[])
"""
# An account that a group does not name comes from the nearest group above that does.
ACCOUNTS = """
WITH RECURSIVE up (group_id, parent_id, inventory, cost_of_sales, revenue, level) AS (
    SELECT id, parent_id, inventory_account_id, cost_account_id, revenue_account_id, 1
    FROM product_group WHERE id IN (SELECT group_id FROM product WHERE id = ANY(%(ids)s::bigint[]))
    UNION ALL
    SELECT up.group_id, above.parent_id, coalesce(up.inventory, above.inventory_account_id),
           coalesce(up.cost_of_sales, above.cost_account_id), coalesce(up.revenue, above.revenue_account_id), level + 1
    FROM up JOIN product_group above ON above.id = up.parent_id WHERE level < 100
)
SELECT DISTINCT ON (product.id) product.id, up.inventory, up.cost_of_sales, up.revenue
FROM product JOIN up ON up.group_id = product.group_id
WHERE product.id = ANY(%(ids)s::bigint[])
ORDER BY product.id, up.level DESC
"""
# The database compares as its unique index does: Python's idea of an upper case letter is not always the same.
IDS = """
SELECT wanted.sku, product.id FROM unnest(%(skus)s::text[]) AS wanted (sku)
JOIN product ON upper(product.sku) = upper(wanted.sku)
"""


def products(session: Session, ids: Iterable[int]) -> dict[int, Row[Any]]:
    """SKU, names, kind, unit with its decimals, tax rate and planned cost of products; unknown ids are left out."""
    return {row.id: row for row in read(session, FACTS, ids=sorted(set(ids)))}


def product_ids(session: Session, skus: Sequence[str]) -> dict[str, int]:
    """The ids of products by SKU as asked, whatever the letter case; NotFound names the SKUs that are none."""
    wanted = sorted(set(skus))
    found: dict[str, int] = {row.sku: row.id for row in read(session, IDS, skus=wanted)}
    unknown = [sku for sku in wanted if sku not in found]
    if unknown:
        raise NotFound("unknown_product", "There is no product {skus}.", skus=", ".join(unknown))
    return found


def accounts_of(session: Session, ids: Iterable[int]) -> dict[int, Mapping[str, int]]:
    """The accounts that a product's groups name, by their role: `inventory`, `cost_of_sales`, `revenue`."""
    rows = read(session, ACCOUNTS, ids=sorted(set(ids)))
    roles = ("inventory", "cost_of_sales", "revenue")
    return {row.id: {role: account for role in roles if (account := getattr(row, role)) is not None} for row in rows}
