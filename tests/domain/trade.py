"""A company with plenty of stock that does each action on as many documents as asked, counting statements."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from app.domain.billing.returns import NewReturn, NewReturnLine, add_returns
from app.domain.kernel.rows import read
from app.domain.sales.orders import NewLine, NewOrder, add_orders
from app.domain.treasury.cash import NewCashOrder, Target
from tests.traces import statements
from tests.world import TODAY, World

D = Decimal
AGREED = {"on": TODAY, "agreed_by": "Mr Client", "agreed_how": "phone", "consent": ["below_cost"]}
UNDO = {"on": TODAY, "reason": "again"}


class Trade:
    """A world with plenty of stock that does each action on as many documents as asked, counting statements."""

    def __init__(self, session: Session) -> None:
        self.world = World(session)
        self.products = [self.world.add_product(f"P{i}", "12.34", tax=(20, 9)[i % 2]) for i in range(7)]
        self.shop = self.world.add_warehouse("SHOP")
        self.service = self.world.add_product("WRAP", "5.00", kind="service")
        self.customers = [self.world.customer, self.world.add_customer("C002", discount="7.50")]
        for product in self.products:
            self.world.receive(product, "100000")
        self.counts: dict[str, int] = {}

    def do(self, action: Callable[..., Any], documents: Any, **arguments: Any) -> Any:
        """One action in a deed of its own; how many statements it sent is kept under its name."""
        with statements() as sent:
            answer = self.world.do(action, documents, **arguments)
        self.counts[action.__name__] = len(sent)
        return answer

    def orders(self, size: int) -> list[int]:
        return self.do(add_orders, [self._order(i, size) for i in range(size)])  # type: ignore[no-any-return]

    def _order(self, i: int, size: int) -> NewOrder:
        """The first has one plain line; the others differ in lines and in what may be left empty."""
        lines = [NewLine(self.products[i % 7], D(1 + i % 3))]
        if i % 2:
            lines.append(NewLine(self.products[i % 5], D(2), unit_price=D("1.2345"), discount=D("12.5")))
        if i % 3:
            lines.append(NewLine(self.service, D(1), promised_on=TODAY))
        return NewOrder(
            ("phone", "eshop")[i % 2], self.customers[i % 2], self.world.warehouse, TODAY, lines,
            requested_on=TODAY if i % 2 else None, valid_until=TODAY + timedelta(9) if i % 3 else None,
            responsible_id=None if i % 2 else self.world.by, customer_reference="X" if i % 3 else "",
        )  # fmt: skip

    def shipments(self, orders: list[int]) -> list[int]:
        sql = "SELECT id FROM shipment WHERE order_id = ANY(%(orders)s::bigint[]) AND state = 'draft' ORDER BY id"
        return self.world.ids(sql, orders=orders)

    def returns(self, shipments: list[int]) -> list[int]:
        """Drafts: a piece of each first line."""
        sql = """SELECT min(id) AS id FROM shipment_line WHERE shipment_id = ANY(%(ids)s::bigint[])
                 GROUP BY shipment_id ORDER BY 1"""
        lines = self.world.ids(sql, ids=shipments)
        return self.do(add_returns, [NewReturn([NewReturnLine(it, D(1))]) for it in lines])  # type: ignore[no-any-return]

    def payments(self, documents: list[int], table: str = "invoice") -> list[NewCashOrder]:
        sql = f"""SELECT id, customer_id, gross FROM {table} JOIN document USING (id)
                  WHERE id = ANY(%(ids)s::bigint[]) ORDER BY id"""
        return [
            NewCashOrder(self.world.desk, row.customer_id, row.gross, "cash" if row.id % 2 else "",
                         [Target(row.id, row.gross)])
            for row in read(self.world.session, sql, ids=documents)
        ]  # fmt: skip
