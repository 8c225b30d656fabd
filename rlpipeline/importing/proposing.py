"""What the workbook proposes and asks: tables found, columns named by exact words, former answers."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from itertools import chain, count, zip_longest
from pathlib import Path
from typing import NamedTuple

from openpyxl.utils import get_column_letter

from rlpipeline.characters import unaccented
from rlpipeline.importing import FRENCH, counted, shown
from rlpipeline.importing.answers import Answers, ColumnRow, TableRow
from rlpipeline.importing.reading import COUNTED, AnsweredColumn, AnsweredTable, Use
from rlpipeline.importing.tables import (
    FILE_NAME,
    HIDDEN,
    LOOKED_AT,
    OF,
    READABLE,
    SHEET_NAME,
    STRUCK,
    LocatedTable,
    Scan,
    TablePlace,
    headings_of,
    marks_of,
    place_of,
    sheets_of,
    turned,
)
from rlpipeline.importing.vocabulary import (
    KINDS,
    LEFT,
    MONTHS,
    NOTHING,
    OF_LINE,
    TARGET_OF,
    TARGETS,
    TICKS,
    YEAR_OF_LINE,
    YOUNG,
    Blank,
    Codes,
    Doubtful,
    Manner,
    Order,
    Sign,
    Target,
    Unit,
    WhereRead,
    filled_cells,
    form_of,
    identifier_key,
    is_filled,
    names_in,
    plain_text,
    plain_texts,
    read_day,
    read_hours,
    targets_named,
    targets_of_kind,
    targets_of_table,
)
from rlpipeline.records.names import given_names, label_key, personal_header, words_in
from rlpipeline.records.tables import table_named
from rlpipeline.records.tabular import Sheet, text_of

SAMPLES, MOST_CODES = 5, 300
_OF_CODES = {"id", "code", "num", "numero", "ref", "libelle"}
"""What the header of a code says beside what it is about."""
_KEPT = (
    "group",
    "kind",
    "left_out",
    "fixed",
    "hidden",
    "struck",
    "copies",
    "year",
    "commune",
    "seen",
)
"""What is answered of a table, beside where it is."""
_AMBIGUOUS = re.compile(r"(\d{1,2})[/.\-](\d{1,2})(?:[/.\-]\d{2,4})?(?: .*)?")
_CLOCK = re.compile(r"\d{1,2}\s?[:hH]\s?(?:\d\d)?(?::\d\d)?")
_BARE = re.compile(r"\d{1,3}(?:[.,]\d+)?")
FEW_PERSONS = 3
"""First names among headers, from which a sheet seems to have persons in columns."""
Cells = Sequence[object]


@dataclass(frozen=True)
class Proposed:
    """The rows of « Tableaux », and the tables with the answers about their columns."""

    rows: Sequence[TableRow]
    tables: Sequence[AnsweredTable]

    @property
    def settled(self) -> list[AnsweredTable]:
        """The tables of which it is known what they are, so that their words may be asked about."""
        rows = [(table, {*table.grid.row.unanswered}) for table in self.tables]
        return [table for table, unanswered in rows if unanswered <= {"fixed"}]

    @property
    def columns(self) -> list[ColumnRow]:
        """The rows of « Colonnes », each once."""
        rows = (row for table in self.tables for row, _ in table.columns)
        return [*dict.fromkeys(rows)]


@dataclass(frozen=True)
class Files:
    """The sheets of files, each file read once."""

    _read: dict[Path, list[Sheet]] = field(default_factory=dict)
    _marks: dict[Path, Mapping[str, Mapping[int, str]]] = field(default_factory=dict)

    def sheets(self, path: Path) -> list[Sheet]:
        """The sheets of a file; an empty one where nothing can be read."""
        if path not in self._read:
            sheets = []
            if _is_readable(path):
                sheets = sheets_of(path)
            self._read[path] = sheets or [Sheet("", [])]
        return self._read[path]

    def marks(self, row: TableRow) -> Mapping[int, str]:
        """The rows of a sheet that are hidden or struck out."""
        path = Path(row.path)
        if row.is_turned:
            return {}
        if path not in self._marks:
            self._marks[path] = marks_of(path)
        return self._marks[path].get(row.sheet, {})


def _is_readable(path: Path) -> bool:
    return path.suffix.lower() in READABLE


def locate(paths: Iterable[Path], former: Answers, files: Files) -> list[TableRow]:
    """The rows of « Tableaux » for files, as answered before where the headers are the same.

    Every sheet has one, and every file, whether a table is found there or not.
    """
    rows: list[TableRow] = []
    for path in map(Path.resolve, paths):
        file = plain_text(path.name)
        for sheet in files.sheets(path):
            known = [row for row in former.tables if (row.file, row.sheet) == (file, sheet.name)]
            for before, place in _paired(known, sheet):
                row = TableRow(str(len(rows) + 1), file, sheet.name, path=str(path))
                _locate(row, sheet, place)
                _take_over(row, before or _alike(row, sheet, place, former), before)
                rows.append(row)
    return rows


def _paired(
    known: Iterable[TableRow], sheet: Sheet
) -> Sequence[tuple[TableRow | None, TablePlace | None]]:
    """What was answered of the tables of a sheet, and where they are; one that is nowhere."""
    found = [row for row in known if row.proposed != NOTHING]
    return [*zip_longest(found, Scan(sheet).places())] or [(None, None)]


def _locate(row: TableRow, sheet: Sheet, place: TablePlace | None) -> None:
    """Say where a table seems to be; that nothing is taken of an empty sheet."""
    row.note = FRENCH["masquée"] if sheet.hidden else ""
    if place:
        row.headers, row.first, row.last = place.answers
        row.proposed = "|".join(row.lines)
    elif _is_readable(Path(row.path)) and not filled_cells(chain(*sheet.rows)):
        row.kind = row.proposed = NOTHING


def _take_over(row: TableRow, answered: TableRow, before: TableRow | None) -> None:
    """Take over what was answered of a table, or of one that has nearly its headers."""
    for name in _KEPT:
        if getattr(answered, name):
            setattr(row, name, getattr(answered, name))
    if not before:
        return
    row.line = before.line
    is_typed = "|".join(before.lines) != before.proposed  # a person said where it is
    if is_typed:
        row.headers, row.first, row.last = before.lines
    if is_typed and row.proposed != before.proposed:
        row.last = ""


def _alike(row: TableRow, sheet: Sheet, place: TablePlace | None, former: Answers) -> TableRow:
    """What was answered of the tables that share more than half of the headers of a new one."""
    if not place:
        return TableRow()
    new = {*map(unaccented, LocatedTable(row, sheet, place, {}).columns)} - {""}
    known = _headers_known(former)
    shares = {group: len(new & headers) / len(new | headers) for group, headers in known.items()}
    found = max(former.tables, key=lambda table: shares.get(table.group, 0), default=TableRow())
    if shares.get(found.group, 0) <= 0.5:
        return TableRow()
    found = replace(found, hidden=None, struck=None, copies=None)
    is_of_one_file = {found.year, found.commune} - {*WhereRead}
    if is_of_one_file:
        return replace(found, year="", commune="", seen="")
    return found


def _headers_known(former: Answers) -> Mapping[str, Set[str]]:
    """The headers that were answered about, by the letter of their tables."""
    known: dict[str, set[str]] = defaultdict(set)
    for column in former.columns:
        if column.letter:
            known[column.group].add(unaccented(column.header))
    return known


def propose(rows: Sequence[TableRow], former: Answers, codes: Codes, files: Files) -> Proposed:
    """The tables with the answers about their columns, what is missing asked for.

    Raises
    ------
    DataError
        Where « Tableaux » cannot be followed.
    """
    marked = [_without_marked(grid, files) for grid in _grids(rows, files)]
    grids = _without_copies(marked)
    groups = _grouped(grids, former, codes)
    tables: dict[TableRow, AnsweredTable] = {}
    for group in (group for group in groups if not group.is_lexicon):
        tables |= group.answer()
    _leave_lexicons(grids, tables.values())
    for group in (group for group in groups if group.is_lexicon):
        tables |= group.answer()
    return Proposed(rows, [tables[grid.row] for grid in grids])


def _grouped(grids: Sequence[LocatedTable], former: Answers, codes: Codes) -> Sequence["_Group"]:
    """Tables of equal headers together, with what was answered of their columns."""
    others = {grid.name: _Other(grid) for grid in reversed(grids)}
    letters = {row.group for row in (*(grid.row for grid in grids), *former.tables)}
    groups = []
    for letter, asked, of_group in _lettered(grids, letters):
        is_known = bool(asked) and letter == asked
        before = [row for row in former.columns if is_known and row.group == asked]
        joined = [_joined(grid, before, others) for grid in of_group]
        groups.append(_Group(letter, joined, codes, before, others))
    return groups


def _joined(
    grid: LocatedTable, before: Iterable[ColumnRow], others: Mapping[str, "_Other"]
) -> LocatedTable:
    """A table with the columns of those whose lines its own name, by the answers; of theirs too.

    Raises
    ------
    DataError
        Where such a table has no column of different numbers.
    """
    answers = {row.header: row for row in before if row.lookup in others}
    place = 0
    while place < len(grid.headers):
        row = answers.get(grid.headers[place])
        other = None
        if row:
            other = others[row.lookup]
        if row and other and not other.words:
            if other.grid.key_place(row.header) < 0:
                raise row.refusal("lookup", "sans numéros")
            grid = grid.joined(place, other.grid)
        place += 1
    return grid.whole


def _lettered(
    grids: Iterable[LocatedTable], letters: Set[str]
) -> Iterator[tuple[str, str, list[LocatedTable]]]:
    """Tables of equal headers, below their letter and that which they had: the same if it is free."""
    groups: dict[tuple[str, ...], list[LocatedTable]] = defaultdict(list)
    for grid in grids:
        groups[*grid.headers, grid.row.group].append(grid)
    free = (letter for letter in map(get_column_letter, count(1)) if letter not in letters)
    taken = {""}
    for (*_, asked), alike in groups.items():
        for of_group in _by_kind(alike):
            letter = asked
            if asked in taken:
                letter = next(free)
            taken.add(letter)
            yield letter, asked, of_group


def _by_kind(grids: Sequence[LocatedTable]) -> Sequence[list[LocatedTable]]:
    """Tables of equal headers parted by what their lines are; one that is nothing is of the first."""
    kinds = dict.fromkeys(grid.row.line_kind for grid in grids)
    others = [kind for kind in kinds if kind != NOTHING][1:]
    parted = [[grid for grid in grids if grid.row.line_kind == kind] for kind in others]
    return [[grid for grid in grids if grid.row.line_kind not in others], *parted]


@dataclass(frozen=True)
class _Other:
    """A table whose lines a column of another may name, or whose words it may hold as codes."""

    grid: LocatedTable

    @cached_property
    def words(self) -> Mapping[str, str]:
        """Code to word, of a small table that is made of them; nothing for another."""
        grid = self.grid
        places = [place for place, header in enumerate(grid.columns) if header]
        is_small = len(places) in (2, 3) and 2 <= len(grid.lines) <= MOST_CODES
        if not is_small:
            return {}
        codes, meanings = (plain_texts(grid.column(place)) for place in places[:2])
        pairs = zip(codes, meanings, strict=True)
        words = {identifier_key(code): word for code, word in pairs if code}
        is_one_to_one = len(words) == len(codes)
        if is_one_to_one and all(map(_has_letters, words.values())):
            return words
        return {}

    def is_named(self, header: str, texts: Sequence[str]) -> bool:
        """Whether most cells of a column are numbers of its lines, and its header says so."""
        key = self.grid.key_place(header)
        if key < 0 or not self._is_near(header, self.grid.columns[key]):
            return False
        known = self.grid.keys[key]
        found = [text for text in texts if identifier_key(text) in known]
        return 2 * len(found) > len(texts)

    def _is_near(self, header: str, key: str) -> bool:
        """Whether a header is that of its numbers, or begins a word of its name: « STA_ID »."""
        if label_key(header) == label_key(key) and key:
            return True
        about = _words_about(header) - _OF_CODES
        return any(map(_begins(about), _words_about(self.grid.name)))

    @property
    def is_of_persons(self) -> bool:
        """Whether its words seem to be names of persons, which no code stands for."""
        spoken = [re.sub(r"[\W_]+", " ", header) for header in self.grid.columns]
        return any(map(personal_header, spoken))


def _begins(words: Set[str]) -> Callable[[str], bool]:
    """Whether a word is one of some, or begun by one of three letters."""
    starts = tuple(word for word in words if len(word) > 2)
    return lambda word: word in words or word.startswith(starts)


def _words_about(name: str) -> set[str]:
    """The words of a header, or of the name of a table."""
    return {*label_key(re.sub("[_.]", " ", name)).split()}


def _is_number(text: str) -> bool:
    """Whether a text is digits, or has some and is no day."""
    has_digits = any(map(str.isdigit, text))
    return text.isdigit() or (has_digits and not read_day(text, Manner()))


def _has_letters(word: str) -> bool:
    return any(map(str.isalpha, word))


def _leave_lexicons(grids: Iterable[LocatedTable], answered: Iterable[AnsweredTable]) -> None:
    """Propose that nothing is taken of the tables that give the words of a column."""
    headers = {}
    for table in answered:
        for row in (row for row, _ in table.columns if table.lexicons.get(row.lookup)):
            headers[row.lookup] = row.header
    for grid in grids:
        if grid.name in headers:
            grid.row.kind = grid.row.kind or NOTHING
            grid.row.tell(FRENCH["lexique"].format(en_tete=headers[grid.name]))


def _grids(rows: Iterable[TableRow], files: Files) -> list[LocatedTable]:
    """The tables where « Tableaux » says that they are."""
    places: dict[TableRow, tuple[Sheet, TablePlace]] = {}
    for row in rows:
        row.note = FRENCH["masquée"] if row.note.startswith(FRENCH["masquée"]) else ""
        if all(row.lines):
            places[row] = _sheet_of(row, files), place_of(row)
        else:
            _ask_where(row)
    firsts = Counter((id(places[row][0]), places[row][1].first, row.kind) for row in places)
    grids = []
    for row, (sheet, place) in places.items():
        if firsts[id(sheet), place.first, row.kind] > 1:
            raise row.refusal("first", "deux fois")
        others = [of for other, of in places.values() if other is sheet and of is not place]
        grid = LocatedTable(row, sheet, place, headings_of(sheet, place, others))
        if not row.left_out and not row.seen:
            row.left_out = " ; ".join(grid.totals())
        grids.append(grid)
    return grids


def _sheet_of(row: TableRow, files: Files) -> Sheet:
    """The sheet in which a table is; DataError where its file has none of that name."""
    sheets = (sheet for sheet in files.sheets(Path(row.path)) if sheet.name == row.sheet)
    found = next(sheets, None)
    if found is None:
        raise row.refusal("sheet", "autre feuille")
    if row.is_turned:
        return turned(found)
    return found


def _ask_where(row: TableRow) -> None:
    """Ask where the lines of a sheet are in which no table is found, unless nothing is taken."""
    if row.is_nothing:
        return
    is_readable = _is_readable(Path(row.path))
    row.note = FRENCH["sans en-têtes" if is_readable else "autre sorte"]
    row.ask("kind")
    if is_readable:
        row.ask("headers", "first", "last")


# Lines that somebody hid, struck out or copied.


def _without_marked(grid: LocatedTable, files: Files) -> LocatedTable:
    """A table without the lines that somebody hid or struck out, where the answer says so."""
    marks = files.marks(grid.row)
    for mark, name in ((HIDDEN, "hidden"), (STRUCK, "struck")):
        numbers = [number for number in grid.lines if marks.get(number) == mark]
        if grid.row.is_nothing or not numbers:
            continue
        listed = shown([*map(str, numbers)])
        grid.row.tell(counted(FRENCH["cachées"], len(numbers), marque=mark, liste=listed))
        grid = _set_aside(grid, name, dict.fromkeys(numbers, f"ligne {mark}"))
    return grid


def _without_copies(grids: Iterable[LocatedTable]) -> list[LocatedTable]:
    """Tables without the lines that another has, where the answer says so."""
    found: list[LocatedTable] = []
    read: dict[tuple[str, ...], list[LocatedTable]] = defaultdict(list)
    for grid in grids:
        copies: Mapping[int, str] = {}
        if not grid.row.is_nothing:
            copies = _copies(grid, read[*grid.headers])
            read[*grid.headers].append(grid)
        found.append(_set_aside(grid, "copies", copies))
    return found


def _copies(grid: LocatedTable, others: Iterable[LocatedTable]) -> Mapping[int, str]:
    """The lines that one of these tables has too, where half are its own: a sheet was copied."""
    lines = grid.line_texts
    for other in others:
        known = {*other.line_texts.values()}
        again = [number for number, line in lines.items() if line in known]
        if len(lines) > 1 and 2 * len(again) >= len(lines):
            grid.row.tell(counted(FRENCH["déjà lues"], len(again), tableau=other.row.number))
            return dict.fromkeys(again, f"ligne déjà lue dans le tableau {other.row.number}")
    return {}


def _set_aside(grid: LocatedTable, name: str, lines: Mapping[int, str]) -> LocatedTable:
    """Ask what becomes of lines, and leave them out where that is answered."""
    if not lines:
        return grid
    grid.row.ask(name)
    is_left = getattr(grid.row, name) == Doubtful.LEAVE
    if is_left:
        return replace(grid, set_aside={**grid.set_aside, **lines})
    return grid


# Columns.


class _Header(NamedTuple):
    """A header under which something is written: its place, its text, how often it stood before."""

    place: int
    text: str
    key: tuple[str, int]


@dataclass(frozen=True)
class _Group:
    """Tables of equal headers, whose columns are answered once."""

    letter: str
    grids: Sequence[LocatedTable]
    codes: Codes
    before: Sequence[ColumnRow]
    others: Mapping[str, _Other]

    @property
    def is_lexicon(self) -> bool:
        """Whether they may give the words of codes of other tables."""
        return bool(self.others[self.grids[0].name].words)

    @cached_property
    def taken(self) -> Sequence[LocatedTable]:
        """The tables from which something is taken."""
        return [grid for grid in self.grids if not grid.row.is_nothing]

    @property
    def first(self) -> LocatedTable:
        """The table that the columns are shown of."""
        return self.taken[0]

    @cached_property
    def kind(self) -> str:
        """What a line is; as long as nobody says it, what most headers name, two at least.

        Of kinds whose places they name alike, it is the one that has fewest.
        """
        answered = {grid.row.line_kind for grid in self.taken if grid.row.kind}
        if answered or not self.taken:
            return next(iter(answered), NOTHING)
        named = {kind: self._number_named(kind) for kind in KINDS}
        best = max(named, key=lambda kind: (named[kind], -len(targets_of_kind(kind))))
        if named[best] > 1:
            return best
        return NOTHING

    def _number_named(self, kind: str) -> int:
        """How many headers name a place of such lines."""
        return sum(any(targets_named(header, kind)) for header in self.first.headers)

    @cached_property
    def lines(self) -> list[Cells]:
        """The cells of all their lines."""
        return [*chain(*(grid.lines.values() for grid in self.taken))]

    def texts(self, place: int) -> list[str]:
        """What is written in a column."""
        return [*filter(None, plain_texts(cells[place] for cells in self.lines))]

    def answer(self) -> Mapping[TableRow, AnsweredTable]:
        """The tables with the rows of their columns, what is missing asked for."""
        for grid in self.grids:
            grid.row.group = self.letter
            _answer_table(grid)
        tables = {grid.row: AnsweredTable(grid, (), self.codes) for grid in self.grids}
        if not self.taken:
            return tables
        columns = self._columns()
        lexicons = {name: other.words for name, other in self.others.items()}
        table = AnsweredTable(self.first, columns, self.codes, self.kind, lexicons)
        for row, _ in columns:
            row.ask("target")
        first: dict[tuple[object, ...], ColumnRow] = {}
        for use in table.uses:
            _Asking(self, table, use, first).ask()
        self._ask_year(table)
        for grid in self.taken:
            _ask_fixed(grid, replace(table, grid=grid))
        return tables | {grid.row: replace(table, grid=grid) for grid in self.taken}

    def _columns(self) -> list[AnsweredColumn]:
        """The rows of their columns, proposed where nobody answered before."""
        known = dict(zip(_numbered(row.header for row in self.before), self.before, strict=True))
        answered = [row for row in self.before if not row.is_moot(self.kind)]
        proposing = _Proposing(self, {(row.target, row.header_says) for row in answered})
        columns = []
        for header in self._headers():
            row = known.pop(header.key, ColumnRow())
            if row.is_moot(self.kind):
                row = proposing.proposed_again(row, header.text, self.texts(header.place))
            row.kind = self.kind
            self._show(row, header)
            self._offer_columns(row, header)
            columns.append(AnsweredColumn(row, header.place))
        for gone in (row for row in known.values() if row.target in TARGETS):
            self._ask_again(FRENCH["plus là"].format(en_tete=gone.header))
        return columns

    def _headers(self) -> Iterator[_Header]:
        """The headers, one made up above cells that have none."""
        is_turned = self.first.row.is_turned
        is_shown = [not is_turned and bool(self.texts(place)) for place in self._places]
        unnamed = ["(sans en-tête)" if shown_too else "" for shown_too in is_shown]
        headers = [
            header or other for header, other in zip(self.first.headers, unnamed, strict=True)
        ]
        for place, key in enumerate(_numbered(headers)):
            is_sheet_of_csv = headers[place] == SHEET_NAME and not self.first.sheet.name
            if headers[place] and not is_sheet_of_csv:
                yield _Header(place, headers[place], key)

    @property
    def _places(self) -> Iterable[int]:
        return range(len(self.first.headers))

    def _show(self, row: ColumnRow, header: _Header) -> None:
        """Show a column by its most frequent values."""
        texts = self.texts(header.place)
        is_of_grid = header.place < len(self.first.columns)
        row.group, row.header = self.letter, header.text
        row.letter = self._letter(header.place) if is_of_grid else ""
        often = Counter(texts).most_common(SAMPLES)
        row.samples = " | ".join(text[:40] for text, _ in often)
        row.share = f"{100 * len(texts) / max(1, len(self.lines)):.0f} %"
        row.different = str(len({*texts}))

    def _offer_columns(self, row: ColumnRow, header: _Header) -> None:
        """Say which table the column names the lines of: its columns can be taken here too."""
        if row.lookup or row.header in (FILE_NAME, SHEET_NAME):
            return
        own = [grid.name for grid in self.grids]
        numbers = [*filter(_is_number, self.texts(header.place))]
        for name, other in self.others.items() if numbers else ():
            is_other = name not in own and not other.words
            if is_other and other.is_named(row.header, numbers):
                row.note = FRENCH["autre tableau"].format(tableau=name)

    def _letter(self, place: int) -> str:
        """What the spreadsheet calls a column; the number of its line in a table that is turned."""
        if self.first.row.is_turned:
            return str(place + 1)
        return str(get_column_letter(place + 1))

    def _ask_again(self, note: str) -> None:
        """Have every table of them read again."""
        for grid in self.taken:
            grid.row.note, grid.row.seen = note, ""
            grid.row.ask("seen")

    def _ask_year(self, table: AnsweredTable) -> None:
        """Ask for the year of tables that have none, where something needs it."""
        needed = _tables_of_year(table.uses)
        if any(map(self._holds_ages, table.uses)):
            needed.append("âge")
        if not needed or any(use.target.place == YEAR_OF_LINE for use in table.uses):
            return
        note = FRENCH["quelle année"].format(tables=", ".join(needed))
        for row in (grid.row for grid in self.taken):
            if row.kind and not row.whole_year:
                row.year, row.note = "", note
                row.ask("year")

    def _holds_ages(self, use: Use) -> bool:
        """Whether a column of births holds ages, which are those of a year."""
        if use.target.kind != "birth":
            return False
        return use.row.unit == Unit.AGE or any(" ans" in text for text in self.texts(use.place))


def _tables_of_year(uses: Sequence[Use]) -> list[str]:
    """The tables whose rows need a year, which no header says."""
    dated = {use.target.table for use in uses if "annee" in dict(use.says.values)}
    filled = {use.target.table for use in uses} - dated - {OF_LINE}
    return [name for name in sorted(filled) if "annee" in table_named(name).column_names]


def _numbered(headers: Iterable[str]) -> Iterator[tuple[str, int]]:
    """Each header with how often it stood before."""
    times: Counter[str] = Counter()
    for header in map(unaccented, headers):
        yield header, times[header]
        times[header] += 1


def _answer_table(grid: LocatedTable) -> None:
    """Propose what a table says by itself, and ask for the rest."""
    row = grid.row
    filled = KINDS[row.line_kind]
    if row.kind and not any("commune" in table_named(name).column_names for name in filled):
        row.commune = WhereRead.NOWHERE
    if row.is_nothing:
        row.year = WhereRead.NOWHERE
    if _has_persons_in_columns(grid):
        row.tell(FRENCH["personnes en colonnes"])
    if not row.is_nothing and _has_gap(grid):
        row.tell(FRENCH["côte à côte"])
    row.note = row.note or shown([*filter(None, grid.columns)], 12)
    row.ask("kind", "year", "commune", "seen")


FIXED = (("presences", "lieu"), ("presences", "date"), ("temps", "educateur"), ("temps", "date"))
"""What is often the same for a whole table."""


def _ask_fixed(grid: LocatedTable, table: AnsweredTable) -> None:
    """Ask for what no column says and the title of a table, or the name of its sheet, may say."""
    tables = {use.target.table for use in table.uses} & {*KINDS[table.kind]}
    targets = chain(*map(targets_of_table, sorted(tables)))
    missing = [target for target in targets if target.place not in table.filled]
    missing = [target for target in missing if target.place in FIXED]
    titles = grid.titles
    if not missing or not titles or not grid.row.kind:
        return
    grid.row.tell(FRENCH["titre"].format(liste=shown(titles)))
    offers = [f"{target.short} = {title}" for target in missing for title in titles]
    grid.row.offers = [*offers, NOTHING]
    grid.row.ask("fixed")


def _has_persons_in_columns(grid: LocatedTable) -> bool:
    """Whether headers hold first names, or the first column what other headers say."""
    first = plain_texts(grid.column(0)[:LOOKED_AT])
    facts = sum(any(targets_named(text, YOUNG)) for text in first)
    return max(facts, sum(map(_names_person, grid.columns))) >= FEW_PERSONS


def _names_person(header: str) -> bool:
    """Whether a header holds a first name, and is no month and no commune of a saint."""
    words = {*words_in(header)}
    return bool(words & given_names()) and words.isdisjoint({*MONTHS, "saint", "sainte"})


def _has_gap(grid: LocatedTable) -> bool:
    """Whether an empty column parts others, each of which has two neighbours: two tables."""
    has_header = "".join("x" if header else " " for header in grid.columns)
    gaps = [match.start(1) for match in re.finditer("(?<=xx)( +)(?=xx)", has_header)]
    return not all(filled_cells(grid.column(gap)) for gap in gaps)


@dataclass(frozen=True)
class _Proposing:
    """What headers say by themselves; ``taken`` are targets that a column has, with their rank."""

    group: _Group
    taken: set[tuple[str, str]]

    def proposed_again(self, row: ColumnRow, header: str, texts: Sequence[str]) -> ColumnRow:
        """The row of a column, made anew unless the same is proposed as before."""
        new = ColumnRow(header=header)
        self._propose(new, texts)
        if not row.line or new.target != row.target:
            return new
        return row

    def _propose(self, row: ColumnRow, texts: Sequence[str]) -> None:
        """Propose where a column goes, by exact words alone."""
        named, rank = self._named(row.header)
        personal = personal_header(re.sub(r"[^\w\s]", " ", row.header))
        if row.header in (FILE_NAME, SHEET_NAME) or not texts:
            row.target = LEFT
        elif named:
            row.target, row.header_says = named.label, rank
            self.taken.add((named.label, rank))
        elif KINDS[self.group.kind][:1] == ("presences",) and _names_person(row.header):
            row.target = TARGET_OF[OF_LINE, "nom_complet"].label
            row.header_says = row.header
        elif personal:
            row.target, row.note = LEFT, f"{personal} : n'entre pas dans les données"
        else:
            self._propose_word(row, texts)
        row.proposed = row.target
        row.lookup = self._lookup(row.header, texts)

    def _named(self, header: str) -> tuple[Target | None, str]:
        """The first free target that a header names; a name is nothing beside a number."""
        numbered = (TARGET_OF[OF_LINE, "id_jeune"].label, "") in self.taken
        for target, rank in targets_named(header, self.group.kind):
            if (target.label, rank) not in self.taken:
                is_needless = target.kind == "person" and numbered
                if is_needless:
                    return (None, "")
                return (target, rank)
        return None, ""

    def _propose_word(self, row: ColumnRow, texts: Sequence[str]) -> None:
        """Propose by a header that is itself a word of a code, above numbers or ticks."""
        word = row.header.rpartition(" / ")[2]
        numbers = sum(read_hours(text, Unit.HOURS) is not None for text in texts)
        are_numbers = numbers > 0.8 * len(texts)
        is_ticked = not TICKS.isdisjoint(map(str.casefold, texts))
        found = []
        for target in targets_of_kind(self.group.kind):
            columns = self._columns_said(word, target.table)
            if target.kind == "number":
                is_said = are_numbers and bool(columns)
            else:
                is_said = is_ticked and target.column in columns
            found += [target] if is_said else []
        if len({target.table for target in found}) != 1:  # « Collège »: an origin, or a situation
            return
        place = found[0].label, word
        if place not in self.taken:  # « Participants / 11-14 », « Passages / 11-14 » are no sum
            row.target, row.header_says = place
            self.taken.add(place)

    def _columns_said(self, word: str, table: str) -> Set[str]:
        """The columns of a table that a word says."""
        first, year = targets_of_table(table)[0], self.group.first.row.whole_year
        says = self.group.codes.header_says(word, first, year)
        if says:
            return dict(says.values).keys()
        return set()

    def _lookup(self, header: str, texts: Sequence[str]) -> str:
        """The table that gives the words of a column of codes: near by its name, with most."""
        if header in (FILE_NAME, SHEET_NAME) or not texts:
            return ""
        own = [grid.name for grid in self.group.grids]
        for name, other in self.group.others.items():
            is_lexicon = name not in own and other.words and not other.is_of_persons
            if is_lexicon and other.is_named(header, texts):
                return name
        return ""


@dataclass(frozen=True)
class _Asking:
    """What is asked about a column that goes somewhere.

    ``first`` are the columns that are asked for those whose headers have one form, by question.
    """

    group: _Group
    table: AnsweredTable
    use: Use
    first: dict[tuple[object, ...], ColumnRow]

    def ask(self) -> None:
        """Ask what the column does not say by itself."""
        self._ask_order()
        self._ask_unit()
        if self._filled and len(self._filled) < len(self._cells):
            self._ask_blank()
        self._ask_seen()
        if self.use.target.is_several and not self.use.row.separator:
            self._ask_separator()
        if self.use.target.place == ("temps", "educateur"):
            self._ask_together()

    def _ask_together(self) -> None:
        """Ask whose the hours are where cells name several educators."""
        several = [cell for cell in self._filled if len(names_in(cell)) > 1]
        if several:
            texts = [*dict.fromkeys(plain_texts(several))]
            self.use.row.note = FRENCH["à plusieurs"].format(liste=shown(texts, 3))
            self.use.row.ask("together")

    @cached_property
    def _cells(self) -> Cells:
        return [line[self.use.place] for line in self.group.lines]

    @cached_property
    def _filled(self) -> Cells:
        return filled_cells(self._cells)

    @cached_property
    def _texts(self) -> Sequence[str]:
        """What is written where it is no day of a spreadsheet."""
        return plain_texts(cell for cell in self._filled if not isinstance(cell, date))

    def _ask_order(self) -> None:
        """Ask whether the day or the month is first, unless days above twelve are all first.

        A month that is first is always asked: one slip of the keys, « 12/13 », would turn all others.
        """
        row = self.use.row
        is_day = self.use.target.kind in ("date", "birth", "year") and row.unit != Unit.AGE
        if not is_day or row.order:
            return
        pairs = self._days_and_months
        is_day_first = any(first > 12 for first, _ in pairs)
        is_day_second = any(second > 12 for _, second in pairs)
        if is_day_first and not is_day_second:
            row.order = Order.DAY_FIRST
        if pairs:
            row.ask("order")

    @property
    def _days_and_months(self) -> Sequence[tuple[int, int]]:
        """The two numbers that begin each cell, of which one at least may be a month."""
        matches = filter(None, map(_AMBIGUOUS.fullmatch, self._texts))
        pairs = [(int(match[1]), int(match[2])) for match in matches]
        return [pair for pair in pairs if min(pair) <= 12]

    def _ask_unit(self) -> None:
        """Ask for the unit of bare numbers of hours, or whether they are ages.

        Raises
        ------
        DataError
            Where hours are those of a clock: « 2h30 » is a duration whatever the unit.
        """
        row, target, texts = self.use.row, self.use.target, self._texts
        is_hours = target.column == "heures"
        is_of_clock = {*FRENCH["heures d'horloge"]} & {*words_in(row.header)}
        if is_hours and is_of_clock and texts and all(map(_CLOCK.fullmatch, texts)):
            raise row.refusal("target", "horloge")
        is_age = target.column in ("date_naissance", "tranche_age") and target.kind != "tick"
        if (is_hours or is_age) and any(map(_BARE.fullmatch, texts)):
            self._ask_once("unit")

    def _ask_once(self, name: str) -> None:
        """Ask a question once for columns of one place whose headers have one form: S1, S2."""
        row, target = self.use.row, self.use.target
        first = self.first.setdefault((name, target.place, form_of(row.header)), row)
        if first is row:
            row.ask(name)
        elif not getattr(row, name):
            setattr(row, name, getattr(first, name))

    def _ask_blank(self) -> None:
        """Ask what empty cells mean: nothing is noted, unless another answer may be meant."""
        row = self.use.row
        is_joined, target = OF in row.header, self.use.target
        is_unsaid = target.column == "heures" and not row.header_says
        is_count = target.table in COUNTED and target.kind == "number"
        may_repeat = not is_joined and is_filled(self._cells[0]) and self._leaves_whom_empty
        if not (self._is_merged or is_unsaid or is_count or may_repeat):
            row.blank = row.blank or Blank.NOTED
            return
        if self._is_merged and not row.blank:
            row.note = row.note or FRENCH["fusionnées"]
        self._ask_once("blank")

    @property
    def _is_merged(self) -> bool:
        """Whether cells of the column are merged."""
        return any(self.use.place in grid.merged for grid in self.group.taken)

    @property
    def _leaves_whom_empty(self) -> bool:
        """Whether lines leave empty whom they are about: it may be written above alone."""
        about = self.table.about
        own = [use for use in self.table.uses if OF not in use.row.header]
        full = [use.place for use in own if _is_full(use, about)]
        return any(not is_filled(cells[place]) for cells in self.group.lines for place in full)

    def _ask_seen(self) -> None:
        """Have a proposal confirmed that would place persons or hours, were it wrong."""
        target, row = self.use.target, self.use.row
        is_placing = target.table in (OF_LINE, "presences")
        is_placing = is_placing or target.kind in ("number", "commune")
        if (is_placing and row.is_proposed) or row.lookup:
            row.ask("seen")

    def _ask_separator(self) -> None:
        """Ask which sign parts answers, where some seem to be several."""
        written = {text_of(cell) or "" for cell in self._filled}
        codes, target = self.group.codes, self.use.target
        unknown = "".join(text.strip() for text in written if not codes.code(target, text))
        found = [sign for sign in Sign if sign != Sign.NONE and sign.mark in unknown]
        if found:
            self.use.row.note = FRENCH["signes"].format(liste=" ".join(found))
            self.use.row.ask("separator")


def _is_full(use: Use, about: str) -> bool:
    """Whether a column says whom or what a line is about, so that every line needs it."""
    if use.row.header_says or use.target.kind == "number":
        return False
    return use.target.kind == "person" or (use.target.table == about and use.target.is_asked)
