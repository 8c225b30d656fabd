"""A copy's mark on the printed page, and what cannot be marked."""

from __future__ import annotations

import re

import pytest

from rlpipeline.errors import UsageError
from rlpipeline.publication.page import MARKS, Cover, csp_hash, css_string, render_page
from rlpipeline.publication.sealed import check_password, mark_of, marked_page

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


def test_a_page_of_another_edition_is_not_marked() -> None:
    page = render_page([], Cover("Service", None, 2023, edition="diffusion"))
    with pytest.raises(UsageError, match="mention"):
        marked_page(page, MARK)


@pytest.mark.parametrize("password", ["", "a" * 11, "é" * 12, "a" * 12 + "\n"])
def test_a_weak_password_is_refused(password: str) -> None:
    with pytest.raises(UsageError, match="mot de passe"):
        check_password(password)


def test_a_password_long_enough_is_accepted() -> None:
    check_password("a b" * 4)
