import random

import pytest
from sqlalchemy import Engine

from app.domain.kernel.rows import read
from app.domain.kernel.unit import deed, open_session
from app.domain.proof import run_checks
from benchmarks import ground, ours
from benchmarks.floor import Floor
from benchmarks.ground import Facts
from benchmarks.rates import Rate


@pytest.fixture
def facts(fresh_database: Engine) -> Facts:
    deed(ground.furnish)
    with open_session() as session:
        return ground.facts(session)


def rows(table: str) -> int:
    with open_session() as session:
        return int(read(session, f"SELECT count(*) AS count FROM {table}")[0].count)


TABLES = (
    "document", "document_link", "document_history", "sales_order", "sales_order_line", "shipment", "shipment_line",
    "stock_move", "invoice", "invoice_line", "cash_order", "cash_order_target", "allocation", "allocation_line",
    "open_item", "payment_status", "journal_entry", "journal_line", "journal_chain",
)  # fmt: skip


def test_the_floor_writes_as_many_rows_as_the_program_and_keeps_every_proof(fresh_database: Engine, facts: Facts):
    url = fresh_database.url.render_as_string(hide_password=False)
    floor = Floor(f"{url}{'&' if '?' in url else '?'}options=-c%20role%3Dstockbook_app", facts)
    before = {table: rows(table) for table in TABLES}

    ours.orders_to_cash(facts, random.Random(1), 1)
    between = {table: rows(table) for table in TABLES}
    floor.order_to_cash(facts.customers[0], facts.basket(random.Random(1)))
    after = {table: rows(table) for table in TABLES}
    floor.connection.close()

    assert {table: after[table] - between[table] for table in TABLES} == {
        table: between[table] - before[table] for table in TABLES
    }
    assert [f"{check.name}: {check.offenders[0]}" for check in run_checks() if not check.ok] == []


def test_rates_are_compared_turn_by_turn_because_the_machine_is_not_always_the_same():
    ours, floor = Rate(), Rate()
    for orders, others in ((10, 20), (1, 2), (30, 30)):
        ours.add(orders, 2.0)
        floor.add(others, 2.0)

    assert (ours.per_second, ours.beside(floor), Rate().beside(floor)) == (5.0, 0.5, 0.0)
