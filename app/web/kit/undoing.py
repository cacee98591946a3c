"""The undo chain as people see it: one button, for whoever may cancel every kind of document that it takes back."""

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session

from app.domain.kernel.lifecycle import Outcome
from app.domain.kernel.rows import read
from app.domain.undo import Undoing, touched, undo_chains
from app.web.kit import look
from app.web.kit.documents import Button
from app.web.kit.limits import forbidden
from app.web.kit.rights import mine
from app.web.kit.scope import in_scope
from app.web.kit.trails import resource_of

CALLED = {"undo": _("Undo chain"), "correct": _("Correct")}
NAMED = "SELECT id, kind, number FROM document WHERE id = ANY(%(ids)s::bigint[]) ORDER BY id DESC"


def undo_button(*states: str) -> Button:
    """Takes back a document in one of these states with all that follows it."""
    return Button(
        undo_chains, "cancel", CALLED["undo"], ("on", "reason"), "arrow-back", states, danger=True, beyond=beyond
    )


def also_called(name: str, button: Button) -> Button:
    """A step of documents that nothing follows, for those who ask it of any document under another name: to undo the
    chain of one is to cancel it, and it is all of the plan.
    """
    if name != "undo":
        return button._replace(label=CALLED[name])

    def undo(session: Session, ids: Sequence[int], /, **arguments: Any) -> Outcome:
        outcome = button.action(session, ids, **arguments)
        done = read(session, NAMED, ids=sorted(outcome.done))
        outcome.answer = [Undoing(row.id, row.kind, row.number, "cancel") for row in done]
        return outcome

    return button._replace(action=undo, label=CALLED[name])


def beyond(session: Any, ids: Sequence[int]) -> dict[int, str]:
    """Documents whose chains this person may not take back, with the kind that they may not cancel."""
    chains = touched(session, ids)
    refused: dict[int, str] = {}
    for kind in sorted({kind for chain in chains.values() for kind in chain}):
        documents = sorted({i for chain in chains.values() for i in chain.get(kind, ())})
        stuck = set(documents) - _mine(session, kind, documents)
        sentence = gettext("It would take back a %(kind)s that you may not cancel.", kind=str(look.word(kind)))
        refused |= {root: sentence for root, chain in chains.items() if chain.get(kind, set()) & stuck}
    return refused


def _mine(session: Any, kind: str, documents: Sequence[int]) -> set[int]:
    """Those of them that this person may cancel."""
    resource, model = resource_of(kind)
    if not mine().may("cancel", resource):
        return set()
    kept = in_scope(session, model, documents, "cancel")
    return kept - forbidden(session, mine().limits(resource, "cancel"), sorted(kept)).keys()
