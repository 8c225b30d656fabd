"""What a made-up layout is written with: its export and, beside it, the truth. Knows nothing of rlpipeline."""

import csv
import datetime as dt
import io
import re
import shutil
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import yaml
from odf.opendocument import OpenDocumentSpreadsheet
from odf.style import Style
from odf.table import CoveredTableCell, TableCell, TableRow
from odf.table import Table as OdsTable
from odf.text import P
from openpyxl import Workbook
from openpyxl.utils import get_column_letter

MONTHS = ("janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc.")
WITH_KEY = {"jeunes", "suivis", "situations", "co_accompagnements", "problematiques", "participations"}
LINES_OF_CSV = {"utf-8": "\n", "utf-8-sig": "\r\n", "cp1252": "\r\n"}
DATE_FORMATS = {
    "fr": "%d/%m/%Y",
    "iso": "%Y-%m-%d",
    "court": "%d/%m/%y",
    "horodate": "%Y-%m-%d 00:00:00",
    "jour": "%d/%m",
    "compact": "%Y%m%d",
    "point": "%d.%m.%Y",
    "instant": "%Y-%m-%dT00:00:00",
    "instant_utc": "%Y-%m-%dT10:00:00.000Z",
}


@dataclass(frozen=True)
class Bad:
    """A cell that nobody can read for sure: the import must list it."""

    text: object
    why: str


@dataclass(frozen=True)
class Raw:
    """A cell written as it stands, whatever its column does to the others."""

    text: object


@dataclass
class Column:
    """A column of an export. ``use`` is `table.column` (several: spaces between), or `refused: why`, `ignored: why`."""

    key: str
    header: str | tuple[str, str]
    use: str
    words: Mapping[Any, Sequence[object]] = field(default_factory=dict)
    dates: Sequence[str] = ("fr",)
    rule: Mapping[str, object] = field(default_factory=dict)
    seen: dict[object, object] = field(default_factory=dict)

    @property
    def heading(self) -> str:
        return self.header if isinstance(self.header, str) else " / ".join(part for part in self.header if part)


@dataclass
class Grid:
    """The cells of one sheet, and those merged: line, column, lines, columns (from 0). `hidden` in an .xlsx alone."""

    rows: list[list[object]] = field(default_factory=list)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    hidden: bool = False


def as_date(day: dt.date, form: str) -> object:
    if form == "date":
        return day
    if form == "serie":
        return (day - dt.date(1899, 12, 30)).days
    if form == "long":
        return f"{day.day} {MONTHS[day.month - 1]} {day.year}"
    return day.strftime(DATE_FORMATS[form])


class Sheet:
    """One sheet or CSV file: lines in order, with what they were made from noted in the layout."""

    def __init__(
        self, layout: "Layout", file: str, sheet: str | None, columns: Sequence[Column], title: Sequence[Any] = ()
    ):
        self.layout, self.file, self.sheet, self.columns = layout, file, sheet, list(columns)
        self.grid = layout.grids.setdefault(file, {}).setdefault(sheet, Grid())
        for line in title:
            self.grid.rows.append([line] if isinstance(line, str) else list(line))
            if isinstance(line, str) and line and not file.endswith(".csv"):
                self.grid.merged.append((len(self.grid.rows) - 1, 0, 1, min(4, len(self.columns))))
        self.head_lines = self._head()
        layout.sheets.append(self)

    def _head(self) -> list[int]:
        first = len(self.grid.rows) + 1
        if all(isinstance(column.header, str) for column in self.columns):
            self.grid.rows.append([column.header for column in self.columns])
            return [first]
        groups, names = [], []
        for place, column in enumerate(self.columns):
            group, name = (column.header, "") if isinstance(column.header, str) else column.header
            again = bool(name) and place > 0 and self._group(place - 1) == group
            groups.append("" if again else group)
            names.append(name)
        for place, group in enumerate(groups):
            width = 1
            while (
                group
                and names[place]
                and place + width < len(groups)
                and not groups[place + width]
                and names[place + width]
            ):
                width += 1
            if width > 1:
                self.grid.merged.append((first - 1, place, 1, width))
            elif group and not names[place]:
                self.grid.merged.append((first - 1, place, 2, 1))
        self.grid.rows += [list(groups), list(names)]
        return [first, first + 1]

    def _group(self, place: int) -> str | None:
        header = self.columns[place].header
        return None if isinstance(header, str) else header[0]

    def line(self, **values: object) -> None:
        """Add one line of records; a key that is not given is an empty cell."""
        unknown = set(values) - {column.key for column in self.columns}
        if unknown:
            raise KeyError(f"{self.file}, {self.sheet}: {unknown}")
        self.grid.rows.append(
            [self._cell(place, column, values.get(column.key)) for place, column in enumerate(self.columns)]
        )

    def _cell(self, place: int, column: Column, value: object) -> object:
        rng = self.layout.rng
        if isinstance(value, Bad):
            self.layout.unreadable.append(
                self.where(len(self.grid.rows) + 1)
                | {
                    "column": get_column_letter(place + 1),
                    "header": column.heading,
                    "value": value.text,
                    "why": value.why,
                }
            )
            return value.text
        if isinstance(value, Raw):
            return value.text
        if value in column.words:
            word = rng.choice(column.words[value])
            column.seen[word.strip() if isinstance(word, str) else word] = value
            value = word
        if isinstance(value, dt.date):
            return as_date(value, rng.choice(column.dates))
        return f"{value} " if isinstance(value, str) and value and rng.random() < self.layout.stray_spaces else value

    def other(self, why: str, *cells: object) -> None:
        """Add a line that holds no record: a total, a note, a heading."""
        self.grid.rows.append(list(cells))
        self.layout.lines_out.append(self.where(len(self.grid.rows)) | {"why": why})

    def total(self, label: str, *but: str) -> None:
        """Add a line of totals: the sum of each column of numbers, `but` some."""
        cells: list[object] = [label]
        for place in range(1, len(self.columns)):
            below = [] if self.columns[place].key in but else self.grid.rows[self.head_lines[-1] :]
            numbers = [row[place] for row in below if place < len(row) and isinstance(row[place], int | float)]
            cells.append(sum(numbers) if numbers else None)
        self.other("total", *cells)

    def leave_out(self, why: str) -> None:
        """Note that the last line is no record, though it looks like one."""
        self.layout.lines_out.append(self.where(len(self.grid.rows)) | {"why": why})

    def merge_down(self, key: str, lines: int) -> None:
        """Merge the last `lines` cells of a column, whose value stands in the first."""
        place = [column.key for column in self.columns].index(key)
        first = len(self.grid.rows) - lines
        for row in self.grid.rows[first + 1 :]:
            row[place] = None
        if lines > 1:
            self.grid.merged.append((first, place, lines, 1))

    def where(self, line: int) -> dict[str, object]:
        return {"file": self.file, **({"sheet": self.sheet} if self.sheet else {}), "line": line}

    def described(self) -> dict[str, object]:
        columns = []
        for place, column in enumerate(self.columns):
            kind, _, why = column.use.partition(": ")
            entry: dict[str, object] = {"column": get_column_letter(place + 1), "header": column.heading}
            entry |= {kind: why} if why else {"fills": column.use.split()}
            if column.rule:
                entry["rule"] = dict(column.rule)
            if column.seen:
                entry["values"] = dict(sorted(column.seen.items(), key=str))
            columns.append(entry)
        first = self.where(0)
        del first["line"]
        return first | {"header_lines": self.head_lines, "columns": columns}


class Layout:
    """An export and its truth. `about` is three lines: who makes such an export.

    `stray_spaces` is the part of the texts that end with a space: none in what a program wrote.
    """

    stray_spaces = 0.06

    def __init__(self, name: str, about: str, style: str, *, held_out: bool = False, **settings: object):
        self.name, self.about, self.rng = name, about, Random(name)
        self.settings = {"style": style, "held_out": held_out, **settings}
        self.grids: dict[str, dict[str | None, Grid]] = {}
        self.sheets: list[Sheet] = []
        self.truth: dict[str, list[dict[str, object]]] = {}
        self.questions: list[dict[str, object]] = []
        self.constants: list[dict[str, object]] = []
        self.unread: list[dict[str, object]] = []
        self.unreadable: list[dict[str, object]] = []
        self.lines_out: list[dict[str, object]] = []
        self.csv_forms: dict[str, tuple[str, str]] = {}

    def csv_form(self, separator: str, encoding: str, *files: str) -> None:
        self.csv_forms |= dict.fromkeys(files, (separator, encoding))

    def record(self, table: str, **values: object) -> None:
        """Add a record to the truth; what has a key is added once, however many lines of the export say it."""
        records = self.truth.setdefault(table, [])
        values = {column: None if isinstance(value, Bad) else value for column, value in values.items()}
        if table not in WITH_KEY or values not in records:
            records.append(values)

    def ask(self, question: str, answer: object, **about: object) -> None:
        self.questions.append({"question": question, "about": about, "answer": answer})

    def constant(self, fills: str, source: str, **about: object) -> None:
        """Note a value that no column holds: a sheet's name, a file's, a title, an answer."""
        self.constants.append({"fills": fills, "from": source, **about})

    def free_sheet(self, file: str, sheet: str, why: str, rows: list[list[object]]) -> None:
        """Add a sheet that fills no table."""
        self.grids.setdefault(file, {})[sheet] = Grid(rows)
        self.unread.append({"file": file, "sheet": sheet, "why": why})

    def write(self, root: Path) -> None:
        folder = root / self.name
        shutil.rmtree(folder, ignore_errors=True)
        for part in ("files", "truth"):
            (folder / part).mkdir(parents=True)
        for file, grids in self.grids.items():
            place = folder / "files" / file
            if file.endswith(".csv"):
                write_csv(place, grids[None], *self.csv_forms[file])
            else:
                (write_xlsx if file.endswith(".xlsx") else write_ods)(
                    place, {str(name): grid for name, grid in grids.items()}
                )
        for table, records in self.truth.items():
            with (folder / "truth" / f"{table}.csv").open("w", encoding="utf-8", newline="") as stream:
                writer = csv.DictWriter(stream, list(records[0]), lineterminator="\n")
                writer.writeheader()
                writer.writerows(records)
        columns = {"sheets": [sheet.described() for sheet in self.sheets], "constants": self.constants}
        columns |= {"sheets_out": self.unread, "lines_out": self.lines_out, "unreadable": self.unreadable}
        write_yaml(folder / "columns.yml", columns)
        write_yaml(folder / "questions.yml", self.questions)
        (folder / "style.md").write_text(self.about.strip() + "\n", encoding="utf-8")


def write_yaml(place: Path, content: object) -> None:
    place.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=140), encoding="utf-8")


def as_text(value: object) -> str:
    if isinstance(value, float):
        return f"{value:g}".replace(".", ",")
    return "" if value is None else str(value)


def write_csv(place: Path, grid: Grid, separator: str, encoding: str) -> None:
    width = max(len(row) for row in grid.rows)
    with place.open("w", encoding=encoding, newline="") as stream:
        writer = csv.writer(stream, delimiter=separator, lineterminator=LINES_OF_CSV[encoding])
        for row in grid.rows:
            writer.writerow([as_text(value) for value in row] + [""] * (width - len(row)))


def write_xlsx(place: Path, grids: Mapping[str, Grid]) -> None:
    book = Workbook()
    del book["Sheet"]
    for name, grid in grids.items():
        sheet = book.create_sheet(name)
        sheet.sheet_state = "hidden" if grid.hidden else "visible"
        for line, row in enumerate(grid.rows, start=1):
            for column, value in enumerate(row, start=1):
                if value is None or value == "":
                    continue
                cell = sheet.cell(line, column, value)
                if isinstance(value, dt.date):
                    cell.number_format = "DD/MM/YYYY"
        for line, column, lines, columns in grid.merged:
            sheet.merge_cells(None, line + 1, column + 1, line + lines, column + columns)
    made = io.BytesIO()
    book.save(made)
    freeze_archive(made, place)


def write_ods(place: Path, grids: Mapping[str, Grid]) -> None:
    document = OpenDocumentSpreadsheet()
    document.automaticstyles.addElement(Style(name="plain", family="table-cell"))
    for name, grid in grids.items():
        spans = {(line, column): (lines, columns) for line, column, lines, columns in grid.merged}
        covered = {
            (line + down, column + right)
            for (line, column), (lines, columns) in spans.items()
            for down in range(lines)
            for right in range(columns)
            if down or right
        }
        table = OdsTable(name=name)
        width = max(len(row) for row in grid.rows)
        for line, row in enumerate(grid.rows):
            element = TableRow()
            for column, value in enumerate(row + [None] * (width - len(row))):
                if (line, column) in covered:
                    element.addElement(CoveredTableCell())
                else:
                    element.addElement(ods_cell(value, spans.get((line, column))))
            table.addElement(element)
        document.spreadsheet.addElement(table)
    made = io.BytesIO()
    document.save(made)
    freeze_archive(made, place)


def ods_cell(value: object, span: tuple[int, int] | None) -> Any:
    about: dict[str, object] = {}
    if span:
        about = {"numberrowsspanned": span[0], "numbercolumnsspanned": span[1]}
    if value is None or value == "":
        return TableCell(**about)
    text = as_text(value)
    if isinstance(value, dt.date):
        about |= {"valuetype": "date", "datevalue": value.isoformat()}
        text = value.strftime("%d/%m/%Y")
    elif isinstance(value, int | float):
        about |= {"valuetype": "float", "value": str(value)}
    else:
        about |= {"valuetype": "string"}
    cell = TableCell(**about)
    cell.addElement(P(text=text))
    return cell


def freeze_archive(made: io.BytesIO, place: Path) -> None:
    """Write an archive without the hour at which it was made: made again, it has the same bytes."""
    with zipfile.ZipFile(made) as source, zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            content = source.read(name)
            if name in {"docProps/core.xml", "meta.xml"}:
                content = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", b"2024-01-15T09:00:00", content)
            target.writestr(zipfile.ZipInfo(name, (2024, 1, 15, 9, 0, 0)), content, zipfile.ZIP_DEFLATED)
