"""Settlement: what is owed is what documents say, less what was made from them; payments settle no more than that."""

from sqlalchemy.orm import Session

from app.domain.proof.found import Found, decimals, find
from app.domain.proof.giving import GIVEN
from app.domain.proof.roundings import ROUNDING

# What is left of each line before negative lines are set against positive ones: never below 0 of a positive line, and
# nothing once no piece is left, whatever the rounding. Where part of a line without VAT in its prices went at another
# percentage (`elsewhere` is the net of that), what is left is its net and VAT on it at the percentage of the line.
LEFT = f"""
    SELECT line.order_id AS document_id, line.id AS line_id, line.position, line.order_id, NULL::bigint AS shipment_id,
           NULL::bigint AS invoice_id,
           CASE WHEN document.state NOT IN ('active', 'approved', 'performed')
                     OR line.shipped + line.given_up + coalesce(ahead.quantity, 0) = line.quantity THEN 0
                WHEN document.prices_include_vat OR coalesce(shipped.elsewhere, 0) + coalesce(ahead.elsewhere, 0) = 0
                THEN round(line.gross * (line.quantity - line.given_up) / line.quantity, %(decimals)s)
                     - coalesce(shipped.gross, 0) - coalesce(ahead.gross, 0)
                ELSE rest.net + round(rest.net * line.tax_percent / 100, %(decimals)s) END AS amount, line.gross
    FROM sales_order_line line JOIN sales_order document ON document.id = line.order_id
    LEFT JOIN (
        SELECT part.order_line_id, sum(part.net) AS net, sum(part.gross) AS gross,
               sum(CASE part.tax_percent WHEN ordered.tax_percent THEN 0 ELSE part.net END) AS elsewhere
        FROM shipment_line part JOIN shipment ON shipment.id = part.shipment_id AND shipment.state = 'processed'
        JOIN sales_order_line ordered ON ordered.id = part.order_line_id
        GROUP BY part.order_line_id
    ) shipped ON shipped.order_line_id = line.id
    LEFT JOIN (
        SELECT part.order_line_id, sum(part.quantity) AS quantity, sum(part.net) AS net, sum(part.gross) AS gross,
               sum(CASE part.tax_percent WHEN ordered.tax_percent THEN 0 ELSE part.net END) AS elsewhere
        FROM (
            SELECT advance.order_line_id, advance.quantity - delivered - advance.credited AS quantity, sold.tax_percent,
                   advance.net - delivered_net - advance.credited_net AS net,
                   advance.gross - delivered_gross - credited_gross AS gross
            FROM advance JOIN invoice_line sold ON sold.id = advance.invoice_line_id
        ) part JOIN sales_order_line ordered ON ordered.id = part.order_line_id
        GROUP BY part.order_line_id
    ) ahead ON ahead.order_line_id = line.id
    CROSS JOIN LATERAL (
        SELECT round(line.net * (line.quantity - line.given_up) / line.quantity, %(decimals)s)
               - coalesce(shipped.net, 0) - coalesce(ahead.net, 0) AS net
    ) rest
    UNION ALL
    SELECT line.shipment_id, line.id, line.position, document.order_id, line.shipment_id, NULL,
           CASE WHEN document.state <> 'processed'
                     OR coalesce(invoiced.quantity, 0) + line.returned_uninvoiced = line.quantity
                THEN 0
                WHEN sales_order.prices_include_vat OR coalesce(invoiced.elsewhere, 0) = 0
                THEN line.gross - coalesce(invoiced.gross, 0)
                     - round(line.gross * line.returned_uninvoiced / line.quantity, %(decimals)s)
                ELSE rest.net + round(rest.net * line.tax_percent / 100, %(decimals)s) END, line.gross
    FROM shipment_line line JOIN shipment document ON document.id = line.shipment_id
    JOIN sales_order ON sales_order.id = document.order_id
    LEFT JOIN (
        SELECT part.shipment_line_id, sum(part.quantity) AS quantity, sum(part.net) AS net, sum(part.gross) AS gross,
               sum(CASE part.tax_percent WHEN left_with.tax_percent THEN 0 ELSE part.net END) AS elsewhere
        FROM (
            SELECT part.shipment_line_id, part.quantity, part.net, part.gross, part.tax_percent
            FROM invoice_line part JOIN invoice ON invoice.id = part.invoice_id AND invoice.state = 'issued'
            UNION ALL
            SELECT part.shipment_line_id, -part.quantity, -part.again_net, -part.again_gross, part.tax_percent
            FROM credit_note_line part JOIN credit_note note ON note.id = part.credit_note_id AND note.state = 'issued'
            WHERE part.kind = 'invoice_again'
            UNION ALL
            SELECT part.shipment_line_id, part.quantity, part.net, part.gross, sold.tax_percent
            FROM advance_delivery part JOIN advance ON advance.id = part.advance_id
            JOIN invoice_line sold ON sold.id = advance.invoice_line_id
        ) part JOIN shipment_line left_with ON left_with.id = part.shipment_line_id
        GROUP BY part.shipment_line_id
    ) invoiced ON invoiced.shipment_line_id = line.id
    CROSS JOIN LATERAL (
        SELECT CASE WHEN line.quantity > 0 THEN
            round(line.net * (line.quantity - line.returned_uninvoiced) / line.quantity, %(decimals)s)
            - coalesce(invoiced.net, 0) END AS net
    ) rest
    UNION ALL
    SELECT line.invoice_id, line.id, line.position, order_line.order_id, shipment.id,
           coalesce(credited.invoice_id, line.invoice_id),
           CASE document.state WHEN 'issued' THEN line.gross + {ROUNDING} ELSE 0 END, line.gross
    FROM invoice_line line JOIN invoice document ON document.id = line.invoice_id
    LEFT JOIN credit_note_line noted ON noted.id = line.credit_line_id
    LEFT JOIN invoice_line credited ON credited.id = noted.invoice_line_id
    LEFT JOIN shipment_line ON shipment_line.id = coalesce(line.shipment_line_id, credited.shipment_line_id)
    LEFT JOIN shipment ON shipment.id = shipment_line.shipment_id
    LEFT JOIN sales_order_line order_line ON order_line.id = coalesce(line.order_line_id, credited.order_line_id)
    UNION ALL
    SELECT id, id, 1, NULL, NULL, id, CASE state WHEN 'processed' THEN amount ELSE 0 END, amount
    FROM opening_balance WHERE about = 'owed' AND state <> 'draft'
"""
# Only where a document has negative lines does the order of its lines matter.
AMOUNTS = f"""
WITH lines AS MATERIALIZED (
    SELECT document_id, line_id, position, order_id, shipment_id, invoice_id,
           CASE WHEN gross < 0 THEN least(amount, 0) ELSE greatest(amount, 0) END AS amount FROM ({LEFT}) line
), credits AS (
    SELECT document_id, sum(amount) AS credit FROM lines WHERE amount < 0 GROUP BY document_id
), owed AS (
    SELECT document_id, line_id, order_id, shipment_id, invoice_id, amount
    FROM lines WHERE document_id NOT IN (SELECT document_id FROM credits)
    UNION ALL
    SELECT document_id, line_id, order_id, shipment_id, invoice_id,
           greatest(0, least(greatest(amount, 0), credit + sum(greatest(amount, 0)) OVER (
               PARTITION BY document_id ORDER BY position ROWS UNBOUNDED PRECEDING)))
    FROM lines JOIN credits USING (document_id)
)
SELECT CASE WHEN coalesce(owed.amount, 0) <> coalesce(item.amount, 0) THEN 'owed' ELSE 'chain and customer' END
       || ' for line #' || line_id AS what, document_id,
       concat_ws(', ', coalesce(owed.amount, 0), owed.order_id, owed.shipment_id, owed.invoice_id,
                 'customer', document.customer_id) AS expected,
       concat_ws(', ', coalesce(item.amount, 0), item.order_id, item.shipment_id, item.invoice_id,
                 'customer', item.customer_id) AS found
FROM owed FULL JOIN open_item item USING (document_id, line_id) LEFT JOIN document ON document.id = document_id
WHERE coalesce(owed.amount, 0) <> coalesce(item.amount, 0)
      OR (item.id IS NOT NULL AND owed.document_id IS NOT NULL
          AND (owed.order_id, owed.shipment_id, owed.invoice_id, document.customer_id)
              IS DISTINCT FROM (item.order_id, item.shipment_id, item.invoice_id, item.customer_id))
UNION ALL
SELECT 'date of line #' || item.line_id, item.document_id, dated."on"::text, item."on"::text
FROM open_item item JOIN (
    SELECT id, "on" FROM sales_order UNION ALL SELECT id, "on" FROM shipment UNION ALL SELECT id, "on" FROM invoice
    UNION ALL SELECT id, "on" FROM opening_balance
) dated ON dated.id = item.document_id
WHERE item."on" <> dated."on" AND item.amount > 0
"""


def open_items_are_what_is_left_to_pay(session: Session) -> Found:
    """What is owed for a line is its gross less what was made from it; nothing once it is cancelled or given up."""
    return find(session, AMOUNTS, decimals=decimals(session))


ALLOCATED = """
WITH live AS (
    SELECT line.open_item_id AS id, sum(line.amount) AS amount
    FROM allocation_line line JOIN allocation ON allocation.id = line.allocation_id AND released_on IS NULL
    GROUP BY line.open_item_id
)
SELECT 'allocated to line #' || item.line_id AS what, item.document_id,
       coalesce(live.amount, 0)::text AS expected, item.allocated::text AS found
FROM open_item item LEFT JOIN live USING (id) WHERE item.allocated <> coalesce(live.amount, 0)
UNION ALL
SELECT 'allocated to line #' || line_id, document_id, 'between 0 and ' || amount, allocated::text
FROM open_item WHERE allocated < 0 OR allocated > amount
"""


def allocated_is_what_live_allocations_settle(session: Session) -> Found:
    """What is allocated to a line is the sum of its live allocations, and never more than is owed for it."""
    return find(session, ALLOCATED)


CREDITS = f"""
WITH given AS ({GIVEN})
SELECT 'amount, customer, currency, date and account' AS what, document_id,
       concat_ws(', ', CASE WHEN given.undone THEN 0 ELSE given.amount END, given.customer_id, given.currency,
                 given."on", given.role) AS expected,
       concat_ws(', ', credit.amount, credit.customer_id, credit.currency, credit."on", credit.role) AS found
FROM given FULL JOIN credit USING (document_id)
WHERE (CASE WHEN given.undone THEN 0 ELSE given.amount END, given.customer_id, given.currency, given."on", given.role)
      IS DISTINCT FROM (credit.amount, credit.customer_id, credit.currency, credit."on", credit.role)
"""


def credits_are_what_documents_give(session: Session) -> Found:
    """Each payment and other document that gives money is a credit of its customer, a cancelled one of nothing."""
    return find(session, CREDITS)


USED = f"""
WITH given AS ({GIVEN}), uses AS (
    SELECT allocation.payment_id AS document_id, line.amount
    FROM allocation JOIN allocation_line line ON line.allocation_id = allocation.id WHERE released_on IS NULL
    UNION ALL SELECT source_id, amount FROM repayment WHERE cancelled_on IS NULL
), sums AS (SELECT document_id, sum(amount) AS amount FROM uses GROUP BY document_id)
SELECT 'used' AS what, document_id, coalesce(sums.amount, 0)::text AS expected, credit.used::text AS found
FROM sums FULL JOIN credit USING (document_id) WHERE coalesce(sums.amount, 0) IS DISTINCT FROM credit.used
UNION ALL
SELECT 'allocated and paid back', document_id,
       'at most ' || CASE WHEN given.undone IS NOT FALSE THEN 0 ELSE given.amount END, sums.amount::text
FROM sums LEFT JOIN given USING (document_id)
WHERE sums.amount > CASE WHEN given.undone IS NOT FALSE THEN 0 ELSE given.amount END
"""


def used_is_what_is_allocated_and_paid_back(session: Session) -> Found:
    """What is used of a credit is what it settles and what was paid back, never more than its document gives."""
    return find(session, USED)


ACTS = f"""
WITH given AS ({GIVEN}), processed AS (
    SELECT document_id, min(at) AS at FROM document_history WHERE step IN ('process', 'issue') GROUP BY document_id
)
SELECT 'document, customer and currency of an allocated line' AS what, act.payment_id AS document_id,
       concat_ws(', ', act.target_id, given.customer_id, given.currency) AS expected,
       concat_ws(', ', item.document_id, item.customer_id, item.currency) AS found
FROM allocation act JOIN allocation_line line ON line.allocation_id = act.id
JOIN open_item item ON item.id = line.open_item_id LEFT JOIN given ON given.document_id = act.payment_id
WHERE (act.target_id, given.customer_id, given.currency)
      IS DISTINCT FROM (item.document_id, item.customer_id, item.currency)
UNION ALL
SELECT 'lines', id, 'at least one', 'none'
FROM allocation WHERE NOT EXISTS (SELECT FROM allocation_line line WHERE line.allocation_id = allocation.id)
UNION ALL
SELECT 'how it is posted', id, expected, posted
FROM (
    SELECT act.id, act.posted,
           CASE WHEN given.role <> 'customer_advances' OR min(item.invoice_id) IS NULL THEN 'none'
                WHEN act.at <= processed.at AND act."on" = given."on" THEN 'with_payment' ELSE 'own' END AS expected
    FROM allocation act JOIN allocation_line line ON line.allocation_id = act.id
    JOIN open_item item ON item.id = line.open_item_id JOIN given ON given.document_id = act.payment_id
    LEFT JOIN processed ON processed.document_id = act.payment_id
    GROUP BY act.id, given.role, given."on", processed.at
) told WHERE posted <> expected
UNION ALL
SELECT 'date', act.id, 'not before ' || greatest(given."on", max(item."on")), act."on"::text
FROM allocation act JOIN allocation_line line ON line.allocation_id = act.id
JOIN open_item item ON item.id = line.open_item_id JOIN given ON given.document_id = act.payment_id
WHERE item.amount > 0 OR item.invoice_id IS NOT NULL
GROUP BY act.id, given."on" HAVING act."on" < greatest(given."on", max(item."on"))
UNION ALL
SELECT 'date of release', id, 'not before ' || "on", released_on::text FROM allocation WHERE released_on < "on"
UNION ALL
SELECT 'the act it goes on from', act.id, 'an older one of document #' || act.payment_id || ', released',
       concat_ws(', ', older.payment_id, older.released_on)
FROM allocation act JOIN allocation older ON older.id = act.since_id
WHERE older.payment_id <> act.payment_id OR older.released_on IS NULL OR older.id >= act.id
"""


def allocations_are_of_their_customer_and_date(session: Session) -> Found:
    """An allocation settles its own customer's lines of one document, not before it, and is posted where it belongs."""
    return find(session, ACTS)


INSTALMENTS = """
WITH sums AS (
    SELECT document_id, sum(amount) AS amount, min(due_on) AS first_on, max(due_on) AS last_on
    FROM instalment GROUP BY document_id
)
SELECT 'instalments' AS what, it.document_id, coalesce(owed.gross, 0)::text AS expected,
       coalesce(sums.amount, 0)::text AS found
FROM (SELECT id, gross FROM invoice WHERE state = 'issued'
      UNION ALL SELECT id, amount FROM opening_balance WHERE about = 'owed' AND state <> 'draft') owed
FULL JOIN sums ON sums.document_id = owed.id
CROSS JOIN LATERAL (SELECT coalesce(owed.id, sums.document_id) AS document_id) it
WHERE coalesce(owed.gross, 0) <> coalesce(sums.amount, 0)
UNION ALL
SELECT 'due dates', invoice.id, 'from ' || invoice."on" || ' to ' || coalesce(invoice.due_on::text, 'none'),
       'from ' || sums.first_on || ' to ' || sums.last_on
FROM invoice JOIN sums ON sums.document_id = invoice.id
WHERE sums.first_on < invoice."on" OR sums.last_on IS DISTINCT FROM invoice.due_on
UNION ALL
SELECT 'due date', opening.id, coalesce(opening.due_on, opening."on")::text, sums.last_on::text
FROM opening_balance opening JOIN sums ON sums.document_id = opening.id
WHERE sums.last_on <> coalesce(opening.due_on, opening."on")
"""


def instalments_add_up_to_their_invoice(session: Session) -> Found:
    """Instalments are the gross of their invoice, none is due before it, and it is due with the last one."""
    return find(session, INSTALMENTS)


STATUSES = """
WITH sums AS (
    SELECT document_id, sum(amount) AS amount, sum(allocated) AS allocated
    FROM (
        SELECT order_id AS document_id, amount, allocated FROM open_item WHERE order_id IS NOT NULL
        UNION ALL SELECT shipment_id, amount, allocated FROM open_item WHERE shipment_id IS NOT NULL
        UNION ALL SELECT document_id, amount, allocated FROM open_item WHERE invoice_id IS NOT NULL
        UNION ALL SELECT invoice_id, amount, allocated FROM open_item WHERE invoice_id <> document_id
    ) item
    GROUP BY document_id
), derived AS (
    SELECT document_id,
           CASE WHEN coalesce(sums.amount, 0) = coalesce(sums.allocated, 0) THEN 'paid'
                WHEN sums.allocated = 0 THEN 'unpaid' ELSE 'partly_paid' END AS status
    FROM (
        SELECT id AS document_id FROM sales_order WHERE state IN ('active', 'approved', 'performed')
        UNION ALL SELECT id FROM shipment WHERE state = 'processed'
        UNION ALL SELECT id FROM invoice WHERE state = 'issued'
        UNION ALL SELECT id FROM opening_balance WHERE about = 'owed' AND state <> 'draft'
        UNION ALL SELECT status.document_id FROM payment_status status
                  WHERE EXISTS (SELECT FROM sales_order WHERE id = document_id AND state = 'cancelled')
                        OR EXISTS (SELECT FROM shipment WHERE id = document_id AND state = 'cancelled')
    ) document LEFT JOIN sums USING (document_id)
)
SELECT 'payment status' AS what, document_id, derived.status AS expected, kept.status AS found
FROM derived FULL JOIN payment_status kept USING (document_id) WHERE derived.status IS DISTINCT FROM kept.status
"""


def payment_statuses_follow_open_items(session: Session) -> Found:
    """Paid is where nothing is open on a document nor on what was made from it, unpaid where nothing is allocated."""
    return find(session, STATUSES)
