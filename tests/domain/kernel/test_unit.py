"""The deed: committed once, tried again where the database asks, done once for a key; and the preview."""

from concurrent.futures import ThreadPoolExecutor
from itertools import count as counting
from threading import Barrier, Event

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.orm import Session

from app.domain.kernel import unit
from app.domain.kernel.errors import DomainError, Invalid, KeyReused
from app.domain.kernel.numbering import ask_number
from app.domain.kernel.rows import read, write
from app.domain.kernel.unit import ATTEMPTS, PLANS_KEPT, at_seal, deed, open_session, preview
from tests.domain.kernel.ground import ANNA, BORIS, DAY, add_orders, count_rows, numbers, transaction
from tests.traces import checksums

RAISE_STATE = "DO $$ BEGIN RAISE EXCEPTION 'again' USING ERRCODE = '{}'; END $$"


def add_actor(session: Session, name: str = "Vera") -> int:
    return int(read(session, "INSERT INTO actor (name) VALUES (%(name)s) RETURNING id", name=name)[0].id)


def actors(engine: Engine) -> int:
    with transaction(engine) as session:
        return count_rows(session, "actor")


def test_a_deed_is_committed_and_gives_the_works_answer(shop: Engine) -> None:
    answer = deed(add_actor)

    with transaction(shop) as session:
        assert read(session, "SELECT name FROM actor WHERE id = %(id)s", id=answer)[0].name == "Vera"


@pytest.mark.parametrize("error", [Invalid("no", "No."), ZeroDivisionError()])
def test_a_deed_that_fails_leaves_no_trace_and_is_not_tried_again(shop: Engine, error: Exception) -> None:
    calls = counting()

    def fail(session: Session) -> None:
        next(calls)
        add_actor(session)
        raise error

    with pytest.raises(type(error)):
        deed(fail)

    assert (next(calls), actors(shop)) == (1, 2)


@pytest.mark.parametrize("state", ["40001", "40P01"])
def test_what_the_database_asks_for_is_tried_again_in_a_new_session(shop: Engine, state: str) -> None:
    sessions: list[Session] = []

    def fail_twice(session: Session) -> int:
        sessions.append(session)
        add_actor(session)
        if len(sessions) < 3:
            session.execute(text(RAISE_STATE.format(state)))
        return len(sessions)

    assert deed(fail_twice) == 3
    assert (len(set(map(id, sessions))), actors(shop)) == (3, 3)


def test_after_five_attempts_the_deed_gives_up(shop: Engine) -> None:
    calls = counting(1)

    def fail(session: Session) -> None:
        next(calls)
        session.execute(text(RAISE_STATE.format("40001")))

    with pytest.raises(OperationalError, match="again"):
        deed(fail)

    assert next(calls) - 1 == ATTEMPTS == 5


def test_another_operational_error_is_not_tried_again(shop: Engine) -> None:
    calls = counting(1)

    def fail(session: Session) -> None:
        next(calls)
        session.execute(text(RAISE_STATE.format("57014")))

    with pytest.raises(OperationalError):
        deed(fail)

    assert next(calls) == 2


def test_two_deeds_that_block_each_other_are_both_done(shop: Engine) -> None:
    start = Barrier(2)
    raise_name = "UPDATE actor SET name = name || '!' WHERE id = %(id)s"

    def cross(first: int) -> None:
        tries = counting()

        def work(session: Session) -> None:
            write(session, raise_name, id=first)
            if next(tries) == 0:
                start.wait()
            write(session, raise_name, id=ANNA + BORIS - first)

        deed(work)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(cross, (ANNA, BORIS)))

    with transaction(shop) as session:
        assert [row.name for row in read(session, "SELECT name FROM actor ORDER BY id")] == ["Anna!!", "Boris!!"]


def test_a_key_gives_the_first_answer_again(shop: Engine) -> None:
    first = deed(add_actor, key="k", request={"name": "Vera", "on": DAY})

    again = deed(add_actor, key="k", request={"on": DAY, "name": "Vera"})

    assert (again, actors(shop)) == (first, 3)


def test_a_key_remembers_even_that_there_was_no_answer(shop: Engine) -> None:
    for _ in range(2):
        assert deed(lambda session: add_actor(session) and None, key="k", request=1) is None

    assert actors(shop) == 3


def test_a_key_with_another_request_is_refused(shop: Engine) -> None:
    deed(add_actor, key="k", request={"name": "Vera"})

    with pytest.raises(KeyReused, match="k") as refusal:
        deed(add_actor, key="k", request={"name": "Galina"})

    assert (refusal.value.facts, actors(shop)) == ({"key": "k"}, 3)


def test_a_key_whose_deed_failed_is_free(shop: Engine) -> None:
    def fail(session: Session) -> int:
        add_actor(session)
        raise Invalid("no", "No.")

    with pytest.raises(Invalid):
        deed(fail, key="k", request=1)

    deed(add_actor, key="k", request=2)
    assert actors(shop) == 3


def test_ten_deeds_with_one_key_at_once_are_done_once(shop: Engine) -> None:
    start = Barrier(10)

    def press(_: int) -> int:
        start.wait()
        return deed(add_actor, key="k", request=1)

    with ThreadPoolExecutor(10) as pool:
        answers = set(pool.map(press, range(10)))

    assert (len(answers), actors(shop)) == (1, 3)


def test_the_seal_calls_each_sealer_once_and_after_the_numbers(shop: Engine) -> None:
    seen: list[list[str]] = []

    def look(session: Session) -> None:
        seen.append(numbers(session))

    def work(session: Session) -> None:
        at_seal(session, look)
        at_seal(session, look)
        ask_number(session, "plain", {add_orders(session, 1)[0]: DAY})

    deed(work)
    assert seen == [["P0001"]]


def test_a_deferred_constraint_speaks_inside_the_deed(shop: Engine) -> None:
    """Otherwise an unbalanced entry would be found only by COMMIT."""
    entry = (
        'INSERT INTO journal_entry (document_id, event, "on", at, actor_id, currency)'
        " VALUES (%(id)s, 'e', '2026-03-02', now(), 1000001, 'EUR')"
    )

    with pytest.raises(Exception, match="no lines") as failure:
        deed(lambda session: write(session, entry, id=add_orders(session, 1)[0]))

    assert failure.value.orig.sqlstate == "SB004"  # type: ignore[attr-defined]
    with transaction(shop) as session:
        assert count_rows(session, "document") == 0


def test_a_preview_tells_what_would_be_and_changes_nothing(shop: Engine) -> None:
    before = checksums(shop)
    sealed: list[Session] = []

    def work(session: Session) -> None:
        at_seal(session, sealed.append)
        ask_number(session, "plain", {add_orders(session, 1)[0]: DAY})

    told = preview(work, lambda session: (count_rows(session, "document"), count_rows(session, "number_counter")))

    assert told == (1, 0)
    assert (sealed, checksums(shop)) == ([], before)


def test_the_checksums_see_a_change(shop: Engine) -> None:
    before = checksums(shop)

    deed(add_actor)

    after = checksums(shop)
    assert {table for table in before if before[table] != after[table]} == {"actor"}


def test_a_preview_of_what_would_be_refused_raises_the_refusal(shop: Engine) -> None:
    with pytest.raises(IntegrityError):
        preview(lambda session: write(session, "INSERT INTO actor (name, kind) VALUES ('x', 'ghost')"), repr)

    assert actors(shop) == 2


def test_a_preview_does_not_wait_long_for_somebody_else(shop: Engine) -> None:
    locked, done = Event(), Event()

    def hold(session: Session) -> None:
        write(session, "UPDATE actor SET name = 'B' WHERE id = 1000001")
        locked.set()
        done.wait(60)

    with ThreadPoolExecutor(1) as pool:
        holder = pool.submit(deed, hold)
        locked.wait(60)
        with pytest.raises(DomainError, match="try again") as refusal:
            preview(lambda session: write(session, "UPDATE actor SET name = 'C' WHERE id = 1000001"), repr)
        done.set()
        holder.result()

    assert refusal.value.code == "busy"


def test_a_preview_that_others_block_asks_to_try_again(shop: Engine) -> None:
    with pytest.raises(DomainError, match="try again") as refusal:
        preview(lambda session: session.execute(text(RAISE_STATE.format("40P01"))), repr)

    assert refusal.value.code == "busy"


def test_what_sets_a_limit_to_its_wait_is_not_tried_again_but_asks_to(shop: Engine) -> None:
    calls = counting(1)

    def fail(session: Session) -> None:
        next(calls)
        session.execute(text(RAISE_STATE.format("55P03")))

    with pytest.raises(DomainError, match="try again") as refusal:
        deed(fail)

    assert (refusal.value.code, next(calls)) == ("busy", 2)


def test_without_a_database_nothing_begins(shop: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unit, "_engines", [])

    with pytest.raises(AssertionError, match="no database"):
        deed(add_actor)


def planned_at() -> float:
    with open_session() as session:
        return float(session.connection().info["planned_at"])


def test_plans_are_kept_for_a_minute_and_then_made_anew(fresh_database: Engine) -> None:
    first = planned_at()
    assert planned_at() == first

    with open_session() as session:
        session.connection().info["planned_at"] = first - PLANS_KEPT - 1

    assert planned_at() >= first


def test_plans_outlive_what_is_refused_or_only_looked_at_first(engine: Engine) -> None:
    """Else the deed after each preview would have all its statements planned anew."""
    kept = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%%of these plans%%'"
    sql = "SELECT 'of these plans' AS text, 1 / %(by)s AS part"

    with engine.connect() as connection, Session(connection, join_transaction_mode="control_fully") as session:
        for _ in range(7):
            read(session, sql, by=1)
        with pytest.raises(DBAPIError), session.begin_nested():
            read(session, sql, by=0)
        session.rollback()
        assert read(session, kept)[0].count == 1
        assert read(session, sql, by=1)[0].part == 1
        session.rollback()
