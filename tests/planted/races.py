"""Locks that are not taken, or taken once it is too late."""

from tests.planted.fault import Fault

FAULTS = [
    Fault(rule, f"tests/faults/test_settlement_races.py::test_{test}", f"app/domain/{file}", old, new)
    for rule, test, file, old, new in (
        ("what is rounded was paid, and stays so",
         "no_cent_is_let_go_of_a_shipment_whose_payment_is_cancelled_meanwhile",
         "billing/invoicing.py", "        lock_shipments(session, in_part | together)\n", "        pass\n"),
        ("a payment is cancelled where it went",
         "a_payment_that_is_cancelled_while_it_follows_the_goods_is_cancelled_where_it_is_by_then",
         "settlement/releases.py", " - {line.id for line in lines}:", " and False:"),
        ("whoever comes later sums a payment status anew",
         "two_payments_of_parts_that_are_cancelled_at_once_leave_their_shipment_unpaid", "settlement/items.py",
         "    lock_statuses(session, wanted)\n", ""),
    )
] + [
    Fault(rule, f"tests/faults/test_count_races.py::test_{test}", f"app/domain/warehousing/{file}", old, new)
    for rule, test, file, old, new in (
        ("what is counted is held before one looks", "what_two_count_at_once_is_put_right_once", "counts.py",
         "    lock_balances(session, counts.counted)\n", ""),
        ("a sheet waits for a count", "a_sheet_that_is_drawn_while_somebody_counts_expects_what_they_found",
         "sheets.py", "        if keys <= held:\n", "        if True:\n"),
    )
]  # fmt: skip
