"""What all messages of an order mean together."""

import itertools
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.domain.intake.eshop.dialects import read
from app.domain.intake.eshop.merging import Heard, merge
from app.domain.intake.eshop.messages import digest_of
from app.domain.intake.eshop.value import Refund, RefundLine, Told
from tests.domain.intake.eshop.bodies import as_body, shopify, shopify_refund, woo

D = Decimal
LATER = datetime(2026, 3, 5, tzinfo=UTC)
MADE = datetime(2026, 3, 2, 9, tzinfo=UTC)
DELETED = b'{"id": 7}'


def heard(*bodies: bytes, at: datetime = LATER) -> list[Heard]:
    return [Heard(place, read("woocommerce", body, ""), at, digest_of(body)) for place, body in enumerate(bodies)]


def came(*bodies: tuple[bytes, int]) -> list[Heard]:
    """Messages with the second at which each came, counted from when the order was made; in that order, or not."""
    return [
        Heard(place, read("woocommerce", body, ""), at, digest_of(body))
        for place, (body, second) in enumerate(bodies) for at in [MADE + timedelta(seconds=second)]
    ]  # fmt: skip


@pytest.mark.parametrize("first", [0, 1])
def test_what_never_left_is_known_whichever_message_told_of_its_refund_first(first: int) -> None:
    refund = shopify_refund("no_restock", "12.00")
    line = shopify()["line_items"][0] | {"current_quantity": 1, "fulfillable_quantity": 1}
    order = shopify(line_items=[line], refunds=[refund], current_total_price="12.00", total_outstanding="0.00",
                    financial_status="partially_refunded")  # fmt: skip
    both = [Heard(0, read("shopify", as_body(order), ""), LATER, b"1"),
            Heard(1, read("shopify", as_body(refund), "refunds/create"), LATER, b"2")]  # fmt: skip

    merged = merge([both[first], both[1 - first]])

    assert merged is not None
    assert [line.unsent for one in merged.refunds for line in one.lines or ()] == [True]


def test_of_a_refund_the_most_that_is_known_never_to_have_left_holds_whichever_came_first() -> None:
    def told(sent: str, unsent: str) -> Told:
        lines = [RefundLine("1", D(sent), D(sent), D(0), restock=False),
                 RefundLine("1", D(unsent), D(unsent), D(0), restock=False, unsent=True)]  # fmt: skip
        return Told("7", refunds=[Refund("3", D(3), "", MADE, lines)])

    order = read("woocommerce", as_body(woo()), "")
    every = [Heard(1, order, LATER, b"1"), Heard(2, told("1", "2"), LATER, b"2"), Heard(3, told("2", "1"), LATER, b"3")]

    for some in itertools.permutations(every):
        merged = merge(some)
        assert merged is not None
        assert [line.quantity for one in merged.refunds for line in one.lines or ()] == [1, 2]


def test_of_two_states_of_one_second_the_further_one_holds_whichever_came_first() -> None:
    made, paid = as_body(woo(at=1)), as_body(woo(at=1, date_paid_gmt="2026-03-02T09:00:01"))
    refunded = as_body(woo(at=1, date_paid_gmt="2026-03-02T09:00:01", refunds=[{"id": 1, "total": "-1.00"}]))

    for bodies in itertools.permutations([made, paid, refunded]):
        merged = merge(heard(*bodies))
        assert merged is not None
        assert bodies[merged.message] == refunded


def test_nothing_is_known_of_an_order_that_only_was_deleted() -> None:
    assert merge(heard(b'{"id": 7}')) is None
    assert merge([]) is None


def test_a_deletion_holds_until_the_order_is_changed_after_it() -> None:
    before = merge(heard(as_body(woo()), DELETED))
    after = merge(came((as_body(woo(at=50)), 60), (DELETED, 40)))

    assert before is not None and before.wanted == "cancelled"  # noqa: PT018
    assert after is not None and after.wanted == "placed"  # noqa: PT018


def test_money_that_was_taken_came_of_an_order_even_if_it_was_never_told_before() -> None:
    never = merge(heard(as_body(woo(status="cancelled"))))
    paid = merge(heard(as_body(woo(status="cancelled", date_paid_gmt="2026-03-02T09:00:01"))))
    failed = merge(heard(as_body(woo()), as_body(woo(at=2, status="failed"))))

    assert [one.wanted for one in (never, paid, failed) if one] == ["open", "cancelled", "cancelled"]


def test_a_refund_is_one_whoever_tells_it_and_lines_are_more_than_none() -> None:
    order = read("woocommerce", as_body(woo(refunds=[{"id": 10, "total": "-1.00"}, {"id": 9, "total": "-2.00"}])), "")
    [fetched] = read("woocommerce", as_body([
        {"id": 9, "amount": "2.00", "date_created_gmt": "2026-03-02T09:00:00", "line_items": []}
    ]), "refunds of order 7").refunds  # fmt: skip
    every = [Heard(1, order, LATER, b"1"), Heard(2, Told("7", refunds=[fetched]), LATER, b"2")]

    for some in itertools.permutations(every):
        merged = merge(some)
        assert merged is not None
        assert [(refund.ref, refund.lines) for refund in merged.refunds] == [("9", []), ("10", None)]


def refunded(at: int, *refunds: int) -> bytes:
    return as_body(woo(at=at, refunds=[{"id": ref, "total": "-1.00"} for ref in refunds]))


def answers(*refunds: int) -> bytes:
    return as_body([{"id": ref, "amount": "1.00", "date_created_gmt": "2026-03-02T09:00:00"} for ref in refunds])


@pytest.mark.parametrize(("messages", "refs"), [
    # The last state tells all, whichever a state before it told of.
    ([(refunded(5, 3, 4), 6), (refunded(9, 4), 9)], ["4"]),
    # Of one moment nobody knows which is the last.
    ([(refunded(5, 3), 6), (refunded(5), 9)], ["3"]),
    ([(refunded(5, 3), 6), (refunded(5, 4), 9)], ["3", "4"]),
    ([(refunded(5, 3), 6), (refunded(5, 4), 9), (refunded(6, 4), 9)], ["4"]),
    # A shop that was asked since knows, and what it said last holds.
    ([(refunded(5, 3), 6), (refunded(5), 9), (answers(), 12)], []),
    ([(refunded(5, 3), 6), (answers(3, 4), 7), (answers(4), 8)], ["4"]),
    ([(refunded(5, 3), 6), (answers(3), 7), (answers(), 8), (refunded(10, 3), 11)], ["3"]),
    # One that was asked before the last state says nothing of it, nor does that of what the answer told of.
    ([(answers(), 4), (refunded(5, 3), 6)], ["3"]),
    ([(refunded(5, 3), 6), (answers(3, 4), 7), (refunded(9), 9)], ["4"]),
    # Of so many there may be more.
    ([(refunded(5, 3), 6), (answers(*range(100, 200)), 9)], ["3", *map(str, range(100, 200))]),
])  # fmt: skip
def test_refunds_are_those_that_the_shop_told_last(messages: list[tuple[bytes, int]], refs: list[str]) -> None:
    every = [
        Heard(place, read("woocommerce", body, "refunds of order 7" if body[:1] == b"[" else ""), at, digest_of(body))
        for place, (body, second) in enumerate(messages) for at in [MADE + timedelta(seconds=second)]
    ]  # fmt: skip

    for some in itertools.permutations(every):
        merged = merge(some)
        assert merged is not None
        assert [refund.ref for refund in merged.refunds] == refs


@pytest.mark.parametrize(("messages", "wanted", "note"), [
    # The clock of the shop is ten minutes ahead: what is deleted after it came is deleted.
    ([(woo(at=600), 1), (DELETED, 5)], "cancelled", ""),
    # What was on the way while the order was deleted does not bring it back; what came well after does.
    ([(woo(at=600), 1), (DELETED, 5), (woo(at=603, customer_note="x"), 6)], "cancelled", "x"),
    ([(woo(at=600), 1), (DELETED, 5), (woo(at=900, customer_note="x"), 300)], "placed", "x"),
    # A stamp that was far ahead keeps nothing out that comes after it.
    ([(woo(date_modified_gmt="2099-01-01T00:00:00"), 1), (woo(at=5, customer_note="x"), 6)], "placed", "x"),
    ([(woo(date_modified_gmt="2099-01-01T00:00:00"), 1), (woo(at=600, customer_note="x"), 6)], "placed", "x"),
    ([(woo(at=5), 6), (woo(date_modified_gmt="2099-01-01T00:00:00", customer_note="x"), 9)], "placed", "x"),
    # Of two stamps that both are ahead the later one holds, though it overtook the other.
    ([(woo(at=602, customer_note="x"), 3), (woo(at=601), 4)], "placed", "x"),
])  # fmt: skip
def test_a_clock_that_is_ahead_neither_keeps_out_what_comes_later_nor_brings_back_what_was_deleted(
    messages: list[tuple[Any, int]], wanted: str, note: str
) -> None:
    every = came(*((its if isinstance(its, bytes) else as_body(its), second) for its, second in messages))

    for some in itertools.permutations(every):
        merged = merge(some)
        assert merged is not None
        assert (merged.wanted, merged.order.note) == (wanted, note)
