"""Every rule of the records, through every kind of source.

Slow: kinds other than CSV, which differ by what their reader gives the same rules.
"""

import re
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest

from rlpipeline.records.findings import Finding
from rlpipeline.records.store import check, load
from rlpipeline.records.tables import TABLES
from rlpipeline.settings.models import Service, load_service
from tests.records.conftest import DATABASES, KINDS, Write
from tests.records.sample import Sheets, faulty, sample, without_absences
from tests.records.writers import write_csv

every_kind = pytest.mark.parametrize(
    "kind",
    [kind if kind == "csv" else pytest.param(kind, marks=pytest.mark.slow) for kind in KINDS],
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
orientations 5 E302 partenaire | participations 5 E201 id_action, public
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
def test_every_fault_of_a_row_is_found_at_once(kind: str, write: Write, service: Service) -> None:
    findings = check(write(faulty()), service)
    if kind in DATABASES:
        found = Counter((item.table, item.code, item.colonne) for item in findings)
        assert found == Counter(
            (table, code, column) for table, _, code, column in expected_faults(kind)
        )
    else:
        assert sorted(
            (item.table, item.ligne, item.code, item.colonne) for item in findings
        ) == sorted(expected_faults(kind))


def test_an_absent_table_and_an_absent_column_hold_nothing(write: Write, service: Service) -> None:
    tables: Sheets = {
        name: rows
        for name, rows in sample().items()
        if name in ("jeunes", "suivis", "temps", "situations")
    }
    tables["temps"] = [row[:5] for row in tables["temps"]]
    tables["situations"] = [row[:3] for row in tables["situations"]]
    records, findings = load(write(tables), service)
    assert {item.code for item in findings} == {"I001"}
    assert "actions" not in records.present
    assert records["actions"].empty
    assert records["temps"]["en_ligne"].tolist() == [False, False, False]
    assert records["situations"]["commune"].isna().all()
    assert str(records["situations"]["commune"].dtype) == "str"


def test_the_order_of_rows_never_matters(write: Write, tmp_path: Path, service: Service) -> None:
    expected, _ = load(write(sample()), service)
    turned: Sheets = {name: [rows[0], *reversed(rows[1:])] for name, rows in sample().items()}
    records, _ = load(write_csv(turned, tmp_path / "turned"), service)
    for table in TABLES:
        pd.testing.assert_frame_equal(records[table.name], expected[table.name])


def test_references_to_a_table_that_cannot_be_read_are_no_error(
    write: Write, service: Service
) -> None:
    source = Path(write(sample()))
    (source / "actions.csv").write_bytes(b"")
    assert codes(check(str(source), service)) == [("E003", "actions")]


def test_an_unknown_column_about_young_people_is_searched_too(
    write: Write, service: Service
) -> None:
    tables = sample("jeunes")
    tables["jeunes"] = [
        [*row, text]
        for row, text in zip(tables["jeunes"], ["remarque", "", "06 12 34 56 78", ""], strict=True)
    ]
    found = [(item.code, item.ligne, item.colonne) for item in checked(write(tables), service)]
    assert found == [("A002", 1, "remarque"), ("E302", 3, "remarque")]


def test_decomposed_accents_and_spaces_make_no_difference(
    write: Write, tmp_path: Path, service: Service
) -> None:
    expected, _ = load(write(sample()), service)
    tables = sample()
    tables["jeunes"][1][4] = " Cite\u0301 Saint-E\u0301loi\u00a0"
    tables["jeunes"][1][1] = "F "
    records, findings = load(write_csv(tables, tmp_path / "other"), service)
    assert findings == []
    pd.testing.assert_frame_equal(records["jeunes"], expected["jeunes"])


def test_the_demonstration_records_have_no_finding(root: Path) -> None:
    assert check(str(root / "data" / "exemple"), load_service(root / "params")) == []
