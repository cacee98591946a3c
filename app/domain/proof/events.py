"""Entries: each event of a document is posted once, as the document says, and what is cancelled is mirrored."""

from sqlalchemy.orm import Session

from app.domain.proof.billed import CREDITED, DELIVERED, INVOICED
from app.domain.proof.costs import COSTS
from app.domain.proof.found import Found, decimals, find
from app.domain.proof.giving import GIVEN
from app.domain.proof.money import PAYMENTS
from app.domain.proof.roundings import TAKEN_BACK

# What every document has to post, as debit (positive) or credit (negative) of a role.
EVENTS = f"""
WITH acts AS (
    SELECT allocation.id, allocation.payment_id, allocation."on", allocation.released_on, sum(line.amount) AS amount,
           allocation.posted = 'with_payment' AS with_payment, given.undone
    FROM allocation JOIN allocation_line line ON line.allocation_id = allocation.id
    JOIN ({GIVEN}) given ON given.document_id = allocation.payment_id
    WHERE allocation.posted <> 'none' GROUP BY allocation.id, given.undone
), receipts AS (
    SELECT receipt.id, receipt."on", receipt.state = 'cancelled' AS undone, sum(line.value) AS cost
    FROM stock_receipt receipt JOIN stock_receipt_line line ON line.receipt_id = receipt.id
    WHERE receipt.state <> 'draft' GROUP BY receipt.id
), openings AS (
    SELECT opening.id, opening."on", opening.state = 'cancelled' AS undone, sum(line.value) AS cost
    FROM opening_stock opening JOIN opening_stock_line line ON line.opening_id = opening.id
    WHERE opening.state <> 'draft' GROUP BY opening.id
), write_offs AS (
    SELECT write_off.id, write_off."on", write_off.state = 'cancelled' AS undone, sum(line.cost) AS cost
    FROM write_off JOIN write_off_line line ON line.write_off_id = write_off.id
    WHERE write_off.state <> 'draft' GROUP BY write_off.id
), counts AS (
    SELECT counted.id, counted."on", counted.state = 'cancelled' AS undone,
           coalesce(sum(line.value) FILTER (WHERE line.value > 0), 0) AS surplus,
           coalesce(-sum(line.value) FILTER (WHERE line.value < 0), 0) AS shortage
    FROM stock_count counted JOIN stock_count_line line ON line.count_id = counted.id
    WHERE counted.state <> 'draft' GROUP BY counted.id
), internal AS (
    SELECT its.id, its.sent_on, its.received_on, its.state = 'cancelled' AS undone, sum(line.cost) AS cost,
           sum(least(line.cost, line.value)) AS arrived, sum(greatest(line.cost - line.value, 0)) AS short,
           sum(greatest(line.value - line.cost, 0)) AS surplus
    FROM internal_order its JOIN internal_order_line line ON line.internal_order_id = its.id
    WHERE its.sent_on IS NOT NULL GROUP BY its.id
), shipments AS (
    SELECT shipment.id, shipment."on", shipment.state = 'cancelled' AS undone, sum(line.cost) AS cost,
           sum(line.sold) AS sold
    FROM shipment JOIN ({COSTS}) line ON line.shipment_id = shipment.id GROUP BY shipment.id
), returns AS (
    SELECT customer_return.id, customer_return."on", customer_return.state = 'cancelled' AS undone,
           sum(line.value) AS cost, sum(line.deferred) AS deferred
    FROM customer_return JOIN customer_return_line line ON line.return_id = customer_return.id
    WHERE customer_return.state <> 'draft' GROUP BY customer_return.id
), repaid AS (
    SELECT repayment.refund_id, sum(repayment.amount) AS amount
    FROM repayment JOIN ({GIVEN}) given ON given.document_id = repayment.source_id AND given.role = 'receivables'
    GROUP BY repayment.refund_id
), settled AS (SELECT payment_id, sum(amount) AS amount FROM acts WHERE with_payment GROUP BY payment_id
), payments AS (
    SELECT payment.*, coalesce(repaid.amount, 0) - coalesce(settled.amount, 0) AS receivable
    FROM ({PAYMENTS}) payment LEFT JOIN repaid ON repaid.refund_id = payment.id
    LEFT JOIN settled ON settled.payment_id = payment.id
), events (document_id, event, "on", undone, role, amount) AS (
    SELECT id, 'receipt.processed', "on", undone, role, sign * cost
    FROM receipts, (VALUES ('inventory', 1), ('goods_received_not_invoiced', -1)) side (role, sign)
    UNION ALL
    SELECT document_id, 'stock.valuation_difference', NULL, false, role, sign * sum(value)
    FROM stock_move, (VALUES ('inventory', 1), ('stock_losses', -1)) side (role, sign)
    WHERE is_mirror AND quantity = 0 GROUP BY document_id, role, sign
    UNION ALL
    SELECT id, 'opening_stock.processed', "on", undone, role, sign * cost
    FROM openings, (VALUES ('inventory', 1), ('opening_equity', -1)) side (role, sign)
    UNION ALL
    SELECT id, 'write_off.processed', "on", undone, role, sign * cost
    FROM write_offs, (VALUES ('stock_losses', 1), ('inventory', -1)) side (role, sign)
    UNION ALL
    SELECT id, 'count.processed', "on", undone, role, amount
    FROM counts, LATERAL (VALUES ('stock_losses', shortage), ('stock_surplus', -surplus),
                                 ('inventory', surplus - shortage)) side (role, amount)
    UNION ALL
    SELECT id, 'shipment.processed', "on", undone, role, amount
    FROM shipments, LATERAL (VALUES ('inventory', -cost), ('cost_of_sales', sold),
                                    ('goods_shipped_not_invoiced', cost - sold)) side (role, amount)
    UNION ALL
    SELECT id, 'internal_order.sent', sent_on, undone, role, sign * cost
    FROM internal, (VALUES ('goods_in_transit', 1), ('inventory', -1)) side (role, sign)
    UNION ALL
    SELECT id, 'internal_order.received', received_on, undone, role, amount
    FROM internal, LATERAL (VALUES ('inventory', arrived + surplus), ('stock_losses', short),
                                   ('goods_in_transit', -arrived - short), ('stock_surplus', -surplus)
                           ) side (role, amount)
    WHERE received_on IS NOT NULL
    UNION ALL
    SELECT id, 'customer_return.processed', "on", undone, role, amount
    FROM returns, LATERAL (VALUES ('inventory', cost), ('cost_of_sales', deferred - cost),
                                  ('goods_shipped_not_invoiced', -deferred)) side (role, amount)
    UNION ALL
    SELECT id, 'invoice.issued', "on", false, role, amount
    FROM invoice, LATERAL (VALUES ('receivables', gross), ('output_vat', -vat)) side (role, amount)
    WHERE state = 'issued'
    UNION ALL
    SELECT invoice.id, 'invoice.issued', "on", false, role, -sum(line.net)
    FROM ({INVOICED}) line JOIN invoice ON invoice.id = line.invoice_id GROUP BY invoice.id, role
    UNION ALL
    SELECT line.invoice_id, 'invoice.issued', invoice."on", false, role, sign * sum(line.cost)
    FROM invoice_line line JOIN invoice ON invoice.id = line.invoice_id AND invoice.state = 'issued',
         (VALUES ('cost_of_sales', 1), ('goods_shipped_not_invoiced', -1)) side (role, sign)
    WHERE line.cost <> 0 GROUP BY line.invoice_id, invoice."on", role, sign
    UNION ALL
    SELECT line.invoice_id, 'invoice.rounded', invoice."on", {TAKEN_BACK}, role, sign * sum(line.rounding)
    FROM invoice_line line JOIN invoice ON invoice.id = line.invoice_id AND invoice.state = 'issued',
         (VALUES ('receivables', 1), ('rounding_differences', -1)) side (role, sign)
    WHERE line.rounding <> 0 GROUP BY line.invoice_id, invoice."on", role, sign
    UNION ALL
    SELECT id, 'credit_note.issued', "on", false, role, amount
    FROM credit_note, LATERAL (VALUES ('receivables', -gross), ('output_vat', vat)) side (role, amount)
    WHERE state = 'issued'
    UNION ALL
    SELECT note.id, 'credit_note.issued', note."on", false, role, sum(line.net)
    FROM ({CREDITED}) line JOIN credit_note note ON note.id = line.credit_note_id GROUP BY note.id, role
    UNION ALL
    SELECT note.id, 'credit_note.issued', note."on", false, role, sign * sum(line.again_cost)
    FROM credit_note_line line JOIN credit_note note ON note.id = line.credit_note_id AND note.state = 'issued',
         (VALUES ('cost_of_sales', -1), ('goods_shipped_not_invoiced', 1)) side (role, sign)
    WHERE line.again_cost <> 0 GROUP BY note.id, note."on", role, sign
    UNION ALL
    SELECT shipments.id, 'shipment.advance_delivered', "on", undone, role, sign * sum(delivered.net)
    FROM ({DELIVERED}) delivered JOIN shipments ON shipments.id = delivered.shipment_id,
         (VALUES ('invoiced_not_delivered', 1), ('revenue', -1)) side (role, sign)
    GROUP BY shipments.id, "on", undone, role, sign
    UNION ALL
    SELECT id, event, "on", undone, side.role, side.amount
    FROM payments, LATERAL (VALUES (payments.role, moved), ('receivables', receivable),
                                   ('customer_advances', CASE about WHEN 'customer' THEN -moved - receivable END),
                                   ('other', CASE about WHEN 'account' THEN -moved END),
                                   ('money_in_transit', CASE about WHEN 'transfer' THEN -moved END),
                                   ('desk_differences', CASE about WHEN 'difference' THEN -moved END),
                                   ('opening_equity', CASE about WHEN 'opening' THEN -moved END)
                           ) side (role, amount)
    WHERE side.amount IS NOT NULL
    UNION ALL
    SELECT id, 'adjustment.processed', "on", state = 'cancelled', side.role, side.amount
    FROM adjustment, LATERAL (VALUES ('receivables', -amount), (CASE kind WHEN 'voucher' THEN 'vouchers'
                              WHEN 'bad_debt' THEN 'bad_debts' ELSE 'rounding_differences' END, amount)
                             ) side (role, amount)
    WHERE state <> 'draft'
    UNION ALL
    SELECT id, 'opening_balance.processed', "on", state = 'cancelled', side.role, side.amount
    FROM opening_balance, LATERAL (VALUES ('receivables', CASE about WHEN 'owed' THEN amount END),
                                          ('customer_advances', CASE about WHEN 'paid_ahead' THEN -amount END),
                                          ('opening_equity', CASE about WHEN 'owed' THEN -amount ELSE amount END)
                                  ) side (role, amount)
    WHERE state <> 'draft' AND about IN ('owed', 'paid_ahead') AND side.amount IS NOT NULL
    UNION ALL
    SELECT id, 'manual_entry.processed', "on", state = 'cancelled', 'other', 0 FROM manual_entry WHERE state <> 'draft'
    UNION ALL
    SELECT id, 'allocation.made', "on", false, role, sign * amount
    FROM acts, (VALUES ('customer_advances', 1), ('receivables', -1)) side (role, sign) WHERE NOT with_payment
    UNION ALL
    SELECT id, 'allocation.released', released_on, undone AND with_payment, role, sign * amount
    FROM acts, (VALUES ('receivables', 1), ('customer_advances', -1)) side (role, sign)
    WHERE released_on IS NOT NULL
), wanted AS (
    SELECT document_id, event, "on", role, amount FROM events WHERE amount <> 0
    UNION ALL SELECT document_id, event || '.cancelled', NULL, role, -amount FROM events WHERE undone AND amount <> 0
)
"""
POSTED_ONCE = (
    EVENTS
    + """, posted AS (
    SELECT entry.document_id, entry.event, account.role, min(entry."on") AS "on", count(DISTINCT entry.id) AS entries,
           sum(line.debit - line.credit) AS amount
    FROM journal_entry entry JOIN journal_line line ON line.entry_id = entry.id
    JOIN account ON account.id = line.account_id
    GROUP BY entry.document_id, entry.event, account.role
)
SELECT event || ' on ' || role AS what, document_id,
       coalesce('1 entry of ' || wanted.amount || ' on ' || coalesce(wanted."on", posted."on"), 'no entry') AS expected,
       coalesce(posted.entries || ' entry of ' || posted.amount || ' on ' || posted."on", 'no entry') AS found
FROM wanted FULL JOIN posted USING (document_id, event, role)
WHERE coalesce(wanted.amount, 0) <> coalesce(posted.amount, 0) OR posted.entries > 1
      OR posted."on" <> coalesce(wanted."on", posted."on")
UNION ALL
SELECT event, document_id, 'no entry', 'entry #' || id
FROM journal_entry entry
WHERE entry.event <> 'inventory.account_changed'  -- it leaves the sum of a role as it is and has its own proof
      AND NOT EXISTS (SELECT FROM events
                      WHERE events.document_id = entry.document_id
                            AND (events.event = entry.event OR undone AND events.event || '.cancelled' = entry.event))
"""
)


def every_event_is_posted_once(session: Session) -> Found:
    """Each event of a document that has an amount has one entry of it, each cancelled one its mirror; no other is."""
    return find(session, POSTED_ONCE, decimals=decimals(session))


EXACT_MIRRORS = """
WITH posted AS (
    SELECT entry.document_id, replace(entry.event, '.cancelled', '') AS event, line.account_id,
           right(entry.event, 10) = '.cancelled' AS is_mirror, sum(line.debit) AS debit, sum(line.credit) AS credit,
           min(entry."on") AS "on"
    FROM journal_entry entry JOIN journal_line line ON line.entry_id = entry.id
    GROUP BY entry.document_id, entry.event, line.account_id
), mirrored AS (SELECT DISTINCT document_id, event FROM posted WHERE is_mirror)
SELECT 'mirror of ' || event AS what, document_id, account_id,
       concat_ws(' ', 'debit', coalesce(first.credit, 0), 'credit', coalesce(first.debit, 0), 'not before', first."on")
       AS expected,
       concat_ws(' ', 'debit', coalesce(mirror.debit, 0), 'credit', coalesce(mirror.credit, 0), 'on', mirror."on")
       AS found
FROM (SELECT posted.* FROM posted JOIN mirrored USING (document_id, event) WHERE NOT is_mirror) first
FULL JOIN (SELECT * FROM posted WHERE is_mirror) mirror USING (document_id, event, account_id)
WHERE (coalesce(first.debit, 0), coalesce(first.credit, 0)) <> (coalesce(mirror.credit, 0), coalesce(mirror.debit, 0))
      OR mirror."on" < first."on"
"""


def mirrors_are_exact(session: Session) -> Found:
    """A mirror puts on each account what the mirrored entry took from it, and is not dated before it."""
    return find(session, EXACT_MIRRORS)
