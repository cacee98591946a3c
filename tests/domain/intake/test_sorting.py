from datetime import date
from decimal import Decimal

import pytest

from app.domain.intake.reading import Line
from app.domain.intake.sorting import KINDS, REASONS, SERVICES, SOLD, Sorted, kind_of, sort_out


def line(invoice: str = "1001", code: str = "MUG", quantity: str = "6", price: str = "2.55") -> Line:
    return Line(2, invoice, code, "", Decimal(quantity), date(2020, 3, 2), Decimal(price), "500", "France")


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("85123A", "goods"), ("PADS", "goods"), ("DCGS0003", "goods"), ("POSTCARD", "goods"),
        ("POST", "freight"), ("DOT", "freight"), ("C2", "freight"),
        ("BANK CHARGES", "fee"), ("AMAZONFEE", "fee"), ("CRUK", "fee"),
        ("M", "other"), ("m", "other"), ("S", "other"), ("gift_0001_20", "voucher"),
    ],
)  # fmt: skip
def test_what_is_sold_is_known_by_its_code(code: str, kind: str):
    assert kind_of(line(code=code)) == kind
    assert sort_out(line(code=code)) == Sorted(kind=kind)


@pytest.mark.parametrize(
    ("kind", "facts"),
    [
        ("returned", {"invoice": "C1001"}), ("returned", {"invoice": "c1001"}),
        ("allowance", {"invoice": "C1001", "code": "POST"}), ("allowance", {"invoice": "C1001", "code": "M"}),
        ("allowance", {"invoice": "C1001", "code": "D"}),
        ("fee_paid", {"invoice": "C1001", "code": "AMAZONFEE"}), ("fee_paid", {"invoice": "C1001", "code": "CRUK"}),
        ("written_off", {"price": "0"}),
    ],
)  # fmt: skip
def test_what_is_credited_charged_or_lost_is_known_by_number_code_and_price(kind: str, facts: dict[str, str]):
    assert sort_out(line(quantity="-6", **facts)) == Sorted(kind=kind)
    assert kind in KINDS


@pytest.mark.parametrize(
    ("reason", "facts"),
    [
        ("credit_of_more", {"invoice": "C1001", "quantity": "6"}),
        ("voucher_back", {"invoice": "C1001", "quantity": "-1", "code": "gift_0001_20"}),
        ("bad_debt", {"invoice": "C1001", "quantity": "-1", "code": "B"}),
        ("free", {"invoice": "C1001", "quantity": "-1", "price": "0"}),
        ("no_quantity", {"invoice": "C1001", "quantity": "0"}),
        ("too_large", {"invoice": "C1001", "quantity": "-1000000000"}),
        ("bad_debt", {"invoice": "A1001", "code": "B", "price": "-11062.06", "quantity": "1"}),
        ("bad_debt", {"invoice": "A1001", "code": "B", "price": "11062.06", "quantity": "1"}),
        ("bad_debt", {"code": "b"}),
        ("unknown_invoice", {"invoice": "X1001"}),
        ("unknown_invoice", {"invoice": "C"}),
        ("goods_back", {"quantity": "-6"}),
        ("goods_back", {"quantity": "-6", "price": "0", "code": "POST"}),
        ("goods_back", {"quantity": "-1000000000", "price": "0"}),
        ("no_quantity", {"quantity": "0"}),
        ("free", {"code": "gift_0001_20", "price": "0"}),
        ("discount", {"code": "D"}),
        ("free", {"price": "0.00"}),
        ("free", {"price": "0", "code": "POST"}),
        ("negative_price", {"price": "-1"}),
        ("too_large", {"quantity": "1000000000", "price": "0.01"}),
        ("too_large", {"quantity": "999999999", "price": "999999999"}),
    ],
)
def test_what_is_not_taken_has_its_reason(reason: str, facts: dict[str, str]):
    assert sort_out(line(**facts)) == Sorted(reason=reason)
    assert reason in REASONS


def test_the_smallest_and_the_largest_real_sales_are_taken():
    assert sort_out(line(quantity="1", price="0.001")).kind == "goods"
    assert sort_out(line(quantity="80995", price="2.08")).kind == "goods"


def test_every_service_is_of_a_kind_and_every_reason_is_a_sentence():
    assert set(SERVICES.values()) == SOLD.keys() - {"goods", "voucher"}
    assert all(len(sentence) > 10 for sentence in REASONS.values())
