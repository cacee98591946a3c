"""What documents give customers, read from the documents alone: the proofs of settlement and of its accounts need it.

Whoever adds a document that gives money adds it here.
"""

# `role` is the control account that unused money of it stands on; `undone` documents give nothing any more.
GIVEN = """
    SELECT cash_order.id AS document_id, document.customer_id, cash_order.currency, cash_order."on",
           'customer_advances' AS role, cash_order.amount, cash_order.state = 'cancelled' AS undone
    FROM cash_order JOIN document ON document.id = cash_order.id
    WHERE cash_order.kind = 'income' AND cash_order.about = 'customer' AND cash_order.state <> 'draft'
    UNION ALL
    SELECT note.id, document.customer_id, note.currency, note."on", 'receivables', note.gross, false
    FROM credit_note note JOIN document ON document.id = note.id WHERE note.state = 'issued'
    UNION ALL
    SELECT line.id, document.customer_id, line.currency, line."on", 'customer_advances', line.amount,
           line.state = 'cancelled'
    FROM bank_line line JOIN document ON document.id = line.id
    WHERE line.kind = 'income' AND line.about = 'customer' AND line.state <> 'draft'
    UNION ALL
    SELECT adjustment.id, document.customer_id, adjustment.currency, adjustment."on", 'receivables', adjustment.amount,
           adjustment.state = 'cancelled'
    FROM adjustment JOIN document ON document.id = adjustment.id WHERE adjustment.state <> 'draft'
    UNION ALL
    SELECT opening.id, document.customer_id, opening.currency, opening."on", 'customer_advances', opening.amount,
           opening.state = 'cancelled'
    FROM opening_balance opening JOIN document ON document.id = opening.id
    WHERE opening.about = 'paid_ahead' AND opening.state <> 'draft'
"""
