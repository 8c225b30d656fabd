"""What a cell asks for: the kind of a chart, the lines and columns of a table."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import numpy as np
import pytest
from bs4 import BeautifulSoup

from rlpipeline.display import chart_kinds, many, table_text, tables
from rlpipeline.display.charts_compared import Groups, Whole, draw_groups, draw_whole
from rlpipeline.display.many import NOTHING
from rlpipeline.display.plots import Chart
from rlpipeline.display.plots_crossed import SUM_OF_ROUNDED
from rlpipeline.display.tables import Layout
from rlpipeline.display.years import Former
from rlpipeline.errors import UsageError
from rlpipeline.figures import Col, Row, Source
from rlpipeline.report import Report
from tests.conftest import Opened
from tests.display.samples import Rounded, Value, column, population, table
from tests.display.samples import figures as made


def crossed(changes: dict[tuple[str, str], Value] | None = None, id: str = "situations") -> Layout:
    """A table of two lines and three classes with their totals."""
    numbers = {"a": (1, 2, 3, 6), "b": (4, 0, 1, 5), "total": (5, 2, 4, 11)}
    codes = ("x", "y", "z", "total")
    cells: dict[tuple[str, str], Value] = {
        (line, code): value for line, values in numbers.items() for code, value in zip(codes, values, strict=True)
    }
    rows = [Row(code, code.upper(), "total" if code == "total" else "corps") for code in numbers]
    columns = [Col(code, code, "total" if code == "total" else "nombre") for code in codes]
    return Layout(table(rows, columns, made({**cells, **(changes or {})}), id=id, title="Choses"))


def drawn(layout: Layout, kind: str) -> Chart:
    chart = chart_kinds.chart(layout, kind)
    assert isinstance(chart, Chart)
    return chart


def test_the_kinds_are_those_that_the_table_allows() -> None:
    assert chart_kinds.kinds(crossed()) == ("bars", "grouped", "stacked", "heat", "panels", "whole", "slopes")
    assert chart_kinds.kinds(population([1] * 5, [2] * 5)) == ("bars", "grouped", "pyramid", "heat", "whole", "slopes")
    assert chart_kinds.kinds(column("clotures", "nombre", {"a": 1, "total": 1})) == ("bars", "whole", "slopes")
    assert chart_kinds.kinds(column("co_accompagnements", "jeunes", {"a": 1, "total": 1})) == ("bars", "slopes")
    assert "whole" not in chart_kinds.kinds(crossed(id="problematiques_jeunes"))  # a young person is on several lines
    assert chart_kinds.kinds(crossed(id="parentalite")) == ()
    assert chart_kinds.kinds(crossed(id="diagnostics")) == ()


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("grouped", "Choses, 2023. A : 6 (z 3) ; B : 5 (x 4). Total : 11. Barres groupées."),
        ("stacked", "Choses, 2023. A : 6 (z 3) ; B : 5 (x 4). Total : 11. Barres empilées."),
        ("heat", "Choses, 2023. A : 6 (z 3) ; B : 5 (x 4). Total : 11. Tableau coloré."),
        (
            "panels",
            "Choses, 2023. A : 6 (z 3) ; B : 5 (x 4). Total : 11. Un petit diagramme par ligne, à la même échelle.",
        ),
        ("whole", "Situation des jeunes accompagnés, 2023. A : 6 ; B : 5. Total : 11. Barre découpée en parts."),
        ("bars", "Situation des jeunes accompagnés, 2023. A : 6 ; B : 5. Total : 11. Diagramme en barres."),
    ],
)
def test_each_kind_says_what_it_shows(kind: str, said: str) -> None:
    chart = drawn(crossed(), kind)
    assert chart.alt == said
    assert chart.keys == tuple((line, code) for line in "ab" for code in (chart.columns))


def test_a_table_has_its_own_kind_where_none_is_asked() -> None:
    assert drawn(crossed(), "").picture == drawn(crossed(), "bars").picture
    assert drawn(crossed(id="siens"), "").alt.endswith("Total : 11. Diagramme en barres.")


def test_two_classes_are_said_one_after_the_other() -> None:
    chart = drawn(population([1, 2, 0, 0, 0], [3, 4, 0, 0, 1]), "grouped")
    assert chart.alt.startswith("Jeunes, 2023. Filles : moins de 11 ans 1, 11 à 14 ans 2, ")
    assert [row[0] for row in chart.rows][-1] == "Plus de 21 ans"


def test_a_scale_shared_by_portraits_is_that_of_the_usual_chart_alone() -> None:
    layout = replace(crossed(id="durees"), scale=40)
    assert "La même échelle dans tous les portraits." in drawn(layout, "").remarks
    for kind in ("heat", "stacked", "grouped"):
        assert drawn(layout, kind).picture == drawn(replace(layout, scale=0), kind).picture
        assert "La même échelle dans tous les portraits." not in drawn(layout, kind).remarks


def test_rounded_figures_are_marked_in_every_kind() -> None:
    cells: dict[tuple[str, str], Value] = {
        (line, code): Rounded(10) for line in ("a", "b", "total") for code in ("x", "y", "z", "total")
    }
    below: dict[tuple[str, str], Value] = {**cells, ("a", "x"): Rounded(0), ("b", "total"): Rounded(0)}
    for kind in ("grouped", "stacked", "heat", "panels", "whole", "bars"):
        chart = drawn(crossed(below), kind)
        assert "Valeurs arrondies. " in chart.alt
        assert any(
            remark.startswith("≈ : valeur arrondie à un multiple de 5, à moins de 5") for remark in chart.remarks
        )
        assert chart.picture != drawn(crossed(cells), kind).picture
    assert SUM_OF_ROUNDED in drawn(crossed(below), "stacked").remarks


def test_an_outline_is_as_long_as_what_it_may_stand_for() -> None:
    values, words = np.array([[4.0, 10.0]]), [["moins de 5", "≈ 10"]]
    plain = Groups(["a"], ["x", "y"], values, words)
    for groups in (plain, replace(plain, totals=["≈ 15"])):
        assert draw_groups(groups) != draw_groups(replace(groups, hollow=frozenset({(0, 0)})))
    whole = Whole(["a", "b"], [10, 4], ["≈ 10", "moins de 5"])
    assert draw_whole(whole) != draw_whole(replace(whole, hollow=frozenset({1})))


def test_what_the_edition_does_not_cross_is_drawn_in_bars() -> None:
    uncrossed = crossed()
    figures_left = uncrossed.data.figures[uncrossed.data.figures["colonne"] == "total"]
    layout = replace(uncrossed, data=replace(uncrossed.data, figures=figures_left))
    for kind in ("stacked", "heat", "panels", "grouped"):
        assert drawn(layout, kind).alt == drawn(crossed(), "bars").alt
    chart_kinds.check_kind("pyramid", layout, exact=False)


def test_slopes_need_a_year_before() -> None:
    assert chart_kinds.chart(crossed(), "slopes") is None


def test_a_kind_that_the_table_does_not_allow_is_refused_with_those_that_it_allows() -> None:
    with pytest.raises(UsageError) as raised:
        chart_kinds.check_kind("pyramide", population([1] * 5, [1] * 5), exact=True)
    assert raised.value.expected == "bars, grouped, pyramid, heat, whole, slopes"
    assert raised.value.todo == "écrire kind='pyramid'"
    for exact in (True, False):
        with pytest.raises(UsageError, match="n'a pas de graphique « camembert »"):
            chart_kinds.check_kind("camembert", crossed(), exact)
    with pytest.raises(UsageError, match="Le tableau « parentalite » n'a pas de graphique"):
        chart_kinds.check_kind("", crossed(id="parentalite"), exact=True)
    unknown = crossed({(line, code): "nc" for line in ("a", "b", "total") for code in ("x", "y", "z", "total")})
    chart_kinds.check_kind("pyramid", unknown, exact=True)  # a sentence: nothing is known this year


def page(layout: Layout, lines: tuple[str, ...] = (), columns: tuple[str, ...] = ()) -> Layout:
    data, left = many.asked(layout.data, layout.left_out, lines, columns)
    return replace(layout, data=data, left_out=left)


def words(layout: Layout) -> tuple[list[str], list[str], str]:
    soup = BeautifulSoup(tables.to_html(layout), "html.parser")
    heads = [head.get_text() for head in soup.select("thead th")]
    lines = [head.get_text() for head in soup.select("tbody th")]
    return heads, lines, soup.select("p.rl-note")[-1].get_text().replace("\u00a0", " ")


def test_lines_and_columns_stand_in_the_order_asked() -> None:
    heads, lines, note = words(page(crossed(), ("b", "a"), ("z", "x")))
    assert (heads, lines) == (["z", "x"], ["B", "A"])
    assert note.startswith("Ce tableau ne montre pas toutes ses lignes et colonnes : les autres sont dans tableaux")


def test_a_total_whose_parts_are_not_all_shown_says_so() -> None:
    told = "les autres, que les totaux comptent aussi, sont dans"
    assert told in words(page(crossed(), columns=("x", "total")))[2]
    assert told in words(page(crossed(), lines=("a", "total")))[2]
    assert told not in words(page(crossed(), lines=("a", "b")))[2]
    assert "Ce tableau" not in words(page(crossed(), columns=("total", "z", "y", "x")))[2]
    family = replace(crossed(), data=replace(crossed().data, rows=(Row("a", "A", "famille"), Row("b", "B"))))
    assert told in words(page(family, lines=("a",)))[2]
    assert told not in words(page(family, lines=("b",)))[2]


def test_what_a_total_does_not_count_may_go_in_silence() -> None:
    data = crossed().data
    added = replace(data, columns=(*data.columns, Col("nouveaux", "dont nouveaux")))
    note = words(page(replace(crossed(), data=added), columns=("x", "y", "z", "total")))[2]
    assert "toutes ses colonnes : les autres sont dans" in note


def test_codes_that_the_table_has_not_ask_for_nothing() -> None:
    assert tables.to_html(page(crossed(), ("NR",), ("NR",))) == tables.to_html(crossed())
    assert page(crossed(), columns=("NR", "x")).left_out.columns == {"y", "z", "total"}


def test_the_year_before_stands_after_a_column_that_is_shown() -> None:
    former = Former(2022, made({(line, code): 7 for line in "ab" for code in ("x", "total")}, year=2022))
    heads, _, _ = words(page(replace(crossed(), before=former), columns=("x", "y")))
    assert heads == ["x", "x 2022", "Écart", "y"]


def test_the_bundle_carries_every_figure_and_names_what_is_left_out() -> None:
    layout = crossed()
    asked = page(layout, ("b",), ("x",))
    bundle = tables.bundle(replace(asked, data=layout.data), layout.data.figures)
    whole = tables.bundle(layout, layout.data.figures)
    assert bundle == {**whole, "omis": {"lignes": ["a", "total"], "colonnes": ["total", "y", "z"]}}
    assert table_text.to_text(layout).count("\n") == 4
    assert layout.left_out == NOTHING


@pytest.fixture(scope="module")
def service(opened: Opened) -> Report:
    return opened()


@pytest.fixture(scope="module")
def oignies(opened: Opened) -> Report:
    return opened(commune="62637")


def test_a_portrait_takes_the_codes_and_kinds_of_the_service(service: Report, oignies: Report) -> None:
    lines = [row.code for row in service.source.table("diagnostics", service.scope).rows]
    own = [code for code in lines if code.startswith("62637")]
    shown = oignies.table("diagnostics", lines=[lines[0], own[0]])
    assert shown and shown.bundle["omis"] == {"lignes": sorted(own[1:]), "colonnes": []}
    kept = oignies.figure("demandes", kind="stacked")
    assert kept and "Barres empilées." in kept.plain


def test_an_unknown_code_is_refused_with_the_nearest(service: Report, oignies: Report) -> None:
    for report in (service, oignies):
        with pytest.raises(UsageError, match="« accompagnes » n'a pas de colonne 'totl'") as raised:
            report.table("accompagnes", columns=["F", "totl"])
        assert raised.value.todo == "la plus proche est « total »"
        with pytest.raises(UsageError, match="n'a pas de ligne '11_15'"):
            report.table("accompagnes", lines=["11_15"])
        with pytest.raises(UsageError, match="n'a pas de graphique « heat »"):
            report.figure("clotures", kind="heat")
    alone = service.table("accompagnes", columns="total")
    assert alone and alone.bundle["omis"]["colonnes"] == ["F", "G", "nouveaux"]


def test_actions_are_cut_by_commune_with_the_lines_asked(service: Report) -> None:
    asked, whole = service.table("actions", lines=["seances", "total"]), service.table("actions")
    assert asked and whole
    soup = BeautifulSoup(asked.html, "html.parser")
    assert {cell["data-ligne"] for cell in soup.select("td[data-ligne]")} == {"seances", "total"}
    assert len(soup.select("table")) == 1
    assert asked.html.count("Ce tableau ne montre pas") == 1
    one = next(column["code"] for column in whole.bundle["columns"])
    lone = service.table("actions", columns=[one])
    assert lone and len(BeautifulSoup(lone.html, "html.parser").select("tr[data-colonne]")) == 2  # and folded
    for shown in (asked, lone):
        assert {**shown.bundle, "omis": None} == {**whole.bundle, "omis": None}


class _Protected:
    """A source whose figures are protected."""

    is_exact = False


def test_a_wider_class_stands_for_those_that_it_joins(service: Report) -> None:
    laid = replace(service._laid, source=cast(Source, _Protected()))
    data = crossed().data
    wide = replace(data, id="accompagnes", columns=(Col("F", "Filles"), Col("G_ou_NR", "Garçons (ou non renseigné)")))
    page = laid.asked(Layout(wide), service.scope, ["nulle"], ["G", "NR"])
    assert page.left_out.columns == {"F"}
    assert not page.left_out.rows  # nothing asked for is shared: all is shown
