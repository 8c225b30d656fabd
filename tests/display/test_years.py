"""The year before, where a number is rounded, unknown or of an action."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd
import pytest
from bs4 import BeautifulSoup

from rlpipeline.display import tables
from rlpipeline.display.layout import MARK, Layout
from rlpipeline.display.lookup import PUBLIE, Former
from rlpipeline.figures import Col, Row
from tests.declared import declared
from tests.display.samples import Rounded, Value, figures, table
from tests.figures.factory import SERVICE

ROWS = (Row("a", "Nord"), Row("b", "Sud"), Row("total", "Total", "total"))
COLUMNS = (Col("F", "Filles"), Col("total", "Total", "total"), Col("nouveaux", "Dont nouveaux"))
NOW: dict[tuple[str, str], Value] = {
    (row.code, column.code): 1 for row in ROWS for column in COLUMNS
}


def soup(layout: Layout) -> BeautifulSoup:
    return BeautifulSoup(tables.to_html(layout), "html.parser")


def notes(layout: Layout) -> list[str]:
    return [note.get_text() for note in soup(layout).select("p.rl-note")]


@pytest.mark.parametrize(
    ("now", "then", "words"),
    [
        (34, 60, "−26\u00a0●"),
        (60, 34, "+26\u00a0●"),
        (59, 40, "+19"),
        (7, 7, "="),
        (-2, 9, "−11"),
        (1303.5, 1300.0, "+3,5"),
        ("nc", 7, ""),
        ((7, "partiel"), 5, ""),
        ("masque", 5, ""),
        (Rounded(20), Rounded(10), "en hausse"),
        (Rounded(10), Rounded(5), ""),
        (14, Rounded(5), ""),
        (Rounded(25), 17, ""),
        (Rounded(60), Rounded(20), "en hausse\u00a0●"),
        (Rounded(0), 12, "en baisse"),
    ],
)
def test_a_change_is_told_where_rounding_does_not_explain_it(
    now: Value, then: Value, words: str
) -> None:
    lines = table(
        [Row("a", "A"), Row("b", "B")],
        [Col("total", "Total", "total")],
        figures({("a", "total"): now, ("b", "total"): 3}),
    )
    layout = Layout(
        lines, "", Former(2022, figures({("a", "total"): then, ("b", "total"): 1}, year=2022))
    )
    assert layout.changes == {"a": words, "b": "+2"}
    first = soup(layout).select_one("tbody td.rl-ecart")
    assert (
        first is not None
        and first.get_text().replace("environ\u00a0", "").replace("\u00a0(écart net)", "") == words
    )
    assert (tables.LEGEND in soup(layout).get_text()) is words.endswith(MARK)
    assert replace(layout, before=replace(layout.before, reason="autre définition")).changes == {}  # type: ignore[type-var]


def test_a_line_that_did_not_exist_is_not_applicable_and_a_rare_code_is_zero() -> None:
    former = Former(
        2022, figures({("a", "total"): 3}, year=2022), rare=declared(SERVICE).links.rare
    )
    assert former.at("b", "total").state == "vide"
    rare = [("age_inconnu", "total"), ("a", "NR"), ("non_renseigne", "total")]
    assert [former.at(*cell).value for cell in rare] == [0.0, 0.0, 0.0]
    printed = Former(2022, former.figures, PUBLIE)
    assert printed.at("b", "total").state == printed.at("age_inconnu", "total").state == "nc"


def test_lines_of_the_year_before_are_in_no_total_where_there_is_none() -> None:
    then = Former(2022, figures({("a", "total"): 3, ("ouest", "total"): 4}, year=2022))
    layout = Layout(table(ROWS[:2], COLUMNS, figures(NOW)), "", then)
    assert notes(layout)[0] == "Compté aussi en 2022\u00a0: Ouest (4)."


PERSONS: dict[tuple[str, str], Value] = {
    ("total", "A1"): (5, "personnes"),
    ("total", "A2"): (3, "personnes"),
    ("total", "A3"): (30, "presences"),
    ("familles", "A1"): (1, "familles"),
    ("familles", "A2"): (0, "familles"),
}


def actions(then: pd.DataFrame, now: Mapping[tuple[str, str], Value] = PERSONS) -> Layout:
    rows = [Row(line, line) for line in dict.fromkeys(line for line, _ in now)]
    columns = [Col(code, code) for code in dict.fromkeys(column for _, column in now)]
    data = table(rows, columns, figures(now, unit="personnes"), id="actions")
    return Layout(data, "", Former(2022, then))


def test_a_unit_whose_sum_would_be_of_rounded_numbers_is_said_not_to_be_shared() -> None:
    then = figures({("total", "B1"): (1, "personnes")}, year=2022)
    said = notes(actions(then, {**PERSONS, ("total", "A2"): Rounded(5)}))[0]
    assert (
        "1\u00a0famille (nombre de personnes non diffusé)\u00a0; en 2022, 1\u00a0personne." in said
    )


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (
            {("total", "A1"): (5, "personnes"), ("total", "A2"): "nc"},
            "au moins\u00a05\u00a0personnes",
        ),
        ({("total", "A1"): "nc", ("total", "A2"): "nc"}, "personnes\u00a0: nc"),
    ],
)
def test_a_number_that_is_not_communicated_is_not_zero(
    cells: dict[tuple[str, str], Value], words: str
) -> None:
    then = figures(cells, unit="personnes", year=2022)
    assert notes(actions(then))[0].endswith(f"en 2022, {words}.")


def test_a_year_without_action_still_has_the_year_before() -> None:
    then = figures({("total", "B1"): (2, "personnes")}, year=2022)
    assert (
        soup(actions(then, {}))
        .get_text()
        .endswith("en 2023, aucune action\u00a0; en 2022, 2\u00a0personnes.")
    )
