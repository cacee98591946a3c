import csv
from pathlib import Path

from app.domain.intake.plan import read_plan
from app.domain.intake.rejects import HEADER, Reject, write_rejects
from app.domain.intake.sorting import REASONS


def rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", errors="surrogateescape", newline="") as file:
        return list(csv.reader(file))


def test_a_rejected_line_comes_back_with_its_number_and_its_reason(export, tmp_path: Path):
    plan = read_plan(export(
        "1001,MUG,TALL MUG,6,2020-03-02 08:26:00,2.55,500,France",
        "C1002,MUG,TALL MUG,-6,2020-03-02 08:26:00,2.50,500,France",
        "1003,MUG,TALL MUG,six,2020-03-02 08:26:00,2.55,500,France",
        "what is this",
    ))  # fmt: skip

    write_rejects(tmp_path / "rejects.csv", plan.rejects)

    assert rows(tmp_path / "rejects.csv") == [
        list(HEADER),
        ["C1002", "MUG", "TALL MUG", "-6", "2020-03-02 08:26:00", "2.50", "500", "France", "3",
         REASONS["sold_before"]],
        ["1003", "MUG", "TALL MUG", "six", "2020-03-02 08:26:00", "2.55", "500", "France", "4",
         "the line cannot be read: Quantity: 'six' is not a number."],
        ["what is this", "", "", "", "", "", "", "", "5", "the line cannot be read: it does not have 8 columns"],
    ]  # fmt: skip


def test_bytes_that_are_no_text_come_back_as_they_were(tmp_path: Path):
    reject = Reject(2, (b"CAF\xc9".decode("utf-8", "surrogateescape"),), "unreadable")

    write_rejects(tmp_path / "rejects.csv", [reject])

    assert b"CAF\xc9" in (tmp_path / "rejects.csv").read_bytes()


def test_text_that_a_spreadsheet_would_run_is_defused_and_numbers_are_not(tmp_path: Path):
    cells = ("C1", "=1+1", "@SUM", "-6", "2020-03-02 08:26:00", "-1", "", "+x")

    write_rejects(tmp_path / "rejects.csv", [Reject(2, cells, "sold_before")])

    assert rows(tmp_path / "rejects.csv")[1][:8] == [
        "C1", "'=1+1", "'@SUM", "-6", "2020-03-02 08:26:00", "-1", "", "'+x",
    ]  # fmt: skip


def test_an_earlier_file_is_replaced(tmp_path: Path):
    path = tmp_path / "rejects.csv"
    path.write_text("old\n" * 10)

    write_rejects(path, [])

    assert rows(path) == [list(HEADER)]
    assert list(tmp_path.iterdir()) == [path]
