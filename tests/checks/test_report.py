"""The audit's page and its data, what a director reads and a machine does; what the service accepts of it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from rlpipeline.checks.audit import LISTED, Audit, summary, to_data, to_html, write_audit
from rlpipeline.checks.model import Discrepancy, Location, covers, sort_out
from rlpipeline.errors import SettingsError
from rlpipeline.page_templates import typographic
from rlpipeline.settings.acceptances import CHECKS, Acceptance, read_acceptances

KEY = "marge:situations/2023/service/total/15_18:accompagnes"
WRONG = Discrepancy(
    check="marge",
    message="Deux totaux diffèrent : « A & B » <total>.",
    first=Location("indicateurs.csv", "situations, ligne total"),
    first_value="45",
    second=Location("rapport.html", "accompagnes, ligne 15_18"),
    second_value="46",
    blocking=True,
    key=KEY,
)
TYPED = Discrepancy(
    "chiffre_non_lie",
    "Un nombre.",
    Location("rapport.html", "« quatre »"),
    "quatre",
    None,
    "lié",
    False,
    "k:1",
)
NOTHING = Audit(2023, "Service d'Ambérieu", "Rapport", False, (), (), dict.fromkeys(CHECKS, 10))
REFUSED = replace(NOTHING, findings=(WRONG, TYPED), counts={"marge": 1_204})
ACCEPTED = replace(
    NOTHING, accepted=((WRONG, Acceptance(controle="marge", cle=KEY, raison="Deux exports.")),)
)


def page(audit: Audit) -> BeautifulSoup:
    return BeautifulSoup(to_html(audit), "html.parser")


def text(audit: Audit) -> str:
    return " ".join(page(audit).get_text(" ").split())


def test_a_publication_without_a_finding_says_so_first() -> None:
    verdict = page(NOTHING).select_one(".verdict")
    assert verdict is not None
    assert "Rien ne s’oppose" in verdict.get_text()
    assert "refus" not in (verdict.get("class") or [])
    assert f"Vérifications faites {10 * len(CHECKS)}" in text(NOTHING)


def test_a_finding_names_its_rule_both_places_both_values_and_its_key() -> None:
    told = text(REFUSED)
    for words in (
        WRONG.message,
        "45",
        "46",
        "situations, ligne total",
        "rapport.html, accompagnes",
        KEY,
    ):
        assert words in told
    rule = typographic(CHECKS["marge"])
    assert f"Règle : {rule[0].lower()}{rule[1:]}." in told
    assert "1 écart empêche la publication" in told


def test_every_check_has_a_line_with_its_counts_or_says_that_it_was_not_made() -> None:
    rows = page(REFUSED).select(".controles tbody tr")
    assert [row.th.get_text() for row in rows if row.th] == [
        typographic(one) for one in CHECKS.values()
    ]
    cells = {
        row.th.get_text(): [cell.get_text() for cell in row.select("td")] for row in rows if row.th
    }
    assert cells[typographic(CHECKS["marge"])] == ["1\u202f204"]
    assert cells[typographic(CHECKS["chiffre_non_lie"])] == ["non fait"]


def test_an_accepted_finding_is_shown_with_its_reason_and_prevents_nothing() -> None:
    assert ACCEPTED.blocking == ()
    assert "Accepté : Deux exports." in text(ACCEPTED)
    assert "hors les écarts acceptés" in text(ACCEPTED)


def test_nothing_to_accept_has_no_model() -> None:
    assert page(NOTHING).select_one(".modele") is None


def test_the_model_of_acceptance_is_the_first_finding_as_valid_yaml(tmp_path: Path) -> None:
    model = page(REFUSED).select_one(".modele")
    assert model is not None
    (tmp_path / "2023").mkdir()
    (tmp_path / "2023" / "ecarts.yml").write_text(model.get_text(), encoding="utf-8")
    (accepted,) = read_acceptances(tmp_path, 2023)
    assert covers(accepted, WRONG)


def test_findings_alike_stand_under_one_heading_and_long_lists_are_cut() -> None:
    many = tuple(replace(WRONG, key=f"{KEY}{number}") for number in range(LISTED + 3))
    found = page(replace(REFUSED, findings=many))
    assert [heading.get_text() for heading in found.select("article h3")] == [
        f"{typographic(WRONG.message)} ({LISTED + 3} fois)"
    ]
    assert len(found.select("article dl")) == LISTED
    assert "Et 3 autres" in found.get_text()


def test_data_says_the_same_as_the_page(tmp_path: Path) -> None:
    write_audit(REFUSED, tmp_path)
    data = json.loads((tmp_path / "audit.json").read_text(encoding="utf-8"))
    assert data == to_data(REFUSED)
    assert data["publiable"] is False
    assert [one["cle"] for one in data["ecarts"]] == [KEY, "k:1"]
    assert data["ecarts"][0]["premier"] == {
        "fichier": WRONG.first.file,
        "lieu": WRONG.first.where,
        "valeur": "45",
    }
    assert (tmp_path / "audit.html").read_text(encoding="utf-8") == to_html(REFUSED)


@pytest.mark.parametrize(
    ("audit", "words"),
    [
        (NOTHING, f"{10 * len(CHECKS)} vérifications des chiffres (audit.html)"),
        (
            REFUSED,
            "1\u202f204 vérifications des chiffres, 1 écart, 1 point à vérifier (audit.html)",
        ),
        (ACCEPTED, f"{10 * len(CHECKS)} vérifications des chiffres, 1 écart accepté (audit.html)"),
    ],
)
def test_the_summary_is_one_line(audit: Audit, words: str) -> None:
    assert summary(audit) == words


PLACE = Location("indicateurs.csv", "ligne total")


def finding(key: str = KEY, values: tuple[str, str] = ("1\u202f045", "1\u202f046")) -> Discrepancy:
    return Discrepancy(
        key.partition(":")[0],
        "Deux totaux diffèrent.",
        PLACE,
        values[0],
        PLACE,
        values[1],
        True,
        key,
    )


def read(tmp_path: Path, text: str) -> tuple[Acceptance, ...]:
    path = tmp_path / "2023" / "ecarts.yml"
    path.parent.mkdir()
    path.write_text(text, encoding="utf-8")
    return read_acceptances(tmp_path, 2023)


def one(values: str = "") -> str:
    return f'ecarts:\n  - controle: marge\n    cle: "{KEY}"\n    raison: "Deux exports."\n{values}'


def test_what_is_accepted_no_longer_stands_and_keeps_its_reason(tmp_path: Path) -> None:
    other = finding("marge:durees/2023/service/total/15_18:accompagnes")
    standing, accepted = sort_out([finding(), other], read(tmp_path, one()))
    assert standing == [other]
    assert [(found.key, acceptance.raison) for found, acceptance in accepted] == [
        (KEY, "Deux exports.")
    ]


def test_values_are_compared_whatever_their_spaces(tmp_path: Path) -> None:
    accepted = read(tmp_path, one('    valeurs: ["1 045", "1 046"]\n'))
    assert sort_out([finding()], accepted)[0] == []


def test_other_values_at_the_same_place_are_not_accepted(tmp_path: Path) -> None:
    accepted = read(tmp_path, one('    valeurs: ["1 045", "1 046"]\n'))
    changed = finding(values=("1\u202f045", "1\u202f050"))
    still, told = sort_out([changed], accepted)[0]
    assert still == changed
    assert (told.check, told.blocking) == ("ecart_perime", False)
    assert "autres valeurs" in told.message
    assert told.second_value == "1\u202f045 et 1\u202f050"


def test_an_acceptance_that_no_longer_occurs_is_told_with_the_nearest_key(tmp_path: Path) -> None:
    near = finding(KEY.replace("15_18", "19_21"))
    _, told = sort_out([near], read(tmp_path, one()))[0]
    assert (told.check, told.blocking) == ("ecart_perime", False)
    assert near.key in told.second_value
    assert KEY in told.first.where


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (one().replace("marge\n", "marges\n"), "le plus proche est « marge »"),
        (one().replace("raison", "motif"), "raison"),
        (one().replace('"Deux exports."', '""'), "texte vide"),
        (one().replace('"Deux exports."', '"  "'), "texte vide"),
        (one().replace('"marge:', '"cohorte:'), "doit commencer par « marge: »"),
        (one('    valeurs: ["45"]\n'), "deux valeurs attendues"),
        (one() + one().removeprefix("ecarts:\n"), "accepté deux fois"),
        ("- marge\n", "clés"),
    ],
)
def test_a_wrong_file_is_told_with_what_to_do(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read(tmp_path, text)
    assert words in str(caught.value)
    assert "ecarts.yml" in str(caught.value)
