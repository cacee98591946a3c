"""A worker inside a test: in a thread of its own, as a browser's loop may run in this one."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from app.web.worker import work
from tests.web.companies import Shop


def work_off(shop: Shop) -> None:
    """Does every job that can be begun."""
    url = shop.engine.url.render_as_string(hide_password=False)
    with ThreadPoolExecutor(1) as pool:
        pool.submit(lambda: asyncio.run(work(shop.app, url, wait=False))).result()
