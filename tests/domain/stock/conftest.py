"""A yard where goods come and go without the documents around them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.domain.kernel.document import register
from app.domain.kernel.rows import read
from app.domain.stock.moves import Line, issue_goods, receive_goods
from tests.traces import statements as sent_statements
from tests.world import TODAY, World

D = Decimal


def day(number: int) -> date:
    """The days of a story that ends today: day 9 is the last one."""
    return TODAY - timedelta(days=9 - number)


class Yard:
    """Each call is a deed of its own in the world's transaction; documents have nothing but an id."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.session = world.session
        self.warehouse = world.warehouse
        self._lines = iter(range(10**6, 2 * 10**6))

    def documents(self, count: int) -> list[int]:
        return register(self.session, "stock_receipt", [{"warehouse_id": self.warehouse}] * count)

    def line(self, document: int, product: int, quantity: str, value: str | None = None, **more: Any) -> Line:
        worth = None if value is None else D(value)
        return Line(document, next(self._lines), more.pop("warehouse", self.warehouse), product, D(quantity), worth)

    @contextmanager
    def deed(self) -> Iterator[None]:
        self.session.info.clear()
        try:
            with self.session.begin_nested():
                yield
        finally:
            self.session.info.clear()

    def receive(self, product: int, quantity: str, value: str, on: date = TODAY, **more: Any) -> int:
        [document] = self.documents(1)
        with self.deed():
            receive_goods(self.session, [self.line(document, product, quantity, value, **more)], on=on)
        return document

    def issue(
        self, lines: Sequence[Line], on: date = TODAY, held: Mapping[int, Decimal] | None = None
    ) -> dict[int, Decimal]:
        with self.deed():
            return issue_goods(self.session, lines, held=held or {}, on=on)

    def take(self, product: int, quantity: str, on: date = TODAY, **more: Any) -> Decimal:
        """One document takes so many; what they cost."""
        [document] = self.documents(1)
        [cost] = self.issue([self.line(document, product, quantity, **more)], on).values()
        return cost

    def moves(self, product: int) -> list[tuple[Decimal, Decimal, Decimal, Decimal]]:
        """(quantity, value, on hand after, value after) in the order of recording."""
        sql = """SELECT quantity, value, on_hand_after, value_after FROM stock_move
                 WHERE product_id = %(product)s ORDER BY id"""
        return [tuple(row) for row in read(self.session, sql, product=product)]

    def days(self, product: int) -> dict[int, tuple[Decimal, Decimal]]:
        """The closing (quantity, value) by the number of the day."""
        sql = 'SELECT "on", quantity, value FROM stock_day WHERE product_id = %(product)s ORDER BY "on"'
        return {
            (row.on - TODAY).days + 9: (row.quantity, row.value) for row in read(self.session, sql, product=product)
        }


@pytest.fixture
def yard(world: World) -> Yard:
    return Yard(world)


@pytest.fixture
def cup(world: World) -> int:
    return world.add_product("CUP")


@pytest.fixture
def statements() -> Iterator[Callable[[Callable[[], object]], int]]:
    """`statements(work)` does the work and tells how many statements it sent."""
    with sent_statements() as sent:

        def sent_by(work: Callable[[], object]) -> int:
            before = len(sent)
            work()
            return len(sent) - before

        yield sent_by
