"""Every figure of the finished files, found without the audit's own readers, and the files with some changed.

A file is a set of strings (a whole page, each string of a notebook, each cell of a sheet, a CSV file). A figure is a
place in one of them: a cell of a table, the data of a chart, a figure bound in a text, a value or a year of a file.
"""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from html import escape, unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

THIN = "\u202f"
NUMBER = re.compile(rf"(?:\d{{1,3}}(?:{THIN}\d{{3}})+|\d+)(?:,\d+)?")
PLAIN = re.compile(r"\d+(?:\.\d+)?")
VOID = {"img", "br", "hr", "meta", "link", "col"}
APART = {"caption", "figcaption", "th", "rl-fixe", "rl-note", "rl-detail"}
"""Elements and classes whose numbers are words."""
CODES = {
    *(
        "code",
        "ligne",
        "colonne",
        "id",
        "kind",
        "territoire",
        "territory",
        "indicateur",
        "name",
        "etat",
    ),
    *("unite", "year"),
}
BUNDLE = "application/vnd.rlpipeline."
OF_CSV, OF_PARQUET = ("valeur", "annee"), ("valeur", "annee", "valeur_precedente", "ecart")
Steps = tuple[str | int, ...]


@dataclass(frozen=True)
class Number:
    """A number as it stands in one string of a file.

    ``kind``: what shows it; ``hints``: words that a finding about it must say of its place, besides its file.
    """

    string: str
    start: int
    end: int
    kind: str
    hints: tuple[str, ...] = ()
    words: str = ""


@dataclass
class Content:
    """The strings of a file and its numbers."""

    strings: dict[str, str]
    numbers: list[Number] = field(default_factory=list)


def changed(words: str, by: int) -> str:
    """The number with one added to its last digit, or taken away, as it would be written."""
    separator = "," if "," in words else "."
    whole, _, decimals = words.replace(THIN, "").partition(separator)
    value = abs(Decimal(f"{whole}.{decimals or 0}") + by * Decimal(1).scaleb(-len(decimals)))
    text, _, fraction = f"{value:.{len(decimals)}f}".partition(".")
    text = text.zfill(len(whole)) if whole.startswith("0") else text
    if THIN in words:
        text = f"{int(text):,}".replace(",", THIN)
    return text + (separator + fraction if decimals else "")


# Pages


class _Finder(HTMLParser):
    """Figures of HTML, with their places in its source: start, end, kind, hints."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=False)
        self.starts = [0, *(match.end() for match in re.finditer("\n", source))]
        self.open: list[tuple[str, Mapping[str, str | None]]] = []
        self.columns: list[str] = []
        self.cell = 0
        self.found: list[tuple[int, int, str, tuple[str, ...]]] = []
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        own = dict(attrs)
        if tag == "table":
            self.columns = []
        elif tag == "tr":
            self.cell = -1
        elif tag == "th" and own.get("data-colonne"):
            self.columns.append(own["data-colonne"] or "")
        elif tag == "td":
            self.cell += 1
        if tag not in VOID:
            self.open.append((tag, own))

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        numbers = [*NUMBER.finditer(data)]
        kind = self._kind() if numbers else ""
        if kind:
            line, column = self.getpos()
            at, hints = (
                self.starts[line - 1] + column,
                () if kind == "chiffre lié" else self._hints(),
            )
            self.found += [
                (at + number.start(), at + number.end(), kind, hints) for number in numbers
            ]

    def _kind(self) -> str:
        names = {
            name for tag, own in self.open for name in (tag, *(own.get("class") or "").split())
        }
        if "rl-chiffre" in names:
            return "chiffre lié"
        if "td" not in names or names & APART:
            return ""
        return "données de graphique" if "details" in names else "tableau"

    def _hints(self) -> tuple[str, ...]:
        """Line and column of a cell that holds a figure."""
        cell = next(own for tag, own in reversed(self.open) if tag == "td")
        row = next((own for tag, own in reversed(self.open) if tag == "tr"), {})
        classes, line = cell.get("class") or "", cell.get("data-ligne") or row.get("data-ligne")
        column = cell.get("data-colonne") or (
            self.columns[self.cell] if self.cell < len(self.columns) else ""
        )
        is_figure = line and "num" in classes and "texte" not in classes
        return (f"ligne {line}, colonne {column}",) if is_figure else ()


def _html_numbers(name: str, source: str) -> Iterator[Number]:
    """Figures of HTML; pictures are blanked first, places kept."""
    bare = re.sub(r"data:image/[^\"]*", lambda match: "x" * len(match[0]), source)
    for start, end, kind, hints in _Finder(bare).found:
        yield Number(name, start, end, kind, hints, source[start:end])


def _page(path: Path) -> Content:
    source = path.read_text(encoding="utf-8")
    return Content({"page": source}, [*_html_numbers("page", source)])


# Notebooks


def _notebook(path: Path) -> Content:
    content = Content({})
    for index, cell in enumerate(json.loads(path.read_text(encoding="utf-8"))["cells"]):
        for rank, output in enumerate(cell.get("outputs", ())):
            for mime, value in output["data"].items():
                place = ("cells", index, "outputs", rank, "data", mime)
                if mime.startswith(BUNDLE):
                    _bundle(place, value, {}, content)
                elif mime == "text/html":
                    name = json.dumps(place)
                    content.strings[name] = value if isinstance(value, str) else "".join(value)
                    content.numbers += _html_numbers(name, content.strings[name])
    return content


def _bundle(place: Steps, value: Any, parent: Mapping[str, Any], content: Content) -> None:
    """Numbers that a notebook carries; codes are left out."""
    if isinstance(value, dict):
        for key, child in value.items():
            _bundle((*place, key), child, value, content)
    elif isinstance(value, list):
        for index, child in enumerate(value):
            _bundle((*place, index), child, parent, content)
    elif isinstance(value, int | float) and not isinstance(value, bool) and place[-1] not in CODES:
        hints = (
            (f"ligne {parent['ligne']}, colonne {parent['colonne']}",) if "ligne" in parent else ()
        )
        name = json.dumps(place)
        content.strings[name] = repr(value)
        content.numbers.append(Number(name, 0, len(repr(value)), "bundle", hints, repr(value)))


def _write_notebook(path: Path, strings: Mapping[str, str]) -> bytes:
    """The notebook with some strings replaced."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    for name, text in strings.items():
        *way, last = json.loads(name)
        holder = notebook
        for step in way:
            holder = holder[step]
        holder[last] = text if isinstance(holder[last], str | list) else json.loads(text)
    return json.dumps(notebook, ensure_ascii=False).encode()


# Workbook

_CELL = re.compile(
    r'<c r="(?P<at>[A-Z]+(?P<line>\d+))"(?P<style>(?: s="\d+")?)><v>(?P<value>[^<]*)</v></c>'
)


def _workbook(path: Path) -> Content:
    """Numbers of the cells; the code of the territory is no number."""
    content = Content({})
    with zipfile.ZipFile(path) as archive:
        source = archive.read("xl/workbook.xml").decode()
        for index, name in enumerate(re.findall(r'<sheet [^>]*name="([^"]*)"', source), start=1):
            sheet = f"xl/worksheets/sheet{index}.xml"
            for cell in _CELL.finditer(archive.read(sheet).decode()):
                if name == "Sommaire" or not (cell["at"].startswith("B") and int(cell["line"]) > 4):
                    place, text = json.dumps([sheet, cell["at"]]), cell["value"]
                    content.strings[place] = text
                    start, words = int(text.startswith("-")), f"{abs(float(text)):.12g}"
                    hints = (f"feuille {unescape(name)},",)
                    content.numbers.append(
                        Number(place, start, len(text), "classeur", hints, words)
                    )
    return content


def _write_workbook(path: Path, strings: Mapping[str, str]) -> bytes:
    """The workbook with some cells replaced."""
    by_sheet: dict[str, dict[str, str]] = {}
    for place, text in strings.items():
        sheet, at = json.loads(place)
        by_sheet.setdefault(sheet, {})[at] = text
    target = io.BytesIO()
    with zipfile.ZipFile(path) as read, zipfile.ZipFile(target, "w") as written:
        for name in read.namelist():
            source = read.read(name)
            if cells := by_sheet.get(name):
                source = _CELL.sub(_replaced(cells), source.decode()).encode()
            written.writestr(name, source)
    return target.getvalue()


def _replaced(cells: Mapping[str, str]) -> Callable[[re.Match[str]], str]:
    def replace(cell: re.Match[str]) -> str:
        text = escape(cells.get(cell["at"], cell["value"]), quote=False)
        return f'<c r="{cell["at"]}"{cell["style"]}><v>{text}</v></c>'

    return replace


# Files of figures


def _csv_file(path: Path) -> Content:
    """Values and years of the figures; the other files are held against what notebooks carry."""
    source = path.read_text(encoding="utf-8")
    content = Content({"csv": source})
    header, *lines = source.splitlines(keepends=True)
    names, at = next(csv.reader([header])), len(header)
    for line in lines if path.name == "indicateurs.csv" else ():
        fields, place = next(csv.reader([line])), 0
        row = dict(zip(names, fields, strict=True))
        hints = (f"ligne {row['ligne']}, colonne {row['colonne']}",)
        for name, value in row.items():
            place = line.index(value, place)
            for n in PLAIN.finditer(value) if name in OF_CSV else ():
                start = at + place
                content.numbers.append(
                    Number("csv", start + n.start(), start + n.end(), f"csv ({name})", hints, n[0])
                )
            place += len(value)
        at += len(line)
    return content


def _parquet(path: Path) -> Content:
    """Numbers of the values and years."""
    content = Content({})
    for rank, row in enumerate(pq.read_table(path).to_pylist()):
        hints = (f"ligne {row['ligne']}, colonne {row['colonne']}",)
        for column in (name for name in OF_PARQUET if row[name] is not None):
            place, value = json.dumps([rank, column]), row[column]
            text = str(int(value)) if float(value).is_integer() else str(value)
            content.strings[place] = text
            kind = f"parquet ({column})"
            content.numbers += [
                Number(place, n.start(), n.end(), kind, hints, n[0]) for n in PLAIN.finditer(text)
            ]
    return content


def _write_parquet(path: Path, strings: Mapping[str, str]) -> bytes:
    """The table with some cells replaced."""
    table = pq.read_table(path)
    rows = table.to_pylist()
    for name, text in strings.items():
        rank, column = json.loads(name)
        rows[rank][column] = type(rows[rank][column])(text)
    target = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows, schema=table.schema), target)
    return target.getvalue()


READERS: Mapping[str, Callable[[Path], Content]] = {
    ".html": _page,
    ".ipynb": _notebook,
    ".xlsx": _workbook,
    ".csv": _csv_file,
    ".parquet": _parquet,
}
WRITERS = {".ipynb": _write_notebook, ".xlsx": _write_workbook, ".parquet": _write_parquet}


def read_numbers(path: Path) -> Content:
    """Find every figure of a file."""
    return READERS[path.suffix](path)


def _with_numbers(text: str, changes: Sequence[tuple[Number, str]]) -> str:
    parts, end = [], 0
    for number, words in sorted(changes, key=lambda change: change[0].start):
        parts += [text[end : number.start], words]
        end = number.end
    return "".join([*parts, text[end:]])


def with_changes(path: Path, content: Content, changes: Iterable[tuple[Number, str]]) -> bytes:
    """The file with some numbers replaced."""
    by_string: dict[str, list[tuple[Number, str]]] = {}
    for number, words in changes:
        by_string.setdefault(number.string, []).append((number, words))
    strings = {
        name: _with_numbers(content.strings[name], several) for name, several in by_string.items()
    }
    write = WRITERS.get(path.suffix)
    return write(path, strings) if write else next(iter(strings.values())).encode()
