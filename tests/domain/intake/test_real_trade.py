"""Real trade by the command itself, killed three times: the books are those of a replay in peace.

The export is not in the repository: README says where it is from. Where it is not there, these tests are skipped.
What a replay in peace leaves is written down below. `make test` replays the first days; `make torture` replays all
two months as well, killed and in peace.
"""

import gzip
import hashlib
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from itertools import takewhile
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
# The first day that is not among the first days.
UNTIL = "2010-12-06"

pytestmark = pytest.mark.skipif(not EXPORT.exists(), reason=f"no export of real trade at {EXPORT}")

# What must come out the same whatever happened on the way. Order numbers may have gaps, so they are left out.
BOOKS = {
    "orders": """
        SELECT customer_reference, customer.code, channel, "on", state, net, vat, gross, status
        FROM sales_order JOIN document USING (id) JOIN customer ON customer.id = document.customer_id
        JOIN payment_status ON document_id = document.id""",
    "shipments": """
        SELECT number, customer_reference, shipment."on", shipment.state, shipment.gross, status
        FROM shipment JOIN document USING (id) JOIN sales_order ON sales_order.id = order_id
        JOIN payment_status ON document_id = document.id""",
    "invoices": """
        SELECT number, customer.code, "on", due_on, state, net, vat, gross, status
        FROM invoice JOIN document USING (id) JOIN customer ON customer.id = document.customer_id
        JOIN payment_status ON document_id = document.id""",
    "receipts": """
        SELECT number, "on", state, count(*), sum(quantity), sum(value)
        FROM stock_receipt JOIN document USING (id) JOIN stock_receipt_line ON receipt_id = document.id
        GROUP BY number, "on", state""",
    "payments": """
        SELECT number, cash_order.kind, customer.code, "on", state, amount, purpose
        FROM cash_order JOIN document USING (id) LEFT JOIN customer ON customer.id = document.customer_id""",
    "stock": """
        SELECT sku, name, kind, on_hand, reserved, value
        FROM product LEFT JOIN stock_balance ON product_id = product.id""",
    "ledger": """
        SELECT code, count(*), sum(debit), sum(credit)
        FROM journal_line JOIN account ON account.id = account_id GROUP BY code""",
    "credits": """
        SELECT number, customer.code, "on", state, net, vat, gross, reason
        FROM credit_note JOIN document USING (id) JOIN customer ON customer.id = document.customer_id""",
    "returns": """
        SELECT number, "on", state, count(*), sum(quantity), sum(value)
        FROM customer_return JOIN document USING (id) JOIN customer_return_line ON return_id = document.id
        GROUP BY number, "on", state""",
    "losses": """
        SELECT number, "on", state, count(*), sum(quantity), sum(cost)
        FROM write_off JOIN document USING (id) JOIN write_off_line ON write_off_id = document.id
        GROUP BY number, "on", state""",
    "chain": """SELECT max(seq), count(*) FROM journal_chain""",
    "deeds": """SELECT key FROM deed""",
    "rows": """
        SELECT (SELECT count(*) FROM document), (SELECT count(*) FROM document_history),
               (SELECT count(*) FROM sales_order_line), (SELECT count(*) FROM stock_move),
               (SELECT count(*) FROM open_item), (SELECT count(*) FROM allocation_line)""",
}


@dataclass(frozen=True)
class Peace:
    """What a replay in peace leaves: what it tells, of each book how many rows it has and their digest, the rejects."""

    told: str
    books: dict[str, str]
    rejects: str


# Where a replay is to leave something else, the failure tells it.
DAYS = Peace(
    "425 sales: 425 orders, 425 shipments, 425 invoices (0 of vouchers), 23 payments; 10 credit notes, 9 returns; "
    "7 stock receipts",
    {
        "orders": "425 e5eb3f87207d51a2",
        "shipments": "425 ac28be4add6941ce",
        "invoices": "425 3f3baad86d905695",
        "receipts": "7 380f052661ba78c9",
        "payments": "23 5658cc42f24bd649",
        "stock": "1984 88d9ec3c4fe037ad",
        "ledger": "8 42260a0995f771bc",
        "credits": "10 d49fe5d763744746",
        "returns": "9 28d4c7449322b2cc",
        "losses": "3 e5980060e62145a7",
        "chain": "1 0e8fcbb176741280",
        "deeds": "32 fe7babb21add2e99",
        "rows": "1 c4204d266e605f8a",
    },
    "106 1e9c20b004cc9fb8",
)
MONTHS = Peace(
    "2645 sales: 2645 orders, 2645 shipments, 2649 invoices (4 of vouchers), 1655 payments; 406 credit notes, "
    "375 returns; 69 stock receipts",
    {
        "orders": "2645 a25957f9737c70f8",
        "shipments": "2645 a4c6824e8ad7fdfa",
        "invoices": "2649 8c977d2d526c9861",
        "receipts": "69 4445255b28ecbc92",
        "payments": "1686 be337b15ba10f8ef",
        "stock": "2944 bedf6e5b0e5a4a06",
        "ledger": "10 2b6d0f3fb1decd75",
        "credits": "406 6ee8645ac504be1b",
        "returns": "375 afbb4945c0d97151",
        "losses": "26 4d2a10eb95c45084",
        "chain": "1 da87e21495861113",
        "deeds": "344 5fef8c40ea9fb8f1",
        "rows": "1 bb5aeffdebc0504c",
    },
    "865 00f1c02f111bac27",
)
whole = pytest.mark.skipif("STOCKBOOK_TORTURE" not in os.environ, reason="all two months: make torture")


@pytest.fixture(scope="module")
def first_days(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The beginning of the export, as an export of its own."""
    place = tmp_path_factory.mktemp("export") / "first_days.csv.gz"
    with gzip.open(EXPORT, "rt", newline="") as lines, gzip.open(place, "wt", newline="") as first:
        first.writelines(takewhile(lambda line: f",{UNTIL}" not in line, lines))
    return place


def start(export: Path, database: Engine, place: Path) -> subprocess.Popen[str]:
    """Starts `flask trade` on this database; the reject file goes to the place."""
    place.mkdir(exist_ok=True)
    url = database.url.render_as_string(hide_password=False)
    return subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", str(CHECKOUT / "wsgi.py"), "trade", str(export)],
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


def books(database: Engine) -> dict[str, str]:
    """Of each book how many rows it has and what they come to, as a digest."""
    with database.connect() as connection:
        return {
            name: digest(" | ".join(map(str, row)) for row in connection.exec_driver_sql(sql))
            for name, sql in BOOKS.items()
        }


def digest(lines: Iterable[str]) -> str:
    found = sorted(lines)
    return f"{len(found)} {hashlib.sha256('|'.join(found).encode()).hexdigest()[:16]}"


def deeds(plan: Plan) -> int:
    """One for the cards, and one for each step of each day: three for sales, three for credits, one for the others."""
    return 1 + sum(
        3 * bool(chunk.sales) + 3 * bool(chunk.credits) + bool(chunk.vouchers) + bool(chunk.written_off)
        + bool(chunk.fees) + bool(chunk.due or any(sale.customer == GUEST for sale in (*chunk.sales, *chunk.vouchers)))
        for chunk in plan.chunks
    )  # fmt: skip


@pytest.mark.parametrize("days", [True, pytest.param(False, marks=whole)], ids=["days", "months"])
def test_a_replay_killed_three_times_leaves_the_books_of_one_that_was_not(
    days: bool, first_days: Path, fresh_database: Engine, tmp_path: Path
):
    export, peace = (first_days, DAYS) if days else (EXPORT, MONTHS)
    last = deeds(read_plan(export))
    chance = random.Random(SEED)
    for point in sorted(chance.sample(range(2, last - 2), KILLS)):
        kill_after(start(export, fresh_database, tmp_path), fresh_database, point, chance.uniform(0, 0.5))
        assert point <= done(fresh_database) < last

    assert_whole(export, peace, fresh_database, tmp_path)


@pytest.mark.parametrize("days", [True, False], ids=["days", "months"])
@whole
def test_a_replay_in_peace_leaves_what_is_written_down(
    days: bool, first_days: Path, fresh_database: Engine, tmp_path: Path
):
    assert_whole(*((first_days, DAYS) if days else (EXPORT, MONTHS)), fresh_database, tmp_path)


def assert_whole(export: Path, peace: Peace, database: Engine, place: Path) -> None:
    """Replays what is not done yet; then everything is there, once, and as written down."""
    process = start(export, database, place)
    told = process.communicate(timeout=PATIENCE)[0]
    assert process.returncode == 0, told
    assert told.splitlines()[-1] == "Everything holds."
    assert peace.told in told, told
    found = books(database)
    assert found == peace.books, found
    assert done(database) == deeds(read_plan(export))
    (rejects,) = place.glob("*.rejects.csv")
    assert digest(rejects.read_text().splitlines()) == peace.rejects


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
