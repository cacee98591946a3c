"""An e-shop that sends while people look: how much is taken in, how soon it is answered, and how soon it is seen."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from statistics import median
from typing import NamedTuple

from flask import Flask

from app.domain.kernel.rows import read, write
from app.domain.kernel.unit import deed, reading
from app.place import CHECKOUT
from app.web.sealing import seal
from app.web.shops import PURPOSE
from benchmarks.served import CLIENTS, PATIENCE, Web

SECRET = "only for measuring"
SEEN = 20
BREATH = 0.02
ADDRESS = "/api/v1/eshop/BENCH/orders"
CARDS = """
WITH kind AS (
    SELECT min(product.id) AS id, min(group_id) AS group_id, min(unit_id) AS unit_id FROM product
), untaxed AS (
    INSERT INTO tax_rate (code, name, rate) VALUES ('BENCH0', 'None', 0) RETURNING id
), other AS (
    INSERT INTO product (sku, name, kind, group_id, unit_id, tax_rate_id)
    SELECT 'BENCH-OTHER', 'Freight, fees and roundings', 'service', group_id, unit_id, untaxed.id FROM kind, untaxed
    RETURNING id
), money AS (
    INSERT INTO bank_account (code, name, kind, account_id)
    SELECT 'BENCH', 'Payments', 'clearing', min(id) FROM account WHERE role = 'bank' RETURNING id
), who AS (
    INSERT INTO actor (name, kind) VALUES ('Bench shop', 'shop') RETURNING id
)
INSERT INTO shop (code, name, dialect, secret, warehouse_id, clearing_account_id, price_list_id, payment_term_id,
                  freight_product_id, fee_product_id, rounding_product_id, actor_id)
SELECT 'BENCH', 'Bench shop', 'woocommerce', %(secret)s, (SELECT min(id) FROM warehouse), money.id,
       (SELECT min(id) FROM price_list WHERE NOT vat_included), (SELECT min(id) FROM payment_term), other.id, other.id,
       other.id, who.id
FROM other, money, who
"""
SOLD = (
    "SELECT sku, rate FROM product JOIN tax_rate ON tax_rate.id = tax_rate_id WHERE kind = 'goods' ORDER BY sku LIMIT 1"
)
LEFT = "SELECT count(*) AS count FROM inbound_message WHERE outcome = 'received'"
OUTCOMES = "SELECT outcome, count(*) AS count FROM inbound_message GROUP BY outcome ORDER BY outcome"


class Taken(NamedTuple):
    """Deliveries answered and orders made per second, the median answer and the median time to a page, in seconds,
    and what became of all deliveries.
    """

    answered: float
    applied: float
    answer: float
    seen: float
    outcomes: dict[str, int]


def taken_in(app: Flask, web: Web, seconds: float) -> Taken:
    """A new shop sends as fast as it is answered, for some seconds, and then one order at a time while a page looks."""
    with app.app_context():
        secret = seal(PURPOSE, SECRET)
    deed(lambda session: write(session, CARDS, secret=secret))
    with reading() as session:
        sku, rate = read(session, SOLD)[0]
    with _worker(app):
        start = time.perf_counter()
        answers = _flood(web, sku, float(rate), seconds)
        sent = time.perf_counter() - start
        _until_applied()
        applied = time.perf_counter() - start
        seen = [_to_the_page(web, sku, float(rate), 1_000_000 + place) for place in range(SEEN)]
    with reading() as session:
        outcomes = {row.outcome: row.count for row in read(session, OUTCOMES)}
    return Taken(len(answers) / sent, len(answers) / applied, median(answers), median(seen), outcomes)


@contextmanager
def _worker(app: Flask) -> Iterator[None]:
    environment = os.environ | {
        "DATABASE_URL": app.config["SQLALCHEMY_DATABASE_URI"], "SECRET_KEY": app.config["SECRET_KEY"]
    }  # fmt: skip
    command = [sys.executable, "-m", "flask", "--app", "run", "worker"]
    process = subprocess.Popen(command, cwd=CHECKOUT, env=environment)
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def _flood(web: Web, sku: str, rate: float, seconds: float) -> list[float]:
    """The seconds that each answer took."""
    until, answers = time.perf_counter() + seconds, [list[float]() for _ in range(CLIENTS)]

    def send(number: int) -> None:
        with closing(web.connection()) as connection:
            while time.perf_counter() < until:
                order = number * 100_000 + len(answers[number]) + 1
                answers[number].append(_deliver(connection, sku, rate, order))

    shops = [threading.Thread(target=send, args=(number,)) for number in range(CLIENTS)]
    for shop in shops:
        shop.start()
    for shop in shops:
        shop.join()
    return [answer for its in answers for answer in its]


def _deliver(connection: object, sku: str, rate: float, order: int) -> float:
    # They read where the database is when they are loaded.
    from tests.domain.intake.eshop.bodies import as_body, item, signed, woo

    lines = [item(1, sku, "20.00", f"{20 * rate / 100:.2f}", 2)]
    body = as_body(woo(order, lines=lines, total=f"{20 + rate / 5:.2f}"))
    headers = {"X-WC-Webhook-Topic": "order.created", "X-WC-Webhook-Signature": signed(body, SECRET),
               "Content-Type": "application/json"}  # fmt: skip
    start = time.perf_counter()
    connection.request("POST", ADDRESS, body=body, headers=headers)  # type: ignore[attr-defined]
    answer = connection.getresponse()  # type: ignore[attr-defined]
    told = answer.read()
    assert answer.status == 200, (answer.status, told[:200])
    return time.perf_counter() - start


def _until_applied() -> None:
    until = time.monotonic() + 10 * PATIENCE
    while time.monotonic() < until:
        with reading() as session:
            if not read(session, LEFT)[0].count:
                return
        time.sleep(BREATH)
    raise RuntimeError("The worker does not apply what the shop sent.")


def _to_the_page(web: Web, sku: str, rate: float, order: int) -> float:
    """The seconds from the shop's request until a page that asks, as pages do, is told of its order."""
    with closing(web.connection()) as shop, closing(web.connection()) as page:
        word = _asked(page, web, "")
        start = time.perf_counter()
        _deliver(shop, sku, rate, order)
        while _asked(page, web, word) == word:
            time.sleep(BREATH)
            assert time.perf_counter() - start < PATIENCE, "the page is not told of a new order"
        return time.perf_counter() - start


def _asked(page: object, web: Web, word: str) -> str:
    page.request("GET", f"/live/?seen={word}", headers=web.headers())  # type: ignore[attr-defined]
    answer = page.getresponse()  # type: ignore[attr-defined]
    told = answer.read()
    return word if answer.status == 204 else str(json.loads(told)["word"])
