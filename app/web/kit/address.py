"""Ids in addresses: 1 to 2^63 − 1, anything else is a page that does not exist, before any SQL."""

from werkzeug.routing import IntegerConverter

from app.web.kit.scope import LARGEST_ID


class IdConverter(IntegerConverter):
    """`<id:pk>` in a route."""

    regex = r"[1-9]\d{0,18}"

    def __init__(self, url_map: object) -> None:
        super().__init__(url_map, min=1, max=LARGEST_ID)  # type: ignore[arg-type]
