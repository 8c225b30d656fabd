from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlpipeline.display import french


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0, "0"),
        (7, "7"),
        (1303, "1\u202f303"),
        (126509, "126\u202f509"),
        (1234567, "1\u202f234\u202f567"),
        (1055.5, "1\u202f055,5"),
        (0.72, "0,72"),
        (2.0, "2"),
        (0.1 + 0.2, "0,3"),
        (1.005, "1,01"),
        (-3, "−3"),
        (-0.001, "0"),
    ],
)
def test_number(value: float, written: str) -> None:
    assert french.number(value) == written


@pytest.mark.parametrize(("value", "decimals", "written"), [(12.5, 0, "13"), (21.05, 1, "21,1"), (3, 2, "3,00")])
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
    ("day", "written"),
    [
        (date(2024, 4, 18), "18 avril 2024"),
        (date(2023, 8, 1), "1er août 2023"),
        (date(2023, 12, 31), "31 décembre 2023"),
    ],
)
def test_day(day: date, written: str) -> None:
    assert french.day(day) == written


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Carvin", "de Carvin"),
        ("Oignies", "d'Oignies"),
        ("Évin-Malmaison", "d'Évin-Malmaison"),
        ("Hénin-Beaumont", "d'Hénin-Beaumont"),
        ("Harnes", "de Harnes"),
        ("Hem", "de Hem"),
        ("Hesdin-l'Abbé", "d'Hesdin-l'Abbé"),
        ("Le Portel", "du Portel"),
        ("Les Attaques", "des Attaques"),
        ("La Couture", "de La Couture"),
    ],
)
def test_of(name: str, written: str) -> None:
    assert french.of(name) == written


def test_spaces_around_marks_do_not_break() -> None:
    assert french.spaced("Unité : 5 % ; « oui » ?") == "Unité\u00a0: 5\u00a0%\u00a0; «\u00a0oui\u00a0»\u00a0?"
    assert french.spaced("https://a b") == "https://a b"
    assert french.spaced("l'article L. 121-2") == "l'article L.\u00a0121-2"


@pytest.mark.parametrize(
    ("name", "words"), [("Carvin", "à Carvin"), ("Le Portel", "au Portel"), ("Les Attaques", "aux Attaques")]
)
def test_at_a_place(name: str, words: str) -> None:
    assert french.at(name) == words
