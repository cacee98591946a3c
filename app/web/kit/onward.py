"""Saving and going on: from the form of a draft straight to the step that comes next, which asks and shows first."""

from typing import Any

from flask import request, url_for
from flask_babel import gettext

from app.web.kit.rights import mine


def onward(view: Any) -> str:
    """What the button beside Save says; empty where this person takes no step with such drafts."""
    for name, button in view.steps.items():
        sources = button.states or view.lifecycle.steps[name].sources
        mays = mine().may(button.right, button.resource or view.resource)
        if _leads_on(button) and view.lifecycle.initial in sources and mays:
            return gettext("Save and %(step)s", step=str(button.label).lower())
    return ""


def led(view: Any, pk: int) -> str:
    """Where one goes from a saved draft: to the document, or to the step that comes next where that was pressed."""
    if "then" in request.form:
        for name in view.open_steps(view.found(pk)):
            if _leads_on(view.steps[name]):
                return url_for(".step", pk=pk, name=name)
    return url_for(".show", pk=pk)


def _leads_on(button: Any) -> bool:
    return button.right == "process" and not button.danger
