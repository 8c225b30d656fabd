"""``tableaux.xlsx``: a sheet a table, real numbers, and the same bytes for the same tables."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

import pandas as pd
from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell, WriteOnlyCell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.properties import PageSetupProperties

from rlpipeline.processes import uninterrupted
from rlpipeline.publication.figures import ROUNDED, SERVICE, Figures, records
from rlpipeline.publication.sheets import Content, Number, Sheet, make_sheets, numbers_of, sheet_name

EPOCH = datetime(2000, 1, 1)
ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)
APPLICATION = re.compile(rb"<(Application|AppVersion)>[^<]*</\1>")
MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*")
LIVE = ("=", "+", "-", "@")
LONGEST_TEXT, LONGEST_FOOTER = 32767, 240
SEPARATOR = " · "
STATES = {"nc": "nc", "masque": "masqué", "vide": "–"}
LEGEND = (
    ("nc", "non communiqué : la valeur n'est pas connue ; ce n'est pas un zéro"),
    ("12 (partiel)", "somme des seules valeurs communiquées"),
    ("–", "sans objet"),
    ("masqué", "valeur non diffusée, retirée ou corrigée, pour protéger les personnes"),
)
BOLD = Font(bold=True)
TITLE = Font(bold=True, size=14)
HEADER = PatternFill("solid", fgColor="E7F0F3")
LINE = Border(bottom=Side(style="thin", color="6B7580"))
LINK = Font(underline="single", color="0B5A75")
A4 = 9
PART_OF = "dont "
"""Beginning of the name of a line that is part of the one above."""
CONTENTS, BACK = "Sommaire", "Retour au sommaire"
CONTENTS_HEADER = ("Feuille", "Tableau", "Unité", "Définition", "Source", "Code du tableau")
EVOLUTIONS = "Évolutions"
HOW_TO_READ = (
    "Ensemble du service. L'écart est celui de deux chiffres exacts, connus et comparables ; « publié » : chiffre du "
    "rapport imprimé, non recalculé."
)
WRAP, WRAP_IN_ROW = Alignment(wrap_text=True, vertical="top"), Alignment(wrap_text=True)
RIGHT, INDENTED = Alignment(horizontal="right"), Alignment(indent=1)
WIDEST = 40
"""Characters of a column beyond which texts wrap."""


def write_workbook(figures: Figures, path: Path, said: str = "", of: str = "") -> None:
    """Write a contents sheet, a sheet a table, then the service's figures beside those of the year before, if any.

    ``said``: what each sheet says of its
    figures above its header and at the foot of its printed pages, if anything; ``of``: whose figures they are and of
    which year, which each sheet says before.
    """
    sheets = make_sheets(figures)
    said = SEPARATOR.join(filter(None, (of, said)))
    workbook = Workbook(write_only=True)
    workbook.properties.creator, workbook.properties.title = "rlpipeline", of or None
    workbook.properties.created = EPOCH
    tabs = {CONTENTS.lower(), *(sheet.name.lower() for sheet in sheets)}
    _write_contents(_page(workbook, CONTENTS, said, header=3), sheets, figures.bases, said)
    for sheet in sheets:
        page = _page(workbook, sheet.name, said)
        _write_sheet(page, sheet, said)
        page.close()
    order = {id: rank for rank, id in enumerate(figures.tables)}
    frame = figures.frame.sort_values("indicateur", key=lambda ids: ids.map(order), kind="stable")
    of_service = frame[(frame["territoire"] == SERVICE) & frame["comparable"].notna()]
    both_years = {sheet.table.id for sheet in sheets if sheet.several_years}
    if not {*of_service["indicateur"]} <= both_years:  # else the sheets themselves have the year before
        page = _page(workbook, sheet_name(EVOLUTIONS, tabs), said)
        _write_evolutions(page, of_service, said)
    saved = io.BytesIO()
    with uninterrupted():  # half an archive tells a trace
        workbook.save(saved)
    path.write_bytes(dateless(saved.getvalue()))


def dateless(workbook: bytes) -> bytes:
    """The same workbook without the time at which it was saved, nor the name of a tool."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as read, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as written:
        for name in read.namelist():
            content = read.read(name)
            if name == "docProps/core.xml":
                content = MODIFIED.sub(rb"\g<1>" + EPOCH.strftime("%Y-%m-%dT%H:%M:%SZ").encode(), content)
            if name == "docProps/app.xml":
                content = APPLICATION.sub(b"", content)
            info = zipfile.ZipInfo(name, ZIP_EPOCH)
            info.compress_type, info.create_system = zipfile.ZIP_DEFLATED, 3
            written.writestr(info, content)
    return target.getvalue()


def set_text(cell: Cell, text: str) -> None:
    """Put a text that no spreadsheet takes for a formula, now or when the cell is edited."""
    clean = ILLEGAL_CHARACTERS_RE.sub("", text)[:LONGEST_TEXT]
    cell.value = clean
    cell.data_type = "s"
    cell.quotePrefix = clean.startswith(LIVE)


def set_number(cell: Cell, number: Number) -> None:
    """Put a figure: a real number with its format, or the state that stands for it; a change with its sign."""
    if number.valeur is None:
        set_text(cell, STATES.get(number.etat, number.etat))
        cell.alignment = RIGHT
        return
    cell.value = number.valeur
    cell.number_format = rounded_format(number.base) if number.etat == ROUNDED else number_format(number)


def rounded_format(base: int) -> str:
    """Write « ≈ 25 », and « moins de 5 » for zero: the cell still holds a number."""
    return f'"≈\u00a0"#,##0;;"moins de {base}"'


def rounding_legend(base: int) -> Iterator[tuple[str, str]]:
    """Say what rounded cells are: base and width."""
    yield f"≈ {5 * base}", f"arrondi : multiple de {base}, à {base - 1} près au plus du nombre exact"
    yield f"moins de {base}", f"arrondi : de 0 à {base - 1}"


def number_format(number: Number) -> str:
    """As many decimals as the figure has (two at most, and always two for money and parts), and its unit.

    A change has a sign, and a percentage moves by points.
    """
    value = float(number.valeur or 0)
    decimals = next((places for places in (0, 1) if round(value, places) == round(value, 6)), 2)
    if number.unite == "euros" or (number.unite == "%" and number.colonne == "part"):
        decimals = 2
    digits = "#,##0" + ("." + "0" * decimals if decimals else "")
    unit = {"euros": '\\ "€"', "%": '\\ "pt"' if number.moved else '\\ "%"'}.get(number.unite, "")
    written = digits + unit + ('\\ "(partiel)"' if number.etat == "partiel" else "")
    return f"+{written};\u2212{written};{written}" if number.moved else written


def _page(workbook: Workbook, name: str, said: str, header: int = 4) -> WriteOnlyWorksheet:
    """A sheet that prints well: on its side, as wide as the paper, its header on each page."""
    page = workbook.create_sheet(name)
    page.page_setup.orientation, page.page_setup.paperSize = "landscape", A4
    page.page_setup.fitToHeight = 0
    page.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    page.print_title_rows = f"{header}:{header}"
    page.oddHeader.left.text, page.oddHeader.right.text = "&A", "&P / &N"
    page.oddFooter.center.text = _footer(said)
    return page


def _footer(said: str) -> str | None:
    """The first parts of what is said: a spreadsheet takes no more signs at the foot of a page."""
    words = ""
    for part in said.replace("&", "&&").split(SEPARATOR):
        longer = f"{words}{SEPARATOR}{part}" if words else part
        words = longer if len(longer) <= LONGEST_FOOTER else words
    return words or None


def _said(page: WriteOnlyWorksheet, said: str, *, back: bool = True) -> list[Cell]:
    """Whose figures a sheet has, and the way back to the contents."""
    words = SEPARATOR.join(filter(None, (said, BACK if back else "")))
    cell = _text(page, words, BOLD)
    cell.alignment = WRAP
    if back:
        cell.hyperlink, cell.font = Hyperlink(ref="", location=f"'{CONTENTS}'!A1"), LINK
    return [cell] if words else []


def _notes(page: WriteOnlyWorksheet, words: str) -> list[Cell]:
    cell = _text(page, words)
    cell.alignment = WRAP
    return [cell]


def _write_contents(page: WriteOnlyWorksheet, sheets: Sequence[Sheet], bases: Sequence[int], said: str) -> None:
    _set_widths(page, (32, 52, 18, 70, 40, 26))
    page.freeze_panes = "A4"
    page.append([_text(page, "Tableaux du rapport d'activité", TITLE)])
    page.append(_said(page, said, back=False))
    page.append(_header(page, CONTENTS_HEADER))
    for sheet in sheets:
        table = sheet.table
        words = (sheet.name, table.title, table.unit, table.definition, table.source, table.id)
        cells = [_text(page, text) for text in words]
        for cell in cells:
            cell.alignment = WRAP
        cells[0].hyperlink = Hyperlink(ref="", location=f"'{sheet.name}'!A1")
        cells[0].font = LINK
        page.append(cells)
    page.append([])
    page.append([_text(page, "Lire les cellules", BOLD)])
    for mark, meaning in (*LEGEND, *(line for base in bases for line in rounding_legend(base))):
        page.append([_text(page, mark), _text(page, meaning)])


def _write_sheet(page: WriteOnlyWorksheet, sheet: Sheet, said: str) -> None:
    """Title, how to read it, then one header that stays in view and the rows of each territory."""
    several = sheet.several_years
    header = ("Territoire", "Code", *(["Année"] if several else []), sheet.axis, *sheet.headers)
    _set_widths(page, _widths(sheet))
    page.freeze_panes = f"{get_column_letter((5 if several else 4) if sheet.rows else 1)}5"
    page.append([_text(page, sheet.table.title, TITLE)])
    page.append(_notes(page, " · ".join(f"{label} : {text}" for label, text in sheet.remarks if text)))
    page.append(_said(page, said))
    page.append(_header(page, header))
    for row in sheet.rows:
        year = [WriteOnlyCell(page, row.year)] if several else []
        label = _text(page, row.label)
        if row.label.startswith(PART_OF):
            label.alignment = INDENTED
        lead = [_text(page, row.territory), _text(page, row.code), *year, label]
        cells = [*lead, *(_content(page, content) for content in row.cells)]
        page.append(_in_bold(page, cells) if row.kind in {"total", "famille", "sous_total"} else cells)
    page.auto_filter.ref = f"A4:{get_column_letter(len(header))}{4 + len(sheet.rows)}"


def _widths(sheet: Sheet) -> list[int]:
    """Widths of its columns, wide enough for each of its cells: a number that does not fit shows as ###."""
    widths = [*sheet.widths]
    first = len(widths) - len(sheet.headers)
    for row in sheet.rows:
        for place, content in enumerate(row.cells, start=first):
            widths[place] = max(widths[place], min(_length(content) + 2, WIDEST))
    return widths


def _length(content: Content) -> int:
    if content is None:
        return 0
    if isinstance(content, str):
        return max(map(len, content.splitlines()), default=0)
    if content.valeur is None:
        return len(STATES.get(content.etat, content.etat))
    if content.etat == ROUNDED:
        return len(f"moins de {content.base}")
    marks = " ".join(re.findall('"([^"]*)"', number_format(content)))
    return len(f"{content.valeur:+,.2f} {marks}")


def _write_evolutions(page: WriteOnlyWorksheet, frame: pd.DataFrame, said: str) -> None:
    """Every figure of the service, that of the year before and what may be said of both."""
    year = int(frame["annee"].max())
    years = str(year), str(year - 1)
    header = ("Tableau", "Ligne", "Colonne", *years, "Écart", "Unité", "Origine", "Comparable", "Raison")
    _set_widths(page, (44, 36, 26, 24, 24, 20, 16, 12, 14, 60))
    page.freeze_panes = "D5"
    page.append([_text(page, f"Évolutions de {year - 1} à {year}", TITLE)])
    page.append(_notes(page, HOW_TO_READ))
    page.append(_said(page, said))
    page.append(_header(page, header))
    for figure in records(frame):
        status = figure.unite, figure.origine or "", "oui" if figure.comparable else "non", figure.raison
        words = figure.tableau, figure.libelle_ligne, figure.libelle_colonne
        page.append([_content(page, content) for content in (*words, *numbers_of(figure), *status)])
    page.auto_filter.ref = f"A4:{get_column_letter(len(header))}{4 + len(frame)}"


def _text(page: WriteOnlyWorksheet, text: str, font: Font | None = None) -> Cell:
    cell = WriteOnlyCell(page)
    set_text(cell, text)
    if font is not None:
        cell.font = font
    return cell


def _content(page: WriteOnlyWorksheet, content: Content) -> Cell | None:
    if content is None:
        return None
    if isinstance(content, str):
        cell = _text(page, content)
        cell.alignment = WRAP_IN_ROW
        return cell
    cell = WriteOnlyCell(page)
    set_number(cell, content)
    return cell


def _in_bold(page: WriteOnlyWorksheet, cells: Iterable[Cell | None]) -> list[Cell]:
    """The cells in bold, those without content too."""
    every = [WriteOnlyCell(page) if cell is None else cell for cell in cells]
    for cell in every:
        cell.font = BOLD
    return every


def _header(page: WriteOnlyWorksheet, words: Iterable[str]) -> list[Cell]:
    cells = [_text(page, word, BOLD) for word in words]
    for cell in cells:
        cell.fill, cell.border = HEADER, LINE
        cell.alignment = Alignment(wrap_text=True, vertical="bottom")
    return cells


def _set_widths(page: WriteOnlyWorksheet, widths: Iterable[int]) -> None:
    for column, width in enumerate(widths, start=1):
        page.column_dimensions[get_column_letter(column)].width = width
