"""Every rule of the records, through every kind of source.

Slow: kinds other than CSV, which differ by what their reader gives the same rules.
"""

import re
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest

from rlpipeline.records import TABLES, check, load
from rlpipeline.records.findings import Finding
from rlpipeline.settings.models import Service, load_service
from tests.records.conftest import DATABASES, KINDS, Write
from tests.records.sample import Sheets, faulty, sample, without_absences
from tests.records.writers import write_csv

every_kind = pytest.mark.parametrize(
    "kind", [kind if kind == "csv" else pytest.param(kind, marks=pytest.mark.slow) for kind in KINDS]
)
"""Sheets and databases are read alike whichever wrote them: one of each is tried before the others."""

FAULTS = """
actions 5 E201 id_action | actions 5 E105 libelle | actions 5 E106 seances | actions 5 E108 jours
actions 5 E101 nb_partenaires | co_accompagnements 4 E201 id_jeune, annee, partenaire | demandes 4 E105 suite
demandes 4 E103 tranche_age | diagnostics 4 E110 commentaire | diagnostics 4 E106 note
diagnostics 4 E201 annee, commune, quartier, indicateur | financements 4 E101 montant_eur | jeunes 5 E104 commune
jeunes 5 E102 date_naissance | jeunes 5 E102 premier_contact | jeunes 5 E103 sexe | jeunes 6 E103 commune
jeunes 6 E102 date_naissance | jeunes 6 E101 premier_contact | jeunes 6 E105 sexe | jeunes 7 E102 date_naissance
jeunes 7 E201 id_jeune | jeunes 7 E105 premier_contact | jeunes 7 E302 quartier | jeunes 8 E103 commune
jeunes 8 E101 date_naissance | jeunes 8 E302 id_jeune | jeunes 8 E302 quartier | orientations 4 A201 date
orientations 5 E302 partenaire | orientations 5 P601 partenaire | participations 5 E201 id_action, public
participations 6 E202 id_action
participations 6 E101 nombre | participations 6 E103 public | personnel 3 E109 poste | presences 4 E202 id_jeune
problematiques 5 A201 annee | problematiques 6 E103 problematique | problematiques 7 E202 id_suivi
problematiques 7 E103 problematique | situations 4 E201 id_jeune, annee | situations 5 E101 annee
situations 5 E103 situation | suivis 5 E203 date_fin | suivis 6 E302 educateur | suivis 6 E204 motif_cloture
suivis 6 P401 date_debut | suivis 7 E101 date_debut | suivis 7 E202 id_jeune | suivis 7 E103 motif_cloture
suivis 7 E103 statut
temps 5 E105 educateur | temps 5 E101 en_ligne | temps 5 E101 heures | temps 6 E103 activite | temps 6 E106 heures
territoires 5 E201 territoire, indicateur, millesime
"""


def expected_faults(kind: str) -> list[tuple[str, int, str, str]]:
    items = [item.strip().split(" ", 3) for item in re.split(r"[|\n]", FAULTS) if item.strip()]
    faults = [(table, int(line), code, column) for table, line, code, column in items]
    if kind != "csv":
        # In the CSV file, the title of the action before takes two lines.
        faults = [(table, line - (table == "actions"), *rest) for table, line, *rest in faults]
    # Excel's own limit: its cells cannot hold the text that is too long.
    return [fault for fault in faults if kind != "xlsx" or fault[2] != "E110"]


def checked(source: str, service: Service) -> list[Finding]:
    """Findings of a part of the sample."""
    return without_absences(check(source, service))


def codes(findings: list[Finding]) -> list[tuple[str, str]]:
    return [(item.code, item.table) for item in findings]


@every_kind
def test_records_without_a_fault_give_the_same_frames(
    kind: str, write: Write, tmp_path: Path, service: Service
) -> None:
    expected, _ = load(write_csv(sample(), tmp_path / "reference"), service)
    records, findings = load(write(sample()), service)
    assert findings == []
    assert records.present == {table.name for table in TABLES}
    for table in TABLES:
        pd.testing.assert_frame_equal(records[table.name], expected[table.name])


@every_kind
def test_every_fault_of_a_row_is_found_at_once(kind: str, write: Write, service: Service) -> None:
    findings = check(write(faulty()), service)
    if kind in DATABASES:
        found = Counter((item.table, item.code, item.colonne) for item in findings)
        assert found == Counter((table, code, column) for table, _, code, column in expected_faults(kind))
    else:
        assert sorted((item.table, item.ligne, item.code, item.colonne) for item in findings) == sorted(
            expected_faults(kind)
        )


@every_kind
def test_findings_show_what_is_written_there(kind: str, write: Write, service: Service) -> None:
    findings = check(write(faulty()), service)
    shown = {(item.table, item.code, item.colonne, item.valeur) for item in findings}
    for fault in [
        ("jeunes", "E104", "commune", "1004"),
        ("jeunes", "E102", "premier_contact", "2023-17-05"),
        ("jeunes", "E302", "id_jeune", "Kevin DURAND"),
        ("suivis", "E203", "date_fin", "2023-05-01"),
        ("suivis", "E204", "motif_cloture", None),
        ("suivis", "E202", "id_jeune", "J99"),
        ("situations", "E201", "id_jeune, annee", "J1, 2023"),
        ("temps", "E101", "heures", "2h30"),
        ("actions", "E105", "libelle", None),
    ]:
        assert fault in shown


@every_kind
def test_tables_and_columns_that_are_missing_or_unknown(kind: str, write: Write, service: Service) -> None:
    tables = sample()
    del tables["suivis"], tables["problematiques"], tables["orientations"], tables["instances"]
    tables["congés"] = [["a"], ["b"]]
    tables["presences"] = [row[:2] + row[3:] + ["x"] for row in tables["presences"]]
    tables["presences"][0] = ["date", "commune", "id_jeune", "météo"]
    tables["jeunes"] = [row[:2] + row[3:] + [""] for row in tables["jeunes"]]
    tables["jeunes"][0][-1] = "nom"
    tables["jeunes"][1][-1] = "Dupont"
    findings = check(write(tables), service)
    assert [(item.code, item.table, item.colonne) for item in findings] == [
        ("A001", "congés", None),
        ("E002", "jeunes", "date_naissance"),
        ("E301", "jeunes", "nom"),
        ("E001", "suivis", None),
        ("A003", "problematiques", None),
        ("A003", "orientations", None),
        ("A002", "presences", "météo"),
        ("A003", "instances", None),
    ]
    header_line = None if kind in DATABASES else 1
    assert {item.ligne for item in findings if item.colonne} == {header_line}


@every_kind
def test_a_number_is_kept_as_a_code_with_a_warning(kind: str, write: Write, service: Service) -> None:
    tables = sample("presences")
    tables["presences"][1][1] = 62215
    tables["presences"][2][1] = 1004
    found = [(item.code, item.colonne, item.valeur) for item in checked(write(tables), service)]
    # In a CSV file, and in a column of text, nothing tells a number from its digits.
    warned = [] if kind in ("csv", "postgresql") else [("A101", "commune", "62215")]
    assert sorted(found) == [*warned, ("E104", "commune", "1004")]


@every_kind
def test_a_table_with_headers_alone_is_there_without_rows(kind: str, write: Write, service: Service) -> None:
    tables = sample()
    tables["temps"] = tables["temps"][:1]
    records, findings = load(write(tables), service)
    assert findings == []
    assert "temps" in records.present
    assert records["temps"].empty


@every_kind
def test_an_absent_table_and_an_absent_column_hold_nothing(kind: str, write: Write, service: Service) -> None:
    tables: Sheets = {
        name: rows for name, rows in sample().items() if name in ("jeunes", "suivis", "temps", "situations")
    }
    tables["temps"] = [row[:5] for row in tables["temps"]]
    tables["situations"] = [row[:3] for row in tables["situations"]]
    records, findings = load(write(tables), service)
    assert {item.code for item in findings} == {"A003"}
    assert "actions" not in records.present
    assert records["actions"].empty
    assert records["temps"]["en_ligne"].tolist() == [False, False, False]
    assert records["situations"]["commune"].isna().all()
    assert str(records["situations"]["commune"].dtype) == "str"


@every_kind
def test_reading_changes_nothing(kind: str, write: Write, tmp_path: Path, service: Service) -> None:
    source = write(faulty())
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in tmp_path.rglob("*") if path.is_file()}
    folders = {path: path.stat().st_mtime_ns for path in (tmp_path, *tmp_path.rglob("*")) if path.is_dir()}
    check(source, service)
    after = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in tmp_path.rglob("*") if path.is_file()}
    assert after == before
    assert {path: path.stat().st_mtime_ns for path in folders} == folders


def test_births(write: Write, service: Service) -> None:
    records, _ = load(write(sample()), service)
    jeunes = records["jeunes"].set_index("id_jeune")
    assert jeunes.loc["J1", "date_naissance"] == pd.Timestamp("2008-05-17")
    assert jeunes["annee_naissance"].tolist() == [2008, 2006, pd.NA]
    assert jeunes["date_naissance"].isna().tolist() == [False, True, True]


def test_numbers_not_communicated(write: Write, service: Service) -> None:
    records, _ = load(write(sample()), service)
    assert records["temps"]["heures"].isna().sum() == 2
    assert records["participations"]["nombre"].isna().tolist() == [False, True, False]
    assert records["participations"]["nombre"].tolist()[2] == 1055


def test_the_order_of_rows_never_matters(write: Write, tmp_path: Path, service: Service) -> None:
    expected, _ = load(write(sample()), service)
    turned: Sheets = {name: [rows[0], *reversed(rows[1:])] for name, rows in sample().items()}
    records, _ = load(write_csv(turned, tmp_path / "turned"), service)
    for table in TABLES:
        pd.testing.assert_frame_equal(records[table.name], expected[table.name])


def test_a_paei_left_for_another_status_has_a_reason_and_an_asep_needs_none(write: Write, service: Service) -> None:
    tables = sample("suivis")
    tables["suivis"] += [
        ["S7", "J1", "PAEI", "2023-07-01", "2023-08-01", "changement_statut", ""],
        ["S8", "J1", "ASEP", "2023-07-01", "2023-08-01", "", ""],
    ]
    assert checked(write(tables), service) == []


def test_the_last_day_of_a_follow_up_is_inside_it(write: Write, service: Service) -> None:
    tables = sample("problematiques", "orientations")
    tables["orientations"] += [
        ["S1", day, "loisirs", ""] for day in ("2022-03-01", "2022-02-28", "2023-06-30", "2023-07-01")
    ]
    tables["problematiques"] += [["S2", "2022", "logement"], ["S2", "2030", "logement"]]
    found = [(item.code, item.table, item.valeur) for item in checked(write(tables), service)]
    assert found == [
        ("A201", "problematiques", "2022"),
        ("P308", "problematiques", "2030"),
        ("A201", "orientations", "2022-02-28"),
        ("A201", "orientations", "2023-07-01"),
    ]


def test_references_to_a_table_that_is_absent_are_one_error(write: Write, service: Service) -> None:
    tables = sample()
    del tables["actions"]
    assert codes(check(write(tables), service)) == [("A003", "actions"), ("E202", "participations")]


def test_references_to_a_table_that_cannot_be_read_are_no_error(write: Write, service: Service) -> None:
    source = Path(write(sample()))
    (source / "actions.csv").write_bytes(b"")
    assert codes(check(str(source), service)) == [("E003", "actions")]


def test_an_unknown_column_about_young_people_is_searched_too(write: Write, service: Service) -> None:
    tables = sample("jeunes")
    tables["jeunes"] = [
        [*row, text] for row, text in zip(tables["jeunes"], ["remarque", "", "06 12 34 56 78", ""], strict=True)
    ]
    found = [(item.code, item.ligne, item.colonne) for item in checked(write(tables), service)]
    assert found == [("A002", 1, "remarque"), ("E302", 3, "remarque")]


def test_tables_about_the_service_may_name_people(write: Write, service: Service) -> None:
    tables = sample("partenaires")
    tables["partenaires"][1][1] = "Centre Kevin DURAND"
    assert checked(write(tables), service) == []


def test_decomposed_accents_and_spaces_make_no_difference(write: Write, tmp_path: Path, service: Service) -> None:
    expected, _ = load(write(sample()), service)
    tables = sample()
    tables["jeunes"][1][4] = " Cite\u0301 Saint-E\u0301loi\u00a0"
    tables["jeunes"][1][1] = "F "
    records, findings = load(write_csv(tables, tmp_path / "other"), service)
    assert findings == []
    pd.testing.assert_frame_equal(records["jeunes"], expected["jeunes"])


def test_the_demonstration_records_have_no_finding(root: Path) -> None:
    assert check(str(root / "data" / "exemple"), load_service(root / "params")) == []


@every_kind
def test_words_are_read_as_their_codes_and_silently(kind: str, write: Write, tmp_path: Path, service: Service) -> None:
    expected, _ = load(write_csv(sample(), tmp_path / "reference"), service)
    tables = sample()
    tables["jeunes"][1][1], tables["jeunes"][1][3] = "Fille", "carvin"
    tables["jeunes"][3][1], tables["jeunes"][3][3] = "non renseigné", "Hors des communes du service"
    tables["suivis"][1][2] = "Accompagnement individuel"
    tables["situations"][1][2] = "Collège"
    tables["problematiques"][1][2] = "LOGEMENT"
    tables["actions"][1][3] = "Action collective"
    tables["participations"][1][1] = "11-14 ans"
    tables["demandes"][1][4] = "Acceptée"
    tables["territoires"][1][0], tables["territoires"][1][2] = "CARVIN", "Commune"
    records, findings = load(write(tables), service)
    assert findings == []
    for table in TABLES:
        pd.testing.assert_frame_equal(records[table.name], expected[table.name])


@every_kind
def test_findings_of_one_cause_are_one_with_every_line(kind: str, write: Write, service: Service) -> None:
    tables = sample("presences")
    tables["presences"] += [["2023-02-04", "44600", f"Lieu {place}", "J1"] for place in range(30)]
    tables["presences"] += [["2023-02-04", "62220", f"Lieu {place}", "J1"] for place in range(20)]
    tables["presences"] += [["2023-02-04", "62215", f"Lieu {place}", "J1"] for place in range(30)]
    findings = checked(write(tables), service)
    assert {(item.code, item.colonne, item.valeur) for item in findings} == {
        ("E103", "commune", "44600"),
        ("P211", "commune", "62220"),
    }
    lines = {item.code: item.lignes for item in findings}
    assert {code: len(of_code) for code, of_code in lines.items()} == {"E103": 30, "P211": 20}
    for item in findings:
        assert item.ligne == item.lignes[0] == min(item.lignes)
    if kind not in DATABASES:
        assert lines == {"E103": tuple(range(4, 34)), "P211": tuple(range(34, 54))}
    else:
        assert "et 25 de plus" in next(item.message for item in findings if item.code == "E103")


@pytest.mark.parametrize("kind", ["csv", "xlsx", "ods", "sqlite"])
@pytest.mark.parametrize(("year", "line"), [("2023", 3), ("2024", 4)])
def test_a_typed_total_is_told_by_its_own_row(kind: str, write: Write, service: Service, year: str, line: int) -> None:
    tables = sample("financements")
    tables["financements"].insert(line - 1, [year, "TOTAL", "1 043,50", ""])
    (item,) = checked(write(tables), service)
    assert (item.code, item.valeur, item.ligne) == ("E205", "TOTAL", 2 + (year == "2024") if kind == "sqlite" else line)
    if kind == "sqlite":
        assert f"annee = {year}, financeur = TOTAL" in item.message


@every_kind
def test_references_to_a_table_without_a_row_are_one_error_a_table_after_their_cause(
    kind: str, write: Write, service: Service
) -> None:
    tables = sample()
    tables["jeunes"] = tables["jeunes"][:1]
    tables["suivis"] += [[f"S{number}", f"J{number}", "ASEP", "2023-01-02", "", "", ""] for number in range(10, 60)]
    findings = check(write(tables), service)
    assert codes(findings)[:2] == [("E003", "jeunes"), ("E202", "suivis")]
    assert "« suivis », « situations », « co_accompagnements », « presences »" in findings[0].message
    assert len(findings[1].lignes) == 53
    assert "53 lignes sur 53" in findings[1].message


def test_a_few_broken_references_are_told_by_their_values(write: Write, service: Service) -> None:
    tables = sample("presences")
    young = {"a": "J7", "b": "J8", "c": "J7"}
    tables["presences"] += [["2023-02-04", "62215", place, one] for place, one in young.items()]
    found = [(item.code, item.valeur, item.lignes) for item in checked(write(tables), service)]
    assert found == [("E202", "J7", (4, 6)), ("E202", "J8", (5,))]


def test_a_table_that_refers_to_an_empty_one_and_is_empty_too_is_no_error(write: Write, service: Service) -> None:
    tables = {name: rows[:1] for name, rows in sample().items()}
    assert check(write(tables), service) == []


@every_kind
def test_numbers_that_cannot_be_true_are_errors(kind: str, write: Write, service: Service) -> None:
    tables = sample("temps", "actions", "participations", "financements")
    tables["temps"][1][4] = "99999999999999999999"
    tables["participations"][1][2] = "1000001"
    tables["financements"][1][2] = "10000000001"
    found = [(item.code, item.table, item.colonne) for item in checked(write(tables), service)]
    assert found == [
        ("E106", "temps", "heures"),
        ("E106", "participations", "nombre"),
        ("E106", "financements", "montant_eur"),
    ]


@every_kind
def test_three_hundred_unknown_columns_are_one_warning(kind: str, write: Write, service: Service) -> None:
    tables = sample("temps")
    names = [f"remarque_{number}" for number in range(299)]
    tables["temps"] = [[*row, *(["x"] * 300)] for row in tables["temps"]]
    tables["temps"][0][6:] = [*names, "commune_2"]
    (item,) = checked(write(tables), service)
    assert (item.code, item.table) == ("A002", "temps")
    assert item.colonne == ", ".join([*names, "commune_2"])
    assert "300 colonnes inconnues" in item.message
    assert "renommer « commune_2 » en « commune »" in item.message
