"""``saisie.xlsx``, in which records are typed: the same bytes from the same settings and rows.

A sheet a table: a title, an example, the headers, and cells that know what they may hold. The reader of records starts
at the headers. Before them, a summary; after them, the lists of codes, and the INSEE code of a commune by its name.
"""

from collections.abc import Mapping, Sequence
from datetime import date

from rlpipeline.characters import plain
from rlpipeline.records.communes import VINTAGE, OfficialCommune, official_communes
from rlpipeline.records.names import CONTENTS, LISTS, PLACES
from rlpipeline.records.reading import words_of
from rlpipeline.records.tables import TABLES, Contract, table_named
from rlpipeline.settings.models import Service
from rlpipeline.settings.strict_yaml import packaged
from rlpipeline.spreadsheets import looks
from rlpipeline.spreadsheets.columns import (
    EXAMPLE_ROW,
    FIRST_ROW,
    HEADER_ROW,
    LAST_ROW,
    TITLE_ROW,
    WORDS,
    Place,
    code_lists,
    example,
    header_rule,
    places,
    reference_name,
    reference_range,
    rule_of,
)
from rlpipeline.spreadsheets.looks import Book, Page, Value

Rows = Sequence[Sequence[Value]]
ONE_LINE = 140  # characters that fit in the width of the sheet
EXAMPLE_MARK = "← Exemple, qui n'est pas lu. Saisir sous les en-têtes."
WIDTHS = {"text": 26.0, "code": 24.0, "identifier": 14.0, "number": 12.0, "year": 10.0, "flag": 10.0}
EXAMPLE = {**looks.QUIET, "bg_color": "#F3F4F5"}
LISTED = 20  # codes that a note names; a longer list is in its own sheet alone
FOUND = 12  # communes shown for the beginning of a name
_PLAIN = dict(zip("ÉÈÊËÀÂÎÏÔÛÇ", "EEEEAAIIOUC", strict=True)) | {"Œ": "OE"} | dict.fromkeys("-'’", " ")


def entry_workbook(service: Service, year: int, rows: Mapping[str, Rows] | None = None) -> bytes:
    """Make the workbook; ``year`` is that of the examples. ``rows`` are those of each table by its name: these tables
    alone have a sheet, every table an empty one without."""
    tables = [table for table in TABLES if rows is None or table.name in rows]
    book = Book()
    _write_contents(book, service, {table: len((rows or {}).get(table.name, ())) for table in tables})
    for table in tables:
        _write_table(book, table, (rows or {}).get(table.name, ()), service, year)
    _write_lists(book, service)
    _write_communes(book, service)
    return book.content()


def _write_contents(book: Book, service: Service, typed: Mapping[Contract, int]) -> None:
    said = packaged(WORDS)
    header = len(said["conseils"]) + 3
    page = book.page(CONTENTS, header)
    page.put(1, 1, f"Saisie des données : {service.nom}" if service.nom else "Saisie des données", looks.TITLE)
    for line, advice in enumerate(said["conseils"], start=1):
        page.sheet.merge_range(line, 0, line, 4, f"• {advice}", book.style(looks.WRAP))
        page.sheet.set_row(line, 32 if len(advice) > ONE_LINE else 17)
    page.put_header(header, ("Feuille", "Ce qu'elle contient", "Une ligne par", "Indispensable", "Lignes saisies"))
    for line, (table, number) in enumerate(typed.items(), start=header + 1):
        page.put_link(line, 1, table.name, table.name)
        texts = (table.label, table.note.removeprefix("une ligne par "), "oui" if table.required else "")
        page.put_header(line, texts, {**looks.WRAP, **looks.LINE}, column=2)
        count = f'=IFERROR(COUNTA({table.name}!$A${FIRST_ROW}:$A${LAST_ROW}),"feuille supprimée")'
        page.sheet.write_formula(line - 1, 4, count, book.style({"align": "right", **looks.LINE}), number)
    for line, (sheet, description) in enumerate(said["autres_feuilles"].items(), start=header + len(typed) + 2):
        page.put_link(line, 1, sheet, sheet)
        page.put(line, 2, description)
    page.set_widths(24, 46, 54, 15, 15)
    page.sheet.freeze_panes(1, 0)


def _write_table(book: Book, table: Contract, rows: Rows, service: Service, year: int) -> None:
    page, every = book.page(table.name, HEADER_ROW), places(table)
    last = len(every)
    columns = [{"header": place.column.name} for place in every]
    listed = {"name": f"t_{table.name}", "style": "Table Style Light 1", "columns": columns}
    page.sheet.add_table(HEADER_ROW - 1, 0, HEADER_ROW - 1 + max(len(rows), 1), last - 1, listed)
    page.put_link(TITLE_ROW, 1, f"← {CONTENTS}", CONTENTS)
    page.put(TITLE_ROW, 2, f"{table.label} : {table.note}", looks.TITLE)
    for place in every:
        width = max(WIDTHS.get(place.column.kind, 16.0), len(place.column.name) + 6.0)
        page.sheet.set_column(place.number - 1, place.number - 1, width, book.style(place.look))
        side = {"align": "right" if place.column.kind in ("number", "year") else "left"}
        page.put(EXAMPLE_ROW, place.number, example(place, service, year), {**EXAMPLE, **side})
        _write_header(page, place, service)
        _prepare_cells(page, place, service)
    page.put(EXAMPLE_ROW, last + 1, EXAMPLE_MARK, looks.QUIET)
    page.sheet.set_column(last, last, 50)
    page.sheet.set_row(HEADER_ROW - 1, 24)
    page.sheet.freeze_panes(HEADER_ROW, 1 if table.key else 0)
    texts = [place.letter for place in every if place.look == looks.TEXT]
    codes = " ".join(f"{letter}{EXAMPLE_ROW}:{letter}{LAST_ROW}" for letter in texts)
    page.sheet.ignore_errors({"number_stored_as_text": codes})
    for line, row in enumerate(rows, start=FIRST_ROW):
        for place, value in zip(every, row, strict=True):
            if value is not None:
                as_text = place.look == looks.TEXT and isinstance(value, date)
                page.put(line, place.number, f"{value:%d/%m/%Y}" if as_text else value, place.look)


def _write_header(page: Page, place: Place, service: Service) -> None:
    column, line, rank = place.column, HEADER_ROW - 1, place.number - 1
    page.put(HEADER_ROW, place.number, column.name, looks.OPTIONAL if column.nullable else looks.REQUIRED)
    empty = "Obligatoire." if not column.nullable and column.kind != "number" else "Peut rester vide"
    empty += " (« non communiqué »)." if column.kind == "number" else "." if column.nullable else ""
    codes = words_of(column, service) if column.kind == "code" else {}
    listed = [f"{code} : {words}" for code, words in codes.items()]
    listed = ["Codes : feuille « Listes »."] if len(codes) > LISTED else listed
    note = "\n".join([f"{column.note[:1].upper()}{column.note[1:]}.", empty, *listed])
    page.sheet.write_comment(line, rank, note, {"author": "rlpipeline", "height": 150, "width": 330})
    page.sheet.data_validation(line, rank, line, rank, header_rule(column.name))


def _prepare_cells(page: Page, place: Place, service: Service) -> None:
    rule, cells = rule_of(place, service), f"{place.first}:{place.letter}{LAST_ROW}"
    if rule is not None:
        page.sheet.data_validation(cells, {"error_title": place.column.name, **rule})
    marks = []
    if not place.column.nullable and place.column.kind != "number":
        row = f"$A{FIRST_ROW}:${places(place.table)[-1].letter}{FIRST_ROW}"
        marks.append((f'=AND(COUNTA({row})>0,{place.first}="")', looks.TO_FILL))
    if place.column.kind == "commune":  # the name is shown after the code that the cell holds
        for commune in service.communes:
            shown = {"num_format": '@" {}"'.format(commune.nom.replace('"', ""))}
            marks.append((f'={place.first}="{commune.code}"', shown))
    for formula, look in marks:
        options = {"type": "formula", "criteria": formula, "format": page.book.style(look)}
        page.sheet.conditional_format(cells, options)


def _write_lists(book: Book, service: Service) -> None:
    header = 3
    page, line = book.page(LISTS, header), header + 1
    page.put_link(1, 1, f"← {CONTENTS}", CONTENTS)
    page.put(1, 2, "Ce qui se choisit dans les cellules, et les codes, qui se lisent aussi", looks.TITLE)
    page.put_header(header, ("Table, colonne", "À choisir", "Son code, ou ce qu'il veut dire"))
    for name, listed in code_lists(service).items():
        end = line + len(listed.codes)
        book.file.define_name(name, f"={LISTS}!$B${line}:$B${end - 1}")
        for choice, (code, words) in zip(listed.choices, listed.codes.items(), strict=True):
            look = {**looks.WRAP, **looks.TEXT, **(looks.LINE if line == end - 1 else {})}
            page.put(line, 1, " ; ".join(listed.used_in), {**look, **looks.QUIET})
            page.put(line, 2, choice, look)
            page.put(line, 3, words if choice == code else code, look)
            line += 1
    for reference in (reference for table in TABLES for reference in table.references):
        target = table_named(reference.table)
        known = reference_range(Place(target, target.column(reference.target)))
        book.file.define_name(reference_name(reference), known)
    page.set_widths(44, 70, 40)
    page.sheet.freeze_panes(header, 0)
    page.sheet.autofilter(header - 1, 0, line - 2, 2)


def communes_around(codes: Sequence[str]) -> tuple[OfficialCommune, ...]:
    """The communes of the regions of these; all of France where none of them is in the list."""
    regions = {commune.region for commune in official_communes() if commune.code in codes}
    return tuple(commune for commune in official_communes() if not regions or commune.region in regions)


def _write_communes(book: Book, service: Service) -> None:
    header, first = 3, 4
    page, where = book.page(PLACES, header), "de la région" if service.communes else "de France"
    page.put_link(1, 1, f"← {CONTENTS}", CONTENTS)
    page.put(1, 2, f"Codes Insee des communes {where} au 1er janvier {VINTAGE}", looks.TITLE)
    page.put_header(header, ("Commune", "Code INSEE", "Département", "Pour chercher"))
    around = communes_around(service.commune_codes)
    listed = [(commune.name, commune.code, commune.departement, plain(commune.name)) for commune in around]
    listed.sort(key=lambda row: (row[3], row[1]))  # names that begin alike follow each other
    plain_style = book.style(looks.PLAIN)  # looked up once: there may be 35,000 lines
    for line, row in enumerate(listed, start=first - 1):
        for number, text in enumerate(row):
            page.sheet.write_string(line, number, text, plain_style)
    last = first + len(listed) - 1
    page.sheet.autofilter(header - 1, 0, last - 1, 3)
    page.sheet.freeze_panes(header, 0)
    page.set_widths(40, 12, 13, 4, 3, 44, 12, 13)
    page.sheet.set_column(3, 3, 4, None, {"hidden": True})
    page.sheet.set_row(header - 1, 24)
    page.put_header(header, ("Taper ici le début d'un nom ↓",), looks.REQUIRED, column=6)
    page.put_header(header, ("Code INSEE", "Département"), column=7)
    page.put(4, 6, None, {**looks.TO_FILL, **looks.TEXT, "border": 2, "border_color": "#17414F"})
    asked = "UPPER(TRIM(F4))"
    for sign, plain_sign in _PLAIN.items():
        asked = f'SUBSTITUTE({asked},"{sign}","{plain_sign}")'
    page.sheet.write_formula(4, 5, f"={asked}", book.style(looks.QUIET), "")
    for rank in range(FOUND):
        position = f'MATCH($F$5&"*",$D${first}:$D${last},0)+{rank}'
        begins = f'AND($F$5<>"",LEFT(INDEX($D${first}:$D${last},{position}),LEN($F$5))=$F$5)'
        for number, source in enumerate("ABC", start=5):
            value = f"INDEX(${source}${first}:${source}${last},{position})"
            page.sheet.write_formula(5 + rank, number, f'=IFERROR(IF({begins},{value},""),"")', None, "")
    page.put(6 + FOUND, 6, "Aussi : filtrer la colonne « Commune » (flèche de l'en-tête).", looks.QUIET)
