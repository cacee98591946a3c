"""Faults in what was invoiced before it left, and in what was credited of it since."""

from app.domain.proof import accounts, advances, costs, crediting, progress
from tests.domain.proof.planting import astray, fault, number

SH6, SH10, CN6 = number("SH-000006"), number("SH-000010"), number("CN-000006")
NOTE = "document credit note CN-000006"
CREDITED = "UPDATE credit_note_line SET {what} WHERE credit_note_id = " + CN6 + " AND position = {position}"
OF_SH10 = f"(SELECT id FROM shipment_line WHERE shipment_id = {SH10})"
OF_SH6 = f"(SELECT order_line_id FROM shipment_line WHERE shipment_id = {SH6})"
FAULTS = (
    fault(advances.advances_are_what_was_invoiced_ahead, "document shipment SH-000006: covered of line 1",
          f"UPDATE shipment_line SET pre_net = pre_net + 0.01 WHERE shipment_id = {SH6}"),
    fault(advances.advances_are_what_was_invoiced_ahead, "invoiced ahead and shipped since of line 1",
          f"UPDATE sales_order_line SET pre_shipped = pre_shipped + 1 WHERE id = {OF_SH6}"),
    fault(advances.advances_are_what_was_invoiced_ahead, "document invoice 0000000004: delivered of advance line",
          f"UPDATE advance SET delivered_net = delivered_net + 0.01 WHERE order_line_id = {OF_SH6}"),
    fault(advances.advances_are_what_was_invoiced_ahead, "document invoice 0000000004: all of advance line",
          f"UPDATE advance SET credited = 1 WHERE order_line_id = {OF_SH6}"),
    fault(advances.advances_are_what_was_invoiced_ahead, "document invoice 0000000004: advance of line",
          f"UPDATE advance SET net = net + 0.01 WHERE order_line_id = {OF_SH6}"),
    fault(advances.advances_are_what_was_invoiced_ahead, "document invoice 0000000004: advance of line",
          f"UPDATE invoice SET state = 'draft' WHERE id = {number('0000000004')}"),
    fault(advances.advances_are_what_was_invoiced_ahead, "document invoice 0000000013: to be invoiced again of advance",
          f"UPDATE advance SET credited_net = credited_net + 0.01 WHERE invoice_id = {number('0000000013')}"),
    fault(advances.advances_are_taken_in_one_sequence, f"{NOTE}: part of advance",
          CREDITED.format(what="again_net = again_net + 0.01", position=1)),
    fault(advances.advances_are_taken_in_one_sequence, "document shipment SH-000010: part of advance",
          f"UPDATE advance_delivery SET net = net + 0.01 WHERE shipment_line_id = {OF_SH10}"),
    fault(advances.advances_are_taken_in_one_sequence, f"{NOTE}: did not leave yet when line 2 took what had left",
          CREDITED.format(what="position = 10", position=1)),
    fault(advances.what_left_ahead_is_credited_once, "document shipment SH-000010: credited since",
          f"UPDATE shipment_line SET pre_credited = pre_credited - 1 WHERE id = {OF_SH10}"),
    fault(advances.what_left_ahead_is_credited_once, f"{NOTE}: credited of what left",
          f"UPDATE advance_delivery SET quantity = 2 WHERE shipment_line_id = {OF_SH10}"),
    fault(advances.what_left_ahead_is_credited_once, f"{NOTE}: credited of what left",
          f"UPDATE shipment SET state = 'cancelled' WHERE id = {SH10}"),
    fault(advances.what_left_ahead_is_credited_once, f"{NOTE}: goods back of line 3",
          CREDITED.format(what="shipment_line_id = NULL", position=3)),
    fault(crediting.credits_are_parts_of_their_invoices, f"{NOTE}, product SOONER: net and VAT of line 2",
          CREDITED.format(what="net = net + 0.01", position=2)),
    fault(crediting.credits_are_parts_of_their_invoices, f"{NOTE}, product SOONER: net and VAT of line 1",
          CREDITED.format(what="net = net + 0.01", position=1)),
    fault(crediting.credits_are_parts_of_their_invoices, f"{NOTE}, product SOONER: to be invoiced again of line 2",
          CREDITED.format(what="again_gross = again_gross + 0.01", position=2)),
    fault(crediting.credited_is_what_credit_notes_took, f"{NOTE}: invoice, goods",
          CREDITED.format(what=f"shipment_line_id = (SELECT id FROM shipment_line WHERE shipment_id = {SH6})",
                          position=2)),
    fault(costs.costs_go_on_with_their_pieces, f"{NOTE}, product SOONER: cost of the part",
          CREDITED.format(what="again_cost = again_cost + 0.01", position=2)),
    fault(progress.links_tell_what_was_made_from_what, "document shipment SH-000010: link",
          f"DELETE FROM document_link WHERE from_id = {SH10} AND to_id = {CN6}"),
    fault(accounts.not_delivered_is_the_net_of_pieces_to_come, "invoiced_not_delivered",
          astray("invoiced_not_delivered", "CN-000006", "credit_note.issued")),
    fault(accounts.revenue_is_the_net_of_invoices, "revenue", astray("revenue", "CN-000006", "credit_note.issued")),
)  # fmt: skip
