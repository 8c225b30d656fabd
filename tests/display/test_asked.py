"""What a cell asks for, where figures are rounded or a table is cut; kinds and refusals are a golden case."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import cast

import pytest

from rlpipeline.display import charts, tables
from rlpipeline.display.chart_kinds import KINDS
from rlpipeline.display.charts import Chart
from rlpipeline.display.drawing import Drawing, on_axes, written
from rlpipeline.display.grids import SUM_OF_ROUNDED, Grid
from rlpipeline.display.layout import Layout, asked
from rlpipeline.errors import UsageError
from rlpipeline.figures import Col, Row, Store
from rlpipeline.observations import Observation
from tests.conftest import Opened
from tests.declared import declared
from tests.display.samples import Rounded, Value, table
from tests.display.samples import figures as made
from tests.figures.factory import SERVICE


def crossed(changes: dict[tuple[str, str], Value] | None = None, id: str = "situations") -> Layout:
    """A table of two lines and three classes with their totals."""
    numbers = {"a": (1, 2, 3, 6), "b": (4, 0, 1, 5), "total": (5, 2, 4, 11)}
    codes = ("x", "y", "z", "total")
    cells: dict[tuple[str, str], Value] = {
        (line, code): value
        for line, values in numbers.items()
        for code, value in zip(codes, values, strict=True)
    }
    rows = [Row(code, code.upper(), "total" if code == "total" else "corps") for code in numbers]
    columns = [Col(code, code, "total" if code == "total" else "nombre") for code in codes]
    return Layout(table(rows, columns, made({**cells, **(changes or {})}), id=id, title="Choses"))


def drawn(layout: Layout, kind: str) -> Chart:
    chart = charts.chart(layout, kind)
    assert isinstance(chart, Chart)
    return chart


def test_a_scale_shared_by_portraits_is_that_of_the_usual_chart_alone() -> None:
    layout = replace(crossed(id="durees"), scale=40)
    assert (
        "Échelle de ce tableau, la même dans tous les portraits."
        in drawn(layout, "").content.remarks
    )
    for kind in ("heat", "stacked"):
        assert drawn(layout, kind).drawing == drawn(replace(layout, scale=0), kind).drawing
        assert (
            "Échelle de ce tableau, la même dans tous les portraits."
            not in drawn(layout, kind).content.remarks
        )


def test_rounded_figures_are_marked_in_every_kind() -> None:
    cells: dict[tuple[str, str], Value] = {
        (line, code): Rounded(10)
        for line in ("a", "b", "total")
        for code in ("x", "y", "z", "total")
    }
    below: dict[tuple[str, str], Value] = {
        **cells,
        ("a", "x"): Rounded(0),
        ("b", "total"): Rounded(0),
    }
    for kind in ("grouped", "stacked", "heat", "bars"):
        chart = drawn(crossed(below), kind)
        assert "Valeurs arrondies. " in chart.alt
        assert any(
            remark.startswith("≈ : nombre arrondi à un multiple de 5, à moins de 5")
            for remark in chart.content.remarks
        )
        assert chart.drawing != drawn(crossed(cells), kind).drawing
    assert SUM_OF_ROUNDED in drawn(crossed(below), "stacked").content.remarks


def test_an_outline_is_as_long_as_what_it_may_stand_for() -> None:
    rows, names = [Row("a", "a")], [Col("x", "x"), Col("y", "y")]
    for kind, columns in (("grouped", 2), ("stacked", 2), ("bars", 1)):
        marks = [Observation(0, "jeunes", "arrondi", 5), Observation(4, "jeunes", "ok")]
        hollow, full = (
            Grid(rows, names[:columns], [[mark] * columns], [["4"] * columns], ends=["≈ 15"])
            for mark in marks
        )
        outlined, filled = drawing_of(kind, hollow).svg, drawing_of(kind, full).svg
        assert outlined.count("stroke-dasharray") == columns
        assert re.findall(r' d="[^"]+"', outlined) == re.findall(r' d="[^"]+"', filled)


def drawing_of(kind: str, grid: Grid) -> Drawing:
    return written(on_axes(lambda axes: KINDS[kind].draw(axes, grid)))


def test_what_the_edition_does_not_cross_is_drawn_in_bars() -> None:
    uncrossed = crossed()
    figures_left = uncrossed.data.figures[uncrossed.data.figures["colonne"] == "total"]
    layout = replace(uncrossed, data=replace(uncrossed.data, figures=figures_left))
    for kind in ("stacked", "heat", "grouped"):
        assert drawn(layout, kind).alt == drawn(crossed(), "bars").alt
    charts.check_kind("pyramid", layout, exact=False)


def test_what_a_total_does_not_count_may_go_in_silence() -> None:
    data = crossed().data
    added = replace(data, columns=(*data.columns, Col("nouveaux", "dont nouveaux")))
    html = tables.to_html(asked(replace(crossed(), data=added), (), ("x", "y", "z", "total")))
    assert "toutes ses colonnes\u00a0: les autres sont dans" in html


def test_codes_that_the_table_has_not_ask_for_nothing() -> None:
    assert tables.to_html(asked(crossed(), ("NR",), ("NR",))) == tables.to_html(crossed())
    assert asked(crossed(), (), ("NR", "x")).left_out.columns == {"y", "z", "total"}


class _Protected:
    """A source whose figures are protected."""

    is_exact = False
    declared = declared(SERVICE)


def test_a_wider_class_stands_for_those_that_it_joins(opened: Opened) -> None:
    service = opened()
    laid = replace(service._laid, source=cast(Store, _Protected()))
    data = crossed().data
    wide = replace(
        data,
        spec=replace(data.spec, id="accompagnes"),
        columns=(Col("F", "Filles"), Col("G_ou_NR", "Garçons (ou non renseigné)")),
    )
    page = laid.asked(Layout(wide), service.scope, ["nulle"], ["G", "NR"])
    assert page.left_out.columns == {"F"}
    assert not page.left_out.rows  # nothing asked for is shared: all is shown


def test_a_code_that_no_year_has_is_told_with_the_nearest(opened: Opened) -> None:
    service = opened()
    with pytest.raises(UsageError, match="n'a pas de ligne '11_13'") as told:
        service.table("accompagnes", lines=["11_13"])
    assert told.value.todo == "la plus proche est « 11_14 »"
    with pytest.raises(UsageError, match="n'a pas de colonne 'f'"):
        service.table("accompagnes", columns="f")
    assert service.table("accompagnes", lines=["age_inconnu", "11_14"]) is not None
