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
        ("a draft that another saved is replaced by a second Save", "test_meanwhile.py::"
         "test_a_draft_that_another_saved_is_told_with_what_it_says_now_and_replaced_by_a_second_save",
         "kit/meanwhile.py", 'form.version.data = str(stale.facts["version"])', "pass"),
        ("what another counted meanwhile stays",
         "test_meanwhile.py::test_two_who_count_one_sheet_keep_what_each_of_them_counted", "kit/sheets.py",
         "if was is None or change.was != number:", "if True:"),
        ("what both counted is told before it is replaced",
         "test_meanwhile.py::test_a_line_that_both_counted_is_told_and_only_that_is_replaced", "kit/sheets.py",
         "if both or not rows:", "if False:"),
        ("a line that was emptied does not come back",
         "test_previews.py::test_a_line_that_was_emptied_does_not_come_back", "fulfilment.py",
         '"none_if_empty": True', '"none_if_empty": False'),
        ("a preview that is sent is not the step",
         "test_previews.py::test_a_preview_is_sent_as_the_step_is_and_stores_nothing", "kit/documents.py",
         'looks = request.method == "GET" or "preview" in request.form', 'looks = request.method == "GET"'),
        ("a chip takes away what it says and nothing else", "test_narrowing.py::"
         "test_all_that_a_list_is_narrowed_by_is_said_and_taken_away_piece_by_piece", "kit/listing.py",
         "self.address(**{name: None})", "self.root"),
        ("a link leads only to what one may see",
         "test_links.py::test_who_holds_goods_is_a_link_where_one_sees_the_order", "kit/trails.py",
         "return {i: address(kinds[i], i) for i in seen(session, kinds)}",
         "return {i: address(kind, i) for i, kind in kinds.items()}"),
    )
]  # fmt: skip
