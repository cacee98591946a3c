"""Makes a database as large as one likes: a thousand orders that the program traded itself, copied again and again.

    python -m benchmarks.grow FOLDER ORDERS

Copies go straight into the tables: other ids, numbers, customers and dates, the same goods, prices and amounts. Each
thousand brings back to stock what it took, so that moves, balances and days go on fitting one another. Only the chain
of hashes does not; whoever needs it goes on from its last link.
"""

import gc
import os
import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
from flask import Flask
from sqlalchemy import Column, Date, DateTime, Table
from sqlalchemy.orm import Session

from app import database, embedded
from app.domain import schema
from app.domain.fulfilment.ordering import cancel_orders
from app.domain.kernel import unit
from app.domain.kernel.orm import metadata
from app.domain.kernel.rows import read
from app.domain.kernel.unit import deed
from app.domain.sales.orders import activate_orders
from app.domain.warehousing.receipts import NewReceipt, NewReceiptLine, add_receipts, process_receipts
from app.factory import create_app
from app.web.cli import set_up
from app.web.user_commands import new_user
from benchmarks import ground, ours
from benchmarks.ground import Facts
from tests.traces import NotedCursor
from tests.web.shop import PASSWORD

assert schema

APPLICATION = f"bench {os.getpid()}"
PATTERN = 1_000
STRIDE = 100_000
OPEN_COPIES = 3
DAYS = 3 * 365
PRODUCTS = 5_000
# Warehouse → how many of a hundred orders are its own.
WAREHOUSES = {"main": 70, "east": 20, "west": 9, "tiny": 1}
# How far orders get, and how many of a hundred do: long ago, and now.
THEN = {"pay": 95, "cancel": 3, "create": 2}
NOW = {"pay": 20, "invoice": 30, "ship": 20, "approve": 15, "activate": 10, "create": 5}
# Sign-in name → role and own warehouses.
PEOPLE = {"ada": ("Administrator", ()), "sue": ("Seller", ("WEST",)), "tim": ("Seller", ("TINY",))}

SHIPPED = """
SELECT move.warehouse_id, move.product_id, -sum(move.quantity) AS quantity, min(line.unit_cost) AS cost
FROM stock_move move JOIN stock_receipt_line line ON line.product_id = move.product_id AND line.unit_cost IS NOT NULL
     AND line.receipt_id = (SELECT min(id) FROM stock_receipt)
WHERE move.document_id > %(mark)s GROUP BY 1, 2
"""
VARIED = """
UPDATE sales_order SET channel = (ARRAY['eshop', 'eshop', 'phone', 'email', 'counter'])[1 + id % 5] WHERE id > {mark}
"""
NAMES = "ARRAY['Alder', 'Birch', 'Cedar', 'Elm', 'Fir', 'Hazel', 'Larch', 'Maple', 'Oak', 'Pine', 'Rowan', 'Willow']"
INDEXES = """
SELECT pg_get_indexdef(indexrelid) AS definition, indexrelid::regclass::text AS name
FROM pg_index WHERE indrelid::regclass::text = ANY(%s) AND NOT indisprimary
     AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
"""


@contextmanager
def grown(folder: Path, orders: int) -> Iterator[tuple[embedded.Server, str]]:
    """A durable server with its data in the folder, and the name of a database in it with so many orders.

    What is there from an earlier time is used again. `orders` are a whole number of thousands, at least six.
    """
    folder.mkdir(parents=True, exist_ok=True)
    name = f"stockbook_grown_{orders // PATTERN}k"
    with embedded.serve(folder, durable=True) as server:
        with server.connect() as connection:
            there = connection.execute("SELECT FROM pg_database WHERE datname = %s", (name,)).fetchone()
        if there is None:
            try:
                _grow(server, name, orders // PATTERN)
            except BaseException:
                with server.connect() as connection:
                    connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
                raise
        yield server, name


def application(server: embedded.Server, name: str) -> Flask:
    """The program on a database of this server."""
    os.environ["DATABASE_URL"] = url = server.url(database.APP, name)
    # It reads where the database is when it is loaded.
    from config import SQLALCHEMY_ENGINE_OPTIONS

    way = SQLALCHEMY_ENGINE_OPTIONS["connect_args"] | {"cursor_factory": NotedCursor, "application_name": APPLICATION}
    app = create_app(SQLALCHEMY_DATABASE_URI=url, SQLALCHEMY_ENGINE_OPTIONS={"connect_args": way})
    # As `run.py` does.
    gc.freeze()
    return app


def _grow(server: embedded.Server, name: str, thousands: int) -> None:
    ground.migrated(server, name)
    first = datetime.now(UTC).date() - timedelta(days=DAYS)
    with ground.engine(server, name):
        deed(partial(ground.furnish, on=first, products=PRODUCTS, warehouses=tuple(WAREHOUSES)))
        with unit.open_session() as session:
            facts = replace(ground.facts(session), today=first)
            places = [row.id for row in read(session, "SELECT id FROM warehouse ORDER BY id")]
            start = _last(session)
        _trade(facts, places, THEN)
        with unit.open_session() as session:
            between = _last(session)
        _trade(facts, places, NOW)
    with application(server, name).app_context():
        deed(_people)
    with server.connect(name) as connection:
        _copy_all(connection, start, between, first, thousands)
        connection.execute("VACUUM ANALYZE")


def _people(session: Session) -> None:
    set_up(session)
    for name, (role, warehouses) in PEOPLE.items():
        new_user(session, name, password=PASSWORD, role_names=[role], warehouses=warehouses)


def _trade(facts: Facts, places: list[int], far: dict[str, int]) -> None:
    """A thousand orders in all warehouses, each as far as it gets, and back into stock what they took."""
    dice = random.Random(7)
    with unit.open_session() as session:
        mark = _last(session)["document"]
    for place, share in zip(places, WAREHOUSES.values(), strict=True):
        for step, part in far.items():
            size = PATTERN * share * part // 10_000
            if not size:
                continue
            upto = "create" if step in ("cancel", "activate") else step
            orders = ours.orders_to_cash(replace(facts, warehouse=place), dice, size, upto=upto)
            if step == "cancel":
                deed(partial(_cancel, orders, facts))
            if step == "activate":
                deed(partial(_activate, orders, facts))
    deed(partial(_restock, facts, mark))


def _cancel(orders: list[int], facts: Facts, session: Session) -> None:
    cancel_orders(session, orders, by=facts.actor, on=facts.today, reason="Bench")


def _activate(orders: list[int], facts: Facts, session: Session) -> None:
    activate_orders(session, orders, by=facts.actor)


def _restock(facts: Facts, mark: int, session: Session) -> None:
    lines: dict[int, list[NewReceiptLine]] = {}
    for row in read(session, SHIPPED, mark=mark):
        lines.setdefault(row.warehouse_id, []).append(NewReceiptLine(row.product_id, row.quantity, row.cost))
    receipts = add_receipts(session, [NewReceipt(place, of) for place, of in lines.items()], by=facts.actor)
    process_receipts(session, receipts, by=facts.actor, on=facts.today)


def _last(session: Session) -> dict[str, int]:
    """The largest id of each table that is copied."""
    return {
        table.name: read(session, f"SELECT coalesce(max(id), 0) AS id FROM {table.name}")[0].id
        for table in metadata.sorted_tables
        if _root(table.c.get("id")) is table
    }


def _root(column: Column[Any] | None) -> Table | None:
    """The table whose ids a column holds in the end, None where it holds none."""
    while column is not None and column.foreign_keys:
        column = next(iter(column.foreign_keys)).column
    return column.table if column is not None and column.primary_key and column.name == "id" else None


def _copied() -> dict[str, Table]:
    """The tables of documents and of all that hangs on them."""
    found = {"document": metadata.tables["document"]}
    for table in metadata.sorted_tables:
        keys = [key.column.table.name for column in table.c if not column.nullable for key in column.foreign_keys]
        if found.keys() & set(keys):
            found[table.name] = table
    return found


def _copy_all(
    connection: psycopg.Connection[Any], start: dict[str, int], between: dict[str, int], first: date, thousands: int
) -> None:
    tables = _copied()
    connection.execute("SET session_replication_role = replica; SET synchronous_commit = off; SET jit = off")
    connection.execute("SET maintenance_work_mem = '1GB'; SET work_mem = '256MB'")
    connection.execute(VARIED.format(mark=start["document"]).encode())
    indexes = connection.execute(INDEXES, (list(tables),)).fetchall()
    for _, name in indexes:
        connection.execute(f"DROP INDEX {name}".encode())
    old = thousands - OPEN_COPIES - 2
    for copies, low, high, shift in (
        (range(1, old + 1), start, between, f"k * {DAYS} / {old + 1}"),
        (range(old + 1, old + OPEN_COPIES + 1), between, None, f"{DAYS} - ({old + OPEN_COPIES} - k) * 3"),
    ):
        _copy_customers(connection, copies)
        for table in tables.values():
            _copy_rows(connection, table, low, high, copies, shift)
        _copy_days(connection, first, low["document"], high["document"] if high else STRIDE, copies, shift)
    for definition, _ in indexes:
        connection.execute(definition.encode())
    _go_on(connection, tables)
    _keep_days(connection)


def _copy_customers(connection: psycopg.Connection[Any], copies: range) -> None:
    its = metadata.tables["customer"]
    special = {"id": f"id + k * {STRIDE}", "code": "code || '-' || k",
               "name": f"({NAMES})[1 + (id + k) % 12] || ' Trading ' || k"}  # fmt: skip
    names = [f'"{column.name}"' for column in its.c if not column.computed]
    values = [special.get(column.name, f'"{column.name}"') for column in its.c if not column.computed]
    connection.execute(
        f"INSERT INTO customer ({', '.join(names)}) SELECT {', '.join(values)} FROM customer, "
        f"generate_series({copies.start}, {copies.stop - 1}) k WHERE customer.id < {STRIDE}".encode()
    )


def _copy_rows(
    connection: psycopg.Connection[Any], table: Table, low: dict[str, int], high: dict[str, int] | None, copies: range,
    shift: str,
) -> None:  # fmt: skip
    columns = [column for column in table.c if not column.computed]
    names = ", ".join(f'"{column.name}"' for column in columns)
    values = ", ".join(_value(column, shift) for column in columns)
    mark = next(column for column in table.c if (root := _root(column)) is not None and root.name in low
                and root.name in _copied())  # fmt: skip
    root = _root(mark)
    assert root is not None
    upper = f' AND "{mark.name}" <= {high[root.name]}' if high else f' AND "{mark.name}" < {STRIDE}'
    connection.execute(
        f"CREATE TEMP TABLE pattern AS SELECT * FROM {table.name} "
        f'WHERE "{mark.name}" > {low[root.name]}{upper}'.encode()
    )
    connection.execute(
        f"INSERT INTO {table.name} ({names}) SELECT {values} FROM "
        f"generate_series({copies.start}, {copies.stop - 1}) k CROSS JOIN pattern".encode()
    )
    connection.execute("DROP TABLE pattern")


def _value(column: Column[Any], shift: str) -> str:
    """What stands in a column of copy k."""
    name = f'"{column.name}"'
    root = _root(column)
    moved = _copied().keys() | {"customer"}
    if (root is not None and root.name in moved) or column.name in ("line_id", "seq"):
        return f"{name} + k * {STRIDE}"
    if column.table.name == "document" and column.name == "number":
        digits = f"substring({name} from '[0-9]+$')"
        return (
            f"regexp_replace({name}, '[0-9]+$', '') || "
            f"lpad(({digits}::bigint + k * {STRIDE})::text, greatest(length({digits}), 9), '0')"
        )
    if isinstance(column.type, Date):
        return f"{name} + {shift}"
    if isinstance(column.type, DateTime):
        return f"{name} - interval '{DAYS} days' + ({shift}) * interval '1 day'"
    return name


def _copy_days(
    connection: psycopg.Connection[Any], first: date, low: int, high: int, copies: range, shift: str
) -> None:
    connection.execute(
        f"""
        INSERT INTO stock_day (warehouse_id, product_id, "on", quantity, value)
        SELECT warehouse_id, product_id, "on" + {shift}, quantity, value
        FROM generate_series({copies.start}, {copies.stop - 1}) k CROSS JOIN (
            SELECT * FROM stock_day WHERE "on" = '{first}' AND (warehouse_id, product_id) IN (
                SELECT its.warehouse_id, its.product_id FROM stock_move its JOIN document ON document.id = document_id
                WHERE kind = 'shipment' AND document.id > {low} AND document.id <= {high})
        ) pattern ON CONFLICT DO NOTHING
        """.encode()
    )


def _go_on(connection: psycopg.Connection[Any], tables: dict[str, Table]) -> None:
    """Sequences, counters, balances and the chain go on from the last copy."""
    for table in (*tables.values(), metadata.tables["customer"]):
        if table.c.get("id") is not None and _root(table.c.id) is table:
            connection.execute(f"SELECT setval('{table.name}_id_seq', (SELECT max(id) FROM {table.name}))".encode())
    connection.execute("SELECT setval('number_orders_seq', (SELECT max(id) FROM document))")
    connection.execute("UPDATE number_counter SET last = (SELECT max(id) FROM document)")
    connection.execute(
        """
        UPDATE number_counter SET last_on = held.last_on FROM (SELECT max("on") AS last_on FROM journal_entry) held
        """
    )
    connection.execute(
        """
        UPDATE company SET (chain_seq, chain_hash) = (SELECT seq, hash FROM journal_chain ORDER BY seq DESC LIMIT 1)
        """
    )
    connection.execute(
        """
        UPDATE stock_balance SET reserved = held.quantity, last_on = held.last_on FROM (
            SELECT warehouse_id, product_id, max("on") AS last_on, coalesce(sum(reservation.quantity), 0) AS quantity
            FROM (SELECT warehouse_id, product_id, max("on") AS "on" FROM stock_move GROUP BY 1, 2) moved
            LEFT JOIN reservation USING (warehouse_id, product_id) GROUP BY 1, 2
        ) held WHERE (held.warehouse_id, held.product_id) = (stock_balance.warehouse_id, stock_balance.product_id)
        """
    )


def _keep_days(connection: psycopg.Connection[Any]) -> None:
    """How accounts, customers and desks stood at the end of each day, from all lines."""
    connection.execute(
        """
        TRUNCATE account_day, customer_day, desk_day;
        INSERT INTO account_day (account_id, "on", debit, credit)
        SELECT account_id, "on", sum(sum(debit)) OVER so_far, sum(sum(credit)) OVER so_far
        FROM journal_line GROUP BY account_id, "on" WINDOW so_far AS (PARTITION BY account_id ORDER BY "on");
        INSERT INTO customer_day (customer_id, "on", balance)
        SELECT entry.customer_id, entry."on", sum(sum(line.debit - line.credit)) OVER so_far
        FROM journal_entry entry JOIN journal_line line ON line.entry_id = entry.id
        JOIN account ON account.id = line.account_id AND account.role IN ('receivables', 'customer_advances')
        WHERE entry.customer_id IS NOT NULL GROUP BY entry.customer_id, entry."on"
        WINDOW so_far AS (PARTITION BY entry.customer_id ORDER BY entry."on");
        INSERT INTO desk_day (cash_desk_id, "on", balance)
        SELECT cash_order.cash_desk_id, entry."on", sum(sum(line.debit - line.credit)) OVER so_far
        FROM cash_order JOIN journal_entry entry ON entry.document_id = cash_order.id
        JOIN journal_line line ON line.entry_id = entry.id
        JOIN account ON account.id = line.account_id AND account.role = 'cash'
        GROUP BY cash_order.cash_desk_id, entry."on"
        WINDOW so_far AS (PARTITION BY cash_order.cash_desk_id ORDER BY entry."on");
        """
    )


if __name__ == "__main__":
    with grown(Path(sys.argv[1]), int(sys.argv[2])) as (_, made):
        print(f"{made} is ready.")
