"""What the tests of this room share."""

from datetime import date, timedelta

import pytest

from app.domain.kernel.rows import read
from tests.world import TODAY, World


@pytest.fixture
def product(world: World) -> int:
    """A hundred pieces are on hand since the day before, at 10.00 each."""
    product = world.add_product("A")
    world.receive(product, "100", on=TODAY - timedelta(1))
    return product


class Sale:
    """An order, its shipment and its invoice: 12.00 and 24.00, together 36.00."""

    def __init__(self, world: World, product: int, customer: int | None = None, on: date = TODAY) -> None:
        self.order, self.shipment = world.shipped_order((product, "1"), (product, "2"), customer=customer, on=on)
        self.invoice = world.invoice(self.shipment, on=on)
        self.lines = [line.id for line in world.lines_of("invoice_line", "invoice_id", self.invoice)]
        self._world = world

    @property
    def statuses(self) -> list[str | None]:
        """Of the order, the shipment and the invoice."""
        return [self._world.paid(document) for document in (self.order, self.shipment, self.invoice)]

    @property
    def open(self) -> list[str]:
        """What is open on each line of the invoice."""
        sql = "SELECT amount - allocated AS open FROM open_item WHERE document_id = %(id)s ORDER BY line_id"
        return [f"{row.open:.2f}" for row in read(self._world.session, sql, id=self.invoice)]


@pytest.fixture
def sale(world: World, product: int) -> Sale:
    return Sale(world, product)
