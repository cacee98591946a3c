"""What the framework brings unasked stays shut, and what a role must not see it cannot ask for by any list."""

import pytest

from app.web.kit.documents import DocumentView
from app.web.kit.views import MasterView
from tests.web.companies import Shop

# Who sees neither prices nor costs, and who sees prices only.
BLIND = {"ken": ("prices", "costs"), "cat": ("costs",)}


def test_of_the_frameworks_rest_there_is_only_the_way_to_a_token(shop: Shop) -> None:
    routes = {rule.rule for rule in shop.app.url_map.iter_rules() if rule.rule.startswith("/api/v1/security")}

    assert routes == {"/api/v1/security/login"}


SHUT = (
    "/swaggerview/v1", "/api/v1/menu/", "/api/v1/security/users/", "/register/form", "/resetpassword/form",
    "/users/userinfo/", "/permissions/list/", "/userstatschartview/chart/",
)  # fmt: skip


@pytest.mark.parametrize("address", SHUT)
def test_pages_that_the_framework_would_add_do_not_exist(shop: Shop, address: str) -> None:
    assert shop.visit("ada").get(address).status_code == 404


@pytest.mark.parametrize("person", BLIND)
def test_no_list_orders_or_narrows_by_what_a_person_does_not_see(shop: Shop, person: str) -> None:
    visitor, tried = shop.visit(person), 0
    for view in shop.app.extensions["appbuilder"].baseviews:
        name = type(view).__name__
        if isinstance(view, MasterView):
            hidden = {column for what in BLIND[person] for column in getattr(view, what)}
        elif isinstance(view, DocumentView):
            hidden = {column for column, what in view.columns.items() if what.needs in BLIND[person]}
        else:
            continue
        if visitor.get(view.route_base + "/").status_code == 403:
            continue
        for column in hidden:
            ordered = {f"_oc_{name}": column, f"_od_{name}": "asc"}
            assert visitor.get(view.route_base + "/", query_string=ordered).status_code == 400, (name, column)
            tried += 1
            if isinstance(view, MasterView):
                narrowed = visitor.get(view.route_base + "/", query_string={f"_flt_0_{column}": "1"})
                assert narrowed.status_code == 400, (name, column)
    assert tried


def test_the_vendored_files_are_the_ones_that_were_chosen() -> None:
    from app.web import vendor

    assert vendor.strangers() == []
