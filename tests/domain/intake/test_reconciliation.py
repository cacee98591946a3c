from dataclasses import replace
from decimal import Decimal

import pytest

from app.domain.intake.plan import Tally
from app.domain.intake.reconciliation import Reconciliation


def told() -> Reconciliation:
    """Three lines in, two of them taken as one sale of 10.004, of which 5.00 is paid."""
    goods = {"goods": Tally(2, Decimal("10.004"))}
    return Reconciliation(
        lines=3, taken=goods, rejected={"voucher": Tally(1, Decimal("20.00"))}, invoiced=dict(goods), sales=1, orders=1,
        shipments=1, invoices=1, receipts=1, cash_orders=1, net=Decimal("10.00"), vat=Decimal("2.00"),
        gross=Decimal("12.00"), paid=Decimal("5.00"), open=Decimal("7.00"),
    )  # fmt: skip


def test_what_adds_up_has_no_differences():
    assert told().differences == []


def test_rounding_is_what_invoices_say_beyond_the_file():
    assert told().rounding == Decimal("-0.004")


@pytest.mark.parametrize(
    ("change", "difference"),
    [
        ({"lines": 4}, "4 lines came in, 3 are accounted for"),
        ({"invoiced": {}}, "Goods: the file and the invoices differ"),
        ({"invoiced": {"goods": Tally(2, Decimal("10.005"))}}, "Goods: the file and the invoices differ"),
        ({"orders": 2}, "1 sales, but 2 orders"),
        ({"shipments": 0}, "1 sales, but 0 shipments"),
        ({"invoices": 0}, "1 sales, but 0 invoices"),
        ({"vat": Decimal("2.01")}, "net 10.00 and VAT 2.01 are not gross 12.00"),
        ({"open": Decimal("6.99")}, "paid 5.00 and open 6.99 are not gross 12.00"),
    ],
)
def test_whatever_does_not_add_up_is_told(change: dict[str, object], difference: str):
    wrong = replace(told(), **change)

    assert wrong.differences == [difference]
    assert f"DIFFERENCE: {difference}" in wrong.told()


def test_lines_and_amounts_stand_in_columns():
    lines = told().told()

    assert lines[0].split() == ["Lines", "in", "3", "30.004"]
    assert [line.split()[-2:] for line in lines if "voucher" in line] == [["1", "20.00"]]
    assert any(line.startswith("Invoiced, net") and line.endswith(" 10.00") for line in lines)
