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
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import pandas as pd
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from rlpipeline.publication.figures import (
    SERVICE,
    TOTAL,
    Figures,
    Label,
    Table,
    distinct,
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
    ARRONDI,
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


class Number(NamedTuple):
    """A figure of a cell, or (``moved``) a figure less that of the year before; None where it has no number."""

    valeur: float | None
    unite: str
    etat: str
    colonne: str
    base: int = 0
    moved: bool = False


Content: TypeAlias = Number | str | None


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
    cells: tuple[Content, ...]


@dataclass(frozen=True)
class Sheet:
    """One table for every territory.

    ``axis``: what a row is: ``LINE`` or, in a table that is turned, ``COLUMN``; ``headers``: of the columns of the
    table, then of the year before and the change of those that are compared; ``several_years``: whether rows are of
    more than one year.
    """

    table: Table
    name: str
    axis: str
    headers: tuple[str, ...]
    several_years: bool
    rows: tuple[SheetRow, ...]


def make_sheets(figures: Figures) -> tuple[Sheet, ...]:
    """One sheet a table, in report order; none for a table that the edition has not."""
    taken = {"sommaire"}
    by_table: dict[str, list[Any]] = {}
    for figure in records(figures.frame[figures.frame["etat"].notna()]):
        by_table.setdefault(figure.indicateur, []).append(figure)
    shown = [table for table in figures.tables.values() if table.lines or not table.withheld]
    return tuple(_sheet(table, by_table.get(table.id, []), figures.names, taken) for table in shown)


def sheet_name(wanted: str, names: set[str]) -> str:
    """A name that a spreadsheet accepts, unlike those taken already (whatever the case), which it joins."""
    words = FORBIDDEN.sub(" ", ILLEGAL_CHARACTERS_RE.sub("", wanted)).strip() or "Tableau"
    whole = words[: LONGEST_NAME + 1].rpartition(" ")[0].rstrip(" ,;")  # the words that fit
    base = words if len(words) <= LONGEST_NAME else whole or words[:LONGEST_NAME]
    name, count = base, 1
    while name.lower() in names:
        count += 1
        name = f"{base[: LONGEST_NAME - len(str(count)) - 1]} {count}"
    names.add(name.lower())
    return name


def _sheet(
    table: Table, figures: Sequence[Any], names: Mapping[str, str], taken: set[str]
) -> Sheet:
    grid = _Grid.of(table, figures)
    return Sheet(
        table=table,
        name=sheet_name(table.tab or table.title, taken),
        axis=COLUMN if grid.is_turned else LINE,
        headers=tuple(grid.headers()),
        several_years=len({figure.annee for figure in figures}) > 1,
        rows=tuple(grid.sheet_rows(names)),
    )


@dataclass(frozen=True)
class _Grid:
    """The rows and columns of a sheet, with what is in their cells.

    Parameters
    ----------
    figures
        Of each territory and year, the figures by row and column.
    texts
        Of each territory, the words by row and column; alone in a cell in the latest year.
    latest
        The latest year.
    is_turned
        Whether rows are the columns of the table.
    compared
        Columns set beside the year before: whether some of its figures may be compared, and the years themselves.
    is_detailed
        Whether some figures have words, in a column of their own.
    """

    rows: Mapping[str, Label]
    columns: Mapping[str, Label]
    figures: Mapping[Place, Mapping[Cell, Any]]
    texts: Mapping[str, Mapping[Cell, str]]
    latest: int
    is_turned: bool
    compared: Mapping[str, tuple[bool, bool]]
    is_detailed: bool

    @classmethod
    def of(cls, table: Table, figures: Sequence[Any]) -> _Grid:
        """Lay out the figures and the words of a table."""
        rows = _labels(table.lines, (figure.ligne for figure in figures))
        columns = _labels(table.columns, (figure.colonne for figure in figures))
        latest = max((figure.annee for figure in figures), default=0)
        if len(columns) > max(MOST_COLUMNS, len(rows)):
            turned = {place: _turned(words) for place, words in table.texts.items()}
            by_place = _by_place(figures, turned, latest, is_turned=True)
            return cls(columns, rows, by_place, turned, latest, True, {}, False)
        texts = table.texts
        detailed = any(
            (figure.ligne, figure.colonne) in texts.get(figure.territoire, {}) for figure in figures
        )
        by_place = _by_place(figures, texts, latest, is_turned=False)
        compared = _compared(figures, columns)
        return cls(rows, columns, by_place, texts, latest, False, compared, detailed)

    def headers(self) -> Iterator[str]:
        """Name the columns: those of the table, « 2022 : Total », what changed since, the words of figures."""
        before = self.latest - 1
        yield from (column.label for column in self.columns.values())
        for code, (moves, comparable) in self.compared.items():
            name = self.columns[code].label
            yield f"{before}{'' if comparable else ', non comparable'}\u00a0: {name}"
            if moves:
                yield f"Écart depuis {before}\u00a0: {name}"
        if self.is_detailed:
            yield DETAILS

    def sheet_rows(self, names: Mapping[str, str]) -> Iterator[SheetRow]:
        """Give the rows, territory by territory, of each the years."""
        for place in self.figures:
            territory, year = place
            there = self._rows_of(place)
            for code, label in self.rows.items():
                if code in there:
                    contents = tuple(self._contents(place, code))
                    named = names[territory], territory, year, label.label, label.kind
                    yield SheetRow(*named, contents)

    def _rows_of(self, place: Place) -> frozenset[str]:
        """List the rows of a territory and year that have a figure, or words of the year."""
        territory, year = place
        words = self.texts.get(territory, {}) if year == self.latest else {}
        cells = (*self.figures[place], *words)
        return frozenset(code for code, column in cells if column in self.columns)

    def _contents(self, place: Place, code: str) -> Iterator[Content]:
        """Give the cells of a row."""
        territory, year = place
        words = self.texts.get(territory, {})
        own = {column: self.figures[place].get((code, column)) for column in self.columns}
        is_latest = year == self.latest
        for column, figure in own.items():
            alone = words.get((code, column)) if is_latest else None
            yield numbers_of(figure)[0] if figure else alone or None
        for column, (moves, _) in self.compared.items():
            then, moved = _before(own[column] if is_latest else None)
            yield then
            if moves:
                yield moved
        if self.is_detailed:
            yield self._details({of: words.get((code, of), "") for of in own if own[of]})

    def _details(self, words: Mapping[str, str]) -> str:
        """Write the words of the figures of a row: the most usual once, the others with their column."""
        usual = [text for text, _ in Counter(filter(None, words.values())).most_common(1)]
        apart = ((code, text) for code, text in words.items() if text not in ("", *usual))
        others = (f"{self.columns[code].label}\u00a0: {text}" for code, text in apart)
        return BETWEEN.join([*usual, *others])


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


def _before(figure: Any) -> tuple[Number | None, Number | None]:
    """Give the figure of the year before and the change, of one that is counted in the same unit."""
    _, then, moved = numbers_of(figure) if figure else (None, None, None)
    is_same = figure and then and then.unite == figure.unite
    return (then, moved) if is_same else (None, None)


def _labels(declared: Mapping[str, Label], used: Iterable[str]) -> Mapping[str, Label]:
    unnamed = {code: Label(code, code) for code in used if code not in declared}
    return distinct([*declared.values(), *unnamed.values()])


def _compared(figures: Iterable[Any], columns: Iterable[str]) -> Mapping[str, tuple[bool, bool]]:
    """Say of each column beside the year before whether some of its figures may be compared, and the years."""
    there: dict[str, tuple[bool, bool]] = {}
    for figure in figures:
        if figure.unite == figure.unite_precedente:
            moves, comparable = there.get(figure.colonne, (False, False))
            there[figure.colonne] = (
                moves or bool(figure.comparable),
                comparable or figure.rupture == "",
            )
    known = {code: there[code] for code in columns if code in there}
    return {code: of for code, of in known.items() if len(known) <= MOST_COMPARED or code == TOTAL}


def numbers_of(figure: Any) -> tuple[Number | None, Number | None, Number | None]:
    """A figure, that of the year before and the change, of a row of the frame as plain values."""
    unit, column = figure.unite, figure.colonne
    now = Number(figure.valeur, unit, figure.etat, column, figure.base) if figure.etat else None
    former = figure.valeur_precedente, figure.unite_precedente, figure.etat_precedent
    then = Number(*former, column, figure.base_precedente) if figure.etat_precedent else None
    return (
        now,
        then,
        None if figure.ecart is None else Number(figure.ecart, unit, OK, column, moved=True),
    )


LONGEST_FOOTER = 240
SEPARATOR = " · "
ROUNDED_NUMBER = f'"{SIGN}"#,##0'
PARTIAL = "(partiel)"
"""After a partial total, which is a number in its cell."""
EXAMPLE_PARTIAL = f"12 {PARTIAL}"
A_TEXT = " ; un texte, qu'une somme ne compte pas"
LEGEND = tuple(
    (EXAMPLE_PARTIAL if state == PARTIEL else WORDS[state].cell, WORDS[state].meaning)
    for state in (NC, PARTIEL, VIDE, MASQUE)
)
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
    order = {id: rank for rank, id in enumerate(figures.tables)}
    frame = figures.frame.sort_values("indicateur", key=lambda ids: ids.map(order), kind="stable")
    of_service = frame[(frame["territoire"] == SERVICE) & frame["comparable"].notna()]
    both_years = {sheet.table.id for sheet in sheets if sheet.several_years}
    if (
        not {*of_service["indicateur"]} <= both_years
    ):  # else the sheets themselves have the year before
        tabs = {CONTENTS.lower(), *(sheet.name.lower() for sheet in sheets)}
        _write_evolutions(_page(book, sheet_name(EVOLUTIONS, tabs), said), of_service, said)
    path.write_bytes(book.content())


def number_format(number: Number) -> str:
    """As many decimals as the figure has (two at most, and always two for money and parts), and its unit.

    A change has a sign, and a percentage moves by points.
    """
    value = float(number.valeur or 0)
    decimals = next((places for places in (0, 1) if round(value, places) == round(value, 6)), 2)
    if number.unite == "euros" or (number.unite == "%" and number.colonne == "part"):
        decimals = 2
    digits = "#,##0" + ("." + "0" * decimals if decimals else "")
    unit = {"euros": '\\ "€"', "%": '\\ "pt"' if number.moved else '\\ "%"'}.get(number.unite, "")
    written = digits + unit + (f'\\ "{PARTIAL}"' if number.etat == PARTIEL else "")
    return f"+{written};\u2212{written};{written}" if number.moved else written


def _page(book: Book, name: str, said: str, header: int = 4) -> Page:
    page = book.page(name, header)
    words = ""
    for part in said.replace("&", "&&").split(
        SEPARATOR
    ):  # a spreadsheet takes no more signs at the foot of a page
        longer = f"{words}{SEPARATOR}{part}" if words else part
        words = longer if len(longer) <= LONGEST_FOOTER else words
    page.sheet.set_header("&L&A&R&P / &N")
    page.sheet.set_footer(f"&C{words}" if words else "")
    return page


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
    legend = [*LEGEND]
    for base in bases:
        legend.append((f"{SIGN}{5 * base}", rounded_means([base])))
        legend.append((below(base), f"{below_means(base)}{A_TEXT}"))
    for line, meaning in enumerate(legend, first + 1):
        _put_row(page, line, [(text, PLAIN) for text in meaning])


def _write_sheet(page: Page, sheet: Sheet, said: str) -> None:
    """Write a table of figures: its title and remarks, its headers, a line each row."""
    years = ["Année"] if sheet.several_years else []
    header = ("Territoire", "Code", *years, sheet.axis, *sheet.headers)
    lead = len(header) - len(sheet.headers)
    for line, row in enumerate(sheet.rows, start=5):
        look = BOLD if row.kind in {"total", "famille", "sous_total"} else PLAIN
        name = row.label, {"indent": 1, **look} if row.label.startswith(PART_OF) else look
        words: list[Value] = [row.territory, row.code, *([row.year] if years else [])]
        contents = [(value, {**own, **look}) for value, own in map(_shown, row.cells)]
        _put_row(page, line, [*((word, look) for word in words), name, *contents])
    titles = sheet.table.title, _remarks(sheet.table), said
    page.set_widths(*_widths(sheet))
    _put_head(page, titles, header, lead if sheet.rows else 0, len(sheet.rows))
    _put_across(page, titles[1], _widths(sheet))
    first = [row for row in sheet.rows if row.territory == sheet.rows[0].territory]
    page.sheet.print_area(
        0, 0, 3 + len(first), len(header) - 1
    )  # of all, sixty sheets would be printed


def _remarks(table: Table) -> str:
    """Say the unit of a table, its definition and where its figures are from."""
    said = {"Unité": table.unit, "Définition": table.definition, "Source": table.source}
    return SEPARATOR.join(f"{word} : {text}" for word, text in said.items() if text)


def _widths(sheet: Sheet) -> list[int]:
    """Give the width of each column, in characters: a number that does not fit shows as ###."""
    longest_name = max((len(row.label) for row in sheet.rows), default=10)
    names = [30, 14, *([8] if sheet.several_years else []), min(max(longest_name + 2, 14), 60)]
    figures = [min(max(len(word) + 2, 12), 28) for word in sheet.headers]
    for row in sheet.rows:
        for place, content in enumerate(row.cells):
            figures[place] = max(figures[place], min(_length(content) + 2, WIDEST))
    return [*names, *figures]


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


def _length(content: Content) -> int:
    if content is None:
        return 0
    if isinstance(content, str):
        return max(map(len, content.splitlines()), default=0)
    if content.valeur is None:
        return len(CELLS.get(content.etat, content.etat))
    if content.etat == ARRONDI:
        return len(below(content.base))
    marks = " ".join(re.findall('"([^"]*)"', number_format(content)))
    return len(f"{content.valeur:+,.2f} {marks}")


def _write_evolutions(page: Page, frame: pd.DataFrame, said: str) -> None:
    year = int(frame["annee"].max())
    years = str(year), str(year - 1)
    header = (
        "Tableau",
        "Ligne",
        "Colonne",
        *years,
        "Écart",
        "Unité",
        "Origine",
        "Comparable",
        "Raison",
    )
    _put_head(
        page, (f"Évolutions de {year - 1} à {year}", HOW_TO_READ, said), header, 3, len(frame)
    )
    widths = [44, 36, 26, 24, 24, 20, 16, 12, 14, 60]
    page.set_widths(*widths)
    _put_across(page, HOW_TO_READ, widths)
    for line, figure in enumerate(records(frame), start=5):
        status = (
            figure.unite,
            figure.origine or "",
            "oui" if figure.comparable else "non",
            figure.raison,
        )
        words = figure.tableau, figure.libelle_ligne, figure.libelle_colonne
        _put_row(page, line, map(_shown, (*words, *numbers_of(figure), *status)))


def _shown(content: Content) -> tuple[Value, Look]:
    if content is None or isinstance(content, str):
        return content, PLAIN if content is None else {"text_wrap": True}
    if content.valeur is None:
        return CELLS.get(content.etat, content.etat), {"align": "right"}
    if content.etat == ARRONDI and not content.valeur:  # a sum would add a zero that is not known
        return below(content.base), {"align": "right"}
    written = ROUNDED_NUMBER if content.etat == ARRONDI else number_format(content)
    return float(f"{content.valeur:.15g}"), {"num_format": written}


def _put_row(page: Page, line: int, cells: Iterable[tuple[Value, Look]], first: int = 1) -> None:
    for column, (value, look) in enumerate(cells, start=first):
        if isinstance(value, str):
            value = ILLEGAL_CHARACTERS_RE.sub("", value)[:LONGEST_TEXT] or None  # noqa: PLW2901
        if value is not None or look:
            page.put(line, column, value, look)


def _put_link(page: Page, line: int, text: str, sheet: str) -> None:
    page.put_link(line, 1, text, sheet)
    page.put(line, 1, text, {**LINK, **WRAP})  # never a formula
