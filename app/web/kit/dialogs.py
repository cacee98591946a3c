"""What a list asks before it takes a step with many documents: a dialog for each step, put together once for all who
may take the same ones.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import render_template, request
from flask_babel import get_locale
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup, escape

from app.web.kit import look
from app.web.kit.address import with_arguments
from app.web.kit.asks import questions
from app.web.kit.rights import mine

MOST = 100
# Stand for the token of whoever looks, and for what the list is narrowed by, which no address, label or date contains.
TOKEN = "\x00token\x00"  # noqa: S105
NARROWED = "\x00narrowed\x00"


def dialogs(view: Any, steps: Sequence[dict[str, Any]], typed: Mapping[str, Any]) -> Markup:
    """The dialogs of these steps of a view, for the person of this request; with what was `typed` into those that were
    answered so that nothing could be done. They lead back to the list as it is narrowed now.
    """
    drawn = _drawn(steps, typed) if typed else _kept(view, steps)
    narrowed = str(escape(with_arguments("", request.args)))
    return Markup(drawn.replace(TOKEN, generate_csrf()).replace(NARROWED, narrowed))  # noqa: S704


def _kept(view: Any, steps: Sequence[dict[str, Any]]) -> str:
    # Whatever the questions say that is not the same at all times and for everybody.
    of = (
        tuple(step["name"] for step in steps), mine().may("process", "Consent"), look.today(), str(get_locale()),
        request.script_root,
    )  # fmt: skip
    kept: dict[tuple[Any, ...], str] = vars(view).setdefault("kept dialogs", {})
    # Another thread may clear them at any moment.
    drawn = kept.get(of)
    if drawn is None:
        drawn = _drawn(steps, {})
        if len(kept) >= MOST:
            kept.clear()
        kept[of] = drawn
    return drawn


def _drawn(steps: Sequence[dict[str, Any]], typed: Mapping[str, Any]) -> str:
    asked = [{**step, "questions": questions(step["button"].asks, typed.get(step["name"], {}))} for step in steps]
    return render_template("stockbook/dialogs.html", steps=asked, token=TOKEN, narrowed=NARROWED)
