"""The annex about what is accepted."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bs4 import BeautifulSoup

from rlpipeline.display import annexes, french
from rlpipeline.records import Silenced
from rlpipeline.settings.models import ReportSettings, Settings
from tests.declared import INDICATORS
from tests.figures.factory import SERVICE


def written(tmp_path: Path, text: str, silenced: Sequence[Silenced] = ()) -> BeautifulSoup:
    (tmp_path / "2023").mkdir()
    (tmp_path / "2023" / "ecarts.yml").write_text(text, encoding="utf-8")
    settings = Settings(service=SERVICE, report=ReportSettings(), year=2023, directory=tmp_path)
    return BeautifulSoup(annexes.accepted(settings, INDICATORS, silenced), "html.parser")


def test_each_finding_is_said_in_words_with_its_reason(tmp_path: Path) -> None:
    found = written(
        tmp_path,
        """
ecarts:
  - controle: marge
    cle: "marge:situations/2023/62215/total/15_18:accompagnes"
    raison: "Deux exports <à deux dates>."
    valeurs: ["45", "46"]
  - controle: page
    cle: "page:rapport.html/tableau"
    raison: "Un arrondi"
  - controle: chiffre_non_lie
    cle: "chiffre_non_lie:edito/une_dizaine/77661f05"
    raison: "estimation"
""",
    )
    table, page, text = (" ".join(item.get_text().split()) for item in found.select("li"))
    assert table == (
        "Situation des jeunes accompagnés, par âge (Carvin, 2023), ligne « Total », colonne « 15 à 18 ans » : "
        "45 et 46. Règle : les tableaux d'une même population ont les mêmes totaux. "
        "Raison : Deux exports <à deux dates>."
    )
    assert page.startswith("rapport.html/tableau. Règle :")
    assert page.endswith("Raison : Un arrondi.")
    assert text.startswith("Texte « edito », « une dizaine ». Règle :")


def test_implausible_records_are_counted_with_their_reasons(tmp_path: Path) -> None:
    silenced = [Silenced("P301", "Un parent.", 1), Silenced("P306", "Saisie à la semaine", 1240)]
    found = written(tmp_path, "", silenced)
    one, many = (" ".join(item.get_text().split()) for item in found.select("li .rl-fixe"))
    assert one == "Âge invraisemblable au premier contact : 1 ligne. Raison : Un parent."
    assert many == "Heures entrées par semaine ou par mois : 1 240 lignes. Raison : Saisie à la semaine."
    assert french.spaced(annexes.NONE) in found.get_text()
