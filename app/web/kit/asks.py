"""What a step has to be told before it can run: date, reason, who agreed and how; asked for in a small form."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.domain.kernel.errors import Invalid
from app.domain.kernel.values import exact
from app.web.kit import look
from app.web.kit.rights import mine
from app.web.kit.scope import LARGEST_ID, as_id

LONGEST = 500


class Ask(NamedTuple):
    """One question: `kind` is date, dates, text, choice, consent or, line by line, quantities, amounts, days, lines."""

    label: Any
    kind: str
    choices: tuple[tuple[str, Any], ...] = ()
    needed: bool = True


ASKS = {
    "on": Ask(_("Date"), "date"),
    "reason": Ask(_("Reason"), "text"),
    "agreed_by": Ask(_("Who agreed for the customer"), "text"),
    "agreed_how": Ask(_("How"), "choice", (
        ("phone", _("phone")), ("email", _("e-mail")), ("counter", _("in person")), ("fax", _("fax")),
        ("eshop", _("e-shop")),
    )),
    "consent": Ask(_("Agreed to"), "consent", (
        ("short_stock", _("What is not in stock waits for goods")),
        ("expired", _("The prices of an expired estimate are kept")),
        ("discount_limit", _("The discount is larger than the seller may give")),
        ("below_cost", _("Goods are sold below cost")),
        ("credit_limit", _("The customer would owe more than their credit limit")),
    ), needed=False),
    "due_dates": Ask(_("Due dates: one for all, or one for each instalment"), "dates"),
    "rest": Ask(_("What does not leave now"), "choice", (
        ("back_order", _("stays to be shipped later")), ("give_up", _("is given up")),
    )),
    "kind": Ask(_("What becomes of the pieces"), "choice", (
        ("goods_back", _("they come back")), ("invoice_again", _("they are invoiced again")),
        ("allowance", _("they stay: only money is given back")),
    )),
    "short": Ask(_("Where goods are short"), "choice", (
        ("refuse", _("nothing leaves")), ("back_order", _("what is there leaves, the rest waits")),
    )),
    "quantities": Ask(_("Quantities"), "quantities", needed=False),
    "goods_back": Ask(_("Come back"), "quantities", needed=False),
    "invoice_again": Ask(_("Invoice again"), "quantities", needed=False),
    "lines": Ask(_("Lines"), "lines", needed=False),
    "amounts": Ask(_("Amounts"), "amounts", needed=False),
    "promised_on": Ask(_("Promised for"), "days", needed=False),
}  # fmt: skip
# Asked line by line, beside the other questions.
OF_LINES = ("quantities", "amounts", "days", "lines")
# What such a question is called at each line, in forms and over the API.
BY_LINE = {
    "quantities": "quantity", "amounts": "amount", "goods_back": "goods_back", "invoice_again": "invoice_again",
    "promised_on": "promised_on",
}  # fmt: skip


def questions(names: Iterable[str], given: Mapping[str, Any], day: date | None = None) -> list[dict[str, Any]]:
    """The questions as the form shows them, with what was typed or what is usual: of dates `day`, else today."""
    found = []
    for name in names:
        ask = ASKS[name]
        if ask.kind in OF_LINES or (ask.kind == "consent" and not mine().may("process", "Consent")):
            continue
        value = given.get(name) or (look.day(day or look.today()) if ask.kind == "date" else "")
        found.append({"name": name, "label": ask.label, "kind": ask.kind, "choices": ask.choices,
                      "value": value, "needed": ask.needed, "given": _many(given, name)})  # fmt: skip
    return found


def by_line(names: Iterable[str]) -> bool:
    """Whether any of these is asked line by line."""
    return any(ASKS[name].kind in OF_LINES for name in names)


def answers(
    names: Iterable[str], given: Any, *, guess: bool = False, day: date | None = None
) -> tuple[dict[str, Any], dict[str, str]]:
    """What the action is called with, and a sentence for each question that was not answered usably.

    With `guess` a text that is still missing is taken as given: enough to see what would happen. A date that is
    missing is `day`, else today.
    """
    arguments: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for name in names:
        try:
            missing = guess and ASKS[name].kind == "text" and not given.get(name)
            arguments[name] = "…" if missing else _answer(name, ASKS[name], given, day)
        except ValueError as error:
            errors[name] = str(error)
        except Invalid as refusal:
            errors[name] = str(refusal)
    return arguments, errors


def _answer(name: str, ask: Ask, given: Any, day: date | None) -> Any:
    text = (given.get(name) or "").strip()
    if ask.kind == "quantities":
        return _typed(given, BY_LINE[name], gettext("Quantity"))
    if ask.kind == "amounts":
        return _typed(given, BY_LINE[name], gettext("Amount"))
    if ask.kind == "days":
        return {line: _day(text) for line, text in _of_lines(given, BY_LINE[name])}
    if ask.kind == "lines":
        return _ticked(given, name)
    if ask.kind == "consent":
        known = [value for value, _label in ask.choices if value in _many(given, name)]
        return tuple(known) if mine().may("process", "Consent") else ()
    if ask.kind == "date":
        return _day(text) if text else day or look.today()
    if ask.kind == "choice":
        values = [value for value, _label in ask.choices]
        if text and text not in values:
            raise ValueError(gettext("This is not one of the choices."))
        return text or values[0]
    return _text(ask, text)


def _text(ask: Ask, text: str) -> Any:
    if ask.needed and not text:
        raise ValueError(gettext("This is needed."))
    if len(text) > LONGEST:
        raise ValueError(gettext("This is too long."))
    return dates_of(text) if ask.kind == "dates" else text


def dates_of(text: str) -> list[date]:
    """The dates of a text like "2026-01-31, 2026-02-28"; ValueError where one of them is none."""
    try:
        return [date.fromisoformat(each) for each in re.split(r"[\s,;]+", text.strip()) if each]
    except ValueError:
        raise ValueError(gettext("Write dates like 2026-01-31, with commas between them.")) from None


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(gettext("This is not a date.")) from None


def _typed(given: Mapping[str, str], name: str, label: str) -> dict[int, Decimal]:
    """The numbers typed into the fields of lines, by the id of the line."""
    return {line: exact(text, 3, label) for line, text in _of_lines(given, name)}


def emptied(rows: Iterable[Any], given: Mapping[str, str]) -> dict[int, Decimal]:
    """Nothing of each line whose quantity was shown, and emptied; `rows` begin with the ids of lines."""
    return {row[0]: Decimal(0) for row in rows if given.get(f"quantity_{row[0]}", "not shown").strip() == ""}


def _of_lines(given: Mapping[str, str], name: str) -> Iterator[tuple[int, str]]:
    """What was typed into the fields of lines, with the id of the line."""
    for key, text in given.items():
        match = re.fullmatch(rf"{name}_([1-9]\d{{0,18}})", key)
        if match and text.strip() and int(match[1]) <= LARGEST_ID:
            yield int(match[1]), text.strip()


def _ticked(given: Any, name: str) -> tuple[int, ...]:
    """The lines that were ticked; none where they were not shown, which means all of them."""
    found = tuple(key for text in _many(given, name) if (key := as_id(text)) is not None)
    if f"{name}_shown" in given and not found:
        raise ValueError(gettext("Tick at least one line."))
    return found


def _many(given: Any, name: str) -> list[str]:
    return given.getlist(name) if hasattr(given, "getlist") else list(given.get(name, ()))
