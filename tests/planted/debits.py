"""Debit notes with one of their rules broken."""

from tests.planted.fault import Fault

TESTS = "tests/domain/billing/test_debiting.py::test_"
FAULTS = [
    Fault(rule, TESTS + test, f"app/domain/{file}", old, new)
    for rule, test, file, old, new in (
        ("what a debit note takes back is no longer credited",
         "a_debit_note_makes_owed_again_what_a_credit_note_took_off[ifrs]", "billing/debiting.py",
         "    if not notes:\n", "    if notes:\n"),
        ("what is owed again is open on the order and the shipment",
         "what_is_owed_again_is_open_on_all_that_it_comes_of", "billing/invoicing.py",
         "again or (line.order_id, line.shipment_id, None)",
         "(line.order_id, line.shipment_id, again and again.invoice_id)"),
        ("what is owed again is open on the invoice that was credited",
         "what_is_owed_again_is_open_on_all_that_it_comes_of", "settlement/items.py",
         "invoice_id = touched.id AND invoice_id <> document_id", "false"),
        ("a debit note says who bought as its credit note does", "it_says_who_bought_as_its_credit_note_does",
         "billing/invoicing.py", "head.credited_buyer or buyer_details", "buyer_details"),
        ("no more is taken back than a credit note takes off",
         "drafts_hold_nothing_so_that_the_second_is_refused_when_it_is_issued", "billing/debited.py",
         "        if abs(much) > abs(left):\n", "        if False:\n"),
        ("a draft says what is taken back when it is issued",
         "a_draft_whose_share_is_another_by_now_is_to_be_written_anew", "billing/debiting.py",
         "    if (its.net, its.vat) != (line.net, line.vat):\n", "    if False:\n"),
        ("the last piece takes all that is left of a line",
         "what_is_taken_back_is_credited_anew_and_the_last_piece_takes_all_that_is_left", "billing/credited.py",
         "net = self.net if self.pieces == self.row.quantity else _within(net, self.net)",
         "net = _within(net, self.net)"),
        ("pieces that are back are not owed again", "pieces_that_are_back_or_awaited_are_not_owed_again",
         "billing/debited.py", "its.credited - its.back - its.promised", "its.credited"),
        ("what came back after all is credited again", "pieces_that_came_back_after_all_are_credited_again",
         "billing/promises.py", "coalesce(credited.issued, 0) - coalesce(debited.quantity, 0) AS credited",
         "coalesce(credited.issued, 0) AS credited"),
        ("pieces to be invoiced again are not debited",
         "pieces_to_be_invoiced_again_are_invoiced_not_debited", "billing/debited.py",
         '        if row.kind == "invoice_again":\n', "        if False:\n"),
        ("what is credited anew settles what a debit note made owed again",
         "what_is_taken_back_is_credited_anew_and_the_last_piece_takes_all_that_is_left", "billing/credit_notes.py",
         "owed[item.of_line].append(item)", "owed[item.line_id].append(item)"),
        ("what is credited of one line settles no other",
         "the_credit_of_one_line_does_not_settle_what_is_owed_again_of_another", "billing/credit_notes.py",
         "            left -= min(left, item.open)\n", ""),
        ("a debit note is not credited itself", "a_debit_note_is_put_right_by_crediting_its_invoice",
         "billing/crediting.py", '        if invoice.kind == "debit":\n', "        if False:\n"),
        ("a debit note is not dated before its credit note", "a_debit_note_is_not_dated_before_its_credit_note",
         "billing/debiting.py", "    if rest.row.on > on:\n", "    if False:\n"),
    )
]  # fmt: skip
