import re
from pathlib import Path

from rlpipeline.records import findings as module
from rlpipeline.records.findings import (
    CODES,
    finding,
    grouped,
    render_text,
    sorted_findings,
    where,
)
from rlpipeline.records.tables import SENTENCES

PACKAGE = Path(module.__file__).parent


def test_every_code_is_used_and_every_code_used_is_known() -> None:
    sources = "".join(path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py"))
    used = set(re.findall(r'"([EAPQI]\d{3})\b', sources))
    assert used == set(CODES) == {name[:4] for name in SENTENCES}


def test_causes_come_before_their_consequences() -> None:
    items = [
        finding("E202", "suivis", 2, "id_jeune", message="Rien là."),
        finding("I001", "actions", message="Absente."),
        finding("E006", "jeunes", 7, message="Mal découpée."),
        finding("E101", "jeunes", 2, message="Illisible."),
        finding("E003", "jeunes", message="Vide."),
        finding("A001", "jeune", message="Inconnue."),
        finding("E010", "", message="Fermée."),
    ]
    told = [item.message for item in sorted_findings(items)]
    assert told == [
        "Fermée.",
        "Inconnue.",
        "Vide.",
        "Mal découpée.",
        "Illisible.",
        "Rien là.",
        "Absente.",
    ]


def test_many_lines_are_told_by_their_first_and_controls_are_shown() -> None:
    items = [finding("A101", "jeunes", line, "co\x1b[m", "1", "Gardé.") for line in range(1, 40, 3)]
    text = render_text(grouped(items))
    assert "lignes 1, 4, 7, 10, 13, 16, 19, 22 et 5 autres, colonne co\\x1b[m" in text
    assert "\x1b" not in text


def test_equal_findings_are_one_with_every_line() -> None:
    items = [
        finding("A101", "jeunes", line, "commune", "62215", "Gardé.") for line in (9, 2, 3, 4, 12)
    ]
    (one,) = grouped(items)
    assert (one.ligne, one.lignes) == (2, (2, 3, 4, 9, 12))
    assert (
        where(one)
        == "table jeunes, ligne 2 et 4 autres, colonne commune : A101 (nombre de tableur gardé comme code)"
    )
    text = render_text([one])
    assert "lignes 2 à 4, 9 et 12, colonne commune : « 62215 »" in text
    assert text.count("Gardé.") == 1
    assert "0 erreur, 1 avertissement " in text


def test_questions_are_counted_apart() -> None:
    items = [
        finding("P310", "territoires", 2, message="Faux."),
        finding("Q602", "jeunes", message="Vrai ?"),
        finding("Q601", "temps", message="Absent ?"),
    ]
    text = render_text(items)
    assert "0 erreur, 1 avertissement, 2 questions : le rapport peut être fait." in text
    assert "  question Q602, table entière\n      Vrai ?\n      - {code: Q602, table" in text


def test_control_characters_are_shown_not_obeyed() -> None:
    assert "\x1b" not in render_text([finding("E109", "jeunes", 2, "quartier", "a\x1b[31mb\x00")])


def test_a_long_value_is_cut() -> None:
    value = finding("E110", "jeunes", valeur="x" * 5000).valeur
    assert value is not None
    assert len(value) < 120
    assert "5000 caractères" in value


def test_the_form_for_logs_holds_no_value() -> None:
    item = finding("E302", "jeunes", 3, "id_jeune", "Dupont", "La valeur « Dupont » …")
    assert where(item) == "table jeunes, ligne 3, colonne id_jeune : E302 (donnée personnelle)"
