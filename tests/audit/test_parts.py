"""The checks of one territory at a time: what is kept of each, and what only all of them together can tell.

Slow, save the last: each audits the demonstration, and they alone show that what is kept is what a fresh check says.
"""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from rlpipeline.audit.examination import Context, PartChecks, check_territory
from rlpipeline.audit.report import Audit, Terms, audit_publication, to_data
from rlpipeline.execution.cache import Cache
from rlpipeline.execution.code import code_now
from rlpipeline.pipeline.cached_checks import CachedChecks, check_entry
from rlpipeline.pipeline.reconciliation import WHOLE, terms_of
from rlpipeline.published import FigureKey
from rlpipeline.published.reading import Cut, cut_publication, read_part
from rlpipeline.settings.models import load_settings
from tests.conftest import ROOT

YEAR = 2023
CARVIN, OIGNIES = "62215", "62637"
CELL = '<td class="num">'
"""What stands before a figure in a page."""


class Desk:
    """A copy of the publication, what was checked of it, and the parts that were checked anew."""

    def __init__(self, place: Path) -> None:
        self.directory = place / "publication"
        self.terms = terms_of(load_settings(ROOT / "params", YEAR))
        self.counted: dict[str, str] = {}
        self.settings = "settings"
        self.cache = Cache(place / "memoire", code_now())
        self.cache.prepare()
        self.checked: list[str] = []

    def audit(self, terms: Terms | None = None) -> Audit:
        """Check with what was kept."""
        self.checked = []
        return audit_publication(self.directory, terms or self.terms, checking=self._checking)

    def afresh(self, terms: Terms | None = None) -> Audit:
        """Check without."""
        return audit_publication(self.directory, terms or self.terms)

    def change(self, name: str, old: str, new: str) -> None:
        path = self.directory / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    def _checking(self, cut: Cut, asked: Context) -> Iterator[PartChecks]:
        def check(place: str) -> PartChecks:
            self.checked.append(place)
            return check_territory(cut, asked, place)

        def counted(territories: object) -> str:
            return "".join(self.counted.get(one, "") for one in cut.owned(str(next(iter(territories)))))  # type: ignore[call-overload]

        return CachedChecks(self.cache, counted, self.settings, None).each(cut, asked, check, WHOLE)


@pytest.fixture(scope="module")
def checked(demonstration: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The publication beside what a first audit kept of it."""
    place = tmp_path_factory.mktemp("checked")
    shutil.copytree(demonstration, place / "publication")
    Desk(place).audit()
    return place


@pytest.fixture
def desk(checked: Path, tmp_path: Path) -> Desk:
    """A desk whose publication was checked once."""
    return Desk(shutil.copytree(checked, tmp_path / "desk"))


def page_of(desk: Desk, commune: str) -> str:
    (page,) = (desk.directory / "communes").glob(f"{commune}-*.html")
    return page.relative_to(desk.directory).as_posix()


@pytest.mark.slow
def test_what_is_kept_says_the_same_as_a_fresh_check(desk: Desk) -> None:
    kept = desk.audit()
    assert desk.checked == []
    assert to_data(kept) == to_data(desk.afresh())


@pytest.mark.slow
def test_an_error_in_one_page_is_found_and_the_others_are_not_checked_again(desk: Desk) -> None:
    desk.change(page_of(desk, CARVIN), CELL, f"{CELL}9")
    audit = desk.audit()
    assert desk.checked == [CARVIN]
    assert {finding.first.file for finding in audit.blocking} == {page_of(desk, CARVIN)}
    assert to_data(audit) == to_data(desk.afresh())


@pytest.mark.slow
def test_a_part_with_an_error_is_not_kept(desk: Desk) -> None:
    desk.change(page_of(desk, CARVIN), CELL, f"{CELL}9")
    desk.audit()
    assert desk.audit().blocking
    assert desk.checked == [CARVIN]


@pytest.mark.slow
def test_what_the_service_counts_now_makes_the_check_of_its_territory_anew(desk: Desk) -> None:
    desk.counted = {CARVIN: "another record"}
    desk.audit()
    assert desk.checked == [CARVIN]


@pytest.mark.slow
def test_other_settings_make_every_check_anew(desk: Desk) -> None:
    desk.settings = "others"
    desk.audit()
    assert desk.checked == ["service", CARVIN, "62250", OIGNIES, "62907"]


@pytest.mark.slow
def test_another_text_makes_anew_the_checks_of_the_parts_that_show_it(desk: Desk) -> None:
    terms = _with_text(desk.terms, lambda texts: {**texts, "activite": texts["activite"] + "\n\nUne phrase."})
    audit = desk.audit(terms)
    assert desk.checked == ["service"]
    assert "texte" in {finding.check for finding in audit.blocking}
    assert to_data(audit) == to_data(desk.afresh(terms))


def _with_text(terms: Terms, change: Callable[[Mapping[str, str]], Mapping[str, str]]) -> Terms:
    return Terms(**{**terms.__dict__, "texts": change(terms.texts)})


@pytest.mark.slow
def test_a_figure_of_another_part_that_was_looked_at_makes_the_check_anew(desk: Desk) -> None:
    """The service's chapters carry the columns of its communes' actions."""
    with (desk.directory / "indicateurs.csv").open(encoding="utf-8", newline="") as stream:
        row = next(row for row in csv.reader(stream) if row[0] == "actions" and row[2] == CARVIN and row[5])
    line = ",".join(row[:5])
    desk.change("indicateurs.csv", f"{line},{row[5]},", f"{line},{int(row[5]) + 1},")
    audit = desk.audit()
    assert desk.checked == ["service", CARVIN]
    assert to_data(audit) == to_data(desk.afresh())


@pytest.mark.slow
@pytest.mark.parametrize(
    "damage", [lambda data: data[:-40], lambda data: data.replace(b"accompagnes", b"accompagnez", 1)]
)
def test_a_damaged_check_is_made_again(desk: Desk, damage: Callable[[bytes], bytes]) -> None:
    first = desk.audit()
    path = desk.cache.directory / check_entry(CARVIN)
    path.write_bytes(damage(path.read_bytes()))
    again = desk.audit()
    assert desk.checked == [CARVIN]
    assert to_data(first) == to_data(again)


def test_a_part_holds_its_own_figures_and_looks_for_those_of_others_by_key(demonstration: Path) -> None:
    part = read_part(cut_publication(demonstration, YEAR), CARVIN)
    assert {key.territoire for key in part.figures} == {CARVIN}
    assert FigureKey("accompagnes", YEAR, OIGNIES, "total", "total") in part.figures
    assert FigureKey("accompagnes", YEAR, OIGNIES, "total", "inconnu") not in part.figures
