"""Draft shipments that somebody edits: what is to leave now, line by line."""

from collections.abc import Mapping
from decimal import Decimal

from sqlalchemy.orm import Session

from app.domain.fulfilment.loading import Pair, Shipments
from app.domain.kernel.document import record
from app.domain.kernel.drafts import lock_draft
from app.domain.kernel.errors import Invalid
from app.domain.kernel.rows import write
from app.domain.lifecycles import SHIPMENT

SET_QUANTITIES = """
WITH touched AS (UPDATE shipment SET version = version + 1 WHERE id = %(shipment)s)
UPDATE shipment_line line SET quantity = given.quantity
FROM unnest(%(ids)s::bigint[], %(quantities)s::numeric[]) AS given (id, quantity)
WHERE line.id = given.id
"""


def edit_shipment(
    session: Session, shipment: int, quantities: Mapping[int, Decimal], *, version: int, by: int
) -> None:  # fmt: skip
    """Sets what is to leave of lines of a draft: from 0 to all that is still to be shipped; other lines stay.

    The order keeps what a line is lowered by, and its goods stay held: it becomes a back order, or is given up, when
    the draft is processed. Raises NotFound, WrongState once it is processed, Stale where somebody else changed it
    meanwhile, and Invalid for another shipment's line and for no possible quantity.
    """
    state = lock_draft(session, SHIPMENT, shipment, states=(SHIPMENT.initial,), version=version)
    pairs = {pair.line.id: pair for pair in Shipments(session, [shipment]).pairs}
    if foreign := sorted(quantities.keys() - pairs.keys()):
        raise Invalid("foreign_line", "Lines {lines} are not of this shipment.", lines=foreign)
    wanted = {line: pairs[line].exactly(quantity) for line, quantity in quantities.items()}
    changed = {line: quantity for line, quantity in wanted.items() if quantity != pairs[line].line.quantity}
    write(session, SET_QUANTITIES, shipment=shipment, ids=list(changed), quantities=list(changed.values()))
    changes = {f"order line {pairs[line].order_line.id}": _told(pairs[line], its) for line, its in changed.items()}
    record(session, "edit", [
        {"document_id": shipment, "from_state": state, "to_state": state, "changes": changes}
    ], by=by)  # fmt: skip


def _told(pair: Pair, quantity: Decimal) -> list[str]:
    return [f"{its.normalize():f} × {pair.order_line.sku}" for its in (pair.line.quantity, quantity)]
