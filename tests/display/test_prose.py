from __future__ import annotations

from collections.abc import Mapping

import pytest

from rlpipeline.display import phrases
from rlpipeline.display.prose import Bound, Cell, Prose, Reference
from rlpipeline.errors import DataError, SettingsError

NAN = float("nan")
NOW: Mapping[tuple[str, str], Cell] = {
    ("total", "total"): Cell(114, "jeunes", "ok"),
    ("total", "F"): Cell(50, "jeunes", "ok"),
    ("un", "total"): Cell(1, "jeunes", "ok"),
    ("zero", "total"): Cell(0, "jeunes", "ok"),
    ("nc", "total"): Cell(NAN, "jeunes", "nc"),
    ("taux", "part"): Cell(NAN, "%", "nc"),
    ("vide", "total"): Cell(NAN, "jeunes", "vide"),
    ("masque", "total"): Cell(NAN, "jeunes", "masque"),
    ("partiel", "total"): Cell(35, "jeunes", "partiel"),
    ("heures", "heures"): Cell(1055.5, "heures", "ok"),
    ("heures", "part"): Cell(13.6, "%", "ok"),
    ("euros", "montant_eur"): Cell(1234.5, "euros", "ok"),
    ("grand", "total"): Cell(1000, "jeunes", "ok"),
    ("un_de_plus", "total"): Cell(40, "jeunes", "ok"),
    ("presque", "total"): Cell(999, "jeunes", "ok"),
}
THEN: Mapping[tuple[str, str], Cell] = {
    ("total", "total"): Cell(97, "jeunes", "ok"),
    ("total", "F"): Cell(50, "jeunes", "ok"),
    ("un", "total"): Cell(4, "jeunes", "ok"),
    ("zero", "total"): Cell(0, "jeunes", "ok"),
    ("heures", "heures"): Cell(1060.5, "heures", "ok"),
    ("heures", "part"): Cell(15.9, "%", "ok"),
    ("partiel", "total"): Cell(35, "jeunes", "ok"),
    ("grand", "total"): Cell(0, "jeunes", "ok"),
    ("un_de_plus", "total"): Cell(39, "jeunes", "ok"),
    ("masque", "total"): Cell(3, "jeunes", "ok"),
}


def lookup(reference: Reference) -> Cell:
    key = reference.ligne, reference.colonne
    if reference.year == 2023:
        return NOW[key]
    return THEN.get(key, Cell(NAN, "", "nc"))


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


def test_chiffre_with_decimals_keeps_the_unit() -> None:
    assert PROSE.chiffre("temps_activite", "heures", "part", decimales=0).words == "14\u00a0%"
    assert PROSE.chiffre("financements", "euros", "montant_eur", decimales=0).words == "1\u202f235\u00a0€"


def test_chiffre_says_what_it_is_bound_to() -> None:
    figure = PROSE.chiffre("reseaux", "total", "F")
    assert figure.reference == Reference("reseaux", "total", "F", 2023, "service")
    assert figure.reference.path == "reseaux/total/F"


def test_a_slash_in_a_name_does_not_split_the_path() -> None:
    assert Reference("reseaux", "Collèges/100 %", "jeunes", 2023, "service").path == "reseaux/Collèges%2F100 %25/jeunes"


def test_territoire_may_be_given() -> None:
    reference = PROSE.chiffre("accompagnes", "total", "total", territoire="62637").reference
    assert reference is not None
    assert reference.territory == "62637"


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


def test_part_with_decimals() -> None:
    assert PROSE.part("accompagnes", "total", "F", sur=("total", "total"), decimales=2).words == "43,86\u00a0%"


@pytest.mark.parametrize("whole", [("total",), ("a", "b", "c", "d"), "total"])
def test_part_of_nothing_known_is_refused(whole: tuple[str, ...]) -> None:
    with pytest.raises(SettingsError, match="sur est mal formé"):
        PROSE.part("accompagnes", "total", "F", sur=whole)


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


def test_evolution_in_number() -> None:
    assert PROSE.evolution("accompagnes", "total", "total", depuis=2021, forme="nombre").words == "+17"


@pytest.mark.parametrize("since", [2023, 2024, "2022"])
def test_evolution_since_another_year_than_a_past_one_is_refused(since: int) -> None:
    with pytest.raises(SettingsError, match="année passée"):
        PROSE.evolution("accompagnes", "total", "total", depuis=since)


def test_unknown_shape_is_refused() -> None:
    with pytest.raises(SettingsError) as raised:
        PROSE.evolution("accompagnes", "total", "total", forme="texte")  # type: ignore[arg-type]
    assert raised.value.expected == "pourcentage ou nombre"


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


def test_accord_elides_and_may_leave_the_number_out() -> None:
    unknown, one = (PROSE.chiffre("accompagnes", line, "total") for line in ("nc", "un"))
    assert PROSE.accord(unknown, "heure", "heures").words == "un nombre non communiqué d'heures"
    assert PROSE.accord(one, "est sorti", "sont sortis", nombre=False).words == "est sorti"
    assert PROSE.accord(unknown, "est sorti", "sont sortis", nombre=False).words == "sont sortis"


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
    prose = Prose(lambda reference: Cell(value, "heures", "ok"), 2023, "service")
    shown = prose.chiffre("temps", "total", "heures", decimales=decimals)
    assert prose.accord(shown, "heure", "heures").words.replace("\u00a0", " ") == words
    assert prose.accord(shown, "heure", "heures", nombre=False).words == words.partition(" ")[2]


def test_points_agree_with_their_number_as_it_is_shown() -> None:
    moved = Cell(1.97, "%", "ok")
    assert phrases.evolution(moved, Cell(10, "%", "ok"), "pourcentage") == "+2,0 points"


def test_accord_keeps_the_binding() -> None:
    bound = PROSE.accord(PROSE.chiffre("accompagnes", "total", "total"), "jeune", "jeunes")
    assert (bound.function, bound.reference and bound.reference.path) == ("chiffre", "accompagnes/total/total")


def test_accord_with_a_fixed_number() -> None:
    fixed = PROSE.fixe("1\u202f250,5", "relevé du compteur")
    bound = PROSE.accord(fixed, "litre", "litres")
    assert (bound.words, bound.function, bound.reason) == ("1\u202f250,5\u00a0litres", "fixe", "relevé du compteur")


@pytest.mark.parametrize("value", [3, "3", None])
def test_accord_with_a_bare_number_is_refused(value: object) -> None:
    with pytest.raises(SettingsError, match="chiffre lié"):
        PROSE.accord(value, "jeune", "jeunes")  # type: ignore[arg-type]


@pytest.mark.parametrize("value", ["trois", "nan", "inf"])
def test_accord_with_fixed_words_is_refused(value: str) -> None:
    with pytest.raises(SettingsError, match="attend un nombre"):
        PROSE.accord(PROSE.fixe(value, "bailleurs"), "bailleur", "bailleurs")


def test_the_verb_follows_what_is_not_communicated() -> None:
    bound = PROSE.accord(PROSE.chiffre("accompagnes", "nc", "total"), "jeune a participé", "jeunes ont participé")
    assert bound.words == "un nombre non communiqué de jeunes ont participé"


@pytest.mark.parametrize(
    ("line", "plural", "words"),
    [
        ("nc", "jeunes", "une part non communiquée de jeunes"),
        ("nc", "des jeunes", "une part non communiquée des jeunes"),
        ("masque", "élèves", "une part masquée d'élèves"),
    ],
)
def test_a_share_agrees_in_the_feminine(line: str, plural: str, words: str) -> None:
    assert PROSE.accord(PROSE.part("accompagnes", line, "total"), "x", plural).words == words


def test_an_evolution_agrees_with_itself_and_not_with_its_figure() -> None:
    gained = PROSE.evolution("accompagnes", "un_de_plus", "total", forme="nombre")
    assert PROSE.accord(gained, "jeune", "jeunes").words == "+1\u00a0jeune"
    unknown = PROSE.evolution("accompagnes", "nc", "total")
    assert PROSE.accord(unknown, "jeune", "jeunes").words == "évolution inconnue"


def test_a_trend_has_no_number_to_agree_with() -> None:
    with pytest.raises(SettingsError, match="chiffre lié"):
        PROSE.accord(PROSE.tendance("accompagnes", "total", "total"), "jeune", "jeunes")


OTHERWISE = "un nombre que nul ne sait"


@pytest.mark.parametrize("name", ["chiffre", "part", "evolution", "tendance"])
def test_an_author_may_choose_the_words_of_what_is_not_known(name: str) -> None:
    function = PROSE.functions[name]
    unknown, known = (function("accompagnes", line, "total", sinon=OTHERWISE) for line in ("nc", "total"))
    assert unknown.words == OTHERWISE
    assert known.words == function("accompagnes", "total", "total").words
    assert unknown.how["sinon"] == known.how["sinon"] == OTHERWISE
    if name != "tendance":
        assert PROSE.accord(unknown, "jeune", "jeunes").words == OTHERWISE


@pytest.mark.parametrize("words", ["", "  ", "environ 12"])
def test_the_words_of_what_is_not_known_hold_no_number(words: str) -> None:
    with pytest.raises(SettingsError, match="sinon est vide ou contient un nombre"):
        PROSE.chiffre("accompagnes", "total", "total", sinon=words)


def test_a_trend_may_be_plural() -> None:
    stable = PROSE.tendance("accompagnes", "total", "F", pluriel=True)
    assert (stable.words, stable.how["pluriel"]) == ("stables", "oui")
    assert PROSE.tendance("accompagnes", "total", "total", pluriel=True).words == "en hausse"
    assert PROSE.tendance("accompagnes", "total", "F").how["pluriel"] is None


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


def test_what_moved_from_zero_is_said_to_be_a_number() -> None:
    assert PROSE.evolution("accompagnes", "grand", "total").how["forme"] == "nombre"
    assert PROSE.evolution("accompagnes", "total", "total").how["forme"] == "pourcentage"
    assert PROSE.evolution("accompagnes", "heures", "part").how["forme"] == "pourcentage"


@pytest.mark.parametrize("value", [NAN, float("inf")])
@pytest.mark.parametrize("state", ["ok", "partiel"])
def test_a_figure_said_to_be_known_is_a_number(value: float, state: str) -> None:
    with pytest.raises(DataError, match="n'a pas de nombre"):
        Cell(value, "jeunes", state)


@pytest.mark.parametrize(("value", "reason"), [("", "raison"), ("4", ""), ("4", "  ")])
def test_fixe_asks_for_a_value_and_a_reason(value: str, reason: str) -> None:
    with pytest.raises(SettingsError, match="sans valeur ou sans raison"):
        PROSE.fixe(value, reason)


def test_fixed_words_do_not_break_where_french_does_not() -> None:
    assert PROSE.fixe("L. 121-6", "article de loi").words == "L.\u00a0121-6"


def test_annee() -> None:
    assert PROSE.annee() == Bound("2023", "annee", how={"annee": 2023, "decalage": 0})
    assert PROSE.annee(1).words == "2024"


@pytest.mark.parametrize(
    ("now", "then", "words"),
    [
        (77, 37, "deux fois plus"), (27, 8, "trois fois plus"), (28, 8, "plus de trois fois plus"),
        (19, 10, "près de deux fois plus"), (18, 10, "plus"), (10, 20, "deux fois moins"), (34, 60, "moins"),
        (5, 5, "autant"), (3, 0, "plus"), (300, 10, "plus de dix fois plus"),
    ],
)  # fmt: skip
def test_times(now: float, then: float, words: str) -> None:
    assert phrases.times(Cell(now, "jeunes", "ok"), Cell(then, "jeunes", "ok")) == words


def test_times_of_rounded_figures_say_the_direction_alone_or_nothing() -> None:
    rounded = [Cell(value, "jeunes", "arrondi", 4) for value in (35, 60, 40)]
    assert phrases.times(rounded[0], rounded[1]) == "moins"
    assert "non mesurable" in phrases.times(rounded[0], rounded[2])
