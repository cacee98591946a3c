"""The steps of a document's life: who may take one, what it writes, and what it says to the rest."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from app.domain.kernel.document import held, write_history
from app.domain.kernel.errors import DomainError, Invalid, NotFound, Refused, WrongState
from app.domain.kernel.lifecycle import Lifecycle, Step
from app.domain.kernel.rows import read
from app.domain.lifecycles import LIFECYCLES
from tests.domain.kernel.ground import ANNA, BORIS, DAY, add_orders
from tests.traces import checksums

LIFE = Lifecycle("SalesOrder", (
    Step("activate", "estimate",             "active"),
    Step("cancel",   ("estimate", "active"), "cancelled"),
))  # fmt: skip


def load(session: Session, ids: Sequence[int]) -> list[int]:
    return list(ids)


@LIFE.step("activate", load=load)
def activate(session: Session, orders: list[int], /, *, by: int, on: date = DAY) -> list[int]:
    return [order * 10 for order in orders]


def only_in_march(session: Session, *, on: date, **_: object) -> None:
    if on.month != 3:
        raise Invalid("not_march", "Only in March.")


@LIFE.step("cancel", load=load, first=only_in_march)
def cancel(session: Session, orders: list[int], /, *, by: int, on: date, reason: str) -> None:
    if reason == "none":
        raise Refused({order: Invalid("no_reason", "Give a reason.") for order in orders})


def states(session: Session, ids: Sequence[int]) -> list[str]:
    rows = read(session, "SELECT state FROM sales_order WHERE id = ANY(%(ids)s::bigint[]) ORDER BY id", ids=list(ids))
    return [row.state for row in rows]


def test_a_step_moves_every_document_and_raises_its_version(firm: Session) -> None:
    ids = add_orders(firm, 3)

    outcome = activate(firm, ids, by=ANNA)

    assert (outcome.done, outcome.already, outcome.answer) == (ids, {}, [i * 10 for i in ids])
    assert states(firm, ids) == ["active"] * 3
    assert {row.version for row in read(firm, "SELECT version FROM sales_order")} == {2}


def test_a_step_writes_who_did_it_when_from_where_to_where_and_why(firm: Session) -> None:
    ids = add_orders(firm, 1)

    cancel(firm, ids, by=BORIS, on=DAY, reason="a typing error")

    write_history(firm)
    (row,) = read(firm, "SELECT * FROM document_history")
    assert (row.document_id, row.actor_id, row.step) == (ids[0], BORIS, "cancel")
    assert (row.from_state, row.to_state) == ("estimate", "cancelled")
    assert row.changes == {"on": "2026-03-02", "reason": "a typing error"}
    assert abs(row.at - datetime.now(UTC)) < timedelta(minutes=1)


def test_history_keeps_each_documents_own_state(firm: Session) -> None:
    estimate, active = [*add_orders(firm, 1), *add_orders(firm, 1, "active")]

    cancel(firm, [active, estimate], by=ANNA, on=DAY, reason="r")

    write_history(firm)
    rows = read(firm, "SELECT document_id, from_state FROM document_history ORDER BY document_id")
    assert [tuple(row) for row in rows] == [(estimate, "estimate"), (active, "active")]


def test_a_wrong_state_is_refused_with_what_is_and_what_would_have_to_be(firm: Session) -> None:
    good, bad = [*add_orders(firm, 1), *add_orders(firm, 1, "performed")]
    before = checksums(firm)

    with pytest.raises(Refused) as refusal:
        cancel(firm, [good, bad], by=ANNA, on=DAY, reason="r")

    assert refusal.value.errors.keys() == {bad}
    error = refusal.value[bad]
    assert isinstance(error, WrongState)
    assert error.facts == {
        "step": "cancel", "kind": "sales order", "state": "performed", "wanted": "estimate or active",
    }  # fmt: skip
    assert str(error) == "cancel: this sales order is performed; it would have to be estimate or active."
    assert checksums(firm) == before


def test_an_unknown_id_is_refused_as_not_found(firm: Session) -> None:
    with pytest.raises(Refused) as refusal:
        activate(firm, [*add_orders(firm, 1), 10**12], by=ANNA)

    assert refusal.value.errors.keys() == {10**12}
    assert isinstance(refusal.value[10**12], NotFound)


def test_what_was_done_before_is_told_with_who_and_when_and_not_done_again(firm: Session) -> None:
    first, second = add_orders(firm, 2)
    activate(firm, [first], by=BORIS)

    outcome = activate(firm, [first, second], by=ANNA)

    assert (outcome.done, outcome.answer) == ([second], [second * 10])
    assert outcome.already.keys() == {first}
    assert outcome.already[first].by == "Boris"
    assert outcome.already[first].at == read(firm, "SELECT min(at) AS at FROM document_history")[0].at
    write_history(firm)
    write_history(firm)
    assert len(read(firm, "SELECT FROM document_history")) == 2


def test_the_state_alone_does_not_say_that_this_step_was_done(firm: Session) -> None:
    """Only history does: an order may be active without ever having been an estimate."""
    with pytest.raises(Refused) as refusal:
        activate(firm, ids := add_orders(firm, 1, "active"), by=ANNA)

    assert isinstance(refusal.value[ids[0]], WrongState)


def test_a_batch_that_was_all_done_before_runs_nothing(firm: Session) -> None:
    ids = add_orders(firm, 2)
    activate(firm, ids, by=ANNA)

    outcome = activate(firm, ids, by=ANNA)

    assert (outcome.done, outcome.answer, list(outcome.already)) == ([], None, ids)


def test_an_id_named_twice_takes_the_step_once(firm: Session) -> None:
    (order,) = add_orders(firm, 1)

    assert activate(firm, [order, order], by=ANNA).done == [order]


def test_an_empty_batch_does_nothing(firm: Session) -> None:
    assert activate(firm, [], by=ANNA).done == []


def test_a_refusal_of_the_body_moves_nothing(firm: Session) -> None:
    ids = add_orders(firm, 2)

    with pytest.raises(Refused):
        cancel(firm, ids, by=ANNA, on=DAY, reason="none")

    assert states(firm, ids) == ["estimate"] * 2
    assert read(firm, "SELECT FROM document_history") == []


def test_what_comes_first_runs_before_any_document_is_locked(firm: Session) -> None:
    ids = add_orders(firm, 1)
    firm.info.clear()

    with pytest.raises(DomainError, match="March"):
        cancel(firm, ids, by=ANNA, on=date(2026, 4, 1), reason="r")

    assert held(firm) == set()


def test_a_step_locks_what_it_moves(firm: Session) -> None:
    ids = add_orders(firm, 2)
    firm.info.clear()

    activate(firm, ids, by=ANNA)

    assert held(firm) == set(ids)


def test_a_hundred_documents_take_as_many_statements_as_one(firm: Session, statements) -> None:
    one, many = add_orders(firm, 1), add_orders(firm, 100)
    firm.info.clear()

    few = statements(lambda: activate(firm, one, by=ANNA))

    assert statements(lambda: activate(firm, many, by=ANNA)) == few


def test_all_states_move_in_one_update(firm: Session) -> None:
    ids = add_orders(firm, 5)

    activate(firm, ids, by=ANNA)

    distinct = read(firm, "SELECT count(DISTINCT cmin::text) AS commands FROM sales_order")
    assert distinct[0].commands == 1


def test_a_lifecycle_knows_its_states_its_first_one_and_where_each_leads() -> None:
    assert (LIFE.kind, LIFE.initial) == ("sales_order", "estimate")
    assert LIFE.states == ("estimate", "active", "cancelled")
    assert [step.name for step in LIFE.from_state("active")] == ["cancel"]
    assert [step.name for step in LIFE.from_state("estimate")] == ["activate", "cancel"]
    assert LIFE.from_state("cancelled") == []
    assert LIFE.actions == {"activate": activate, "cancel": cancel}


def test_a_step_that_is_not_in_the_table_cannot_be_written() -> None:
    with pytest.raises(KeyError):
        LIFE.step("fly", load=load)


@pytest.mark.parametrize("lifecycle", LIFECYCLES, ids=lambda lifecycle: lifecycle.kind)
def test_every_state_of_a_real_document_is_reached_from_its_first(lifecycle: Lifecycle) -> None:
    reached = {lifecycle.initial}
    while more := {step.target for state in reached for step in lifecycle.from_state(state)} - reached:
        reached |= more

    assert reached == set(lifecycle.states)
