"""``tableaux.xlsx``: a sheet a table, real numbers, and the same bytes for the same tables."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.worksheet import Worksheet

from rlpipeline.publication.bundles import Bundles, FigureRow
from rlpipeline.publication.evolutions import Evolution, evolutions
from rlpipeline.publication.figures import SERVICE, united_figures
from rlpipeline.publication.sheets import Sheet, make_sheets, sheet_name, told_apart

EPOCH = datetime(2000, 1, 1)
ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)
APPLICATION = re.compile(rb"<(Application|AppVersion)>[^<]*</\1>")
MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*")
LIVE = ("=", "+", "-", "@")
LONGEST_TEXT = 32767
STATES = {"nc": "nc", "masque": "masqué", "vide": "–"}
LEGEND = (
    ("nc", "non communiqué : la valeur n'est pas connue ; ce n'est pas un zéro"),
    ("12 (partiel)", "somme des valeurs connues, d'autres ne le sont pas"),
    ("–", "sans objet"),
    ("masqué", "valeur cachée pour protéger les personnes"),
)
BOLD = Font(bold=True)
TITLE = Font(bold=True, size=14)
HEADER = PatternFill("solid", fgColor="E7F0F3")
LINE = Border(bottom=Side(style="thin", color="6B7580"))
EVOLUTIONS = "Évolutions"
HOW_TO_READ = (
    "Ensemble du service. L'écart est celui de deux chiffres connus et comparables ; « publié » : chiffre du rapport "
    "imprimé, non recalculé."
)
WRAP = Alignment(wrap_text=True, vertical="top")


def write_workbook(bundles: Bundles, path: Path, names: Mapping[str, str] | None = None) -> None:
    """Write a contents sheet, a sheet a table, then the service's figures beside those of the year before.

    Parameters
    ----------
    names
        Territory code to its name; the code is shown where there is none.
    """
    sheets = make_sheets(bundles, united_figures(bundles), names or {})
    workbook = Workbook()
    workbook.properties.creator = "rlpipeline"
    workbook.properties.created = EPOCH
    contents = workbook.active
    contents.title = "Sommaire"
    taken = {"sommaire", *(sheet.name.lower() for sheet in sheets)}
    _write_contents(contents, sheets)
    for sheet in sheets:
        _write_sheet(workbook.create_sheet(sheet.name), sheet)
    beside = [one for one in evolutions(bundles) if one.territory == SERVICE]
    if beside:
        labels = told_apart({(t.id, axis.code): axis.label for t in bundles.tables for axis in (*t.rows, *t.columns)})
        titles = {table.id: table.title for table in bundles.tables}
        _write_evolutions(workbook.create_sheet(sheet_name(EVOLUTIONS, taken)), beside, titles, labels)
    buffer = io.BytesIO()
    workbook.save(buffer)
    path.write_bytes(dateless(buffer.getvalue()))


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


def set_figure(cell: Cell, figure: FigureRow) -> None:
    """Put a figure: a real number with its format, or the state that stands for it."""
    if figure.valeur is None:
        set_text(cell, STATES.get(figure.etat, figure.etat))
        cell.alignment = Alignment(horizontal="right")
        return
    cell.value = figure.valeur
    cell.number_format = number_format(figure)


def number_format(figure: FigureRow) -> str:
    """As many decimals as the figure has (two at most, and always two for money and parts), and its unit."""
    value = float(figure.valeur or 0)
    decimals = next((places for places in (0, 1) if round(value, places) == round(value, 6)), 2)
    if figure.unite == "euros" or (figure.unite == "%" and figure.colonne == "part"):
        decimals = 2
    number = "#,##0" + ("." + "0" * decimals if decimals else "")
    unit = {"euros": '\\ "€"', "%": '\\ "%"'}.get(figure.unite, "")
    return number + unit + ('\\ "(partiel)"' if figure.etat == "partiel" else "")


def _write_contents(page: Worksheet, sheets: Sequence[Sheet]) -> None:
    set_text(page["A1"], "Tableaux du rapport d'activité")
    page["A1"].font = TITLE
    _write_header(page, 3, ("Feuille", "Tableau", "Partie du rapport", "Unité", "Définition", "Source"))
    for line, sheet in enumerate(sheets, start=4):
        words = (sheet.name, sheet.title, sheet.section, sheet.unit, sheet.definition, sheet.source)
        for column, text in enumerate(words, start=1):
            set_text(page.cell(line, column), text)
            page.cell(line, column).alignment = WRAP
        link = page.cell(line, 1)
        link.hyperlink = Hyperlink(ref=link.coordinate, location=f"'{sheet.name}'!A1")
        link.font = Font(underline="single", color="0B5A75")
    start = len(sheets) + 6
    set_text(page.cell(start - 1, 1), "Lire les cellules sans nombre")
    page.cell(start - 1, 1).font = BOLD
    for line, (mark, meaning) in enumerate(LEGEND, start=start):
        set_text(page.cell(line, 1), mark)
        set_text(page.cell(line, 2), meaning)
    _set_widths(page, (28, 52, 16, 18, 70, 40))
    page.freeze_panes = "A4"


def _write_sheet(page: Worksheet, sheet: Sheet) -> None:
    """Title, how to read it, then one header that stays in view and one line a territory and row."""
    set_text(page["A1"], sheet.title)
    page["A1"].font = TITLE
    told = [f"{label} : {text}" for label, text in sheet.told if text]
    set_text(page["A2"], " · ".join(told))
    header = ("Territoire", "Code", *(["Année"] if sheet.several_years else []), "Ligne", *sheet.headers)
    _write_header(page, 4, header)
    for index, row in enumerate(sheet.rows, start=5):
        lead = (row.territory, row.code, *([row.year] if sheet.several_years else []), row.label)
        for column, word in enumerate(lead, start=1):
            cell = page.cell(index, column)
            set_text(cell, word) if isinstance(word, str) else setattr(cell, "value", word)
        _write_cells(page, index, len(lead) + 1, row.cells)
        if row.kind in {"total", "famille", "sous_total"}:
            for column in range(1, len(header) + 1):
                page.cell(index, column).font = BOLD
    page.freeze_panes = page.cell(5, len(lead) + 1 if sheet.rows else 1)
    _set_widths(page, sheet.widths)
    page.auto_filter.ref = f"A4:{get_column_letter(len(header))}{max(4, 4 + len(sheet.rows))}"


def _write_evolutions(
    page: Worksheet, beside: Sequence[Evolution], titles: Mapping[str, str], labels: Mapping[tuple[str, str], str]
) -> None:
    """Every figure of the service, that of the year before, and what may be said of the two."""
    year = beside[0].year
    set_text(page["A1"], f"Évolutions de {year - 1} à {year}")
    page["A1"].font = TITLE
    set_text(page["A2"], HOW_TO_READ)
    header = (
        "Tableau",
        "Ligne",
        "Colonne",
        str(year),
        str(year - 1),
        "Écart",
        "Unité",
        "Origine",
        "Comparable",
        "Raison",
    )
    _write_header(page, 4, header)
    for line, one in enumerate(beside, start=5):
        then = one.then.figure if one.then else None
        words = (labels.get((one.indicator, code), code) for code in (one.line, one.column))
        told = (one.unit, one.then.origin if one.then else "", "oui" if one.comparable else "non", one.reason)
        gap = replace(one.now, valeur=one.difference) if one.now and one.difference is not None else None
        _write_cells(page, line, 1, (titles[one.indicator], *words, one.now, then, gap, *told))
    page.freeze_panes = "D5"
    _set_widths(page, (44, 36, 26, 14, 14, 14, 16, 12, 12, 60))
    page.auto_filter.ref = f"A4:{get_column_letter(len(header))}{4 + len(beside)}"


def _write_cells(page: Worksheet, line: int, start: int, cells: Iterable[FigureRow | str | None]) -> None:
    for column, content in enumerate(cells, start=start):
        if isinstance(content, str):
            set_text(page.cell(line, column), content)
        elif content is not None:
            set_figure(page.cell(line, column), content)


def _write_header(page: Worksheet, line: int, words: Iterable[str]) -> None:
    for column, word in enumerate(words, start=1):
        cell = page.cell(line, column)
        set_text(cell, word)
        cell.font, cell.fill, cell.border = BOLD, HEADER, LINE
        cell.alignment = Alignment(wrap_text=True, vertical="bottom")


def _set_widths(page: Worksheet, widths: Iterable[int]) -> None:
    for column, width in enumerate(widths, start=1):
        page.column_dimensions[get_column_letter(column)].width = width
