"""The base of every document screen: list, read page, and the steps that state and right allow, with a preview."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, ClassVar, NamedTuple

from flask import abort, flash, redirect, request, url_for
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_login import current_user

from app.domain.kernel.batch import Result, run_batch
from app.domain.kernel.errors import DomainError
from app.domain.kernel.lifecycle import Lifecycle, Outcome
from app.domain.kernel.rows import read
from app.reports.ledger import journal
from app.web.kit import look, trails
from app.web.kit.asks import ASKS, answers, by_line, emptied, questions
from app.web.kit.at_once import sentence, take_all
from app.web.kit.days import offered_day
from app.web.kit.dialogs import dialogs
from app.web.kit.export import wants_csv
from app.web.kit.limits import forbidden
from app.web.kit.listing import Column, Listing
from app.web.kit.narrowing import Ask
from app.web.kit.pages import PageView
from app.web.kit.previews import foresee
from app.web.kit.refusals import said
from app.web.kit.rights import mine
from app.web.kit.scope import NOT_WHERE_ONE_WRITES, ScopedInterface, as_id, in_scope, may_lead_to
from app.web.kit.warnings import draft_warnings

MOST_AT_ONCE = 1_000
MADE = """
SELECT document.id, document.kind FROM document_link link JOIN document ON document.id = link.to_id
WHERE link.from_id = %(id)s AND link.kind = %(kind)s ORDER BY document.id DESC LIMIT 1
"""
# How steps refuse lines in which nothing is filled in.
UNFILLED = ("nothing_chosen", "no_lines")
DECLARED = ("datamodel", "lifecycle", "resource", "title", "noun", "steps", "columns", "list_columns")


class Way(NamedTuple):
    """A second way to take a step that was refused: what it is called, and what has to be answered."""

    label: Any
    answers: Mapping[str, str]


class Button(NamedTuple):
    """A step as people see it: what runs, which right it needs, what it asks, and from which states it leads.

    Without `states` they are those of the lifecycle's step of the same name. `beyond` tells which documents the person
    may not take the step with, for what else it would touch. `opens` is the link to what it makes, which is shown next.
    `ways` are other ways, by the code of the refusal they lead around.
    """

    action: Callable[..., Outcome]
    right: str
    label: Any
    asks: tuple[str, ...] = ("on",)
    icon: str = "check"
    states: tuple[str, ...] = ()
    resource: str = ""
    danger: bool = False
    bulk: bool = True
    previewed: bool = True
    beyond: Callable[[Any, Sequence[int]], dict[int, str]] | None = None
    opens: str = ""
    ways: Mapping[str, Way] = MappingProxyType({})


def delete_button(action: Callable[..., None], *states: str, **more: Any) -> Button:
    """Removes drafts, for good; the states in which a document is one, where there are others than `draft`."""

    def delete(session: Any, ids: Sequence[int], /, *, by: int) -> Outcome:
        action(session, ids, by=by)
        return Outcome(done=list(ids))

    return Button(
        delete, "delete", _("Delete"), (), "trash", states or ("draft",), danger=True, previewed=False, **more
    )


def telling(action: Callable[..., Any]) -> Callable[..., Outcome]:
    """A function that changes documents without moving them on, as an action that a batch can run."""

    def tell(session: Any, ids: Sequence[int], /, **arguments: Any) -> Outcome:
        return Outcome(done=list(ids), answer=action(session, ids, **arguments))

    return tell


class DocumentView(PageView, abstract=True):
    """One kind of document. Nothing here writes: a step is the domain's action, in a deed of its own.

    `leading` names the steps that come next in their turn, the first one first. `asks` are what its list is narrowed by
    beyond what every list is. `pays` names the column of open items that leads
    to documents that are paid. `desks` says that they are of a desk.
    """

    datamodel: ClassVar[ScopedInterface]
    lifecycle: ClassVar[Lifecycle]
    title: Any
    noun: Any
    steps: ClassVar[dict[str, Button]]
    columns: ClassVar[dict[str, Column]]
    list_columns: ClassVar[Sequence[str]]
    order_columns: ClassVar[Sequence[str]] = ("number", "on")
    leading: ClassVar[Sequence[str]] = ("process", "issue")
    asks: ClassVar[dict[str, Ask]] = {}
    pays = ""
    desks = False
    empty: Any = ""
    default_view = "list"
    method_permission_name = {"list": "view", "show": "view", "step": "view", "bulk": "view"}

    def __init_subclass__(cls, *, abstract: bool = False) -> None:
        super().__init_subclass__(abstract=abstract)
        if abstract:
            return
        missing = [name for name in DECLARED if not hasattr(cls, name)]
        if missing:
            raise TypeError(f"{cls.__name__} does not say its {', '.join(missing)}")
        if not isinstance(cls.datamodel, ScopedInterface):
            raise TypeError(f"{cls.__name__} reads past the scope: its datamodel must be a ScopedInterface")

    # What a subclass says

    @abstractmethod
    def lines(self, pk: int) -> dict[str, Any]:
        """The lines of a document: `heads` (name → label and whether it is a number) and `rows`."""

    def pieces(self, name: str, pk: int) -> dict[str, Any]:
        """A step's `label`, and `rows` with id, SKU, name and quantity, or the most of each of its `fields`.

        `none_if_empty` says that an emptied quantity means nothing of its line; else it means what the line says.
        """
        lines = self.lines(pk)
        at = [head.sql for head in lines["heads"]].index("line.quantity")
        return {
            "label": gettext("Quantities that leave"),
            "rows": [(key, values[0], values[1], values[at]) for key, values in lines["rows"]],
        }

    # Pages

    @expose("/")
    @has_access
    def list(self) -> Any:
        return self.csv() if wants_csv() else self._list_page()

    def csv(self) -> Any:
        return Listing(self, self.visible()).csv()

    @expose("/<id:pk>")
    @has_access
    def show(self, pk: int) -> Any:
        document = self.found(pk)
        chain = trails.chain(self._session, pk, None if request.args.get("related") == "all" else trails.MOST)
        buttons, makers = self.buttons(document), self.makers(document)
        return self.render_template(
            "stockbook/document.html",
            view=self, document=document, lines=self.lines(pk), buttons=buttons, facts=self._facts(document),
            chain=chain, history=trails.history(self._session, pk), entries=self._entries(pk), makers=makers,
            next=self.next_of(document, buttons, makers), panels=self.panels(document),
            warnings=draft_warnings(self._session, document),
        )  # fmt: skip

    @expose("/<id:pk>/<name>", methods=["GET", "POST"])
    @has_access
    def step(self, pk: int, name: str) -> Any:
        """Asks what a step needs and shows what it would do (GET, or POST as a preview); takes the step (POST)."""
        button = self._button(name)
        document = self.found(pk)
        looks = request.method == "GET" or "preview" in request.form
        refused, code = self.refusals(button, [pk]), ""
        if not self._leads(name, button, document.state) and looks:
            return redirect(url_for(".show", pk=pk))
        day = offered_day(self._session, self.lifecycle, name, document) if "on" in button.asks else None
        arguments, errors = answers(button.asks, request.values, guess=looks, day=day)
        pieces = self.pieces(name, pk) if by_line(button.asks) else {}
        if pieces.get("none_if_empty") and not errors:
            arguments["quantities"] |= emptied(pieces["rows"], request.values)
        if not looks and not errors and not refused:
            result, refusal = self._take(button, pk, arguments)
            if result is not None and result.refusal is None:
                flash(self._said(button, document, result), "success" if result.already is None else "info")
                return redirect(self._next(button, pk))
            refusal = result.refusal if result is not None else refusal
            refused, code = {pk: said(refusal)}, refusal.code
        foreseen: dict[str, Any] = {}
        if button.previewed and not errors and not refused:
            foreseen = self._foreseen(button, pk, arguments)
        page = self.render_template(
            "stockbook/step.html",
            view=self, document=self.found(pk), name=name, button=button, foreseen=foreseen, refused=refused.get(pk),
            questions=questions(button.asks, request.values, day), errors=errors if request.values else {},
            pieces=pieces, given=request.values,
            way=self._way(name, pk, code or foreseen.get("code", "")),
        )  # fmt: skip
        return page, 200 if looks else 409

    @expose("/bulk/<name>", methods=["POST"])
    @has_access
    def bulk(self, name: str) -> Any:
        """Takes a step with many documents and tells what became of each."""
        button = self._button(name)
        texts = request.form.getlist("rowid")
        if not button.bulk or len(texts) > MOST_AT_ONCE or any(as_id(text) is None for text in texts):
            abort(400)
        ids = [int(text) for text in dict.fromkeys(texts)]
        arguments, errors = answers(button.asks, request.form)
        if not ids:
            errors[""] = gettext("Tick the documents first.")
        if errors:
            told = [f"{ASKS[ask].label}: {error}" if ask else error for ask, error in errors.items()]
            return self._list_page(refusal=" ".join(told), ticked=ids, typed={name: request.form}), 422
        results, refusal = take_all(self, button, ids, arguments)
        return self._list_page(results=results, refusal=refusal, button=button)

    def _next(self, button: Button, pk: int) -> str:
        """Where a step leads: to what it made last, to the document itself, or to the list where that is gone."""
        if button.right == "delete":
            return url_for(".list")
        for made in read(self._session, MADE, id=pk, kind=button.opens) if button.opens else ():
            if trails.seen(self._session, {made.id: made.kind}):
                return trails.address(made.kind, made.id)
        return url_for(".show", pk=pk)

    def _way(self, name: str, pk: int, code: str) -> dict[str, Any] | None:
        """The link that previews another way, with what was answered already; none that was taken already."""
        button, given = self.steps[name], request.values
        way = button.ways.get(code)
        if way is None or all(value in given.getlist(ask) for ask, value in way.answers.items()):
            return None
        told = {ask: given.getlist(ask) for ask in button.asks}
        for ask, value in way.answers.items():
            told[ask] = [*told[ask], value] if ASKS[ask].kind == "consent" else [value]
        return {"label": way.label, "url": url_for(".step", pk=pk, name=name, **told)}

    # Running a step

    def _take(self, button: Button, pk: int, arguments: Mapping[str, Any]) -> tuple[Result | None, DomainError | None]:
        by = current_user.actor_id
        self._session.rollback()
        try:
            return run_batch(button.action, [pk], **arguments, by=by)[0], None
        except DomainError as refusal:
            return None, refusal

    def _foreseen(self, button: Button, pk: int, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """What a step would do; nothing yet where somebody just came who is to fill in its lines."""
        by = current_user.actor_id
        self._session.rollback()
        its = foresee(button.action, [pk], {**arguments, "by": by})
        unfilled = request.method == "GET" and by_line(button.asks) and its.get("code") in UNFILLED
        return {} if unfilled else its

    def refusals(self, button: Button, ids: Sequence[int]) -> dict[int, str]:
        """Documents that this person may not take the step with: out of scope, or beyond a limit of their role."""
        if not mine().may(button.right, button.resource or self.resource):
            abort(403)
        seen = self.reached(ids)
        if not button.resource:
            seen &= in_scope(self._session, self.datamodel.obj, ids, button.right)
        refused = {i: gettext("There is no such document.") for i in ids if i not in seen}
        if button.resource:
            there = may_lead_to(self._session, button.resource, seen)
            refused |= dict.fromkeys(seen - there, str(NOT_WHERE_ONE_WRITES))
        limits = mine().limits(button.resource or self.resource, button.right)
        refused |= forbidden(self._session, limits, [i for i in ids if i not in refused])
        usable = [i for i in ids if i not in refused]
        return refused | (button.beyond(self._session, usable) if button.beyond is not None else {})

    def _said(self, button: Button, document: Any, result: Result) -> str:
        number = self.numbers([document.id]).get(document.id) or document.number or ""
        if result.already is not None:
            return gettext("%(number)s: this was done before, %(who)s.", number=number, who=sentence(result))
        return gettext("%(step)s: done. %(number)s", step=str(button.label), number=number)

    # What may be pressed

    def _button(self, name: str) -> Button:
        button = self.steps.get(name)
        if button is None:
            abort(404)
        if not mine().may(button.right, button.resource or self.resource):
            abort(403)
        return button

    def _leads(self, name: str, button: Button, state: str) -> bool:
        return state in (button.states or self.lifecycle.steps[name].sources)

    def buttons(self, document: Any) -> Sequence[dict[str, Any]]:
        """The steps that can be taken with a document now, as its page shows them."""
        return [
            {"name": name, "button": self.steps[name], "url": url_for(".step", pk=document.id, name=name)}
            for name in self.open_steps(document)
        ]

    def open_steps(self, document: Any) -> Sequence[str]:
        """The names of the steps that this person can take with a document now."""
        return [
            name
            for name, button in self.steps.items()
            if mine().may(button.right, button.resource or self.resource)
            and self._leads(name, button, document.state)
            and self.offers(name, document)
            and not self.refusals(button, [document.id])
        ]

    def next_of(self, document: Any, buttons: Sequence[dict[str, Any]], makers: Sequence[dict[str, Any]]) -> str:
        """The address of what a person would press next; empty where nothing comes next in this state."""
        steps = {item["name"]: item["url"] for item in buttons}
        made = [maker["url"] for maker in makers if maker.get("next")]
        return next(iter([*(steps[name] for name in self.leading if name in steps), *made]), "")

    def offers(self, name: str, document: Any) -> bool:
        """Whether a step makes sense with this document, beyond its state."""
        return True

    def anew_in(self) -> Sequence[str]:
        """The states in which a document is written anew."""
        return (self.lifecycle.initial,)

    def editable(self, document: Any) -> bool:
        """Whether it can be written anew, by this person."""
        if document.state not in self.anew_in() or not mine().may("edit", self.resource):
            return False
        return bool(in_scope(self._session, self.datamodel.obj, [document.id], "edit"))

    def makers(self, document: Any) -> Sequence[dict[str, Any]]:
        """What can be made from this document: text, icon, address; and `next` where that comes next."""
        return []

    def panels(self, document: Any) -> Sequence[dict[str, Any]]:
        """Further cards below the lines: each names its `template` and what that shows."""
        return []

    def list_makers(self) -> Sequence[dict[str, Any]]:
        """What can be made anew from the list: text, icon, address."""
        return []

    def bulk_steps(self) -> Sequence[dict[str, Any]]:
        """The steps that this person may take with many documents."""
        return [{"name": name, "button": button} for name, button in self.steps.items()
                if button.bulk and mine().may(button.right, button.resource or self.resource)]  # fmt: skip

    # Reading

    @property
    def _session(self) -> Any:
        return self.datamodel.session

    def reached(self, ids: Sequence[int]) -> set[int]:
        return in_scope(self._session, self.datamodel.obj, ids)

    def visible(self) -> dict[str, Column]:
        """The columns that this person sees."""
        return {name: column for name, column in self.columns.items() if not column.needs or mine().sees(column.needs)}

    def found(self, pk: int) -> Any:
        document = Listing(self, self.visible()).one(pk)
        if document is None:
            abort(404)
        return document

    def numbers(self, ids: Sequence[int]) -> dict[int, str]:
        return Listing(self, {}).numbers(ids)

    def _facts(self, document: Any) -> Sequence[tuple[Any, Any]]:
        return [
            (column.label, column.shown(getattr(document, name)))
            for name, column in self.visible().items()
            if name != "number"
            and column.kind not in ("state", "payment", "flag")
            and getattr(document, name) not in (None, "")
        ]

    def _entries(self, pk: int) -> Sequence[Any]:
        if not mine().sees_entries():
            return []
        first, last = look.EARLIEST, look.today()
        return journal(first, last, document_ids=[pk]).rows(self._session)

    def _list_page(self, *, typed: Mapping[str, Any] = MappingProxyType({}), **result: Any) -> Any:
        listing = Listing(self, self.visible())
        page, steps = listing.page(), self.bulk_steps()
        return self.render_template(
            "stockbook/documents.html",
            view=self, listing=listing, page=page, steps=steps, dialogs=dialogs(self, steps, typed), **result,
        )  # fmt: skip
