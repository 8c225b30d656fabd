from __future__ import annotations

from collections.abc import Mapping

import pytest

from rlpipeline.display import phrases
from rlpipeline.display.cells import Figure, Reference
from rlpipeline.display.prose import Prose
from rlpipeline.errors import DataError

NAN = float("nan")
NOW: Mapping[tuple[str, str], Figure] = {
    ("total", "total"): Figure(114, "jeunes", "ok"),
    ("total", "F"): Figure(50, "jeunes", "ok"),
    ("un", "total"): Figure(1, "jeunes", "ok"),
    ("zero", "total"): Figure(0, "jeunes", "ok"),
    ("nc", "total"): Figure(NAN, "jeunes", "nc"),
    ("taux", "part"): Figure(NAN, "%", "nc"),
    ("vide", "total"): Figure(NAN, "jeunes", "vide"),
    ("masque", "total"): Figure(NAN, "jeunes", "masque"),
    ("partiel", "total"): Figure(35, "jeunes", "partiel"),
    ("heures", "heures"): Figure(1055.5, "heures", "ok"),
    ("heures", "part"): Figure(13.6, "%", "ok"),
    ("euros", "montant_eur"): Figure(1234.5, "euros", "ok"),
    ("grand", "total"): Figure(1000, "jeunes", "ok"),
    ("un_de_plus", "total"): Figure(40, "jeunes", "ok"),
    ("presque", "total"): Figure(999, "jeunes", "ok"),
}
THEN: Mapping[tuple[str, str], Figure] = {
    ("total", "total"): Figure(97, "jeunes", "ok"),
    ("total", "F"): Figure(50, "jeunes", "ok"),
    ("un", "total"): Figure(4, "jeunes", "ok"),
    ("zero", "total"): Figure(0, "jeunes", "ok"),
    ("heures", "heures"): Figure(1060.5, "heures", "ok"),
    ("heures", "part"): Figure(15.9, "%", "ok"),
    ("partiel", "total"): Figure(35, "jeunes", "ok"),
    ("grand", "total"): Figure(0, "jeunes", "ok"),
    ("un_de_plus", "total"): Figure(39, "jeunes", "ok"),
    ("masque", "total"): Figure(3, "jeunes", "ok"),
}


def lookup(reference: Reference) -> Figure:
    key = reference.ligne, reference.colonne
    if reference.year == 2023:
        return NOW[key]
    return THEN.get(key, Figure(NAN, "", "nc"))


PROSE = Prose(lookup, 2023, "service")


@pytest.mark.parametrize(
    ("line", "column", "words"),
    [
        ("total", "total", "114"),
        ("heures", "heures", "1\u202f055,5"),
        ("heures", "part", "13,60\u00a0%"),
        ("euros", "montant_eur", "1\u202f234,50\u00a0€"),
        ("zero", "total", "0"),
        ("nc", "total", "un nombre non communiqué"),
        ("vide", "total", "un nombre sans objet"),
        ("taux", "part", "un taux non communiqué"),
        ("masque", "total", "un nombre masqué"),
        ("partiel", "total", "au moins 35"),
    ],
)
def test_chiffre(line: str, column: str, words: str) -> None:
    assert PROSE.chiffre("accompagnes", line, column).words == words


def test_a_slash_in_a_name_does_not_split_the_path() -> None:
    assert Reference("reseaux", "Collèges/100 %", "jeunes", 2023, "service").path == "reseaux/Collèges%2F100 %25/jeunes"


@pytest.mark.parametrize(
    ("line", "column", "whole", "words"),
    [
        ("total", "F", ("total", "total"), "44\u00a0%"),
        ("total", "F", ("accompagnes", "total", "total"), "44\u00a0%"),
        ("zero", "total", None, "0\u00a0%"),
        ("total", "total", ("zero", "total"), "une part sans objet"),
        ("nc", "total", None, "une part non communiquée"),
        ("partiel", "total", None, "une part non communiquée"),
        ("masque", "total", None, "une part masquée"),
        ("total", "total", ("nc", "total"), "une part non communiquée"),
        ("un", "total", ("grand", "total"), "moins de 1\u00a0%"),
        ("presque", "total", ("grand", "total"), "plus de 99\u00a0%"),
    ],
)
def test_part(line: str, column: str, whole: tuple[str, ...] | None, words: str) -> None:
    assert PROSE.part("accompagnes", line, column, sur=whole).words == words


@pytest.mark.parametrize(
    ("line", "column", "words"),
    [
        ("total", "total", "+18\u00a0%"),
        ("un", "total", "−75\u00a0%"),
        ("total", "F", "0\u00a0%"),
        ("grand", "total", "+1\u202f000"),
        ("heures", "part", "−2,3 points"),
        ("nc", "total", "évolution inconnue"),
        ("partiel", "total", "évolution inconnue"),
        ("masque", "total", "évolution masquée"),
    ],
)
def test_evolution(line: str, column: str, words: str) -> None:
    assert PROSE.evolution("accompagnes", line, column).words == words


@pytest.mark.parametrize(
    ("line", "column", "words"),
    [
        ("total", "total", "en hausse"),
        ("un", "total", "en baisse"),
        ("total", "F", "stable"),
        ("heures", "heures", "stable"),
        ("heures", "part", "en baisse"),
        ("zero", "total", "stable"),
        ("grand", "total", "en hausse"),
        ("nc", "total", "d'évolution inconnue"),
        ("masque", "total", "d'évolution masquée"),
    ],
)
def test_tendance(line: str, column: str, words: str) -> None:
    assert PROSE.tendance("accompagnes", line, column).words == words


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("zero", "0\u00a0jeune"),
        ("un", "1\u00a0jeune"),
        ("total", "114\u00a0jeunes"),
        ("partiel", "au moins 35\u00a0jeunes"),
        ("nc", "un nombre non communiqué de jeunes"),
        ("masque", "un nombre masqué de jeunes"),
    ],
)
def test_accord(line: str, words: str) -> None:
    assert PROSE.accord(PROSE.chiffre("accompagnes", line, "total"), "jeune", "jeunes").words == words


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
def test_accord_follows_the_number_as_it_is_shown(value: float, decimals: int | None, words: str) -> None:
    prose = Prose(lambda reference: Figure(value, "heures", "ok"), 2023, "service")
    shown = prose.chiffre("temps", "total", "heures", decimales=decimals)
    assert prose.accord(shown, "heure", "heures").words.replace("\u00a0", " ") == words
    assert prose.accord(shown, "heure", "heures", nombre=False).words == words.partition(" ")[2]


def test_points_agree_with_their_number_as_it_is_shown() -> None:
    moved = Figure(1.97, "%", "ok")
    assert phrases.evolution(moved, Figure(10, "%", "ok"), "pourcentage") == "+2,0 points"


@pytest.mark.parametrize(
    ("line", "column", "words"),
    [
        ("total", "F", "en baisse"),  # 50 of 97, then 50 of 114
        ("total", "total", "stable"),
        ("nc", "total", "d'évolution inconnue"),
        ("masque", "total", "d'évolution masquée"),
    ],
)
def test_a_trend_of_a_share_is_in_points(line: str, column: str, words: str) -> None:
    bound = PROSE.tendance("accompagnes", line, column, sur=("total", "total"))
    assert (bound.words, bound.how["sur"]) == (words, "accompagnes/total/total")


@pytest.mark.parametrize("value", [NAN, float("inf")])
@pytest.mark.parametrize("state", ["ok", "partiel"])
def test_a_figure_said_to_be_known_is_a_number(value: float, state: str) -> None:
    with pytest.raises(DataError, match="n'a pas de nombre"):
        Figure(value, "jeunes", state)


@pytest.mark.parametrize(
    ("now", "then", "words"),
    [
        (77, 37, "deux fois plus"), (27, 8, "trois fois plus"), (28, 8, "plus de trois fois plus"),
        (19, 10, "près de deux fois plus"), (18, 10, "plus"), (10, 20, "deux fois moins"), (34, 60, "moins"),
        (5, 5, "autant"), (3, 0, "plus"), (300, 10, "plus de dix fois plus"),
    ],
)  # fmt: skip
def test_times(now: float, then: float, words: str) -> None:
    assert phrases.times(Figure(now, "jeunes", "ok"), Figure(then, "jeunes", "ok")) == words


def test_times_of_rounded_figures_say_the_direction_alone_or_nothing() -> None:
    rounded = [Figure(value, "jeunes", "arrondi", 4) for value in (35, 60, 40)]
    assert phrases.times(rounded[0], rounded[1]) == "moins"
    assert "non mesurable" in phrases.times(rounded[0], rounded[2])
