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
    Figure,
    Finding,
    Place,
    Terms,
    Test,
    amount_of,
    is_too_near,
    moved,
    rounded,
    said,
    same,
    sum_of,
    where_of,
)
from rlpipeline.checks.page import (
    Cell,
    Element,
    Find,
    Quote,
    Shown,
    direction_said,
    key_of,
    parse,
    read_cells,
    read_quotes,
    read_shown,
    says,
)
from rlpipeline.checks.reading import PARQUET, Columns, Notebook, Output, Publication
from rlpipeline.checks.workbook import NUMBERS, WORKBOOK, Entry, read_entries
from rlpipeline.declared import FigureKey, by_territory

PRINTED = "publié"
SUMS = frozenset({"personnes", "presences"})
"""Columns of a chart that are no column of its table: the sum of the line's figures of that unit."""
UNITS = {"%": "%", "euros": "€"}
FIELDS = (*FigureKey._fields, "valeur", "unite", "etat")
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

    def known(self, table: tuple[str, int, str]) -> bool:
        """Whether a table's figures would be found."""
        return self.unpublished is not None or table in self.publication.tables

    def find(self, key: FigureKey, quoted: bool = False) -> Figure | None:
        """Give the figure of a cell, or the sum of several lines; what a text quotes may be published nowhere.

        What a table of the year before did not count is none; a rare code is then zero.
        """
        publication, figure = self.publication, self.publication.at(key)
        if "+" in key.ligne and figure is None:
            parts = [self.find(key._replace(ligne=line), quoted) for line in key.ligne.split("+")]
            every = [part for part in parts if part is not None]
            return sum_of(key, every) if len(every) == len(parts) else None
        first = next(iter(publication.tables.get(key[:3], ())), None)
        if figure is None and (quoted or first is None) and self.unpublished:
            figure = self.unpublished(key)
        if figure is not None or first is None:
            return figure
        before, rare = (
            publication.former.get(first.key),
            {key.ligne, key.colonne} & publication.dictionary.links.rare,
        )
        if before is None and not rare:
            return None
        state = "nc" if before and before.origine == PRINTED else "ok" if rare else "vide"
        return Figure(
            key, 0.0 if state == "ok" else None, first.unite if rare else "", state, first.file
        )

    def quoted(self, key: FigureKey) -> Figure | None:
        """Give the figure that a text names."""
        return self.find(key, quoted=True)

    def added(self, key: FigureKey) -> Figure | None:
        """Give the sum over a line of the figures in one unit, which is the column of the key."""
        table = self.publication.tables.get(key[:3], ())
        alike = [
            figure
            for figure in table
            if (figure.key.ligne, figure.unite) == (key.ligne, key.colonne)
        ]
        total = Terms(map(amount_of, alike)).total()
        return Figure(key, total.value, key.colonne, total.state, alike[0].file) if alike else None


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


def _check_tree(root: Element, file: str, sources: Sources) -> Iterator[Test]:
    check = "notebook" if file.endswith(".ipynb") else "page"
    for cell in read_cells(root, file):
        of = "graphique" if cell.kind == "graphique" else check
        wrong = None if cell[:3] in sources.held else _wrong(cell, sources)
        if not wrong:
            sources.held.add(cell[:3])
        yield _differs(of, wrong[0], (cell.place, cell.words), wrong[1]) if wrong else of
    for quote in read_quotes(root, file):
        yield _wrong_quote(quote, sources) or "texte"


def _wrong(cell: Cell, sources: Sources) -> tuple[str, tuple[Place | None, str]] | None:
    if cell.kind == "sans adresse":
        return UNPLACED, (None, "")
    if cell.kind == "libellé":
        labels = sources.publication.labels.get(
            (cell.key.indicateur, cell.key.ligne or cell.key.colonne), frozenset()
        )
        return (
            None if _is_label(cell.words, labels) else (NAMED, (None, " ou ".join(sorted(labels))))
        )
    figure = sources.find(cell.key)
    if cell.kind == "graphique":
        return None if _is_bar(cell, figure, sources) else (DATA, _found(figure))
    if cell.kind == "écart":
        then = sources.find(cell.key.in_year(cell.key.annee - 1))
        return None if _is_change(cell.words, figure, then) else (MOVED, _found(figure))
    if figure is None:
        return ABSENT, _found(None)
    return None if is_said(read_shown(cell.words), figure) else (SHOWN, _found(figure))


def _is_label(words: str, labels: Set[str]) -> bool:
    shown, *names = (_letters(each) for each in (words, *labels))
    return not names or any(shown.startswith(name) or name.startswith(shown) for name in names)


@lru_cache(maxsize=4096)
def _letters(words: str) -> str:
    return "".join(
        sign for sign in unicodedata.normalize("NFKC", words).casefold() if sign.isalnum()
    )


def is_said(shown: Shown, figure: Figure) -> bool:
    """Whether words say a figure: its number to two decimals, its unit, its state, the base of its rounding."""
    if figure.valeur is None:
        return shown.valeur is None and shown.etat == figure.etat
    is_unit = shown.unite == UNITS.get(figure.unite, "") or (shown.unite, figure.unite) == (
        "h",
        "heures",
    )
    if shown.valeur is None or shown.etat != figure.etat or not (is_unit or shown.below):
        return False
    return shown.valeur == rounded(figure.valeur, 2) and (
        not shown.below or shown.below == figure.marge + 1
    )


def _is_bar(cell: Cell, figure: Figure | None, sources: Sources) -> bool:
    if not sources.known(cell.key[:3]):
        return True
    shown = read_shown(cell.words)
    if cell.key.colonne in SUMS and cell.key not in sources.publication.figures:
        figure = sources.added(cell.key)
    part = sources.find(cell.key._replace(colonne="part")) if shown.reste else None
    is_part = not shown.reste or (
        part is not None and is_said(read_shown(shown.reste.strip("()")), part)
    )
    return figure is not None and is_part and is_said(shown, figure)


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


def _wrong_quote(quote: Quote, sources: Sources) -> Finding | None:
    holds, figure = True, None
    if quote.function == "annee":
        year = sources.publication.year + int(quote.options.get("decalage", "0"))
        holds = quote.words.strip() == str(year)
    elif quote.function != "fixe":
        key = key_of(quote)
        figure = sources.added(key) if quote.function == "somme" else sources.quoted(key)
        if figure is not None:
            holds = says(quote, figure, sources.quoted)
        elif sources.known(key[:3]) and quote.function not in {"somme", "avant"}:
            return _differs(
                "texte", UNPUBLISHED, (quote.place, quote.words), (None, "/".join(quote.ref))
            )
    return None if holds else _differs("texte", QUOTED, (quote.place, quote.words), _found(figure))


def _check_output(output: Output, file: str, sources: Sources) -> Iterator[Test]:
    if output.html:
        yield from _check_tree(parse(output.html), file, sources)
    for kind, value in output.carried:
        if kind == "figure":
            yield from _check_drawn(value, output.place, sources, file)
        elif kind == "file":
            yield from _check_file(
                value, output.place, sources.publication.files.get(str(value.get("name")), {})
            )


def _check_drawn(
    value: Mapping[str, Any], place: Place, sources: Sources, file: str
) -> Iterator[Test]:
    table = (str(value.get("id")), sources.publication.year, file.split("/")[1])
    for drawn in value.get("figures") or () if sources.known(table) else ():
        figure = sources.find(FigureKey(*table, str(drawn["ligne"]), str(drawn["colonne"])))
        if figure is not None and figure.valeur == drawn["valeur"]:
            yield "graphique"
        else:
            where = f"{place.where}, graphique, ligne {drawn['ligne']}, colonne {drawn['colonne']}"
            yield _differs(
                "graphique", DRAWN, (Place(place.file, where), str(drawn["valeur"])), _found(figure)
            )


def _check_file(value: Mapping[str, Any], place: Place, file: Columns) -> Iterator[Test]:
    name, columns = str(value.get("name")), [str(column) for column in value.get("columns") or ()]
    published = zip(*(file.get(column, ()) for column in columns), strict=False)
    for rank, (mine, theirs) in enumerate(
        zip_longest(published, value.get("rows") or (), fillvalue=()), start=2
    ):
        expected = ["" if cell is None else str(cell).removesuffix(".0") for cell in theirs]
        for column, (one, other) in enumerate(zip_longest(mine, expected, fillvalue=""), start=1):
            if one != other:
                yield _differs(
                    "csv",
                    FILE,
                    (Place(name, f"ligne {rank}, colonne {column}"), one),
                    (place, other),
                )
    yield "csv"


def _check_files(publication: Publication) -> Iterator[Test]:
    seen: set[FigureKey] = set()
    lines = zip_longest(publication.lines, publication.labelled)
    for rank, (figure, typed) in enumerate(lines, start=2):
        if figure is None or typed is None:
            line = Place(PARQUET if figure is None else FIGURES, f"ligne {rank}")
            yield _differs("csv", FILES, (line, " ".join(_cells(figure or typed))), (None, ""))
            return
        pairs = (
            zip(FIELDS, _cells(figure), _cells(typed), strict=True)
            if figure[:4] != typed[:4]
            else ()
        )
        if pair := next((pair for pair in pairs if pair[1] != pair[2]), None):
            typed_place = Place(PARQUET, where_of(figure.key)), f"{pair[0]} {pair[2]}"
            yield _differs("csv", FILES, typed_place, (figure.place, pair[1]))
        elif figure.key in seen:
            yield _differs("csv", TWICE, (figure.place, _cells(figure)[5]), (None, ""))
        elif typed.ecart is not None and not same(typed.ecart, publication.change(figure.key)):
            place = Place(PARQUET, where_of(figure.key))
            yield _differs("csv", MOVED, (place, _words(typed.ecart)), _found(figure))
        seen.add(figure.key)
        yield "csv"
    for key in publication.former:
        if key.annee != publication.year - 1 and key.in_year(key.annee + 1) not in seen:
            typed_year = Place(PARQUET, where_of(key)), f"annee {key.annee + 1}"
            yield _differs("csv", FILES, typed_year, (None, str(publication.year)))


def _check_former(publication: Publication, find: Find | None) -> Iterator[Test]:
    for key in by_territory(publication.former):
        then, expected = publication.former[key].then, find(key) if find else None
        if (
            expected is None or expected.etat == "masque"
        ):  # of a table that was released then, and is not now
            continue
        if then.etat == expected.etat and same(then.valeur, expected.valeur):
            yield "csv"
        else:
            yield _differs(
                "csv", FORMER, (Place(PARQUET, where_of(key)), said(then)), _found(expected)
            )


def _cells(line: Any) -> list[str]:
    cells = *line.key, line.valeur, line.unite, line.etat
    return ["" if cell is None else str(cell).removesuffix(".0") for cell in cells]


def _check_workbook(publication: Publication) -> Iterator[Test]:
    shown: set[FigureKey] = set()
    if not (publication.directory / WORKBOOK).is_file():
        return
    for entry in read_entries(publication):
        figure = publication.at(entry.key)
        shown |= set() if entry.is_change else {entry.key}
        if figure is not None and _is_entry(entry, figure, publication):
            yield "classeur"
        elif figure is not None or not isinstance(entry.value, str):  # else words of a table
            yield _differs(
                "classeur",
                SHEET if figure else ABSENT,
                (entry.place, _words(entry.value)),
                _found(figure),
            )
    for figure in (figure for key, figure in publication.figures.items() if key not in shown):
        yield _differs("classeur", NO_SHEET, (figure.place, said(figure)), (None, ""))


def _is_entry(entry: Entry, figure: Figure, publication: Publication) -> bool:
    value = entry.value
    if not isinstance(value, NUMBERS):
        return not entry.is_change and is_said(read_shown(str(value)), figure)
    if entry.is_change:
        return same(value, publication.change(entry.key))
    return figure.valeur is not None and same(value, figure.valeur) and not figure.marge


def _words(value: object) -> str:
    return f"{value:.12g}" if isinstance(value, NUMBERS) else str(value)


def _found(figure: Figure | None) -> tuple[Place | None, str]:
    return (Place(FIGURES, ""), "") if figure is None else (figure.place, said(figure))


def _differs(
    check: str, message: str, first: tuple[Place, str], second: tuple[Place | None, str]
) -> Finding:
    (place, value), (other, expected) = first, second
    where = re.sub(r"[\s«»,]+", "_", place.where).strip("_")
    key = f"{check}:{place.file}/{where}"
    return Finding(check, message, place, value or NOTHING, other, expected or NOTHING, True, key)
