"""Faults in credit notes without an invoice, and in what was written by hand."""

from app.domain.proof import accounts, amounts, crediting, debiting, events, numbers, progress, settlement
from tests.domain.proof.planting import account, astray, fault, number

LOOSE, DEBIT, VOUCHER = number("CN-000005"), number("0000000012"), number("0000000005")
NOTE, HOUR = "document credit note CN-000005", "document credit note CN-000005, product HOUR"
FAULTS = (
    fault(amounts.lines_by_hand_follow_their_prices, "document invoice 0000000005: amount of line 1",
          f"UPDATE invoice_line SET unit_price = 51 WHERE invoice_id = {VOUCHER}"),
    fault(amounts.lines_by_hand_follow_their_prices, f"{HOUR}: amount of line 1",
          f"UPDATE credit_note_line SET discount = 0 WHERE credit_note_id = {LOOSE} AND position = 1"),
    fault(amounts.lines_by_hand_follow_their_prices, f"{NOTE}, product DENT: amount of line 3",
          f"UPDATE credit_note_line SET amount = 7.78 WHERE credit_note_id = {LOOSE} AND position = 3"),
    fault(amounts.vat_is_reckoned_per_document_and_rate, f"{NOTE}: VAT at 20",
          f"UPDATE credit_note_line SET vat = vat + 0.01, gross = gross + 0.01 WHERE credit_note_id = {LOOSE}"),
    fault(amounts.vat_is_shared_by_largest_remainder, f"{NOTE}: VAT of line 1",
          f"""UPDATE credit_note_line SET vat = vat + CASE position WHEN 1 THEN 0.01 ELSE -0.01 END
              WHERE credit_note_id = {LOOSE} AND position < 3"""),
    fault(amounts.documents_are_the_sums_of_their_lines, NOTE,
          f"UPDATE credit_note SET net = net + 1, gross = gross + 1 WHERE id = {LOOSE}"),
    fault(crediting.credited_is_what_credit_notes_took, f"{NOTE}: what line 2 without an invoice is about",
          f"""UPDATE credit_note_line SET account_id = {account('receivables')}
              WHERE credit_note_id = {LOOSE} AND position = 2"""),
    fault(crediting.credited_is_what_credit_notes_took, f"{NOTE}: what line 1 without an invoice is about",
          f"UPDATE credit_note_line SET product_id = NULL WHERE credit_note_id = {LOOSE} AND position = 1"),
    fault(crediting.credited_is_what_credit_notes_took, f"{NOTE}: invoice, goods, price and tax of line 1",
          f"UPDATE credit_note SET invoice_id = {number('0000000001')} WHERE id = {LOOSE}"),
    fault(debiting.debits_are_parts_of_their_credits, "document invoice 0000000012, product HOUR: net and VAT",
          f"UPDATE invoice_line SET net = net + 0.01 WHERE invoice_id = {DEBIT} AND position = 1"),
    fault(debiting.debits_are_parts_of_their_credits, "document invoice 0000000012, product HOUR: taken back",
          f"UPDATE credit_note_line SET quantity = 0.5 WHERE credit_note_id = {LOOSE} AND position = 1"),
    fault(progress.links_tell_what_was_made_from_what, NOTE, f"DELETE FROM document_link WHERE to_id = {DEBIT}"),
    fault(settlement.credits_are_what_documents_give, NOTE,
          f"UPDATE credit SET amount = amount + 1 WHERE document_id = {LOOSE}"),
    fault(events.every_event_is_posted_once, f"{NOTE}: credit_note.issued on revenue",
          f"DELETE FROM journal_entry WHERE document_id = {LOOSE}"),
    fault(accounts.revenue_is_the_net_of_invoices, "revenue", astray("revenue", "CN-000005", "credit_note.issued")),
    fault(accounts.output_vat_is_the_vat_of_invoices, "output_vat",
          astray("output_vat", "CN-000005", "credit_note.issued")),
    fault(accounts.receivables_are_open_invoices, "customer C001",
          astray("receivables", "CN-000005", "credit_note.issued")),
    fault(numbers.gapless_numbers_have_no_gap, "document credit note CN-000008",
          f"UPDATE document SET number = 'CN-000008' WHERE id = {LOOSE}"),
)  # fmt: skip
