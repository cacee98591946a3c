"""All genuine deliveries that are there, in any order, each several times: the same orders every time."""

import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.domain.intake.eshop import dialects
from app.domain.intake.eshop.applying import apply_messages
from app.domain.intake.eshop.levels import keep_levels
from app.domain.intake.eshop.messages import store
from app.domain.kernel.rows import read
from app.domain.kernel.unit import deed
from tests.domain.intake.eshop.bodies import WEBHOOKS, Delivery, genuine, needs_webhooks
from tests.domain.intake.eshop.conftest import Web
from tests.world import TODAY, World

pytestmark = needs_webhooks

REFUNDS = "live__05b_rest_refunds_of_order.json"
GOODS = ("MUG-001", "TS-S", "TS-M", "TS-L", "BOOK-13", "LAMP-9")


def deliveries(dialect: str) -> list[tuple[bytes, str]]:
    """Body and topic of each; with them what a WooCommerce shop answers about the refunds of an order."""
    topic = dialects.DIALECTS[dialect].topic
    found = [(one.body, one.headers[topic]) for one in genuine(dialect) if believed(dialect, one)]
    if dialect == "woocommerce":
        found.append(((WEBHOOKS / dialect / REFUNDS).read_bytes(), dialects.REFUNDS + "27"))
    return found


def believed(dialect: str, one: Delivery) -> bool:
    return dialects.is_signed(one.body, one.headers[dialects.DIALECTS[dialect].signature], [one.secret])


def shop(world: World, dialect: str) -> Web:
    """A shop that knows what the genuine one sells, and takes as a service what it sells without a code."""
    for sku in GOODS:
        world.add_product(sku, None, cost="1.00")
    for tax in (24, 13, 6):
        world.add_product(f"AT {tax}", None, kind="service", tax=tax)
    return Web(world, dialect, unknown_skus="service", customer_id=world.customer,
               unknown_product_id=world.add_product("ANY", None, kind="service", tax=8))  # fmt: skip


@contextmanager
def undone(session: Session) -> Iterator[None]:
    """What happens inside is taken back."""
    savepoint = session.begin_nested()
    yield
    savepoint.rollback()


def told(web: Web) -> tuple[Any, Any]:
    """All that became of it: orders by the shop's names, and what waits or is told."""
    waiting = {(row.order_ref, row.outcome, row.code) for row in web.messages() if row.code}
    return web.orders(), sorted(waiting)


def come(web: Web, sent: list[tuple[bytes, str]], chance: random.Random) -> None:
    """Each comes one to five times, in any order; some are applied at once, others when more have come."""
    several = [one for one in sent for _ in range(chance.randint(1, 5))]
    chance.shuffle(several)
    waiting: set[str] = set()
    for body, topic in several:
        waiting.add(web.keep(body, topic))
        if chance.random() < 0.6:
            web.apply(waiting.pop())
    for ref in sorted(waiting):
        web.apply(ref)


@pytest.mark.parametrize(("dialect", "currency"), [("woocommerce", "EUR"), ("shopify", "EUR"), ("shopify", "USD")])
def test_in_whatever_order_and_however_often_they_come_the_same_orders_are_made(
    session: Session, dialect: str, currency: str
) -> None:  # fmt: skip
    world = World(session, currency=currency)
    web, sent = shop(world, dialect), deliveries(dialect)
    found = []

    for seed in range(6):
        with undone(session):
            come(web, sent, random.Random(seed))
            found.append(told(web))
            world.prove()

    assert found[0][0]
    assert all(one == found[0] for one in found)


def test_orders_that_are_deleted_among_all_that_end_the_same_and_let_go_of_what_they_wanted(session: Session) -> None:
    world = World(session)
    web = shop(world, "woocommerce")
    for product in world.ids("SELECT id FROM product WHERE sku = ANY(%(skus)s)", skus=list(GOODS)):
        world.receive(product, "20")
    sent = [*deliveries("woocommerce"), *((b'{"id": %d}' % ref, "order.deleted") for ref in (26, 27, 29, 35))]
    found = []

    for seed in range(4):
        with undone(session):
            come(web, sent, random.Random(seed))
            found.append(told(web))
            world.prove()
            world.do(lambda session, by: keep_levels(session, on=TODAY))
            levels = "SELECT DISTINCT available FROM shop_level WHERE sku = ANY(%(skus)s)"
            assert [row.available for row in read(session, levels, skus=list(GOODS))] == [20]

    orders = found[0][0]
    assert {order["state"] for order in orders.values()} == {"cancelled"}
    assert (orders["27"]["money"], orders["27"]["refunds"]) == (
        "115.63", [["28", False, None, "11.30", "expense", "draft"]]
    )  # fmt: skip
    assert all(one == found[0] for one in found)


def test_woocommerce_orders_become_what_the_shop_says(session: Session) -> None:
    world = World(session)
    web = shop(world, "woocommerce")

    for body, topic in deliveries("woocommerce"):
        web.deliver(body, topic=topic)

    orders = web.orders()
    assert {ref: (order["state"], order["gross"], order["money"]) for ref, order in orders.items()} == {
        "26": ("cancelled", "56.33", "0"), "27": ("active", "115.63", "115.63"), "29": ("active", "93.54", "0"),
        "35": ("active", "202.88", "0"),
    }  # fmt: skip
    assert orders["27"]["refunds"] == [["28", False, "11.30", "11.30", "expense", "draft"]]
    assert len({order["email"] for order in orders.values()}) == 2
    assert ("waiting", "foreign_currency") in web.outcomes()
    assert ("ignored", None) in web.outcomes()


@pytest.mark.parametrize("dialect", ["woocommerce", "shopify"])
def test_ten_of_each_at_the_same_moment_make_the_same_orders(fresh_database: Engine, dialect: str) -> None:
    with Session(fresh_database, autoflush=False, expire_on_commit=False) as session:
        world = World(session)
        web, sent = shop(world, dialect), deliveries(dialect)
        for body, topic in sent:
            web.keep(body, topic)
        with undone(session):
            for ref in sorted({row.order_ref for row in web.messages()}):
                web.apply(ref)
            once = told(web)
        session.commit()
        many = [one for one in sent for _ in range(10)]
        random.Random(1).shuffle(many)

        with ThreadPoolExecutor(10) as pool:
            list(pool.map(_arrives(web.id, dialect), many))

        session.rollback()
        assert told(web) == once
        world.prove()


def _arrives(shop_id: int, dialect: str) -> Callable[[tuple[bytes, str]], None]:
    """A delivery that is stored and applied by deeds of its own, beside others."""

    def arrives(one: tuple[bytes, str]) -> None:
        body, topic = one
        ref = dialects.read(dialect, body, topic).ref
        deed(lambda work: store(work, shop_id, body, {}, ref=ref, topic=topic))
        apply_messages(shop_id, ref)

    return arrives
