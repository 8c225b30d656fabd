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
from rlpipeline.display.charts_compared import Slope, Whole, draw_slopes, draw_whole, rising, shades, spread
from rlpipeline.display.plots import Chart
from rlpipeline.display.plots_compared import slopes
from rlpipeline.display.plots_crossed import MOST_PLACES
from rlpipeline.display.scales import common_scales, read_scales, rounded_up, write_scales
from rlpipeline.display.tables import Layout
from rlpipeline.display.years import Former
from rlpipeline.figures import Col, Row, Scope
from rlpipeline.records import open_records
from rlpipeline.report import open_report
from rlpipeline.settings.models import load_service
from tests.display.samples import AGES, Rounded, Value, population, table
from tests.display.samples import figures as made
from tests.figures.stored import source_of


def drawn(layout: Layout) -> Chart:
    chart = chart_kinds.chart(layout)
    assert isinstance(chart, Chart)
    return chart


def places(count: int, masked: bool = False) -> Layout:
    cells: dict[tuple[str, str], Value] = {}
    names = [f"Lieu {number}" for number in range(1, count + 1)] + ["Hors"]
    for rank, name in enumerate(names):
        number = 0 if name == "Hors" else rank + 1
        cells |= {(name, age): number for age in AGES} | {(name, "total"): 5 * number}
    if masked:
        cells[names[0], "11_14"] = "masque"
    columns = [*(Col(code, label) for code, label in AGES.items()), Col("total", "Total", "total")]
    rows = [Row(name, name) for name in names] + [Row("total", "Total", "total")]
    cells |= {("total", one.code): 9 for one in columns}
    return Layout(table(rows, columns, made(cells), id="communes", title="Lieux"))


def test_places_stand_beside_one_another_with_their_totals_said() -> None:
    chart = drawn(places(3, masked=True))
    assert chart.title == "Lieux, 2023"
    lines = " ; ".join(f"Lieu {rank} : {5 * rank} (moins de 11 ans {rank})" for rank in (1, 2, 3))
    assert chart.alt.startswith(f"Lieux, 2023. {lines}. Total : 9.")
    assert chart.rows[0] == ("Lieu 1", "1", "masqué", "1", "1", "1")
    assert [row[0] for row in chart.rows] == ["Lieu 1", "Lieu 2", "Lieu 3"]
    assert chart.remarks == ("La même échelle pour toutes.", "Les lignes à zéro sont omises.")


def test_many_places_are_bars_of_their_totals() -> None:
    assert drawn(places(MOST_PLACES + 1)).header == ("Total",)


def test_slopes_leave_out_what_rounding_alone_could_explain() -> None:
    coarse = {"a": Rounded(20), "b": Rounded(0)}, {"a": Rounded(0), "b": Rounded(5)}
    assert slopes(two_years(*coarse)) is None  # a single line
    chart = slopes(two_years(coarse[0] | {"c": Rounded(0)}, coarse[1] | {"c": Rounded(15)}))
    assert chart is not None
    assert chart.rows == (("C", "moins de 5", "≈\u00a015"), ("A", "≈\u00a020", "moins de 5"))
    assert "Valeurs arrondies. En 2022 : C moins de 5, A environ 20. En 2023 : C environ 15, A moins de 5." in chart.alt
    assert chart.remarks == (
        "Non dessiné (évolution non mesurable à ce niveau d'arrondi) : B.",
        "≈ : valeur arrondie à un multiple de 5, à moins de 5 de la valeur exacte ; contour en tirets : moins de 5.",
    )


def test_places_are_drawn_from_rounded_values_and_say_so() -> None:
    rows = [Row(code, code.upper()) for code in "ab"] + [Row("total", "Total", "total")]
    columns = [*(Col(age, age) for age in ("x", "y", "z")), Col("total", "Total", "total")]
    cells = {(row.code, column.code): Rounded(10) for row in rows for column in columns}
    layout = Layout(table(rows, columns, made({**cells, ("a", "x"): Rounded(0)}), id="communes", title="Lieux"))
    chart = drawn(layout)
    assert "Valeurs arrondies. A : environ 10 (y environ 10)" in chart.alt
    assert chart.remarks[-1].endswith(" 5 de la valeur exacte ; contour en tirets : moins de 5.")
    assert chart.picture != drawn(replace(layout, data=replace(layout.data, figures=made(cells)))).picture


def two_years(then: dict[str, Value], changed: dict[str, Value] | None = None, reason: str = "") -> Layout:
    now: dict[tuple[str, str], Value] = {("a", "total"): 4, ("b", "total"): 8, ("c", "total"): "masque"}
    now |= {(code, "total"): value for code, value in (changed or {}).items()}
    rows = [Row(code, code.upper()) for code in "abc"] + [Row("total", "Total", "total")]
    cells = made({**now, ("total", "total"): 12})
    before = made({(code, "total"): value for code, value in then.items()}, year=2022)
    former = Former(2022, before, reason=reason)
    return Layout(table(rows, [Col("total", "Total", "total")], cells, id="communes", title="Lieux"), before=former)


def test_slopes_say_both_years_and_name_what_they_leave_out() -> None:
    chart = slopes(two_years({"a": 5, "b": 2, "c": 1}))
    assert chart is not None
    assert chart.title == "Commune de résidence des jeunes accompagnés, 2022 et 2023"
    assert chart.alt == (
        "Commune de résidence des jeunes accompagnés. "
        "En 2022 : B 2, A 5. En 2023 : B 8, A 4. Pentes d'une année à l'autre."
    )
    assert (chart.header, chart.rows) == (("2022", "2023"), (("B", "2", "8"), ("A", "5", "4")))
    assert chart.remarks == ("Non dessiné (inconnu une année) : C.",)
    written = chart_kinds.to_html(two_years({"a": 5, "b": 2}), chart)
    assert '<td class="num" data-ligne="a" data-colonne="total" data-annee="2022">5</td>' in written
    assert "<figcaption>Commune de résidence des jeunes accompagnés, 2022 et 2023<" in written


@pytest.mark.parametrize("layout", [two_years({"a": 5}, reason="autre compte"), two_years({"a": "nc"}), places(2)])
def test_without_a_comparable_year_before_there_is_no_slope(layout: Layout) -> None:
    assert slopes(layout) is None


def test_labels_never_stand_on_one_another() -> None:
    moved = spread([0.5, 0.5, 0.51, 0.98, 1.0], [0.1] * 5)
    assert all(after - before >= 0.1 - 1e-9 for before, after in pairwise(moved))
    assert moved == pytest.approx([0.40333, 0.50333, 0.60333, 0.9, 1.0], abs=1e-4)


@given(st.lists(st.floats(-1, 1)))
def test_the_nearest_places_that_never_fall_are_those_of_scipy(places: list[float]) -> None:
    assert rising(places) == pytest.approx(isotonic_regression(places).x if places else [])


def test_a_label_of_two_lines_takes_the_room_of_two() -> None:
    assert spread([0.5, 0.5], [0.2, 0.1]) == pytest.approx([0.425, 0.575])


def test_labels_for_which_there_is_no_room_share_it() -> None:
    moved = spread([1.0] * 30, [0.1] * 30)
    assert min(moved) >= 0 and max(moved) <= 1
    assert moved == sorted(moved)


def test_shades_grow_lighter_in_grey_too() -> None:
    greys = [1 - alpha * (1 - 0.299 * red - 0.587 * green - 0.114 * blue) for red, green, blue, alpha in shades(7)]
    assert greys == sorted(greys)
    assert all(after - before > 0.04 for before, after in pairwise(greys))


def test_the_parts_of_a_whole_fill_its_bar() -> None:
    lengths = lengths_of(draw_whole(Whole(["A", "B"], [3, 1], ["3 h", "1 h"])).wide)
    assert lengths[0] == pytest.approx(3 * lengths[1], rel=0.05)


def test_slopes_give_the_same_bytes() -> None:
    slopes = [Slope("Un nom très long qui se coupe en deux", 1, 3, ("1", "3")), Slope("B", 2, 2, ("2", "2"))]
    assert draw_slopes(slopes, (2022, 2023)) == draw_slopes(slopes, (2022, 2023))


def lengths_of(svg: bytes) -> list[float]:
    """Pixels across of each mark in blue."""
    marks = re.findall(rb'<path class="fd[^"]*"[^>]* d="([^"]*)"', svg)
    across = [[float(point.split()[0]) for point in re.findall(rb"[-0-9.]+ [-0-9.]+", mark)] for mark in marks]
    return [max(points) - min(points) for points in across]


def longest(layout: Layout) -> float:
    """Pixels of the longest bar of boys."""
    return max(lengths_of(drawn(layout).picture.wide))


@pytest.mark.parametrize(
    ("largest", "end"), [(0, 0), (3, 3), (9, 9), (11, 12), (37, 40), (38, 40), (101, 120), (1786.5, 1800)]
)
def test_the_end_of_a_scale_is_round(largest: float, end: float) -> None:
    assert rounded_up(largest) == end


def test_a_shared_scale_makes_bars_comparable() -> None:
    small, large = population([0] * 5, [1, 2, 5, 0, 0]), population([0] * 5, [1, 2, 10, 0, 0])
    assert longest(replace(small, scale=10)) == pytest.approx(longest(replace(large, scale=10)) / 2, abs=4)
    assert "La même échelle dans tous les portraits." in drawn(replace(small, scale=10)).remarks


def test_the_scale_ends_a_little_above_the_largest_figure_drawn_of_any_commune(root: Path, tmp_path: Path) -> None:
    service = load_service(root / "params")
    source = source_of(open_records(str(root / "data" / "exemple"), service))
    scales = common_scales(source, service, 2023)
    tables = [source.figures("accompagnes", Scope(2023, code, service)) for code in service.commune_codes]
    bars = [one[(one["ligne"] != "total") & one["colonne"].isin(["F", "G"])]["valeur"].max() for one in tables]
    assert max(bars) <= scales["accompagnes"] <= 1.2 * max(bars)
    write_scales(scales, tmp_path)
    assert read_scales(str(tmp_path / "records")) == scales
    assert read_scales("sqlite:///x.db") == {}
    assert open_report(str(root / "data" / "exemple"), str(root / "params"), 2023).scales == {}
