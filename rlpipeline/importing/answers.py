"""``correspondance.xlsx``: its rows as answers, read back, and written as a person sees them. A question is a row, with
drop-downs and help beside; what is missing is yellow, what is proposed blue."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from xlsxwriter.utility import xl_col_to_name

from rlpipeline.characters import unaccented
from rlpipeline.errors import DataError
from rlpipeline.execution.install import write_whole
from rlpipeline.importing import FILE, FRENCH, refusal
from rlpipeline.importing import vocabulary as v
from rlpipeline.records.names import LISTS
from rlpipeline.records.sources import sheets_of
from rlpipeline.records.tabular import cell_name
from rlpipeline.settings.models import Service
from rlpipeline.spreadsheets.looks import OPTIONAL, QUIET, TEXT, TITLE, WRAP, Book

SHEETS: Mapping[str, tuple[str, ...]] = {
    name: tuple(columns) for name, columns in FRENCH["feuilles"].items()
}
"""Sheet to its columns."""
TABLES, COLUMNS, WORDS, PEOPLE, ACCOUNT = SHEETS
GROUP, HEADERS, FIRST, LAST, KIND, YEAR, COMMUNE, OUT, SEEN, KNOW, PROPOSED = SHEETS[TABLES][3:14]
HEADER, (TARGET, SAID, SEPARATOR, ORDER, UNIT, EMPTY) = SHEETS[COLUMNS][2], SHEETS[COLUMNS][6:12]
WORD, TIMES, PLACE, MEANING = SHEETS[WORDS][1:5]
SAME, KEEP, DIGEST = SHEETS[PEOPLE][3:]
COUNTED, GAP = SHEETS[ACCOUNT][1], SHEETS[ACCOUNT][4]
A_COLUMN, A_HEADING, NOWHERE = FRENCH["listes"][YEAR]
NOTED, ZERO, ABOVE = FRENCH["listes"][EMPTY]
ONE, TWO = FRENCH["listes"][SAME]
*SIGNS, LINE_BREAK, NO_SIGN = FRENCH["listes"][SEPARATOR]
KEEP_FIRST, KEEP_LAST, KEEP_OLDEST, BLANK = FRENCH["listes"][KEEP]
LEAVE_LINE, EMPTY_CELL = "écarter la ligne", "(case vide)"
TOLD = SHEETS[ACCOUNT][:-1]
KEPT: Sequence[tuple[str, str, tuple[str, ...], Mapping[str, str]]] = (
    *((COLUMNS, TABLES, (GROUP,), {}), (TABLES, TABLES, (GROUP,), {"tableau": ""})),
    *((WORDS, WORDS, (TARGET, WORD), {TIMES: "0"}), (PEOPLE, PEOPLE, (DIGEST,), {})),
)
"""Sheets whose answers stay where rows of another, by what names each, have none; what they say then."""
HEADER_ROW, MOST_ROWS = 4, 2000
_YELLOW, _BLUE = ({"bg_color": color} for color in ("#FFF176", "#E3F2FD"))
_HELP = {**QUIET, "font_size": 8, "text_wrap": True, "valign": "bottom"}


@dataclass
class Row:
    """A row of a sheet: what stands under each header, its line (0 before it is written), and what is yellow."""

    sheet: str
    cells: dict[str, str]
    line: int = 0
    wanted: list[str] = field(default_factory=list)

    def __getitem__(self, header: str) -> str:
        return self.cells.get(header, "")

    def says(self, header: str, *words: str) -> bool:
        """Whether a cell holds one of these words, accents and case apart."""
        return unaccented(self[header]) in map(unaccented, words)

    def want(self, *headers: str) -> None:
        """Ask for an answer in a cell that is empty."""
        self.wanted += [
            header for header in headers if not self[header] and header not in self.wanted
        ]

    def place(self, header: str) -> str:
        """Sheet and cell, as a person looks for them."""
        return f"feuille « {self.sheet} », cellule {cell_name(self.line - 1, SHEETS[self.sheet].index(header))}"

    def refusal(self, header: str, name: str, fois: int = 0, **words: object) -> DataError:
        """The error of an answer that cannot be followed, by its name in ``mots.yml``."""
        got = f"« {self[header]} »" if self[header] else "une cellule vide"
        return refusal(DataError, name, f"{FILE}, {self.place(header)}", got, fois, **words)

    def one_of(self, header: str, allowed: Iterable[str]) -> str:
        """The answer of a cell that holds one of a few words, whatever its case; DataError for another."""
        words = {word.casefold(): word for word in allowed}
        answer = self[header].casefold()
        if answer and answer not in words:
            raise self.refusal(header, "pas dans la liste", liste=shown(list(words.values())))
        return words.get(answer, "")


Answers = dict[str, list[Row]]


def unanswered(found: Answers) -> list[tuple[Row, str]]:
    """The cells that are yellow, in the order of the sheets."""
    return [(row, header) for name in SHEETS for row in found[name] for header in row.wanted]


def read_answers(path: Path) -> Answers:
    """Read the workbook as a person left it, other sheets let alone; DataError where one of ours is missing."""
    sheets = {sheet.name: sheet.rows for sheet in sheets_of(path)}
    found: Answers = {name: [] for name in SHEETS}
    for name, headers in SHEETS.items():
        grid = [[v.text(cell) for cell in row] for row in sheets.get(name, ())]
        start = next((number for number, row in enumerate(grid) if row[:2] == [*headers[:2]]), None)
        if start is None:
            raise refusal(
                DataError, "feuille absente", path, feuille=name, en_tetes=", ".join(headers[:2])
            )
        places = {header: grid[start].index(header) for header in headers if header in grid[start]}
        for number, row in enumerate(grid[start + 1 :], start + 2):
            cells = {
                header: row[place]
                for header, place in places.items()
                if place < len(row) and row[place]
            }
            if "chemin" in cells:  # whatever spaces it has
                cells["chemin"] = str(sheets[name][number - 1][places["chemin"]])
            if cells:
                found[name].append(Row(name, cells, number))
    return found


def shown(words: Sequence[str], most: int = 8) -> str:
    """A list as a sentence shows it."""
    return ", ".join(words[:most]) + (f"… ({len(words)} en tout)" if len(words) > most else "")


def write_answers(found: Answers, service: Service, path: Path) -> None:
    """Write the workbook, readable by its owner alone, in one go; rows know their numbers then."""
    lists: dict[str, Sequence[str]] = {"genres": list(v.KINDS), "cibles": list(v.TARGETS)}
    for rank, kind in enumerate(v.KINDS, 1):
        lists[f"cibles_{rank}"] = [v.LEFT, *(target.label for target in v.targets_of_kind(kind))]
    asked = {row[TARGET] for row in found[WORDS]}
    for rank, (label, target) in enumerate(v.TARGETS.items(), 1):
        lists[f"dit_{rank}"] = v.sayings(target, service)
        if label in asked:
            lists[f"mots_{rank}"] = [*v.words_for(target, service).values(), BLANK, LEAVE_LINE]
    lists |= {"coche": ["Oui", "Non", BLANK, LEAVE_LINE], "signes": FRENCH["listes"][SEPARATOR]}
    lists["communes"] = [
        A_COLUMN,
        A_HEADING,
        NOWHERE,
        *(commune.nom for commune in service.communes),
    ]
    book, hidden = Book(), [(name, words) for name, words in lists.items() if words]
    letters = {name: xl_col_to_name(place, True) for place, (name, _) in enumerate(hidden)}
    ranges = {
        name: f"{LISTS}!{letters[name]}$1:{letters[name]}${len(words)}" for name, words in hidden
    }
    for name in SHEETS:
        _fill(book, name, found[name], ranges)
    page = book.page(LISTS, 1)
    page.sheet.hide()
    for place, (name, words) in enumerate(hidden, 1):
        book.file.define_name(name, f"={ranges[name]}")
        for line, word in enumerate(words, 1):
            page.put(line, place, word)
    write_whole(path, book.content())


def _fill(book: Book, name: str, rows: Sequence[Row], ranges: Mapping[str, str]) -> None:
    page, wide = book.page(name, HEADER_ROW), name in (TABLES, COLUMNS)
    page.put(1, 1, FRENCH["titres"][name], TITLE)
    page.put(2, 1, FRENCH["légende"], QUIET)
    page.sheet.set_row(HEADER_ROW - 2, 90 if wide else 60)
    page.sheet.freeze_panes(HEADER_ROW, 3 if wide else 2)
    last = max(len(rows), 1) + HEADER_ROW + (30 if name == TABLES else 0)
    first, letters = (
        HEADER_ROW + 1,
        {header: xl_col_to_name(place) for place, header in enumerate(SHEETS[name])},
    )
    lists: dict[str, object] = {header: [*words] for header, words in FRENCH["listes"].items()}
    lists |= {KIND: "=genres", COMMUNE: "=communes", SEPARATOR: "=signes"}
    if name == COLUMNS:  # the lists follow what is answered beside, or on the first sheet
        kinds, groups = (f"{TABLES}!${letter}${first}:${letter}${MOST_ROWS}" for letter in "HD")
        kind = f"MATCH(INDEX({kinds},MATCH($A{first},{groups},0)),{ranges['genres']},0)"
        lists[TARGET] = f'=INDIRECT("cibles_"&{kind})'
        lists[SAID] = f'=INDIRECT("dit_"&MATCH(${letters[TARGET]}{first},{ranges["cibles"]},0))'
    for place, header in enumerate(SHEETS[name]):
        aid = FRENCH["aide"].get(f"{name} : {header}", FRENCH["aide"].get(header))
        page.put(HEADER_ROW - 1, place + 1, aid, _HELP)
        page.put(HEADER_ROW, place + 1, header, OPTIONAL)
        shown_as = {"hidden": header in FRENCH["cachées"]}
        page.sheet.set_column(place, place, int(FRENCH["largeurs"].get(header, 13)), None, shown_as)
        if header in lists:
            page.sheet.data_validation(
                HEADER_ROW, place, last - 1, place, _rule(header, lists[header])
            )
    labels = {label: f"=mots_{rank}" for rank, label in enumerate(v.TARGETS, 1)}
    for line, row in enumerate(rows, HEADER_ROW + 1):
        row.line = line
        for place, header in enumerate(SHEETS[name]):
            proposed = header in (TARGET, MEANING) and row[header] == row[PROPOSED]
            blue = proposed or (header == KEEP and not row[SAME])
            look = {
                **TEXT,
                "valign": "top",
                **(_BLUE if blue and row[header] and not row[SEEN] else {}),
            }
            page.put(
                line,
                place + 1,
                row[header] or None,
                look if header in FRENCH["cachées"] else {**look, **WRAP},
            )
            if header in row.wanted:
                mark = {"type": "blanks", "format": book.style(_YELLOW)}
                page.sheet.conditional_format(line - 1, place, line - 1, place, mark)
            if name == WORDS and header == MEANING:
                rule = _rule(header, labels.get(row[TARGET], "=coche"))
                page.sheet.data_validation(line - 1, place, line - 1, place, rule)


def _rule(header: str, source: object) -> dict[str, Any]:
    rule = {"validate": "list", "source": source, "show_error": header not in FRENCH["libres"]}
    rule |= {"error_title": "Réponse inconnue", "error_message": "Choisir une réponse de la liste."}
    return rule | {
        "input_title": header[:32],
        "input_message": FRENCH["aide"].get(header, "")[:250],
    }
