"""What the workbook proposes and asks: tables found, columns named by exact words, former answers."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from itertools import chain, count, zip_longest
from pathlib import Path

from openpyxl.utils import get_column_letter

from rlpipeline.characters import unaccented
from rlpipeline.importing import FRENCH, counted, shown
from rlpipeline.importing import vocabulary as v
from rlpipeline.importing.answers import Answers, ColumnRow, TableRow
from rlpipeline.importing.people import identifier_key
from rlpipeline.importing.reading import Column, Table, Use
from rlpipeline.importing.tables import (
    FILE_NAME,
    READABLE,
    SHEET_NAME,
    Grid,
    Place,
    Scan,
    headings_of,
    marks_of,
    place_of,
    sheets_of,
)
from rlpipeline.importing.vocabulary import Blank, Order, Source, Target, Unit
from rlpipeline.records.names import label_key, personal_header, words_in
from rlpipeline.records.tables import table_named
from rlpipeline.records.tabular import Sheet, text_of

SAMPLES, MOST_CODES = 5, 300
_OF_CODES = {"id", "code", "num", "numero", "ref", "libelle"}
"""What the header of a code says beside what it is about."""
_KEPT = ("group", "kind", "left_out", "marked", "copies", "year", "commune", "seen")
"""What is answered of a table, beside where it is."""
_AMBIGUOUS = re.compile(r"(\d{1,2})[/.\-](\d{1,2})(?:[/.\-]\d{2,4})?(?: .*)?")
_CLOCK = re.compile(r"\d{1,2}\s?[:hH]\s?(?:\d\d)?(?::\d\d)?")
_BARE = re.compile(r"\d{1,3}(?:[.,]\d+)?")


@dataclass(frozen=True)
class Proposed:
    """The rows of « Tableaux », and the tables with the answers about their columns."""

    rows: Sequence[TableRow]
    tables: Sequence[Table]

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
            sheets = sheets_of(path) if _is_readable(path) else []
            self._read[path] = sheets or [Sheet("", [])]
        return self._read[path]

    def marks(self, row: TableRow) -> Mapping[int, str]:
        """The rows of a sheet that are hidden or struck out."""
        path = Path(row.path)
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
    for path in paths:
        for sheet in files.sheets(path.resolve()):
            file = v.text(path.name)
            known = [row for row in former.tables if (row.file, row.sheet) == (file, sheet.name)]
            found = [row for row in known if row.proposed != v.NOTHING]
            pairs = [*zip_longest(found, Scan(sheet).places())]
            for before, place in pairs or [(None, None)]:
                row = TableRow(str(len(rows) + 1), file, sheet.name, path=str(path.resolve()))
                _locate(row, sheet, place)
                _take_over(row, before or _alike(row, sheet, place, former), before)
                rows.append(row)
    return rows


def _locate(row: TableRow, sheet: Sheet, place: Place | None) -> None:
    """Say where a table seems to be; that nothing is taken of an empty sheet."""
    row.note = FRENCH["masquée"] if sheet.hidden else ""
    if place:
        row.headers, row.first, row.last = place.answers
        row.proposed = "|".join(row.lines)
    elif _is_readable(Path(row.path)) and not any(map(v.is_filled, chain(*sheet.rows))):
        row.kind = row.proposed = v.NOTHING


def _take_over(row: TableRow, answered: TableRow, before: TableRow | None) -> None:
    """Take over what was answered of a table, or of one that has nearly its headers."""
    for name in _KEPT:
        if getattr(answered, name):
            setattr(row, name, getattr(answered, name))
    if not before:
        return
    row.line = before.line
    if "|".join(before.lines) != before.proposed:  # a person said where it is
        row.headers, row.first, row.last = before.lines
        if row.proposed != before.proposed:
            row.last = ""


def _alike(row: TableRow, sheet: Sheet, place: Place | None, former: Answers) -> TableRow:
    """What was answered of the tables that share more than half of the headers of a new one."""
    if not place:
        return TableRow()
    headers = Grid(row, sheet, place, {}).columns
    new = {unaccented(header) for header in headers if header}
    known: dict[str, set[str]] = defaultdict(set)
    for column in former.columns:
        if column.letter:
            known[column.group].add(unaccented(column.header))
    shares = {group: len(new & names) / len(new | names) for group, names in known.items()}
    found = max(former.tables, key=lambda table: shares.get(table.group, 0), default=TableRow())
    if shares.get(found.group, 0) <= 0.5:
        return TableRow()
    is_of_one_file = {found.year, found.commune} - {*Source}
    found = replace(found, marked=None, copies=None)
    return replace(found, year="", commune="", seen="") if is_of_one_file else found


def propose(rows: Sequence[TableRow], former: Answers, codes: v.Codes, files: Files) -> Proposed:
    """The tables with the answers about their columns, what is missing asked for.

    Raises
    ------
    DataError
        Where « Tableaux » cannot be followed.
    """
    groups: dict[tuple[str, ...], list[Grid]] = defaultdict(list)
    grids = _without_copies([_without_marked(grid, files) for grid in _grids(rows, files)])
    for grid in grids:
        groups[*grid.headers, grid.row.group].append(grid)
    used = {row.group for row in (*rows, *former.tables)}
    free = (letter for letter in map(get_column_letter, count(1)) if letter not in used)
    taken = {""}
    tables: dict[Grid, Table] = {}
    lookups = {grid.name: words for grid in grids if (words := _words_of_codes(grid))}
    for (*_, asked), of_group in groups.items():
        letter = next(free) if asked in taken else asked
        taken.add(letter)
        before = [row for row in former.columns if asked and row.group == asked]
        group = _Group(letter, of_group, codes, before, lookups)
        columns = group.answer()
        for grid in of_group:
            kind = v.NOTHING if grid.row.is_nothing else group.kind
            tables[grid] = Table(grid, () if grid.row.is_nothing else columns, codes, kind, lookups)
    return Proposed(rows, [tables[grid] for grid in grids])


def _words_of_codes(grid: Grid) -> Mapping[str, str]:
    """Code to word, of a small table that is made of them; nothing for another."""
    places = [place for place, header in enumerate(grid.columns) if header]
    if not 2 <= len(places) <= 3 or not 2 <= len(grid.lines) <= MOST_CODES:
        return {}
    pairs = [[v.text(cells[place]) for place in places[:2]] for cells in grid.lines.values()]
    words = {identifier_key(code): word for code, word in pairs if code and word}
    are_words = all(any(map(str.isalpha, word)) for word in words.values())
    return words if len(words) == len(pairs) and are_words else {}


def _grids(rows: Iterable[TableRow], files: Files) -> list[Grid]:
    """The tables where « Tableaux » says that they are."""
    places: dict[TableRow, tuple[Sheet, Place]] = {}
    for row in rows:
        row.note = FRENCH["masquée"] if row.note.startswith(FRENCH["masquée"]) else ""
        if not all(row.lines):
            _ask_where(row)
            continue
        sheets = {sheet.name: sheet for sheet in reversed(files.sheets(Path(row.path)))}
        if row.sheet not in sheets:
            raise row.refusal("sheet", "autre feuille")
        sheet = sheets[row.sheet]
        if any(
            other is sheet and before.first == row.first for before, (other, _) in places.items()
        ):
            raise row.refusal("first", "deux fois")
        places[row] = sheet, place_of(row)
    grids = []
    for row, (sheet, place) in places.items():
        others = [of for other, of in places.values() if other is sheet and of is not place]
        grid = Grid(row, sheet, place, headings_of(sheet, place, others))
        if not row.left_out and not row.seen:
            row.left_out = " ; ".join(grid.totals())
        grids.append(grid)
    return grids


def _without_marked(grid: Grid, files: Files) -> Grid:
    """A table without the lines that somebody hid or struck out, where the answer says so."""
    marks = {number: mark for number, mark in files.marks(grid.row).items() if number in grid.lines}
    for mark in dict.fromkeys(marks.values()):
        numbers = [str(number) for number, of_it in marks.items() if of_it == mark]
        grid.row.tell(counted(FRENCH["cachées"], len(numbers), marque=mark, liste=shown(numbers)))
    return _set_aside(grid, "marked", {number: f"ligne {mark}" for number, mark in marks.items()})


def _without_copies(grids: Iterable[Grid]) -> list[Grid]:
    """Tables without the lines that another has, where the answer says so.

    It is asked where one of the same headers has half of them: a sheet was copied.
    """
    found: list[Grid] = []
    texts: dict[tuple[str, ...], list[tuple[Grid, set[tuple[str, ...]]]]] = defaultdict(list)
    for grid in grids:
        width = len(grid.headers) - 2  # without the names of file and sheet
        lines = {n: tuple(map(v.text, cells[:width])) for n, cells in grid.lines.items()}
        copies: dict[int, str] = {}
        for other, known in texts[*grid.headers] if not grid.row.is_nothing else ():
            again = [number for number, line in lines.items() if line in known]
            if 2 * len(again) >= len(lines) > 1 and not copies:
                reason = f"ligne déjà lue dans le tableau {other.row.number}"
                copies = dict.fromkeys(again, reason)
                grid.row.tell(counted(FRENCH["déjà lues"], len(again), tableau=other.row.number))
        if not grid.row.is_nothing:
            texts[*grid.headers].append((grid, {*lines.values()}))
        found.append(_set_aside(grid, "copies", copies))
    return found


def _set_aside(grid: Grid, name: str, lines: Mapping[int, str]) -> Grid:
    """Ask what becomes of lines, and leave them out where that is answered."""
    if not lines:
        return grid
    grid.row.ask(name)
    is_left = getattr(grid.row, name) == v.Doubtful.LEAVE
    return replace(grid, set_aside={**grid.set_aside, **lines}) if is_left else grid


def _ask_where(row: TableRow) -> None:
    """Ask where the lines of a sheet are in which no table is found, unless nothing is taken."""
    if row.is_nothing:
        return
    is_readable = _is_readable(Path(row.path))
    row.note = FRENCH["sans en-têtes" if is_readable else "autre sorte"]
    row.ask("kind")
    if is_readable:
        row.ask("headers", "first", "last")


@dataclass(frozen=True)
class _Group:
    """Tables of equal headers, whose columns are answered once."""

    letter: str
    grids: Sequence[Grid]
    codes: v.Codes
    before: Sequence[ColumnRow]
    lookups: Mapping[str, Mapping[str, str]]

    @cached_property
    def taken(self) -> Sequence[Grid]:
        """The tables from which something is taken."""
        return [grid for grid in self.grids if not grid.row.is_nothing]

    @property
    def first(self) -> Grid:
        """The table that the columns are shown of."""
        return self.taken[0]

    @property
    def kind(self) -> str:
        """What a line is, what it seems to be as long as nobody says it."""
        answered = (grid.row.line_kind for grid in self.taken if grid.row.kind)
        return next(answered, "") or self._likely_kind

    @property
    def is_answered(self) -> bool:
        """Whether somebody says what a line is."""
        return any(grid.row.kind for grid in self.taken)

    @cached_property
    def _likely_kind(self) -> str:
        """What a line is whose tables most headers name, two at least: its columns are shown."""
        if not self.taken:
            return v.NOTHING
        named = {
            kind: len(
                {
                    target
                    for header in self.first.headers
                    for target, _ in v.targets_named(header, kind)
                }
            )
            for kind in v.KINDS
        }
        best = max(named, key=lambda kind: named[kind])
        return best if named[best] > 1 else v.NOTHING

    @cached_property
    def lines(self) -> list[Sequence[object]]:
        """The cells of all their lines."""
        return [cells for grid in self.taken for cells in grid.lines.values()]

    def texts(self, place: int) -> list[str]:
        """What is written in a column."""
        return [*filter(None, (v.text(cells[place]) for cells in self.lines))]

    def answer(self) -> Sequence[Column]:
        """The rows of their columns, what is missing asked for."""
        for grid in self.grids:
            grid.row.group = self.letter
            _answer_table(grid)
        kinds = {grid.row.line_kind for grid in self.taken if grid.row.kind}
        if len(kinds) > 1:
            raise self.taken[-1].row.refusal("kind", "deux genres", lettre=self.letter)
        if not self.taken:
            return []
        columns = self._columns()
        table = Table(self.first, columns, self.codes, self.kind, self.lookups)
        for row, _ in columns:
            row.ask("target")
        asking = _Asking(self, table)
        for use in table.uses:
            asking.ask(use)
        self._ask_year(table)
        return columns

    def _columns(self) -> list[Column]:
        """The rows of their columns, proposed where nobody answered before."""
        known = dict(zip(_numbered(row.header for row in self.before), self.before, strict=True))
        labels = {v.LEFT, *(target.label for target in v.targets_of_kind(self.kind))}
        answered = [row for row in self.before if row.target in labels]
        proposing = _Proposing(self, {(row.target, row.header_says) for row in answered})
        texts = [self.texts(place) for place in range(len(self.first.headers))]
        headers = [
            header or ("(sans en-tête)" if filled else "")
            for header, filled in zip(self.first.headers, texts, strict=True)
        ]
        columns = []
        for place, key in enumerate(_numbered(headers)):
            header = headers[place]
            if not header or (header == SHEET_NAME and not self.first.sheet.name):
                continue
            former = known.pop(key, None)
            is_moot = former and former.target == former.proposed and former.target not in labels
            row = replace(former, asked=[]) if former and not is_moot else ColumnRow()
            self._show(row, place, header, texts[place])
            if not former or is_moot:
                row.lookup = self._lookup(header, texts[place])
                proposing.propose(row, texts[place])
            columns.append(Column(row, place))
        for row in known.values():
            if row.target in v.TARGETS:
                self._ask_again(FRENCH["plus là"].format(en_tete=row.header))
        return columns

    def _lookup(self, header: str, texts: Sequence[str]) -> str:
        """The table that gives the words of a column of codes: its name is near, all are there."""
        if header in (FILE_NAME, SHEET_NAME) or not texts:
            return ""
        about = {*label_key(header.replace("_", " ")).split()} - _OF_CODES
        for name, words in self.lookups.items():
            is_other = name not in [grid.name for grid in self.grids]
            is_near = about & {*label_key(name.replace("_", " ").replace(".", " ")).split()}
            if is_other and is_near and all(identifier_key(text) in words for text in texts):
                return name
        return ""

    def _show(self, row: ColumnRow, place: int, header: str, texts: Sequence[str]) -> None:
        """Show a column by its most frequent values."""
        is_of_grid = place < len(self.first.columns)
        row.group, row.header = self.letter, header
        row.letter = get_column_letter(place + 1) if is_of_grid else ""
        often = Counter(texts).most_common(SAMPLES)
        row.samples = " | ".join(text[:40] for text, _ in often)
        row.share = f"{100 * len(texts) / max(1, len(self.lines)):.0f} %"
        row.different = str(len({*texts}))

    def _ask_again(self, note: str) -> None:
        """Have every table of them read again."""
        for grid in self.taken:
            grid.row.note, grid.row.seen = note, ""
            grid.row.ask("seen")

    def _ask_year(self, table: Table) -> None:
        """Ask for the year of tables that have none, where something needs it."""
        uses = table.uses
        dated = {use.target.table for use in uses if "annee" in dict(use.says.values)}
        filled = sorted({use.target.table for use in uses} - dated - {v.OF_LINE})
        needed = [name for name in filled if "annee" in table_named(name).column_names]
        if any(use.target.kind == "birth" and use.row.unit == Unit.AGE for use in uses):
            needed.append("âge")
        if not needed or any(use.target.place == v.YEAR_OF_LINE for use in uses):
            return
        for grid in self.taken:
            if grid.row.kind and not grid.row.whole_year:
                grid.row.year = ""
                grid.row.note = FRENCH["quelle année"].format(tables=", ".join(needed))
                grid.row.ask("year")


def _numbered(headers: Iterable[str]) -> Iterator[tuple[str, int]]:
    """Each header with how often it stood before."""
    times: Counter[str] = Counter()
    for header in map(unaccented, headers):
        yield header, times[header]
        times[header] += 1


def _answer_table(grid: Grid) -> None:
    """Propose what a table says by itself, and ask for the rest."""
    row = grid.row
    filled = v.KINDS[row.line_kind]
    if row.kind and not any("commune" in table_named(name).column_names for name in filled):
        row.commune = Source.NOWHERE
    if row.is_nothing:
        row.year = Source.NOWHERE
    row.note = row.note or shown([*filter(None, grid.columns)], 12)
    row.ask("kind", "year", "commune", "seen")


@dataclass(frozen=True)
class _Proposing:
    """What headers say by themselves; ``taken`` are targets that a column has, with their rank."""

    group: _Group
    taken: set[tuple[str, str]]

    def propose(self, row: ColumnRow, texts: Sequence[str]) -> None:
        """Propose where a column goes, by exact words alone."""
        named, rank = self._named(row.header)
        personal = personal_header(re.sub(r"[^\w\s]", " ", row.header))
        if row.header in (FILE_NAME, SHEET_NAME) or not texts:
            row.target = v.LEFT
        elif named:
            row.target, row.header_says = named.label, rank
            self.taken.add((named.label, rank))
        elif personal and self.group.is_answered:
            row.target, row.note = v.LEFT, f"{personal} : n'entre pas dans les données"
        else:
            self._propose_word(row, texts)
        row.proposed = row.target

    def _named(self, header: str) -> tuple[Target | None, str]:
        """The first free target that a header names; a name is nothing beside a number."""
        numbered = (v.TARGET_OF[v.OF_LINE, "id_jeune"].label, "") in self.taken
        for target, rank in v.targets_named(header, self.group.kind):
            if (target.label, rank) not in self.taken:
                is_needless = target.kind == "person" and numbered
                return (None, "") if is_needless else (target, rank)
        return None, ""

    def _propose_word(self, row: ColumnRow, texts: Sequence[str]) -> None:
        """Propose by a header that is itself a word of a code, above numbers or ticks."""
        word = row.header.rpartition(" / ")[2]
        numbers = sum(v.read_hours(text, Unit.HOURS) is not None for text in texts)
        is_ticked = not v.TICKS.isdisjoint(map(str.casefold, texts))
        said = {name: self._columns_said(word, name) for name in v.KINDS[self.group.kind]}
        for target in v.targets_of_kind(self.group.kind):
            columns = said.get(target.table, {})
            is_counted = target.kind == "number" and numbers > 0.8 * len(texts)
            is_word = target.kind != "number" and is_ticked and target.column in columns
            if columns and (is_counted or is_word):
                row.target, row.header_says = target.label, word
                return

    def _columns_said(self, word: str, table: str) -> Mapping[str, str]:
        """The columns of a table that a word says, with their codes."""
        first, year = v.targets_of_table(table)[0], self.group.first.row.whole_year
        says = self.group.codes.header_says(word, first, year)
        return dict(says.values) if says else {}


@dataclass(frozen=True)
class _Asking:
    """What is asked about the columns of a group that go somewhere."""

    group: _Group
    table: Table

    def ask(self, use: Use) -> None:
        """Ask what a column does not say by itself."""
        cells = [line[use.place] for line in self.group.lines]
        filled = [cell for cell in cells if v.is_filled(cell)]
        _ask_order(use, filled)
        _ask_unit(use, filled)
        if filled and len(filled) < len(cells):
            self._ask_blank(use, v.is_filled(cells[0]))
        _ask_seen(use)
        self._ask_separator(use, filled)

    @cached_property
    def _merged(self) -> set[int]:
        """The columns in which cells are merged."""
        return {
            fault.column
            for grid in self.group.taken
            for fault in grid.sheet.faults
            if fault.kind == "merged" and fault.row + 1 in grid.lines
        }

    @cached_property
    def _repeats(self) -> bool:
        """Whether lines leave empty whom they are about: it may be written above alone."""
        full = [use.place for use in self.table.uses if _is_full(use, self.table.about)]
        return any(not v.is_filled(cells[place]) for cells in self.group.lines for place in full)

    def _ask_blank(self, use: Use, begins: bool) -> None:
        """Ask what empty cells mean: nothing is noted, unless another answer may be meant."""
        row, is_merged = use.row, use.place in self._merged
        if row.blank:
            return
        is_unsaid = use.target.column == "heures" and not row.header_says
        if not (is_merged or is_unsaid or (begins and self._repeats)):
            row.blank = Blank.NOTED
        if is_merged:
            row.note = row.note or FRENCH["fusionnées"]
        row.ask("blank")

    def _ask_separator(self, use: Use, filled: Iterable[object]) -> None:
        """Ask which sign parts answers, where some seem to be several."""
        if not use.target.is_several or use.row.separator:
            return
        texts = {text_of(cell) or "" for cell in filled}
        unknown = {text.strip() for text in texts if not self.group.codes.code(use.target, text)}
        signs = {sign: str(sign) for sign in v.Sign if sign != v.Sign.NONE}
        signs[v.Sign.LINE_BREAK] = "\n"
        found = [sign for sign, mark in signs.items() if any(mark in text for text in unknown)]
        if found:
            use.row.note = FRENCH["signes"].format(liste=" ".join(found))
            use.row.ask("separator")


def _is_full(use: Use, about: str) -> bool:
    """Whether a column says whom or what a line is about, so that every line needs it."""
    if use.row.header_says or use.target.kind == "number":
        return False
    return use.target.kind == "person" or (use.target.table == about and use.target.is_asked)


def _ask_order(use: Use, filled: Iterable[object]) -> None:
    """Ask whether the day or the month is first, unless a number above twelve says it."""
    if use.target.kind not in ("date", "birth", "year") or use.row.order:
        return
    texts = (v.text(cell) for cell in filled if not isinstance(cell, date))
    matches = [match for match in map(_AMBIGUOUS.fullmatch, texts) if match]
    is_day_first, is_month_first = (
        any(int(match[rank]) > 12 for match in matches) for rank in (1, 2)
    )
    if is_day_first != is_month_first:
        use.row.order = Order.DAY_FIRST if is_day_first else Order.MONTH_FIRST
    if matches:
        use.row.ask("order")


def _ask_unit(use: Use, filled: Sequence[object]) -> None:
    """Ask for the unit of bare numbers of hours, or whether they are ages.

    Raises
    ------
    DataError
        Where hours are those of a clock: « 2h30 » is a duration whatever the unit.
    """
    texts = [v.text(cell) for cell in filled]
    is_hours = use.target.column == "heures"
    is_clock = {*FRENCH["heures d'horloge"]} & {*words_in(use.row.header)}
    if is_hours and is_clock and texts and all(map(_CLOCK.fullmatch, texts)):
        raise use.row.refusal("target", "horloge")
    is_age = use.target.column in ("date_naissance", "tranche_age") and use.target.kind != "tick"
    if (is_hours or is_age) and any(map(_BARE.fullmatch, texts)):
        use.row.ask("unit")


def _ask_seen(use: Use) -> None:
    """Have a proposal confirmed that would place persons or hours, were it wrong."""
    is_placing = use.target.table in (v.OF_LINE, "presences")
    is_placing = is_placing or use.target.kind in ("number", "commune")
    if (is_placing and use.row.target == use.row.proposed) or use.row.lookup:
        use.row.ask("seen")
