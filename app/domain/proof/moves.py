"""Moves: every line of a document that moves goods has them, at the cost that the moving average gives."""

from sqlalchemy.orm import Session

from app.domain.proof.found import Found, decimals, find

# What documents of goods say, with the sign in which it moves the stock.
GOODS_LINES = """
    SELECT line.receipt_id AS document_id, line.id AS line_id, receipt.state, receipt."on", document.warehouse_id,
           line.product_id, line.quantity, coalesce(line.value, 0) AS value
    FROM stock_receipt_line line JOIN stock_receipt receipt ON receipt.id = line.receipt_id
    JOIN document ON document.id = receipt.id
    WHERE line.quantity <> 0
    UNION ALL
    SELECT line.shipment_id, line.id, shipment.state, shipment."on", document.warehouse_id,
           order_line.product_id, -line.quantity, -line.cost
    FROM shipment_line line JOIN shipment ON shipment.id = line.shipment_id
    JOIN document ON document.id = shipment.id
    JOIN sales_order_line order_line ON order_line.id = line.order_line_id
    JOIN product ON product.id = order_line.product_id AND product.kind <> 'service'
    WHERE line.quantity <> 0
    UNION ALL
    SELECT line.opening_id, line.id, opening.state, opening."on", document.warehouse_id,
           line.product_id, line.quantity, coalesce(line.value, 0)
    FROM opening_stock_line line JOIN opening_stock opening ON opening.id = line.opening_id
    JOIN document ON document.id = opening.id
    UNION ALL
    SELECT line.write_off_id, line.id, write_off.state, write_off."on", document.warehouse_id,
           line.product_id, -line.quantity, -coalesce(line.cost, 0)
    FROM write_off_line line JOIN write_off ON write_off.id = line.write_off_id
    JOIN document ON document.id = write_off.id
    UNION ALL
    SELECT line.return_id, line.id, customer_return.state, customer_return."on", document.warehouse_id,
           line.product_id, line.quantity, line.value
    FROM customer_return_line line JOIN customer_return ON customer_return.id = line.return_id
    JOIN document ON document.id = customer_return.id
    UNION ALL
    SELECT line.count_id, line.id, counted.state, counted."on", document.warehouse_id,
           line.product_id, line.counted - line.expected, line.value
    FROM stock_count_line line JOIN stock_count counted ON counted.id = line.count_id
    JOIN document ON document.id = counted.id
    WHERE line.counted <> line.expected
    UNION ALL
    SELECT its.id, line.id, its.state, its.sent_on, its.source_id, line.product_id, -line.sent, -line.cost
    FROM internal_order_line line JOIN internal_order its ON its.id = line.internal_order_id
    WHERE line.sent <> 0
    UNION ALL
    SELECT its.id, line.id, its.state, its.received_on, document.warehouse_id, line.product_id, line.received,
           line.value
    FROM internal_order_line line JOIN internal_order its ON its.id = line.internal_order_id
    JOIN document ON document.id = its.id
    WHERE line.received <> 0
"""
MOVED = f"""
WITH wanted AS ({GOODS_LINES}), moved AS (
    SELECT document_id, line_id, warehouse_id, product_id,
           count(*) FILTER (WHERE NOT is_mirror) AS moves, sum(quantity) FILTER (WHERE NOT is_mirror) AS quantity,
           sum(value) FILTER (WHERE NOT is_mirror) AS value, min("on") FILTER (WHERE NOT is_mirror) AS "on",
           count(*) FILTER (WHERE is_mirror AND quantity <> 0) AS mirrors,
           coalesce(sum(quantity) FILTER (WHERE is_mirror AND quantity <> 0), 0) AS mirrored,
           coalesce(sum(value) FILTER (WHERE is_mirror AND quantity <> 0), 0) AS value_back,
           count(*) FILTER (WHERE is_mirror AND quantity = 0) AS corrections,
           min("on") FILTER (WHERE is_mirror) AS back_on
    FROM stock_move GROUP BY document_id, line_id, warehouse_id, product_id
)
"""
MOVED_ONCE = (
    MOVED
    + """
SELECT 'what line ' || line_id || ' moved' AS what, document_id, warehouse_id, product_id,
       CASE WHEN state IS NULL OR state = 'draft' THEN 'no move'
            ELSE '1 move of ' || wanted.quantity || ' worth ' || wanted.value || ' on ' || wanted."on" END AS expected,
       coalesce(moves || ' moves of ' || moved.quantity || ' worth ' || moved.value || ' on ' || moved."on", 'no move')
       AS found
FROM wanted FULL JOIN moved USING (document_id, line_id, warehouse_id, product_id)
WHERE (coalesce(moves, 0) <> 0 AND (state IS NULL OR state = 'draft'))
      OR (state <> 'draft' AND (moves, moved.quantity, moved.value, moved."on")
          IS DISTINCT FROM (1::bigint, wanted.quantity, wanted.value, wanted."on"))
"""
)


def lines_moved_once(session: Session) -> Found:
    """Each line of a processed or cancelled document of goods moved them once, as it says; no draft did."""
    return find(session, MOVED_ONCE)


MIRRORED = (
    MOVED
    + """
SELECT 'what line ' || line_id || ' took back' AS what, document_id, warehouse_id, product_id,
       CASE WHEN state = 'cancelled' THEN '1 move of ' || -wanted.quantity || ' worth ' || -wanted.value
            ELSE 'no move' END || ', not before ' || wanted."on" AS expected,
       coalesce(mirrors, 0) || ' moves of ' || coalesce(mirrored, 0) || ' worth ' || coalesce(value_back, 0)
       || ', corrections: ' || coalesce(corrections, 0) || coalesce(', on ' || back_on, '') AS found
FROM wanted FULL JOIN moved USING (document_id, line_id, warehouse_id, product_id)
WHERE CASE WHEN state = 'cancelled'
           THEN (mirrors, mirrored, value_back) IS DISTINCT FROM (1::bigint, -wanted.quantity, -wanted.value)
                OR corrections > 1 OR back_on < wanted."on"
           ELSE coalesce(mirrors, 0) + coalesce(corrections, 0) <> 0 END
"""
)


def cancelled_lines_are_mirrored(session: Session) -> Found:
    """Each line of a cancelled document of goods is taken back by the exact mirror of its move; no other line is."""
    return find(session, MIRRORED)


# Going back from the balance after a move gives the one before it, at which its cost was reckoned.
COSTS = """
SELECT 'cost of line ' || line_id AS what, document_id, warehouse_id, product_id, expected, found
FROM (
    SELECT move.line_id, move.document_id, move.warehouse_id, move.product_id, -move.value AS found,
           CASE WHEN on_hand_after = 0 THEN value_after - move.value
                ELSE round((value_after - move.value) * -move.quantity / (on_hand_after - move.quantity), %(decimals)s)
           END AS expected
    FROM stock_move move JOIN document ON document.id = move.document_id
    WHERE (document.kind IN ('shipment', 'write_off', 'stock_count')
           OR document.kind = 'internal_order' AND move.quantity < 0)
          AND NOT is_mirror AND on_hand_after <> move.quantity
    UNION ALL
    SELECT line.id, line.receipt_id, document.warehouse_id, line.product_id, line.value,
           round(line.quantity * line.unit_cost, %(decimals)s)
    FROM stock_receipt_line line JOIN stock_receipt receipt ON receipt.id = line.receipt_id
    JOIN document ON document.id = receipt.id
    WHERE receipt.state <> 'draft' AND line.quantity <> 0
    UNION ALL
    SELECT line.id, line.opening_id, document.warehouse_id, line.product_id, line.value,
           round(line.quantity * line.unit_cost, %(decimals)s)
    FROM opening_stock_line line JOIN opening_stock opening ON opening.id = line.opening_id
    JOIN document ON document.id = opening.id
    WHERE opening.state <> 'draft' AND line.unit_cost IS NOT NULL
    UNION ALL
    SELECT line.id, line.internal_order_id, move.warehouse_id, line.product_id, move.value,
           CASE WHEN line.received <= line.sent THEN round(line.cost * line.received / line.sent, %(decimals)s)
                ELSE line.cost + round((value_after - move.value + line.cost) * (line.received - line.sent)
                                       / (on_hand_after - line.received + line.sent), %(decimals)s) END
    FROM internal_order_line line JOIN stock_move move ON move.document_id = line.internal_order_id
         AND move.line_id = line.id AND move.quantity > 0 AND NOT is_mirror
    WHERE line.received > 0 AND on_hand_after - line.received + line.sent > 0
) costs
WHERE found IS DISTINCT FROM expected
"""


def costs_follow_the_moving_average(session: Session) -> Found:
    """What left took its share of the value that was there; what came in is worth its cost, or its share of that."""
    return find(session, COSTS, decimals=decimals(session))


CORRECTED = """
SELECT 'value of nothing after move ' || id AS what, document_id, warehouse_id, product_id,
       '0.00' AS expected, value_after AS found
FROM (SELECT *, lead(at) OVER (PARTITION BY warehouse_id, product_id ORDER BY id) AS next_at FROM stock_move) move
WHERE ((on_hand_after = 0 AND value_after <> 0) OR value_after < 0 OR on_hand_after < 0)
      AND next_at IS DISTINCT FROM at
"""


def recordings_leave_a_possible_value(session: Session) -> Found:
    """Nothing that was recorded at once left a negative balance, or a value where nothing is there."""
    return find(session, CORRECTED)
