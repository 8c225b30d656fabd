"""Where the cells of a table stand in the entry workbook, what an example of each is, and what it may hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias

from xlsxwriter.utility import xl_col_to_name

from rlpipeline.records.communes import OUTSIDE_LABEL
from rlpipeline.records.reading import SHEET_EPOCH, reader, words_of
from rlpipeline.records.tables import FIRST_YEAR, LAST_YEAR, OUTSIDE, TABLES, Column, Contract, Reference
from rlpipeline.settings.models import Service
from rlpipeline.settings.strict_yaml import packaged
from rlpipeline.spreadsheets.looks import DAY, PLAIN, TEXT, Look

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
        return DAY if self.column.kind == "date" else PLAIN if self.column.kind in ("number", "year") else TEXT

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
        return next((item for item in self.table.references if item.column == self.column.name), None)


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
    lists: dict[str, CodeList] = {}
    communes = {commune.code: commune.nom for commune in service.communes}
    territories = {place.code: place.nom for place in (*([service.epci] if service.epci else ()), *service.qpv)}
    none = {} if communes or territories else {"62215": "(à compléter : aucune commune dans service.yml)"}
    own = {"commune": {**communes, OUTSIDE: OUTSIDE_LABEL}, "territory": communes | territories | none}
    for place in (place for table in TABLES for place in places(table)):
        kind = place.column.kind
        if kind in ("commune", "territory", "code", "flag"):
            codes, read = own.get(kind) or words_of(place.column, service), reader(place.column, service)
            former = lists[place.list_name].used_in if place.list_name in lists else ()
            used_in = (*former, f"{place.table.name}, {place.column.name}")
            sure = {code: words for code, words in codes.items() if kind == "flag" or (read and read(words) == code)}
            lists[place.list_name] = CodeList(used_in, codes, tuple(sure.get(code, code) for code in codes))
    return lists


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
        help_, names = packaged(WORDS)["aide"], ", ".join(commune.nom for commune in service.communes)
        prompt = str(help_["communes"].format(names=names, outside=OUTSIDE) if names else help_["aucune"])
        prompt = prompt if len(prompt) <= LONGEST_MESSAGE else str(help_["trop"])
        asked = {"input_title": place.column.name, "input_message": prompt} if kind == "commune" else {}
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
    first, last = (date(FIRST_YEAR, 1, 1) - SHEET_EPOCH).days - 1, (date(LAST_YEAR, 12, 31) - SHEET_EPOCH).days
    start = ENDS.get((place.table.name, place.column.name))
    since = f"=MAX({first},{Place(place.table, place.table.column(start)).first})" if start else first
    return {**_rule("date", since, "end" if start else "date"), "criteria": "between", "maximum": last}


def _birth(place: Place) -> Rule:
    cell = place.first
    day = f"DATE(RIGHT({cell},4),MID({cell},4,2),LEFT({cell},2))"
    whole = f'AND(LEN({cell})=10,MID({cell},3,1)&MID({cell},6,1)="//",MONTH({day})=MID({cell},4,2)*1)'
    middle, half_width = (FIRST_YEAR + LAST_YEAR) // 2, (LAST_YEAR - FIRST_YEAR) // 2
    return _rule("custom", f"=IFERROR(IF(LEN({cell})=4,ABS({cell}-{middle})<={half_width},{whole}),FALSE)", "birth")


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
