"""Orders as they are written down: what is refused, and what price and discount they get."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.domain.kernel.errors import DomainError
from app.domain.kernel.rows import read, write
from app.domain.pricing.models import PriceList, PriceListRow
from app.domain.sales.drafts import NewLine, NewOrder
from app.domain.sales.orders import add_orders
from tests.world import TODAY, World

D = Decimal


def new(world: World, *lines: NewLine, **more: Any) -> NewOrder:
    return replace(NewOrder("phone", world.customer, world.warehouse, TODAY, lines), **more)


def refused(world: World, *lines: NewLine, **more: Any) -> DomainError:
    """Why one order is refused; nothing of it may be stored."""
    errors = world.refused(add_orders, [new(world, *lines, **more)])
    assert list(errors) == [0]
    assert read(world.session, "SELECT id FROM document") == []
    return errors[0]


def add(world: World, *lines: NewLine, **more: Any) -> int:
    return world.do(add_orders, [new(world, *lines, **more)])[0]


def lines(world: World, order: int) -> Sequence[Any]:
    return world.lines_of("sales_order_line", "order_id", order)


def archive(world: World, table: str, row: int) -> None:
    write(world.session, f"UPDATE {table} SET active = false WHERE id = %(id)s", id=row)


def add_row(world: World, price_list: int, product: int, price: str, least: str = "0", **dates: Any) -> int:
    return world.add(
        PriceListRow, price_list_id=price_list, product_id=product, price=D(price), min_quantity=D(least), **dates
    )


# What is refused, with a sentence that names the line.


@pytest.mark.parametrize(
    ("numbers", "code"),
    [
        ({"quantity": D(0)}, "quantity_not_positive"),
        ({"quantity": D("-0")}, "quantity_not_positive"),
        ({"quantity": D(-1)}, "quantity_not_positive"),
        ({"quantity": D("1.5")}, "too_many_decimals"),
        ({"quantity": D("NaN")}, "out_of_range"),
        ({"quantity": D("sNaN")}, "out_of_range"),
        ({"quantity": D("-Infinity")}, "out_of_range"),
        ({"quantity": D(10) ** 12}, "out_of_range"),
        ({"quantity": D("1E+30")}, "out_of_range"),
        ({"quantity": 1.0}, "not_a_number"),
        ({"quantity": True}, "not_a_number"),
        ({"quantity": None}, "not_a_number"),
        ({"quantity": "one"}, "not_a_number"),
        ({"unit_price": D("-0.01")}, "negative_price"),
        ({"unit_price": D("0.00001")}, "too_many_decimals"),
        ({"unit_price": D("NaN")}, "out_of_range"),
        ({"unit_price": D(10) ** 12}, "out_of_range"),
        ({"unit_price": 9.99}, "not_a_number"),
        ({"discount": D(101)}, "discount_out_of_range"),
        ({"discount": D("100.01")}, "discount_out_of_range"),
        ({"discount": D("-0.01")}, "discount_out_of_range"),
        ({"discount": D("0.001")}, "too_many_decimals"),
        ({"discount": D("NaN")}, "out_of_range"),
    ],
)
def test_numbers_that_nobody_can_mean_are_refused(world, cup, numbers, code) -> None:
    error = refused(world, NewLine(cup, D(1)), replace(NewLine(cup, D(1)), **numbers))

    assert error.code == code
    assert "Line 2, CUP" in str(error)


def test_an_unknown_product_is_refused(world, cup) -> None:
    error = refused(world, NewLine(cup, D(1)), NewLine(10**15, D(1)))

    assert (error.code, error.facts) == ("unknown_product", {"line": 2, "id": 10**15})


def test_an_archived_product_is_refused(world, cup) -> None:
    archive(world, "product", cup)

    assert str(refused(world, NewLine(cup, D(1)))) == "Line 1: CUP is archived."


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"customer_id": 10**15}, "unknown_customer"),
        ({"warehouse_id": 10**15}, "unknown_warehouse"),
        ({"channel": "pigeon"}, "unknown_channel"),
        ({"way": "nobody"}, "unknown_way"),
        ({"price_list_id": 10**15}, "no_price_list"),
        ({"responsible_id": 10**15}, "unknown_person"),
        ({"active": True, "lines": ()}, "no_lines"),
    ],
)
def test_a_head_that_names_what_does_not_exist_is_refused(world, cup, wrong, code) -> None:
    assert refused(world, NewLine(cup, D(1)), **wrong).code == code


@pytest.mark.parametrize(
    ("table", "attribute", "code"),
    [
        ("customer", "customer", "archived_customer"),
        ("warehouse", "warehouse", "unknown_warehouse"),
        ("price_list", "prices", "no_price_list"),
    ],
)
def test_what_is_archived_is_not_to_be_chosen(world, cup, table, attribute, code) -> None:
    archive(world, table, getattr(world, attribute))

    assert refused(world, NewLine(cup, D(1))).code == code


def test_a_line_cannot_leave_a_warehouse_that_does_not_exist(world, cup) -> None:
    error = refused(world, NewLine(cup, D(1), warehouse_id=10**15))

    assert (error.code, error.facts) == ("unknown_warehouse", {"id": 10**15})


def test_without_any_price_list_there_is_no_order(world, cup) -> None:
    write(world.session, "UPDATE price_list SET is_default = false")

    assert refused(world, NewLine(cup, D(1))).code == "no_price_list"


def test_a_list_in_another_currency_is_refused(world, cup) -> None:
    dollars = world.add(PriceList, code="USD", name="Dollars", currency="USD")

    error = refused(world, NewLine(cup, D(1)), price_list_id=dollars)

    assert (error.code, error.facts) == ("foreign_currency", {"code": "USD", "currency": "USD", "own": "EUR"})


def test_a_negative_total_is_a_credit_note_and_no_order(world, cup, service) -> None:
    error = refused(world, NewLine(cup, D(1)), NewLine(service, D(1), unit_price=D("-10.01")))

    assert (error.code, error.facts) == ("negative_total", {"total": D("-0.01")})


def test_a_total_of_zero_is_an_order(world, cup, service) -> None:
    order = add(world, NewLine(cup, D(1)), NewLine(service, D(1), unit_price=D("-10.00")))

    assert world.row("sales_order", order).gross == 0


@pytest.mark.parametrize("price", ["100000000", "-100000000"])
def test_amounts_beyond_all_measure_are_refused(world, service, price) -> None:
    huge = [NewLine(service, D(10) ** 10, D(sign) * D(price)) for sign in (1, -1)]

    assert refused(world, *huge).code == "out_of_range"


def test_many_large_lines_are_refused_together(world, service) -> None:
    assert refused(world, *[NewLine(service, D(1), D(10) ** 11)] * 9).code == "out_of_range"


def test_every_bad_order_of_a_batch_is_named_by_its_position(world, cup) -> None:
    good = NewLine(cup, D(1))

    errors = world.refused(add_orders, [
        new(world, good),
        new(world, replace(good, quantity=D(0))),
        new(world, good, channel="pigeon"),
        new(world, good),
        new(world, good, customer_id=10**15),
    ])  # fmt: skip

    assert {position: error.code for position, error in errors.items()} == {
        1: "quantity_not_positive", 2: "unknown_channel", 4: "unknown_customer",
    }  # fmt: skip
    assert read(world.session, "SELECT id FROM document") == []


# What price it gets.


def test_a_line_takes_its_price_from_the_list_and_keeps_why(world, cup) -> None:
    order = add(world, NewLine(cup, D(3)))

    [line] = lines(world, order)
    assert (line.unit_price, line.discount, line.price_source, line.manual_by_id) == (10, 0, "list", None)
    assert (line.net, line.vat, line.gross) == (30, 6, 36)
    assert (line.sku, line.unit, line.tax_percent) == ("CUP", "pcs", 20)
    told = line.explanation
    assert (told["version"], told["list"], told["base_price"], told["quantity"]) == (1, "RETAIL", "10.00", "3")
    assert [row["won"] for row in told["rows"]] == [True]
    assert "manual" not in told


def test_a_product_that_is_not_in_the_list_has_no_price_and_counts_as_nothing(world, cup) -> None:
    pot = world.add_product("POT", None)

    order = add(world, NewLine(pot, D(2)), NewLine(cup, D(1)))

    assert [(line.unit_price, line.gross) for line in lines(world, order)] == [(None, 0), (10, 12)]
    assert world.row("sales_order", order).gross == 12


def test_the_documents_sum_of_a_product_decides_the_break(world, cup) -> None:
    pot = world.add_product("POT", "1.00")
    add_row(world, world.prices, cup, "8.00", "12")

    order = add(world, NewLine(cup, D(6)), NewLine(pot, D(50)), NewLine(cup, D(6)))

    assert [line.unit_price for line in lines(world, order)] == [8, 1, 8]
    assert {line.explanation["quantity"] for line in lines(world, order)} == {"12", "50"}


def test_orders_of_one_batch_do_not_share_their_quantities(world, cup) -> None:
    add_row(world, world.prices, cup, "8.00", "12")

    orders = world.do(add_orders, [new(world, NewLine(cup, D(6))), new(world, NewLine(cup, D(12)))])

    assert [lines(world, order)[0].unit_price for order in orders] == [10, 8]


def test_the_date_of_the_order_decides_which_row_holds(world) -> None:
    tea = world.add_product("TEA", None)
    add_row(world, world.prices, tea, "3.00", valid_to=TODAY - timedelta(days=1))
    add_row(world, world.prices, tea, "4.00", valid_from=TODAY)

    orders = [add(world, NewLine(tea, D(1)), on=TODAY - timedelta(days=days)) for days in (0, 1)]

    assert [lines(world, order)[0].unit_price for order in orders] == [4, 3]


def test_the_orders_list_comes_before_the_customers_and_that_before_the_default(world, cup) -> None:
    own, chosen = (world.add(PriceList, code=code, name=code, currency="EUR") for code in ("OWN", "CHOSEN"))
    add_row(world, own, cup, "7.00")
    add_row(world, chosen, cup, "6.00")
    write(world.session, "UPDATE customer SET price_list_id = %(own)s", own=own)

    by_customer, by_order = add(world, NewLine(cup, D(1))), add(world, NewLine(cup, D(1)), price_list_id=chosen)

    assert [lines(world, order)[0].unit_price for order in (by_customer, by_order)] == [7, 6]
    assert [lines(world, order)[0].explanation["list"] for order in (by_customer, by_order)] == ["OWN", "CHOSEN"]


def test_the_list_that_applies_does_not_borrow_from_another(world, cup) -> None:
    empty = world.add(PriceList, code="EMPTY", name="Empty", currency="EUR")

    order = add(world, NewLine(cup, D(1)), price_list_id=empty)

    assert lines(world, order)[0].unit_price is None


def test_the_customers_general_discount_is_taken_off(world, cup) -> None:
    ivan = world.add_customer("IVAN", discount="12.50")

    order = add(world, NewLine(cup, D(2)), customer_id=ivan)

    [line] = lines(world, order)
    assert (line.discount, line.net, line.price_source) == (D("12.5"), D("17.50"), "list")
    assert line.explanation["discounts"] == [{"rule": "customer_general", "percent": "12.50", "won": True}]


def test_a_typed_price_is_manual_and_says_by_whom_and_what_the_list_says(world, cup) -> None:
    ivan = world.add_customer("IVAN", discount="50")

    order = add(world, NewLine(cup, D(2), unit_price=D("9.9")), customer_id=ivan)

    [line] = lines(world, order)
    assert (line.unit_price, line.discount, line.net) == (D("9.9"), 0, D("19.80"))
    assert (line.price_source, line.manual_by_id) == ("manual", world.by)
    assert line.explanation["manual"] == {"price": "9.9000", "by": world.by}
    assert line.explanation["base_price"] == "10.00"


def test_what_the_list_says_beside_a_typed_price_does_not_hang_on_the_rest_of_the_batch(world, cup) -> None:
    typed = new(world, NewLine(cup, D(1), unit_price=D(9)))

    alone = world.do(add_orders, [typed])[0]
    beside, _ = world.do(add_orders, [typed, new(world, NewLine(cup, D(1)))])

    assert lines(world, alone)[0].explanation == lines(world, beside)[0].explanation


@pytest.mark.parametrize(("discount", "net"), [("0", "20.00"), ("25", "15.00"), ("100", "0.00")])
def test_a_typed_discount_replaces_the_customers_and_is_manual(world, cup, discount, net) -> None:
    ivan = world.add_customer("IVAN", discount="10")

    order = add(world, NewLine(cup, D(2), discount=D(discount)), customer_id=ivan)

    [line] = lines(world, order)
    assert (line.discount, line.net, line.price_source) == (D(discount), D(net), "manual")
    assert D(line.explanation["manual"]["discount"]) == D(discount)


def test_a_typed_price_may_have_a_typed_discount(world, cup) -> None:
    order = add(world, NewLine(cup, D(1), unit_price=D(8), discount=D(10)))

    [line] = lines(world, order)
    assert (line.unit_price, line.discount, line.net) == (8, 10, D("7.20"))


def test_a_typed_price_of_zero_is_a_price(world, cup) -> None:
    order = add(world, NewLine(cup, D(1), unit_price=D(0)))

    [line] = lines(world, order)
    assert (line.unit_price, line.price_source, line.gross) == (0, "manual", 0)


def test_only_a_service_may_be_given_back_at_a_negative_price(world, cup, service) -> None:
    order = add(world, NewLine(cup, D(2)), NewLine(service, D(1), unit_price=D("-5.00")))

    assert [line.gross for line in lines(world, order)] == [24, -6]
    assert world.row("sales_order", order).gross == 18


def test_numbers_as_text_are_stored_exactly(world, cup) -> None:
    tea = world.add_product("TEA", "3.00", kilos=True)

    order = add(world, NewLine(tea, "0.125"), NewLine(cup, 2, unit_price="9.5", discount="10"), NewLine(cup, D(1)))

    assert [(line.quantity, line.unit_price, line.net) for line in lines(world, order)] == [
        (D("0.125"), 3, D("0.38")), (2, D("9.5"), D("17.10")), (1, 10, 10),
    ]  # fmt: skip


def test_prices_with_vat_keep_their_gross(session) -> None:
    world = World(session, vat_included=True)
    cup = world.add_product("CUP", "9.99")

    order = add(world, NewLine(cup, D(3)))

    head = world.row("sales_order", order)
    assert (head.prices_include_vat, head.net, head.vat, head.gross) == (True, D("24.98"), D("4.99"), D("29.97"))


@pytest.mark.parametrize(("currency", "gross"), [("JPY", 36), ("KWD", D("36.000"))])
def test_amounts_have_the_decimals_of_the_currency(session, currency, gross) -> None:
    world = World(session, currency=currency)
    cup = world.add_product("CUP", "10.0000")

    order = add(world, NewLine(cup, D(3)))
    line = lines(world, order)[0]

    assert (line.gross, -line.gross.as_tuple().exponent) == (gross, 0 if currency == "JPY" else 3)


def test_lines_stand_in_the_order_in_which_they_were_written(world, cup, service) -> None:
    order = add(world, NewLine(service, D(1)), NewLine(cup, D(1)), NewLine(service, D(2)))

    assert [(line.position, line.sku) for line in lines(world, order)] == [(1, "HELP"), (2, "CUP"), (3, "HELP")]


def test_names_are_in_the_customers_language_where_there_is_one(world, cup, service) -> None:
    sql = """UPDATE product SET translations = '{"bg": "Чаша", "de": ""}' WHERE id = %(id)s"""
    write(world.session, sql, id=cup)
    names = []
    for language in ("bg", "de", "en"):
        write(world.session, "UPDATE customer SET language = %(language)s", language=language)
        order = add(world, NewLine(cup, D(1)), NewLine(service, D(1)))
        names.append([line.name for line in lines(world, order)])

    assert names == [["Чаша", "Product HELP"], ["Product CUP", "Product HELP"], ["Product CUP", "Product HELP"]]
