"""Credit notes without an invoice with one of their rules broken."""

from tests.planted.fault import Fault

TESTS = "tests/domain/billing/test_loose_credits.py::test_"
FAULTS = [
    Fault(rule, TESTS + test, f"app/domain/{file}", old, new)
    for rule, test, file, old, new in (
        ("a credit without an invoice is posted line by line",
         "a_service_a_text_and_cheaper_goods_are_credited_to_the_customer[ifrs]", "billing/credit_notes.py",
         "        self.parts += [(line, Part(line.net, line.vat)) for line in loose]\n", ""),
        ("a credit without an invoice has a reason", "what_cannot_be_credited_so_is_refused_by_its_place",
         "billing/loose_credits.py", "    if not new.reason.strip():\n", "    if False:\n"),
        ("a line of a credit is worth something", "a_line_that_cannot_be_is_refused[changes4-amount_not_positive]",
         "billing/loose_credits.py", "        if amount <= 0:\n", "        if False:\n"),
        ("goods are only let cheaper by hand", "what_cannot_be_credited_so_is_refused_by_its_place",
         "billing/loose_credits.py", '    if line["quantity"] != 1:\n', "    if False:\n"),
        ("what credits an invoice is not rewritten by hand", "what_credits_an_invoice_is_not_rewritten_by_hand",
         "billing/loose_credits.py", "    for row in read(session, OF_INVOICE, id=note):\n", "    for row in ():\n"),
        ("archived customers get nothing by hand", "what_cannot_be_credited_so_is_refused_by_its_place",
         "billing/freelines.py", "    if not customer.active:\n", "    if False:\n"),
        ("a credit note prints the tax as it was",
         "customers_from_elsewhere_are_credited_at_their_rate_and_what_is_printed_stays", "billing/credit_notes.py",
         "rules.notes(head.tax_regime, notes.lines[head.id])", "[]"),
        ("a debit note prints the tax as its credit note does",
         "customers_from_elsewhere_are_credited_at_their_rate_and_what_is_printed_stays", "billing/invoicing.py",
         "head.credited_tax if head.credit_note_id", "[] if head.credit_note_id"),
        ("a debit note of all takes back services that were credited by hand",
         "a_debit_note_takes_it_back_in_parts_that_add_up", "billing/debiting.py",
         'rest.row.kind in ("goods_back", "free")', 'rest.row.kind == "goods_back"'),
        ("a debit note of all takes back what goods cost less", "what_goods_cost_less_is_taken_back_whole",
         "billing/debiting.py",
         "(rest.row.invoice_line_id is None or rest.row.invoice_line_id in owed)", "rest.row.invoice_line_id in owed"),
    )
] + [
    Fault(rule, f"tests/web/test_loose_credits.py::test_{test}", f"app/web/{file}", old, new)
    for rule, test, file, old, new in (
        ("only who may consent credits without an invoice", "only_who_may_consent_writes_it_down", "credit_notes.py",
         '        if not mine().may("process", "Consent"):\n', "        if False:\n"),
        ("only who may consent rewrites a credit without an invoice", "only_who_may_consent_writes_it_down",
         "credit_notes.py", ' and mine().may("process", "Consent")\n', "\n"),
        ("no page writes by hand what credits an invoice", "a_draft_that_credits_an_invoice_is_not_written_by_hand",
         "credit_notes.py", "        if document.invoice:\n", "        if False:\n"),
        ("a text that somebody typed is kept when the draft is saved again",
         "it_is_written_down_once_rewritten_and_issued", "kit/by_hand.py",
         "THEN '' ELSE line.name END AS text", "THEN '' ELSE '' END AS text"),
    )
]  # fmt: skip
