"""A batch that does what can be done: bad documents are taken out, the rest runs again, and each has its result."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from app.domain.kernel.errors import DomainError, Refused
from app.domain.kernel.lifecycle import AlreadyDone, Outcome
from app.domain.kernel.unit import deed


@dataclass(frozen=True)
class Result:
    """What became of one document: done now, done before by somebody, or refused with the reason."""

    document_id: int
    already: AlreadyDone | None = None
    refusal: DomainError | None = None

    @property
    def status(self) -> str:
        if self.refusal:
            return "refused"
        return "already_done" if self.already else "done"


def run_batch(action: Callable[..., Outcome], ids: Iterable[int], /, **arguments: Any) -> list[Result]:
    """Runs an action on as many of the documents as can take it, in one deed; a result for each, in the given order."""
    wanted = list(dict.fromkeys(ids))
    refused: dict[int, DomainError] = {}
    outcome = Outcome()
    while left := [i for i in wanted if i not in refused]:
        try:
            outcome = deed(lambda session, left=left: action(session, left, **arguments))  # type: ignore[misc]
            break
        except Refused as refusal:
            if not refusal.errors.keys() & set(left):
                raise
            refused |= refusal.errors
    return [Result(i, outcome.already.get(i), refused.get(i)) for i in wanted]
