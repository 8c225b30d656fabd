"""Made-up exports of several hands are read as their authors read them.

Slow: most of them, each a layout that no other has; and three of them as if half of the words were not known.
"""

from __future__ import annotations

import pytest

from tests.importing.measuring import Layout, said_of_layouts
from tests.importing.unseen import Unseen, measured

MOST_QUESTIONS = 8
RIGHT = 0.95


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=pytest.mark.slow if rank else ()) for rank, name in enumerate(said_of_layouts())],
)
def test_columns_are_recognised_and_no_cell_is_wrong_in_silence(name: str) -> None:
    measured = Layout(name).measure()
    assert measured.right >= RIGHT * measured.columns, measured.wrong
    assert not measured.silent
    assert len(measured.questions) <= said_of_layouts()[name].get("questions", MOST_QUESTIONS)
    assert measured.replayed


def test_nothing_is_wrong_in_silence_where_a_third_of_what_is_written_is_unknown() -> None:
    one = measured("12-mois-permanences", Unseen(1, synonyms=0.3, headers=0.3, values=0.3, shuffled=True))
    assert not one.silent
    assert one.right >= RIGHT * one.columns


@pytest.mark.slow
@pytest.mark.parametrize("name", list(said_of_layouts())[4::5])
def test_nothing_is_wrong_in_silence_where_half_of_the_words_are_unknown(name: str) -> None:
    assert not measured(name, Unseen(1, synonyms=0.5)).silent


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
