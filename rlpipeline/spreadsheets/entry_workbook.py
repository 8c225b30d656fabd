"""``saisie.xlsx``, in which records are typed: the same bytes from the same settings and rows.

A sheet a table: a title, an example, the headers, and cells that know what they may hold. The reader of records starts
at the headers. Before them, a summary; after them, the lists of codes, and the INSEE code of a commune by its name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain
from typing import Any, TypeAlias

from xlsxwriter.utility import xl_col_to_name

from rlpipeline.characters import plain
from rlpipeline.records.communes import OUTSIDE_LABEL, VINTAGE, OfficialCommune, official_communes
from rlpipeline.records.names import CONTENTS, LISTS, PLACES
from rlpipeline.records.reading import SHEET_EPOCH, reader, words_of
from rlpipeline.records.tables import (
    FIRST_YEAR,
    LAST_YEAR,
    OUTSIDE,
    TABLES,
    Column,
    Contract,
    Reference,
    table_named,
)
from rlpipeline.settings.models import Service
from rlpipeline.settings.strict_yaml import packaged
from rlpipeline.spreadsheets import looks
from rlpipeline.spreadsheets.looks import DAY, PLAIN, TEXT, Book, Look, Page, Value

TITLE_ROW, EXAMPLE_ROW, HEADER_ROW, FIRST_ROW = 1, 2, 3, 4
LAST_ROW = 1_048_576  # last row of a sheet
LONGEST_MESSAGE = 255
WORDS = "spreadsheets/data/saisie.yml"
ENDS = {("suivis", "date_fin"): "date_debut"}  # columns that may not come before another

Rule: TypeAlias = "dict[str, Any]"  # A validation in the words of xlsxwriter


@dataclass(frozen=True)
class Place:
    """Where a column stands in the sheet of its table."""

    table: Contract
    column: Column

    @property
    def number(self) -> int:
        """Position of the column, from 1."""
        return self.table.column_names.index(self.column.name) + 1

    @property
    def letter(self) -> str:
        """Letter of the column."""
        return str(xl_col_to_name(self.number - 1))

    @property
    def first(self) -> str:
        """First cell of the column, as formulas name it."""
        return f"{self.letter}{FIRST_ROW}"

    @property
    def look(self) -> Look:
        """How its cells are shown; a code is a text, so that it keeps its zero."""
        return (
            DAY
            if self.column.kind == "date"
            else PLAIN
            if self.column.kind in ("number", "year")
            else TEXT
        )

    @property
    def list_name(self) -> str:
        """Name of the range that holds its codes."""
        if self.column.kind == "flag":
            return "liste_oui_non"
        if self.column.kind in ("commune", "territory"):
            return f"liste_{self.column.kind}s"
        return f"liste_{self.table.name}_{self.column.name}"

    @property
    def reference(self) -> Reference | None:
        """The column of another table that its values come from."""
        return next(
            (item for item in self.table.references if item.column == self.column.name), None
        )


def places(table: Contract) -> tuple[Place, ...]:
    """The place of every column of a table."""
    return tuple(Place(table, column) for column in table.columns)


def example(place: Place, service: Service, year: int) -> str:
    """What a cell of the column may hold, as it is typed."""
    column = place.column
    by_kind = {
        "code": next(iter(words_of(column, service).values()), ""),
        "commune": service.communes[0].nom if service.communes else "Carvin",
        "territory": service.commune_codes[0] if service.communes else "62215",
        "date": f"{'30/11' if column.name.endswith('fin') else '17/05'}/{year}",
        "year": str(year),
        "number": "12" if column.whole else "1,5",
        "flag": "non",
    }
    return column.example or by_kind[column.kind]


@dataclass(frozen=True)
class CodeList:
    """What is chosen in the drop-downs of some columns: each choice is the words, or the code where they are unsure."""

    used_in: tuple[str, ...]
    codes: Mapping[str, str]
    choices: tuple[str, ...]


def code_lists(service: Service) -> Mapping[str, CodeList]:
    """Every list by the name of its range, in the order of the contract."""
    own = _own_codes(service)
    lists: dict[str, CodeList] = {}
    for place in chain.from_iterable(map(places, TABLES)):
        kind, name = place.column.kind, place.list_name
        if kind in ("commune", "territory", "code", "flag"):
            codes = own.get(kind) or words_of(place.column, service)
            former = lists[name].used_in if name in lists else ()
            used_in = (*former, f"{place.table.name}, {place.column.name}")
            lists[name] = CodeList(used_in, codes, _choices(place.column, codes, service))
    return lists


def _own_codes(service: Service) -> Mapping[str, Mapping[str, str]]:
    """Give the places of a service by code: communes; these, their EPCI and neighbourhoods."""
    communes = {commune.code: commune.nom for commune in service.communes}
    territories = dict(communes)
    if service.epci:
        territories[service.epci.code] = service.epci.nom
    territories |= {quarter.code: quarter.nom for quarter in service.qpv}
    none = {"62215": "(à compléter : aucune commune dans service.yml)"}
    return {
        "commune": {**communes, OUTSIDE: OUTSIDE_LABEL},
        "territory": territories or none,
    }


def _choices(column: Column, codes: Mapping[str, str], service: Service) -> tuple[str, ...]:
    """Give what the list proposes: words where they are read as their code, else the code."""
    if column.kind == "flag":
        return tuple(codes.values())
    read = reader(column, service)
    if not read:
        return tuple(codes)
    return tuple(words if read(words) == code else code for code, words in codes.items())


def rule_of(place: Place, service: Service) -> Rule | None:
    """The validation of a column; None where any text will do."""
    kind, reference = place.column.kind, place.reference
    if reference is not None:
        words = {"table": reference.table, "column": reference.target}
        return _rule("list", f"={reference_name(reference)}", "reference", **words)
    if place.table.key == (place.column.name,):
        every = f"${place.letter}${FIRST_ROW}:${place.letter}${LAST_ROW}"
        return _rule("custom", f"=COUNTIF({every},{place.first})=1", "key")
    if kind in ("code", "flag", "commune", "territory"):
        help_, names = (
            packaged(WORDS)["aide"],
            ", ".join(commune.nom for commune in service.communes),
        )
        prompt = str(
            help_["communes"].format(names=names, outside=OUTSIDE) if names else help_["aucune"]
        )
        prompt = prompt if len(prompt) <= LONGEST_MESSAGE else str(help_["trop"])
        asked = (
            {"input_title": place.column.name, "input_message": prompt} if kind == "commune" else {}
        )
        return {**_rule("list", f"={place.list_name}", kind, outside=OUTSIDE), **asked}
    if kind == "year":
        return {**_rule("integer", FIRST_YEAR, "year"), "criteria": "between", "maximum": LAST_YEAR}
    typed = {"date": _day, "birth": _birth, "number": _number}
    return typed[kind](place) if kind in typed else None


def reference_name(reference: Reference) -> str:
    """Name of the range of the values typed in the table referred to."""
    return f"connus_{reference.table}"


def reference_range(target: Place) -> str:
    """That range: it grows with what is typed."""
    column = f"{target.table.name}!${target.letter}${FIRST_ROW}"
    return f"=OFFSET({column},0,0,MAX(1,COUNTA({column}:${target.letter}${LAST_ROW})),1)"


def header_rule(name: str) -> Rule:
    """The validation of a header: typed over, it is refused."""
    rule = _rule("list", [name], "header", name=name)
    return {**rule, "dropdown": False, "ignore_blank": False, "error_title": "En-tête"}


def _rule(validate: str, value: object, name: str, /, **words: str) -> Rule:
    said = packaged(WORDS)
    asked = {"error_type": "warning"} if name in said["questions"] else {}
    message = {**said["refus"], **said["questions"]}[name].format(**words)
    return {"validate": validate, "value": value, "error_message": message, **asked}


def _day(place: Place) -> Rule:
    # Before the first sure day, the number of a day is one less.
    first, last = (
        (date(FIRST_YEAR, 1, 1) - SHEET_EPOCH).days - 1,
        (date(LAST_YEAR, 12, 31) - SHEET_EPOCH).days,
    )
    start = ENDS.get((place.table.name, place.column.name))
    since = (
        f"=MAX({first},{Place(place.table, place.table.column(start)).first})" if start else first
    )
    return {
        **_rule("date", since, "end" if start else "date"),
        "criteria": "between",
        "maximum": last,
    }


def _birth(place: Place) -> Rule:
    cell = place.first
    day = f"DATE(RIGHT({cell},4),MID({cell},4,2),LEFT({cell},2))"
    whole = (
        f'AND(LEN({cell})=10,MID({cell},3,1)&MID({cell},6,1)="//",MONTH({day})=MID({cell},4,2)*1)'
    )
    middle, half_width = (FIRST_YEAR + LAST_YEAR) // 2, (LAST_YEAR - FIRST_YEAR) // 2
    return _rule(
        "custom",
        f"=IFERROR(IF(LEN({cell})=4,ABS({cell}-{middle})<={half_width},{whole}),FALSE)",
        "birth",
    )


def _number(place: Place) -> Rule:
    column, cell = place.column, place.first
    tests = [f"ISNUMBER({cell})"]
    tests += [f"{cell}>={column.minimum:.11g}"] if column.minimum is not None else []
    tests += [f"{cell}<={column.maximum:.11g}"] if column.maximum is not None else []
    tests += [f"{cell}=INT({cell})"] if column.whole else []
    bounded = column.minimum and column.minimum > 0 and column.maximum is not None
    limits = f" de {column.minimum:g} à {column.maximum:g}" if bounded else ""
    kind = "Nombre entier attendu" if column.whole else f"Nombre attendu{limits}, comme 1,5"
    return _rule("custom", f'=OR(UPPER({cell})="NC",AND({",".join(tests)}))', "number", kind=kind)


Rows = Sequence[Sequence[Value]]
ONE_LINE = 140  # characters that fit in the width of the sheet
EXAMPLE_MARK = "← Exemple, qui n'est pas lu. Saisir sous les en-têtes."
WIDTHS = {
    "text": 26.0,
    "code": 24.0,
    "identifier": 14.0,
    "number": 12.0,
    "year": 10.0,
    "flag": 10.0,
}
EXAMPLE = {**looks.QUIET, "bg_color": "#F3F4F5"}
LISTED = 20  # codes that a note names; a longer list is in its own sheet alone
FOUND = 12  # communes shown for the beginning of a name
_PLAIN = (
    dict(zip("ÉÈÊËÀÂÎÏÔÛÇ", "EEEEAAIIOUC", strict=True)) | {"Œ": "OE"} | dict.fromkeys("-'’", " ")
)


def entry_workbook(service: Service, year: int, rows: Mapping[str, Rows] | None = None) -> bytes:
    """Make the workbook; ``year`` is that of the examples. ``rows`` are those of each table by its name: these tables
    alone have a sheet, every table an empty one without."""
    tables = [table for table in TABLES if rows is None or table.name in rows]
    book = Book()
    _write_contents(
        book, service, {table: len((rows or {}).get(table.name, ())) for table in tables}
    )
    for table in tables:
        _write_table(book, table, (rows or {}).get(table.name, ()), service, year)
    _write_lists(book, service)
    _write_communes(book, service)
    return book.content()


def _write_contents(book: Book, service: Service, typed: Mapping[Contract, int]) -> None:
    said = packaged(WORDS)
    header = len(said["conseils"]) + 3
    page = book.page(CONTENTS, header)
    page.put(
        1,
        1,
        f"Saisie des données : {service.nom}" if service.nom else "Saisie des données",
        looks.TITLE,
    )
    for line, advice in enumerate(said["conseils"], start=1):
        page.sheet.merge_range(line, 0, line, 4, f"• {advice}", book.style(looks.WRAP))
        page.sheet.set_row(line, 32 if len(advice) > ONE_LINE else 17)
    page.put_header(
        header,
        ("Feuille", "Ce qu'elle contient", "Une ligne par", "Indispensable", "Lignes saisies"),
    )
    for line, (table, number) in enumerate(typed.items(), start=header + 1):
        page.put_link(line, 1, table.name, table.name)
        texts = (
            table.label,
            table.note.removeprefix("une ligne par "),
            "oui" if table.required else "",
        )
        page.put_header(line, texts, {**looks.WRAP, **looks.LINE}, column=2)
        count = f'=IFERROR(COUNTA({table.name}!$A${FIRST_ROW}:$A${LAST_ROW}),"feuille supprimée")'
        page.sheet.write_formula(
            line - 1, 4, count, book.style({"align": "right", **looks.LINE}), number
        )
    for line, (sheet, description) in enumerate(
        said["autres_feuilles"].items(), start=header + len(typed) + 2
    ):
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
        _write_row(page, line, every, row)


def _write_row(page: Page, line: int, every: Sequence[Place], row: Sequence[Value]) -> None:
    """Write the cells of a row that are known; a day in a column of texts as a text."""
    for place, value in zip(every, row, strict=True):
        if place.look == looks.TEXT and isinstance(value, date):
            page.put(line, place.number, f"{value:%d/%m/%Y}", place.look)
        elif value is not None:
            page.put(line, place.number, value, place.look)


def _write_header(page: Page, place: Place, service: Service) -> None:
    column, line, rank = place.column, HEADER_ROW - 1, place.number - 1
    page.put(
        HEADER_ROW, place.number, column.name, looks.OPTIONAL if column.nullable else looks.REQUIRED
    )
    empty = (
        "Obligatoire." if not column.nullable and column.kind != "number" else "Peut rester vide"
    )
    empty += " (« non communiqué »)." if column.kind == "number" else "." if column.nullable else ""
    codes = words_of(column, service) if column.kind == "code" else {}
    listed = [f"{code} : {words}" for code, words in codes.items()]
    listed = ["Codes : feuille « Listes »."] if len(codes) > LISTED else listed
    note = "\n".join([f"{column.note[:1].upper()}{column.note[1:]}.", empty, *listed])
    page.sheet.write_comment(
        line, rank, note, {"author": "rlpipeline", "height": 150, "width": 330}
    )
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
    page.put(
        1, 2, "Ce qui se choisit dans les cellules, et les codes, qui se lisent aussi", looks.TITLE
    )
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
    return tuple(
        commune for commune in official_communes() if not regions or commune.region in regions
    )


def _write_communes(book: Book, service: Service) -> None:
    header, first = 3, 4
    page, where = book.page(PLACES, header), "de la région" if service.communes else "de France"
    page.put_link(1, 1, f"← {CONTENTS}", CONTENTS)
    page.put(1, 2, f"Codes Insee des communes {where} au 1er janvier {VINTAGE}", looks.TITLE)
    page.put_header(header, ("Commune", "Code INSEE", "Département", "Pour chercher"))
    around = communes_around(service.commune_codes)
    listed = [
        (commune.name, commune.code, commune.departement, plain(commune.name)) for commune in around
    ]
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
            page.sheet.write_formula(
                5 + rank, number, f'=IFERROR(IF({begins},{value},""),"")', None, ""
            )
    page.put(
        6 + FOUND, 6, "Aussi : filtrer la colonne « Commune » (flèche de l'en-tête).", looks.QUIET
    )
