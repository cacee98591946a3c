"""Goods that one warehouse sends to another: asked for, sent, received or called off in any state."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from app.domain.correcting import CORRECT
from app.domain.kernel.rows import read
from app.domain.warehousing.asking import (
    NewInternalLine,
    NewInternalOrder,
    add_internal_orders,
    approve_internal_orders,
)
from app.domain.warehousing.models import ReorderPoint
from app.domain.warehousing.reordering import change_reorder_point, propose_internal_orders
from app.domain.warehousing.transit import cancel_internal_orders, receive_internal_orders, send_internal_orders
from tests.properties.model import Asked, Shop
from tests.properties.money import REFUSED, chosen, some
from tests.world import D, World

if TYPE_CHECKING:
    from tests.properties.histories import Dice

NEXT = {
    "draft": (approve_internal_orders, "approved"), "approved": (send_internal_orders, "in_transit"),
    "in_transit": (receive_internal_orders, "performed"),
}  # fmt: skip
ASKED = """
SELECT its.id, its.source_id, document.warehouse_id, line.id AS line, line.product_id, line.quantity, line.sent
FROM internal_order its JOIN document ON document.id = its.id JOIN internal_order_line line
ON line.internal_order_id = its.id WHERE its.id = ANY(%(ids)s::bigint[]) ORDER BY line.id
"""


class Between:
    """A part of a history."""

    session: Session
    shop: Shop
    world: World
    places: list[int]
    goods: list[int]
    attempt: Callable[..., Any]

    def ask(self, dice: "Dice") -> None:
        """One product or two, of one of the other warehouses, or of itself."""
        where, source = (chosen(self.places, dice.first + i * (dice.second % 3)) for i in range(2))
        lines = [
            NewInternalLine(chosen(self.goods, dice.second + i), D(1 + (dice.third + 3 * i) % 9))
            for i in range(1 + dice.share % 2)
        ]
        made = self.attempt(add_internal_orders, [NewInternalOrder(where, source, lines)])
        if made is not REFUSED:
            self._asked_for(made)

    def _asked_for(self, orders: list[int]) -> None:
        """The shop is told of drafts."""
        for row in read(self.session, ASKED, ids=orders):
            its = self.shop.asked.setdefault(row.id, Asked(row.warehouse_id, row.source_id, {}))
            its.lines[row.line] = row.product_id

    def take_further(self, dice: "Dice") -> None:
        """Orders of one state take the next step, as asked for or with more or less of each line."""
        states = [state for state in NEXT if any(its.state == state for its in self.shop.asked.values())]
        if states:
            before = chosen(states, dice.first)
            step, state = NEXT[before]
            fit = [it for it, its in self.shop.asked.items() if dice.anywhere or its.state == before]
            orders = some(fit, dice)
            how = {} if step is approve_internal_orders else {"quantities": self._portions(orders, dice)}
            if (outcome := self.attempt(step, orders, on=dice.on, **how)) is not REFUSED:
                for order in outcome.done:
                    self.shop.asked[order].state = state
                    self._move(order, state)

    def _portions(self, orders: list[int], dice: "Dice") -> Mapping[int, Decimal]:
        """Nothing, a part, all, or one piece more than there should be; None said of every second."""
        if dice.third % 2:
            return {}
        return {
            row.line: max(D(0), (row.quantity if row.sent is None else row.sent) + (dice.share + place) % 5 - 3)
            for place, row in enumerate(read(self.session, ASKED, ids=orders))
        }

    def _move(self, order: int, state: str) -> None:
        lines = self.world.lines_of("internal_order_line", "internal_order_id", order)
        if state == "in_transit":
            self.shop.sent(order, {line.id: line.sent for line in lines})
        elif state == "performed":
            self.shop.arrived(order, {line.id: line.received for line in lines})

    def call_off(self, dice: "Dice") -> None:
        """Before it was sent, on its way or after it arrived; now and then its draft is to be asked for anew."""
        fit = [it for it, its in self.shop.asked.items() if dice.anywhere or its.state not in ("draft", "cancelled")]
        if fit and dice.third % 3:
            orders = some(fit, dice)
            outcome = self.attempt(cancel_internal_orders, orders, on=dice.on, reason="not needed")
            for order in () if outcome is REFUSED else outcome.done:
                self.shop.called_off(order)
        elif fit:
            how = {"on": dice.on, "reason": "from elsewhere", "named": "correct internal_order"}
            outcome = self.attempt(CORRECT["internal_order"], [chosen(fit, dice.first)], **how)
            for order, draft in () if outcome is REFUSED else outcome.answer.items():
                self.shop.called_off(order)
                self._asked_for([draft])

    def fill_up(self, dice: "Dice") -> None:
        """A point of some product moves, and drafts fill up what is below any."""
        where, what = chosen(self.places, dice.first), chosen(self.goods, dice.second)
        sql = "SELECT id FROM reorder_point WHERE warehouse_id = %(where)s AND product_id = %(what)s"
        found = self.world.ids(sql, where=where, what=what)
        start = {"minimum": D(1), "maximum": D(2), "source_id": chosen(self.places, dice.first + 1)}
        point = found[0] if found else self.world.add(ReorderPoint, warehouse_id=where, product_id=what, **start)
        low = D(1 + dice.third % 12)
        values = {"minimum": low, "maximum": low + dice.share - 1}
        self.attempt(_change_reorder_point, self.session.get_one(ReorderPoint, point), values)
        made = self.attempt(propose_internal_orders, self.world.ids("SELECT id FROM reorder_point"))
        if made is not REFUSED:
            self._asked_for(made)


def _change_reorder_point(session: Session, point: ReorderPoint, values: Mapping[str, object], *, by: int) -> None:
    change_reorder_point(session, point, values)
