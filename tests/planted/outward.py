"""Shops that are asked too little, or told what is not so."""

from tests.planted.fault import Fault

LEVELS, POLLING, CALLS = (
    "app/domain/intake/eshop/levels.py", "app/domain/intake/eshop/polling.py", "app/web/shop_calls.py",
)  # fmt: skip
NOTED, ASKED, DONE = (
    "tests/domain/intake/eshop/test_levels.py", "tests/web/test_shop_calls.py", "tests/web/test_shop_jobs.py",
)  # fmt: skip
FAULTS = [
    Fault(rule, test, file, old, new)
    for rule, test, file, old, new in (
        ("what orders of shops want is not offered again",
         f"{NOTED}::test_what_is_held_or_wanted_by_orders_of_shops_is_not_there", LEVELS,
         " - coalesce(wanted.quantity, 0), 0)", ", 0)"),
        ("what is archived is told to be gone", f"{NOTED}::test_what_is_archived_is_told_to_be_gone", LEVELS,
         "WHERE level.available IS DISTINCT FROM 0\n          AND", "WHERE false\n          AND"),
        ("a shop's own SKU comes before ours", f"{NOTED}::test_a_shop_is_told_by_its_own_names", LEVELS,
         "upper(called.sku) = upper(product.sku)", "called.sku = product.sku"),
        ("what a shop knows never goes back", f"{NOTED}::test_what_a_shop_knows_never_goes_back", LEVELS,
         " AND levels_told < %(seq)s", ""),
        ("what is new is told with its price", f"{NOTED}::test_what_is_new_is_told_with_its_price_at_once", LEVELS,
         "SELECT now.*, priced.price FROM", "SELECT now.*, NULL::numeric FROM"),
        ("shops are locked only when prices are reckoned",
         f"{NOTED}::test_shops_are_locked_only_when_prices_are_reckoned", LEVELS,
         "    new = _quoted(session, [", "    read(session, LOCK)\n    new = _quoted(session, ["),
        ("prices are of the day", f"{NOTED}::test_prices_are_of_the_shops_list_and_of_the_day", LEVELS,
         "quantity=ONE, on=on)", "quantity=ONE, on=date.min)"),
        ("what changes while one asks is found",
         f"{ASKED}::test_all_that_changed_is_found_though_it_changes_while_one_asks", CALLS,
         "since, page = (last, 1) if last > since else (since, page + 1)", "page += 1"),
        ("the second before is asked for once more",
         f"{ASKED}::test_the_second_before_is_asked_for_once_more", CALLS,
         'f"{since - OVERLAP:%Y', 'f"{since:%Y'),
        ("a key goes to its own host only", f"{ASKED}::test_shopify_is_not_followed_to_another_host", CALLS,
         "if asked and _place(asked)", "if False and _place(asked)"),
        ("a shop is called where it was looked at",
         "tests/web/test_outgoing.py::test_a_name_that_means_another_host_by_now_is_not_called", "app/web/outgoing.py",
         "ip_filter_enable=host not in own", "ip_filter_enable=False"),
        ("no address of a shop leads to one's own network",
         "tests/web/test_outgoing.py::test_a_name_of_which_one_address_is_not_public_is_not_entered",
         "app/web/outgoing.py", "        for one in found:\n", "        for one in ():\n"),
        ("shops are called over TLS",
         "tests/web/test_outgoing.py::test_without_tls_only_hosts_of_ones_own_are_called", "app/web/outgoing.py",
         'if scheme != "https" and not', 'if False and not'),
        ("an answer has an end", "tests/web/test_outgoing.py::test_an_answer_that_has_no_end_is_given_up",
         "app/web/outgoing.py", "            if monotonic() > until:\n", "            if False:\n"),
        ("what cannot be read holds up no other",
         f"{ASKED}::test_what_nobody_can_read_waits_and_holds_up_no_other", POLLING,
         "    except Unreadable as why:\n", "    except ZeroDivisionError as why:\n"),
        ("no stamp that is ahead is believed", f"{ASKED}::test_one_stamp_that_is_ahead_passes_nothing_by", CALLS,
         " if at <= clock.now()", ""),
        ("a shop that counts no pages is left",
         f"{ASKED}::test_a_shop_that_gives_the_same_page_again_and_again_is_left", CALLS,
         "(page > 1 and rows == before)", "page > 9"),
        ("another address was told nothing", f"{NOTED}::test_another_address_was_told_nothing_yet", LEVELS,
         " AND levels_address = %(address)s", " AND %(address)s <> ''"),
        ("what is here is not kept again",
         f"{DONE}::test_an_order_that_no_message_told_of_is_found_and_taken_once", POLLING,
         " if (it.ref, _plain(it.body)) not in here]", "]"),
        ("an order whose refunds are not told holds up no other",
         f"{DONE}::test_an_order_whose_refunds_are_not_told_holds_up_no_other", CALLS,
         "    except DomainError as why:\n", "    except ZeroDivisionError as why:\n"),
        ("what a shop did not take is told again", f"{DONE}::test_what_a_shop_did_not_take_is_told_again", CALLS,
         "    if answer.status_code not in good:\n", "    if False:\n"),
    )
]  # fmt: skip
