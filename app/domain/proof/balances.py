"""Stock: balances, days and reservations are what the moves and the orders add up to."""

from sqlalchemy.orm import Session

from app.domain.proof.found import Found, find

# An index leads to one product's rows only with the warehouses named.
OF_PRODUCT = "WHERE product_id = %(product_id)s AND warehouse_id = ANY(ARRAY(SELECT id FROM warehouse))"


def _only(product_id: int | None) -> str:
    return "" if product_id is None else OF_PRODUCT


BALANCES = """
WITH moves AS (
    SELECT warehouse_id, product_id, sum(quantity) AS quantity, sum(value) AS value, max("on") AS last_on
    FROM stock_move {only} GROUP BY warehouse_id, product_id
), balances AS (SELECT * FROM stock_balance {only})
SELECT 'on hand, worth and last date' AS what, warehouse_id, product_id,
       concat_ws(', ', coalesce(moves.quantity, 0), coalesce(moves.value, 0), moves.last_on) AS expected,
       concat_ws(', ', coalesce(balances.on_hand, 0), coalesce(balances.value, 0), balances.last_on) AS found
FROM balances FULL JOIN moves USING (warehouse_id, product_id)
WHERE (coalesce(balances.on_hand, 0), coalesce(balances.value, 0))
      <> (coalesce(moves.quantity, 0), coalesce(moves.value, 0))
      OR balances.last_on IS DISTINCT FROM moves.last_on
"""


def balances_are_sums_of_moves(session: Session, product_id: int | None = None) -> Found:
    """Each stock balance is the sum of its moves, in quantity and value, and knows the latest date of them."""
    return find(session, BALANCES.format(only=_only(product_id)), product_id=product_id)


RUNNING = """
SELECT 'balance after move ' || id AS what, document_id, warehouse_id, product_id,
       on_hand || ' worth ' || worth AS expected, on_hand_after || ' worth ' || value_after AS found
FROM (
    SELECT id, document_id, warehouse_id, product_id, on_hand_after, value_after,
           sum(quantity) OVER earlier AS on_hand, sum(value) OVER earlier AS worth
    FROM stock_move {only}
    WINDOW earlier AS (PARTITION BY warehouse_id, product_id ORDER BY id ROWS UNBOUNDED PRECEDING)
) running
WHERE (on_hand, worth) <> (on_hand_after, value_after)
"""


def moves_tell_the_balance_after_them(session: Session, product_id: int | None = None) -> Found:
    """Each move tells the balance after it, in the order of recording."""
    return find(session, RUNNING.format(only=_only(product_id)), product_id=product_id)


DAYS = """
WITH closing AS (
    SELECT warehouse_id, product_id, "on", sum(sum(quantity)) OVER earlier AS quantity,
           sum(sum(value)) OVER earlier AS value
    FROM stock_move {only} GROUP BY warehouse_id, product_id, "on"
    WINDOW earlier AS (PARTITION BY warehouse_id, product_id ORDER BY "on")
), days AS (SELECT * FROM stock_day {only})
SELECT 'closing of ' || "on" AS what, warehouse_id, product_id,
       closing.quantity || ' worth ' || closing.value AS expected, days.quantity || ' worth ' || days.value AS found
FROM days FULL JOIN closing USING (warehouse_id, product_id, "on")
WHERE (days.quantity, days.value) IS DISTINCT FROM (closing.quantity, closing.value)
"""


def days_are_sums_of_moves(session: Session, product_id: int | None = None) -> Found:
    """Each day with moves, and no other, has its closing stock: the sum of all moves up to it."""
    return find(session, DAYS.format(only=_only(product_id)), product_id=product_id)


IMPOSSIBLE = """
SELECT 'stock now' AS what, warehouse_id, product_id, 'possible' AS expected, on_hand || ' worth ' || value AS found
FROM stock_balance WHERE ({possible}) IS NOT TRUE {and_only}
UNION ALL
SELECT 'stock on ' || "on", warehouse_id, product_id, 'possible', on_hand || ' worth ' || value
FROM (SELECT warehouse_id, product_id, "on", quantity AS on_hand, value FROM stock_day) day
WHERE ({possible}) IS NOT TRUE {and_only}
"""
POSSIBLE = "on_hand >= 0 AND value >= 0 AND (on_hand > 0 OR value = 0)"


def stock_is_possible(session: Session, product_id: int | None = None) -> Found:
    """Nothing is below zero, now or at the close of any day, and where nothing is there it is worth nothing."""
    only = _only(product_id).replace("WHERE", "AND", 1)
    return find(session, IMPOSSIBLE.format(possible=POSSIBLE, and_only=only), product_id=product_id)


RESERVED = """
WITH held AS (
    SELECT warehouse_id, product_id, sum(quantity) AS quantity FROM reservation {only} GROUP BY warehouse_id, product_id
), balances AS (SELECT * FROM stock_balance {only})
SELECT 'reserved' AS what, warehouse_id, product_id,
       coalesce(held.quantity, 0) AS expected, coalesce(balances.reserved, 0) AS found
FROM balances FULL JOIN held USING (warehouse_id, product_id)
WHERE coalesce(held.quantity, 0) <> coalesce(balances.reserved, 0)
"""


def reserved_is_the_sum_of_reservations(session: Session, product_id: int | None = None) -> Found:
    """What a balance says is reserved is the sum of the open reservations."""
    return find(session, RESERVED.format(only=_only(product_id)), product_id=product_id)


# Only where negative available is not allowed is a reservation a promise of goods that are there.
PROMISES = """
WITH waiting AS (
    SELECT warehouse_id, product_id, sum(waiting) AS quantity FROM reservation
    WHERE waiting > 0 AND lapsed_on IS NULL
    GROUP BY warehouse_id, product_id
)
SELECT 'reserved' AS what, warehouse_id, product_id, 'at most ' || on_hand AS expected, reserved::text AS found
FROM stock_balance balance JOIN warehouse ON warehouse.id = balance.warehouse_id
WHERE NOT negative_available AND reserved > on_hand
UNION ALL
SELECT 'available while ' || waiting.quantity || ' is waited for', warehouse_id, product_id, '0',
       (on_hand - reserved)::text
FROM stock_balance balance JOIN waiting USING (warehouse_id, product_id)
JOIN warehouse ON warehouse.id = balance.warehouse_id
WHERE NOT negative_available AND on_hand > reserved
"""


def reservations_keep_their_promise(session: Session) -> Found:
    """No more is reserved than is there, and nobody waits for what is available.

    Where stock may be oversold neither is so, and whoever let a reservation lapse waits for the next goods.
    """
    return find(session, PROMISES)


WANTED = """
WITH wanted AS (
    SELECT line.id AS line_id, line.order_id AS document_id, line.product_id,
           coalesce(line.warehouse_id, document.warehouse_id) AS warehouse_id,
           line.quantity - line.shipped - line.given_up AS quantity
    FROM sales_order_line line
    JOIN sales_order ON sales_order.id = line.order_id AND sales_order.state = 'approved'
    JOIN document ON document.id = line.order_id
    JOIN product ON product.id = line.product_id AND product.kind <> 'service'
    WHERE line.quantity > line.shipped + line.given_up
    UNION ALL
    SELECT line.id, line.internal_order_id, line.product_id, its.source_id, line.quantity
    FROM internal_order_line line
    JOIN internal_order its ON its.id = line.internal_order_id AND its.state = 'approved'
), held AS (
    SELECT coalesce(line_id, internal_line_id) AS line_id, document_id, product_id, warehouse_id,
           quantity + waiting AS quantity FROM reservation
)
SELECT 'reserved and waiting for line ' || line_id AS what, document_id, product_id, warehouse_id,
       coalesce(wanted.quantity, 0) AS expected, coalesce(held.quantity, 0) AS found
FROM wanted FULL JOIN held USING (line_id, document_id, product_id, warehouse_id)
WHERE coalesce(wanted.quantity, 0) <> coalesce(held.quantity, 0) OR held.quantity = 0
"""


def reservations_are_what_is_still_to_ship(session: Session) -> Found:
    """Lines of approved orders, internal ones too, hold or wait for exactly what is still to leave; others nothing."""
    return find(session, WANTED)
