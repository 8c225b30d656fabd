"""Every character of a page's prose is known by its place in the source."""

from __future__ import annotations

import html
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlpipeline.audit.prose.scan import scan_page
from rlpipeline.audit.prose.typed import highlight
from rlpipeline.prose.french_numbers import find_numbers
from rlpipeline.prose.sentences import sentences
from rlpipeline.published.prose import prose_blocks

PIECES = [
    "12", " jeunes ", "&nbsp;", "&amp;", "&#233;", "<strong>", "</strong>", "<p>", "</p>", "\n", "é", "deux", "<br>",
    '<span class="rl-chiffre" data-ref="t/l/c">9</span>', '<p class="rl-note">7</p>', "<td>", "</td>", '<img src="3">',
    "% ", "< 4", "<!-- 5 -->", "&", "Un quart. Des ", "en hausse ",
]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=25).map("".join))
def test_each_character_is_found_back_in_the_source(page: str) -> None:
    for block in prose_blocks(page):
        for place, character in enumerate(block.text):
            written = "".join(page[start:end] for start, end in block.places(place, place + 1))
            assert character in {html.unescape(written), written, "\n"}


@given(st.lists(st.sampled_from(PIECES), max_size=25).map("".join))
def test_marks_add_to_a_page_and_take_nothing_from_it(page: str) -> None:
    scan = scan_page(page)
    marked = highlight(page, scan.unbound)
    rest = iter(marked)
    assert all(character in rest for character in page)
    assert highlight(marked, scan_page(marked).unbound) == marked
    assert (marked == page) is (not scan.unbound)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Un. Deux ! Trois ?", ["Un. ", "Deux ! ", "Trois ?"]),
        ("L'art. L. 121-2 s'applique. Il fonde.", ["L'art. L. 121-2 s'applique. ", "Il fonde."]),
        ("« Venez. » Ils viennent… 12 sont là.", ["« Venez. » ", "Ils viennent… ", "12 sont là."]),
        ("Soit 1.5 h. par jour", ["Soit 1.5 h. par jour"]),
    ],
)
def test_sentences_cover_the_text(text: str, expected: list[str]) -> None:
    assert [text[start:end] for start, end in sentences(text)] == expected


@pytest.mark.parametrize("odd", ["123 " * 3000, "un deux " * 300, "a" * 20_000 + " 1", "3 sur " * 1000, "loi " * 2000])
def test_odd_texts_do_not_hold_the_build_up(odd: str) -> None:
    start = time.process_time()
    find_numbers(odd)
    assert time.process_time() - start < 3
