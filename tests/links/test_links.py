"""Links are compiled once, and every row holds in any records; ``benchmarks/links.py`` asks it of two thousand.

Slow: whole years of random records, which alone show a row that does not hold.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from benchmarks import links as benchmark
from benchmarks.links import COMMUNES, TIMES, of_communes, unsaid
from rlpipeline.declared import FigureKey
from rlpipeline.links import Constraint, Tables, constraints, constraints_between_years
from tests.figures import random_records
from tests.figures.factory import CARVIN, OIGNIES
from tests.figures.factory import SERVICE as SETTINGS
from tests.links.random_figures import (
    LINKS,
    YEAR,
    always,
    constraints_and_counts,
    is_broken,
    services,
)

SETS, ALONE = 6, 240


@pytest.mark.slow
def test_every_row_holds_in_random_records() -> None:
    kinds = set()
    for records in services(SETS):
        every, values = constraints_and_counts(records)
        broken = [row for row in every if always(row) and is_broken(row, values)]
        assert not broken, broken[0]
        kinds |= {row.kind for row in every}
    assert kinds == {"somme", "égalité", "part", "reste", "choses", "zéro"}


FOLLOWED = "accompagnes/2023/service/total/total"
ZEROS = {
    "accompagnes_en_cours": f"flux_paei/2023/service/ouverts_31_decembre/nombre ⇒ {FOLLOWED}",
    "accompagnes_du_mouvement": f"flux_paei/2023/service/commences/nombre ⇒ {FOLLOWED}",
    "accompagnes_au_1er_janvier": (
        "flux_paei/2022/service/ouverts_1er_janvier/nombre ⇒ accompagnes/2022/service/total/total"
    ),
    "durees_en_cours": (
        "durees/2022/service/24_mois_plus/total ⇒ flux_paei/2022/service/ouverts_1er_janvier/nombre"
    ),
    "orientations_nulles": (
        "orientations/2023/service/total/nombre ⇒ orientations/2023/service/total/jeunes"
    ),
}
"""Links by which something means somebody, and what no row says without each."""


@pytest.mark.slow
def test_what_is_zero_wherever_another_figure_is_follows_from_the_links(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Services of one or two young people, none of which denies it; without a link it is found that it lacks."""
    monkeypatch.setattr(random_records, "COMMUNES", random_records.COMMUNES)  # made of one each
    of_each = [counted for first in range(0, ALONE, COMMUNES) for counted in of_communes(first)]
    assert not [broken for _, rows_broken in of_each for broken in rows_broken]
    alone = pd.DataFrame([known for known, _ in of_each]).fillna(0.0)
    assert [*map(str, unsaid(alone, TIMES))] == []
    assert {*map(str, unsaid(alone, 1))}.isdisjoint(ZEROS.values())
    for name, found in ZEROS.items():
        others = tuple(link for link in LINKS.all if link.name != name)
        monkeypatch.setattr(benchmark, "LINKS", replace(LINKS, all=others))
        assert found in map(str, unsaid(alone, 1)), name


def _key(
    indicator: str, line: str, column: str, place: str = "service", year: int = YEAR
) -> FigureKey:
    return FigureKey(indicator, year, place, line, column)


def _said(*keys: FigureKey, silent: tuple[FigureKey, ...] = ()) -> list[Constraint]:
    cells = {**dict.fromkeys(keys, True), **dict.fromkeys(silent, False)}
    return [*constraints(Tables(LINKS, cells), SETTINGS.commune_codes)]


def test_a_code_shown_only_where_someone_is_counted_is_a_zero_elsewhere() -> None:
    sexes = [_key("accompagnes", "11_14", of) for of in ("F", "G", "total")]
    assert [(row.kind, row.most) for row in _said(*sexes)] == [("somme", 0.0)]


def test_a_sum_of_which_a_part_is_not_published_is_a_whole_and_what_is_left() -> None:
    row = next(row for row in _said(*(_key("accompagnes", "11_14", of) for of in ("F", "total"))))
    assert (row.kind, row.least) == ("part", -np.inf)


def test_a_cell_that_is_not_communicated_counts_for_nothing() -> None:
    cells = [_key("demandes", line, "total") for line in ("acceptee", "total")]
    lines = [code for code in LINKS.codes["suite"] if code != "acceptee"]
    every = _said(*cells, silent=tuple(_key("demandes", line, "total") for line in lines))
    assert not [row for row in every if row.kind == "somme" and len(row.terms) > 2]


def test_a_territory_without_the_table_has_figures_to_find() -> None:
    keys = [_key("accompagnes", "total", "total", place) for place in ("service", CARVIN, "hors")]
    sums = [row for row in _said(*keys) if row.why == "les territoires font le service"]
    assert {key.territoire for key, _ in sums[0].terms} == {"service", CARVIN, OIGNIES, "hors"}


def test_the_unknown_of_a_portrait_that_shows_its_total_alone_is_not_nobody() -> None:
    unknown = [
        _key("situations", "non_renseignee", "total", place) for place in ("service", "hors")
    ]
    totals = [
        _key("situations", "total", "total", place)
        for place in ("service", CARVIN, OIGNIES, "hors")
    ]
    sums = [row for row in _said(*unknown, *totals) if row.why == "les territoires font le service"]
    told = {(row.kind, key.ligne) for row in sums for key, _ in row.terms}
    assert told == {("somme", "total"), ("ensemble", "non_renseignee")}


def test_two_tables_of_one_population_are_tied_through_a_third_that_is_not_shown() -> None:
    keys = [_key(table, "total", "11_14") for table in ("situations", "durees")]
    through = {key.indicateur for row in _said(*keys) for key, _ in row.terms}
    assert "accompagnes" in through


def test_a_part_is_no_more_than_the_total_of_a_table_that_shows_it_alone() -> None:
    persons = _key("problematiques_jeunes", "sociales", "total", CARVIN)
    things = _key("problematiques", "total", "total", CARVIN)
    assert [(row.terms, row.most) for row in _said(persons, things) if row.kind == "choses"] == [
        (((persons, 1.0), (things, -1.0)), 0.0)
    ]


def test_codes_of_a_link_are_found_in_wider_classes() -> None:
    cells = dict.fromkeys(
        (_key("durees", "un_an", "total"), _key("accompagnes", "total", "total", year=YEAR - 1)),
        True,
    )
    tables = Tables(LINKS, cells, {"duree": {"un_an": ("12_23_mois", "24_mois_plus")}})
    assert [row.why for row in constraints_between_years(tables)] == [
        "qui est là depuis un an ou plus l'était déjà l'année précédente"
    ]


ONCE = "une problématique n'est notée qu'une fois par jeune"


def test_an_issue_alone_is_taken_for_noted_once_for_those_of_its_family() -> None:
    lines = {"problematiques": "sociales toutes logement mobilite freins_mobilite total"}
    named = {**lines, "problematiques_jeunes": "sociales mobilite"}
    keys = [
        _key(table, line, "total") for table, of_table in named.items() for line in of_table.split()
    ]
    of_two = {"problematique": {"toutes": ("logement", "autonomie_loisirs")}}
    every = [*constraints(Tables(LINKS, dict.fromkeys(keys, True), of_two), SETTINGS.commune_codes)]
    once = [row for row in every if row.why == ONCE]
    assert all(row.assumed and row.kind == "reste" for row in once)
    assert [(row.terms[0][0].ligne, row.terms[1][0].ligne) for row in once] == [
        ("logement", "sociales"),
        ("freins_mobilite", "mobilite"),
    ]
