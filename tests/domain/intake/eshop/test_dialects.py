"""What each shop's bodies say, and that a signature is one of the body as it came."""

import json
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest

from app.domain.intake.eshop.dialects import DIALECTS, REFUNDS, Dialect, is_ping, is_signed, read
from app.domain.intake.eshop.reading import Unreadable
from tests.domain.intake.eshop.bodies import (
    WEBHOOKS,
    as_body,
    generic,
    genuine,
    needs_webhooks,
    order_of,
    shopify,
    signed,
    woo,
)

D = Decimal
BODIES = {"woocommerce": woo, "shopify": shopify, "generic": generic}


@pytest.mark.parametrize("dialect", BODIES)
def test_the_same_order_means_the_same_in_every_dialect(dialect: str) -> None:
    order = order_of(dialect, BODIES[dialect]())

    assert (order.ref, order.status, order.currency, order.gross, order.rounding) == ("7", "placed", "EUR", 24, 0)
    assert order.created.isoformat() == "2026-03-02T09:00:00+00:00"
    [line] = order.lines
    assert (line.kind, line.sku, line.quantity, line.net, line.vat, line.percent) == ("goods", "MUG", 2, 20, 4, 20)
    assert (order.buyer.email, order.buyer.billing.country, order.paid) == ("iva@example.test", "BG", 0)


def test_a_signature_is_of_the_raw_body_and_of_one_of_the_secrets() -> None:
    body = as_body(woo())

    assert is_signed(body, signed(body, "new"), ["new", "old"])
    assert is_signed(body, signed(body, "old"), ["new", "old"])
    assert not is_signed(body, signed(body, "older"), ["new", "old"])
    assert not is_signed(body + b" ", signed(body, "new"), ["new", "old"])
    assert not is_signed(body, "", ["new"])
    assert not is_signed(body, "ü", ["new"])
    assert not is_signed(body, signed(body, ""), [])


def test_a_ping_is_unsigned_and_of_no_topic() -> None:
    assert is_ping("woocommerce", {"Content-Type": "application/x-www-form-urlencoded"}, b"webhook_id=2")
    assert not is_ping("woocommerce", {"x-wc-webhook-topic": "order.created"}, b"webhook_id=2")
    assert not is_ping("woocommerce", {}, b"{}")
    assert not is_ping("shopify", {}, b"webhook_id=2")


@pytest.mark.parametrize("dialect", BODIES)
def test_nothing_that_comes_breaks_a_dialect(dialect: str) -> None:
    """Each value of a body, exchanged for every other kind of value, is either read or refused with a sentence."""
    for path in _paths(BODIES[dialect]()):
        for other in (None, "", "x", -1, 10**30, 1.5, True, [], {}, [[]], [{}], "\x00", "\ud800"):
            told = json.loads(json.dumps(BODIES[dialect]()))
            _put(told, path, other)
            with suppress(Unreadable):
                read(dialect, as_body(told), "")


def _paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path] * bool(path) + [one for name, it in inner for one in _paths(it, (*path, name))]


def _put(told: Any, path: tuple[Any, ...], value: Any) -> None:
    for name in path[:-1]:
        told = told[name]
    told[path[-1]] = value


@needs_webhooks
@pytest.mark.parametrize("dialect", ["woocommerce", "shopify"])
def test_every_genuine_delivery_is_signed_and_its_lines_come_to_its_total(dialect: str) -> None:
    deliveries = list(genuine(dialect))

    assert deliveries
    for one in deliveries:
        its = DIALECTS[dialect]
        assert is_signed(one.body, one.headers[its.signature], [one.secret]), one.name
        told = read(dialect, one.body, one.headers[its.topic])
        assert told.ref, one.name
        assert told.order is None or abs(told.order.rounding) <= D("0.01"), one.name


@needs_webhooks
def test_the_genuine_refunds_are_read_in_every_shape_they_come_in() -> None:
    answer = (WEBHOOKS / "woocommerce/live__05b_rest_refunds_of_order.json").read_bytes()

    [refund] = read("woocommerce", answer, REFUNDS + "27").refunds

    assert refund.amount == D("11.30")
    assert [(line.ref, line.net) for line in refund.lines or ()] == [("32", D("10.00"))]
    assert is_ping("woocommerce", {}, (WEBHOOKS / "woocommerce/live__ping.body").read_bytes())


def test_a_body_that_a_fault_of_ours_cannot_read_is_unreadable_and_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(DIALECTS, "faulty", Dialect(lambda body, topic: body["nothing"]))

    with pytest.raises(Unreadable) as refusal:
        read("faulty", b"{}", "")

    assert str(refusal.value.facts["reference"]) in caplog.text
    assert "KeyError" in caplog.text
