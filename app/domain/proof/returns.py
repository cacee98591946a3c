"""Returns: what came back is what left, of the same customer and goods, at the cost that it left at."""

from sqlalchemy.orm import Session

from app.domain.proof.found import Found, decimals, find

RETURNED = """
WITH back AS (
    SELECT line.shipment_line_id AS id, sum(line.quantity) AS quantity, sum(line.uninvoiced) AS uninvoiced
    FROM customer_return_line line
    JOIN customer_return ON customer_return.id = line.return_id AND customer_return.state = 'processed'
    GROUP BY line.shipment_line_id
)
SELECT 'returned, and of that uninvoiced, of line ' || line.position AS what, line.shipment_id AS document_id,
       concat_ws(', ', coalesce(back.quantity, 0), coalesce(back.uninvoiced, 0)) AS expected,
       concat_ws(', ', line.returned, line.returned_uninvoiced) AS found
FROM shipment_line line LEFT JOIN back USING (id)
WHERE (line.returned, line.returned_uninvoiced) <> (coalesce(back.quantity, 0), coalesce(back.uninvoiced, 0))
UNION ALL
SELECT 'returned of line ' || line.position, line.shipment_id,
       'at most ' || CASE shipment.state WHEN 'processed' THEN line.quantity ELSE 0 END, line.returned::text
FROM shipment_line line JOIN shipment ON shipment.id = line.shipment_id
WHERE line.returned > CASE shipment.state WHEN 'processed' THEN line.quantity ELSE 0 END
UNION ALL
SELECT 'customer or product of line ' || line.position, line.return_id,
       concat_ws(', ', left_with.customer_id, order_line.product_id),
       concat_ws(', ', document.customer_id, line.product_id)
FROM customer_return_line line JOIN document ON document.id = line.return_id
JOIN shipment_line ON shipment_line.id = line.shipment_line_id
JOIN document left_with ON left_with.id = shipment_line.shipment_id
JOIN sales_order_line order_line ON order_line.id = shipment_line.order_line_id
WHERE (left_with.customer_id, order_line.product_id) IS DISTINCT FROM (document.customer_id, line.product_id)
"""


def returned_is_what_returns_brought(session: Session) -> Found:
    """Returned is the sum of processed returns, of the same customer and goods, and never above what was shipped."""
    return find(session, RETURNED)


# The order in which parts came back and were cancelled is that of the steps in the history. Where parts between others
# were cancelled, what is left of them may already be more than the share so far: then the next part is worth nothing.
PARTS = """
WITH steps AS (
    SELECT document_id, max(id) FILTER (WHERE step = 'process') AS made,
           max(id) FILTER (WHERE step = 'cancel') AS undone
    FROM document_history WHERE step IN ('process', 'cancel') GROUP BY document_id
), parts AS (
    SELECT line.id, line.return_id AS document_id, line.shipment_line_id, line.product_id, line.quantity, line.value,
           steps.made, steps.undone, shipped.cost, shipped.quantity AS shipped
    FROM customer_return_line line
    JOIN customer_return ON customer_return.id = line.return_id AND customer_return.state <> 'draft'
    JOIN shipment_line shipped ON shipped.id = line.shipment_line_id
    JOIN shipment ON shipment.id = shipped.shipment_id AND shipment.cogs_timing = 'at_shipment'
    JOIN steps ON steps.document_id = line.return_id
)
SELECT 'cost of the part of shipment line #' || shipment_line_id AS what, document_id, product_id, expected,
       value AS found
FROM (
    SELECT part.document_id, part.shipment_line_id, part.product_id, part.value,
           greatest(round(part.cost * (part.quantity + coalesce(sum(earlier.quantity), 0)) / part.shipped,
                          %(decimals)s) - coalesce(sum(earlier.value), 0), 0) AS expected
    FROM parts part LEFT JOIN parts earlier
         ON earlier.shipment_line_id = part.shipment_line_id
            AND (earlier.made, earlier.id) < (part.made, part.id)
            AND (earlier.undone IS NULL OR earlier.undone > part.made)
    GROUP BY part.id, part.document_id, part.shipment_line_id, part.product_id, part.value, part.cost, part.quantity,
             part.shipped
) part
WHERE value <> expected
"""


def returns_are_parts_of_their_shipments(session: Session) -> Found:
    """Each part that came back of what left `at_shipment` has the rounded share of the cost, less the earlier parts."""
    return find(session, PARTS, decimals=decimals(session))
