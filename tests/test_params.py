"""params/: defaults, and errors that name the file, the line and the nearest key."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from rlpipeline.errors import SettingsError
from rlpipeline.settings.models import Commune, Service, load_service, load_settings

SERVICE = """\
nom: "Service d'essai"
departement: "01"
communes:
  - {code: "01004", nom: "Ambérieu-en-Bugey"}
"""


@pytest.fixture
def write(tmp_path: Path):
    def write_files(service: str = SERVICE, report: str | None = None) -> Path:
        (tmp_path / "service.yml").write_text(service, encoding="utf-8")
        if report is not None:
            (tmp_path / "2024").mkdir(exist_ok=True)
            (tmp_path / "2024" / "rapport.yml").write_text(report, encoding="utf-8")
        return tmp_path

    return write_files


def message(call) -> str:
    with pytest.raises(SettingsError) as caught:
        call()
    return str(caught.value)


def test_what_is_no_longer_comparable_is_read(write) -> None:
    rupture = '{indicateurs: [durees], nature: definition, raison: "mois révolus", annee: 2023}'
    settings = load_settings(
        write(report=f"ruptures: [{rupture}]\npublies_comparables: [clotures]\n"), 2024
    )
    (found,) = settings.report.ruptures
    assert (found.indicateurs, found.nature, found.raison, found.annee) == (
        ("durees",),
        "definition",
        "mois révolus",
        2023,
    )
    assert settings.report.publies_comparables == ("clotures",)
    assert settings.published_path(2023) == settings.directory / "2023" / "publie.csv"


@pytest.mark.parametrize(
    ("added", "french"),
    [
        ("demonstration: peut-être\n", "true (oui) ou false (non) attendu, « peut-être » trouvé"),
        ("\tdemonstration: true\n", "remplacer la tabulation par des espaces"),
        ("demonstration: true\ndemonstration: false\n", "trouvé : demonstration: false"),
        ("diffusion: {seuil: beaucoup}\n", "nombre entier attendu, « beaucoup » trouvé"),
    ],
)
def test_what_a_parser_says_in_english_is_said_in_french(write, added: str, french: str) -> None:
    text = message(lambda: load_service(write(SERVICE + added)))
    assert french in text
    assert not any(word in text for word in ("Input", "should", "found", "character"))


def test_nothing_needs_quotes(write) -> None:
    communes = "communes: [{code: 01004, nom: 2024}, {code: 2A004, nom: Null}]"
    text = f"nom: NO\ndepartement: 01\ndemonstration: true\n{communes}\n"
    with pytest.raises(SettingsError, match=r"ligne 4, communes.nom : texte attendu, rien trouvé"):
        load_service(write(text))
    service = load_service(write(text.replace("Null", "~ y")))
    assert (service.nom, service.departement, service.demonstration) == ("NO", "01", True)
    assert [(commune.code, commune.nom) for commune in service.communes] == [
        ("01004", "2024"),
        ("2A004", "~ y"),
    ]
    report = load_settings(
        write(text.replace("Null", "y"), "titre: 2024\ndonnees_arretees_au: 2024-04-18\n"), 2024
    ).report
    assert (report.titre, report.donnees_arretees_au) == ("2024", date(2024, 4, 18))


@pytest.mark.parametrize(
    ("written", "told"),
    [
        (
            "communes: [{code: 2100, nom: x}]",
            "ligne 4, communes.code : « 2100 » n'a pas la forme attendue, comme 62215",
        ),
        ("diffusion:\n  seuil: 5,5", "nombre entier attendu, « 5,5 » trouvé"),
        ("diffusion: {seuil: 1}", "ligne 4, diffusion.seuil : au moins 2 attendu, « 1 » trouvé"),
        (
            "objectifs:\n - {texte: x, chiffre: [a, b, c], cible: dix}",
            "ligne 5, objectifs.cible : nombre attendu, « dix »",
        ),
        ("qpv: QP1", "liste attendue entre crochets, « QP1 » trouvé"),
        ("contact: 3", "groupe de clés attendu entre accolades, « 3 » trouvé"),
    ],
)
def test_what_has_no_such_type_is_told_with_its_line(write, written: str, told: str) -> None:
    head = "nom: x\ndepartement: 01\n" + (
        "" if written.startswith("communes") else "communes: [{code: 01004, nom: x}]"
    )
    assert told in message(lambda: load_service(write(f"{head}\n{written}\n")))


def test_windows_1252_settings_say_to_save_in_utf8(write, tmp_path: Path) -> None:
    write()
    (tmp_path / "service.yml").write_bytes(SERVICE.encode("cp1252"))
    assert "UTF-8" in message(lambda: load_service(tmp_path))


def test_same_commune_twice(write) -> None:
    again = SERVICE + '  - {code: "01004", nom: "Encore"}\n'
    assert "code présent deux fois (01004)" in message(lambda: load_service(write(again)))


def test_qpv_of_a_foreign_commune(write) -> None:
    text = message(
        lambda: load_service(write(SERVICE + 'qpv: [{code: "QP1", nom: "x", commune: "62215"}]\n'))
    )
    assert "commune absente de la liste" in text


def test_code_that_is_also_a_family(write) -> None:
    families = 'problematiques: [{code: a, libelle: "A", codes: [{code: a, libelle: "A"}]}]\n'
    assert "code présent deux fois (a)" in message(lambda: load_service(write(SERVICE + families)))


def test_unknown_status_names_the_nearest(write) -> None:
    text = message(lambda: load_settings(write(report="statut: valid\n"), 2024))
    assert "le plus proche est « valide »" in text


def test_text_of_the_year_is_read_and_an_empty_one_is_to_write(write, tmp_path: Path) -> None:
    settings = load_settings(write(), 2024)
    folder = tmp_path / "2024" / "textes"
    folder.mkdir(parents=True)
    (folder / "edito.md").write_text("Bonjour", encoding="utf-8")
    (folder / "publics.md").write_text(" \n", encoding="utf-8")
    assert settings.text("edito") == "Bonjour"
    assert settings.text("publics") is None


@pytest.mark.parametrize("name", ["../service", "a/b", "Édito", ""])
def test_text_name_cannot_leave_its_folder(write, name: str) -> None:
    assert "Nom de texte invalide" in message(lambda: load_settings(write(), 2024).text(name))


@pytest.mark.parametrize(
    ("number", "named"), [("62", "Pas-de-Calais (62)"), ("2A", "Corse-du-Sud (2A)"), ("99", "99")]
)
def test_a_departement_is_named_with_its_number(number: str, named: str) -> None:
    communes = (Commune(code="62215", nom="Carvin"),)
    assert Service(nom="S", departement=number, communes=communes).departement_named == named
