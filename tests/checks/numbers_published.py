"""Every number of the finished files, found without the audit's own readers, and the files with some changed.

A file is a set of strings (a whole page, each string of a notebook, each cell of a sheet, a CSV file). A number is a
place in one of them. What is left out is counted by reason.
"""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from html import escape, unescape
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tests.checks.numbers_of_pages import NUMBER, PLAIN, Content, Number, html_numbers, near_words, read_page

Steps = tuple[str | int, ...]
CODES = {
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
    "unite",
    "year",
}
BUNDLE = "application/vnd.rlpipeline."


def _notebook(path: Path) -> Content:
    content = Content({})
    for index, cell in enumerate(json.loads(path.read_text(encoding="utf-8"))["cells"]):
        content.left_out["notebook : métadonnées"] += len(PLAIN.findall(json.dumps([cell["metadata"], cell["id"]])))
        if cell["cell_type"] == "markdown":
            _string(("cells", index, "source"), _joined(cell["source"]), "Markdown", content)
        else:
            content.left_out["notebook : code"] += len(PLAIN.findall(_joined(cell["source"])))
        for rank, output in enumerate(cell.get("outputs", ())):
            for mime, value in output["data"].items():
                place = ("cells", index, "outputs", rank, "data", mime)
                if mime.startswith(BUNDLE):
                    _bundle(place, value, {}, content)
                else:
                    _string(place, _joined(value), "HTML" if mime == "text/html" else "texte brut", content)
    return content


def _joined(lines: str | Sequence[str]) -> str:
    return lines if isinstance(lines, str) else "".join(lines)


def _string(place: Steps, value: str, kind: str, content: Content, hints: tuple[str, ...] = ()) -> None:
    name = json.dumps(place)
    content.strings[name] = value
    if kind == "HTML":
        content.numbers += html_numbers(name, value, content.left_out)
    else:
        for number in NUMBER.finditer(value):
            near = near_words(value[: number.start()], ())
            content.numbers.append(Number(name, number.start(), number.end(), kind, hints, number[0], near))


def _bundle(place: Steps, value: Any, parent: Mapping[str, Any], content: Content) -> None:
    """Numbers and words that a notebook carries; codes are left out."""
    if isinstance(value, dict):
        for key, child in value.items():
            _bundle((*place, key), child, value, content)
    elif isinstance(value, list):
        for index, child in enumerate(value):
            _bundle((*place, index), child, parent, content)
    elif place[-1] in CODES:
        content.left_out["notebook : codes"] += len(PLAIN.findall(str(value)))
    elif isinstance(value, int | float) and not isinstance(value, bool):
        hints = (f"ligne {parent['ligne']}, colonne {parent['colonne']}",) if "ligne" in parent else ()
        content.strings[json.dumps(place)] = repr(value)
        content.numbers.append(Number(json.dumps(place), 0, len(repr(value)), "bundle", hints, repr(value)))
    elif isinstance(value, str):
        _string(place, value, "bundle (mots)", content)


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
    r'<c r="(?P<at>[A-Z]+(?P<line>\d+))"(?P<style>(?: s="\d+")?)(?P<is_text> t="s")?><v>(?P<value>[^<]*)</v></c>'
)
_TEXT = re.compile("<si><t[^>]*>([^<]*)</t></si>")


def _workbook(path: Path) -> Content:
    """Numbers of the cells and of their words; the code of the territory is no number."""
    content = Content({})
    with zipfile.ZipFile(path) as archive:
        texts = [unescape(text) for text in _TEXT.findall(archive.read("xl/sharedStrings.xml").decode())]
        for sheet, name in _sheets(archive):
            for cell in _CELL.finditer(archive.read(sheet).decode()):
                text = texts[int(cell["value"])] if cell["is_text"] else cell["value"]
                _sheet_cell(name, json.dumps([sheet, cell["at"]]), cell, text, content)
    return content


def _sheet_cell(name: str, place: str, cell: re.Match[str], text: str, content: Content) -> None:
    content.strings[place] = text
    if name != "Sommaire" and cell["at"].startswith("B") and int(cell["line"]) > 4:
        content.left_out["classeur : codes de territoire"] += len(PLAIN.findall(text))
        return
    hints = (f"feuille {name},",)
    if not cell["is_text"]:
        start = int(text.startswith("-"))
        content.numbers.append(Number(place, start, len(text), "classeur", hints, f"{abs(float(text)):.12g}"))
    else:
        found = NUMBER.finditer(text)
        content.numbers += [Number(place, n.start(), n.end(), "classeur (mots)", hints, n[0]) for n in found]


def _sheets(archive: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    """Member and name of each sheet."""
    source = archive.read("xl/workbook.xml").decode()
    for index, name in enumerate(re.findall(r'<sheet [^>]*name="([^"]*)"', source), start=1):
        yield f"xl/worksheets/sheet{index}.xml", unescape(name)


def _write_workbook(path: Path, strings: Mapping[str, str]) -> bytes:
    """The workbook with some cells replaced, each alone even where several shared one string."""
    by_sheet: dict[str, dict[str, str]] = {}
    for place, text in strings.items():
        sheet, at = json.loads(place)
        by_sheet.setdefault(sheet, {})[at] = text
    target = io.BytesIO()
    with zipfile.ZipFile(path) as read, zipfile.ZipFile(target, "w") as written:
        for name in read.namelist():
            source = read.read(name)
            if name in by_sheet:
                source = _CELL.sub(_replaced(by_sheet[name]), source.decode()).encode()
            written.writestr(name, source)
    return target.getvalue()


def _replaced(cells: Mapping[str, str]) -> Callable[[re.Match[str]], str]:
    def replace(cell: re.Match[str]) -> str:
        if cell["at"] not in cells:
            return cell[0]
        text = cells[cell["at"]]
        if not cell["is_text"]:
            return f'<c r="{cell["at"]}"{cell["style"]}><v>{text}</v></c>'
        words = f'<t xml:space="preserve">{escape(text, quote=False)}</t>'
        return f'<c r="{cell["at"]}"{cell["style"]} t="inlineStr"><is>{words}</is></c>'

    return replace


# CSV files


OF_FIGURES = {"indicateurs.csv"}
CODES_OF_FIGURES = {"indicateur", "territoire", "ligne", "colonne", "unite", "etat"}


def _fields(line: str) -> list[str]:
    return next(csv.reader([line]))


def _csv_file(path: Path) -> Content:
    """Values and years of the figures; every number of the other files but in their header."""
    source = path.read_text(encoding="utf-8")
    content = Content({"csv": source})
    header, at = _fields(source.partition("\n")[0]), 0
    for rank, line in enumerate(source.splitlines(keepends=True), start=1):
        if at:
            _csv_line((path.name, rank), header, line, at, content)
        at += len(line)
    return content


def _csv_line(of: tuple[str, int], header: Sequence[str], line: str, at: int, content: Content) -> None:
    name, rank = of
    fields = _fields(line)
    told = dict(zip(header, fields, strict=True))
    places, place = [], at
    for value in fields:
        place = line.index(value, place - at) + at
        places.append(place)
        place += len(value)
    for index, (column, value, start) in enumerate(zip(header, fields, places, strict=True), start=1):
        if name in OF_FIGURES and column in CODES_OF_FIGURES:
            content.left_out["csv : codes"] += len(PLAIN.findall(value))
            continue
        hints = (f"ligne {told.get('ligne', rank)}, colonne {told.get('colonne', index)}",)
        for n in PLAIN.finditer(value):
            content.numbers.append(Number("csv", start + n.start(), start + n.end(), f"csv ({column})", hints, n[0]))


# Parquet


def _parquet(path: Path) -> Content:
    """Numbers of the values and of the words; codes are left out."""
    content = Content({})
    for rank, row in enumerate(pq.read_table(path).to_pylist()):
        hints = (f"ligne {row['ligne']}, colonne {row['colonne']}",)
        for column, value in row.items():
            if column in CODES_OF_FIGURES:
                content.left_out["parquet : codes"] += len(PLAIN.findall(str(value)))
            elif not isinstance(value, bool) and value is not None:
                place, text = json.dumps([rank, column]), _shortest(value)
                content.strings[place] = text
                found = (NUMBER if isinstance(value, str) else PLAIN).finditer(text)
                kind = f"parquet ({column})"
                content.numbers += [Number(place, n.start(), n.end(), kind, hints, n[0]) for n in found]
    return content


def _shortest(value: str | float) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


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
    ".html": read_page,
    ".ipynb": _notebook,
    ".xlsx": _workbook,
    ".csv": _csv_file,
    ".parquet": _parquet,
}


def read_numbers(path: Path) -> Content:
    """Find every number of a file."""
    return READERS[path.suffix](path)


def _with_numbers(text: str, changes: list[tuple[Number, str]]) -> str:
    parts, end = [], 0
    for number, words in sorted(changes, key=lambda one: one[0].start):
        parts += [text[end : number.start], words]
        end = number.end
    return "".join([*parts, text[end:]])


def with_changes(path: Path, content: Content, changes: Iterable[tuple[Number, str]]) -> bytes:
    """The file with some numbers replaced."""
    by_string: dict[str, list[tuple[Number, str]]] = {}
    for number, words in changes:
        by_string.setdefault(number.string, []).append((number, words))
    strings = {name: _with_numbers(content.strings[name], several) for name, several in by_string.items()}
    if path.suffix in {".ipynb", ".parquet"}:
        return (_write_notebook if path.suffix == ".ipynb" else _write_parquet)(path, strings)
    return _write_workbook(path, strings) if path.suffix == ".xlsx" else next(iter(strings.values())).encode()
