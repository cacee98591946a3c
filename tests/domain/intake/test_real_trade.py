"""Two months of a real shop by the command itself: once in peace, once killed three times, with the same books.

The export is not in the repository: README says where it is from. Where it is not there, these tests are skipped.
"""

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import Engine

from app.domain.intake.plan import GUEST, Plan, Tally, read_plan, rejected
from app.place import CHECKOUT
from config import STOCKBOOK_DATA

EXPORT = STOCKBOOK_DATA / "orders" / "online_retail_2010-12_to_2011-01.csv.gz"
SEED = 20101201
KILLS = 3
PATIENCE = 600

pytestmark = pytest.mark.skipif(not EXPORT.exists(), reason=f"no export of real trade at {EXPORT}")

# What must come out the same whatever happened on the way. Order numbers may have gaps, so they are left out.
BOOKS = {
    "orders": """
        SELECT customer_reference, customer.code, channel, "on", state, net, vat, gross, status
        FROM sales_order JOIN document USING (id) JOIN customer ON customer.id = document.customer_id
        JOIN payment_status ON document_id = document.id ORDER BY 1""",
    "shipments": """
        SELECT number, customer_reference, shipment."on", shipment.state, shipment.gross, status
        FROM shipment JOIN document USING (id) JOIN sales_order ON sales_order.id = order_id
        JOIN payment_status ON document_id = document.id ORDER BY 1""",
    "invoices": """
        SELECT number, customer.code, "on", due_on, state, net, vat, gross, status
        FROM invoice JOIN document USING (id) JOIN customer ON customer.id = document.customer_id
        JOIN payment_status ON document_id = document.id ORDER BY 1""",
    "receipts": """
        SELECT number, "on", state, count(*), sum(quantity), sum(value)
        FROM stock_receipt JOIN document USING (id) JOIN stock_receipt_line ON receipt_id = document.id
        GROUP BY number, "on", state ORDER BY 1""",
    "payments": """
        SELECT number, cash_order.kind, customer.code, "on", state, amount, purpose
        FROM cash_order JOIN document USING (id) LEFT JOIN customer ON customer.id = document.customer_id ORDER BY 1""",
    "stock": """
        SELECT sku, name, kind, on_hand, reserved, value
        FROM product LEFT JOIN stock_balance ON product_id = product.id ORDER BY 1""",
    "ledger": """
        SELECT code, count(*), sum(debit), sum(credit)
        FROM journal_line JOIN account ON account.id = account_id GROUP BY code ORDER BY 1""",
    "credits": """
        SELECT number, customer.code, "on", state, net, vat, gross, reason
        FROM credit_note JOIN document USING (id) JOIN customer ON customer.id = document.customer_id ORDER BY 1""",
    "returns": """
        SELECT number, "on", state, count(*), sum(quantity), sum(value)
        FROM customer_return JOIN document USING (id) JOIN customer_return_line ON return_id = document.id
        GROUP BY number, "on", state ORDER BY 1""",
    "losses": """
        SELECT number, "on", state, count(*), sum(quantity), sum(cost)
        FROM write_off JOIN document USING (id) JOIN write_off_line ON write_off_id = document.id
        GROUP BY number, "on", state ORDER BY 1""",
    "chain": """SELECT max(seq), count(*) FROM journal_chain""",
    "deeds": """SELECT key FROM deed ORDER BY 1""",
    "rows": """
        SELECT (SELECT count(*) FROM document), (SELECT count(*) FROM document_history),
               (SELECT count(*) FROM sales_order_line), (SELECT count(*) FROM stock_move),
               (SELECT count(*) FROM open_item), (SELECT count(*) FROM allocation_line)""",
}


@pytest.fixture
def another_database(postgres, fresh_database: Engine) -> Iterator[Engine]:
    """A second empty database beside the fresh one."""
    name = f"{fresh_database.url.database}_other"
    postgres.copy(name)
    engine = postgres.engine(name)
    yield engine
    engine.dispose()
    postgres.drop(name)


def start(database: Engine, place: Path) -> subprocess.Popen[str]:
    """Starts `flask trade` on this database; the reject file goes to the place."""
    place.mkdir(exist_ok=True)
    url = database.url.render_as_string(hide_password=False)
    return subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", str(CHECKOUT / "wsgi.py"), "trade", str(EXPORT)],
        cwd=place,
        env={
            **os.environ,
            "DATABASE_URL": url,
            "DATABASE_OWNER_URL": url,
            "STOCKBOOK_HOME": str(place),
            "PYTHONPATH": str(CHECKOUT),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def kill_after(process: subprocess.Popen[str], database: Engine, deeds: int, pause: float) -> None:
    """Kills the process some moments after it has done so many deeds."""
    until = time.monotonic() + PATIENCE
    while done(database) < deeds:
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < until, "it does not get on"
        time.sleep(0.05)
    time.sleep(pause)
    process.kill()
    process.communicate()


def done(database: Engine) -> int:
    with database.connect() as connection:
        return connection.exec_driver_sql("SELECT count(*) FROM deed WHERE key LIKE 'trade:%%'").scalar_one()


def books(database: Engine) -> dict[str, list[tuple[object, ...]]]:
    with database.connect() as connection:
        return {name: [tuple(row) for row in connection.exec_driver_sql(sql)] for name, sql in BOOKS.items()}


def deeds(plan: Plan) -> int:
    """One for the cards, and one for each step of each day: three for sales, three for credits, one for the others."""
    return 1 + sum(
        3 * bool(chunk.sales) + 3 * bool(chunk.credits) + bool(chunk.vouchers) + bool(chunk.written_off)
        + bool(chunk.fees) + bool(chunk.due or any(sale.customer == GUEST for sale in (*chunk.sales, *chunk.vouchers)))
        for chunk in plan.chunks
    )  # fmt: skip


def test_a_replay_killed_three_times_leaves_the_books_of_one_that_was_not(
    fresh_database: Engine, another_database: Engine, tmp_path: Path
):
    last = deeds(read_plan(EXPORT))
    undisturbed = start(another_database, tmp_path / "undisturbed")
    chance = random.Random(SEED)
    for point in sorted(chance.sample(range(2, last - 2), KILLS)):
        kill_after(start(fresh_database, tmp_path / "killed"), fresh_database, point, chance.uniform(0, 0.5))
        assert point <= done(fresh_database) < last
    killed = start(fresh_database, tmp_path / "killed")
    told = [process.communicate(timeout=PATIENCE)[0] for process in (killed, undisturbed)]

    assert (killed.returncode, undisturbed.returncode) == (0, 0), told
    same = [text.partition("Lines not taken")[0].splitlines() for text in told]
    assert same[0] == same[1]
    assert [text.splitlines()[-1] for text in told] == ["Everything holds."] * 2
    assert (
        "2645 sales: 2645 orders, 2645 shipments, 2649 invoices (4 of vouchers), 1655 payments; 406 credit notes, "
        "375 returns; 69 stock receipts"
    ) in same[0]
    first, second = books(fresh_database), books(another_database)
    assert {name: first[name] == second[name] for name in BOOKS} == dict.fromkeys(BOOKS, True)
    assert len(first["deeds"]) == last
    rejects = [path.read_bytes() for path in sorted(tmp_path.glob("*/*.rejects.csv"))]
    assert rejects[0] == rejects[1]
    assert len(rejects[0].splitlines()) == 1 + 864


def test_every_line_of_the_real_export_is_sorted():
    plan = read_plan(EXPORT)

    assert (plan.lines, plan.sales) == (77_628, 2_645)
    assert plan.taken == {
        "goods": Tally(75_463, Decimal("1449864.96")),
        "freight": Tally(267, Decimal("48961.44")),
        "fee": Tally(3, Decimal("13571.33")),
        "other": Tally(48, Decimal("2577.16")),
        "voucher": Tally(5, Decimal("135.81")),
        "returned": Tally(768, Decimal("-95606.87")),
        "allowance": Tally(33, Decimal("-7288.61")),
        "fee_paid": Tally(11, Decimal("-88238.59")),
        "written_off": Tally(166, Decimal(0)),
    }
    assert rejected(plan.rejects) == {
        "free": Tally(247, Decimal(0)),
        "sold_before": Tally(609, Decimal("-13527.29")),
        "nothing_to_credit": Tally(8, Decimal("-1492.06")),
    }
