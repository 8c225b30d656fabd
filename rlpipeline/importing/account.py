"""The account of an import: what the cells of the export say beside the records once written.

Rows are read from the cells by other means than those that filled the tables. Both share the
answers, which cells make a row and which lines name one person.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from functools import cached_property
from itertools import chain

import pandas as pd

from rlpipeline.characters import unaccented
from rlpipeline.importing import FRENCH, counted, shown
from rlpipeline.importing.answers import AccountRow, ColumnRow, PersonRow, TableRow
from rlpipeline.importing.people import Entity, Mention
from rlpipeline.importing.reading import (
    PLACED,
    AnsweredTable,
    Cell,
    Line,
    Read,
    Record,
    Remark,
    Use,
)
from rlpipeline.importing.tables import BELOW, FILE_NAME, LEFT_OUT, LONE, SHEET_NAME, is_total
from rlpipeline.importing.vocabulary import (
    CODED,
    DATING,
    EMPTY_CELL,
    KINDS,
    MONTHS,
    OF_LINE,
    RESOLVED,
    TARGET_OF,
    Codes,
    Meaning,
    Target,
    Unit,
    filled_cells,
    form_of,
    plain_text,
    plain_texts,
)
from rlpipeline.importing.writing import NC, Written
from rlpipeline.records.findings import Finding
from rlpipeline.records.frames import Records
from rlpipeline.records.tables import TABLE_NAMES, TABLES, table_named

MISSING = ("E105", "E204")
"""Errors that say that a cell is empty; the account asks about such cells by itself."""
READ = ("E204", "P304", "P305", "Q305", "P405")
"""Findings that somebody must read: a reason that misses, too many hours, rows entered twice."""
NO_YEAR, NO_COMMUNE = "sans année", "sans commune"
DATES = ("date", "date_debut", "annee")
_NO_QUANTITY = re.compile(r"0\d+|(?:\d ?){9,}")
"""A telephone, or another number that nobody adds up."""
_SHORT_YEAR = re.compile(
    r"(?:.*\d(?:[/.\-]\d{1,2}[/.\-]|(?:er)?[ -][^\W\d]+\.?[ -])"
    rf"|(?:{'|'.join(MONTHS)})\.? )(\d\d)"
)
"""A year of two digits, after a day or the name of a month."""
HOURS, DAY = ("temps", "heures"), 24
EXPORT = "export"
_DURATION = re.compile(r"(?:(\d+)(?:h(?:eures?)?|:))?(\d*)(?:min(?:utes?)?|mn|['′])?(?::\d\d)?")
Count = dict[tuple[str, str], float]
"""How many or how much, by table and what is counted in it."""
Key = tuple[AnsweredTable, int]
"""A line of the export."""


def _dated(name: str) -> str:
    """The column that dates the rows of a table; empty where there is none."""
    columns = table_named(name).column_names
    return next((column for column in DATES if column in columns), "")


def _total(table: str, column: str) -> str:
    return f"total : {TARGET_OF[table, column].short}"


@dataclass(frozen=True)
class Draft:
    """What is accounted for.

    Attributes
    ----------
    rows, tables
        « Tableaux », and the tables that are read.
    read, written
        What lines say, what was made of them.
    codes
        Of the service.
    before, draft
        The records that are there, None where there are none; the draft as the records read it.
    findings
        What is found in the draft beside the tables that stay.
    """

    rows: Sequence[TableRow]
    tables: Sequence[AnsweredTable]
    read: Read
    written: Written
    codes: Codes
    before: Records | None
    draft: Records
    findings: Sequence[Finding]

    @cached_property
    def entered(self) -> Set[tuple[str, Key]]:
        """Table and line of every row that enters."""
        entering = (entry for entry in self.written.entries if not entry.why)
        return {(entry.table, entry.line.key) for entry in entering}

    @cached_property
    def inside(self) -> Set[Key]:
        """The lines that give a row at least."""
        return {key for _, key in self.entered}

    @cached_property
    def gone(self) -> Set[Key]:
        """The lines that give none."""
        return {line.key for line in self.read.lines} - self.inside


def account_of(found: Draft) -> list[AccountRow]:
    """The rows of « Compte ».

    Rows of the records that would go, then every number twice, then every line and cell that did
    not enter, with its reason, and the tables from which nothing is taken.
    """
    taken = [table for table in found.tables if KINDS[table.kind]]
    totals = _Totals(found)
    remarks = [*_aside(taken)]
    for table in taken:
        remarks += [*_left(table), *totals.remarks(table)]
    remarks += [
        *_half_read(found),
        *_long_hours(found),
        *_unnumbered(found),
        *_untaken(found.rows),
        *found.written.remarks,
    ]
    rows = [*_remark_rows(_vanished(found)), *_finding_rows(found)]
    rows += [_line_row(table, found) for table in taken]
    rows += _number_rows(_Counting(found).counted())
    rows += _remark_rows(remarks)
    return rows


# Numbers, counted twice.


@dataclass(frozen=True)
class _Counting:
    """Three counts: of the export, of the records, of what is explained line by line."""

    found: Draft
    export: Count = field(default_factory=lambda: defaultdict(float))
    records: Count = field(default_factory=lambda: defaultdict(float))
    lost: Count = field(default_factory=lambda: defaultdict(float))

    def counted(self) -> "_Counting":
        """Count all that there is."""
        self._count_rows()
        for (name, column), number in self.found.written.partial.items():
            self.lost[name, _total(name, column)] += number
        for name in RESOLVED:
            self._count_named(name)
        return self

    def _count_rows(self) -> None:
        raw = _raw_tables(self.found)
        for table in (table for table in TABLES if table.name not in RESOLVED):
            name = table.name
            entries = (entry for entry in self.found.written.entries if entry.table == name)
            refused = [entry.values for entry in entries if entry.why]
            for count, rows in ((self.export, raw[name]), (self.lost, refused)):
                self._count(count, name, pd.DataFrame(rows, columns=table.column_names))
            self._count(self.records, name, self.found.draft[name])
        for entry in (entry for entry in self.found.written.entries if entry.line.is_again):
            hours = entry.values.get("heures", "")
            self.lost[entry.table, _total(entry.table, "heures")] -= _plain_number(hours)

    def _count(self, count: Count, name: str, frame: pd.DataFrame) -> None:
        """Count rows, by year and by commune, and add up numbers."""
        counted = Counter({"lignes": len(frame)})
        counted.update(sorted(self._parts(name, frame)))
        for part, times in counted.items() if name != "participations" else ():  # they are summed
            if times:
                count[name, part] += times
        for column in table_named(name).columns:
            if column.kind == "number":
                total = float(pd.to_numeric(frame[column.name], errors="coerce").sum())
                count[name, _total(name, column.name)] += total

    def _parts(self, name: str, frame: pd.DataFrame) -> Iterator[str]:
        """The year and the commune of each row, as they are counted."""
        dated = _dated(name)
        for cell in frame[dated] if dated else ():
            year = str(cell)[:4]
            yield f"en {year}" if re.fullmatch(r"[12]\d{3}", year) else NO_YEAR
        for code in frame["commune"] if name in PLACED else ():
            is_code = isinstance(code, str) and bool(code)
            target = TARGET_OF[name, "commune"]
            yield f"à {self.found.codes.word(target, code)}" if is_code else NO_COMMUNE

    def _count_named(self, name: str) -> None:
        """Count the different young persons, or actions."""
        found, key = self.found, table_named(name).key[0]
        about = [table for table in found.written.tables if name == _about(table)]
        entered = [entry for entry in found.written.entries if not entry.why]
        inside = {entry.line for entry in entered if entry.table in about}
        lines_of = self._lines_by_name(name)
        what = (name, f"{name} différent{'' if name == 'jeunes' else 'e'}s")
        self.export[what] = len(lines_of)
        self.records[what] = len({*chain(*(found.draft[table][key] for table in about))})
        absent = [lines for lines in lines_of.values() if lines.isdisjoint(inside)]
        self.lost[what] = len(absent) + self._joined(name, inside)

    def _lines_by_name(self, name: str) -> Mapping[str, set[Line]]:
        """Give the lines that name each young person, or action."""
        lines_of: dict[str, set[Line]] = defaultdict(set)
        for line in self.found.read.lines:
            if name in line.mentions:
                lines_of[line.mentions[name].key].add(line)
        return lines_of

    def _joined(self, name: str, lines: Iterable[Line]) -> int:
        """How many names are fewer by the answers about who is who."""
        entities: Mapping[Mention, Entity] = self.found.written.identities[name].entities
        mentions = [line.mentions[name] for line in lines if name in line.mentions]
        known = [mention for mention in mentions if mention in entities]
        keys = {mention.key for mention in known}
        return len(keys) - len({entities[mention] for mention in known})


def _about(table: str) -> str:
    """Whom or what the rows of a table are counted by: young people, or actions."""
    if "id_jeune" in table_named(table).column_names:
        return "jeunes"
    if table == "actions":
        return "actions"
    return ""


def _raw_tables(found: Draft) -> Mapping[str, list[dict[str, object]]]:
    """The rows of tables as the cells of the export say them."""
    raw: dict[str, list[dict[str, object]]] = defaultdict(list)
    for line in found.read.lines:
        reading = _RawLine(line, found)
        for record in line.records:
            if record.table not in RESOLVED:
                raw[record.table].append(reading.row(record))
    return raw


@dataclass(frozen=True)
class _RawLine:
    """A line, read again from its cells."""

    line: Line
    found: Draft

    @cached_property
    def year(self) -> int | str:
        """The first year that its cells say, else that of the table."""
        cells = (cell for cell in self.line.cells if cell.use.target.place in DATING)
        years = [_year_in(self._answered(cell)) for cell in cells]
        return next(filter(None, [*years, self.line.table.year]), "")

    def row(self, record: Record) -> dict[str, object]:
        """A row of a table; what several of them share is added up once."""
        row: dict[str, object] = {}
        for cell in record.cells:
            self._read_cell(cell, row)
        row |= record.header_values
        fixed = self.line.table.fixed.get(record.table, {})
        dated = _dated(record.table)
        if dated:
            day = row.get(dated, self.year if dated == "annee" else fixed.get(dated, ""))
            row[dated] = str(_year_in(day) or (plain_text(day) and self.year))
        if record.table in PLACED and "commune" not in record.header_values:
            row["commune"] = self._commune(record.table, row)
        is_counted = self.line.is_again and "heures" in row
        if is_counted:
            return row | {"heures": 0.0}
        return row

    def _read_cell(self, cell: Cell, row: dict[str, object]) -> None:
        """Put what a cell says in a row, a number if it is in none yet."""
        target, value = cell.use.target, self._answered(cell)
        key = cell.use.place, target.place
        if target.kind == "tick":
            return
        if target.kind != "number":
            if cell.text or cell.value:
                row[target.column] = value
        elif key not in self._added:
            self._added.add(key)
            number = _number(value, cell.use.row.unit, target.column)
            is_hours = target.column == "heures"
            row[target.column] = round(number / self.line.shares, 4) if is_hours else number

    @cached_property
    def _added(self) -> set[tuple[int, tuple[str, str]]]:
        return set()

    def _answered(self, cell: Cell) -> object:
        """A cell, or what was answered of its word."""
        row = self.found.read.word(cell.use.target.label, cell.text or EMPTY_CELL)
        is_read = (
            row is not None and row.is_of_form and bool(cell.value)
        )  # others of its form are not
        if row is None or is_read or row.meaning == Meaning.FIRST_DAY:
            return cell.cell
        is_blank = row.meaning in [Meaning.BLANK, Meaning.LEAVE_LINE]
        if is_blank:
            return ""
        return row.meaning.partition(";")[0].strip()

    def _commune(self, name: str, row: Mapping[str, object]) -> str:
        """The code of the commune of a row, or its word where it has none."""
        table, target = self.line.table, TARGET_OF[name, "commune"]
        is_read = any(use.target.label == target.label for use in table.uses) or "commune" in row
        fixed = table.fixed.get(name, {}).get("commune", "")
        word = fixed
        if is_read:
            word = plain_text(row.get("commune"))
        if word:
            return self.found.codes.code(target, word) or word
        return ""


def _year_in(cell: object) -> int | None:
    """The year of a cell, whatever it is."""
    text = plain_text(cell)
    match = re.search(r"(?<!\d)(?:19|20)\d\d(?!\d)", text)
    if match:
        if isinstance(cell, date):
            return cell.year
        return int(match[0])
    match = _SHORT_YEAR.fullmatch(unaccented(text))
    if match:
        return int(pd.to_datetime(match[1], format="%y").year)
    if not re.fullmatch(r"\d{5}(?:\.0+)?", text):
        return None
    day = pd.Timestamp("1899-12-30") + pd.Timedelta(days=float(text))
    return int(day.year)


def _number(cell: object, unit: Unit | None, column: str) -> float:
    """The number of a cell, hours in hours; 0 where there is none."""
    text = re.sub(r"[\s€%]|eur(?:os)?", "", plain_text(cell).casefold())
    text = text.replace(",", ".").replace("−", "-")
    if column == "heures":
        return _hours(cell, text, unit)
    return _plain_number(text)


def _plain_number(text: str) -> float:
    if re.fullmatch(r"-?\d+(?:\.\d+)?", text):
        return float(text)
    return 0.0


def _hours(cell: object, text: str, unit: Unit | None) -> float:
    """The hours of a cell, by its text without spaces."""
    if isinstance(cell, timedelta | time):
        return float(pd.Timedelta(str(cell)).total_seconds()) / 3600
    text = re.sub(r"(?<=\.)(\d+)h(?:eures?)?$", r"\1", text)
    parts = None if text.isdigit() else _DURATION.fullmatch(text)
    if parts and (parts[1] or parts[2]):
        return int(parts[1] or 0) + int(parts[2] or 0) / 60
    number = _plain_number(text)
    if unit == Unit.MINUTES:
        return number / 60
    if unit == Unit.CLOCK:
        return number // 1 + (number % 1) * 100 / 60
    return number


# As rows of the workbook.


def _row(
    table: str, what: str, numbers: Iterable[float] = (), *, why: str = "", places: str = ""
) -> AccountRow:
    """A row of the account; ``numbers`` are those of the export, of the records, what is left."""
    name = FRENCH["tables"].get(table, table)
    row = AccountRow(name, what, why=why, places=places)
    for column, number in zip(("exported", "written", "gap"), numbers, strict=False):
        setattr(row, column, _written(number))
    return row


def _line_row(table: AnsweredTable, found: Draft) -> AccountRow:
    """How many lines of a table give rows, and how many none."""
    lines = {(table, number) for number in table.grid.lines}
    inside, gone = len(lines & found.inside), len(lines & found.gone)
    why = ""
    if gone:
        why = counted("{n} ligne{s} sans entrée, dite{s} plus bas", gone)
    numbers = (len(lines), inside, len(lines) - inside - gone)
    return _row(table.number, f"lignes lues dans {table.name}", numbers, why=why)


def _number_rows(counts: _Counting) -> Iterator[AccountRow]:
    """Each number of the export and of the records, and what is explained of their difference."""
    by_answers = f"{{n}} de plus, par vos réponses (feuille « {PersonRow.title} »)"
    keys = {**counts.export, **counts.records}
    for key in sorted(keys, key=lambda key: TABLE_NAMES.index(key[0])):
        before, after, lost = counts.export[key], counts.records[key], counts.lost[key]
        if not (before or after):
            continue
        rest = before - after - lost
        gap = rest if abs(rest) > 0.01 else 0
        why = counted("{n} expliqué{s} plus bas" if lost > 0 else by_answers, abs(lost))
        yield _row(*key, (before, after, gap), why=why if lost else "")


def _remark_rows(remarks: Iterable[Remark]) -> Iterator[AccountRow]:
    """Each remark once, with all its places."""
    groups: dict[tuple[str, str, bool], Counter[tuple[str, str]]] = defaultdict(Counter)
    for table, what, place, must_read, detail in remarks:
        groups[table, what, must_read][place, detail] += 1
    for (table, what, must_read), times in groups.items():
        name = table
        if table == OF_LINE:
            name = "la ligne"
        whole = shown([_listed(place, n, detail) for (place, detail), n in times.items()], 30)
        places = shown([_listed(place, n) for (place, _), n in times.items()], 30)
        row = _row(name, what, [times.total()], why=whole, places=places)
        if must_read:
            row.ask("seen")
        yield row


def _listed(place: str, times: int, detail: str = "") -> str:
    """A place in a list, with what is written there and how often."""
    text = place
    if detail:
        text = f"{place} : {detail}"
    if times > 1:
        return f"{text} ({times} fois)"
    return text


def _finding_rows(found: Draft) -> Iterator[AccountRow]:
    """What the records find in the draft; an error is a difference, unless a cell is empty."""
    for item in found.findings:
        places = found.written.places.get(item.table, ())
        listed = [places[line - 2] for line in item.lignes if line - 2 < len(places)]
        row = _row(item.table, f"{item.code} : {item.message}", why=shown(listed, 30))
        row.written = str(len(item.lignes) or "")
        if item.is_error and item.lignes and item.code not in MISSING:
            row.gap = row.written
        elif item.code in READ:
            row.ask("seen")
        yield row


# What does not enter.


def _vanished(found: Draft) -> Iterator[Remark]:
    """Rows of the records that are in these files no more."""
    for name in found.written.tables if found.before else ():
        columns = [*(table_named(name).key or table_named(name).column_names)]
        old = _rows_of(found.before[name][columns]) if found.before else Counter()
        gone = old - _rows_of(found.draft[name][columns])
        absent = counted(FRENCH["parties"], gone.total(), table=name)
        for key in gone.elements():
            place = " ".join(filter(None, key))
            yield Remark(name, f"{absent} : {FRENCH['retirer']}", place)


def _rows_of(frame: pd.DataFrame) -> Counter[tuple[str, ...]]:
    texts = frame.astype(object).fillna("").map(str)
    return Counter(texts.itertuples(index=False, name=None))


def _unnumbered(found: Draft) -> Iterator[Remark]:
    """Young people without a number, where others have one: they cannot be the same."""
    who = found.written.identities["jeunes"]
    if not any(mention.identifier for mention in who.mentions):
        return
    places: dict[Entity, str] = {}
    for mention in who.mentions:
        entity = who.entities.get(mention)
        if entity and entity.named:
            places[entity] = mention.place
    what = f"{counted(FRENCH['sans numéro'], len(places))}. {FRENCH['au dossier']}"
    yield from (Remark("jeunes", what, place) for place in places.values())


def _half_read(found: Draft) -> Iterator[Remark]:
    """The cells of which a part enters nowhere, what is written there once."""
    first: dict[tuple[Target, str], tuple[str, bool]] = {}
    times: Counter[tuple[Target, str]] = Counter()
    for line in (line for line in found.read.lines if not line.left):
        for cells in _cells_by_place(line, found.read):
            target, text = cells[0].use.target, plain_text(line.row[cells[0].use.place])
            left = found.codes.unsaid(text, [(cell.use.target, cell.value) for cell in cells])
            has_word = not left.replace(" ", "").isdigit()
            if left:
                text = text if has_word else form_of(text)
                place = line.table.cell(cells[0].use, line.number)
                first.setdefault((target, text), (place, has_word))
                times[target, text] += 1
    for (target, text), (place, has_word) in first.items():
        what = FRENCH["à moitié"].format(donnee=target.short)
        detail = f"« {text} » ({times[target, text]} fois)"
        yield Remark(target.table, what, place, has_word, detail)


def _long_hours(found: Draft) -> Iterator[Remark]:
    """The columns of hours most of which are longer than a day: they seem to be minutes."""
    hours: dict[tuple[AnsweredTable, Use], list[float]] = defaultdict(list)
    for line in found.read.lines:
        for cell in line.cells:
            is_known = cell.use.target.place == HOURS and cell.value not in ("", NC)
            if is_known:
                hours[line.table, cell.use].append(float(cell.value))
    for (table, use), numbers in hours.items():
        long = [number for number in numbers if number > DAY]
        if 2 * len(long) > len(numbers):
            texts = shown([_written(number) for number in long], 3)
            what = FRENCH["plus d'un jour"].format(liste=texts)
            yield Remark("temps", what, f"{table.number}, « {use.row.header} »")


def _cells_by_place(line: Line, read: Read) -> Iterator[list[Cell]]:
    """The cells of a line that say something, by the column that they are read in.

    A code that another table explains says what that does, and a day that was typed what it is.
    """
    found: dict[int, list[Cell]] = defaultdict(list)
    for cell in line.cells:
        target = cell.use.target
        is_typed = target.kind not in CODED and read.word(target.label, cell.text) is not None
        is_explained = is_typed or bool(cell.use.lookup) or cell.use.row.unit == Unit.AGE
        if cell.value and cell.text and not is_explained:
            found[cell.use.place].append(cell)
    yield from found.values()


def _untaken(rows: Iterable[TableRow]) -> Iterator[Remark]:
    """The tables from which nothing is taken."""
    for row in rows:
        if row.is_nothing:
            name = f"{row.file} {row.sheet}".strip()
            yield Remark(EXPORT, "tableaux dont rien n'est repris", name, False)


def _aside(tables: Sequence[AnsweredTable]) -> Iterator[Remark]:
    """The rows that are no lines; what is a line of another table is one."""
    used = {(id(table.grid.sheet), number) for table in tables for number in table.grid.lines}
    for table in tables:
        for number, why in table.grid.aside.items():
            key = id(table.grid.sheet), number
            if key in used and not why.startswith(LEFT_OUT):
                continue
            used.add(key)
            cells = " | ".join(plain_texts(filled_cells(table.grid.cells(number))))[:80]
            if why in (BELOW, LONE):
                what = f"lignes de {table.name} laissées : {why}"
                yield Remark(table.number, what, str(number), True, cells)
            else:
                place = f"{table.number} ligne {number}"
                yield Remark(EXPORT, f"lignes laissées : {why}", place, False, cells)


def _left(table: AnsweredTable) -> Iterator[Remark]:
    """The cells of columns that are not taken, and their sum."""
    what = f"cases de colonnes non reprises (feuille « {ColumnRow.title} »)"
    for row, place in table.columns:
        if not row.is_left or row.header in (FILE_NAME, SHEET_NAME):
            continue
        cells = filled_cells(table.grid.column(place))
        total = _sum(cell for cell in cells if not _NO_QUANTITY.fullmatch(plain_text(cell)))
        summed = ""
        if total:
            summed = f", somme {_written(total)}"
        column = Remark(EXPORT, what, f"{table.number}, « {row.header} »{summed}", False)
        yield from [column] * len(cells)


def _sum(cells: Iterable[object], unit: Unit | None = None, column: str = "heures") -> float:
    return round(sum(_number(cell, unit, column) for cell in cells), 2)


def _written(number: float) -> str:
    return counted("{n}", round(number, 2))


# Totals that the export has itself.


@dataclass(frozen=True)
class _Totals:
    """The totals of an export, below its lines or beside them, held against what was read."""

    found: Draft

    @cached_property
    def values(self) -> Mapping[tuple[AnsweredTable, int], Sequence[tuple[int, str]]]:
        """Table and place of each column to the number of its lines and what they say."""
        read: dict[tuple[AnsweredTable, int], list[tuple[int, str]]] = defaultdict(list)
        for line in (line for line in self.found.read.lines if not line.left):
            for use, _, text, value, _ in line.cells:
                if text or value:
                    read[line.table, use.place].append((line.number, value))
        return read

    def remarks(self, table: AnsweredTable) -> Iterator[Remark]:
        """Say of each total whether it is that of the lines."""
        before = 0
        for number in filter(table.grid.is_total, table.grid.aside):
            width = min(len(table.grid.cells(number)), len(table.grid.columns))
            for use in (use for use in table.uses if use.place < width):
                yield from self._below(table, use, number, before)
            before = number
        for row, place in table.columns:
            if row.is_left and is_total(row.header.rpartition(" / ")[2]):
                yield from self._beside(table, row, place)

    def _below(self, table: AnsweredTable, use: Use, number: int, before: int) -> Iterator[Remark]:
        """A total, right where it is that of all lines above, or of those since the one before."""
        cell = table.grid.cells(number)[use.place]
        total = _number(cell, use.row.unit, use.target.column)
        if not total:
            return
        count = self._summed if use.target.kind == "number" else self._numbered
        counts = [*count(table, use, 0, number), *count(table, use, before, number)]
        place = f"{use.row.letter}{number} (« {use.row.header} »)"
        yield self._compared(table, {use.place}, place, total, counts)

    def _summed(self, table: AnsweredTable, use: Use, start: int, end: int) -> Sequence[float]:
        """Sums of what was read between two lines, of the cells, of those that are no texts."""
        read = self._read_between(table, use, start, end)
        cells = self._cells_between(table, use, start, end)
        numbers = [cell for cell in cells if not isinstance(cell, str)]
        sums = [_sum(some, use.row.unit, use.target.column) for some in (numbers, cells)]
        return [_added(read), *sums]

    def _numbered(self, table: AnsweredTable, use: Use, start: int, end: int) -> Sequence[float]:
        """How many answers, different ones, cells and lines there are between two lines."""
        lines = [number for number in table.grid.lines if start < number < end]
        read = [value for value in self._read_between(table, use, start, end) if value != "non"]
        cells = self._cells_between(table, use, start, end)
        return [len(read), len({*read}), len(lines), len(cells)]

    def _cells_between(self, table: AnsweredTable, use: Use, start: int, end: int) -> list[object]:
        """What is written between two lines, in those too that an answer leaves out."""
        written = table.grid.written.items()
        return filled_cells(line[use.place] for number, line in written if start < number < end)

    def _read_between(self, table: AnsweredTable, use: Use, start: int, end: int) -> list[str]:
        values = self.values.get((table, use.place), ())
        return [value for number, value in values if value and start < number < end]

    def _beside(self, table: AnsweredTable, row: ColumnRow, place: int) -> Iterator[Remark]:
        """A column of totals beside several columns of numbers that go to one place."""
        places: dict[tuple[str, str], set[int]] = defaultdict(set)
        for use in table.uses:
            if use.target.kind == "number":
                places[use.target.place].add(use.place)
        for (_, column), of_it in places.items():
            values = chain(*(self.values.get((table, each), ()) for each in of_it))
            count = _added(value for _, value in values)
            total = _sum(table.grid.column(place), None, column)
            if len(of_it) > 1:
                where = f"{row.letter} (« {row.header} »)"
                yield self._compared(table, of_it, where, total, [count])

    def _compared(
        self,
        table: AnsweredTable,
        places: Set[int],
        where: str,
        total: float,
        counts: Sequence[float],
    ) -> Remark:
        """That a total is that of the lines, or is not.

        Somebody must read it, unless cells of these columns are blank by an answer.
        """
        if any(abs(total - count) < 0.02 for count in counts):
            place = f"{where} : {_written(total)}"
            return Remark(table.number, "totaux de l'export, retrouvés", place, False)
        values = chain(*(self.values.get((table, place), ()) for place in places))
        place = f"{where} : {_written(total)}, {_written(counts[0])} dans les lignes"
        are_read = all(value for _, value in values)
        return Remark(table.number, FRENCH["autre total"], place, are_read)


def _added(values: Iterable[str]) -> float:
    return round(sum(float(value) for value in values if value not in ("", NC)), 2)
