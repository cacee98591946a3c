"""The files of other people that the pages use, copied from pinned npm packages.

    python -m app.web.vendor           fetches them anew (needs npm)
    python -m app.web.vendor --check   tells whether the files here are the ones that were fetched

Nothing is built and nothing is loaded from another host: what a page needs lies in `static/vendor`.
"""

import base64
import hashlib
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parent / "static" / "vendor"
SUMS = FOLDER / "SHA256SUMS"
ICONS = FOLDER / "icons.json"


class Package(NamedTuple):
    """A package at a version: the digest that npm publishes for it, its licence, and file in it → name here."""

    name: str
    integrity: str
    licence: str
    files: Mapping[str, str]


INTER = ("latin", "latin-ext", "cyrillic", "cyrillic-ext", "greek")
ICON_NAMES = (
    "adjustments", "adjustments-alt", "alert-circle", "alert-triangle", "arrow-back", "arrow-back-up",
    "arrow-bar-to-down", "arrow-bar-to-up", "arrow-forward", "arrow-left", "arrow-right", "arrows-exchange",
    "arrows-left-right", "ban", "bandage", "bell", "book", "books", "building-bank", "building-store",
    "building-warehouse", "businessplan", "calculator", "calendar", "calendar-check", "calendar-due", "calendar-time",
    "cash", "cash-banknote", "category", "certificate", "chart-bar", "check", "checks", "chevron-down", "chevron-left",
    "chevron-right", "chevron-up", "circle-check", "circle-x", "clipboard-check", "clipboard-list", "clipboard-x",
    "clock", "coin", "coins", "copy", "currency-euro", "discount", "dots", "dots-vertical", "download",
    "external-link", "eye", "file-check", "file-description", "file-dollar", "file-invoice", "file-minus", "file-off",
    "file-plus", "file-text", "file-x", "filter", "flag", "git-branch", "hand-stop", "heart-broken", "history", "home",
    "hourglass", "info-circle", "key", "link", "list-check", "list-details", "lock", "lock-open", "logout", "map-pin",
    "menu-2", "moon", "notebook", "package", "package-export", "package-import", "package-off", "packages", "pencil",
    "percentage", "player-play", "plug", "plus", "printer", "receipt", "receipt-off", "receipt-refund", "receipt-tax",
    "recycle", "refresh", "report", "report-analytics", "report-money", "rotate", "rotate-2", "ruler-2", "scale",
    "scissors", "search", "selector", "settings", "shield", "shield-half", "shopping-cart", "stack-2", "sun", "tags",
    "transfer", "trash", "truck-delivery", "truck-loading", "truck-return", "unlink", "upload", "user", "users",
    "users-group", "wallet", "writing", "x", "zoom-question",
)  # fmt: skip
PACKAGES = (
    Package(
        "@tabler/core@1.6.1",
        "sha512-lgmR9gcxRp5JlLxcmRi9Rz85JrEvH6Bz71KnlcPVSa97wtwQNjgSs3g3fxwbAlulHyRMghhIV04QUuW3pqDsIg==",
        "MIT, Copyright The Tabler Authors and codecalm.net Paweł Kuna",
        {"dist/css/tabler.min.css": "tabler.min.css"},
    ),
    Package(
        "tom-select@2.6.2",
        "sha512-eiXIkk82XzzUTOVQDFpy+ZGejuqdTvMukyUyeZBQaKnqW42UoTiTZnrod/eX0rkqJEc4rZY9DZ3zdjV07i29wQ==",
        "Apache-2.0",
        {
            "dist/js/tom-select.base.min.js": "tom-select.base.min.js",
            "dist/css/tom-select.bootstrap5.min.css": "tom-select.bootstrap5.min.css",
            "LICENSE": "tom-select.LICENSE",
        },
    ),
    Package(
        "swagger-ui-dist@5.35.0",
        "sha512-U06rpMtW9V3XPGOBeamTUSr0Z09jMX4IJuANpE/EZbAhw0G8CgwrzU4YmXkn/h0wCDNsXdGarTNNHC3sU8yVUQ==",
        "Apache-2.0",
        {
            "swagger-ui-bundle.js": "swagger-ui-bundle.js",
            "swagger-ui.css": "swagger-ui.css",
            "LICENSE": "swagger-ui.LICENSE",
        },
    ),
    Package(
        "@fontsource-variable/inter@5.3.0",
        "sha512-OupL48va4JNofb97w6NYeF9S7W/kHNKM0Er8Dem5nqi4jeOLrVJDoE8tZEpnMJmtkvNbB1EIPPwHcdkF6b1oUA==",
        "OFL-1.1",
        {
            **{f"files/inter-{part}-wght-normal.woff2": f"inter-{part}.woff2" for part in INTER},
            "LICENSE": "inter.LICENSE",
        },
    ),
    Package(
        "@tabler/icons@3.52.0",
        "sha512-dldKlJNfO/gZnGLcIY0X2EFFKIMGwL/rEvTqglvBgAPFiwj9pZOCN5V3Sf0Gyjq6foX4VQmLdOmsS4w5FdWKAw==",
        "MIT, Copyright Paweł Kuna",
        {f"icons/outline/{name}.svg": f"{name}.svg" for name in ICON_NAMES} | {"LICENSE": "tabler-icons.LICENSE"},
    ),
)


def fetch() -> None:
    """Downloads every package, checks its digest, and writes its files, their sums and their licences."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.iterdir():
        old.unlink()
    icons = {}
    for package in PACKAGES:
        for name, content in _unpack(package):
            if name.endswith(".svg"):
                icons[name.removesuffix(".svg")] = _shapes(content.decode())
            else:
                (FOLDER / name).write_bytes(_without_map(name, content))
    ICONS.write_text(json.dumps(icons, indent=1) + "\n")
    (FOLDER / "LICENCES.txt").write_text("".join(f"{package.name}: {package.licence}\n" for package in PACKAGES))
    SUMS.write_text("".join(f"{_sum(path)}  {path.name}\n" for path in _files()))


def strangers() -> list[str]:
    """The names of files here that are not as they were fetched, are missing, or were never fetched."""
    noted = dict(reversed(line.split("  ")) for line in SUMS.read_text().splitlines())
    found = {path.name: _sum(path) for path in _files()}
    return sorted(name for name in noted.keys() | found.keys() if noted.get(name) != found.get(name))


def _unpack(package: Package) -> Iterator[tuple[str, bytes]]:
    with tempfile.TemporaryDirectory() as folder:
        command = ["npm", "pack", "--silent", "--pack-destination", folder, package.name]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        archive = next(Path(folder).glob("*.tgz"))
        digest = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
        if f"sha512-{digest}" != package.integrity:
            raise SystemExit(f"{package.name} is not what it was when it was chosen.")
        with tarfile.open(archive) as tar:
            for source, name in package.files.items():
                file = tar.extractfile(f"package/{source}")
                assert file is not None
                yield name, file.read()


def _shapes(svg: str) -> str:
    """What is inside the <svg>, on one line, without the invisible frame."""
    inner = re.sub(r"\s+", " ", svg[svg.index(">") + 1 : svg.rindex("</svg>")]).strip()
    return inner.replace('<path stroke="none" d="M0 0h24v24H0z" fill="none" /> ', "")


def _without_map(name: str, content: bytes) -> bytes:
    """A source map is not copied, so nothing shall ask for it."""
    return re.sub(rb"\n?(/\*|//)# sourceMappingURL=[^\n]*", b"", content) if name.endswith((".css", ".js")) else content


def _files() -> list[Path]:
    return sorted(path for path in FOLDER.iterdir() if path != SUMS)


def _sum(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    if "--check" in sys.argv:
        sys.exit("\n".join(strangers()))
    fetch()
