"""A document's life as data, and the decorator that makes a function one of its steps.

The decorator locks the documents and all they were made from, checks the states, loads, runs the body, moves all
states in one UPDATE and writes the history. Nothing else in the program assigns a state.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import wraps
from typing import Any, Concatenate, NamedTuple, ParamSpec, TypeVar

from sqlalchemy.orm import Session

from app.domain.kernel.document import lock_documents, record, write_history
from app.domain.kernel.errors import DomainError, NotFound, WrongState, refuse
from app.domain.kernel.rows import read, write

P = ParamSpec("P")
Loaded = TypeVar("Loaded")

Loader = Callable[[Session, Sequence[int]], Loaded]
Body = Callable[Concatenate[Session, Loaded, P], Any]


class Step(NamedTuple):
    """One step: its name, the state or states it leads from, where it leads, whether it dates the document, and the
    columns that it empties.
    """

    name: str
    source: str | tuple[str, ...]
    target: str
    dates: bool = False
    clears: tuple[str, ...] = ()

    @property
    def sources(self) -> tuple[str, ...]:
        return (self.source,) if isinstance(self.source, str) else self.source


class AlreadyDone(NamedTuple):
    by: str
    at: datetime


@dataclass
class Outcome:
    """What a step did to its batch: documents done now, those it had been done to before, and what the body gave."""

    done: list[int] = field(default_factory=list)
    already: dict[int, AlreadyDone] = field(default_factory=dict)
    answer: Any = None


Action = Callable[..., Outcome]

# What a step was told, kept in the history beside who took it and when.
TOLD = ("on", "reason", "agreed_by", "agreed_how", "consent", "rest")


class Lifecycle:
    """The steps of one kind of document; `kind` and its table are the name in snake case."""

    def __init__(self, name: str, steps: Sequence[Step]) -> None:
        self.name = name
        self.kind = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
        self.steps = {step.name: step for step in steps}
        self.actions: dict[str, Action] = {}
        states = [state for step in steps for state in (*step.sources, step.target)]
        self.states = tuple(dict.fromkeys(states))
        self.initial = self.states[0]

    def from_state(self, state: str) -> list[Step]:
        """The steps that lead on from a state, in the order they are written."""
        return [step for step in self.steps.values() if state in step.sources]

    def step(
        self, name: str, *, load: Loader[Loaded], first: Callable[..., None] | None = None
    ) -> Callable[[Body[Loaded, P]], Callable[Concatenate[Session, Iterable[int], P], Outcome]]:
        """Makes a function the body of a step.

        `load(session, ids)` gives the body what it works on; `first(session, **arguments)` runs before any document
        is locked. The action is called with ids and raises Refused, naming every document that cannot take the step.
        """
        step = self.steps[name]

        def decorate(body: Body[Loaded, P]) -> Callable[Concatenate[Session, Iterable[int], P], Outcome]:
            @wraps(body)
            def action(session: Session, ids: Iterable[int], /, *args: P.args, **arguments: P.kwargs) -> Outcome:
                if first is not None:
                    first(session, **arguments)
                lock_documents(session, wanted := sorted(set(ids)))
                outcome, states = self._sort_out(session, step, wanted)
                if outcome.done:
                    outcome.answer = body(session, load(session, outcome.done), *args, **arguments)
                    self._move(session, step, outcome.done, states, arguments)
                return outcome

            self.actions[name] = action
            return action

        return decorate

    def _sort_out(self, session: Session, step: Step, ids: Sequence[int]) -> tuple[Outcome, dict[int, str]]:
        """Who may take the step, and who took it before; refuses the rest."""
        states: dict[int, str] = {
            row.id: row.state
            for row in read(session, f"SELECT id, state FROM {self.kind} WHERE id = ANY(%(ids)s::bigint[])", ids=ids)
        }
        outcome = Outcome(done=[i for i in ids if states.get(i) in step.sources])
        others = [i for i in ids if states.get(i) not in step.sources]
        if others:
            outcome.already = done_before(session, step.name, [i for i in others if states.get(i) == step.target])
            refuse({i: self._refusal(step, states.get(i)) for i in others if i not in outcome.already})
        return outcome, states

    def _refusal(self, step: Step, state: str | None) -> DomainError:
        if state is None:
            return NotFound("not_found", "There is no such {kind}.", kind=self.kind.replace("_", " "))
        return WrongState(
            "wrong_state",
            "{step}: this {kind} is {state}; it would have to be {wanted}.",
            step=step.name,
            kind=self.kind.replace("_", " "),
            state=state,
            wanted=" or ".join(step.sources),
        )

    def _move(
        self, session: Session, step: Step, ids: Sequence[int], states: Mapping[int, str], arguments: Mapping[str, Any]
    ) -> None:
        dated = ', "on" = %(on)s' if step.dates else ""
        cleared = "".join(f", {column} = NULL" for column in step.clears)
        moved = f"UPDATE {self.kind} SET state = %(state)s, version = version + 1{dated}{cleared}"
        write(session, f"{moved} WHERE id = ANY(%(ids)s::bigint[])", state=step.target, ids=ids, on=arguments.get("on"))
        changes = {key: _told(arguments[key]) for key in TOLD if arguments.get(key)}
        entries = [
            {"document_id": i, "from_state": states[i], "to_state": step.target, "changes": changes} for i in ids
        ]
        record(session, step.name, entries, by=arguments["by"])


def _told(value: object) -> str:
    return value if isinstance(value, str) else ", ".join(value) if isinstance(value, (list, tuple)) else str(value)


DONE_BEFORE = """
SELECT DISTINCT ON (history.document_id) history.document_id, history.at, actor.name
FROM document_history history JOIN actor ON actor.id = history.actor_id
WHERE history.document_id = ANY(%(ids)s::bigint[]) AND history.step = %(step)s
ORDER BY history.document_id, history.id DESC
"""


def done_before(session: Session, step: str, ids: Sequence[int]) -> dict[int, AlreadyDone]:
    """Who took a step last on these documents, and when; documents that never took it are left out."""
    if not ids:
        return {}
    write_history(session)
    rows = read(session, DONE_BEFORE, ids=ids, step=step)
    return {row.document_id: AlreadyDone(row.name, row.at) for row in rows}
