import gzip
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from app.domain.intake.reading import COLUMNS, Export, Line, read_line
from app.domain.kernel.errors import DomainError, Invalid, NotFound

GOOD = "1001,MUG,TALL MUG,6,2020-03-02 08:26:00,2.55,500,France"


def test_a_line_is_read_exactly():
    assert read_line(7, GOOD).line == Line(
        7, "1001", "MUG", "TALL MUG", Decimal(6), date(2020, 3, 2), Decimal("2.55"), "500", "France"
    )


def test_a_quoted_cell_may_hold_commas_and_quotes():
    assert read_line(2, GOOD.replace("TALL MUG", '"MUG, ""TALL"""')).line.description == 'MUG, "TALL"'


def test_cells_are_taken_without_the_spaces_around_them():
    line = read_line(2, "1001 , MUG, TALL MUG ,6,2020-03-02 08:26:00,2.55, 500 , France ").line

    assert (line.invoice, line.code, line.description, line.customer) == ("1001", "MUG", "TALL MUG", "500")


def test_the_amount_is_not_rounded():
    assert read_line(2, GOOD.replace("2.55", "0.0015")).line.amount == Decimal("0.0090")


@pytest.mark.parametrize(
    ("column", "text", "why"),
    [
        ("InvoiceNo", " ", "InvoiceNo is empty"),
        ("StockCode", "", "StockCode is empty"),
        ("Quantity", "six", "Quantity: 'six' is not a number"),
        ("Quantity", "1.5", "Quantity: 1.5 has more than 0 decimals"),
        ("Quantity", "", "Quantity: '' is not a number"),
        ("Quantity", "1_000", "Quantity: '1_000' is not a number"),
        ("Quantity", "9" * 20, "is not a usable number"),
        ("UnitPrice", "NaN", "UnitPrice: 'NaN' is not a number"),
        ("UnitPrice", "1e3", "UnitPrice: '1e3' is not a number"),
        ("UnitPrice", "Infinity", "UnitPrice: 'Infinity' is not a number"),
        ("UnitPrice", "0.00001", "UnitPrice: 0.00001 has more than 4 decimals"),
        ("InvoiceDate", "2020-02-30 08:26:00", "InvoiceDate: '2020-02-30 08:26:00' is not a date"),
        ("InvoiceDate", "02/03/2020 08:26", "is not a date"),
        ("InvoiceDate", "2020-03-02 24:00:00", "is not a date"),
        ("CustomerID", "17850.0", "CustomerID: '17850.0' is not a number"),
    ],
)
def test_a_cell_that_cannot_be_read_says_why(column: str, text: str, why: str):
    cells = GOOD.split(",")
    cells[COLUMNS.index(column)] = text

    read = read_line(3, ",".join(cells))

    assert read.line is None
    assert why in read.why
    assert read.cells == tuple(cells)


@pytest.mark.parametrize("text", ["", "1001,MUG", f"{GOOD},more", '"never closed,' + GOOD, '"a"b,' + GOOD])
def test_a_line_without_eight_columns_is_kept_as_text(text: str):
    read = read_line(4, text)

    assert read.line is None
    assert read.why == "it does not have 8 columns"
    assert read.cells == (text,)


def test_a_line_with_characters_that_are_no_text_is_not_taken():
    assert read_line(2, GOOD.replace("TALL", "TA\0LL")).why == "it has characters that are no text"


def test_lines_are_counted_as_an_editor_counts_them(export):
    path = export(GOOD, '1002,"UNCLOSED,6,2020-03-02 08:26:00,2.55,500,France', GOOD)

    assert [(read.number, read.line is not None) for read in Export(path)] == [(2, True), (3, False), (4, True)]


def test_columns_may_stand_in_another_order(tmp_path: Path):
    path = tmp_path / "trade.csv"
    order = (7, 6, 5, 4, 3, 2, 1, 0)
    cells = GOOD.split(",")
    path.write_text("\n".join(",".join(row[i] for i in order) for row in (COLUMNS, cells)))

    assert [read.line for read in Export(path)] == [read_line(2, GOOD).line]


def test_bytes_that_are_no_utf8_spoil_only_their_line(tmp_path: Path):
    path = tmp_path / "trade.csv"
    path.write_bytes("\r\n".join([",".join(COLUMNS), GOOD, GOOD.replace("TALL", "CAFÉ"), GOOD]).encode("latin-1"))

    assert [read.line is not None for read in Export(path)] == [True, False, True]


def test_a_gzipped_copy_is_the_same_trade(export, tmp_path: Path):
    plain = Export(export(GOOD))
    path = tmp_path / "trade.csv.gz"
    path.write_bytes(gzip.compress(plain.path.read_bytes()))
    packed = Export(path)

    assert [read.line for read in plain] == [read.line for read in packed]
    assert plain.digest == packed.digest


def test_another_line_is_another_trade(export):
    one, other = Export(export(GOOD, name="one.csv")), Export(export(GOOD, GOOD, name="other.csv"))
    list(one), list(other)

    assert one.digest != other.digest


def test_a_byte_order_mark_is_no_part_of_the_header(tmp_path: Path):
    path = tmp_path / "trade.csv"
    path.write_text(f"{','.join(COLUMNS)}\n{GOOD}\n", encoding="utf-8-sig")

    assert [read.line is not None for read in Export(path)] == [True]


@pytest.mark.parametrize("header", ["", "Sku,Name", ",".join(COLUMNS[:-1]), ",".join((*COLUMNS, "Quantity"))])
def test_a_file_with_other_columns_is_no_trade_export(tmp_path: Path, header: str):
    path = tmp_path / "trade.csv"
    path.write_text(f"{header}\n{GOOD}\n")

    with pytest.raises(Invalid, match=r"is not a trade export: .* InvoiceNo, .*, UnitPrice"):
        list(Export(path))


def test_a_file_that_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(NotFound, match=r"nowhere\.csv"):
        list(Export(tmp_path / "nowhere.csv"))


def test_a_gzipped_file_that_ends_too_soon_is_refused(export, tmp_path: Path):
    path = tmp_path / "trade.csv.gz"
    path.write_bytes(gzip.compress(export(*[GOOD] * 50).read_bytes())[:-12])

    with pytest.raises(DomainError, match="cannot be read to its end"):
        list(Export(path))
