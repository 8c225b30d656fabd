"""What was typed by hand in the pages of a publication: told once, marked in a draft, unmarked to be read again."""

from __future__ import annotations

from pathlib import Path

import pytest

from rlpipeline.audit.prose.typed import NUMBER, TREND, counts_of, highlight_pages, scan_pages, typed_findings
from rlpipeline.published.markup import unmarked as without_marks

GENERAL = '<div class="rl-text" data-texte="cadre"><p>Nous sommes <em>quatre</em> éducateurs.</p></div>'
BOUND = (
    '<span class="rl-chiffre" data-ref="t/total/n" data-fonction="chiffre" data-territoire="service" '
    'data-annee="2023">12 jeunes</span>'
)
TREND_TEXT = f'<div class="rl-text" data-texte="bilan"><p>Le public est en forte hausse : {BOUND}.</p></div>'
SHELL = '<!DOCTYPE html><html lang="fr"><body><main><h2 id="ch">I</h2>{}</main></body></html>'
NAMES = ("rapport.html", "communes/01004-x.html")


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / "communes").mkdir()
    (tmp_path / NAMES[0]).write_text(SHELL.format(GENERAL + TREND_TEXT), encoding="utf-8")
    (tmp_path / NAMES[1]).write_text(SHELL.format(GENERAL), encoding="utf-8")
    return tmp_path


def moved(by: float):  # type: ignore[no-untyped-def]
    return lambda attributes: by


def test_a_text_on_several_pages_is_told_once(directory: Path) -> None:
    scanned = scan_pages(directory, NAMES, moved(12.0))
    (found,) = typed_findings(scanned, validated=False)
    assert (found.check, found.first_value, found.blocking) == (NUMBER, "quatre", False)
    assert "et sur 1 autre page" in found.first.where
    assert "Nous sommes quatre éducateurs." in found.first.where
    assert found.key.startswith("chiffre_non_lie:cadre/quatre/")
    assert counts_of(scanned) == {NUMBER: 3, TREND: 1}  # « quatre » twice, and the figure that is bound


@pytest.mark.parametrize("validated", [True, False])
def test_a_contradicted_trend_blocks_a_validated_report(directory: Path, validated: bool) -> None:
    found = [*typed_findings(scan_pages(directory, NAMES, moved(-30.0)), validated)]
    assert [(one.check, one.blocking) for one in found] == [(NUMBER, validated), (TREND, validated)]
    assert "en baisse" in found[1].second_value


def test_a_trend_that_nothing_confirms_never_blocks(directory: Path) -> None:
    found = [*typed_findings(scan_pages(directory, NAMES, None), validated=True)]
    assert [(one.check, one.blocking) for one in found] == [(NUMBER, True), (TREND, False)]


def test_marked_pages_are_read_again_as_they_were(directory: Path) -> None:
    before = {name: (directory / name).read_bytes() for name in NAMES}
    scanned = scan_pages(directory, NAMES, moved(-30.0))
    keys = [one.key for one in typed_findings(scanned, validated=False)]
    highlight_pages(directory, scanned, frozenset(keys))
    assert all(b'<mark class="rl-non-lie"' in (directory / name).read_bytes() for name in NAMES)
    assert {name: without_marks((directory / name).read_text("utf-8")).encode() for name in NAMES} == before
    again = scan_pages(directory, NAMES, moved(-30.0))
    assert [one.key for one in typed_findings(again, validated=False)] == keys
    marked = {name: (directory / name).read_bytes() for name in NAMES}
    highlight_pages(directory, again, frozenset(keys))
    assert {name: (directory / name).read_bytes() for name in NAMES} == marked


def test_what_is_accepted_is_not_marked(directory: Path) -> None:
    before = {name: (directory / name).read_bytes() for name in NAMES}
    highlight_pages(directory, scan_pages(directory, NAMES, moved(12.0)), frozenset())
    assert {name: (directory / name).read_bytes() for name in NAMES} == before
