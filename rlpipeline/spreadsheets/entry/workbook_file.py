"""The workbook in which records are typed, and its first sheet: the same bytes from the same settings."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence

from openpyxl import Workbook
from openpyxl.styles import Alignment
from openpyxl.worksheet.worksheet import Worksheet

from rlpipeline.publication.workbook import EPOCH, dateless
from rlpipeline.records.schema import Table
from rlpipeline.records.tables import TABLES
from rlpipeline.records.workbook import CONTENTS, LISTS, PLACES
from rlpipeline.settings.models import Service
from rlpipeline.spreadsheets.entry import looks
from rlpipeline.spreadsheets.entry.cells import TEXT_FORMAT, Value, format_of
from rlpipeline.spreadsheets.entry.columns import EXAMPLE_ROW, FIRST_ROW, LAST_ROW, places
from rlpipeline.spreadsheets.entry.communes_sheet import write_communes
from rlpipeline.spreadsheets.entry.lists import write_lists
from rlpipeline.spreadsheets.entry.table_sheet import write_table

Rows = Mapping[str, Sequence[Sequence[Value]]]
ADVICE = (
    "Une feuille par table ; toutes les années à la suite dans la même feuille.",
    "La ligne grise de chaque feuille est un exemple, qui n'est pas lu. La saisie commence sous les en-têtes.",
    "En-tête foncé : colonne obligatoire (une case oubliée devient jaune). En-tête clair : la case peut rester "
    "vide. La souris posée sur un en-tête dit ce qu'on y met.",
    "Jamais le nom, le téléphone, le courriel ou l'adresse d'un jeune : un pseudonyme (J-001), toujours le même.",
    "Zéro veut dire « aucun ». Un nombre inconnu reste vide, ou s'écrit NC : il ne comptera jamais pour zéro.",
    "Une feuille laissée vide compte zéro. Si le service ne tient pas cette table, supprimer sa feuille : "
    "le rapport dira qu'elle n'est pas tenue. Seules « jeunes » et « suivis » sont indispensables.",
    "Ne pas renommer les feuilles, ni les en-têtes. Coller des lignes venues d'ailleurs est permis ; "
    "la commande check vérifie tout ensuite.",
)
ONE_LINE = 140
"""Characters that fit in the width of the sheet."""
HEADERS = ("Feuille", "Ce qu'elle contient", "Une ligne par", "Indispensable", "Lignes saisies")
OTHER_SHEETS = (
    (LISTS, "Ce qui est proposé dans les cellules, et les codes, qui se lisent aussi"),
    (PLACES, "Le code INSEE d'une commune, cherché par son nom"),
)


def entry_workbook(service: Service, year: int, rows: Rows | None = None) -> bytes:
    """Make the workbook.

    Parameters
    ----------
    year
        That of the examples.
    rows
        Table name to its rows, in the order of the contract's columns: these tables alone have a sheet. Every table
        has an empty one where this is None.
    """
    tables = tuple(table for table in TABLES if rows is None or table.name in rows)
    book = Workbook()
    book.properties.creator, book.properties.created = "rlpipeline", EPOCH
    contents = book.active
    contents.title = CONTENTS
    write_contents(contents, service, tables)
    for table in tables:
        write_table(book.create_sheet(table.name), table, (rows or {}).get(table.name, ()), service, year)
    write_lists(book, book.create_sheet(LISTS), service)
    write_communes(book.create_sheet(PLACES), service)
    buffer = io.BytesIO()
    book.save(buffer)
    return dateless(_without_green_corners(buffer.getvalue(), tables))


def _without_green_corners(workbook: bytes, tables: Sequence[Table]) -> bytes:
    """The same workbook, in which a code kept as text is not marked as a mistake: openpyxl does not write that part."""
    ranges = {f"xl/worksheets/sheet{rank}.xml": _texts(table) for rank, table in enumerate(tables, start=2)}
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as read, zipfile.ZipFile(target, "w") as written:
        for name in read.namelist():
            content = read.read(name)
            if name in ranges:
                ignored = (
                    f'<ignoredErrors><ignoredError sqref="{ranges[name]}" numberStoredAsText="1"/></ignoredErrors>'
                )
                content = content.replace(b"<legacyDrawing ", ignored.encode() + b"<legacyDrawing ", 1)
            written.writestr(name, content)
    return target.getvalue()


def _texts(table: Table) -> str:
    """The columns of texts, examples included."""
    letters = [place.letter for place in places(table) if format_of(place.column) == TEXT_FORMAT]
    return " ".join(f"{letter}{EXAMPLE_ROW}:{letter}{LAST_ROW}" for letter in letters)


def write_contents(page: Worksheet, service: Service, tables: tuple[Table, ...] = TABLES) -> None:
    """Write the sheet; the numbers of rows follow what is typed."""
    looks.write(page["A1"], f"Saisie des données : {service.nom}" if service.nom else "Saisie des données", looks.TITLE)
    for line, advice in enumerate(ADVICE, start=2):
        page.merge_cells(start_row=line, start_column=1, end_row=line, end_column=len(HEADERS))
        looks.write(page.cell(line, 1), f"• {advice}")
        page.cell(line, 1).alignment = looks.WRAP
        page.row_dimensions[line].height = 32 if len(advice) > ONE_LINE else 17
    header = len(ADVICE) + 3
    for number, text in enumerate(HEADERS, start=1):
        looks.set_header(page.cell(header, number), text)
    for line, table in enumerate(tables, start=header + 1):
        _write_line(page, line, table)
    for line, (sheet, description) in enumerate(OTHER_SHEETS, start=header + len(tables) + 2):
        looks.write_link(page.cell(line, 1), sheet, sheet)
        looks.write(page.cell(line, 2), description)
    looks.set_widths(page, {"A": 24, "B": 46, "C": 54, "D": 15, "E": 15})
    page.freeze_panes = "A2"
    looks.print_wide(page, f"{header}:{header}")


def _write_line(page: Worksheet, line: int, table: Table) -> None:
    looks.write_link(page.cell(line, 1), table.name, table.name)
    texts = (table.label, table.note.removeprefix("une ligne par "), "oui" if table.required else "")
    for number, text in enumerate(texts, start=2):
        looks.write(page.cell(line, number), text)
        page.cell(line, number).alignment = looks.WRAP
    typed = f"COUNTA({table.name}!$A${FIRST_ROW}:$A${LAST_ROW})"
    page.cell(line, 5).value = f'=IFERROR({typed},"feuille supprimée")'
    page.cell(line, 5).alignment = Alignment(horizontal="right")
    for number in range(1, len(HEADERS) + 1):
        page.cell(line, number).border = looks.LINE
