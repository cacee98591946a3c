"""How the API refuses: a code, a sentence for a person, and the facts, under the status that fits."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask_babel import gettext
from marshmallow import ValidationError

from app.domain.kernel.errors import DomainError, Invalid, KeyReused, NotFound, Refused, Stale, WrongState
from app.web.kit import refusals
from app.web.kit.cards import FieldErrors
from app.web.kit.look import plain
from app.web.kit.refusals import as_told

# What the state of the world stands against is a conflict; what is written wrongly cannot be processed (RFC 9110).
STATUSES: tuple[tuple[type[DomainError], int], ...] = (
    (NotFound, 404), (Invalid, 422), (KeyReused, 422), (Stale, 409), (WrongState, 409), (DomainError, 409),
)  # fmt: skip
CODES = {
    400: "bad_request", 401: "not_signed_in", 403: "forbidden", 404: "not_found", 405: "method_not_allowed",
    409: "conflict", 413: "too_large", 415: "not_json", 422: "invalid", 429: "too_many_tries", 500: "broken",
}  # fmt: skip


class Unusable(Exception):
    """A request that cannot be taken; `facts` name the fields."""

    def __init__(self, status: int, message: str, code: str = "", /, **facts: Any) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code or CODES[status]
        self.facts = facts


REFUSALS = (Unusable, ValidationError, FieldErrors, Refused, DomainError)


def said(error: Exception) -> tuple[dict[str, Any], int]:
    """The body and the status of a refusal."""
    if isinstance(error, Unusable):
        return body(error.code, error.message, error.facts), error.status
    if isinstance(error, ValidationError):
        fields = by_path(error.normalized_messages())
        return body("invalid", "; ".join(f"{path}: {text}" for path, text in fields.items()), {"fields": fields}), 422
    if isinstance(error, FieldErrors):
        status = 409 if error.taken else 422
        return body(CODES[status], " ".join(error.errors.values()), {"fields": error.errors}), status
    if isinstance(error, KeyReused):
        # What a key is kept by says nothing to whoever sent it.
        return body(error.code, gettext("This Idempotency-Key was sent with another request: send a new one.")), 422
    if isinstance(error, Refused):
        first = as_told(next(iter(error.errors.values())))
        return body(first.code, refusals.said(error), first.facts), status_of(first)
    assert isinstance(error, DomainError)
    return body(error.code, refusals.said(error), as_told(error).facts), status_of(error)


def status_of(error: DomainError) -> int:
    """404, 409 or 422."""
    return next(status for kind, status in STATUSES if isinstance(error, kind))


def body(code: str, message: str, facts: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What every refusal looks like."""
    return {"error": {"code": code, "message": message, "facts": as_json(dict(facts or {}))}}


def by_path(messages: Any, path: str = "") -> dict[str, str]:
    """Nested sentences as one for each field: `lines.0.quantity`."""
    if isinstance(messages, Mapping):
        return {
            where: text
            for name, inner in messages.items()
            for where, text in by_path(inner, path if name == "_schema" else f"{path}.{name}".lstrip(".")).items()
        }
    return {path or "body": " ".join(str(text) for text in messages)}


def as_json(value: Any) -> Any:
    """A value as the API writes it: numbers with a point as texts, dates as ISO 8601 has them."""
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): as_json(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [as_json(inner) for inner in value]
    return value if value is None or isinstance(value, (bool, int, str)) else str(value)
