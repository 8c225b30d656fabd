"""What a sentence says of a figure that no case shows: masked, rounded, nearly nothing or nearly all.

Numbers, states, parts and movements of exact figures are those of ``tests/cases/textes_lies``.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest

from rlpipeline.display import phrases
from rlpipeline.display.cells import Reference
from rlpipeline.display.prose import Prose
from rlpipeline.display.text import to_html, without_tags
from rlpipeline.errors import DataError
from rlpipeline.observations import Observation, compare

NAN = float("nan")
ROUNDED = {"nul": (15, 0), "cinq": (10, 5), "dix": (0, 10), "trente": (30, 30), "cent": (50, 100)}
"""Rounded figures, of the year before and of the year."""
EXACT = {
    "petit": (17, 17),
    "moyen": (45, 45),
    "grand": (120, 120),
    "mille": (0, 1000),
    "presque": (999, 999),
    "un": (4, 1),
}
POINTS = Observation(15.9, "%", "ok"), Observation(13.6, "%", "ok")


def prose(base: int = 5) -> Prose:
    def cell(of: Reference) -> Observation:
        rank = of.year == 2023
        if of.ligne == "masque":
            return Observation(NAN if rank else 3, "jeunes", "masque" if rank else "ok")
        if of.ligne in {"taux", "points"}:
            return POINTS[rank] if of.ligne == "points" else Observation(NAN, "%", "nc")
        if of.ligne in EXACT:
            return Observation(EXACT[of.ligne][rank], "jeunes", "ok")
        return Observation(ROUNDED[of.ligne][rank], "jeunes", "arrondi", base)

    return Prose(cell, 2023, "62215")


def shown(expression: str, base: int = 5) -> str:
    # In a heading, which stays: a sentence that quotes what is not shared is left out.
    written = to_html(f"## Mot {{{{ {expression} }}}}", Path("x.md"), prose(base))
    return without_tags(written).strip().removeprefix("Mot ").replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ('chiffre("a", "masque", "b")', "un nombre masqué"),
        ('chiffre("a", "taux", "b")', "un taux non communiqué"),
        ('chiffre("a", "trente", "b")', "environ 30"),
        ('chiffre("a", "nul", "b")', "moins de 5"),
        ('accord(chiffre("a", "masque", "b"), "jeune", "jeunes")', "un nombre masqué de jeunes"),
        ('accord(chiffre("a", "cinq", "b"), "jeune", "jeunes")', "environ 5 jeunes"),
        ('accord(chiffre("a", "nul", "b"), "jeune", "jeunes")', "moins de 5 jeunes"),
        ('accord(chiffre("a", "nul", "b"), "jeune", "jeunes", nombre=False)', "jeunes"),
        ('part("a", "masque", "b", sur=("grand", "b"))', "une part masquée"),
        ('part("a", "un", "b", sur=("mille", "b"))', "moins de 1 %"),
        ('part("a", "presque", "b", sur=("mille", "b"))', "plus de 99 %"),
        ('part("a", "trente", "b", sur=("grand", "b"))', "environ 25 %"),
        ('part("a", "nul", "b", sur=("grand", "b"))', "moins de 5 %"),
        ('part("a", "dix", "b", sur=("moyen", "b"))', "environ un cinquième"),
        ('part("a", "nul", "b", sur=("moyen", "b"))', "une faible part"),
        (
            'accord(part("a", "nul", "b", sur=("moyen", "b")), "garçon", "garçons")',
            "une faible part de garçons",
        ),
        (
            'part("a", "cinq", "b", sur=("petit", "b"))',
            "une part non mesurable à ce niveau d'arrondi",
        ),
        (
            'part("a", "cinq", "b", sur=("cent", "b"))',
            "une part non mesurable à ce niveau d'arrondi",
        ),
        ('part("a", "moyen", "b", sur=("grand", "b"))', "38 %"),
        ('evolution("a", "masque", "b")', "évolution masquée"),
        ('evolution("a", "un", "b")', "−75 %"),
        ('evolution("a", "points", "b")', "−2,3 points"),
        ('evolution("a", "mille", "b")', "+1\u202f000"),
        ('evolution("a", "cent", "b")', "une hausse"),
        ('evolution("a", "nul", "b", forme="nombre")', "une baisse"),
        ('evolution("a", "cinq", "b")', "évolution non mesurable à ce niveau d'arrondi"),
        ('evolution("a", "cinq", "b", sinon="rien de sûr")', "rien de sûr"),
        ('accord(evolution("a", "cent", "b"), "jeune", "jeunes")', "une hausse"),
        ('tendance("a", "masque", "b")', "d'évolution masquée"),
        ('tendance("a", "points", "b")', "en baisse"),
        ('tendance("a", "masque", "b", sur=("grand", "b"))', "d'évolution masquée"),
        ('tendance("a", "cent", "b")', "en hausse"),
        ('tendance("a", "dix", "b")', "en hausse"),
        ('tendance("a", "nul", "b")', "en baisse"),
        ('tendance("a", "trente", "b")', "d'évolution non mesurable à ce niveau d'arrondi"),
    ],
)
def test_words_of_a_figure(expression: str, words: str) -> None:
    assert shown(expression) == words


def test_a_sensitive_figure_has_twice_the_base() -> None:
    assert shown('chiffre("a", "nul", "b")', base=10) == "moins de 10"
    assert shown('part("a", "trente", "b", sur=("grand", "b"))', base=10) == "environ un quart"


def test_a_passage_whose_share_or_movement_cannot_be_said_is_left_out() -> None:
    source = 'Mot[[ : {{ part("a", "cinq", "b", sur=("petit", "b")) }}]][[, {{ tendance("a", "cinq", "b") }}]].'
    assert without_tags(to_html(source, Path("x.md"), prose())) == "Mot."


def test_a_slash_in_a_name_does_not_split_the_path() -> None:
    assert (
        Reference("reseaux", "Collèges/100 %", "jeunes", 2023, "service").path
        == "reseaux/Collèges%2F100 %25/jeunes"
    )


@pytest.mark.parametrize(
    ("value", "decimals", "words"),
    [
        (1.6, 0, "2 heures"),
        (1.6, None, "1,6 heure"),
        (1.996, None, "2 heures"),
        (2.4, 0, "2 heures"),
        (0.4, 0, "0 heure"),
    ],
)
def test_accord_follows_the_number_as_it_is_shown(
    value: float, decimals: int | None, words: str
) -> None:
    said = Prose(lambda reference: Observation(value, "heures", "ok"), 2023, "service")
    number = said.chiffre("temps", "total", "heures", decimales=decimals)
    assert said.accord(number, "heure", "heures").words.replace("\u00a0", " ") == words
    assert said.accord(number, "heure", "heures", nombre=False).words == words.partition(" ")[2]
    assert (
        phrases.evolution(Observation(1.97, "%", "ok"), Observation(10, "%", "ok"), "pourcentage")
        == "+2,0 points"
    )


def said_times(now: Observation, then: Observation) -> str:
    return phrases.times(phrases.movement_of(compare(now, then), now.unit), now, then)


@pytest.mark.parametrize("value", [NAN, float("inf")])
@pytest.mark.parametrize("state", ["ok", "partiel"])
def test_a_figure_said_to_be_known_is_a_number(value: float, state: str) -> None:
    with pytest.raises(DataError, match="n'a pas de nombre"):
        Observation(value, "jeunes", state)


@pytest.mark.parametrize(
    ("now", "then", "words"),
    [
        (77, 37, "deux fois plus"), (27, 8, "trois fois plus"), (28, 8, "plus de trois fois plus"),
        (19, 10, "près de deux fois plus"), (18, 10, "plus"), (10, 20, "deux fois moins"), (34, 60, "moins"),
        (5, 5, "autant"), (3, 0, "plus"), (300, 10, "plus de dix fois plus"),
    ],
)  # fmt: skip
def test_times(now: float, then: float, words: str) -> None:
    assert said_times(Observation(now, "jeunes", "ok"), Observation(then, "jeunes", "ok")) == words


def test_times_of_rounded_figures_say_the_direction_alone_or_nothing() -> None:
    rounded = [Observation(value, "jeunes", "arrondi", 5) for value in (35, 60, 40)]
    assert said_times(rounded[0], rounded[1]) == "moins"
    assert "non mesurable" in said_times(rounded[0], rounded[2])


@pytest.mark.parametrize("base", [5, 10])
def test_a_percentage_is_within_seven_points_and_a_half_of_the_exact_one(base: int) -> None:
    checked = 0
    for whole, exact in product(range(16 * base, 24 * base), range(24 * base)):
        for rounded in {base * (exact // base), base * -(-exact // base)}:
            words = phrases.rounded_share(Observation(rounded, "jeunes", "arrondi", base), whole)
            if exact > whole or "environ" not in words:
                continue
            told = float(words.removeprefix("environ ").rstrip("\u00a0%"))
            assert abs(told - 100 * exact / whole) <= 100 * (base - 1) / (16 * base) + 2.5 + 1e-9, (
                exact,
                whole,
                words,
            )
            assert abs(told - 100 * rounded / whole) <= 2.5
            checked += 1
    assert checked > 1000


@pytest.mark.parametrize("base", [5, 10])
def test_a_bound_of_a_percentage_is_true_of_every_number_it_may_stand_for(base: int) -> None:
    kinds = set()
    for whole in range(16 * base, 40 * base):
        for rounded in (0, base, whole // base * base, (whole // base + 1) * base):
            words = phrases.rounded_share(Observation(rounded, "jeunes", "arrondi", base), whole)
            kind, bound = words.partition(" de ")[0], words.rpartition(" ")[2].rstrip("\u00a0%")
            possible = [exact for exact in range(whole + 1) if abs(exact - rounded) < base]
            if kind == "moins":
                assert all(100 * exact / whole < float(bound) for exact in possible)
            elif kind == "plus":
                assert all(100 * exact / whole > float(bound) for exact in possible)
            kinds.add(kind)
    assert {"moins", "plus"} <= kinds


def test_a_share_is_not_compared_where_its_whole_is_not() -> None:
    kept = replace(prose(), comparable=lambda table, since, place: table != "autre")
    told = [kept.tendance("a", "petit", "b", sur=(table, "grand", "b")) for table in ("a", "autre")]
    assert [bound.words for bound in told] == ["stable", "non comparable à 2022"]
    assert [bound.how.get("comparable") for bound in told] == [None, "non"]
