"""Icons as inline SVG, from the vendored subset."""

import json
from functools import cache

from markupsafe import Markup

from app.web.vendor import ICONS


@cache
def _shapes() -> dict[str, str]:
    shapes: dict[str, str] = json.loads(ICONS.read_text())
    return shapes


@cache
def icon(name: str, css: str = "") -> Markup:
    """The icon of this name; KeyError where it was not vendored."""
    frame = Markup(
        '<svg class="icon {0}" width="24" height="24" viewBox="0 0 24 24" fill="none" stroke="currentColor" '
        'stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">{1}</svg>'
    )
    return frame.format(css, Markup(_shapes()[name]))  # noqa: S704
