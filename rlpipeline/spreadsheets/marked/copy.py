"""``check --excel``: the findings shown where the records are typed. The source is never written to."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import warnings
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from rlpipeline.errors import DataError, ToolError, UsageError
from rlpipeline.publication.workbook import LONGEST_TEXT
from rlpipeline.records.findings import Finding
from rlpipeline.records.names import match_tables
from rlpipeline.records.raw import RawSource, RawTable
from rlpipeline.records.sources import is_database, read_source
from rlpipeline.records.workbook import FINDINGS
from rlpipeline.spreadsheets.entry import looks
from rlpipeline.spreadsheets.entry.columns import LAST_ROW
from rlpipeline.spreadsheets.marked.marking import MAX_NOTES, Listed, SheetPlace, mark, place_of, unmark, write_listing

ADVICE = "Corriger dans la source, puis relancer check : cette copie n'est pas la source."
COPIED_TABLES = "La source n'est pas un classeur .xlsx : ses tables sont recopiées ici, aux mêmes lignes."
_PARTS = (
    (r"xl/charts/", "les graphiques"),
    (r"xl/threadedComments/", "les fils de discussion (leur texte reste, en commentaire)"),
    (r"xl/(slicers|timelines)/", "les segments"),
    (r"xl/(ctrlProps|activeX)/", "les boutons et les contrôles"),
    (r"xl/vbaProject\.bin", "les macros"),
    (r"xl/diagrams/", "les schémas SmartArt"),
)
_EXTENSIONS = (
    (b"x14:dataValidation ", "les listes déroulantes qui renvoient à une autre feuille"),
    (b"x14:cfRule ", "certaines mises en forme conditionnelles"),
    (b"x14:sparkline ", "les graphiques sparkline"),
)
_SHAPE = re.compile(rb"<xdr:sp[ >]")


@dataclass(frozen=True)
class MarkedCopy:
    """What was written.

    Parameters
    ----------
    path, cells
        The copy, and how many of its cells are marked.
    lost
        What it does not keep of the workbook.
    """

    path: Path
    cells: int
    lost: tuple[str, ...]

    @property
    def summary(self) -> str:
        """One sentence, and what was lost."""
        plural = "s" if self.cells > 1 else ""
        text = f"Copie : {self.path} ({self.cells} cellule{plural} marquée{plural} ; liste en première feuille)."
        return text + (f"\nLa copie n'a pas gardé : {', '.join(self.lost)}." if self.lost else "")


def write_marked_copy(source: str, findings: Sequence[Finding], target: Path) -> MarkedCopy:
    """Write a copy of the workbook with its findings; where the source is of another kind, a workbook made for it.

    Raises
    ------
    UsageError
        The copy would be the source itself, is no .xlsx, or a file is there that is no such copy.
    DataError
        The source cannot be read at all.
    ToolError
        The workbook cannot be copied, or the copy cannot be written.
    """
    _refuse(source, target)
    raw = read_source(source)
    if raw.closed:
        raise DataError(
            "La source ne peut pas être ouverte : il n'y a pas de copie.", todo="lire le constat, et corriger la source"
        )
    own = Path(source) if not is_database(source) and Path(source).suffix.lower() == ".xlsx" else None
    book = _opened(own) if own else _workbook_of(raw)
    sheets = _sheets(book, raw)
    marked = _mark(book, findings, sheets)
    lost = losses(own) if own else ()
    notes = [
        ADVICE,
        *([] if own else [COPIED_TABLES]),
        *([f"La copie n'a pas gardé : {', '.join(lost)}."] if lost else []),
    ]
    write_listing(book, [_listed(item, sheets) for item in findings], notes)
    _save(book, target, own)
    return MarkedCopy(target, marked, lost)


def _refuse(source: str, target: Path) -> None:
    if target.suffix.lower() != ".xlsx":
        raise UsageError("La copie est un classeur .xlsx.", str(target), todo="lui donner un nom en .xlsx")
    if not is_database(source) and target.exists() and Path(source).exists() and target.samefile(source):
        raise UsageError("La copie serait la source elle-même.", str(target), todo="lui donner un autre nom")
    if target.exists() and not is_marked_copy(target):
        raise UsageError(
            "Ce fichier existe et n'est pas une copie faite par check ; il est laissé tel quel.",
            where=str(target),
            todo="donner un autre nom à la copie, ou déplacer ce fichier",
        )


def is_marked_copy(path: Path) -> bool:
    """Whether the first sheet of the workbook lists findings."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = load_workbook(path, read_only=True)
    except Exception:  # whatever is there, it is no copy of ours
        return False
    first = book.sheetnames[0]
    book.close()
    return bool(first == FINDINGS)


def _opened(path: Path) -> Workbook:
    """The workbook as the user made it, without what a former check wrote in it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what is lost is told by losses()
            book = load_workbook(path, rich_text=True)
    except Exception as error:
        raise ToolError(
            "Ce classeur se lit, mais ne peut pas être copié.",
            where=str(path),
            got=type(error).__name__,
            todo="l'enregistrer de nouveau depuis le tableur, ou lire la liste que donne check sans --excel",
        ) from error
    if FINDINGS in book.sheetnames:
        del book[FINDINGS]
    unmark(book)
    return book


def _workbook_of(raw: RawSource) -> Workbook:
    """A workbook that holds the cells of the source as texts, each on its own line."""
    book = Workbook()
    book.remove(book.active)
    for name, table in raw.tables.items():
        if len(table.lines) and int(table.lines[-1]) >= LAST_ROW:
            raise ToolError("La table est trop longue pour une feuille.", f"table {name}", todo="relancer sans --excel")
        page = book.create_sheet(name)
        place = _place(name, table)
        for number, header in enumerate(table.header, start=1):
            looks.set_header(page.cell(place.header_line, number), header)
        for number, column in enumerate(table.columns, start=1):
            for line, text in zip(table.lines, column.to_pylist(), strict=True):
                if text:
                    shown = ILLEGAL_CHARACTERS_RE.sub("\ufffd", text)[:LONGEST_TEXT]
                    looks.write(page.cell(int(line) + place.shift, number), shown)
        page.freeze_panes = f"A{place.header_line + 1}"
    return book


def _sheets(book: Workbook, raw: RawSource) -> Mapping[str, SheetPlace]:
    """Table, or sheet that is no table, to its place."""
    written = match_tables(book.sheetnames, "la feuille").names
    sheets = {name: SheetPlace(name) for name in book.sheetnames}
    sheets |= {table: SheetPlace(name) for table, name in written.items()}
    return sheets | {name: replace(_place(name, table), name=written[name]) for name, table in raw.tables.items()}


def _place(name: str, table: RawTable) -> SheetPlace:
    in_database = table.header_line is None
    return SheetPlace(name, table.header, 1 if in_database else table.header_line or 1, 1 if in_database else 0)


def _mark(book: Workbook, findings: Sequence[Finding], sheets: Mapping[str, SheetPlace]) -> int:
    cells: dict[str, dict[str, list[Finding]]] = {}
    for item in findings:
        place = place_of(item, sheets)
        for cell in place.cells_of(item) if place else ():
            cells.setdefault(place.name if place else "", {}).setdefault(cell, []).append(item)
    left = MAX_NOTES
    for name, concerned in cells.items():
        left = mark(book[name], concerned, left)
    return sum(map(len, cells.values()))


def _listed(item: Finding, sheets: Mapping[str, SheetPlace]) -> Listed:
    place = place_of(item, sheets)
    return Listed(item, place.name if place else None, place.cells_of(item)[0] if place else None)


def _save(book: Workbook, target: Path, own: Path | None) -> None:
    """Write beside, then take the name at once; as private as the workbook itself."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(".xlsx", f".{target.name}-nouveau-", target.parent)
        os.close(handle)
        try:
            book.save(draft)
            if own:
                shutil.copymode(own, draft)
            Path(draft).replace(target)
        finally:
            Path(draft).unlink(missing_ok=True)
    except OSError as error:
        raise ToolError(
            "La copie ne peut pas être écrite.",
            where=str(target),
            got=error.strerror,
            todo="la fermer dans le tableur si elle y est ouverte, ou choisir un autre endroit",
        ) from error


def losses(path: Path) -> tuple[str, ...]:
    """The features of a workbook, in French, that its copy will not have."""
    return tuple(dict.fromkeys(_features(path)))


def _features(path: Path) -> Iterator[str]:
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            yield from (lost for pattern, lost in _PARTS if re.match(pattern, name))
            if re.match(r"xl/worksheets/[^/]+\.xml", name):
                content = archive.read(name)
                yield from (lost for mark, lost in _EXTENSIONS if mark in content)
            if re.match(r"xl/drawings/[^/]+\.xml", name) and _SHAPE.search(archive.read(name)):
                yield "les formes et les zones de texte"
