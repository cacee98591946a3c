from collections import namedtuple
from dataclasses import replace
from decimal import Decimal

import pytest

from app.domain.intake.plan import Tally
from app.domain.intake.reconciliation import Reconciliation

D = Decimal
Totals = namedtuple("Totals", "number net vat gross")
Other = namedtuple("Other", "lost fees back credited receipts refunded")
INVOICED = Totals(1, D("10.00"), D("2.00"), D("12.00"))
CREDITED = Totals(1, D("2.50"), D("0.50"), D("3.00"))
OTHER = Other(lost=0, fees=D(0), back=D(1), credited=D(1), receipts=1, refunded=D("1.00"))


def told() -> Reconciliation:
    """Four lines in: one sale of two lines of 10.004, of which 5.00 is paid, and 2.50 of it credited."""
    taken = {"goods": Tally(2, D("10.004")), "returned": Tally(1, D("-2.50"))}
    return Reconciliation(
        lines=4, taken=taken, rejected={"free": Tally(1, D("20.00"))},
        found={"goods": taken["goods"], "returned": Tally(0, D("-2.50"))}, sales=1, vouchers=0, orders=1, shipments=1,
        invoiced=INVOICED, credited=CREDITED, other=OTHER, cash_orders=1, returns=1, paid=D("5.00"), open=D("6.00"),
        settled=D("1.00"), left=D("1.00"),
    )  # fmt: skip


def test_what_adds_up_has_no_differences():
    assert told().differences == []


def test_rounding_is_what_documents_say_beyond_the_file():
    assert told().rounding == D("-0.004")


@pytest.mark.parametrize(
    ("change", "difference"),
    [
        ({"lines": 5}, "5 lines came in, 4 are accounted for"),
        ({"found": {"returned": Tally(0, D("-2.50"))}}, "Goods: the file and the documents differ"),
        ({"found": {"goods": Tally(2, D("10.004")), "returned": Tally(1, D("-2.49"))}},
         "Goods back, credited: the file and the documents differ"),
        ({"orders": 2}, "1 sales, but 2 orders"),
        ({"shipments": 0}, "1 sales, but 0 shipments"),
        ({"vouchers": 1}, "1 sales, but 0 invoices"),
        ({"other": OTHER._replace(back=D(0))}, "1 pieces credited, 0 back"),
        ({"found": told().found | {"written_off": Tally(1)}}, "Stock written off: the file and the documents differ"),
        ({"open": D("5.99")}, "paid 5.00, credited 1.00 and open 5.99 are not gross 12.00"),
        ({"left": D("1.01")}, "credited 3.00 is not what became of it"),
    ],
)  # fmt: skip
def test_whatever_does_not_add_up_is_told(change: dict[str, object], difference: str):
    wrong = replace(told(), **change)

    assert wrong.differences == [difference]
    assert f"DIFFERENCE: {difference}" in wrong.told()


def test_lines_and_amounts_stand_in_columns():
    lines = told().told()

    assert lines[0].split() == ["Lines", "in", "4", "27.504"]
    assert [line.split()[-2:] for line in lines if "price 0" in line] == [["1", "20.00"]]
    assert any(line.startswith("Invoiced, net") and line.endswith(" 10.00") for line in lines)
