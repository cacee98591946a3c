"""Returns and credit notes with one of their rules broken."""

from tests.planted.fault import Fault

TESTS = "tests/domain/billing/test_returns.py::test_"
NOTES = "tests/domain/billing/test_credit_notes.py::test_"
FAULTS = [
    Fault(rule, TESTS + test, f"app/domain/{file}", old, new)
    for rule, test, file, old, new in (
        ("no more comes back than left",
         "drafts_hold_nothing_so_that_the_second_is_refused_when_it_is_processed", "billing/returns.py",
         "    if line.quantity > line.shipped - standing.returned:\n", "    if False:\n"),
        ("pieces come back at their part of the cost",
         "pieces_come_back_at_the_cost_they_left_at_so_that_all_parts_add_up", "billing/returns.py",
         "standing.returned, standing.value, decimals)", "line.quantity, ZERO, decimals)"),
        ("uninvoiced pieces come back first", "uninvoiced_pieces_come_back_first_then_invoiced_ones",
         "billing/returns.py", "min(line.quantity, line.shipped - line.invoiced - standing.uninvoiced)\n", "ZERO\n"),
        ("what a draft invoice holds does not come back", "pieces_that_a_draft_invoice_holds_do_not_come_back",
         "billing/returns.py", "line.invoiced - line.drafted -", "line.invoiced -"),
        ("what came back uninvoiced is not owed", "what_came_back_uninvoiced_is_neither_owed_nor_invoiced",
         "billing/rounding.py", "row.gross - (rounded(row.gross * back / of, decimals) if of else ZERO)", "row.gross"),
        ("what came back uninvoiced is not invoiced", "what_came_back_uninvoiced_is_neither_owed_nor_invoiced",
         "billing/portions.py", "line.invoiced - line.returned_uninvoiced AS left", "line.invoiced AS left"),
        ("a shipment of which something is back stands", "a_shipment_of_which_something_is_back_is_not_cancelled",
         "fulfilment/shipping.py", "    _refuse_returned(session, shipments)\n", "    pass\n"),
        ("who waits has what comes back", "goods_that_come_back_go_to_whoever_waits_for_them", "billing/returns.py",
         "    fill_waiting(session, {(its.line.warehouse_id, its.line.product_id) for its in taken})\n", "    pass\n"),
        ("nothing comes back before it left", "nothing_comes_back_before_it_left_nor_from_a_cancelled_shipment",
         "billing/returns.py", "    if line.shipped_on > on:\n", "    if False:\n"),
        ("a cancelled return is mirrored in the books", "a_cancelled_return_is_the_exact_mirror", "billing/returns.py",
         '    post_mirrors(session, "customer_return.processed", returns.ids, on=on, by=by)\n', "    pass\n"),
    )
] + [
    Fault(rule, NOTES + test, f"app/domain/billing/{file}", old, new)
    for rule, test, file, old, new in (
        ("no more pieces are credited than invoiced",
         "drafts_hold_nothing_so_that_the_second_is_refused_when_it_is_issued", "credited.py",
         "        if pieces > rest.left:\n", "        if False:\n"),
        ("credited pieces share net and VAT", "parts_of_a_line_add_up_in_net_and_vat", "credited.py",
         "whole * (self.pieces + quantity) / of, self.decimals) - rounded(\n            whole * self.pieces / of, "
         "self.decimals\n        )", "whole * quantity / of, self.decimals)"),
        ("pieces take no more than allowances left", "pieces_after_an_allowance_take_no_more_than_is_left",
         "credited.py", "self.net if self.pieces == self.row.quantity else _within(net, self.net)", "net"),
        ("pieces that are back are not invoiced again", "pieces_that_are_back_or_promised_back_are_not_invoiced_again",
         "credited.py", "goods.again < 0", "False"),
        ("an issued credit note is posted", "a_credit_note_turns_the_invoice_round_and_settles_it[ifrs]",
         "credit_notes.py", "    _post(session, notes, taken, on=on, by=by)\n", "    pass\n"),
        ("a credit note settles its invoice", "what_is_left_over_is_the_customers_credit_and_settles_another_invoice",
         "credit_notes.py", "allocate(session, [wish for wish in wishes if wish.amount], on=on, by=by, new=new)",
         "allocate(session, [], on=on, by=by, new=new)"),
        ("what is to be invoiced again is owed for the shipment",
         "pieces_to_be_invoiced_again_are_owed_for_the_shipment_and_invoiced", "credit_notes.py",
         "    _open_again(session, notes, taken, on=on, by=by)\n", "    pass\n"),
        ("goods credited to come back are expected",
         "goods_to_come_back_are_a_draft_return_that_takes_invoiced_pieces", "credit_notes.py",
         "    return_promised(session, notes.ids, by=by)\n", "    pass\n"),
        ("what came back is credited",
         "invoiced_pieces_that_came_back_are_a_draft_credit_note_that_opens_no_return", "promises.py",
         "    if not back:\n", "    if True:\n"),
        ("a credit note is not dated before its invoice",
         "a_credit_note_is_not_dated_before_its_invoice_nor_in_the_future", "credit_notes.py",
         "            if head.invoice_on > on:\n", "            if False:\n"),
        ("a return that is credited stands", "a_return_that_is_credited_is_not_cancelled", "returns.py",
         "    _refuse_credited(session, returns.ids)\n", "    pass\n"),
        ("undelivered pieces are credited from where they wait",
         "pieces_invoiced_in_advance_that_did_not_leave_are_credited_from_invoiced_not_delivered", "credit_notes.py",
         "part.again_net if did_not_leave else ZERO", "ZERO"),
    )
] + [
    Fault(rule, f"tests/domain/billing/{test}", f"app/domain/billing/{file}", old, new)
    for rule, test, file, old, new in (
        ("a return that is written anew stays in its warehouse",
         "test_returning.py::test_a_draft_is_written_anew_with_other_pieces_in_its_own_warehouse", "returning.py",
         "into = new.warehouse_id or own.warehouse_id", "into = new.warehouse_id"),
        ("a return that is written anew stays its credit note's",
         "test_returning.py::test_what_a_credit_note_promised_stays_its_own_when_it_is_written_anew", "returning.py",
         "new.note, own.credit_note_id)", "new.note)"),
        ("a return that is written anew stays its customer's",
         "test_returning.py::test_a_draft_keeps_its_customer_and_is_of_shipments_or_of_none", "returning.py",
         "    if draft.customer_id != own.customer_id:\n", "    if False:\n"),
        ("a return that is written anew stays with its credit note's shipments",
         "test_returning.py::test_what_a_credit_note_promised_is_not_written_anew_for_another_shipment", "returning.py",
         "        if not promised.issuperset(draft.shipments):\n", "        if False:\n"),
        ("a return of a shipment is not written anew without it",
         "test_loose_returns.py::test_a_draft_is_written_anew_and_one_of_a_shipment_is_not_written_so", "returning.py",
         "    if own.of_shipment and not of_shipment:\n", "    if False:\n"),
        ("a credit note that is written anew stays its invoice's",
         "test_crediting.py::test_a_draft_is_not_written_anew_for_another_invoice_or_for_none", "crediting.py",
         "    if own.invoice_id != new.invoice_id:\n", "    if False:\n"),
        ("pieces of a draft that is written anew left with the same shipment",
         "test_ahead.py::"
         "test_pieces_of_a_draft_that_is_written_anew_are_those_that_left_with_the_same_shipment", "ahead.py",
         "    to_keep, first, others = dict(kept), [], []\n", "    to_keep, first, others = {}, [], []\n"),
        ("a draft that is written anew has what did not leave invoiced again first",
         "test_ahead.py::"
         "test_what_did_not_leave_is_invoiced_again_first_by_a_draft_that_is_written_anew_too[1]", "ahead.py",
         "most if line is None else min(", "min("),
        ("a draft that is written anew keeps no more than its shipment has left",
         "test_ahead.py::test_pieces_of_a_draft_that_are_gone_from_their_shipment_are_taken_from_the_next", "ahead.py",
         "min(most, to_keep.get(line, ZERO))", "to_keep.get(line, ZERO)"),
        ("pieces of a draft that is written anew are kept once",
         "test_ahead.py::test_pieces_of_a_draft_that_is_written_anew_are_kept_once", "crediting.py",
         "max(kept[it.shipment_line_id] - it.quantity, ZERO)", "kept[it.shipment_line_id]"),
    )
] + [
    Fault("whoever does not see a shipment writes no return of it anew",
          "tests/api/test_redrafting.py::test_whoever_does_not_see_what_it_is_made_from_does_not_write_it_anew"
          "[returns-draft_return-Shipments-False]", "app/web/returns.py",
          "return shipments.keys() == trails.seen(self._session, shipments)", "return True"),
    Fault("whoever does not see an invoice writes no credit of it anew",
          "tests/api/test_redrafting.py::test_whoever_does_not_see_what_it_is_made_from_does_not_write_it_anew"
          "[credit-notes-draft_credit-Invoices-False]", "app/web/credit_notes.py",
          'return invoices.keys() == trails.seen(self._session, invoices)', "return True"),
] + [
    Fault(rule, f"tests/web/test_rewriting.py::test_{test}", f"app/web/{file}", old, new)
    for rule, test, file, old, new in (
        ("a draft that is written anew shows what it credits though nothing of that is left",
         "what_a_draft_says_of_a_line_that_is_credited_meanwhile_is_not_dropped", "credit_notes.py",
         "if row.id in left or any(getattr(row, field.name) for field in HOW)]", "if row.id in left]"),
        ("a draft that is written anew shows what it brings back though all of that is back",
         "what_a_draft_says_of_a_line_that_came_back_meanwhile_is_not_dropped", "returns.py",
         "(line.quantity > line.returned OR own.quantity > 0)", "line.quantity > line.returned"),
        ("what is filled in of a line that is gone is told where a draft is written anew",
         "what_was_filled_in_of_a_line_that_is_gone_meanwhile_is_told", "kit/writing.py",
         "    if not filled.issubset(typed):\n", "    if False:\n"),
        ("a return that is written anew shows what it says at its version or later",
         "a_form_does_not_say_what_was_before_its_version", "returns.py",
         "        head = self.said(pk)\n        shipments = self._shipments(pk)\n"
         "        if not shipments or not self.editable(document):\n            return super().edit(pk)\n"
         '        form = PiecesForm(data=head if request.method == "GET" else None)\n\n'
         "        def offered() -> Offer:\n"
         "            rows = read(self._session, NOT_BACK, id=pk, shipments=shipments)\n",
         "        shipments = self._shipments(pk)\n"
         "        if not shipments or not self.editable(document):\n            return super().edit(pk)\n"
         "        rows = read(self._session, NOT_BACK, id=pk, shipments=shipments)\n"
         '        form = PiecesForm(data=self.said(pk) if request.method == "GET" else None)\n\n'
         "        def offered() -> Offer:\n"),
    )
] + [
    Fault(rule, f"tests/domain/billing/test_taken_off.py::test_{test}", f"app/domain/billing/{file}", old, new)
    for rule, test, file, old, new in (
        ("what was taken off is credited with a whole invoice",
         "what_was_taken_off_is_credited_with_a_whole_invoice_and_is_not_to_be_invoiced_again[allowance]",
         "crediting.py", "    if rest.base:\n", "    if rest.base > 0:\n"),
        ("no more is credited than is left of a document",
         "no_more_is_credited_than_is_left_of_the_invoice_as_a_document", "credited.py",
         "        if beyond and (left := self.left(invoice)) < 0:\n",
         "        if False and (left := self.left(invoice)) < 0:\n"),
        ("no more is owed again than is left of a document",
         "no_more_is_owed_again_than_a_credit_note_takes_off_as_a_document", "debited.py",
         "        if left < 0:\n", "        if False:\n"),
        ("what comes back is credited less what was taken off",
         "what_comes_back_is_credited_with_what_was_taken_off_as_far_as_it_is_more_than_is_left[3-30.00]",
         "crediting.py", "        if new.completed:\n", "        if False:\n"),
    )
] + [
    Fault("goods come back into the warehouse that is named", f"tests/api/test_redrafting.py::{test}", file, old, new)
    for test in ("test_goods_come_back_into_another_warehouse_that_is_ones_own",)
    for file, old, new in (
        ("app/domain/billing/returning.py", "into = new.warehouse_id or own.warehouse_id", "into = own.warehouse_id"),
        ("app/web/api/billing.py", 'warehouse_id=given["warehouse"])', "warehouse_id=None)"),
    )
]  # fmt: skip
