"""Statements found in each kind of file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from openpyxl import Workbook

from rlpipeline.attack.reading import read_publication
from rlpipeline.attack.statements import Document, Key
from rlpipeline.attack.tables import spelled
from rlpipeline.attack.workbook import codes_of
from rlpipeline.figures import REGISTRY
from rlpipeline.figures.structure import structure
from rlpipeline.published.links import read_links
from rlpipeline.published.numbers import first_number, lone_number
from tests.figures.factory import SERVICE as SETTINGS

LINKS = read_links(structure(REGISTRY, SETTINGS))

TABLE = """
<table class="rl-table" data-annee="2023" data-tableau="accompagnes" data-territoire="service"><thead><tr><td></td>
<th data-colonne="F" scope="col">Filles</th><th data-colonne="total" scope="col">Total</th>
<th class="num rl-avant" data-annee="2022" data-colonne="total" scope="col">2022</th></tr></thead>
<tbody><tr data-ligne="11_14"><th scope="row">11 à 14 ans</th><td class="num masque">masqué</td>
<td class="num partiel">1&#x202f;234<span aria-hidden="true">*</span><span class="rl-sr"> (total partiel)</span></td>
<td class="num rl-avant">7</td></tr></tbody></table>
"""
CHART = """
<figure data-annee="2023" data-graphique="accompagnes" data-territoire="62215">
<img alt="Pyramide des âges. Par sexe, 2023. Filles : 11 à 14 ans 3, total 5. Garçons : total 4." src="data:">
<table><tbody><tr><th>11 à 14 ans</th><td data-colonne="F" data-ligne="11_14">3</td></tr></tbody></table></figure>
"""
SPAN = '<span class="rl-chiffre" data-annee="2023" data-ref="{ref}" data-territoire="service" {more}>{words}</span>'


def _read(directory: Path, html: str) -> Document:
    (directory / "rapport.html").write_text(f"<html><body>{html}</body></html>", encoding="utf-8")
    return read_publication(directory, LINKS)


def _values(document: Document) -> dict[Key, tuple[str, float | None]]:
    return {figure.key: (figure.state, figure.value) for figure in document.figures}


def _key(line: str, column: str, territory: str = "service", year: int = 2023, table: str = "accompagnes") -> Key:
    return Key(table, year, territory, line, column)


def _span(words: str, ref: str = "accompagnes/total/total", more: str = "") -> str:
    return SPAN.format(words=words, ref=ref, more=more)


def test_a_table_with_the_year_before(tmp_path: Path) -> None:
    document = _read(tmp_path, TABLE)
    assert _values(document) == {
        _key("11_14", "F"): ("masque", None),
        _key("11_14", "total"): ("partiel", 1234),
        _key("11_14", "total", year=2022): ("ok", 7),
    }
    assert document.complete == {("accompagnes", 2023, "service")}


def test_a_chart_its_figures_and_its_alternative_text(tmp_path: Path) -> None:
    values = _values(_read(tmp_path, TABLE + CHART.replace("total 4", "total 4").replace("Garçons", "Total")))
    assert values[_key("11_14", "F", "62215")] == ("ok", 3)


def test_a_chart_of_places_by_class_is_read_in_its_words(tmp_path: Path) -> None:
    table = TABLE.replace('data-tableau="accompagnes"', 'data-tableau="communes"').replace('"F"', '"15_18"')
    table = table.replace("11_14", "62215").replace("11 à 14 ans", "Carvin").replace("Filles", "15 à 18 ans")
    words = "Petits diagrammes. Lieux, 2023. Carvin : 12 (15 à 18 ans masqué, total 12). Total : 30."
    chart = f'<figure data-annee="2023" data-graphique="communes" data-territoire="62215"><img alt="{words}"></figure>'
    values = _values(_read(tmp_path, table + chart))
    assert values[_key("62215", "total", "62215", table="communes")] == ("ok", 12)
    assert values[_key("62215", "15_18", "62215", table="communes")] == ("masque", None)


ROUNDED = """
<table data-annee="2023" data-tableau="accompagnes" data-territoire="62215"><thead><tr><td></td>
<th data-colonne="F">Filles</th><th data-colonne="G">Garçons</th><th data-colonne="total">Total</th></tr></thead>
<tbody><tr data-ligne="11_14"><th>11 à 14 ans</th>
<td class="num arrondi"><span aria-hidden="true">≈&#x202f;1025</span><span class="rl-sr">environ 1025</span></td>
<td class="num arrondi">moins de 5</td><td class="num arrondi">≈ <span>30</span></td></tr></tbody></table>
"""


def test_rounded_cells(tmp_path: Path) -> None:
    document = _read(tmp_path, ROUNDED)
    assert _values(document) == {
        _key("11_14", "F", "62215"): ("arrondi", 1025),
        _key("11_14", "G", "62215"): ("arrondi", 0),
        _key("11_14", "total", "62215"): ("arrondi", 30),
    }
    assert document.states_rounding
    assert {figure.key.colonne: figure.base for figure in document.figures}["G"] == 5


def test_the_base_of_a_line_is_in_the_data_dictionary(tmp_path: Path) -> None:
    others = [{"indicateur": "accompagnes", "territoire": "62215", "ligne": "11_14", "base": 10}]
    content = {"arrondi": {"base": 5, "largeur": 4, "autres": others, "classes": {"age": {"15_plus": ["15_18"]}}}}
    (tmp_path / "datapackage.json").write_text(json.dumps(content), encoding="utf-8")
    document = _read(tmp_path, ROUNDED)
    assert {figure.key.colonne: figure.base for figure in document.figures} == {"F": 10, "G": 5, "total": 10}
    assert not document.dictionary.nearest
    classes = document.dictionary.classes
    assert spelled(classes, LINKS, "accompagnes", "15_plus", line=True) == "15_18"
    assert spelled(classes, LINKS, "clotures", "15_plus", line=True) == "15_plus"


@pytest.mark.parametrize("words", ["≈ 25", "environ 25"])
def test_rounded_numbers_of_an_alternative_text(tmp_path: Path, words: str) -> None:
    alternative = f"Pyramide des âges. Par sexe, 2023. Filles : 11 à 14 ans {words}, total moins de 5."
    start = '<figure data-annee="2023" data-graphique="accompagnes" data-territoire="62215">'
    values = _values(_read(tmp_path, TABLE + f'{start}<img alt="{alternative}" src="data:"></figure>'))
    assert values[_key("11_14", "F", "62215")] == ("arrondi", 25)


def test_rounded_numbers_of_a_chart_of_bars(tmp_path: Path) -> None:
    alternative = "Barres. Par âge, 2023. 11 à 14 ans : ≈ 25 ; Total : moins de 5."
    start = '<figure data-annee="2023" data-graphique="accompagnes" data-territoire="62215">'
    values = _values(_read(tmp_path, TABLE + f'{start}<img alt="{alternative}" src="data:"></figure>'))
    assert values[_key("11_14", "total", "62215")] == ("arrondi", 25)


def test_rounded_numbers_of_a_workbook(tmp_path: Path) -> None:
    workbook = Workbook()
    header = ("Territoire", "Code", "Ligne", "Filles", "Total")
    _sheet(workbook, "accompagnes", header, ("Carvin", "62215", "11 à 14 ans", "moins de 10", "≈ 20"))
    values = _values(_read_workbook(tmp_path, workbook, TABLE))
    assert values[_key("11_14", "F", "62215")] == ("arrondi", 0)
    assert values[_key("11_14", "total", "62215")] == ("arrondi", 20)


def test_the_number_below_the_format_of_a_cell_is_read(tmp_path: Path) -> None:
    """« ≈ 20 » to who looks, 18 to who clicks."""
    workbook = Workbook()
    _sheet(workbook, "accompagnes", ("Territoire", "Code", "Ligne", "Filles"), ("Carvin", "62215", "11 à 14 ans", 18))
    workbook["accompagnes"]["D2"].number_format = '"≈ "#,##0;;"moins de 5"'
    values = _values(_read_workbook(tmp_path, workbook, TABLE))
    assert values[_key("11_14", "F", "62215")] == ("ok", 18)


@pytest.mark.parametrize(
    ("words", "low", "high"),
    [
        ("environ 30\u00a0%", 0.275, 0.325),
        ("environ un tiers", 7 / 30, 13 / 30),
        ("moins de 10\u00a0%", 0, 0.1),
        ("plus de 85\u00a0%", 0.85, 1),
        ("30\u00a0%", 0.295, 0.305),
    ],
)
def test_a_share_of_a_rounded_number(tmp_path: Path, words: str, low: float, high: float) -> None:
    more = 'data-fonction="part" data-sur="accompagnes/total/F"'
    relations = _read(tmp_path, _span(words, more=more)).relations
    assert [-part for one in relations for _, part in one.terms[1:]] == pytest.approx([low, high])
    assert {one.precise for one in relations} == {words[0].isdigit()}


def test_actions_are_added_in_a_chart(tmp_path: Path) -> None:
    cell = '<td data-colonne="personnes" data-ligne="11_14">12</td>'
    chart = (
        f'<figure data-annee="2023" data-graphique="actions" data-territoire="service"><table><tr>{cell}</tr></table>'
    )
    assert _values(_read(tmp_path, chart)) == {_key("11_14", "somme:personnes", table="actions"): ("ok", 12)}


@pytest.mark.parametrize(
    ("words", "state", "value"),
    [
        ("Environ 25 jeunes", "arrondi", 25),
        ("moins de 10 jeunes", "arrondi", 0),
        ("114 jeunes", "ok", 114),
        ("au moins 35", "partiel", 35),
        ("un nombre de jeunes masqué", "masque", None),
    ],
)
def test_a_figure_in_a_sentence(tmp_path: Path, words: str, state: str, value: float | None) -> None:
    document = _read(tmp_path, _span(words, more='data-fonction="chiffre"'))
    assert _values(document) == {_key("total", "total"): (state, value)}
    assert not document.complete


@pytest.mark.parametrize(
    ("more", "words", "terms"),
    [
        ('data-fonction="evolution"', "+3", {(1, -1, 3, 3)}),
        ('data-fonction="tendance"', "en hausse", {(1, -1.05, 0, float("inf")), (1, -1, 1, float("inf"))}),
        ('data-fonction="tendance"', "évolution masquée", set()),
        ('data-fonction="chiffre" data-nombre="sans" data-accord="jeune|jeunes"', "jeunes", set()),
    ],
)
def test_an_evolution_in_a_sentence(tmp_path: Path, more: str, words: str, terms: set[tuple[float, ...]]) -> None:
    document = _read(tmp_path, _span(words, more=more))
    told = {(*(part for _, part in one.terms), one.low, one.high) for one in document.relations}
    assert told == terms


def test_a_singular_tells_one_at_most(tmp_path: Path) -> None:
    more = 'data-fonction="chiffre" data-nombre="sans" data-accord="jeune|jeunes"'
    relation = _read(tmp_path, _span("jeune", more=more)).relations[0]
    assert (relation.low, relation.high) == (0, 1)


def test_other_figures_are_left_alone(tmp_path: Path) -> None:
    assert not _read(tmp_path, _span("35 %", ref="temps_activite/total/part")).figures


def _sheet(workbook: Workbook, title: str, *rows: Sequence[object]) -> None:
    sheet = workbook.create_sheet(title)
    for row in rows:
        sheet.append(row)


def _read_workbook(directory: Path, workbook: Workbook, html: str) -> Document:
    workbook.save(directory / "tableaux.xlsx")
    row = "accompagnes,2023,service,11_14,F,3,jeunes,ok"
    header = "indicateur,annee,territoire,ligne,colonne,valeur,unite,etat"
    (directory / "indicateurs.csv").write_text(f"{header}\n{row}\n", encoding="utf-8")
    return _read(directory, html)


def test_a_workbook(tmp_path: Path) -> None:
    workbook = Workbook()
    header = ("Territoire", "Code", "Ligne", "Filles", "Total")
    _sheet(workbook, "accompagnes", header, ("Carvin", "62215", "11 à 14 ans", "masqué", 6))
    document = _read_workbook(tmp_path, workbook, TABLE)
    values = _values(document)
    assert values[_key("11_14", "F", "62215")] == ("masque", None)
    assert values[_key("11_14", "total", "62215")] == ("ok", 6)
    assert not document.unread


def test_the_figures_for_a_spreadsheet(tmp_path: Path) -> None:
    keys = "Code du tableau;Code du territoire;Code de la ligne;Code de la colonne"
    header = f"Tableau;Territoire;Année;Ligne;Colonne;Valeur;Unité;État;{keys}"
    rows = [
        "Jeunes;Carvin;2023;11 à 14 ans;Filles;3;jeunes;exact;accompagnes;62215;11_14;F",
        "Jeunes;Carvin;2023;11 à 14 ans;Garçons;10;jeunes;arrondi, à 4 près;accompagnes;62215;11_14;G",
        "Jeunes;Carvin;2023;11 à 14 ans;Total;;jeunes;non diffusé;accompagnes;62215;11_14;total",
    ]
    (tmp_path / "indicateurs-excel.csv").write_text("\r\n".join([header, *rows]), encoding="utf-8-sig")
    document = _read(tmp_path, "")
    values = _values(document)
    assert values[_key("11_14", "F", "62215")] == ("ok", 3)
    assert values[_key("11_14", "G", "62215")] == ("arrondi", 10)
    assert values[_key("11_14", "total", "62215")] == ("masque", None)
    assert [figure.base for figure in document.figures if figure.state == "arrondi"] == [5]


def test_the_figures_typed(tmp_path: Path) -> None:
    rows = [("accompagnes", 2023, "62215", "11_14", "F", 0.0, "jeunes", "ok", "Filles")]
    rows += [("accompagnes", 2023, "62215", "11_14", "G", None, "jeunes", "masque", "Garçons")]
    names = (*["indicateur", "annee", "territoire", "ligne", "colonne", "valeur", "unite", "etat", "libelle_colonne"],)
    table = pa.table(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)))
    pq.write_table(table, tmp_path / "figures.parquet")
    values = _values(_read(tmp_path, ""))
    assert values[_key("11_14", "F", "62215")] == ("ok", 0)
    assert values[_key("11_14", "G", "62215")] == ("masque", None)


ACTIONS = """
<table data-annee="2023" data-tableau="actions" data-territoire="service"><thead><tr><td></td>
<th data-colonne="A1">Sorties</th><th data-colonne="A2">Sorties</th><th data-colonne="A3">Futsal</th></tr></thead>
<tbody>
<tr data-ligne="11_14"><th>11 à 14 ans</th><td>4</td><td>5</td><td>6</td></tr>
<tr data-ligne="partenaires"><th>Partenaires</th><td class="texte">Le collège</td><td></td><td></td></tr>
</tbody></table>
"""


BY_LINE = (
    ("Territoire", "Code", "Année", "Ligne", "Sorties (A1)", "Sorties (A2)", "Futsal"),
    ("Carvin", "62215", 2023, "11 à 14 ans", 7, "masqué", "nc"),
    ("Carvin", "62215", 2022, "11 à 14 ans", 8, "–", ""),
    ("Carvin", "62215", 2023, "Partenaires", "3 clubs", "", ""),
)
BY_COLUMN = (
    ("Territoire", "Code", "Année", "Colonne", "11 à 14 ans", "Partenaires"),
    ("Carvin", "62215", 2023, "Sorties (A1)", 7, "3 clubs"),
    ("Carvin", "62215", 2023, "Sorties (A2)", "masqué", ""),
    ("Carvin", "62215", 2023, "Futsal", "nc", ""),
    ("Carvin", "62215", 2022, "Sorties (A1)", 8, ""),
    ("Carvin", "62215", 2022, "Sorties (A2)", "–", ""),
)


@pytest.mark.parametrize("lines", [BY_LINE, BY_COLUMN])
def test_the_sheets_of_actions_by_year_and_of_one_name(tmp_path: Path, lines: Sequence[Sequence[object]]) -> None:
    workbook = Workbook()
    _sheet(workbook, "actions", *lines)
    document = _read_workbook(tmp_path, workbook, ACTIONS)
    there = {key[1:]: said for key, said in _values(document).items() if key.territoire == "62215"}
    assert there == {
        (2023, "62215", "11_14", "A1"): ("ok", 7),
        (2023, "62215", "11_14", "A2"): ("masque", None),
        (2023, "62215", "11_14", "A3"): ("nc", None),
        (2022, "62215", "11_14", "A1"): ("ok", 8),
        (2022, "62215", "11_14", "A2"): ("vide", None),
    }
    assert not document.unread


def test_lines_of_one_name_come_in_the_order_of_the_table(tmp_path: Path) -> None:
    rows = "".join(f'<tr data-ligne="Lycée/{one}"><th>Lycée</th><td>{one}</td></tr>' for one in (8, 9))
    html = (
        '<table data-annee="2023" data-tableau="reseaux" data-territoire="service"><thead><tr><td></td>'
        f'<th data-colonne="jeunes">Jeunes</th></tr></thead><tbody>{rows}</tbody></table>'
    )
    workbook = Workbook()
    lines = [("Service", "service", "Lycée", number) for number in (18, 19)]
    _sheet(workbook, "reseaux", ("Territoire", "Code", "Ligne", "Jeunes"), *lines)
    document = _read_workbook(tmp_path, workbook, html)
    found = [figure for figure in document.figures if "xlsx" in figure.source]
    assert [(figure.key.ligne, figure.value) for figure in found] == [("Lycée/8", 18), ("Lycée/9", 19)]


def test_the_sheet_of_two_years(tmp_path: Path) -> None:
    workbook = Workbook()
    _sheet(workbook, "Sommaire", ("Feuille", "Tableau"), ("accompagnes", "Jeunes accompagnés"))
    header = ("Tableau", "Ligne", "Colonne", "2023", "2022", "Écart")
    _sheet(workbook, "Évolutions", header, ("Jeunes accompagnés", "11 à 14 ans", "Filles", "masqué", 9, -6))
    document = _read_workbook(tmp_path, workbook, TABLE)
    found = {figure.key: figure.value for figure in document.figures if "xlsx" in figure.source}
    assert found == {_key("11_14", "F", year=2022): 9}  # the mask of 2023 is the page's, told once
    assert [(one.low, one.high) for one in document.relations] == [(-6, -6)]
    assert not document.unread


def test_what_a_workbook_says_under_unknown_words_is_not_passed_over(tmp_path: Path) -> None:
    workbook = Workbook()
    header = ("Territoire", "Code", "Ligne", "Filles", "Autres")
    _sheet(workbook, "accompagnes", header, ("Carvin", "62215", "11 à 14 ans", 5, 6))
    _sheet(workbook, "durees", ("Sans", "en-tête"), (1, 2))
    unread = _read_workbook(tmp_path, workbook, TABLE).unread
    assert unread == ("tableaux.xlsx, accompagnes : 11 à 14 ans, Autres", "tableaux.xlsx, durees")


def test_evolutions(tmp_path: Path) -> None:
    header = (
        "indicateur,annee,territoire,ligne,colonne,valeur,unite,etat,annee_precedente,valeur_precedente,"
        "etat_precedent,origine,ecart,comparable,raison"
    )
    row = "accompagnes,2023,service,11_14,F,,jeunes,masque,2022,9,ok,calculé,-6,oui,"
    (tmp_path / "evolutions.csv").write_text(f"{header}\n{row}\n", encoding="utf-8")
    document = read_publication(tmp_path, LINKS)
    assert _values(document) == {
        _key("11_14", "F"): ("masque", None),
        _key("11_14", "F", year=2022): ("ok", 9),
    }
    assert [(one.low, one.high) for one in document.relations] == [(-6, -6)]


def test_a_notebook(tmp_path: Path) -> None:
    figure = {"indicateur": "durees", "annee": 2023, "territoire": "62215", "ligne": "total", "colonne": "total"}
    bundle = {"figures": [{**figure, "valeur": 8, "unite": "jeunes", "etat": "ok"}]}
    data = {"application/vnd.rlpipeline.table+json": bundle, "text/html": [TABLE]}
    notebook = {"cells": [{"outputs": [{"data": data}]}]}
    (tmp_path / "05.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    values = _values(read_publication(tmp_path, LINKS))
    assert values[Key(**figure)] == ("ok", 8)
    assert values[_key("11_14", "F")] == ("masque", None)


@pytest.mark.parametrize(
    ("words", "expected"), [("1\u202f055,5 h", 1055.5), ("−3", -3), ("61\u00a0%", 61), ("aucun", None)]
)
def test_french_numbers(words: str, expected: float | None) -> None:
    assert first_number(words) == expected
    assert lone_number(words) == expected


def test_words_of_a_page_and_of_the_workbook_are_the_same_whatever_their_apostrophes() -> None:
    codes = codes_of("durees", {("durees", "6_12_mois"): "6 mois à moins d’1\u00a0an"})
    assert codes.of("6 mois à moins d'1 an") == "6_12_mois"
