"""What an intruder finds, on small publications."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from rlpipeline.disclosure.attack import Key, Knowledge, attack
from rlpipeline.disclosure.attack.linking import relations
from rlpipeline.disclosure.attack.statements import Document, Figure
from tests.disclosure import naive
from tests.disclosure.attack.typed import COMMUNES, KNOWN, attacked, found, interval, published, typed
from tests.indicators.factory import CARVIN, OIGNIES
from tests.indicators.factory import SERVICE as SETTINGS

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


@pytest.mark.parametrize(("kind", "passes"), [("primaire", False), ("secondaire", True), ("masqué", True)])
def test_what_a_mask_hides_decides_when_it_is_told(tmp_path: Path, kind: str, passes: bool) -> None:
    """From 1 to 9: fine for a figure that only protects others; a small one must look like it could be none."""
    path = published(tmp_path / "p", _sandwiched())
    primary = {"primaire": {_key("moins_11", "F"): 5}, "secondaire": {}, "masqué": None}[kind]
    result = attack([path], KNOWN, primary)
    bounds = found(result, _key("moins_11", "F"))
    assert bounds.rule.kind == kind
    assert bounds.safe == passes


def _sandwiched() -> pd.DataFrame:
    """Females between 1 and 9: newcomers are among them, and masks share ten."""
    lines = {"moins_11": (None, None, 10, 5), "11_14": (None, None, 10, 5), "total": (11, 9, 20, 10)}
    return typed("accompagnes", SEXES, lines)


def test_a_portrait_is_a_commune_of_the_report(tmp_path: Path) -> None:
    communes = typed("communes", AGES, {CARVIN: (None, None, 30), OIGNIES: (None, None, 30), "total": (11, 49, 60)})
    lines = {"moins_11": (None, None, None, None), "11_14": (14, 13, 27, 5), "total": (None, None, None, None)}
    result = attacked(tmp_path / "p", communes, typed("accompagnes", SEXES, lines, CARVIN))
    assert interval(result, _key(CARVIN, "11_14", "communes")) == (27, 27)


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
    document = Document("p", figures, whole=frozenset(key.place for key in keys))
    stated = [one for one in relations([document], KNOWN) if {key for key, _ in one.terms} == {*sums}]
    assert [(one.low, one.high) for one in stated] == [(0, most)]


def test_rounding_leaves_a_box(tmp_path: Path) -> None:
    result = attacked(tmp_path / "p", _people(5, 10, 15, 5, territory=CARVIN), known=ROUNDING)
    assert result.passed
    assert {cell.rule.kind for cell in result.cells} == {"arrondi"}


def test_a_rounded_publication_must_not_hold_an_exact_figure(tmp_path: Path) -> None:
    result = attacked(tmp_path / "p", _people(5, 12, 15, 5, territory=CARVIN), known=ROUNDING)
    assert interval(result, _key("11_14", "G", territory=CARVIN)) == (12, 12)


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
    assert result.set_aside


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
    lines = {"moins_11": (8, 8, None, None), "11_14": (9, 9, None, None), "total": (17, 17, None, None)}
    table = typed("accompagnes", ("F", "G", "NR", "total"), lines)
    key = _key("total", "NR")
    assert not found(attack([published(tmp_path / "p", table)], KNOWN, {key: 5}), key).safe
    unaware = replace(KNOWN, shown_means_counted=False)
    assert found(attack([tmp_path / "p"], unaware, {key: 5}), key).safe


def test_wider_classes_of_another_release_add_up(tmp_path: Path) -> None:
    wide = typed("situations", ("moins_15", "total"), {"college": (None, 9), "total": (9, 9)})
    narrow = typed("situations", ("moins_11", "11_14", "total"), {"college": (2, 5, 9), "total": (2, 5, 9)})
    known = replace(KNOWN, regroupements={"moins_15": ("moins_11", "11_14")})
    paths = [published(tmp_path / "1", narrow.iloc[:0]), published(tmp_path / "2", wide)]
    assert paths and attack(paths, known).cells
    narrow = typed("situations", ("moins_11", "11_14", "total"), {"college": (2, 7, 9), "total": (2, 7, 9)})
    both = [published(tmp_path / "3", narrow), published(tmp_path / "4", wide)]
    assert interval(attack(both, known), _key("college", "moins_15", "situations")) == (9, 9)


def test_a_service_of_one_commune_rounds_nothing(tmp_path: Path) -> None:
    """Its portrait is its report: the same masks."""
    lines = {"11_14": (None, None, 30, 5), "15_18": (None, None, 40, 5), "total": (30, 40, 70, 10)}
    tables = [typed("accompagnes", SEXES, lines, territory) for territory in ("service", CARVIN)]
    nobody = typed("accompagnes", SEXES, dict.fromkeys(lines, (0, 0, 0, 0)), "hors")
    known = Knowledge({CARVIN: COMMUNES[CARVIN]}, sensibles=())
    assert attack([published(tmp_path / "p", *tables, nobody)], known).passed


def test_settings_of_the_tests_have_two_communes() -> None:
    assert [*COMMUNES] == list(SETTINGS.commune_codes) == [CARVIN, OIGNIES]
