"""Amounts of a document: rounded once at the line, VAT per document and rate, and lines that add up."""

from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.sales.totals import Amounts, Made, Taxed, amounts, left_to_pay, line_amount, total

D = Decimal

RATES = {"A": D(20), "B": D(9), "C": D("7.7"), "Z": D(0)}


def money(largest: int, decimals: int) -> st.SearchStrategy[Decimal]:
    return st.decimals(-largest, largest, places=decimals)


def documents(decimals: int) -> st.SearchStrategy[list[Taxed]]:
    """Lines with positive and negative amounts under a few rates."""
    rate = st.sampled_from(sorted(RATES))
    return st.lists(
        st.builds(lambda amount, rate: Taxed(amount, rate, RATES[rate]), money(5000, decimals), rate), max_size=8
    )


def in_cents(value: Fraction, decimals: int) -> Decimal:
    """Half away from zero, reckoned in fractions."""
    exact = D(value.numerator) / D(value.denominator)
    return exact.quantize(D(1).scaleb(-decimals), ROUND_HALF_UP)


@pytest.mark.parametrize(
    ("quantity", "price", "discount", "amount"),
    [
        ("3", "0.3333", "0", "1.00"),
        ("7", "14.2857", "0", "100.00"),
        ("1", "0.125", "0", "0.13"),
        ("1", "-0.125", "0", "-0.13"),
        ("1", "0.1249", "0", "0.12"),
        ("2", "10.00", "12.50", "17.50"),
        ("1", "9.99", "100", "0.00"),
        ("0.333", "3.0000", "33.33", "0.67"),
        ("1", "1.0050", "50", "0.50"),
    ],
)
def test_a_line_is_rounded_once_and_half_away_from_zero(quantity, price, discount, amount) -> None:
    assert line_amount(D(quantity), D(price), D(discount)) == D(amount)


def test_in_a_currency_without_decimals_amounts_are_whole() -> None:
    assert line_amount(D(3), D("33.5"), D(0), decimals=0) == D(101)
    assert amounts([Taxed(D(101), "A", D(10))], vat_included=False, decimals=0) == [Amounts(D(101), D(10), D(111))]


def test_vat_is_reckoned_on_the_sum_of_a_rate_and_not_line_by_line() -> None:
    lines = [Taxed(D("0.02"), "A", D(20))] * 3

    its = amounts(lines, vat_included=False)

    assert total(its) == Amounts(D("0.06"), D("0.01"), D("0.07"))
    assert [line.vat for line in its] == [D("0.01"), 0, 0]


def test_the_larger_line_gets_the_odd_cent() -> None:
    lines = [Taxed(D("1.02"), "A", D(20)), Taxed(D("3.02"), "A", D(20))]

    assert [line.vat for line in amounts(lines, vat_included=False)] == [D("0.20"), D("0.61")]


def test_vat_is_taken_out_of_prices_that_include_it() -> None:
    its = amounts([Taxed(D("12.00"), "A", D(20)), Taxed(D("0.10"), "Z", D(0))], vat_included=True)

    assert its == [Amounts(D("10.00"), D("2.00"), D("12.00")), Amounts(D("0.10"), D(0), D("0.10"))]


def test_a_fee_that_is_given_back_takes_its_vat_back() -> None:
    its = amounts([Taxed(D("100.00"), "A", D(20)), Taxed(D("-10.00"), "A", D(20))], vat_included=False)

    assert its == [Amounts(D("100.00"), D("20.00"), D("120.00")), Amounts(D("-10.00"), D("-2.00"), D("-12.00"))]


def test_rates_of_the_same_per_cent_are_kept_apart() -> None:
    lines = [Taxed(D("0.02"), "A", D(20)), Taxed(D("0.02"), "B", D(20)), Taxed(D("0.02"), "C", D(20))]

    assert total(amounts(lines, vat_included=False)).vat == 0


@pytest.mark.parametrize(("vat_included", "vat"), [(False, ["20.00", "9.00"]), (True, ["16.67", "8.26"])])
def test_a_rate_that_was_changed_is_reckoned_at_each_of_its_per_cents(vat_included: bool, vat: list[str]) -> None:
    lines = [Taxed(D(100), "A", D(20)), Taxed(D(100), "A", D(9))]

    assert [f"{line.vat:.2f}" for line in amounts(lines, vat_included=vat_included)] == vat


def test_nothing_comes_to_nothing() -> None:
    assert (amounts([], vat_included=True), total([])) == ([], Amounts(D(0), D(0), D(0)))


@given(documents(2), st.booleans())
def test_lines_keep_their_amounts_and_net_and_vat_are_gross(lines, vat_included) -> None:
    its = amounts(lines, vat_included=vat_included)

    for line, its_amounts in zip(lines, its, strict=True):
        assert (its_amounts.gross if vat_included else its_amounts.net) == line.amount
        assert its_amounts.net + its_amounts.vat == its_amounts.gross


@pytest.mark.parametrize("decimals", [0, 2, 3])
@given(data=st.data(), vat_included=st.booleans())
def test_the_vat_of_the_lines_is_the_vat_of_the_document_at_each_rate(decimals, data, vat_included) -> None:
    lines = data.draw(documents(decimals))

    its = amounts(lines, vat_included=vat_included, decimals=decimals)

    sums, vat = defaultdict(D), defaultdict(D)
    for line, its_amounts in zip(lines, its, strict=True):
        sums[line.rate] += line.amount
        vat[line.rate] += its_amounts.vat
    for rate, amount in sums.items():
        part = Fraction(amount) * Fraction(RATES[rate]) / 100
        net = Fraction(amount) * 100 / (100 + Fraction(RATES[rate]))
        assert vat[rate] == (amount - in_cents(net, decimals) if vat_included else in_cents(part, decimals))
    assert all(line.vat == round(line.vat, decimals) for line in its)


@given(st.lists(st.decimals("0", "5000", places=2), min_size=1, max_size=8), st.booleans())
def test_no_line_is_a_cent_or_more_away_from_its_own_part_of_the_vat(weights, vat_included) -> None:
    its = amounts([Taxed(weight, "A", D(20)) for weight in weights], vat_included=vat_included)

    whole, vat = sum(weights), sum(line.vat for line in its)
    for weight, line in zip(weights, its, strict=True):
        assert abs(Fraction(line.vat) * Fraction(whole) - Fraction(vat) * Fraction(weight)) < Fraction(
            1, 100
        ) * Fraction(whole or 1)


def test_what_is_left_to_pay_is_the_gross_less_what_was_made_at_the_same_percentage() -> None:
    """Ten pieces of 0.01 have 0.02 VAT; what is left of them after five is that less what five were invoiced for."""
    left = left_to_pay(D("0.10"), D("0.12"), Made(D("0.05"), D("0.06")), D(20), vat_included=False, decimals=2)
    none = left_to_pay(D("0.10"), D("0.12"), Made(D("0.10"), D("0.13")), D(20), vat_included=False, decimals=2)

    assert (left, none) == (D("0.06"), 0)


def test_what_is_left_beside_what_was_made_at_another_percentage_is_its_net_and_vat_on_it() -> None:
    made = Made(D("30.00"), D("36.00")).and_also(Made(D("20.00"), D("24.00"), D("20.00")))

    left = left_to_pay(D("100.00"), D("124.00"), made, D(24), vat_included=False, decimals=2)
    agreed = left_to_pay(D("100.00"), D("124.00"), made, D(24), vat_included=True, decimals=2)
    given_back = left_to_pay(D("-10.00"), D("-12.40"), Made(D(-5), D(-6), D(-5)), D(24), vat_included=False, decimals=2)

    assert (left, agreed, given_back) == (D("62.00"), D("64.00"), D("-6.20"))
