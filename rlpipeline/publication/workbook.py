"""``tableaux.xlsx``: a sheet a table, real numbers, and the same bytes for the same tables.

The tables of every territory are put together. A sheet has a line for each line of its table, territory by territory.
A table of many columns, nearly all of one territory each (its actions), is turned: each territory has a line for each
of its own columns, and no empty cell for those of the others.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import pandas as pd
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from rlpipeline.observations import Observation
from rlpipeline.publication.figures import (
    SERVICE,
    TOTAL,
    Figures,
    Label,
    Table,
    distinct,
    observed,
    records,
)
from rlpipeline.spreadsheets.looks import (
    EPOCH,
    LINK,
    LONGEST_TEXT,
    PLAIN,
    WRAP,
    Book,
    Look,
    Page,
    Value,
)
from rlpipeline.states import (
    CELLS,
    MASQUE,
    NC,
    OK,
    PARTIEL,
    SIGN,
    VIDE,
    WORDS,
    below,
    below_means,
    rounded_means,
)

FORBIDDEN = re.compile(r"[\[\]:*?/\\']")
LONGEST_NAME = 31
MOST_COLUMNS = 40
"""Columns of a table, beyond which it is turned where it has fewer lines."""
DETAILS, BETWEEN = "Précisions sur les chiffres", "\n"
"""Last column of a table whose figures have words (a vintage, its source), and what parts them."""
LINE, COLUMN = "Ligne", "Colonne"
"""What a line of a sheet is in its table."""
MOST_COMPARED = 3
"""Columns that are all set beside the year before; of more, the totals alone."""


class SheetCell(NamedTuple):
    """What a cell holds, how it looks, and how many characters wide it reads."""

    value: Value = None
    look: Look = PLAIN
    width: int = 0


EMPTY = SheetCell()
RIGHT: Look = {"align": "right"}


Place: TypeAlias = tuple[str, int]
"""A territory and a year."""
Cell: TypeAlias = tuple[str, str]
"""The codes of a row and of a column."""


class SheetRow(NamedTuple):
    """A row of a sheet, for one territory and year."""

    territory: str
    code: str
    year: int
    label: str
    kind: str
    cells: tuple[SheetCell, ...]


class ComparedColumn(NamedTuple):
    """A column set beside the year before.

    Parameters
    ----------
    moves
        Whether some of its figures may be compared.
    is_comparable
        Whether the years themselves may.
    """

    moves: bool
    is_comparable: bool

    @classmethod
    def of(cls, figures: Sequence[Any]) -> ComparedColumn:
        """Say it of the figures of a column."""
        moves = any(figure.comparable for figure in figures)
        return cls(moves, any(figure.rupture == "" for figure in figures))


def make_sheets(figures: Figures) -> list[Sheet]:
    """One sheet a table, in report order; none for a table that the edition has not."""
    by_table: dict[str, list[Any]] = {}
    for figure in records(figures.frame[figures.frame["etat"].notna()]):
        by_table.setdefault(figure.indicateur, []).append(figure)
    taken, sheets = {"sommaire"}, []
    for table in figures.tables.values():
        if table.lines or not table.withheld:
            name = sheet_name(table.tab or table.title, taken)
            sheets.append(Sheet.of(name, table, by_table.get(table.id, []), figures.names))
    return sheets


def sheet_name(wanted: str, names: set[str]) -> str:
    """A name that a spreadsheet accepts, unlike those taken already (whatever the case), which it joins."""
    printable = ILLEGAL_CHARACTERS_RE.sub("", wanted)
    base = FORBIDDEN.sub(" ", printable).strip() or "Tableau"
    if len(base) > LONGEST_NAME:
        whole_words = base[: LONGEST_NAME + 1].rpartition(" ")[0].rstrip(" ,;")
        base = whole_words or base[:LONGEST_NAME]
    name, count = base, 1
    while name.lower() in names:
        count += 1
        mark = f" {count}"
        name = f"{base[: LONGEST_NAME - len(mark)]}{mark}"
    names.add(name.lower())
    return name


@dataclass(frozen=True)
class Sheet:
    """One table for every territory: its rows and columns, and what is in their cells.

    Parameters
    ----------
    territories
        Names of the territories by code.
    figures
        Of each territory and year, the figures by row and column.
    texts
        Of each territory, the words by row and column; alone in a cell in the latest year.
    latest
        The latest year.
    is_turned
        Whether rows are the columns of the table.
    """

    name: str
    table: Table
    territories: Mapping[str, str]
    rows: Mapping[str, Label]
    columns: Mapping[str, Label]
    figures: Mapping[Place, Mapping[Cell, Any]]
    texts: Mapping[str, Mapping[Cell, str]]
    latest: int
    is_turned: bool

    @classmethod
    def of(
        cls, name: str, table: Table, figures: Sequence[Any], territories: Mapping[str, str]
    ) -> Sheet:
        """Lay out the figures and the words of a table."""
        rows = _labels(table.lines, (figure.ligne for figure in figures))
        columns = _labels(table.columns, (figure.colonne for figure in figures))
        latest = max((figure.annee for figure in figures), default=0)
        texts: Mapping[str, Mapping[Cell, str]] = table.texts
        is_turned = len(columns) > max(MOST_COLUMNS, len(rows))
        if is_turned:
            rows, columns = columns, rows
            texts = {place: _turned(words) for place, words in texts.items()}
        by_place = _by_place(figures, texts, latest, is_turned=is_turned)
        return cls(name, table, territories, rows, columns, by_place, texts, latest, is_turned)

    @cached_property
    def _every(self) -> list[Any]:
        """The figures of every territory and year."""
        return [figure for of_place in self.figures.values() for figure in of_place.values()]

    @cached_property
    def compared(self) -> Mapping[str, ComparedColumn]:
        """Columns set beside the year before; none of a table that is turned."""
        return {} if self.is_turned else _compared(self._every, self.columns)

    @cached_property
    def is_detailed(self) -> bool:
        """Whether some figures have words, in a column of their own."""
        has_words = (_words_of(figure, self.texts) for figure in self._every)
        return not self.is_turned and any(has_words)

    @property
    def axis(self) -> str:
        """What a row is in its table."""
        return COLUMN if self.is_turned else LINE

    @property
    def several_years(self) -> bool:
        """Whether rows are of more than one year."""
        return len({year for _, year in self.figures}) > 1

    @cached_property
    def headers(self) -> Sequence[str]:
        """Name the columns: those of the table, « 2022 : Total », what changed since, the words of figures."""
        return [*self._headers()]

    def _headers(self) -> Iterator[str]:
        before = self.latest - 1
        yield from (column.label for column in self.columns.values())
        for code, compared in self.compared.items():
            name = self.columns[code].label
            remark = "" if compared.is_comparable else ", non comparable"
            yield f"{before}{remark}\u00a0: {name}"
            if compared.moves:
                yield f"Écart depuis {before}\u00a0: {name}"
        if self.is_detailed:
            yield DETAILS

    @cached_property
    def lines(self) -> Sequence[SheetRow]:
        """Give the rows, territory by territory, of each the years."""
        lines = []
        for place in self.figures:
            territory, year = place
            there = self._rows_of(place)
            for code, (_, label, kind) in self.rows.items():
                if code in there:
                    cells = tuple(self._cells(place, code))
                    name = self.territories[territory]
                    lines.append(SheetRow(name, territory, year, label, kind, cells))
        return lines

    def _rows_of(self, place: Place) -> frozenset[str]:
        """List the rows of a territory and year that have a figure, or words of the year."""
        territory, year = place
        words = self.texts.get(territory, {}) if year == self.latest else {}
        cells = (*self.figures[place], *words)
        return frozenset(code for code, column in cells if column in self.columns)

    def _cells(self, place: Place, code: str) -> Iterator[SheetCell]:
        """Give the cells of a row: its figures, those of the year before, the words that figures have."""
        territory, year = place
        words = self.texts.get(territory, {})
        alone = words if year == self.latest else {}
        figures = {column: self.figures[place].get((code, column)) for column in self.columns}
        for column, figure in figures.items():
            yield _cell(figure, alone.get((code, column), ""))
        yield from self._former_cells(figures if year == self.latest else {})
        if self.is_detailed:
            shown = [column for column, figure in figures.items() if figure]
            yield text_cell(self._details({of: words.get((code, of), "") for of in shown}))

    def _former_cells(self, figures: Mapping[str, Any]) -> Iterator[SheetCell]:
        """Give the figures of the year before, and the changes, beside figures by column."""
        for column, compared in self.compared.items():
            former, change = _since(figures.get(column))
            yield figure_cell(former)
            if compared.moves:
                yield change_cell(change)

    def _details(self, words: Mapping[str, str]) -> str:
        """Write the words of the figures of a row: the most usual once, the others with their column."""
        times = Counter(filter(None, words.values())).most_common(1)
        usual = times[0][0] if times else ""
        apart = [
            f"{self.columns[code].label}\u00a0: {text}"
            for code, text in words.items()
            if text not in ("", usual)
        ]
        return BETWEEN.join([usual, *apart])


def _turned(words: Mapping[Cell, str]) -> Mapping[Cell, str]:
    return {cell[::-1]: text for cell, text in words.items()}


def _by_place(
    figures: Iterable[Any], texts: Iterable[str], latest: int, *, is_turned: bool
) -> Mapping[Place, Mapping[Cell, Any]]:
    """Part figures by territory and year; a territory that has words alone has them in the latest year."""
    by_place: dict[Place, dict[Cell, Any]] = {}
    for figure in figures:
        cell = figure.ligne, figure.colonne
        of_place = by_place.setdefault((figure.territoire, figure.annee), {})
        of_place[cell[::-1] if is_turned else cell] = figure
    for territory in texts:
        by_place.setdefault((territory, latest), {})
    return by_place


def _words_of(figure: Any, texts: Mapping[str, Mapping[Cell, str]]) -> str | None:
    """Give the words that its table has for a figure."""
    return texts.get(figure.territoire, {}).get((figure.ligne, figure.colonne))


def _cell(figure: Any, text: str) -> SheetCell:
    """Make the cell of a figure, else of words, else of nothing."""
    if figure:
        return figure_cell(observed(figure))
    return text_cell(text) if text else EMPTY


def _since(figure: Any) -> tuple[Observation | None, Observation | None]:
    """Give the figure of the year before and the change, of one that is counted in the same unit."""
    if figure is None or figure.unite != figure.unite_precedente:
        return None, None
    return observed(figure, "_precedente", "_precedent"), _difference(figure)


def _difference(figure: Any) -> Observation | None:
    """Give the change of a figure since the year before, as one; None where both do not compare."""
    if figure.ecart is None:
        return None
    return Observation(figure.ecart, figure.unite, OK, column=figure.colonne)


def _labels(declared: Mapping[str, Label], used: Iterable[str]) -> Mapping[str, Label]:
    unnamed = {code: Label(code, code) for code in used if code not in declared}
    return distinct([*declared.values(), *unnamed.values()])


def _compared(figures: Iterable[Any], columns: Iterable[str]) -> Mapping[str, ComparedColumn]:
    """Choose the columns that are set beside the year before: all, or of many the totals alone."""
    beside: dict[str, list[Any]] = {code: [] for code in columns}
    for figure in figures:
        if figure.unite == figure.unite_precedente:
            beside[figure.colonne].append(figure)
    compared = {code: ComparedColumn.of(those) for code, those in beside.items() if those}
    if len(compared) <= MOST_COMPARED:
        return compared
    return {code: column for code, column in compared.items() if code == TOTAL}


LONGEST_FOOTER = 240
SEPARATOR = " · "
ROUNDED_NUMBER = f'"{SIGN}"#,##0'
PARTIAL = "(partiel)"
"""After a partial total, which is a number in its cell."""
EXAMPLE_PARTIAL = f"12 {PARTIAL}"
A_TEXT = " ; un texte, qu'une somme ne compte pas"
LEGEND = (
    (WORDS[NC].cell, WORDS[NC].meaning),
    (EXAMPLE_PARTIAL, WORDS[PARTIEL].meaning),
    (WORDS[VIDE].cell, WORDS[VIDE].meaning),
    (WORDS[MASQUE].cell, WORDS[MASQUE].meaning),
)
DIGITS = ("#,##0", "#,##0.0", "#,##0.00")
"""Formats of a number, by its decimals."""
UNITS, POINTS = {"euros": '\\ "€"', "%": '\\ "%"'}, '\\ "pt"'
"""What follows a number, by its unit, and what follows the change of a percentage."""
BOLD: Look = {"bold": True}
TITLE = {"bold": True, "font_size": 14}
HEADER = {
    "bold": True,
    "text_wrap": True,
    "bg_color": "#E7F0F3",
    "bottom": 1,
    "bottom_color": "#6B7580",
}
PART_OF = "dont "
"""Beginning of the name of a line that is part of the one above."""
CONTENTS, BACK = "Sommaire", "Retour au sommaire"
CONTENTS_HEADER = ("Feuille", "Tableau", "Unité", "Définition", "Source", "Code du tableau")
EVOLUTIONS = "Évolutions"
EVOLUTION = ("Écart", "Unité", "Origine", "Comparable", "Raison")
"""Columns of the evolutions after those of both years."""
EVOLUTION_WIDTHS = (44, 36, 26, 24, 24, 20, 16, 12, 14, 60)
HOW_TO_READ = (
    "Ensemble du service. L'écart est celui de deux chiffres exacts, connus et comparables ; « publié » : chiffre du "
    "rapport imprimé, non recalculé."
)
LINE_HEIGHT, WIDER = 15, 1.15
"""Points of a line of words; how much longer than its letters a text may be, whose words are not cut."""
WIDEST = 40
"""Characters of a column beyond which texts wrap."""


def write_workbook(figures: Figures, path: Path, said: str = "", of: str = "") -> None:
    """Write a contents sheet, a sheet a table, then the service's figures beside those of the year before, if any.

    ``said``: what each sheet says of its figures above its header and at the foot of its printed pages, if anything;
    ``of``: whose figures they are and of which year, which each sheet says before.
    """
    sheets = make_sheets(figures)
    said = SEPARATOR.join(filter(None, (of, said)))
    book = Book()
    book.file.set_properties({"author": "rlpipeline", "title": of, "created": EPOCH})
    _write_contents(_page(book, CONTENTS, said, header=3), sheets, figures.bases, said)
    for sheet in sheets:
        _write_sheet(_page(book, sheet.name, said), sheet, said)
    changes = _changes_of_service(figures)
    both_years = {sheet.table.id for sheet in sheets if sheet.several_years}
    if not {*changes["indicateur"]} <= both_years:  # else the sheets have the year before
        tabs = {CONTENTS.lower(), *(sheet.name.lower() for sheet in sheets)}
        _write_evolutions(_page(book, sheet_name(EVOLUTIONS, tabs), said), changes, said)
    path.write_bytes(book.content())


def _changes_of_service(figures: Figures) -> pd.DataFrame:
    """Give the figures of the service that stand beside the year before, in the order of the report."""
    order = {id: rank for rank, id in enumerate(figures.tables)}
    frame = figures.frame.sort_values("indicateur", key=lambda ids: ids.map(order), kind="stable")
    return frame[(frame["territoire"] == SERVICE) & frame["comparable"].notna()]


def number_format(figure: Observation) -> str:
    """As many decimals as the figure has, its unit, and whether the total is partial."""
    unit = UNITS.get(figure.unit, "")
    partial = f'\\ "{PARTIAL}"' if figure.state == PARTIEL else ""
    return f"{_digits(figure)}{unit}{partial}"


def change_format(change: Observation) -> str:
    """A change has a sign, and a percentage moves by points."""
    unit = POINTS if change.unit == "%" else UNITS.get(change.unit, "")
    written = f"{_digits(change)}{unit}"
    return f"+{written};\u2212{written};{written}"


def _digits(figure: Observation) -> str:
    """As many decimals as the figure has, two at most, and always two for money and parts."""
    is_part = figure.unit == "%" and figure.column == "part"
    if figure.unit == "euros" or is_part:
        return DIGITS[2]
    exact = round(figure.value, 6)
    decimals = next((places for places in (0, 1) if round(figure.value, places) == exact), 2)
    return DIGITS[decimals]


def text_cell(words: str) -> SheetCell:
    """Make a cell of words."""
    longest = max(map(len, words.splitlines()), default=0)
    return SheetCell(words, {"text_wrap": True}, longest)


def figure_cell(figure: Observation | None) -> SheetCell:
    """Make the cell of a figure: a number, or what its state reads as."""
    if figure is None:
        return EMPTY
    if not figure.is_number:
        words = CELLS.get(figure.state, figure.state)
        return SheetCell(words, RIGHT, len(words))
    if not figure.is_rounded:
        return _number_cell(figure, number_format(figure))
    words = below(int(figure.base))
    if figure.is_below:  # a sum would add a zero that is not known
        return SheetCell(words, RIGHT, len(words))
    return _number_cell(figure, ROUNDED_NUMBER)._replace(width=len(words))


def change_cell(change: Observation | None) -> SheetCell:
    """Make the cell of a change since the year before."""
    return EMPTY if change is None else _number_cell(change, change_format(change))


def _number_cell(figure: Observation, written: str) -> SheetCell:
    """Make the cell of a number by its format, with the digits that a spreadsheet holds."""
    marks = " ".join(re.findall('"([^"]*)"', written))
    width = len(f"{figure.value:+,.2f} {marks}")
    return SheetCell(float(f"{figure.value:.15g}"), {"num_format": written}, width)


def _page(book: Book, name: str, said: str, header: int = 4) -> Page:
    page = book.page(name, header)
    page.sheet.set_header("&L&A&R&P / &N")
    footer = _footer(said.replace("&", "&&"))
    page.sheet.set_footer(f"&C{footer}" if footer else "")
    return page


def _footer(said: str) -> str:
    """Keep the parts of what is said that a spreadsheet takes at the foot of a page."""
    words = ""
    for part in said.split(SEPARATOR):
        longer = f"{words}{SEPARATOR}{part}" if words else part
        if len(longer) <= LONGEST_FOOTER:
            words = longer
    return words


def _write_contents(page: Page, sheets: Sequence[Sheet], bases: Sequence[int], said: str) -> None:
    page.set_widths(32, 52, 18, 70, 40, 26)
    page.sheet.freeze_panes(3, 0)
    _put_row(page, 1, [("Tableaux du rapport d'activité", TITLE)])
    _put_row(page, 2, [(said, {**BOLD, **WRAP})])
    page.put_header(3, CONTENTS_HEADER, HEADER)
    for line, sheet in enumerate(sheets, start=4):
        table = sheet.table
        words = (table.title, table.unit, table.definition, table.source, table.id)
        _put_link(page, line, sheet.name, sheet.name)
        _put_row(page, line, [(text, WRAP) for text in words], 2)
    first = 5 + len(sheets)
    _put_row(page, first, [("Lire les cellules", BOLD)])
    for line, meaning in enumerate(_legend(bases), first + 1):
        _put_row(page, line, [(text, PLAIN) for text in meaning])


def _legend(bases: Iterable[int]) -> Iterator[tuple[str, str]]:
    """Give what cells without an exact number read, and what it means."""
    yield from LEGEND
    for base in bases:
        yield f"{SIGN}{5 * base}", rounded_means([base])
        yield below(base), f"{below_means(base)}{A_TEXT}"


def _write_sheet(page: Page, sheet: Sheet, said: str) -> None:
    """Write a table of figures: its title and remarks, its headers, a line each row."""
    years = ["Année"] if sheet.several_years else []
    names = "Territoire", "Code", *years, sheet.axis
    for line, row in enumerate(sheet.lines, start=5):
        look = BOLD if row.kind in {"total", "famille", "sous_total"} else PLAIN
        indent = {"indent": 1} if row.label.startswith(PART_OF) else {}
        place: list[Value] = [row.territory, row.code, *([row.year] if years else [])]
        cells = [(word, look) for word in place]
        cells.append((row.label, {**indent, **look}))
        cells += [(cell.value, {**cell.look, **look}) for cell in row.cells]
        _put_row(page, line, cells)
    header, remarks, widths = (*names, *sheet.headers), _remarks(sheet.table), _widths(sheet)
    page.set_widths(*widths)
    titles = sheet.table.title, remarks, said
    _put_head(page, titles, header, len(names) if sheet.lines else 0, len(sheet.lines))
    _put_across(page, remarks, widths)
    # of all territories, sixty sheets would be printed
    printed = [row for row in sheet.lines if row.territory == sheet.lines[0].territory]
    page.sheet.print_area(0, 0, 3 + len(printed), len(header) - 1)


def _remarks(table: Table) -> str:
    """Say the unit of a table, its definition and where its figures are from."""
    said = {"Unité": table.unit, "Définition": table.definition, "Source": table.source}
    return SEPARATOR.join(f"{word} : {text}" for word, text in said.items() if text)


def _widths(sheet: Sheet) -> list[int]:
    """Give the width of each column, in characters: a number that does not fit shows as ###."""
    longest_name = max((len(row.label) for row in sheet.lines), default=10)
    year = [8] if sheet.several_years else []
    label = min(max(longest_name + 2, 14), 60)
    figures = [min(max(len(word) + 2, 12), 28) for word in sheet.headers]
    for row in sheet.lines:
        for place, cell in enumerate(row.cells):
            figures[place] = max(figures[place], min(cell.width + 2, WIDEST))
    return [30, 14, *year, label, *figures]


def _put_head(
    page: Page, words: tuple[str, str, str], header: Sequence[str], lead: int, lines: int
) -> None:
    """Title, how to read it, whose figures they are, then one header that stays in view, above filtered lines."""
    title, remarks, said = words
    _put_row(page, 1, [(title, TITLE)])
    _put_row(page, 2, [(remarks, WRAP)])
    _put_link(page, 3, SEPARATOR.join(filter(None, (said, BACK))), CONTENTS)
    _put_row(page, 4, [(word, HEADER) for word in header])
    page.sheet.freeze_panes(4, lead)
    page.sheet.autofilter(3, 0, 3 + lines, len(header) - 1)


def _put_across(page: Page, words: str, widths: Sequence[int]) -> None:
    """Write how to read a sheet across the width of its columns, on as many lines as it takes."""
    across = sum(widths)
    page.sheet.set_row(1, LINE_HEIGHT * math.ceil((len(words) + 1) * WIDER / across))
    if len(widths) > 1:
        page.sheet.merge_range(1, 0, 1, len(widths) - 1, "")
    page.put(2, 1, words, WRAP)


def _write_evolutions(page: Page, frame: pd.DataFrame, said: str) -> None:
    year = int(frame["annee"].max())
    title = f"Évolutions de {year - 1} à {year}"
    header = "Tableau", "Ligne", "Colonne", str(year), str(year - 1), *EVOLUTION
    _put_head(page, (title, HOW_TO_READ, said), header, 3, len(frame))
    page.set_widths(*EVOLUTION_WIDTHS)
    _put_across(page, HOW_TO_READ, EVOLUTION_WIDTHS)
    for line, figure in enumerate(records(frame), start=5):
        cells = [cell[:2] for cell in _evolution(figure)]
        _put_row(page, line, cells)


def _evolution(figure: Any) -> Iterator[SheetCell]:
    """Give the cells of a figure beside that of the year before."""
    for name in (figure.tableau, figure.libelle_ligne, figure.libelle_colonne):
        yield text_cell(name)
    yield figure_cell(observed(figure))
    yield figure_cell(observed(figure, "_precedente", "_precedent"))
    yield change_cell(_difference(figure))
    answer = "oui" if figure.comparable else "non"
    for words in (figure.unite, figure.origine or "", answer, figure.raison):
        yield text_cell(words)


def _put_row(page: Page, line: int, cells: Iterable[tuple[Value, Look]], first: int = 1) -> None:
    for column, (value, look) in enumerate(cells, start=first):
        if isinstance(value, str):
            value = ILLEGAL_CHARACTERS_RE.sub("", value)[:LONGEST_TEXT] or None  # noqa: PLW2901
        if value is not None or look:
            page.put(line, column, value, look)


def _put_link(page: Page, line: int, text: str, sheet: str) -> None:
    page.put_link(line, 1, text, sheet)
    page.put(line, 1, text, {**LINK, **WRAP})  # never a formula
