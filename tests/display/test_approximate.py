"""Rounded figures in sentences: « environ 25 », « moins de 5 », shares and movements that rounding still lets say."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from rlpipeline.display import phrases
from rlpipeline.display.cells import Figure
from rlpipeline.display.prose import Prose
from rlpipeline.display.text import to_html, without_tags

NOW = {"nul": 0.0, "cinq": 5.0, "dix": 10.0, "trente": 30.0, "cent": 100.0}
THEN = {"nul": 15.0, "cinq": 10.0, "dix": 0.0, "trente": 30.0, "cent": 50.0}
EXACT = {"petit": 17.0, "moyen": 45.0, "grand": 120.0}


def lookup(base: int) -> Prose:
    def cell(of: object) -> Figure:
        line = of.ligne  # type: ignore[attr-defined]
        if line in EXACT:
            return Figure(EXACT[line], "jeunes", "ok")
        return Figure((NOW if of.year == 2023 else THEN)[line], "jeunes", "arrondi", base - 1.0)  # type: ignore[attr-defined]

    return Prose(cell, 2023, "62215")


def shown(expression: str, base: int = 5) -> str:
    return without_tags(to_html(f"Mot {{{{ {expression} }}}}", Path("x.md"), lookup(base))).removeprefix("Mot ")


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ('chiffre("a", "trente", "b")', "environ 30"),
        ('chiffre("a", "nul", "b")', "moins de 5"),
        ('accord(chiffre("a", "cinq", "b"), "jeune", "jeunes")', "environ 5\u00a0jeunes"),
        ('accord(chiffre("a", "nul", "b"), "jeune", "jeunes")', "moins de 5\u00a0jeunes"),
        ('accord(chiffre("a", "nul", "b"), "jeune", "jeunes", nombre=False)', "jeunes"),
        ('part("a", "trente", "b", sur=("grand", "b"))', "environ 25\u00a0%"),
        ('part("a", "nul", "b", sur=("grand", "b"))', "moins de 5\u00a0%"),
        ('part("a", "dix", "b", sur=("moyen", "b"))', "environ un cinquième"),
        ('part("a", "nul", "b", sur=("moyen", "b"))', "une faible part"),
        ('accord(part("a", "nul", "b", sur=("moyen", "b")), "garçon", "garçons")', "une faible part de garçons"),
        ('part("a", "cinq", "b", sur=("petit", "b"))', "une part non mesurable à ce niveau d'arrondi"),
        ('part("a", "cinq", "b", sur=("cent", "b"))', "une part non mesurable à ce niveau d'arrondi"),
        ('part("a", "moyen", "b", sur=("grand", "b"))', "38\u00a0%"),
        ('evolution("a", "cent", "b")', "une hausse"),
        ('evolution("a", "nul", "b", forme="nombre")', "une baisse"),
        ('evolution("a", "cinq", "b")', "évolution non mesurable à ce niveau d'arrondi"),
        ('evolution("a", "cinq", "b", sinon="rien de sûr")', "rien de sûr"),
        ('accord(evolution("a", "cent", "b"), "jeune", "jeunes")', "une hausse"),
        ('tendance("a", "cent", "b")', "en hausse"),
        ('tendance("a", "dix", "b")', "en hausse"),
        ('tendance("a", "nul", "b")', "en baisse"),
        ('tendance("a", "trente", "b")', "d'évolution non mesurable à ce niveau d'arrondi"),
    ],
)
def test_words_of_a_rounded_figure(expression: str, words: str) -> None:
    assert shown(expression) == words


def test_a_sensitive_figure_has_twice_the_base() -> None:
    assert shown('chiffre("a", "nul", "b")', base=10) == "moins de 10"
    assert shown('part("a", "trente", "b", sur=("grand", "b"))', base=10) == "environ un quart"


def test_a_passage_whose_share_or_movement_cannot_be_said_is_left_out() -> None:
    source = 'Mot[[ : {{ part("a", "cinq", "b", sur=("petit", "b")) }}]][[, {{ tendance("a", "cinq", "b") }}]].'
    assert without_tags(to_html(source, Path("x.md"), lookup(5))) == "Mot."


@pytest.mark.parametrize("base", [5, 10])
def test_a_percentage_is_within_seven_points_and_a_half_of_the_exact_one(base: int) -> None:
    checked = 0
    for whole, exact in product(range(16 * base, 24 * base), range(24 * base)):
        for rounded in {base * (exact // base), base * -(-exact // base)}:
            words = phrases.rounded_share(Figure(rounded, "jeunes", "arrondi", base - 1), whole)
            if exact > whole or "environ" not in words:
                continue
            told = float(words.removeprefix("environ ").rstrip("\u00a0%"))
            assert abs(told - 100 * exact / whole) <= 100 * (base - 1) / (16 * base) + 2.5 + 1e-9, (exact, whole, words)
            assert abs(told - 100 * rounded / whole) <= 2.5
            checked += 1
    assert checked > 1000


@pytest.mark.parametrize("base", [5, 10])
def test_a_bound_of_a_percentage_is_true_of_every_number_it_may_stand_for(base: int) -> None:
    kinds = set()
    for whole in range(16 * base, 40 * base):
        for rounded in (0, base, whole // base * base, (whole // base + 1) * base):
            words = phrases.rounded_share(Figure(rounded, "jeunes", "arrondi", base - 1), whole)
            kind, bound = words.partition(" de ")[0], words.rpartition(" ")[2].rstrip("\u00a0%")
            possible = [exact for exact in range(whole + 1) if abs(exact - rounded) < base]
            if kind == "moins":
                assert all(100 * exact / whole < float(bound) for exact in possible)
            elif kind == "plus":
                assert all(100 * exact / whole > float(bound) for exact in possible)
            kinds.add(kind)
    assert {"moins", "plus"} <= kinds


def test_a_direction_is_said_only_if_every_pair_of_exact_figures_has_it() -> None:
    for now, then in product(range(0, 60, 5), repeat=2):
        cells = Figure(now, "jeunes", "arrondi", 4.0), Figure(then, "jeunes", "arrondi", 4.0)
        moved = phrases.movement_of(*cells)
        assert moved.is_number == (abs(now - then) >= 10)
        assert phrases.trend(moved, cells[1]) != "stable"
