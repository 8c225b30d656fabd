"""The account of an import: the same things counted in the grid of the export, and in the records once written.

Two computations that share the answers, where lines stand and the texts of cells: one reads the export, the other the
files written.
What differs must be made up by the lines and cells named below.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from typing import Any, NamedTuple

import pandas as pd

from rlpipeline.importing import answers as a
from rlpipeline.importing.answers import Row, shown
from rlpipeline.importing.cells import folded, text
from rlpipeline.importing.filling import Filled
from rlpipeline.importing.proposing import Group
from rlpipeline.importing.sources import Source
from rlpipeline.importing.vocabulary import KINDS, OF_LINE, TABLE_WORDS, TICKED, Target, target_of, targets, word_of
from rlpipeline.records.frames import Records
from rlpipeline.records.names import simplified
from rlpipeline.records.tables import TABLE_NAMES, table_named
from rlpipeline.settings.models import Service

JOINED = {"jeunes": "jeunes différents", "actions": "actions différentes"}
"""Tables whose lines are joined by person or by action: these are counted, not their lines."""
SUMMED = "participations"
NO_YEAR, NO_COMMUNE = "sans année", "sans commune"
_TITLES = {"m", "mr", "mme", "mlle", "monsieur", "madame"}


class Fact(NamedTuple):
    """What one row of the records says, wherever it is read: to be counted."""

    table: str
    year: str
    commune: str
    numbers: Mapping[str, float]
    cells: Iterable[str]


class Use(NamedTuple):
    """A column of the export that goes somewhere, with what its header says; -1 is the place of none."""

    row: Row
    place: int
    target: Target
    said: Mapping[str, str]


@dataclass
class Grid:
    """One table of an export: cells as they are and as texts, filled from above where the answers say so."""

    group: Group
    source: Source
    rank: int
    service: Service
    told: Mapping[tuple[str, str], str]
    uses: list[Use] = field(default_factory=list)
    raw: dict[int, list[Any]] = field(default_factory=dict)
    texts: dict[int, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        lines = self.source.lines
        raw: Any = pd.DataFrame([list(line.cells) for line in lines], dtype=object)
        texts: Any = raw.map(text)
        above = [place for row, place in self.group.columns if row[a.EMPTY] == a.ABOVE and place is not None]
        begins = (texts[min(above)] != "").cumsum() if above and lines else None
        for column in above if begins is not None else ():
            of_block = raw[column].mask(texts[column] == "").groupby(begins).ffill()
            raw[column] = of_block.where(of_block.notna(), None)
            texts[column] = raw[column].map(text)
        numbers = [line.number for line in lines]
        self.raw = dict(zip(numbers, raw.to_numpy().tolist(), strict=True))
        self.texts = dict(zip(numbers, texts.to_numpy().tolist(), strict=True))
        for row, place in self.group.columns:
            target = targets().get(row[a.TARGET])
            if target:
                year = self.group.year_of(self.rank)
                told = self.group.said(row, target, self.service, year).values if row[a.SAID] else ()
                self.uses.append(Use(row, -1 if place is None else place, target, dict(told)))

    def answer(self, target: Target, word: str, ticked: bool = False) -> str:
        """What the workbook says that a word means; empty where it is to be left blank."""
        told = self.told.get((target.label + (TICKED if ticked else ""), folded(word)), "")
        return "" if folded(told) == folded(a.BLANK) else told

    def records(self, name: str, number: int) -> Iterator[tuple[Mapping[str, str], list[Use]]]:
        """What a line gives to a table: what headers say, and the columns that are filled, a record at a time."""
        texts = self.texts[number]
        own = [use for use in self.uses if use.target.table == name and use.place >= 0]
        ranked = {use.target for use in own if "n°" in use.row[a.SAID]}
        slots: dict[str, list[Use]] = defaultdict(list)
        for use in own:
            part = f"séparés {use.row['colonne']}" if use.row[a.SEPARATOR] else "n° 1" if use.target in ranked else ""
            slots[folded(use.row[a.SAID]) or part].append(use)
        common = slots.pop("", []) if len(slots) > 1 or "" not in slots else []
        for columns in slots.values():
            first = columns[0]
            filled = [use for use in columns if texts[use.place]]
            if first.row[a.SEPARATOR]:
                words = [part for part in texts[first.place].split(first.row[a.SEPARATOR].strip()) if part.strip()]
                yield from (({}, [first]) for _ in words)
                continue
            ticks = [use for use in columns if use.target.column in use.said]
            if ticks and "oui" not in [self.answer(u.target, texts[u.place], ticked=True).casefold() for u in ticks]:
                continue
            for _ in range(self._persons(texts) if filled else 0):
                yield first.said, [*filled, *(use for use in common if texts[use.place])]

    def _persons(self, texts: Sequence[str]) -> int:
        """How many persons a line names."""
        use = next((use for use in self.uses if use.target.names_a_person and use.row[a.SEPARATOR]), None)
        parts = texts[use.place].split(use.row[a.SEPARATOR].strip()) if use else []
        return sum(bool(part.strip()) for part in parts) or 1

    def fact(self, name: str, said: Mapping[str, str], filled: Sequence[Use], number: int) -> Fact:
        """What a record is to be, by the cells of the export."""
        cells, names = self.raw[number], table_named(name).column_names
        at = {use.target.column: use for use in filled if use.target.column not in use.said}
        year, of_year = "", _year_column(names)
        if of_year:
            cell = said.get(of_year) or (cells[at[of_year].place] if of_year in at else self._year_cell(cells, of_year))
            unread = of_year in at and (at[of_year].target.label, folded(text(cell))) in self.told
            whole = self.group.year_of(self.rank) if text(cell) or of_year == "annee" else None
            year = NO_YEAR if unread else str(year_in(cell) or whole or NO_YEAR)
        commune = self._commune(name, said, at, number) if "commune" in names else ""
        numbers = {
            use.target.column: _number(cells[use.place], use.row[a.UNIT], use.target.column)
            for use in at.values()
            if use.target.spec.kind == "number"
        }
        for use in filled:  # several columns of one place add up
            if use.target.spec.kind == "number" and at[use.target.column] is not use:
                numbers[use.target.column] += _number(cells[use.place], use.row[a.UNIT], use.target.column)
        return Fact(name, year, commune, numbers, [c for c, u in at.items() if u.target.spec.kind != "number"])

    def _year_cell(self, cells: Sequence[Any], column: str) -> object:
        of_line = [use.place for use in self.uses if use.target == target_of(OF_LINE, "annee")]
        return next((cells[place] for place in of_line if text(cells[place])), None) if column == "annee" else None

    def _commune(self, name: str, said: Mapping[str, str], at: Mapping[str, Use], number: int) -> str:
        target = target_of(name, "commune")
        if "commune" in said:
            return word_of(said["commune"], target, self.service)
        if "commune" in at:
            return self.answer(target, self.texts[number][at["commune"].place]) or NO_COMMUNE
        whole = self.group.rows[self.rank][a.COMMUNE]
        mapped = any(use.target == target for use in self.uses)
        named = {folded(commune.nom): commune.nom for commune in self.service.communes}
        nothing = mapped or name == "situations" or whole in (a.A_COLUMN, a.A_HEADING, a.NOWHERE, "")
        return NO_COMMUNE if nothing else named.get(folded(whole), whole)

    def keys(self, name: str, number: int) -> set[str]:
        """Who, or which action, a line is about, in the export's own words."""
        texts = self.texts[number]

        def words(text: str) -> str:
            found = re.split(r"[\W_]+", simplified(text))
            return " ".join(sorted({word for word in found if word} - _TITLES))

        def said(*columns: str) -> list[str]:
            uses = [use for use in self.uses if use.target.column in columns and use.place >= 0]
            signs = [use.row[a.SEPARATOR].strip() for use in uses if use.row[a.SEPARATOR]]
            whole = " ".join(texts[use.place] for use in uses)
            return [key for part in (whole.split(signs[0]) if signs else [whole]) if (key := words(part))]

        numbered = said("id_jeune" if name == "jeunes" else "id_action")
        if numbered or name == "jeunes":
            return {f"n° {key}" for key in numbered} or {*said("nom", "prenom", "nom_complet")}
        year = year_in(self._year_cell(self.raw[number], "annee")) or self.group.year_of(self.rank)
        return {f"{title} {year}" for title in said("libelle")}


def account_of(
    groups: Sequence[Group], words: Sequence[Row], filled: Filled, records: Records, service: Service
) -> list[Row]:
    """The rows of « Compte »: every number twice, then every line and cell that did not enter, with its reason."""
    told = {(row[a.TARGET], folded(row[a.WORD])): row[a.MEANING] for row in words}
    grids = [
        Grid(group, source, rank, service, told)
        for group in groups
        for rank, source in enumerate(group.sources if KINDS[group.kind] else ())
    ]
    persons: dict[str, dict[str, set[tuple[int, int]]]] = {name: defaultdict(set) for name in JOINED}
    facts = []
    for grid in grids:
        for name in KINDS[grid.group.kind]:
            for number in grid.raw:
                for said, columns in grid.records(name, number):
                    facts.append(grid.fact(name, said, columns, number))
                    about = _about(name)
                    for key in grid.keys(about, number) if about else ():
                        persons[about][key].add((id(grid.source), number))
    export = _counted(facts)
    written = _counted(fact for name in filled.tables for fact in _written_facts(name, records[name], service))
    lost = _counted(
        _record_fact(item.record.table, item.record.values, service) for item in filled.lost if item.record.values
    )
    gone = {(id(item.record.source), item.record.line) for item in filled.lost}
    for name, lines in persons.items():
        told_of = [table for table in filled.tables if _about(table) == name]
        if lines or told_of:
            joined = (name, JOINED[name])
            entered = {(id(record.source), record.line) for record in filled.records if record.table in told_of}
            left = sum(not own & entered and own <= gone for own in lines.values())
            column = "id_jeune" if name == "jeunes" else "id_action"
            export[joined] = len(lines)
            written[joined] = len({text for table in told_of for text in records[table][column].dropna()})
            lost[joined] = left + filled.joined[name]
    every = [*filled.records, *(item.record for item in filled.lost if item.record.values)]
    times = Counter((record.table, id(record.source), record.line) for record in every)
    for cell in filled.emptied:  # an empty cell is one of each record of its line
        if cell.table not in (*JOINED, OF_LINE) and table_named(cell.table).column(cell.column).kind != "number":
            records_there = times[cell.table, id(cell.source), cell.line] if cell.whole else 1
            lost[cell.table, _cells(cell.table, cell.column)] += records_there
    rows = [*_line_rows(grids, filled), *_number_rows(export, written, lost)]
    return [*rows, *_aside_rows(grids), *_reason_rows(filled)]


def _about(table: str) -> str:
    """Whether the rows of a table name young people, or actions."""
    names = table_named(table).column_names
    return "jeunes" if "id_jeune" in names else "actions" if table == "actions" else ""


def _counted(facts: Iterable[Fact]) -> dict[tuple[str, str], float]:
    """Table and what is counted in it, to how many or how much."""
    counted: dict[tuple[str, str], float] = defaultdict(float)
    for fact in facts:
        if fact.table in JOINED:
            continue
        for column, number in fact.numbers.items():
            counted[fact.table, f"total : {_label(fact.table, column)}"] += number
        if fact.table == SUMMED:
            continue
        counted[fact.table, "lignes"] += 1
        if fact.year:
            counted[fact.table, fact.year if fact.year == NO_YEAR else f"en {fact.year}"] += 1
        if fact.commune and fact.table != "situations":
            counted[fact.table, fact.commune if fact.commune == NO_COMMUNE else f"à {fact.commune}"] += 1
        for column in fact.cells:
            counted[fact.table, _cells(fact.table, column)] += 1
    return counted


def _written_facts(name: str, frame: pd.DataFrame, service: Service) -> Iterator[Fact]:
    """The rows of a table as the records are read again."""
    of_year = _year_column(table_named(name).column_names)
    kinds = {column.name: column.kind for column in table_named(name).columns}
    for row in frame.to_dict("records"):
        there = {column: row[column] for column in kinds if not pd.isna(row[column])}
        year = there.get(of_year, 0) if of_year else None
        number = year.year if isinstance(year, date) else year
        commune = word_of(there["commune"], target_of(name, "commune"), service) if "commune" in there else NO_COMMUNE
        yield Fact(
            name,
            "" if number is None else str(number or NO_YEAR),
            commune if "commune" in kinds else "",
            {column: float(value) for column, value in there.items() if kinds[column] == "number"},
            [column for column in there if kinds[column] not in ("identifier", "number", "flag", "year")],
        )


def _record_fact(name: str, values: Mapping[str, str], service: Service) -> Fact:
    """A row of the records that is not written."""
    kinds = {column.name: column.kind for column in table_named(name).columns}
    of_year = _year_column(kinds)
    code = values.get("commune", "")
    return Fact(
        name,
        str(year_in(values.get(of_year, "")) or NO_YEAR) if of_year else "",
        "" if "commune" not in kinds else word_of(code, target_of(name, "commune"), service) if code else NO_COMMUNE,
        {column: float(value) for column, value in values.items() if value and kinds[column] == "number"},
        [c for c, value in values.items() if value and kinds[c] not in ("identifier", "number", "flag", "year")],
    )


def _year_column(names: Iterable[str]) -> str:
    return next((name for name in ("date", "date_debut", "annee") if name in names), "")


def year_in(cell: object) -> int | None:
    """The year that a cell shows: four digits, else the two last of a day, else the number of a spreadsheet's day."""
    if isinstance(cell, date):
        return cell.year
    words = text(cell)
    if match := re.search(r"(?<!\d)(?:19|20)\d\d(?!\d)", words):
        return int(match[0])
    if match := re.fullmatch(r"\d{1,2}[/.\-]\d{1,2}[/.\-](\d\d)", words):
        return int(pd.to_datetime(match[1], format="%y").year)
    serial = re.fullmatch(r"\d{5}(?:\.0+)?", words)
    return int((pd.Timestamp("1899-12-30") + pd.Timedelta(days=float(words))).year) if serial else None


def _number(cell: object, unit: str, column: str) -> float:
    """A number of the grid, hours from minutes; 0 where it is none."""
    if isinstance(cell, timedelta | time):
        return float(pd.Timedelta(str(cell)).total_seconds()) / 3600
    words = re.sub(r"[\s€%]|eur(?:os)?", "", text(cell).casefold()).replace(",", ".").replace("−", "-")
    parts = re.fullmatch(r"(?:(\d+)(?:h(?:eures?)?|:))?(\d*)(?:min(?:utes?)?|mn)?(?::\d\d)?", words)
    if column == "heures" and parts and not words.isdigit() and (parts[1] or parts[2]):
        return int(parts[1] or 0) + int(parts[2] or 0) / 60
    number = float(words) if re.fullmatch(r"-?\d+(?:\.\d+)?", words) else 0.0
    if column != "heures" or unit in ("", "h"):
        return number
    return number / 60 if unit == "min" else number // 1 + (number % 1) * 100 / 60


# As rows of the workbook.


def _label(table: str, column: str) -> str:
    return target_of(table, column).label.partition(" — ")[2] if column != "annee" else "l'année"


def _cells(table: str, column: str) -> str:
    return f"cases remplies : {_label(table, column)}"


def _written(number: float) -> str:
    return f"{number:.2f}".rstrip("0").rstrip(".").replace(".", ",")


def _row(table: str, what: str, numbers: Sequence[str], why: str, ask: bool = False) -> Row:
    row = Row(a.ACCOUNT, dict(zip(a.SHEETS[a.ACCOUNT], (table, what, *numbers, why), strict=False)))
    row.want(*([a.SEEN] if ask else []))
    return row


def _line_rows(grids: Sequence[Grid], filled: Filled) -> Iterator[Row]:
    entered = {(id(record.source), record.line) for record in filled.records}
    lost = {(id(item.record.source), item.record.line) for item in filled.lost} - entered
    for grid in grids:
        own = {(id(grid.source), number) for number in grid.raw}
        filling, left = len(own & entered), len(own & lost)
        what = f"lignes lues dans {grid.source.name}"
        why = f"{left} lignes n'entrent pas, dites plus bas" if left else ""
        yield _row(
            f"tableau {grid.source.number}", what, [*map(str, (len(own), filling, len(own) - filling - left))], why
        )


def _number_rows(
    export: Mapping[tuple[str, str], float],
    written: Mapping[tuple[str, str], float],
    lost: Mapping[tuple[str, str], float],
) -> Iterator[Row]:
    starts = ("lignes", "jeunes", "actions", "total", "en ", "sans année", "à ", "sans commune", "cases")
    for name, what in sorted(
        {*export, *written},
        key=lambda k: (TABLE_NAMES.index(k[0]), [k[1].startswith(s) for s in starts].index(True), k),
    ):
        if what.startswith("cases") and (name, what) not in export:
            continue  # what a header, the year or the commune of a whole table says has no cell
        before, after, aside = (counts.get((name, what), 0) for counts in (export, written, lost))
        rest = round(before - after - aside, 2)
        why = f"{_written(aside)} expliqués plus bas" if aside else ""
        numbers = [_written(before), _written(after), _written(rest) if abs(rest) > 0.01 else "0"]
        yield _row(TABLE_WORDS[name], what, numbers, why)


def _aside_rows(grids: Sequence[Grid]) -> Iterator[Row]:
    for grid in grids:
        by_reason = defaultdict(list)
        for number, why in grid.source.aside:
            below = why == "hors du tableau" and number > grid.source.place.last
            by_reason["sous la dernière ligne" if below else "au-dessus" if "hors" in why else why].append(number)
        for why, numbers in by_reason.items():
            rows = [[text(cell) for cell in grid.source.sheet.rows[number - 1]] for number in numbers]
            lines = [f"{n} : {' | '.join(filter(None, row))[:80]}" for n, row in zip(numbers, rows, strict=True)]
            what = f"lignes de {grid.source.name} laissées : {why}"
            below = why == "sous la dernière ligne"
            yield _row(f"tableau {grid.source.number}", what, [str(len(numbers)), "", ""], shown(lines, 20), below)


def _reason_rows(filled: Filled) -> Iterator[Row]:
    """What did not enter, a row a reason, with its lines; those that no answer gave are to be read."""
    reasons: dict[tuple[str, str, bool], list[str]] = defaultdict(list)
    for item in filled.lost:
        key = (item.record.table, f"n'entre pas : {item.reason}", not item.decided)
        reasons[key].append(f"{item.record.source.name} ligne {item.record.line}")
    for cell in filled.emptied:
        what = f"case vidée, {_label(cell.table, cell.column)} : « {cell.word} », {cell.reason}"
        reasons[cell.table, what, False].append(f"{cell.source.name} {cell.letter}{cell.line}")
    for record, column in filled.lacking:
        what = f"case que les données demandent, vide : {_label(record.table, column)}"
        reasons[record.table, what, True].append(f"{record.source.name} ligne {record.line}")
    for (table, what, ask), places in reasons.items():
        listed = [f"{place}{f' ({times} fois)' if times > 1 else ''}" for place, times in Counter(places).items()]
        yield _row(TABLE_WORDS.get(table, "la ligne"), what, [str(len(places)), "", ""], shown(listed, 30), ask)
