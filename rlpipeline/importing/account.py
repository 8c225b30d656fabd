"""The account of an import: the same things counted in the cells of the export, and in the records once written.

Two computations that share the answers, the texts of lines and which columns make a row: one reads cells in its own
way, the other the files written, as the records read them. What differs must be made up by the lines and cells named.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, time, timedelta

import pandas as pd

from rlpipeline.characters import unaccented
from rlpipeline.importing import FRENCH
from rlpipeline.importing import answers as a
from rlpipeline.importing import vocabulary as v
from rlpipeline.importing.answers import Row, shown
from rlpipeline.importing.cells import text
from rlpipeline.importing.filling import Filled
from rlpipeline.importing.lines import NC, Group, Part, Use, Values, parts_of
from rlpipeline.importing.pseudonyms import name_key
from rlpipeline.importing.sources import FILE_NAME, SHEET_NAME, Source
from rlpipeline.records.tables import TABLE_NAMES, table_named
from rlpipeline.settings.models import Service

SUMMED = "participations"
NO_YEAR, NO_COMMUNE = "sans année", "sans commune"
_ORDER = ("lignes", "jeunes", "actions", "total", "en ", NO_YEAR, "à ", NO_COMMUNE, "cases")
_OWN_CELLS = ("text", "code", "commune", "territory", "date", "birth")
"""Kinds of columns whose filled cells are counted; numbers are added up."""
Counted = dict[tuple[str, str], float]
"""Table and what is counted in it, to how many or how much."""


def account_of(
    groups: Sequence[Group], words: Sequence[Row], filled: Filled, written: Mapping[str, Sequence[Values]]
) -> list[Row]:
    """The rows of « Compte »: every number twice, then every line and cell that did not enter, with its reason.

    ``written`` are the rows of the tables as the records read the draft, by table.
    """
    export = _Export([group for group in groups if v.KINDS[group.kind]], words)
    records: Counted = defaultdict(float)
    lost: Counted = defaultdict(float)
    for table in filled.tables:
        for row in written[table]:
            _count_row(records, table, row, filled.service)
    for record in filled.records:
        if record.why and (record.values or record.emptied):
            _count_row(lost, record.table, record.values, filled.service)
        for column, number in record.partial.items():
            lost[record.table, _total(record.table, column)] += number
        for column in record.emptied if record.table not in v.RESOLVED else ():
            if v.target_of(record.table, column).kind in _OWN_CELLS:
                lost[record.table, _cells(record.table, column)] += 1
    entered: dict[str, set[tuple[int, int]]] = defaultdict(set)
    for record in filled.records:
        entered["" if record.why else record.table].add((id(record.read.source), record.read.number))
    gone = entered.pop("", set()) - set().union(*entered.values())
    for table, lines in export.named.items():
        of_it = [name for name in filled.tables if _about(name) == table]
        if lines or of_it:
            what = (table, "jeunes différents" if table == "jeunes" else "actions différentes")
            own = set().union(*(entered[name] for name in of_it))
            export.counted[what] = len(lines)
            records[what] = len({row[table_named(table).key[0]] for name in of_it for row in written[name]} - {""})
            lost[what] = sum(not places & own and places <= gone for places in lines.values())
            lost[what] += filled.resolved[table].joined
    in_it = set().union(*entered.values())
    return [
        *(row for source in export.sources for row in _line_rows(source, in_it, gone)),
        *_number_rows(export.counted, records, lost),
        *(row for source in export.sources for row in _aside_rows(source)),
        *(row for group in groups for row in _left_rows(group)),
        *_reason_rows(filled),
    ]


def gone_of(before: Mapping[str, Sequence[Values]], written: Mapping[str, Sequence[Values]]) -> Iterator[Row]:
    """A row of « Compte », to be read, for each table whose rows of before do not come back.

    A row comes back by its key, or whole where its table has none.
    """
    for name, rows in written.items():
        columns = table_named(name).key or table_named(name).column_names
        old, new = (Counter(tuple(row[c] for c in columns) for row in table) for table in (before.get(name, ()), rows))
        if gone := [" ".join(filter(None, key)) for key in (old - new).elements()]:
            what = FRENCH["parties"].format(fois=len(gone), table=name)
            yield _row(v.table_words(name), what, (len(gone),), f"{FRENCH['retirer']} : {shown(gone, 20)}", ask=True)


class _Export:
    """What the cells of an export say, counted; ``named`` is who or which action is named, and on which lines."""

    def __init__(self, groups: Sequence[Group], words: Sequence[Row]) -> None:
        self.told = {(row[a.TARGET], unaccented(row[a.WORD])): row[a.MEANING] for row in words}
        self.counted: Counted = defaultdict(float)
        self.named: dict[str, dict[str, set[tuple[int, int]]]] = {table: defaultdict(set) for table in v.RESOLVED}
        self.sources = [source for group in groups for source in group.sources]
        for group in groups:
            for rank, source in enumerate(group.sources):
                uses = [use for use in group.uses(rank) if use.place >= 0]
                for number, row in group.lines(rank):
                    self._count_line(group, rank, uses, row, (id(source), number))

    def _cell(self, use: Use, row: Sequence[object]) -> object:
        """A cell, or what the workbook says that it means."""
        told = self.told.get((use.label, unaccented(text(row[use.place]))))
        return row[use.place] if told is None else "" if unaccented(told) == unaccented(a.BLANK) else told

    def _count_line(
        self, group: Group, rank: int, uses: Sequence[Use], row: Sequence[object], place: tuple[int, int]
    ) -> None:
        said = {use.target.column: text(self._cell(use, row)) for use in uses if use.target.table == v.OF_LINE}
        year = year_in(said.get("annee")) or group.year_of(rank)
        titles = (text(row[use.place]) for use in uses if use.target[:2] == ("actions", "libelle"))
        title = next((f"{title} {year}" for title in map(name_key, titles) if title), "")
        for table, number, name in (
            ("jeunes", "id_jeune", name_key(*(said.get(part, "") for part in v.PERSON[1:]))),
            ("actions", "id_action", title),
        ):
            key = f"n° {name_key(said[number])}" if said.get(number) else name
            about = any(_about(name) == table and self._gives(name, uses, row) for name in v.KINDS[group.kind])
            if key and about:
                self.named[table][key].add(place)
        for table in (table for table in v.KINDS[group.kind] if table not in v.RESOLVED):
            for use in uses:
                if use.target.table == table and use.target.kind == "number" and not use.ticked:
                    number_there = _number(self._cell(use, row), use.row[a.UNIT], use.target.column)
                    self.counted[table, _total(table, use.target.column)] += number_there
            for part in parts_of(table, uses, row):
                if self._is_filled(part):
                    self._count(group, rank, table, part, year)

    def _gives(self, table: str, uses: Sequence[Use], row: Sequence[object]) -> bool:
        return any(self._is_filled(part) for part in parts_of(table, uses, row))

    def _is_filled(self, part: Part) -> bool:
        """Whether a cell of its own is filled, other than by « non »."""
        filled = [use for use in part.own if text(part.cells[use.place])]
        return any(not use.ticked or text(self._cell(use, part.cells)).casefold() == "oui" for use in filled)

    def _count(self, group: Group, rank: int, table: str, part: Part, year: int | None) -> None:
        names = table_named(table).column_names
        filled = [use for use in (*part.common, *part.own) if text(part.cells[use.place]) and not use.ticked]
        at = {use.target.column: self._cell(use, part.cells) for use in filled}
        dated = _year_column(names)
        cell = part.said.get(dated) or at.get(dated, year if dated == "annee" else "")
        when = str(year_in(cell) or (text(cell) and year) or NO_YEAR) if dated else ""
        where, service = "", group.service
        if "commune" in names and table != "situations":
            target, whole = v.target_of(table, "commune"), group.commune_of(rank)
            mapped = any(row[a.TARGET] == target.label for row, _ in group.columns)
            if "commune" in part.said:
                where = v.word_of(part.said["commune"], target, service)
            elif "commune" in at or mapped:
                where = text(at.get("commune")) or NO_COMMUNE
            else:
                named = {
                    unaccented(n): commune.nom for commune in service.communes for n in (commune.nom, commune.code)
                }
                where = named.get(unaccented(whole), whole) or NO_COMMUNE
        own_cells = {use.target.column for use in filled if use.target.kind in _OWN_CELLS}
        _count(self.counted, table, when, where, own_cells)


def _about(table: str) -> str:
    """Whether the rows of a table name young people, or actions."""
    return "jeunes" if "id_jeune" in table_named(table).column_names else "actions" if table == "actions" else ""


def _count(counted: Counted, table: str, year: str, commune: str, columns: Iterable[str]) -> None:
    if table != SUMMED:
        counted[table, "lignes"] += 1
        for start, what, none in (("en ", year, NO_YEAR), ("à ", commune, NO_COMMUNE)):
            if what:
                counted[table, what if what == none else f"{start}{what}"] += 1
        for column in columns:
            counted[table, _cells(table, column)] += 1


def _count_row(counted: Counted, table: str, values: Values, service: Service) -> None:
    """A row of the records, as texts."""
    if table in v.RESOLVED:
        return
    kinds = {column.name: column.kind for column in table_named(table).columns}
    dated, code = _year_column(kinds), values.get("commune", "")
    year = values.get(dated, "")[:4]
    placed = "commune" in kinds and table != "situations"
    commune = (v.word_of(code, v.target_of(table, "commune"), service) if code else NO_COMMUNE) if placed else ""
    for column, value in values.items():
        if value not in ("", NC) and kinds[column] == "number":
            counted[table, _total(table, column)] += float(value)
    columns = [column for column, value in values.items() if value and kinds[column] in _OWN_CELLS]
    _count(counted, table, (year if year.strip("0") else NO_YEAR) if dated else "", commune, columns)


def _year_column(names: Iterable[str]) -> str:
    return next((name for name in ("date", "date_debut", "annee") if name in names), "")


def year_in(cell: object) -> int | None:
    """The year that a cell shows: four digits, else the two last of a day, else the number of a spreadsheet's day."""
    words = text(cell)
    if match := re.search(r"(?<!\d)(?:19|20)\d\d(?!\d)", words):
        return cell.year if isinstance(cell, date) else int(match[0])
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
    target = v.find_target(table, column)
    return target.short if target else "l'année" if column == "annee" else column


def _cells(table: str, column: str) -> str:
    return f"cases remplies : {_label(table, column)}"


def _total(table: str, column: str) -> str:
    return f"total : {_label(table, column)}"


def _row(table: str, what: str, numbers: Sequence[float], why: str, ask: bool = False) -> Row:
    texts = [f"{number:.2f}".rstrip("0").rstrip(".").replace(".", ",") for number in numbers]
    cells = (table, what, *texts, *([""] * (3 - len(texts))), why)
    return Row(a.ACCOUNT, dict(zip(a.SHEETS[a.ACCOUNT], cells, strict=False)), wanted=[a.SEEN] if ask else [])


def _line_rows(source: Source, entered: set[tuple[int, int]], gone: set[tuple[int, int]]) -> Iterator[Row]:
    own = {(id(source), line.number) for line in source.lines}
    left = len(own & gone)
    numbers = (len(own), len(own & entered), len(own) - len(own & entered) - left)
    why = f"{left} lignes n'entrent pas, dites plus bas" if left else ""
    yield _row(f"tableau {source.number}", f"lignes lues dans {source.name}", numbers, why)


def _number_rows(export: Counted, written: Counted, lost: Counted) -> Iterator[Row]:
    def order(key: tuple[str, str]) -> tuple[int, int, str]:
        return TABLE_NAMES.index(key[0]), [key[1].startswith(start) for start in _ORDER].index(True), key[1]

    for key in sorted({*export, *written}, key=order):
        if key in export or not key[1].startswith("cases"):  # what holds for a whole table has no cell
            before, after, aside = (counts.get(key, 0.0) for counts in (export, written, lost))
            rest = before - after - aside
            why = f"{aside:g} expliqués plus bas".replace(".", ",") if aside > 0 else ""
            why = f"{-aside:g} de plus, par vos réponses (feuille « {a.PEOPLE} »)" if aside < 0 else why
            yield _row(v.table_words(key[0]), key[1], (before, after, rest if abs(rest) > 0.01 else 0), why)


def _aside_rows(source: Source) -> Iterator[Row]:
    by_reason = defaultdict(list)
    for number, why in source.aside.items():
        cells = " | ".join(filter(None, map(text, source.row(number))))
        by_reason[why].append(f"{number} : {cells[:80]}")
    for why, lines in by_reason.items():
        what, ask = f"lignes de {source.name} laissées : {why}", why == "sous la dernière ligne"
        yield _row(f"tableau {source.number}", what, (len(lines),), shown(lines, 20), ask)


def _left_rows(group: Group) -> Iterator[Row]:
    """The columns that are not taken, with how many of their cells are filled."""
    for row, place in group.columns:
        if place >= 0 and row[a.TARGET].casefold() == v.LEFT and row[a.HEADER] not in (FILE_NAME, SHEET_NAME):
            for source in group.sources:
                filled = sum(bool(text(line.cells[place])) for line in source.lines)
                what = f"{filled} cases de la colonne « {row[a.HEADER]} » non reprises"
                why = f"{source.name}, colonne {row['colonne']} : « {v.LEFT} » (feuille « {a.COLUMNS} »)"
                yield _row(f"tableau {source.number}", what, (filled,), why)


def _reason_rows(filled: Filled) -> Iterator[Row]:
    """What did not enter, a row a reason, with its lines; those that no answer gave are to be read."""
    reasons: dict[tuple[str, str, bool], list[str]] = defaultdict(list)
    lost = ((record, f"n'entre pas : {record.why}", not record.decided) for record in filled.records if record.why)
    empty = "case que les données demandent, vide : "
    lacking = ((record, f"{empty}{_label(record.table, column)}", True) for record, column in filled.lacking)
    halves = (
        (record, f"somme laissée NC : {_label(record.table, column)}, {FRENCH['moitié']}", True)
        for record in filled.records
        for column in record.partial
    )
    for record, what, ask in (*lost, *lacking, *halves):
        reasons[record.table, what, ask].append(f"{record.read.source.name} ligne {record.read.number}")
    for use, read, word, reason in filled.emptied:
        what = f"case vidée, {use.target.short} : « {word} », {reason}"
        reasons[use.target.table, what, False].append(f"{read.source.name} {use.row['colonne']}{read.number}")
    for (table, what, ask), places in reasons.items():
        listed = [f"{place}{f' ({times} fois)' if times > 1 else ''}" for place, times in Counter(places).items()]
        name = "la ligne" if table == v.OF_LINE else v.table_words(table)
        yield _row(name, what, (len(places),), shown(listed, 30), ask)
