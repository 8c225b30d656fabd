"""A browser that notes what a page does."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.hostile.watching import Watched


@pytest.fixture(scope="module")
def chromium(browser: Browser) -> Watched:
    return Watched(browser.new_context())
