"""CSV from the command line: the same imports and exports as by the pages, for whoever has the machine."""

import csv
import os
import pty
import sys
from pathlib import Path

import pytest
from click.testing import Result
from sqlalchemy.orm import Session

from app.domain.kernel.rows import read
from app.web.csv_commands import progress
from app.web.kit.documents import DocumentView
from app.web.kit.views import MasterView
from tests.traces import checksums
from tests.web.companies import Shop
from tests.web.test_importing import product

GOOD = "sku,name,group,unit,tax_rate\nBOLT,Long bolt,GOODS,pcs,A\nNEW,New,GOODS,pcs,A\n"
BAD = GOOD + "X,X,MOON,pcs,A\n"


def run(shop: Shop, *words: str | Path) -> Result:
    return shop.app.test_cli_runner().invoke(args=[str(word) for word in words])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "new products.csv"


def test_a_dry_run_tells_what_would_change_and_changes_nothing(own_shop: Shop, file: Path) -> None:
    file.write_text(GOOD)
    before = checksums(own_shop.engine)

    result = run(own_shop, "import", "products", file, "--dry-run")

    told = (
        "Row 2, BOLT: name Product BOLT → Long bolt\n1 added, 1 changed, 0 unchanged, 0 rejected. Nothing is stored.\n"
    )
    assert (result.exit_code, result.output) == (0, told)
    assert checksums(own_shop.engine) == before
    assert [it.name for it in file.parent.iterdir()] == [file.name]


def test_a_good_file_is_imported_and_imported_again_changes_nothing(own_shop: Shop, file: Path) -> None:
    file.write_text(GOOD)

    first, again = run(own_shop, "import", "products", file), run(own_shop, "import", "products", file)

    assert (first.exit_code, first.output) == (0, "1 added, 1 changed, 0 unchanged, 0 rejected.\n")
    assert (again.exit_code, again.output) == (0, "0 added, 0 changed, 2 unchanged, 0 rejected.\n")
    assert product(own_shop, "BOLT").name == "Long bolt"


def test_all_are_taken_or_none_unless_the_good_ones_are_asked_for(own_shop: Shop, file: Path) -> None:
    file.write_text(BAD)
    before = checksums(own_shop.engine)

    none = run(own_shop, "import", "products", file)

    assert none.exit_code == 1
    assert "Row 4, X: group: there is no product group MOON.\n" in none.output
    assert "Nothing is stored." in none.output
    assert checksums(own_shop.engine) == before
    with (file.parent / "new products.rejected.csv").open(encoding="utf-8-sig", newline="") as rejected:
        assert list(csv.reader(rejected)) == [
            ["sku", "name", "group", "unit", "tax_rate", "reason"],
            ["X", "X", "MOON", "pcs", "A", "group: there is no product group MOON."],
        ]

    some = run(own_shop, "import", "products", file, "--good-rows")

    assert some.exit_code == 1
    assert "1 added, 1 changed, 0 unchanged, 1 rejected.\n" in some.output
    assert product(own_shop, "BOLT").name == "Long bolt"


def test_a_file_that_is_none_and_a_kind_that_is_none_are_told(own_shop: Shop, file: Path) -> None:
    file.write_bytes(b"")

    assert "Error: The file is empty" in run(own_shop, "import", "products", file).output
    assert run(own_shop, "import", "wishes", file).exit_code == 2
    assert run(own_shop, "import", "products", file.parent / "nowhere.csv").exit_code == 2


def test_documents_of_a_file_come_from_the_command_line(own_shop: Shop, file: Path) -> None:
    file.write_text("document,warehouse,product,quantity,unit_cost\nR1,NORTH,NUT,5,1.5\n")

    assert run(own_shop, "import", "receipts", file).output == "1 added, 0 changed, 0 unchanged, 0 rejected.\n"
    assert run(own_shop, "import", "receipts", file).output == "0 added, 0 changed, 1 unchanged, 0 rejected.\n"


def test_every_list_is_exported_as_its_page_exports_it(own_shop: Shop, tmp_path: Path) -> None:
    ada, out = own_shop.visit("ada"), tmp_path / "list.csv"
    for view in own_shop.app.extensions["appbuilder"].baseviews:
        if isinstance(view, (MasterView, DocumentView)):
            result = run(own_shop, "export", view.route_base[1:], "--out", out)
            assert (result.exit_code, result.output) == (0, f"Written: {out}\n"), view
            page = ada.get(f"{view.route_base}/?format=csv")
            # The one company has no list to be looked at, and each export adds to the audit.
            if page.status_code == 200 and view.route_base != "/audit":
                assert out.read_bytes() == page.data, view
    assert [it.name for it in tmp_path.iterdir()] == [out.name]


def test_an_export_goes_to_the_standard_output_and_comes_back_as_an_import(own_shop: Shop, file: Path) -> None:
    exported = run(own_shop, "export", "products").stdout
    file.write_text(exported)

    assert exported.startswith("sku,name,kind,")
    assert run(own_shop, "import", "products", file).output.startswith("0 added, 0 changed, ")
    with Session(own_shop.engine) as session:
        noted = read(session, "SELECT address, subject FROM audit_entry WHERE event = 'exported'")
    assert [tuple(row) for row in noted] == [("command line", "products")]
    file.write_text(run(own_shop, "export", "prices").stdout)
    assert run(own_shop, "import", "prices", file).output.startswith("0 added, 0 changed, ")
    file.write_text(run(own_shop, "export", "orders", "--lines").stdout.replace("BOLT,3,", "BOLT,4,", 1))
    assert run(own_shop, "import", "orders", file).output.startswith("0 added, 1 changed, ")
    unknown = run(own_shop, "export", "wishes")
    assert unknown.exit_code == 1
    assert "There is no list wishes. There are: accounts, adjustments, " in unknown.output


def test_whoever_looks_on_sees_that_it_gets_on(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal, seen = pty.openpty()
    with os.fdopen(seen, "w") as screen, os.fdopen(terminal, "rb", 0) as watched:
        monkeypatch.setattr(sys, "stderr", screen)
        with progress(iter("ab"), "Writing") as its:
            assert [*its] == ["a", "b"]
        screen.flush()
        assert b"Writing" in watched.read(1000)


def test_whoever_keeps_what_is_said_gets_no_bar(capsys: pytest.CaptureFixture[str]) -> None:
    with progress(iter("ab"), "Writing") as its:
        assert [*its] == ["a", "b"]
    assert capsys.readouterr() == ("", "")
