"""An e-shop sends while workers are killed: nothing is lost, nothing is done twice.

STOCKBOOK_TORTURE says that it is meant in earnest: 1,000 deliveries and 20 dead workers.
"""

import os
import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager

import pytest
from sqlalchemy.orm import Session

from app.domain.kernel.rows import read
from app.domain.proof import run_checks
from benchmarks.served import Web, web
from tests.api.conftest import Caller
from tests.domain.intake.eshop.bodies import as_body, item, signed, woo
from tests.faults.forked import Worker
from tests.web.companies import Shop
from tests.web.eshops import SECRETS, body, prepare

ORDERS, DEATHS = (400, 20) if "STOCKBOOK_TORTURE" in os.environ else (20, 3)
SENDERS = 4
ALL = """
SELECT link.ref, count(*) AS orders, min(sales_order.gross)::text AS gross, min(sales_order.state) AS state
FROM shop_order link JOIN sales_order ON sales_order.id = link.document_id GROUP BY link.ref
"""
OPEN = "SELECT FROM inbound_message WHERE outcome = 'received' UNION ALL SELECT FROM procrastinate_jobs"
TOLD = "SELECT DISTINCT outcome FROM inbound_message ORDER BY outcome"
MADE = "SELECT count(*) AS count FROM sales_order WHERE channel = 'eshop'"


def order(number: int, second: int) -> bytes:
    """An order that grows by a piece each second."""
    pieces = 1 + second
    lines = [item(1, "BOLT", f"{10 * pieces}.00", f"{2 * pieces}.00", pieces)]
    return as_body(woo(number, lines=lines, total=f"{12 * pieces}.00", at=second))


@pytest.fixture
def ours(own_shop: Shop) -> Shop:
    prepare(own_shop)
    assert Caller(own_shop, "max").ask("POST", "shops/", body()).status_code == 201
    return own_shop


def environment(shop: Shop) -> dict[str, str]:
    url = shop.engine.url.render_as_string(hide_password=False)
    return {**os.environ, "DATABASE_URL": url, "DATABASE_OWNER_URL": url, "SECRET_KEY": shop.app.config["SECRET_KEY"]}


@contextmanager
def served(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    """Two workers of the web on this database."""
    monkeypatch.setitem(shop.app.config, "SQLALCHEMY_DATABASE_URI", environment(shop)["DATABASE_URL"])
    with web(shop.app) as its:
        yield its


def send(its: Web, deliveries: list[bytes]) -> list[int]:
    """What the shop was answered."""
    told = []
    with closing(its.connection()) as connection:
        for told_body in deliveries:
            headers = {"X-WC-Webhook-Topic": "order.updated", "X-WC-Webhook-Signature": signed(told_body, SECRETS[0])}
            connection.request("POST", "/api/v1/eshop/WEB/orders", body=told_body, headers=headers)
            answer = connection.getresponse()
            answer.read()
            told.append(answer.status)
    return told


def rows(shop: Shop, sql: str) -> list[tuple]:
    with Session(shop.engine) as session:
        return [tuple(row) for row in read(session, sql)]


def test_no_delivery_is_lost_or_done_twice_whichever_worker_dies(ours: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    dice = random.Random(7)
    # Each order is told of in two states, each once or twice, in any order: 2.5 deliveries of each.
    deliveries = [order(number, second) for number in range(ORDERS) for second in (0, 1)]
    deliveries += dice.sample(deliveries, ORDERS // 2)
    dice.shuffle(deliveries)

    worker = Worker(environment(ours), "0.2")
    try:
        with served(ours, monkeypatch) as its, ThreadPoolExecutor(SENDERS) as pool:
            sent = [pool.submit(send, its, deliveries[place::SENDERS]) for place in range(SENDERS)]
            for _ in range(DEATHS):
                time.sleep(dice.uniform(1.0, 3.0))
                worker.kill()
                worker.wait()
                worker = Worker(environment(ours), "0.2")
            answers = [status for one in sent for status in one.result()]
        until = time.monotonic() + 120
        while rows(ours, OPEN) and time.monotonic() < until:
            time.sleep(0.2)
    finally:
        worker.kill()
        worker.wait()

    assert answers == [200] * len(deliveries)
    assert rows(ours, OPEN) == []
    assert rows(ours, TOLD) == [("applied",), ("superseded",)]
    assert sorted(rows(ours, ALL)) == sorted((str(number), 1, "24.00", "active") for number in range(ORDERS))
    assert rows(ours, MADE) == [(ORDERS,)]
    with Session(ours.engine) as session:
        assert [check.name for check in run_checks(session=session) if not check.ok] == []
