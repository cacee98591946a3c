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
# other facts. A line went by what was told last before the step of its document that is latest in the history; where
# all that was ever told of a rate says the same of a day, there is no need to ask when.
CHARGED = """
WITH told AS (
    SELECT tax_rate_id, after_id, until_id, percent.value::numeric AS percent, percent.key::date AS starts_on,
           lead(percent.key::date, 1, 'infinity'::date) OVER (PARTITION BY id ORDER BY percent.key::date) AS ends_on
    FROM (
        SELECT *, lead(after_id, 1, 9223372036854775807) OVER (PARTITION BY tax_rate_id ORDER BY id) AS until_id
        FROM tax_rate_told
    ) its CROSS JOIN LATERAL jsonb_each_text(percents) percent
    WHERE until_id >= (SELECT id FROM document_history WHERE step IN ('issue', 'process') ORDER BY id LIMIT 1)
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
       trim_scale(known.percent)::text AS expected, trim_scale(charged.tax_percent)::text AS found
FROM charged CROSS JOIN LATERAL (
    SELECT max(id) AS id FROM document_history its
    WHERE its.document_id = charged.document_id AND its.step = charged.step
) taken LEFT JOIN told known ON known.tax_rate_id = charged.tax_rate_id
                                AND charged.day >= known.starts_on AND charged.day < known.ends_on
                                AND taken.id > known.after_id AND taken.id <= known.until_id
WHERE charged.tax_rate_id IS NOT NULL AND charged.tax_percent IS DISTINCT FROM known.percent AND NOT EXISTS (
    SELECT FROM told WHERE told.tax_rate_id = charged.tax_rate_id
           AND charged.day >= told.starts_on AND charged.day < told.ends_on
    HAVING min(told.percent) = charged.tax_percent AND max(told.percent) = charged.tax_percent
)
UNION ALL
SELECT 'tax rate ' || rate.code || ', by the date from which it is valid', NULL, last.percents::text, now.percents::text
FROM tax_rate rate CROSS JOIN LATERAL (
    SELECT coalesce((SELECT jsonb_object_agg(valid_from, percent) FROM tax_rate_row WHERE tax_rate_id = rate.id), '{}')
           || jsonb_build_object('-infinity', rate.rate) AS percents
) now LEFT JOIN LATERAL (
    SELECT percents FROM tax_rate_told its WHERE its.tax_rate_id = rate.id ORDER BY its.id DESC LIMIT 1
) last ON true
WHERE now.percents IS DISTINCT FROM last.percents
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
