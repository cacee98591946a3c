"""What bodies of a Shopify shop say."""

from decimal import Decimal
from typing import Any

import pytest

from app.domain.intake.eshop.dialects import read
from app.domain.intake.eshop.reading import Unreadable
from tests.domain.intake.eshop.bodies import as_body, order_of, shopify

D = Decimal


def test_shopify_books_the_money_of_the_shop_and_the_allocated_discounts() -> None:
    line = shopify()["line_items"][0]
    both = {"shop_money": {"amount": "10.00"}, "presentment_money": {"amount": "99.00"}}
    line |= {"price": "99.00", "price_set": both, "total_discount": "0.00", "tax_lines": [],
             "discount_allocations": [{"amount": "1.50"}, {"amount": "0.50"}]}  # fmt: skip

    order = order_of("shopify", shopify(line_items=[line], total_price="18.00"))

    assert order.lines[0].net == D("18.00")


def test_shopify_prices_with_taxes_are_told_without() -> None:
    line = shopify()["line_items"][0] | {"price": "12.00"}

    [told] = order_of("shopify", shopify(line_items=[line], taxes_included=True)).lines

    assert (told.net, told.vat) == (D("20.00"), D("4.00"))


@pytest.mark.parametrize(("status", "outstanding", "paid"), [
    ("pending", "24.00", 0), ("authorized", "24.00", 0), ("partially_paid", "14.00", 10), ("paid", "0.00", 24),
    ("partially_refunded", "0.00", 24), ("voided", "0.00", 0),
])  # fmt: skip
def test_shopify_says_what_is_paid(status: str, outstanding: str, paid: int) -> None:
    assert order_of("shopify", shopify(financial_status=status, total_outstanding=outstanding)).paid == paid


def test_shopify_orders_that_were_edited_are_worth_their_lines() -> None:
    assert order_of("shopify", shopify(total_price="12.00")).gross == 24
    with pytest.raises(Unreadable):
        order_of("shopify", shopify(total_price="12.00", current_total_price="12.00"))


def test_shopify_refunds_come_with_numbers_and_only_money_that_went_back_counts() -> None:
    refund = {"id": 5, "order_id": 7, "created_at": "2026-03-03T09:00:00Z", "note": "broke", "refund_line_items": [
        {"line_item_id": 1, "quantity": 1, "subtotal": 10.0, "total_tax": 2.0, "restock_type": "return"},
    ], "transactions": [{"kind": "refund", "status": "success", "amount": "12.00"},
                        {"kind": "refund", "status": "failure", "amount": "12.00"}]}  # fmt: skip

    told = read("shopify", as_body(refund), "refunds/create")
    nothing = read("shopify", as_body(refund | {"transactions": []}), "refunds/create")

    assert (told.ref, told.order) == ("7", None)
    assert (told.refunds[0].amount, told.refunds[0].lines[0].net) == (D("12.00"), D("10.0"))  # type: ignore[index]
    assert nothing.refunds == []
    assert read("shopify", as_body({"id": 1}), "customers/create").ref == ""
    assert read("shopify", as_body({"id": 7}), "orders/delete").deleted


def edited(current: int, total: str, **more: Any) -> dict[str, Any]:
    """The order of two pieces, of which so many are left."""
    line = shopify()["line_items"][0] | {"current_quantity": current}
    return shopify(line_items=[line, *more.pop("added", [])], current_total_price=total) | more


def given_back(restock: str, *, money: bool = True, **more: Any) -> dict[str, Any]:
    """A refund of one piece."""
    line = {"line_item_id": 1, "quantity": 1, "subtotal": 10.0, "total_tax": 2.0, "restock_type": restock}
    paid = [{"kind": "refund", "status": "success", "amount": "12.00"}] if money else []
    return {"id": 5, "order_id": 7, "created_at": "2026-03-03T09:00:00Z", "refund_line_items": [line],
            "transactions": paid} | more  # fmt: skip


@pytest.mark.parametrize(("changes", "quantities", "gross", "paid"), [
    # One of two was taken off: nothing was paid, all was, what is left was, and money went back for it.
    ({}, [1], 12, 0),
    ({"financial_status": "paid", "total_outstanding": "-12.00"}, [1], 12, 24),
    ({"financial_status": "paid", "total_outstanding": "0.00"}, [1], 12, 12),
    ({"financial_status": "partially_paid", "total_outstanding": "7.00"}, [1], 12, 5),
    ({"refunds": [given_back("cancel", money=False)]}, [1], 12, 0),
    ({"refunds": [given_back("cancel")], "financial_status": "partially_refunded", "total_outstanding": "0.00"},
     [1], 12, 24),
    # It came back, or only its money went: it was sold all the same.
    ({"refunds": [given_back("return")], "financial_status": "partially_refunded"}, [2], 24, 24),
    ({"refunds": [given_back("no_restock")], "financial_status": "partially_refunded"}, [2], 24, 24),
])  # fmt: skip
def test_shopify_orders_that_were_edited_are_what_is_left_of_them(
    changes: dict[str, Any], quantities: list[int], gross: int, paid: int
) -> None:
    order = order_of("shopify", edited(1, "12.00", **changes))

    assert [line.quantity for line in order.lines] == quantities
    assert sum(line.net + line.vat for line in order.lines) == order.gross == gross
    assert (order.paid, order.status) == (paid, "placed")


def sent(pieces: int, status: str = "success") -> list[dict[str, Any]]:
    """So many pieces left the shop."""
    return [{"id": 9, "status": status, "line_items": [{"id": 1, "quantity": pieces}]}]


PAID = {"financial_status": "paid", "total_outstanding": "-12.00"}
REFUNDED = {"refunds": [given_back("no_restock")], "financial_status": "partially_refunded", "total_outstanding": "0"}


@pytest.mark.parametrize(("to_send", "changes", "left", "paid"), [
    # Not put on stock again, it never left, or is to be sent all the same, or had left.
    (1, REFUNDED, 1, 24),
    (2, REFUNDED, 2, 24),
    (0, REFUNDED | {"fulfillments": sent(2)}, 2, 24),
    (0, REFUNDED | {"fulfillments": sent(1)}, 1, 24),
    (1, REFUNDED | {"fulfillments": sent(1, "cancelled")}, 1, 24),
    # It came back, and no money went back for it yet; or nobody said why there is one less.
    (0, {"refunds": [given_back("return", money=False)]}, 2, 0),
    (0, PAID | {"refunds": [given_back("return", money=False)]}, 2, 24),
    (0, {"fulfillments": sent(2)}, 2, 0),
    (1, {"refunds": [given_back("no_restock", money=False)]}, 1, 0),
])  # fmt: skip
def test_shopify_pieces_that_left_were_sold_and_those_that_never_will_were_not(
    to_send: int, changes: dict[str, Any], left: int, paid: int
) -> None:
    told = edited(1, "12.00", **changes)
    told["line_items"][0]["fulfillable_quantity"] = to_send

    order = order_of("shopify", told)

    assert ([line.quantity for line in order.lines], order.gross, order.paid) == ([left], 12 * left, paid)
    assert all(line.unsent == (left == 1) for refund in order.refunds for line in refund.lines or ())


def of_three(current: int, total: str, *refunds: dict[str, Any], to_send: int = 0, left: Any = None) -> dict[str, Any]:
    """An order of three pieces, some of which were given back for."""
    told = edited(current, total, total_price="36.00", total_outstanding="0.00", financial_status="partially_refunded",
                  refunds=list(refunds), fulfillments=left or sent(1))  # fmt: skip
    told["line_items"][0] |= {"quantity": 3, "fulfillable_quantity": to_send,
                              "tax_lines": [{"price": "6.00", "rate": 0.2}]}  # fmt: skip
    return told


def unsent(pieces: int, number: int, at: str = "09:00:00") -> dict[str, Any]:
    """A refund of so many pieces that are not put on stock again."""
    line = {"line_item_id": 1, "quantity": pieces, "subtotal": 10.0 * pieces, "total_tax": 2.0 * pieces,
            "restock_type": "no_restock"}  # fmt: skip
    paid = {"kind": "refund", "status": "success", "amount": f"{12 * pieces}.00"}
    return given_back("", id=number, created_at=f"2026-03-03T{at}Z", refund_line_items=[line], transactions=[paid])


@pytest.mark.parametrize("kind", ["no_restock", "cancel"])
def test_shopify_pieces_that_an_edit_took_off_are_none_of_those_that_were_refunded_later(kind: str) -> None:
    order = order_of("shopify", of_three(1, "12.00", given_back(kind, money=False), unsent(1, 6), left=sent(2)))

    assert ([line.quantity for line in order.lines], order.gross) == ([2], 24)
    assert [line.unsent for refund in order.refunds for line in refund.lines or ()] == [False]


SECOND = [
    {"id": 9, "status": "success", "created_at": "2026-03-03T10:00:00Z", "line_items": [{"id": 1, "quantity": 1}]}
]


@pytest.mark.parametrize(("told", "marked"), [
    # All three at once, of which one had left.
    (of_three(0, "0.00", unsent(3, 5)), [("5", 2, 20, 4, True), ("5", 1, 10, 2, False)]),
    # The one that had left first, and those that never did; or the other way round.
    (of_three(0, "0.00", unsent(1, 5), unsent(2, 6)), [("5", 1, 10, 2, False), ("6", 2, 20, 4, True)]),
    (of_three(0, "0.00", unsent(2, 5), unsent(1, 6, "11:00:00"), left=SECOND),
     [("5", 2, 20, 4, True), ("6", 1, 10, 2, False)]),
    # Of both it may be, and is of the later one, wherever that stands.
    (of_three(1, "12.00", unsent(1, 6, "11:00:00"), unsent(1, 5), left=sent(2)),
     [("6", 1, 10, 2, True), ("5", 1, 10, 2, False)]),
    # What had left is given back for once: of two when one had left, of a third when one more had.
    (of_three(0, "0.00", unsent(1, 5), unsent(1, 6), unsent(1, 7, "11:00:00"), left=[*sent(1), *SECOND]),
     [("5", 1, 10, 2, False), ("6", 1, 10, 2, True), ("7", 1, 10, 2, False)]),
])  # fmt: skip
def test_shopify_refunds_are_of_what_had_left_and_of_what_never_did(told: dict[str, Any], marked: list[Any]) -> None:
    order = order_of("shopify", told)

    found = [(refund.ref, line.quantity, line.net, line.vat, line.unsent)
             for refund in order.refunds for line in refund.lines or ()]  # fmt: skip
    assert found == marked
    kept = 3 - sum(line[1] for line in found if line[4])
    assert ([line.quantity for line in order.lines], order.gross) == ([kept], 12 * kept)


def test_shopify_lines_of_which_nothing_is_ever_sent_are_sold() -> None:
    told = edited(1, "12.00", **REFUNDED)
    told["line_items"][0] |= {"fulfillable_quantity": 0, "fulfillment_status": "not_eligible"}

    assert order_of("shopify", told).gross == 24


def test_shopify_lines_that_were_taken_off_are_gone_and_added_ones_are_there() -> None:
    added = {"id": 2, "sku": "CUP", "name": "Cup", "quantity": 3, "current_quantity": 3, "price": "5.00",
             "tax_lines": [{"price": "3.00", "rate": 0.2}]}  # fmt: skip

    order = order_of("shopify", edited(0, "18.00", added=[added]))

    assert [(line.sku, line.quantity, line.net) for line in order.lines] == [("CUP", 3, D("15.00"))]
    assert order.gross == 18


@pytest.mark.parametrize(("discount", "tax"), [("4.00", "3.20"), ("2.00", "1.60")])
def test_shopify_discounts_and_taxes_of_edited_lines_are_of_all_or_of_what_is_left(discount: str, tax: str) -> None:
    told = edited(1, "9.60")
    told["line_items"][0] |= {
        "discount_allocations": [{"amount": discount}],
        "tax_lines": [{"price": tax, "rate": 0.2}],
    }

    [line] = order_of("shopify", told).lines

    assert (line.quantity, line.net, line.vat) == (1, D("8.00"), D("1.60"))


@pytest.mark.parametrize("told", [
    edited(1, "13.00"),
    edited(1, "24.00", financial_status="paid"),
    edited(1, "12.00", financial_status="paid", total_outstanding="3.00"),
    edited(1, "12.00", financial_status="partially_paid", total_outstanding="13.00"),
])  # fmt: skip
def test_shopify_figures_that_contradict_each_other_make_no_order(told: dict[str, Any]) -> None:
    with pytest.raises(Unreadable):
        read("shopify", as_body(told), "orders/updated")


@pytest.mark.parametrize("changes", [
    {"cancelled_at": "2026-03-03T09:00:00Z"},
    {"refunds": [given_back("cancel", refund_line_items=[{"line_item_id": 1, "quantity": 2, "subtotal": 20.0,
                                                          "total_tax": 4.0, "restock_type": "cancel"}],
                            transactions=[{"kind": "refund", "status": "success", "amount": "24.00"}])],
     "financial_status": "refunded"},
])  # fmt: skip
def test_shopify_orders_of_which_nothing_is_left_are_cancelled_as_they_were(changes: dict[str, Any]) -> None:
    order = order_of("shopify", edited(0, "0.00", **changes))

    assert (order.status, order.gross, [line.quantity for line in order.lines]) == ("cancelled", 24, [2])


FREIGHT = [
    {"order_adjustments": [{"kind": "shipping_refund", "amount": "-5.00", "tax_amount": "-1.00"},
                           {"kind": "refund_discrepancy", "amount": "9.00", "tax_amount": "0.00"}]},
    {"refund_shipping_lines": [{"id": 9, "shipping_line": {"id": 3}, "subtotal_amount": "5.00", "tax_amount": "1.00"}],
     "order_adjustments": [{"kind": "shipping_refund", "amount": "-5.00", "tax_amount": "-1.00"}]},
]  # fmt: skip


@pytest.mark.parametrize(("freight", "of"), [(FREIGHT[0], ""), (FREIGHT[1], "3")])
def test_shopify_freight_that_went_back_is_a_line_of_its_refund(freight: dict[str, Any], of: str) -> None:
    paid = [{"kind": "refund", "status": "success", "amount": "18.00"}]

    [refund] = read("shopify", as_body(given_back("return", transactions=paid) | freight), "refunds/create").refunds

    assert refund.lines is not None
    assert [(line.ref, line.quantity, line.net, line.vat) for line in refund.lines] == [
        ("1", 1, D("10"), D("2")), (of, 0, D("5.00"), D("1.00")),
    ]  # fmt: skip


def test_shopify_refunds_of_prices_with_taxes_are_told_without() -> None:
    line = {"line_item_id": 1, "quantity": 1, "subtotal": 12.0, "total_tax": 2.0, "restock_type": "return"}

    [refund] = read("shopify", as_body(given_back("return", refund_line_items=[line])), "refunds/create").refunds

    assert refund.lines is not None
    assert (refund.lines[0].net, refund.lines[0].vat) == (D("10"), D("2"))
