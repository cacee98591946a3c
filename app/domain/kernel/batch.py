"""A batch that does what can be done: bad documents are taken out, the rest runs again, and each has its result."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from app.domain.kernel.document import made_of
from app.domain.kernel.errors import DomainError, Refused
from app.domain.kernel.lifecycle import AlreadyDone, Outcome
from app.domain.kernel.unit import deed


@dataclass(frozen=True)
class Result:
    """What became of one document: done now, done before by somebody, or refused with the reason.

    `made` are the documents that were made of it now.
    """

    document_id: int
    already: AlreadyDone | None = None
    refusal: DomainError | None = None
    made: Sequence[int] = ()

    @property
    def status(self) -> str:
        if self.refusal:
            return "refused"
        return "already_done" if self.already else "done"


Tell = Callable[[Sequence[Result]], Any]


def run_batch(action: Callable[..., Outcome], ids: Iterable[int], /, **arguments: Any) -> list[Result]:
    """Runs an action on as many of the documents as can take it, in one deed; a result for each, in the given order."""
    results: list[Result] = run_batch_once(action, ids, list, None, None, **arguments)
    return results


def run_batch_once(
    action: Callable[..., Outcome], ids: Iterable[int], tell: Tell, key: str | None, request: object, /,
    **arguments: Any,
) -> Any:  # fmt: skip
    """The same under an idempotency key: what `tell` makes of the results, in plain values, is the answer that the same
    key gives again. Raises KeyReused where it came with another request.
    """
    wanted = list(dict.fromkeys(ids))
    refused: dict[int, DomainError] = {}

    def work(session: Session) -> Any:
        outcome = action(session, [i for i in wanted if i not in refused], **arguments)
        made = made_of(session, outcome.done)
        return tell([Result(i, outcome.already.get(i), refused.get(i), made.get(i, ())) for i in wanted])

    while len(refused) < len(wanted):
        try:
            return deed(work, key=key, request=request)
        except Refused as refusal:
            if not refusal.errors.keys() & (set(wanted) - refused.keys()):
                raise
            refused |= refusal.errors
    return tell([Result(i, None, refused[i]) for i in wanted])
