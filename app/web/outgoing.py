"""Calls to addresses that people entered: over TLS and to the public internet only.

Whoever enters an address must not reach by it what this server reaches and they do not: databases, the machine itself,
the cloud's own services. Hosts that STOCKBOOK_SHOP_HOSTS names are whoever's who runs the program: those may be in its
own network, and without TLS.
"""

import socket
from collections.abc import Container
from ipaddress import ip_network
from time import monotonic
from urllib.parse import urlsplit

import requests_hardened
from requests import ReadTimeout, RequestException, Response
from requests.exceptions import ConnectionError as Broken
from requests_hardened import ip_filter
from requests_hardened.ip_filter import InvalidIPAddress, get_ip_address
from urllib3.exceptions import HTTPError

from app.domain.kernel.errors import Invalid

# All of IPv6 but 2000::/3, from which public addresses are given out (iana.org, IPv6 global unicast): of the rest the
# library knows only some, and neither what was site-local nor IPv4 addresses in all ways of writing them.
ip_filter.EXTRA_BLOCKED_NET_RANGES += tuple(map(ip_network, ("::/3", "4000::/2", "8000::/1")))

AGENT = "Stockbook"
PATIENCE = (5, 30)
LONGEST, LARGEST, PIECE = 120, 64 * 2**20, 2**16
PORT, TLS_PORT = 80, 443


class TooLarge(RequestException):
    """An answer of more than LARGEST bytes."""


def call(method: str, address: str, own: Container[str], **more: object) -> Response:
    """The answer from an address, not followed to another one, under the names that `requests` has for the rest.

    A name is looked up once, and what is connected to is what was looked at. Raises Invalid for what may not be called,
    requests.RequestException where nobody answers, or with more than LARGEST bytes or for longer than LONGEST seconds.
    """
    until = monotonic() + LONGEST
    host, _port = _host(address, own)
    config = requests_hardened.Config(
        ip_filter_enable=host not in own, ip_filter_allow_loopback_ips=False, never_redirect=True,
        default_timeout=PATIENCE, user_agent_override=AGENT,
    )  # fmt: skip
    try:
        with requests_hardened.Manager(config).get_session() as session:
            answer: Response = session.request(method, address, allow_redirects=False, stream=True, **more)
            return _read(answer, until)
    except InvalidIPAddress:
        raise _not_public(host) from None


def _read(answer: Response, until: float) -> Response:
    """The answer with its body, which may neither fill the memory nor come drop by drop for ever: the patience of the
    library is that with each drop.
    """
    body = bytearray()
    try:
        while piece := answer.raw.read1(PIECE, decode_content=True):
            body += piece
            if len(body) > LARGEST:
                raise TooLarge
            if monotonic() > until:
                raise ReadTimeout
    except HTTPError as error:
        raise Broken from error
    answer._content, answer._content_consumed = bytes(body), True  # type: ignore[attr-defined]
    return answer


def check_public(address: str, own: Container[str]) -> None:
    """Invalid where an address may not be called; a name that leads nowhere yet is looked at when it is called."""
    host, port = _host(address, own)
    if host in own:
        return
    try:
        found = {place[4][0] for place in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    except (OSError, UnicodeError):
        return
    try:
        for one in found:
            get_ip_address(str(one), port, allow_loopback=False)
    except (InvalidIPAddress, OSError):
        raise _not_public(host) from None


def _host(address: str, own: Container[str]) -> tuple[str, int]:
    """The host and port of an address that may be called; Invalid for any other."""
    host, port = place_of(address)
    scheme = urlsplit(address).scheme
    if scheme != "https" and not (scheme == "http" and host in own):
        raise Invalid("no_tls", "The address begins with https://. Without TLS only hosts of your own are called, "
                      "which the setting STOCKBOOK_SHOP_HOSTS names.")  # fmt: skip
    return host, port


def place_of(address: str) -> tuple[str, int]:
    """The host and port of an address that says nothing else beside its path; Invalid for any other."""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port or (PORT if parts.scheme == "http" else TLS_PORT)
    except ValueError:
        host, port = "", 0
    # Programs differ in what they take for the host where these are: what is looked at must be what is called.
    if not host or "@" in parts.netloc or "\\" in address or not address.isprintable():
        raise Invalid("no_address", "An address is written like https://shop.example/path.")
    return host, port


def _not_public(host: str) -> Invalid:
    return Invalid("not_public", "{host} is not in the public internet. Hosts of your own network are called only "
                   "where the setting STOCKBOOK_SHOP_HOSTS names them.", host=host)  # fmt: skip
