"""Tables, charts and quoted figures of a page."""

from __future__ import annotations

from rlpipeline.checks.page import Cell, parse, read_cells, read_quotes
from rlpipeline.declared import FigureKey

HEAD = (
    '<thead><tr><td></td><th data-colonne="nom">Nom</th><th class="num" data-colonne="F">Filles</th>'
    '<th class="num" data-colonne="F" data-annee="2022">2022</th></tr></thead>'
)


def table(body: str) -> str:
    attributes = 'data-tableau="t" data-territoire="service" data-annee="2023"'
    return (
        f'<table {attributes}><caption>T</caption>{HEAD}<tbody><tr data-ligne="a"><th>A</th>{body}</tr></tbody></table>'
    )


def cells(body: str) -> list[Cell]:
    return [cell for cell in read_cells(parse(table(body)), "rapport.html") if cell.kind != "libellé"]


def test_a_column_has_its_own_year() -> None:
    now, then = cells('<td>mots</td><td class="num">3</td><td class="num rl-avant">1\u202f200</td>')
    assert now.key == FigureKey("t", 2023, "service", "a", "F")
    assert (now.words, then.words) == ("3", "1\u202f200")
    assert then.key == now.key._replace(annee=2022)
    assert then.place.where == "tableau t (service), ligne a, colonne F, 2022"


def test_words_are_not_figures() -> None:
    assert cells('<td>12 rue</td><td class="num texte">personnes</td><td class="rl-avant"></td>') == []


def test_a_cell_over_two_columns_moves_the_next() -> None:
    (cell,) = cells('<td colspan="2"></td><td class="num">5</td>')
    assert cell.key.annee == 2022


def test_details_are_the_year_before_or_words() -> None:
    body = '<td></td><td class="num">2<span class="rl-detail">{}</span></td><td class="rl-avant"></td>'
    former = cells(body.format("2022\u00a0: 3,5"))
    assert [(cell.key.annee, cell.words) for cell in former] == [(2023, "2"), (2022, "3,5")]
    assert [cell.key.annee for cell in cells(body.format("2021, INSEE"))] == [2023]


def test_what_only_a_screen_reader_says_is_no_word_of_the_cell() -> None:
    partial = (
        '<td></td><td class="num partiel">35<span aria-hidden="true">*</span><span class="rl-sr"> (total)</span></td>'
    )
    (cell,) = cells(partial)
    assert cell.words == "35*"


def test_a_chart_has_its_data_and_a_figure_without_an_address_is_known() -> None:
    html = (
        '<figure data-graphique="t" data-territoire="62215" data-annee="2023"><table><tr>'
        '<td class="num" data-ligne="a" data-colonne="n">3</td><td class="num">4</td></tr></table></figure>'
    )
    cell, lost = read_cells(parse(html), "x.html")
    assert cell.key == FigureKey("t", 2023, "62215", "a", "n")
    assert (lost.kind, lost.words) == ("sans adresse", "4")


def test_a_quoted_figure_has_its_text_and_its_options() -> None:
    html = (
        '<div class="rl-text" data-texte="edito"><p><span class="rl-chiffre" data-fonction="part" data-ref="t/a%2Fb/n" '
        'data-sur="t/total/n" data-territoire="service" data-annee="2023">44\u00a0%</span> et '
        '<span class="rl-fixe" data-raison="estimation">25</span></p></div>'
    )
    part, typed = read_quotes(parse(html), "rapport.html")
    assert (part.function, part.ref, part.annee, part.texte) == ("part", ("t", "a/b", "n"), 2023, "edito")
    assert part.options == {"sur": "t/total/n"}
    assert (typed.function, typed.words, typed.options) == ("fixe", "25", {"raison": "estimation"})
