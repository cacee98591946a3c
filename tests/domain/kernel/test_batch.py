"""A batch does what can be done, and says of each document what became of it."""

from collections.abc import Sequence

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.domain.kernel.batch import run_batch
from app.domain.kernel.errors import Invalid, Refused
from app.domain.kernel.lifecycle import Lifecycle, Outcome, Step
from app.domain.kernel.numbering import ask_number
from app.domain.kernel.rows import read
from tests.domain.kernel.ground import ANNA, DAY, add_orders, numbers, transaction

LIFE = Lifecycle("SalesOrder", (Step("activate", "estimate", "active"),))


@LIFE.step("activate", load=lambda session, ids: ids)
def activate(session: Session, orders: Sequence[int], /, *, by: int, bad: Sequence[int] = ()) -> None:
    ask_number(session, "plain", dict.fromkeys(orders, DAY))
    errors = {order: Invalid("bad", "Order {order} is bad.", order=order) for order in orders if order in bad}
    if errors:
        raise Refused(errors)


def orders(engine: Engine, count: int) -> list[int]:
    with transaction(engine) as session:
        return add_orders(session, count)


def test_a_hundred_with_three_bad_ones_are_ninety_seven_done_three_sentences_and_no_gap(shop: Engine) -> None:
    ids = orders(shop, 100)
    bad = [ids[3], ids[50], ids[99]]

    results = run_batch(activate, ids, by=ANNA, bad=bad)

    assert [result.document_id for result in results] == ids
    assert [result.document_id for result in results if result.status == "done"] == [i for i in ids if i not in bad]
    assert [str(result.refusal) for result in results if result.refusal] == [f"Order {i} is bad." for i in bad]
    with transaction(shop) as session:
        assert numbers(session) == [f"P{value:04d}" for value in range(1, 98)]
        assert read(session, "SELECT last FROM number_counter")[0].last == 97
        left = read(session, "SELECT id FROM sales_order WHERE state = 'estimate' ORDER BY id")
        assert [row.id for row in left] == bad


def test_what_was_done_before_is_told_apart(shop: Engine) -> None:
    ids = orders(shop, 3)
    run_batch(activate, ids[:1], by=ANNA)

    results = run_batch(activate, [*reversed(ids), 10**9, ids[0]], by=ANNA, bad=[ids[2]])

    assert [(result.document_id, result.status) for result in results] == [
        (ids[2], "refused"), (ids[1], "done"), (ids[0], "already_done"), (10**9, "refused"),
    ]  # fmt: skip
    assert results[2].already is not None
    assert results[2].already.by == "Anna"


def test_a_batch_of_bad_ones_only_changes_nothing(shop: Engine) -> None:
    ids = orders(shop, 2)

    results = run_batch(activate, ids, by=ANNA, bad=ids)

    assert {result.status for result in results} == {"refused"}
    with transaction(shop) as session:
        assert numbers(session) == []


def test_refusals_that_come_one_at_a_time_are_all_told(shop: Engine) -> None:
    ids = orders(shop, 4)

    def first_bad_only(session: Session, wanted: Sequence[int], **arguments: int) -> Outcome:
        for order in wanted:
            if order in ids[1:3]:
                raise Refused({order: Invalid("bad", "Bad.")})
        return activate(session, wanted, **arguments)

    results = run_batch(first_bad_only, ids, by=ANNA)

    assert [result.status for result in results] == ["done", "refused", "refused", "done"]


def test_a_refusal_of_something_else_is_a_fault_and_does_not_go_round_for_ever(shop: Engine) -> None:
    def refuse_a_stranger(session: Session, wanted: Sequence[int]) -> Outcome:
        raise Refused({-1: Invalid("bad", "Bad.")})

    with pytest.raises(Refused, match="Bad"):
        run_batch(refuse_a_stranger, orders(shop, 1))


def test_what_is_wrong_with_the_whole_call_refuses_the_whole_call(shop: Engine) -> None:
    def refuse_all(session: Session, wanted: Sequence[int]) -> Outcome:
        raise Invalid("closed", "The period is closed.")

    with pytest.raises(Invalid, match="closed"):
        run_batch(refuse_all, orders(shop, 2))


def test_an_empty_batch_has_no_results(shop: Engine) -> None:
    assert run_batch(activate, [], by=ANNA) == []
