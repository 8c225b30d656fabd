import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from rlpipeline.records import findings as module
from rlpipeline.records.findings import (
    CODES,
    finding,
    grouped,
    render_json,
    render_text,
    sorted_findings,
    where,
)

PACKAGE = Path(module.__file__).parent


def test_every_code_is_used_and_every_code_used_is_known() -> None:
    sources = "".join(path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py") if path.name != "findings.py")
    used = set(re.findall(r'"([EAP]\d{3})"', sources))
    assert used == set(CODES)


def test_an_unknown_code_is_refused() -> None:
    with pytest.raises(KeyError):
        finding("E999", "jeunes", "…")


def test_causes_come_before_their_consequences() -> None:
    items = [
        finding("E202", "suivis", "Rien là.", 2, "id_jeune"),
        finding("A003", "actions", "Absente."),
        finding("E006", "jeunes", "Mal découpée.", 7),
        finding("E101", "jeunes", "Illisible.", 2),
        finding("E003", "jeunes", "Vide."),
        finding("A001", "jeune", "Inconnue."),
        finding("E010", "", "Fermée."),
    ]
    told = [item.message for item in sorted_findings(items)]
    assert told == ["Fermée.", "Inconnue.", "Vide.", "Mal découpée.", "Illisible.", "Rien là.", "Absente."]


def test_findings_of_cells_are_sorted_by_table_line_column() -> None:
    items = [
        finding("E101", "suivis", "a", 2, "date_fin"),
        finding("E101", "jeunes", "b", 10, "commune"),
        finding("E101", "jeunes", "c", 9, "sexe"),
        finding("E101", "jeunes", "d", 9, "commune"),
        finding("A003", "jeunes", "e"),
    ]
    assert [item.message for item in sorted_findings(items)] == ["e", "d", "c", "b", "a"]


def test_optional_tables_that_are_absent_are_one_line_below_the_rest() -> None:
    absent = [finding("A003", table, f"{table} absente") for table in ("actions", "temps", "demandes")]
    told = render_text([*absent, finding("P301", "jeunes", "Trop vieux.", 4, "date_naissance", "1970")])
    assert told.index("Trop vieux") < told.index("A003 : temps, actions, demandes") < told.index("4 avertissements")
    assert "absente\n" not in told
    assert "temps absente" in render_text(absent[1:2])


def test_json_holds_the_keys_of_the_contract() -> None:
    (item,) = json.loads(render_json([finding("E105", "jeunes", "Vide.", 3, "sexe")]))
    assert item == {
        "gravite": "erreur",
        "table": "jeunes",
        "ligne": 3,
        "colonne": "sexe",
        "valeur": None,
        "message": "Vide.",
        "code": "E105",
        "lignes": [3],
        "cle": None,
    }


def test_the_text_says_how_to_accept_what_is_implausible() -> None:
    by_key = replace(finding("P301", "jeunes", "Trop vieux.", 4, "date_naissance", "1970"), cle='J"1')
    by_value = finding("P402", "temps", "Deux façons.", 5, "educateur", "EDU-1")
    assert [line.strip() for line in render_text([by_key, by_value]).splitlines() if "raison" in line] == [
        r'- {code: P301, table: "jeunes", colonne: "date_naissance", valeur: "1970", cle: "J\"1", raison: "…"}',
        '- {code: P402, table: "temps", colonne: "educateur", valeur: "EDU-1", raison: "…"}',
    ]


def test_text_is_grouped_by_table_and_ends_with_the_counts() -> None:
    text = render_text(
        [
            finding("A002", "suivis", "Inconnue.", 1, "x"),
            finding("E103", "jeunes", "Code attendu.", 4, "sexe", "X"),
            finding("E003", "", "Fermée."),
        ]
    )
    assert text.splitlines() == [
        "Source",
        "  ERREUR E003, table entière",
        "      Fermée.",
        "",
        "Table jeunes",
        "  ERREUR E103, ligne 4, colonne sexe : « X »",
        "      Code attendu.",
        "",
        "Table suivis",
        "  avertissement A002, ligne 1, colonne x",
        "      Inconnue.",
        "",
        "2 erreurs, 1 avertissement : corriger les erreurs dans les données avant de faire le rapport.",
    ]


def test_no_finding() -> None:
    assert render_text([]) == "0 erreur, 0 avertissement : le rapport peut être fait."


def test_equal_findings_are_one_with_every_line() -> None:
    items = [finding("A101", "jeunes", "Gardé.", line, "commune", "62215") for line in (9, 2, 3, 4, 12)]
    (one,) = grouped(items)
    assert (one.ligne, one.lignes) == (2, (2, 3, 4, 9, 12))
    assert (
        where(one) == "table jeunes, ligne 2 et 4 autres, colonne commune : A101 (nombre de tableur gardé comme code)"
    )
    text = render_text([one])
    assert "lignes 2 à 4, 9 et 12, colonne commune : « 62215 »" in text
    assert text.count("Gardé.") == 1
    assert "0 erreur, 1 avertissement " in text


def test_findings_that_differ_by_more_than_their_line_stay_apart() -> None:
    items = [finding("E103", "jeunes", "Code.", 2, "sexe", value) for value in ("X", "Y", "X")]
    items += [finding("E103", "suivis", "Code.", 2, "sexe", "X"), finding("E001", "temps", "Absente.")]
    assert [item.lignes for item in grouped(items)] == [(2, 2), (2,), (2,), ()]


def test_control_characters_are_shown_not_obeyed() -> None:
    assert "\x1b" not in render_text([finding("E109", "jeunes", "…", 2, "quartier", "a\x1b[31mb\x00")])


def test_a_long_value_is_cut() -> None:
    value = finding("E110", "jeunes", "…", valeur="x" * 5000).valeur
    assert value is not None
    assert len(value) < 120
    assert "5000 caractères" in value


def test_the_form_for_logs_holds_no_value() -> None:
    item = finding("E302", "jeunes", "La valeur « Dupont » …", 3, "id_jeune", "Dupont")
    assert where(item) == "table jeunes, ligne 3, colonne id_jeune : E302 (donnée personnelle)"
