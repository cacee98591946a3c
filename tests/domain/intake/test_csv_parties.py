"""Customers out of a file: found by code, with what their cards may say."""

import pytest

from app.domain.intake.csv_import.customers import Customers
from app.domain.kernel.rows import read
from tests.domain.intake.files_of import brought, reason, whats
from tests.world import D, World


def test_customers_are_added_and_changed(world: World) -> None:
    plan = brought(
        world, Customers(), "code,name,payment_term,price_list,discount,credit_limit,email,language",
        "c001,Customer C001,N30,RETAIL,0,250.50,a@b.example,bg", "C002,Second,now,,,,,en",
    )  # fmt: skip

    assert whats(plan) == ["changed", "added"]
    assert plan.rows[0].changes == (
        ("price_list", "", "RETAIL"), ("discount", "", "0"), ("credit_limit", "", "250.5"),
        ("email", "", "a@b.example"), ("language", "en", "bg"),
    )  # fmt: skip
    rows = read(world.session, "SELECT code, discount, credit_limit, language, tax_regime FROM customer ORDER BY code")
    assert [tuple(row) for row in rows] == [
        ("C001", D(0), D("250.5"), "bg", "domestic"), ("C002", None, None, "en", "domestic"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("column", "text", "sentence"),
    [
        ("payment_term", "", "payment_term: this must not be empty."),
        ("discount", "101", "discount: 101 is not possible: it is from 0 to 100."),
        ("credit_limit", "-1", "credit_limit: -1 is not possible: it is 0 or more."),
        ("tax_regime", "abroad", "tax_regime: abroad is not one of domestic, eu_business, export, exempt."),
        ("group", "NONE", "group: there is no customer group NONE."),
        ("name", "", "name: this must not be empty."),
    ],
)
def test_what_a_card_would_refuse_is_rejected(world: World, column: str, text: str, sentence: str) -> None:
    plan = brought(world, Customers(), f"code,{column}", f"C001,{text}")

    assert reason(plan) == sentence
