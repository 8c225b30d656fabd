"""What the audit tells where one number of a right report is changed: no hand chooses the errors.

Slow: thousands of changes, for a rate.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from rlpipeline.printed_report.model import Document, Report, Sentence
from rlpipeline.printed_report.prose_prose import check_arithmetic
from rlpipeline.printed_report.prose_tables import check_prose_against_tables
from rlpipeline.printed_report.reading import read_report
from rlpipeline.prose.french_numbers import find_numbers

HERE = Path(__file__).parent
DIGITS = "123456789"
TOLD = {"bocage": 0.75, "metropole": 0.7}
"""Part of the changes told, a little below what was measured."""


def changed(words: str, draw: random.Random) -> str:
    """Two digits that follow one another swapped, else one replaced."""
    places = [place for place, char in enumerate(words) if char.isdigit()]
    pairs = [(left, right) for left, right in pairwise(places) if words[left] != words[right]]
    letters = list(words)
    if pairs and draw.random() < 0.5:
        left, right = draw.choice(pairs)
        letters[left], letters[right] = letters[right], letters[left]
    else:
        place = draw.choice(places)
        letters[place] = draw.choice([digit for digit in DIGITS if digit != letters[place]])
    return "".join(letters)


def changes(report: Report, draw: random.Random) -> Iterator[tuple[Sentence, Sentence]]:
    for sentence in report.sentences:
        for number in find_numbers(sentence.text):
            if number.kind in {"nombre", "pourcentage"} and re.search(r"\d\d", number.words):
                words = changed(number.words, draw)
                text = sentence.text[: number.start] + words + sentence.text[number.end :]
                yield sentence, replace(sentence, text=text)


def told(report: Report, sentence: Sentence) -> set[str]:
    alone = replace(report, documents=(Document(sentence.path, (), (sentence,)),))
    found = (*check_prose_against_tables(alone), *check_arithmetic(alone))
    return {finding.message.replace(sentence.text, "") for finding in found}


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(TOLD))
def test_most_numbers_changed_at_random_are_told(name: str) -> None:
    report = read_report(HERE / name / "sain")
    pairs = list(changes(report, random.Random(1)))
    noticed = sum(bool(told(report, after) - told(report, before)) for before, after in pairs)
    assert noticed / len(pairs) >= TOLD[name], f"{noticed} sur {len(pairs)}"
