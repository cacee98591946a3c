"""The demo company: complete, proved, made once, completed after a kill, and never in somebody else's database."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from click import ClickException
from flask import Flask
from sqlalchemy import Engine

from app.domain.kernel import clock, unit
from app.domain.kernel.lifecycle import Lifecycle
from app.domain.kernel.rows import read
from app.domain.kernel.unit import deed, open_session
from app.domain.lifecycles import LIFECYCLES
from app.domain.proof import run_checks
from app.domain.sales.models import CHANNELS
from app.domain.settlement.instalments import OPEN
from app.domain.settlement.models import STATUSES
from app.domain.warehousing.reordering import to_order
from app.place import CHECKOUT
from app.web import roles
from app.web.cli import set_up
from app.web.demo import _day, seed_demo
from app.web.demo import company as its
from app.web.demo.play import steps
from app.web.sealing import opened
from app.web.shops import PURPOSE
from app.web.user_commands import new_user
from tests.conftest import Postgres
from tests.web.companies import pointed
from tests.web.shop import Visitor, checksums
from tests.world import World

PROGRAMS = Path(sys.executable).parent
ALL_OPEN = OPEN.format(documents="true")


@pytest.fixture(scope="module")
def made(postgres: Postgres, program: Flask, engine: Engine) -> Iterator[str]:
    """The name of a database with the demo, to which nobody is connected."""
    name = f"{postgres.template}_{os.getpid()}_demo"
    postgres.copy(name)
    with pointed(program, postgres.engine(name)):
        run(program)
    unit.bind(engine)
    yield name
    postgres.drop(name)


@pytest.fixture
def seen(postgres: Postgres, program: Flask, made: str, engine: Engine) -> Iterator[None]:
    """Deeds go to the demo, for tests that change nothing."""
    with pointed(program, postgres.engine(made)):
        yield
    unit.bind(engine)


@pytest.fixture
def demo(postgres: Postgres, program: Flask, made: str, engine: Engine) -> Iterator[Flask]:
    """The program on a database with the demo, which the test may change."""
    name = f"{made}_copy"
    postgres.execute(f"CREATE DATABASE {name} TEMPLATE {made} STRATEGY FILE_COPY")
    with pointed(program, postgres.engine(name)):
        yield program
    unit.bind(engine)
    postgres.drop(name)


@pytest.fixture
def empty(program: Flask, fresh_database: Engine) -> Iterator[Flask]:
    """The program on an empty database."""
    with pointed(program, fresh_database):
        yield program


def run(app: Flask) -> None:
    with app.app_context():
        seed_demo()


def rows(sql: str, **values: object) -> list[tuple[object, ...]]:
    with open_session() as session:
        return [tuple(row) for row in read(session, sql, **values)]


@pytest.mark.parametrize("lifecycle", LIFECYCLES, ids=lambda lifecycle: lifecycle.kind)
def test_there_are_documents_in_every_state(seen: None, lifecycle: Lifecycle) -> None:
    found = {state for (state,) in rows(f"SELECT DISTINCT state FROM {lifecycle.kind}")}

    assert found == set(lifecycle.states)


def test_every_channel_and_every_payment_status_is_there(seen: None) -> None:
    assert {channel for (channel,) in rows("SELECT DISTINCT channel FROM sales_order")} == set(CHANNELS)
    assert {status for (status,) in rows("SELECT DISTINCT status FROM payment_status")} == set(STATUSES)


@pytest.mark.parametrize(
    "condition",
    [
        "EXISTS (SELECT FROM sales_order WHERE state = 'estimate' AND valid_until < %(today)s)",
        "EXISTS (SELECT FROM sales_order WHERE state = 'estimate' AND valid_until > %(today)s)",
        "EXISTS (SELECT FROM reservation WHERE waiting > 0)",
        "EXISTS (SELECT FROM sales_order_line JOIN sales_order ON sales_order.id = order_id"
        "        WHERE state = 'approved' AND shipped > 0)",
        "EXISTS (SELECT FROM sales_order_line WHERE given_up > 0)",
        f"EXISTS (SELECT FROM ({ALL_OPEN}) due WHERE due_on < %(today)s AND open > 0)",
        f"EXISTS (SELECT FROM ({ALL_OPEN}) due WHERE due_on > %(today)s AND open > 0)",
        "EXISTS (SELECT FROM cash_order WHERE state = 'processed'"
        "        AND NOT EXISTS (SELECT FROM allocation WHERE payment_id = cash_order.id))",
        "EXISTS (SELECT FROM shipment JOIN shipment_line ON shipment_id = shipment.id"
        "        WHERE state = 'processed' AND invoiced = 0)",
        "EXISTS (SELECT FROM period WHERE state = 'closed')",
        "EXISTS (SELECT FROM customer_return_line WHERE uninvoiced = 0)",
        "EXISTS (SELECT FROM sales_order_line WHERE pre_invoiced > 0)",
        "EXISTS (SELECT FROM invoice_line WHERE kind = 'free')",
        "EXISTS (SELECT FROM invoice WHERE kind = 'debit' AND state = 'issued')",
        "EXISTS (SELECT FROM invoice WHERE kind = 'debit' AND state = 'draft')",
        "EXISTS (SELECT FROM credit_note_line line JOIN credit_note ON credit_note.id = credit_note_id"
        "        WHERE line.kind = 'invoice_again' AND state = 'issued')",
        "EXISTS (SELECT FROM cash_order WHERE about = 'difference')",
        "EXISTS (SELECT FROM bank_line WHERE about = 'transfer' AND kind = 'income')",
        "EXISTS (SELECT FROM cash_order WHERE about = 'transfer' AND NOT EXISTS ("
        "        SELECT FROM bank_line WHERE transfer_id = cash_order.id))",
        "EXISTS (SELECT FROM credit_note WHERE invoice_id IS NULL AND state = 'issued')",
        "EXISTS (SELECT FROM credit_note WHERE invoice_id IS NULL AND state = 'draft')",
        "EXISTS (SELECT FROM repayment)",
        "EXISTS (SELECT FROM cash_order WHERE kind = 'expense' AND about = 'account')",
        "EXISTS (SELECT FROM stock_count_line WHERE value > 0)",
        "EXISTS (SELECT FROM stock_count_line WHERE value < 0)",
        "EXISTS (SELECT FROM document_history WHERE step = 'reopen')",
        "EXISTS (SELECT FROM document_history WHERE step = 'give_up')",
        "EXISTS (SELECT FROM discount WHERE special_price IS NOT NULL)",
        "EXISTS (SELECT FROM price_list WHERE base_id IS NOT NULL)",
        "EXISTS (SELECT FROM shop_order JOIN sales_order ON sales_order.id = document_id WHERE state = 'performed')",
        "EXISTS (SELECT FROM shop_order JOIN sales_order ON sales_order.id = document_id WHERE state = 'active')",
        "EXISTS (SELECT FROM shop_payment JOIN bank_line ON bank_line.id = document_id WHERE state = 'processed')",
        "(SELECT array_agg(reason ->> 'code') FROM inbound_message WHERE outcome = 'waiting') = '{unknown_sku}'",
    ],
)  # fmt: skip
def test_what_people_meet_in_their_work_is_there(seen: None, condition: str) -> None:
    assert rows(f"SELECT {condition}", today=clock.today(its.TIME_ZONE)) == [(True,)]


def test_some_goods_run_low_and_come_from_the_warehouse_or_from_outside_and_most_do_not(seen: None) -> None:
    with open_session() as session:
        low = {(row.warehouse, row.source, row.sku) for row in to_order(session)}

    assert {sku for warehouse, source, sku in low if source == "CENTRAL"} == {"APRON", "BIN-30L", "LAMP-F"}
    assert {sku for warehouse, source, sku in low if source is None} == {"LAMP-F", "LAMP-T", "RUG-160"}
    assert len(low) < len(its.REORDER_POINTS) / 2


def test_every_proof_holds(seen: None) -> None:
    checks = run_checks()

    assert len(checks) > 40
    assert [check for check in checks if not check.ok] == []


def test_each_role_has_somebody_who_can_sign_in(demo: Flask, capsys: pytest.CaptureFixture[str]) -> None:
    run(demo)

    told = capsys.readouterr().out
    assert [worker.role for worker in its.WORKERS] == list(roles.ROLES)
    for worker in its.WORKERS:
        answer = Visitor(demo).post("/login/", {"username": worker.username, "password": its.PASSWORD})
        assert answer.status_code == 302, worker
        assert any(line.split()[:2] == [worker.username, its.PASSWORD] for line in told.splitlines()), told


def test_nobody_is_told_the_secret_of_the_web_shop(demo: Flask, capsys: pytest.CaptureFixture[str]) -> None:
    run(demo)
    told = capsys.readouterr().out
    [(secret,)] = rows("SELECT secret FROM shop")

    with demo.app_context():
        plain = opened(PURPOSE, str(secret))
    assert plain
    assert plain not in told
    admin = Visitor(demo)
    admin.post("/login/", {"username": "admin", "password": its.PASSWORD})
    assert "Bright Home web shop" in admin.get("/shops/").text
    assert "VASE-BLUE" in admin.get("/shop-inbox/").text
    assert not [page for page in ("/shops/1", "/shops/1/edit", "/audit/") if plain in admin.get(page).text]


def test_the_second_time_nothing_changes(demo: Flask) -> None:
    before = checksums(_engine(demo))

    run(demo)

    assert checksums(_engine(demo)) == before


def test_a_changed_password_is_not_told(demo: Flask, capsys: pytest.CaptureFixture[str]) -> None:
    demo.test_cli_runner().invoke(args=["user", "password", "seller", "--password", "something of her own"])

    run(demo)

    told = capsys.readouterr().out
    assert "seller" not in told.lower()
    assert "cashier" in told


def test_a_company_of_somebody_else_is_left_alone_in_silence(
    empty: Flask, capsys: pytest.CaptureFixture[str]
) -> None:  # fmt: skip
    deed(World)
    before = checksums(_engine(empty))

    run(empty)

    assert checksums(_engine(empty)) == before
    assert capsys.readouterr().out == ""


def test_where_somebody_has_a_user_already_no_company_is_made(empty: Flask) -> None:
    deed(set_up)
    with empty.app_context():
        deed(lambda session: new_user(session, "ada", password="only for tests", role_names=["Administrator"]).id)

    run(empty)

    assert rows("SELECT id FROM company") == []
    assert rows("SELECT username FROM ab_user") == [("ada",)]


def test_in_production_there_is_no_demo(empty: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(empty.config, "PRODUCTION", value=True)

    with pytest.raises(ClickException, match="production"):
        run(empty)

    assert rows("SELECT id FROM company") == []


def test_killed_in_the_middle_it_goes_on_and_does_nothing_twice(
    empty: Flask, fresh_environment: dict[str, str], postgres: Postgres, made: str
) -> None:
    command = subprocess.Popen(
        [PROGRAMS / "flask", "--app", "run", "demo"], cwd=CHECKOUT, env=fresh_environment, stdout=subprocess.DEVNULL
    )
    while command.poll() is None and _days_done() < len(steps()) // 2:
        time.sleep(0.02)
    command.send_signal(signal.SIGKILL)
    command.wait()
    assert 0 < _days_done() < len(steps())

    run(empty)

    whole = postgres.engine(made)
    assert _totals(_engine(empty)) == _totals(whole)
    whole.dispose()


def _days_done() -> int:
    return len(rows("SELECT key FROM deed WHERE key LIKE 'demo day%%'"))


def _totals(engine: Engine) -> dict[str, object]:
    """How many rows each table has (but for stock by day, as two days may be one), and what is on each account."""
    with engine.connect() as connection:
        tables = connection.exec_driver_sql(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'stock_day'"
        ).scalars()
        totals: dict[str, object] = {
            table: connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar() for table in list(tables)
        }
        books = "SELECT account_id, sum(debit), sum(credit) FROM journal_line GROUP BY account_id ORDER BY account_id"
        return totals | {"books": [tuple(row) for row in connection.exec_driver_sql(books)]}


def _engine(app: Flask) -> Engine:
    with app.app_context():
        engine: Engine = app.extensions["sqlalchemy"].engine
    return engine


def test_the_story_runs_forward_and_rests_on_sundays() -> None:
    days = list(steps())
    sunday = date(2026, 11, 22)

    assert days == sorted(days, reverse=True)
    assert days[-1] == 0
    assert _day(sunday, 0) == sunday
    assert {_day(date(2026, 11, 25), day).weekday() for day in days} == set(range(6))
    dates = [_day(date(2026, 11, 25), day) for day in days]
    assert dates == sorted(dates)
