"""Where a checkout keeps its data: for whom it is, and that secrets are made once and read by nobody else."""

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from app import place
from app.place import CHECKOUT, home, kept, make_folder, open_to_all


def test_who_names_a_folder_gets_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("STOCKBOOK_HOME", str(tmp_path / "x/../y"))

    assert home() == tmp_path / "y"


def test_root_keeps_its_data_out_of_a_checkout_that_may_be_somebody_elses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STOCKBOOK_HOME", raising=False)
    monkeypatch.setattr(os, "geteuid", lambda: 0)

    assert home().parent == Path("/var/lib/stockbook")
    assert CHECKOUT not in home().parents


def test_a_user_keeps_its_data_in_the_checkout_or_else_at_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("STOCKBOOK_HOME", raising=False)
    monkeypatch.setattr(os, "geteuid", lambda: 1234)
    monkeypatch.setattr(place, "CHECKOUT", tmp_path)
    assert home() == tmp_path / "var"

    monkeypatch.setattr(os, "access", lambda *_: False)
    monkeypatch.setenv("XDG_STATE_HOME", "/state")
    assert home().parent == Path("/state/stockbook")


def test_two_checkouts_have_two_folders(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("STOCKBOOK_HOME", raising=False)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    first = home()
    monkeypatch.setattr(place, "CHECKOUT", tmp_path)

    assert home() != first


def test_folders_that_exist_keep_their_mode(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0o700)

    make_folder(tmp_path / "closed/a/b")

    shown = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "closed", tmp_path / "closed/a/b")}
    assert shown == {"closed": 0o700, "b": 0o755}


def test_of_many_at_once_one_makes_the_folder(tmp_path: Path) -> None:
    for turn in range(100):
        start = Barrier(8)

        def make(turn: int = turn, start: Barrier = start) -> Path:
            start.wait()
            return make_folder(tmp_path / str(turn) / "a")

        with ThreadPoolExecutor(8) as pool:
            made = [future.result() for future in [pool.submit(make) for _ in range(8)]]
        assert all(folder.is_dir() for folder in made)


def test_a_secret_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "folder/secret"

    assert [kept(path, lambda text=text: text) for text in ("first", "second")] == ["first", "first"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert os.listdir(path.parent) == ["secret"]


def test_of_many_at_once_one_makes_the_secret(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        texts = set(pool.map(lambda number: kept(tmp_path / "secret", lambda: str(number)), range(50)))

    assert len(texts) == 1


def test_open_to_all_looks_at_every_folder_above(tmp_path: Path) -> None:
    assert open_to_all(Path("/usr/bin/env"))
    for folder in (tmp_path / "a", tmp_path / "a/b"):
        folder.mkdir(mode=0o755)
        folder.chmod(0o755)
    (tmp_path / "a").chmod(0o750)
    assert not open_to_all(tmp_path / "a/b")
