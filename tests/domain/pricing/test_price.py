"""The price for a quantity and a date, the discount, and the account of how both came about."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.pricing.price import Generals, ListFacts, ListRow, Quote, Span, Tariff, quote

D = Decimal
DAY = date(2026, 3, 10)
EARLIER, LATER = DAY - timedelta(days=1), DAY + timedelta(days=1)

days = st.one_of(st.none(), st.dates(DAY - timedelta(days=3), DAY + timedelta(days=3)))
quantities = st.decimals(0, 20, places=0)
spans = st.builds(Span, quantities, days, days)
rows = st.builds(ListRow, st.integers(1, 99), spans, st.decimals(0, 100, places=4))


def row(
    identity: int, price: str, *, least: str = "0", since: date | None = None, until: date | None = None
) -> ListRow:  # fmt: skip
    return ListRow(identity, Span(D(least), since, until), D(price))


def ask(*rows: ListRow, quantity: str = "5", general: str | None = None) -> Quote:
    generals = Generals(None if general is None else D(general))
    tariff = Tariff({1: ListFacts(1, "RETAIL")}, {1: rows}, generals=generals)
    return quote(tariff, price_list=1, quantity=D(quantity), on=DAY)


def test_no_row_is_no_price_and_never_zero() -> None:
    asked = ask()

    assert (asked.price, asked.discount, asked.explanation["base_price"], asked.explanation["rows"]) == (
        None,
        0,
        None,
        [],
    )


@pytest.mark.parametrize(("quantity", "price"), [("1", "10.00"), ("11.999", "10.00"), ("12", "9.00"), ("500", "8.00")])
def test_the_largest_quantity_that_is_reached_decides(quantity: str, price: str) -> None:
    breaks = (row(3, "8.00", least="100"), row(1, "10.00"), row(2, "9.00", least="12"))

    assert ask(*breaks, quantity=quantity).price == D(price)


def test_below_the_least_quantity_there_is_no_price() -> None:
    assert ask(row(1, "10.00", least="6"), quantity="5").price is None


@pytest.mark.parametrize(
    ("since", "until", "valid"),
    [
        (None, None, True), (DAY, DAY, True), (EARLIER, LATER, True), (DAY, None, True), (None, DAY, True),
        (LATER, None, False), (None, EARLIER, False),
    ],
)  # fmt: skip
def test_both_dates_belong_to_a_row(since: date | None, until: date | None, valid: bool) -> None:
    assert ask(row(1, "10.00", since=since, until=until)).price == (D("10.00") if valid else None)


def test_a_row_for_more_pieces_that_is_over_leaves_the_price_to_the_one_for_fewer() -> None:
    assert ask(row(1, "10.00"), row(2, "1.00", least="5", until=EARLIER)).price == D("10.00")


def test_a_price_of_zero_is_a_price() -> None:
    asked = ask(row(1, "0.00"))

    assert asked.price == 0
    assert asked.explanation["base_price"] == "0.00"


def test_nothing_and_zero_per_cent_are_told_apart_and_take_nothing_off() -> None:
    nothing, zero, ten = ask(general=None), ask(general="0"), ask(general="10.50")

    assert (nothing.discount, zero.discount, ten.discount) == (0, 0, D("10.50"))
    assert [asked.explanation["discounts"] for asked in (nothing, zero, ten)] == [
        [{"rule": "customer_general", "percent": None, "won": False}],
        [{"rule": "customer_general", "percent": "0", "won": True}],
        [{"rule": "customer_general", "percent": "10.50", "won": True}],
    ]


def test_the_explanation_names_every_row_that_was_considered_and_the_one_that_won() -> None:
    asked = ask(row(7, "9.00", least="4", since=DAY), row(5, "10.00"), row(6, "8.00", least="100"))

    assert asked.explanation == {
        "version": 1,
        "list": "RETAIL",
        "on": "2026-03-10",
        "quantity": "5",
        "rows": [
            {"row": 5, "min_quantity": "0", "from": None, "to": None, "price": "10.00", "valid": True, "won": False},
            {
                "row": 7,
                "min_quantity": "4",
                "from": "2026-03-10",
                "to": None,
                "price": "9.00",
                "valid": True,
                "won": True,
            },
            {"row": 6, "min_quantity": "100", "from": None, "to": None, "price": "8.00", "valid": False, "won": False},
        ],
        "base_price": "9.00",
        "discounts": [{"rule": "customer_general", "percent": None, "won": False}],
    }


@given(st.lists(rows, max_size=6, unique_by=lambda row: row.id), quantities, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_is_of_no_matter(listed: list[ListRow], quantity: Decimal, dice) -> None:
    shuffled = dice.sample(listed, len(listed))

    assert ask(*listed, quantity=str(quantity)) == ask(*shuffled, quantity=str(quantity))


@given(st.lists(rows, max_size=6, unique_by=lambda row: row.id), quantities)
def test_no_valid_row_is_for_more_pieces_than_the_one_that_wins(listed: list[ListRow], quantity: Decimal) -> None:
    asked = ask(*listed, quantity=str(quantity))

    least = [
        its.min_quantity for its in (each.span for each in listed)
        if its.min_quantity <= quantity and (its.valid_from or DAY) <= DAY <= (its.valid_to or DAY)
    ]  # fmt: skip
    won = [told for told in asked.explanation["rows"] if told["won"]]
    assert [D(told["min_quantity"]) for told in won] == ([max(least)] if least else [])
    assert (asked.price is None) == (not least)
