"""Costs of sales: what left `at_invoice` waits with its cost, which goes on as the pieces are invoiced."""

from sqlalchemy.orm import Session

from app.domain.proof.billed import DEBITED
from app.domain.proof.found import Found, decimals, find

# The cost that goods left with, and what of it is sold at once: all of it `at_shipment`, else that of pieces that were
# invoiced in advance.
COSTS = """
    SELECT line.id, line.shipment_id, line.position, order_line.product_id, shipment.state, shipment.cogs_timing,
           line.quantity, line.cost, coalesce(ahead.quantity, 0) AS ahead,
           CASE WHEN shipment.cogs_timing = 'at_shipment' THEN line.cost
                WHEN ahead.quantity IS NULL THEN 0
                ELSE round(line.cost * ahead.quantity / line.quantity, %(decimals)s) END AS sold
    FROM shipment_line line JOIN shipment ON shipment.id = line.shipment_id AND shipment.state <> 'draft'
    JOIN sales_order_line order_line ON order_line.id = line.order_line_id
    LEFT JOIN (
        SELECT shipment_line_id, sum(quantity) AS quantity FROM advance_delivery GROUP BY shipment_line_id
    ) ahead ON ahead.shipment_line_id = line.id
"""
# What invoices, credit notes and returns moved since: `gone` no longer waits, `sold` of that is invoiced, and `back` of
# those came back. Each has its cost.
PARTS = """
    SELECT line.id, line.shipment_line_id, line.invoice_id AS document_id, false AS undone, NULL AS of_line,
           line.quantity AS gone, line.cost AS gone_cost, line.quantity AS sold, line.cost AS sold_cost,
           0::numeric AS back, 0::numeric AS back_cost
    FROM invoice_line line JOIN invoice ON invoice.id = line.invoice_id AND invoice.state = 'issued'
    UNION ALL
    SELECT line.id, line.shipment_line_id, line.credit_note_id, false, line.invoice_line_id, -line.quantity,
           -line.again_cost, -line.quantity, -line.again_cost, 0, 0
    FROM credit_note_line line JOIN credit_note note ON note.id = line.credit_note_id AND note.state = 'issued'
    WHERE line.kind = 'invoice_again'
    UNION ALL
    SELECT line.id, line.shipment_line_id, line.return_id, customer_return.state = 'cancelled', NULL, line.uninvoiced,
           line.deferred, 0, 0, line.quantity - line.uninvoiced, line.value - line.deferred
    FROM customer_return_line line
    JOIN customer_return ON customer_return.id = line.return_id AND customer_return.state <> 'draft'
"""
SOLD = f"""
SELECT sum(amount) AS amount FROM (
    SELECT sold AS amount FROM ({COSTS}) line WHERE state = 'processed'
    UNION ALL SELECT sold_cost - back_cost FROM ({PARTS}) part WHERE NOT undone
) each
"""
WAITING = f"""
SELECT sum(amount) AS amount FROM (
    SELECT cost - sold AS amount FROM ({COSTS}) line WHERE state = 'processed'
    UNION ALL SELECT -gone_cost FROM ({PARTS}) part WHERE NOT undone
) each
"""
# The order in which parts were made and undone is that of the steps in the history. What is to be invoiced again has
# its share of what its invoice took, or of what those pieces took that were invoiced before they left; all that is left
# where nothing stays sold that is not back.
MOVED = f"""
WITH steps AS (
    SELECT document_id, max(id) FILTER (WHERE step <> 'cancel') AS made,
           max(id) FILTER (WHERE step = 'cancel') AS undone
    FROM document_history WHERE step IN ('issue', 'process', 'cancel') GROUP BY document_id
), parts AS (
    SELECT part.id, part.shipment_line_id, part.document_id, part.of_line, part.gone, part.gone_cost, part.sold,
           part.sold_cost, part.back, part.back_cost, steps.made, steps.undone
    FROM ({PARTS}) part JOIN steps USING (document_id)
), credited AS (
    SELECT id, whole * sum(quantity) OVER upto / pieces AS upto,
           whole * (sum(quantity) OVER upto - quantity) / pieces AS before
    FROM (
        SELECT line.id, line.position, line.quantity, steps.made,
               CASE its.kind WHEN 'advance' THEN ahead.sold ELSE its.cost END AS whole,
               CASE its.kind WHEN 'advance' THEN ahead.ahead ELSE its.quantity END AS pieces,
               CASE its.kind WHEN 'advance' THEN ahead.id END AS left_with,
               CASE its.kind WHEN 'advance' THEN NULL ELSE its.id END AS invoiced_on
        FROM (
            SELECT line.id, line.credit_note_id AS document_id, line.position, line.quantity, line.invoice_line_id,
                   line.shipment_line_id
            FROM credit_note_line line JOIN credit_note note ON note.id = line.credit_note_id AND note.state = 'issued'
            UNION ALL SELECT NULL, invoice_id, position, -pieces, invoice_line_id, shipment_line_id
            FROM ({DEBITED}) line
        ) line JOIN steps USING (document_id) JOIN invoice_line its ON its.id = line.invoice_line_id
        LEFT JOIN ({COSTS}) ahead ON ahead.id = line.shipment_line_id
    ) line
    WINDOW upto AS (PARTITION BY left_with, invoiced_on ORDER BY made, position ROWS UNBOUNDED PRECEDING)
), sums AS (
    SELECT part.id, part.shipment_line_id, part.document_id, part.of_line, part.gone, part.gone_cost, part.back,
           part.back_cost, line.product_id, line.cost, line.quantity, line.cogs_timing,
           line.ahead + coalesce(sum(earlier.gone), 0) AS gone_before,
           line.sold + coalesce(sum(earlier.gone_cost), 0) AS gone_cost_before,
           line.ahead + coalesce(sum(earlier.sold), 0) AS sold_before,
           line.sold + coalesce(sum(earlier.sold_cost), 0) AS sold_cost_before,
           coalesce(sum(earlier.back), 0) AS back_before, coalesce(sum(earlier.back_cost), 0) AS back_cost_before
    FROM parts part JOIN ({COSTS}) line ON line.id = part.shipment_line_id
    LEFT JOIN parts earlier ON earlier.shipment_line_id = part.shipment_line_id
                               AND (earlier.made, earlier.id) < (part.made, part.id)
                               AND (earlier.undone IS NULL OR earlier.undone > part.made)
    GROUP BY part.id, part.shipment_line_id, part.document_id, part.of_line, part.gone, part.gone_cost, part.back,
             part.back_cost, line.product_id, line.cost, line.quantity, line.cogs_timing, line.ahead, line.sold
), wanted AS (
    SELECT sums.*,
           CASE WHEN cogs_timing = 'at_shipment' THEN 0
                WHEN of_line IS NULL
                THEN greatest(round(cost * (gone_before + gone) / quantity, %(decimals)s) - gone_cost_before, 0)
                WHEN sold_before + gone = back_before THEN back_cost_before - sold_cost_before
                ELSE -least(round(credited.upto, %(decimals)s) - round(credited.before, %(decimals)s),
                            sold_cost_before - back_cost_before) END AS gone_wanted,
           CASE WHEN cogs_timing = 'at_shipment' THEN back_cost WHEN back = 0 THEN 0
                ELSE greatest(round(sold_cost_before * (back_before + back) / sold_before, %(decimals)s)
                              - back_cost_before, 0) END AS back_wanted
    FROM sums LEFT JOIN credited ON of_line IS NOT NULL AND credited.id = sums.id
)
SELECT 'cost of the part of shipment line #' || shipment_line_id AS what, document_id, product_id,
       concat_ws(', ', round(gone_wanted, %(decimals)s), round(back_wanted, %(decimals)s)) AS expected,
       concat_ws(', ', gone_cost, back_cost) AS found
FROM wanted WHERE (gone_cost, back_cost) <> (gone_wanted, back_wanted)
"""


def costs_go_on_with_their_pieces(session: Session) -> Found:
    """What is invoiced, invoiced again and brought back of goods that left `at_invoice` has its share of the cost."""
    return find(session, MOVED, decimals=decimals(session))


KEPT = f"""
SELECT what, shipment_id AS document_id, product_id, '0' AS expected, left_over AS found
FROM (
    SELECT line.id, line.position, line.shipment_id, line.product_id,
           line.quantity - line.ahead - coalesce(sum(part.gone), 0) AS waiting,
           line.cost - line.sold - coalesce(sum(part.gone_cost), 0) AS waiting_cost,
           line.ahead + coalesce(sum(part.sold - part.back), 0) AS sold,
           line.sold + coalesce(sum(part.sold_cost - part.back_cost), 0) AS sold_cost
    FROM ({COSTS}) line LEFT JOIN ({PARTS}) part ON part.shipment_line_id = line.id AND NOT part.undone
    WHERE line.cogs_timing = 'at_invoice' AND line.state = 'processed'
    GROUP BY line.id, line.position, line.shipment_id, line.product_id, line.quantity, line.ahead, line.cost, line.sold
) line, LATERAL (VALUES
    ('cost that waits of line ' || position, waiting, waiting_cost),
    ('cost of sales of line ' || position, sold, sold_cost)
) kept (what, pieces, left_over)
WHERE pieces = 0 AND left_over <> 0 OR left_over < 0
"""


def no_cost_waits_without_its_pieces(session: Session) -> Found:
    """Where no piece of a line waits, no cost of it does; where none is sold, no cost of sales is left of it."""
    return find(session, KEPT, decimals=decimals(session))
