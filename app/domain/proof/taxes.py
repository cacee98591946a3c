"""Tax: the percentage of the day of supply, one for what was supplied together, and what documents print of the regime
that they are in.
"""

from sqlalchemy.orm import Session

from app.domain.proof.found import Found, find
from app.domain.proof.giving import GIVEN

# A shipment left on one day, and so did each shipment on an invoice; what else is on one has the invoice's own date of
# supply.
SUPPLIED = """
SELECT 'percentages of tax rate ' || coalesce(tax_rate.code, '') AS what, document_id, '1' AS expected,
       string_agg(DISTINCT trim_scale(line.percent)::text, ' and ') AS found
FROM (
    SELECT order_id AS document_id, 0 AS supply, tax_rate_id, tax_percent AS percent FROM sales_order_line
    UNION ALL
    SELECT line.shipment_id, 0, order_line.tax_rate_id, coalesce(line.tax_percent, -1)
    FROM shipment_line line JOIN shipment ON shipment.id = line.shipment_id AND shipment.state <> 'draft'
    JOIN sales_order_line order_line ON order_line.id = line.order_line_id
    UNION ALL
    SELECT line.invoice_id, coalesce(shipped.shipment_id, 0), line.tax_rate_id, line.tax_percent
    FROM invoice_line line JOIN invoice ON invoice.id = line.invoice_id AND invoice.kind = 'invoice'
    LEFT JOIN shipment_line shipped ON shipped.id = line.shipment_line_id
) line LEFT JOIN tax_rate ON tax_rate.id = line.tax_rate_id
GROUP BY document_id, supply, tax_rate.id HAVING count(DISTINCT line.percent) > 1 OR min(line.percent) < 0
"""


def what_is_supplied_together_has_one_percentage(session: Session) -> Found:
    """Lines of one tax rate that were ordered, left or are invoiced together carry the same percentage of VAT."""
    return find(session, SUPPLIED)


PRINTED = """
SELECT 'regime that is printed' AS what, id AS document_id, tax_regime AS expected, buyer->>'tax_regime' AS found
FROM (
    SELECT id, tax_regime, buyer FROM invoice WHERE state = 'issued'
    UNION ALL SELECT id, tax_regime, buyer FROM credit_note WHERE state = 'issued'
) document
WHERE tax_regime IS DISTINCT FROM buyer->>'tax_regime'
"""


def documents_print_the_tax_regime_they_are_in(session: Session) -> Found:
    """What issued invoices and credit notes print of the tax regime is the one in which their tax was reckoned."""
    return find(session, PRINTED)


# The rates of lines that come of others, and the percentages of what credits or debits them, are proved beside their
# other facts. Where a table of percentages was put right later than a line went by it, it proves nothing of that line.
CHARGED = """
WITH told AS (
    SELECT tax_rate_id, percent, starts_on,
           lead(starts_on, 1, 'infinity'::date) OVER (PARTITION BY tax_rate_id ORDER BY starts_on) AS ends_on
    FROM (SELECT id AS tax_rate_id, rate AS percent, '-infinity'::date AS starts_on FROM tax_rate
          UNION ALL SELECT tax_rate_id, percent, valid_from FROM tax_rate_row) known
), charged AS (
    SELECT line.invoice_id AS document_id, line.position, line.tax_rate_id, line.tax_percent, 'issue' AS step,
           CASE line.kind WHEN 'shipment' THEN shipment."on" WHEN 'advance' THEN invoice.supply_on
                          ELSE invoice."on" END AS day
    FROM invoice_line line JOIN invoice ON invoice.id = line.invoice_id AND invoice.state = 'issued'
    LEFT JOIN shipment_line shipped ON shipped.id = line.shipment_line_id
    LEFT JOIN shipment ON shipment.id = shipped.shipment_id WHERE line.kind <> 'debit'
    UNION ALL
    SELECT line.shipment_id, line.position, ordered.tax_rate_id, line.tax_percent, 'process', shipment."on"
    FROM shipment_line line JOIN shipment ON shipment.id = line.shipment_id AND shipment.state <> 'draft'
    JOIN sales_order_line ordered ON ordered.id = line.order_line_id
    UNION ALL
    SELECT line.credit_note_id, line.position, line.tax_rate_id, line.tax_percent, 'issue',
           coalesce(note.supply_on, note."on")
    FROM credit_note_line line JOIN credit_note note ON note.id = line.credit_note_id AND note.state = 'issued'
    WHERE line.invoice_line_id IS NULL
)
SELECT 'percentage of line ' || charged.position || ' on ' || charged.day AS what, charged.document_id,
       trim_scale(told.percent) AS expected, trim_scale(charged.tax_percent) AS found
FROM charged LEFT JOIN told ON told.tax_rate_id = charged.tax_rate_id
                               AND charged.day >= told.starts_on AND charged.day < told.ends_on
JOIN tax_rate ON tax_rate.id = charged.tax_rate_id
WHERE charged.tax_percent IS DISTINCT FROM told.percent AND tax_rate.told_at < (
    SELECT max(at) FROM document_history its WHERE its.document_id = charged.document_id AND its.step = charged.step
)
"""


def percentages_are_those_of_the_day_of_supply(session: Session) -> Found:
    """Each line carries the percentage that the table of its tax rate has for the day on which it was supplied."""
    return find(session, CHARGED)


# An advance has another day than its own only where payments that came by then, and lay on lines of it, come to it.
DATED = f"""
WITH dated AS (
    SELECT invoice.id, invoice."on", invoice.supply_on, invoice.gross, bool_or(line.kind = 'advance') AS is_ahead,
           CASE invoice.kind WHEN 'invoice' THEN coalesce(max(shipment."on"), invoice."on") END AS day
    FROM invoice JOIN invoice_line line ON line.invoice_id = invoice.id
    LEFT JOIN shipment_line shipped ON shipped.id = line.shipment_line_id
    LEFT JOIN shipment ON shipment.id = shipped.shipment_id
    WHERE invoice.state = 'issued' GROUP BY invoice.id
), early AS MATERIALIZED (
    SELECT id, supply_on, gross FROM dated WHERE is_ahead AND supply_on < "on"
), payment AS (
    SELECT DISTINCT early.id, act.payment_id
    FROM early JOIN invoice_line line ON line.invoice_id = early.id
    JOIN sales_order_line ordered ON ordered.id = line.order_line_id
    JOIN open_item item ON item.document_id = ordered.order_id AND item.line_id = ordered.id
    JOIN allocation_line its ON its.open_item_id = item.id JOIN allocation act ON act.id = its.allocation_id
), received AS (
    SELECT early.id, early.supply_on, early.gross,
           coalesce(sum(given.amount) FILTER (WHERE given."on" <= early.supply_on), 0) AS amount,
           coalesce(bool_or(given."on" = early.supply_on), false) AS is_day
    FROM early LEFT JOIN payment USING (id)
    LEFT JOIN ({GIVEN}) given ON given.document_id = payment.payment_id AND given.role = 'customer_advances'
    GROUP BY early.id, early.supply_on, early.gross
)
SELECT 'date of supply' AS what, id AS document_id, day::text AS expected, supply_on::text AS found
FROM dated WHERE supply_on IS DISTINCT FROM day AND id NOT IN (SELECT id FROM early)
UNION ALL
SELECT 'received by ' || supply_on, id, 'on that day, and in all at least ' || gross, amount::text
FROM received WHERE amount < gross OR NOT is_day
"""


def dates_of_supply_are_when_goods_left_or_money_came(session: Session) -> Found:
    """Invoices are supplied when their last goods left, advances when all was paid, others on their own date."""
    return find(session, DATED)
