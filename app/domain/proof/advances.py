"""Advances: what was invoiced before it left, what left of it since, and what is credited of either."""

from sqlalchemy.orm import Session

from app.domain.proof.billed import DEBITED
from app.domain.proof.found import Found, decimals, find

# Deliveries count while their shipment is processed.
AHEAD = """
WITH live AS (
    SELECT delivery.*, advance.order_line_id
    FROM advance_delivery delivery JOIN advance ON advance.id = delivery.advance_id
    JOIN shipment_line line ON line.id = delivery.shipment_line_id
    JOIN shipment ON shipment.id = line.shipment_id AND shipment.state = 'processed'
), of_shipments AS (
    SELECT shipment_line_id AS id, sum(quantity) AS quantity, sum(net) AS net, sum(gross) AS gross
    FROM live GROUP BY shipment_line_id
), of_advances AS (
    SELECT advance_id AS id, sum(quantity) AS quantity, sum(net) AS net, sum(gross) AS gross
    FROM live GROUP BY advance_id
), of_orders AS (
    SELECT order_line_id AS id, sum(quantity) AS quantity FROM live GROUP BY order_line_id
), again AS (
    SELECT line.invoice_line_id AS id, sum(line.quantity) AS quantity, sum(line.again_net) AS net,
           sum(line.again_gross) AS gross
    FROM credit_note_line line JOIN credit_note note ON note.id = line.credit_note_id AND note.state = 'issued'
    WHERE line.kind = 'invoice_again' AND line.shipment_line_id IS NULL GROUP BY line.invoice_line_id
), held AS (
    SELECT line.order_line_id AS id, sum(line.quantity - coalesce(advance.credited, 0)) AS quantity
    FROM invoice_line line LEFT JOIN advance ON advance.invoice_line_id = line.id
    WHERE line.kind = 'advance' GROUP BY line.order_line_id
)
SELECT 'covered of line ' || line.position AS what, line.shipment_id AS document_id,
       concat_ws(', ', coalesce(its.quantity, 0), coalesce(its.net, 0), coalesce(its.gross, 0)) AS expected,
       concat_ws(', ', line.pre_invoiced, line.pre_net, line.pre_gross) AS found
FROM shipment_line line LEFT JOIN of_shipments its USING (id)
WHERE (line.pre_invoiced, line.pre_net, line.pre_gross)
      <> (coalesce(its.quantity, 0), coalesce(its.net, 0), coalesce(its.gross, 0))
UNION ALL
SELECT 'invoiced ahead and shipped since of line ' || line.position, line.order_id,
       concat_ws(', ', coalesce(held.quantity, 0), coalesce(its.quantity, 0)),
       concat_ws(', ', line.pre_invoiced, line.pre_shipped)
FROM sales_order_line line LEFT JOIN of_orders its USING (id) LEFT JOIN held USING (id)
WHERE (line.pre_invoiced, line.pre_shipped) <> (coalesce(held.quantity, 0), coalesce(its.quantity, 0))
UNION ALL
SELECT 'delivered of advance line #' || advance.invoice_line_id, advance.invoice_id,
       concat_ws(', ', coalesce(its.quantity, 0), coalesce(its.net, 0), coalesce(its.gross, 0)),
       concat_ws(', ', advance.delivered, advance.delivered_net, advance.delivered_gross)
FROM advance LEFT JOIN of_advances its USING (id)
WHERE (advance.delivered, advance.delivered_net, advance.delivered_gross)
      <> (coalesce(its.quantity, 0), coalesce(its.net, 0), coalesce(its.gross, 0))
UNION ALL
SELECT 'to be invoiced again of advance line #' || advance.invoice_line_id, advance.invoice_id,
       concat_ws(', ', coalesce(its.quantity, 0), coalesce(its.net, 0), coalesce(its.gross, 0)),
       concat_ws(', ', advance.credited, advance.credited_net, advance.credited_gross)
FROM advance LEFT JOIN again its ON its.id = advance.invoice_line_id
WHERE (advance.credited, advance.credited_net, advance.credited_gross)
      <> (coalesce(its.quantity, 0), coalesce(its.net, 0), coalesce(its.gross, 0))
UNION ALL
SELECT 'all of advance line #' || invoice_line_id, invoice_id, concat_ws(', ', net, gross),
       concat_ws(', ', delivered_net + credited_net, delivered_gross + credited_gross)
FROM advance WHERE delivered + credited = quantity
                   AND (delivered_net + credited_net, delivered_gross + credited_gross) <> (net, gross)
UNION ALL
SELECT 'advance of line #' || coalesce(line.id, advance.invoice_line_id),
       coalesce(line.invoice_id, advance.invoice_id),
       concat_ws(', ', line.order_line_id, line.quantity, line.net, line.gross),
       concat_ws(', ', advance.order_line_id, advance.quantity, advance.net, advance.gross)
FROM (SELECT line.* FROM invoice_line line JOIN invoice ON invoice.id = line.invoice_id AND invoice.state = 'issued'
      WHERE line.kind = 'advance') line
FULL JOIN advance ON advance.invoice_line_id = line.id
WHERE (line.invoice_id, line.order_line_id, line.quantity, line.net, line.gross)
      IS DISTINCT FROM
      (advance.invoice_id, advance.order_line_id, advance.quantity, advance.net, advance.gross)
"""


def advances_are_what_was_invoiced_ahead(session: Session) -> Found:
    """Advances are lines of issued invoices, and what left of them is what standing shipments cover."""
    return find(session, AHEAD)


# What credit notes took of pieces that had left, less what debit notes took back of that, by what they left with.
CREDITED = f"""
WITH taken AS (
    SELECT line.invoice_line_id, line.shipment_line_id, min(line.credit_note_id) AS document_id,
           sum(line.quantity) AS quantity
    FROM (
        SELECT line.invoice_line_id, line.shipment_line_id, line.credit_note_id, line.quantity
        FROM credit_note_line line JOIN credit_note note ON note.id = line.credit_note_id AND note.state = 'issued'
        UNION ALL SELECT invoice_line_id, shipment_line_id, NULL, -pieces FROM ({DEBITED}) line
    ) line JOIN invoice_line its ON its.id = line.invoice_line_id AND its.kind = 'advance'
    WHERE line.shipment_line_id IS NOT NULL GROUP BY line.invoice_line_id, line.shipment_line_id
), delivered AS (
    SELECT advance.invoice_line_id, delivery.shipment_line_id, delivery.quantity
    FROM advance_delivery delivery JOIN advance ON advance.id = delivery.advance_id
    JOIN shipment_line line ON line.id = delivery.shipment_line_id
    JOIN shipment ON shipment.id = line.shipment_id AND shipment.state = 'processed'
)
SELECT 'credited since of what left ahead with line ' || line.position AS what, line.shipment_id AS document_id,
       coalesce(its.quantity, 0)::text AS expected, line.pre_credited::text AS found
FROM shipment_line line
LEFT JOIN (SELECT shipment_line_id AS id, sum(quantity) AS quantity FROM taken GROUP BY 1) its USING (id)
WHERE line.pre_credited <> coalesce(its.quantity, 0)
UNION ALL
SELECT 'credited of what left with shipment line #' || taken.shipment_line_id, taken.document_id,
       'at most ' || coalesce(delivered.quantity, 0), taken.quantity::text
FROM taken LEFT JOIN delivered USING (invoice_line_id, shipment_line_id)
WHERE taken.quantity > coalesce(delivered.quantity, 0)
UNION ALL
SELECT 'goods back of line ' || line.position, line.credit_note_id, 'of what left', 'of what did not leave'
FROM credit_note_line line JOIN invoice_line its ON its.id = line.invoice_line_id AND its.kind = 'advance'
WHERE line.kind = 'goods_back' AND line.shipment_line_id IS NULL
"""


def what_left_ahead_is_credited_once(session: Session) -> Found:
    """Of what was invoiced in advance and left, no more is credited than left with each standing shipment."""
    return find(session, CREDITED)


# The order in which parts were made and undone is that of the steps in the history.
SEQUENCE = """
WITH steps AS (
    SELECT document_id, max(id) FILTER (WHERE step <> 'cancel') AS made,
           max(id) FILTER (WHERE step = 'cancel') AS undone
    FROM document_history WHERE step IN ('issue', 'process', 'cancel') GROUP BY document_id
), parts AS (
    SELECT delivery.advance_id, line.shipment_id AS document_id, 0 AS position, delivery.quantity, delivery.net,
           delivery.gross, steps.made, steps.undone
    FROM advance_delivery delivery JOIN shipment_line line ON line.id = delivery.shipment_line_id
    JOIN steps ON steps.document_id = line.shipment_id
    UNION ALL
    SELECT advance.id, line.credit_note_id, line.position, line.quantity, line.again_net, line.again_gross, steps.made,
           NULL
    FROM credit_note_line line JOIN credit_note note ON note.id = line.credit_note_id AND note.state = 'issued'
    JOIN advance ON advance.invoice_line_id = line.invoice_line_id JOIN steps ON steps.document_id = line.credit_note_id
    WHERE line.kind = 'invoice_again' AND line.shipment_line_id IS NULL
), shares AS (
    SELECT part.advance_id, part.document_id, part.net, part.gross,
           round(advance.net * (part.quantity + earlier.quantity) / advance.quantity, %(decimals)s) - earlier.net
               AS share_net,
           round(advance.gross * (part.quantity + earlier.quantity) / advance.quantity, %(decimals)s) - earlier.gross
               AS share_gross
    FROM parts part JOIN advance ON advance.id = part.advance_id CROSS JOIN LATERAL (
        SELECT coalesce(sum(its.quantity), 0) AS quantity, coalesce(sum(its.net), 0) AS net,
               coalesce(sum(its.gross), 0) AS gross
        FROM parts its WHERE its.advance_id = part.advance_id AND (its.made, its.position) < (part.made, part.position)
                             AND (its.undone IS NULL OR its.undone > part.made)
    ) earlier
)
SELECT 'part of advance #' || advance_id AS what, document_id, concat_ws(', ', share_net, share_gross) AS expected,
       concat_ws(', ', net, gross) AS found
FROM shares WHERE (net, gross) <> (share_net, share_gross)
UNION ALL
SELECT 'did not leave yet when line ' || line.position || ' took what had left', line.credit_note_id, '0',
       (advance.quantity - coalesce(gone.quantity, 0))::text
FROM credit_note_line line JOIN credit_note note ON note.id = line.credit_note_id AND note.state = 'issued'
JOIN steps ON steps.document_id = note.id JOIN advance ON advance.invoice_line_id = line.invoice_line_id
LEFT JOIN LATERAL (
    SELECT sum(its.quantity) AS quantity FROM parts its
    WHERE its.advance_id = advance.id AND (its.made, its.position) < (steps.made, line.position)
          AND (its.undone IS NULL OR its.undone > steps.made)
) gone ON true
WHERE line.kind = 'invoice_again' AND line.shipment_line_id IS NOT NULL
      AND advance.quantity <> coalesce(gone.quantity, 0)
"""


def advances_are_taken_in_one_sequence(session: Session) -> Found:
    """What left of an advance, and what is invoiced again before it leaves, are rounded shares in one sequence."""
    return find(session, SEQUENCE, decimals=decimals(session))
