"""Returns with one of their rules broken."""

from tests.planted.fault import Fault

TESTS = "tests/domain/billing/test_returns.py::test_"
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
         "billing/invoicing.py", "row.gross - row.taken - back", "row.gross - row.taken"),
        ("what came back uninvoiced is not invoiced", "what_came_back_uninvoiced_is_neither_owed_nor_invoiced",
         "billing/portions.py", "line.invoiced - line.returned_uninvoiced AS left", "line.invoiced AS left"),
        ("a shipment of which something is back stands", "a_shipment_of_which_something_is_back_is_not_cancelled",
         "fulfilment/shipping.py", "    _refuse_returned(session, shipments)\n", "    pass\n"),
        ("who waits has what comes back", "goods_that_come_back_go_to_whoever_waits_for_them", "billing/returns.py",
         "    fill_waiting(session, {(line.warehouse_id, line.product_id) for line, _, _ in taken})\n", "    pass\n"),
        ("nothing comes back before it left", "nothing_comes_back_before_it_left_nor_from_a_cancelled_shipment",
         "billing/returns.py", "    if line.shipped_on > on:\n", "    if False:\n"),
        ("a cancelled return is mirrored in the books", "a_cancelled_return_is_the_exact_mirror", "billing/returns.py",
         '    post_mirrors(session, "customer_return.processed", returns.ids, on=on, by=by)\n', "    pass\n"),
    )
]  # fmt: skip
