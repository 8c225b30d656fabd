from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from rlpipeline.figures.tidy import by_age, by_age_and_sex, cross_counts, no_figures, not_communicated, tidy


def series(*values: str) -> pd.Series[str]:
    return pd.Series(values, dtype="str")


def test_figures_are_written_line_by_line_with_zeros() -> None:
    found = tidy(("a", "b"), ("x", "y"), [[1, 0], [0, 2.5]], ("jeunes", "heures"))
    assert found.to_dict("list") == {
        "ligne": ["a", "a", "b", "b"],
        "colonne": ["x", "y", "x", "y"],
        "valeur": [1, 0, 0, 2.5],
        "unite": ["jeunes", "heures", "jeunes", "heures"],
        "etat": ["ok"] * 4,
    }
    assert found.dtypes.map(str).tolist() == ["str", "str", "float64", "str", "str"]


@pytest.mark.parametrize("state", ["nc", "vide", "masque"])
def test_a_state_without_value_has_none(state: str) -> None:
    assert np.isnan(tidy(("a",), ("x",), [[3]], "jeunes", state)["valeur"][0])


def test_a_partial_sum_keeps_its_value() -> None:
    assert tidy(("a",), ("x",), [[3]], "jeunes", "partiel")["valeur"].tolist() == [3]


def test_an_absent_table_is_not_zero() -> None:
    found = not_communicated(("a",), ("x", "y"), ("jeunes", "heures"))
    assert found["etat"].tolist() == ["nc", "nc"]
    assert found["valeur"].isna().all()


def test_no_figures_keep_their_types() -> None:
    assert no_figures().dtypes.map(str).tolist() == ["str", "str", "float64", "str", "str"]
    assert no_figures().empty


def test_codes_that_are_not_listed_are_not_counted() -> None:
    found = cross_counts(series("a", "b", "z", "a"), series("x", "x", "x", "w"), ("a", "b"), ("x", "y"))
    assert found.tolist() == [[1, 0], [1, 0]]


def test_missing_codes_are_not_counted() -> None:
    assert cross_counts(pd.Series(["a", None], dtype="str"), series("x", "x"), ("a",), ("x",)).tolist() == [[1]]


def test_counting_nothing_gives_zeros() -> None:
    assert cross_counts(series(), series(), ("a", "b"), ("x",)).tolist() == [[0], [0]]


def population(*rows: tuple[str, str, bool]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["tranche_age", "sexe", "nouveau"]).astype({"tranche_age": "str", "sexe": "str"})


def test_rare_codes_show_only_where_someone_is_counted() -> None:
    known = by_age_and_sex(population(("11_14", "F", True)), "nouveau")
    assert known["colonne"].unique().tolist() == ["F", "G", "total", "nouveaux"]
    assert known["ligne"].unique().tolist() == ["moins_11", "11_14", "15_18", "19_21", "plus_21", "total"]
    unknown = by_age_and_sex(population(("11_14", "NR", False), ("age_inconnu", "G", True)), "nouveau")
    assert unknown["colonne"].unique().tolist() == ["F", "G", "NR", "total", "nouveaux"]
    assert unknown["ligne"].unique().tolist()[-2:] == ["age_inconnu", "total"]
    total = unknown[unknown["ligne"] == "total"]
    assert total["valeur"].tolist() == [0, 1, 1, 2, 1]


def test_ages_are_columns_and_the_total_closes_both_sides() -> None:
    found = by_age(series("a", "a", "b"), series("11_14", "plus_21", "11_14"), ("a", "b", "c"), "demandes")
    table = found.pivot(index="ligne", columns="colonne", values="valeur")
    assert table.loc["total", "total"] == 3
    assert table.loc["total", "11_14"] == 2
    assert table.loc["a", "total"] == 2
    assert table.loc["c"].tolist() == [0] * 6
    assert found["unite"].unique().tolist() == ["demandes"]


def test_a_table_of_several_answers_has_no_total_line() -> None:
    found = by_age(series("a"), series("11_14"), ("a",), "jeunes", total=False)
    assert found["ligne"].unique().tolist() == ["a"]
