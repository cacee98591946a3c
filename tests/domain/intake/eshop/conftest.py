"""A small company that has an e-shop."""

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest

from app.domain.intake.eshop import dialects
from app.domain.intake.eshop.applying import apply_messages
from app.domain.intake.eshop.messages import store
from app.domain.intake.models import Shop, ShopSku
from app.domain.kernel.document import Actor
from app.domain.kernel.rows import read, write
from app.domain.treasury.models import BankAccount
from tests.domain.intake.eshop.bodies import PAID, as_body, woo
from tests.world import World

D = Decimal
ORDERS = """
SELECT link.ref, sales_order.state, sales_order.gross, customer.name AS customer, customer.email, customer.tax_regime,
       sales_order.customer_reference, status.status AS paid,
       (SELECT json_agg(json_build_array(line.sku, trim_scale(line.quantity)::text, line.net::text,
                                         line.vat::text, trim_scale(line.tax_percent)::text)
                        ORDER BY line.position)
        FROM sales_order_line line WHERE line.order_id = sales_order.id) AS lines,
       (SELECT coalesce(sum(money.amount), 0) FROM shop_payment paid JOIN bank_line money ON money.id = paid.document_id
        WHERE paid.shop_id = link.shop_id AND paid.order_ref = link.ref) AS money,
       (SELECT json_agg(json_build_array(refund.ref, refund.by_amount, note.gross::text, out.amount::text, out.kind,
                                         out.state)
                        ORDER BY refund.ref)
        FROM shop_refund refund LEFT JOIN credit_note note ON note.id = refund.credit_note_id
        LEFT JOIN bank_line out ON out.id = refund.payment_id
        WHERE refund.shop_id = link.shop_id AND refund.order_ref = link.ref) AS refunds
FROM shop_order link JOIN sales_order ON sales_order.id = link.document_id JOIN document ON document.id = sales_order.id
JOIN customer ON customer.id = document.customer_id
LEFT JOIN payment_status status ON status.document_id = sales_order.id
WHERE link.shop_id = %(shop)s ORDER BY link.ref
"""
OUTCOMES = """
SELECT outcome, reason ->> 'code' AS code, deliveries, order_ref, reason FROM inbound_message
WHERE shop_id = %(shop)s ORDER BY id
"""


class Web:
    """The e-shop, the bank account that its payments come to, and the services that its other lines are."""

    def __init__(self, world: World, dialect: str = "woocommerce", code: str = "WEB", **more: Any) -> None:
        self.world, self.dialect = world, dialect
        account = world.ids("SELECT min(id) FROM account WHERE role = 'bank'")[0]
        self.clearing = world.add(BankAccount, code=f"PAY-{code}", name="Payments", kind="clearing", account_id=account)
        actor = world.add(Actor, name=code.title(), kind="shop")
        services = {
            f"{name.lower()}_product_id": world.add_product(f"{name}-{code}", None, kind="service", tax=tax)
            for name, tax in (("FREIGHT", 20), ("FEE", 20), ("ROUNDING", 0))
        }
        self.id = world.add(
            Shop, code=code, name=f"{code.title()} shop", dialect=dialect, warehouse_id=world.warehouse, actor_id=actor,
            clearing_account_id=self.clearing, price_list_id=world.prices, payment_term_id=world.at_once,
            **services | more,
        )  # fmt: skip

    def know(self, sku: str, product: int) -> None:
        """From now on the shop means a product by a SKU."""
        self.world.add(ShopSku, shop_id=self.id, sku=sku, product_id=product)

    def change(self, **columns: Any) -> None:
        """Another setting of the shop."""
        names = ", ".join(f"{name} = %({name})s" for name in columns)
        write(self.world.session, f"UPDATE shop SET {names} WHERE id = %(id)s", id=self.id, **columns)

    def keep(self, body: Any, topic: str = "", **headers: str) -> str:
        """Stores what the shop sent, and gives the order that it is about."""
        its = body if isinstance(body, bytes) else as_body(body)
        told = dialects.read(self.dialect, its, topic)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        apart = dialects.apart(self.dialect, named, told)
        self.world.do(lambda session, by: store(session, self.id, its, named, ref=told.ref, topic=topic, apart=apart))
        return told.ref

    def deliver(self, *bodies: Any, topic: str = "", **headers: str) -> str:
        """Stores what the shop sent, and applies each before the next one comes; gives the last one's order."""
        ref = ""
        for body in bodies:
            ref = self.keep(body, topic, **headers)
            self.apply(ref)
        return ref

    def apply(self, ref: str) -> None:
        apply_messages(self.id, ref, do=lambda work: self.world.do(lambda session, by: work(session)))

    def orders(self) -> dict[str, Any]:
        """All that became of the shop's orders, by its own names of them."""
        rows = read(self.world.session, ORDERS, shop=self.id)
        return {row.ref: json.loads(json.dumps(row._asdict(), default=str)) for row in rows}

    def document(self, ref: str = "7") -> int:
        sql = "SELECT document_id FROM shop_order WHERE shop_id = %(shop)s AND ref = %(ref)s"
        return int(read(self.world.session, sql, shop=self.id, ref=ref)[0].document_id)

    def outcomes(self) -> list[tuple[str, str | None]]:
        """Outcome and reason of each message, in the order in which they came."""
        return [(row.outcome, row.code) for row in self.messages()]

    def messages(self) -> Sequence[Any]:
        return read(self.world.session, OUTCOMES, shop=self.id)


@pytest.fixture
def mug(world: World) -> int:
    return world.add_product("MUG", "10.00", cost="4.00")


@pytest.fixture
def web(world: World, mug: int) -> Web:
    """A WooCommerce shop that sells mugs."""
    return Web(world)


@pytest.fixture
def sold(world: World, web: Web, mug: int) -> Web:
    """An order of the shop, paid, shipped and invoiced."""
    lamp = world.add_product("LAMP", "30.00", cost="9.00")
    world.receive(mug, "10")
    world.receive(lamp, "10", "9.00")
    web.deliver(woo(**PAID))
    world.approve(web.document())
    [shipment] = world.drafts(web.document())
    world.ship(shipment)
    world.invoice(shipment)
    return web
