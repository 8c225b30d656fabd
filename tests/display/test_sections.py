"""What the settings and the records say around the tables: the status, the territory, the method, what is accepted."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from bs4 import BeautifulSoup

from rlpipeline import french
from rlpipeline.display import sections
from rlpipeline.records.frames import Silenced
from rlpipeline.settings.models import Disclosure, ReportSettings, Settings
from tests.declared import INDICATORS
from tests.figures.factory import SERVICE, scope

SPECS = {id: table.spec for id, table in INDICATORS.items()}
SETTINGS = Settings(service=SERVICE, report=ReportSettings(), year=2023, directory=Path("params"))
ACCEPTED = """
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
"""


def test_identity_of_a_validated_report_of_one_commune() -> None:
    alone = SERVICE.model_copy(update={"communes": SERVICE.communes[1:], "epci": None, "qpv": ()})
    report = ReportSettings(
        statut="valide", date_validation=date(2024, 4, 18), donnees_arretees_au=date(2024, 2, 1)
    )
    written = sections.identity(SETTINGS.model_copy(update={"service": alone, "report": report}))
    assert "<dt>Commune</dt><dd>Oignies</dd><dt>Année du rapport</dt>" in written
    assert "<dt>Données arrêtées au</dt><dd>1er février 2024</dd>" in written
    assert (
        "validé par le conseil d'administration avant transmission, le 18 avril 2024</dd>"
        in written
    )


def test_a_district_without_a_name_of_its_own_is_not_said_twice() -> None:
    unnamed = SERVICE.qpv[0].model_copy(update={"nom": "Quartier prioritaire"})
    service = SERVICE.model_copy(update={"qpv": (unnamed,)})
    assert (
        sections.territory(service, "62215")
        == "<ul><li>Commune de Carvin (quartier prioritaire)</li></ul>"
    )


def test_method_says_what_is_exact_and_what_is_rounded() -> None:
    service = SERVICE.model_copy(update={"diffusion": Disclosure(base=10)})
    shared = SETTINGS.model_copy(update={"service": service, "edition": "diffusion"})
    written = sections.method(SPECS.values(), scope(), shared)
    assert (
        "arrondi à un multiple de 10, à moins de 10 du nombre exact\u00a0; <strong>moins de 10</strong>"
        in written
    )
    assert "à un multiple de 20" in written
    assert (
        "sur un total exact d'au moins 160" in written
        and "De 80 à 159, elle est en mots" in written
    )
    assert "au moins 20 entre deux arrondis à un multiple de 10" in written
    assert "non mesurable à ce niveau d'arrondi" in written


def test_notice_of_alerts_agrees() -> None:
    assert sections.notice(0)[1] == "Aucun suivi n'est à réexaminer."
    assert sections.notice(1)[1].startswith("1\u00a0suivi, de tout statut, est à réexaminer")
    assert sections.notice(37)[0].startswith(
        '<p class="rl-note">37\u00a0suivis, de tout statut, sont à réexaminer'
    )


def test_what_is_accepted_is_said_in_words_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / "2023").mkdir()
    (tmp_path / "2023" / "ecarts.yml").write_text(ACCEPTED, encoding="utf-8")
    silenced = [Silenced("P301", "Un parent.", 1), Silenced("P306", "Saisie à la semaine", 1240)]
    html = sections.accepted(SETTINGS.model_copy(update={"directory": tmp_path}), SPECS, silenced)
    items = BeautifulSoup(html, "html.parser").select("li .rl-fixe")
    table, page, text, one, many = (" ".join(item.get_text().split()) for item in items)
    assert table == (
        "Situation des jeunes accompagnés, par âge (Carvin, 2023), ligne « Total », colonne « 15 à 18 ans » : "
        "45 et 46. Règle : les tableaux d'une même population ont les mêmes totaux. "
        "Raison : Deux exports <à deux dates>."
    )
    assert page.startswith("rapport.html/tableau. Règle :")
    assert page.endswith("Raison : Un arrondi.")
    assert text.startswith("Texte « edito », « une dizaine ». Règle :")
    assert one == "Âge invraisemblable au premier contact : 1 ligne. Raison : Un parent."
    assert many == "Minutes entrées pour des heures : 1 240 lignes. Raison : Saisie à la semaine."
    assert french.spaced(sections.NONE) in sections.accepted(SETTINGS, SPECS)
