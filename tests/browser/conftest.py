"""A real Chromium against the program on a real port; skipped, with the reason, where there is none."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

import psycopg
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

from app.domain.kernel import unit
from tests.web.companies import Shop, opened
from tests.web.shop import PASSWORD

QUIET = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
         "--disable-sync", "--disable-dev-shm-usage")  # fmt: skip

# What is expected is the same; a machine that runs all the other tests beside it only takes longer to show it.
expect.set_options(timeout=30_000)


WIDE = {"width": 1400, "height": 900}
PHONE = {"width": 390, "height": 844}


def chromium() -> str | None:
    """Where this machine has Chromium; CHROMIUM names another one."""
    named = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    return named if named and Path(named).exists() else None


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The browser of this worker."""
    found = chromium()
    if found is None:
        pytest.skip("no Chromium here: install it (Debian: apt-get install chromium), or name it in CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=list(QUIET))
        yield browser
        browser.close()


@dataclass
class Desk:
    """A person's screen: a page, where the program is, and what the browser complained of."""

    page: Page
    address: str
    shop: Shop
    complaints: list[str]

    def open(self, path: str) -> None:
        answer = self.page.goto(self.address + path)
        assert answer is not None
        assert answer.ok, f"{path}: {answer.status}"

    def sign_in(self, name: str) -> None:
        self.open("/login/")
        self.page.fill("#username", name)
        self.page.fill("#password", PASSWORD)
        self.page.click("text=Sign in")
        self.page.wait_for_selector(".sb-who")


# What came more than five minutes ago shows no card any more, and the company may be older than that.
NEWS = """
SET session_replication_role = replica;
UPDATE document_history SET at = now() WHERE to_state = 'active'
"""


class Handler(WSGIRequestHandler):
    """Gives up on a browser that opened a connection and asks nothing."""

    timeout = 10


@pytest.fixture
def served(postgres, seeded, program, engine) -> Iterator[tuple[str, Shop]]:  # type: ignore[no-untyped-def]
    """The program on a port of its own, with a database that the test may change."""
    with opened(postgres, seeded, program, "browser") as shop:
        with psycopg.connect(postgres.url(shop.engine.url.database)) as behind:
            behind.execute(NEWS)
        server = make_server("127.0.0.1", 0, shop.app, threaded=True, request_handler=Handler)
        # A page asks for news all the time: what it asked last is answered before its database goes.
        server.daemon_threads = False  # type: ignore[attr-defined]
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", shop
        server.shutdown()
        thread.join()
        server.server_close()
    unit.bind(engine)


@pytest.fixture
def desk(browser: Browser, served: tuple[str, Shop]) -> Iterator[Desk]:
    """A wide screen; a test fails on anything that the browser complains of, and on any request to elsewhere."""
    context = browser.new_context(viewport=WIDE)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else 0)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda asked: complaints.append(asked.url) if served[0] not in asked.url else 0)
    yield Desk(page, served[0], served[1], complaints)
    context.close()
    assert complaints == []
