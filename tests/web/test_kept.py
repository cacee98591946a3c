"""What a process keeps from one page to the next: texts, statements, dialogs and plans, each for whom it is meant."""

import re
from typing import Any

import pytest
from flask_babel import Domain
from sqlalchemy import Engine, event, text
from sqlalchemy.exc import DBAPIError

from app.domain.kernel import unit
from app.web.kit import dialogs
from app.web.kit.listing import Listing
from app.web.people import Person
from app.web.sales import OrderView
from tests.web.companies import Shop
from tests.web.shop import as_person, program_on
from tests.web.test_keyset import rows

TOKENS = r'name="csrf_token" value="([^"]+)"'
# psycopg prepares what it sent five times.
OFTEN = 8


def counted(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str) -> list[Any]:
    """The arguments of each call of a function from now on."""
    calls, real = [], getattr(owner, name)
    monkeypatch.setattr(owner, name, lambda *given, **named: calls.append(given) or real(*given, **named))
    return calls


def test_a_text_is_looked_up_once_in_a_process(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    visitor = shop.visit("ada")
    before = visitor.get("/orders/").text
    looked_up = counted(monkeypatch, Domain, "gettext")

    after = visitor.get("/orders/").text

    assert looked_up == []
    assert rows(after) == rows(before) != []


def test_what_a_list_shows_of_its_rows_is_one_statement_kept_for_all_who_see_the_same(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    for person in ("ada", "sue", "ada"):
        shop.visit(person).get("/orders/")
    made = counted(monkeypatch, Listing, "_all_rows")
    pages = {person: shop.visit(person).get("/orders/").text for person in ("ada", "sue", "max")}

    # Sue sees the orders of her own warehouse: that is put to the statement of all.
    assert made == []
    assert set(rows(pages["sue"])) < set(rows(pages["ada"])) == set(rows(pages["max"]))


def test_who_sees_no_prices_is_shown_none_whoever_looked_before(shop: Shop) -> None:
    pages = [shop.visit(person).get("/shipments/").text for person in ("ken", "ada", "ken")]

    assert all(rows(page) for page in pages)
    assert ['data-label="Total"' in page for page in pages] == [False, True, False]


def test_dialogs_are_drawn_once_and_carry_the_token_of_whoever_looks(
    own_shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    ada, max_ = own_shop.visit("ada"), own_shop.visit("max")
    for view in own_shop.app.extensions["appbuilder"].baseviews:
        vars(view).pop("kept dialogs", None)
    drawn = counted(monkeypatch, dialogs, "render_template")
    pages = [visitor.get("/orders/").text for visitor in (ada, max_, ada)]
    tokens = [set(re.findall(TOKENS, page)) for page in pages]

    assert len(drawn) == 1
    assert all(page.count('id="ask-') > 3 for page in pages)
    assert [len(one) for one in tokens] == [1, 1, 1]
    assert tokens[0].isdisjoint(tokens[1])
    order = re.findall(r'name="rowid" value="(\d+)"', pages[1])[0]
    answer = max_.client.post("/orders/bulk/process", data={"rowid": order, "csrf_token": tokens[1].pop()})
    assert answer.status_code in (200, 422)
    foreign = {"rowid": order, "csrf_token": tokens[2].pop()}
    assert max_.client.post("/orders/bulk/process", data=foreign).status_code == 400


def test_dialogs_ask_for_consent_only_of_those_who_may_give_it_whoever_looked_before(shop: Shop) -> None:
    pages = [shop.visit(person).get("/orders/").text for person in ("ada", "sue", "ada")]

    assert ['value="below_cost"' in page for page in pages] == [True, False, True]


def test_dialogs_offer_what_one_may_do_from_the_moment_on_that_one_may(own_shop: Shop) -> None:
    visitor = own_shop.visit("max")
    before = visitor.get("/orders/").text
    with own_shop.engine.begin() as connection:
        connection.execute(
            text(
                "UPDATE ab_user_role SET role_id = (SELECT id FROM ab_role WHERE name = 'Auditor') "
                "WHERE user_id = (SELECT id FROM ab_user WHERE username = 'max')"
            )
        )

    assert 'id="ask-' in before
    assert 'id="ask-' not in visitor.get("/orders/").text


def test_a_page_writes_nothing_whatever_it_is_asked(own_shop: Shop) -> None:
    session = own_shop.app.extensions["appbuilder"].session
    with as_person(own_shop.app, "ada"), pytest.raises(DBAPIError, match="read-only transaction"):
        session.execute(text("UPDATE ab_user SET first_name = 'Eve'"))

    with as_person(own_shop.app, "ada"):
        assert session.query(Person).filter_by(first_name="Eve").count() == 0


def test_the_plan_of_a_page_is_kept_for_the_next(own_shop: Shop) -> None:
    visitor = own_shop.visit("ada")
    for _ in range(OFTEN):
        visitor.get("/orders/")
    with as_person(own_shop.app, "ada"):
        session = own_shop.app.extensions["appbuilder"].session
        kept = session.scalars(text("SELECT statement FROM pg_prepared_statements")).all()

    assert sum("JOIN document ON document.id = sales_order.id" in statement for statement in kept) == 1


def test_a_page_signs_no_cookie_that_says_the_same(shop: Shop) -> None:
    visitor = shop.visit("ada")
    visitor.get("/orders/")

    assert "Set-Cookie" not in visitor.get("/orders/").headers


def test_whoever_sees_fewer_columns_has_only_those_read(shop: Shop) -> None:
    view = next(view for view in shop.app.extensions["appbuilder"].baseviews if isinstance(view, OrderView))
    with as_person(shop.app, "ada"):
        every = view.visible()
        some = {name: column for name, column in every.items() if not column.needs}
        (first, *_), (second, *_) = (Listing(view, columns).page_after("", 1).rows for columns in (every, some))

    assert {"gross", "net"} <= set(first._fields)
    assert not {"gross", "net"} & set(second._fields)
    assert second.id == first.id


def test_a_statement_of_rows_finds_what_it_is_asked_for(shop: Shop) -> None:
    view = next(view for view in shop.app.extensions["appbuilder"].baseviews if isinstance(view, OrderView))
    with as_person(shop.app, "ada"):
        listing = Listing(view, view.visible())
        ids = [row.id for row in listing.page_after("", 3).rows]
        again = [row.id for row in listing._by_id(ids[:2])]

    assert sorted(again) == sorted(ids[:2])


def test_plans_of_pages_are_made_anew_after_a_while_as_those_of_deeds_are(standing: Engine) -> None:
    with program_on(standing) as app, app.app_context():
        assert event.contains(app.extensions["sqlalchemy"].engine, "checkout", unit.renew_plans)
