"""What the tests of this room look at."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from app.domain.kernel.document import register
from app.domain.kernel.rows import read
from app.domain.settlement.allocations import Wish
from app.domain.settlement.credits import NewCredit, add_credits
from tests.world import TODAY, D, World

LINES = """
SELECT allocation.payment_id, allocation.target_id, item.line_id, line.amount
FROM allocation JOIN allocation_line line ON line.allocation_id = allocation.id
JOIN open_item item ON item.id = line.open_item_id ORDER BY allocation.id, item.line_id
"""


def credit(
    world: World, amount: str = "100.00", *, on: date = TODAY, customer: int | None = None, currency: str = "EUR",
    role: str = "customer_advances",
) -> NewCredit:  # fmt: skip
    """What a payment, registered and no more, gives its customer."""
    its = customer or world.customer
    [document] = register(world.session, "cash_order", [{"customer_id": its}])
    return NewCredit(document, its, currency, D(amount), on, role)


def given(world: World, amount: str = "100.00", **more: Any) -> int:
    """A document that gave money before."""
    new = credit(world, amount, **more)
    add_credits(world.session, [new])
    return new.document_id


def wish(payment: int, target: int, amount: str, line: int | None = None, *, up_to: bool = False) -> Wish:
    return Wish(payment, target, D(amount), line, up_to)


def lines(world: World, invoice: int) -> list[int]:
    return [line.id for line in world.lines_of("invoice_line", "invoice_id", invoice)]


def written(world: World) -> list[tuple[object, ...]]:
    """Payment, document, line and amount of all that was ever settled."""
    return [tuple(row) for row in read(world.session, LINES)]


def acts(world: World) -> Sequence[Any]:
    return read(world.session, "SELECT * FROM allocation ORDER BY id")


def left(world: World, document: int) -> str:
    """How much of what a document gave is still unused."""
    sql = "SELECT amount - used AS left FROM credit WHERE document_id = %(id)s"
    return f"{read(world.session, sql, id=document)[0].left:.2f}"


def allocated(world: World, document: int) -> str:
    """How much of a document's lines is settled."""
    sql = "SELECT sum(allocated) AS amount FROM open_item WHERE document_id = %(id)s"
    return f"{read(world.session, sql, id=document)[0].amount:.2f}"
