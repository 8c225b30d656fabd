"""Charts: what they draw, leave out and say; what is set side by side, and the scale that portraits share."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import replace
from itertools import combinations, pairwise
from pathlib import Path

import matplotlib as mpl
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.container import BarContainer
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from rlpipeline.declared import Look
from rlpipeline.display import cells, charts
from rlpipeline.display.chart_kinds import KINDS
from rlpipeline.display.charts import Chart
from rlpipeline.display.drawing import BLUE, Drawing, on_axes, shades, written
from rlpipeline.display.grids import Grid
from rlpipeline.display.laid_out import common_scales, read_scales, rounded_up, write_scales
from rlpipeline.display.layout import MOST_COMMUNES, Layout, LeftOut
from rlpipeline.display.lookup import Former
from rlpipeline.figures import Col, Row, Scope, Store
from rlpipeline.observations import Observation
from rlpipeline.settings.models import load_service
from tests.display.samples import NAN, Rounded, Value, column, population, table
from tests.display.samples import figures as made


def drawn(layout: Layout) -> Chart:
    chart = charts.chart(layout)
    assert isinstance(chart, Chart)
    return chart


def test_a_long_list_is_cut_and_says_so_where_its_table_is() -> None:
    layout = column("communes", "total", {f"Commune {number}": number for number in range(1, 31)})
    cut = replace(layout, left_out=LeftOut(frozenset({"Commune 1"})))
    for asked, most in ((layout, 15), (cut, MOST_COMMUNES)):
        chart = drawn(asked)
        assert len(chart.content.grid.rows) == most
        assert chart.content.grid.rows[0].label == "Commune 30"
        assert chart.content.remarks == (f"Les {most} premières lignes sur 30.",)


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"a": 0, "b": 0, "total": 0}, "rien à compter"),
        ({"a": "nc", "b": 0, "total": "nc"}, "données non communiquées"),
        ({"a": "masque", "total": "masque"}, "répartition non diffusée"),
        ({"total": 0}, "rien à compter"),
        ({"total": 17}, "répartition non diffusée"),
        ({"total": Rounded(15)}, "répartition non diffusée"),
        ({"total": "nc"}, "données non communiquées"),
        ({}, "rien de noté pour 2023"),
        ({"a": Rounded(0), "total": Rounded(0)}, "nombres trop petits"),
    ],
)
def test_an_empty_chart_is_a_sentence(values: Mapping[str, Value], why: str) -> None:
    layout = column("clotures", "nombre", values, title="Sorties")
    assert charts.chart(layout) == f"Sorties, 2023 : {why}, donc pas de graphique."
    written = charts.to_html(layout, charts.chart(layout))
    assert written == f'<p class="rl-vide">Sorties, 2023 : {why}, donc pas de graphique.</p>'


def test_the_only_commune_of_a_service_is_no_chart() -> None:
    layout = column("communes", "total", {"A": 22, "hors": 0, "total": 22})
    assert str(charts.chart(layout)).endswith("2023 : une seule ligne, donc pas de graphique.")
    assert isinstance(charts.chart(column("clotures", "nombre", {"A": 22, "total": 22})), Chart)


def test_a_rounded_zero_is_no_counted_zero() -> None:
    layout = column("clotures", "nombre", {"a": Rounded(0), "b": 0, "c": Rounded(15), "total": 17})
    chart = drawn(layout)
    assert chart.content.grid.words == [["≈\u00a015"], ["moins de 5"]]
    assert "Valeurs arrondies. c : environ 15 ; a : moins de 5. Total : 17." in chart.alt
    assert chart.content.remarks == (
        "Les lignes à zéro sont omises.",
        "≈ : nombre arrondi à un multiple de 5, à moins de 5 du nombre exact ; contour en tirets : moins de 5.",
    )
    written = charts.shown(layout, chart).html
    assert 'class="num arrondi" data-ligne="c"' in written
    assert (
        '<span aria-hidden="true">≈\u00a0</span><span class="rl-sr">environ\u00a0</span>15</td>'
        in written
    )


def test_bars_that_rounding_makes_alike_are_not_drawn() -> None:
    values: Mapping[str, Value] = {"a": Rounded(5), "b": Rounded(0), "c": Rounded(5), "total": 12}
    alike = column("clotures", "nombre", values, title="Sorties")
    assert (
        charts.chart(alike)
        == "Sorties, 2023. Pas de graphique : l'arrondi ne distingue pas ces nombres."
    )


def test_wider_classes_of_age_are_drawn_with_their_own_words() -> None:
    wide = {
        "moins_11": "Moins de 11 ans",
        "11_14": "11 à 14 ans",
        "15_18_ou_19_21_ou_plus_21": "15 ans et plus",
    }
    counted = {"A1": (0, 4, 6, 10), "A2": (0, 225, 80, 305)}
    figures = [
        made(
            {(line, action): value for line, value in zip([*wide, "total"], values, strict=True)},
            unit,
        )
        for (action, values), unit in zip(counted.items(), ("personnes", "presences"), strict=True)
    ]
    rows = [
        *(Row(code, label) for code, label in wide.items()),
        Row("total", "Participants", "total"),
    ]
    columns = [Col("A1", "Futsal"), Col("A2", "Sorties")]
    families = made({("familles", "A1"): 3}, "familles")
    chart = drawn(Layout(table(rows, columns, pd.concat([*figures, families]), id="actions")))
    assert [row.code for row in chart.content.grid.rows] == [*wide]
    assert chart.content.grid.words[-1] == ["6", "80"]
    assert "15 ans et plus, présences, somme des séances : 80" in chart.alt
    assert {line for line, _ in chart.content.keys} == set(wide)


def examples() -> dict[str, Drawing]:
    age, wide = Col("b", "15 à 18 ans"), Col("b", "15 à 18 ans / 19 à 21 ans / Plus de 21 ans")
    ages = [Row("a", "Moins de 11 ans"), Row("b", "11 à 14 ans")]
    heat = grid([Row("a", "Santé")], [Col("a", "11 à 14 ans"), age], [[3, NAN]])
    hours = grid(
        [Row("a", "Rue"), Row("b", "Une activité au nom très long")],
        [Col("h", "Heures")],
        [[3], [0]],
    )
    sides = grid(ages, [Col("F", "Filles"), Col("G", "Garçons")], [[1303, 0], [2, NAN]])
    wider = replace(heat, columns=[heat.columns[0], wide])
    both = replace(hours, columns=[Col("h", "Heures"), Col("p", "Présences")])
    both = replace(both, figures=[line * 2 for line in hours.figures])
    return {
        "bars": drawing_of("bars", hours),
        "bars of two columns": drawing_of("bars", replace(both, words=[["3"] * 2] * 2)),
        "sides": drawing_of("pyramid", sides),
        "heat": drawing_of("heat", heat),
        "heat of wide classes": drawing_of("heat", wider),
    }


def drawing_of(kind: str, grid: Grid) -> Drawing:
    return written(on_axes(lambda axes: KINDS[kind].draw(axes, grid)))


def grid(rows: list[Row], columns: list[Col], values: list[list[float]]) -> Grid:
    figures = [
        [Observation(value, "jeunes", "masque" if math.isnan(value) else "ok") for value in line]
        for line in values
    ]
    return Grid(
        rows, columns, figures, [[cells.plain(figure) for figure in line] for line in figures]
    )


def test_drawing_neither_changes_nor_follows_the_reader_s_settings() -> None:
    with mpl.rc_context({"font.size": 30, "axes.spines.top": True, "axes.grid": True}):
        before, drawn = dict(mpl.rcParams), examples()
        assert dict(mpl.rcParams) == before
    assert drawn == examples()
    assert plt.get_fignums() == []


def test_charts_fit_their_width_without_touching_its_edges() -> None:
    for drawn in examples().values():
        left, top, width, height = drawn.box
        assert (left, top, width) == (0, 0, 480)
        for x, y in places_in(drawn.svg):
            assert 0 < x <= width and 0 < y < height


def places_in(svg: str) -> list[tuple[float, float]]:
    """Every corner of a mark, and where words are held."""
    words = re.findall(r'<text x="([-0-9.]+)" y="([-0-9.]+)"', svg)
    corners = (pair for _, corners in marks(svg) for pair in corners)
    return [*corners, *((float(x), float(y)) for x, y in words)]


def marks(svg: str) -> list[tuple[str, list[tuple[float, float]]]]:
    """Colour and corners of each shape."""
    found = []
    for steps, fill in re.findall(r'<path d="([^"]*)" fill="([^"]*)"', svg):
        corners = []
        for step, places in re.findall(r"([MLHVQC])([-0-9. ]*)", steps):
            numbers = [*map(float, places.split())]
            x, y = corners[-1] if corners else (0.0, 0.0)
            flat = {"H": [*numbers, y], "V": [x, *numbers]}.get(step, numbers)
            corners += zip(flat[::2], flat[1::2], strict=True)
        found.append((fill, corners))
    return found


def test_a_dollar_in_a_name_is_no_formula() -> None:
    named, plain = (
        grid([Row("a", name)], [Col("b", "B")], [[1]]) for name in (r"Aide $\inconnu$", "Aide")
    )
    assert drawing_of("bars", named) != drawing_of("bars", plain)


def test_the_year_before_stands_beside_the_year_unless_rounding_alone_could_explain_it() -> None:
    coarse = {"a": Rounded(20), "b": Rounded(0)}, {"a": Rounded(0), "b": Rounded(5)}
    chart = drawn(two_years(coarse[0] | {"c": Rounded(0)}, coarse[1] | {"c": Rounded(15)}))
    assert [row.label for row in chart.content.grid.rows] == ["C", "B", "A"]
    assert chart.content.years == (2023, 2022)
    assert chart.content.grid.words == [
        ["≈\u00a015", "moins de 5"],
        ["≈\u00a05", ""],
        ["moins de 5", "≈\u00a020"],
    ]
    assert chart.content.grid.lengths[1].tolist() == [5, 0]  # no bar without its number
    assert "C : environ 15 (moins de 5 en 2022) ; B : environ 5 ; " in chart.alt
    assert chart.content.remarks[0] == (
        "Sans 2022 (évolution non mesurable à ce niveau d'arrondi) : B."
    )
    assert chart.content.title.endswith(", 2023 (en gris\u00a0: 2022)")


def two_years(
    then: dict[str, Value], changed: dict[str, Value] | None = None, reason: str = ""
) -> Layout:
    now: dict[tuple[str, str], Value] = {
        ("a", "total"): 4,
        ("b", "total"): 8,
        ("c", "total"): "masque",
    }
    now |= {(code, "total"): value for code, value in (changed or {}).items()}
    rows = [Row(code, code.upper()) for code in "abc"] + [Row("total", "Total", "total")]
    cells = made({**now, ("total", "total"): 12})
    before = made({(code, "total"): value for code, value in then.items()}, year=2022)
    former = Former(2022, before, reason=reason)
    return Layout(
        table(rows, [Col("total", "Total", "total")], cells, id="communes", title="Lieux"),
        before=former,
    )


@pytest.mark.parametrize(
    ("layout", "remark"),
    [
        (two_years({"a": 5, "b": 8}, reason="autre compte"), ()),
        (two_years({"a": "nc", "b": "nc"}), ()),
        (two_years({"a": 4, "b": 8}), ("Mêmes nombres qu'en 2022.",)),
    ],
)
def test_a_year_before_that_tells_nothing_is_not_drawn(
    layout: Layout, remark: tuple[str, ...]
) -> None:
    content = drawn(layout).content
    assert content.title.endswith(", 2023")
    assert content.years == ()
    assert content.remarks[len(content.remarks) - len(remark) :] == remark


def test_lines_that_the_title_names_are_in_colour_and_the_others_are_not() -> None:
    layout = two_years({"a": 5, "b": 9})
    told = drawn(replace(layout, story=frozenset("a")))
    axes = on_axes(lambda axes: KINDS["bars"].draw(axes, told.content.grid))
    assert isinstance(axes.containers[0], BarContainer)
    faces = [bar.get_facecolor() for bar in axes.containers[0]]  # B has more than A
    assert faces == [
        mpl.colors.to_rgba(BLUE, 0.65),
        mpl.colors.to_rgba(BLUE),
    ]  # grey: the year before
    assert 'font-weight="bold"' in told.drawing.svg


def test_the_year_before_is_an_outline_of_a_pyramid() -> None:
    layout = population([0] * 5, [1, 2, 5, 0, 0])
    then = made({(row.code, sex): 9 for row in layout.data.rows for sex in "FG"}, year=2022)
    before = replace(layout, before=Former(2022, then))
    plain, outlined = drawn(layout), drawn(before)
    assert outlined.content.title == f"{plain.content.title} (contour\u00a0: 2022)"
    assert outlined.drawing.svg.count('stroke="#5b6670"') > plain.drawing.svg.count(
        'stroke="#5b6670"'
    )
    incomparable = replace(layout, before=Former(2022, then, reason="autre compte"))
    assert drawn(incomparable).drawing == plain.drawing


def words_beside(boys: int, before: int) -> float:
    """Give where the number of boys of 11 to 14 stands in a pyramid, against the end of its bar."""
    layout = population([0] * 5, [20, boys, 0, 0, 0])
    then = made({(row.code, sex): before for row in layout.data.rows for sex in "FG"}, year=2022)
    chart = drawn(replace(layout, before=Former(2022, then)))
    axes = on_axes(lambda axes: KINDS["pyramid"].draw(axes, chart.content.grid))
    (words,) = [text for text in axes.texts if text.get_text() == str(boys)]
    return float(words.xy[0]) - boys  # type: ignore[attr-defined]


def test_a_number_stands_at_its_own_bar_and_not_at_the_end_of_a_far_outline() -> None:
    assert words_beside(13, 30) == 0
    assert words_beside(13, 5) == 0
    assert words_beside(13, 14) == 1  # the outline would go through the number


def test_zeros_that_are_drawn_are_not_said_to_be_left_out() -> None:
    layout = two_years({"a": 5, "b": 9}, changed={"b": 0, "c": 0})
    chart = drawn(layout)
    assert [row.code for row in chart.content.grid.rows] == ["a", "b"]
    assert "Les lignes à zéro les deux années sont omises." in chart.content.remarks


def test_lines_that_the_year_before_alone_had_are_named_under_its_bars() -> None:
    remarks = drawn(two_years({"a": 5, "b": 9, "z": 3})).content.remarks
    assert [said for said in remarks if "aussi" in said] == ["En 2022 aussi : Z (3)."]


@pytest.mark.parametrize("steps", [[(26, 6), (8, 4), (9, 9)], [(1, 0), (50, 2), (4, 2)]])
def test_numbers_of_two_lines_do_not_lie_on_each_other(steps: list[tuple[float, float]]) -> None:
    months = [Row(str(place), name) for place, name in enumerate(("Mars", "Avril", "Mai"))]
    two = [Col("a", "Rencontrés"), Col("b", "Accompagnés")]
    axes = on_axes(lambda axes: KINDS["line"].draw(axes, grid(months, two, [*map(list, steps)])))
    canvas = axes.get_figure()
    assert isinstance(canvas, Figure)
    canvas.draw_without_rendering()
    names = axes.get_xticklabels()
    boxes = [text.get_window_extent() for text in (*axes.texts, *names)]
    for first, second in combinations(boxes, 2):
        shared = Bbox.intersection(first, second)
        assert shared is None or min(shared.width, shared.height) < 3


@pytest.mark.parametrize(
    "steps",
    [
        [(26, 6), (20, 7), (19, 10), (8, 4), (19, 2), (15, 6), (24, 3)],
        [(26, 0), (18, 0), (10, 0), (18, 0)] * 2,
    ],
)
def test_a_line_does_not_run_through_numbers(steps: list[tuple[float, float]]) -> None:
    months = [Row(str(place), str(place)) for place in range(len(steps))]
    two = [Col("a", "Rencontrés"), Col("b", "Accompagnés")]
    axes = on_axes(lambda axes: KINDS["line"].draw(axes, grid(months, two, [*map(list, steps)])))
    canvas = axes.get_figure()
    assert isinstance(canvas, Figure)
    canvas.draw_without_rendering()
    for text in axes.texts:
        digits = text.get_window_extent().padded(-2)
        for line in axes.get_lines():
            assert (
                not line.get_transform()
                .transform_path(line.get_path())
                .intersects_bbox(digits, filled=False)
            ), text


def heat_of(ages: Mapping[str, int], figures: Mapping[str, Value]) -> Layout:
    """A table of one family of difficulties by age, of so many young people of each."""
    columns = [*(Col(age, age) for age in ages), Col("total", "Total", "total")]
    counted = made({("sante", age): number for age, number in figures.items()})
    data = table([Row("sante", "Santé", "famille")], columns, counted, id="problematiques_jeunes")
    spec = replace(data.spec, look=Look(chart="heat", share_of="accompagnes"))
    wholes = {(2023, age): Observation(many, "jeunes", "ok") for age, many in ages.items()}
    return Layout(replace(data, spec=spec), wholes=wholes)


def test_a_blank_cell_and_a_part_of_a_rounded_number_are_explained() -> None:
    ages = {"11_14": 100, "15_18": 12, "plus_21": 69}
    exact = drawn(heat_of(ages, {"11_14": 87, "15_18": 6, "plus_21": 40, "total": 133}))
    assert exact.content.grid.signs == [["87\u00a0%", "50\u00a0%", "58\u00a0%"]]
    assert not any("Case vide" in words for words in exact.content.remarks)
    figures = {"11_14": Rounded(85), "15_18": Rounded(5), "plus_21": Rounded(40), "total": 133}
    rounded = drawn(heat_of(ages | {"11_14": 98}, figures))
    assert rounded.content.grid.signs == [
        ["≈\u00a085\u00a0%", "", ""]
    ]  # a multiple of 5, of 80 or more
    remarks = " ".join(rounded.content.remarks)
    assert "Case vide" in remarks and "≈ : part d'un nombre arrondi" in remarks
    untold = drawn(heat_of(ages | {"11_14": 40}, figures))
    assert not any("≈" in sign for sign in untold.content.grid.signs[0])
    assert not any("≈" in words for words in untold.content.remarks)  # no sign, no word of it


def test_a_part_of_an_age_is_in_per_cent_where_that_age_has_enough_young_people() -> None:
    ages = {"11_14": 40, "15_18": 8, "plus_21": 2}
    layout = heat_of(ages, {"11_14": 10, "15_18": 7, "plus_21": 2, "total": 19})
    grid = drawn(layout).content.grid
    assert grid.signs == [["25\u00a0%", "7 sur 8", "2"]]  # « 2 sur 2 » of a few says nothing
    assert [share.is_number for share in grid.shares[0]] == [True, True, False]
    assert [column.label for column in grid.columns] == [
        "11_14 (sur\u00a040)",
        "15_18 (sur\u00a08)",
        "plus_21 (sur\u00a02)",
    ]
    few = {key: replace(whole, value=8.0) for key, whole in layout.wholes.items()}
    for alone in ({}, few):
        assert drawn(replace(layout, wholes=alone)).content.grid.words == [["19"]]


def rates(hours: float, persons: float, state: str = "ok") -> Layout:
    columns = [Col("accompagnes", "Jeunes"), Col("heures", "Heures")]
    rows = [Row("A", "A"), Row("B", "B")]
    figures = pd.concat(
        [
            made({("A", "accompagnes"): 1.0, ("B", "accompagnes"): 3.4}, "pour 1 000 habitants"),
            made({("A", "heures"): hours, ("B", "heures"): 900}, "heures"),
        ]
    )
    data = table(rows, columns, figures, id="taux_communes")
    look = Look(chart="dots", share_of="communes", summary="accompagnes")
    counted = {"A": Observation(persons, "jeunes", state), "B": Observation(20, "jeunes", "ok")}
    wholes = {(2023, code): whole for code, whole in counted.items()}
    return Layout(replace(data, spec=replace(data.spec, look=look)), wholes=wholes)


def test_communes_are_dots_by_rate_and_by_hours_for_each_young_person() -> None:
    chart = drawn(rates(1785, 17))
    assert chart.content.grid.signs == [["1,0", "105"], ["3,4", "45"]]
    assert "A, heures par jeune accompagné : 105" in chart.alt
    assert any("rue, actions et partenariats compris" in words for words in chart.content.remarks)
    assert "1 785" not in chart.alt.replace("\u202f", " ")


@pytest.mark.parametrize(("persons", "state"), [(9, "ok"), (15, "partiel")])
def test_hours_for_each_are_not_drawn_of_few_or_of_a_number_that_is_not_exact(
    persons: float, state: str
) -> None:
    chart = drawn(rates(1785, persons, state))
    assert not chart.content.grid.each
    assert chart.content.grid.words == [["3,4"], ["1"]]


def test_shades_grow_lighter_in_grey_too() -> None:
    greys = [
        1 - alpha * (1 - 0.299 * red - 0.587 * green - 0.114 * blue)
        for red, green, blue, alpha in shades(7)
    ]
    assert greys == sorted(greys)
    assert all(after - before > 0.04 for before, after in pairwise(greys))


def lengths_of(svg: str) -> list[float]:
    """Pixels across of each mark in blue."""
    across = [[x for x, _ in corners] for fill, corners in marks(svg) if fill == BLUE]
    return [max(places) - min(places) for places in across]


@pytest.mark.parametrize(
    ("largest", "end"),
    [(0, 0), (3, 3), (9, 9), (11, 12), (37, 40), (38, 40), (101, 120), (1786.5, 1800)],
)
def test_the_end_of_a_scale_is_round(largest: float, end: float) -> None:
    assert rounded_up(largest) == end


def test_a_shared_scale_makes_bars_comparable() -> None:
    small, large = (
        drawn(replace(population([0] * 5, [1, 2, most, 0, 0]), scale=10)) for most in (5, 10)
    )
    longest = [max(lengths_of(chart.drawing.svg)) for chart in (small, large)]
    assert longest[0] == pytest.approx(longest[1] / 2, abs=4)
    assert "Échelle de ce tableau, la même dans tous les portraits." in small.content.remarks


def test_the_scale_ends_a_little_above_the_largest_figure_drawn_of_any_commune(
    root: Path, store: Path, tmp_path: Path
) -> None:
    service, source = load_service(root / "params"), Store(store)
    scales = common_scales(source, service, 2023)
    tables = [
        source.figures("accompagnes", Scope(2023, code, service)) for code in service.commune_codes
    ]
    bars = [
        of[(of["ligne"] != "total") & of["colonne"].isin(["F", "G"])]["valeur"].max()
        for of in tables
    ]
    assert max(bars) <= scales["accompagnes"] <= 1.2 * max(bars)
    write_scales(scales, tmp_path)
    assert read_scales(str(tmp_path / "records")) == scales
    assert read_scales("sqlite:///x.db") == {} == read_scales(str(store))


def test_a_line_that_fell_to_zero_stays_beside_the_year_before() -> None:
    fallen = drawn(two_years({"a": 2, "b": 4, "c": 0}, {"a": 5, "b": 0, "c": 0}))
    assert [row.label for row in fallen.content.grid.rows] == ["A", "B"]
    assert "Les lignes à zéro les deux années sont omises." in fallen.content.remarks
