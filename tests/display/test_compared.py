"""Charts that set things side by side, and the scale that portraits share."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import isotonic_regression

from rlpipeline.display import chart_kinds
from rlpipeline.display.charts import rising, spread
from rlpipeline.display.drawing import shades
from rlpipeline.display.laid_out import common_scales, read_scales, rounded_up, write_scales
from rlpipeline.display.layout import Layout
from rlpipeline.display.lookup import Former
from rlpipeline.display.plots import Chart, slopes
from rlpipeline.figures import Col, Row, Scope, Store
from rlpipeline.settings.models import load_service
from tests.display.samples import Rounded, Value, column, population, table
from tests.display.samples import figures as made


def drawn(layout: Layout) -> Chart:
    chart = chart_kinds.chart(layout)
    assert isinstance(chart, Chart)
    return chart


def test_slopes_leave_out_what_rounding_alone_could_explain() -> None:
    coarse = {"a": Rounded(20), "b": Rounded(0)}, {"a": Rounded(0), "b": Rounded(5)}
    assert slopes(two_years(*coarse)) is None  # a single line
    chart = slopes(two_years(coarse[0] | {"c": Rounded(0)}, coarse[1] | {"c": Rounded(15)}))
    assert chart is not None
    assert [row.label for row in chart.grid.rows] == ["C", "A"]
    assert chart.grid.words == [["moins de 5", "≈\u00a015"], ["≈\u00a020", "moins de 5"]]
    assert "Valeurs arrondies. En 2022 : C moins de 5, A environ 20. En 2023 : C environ 15, A moins de 5." in chart.alt
    assert chart.remarks == (
        "Non dessiné (évolution non mesurable à ce niveau d'arrondi) : B.",
        "≈ : valeur arrondie à un multiple de 5, à moins de 5 de la valeur exacte ; contour en tirets : moins de 5.",
    )


def two_years(then: dict[str, Value], changed: dict[str, Value] | None = None, reason: str = "") -> Layout:
    now: dict[tuple[str, str], Value] = {("a", "total"): 4, ("b", "total"): 8, ("c", "total"): "masque"}
    now |= {(code, "total"): value for code, value in (changed or {}).items()}
    rows = [Row(code, code.upper()) for code in "abc"] + [Row("total", "Total", "total")]
    cells = made({**now, ("total", "total"): 12})
    before = made({(code, "total"): value for code, value in then.items()}, year=2022)
    former = Former(2022, before, reason=reason)
    return Layout(table(rows, [Col("total", "Total", "total")], cells, id="communes", title="Lieux"), before=former)


@pytest.mark.parametrize("layout", [two_years({"a": 5}, reason="autre compte"), two_years({"a": "nc"})])
def test_without_a_comparable_year_before_there_is_no_slope(layout: Layout) -> None:
    assert slopes(layout) is None


def test_labels_never_stand_on_one_another() -> None:
    moved = spread([0.5, 0.5, 0.51, 0.98, 1.0], [0.1] * 5)
    assert all(after - before >= 0.1 - 1e-9 for before, after in pairwise(moved))
    assert moved == pytest.approx([0.40333, 0.50333, 0.60333, 0.9, 1.0], abs=1e-4)
    crowded = spread([1.0] * 30, [0.1] * 30)  # for which there is no room: they share it
    assert min(crowded) >= 0 and max(crowded) <= 1 and crowded == sorted(crowded)


@given(st.lists(st.floats(-1, 1)))
def test_the_nearest_places_that_never_fall_are_those_of_scipy(places: list[float]) -> None:
    assert rising(places) == pytest.approx(isotonic_regression(places).x if places else [])


def test_shades_grow_lighter_in_grey_too() -> None:
    greys = [1 - alpha * (1 - 0.299 * red - 0.587 * green - 0.114 * blue) for red, green, blue, alpha in shades(7)]
    assert greys == sorted(greys)
    assert all(after - before > 0.04 for before, after in pairwise(greys))


def test_the_parts_of_a_whole_fill_its_bar() -> None:
    chart = chart_kinds.chart(column("clotures", "nombre", {"A": 3, "B": 1, "total": 4}), "whole")
    assert isinstance(chart, Chart)
    lengths = lengths_of(chart.picture.svg)
    assert lengths[0] == pytest.approx(3 * lengths[1], rel=0.05)


def lengths_of(svg: bytes) -> list[float]:
    """Pixels across of each mark in blue."""
    marks = re.findall(rb'<path class="fd[^"]*"[^>]* d="([^"]*)"', svg)
    across = [[float(point.split()[0]) for point in re.findall(rb"[-0-9.]+ [-0-9.]+", mark)] for mark in marks]
    return [max(points) - min(points) for points in across]


@pytest.mark.parametrize(
    ("largest", "end"), [(0, 0), (3, 3), (9, 9), (11, 12), (37, 40), (38, 40), (101, 120), (1786.5, 1800)]
)
def test_the_end_of_a_scale_is_round(largest: float, end: float) -> None:
    assert rounded_up(largest) == end


def test_a_shared_scale_makes_bars_comparable() -> None:
    small, large = (drawn(replace(population([0] * 5, [1, 2, most, 0, 0]), scale=10)) for most in (5, 10))
    longest = [max(lengths_of(chart.picture.svg)) for chart in (small, large)]
    assert longest[0] == pytest.approx(longest[1] / 2, abs=4)
    assert "La même échelle dans tous les portraits." in small.remarks


def test_the_scale_ends_a_little_above_the_largest_figure_drawn_of_any_commune(
    root: Path, store: Path, tmp_path: Path
) -> None:
    service, source = load_service(root / "params"), Store(store)
    scales = common_scales(source, service, 2023)
    tables = [source.figures("accompagnes", Scope(2023, code, service)) for code in service.commune_codes]
    bars = [of[(of["ligne"] != "total") & of["colonne"].isin(["F", "G"])]["valeur"].max() for of in tables]
    assert max(bars) <= scales["accompagnes"] <= 1.2 * max(bars)
    write_scales(scales, tmp_path)
    assert read_scales(str(tmp_path / "records")) == scales
    assert read_scales("sqlite:///x.db") == {} == read_scales(str(store))
