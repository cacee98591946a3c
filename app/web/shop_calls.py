"""Calls to shops: what they answer when asked for orders, and what they are told of stock and prices."""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

import requests
from woocommerce.oauth import OAuth

from app.domain.intake.eshop.dialects import MOST_REFUNDS, REFUNDS
from app.domain.intake.eshop.polling import Found, as_body, as_found
from app.domain.intake.eshop.reading import Unreadable, line_of, moment, parse
from app.domain.kernel import clock
from app.domain.kernel.errors import DomainError
from app.domain.kernel.jobs import TryAgain
from app.web import outgoing

PER_PAGE = 50
# Where that is more than a shop can tell at once, that part of it is asked for instead, and so on down to one.
FEWER = 7
# So many orders one after the other that cannot be told are passed by: more are a shop that is out of order. And so
# often all is asked for anew as it moved meanwhile, which a shop that sorts as it likes does for ever.
MOST_UNTOLD = 3
MOST_MOVED = 3
TOO_MUCH = (500, 502, 504)
# Shops count whole seconds, in which more may happen after one has asked.
OVERLAP = timedelta(seconds=1)
MODIFIED = "date_modified_gmt"
PREFIX = "whsec_"
SHOPIFY_ORDERS = "/admin/api/2026-07/orders.json"


class Account(NamedTuple):
    """Where and as whom a shop is asked; `own` are hosts of one's own, which need not be public or have TLS."""

    name: str
    address: str
    key: str
    secret: str
    own: Container[str] = ()


class TooMuch(TryAgain):
    """A shop that broke off, or ran out of time or memory: of fewer orders it may tell."""


class Again(NamedTuple):
    """Of which orders the refunds are to be asked for again (`due`), or not yet (`resting`), and which refunds of
    orders are told already with their lines, so that they need not be (`told`).
    """

    due: Sequence[str] = ()
    resting: Container[str] = ()
    told: Callable[[Sequence[str]], Mapping[str, Collection[str]]] = lambda refs: {}


NOTHING = Again()


class Page(NamedTuple):
    """Some orders that changed, and up to which moment all are told with them, of those moments that are past."""

    found: Sequence[Found]
    until: datetime


def woocommerce_pages(shop: Account, since: datetime, again: Again = NOTHING, size: int = PER_PAGE) -> Iterator[Page]:
    """Orders that changed from a moment on, in the order of their changes, with the lines of those refunds that are not
    told yet; last the refunds of orders that are awaited. Those that rest are asked for only where their orders
    changed; a stamp that is ahead says so only once its moment is past, else it would say so each time.

    One order that cannot be told waits by itself. Raises TryAgain where the shop cannot be reached, DomainError where
    it lets nobody in.
    """
    asked, told = set[str](), since
    for rows, untold in _walked(shop, since, size):
        found = [as_found(row, "") for row in rows]
        refunded = _refunded(found, rows, again, since)
        asked |= set(refunded)
        told = _past(_changes(rows, MODIFIED), told)
        yield Page([*untold, *found, *(_refunds(shop, ref) for ref in refunded)], told)
    if awaited := [_refunds(shop, ref) for ref in again.due if ref not in asked]:
        yield Page(awaited, told)


def _walked(shop: Account, since: datetime, size: int) -> Iterator[tuple[list[Any], list[Found]]]:
    """Pages of what changed from a moment on, each with what could not be told before it.

    Asked for from each last change on instead of page after page: what changes meanwhile moves to the end, and the
    pages after it would begin one too late. Only where all of a page is of one second, the next one is asked for, and
    all from that second on once more where the page before is another one by then.
    """
    page, before, untold, moved = 1, list[Any](), list[Found](), 0
    while True:
        try:
            rows = _changed(shop, since, size, page)
        except TooMuch as why:
            if size > 1:
                yield from _walked(shop, since, _fewer(size))
                return
            if len(untold) == MOST_UNTOLD:
                raise
            asked = {"modified_after": f"{since:%Y-%m-%dT%H:%M:%S}Z", "page": page}
            untold.append(_untold("", asked, since, why))
            page, before = page + 1, []
            continue
        if page > 1 and moved < MOST_MOVED and _ids(before) != _page_by_now(shop, since, size, page - 1):
            page, before, untold, moved = 1, [], [], moved + 1
            continue
        yield rows, untold
        # A shop that counts no pages gives the same again, for ever.
        if len(rows) < size or (page > 1 and rows == before):
            break
        last, before, untold = max([since, *_changes(rows, MODIFIED)]), rows, []
        since, page, moved = (last, 1, 0) if last > since else (since, page + 1, moved)


def _changed(shop: Account, since: datetime, size: int, page: int) -> list[Any]:
    """A page of the orders that changed from a moment on, in the order of their changes."""
    return _rows(shop, _ask(
        shop, "orders", modified_after=f"{since - OVERLAP:%Y-%m-%dT%H:%M:%S}", dates_are_gmt="true",
        orderby="modified", order="asc", per_page=str(size), page=str(page),
    ))  # fmt: skip


def _fewer(size: int) -> int:
    """How many are asked for where so many are too much: two as long as that can be, since one is all of its second."""
    return max(size // FEWER, 2) if size > 2 else 1


def _ids(rows: Iterable[Any]) -> list[str]:
    return [line_of(row.get("id")) if isinstance(row, dict) else "" for row in rows]


def _page_by_now(shop: Account, since: datetime, size: int, page: int) -> list[str]:
    """Which orders a page holds by now: none where it cannot be told."""
    with suppress(TooMuch):
        return _ids(_changed(shop, since, size, page))
    return []


def _untold(topic: str, known: Any, since: datetime, why: TooMuch) -> Found:
    """An order that a shop cannot tell, as what is known of it: the same each time."""
    return Found("", topic, as_body(known), DomainError(
        "order_untold", "The shop cannot tell the order that changed next after {moment}: look for it there. {why}",
        moment=f"{since:%Y-%m-%d %H:%M:%S} UTC", why=str(why),
    ))  # fmt: skip


def _refunded(found: Sequence[Found], rows: Sequence[Any], again: Again, began: datetime) -> list[str]:
    """Of which orders the refunds are to be asked for, when one `began` to ask with what changed from a moment on."""
    refunds = {it.ref: row for it, row in zip(found, rows, strict=True) if it.ref and row.get("refunds")}
    lines = again.told(list(refunds)) if refunds else {}
    return [
        ref for ref, row in refunds.items()
        if not _names(row["refunds"]) <= {*lines.get(ref, ())}
        and (ref not in again.resting or _past(_changes([row], MODIFIED), began) > began)
    ]  # fmt: skip


def _names(refunds: Any) -> set[str]:
    """What a shop calls refunds by; of what nobody can read a name that none has."""
    its = refunds if isinstance(refunds, list) else [None]
    return {line_of(one.get("id")) if isinstance(one, dict) else "" for one in its}


def _refunds(shop: Account, ref: str) -> Found:
    """The refunds of an order, or why they are not told: that is no reason to ask for no other order."""
    topic = f"{REFUNDS}{ref}"
    try:
        body = as_body(_ask(shop, f"orders/{ref}/refunds", per_page=str(MOST_REFUNDS)))
        parse(body)
        return Found(ref, topic, body)
    except DomainError as why:
        untold = DomainError("refunds_untold", "The shop does not say which lines it refunded, so they are taken by "
                             "amount; it is asked again, less and less often. {why}", why=str(why))  # fmt: skip
        return Found(ref, topic, b"", untold)


def _ask(shop: Account, path: str, **params: str) -> Any:
    """What a WooCommerce shop answers: over TLS to key and secret, else to a signature with them (OAuth 1.0a)."""
    address = f"{shop.address.rstrip('/')}/wp-json/wc/v3/{path}?{urlencode(params)}"
    if urlsplit(address).scheme == "https":
        return _json(shop, _answered(shop, "GET", address, auth=(shop.key, shop.secret)))
    signed = OAuth(address, shop.key, shop.secret, version="wc/v3", method="GET").get_oauth_url()
    return _json(shop, _answered(shop, "GET", signed))


def shopify_pages(shop: Account, since: datetime, again: Again = NOTHING, size: int = PER_PAGE) -> Iterator[Page]:
    """The same of Shopify, whose orders tell their refunds themselves, and whose pages know their place."""
    headers = {"X-Shopify-Access-Token": shop.secret}
    asked = requests.Request("GET", shop.address.rstrip("/") + SHOPIFY_ORDERS, params={
        "status": "any", "order": "updated_at asc", "limit": str(size),
        "updated_at_min": (since - OVERLAP).isoformat(),
    }).prepare().url  # fmt: skip
    seen = set[str]()
    while asked and asked not in seen:
        seen.add(asked)
        why = None
        try:
            answer = _answered(shop, "GET", asked, headers=headers)
        except TooMuch as error:
            if size > 1:
                yield from shopify_pages(shop, since, again, _fewer(size))
                return
            # Which order that is it may tell, and where the next one is.
            why, answer = error, _answered(shop, "GET", f"{asked}&fields=id,updated_at", headers=headers)
        told = _json(shop, answer)
        rows = _rows(shop, told.get("orders") if isinstance(told, dict) else None)
        topic = "orders/updated"
        found = [_untold(topic, row, since, why) if why else as_found(row, topic) for row in rows]
        since = _past(_changes(rows, "updated_at"), since)
        yield Page(found, since)
        asked = re.sub("&fields=[^&]*", "", answer.links.get("next", {}).get("url", ""))
        if asked and _place(asked) != _place(shop.address):
            raise DomainError("shop_elsewhere", "{shop} sends on to another host: its key is not told there.",
                              shop=shop.name)  # fmt: skip


def _rows(shop: Account, told: Any) -> list[Any]:
    if not isinstance(told, list):
        raise TryAgain("shop_unclear", "{shop} answers with something else than a list.", shop=shop.name)
    return told


def _changes(rows: Iterable[Any], name: str) -> list[datetime]:
    """When orders changed, of those that say so."""
    found = []
    for row in rows:
        with suppress(Unreadable):
            found.append(moment(row.get(name) if isinstance(row, dict) else None, name))
    return found


def _past(changes: Iterable[datetime], since: datetime) -> datetime:
    """The last of these moments that is not to come. A stamp that is ahead says nothing of where the shop's clock is:
    up to ours, a clock that is behind would have all passed by that it is yet to stamp.
    """
    return max([since, *(at for at in changes if at <= clock.now())])


def _place(address: str) -> tuple[str, str, int]:
    """Scheme, host and port of an address; Invalid where it is none."""
    return urlsplit(address).scheme, *outgoing.place_of(address)


PAGES = {"woocommerce": woocommerce_pages, "shopify": shopify_pages}


def send_levels(shop: Account, message: str, body: bytes) -> None:
    """Tells a shop what changed, signed as Standard Webhooks has it (standardwebhooks.com, 1.0): the same message may
    come twice. Raises TryAgain where the shop has not taken it.
    """
    moment = str(int(clock.now().timestamp()))
    headers = {
        "Content-Type": "application/json", "webhook-id": message, "webhook-timestamp": moment,
        "webhook-signature": signature(shop.secret, message, moment, body),
    }  # fmt: skip
    _answered(shop, "POST", shop.address, good=range(200, 300), data=body, headers=headers)


def signature(secret: str, message: str, moment: str, body: bytes) -> str:
    """The signature of a message: base64 of the HMAC-SHA256 of its id, moment and body, under version 1."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX)) if secret.startswith(PREFIX) else secret.encode()
    except ValueError:
        raise DomainError("secret_cut", "What follows {prefix} in the secret for telling is no base64: enter it again.",
                          prefix=PREFIX) from None  # fmt: skip
    made = hmac.new(key, f"{message}.{moment}.".encode() + body, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(made).decode()}"


def _answered(
    shop: Account, method: str, address: str, good: Container[int] = (200,), **more: object
) -> requests.Response:  # fmt: skip
    """An answer that is one; TryAgain or DomainError, with a sentence, for anything else."""
    try:
        answer = outgoing.call(method, address, shop.own, **more)
    except requests.RequestException as error:
        kind = TooMuch if isinstance(error, (outgoing.TooLarge, requests.ReadTimeout)) else TryAgain
        raise kind("shop_silent", "{shop} cannot be reached: {why}.", shop=shop.name,
                   why=type(error).__name__) from None  # fmt: skip
    if answer.status_code in (401, 403):
        raise DomainError("shop_closed", "{shop} lets nobody in with this key: enter another one.", shop=shop.name)
    if answer.status_code not in good:
        kind = TooMuch if answer.status_code in TOO_MUCH else TryAgain
        raise kind("shop_answers", "{shop} answers with {status}.", shop=shop.name, status=answer.status_code)
    return answer


def _json(shop: Account, answer: requests.Response) -> Any:
    try:
        # Unlike the answer's own way, it minds no mark of byte order, which plug-ins of shops put before all else.
        return json.loads(answer.content)
    except (ValueError, RecursionError):
        raise TryAgain("shop_unclear", "{shop} answers with something else than JSON.", shop=shop.name) from None
