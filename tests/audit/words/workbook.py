"""The words of the workbook against those of the tables."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from rlpipeline.audit.copies.wording import disagreement, numbers, worded, words
from rlpipeline.audit.findings import Finding
from rlpipeline.published import Bundle, Place, Publication
from rlpipeline.published.model import ROUNDED, Label, Rows
from rlpipeline.published.numbers import read_shown
from rlpipeline.published.workbook import BETWEEN, CONTENTS, DETAILS, HEADER, WORKBOOK, lead_of, listed, rows_below

WORKBOOK_WORDS = "Le classeur ne se lit pas comme les tableaux du rapport."
EXAMPLE = "12 (partiel)"
"""A number of the legend, an example."""
SIGNATURE = 2
"""Index of the line of a sheet that says whose figures it has; of the contents, the line before."""
_BASE = re.compile(r"(?:multiple|^moins) de (?P<base>\d+)")
Axes = tuple[Collection[Label], Collection[Label]]


def check_workbook_words(publication: Publication) -> Iterator[Finding]:
    """Hold the names of the lines and the texts of each sheet against the notebooks' tables."""
    bundles: dict[str, list[Bundle]] = {}
    for bundle in (*publication.bundles, *publication.borrowed):
        bundles.setdefault(bundle.id, []).append(bundle)
    for name, rows in publication.sheets.items():
        if name in bundles:
            yield from _check_lines(publication.tabs.get(name, name), rows, bundles[name])


def _check_lines(name: str, rows: Rows, own: Sequence[Bundle]) -> Iterator[Finding]:
    lead, headers, turned = lead_of(rows)
    names = (
        _names_of(bundle.columns for bundle in own) if turned else {row.label for bundle in own for row in bundle.rows}
    )
    texts = {text for bundle in own for *_, text in bundle.texts} | {"nc", "–", "masqué", ""}
    for index, row in rows_below(rows):
        yield from _check_names(name, index, [str(row[len(lead) - 1])], names, own[0])
        figures = row[len(lead) : len(lead) + len(headers)]
        if str(rows[HEADER][-1]) == DETAILS:
            line = str(row[len(lead) - 1])
            yield from _check_names(name, index, _pieces(row), _details(own, line), own[0])
        worded_cells = [value for value in figures if isinstance(value, str) and read_shown(value).etat != ROUNDED]
        yield from _check_names(name, index, worded_cells, texts, own[0])


def _pieces(row: Sequence[object]) -> Sequence[str]:
    """The words of the figures of a row, those of a column after its name."""
    return [one for one in str(row[-1]).split(BETWEEN) if one]


def _details(own: Sequence[Bundle], line: str) -> set[str]:
    """The words that the figures of a line may have, alone or after the name of their column."""
    allowed = set[str]()
    for bundle in own:
        columns = {one.code: one.label for one in bundle.columns}
        codes = {one.code for one in bundle.rows if one.label == line}
        for code, column, text in bundle.texts:
            if code in codes:
                allowed |= {text, f"{columns.get(column, column)}\u00a0: {text}"}
    return allowed


def check_heads(
    name: str, rows: Rows, first: Bundle, axes: tuple[Collection[Label], Collection[Label]]
) -> Iterator[Finding]:
    """Hold the first lines of a sheet against its table, and its headers against the tables of every chapter.

    Parameters
    ----------
    axes
        Lines and columns of all these tables.
    """
    for index, expected in ((0, [first.title]), (1, _described(first))):
        shown = words([str(rows[index][0])]) if len(rows) > index else []
        where = Place(WORKBOOK, f"feuille {name}, ligne {index + 1}")
        yield from worded("classeur", WORKBOOK_WORDS, (where, shown), (first.place, words(expected)))
    _, headers, turned = lead_of(rows)
    yield from _check_names(name, HEADER, headers, _names_of([axes[0] if turned else axes[1]]), first)


def _described(bundle: Bundle) -> list[str]:
    descriptions = (("Unité", bundle.unit), ("Définition", bundle.definition), ("Source", bundle.source))
    return [f"{label} : {text}" for label, text in descriptions if text]


def _names_of(axes: Iterable[Collection[Label]]) -> set[str]:
    """Words that may stand for lines or columns: their code tells apart those that read alike."""
    return {word for axis in axes for label in axis for word in (label.label, f"{label.label} ({label.code})")}


def _check_names(name: str, index: int, shown: Sequence[str], names: set[str], bundle: Bundle) -> Iterator[Finding]:
    for word in shown:
        if word not in names:
            near = max(sorted(names), key=lambda one: len(set(words([one])) & set(words([word]))), default="")
            where = Place(WORKBOOK, f"feuille {name}, ligne {index + 1}, « {word} »")
            yield disagreement("classeur", WORKBOOK_WORDS, (where, word), (bundle.place, near))


def check_contents(rows: Rows, tables: Mapping[str, Bundle], year: int) -> Iterator[Finding]:
    """A line a sheet: name, title, unit, definition, source; then how to read the cells."""
    sheets = dict(listed(rows))
    for index, row in enumerate(rows):
        place = Place(WORKBOOK, f"feuille {CONTENTS}, ligne {index + 1}")
        cells = [str(value) for value in row]
        first = tables.get(sheets[index].code) if index in sheets else None
        if first is not None:
            expected = [first.title, first.unit, first.definition, first.source, first.id]
            yield from worded("classeur", WORKBOOK_WORDS, (place, words(cells[1:])), (first.place, words(expected)))
        elif index == SIGNATURE - 1:
            if str(year) not in words(cells):
                yield disagreement("classeur", WORKBOOK_WORDS, (place, " ".join(cells)), (None, str(year)))
        elif any(character.isdigit() for value in cells for character in value) and not _is_legend(cells):
            yield disagreement("classeur", WORKBOOK_WORDS, (place, " ".join(cells)), (None, EXAMPLE))


def check_signature(name: str, rows: Rows, contents: Rows, year: int) -> Iterator[Finding]:
    """Hold whose figures a sheet says that it has, and of which year, against what the contents say."""
    if len(rows) > SIGNATURE and len(contents) >= SIGNATURE:
        shown, expected = (numbers(words(map(str, row))) for row in (rows[SIGNATURE], contents[SIGNATURE - 1]))
        if str(year) not in expected:  # the contents are wrong themselves
            expected = [str(year)]
        place = Place(WORKBOOK, f"feuille {name}, ligne {SIGNATURE + 1}")
        contents_place = Place(WORKBOOK, f"feuille {CONTENTS}, ligne {SIGNATURE}")
        yield from worded("classeur", WORKBOOK_WORDS, (place, shown), (contents_place, expected))


def _is_legend(cells: Sequence[str]) -> bool:
    """Whether a line is the example of a partial total, or says what rounded cells are by one base throughout."""
    line = " : ".join(filter(None, cells))
    match = _BASE.search(line)
    base = int(match["base"]) if match else 0
    legends = {
        f"≈ {5 * base} : arrondi : multiple de {base}, à {base - 1} près au plus du nombre exact",
        f"moins de {base} : arrondi : de 0 à {base - 1}",
    }
    return cells[0] == EXAMPLE or line in legends
