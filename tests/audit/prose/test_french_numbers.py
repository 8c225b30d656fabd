"""Numbers of a French text: each case of the table, and what text2num alone gets wrong."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from text_to_num import text2num

from rlpipeline.prose.french_numbers import COUNTING, find_numbers
from rlpipeline.prose.number_words import worth
from tests.audit.prose.numbers_table import CASES


def test_a_sentence_gives_the_numbers_its_reader_sees() -> None:
    for sentence, expected in CASES:
        found = find_numbers(sentence)
        asked = [(words, kind, unit) for words, kind, _, unit in expected]
        assert [(n.words, n.kind, n.unit) for n in found] == asked, sentence
        worth_of = [None if value is None else pytest.approx(value) for _, _, value, _ in expected]
        assert [n.value for n in found] == worth_of, sentence


def test_the_table_is_large_enough_to_mean_something() -> None:
    assert len({sentence for sentence, _ in CASES}) >= 70
    assert {kind for _, expected in CASES for _, kind, _, _ in expected} >= COUNTING | {
        "date", "annee", "article", "niveau", "adresse", "telephone", "heure", "age", "rang", "nom", "reference"
    }  # fmt: skip


@given(st.integers(2, 999_999))
def test_any_integer_is_read_back_in_digits_grouped_as_in_french(number: int) -> None:
    written = f"{number:,}".replace(",", "\u202f")
    (found,) = find_numbers(f"Soit {written} km.")
    assert (found.words, found.value, found.unit) == (written, number, "km")


@pytest.mark.parametrize("words", ["dix-sept", "vingt et un", "soixante-dix", "quatre-vingt-onze", "deux cent trois"])
def test_words_are_worth_what_text2num_says(words: str) -> None:
    (found,) = find_numbers(f"Il y a {words} séances.")
    assert (found.words, found.value) == (words, text2num(words, "fr"))


@given(st.text(st.sampled_from("deux vingt et un une cent 12 345,6 % h ans « » - / . L ème 2023 rue\n"), max_size=60))
def test_numbers_stand_in_order_apart_and_where_they_say(text: str) -> None:
    found = find_numbers(text)
    assert all(text[n.start : n.end] == n.words and n.words.strip() for n in found)
    assert all(a.end <= b.start for a, b in pairwise(found))


def test_two_numbers_in_a_row_are_told_apart() -> None:
    assert [n.value for n in find_numbers("vingt trois quatre jeunes")] == [23, 4]
    assert worth("deux trois") is None
