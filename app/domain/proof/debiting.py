"""Debit notes: what they take back of credit notes is of the same customer and goods, and never more than there is."""

from sqlalchemy.orm import Session

from app.domain.proof.billed import DEBITED
from app.domain.proof.found import Found, decimals, find

PARTS = f"""
WITH issued AS (
    SELECT document_id, max(id) AS made FROM document_history WHERE step = 'issue' GROUP BY document_id
), parts AS (
    SELECT line.invoice_id AS document_id, line.position, line.product_id, line.kind, line.net, line.vat,
           its.net AS whole_net, its.vat AS whole_vat,
           CASE line.kind WHEN 'allowance' THEN line.amount ELSE line.pieces END AS taken,
           CASE WHEN line.kind <> 'allowance' THEN its.quantity
                WHEN note.prices_include_vat THEN its.gross ELSE its.net END AS whole,
           sum(CASE line.kind WHEN 'allowance' THEN line.amount ELSE line.pieces END)
               OVER (PARTITION BY line.credit_line_id ORDER BY issued.made, line.position
                     ROWS UNBOUNDED PRECEDING) AS upto
    FROM ({DEBITED}) line JOIN issued ON issued.document_id = line.invoice_id
    JOIN credit_note_line its ON its.id = line.credit_line_id JOIN credit_note note ON note.id = its.credit_note_id
), shares AS (
    SELECT *, CASE kind WHEN 'allowance' THEN net
                   ELSE round(whole_net * upto / whole, %(decimals)s)
                        - round(whole_net * (upto - taken) / whole, %(decimals)s) END AS share_net,
           round(whole_vat * upto / whole, %(decimals)s)
           - round(whole_vat * (upto - taken) / whole, %(decimals)s) AS share_vat
    FROM parts
)
SELECT 'net and VAT of line ' || position AS what, document_id, product_id,
       concat_ws(', ', share_net, share_vat) AS expected, concat_ws(', ', net, vat) AS found
FROM shares WHERE (net, vat) <> (share_net, share_vat)
UNION ALL
SELECT 'taken back with line ' || position, document_id, product_id, 'at most ' || whole, upto::text
FROM parts WHERE abs(upto) > abs(whole) OR upto * whole < 0
UNION ALL
SELECT 'customer, currency, mode, regime and date of its credit note', invoice.id, NULL::bigint,
       concat_ws(', ', credited.customer_id, note.currency, note.prices_include_vat, note.tax_regime, 'not before',
                 note."on"),
       concat_ws(', ', document.customer_id, invoice.currency, invoice.prices_include_vat, invoice.tax_regime,
                 invoice."on")
FROM invoice JOIN document ON document.id = invoice.id
JOIN credit_note note ON note.id = invoice.credit_note_id JOIN document credited ON credited.id = note.id
WHERE (credited.customer_id, note.currency, note.prices_include_vat, note.tax_regime)
      IS DISTINCT FROM (document.customer_id, invoice.currency, invoice.prices_include_vat, invoice.tax_regime)
      OR invoice."on" < note."on"
UNION ALL
SELECT 'credit note, goods and tax of line ' || line.position, line.invoice_id, line.product_id,
       concat_ws(', ', invoice.credit_note_id, its.product_id, its.account_id, its.tax_percent, 'not invoiced again'),
       concat_ws(', ', its.credit_note_id, line.product_id, line.account_id, line.tax_percent, its.kind)
FROM invoice_line line JOIN invoice ON invoice.id = line.invoice_id
JOIN credit_note_line its ON its.id = line.credit_line_id
WHERE (invoice.credit_note_id, its.product_id, its.account_id, its.tax_rate_id, its.tax_percent)
      IS DISTINCT FROM (its.credit_note_id, line.product_id, line.account_id, line.tax_rate_id, line.tax_percent)
      OR its.kind = 'invoice_again'
"""


def debits_are_parts_of_their_credits(session: Session) -> Found:
    """Debit notes take back rounded shares of their credit note, of the same customer and goods, never more than it."""
    return find(session, PARTS, decimals=decimals(session))
