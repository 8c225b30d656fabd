"""The workbook and the CSV file for a French spreadsheet: their words against those of the tables."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from rlpipeline.audit.copies.wording import disagreement, worded, words
from rlpipeline.audit.findings import Finding
from rlpipeline.published import Bundle, Place, Publication
from rlpipeline.published.dictionary import Dictionary
from rlpipeline.published.figures import EXCEL, FIGURES, Row, excel_rows, figure_of, named_rows, read_rows, where_of
from rlpipeline.published.model import Figure, Label, Rows
from rlpipeline.published.numbers import ROUNDED, read_shown
from rlpipeline.published.reading import readable
from rlpipeline.published.workbook import CONTENTS, HEADER, lead_of, rows_below

FILE = "tableaux.xlsx"
WORKBOOK_WORDS = "Le classeur ne se lit pas comme les tableaux du rapport."
EXAMPLE = "12 (partiel)"
"""A number of the legend, an example."""
_BASE = re.compile(r"(?:multiple|^moins) de (?P<base>\d+)")

Axes = tuple[Collection[Label], Collection[Label]]
EXCEL_DIFFERS = "Le fichier pour tableur et le fichier des chiffres diffèrent."
EXCEL_WORDS = "Le fichier pour tableur ne se lit pas comme les tableaux du rapport."
EXCEL_STATES = {
    "ok": "exact",
    "partiel": "partiel",
    "nc": "non communiqué",
    "vide": "sans objet",
    "masque": "non diffusé",
}
PLACES = {"service": "Ensemble du service", "hors": "Hors du territoire", "sans_commune": "Sans commune"}


def check_workbook_words(publication: Publication) -> Iterator[Finding]:
    """Hold the names of the lines and the texts of each sheet against the notebooks' tables."""
    bundles: dict[str, list[Bundle]] = {}
    for bundle in (*publication.bundles, *publication.borrowed):
        bundles.setdefault(bundle.id, []).append(bundle)
    for name, rows in publication.sheets.items():
        if name in bundles:
            yield from _check_lines(name, rows, bundles[name])


def _check_lines(name: str, rows: Rows, own: Sequence[Bundle]) -> Iterator[Finding]:
    lead, _, turned = lead_of(rows)
    known = (
        _names_of(bundle.columns for bundle in own) if turned else {row.label for bundle in own for row in bundle.rows}
    )
    texts = {text for bundle in own for *_, text in bundle.texts} | {"nc", "–", "masqué", ""}
    for index, row in rows_below(rows):
        yield from _check_names(name, index, [str(row[len(lead) - 1])], known, own[0])
        told = [value for value in row[len(lead) :] if isinstance(value, str) and read_shown(value).etat != ROUNDED]
        yield from _check_names(name, index, told, texts, own[0])


def check_heads(
    name: str, rows: Rows, first: Bundle, axes: tuple[Collection[Label], Collection[Label]]
) -> Iterator[Finding]:
    """Hold the first lines of a sheet against its table, and its headers against the tables of every chapter.

    Parameters
    ----------
    axes
        Lines and columns of all these tables.
    """
    for index, told in ((0, [first.title]), (1, _described(first))):
        found = words([str(rows[index][0])]) if len(rows) > index else []
        where = Place(FILE, f"feuille {name}, ligne {index + 1}")
        yield from worded("classeur", WORKBOOK_WORDS, (where, found), (first.place, words(told)))
    _, headers, turned = lead_of(rows)
    yield from _check_names(name, HEADER, headers, _names_of([axes[0] if turned else axes[1]]), first)


def _described(bundle: Bundle) -> list[str]:
    told = (("Unité", bundle.unit), ("Définition", bundle.definition), ("Source", bundle.source))
    return [f"{label} : {text}" for label, text in told if text]


def _names_of(axes: Iterable[Collection[Label]]) -> set[str]:
    """Words that may stand for lines or columns: their code tells apart those that read alike."""
    return {word for axis in axes for label in axis for word in (label.label, f"{label.label} ({label.code})")}


def _check_names(name: str, index: int, found: Sequence[str], known: set[str], bundle: Bundle) -> Iterator[Finding]:
    for word in found:
        if word not in known:
            near = max(sorted(known), key=lambda one: len(set(words([one])) & set(words([word]))), default="")
            where = Place(FILE, f"feuille {name}, ligne {index + 1}, « {word} »")
            yield disagreement("classeur", WORKBOOK_WORDS, (where, word), (bundle.place, near))


def check_contents(rows: Rows, tables: Mapping[str, Bundle]) -> Iterator[Finding]:
    """A line a sheet: name, title, part of the report, unit, definition, source; then how to read the cells."""
    for index, row in enumerate(rows, start=1):
        place = Place(FILE, f"feuille {CONTENTS}, ligne {index}")
        told = [str(value) for value in row]
        first = tables.get(told[0])
        if first is not None:
            expected = [first.id, first.title, first.section, first.unit, first.definition, first.source]
            yield from worded("classeur", WORKBOOK_WORDS, (place, words(told)), (first.place, words(expected)))
        elif any(character.isdigit() for value in told for character in value) and not _is_legend(told):
            yield disagreement("classeur", WORKBOOK_WORDS, (place, " ".join(told)), (None, EXAMPLE))


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
    told = {str(row[0]): (index, str(row[2])) for index, row in enumerate(rows, start=1) if len(row) > 2}
    for bundle in tables:
        if bundle.id in told:
            index, section = told[bundle.id]
            place = Place(FILE, f"feuille {CONTENTS}, ligne {index}")
            yield from worded(
                "classeur", WORKBOOK_WORDS, (place, words([section])), (bundle.place, words([bundle.section]))
            )


@dataclass(frozen=True)
class Named:
    """What the rest of the publication calls things.

    Parameters
    ----------
    tables
        The first table of each name.
    axes
        Lines and columns of every table of each name.
    places
        Words of the heading of each portrait, by territory.
    """

    tables: Mapping[str, Bundle]
    axes: Mapping[str, Axes]
    places: Mapping[str, Sequence[str]]


def check_excel(directory: Path, named: Named, dictionary: Dictionary) -> Iterator[Finding]:
    """Hold each line against that of the same rank; a publication made before has no such file."""
    path = directory / EXCEL
    if path.is_file():
        with readable(directory):
            yield from _check_rows(path, named, dictionary)


def _check_rows(path: Path, named: Named, dictionary: Dictionary) -> Iterator[Finding]:
    every = named_rows(read_rows(path.with_name(FIGURES)))
    for rank, (told, row) in enumerate(zip_longest(excel_rows(path), every), start=2):
        if told is None or row is None:
            place = Place(EXCEL, f"ligne {rank} du fichier")
            yield disagreement("csv", EXCEL_DIFFERS, (place, " ".join((told or {}).values())), (None, str(row or "")))
            return
        yield from _check_row(told, dictionary.with_margin(figure_of(row)), row, named)


def _check_row(told: Row, figure: Figure, row: Row, named: Named) -> Iterator[Finding]:
    key = figure.key
    place = Place(EXCEL, where_of(key))
    expected = {
        "Année": str(key.annee),
        "Valeur": row["valeur"].replace(".", ","),
        "Unité": row["unite"],
        "État": _state(figure),
        "Code du tableau": key.indicateur,
        "Code du territoire": key.territoire,
        "Code de la ligne": key.ligne,
        "Code de la colonne": key.colonne,
    }
    for name, value in expected.items():
        if told[name] != value:
            yield disagreement("csv", EXCEL_DIFFERS, (place, f"{name} {told[name]}"), (figure.place, value))
    for name, allowed in _words_of(figure, named).items():
        if told[name] not in allowed:
            yield disagreement("csv", EXCEL_WORDS, (place, f"{name} {told[name]}"), (None, ", ".join(sorted(allowed))))
    heading, commune = named.places.get(key.territoire), words([told["Territoire"]])
    if heading is not None and commune != [*heading][-len(commune) :]:
        yield disagreement("csv", EXCEL_WORDS, (place, told["Territoire"]), (None, " ".join(heading)))


def _words_of(figure: Figure, named: Named) -> Mapping[str, Collection[str]]:
    """Words that may stand for a table, its lines and its columns; of two alike, the code tells which."""
    key = figure.key
    lines, columns = named.axes.get(key.indicateur, ((), ()))
    table = named.tables.get(key.indicateur)
    allowed = {
        "Tableau": {table.title if table else key.indicateur},
        "Ligne": _labelled(key.ligne, lines),
        "Colonne": _labelled(key.colonne, columns),
    }
    if key.territoire in PLACES:
        allowed["Territoire"] = {PLACES[key.territoire]}
    return allowed


def _labelled(code: str, axis: Collection[Label]) -> set[str]:
    own = {label.label for label in axis if label.code == code} or {code}
    return own | {f"{label} ({code})" for label in own}


def _state(figure: Figure) -> str:
    if figure.etat != ROUNDED:
        return EXCEL_STATES.get(figure.etat, figure.etat)
    return f"arrondi, à {figure.marge:.0f} près" if figure.valeur else f"arrondi, de 0 à {figure.marge:.0f}"
