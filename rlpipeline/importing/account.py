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

import pandas as pd

from rlpipeline.characters import unaccented
from rlpipeline.importing import FRENCH, counted, shown
from rlpipeline.importing import vocabulary as v
from rlpipeline.importing.answers import AccountRow, ColumnRow, PersonRow, TableRow
from rlpipeline.importing.people import Entity, Mention
from rlpipeline.importing.reading import PLACED, Cell, Line, Read, Record, Remark, Table, Use
from rlpipeline.importing.tables import BELOW, FILE_NAME, LEFT_OUT, SHEET_NAME, TOTAL
from rlpipeline.importing.vocabulary import Meaning, Unit
from rlpipeline.importing.writing import NC, Written
from rlpipeline.records.findings import Finding
from rlpipeline.records.frames import Records
from rlpipeline.records.tables import TABLE_NAMES, TABLES, table_named

MISSING = ("E105", "E204")
"""Errors that say that a cell is empty; the account asks about such cells by itself."""
READ = ("E204", "P304", "P305", "P405")
"""Findings that somebody must read: a reason that misses, too many hours, rows entered twice."""
NO_YEAR, NO_COMMUNE = "sans année", "sans commune"
DATES = ("date", "date_debut", "annee")
_NO_QUANTITY = re.compile(r"0\d+|(?:\d ?){9,}")
"""A telephone, or another number that nobody adds up."""
EXPORT = "export"
_DURATION = re.compile(r"(?:(\d+)(?:h(?:eures?)?|:))?(\d*)(?:min(?:utes?)?|mn|['′])?(?::\d\d)?")
Count = dict[tuple[str, str], float]
"""How many or how much, by table and what is counted in it."""
Key = tuple[Table, int]
"""A line of the export."""


def _dated(name: str) -> str:
    """The column that dates the rows of a table; empty where there is none."""
    columns = table_named(name).column_names
    return next((column for column in DATES if column in columns), "")


def _total(table: str, column: str) -> str:
    return f"total : {v.TARGET_OF[table, column].short}"


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
    tables: Sequence[Table]
    read: Read
    written: Written
    codes: v.Codes
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
    taken = [table for table in found.tables if v.KINDS[table.kind]]
    remarks, totals = [*_aside(taken)], _Totals(found)
    for table in taken:
        remarks += [*_left(table), *totals.remarks(table)]
    remarks += [*_unnumbered(found), *_untaken(found.rows), *found.written.remarks]
    return [
        *_remark_rows(_vanished(found)),
        *_finding_rows(found),
        *(_line_row(table, found) for table in taken),
        *_number_rows(_Counting(found).counted()),
        *_remark_rows(remarks),
    ]


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
        for name in v.RESOLVED:
            self._count_named(name)
        return self

    def _count_rows(self) -> None:
        raw = _raw_tables(self.found)
        for table in (table for table in TABLES if table.name not in v.RESOLVED):
            name = table.name
            entries = (entry for entry in self.found.written.entries if entry.table == name)
            refused = [entry.values for entry in entries if entry.why]
            for count, rows in ((self.export, raw[name]), (self.lost, refused)):
                self._count(count, name, pd.DataFrame(rows, columns=table.column_names))
            self._count(self.records, name, self.found.draft[name])

    def _count(self, count: Count, name: str, frame: pd.DataFrame) -> None:
        """Count rows, by year and by commune, and add up numbers."""
        if name != "participations":  # which are summed
            count_rows = Counter(self._parts(name, frame))
            lines = len(frame)
            if lines:
                count[name, "lignes"] += lines
            for part, times in sorted(count_rows.items()):
                count[name, part] += times
        for column in table_named(name).columns:
            if column.kind == "number":
                total = float(pd.to_numeric(frame[column.name], errors="coerce").sum())
                if total:
                    count[name, _total(name, column.name)] += total

    def _parts(self, name: str, frame: pd.DataFrame) -> Iterator[str]:
        """The year and the commune of each row, as they are counted."""
        dated = _dated(name)
        for cell in frame[dated] if dated else ():
            year = str(cell)[:4]
            yield f"en {year}" if re.fullmatch(r"[12]\d{3}", year) else NO_YEAR
        for code in frame["commune"] if name in PLACED else ():
            is_code = isinstance(code, str) and bool(code)
            target = v.TARGET_OF[name, "commune"]
            yield f"à {self.found.codes.word(target, code)}" if is_code else NO_COMMUNE

    def _count_named(self, name: str) -> None:
        """Count the different young persons, or actions."""
        found, key = self.found, table_named(name).key[0]
        about = {table for table in found.written.tables if name == _about(table)}
        own = {line for table, line in found.entered if table in about}
        named: dict[str, set[Key]] = defaultdict(set)
        for line in found.read.lines:
            if name in line.mentions:
                named[line.mentions[name].key].add(line.key)
        if not named and not about:
            return
        what = (name, f"{name} différent{'' if name == 'jeunes' else 'e'}s")
        self.export[what] = len(named)
        self.records[what] = len({text for table in about for text in found.draft[table][key]})
        lost = sum(not lines & own and lines <= found.gone for lines in named.values())
        self.lost[what] = lost + self._joined(name)

    def _joined(self, name: str) -> int:
        """How many names are fewer by the answers about who is who."""
        entities: Mapping[Mention, Entity] = self.found.written.identities[name].entities
        lines = (line for line in self.found.read.lines if line.key not in self.found.gone)
        mentions = [line.mentions[name] for line in lines if name in line.mentions]
        known = [mention for mention in mentions if mention in entities]
        keys = {mention.key for mention in known}
        return len(keys) - len({entities[mention] for mention in known})


def _about(table: str) -> str:
    """Whom or what the rows of a table are counted by: young people, or actions."""
    if "id_jeune" in table_named(table).column_names:
        return "jeunes"
    return "actions" if table == "actions" else ""


def _raw_tables(found: Draft) -> Mapping[str, list[dict[str, object]]]:
    """The rows of tables as the cells of the export say them."""
    raw: dict[str, list[dict[str, object]]] = defaultdict(list)
    for line in found.read.lines:
        reading = _RawLine(line, found)
        for record in line.records:
            if record.table not in v.RESOLVED:
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
        cells = (cell for cell in self.line.cells if cell.use.target.place == v.YEAR_OF_LINE)
        years = [_year_in(self._answered(cell)) for cell in cells]
        return next(filter(None, [*years, self.line.table.year]), "")

    def row(self, record: Record) -> dict[str, object]:
        """A row of a table; what several of them share is added up once."""
        row: dict[str, object] = {}
        for cell in record.cells:
            target, value = cell.use.target, self._answered(cell)
            key = cell.use.place, target.place
            if target.kind == "number" and key not in self._added:
                row[target.column] = _number(value, cell.use.row.unit, target.column)
                self._added.add(key)
            elif target.kind not in ("tick", "number") and (cell.text or cell.value):
                row[target.column] = value
        row |= record.header_values
        dated = _dated(record.table)
        if dated:
            day = row.get(dated, self.year if dated == "annee" else "")
            row[dated] = str(_year_in(day) or (v.text(day) and self.year))
        if record.table in PLACED and "commune" not in record.header_values:
            row["commune"] = self._commune(record.table, row)
        return row

    @cached_property
    def _added(self) -> set[tuple[int, tuple[str, str]]]:
        return set()

    def _answered(self, cell: Cell) -> object:
        """A cell, or what was answered of its word."""
        row = self.found.read.word(cell.use.target.label, cell.text or v.EMPTY_CELL)
        if row is None or row.meaning == Meaning.FIRST_DAY:
            return cell.cell
        is_blank = row.meaning in [Meaning.BLANK, Meaning.LEAVE_LINE]
        return "" if is_blank else row.meaning.partition(";")[0].strip()

    def _commune(self, name: str, row: Mapping[str, object]) -> str:
        """The code of the commune of a row, or its word where it has none."""
        table, target = self.line.table, v.TARGET_OF[name, "commune"]
        is_read = any(use.target.label == target.label for use in table.uses) or "commune" in row
        word = v.text(row.get("commune")) if is_read else table.grid.row.whole_commune
        return (self.found.codes.code(target, word) or word) if word else ""


def _year_in(cell: object) -> int | None:
    """The year of a cell, whatever it is."""
    text = v.text(cell)
    match = re.search(r"(?<!\d)(?:19|20)\d\d(?!\d)", text)
    if match:
        return cell.year if isinstance(cell, date) else int(match[0])
    match = re.fullmatch(r"\d{1,2}[/.\-]\d{1,2}[/.\-](\d\d)", text)
    if match:
        return int(pd.to_datetime(match[1], format="%y").year)
    if not re.fullmatch(r"\d{5}(?:\.0+)?", text):
        return None
    return int((pd.Timestamp("1899-12-30") + pd.Timedelta(days=float(text))).year)


def _number(cell: object, unit: Unit | None, column: str) -> float:
    """The number of a cell, hours in hours; 0 where there is none."""
    if isinstance(cell, timedelta | time):
        return float(pd.Timedelta(str(cell)).total_seconds()) / 3600
    text = re.sub(r"[\s€%]|eur(?:os)?", "", v.text(cell).casefold())
    text = text.replace(",", ".").replace("−", "-")
    text = re.sub(r"(?<=\.)(\d+)h(?:eures?)?$", r"\1", text)
    is_hours = column == "heures"
    parts = None if text.isdigit() else _DURATION.fullmatch(text)
    if is_hours and parts and (parts[1] or parts[2]):
        return int(parts[1] or 0) + int(parts[2] or 0) / 60
    number = float(text) if re.fullmatch(r"-?\d+(?:\.\d+)?", text) else 0.0
    if not is_hours or not unit or unit == Unit.HOURS:
        return number
    return number / 60 if unit == Unit.MINUTES else number // 1 + (number % 1) * 100 / 60


# As rows of the workbook.


def _row(table: str, what: str, numbers: Sequence[float], why: str) -> AccountRow:
    texts = [f"{number:.2f}".rstrip("0").rstrip(".").replace(".", ",") for number in numbers]
    name = FRENCH["tables"].get(table, table)
    exported, written, gap = (*texts, "", "", "")[:3]
    return AccountRow(name, what, exported, written, gap, why)


def _line_row(table: Table, found: Draft) -> AccountRow:
    """How many lines of a table give rows, and how many none."""
    lines = {(table, number) for number in table.grid.lines}
    inside, gone = len(lines & found.inside), len(lines & found.gone)
    why = counted("{n} ligne{s} sans entrée, dite{s} plus bas", gone) if gone else ""
    numbers = (len(lines), inside, len(lines) - inside - gone)
    return _row(table.number, f"lignes lues dans {table.name}", numbers, why)


def _number_rows(counts: _Counting) -> Iterator[AccountRow]:
    """Each number of the export and of the records, and what is explained of their difference."""
    keys = {**counts.export, **counts.records}
    by_answers = f"{{n}} de plus, par vos réponses (feuille « {PersonRow.title} »)"
    for key in sorted(keys, key=lambda key: TABLE_NAMES.index(key[0])):
        before, after, lost = (
            count.get(key, 0.0) for count in (counts.export, counts.records, counts.lost)
        )
        rest = before - after - lost
        why = counted("{n} expliqué{s} plus bas", lost) if lost > 0 else ""
        if lost < 0:
            why = counted(by_answers, -lost)
        yield _row(key[0], key[1], (before, after, rest if abs(rest) > 0.01 else 0), why)


def _remark_rows(remarks: Iterable[Remark]) -> Iterator[AccountRow]:
    """Each remark once, with all its places."""
    groups: dict[tuple[str, str, bool], Counter[tuple[str, str]]] = defaultdict(Counter)
    for table, what, place, must_read, detail in remarks:
        groups[table, what, must_read][place, detail] += 1
    for (table, what, must_read), places in groups.items():
        name = "la ligne" if table == v.OF_LINE else table
        row = _row(name, what, (places.total(),), "")
        row.why = shown([_listed(place, n, detail) for (place, detail), n in places.items()], 30)
        row.places = shown([_listed(place, n) for (place, _), n in places.items()], 30)
        if must_read:
            row.ask("seen")
        yield row


def _listed(place: str, times: int, detail: str = "") -> str:
    """A place in a list, with what is written there and how often."""
    text = f"{place} : {detail}" if detail else place
    return f"{text} ({times} fois)" if times > 1 else text


def _finding_rows(found: Draft) -> Iterator[AccountRow]:
    """What the records find in the draft; an error is a difference, unless a cell is empty."""
    for item in found.findings:
        places = found.written.places.get(item.table, ())
        listed = [places[line - 2] for line in item.lignes if line - 2 < len(places)]
        row = _row(item.table, f"{item.code} : {item.message}", (), shown(listed, 30))
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
        old, new = (
            _rows_of(records[name][columns]) for records in (found.before, found.draft) if records
        )
        keys = [" ".join(filter(None, key)) for key in (old - new).elements()]
        absent = counted(FRENCH["parties"], len(keys), table=name)
        for key in keys:
            yield Remark(name, f"{absent} : {FRENCH['retirer']}", key)


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


def _untaken(rows: Iterable[TableRow]) -> Iterator[Remark]:
    """The tables from which nothing is taken."""
    for row in rows:
        if row.is_nothing:
            name = f"{row.file} {row.sheet}".strip()
            yield Remark(EXPORT, "tableaux dont rien n'est repris", name, False)


def _aside(tables: Sequence[Table]) -> Iterator[Remark]:
    """The rows that are no lines; what is a line of another table is one."""
    used = {(id(table.grid.sheet), number) for table in tables for number in table.grid.lines}
    for table in tables:
        for number, why in table.grid.aside.items():
            key = id(table.grid.sheet), number
            if key in used and not why.startswith(LEFT_OUT):
                continue
            used.add(key)
            cells = " | ".join(filter(None, map(v.text, table.grid.cells(number))))[:80]
            if why == BELOW:
                what = f"lignes de {table.name} laissées : {why}"
                yield Remark(table.number, what, str(number), True, cells)
            else:
                place = f"{table.number} ligne {number}"
                yield Remark(EXPORT, f"lignes laissées : {why}", place, False, cells)


def _left(table: Table) -> Iterator[Remark]:
    """The cells of columns that are not taken, and their sum."""
    for row, place in table.columns:
        if not row.is_left or row.header in (FILE_NAME, SHEET_NAME):
            continue
        cells = [line[place] for line in table.grid.lines.values() if v.is_filled(line[place])]
        total = _sum(cell for cell in cells if not _NO_QUANTITY.fullmatch(v.text(cell)))
        column = f"{table.number}, « {row.header} »"
        if total:
            column += f", somme {_written(total)}"
        what = f"cases de colonnes non reprises (feuille « {ColumnRow.title} »)"
        for _ in cells:
            yield Remark(EXPORT, what, column, False)


def _sum(cells: Iterable[object], unit: Unit | None = None, column: str = "heures") -> float:
    return round(sum(_number(cell, unit, column) for cell in cells), 2)


def _written(number: float) -> str:
    return f"{number:.12g}".replace(".", ",")


# Totals that the export has itself.


@dataclass(frozen=True)
class _Totals:
    """The totals of an export, below its lines or beside them, held against what was read."""

    found: Draft

    @cached_property
    def values(self) -> Mapping[tuple[Table, int], Sequence[tuple[int, str]]]:
        """Table and place of each column to the number of its lines and what they say."""
        read: dict[tuple[Table, int], list[tuple[int, str]]] = defaultdict(list)
        for line in (line for line in self.found.read.lines if not line.left):
            for use, _, text, value, _ in line.cells:
                if text or value:
                    read[line.table, use.place].append((line.number, value))
        return read

    def remarks(self, table: Table) -> Iterator[Remark]:
        """Say of each total whether it is that of the lines."""
        before = 0
        for number in table.grid.aside:
            cells = table.grid.cells(number)
            if not any(TOTAL.match(unaccented(v.text(cell))) for cell in cells):
                continue
            for use in table.uses:
                if use.place < min(len(cells), len(table.grid.columns)):
                    yield from self._below(table, use, number, before)
            before = number
        for row, place in table.columns:
            if row.is_left and TOTAL.match(unaccented(row.header.rpartition(" / ")[2])):
                yield from self._beside(table, row, place)

    def _below(self, table: Table, use: Use, number: int, before: int) -> Iterator[Remark]:
        """A total, right where it is that of all lines above, or of those since the one before."""
        is_number = use.target.kind == "number"
        unit, column = (use.row.unit, use.target.column) if is_number else (None, "")
        total = _number(table.grid.cells(number)[use.place], unit, column)
        if not total:
            return
        values = self.values.get((table, use.place), ())
        counts: list[float] = []
        for start in (0, before):
            lines = {
                n: line[use.place] for n, line in table.grid.lines.items() if start < n < number
            }
            own = [value for n, value in values if n in lines and value not in ("", "non")]
            if is_number:
                numbers = (cell for cell in lines.values() if not isinstance(cell, str))
                counts += [_added(own), _sum(numbers, unit, column)]  # a sum leaves texts out
            else:
                counts += [len(own), len({*own}), len(lines)]
        place = f"{use.row.letter}{number} (« {use.row.header} »)"
        yield self._compared(table, {use.place}, place, total, counts)

    def _beside(self, table: Table, row: ColumnRow, place: int) -> Iterator[Remark]:
        """A column of totals beside several columns of numbers that go to one place."""
        uses = [use for use in table.uses if use.target.kind == "number"]
        times = Counter(use.target.place for use in uses)
        for target in (target for target, number in times.items() if number > 1):
            places = {use.place for use in uses if use.target.place == target}
            values = (self.values.get((table, of), ()) for of in places)
            count = _added(value for column in values for _, value in column)
            total = _sum((line[place] for line in table.grid.lines.values()), None, target[1])
            shown_place = f"{row.letter} (« {row.header} »)"
            yield self._compared(table, places, shown_place, total, [count])

    def _compared(
        self,
        table: Table,
        places: Set[int],
        shown_place: str,
        total: float,
        counts: Sequence[float],
    ) -> Remark:
        """That a total is that of the lines, or is not.

        Somebody must read it, unless cells of these columns are blank by an answer.
        """
        is_right = any(abs(total - count) < 0.02 for count in counts)
        what = "totaux de l'export, retrouvés" if is_right else FRENCH["autre total"]
        found = "" if is_right else f", {_written(counts[0])} dans les lignes"
        read = [value for place in places for _, value in self.values.get((table, place), ())]
        place = f"{shown_place} : {_written(total)}{found}"
        return Remark(table.number, what, place, not is_right and all(read))


def _added(values: Iterable[str]) -> float:
    return round(sum(float(value) for value in values if value not in ("", NC)), 2)
