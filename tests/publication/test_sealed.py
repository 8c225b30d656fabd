"""A copy's mark on the printed page, and what cannot be marked."""

from __future__ import annotations

import re

from rlpipeline.publication.page import MARKS, Cover, csp_hash, css_string, render_page
from rlpipeline.publication.share import mark_of, marked_page

MARK = mark_of("L'« Union » <b> \\ & Cie")


def test_the_mark_replaces_the_former_one_on_screen_and_in_print() -> None:
    page = render_page([], Cover("Service", None, 2023))
    marked = marked_page(page, MARK)
    assert MARKS["interne"] not in marked
    assert "<b>" not in marked
    assert f"content: {css_string(MARK)}" in marked
    style = re.search(r"<style>(.*?)</style>", marked, re.DOTALL)
    assert style is not None
    assert f"sha256-{csp_hash(style[1])}" in marked
