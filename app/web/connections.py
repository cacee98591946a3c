"""Connections of calls that have an end: when its time is over a call is cut off wherever it is, whatever still comes
drop by drop; and where one address of a host does not let it in, the next one is tried.
"""

import socket
from collections.abc import Callable, Iterable
from contextlib import suppress
from threading import Timer
from types import TracebackType
from typing import Any

from requests import PreparedRequest
from requests.adapters import HTTPAdapter
from requests_hardened.ip_filter_adapter import IPFilterAdapter
from urllib3 import HTTPConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

NOT_LET_IN = (NewConnectionError, ConnectTimeoutError)


class Watch:
    """The end of one call. `others` tells, for an address that lets nobody in, which else its host has."""

    def __init__(self, seconds: float, others: Callable[[str], Iterable[str]]) -> None:
        self.others = others
        self.is_over = False
        self._timer = Timer(seconds, self._cut_off)
        self._timer.daemon = True
        self._held: list[socket.socket] = []

    def __enter__(self) -> "Watch":
        self._timer.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._timer.cancel()
        for its in self._held:
            its.close()

    def hold(self, sock: socket.socket) -> None:
        """From now on this connection ends with the call; a handle of its own outlives what TLS makes of the socket."""
        self._held.append(sock.dup())
        if self.is_over:
            self._cut_off()

    def _cut_off(self) -> None:
        self.is_over = True
        for its in self._held:
            # The other side may have gone before.
            with suppress(OSError):
                its.shutdown(socket.SHUT_RDWR)


class _Watched:
    """A connection of urllib3 that a watch ends."""

    def __init__(self, *arguments: Any, watch: Watch, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self._watch = watch

    def _new_conn(self) -> socket.socket:
        sock = self._let_in()
        self._watch.hold(sock)
        return sock

    def _let_in(self) -> socket.socket:
        its: Any = super()
        try:
            return its._new_conn()  # type: ignore[no-any-return]
        except NOT_LET_IN:
            for address in () if self.proxy else self._watch.others(self._dns_host.strip("[]")):
                if self._watch.is_over:
                    break
                self._dns_host = address
                with suppress(*NOT_LET_IN):
                    return its._new_conn()  # type: ignore[no-any-return]
            raise

    proxy: Any
    _dns_host: str


class _Plain(_Watched, HTTPConnection):
    pass


class _Tls(_Watched, HTTPSConnection):
    pass


class Watched(HTTPAdapter):
    """The library's way to a host, whose connections a watch ends."""

    watch: Watch

    def get_connection_with_tls_context(self, request: PreparedRequest, *arguments: Any, **more: Any) -> Any:
        """The connections that a request is sent over."""
        pool: HTTPConnectionPool = super().get_connection_with_tls_context(request, *arguments, **more)
        pool.ConnectionCls = _Tls if pool.scheme == "https" else _Plain
        pool.conn_kw["watch"] = self.watch
        return pool


class WatchedPublic(Watched, IPFilterAdapter):
    """The same, to hosts of the public internet only."""
