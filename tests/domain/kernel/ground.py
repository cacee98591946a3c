"""A little company for the kernel alone: two people, one customer, one warehouse, and orders of no consequence."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.domain.kernel.document import register
from app.domain.kernel.rows import insert, read
from app.domain.sales.models import SalesOrder

ANNA, BORIS = 1_000_001, 1_000_002
DAY = date(2026, 3, 2)
FOUNDATION = """
INSERT INTO company (id, name, currency, time_zone, chart) VALUES (1, 'Dom', 'EUR', 'Europe/Sofia', 'ifrs');
INSERT INTO actor (id, name) VALUES (1000001, 'Anna'), (1000002, 'Boris');
INSERT INTO payment_term (id, code, name) VALUES (1, 'now', 'At once');
INSERT INTO customer (id, code, name, payment_term_id) VALUES (1, 'C1', 'Ivan', 1);
INSERT INTO warehouse (id, code, name) VALUES (1, 'W1', 'Sofia');
INSERT INTO number_series (id, code, name, prefix, width, restart, ascending) VALUES
    (1, 'plain', 'Plain', 'P', 4, 'never', false),
    (2, 'yearly', 'Yearly', 'Y', 3, 'yearly', false),
    (3, 'ascending', 'Ascending', '', 6, 'never', true);
"""


@contextmanager
def transaction(engine: Engine) -> Iterator[Session]:
    """A transaction of one's own, committed at the end."""
    with Session(engine) as session, session.begin():
        yield session


def add_orders(session: Session, count: int, state: str = "estimate") -> list[int]:
    """Empty orders in this state; their ids."""
    ids = register(session, "sales_order", [{"customer_id": 1, "warehouse_id": 1}] * count)
    row = {"state": state, "channel": "phone", "on": DAY, "prices_include_vat": False, "currency": "EUR",
           "net": 0, "vat": 0, "gross": 0}  # fmt: skip
    insert(session, SalesOrder, [{"id": i} | row for i in ids])
    return ids


def numbers(session: Session) -> list[str]:
    """All numbers that were given, in their order."""
    return [row.number for row in read(session, "SELECT number FROM document WHERE number IS NOT NULL ORDER BY number")]


def count_rows(session: Session, table: str) -> int:
    return int(read(session, f"SELECT count(*) AS rows FROM {table}")[0].rows)
