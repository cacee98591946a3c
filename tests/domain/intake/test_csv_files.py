"""Files as spreadsheets save them, and files that are none: every one is read, or says what is wrong with it."""

import codecs
import csv
import io

import pytest

from app.domain.intake.csv_import.files import MOST_ROWS, read_sheet, rejected_file, shown
from app.domain.kernel.errors import Invalid

TEXT = 'sku,name\r\nCUP,"Чаша, ""бяла"""\r\n'


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode(),
        codecs.BOM_UTF8 + TEXT.encode(),
        TEXT.replace("\r\n", "\n").encode(),
        TEXT.replace("\r\n", "\r").encode(),
        'SKU; Name \nCUP;"Чаша, ""бяла"""\n'.encode(),
        'sku\tname\nCUP\t"Чаша, ""бяла"""'.encode(),
    ],
)  # fmt: skip
def test_what_a_spreadsheet_saves_is_read(content: bytes) -> None:
    sheet = read_sheet(content)

    assert sheet.names == ("sku", "name")
    assert [(row.number, row.cells) for row in sheet.rows] == [(2, ("CUP", 'Чаша, "бяла"'))]


def test_rows_are_counted_as_a_spreadsheet_counts_them() -> None:
    sheet = read_sheet(b'sku,name\nCUP,"two\r\nlines"\n\n,\nMUG,Mug\n')

    assert [(row.number, row.cells) for row in sheet.rows] == [(2, ("CUP", "two\r\nlines")), (5, ("MUG", "Mug"))]


@pytest.mark.parametrize(
    ("content", "code", "told"),
    [
        (b"", "no_rows", "The file is empty"),
        (b"sku,name\n", "no_rows", "The file is empty"),
        (b"\n\n\n", "no_rows", "The file is empty"),
        ("sku,name\nCUP,x\n".encode("utf-16"), "not_utf8", "UTF-16"),
        ("sku,name\nCUP,x\n".encode("utf-16-le"), "not_utf8", "UTF-16"),
        (b'sku,name\nCUP,"never closed\nMUG,x\n', "no_csv", "Row 2 cannot be read as CSV"),
        (b'sku,name\nCUP,x\nMUG,"x"y\n', "no_csv", "Row 3 cannot be read as CSV"),
        (b"sku\n" + b"X\n" * (MOST_ROWS + 1), "file_too_long", "more than 20,000 rows"),
        (b"a," * 200 + b"\n1\n", "file_too_long", "or 100 columns"),
    ],
)  # fmt: skip
def test_what_is_no_such_file_says_why(content: bytes, code: str, told: str) -> None:
    with pytest.raises(Invalid) as refusal:
        read_sheet(content)

    assert refusal.value.code == code
    assert told in str(refusal.value)


def test_a_million_rows_are_refused_without_reading_them_all() -> None:
    with pytest.raises(Invalid, match="more than 20,000 rows"):
        read_sheet(b"sku\n" + b"X\n" * 1_000_000)


def test_rejected_rows_go_back_as_they_came_with_the_reason_last() -> None:
    content = "sku;reason;name\nCUP;old;'=1+1\nMUG;;fine\nPOT;;\xfc;more\nPAN;;".encode("latin-1")
    sheet = read_sheet(content)

    back = rejected_file(sheet, {2: "because", 4: "ragged", 5: 'he said "no"; twice'})

    rows = list(csv.reader(io.StringIO(back.decode("utf-8-sig", "surrogateescape"), newline=""), delimiter=";"))
    assert rows == [
        ["sku", "name", "reason"], ["CUP", "'=1+1", "because"], ["POT", "", "\udcfc", "more", "ragged"],
        ["PAN", "", 'he said "no"; twice'],
    ]  # fmt: skip
    assert "\xfc".encode("latin-1") in back
    assert read_sheet(back).names == ("sku", "name", "reason")


def test_a_text_in_a_sentence_is_short_and_can_be_printed() -> None:
    assert shown("A" * 50) == "A" * 40 + "…"
    assert shown("a\0b\u202ec\udcfcd\ne") == "a\ufffdb\ufffdc\ufffdd\ufffde"
