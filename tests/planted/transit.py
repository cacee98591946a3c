"""Money on its way between places, and posting rules, with one of their rules broken."""

from tests.planted.fault import Fault

FILES = "treasury/test_bank_files.py"
FAULTS = [
    Fault(rule, f"tests/domain/{test}", f"app/domain/{file}", old, new)
    for rule, test, file, old, new in (
        ("what is to be brought in already is not proposed anew",
         f"{FILES}::test_what_comes_in_is_proposed_as_what_left_another_place_each_once_and_not_before",
         "treasury/purposes.py", "bank_line WHERE transfer_id = sent.id AND state <> 'cancelled'",
         "bank_line WHERE transfer_id = sent.id AND state = 'cancelled'"),
        ("nothing is proposed to come in before it left",
         f"{FILES}::test_what_comes_in_is_proposed_as_what_left_another_place_each_once_and_not_before",
         "treasury/purposes.py", "row.amount == amount and row.on <= on", "row.amount == amount"),
        ("an account brings in nothing that it sent itself",
         f"{FILES}::test_what_comes_in_is_proposed_as_what_left_another_place_each_once_and_not_before",
         "treasury/purposes.py", "            AND bank_account_id <> %(bank)s)", "            AND %(bank)s > 0)"),
        ("entries of the next rule hold none before it",
         "ledger/test_changing_rules.py::test_entries_of_the_next_rule_hold_none_that_ends_before_it",
         "ledger/changing_rules.py", "SELECT min(next.valid_from)", "SELECT max(NULL::date)"),
    )
]  # fmt: skip
