"""What was typed by hand is shown on the page, which otherwise stays as it was."""

from __future__ import annotations

import re

from bs4 import BeautifulSoup

from rlpipeline.audit.prose.scan import scan_page
from rlpipeline.audit.prose.typed import highlight
from tests.audit.prose.pages import prose
from tests.audit.prose.sentences_table import UNBOUND

MARK = re.compile(r'<mark class="rl-non-lie" title="[^"]*">(.*?)(?:<span class="rl-sr"> \([^<]*\)</span>)?</mark>')


def shown(page: str) -> str:
    scan = scan_page(page, lambda _: -9.0)
    return highlight(page, [*scan.unbound, *scan.contradicted])


def test_taking_the_marks_away_gives_the_page_back_and_highlighting_twice_changes_nothing_more() -> None:
    pages = [prose(sentence) for sentence, _ in UNBOUND]
    once = [shown(page) for page in pages]
    assert [MARK.sub(r"\1", page) for page in once] == pages
    assert [shown(page) for page in once] == once


def test_each_number_has_its_mark_and_its_hint() -> None:
    plain = "".join(prose(sentence) for sentence, _ in UNBOUND)
    found = scan_page(plain).unbound
    marks = BeautifulSoup(highlight(plain, found), "html.parser").select("mark.rl-non-lie")
    assert [mark.find(string=True) for mark in marks] == [each.words for each in found]
    assert {mark["title"] for mark in marks} == {"chiffre non lié"}
    assert all(mark.select_one(".rl-sr") is not None for mark in marks)


def test_a_contradicted_trend_says_what_the_figure_did() -> None:
    page = shown(prose("Le nombre est en hausse ([[114 jeunes]])."))
    (mark,) = BeautifulSoup(page, "html.parser").select("mark.rl-non-lie")
    assert mark["title"] == "contredit par « 114 jeunes », en baisse (−9,0\u00a0%)"
    assert mark.get_text().startswith("en hausse")


def test_a_number_cut_by_tags_is_marked_piece_by_piece_and_said_once() -> None:
    page = shown("<p><strong>70</strong>&nbsp;% des jeunes</p>")
    assert page.count("<mark") == 2 and page.count("rl-sr") == 1
    assert page.startswith('<p><strong><mark class="rl-non-lie"')
