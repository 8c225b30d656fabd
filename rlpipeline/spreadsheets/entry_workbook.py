"""``saisie.xlsx``, in which records are typed: the same bytes from the same settings and rows.

A sheet a table: a title, an example, the headers, and cells that know what they may hold. The reader of records starts
at the headers. Before them, a summary; after them, the lists of codes, and the INSEE code of a commune by its name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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
class ColumnPlace:
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
        looks_of = {"date": DAY, "number": PLAIN, "year": PLAIN}
        return looks_of.get(self.column.kind, TEXT)

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
        found = (item for item in self.table.references if item.column == self.column.name)
        return next(found, None)


def places(table: Contract) -> tuple[ColumnPlace, ...]:
    """The place of every column of a table."""
    return tuple(ColumnPlace(table, column) for column in table.columns)


def example(place: ColumnPlace, service: Service, year: int) -> str:
    """What a cell of the column may hold, as it is typed."""
    column = place.column
    codes = [*service.commune_codes, "62215"]
    names = [*(commune.nom for commune in service.communes), "Carvin"]
    day = "30/11" if column.name.endswith("fin") else "17/05"
    by_kind = {"commune": names[0], "territory": codes[0], "flag": "non"}
    by_kind["code"] = next(iter(words_of(column, service).values()), "")
    by_kind |= {"date": f"{day}/{year}", "year": str(year)}
    by_kind["number"] = "12" if column.whole else "1,5"
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
    communes = service.commune_names
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


def rule_of(place: ColumnPlace, service: Service) -> Rule | None:
    """The validation of a column; None where any text will do."""
    kind, reference = place.column.kind, place.reference
    if reference is not None:
        words = {"table": reference.table, "column": reference.target}
        return _rule("list", f"={reference_name(reference)}", "reference", **words)
    if place.table.key == (place.column.name,):
        every = f"${place.letter}${FIRST_ROW}:${place.letter}${LAST_ROW}"
        return _rule("custom", f"=COUNTIF({every},{place.first})=1", "key")
    if kind in ("code", "flag", "commune", "territory"):
        asked = _asking_commune(place, service) if kind == "commune" else {}
        return {**_rule("list", f"={place.list_name}", kind, outside=OUTSIDE), **asked}
    if kind == "year":
        return {**_rule("integer", FIRST_YEAR, "year"), "criteria": "between", "maximum": LAST_YEAR}
    typed = {"date": _day, "birth": _birth, "number": _number}
    return typed[kind](place) if kind in typed else None


def _asking_commune(place: ColumnPlace, service: Service) -> Rule:
    """What is shown beside a cell for a commune: those of the service."""
    help_ = packaged(WORDS)["aide"]
    names = ", ".join(commune.nom for commune in service.communes)
    prompt = help_["communes"].format(names=names, outside=OUTSIDE) if names else help_["aucune"]
    shown = prompt if len(prompt) <= LONGEST_MESSAGE else help_["trop"]
    return {"input_title": place.column.name, "input_message": str(shown)}


def reference_name(reference: Reference) -> str:
    """Name of the range of the values typed in the table referred to."""
    return f"connus_{reference.table}"


def reference_range(target: ColumnPlace) -> str:
    """That range: it grows with what is typed."""
    column = f"{target.table.name}!${target.letter}${FIRST_ROW}"
    return f"=OFFSET({column},0,0,MAX(1,COUNTA({column}:${target.letter}${LAST_ROW})),1)"


def header_rule(name: str) -> Rule:
    """The validation of a header: typed over, it is refused."""
    rule = _rule("list", [name], "header", name=name)
    return {**rule, "dropdown": False, "ignore_blank": False, "error_title": "En-tête"}


def _rule(validate: str, value: object, name: str, /, **words: str) -> Rule:
    said = packaged(WORDS)
    is_question = name in said["questions"]
    texts = said["questions"] if is_question else said["refus"]
    rule: Rule = {
        "validate": validate,
        "value": value,
        "error_message": texts[name].format(**words),
    }
    return rule | {"error_type": "warning"} if is_question else rule


def _day(place: ColumnPlace) -> Rule:
    """A day between the first and the last, and not before another column's."""
    # Before the first sure day, the number of a day is one less.
    first = (date(FIRST_YEAR, 1, 1) - SHEET_EPOCH).days - 1
    last = (date(LAST_YEAR, 12, 31) - SHEET_EPOCH).days
    rule = _rule("date", first, "date")
    start = ENDS.get((place.table.name, place.column.name))
    if start:
        begins = ColumnPlace(place.table, place.table.column(start)).first
        rule = _rule("date", f"=MAX({first},{begins})", "end")
    return {**rule, "criteria": "between", "maximum": last}


def _birth(place: ColumnPlace) -> Rule:
    cell = place.first
    day = f"DATE(RIGHT({cell},4),MID({cell},4,2),LEFT({cell},2))"
    separators = f'MID({cell},3,1)&MID({cell},6,1)="//"'
    whole = f"AND(LEN({cell})=10,{separators},MONTH({day})=MID({cell},4,2)*1)"
    middle, half_width = (FIRST_YEAR + LAST_YEAR) // 2, (LAST_YEAR - FIRST_YEAR) // 2
    is_year = f"ABS({cell}-{middle})<={half_width}"
    return _rule("custom", f"=IFERROR(IF(LEN({cell})=4,{is_year},{whole}),FALSE)", "birth")


def _number(place: ColumnPlace) -> Rule:
    column, cell = place.column, place.first
    tests = [f"ISNUMBER({cell})"]
    if column.minimum is not None:
        tests.append(f"{cell}>={column.minimum:.11g}")
    if column.maximum is not None:
        tests.append(f"{cell}<={column.maximum:.11g}")
    if column.whole:
        tests.append(f"{cell}=INT({cell})")
    formula = f'=OR(UPPER({cell})="NC",AND({",".join(tests)}))'
    return _rule("custom", formula, "number", kind=_kind_of_number(column))


def _kind_of_number(column: Column) -> str:
    """What kind of number is expected, as the refusal of another says it."""
    if column.whole:
        return "Nombre entier attendu"
    is_bounded = column.minimum and column.minimum > 0 and column.maximum is not None
    limits = f" de {column.minimum:g} à {column.maximum:g}" if is_bounded else ""
    return f"Nombre attendu{limits}, comme 1,5"


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
_PLAIN = dict(zip("ÉÈÊËÀÂÎÏÔÛÇ", "EEEEAAIIOUC", strict=True))
_PLAIN |= {"Œ": "OE"} | dict.fromkeys("-'’", " ")
HEADERS = ("Feuille", "Ce qu'elle contient", "Une ligne par", "Indispensable", "Lignes saisies")


def entry_workbook(service: Service, year: int, rows: Mapping[str, Rows] | None = None) -> bytes:
    """Make the workbook; ``year`` is that of the examples. ``rows`` are those of each table by its name: these tables
    alone have a sheet, every table an empty one without."""
    typed = {table: (rows or {}).get(table.name, ()) for table in TABLES}
    if rows is not None:
        typed = {table: lines for table, lines in typed.items() if table.name in rows}
    book = Book()
    _write_contents(book, service, {table: len(lines) for table, lines in typed.items()})
    for table, lines in typed.items():
        _write_table(book, table, lines, service, year)
    _write_lists(book, service)
    _write_communes(book, service)
    return book.content()


def _write_contents(book: Book, service: Service, typed: Mapping[Contract, int]) -> None:
    """Write the summary: advice, then a line a sheet with how many rows are typed in it."""
    said = packaged(WORDS)
    header = len(said["conseils"]) + 3
    page = book.page(CONTENTS, header)
    name = f" : {service.nom}" if service.nom else ""
    page.put(1, 1, f"Saisie des données{name}", looks.TITLE)
    for line, advice in enumerate(said["conseils"], start=1):
        page.sheet.merge_range(line, 0, line, 4, f"• {advice}", book.style(looks.WRAP))
        page.sheet.set_row(line, 32 if len(advice) > ONE_LINE else 17)
    page.put_header(header, HEADERS)
    for line, (table, number) in enumerate(typed.items(), start=header + 1):
        _write_content(page, line, table, number)
    others = said["autres_feuilles"].items()
    for line, (sheet, description) in enumerate(others, start=header + len(typed) + 2):
        page.put_link(line, 1, sheet, sheet)
        page.put(line, 2, description)
    page.set_widths(24, 46, 54, 15, 15)
    page.sheet.freeze_panes(1, 0)


def _write_content(page: Page, line: int, table: Contract, number: int) -> None:
    """Write the line of the summary about a table."""
    page.put_link(line, 1, table.name, table.name)
    texts = table.label, table.note.removeprefix("une ligne par "), "oui" if table.required else ""
    page.put_header(line, texts, {**looks.WRAP, **looks.LINE}, column=2)
    column = f"{table.name}!$A${FIRST_ROW}:$A${LAST_ROW}"
    count = f'=IFERROR(COUNTA({column}),"feuille supprimée")'
    style = page.book.style({"align": "right", **looks.LINE})
    page.sheet.write_formula(line - 1, 4, count, style, number)


def _write_table(book: Book, table: Contract, rows: Rows, service: Service, year: int) -> None:
    page, every = book.page(table.name, HEADER_ROW), places(table)
    last, header = len(every), HEADER_ROW - 1
    listed: dict[str, Any] = {"name": f"t_{table.name}", "style": "Table Style Light 1"}
    listed["columns"] = [{"header": place.column.name} for place in every]
    page.sheet.add_table(header, 0, header + max(len(rows), 1), last - 1, listed)
    page.put_link(TITLE_ROW, 1, f"← {CONTENTS}", CONTENTS)
    page.put(TITLE_ROW, 2, f"{table.label} : {table.note}", looks.TITLE)
    for place in every:
        _write_column(page, place, service, year)
    page.put(EXAMPLE_ROW, last + 1, EXAMPLE_MARK, looks.QUIET)
    page.sheet.set_column(last, last, 50)
    page.sheet.set_row(header, 24)
    page.sheet.freeze_panes(HEADER_ROW, 1 if table.key else 0)
    texts = [place.letter for place in every if place.look == looks.TEXT]
    codes = [f"{letter}{EXAMPLE_ROW}:{letter}{LAST_ROW}" for letter in texts]
    page.sheet.ignore_errors({"number_stored_as_text": " ".join(codes)})
    for line, row in enumerate(rows, start=FIRST_ROW):
        _write_row(page, line, every, row)


def _write_column(page: Page, place: ColumnPlace, service: Service, year: int) -> None:
    """Write the example and the header of a column, and say what its cells may hold."""
    column, rank = place.column, place.number - 1
    width = max(WIDTHS.get(column.kind, 16.0), len(column.name) + 6.0)
    page.sheet.set_column(rank, rank, width, page.book.style(place.look))
    side = {"align": "right" if column.kind in ("number", "year") else "left"}
    page.put(EXAMPLE_ROW, place.number, example(place, service, year), {**EXAMPLE, **side})
    _write_header(page, place, service)
    _prepare_cells(page, place, service)


def _write_row(page: Page, line: int, every: Sequence[ColumnPlace], row: Sequence[Value]) -> None:
    """Write the cells of a row that are known; a day in a column of texts as a text."""
    for place, value in zip(every, row, strict=True):
        if place.look == looks.TEXT and isinstance(value, date):
            page.put(line, place.number, f"{value:%d/%m/%Y}", place.look)
        elif value is not None:
            page.put(line, place.number, value, place.look)


def _write_header(page: Page, place: ColumnPlace, service: Service) -> None:
    column, line, rank = place.column, HEADER_ROW - 1, place.number - 1
    look = looks.OPTIONAL if column.nullable else looks.REQUIRED
    page.put(HEADER_ROW, place.number, column.name, look)
    options = {"author": "rlpipeline", "height": 150, "width": 330}
    page.sheet.write_comment(line, rank, _note(column, service), options)
    page.sheet.data_validation(line, rank, line, rank, header_rule(column.name))


def _note(column: Column, service: Service) -> str:
    """What the note of a header says: what the column is, whether it may be empty, its codes."""
    empty = "Obligatoire."
    if column.nullable:
        empty = "Peut rester vide."
    if column.kind == "number":
        empty = "Peut rester vide (« non communiqué »)."
    codes = words_of(column, service) if column.kind == "code" else {}
    listed = [f"{code} : {words}" for code, words in codes.items()]
    if len(codes) > LISTED:
        listed = ["Codes : feuille « Listes »."]
    title = f"{column.note[:1].upper()}{column.note[1:]}."
    return "\n".join([title, empty, *listed])


def _prepare_cells(page: Page, place: ColumnPlace, service: Service) -> None:
    rule, cells = rule_of(place, service), f"{place.first}:{place.letter}{LAST_ROW}"
    if rule is not None:
        page.sheet.data_validation(cells, {"error_title": place.column.name, **rule})
    for formula, look in _marks(place, service):
        options = {"type": "formula", "criteria": formula, "format": page.book.style(look)}
        page.sheet.conditional_format(cells, options)


def _marks(place: ColumnPlace, service: Service) -> Iterator[tuple[str, Look]]:
    """When cells look otherwise, and how: to be filled; the name of a commune after its code."""
    column = place.column
    if not column.nullable and column.kind != "number":
        row = f"$A{FIRST_ROW}:${places(place.table)[-1].letter}{FIRST_ROW}"
        yield f'=AND(COUNTA({row})>0,{place.first}="")', looks.TO_FILL
    communes = service.communes if column.kind == "commune" else ()
    for commune in communes:
        name = commune.nom.replace('"', "")
        yield f'={place.first}="{commune.code}"', {"num_format": f'@" {name}"'}


def _write_lists(book: Book, service: Service) -> None:
    header = 3
    page, line = book.page(LISTS, header), header + 1
    page.put_link(1, 1, f"← {CONTENTS}", CONTENTS)
    title = "Ce qui se choisit dans les cellules, et les codes, qui se lisent aussi"
    page.put(1, 2, title, looks.TITLE)
    page.put_header(header, ("Table, colonne", "À choisir", "Son code, ou ce qu'il veut dire"))
    for name, listed in code_lists(service).items():
        end = line + len(listed.codes)
        book.file.define_name(name, f"={LISTS}!$B${line}:$B${end - 1}")
        _write_list(page, line, listed)
        line = end
    for reference in chain.from_iterable(table.references for table in TABLES):
        target = table_named(reference.table)
        known = reference_range(ColumnPlace(target, target.column(reference.target)))
        book.file.define_name(reference_name(reference), known)
    page.set_widths(44, 70, 40)
    page.sheet.freeze_panes(header, 0)
    page.sheet.autofilter(header - 1, 0, line - 2, 2)


def _write_list(page: Page, first: int, listed: CodeList) -> None:
    """Write the choices of a list, each with its code, or with what that means."""
    used_in = " ; ".join(listed.used_in)
    last = first + len(listed.codes) - 1
    pairs = zip(listed.choices, listed.codes.items(), strict=True)
    for line, (choice, (code, words)) in enumerate(pairs, start=first):
        look = {**looks.WRAP, **looks.TEXT}
        if line == last:
            look |= looks.LINE
        page.put(line, 1, used_in, {**look, **looks.QUIET})
        page.put(line, 2, choice, look)
        page.put(line, 3, words if choice == code else code, look)


def communes_around(codes: Sequence[str]) -> tuple[OfficialCommune, ...]:
    """The communes of the regions of these; all of France where none of them is in the list."""
    official = official_communes()
    regions = {commune.region for commune in official if commune.code in codes}
    around = [commune for commune in official if commune.region in regions]
    return tuple(around) if regions else official


def _write_communes(book: Book, service: Service) -> None:
    """Write the INSEE codes of the communes around, and a cell that finds them by a name begun."""
    header, first = 3, 4
    page, where = book.page(PLACES, header), "de la région" if service.communes else "de France"
    page.put_link(1, 1, f"← {CONTENTS}", CONTENTS)
    page.put(1, 2, f"Codes Insee des communes {where} au 1er janvier {VINTAGE}", looks.TITLE)
    page.put_header(header, ("Commune", "Code INSEE", "Département", "Pour chercher"))
    rows = [*map(_commune_row, communes_around(service.commune_codes))]
    rows.sort(key=lambda row: (row[3], row[1]))  # names that begin alike follow each other
    style = book.style(looks.PLAIN)  # looked up once: there may be 35,000 lines
    for line, row in enumerate(rows, start=first - 1):
        for number, text in enumerate(row):
            page.sheet.write_string(line, number, text, style)
    last = first + len(rows) - 1
    page.sheet.autofilter(header - 1, 0, last - 1, 3)
    page.sheet.freeze_panes(header, 0)
    page.set_widths(40, 12, 13, 4, 3, 44, 12, 13)
    page.sheet.set_column(3, 3, 4, None, {"hidden": True})
    page.sheet.set_row(header - 1, 24)
    page.put_header(header, ("Taper ici le début d'un nom ↓",), looks.REQUIRED, column=6)
    page.put_header(header, ("Code INSEE", "Département"), column=7)
    _write_search(page, first, last)


def _commune_row(commune: OfficialCommune) -> tuple[str, str, str, str]:
    return commune.name, commune.code, commune.departement, plain(commune.name)


def _write_search(page: Page, first: int, last: int) -> None:
    """Write the cell where a name is begun, and the formulas that find what begins so."""
    frame = {"border": 2, "border_color": "#17414F"}
    page.put(4, 6, None, {**looks.TO_FILL, **looks.TEXT, **frame})
    asked = "UPPER(TRIM(F4))"
    for sign, plain_sign in _PLAIN.items():
        asked = f'SUBSTITUTE({asked},"{sign}","{plain_sign}")'
    page.sheet.write_formula(4, 5, f"={asked}", page.book.style(looks.QUIET), "")
    names = f"$D${first}:$D${last}"
    for rank in range(FOUND):
        position = f'MATCH($F$5&"*",{names},0)+{rank}'
        found = f"LEFT(INDEX({names},{position}),LEN($F$5))=$F$5"
        for number, source in enumerate("ABC", start=5):
            value = f"INDEX(${source}${first}:${source}${last},{position})"
            formula = f'=IFERROR(IF(AND($F$5<>"",{found}),{value},""),"")'
            page.sheet.write_formula(5 + rank, number, formula, None, "")
    also = "Aussi : filtrer la colonne « Commune » (flèche de l'en-tête)."
    page.put(6 + FOUND, 6, also, looks.QUIET)
