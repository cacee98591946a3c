"""Faults in what a debit note takes back of a credit note."""

from app.domain.proof import accounts, amounts, crediting, debiting, events, progress, settlement
from tests.domain.proof.planting import astray, fault, number

CREDITED, DEBIT, NOTE = number("0000000010"), number("0000000011"), number("CN-000004")
DEBT = "document invoice 0000000011, product DEBT"
FAULTS = (
    fault(debiting.debits_are_parts_of_their_credits, f"{DEBT}: net and VAT of line 1",
          f"UPDATE invoice_line SET net = net + 0.01 WHERE invoice_id = {DEBIT} AND position = 1"),
    fault(debiting.debits_are_parts_of_their_credits, f"{DEBT}: net and VAT of line 2",
          f"UPDATE invoice_line SET vat = vat + 0.01 WHERE invoice_id = {DEBIT} AND position = 2"),
    fault(debiting.debits_are_parts_of_their_credits, f"{DEBT}: taken back with line 1",
          f"UPDATE credit_note_line SET quantity = 0.5 WHERE credit_note_id = {NOTE} AND position = 1"),
    fault(debiting.debits_are_parts_of_their_credits, f"{DEBT}: taken back with line 2",
          f"UPDATE credit_note_line SET net = 0.5 WHERE credit_note_id = {NOTE} AND position = 2"),
    fault(debiting.debits_are_parts_of_their_credits, "document invoice 0000000011: customer, currency",
          f"UPDATE invoice SET currency = 'USD' WHERE id = {DEBIT}"),
    fault(debiting.debits_are_parts_of_their_credits, "document invoice 0000000011: customer, currency",
          f"UPDATE invoice SET \"on\" = \"on\" - 9 WHERE id = {DEBIT}"),
    fault(debiting.debits_are_parts_of_their_credits, f"{DEBT}: credit note, goods",
          f"UPDATE invoice_line SET tax_percent = 9 WHERE invoice_id = {DEBIT} AND position = 1"),
    fault(debiting.debits_are_parts_of_their_credits, f"{DEBT}: credit note, goods",
          f"UPDATE credit_note_line SET kind = 'invoice_again' WHERE credit_note_id = {NOTE} AND position = 1"),
    fault(crediting.credited_is_what_credit_notes_took, "document invoice 0000000010: credited pieces",
          f"UPDATE invoice_line SET credited = credited + 1 WHERE invoice_id = {CREDITED}"),
    fault(settlement.open_items_are_what_is_left_to_pay, "document invoice 0000000011: chain and customer",
          f"UPDATE open_item SET invoice_id = document_id WHERE document_id = {DEBIT}"),
    fault(settlement.payment_statuses_follow_open_items, "document invoice 0000000010: payment status",
          f"UPDATE open_item SET allocated = amount WHERE document_id = {CREDITED}",
          f"UPDATE payment_status SET status = 'paid' WHERE document_id = {CREDITED}"),
    fault(amounts.documents_are_the_sums_of_their_lines, "document invoice 0000000011",
          f"UPDATE invoice SET net = net + 1, gross = gross + 1 WHERE id = {DEBIT}"),
    fault(progress.links_tell_what_was_made_from_what, "document credit note CN-000004",
          f"DELETE FROM document_link WHERE to_id = {DEBIT}"),
    fault(accounts.revenue_is_the_net_of_invoices, "revenue", astray("revenue", "0000000011", "invoice.issued")),
    fault(events.every_event_is_posted_once, "document invoice 0000000011: invoice.issued on receivables",
          f"DELETE FROM journal_entry WHERE document_id = {DEBIT}"),
)  # fmt: skip
