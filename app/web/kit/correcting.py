"""Correct as people see it: one button, for whoever may cancel a document and write drafts of its kind."""

from collections.abc import Callable, Sequence
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.domain.correcting import CORRECT
from app.domain.kernel.lifecycle import Lifecycle
from app.web.kit.documents import Button
from app.web.kit.rights import mine
from app.web.kit.scope import NOT_WHERE_ONE_WRITES, in_scope
from app.web.kit.trails import resource_of

Beyond = Callable[[Any, Sequence[int]], dict[int, str]]


def correct_button(lifecycle: Lifecycle, resource: str, also: Beyond = lambda _session, _ids: {}) -> Button:
    """Takes a document back, opens a draft of the same content, and shows that; not those which are `also` beyond."""

    def beyond(session: Any, ids: Sequence[int]) -> dict[int, str]:
        if not mine().may("edit", resource):
            return dict.fromkeys(ids, gettext("You may not write drafts of this kind."))
        kept = in_scope(session, resource_of(lifecycle.kind)[1], ids, "edit")
        return dict.fromkeys(set(ids) - kept, str(NOT_WHERE_ONE_WRITES)) | also(session, ids)

    return Button(
        CORRECT[lifecycle.kind], "cancel", _("Correct"), ("on", "reason"), "pencil",
        lifecycle.steps["cancel"].sources, danger=True,
        bulk=False, beyond=beyond, opens="corrects",
    )  # fmt: skip
