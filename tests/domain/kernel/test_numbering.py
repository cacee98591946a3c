"""Numbers: gapless, ascending where the law wants it, and taken only when the deed is sealed."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, text
from sqlalchemy.exc import DatabaseError, IntegrityError
from sqlalchemy.orm import Session

from app.domain.kernel.document import register
from app.domain.kernel.errors import Refused
from app.domain.kernel.numbering import ask_number, give_numbers, label
from app.domain.kernel.rows import read, write
from app.domain.kernel.unit import deed, seal
from tests.domain.kernel.ground import DAY, add_orders, numbers, transaction


def test_numbers_are_given_in_the_seal_and_not_before(firm: Session) -> None:
    first, second = add_orders(firm, 2)
    ask_number(firm, "plain", {first: DAY, second: DAY})
    assert numbers(firm) == []

    seal(firm)

    assert numbers(firm) == ["P0001", "P0002"]


def test_the_next_deed_counts_on(firm: Session) -> None:
    for document in add_orders(firm, 3):
        ask_number(firm, "plain", {document: DAY})
        give_numbers(firm)

    assert numbers(firm) == ["P0001", "P0002", "P0003"]


def test_the_older_date_gets_the_lower_number(firm: Session) -> None:
    later, earlier = add_orders(firm, 2)
    ask_number(firm, "ascending", {later: date(2026, 3, 5), earlier: date(2026, 3, 4)})

    give_numbers(firm)

    by_id = dict(firm.execute(text("SELECT id, number FROM document")).all())
    assert (by_id[earlier], by_id[later]) == ("000001", "000002")


def test_a_yearly_series_begins_again_each_year_and_names_it(firm: Session) -> None:
    old, new, again = add_orders(firm, 3)
    ask_number(firm, "yearly", {old: date(2025, 12, 31), new: date(2026, 1, 1), again: date(2025, 1, 1)})

    give_numbers(firm)

    assert numbers(firm) == ["Y2025-001", "Y2025-002", "Y2026-001"]


def test_a_series_that_never_restarts_counts_over_the_years(firm: Session) -> None:
    old, new = add_orders(firm, 2)
    ask_number(firm, "plain", {old: date(2025, 12, 31), new: date(2026, 1, 1)})

    give_numbers(firm)

    assert numbers(firm) == ["P0001", "P0002"]


def test_a_series_may_change_to_restart_each_year(firm: Session) -> None:
    before, after = add_orders(firm, 2)
    ask_number(firm, "plain", {before: DAY})
    give_numbers(firm)
    write(firm, "UPDATE number_series SET restart = 'yearly' WHERE code = 'plain'")

    ask_number(firm, "plain", {after: DAY})
    give_numbers(firm)

    assert numbers(firm) == ["P0001", "P2026-0001"]


def test_an_ascending_series_refuses_what_is_dated_before_its_last(firm: Session) -> None:
    first, early, late = add_orders(firm, 3)
    ask_number(firm, "ascending", {first: DAY})
    give_numbers(firm)

    ask_number(firm, "ascending", {early: date(2026, 3, 1), late: date(2026, 3, 3)})
    with pytest.raises(Refused) as refusal:
        give_numbers(firm)

    assert refusal.value.errors.keys() == {early}
    assert refusal.value[early].facts == {"series": "ascending", "last_on": DAY, "on": date(2026, 3, 1)}
    assert "2026-03-02" in str(refusal.value[early])
    assert numbers(firm) == ["000001"]


def test_an_ascending_series_takes_the_same_date_again(firm: Session) -> None:
    for document in add_orders(firm, 2):
        ask_number(firm, "ascending", {document: DAY})
        give_numbers(firm)

    assert numbers(firm) == ["000001", "000002"]


def test_several_series_and_years_take_as_many_statements_as_one(firm: Session, statements) -> None:
    documents = add_orders(firm, 40)
    _ask_and_give(firm, documents[:2])
    few = statements(lambda: _ask_and_give(firm, documents[2:4]))

    assert statements(lambda: _ask_and_give(firm, documents[4:])) == few


def _ask_and_give(firm: Session, documents: list[int]) -> None:
    half = len(documents) // 2
    ask_number(firm, "plain", dict.fromkeys(documents[:half], DAY))
    ask_number(firm, "ascending", dict.fromkeys(documents[half:], DAY))
    give_numbers(firm)


def test_an_unknown_series_is_a_fault_of_the_program(firm: Session) -> None:
    ask_number(firm, "nowhere", {add_orders(firm, 1)[0]: DAY})

    with pytest.raises(LookupError, match="nowhere"):
        give_numbers(firm)


def test_two_writers_and_their_rollbacks_leave_no_gap(shop: Engine) -> None:
    start = Barrier(2)

    def write_many(writer: int) -> None:
        start.wait()
        for turn in range(20):
            try:
                deed(lambda session, turn=turn: _numbered(session, fails=turn % 3 == writer))
            except ZeroDivisionError:
                continue

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(write_many, range(2)))

    with transaction(shop) as session:
        given = numbers(session)
        last = read(session, "SELECT last FROM number_counter")[0].last
    assert given == [f"P{value:04d}" for value in range(1, len(given) + 1)]
    assert len(given) == last == 26


def _numbered(session: Session, *, fails: bool) -> None:
    document = add_orders(session, 1)[0]
    ask_number(session, "plain", {document: DAY})
    if fails:
        give_numbers(session)
        raise ZeroDivisionError


def test_a_number_is_given_once(firm: Session) -> None:
    document = add_orders(firm, 1)[0]
    ask_number(firm, "plain", {document: DAY})
    give_numbers(firm)

    ask_number(firm, "plain", {document: DAY})
    with pytest.raises(DatabaseError, match="given for good"):
        give_numbers(firm)


def test_no_number_stands_twice_in_a_series(firm: Session) -> None:
    register(firm, "sales_order", [{"series_id": 1, "number": "P0001"}])

    with pytest.raises(IntegrityError, match="uq_document_series_id_number"):
        register(firm, "sales_order", [{"series_id": 1, "number": "P0001"}])


@given(st.integers(1, 15), st.integers(1, 10**12))
def test_a_label_keeps_the_value_readable(width: int, value: int) -> None:
    assert int(label("INV", width, "never", 0, value).removeprefix("INV")) == value
    assert label("INV", width, "yearly", 2026, value).startswith("INV2026-")
    assert len(label("", width, "never", 0, value)) == max(width, len(str(value)))
