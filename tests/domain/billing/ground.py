"""What drafts hold and invoices say."""

from collections.abc import Mapping
from datetime import date

from app.domain.billing.portions import NewInvoice, add_invoices, draft_invoices
from app.domain.kernel.rows import read
from app.domain.sales.orders import NewLine
from tests.world import TODAY, D, World


def draft(world: World, *shipments: int) -> int:
    invoice: int = world.do(draft_invoices, [list(shipments)])[0]
    return invoice


def lines(world: World, invoice: int) -> list[tuple[object, ...]]:
    """(sku, quantity, net, VAT, gross) of an invoice's lines."""
    rows = world.lines_of("invoice_line", "invoice_id", invoice)
    return [(line.sku, line.quantity, line.net, line.vat, line.gross) for line in rows]


def invoiced(world: World, shipment: int) -> list[object]:
    return [line.invoiced for line in world.lines_of("shipment_line", "shipment_id", shipment)]


def seven(world: World, on: date = TODAY) -> tuple[int, int, int]:
    """Seven pieces of 100.00 that left: (order, shipment, its line)."""
    product = world.add_product("SEVEN", None)
    world.receive(product, "7", on=on)
    order, shipment = world.shipped_order(NewLine(product, D(7), D("14.2857")), on=on)
    return order, shipment, world.lines_of("shipment_line", "shipment_id", shipment)[0].id


def part(world: World, shipment: int, quantities: Mapping[int, str]) -> int:
    """A draft of so much of a shipment's lines."""
    wanted = NewInvoice([shipment], {line: D(quantity) for line, quantity in quantities.items()})
    invoice: int = world.do(add_invoices, [wanted])[0]
    return invoice


def owed(world: World, document: int) -> list[object]:
    """What is owed for each line of a document."""
    sql = "SELECT amount FROM open_item WHERE document_id = %(id)s ORDER BY line_id"
    return [row.amount for row in read(world.session, sql, id=document)]
