"""The sheet in which the INSEE code of a commune is looked up by its name."""

from __future__ import annotations

from openpyxl.styles import Border, Side
from openpyxl.worksheet.worksheet import Worksheet

from rlpipeline.records.official_communes import VINTAGE
from rlpipeline.records.workbook import CONTENTS
from rlpipeline.settings.communes import plain
from rlpipeline.settings.models import Service
from rlpipeline.spreadsheets.entry import looks
from rlpipeline.spreadsheets.entry.communes import communes_around

HEADERS = ("Commune", "Code INSEE", "Département", "Pour chercher")
HEADER_ROW, FIRST_ROW = 3, 4
ASKED, CLEANED = "F4", "$F$5"
SHOWN = 12
_ACCENTS = {"É": "E", "È": "E", "Ê": "E", "Ë": "E", "À": "A", "Â": "A", "Î": "I", "Ï": "I", "Ô": "O", "Û": "U"}
_OTHERS = {"Ç": "C", "Œ": "OE", "-": " ", "'": " ", "’": " "}


def write_communes(page: Worksheet, service: Service) -> None:
    """Write the official list of the service's region, and a cell where the beginning of a name finds communes."""
    where = "de la région" if service.communes else "de France"
    looks.write_link(page["A1"], f"← {CONTENTS}", CONTENTS)
    looks.write(page["B1"], f"Codes Insee des communes {where} au 1er janvier {VINTAGE}", looks.TITLE)
    for number, header in enumerate(HEADERS, start=1):
        looks.set_header(page.cell(HEADER_ROW, number), header)
    ordered = _ordered(service)
    for line, row in enumerate(ordered, start=FIRST_ROW):
        for number, text in enumerate(row, start=1):
            page.cell(line, number).value = text
    last = FIRST_ROW + len(ordered) - 1
    page.auto_filter.ref = f"A{HEADER_ROW}:D{last}"
    page.freeze_panes = f"A{FIRST_ROW}"
    looks.set_widths(page, {"A": 40, "B": 12, "C": 13, "D": 4, "E": 3, "F": 44, "G": 12, "H": 13})
    page.column_dimensions["D"].hidden = True
    page.row_dimensions[HEADER_ROW].height = 24
    looks.print_wide(page, f"{HEADER_ROW}:{HEADER_ROW}")
    page.column_dimensions["B"].number_format = "@"
    _write_search(page, last)


def _ordered(service: Service) -> tuple[tuple[str, str, str, str], ...]:
    """Name, code, département and searched name of the communes, so that names that begin alike follow each other."""
    around = communes_around(service.commune_codes)
    rows = ((one.name, one.code, one.departement, plain(one.name)) for one in around)
    return tuple(sorted(rows, key=lambda row: (row[3], row[1])))


def _write_search(page: Worksheet, last: int) -> None:
    looks.set_header(page["F3"], "Taper ici le début d'un nom ↓", required=True)
    looks.set_header(page["G3"], HEADERS[1])
    looks.set_header(page["H3"], HEADERS[2])
    asked = page[ASKED]
    asked.fill, asked.number_format = looks.TO_FILL, "@"
    asked.border = Border(*[Side(style="medium", color="17414F")] * 4)
    names = f"$D${FIRST_ROW}:$D${last}"
    page["F5"].value = f"={_cleaned(ASKED)}"
    page["F5"].font = looks.QUIET
    for rank in range(SHOWN):
        line = 6 + rank
        position = f'MATCH({CLEANED}&"*",{names},0)+{rank}'
        begins = f'AND({CLEANED}<>"",LEFT(INDEX({names},{position}),LEN({CLEANED}))={CLEANED})'
        for letter, source in (("F", "A"), ("G", "B"), ("H", "C")):
            value = f"INDEX(${source}${FIRST_ROW}:${source}${last},{position})"
            page[f"{letter}{line}"].value = f'=IFERROR(IF({begins},{value},""),"")'
    looks.write(page[f"F{6 + SHOWN}"], "Aussi : filtrer la colonne « Commune » (flèche de l'en-tête).", looks.QUIET)


def _cleaned(cell: str) -> str:
    """What was typed, as the hidden column has it: capitals, no accent, no hyphen."""
    formula = f"UPPER(TRIM({cell}))"
    for sign, plain_sign in {**_ACCENTS, **_OTHERS}.items():
        formula = f'SUBSTITUTE({formula},"{sign}","{plain_sign}")'
    return formula
