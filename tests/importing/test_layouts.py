"""Forty made-up exports of three hands are read as their authors read them; thirty had been held out until measured.

Slow: most of them, each a layout that no other has.
"""

from __future__ import annotations

import pytest

from tests.importing.measuring import Layout, said_of_layouts

MOST_QUESTIONS = 8
RIGHT = 0.95


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.slow if rank % 7 != 5 else ())
        for rank, name in enumerate(said_of_layouts())
    ],
)
def test_columns_are_recognised_and_no_cell_is_wrong_in_silence(name: str) -> None:
    measured = Layout(name).measure()
    assert measured.right >= RIGHT * measured.columns, measured.wrong
    assert not measured.silent
    assert len(measured.questions) <= MOST_QUESTIONS
    assert measured.replayed


def test_the_measure_sees_a_cell_that_is_wrong() -> None:
    layout = Layout("14-mois-temps")
    sheet = layout.truth_columns["sheets"][0]
    sheet["columns"][0]["fills"] = ["temps.educateur"]
    truth = [{"date": "2023-01-02", "heures": "1"}, {"date": "2023-01-03", "heures": "2"}]
    rows = [{"date": "2023-01-02", "heures": "1"}, {"date": "2023-01-03", "heures": "3"}]
    layout.listed, layout.refused = {}, 0
    layout._table("temps", truth, rows, None)
    assert layout.measured.silent
    assert layout.measure().wrong
