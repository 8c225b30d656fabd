from __future__ import annotations

import json

import pandas as pd
import pytest
from bs4 import BeautifulSoup

from rlpipeline.display import cells, tables
from rlpipeline.display.tables import Layout
from rlpipeline.display.years import Former
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


def test_numbers_of_a_column_have_as_many_decimals() -> None:
    cells: dict[tuple[str, str], Value] = {("a", "F"): 12, ("b", "F"): 3.5, ("total", "F"): 15.25, ("a", "total"): 4}
    shown = [cell.get_text() for cell in soup(Layout(table(ROWS, COLUMNS, figures(cells)))).select("td.num")]
    assert [one for one in shown if one] == ["12,00", "4", "3,50", "15,25"]


ROUNDED: dict[tuple[str, str], Value] = {
    ("a", "F"): Rounded(25),
    ("a", "total"): RoundedToTen(0),
    ("total", "F"): Rounded(0),
    ("total", "total"): 31,
}


def test_rounded_figures_have_a_sign_that_is_spoken_and_one_note() -> None:
    layout = Layout(table(ROWS, COLUMNS, figures(ROUNDED)))
    written = tables.to_html(layout)
    about = '<span aria-hidden="true">≈\u00a0</span><span class="rl-sr">environ\u00a0</span>25'
    assert f'<td class="num arrondi">{about}</td>' in written
    assert '<td class="num arrondi zero rl-col-total">moins de 10</td>' in written
    note = soup(layout).select_one("p.rl-note")
    assert note and note.get_text().startswith(
        "≈\u00a0: nombre arrondi à un multiple de 5, à moins de 5 du nombre exact\u00a0; "
        "«\u00a0moins de 5\u00a0»\u00a0: de 0 à 4\u00a0; «\u00a0moins de 10\u00a0»\u00a0: de 0 à 9. Unité"
    )
    tens = {**ROUNDED, ("a", "total"): RoundedToTen(20)}
    named = "à moins de 5 du nombre exact (de 10 pour «\u00a0Moins de 11 ans\u00a0»)\u00a0; «"
    assert named in tables.to_html(Layout(table(ROWS, COLUMNS, figures(tens))))
    beside = Layout(
        table(ROWS, COLUMNS, figures({**ROUNDED, ("total", "F"): RoundedToTen(30)})),
        "",
        Former(2022, figures({("a", "total"): RoundedToTen(20)}, year=2022)),
    )
    both = "de 10 pour «\u00a0Moins de 11 ans\u00a0» et «\u00a0Total\u00a0»"  # in the order of the lines
    assert both in tables.to_html(beside)
    small = Layout(table(ROWS[:1], COLUMNS, figures({("a", "F"): Rounded(0), ("a", "total"): 31})))
    assert "≈" not in tables.to_html(small)
    assert '<p class="rl-note">«\u00a0moins de 5\u00a0»\u00a0: de 0 à 4. Unité' in tables.to_html(small)
    large = Layout(table(ROWS[:1], COLUMNS, figures({("a", "F"): Rounded(25), ("a", "total"): 31})))
    assert "≈\u00a0: nombre arrondi à un multiple de 5, à moins de 5 du nombre exact. Unité" in tables.to_html(large)


def test_empty_cells_of_the_edition_to_share_are_explained() -> None:
    crossed = Layout(table(ROWS[::2], COLUMNS, figures(ROUNDED)))
    margins = {key: value for key, value in ROUNDED.items() if key != ("a", "F")}
    assert "Case vide" not in tables.to_html(crossed)
    assert "Case vide\u00a0: croisement non diffusé." in tables.to_html(
        Layout(table(ROWS[::2], COLUMNS, figures(margins)))
    )


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


@pytest.mark.parametrize(
    ("value", "column", "written"),
    [
        ((16.78, "%"), "part", "16,78\u00a0%"),
        ((43, "%"), "part", "43,00\u00a0%"),
        ((43, "%"), "QP1", "43\u00a0%"),
        ((32.9, "%"), "62215", "32,9\u00a0%"),
        ((1234.5, "euros"), "montant_eur", "1\u202f234,50\u00a0€"),
        ((0.72, "etp"), "etp", "0,72"),
    ],
)
def test_numbers_as_their_unit_asks(value: tuple[float, str], column: str, written: str) -> None:
    found = cells.figures_by_cell(figures({("a", column): value}))
    assert cells.plain(found["a", column]) == written


def test_caption_scopes_and_region() -> None:
    page = soup(LAYOUT)
    assert page.caption and page.caption.get_text() == "Jeunes"
    wrap = page.select_one("div.rl-table-wrap")
    assert wrap and (wrap["tabindex"], wrap["role"], wrap["aria-label"]) == ("0", "region", "Jeunes")
    assert [header["scope"] for header in page.select("thead th")] == ["col", "col"]
    assert [header["scope"] for header in page.select("tbody th")] == ["row", "row", "row"]
    assert [row.get("class") for row in page.select("tbody tr")] == [None, None, ["total"]]


def test_place_is_in_the_caption() -> None:
    assert Layout(LAYOUT.data, "Oignies").caption == "Jeunes – Oignies"


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
    written = tables.to_html(Layout(data, hostile))
    assert "<script" not in written
    assert written.count("&lt;script&gt;") == 10


def test_no_id_no_style_no_script() -> None:
    for tag in soup(LAYOUT).find_all(True):
        assert not {"id", "style"} & set(tag.attrs)


def test_notes_explain_the_states_that_occur() -> None:
    note = soup(LAYOUT).select_one("p.rl-note")
    assert note and note.get_text() == (
        "nc\u00a0: non communiqué. * total partiel\u00a0: somme des seules valeurs communiquées. "
        "masqué\u00a0: nombre non diffusé, ou retiré ou corrigé depuis une diffusion. "
        "Unité\u00a0: jeunes."
    )


def test_notes_do_not_speak_of_states_that_do_not_occur() -> None:
    note = soup(Layout(table(ROWS[:1], COLUMNS[:1], figures({("a", "F"): 3}), notes=("Table absente.",)))).select_one(
        "p"
    )
    assert note and note.get_text() == "Table absente. Unité\u00a0: jeunes."


def test_a_table_without_line_is_a_sentence_that_says_why() -> None:
    empty = table((), (), figures({}))
    assert tables.to_html(Layout(empty, "Oignies")) == (
        '<p class="rl-vide">Jeunes – Oignies\u00a0: rien de noté pour 2023.</p>'
    )
    absent = table((), (), figures({}), notes=("La table « x » n'est pas fournie : nc.",))
    assert tables.to_html(Layout(absent)) == (
        '<p class="rl-vide">Jeunes\u00a0: la table «\u00a0x\u00a0» n\'est pas fournie\u00a0: nc.</p>'
    )


def test_families_and_subtotals_make_row_groups() -> None:
    rows = (
        Row("f", "Famille", "famille"),
        Row("c", "Code"),
        Row("g", "Autre", "famille"),
        Row("d", "Code"),
        Row("total", "Total", "total"),
        Row("unite", "Compté en", "note"),
    )
    groups = [[row.code for row in group] for group in tables.row_groups(rows)]
    assert groups == [["f", "c"], ["g", "d"], ["total"], ["unite"]]
    posts = (Row("p", "Poste"), Row("s", "Sous-total", "sous_total"), Row("q", "Poste"), Row("t", "S", "sous_total"))
    assert [[row.code for row in group] for group in tables.row_groups(posts)] == [["p", "s"], ["q", "t"]]
    data = table(
        rows, [Col("n", "Nombre")], figures({(row.code, "n"): 1 for row in rows[:-1]}), {("unite", "n"): "heures"}
    )
    page = soup(Layout(data))
    assert len(page.find_all("tbody")) == 4
    assert [header["scope"] for header in page.select("tr.famille th")] == ["rowgroup", "rowgroup"]
    assert page.select_one("tr.note td.num.texte").get_text() == "heures"  # type: ignore[union-attr]


def test_wide_tables_are_cut_in_equal_parts() -> None:
    columns = [Col(f"A{index}", f"Action {index}") for index in range(10)]
    assert [len(part) for part in tables.column_parts(columns)] == [5, 5]
    assert [len(part) for part in tables.column_parts(columns[:7])] == [7]
    assert [len(part) for part in tables.column_parts([*columns, Col("total", "Total", "total")])] == [11]
    written = soup(Layout(table(ROWS[:1], columns, figures({("a", column.code): 1 for column in columns}))))
    captions = [caption.get_text() for caption in written.find_all("caption")]
    assert captions == ["Jeunes (partie 1 sur 2)", "Jeunes (partie 2 sur 2)"]


def test_words_that_a_line_shares_are_said_once() -> None:
    data = table(
        [Row("a", "Population")],
        [Col("x", "X"), Col("y", "Y"), Col("z", "Z")],
        figures({("a", "x"): 1, ("a", "y"): 2, ("a", "z"): 3}),
        {("a", "x"): "2022, INSEE", ("a", "y"): "2022, INSEE", ("a", "z"): "2021, CAF"},
    )
    page = soup(Layout(data))
    assert page.select_one("tbody th").get_text("|") == "Population|\u00a0(|2022, INSEE|)"  # type: ignore[union-attr]
    assert [cell.get_text("|") for cell in page.select("tbody td")] == ["1", "2", "3|\u00a0(|2021, CAF|)"]


def test_words_that_not_every_figure_has_stay_in_their_cells() -> None:
    data = table(
        [Row("a", "Quartier")],
        [Col("x", "X"), Col("y", "Y"), Col("z", "Z")],
        figures({("a", "x"): 1, ("a", "y"): 2, ("a", "z"): 3}),
        {("a", "x"): "Non évalué", ("a", "y"): "Non évalué"},
    )
    assert [cell.get_text("|") for cell in soup(Layout(data)).select("tbody td")] == [
        "1|\u00a0(|Non évalué|)",
        "2|\u00a0(|Non évalué|)",
        "3",
    ]


def test_the_year_before_is_in_the_same_cell() -> None:
    both = pd.concat([figures({("a", "x"): 4}), figures({("a", "x"): "nc"}, year=2022)], ignore_index=True)
    cell = soup(Layout(table([Row("a", "Quartier")], [Col("x", "X")], both))).select_one("tbody td")
    assert cell and cell.get_text("|") == "4|\u00a0(|2022\u00a0:\u00a0|nc|)"


def test_what_the_year_before_alone_has_is_shown_and_what_it_lacks_is_not() -> None:
    cells_before: dict[tuple[str, str], Value] = {("a", "x"): 4, ("b", "x"): "vide"}
    both = pd.concat([figures({("b", "x"): 2}), figures(cells_before, year=2022)], ignore_index=True)
    data = table([Row("a", "Nord"), Row("b", "Sud")], [Col("x", "X")], both)
    shown = [cell.get_text("|") for cell in soup(Layout(data)).select("tbody td")]
    assert shown == ["–|sans objet|\u00a0(|2022\u00a0:\u00a04|)", "2"]


def test_bundle_is_strict_json_with_null_for_what_has_no_number() -> None:
    bundle = tables.bundle(LAYOUT, LAYOUT.data.figures)
    assert json.loads(json.dumps(bundle, allow_nan=False)) == bundle
    assert set(bundle) >= {"id", "title", "definition", "source", "unit", "rows", "columns", "figures"}
    values = {(row["ligne"], row["colonne"]): (row["valeur"], row["etat"]) for row in bundle["figures"]}
    assert values == {
        ("a", "F"): (1303, "ok"),
        ("a", "total"): (0, "ok"),
        ("b", "F"): (None, "nc"),
        ("b", "total"): (None, "vide"),
        ("total", "F"): (35, "partiel"),
        ("total", "total"): (None, "masque"),
    }
    assert bundle["rows"][2] == {"code": "total", "label": "Total", "kind": "total"}
    assert bundle["columns"][0] == {"code": "F", "label": "Filles", "kind": "nombre"}


def test_whole_numbers_are_integers_in_json() -> None:
    assert (
        json.dumps([cells.json_value(3.0), cells.json_value(3.5), cells.json_value(float("nan"))]) == "[3, 3.5, null]"
    )
