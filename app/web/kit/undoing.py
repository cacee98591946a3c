"""The undo chain as people see it: one button, for whoever may cancel every kind of document that it takes back."""

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.domain.undo import touched, undo_chains
from app.web.kit import look
from app.web.kit.documents import Button
from app.web.kit.limits import forbidden
from app.web.kit.rights import mine
from app.web.kit.scope import in_scope
from app.web.kit.trails import resource_of


def undo_button(*states: str) -> Button:
    """Takes back a document in one of these states with all that follows it."""
    return Button(
        undo_chains, "cancel", _("Undo chain"), ("on", "reason"), "arrow-back", states, danger=True, beyond=beyond
    )


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
