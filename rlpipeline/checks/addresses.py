"""Every figure shown, by its address: what it says is what the files of figures have."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import zip_longest
from typing import Any

from rlpipeline.checks.model import (
    FIGURES,
    Discrepancy,
    Figure,
    Location,
    Terms,
    Test,
    amount_of,
    is_too_near,
    moved,
    rounded,
    same,
    sum_of,
    where_of,
    with_unit,
)
from rlpipeline.checks.published import PARQUET, Columns, Labelled, Notebook, Output, Publication
from rlpipeline.checks.shown_values import (
    AddressedCell,
    Element,
    Find,
    Quote,
    ReadValue,
    direction_said,
    key_of,
    parse,
    read_cells,
    read_quotes,
    read_shown,
    says,
)
from rlpipeline.checks.workbook_cells import NUMBERS, WORKBOOK, WorkbookCell, read_entries
from rlpipeline.declared import FigureKey, by_territory
from rlpipeline.links import Where
from rlpipeline.states import MASQUE, NC, OK, VIDE

PRINTED = "publié"
SUMS = frozenset({"personnes", "presences"})
"""Columns of a chart that are no column of its table: the sum of the line's figures of that unit."""
UNITS = {"%": ("%",), "euros": ("€",), "heures": ("", "h")}
"""How a unit may be written beside a number; other units are not."""
FIELDS = (*FigureKey._fields, "valeur", "unite", "etat")
RANK_OF_VALUE = len(FigureKey._fields)
NOTHING = "rien"
SHOWN = "Un chiffre montré n'est pas celui du fichier des chiffres."
ABSENT = "Un chiffre montré n'est pas dans le fichier des chiffres."
UNPLACED = "Un chiffre d'un tableau ne dit pas lequel il est."
NAMED = "Une ligne ou une colonne n'a pas le nom que lui donne le fichier des chiffres."
MOVED = "L'écart avec l'année précédente n'est pas celui des chiffres."
DATA = "Les données d'un graphique ne sont pas celles de son tableau."
DRAWN = "Un graphique porte une valeur que le fichier des chiffres n'a pas."
QUOTED = "Un chiffre lié d'un texte ne dit pas ce que disent les chiffres."
UNPUBLISHED = "Un texte cite un chiffre qui n'est publié nulle part."
FILE = "Un fichier publié n'est pas celui que le notebook porte."
TWICE = "Un chiffre est deux fois dans le fichier."
FILES = "Deux fichiers de chiffres diffèrent."
FORMER = "Un chiffre de l'année précédente n'est pas celui qui a été compté ou imprimé."
SHEET = "Le classeur et le fichier des chiffres diffèrent."
NO_SHEET = "Un chiffre publié n'est pas dans le classeur."


@dataclass(frozen=True)
class Sources:
    """Where the figure of an address is found.

    ``unpublished`` gives the figures of other years and of tables that no chapter shows; None where nothing does.
    ``held`` are the cells found right, by kind, address and words: a page shows those of its chapters.
    """

    publication: Publication
    unpublished: Find | None = None
    held: set[tuple[object, ...]] = field(default_factory=set, init=False)

    def has_table(self, table: Where) -> bool:
        """Whether a table's figures would be found."""
        return self.unpublished is not None or table in self.publication.tables

    def find(self, key: FigureKey, quoted: bool = False) -> Figure | None:
        """Give the figure of a cell, or the sum of several lines; what a text quotes may be published nowhere."""
        figure = self.publication.at(key)
        if figure is not None:
            return figure
        if "+" in key.ligne:
            lines = key.ligne.split("+")
            parts = [self.find(key._replace(ligne=line), quoted) for line in lines]
            known = [*filter(None, parts)]
            return sum_of(key, known) if len(known) == len(lines) else None
        first = next(iter(self.publication.tables.get(key.place, ())), None)
        if self.unpublished and (quoted or first is None):
            figure = self.unpublished(key)
        return figure or (self._not_shown(key, first) if first else None)

    def _not_shown(self, key: FigureKey, first: Figure) -> Figure | None:
        """Give what a cell that a table does not show says.

        What a table of the year before did not count is none; a rare code is then zero. ``first`` is any figure of it.
        """
        before = self.publication.former.get(first.key)
        rare = not self.publication.dictionary.links.rare.isdisjoint((key.ligne, key.colonne))
        if before is not None and before.origine == PRINTED:
            return Figure(key, None, first.unite if rare else "", NC, first.file)
        if rare:
            return Figure(key, 0.0, first.unite, OK, first.file)
        if before is None:
            return None
        return Figure(key, None, "", VIDE, first.file)

    def quoted(self, key: FigureKey) -> Figure | None:
        """Give the figure that a text names."""
        return self.find(key, quoted=True)

    def added(self, key: FigureKey) -> Figure | None:
        """Give the sum over a line of the figures in one unit, which is the column of the key."""
        alike = list[Figure]()
        for figure in self.publication.tables.get(key.place, ()):
            if figure.key.ligne == key.ligne and figure.unite == key.colonne:
                alike.append(figure)
        if not alike:
            return None
        total = Terms(map(amount_of, alike)).total()
        return Figure(key, total.value, key.colonne, total.state, alike[0].file)


def check_addresses(
    publication: Publication,
    unpublished: Find | None = None,
    gather: Callable[[Notebook], object] = id,
) -> Iterator[Test]:
    """Hold every figure of every file against that of its address; ``gather`` is given each notebook, read once."""
    sources = Sources(publication, unpublished)
    yield from _check_files(publication)
    yield from _check_former(publication, unpublished)
    for file in publication.pages:
        yield from _check_tree(publication.page(file), file, sources)
    for file in publication.notebooks:
        notebook = publication.notebook(file)
        gather(notebook)
        for output in notebook.outputs:
            yield from _check_output(output, file, sources)
    yield from _check_workbook(publication)


Against = tuple[Location | None, str]
"""What something is held against: its place, and what it says."""
NOWHERE: Against = (None, "")


def _check_tree(root: Element, file: str, sources: Sources) -> Iterator[Test]:
    """Hold the cells and the quotes of a page, or of what a cell of a notebook shows."""
    check = "notebook" if file.endswith(".ipynb") else "page"
    for cell in read_cells(root, file):
        of = "graphique" if cell.kind == "graphique" else check
        wrong = None if cell[:3] in sources.held else _wrong(cell, sources)
        if wrong is None:
            sources.held.add(cell[:3])
            yield of
        else:
            message, against = wrong
            yield _differs(of, message, (cell.place, cell.words), against)
    for quote in read_quotes(root, file):
        yield _wrong_quote(quote, sources) or "texte"


def _wrong(cell: AddressedCell, sources: Sources) -> tuple[str, Against] | None:
    """Say what is wrong with a cell, and what it is held against; None where nothing is."""
    if cell.kind == "sans adresse":
        return UNPLACED, NOWHERE
    if cell.kind == "libellé":
        return _wrong_label(cell, sources)
    figure = sources.find(cell.key)
    if cell.kind == "graphique":
        message = DATA
        holds = _is_bar(cell, figure, sources)
    elif cell.kind == "écart":
        then = sources.find(cell.key.in_year(cell.key.annee - 1))
        message = MOVED
        holds = _is_change(cell.words, figure, then)
    elif figure is None:
        message = ABSENT
        holds = False
    else:
        message = SHOWN
        holds = is_figure(read_shown(cell.words), figure)
    if holds:
        return None
    return (message, _found(figure))


def _wrong_label(cell: AddressedCell, sources: Sources) -> tuple[str, Against] | None:
    """Hold the words of a line or a column against those of the files: one is to begin as the other."""
    code = cell.key.ligne or cell.key.colonne
    labels = sources.publication.labels.get((cell.key.indicateur, code), frozenset())
    shown = _letters(cell.words)
    names = [_letters(label) for label in labels]
    if not names or any(shown.startswith(name) or name.startswith(shown) for name in names):
        return None
    return NAMED, (None, " ou ".join(sorted(labels)))


@lru_cache(maxsize=4096)
def _letters(words: str) -> str:
    plain = unicodedata.normalize("NFKC", words).casefold()
    return "".join(filter(str.isalnum, plain))


def is_figure(shown: ReadValue, figure: Figure) -> bool:
    """Whether words say a figure: its number to two decimals, its unit, its state, the base of its rounding."""
    if shown.etat != figure.etat:
        return False
    if shown.valeur is None or figure.valeur is None:
        return shown.valeur is figure.valeur
    if shown.valeur != rounded(figure.valeur, 2):
        return False
    if shown.below:
        return shown.below == figure.marge + 1
    return shown.unite in UNITS.get(figure.unite, ("",))


def _is_bar(cell: AddressedCell, figure: Figure | None, sources: Sources) -> bool:
    """Whether the data of a chart say a figure, or a sum of its line, and beside it in brackets its share."""
    key = cell.key
    shown = read_shown(cell.words)
    if not sources.has_table(key.place):
        return True
    if key.colonne in SUMS and key not in sources.publication.figures:
        figure = sources.added(key)
    if figure is None or not is_figure(shown, figure):
        return False
    if not shown.reste:
        return True
    part = sources.find(key._replace(colonne="part"))
    return part is not None and is_figure(read_shown(shown.reste.strip("()")), part)


def _is_change(words: str, now: Figure | None, then: Figure | None) -> bool:
    """Whether a cell says how a figure moved: by how much, of two exact ones; of rounded ones where to, or nothing."""
    bare = words.removesuffix("●").strip()
    change = moved(now, then)
    if not bare or now is None or then is None or change is None:
        return not bare
    if now.marge or then.marge:
        towards = 1 if change > 0 else -1
        return not is_too_near(now, then) and direction_said(bare) == towards
    return (0.0 if bare == "=" else read_shown(bare).valeur) == rounded(change, 2)


def _wrong_quote(quote: Quote, sources: Sources) -> Discrepancy | None:
    """Tell a figure bound in a text that does not say what the figures say."""
    shown = quote.place, quote.words
    if quote.function == "fixe":
        return None
    if quote.function == "annee":
        year = sources.publication.year + int(quote.options.get("decalage", "0"))
        holds = quote.words.strip() == str(year)
        return None if holds else _differs("texte", QUOTED, shown, _found(None))
    key = key_of(quote)
    figure = sources.added(key) if quote.function == "somme" else sources.quoted(key)
    if figure is not None:
        if says(quote, figure, sources.quoted):
            return None
        return _differs("texte", QUOTED, shown, _found(figure))
    if quote.function in {"somme", "avant"} or not sources.has_table(key.place):
        return None
    return _differs("texte", UNPUBLISHED, shown, (None, "/".join(quote.ref)))


def _check_output(output: Output, file: str, sources: Sources) -> Iterator[Test]:
    """Hold what a cell shows, and what it carries for a chart or a file."""
    if output.html:
        yield from _check_tree(parse(output.html), file, sources)
    for kind, value in output.carried:
        if kind == "figure":
            table = str(value.get("id")), sources.publication.year, file.split("/")[1]
            yield from _check_drawn(value, output.place, sources, table)
        elif kind == "file":
            published = sources.publication.files.get(str(value.get("name")), {})
            yield from _check_file(value, output.place, published)


def _check_drawn(
    value: Mapping[str, Any], place: Location, sources: Sources, table: Where
) -> Iterator[Test]:
    """Hold what a chart draws against the figures of its table."""
    if not sources.has_table(table):
        return
    for drawn in value.get("figures") or ():
        line = str(drawn["ligne"])
        column = str(drawn["colonne"])
        figure = sources.find(FigureKey(*table, line, column))
        if figure is not None and figure.valeur == drawn["valeur"]:
            yield "graphique"
            continue
        where = f"{place.where}, graphique, ligne {line}, colonne {column}"
        shown = Location(place.file, where), str(drawn["valeur"])
        yield _differs("graphique", DRAWN, shown, _found(figure))


def _check_file(value: Mapping[str, Any], place: Location, file: Columns) -> Iterator[Test]:
    """Hold a published file against the rows that a cell carries of it, cell by cell."""
    name = str(value.get("name"))
    columns = map(str, value.get("columns") or ())
    published = zip(*(file.get(column, ()) for column in columns), strict=False)
    rows = zip_longest(published, value.get("rows") or (), fillvalue=())
    for line, (row, carried) in enumerate(rows, start=2):
        cells = zip_longest(row, map(_written, carried), fillvalue="")
        for column, (cell, expected) in enumerate(cells, start=1):
            if cell != expected:
                where = Location(name, f"ligne {line}, colonne {column}")
                yield _differs("csv", FILE, (where, cell), (place, expected))
    yield "csv"


def _check_files(publication: Publication) -> Iterator[Test]:
    """Hold both files of figures against one another, line by line."""
    seen: set[FigureKey] = set()
    lines = zip_longest(publication.lines, publication.labelled)
    for rank, (figure, typed) in enumerate(lines, start=2):
        if figure is None or typed is None:
            place = Location(PARQUET if figure is None else FIGURES, f"ligne {rank}")
            alone = place, " ".join(_cells(figure or typed))
            yield _differs("csv", FILES, alone, NOWHERE)
            return
        wrong = _other_line(figure, typed)
        if wrong is None and figure.key in seen:
            value = figure.place, _cells(figure)[RANK_OF_VALUE]
            wrong = _differs("csv", TWICE, value, NOWHERE)
        wrong = wrong or _wrong_change(figure, typed, publication)
        if wrong is not None:
            yield wrong
        seen.add(figure.key)
        yield "csv"
    yield from _check_years(publication, seen)


def _check_years(publication: Publication, seen: Set[FigureKey]) -> Iterator[Test]:
    """Tell a figure of the year before whose line says another year, and is no figure of it."""
    for key in publication.former:
        year = key.annee + 1
        if year != publication.year and key.in_year(year) not in seen:
            typed_year = Location(PARQUET, where_of(key)), f"annee {year}"
            yield _differs("csv", FILES, typed_year, (None, str(publication.year)))


def _other_line(figure: Figure, typed: Labelled) -> Discrepancy | None:
    """Tell a figure that is another in ``figures.parquet``."""
    if figure[:4] == typed[:4]:
        return None
    for name, written, other in zip(FIELDS, _cells(figure), _cells(typed), strict=True):
        if written != other:
            shown = Location(PARQUET, where_of(figure.key)), f"{name} {other}"
            return _differs("csv", FILES, shown, (figure.place, written))
    return None


def _wrong_change(figure: Figure, typed: Labelled, publication: Publication) -> Discrepancy | None:
    """Tell a change since the year before that is not that of the figures."""
    if typed.ecart is None or same(typed.ecart, publication.change(figure.key)):
        return None
    shown = Location(PARQUET, where_of(figure.key)), _words(typed.ecart)
    return _differs("csv", MOVED, shown, _found(figure))


def _check_former(publication: Publication, find: Find | None) -> Iterator[Test]:
    """Hold figures of the year before against those that were counted, or printed."""
    for key in by_territory(publication.former):
        then = publication.former[key].then
        expected = find(key) if find else None
        if expected is None or expected.etat == MASQUE:  # its table was released then, and is not
            continue
        if then.etat == expected.etat and same(then.valeur, expected.valeur):
            yield "csv"
        else:
            former = Location(PARQUET, where_of(key)), with_unit(then)
            yield _differs("csv", FORMER, former, _found(expected))


def _cells(line: Figure | Labelled | None) -> list[str]:
    """Write a line of the files of figures, cell by cell."""
    if line:
        return [_written(cell) for cell in (*line.key, *line[1:4])]
    return []


def _written(cell: object) -> str:
    if cell is None:
        return ""
    return str(cell).removesuffix(".0")


def _check_workbook(publication: Publication) -> Iterator[Test]:
    """Hold the figures of the workbook against those of the files, which are all to be there."""
    if not (publication.directory / WORKBOOK).is_file():
        return
    shown: set[FigureKey] = set()
    for entry in read_entries(publication):
        figure = publication.at(entry.key)
        if not entry.is_change:
            shown.add(entry.key)
        if figure is not None and _is_entry(entry, figure, publication):
            yield "classeur"
        elif figure is not None or not isinstance(entry.value, str):  # else words of a table
            message = SHEET if figure else ABSENT
            value = _words(entry.value)
            yield _differs("classeur", message, (entry.place, value), _found(figure))
    for key, figure in publication.figures.items():
        if key not in shown:
            yield _differs("classeur", NO_SHEET, (figure.place, with_unit(figure)), NOWHERE)


def _is_entry(entry: WorkbookCell, figure: Figure, publication: Publication) -> bool:
    """Whether a cell of the workbook says a figure, or how it moved."""
    value = entry.value
    if not isinstance(value, NUMBERS):
        return not entry.is_change and is_figure(read_shown(str(value)), figure)
    if entry.is_change:
        return same(value, publication.change(entry.key))
    return figure.valeur is not None and same(value, figure.valeur) and not figure.marge


def _words(value: object) -> str:
    if isinstance(value, NUMBERS):
        return f"{value:.12g}"
    return str(value)


def _found(figure: Figure | None) -> Against:
    """Give what the files of figures have."""
    if figure is None:
        return (Location(FIGURES, ""), "")
    return (figure.place, with_unit(figure))


def _differs(
    check: str, message: str, shown: tuple[Location, str], against: Against
) -> Discrepancy:
    """Tell something shown that is not what it is held against."""
    place, value = shown
    other, expected = against
    where = re.sub(r"[\s«»,]+", "_", place.where).strip("_")
    key = f"{check}:{place.file}/{where}"
    return Discrepancy(
        check, message, place, value or NOTHING, other, expected or NOTHING, True, key
    )
