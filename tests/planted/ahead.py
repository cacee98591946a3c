"""Credits of what was invoiced in advance, and left in part, with one of their rules broken."""

from tests.planted.fault import Fault

TESTS = "tests/domain/billing/test_ahead.py::test_"
FAULTS = [
    Fault(rule, TESTS + test, f"app/domain/{file}", old, new)
    for rule, test, file, old, new in (
        ("what did not leave is invoiced again before what left",
         "what_did_not_leave_is_invoiced_again_first_then_what_left", "billing/ahead.py",
         "            return left + [", "            return list(reversed(left)) and ["),
        ("what left is credited from revenue", "what_did_not_leave_is_invoiced_again_first_then_what_left",
         "billing/credit_notes.py", ' and line.shipment_line_id is None\n        undelivered', "\n        undelivered"),
        ("what left is credited with a part of its delivery",
         "a_piece_that_left_is_credited_with_what_it_took_to_revenue", "billing/credited.py",
         "            net, gross = its.take(wanted.quantity, self.decimals)\n",
         "            _, gross = its.take(wanted.quantity, self.decimals)\n"),
        ("only what left comes back", "only_what_left_comes_back_and_a_draft_return_waits_for_it",
         "billing/credited.py", "        if missing:\n", "        if False:\n"),
        ("what left and is invoiced again is left to invoice of its shipment",
         "what_left_and_is_invoiced_again_is_owed_for_its_shipment_and_invoiced_from_it", "billing/credit_notes.py",
         "its[0] += credit.line.quantity if credit.again else ZERO", "its[0] += ZERO"),
        ("a portion knows what was invoiced before the goods left",
         "all_that_left_is_invoiced_again_and_then_in_parts", "billing/portions.py",
         "    SELECT sum(part.again_net) AS net, sum(part.again_gross) AS gross\n"
         "    FROM credit_note_line part JOIN credit_note ON credit_note.id = part.credit_note_id\n"
         "    WHERE line.invoiced + line.pre_invoiced > 0",
         "    SELECT sum(part.again_net) AS net, sum(part.again_gross) AS gross\n"
         "    FROM credit_note_line part JOIN credit_note ON credit_note.id = part.credit_note_id\n"
         "    WHERE line.invoiced > 0"),
        ("a whole credit takes what is back for goods back",
         "a_whole_credit_takes_each_piece_for_what_became_of_it", "billing/crediting.py",
         "back = min(goods.due, left) if goods else ZERO", "back = ZERO"),
        ("a whole credit has what did not leave invoiced again",
         "a_whole_credit_takes_each_piece_for_what_became_of_it", "billing/crediting.py",
         "        if rest.ahead and rest.ahead.left:\n", "        if False:\n"),
        ("what came back of an advance is credited", "a_whole_credit_takes_each_piece_for_what_became_of_it",
         "billing/promises.py", "    WHERE delivery.shipment_line_id = ANY(%(lines)s::bigint[])\n",
         "    WHERE false AND delivery.shipment_line_id = ANY(%(lines)s::bigint[])\n"),
        ("a draft that no longer fits is not issued", "a_draft_that_no_longer_fits_is_refused_when_it_is_issued",
         "billing/credited.py", "    if not fits:\n", "    if False:\n"),
        ("a shipment stands once what it delivered is credited",
         "a_shipment_is_not_cancelled_once_what_it_delivered_is_credited", "fulfilment/shipping.py",
         "    _refuse_credited(session, shipments)\n", "    pass\n"),
        ("what a debit note takes back is delivered again",
         "a_shipment_is_not_cancelled_once_what_it_delivered_is_credited", "billing/debiting.py",
         "    if ahead:\n", "    if False:\n"),
        ("the cost of what is invoiced again waits again", "the_cost_of_what_is_invoiced_again_waits_again",
         "billing/credited.py", "cost.credit_ahead(wanted.quantity) if rest.ahead else part.again_cost",
         "part.again_cost"),
        ("shares of the cost follow what was credited before",
         "parts_of_the_cost_of_an_advance_add_up", "billing/deferred.py",
         "self.decimals)\n        return upto - rounded(self.ahead_cost * before / self.ahead, self.decimals)",
         "self.decimals)\n        return upto"),
    )
] + [
    Fault(rule, f"tests/{test}", file, old, new)
    for rule, test, file, old, new in (
        ("what is credited stands in the way though no link names it",
         "domain/fulfilment/test_cancelling_shipments.py::"
         "test_what_became_of_its_pieces_stands_in_the_way_though_no_link_names_it",
         "app/domain/fulfilment/shipping.py",
         "        refuse(dict.fromkeys(held, unnamed) | {\n            row.from_id: DomainError(\"credited\"",
         "        refuse({\n            row.from_id: DomainError(\"credited\""),
        ("only what can be credited so is offered",
         "web/test_invoices.py::test_of_what_was_invoiced_in_advance_only_what_can_be_is_offered_to_credit",
         "app/web/templates/stockbook/step.html", ' if most[field] != "0" and most[field] != look.money(0) %}', " %}"),
        ("what is offered is what is left",
         "domain/billing/test_ahead.py::test_an_invoice_is_credited_by_line_and_kind",
         "app/domain/billing/credited.py",
         "return rest.left - shared(rest.ahead.sources(kind, self.goods), rest.left)[1]", "return rest.left"),
        ("pieces of an advance that left are counted once",
         "api/test_billing.py::test_what_left_of_an_advance_is_credited_line_by_line", "app/web/api/sales.py",
         "line.pre_invoiced - line.pre_shipped + ", "line.pre_invoiced + "),
    )
]  # fmt: skip
