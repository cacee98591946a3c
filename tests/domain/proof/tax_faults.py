"""Faults in the tax regime of documents, what they print of it, and the percentage of what is supplied together."""

from app.domain.proof import amounts, crediting, debiting, progress, taxes
from tests.domain.proof.planting import fault, number

SHIPMENT, ORDER = number("SH-000001"), number("SO-000001")
INVOICE, AHEAD, DEBIT, NOTE = (number(it) for it in ("0000000001", "0000000004", "0000000011", "CN-000001"))
FAULTS = (
    fault(taxes.documents_print_the_tax_regime_they_are_in, "document invoice 0000000001: regime",
          f"UPDATE invoice SET tax_regime = 'export' WHERE id = {INVOICE}"),
    fault(taxes.documents_print_the_tax_regime_they_are_in, "document credit note CN-000001: regime",
          f"UPDATE credit_note SET buyer = '{{}}' WHERE id = {NOTE}"),
    fault(progress.parts_are_of_their_whole, "document invoice 0000000001: customer, currency, mode and regime",
          f"UPDATE invoice SET tax_regime = 'export' WHERE id = {INVOICE}"),
    fault(progress.parts_are_of_their_whole, "document invoice 0000000004: customer, currency, mode and regime",
          f"UPDATE invoice SET tax_regime = 'export' WHERE id = {AHEAD}"),
    fault(crediting.credited_is_what_credit_notes_took, "document credit note CN-000001: customer, currency",
          f"UPDATE credit_note SET tax_regime = 'export' WHERE id = {NOTE}"),
    fault(debiting.debits_are_parts_of_their_credits, "document invoice 0000000011: customer, currency",
          f"UPDATE invoice SET tax_regime = 'export' WHERE id = {DEBIT}"),
    fault(taxes.what_is_supplied_together_has_one_percentage, "document shipment SH-000001: percentages of tax rate A",
          f"UPDATE shipment_line SET tax_percent = 21 WHERE shipment_id = {SHIPMENT} AND position = 1"),
    fault(taxes.what_is_supplied_together_has_one_percentage, "document shipment SH-000001: percentages of tax rate",
          f"UPDATE shipment_line SET tax_percent = NULL WHERE shipment_id = {SHIPMENT}"),
    fault(taxes.what_is_supplied_together_has_one_percentage, "document sales order SO-000001: percentages",
          f"UPDATE sales_order_line SET tax_percent = 21 WHERE order_id = {ORDER} AND position = 1"),
    fault(taxes.what_is_supplied_together_has_one_percentage, "document invoice 0000000001: percentages",
          f"UPDATE invoice_line SET tax_percent = 21 WHERE invoice_id = {INVOICE} AND position = 1"),
    fault(taxes.percentages_are_those_of_the_day_of_supply, "document invoice 0000000001: percentage of line 1",
          f"UPDATE invoice_line SET tax_percent = 21 WHERE invoice_id = {INVOICE} AND position = 1"),
    fault(taxes.percentages_are_those_of_the_day_of_supply, "document invoice 0000000004: percentage of line 1",
          f"UPDATE invoice_line SET tax_percent = 21 WHERE invoice_id = {AHEAD}"),
    fault(taxes.percentages_are_those_of_the_day_of_supply, "document shipment SH-000001: percentage of line",
          f"UPDATE shipment_line SET tax_percent = NULL WHERE shipment_id = {SHIPMENT}"),
    fault(taxes.percentages_are_those_of_the_day_of_supply, "document credit note CN-000005: percentage of line 3",
          f"UPDATE credit_note_line SET tax_percent = 20 WHERE credit_note_id = {number('CN-000005')}"),
    fault(taxes.percentages_are_those_of_the_day_of_supply, "document invoice 0000000002: percentage of line",
          """INSERT INTO tax_rate_told (tax_rate_id, after_id, percents)
             SELECT DISTINCT ON (tax_rate_id) tax_rate_id, (SELECT max(id) FROM document_history), '{"-infinity": 7}'
             FROM tax_rate_told ORDER BY tax_rate_id, id DESC""",
          f"UPDATE invoice_line SET tax_percent = 7 WHERE invoice_id = {number('0000000002')}"),
    fault(taxes.percentages_are_those_of_the_day_of_supply, "tax rate A, by the date from which it is valid",
          f"""INSERT INTO tax_rate_row (tax_rate_id, valid_from, percent)
              SELECT tax_rate_id, "on", 10 FROM invoice_line JOIN invoice ON invoice.id = invoice_id
              WHERE invoice_id = {INVOICE} AND position = 1"""),
    fault(taxes.dates_of_supply_are_when_goods_left_or_money_came, "document invoice 0000000001: date of supply",
          f"UPDATE invoice SET supply_on = supply_on - 1 WHERE id = {INVOICE}"),
    fault(taxes.dates_of_supply_are_when_goods_left_or_money_came, "document invoice 0000000004: received by",
          f"UPDATE invoice SET supply_on = supply_on - 1 WHERE id = {AHEAD}"),
    fault(taxes.dates_of_supply_are_when_goods_left_or_money_came, "document invoice 0000000011: date of supply",
          f'UPDATE invoice SET supply_on = "on" WHERE id = {DEBIT}'),
    fault(amounts.vat_is_reckoned_per_document_and_rate, "document shipment SH-000001: VAT at 21",
          f"UPDATE shipment_line SET tax_percent = 21 WHERE shipment_id = {SHIPMENT} AND tax_percent = 20"),
)  # fmt: skip
