"""What is there of draft shipments."""

from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy.orm import Session

from app.domain.fulfilment.loading import Pair, Shipments
from app.domain.stock.moves import lock_balances, what_is_there
from app.domain.stock.reservations import reservations_of


def what_can_leave(session: Session, drafts: Sequence[int]) -> dict[int, dict[int, Decimal]]:
    """So much of each draft as its order holds or as is available, by shipment line; nobody can take it meanwhile.

    Services go with the goods, in full: a draft whose goods are all missing waits whole, and is left out.
    """
    shipments = Shipments(session, drafts)
    goods = shipments.to_issue({pair.line.id: pair.line.quantity for pair in shipments.pairs})
    lock_balances(session, (line.key for line in goods))
    had = reservations_of(session, (pair.order_line.id for pair in shipments.goods))
    held = {pair.line.id: had[pair.order_line.id].quantity for pair in shipments.goods if pair.order_line.id in had}
    there = what_is_there(session, goods, held=held)
    return {
        shipment: {pair.line.id: there.get(pair.line.id, pair.line.quantity) for pair in pairs}
        for shipment, pairs in shipments.lines.items() if _leaves(pairs, there)
    }  # fmt: skip


def _leaves(pairs: Sequence[Pair], there: dict[int, Decimal]) -> bool:
    wanted = [pair for pair in pairs if pair.line.quantity]
    goods = [pair for pair in wanted if pair.is_goods]
    return any(there[pair.line.id] for pair in goods) if goods else bool(wanted)
