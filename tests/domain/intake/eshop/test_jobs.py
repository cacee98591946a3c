"""Applying messages is a job: one for each order that waits, whoever asks."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.domain.intake.eshop.inbox import retry_waiting
from app.domain.intake.eshop.jobs import (
    FORGOTTEN,
    ask_to_apply,
    forget_old_messages,
    look_at_notices,
    look_for_forgotten,
)
from app.domain.intake.eshop.messages import mark
from app.domain.intake.eshop.notices import look_again
from app.domain.kernel.attempts import begin
from app.domain.kernel.errors import DomainError
from app.domain.kernel.jobs import TASKS, ask
from app.domain.kernel.rows import read, write
from app.domain.kernel.unit import deed
from tests.domain.intake.eshop.bodies import woo
from tests.domain.intake.eshop.conftest import Web
from tests.world import World


def do_all() -> int:
    """Does the jobs that wait, as a worker would; how many there were."""
    done = 0
    while rows := deed(
        lambda session: read(session, "SELECT id FROM job WHERE status = 'waiting' ORDER BY id LIMIT 1")
    ):
        run = begin(rows[0].id, lambda: False)
        assert run is not None
        TASKS[run.task_name].function(run, **run.arguments)
        run.finish()
        done += 1
    return done


def test_an_order_waits_once_and_is_applied_by_its_job(world: World, web: Web) -> None:
    orders = [(web.id, "7"), (web.id, "8"), (web.id, "7")]

    world.do(lambda session, by: ask_to_apply(session, orders))
    world.do(lambda session, by: ask_to_apply(session, orders))

    rows = read(world.session, "SELECT about, lock, actor_id FROM job ORDER BY id")
    assert [row.about for row in rows] == ["7", "8"]
    assert rows[0].lock == f"shop {web.id} order 7" != rows[1].lock
    assert rows[0].actor_id != world.by


@pytest.mark.parametrize("refused", [False, True])
def test_a_job_applies_what_waits_or_notes_why_it_cannot(fresh_database: Engine, *, refused: bool) -> None:
    with Session(fresh_database, autoflush=False, expire_on_commit=False) as session:
        world = World(session)
        web = Web(world)
        if not refused:
            world.add_product("MUG", "10.00")
        web.keep(woo())
        world.do(lambda session, by: ask_to_apply(session, [(web.id, "7")]))
        session.commit()

        assert do_all() == 1

        assert web.outcomes() == [("waiting", "unknown_sku") if refused else ("applied", None)]
        assert read(session, "SELECT id FROM job") == []


def test_what_fails_by_our_fault_waits_for_a_person_in_the_end_and_can_be_tried_again(fresh_database: Engine) -> None:
    with Session(fresh_database, autoflush=False, expire_on_commit=False) as session:
        world = World(session)
        web = Web(world)
        world.add_product("MUG", "10.00")
        web.deliver(woo())
        [kept] = read(session, "SELECT applied::text FROM shop_order")
        write(session, "UPDATE shop_order SET applied = '{}'")
        web.keep(woo(at=5))
        world.do(lambda session, by: ask_to_apply(session, [(web.id, "7")]))
        session.commit()

        for _ in range(6):
            run = begin(read(session, "SELECT id FROM job WHERE status = 'waiting'")[0].id, lambda: False)
            assert run is not None
            with pytest.raises(KeyError):
                TASKS[run.task_name].function(run, **run.arguments)
            run.put_off("Reference: 12ab")
            session.rollback()

        assert web.outcomes() == [("applied", None), ("waiting", "gave_up")]
        assert web.messages()[1].reason["facts"] == {"why": "Reference: 12ab"}
        write(session, "UPDATE shop_order SET applied = %(kept)s::jsonb", kept=kept.applied)
        # As a worker does in the end.
        write(session, "DELETE FROM procrastinate_jobs")
        world.do(lambda session, by: retry_waiting(session))
        session.commit()
        do_all()
        assert web.outcomes() == [("superseded", None), ("applied", None)]


def test_what_lost_its_job_is_found(fresh_database: Engine) -> None:
    with Session(fresh_database, autoflush=False, expire_on_commit=False) as session:
        world = World(session)
        web = Web(world)
        world.add_product("MUG", "10.00")
        web.keep(woo(7))
        web.keep(woo(8))
        sql = "UPDATE inbound_message SET last_at = last_at - %(long)s WHERE order_ref = '7'"
        write(session, sql, long=FORGOTTEN + timedelta(seconds=1))
        ask(session, look_for_forgotten, by=None)
        session.commit()

        assert do_all() == 2

        assert web.outcomes() == [("applied", None), ("received", None)]


def notice(web: Web, ref: str, before: str) -> None:
    """As it was written when of a refund of 12.00 so much less was credited than for other refunds before it."""
    facts = {"ref": "3", "amount": "12.00", "due": "12.00", "before": before, "why": "", "deleted": False}
    words = "Refund {ref} of {amount}: no credit note was drafted."
    [message] = web.world.ids("SELECT id FROM inbound_message WHERE order_ref = %(ref)s", ref=ref)
    mark(web.world.session, {message: ("noticed", DomainError("refund_not_credited", words, **facts))})


def test_a_notice_that_is_outdated_by_what_people_did_is_looked_at_again(fresh_database: Engine) -> None:
    with Session(fresh_database, autoflush=False, expire_on_commit=False) as session:
        world = World(session)
        web = Web(world)
        world.add_product("MUG", "10.00")
        web.deliver(woo(7), woo(8))
        notice(web, "7", "-12.00")
        notice(web, "8", "0")
        ask(session, look_at_notices, by=None)
        session.commit()

        assert do_all() == 1

        assert web.outcomes() == [("applied", None), ("noticed", "refund_not_credited")]


@pytest.mark.parametrize("code", ["refund_not_credited", "nothing_open"])
def test_a_notice_that_cannot_be_looked_at_holds_up_no_other(
    fresh_database: Engine, caplog: pytest.LogCaptureFixture, code: str
) -> None:
    with Session(fresh_database, autoflush=False, expire_on_commit=False) as session:
        world = World(session)
        web = Web(world)
        world.add_product("MUG", "10.00")
        web.deliver(woo(7), woo(8))
        mark(
            session, {web.world.ids("SELECT min(id) FROM inbound_message")[0]: ("noticed", DomainError(code, "Look."))}
        )
        notice(web, "8", "-12.00")
        ask(session, look_at_notices, by=None)
        session.commit()

        assert do_all() == 1

        assert web.outcomes() == [("noticed", code), ("applied", None)]
        assert f"a notice of order 7 of shop {web.id} cannot be looked at: {code}" in caplog.text


def test_a_notice_of_an_order_that_is_being_applied_is_left_to_that(fresh_database: Engine) -> None:
    with Session(fresh_database, autoflush=False, expire_on_commit=False) as session:
        world = World(session)
        web = Web(world)
        world.add_product("MUG", "10.00")
        web.deliver(woo(7), woo(8))
        notice(web, "7", "-12.00")
        notice(web, "8", "-12.00")
        session.commit()
        read(session, "SELECT FROM shop_order WHERE ref = '8' FOR NO KEY UPDATE")

        with Session(fresh_database) as other:
            look_again(other)
            other.commit()

        assert web.outcomes() == [("applied", None), ("noticed", "refund_not_credited")]


def test_what_is_long_over_is_forgotten_by_night(fresh_database: Engine) -> None:
    with Session(fresh_database, autoflush=False, expire_on_commit=False) as session:
        web = Web(World(session))
        web.deliver(woo(7, status="failed"), woo(8, status="failed"))
        write(
            session, "UPDATE inbound_message SET last_at = last_at - make_interval(days => 401) WHERE order_ref = '7'"
        )
        ask(session, forget_old_messages, by=None)
        session.commit()

        assert do_all() == 1

        assert [row.order_ref for row in read(session, "SELECT order_ref FROM inbound_message WHERE body IS NULL")] == [
            "7"
        ]
