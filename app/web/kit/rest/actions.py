"""The steps of documents over the API: what each asks, one document or many, preview or deed."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from flask_babel import gettext
from flask_login import current_user
from marshmallow import Schema, ValidationError, fields, validate

from app.domain.kernel.batch import Result, run_batch_once
from app.domain.kernel.errors import DomainError
from app.web.kit import look, trails
from app.web.kit.asks import ASKS, BY_LINE, LONGEST, Ask
from app.web.kit.documents import MOST_AT_ONCE, Button
from app.web.kit.previews import foreseen
from app.web.kit.refusals import as_told
from app.web.kit.rest.columns import api_name
from app.web.kit.rest.errors import Unusable, as_json, body, status_of
from app.web.kit.rest.fields import Choice, Day, Exact, Id, Text
from app.web.kit.rest.reading import Strict, schema_of
from app.web.kit.rest.resource import key_sent, once, sent
from app.web.kit.rights import mine


class Previewed(Strict):
    """Whether a step is only asked what it would do."""

    preview = fields.String(validate=validate.OneOf(["true", "false"]), load_default="false")


class Related(Strict):
    """A document that belongs to another, as far as the caller may see it."""

    id = fields.Integer()
    kind = fields.String()
    number = fields.String(allow_none=True)
    state = fields.String(allow_none=True)


class Refusal(Strict):
    """Why a document was refused."""

    code = fields.String()
    message = fields.String()
    facts = fields.Dict()


class Done(Strict):
    """What became of one document: done now, done before (by whom, when), or refused; or what would become of it."""

    id = fields.Integer()
    number = fields.String(allow_none=True)
    status = Choice(("done", "already_done", "refused", "previewed"))
    by = fields.String()
    at = fields.String(metadata={"format": "date-time"})
    made = fields.List(fields.Nested(Related), metadata={"description": "The documents that were made of it."})
    error = fields.Nested(Refusal)
    preview = fields.Dict(
        metadata={"description": "Warnings, stock before and after, entries, states, prices, the plan."}
    )


class Many(Strict):
    """What became of many documents, in the order they were named."""

    results = fields.List(fields.Nested(Done))


def arguments_schema(name: str, asks: Sequence[str], *, many: bool) -> type[Schema]:
    """The body of a step; of a step with many documents it names them too."""
    its: dict[str, Any] = {}
    if many:
        its["ids"] = fields.List(Id(), required=True, validate=validate.Length(1, MOST_AT_ONCE))
    for ask in asks:
        if ask not in BY_LINE and not (many and ASKS[ask].kind == "lines"):
            its[api_name(ask)] = _field(ASKS[ask])
    by_line = [ask for ask in asks if ask in BY_LINE]
    if by_line and not many:
        line: dict[str, Any] = {"line": Id(required=True)}
        line |= {BY_LINE[ask]: _field_of_line(ASKS[ask]) for ask in by_line}
        its["lines"] = fields.List(fields.Nested(schema_of(f"{name}Line", line)), load_default=[])
    return schema_of(name, its)


def _field_of_line(ask: Ask) -> fields.Field:
    if ask.kind == "days":
        return Day(load_default=None, allow_none=True)
    return Exact(3, load_default=None, allow_none=True)


def _field(ask: Ask) -> fields.Field:
    words = [value for value, _label in ask.choices]
    if ask.kind == "date":
        return Day(load_default=None)
    if ask.kind == "dates":
        return fields.List(Day(), required=True, validate=validate.Length(1))
    if ask.kind == "lines":
        return fields.List(Id(), load_default=[])
    if ask.kind == "consent":
        return fields.List(Choice(words), load_default=[])
    if ask.kind == "choice":
        return Choice(words, load_default=words[0])
    return Text(LONGEST, shortest=1, required=True) if ask.needed else Text(LONGEST, load_default="")


def arguments_of(asks: Sequence[str], given: Mapping[str, Any], day: date | None = None) -> dict[str, Any]:
    """What the action is called with, on `day` where no date is given.

    ValidationError where a line is named twice, or consent is not one's to give.
    """
    found: dict[str, Any] = {}
    for ask in asks:
        if ask in BY_LINE:
            lines = given.get("lines", [])
            if len({line["line"] for line in lines}) < len(lines):
                raise ValidationError({"lines": [gettext("Name each line once.")]})
            key = BY_LINE[ask]
            found[ask] = {line["line"]: line[key] for line in lines if line[key] is not None}
        elif ASKS[ask].kind == "date":
            found[ask] = given[api_name(ask)] or day or look.today()
        else:
            found[ask] = given[api_name(ask)]
    if found.get("consent") and not mine().may("process", "Consent"):
        raise ValidationError({"consent": [gettext("You may not agree to this.")]})
    return found | ({"consent": tuple(found["consent"])} if "consent" in found else {})


def one(
    screen: Any, name: str, button: Button, pk: int, given: Mapping[str, Any], preview: str, day: date | None = None
) -> dict[str, Any]:  # fmt: skip
    """Takes a step with one document, or tells what it would do; raises what refuses it."""
    arguments = arguments_of(button.asks, given, day)
    if pk in (refused := screen.refusals(button, [pk])):
        if screen.reached([pk]):
            raise Unusable(403, refused[pk])
        raise Unusable(404, refused[pk])
    if preview == "true":
        numbers = _numbers(screen, [pk])
        screen.datamodel.session.rollback()
        told = foreseen(button.action, [pk], arguments | {"by": current_user.actor_id})
        return {"id": pk, "number": numbers.get(pk), "status": "previewed", "preview": shown(told)}
    (answer,) = _run(name, button, [pk], arguments, screen)
    if "error" in answer:
        raise Unusable(
            answer.pop("http"), answer["error"]["message"], answer["error"]["code"], **answer["error"]["facts"]
        )
    _name_made(screen, [answer])
    return answer | {"number": _numbers(screen, [pk]).get(pk)}


def many(
    screen: Any, name: str, button: Button, given: Mapping[str, Any], days: Mapping[int, date] | None = None
) -> dict[str, Any]:
    """Takes a step with many documents, and tells what became of each.

    With `days`, each on its own, today where it has none: then those of a day are a batch.
    """
    ids = list(dict.fromkeys(given["ids"]))
    given = dict(given) | {"lines": []}
    arguments_of(button.asks, given)
    refused, seen = screen.refusals(button, ids), screen.reached(ids)
    out = [
        {"id": i, "status": "refused", **body("forbidden" if i in seen else "not_found", text)}
        for i, text in refused.items()
    ]  # fmt: skip
    usable = [i for i in ids if i not in refused]
    if days is None:
        rows = _run(name, button, usable, arguments_of(button.asks, given), screen, out)
    else:
        rows = _by_day(name, button, usable, given, screen, out, days)
    told = {one["id"]: one for one in rows}
    numbers = _numbers(screen, [i for i in ids if i in seen])
    for one in told.values():
        one.pop("http", None)
    _name_made(screen, told.values())
    return {"results": [told[i] | {"number": numbers.get(i)} for i in ids]}


def _numbers(screen: Any, ids: Sequence[int]) -> dict[int, str]:
    """The numbers of those that have one: the sign by which people know a draft names nothing here."""
    return {i: number for i, number in screen.numbers(ids).items() if number != f"#{i}"}


def _by_day(
    name: str, button: Button, ids: Sequence[int], given: Mapping[str, Any], screen: Any, out: Sequence[dict[str, Any]],
    days: Mapping[int, date],
) -> list[Any]:  # fmt: skip
    """What became of each, of those that were left `out` too. Which are taken on which day is kept with the key."""
    parts: dict[str, list[int]] = {}
    for i in ids:
        parts.setdefault((days.get(i) or look.today()).isoformat(), []).append(i)
    screen.datamodel.session.rollback()
    plan = once(lambda _session: {"out": list(out), "parts": parts}, name)
    rows = plan["out"]
    for day, its in sorted(plan["parts"].items()):
        arguments = arguments_of(button.asks, given, date.fromisoformat(day))
        try:
            rows += _run(name, button, its, arguments, screen, part=day)
        except DomainError as refusal:
            # It stands against all of that day, and those of other days are done.
            rows += [_result(Result(i, None, refusal)) for i in its]
    return rows  # type: ignore[no-any-return]


def _run(
    name: str, button: Button, ids: Sequence[int], arguments: Mapping[str, Any], screen: Any,
    out: Sequence[dict[str, Any]] = (), part: str = "",
) -> list[Any]:  # fmt: skip
    """What became of each, of those that were left `out` too: the same key gives the first answer again whole."""
    key = f"{sent_as} {part}".rstrip() if (sent_as := key_sent()) else None
    screen.datamodel.session.rollback()
    answer: list[Any] = run_batch_once(
        button.action, ids, lambda results: [*out, *(_result(result) for result in results)], key, sent(name),
        **arguments, by=current_user.actor_id,
    )  # fmt: skip
    return answer


def _name_made(screen: Any, told: Iterable[dict[str, Any]]) -> None:
    """Names what was made of the documents, as far as the caller may see it."""
    told = list(told)
    known = trails.named(screen.datamodel.session, [i for one in told for i in one.get("made", ())])
    for one in told:
        if named := [known[i] for i in one.pop("made", ()) if i in known]:
            one["made"] = named


def _result(result: Result) -> dict[str, Any]:
    found: dict[str, Any] = {"id": result.document_id, "status": result.status}
    if result.made:
        found["made"] = list(result.made)
    if result.already is not None:
        found |= {"by": result.already.by, "at": result.already.at.isoformat()}
    if result.refusal is not None:
        refusal = as_told(result.refusal)
        found |= body(refusal.code, str(refusal), refusal.facts)
        found["http"] = status_of(result.refusal)
    return found


def shown(told: Mapping[str, Any]) -> dict[str, Any]:
    """A preview as far as the caller sees its parts: costs are in values, prices in prices."""
    costs, prices = mine().sees("costs"), mine().sees("prices")
    stock = [
        {name: value for name, value in row.items() if name != "value" or costs}
        for row in told["stock"]
    ]  # fmt: skip
    return {
        "warnings": as_json(told["warnings"]),
        "stock": as_json([
            {name: {"before": value[0], "after": value[1]} if isinstance(value, tuple) else value
             for name, value in row.items()} for row in stock
        ]),
        "entries": as_json(told["entries"]),
        "states": as_json(told["states"]),
        "prices": as_json([row._asdict() for row in told["repriced"]]) if prices else [],
        "paid": as_json(told["paid"]) if prices else [],
        "plan": as_json([row._asdict() for row in told["plan"]]),
    }  # fmt: skip
