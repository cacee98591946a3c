"""What stands in a cell: one field for each column of an import, which reads texts and says why it cannot."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from app.domain.intake.csv_import.files import shown
from app.domain.kernel.errors import Invalid
from app.domain.kernel.orm import Base, Exact
from app.domain.kernel.spreadsheets import undefused
from app.domain.kernel.values import LONGEST, exact

LONGEST_TEXT = 200
# Marks that reorder the text around them can make a code look like another one; those of single letters are kept.
REORDERING = re.compile("[\u202a-\u202e\u2066-\u2069]")
UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
UNDECODED = re.compile("[\ud800-\udfff]")
FLAGS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
REFUSED: Any = object()


@dataclass(frozen=True)
class Field:
    """A column of an import: `name` in the header, and what may stand below it.

    `empty` is what an empty cell means, REFUSED where it must not be empty; `needed` says that a new row must have it,
    `fixed` that it cannot change later. A field with a `target` names a row of that table by its code.
    """

    name: str
    read_text: Callable[[str], object]
    empty: object = None
    needed: bool = False
    fixed: bool = False
    target: str = ""
    is_text: bool = False

    def read(self, text: str) -> object:
        """The value of a cell as it stands in the file; Invalid with the column's name."""
        text = undefused(text)
        try:
            value = self.read_text(text) if text.strip() else self.empty
        except Invalid as error:
            raise self.wrong(error) from None
        if value is REFUSED:
            raise self.wrong(Invalid("empty", "this must not be empty."))
        return value

    def wrong(self, error: Invalid) -> Invalid:
        """The same refusal with the column's name in front."""
        return Invalid(error.code, "{column}: " + error.template, column=self.name, **error.facts)


def text_of(*, longest: int = LONGEST_TEXT, one_line: bool = False) -> Callable[[str], str]:
    """Reads a text that can be stored and shown."""

    def read(text: str) -> str:
        if UNDECODED.search(text):
            raise Invalid("not_utf8", "this is not UTF-8: save the file as “CSV UTF-8” and bring it again.")
        if UNFIT.search(text) or (one_line and re.search(r"[\t\r\n]", text)):
            raise Invalid("unfit_text", "{text} has characters that cannot be kept: type it again.", text=shown(text))
        if REORDERING.search(text):
            raise Invalid("reordering_text", "{text} has marks that turn the direction of text around: type it again.",
                          text=shown(text))  # fmt: skip
        if len(text.strip()) > longest:
            raise Invalid("too_long", "{text} is longer than {longest} characters.", text=shown(text), longest=longest)
        return text.strip()

    return read


def number_of(
    decimals: int, *, low: Decimal | int | None = None, high: Decimal | int | None = None
) -> Callable[[str], Decimal]:  # fmt: skip
    """Reads an exact number with a decimal point, within its limits."""

    def read(text: str) -> Decimal:
        text = text.strip()
        if len(text) > LONGEST or not text.isascii():
            raise _not_a_number(text)
        try:
            number = exact(text, decimals, "")
        except Invalid as error:
            if error.code == "too_many_decimals":
                raise Invalid(error.code, "{text} has more than {decimals} decimals.", text=shown(text),
                              decimals=decimals) from None  # fmt: skip
            raise _not_a_number(text) from None
        if (low is not None and number < low) or (high is not None and number > high):
            limits = f"from {low} to {high}" if high is not None else f"{low} or more"
            raise Invalid("out_of_range", "{text} is not possible: it is {limits}.", text=shown(text), limits=limits)
        return number

    return read


def _not_a_number(text: str) -> Invalid:
    return Invalid("not_a_number", "{text} is not a usable number: write it like 1234.56.", text=shown(text))


def date_of(text: str) -> date:
    """Reads a date like 2026-03-31."""
    try:
        if DATE.fullmatch(text.strip()):
            return date.fromisoformat(text.strip())
    except ValueError:
        pass
    raise Invalid("not_a_date", "{text} is not a date: write it like 2026-03-31.", text=shown(text))


def flag_of(text: str) -> bool:
    """Reads true or false, as spreadsheets and people write them."""
    if text.strip().lower() not in FLAGS:
        raise Invalid("not_a_flag", "{text} is neither true nor false.", text=shown(text))
    return FLAGS[text.strip().lower()]


def word_of(words: Sequence[str]) -> Callable[[str], str]:
    """Reads one of some words."""

    def read(text: str) -> str:
        if text.strip() not in words:
            raise Invalid("unknown_word", "{text} is not one of {words}.", text=shown(text), words=", ".join(words))
        return text.strip()

    return read


code_of = text_of(one_line=True)


def card_field(model: type[Base], name: str, **more: Any) -> Field:
    """The field of a column of a card, read as the column's type says.

    `words` are those that it takes, `low` and `high` its limits; `needed` and `fixed` as Field says.
    """
    column = model.__table__.columns[name]
    default = column.default is not None or column.server_default is not None
    words, low, high = more.pop("words", None), more.pop("low", None), more.pop("high", None)
    key = next(iter(column.foreign_keys), None)
    read: Callable[[str], object]
    is_text = False
    if key is not None:
        read = code_of
    elif isinstance(column.type, Exact):
        read = number_of(column.type.decimals, low=low, high=high)
    elif words is not None:
        read = word_of(words)
    elif column.type.python_type is bool:
        read = flag_of
    elif column.type.python_type is date:
        read = date_of
    else:
        read, is_text = text_of(one_line=name in ("sku", "code")), True
    more = {"needed": not column.nullable and not default, "empty": None if column.nullable else REFUSED} | more
    target = "" if key is None else key.column.table.name
    return Field(name.removesuffix("_id"), read, target=target, is_text=is_text, **more)


def told(value: object) -> str:
    """A value as a list's export writes it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Decimal):
        text = f"{value:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    return str(value)
