"""Roundings: cents of paid shipments, owed beside the gross of invoices as long as what they rest on stands."""

from sqlalchemy.orm import Session

from app.domain.proof.found import Found, decimals, find

# Of a line of an invoice: whether the cents of its invoice are taken back, and those that stand.
TAKEN_BACK = """
EXISTS (SELECT FROM rounding its WHERE its.invoice_id = line.invoice_id AND its.taken_back_on IS NOT NULL)
""".strip()
ROUNDING = f"CASE WHEN line.rounding <> 0 AND NOT {TAKEN_BACK} THEN line.rounding ELSE 0 END"
# By shipment, which invoices took pieces of it, before or after these left, at which rate and percentage.
ROUNDED = f"""
WITH rounded AS (
    SELECT line.invoice_id, line.rounding, invoice.state, of_it.shipment_id
    FROM invoice_line line JOIN invoice ON invoice.id = line.invoice_id
    LEFT JOIN shipment_line of_it ON of_it.id = line.shipment_line_id
    WHERE line.rounding <> 0 AND NOT {TAKEN_BACK}
), parts AS (
    SELECT its.shipment_id, part.invoice_id, part.tax_rate_id, part.tax_percent <> its.tax_percent AS is_of_another
    FROM invoice_line part JOIN invoice ON invoice.id = part.invoice_id AND invoice.state = 'issued'
    JOIN shipment_line its ON its.id = part.shipment_line_id
    WHERE its.shipment_id IN (SELECT shipment_id FROM rounded)
    UNION ALL
    SELECT its.shipment_id, part.invoice_id, part.tax_rate_id, part.tax_percent <> its.tax_percent
    FROM advance_delivery delivery JOIN advance ON advance.id = delivery.advance_id
    JOIN invoice_line part ON part.id = advance.invoice_line_id
    JOIN shipment_line its ON its.id = delivery.shipment_line_id
    WHERE its.shipment_id IN (SELECT shipment_id FROM rounded)
), rates AS (
    SELECT shipment_id, count(DISTINCT (invoice_id, tax_rate_id)) AS cents, bool_or(is_of_another) AS is_of_another
    FROM parts GROUP BY shipment_id
)
SELECT 'rounding' AS what, invoice_id AS document_id,
       'of a shipment at its own rate, and at most ' || coalesce(cents, 0) || ' cents' AS expected, rounding AS found
FROM rounded LEFT JOIN rates USING (shipment_id)
WHERE state <> 'issued' OR cents IS NULL OR is_of_another OR abs(rounding) * 10::numeric ^ %(decimals)s > cents
"""


def roundings_are_cents_of_shipments(session: Session) -> Found:
    """What is owed beside the gross of an invoice is a cent at most for each invoice and rate of a shipment."""
    return find(session, ROUNDED, decimals=decimals(session))


# What is open of a shipment is open on it or on what was invoiced of it.
RESTING = """
WITH standing AS (SELECT * FROM rounding WHERE taken_back_on IS NULL)
SELECT 'rounding of shipment #' || coalesce(written.shipment_id, its.shipment_id) AS what,
       coalesce(its.invoice_id, written.invoice_id) AS document_id, coalesce(its.amount, 0) AS expected,
       coalesce(written.amount, 0) AS found
FROM (
    SELECT line.invoice_id, part.shipment_id, sum(line.rounding) AS amount
    FROM invoice_line line JOIN shipment_line part ON part.id = line.shipment_line_id
    WHERE line.rounding <> 0 GROUP BY line.invoice_id, part.shipment_id
) its FULL JOIN (
    SELECT invoice_id, shipment_id, sum(amount) AS amount FROM rounding GROUP BY invoice_id, shipment_id
) written USING (invoice_id, shipment_id)
WHERE coalesce(its.amount, 0) <> coalesce(written.amount, 0)
UNION ALL
SELECT 'days on which its rounding was taken back', invoice_id, 1, count(DISTINCT coalesce(taken_back_on, '-infinity'))
FROM rounding GROUP BY invoice_id HAVING count(DISTINCT coalesce(taken_back_on, '-infinity')) > 1
UNION ALL
SELECT 'open of shipment #' || standing.shipment_id || ', whose rounding stands', standing.invoice_id, 0, item.open
FROM standing CROSS JOIN LATERAL (
    SELECT coalesce(sum(amount - allocated), 0) AS open FROM open_item WHERE shipment_id = standing.shipment_id
) item
WHERE item.open <> 0
UNION ALL
SELECT 'left of an invoice whose rounding stands', standing.invoice_id, NULL, 0
FROM standing WHERE NOT EXISTS (
    SELECT FROM invoice_line line WHERE line.invoice_id = standing.invoice_id
           AND (line.net, line.vat) IS DISTINCT FROM (line.credited_net, line.credited_vat)
)
"""


def roundings_rest_on_paid_shipments(session: Session) -> Found:
    """The cents of a shipment stand only while it is paid and its invoice is not credited whole."""
    return find(session, RESTING)


# The gross of the shipment's lines less what came back uninvoiced, and what invoices took of them: those that were
# issued, also before the goods left, less what is credited to be invoiced again.
LEFT_OVER = """
WITH standing AS (
    SELECT shipment_id, max(invoice_id) AS invoice_id, sum(amount) AS amount
    FROM rounding WHERE taken_back_on IS NULL GROUP BY shipment_id
), line AS (
    SELECT line.id, line.shipment_id, line.quantity - line.returned_uninvoiced AS quantity,
           line.gross - CASE WHEN line.returned_uninvoiced = 0 THEN 0 ELSE
               round(line.gross * line.returned_uninvoiced / line.quantity, %(decimals)s) END AS gross
    FROM shipment_line line JOIN standing USING (shipment_id)
), part AS (
    SELECT line.id, part.quantity, part.gross FROM line JOIN invoice_line part ON part.shipment_line_id = line.id
    JOIN invoice ON invoice.id = part.invoice_id AND invoice.state = 'issued'
    UNION ALL
    SELECT line.id, -part.quantity, -part.again_gross FROM line
    JOIN credit_note_line part ON part.shipment_line_id = line.id AND part.kind = 'invoice_again'
    JOIN credit_note note ON note.id = part.credit_note_id AND note.state = 'issued'
    UNION ALL
    SELECT line.id, part.quantity, part.gross FROM line JOIN advance_delivery part ON part.shipment_line_id = line.id
), taken AS (
    SELECT id, sum(quantity) AS quantity, sum(gross) AS gross FROM part GROUP BY id
), compared AS (
    SELECT line.shipment_id, sum(line.gross - coalesce(taken.gross, 0)) AS amount,
           sum(abs(line.quantity - coalesce(taken.quantity, 0))) AS pieces
    FROM line LEFT JOIN taken USING (id) GROUP BY line.shipment_id
)
SELECT 'standing rounding of shipment #' || shipment_id AS what, standing.invoice_id AS document_id,
       coalesce(compared.amount, 0)::text AS expected, standing.amount::text AS found
FROM standing LEFT JOIN compared USING (shipment_id) WHERE coalesce(compared.amount, 0) <> standing.amount
UNION ALL
SELECT 'to invoice of shipment #' || shipment_id || ', whose rounding stands', standing.invoice_id, '0', pieces::text
FROM standing JOIN compared USING (shipment_id) WHERE pieces <> 0
"""


def roundings_are_what_invoices_leave_of_shipments(session: Session) -> Found:
    """The cents that stand of a shipment are what is left of its gross after what came back and all its invoices."""
    return find(session, LEFT_OVER, decimals=decimals(session))
