"""The year before, as the page shows it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from bs4 import BeautifulSoup

from rlpipeline.display import tables, years
from rlpipeline.display.comparability import PUBLIE
from rlpipeline.display.tables import Layout
from rlpipeline.display.years import Former
from rlpipeline.figures import Col, Row, TableData
from tests.display.samples import Rounded, Value, figures, table

ROWS = (Row("a", "Nord"), Row("b", "Sud"), Row("total", "Total", "total"))
COLUMNS = (Col("F", "Filles"), Col("total", "Total", "total"), Col("nouveaux", "Dont nouveaux"))
NOW: dict[tuple[str, str], Value] = {(row.code, column.code): 1 for row in ROWS for column in COLUMNS}
THEN: dict[tuple[str, str], Value] = {("a", "total"): 1303, ("b", "total"): "nc", ("total", "total"): (1303, "partiel")}


def beside(then: dict[tuple[str, str], Value], **changes: str) -> Layout:
    return Layout(table(ROWS, COLUMNS, figures(NOW)), "", Former(2022, figures(then, year=2022), **changes))


def soup(layout: Layout) -> BeautifulSoup:
    return BeautifulSoup(tables.to_html(layout), "html.parser")


def notes(layout: Layout) -> list[str]:
    return [note.get_text() for note in soup(layout).select("p.rl-note")]


def test_the_year_before_stands_after_the_column_that_sums_up() -> None:
    page = soup(beside(THEN))
    headers = page.select("thead th")
    assert [header.get_text() for header in headers] == ["Filles", "Total", "Total 2022", "Écart", "Dont nouveaux"]
    added = headers[2]
    assert (added["data-colonne"], added["data-annee"], added["scope"]) == ("total", "2022", "col")
    assert added["class"] == ["num", "rl-avant"]
    cells = [row.select("td")[2] for row in page.select("tbody tr")]
    assert [cell.get_text() for cell in cells] == ["1\u202f303", "nc", "1\u202f303*\u00a0(total partiel)"]
    assert [set(cell.attrs) for cell in cells] == [{"class"}] * 3
    assert [cell["class"][-1] for cell in cells] == ["rl-avant"] * 3


@pytest.mark.parametrize(
    ("now", "then", "words"),
    [
        (34, 60, "−26\u00a0●"),
        (60, 34, "+26\u00a0●"),
        (59, 40, "+19"),
        (7, 7, "="),
        (-2, 9, "−11"),
        (1303.5, 1300.0, "+3,5"),
        ("nc", 7, ""),
        ((7, "partiel"), 5, ""),
        ("masque", 5, ""),
        (Rounded(20), Rounded(10), "≈\u00a0+10"),
        (Rounded(10), Rounded(5), ""),
        (14, Rounded(5), ""),
        (Rounded(0), 12, "≈\u00a0−12"),
    ],
)
def test_a_change_is_told_where_rounding_does_not_explain_it(now: Value, then: Value, words: str) -> None:
    lines = table(
        [Row("a", "A"), Row("b", "B")],
        [Col("total", "Total", "total")],
        figures({("a", "total"): now, ("b", "total"): 3}),
    )
    layout = Layout(lines, "", Former(2022, figures({("a", "total"): then, ("b", "total"): 1}, year=2022)))
    assert layout.changes == {"a": words, "b": "+2"}
    first = soup(layout).select_one("tbody td.rl-ecart")
    assert first is not None and first.get_text().replace("environ\u00a0", "").replace("\u00a0(écart net)", "") == words
    assert (years.LEGEND in soup(layout).get_text()) is words.endswith(years.MARK)
    assert replace(layout, before=replace(layout.before, reason="autre définition")).changes == {}  # type: ignore[type-var]


def test_the_states_of_the_year_before_are_explained_too() -> None:
    (note,) = notes(beside(THEN))
    assert note.startswith("nc\u00a0: non communiqué. * total partiel")
    assert not notes(beside({("a", "total"): 2}))[0].startswith("nc")


def test_a_line_that_did_not_exist_is_not_applicable_and_a_rare_code_is_zero() -> None:
    former = Former(2022, figures({("a", "total"): 3}, year=2022))
    assert former.at("b", "total").etat == "vide"
    rare = [("age_inconnu", "total"), ("a", "NR"), ("non_renseigne", "total")]
    assert [former.at(*cell).valeur for cell in rare] == [0.0, 0.0, 0.0]
    printed = Former(2022, former.figures, PUBLIE)
    assert printed.at("b", "total").etat == printed.at("age_inconnu", "total").etat == "nc"


def test_a_line_without_figure_in_the_column_has_none_of_the_year_before() -> None:
    rows = (Row("a", "Nord"), Row("mots", "Partenaires", "note"))
    data = table(rows, COLUMNS[:2], figures({("a", "total"): 1}), {("mots", "total"): "UFOLEP"})
    page = soup(Layout(data, "", Former(2022, figures({("a", "total"): 2}, year=2022))))
    assert [cell.get_text() for cell in page.select("tbody .rl-avant")] == ["2", ""]


def test_lines_of_the_year_before_alone_are_told() -> None:
    then: dict[tuple[str, str], Value] = {
        ("a", "total"): 3,
        ("age_inconnu", "total"): 2,
        ("ouest", "total"): 1303,
        ("est", "total"): 0,
        ("nulle", "total"): "nc",
        ("ouest", "F"): 7,
    }
    layout = Layout(
        table(ROWS, COLUMNS, figures(NOW)), "", Former(2022, figures(then, year=2022), names={"ouest": "Ouest <b>"})
    )
    assert notes(layout)[0] == ("Le total de 2022 compte aussi\u00a0: âge inconnu (2) et Ouest <b> (1\u202f303).")
    span = soup(layout).select("p.rl-note span.rl-avant")[1]
    assert (span["data-ref"], span["data-annee"]) == ("exemple/ouest/total", "2022")
    assert (span["data-territoire"], span["data-fonction"]) == ("service", "avant")


def test_lines_of_the_year_before_are_in_no_total_where_there_is_none() -> None:
    then = Former(2022, figures({("a", "total"): 3, ("ouest", "total"): 4}, year=2022))
    layout = Layout(table(ROWS[:2], COLUMNS, figures(NOW)), "", then)
    assert notes(layout)[0] == "Compté aussi en 2022\u00a0: Ouest (4)."


def test_what_is_not_comparable_is_marked_and_told() -> None:
    layout = beside(THEN, reason="changement de définition, les accroches n'étaient pas comptées.")
    header = soup(layout).select_one("th.rl-avant")
    assert header and header.get_text() == "Total 2022\u00a0≠\u00a0(non comparable)"
    assert notes(layout)[0] == (
        "≠ non comparable à 2022\u00a0: changement de définition, les accroches n'étaient pas comptées."
    )


def test_what_was_printed_is_marked_and_told() -> None:
    layout = beside(THEN, origin=PUBLIE)
    header = soup(layout).select_one("th.rl-avant")
    assert header and header.get_text("|") == "Total 2022|publié"
    assert notes(layout)[0] == "publié\u00a0: chiffre du rapport imprimé de 2022, non recalculé."


@pytest.mark.parametrize(
    ("id", "columns", "expected"),
    [
        ("exemple", COLUMNS, "total"),
        ("financements", (Col("objet", "Objet", "texte"), Col("montant_eur", "€"), Col("part", "%")), "montant_eur"),
        ("partenaires", (Col("domaine", "Domaine", "texte"),), ""),
        ("actions", (Col("A1", "Sorties"),), ""),
        ("diagnostics", (Col("vie", "Cadre de vie"),), ""),
    ],
)  # fmt: skip
def test_the_column_that_sums_up(id: str, columns: tuple[Col, ...], expected: str) -> None:
    assert years.summary(table(ROWS, columns, figures({}), id=id)) == expected


def test_values_of_territories_have_their_year_before_in_the_cell() -> None:
    data = table(ROWS[:1], [Col("x", "X")], figures({("a", "x"): 4}), id="socio_economique")
    layout = Layout(data, "", Former(2022, figures({("a", "x"): 3}, year=2022)))
    assert [cell.get_text("|") for cell in soup(layout).select("td")[1:]] == ["4|\u00a0(|2022\u00a0:\u00a03|)"]
    unchanged = Layout(data, "", Former(2022, figures({})))
    assert notes(unchanged)[0] == (
        "Pas d'évolution à montrer\u00a0: les dernières valeurs connues sont du même millésime qu'en 2022."
    )
    assert "2022" not in soup(unchanged).select("table")[0].get_text()


def actions(year: int, cells: dict[tuple[str, str], Value]) -> TableData:
    codes = dict.fromkeys(column for _, column in cells)
    rows = [Row(line, line) for line in dict.fromkeys(line for line, _ in cells)]
    return table(rows, [Col(code, code) for code in codes], figures(cells, year=year), id="actions")


PERSONS: dict[tuple[str, str], Value] = {
    ("11_14", "A1"): (5, "personnes"),
    ("11_14", "A2"): (3, "personnes"),
    ("11_14", "A3"): (30, "presences"),
    ("15_18", "A1"): (0, "personnes"),
    ("total", "A1"): (5, "personnes"),
    ("total", "A2"): (3, "personnes"),
    ("total", "A3"): (30, "presences"),
    ("familles", "A1"): (1, "familles"),
    ("familles", "A2"): (0, "familles"),
}


def test_actions_of_both_years_are_added_and_never_across_units() -> None:
    now = actions(2023, PERSONS)
    layout = Layout(now, "", Former(2022, figures({("total", "B1"): (1, "personnes")}, year=2022)))
    assert notes(layout)[0] == (
        "Total des actions, ensemble du service, toutes communes\u00a0: "
        "en 2023, 8\u00a0personnes, 30\u00a0présences et 1\u00a0famille\u00a0; en 2022, 1\u00a0personne."
    )
    refs = [span["data-ref"] for span in soup(layout).select(".rl-somme[data-annee='2023']")]
    assert refs == ["actions/total/personnes", "actions/total/presences", "actions/familles/familles"]


def test_a_unit_whose_sum_would_be_of_rounded_numbers_is_said_not_to_be_shared() -> None:
    now = actions(2023, {**PERSONS, ("total", "A2"): Rounded(5)})
    cells_now = now.figures.assign(unite=now.figures["unite"].replace({"jeunes": "personnes"}))
    then = figures({("total", "B1"): (1, "personnes")}, year=2022)
    layout = Layout(replace(now, figures=cells_now), "", Former(2022, then))
    said = notes(layout)[0]
    assert "1\u00a0famille (nombre de personnes non diffusé)\u00a0; en 2022, 1\u00a0personne." in said


def test_the_sums_of_a_commune_name_it() -> None:
    then = Former(2022, figures({("total", "B1"): (1, "personnes")}, year=2022))
    page = soup(Layout(actions(2023, PERSONS), "Oignies <1>", then))
    assert "Total des actions, Oignies <1>\u00a0:" in page.get_text()


def test_parts_of_a_sum_that_are_zero_are_left_out() -> None:
    none: dict[tuple[str, str], Value] = {("total", "A1"): (0, "personnes"), ("familles", "A1"): (0, "familles")}
    some = {**none, ("total", "A1"): (4, "personnes")}
    layout = Layout(
        actions(2023, some), "", Former(2022, figures({**none, ("total", "A2"): (2, "presences")}, year=2022))
    )
    assert notes(layout)[0].endswith("en 2023, 4\u00a0personnes\u00a0; en 2022, 2\u00a0présences.")
    every = Layout(actions(2023, none), "", layout.before)
    assert "en 2023, 0\u00a0personne\u00a0;" in notes(every)[0]


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ({("total", "A1"): (5, "personnes"), ("total", "A2"): "nc"}, "au moins\u00a05\u00a0personnes"),
        ({("total", "A1"): "nc", ("total", "A2"): "nc"}, "personnes\u00a0: nc"),
    ],
)
def test_a_number_that_is_not_communicated_is_not_zero(cells: dict[tuple[str, str], Value], words: str) -> None:
    then = figures(cells, unit="personnes", year=2022)
    assert notes(Layout(actions(2023, PERSONS), "", Former(2022, then)))[0].endswith(f"en 2022, {words}.")


def test_a_year_without_action_still_has_the_year_before() -> None:
    then = Former(2022, figures({("total", "B1"): (2, "personnes")}, year=2022))
    page = soup(Layout(table((), (), figures({}), id="actions"), "", then))
    assert page.get_text().endswith("en 2023, aucune action\u00a0; en 2022, 2\u00a0personnes.")


def test_without_a_year_before_nothing_is_added() -> None:
    data = table(ROWS, COLUMNS, figures(NOW))
    assert years.notes(None, data) == ()
    assert "2022" not in tables.to_html(Layout(data))
    assert tables.bundle(Layout(data), data.figures)["former"] == []


def test_the_bundle_carries_every_figure_of_the_year_before() -> None:
    former = Former(2022, figures(THEN, year=2022), reason="changement de source, logiciel.")
    layout = Layout(table(ROWS, COLUMNS, figures(NOW), notes=("Table absente.",)), "", former)
    bundle = tables.bundle(layout, figures(NOW))
    assert bundle["notes"] == ["Table absente.", "≠ non comparable à 2022\u00a0: changement de source, logiciel."]
    found = bundle["former"]
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert [(row["ligne"], row["annee"], row["valeur"], row["etat"]) for row in found] == [
        ("a", 2022, 1303, "ok"),
        ("b", 2022, None, "nc"),
        ("total", 2022, 1303, "partiel"),
    ]
    assert {(row["origine"], row["comparable"], row["raison"]) for row in found} == {
        ("calculé", False, "changement de source, logiciel.")
    }
