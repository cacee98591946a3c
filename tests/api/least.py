"""The least body that an operation takes, so that a refusal speaks of something else."""

from typing import Any

from flask import Flask
from marshmallow import fields, validate

from app.web.kit.rest.fields import Day, Exact, Key, Whole
from app.web.kit.rest.references import DocumentId
from app.web.kit.rest.resource import Operation, ResourceApi
from tests.api.test_description import KEYS


def every_operation(app: Flask) -> dict[str, Operation]:
    """Endpoint → operation."""
    return {
        f"{type(api).__name__}.{operation.name}": operation
        for api in app.extensions["appbuilder"].baseviews if isinstance(api, ResourceApi)
        for operation in api.operations()
    }  # fmt: skip


def least_body(operation: Operation, **keys: str) -> Any:
    """None where it takes no body; `keys` name rows of tables otherwise than usual."""
    return None if operation.body is None else _least(operation.body, keys)


def _least(schema: Any, keys: dict[str, str]) -> dict[str, Any]:
    """A value for each field that has to be there."""
    return {name: _value(field, keys) for name, field in schema._declared_fields.items() if field.required}


def _value(field: Any, keys: dict[str, str]) -> Any:
    if isinstance(field, fields.List):
        inner = field.inner
        return [_least(inner.schema, keys) if isinstance(inner, fields.Nested) else _value(inner, keys)]
    if isinstance(field, fields.Nested):
        return _least(field.schema, keys)
    if isinstance(field, Key):
        table = field.target.__tablename__
        return keys.get(table) or KEYS.get(table, ["NONE"])[0]
    if isinstance(field, Exact):
        return "1"
    if isinstance(field, Day):
        return "2026-01-10"
    if isinstance(field, (Whole, fields.Integer, DocumentId)):
        return 1
    rules = field.validators
    return next((rule.choices[0] for rule in rules if isinstance(rule, validate.OneOf)), "x")
