from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import replace

import matplotlib as mpl
import numpy as np
import pytest
from bs4 import BeautifulSoup
from matplotlib import pyplot as plt

from rlpipeline.display import chart_kinds, plots
from rlpipeline.display.cells import Figure
from rlpipeline.display.chart_kinds import CHARTS
from rlpipeline.display.charts import Bars, Heat, Sides, draw_bars, draw_heat, draw_sides
from rlpipeline.display.drawing import Picture
from rlpipeline.display.many import MOST_COMMUNES, LeftOut
from rlpipeline.display.plots import Chart
from rlpipeline.display.tables import Layout
from rlpipeline.figures import REGISTRY, Col, Row
from rlpipeline.pictures import is_drawing
from tests.display.samples import AGES, Rounded, Value, column, population, table
from tests.display.samples import figures as made

CLOTURES = {"Orientation": 7, "Mobilisation": 9, "Amélioration": 58, "Rien": 0, "total": 74}


def drawn(layout: Layout) -> Chart:
    chart = chart_kinds.chart(layout)
    assert isinstance(chart, Chart)
    return chart


def test_every_chart_is_that_of_a_table() -> None:
    assert set(CHARTS) <= set(REGISTRY)


def test_bars_say_their_figures_from_the_largest() -> None:
    chart = drawn(column("clotures", "nombre", CLOTURES, title="Sorties"))
    assert chart.alt == (
        "Sorties, 2023. Amélioration : 58 ; Mobilisation : 9 ; Orientation : 7. Total : 74. Diagramme en barres."
    )
    assert chart.rows == (("Amélioration", "58"), ("Mobilisation", "9"), ("Orientation", "7"))
    assert chart.remarks == ("Les lignes à zéro sont omises.",)
    assert ("total", "nombre") not in chart.keys


def test_steps_of_a_scale_keep_their_order_and_their_zeros() -> None:
    chart = drawn(column("durees", "total", {"moins de 6 mois": 3, "6 à 11 mois": 0, "2 ans et plus": 9, "total": 12}))
    assert [row[0] for row in chart.rows] == ["moins de 6 mois", "6 à 11 mois", "2 ans et plus"]
    assert chart.remarks == ()


def test_hours_carry_their_unit_and_part() -> None:
    cells: dict[tuple[str, str], Value] = {
        ("Rue", "heures"): (1303, "heures"),
        ("Rue", "part"): (16.78, "%"),
        ("total", "heures"): (7764, "heures"),
    }
    rows = [Row("Rue", "Travail de rue"), Row("total", "Total", "total")]
    data = table(rows, [Col("heures", "Heures"), Col("part", "Part")], made(cells), id="temps_activite")
    assert drawn(Layout(data)).rows == (("Travail de rue", "1\u202f303\u00a0h (16,78\u00a0%)"),)


def test_what_is_not_communicated_is_named() -> None:
    chart = drawn(column("financements", "montant_eur", {"CAF": 10, "Ville": "nc", "total": (10, "partiel")}, "euros"))
    assert chart.remarks == ("Non communiqué : Ville.",)
    assert chart.alt.endswith("Total : 10,00\u00a0€*. Diagramme en barres.")


def test_long_lists_are_cut_and_say_so() -> None:
    chart = drawn(column("communes", "total", {f"Commune {number}": number for number in range(1, 31)}))
    assert len(chart.rows) == 15
    assert chart.rows[0][0] == "Commune 30"
    assert chart.remarks == ("Les 15 premières lignes sur 30.",)


def test_a_chart_of_many_communes_is_cut_where_their_table_is() -> None:
    layout = column("communes", "total", {f"Commune {number}": number for number in range(1, 31)})
    chart = drawn(replace(layout, left_out=LeftOut(frozenset({"Commune 1"}))))
    assert len(chart.rows) == MOST_COMMUNES
    assert chart.remarks == ("Les 12 premières lignes sur 30.",)


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"a": 0, "b": 0, "total": 0}, "rien à compter"),
        ({"a": "nc", "b": 0, "total": "nc"}, "données non communiquées"),
        ({"a": "masque", "total": "masque"}, "données masquées"),
        ({"total": 0}, "rien à compter"),
    ],
)
def test_an_empty_chart_is_a_sentence(values: Mapping[str, Value], why: str) -> None:
    layout = column("clotures", "nombre", values, title="Sorties")
    assert chart_kinds.chart(layout) == f"Sorties, 2023 : {why}, donc pas de graphique."
    written = chart_kinds.to_html(layout, chart_kinds.chart(layout))
    assert written == f'<p class="rl-vide">Sorties, 2023 : {why}, donc pas de graphique.</p>'


def test_a_rounded_zero_is_no_counted_zero() -> None:
    chart = drawn(column("clotures", "nombre", {"a": Rounded(0), "b": 0, "c": Rounded(15), "total": 17}))
    assert [row[1] for row in chart.rows] == ["≈\u00a015", "moins de 5"]
    assert "Valeurs arrondies. c : environ 15 ; a : moins de 5. Total : 17." in chart.alt
    assert chart.remarks == (
        "Les lignes à zéro sont omises.",
        "≈ : valeur arrondie à un multiple de 5, à moins de 5 de la valeur exacte ; contour en tirets : moins de 5.",
    )
    none = column("clotures", "nombre", {"a": Rounded(0), "total": Rounded(0)}, title="Sorties")
    assert chart_kinds.chart(none) == "Sorties, 2023 : nombres trop petits, donc pas de graphique."


def test_bars_that_rounding_makes_alike_are_not_drawn() -> None:
    alike = column(
        "clotures", "nombre", {"a": Rounded(5), "b": Rounded(0), "c": Rounded(5), "total": 12}, title="Sorties"
    )
    assert chart_kinds.chart(alike) == "Sorties, 2023. Pas de graphique : l'arrondi ne distingue pas ces nombres."
    assert drawn(column("clotures", "nombre", {"a": Rounded(5), "b": Rounded(15), "total": 20}))


def test_pictures_leave_the_unknown_out_of_the_names_of_classes() -> None:
    assert plots.short("15 ans et plus (ou inconnu)") == "15 ans et plus"
    assert plots.short("Autre (ou aide)") == "Autre (ou aide)"


def test_a_rounded_zero_is_an_outline_as_long_as_it_may_be() -> None:
    cells = {"a": 0.0, "b": 10.0}
    lines = [plots.Line(Row(one, one), Figure(cells[one], "jeunes", "arrondi", "total", 5), "") for one in cells]
    panel = plots.panel(lines)
    assert (panel.values, panel.hollow) == ([4.0, 10.0], frozenset({0}))


def test_data_of_a_chart_say_about_to_who_listens() -> None:
    layout = column("clotures", "nombre", {"a": Rounded(15), "total": 17})
    written = chart_kinds.to_html(layout, drawn(layout))
    assert 'class="num arrondi" data-ligne="a"' in written
    assert '<span aria-hidden="true">≈\u00a0</span><span class="rl-sr">environ\u00a0</span>15</td>' in written


def test_tables_that_cross_nothing_are_drawn_as_bars() -> None:
    columns = [Col("F", "Filles"), Col("G", "Garçons"), Col("total", "Total", "total")]
    rows = [Row("11_14", "11 à 14 ans"), Row("total", "Total", "total")]
    cells = {("11_14", "total"): Rounded(15), ("total", "F"): Rounded(5), ("total", "total"): 17}
    chart = drawn(Layout(table(rows, columns, made(cells), id="accompagnes")))
    assert chart.alt.startswith("Jeunes accompagnés, par âge, 2023. Valeurs arrondies. 11 à 14 ans")
    families = [Row("mobilite", "Mobilité", "famille"), Row("total", "Total", "total")]
    totals = made({("mobilite", "total"): Rounded(15), ("total", "total"): Rounded(15)})
    chart = drawn(Layout(table(families, [Col("total", "Total", "total")], totals, id="problematiques")))
    assert chart.alt.startswith("Familles de problématiques à l'origine de l'accompagnement, 2023.")


def test_pyramid_says_both_sexes() -> None:
    chart = drawn(population([11, 33, 4, 2, 0], [13, 36, 7, 6, 2], unknown=1))
    assert chart.alt == (
        "Jeunes, 2023. Filles : moins de 11 ans 11, 11 à 14 ans 33, 15 à 18 ans 4, 19 à 21 ans 2, "
        "plus de 21 ans 0, total 50. Garçons : moins de 11 ans 13, 11 à 14 ans 36, 15 à 18 ans 7, 19 à 21 ans 6, "
        "plus de 21 ans 2, total 64. Pyramide des âges."
    )
    assert chart.header == ("Filles", "Garçons")
    assert chart.rows[1] == ("11 à 14 ans", "33", "36")
    assert chart.remarks == ("Sans 1\u00a0jeune dont le sexe n'est pas renseigné.",)


@pytest.mark.parametrize(
    ("id", "title", "drawn"),
    [
        ("situations", "Situation, par âge", "Situation des jeunes accompagnés"),
        ("durees", "Durée, par âge", "Durée d'accompagnement"),
        (
            "demandes",
            "Demandes, selon la suite et l'âge",
            "Demandes d'accompagnement individuel, selon la suite donnée",
        ),
        ("communes", "Commune, par âge", "Commune de résidence des jeunes accompagnés"),
    ],
)
def test_a_chart_of_totals_is_not_named_by_age(id: str, title: str, drawn: str) -> None:
    layout = replace(column(id, "total", {"a": 7, "b": 2, "total": 9}, title=title), place="Oignies")
    chart = chart_kinds.chart(layout)
    assert isinstance(chart, Chart)
    assert chart.title == f"{drawn} – Oignies, 2023"
    assert chart.alt == f"{drawn} – Oignies, 2023. a : 7 ; b : 2. Total : 9. Diagramme en barres."
    assert f"<figcaption>{drawn} – Oignies, 2023<" in chart_kinds.to_html(layout, chart)
    none = column(id, "total", {"a": 0, "total": 0}, title=title)
    assert chart_kinds.chart(none) == f"{drawn}, 2023 : rien à compter, donc pas de graphique."


def test_empty_population_is_a_sentence() -> None:
    nobody = population([0] * 5, [0] * 5)
    assert chart_kinds.chart(nobody) == "Jeunes, 2023 : rien à compter, donc pas de graphique."


def families() -> Layout:
    rows = [
        Row("edu", "Éducatives", "famille"),
        Row("x", "Code"),
        Row("san", "Santé", "famille"),
        Row("total", "T", "total"),
    ]
    columns = [*(Col(code, label) for code, label in AGES.items()), Col("total", "Total", "total")]
    values = {"edu": [19, 113, 18, 14, 4, 168], "x": [19, 113, 18, 14, 4, 168], "san": [10, 52, 9, 7, 1, 79]}
    values["total"] = [29, 165, 27, 21, 5, 247]
    cells: dict[tuple[str, str], Value] = {
        (row.code, one.code): value for row in rows for one, value in zip(columns, values[row.code], strict=True)
    }
    return Layout(table(rows, columns, made(cells), id="problematiques", title="Problématiques"))


def test_heat_table_shows_families_by_age() -> None:
    chart = drawn(families())
    assert chart.alt == (
        "Familles de problématiques à l'origine de l'accompagnement, par âge, 2023. "
        "Éducatives : 168 (11 à 14 ans 113) ; Santé : 79 (11 à 14 ans 52). Total : 247. Tableau coloré."
    )
    assert chart.rows == (("Éducatives", "19", "113", "18", "14", "4"), ("Santé", "10", "52", "9", "7", "1"))


def actions(values: Mapping[str, tuple[Value, Value]], ages: Mapping[str, str] = AGES) -> Layout:
    cells: dict[tuple[str, str], Value] = {}
    for age in (*ages, "total"):
        persons, attendances = values.get(age, (0, 0))
        cells |= {(age, "A1"): _of(persons, "personnes"), (age, "A2"): _of(attendances, "presences")}
    cells |= {("familles", "A1"): (3, "familles"), ("seances", "A1"): (12, "seances")}
    rows = [
        *(Row(code, label) for code, label in ages.items()),
        Row("familles", "Familles impliquées dans l'action"),
        Row("total", "Participants, sans les familles", "total"),
        Row("seances", "Séances"),
        Row("unite", "Compté en", "note"),
    ]
    return Layout(table(rows, [Col("A1", "Futsal"), Col("A2", "Sorties")], made(cells), id="actions", title="Actions"))


def _of(value: Value, unit: str) -> Value:
    return value if isinstance(value, str) else (float(value), unit)  # type: ignore[arg-type]


def test_persons_and_attendances_are_never_added() -> None:
    chart = drawn(actions({"moins_11": (5, 50), "11_14": (4, 225)}))
    assert chart.header == ("Personnes, somme des actions", "Présences, somme des séances")
    assert chart.rows[:2] == (("Moins de 11 ans", "5", "50"), ("11 à 14 ans", "4", "225"))
    assert "Personnes, somme des actions : moins de 11 ans 5, 11 à 14 ans 4" in chart.alt
    assert "Présences, somme des séances : moins de 11 ans 50, 11 à 14 ans 225" in chart.alt
    assert chart.remarks == (
        "Une personne venue à plusieurs actions est comptée à chacune.",
        "Une personne venue à plusieurs séances compte autant de présences.",
    )


def test_wider_classes_of_age_are_drawn_with_their_own_words() -> None:
    wide = {"moins_11": "Moins de 11 ans", "11_14": "11 à 14 ans", "15_18_ou_19_21_ou_plus_21": "15 ans et plus"}
    chart = drawn(actions({"11_14": (4, 225), "15_18_ou_19_21_ou_plus_21": (6, 80), "total": (10, 305)}, wide))
    assert chart.lines == tuple(wide)
    assert chart.rows[-1] == ("15 ans et plus", "6", "80")
    assert "15 ans et plus 6." in chart.alt and "15 ans et plus 80." in chart.alt
    assert {line for line, _ in chart.keys} == set(wide)


def test_actions_without_participant_are_a_sentence() -> None:
    title = "Participants aux actions collectives, par âge, 2023"
    none = actions({})
    assert chart_kinds.chart(none) == f"{title} : rien à compter, donc pas de graphique."


def test_figure_is_an_image_with_alternative_text_caption_and_data() -> None:
    layout = column("clotures", "nombre", {"Orientation <1>": 7, "total": 7}, title='Sorties "de" PAEI')
    page = BeautifulSoup(chart_kinds.to_html(layout, chart_kinds.chart(layout)), "html.parser")
    image = page.select_one("figure.rl-figure > img")
    assert image is not None
    assert str(image["alt"]).startswith('Sorties "de" PAEI, 2023. Orientation <1> : 7.')
    assert is_drawing(base64.b64decode(str(image["src"]).removeprefix("data:image/svg+xml;base64,")))
    assert (image["width"], page.select("img")[1]["width"]) == ("824", "480")
    assert page.select("img")[1].attrs.keys() >= {"hidden"} and page.select("img")[1]["alt"] == ""
    caption = page.select_one("figcaption")
    assert caption and caption.get_text() == 'Sorties "de" PAEI, 2023'
    remark = page.select_one("p.rl-remarque")
    assert remark and remark.get_text() == "Unité\u00a0: jeunes."
    details = page.select_one("figure > details")
    named = details.select_one("summary") if details else None
    assert named and named.get_text() == 'Données du graphique\u00a0: Sorties "de" PAEI, 2023'
    assert details is not None
    assert [cell.get_text() for cell in details.select("tbody th, tbody td")] == ["Orientation <1>", "7"]


def test_bundle_is_strict_json() -> None:
    layout = column("clotures", "nombre", CLOTURES)
    bundle = chart_kinds.bundle(layout, chart_kinds.chart(layout))
    assert json.loads(json.dumps(bundle, allow_nan=False)) == bundle
    assert bundle["id"] == "clotures"
    assert {"ligne": "Amélioration", "colonne": "nombre", "valeur": 58} in bundle["figures"]
    empty = column("clotures", "nombre", {"total": 0})
    assert chart_kinds.bundle(empty, chart_kinds.chart(empty))["figures"] == []


def examples() -> dict[str, Picture]:
    heat = Heat(["Santé"], ["11 à 14 ans", "15 à 18 ans"], np.array([[3.0, np.nan]]), [["3", "masqué"]])
    return {
        "bars": draw_bars([Bars(["Rue", "Une activité au nom très long"], [3, 0], ["3 h", "0 h"], "Heures")]),
        "sides": draw_sides(
            Sides(
                ["Moins de 11 ans", "11 à 14 ans"],
                [1303, 2],
                [0, np.nan],
                (["1 303", "2"], ["0", "masqué"]),
                ("Filles", "Garçons"),
            )
        ),
        "heat": draw_heat(heat),
        "heat of wide classes": draw_heat(
            replace(heat, columns=["11 à 14 ans", "15 à 18 ans / 19 à 21 ans / Plus de 21 ans"])
        ),
    }


def test_same_values_same_bytes_without_the_name_of_the_tool() -> None:
    first, second = examples(), examples()
    assert first == second
    for drawn in first.values():
        assert is_drawing(drawn.wide) and is_drawing(drawn.narrow)


def test_our_drawings_alone_are_let_through() -> None:
    svg = examples()["bars"].wide
    for hostile in (
        svg.replace(b"<defs>", b"<defs><script>alert(1)</script>"),
        svg.replace(b"<path class", b'<path onload="alert(1)" class', 1),
        svg.replace(b'href="#g', b'href="https://pirate.invalid/#g', 1),
        svg.replace(b"fill:#ffffff", b"fill:url(https://pirate.invalid)", 1),
        svg.replace(b"<style>", b"<style>@import url(https://pirate.invalid);"),
        svg.replace(b"</svg>", b"<image href='x'/></svg>"),
        svg + b"<!-- -->",
        b"<?xml version='1.0'?>" + svg,
        b"<!DOCTYPE svg [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>" + svg,
    ):
        assert hostile != svg
        assert not is_drawing(hostile)


def test_drawing_leaves_the_shared_state_alone() -> None:
    before = dict(mpl.rcParams)
    examples()
    assert dict(mpl.rcParams) == before
    assert plt.get_fignums() == []


def test_drawing_does_not_depend_on_the_reader_s_settings() -> None:
    with mpl.rc_context({"font.size": 30, "axes.spines.top": True, "axes.grid": True}):
        changed = examples()
    assert changed == examples()


def test_charts_fit_the_page_and_a_telephone_without_touching_their_edges() -> None:
    for drawn in examples().values():
        for svg, width in ((drawn.wide, 824), (drawn.narrow, 480)):
            size = [int(side) for side in svg.split(b'"', 4)[3].split()[2:]]
            marks = re.findall(rb'<path class[^>]* d="([^"]*)"', svg)
            points = [tuple(map(float, one.split())) for d in marks for one in re.findall(rb"[-0-9.]+ [-0-9.]+", d)]
            words = [tuple(map(float, one)) for one in re.findall(rb'"translate\(([-0-9.]+) ([-0-9.]+)\)', svg)]
            assert size[0] == width
            for x, y in (*points, *words):
                assert 0 < x <= width and 0 < y < size[1]


def test_a_dollar_in_a_name_is_no_formula() -> None:
    assert draw_bars([Bars([r"Aide $\inconnu$"], [1], ["1 $"])]) != draw_bars([Bars(["Aide"], [1], ["1 $"])])
