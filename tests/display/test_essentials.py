from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import ClassVar, cast

import pytest
from bs4 import BeautifulSoup, Tag

from rlpipeline.display import text
from rlpipeline.display.bound import Cell, Reference
from rlpipeline.display.essentials import CARDS, Essentials
from rlpipeline.display.lookup import Lookup
from rlpipeline.display.prose import Prose
from rlpipeline.report import Report, open_report
from tests.conftest import Opened


def read(report: Report) -> BeautifulSoup:
    """The cards, those that a finding stands for included."""
    return BeautifulSoup(Essentials(report._laid.lookup, report._laid.prose()).to_html(), "html.parser")


@pytest.fixture(scope="module")
def service(report: Report) -> BeautifulSoup:
    return read(report)


@pytest.fixture(scope="module")
def report(opened: Opened) -> Report:
    return opened()


def value(report: Report, path: tuple[str, str, str], year: int = 2023) -> float:
    figures = report._laid.lookup.table(path[0], year, "service")
    found = figures[(figures["ligne"] == path[1]) & (figures["colonne"] == path[2]) & (figures["annee"] == year)]
    return float(found["valeur"].iloc[0])


def number(words: str) -> float:
    return float(re.sub(r"[^\d,]", "", words).replace(",", "."))


def test_each_card_binds_the_figure_of_its_table(service: BeautifulSoup, report: Report) -> None:
    cards = service.select("li.rl-cle")
    assert [card.select_one(".rl-cle-titre").get_text() for card in cards] == [card.title for card in CARDS]  # type: ignore[union-attr]
    for card, told in zip(CARDS, cards, strict=True):
        span = told.select_one(".rl-cle-nombre .rl-chiffre")
        assert isinstance(span, Tag)
        assert span["data-ref"] == "/".join(card.path)
        assert number(span.get_text()) == value(report, card.path)


def test_every_year_shown_is_bound_and_drawn_to_its_size(service: BeautifulSoup, report: Report) -> None:
    path = CARDS[0].path
    bars = service.select("li.rl-cle")[0].select(".rl-barres > li")
    spans = [bar.select_one("[data-fonction=avant]") for bar in bars[:-1]]
    before = [value(report, path, year) for year in (2021, 2022)]
    assert [number(span.get_text()) for span in spans if span] == before
    most = max(*before, value(report, path))
    heights = [int(re.findall(r"rl-h(\d+)", str(bar))[0]) for bar in bars]
    assert heights == [round(100 * one / most) for one in (*before, value(report, path))]


def test_every_number_but_a_year_stands_in_a_bound_span(service: BeautifulSoup) -> None:
    bare = BeautifulSoup(str(service), "html.parser")
    for bound in bare.select("[data-fonction], .rl-an"):
        bound.decompose()
    assert not re.search(r"\d", bare.get_text())


def test_what_is_not_comparable_is_not_drawn(root: Path, store: Path, tmp_path: Path) -> None:
    params = Path(shutil.copytree(root / "params", tmp_path / "params"))
    settings = params / "2023" / "rapport.yml"
    rupture = '  - {indicateurs: [accompagnes], nature: definition, raison: "autre compte"}\n'
    settings.write_text(settings.read_text(encoding="utf-8") + rupture, encoding="utf-8")
    page = read(open_report(str(store), str(params), 2023))
    first, second = page.select("li.rl-cle")[0], page.select("li.rl-cle")[2]
    assert not first.select(".rl-barres, .rl-cle-sens")
    assert second.select(".rl-barres, .rl-cle-sens")


def test_a_year_without_records_has_no_year_before_and_no_card_of_an_absent_table(root: Path, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    for name in ("jeunes", "suivis"):
        shutil.copy(root / "data" / "exemple" / f"{name}.csv", source)
    page = read(open_report(str(source), str(root / "params"), 2023))
    titles = [title.get_text() for title in page.select(".rl-cle-titre")]
    assert "Heures de travail éducatif" not in titles
    assert "Jeunes accompagnés" in titles


def test_a_zero_of_the_year_before_is_shown_and_what_did_not_move_is_said_so(opened: Opened) -> None:
    titles = {}
    for commune in ("62637", "62907"):
        portrait = read(opened(commune=commune))
        cards = {card.p.get_text(): " ".join(card.get_text().split()) for card in portrait.select(".rl-cle") if card.p}
        titles[commune] = cards["Orientations vers un partenaire"]
    assert titles == {
        "62637": "Orientations vers un partenaire 1 +1 par rapport à 2022 2021 : 1 2022 : 0 2023",
        "62907": "Orientations vers un partenaire 0 comme en 2022 2021 : 2 2022 : 0 2023",
    }


class Shared:
    """A commune of 17 young people beside its service, in the edition to share."""

    shared = True
    cells: ClassVar = {
        ("62215", "total"): Cell(17, "jeunes", "ok"),
        ("62215", "F"): Cell(5, "jeunes", "arrondi", 4),
        ("62215", "nouveaux"): Cell(0, "jeunes", "arrondi", 4),
        ("service", "total"): Cell(114, "jeunes", "ok"),
        ("service", "nouveaux"): Cell(51, "jeunes", "ok"),
    }

    def cell(self, of: Reference) -> Cell:
        if of.indicator != "accompagnes":
            return Cell(float("nan"), "", "masque" if of.year == 2023 else "nc")
        return self.cells[of.territory, of.colonne] if of.year == 2023 else Cell(15, "jeunes", "arrondi", 4)

    def says_something(self, id: str, year: int, territory: str) -> bool:
        return id == "accompagnes" and year == 2022

    def comparable(self, id: str, year: int, territory: str) -> bool:
        return True


def test_the_cards_of_a_shared_portrait_stand_beside_the_service_and_draw_no_rounded_movement() -> None:
    lookup = Shared()
    html = Essentials(cast(Lookup, lookup), Prose(lookup.cell, 2023, "62215")).to_html()
    page = BeautifulSoup(html, "html.parser")
    followed, newcomers = (" ".join(item.get_text().split()) for item in page.select(".rl-cle")[:2])
    assert followed == "Jeunes accompagnés 17 114 dans l'ensemble du service"
    assert newcomers.startswith("Jeunes accompagnés pour la première fois moins de 5 en baisse par rapport à 2022 ;")
    assert not page.select(".rl-barres")
    girls = text.with_sign(Prose(lookup.cell, 2023, "62215").chiffre("accompagnes", "total", "F"))
    assert girls.endswith('<span aria-hidden="true">≈\u00a0</span><span class="rl-sr">environ\u00a0</span>5</span>')
    note = page.select_one(".rl-note")
    assert note and note.get_text().endswith("«\u00a0moins de 5\u00a0»\u00a0: de 0 à 4.")
    assert "≈" not in page.get_text()  # explained where it stands, and nowhere else
