"""What bodies in the dialect of our own say."""

from decimal import Decimal
from typing import Any

import pytest

from app.domain.intake.eshop.dialects import read
from app.domain.intake.eshop.reading import Unreadable
from tests.domain.intake.eshop.bodies import as_body, generic, order_of

D = Decimal


@pytest.mark.parametrize("changes", [
    {"total": 24.5}, {"total": "24.0001"}, {"status": "shipped"}, {"surprise": 1}, {"id": None}, {"currency": "€"},
    {"modified": "today"}, {"lines": [{"id": "1", "quantity": "2", "net": 20.5, "vat": "4", "vat_percent": "20"}]},
    {"paid": {"amount": "1.00"}}, {"total": "-1.00"}, {"customer": {"nickname": "x"}},
])  # fmt: skip
def test_the_dialect_of_our_own_is_read_strictly(changes: dict[str, Any]) -> None:
    with pytest.raises(Unreadable):
        read("generic", as_body(generic(**changes)), "")


def test_the_dialect_of_our_own_tells_payments_and_refunds() -> None:
    order = order_of("generic", generic(
        paid={"amount": "24.00", "at": "2026-03-02T09:00:00Z", "transaction": "t1"},
        refunds=[{"id": "r", "amount": "12.00", "at": "2026-03-03T09:00:00Z",
                  "lines": [{"line": "1", "quantity": "1", "net": "10.00", "vat": "2.00", "restock": True}]}],
    ))  # fmt: skip

    assert (order.paid, order.transaction, order.refunds[0].amount) == (24, "t1", 12)


def test_the_dialect_of_our_own_says_of_no_refund_that_it_is_gone_unless_it_tells_all() -> None:
    assert [order_of("generic", generic(**more)).all_refunds for more in ({}, {"refunds": None}, {"refunds": []})] == [
        False, False, True,
    ]  # fmt: skip
