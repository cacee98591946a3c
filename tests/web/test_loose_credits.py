"""Credit notes without an invoice, from the list to the page of what was issued."""

from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.domain.kernel.rows import read
from tests.traces import checksums
from tests.web.companies import Shop
from tests.web.shop import Visitor, hidden
from tests.web.test_meanwhile import sentence
from tests.web.test_rewriting import fields
from tests.world import TODAY

NEW = "/credit-notes/new"


def rows(shop: Shop, sql: str, **values: Any) -> list[Any]:
    with Session(shop.engine) as session:
        return [tuple(row) for row in read(session, sql, **values)]


def typed(shop: Shop, visitor: Visitor) -> dict[str, str]:
    """A service, a text on an account, and goods that cost less."""
    known = shop.known
    account = str(rows(shop, "SELECT min(id) FROM account WHERE role = 'other'")[0][0])
    rate = str(rows(shop, "SELECT min(id) FROM tax_rate WHERE rate = 20")[0][0])
    return hidden(visitor.get(NEW).text) | {
        "customer": str(known.customer), "reason": "agreed by phone",
        "product_0": str(known.care), "text_0": "Care, third visit", "quantity_0": "2", "price_0": "15",
        "text_1": "Late delivery", "account_1": account, "tax_rate_1": rate, "price_1": "10",
        "product_2": str(known.bolt), "price_2": "1.50",
    }  # fmt: skip


def lines(shop: Shop, location: str) -> list[tuple[Any, ...]]:
    sql = """SELECT kind, name, trim_scale(quantity)::text AS quantity, trim_scale(amount)::text AS amount, gross::text
             FROM credit_note_line
             WHERE credit_note_id = %(id)s ORDER BY position"""
    return rows(shop, sql, id=int(location.rpartition("/")[2]))


def test_it_is_written_down_once_rewritten_and_issued(own_shop: Shop) -> None:
    visitor = own_shop.visit("max")
    assert NEW in visitor.get("/credit-notes/").text
    form = typed(own_shop, visitor)

    made, again = visitor.post(NEW, form), visitor.post(NEW, form)
    edit = f"{made.location}/edit"
    assert edit in visitor.get(made.location).text
    said = fields(visitor.get(edit).text)
    said.pop("prices_include_vat")  # a box that nobody ticked sends nothing
    unchanged = visitor.post(edit, said)
    before = lines(own_shop, made.location)
    stale = visitor.post(edit, said)
    edited = visitor.post(edit, form | hidden(visitor.get(edit).text) | {"price_1": "20", "reason": "agreed at last"})
    late = visitor.post(edit, said | {"version": hidden(stale.text)["version"]})

    assert (made.status_code, made.location) == (302, again.location)
    assert (unchanged.status_code, stale.status_code, edited.status_code) == (302, 422, 302)
    assert ("saved this meanwhile" in stale.text, "There now" in stale.text) == (True, False)
    told = sentence(late.text)
    assert "There now: Reason: agreed at last; Text Late delivery, Account " in told
    assert "Quantity 1, Price 20.00. What you typed" in told, told
    goods = rows(own_shop, "SELECT name FROM product WHERE id = %(id)s", id=own_shop.known.bolt)[0][0]
    assert before == [
        ("free", "Care, third visit", "2", "0", "36.00"), ("free", "Late delivery", "1", "0", "12.00"),
        ("allowance", goods, "0", "1.5", "1.80"),
    ]  # fmt: skip
    assert lines(own_shop, made.location)[1][4] == "24.00"
    assert visitor.post(f"{made.location}/issue", {"on": str(TODAY)}).status_code == 302
    page = visitor.get(made.location).text
    assert ("agreed at last" in page, "by hand" in page, edit in page) == (True, True, False)
    assert visitor.get(edit).status_code == 302
    assert f"{made.location}/debit" in page


def test_a_draft_that_credits_an_invoice_is_not_written_by_hand(own_shop: Shop) -> None:
    visitor, address = own_shop.visit("max"), f"/credit-notes/{own_shop.known.draft_credit}"
    before = checksums(own_shop.engine)

    form = typed(own_shop, visitor) | {"version": "1"}
    answer = visitor.post(f"{address}/edit", form)
    assert (answer.status_code, "Enter the quantity of at least one line." in answer.text) == (422, True)
    assert checksums(own_shop.engine) == before


def test_only_who_may_consent_writes_it_down(own_shop: Shop) -> None:
    manager = own_shop.visit("max")
    form = typed(own_shop, manager)
    made = manager.post(NEW, form).location
    edit = f"{made}/edit"

    for person in ("abe", "sue"):
        visitor = own_shop.visit(person)
        before = checksums(own_shop.engine)
        assert NEW not in visitor.get("/credit-notes/").text
        assert [visitor.get(NEW).status_code, visitor.post(NEW, form).status_code] == [403, 403]
        assert edit not in visitor.get(made).text
        assert visitor.post(edit, form | {"version": "1"}).location == made
        assert checksums(own_shop.engine) == before


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"reason": ""}, "This field is required."),
        ({"reason": "  "}, "Say why"),
        ({"customer": ""}, "This field is required."),
        ({"price_0": ""}, "is not a number"),
        ({"price_0": "-1"}, "above 0"),
        ({"quantity_2": "2"}, "are goods"),
        ({"account_1": ""}, "choose the account"),
        ({"account_1": "9" * 30}, "not one of the choices"),
    ],
)
def test_what_cannot_be_credited_by_hand_is_told(own_shop: Shop, changes: dict[str, str], said: str) -> None:
    visitor = own_shop.visit("max")
    form = typed(own_shop, visitor)
    before = checksums(own_shop.engine)

    answer = visitor.post(NEW, form | changes)

    assert (answer.status_code, said in answer.text) == (422, True)
    assert checksums(own_shop.engine) == before


def test_goods_are_offered_as_well(shop: Shop) -> None:
    found = shop.visit("max").get("/credit-notes/choices/product?q=BOLT").json

    assert [row["text"] for row in found] == ["BOLT Product BOLT"]
    assert shop.visit("max").get("/credit-notes/choices/account").status_code == 404
