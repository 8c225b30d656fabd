"""Equal measure, population and filters are one unknown, wherever it is printed."""

from __future__ import annotations

import pandas as pd
import pytest

from rlpipeline.errors import DisclosureError
from rlpipeline.figures import ACTION_TABLES, SERVICE
from rlpipeline.protection.unknowns import register, unknown_of
from rlpipeline.published.model import FigureKey
from tests.figures.factory import CARVIN
from tests.figures.factory import SERVICE as SETTINGS
from tests.protection.made import YEAR, random_exact, sexed


def _cell(indicator: str, line: str, column: str, territory: str = SERVICE) -> FigureKey:
    return FigureKey(indicator, YEAR, territory, line, column)


@pytest.mark.parametrize("age", ["11_14", "total"])
def test_the_age_totals_of_the_cohort_are_one_unknown(age: str) -> None:
    cells = [_cell("accompagnes", age, "total")] + [
        _cell(table, "total", age) for table in ("situations", "durees", "communes")
    ]
    assert len({unknown_of(cell, {}) for cell in cells}) == 1


def test_a_line_of_communes_is_the_total_of_the_portrait() -> None:
    line = unknown_of(_cell("communes", CARVIN, "11_14"), {})
    assert line == unknown_of(_cell("accompagnes", "11_14", "total", CARVIN), {})
    assert line != unknown_of(_cell("accompagnes", "11_14", "total"), {})


@pytest.mark.parametrize("table", sorted(ACTION_TABLES))
def test_an_action_is_one_unknown_in_the_service_and_in_its_commune(table: str) -> None:
    homes = {"A1": CARVIN}
    assert unknown_of(_cell(table, "11_14", "A1"), homes) == unknown_of(_cell(table, "11_14", "A1", CARVIN), homes)


def test_newcomers_sexes_and_totals_differ() -> None:
    columns = ("F", "G", "total", "nouveaux")
    assert len({unknown_of(_cell("accompagnes", "11_14", column), {}) for column in columns}) == len(columns)


def test_every_cell_of_random_records_has_the_value_of_its_unknown() -> None:
    exact = random_exact(6, 30, SETTINGS)
    registry = register(pd.concat(exact.values()))
    for cell, place in registry.cells.items():
        frame = exact[cell.indicateur, cell.territoire]
        printed = frame[(frame["ligne"] == cell.ligne) & (frame["colonne"] == cell.colonne)]["valeur"]
        assert printed.tolist() == [registry.values[place]]
    assert len(registry.unknowns) < len(registry.cells)


def test_the_order_of_what_is_given_does_not_matter() -> None:
    figures = pd.concat(random_exact(6, 30, SETTINGS).values(), ignore_index=True)
    assert register(figures.sample(frac=1, random_state=1)).unknowns == register(figures).unknowns


def test_two_tables_that_contradict_each_other_are_refused() -> None:
    figures = sexed("accompagnes", SERVICE, (9, 9, 9, 9, 9), (9, 9, 9, 9, 9))
    line = figures.query("ligne == 'total' and colonne == 'total'").assign(indicateur="durees", valeur=1.0)
    with pytest.raises(DisclosureError, match="mêmes personnes"):
        register(pd.concat([figures, line]))
