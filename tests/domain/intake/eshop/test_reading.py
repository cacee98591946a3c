"""Single values out of bodies that come from outside."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from app.domain.intake.eshop import reading

D = Decimal


def test_numbers_with_a_point_are_read_exactly() -> None:
    assert reading.parse(b'{"rate": 0.1}') == {"rate": D("0.1")}


@pytest.mark.parametrize(
    "body",
    [
        b'{"a": 1e9999999999999999999}',
        b"",
        b"{",
        b'{"a": NaN}',
        b"\xff",
        b"[" * 100_000,
        b'{"a": ' + b"9" * 5_000 + b"}",
    ],
)
def test_what_is_no_json_is_unreadable(body: bytes) -> None:
    with pytest.raises(reading.Unreadable):
        reading.parse(body)


@pytest.mark.parametrize(
    "value", [True, [], "x", "NaN", "Infinity", D("NaN"), "1e400000", "1e9999999", "1" * 61, "1e13", "1_0x"]
)
def test_what_is_no_usable_number_is_unreadable(value: Any) -> None:
    with pytest.raises(reading.Unreadable):
        reading.number(value, "total")


@pytest.mark.parametrize(
    ("value", "number"), [(None, "0"), ("", "0"), ("-11.30", "-11.30"), (24, "24"), (D("0.1"), "0.1")]
)
def test_texts_and_numbers_are_numbers_and_nothing_is_zero(value: Any, number: str) -> None:
    assert reading.number(value, "total") == D(number)


def test_texts_have_no_entities_and_no_characters_that_cannot_be_stored() -> None:
    assert reading.line_of(" Tea &amp; cake &#8211; M\x00\n x\ud800") == "Tea & cake – M x"
    assert reading.text("日本語 <b>html</b>\nsecond") == "日本語 <b>html</b>\nsecond"
    assert reading.line_of(None) == reading.line_of({"a": 1}) == ""
    assert reading.line_of(26) == "26"


def test_moments_are_in_utc_whatever_zone_they_name() -> None:
    at = datetime(2026, 3, 2, 9, tzinfo=UTC)

    assert reading.moment("2026-03-02T09:00:00", "at") == reading.moment("2026-03-02T11:00:00+02:00", "at") == at
    assert reading.moment_or_none("", "at") is None
    for wrong in ("yesterday", None, 5, "0001-01-01T00:00:00+14:00"):
        with pytest.raises(reading.Unreadable):
            reading.moment(wrong, "at")


def test_an_id_is_needed_and_is_a_short_text_or_a_whole_number() -> None:
    assert reading.ref(26, "id") == reading.ref("26", "id") == "26"
    for wrong in (None, "", True, D("1.5"), [], "x" * 61):
        with pytest.raises(reading.Unreadable):
            reading.ref(wrong, "id")


def test_codes_are_of_their_length() -> None:
    assert (reading.country("bg"), reading.country("Bulgaria"), reading.currency("eur", "c")) == ("BG", "", "EUR")
    with pytest.raises(reading.Unreadable):
        reading.currency("евро", "currency")


def test_lists_hold_objects_and_not_too_many() -> None:
    assert reading.listed(None, "lines") == ()
    for wrong in ("x", [1], [{}] * 2_001):
        with pytest.raises(reading.Unreadable):
            reading.listed(wrong, "lines")
    assert reading.joined("a", None, " b ", by=", ") == "a, b"
