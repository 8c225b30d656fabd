"""The prose that the service wrote for the demonstration: every number in it comes from somewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from bs4 import BeautifulSoup

from tests.conftest import Opened
from tests.display.samples import TEXTS


def written_texts(root: Path) -> Iterator[tuple[int, str, str | None]]:
    for path in sorted((root / "params").glob("*/textes/*.md")):
        name, _, commune = path.stem.partition("-")
        yield int(path.parent.parent.name), name, commune or None


def test_every_text_has_a_known_name_and_every_number_in_it_is_bound(root: Path, opened: Opened) -> None:
    for year, name, commune in written_texts(root):
        assert name in TEXTS
        report = opened(year, commune)
        text = report.text(name)
        assert text is not None
        page = BeautifulSoup(text.html, "html.parser")
        for bound in page.select(".rl-chiffre, .rl-fixe"):
            bound.extract()
        assert not re.search(r"\d", page.get_text()), (year, name, commune)


def test_texts_of_the_last_year_are_those_of_the_printed_report(root: Path) -> None:
    written = {name for year, name, commune in written_texts(root) if year == 2023 and commune is None}
    # The printed section on funding is empty: the demonstration shows what a text to be written looks like.
    assert written == TEXTS - {"financements"}


def test_texts_hold_no_telephone_no_mail_address(root: Path) -> None:
    for path in (root / "params").rglob("*.md"):
        source = path.read_text(encoding="utf-8")
        assert not re.search(r"\b0\d([ .]\d\d){4}\b|[\w.]+@[\w.]+", source), path
