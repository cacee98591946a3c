"""Credit notes: what they take of invoices is of the same customer and goods, and never more than there is."""

from sqlalchemy.orm import Session

from app.domain.proof.billed import DEBITED
from app.domain.proof.found import Found, decimals, find

CREDITED = f"""
WITH taken AS (
    SELECT id, sum(quantity) AS quantity, sum(net) AS net, sum(vat) AS vat FROM (
        SELECT line.invoice_line_id AS id, line.quantity, line.net, line.vat
        FROM credit_note_line line JOIN credit_note note ON note.id = line.credit_note_id AND note.state = 'issued'
        UNION ALL SELECT invoice_line_id, -pieces, -net, -vat FROM ({DEBITED}) line
    ) line GROUP BY id
)
SELECT 'credited pieces, net and VAT of line ' || line.position AS what, line.invoice_id AS document_id,
       concat_ws(', ', coalesce(taken.quantity, 0), coalesce(taken.net, 0), coalesce(taken.vat, 0)) AS expected,
       concat_ws(', ', line.credited, line.credited_net, line.credited_vat) AS found
FROM invoice_line line LEFT JOIN taken USING (id)
WHERE (line.credited, line.credited_net, line.credited_vat)
      <> (coalesce(taken.quantity, 0), coalesce(taken.net, 0), coalesce(taken.vat, 0))
UNION ALL
SELECT 'credited of line ' || line.position, line.invoice_id,
       'at most ' || concat_ws(', ', line.quantity, line.net, line.vat),
       concat_ws(', ', taken.quantity, taken.net, taken.vat)
FROM invoice_line line JOIN taken USING (id)
WHERE taken.quantity > line.quantity OR abs(taken.net) > abs(line.net) OR abs(taken.vat) > abs(line.vat)
      OR taken.net * line.net < 0 OR taken.vat * line.vat < 0
UNION ALL
SELECT 'customer, currency, mode and regime of its invoice', note.id,
       concat_ws(', ', invoiced.customer_id, invoice.currency, invoice.prices_include_vat, invoice.tax_regime),
       concat_ws(', ', document.customer_id, note.currency, note.prices_include_vat, note.tax_regime)
FROM credit_note note JOIN document ON document.id = note.id
JOIN invoice ON invoice.id = note.invoice_id JOIN document invoiced ON invoiced.id = invoice.id
WHERE (invoiced.customer_id, invoice.currency, invoice.prices_include_vat, invoice.tax_regime)
      IS DISTINCT FROM (document.customer_id, note.currency, note.prices_include_vat, note.tax_regime)
UNION ALL
SELECT 'invoice, goods, price and tax of line ' || line.position, line.credit_note_id,
       concat_ws(', ', note.invoice_id, left_with.id, its.product_id, its.account_id, its.unit_price,
                 its.discount, its.tax_percent),
       concat_ws(', ', its.invoice_id, line.shipment_line_id, line.product_id, line.account_id, line.unit_price,
                 line.discount, line.tax_percent)
FROM credit_note_line line JOIN credit_note note ON note.id = line.credit_note_id
LEFT JOIN invoice_line its ON its.id = line.invoice_line_id
LEFT JOIN LATERAL (
    SELECT its.shipment_line_id AS id WHERE its.kind <> 'advance'
    UNION ALL
    SELECT delivery.shipment_line_id FROM advance JOIN advance_delivery delivery ON delivery.advance_id = advance.id
    WHERE advance.invoice_line_id = its.id AND delivery.shipment_line_id = line.shipment_line_id
          AND line.kind <> 'allowance'
) left_with ON true
WHERE (note.invoice_id IS NOT NULL OR its.id IS NOT NULL) AND
      (note.invoice_id, left_with.id, its.product_id, its.account_id, its.unit_price, its.discount,
       its.tax_rate_id, its.tax_percent)
      IS DISTINCT FROM
      (its.invoice_id, line.shipment_line_id, line.product_id, line.account_id, line.unit_price, line.discount,
       line.tax_rate_id, line.tax_percent)
UNION ALL
SELECT 'what line ' || line.position || ' without an invoice is about', line.credit_note_id,
       'a product, or a text on an account that may be chosen',
       concat_ws(', ', line.kind, line.product_id, account.code, account.role)
FROM credit_note_line line LEFT JOIN account ON account.id = line.account_id
WHERE line.invoice_line_id IS NULL AND (
    (line.product_id IS NULL) = (account.id IS NULL) OR (line.kind = 'allowance' AND line.product_id IS NULL)
    OR account.role NOT IN ('revenue', 'other', 'vouchers')
)
UNION ALL
SELECT 'date', note.id, 'not before ' || invoice."on", note."on"::text
FROM credit_note note JOIN invoice ON invoice.id = note.invoice_id WHERE note."on" < invoice."on"
"""


def credited_is_what_credit_notes_took(session: Session) -> Found:
    """Credited is what credit notes took of invoices or gave by hand, less what debit notes took back, at most all."""
    return find(session, CREDITED)


# The share of pieces follows their order alone. Where an amount was allowed of a line, less may be left of it than the
# share; what is to be invoiced again is the share all the same. What was invoiced in advance and left has a share of
# its delivery; what did not leave shares with the deliveries, which is proved with these. What debit notes took back is
# credited anew: then the last piece takes what the others left.
PARTS = f"""
WITH issued AS (
    SELECT document_id, max(id) AS made FROM document_history WHERE step = 'issue' GROUP BY document_id
), parts AS (
    SELECT line.credit_note_id AS document_id, line.position, line.product_id, line.kind, line.quantity, line.net,
           line.vat, line.again_net, line.again_gross, its.quantity AS invoiced, its.net AS whole_net,
           its.vat AS whole_vat, line.invoice_line_id, delivery.net AS delivered_net,
           delivery.gross AS delivered_gross, delivery.quantity AS delivered,
           its.kind = 'advance' AND line.shipment_line_id IS NULL AS did_not_leave,
           sum(line.quantity) OVER (PARTITION BY line.invoice_line_id ORDER BY issued.made, line.position
                                    ROWS UNBOUNDED PRECEDING) AS upto,
           sum(line.quantity) OVER (PARTITION BY line.invoice_line_id, line.shipment_line_id
                                    ORDER BY issued.made, line.position ROWS UNBOUNDED PRECEDING) AS upto_left
    FROM (
        SELECT line.credit_note_id, line.position, line.product_id, line.kind, line.quantity, line.net, line.vat,
               line.again_net, line.again_gross, line.invoice_line_id, line.shipment_line_id
        FROM credit_note_line line JOIN credit_note note ON note.id = line.credit_note_id AND note.state = 'issued'
        UNION ALL
        SELECT invoice_id, position, product_id, 'debit', -pieces, -net, -vat, 0, 0, invoice_line_id, shipment_line_id
        FROM ({DEBITED}) line
    ) line JOIN issued ON issued.document_id = line.credit_note_id
    JOIN invoice_line its ON its.id = line.invoice_line_id
    LEFT JOIN advance ON advance.invoice_line_id = its.id
    LEFT JOIN advance_delivery delivery ON delivery.advance_id = advance.id
                                           AND delivery.shipment_line_id = line.shipment_line_id
), shares AS (
    SELECT *, CASE WHEN did_not_leave THEN again_net
                   WHEN delivered IS NULL THEN round(whole_net * upto / invoiced, %(decimals)s)
                                               - round(whole_net * (upto - quantity) / invoiced, %(decimals)s)
                   ELSE round(delivered_net * upto_left / delivered, %(decimals)s)
                        - round(delivered_net * (upto_left - quantity) / delivered, %(decimals)s) END AS share_net,
           round(delivered_gross * upto_left / delivered, %(decimals)s)
           - round(delivered_gross * (upto_left - quantity) / delivered, %(decimals)s) AS share_gross,
           round(whole_vat * upto / invoiced, %(decimals)s)
           - round(whole_vat * (upto - quantity) / invoiced, %(decimals)s) AS share_vat
    FROM parts
), judged AS (
    SELECT *, coalesce(share_gross, share_net + share_vat) AS share,
           bool_or(kind IN ('allowance', 'debit') OR share_net * whole_net < 0)
           OVER (PARTITION BY invoice_line_id) AS is_lowered
    FROM shares
)
SELECT 'net and VAT of line ' || position AS what, document_id, product_id,
       concat_ws(', ', share_net, share_vat) AS expected, concat_ws(', ', net, vat) AS found
FROM judged WHERE NOT is_lowered AND (net, vat) <> (share_net, share_vat)
UNION ALL
SELECT 'to be invoiced again of line ' || position, document_id, product_id, concat_ws(', ', share_net, share),
       concat_ws(', ', again_net, again_gross)
FROM judged WHERE kind = 'invoice_again' AND NOT did_not_leave AND (again_net, again_gross) <> (share_net, share)
UNION ALL
SELECT 'to be invoiced again of line ' || position, document_id, product_id, 'nothing',
       concat_ws(', ', again_net, again_gross)
FROM judged WHERE kind NOT IN ('invoice_again', 'debit') AND (again_net, again_gross) <> (0, 0)
"""


def credits_are_parts_of_their_invoices(session: Session) -> Found:
    """Pieces that are credited have their rounded share of the net and the VAT of the invoice line."""
    return find(session, PARTS, decimals=decimals(session))
