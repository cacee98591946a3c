"""Calls to addresses that people entered: over TLS and to the public internet only.

Whoever enters an address must not reach by it what this server reaches and they do not: databases, the machine itself,
the cloud's own services. Hosts that STOCKBOOK_SHOP_HOSTS names are whoever's who runs the program: those may be in its
own network, and without TLS.
"""

import socket
from collections.abc import Container, Iterator
from ipaddress import ip_network
from urllib.parse import urlsplit

import requests_hardened
from requests import ReadTimeout, RequestException, Response
from requests.exceptions import ConnectionError as Broken
from requests_hardened import ip_filter
from requests_hardened.ip_filter import InvalidIPAddress, get_ip_address
from urllib3.exceptions import HTTPError

from app.domain.kernel.errors import Invalid
from app.web.connections import Watch, Watched, WatchedPublic

# All of IPv6 but 2000::/3, from which public addresses are given out (iana.org, IPv6 global unicast): of the rest the
# library knows only some, and neither what was site-local nor IPv4 addresses in all ways of writing them.
ip_filter.EXTRA_BLOCKED_NET_RANGES += tuple(map(ip_network, ("::/3", "4000::/2", "8000::/1")))

AGENT = "Stockbook"
# To be let in, and for the next bytes: shops on small hosts think for up to half a minute, which is what PHP lets them.
PATIENCE = (5, 30)
# For a whole call. What is larger than a page comes over a slow line in that time: 16 MiB at 140 kB a second.
LONGEST = 120
# Orders of shops are 5 to 26 kB, with up to 2 kB for each further line. So 100 of WooCommerce or 250 of Shopify, which
# is all that they give at once, are 0.5 to 6.5 MB, and one of 2,000 lines has less than the 5 MiB that our own door
# takes in. Of what is more, less is asked for at once: read, it takes five times as much memory.
LARGEST = 16 * 2**20
PIECE = 2**16
PORT, TLS_PORT = 80, 443


class TooLarge(RequestException):
    """An answer of more than LARGEST bytes."""


def call(method: str, address: str, own: Container[str], **more: object) -> Response:
    """The answer from an address, not followed to another one, under the names that `requests` has for the rest.

    What is connected to is what was looked at; where the first address of a name does not let one in, its next public
    one is tried. Raises Invalid for what may not be called, requests.RequestException where nobody answers, or with
    more than LARGEST bytes or for longer than LONGEST seconds in all.
    """
    host, port = _host(address, own)
    with Watch(LONGEST, lambda tried: () if host in own else _others(host, port, tried)) as watch:
        try:
            with _session(watch, public=host not in own) as session:
                answer: Response = session.request(method, address, allow_redirects=False, stream=True, **more)
                return _read(answer, watch)
        except InvalidIPAddress:
            raise _not_public(host) from None
        except RequestException as error:
            # What was cut off looks like one who broke off.
            raise (ReadTimeout() if watch.is_over else error) from None


def _session(watch: Watch, *, public: bool) -> requests_hardened.HTTPSession:
    """The library's session, over connections that the watch ends; the filter of addresses is in those."""
    session = requests_hardened.Manager(requests_hardened.Config(
        ip_filter_enable=False, ip_filter_allow_loopback_ips=False, never_redirect=True, default_timeout=PATIENCE,
        user_agent_override=AGENT,
    )).get_session()  # fmt: skip
    for scheme in ("https", "http"):
        adapter = WatchedPublic(is_https_proto=scheme == "https") if public else Watched()
        adapter.watch = watch
        session.mount(f"{scheme}://", adapter)
    return session


def _others(host: str, port: int, tried: str) -> Iterator[str]:
    """The public addresses of a name beside one."""
    for place in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        one = str(place[4][0])
        if one != tried and _is_public(one, port):
            yield one


def _is_public(address: str, port: int) -> bool:
    try:
        get_ip_address(address, port, allow_loopback=False)
    except (InvalidIPAddress, OSError):
        return False
    return True


def _read(answer: Response, watch: Watch) -> Response:
    """The answer with its body, which may not fill the memory; one that was cut off has not ended by itself."""
    body = bytearray()
    try:
        while piece := answer.raw.read1(PIECE, decode_content=True):
            body += piece
            if len(body) > LARGEST:
                raise TooLarge
    except HTTPError as error:
        raise Broken from error
    if watch.is_over:
        raise ReadTimeout
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
    if not all(_is_public(str(one), port) for one in found):
        raise _not_public(host)


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
