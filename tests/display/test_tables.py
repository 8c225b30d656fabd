"""Tables: states, rounding, actions; and the empty lines and columns that the page leaves out, and names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pandas as pd
import pytest
from bs4 import BeautifulSoup

from rlpipeline.declared import Look
from rlpipeline.display import cells, tables
from rlpipeline.display.actions import Actions
from rlpipeline.display.layout import Layout, without_empty
from rlpipeline.display.lookup import Former
from rlpipeline.figures import Col, Row
from rlpipeline.table_view import EMPTY, TableGroup, TableLine, TableView, html_of, text_cell
from tests.declared import INDICATORS
from tests.display.samples import Rounded, RoundedToTen, Value, figures, table

ROWS = (
    Row("a", "Moins de 11 ans"),
    Row("b", "Collèges & lycées <1>"),
    Row("total", "Total", "total"),
)
COLUMNS = (Col("F", "Filles"), Col("total", "Total", "total"))
CELLS: dict[tuple[str, str], Value] = {
    ("a", "F"): 1303,
    ("a", "total"): 0,
    ("b", "F"): "nc",
    ("b", "total"): "vide",
    ("total", "F"): (35, "partiel"),
    ("total", "total"): "masque",
}
LAYOUT = Layout(table(ROWS, COLUMNS, figures(CELLS)))


ROUNDED: dict[tuple[str, str], Value] = {
    ("a", "F"): Rounded(25),
    ("a", "total"): RoundedToTen(0),
    ("total", "F"): Rounded(0),
    ("total", "total"): 31,
}


def written(
    cells: dict[tuple[str, str], Value], rows: Sequence[Row] = ROWS, before: Former | None = None
) -> str:
    return tables.to_html(Layout(table(rows, COLUMNS, figures(cells)), "", before))


def test_a_wide_table_is_cut_in_numbered_parts() -> None:
    columns = tuple(Col(str(rank), f"Colonne {rank}") for rank in range(tables.WIDEST + 1))
    page = tables.to_html(Layout(table(ROWS, columns, figures({("a", "0"): 1}))))
    captions = [caption.get_text() for caption in BeautifulSoup(page, "lxml").select("caption")]
    assert [caption[caption.index("(") :] for caption in captions] == [
        "(partie 1 sur 2)",
        "(partie 2 sur 2)",
    ]


def test_rounded_figures_have_a_sign_that_is_spoken_and_one_note() -> None:
    page = written(ROUNDED)
    about = '<span aria-hidden="true">≈\u00a0</span><span class="rl-sr">environ\u00a0</span>25'
    assert f'<td class="num arrondi">{about}</td>' in page
    assert '<td class="num arrondi zero rl-col-total">moins de 10</td>' in page
    assert (
        '<p class="rl-note">≈\u00a0: nombre arrondi à un multiple de 5, à moins de 5 du nombre exact\u00a0; '
        "«\u00a0moins de 5\u00a0»\u00a0: de 0 à 4\u00a0; «\u00a0moins de 10\u00a0»\u00a0: de 0 à 9. Unité"
    ) in page
    tens = {**ROUNDED, ("a", "total"): RoundedToTen(20)}
    assert (
        "à moins de 5 du nombre exact (de 10 pour «\u00a0Moins de 11 ans\u00a0»)\u00a0; «"
        in written(tens)
    )
    former = Former(2022, figures({("a", "total"): RoundedToTen(20)}, year=2022))
    both = "de 10 pour «\u00a0Moins de 11 ans\u00a0» et «\u00a0Total\u00a0»"  # in the order of the lines
    assert both in written({**ROUNDED, ("total", "F"): RoundedToTen(30)}, before=former)
    small = written({("a", "F"): Rounded(0), ("a", "total"): 31}, ROWS[:1])
    assert "≈" not in small
    assert '<p class="rl-note">«\u00a0moins de 5\u00a0»\u00a0: de 0 à 4. Unité' in small
    large = written({("a", "F"): Rounded(25), ("a", "total"): 31}, ROWS[:1])
    assert (
        "≈\u00a0: nombre arrondi à un multiple de 5, à moins de 5 du nombre exact. Unité" in large
    )


def test_empty_cells_of_the_edition_to_share_are_explained() -> None:
    assert "Case vide" not in written(ROUNDED, ROWS[::2])
    margins = {key: value for key, value in ROUNDED.items() if key != ("a", "F")}
    assert "Case vide\u00a0: croisement non diffusé." in written(margins, ROWS[::2])


def test_a_table_left_out_is_one_sentence() -> None:
    notes = ("Ce tableau n'est pas diffusé : suivis de quelques personnes.",)
    layout = Layout(table((), COLUMNS, figures({}), notes=notes), "Carvin")
    assert not layout.is_shared
    assert tables.to_html(layout) == (
        '<p class="rl-vide rl-reserve">Jeunes – Carvin. '
        "Ce tableau n'est pas diffusé\u00a0: suivis de quelques personnes.</p>"
    )


def soup(layout: Layout) -> BeautifulSoup:
    return BeautifulSoup(tables.to_html(layout), "html.parser")


@pytest.mark.parametrize(
    ("key", "css", "inside"),
    [
        (("a", "F"), "num", "1\u202f303"),
        (("a", "total"), "num zero", "0"),
        (("b", "F"), "num nc", '<abbr title="non communiqué">nc</abbr>'),
        (
            ("b", "total"),
            "num vide",
            '<span aria-hidden="true">–</span><span class="rl-sr">sans objet</span>',
        ),
        (
            ("total", "F"),
            "num partiel",
            '35<span aria-hidden="true">*</span><span class="rl-sr">\u00a0(total partiel)</span>',
        ),
        (("total", "total"), "num masque", "masqué"),
    ],
)
def test_each_state_has_its_own_cell(key: tuple[str, str], css: str, inside: str) -> None:
    figure = LAYOUT.figures[key]
    assert (cells.css_classes(figure), cells.html(figure)) == (css, inside)
    of_total = " rl-col-total" if key[1] == "total" else ""
    assert f'<td class="{css}{of_total}">{inside}</td>' in tables.to_html(LAYOUT)


def test_records_are_escaped_everywhere() -> None:
    hostile = '<script>alert("x")</script>'
    data = table(
        [Row("a", hostile)],
        [Col("F", hostile), Col("mots", hostile, "texte")],
        figures({("a", "F"): 1}),
        {("a", "mots"): hostile, ("a", "F"): hostile},
        title=hostile,
        notes=(hostile,),
    )
    html = tables.to_html(Layout(data, hostile))
    assert "<script" not in html
    assert html.count("&lt;script&gt;") == 10


def test_what_the_year_before_alone_has_is_shown_and_what_it_lacks_is_not() -> None:
    cells_before: dict[tuple[str, str], Value] = {("a", "x"): 4, ("b", "x"): "vide"}
    both = pd.concat(
        [figures({("b", "x"): 2}), figures(cells_before, year=2022)], ignore_index=True
    )
    data = table([Row("a", "Nord"), Row("b", "Sud")], [Col("x", "X")], both)
    shown = [cell.get_text("|") for cell in soup(Layout(data)).select("tbody td")]
    assert shown == ["–|sans objet|\u00a0(|2022\u00a0:\u00a04|)", "2"]


OF_ACTIONS = [
    *(Row(code, code) for code in ("moins_11", "11_14", "15_18", "seances")),
    Row("total", "Participants", "total"),
    *(Row(code, code, "note") for code in ("unite", "partenaires")),
]


def page_of(cells: dict[tuple[str, str], Value]) -> BeautifulSoup:
    known = {(row.code, f"A{rank}"): rank for row in OF_ACTIONS[:5] for rank in (1, 2, 3)}
    words = {
        ("partenaires", "A2"): "UFOLEP",
        **{("unite", f"A{rank}"): "personnes" for rank in (1, 2, 3)},
    }
    columns = [Col(f"A{rank}", f"Action {rank}") for rank in (1, 2, 3)]
    data = table(
        OF_ACTIONS, columns, figures({**known, **cells}, id="actions"), words, id="actions"
    )
    before = Former(2022, figures({("total", "B2"): 7}, year=2022, id="actions"))
    places = {"62637": ("Oignies", [columns[0], columns[2]]), "62215": ("Carvin", [columns[1]])}
    return BeautifulSoup(
        Actions(Layout(data, before=before), places, {"A2": "B2"}).to_html(), "html.parser"
    )


@pytest.mark.parametrize(("value", "shown"), [(Rounded(5), False), ("nc", True)])
def test_rounded_figures_are_not_added(value: Value, shown: bool) -> None:
    page = page_of({("moins_11", "A1"): value})
    assert ("Moins de 15 ans" in page.select("thead")[0].get_text()) is shown
    assert (
        not shown
        or page.select_one('[data-ligne="moins_11+11_14"][data-colonne="A1"]').get_text() == "nc"
    )  # type: ignore[union-attr]


LINES, ACROSS = "abcd", "xy"


def crossed(
    values: Mapping[tuple[str, str], Value], then: Mapping[tuple[str, str], Value] | None = None
) -> Layout:
    cells: dict[tuple[str, str], Value] = {(line, column): 2 for line in LINES for column in ACROSS}
    cells |= {(line, "total"): 4 for line in LINES} | {
        ("total", column): 8 for column in (*ACROSS, "total")
    }
    rows = [*(Row(line, f"Ligne {line}") for line in LINES), Row("total", "Total", "total")]
    columns = [
        *(Col(column, f"Colonne {column}") for column in ACROSS),
        Col("total", "Total", "total"),
    ]
    data = table(rows, columns, figures({**cells, **values}), title="Choses")
    return Layout(data, "", Former(2022, figures(dict(then), year=2022)) if then else None)


def line(code: str, value: Value) -> dict[tuple[str, str], Value]:
    return {(code, column): value for column in (*ACROSS, "total")}


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
    layout = crossed(
        {**line("b", 0), **line("c", Rounded(0)), ("d", "x"): 0},
        {("b", "total"): 3, ("d", "total"): 1},
    )
    assert shown(layout) == shown(crossed({}, {("b", "total"): 3, ("d", "total"): 1}))
    assert without_empty(layout) == layout


@pytest.mark.parametrize(
    ("value", "said"), [(0, "rien à compter en 2023."), ("nc", "non communiqué pour 2023.")]
)
def test_a_table_that_is_empty_is_a_sentence(value: Value, said: str) -> None:
    nothing = {key: found for code in (*LINES, "total") for key, found in line(code, value).items()}
    assert shown(crossed(nothing)) == ([], [f"Choses\u00a0: {said}"])
    (note,) = shown(crossed(nothing, {("a", "total"): 3}))[1]
    assert note.endswith("Ligne b, Ligne c et Ligne d.")
    assert without_empty(crossed(nothing)).left_out.rows == {*LINES, "total"}


def test_an_action_of_which_nothing_is_known_is_named() -> None:
    layout = crossed({(one, "x"): "nc" for one in (*LINES, "total")})
    left = without_empty(
        replace(layout, data=replace(layout.data, spec=INDICATORS["actions"].spec))
    )
    assert (left.left_out.columns, left.left_out.rows) == ({"x"}, frozenset())
    assert "Colonne x\u00a0: participation non communiquée." in left.empty
    actions = replace(INDICATORS["actions"].spec, title="Choses")
    alone = replace(layout.data, spec=actions, columns=layout.data.columns[:1])
    left = without_empty(replace(layout, data=alone))
    assert "Choses\u00a0: participation non communiquée (Colonne x)." in left.empty
    assert left.left_out.columns == {"x"}


@pytest.mark.parametrize(
    ("columns", "reached"), [(1, False), (4, True), (8, True)], ids=["narrow", "ages", "many"]
)
def test_a_keyboard_reaches_a_table_that_a_narrow_telephone_lets_scroll(
    columns: int, reached: bool
) -> None:
    heads = [text_cell("11 à inconnu", scope="col")] * columns
    view = TableView("Titre", [EMPTY, *heads], [])
    soup = BeautifulSoup(html_of(view), "html.parser")
    assert [wrap["aria-label"] for wrap in soup.select("[tabindex]")] == ["Titre"] * reached


def two_by_two(words: dict[tuple[str, str], str], corner: str = "") -> str:
    rows, columns = [Row("a", "Chômage")], [Col(code, code) for code in ("A", "B", "C")]
    data = table(rows, columns, figures({("a", code): 12.5 for code in ("A", "B", "C")}), words)
    spec = replace(data.spec, look=Look(corner=corner))
    return tables.to_html(Layout(replace(data, spec=spec)))


def test_a_number_of_another_source_is_marked_and_its_source_is_written_once() -> None:
    words = {("a", "A"): "2022, X", ("a", "B"): "2022, X", ("a", "C"): "2021, Y"}
    soup = BeautifulSoup(two_by_two(words), "html.parser")
    marked = [cell for cell in soup.select("tbody td") if "†" in cell.get_text()]
    assert [cell.get_text() for cell in marked] == ["12,5†\u00a0(autre source)"]
    assert "† autre source ou autre année\u00a0: C (2021, Y)." in soup.get_text()
    alike = dict.fromkeys(words, "2022, X")
    assert "†" not in two_by_two(alike)


def test_the_corner_of_a_table_says_which_year_its_lines_are_of() -> None:
    soup = BeautifulSoup(two_by_two({}, "{avant} ↓ {annee} →"), "html.parser")
    assert soup.select("thead th")[0].get_text() == "2022 ↓ 2023 →"


def test_each_header_of_a_table_says_what_it_is_the_header_of() -> None:
    lines = [TableLine([text_cell("A", scope="row"), text_cell("1")])]
    view = TableView("", [EMPTY, text_cell("Nombre", scope="col")], [TableGroup(lines)])
    headers = BeautifulSoup(html_of(view), "html.parser").find_all("th")
    assert [(th.string, th["scope"]) for th in headers] == [("Nombre", "col"), ("A", "row")]
