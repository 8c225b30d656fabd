"""What a page to share must not tell: few persons, one person; and all that may be said of young people in general."""

from __future__ import annotations

from typing import Any

import pytest

from rlpipeline.prose.persons import Few, scan_persons
from rlpipeline.published.prose import typed_blocks
from rlpipeline.records.personal import given_names
from tests.audit.prose import persons_fresh
from tests.audit.prose.pages import prose
from tests.audit.prose.persons_table import GENERAL, TELLING

THRESHOLD = 5


def scan_page(page: str, *told: Any, **more: Any) -> tuple[Few, ...]:
    """What a page tells of few persons."""
    return scan_persons(typed_blocks(page), *told, **more)


def test_recall_and_precision_on_the_sentences() -> None:
    assert [sentence for sentence in TELLING if not scan_page(prose(sentence), THRESHOLD)] == []
    assert [sentence for sentence in GENERAL if scan_page(prose(sentence), THRESHOLD)] == []


@pytest.mark.parametrize(
    ("number", "stops"), [("4", True), ("5", False), ("quatre", True), ("0", False), ("cinq", False)]
)
def test_the_threshold_is_the_least_number_that_may_be_told(number: str, stops: bool) -> None:
    for written in (number, f"(({number}))"):
        assert bool(scan_page(prose(f"Nous avons reçu {written} jeunes."), THRESHOLD)) is stops


def test_a_bound_figure_without_its_noun_has_the_unit_of_its_figure() -> None:
    page = prose("Le total est [[3]].")
    assert scan_page(page, THRESHOLD, lambda attributes: "heures") == ()
    (few,) = scan_page(page, THRESHOLD, lambda attributes: "jeunes")
    assert few.words == "3"


def test_what_stops_says_its_text_and_its_sentence() -> None:
    (few,) = scan_page(prose("Bonjour. Nous avons vu 3 jeunes. Merci.", "durees"), THRESHOLD)
    assert (few.texte, few.words, few.sentence) == ("durees", "3 jeunes", "Nous avons vu 3 jeunes.")
    assert "plus petit que 5" in few.reason


def test_sentences_written_before_the_scanner_was_read() -> None:
    telling, general = (
        persons_fresh.TELLING + persons_fresh.SECOND_TELLING,
        persons_fresh.GENERAL + persons_fresh.SECOND_GENERAL,
    )
    names = given_names()
    assert (len(telling), len(general)) == (50, 50)
    missed = {sentence for sentence in telling if not scan_page(prose(sentence), THRESHOLD, names=names)}
    assert missed == persons_fresh.MISSED
    assert [sentence for sentence in general if scan_page(prose(sentence), THRESHOLD, names=names)] == []


@pytest.mark.parametrize(
    ("sentence", "stops"),
    [
        ("Avec Yanis, tout a commencé au stade.", True),
        ("L'équipe du collège Yanis reçoit tous les jours.", False),
        ("Yanis Belkacem, maire adjoint, a inauguré le local.", False),
        ("Les permanences ont lieu avec Sabrina, éducatrice.", False),
        ("La fête a lieu à Noël.", False),
    ],
)
def test_a_given_name_stops_unless_it_is_public(sentence: str, stops: bool) -> None:
    assert bool(scan_page(prose(sentence), THRESHOLD, names=given_names())) is stops
    assert scan_page(prose(sentence), THRESHOLD) == ()


def test_the_words_that_replace_a_picture_are_read_too() -> None:
    told = '<figure class="rl-photo"><img src="data:," alt="{}" width="1"><figcaption>La sortie</figcaption></figure>'
    (few,) = scan_page(told.format("Deux jeunes peignent l&#x27;entrée"), THRESHOLD)
    assert (few.texte, few.words) == ("images", "Deux jeunes")
    assert scan_page(told.format("Un mur peint"), THRESHOLD) == ()
