"""The ground of all measures: a durable server of their own, and a company with goods, customers and stock."""

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import count
from pathlib import Path

from alembic import command
from alembic.config import Config
from psycopg import sql
from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session

from app import database, embedded
from app.domain.catalog.models import Product, ProductGroup, TaxRate, Unit
from app.domain.kernel import unit
from app.domain.kernel.company import company
from app.domain.kernel.document import Actor
from app.domain.kernel.numbering import NumberSeries
from app.domain.kernel.rows import insert, read, reserve_ids
from app.domain.ledger.setup import set_up_company
from app.domain.parties.models import Customer, PaymentTerm
from app.domain.pricing.models import PriceList, PriceListRow
from app.domain.stock.models import Warehouse
from app.domain.treasury.models import CashDesk
from app.domain.warehousing.receipts import NewReceipt, NewReceiptLine, add_receipts, process_receipts
from app.place import CHECKOUT

EMPTY, TEMPLATE = "stockbook_empty", "stockbook_ground"
PRODUCTS, CUSTOMERS, LINES = 500, 50, 5
PLENTY = Decimal(1_000_000)

_copies = count(1)


@dataclass(frozen=True)
class Facts:
    """Who and what the orders of the measures are about."""

    actor: int
    warehouse: int
    desk: int
    products: list[int]
    customers: list[int]
    today: date
    lines: int = LINES

    def basket(self, dice: random.Random) -> list[tuple[int, Decimal]]:
        """Some products, five unless it is said, and how many of each."""
        return [(product, Decimal(dice.randint(1, 5))) for product in dice.sample(self.products, self.lines)]


@contextmanager
def ground(folder: Path, warm_up: Callable[[Facts], None]) -> Iterator[embedded.Server]:
    """A durable server with the template of all measures: data in the folder, gone with it.

    `warm_up` trades a little in it, so that plans are made for tables that are in use, not for empty ones.
    """
    with embedded.serve(folder, durable=True) as server:
        migrated(server, EMPTY)
        _copy(server, EMPTY, TEMPLATE)
        with engine(server, TEMPLATE):
            unit.deed(furnish)
            with unit.open_session() as session:
                its = facts(session)
            warm_up(its)
        yield server


def migrated(server: embedded.Server, name: str) -> None:
    """Makes a database of this name with all tables and nothing in it."""
    with server.connect() as connection:
        database.create(connection, name)
    with server.connect(name) as connection:
        database.prepare(connection)
    config = Config(CHECKOUT / "migrations" / "alembic.ini")
    config.attributes["url"] = server.url(embedded.SUPERUSER, name)
    command.upgrade(config, "head")


@contextmanager
def engine(server: embedded.Server, name: str) -> Iterator[Engine]:
    """The application's way to a database, to which deeds go meanwhile."""
    made = create_engine(server.url(database.APP, name), connect_args=database.connect_args(database.APP))
    unit.bind(made)
    try:
        yield made
    finally:
        made.dispose()


@contextmanager
def copy(server: embedded.Server) -> Iterator[str]:
    """The name of a copy of the template, with fresh statistics."""
    with _fresh(server, TEMPLATE) as name:
        with server.connect(name) as connection:
            connection.execute("VACUUM ANALYZE")
        yield name


def empty(server: embedded.Server) -> AbstractContextManager[str]:
    """The name of a migrated database with nothing in it."""
    return _fresh(server, EMPTY)


@contextmanager
def _fresh(server: embedded.Server, template: str) -> Iterator[str]:
    name = f"stockbook_bench_{next(_copies)}"
    _copy(server, template, name)
    yield name
    with server.connect() as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _copy(server: embedded.Server, template: str, name: str) -> None:
    with server.connect() as connection:
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(*map(sql.Identifier, (name, template))))


def facts(session: Session) -> Facts:
    """What `furnish` made, found again."""

    def ids(table: str) -> list[int]:
        return [row.id for row in read(session, f"SELECT id FROM {table} ORDER BY id")]

    return Facts(
        ids("actor")[0],
        ids("warehouse")[0],
        ids("cash_desk")[0],
        ids("product"),
        ids("customer"),
        company(session).today(),
    )


def furnish(
    session: Session, *, on: date | None = None, products: int = PRODUCTS, warehouses: Sequence[str] = ("main",)
) -> None:
    """Makes the company, its goods, customers and stock, which comes in on a date, today unless it is said."""
    set_up_company(session, name="Bench", currency="EUR", time_zone="UTC", country="BG", chart="ifrs")
    [actor] = _added(session, Actor, [{"name": "Bench", "kind": "command"}])
    [piece] = _added(session, Unit, [{"code": "pc", "name": "piece"}])
    [tax] = _added(session, TaxRate, [{"code": "20", "name": "20 %", "rate": Decimal(20)}])
    [group] = _added(session, ProductGroup, [{"code": "all", "name": "All"}])
    [term] = _added(session, PaymentTerm, [{"code": "14", "name": "14 days", "days": 14}])
    [prices] = _added(session, PriceList, [{"code": "base", "name": "Base", "currency": "EUR", "is_default": True}])
    places = _added(session, Warehouse, [{"code": code, "name": code.title()} for code in warehouses])
    goods = _added(session, Product, [
        {"sku": f"P{i:04d}", "name": f"Product {i}", "group_id": group, "unit_id": piece, "tax_rate_id": tax}
        for i in range(products)
    ])  # fmt: skip
    dice = random.Random(1)
    insert(session, PriceListRow, [
        {"price_list_id": prices, "product_id": product, "price": Decimal(dice.randint(100, 99999)) / 100}
        for product in goods
    ])  # fmt: skip
    _added(session, Customer, [
        {"code": f"C{i:03d}", "name": f"Customer {i}", "payment_term_id": term} for i in range(CUSTOMERS)
    ])  # fmt: skip
    taken, given = _added(session, NumberSeries, [
        {"code": code, "name": "Cash", "prefix": prefix, "ascending": True}
        for code, prefix in (("cash-main", "C-"), ("paid-main", "P-"))
    ])  # fmt: skip
    [cash] = [row.id for row in read(session, "SELECT id FROM account WHERE role = 'cash' ORDER BY id LIMIT 1")]
    _added(session, CashDesk, [
        {"code": "main", "name": "Main", "account_id": cash, "income_series_id": taken, "expense_series_id": given}
    ])  # fmt: skip
    lines = [NewReceiptLine(product, PLENTY, Decimal(dice.randint(50, 9999)) / 100) for product in goods]
    receipts = add_receipts(session, [NewReceipt(place, lines) for place in places], by=actor)
    process_receipts(session, receipts, by=actor, on=on or company(session).today())


def _added(session: Session, entity: type, rows: list[dict[str, object]]) -> list[int]:
    ids = reserve_ids(session, entity, len(rows))
    insert(session, entity, [{"id": key} | row for key, row in zip(ids, rows, strict=True)])
    return ids
