"""Copies of one figure held against each other, and quoted figures worked out anew."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rlpipeline.audit.copies.charts import DATA, check_charts
from rlpipeline.audit.copies.evolutions import check_evolutions
from rlpipeline.audit.copies.figures import UNSHOWN, BothYears
from rlpipeline.audit.copies.notebooks import DRAWN, check_outputs
from rlpipeline.audit.copies.quotes import Source, expected_words
from rlpipeline.audit.copies.texts import Binding, bindings, check_sources, rendered_words
from rlpipeline.audit.copies.wording import Difference, differences, words, write_number, write_signed
from rlpipeline.audit.findings import Finding
from rlpipeline.display import french, prose
from rlpipeline.display.prose import Prose, Reference
from rlpipeline.published import Chart, Figure, FigureKey, Notebook, Place, Publication, Quote
from rlpipeline.published.markup import parse
from rlpipeline.published.model import Figures, NotebookCell, Output
from rlpipeline.published.page import read_charts, read_quotes, read_texts
from rlpipeline.published.workbook import HEADER
from tests.audit.conftest import Check, Parts
from tests.audit.words.chapters import SLIDES, check_chapters
from tests.audit.words.charts import PAIR, check_alternative_texts
from tests.audit.words.frame import check_frames
from tests.audit.words.slides import check_slides
from tests.conftest import Opened

HERE = Place("rapport.html", "texte edito")
STATES = ("ok", "partiel", "nc", "masque", "vide")
UNITS = ("jeunes", "%", "euros", "heures")

cells = st.builds(
    lambda value, state, unit: prose.Cell(value if state in {"ok", "partiel"} else float("nan"), unit, state),
    st.integers(0, 5000).map(lambda tenths: tenths / 10) | st.just(0.0),
    st.sampled_from(STATES),
    st.sampled_from(UNITS),
)


def figure(key: FigureKey, cell: prose.Cell) -> Figure:
    return Figure(key, cell.valeur if cell.is_number else None, cell.unite, cell.etat, HERE)


def quoted(bound: prose.Bound) -> Quote:
    assert bound.reference is not None
    of = bound.reference
    options = {name: str(value) for name, value in bound.how.items() if value is not None}
    ref = (of.indicator, of.ligne, of.colonne)
    return Quote(bound.function, ref, of.territory, of.year, options, bound.words, "edito", HERE)


CALLS: Mapping[str, Callable[[Prose], prose.Bound]] = {
    "chiffre": lambda text: text.chiffre("t", "a", "n"),
    "chiffre, décimales": lambda text: text.chiffre("t", "a", "n", decimales=1),
    "part": lambda text: text.part("t", "a", "n"),
    "part, décimales": lambda text: text.part("t", "a", "n", decimales=2),
    "evolution": lambda text: text.evolution("t", "a", "n"),
    "evolution, nombre": lambda text: text.evolution("t", "a", "n", forme="nombre"),
    "tendance": lambda text: text.tendance("t", "a", "n", depuis=2022),
    "accord": lambda text: text.accord(text.chiffre("t", "a", "n"), "élève", "élèves"),
    "accord sans nombre": lambda text: text.accord(text.part("t", "a", "n"), "élève", "élèves", nombre=False),
}


@pytest.mark.parametrize("name", CALLS)
@example(now=prose.Cell(67.1, "heures", "ok"), other=prose.Cell(67.1, "heures", "ok"))
@given(now=cells, other=cells)
def test_two_statements_of_the_rules_give_the_same_words(name: str, now: prose.Cell, other: prose.Cell) -> None:
    """The report's own prose, and the audit's, written apart, on any figures."""
    other = replace(other, unite=now.unite)

    def lookup(reference: Reference) -> prose.Cell:
        return now if (reference.ligne, reference.year) == ("a", 2023) else other

    bound = CALLS[name](Prose(lookup, 2023, "service"))
    keys = [FigureKey("t", year, "service", line, "n") for year in (2022, 2023) for line in ("a", "total")]
    figures = {key: figure(key, now if key[1::2] == (2023, "a") else other) for key in keys}
    source = Source(Figures(figures), lambda key: None, frozenset())
    expected = expected_words(quoted(bound), figures[FigureKey("t", 2023, "service", "a", "n")], source)
    assert words([expected or ""]) == words([bound.words])


def test_what_needs_an_unknown_year_is_left_out() -> None:
    key = FigureKey("t", 2023, "service", "a", "n")
    now = Figure(key, 3.0, "jeunes", "ok", HERE)
    quote = Quote("tendance", ("t", "a", "n"), "service", 2023, {"depuis": "2022"}, "stable", "edito", HERE)
    assert expected_words(quote, now, Source(Figures({key: now}), lambda key: None, frozenset())) is None


@given(st.integers(-(10**9), 10**9), st.none() | st.integers(0, 3))
def test_numbers_are_written_as_the_report_writes_them(hundredths: int, decimals: int | None) -> None:
    value = hundredths / 100
    assert write_number(value, decimals) == french.number(value, decimals)
    assert write_signed(value, decimals) == french.signed(value, decimals)


def test_words_keep_numbers_whole() -> None:
    assert words(["1\u202f234,5\u00a0h, 03 21 ; 16,78\u00a0% (35*)"]) == [
        "1\u202f234,5",
        "h",
        "03",
        "21",
        "16,78",
        "%",
        "35",
        "*",
    ]


def test_differences_say_what_stands_before() -> None:
    assert list(differences(["a", "b", "3"], ["a", "b", "4"])) == [Difference("a b", "3", "4")]
    assert list(differences(["a", "b"], ["a", "x", "y", "b"])) == [Difference("a", "", "x y")]


def test_expressions_of_a_text_are_read_as_calls() -> None:
    source = (
        '{# vu #} {{ accord(chiffre("t", "a", "n"), "jeune", "jeunes") }} '
        '{{ part("t", "b", colonne="n", sur=("c", "n")) }} '
        '{{ fixe("25", "équipe") }} {{ annee(1) }} [lien](https://x.fr/{{ chiffre("t", "z", "n") }})'
    )
    assert bindings(source) == [
        Binding("chiffre", ("t", "a", "n")),
        Binding("part", ("t", "b", "n")),
        Binding("fixe", ("25",)),
        Binding("annee", ()),
    ]


def test_markdown_is_read_as_shown() -> None:
    assert rendered_words("# Titre 1\n\n3. **Un** mot\n\n|a|b|\n|-|-|\n|1|2|") == [
        "Titre",
        "1",
        "Un",
        "mot",
        "a",
        "b",
        "1",
        "2",
    ]


def test_a_publication_agrees_with_itself_and_with_its_texts(copies: Check) -> None:
    assert copies() == ()


SERVICE = "service"


def without(part: Publication, gone: FigureKey, *instead: Figure) -> Publication:
    """The part, another figure or none in the file in the place of one."""
    csv = tuple(figure for figure in part.csv if figure.key != gone)
    own = {one.key: one for one in (*csv, *instead)}
    return replace(part, csv=(*csv, *instead), figures=Figures(own, part.figures.elsewhere))


@pytest.fixture(scope="module")
def spoiled(parts: Parts, copies: Check) -> tuple[Finding, ...]:
    """What is told of a report that has a figure more, one less, a line too few, and another year before."""
    part = former(parts[SERVICE])[1]
    more, gone = key_of(part, MORE), key_of(part, GONE)
    changed = replace(part.figures[more], valeur=(part.figures[more].valeur or 0) + 1)
    return copies({SERVICE: unshown(without(without(part, more, changed), gone), "62250")})


MORE, GONE = ("accompagnes", "total", "total"), ("clotures", "total", "nombre")


def key_of(part: Publication, of: tuple[str, str, str]) -> FigureKey:
    indicator, line, column = of
    return FigureKey(indicator, part.year, SERVICE, line, column)


def unshown(part: Publication, *omitted: str) -> Publication:
    """The part, whose page has no line of Carvin; its tables say which lines they leave out."""
    shown = tuple(cell for cell in part.cells if (cell.key.indicateur, cell.key.ligne) != ("communes", "62215"))
    bundles = tuple(replace(one, omis=one.omis | frozenset(omitted)) for one in part.bundles)
    return replace(part, cells=shown, bundles=bundles)


def test_a_figure_of_the_file_that_no_copy_has_is_told_wherever_it_stands(
    parts: Parts, spoiled: tuple[Finding, ...]
) -> None:
    where = "tableau accompagnes (service), ligne total, colonne total"
    part = parts[SERVICE]
    right = part.figures[key_of(part, MORE)].valeur
    wrong = str(int(right or 0) + 1)
    found = [one for one in spoiled if wrong in (*one.first_value.split(), *one.second_value.split())]
    assert {finding.check for finding in found} >= {"notebook", "page", "classeur", "texte"}
    assert all(finding.blocking for finding in found)
    assert any(one.check == "page" and one.first.where == where and one.second_value == wrong for one in found)


def test_a_figure_that_goes_from_the_file_is_missing_and_shown(spoiled: tuple[Finding, ...]) -> None:
    line = "ligne total, colonne nombre"
    named = [one for one in spoiled if line in one.first.where and re.search("clotures|Clôtures", one.first.where)]
    assert {"page", "notebook", "classeur"} <= {finding.check for finding in named}


def test_a_figure_of_the_year_before_is_held_against_the_notebooks(parts: Parts, spoiled: tuple[Finding, ...]) -> None:
    key = former(parts[SERVICE])[0]
    (finding,) = (one for one in spoiled if one.first_value == "99999")
    assert finding.check == "csv"
    assert f"ligne {key.ligne}, colonne {key.colonne}, valeur_precedente" in finding.first.where


def test_years_that_a_sheet_wrongly_says_cannot_be_compared_are_told(parts: Parts) -> None:
    part = parts[SERVICE]
    told: dict[str, set[str]] = {}
    for name in ("clotures", "financements"):
        rows = [list(row) for row in part.sheets[name][:]]
        rows[HEADER] = [re.sub(r"^2022(, non comparable)?", "2022, non comparable", str(word)) for word in rows[HEADER]]
        other = replace(part, sheets={**part.sheets, name: rows})
        told[name] = {finding.first_value for finding in check_evolutions(other)}
    assert told == {"clotures": {"non comparable"}, "financements": set()}


def test_a_line_that_no_page_shows_is_told_unless_its_table_leaves_it_out(
    parts: Parts, copies: Check, spoiled: tuple[Finding, ...]
) -> None:
    assert {finding.check for finding in spoiled if finding.message == UNSHOWN} == {"page"}
    assert not [one for one in copies({SERVICE: unshown(parts[SERVICE], "62215")}) if one.message == UNSHOWN]


def test_a_text_is_held_against_what_the_service_wrote(copies: Check, texts: Mapping[str, str]) -> None:
    """A word that the page changed, and a figure bound to another than the text says."""
    name = next(name for name in texts if name != "accompagnes")
    source = texts["accompagnes"].replace('"accompagnes", "total", "nouveaux"', '"accompagnes", "11_14", "nouveaux"')
    assert source != texts["accompagnes"]
    found = copies(texts={**texts, name: texts[name] + "\n\nTéléphone : 03 21 00 00 01", "accompagnes": source})
    assert {finding.check for finding in found} == {"texte"}
    assert any("03 21 00 00 01" in finding.second_value for finding in found)
    assert any(finding.second_value == "chiffre(accompagnes, 11_14, nouveaux)" for finding in found)


def of_page(html: str) -> Publication:
    tree = parse(html)
    texts, quotes = (tuple(read(tree, "rapport.html")) for read in (read_texts, read_quotes))
    return replace(made(""), texts=texts, quotes=quotes)


@pytest.mark.parametrize(("added", "wrong"), [(", en 2023", 0), ("", 1), (", en 2023, stable", 1)])
def test_the_passages_that_a_page_says_it_leaves_out_are_not_there_and_the_others_are(added: str, wrong: int) -> None:
    source = 'Soit [[{{ annee() }}]][[, un nombre {{ tendance("a", "b", "c") }}]][[, en {{ annee() }}]].'
    year = '<span class="rl-chiffre" data-fonction="annee">2023</span>'
    html = f'<div data-texte="demandes" data-tus="2">Soit {year}{added.replace("2023", year)}.</div>'
    found = list(check_sources(of_page(html), {"demandes": source}))
    assert bool(found) is bool(wrong)


def made(page: str, *cells: NotebookCell) -> Publication:
    """A publication of one page and one notebook."""
    notebook = Notebook("notebooks/service/01_edito.ipynb", "service", cells)
    return Publication(
        directory=Path(),
        year=2023,
        csv=(),
        bundles=(),
        cells=(),
        quotes=(),
        charts=(),
        texts=(),
        notebooks={notebook.file: notebook},
        pages={"rapport.html": f"<main>{page}</main>"},
        sheets={},
        files={},
    )


def markdown(source: str) -> NotebookCell:
    return NotebookCell("c", "markdown", source, ())


def output(html: str) -> NotebookCell:
    return NotebookCell("d", "code", "", (Output(html, "", ()),))


PAGE = (
    '<section class="chapitre"><h2><span class="rl-numero">{}</span> Édito</h2><p>En <strong>2023</strong>, '
    '<span class="rl-chiffre">12 jeunes</span>.</p></section>'
)
CHAPTER = (markdown("# Édito"), markdown("## Rien dessous"), output("<p>En <b>2023</b>, <span>12 jeunes</span>.</p>"))


def test_a_page_says_what_its_notebook_says_numbers_of_chapters_aside() -> None:
    assert list(check_chapters(made(PAGE.format("I"), *CHAPTER[:1], CHAPTER[2]))) == []


def test_a_heading_with_nothing_below_is_not_expected_in_the_page() -> None:
    assert list(check_chapters(made(PAGE.format("I"), *CHAPTER[::2], CHAPTER[1]))) == []


def test_a_number_that_the_page_changed_is_told_with_the_words_before() -> None:
    (finding,) = check_chapters(made(PAGE.format("I").replace("12", "13"), *CHAPTER[::2]))
    assert (finding.first.file, finding.first_value, finding.second_value) == ("rapport.html", "13", "12")
    assert finding.first.where == "chapitre Édito, après « Édito En 2023 »"
    assert finding.second is not None
    assert finding.second.file == "notebooks/service/01_edito.ipynb"


def test_a_chapter_of_the_page_that_no_notebook_makes_is_told() -> None:
    other = PAGE.format("II").replace("Édito", "Bilan")
    (finding,) = check_chapters(made(PAGE.format("I") + other, *CHAPTER[::2]))
    assert finding.first_value == "Bilan"


def test_what_a_notebook_shows_and_the_page_has_not_is_told() -> None:
    (finding,) = check_chapters(made("", *CHAPTER[::2]))
    assert finding.first.file == "notebooks/service/01_edito.ipynb"


def test_chapters_are_numbered_in_their_order() -> None:
    (finding,) = check_frames(made(PAGE.format("II"), *CHAPTER[::2]))
    assert (finding.first_value, finding.second_value) == ("II", "I")


def test_contents_announce_the_titles_of_the_page() -> None:
    nav = '<nav><a href="#x"><span>I</span><span>Bilan</span></a></nav>'
    (finding,) = check_frames(made(nav + PAGE.format("I"), *CHAPTER[::2]))
    assert (finding.first.where, finding.first_value) == ("sommaire 1, après « I »", "Bilan")


def former(publication: Publication) -> tuple[FigureKey, Publication]:
    """The publication with another figure in the file of evolutions, and which one."""
    header, first, *others = publication.files["evolutions.csv"]
    row = dict(zip(header, first, strict=True)) | {"valeur_precedente": "99999"}
    files = {**publication.files, "evolutions.csv": (header, tuple(row.values()), *others)}
    names = (str(row[name]) for name in ("territoire", "ligne", "colonne"))
    return FigureKey(str(row["indicateur"]), int(str(row["annee"])), *names), replace(publication, files=files)


def every_finding(publication: Publication, figures: BothYears | None = None) -> list[Finding]:
    """What charts, by their data and by their words, say that their tables do not."""
    return [*check_charts(publication, figures), *check_alternative_texts(publication, figures)]


def _chart(publication: Publication, id: str) -> Chart:
    return next(one for one in publication.charts if (one.id, one.territoire) == (id, "service"))


@pytest.mark.parametrize("id", ["communes", "problematiques"])
def test_each_class_of_a_line_is_told(parts: Parts, id: str) -> None:
    chart = _chart(parts[SERVICE], id)
    wrong = replace(chart, alt=re.sub(r"(\(11 à 14 ans) \d+", r"\1 inconnu", chart.alt, count=1))
    assert [*every_finding(replace(parts[SERVICE], charts=(chart,)))] == []
    assert [one.message.startswith(PAIR) for one in every_finding(replace(parts[SERVICE], charts=(wrong,)))] == [True]


def test_thousands_are_one_number_in_the_words_for_a_pyramid(parts: Parts) -> None:
    part = parts[SERVICE]
    chart, key = _chart(part, "travail_de_rue"), FigureKey("travail_de_rue", part.year, SERVICE, "11_14", "F")
    cells = tuple(replace(one, words="2\u202f098") if one.key == key else one for one in chart.cells)
    alt = re.sub(r"(Filles : .*?11 à 14 ans) \d+", "\\1 2\u202f098", chart.alt, count=1)
    of_thousands = replace(part.figures[key], valeur=2098.0)
    figures = Figures({**part.figures, key: of_thousands})
    large = replace(part, figures=figures, charts=(replace(chart, cells=cells, alt=alt),))
    assert "2\u202f098" in alt
    assert [one for one in every_finding(large) if one.message == PAIR] == []


def test_a_chart_of_a_table_that_no_chapter_shows_is_held_against_the_counts_alone(parts: Parts) -> None:
    part = parts[SERVICE]
    shown = {key: one for key, one in part.figures.items() if key.indicateur != "clotures"}
    with_data = next(one for one in part.charts if (one.id, one.territoire) == ("clotures", SERVICE) and one.cells)
    missing = replace(part, figures=Figures(shown), charts=(with_data,))
    assert {one.message for one in every_finding(missing)} == {DATA, PAIR}
    assert [*every_finding(missing, BothYears.of(missing, counted=False))] == []
    assert {one.message for one in check_outputs(missing)} == {DRAWN}
    assert [*check_outputs(missing, BothYears.of(missing, counted=False))] == []


def test_a_sum_of_which_a_part_is_masked_is_masked(parts: Parts, opened: Opened) -> None:
    """Our chapters show the actions in a table alone; a service's own may draw them."""
    (chart,) = read_charts(parse(opened().figure("actions").html), "rapport.html")
    assert [*every_finding(replace(parts[SERVICE], charts=(chart,)))] == []
    cell = chart.cells[0]
    figures = parts[SERVICE].figures
    key = next(key for key, one in figures.items() if key[:4] == cell.key[:4] and one.unite == cell.key[4])
    masked = {**figures, key: replace(figures[key], valeur=None, etat="masque")}
    told = chart.alt.replace(f" {cell.words},", " masqué,", 1)
    shown = replace(chart, alt=told, cells=(replace(cell, words="masqué"), *chart.cells[1:]))
    assert [*every_finding(replace(parts[SERVICE], figures=Figures(masked), charts=(shown,)))] == []
    assert [*every_finding(replace(parts[SERVICE], figures=Figures(masked), charts=(chart,)))] != []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("</span> des jeunes accompagnés", "9</span> des jeunes accompagnés"),
        ('<h1 id="titre">Rapport d’activité de l’année 2023', '<h1 id="titre">Rapport de 2024'),
        ('alt="Sorties', 'alt="Autres sorties'),
    ],
)
def test_a_slide_says_what_the_chapters_and_the_cover_say(parts: Parts, before: str, after: str) -> None:
    part = parts["service"]
    page = part.pages[SLIDES]
    assert before in page
    assert [*check_slides(part)] == []
    changed = replace(part, pages={**part.pages, SLIDES: page.replace(before, after, 1)})
    assert [finding.first.file for finding in check_slides(changed)] == [SLIDES]
