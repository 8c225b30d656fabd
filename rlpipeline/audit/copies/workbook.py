"""The words of the workbook: names of sheets, lines and columns, texts, contents."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from rlpipeline.audit.copies.telling import disagreement, worded
from rlpipeline.audit.copies.words import numbers, words
from rlpipeline.audit.findings import Finding, Place
from rlpipeline.published import Bundle, Publication
from rlpipeline.published.model import Label, Rows
from rlpipeline.published.shown import ROUNDED, read_shown
from rlpipeline.published.workbook import CONTENTS, FILE, HEADER, lead_of, listed, rows_below

WORDS = "Le classeur ne se lit pas comme les tableaux du rapport."
EXAMPLE = "12 (partiel)"
"""A number of the legend, an example."""
SIGNATURE = 2
"""Index of the line of a sheet that says whose figures it has; of the contents, the line before."""
_BASE = re.compile(r"(?:multiple|^moins) de (?P<base>\d+)")


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
    known = (
        _names_of(bundle.columns for bundle in own) if turned else {row.label for bundle in own for row in bundle.rows}
    )
    texts = {text for bundle in own for *_, text in bundle.texts} | {"nc", "–", "masqué", ""}
    for index, row in rows_below(rows):
        yield from _known(name, index, [str(row[len(lead) - 1])], known, own[0])
        figures = row[len(lead) : len(lead) + len(headers)]
        told = [value for value in figures if isinstance(value, str) and read_shown(value).etat != ROUNDED]
        yield from _known(name, index, told, texts, own[0])


def check_heads(
    name: str, rows: Rows, first: Bundle, axes: tuple[Collection[Label], Collection[Label]]
) -> Iterator[Finding]:
    """Hold the first lines of a sheet against its table, and its headers against the tables of every chapter.

    Parameters
    ----------
    axes
        Lines and columns of all these tables.
    """
    for index, told in ((0, [first.title]), (1, _told(first))):
        found = words([str(rows[index][0])]) if len(rows) > index else []
        where = Place(FILE, f"feuille {name}, ligne {index + 1}")
        yield from worded("classeur", WORDS, (where, found), (first.place, words(told)))
    _, headers, turned = lead_of(rows)
    yield from _known(name, HEADER, headers, _names_of([axes[0] if turned else axes[1]]), first)


def _told(bundle: Bundle) -> list[str]:
    told = (("Unité", bundle.unit), ("Définition", bundle.definition), ("Source", bundle.source))
    return [f"{label} : {text}" for label, text in told if text]


def _names_of(axes: Iterable[Collection[Label]]) -> set[str]:
    """Words that may stand for lines or columns: their code tells apart those that read alike."""
    return {word for axis in axes for label in axis for word in (label.label, f"{label.label} ({label.code})")}


def _known(name: str, index: int, found: Sequence[str], known: set[str], bundle: Bundle) -> Iterator[Finding]:
    for word in found:
        if word not in known:
            near = max(sorted(known), key=lambda one: len(set(words([one])) & set(words([word]))), default="")
            where = Place(FILE, f"feuille {name}, ligne {index + 1}, « {word} »")
            yield disagreement("classeur", WORDS, (where, word), (bundle.place, near))


def check_contents(rows: Rows, tables: Mapping[str, Bundle], year: int) -> Iterator[Finding]:
    """A line a sheet: name, title, part of the report, unit, definition, source; then how to read the cells."""
    sheets = dict(listed(rows))
    for index, row in enumerate(rows):
        place = Place(FILE, f"feuille {CONTENTS}, ligne {index + 1}")
        told = [str(value) for value in row]
        first = tables.get(sheets[index].code) if index in sheets else None
        if first is not None:
            expected = [first.title, first.section, first.unit, first.definition, first.source, first.id]
            yield from worded("classeur", WORDS, (place, words(told[1:])), (first.place, words(expected)))
        elif index == SIGNATURE - 1:
            if str(year) not in words(told):
                yield disagreement("classeur", WORDS, (place, " ".join(told)), (None, str(year)))
        elif any(character.isdigit() for value in told for character in value) and not _is_legend(told):
            yield disagreement("classeur", WORDS, (place, " ".join(told)), (None, EXAMPLE))


def check_signature(name: str, rows: Rows, contents: Rows) -> Iterator[Finding]:
    """Hold whose figures a sheet says that it has, and of which year, against what the contents say."""
    if len(rows) > SIGNATURE and len(contents) >= SIGNATURE:
        told, expected = (numbers(words(map(str, row))) for row in (rows[SIGNATURE], contents[SIGNATURE - 1]))
        place = Place(FILE, f"feuille {name}, ligne {SIGNATURE + 1}")
        yield from worded("classeur", WORDS, (place, told), (Place(FILE, f"feuille {CONTENTS}"), expected))


def _is_legend(told: Sequence[str]) -> bool:
    """Whether a line is the example of a partial total, or says what rounded cells are by one base throughout."""
    line = " : ".join(filter(None, told))
    found = _BASE.search(line)
    base = int(found["base"]) if found else 0
    legends = {
        f"≈ {5 * base} : arrondi : multiple de {base}, à {base - 1} près au plus du nombre exact",
        f"moins de {base} : arrondi : de 0 à {base - 1}",
    }
    return told[0] == EXAMPLE or line in legends


def check_sections(rows: Rows, tables: Sequence[Bundle]) -> Iterator[Finding]:
    """Hold the part of the report that each line of the contents tells against every table of its name."""
    told = {one.code: (index + 1, str(rows[index][2])) for index, one in listed(rows)}
    for bundle in tables:
        if bundle.id in told:
            index, section = told[bundle.id]
            place = Place(FILE, f"feuille {CONTENTS}, ligne {index}")
            yield from worded("classeur", WORDS, (place, words([section])), (bundle.place, words([bundle.section])))
