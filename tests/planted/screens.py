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
        ("what another picked meanwhile is told", "test_meanwhile.py::"
         "test_pieces_that_are_picked_are_told_kept_and_saved_at_the_second_time", "kit/writing.py",
         "[*head, *lines(pk)]", "head"),
        ("what another wrote by hand meanwhile is told",
         "test_loose_credits.py::test_it_is_written_down_once_rewritten_and_issued", "kit/by_hand.py",
         "lambda its: self._there(rows, its)", "lambda its: []"),
        ("a draft of a debit note says what it says already",
         "test_debit_notes.py::test_a_credit_note_is_put_right_by_a_debit_note", "invoice_drafts.py",
         "{name: said for name, said in own.items() if said}", "{}"),
        ("what is paid is not put off", "test_next.py::"
         "test_what_is_paid_is_neither_paid_nor_put_off_and_what_is_left_of_a_payment_is_allocated", "billing.py",
         "return bool(owed_for(self._session, document.id))", "return True"),
        ("what was not counted is counted first", "test_next.py::test_what_was_not_counted_is_counted_first",
         "counts.py", "if makers and not read(", "if False and not read("),
        ("a step leads to what it made", "test_next.py::test_what_is_made_of_a_document_is_opened", "kit/documents.py",
         "if button.opens else ():", "if False else ():"),
        ("a page of whoever hears no news knows when the session ends",
         "test_live.py::test_whoever_hears_no_news_is_told_without_them_that_the_session_is_over",
         "templates/stockbook/base.html", 'data-left="{{ session_left() }}"', 'data-left=""'),
        ("what was seen to is told to those who see prices",
         "test_inbox.py::test_notices_are_ended_as_seen_to_and_told_again_by_whoever_can_read_them", "inbox.py",
         '        if not mine().sees("prices"):\n            return []\n', ""),
        ("nobody is refused who was asked nothing yet",
         "test_debit_notes.py::test_a_credit_note_is_put_right_by_a_debit_note", "kit/documents.py",
         "return {} if unfilled else its", "return its"),
        ("a link leads only to what one may see",
         "test_links.py::test_who_holds_goods_is_a_link_where_one_sees_the_order", "kit/trails.py",
         "return {i: address(kinds[i], i) for i in seen(session, kinds)}",
         "return {i: address(kind, i) for i, kind in kinds.items()}"),
    )
]  # fmt: skip
