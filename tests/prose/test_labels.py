from __future__ import annotations

import sys
from typing import Any

import pytest

from rlpipeline.prose.persons import Few, scan_label, scan_persons
from rlpipeline.published.prose import typed_blocks
from rlpipeline.records.personal import given_names
from tests.prose.labels_table import (
    FALSE_ALARMS,
    HELD_OUT_ORDINARY,
    HELD_OUT_TELLING,
    LAST_ORDINARY,
    LAST_TELLING,
    MISSED,
    ORDINARY,
    REPORTED_ORDINARY,
    REPORTED_TELLING,
    TELLING,
)

THRESHOLD = 5
NAMES = given_names()


def scan_page(page: str, *told: Any, **more: Any) -> tuple[Few, ...]:
    """What a page tells of few persons."""
    return scan_persons(typed_blocks(page), *told, **more)


def stops(text: str) -> bool:
    return bool(scan_label(text, THRESHOLD, NAMES))


def test_cells_about_few_persons_stop_and_ordinary_labels_do_not(capsys: pytest.CaptureFixture[str]) -> None:
    telling = [
        *(text for _, _, text in TELLING),
        *REPORTED_TELLING,
        *HELD_OUT_TELLING,
        *LAST_TELLING,
    ]
    ordinary = [*ORDINARY, *REPORTED_ORDINARY, *HELD_OUT_ORDINARY, *LAST_ORDINARY]
    missed = {text for text in telling if not stops(text)}
    false = {text for text in ordinary if stops(text)}
    with capsys.disabled():
        sys.stdout.write(f"\nTextes libres : {len(missed)} manqué(s) sur {len(telling)}, {len(false)} ")
        sys.stdout.write(f"fausse(s) alerte(s) sur {len(ordinary)}\n")
    assert (missed, false) == (MISSED, FALSE_ALARMS)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Accueil d'une jeune de 24 ans enceinte", "jeune de 24 ans"),
        ("Sortie avec trois familles relogées", "trois familles"),
        ("Convention TIG pour Yanis", "Yanis"),
    ],
)
def test_the_words_that_stop_are_shown(text: str, words: str) -> None:
    assert words in {shown for shown, _ in scan_label(text, THRESHOLD, NAMES)}


def test_the_threshold_is_the_service_s() -> None:
    assert not scan_label("Séjour avec 8 jeunes", 5)
    assert scan_label("Séjour avec 8 jeunes", 11)


def test_a_title_before_a_name_is_not_an_initial() -> None:
    assert not scan_label("Atelier avec M. le principal", THRESHOLD, NAMES)
    assert scan_label("Atelier avec M. Lenoir", THRESHOLD, NAMES)
    assert {reason for _, reason in scan_label("Suivi de M., en foyer", THRESHOLD, NAMES)} == {
        "une personne est désignée par son initiale"
    }


@pytest.mark.parametrize("measures", ["mesures", "Mesures", "MESURES"])
def test_a_capital_does_not_decide_of_a_number_of_measures(measures: str) -> None:
    title = f"4 {measures} de responsabilisation"
    assert not scan_label(title, THRESHOLD)
    assert scan_label(f"{title} pour le collège Vinci", THRESHOLD)
    assert scan_page(f'<div class="rl-texte"><p>{title} ont été prises.</p></div>', THRESHOLD)
