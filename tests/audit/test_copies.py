"""Copies of one figure held against each other, and quoted figures worked out anew."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rlpipeline.audit.copies.evolutions import check_evolutions
from rlpipeline.audit.copies.figures import UNSHOWN
from rlpipeline.audit.copies.quotes import Source, expected_words
from rlpipeline.audit.copies.texts import check_sources
from rlpipeline.audit.copies.wording import words, write_number, write_signed
from rlpipeline.audit.findings import Finding
from rlpipeline.display import french, prose
from rlpipeline.display.prose import Prose, Reference
from rlpipeline.published import Figure, FigureKey, Place, Publication, Quote
from rlpipeline.published.markup import parse
from rlpipeline.published.model import Figures
from rlpipeline.published.page import read_quotes, read_texts
from rlpipeline.published.workbook import HEADER
from tests.audit.conftest import Check, Parts

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


@given(st.integers(-(10**9), 10**9), st.none() | st.integers(0, 3))
def test_numbers_are_written_as_the_report_writes_them(hundredths: int, decimals: int | None) -> None:
    value = hundredths / 100
    assert write_number(value, decimals) == french.number(value, decimals)
    assert write_signed(value, decimals) == french.signed(value, decimals)


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
    return Publication(Path(), 2023, (), (), (), quotes, (), texts, {}, {}, {}, {})


@pytest.mark.parametrize(("added", "wrong"), [(", en 2023", 0), ("", 1), (", en 2023, stable", 1)])
def test_the_passages_that_a_page_says_it_leaves_out_are_not_there_and_the_others_are(added: str, wrong: int) -> None:
    source = 'Soit [[{{ annee() }}]][[, un nombre {{ tendance("a", "b", "c") }}]][[, en {{ annee() }}]].'
    year = '<span class="rl-chiffre" data-fonction="annee">2023</span>'
    html = f'<div data-texte="demandes" data-tus="2">Soit {year}{added.replace("2023", year)}.</div>'
    found = list(check_sources(of_page(html), {"demandes": source}))
    assert bool(found) is bool(wrong)


def former(publication: Publication) -> tuple[FigureKey, Publication]:
    """The publication with another figure in the file of evolutions, and which one."""
    header, first, *others = publication.files["evolutions.csv"]
    row = dict(zip(header, first, strict=True)) | {"valeur_precedente": "99999"}
    files = {**publication.files, "evolutions.csv": (header, tuple(row.values()), *others)}
    names = (str(row[name]) for name in ("territoire", "ligne", "colonne"))
    return FigureKey(str(row["indicateur"]), int(str(row["annee"])), *names), replace(publication, files=files)
