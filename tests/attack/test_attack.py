"""What an intruder finds, on small publications; what is not known to be safe stands against a release."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import block_diag, csr_array

from rlpipeline.attack import Attacked, attacking
from rlpipeline.attack import possible as solving
from rlpipeline.attack.system import Box, LinearSystem
from rlpipeline.declared import FigureKey
from rlpipeline.protection.classes import classes_of, few_of
from rlpipeline.protection.rounding import knowledge, rule_of
from rlpipeline.settings.models import Service
from tests.attack.typed import KNOWN, after, attacked, found, interval, publication, typed
from tests.figures.factory import CARVIN, OIGNIES
from tests.figures.factory import SERVICE as SETTINGS

SEXES = ("F", "G", "total", "nouveaux")
AGES = ("moins_11", "11_14", "total")
BY_RULE = replace(
    KNOWN,
    rule=partial(rule_of, links=KNOWN.links, families=frozenset()),
    few=partial(few_of, links=KNOWN.links, base=5),
)

CERTAIN = replace(
    KNOWN,
    links=replace(
        KNOWN.links, all=tuple(link for link in KNOWN.links.all if link.holds == "toujours")
    ),
)
"""Who assumes nothing of what a reader takes for granted."""


def _key(
    line: str,
    column: str,
    indicator: str = "accompagnes",
    territory: str = "service",
    year: int = 2023,
) -> FigureKey:
    return FigureKey(indicator, year, territory, line, column)


def _people(
    *numbers: float | str | None, territory: str = "service", year: int = 2023
) -> pd.DataFrame:
    return typed("accompagnes", SEXES, {"total": numbers}, territory, year)


def _kinds(result: Attacked) -> set[str]:
    return {failure.kind for failure in result.failures}


def test_rounded_parts_of_a_rounded_sum_are_safe() -> None:
    assert attacked(_people("≈5", "≈10", "≈15", "≈5", territory=CARVIN)).passed


def test_a_rounded_figure_is_less_than_its_base_away_from_what_is_shown() -> None:
    """Two « moins de 5 » that are 8 together: four each."""
    result = attacked(_people("≈0", "≈0", 8, 0))
    assert interval(result, _key("total", "F")) == interval(result, _key("total", "G")) == (4, 4)


def test_a_small_number_published_as_it_is() -> None:
    result = attacked(_people(3, 17, 20, 10))
    assert found(result, _key("total", "F")).kind == "publié"
    assert "publié tel quel, sous le seuil de 5" in str(found(result, _key("total", "F")))


def test_a_sensitive_line_has_a_threshold_of_its_own() -> None:
    lines = {"sante": (8, 12, 20), "total": (28, 32, 60)}
    table = typed("problematiques", AGES, lines, unit="problematiques_relevees")
    result = attacked(table, known=replace(KNOWN, sensibles=frozenset({"sante"})))
    assert {failure.about for failure in result.failures if failure.kind == "publié"} == {
        (_key("sante", "moins_11", "problematiques"),)
    }


def test_a_portrait_is_a_commune_of_the_report() -> None:
    communes = typed(
        "communes", AGES, {CARVIN: ("≈0", 11, 14), OIGNIES: (9, 9, 18), "hors": (9, 9, 18)}
    )
    result = attacked(communes, typed("accompagnes", ("total",), {"moins_11": ("≈5",)}, CARVIN))
    assert interval(result, _key(CARVIN, "moins_11", "communes")) == (3, 3)


def test_complete_minus_the_other_portraits() -> None:
    rest = [_people(9, 10, 19, 5, territory=OIGNIES), _people(0, 0, 0, 0, territory="hors")]
    result = attacked(
        _people(12, 20, 32, 10), _people("≈5", "≈10", "≈15", "≈5", territory=CARVIN), *rest
    )
    assert interval(result, _key("total", "F", territory=CARVIN)) == (3, 3)


def test_a_territory_left_out_is_the_service_less_the_others() -> None:
    result = attacked(
        _people(12, 20, 32, 10),
        _people(9, 10, 19, 5, territory=OIGNIES),
        _people(0, 0, 0, 0, territory="hors"),
    )
    assert interval(result, _key("total", "F", territory=CARVIN)) == (3, 3)


def test_exact_figures_narrow_a_rounded_one_and_what_would_cure_it_is_given() -> None:
    lines = {"11_14": ("≈0", 7, 8, "≈0"), "15_18": (7, 9, 16, 5), "total": ("≈10", 16, 24, "≈5")}
    failure = found(attacked(typed("accompagnes", SEXES, lines)), _key("11_14", "F"))
    assert (failure.least, failure.greatest) == (1, 1)
    assert _key("11_14", "G") in failure.cures


def test_what_is_released_is_no_cure() -> None:
    lines = {"11_14": ("≈0", 7, 8, "≈0")}
    boys = publication(typed("accompagnes", ("G",), {"11_14": (7,)}))
    failures = after(boys, publication(typed("accompagnes", SEXES, lines))).failures
    assert failures
    assert all(_key("11_14", "G") not in failure.cures for failure in failures)


@pytest.mark.parametrize(
    ("table", "line", "year", "followed", "territory"),
    [
        ("flux_paei", "ouverts_31_decembre", 2023, 2023, CARVIN),
        ("clotures", "total", 2023, 2023, CARVIN),
        ("flux_paei", "ouverts_1er_janvier", 2023, 2023, "service"),
        ("flux_paei", "ouverts_31_decembre", 2022, 2023, "service"),
        ("flux_paei", "ouverts_1er_janvier", 2023, 2022, "service"),
    ],
)
def test_an_open_follow_up_is_somebodys(
    table: str, line: str, year: int, followed: int, territory: str
) -> None:
    """Then « moins de 5 » is 1 to 4, which is known too well; where perhaps nothing is open it is 0 to 4.

    Where both tables are whole and the others are there, other links say so too: here each is alone.
    """
    people = [_people(*["≈0"] * 4, territory=territory, year=of) for of in {followed, 2023}]

    def beside(number: str) -> Attacked:
        flow = typed(table, ("nombre",), {line: [number]}, territory, year)
        return attacked(*people, flow, known=CERTAIN)

    least, most = interval(beside("≈5"), _key("total", "total", territory=territory, year=followed))
    assert least == 1 and most <= 4
    assert beside("≈0").passed


def test_somebody_is_followed_where_nothing_is_open_any_more() -> None:
    people = _people("≈5", "≈5", "≈10", "≈5", territory=CARVIN)
    nothing = typed("flux_paei", ("nombre",), {"ouverts_31_decembre": [0]}, CARVIN)
    assert attacked(people, nothing).passed


@pytest.mark.parametrize(
    ("least", "greatest", "said"),
    [
        (-0.0, -0.0, "exactement, 0"),
        (2.0, 2.0, "exactement, 2"),
        (-0.0, 1.0, "au plus 1"),
        (-3.0, 1.0, "au plus 1"),
        (1.0, 4.0, "de 1 à 4"),
    ],
)
def test_what_is_found_is_said_without_a_negative_zero(
    least: float, greatest: float, said: str
) -> None:
    assert attacking.interval(least, greatest) == said


def test_the_union_of_the_hidden_cells_of_a_line() -> None:
    """Thirty-five in all, thirty-one of fifteen and more: four are younger."""
    lines = {
        "moins_11": ("≈0",),
        "11_14": ("≈5",),
        "15_18": (31,),
        "19_21": (0,),
        "plus_21": (0,),
        "total": (35,),
    }
    result = attacked(typed("presence_sociale", ("total",), lines))
    union = next(failure for failure in result.failures if failure.kind == "réunion")
    assert (union.least, union.greatest) == (4, 4)
    assert {key.ligne for key in union.about} == {"moins_11", "11_14"}


def test_what_is_left_of_a_part_beside_its_whole() -> None:
    """Twenty-one over fifteen, nineteen of them concerned: two are not."""
    tables = (
        typed("accompagnes", ("total",), {"15_18": (21,), "total": (60,)}),
        typed("problematiques_jeunes", ("15_18",), {"sociales": (19,)}),
    )
    result = attacked(*tables)
    assert _kinds(result) == {"reste"}
    assert [(one.least, one.greatest) for one in result.failures] == [(2, 2)]


def _noted(loisirs: float) -> Attacked:
    lines = {
        "sociales": (130,),
        "logement": (130 - loisirs,),
        "autonomie_loisirs": (loisirs,),
        "total": (130,),
    }
    issues = typed("problematiques", ("total",), lines, unit="problematiques_relevees")
    return attacked(issues, typed("problematiques_jeunes", ("total",), {"sociales": (90,)}))


def test_who_takes_an_issue_for_noted_once_finds_those_of_its_family_without_it() -> None:
    """Ninety concerned by the family, one issue noted eighty-nine times: one has the other issue alone."""
    assert [(one.kind, one.least, one.greatest) for one in _noted(89).failures] == [("reste", 1, 1)]
    assert _noted(96).passed  # some have it several times


def test_issues_beyond_the_persons_concerned_are_those_of_somebody() -> None:
    issues = typed(
        "problematiques",
        ("total",),
        {"mobilite": (37,), "total": (37,)},
        unit="problematiques_relevees",
    )
    result = attacked(issues, typed("problematiques_jeunes", ("total",), {"mobilite": (36,)}))
    assert [(failure.kind, failure.least, failure.greatest) for failure in result.failures] == [
        ("reste", 1, 1)
    ]
    assert attacked(
        issues, typed("problematiques_jeunes", ("total",), {"mobilite": ("≈35",)})
    ).passed


def test_who_takes_newcomers_for_accepted_requests_finds_the_others() -> None:
    people = _people(40, 51, 91, 50)
    assert _kinds(
        attacked(people, typed("demandes", ("total",), {"acceptee": (52,)}, unit="demandes"))
    ) == {"reste"}
    assert attacked(
        people, typed("demandes", ("total",), {"acceptee": (55,)}, unit="demandes")
    ).passed


def test_communes_are_at_most_the_service_where_what_is_outside_shows_its_total_alone() -> None:
    requests = partial(typed, "demandes", ("total",), unit="demandes")
    outside = requests({"total": ("≈0",)}, territory="hors")
    communes = [requests({"reorientee": ("≈5",)}, territory=place) for place in (CARVIN, OIGNIES)]
    result = attacked(requests({"reorientee": (6,)}), *communes, outside)
    assert interval(result, _key("reorientee", "total", "demandes", CARVIN)) == (3, 3)
    assert attacked(requests({"reorientee": (12,)}), *communes, outside).passed


def test_who_came_back_is_what_is_left_of_two_years() -> None:
    """98 followed, 44 of them new, 53 open on 31 December before: one came back."""
    before = typed(
        "flux_paei", ("nombre",), {"ouverts_31_decembre": (53,)}, year=2022, unit="accompagnements"
    )
    result = after(publication(before), publication(_people(None, None, 98, 44)))
    assert ("reste", 1, 1) in [(one.kind, one.least, one.greatest) for one in result.failures]


def test_who_knows_that_margins_are_exact_from_the_threshold_on() -> None:
    """A margin « ≈ 5 » is five at least; « moins de 5 » alone in its table is no zero."""
    table = typed("situations", ("total",), {"college": ("≈0",), "autres": (30,)})
    assert attacked(table, known=BY_RULE).passed
    lines = {"moins_11": ("≈0", 9), "11_14": ("≈5", 9), "total": ("≈5", 18)}
    narrow = typed("travail_de_rue", ("F", "total"), lines)
    assert attacked(narrow, known=BY_RULE).passed


def test_who_knows_that_a_portrait_shows_the_lines_of_twenty_at_least() -> None:
    """Twelve, and « ≈ 5 » of seven at most for who assumes the nearest multiple: of twenty one or two are left."""
    lines = {
        "moins_11": ("≈5",),
        "11_14": (12,),
        "15_18": (0,),
        "19_21": (0,),
        "plus_21": ("≈0",),
        "total": ("≈20",),
    }
    table = typed("presence_sociale", ("total",), lines, CARVIN)
    assert attacked(table).passed
    assert interval(
        attacked(table, known=BY_RULE), _key("plus_21", "total", "presence_sociale", CARVIN)
    ) == (1, 2)


def test_what_alone_is_small_in_a_rounded_action_is_less_than_five_whatever_is_nearest() -> None:
    table = typed(
        "actions", ("A1",), {"11_14": ("≈0",), "15_18": ("≈10",), "total": (14,)}, unit="personnes"
    )
    assert interval(attacked(table), _key("11_14", "A1", "actions")) == (2, 2)
    assert attacked(table, known=BY_RULE).passed


def test_what_alone_can_be_small_in_a_crossed_table_is_unless_one_of_its_cells_is_exact() -> None:
    """« ≈ 5 » is one to four where the table is rounded for it, three or four for who assumes the nearest multiple."""
    rounded = typed("travail_de_rue", ("F", "G"), {"11_14": ("≈5", "≈25"), "15_18": ("≈25", "≈25")})
    assert attacked(rounded).passed
    assert interval(attacked(rounded, known=BY_RULE), _key("11_14", "F", "travail_de_rue")) == (
        3,
        4,
    )
    beside = typed("travail_de_rue", ("F", "G"), {"11_14": ("≈5", "≈25"), "15_18": (24, "≈25")})
    assert attacked(beside, known=BY_RULE).passed


def test_who_assumes_the_nearest_multiple() -> None:
    """« ≈ 5 » is seven at most, « moins de 5 » two: of eleven in all, two are then in each of the small classes."""
    lines = {
        "moins_11": ("≈5",),
        "11_14": ("≈0",),
        "15_18": ("≈0",),
        "19_21": (0,),
        "plus_21": (0,),
        "total": (11,),
    }
    result = attacked(
        typed("situations", [*lines], {"college": [cell[0] for cell in lines.values()]})
    )
    told = {
        failure.about[0].colonne: (failure.least, failure.greatest) for failure in result.failures
    }
    assert told["11_14"] == told["15_18"] == (2, 2)


def test_who_assumes_the_nearest_multiple_takes_what_is_usual_for_granted() -> None:
    """98 followed, 44 of them new, « ≈ 55 » open before, hence 53 at least: one came back at most."""
    before = typed(
        "flux_paei",
        ("nombre",),
        {"ouverts_31_decembre": ("≈55",)},
        year=2022,
        unit="accompagnements",
    )
    result = after(publication(before), publication(_people(None, None, 98, 44)))
    assert [(one.kind, one.least, one.greatest) for one in result.failures] == [("reste", 0, 1)]


def test_the_flow_of_the_year_splits_a_class_that_the_closures_join() -> None:
    """Six left for one reason or another, « ≈ 5 » for each: three and three."""
    joined = publication(
        typed("clotures", ("nombre",), {"depart": (6,)}, unit="accompagnements"),
        typed(
            "flux_paei",
            ("nombre",),
            {"orientation": ("≈5",), "changement_territoire": ("≈5",)},
            unit="accompagnements",
        ),
        classes={"motif": {"depart": ("orientation", "changement_territoire")}},
    )
    told = {
        failure.about[0].ligne: (failure.least, failure.greatest)
        for failure in after(joined).failures
    }
    assert told == {"orientation": (3, 3), "changement_territoire": (3, 3)}


def test_an_edition_without_a_figure_about_persons_tells_nothing() -> None:
    assert attacked(typed("accompagnes", ("total",), {})).passed


def test_everybody_of_a_sensitive_line_in_one_class() -> None:
    columns = ("moins_11", "11_14", "15_18", "19_21", "plus_21", "total")
    table = typed(
        "problematiques", columns, {"sante": (0, 0, 12, 0, 0, 12)}, unit="problematiques_relevees"
    )
    assert _kinds(attacked(table, known=replace(KNOWN, sensibles=frozenset({"sante"})))) == {
        "groupe"
    }
    assert attacked(table).passed


def test_families_and_presences_are_protected() -> None:
    for line, unit in (("familles", "familles"), ("total", "presences")):
        assert _kinds(attacked(typed("actions", ("A1",), {line: (2,)}, unit=unit))) == {"publié"}


def test_what_earlier_releases_give_away_as_narrowly_does_not_stand_against_another() -> None:
    """A bad release cannot be taken back, and must not forbid a better one; to tell more of it is a leak."""
    bad = publication(_people(3, "≈10", 13, "≈5"))
    good = publication(_people("≈5", "≈10", "≈15", "≈5"))
    result = after(bad, good)
    assert result.passed
    assert any("publié tel quel" in str(failure) for failure in result.lost)


def test_already_lost_compares_bounds() -> None:
    """Known before to be three or four, known now to be three, or to be four."""
    lines = {"moins_11": ("≈0",), "11_14": ("≈5",), "total": (12,)}
    nobody = dict.fromkeys(("15_18", "19_21", "plus_21"), (0,))
    before = publication(typed("travail_de_rue", ("total",), {**lines, **nobody}, CARVIN))
    small = _key("moins_11", "total", "travail_de_rue", CARVIN)
    assert interval(after(before), small) == (3, 4)
    for others, left in ((9, 3), (8, 4)):
        more = publication(typed("travail_de_rue", ("total",), {"11_14": (others,)}, CARVIN))
        assert interval(after(before, more), small) == (left, left)


def test_one_row_broken_by_a_correction_is_withdrawn_alone_and_named() -> None:
    """A leak by two releases is found, whatever total beside it was corrected by one."""
    before = [_people(12, 20, 32, 6), typed("travail_de_rue", ("total",), {"total": (80,)})]
    durations = typed(
        "durees", ("total",), {"12_23_mois": (30,), "24_mois_plus": ("≈5",)}, year=2024
    )
    after_one = after(publication(*before), publication(durations))
    street = typed("travail_de_rue", SEXES, {"total": (20, 20, 41, 9)})
    off_by_one = after(publication(*before, street), publication(durations))
    assert _kinds(after_one) & {"reste", "arrondi"}
    assert not off_by_one.contradiction
    assert [row for row in off_by_one.withdrawn if "travail_de_rue" in row]
    assert _kinds(off_by_one) & {"reste", "arrondi"}


def test_what_contradicts_itself_in_one_release_is_not_released() -> None:
    result = attacked(_people(12, 20, 33, 6))
    assert not result.passed
    assert "se contredisent" in result.contradiction


def test_a_table_that_nothing_declares_refuses_a_release() -> None:
    unknown = typed("tableau_disparu", ("total",), {"total": (12,)})
    result = after(publication(unknown), publication(_people(12, 20, 32, 10)))
    assert not result.failures
    assert not result.passed
    assert "tableau_disparu" in result.unread[0]


def test_what_the_solver_does_not_decide_refuses_a_release(monkeypatch: pytest.MonkeyPatch) -> None:
    table = _people("≈5", "≈10", "≈15", "≈5", territory=CARVIN)
    assert attacked(table).passed
    monkeypatch.setattr(solving.Spans, "met", lambda self, places, values: None)
    result = attacked(table)
    assert not result.failures
    assert result.undecided
    assert not result.passed


def test_what_breaks_a_constraint_is_no_solution_whatever_the_solver_tolerates() -> None:
    rows, within = (
        Box(np.array([low]), np.array([high])) for low, high in ((8.0, 8.0), (0.0, 4.0))
    )
    both = within.extended(*within)
    component = solving.Component(np.arange(2), csr_array(np.ones((1, 2))), rows, both)
    every, threshold = np.array([True, True]), np.array([5.0, 5.0])
    spans = solving.Spans.within(both, every, threshold, threshold)
    for values in ((4.0, 3.0), (5.0, 3.0), (4.0, 3.9)):
        component._meet(np.array(values), spans)
        assert np.isinf(spans.least).all()
    component._meet(np.array((4.0, 4.0)), spans)
    assert spans.least.tolist() == spans.most.tolist() == [4.0, 4.0]


def _sums(*tables: np.ndarray) -> LinearSystem:
    """Write the lines of tables that share no figure; each line adds up to nothing."""
    matrix = csr_array(block_diag([csr_array(table) for table in tables]))
    none = np.zeros(matrix.shape[0])
    return LinearSystem({}, matrix, none, none, (), {}, np.empty((0, 2), np.intp), ())


@pytest.mark.parametrize("seed", range(12))
def test_guesses_of_a_table_do_not_depend_on_tables_that_share_no_figure_with_it(seed: int) -> None:
    """Not all guesses can be true, and several ways out are equal: which is taken is told by the table alone."""
    random = np.random.default_rng(seed)
    table = np.array([[1.0, 1, 1, -1, 0], [0, 0, 1, 1, -1]])
    other = np.append(random.choice([-1.0, 1.0], (2, 4)), [[0], [-1]], axis=1)
    own = np.arange(table.shape[1])
    size = 2 * len(own)
    allowed = Box(np.zeros(size), np.full(size, 9.0))
    guessed = Box(random.choice([3.0, 8.0], size), allowed.high)
    alone = solving.nearest_possible(_sums(table), allowed.at(own), guessed.at(own))
    beside = solving.nearest_possible(_sums(table, other), allowed, guessed).at(own)
    assert alone.low.tolist() != guessed.low[own].tolist()
    assert beside.low.tolist() == alone.low.tolist()


def test_a_solver_that_fails_decides_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solving, "SETTINGS", {**solving.SETTINGS, "simplex_iteration_limit": 0})
    assert not attacked(_people("≈5", "≈10", "≈15", "≈5", territory=CARVIN)).passed


def test_issues_of_nobody_between_two_releases_are_withdrawn_and_named() -> None:
    """Nobody outside in one release; the next, of a commune less, has issues outside, and no table of persons."""
    nobody = typed("problematiques_jeunes", ("total",), {"mobilite": (0,)}, "hors")
    none, some = (
        typed(
            "problematiques",
            ("total",),
            {"mobilite": (number,)},
            "hors",
            unit="problematiques_relevees",
        )
        for number in (0, "≈15")
    )
    result = after(publication(nobody, none), publication(some))
    assert not result.contradiction
    assert [row for row in result.withdrawn if "problematiques_jeunes" in row]


def test_a_correction_may_not_be_read_from_two_releases() -> None:
    """Before and after: the difference is the young person whose record was corrected."""
    result = after(publication(_people(12, 20, 32, 6)), publication(_people(12, 21, 33, 6)))
    assert {(one.kind, one.about[0].colonne) for one in result.failures} == {
        ("corrigé", "G"),
        ("corrigé", "total"),
    }


def test_what_is_withdrawn_must_not_come_back() -> None:
    before = publication(_people(12, 20, 32, 6))
    assert after(before, publication(_people("≈10", None, None, 6))).passed
    partly = after(before, publication(_people(12, None, 33, "≈5")))
    assert not partly.contradiction


def test_wider_classes_of_another_release_add_up() -> None:
    """Thirteen under fifteen, of whom ten of eleven and more: three are younger, though no file says so."""
    wide = typed("situations", ("moins_15", "total"), {"college": (13, 30)})
    narrow = typed("situations", ("moins_11", "11_14", "total"), {"college": ("≈5", 10, 30)})
    classes = {"age": {"moins_15": ["moins_11", "11_14"]}}
    result = after(publication(narrow), publication(wide, classes=classes))
    assert interval(result, _key("college", "moins_11", "situations")) == (3, 3)


def test_a_sensitive_line_keeps_its_threshold_where_another_release_has_other_classes() -> None:
    full = Service(nom="Service", departement="62", communes=SETTINGS.communes)
    classes, issues = classes_of(full.diffusion, full), {"sante_justice": (8,)}
    before = publication(
        _people(12, 20, 32, 6, year=2022), classes={"age": {"moins_15": ["moins_11", "11_14"]}}
    )
    now = publication(
        typed("problematiques", ("total",), issues, unit="problematiques_relevees"), classes=classes
    )
    assert _kinds(after(before, now, known=knowledge(full, KNOWN.links))) == {"publié"}


def test_referrals_of_which_the_total_alone_is_told() -> None:
    table = typed("orientations", ("nombre", "jeunes"), {"total": (20, 15)}, unit="orientations")
    assert not attacked(table).contradiction
