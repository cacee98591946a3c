"""Correct as people see it: one button, for whoever may cancel a document and write drafts of its kind."""

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.domain.correcting import CORRECT
from app.domain.kernel.lifecycle import Lifecycle
from app.web.kit.documents import Button
from app.web.kit.rights import mine


def correct_button(lifecycle: Lifecycle, resource: str) -> Button:
    """Takes a processed document back, opens a draft of the same content, and shows that."""

    def beyond(_session: Any, ids: Sequence[int]) -> dict[int, str]:
        if mine().may("edit", resource):
            return {}
        return dict.fromkeys(ids, gettext("You may not write drafts of this kind."))

    return Button(
        CORRECT[lifecycle.kind], "cancel", _("Correct"), ("on", "reason"), "pencil", ("processed",), danger=True,
        bulk=False, beyond=beyond, opens="corrects",
    )  # fmt: skip
