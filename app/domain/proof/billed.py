"""What invoices and credit notes put on which account, read from the documents alone: for the proofs of accounts."""

# What issued invoices put where, line by line: a free line may name another account, and what was invoiced in advance
# waits for its delivery.
INVOICED = """
    SELECT line.invoice_id,
           CASE line.kind WHEN 'advance' THEN 'invoiced_not_delivered' ELSE coalesce(account.role, 'revenue') END
               AS role,
           line.net
    FROM invoice_line line JOIN invoice ON invoice.id = line.invoice_id AND invoice.state = 'issued'
    LEFT JOIN account ON account.id = line.account_id
"""
# What issued credit notes took from where: of pieces invoiced in advance that did not leave their share, else revenue.
CREDITED = """
    SELECT line.credit_note_id, side.role, side.net
    FROM credit_note_line line JOIN credit_note note ON note.id = line.credit_note_id AND note.state = 'issued'
    LEFT JOIN invoice_line its ON its.id = line.invoice_line_id LEFT JOIN account ON account.id = line.account_id
    CROSS JOIN LATERAL (
        SELECT CASE WHEN its.kind = 'advance' AND line.shipment_line_id IS NULL THEN line.again_net ELSE 0 END AS net
    ) waiting CROSS JOIN LATERAL (VALUES
        (coalesce(account.role, 'revenue'), line.net - waiting.net), ('invoiced_not_delivered', waiting.net)
    ) side (role, net)
"""
# What issued debit notes took back of credit notes: of goods so many pieces, of an allowance an amount.
DEBITED = """
    SELECT line.invoice_id, line.id, line.position, line.product_id, line.credit_line_id, credited.invoice_line_id,
           credited.shipment_line_id, credited.kind, line.net, line.vat,
           CASE credited.kind WHEN 'allowance' THEN 0 ELSE line.quantity END AS pieces,
           CASE WHEN invoice.prices_include_vat THEN line.gross ELSE line.net END AS amount
    FROM invoice_line line JOIN invoice ON invoice.id = line.invoice_id AND invoice.state = 'issued'
    JOIN credit_note_line credited ON credited.id = line.credit_line_id
"""
DELIVERED = """
    SELECT line.shipment_id, delivery.net
    FROM advance_delivery delivery JOIN shipment_line line ON line.id = delivery.shipment_line_id
    JOIN shipment ON shipment.id = line.shipment_id
"""
