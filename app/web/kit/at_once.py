"""A step that is taken with many documents at once, and a row that tells what became of each."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import url_for
from flask_babel import gettext
from flask_login import current_user

from app.domain.kernel.batch import Result, run_batch
from app.domain.kernel.errors import DomainError
from app.web.kit import look
from app.web.kit.refusals import said


def take_all(
    view: Any, button: Any, ids: Sequence[int], arguments: Mapping[str, Any]
) -> tuple[Sequence[dict[str, Any]], str]:
    """A row for each document: its number as far as the person may see it, its status, its sentence, and its address
    where it still has one. No row, and the sentence of the refusal, where nothing could be done with any.
    """
    refused = view.refusals(button, ids)
    seen = view.reached(ids)
    numbers = view.numbers([i for i in ids if i not in refused or i in seen])
    view.datamodel.session.rollback()
    try:
        done = run_batch(
            button.action, [i for i in ids if i not in refused], **arguments, by=current_user.actor_id
        )  # fmt: skip
    except DomainError as refusal:
        return [], said(refusal)
    told = {result.document_id: (result.status, sentence(result)) for result in done}
    told |= {i: ("refused", why) for i, why in refused.items()}
    used = [result.document_id for result in done if result.refusal is None]
    numbers |= view.numbers(used)
    gone = set(used) if button.right == "delete" else set()
    return [
        {"id": i, "number": numbers.get(i, f"#{i}"), "status": told[i][0], "sentence": told[i][1],
         "url": url_for(".show", pk=i) if i in numbers and i not in gone else ""}
        for i in ids
    ], ""  # fmt: skip


def sentence(result: Result) -> str:
    """Why a document was refused, or who had done it before; empty where it is done now."""
    if result.refusal is not None:
        return said(result.refusal)
    if result.already is not None:
        return gettext("by %(name)s, %(at)s", name=result.already.by, at=look.moment(result.already.at))
    return ""
