"""Addresses that people entered reach the public internet, and nothing that only this server reaches."""

import socket
from contextlib import nullcontext
from pathlib import Path
from time import sleep
from typing import Any

import pytest
from requests import ConnectionError as NobodyThere
from requests import ReadTimeout

from app.domain.kernel.errors import Invalid
from app.web import outgoing
from app.web.outgoing import call, check_public
from tests.web.foreign_shop import open_shop
from tests.web.foreign_tls import certificate, open_dripping, spoken

LOCAL = [
    "https://127.0.0.1", "https://localhost/wp", "https://10.0.0.8:8443", "https://192.168.1.1", "https://100.64.0.1",
    "https://169.254.169.254/latest/meta-data", "https://0x7f000001", "https://2130706433", "https://0.0.0.0",
    "https://[::1]", "https://[fe80::1]", "https://[fd00::1]", "https://[::ffff:10.0.0.1]", "https://[64:ff9b::a00:1]",
    "https://[fec0::1]", "https://[::10.0.0.1]", "https://[::ffff:0:10.0.0.1]", "https://[4000::1]",
]  # fmt: skip
UNCLEAR = [
    "https://", "https://[::1", "https://x:99999", "https://shop.example@127.0.0.1", "https://a\\b", "shop.example",
]  # fmt: skip


@pytest.mark.parametrize("address", LOCAL)
def test_what_is_not_public_is_neither_entered_nor_called(address: str) -> None:
    for act in (lambda: check_public(address, ()), lambda: call("GET", address, ())):
        with pytest.raises(Invalid, match="not in the public internet"):
            act()


@pytest.mark.parametrize("address", UNCLEAR)
def test_an_address_means_one_host(address: str) -> None:
    for own in ((), {"127.0.0.1"}):
        with pytest.raises(Invalid, match="An address is written like"):
            check_public(address, own)


@pytest.mark.parametrize("address", ["http://shop.example", "ftp://shop.example", "http://8.8.8.8/x"])
def test_without_tls_only_hosts_of_ones_own_are_called(address: str) -> None:
    for act in (lambda: check_public(address, {"127.0.0.1"}), lambda: call("GET", address, {"127.0.0.1"})):
        with pytest.raises(Invalid, match="begins with https"):
            act()


def test_public_addresses_and_hosts_of_ones_own_are_entered() -> None:
    check_public("https://8.8.8.8", ())
    check_public("https://[2606:4700::1111]/x", ())
    check_public("http://127.0.0.1:8080/x", {"127.0.0.1"})
    check_public("https://nobody-knows.invalid", ())


def test_a_name_of_which_one_address_is_not_public_is_not_entered(monkeypatch: pytest.MonkeyPatch) -> None:
    _means(monkeypatch, "8.8.8.8", "10.0.0.1")

    with pytest.raises(Invalid, match=r"two\.example is not in the public internet"):
        check_public("https://two.example", ())


def test_a_name_that_means_another_host_by_now_is_not_called(monkeypatch: pytest.MonkeyPatch) -> None:
    with open_shop() as theirs:
        port = theirs.address.rpartition(":")[2]
        _means(monkeypatch, "8.8.8.8")
        check_public(f"https://rebound.example:{port}", ())
        _means(monkeypatch, "127.0.0.1")

        with pytest.raises(Invalid, match="not in the public internet"):
            call("GET", f"https://rebound.example:{port}", ())

    assert theirs.asked == []


def test_a_host_of_ones_own_is_called_as_it_is_and_not_followed_elsewhere() -> None:
    with open_shop() as theirs:
        theirs.status = 302

        answer = call("GET", f"{theirs.address}/admin/?limit=1", {"127.0.0.1"})

    assert (answer.status_code, len(theirs.asked)) == (302, 1)
    assert theirs.asked[0].headers["User-Agent"] == "Stockbook"


def test_an_answer_that_has_no_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outgoing, "LONGEST", 0.1)
    with open_shop() as theirs:
        theirs.drops = (sleep(0.02) or b" " for _ in range(50))

        with pytest.raises(ReadTimeout):
            call("GET", f"{theirs.address}/admin/?limit=1", {"127.0.0.1"})


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("begins", [b"HTTP/1.1 200 OK\r\nX-Long: ", b"HTTP/1.1 200 OK\r\n\r\n"], ids=["header", "body"])
def test_what_comes_drop_by_drop_is_given_up(
    scheme: str, begins: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outgoing, "LONGEST", 0.5)
    known = certificate(tmp_path, "localhost")
    with open_dripping(spoken(known) if scheme == "https" else None, begins, drops=1_500) as theirs:
        with pytest.raises(ReadTimeout):
            call("GET", f"{scheme}://localhost:{theirs.port}/", {"localhost"}, verify=str(known))
        assert theirs.left.wait(60)


def test_where_one_address_of_a_name_lets_nobody_in_the_next_public_one_is_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = certificate(tmp_path, "two.example")
    with open_shop(spoken(known)) as theirs:
        theirs.orders = [{"id": 1}]
        port = int(theirs.address.rpartition(":")[2])
        _leads(monkeypatch, {"8.8.8.8": None, "10.0.0.1": port, "8.8.4.4": port})
        _means(monkeypatch, "8.8.8.8", "10.0.0.1", "8.8.4.4")

        answer = call("GET", f"https://two.example:{port}/admin/?limit=1", (), verify=str(known))

        assert answer.json() == {"orders": [{"id": 1}]}
        assert [asked.host for asked in theirs.asked] == [f"two.example:{port}"]
        _means(monkeypatch, "8.8.8.8", "10.0.0.1")
        with pytest.raises(NobodyThere):
            call("GET", f"https://two.example:{port}/admin/?limit=1", (), verify=str(known))


def test_an_answer_that_fills_the_memory_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outgoing, "LARGEST", 100)
    with open_shop() as theirs:
        for size, refused in ((100, False), (101, True)):
            theirs.drops = iter([b"x" * size])
            with pytest.raises(outgoing.TooLarge) if refused else nullcontext():
                assert call("GET", f"{theirs.address}/admin/", {"127.0.0.1"}).content == b"x" * size


def _leads(monkeypatch: pytest.MonkeyPatch, ports: dict[str, int | None]) -> None:
    """Addresses out there lead to a port of this machine, or to nobody."""
    real = socket.socket.connect

    def connect(sock: socket.socket, place: Any) -> None:
        port = ports.get(place[0], place[1])
        if port is None:
            raise ConnectionRefusedError
        real(sock, ("127.0.0.1", port) if place[0] in ports else place)

    monkeypatch.setattr(socket.socket, "connect", connect)


def _means(monkeypatch: pytest.MonkeyPatch, *places: str) -> None:
    """Names are looked up by somebody who says this."""
    real = socket.getaddrinfo

    def looked_up(host: str, port: int, *more: Any, **named: Any) -> Any:
        if not host.endswith(".example"):
            return real(host, port, *more, **named)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (place, port)) for place in places]

    monkeypatch.setattr(socket, "getaddrinfo", looked_up)
