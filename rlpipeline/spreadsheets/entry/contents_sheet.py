"""The first sheet of the workbook: how records are typed, and a link to every table."""

from __future__ import annotations

from openpyxl.styles import Alignment
from openpyxl.worksheet.worksheet import Worksheet

from rlpipeline.records.schema import Table
from rlpipeline.records.tables import TABLES
from rlpipeline.records.workbook import LISTS, PLACES
from rlpipeline.settings.models import Service
from rlpipeline.spreadsheets.entry import looks
from rlpipeline.spreadsheets.entry.columns import FIRST_ROW, LAST_ROW

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
    for line, (sheet, told) in enumerate(OTHER_SHEETS, start=header + len(tables) + 2):
        looks.write_link(page.cell(line, 1), sheet, sheet)
        looks.write(page.cell(line, 2), told)
    looks.set_widths(page, {"A": 24, "B": 46, "C": 54, "D": 15, "E": 15})
    page.freeze_panes = "A2"
    looks.print_wide(page, f"{header}:{header}")


def _write_line(page: Worksheet, line: int, table: Table) -> None:
    looks.write_link(page.cell(line, 1), table.name, table.name)
    told = (table.label, table.note.removeprefix("une ligne par "), "oui" if table.required else "")
    for number, text in enumerate(told, start=2):
        looks.write(page.cell(line, number), text)
        page.cell(line, number).alignment = looks.WRAP
    typed = f"COUNTA({table.name}!$A${FIRST_ROW}:$A${LAST_ROW})"
    page.cell(line, 5).value = f'=IFERROR({typed},"feuille supprimée")'
    page.cell(line, 5).alignment = Alignment(horizontal="right")
    for number in range(1, len(HEADERS) + 1):
        page.cell(line, number).border = looks.LINE
