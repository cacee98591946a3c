"""The base of every kind of document over the API: list, read, draft, and the steps that state and right allow."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import cached_property, partial
from typing import Any, ClassVar

from flask import Response
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_login import current_user
from marshmallow import Schema, fields

from app.domain.kernel.rows import read
from app.domain.kernel.unit import deed
from app.web.kit import trails
from app.web.kit.anew import AnewView
from app.web.kit.documents import Button, DocumentView
from app.web.kit.drafting import DraftingView
from app.web.kit.listing import Column, Listing
from app.web.kit.rest import actions, lists
from app.web.kit.rest.columns import Lines, answer_field, answered, api_name, plain_row
from app.web.kit.rest.drafts import draft_schema, filled, sheet_schema, written
from app.web.kit.rest.errors import Unusable
from app.web.kit.rest.fields import Key, Whole
from app.web.kit.rest.reading import Strict, schema_of, wants_csv
from app.web.kit.rest.resource import Operation, ScreenApi, once
from app.web.kit.scope import LARGEST_ID, keep_to_own
from app.web.kit.sheets import SheetView
from app.web.kit.undoing import also_called

# A step's name on the screen → in the API, where they differ.
STEPS = {"undo": "undo-chain"}
# Of these a page opens the draft that they leave, so lists offer them for none at once.
NOT_IN_LISTS = ("correct",)
NOT_ONES_OWN = _("This document is not a draft of yours any more: it stays as it is.")
VERSION = "SELECT version FROM {kind} WHERE id = %(id)s"


def step_name(name: str) -> str:
    """What the API calls a step of a screen."""
    return STEPS.get(name, name.replace("_", "-"))


class Made(Strict):
    """A draft that was written down."""

    id = fields.Integer(required=True)
    state = fields.String(required=True)


class DocumentApi(ScreenApi, abstract=True):
    """One kind of document. A subclass names its screen, whose columns, form, steps and rights are the API's too.

    `lines` are what is told of each line, and `keyed` what is told for a name on the screen. `create_needs` are rights
    (right, resource) that writing a draft needs beside those of its kind. `head_more` and `line_more` add fields to the
    draft's body, or leave one out by None; `only_new` are those that a draft is given once. A draft that is `dated` is
    processed on its date unless another is given. `steps_out` are steps that have a door of their own elsewhere;
    `same_as` are those that a program may ask of every processed document, and which step of the screen is that here.
    """

    view: ClassVar[type[DocumentView]]
    lines: ClassVar[Lines | None] = None
    keyed: ClassVar[Mapping[str, Mapping[str, Column]]] = {}
    head_more: ClassVar[Mapping[str, Any]] = {}
    line_more: ClassVar[Mapping[str, Any]] = {}
    only_new: ClassVar[frozenset[str]] = frozenset()
    create_needs: ClassVar[tuple[tuple[str, str], ...]] = ()
    dated: ClassVar[bool] = False
    steps_out: ClassVar[frozenset[str]] = frozenset()
    same_as: ClassVar[Mapping[str, str]] = {"undo": "cancel"}

    @cached_property
    def _columns(self) -> dict[str, Column]:
        return answered(self.view.columns, self.keyed)

    @cached_property
    def steps(self) -> dict[str, Button]:
        """The steps of the screen, and those that are one of them here."""
        its = self.view.steps
        return {name: also_called(name, its[same]) for name, same in self.same_as.items() if same in its} | its

    def columns(self) -> dict[str, Column]:
        """The columns that the caller sees."""
        return {
            name: column
            for name, column in answered(self.screen.visible(), self.keyed).items()
            if name in self._columns
        }

    # What can be asked

    def operations(self) -> Iterable[Operation]:
        yield self._op("list", "GET", "/", "List", self.list, query=lists.ListQuery, answer=self._page, csv=True)
        yield self._op("read", "GET", "/<id:pk>", "Read", self.read, answer=self._whole)
        if issubclass(self.view, DraftingView):
            yield self._op("create", "POST", "/", "Write a draft", self.create, "edit", body=self._draft(), answer=Made,
                           status=201, keyed=True, also=self.create_needs)  # fmt: skip
        if issubclass(self.view, AnewView):
            version = {"version": Whole(1, LARGEST_ID, required=True)}
            yield self._op("edit", "PUT", "/<id:pk>", "Write a draft anew", self.edit, "edit",
                           body=self._draft("Anew", **version), answer=self._whole, also=self.create_needs)  # fmt: skip
        if issubclass(self.view, SheetView):
            body = sheet_schema(self.view.sheet, f"{self.view.lifecycle.name}Filled")
            yield self._op("fill", "PUT", "/<id:pk>", "Fill in a draft", self.fill, "edit",
                           body=body, answer=self._whole)  # fmt: skip
        for name, button in self.steps.items():
            if name == "delete":
                yield self._op("delete", "DELETE", "/<id:pk>", "Delete a draft", self.delete, "delete",
                               status=204, also=(("view", self.resource),))  # fmt: skip
            elif name not in self.steps_out:
                yield from self._step(name, button)

    def _op(self, name: str, method: str, rule: str, summary: str, call: Any, right: str = "view", **more: Any) -> Any:
        return Operation(name, method, rule, f"{summary}: {self.resource_name}", call, right, **more)

    def _step(self, name: str, button: Button) -> Iterable[Operation]:
        step = step_name(name)
        title = f"{self.view.__name__.removesuffix('View')}{name.title().replace('_', '')}"
        # As on its page: whoever takes a step with a document may look at it.
        more: dict[str, Any] = {"resource": button.resource, "keyed": True, "also": (("view", self.resource),)}
        one = partial(self.take, name)
        body = actions.arguments_schema(title, button.asks, many=False)
        yield self._op(step, "POST", f"/<id:pk>/{step}", str(button.label), one, button.right, body=body,
                       query=actions.Previewed, answer=actions.Done, **more)  # fmt: skip
        if button.bulk or name in NOT_IN_LISTS:
            body = actions.arguments_schema(f"{title}Many", button.asks, many=True)
            yield self._op(f"{step}-many", "POST", f"/{step}", f"{button.label}, many", partial(self.take_many, name),
                           button.right, body=body, answer=actions.Many, **more)  # fmt: skip

    # Schemas

    @cached_property
    def _row(self) -> type[Schema]:
        known = {"id": fields.Integer(required=True), "number": fields.String(allow_none=True)}
        states = self.view.lifecycle.states
        its = {api_name(name): answer_field(column, states) for name, column in self._columns.items()}
        return schema_of(self.view.lifecycle.name, known | its)

    @cached_property
    def _page(self) -> type[Schema]:
        return lists.page_schema(self.view.lifecycle.name, self._row)

    @cached_property
    def _whole(self) -> type[Schema]:
        name = self.view.lifecycle.name
        its: dict[str, Any] = {
            "version": fields.Integer(), "actions": fields.List(fields.String()),
            "related": fields.List(fields.Nested(actions.Related)), **self.told_fields(),
        }  # fmt: skip
        if self.lines is not None:
            its["lines"] = fields.List(fields.Nested(schema_of(f"{name}LineRead", self.lines.fields())))
        return type(f"{name}Read", (self._row,), its)

    def _draft(self, suffix: str = "", **more: Any) -> type[Schema]:
        name = f"{self.view.lifecycle.name}{suffix or 'New'}"
        head = dict(self.head_more) | more
        if suffix:
            head = {key: field for key, field in head.items() if key not in self.only_new}
        return draft_schema(self.view, name, head, self.line_more)  # type: ignore[arg-type]

    def told_fields(self) -> dict[str, fields.Field]:
        """What a subclass tells of a single document beyond its columns and lines."""
        return {}

    def told(self, document: Any) -> dict[str, Any]:
        """The values of `told_fields`."""
        return {}

    # Reading

    def list(self, q: str, after: str) -> dict[str, Any] | Response:
        """A page of the list, or all of it as CSV."""
        columns = self.columns()
        keys = {name: field for name, field in self.head_more.items() if isinstance(field, Key)}
        if wants_csv():
            return lists.csv_of_documents(self.screen, columns, q, after, keys)
        found = lists.documents(self.screen, columns, q, after, keys)
        return {
            "count": found.count, "next": found.after or None,
            "result": [{"id": row.id, "number": row.number} | plain_row(row, columns) for row in found.rows],
        }  # fmt: skip

    def read(self, pk: int) -> dict[str, Any]:
        """One document with its lines, what belongs to it, and what may be done with it now."""
        columns, session = self.columns(), self.screen.datamodel.session
        document = Listing(self.screen, columns).one(pk)
        if document is None:
            raise Unusable(404, gettext("There is no such document, or none that you may see."))
        shown = self.screen.found(pk)
        told = {"id": pk, "number": document.number} | plain_row(document, columns)
        kind = self.view.lifecycle.kind
        told["version"] = read(session, VERSION.format(kind=kind), id=pk)[0].version
        told["actions"] = self._actions(shown)
        told["related"] = [
            {name: row[name] for name in ("id", "kind", "state")}
            | {"number": None if row["number"] == f"#{row['id']}" else row["number"]}
            for row in trails.chain(session, pk, None).rows if not row["here"]
        ]  # fmt: skip
        if self.lines is not None:
            told["lines"] = self.lines.of(session, pk, self.resource)
        return told | self.told(shown)

    def _actions(self, document: Any) -> Sequence[str]:
        """What the steps that can be taken with a document now are called."""
        its = self.screen.open_steps(document)
        same = [name for name in self.steps if name not in self.view.steps and self.same_as[name] in its]
        return [step_name(name) for name in (*its, *same) if name not in self.steps_out]

    # Writing

    def create(self, given: dict[str, Any]) -> dict[str, Any]:
        """Writes a draft down."""
        new = self.made(given)
        return self.kept(lambda session, by: self.store(session, new, by))

    def kept(self, store: Callable[[Any, int], int], asked: Any = None) -> dict[str, Any]:
        """Has a draft written down, once for each key, and says which it is."""
        by = current_user.actor_id
        self.screen.datamodel.session.rollback()

        def work(session: Any) -> dict[str, Any]:
            pk = keep_to_own(session, self.screen.datamodel.obj, store(session, by))
            kind = self.view.lifecycle.kind
            state = read(session, f"SELECT state FROM {kind} WHERE id = %(id)s", id=pk)[0].state  # noqa: S608
            return {"id": pk, "state": state}

        answer: dict[str, Any] = once(work, self.resource_name, asked)
        return answer

    def edit(self, pk: int, given: dict[str, Any]) -> dict[str, Any]:
        """Writes a draft anew as a whole."""
        version = given.pop("version")
        document, screen, by = self.screen.found(pk), self.screen, current_user.actor_id
        if not screen.editable(document):
            raise Unusable(409, str(NOT_ONES_OWN))
        new = self.made(given, pk)
        screen.datamodel.session.rollback()
        deed(lambda session: self.store_anew(session, pk, new, version, by))
        return self.read(pk)

    def write_anew(self, pk: int, work: Callable[[Any, int], None]) -> dict[str, Any]:
        """Has a draft written anew that is one's own to edit."""
        document, by = self.screen.found(pk), current_user.actor_id
        if not self.screen.editable(document):
            raise Unusable(409, str(NOT_ONES_OWN))
        self.screen.datamodel.session.rollback()
        deed(lambda session: work(session, by))
        return self.read(pk)

    def fill(self, pk: int, given: dict[str, Any]) -> dict[str, Any]:
        """Fills in lines of a draft."""
        document, screen, by = self.screen.found(pk), self.screen, current_user.actor_id
        if not screen.fillable(document):
            raise Unusable(409, str(NOT_ONES_OWN))
        numbers = filled(screen.sheet, given["lines"])
        screen.datamodel.session.rollback()
        deed(lambda session: screen.fill_in(session, pk, numbers, given["version"], by))
        return self.read(pk)

    def store(self, session: Any, new: Any, by: int) -> int:
        """Writes down what `made` gave, and gives its id."""
        return int(self.screen.store(session, new, by))

    def store_anew(self, session: Any, pk: int, new: Any, version: int, by: int) -> None:
        """Puts what was sent in the place of a draft; Stale where somebody else saved meanwhile."""
        self.screen.store_anew(session, pk, new, version, by)

    def made(self, given: dict[str, Any], pk: int | None = None) -> Any:
        """What the domain takes, from what was sent: a new draft, or one written anew."""
        return self.screen.make(*written(self.screen, given))

    def delete(self, pk: int) -> None:
        """Removes a draft, for good."""
        actions.one(self.screen, "delete", self.view.steps["delete"], pk, {}, "false")

    # Steps

    def take(self, name: str, pk: int, given: dict[str, Any], preview: str) -> dict[str, Any]:
        """Takes a step with one document, or tells what it would do."""
        day = self.usual_days(name, [pk]).get(pk)
        return actions.one(self.screen, name, self.steps[name], pk, given, preview, day)

    def usual_days(self, name: str, ids: Sequence[int]) -> dict[int, date]:
        """The dates of a step that is not given one, where that is not today."""
        if not self._on_own_day(name):
            return {}
        sql = f'SELECT id, "on" FROM {self.view.lifecycle.kind} WHERE id = ANY(%(ids)s::bigint[])'  # noqa: S608
        return {row.id: row.on for row in read(self.screen.datamodel.session, sql, ids=list(ids)) if row.on}

    def _on_own_day(self, name: str) -> bool:
        return self.dated and name == "process"

    def take_many(self, name: str, given: dict[str, Any]) -> dict[str, Any]:
        """Takes a step with many documents."""
        own = self._on_own_day(name) and given.get("date") is None
        days = self.usual_days(name, given["ids"]) if own else None
        return actions.many(self.screen, name, self.steps[name], given, days)
