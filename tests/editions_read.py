"""A reader of the finished files of an edition that shares no code with what wrote or checks them."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

import openpyxl


class Key(NamedTuple):
    indicator: str
    year: int
    territory: str
    line: str
    column: str


class Shown(NamedTuple):
    """Words that stand for a figure, and where: table, chart, alt, prose, workbook, bundle."""

    key: Key
    words: str
    kind: str
    file: str


class Alt(NamedTuple):
    indicator: str
    year: int
    territory: str
    words: str
    file: str


class Page(HTMLParser):
    """Tables, charts and bound figures of a page or of the output of a notebook."""

    def __init__(self, file: str) -> None:
        super().__init__()
        self.file, self.shown, self.alts = file, [], []
        self.labels: dict[tuple[str, str], str] = {}
        self._table: dict[str, str] = {}
        self._chart: dict[str, str] = {}
        self._columns: list[tuple[str, int]] = []
        self._line, self._place = "", 0
        self._open: list[tuple[str, dict[str, str], list[str]]] = []
        self._quiet = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        own = {name: value or "" for name, value in attrs}
        if tag == "table":
            self._table, self._columns = own, []
        elif tag == "figure" and "data-graphique" in own:
            self._chart = own
        elif tag == "img" and self._chart:
            of = self._chart
            where = (of["data-graphique"], int(of["data-annee"]), of["data-territoire"])
            self.alts.append(Alt(*where, own.get("alt", ""), self.file))
        elif tag == "tr":
            self._line, self._place = own.get("data-ligne", ""), 0
        if tag in {"td", "th", "span"}:
            if tag == "span" and {"rl-detail", "rl-sr"} & set(own.get("class", "").split()):
                self._quiet += 1
                own["quiet"] = "1"
            self._open.append((tag, own, []))

    def handle_data(self, data: str) -> None:
        for tag, _, words in self._open:
            if not self._quiet or tag == "span":
                words.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "table":
            self._table = {}
        elif tag == "figure":
            self._chart = {}
        if tag not in {"td", "th", "span"} or not self._open:
            return
        name, own, pieces = self._open.pop()
        words = " ".join("".join(pieces).split())
        self._quiet -= "quiet" in own
        if name == "span":
            self._quote(own, words)
        else:
            self._cell(name, own, words)

    def _quote(self, own: dict[str, str], words: str) -> None:
        parts = [unquote(part) for part in own.get("data-ref", "").split("/")]
        if own.get("data-fonction") == "chiffre" and len(parts) == 3 and own.get("data-nombre") != "sans":
            key = Key(parts[0], int(own["data-annee"]), own["data-territoire"], parts[1], parts[2])
            self.shown.append(Shown(key, words, "prose", self.file))

    def _cell(self, tag: str, own: dict[str, str], words: str) -> None:
        width = int(own.get("colspan", "1") or 1)
        id = self._table.get("data-tableau", "")
        if self._chart and "data-ligne" in own:
            of = self._chart
            where = (of["data-graphique"], int(of["data-annee"]), of["data-territoire"])
            self.shown.append(Shown(Key(*where, own["data-ligne"], own["data-colonne"]), words, "chart", self.file))
        elif id and self._line and tag == "th":
            self._name(id, words, self._line)
            self._place = 1
            return
        elif id and not self._line:
            year = int(own.get("data-annee") or self._table["data-annee"])
            self._columns += [(own.get("data-colonne", ""), year)] * width
            self._name(id, words, own.get("data-colonne", ""))
        elif id and self._place < len(self._columns) and "num" in own.get("class", "").split():
            column, year = self._columns[self._place]
            if column:
                key = Key(id, year, self._table["data-territoire"], self._line, own.get("data-colonne") or column)
                self.shown.append(Shown(key, words, "table", self.file))
        self._place += width

    def _name(self, id: str, words: str, code: str) -> None:
        """Take the code of a label; two lines of one name have none."""
        known = self.labels.setdefault((id, words.lower()), code)
        if known != code:
            self.labels[id, words.lower()] = ""


def pages(directory: Path) -> Iterator[Page]:
    """Every page, then the output of every cell of every notebook."""
    for path in sorted([*directory.glob("*.html"), *directory.glob("communes/*.html")]):
        if path.name != "audit.html":
            yield _read(path.read_text(encoding="utf-8"), path.name)
    for path in sorted(directory.glob("notebooks/*/*.ipynb")):
        for data in _outputs(path):
            if "text/html" in data:
                yield _read("".join(data["text/html"]), f"{path.parent.name}/{path.name}")


def _read(html: str, file: str) -> Page:
    page = Page(file)
    page.feed(html)
    return page


def _outputs(path: Path) -> Iterator[dict]:
    notebook = json.loads(path.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        yield from (output["data"] for output in cell.get("outputs", ()) if "data" in output)


def workbook(directory: Path, labels: dict[tuple[str, str], str], year: int) -> Iterator[Shown]:
    """Figures of the sheets, by the words of their lines and columns as the pages have them."""
    book = openpyxl.load_workbook(directory / "tableaux.xlsx")
    codes = {row[0].value: row[5].value for row in book["Sommaire"].iter_rows(min_row=4, max_col=6)}
    for sheet in book:
        table, header = codes.get(sheet.title), list[str]()
        for cells in sheet.iter_rows():
            row = tuple(_as_shown(cell) for cell in cells)
            if row[:3] == ("Territoire", "Code", "Ligne"):
                header = [str(word or "").lower() for word in row]
            elif header and row[1]:
                line = labels.get((table, str(row[2]).lower()))
                for word, value in zip(header[3:], row[3:], strict=False):
                    column = labels.get((table, word))
                    if line and column and value is not None:
                        key = Key(table, year, str(row[1]), line, column)
                        yield Shown(key, str(value), "workbook", "tableaux.xlsx")


def _as_shown(cell: openpyxl.cell.Cell) -> object:
    """A number that is rounded as its format writes it."""
    if "≈" not in cell.number_format:
        return cell.value
    return f"≈ {cell.value}" if cell.value else cell.number_format.rpartition(";")[2].strip('"')


def figures(directory: Path) -> dict[Key, dict[str, str]]:
    """Lines of ``indicateurs.csv``."""
    with (directory / "indicateurs.csv").open(encoding="utf-8", newline="") as stream:
        names = ("indicateur", "annee", "territoire", "ligne", "colonne")
        rows = [{name: text.removeprefix("'") for name, text in row.items()} for row in csv.DictReader(stream)]
    return {Key(*(int(row[name]) if name == "annee" else row[name] for name in names)): row for row in rows}


def number(words: str) -> float | None:
    """The first number of a text, None where there is none."""
    found = re.search(r"[−-]?\d+(?:[\u202f\u00a0 ]\d{3})*(?:[.,]\d+)?", words)
    plain = re.sub(r"[\u202f\u00a0 ]", "", found[0]) if found else ""
    return float(plain.replace(",", ".").replace("−", "-")) if found else None
