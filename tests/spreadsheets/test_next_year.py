"""The folder of the next year: what it takes over, what it asks to read again, what it refuses."""

import shutil
from pathlib import Path

import pytest

from rlpipeline.errors import SettingsError
from rlpipeline.report import open_report
from rlpipeline.settings.models import load_settings
from rlpipeline.spreadsheets.new_service import begin_year, report_yaml

REPORT = """
date_validation: 2024-04-18
# Nouvelle définition en 2023
ruptures:
  - {indicateurs: [situations], nature: definition, raison: "autre définition"}
constats:
  retires: [contacts]
  mots: {titre: "Une année 2023 à part"}
"""
PICTURES = (
    'images:\n  - {file: a.jpg, legende: "La fresque", alternative: "Un mur", autorisation: oui}\n'
)


@pytest.fixture
def params(root: Path, tmp_path: Path) -> Path:
    """The settings of the example, with a validated report of 2023 and all that a year may hold."""
    place = Path(shutil.copytree(root / "params", tmp_path / "params"))
    year = place / "2023"
    report = report_yaml(2023).replace("statut: brouillon", "statut: valide") + REPORT
    (year / "rapport.yml").write_text(report, encoding="utf-8")
    (year / "ecarts.yml").write_text("ecarts: []\n", encoding="utf-8")
    (year / "textes/publics.md").write_text("<!-- À écrire. -->\n", encoding="utf-8")
    (year / "images").mkdir()
    (year / "images/images.yml").write_text(PICTURES, encoding="utf-8")
    return place


def test_the_next_year_is_a_draft_that_says_what_to_read_again(params: Path, root: Path) -> None:
    former = {path: path.read_bytes() for path in params.rglob("*") if path.is_file()}
    made = begin_year(params, 2024)
    settings = load_settings(params, 2024)
    report, year = settings.report, params / "2024"
    assert (report.titre, report.statut, report.date_validation) == (
        "Rapport d'activité 2024",
        "brouillon",
        None,
    )
    assert [(one.annee, one.raison) for one in report.ruptures] == [(2023, "autre définition")]
    assert (report.constats.retires, report.constats.mots) == (("contacts",), {})
    written = (year / "rapport.yml").read_text("utf-8")
    assert "# Le rapport de 2024." in written and "# Nouvelle définition en 2023" in written
    assert made.left == ("ecarts.yml",) and not (year / "ecarts.yml").exists()
    assert "autorisation: non" in (year / "images/images.yml").read_text("utf-8")
    assert (settings.former_year("edito"), settings.former_year("publics")) == (2023, None)
    assert made.texts == len([*(year / "textes").glob("*.md")]) - 1
    assert {path: path.read_bytes() for path in former} == former
    shown = open_report(str(root / "data/exemple"), str(params), 2024).text("missions")
    assert shown is not None and shown.plain.startswith("texte de 2023, à relire\n")


def test_a_validated_report_has_no_text_of_another_year(params: Path) -> None:
    begin_year(params, 2024)
    path = params / "2024/rapport.yml"
    valid = path.read_text("utf-8").replace("statut: brouillon", "statut: valide")
    path.write_text(
        valid.replace("date_validation:", "date_validation: 2025-04-01"), encoding="utf-8"
    )
    with pytest.raises(
        SettingsError, match=r"(?s)à relire.*2024/textes/accompagnes-62215\.md.*ôter sa première"
    ):
        load_settings(params, 2024)
    for text in (params / "2024/textes").glob("*.md"):
        text.write_text(
            text.read_text("utf-8").replace("<!-- texte de 2023, à relire -->\n", ""),
            encoding="utf-8",
        )
    assert load_settings(params, 2024).report.statut == "valide"


def test_the_title_is_that_of_its_year(params: Path) -> None:
    path = params / "2023/rapport.yml"
    path.write_text(
        path.read_text("utf-8").replace("activité 2023", "activité 2021"), encoding="utf-8"
    )
    with pytest.raises(
        SettingsError, match=r"(?s)titre est celui d'une autre année.*un titre de 2023"
    ):
        begin_year(params, 2024)
    assert not (params / "2024").exists()
