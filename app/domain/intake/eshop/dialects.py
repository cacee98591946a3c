"""The dialects that shops speak: who signs how, and which module reads their bodies."""

import base64
import hashlib
import hmac
import logging
import secrets
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from app.domain.intake.eshop import generic, shopify, woocommerce
from app.domain.intake.eshop.reading import Unreadable, mapping, parse, ref
from app.domain.intake.eshop.value import Refund, Told

log = logging.getLogger(__name__)

# What plain code raises that meets what it was not written for.
FAULTS = (ArithmeticError, AssertionError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


class Dialect(NamedTuple):
    """How to read a shop. `signature`, `topic` and `delivery` (the id of a delivery) are names of headers; without a
    signature it brings an API key.
    """

    read: Callable[[Any, str], Told]
    signature: str = ""
    topic: str = ""
    delivery: str = ""
    ping: bytes = b""
    refunds: Callable[[Any], Iterable[Refund]] | None = None


DIALECTS = {
    "woocommerce": Dialect(woocommerce.read, woocommerce.SIGNATURE, woocommerce.TOPIC, woocommerce.DELIVERY,
                           woocommerce.PING, woocommerce.read_refunds),
    "shopify": Dialect(shopify.read, shopify.SIGNATURE, shopify.TOPIC, shopify.DELIVERY),
    "generic": Dialect(generic.read),
}  # fmt: skip
# The topic of an answer that was asked for: the refunds of an order, whose id the body does not say.
REFUNDS = "refunds of order "
# So many of them at most are told at once: where there are no fewer, there may be more.
MOST_REFUNDS = 100


def read(dialect: str, body: bytes, topic: str) -> Told:
    """What a body says in a dialect; Unreadable where it says nothing that can be understood.

    A body comes from outside: where it finds a fault of ours, it waits for a person like any other, and the log tells.
    """
    try:
        return _read(DIALECTS[dialect], body, topic)
    except FAULTS:
        reference = secrets.token_hex(4)
        log.exception("a body in the dialect %s could not be read, reference %s", dialect, reference)
        raise Unreadable(
            "unreadable", "The program does not get along with this body. Reference: {reference}.", reference=reference
        ) from None


def _read(its: Dialect, body: bytes, topic: str) -> Told:
    if topic.startswith(REFUNDS) and its.refunds is not None:
        refunds = list(its.refunds(parse(body)))
        return Told(topic.removeprefix(REFUNDS), refunds=refunds, all_refunds=len(refunds) < MOST_REFUNDS)
    return its.read(parse(body), topic)


def ref_of(body: bytes) -> str:
    """The order that a body is about of which nothing else can be read; empty where not even that."""
    try:
        its = mapping(parse(body), "order")
        return ref(its.get("order_id") or its.get("id"), "id")
    except Unreadable:
        return ""


def apart(dialect: str, headers: Mapping[str, str], told: Told) -> str:
    """What sets a message apart from others with the same body: the id of its delivery, if it tells a deletion.

    Each deletion of an order looks like the one before, and carries no date; ids of deliveries, which are not unique
    either, differ for what did not happen in one second. All else that says the same is the same.

    By nothing can a deletion be dated: the id is a hash of a second that only the shop can reckon, and no header says
    when. So one that somebody sends once more to a database that was restored from before it came is as of now, even
    where the order came back in between. Shopify, which dates what it sends, brings no deleted order back.
    """
    name = DIALECTS[dialect].delivery.lower()
    return next((its for header, its in headers.items() if header.lower() == name), "") if told.deleted else ""


def is_ping(dialect: str, headers: Mapping[str, str], body: bytes) -> bool:
    """Whether a shop only tries whether somebody is there: unsigned, and without a topic."""
    its = DIALECTS[dialect]
    named = {name.lower() for name, value in headers.items() if value}
    return bool(its.ping) and body.startswith(its.ping) and not {its.topic.lower(), its.signature.lower()} & named


def is_signed(body: bytes, given: str, keys: Iterable[str]) -> bool:
    """Whether the signature (base64 of the HMAC-SHA256 of the raw body) was made with one of the secrets."""
    made = [base64.b64encode(hmac.new(key.encode(), body, hashlib.sha256).digest()) for key in keys]
    return any(hmac.compare_digest(one, given.strip().encode()) for one in made)
