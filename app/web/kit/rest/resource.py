"""The base of every resource of the API: its operations are data, which make its routes and its description."""

from __future__ import annotations

import hashlib
from abc import abstractmethod
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, ClassVar, NamedTuple

from flask import Response, jsonify, request
from flask_appbuilder.api import BaseApi
from flask_babel import gettext
from flask_login import current_user
from marshmallow import Schema
from werkzeug.exceptions import Forbidden

from app.domain.kernel.unit import deed
from app.web import roles
from app.web.kit.callers import identify
from app.web.kit.rest.errors import REFUSALS, Unusable, said
from app.web.kit.rest.reading import Strict, read_body, read_query
from app.web.kit.rest.spec import describe
from app.web.kit.rights import mine

LONGEST_KEY = 200


class Operation(NamedTuple):
    """One thing that can be asked of a resource.

    `call` gets what the rule, `query` and `body` say, by name, and gives the answer as plain values (or a response).
    `right` is needed on `resource`, or on the one of the class, and each (right, resource) of `also` beside it.
    `keyed` takes an Idempotency-Key; `file` takes a CSV file in the place of a body; `csv` also answers with CSV, where
    that is asked for. What would take long is left to a job and answered with 202 and `later`.
    """

    name: str
    method: str
    rule: str
    summary: str
    call: Callable[..., Any]
    right: str = "view"
    query: type[Schema] = Strict
    body: type[Schema] | None = None
    answer: type[Schema] | None = None
    status: int = 200
    resource: str = ""
    keyed: bool = False
    file: bool = False
    also: tuple[tuple[str, str], ...] = ()
    csv: bool = False
    later: type[Schema] | None = None


class ResourceApi(BaseApi):
    """A resource. A subclass names its row in the table of rights, and says its operations."""

    resource: str
    resource_name: str
    version = "v1"

    def __init_subclass__(cls, *, abstract: bool = False) -> None:
        super().__init_subclass__()
        if not abstract:
            cls.class_permission_name = cls.resource
            cls.base_permissions = [f"can_{right}" for right in roles.rights_of(cls.resource)]

    @abstractmethod
    def operations(self) -> Iterable[Operation]:
        """All that can be asked."""

    def _register_urls(self) -> None:
        for operation in self.operations():
            call = partial(self._serve, operation)
            self.blueprint.add_url_rule(operation.rule, operation.name, call, methods=[operation.method])

    def add_api_spec(self, api_spec: Any) -> None:
        for operation in self.operations():
            describe(api_spec, self, operation)

    def _serve(self, operation: Operation, **values: Any) -> Any:
        identify()
        try:
            return self._answer(operation, values)
        except REFUSALS as error:
            self.appbuilder.session.rollback()
            told, status = said(error)
            return jsonify(told), status

    def _answer(self, operation: Operation, values: dict[str, Any]) -> Any:
        needed = ((operation.right, operation.resource or self.resource), *operation.also)
        if not all(mine().may(right, resource) for right, resource in needed):
            raise Forbidden()
        values |= read_query(operation.query)
        if operation.body is not None:
            values["given"] = read_body(operation.body, self.resource)
        if operation.keyed:
            # A preview needs no key, and is refused for a wrong one as what it shows would be.
            key_sent()
        answer = operation.call(**values)
        if isinstance(answer, Response):
            return answer
        if operation.status == 204:
            return "", 204
        return jsonify(answer), operation.status


class ScreenApi(ResourceApi, abstract=True):
    """A resource that is a screen's too: it has the screen's columns, forms, steps and rights."""

    view: ClassVar[Any]
    screen: Any = None

    def __init_subclass__(cls, *, abstract: bool = False) -> None:
        if not abstract:
            cls.resource = cls.view.resource
            cls.resource_name = cls.__dict__.get("resource_name", cls.view.route_base[1:])
        super().__init_subclass__(abstract=abstract)

    def create_blueprint(self, appbuilder: Any, *arguments: Any, **named: Any) -> Any:
        self.screen = next(view for view in appbuilder.baseviews if type(view) is self.view)
        return super().create_blueprint(appbuilder, *arguments, **named)


def once(work: Callable[[Any], Any], operation: str, asked: Any = None) -> Any:
    """Does the work in a deed: under the request's Idempotency-Key, where it has one, only once.

    The same key with the same body gives the first answer again, so the answer must be plain values. `asked` stands
    for the body where the same can be said by several.
    """
    key = key_sent()
    if key is None:
        return deed(work)
    return deed(work, key=key, request=sent(operation, asked))


def sent(operation: str, asked: Any = None) -> list[Any]:
    """What a key stands for: what was sent where, as it was sent. Nothing that was worked out from it, which may differ
    when it comes again.
    """
    return [operation, request.path, request.query_string, asked or request.get_data()]


def key_sent() -> str | None:
    """The key of a deed, where the request has one: each caller's keys are their own."""
    text = request.headers.get("Idempotency-Key")
    if text is None:
        return None
    if not (1 <= len(text) <= LONGEST_KEY and text.isascii() and text.isprintable()):
        raise Unusable(422, gettext("Idempotency-Key: 1 to 200 plain characters."))
    return f"api {current_user.actor_id} {hashlib.sha256(text.encode()).hexdigest()}"
