"""A service brings an export in, then the next one, then takes a young person out.

Slow: the other kinds of source.
"""

from __future__ import annotations

import csv
import re
import shutil
from pathlib import Path

import openpyxl
import pytest
from ipywidgets import Button, Dropdown

from rlpipeline.cli import main
from rlpipeline.importing import asking, reading, telling
from rlpipeline.importing.ages import age_band
from rlpipeline.importing.cells import CellReader
from rlpipeline.importing.pseudonyms import KEY, Pseudonyms, identifier_key, persons_in
from rlpipeline.importing.questions import MISSING, WORDS, Choice, Question, by_kind
from rlpipeline.importing.rules import FILE, read_rules, rules_text
from rlpipeline.importing.words import VOCABULARIES, synonyms, value_key
from rlpipeline.lab import importing as lab_importing
from rlpipeline.protection.releases import LEDGER_COLUMNS
from rlpipeline.records.labels import words_of
from rlpipeline.records.official_communes import by_code
from rlpipeline.records.tables import table_named
from rlpipeline.settings.models import Service, load_service
from rlpipeline.settings.project import project_file

HEADER = "N° dossier;Nom;Prénom;Sexe;Né(e) le;Ville;Tél.;1er contact;Type de suivi;Début;Fin;Motif;Obs."
ROWS = (
    "D1;DURAND;Léa;Féminin;12/05/2006;Carvin;06 39 98 01 02;01/02/2023;PAEI;05/02/2023;;;vue avec sa mère",
    "D1;DURAND;Léa;Féminin;12/05/2006;Carvin;06 39 98 01 02;01/02/2023;Ponctuel;05/01/2023;01/02/2023;;",
    "D2;MARTIN;Karim;Masculin;30/02/2008;OIGNIES;;03/03/2023;Accroche;05/03/2023;;;",
    "D3;PETIT;Jade;Féminin;01/01/2009;Carvinn;;03/04/2023;Machin;05/04/2023;;;",
    ";;;;;;;;;;;;",
    "Total;3;;;;;;;;;;;",
)
SETTINGS = (
    'nom: SPS\ndepartement: "62"\ncommunes:\n  - {code: "62215", nom: Carvin}\n  - {code: "62637", nom: Oignies}\n'
)
PERSONAL = ("DURAND", "Léa", "06 39", "sa mère", "D1", "12/05/2006;")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "params").mkdir()
    (tmp_path / "params/service.yml").write_text(SETTINGS, encoding="utf-8")
    (tmp_path / "rlpipeline.yml").write_text(project_file("saisie.xlsx"), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def export(place: Path, rows: tuple[str, ...] = ROWS, header: str = HEADER) -> str:
    text = "\r\n".join(["Export du logiciel;", "", header, *rows, ""])
    (place / "export.csv").write_bytes(text.encode("cp1252"))
    return "export.csv"


def answers(place: Path, said: str) -> str:
    text = said[said.index("# ") :].rpartition("Arrêt")[0] or said[said.index("# ") :]
    path = place / "reponses.yml"
    path.write_text(text.replace('suivis.statut | Machin": ""', 'suivis.statut | Machin": "ASEP"'), encoding="utf-8")
    return path.name


def table(place: Path, name: str) -> list[dict[str, str]]:
    with (place / f"source/{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def bring_in(place: Path, capsys: pytest.CaptureFixture[str]) -> str:
    file = export(place)
    assert main(["import", file]) == 2
    said = capsys.readouterr()
    assert not (place / "source").exists()
    assert main(["import", file, "--reponses", answers(place, said.out)]) == 0
    return said.out + capsys.readouterr().out


def test_an_export_becomes_records_and_nothing_personal_enters(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = bring_in(project, capsys)
    assert "refusée : Tél. (un téléphone)" in said
    assert "ligne 7, colonne « Né(e) le », « 30/02/2008 »" not in said  # lines are those of the file
    assert "ligne 6, colonne « Né(e) le », « 30/02/2008 »" in said
    assert "Lignes lues : 4 ; entrées : 4 ; refusées : 0." in said
    assert "ligne de total, ligne 9" in said
    young = table(project, "jeunes")
    assert [(row["sexe"], row["date_naissance"], row["commune"]) for row in young] == [
        ("F", "2006-05-12", "62215"),
        ("G", "", "62637"),
        ("F", "2009-01-01", "62215"),
    ]
    assert [row["statut"] for row in table(project, "suivis")] == ["PAEI", "ASEP", "ACCROCHE", "ASEP"]
    for path in [*(project / "source").iterdir(), project / FILE]:
        assert not any(word in path.read_text(encoding="utf-8").replace('"Nom"', "") for word in PERSONAL)
    assert (project / KEY).stat().st_mode & 0o777 == 0o600
    assert f"/{KEY}" in (project / ".gitignore").read_text()
    assert main(["check"]) in (0, 3)
    assert "E302" not in capsys.readouterr().out


def test_the_next_export_is_replayed_and_what_changed_is_asked(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bring_in(project, capsys)
    before = table(project, "jeunes")
    new = "D4;LOPEZ;Inès;Féminin;01/01/2010;Oignies;;03/04/2024;PAEI;05/04/2024;;;"
    assert main(["import", export(project, (*ROWS[:3], new))]) == 0
    said = capsys.readouterr().out
    assert "même disposition que la dernière fois" in said
    assert "jeunes ajoutés : 1 ; retirés : 1" in said
    assert [row["id_jeune"] for row in table(project, "jeunes")][:2] == [row["id_jeune"] for row in before][:2]
    copies = sorted((project / "copies").iterdir())
    assert (copies[-1] / "source/jeunes.csv").is_file()
    changed = HEADER.replace("Ville", "Commune actuelle").replace(";Obs.", "")
    assert main(["import", export(project, ROWS[:3], changed)]) == 2
    said = capsys.readouterr().out
    assert "« Ville » n'y est plus" in said
    assert '"colonne | export.csv | Commune actuelle": "jeunes.commune"' in said
    assert main(["import", export(project, (ROWS[0].replace("PAEI", "Bidule"),))]) == 2
    assert '"valeur | suivis.statut | Bidule": ""' in capsys.readouterr().out
    (project / KEY).unlink()
    assert main(["import", export(project)]) == 2
    assert "La clé des pseudonymes n'est plus là" in capsys.readouterr().err


def test_a_young_person_is_forgotten(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bring_in(project, capsys)
    pseudonym = table(project, "jeunes")[0]["id_jeune"]
    for name in (".2023-memoire", "2023/notebooks", "2023/diffusion"):
        (project / "outputs" / name).mkdir(parents=True)
    for name in ("2023/indicateurs.csv", ".2023-diffusion-origine.json"):
        (project / "outputs" / name).write_text("", encoding="utf-8")
    ledger = project / "params/diffusions"
    (ledger / "remises").mkdir(parents=True)
    for year in (2019, 2023):
        (ledger / f"{year}-02.csv").write_text(f"{','.join(LEDGER_COLUMNS)}\n", encoding="utf-8")
        (ledger / f"{year}-02.json").write_text(
            '{"partagee": "2024-03-01", "arrondi": {"classes": {}}}', encoding="utf-8"
        )
    (ledger / "remises/remises.csv").write_text(
        "date,pour,annees,archive,sha256\n2024-04-02,Mairie,2022 2023,a.zip,0\n", encoding="utf-8"
    )
    assert main(["forget", "D1", "--oui"]) == 0
    said = capsys.readouterr().out
    assert "jeunes (1), suivis (2)" in said
    assert "Reste à détruire" in said
    assert "édition à diffuser 2023, n° 02 du 1er mars 2024" in said
    assert "édition interne 2022 2023, exemplaire du 2 avril 2024 pour Mairie" in said
    assert "2019" not in said
    assert "build --force --year 2023" in said
    assert "s'en tenir à ce qui est sorti" in said
    left = "".join(path.read_text(encoding="utf-8") for path in (project / "source").iterdir())
    assert pseudonym not in left
    assert len(table(project, "suivis")) == 2
    assert sorted(path.name for path in (project / "outputs").iterdir()) == ["2023"]
    assert {path.name for path in (project / "outputs/2023").iterdir()} == {"diffusion", "indicateurs.csv"}
    assert main(["import", export(project)]) == 0
    assert "ce jeune a été effacé par « forget »" in capsys.readouterr().out
    assert len(table(project, "jeunes")) == 2
    assert main(["forget", "D1", "--oui"]) == 0
    assert "aucune ligne" in capsys.readouterr().out
    assert not [path for path in (project / "copies").rglob("*.csv") if pseudonym in path.read_text(encoding="utf-8")]
    assert main(["forget", "D1", "--oui"]) == 2
    assert "Aucune ligne des données n'est à ce nom." in capsys.readouterr().err


@pytest.fixture
def traces(project: Path, capsys: pytest.CaptureFixture[str]) -> tuple[Path, ...]:
    """What commands wrote of D1, and what killed ones left; every name begins as the command that writes it has it."""
    bring_in(project, capsys)
    (project / "outputs/2023").mkdir(parents=True)
    for copy in ("constats.xlsx", "outputs/2023/vus.xlsx", "essais/constats.xlsx"):
        main(["check", "--excel", copy])
    main(["import", export(project)])  # copies what was there
    shutil.copytree(project / "source", project / "source/.import-nouveau-1/new")
    shutil.copytree(project / "source", project / ".base-nouveau-1/nouveau")
    shutil.copy(project / "constats.xlsx", project / ".constats.xlsx-nouveau-1.xlsx")
    left = [
        "outputs/.2023-nouveau-1/notebooks/a.ipynb",
        "outputs/2023/.diffusion-ancien-1/x.html",
        "outputs/echecs/a.log",
    ]
    left += ["outputs/.travail-2023-1/records/jeunes", "outputs/.calcul-1/records/jeunes", "outputs/.remise-1/x.html"]
    left += [
        "outputs/2023/notebooks/service/05_activite.ipynb",
        "outputs/2023/alertes.csv",
        "outputs/remise-mairie.zip",
    ]
    for name in left:
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text("J", encoding="utf-8")
    (project / "params/diffusions/remises").mkdir(parents=True)
    (project / "params/diffusions/remises/remises.csv").write_text(
        "date,pour,annees,archive,sha256\n2024-04-02,Mairie,2023,remise-mairie.zip,0\n", encoding="utf-8"
    )
    copies = [path.relative_to(project) for path in (project / "copies").glob("*/source")]
    capsys.readouterr()
    written = ("constats.xlsx", "outputs/2023/vus.xlsx", "essais/constats.xlsx", ".constats.xlsx-nouveau-1.xlsx")
    drafts = ("source/.import-nouveau-1", ".base-nouveau-1")
    return tuple(map(Path, (*written, *drafts, *left, *copies)))


def test_all_that_was_written_of_a_young_person_is_named_asked_about_then_removed(
    project: Path, traces: tuple[Path, ...], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    own = project / "à nous.xlsx"
    assert main(["export-source", "--to", own.name]) == 0
    (project / "abîmé.xlsx").write_text("", encoding="utf-8")
    capsys.readouterr()
    assert main(["forget", "D1"]) == 2
    told = capsys.readouterr()
    assert "--oui" in told.err
    named = {project / line.strip() for line in told.out.splitlines() if line.startswith("  ")}
    assert [path for path in traces if not {project / path, *(project / path).parents} & named] == []
    others = [path for path in project.rglob("*") if path.is_file() and not {path, *path.parents} & named]
    monkeypatch.setattr("rlpipeline.cli.importing._at_a_terminal", lambda: True)
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
    assert main(["import", f"../{export(project)}"]) == 0
    assert len(table(project, "jeunes")) == 2


def test_a_project_that_is_its_own_source_is_copied_without_its_copies(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bring_in(project, capsys)
    for path in (project / "source").iterdir():
        path.rename(project / path.name)
    (project / "rlpipeline.yml").write_text(project_file("."), encoding="utf-8")
    (project / "exports").mkdir()
    (project / export(project)).rename(project / "exports/export.csv")
    assert main(["forget", "D1", "--oui"]) == 0
    assert main(["import", "exports/export.csv"]) == 0
    for copy in (project / "copies").iterdir():
        kept = {path.name for path in (copy / project.name).iterdir()}
        assert {"jeunes.csv", "suivis.csv"} <= kept
        assert all(name.endswith(".csv") for name in kept)


@pytest.mark.parametrize(("encoding", "read"), [("cp1252", True), ("utf-16", False)])
def test_tables_that_stay_are_read_in_the_encoding_that_a_spreadsheet_gave_them(
    project: Path, capsys: pytest.CaptureFixture[str], encoding: str, read: bool
) -> None:
    bring_in(project, capsys)
    kept = "annee,nom,domaine\n2023,Mission locale de Béthune,Insertion\n"
    (project / "source/partenaires.csv").write_bytes(kept.encode(encoding))
    assert main(["import", export(project)]) == (0 if read else 3)
    if read:
        assert table(project, "partenaires")[0]["nom"] == "Mission locale de Béthune"
    else:
        assert "source/partenaires.csv" in capsys.readouterr().err


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


def test_an_order_of_dates_is_asked_once_and_holds_for_exports_that_do_not_show_it(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    header = "N° dossier;Sexe;Né(e) le;Ville;1er contact"
    assert (
        main(
            [
                "import",
                export(project, ("D1;F;05/17/2006;Carvin;01/02/2023", "D2;G;05/18/2006;Carvin;01/02/2023"), header),
            ]
        )
        == 2
    )
    said = capsys.readouterr().out
    assert '"ordre | export.csv | Né(e) le": "mois d\'abord"' in said
    assert main(["import", "export.csv", "--reponses", answers(project, said)]) == 0
    assert table(project, "jeunes")[0]["date_naissance"] == "2006-05-17"
    assert main(["import", export(project, ("D1;F;05/07/2006;Carvin;01/02/2023",), header)]) == 0
    assert table(project, "jeunes")[0]["date_naissance"] == "2006-05-07"
    assert table(project, "jeunes")[0]["premier_contact"] == "2023-01-02"  # one software writes all its dates alike


def test_persons_of_one_cell_are_one_presence_each_and_what_is_doubtful_is_asked(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    book = openpyxl.Workbook()
    for row in (
        ("Date", "Ville", "Jeunes rencontrés", "Lieu"),
        ("02/03/2023", "Carvin", "A. Martin ; B. Dupuis", "Stade"),
        ("03/03/2023", "Oignies", "B. Dupuis\nC. Noël et A. Martin", "Gare"),
        ("04/03/2023", "Oignies", "A. Martin", ""),
    ):
        book.active.append(row)
    book.active.title = "Présences"
    old = book.create_sheet("Anciennes présences")
    for row in (("Date", "Ville", "Jeune"), ("01/02/2022", "Carvin", "A. Martin"), ("02/02/2022", "Carvin", "Z. Roy")):
        old.append(row)
    old.sheet_state = "hidden"
    book.save("presences.xlsx")
    assert main(["import", "presences.xlsx"]) == 2
    said = capsys.readouterr().out
    assert "plusieurs personnes dans Jeunes rencontrés : oui" in said
    assert "feuille « Anciennes présences », masquée" in said
    assert '"masquée | presences.xlsx, feuille « Anciennes présences »": "non"' in said
    assert main(["import", "presences.xlsx", "--reponses", answers(project, said)]) == 0
    rows = table(project, "presences")
    assert [row["date"] for row in rows] == ["2023-03-02"] * 2 + ["2023-03-03"] * 3 + ["2023-03-04"]
    assert len({row["id_jeune"] for row in rows}) == 3


@pytest.mark.parametrize(
    ("text", "persons"),
    [("A. Martin ; B. Dupuis", 2), ("12, 14 et 15", 3), ("Martin, Léa", 1), ("MARTIN, Léa ; NOËL, Tom", 2),
     ("J12/J14", 2), ("2023/12", 1), ("Léa / Tom", 2), ("Léa et Tom", 2), ("2023-12", 1)],
)  # fmt: skip
def test_a_cell_names_several_persons_only_where_it_surely_does(text: str, persons: int) -> None:
    assert len(persons_in(text)) == persons


def test_a_column_whose_cells_belie_its_name_is_asked_about(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = ("D1;F;premier trimestre;Carvin;01/02/2023", "D2;G;fin d'été;Carvin;01/02/2023")
    assert main(["import", export(project, rows, "N° dossier;Sexe;Date de naissance;Ville;1er contact")]) == 2
    assert '"colonne | export.csv | Date de naissance": "jeunes.date_naissance"' in capsys.readouterr().out


def test_columns_left_out_are_shown_and_may_be_given_their_place(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = ("D1;F;12/05/2006;Carvin;01/02/2023;Les Aulnes", "D2;G;13/05/2006;Carvin;01/02/2023;Les Aulnes")
    assert main(["import", export(project, rows, "N° dossier;Sexe;Né(e) le;Ville;1er contact;Zog")]) == 2
    said = capsys.readouterr().out
    key = '"colonne | export.csv | Zog": '
    assert f'{key}"ignorée : sans place dans le rapport"' in said
    path = project / answers(project, said)
    path.write_text(re.sub(f"{re.escape(key)}.*", f'{key}"jeunes.quartier"', path.read_text(encoding="utf-8")), "utf-8")
    assert main(["import", "export.csv", "--reponses", path.name]) == 0
    assert [row["quartier"] for row in table(project, "jeunes")] == ["Les Aulnes", "Les Aulnes"]


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("Heure début", "Heure fin"),
        ("Heure de début", "Heure de fin"),
        ("H. début", "H. fin"),
        ("Début", "Fin"),
        ("De", "À"),
        ("Heure d'arrivée", "Heure de départ"),
    ],
)
def test_times_of_the_day_are_no_duration_but_the_hours_between_two_are(project: Path, first: str, last: str) -> None:
    rows = (
        "12/03/2023;KD;Carvin;rue;14:30;16:00",
        "13/03/2023;KD;Carvin;rue;17h;00h30",
        "14/03/2023;JPL;Carvin;rue;9h;10h",
    )
    place = export(project, rows, f"Date;Éducateur;Commune;Activité;{first};{last}")
    assert [row["heures"] for row in filled_as_proposed(project, place)["temps"]] == ["1.5", "7.5", "1"]
    place = export(project, tuple(row.rpartition(";")[0] for row in rows), f"Date;Éducateur;Commune;Activité;{first}")
    assert not any(row.get("heures") for row in filled_as_proposed(project, place)["temps"])


def test_hours_that_may_be_times_of_a_morning_are_asked_about(project: Path) -> None:
    rows = [f"1{n}/03/2023;KD;Carvin;rue;{time}" for n, time in enumerate(("9:00", "10:30", "9:15"))]
    place = Path(export(project, tuple(rows), "Date;Éducateur;Commune;Activité;Heure"))
    plan = asking.open_import([place], load_service(project / "params"), project, {}).plan()
    assert "colonne | export.csv | Heure" in {one.key for one in plan.questions}


@pytest.mark.parametrize(
    ("place", "in_minutes", "text", "read"),
    [(("temps", "en_ligne"), False, "N", "non"), (("jeunes", "sexe"), False, "N/A", "NR"),
     (("temps", "heures"), True, "90", "1.5"), (("temps", "heures"), True, "1h15", "1.25"),
     (("temps", "heures"), False, "90", "90"), (("personnel", "etp"), False, "80 %", "0.8")],
)  # fmt: skip
def test_numbers_are_those_of_their_unit(place: tuple[str, str], in_minutes: bool, text: str, read: str) -> None:
    service = Service(nom="SPS", departement="62", communes=(by_code()["62215"].settled,))
    reader = CellReader(place, table_named(place[0]).column(place[1]), service, {}, in_minutes=in_minutes)
    assert reader.read(text) == read


def test_a_word_means_one_code_of_its_column() -> None:
    service = Service(nom="SPS", departement="62", communes=(by_code()["62215"].settled,))
    faults = []
    for (table, name), group in VOCABULARIES.items():
        codes = words_of(table_named(table).column(name), service)
        means: dict[str, set[str]] = {}
        for code, label in codes.items():
            means.setdefault(value_key(label), set()).add(code)
        for code, texts in synonyms()["valeurs"][group].items():
            for text in texts if code in codes else ():
                means.setdefault(value_key(text), set()).add(code)
        faults += [f"{table}.{name}: {word}, {of}" for word, of in means.items() if len(of) > 1]
    assert {fault.split(",")[0] for fault in faults} == {
        f"situations.situation: {word}" for word in ("APPRENTISSAGE", "ALTERNANCE")
    }, "besides those, which are asked, since an apprentice works and is trained"
    written = {group: {*synonyms()["valeurs"][group]} for group in VOCABULARIES.values()}
    for (table, name), group in VOCABULARIES.items():
        written[group] -= {*words_of(table_named(table).column(name), service)}
    assert not any(written.values()), "words of codes that no column has"


def test_a_row_that_sums_up_those_above_is_no_record(tmp_path: Path) -> None:
    rows = ("Financeur;Montant;Objet", "Ville;100;1", "CAF;50,5;2", "État;20;3", ";170,5;")
    for name, last in (("sums", "6"), ("another", "7")):
        (tmp_path / f"{name}.csv").write_text("\n".join(rows) + f"{last}\n", encoding="utf-8")
    assert {one.file: len(one.rows) for one in reading.read_exports([tmp_path]).blocks} == {
        "sums.csv": 3,
        "another.csv": 4,
    }


def test_a_tick_in_the_place_of_several_codes_is_asked_about(project: Path) -> None:
    rows = ("D1;F;12/05/2006;Carvin;01/02/2023;oui", "D2;G;13/05/2006;Carvin;01/02/2023;non")
    place = Path(export(project, rows, "N° dossier;Sexe;Né(e) le;Ville;1er contact;Vu par zog en 2023"))
    answers = {"colonne | export.csv | Vu par zog en 2023": "co_accompagnements.partenaire"}
    under_way = asking.open_import([place], load_service(project / "params"), project, answers)
    key = "case | export.csv | Vu par zog en 2023"
    assert [one.key for one in under_way.plan().questions] == [key]
    under_way.answers[key] = "ase"
    rows_of = under_way.fill(under_way.plan(), bytes(32)).tables["co_accompagnements"]
    assert [(row["partenaire"], row["annee"]) for row in rows_of] == [("ase", "2023")]


def test_idem_is_the_cell_above_and_a_rank_is_no_identifier(project: Path) -> None:
    rows = ("1;Léa Roy;F;12/05/2006;Carvin;01/02/2023;Sam", "2;Tom Noël;G;13/05/2006;idem;01/02/2023;idem")
    rows = (*rows, "3;Zoé Petit;F;14/05/2006;id.;02/02/2023;idem")
    place = Path(export(project, rows, "N°;Nom prénom;Sexe;Né(e) le;Ville;1er contact;Référent"))
    under_way = asking.open_import([place], load_service(project / "params"), project, {})
    plan = asking.answered(under_way, lambda few: {one.key: one.choices[0].answer for one in few})
    assert plan.tables[0].rule.colonnes["N°"].startswith("ignorée : un rang")
    assert [row["commune"] for row in under_way.fill(plan, bytes(32)).tables["jeunes"]] == ["62215"] * 3


def filled_as_proposed(project: Path, *places: str) -> dict[str, list[dict[str, str]]]:
    """The records of exports, where each question is answered as it proposes."""
    paths = [project / place for place in places]
    under_way = asking.open_import(paths, load_service(project / "params"), project, {})
    plan = asking.answered(under_way, lambda few: {one.key: one.choices[0].answer for one in few})
    return dict(under_way.fill(plan, bytes(32)).tables)


def test_what_young_people_have_in_common_is_no_table_of_reference(project: Path) -> None:
    persons = [f"10{n};F;0{n}/05/2006;Carvin;0{n}/02/2023" for n in range(1, 6)]
    have = [f"10{n};2023;{what}" for n, what in enumerate(("collège", "lycée", "lycée", "collège", "collège"), start=1)]
    for name, lines in (
        ("jeunes", ["id_jeune;Sexe;Né(e) le;Ville;1er contact", *persons]),
        ("situations", ["id_jeune;Année;Situation", *have]),
    ):
        (project / f"{name}.csv").write_text("\n".join(lines), encoding="utf-8")
    filled = filled_as_proposed(project, "jeunes.csv", "situations.csv")
    assert len({row["id_jeune"] for row in filled["jeunes"]}) == 5
    assert {row["id_jeune"] for row in filled["situations"]} == {row["id_jeune"] for row in filled["jeunes"]}


@pytest.mark.parametrize(
    ("header", "cells"),
    [("Année;Situation", "2023;{}"), ("Date de sortie;Motif de sortie", "0{}/03/2023;{}"), ("Quartier", "{}")],
)
@pytest.mark.parametrize("named", ["N° dossier", "Repère"])
def test_what_all_young_people_have_apart_is_no_list_of_codes(
    project: Path, named: str, header: str, cells: str
) -> None:
    words = ("Déménagement", "Relais", "Autonomie", "Rupture du lien")
    for name, lines in {
        "jeunes": [f"{named};Sexe;Né(e) le;Ville;1er contact", *(f"D{n};F;0{n}/05/2006;Carvin;" for n in range(1, 5))],
        "suivis": [f"{named};Statut;Début", *(f"D{n};PAEI;0{m}/02/2022" for n in range(1, 5) for m in (1, 2))],
        "autres": [
            f"{named};{header}",
            *(f"D{n};{cells.format(*([n] if '}/' in cells else []), word)}" for n, word in enumerate(words, start=1)),
        ],
    }.items():
        (project / f"{name}.csv").write_text("\n".join(lines), encoding="utf-8")
    under_way = asking.open_import([project], load_service(project / "params"), project, {})
    assert {one.file for one, _ in under_way.recognised()} >= {"jeunes.csv", "suivis.csv", "autres.csv"}


def test_a_table_above_a_list_of_codes_is_read(project: Path) -> None:
    book = openpyxl.Workbook()
    rows = (
        ("N° dossier", "Sexe", "Ville", "Né(e) le"),
        ("D1", "F", "Carvin", "12/05/2006"),
        ("D2", "G", "Carvin", "2007"),
    )
    for row in (*rows, (), ("id_sit", "Libellé", "Ordre"), ("1", "Collège", "1"), ("2", "Lycée général", "1")):
        book.active.append(row)
    page = book.create_sheet("Situations")
    for row in (("N° dossier", "Année", "id_sit"), ("D1", "2023", "1"), ("D2", "2023", "2"), ("D3", "2023", "1")):
        page.append(row)
    book.save(project / "x.xlsx")
    under_way = asking.open_import([project / "x.xlsx"], load_service(project / "params"), project, {})
    assert [len(one.rows) for one, _ in under_way.recognised()] == [2, 3]
    (said,) = under_way.aside
    assert said.startswith("Lu comme une liste de codes") and said.endswith("x.xlsx, feuille « Sheet », 2 lignes")


def test_an_exit_said_once_is_that_of_the_last_follow_up_closed(project: Path) -> None:
    book = openpyxl.Workbook()
    page = book.active
    page.append(("Le jeune", "", "", "", "", "Suivi 1", "", "Suivi 2", "", "", ""))
    names = ("Début", "Fin", "Début", "Fin", "Référent", "Motif de sortie")
    page.append(("N°", "Sexe", "Date de naissance", "Commune", "Premier contact", *names))
    for n, closed in enumerate((("10/06/2022", "05/02/2023"), ("11/06/2022", ""), ("", "")), start=1):
        dates = "10/01/2022", closed[0], "01/09/2022", closed[1]
        page.append((f"J10{n}", "G", "11/03/2006", "Carvin", "03/01/2022", *dates, "KD", "Relais" if n < 3 else ""))
    for cells in ("A1:E1", "F1:G1", "H1:I1"):
        page.merge_cells(cells)
    book.save(project / "x.xlsx")
    under_way = asking.open_import([project / "x.xlsx"], load_service(project / "params"), project, {})
    assert {"Référent", "Motif de sortie", "Suivi 2 – Fin"} <= {*under_way.read.blocks[0].header}
    rows = filled_as_proposed(project, "x.xlsx")["suivis"]
    assert [row["motif_cloture"] for row in rows] == ["", "orientation", "orientation", "", "", ""]
    assert {row["educateur"] for row in rows} == {"KD"}


def test_a_list_of_codes_is_announced_with_its_rows(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "r_sit.csv").write_text("id_sit;libelle\n1;Collège\n2;Lycée général\n", encoding="utf-8")
    (project / "x.csv").write_text("N° dossier;Année;id_sit\nD1;2023;1\nD2;2023;2\nD3;2023;1\n", encoding="utf-8")
    main(["import", "r_sit.csv", "x.csv"])
    assert "liste de codes, que ses mots remplacent : r_sit.csv, 2 lignes" in capsys.readouterr().out


def test_sheets_of_educators_say_whose_follow_ups_they_have(project: Path) -> None:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for rank, name in enumerate(("Yann", "M. Kervalo"), start=1):
        page = book.create_sheet(name)
        page.append(("N° dossier", "Fille", "Garçon", "Né(e) le", "Ville", "1er contact", "Type de suivi", "Début"))
        for n in range(1, 4):
            ticks = ("x", "") if n > 1 else ("", "x")
            page.append((f"D{rank}{n}", *ticks, "12/05/2006", "Carvin", "01/02/2023", "PAEI", f"0{n}/02/2023"))
    book.create_sheet("Consolidé").append(("Type de suivi", "Nombre"))
    book.save(project / "export.xlsx")
    filled = filled_as_proposed(project, "export.xlsx")
    assert len({row["educateur"] for row in filled["suivis"]}) == 2
    assert [row["sexe"] for row in filled["jeunes"]] == ["G", "F", "F"] * 2


def test_months_under_half_years_are_months_and_one_answer_about_sheets_is_no_name_of_one(project: Path) -> None:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for rank, name in enumerate(("Inès", "Tom")):
        page = book.create_sheet(name)
        page.append(("Heures 2024",))
        page.append(("Activité", "Ville", "1er semestre", "", "2nd semestre", ""))
        page.append(("", "", "Janv.", "Févr.", "Juil.", "Août"))
        page.merge_cells("C2:D2")
        page.merge_cells("E2:F2")
        for what in ("Travail de rue", "Formation", "Écrits"):
            page.append((what, "Carvin", 2 + rank, 3 + rank, 4 + rank, 5 + rank))
    book.save(project / "export.xlsx")
    filled = filled_as_proposed(project, "export.xlsx")
    assert {row["date"] for row in filled["temps"]} == {f"2024-0{month}-01" for month in (1, 2, 7, 8)}
    assert len({row["educateur"] for row in filled["temps"]}) == 2


def test_the_records_of_the_service_are_no_export(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book = openpyxl.Workbook()
    book.active.append(("id_jeune", "sexe"))
    book.active.append(("J1", "F"))
    book.save("saisie.xlsx")
    assert main(["import", export(project), "saisie.xlsx"]) == 2
    said = capsys.readouterr().out
    assert "Pas lu : saisie.xlsx : ce sont les données du service" in said
    assert "saisie.xlsx, feuille" not in said


def test_a_database_receives_no_import(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "rlpipeline.yml").write_text('source: "postgresql://service@serveur/suivi"\n', encoding="utf-8")
    assert main(["import", export(project)]) == 2
    assert "un import n'y écrit pas" in capsys.readouterr().err


def test_questions_are_numbered_in_a_terminal_and_enter_takes_what_is_proposed() -> None:
    choices = Choice("a", "l'une"), Choice("b", "l'autre")
    question = Question("k", MISSING, "Suivi.csv", "que dit-elle ?", choices)
    shown: list[str] = []
    typed = iter(["7", "2", ""])
    assert asking.ask_in_terminal([question], lambda _: next(typed), shown.append) == {"k": "b"}
    assert asking.ask_in_terminal([question], lambda _: next(typed), shown.append) == {"k": "a"}
    assert "\nSuivi.csv : que dit-elle ?\n" in shown
    assert "  1. l'une (par défaut)\n" in shown


def test_questions_of_a_kind_are_one_screen_that_is_not_shown_again_when_one_answer_changes() -> None:
    choices = Choice("a", "l'une"), Choice("b", "l'autre")
    words = [Question(w, WORDS, f"colonne {w[0]}", "?", choices, f"« {w} »") for w in ("un", "deux", "usé")]
    other = Question("k", MISSING, "", "que dit-elle ?", choices)
    assert by_kind([other, *words]) == [[other], words]
    shown: list[str] = []
    typed = iter(["3", "2", ""])
    answers = asking.ask_in_terminal(words, lambda _: next(typed), shown.append)
    assert answers == {"un": "a", "usé": "a", "deux": "b"}
    screen = [WORDS, "colonne u", "1. « un » → l'une", "2. « usé » → l'une", "colonne d", "3. « deux » → l'une"]
    assert [line.strip() for line in shown[:6]] == screen
    assert "    3. « deux » → l'autre\n" in shown
    assert shown.count("  colonne u\n") == 1


def test_any_column_may_be_read_otherwise_in_a_terminal(project: Path) -> None:
    under_way = asking.open_import([Path(export(project))], load_service(project / "params"), project, {})
    shown: list[str] = []
    typed = iter(["", "Zog", "Ville", "quartier", "jeunes.quartier", "MOTIF", "2", ""])
    while change := asking.reread_in_terminal(under_way.plan(), lambda _: next(typed, ""), shown.append):
        under_way.answers.update(change)
    assert not under_way.answers  # Enter goes on
    while change := asking.reread_in_terminal(under_way.plan(), lambda _: next(typed, ""), shown.append):
        under_way.answers.update(change)
    columns = under_way.plan().tables[0].rule.colonnes
    assert columns["Ville"] == "jeunes.quartier"
    assert columns["Motif"].startswith("ignorée")
    assert any("Rien ne porte ce nom" in line for line in shown)
    assert any("Écrire l'un de ces noms en entier" in line for line in shown)


def test_a_year_that_is_asked_names_every_table_that_takes_it(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = "D1;F;Collège;Addiction;ASE", "D2;G;Lycée général;Logement;Mission locale", "D3;F;Collège;Addiction;ASE"
    header = "N° dossier;Sexe;Situation;Problématique;Partenaire"
    for file, tables in (
        ("export.csv", ("« situation de chaque jeune", "« problématiques", "« accompagnements partagés")),
        ("export 2023.csv", ("« situations.annee »", "« problematiques.annee »", "« co_accompagnements.annee »")),
    ):
        (project / export(project, rows, header)).rename(project / file)
        main(["import", file])
        said = capsys.readouterr().out.splitlines()
        assert any(line.startswith("#") and all(one in line for one in tables) for line in said)


def test_what_says_more_than_a_known_word_or_than_hours_is_asked(project: Path) -> None:
    hours = ("02/01/2024;Carvin;90;rue", "03/01/2024;Carvin;60;rue", "04/01/2024;Carvin;45;rue")
    for rows, header, about, asked in (
        (("D1;F;Carvin;lycéen - par le CNED",), "N° dossier;Sexe;Ville;Situation", "jeunes", "valeur | situations"),
        (hours, "Date;Ville;Temps passé;Activité", "temps", "unité | export.csv"),
    ):
        place = Path(export(project, rows, header))
        answers = {"tableau | export.csv": about}
        under_way = asking.open_import([place], load_service(project / "params"), project, answers)
        assert any(one.key.startswith(asked) for one in under_way.plan().questions), header


def test_a_column_among_those_of_one_name_is_chosen_by_its_number(project: Path) -> None:
    for name in ("jeunes", "autres"):
        place = project / export(project, ROWS[:4], HEADER if name == "jeunes" else "N° dossier;Sexe;Ville;Début;Fin")
        place.rename(project / f"{name}.csv")
    under_way = asking.open_import(
        [project / "jeunes.csv", project / "autres.csv"], load_service(project / "params"), project, {}
    )
    shown: list[str] = []
    typed = iter(["Sexe", "2", "jeunes.quartier"])
    change = asking.reread_in_terminal(under_way.plan(), lambda _: next(typed), shown.append)
    assert "  2. autres.csv, « Sexe »" in shown[0]
    assert change == {"colonne | autres.csv | Sexe": "jeunes.quartier"}


def test_words_translated_without_a_question_are_shown(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = "D1;Masculin;Carvin;Apprenti;2023", "D2;G;Sans domicile;Collège;2023", "D3;F;Oignies;Lycéen;2023"
    main(["import", export(project, rows, "N° dossier;Sexe;Ville;Situation;Année")])
    said = capsys.readouterr().out
    assert "mots traduits : « Masculin » → G\n" in said
    assert "mots traduits : « Sans domicile » → hors\n" in said
    assert "mots traduits : « Apprenti » → activite_professionnelle, « Lycéen » → lycee_general\n" in said
    assert "Un mot mal traduit se corrige avant d'importer, ou dans « valeurs » d'import.yml" in said


def test_a_sheet_that_repeats_another_is_asked_about(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    header, rows = (
        "Date;Ville;Éducateur;Activité;Heures;Nb heures",
        [f"0{day}/01/2024;Carvin;KB;rue;2;3" for day in range(1, 6)],
    )
    for name in ("janvier.csv", "tout.csv"):
        (project / name).write_text("\n".join((header, *rows)), encoding="utf-8")
    assert main(["import", "janvier.csv", "tout.csv"]) == 2
    assert '"répétée | tout.csv": "non"' in capsys.readouterr().out


def test_every_row_and_cell_is_accounted_for(project: Path) -> None:
    service = load_service(project / "params")
    under_way = asking.open_import([Path(export(project))], service, project, {})
    filled = under_way.fill(
        asking.answered(under_way, lambda few: {one.key: one.choices[0].answer for one in few}), bytes(32)
    )
    assert [(one.rows, one.is_even()) for one in filled.accounts] == [(4, True)]
    account = filled.accounts[0]
    account.entered_cells -= 1
    assert not account.is_even()


def test_in_a_notebook_questions_are_drop_downs(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[object] = []
    monkeypatch.setattr(lab_importing, "display", lambda one, **_: shown.append(one))
    page = lab_importing.import_exports(export(project))
    assert [one.options[0][1][:7] for one in lists_of(page)] == ["ignorée"]  # the observations, and any column
    assert "jeunes.quartier" in [answer for _, answer in lists_of(page)[0].options]
    buttons_of(page)[0].click()
    page = shown.pop()
    lists = lists_of(page)
    assert [one.options[0][1] for one in lists] == ["62215", ""]
    lists[1].value = "ASEP"
    buttons_of(page)[0].click()
    last = shown.pop()
    assert [button.description for button in buttons_of(last)] == ["Lire ainsi", "Importer"]
    column, place = lists_of(last)
    column.value, place.value = "colonne | export.csv | Motif", "ignorée : sans place dans le rapport"
    buttons_of(last)[0].click()
    assert "Motif" in shown.pop().children[0].value.partition("ignorée")[2]
    buttons_of(last)[1].click()
    assert "Lignes lues : 4 ; entrées : 4" in shown[0]["text/plain"]
    assert [row["statut"] for row in table(project, "suivis")] == ["PAEI", "ASEP", "ACCROCHE", "ASEP"]


def lists_of(page: object) -> list[Dropdown]:
    return [one for one in page.children if isinstance(one, Dropdown)]


def buttons_of(widget: object) -> list[Button]:
    return (
        [widget]
        if isinstance(widget, Button)
        else [b for one in getattr(widget, "children", ()) for b in buttons_of(one)]
    )


def test_rules_are_read_as_they_are_written(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bring_in(project, capsys)
    rules = read_rules(project)
    assert rules_text(rules) == (project / FILE).read_text(encoding="utf-8")
    (project / FILE).write_text(rules_text(rules).replace("jeunes.sexe", "jeunes.sexee"), encoding="utf-8")
    assert main(["import", export(project)]) == 2
    assert "« jeunes.sexee » n'est pas une colonne des données" in capsys.readouterr().err


def test_pseudonyms_do_not_depend_on_how_an_identifier_is_written() -> None:
    pseudonyms = Pseudonyms(bytes(32))
    assert identifier_key(" D-12 ") == identifier_key("d 12")
    assert pseudonyms.of("J", identifier_key("12.0")) == pseudonyms.of("J", identifier_key("12"))
    assert pseudonyms.of("J", "12") != Pseudonyms(bytes(31) + b"1").of("J", "12")
    assert pseudonyms.educator("KB") == "KB"
    assert pseudonyms.educator("Mme Sophie DUPUIS") == pseudonyms.educator("Dupuis Sophie")


@pytest.mark.parametrize(
    ("text", "is_code"),
    [(text, True) for text in ("", "ED1", "A017", "EDU-123456789012", "E 12", "07", "éduc 3", "Équipe", "KD", "JPL")]
    + [(text, False) for text in ("Tom", "Max", "ALI", "Roux", "BRUN", "JO", "Ng", "éduc Max", "Tom 2", "L. Pons")],
)
def test_a_name_of_an_educator_never_enters_however_short(text: str, is_code: bool) -> None:
    assert (Pseudonyms(bytes(32)).educator(text) == text) is is_code


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252", "mac_roman", "cp850"])
def test_encodings_are_told_by_what_they_spell(encoding: str) -> None:
    text = "Prénom;Né(e) le;Quartier\nZoé;12/05/2006;Château-d'Eau à l'orée\n"
    assert reading.decoded_text(text.encode(encoding)) == text


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-16 cut short"])
def test_a_text_in_utf_16_cut_short_or_without_its_mark_is_refused(
    project: Path, capsys: pytest.CaptureFixture[str], encoding: str
) -> None:
    path = project / export(project)
    data = path.read_text(encoding="cp1252").encode(encoding.partition(" ")[0])
    path.write_bytes(data[:-1] if "cut" in encoding else data)
    assert main(["import", path.name]) == 3
    said = capsys.readouterr().err
    assert "UTF-16" in said
    assert path.name in said


@pytest.mark.parametrize(
    ("text", "band"),
    [("11-14 ans", "11_14"), ("< 11", "moins_11"), ("de 15 à 18", "15_18"), ("16/17", "15_18"), ("+ de 21", "plus_21"),
     ("22 et +", "plus_21"), ("Parents", "familles"), ("14-16", None), ("18 et plus", None), ("Filles", None)],
)  # fmt: skip
def test_a_range_of_ages_lies_whole_in_a_band_or_in_none(text: str, band: str | None) -> None:
    assert age_band(text) == band


def proposed(project: Path, *files: str) -> dict[str, dict[str, str]]:
    """What each column of each file is proposed to fill, with nobody to ask."""
    places = [Path(file) for file in files]
    plan = asking.open_import(places, load_service(project / "params"), project, {}).plan()
    return {one.block.file: {h: str(d) for h, d in one.rule.colonnes.items()} for one in plan.tables}


def written(name: str, header: str, *rows: str) -> str:
    Path(name).write_text("\n".join((header, *rows)), encoding="utf-8")
    return name


def test_a_header_that_tables_share_is_a_key_whatever_its_name(project: Path) -> None:
    people = [f"{n:04};Léa;F;0{n}/03/2009;Carvin;0{n}/01/2023" for n in range(1, 6)]
    young = written("USA.csv", "ZUSA;PREN;SEXE;DNAIS;COMMUNE;PREMIER CONTACT", *people)
    spans = [f"M{n:03};{n:04};PAEI;0{n}/01/2023;" for n in range(1, 6)]
    follow_ups = written("MES.csv", "ZMES;ZUSA;STATUT;DATE DEBUT;DATE FIN", *spans)
    referrals = written("ORI.csv", "ZMES;DATE;DOMAINE", *(f"M00{n};1{n}/05/2023;Santé" for n in (1, 2, 3, 3)))
    columns = proposed(project, young, follow_ups, referrals)
    assert columns["USA.csv"]["ZUSA"] == columns["MES.csv"]["ZUSA"] == "personne.identifiant"
    assert (columns["MES.csv"]["ZMES"], columns["ORI.csv"]["ZMES"]) == ("suivis.id_suivi",) * 2


def test_durations_under_names_are_the_hours_of_each_educator(project: Path) -> None:
    rows = ("08/01/2024;Carvin;2h30;02:30;", "09/01/2024;Oignies;;3h;1h", "10/01/2024;Carvin;2h;;2h")
    file = written("Présence de rue.csv", "Date;Commune;NB;Karim;Sonia", *rows)
    assert proposed(project, file)[file]["Karim"] == "temps[educateur=Karim].heures"
    filled = filled_as_proposed(project, file)["temps"]
    assert [row["heures"] for row in filled] == ["2.5", "2.5", "3", "1", "2", "2"]
    assert {row["activite"] for row in filled} == {"travail_de_rue"}
    assert {row["educateur"] for row in filled if row["educateur"] != "NB"} >= {filled[1]["educateur"]}
    assert not {"Karim", "Sonia"} & {row["educateur"] for row in filled}
    under_way = asking.open_import([Path(file)], load_service(project / "params"), project, {})
    plan = asking.answered(under_way, lambda few: {one.key: one.choices[0].answer for one in few})
    said = telling.educators_words(under_way.fill(plan, bytes(32)))
    assert f"  Karim : {filled[1]['educateur']}\n" in said
    assert "NB" not in said


def test_cancelled_rows_are_proposed_to_be_left_out(project: Path) -> None:
    rows = [f"{n:02}/03/2024;Carvin;Nadia;rue;2;{'Annulé' if n == 5 else 'Réalisé'}" for n in range(1, 12)]
    file = written("actes.csv", "Date;Commune;Éducateur;Activité;Heures;Avancement", *rows)
    assert proposed(project, file)[file]["Avancement"] == "lignes écartées : Annulé"
    assert len(filled_as_proposed(project, file)["temps"]) == 10


def test_what_cannot_be_is_not_proposed(project: Path) -> None:
    names = [f"ACT-6221{n};0{n}/05/2024;Carvin;{n + 3};{10 + n}" for n in range(1, 6)]
    file = written("temps.csv", "N° acte;Date;Commune;Heures;Nb de jeunes vus", *names)
    columns = proposed(project, file)[file]
    assert not {"commune", "personne"} & {columns[h].split(".")[-1] for h in ("N° acte", "Nb de jeunes vus")}
    assert not columns["Nb de jeunes vus"].startswith("personne")
    young = [f"D{n};F;0{n}/02/2024;1{n}" for n in range(1, 6)]  # days of this year are nobody's birth, counts no day
    file = written("suivi.csv", "N° dossier;Sexe;Le;Contacts", *young)
    columns = proposed(project, file)[file]
    assert columns["Le"] != "jeunes.date_naissance"
    assert columns["Contacts"] != "jeunes.premier_contact"


def test_an_educator_with_a_number_after_a_name_has_a_pseudonym() -> None:
    made = Pseudonyms(bytes(32))
    assert [made.educator(code) for code in ("AB 2", "EDU-01", "KMR2")] == ["AB 2", "EDU-01", "KMR2"]
    assert made.educator("TOM 2").startswith("EDU-")


def test_answers_of_a_form_are_cut_at_its_own_marks(project: Path) -> None:
    rows = ("D1\tF\t2024\tMission locale;#ASE", "D2\tG\t2024\tASE", "D3\tG\t2024\tMission locale")
    file = written("jeunes.csv", "N° dossier\tSexe\tAnnée\tCo-accompagné avec", *rows)
    filled = filled_as_proposed(project, file)["co_accompagnements"]
    assert sorted(row["partenaire"] for row in filled) == ["ase", "ase", "mission_locale", "mission_locale"]


def test_a_word_is_read_otherwise_without_opening_the_rules(project: Path) -> None:
    under_way = asking.open_import([Path(export(project))], load_service(project / "params"), project, {})
    typed = iter(["Féminin", "3"])
    change = asking.reread_in_terminal(under_way.plan(), lambda _: next(typed), lambda _: None)
    under_way.answers.update(change)
    assert under_way.plan().values["jeunes.sexe"]["Féminin"] == next(iter(change.values())) != "F"


def test_enter_chooses_no_commune_and_no_code_that_nothing_says(project: Path) -> None:
    file = written("locaux.csv", "Date;N° dossier;Lieu", "03/01/2024;D1;Local", "04/01/2024;D2;Local")
    plan = asking.open_import([Path(file)], load_service(project / "params"), project, {}).plan()
    (commune,) = [one for one in plan.questions if one.key.endswith("presences.commune")]
    assert commune.choices[0].answer == ""
