"""Wider classes, and rare ones that are always there."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from rlpipeline.disclosure.classes import regroup, wider_classes, with_classes_of
from rlpipeline.errors import SettingsError
from rlpipeline.indicators import SERVICE, table_data
from tests.disclosure.made import exact_of, frame, sexed
from tests.indicators.factory import SERVICE as SETTINGS
from tests.indicators.factory import scope
from tests.indicators.random_records import random_records

AGES = {"age": (("moins_11", "11_14"), ("19_21", "plus_21"))}


def _table(data: pd.DataFrame) -> dict[tuple[str, str], float]:
    return {
        (line, column): value for line, column, value in data[["ligne", "colonne", "valeur"]].itertuples(index=False)
    }


def test_ages_are_joined_and_everything_adds_up_as_before() -> None:
    exact = {("accompagnes", SERVICE): sexed("accompagnes", SERVICE, (1, 2, 3, 4, 5), (10, 20, 30, 40, 50))}
    found = _table(regroup(exact, AGES)["accompagnes", SERVICE])
    assert found["moins_11_ou_11_14", "F"] == 1 + 2
    assert found["19_21_ou_plus_21", "total"] == 4 + 5 + 40 + 50
    assert found["15_18", "G"] == 30
    assert found["total", "total"] == sum(range(1, 6)) + sum(range(10, 60, 10))
    assert ("moins_11", "F") not in found


def test_columns_and_lines_of_every_table_by_age_are_joined() -> None:
    exact = exact_of(random_records(1), SETTINGS)
    joined = regroup(exact, AGES)
    for (name, place), table in joined.items():
        assert not {"moins_11", "plus_21"} & {*table["ligne"], *table["colonne"]}, name
        assert table["valeur"].sum() == pytest.approx(exact[name, place]["valeur"].sum())


def test_a_class_half_known_is_partial() -> None:
    lines = {"moins_11": {"A1": 3.0}, "11_14": {"A1": np.nan}, "19_21": {"A1": np.nan}, "plus_21": {"A1": np.nan}}
    exact = {("actions", SERVICE): frame("actions", SERVICE, lines, "personnes")}
    found = regroup(exact, AGES)["actions", SERVICE].set_index("ligne")
    assert found["etat"].to_dict() == {"moins_11_ou_11_14": "partiel", "19_21_ou_plus_21": "nc"}
    assert found.loc["moins_11_ou_11_14", "valeur"] == 3
    assert np.isnan(found.loc["19_21_ou_plus_21", "valeur"])


@pytest.mark.parametrize(
    ("regrouped", "words"),
    [
        ({"sexe": (("F", "G"),)}, "regrouper"),
        ({"age": (("11_14", "15_17"),)}, "15_17"),
        ({"age": (("11_14", "15_18"), ("15_18", "19_21"))}, "15_18"),
    ],
)
def test_a_class_that_does_not_exist_is_refused(regrouped: dict[str, tuple[tuple[str, ...], ...]], words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        wider_classes("durees", regrouped)


def test_rare_classes_are_there_whether_someone_is_counted_or_not() -> None:
    exact = {("accompagnes", SERVICE): sexed("accompagnes", SERVICE, (6,) * 5, (7,) * 5)}
    found = _table(regroup(exact, {})["accompagnes", SERVICE])
    assert found["age_inconnu", "NR"] == found["total", "NR"] == found["age_inconnu", "nouveaux"] == 0
    assert list(dict.fromkeys(line for line, _ in found))[-2:] == ["age_inconnu", "total"]


def test_what_is_not_communicated_stays_so() -> None:
    exact = {
        ("demandes", SERVICE): frame("demandes", SERVICE, {"total": {"11_14": np.nan, "total": np.nan}}, "demandes")
    }
    assert set(regroup(exact, {})["demandes", SERVICE]["etat"]) == {"nc"}


@pytest.mark.parametrize("name", ["accompagnes", "situations", "durees", "actions"])
def test_tables_keep_their_words(name: str) -> None:
    records = random_records(1)
    data = table_data(name, records, scope())
    figures = regroup({(name, SERVICE): data.figures}, AGES)[name, SERVICE]
    shown = with_classes_of(data, figures, AGES)
    assert {row.code for row in shown.rows if row.kind != "note"} == set(figures["ligne"])
    assert {col.code for col in shown.columns} == set(figures["colonne"])
    labels = {one.code: one.label for one in (*shown.rows, *shown.columns)}
    assert labels["moins_11_ou_11_14"] == "Moins de 15 ans"
