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
        if name is not None:
            # A token says itself whose it is: one of the people's is good in every copy of the company.
            token = _tokens.get(name) or self._token(name)
            if name in PEOPLE:
                _tokens[name] = token
            self.headers = {"Authorization": f"Bearer {token}"}

    def _token(self, name: str) -> str:
        asked = {"username": name, "password": PASSWORD, "provider": "db"}
        return str(self.client.post("/api/v1/security/login", json=asked).json["access_token"])

    def ask(self, method: str, address: str, body: Any = None, **headers: str) -> Any:
        """The answer to a request with a JSON body, if any; header names have _ for -."""
        more = {name.replace("_", "-"): text for name, text in headers.items()}
        return self.client.open(f"/api/v1/{address}", method=method, json=body, headers=self.headers | more)

    def get(self, address: str) -> Any:
        return self.ask("GET", address)

    def post(self, address: str, body: Any = None, **headers: str) -> Any:
        return self.ask("POST", address, {} if body is None else body, **headers)


# Sign-in name → token.
_tokens: dict[str, str] = {}

Call = Callable[[str | None], Caller]


@pytest.fixture
def call(own_shop: Shop) -> Call:
    """Calls a company of the test's own, by somebody's sign-in name."""
    return lambda name: Caller(own_shop, name)
