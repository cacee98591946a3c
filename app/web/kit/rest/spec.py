"""The description of the API (OpenAPI 3.0.3), made from the operations: what is served is what is described."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from marshmallow import Schema, fields

from app.web.kit.scope import LARGEST_ID

if TYPE_CHECKING:
    from app.web.kit.rest.resource import Operation, ResourceApi

ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message", "facts"],
            "properties": {
                "code": {"type": "string", "example": "insufficient_stock"},
                "message": {"type": "string", "description": "A sentence for a person."},
                "facts": {"type": "object", "description": "What the sentence is made of; `fields` by path, if any."},
            },
        }
    },
}
REFUSALS = {
    400: "The request cannot be read.",
    401: "Nobody is signed in, or no longer.",
    403: "Not with these rights.",
    404: "There is no such thing, or none that the caller may see.",
    409: "It cannot be done as things stand, or somebody else changed it meanwhile.",
    413: "Too much at once.",
    415: "The body is not JSON.",
    422: "Something in it cannot be accepted; `facts.fields` says what.",
    429: "Too many tries.",
}
KEY = {
    "in": "header", "name": "Idempotency-Key", "schema": {"type": "string", "minLength": 1, "maxLength": 200},
    "description": "The same key with the same request gives the first answer again, and does nothing twice.",
}  # fmt: skip
# A CSV file as it is, or in a form.
FILE: dict[str, Any] = {
    "text/csv": {"schema": {"type": "string", "format": "binary"}},
    "multipart/form-data": {
        "schema": {"type": "object", "required": ["file"], "properties": {"file": {"type": "string",
                                                                                   "format": "binary"}}},
    },
}  # fmt: skip
PREFACE = """
Everything that a screen can do, under the same rights. Sign in with `POST /api/v1/security/login` and send
`Authorization: Bearer …`, or send `Authorization: ApiKey …` with a key that an administrator made.

Numbers with decimals travel as texts ("19.99"), dates as `2026-03-05`. Records are named by what people call them: a
SKU, the code of a customer or warehouse. Documents are named by their id, a whole number, or, in bodies, by their
number, a text. Lists of documents and of master data, and reports, are CSV for those who rate `text/csv` above JSON:
all rows that are asked for, in their order (in that of the screen where none is asked for); `after` begins the file
after a row, and pages are of no matter there. Whatever is refused is refused with a code, a
sentence and the facts.
"""


def new_description(version: str) -> APISpec:
    """A description with nothing in it but the ways to sign in and the shape of refusals."""
    spec = APISpec(
        title="Stockbook", version=version, openapi_version="3.0.3", info={"description": PREFACE},
        plugins=[MarshmallowPlugin(schema_name_resolver=_name)], security=[{"token": []}, {"key": []}],
    )  # fmt: skip
    spec.components.security_scheme("token", {"type": "http", "scheme": "bearer"})
    spec.components.security_scheme("key", {"type": "apiKey", "in": "header", "name": "Authorization"})
    spec.components.schema("Error", ERROR)
    for status, description in REFUSALS.items():
        spec.components.response(
            str(status),
            {"description": description, "content": {"application/json": {"schema": "Error"}}},
        )
    return spec


def describe(spec: APISpec, api: ResourceApi, operation: Operation) -> None:
    """Adds one operation to a description."""
    told: dict[str, Any] = {
        "operationId": f"{api.resource_name}.{operation.name}",
        "tags": [api.resource_name],
        "summary": operation.summary,
        "parameters": [*_path(operation.rule), *_query(operation)],
        "responses": {str(operation.status): _answer(operation)}
        | {str(status): str(status) for status in _statuses(operation)},
    }
    if operation.later is not None:
        told["responses"]["202"] = {"description": "It is left to a job.",
                                    "content": {"application/json": {"schema": operation.later}}}  # fmt: skip
    if operation.keyed:
        told["parameters"].append(KEY)
    if operation.body is not None:
        told["requestBody"] = {"required": True, "content": {"application/json": {"schema": operation.body}}}
    if operation.name == "create":
        told["responses"][str(operation.status)]["links"] = dict(_links(api))
    if operation.file:
        told["requestBody"] = {"required": True, "content": FILE}
    spec.path(path=f"{api.route_base}{_rule(operation.rule)}", operations={operation.method.lower(): told})


def _links(api: ResourceApi) -> Iterator[tuple[str, dict[str, Any]]]:
    """What can be asked next of what was made: everything that takes its id."""
    for operation in api.operations():
        if operation.rule.startswith("/<id:pk>"):
            name = f"{api.resource_name}.{operation.name}"
            yield operation.name, {"operationId": name, "parameters": {"id": "$response.body#/id"}}


def _name(schema: Any) -> str:
    found = schema if isinstance(schema, type) else type(schema)
    return found.__name__


def _rule(rule: str) -> str:
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda found: "{" + found[1].replace("pk", "id") + "}", rule)


def _path(rule: str) -> list[dict[str, Any]]:
    found = []
    for kind, name in re.findall(r"<(?:(\w+):)?(\w+)>", rule):
        shape = {"type": "integer", "minimum": 1, "maximum": LARGEST_ID} if kind == "id" else {"type": "string"}
        found.append({"in": "path", "name": name.replace("pk", "id"), "required": True, "schema": shape})
    return found


def _query(operation: Operation) -> list[dict[str, Any]]:
    converter = MarshmallowPlugin()
    APISpec("", "", "3.0.3", plugins=[converter])
    found = []
    for name, field in operation.query._declared_fields.items():
        assert isinstance(field, fields.Field)
        shape = converter.converter.field2property(field)
        description = shape.pop("description", "")
        shape.pop("in_address", None)
        found.append({"in": "query", "name": field.data_key or name, "required": field.required, "schema": shape,
                      "description": description})  # fmt: skip
    return found


def _answer(operation: Operation) -> dict[str, Any]:
    if operation.status == 204:
        return {"description": "Done."}
    schema: type[Schema] | dict[str, Any] = operation.answer or {"type": "object"}
    is_file = operation.csv and operation.answer is None
    content: dict[str, Any] = {} if is_file else {"application/json": {"schema": schema}}
    if operation.csv:
        content["text/csv"] = {"schema": {"type": "string"}}
    return {"description": "Done.", "content": content}


def _statuses(operation: Operation) -> list[int]:
    found = [400, 401, 403, 422]
    if "<" in operation.rule:
        found.append(404)
    if operation.method != "GET":
        found += [404, 409]
    if operation.body is not None or operation.file:
        found += [413, 415]
    return sorted(set(found))
