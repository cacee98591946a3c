from datetime import date, timedelta
from decimal import Decimal

from app.domain.intake.matching import match
from app.domain.intake.reading import Line

FIRST = date(2020, 3, 2)
D = Decimal


def line(
    number: int, quantity: int, *, code: str = "MUG", price: str = "2.50", day: int = 0, customer: str = "500"
) -> Line:
    on = FIRST + timedelta(days=day)
    return Line(number, "", code, "", D(quantity), on, D(price), customer, "France")


def back(sales: dict[str, list[Line]], *credited: Line) -> list[list[tuple[str, int, int]]]:
    found = match(sales, credited, ())
    return [[(its.sale, its.place, int(its.quantity)) for its in found[line.number]] for line in credited]


def off(sales: dict[str, list[Line]], *allowed: Line) -> list[list[tuple[str, int, Decimal]]]:
    found = match(sales, (), allowed)
    return [[(its.sale, its.place, its.amount) for its in found[line.number]] for line in allowed]


def test_goods_come_back_from_the_latest_sale_at_the_same_price():
    sales = {"1": [line(1, 6)], "2": [line(2, 6, day=1), line(3, 6, price="2.00", day=1)]}

    assert back(sales, line(9, -2, day=2), line(10, -5, price="2.00", day=2)) == [[("2", 0, 2)], [("2", 1, 5)]]


def test_several_sales_make_up_what_one_does_not_have_left():
    sales = {"1": [line(1, 6)], "2": [line(2, 6, day=1)]}

    assert back(sales, line(8, -4, day=2), line(9, -5, day=3)) == [[("2", 0, 4)], [("2", 0, 2), ("1", 0, 3)]]


def test_what_was_never_sold_to_the_customer_is_not_found():
    sales = {"1": [line(1, 6), line(2, 6, code="CUP")]}

    assert back(sales, line(9, -1, customer="501", day=1)) == [[]]
    assert back(sales, line(9, -7, day=1)) == [[]], "more than were sold"
    assert back(sales, line(9, -1, price="2.49", day=1)) == [[]], "at another price"
    assert back({"1": [line(5, 6, day=2)]}, line(9, -1, day=1)) == [[]], "sold only afterwards"


def test_a_code_in_another_letter_case_is_the_same_product():
    assert back({"1": [line(1, 6, code="85123A")]}, line(9, -1, code="85123a", day=1)) == [[("1", 0, 1)]]


def test_a_sale_of_the_same_day_counts_if_it_stands_earlier_in_the_file():
    assert back({"1": [line(1, 6)]}, line(2, -6)) == [[("1", 0, 6)]]
    assert back({"1": [line(3, 6)]}, line(2, -6)) == [[]]


def test_a_service_is_credited_where_it_was_sold_and_a_discount_on_the_latest_sale_that_is_worth_it():
    sales = {
        "1": [line(1, 1, code="POST", price="18"), line(2, 6)],
        "2": [line(3, 1, day=1), line(4, 2, day=1)], "3": [line(5, 1, day=2)],
    }  # fmt: skip

    assert off(sales, line(9, -1, code="POST", price="15", day=3)) == [[("1", 0, D(15))]]
    assert off(sales, line(9, -1, code="D", price="7", day=3)) == [[("2", 0, D("2.50")), ("2", 1, D("4.50"))]]
    assert off(sales, line(9, -1, code="D", price="99", day=3)) == [[]]


def test_pieces_and_amounts_are_never_taken_of_the_same_line():
    sales = {"1": [line(1, 6)]}

    found = match(sales, [line(8, -1, day=1), line(10, -1, day=3)], [line(9, -1, code="D", price="1", day=2)])
    assert {number: len(its) for number, its in found.items()} == {8: 1, 9: 0, 10: 1}
    found = match(sales, [line(9, -1, day=2)], [line(8, -1, code="D", price="1", day=1)])
    assert {number: len(its) for number, its in found.items()} == {8: 1, 9: 0}


def test_amounts_of_one_line_add_up_to_no_more_than_its_net():
    sales = {"1": [line(1, 4)]}

    assert off(sales, line(8, -1, code="D", price="6", day=1), line(9, -1, code="D", price="4", day=2)) == [
        [("1", 0, D(6))], [("1", 0, D(4))],
    ]  # fmt: skip
    assert off(sales, line(8, -1, code="D", price="6", day=1), line(9, -1, code="D", price="4.01", day=2))[1] == []
