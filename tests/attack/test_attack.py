"""What an intruder finds, on small publications."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from rlpipeline.attack import Key, Knowledge, attack
from rlpipeline.attack.relations import relations
from rlpipeline.attack.rules import Bounds, Rule
from rlpipeline.attack.statements import Document, Figure
from tests.attack.typed import COMMUNES, KNOWN, attacked, found, interval, published, typed
from tests.figures.factory import CARVIN, OIGNIES
from tests.figures.factory import SERVICE as SETTINGS
from tests.protection import naive

SEXES = ("F", "G", "total", "nouveaux")
AGES = ("moins_11", "11_14", "total")
ROUNDING = replace(KNOWN, base=5)


def _key(line: str, column: str, indicator: str = "accompagnes", territory: str = "service", year: int = 2023) -> Key:
    return Key(indicator, year, territory, line, column)


def _people(*numbers: float | None, territory: str = "service", year: int = 2023) -> pd.DataFrame:
    return typed("accompagnes", SEXES, {"11_14": numbers, "total": numbers}, territory, year)


def test_two_masks_a_line_protect_each_other(tmp_path: Path) -> None:
    lines = {"11_14": (None, None, 30, 5), "15_18": (None, None, 40, 5), "total": (30, 40, 70, 10)}
    result = attacked(tmp_path / "p", typed("accompagnes", SEXES, lines))
    assert result.passed
    assert {cell.key.colonne for cell in result.cells} == {"F", "G"}


def test_a_small_number_published_as_it_is(tmp_path: Path) -> None:
    result = attacked(tmp_path / "p", _people(3, 7, 10, 10))
    assert {failure.bounds.key.colonne for failure in result.failures} == {"F"}
    assert "publié tel quel, sous le seuil de 5" in str(result.failures[0])


def test_a_sensitive_family_has_a_threshold_of_its_own(tmp_path: Path) -> None:
    lines = {"sante": (8, 12, 20), "soins": (8, 12, 20), "autres": (8, 12, 20), "total": (16, 24, 40)}
    path = published(tmp_path / "p", typed("problematiques", AGES, lines), families=("sante", "autres"))
    result = attack([path], replace(KNOWN, sensibles=("sante",)))
    assert {(failure.bounds.key.ligne, failure.bounds.key.colonne) for failure in result.failures} == {
        ("sante", "moins_11"),
        ("soins", "moins_11"),
    }


@pytest.mark.parametrize(
    ("rule", "ends", "safe"),
    [
        (Rule("arrondi", 5, 4), (0, 4), True),
        (Rule("arrondi", 5, 4), (1, 4), False),
        (Rule("arrondi", 5, 4), (5, 6), True),
        (Rule("arrondi", 5, 4), (0, 0), True),
        (Rule("arrondi", 11, 9), (2, 10), False),
        (Rule("déduit", 5, 4), (3, 3), False),
        (Rule("déduit", 5, 4), (12, 12), True),
        (Rule("retiré", 5, 4), (12, 12), False),
        (Rule("masqué", 5), (1, 4), False),
        (Rule("masqué", 5), (1, 5), True),
        (Rule("corrigé", 5), (0, 99), False),
    ],
)
def test_what_must_remain_possible(rule: Rule, ends: tuple[float, float], safe: bool) -> None:
    """Below its threshold a figure keeps its width; a larger one may be narrow, nobody is nobody's."""
    assert Bounds(_key("11_14", "F"), rule, *ends).safe == safe


def test_a_portrait_is_a_commune_of_the_report(tmp_path: Path) -> None:
    communes = typed("communes", AGES, {CARVIN: (None, None, 30), OIGNIES: (None, None, 30), "total": (11, 49, 60)})
    lines = {"moins_11": (None, None, None, None), "11_14": (14, 13, 27, 5), "total": (None, None, None, None)}
    result = attacked(tmp_path / "p", communes, typed("accompagnes", SEXES, lines, CARVIN))
    assert interval(result, _key(CARVIN, "11_14", "communes")) == (27, 27)


@pytest.mark.parametrize(("rate", "safe"), [(None, True), (0.3, False)])
def test_a_rate_for_a_thousand_gives_its_count_back(tmp_path: Path, rate: float | None, safe: bool) -> None:
    rates = typed("taux_communes", ("habitants", "accompagnes"), {CARVIN: (10_000, rate)})
    rates["unite"] = ["habitants", "‰"]
    portrait = typed("accompagnes", SEXES, {"total": ("≈5", "≈0", "≈5", "≈0")}, CARVIN)
    result = attack([published(tmp_path / "p", rates, portrait)], ROUNDING)
    assert result.passed == safe
    if not safe:
        assert interval(result, _key("total", "total", territory=CARVIN)) == (3, 3)


def test_complete_minus_the_other_portraits(tmp_path: Path) -> None:
    masked = _people(None, None, None, None, territory=CARVIN)
    rest = [_people(9, 10, 19, 5, territory=OIGNIES), _people(0, 0, 0, 0, territory="hors")]
    result = attacked(tmp_path / "p", _people(12, 20, 32, 6), masked, *rest)
    assert interval(result, _key("11_14", "F", territory=CARVIN)) == (3, 3)
    assert any("ensemble du service 12 − Oignies 9 → 3" in failure.chain for failure in result.failures)
    without = attacked(tmp_path / "q", _people(12, 20, 32, 6), masked, rest[0])
    assert interval(without, _key("11_14", "F", territory=CARVIN))[0] == 0


@pytest.mark.parametrize(("telling", "most"), [(4, math.inf), (5, 0)])
def test_a_sum_of_actions_that_a_territory_does_not_tell_is_not_taken_for_zero(telling: int, most: float) -> None:
    """The actions of outside have a table and no chart: their sum is in the service's, and nowhere else."""
    places = ("service", CARVIN, OIGNIES, "hors", "sans_commune")
    keys = [Key("actions", 2023, place, "11_14", f"A-{place}") for place in places]
    sums = [Key("actions", 2023, place, "11_14", "somme:personnes") for place in places[:telling]]
    figures = tuple(Figure(key, "masque", None, "page") for key in (*keys, *sums))
    document = Document("p", figures, complete=frozenset(key.place for key in keys))
    stated = [one for one in relations([document], KNOWN) if {key for key, _ in one.terms} == {*sums}]
    assert [(one.low, one.high) for one in stated] == [(0, most)]


def _rounded(*numbers: float | str | None, territory: str = CARVIN) -> pd.DataFrame:
    return _people(*numbers, territory=territory)


def test_rounding_leaves_a_box(tmp_path: Path) -> None:
    result = attacked(tmp_path / "p", _rounded("≈5", "≈0", "≈10", "≈0"))
    assert result.passed
    assert {cell.rule.kind for cell in result.cells} == {"arrondi"}
    assert found(result, _key("11_14", "G", territory=CARVIN)).safe


def test_exact_figures_narrow_a_rounded_one(tmp_path: Path) -> None:
    """Eight less 5 to 9 boys: never more than three girls. What would cure it is told."""
    lines = {"11_14": ("≈0", 7, 8, "≈0"), "15_18": (7, 9, 16, 5), "total": (8, 16, 24, "≈5")}
    result = attacked(tmp_path / "p", typed("accompagnes", SEXES, lines))
    failure = next(one for one in result.failures if one.bounds.key == _key("11_14", "F"))
    assert (failure.bounds.least, failure.bounds.greatest) == (1, 1)
    assert failure.cures[0] == _key("11_14", "G")
    assert "à arrondir : « accompagnes », 11_14 × garçons" in str(failure)


def test_what_is_released_is_no_cure(tmp_path: Path) -> None:
    lines = {"11_14": ("≈0", 7, 8, "≈0"), "15_18": (7, 9, 16, 5), "total": (8, 16, 24, "≈5")}
    last = published(tmp_path / "2", typed("accompagnes", SEXES, lines))
    boys = published(tmp_path / "1", typed("accompagnes", ("G",), {"11_14": (7,), "15_18": (9,)}))
    failures = attack([boys, last], KNOWN, released=1).failures
    assert all(_key("11_14", "G") not in failure.cures for failure in failures)
    assert any(failure.cures for failure in failures)


def test_what_earlier_releases_give_away_does_not_stand_against_another(tmp_path: Path) -> None:
    """A bad release cannot be taken back; it must not forbid a better one."""
    bad = published(tmp_path / "1", _people(3, 9, 12, "≈5"))
    good = published(tmp_path / "2", _people("≈5", "≈10", 12, "≈5"))
    assert not attack([bad], KNOWN).passed
    result = attack([bad, good], KNOWN, released=1)
    assert result.passed
    assert any("déjà dans les diffusions antérieures" in one for one in result.left_out)
    again = attack([bad, published(tmp_path / "3", _people(3, 9, 12, "≈5"))], KNOWN, released=1)
    assert {failure.bounds.key.colonne for failure in again.failures} == {"F"}


def test_a_base_of_the_dictionary(tmp_path: Path) -> None:
    lines = {"sante_justice": ("≈0", "≈10", "≈10"), "total": ("≈5", "≈15", "≈20")}
    table = typed("problematiques", ("11_14", "15_18", "total"), lines, CARVIN)
    other = {"indicateur": "problematiques", "territoire": CARVIN, "ligne": "sante_justice", "base": 10}
    path = published(tmp_path / "p", table, dictionary={"base": 5, "autres": [other]})
    result = attack([path], replace(KNOWN, sensibles=("sante_justice",)))
    rules = {(cell.key.ligne, cell.key.colonne): cell.rule for cell in result.cells}
    assert rules["sante_justice", "11_14"] == Rule("arrondi", 11, 9)
    assert rules["total", "11_14"] == Rule("arrondi", 5, 4)


def test_a_number_that_one_file_marks_as_rounded_is_rounded_in_all(tmp_path: Path) -> None:
    path = published(tmp_path / "p", _rounded("≈5", "≈0", "≈5", "≈0", territory="service"))
    page = path / "rapport.html"
    plain = page.read_text(encoding="utf-8").replace("≈ ", "").replace(" arrondi", " ")
    page.write_text(plain, encoding="utf-8")
    assert attack([path], KNOWN).passed
    page.write_text(plain.replace(">5<", ">6<"), encoding="utf-8")
    assert interval(attack([path], KNOWN), _key("11_14", "total")) == (6, 6)


def test_boxes_of_two_releases_meet(tmp_path: Path) -> None:
    """6 rounded to 5, then to 10: from 1 to 9 and from 6 to 14."""
    paths = [published(tmp_path / str(one), _people(one, 10, 15, 5, territory=CARVIN)) for one in (5, 10)]
    result = attack(paths, ROUNDING)
    assert found(result, _key("11_14", "F", territory=CARVIN)).rule.kind == "arrondi"
    assert interval(result, _key("11_14", "F", territory=CARVIN)) == (6, 9)


def test_a_figure_published_before_is_known(tmp_path: Path) -> None:
    paths = [published(tmp_path / "1", _people(12, 20, 32, 6)), published(tmp_path / "2", _people(None, None, 32, 6))]
    assert interval(attack(paths, KNOWN), _key("11_14", "F")) == (12, 12)


def test_corrected_records_are_not_a_contradiction(tmp_path: Path) -> None:
    paths = [published(tmp_path / "1", _people(12, 20, 32, 6)), published(tmp_path / "2", _people(None, None, 33, 6))]
    result = attack(paths, KNOWN)
    assert not result.contradiction
    assert result.left_out


def test_what_contradicts_itself_is_not_released(tmp_path: Path) -> None:
    result = attacked(tmp_path / "p", _people(12, 20, 33, 6))
    assert not result.passed
    assert "se contredisent" in result.contradiction
    assert "le total est celui des sexes" in result.contradiction


def test_a_percentage_gives_a_masked_number_away(tmp_path: Path) -> None:
    """« 61 % » of 114 is 70, and no other number."""
    lines = {"college": (None, None, None), "autres": (None, None, None), "total": (50, 64, 114)}
    table = typed("situations", AGES, lines)
    key = _key("college", "total", "situations")
    told = naive.part(key, 70, 114).replace('decimales="1"', 'decimales="0"').replace("61,4", "61")
    assert "61\u00a0%" in told
    result = attack([published(tmp_path / "p", table, prose=[told])], KNOWN)
    assert interval(result, key) == (69, 70)
    exact = attack([published(tmp_path / "q", table, prose=[naive.part(key, 70, 114)])], KNOWN)
    assert interval(exact, key) == (70, 70)


def test_a_percentage_of_published_numbers_says_nothing(tmp_path: Path) -> None:
    portrait = typed("situations", AGES, {"college": (5, 5, 10), "autres": (5, 10, 15), "total": (10, 15, 25)}, CARVIN)
    key = _key("college", "total", "situations", CARVIN)
    result = attack([published(tmp_path / "p", portrait, prose=[naive.part(key, 10, 25)])], ROUNDING)
    assert interval(result, key)[1] - interval(result, key)[0] >= 4


def test_what_lasts_two_years_was_there_before(tmp_path: Path) -> None:
    columns = ("11_14", "total")
    now = typed("durees", columns, {"12_23_mois": (6, 6), "24_mois_plus": (6, 6), "total": (12, 12)})
    before = {"12_23_mois": (None, None), "24_mois_plus": (0, 0), "moins_6_mois": (None, None), "total": (9, 9)}
    paths = [
        published(tmp_path / "1", typed("durees", columns, before, year=2022)),
        published(tmp_path / "2", now),
    ]
    assert interval(attack(paths, KNOWN), _key("12_23_mois", "total", "durees", year=2022))[0] == 6


def test_a_rare_column_is_shown_only_if_needed(tmp_path: Path) -> None:
    lines = {"moins_11": (8, 8, "≈0", 17), "11_14": (9, 9, "≈0", 19), "total": (17, 17, "≈0", "≈40")}
    table = typed("accompagnes", ("F", "G", "NR", "total"), lines)
    key = _key("total", "NR")
    assert interval(attack([published(tmp_path / "p", table)], KNOWN), key)[0] > 0


def test_wider_classes_of_another_release_add_up(tmp_path: Path) -> None:
    wide = typed("situations", ("moins_15", "total"), {"college": (None, 9), "total": (9, 9)})
    narrow = typed("situations", ("moins_11", "11_14", "total"), {"college": (2, 5, 9), "total": (2, 5, 9)})
    classes = {"classes": {"age": {"moins_15": ["moins_11", "11_14"]}}}
    both = [published(tmp_path / "3", narrow), published(tmp_path / "4", wide, dictionary=classes)]
    assert interval(attack(both, KNOWN), _key("college", "moins_15", "situations")) == (9, 9)


def test_what_remains_between_two_classes_is_found(tmp_path: Path) -> None:
    """Thirty of fifteen and more, twenty-seven of them up to eighteen: three are older, though no file says so."""
    narrow = typed("situations", ("15_18", "plus_18", "total"), dict.fromkeys(("college", "total"), (27, "≈15", 40)))
    wide = typed("situations", ("15_plus", "plus_21", "total"), dict.fromkeys(("college", "total"), (30, "≈10", 40)))
    classes = {"classes": {"age": {"15_plus": ["15_18", "19_21"], "plus_18": ["19_21", "plus_21"]}}, "base": 5}
    paths = [published(tmp_path / name, one, dictionary=classes) for name, one in (("1", narrow), ("2", wide))]
    result = attack(paths, KNOWN)
    assert interval(result, _key("college", "19_21", "situations")) == (3, 3)
    assert {failure.bounds.rule.kind for failure in result.failures} == {"déduit"}
    cures = {cure for failure in result.failures for cure in failure.cures}
    assert _key("college", "15_plus", "situations") in cures
    assert not result.left_out


def test_a_class_of_two_names_is_one(tmp_path: Path) -> None:
    """A former release joined codes by « ou », a later one has a code of its own."""
    totals = (13, 27)
    columns = ("moins_15", "15_18_ou_19_21")
    former = typed("situations", columns, {"college": (None, 12), "autres": (None, 15), "total": totals})
    lines = {"college": ("≈5", "≈10"), "autres": ("≈10", "≈15"), "total": totals}
    wide = typed("situations", ("moins_15", "15_plus"), lines)
    classes = {"classes": {"age": {"15_plus": ["15_18", "19_21"]}}, "base": 5}
    paths = [published(tmp_path / "1", former), published(tmp_path / "2", wide, dictionary=classes)]
    result = attack(paths, KNOWN)
    assert not result.left_out
    assert interval(result, _key("college", "15_plus", "situations")) == (12, 12)


def test_a_correction_may_not_be_read_from_two_releases(tmp_path: Path) -> None:
    """Before and after: the difference is the young person whose record was corrected."""
    before = published(tmp_path / "1", _people(12, 20, 32, 6))
    after = published(tmp_path / "2", _people(12, 21, 33, 6))
    result = attack([before, after], KNOWN, released=1)
    assert {failure.bounds.rule.kind for failure in result.failures} == {"corrigé"}
    assert {failure.bounds.key.colonne for failure in result.failures} == {"G", "total"}
    assert not result.contradiction


def test_what_is_withdrawn_must_not_come_back(tmp_path: Path) -> None:
    before = published(tmp_path / "1", _people(12, 20, 32, 6))
    withdrawn = _people("≈10", None, None, 6)
    result = attack([before, published(tmp_path / "2", withdrawn)], KNOWN, released=1)
    assert not result.contradiction
    assert {cell.rule.kind for cell in result.cells} == {"arrondi", "retiré"}
    assert all(cell.safe for cell in result.cells if cell.rule.kind == "retiré")
    partly = attack([before, published(tmp_path / "3", _people(12, None, 33, "≈5"))], KNOWN, released=1)
    assert interval(partly, _key("11_14", "G")) == (21, 21)
    assert not found(partly, _key("11_14", "G")).safe


def test_a_territory_left_out_is_the_service_less_the_others(tmp_path: Path) -> None:
    tables = [_people(12, 20, 32, 6, territory="service"), _people(9, 13, 22, 6, territory=OIGNIES)]
    nobody = _people(0, 0, 0, 0, territory="hors")
    result = attacked(tmp_path / "p", *tables, nobody)
    assert interval(result, _key("11_14", "F", territory=CARVIN)) == (3, 3)
    assert not found(result, _key("11_14", "F", territory=CARVIN)).safe


def test_referrals_of_which_the_total_alone_is_told(tmp_path: Path) -> None:
    table = typed("orientations", ("nombre", "jeunes"), {"total": (20, 15)})
    assert not attacked(tmp_path / "p", table).contradiction


def test_a_precise_percentage_was_not_made_from_rounded_numbers(tmp_path: Path) -> None:
    """« environ 25 % », made from five of 20, says nothing; « 15,0 % » beside them tells of three."""
    lines = {"college": ("≈5", "≈0", "≈5"), "autres": ("≈5", "≈10", "≈15"), "total": ("≈10", "≈10", 20)}
    key = _key("college", "total", "situations")
    vague = naive.part(key, 3, 20).replace("15,0", "environ 25")
    wide = attack([published(tmp_path / "p", typed("situations", AGES, lines), prose=[vague])], KNOWN)
    exact = [published(tmp_path / "q", typed("situations", AGES, lines), prose=[naive.part(key, 3, 20)])]
    assert interval(attack(exact, KNOWN), key) == (3, 3)
    assert interval(wide, key) != (3, 3)


def test_a_service_of_one_commune_rounds_nothing(tmp_path: Path) -> None:
    """Its portrait is its report: the same masks."""
    lines = {"11_14": (None, None, 30, 5), "15_18": (None, None, 40, 5), "total": (30, 40, 70, 10)}
    tables = [typed("accompagnes", SEXES, lines, territory) for territory in ("service", CARVIN)]
    nobody = typed("accompagnes", SEXES, dict.fromkeys(lines, (0, 0, 0, 0)), "hors")
    known = Knowledge({CARVIN: COMMUNES[CARVIN]}, sensibles=())
    assert attack([published(tmp_path / "p", *tables, nobody)], known).passed


def test_settings_of_the_tests_have_two_communes() -> None:
    assert [*COMMUNES] == list(SETTINGS.commune_codes) == [CARVIN, OIGNIES]
