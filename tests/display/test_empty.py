"""Empty lines and columns: what the page leaves out, and names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from bs4 import BeautifulSoup

from rlpipeline.display import tables
from rlpipeline.display.layout import Layout, without_empty
from rlpipeline.display.lookup import Former
from rlpipeline.figures import Col, Row
from tests.declared import INDICATORS
from tests.display.samples import Rounded, Value, figures, table

LINES, COLUMNS = "abcd", "xy"


def crossed(values: Mapping[tuple[str, str], Value], then: Mapping[tuple[str, str], Value] | None = None) -> Layout:
    cells: dict[tuple[str, str], Value] = {(line, column): 2 for line in LINES for column in COLUMNS}
    cells |= {(line, "total"): 4 for line in LINES} | {("total", column): 8 for column in (*COLUMNS, "total")}
    rows = [*(Row(line, f"Ligne {line}") for line in LINES), Row("total", "Total", "total")]
    columns = [*(Col(column, f"Colonne {column}") for column in COLUMNS), Col("total", "Total", "total")]
    data = table(rows, columns, figures({**cells, **values}), title="Choses")
    return Layout(data, "", Former(2022, figures(dict(then), year=2022)) if then else None)


def line(code: str, value: Value) -> dict[tuple[str, str], Value]:
    return {(code, column): value for column in (*COLUMNS, "total")}


def shown(layout: Layout) -> tuple[list[str], list[str]]:
    page = BeautifulSoup(tables.to_html(without_empty(layout)), "html.parser")
    notes = [note.get_text() for note in page.select("p.rl-a-zero, p.rl-sans-donnee, p.rl-vide")]
    return [head.get_text() for head in page.select("tbody th, thead th")], notes


def test_a_state_that_no_cell_of_the_page_has_is_not_explained() -> None:
    then = {("a", "total"): 3, ("c", "total"): "nc"}
    notes = tables.to_html(without_empty(crossed(line("c", "nc"), then)))
    assert "nc\u00a0: non communiqué" not in notes
    assert "nc\u00a0: non communiqué" in tables.to_html(crossed({}, {**then, ("b", "total"): "nc"}))


def test_what_may_say_something_stays() -> None:
    layout = crossed({**line("b", 0), **line("c", Rounded(0)), ("d", "x"): 0}, {("b", "total"): 3, ("d", "total"): 1})
    assert shown(layout) == shown(crossed({}, {("b", "total"): 3, ("d", "total"): 1}))
    assert without_empty(layout) == layout


@pytest.mark.parametrize(("value", "said"), [(0, "rien à compter en 2023."), ("nc", "non communiqué pour 2023.")])
def test_a_table_that_is_empty_is_a_sentence(value: Value, said: str) -> None:
    nothing = {key: found for code in (*LINES, "total") for key, found in line(code, value).items()}
    assert shown(crossed(nothing)) == ([], [f"Choses\u00a0: {said}"])
    (note,) = shown(crossed(nothing, {("a", "total"): 3}))[1]
    assert note.endswith("Ligne b, Ligne c et Ligne d.")
    assert without_empty(crossed(nothing)).left_out.rows == {*LINES, "total"}


def test_an_action_of_which_nothing_is_known_is_named() -> None:
    layout = crossed({(one, "x"): "nc" for one in (*LINES, "total")})
    left = without_empty(replace(layout, data=replace(layout.data, of=INDICATORS["actions"])))
    assert (left.left_out.columns, left.left_out.rows) == ({"x"}, frozenset())
    assert "Colonne x\u00a0: participation non communiquée." in left.empty
    actions = replace(INDICATORS["actions"], title="Choses")
    alone = replace(layout.data, of=actions, columns=layout.data.columns[:1])
    left = without_empty(replace(layout, data=alone))
    assert "Choses\u00a0: participation non communiquée (Colonne x)." in left.empty
    assert left.left_out.columns == {"x"}
