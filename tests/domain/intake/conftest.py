"""Small trade exports, written by hand."""

from collections.abc import Callable
from pathlib import Path

import pytest

from app.domain.intake.reading import COLUMNS

Export = Callable[..., Path]


@pytest.fixture
def export(tmp_path: Path) -> Export:
    """`export("1001,MUG,…", …)` writes a file of these lines under the header, and gives its path."""

    def write(*lines: str, name: str = "trade.csv") -> Path:
        path = tmp_path / name
        path.write_text("\n".join([",".join(COLUMNS), *lines, ""]), encoding="utf-8")
        return path

    return write
