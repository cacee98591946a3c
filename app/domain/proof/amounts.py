"""Amounts: lines from quantities and prices, VAT per document and rate, totals, and parts that add up to the whole."""

from sqlalchemy.orm import Session

from app.domain.proof.found import Found, decimals, find

NET_OR_GROSS = """
SELECT 'amount of line ' || position AS what, document_id, product_id, expected::text, found::text
FROM (
    SELECT line.position, line.order_id AS document_id, line.product_id,
           CASE line.price_source WHEN 'shop' THEN (line.explanation #>> '{shop,amount}')::numeric
                ELSE round(line.quantity * coalesce(line.unit_price, 0) * (100 - line.discount) / 100, %(decimals)s)
           END AS expected,
           CASE WHEN document.prices_include_vat THEN line.gross ELSE line.net END AS found
    FROM sales_order_line line JOIN sales_order document ON document.id = line.order_id
) line
WHERE found IS DISTINCT FROM expected
UNION ALL
SELECT 'price of line ' || position, order_id, product_id, 'a price', NULL
FROM sales_order_line line JOIN sales_order ON sales_order.id = line.order_id
WHERE unit_price IS NULL AND state IN ('approved', 'performed')
"""


def order_lines_follow_their_prices(session: Session) -> Found:
    """Each order line is quantity times price less discount, or what a shop charged; an approved one has a price."""
    return find(session, NET_OR_GROSS, decimals=decimals(session))


FREE = """
SELECT 'amount of line ' || position AS what, document_id, product_id, expected::text, found::text
FROM (
    SELECT line.position, line.invoice_id AS document_id, line.product_id,
           round(line.quantity * line.unit_price * (100 - line.discount) / 100, %(decimals)s) AS expected,
           CASE WHEN document.prices_include_vat THEN line.gross ELSE line.net END AS found
    FROM invoice_line line JOIN invoice document ON document.id = line.invoice_id WHERE line.kind = 'free'
    UNION ALL
    SELECT line.position, line.credit_note_id, line.product_id,
           CASE line.kind WHEN 'allowance' THEN line.amount
                ELSE round(line.quantity * line.unit_price * (100 - line.discount) / 100, %(decimals)s) END,
           CASE WHEN document.prices_include_vat THEN line.gross ELSE line.net END
    FROM credit_note_line line JOIN credit_note document ON document.id = line.credit_note_id
    WHERE line.invoice_line_id IS NULL
) line
WHERE found <> expected
"""


def lines_by_hand_follow_their_prices(session: Session) -> Found:
    """Each line that was written by hand is quantity times price less discount, rounded once, or the amount it says."""
    return find(session, FREE, decimals=decimals(session))


# Shipments get their amounts when they are processed. Debit notes, and credit notes of invoices, have parts of what was
# reckoned before.
LINES = """
    SELECT line.order_id AS document_id, line.position, document.prices_include_vat, line.tax_rate_id, line.tax_percent,
           line.net, line.vat, line.gross
    FROM sales_order_line line JOIN sales_order document ON document.id = line.order_id
    UNION ALL
    SELECT line.shipment_id, line.position, sales_order.prices_include_vat, order_line.tax_rate_id, line.tax_percent,
           line.net, line.vat, line.gross
    FROM shipment_line line JOIN shipment ON shipment.id = line.shipment_id AND shipment.state <> 'draft'
    JOIN sales_order ON sales_order.id = shipment.order_id
    JOIN sales_order_line order_line ON order_line.id = line.order_line_id
    UNION ALL
    SELECT line.invoice_id, line.position, invoice.prices_include_vat, line.tax_rate_id, line.tax_percent,
           line.net, line.vat, line.gross
    FROM invoice_line line JOIN invoice ON invoice.id = line.invoice_id AND invoice.kind = 'invoice'
    UNION ALL
    SELECT line.credit_note_id, line.position, note.prices_include_vat, line.tax_rate_id, line.tax_percent,
           line.net, line.vat, line.gross
    FROM credit_note_line line JOIN credit_note note ON note.id = line.credit_note_id
    WHERE line.invoice_line_id IS NULL
"""
TOTALS = f"""
WITH lines AS (
    SELECT document_id, position, net, vat, gross FROM ({LINES}) line
    UNION ALL
    SELECT credit_note_id, position, net, vat, gross FROM credit_note_line WHERE invoice_line_id IS NOT NULL
    UNION ALL SELECT invoice_id, position, net, vat, gross FROM invoice_line WHERE kind = 'debit'
), documents AS (
    SELECT id AS document_id, net, vat, gross FROM sales_order
    UNION ALL SELECT id, net, vat, gross FROM shipment WHERE state <> 'draft'
    UNION ALL SELECT id, net, vat, gross FROM invoice UNION ALL SELECT id, net, vat, gross FROM credit_note
), sums AS (
    SELECT document_id, sum(net) AS net, sum(vat) AS vat, sum(gross) AS gross FROM lines GROUP BY document_id
)
SELECT 'net, VAT and gross' AS what, document_id,
       concat_ws(', ', coalesce(sums.net, 0), coalesce(sums.vat, 0), coalesce(sums.gross, 0)) AS expected,
       concat_ws(', ', documents.net, documents.vat, documents.gross) AS found
FROM documents LEFT JOIN sums USING (document_id)
WHERE (coalesce(sums.net, 0), coalesce(sums.vat, 0), coalesce(sums.gross, 0))
      <> (documents.net, documents.vat, documents.gross)
UNION ALL
SELECT 'gross of line ' || position, document_id, (net + vat)::text, gross::text FROM lines WHERE net + vat <> gross
"""


def documents_are_the_sums_of_their_lines(session: Session) -> Found:
    """Net, VAT and gross of each document are the sums of its lines, and gross is net plus VAT."""
    return find(session, TOTALS)


# VAT of a document and rate is reckoned on the sum (EN 16931, BR-CO-17), on the gross where prices include it.
VAT = f"""
SELECT 'VAT at ' || tax_percent || ' percent' AS what, document_id, expected, found
FROM (
    SELECT document_id, tax_percent, sum(vat) AS found,
           CASE WHEN prices_include_vat
                THEN sum(gross) - round(sum(gross) * 100 / (100 + tax_percent), %(decimals)s)
                ELSE round(sum(net) * tax_percent / 100, %(decimals)s) END AS expected
    FROM ({LINES}) line
    GROUP BY document_id, prices_include_vat, tax_rate_id, tax_percent
) rate
WHERE found <> expected
"""


def vat_is_reckoned_per_document_and_rate(session: Session) -> Found:
    """VAT of each document and rate is the rate on the sum of its lines, rounded once."""
    return find(session, VAT, decimals=decimals(session))


# In whole cents, so that no remainder is rounded before it is compared.
SHARES = f"""
WITH lines AS MATERIALIZED (
    SELECT document_id, tax_rate_id, tax_percent, position, vat * 10::numeric ^ %(decimals)s AS vat_cents,
           CASE WHEN prices_include_vat THEN gross ELSE net END * 10::numeric ^ %(decimals)s AS weight
    FROM ({LINES}) line
), cents AS (
    SELECT * FROM lines JOIN (
        SELECT document_id, tax_rate_id, tax_percent, sum(weight) AS whole, sum(vat_cents) AS total FROM lines
        GROUP BY document_id, tax_rate_id, tax_percent
    ) rate USING (document_id, tax_rate_id, tax_percent)
), divided AS (
    SELECT *, mod(mod(total * weight * sign(whole), abs(whole)) + abs(whole), abs(whole)) AS remainder
    FROM cents WHERE whole <> 0
), floored AS (
    SELECT *, (total * weight * sign(whole) - remainder) / abs(whole) AS share FROM divided
), ranked AS (
    SELECT *, total - sum(share) OVER rate AS missing,
           row_number() OVER (PARTITION BY document_id, tax_rate_id, tax_percent
                              ORDER BY remainder DESC, abs(weight) DESC, position) AS rank
    FROM floored WINDOW rate AS (PARTITION BY document_id, tax_rate_id, tax_percent)
)
SELECT 'VAT of line ' || position AS what, document_id,
       round((share + (rank <= missing)::int) / 10::numeric ^ %(decimals)s, %(decimals)s) AS expected,
       round(vat_cents / 10::numeric ^ %(decimals)s, %(decimals)s) AS found
FROM ranked WHERE share + (rank <= missing)::int <> vat_cents
"""


def vat_is_shared_by_largest_remainder(session: Session) -> Found:
    """Lines carry the VAT of their document and rate by largest remainder (ties: the larger amount, then in order)."""
    return find(session, SHARES, decimals=decimals(session))


# The order in which parts were made and undone is that of the steps in the history.
SHIPPED_PARTS = """
WITH steps AS (
    SELECT document_id, max(id) FILTER (WHERE step = 'process') AS made,
           max(id) FILTER (WHERE step = 'cancel') AS undone
    FROM document_history WHERE step IN ('process', 'cancel') GROUP BY document_id
), parts AS (
    SELECT line.shipment_id AS document_id, line.order_line_id, line.quantity, steps.made, steps.undone,
           CASE WHEN sales_order.prices_include_vat THEN line.gross ELSE line.net END AS amount,
           CASE WHEN sales_order.prices_include_vat THEN order_line.gross ELSE order_line.net END AS whole,
           order_line.quantity AS ordered, order_line.product_id
    FROM shipment_line line JOIN shipment ON shipment.id = line.shipment_id AND shipment.state <> 'draft'
    JOIN sales_order ON sales_order.id = shipment.order_id
    JOIN sales_order_line order_line ON order_line.id = line.order_line_id
    JOIN steps ON steps.document_id = shipment.id
)
SELECT 'part of order line ' || order_line_id AS what, document_id, product_id, expected, amount AS found
FROM (
    SELECT part.order_line_id, part.document_id, part.product_id, part.amount,
           CASE WHEN part.quantity = 0 THEN 0
                ELSE round(part.whole * (part.quantity + coalesce(sum(earlier.quantity), 0)) / part.ordered,
                           %(decimals)s) - coalesce(sum(earlier.amount), 0) END AS expected
    FROM parts part LEFT JOIN parts earlier
         ON earlier.order_line_id = part.order_line_id AND earlier.made < part.made
            AND (earlier.undone IS NULL OR earlier.undone > part.made)
    GROUP BY part.order_line_id, part.document_id, part.product_id, part.whole, part.quantity, part.ordered,
             part.amount
) part
WHERE amount <> expected
"""


def shipments_are_parts_of_their_orders(session: Session) -> Found:
    """Each shipped part is the rounded whole up to it less what the earlier parts took; nothing is worth nothing."""
    return find(session, SHIPPED_PARTS, decimals=decimals(session))


# A draft that was rewritten or deleted since may have been an earlier part: then only the whole can still be proved.
# What is credited to be invoiced again is a part that is taken back.
INVOICED_PARTS = """
WITH made AS (
    SELECT document_id, max(id) AS made FROM document_history WHERE step IN ('create', 'edit') GROUP BY document_id
), changed AS (
    SELECT document.customer_id, max(history.id) AS last
    FROM document_history history JOIN document ON document.id = history.document_id AND document.kind = 'invoice'
    WHERE history.step IN ('edit', 'delete') GROUP BY document.customer_id
), parts AS (
    SELECT line.invoice_id AS document_id, line.shipment_line_id, line.product_id, line.quantity, made.made,
           shipped.pre_invoiced, CASE WHEN invoice.prices_include_vat THEN pre_gross ELSE pre_net END AS pre_amount,
           coalesce(changed.last > made.made, false) AS is_unknown, shipped.quantity AS shipped,
           CASE WHEN invoice.prices_include_vat THEN line.gross ELSE line.net END AS amount,
           CASE WHEN invoice.prices_include_vat THEN shipped.gross ELSE shipped.net END AS whole
    FROM invoice_line line JOIN invoice ON invoice.id = line.invoice_id
    JOIN shipment_line shipped ON shipped.id = line.shipment_line_id
    JOIN document ON document.id = invoice.id LEFT JOIN made ON made.document_id = invoice.id
    LEFT JOIN changed ON changed.customer_id = document.customer_id
    UNION ALL
    SELECT line.credit_note_id, line.shipment_line_id, line.product_id, -line.quantity, issued.made,
           shipped.pre_invoiced, CASE WHEN note.prices_include_vat THEN pre_gross ELSE pre_net END, true,
           shipped.quantity, -CASE WHEN note.prices_include_vat THEN line.again_gross ELSE line.again_net END,
           CASE WHEN note.prices_include_vat THEN shipped.gross ELSE shipped.net END
    FROM credit_note_line line JOIN credit_note note ON note.id = line.credit_note_id AND note.state = 'issued'
    JOIN shipment_line shipped ON shipped.id = line.shipment_line_id
    JOIN (SELECT document_id, max(id) AS made FROM document_history WHERE step = 'issue' GROUP BY document_id) issued
         ON issued.document_id = note.id
    WHERE line.kind = 'invoice_again'
), sums AS (
    SELECT *, sum(quantity) OVER upto + pre_invoiced AS upto,
           sum(amount) OVER upto - amount + pre_amount AS earlier,
           sum(quantity) OVER line + pre_invoiced AS in_all, sum(amount) OVER line + pre_amount AS total
    FROM parts
    WINDOW upto AS (PARTITION BY shipment_line_id ORDER BY made ROWS UNBOUNDED PRECEDING),
           line AS (PARTITION BY shipment_line_id)
)
SELECT 'part of shipment line ' || shipment_line_id AS what, document_id, product_id,
       round(whole * upto / shipped, %(decimals)s) - earlier AS expected, amount AS found
FROM sums WHERE NOT is_unknown AND amount <> round(whole * upto / shipped, %(decimals)s) - earlier
UNION ALL
SELECT 'invoiced of shipment line ' || shipment_line_id, min(document_id), min(product_id), whole, total
FROM sums WHERE in_all = shipped AND total <> whole GROUP BY shipment_line_id, whole, total
"""


def invoices_are_parts_of_their_shipments(session: Session) -> Found:
    """Each invoiced part is the rounded whole up to it less the earlier parts, and all of them are the whole."""
    return find(session, INVOICED_PARTS, decimals=decimals(session))
