from __future__ import annotations

import numpy as np
import pytest

from rlpipeline.figures.tidy import no_figures, not_communicated, tidy


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
