"""What a list asks before it takes a step with many documents: a dialog for each step, put together once for all who
may take the same ones.
"""

from collections.abc import Sequence
from typing import Any

from flask import render_template, request
from flask_babel import get_locale
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup

from app.web.kit import look
from app.web.kit.asks import questions
from app.web.kit.rights import mine

MOST = 100
# Stands for the token of whoever looks, which no address, label or date contains.
TOKEN = "\x00token\x00"  # noqa: S105


def dialogs(view: Any, steps: Sequence[dict[str, Any]]) -> Markup:
    """The dialogs of these steps of a view, for the person of this request."""
    # Whatever the questions say that is not the same at all times and for everybody.
    of = (
        tuple(step["name"] for step in steps), mine().may("process", "Consent"), look.today(), str(get_locale()),
        request.script_root,
    )  # fmt: skip
    kept: dict[tuple[Any, ...], Markup] = vars(view).setdefault("kept dialogs", {})
    # Another thread may clear them at any moment.
    drawn = kept.get(of)
    if drawn is None:
        asked = [{**step, "questions": questions(step["button"].asks, {})} for step in steps]
        drawn = Markup(render_template("stockbook/dialogs.html", steps=asked, token=TOKEN))  # noqa: S704
        if len(kept) >= MOST:
            kept.clear()
        kept[of] = drawn
    return Markup(drawn.replace(TOKEN, generate_csrf()))  # noqa: S704
