"""What a wider class is called."""

from __future__ import annotations

import pytest

from rlpipeline.protection.classes import words_of
from tests.figures.factory import SERVICE


@pytest.mark.parametrize(
    ("codes", "words"),
    [
        (("15_18", "19_21", "plus_21"), "15 ans et plus"),
        (("moins_11", "11_14"), "Moins de 15 ans"),
        (("11_14", "15_18"), "11 à 18 ans"),
        (("moins_11", "11_14", "15_18", "19_21", "plus_21"), "Tous les âges"),
        (("moins_11", "15_18"), "Moins de 11 ans ou 15 à 18 ans"),
        (("college", "lycee_general"), "Collège ou Lycée d'enseignement général"),
    ],
)
def test_a_wider_class_is_named_as_a_range_where_it_is_one(codes: tuple[str, ...], words: str) -> None:
    assert words_of(codes, SERVICE) == words
