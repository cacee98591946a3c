"""Processes that work side by side, and processes that are killed in the middle of their work."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import psycopg
import pytest

from app.domain.billing.invoicing import draft_invoices
from app.place import CHECKOUT
from tests.conftest import Postgres
from tests.faults.conftest import Company
from tests.world import TODAY

NUMBERS = "SELECT number FROM document WHERE kind = %(kind)s AND number IS NOT NULL ORDER BY number"
Clerk = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def clerk(company: Company, fresh_environment: dict[str, str]) -> Iterator[Clerk]:
    """Starts processes that do a batch each; whatever still runs in the end is killed."""
    with ExitStack() as processes:

        def start(action: str, *ids: int) -> subprocess.Popen[str]:
            command = [sys.executable, "-m", "tests.faults.clerk", action, str(company.by), str(TODAY), *map(str, ids)]
            process = subprocess.Popen(command, env=fresh_environment, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True)
            processes.callback(end, process)
            return process

        yield start


def end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait()
    assert process.stdout is not None
    process.stdout.close()


@contextmanager
def held(postgres: Postgres, company: Company, sql: str) -> Iterator[psycopg.Connection]:
    """Somebody holds what a deed needs, so that it stands still at that place."""
    with psycopg.connect(postgres.url(str(company.engine.url.database))) as connection:
        connection.execute(sql)
        yield connection
        connection.rollback()


def wait_for(postgres: Postgres, company: Company, sql: str) -> None:
    """Waits until a query on the company's other connections finds something."""
    with psycopg.connect(postgres.url(str(company.engine.url.database)), autocommit=True) as connection:
        for _ in range(600):
            if connection.execute(sql).fetchone():
                return
            time.sleep(0.05)
    raise AssertionError(f"nothing came of {sql}")


WAITING = """
SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
"""
GONE = """
SELECT 1 WHERE NOT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
                           AND application_name = '' AND state LIKE 'idle in%' AND xact_start IS NOT NULL)
           AND NOT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()
                           AND wait_event_type = 'Lock')
"""


# Early: the first row that is locked; in the middle: stock; last: numbers, then the chain.
PLACES = {
    "document": "SELECT FROM document ORDER BY id DESC LIMIT 1 FOR UPDATE",
    "stock": "SELECT FROM stock_balance FOR UPDATE",
    "numbers": "SELECT FROM number_series FOR UPDATE; LOCK TABLE number_counter IN EXCLUSIVE MODE",
    "chain": "SELECT FROM company FOR UPDATE",
}


@pytest.mark.parametrize("place", PLACES)
def test_a_process_killed_in_the_middle_of_a_batch_leaves_nothing(
    postgres: Postgres, company: Company, clerk: Clerk, place: str
) -> None:
    orders = [company.world.order((company.product, "1")) for _ in range(20)]
    company.commit()
    before = company.checksums()

    with held(postgres, company, PLACES[place]):
        process = clerk("process", *orders)
        wait_for(postgres, company, WAITING)
        process.kill()
        process.wait()
    wait_for(postgres, company, GONE)

    assert (process.returncode, company.checksums()) == (-9, before)
    again = clerk("process", *orders)
    assert again.communicate()[0].split() == ["ready", *["done"] * 20]
    company.prove()


def test_a_cashiers_process_killed_at_its_last_act_took_no_money(
    postgres: Postgres, company: Company, clerk: Clerk
) -> None:
    invoice = company.world.invoice(*company.shipped(1))
    payment = company.payment(invoice, "12.00")
    company.commit()
    before = company.checksums()

    with held(postgres, company, PLACES["chain"]):
        process = clerk("pay", payment)
        wait_for(postgres, company, WAITING)
        process.kill()
        process.wait()
    wait_for(postgres, company, GONE)

    assert company.checksums() == before
    assert clerk("pay", payment).communicate()[0].split() == ["ready", "done"]
    assert company.column(NUMBERS, kind="cash_order") == ["C-000001"]
    company.prove()


def test_a_process_killed_at_any_moment_leaves_all_or_nothing(
    postgres: Postgres, company: Company, clerk: Clerk
) -> None:
    counts = []
    for delay in (0.0, 0.05, 0.1, 0.2, 0.4):
        orders = [company.world.order((company.product, "1")) for _ in range(10)]
        company.commit()
        process = clerk("process", *orders)
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(delay)
        process.kill()
        process.wait()
        wait_for(postgres, company, GONE)
        sql = "SELECT count(*) FROM sales_order WHERE state = 'performed' AND id = ANY(%(ids)s::bigint[])"
        counts += company.column(sql, ids=orders)

    assert set(counts) <= {0, 10}
    company.prove()


def test_processes_that_issue_at_once_leave_no_gap(company: Company, clerk: Clerk) -> None:
    invoices = company.world.do(draft_invoices, [[shipment] for shipment in company.shipped(30)])
    company.commit()

    processes = [clerk("issue", *invoices[start::3]) for start in range(3)]
    told = [process.communicate()[0].split() for process in processes]

    assert told == [["ready", *["done"] * 10]] * 3
    assert company.column(NUMBERS, kind="invoice") == [f"{number:010d}" for number in range(1, 31)]
    company.prove()


def test_two_processes_with_the_same_batch_do_it_once(company: Company, clerk: Clerk) -> None:
    orders = [company.world.order((company.product, "1")) for _ in range(20)]
    company.commit()

    processes = [clerk("process", *orders), clerk("process", *orders[::-1])]
    told = [process.communicate()[0].split() for process in processes]

    assert sorted(told) == [["ready", *["already_done"] * 20], ["ready", *["done"] * 20]]
    assert company.column("SELECT on_hand FROM stock_balance") == [980]
    company.prove()
