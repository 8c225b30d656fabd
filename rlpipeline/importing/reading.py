"""Files into tables: any encoding and separator, every sheet, merged cells, what a spreadsheet could not compute."""

from __future__ import annotations

import codecs
import csv
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rlpipeline.characters import UNSEEN, unguarded
from rlpipeline.errors import DataError, UsageError
from rlpipeline.importing.blocks import Block, Grid, blocks_of
from rlpipeline.records.names import simplified
from rlpipeline.records.tabular import sheets_of
from rlpipeline.records.values import text_of

TEXTS, WORKBOOKS = (".csv", ".tsv", ".txt"), (".xlsx", ".ods")
SEPARATORS = (";", ",", "\t", "|")
NOTHING = frozenset(("\\N", "NULL", "null", "(null)", "None", "NaN", "nan", "#N/A"))
"""How databases and programs write an empty cell."""
_NOTICES = frozenset(
    simplified(name)
    for name in ("Listes", "Liste déroulante", "Listes déroulantes", "Menus", "Paramètres", "Nomenclature", "Notice",
                 "Lisez-moi", "LisezMoi", "Mode d'emploi", "Aide", "Consignes", "Légende",
                 "Récap", "Récapitulatif", "Synthèse", "Totaux", "Total", "Consolidé", "Consolidation", "TCD")
)  # fmt: skip
_FRENCH = "éèêëàâçùûîïôœÉÈÀÇ’°«»"


@dataclass(frozen=True)
class Read:
    """What the exports hold, and the files that are not read, each with its reason."""

    blocks: tuple[Block, ...]
    unread: tuple[str, ...]


def read_exports(places: Sequence[Path], own: Path | None = None) -> Read:
    """Read files, or the files of folders.

    Parameters
    ----------
    own
        Where the service's records are, which no export is.

    Raises
    ------
    UsageError
        A file is missing, or none holds a table.
    DataError
        A workbook is unsafe or damaged.
    """
    blocks: list[Block] = []
    unread: list[str] = []
    for path in _files(places):
        if own is not None and own.resolve() in (path.resolve(), path.parent.resolve()):
            unread.append(f"{path.name} : ce sont les données du service, non un export")
            continue
        if path.suffix.lower() not in (*TEXTS, *WORKBOOKS):
            unread.append(f"{path.name} : ni CSV, ni classeur .xlsx ou .ods")
            continue
        for grid in _grids(path):
            if simplified(grid.sheet) in _NOTICES:
                unread.append(f"{_name(grid)} : notice, listes ou récapitulatif, d'après son nom")
                continue
            tables = list(blocks_of(grid))
            blocks += tables
            if not tables:
                unread.append(f"{_name(grid)} : vide, ou sans tableau")
    if not blocks:
        raise UsageError(
            "Aucun tableau n'a été trouvé.",
            where=", ".join(map(str, places)),
            expected="des fichiers .csv, .tsv, .txt, .xlsx ou .ods dont une ligne nomme les colonnes",
            got="\n    ".join(["", *unread]) if unread else None,
            todo="donner les fichiers de l'export, ou leur dossier",
        )
    return Read(tuple(blocks), tuple(unread))


def _name(grid: Grid) -> str:
    sheet = f", feuille « {grid.sheet} »" if grid.sheet else ""
    return f"{grid.file}{sheet}{', masquée' if grid.hidden else ''}"


def _files(places: Sequence[Path]) -> Iterator[Path]:
    for place in places:
        if place.is_dir():
            yield from (path for path in sorted(place.iterdir()) if path.is_file() and path.name[0] not in ".~")
        elif place.is_file():
            yield place
        else:
            raise UsageError("Ce fichier est introuvable.", where=str(place), todo="corriger son nom")


def _grids(path: Path) -> list[Grid]:
    if path.suffix.lower() in TEXTS:
        return [_text_grid(path)]
    return _sheet_grids(path)


def _text_grid(path: Path) -> Grid:
    try:
        text = decoded_text(path.read_bytes())
    except UnicodeError as error:
        raise DataError(
            "Le fichier est en UTF-16, et il est coupé ou rien n'y dit l'ordre des octets.",
            where=str(path),
            expected="un fichier « CSV UTF-8 », ou un fichier UTF-16 entier qui commence par sa marque (BOM)",
            todo="refaire l'export, ou l'ouvrir dans un tableur et l'enregistrer en « CSV UTF-8 »",
        ) from error
    lines = text.splitlines()
    separator = _separator(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    rows: list[list[str]] = []
    numbers: list[int] = []
    line = 1
    try:
        for fields in reader:
            if not (len(numbers) == 0 and lines and lines[0].casefold().startswith("sep=")) or line > 1:
                rows.append([_clean(unguarded(field)) for field in fields])
                numbers.append(line)
            line = reader.line_num + 1
    except csv.Error as error:
        raise DataError(
            "Un guillemet n'est pas refermé dans le fichier.",
            where=f"{path}, ligne {line}",
            todo="corriger cette ligne, ou refaire l'export",
        ) from error
    return Grid(path.name, "", rows, numbers)


def decoded_text(data: bytes) -> str:
    """Give the text of a file: Unicode where it says so or reads so, else the old encoding that looks most French.

    Raises
    ------
    UnicodeError
        It is in UTF-16 and cut short, or without the mark of its order.
    """
    marked = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) and not data.startswith(codecs.BOM_UTF32_LE)
    sample = data[:4096]
    zeros = max(sample[0::2].count(0), sample[1::2].count(0))
    if len(sample) >= 8 and zeros > 0.2 * len(sample) and not marked:
        raise UnicodeError
    try:
        return data.decode("utf-16" if marked else "utf-8-sig")
    except UnicodeDecodeError:
        if marked:
            raise
    texts = (data.decode(encoding, errors="replace") for encoding in ("cp1252", "mac_roman", "cp850"))
    return max(texts, key=_looks_french)


def _looks_french(text: str) -> int:
    usual = sum(text.count(char) for char in _FRENCH)
    return 2 * usual - sum(not char.isascii() for char in text) - 5 * text.count("\ufffd")


def _separator(text: str) -> str:
    """The separator that cuts most lines into the same number of cells."""

    def regular(separator: str) -> tuple[int, int]:
        rows = csv.reader(text.splitlines()[:400], delimiter=separator)
        widths = Counter(len(row) for row in rows if len(row) > 1)
        width, lines = max(widths.items(), key=lambda item: item[1] * item[0], default=(1, 0))
        return lines * width, width

    return max(SEPARATORS, key=regular)


def _sheet_grids(path: Path) -> list[Grid]:
    grids = []
    for sheet in sheets_of(path):
        rows = [[_clean(text_of(cell) or "") for cell in row] for row in sheet.rows]
        damaged: list[tuple[int, int, str]] = [
            (fault.row, fault.column, fault.kind) for fault in sheet.faults if fault.row < len(rows)
        ]
        for start, end in sheet.merged:
            _spread(rows, start, end)
            damaged = [one for one in damaged if not _within(one, start, end)]
        lines, ends = list(range(1, len(rows) + 1)), [(start[0], end[1]) for start, end in sheet.merged]
        grids.append(Grid(path.name, sheet.name, rows, lines, damaged, sheet.hidden, ends))
    return grids


def _spread(rows: list[list[str]], start: tuple[int, int], end: tuple[int, int]) -> None:
    """Write the value of merged cells down its rows; across columns it heads a group, and headers see to that."""
    for row in range(start[0], min(end[0] + 1, len(rows))):
        if start[1] < len(rows[row]):
            rows[row][start[1]] = rows[start[0]][start[1]]


def _within(one: tuple[int, int, str], start: tuple[int, int], end: tuple[int, int]) -> bool:
    return one[2] == "merged" and start[0] <= one[0] <= end[0] and start[1] <= one[1] <= end[1]


def _clean(text: str) -> str:
    """A cell without what nobody sees; what stood on several lines still does."""
    if text.strip() in NOTHING:
        return ""
    lines = unicodedata.normalize("NFC", re.sub(f"[{UNSEEN}]", "", text)).splitlines()
    return "\n".join(filter(None, (" ".join(line.split()) for line in lines)))
