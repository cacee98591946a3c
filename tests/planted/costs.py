"""Cost of sales at the invoice with one of its rules broken."""

from tests.planted.fault import Fault

TESTS = "tests/domain/billing/test_deferred.py::test_"
FAULTS = [
    Fault(rule, TESTS + test, f"app/domain/{file}", old, new)
    for rule, test, file, old, new in (
        ("the cost of what leaves at_invoice waits",
         "the_cost_waits_with_the_goods_and_goes_on_with_each_invoice_so_that_all_parts_add_up",
         "fulfilment/shipping.py", '        if settings.cogs_timing == "at_invoice":\n', "        if False:\n"),
        ("an invoice moves the cost of its pieces on",
         "the_cost_waits_with_the_goods_and_goes_on_with_each_invoice_so_that_all_parts_add_up",
         "billing/invoicing.py", '    if not waiting:\n', "    if True:\n"),
        ("invoices of one batch share a cost", "two_invoices_of_one_line_in_one_batch_share_its_cost",
         "billing/deferred.py", "        self.gone_cost += cost\n", "        pass\n"),
        ("each shipment keeps its way of posting cost", "what_left_before_the_way_was_changed_keeps_its_own",
         "billing/invoicing.py", 'if line.cogs_timing == "at_invoice"]', "if line.cogs_timing]"),
        ("drafts move no cost", "a_draft_invoice_moves_no_cost", "billing/deferred.py",
         "line.invoiced - coalesce(held.quantity, 0) AS sold", "line.invoiced AS sold"),
        ("uninvoiced pieces bring their cost back from where it waits",
         "pieces_on_no_invoice_come_back_from_what_waits_and_invoiced_ones_from_cost_of_sales", "billing/returns.py",
         '{"cost": value - deferred, "deferred": deferred}', '{"cost": value}'),
        ("uninvoiced returns are parts of the sequence of invoices",
         "invoices_and_returns_of_uninvoiced_pieces_are_parts_of_one_sequence", "billing/deferred.py",
         "row.sold + row.returned_uninvoiced, sold_cost + row.deferred", "row.sold, sold_cost"),
        ("pieces to be invoiced again take their cost back",
         "pieces_to_be_invoiced_again_wait_with_the_cost_that_their_invoice_took", "billing/credited.py",
         "self._share(self.row.cost, wanted.quantity)", "ZERO"),
        ("no cost of sales is left of what is back",
         "no_cost_of_sales_is_left_where_the_rest_is_back_though_what_came_back_shared_it_all", "billing/deferred.py",
         "cost = left if self.sold == self.back else min(share, left)", "cost = share"),
        ("what was invoiced in advance is sold as it leaves", "what_was_invoiced_in_advance_is_sold_as_it_leaves",
         "fulfilment/shipping.py", "rounded(cost * ahead / shipped[pair.line.id], settings.decimals)", "ZERO"),
        ("no part of a cost is less than nothing",
         "nothing_is_worth_less_than_nothing_where_earlier_parts_took_more", "billing/deferred.py",
         "max(part(self.cost, self.quantity, self.gone, self.gone_cost, self.decimals), ZERO)",
         "part(self.cost, self.quantity, self.gone, self.gone_cost, self.decimals)"),
    )
]  # fmt: skip
