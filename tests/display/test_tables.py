from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import pytest
from bs4 import BeautifulSoup

from rlpipeline.display import cells, tables
from rlpipeline.display.actions import Actions
from rlpipeline.display.layout import Layout
from rlpipeline.display.lookup import Former
from rlpipeline.figures import Col, Row
from tests.display.samples import Rounded, RoundedToTen, Value, figures, table

ROWS = (Row("a", "Moins de 11 ans"), Row("b", "Collèges & lycées <1>"), Row("total", "Total", "total"))
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


def written(cells: dict[tuple[str, str], Value], rows: Sequence[Row] = ROWS, before: Former | None = None) -> str:
    return tables.to_html(Layout(table(rows, COLUMNS, figures(cells)), "", before))


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
    assert "à moins de 5 du nombre exact (de 10 pour «\u00a0Moins de 11 ans\u00a0»)\u00a0; «" in written(tens)
    former = Former(2022, figures({("a", "total"): RoundedToTen(20)}, year=2022))
    both = "de 10 pour «\u00a0Moins de 11 ans\u00a0» et «\u00a0Total\u00a0»"  # in the order of the lines
    assert both in written({**ROUNDED, ("total", "F"): RoundedToTen(30)}, before=former)
    small = written({("a", "F"): Rounded(0), ("a", "total"): 31}, ROWS[:1])
    assert "≈" not in small
    assert '<p class="rl-note">«\u00a0moins de 5\u00a0»\u00a0: de 0 à 4. Unité' in small
    large = written({("a", "F"): Rounded(25), ("a", "total"): 31}, ROWS[:1])
    assert "≈\u00a0: nombre arrondi à un multiple de 5, à moins de 5 du nombre exact. Unité" in large


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
        (("b", "total"), "num vide", '<span aria-hidden="true">–</span><span class="rl-sr">sans objet</span>'),
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
    both = pd.concat([figures({("b", "x"): 2}), figures(cells_before, year=2022)], ignore_index=True)
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
    words = {("partenaires", "A2"): "UFOLEP", **{("unite", f"A{rank}"): "personnes" for rank in (1, 2, 3)}}
    columns = [Col(f"A{rank}", f"Action {rank}") for rank in (1, 2, 3)]
    data = table(OF_ACTIONS, columns, figures({**known, **cells}, id="actions"), words, id="actions")
    before = Former(2022, figures({("total", "B2"): 7}, year=2022, id="actions"))
    places = {"62637": ("Oignies", [columns[0], columns[2]]), "62215": ("Carvin", [columns[1]])}
    return BeautifulSoup(Actions(Layout(data, before=before), places, {"A2": "B2"}).to_html(), "html.parser")


@pytest.mark.parametrize(("value", "shown"), [(Rounded(5), False), ("nc", True)])
def test_rounded_figures_are_not_added(value: Value, shown: bool) -> None:
    page = page_of({("moins_11", "A1"): value})
    assert ("Moins de 15 ans" in page.select("thead")[0].get_text()) is shown
    assert not shown or page.select_one('[data-ligne="moins_11+11_14"][data-colonne="A1"]').get_text() == "nc"  # type: ignore[union-attr]
