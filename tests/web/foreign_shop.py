"""Somebody else's shop on a port of its own: what is asked of it goes over the network, as to a real one."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from ssl import SSLContext
from threading import Thread
from typing import Any

from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response


@dataclass
class ForeignShop:
    """Its orders, the refunds of each, what it was asked and told, the status it answers with instead, and where
    its next pages are said to be. Of the refunds that it has not it says nothing."""

    orders: list[dict[str, Any]] = field(default_factory=list)
    refunds: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    asked: list[Request] = field(default_factory=list)
    told: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    status: int = 200
    address: str = ""
    elsewhere: str = ""
    # What stands before each answer, whether pages are counted, and a body that is sent drop by drop.
    before: bytes = b""
    counts: bool = True
    drops: Iterator[bytes] | None = None
    # Of how many orders it can tell at once, and what it answers to who asks for more.
    most: int = 1_000
    too_much: int | bytes = 500
    # Orders that it cannot tell at all.
    untold: set[int] = field(default_factory=set)

    def __call__(self, environ: Any, start: Any) -> Any:
        request = Request(environ)
        body = request.get_data()
        self.asked.append(request)
        if self.status != 200:
            return Response(status=self.status)(environ, start)
        if request.method == "POST":
            self.told.append((dict(request.headers), body))
            return Response(status=204)(environ, start)
        if request.path.endswith("/refunds") and _order_of(request) not in self.refunds:
            return Response(status=500)(environ, start)
        if int(request.args.get("per_page", request.args.get("limit", 0))) > self.most:
            told = Response(self.too_much) if isinstance(self.too_much, bytes) else Response(status=self.too_much)
            return told(environ, start)
        if self.drops is not None:
            return Response(self.drops, mimetype="application/json")(environ, start)
        answer, links = self._answer(request)
        its = answer.get("orders") if isinstance(answer, dict) else answer
        if self.untold and any(order.get("id") in self.untold for order in its) and "fields" not in request.args:
            return Response(status=500)(environ, start)
        said = self.before + json.dumps(answer).encode()
        return Response(said, mimetype="application/json", headers=links)(environ, start)

    def _answer(self, request: Request) -> tuple[Any, dict[str, str]]:
        if request.path.endswith("/refunds"):
            return self.refunds[_order_of(request)], {}
        if request.path.startswith("/admin/"):
            return self._shopify(request)
        since = request.args["modified_after"]
        # What says nothing of when it changed is among all that did.
        odd = [order for order in self.orders if not isinstance(order, dict) or not order.get("date_modified_gmt")]
        changed = odd + sorted(
            (order for order in self.orders if order not in odd and order["date_modified_gmt"] > since),
            key=lambda order: (order["date_modified_gmt"], str(order.get("id"))),
        )
        page, size = int(request.args["page"]) if self.counts else 1, int(request.args["per_page"])
        return changed[(page - 1) * size : page * size], {}

    def _shopify(self, request: Request) -> tuple[Any, dict[str, str]]:
        start, size = int(request.args.get("page_info", 0)), int(request.args["limit"])
        more = start + size < len(self.orders) or not self.counts
        start, after = (start, start + size) if self.counts else (0, 7)
        following = f"{self.elsewhere or self.address}{request.path}?limit={size}&page_info={after}"
        return {"orders": self.orders[start : start + size]}, {"Link": f'<{following}>; rel="next"'} if more else {}


def _order_of(request: Request) -> int:
    return int(request.path.split("/")[-2])


@contextmanager
def open_shop(tls: SSLContext | None = None) -> Iterator[ForeignShop]:
    """A shop that is open meanwhile."""
    shop = ForeignShop()
    server = make_server("127.0.0.1", 0, shop, threaded=True, ssl_context=tls)
    shop.address = f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield shop
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
