"""Progress: what documents say of one another, the states that follow, and the links and history that tell of it."""

from sqlalchemy.orm import Session

from app.domain.proof.found import Found, find

SHIPPED = """
WITH parts AS (
    SELECT line.order_line_id, sum(line.quantity) FILTER (WHERE shipment.state = 'processed') AS shipped,
           sum(line.quantity) FILTER (WHERE shipment.state = 'draft') AS drafted
    FROM shipment_line line JOIN shipment ON shipment.id = line.shipment_id GROUP BY line.order_line_id
)
SELECT 'shipped of line ' || line.position AS what, line.order_id AS document_id, line.product_id,
       coalesce(parts.shipped, 0)::text AS expected, line.shipped::text AS found
FROM sales_order_line line LEFT JOIN parts ON parts.order_line_id = line.id
WHERE line.shipped <> coalesce(parts.shipped, 0)
UNION ALL
SELECT 'shipped and given up of line ' || position, order_id, product_id, 'at most ' || quantity,
       (shipped + given_up)::text
FROM sales_order_line WHERE shipped < 0 OR given_up < 0 OR shipped + given_up > quantity
UNION ALL
SELECT 'waiting in draft shipments of line ' || line.position, line.order_id, line.product_id,
       'at most ' || (line.quantity - line.shipped - line.given_up), parts.drafted::text
FROM sales_order_line line JOIN parts ON parts.order_line_id = line.id
WHERE parts.drafted > line.quantity - line.shipped - line.given_up
"""


def shipped_is_what_shipments_took(session: Session) -> Found:
    """Shipped is the sum of processed shipments; with what is given up, and in drafts, it is never above ordered."""
    return find(session, SHIPPED)


INVOICED = """
SELECT 'invoiced of line ' || line.position AS what, line.shipment_id AS document_id,
       coalesce(sum(part.quantity), 0) + line.pre_invoiced AS expected, line.invoiced AS found
FROM shipment_line line LEFT JOIN (
    SELECT shipment_line_id, quantity FROM invoice_line
    UNION ALL
    SELECT again.shipment_line_id, -again.quantity
    FROM credit_note_line again JOIN credit_note note ON note.id = again.credit_note_id AND note.state = 'issued'
    WHERE again.kind = 'invoice_again'
) part ON part.shipment_line_id = line.id
GROUP BY line.id
HAVING line.invoiced <> coalesce(sum(part.quantity), 0) + line.pre_invoiced
UNION ALL
SELECT 'invoiced of line ' || line.position, line.shipment_id,
       CASE shipment.state WHEN 'processed' THEN line.quantity - line.returned_uninvoiced ELSE 0 END, line.invoiced
FROM shipment_line line JOIN shipment ON shipment.id = line.shipment_id
WHERE line.invoiced > CASE shipment.state WHEN 'processed' THEN line.quantity - line.returned_uninvoiced ELSE 0 END
"""


def invoiced_is_what_invoices_took(session: Session) -> Found:
    """Invoiced is what invoices hold, less what is to be invoiced again: at most what left and is not back without."""
    return find(session, INVOICED)


SAME_GOODS = """
SELECT 'product or order of line ' || line.position AS what, line.shipment_id AS document_id, order_line.product_id,
       'of order #' || shipment.order_id AS expected, 'of order #' || order_line.order_id AS found
FROM shipment_line line JOIN shipment ON shipment.id = line.shipment_id
JOIN sales_order_line order_line ON order_line.id = line.order_line_id
WHERE order_line.order_id <> shipment.order_id
UNION ALL
SELECT 'product, price and tax of line ' || line.position, line.invoice_id, line.product_id,
       concat_ws(', ', order_line.sku, order_line.unit_price, order_line.discount, order_line.tax_rate_id),
       concat_ws(', ', line.sku, line.unit_price, line.discount, line.tax_rate_id)
FROM invoice_line line LEFT JOIN shipment_line ON shipment_line.id = line.shipment_line_id
JOIN sales_order_line order_line ON order_line.id = coalesce(shipment_line.order_line_id, line.order_line_id)
WHERE (line.order_line_id, line.product_id, line.sku, line.unit_price, line.discount, line.tax_rate_id)
      IS DISTINCT FROM
      (order_line.id, order_line.product_id, order_line.sku, order_line.unit_price, order_line.discount,
       order_line.tax_rate_id)
UNION ALL
SELECT 'customer, currency, mode and regime of a shipment of it', invoice.id, NULL::bigint,
       concat_ws(', ', shipped.customer_id, sales_order.currency, sales_order.prices_include_vat,
                 sales_order.tax_regime),
       concat_ws(', ', document.customer_id, invoice.currency, invoice.prices_include_vat, invoice.tax_regime)
FROM invoice JOIN document ON document.id = invoice.id
JOIN (SELECT DISTINCT invoice_id, shipment_line_id FROM invoice_line) line ON line.invoice_id = invoice.id
JOIN shipment_line ON shipment_line.id = line.shipment_line_id JOIN shipment ON shipment.id = shipment_line.shipment_id
JOIN document shipped ON shipped.id = shipment.id JOIN sales_order ON sales_order.id = shipment.order_id
WHERE (shipped.customer_id, sales_order.currency, sales_order.prices_include_vat, sales_order.tax_regime)
      IS DISTINCT FROM (document.customer_id, invoice.currency, invoice.prices_include_vat, invoice.tax_regime)
UNION ALL
SELECT 'customer, currency, mode and regime of the order of it', invoice.id, NULL::bigint,
       concat_ws(', ', ordered.customer_id, sales_order.currency, sales_order.prices_include_vat,
                 sales_order.tax_regime),
       concat_ws(', ', document.customer_id, invoice.currency, invoice.prices_include_vat, invoice.tax_regime)
FROM invoice JOIN document ON document.id = invoice.id
JOIN (SELECT DISTINCT invoice_id, order_line_id FROM invoice_line WHERE kind = 'advance') line
     ON line.invoice_id = invoice.id
JOIN sales_order_line order_line ON order_line.id = line.order_line_id
JOIN document ordered ON ordered.id = order_line.order_id JOIN sales_order ON sales_order.id = ordered.id
WHERE (ordered.customer_id, sales_order.currency, sales_order.prices_include_vat, sales_order.tax_regime)
      IS DISTINCT FROM (document.customer_id, invoice.currency, invoice.prices_include_vat, invoice.tax_regime)
"""


def parts_are_of_their_whole(session: Session) -> Found:
    """Shipment lines are of their own order; invoice lines have goods, price, tax and customer of what was shipped."""
    return find(session, SAME_GOODS)


ORDER_STATES = """
SELECT 'state' AS what, document_id, expected, state AS found
FROM (
    SELECT sales_order.id AS document_id, sales_order.state,
           CASE WHEN bool_and(line.shipped + line.given_up = line.quantity) AND bool_or(line.shipped > 0)
                THEN 'performed'
                WHEN bool_or(line.shipped > 0) THEN 'approved'
                WHEN bool_or(line.given_up > 0) THEN 'approved or cancelled'
                ELSE 'not performed' END AS expected
    FROM sales_order LEFT JOIN sales_order_line line ON line.order_id = sales_order.id
    GROUP BY sales_order.id
) orders
WHERE (expected = 'performed') <> (state = 'performed')
      OR (starts_with(expected, 'approved') AND strpos(expected, state) = 0)
UNION ALL
SELECT 'agreement', id, 'who agreed, how and when', concat_ws(', ', agreed_by, agreed_how, agreed_at)
FROM sales_order
WHERE state IN ('approved', 'performed') AND (agreed_by IS NULL OR agreed_how IS NULL OR agreed_at IS NULL)
UNION ALL
SELECT 'open draft shipments from one warehouse', order_id, 'at most 1', count(*)::text
FROM shipment JOIN document ON document.id = shipment.id WHERE state = 'draft'
GROUP BY order_id, warehouse_id HAVING count(*) > 1
UNION ALL
SELECT 'state of the order of an open shipment', shipment.id, 'approved', sales_order.state
FROM shipment JOIN sales_order ON sales_order.id = shipment.order_id
WHERE shipment.state = 'draft' AND sales_order.state <> 'approved'
      OR shipment.state = 'processed' AND sales_order.state NOT IN ('approved', 'performed')
"""


def order_states_follow_their_lines(session: Session) -> Found:
    """An order is performed when all of it is shipped or given up and something is shipped; else it is not."""
    return find(session, ORDER_STATES)


STATES = """
    SELECT id, state FROM sales_order UNION ALL SELECT id, state FROM shipment
    UNION ALL SELECT id, state FROM stock_receipt UNION ALL SELECT id, state FROM write_off
    UNION ALL SELECT id, state FROM invoice UNION ALL SELECT id, state FROM customer_return
    UNION ALL SELECT id, state FROM credit_note
    UNION ALL SELECT id, state FROM stock_count UNION ALL SELECT id, state FROM opening_stock
    UNION ALL SELECT id, state FROM internal_order
    UNION ALL SELECT id, state FROM cash_order
    UNION ALL SELECT id, state FROM bank_line UNION ALL SELECT id, state FROM adjustment
    UNION ALL SELECT id, state FROM manual_entry UNION ALL SELECT id, state FROM opening_balance
    UNION ALL SELECT id, state FROM bank_statement
"""
HISTORY = f"""
WITH last AS (
    SELECT DISTINCT ON (document_id) document_id, to_state FROM document_history WHERE to_state IS NOT NULL
    ORDER BY document_id, id DESC
)
SELECT 'state' AS what, document.id AS document_id, last.to_state AS expected, document.state AS found
FROM ({STATES}) document LEFT JOIN last ON last.document_id = document.id
WHERE document.state IS DISTINCT FROM last.to_state AND (last.to_state IS NOT NULL OR document.state <> 'draft')
"""


def states_are_what_the_history_tells(session: Session) -> Found:
    """Every document is in the state to which its history last led."""
    return find(session, HISTORY)


LINKS = """
WITH wanted AS (
    SELECT order_id AS from_id, id AS to_id, 'ships' AS kind FROM shipment
    UNION
    SELECT shipment_line.shipment_id, line.invoice_id, 'invoices'
    FROM invoice_line line JOIN shipment_line ON shipment_line.id = line.shipment_line_id
    UNION
    SELECT order_line.order_id, line.invoice_id, 'invoices'
    FROM invoice_line line JOIN sales_order_line order_line ON order_line.id = line.order_line_id
    WHERE line.kind = 'advance'
    UNION
    SELECT shipment_line.shipment_id, line.return_id, 'returns'
    FROM customer_return_line line JOIN shipment_line ON shipment_line.id = line.shipment_line_id
    UNION
    SELECT credit_note_id, id, 'returns' FROM customer_return WHERE credit_note_id IS NOT NULL
    UNION
    SELECT invoice_id, id, 'credits' FROM credit_note WHERE invoice_id IS NOT NULL
    UNION
    SELECT return_id, id, 'credits' FROM credit_note WHERE return_id IS NOT NULL
    UNION
    SELECT shipment_line.shipment_id, line.credit_note_id, 'credits'
    FROM credit_note_line line JOIN invoice_line ON invoice_line.id = line.invoice_line_id
    JOIN shipment_line ON shipment_line.id = line.shipment_line_id WHERE invoice_line.kind = 'advance'
    UNION
    SELECT credit_note_id, id, 'debits' FROM invoice WHERE credit_note_id IS NOT NULL
    UNION
    SELECT payment_id, id, 'allocates' FROM allocation
    UNION
    SELECT id, statement_id, 'lists' FROM bank_line WHERE statement_id IS NOT NULL
), kept AS (
    SELECT from_id, to_id, kind FROM document_link
    WHERE kind IN ('ships', 'invoices', 'returns', 'credits', 'debits', 'allocates', 'lists')
)
SELECT 'link to document #' || to_id AS what, from_id AS document_id, wanted.kind AS expected, kept.kind AS found
FROM wanted FULL JOIN kept USING (from_id, to_id) WHERE wanted.kind IS DISTINCT FROM kept.kind
"""


def links_tell_what_was_made_from_what(session: Session) -> Found:
    """Whatever was made from other documents, be it shipments, invoices or statements, is linked to them, once."""
    return find(session, LINKS)
