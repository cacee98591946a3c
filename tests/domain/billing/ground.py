"""What drafts hold and invoices say."""

from app.domain.billing.invoicing import draft_invoices
from tests.world import World


def draft(world: World, *shipments: int) -> int:
    invoice: int = world.do(draft_invoices, [list(shipments)])[0]
    return invoice


def lines(world: World, invoice: int) -> list[tuple[object, ...]]:
    """(sku, quantity, net, VAT, gross) of an invoice's lines."""
    rows = world.lines_of("invoice_line", "invoice_id", invoice)
    return [(line.sku, line.quantity, line.net, line.vat, line.gross) for line in rows]


def invoiced(world: World, shipment: int) -> list[object]:
    return [line.invoiced for line in world.lines_of("shipment_line", "shipment_id", shipment)]
