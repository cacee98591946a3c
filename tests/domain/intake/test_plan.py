from datetime import date, timedelta
from decimal import Decimal

from app.domain.intake.plan import SALES_AT_ONCE, Card, Tally, read_plan, rejected

FIRST = date(2020, 3, 2)


def line(
    invoice: str, code: str = "MUG", name: str = "TALL MUG", *, on: date = FIRST, customer: str = "500",
    quantity: int = 1, price: str = "2.50", country: str = "France",
) -> str:  # fmt: skip
    return f"{invoice},{code},{name},{quantity},{on} 08:26:00,{price},{customer},{country}"


def days(count: int) -> date:
    return FIRST + timedelta(days=count)


def test_every_line_is_either_taken_or_rejected(export):
    plan = read_plan(export(
        line("1001"), line("1001", "POST", price="18.00"), line("C1002", quantity=-1),
        line("1003", quantity=-2, price="0"), "nonsense", line("1004", price="0.005"),
        line("1005", price="0"),
    ))  # fmt: skip

    assert plan.lines == 7
    assert plan.taken == {
        "goods": Tally(2, Decimal("2.505")), "freight": Tally(1, Decimal("18.00")),
        "returned": Tally(1, Decimal("-2.50")), "written_off": Tally(1, Decimal(0)),
    }  # fmt: skip
    assert rejected(plan.rejects) == {"unreadable": Tally(1, Decimal(0)), "free": Tally(1, Decimal(0))}


def test_exact_duplicates_are_two_lines_of_the_sale(export):
    plan = read_plan(export(line("1001"), line("1001")))

    assert [len(sale.lines) for chunk in plan.chunks for sale in chunk.sales] == [2]


def test_an_invoice_with_two_times_is_one_sale_on_its_first_day(export):
    plan = read_plan(export(line("1001", on=days(1)), line("1002", on=days(1)), line("1001", "CUP", on=FIRST)))

    assert [(chunk.on, [sale.invoice for sale in chunk.sales]) for chunk in plan.chunks] == [
        (FIRST, ["1001"]), (days(1), ["1002"]),
    ]  # fmt: skip


def test_days_follow_each_other_whatever_the_order_of_the_file(export):
    plan = read_plan(export(line("1003", on=days(2)), line("1001", on=FIRST), line("1002", on=days(1))))

    assert [chunk.on for chunk in plan.chunks] == [FIRST, days(1), days(2)]


def test_a_line_that_names_another_customer_than_its_invoice_is_rejected(export):
    plan = read_plan(export(line("1001", customer="500"), line("1001", customer="501"), line("1001", customer="")))

    assert rejected(plan.rejects)["other_customer"].lines == 2
    assert [sale.customer for chunk in plan.chunks for sale in chunk.sales] == ["500"]


def test_codes_that_differ_only_in_case_are_one_product_named_by_its_first_description(export):
    plan = read_plan(export(
        line("1001", "85123A", ""), line("1002", "85123a", "HEART HOLDER"), line("1003", "85123A", "OTHER NAME"),
        line("1004", "POST", "POSTAGE"), line("1005", "22423", ""),
    ))  # fmt: skip

    assert plan.products == {
        "85123A": Card("85123A", "HEART HOLDER", "goods"),
        "POST": Card("POST", "POSTAGE", "freight"),
        "22423": Card("22423", "22423", "goods"),
    }


def test_the_words_of_a_loss_name_no_product(export):
    plan = read_plan(export(line("1001", name="damages?", quantity=-1, price="0"), line("1002", name="TALL MUG")))

    assert plan.products["MUG"].name == "TALL MUG"


def test_customers_have_the_first_country_that_is_told_and_guests_are_none(export):
    plan = read_plan(export(
        line("1001", country=""), line("1002", country="France"), line("1003", country="Spain"),
        line("1004", customer=""),
    ))  # fmt: skip

    assert plan.customers == {"500": "France"}


def test_customers_pay_after_thirty_days_if_the_file_reaches_that_day(export):
    last = line("C1", on=days(30), quantity=-1)
    plan = read_plan(export(line("1001"), line("1002", customer=""), line("1003", on=days(1)), last))

    assert [(chunk.on, len(chunk.sales), chunk.due) for chunk in plan.chunks] == [
        (FIRST, 2, ()), (days(1), 1, ()), (days(30), 0, ("1001",)),
    ]  # fmt: skip


def test_a_long_day_is_done_in_pieces_and_pays_in_the_first(export):
    many = [line(str(2000 + i), on=days(30)) for i in range(SALES_AT_ONCE + 1)]

    plan = read_plan(export(line("1001"), *many))

    assert [(chunk.on, chunk.piece, len(chunk.sales), chunk.due) for chunk in plan.chunks] == [
        (FIRST, 0, 1, ()), (days(30), 0, SALES_AT_ONCE, ("1001",)), (days(30), 1, 1, ()),
    ]  # fmt: skip


def test_credits_take_of_the_sales_of_the_file_and_what_is_about_earlier_ones_is_rejected(export):
    plan = read_plan(export(
        line("1001", "CUP"), line("1001", quantity=6), line("C1002", quantity=-2, on=days(1)),
        line("C1002", "PLATE", quantity=-1, on=days(1)), line("C1002", "D", "Discount", quantity=-1, on=days(1)),
        line("C1003", "D", "Discount", quantity=-1, price="99", on=days(1)),
    ))  # fmt: skip

    (credit,) = plan.chunks[1].credits
    assert [(back.sale, back.place, back.quantity, back.amount) for back in credit.backs] == [
        ("1001", 1, Decimal(2), 0), ("1001", 0, 0, Decimal("2.50")),
    ]  # fmt: skip
    assert {kind: tally.lines for kind, tally in plan.taken.items()} == {"goods": 2, "returned": 1, "allowance": 1}
    assert {reason: tally.lines for reason, tally in rejected(plan.rejects).items()} == {
        "sold_before": 1, "nothing_to_credit": 1,
    }  # fmt: skip
    assert [chunk.lines for chunk in plan.chunks] == [2, 2]


def test_vouchers_are_a_sale_of_their_own_beside_the_goods_of_the_invoice(export):
    sold = [line("1001"), line("1001", "gift_0001_20", price="16.67")]
    plan = read_plan(export(*sold, line("C1", on=days(30), quantity=-1)))

    first, last = plan.chunks
    assert [len(sale.lines) for sale in (*first.sales, *first.vouchers)] == [1, 1]
    assert last.due == ("1001",)


def test_losses_and_fees_follow_in_the_last_piece_of_their_day(export):
    many = [line(str(2000 + i)) for i in range(SALES_AT_ONCE + 1)]
    others = [
        line("3001", quantity=-2, price="0"), line("C3002", "AMAZONFEE", quantity=-1), line("C3003", quantity=-1),
    ]  # fmt: skip

    first, last = read_plan(export(*many, *others)).chunks

    assert (first.written_off, first.fees, first.credits) == ((), (), ())
    assert [line.invoice for line in (*last.written_off, *last.fees)] == ["3001", "C3002"]
    assert [credit.invoice for credit in last.credits] == ["C3003"]


def test_an_export_without_lines_is_an_empty_plan(export):
    plan = read_plan(export())

    assert (plan.lines, plan.sales, list(plan.chunks), list(plan.rejects)) == (0, 0, [], [])
