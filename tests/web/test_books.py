"""The accountant's own screens: entries typed by hand."""

import re

from sqlalchemy.orm import Session

from app.domain.kernel.rows import read
from tests.web.conftest import Shop
from tests.web.shop import Visitor, hidden


def account(shop: Shop, code: str) -> str:
    with Session(shop.engine) as session:
        return str(read(session, "SELECT id FROM account WHERE code = %(code)s", code=code)[0].id)


def typed(shop: Shop, visitor: Visitor, address: str, **fields: str) -> dict[str, str]:
    """The form of an entry: 12.50 of bank charges that are owed."""
    return hidden(visitor.get(address).text) | {
        "text": "Charges", "account_0": account(shop, "6920"), "debit_0": "12.50",
        "account_1": account(shop, "2000"), "credit_1": "12.50",
    } | fields  # fmt: skip


def test_an_entry_is_typed_once_processed_and_shown_in_the_books(own_shop: Shop) -> None:
    visitor = own_shop.visit("abe")
    form = typed(own_shop, visitor, "/manual-entries/new")

    entry = visitor.post("/manual-entries/new", form).location
    again = visitor.post("/manual-entries/new", form).location
    done = visitor.post(f"{entry}/process")

    assert (again, done.status_code) == (entry, 302)
    page = visitor.get(entry).text
    assert "ME-000001" in page
    assert "6920" in page
    assert visitor.get("/manual-entries/").text.count("12.50") == 1


def test_a_draft_is_edited_line_by_line(own_shop: Shop) -> None:
    visitor, draft = own_shop.visit("abe"), f"/manual-entries/{own_shop.known.draft_manual}"
    shown = visitor.get(f"{draft}/edit").text
    first = typed(own_shop, visitor, f"{draft}/edit")

    answer = visitor.post(f"{draft}/edit", first)
    late = visitor.post(f"{draft}/edit", first | {"text": "Other"})

    assert 'value="700"' in shown
    assert answer.location == draft
    assert re.findall(r"\b(?:6920|2000|6990)\b", visitor.get(draft).text.partition("Lines")[2]) == ["6920", "2000"]
    assert late.status_code == 422
    assert "Somebody else changed" in late.text


def test_what_is_wrong_is_told_and_what_was_typed_stays(own_shop: Shop) -> None:
    visitor = own_shop.visit("abe")
    cash = account(own_shop, "1000")

    for fields, said in (
        ({"account_0": cash}, "cannot be chosen by hand"), ({"account_0": ""}, "Choose an account."),
        ({"debit_0": "many"}, "is not a number"), ({"credit_0": "1"}, "as debit or as credit"),
    ):  # fmt: skip
        answer = visitor.post("/manual-entries/new", typed(own_shop, visitor, "/manual-entries/new", **fields))
        assert answer.status_code == 422, said
        assert said in answer.text
        assert 'value="12.50"' in answer.text


def test_only_accounts_that_no_document_keeps_are_offered(shop: Shop) -> None:
    offered = shop.visit("abe").get("/manual-entries/choices/account").json

    assert [choice["text"][:4] for choice in offered] == ["2000", "4910", "6920", "6990"]
