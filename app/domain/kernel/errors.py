"""The two families of errors: a refusal is a DomainError; anything else is a fault of the program."""

from collections.abc import Mapping


class DomainError(Exception):
    """A refusal with a sentence for the person. It leaves no trace in the database.

    `template` is the translatable sentence; `facts` fill it and travel to the API unchanged.
    """

    def __init__(self, code: str, template: str, /, **facts: object) -> None:
        super().__init__(code)
        self.code = code
        self.template = template
        self.facts = facts

    def __str__(self) -> str:
        return self.template.format(**self.facts)


class Invalid(DomainError):
    """What was given cannot be accepted as it is written."""


class NotFound(DomainError):
    """What was named does not exist."""


class WrongState(DomainError):
    """The document is in a state from which this step does not lead."""


class Stale(DomainError):
    """Somebody else changed the document since it was read."""


class KeyReused(DomainError):
    """An idempotency key came back with another request."""


class Refused(Exception):
    """A batch that cannot be done: every bad document with its reason."""

    def __init__(self, errors: Mapping[int, DomainError]) -> None:
        super().__init__("; ".join(str(error) for error in errors.values()))
        self.errors = dict(errors)

    def __getitem__(self, document_id: int) -> DomainError:
        return self.errors[document_id]


def refuse(errors: Mapping[int, DomainError]) -> None:
    """Raises Refused if there is anything to refuse."""
    if errors:
        raise Refused(errors)
