from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlpipeline import french


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0, "0"), (7, "7"), (1303, "1\u202f303"), (126509, "126\u202f509"), (1234567, "1\u202f234\u202f567"),
        (1055.5, "1\u202f055,5"), (0.72, "0,72"), (2.0, "2"), (0.1 + 0.2, "0,3"), (1.005, "1,01"), (-3, "−3"),
        (-0.001, "0"),
    ],
)  # fmt: skip
def test_number(value: float, written: str) -> None:
    assert french.number(value) == written


@pytest.mark.parametrize(
    ("value", "decimals", "written"), [(12.5, 0, "13"), (21.05, 1, "21,1"), (3, 2, "3,00")]
)
def test_number_with_decimals_rounds_half_up(value: float, decimals: int, written: str) -> None:
    assert french.number(value, decimals) == written


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_what_is_not_a_number_is_never_written(value: float) -> None:
    with pytest.raises(ValueError, match="state"):
        french.number(value)


@given(st.integers(-(10**12), 10**12))
def test_whole_number_reads_back(value: int) -> None:
    assert int(french.number(value).replace("\u202f", "").replace("−", "-")) == value


@pytest.mark.parametrize(
    ("write", "said", "written"),
    [
        (french.day, date(2024, 4, 18), "18 avril 2024"),
        (french.day, date(2023, 8, 1), "1er août 2023"),
        (french.de, "Carvin", "de Carvin"),
        (french.de, "Oignies", "d'Oignies"),
        (french.de, "Évin-Malmaison", "d'Évin-Malmaison"),
        (french.de, "Hénin-Beaumont", "d'Hénin-Beaumont"),
        (french.de, "Harnes", "de Harnes"),
        (french.de, "Hem", "de Hem"),
        (french.de, "Hesdin-l'Abbé", "d'Hesdin-l'Abbé"),
        (french.de, "Le Portel", "du Portel"),
        (french.de, "Les Attaques", "des Attaques"),
        (french.de, "La Couture", "de La Couture"),
        (french.at, "Carvin", "à Carvin"),
        (french.at, "Le Portel", "au Portel"),
        (french.at, "Les Attaques", "aux Attaques"),
        (
            french.spaced,
            "Unité : 5 % ; « oui » ?",
            "Unité\u00a0: 5\u00a0%\u00a0; «\u00a0oui\u00a0»\u00a0?",
        ),
        (french.spaced, "https://a b", "https://a b"),
        (french.spaced, "l'article L. 121-2", "l'article L.\u00a0121-2"),
    ],
)
def test_words(write: Callable[[object], str], said: object, written: str) -> None:
    assert write(said) == written
