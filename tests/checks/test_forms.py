"""Numbers and trends of a French text: how well they are found is measured on the sentences of the tables."""

from __future__ import annotations

import re
import sys
import time
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from rlpipeline.checks.forms import sentences, typed_numbers

SENTENCES = yaml.safe_load(Path(__file__).with_name("sentences.yml").read_text("utf-8"))
UNBOUND, CLEAN = SENTENCES["unbound"], SENTENCES["clean"]
BOUND = re.compile(r"\[\[.*?\]\]|\(\(.*?\)\)")


def typed(sentence: str) -> list[str]:
    return [number.words for number in typed_numbers(BOUND.sub("¤", sentence))]


def test_recall_and_precision_on_the_sentences(capsys: pytest.CaptureFixture[str]) -> None:
    assert len(UNBOUND) >= 60 and len(CLEAN) >= 60
    right = missed = false = 0
    for sentence, expected in [*UNBOUND, *((sentence, []) for sentence in CLEAN)]:
        found, wanted = Counter(typed(sentence)), Counter(expected)
        right += (found & wanted).total()
        missed += (wanted - found).total()
        false += (found - wanted).total()
    recall, precision = right / (right + missed), right / (right + false)
    with capsys.disabled():
        sys.stdout.write(
            f"\nNombres non liés : rappel {recall:.1%} ({missed} manqué), précision {precision:.1%} ({false} de trop)\n"
        )
    assert missed == len(SENTENCES["unbound_missed"])
    assert false == len(SENTENCES["clean_alarms"])
    assert recall > 0.98 and precision > 0.98


def test_dates_laws_levels_places_hours_ages_ranks_and_names_raise_nothing() -> None:
    asked = [sentence for sentence in CLEAN if sentence not in SENTENCES["clean_alarms"]]
    assert {sentence: found for sentence in asked if (found := typed(sentence))} == {}


@given(st.integers(2, 999_999).filter(lambda number: not 1900 <= number < 2100))
def test_any_integer_is_read_in_digits_grouped_as_in_french(number: int) -> None:
    written = f"{number:,}".replace(",", "\u202f")
    assert typed(f"Soit {written} km.") == [written]


@pytest.mark.parametrize(
    "words", ["dix-sept", "vingt et un", "soixante-dix", "quatre-vingt-onze", "deux cent trois"]
)
def test_a_number_in_words_is_one(words: str) -> None:
    assert typed(f"Il y a {words} séances.") == [words]


@given(
    st.text(
        st.sampled_from("deux vingt et un une cent 12 345,6 % h ans « » - / . L ème 2023 rue\n"),
        max_size=60,
    )
)
def test_numbers_stand_in_order_apart_and_where_they_say(text: str) -> None:
    found = typed_numbers(text)
    assert all(
        text[number.start : number.end] == number.words and number.words.strip() for number in found
    )
    assert all(one.end <= other.start for one, other in pairwise(found))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Un. Deux ! Trois ?", ["Un. ", "Deux ! ", "Trois ?"]),
        ("L'art. L. 121-2 s'applique. Il fonde.", ["L'art. L. 121-2 s'applique. ", "Il fonde."]),
        ("« Venez. » Ils viennent… 12 sont là.", ["« Venez. » ", "Ils viennent… ", "12 sont là."]),
        ("Soit 1.5 h. par jour", ["Soit 1.5 h. par jour"]),
    ],
)
def test_sentences_cover_the_text(text: str, expected: list[str]) -> None:
    assert [text[start:end] for start, end in sentences(text)] == expected


@pytest.mark.parametrize(
    "odd", ["123 " * 3000, "un deux " * 300, "a" * 20_000 + " 1", "3 sur " * 1000, "loi " * 2000]
)
def test_odd_texts_do_not_hold_the_build_up(odd: str) -> None:
    start = time.process_time()
    typed_numbers(odd)
    assert time.process_time() - start < 3


def test_what_counts_nothing_has_its_place_before_what_counts() -> None:
    assert typed_numbers("Un accueil ouvert 7 jours sur 7.") == []
    assert [number.words for number in typed_numbers("Il vient 3 jours sur 7.")] == [
        "3 jours sur 7"
    ]
