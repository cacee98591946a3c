"""Imports of CSV files with one of their rules broken."""

from tests.planted.fault import Fault

ROOM = "app/domain/intake/csv_import/"
FAULTS = [
    Fault(rule, f"tests/{test}", file if file.startswith("app/") else ROOM + file, old, new)
    for rule, test, file, old, new in (
        ("an import does what was foreseen",
         "domain/intake/test_csv_uploads.py::test_what_changed_since_one_looked_is_seen_and_foreseen_anew",
         "uploads.py", "    elif its.plan is None or plan.digest != its.plan.digest:\n", "    elif False:\n"),
        ("a file is its person's own",
         "domain/intake/test_csv_uploads.py::test_nobody_else_has_a_file_and_an_old_one_is_gone",
         "uploads.py", " AND actor_id = %(actor)s AND at >", " AND %(actor)s > 0 AND at >"),
        ("all rows are taken or none",
         "domain/intake/test_csv_uploads.py::test_all_or_none_takes_none_where_one_is_rejected",
         "uploads.py", "    if everything and rejected:\n", "    if False:\n"),
        ("just the apostrophe of an export is taken off",
         "domain/intake/test_csv_cells.py::test_what_an_export_defuses_is_what_an_import_undoes",
         "cells.py", "re.compile(r\"'+[", "re.compile(r\"'["),
        ("what looks defused is defused once more",
         "web/test_importing.py::test_a_list_that_is_exported_and_imported_again_changes_just_what_was_edited"
         "[products-Product NUT-Wing nut]",
         "app/web/kit/export.py", "r\"^'*[", "r\"^["),
        ("a key is in a file once",
         "domain/intake/test_csv_cards.py::test_the_same_key_twice_is_taken_once_whatever_its_letters",
         "cards.py", "        _refuse_twice(drafts)\n", ""),
        ("a card is locked before it is compared",
         "domain/intake/test_csv_uploads.py::test_of_two_who_import_the_same_at_once_the_second_is_told",
         "cards.py", "        ORDER BY id FOR NO KEY UPDATE\n", ""),
        ("no two prices hold on one day",
         "domain/intake/test_csv_prices.py::test_a_row_makes_room_for_another_one_of_the_same_file_in_any_order",
         "spans.py", "                if other != starts and span[0]", "                if False and span[0]"),
        ("a list never follows itself",
         "domain/intake/test_csv_prices.py::test_two_lists_that_would_follow_each_other_do_not",
         "prices.py", "        above[draft.before.id] |= {base.id}\n", ""),
        ("a document is imported whole or not at all",
         "domain/intake/test_csv_documents.py::test_a_bad_row_takes_its_whole_document_along_and_no_other",
         "documents.py", "            for group in self.suspects(entry, groups):\n", "            for group in ():\n"),
        ("a document is imported once",
         "domain/intake/test_csv_documents.py::"
         "test_the_same_file_again_changes_nothing_and_a_corrected_one_adds_what_was_rejected",
         "documents.py", "                group.is_known = True\n", "                gone.append(row.key)\n"),
        ("an empty column makes no other document",
         "domain/intake/test_csv_documents.py::test_a_column_in_which_nothing_stands_makes_no_other_document",
         "documents.py", ' if value not in (None, "")', ""),
        ("an import sees what lists follow since",
         "faults/test_price_races.py::test_an_import_sees_what_a_list_follows_since_another_one_was_made",
         "prices.py", "        write(session, HOLD_LISTS)\n", ""),
        ("the value of goods follows a file too",
         "domain/intake/test_csv_products.py::test_in_another_group_the_value_of_goods_goes_to_its_account",
         "products.py", "            if moved:\n", "            if False:\n"),
        ("a file names one's own warehouses only",
         "web/test_importing.py::test_a_storekeeper_imports_receipts_of_own_warehouses_and_meets_no_cost",
         "keys.py", " if seen is None or row.id in seen", ""),
        ("a seller types no price in a file",
         "web/test_importing.py::test_a_seller_types_no_price_in_a_file_either_and_orders_for_own_warehouses",
         "app/web/importing.py", '"unit_price": types_prices, ', ""),
        ("a seller chooses no way of working in a file",
         "web/test_importing.py::test_a_seller_types_no_price_in_a_file_either_and_orders_for_own_warehouses",
         "app/web/importing.py", ', "way": ships_anywhere', ""),
    )
]  # fmt: skip
