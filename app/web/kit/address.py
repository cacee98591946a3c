"""Addresses: ids from 1 to 2^63 − 1 (anything else is no page, before any SQL), and this page with other arguments."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import NamedTuple
from urllib.parse import urlencode

from flask import request, url_for
from werkzeug.routing import IntegerConverter

from app.web.kit.arguments import ListArguments
from app.web.kit.scope import LARGEST_ID


def _up_to(largest: int) -> str:
    """A pattern of the whole numbers from 1 to the largest, and of nothing else."""
    digits = str(largest)
    below = [
        rf"{digits[:i]}[{0 if i else 1}-{int(digit) - 1}]\d{{{len(digits) - i - 1}}}"
        for i, digit in enumerate(digits)
        if int(digit) > (0 if i else 1)
    ]
    return rf"(?:[1-9]\d{{0,{len(digits) - 2}}}|{'|'.join(below)}|{digits})"


class IdConverter(IntegerConverter):
    """`<id:pk>` in a route. A number that cannot be one is no match: a match that is taken back would be a 405."""

    regex = _up_to(LARGEST_ID)

    def __init__(self, url_map: object) -> None:
        super().__init__(url_map, min=1, max=LARGEST_ID)  # type: ignore[arg-type]


def file(name: str) -> str:
    """The address of a file of the pages, with its version, found out once in a process: a page names ten of them."""
    return _file(name, request.script_root)


@cache
def _file(name: str, _root: str) -> str:
    return url_for("static", filename=name)


def here(**changes: object) -> str:
    """The address of this page with some arguments changed; None takes one away.

    What somebody wrote into the address is never an argument of `url_for`, which has names of its own.
    """
    return with_arguments(request.path, {**request.args, **changes})


def with_arguments(path: str, arguments: Mapping[str, object]) -> str:
    """A path with these arguments, without those that are None."""
    given = {name: value for name, value in arguments.items() if value is not None}
    return f"{path}?{urlencode(given)}" if given else path


def of_first_page(view: str) -> dict[str, str]:
    """This page's arguments without the place in the list of a view."""
    return {name: value for name, value in request.args.items() if name not in (f"after_{view}", f"before_{view}")}


class Links(NamedTuple):
    """What a list links to: the pages before and after, if any; each order by its column; pages of another size; all of
    it as CSV.
    """

    before: str
    after: str
    ordered: Callable[[str], str]
    sized: Callable[[int], str]
    csv: str


def links(path: str, view: str, arguments: ListArguments, before: str, after: str) -> Links:
    """The links of one page of a view's list, from the tokens of the pages before and after."""
    first = of_first_page(view)

    def ordered(column: str) -> str:
        turned = "desc" if (column, "asc") == (arguments.order, arguments.direction) else "asc"
        return with_arguments(path, {**first, f"_oc_{view}": column, f"_od_{view}": turned})

    return Links(
        with_arguments(path, {**first, f"before_{view}": before}) if before else "",
        with_arguments(path, {**first, f"after_{view}": after}) if after else "",
        ordered,
        lambda size: with_arguments(path, {**first, f"psize_{view}": size}),
        with_arguments(path, {**first, "format": "csv"}),
    )
