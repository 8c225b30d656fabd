"""A service brings an export in, then the next one, then takes a young person out. Slow: other kinds of source."""

import csv
import shutil
from pathlib import Path

import openpyxl
import pytest

from rlpipeline.cli import main
from rlpipeline.importing.bringing import write_draft
from rlpipeline.importing.people import FORGOTTEN, KEY, Pseudonyms
from rlpipeline.importing.tables import sheets_of
from rlpipeline.protection.releases import LEDGER_COLUMNS
from rlpipeline.settings.project import project_file
from tests.importing import walking
from tests.importing import walking as a
from tests.importing.walking import accept, service, table
from tests.records.writers import write_ods

HEADER = (
    "N° dossier;Nom;Prénom;Sexe;Né(e) le;Ville;Tél.;1er contact;Type de suivi;Début;Fin;Motif;Obs."
)
ROWS = (
    "D1;DURAND;Léa;Féminin;12/05/2006;Carvin;06 39 98 01 02;01/02/2023;PAEI;05/02/2023;;;vue avec sa mère",
    "D1;DURAND;Léa;Féminin;12/05/2006;Carvin;06 39 98 01 02;01/02/2023;Ponctuel;05/01/2023;01/02/2023;;",
    "D2;MARTIN;Karim;Masculin;30/02/2008;OIGNIES;;03/03/2023;Accroche;05/03/2023;;;",
    "D3;PETIT;Jade;Féminin;01/01/2009;Carvinn;;03/04/2023;Machin;05/04/2023;;;",
    ";;;;;;;;;;;;",
    "Total;3;;;;;;;;;;;",
)
SAID = {
    (a.TABLES, "tableau", "1"): {
        a.KIND: "un jeune et son suivi",
        a.YEAR: a.NOWHERE,
        a.COMMUNE: a.A_COLUMN,
    },
    (a.COLUMNS, "en-tête", "N° dossier"): {a.TARGET: "le jeune — numéro ou code"},
    (a.COLUMNS, "en-tête", "Nom"): {a.TARGET: "ne pas reprendre"},
    (a.COLUMNS, "en-tête", "Prénom"): {a.TARGET: "ne pas reprendre"},
    (a.COLUMNS, "en-tête", "Obs."): {a.TARGET: "ne pas reprendre"},
    (a.COLUMNS, "en-tête", "Fin"): {a.ORDER: "jour/mois"},
    (a.COLUMNS, "en-tête", "Début"): {a.ORDER: "jour/mois"},
    (a.COLUMNS, "en-tête", "1er contact"): {a.ORDER: "jour/mois"},
    (a.WORDS, a.WORD, "Féminin"): {a.MEANING: "Fille"},
    (a.WORDS, a.WORD, "Masculin"): {a.MEANING: "Garçon"},
    (a.WORDS, a.WORD, "30/02/2008"): {a.MEANING: "laisser vide"},
    (a.WORDS, a.WORD, "Carvinn"): {a.MEANING: "Carvin"},
    (a.WORDS, a.WORD, "Machin"): {a.MEANING: "Accroche"},
    (a.WORDS, a.WORD, "Ponctuel"): {a.MEANING: "Accompagnement ponctuel (ASEP)"},
}
PERSONAL = ("DURAND", "Léa", "06 39", "sa mère", "D1", "12/05/2006")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    service(tmp_path)
    (tmp_path / "rlpipeline.yml").write_text(project_file("saisie.xlsx"), encoding="utf-8")
    return tmp_path


def export(
    place: Path, rows: tuple[str, ...] = ROWS, header: str = HEADER, name: str = "export.csv"
) -> str:
    text = "\r\n".join(["Export du logiciel;", "", header, *rows, ""])
    (place / name).write_bytes(text.encode("cp1252"))
    return name


BROUGHT: list[tuple[str, Path]] = []
"""What was said when the export was brought in, and a copy of the project at that moment."""


def bring_in(place: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """Bring the export in: once for all the tests that begin by that."""
    if BROUGHT and not (place / a.FILE).exists():
        said, brought = BROUGHT[0]
        shutil.copytree(brought, place, dirs_exist_ok=True)
        return said
    assert walking.bring_in(place, export(place), SAID) == 0
    assert not (place / "source").exists()
    assert main(["import", "--valider"]) == 0
    said = capsys.readouterr().out
    if not BROUGHT:
        BROUGHT.append((said, shutil.copytree(place, place.with_name(f"{place.name}-importé"))))
    return said


def again(place: Path, file: str = "export.csv") -> None:
    assert main(["import", file]) == 0
    accept(place)
    assert main(["import", "--valider"]) == 0


def test_an_export_becomes_records_and_nothing_personal_enters(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = bring_in(project, capsys)
    assert "feuille « Tableaux », cellule" in said
    young = table(project, "jeunes")
    assert [(row["sexe"], row["date_naissance"], row["commune"]) for row in young] == [
        ("F", "2006-05-12", "62215"),
        ("G", "", "62637"),
        ("F", "2009-01-01", "62215"),
    ]
    assert [row["statut"] for row in table(project, "suivis")] == [
        "PAEI",
        "ASEP",
        "ACCROCHE",
        "ACCROCHE",
    ]
    for path in (project / "source").iterdir():
        assert not any(word in path.read_text(encoding="utf-8") for word in PERSONAL)
    kept = [
        str(cell)
        for sheet in sheets_of(project / a.FILE)
        for row in sheet.rows
        for cell in row
        if cell
    ]
    assert not any(word in text for word in PERSONAL[:5] for text in kept if text != "Nom")
    for name in (KEY, a.FILE):
        assert (project / name).stat().st_mode & 0o777 == 0o600
        assert f"/{name}" in (project / ".gitignore").read_text()
    assert not (project / "brouillon-import").exists()
    assert main(["check"]) in (0, 3)
    assert "E302" not in capsys.readouterr().out


def test_the_next_export_goes_straight_to_its_account_and_what_is_new_is_asked(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bring_in(project, capsys)
    before = table(project, "jeunes")
    new = "D4;LOPEZ;Inès;Féminin;01/01/2010;Oignies;;03/04/2024;PAEI;05/04/2024;;;"
    kept = "annee,nom,domaine\n2023,Mission locale de Béthune,Insertion\n".encode("cp1252")
    (project / "source/partenaires.csv").write_bytes(
        kept
    )  # a table that stays is left as a spreadsheet wrote it
    again(project, export(project, (*ROWS[:3], new), name="export 2024.csv"))
    assert (project / "source/partenaires.csv").read_bytes() == kept
    assert [row["id_jeune"] for row in table(project, "jeunes")][:2] == [
        row["id_jeune"] for row in before
    ][:2]
    copies = sorted((project / "copies").iterdir())
    assert (copies[-1] / "source/jeunes.csv").is_file()
    capsys.readouterr()
    assert main(["import", export(project, (ROWS[0].replace("PAEI", "Bidule"),))]) == 2
    assert "feuille « Mots », cellule" in capsys.readouterr().out
    assert main(["import", export(project, ROWS[:3], HEADER.replace("Ville", "Chez"))]) == 2
    said = capsys.readouterr().out
    assert "feuille « Colonnes »" in said
    assert "feuille « Tableaux »" in said  # a column that is there no more
    (project / KEY).unlink()
    assert main(["import", export(project)]) == 2
    assert "La clé des pseudonymes n'est plus là" in capsys.readouterr().err


def test_a_difference_or_a_reason_that_nobody_read_is_not_validated(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    main(["import", export(project)])
    assert main(["import", "--valider"]) == 3
    assert "feuille « Tableaux », cellule" in capsys.readouterr().err
    bring_in(project, capsys)
    main(
        ["import", export(project, (*ROWS, "Total;4;;;;;;;;;;;"))]
    )  # a row below the table: nobody has read it
    assert main(["import", "--valider"]) == 3
    assert "feuille « Compte », cellule G" in capsys.readouterr().err
    accept(project)

    def loses_a_row(tables: dict[str, list[dict[str, str]]], root: Path) -> Path:
        return write_draft({name: rows[1:] for name, rows in tables.items()}, root)

    monkeypatch.setattr("rlpipeline.importing.bringing.write_draft", loses_a_row)
    assert main(["import", "--valider"]) == 3
    assert "feuille « Compte », cellule E" in capsys.readouterr().err


def test_a_formula_without_a_value_is_not_blank(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    book = openpyxl.Workbook()
    for row in (["Date", "Heures"], ["01/02/2024", "=1+1"]):
        book.active.append(row)
    book.save(project / "temps.xlsx")
    assert main(["import", "temps.xlsx"]) == 3
    assert "cellule B2" in capsys.readouterr().err


def test_a_service_that_has_import_yml_keeps_key_and_forgotten(project: Path) -> None:
    (project / KEY).write_text("0" * 64, encoding="ascii")
    digest = Pseudonyms(bytes(32)).digest(Pseudonyms(bytes(32)).young("D2"))
    (project / "import.yml").write_text(f'tableaux: []\noublies:\n- "{digest}"\n', encoding="utf-8")
    assert walking.bring_in(project, export(project), SAID) == 0
    assert (project / FORGOTTEN).read_text().split() == [digest]
    assert main(["import", "--valider"]) == 0
    assert table(project, "jeunes")[0]["id_jeune"] == Pseudonyms(bytes(32)).young("D1")
    assert len(table(project, "jeunes")) == 2
    assert not (project / "import.yml").exists()
    assert list((project / "copies").glob("*/import.yml"))


def test_other_tables_stay_and_a_database_receives_no_import(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bring_in(project, capsys)
    grid = [
        ["Année", "Partenaire", "Domaine"],
        [2023, "Mission locale", "Insertion"],
        [2023, "CAF", "Famille"],
    ]
    said = {
        (a.TABLES, "tableau", "1"): {a.KIND: "un partenaire", a.YEAR: a.A_COLUMN},
        (a.COLUMNS, "en-tête", "Partenaire"): {a.TARGET: "partenaires — nom du partenaire"},
    }
    assert walking.bring_in(project, walking.export(project, grid, "partenaires.xlsx"), said) == 0
    assert main(["import", "--valider"]) == 0
    assert len(table(project, "jeunes")) == 3
    assert len(table(project, "partenaires")) == 2
    assert main(["import", "export.csv"]) == 0  # answers about the first export are still there
    (project / "rlpipeline.yml").write_text(project_file("base.db"), encoding="utf-8")
    assert main(["import", "export.csv"]) == 2
    assert "un import n'y écrit pas" in capsys.readouterr().err


def handed_over(place: Path, what: str) -> None:
    (place / "params/diffusions/remises").mkdir(parents=True)
    text = f"date,pour,annees,archive,sha256\n2024-04-02,Mairie,{what},0\n"
    (place / "params/diffusions/remises/remises.csv").write_text(text, encoding="utf-8")


def test_a_young_person_is_forgotten(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bring_in(project, capsys)
    pseudonym = table(project, "jeunes")[0]["id_jeune"]
    for name in (".2023-memoire", "2023/notebooks", "2023/diffusion"):
        (project / "outputs" / name).mkdir(parents=True)
    for name in ("2023/indicateurs.csv", ".2023-diffusion-origine.json"):
        (project / "outputs" / name).write_text("", encoding="utf-8")
    ledger = project / "params/diffusions"
    handed_over(project, "2022 2023,a.zip")
    for year in (2019, 2023):
        (ledger / f"{year}-02.csv").write_text(f"{','.join(LEDGER_COLUMNS)}\n", encoding="utf-8")
        (ledger / f"{year}-02.json").write_text(
            '{"partagee": "2024-03-01", "arrondi": {"classes": {}}}', encoding="utf-8"
        )
    assert main(["forget", "D1", "--oui"]) == 0
    said = capsys.readouterr().out
    assert "jeunes (1), suivis (2)" in said
    assert "Reste à détruire" in said
    assert "édition à diffuser 2023, n° 02 du 1er mars 2024" in said
    assert "édition interne 2022 2023, exemplaire du 2 avril 2024 pour Mairie" in said
    assert "2019" not in said
    assert "build --force --year 2023" in said
    assert "restent tels que diffusés" in said
    left = "".join(path.read_text(encoding="utf-8") for path in (project / "source").iterdir())
    assert pseudonym not in left
    assert len(table(project, "suivis")) == 2
    assert sorted(path.name for path in (project / "outputs").iterdir()) == ["2023"]
    assert {path.name for path in (project / "outputs/2023").iterdir()} == {
        "diffusion",
        "indicateurs.csv",
    }
    again(project)
    assert len(table(project, "jeunes")) == 2
    assert main(["forget", "D1", "--oui"]) == 0
    assert "aucune ligne" in capsys.readouterr().out
    assert not [
        path
        for path in (project / "copies").rglob("*.csv")
        if pseudonym in path.read_text(encoding="utf-8")
    ]
    (project / "source/partenaires.csv").write_text("annee,reseau\n2023,Mairie\n", encoding="utf-8")
    for nobody in ("D1", ""):
        assert main(["forget", nobody, "--oui"]) == 2
        assert "Aucune ligne des données n'est à ce nom." in capsys.readouterr().err


@pytest.fixture
def traces(project: Path, capsys: pytest.CaptureFixture[str]) -> tuple[Path, ...]:
    """What commands wrote of D1, and what killed ones left; every name begins as the command that writes it has it."""
    bring_in(project, capsys)
    (project / "outputs/2023").mkdir(parents=True)
    (project / "essais").mkdir()
    main(["check", "--excel", "constats.xlsx"])
    for copy in ("outputs/2023/vus.xlsx", "essais/constats.xlsx"):
        shutil.copy("constats.xlsx", copy)
    again(project)  # copies what was there
    shutil.copytree(project / "source", project / "source/.import-nouveau-1/new")
    shutil.copytree(project / "source", project / ".base-nouveau-1/nouveau")
    shutil.copy(project / "constats.xlsx", project / ".constats.xlsx-nouveau-1.xlsx")
    left = ["outputs/.2023-nouveau-1/notebooks/a.ipynb", "outputs/2023/.diffusion-ancien-1/x.html"]
    left += [
        "outputs/.travail-2023-1/records/jeunes",
        "outputs/.calcul-1/records/jeunes",
        "outputs/.remise-1/x.html",
    ]
    left += [
        "outputs/2023/notebooks/service/05_activite.ipynb",
        "outputs/2023/alertes.csv",
        "outputs/echecs/a.log",
    ]
    left += ["outputs/remise-mairie.zip"]
    for name in left:
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text("J", encoding="utf-8")
    handed_over(project, "2023,remise-mairie.zip")
    copies = [path.relative_to(project) for path in (project / "copies").glob("*/source")]
    capsys.readouterr()
    written = (
        "constats.xlsx",
        "outputs/2023/vus.xlsx",
        "essais/constats.xlsx",
        ".constats.xlsx-nouveau-1.xlsx",
    )
    drafts = ("source/.import-nouveau-1", ".base-nouveau-1")
    return tuple(map(Path, (*written, *drafts, *left, *copies)))


def test_all_that_was_written_of_a_young_person_is_named_asked_about_then_removed(
    project: Path,
    traces: tuple[Path, ...],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    own = project / "à nous.xlsx"
    assert main(["export-source", "--to", own.name]) == 0
    (project / "abîmé.xlsx").write_text("", encoding="utf-8")
    capsys.readouterr()
    assert main(["forget", "D1"]) == 2
    told = capsys.readouterr()
    assert "--oui" in told.err
    named = {project / line.strip() for line in told.out.splitlines() if line.startswith("  ")}
    assert [
        path for path in traces if not {project / path, *(project / path).parents} & named
    ] == []
    others = [
        path for path in project.rglob("*") if path.is_file() and not {path, *path.parents} & named
    ]
    monkeypatch.setattr("rlpipeline.cli.service.at_a_terminal", lambda: True)
    monkeypatch.setattr("builtins.input", lambda _: "non")
    assert main(["forget", "D1"]) == 0
    assert all((project / path).exists() for path in traces)
    assert len(table(project, "jeunes")) == 3
    monkeypatch.setattr("builtins.input", lambda _: "oui")
    capsys.readouterr()
    assert main(["forget", "D1"]) == 0
    said = capsys.readouterr().out
    assert [path for path in traces if (project / path).exists()] == []
    assert len(table(project, "jeunes")) == 2
    assert "encore dans des fichiers du service, à reprendre : à nous.xlsx" in said
    assert "à vérifier : abîmé.xlsx" in said
    assert own in others
    assert [path for path in others if not path.exists()] == []


def test_a_command_works_within_the_folder_that_it_changes(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    bring_in(project, capsys)
    monkeypatch.chdir(project / "source")
    assert main(["forget", "D1", "--oui"]) == 0
    assert len(table(project, "jeunes")) == 2
    again(project, "../export.csv")
    assert len(table(project, "jeunes")) == 2


def test_a_project_that_is_its_own_source_is_copied_without_its_copies(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bring_in(project, capsys)
    for path in (project / "source").iterdir():
        path.rename(project / path.name)
    (project / "rlpipeline.yml").write_text(project_file("."), encoding="utf-8")
    (project / "exports").mkdir()
    (project / "export.csv").rename(project / "exports/export.csv")
    assert main(["forget", "D1", "--oui"]) == 0
    again(project, "exports/export.csv")
    for copy in (project / "copies").iterdir():
        kept = {path.name for path in (copy / project.name).iterdir()}
        assert {"jeunes.csv", "suivis.csv"} <= kept
        assert all(name.endswith(".csv") for name in kept)


@pytest.mark.parametrize(
    "suffix", [".xlsx", *(pytest.param(one, marks=pytest.mark.slow) for one in (".sqlite", ".ods"))]
)
def test_forgetting_in_a_workbook_empties_rows_and_in_a_database_says_what_to_type(
    project: Path, suffix: str, capsys: pytest.CaptureFixture[str]
) -> None:
    bring_in(project, capsys)
    pseudonym, other = (row["id_jeune"] for row in table(project, "jeunes")[:2])
    young = [row for row in table(project, "jeunes") if row["date_naissance"]]
    assert young
    if suffix == ".ods":  # read, never written
        paths = (project / "source").glob("*.csv")
        rows = {
            path.stem: [*csv.reader(path.read_text(encoding="utf-8").splitlines())]
            for path in paths
        }
        write_ods(rows, project / "saisie.ods")
    else:
        assert main(["export-source", "--to", f"saisie{suffix}"]) == 0
    shutil.rmtree(project / "source")
    (project / "rlpipeline.yml").write_text(project_file(f"saisie{suffix}"), encoding="utf-8")
    capsys.readouterr()
    content = (project / f"saisie{suffix}").read_bytes()
    assert main(["forget", pseudonym, "--oui"]) == 0
    said = capsys.readouterr().out
    if suffix != ".sqlite":
        assert main(["export-source", "--to", "source"]) == 0
        ids = [row["id_jeune"] for row in table(project, "jeunes")]
        assert pseudonym not in ids
        assert other in ids
    else:
        assert (project / f"saisie{suffix}").read_bytes() == content
        assert f"DELETE FROM jeunes WHERE id_jeune = '{pseudonym}';" in said


def test_rows_that_do_not_come_back_are_told_before_they_go(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bring_in(project, capsys)
    told = "2 lignes de jeunes.csv absentes de ces fichiers"
    assert main(["import", "export.csv"]) == 0  # the same rows come back
    assert "absente" not in capsys.readouterr().out
    assert main(["import", export(project, ROWS[:2], name="autre.csv")]) == 0
    assert told in capsys.readouterr().out
    assert main(["import", "--valider"]) == 3
    assert told in capsys.readouterr().err
    assert len(table(project, "jeunes")) == 3
    again(project, "autre.csv")
    assert len(table(project, "jeunes")) == 1
