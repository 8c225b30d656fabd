from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import ClassVar, cast

from bs4 import BeautifulSoup

from rlpipeline.display import text
from rlpipeline.display.cells import Reference
from rlpipeline.display.essentials import Essentials
from rlpipeline.display.lookup import Lookup
from rlpipeline.display.prose import Prose
from rlpipeline.observations import Observation
from rlpipeline.report import Report, open_report
from tests.conftest import Opened

YEARS_BEFORE = (2021, 2022)


def read(report: Report) -> BeautifulSoup:
    """The cards, those that a finding stands for included."""
    return BeautifulSoup(
        Essentials(report._laid.lookup, report._laid.prose()).to_html(), "html.parser"
    )


def test_every_year_before_is_named_and_bound(opened: Opened) -> None:
    before = read(opened()).select("li.rl-cle")[0].select(".rl-cle-avant > li")
    totals = [
        opened(year).indicator("accompagnes").set_index(["ligne", "colonne"])["valeur"]
        for year in YEARS_BEFORE
    ]
    values = [float(of["total", "total"]) for of in totals]
    spans = [year.select_one("[data-fonction=avant]") for year in before]
    assert [float(re.sub(r"\D", "", span.get_text())) for span in spans if span] == values
    assert [year.get_text().split()[0] for year in before] == [*map(str, YEARS_BEFORE)]


def test_what_is_not_comparable_is_not_shown(root: Path, store: Path, tmp_path: Path) -> None:
    params = Path(shutil.copytree(root / "params", tmp_path / "params"))
    settings = params / "2023" / "rapport.yml"
    rupture = '  - {indicateurs: [accompagnes], nature: definition, raison: "autre compte"}\n'
    settings.write_text(settings.read_text(encoding="utf-8") + rupture, encoding="utf-8")
    page = read(open_report(str(store), str(params), 2023))
    first, second = page.select("li.rl-cle")[0], page.select("li.rl-cle")[2]
    assert not first.select(".rl-cle-avant, .rl-cle-sens")
    assert second.select(".rl-cle-avant, .rl-cle-sens")


class Shared:
    """A commune of 17 young people beside its service, in the edition to share."""

    shared = True
    cells: ClassVar = {
        ("62215", "total"): Observation(17, "jeunes", "ok"),
        ("62215", "F"): Observation(5, "jeunes", "arrondi", 5),
        ("62215", "nouveaux"): Observation(0, "jeunes", "arrondi", 5),
        ("service", "total"): Observation(114, "jeunes", "ok"),
        ("service", "nouveaux"): Observation(51, "jeunes", "ok"),
    }

    def cell(self, of: Reference) -> Observation:
        if of.indicator != "accompagnes":
            return Observation(float("nan"), "", "masque" if of.year == 2023 else "nc")
        return (
            self.cells[of.territory, of.colonne]
            if of.year == 2023
            else Observation(15, "jeunes", "arrondi", 5)
        )

    def known(self, path: tuple[str, str, str], year: int, territory: str) -> Observation:
        return self.cell(Reference(*path, year, territory))

    def compared(self, id: str, year: int, territory: str) -> bool:
        return id == "accompagnes" and year == 2022


def test_the_cards_of_a_shared_portrait_stand_beside_the_service_and_show_no_rounded_movement() -> (
    None
):
    lookup = Shared()
    html = Essentials(cast(Lookup, lookup), Prose(lookup.cell, 2023, "62215")).to_html()
    page = BeautifulSoup(html, "html.parser")
    followed, newcomers = (" ".join(item.get_text().split()) for item in page.select(".rl-cle")[:2])
    assert followed == "Jeunes accompagnés 17 114 dans l'ensemble du service"
    assert newcomers.startswith(
        "Jeunes accompagnés pour la première fois moins de 5 en baisse par rapport à 2022 ;"
    )
    assert not page.select(".rl-cle-avant")
    girls = text.with_sign(Prose(lookup.cell, 2023, "62215").chiffre("accompagnes", "total", "F"))
    assert girls.endswith(
        '<span aria-hidden="true">≈\u00a0</span><span class="rl-sr">environ\u00a0</span>5</span>'
    )
    note = page.select_one(".rl-note")
    assert note and note.get_text().endswith("«\u00a0moins de 5\u00a0»\u00a0: de 0 à 4.")
    assert "≈" not in page.get_text()  # explained where it stands, and nowhere else
