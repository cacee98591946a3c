"""Prices and consent with one of their rules broken."""

from tests.planted.fault import Fault

FAULTS = [
    Fault(rule, f"tests/domain/{test}", f"app/domain/{file}", old, new)
    for rule, test, file, old, new in (
        ("the customer's own rule goes before the group's",
         "pricing/test_discounts.py::test_the_nearest_rule_goes_before_all_that_are_further_away", "pricing/price.py",
         '("customer", "product"), ("customer_group", "product")',
         '("customer_group", "product"), ("customer", "product")'),
        ("the nearest group wins",
         "pricing/test_quotes.py::test_a_groups_discount_reaches_all_products_below_it_and_the_nearest_group_wins",
         "pricing/price.py", "it.level, -it.span.min_quantity", "-it.level, -it.span.min_quantity"),
        ("a discount of zero is a discount",
         "pricing/test_discounts.py::test_without_a_rule_the_customers_general_discount_goes_before_the_groups",
         "pricing/price.py", "if getattr(generals, whose) is not None), None)",
         "if getattr(generals, whose)), None)"),
        ("a special price carries no discount",
         "pricing/test_discounts.py::test_a_special_price_replaces_the_lists_and_carries_no_discount",
         "pricing/price.py", "        price = winner.special_price\n",
         "        price, discount = winner.special_price, tariff.generals.customer or ZERO\n"),
        ("a derived price is never below a cent",
         "pricing/test_discounts.py::test_a_derived_price_is_never_below_a_cent", "pricing/price.py",
         "return max(price, CENT)", "return price"),
        ("an own row wins only where it is valid",
         "pricing/test_discounts.py::test_a_row_of_its_own_wins_where_it_is_valid_else_the_base_decides",
         "pricing/price.py", "    row = valid[-1] if valid else None\n",
         "    row = considered[-1] if considered else None\n"),
        ("what was typed is not priced again", "sales/test_repricing.py::test_what_was_typed_stays",
         "sales/repricing.py", 'if row.price_source == "manual":', "if False:"),
        ("an approved order keeps its prices", "sales/test_repricing.py::test_an_approved_order_keeps_its_prices",
         "sales/repricing.py", "or heads[i].state not in REPRICED", ""),
        ("a large discount wants consent",
         "fulfilment/test_consent.py::test_more_than_the_sellers_limit_needs_somebodys_consent",
         "fulfilment/consent.py",
         "if typed_discount(line) > limit", "if False"),
        ("a sale below cost wants consent",
         "fulfilment/test_consent.py::test_below_cost_needs_consent_and_the_sentence_tells_no_cost",
         "fulfilment/consent.py", "and line.net < rounded(cost * line.quantity)", "and False"),
        ("a customer owes no more than the limit",
         "fulfilment/test_credit_limit.py::"
         "test_above_the_limit_somebody_has_to_agree_and_the_sentence_has_the_figures",
         "fulfilment/consent.py", "        if exposure > limit.credit_limit:\n", "        if False:\n"),
        ("one order after the other uses up the limit",
         "fulfilment/test_credit_limit.py::test_one_order_after_the_other_uses_up_the_limit", "fulfilment/consent.py",
         "            promised[limit.id] = exposure\n", "            pass\n"),
        ("what is refused anyway uses up no limit", "test_good_beside_bad.py::test_orders_of_a_customer_with_a_limit",
         "fulfilment/consent.py", "        if order in refused or (limit", "        if (limit"),
        ("an expired estimate wants consent",
         "fulfilment/test_ordering.py::test_an_expired_estimate_keeps_its_prices_only_with_consent",
         "fulfilment/consent.py", "and head.valid_until < on", "and False"),
    )
]  # fmt: skip
