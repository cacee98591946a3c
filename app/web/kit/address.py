"""Addresses: ids from 1 to 2^63 − 1 (anything else is no page, before any SQL), and this page with other arguments."""

from collections.abc import Mapping
from urllib.parse import urlencode

from flask import request
from werkzeug.routing import IntegerConverter

from app.web.kit.scope import LARGEST_ID


class IdConverter(IntegerConverter):
    """`<id:pk>` in a route."""

    regex = r"[1-9]\d{0,18}"

    def __init__(self, url_map: object) -> None:
        super().__init__(url_map, min=1, max=LARGEST_ID)  # type: ignore[arg-type]


def here(**changes: object) -> str:
    """The address of this page with some arguments changed.

    What somebody wrote into the address is never an argument of `url_for`, which has names of its own.
    """
    return with_arguments(request.path, {**request.args, **changes})


def with_arguments(path: str, arguments: Mapping[str, object]) -> str:
    return f"{path}?{urlencode(arguments)}" if arguments else path
