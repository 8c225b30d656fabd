"""The looks of the workbook in which records are typed."""

from __future__ import annotations

from openpyxl.cell.cell import Cell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.worksheet import Worksheet

from rlpipeline.spreadsheets.entry.cells import put

FACE = "Calibri"
TITLE = Font(name=FACE, bold=True, size=14, color="17414F")
QUIET = Font(name=FACE, italic=True, color="5C666F")
LINK = Font(name=FACE, underline="single", color="0B5A75")
REQUIRED = (Font(name=FACE, bold=True, color="FFFFFF"), PatternFill("solid", fgColor="17414F"))
OPTIONAL = (Font(name=FACE, bold=True, color="17414F"), PatternFill("solid", fgColor="D3E4EA"))
EXAMPLE = PatternFill("solid", fgColor="F3F4F5")
TO_FILL = PatternFill("solid", fgColor="FFF6D6", bgColor="FFF6D6")
LINE = Border(bottom=Side(style="thin", color="B8C4CA"))
WRAP = Alignment(wrap_text=True, vertical="top")


def write(cell: Cell, text: str, font: Font | None = None) -> None:
    """Write a text in a cell."""
    put(cell, text)
    if font is not None:
        cell.font = font


def write_link(cell: Cell, text: str, sheet: str, target: str = "A1", file: str | None = None) -> None:
    """Write a link to a cell of another sheet, or of another file; to the file where no sheet is named."""
    write(cell, text, LINK)
    place = f"'{sheet.replace(chr(39), chr(39) * 2)}'!{target}" if sheet else None
    cell.hyperlink = Hyperlink(ref=cell.coordinate, location=place, target=file)


def set_header(cell: Cell, text: str, required: bool = False) -> None:
    """Write a header; the colour and the weight of the required ones are stronger."""
    cell.font, cell.fill = REQUIRED if required else OPTIONAL
    cell.alignment = Alignment(vertical="center", wrap_text=True)
    put(cell, text)


def set_widths(page: Worksheet, widths: dict[str, float]) -> None:
    """Set the widths of columns, in characters."""
    for letter, width in widths.items():
        page.column_dimensions[letter].width = width


def print_wide(page: Worksheet, header: str) -> None:
    """Print on as many landscape pages as it takes, one page wide, the header on each."""
    page.page_setup.orientation = "landscape"
    page.page_setup.paperSize = page.PAPERSIZE_A4
    page.page_setup.fitToHeight = 0
    page.sheet_properties.pageSetUpPr.fitToPage = True
    page.print_title_rows = header
    page.oddFooter.center.text = "&A · &P / &N"
