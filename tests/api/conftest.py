"""The seeded company of the pages' tests, called by programs."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.web.companies import Shop
from tests.web.shop import PASSWORD, PEOPLE


class Caller:
    """A program with somebody's token, or with none."""

    def __init__(self, shop: Shop, name: str | None) -> None:
        self.client = shop.app.test_client()
        self.headers: dict[str, str] = {}
        if name in _tokens:
            self.headers = _tokens[name]
        elif name is not None:
            self.sign_in(name)

    def sign_in(self, name: str) -> None:
        """Asks for a token. It says itself whose it is, so that of one of the people is good in every copy."""
        asked = {"username": name, "password": PASSWORD, "provider": "db"}
        token = self.client.post("/api/v1/security/login", json=asked).json["access_token"]
        self.headers = {"Authorization": f"Bearer {token}"}
        if name in PEOPLE:
            _tokens[name] = self.headers

    def ask(self, method: str, address: str, body: Any = None, **headers: str) -> Any:
        """The answer to a request with a JSON body, if any; header names have _ for -."""
        more = {name.replace("_", "-"): text for name, text in headers.items()}
        return self.client.open(f"/api/v1/{address}", method=method, json=body, headers=self.headers | more)

    def get(self, address: str) -> Any:
        return self.ask("GET", address)

    def post(self, address: str, body: Any = None, **headers: str) -> Any:
        return self.ask("POST", address, {} if body is None else body, **headers)


# Sign-in name → what is sent with each request.
_tokens: dict[str | None, dict[str, str]] = {}

Call = Callable[[str | None], Caller]


@pytest.fixture
def call(own_shop: Shop) -> Call:
    """Calls a company of the test's own, by somebody's sign-in name."""
    return lambda name: Caller(own_shop, name)
