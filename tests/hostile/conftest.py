"""One browser for every case."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import sync_playwright

from tests.hostile.watching import CHROMIUM, Watched, launch


@pytest.fixture(scope="session")
def chromium() -> Iterator[Watched]:
    if CHROMIUM is None:
        pytest.skip("chromium n'est pas installé")
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield Watched(browser.new_context())
        browser.close()
