"""The pages with one of their locks open."""

from tests.planted.fault import Fault

FAULTS = [
    Fault(rule, f"tests/web/{test}", file, old, new)
    for rule, test, file, old, new in (
        ("nothing changes without a token of the page",
         "test_routes.py::test_a_changing_route_refuses_whoever_brings_no_token", "config.py",
         "WTF_CSRF_ENABLED = True", "WTF_CSRF_ENABLED = False"),
        ("a list ends where one's own ends", "test_scope.py::test_a_list_counts_and_shows_only_what_is_ones_own",
         "app/web/kit/scope.py", "return condition(rights) if rights.is_own(resource, right) else None", "return None"),
        ("a storekeeper meets no price", "test_scope.py::test_a_storekeeper_meets_no_price_and_no_cost",
         "app/web/roles.py", '"Prices": (\n        "v",           "v",             "v",          "", ',
         '"Prices": (\n        "v",           "v",             "v",          "v",'),
        ("a seller ships only where one person does both",
         "test_documents.py::test_a_seller_ships_only_where_one_person_sells_and_ships", "app/web/roles.py",
         '    ("Shipments", "process", "Seller"): "manager_seller",\n', ""),
        ("a new password ends every session",
         "test_security.py::test_a_new_password_ends_every_session_and_token_of_before",
         "app/web/security.py", "user.active and str(user.epoch) == epoch else None", "user.active else None"),
        ("guessing a password takes long", "test_security.py::test_after_too_many_tries_even_the_right_password_waits",
         "app/web/security.py", "TRIES_PER_ACCOUNT = 10", "TRIES_PER_ACCOUNT = 10_000"),
        ("no page is shown inside another", "test_security.py::test_every_answer_carries_the_headers_that_guard_it",
         "app/web/guards.py", '"X-Frame-Options": "DENY"', '"X-Frame-Options": "ALLOW"'),
        ("no NUL reaches the database", "test_security.py::test_a_text_with_nul_is_refused_before_the_database_sees_it",
         "app/web/guards.py", "    app.before_request(refuse_nul)\n", ""),
        ("an address has no names of the framework",
         "test_attacks.py::test_names_of_the_framework_in_an_address_are_nothing_but_text"
         "[endpoint=x-/products/]",
         "app/web/guards.py", "    app.before_request(refuse_names)\n", ""),
        ("who writes in one place writes nowhere else",
         "test_attacks.py::test_who_sees_everywhere_and_writes_in_one_place_writes_nowhere_else",
         "app/web/kit/drafting.py", "and keeps_to_own(form, self.resource) ", ""),
        ("a card of another warehouse is not written",
         "test_attacks.py::test_a_card_of_another_warehouse_is_seen_and_not_written",
         "app/web/kit/views.py", " and self._reaches(item, \"edit\")", ""),
        ("a preview tells the stock of one's own warehouses",
         "test_attacks.py::test_a_preview_tells_the_stock_of_ones_own_warehouses_only",
         "app/web/kit/previews.py", "%(everywhere)s OR ", "true OR %(everywhere)s OR "),
    )
]  # fmt: skip
