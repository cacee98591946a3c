"""What a shop may still sell, and at what price: kept as it was last told, so that only what changed is told again."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.kernel import clock
from app.domain.kernel.rows import read, write
from app.domain.pricing.quotes import Prices, Wanted

ONE = Decimal(1)

SHOPS = "SELECT id, price_list_id FROM shop WHERE active ORDER BY id"
LOCK = f"{SHOPS} FOR NO KEY UPDATE"
# A shop's own name of a product comes before ours.
ASSORTMENT = """
    SELECT its.shop_id, its.sku, its.product_id, shop.price_list_id, shop.warehouse_id, product.kind FROM (
        SELECT shop_id, sku, product_id FROM shop_sku
        UNION ALL
        SELECT shop.id, product.sku, product.id FROM shop CROSS JOIN product
        WHERE NOT EXISTS (SELECT FROM shop_sku called
                          WHERE called.shop_id = shop.id AND upper(called.sku) = upper(product.sku))
    ) its JOIN shop ON shop.id = its.shop_id AND shop.active
    JOIN product ON product.id = its.product_id AND product.active
"""
NEW = f"""
SELECT DISTINCT its.shop_id, its.product_id, its.price_list_id FROM ({ASSORTMENT}) its
LEFT JOIN shop_level level USING (shop_id, sku) WHERE level.product_id IS DISTINCT FROM its.product_id
"""
# Orders of shops that no seller looked at yet reserve nothing, but what they want is sold. A SKU that means nothing any
# more, as its product is archived or called otherwise, is told once more: that there is none. One that is new, or means
# another product now, is told with its price: what has none reckoned yet is left to the next time.
LEVELS = f"""
WITH wanted AS (
    SELECT coalesce(line.warehouse_id, document.warehouse_id) AS warehouse_id, line.product_id,
           sum(line.quantity) AS quantity
    FROM sales_order ordered JOIN document ON document.id = ordered.id
    JOIN sales_order_line line ON line.order_id = ordered.id
    WHERE ordered.state = 'active' AND ordered.channel = 'eshop' GROUP BY 1, 2
), now AS (
    SELECT its.shop_id, its.sku, its.product_id,
           CASE WHEN its.kind <> 'service' THEN
               greatest(coalesce(balance.on_hand - balance.reserved, 0) - coalesce(wanted.quantity, 0), 0)
           END AS available
    FROM ({ASSORTMENT}) its
    LEFT JOIN stock_balance balance
           ON balance.warehouse_id = its.warehouse_id AND balance.product_id = its.product_id
    LEFT JOIN wanted ON wanted.warehouse_id = its.warehouse_id AND wanted.product_id = its.product_id
), priced AS (
    SELECT * FROM unnest(%(shops)s::bigint[], %(products)s::bigint[], %(prices)s::numeric[])
        AS priced (shop_id, product_id, price)
), changed AS (
    SELECT now.*, level.price FROM now JOIN shop_level level USING (shop_id, sku)
    WHERE level.product_id = now.product_id AND level.available IS DISTINCT FROM now.available
    UNION ALL
    SELECT now.*, priced.price FROM now JOIN priced USING (shop_id, product_id)
    LEFT JOIN shop_level level ON level.shop_id = now.shop_id AND level.sku = now.sku
    WHERE level.product_id IS DISTINCT FROM now.product_id
    UNION ALL
    SELECT level.shop_id, level.sku, level.product_id, 0, level.price
    FROM shop_level level JOIN shop ON shop.id = level.shop_id AND shop.active
    WHERE level.available IS DISTINCT FROM 0
          AND NOT EXISTS (SELECT FROM now WHERE now.shop_id = level.shop_id AND now.sku = level.sku)
)
INSERT INTO shop_level (shop_id, sku, product_id, available, price, seq, at)
SELECT shop_id, sku, product_id, available, price, row_number() OVER (PARTITION BY shop_id ORDER BY sku)
       + coalesce((SELECT max(seq) FROM shop_level last WHERE last.shop_id = changed.shop_id), 0), %(at)s
FROM changed
ON CONFLICT (shop_id, sku) DO UPDATE
SET product_id = excluded.product_id, available = excluded.available, price = excluded.price, seq = excluded.seq,
    at = excluded.at
"""
PRICED = "SELECT id FROM product WHERE active ORDER BY id"
PRICES = """
WITH changed AS (
    SELECT level.shop_id, level.sku, told.price
    FROM unnest(%(shops)s::bigint[], %(products)s::bigint[], %(prices)s::numeric[]) AS told (shop_id, product_id, price)
    JOIN shop_level level USING (shop_id, product_id) WHERE level.price IS DISTINCT FROM told.price
)
UPDATE shop_level level SET price = numbered.price, seq = numbered.seq, at = %(at)s FROM (
    SELECT shop_id, sku, price, row_number() OVER (PARTITION BY shop_id ORDER BY sku)
           + (SELECT max(seq) FROM shop_level last WHERE last.shop_id = changed.shop_id) AS seq
    FROM changed
) numbered WHERE level.shop_id = numbered.shop_id AND level.sku = numbered.sku
"""
AFTER = """
SELECT level.seq, level.sku, level.available, level.price, level.at FROM shop_level level
WHERE level.shop_id = %(shop)s AND level.seq > %(after)s ORDER BY level.seq LIMIT %(most)s
"""
# Another address was told nothing yet.
TOLD = """
UPDATE shop SET levels_told = %(seq)s
WHERE id = %(shop)s AND levels_told < %(seq)s AND levels_address = %(address)s
"""


class Anybody(NamedTuple):
    """A customer without terms of their own, as people who look into a shop are."""

    id: int = 0
    group_id: int | None = None
    price_list_id: int | None = None
    group_price_list_id: int | None = None
    discount: Decimal | None = None
    group_discount: Decimal | None = None


def keep_levels(session: Session, *, on: date) -> None:
    """Notes what each active shop may sell of each product: available in its warehouse, less what its orders that
    nobody approved yet want, never below 0, and nothing for services; what is new there, with its price on a date.

    `seq` of what changed goes on within the shop; the shops are locked, so that no lower one can come later. Prices are
    reckoned before, so that nobody waits for them.
    """
    new = _quoted(session, [Offer(*row) for row in read(session, NEW)], on)
    read(session, LOCK)
    write(session, LEVELS, at=clock.now(), **new)


def keep_prices(session: Session, *, on: date) -> None:
    """Notes what one of each product costs on a date in each active shop's price list, before any discount: a number
    with or without VAT as the list says, None where it has no price.
    """
    products = [row.id for row in read(session, PRICED)]
    offers = [Offer(shop.id, product, shop.price_list_id) for shop in read(session, SHOPS) for product in products]
    told = _quoted(session, offers, on)
    read(session, LOCK)
    write(session, PRICES, at=clock.now(), **told)


class Offer(NamedTuple):
    """A product in a shop, and the price list from which it is sold there."""

    shop: int
    product: int
    price_list: int


def _quoted(session: Session, offers: Sequence[Offer], on: date) -> dict[str, list[Any]]:
    """Shops, products and prices of offers, side by side."""
    pairs = sorted({(offer.price_list, offer.product) for offer in offers})
    wanted = {(its, product): Wanted(Anybody(), product, its) for its, product in pairs}
    prices = Prices(session, wanted.values()) if wanted else None
    found = {pair: prices.quote(its, quantity=ONE, on=on).price for pair, its in wanted.items()} if prices else {}
    return {
        "shops": [offer.shop for offer in offers], "products": [offer.product for offer in offers],
        "prices": [found[offer.price_list, offer.product] for offer in offers],
    }  # fmt: skip


def levels_after(session: Session, shop: int, after: int, most: int) -> Sequence[Row[Any]]:
    """What changed for a shop behind a place (`seq`; 0 gives all), at most so much, in the order of the changes."""
    return read(session, AFTER, shop=shop, after=after, most=most)


def note_told(session: Session, shop: int, seq: int, address: str) -> None:
    """The shop knows all up to this place, where this is still its address."""
    write(session, TOLD, shop=shop, seq=seq, address=address)


def as_told(row: Any) -> Mapping[str, Any]:
    """A level as shops are told it: numbers as texts, None for services, which are never out, and for no price."""
    return {
        "sku": row.sku,
        "available": None if row.available is None else f"{row.available.normalize():f}",
        "price": None if row.price is None else f"{row.price.normalize():f}",
    }


def body_of(rows: Sequence[Row[Any]], *, currency: str, prices_include_vat: bool) -> str:
    """What is sent to a shop, as JSON."""
    return json.dumps({
        "currency": currency, "prices_include_vat": prices_include_vat, "last": rows[-1].seq,
        "levels": [as_told(row) for row in rows],
    }, ensure_ascii=False)  # fmt: skip
