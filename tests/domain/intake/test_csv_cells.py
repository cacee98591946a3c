"""Cells: what can be meant is read exactly, and everything else says what is wrong with it and in which column."""

from datetime import date

import pytest

from app.domain.catalog.models import Product
from app.domain.intake.csv_import.cells import (
    Field,
    card_field,
    code_of,
    date_of,
    flag_of,
    number_of,
    text_of,
    told,
    word_of,
)
from app.domain.kernel.errors import Invalid
from tests.world import D

NAME = card_field(Product, "name")
COST = card_field(Product, "planned_cost", low=0)


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        (NAME, " Cup ", "Cup"),
        (NAME, "=cmd", "=cmd"),
        (NAME, "'=cmd", "=cmd"),
        (NAME, "''=cmd", "'=cmd"),
        (NAME, "'80s cup", "'80s cup"),
        (NAME, "two\r\nlines", "two\r\nlines"),
        (NAME, "\u200fכוס\u200e", "\u200fכוס\u200e"),
        (COST, "-0", D(0)),
        (COST, " 4.5000 ", D("4.5")),
        (COST, "", None),
        (COST, "  ", None),
        (Field("on", date_of), "2026-02-28", date(2026, 2, 28)),
        (Field("active", flag_of), "TRUE", True),
        (Field("active", flag_of), "0", False),
        (Field("kind", word_of(("goods", "service"))), "service", "service"),
    ],
)  # fmt: skip
def test_a_cell_is_read(field: Field, text: str, value: object) -> None:
    read = field.read(text)

    assert read == value
    assert str(read) != "-0"


@pytest.mark.parametrize(
    ("field", "text", "sentence"),
    [
        (COST, "four", "planned_cost: four is not a usable number: write it like 1234.56."),
        (COST, "1,5", "planned_cost: 1,5 is not a usable number: write it like 1234.56."),
        (COST, "NaN", "planned_cost: NaN is not a usable number: write it like 1234.56."),
        (COST, "1e309", "planned_cost: 1e309 is not a usable number: write it like 1234.56."),
        (COST, "1" + "0" * 22, f"planned_cost: 1{'0' * 22} is not a usable number: write it like 1234.56."),
        (COST, "٤", "planned_cost: ٤ is not a usable number: write it like 1234.56."),
        (COST, "1.00001", "planned_cost: 1.00001 has more than 4 decimals."),
        (COST, "-1", "planned_cost: -1 is not possible: it is 0 or more."),
        (COST, "=1+1", "planned_cost: =1+1 is not a usable number: write it like 1234.56."),
        (COST, "9" * 2**20, f"planned_cost: {'9' * 40}… is not a usable number: write it like 1234.56."),
        (Field("percent", number_of(2, low=0, high=100)), "101", "percent: 101 is not possible: it is from 0 to 100."),
        (NAME, "x" * 2**20, f"name: {'x' * 40}… is longer than 200 characters."),
        (NAME, "a\0b", "name: a\ufffdb has characters that cannot be kept: type it again."),
        (NAME, "\udcfc", "name: this is not UTF-8: save the file as “CSV UTF-8” and bring it again."),
        (NAME, "a\u202eb", "name: a\ufffdb has marks that turn the direction of text around: type it again."),
        (NAME, " ", "name: this must not be empty."),
        (Field("sku", code_of), "a\nb", "sku: a\ufffdb has characters that cannot be kept: type it again."),
        (Field("on", date_of), "31.12.2026", "on: 31.12.2026 is not a date: write it like 2026-03-31."),
        (Field("on", date_of), "2026-02-30", "on: 2026-02-30 is not a date: write it like 2026-03-31."),
        (Field("active", flag_of), "perhaps", "active: perhaps is neither true nor false."),
        (Field("kind", word_of(("goods", "service"))), "wares", "kind: wares is not one of goods, service."),
    ],
)  # fmt: skip
def test_a_cell_that_cannot_be_meant_says_so_with_its_column(field: Field, text: str, sentence: str) -> None:
    with pytest.raises(Invalid) as refusal:
        field.read(text)

    assert str(refusal.value) == sentence


def test_a_text_is_read_without_blanks_around_it() -> None:
    assert text_of()("  x ") == "x"


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, ""), (True, "true"), (D("4.50"), "4.5"), (D(100), "100"), (date(2026, 1, 2), "2026-01-02")],
)
def test_a_value_is_told_as_an_export_writes_it(value: object, text: str) -> None:
    assert told(value) == text
