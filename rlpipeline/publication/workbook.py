"""``tableaux.xlsx``: a sheet a table, real numbers, and the same bytes for the same tables."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pandas as pd
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from rlpipeline.publication.figures import ROUNDED, SERVICE, Figures, records
from rlpipeline.publication.sheets import Content, Number, Sheet, make_sheets, numbers_of, sheet_name
from rlpipeline.spreadsheets.looks import EPOCH, LINK, LONGEST_TEXT, PLAIN, WRAP, Book, Look, Page, Value

LONGEST_FOOTER = 240
SEPARATOR = " · "
STATES = {"nc": "nc", "masque": "masqué", "vide": "–"}
LEGEND = (
    ("nc", "non communiqué : la valeur n'est pas connue ; ce n'est pas un zéro"),
    ("12 (partiel)", "somme des seules valeurs communiquées"),
    ("–", "sans objet"),
    ("masqué", "valeur non diffusée, retirée ou corrigée, pour protéger les personnes"),
)
BOLD: Look = {"bold": True}
TITLE = {"bold": True, "font_size": 14}
HEADER = {"bold": True, "text_wrap": True, "bg_color": "#E7F0F3", "bottom": 1, "bottom_color": "#6B7580"}
PART_OF = "dont "
"""Beginning of the name of a line that is part of the one above."""
CONTENTS, BACK = "Sommaire", "Retour au sommaire"
CONTENTS_HEADER = ("Feuille", "Tableau", "Unité", "Définition", "Source", "Code du tableau")
EVOLUTIONS = "Évolutions"
HOW_TO_READ = (
    "Ensemble du service. L'écart est celui de deux chiffres exacts, connus et comparables ; « publié » : chiffre du "
    "rapport imprimé, non recalculé."
)
WIDEST = 40
"""Characters of a column beyond which texts wrap."""


def write_workbook(figures: Figures, path: Path, said: str = "", of: str = "") -> None:
    """Write a contents sheet, a sheet a table, then the service's figures beside those of the year before, if any.

    ``said``: what each sheet says of its figures above its header and at the foot of its printed pages, if anything;
    ``of``: whose figures they are and of which year, which each sheet says before.
    """
    sheets = make_sheets(figures)
    said = SEPARATOR.join(filter(None, (of, said)))
    book = Book()
    book.file.set_properties({"author": "rlpipeline", "title": of, "created": EPOCH})
    _write_contents(_page(book, CONTENTS, said, header=3), sheets, figures.bases, said)
    for sheet in sheets:
        _write_sheet(_page(book, sheet.name, said), sheet, said)
    order = {id: rank for rank, id in enumerate(figures.tables)}
    frame = figures.frame.sort_values("indicateur", key=lambda ids: ids.map(order), kind="stable")
    of_service = frame[(frame["territoire"] == SERVICE) & frame["comparable"].notna()]
    both_years = {sheet.table.id for sheet in sheets if sheet.several_years}
    if not {*of_service["indicateur"]} <= both_years:  # else the sheets themselves have the year before
        tabs = {CONTENTS.lower(), *(sheet.name.lower() for sheet in sheets)}
        _write_evolutions(_page(book, sheet_name(EVOLUTIONS, tabs), said), of_service, said)
    path.write_bytes(book.content())


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


def _page(book: Book, name: str, said: str, header: int = 4) -> Page:
    page = book.page(name, header)
    words = ""
    for part in said.replace("&", "&&").split(SEPARATOR):  # a spreadsheet takes no more signs at the foot of a page
        longer = f"{words}{SEPARATOR}{part}" if words else part
        words = longer if len(longer) <= LONGEST_FOOTER else words
    page.sheet.set_header("&L&A&R&P / &N")
    page.sheet.set_footer(f"&C{words}" if words else "")
    return page


def _write_contents(page: Page, sheets: Sequence[Sheet], bases: Sequence[int], said: str) -> None:
    page.set_widths(32, 52, 18, 70, 40, 26)
    page.sheet.freeze_panes(3, 0)
    _put_row(page, 1, [("Tableaux du rapport d'activité", TITLE)])
    _put_row(page, 2, [(said, {**BOLD, **WRAP})])
    page.put_header(3, CONTENTS_HEADER, HEADER)
    for line, sheet in enumerate(sheets, start=4):
        table = sheet.table
        words = (table.title, table.unit, table.definition, table.source, table.id)
        _put_link(page, line, sheet.name, sheet.name)
        _put_row(page, line, [(text, WRAP) for text in words], 2)
    first = 5 + len(sheets)
    _put_row(page, first, [("Lire les cellules", BOLD)])
    for line, meaning in enumerate([*LEGEND, *(words for base in bases for words in rounding_legend(base))], first + 1):
        _put_row(page, line, [(text, PLAIN) for text in meaning])


def _write_sheet(page: Page, sheet: Sheet, said: str) -> None:
    several = sheet.several_years
    header = ("Territoire", "Code", *(["Année"] if several else []), sheet.axis, *sheet.headers)
    lead = len(header) - len(sheet.headers)
    label = max((len(row.label) for row in sheet.rows), default=10)
    widths = [30, 14, *([8] if several else []), min(max(label + 2, 14), 60)]
    widths += [min(max(len(word) + 2, 12), 28) for word in sheet.headers]
    said_of = {"Unité": sheet.table.unit, "Définition": sheet.table.definition, "Source": sheet.table.source}
    remarks = SEPARATOR.join(f"{word} : {text}" for word, text in said_of.items() if text)
    for line, row in enumerate(sheet.rows, start=5):
        look = BOLD if row.kind in {"total", "famille", "sous_total"} else PLAIN
        name = row.label, {"indent": 1, **look} if row.label.startswith(PART_OF) else look
        words: tuple[Value, ...] = (row.territory, row.code, *([row.year] if several else []))
        contents = [(value, {**own, **look}) for value, own in map(_shown, row.cells)]
        _put_row(page, line, [*((word, look) for word in words), name, *contents])
        for place, content in enumerate(row.cells, start=lead):  # a number that does not fit shows as ###
            widths[place] = max(widths[place], min(_length(content) + 2, WIDEST))
    _put_head(page, (sheet.table.title, remarks, said), header, lead if sheet.rows else 0, len(sheet.rows))
    page.set_widths(*widths)


def _put_head(page: Page, words: tuple[str, str, str], header: Sequence[str], lead: int, lines: int) -> None:
    """Title, how to read it, whose figures they are, then one header that stays in view, above filtered lines."""
    title, remarks, said = words
    _put_row(page, 1, [(title, TITLE)])
    _put_row(page, 2, [(remarks, WRAP)])
    _put_link(page, 3, SEPARATOR.join(filter(None, (said, BACK))), CONTENTS)
    _put_row(page, 4, [(word, HEADER) for word in header])
    page.sheet.freeze_panes(4, lead)
    page.sheet.autofilter(3, 0, 3 + lines, len(header) - 1)


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


def _write_evolutions(page: Page, frame: pd.DataFrame, said: str) -> None:
    year = int(frame["annee"].max())
    years = str(year), str(year - 1)
    header = ("Tableau", "Ligne", "Colonne", *years, "Écart", "Unité", "Origine", "Comparable", "Raison")
    _put_head(page, (f"Évolutions de {year - 1} à {year}", HOW_TO_READ, said), header, 3, len(frame))
    page.set_widths(44, 36, 26, 24, 24, 20, 16, 12, 14, 60)
    for line, figure in enumerate(records(frame), start=5):
        status = figure.unite, figure.origine or "", "oui" if figure.comparable else "non", figure.raison
        words = figure.tableau, figure.libelle_ligne, figure.libelle_colonne
        _put_row(page, line, map(_shown, (*words, *numbers_of(figure), *status)))


def _shown(content: Content) -> tuple[Value, Look]:
    if content is None or isinstance(content, str):
        return content, PLAIN if content is None else {"text_wrap": True}
    if content.valeur is None:
        return STATES.get(content.etat, content.etat), {"align": "right"}
    written = rounded_format(content.base) if content.etat == ROUNDED else number_format(content)
    return float(f"{content.valeur:.15g}"), {"num_format": written}


def _put_row(page: Page, line: int, cells: Iterable[tuple[Value, Look]], first: int = 1) -> None:
    for column, (value, look) in enumerate(cells, start=first):
        if isinstance(value, str):
            value = ILLEGAL_CHARACTERS_RE.sub("", value)[:LONGEST_TEXT] or None  # noqa: PLW2901
        if value is not None or look:
            page.put(line, column, value, look)


def _put_link(page: Page, line: int, text: str, sheet: str) -> None:
    page.put_link(line, 1, text, sheet)
    page.put(line, 1, text, {**LINK, **WRAP})  # never a formula
