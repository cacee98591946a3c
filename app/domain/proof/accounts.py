"""Accounts: each control account holds what the documents say."""

from sqlalchemy.orm import Session

from app.domain.proof.billed import CREDITED, DELIVERED, INVOICED
from app.domain.proof.costs import SOLD, WAITING
from app.domain.proof.found import Found, decimals, find
from app.domain.proof.giving import GIVEN
from app.domain.proof.roundings import ROUNDING

ROLE = """
WITH posted AS (
    SELECT coalesce(sum(line.debit - line.credit), 0) AS amount
    FROM journal_line line JOIN account ON account.id = line.account_id WHERE account.role = '{role}'
), documents AS ({documents})
SELECT 'debit less credit of all {role} accounts' AS what, coalesce(documents.amount, 0) AS expected,
       posted.amount AS found
FROM posted, documents WHERE posted.amount <> coalesce(documents.amount, 0)
"""


def _role(session: Session, role: str, documents: str) -> Found:
    return find(session, ROLE.format(role=role, documents=documents), decimals=decimals(session))


def inventory_is_the_value_of_stock(session: Session) -> Found:
    """The inventory accounts hold the value of all stock."""
    return _role(session, "inventory", "SELECT sum(value) AS amount FROM stock_balance")


RECEIPTS = """
SELECT -sum(line.value) AS amount
FROM stock_receipt_line line JOIN stock_receipt receipt ON receipt.id = line.receipt_id
WHERE receipt.state = 'processed'
"""


def goods_not_invoiced_are_the_cost_of_receipts(session: Session) -> Found:
    """Goods received, not invoiced, hold the cost of all standing receipts."""
    return _role(session, "goods_received_not_invoiced", RECEIPTS)


OPENED = """
SELECT -sum(amount) AS amount FROM (
    SELECT line.value AS amount FROM opening_stock_line line JOIN opening_stock opening ON opening.id = line.opening_id
    WHERE opening.state = 'processed'
    UNION ALL
    SELECT CASE about WHEN 'paid_ahead' THEN -amount ELSE amount END FROM opening_balance WHERE state = 'processed'
) its
"""


def opening_equity_is_what_there_was_at_the_start(session: Session) -> Found:
    """Opening equity is the stock, the money and the open items with which the company began."""
    return _role(session, "opening_equity", OPENED)


def cost_of_sales_is_the_cost_of_what_is_sold(session: Session) -> Found:
    """Cost of sales is the cost of shipments, or of what was invoiced of them, less what came back with returns."""
    return _role(session, "cost_of_sales", SOLD)


def shipped_not_invoiced_is_the_cost_that_waits(session: Session) -> Found:
    """Goods shipped, not invoiced, hold the cost of pieces that left `at_invoice` and are neither invoiced nor back."""
    return _role(session, "goods_shipped_not_invoiced", WAITING)


LOSSES = """
SELECT sum(amount) AS amount FROM (
    SELECT -value AS amount FROM stock_move WHERE is_mirror AND quantity = 0
    UNION ALL
    SELECT line.cost FROM write_off_line line JOIN write_off ON write_off.id = line.write_off_id
    WHERE write_off.state = 'processed'
    UNION ALL
    SELECT -line.value FROM stock_count_line line JOIN stock_count counted ON counted.id = line.count_id
    WHERE counted.state = 'processed' AND line.value < 0
    UNION ALL
    SELECT line.cost - line.value
    FROM internal_order_line line JOIN internal_order its ON its.id = line.internal_order_id
    WHERE its.state = 'performed' AND line.received < line.sent
) each
"""


def losses_are_write_offs_shortages_and_differences(session: Session) -> Found:
    """Stock losses are write-offs, what counts and internal orders missed, and corrections of the value of stock."""
    return _role(session, "stock_losses", LOSSES)


REVENUE = f"""
SELECT -sum(net) AS amount FROM (
    SELECT net FROM ({INVOICED}) line WHERE role = 'revenue'
    UNION ALL SELECT net FROM ({DELIVERED} AND shipment.state = 'processed') its
    UNION ALL SELECT -net FROM ({CREDITED}) line WHERE role = 'revenue'
) its
"""
UNDELIVERED = f"""
SELECT -sum(net) AS amount FROM (
    SELECT net FROM ({INVOICED}) line WHERE role = 'invoiced_not_delivered'
    UNION ALL SELECT -net FROM ({DELIVERED} AND shipment.state = 'processed') its
    UNION ALL SELECT -net FROM ({CREDITED}) line WHERE role = 'invoiced_not_delivered'
) its
"""


SURPLUS = """
SELECT -sum(amount) AS amount FROM (
    SELECT line.value AS amount FROM stock_count_line line JOIN stock_count counted ON counted.id = line.count_id
    WHERE counted.state = 'processed' AND line.value > 0
    UNION ALL
    SELECT line.value - line.cost
    FROM internal_order_line line JOIN internal_order its ON its.id = line.internal_order_id
    WHERE its.state = 'performed' AND line.received > line.sent
) each
"""


def surplus_is_what_counts_found(session: Session) -> Found:
    """Stock surplus is what standing counts found more than was expected, and internal orders more than was sent."""
    return _role(session, "stock_surplus", SURPLUS)


ON_THE_WAY = """
SELECT sum(line.cost) AS amount FROM internal_order_line line JOIN internal_order its ON its.id = line.internal_order_id
WHERE its.state = 'in_transit'
"""


def goods_in_transit_are_those_on_their_way(session: Session) -> Found:
    """Goods in transit are what internal orders sent and nobody received yet."""
    return _role(session, "goods_in_transit", ON_THE_WAY)


def revenue_is_the_net_of_invoices(session: Session) -> Found:
    """Revenue is the net of all issued invoices, of pieces invoiced in advance once they left, less credit notes."""
    return _role(session, "revenue", REVENUE)


def not_delivered_is_the_net_of_pieces_to_come(session: Session) -> Found:
    """Invoiced, not delivered, is the net of what was invoiced in advance and did not leave yet."""
    return _role(session, "invoiced_not_delivered", UNDELIVERED)


ROUNDED = f"""
SELECT sum(amount) AS amount FROM (
    SELECT -{ROUNDING} AS amount
    FROM invoice_line line JOIN invoice ON invoice.id = line.invoice_id AND invoice.state = 'issued'
    UNION ALL SELECT amount FROM adjustment WHERE kind = 'difference' AND state = 'processed'
) its
"""


def rounding_is_what_paid_shipments_left(session: Session) -> Found:
    """Rounding differences are what is owed beside the gross of invoices, and what was let go."""
    return _role(session, "rounding_differences", ROUNDED)


VOUCHERS = f"""
SELECT -sum(net) AS amount FROM (
    SELECT net FROM ({INVOICED}) line WHERE role = 'vouchers'
    UNION ALL SELECT -net FROM ({CREDITED}) line WHERE role = 'vouchers'
    UNION ALL SELECT -amount FROM adjustment WHERE kind = 'voucher' AND state = 'processed'
) its
"""


def vouchers_are_those_sold(session: Session) -> Found:
    """The vouchers account holds what was invoiced on it and neither credited nor redeemed."""
    return _role(session, "vouchers", VOUCHERS)


LOST = "SELECT sum(amount) AS amount FROM adjustment WHERE kind = 'bad_debt' AND state = 'processed'"


def bad_debts_are_those_written_off(session: Session) -> Found:
    """Bad debts are what was given up as lost."""
    return _role(session, "bad_debts", LOST)


OUTPUT_VAT = """
SELECT -sum(vat) AS amount FROM (
    SELECT vat FROM invoice WHERE state = 'issued' UNION ALL SELECT -vat FROM credit_note WHERE state = 'issued'
) its
"""


def output_vat_is_the_vat_of_invoices(session: Session) -> Found:
    """Output VAT is the VAT of all issued invoices less that of credit notes."""
    return _role(session, "output_vat", OUTPUT_VAT)


# An entry belongs to the customer of its document, an allocation's to the one who paid.
BY_CUSTOMER = """
WITH posted AS (
    SELECT coalesce(payer.customer_id, document.customer_id) AS customer_id, sum(line.debit - line.credit) AS amount
    FROM journal_line line JOIN account ON account.id = line.account_id AND account.role = '{role}'
    JOIN journal_entry entry ON entry.id = line.entry_id JOIN document ON document.id = entry.document_id
    LEFT JOIN allocation ON allocation.id = document.id LEFT JOIN document payer ON payer.id = allocation.payment_id
    GROUP BY 1
), documents AS (SELECT customer_id, sum(amount) AS amount FROM ({documents}) each GROUP BY customer_id)
SELECT 'debit less credit of all {role} accounts' AS what, customer_id,
       coalesce(documents.amount, 0) AS expected, coalesce(posted.amount, 0) AS found
FROM posted FULL JOIN documents USING (customer_id)
WHERE coalesce(documents.amount, 0) <> coalesce(posted.amount, 0)
"""
# What documents of one account give customers, less what was paid back of it.
LEFT = f"""
SELECT customer_id, -amount AS amount FROM ({GIVEN}) given WHERE NOT undone AND role = '{{role}}'
UNION ALL
SELECT given.customer_id, repayment.amount
FROM repayment JOIN ({GIVEN}) given ON given.document_id = repayment.source_id
WHERE repayment.cancelled_on IS NULL AND given.role = '{{role}}'
"""
# What stands on receivables from the first settles an invoice without moving.
SETTLED = f"""
SELECT given.customer_id, {{sign}} line.amount AS amount
FROM allocation JOIN allocation_line line ON line.allocation_id = allocation.id AND allocation.released_on IS NULL
JOIN (SELECT id FROM invoice UNION ALL SELECT id FROM opening_balance) owed ON owed.id = allocation.target_id
JOIN ({GIVEN}) given ON given.document_id = allocation.payment_id AND given.role = 'customer_advances'
"""
OPEN_INVOICES = f"""
SELECT document.customer_id, line.gross + {ROUNDING} AS amount
FROM invoice_line line JOIN invoice ON invoice.id = line.invoice_id JOIN document ON document.id = invoice.id
WHERE invoice.state = 'issued'
UNION ALL
SELECT document.customer_id, opening.amount FROM opening_balance opening JOIN document ON document.id = opening.id
WHERE opening.about = 'owed' AND opening.state = 'processed'
UNION ALL {LEFT.format(role="receivables")} UNION ALL {SETTLED.format(sign="-")}
"""
ADVANCES = f"{LEFT.format(role='customer_advances')} UNION ALL {SETTLED.format(sign='')}"


def receivables_are_open_invoices(session: Session) -> Found:
    """The receivables of each customer are invoices, those of the old books too, less what settles them and credits."""
    return find(session, BY_CUSTOMER.format(role="receivables", documents=OPEN_INVOICES))


def advances_are_payments_not_used(session: Session) -> Found:
    """The advances of each customer are payments less refunds and less what they settle of issued invoices."""
    return find(session, BY_CUSTOMER.format(role="customer_advances", documents=ADVANCES))
