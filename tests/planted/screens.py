"""Lists and forms that lose what somebody asked or typed."""

from tests.planted.fault import Fault

FAULTS = [
    Fault(rule, f"tests/web/{test}", f"app/web/{file}", old, new)
    for rule, test, file, old, new in (
        ("search goes on from the list wherever it is shown",
         "test_at_once.py::test_after_a_step_with_many_search_filter_and_export_go_on_from_the_list",
         "templates/stockbook/documents.html", '<form class="sb-search" method="get" action="{{ listing.root }}"',
         '<form class="sb-search" method="get"'),
        ("a step with many leads back to the list as it was narrowed",
         "test_at_once.py::test_a_step_with_many_keeps_what_the_list_is_narrowed_by", "kit/dialogs.py",
         '.replace(NARROWED, narrowed)', '.replace(NARROWED, "")'),
        ("what was deleted has no address", "test_at_once.py::test_what_was_deleted_leads_nowhere", "kit/at_once.py",
         "if i in numbers and i not in gone", "if i in numbers"),
        ("ticks outlive an answer that cannot be",
         "test_at_once.py::test_an_answer_that_cannot_be_leaves_filter_ticks_and_answers", "kit/documents.py",
         "ticked=ids, ", ""),
    )
]  # fmt: skip
