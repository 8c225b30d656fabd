"""Lines read by what the workbook answers: what each column fills, what each cell says.

A line gives rows to several tables; cells that nobody can read are words, which are asked about.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cached_property
from itertools import chain, pairwise
from typing import NamedTuple

from rlpipeline.characters import unaccented
from rlpipeline.importing import FRENCH, shown
from rlpipeline.importing.answers import OF_FORM, ColumnRow, WordRow
from rlpipeline.importing.people import Mention, name_key
from rlpipeline.importing.tables import HEADING, LocatedTable
from rlpipeline.importing.vocabulary import (
    BARE_DAY,
    CODED,
    DATING,
    EMPTY_CELL,
    KINDS,
    LEFT,
    NOTHING,
    OF_LINE,
    PERSON,
    RESOLVED,
    SESSION,
    TARGET_OF,
    TARGETS,
    TICKED,
    YOUNG,
    Blank,
    Codes,
    HeaderSays,
    Manner,
    Meaning,
    Order,
    Sign,
    Target,
    Together,
    filled_cells,
    first_day,
    form_of,
    identifier_key,
    is_filled,
    names_in,
    parts_of,
    plain_text,
    read_day,
    read_stamp,
    read_value,
    targets_of_kind,
    targets_of_table,
)
from rlpipeline.records.communes import by_code
from rlpipeline.records.reading import NOT_COMMUNICATED
from rlpipeline.records.tables import OUTSIDE, TABLES
from rlpipeline.records.tabular import text_of

COLUMNS_OF = {table.name: table.column_names for table in TABLES}
PLACED = {name for name, columns in COLUMNS_OF.items() if "commune" in columns} - {"situations"}
"""Tables whose commune may be the same for every line; that of a year's situation is an exception."""
PLACES = ("quartier", "lieu")
COUNTED = ("participations", "financements")
"""Tables of which a row whose number is empty says that it is not known; no time noted is none."""
_ALONE = (HeaderSays(), 0)
_NO_VALUE = (Meaning.BLANK, Meaning.LEAVE_LINE, Meaning.LEAVE_ROW, Meaning.ONE_BY_ONE)
SEVERAL, MANY = 3, 9
"""How many words of one form are asked about by their form: where one answer may do, elsewhere."""


class Remark(NamedTuple):
    """What does not enter as it is.

    Attributes
    ----------
    table, what, place
        Where it would enter, what is said of it, where it is in the export.
    must_read
        Whether somebody must read it before it is validated.
    detail
        What is written there, which may name persons: it is forgotten once it is validated.
    """

    table: str
    what: str
    place: str
    must_read: bool = True
    detail: str = ""


class AnsweredColumn(NamedTuple):
    """The answers about a column, and its place among the headers."""

    row: ColumnRow
    place: int


@dataclass(frozen=True, eq=False)
class Use:
    """A column that goes somewhere.

    Attributes
    ----------
    row, place
        The answers about it, its place among the headers.
    target, says
        Where it goes, and what its header says.
    sign
        What parts the answers of a cell; empty where nothing does.
    slot
        Which row of its table it fills: what its header says and how often that was said before,
        or its place where a sign parts its cells.
    is_common
        Whether it fills every row that a line gives to its table.
    lookup
        Code to its word, where another table gives it.
    instead
        Place of the column that says what it does where it is empty.
    is_beside_commune
        Whether its cells hold a place, and a commune that goes elsewhere.
    """

    row: ColumnRow
    place: int
    target: Target
    says: HeaderSays
    sign: str = ""
    slot: object = _ALONE
    is_common: bool = False
    lookup: Mapping[str, str] = field(default_factory=dict)
    instead: int | None = None
    is_beside_commune: bool = False

    @property
    def is_of_line(self) -> bool:
        """Whether it says something of the whole line."""
        return self.target.table == OF_LINE

    def cell_of(self, cells: Sequence[object]) -> object:
        """Its cell in a line, that of the other column where it is empty."""
        cell = cells[self.place]
        is_other = self.instead is not None and not is_filled(cell)
        if is_other and self.instead is not None:
            return cells[self.instead]
        return cell

    def parts(self, cell: object) -> Sequence[object]:
        """The different answers that a cell holds; the cell itself where nothing parts them."""
        if not self.sign:
            return [cell]
        parts = dict.fromkeys(map(plain_text, (text_of(cell) or "").split(self.sign)))
        return [part for part in parts if part] or [cell]

    @property
    def names_several(self) -> bool:
        """Whether its cells name several persons, each of whom has a line of her own."""
        is_person = self.target.kind == "person" and bool(self.sign)
        return is_person or self.row.together in (Together.EACH, Together.SHARED)

    def persons(self, cell: object) -> Sequence[object]:
        """Whom a cell names, one by one; the cell itself where that is one."""
        names = names_in(cell) if self.row.together else self.parts(cell)
        return names or [cell]

    def value_of(self, cell: object, line: "Line", is_typed: bool = False) -> str | None:
        """What a cell, or an answer typed, says; None where it is a code, or cannot be read."""
        order = self.row.order or Order.DAY_FIRST
        is_heading = self.row.header.startswith(HEADING)
        unit = self.row.unit or None
        manner = Manner(order, unit, line.year, line.month, is_heading, is_typed)
        return read_value(cell, self.target, manner)


@dataclass(frozen=True, eq=False)
class AnsweredTable:
    """A located table with the answers about its columns, which tables of equal headers share."""

    grid: LocatedTable
    columns: Sequence[AnsweredColumn]
    codes: Codes
    kind: str = NOTHING
    lexicons: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Name of the file, with that of the sheet."""
        return self.grid.name

    @property
    def number(self) -> str:
        """How the workbook and the account call it."""
        return f"tableau {self.grid.row.number}"

    @property
    def about(self) -> str:
        """The table that a line is about first."""
        return KINDS[self.kind][0]

    @property
    def year(self) -> int | None:
        """The year of the whole table."""
        return self.grid.row.whole_year

    def cell(self, use: Use, number: int) -> str:
        """Where a person finds the cell of a column in a line."""
        return f"{self.name}, {self.grid.cell_name(use.place, number)}"

    @cached_property
    def uses(self) -> Sequence[Use]:
        """The columns that go somewhere.

        Raises
        ------
        DataError
            Where one cannot go there, or its header means nothing there.
        """
        allowed = [LEFT, *(target.label for target in targets_of_kind(self.kind))]
        found = []
        for row, place in self.columns:
            target = TARGETS.get(row.one_of("target", allowed))
            if target:
                found.append(self._use(row, place, target))
            for part in parts_of(row.also):
                other = TARGETS[row.one_of("also", allowed[1:], part)]
                found.append(self._use_also(row, place, other))
        communes = {use.place for use in found if use.target.kind == "commune"}
        for rank, use in enumerate(found):
            is_beside = use.place in communes and use.target.column in PLACES
            found[rank] = replace(use, is_beside_commune=is_beside)
        return _with_common(_with_slots(found))

    def _use_also(self, row: ColumnRow, place: int, target: Target) -> Use:
        """Another place where a column goes, to which its header says something if it can."""
        says = self.codes.header_says(row.header_says, target, self.year)
        says = says or HeaderSays()
        return Use(row, place, target, says, lookup=self._lookup(row), instead=self._instead(row))

    def _instead(self, row: ColumnRow) -> int | None:
        """The column that an empty cell is read in; DataError where none is called so."""
        if row.blank in ("", *Blank):
            return None
        places = {unaccented(other.header): place for other, place in self.columns}
        if unaccented(row.blank) not in places:
            raise row.refusal("blank", "autre en-tête", en_tete=row.blank)
        return places[unaccented(row.blank)]

    def _lookup(self, row: ColumnRow) -> Mapping[str, str]:
        """The words of the codes of a column; DataError where no table is called so."""
        if row.lookup and row.lookup not in self.lexicons:
            raise row.refusal("lookup", "pas dans la liste", liste=shown([*self.lexicons]))
        return self.lexicons.get(row.lookup, {})

    def _use(self, row: ColumnRow, place: int, target: Target) -> Use:
        if row.separator not in ("", Sign.NONE) and not target.is_several:
            raise row.refusal("separator", "plusieurs par case", cible=target.label)
        says = self.codes.header_says(row.header_says, target, self.year)
        if target.kind == "person" and row.header_says:
            says = HeaderSays(0, ((target.column, row.header_says),))
        if says is None:
            raise row.refusal("header_says", "en-tête")
        if target.column in dict(says.values):
            target = target._replace(label=target.label + TICKED, kind="tick")
        sign = row.separator.mark if isinstance(row.separator, Sign) else row.separator
        lookup, instead = self._lookup(row), self._instead(row)
        return Use(row, place, target, says, sign, lookup=lookup, instead=instead)

    @cached_property
    def stamps(self) -> Mapping[int, int]:
        """The columns of days most of which are near a time stamp, and where that is."""
        cells = {place: self.grid.column(place) for _, place in self.columns}
        stamps = [place for place, column in cells.items() if _are_stamps(column)]
        found = {}
        for use in (use for use in self.uses if use.target.kind == "date"):
            for stamp in stamps:
                if stamp != use.place and _are_near(cells[use.place], cells[stamp]):
                    found[use.place] = stamp
        return found

    @cached_property
    def jumps(self) -> Mapping[int, Sequence[range]]:
        """The columns of days, with the lines whose day is far from those around it.

        Only where its year is that of the table, in a column whose days are in order: a week of
        December at the head of a sheet is one of the year before.
        """
        uses = [use for use in self.uses if use.target.kind == "date" and self.year]
        return {use.place: [*_jumps(self, use)] for use in uses}

    @property
    def filled(self) -> set[tuple[str, str]]:
        """Table and column of all that columns, their headers or « partout le même » say."""
        places = {use.target.place for use in self.uses}
        for use in self.uses:
            places |= {(use.target.table, column) for column, _ in use.says.values}
        for name, values in self.fixed.items():
            places |= {(name, column) for column in values}
        return places

    @cached_property
    def fixed(self) -> Mapping[str, Mapping[str, str]]:
        """What is the same for all lines, by table and column, where no column says it.

        A commune, where lines are about something else, is not where young people live.
        """
        found: dict[str, dict[str, str]] = defaultdict(dict)
        taken = {use.target.label for use in self.uses}
        for target, value in (*self._whole_commune(), *self._same_everywhere()):
            if target.label not in taken:
                found[target.table][target.column] = value
        return found

    def _whole_commune(self) -> Iterator[tuple[Target, str]]:
        commune = self.grid.row.whole_commune
        if not commune:
            return
        placed = PLACED - ({"jeunes"} - {self.about})
        for name in (name for name in KINDS[self.kind] if name in placed):
            target = TARGET_OF[name, "commune"]
            code = self.codes.code(target, commune)
            if not code:
                raise self.grid.row.refusal("commune", "commune")
            yield target, code

    def _same_everywhere(self) -> Iterator[tuple[Target, str]]:
        """What « partout le même » says; DataError where it is not understood."""
        row = self.grid.row
        targets = [*chain(*map(targets_of_table, KINDS[self.kind]))]
        for part in parts_of(row.fixed) if row.fixed.casefold() != NOTHING else ():
            name, _, text = map(str.strip, part.partition("="))
            found = [target for target in targets if target.is_named(name)]
            values = [(target, self._fixed_value(target, text)) for target in found]
            if not values or not all(value for _, value in values):
                labels = [target.short for target in targets]
                raise row.refusal("fixed", "partout", liste=shown(labels, 40))
            yield from ((target, value or "") for target, value in values)

    def _fixed_value(self, target: Target, text: str) -> str | None:
        if target.kind in CODED:
            return self.codes.code(target, text)
        return read_value(text, target, Manner(year=self.year, is_typed=True))

    def read_lines(self) -> Iterator["Line"]:
        """Each line, once for each person or educator that a cell or a header names."""
        ticked = [use.place for use in self.uses if use.target.kind == "tick" and use.is_of_line]
        several = [use for use in self.uses if use.names_several]
        for number, cells in self._filled_lines():
            rows = [cells]
            for use in several:
                rows = [*chain(*(_by_person(row, use) for row in rows))]
            if not several:
                rows = [*_one_by_one(cells, ticked)]
            for rank, row in enumerate(rows):
                yield Line(self, number, row, self.year, rank=rank, times=len(rows))

    def _filled_lines(self) -> Iterator[tuple[int, Sequence[object]]]:
        """Each line; empty cells hold what is above them where the answers say so.

        What is above may be in a line that is left out, never in another block of lines.
        """
        places = sorted({use.place for use in self.uses if use.row.blank == Blank.ABOVE})
        above: dict[int, object] = {}
        before = 0
        for number, cells in self.grid.written.items():
            if any(before < heading < number for heading in self.grid.headings):
                above.clear()
            before = number
            row = _repeated(cells, places, above)
            if number in self.grid.lines:
                yield number, row


def _by_person(cells: Sequence[object], use: Use) -> Iterator[Sequence[object]]:
    """The cells of a line, once for each person that one of them names."""
    for name in use.persons(cells[use.place]):
        yield [*cells[: use.place], name, *cells[use.place + 1 :]]


def _one_by_one(cells: Sequence[object], places: Sequence[int]) -> Iterator[Sequence[object]]:
    """The cells of a line, once for each of some that is filled, without the others of these."""
    filled = [place for place in places if is_filled(cells[place])]
    if not filled:
        yield cells
    for kept in filled:
        others = {place for place in places if place != kept}
        yield [None if place in others else cell for place, cell in enumerate(cells)]


def _repeated(
    cells: Sequence[object], places: Iterable[int], above: dict[int, object]
) -> list[object]:
    """The cells of a line, empty ones as above; one that is filled begins anew those to its right."""
    row = list(cells)
    begins = False
    for place in places:
        begins = begins or is_filled(row[place])
        if begins:
            above[place] = row[place]
        else:
            row[place] = above.get(place)
    return row


def _with_slots(uses: Sequence[Use]) -> Sequence[Use]:
    """Say which row each use fills.

    Where a column is said to be the second, others that go there are the first; columns of numbers
    whose headers say the same are added up.
    """
    ranked = {use.target.place for use in uses if use.says.rank}
    times: Counter[object] = Counter()
    found = []
    for use in uses:
        says = use.says
        if not says.rank and use.target.place in ranked:
            says = says._replace(rank=1)
        key = use.target, says
        is_added = use.target.kind == "number" and says != HeaderSays()
        slot: object = (says, times[key] if is_added else 0)
        times[key] += 1
        if use.sign and use.target.table != OF_LINE:
            slot = use.place
        found.append(replace(use, says=says, slot=slot))
    return found


def _with_common(uses: Sequence[Use]) -> Sequence[Use]:
    """Say which uses fill every row that a line gives to their table."""
    several = {use.target.table for use in uses if use.slot != _ALONE}
    return [
        replace(use, is_common=use.slot == _ALONE and use.target.table in several) for use in uses
    ]


# What lines say.


class Cell(NamedTuple):
    """A cell that goes somewhere, its text, and what the answers make of it.

    ``facts`` are what its word says beside, by column of the same table.
    """

    use: Use
    cell: object
    text: str
    value: str
    facts: Mapping[str, str]


@dataclass(frozen=True, eq=False)
class Record:
    """A row that a line gives to a table, and why it cannot be written."""

    table: str
    line: "Line"
    own: Sequence[Cell]
    common: Sequence[Cell]
    values: Mapping[str, str]
    why: str = ""

    @property
    def cells(self) -> Sequence[Cell]:
        """All that fill it."""
        return [*self.common, *self.own]

    @property
    def header_values(self) -> Mapping[str, str]:
        """What the header of its columns says."""
        return dict(self.own[0].use.says.values)


@dataclass(eq=False)
class Line:
    """A line of a table, once for each person whom it names; filled while it is read.

    Attributes
    ----------
    table, number, row
        Where it is, its cells.
    rank, times
        Which of the lines it is that are made of it, one for each person, and of how many.
    year, month
        Its own, else that of the table.
    cells, records
        Those that go somewhere, the rows that they fill.
    about
        What is said of the whole line, by column.
    mentions
        Whom and what it names, by table.
    left
        Why it is left out; empty where it is not.
    """

    table: AnsweredTable
    number: int
    row: Sequence[object]
    year: int | None
    month: int | None = None
    rank: int = 0
    times: int = 1
    cells: list[Cell] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    about: dict[str, str] = field(default_factory=dict)
    mentions: dict[str, Mention] = field(default_factory=dict)
    left: str = ""

    @property
    def key(self) -> tuple[AnsweredTable, int]:
        """Which line of the export it is."""
        return self.table, self.number

    @property
    def shares(self) -> int:
        """Among how many its hours are parted."""
        is_shared = any(use.row.together == Together.SHARED for use in self.table.uses)
        if is_shared:
            return self.times
        return 1

    @property
    def is_again(self) -> bool:
        """Whether its hours are those of another educator too."""
        is_each = any(use.row.together == Together.EACH for use in self.table.uses)
        return is_each and self.rank > 0

    def date_by(self, target: Target, value: str) -> None:
        """Take over the year and the month that a cell says."""
        if not value or target.place not in DATING:
            return
        year, _, month = value.partition("-")
        self.year = int(year) if year else self.year
        self.month = int(month) if month else self.month

    @property
    def place(self) -> str:
        """Where a person finds it."""
        return f"{self.table.name} {self.table.grid.line_name(self.number)}"

    def find_mentions(self) -> None:
        """Say which young person and which action it names."""
        values: dict[str, Mapping[str, str]] = {}
        for record in self.records:
            if not record.why:
                values.setdefault(record.table, record.values)
        young = self._young(values.get("jeunes", {}))
        action = self._action(values.get("actions", {}))
        named = {"jeunes": young, "actions": action}
        self.mentions = {name: mention for name, mention in named.items() if mention}

    def _young(self, values: Mapping[str, str]) -> Mention | None:
        written = [self.about.get(part, "") for part in PERSON]
        identifier, name = identifier_key(written[0]), name_key(*written[1:])
        is_name = len(name_key(identifier).split()) > 1 and not any(map(str.isdigit, identifier))
        if is_name:  # in the place of a number
            identifier, name = "", name_key(identifier)
        if not identifier and not name:
            return None
        return Mention(identifier, name, " ".join(filter(None, written)), self.place, values)

    def _action(self, values: Mapping[str, str]) -> Mention | None:
        title, year = values.get("libelle", ""), values.get("annee", "")
        identifier, name = identifier_key(self.about.get("id_action", "")), name_key(title)
        if not identifier and not name:
            return None
        if self.table.kind == SESSION:
            values = {**values, "seances": ""}  # they are added up
        named = "" if identifier else f"{name} {year}"
        return Mention(identifier, named, f"{title} {year}", self.place, values)


@dataclass(frozen=True)
class Read:
    """The lines of an export as the answers read them.

    Attributes
    ----------
    lines
        All of them.
    words
        What was asked about, or answered, by target and word.
    remarks, emptied
        What does not enter, and the cells whose word is left blank.
    """

    lines: Sequence[Line]
    words: Mapping[tuple[str, str], WordRow]
    remarks: Sequence[Remark]
    emptied: Sequence[Remark]

    def word(self, label: str, text: str) -> WordRow | None:
        """What was asked about a word of a target, or about its form."""
        exact = self.words.get((label, unaccented(text)))
        return exact or self.words.get(_form_key(label, text))


def _form_key(label: str, text: str) -> tuple[str, str]:
    return label, unaccented(f"{OF_FORM}{form_of(text)}")


MANY_DAYS, GAP, FEW_LATE = 100, timedelta(days=31), 0.02
"""Different days from which the last is known; what parts it from others; the share of these."""
FAR, MOST_NEAR, FEW_LINES = timedelta(days=180), 0.9, 10
"""What parts a day from its time stamp; the share that is nearer; lines from which that is known."""


def _last_day(tables: Iterable[AnsweredTable]) -> date | None:
    """The last day of an export, but for few that are far beyond; None where few days are written.

    Ends that are planned do not count.
    """
    found: set[date] = set()
    for table in tables:
        for use in table.uses:
            if use.target.kind == "date" and use.target.column != "date_fin":
                found |= _days_in(table, use)
    days = sorted(found)
    if len(days) < MANY_DAYS:
        return None
    late = max(1, int(FEW_LATE * len(days)))
    ends = [day for day, after in pairwise(days[-late - 1 :]) if after - day > GAP]
    return (ends or days[-1:])[0]


def _are_stamps(cells: Sequence[object]) -> bool:
    """Whether a column says when its lines were entered: days with an hour."""
    filled = filled_cells(cells)
    stamps = [*filter(None, map(read_stamp, filled))]
    return len(stamps) > FEW_LINES and len(stamps) >= MOST_NEAR * len(filled)


def _are_near(cells: Sequence[object], stamps: Sequence[object]) -> bool:
    """Whether most days of a column are near their time stamps."""
    days = (read_day(cell, Manner()) for cell in cells)
    pairs = zip(days, map(read_stamp, stamps), strict=True)
    gaps = [abs(day - stamp) for day, stamp in pairs if day and stamp]
    near = [gap for gap in gaps if gap <= GAP]
    return len(gaps) > FEW_LINES and len(near) >= MOST_NEAR * len(gaps)


def _jumps(table: AnsweredTable, use: Use) -> Iterator[range]:
    """The lines of each day that is far from the day before it and from the day after it."""
    order = use.row.order or Order.DAY_FIRST
    runs: list[tuple[int, date, bool]] = []
    for number, cells in table.grid.lines.items():
        cell = cells[use.place]
        day = read_day(cell, Manner(order, year=table.year))
        if day and (not runs or runs[-1][1] != day):
            runs.append((number, day, read_day(cell, Manner(order)) is None))
    gaps = [abs(after[1] - before[1]) for before, after in pairwise(runs)]
    near = [gap for gap in gaps if gap <= GAP]
    if len(gaps) <= FEW_LINES or len(near) < MOST_NEAR * len(gaps):
        return
    ends = [*(number for number, _, _ in runs[1:]), max(table.grid.lines) + 1]
    for rank, (number, _, is_without_year) in enumerate(runs):
        around = gaps[max(0, rank - 1) : rank + 1]
        if is_without_year and min(around) > FAR:
            yield range(number, ends[rank])


def _days_in(table: AnsweredTable, use: Use) -> set[date]:
    """The days of a column, but for those to come."""
    manner = Manner(use.row.order or Order.DAY_FIRST)
    days = (read_day(cell, manner) for cell in table.grid.column(use.place))
    return {day for day in days if day and day <= date.today()}


def read(tables: Iterable[AnsweredTable], codes: Codes, answered: Iterable[WordRow]) -> Read:
    """Read every line of tables that are taken; DataError where an answer cannot be followed."""
    taken = [table for table in tables if KINDS[table.kind]]
    reader = _LineReader(codes, {row.key: row for row in answered}, _last_day(taken))
    lines = [line for table in taken for line in reader.lines_of(table)]
    return Read(lines, reader.by_form(), reader.remarks, [*reader.emptied])


@dataclass
class _LineReader:
    """Lines being read: ``words`` are the rows of « Mots » met on the way, ``times`` how often."""

    codes: Codes
    answered: Mapping[tuple[str, str], WordRow]
    last_day: date | None
    words: dict[tuple[str, str], WordRow] = field(default_factory=dict)
    times: Counter[tuple[str, str]] = field(default_factory=Counter)
    remarks: list[Remark] = field(default_factory=list)
    emptied: dict[Remark, None] = field(default_factory=dict)

    def lines_of(self, table: AnsweredTable) -> Iterator[Line]:
        """Read the lines of a table."""
        uses = sorted(table.uses, key=_reading_order)
        for line in table.read_lines():
            slots: dict[tuple[str, object], list[Cell]] = defaultdict(list)
            for use in uses:
                for slot, cell in self._cells_of(use, use.cell_of(line.row), line):
                    line.cells.append(cell)
                    slots[use.target.table, slot].append(cell)
            for name in (OF_LINE, *KINDS[table.kind]):
                common = slots.pop((name, "common"), [])
                rows = [cells for (of, _), cells in slots.items() if of == name]
                self._fill_table(line, name, rows, common)
            line.find_mentions()
            is_twice = any(self._meaning_of(cell) == Meaning.TWICE for cell in line.cells)
            yield from [line, line] if is_twice else [line]

    def _cells_of(self, use: Use, cell: object, line: Line) -> Iterator[tuple[object, Cell]]:
        """The answers that a cell holds, each with the row of its table that it fills."""
        parts = use.parts(cell) if use.slot == use.place else [cell]
        for rank, code in enumerate(parts):
            part = use.lookup.get(identifier_key(code), code)
            value = _shared(use, self._value(use, part, line), line)
            line.date_by(use.target, value)
            slot = "common" if use.is_common else (use.slot, rank)
            yield slot, Cell(use, part, plain_text(part), value, self._facts(use, plain_text(part)))

    def _facts(self, use: Use, text: str) -> Mapping[str, str]:
        """What « Mots » says of a word beside its own column: « Travail de rue ; en ligne »."""
        row = self.words.get((use.target.label, unaccented(text)))
        if row is None or ";" not in row.meaning:
            return {}
        says = self.codes.header_says(row.meaning, use.target, None) or HeaderSays()
        return {column: code for column, code in says.values if column != use.target.column}

    def _fill_table(
        self,
        line: Line,
        name: str,
        rows: Sequence[Sequence[Cell]],
        common: Sequence[Cell],
    ) -> None:
        """Add the rows that cells give to a table, or what they say of the whole line."""
        if name == OF_LINE:
            _say_of_line(line, [*rows, common])
            return
        for own in rows:
            self._fill(line, name, own, common)
        is_there = any(record.table == name for record in line.records)
        if common and name in RESOLVED and not is_there:  # no column is ticked
            self._fill(line, name, common, ())

    def _fill(self, line: Line, name: str, own: Sequence[Cell], common: Sequence[Cell]) -> None:
        """Add the row that cells give to a table, where they say something of it."""
        said = _merged(line, own, {})
        filled = [cell for cell in own if cell.text]
        is_read = any(said.get(cell.use.target.column) for cell in filled)
        is_there = is_read or _is_ticked(filled) or _is_unknown(line, name, own, common)
        if not is_there and all(cell.use.target.kind == "tick" for cell in filled):
            return
        values = _merged(line, common, dict(own[0].use.says.values))
        values |= {column: value for column, value in said.items() if value}
        _complete(values, name, line)
        why = "sa seule case remplie est laissée vide"
        if is_there:
            why = ""
        why = self._reason_left([*own, *common]) or why
        if why:
            self.remarks.append(Remark(name, f"n'entre pas : {why}", line.place, False))
        line.records.append(Record(name, line, own, common, values, why))

    def _reason_left(self, cells: Iterable[Cell]) -> str:
        """Why a row is left out by what a word means; empty where it is not."""
        left = (cell for cell in cells if self._meaning_of(cell) == Meaning.LEAVE_ROW)
        for cell in left:
            return f"écartée de la table : « {cell.text} » ({cell.use.target.label})"
        return ""

    def _meaning_of(self, cell: Cell) -> str:
        """What « Mots » answers about the word of a cell; empty where it is not asked."""
        label, text = cell.use.target.label, cell.text or EMPTY_CELL
        row = self.words.get((label, unaccented(text))) or self.words.get(_form_key(label, text))
        if row:
            return row.meaning
        return ""

    def _is_doubtful(self, use: Use, value: str | None, line: Line) -> bool:
        """Whether a day is of another year than its table, or far from those that it goes with.

        These are the last of the export, and when its line was entered, by a time stamp.
        """
        if not value or use.target.kind != "date":
            return False
        is_late = self.last_day is not None and value > f"{self.last_day + GAP}"
        is_of_table = use.target.column == "date" and line.table.year
        is_of_year = not is_of_table or value[:4] == str(line.year)
        stamp = line.table.stamps.get(use.place)
        entered = None if stamp is None else read_stamp(line.row[stamp])
        is_far = entered is not None and abs(entered - date.fromisoformat(value)) > FAR
        jumps = line.table.jumps.get(use.place, ())
        is_far = is_far or any(line.number in lines for lines in jumps)
        return is_late or not is_of_year or is_far

    def _value(self, use: Use, cell: object, line: Line) -> str:
        """What a cell says; an empty one is a word where the line is about what needs it."""
        if not is_filled(cell) and not _needs_answer(use, line.table):
            is_zero = use.row.blank == Blank.ZERO and use.target.kind == "number"
            if is_zero:
                return "0"
            return ""
        value = use.value_of(cell, line)
        if value and use.is_beside_commune:
            value = self.codes.without_commune(use.target, value)
        if value is None or self._is_doubtful(use, value, line):
            return self._answered_value(use, plain_text(cell), line)
        return value

    def _answered_value(self, use: Use, text: str, line: Line) -> str:
        """What « Mots » says of a word; empty where it says nothing, or that it is blank."""
        if "unit" in use.row.unanswered and text[:1].isdigit():
            return ""  # its number is asked about once its unit is known
        row = self._word(use, text or EMPTY_CELL, line.table.cell(use, line.number))
        if row.meaning == Meaning.LEAVE_LINE:
            line.left = f"écartée : « {text or EMPTY_CELL} » ({use.target.label})"
        elif text and row.meaning == Meaning.BLANK:
            reason = "laissée vide par votre réponse (feuille « Mots »)"
            self.emptied[emptied_cell(line, use, text, reason)] = None
        if row.meaning in self._valueless(use.target, row, text):
            return ""
        value = self._meant(use, row, text, line)
        if value is None:
            raise row.refusal("meaning", "réponse", liste=self._listed(use.target))
        return value

    def _valueless(self, target: Target, row: WordRow, text: str) -> Sequence[str]:
        """The answers about a word that give it no value."""
        offers = self.codes.meanings(target, [text], row.is_of_form)
        return ["", *(answer for answer in _NO_VALUE if answer in offers)]

    def _meant(self, use: Use, row: WordRow, text: str, line: Line) -> str | None:
        """What the answer about a word means, as the records write it; None where it is none.

        Raises
        ------
        DataError
            Where one value would stand for several: of a day without its month, of a form.
        """
        target, answer = use.target, row.meaning
        if target.kind == "date" and BARE_DAY.fullmatch(text):
            raise row.refusal("meaning", "jour seul", mot=text)
        offers = self.codes.meanings(target, [text], row.is_of_form)
        if answer not in offers and (row.is_of_form or answer in [*Meaning]):
            raise row.refusal("meaning", "pas dans la liste", liste=shown(offers))
        if answer == Meaning.TWICE:
            return "oui"
        if answer == Meaning.FIRST_DAY:
            return first_day(text)
        if target.kind not in CODED:
            return use.value_of(answer, line, is_typed=True)
        if ";" not in answer:
            return self.codes.code(target, answer)
        says = self.codes.header_says(answer, target, line.year) or HeaderSays()
        return dict(says.values).get(target.column)

    def _word(self, use: Use, word: str, place: str) -> WordRow:
        """The row of « Mots » about a word, with how often it was met."""
        target, key = use.target, (use.target.label, unaccented(word))
        form = self.answered.get(_form_key(target.label, word))
        is_of_form = form is not None and key not in self.answered
        if form and is_of_form and self._holds(form, target, word):
            key, word = form.key, form.word
        self.times[key] += 1
        if key not in self.words:
            former = self.answered.get(key)
            row = WordRow(target.label, word, where=place, line=former.line if former else 0)
            if former:
                row.meaning, row.proposed = former.meaning, former.proposed
            else:
                row.meaning = row.proposed = self._proposed(target, word)
            row.note = self._note(target, row)
            row.offers = self._offers(target, [word], row.is_of_form)
            row.ask("meaning")
            self.words[key] = row
        self.words[key].times = str(self.times[key])
        return self.words[key]

    def _holds(self, form: WordRow, target: Target, word: str) -> bool:
        """Whether the answer about words of a form is one about this word too."""
        if form.meaning in ("", Meaning.ONE_BY_ONE):
            return False
        is_typed = form.meaning not in [*Meaning]
        return is_typed or form.meaning in self.codes.meanings(target, [word], True)

    def _offers(self, target: Target, words: Sequence[str], is_of_form: bool) -> Sequence[str]:
        """The answers that a drop-down offers about words."""
        is_bare = target.kind == "date" and any(map(BARE_DAY.fullmatch, words))
        offers = self.codes.meanings(target, words, is_of_form)
        if is_bare:
            return [Meaning.BLANK, Meaning.LEAVE_LINE]
        return offers

    def by_form(self) -> Mapping[tuple[str, str], WordRow]:
        """The words, those that nobody can read asked by their form where it has several."""
        forms: dict[tuple[str, str], list[WordRow]] = defaultdict(list)
        for row in self.words.values():
            target = TARGETS.get(row.target)
            if target and target.kind not in CODED and not row.meaning:
                forms[_form_key(row.target, row.word)].append(row)
        words = dict(self.words)
        for key, rows in forms.items():
            is_answered = key in self.answered and self.answered[key].meaning
            of_form = self._form_row(rows)
            has_one_answer = Meaning.FIRST_DAY in of_form.offers
            least = SEVERAL if has_one_answer else MANY
            if len(rows) < least or is_answered:
                continue
            for row in rows:
                del words[row.key]
            words[key] = of_form
        return words

    def _form_row(self, rows: Sequence[WordRow]) -> WordRow:
        """The question about words of one form."""
        first = rows[0]
        times = sum(int(row.times) for row in rows)
        note = FRENCH["forme"].format(liste=shown([row.word for row in rows]))
        form = f"{OF_FORM}{form_of(first.word)}"
        row = WordRow(first.target, form, str(times), first.where, note=note)
        row.offers = self._offers(TARGETS[first.target], [word.word for word in rows], True)
        row.ask("meaning")
        return row

    def _proposed(self, target: Target, word: str) -> str:
        """The exact word of a code; empty for a commune that is far, or a number that is one."""
        code = None
        if target.kind in CODED:
            code = self.codes.code(target, word)
        if not code:
            return ""
        if target.kind == "commune" and self._is_far(code, word):
            return ""
        meant = self.codes.word(target, code)
        is_sure = self.codes.code(target, meant) == code  # others may bear its name
        if is_sure:
            return meant
        return code

    def _is_far(self, code: str, word: str) -> bool:
        """Whether a commune is none of the service, and is a number or of another département."""
        service = self.codes.service
        if code in (*service.commune_codes, OUTSIDE):
            return False
        return word.isdigit() or by_code()[code].departement != service.departement

    def _note(self, target: Target, row: WordRow) -> str:
        """What to answer about a word."""
        if target.kind in CODED:
            if row.meaning:
                return ""
            return f"{FRENCH['choix']} : {self._listed(target)}"
        if row.is_of_form:
            former = self.answered.get(row.key)
            return former.note if former else ""
        if target.kind == "date" and BARE_DAY.fullmatch(row.word):
            return str(FRENCH["jour seul"])
        if target.kind == "date" and read_day(row.word, Manner(year=2000)):
            return str(FRENCH["date douteuse"])
        return str(FRENCH["durée illisible" if target.column == "heures" else "mot illisible"])

    def _listed(self, target: Target) -> str:
        return shown([*self.codes.all_of(target).values()])


def _shared(use: Use, value: str, line: Line) -> str:
    """The hours of one of those among whom they are parted; other values as they are."""
    is_known = use.target.column == "heures" and value not in ("", NOT_COMMUNICATED.upper())
    if not is_known or line.shares == 1:
        return value
    return text_of(round(float(value) / line.shares, 4)) or ""


def _reading_order(use: Use) -> int:
    """What dates a line is read first: days may be written without their month and year."""
    place = use.target.place
    if place in DATING:
        return DATING.index(place)
    return len(DATING)


def emptied_cell(line: Line, use: Use, text: str, reason: str) -> Remark:
    """That a cell is left blank, and why."""
    what = f"cases vidées, {use.target.short} : {reason}"
    place = line.table.cell(use, line.number)
    return Remark(use.target.table, what, place, False, f"« {text} »")


def _say_of_line(line: Line, slots: Iterable[Sequence[Cell]]) -> None:
    """Take over what cells say of a whole line: its numbers and names, a person who is ticked."""
    for cells in slots:
        line.about = {**line.about, **_merged(line, cells, {})}
        for cell in (cell for cell in cells if cell.use.target.kind == "tick" and cell.text):
            if cell.value == "oui":
                line.about |= dict(cell.use.says.values)
            else:
                line.left = "la case de ce jeune n'est pas cochée"


def _merged(line: Line, cells: Iterable[Cell], header: Mapping[str, str]) -> dict[str, str]:
    """What cells say by column, beside what a header does; DataError where two of them differ."""
    values = dict(header)
    for use, _, _, value, facts in cells:
        own = {} if use.target.kind == "tick" else {use.target.column: value}
        for column, said in (*own.items(), *facts.items()):
            before = values.get(column, "")
            if before and said and before != said:
                raise use.row.refusal("target", "deux colonnes", ligne=line.number)
            values[column] = said or before
    return values


def _complete(values: dict[str, str], table: str, line: Line) -> None:
    """Say what is the same everywhere, and the year of a row, where its cells do not."""
    for column, value in line.table.fixed.get(table, {}).items():
        values.setdefault(column, value)
    if "annee" in COLUMNS_OF[table] and not values.get("annee"):
        values["annee"] = str(line.year or "")


def _is_ticked(cells: Iterable[Cell]) -> bool:
    """Whether a cell that only says that there is a row says so."""
    return any(cell.use.target.kind == "tick" and cell.value == "oui" for cell in cells)


def _is_unknown(line: Line, name: str, own: Sequence[Cell], common: Sequence[Cell]) -> bool:
    """Whether a row says that a number is not known: cells are noted as empty, others filled."""
    numbers = [cell for cell in own if cell.use.target.kind == "number"]
    said = (Blank.NOTED, Blank.ZERO)
    is_noted = any(cell.text or cell.use.row.blank in said for cell in numbers)
    is_about = line.records or any(cell.text for cell in common)
    return name in COUNTED and is_noted and bool(is_about)


def _needs_answer(use: Use, table: AnsweredTable) -> bool:
    """Whether an empty cell is asked about: of what the line is about, where records need it."""
    if use.target.table != table.about or use.says != HeaderSays() or not use.row.blank:
        return False
    is_about = table.about != "jeunes" or table.kind == YOUNG
    return is_about and use.target.is_asked and use.target.kind in CODED
