"""The account of an import: the same things counted in the cells of the export, and in the records once written.

Two computations that share the answers and which cells make a row: one reads cells in its own way, the other the files
written, as the records read them. What differs must be made up by the lines named.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, time, timedelta

import pandas as pd

from rlpipeline.characters import unaccented
from rlpipeline.importing import FRENCH, counted
from rlpipeline.importing import answers as a
from rlpipeline.importing import vocabulary as v
from rlpipeline.importing.answers import Row, shown
from rlpipeline.importing.filling import Cell, Filled, Line, Record, Told
from rlpipeline.importing.pseudonyms import name_key
from rlpipeline.importing.tables import BELOW, FILE_NAME, SHEET_NAME, Table
from rlpipeline.importing.vocabulary import text
from rlpipeline.records import Records
from rlpipeline.records.tables import TABLE_NAMES, table_named
from rlpipeline.settings.models import Service

SUMMED = "participations"
NO_YEAR, NO_COMMUNE = "sans année", "sans commune"
_ORDER = ("lignes", "différent", "total", "en ", NO_YEAR, "à ", NO_COMMUNE)
Count = dict[tuple[str, str], float]
"""How many or how much, by table and what is counted in it."""


def account_of(
    tables: Sequence[Table], words: Sequence[Row], filled: Filled, before: Records | None, written: Records
) -> list[Row]:
    """The rows of « Compte »: every number twice, then every line and cell that did not enter, with its reason.

    ``before`` are the records that stand, ``written`` the draft as the records read it.
    """
    export = _Export(words, filled)
    records: Count = defaultdict(float)
    lost: Count = defaultdict(float)
    for name in TABLE_NAMES:
        _count_frame(records, name, written[name], filled.service)
        rows = [record.values for record in filled.records if record.why and record.table == name]
        _count_frame(lost, name, pd.DataFrame(rows, columns=table_named(name).column_names), filled.service)
    for record in filled.records:
        for column, number in record.partial.items():
            lost[record.table, _total(record.table, column)] += number
    for name, lines in export.named.items():
        of_it = [table for table in filled.tables if _about(table) == name]
        if lines or of_it:
            what = (name, f"{name} différent{'' if name == 'jeunes' else 'e'}s")
            own = set().union(*(filled.entered[table] for table in of_it))
            export.count[what] = len(lines)
            records[what] = len({key for table in of_it for key in written[table][table_named(name).key[0]]})
            lost[what] = sum(not places & own and places <= filled.gone for places in lines.values())
            lost[what] += filled.resolved[name].joined
    read = [table for table in tables if v.KINDS[table.kind]]
    aside = [*_aside(read), *(told for table in read for told in _left(table)), *_strangers(filled, before, written)]
    return [
        *_told_rows(_gone(filled, before, written) if before else ()),
        *(_line_row(table, filled) for table in read),
        *_number_rows(export.count, records, lost),
        *_told_rows([*aside, *filled.told]),
    ]


class _Export:
    def __init__(self, words: Sequence[Row], filled: Filled) -> None:
        self.told = {(row[a.TARGET], unaccented(row[a.WORD])): row[a.MEANING] for row in words}
        self.count: Count = defaultdict(float)
        self.named: dict[str, dict[str, set[tuple[int, int]]]] = {table: defaultdict(set) for table in v.RESOLVED}
        for line in filled.lines:
            self._count_line(line, filled.service)

    def _cell(self, cell: Cell) -> object:
        told = self.told.get((cell.use.label, unaccented(cell.word)))
        return cell.cell if told is None else "" if unaccented(told) == unaccented(a.BLANK) else told

    def _count_line(self, line: Line, service: Service) -> None:
        said: dict[str, object] = {}
        numbers: dict[tuple[str, str, int], float] = {}
        titles, days = [""], [""]
        for cell in (cell for part in line.parts for cell in (*part.common, *part.own)):
            target = cell.use.target
            if target.table == v.OF_LINE:
                said[target.column] = self._cell(cell)
            elif target.kind == "number" and not cell.use.ticked and target.table not in v.RESOLVED:
                number = _number(self._cell(cell), cell.use.row[a.UNIT], target.column)
                numbers[target.table, _total(target.table, target.column), cell.use.place] = number
            titles += [name_key(cell.word)] if target[:2] == ("actions", "libelle") else []
            days += [str(year_in(self._cell(cell)) or "")] if target.column in ("date", "date_debut") else []
        for (table, what, _), number in numbers.items():
            self.count[table, what] += number
        year = year_in(said.get("annee")) or line.table.year
        if line.table.row[a.YEAR] == a.A_DAY and not year:
            year = int(next(filter(None, days), 0))
        title = next((f"{title} {year or ''}" for title in titles if title), "")
        filled = [part for part in line.parts if part.table != v.OF_LINE and self._is_filled(part)]
        for table, number_of, name in (
            ("jeunes", "id_jeune", name_key(*(text(said.get(part)) for part in v.PERSON[1:]))),
            ("actions", "id_action", title),
        ):
            key = f"n° {name_key(text(said[number_of]))}" if text(said.get(number_of)) else name
            if key and any(_about(part.table) == table for part in filled):
                self.named[table][key].add(line.key)
        for part in (part for part in filled if part.table not in v.RESOLVED):
            cells = [cell for cell in (*part.common, *part.own) if cell.word and not cell.use.ticked]
            at = {cell.use.target.column: self._cell(cell) for cell in cells}
            dated = _year_column(part.names)
            shown_day = part.said.get(dated) or at.get(dated, year if dated == "annee" else "")
            when = str(year_in(shown_day) or (text(shown_day) and year) or NO_YEAR) if dated else ""
            _count(self.count, part.table, when, self._place(part, at, service))

    def _is_filled(self, part: Record) -> bool:
        filled = [cell for cell in part.own if cell.word]
        return any(not cell.use.ticked or text(self._cell(cell)).casefold() == "oui" for cell in filled)

    def _place(self, part: Record, at: Mapping[str, object], service: Service) -> str:
        if not _is_placed(part.table):
            return ""
        target, whole = v.target_of(part.table, "commune"), part.line.table.commune
        if "commune" in part.said:
            return v.word_of(part.said["commune"], target, service)
        if "commune" in at or any(row[a.TARGET] == target.label for row, _ in part.line.table.columns):
            return text(at.get("commune")) or NO_COMMUNE
        named = {unaccented(n): commune.nom for commune in service.communes for n in (commune.nom, commune.code)}
        return named.get(unaccented(whole), whole) or NO_COMMUNE


def _about(table: str) -> str:
    return "jeunes" if "id_jeune" in table_named(table).column_names else "actions" if table == "actions" else ""


def _is_placed(table: str) -> bool:
    return table != "situations" and "commune" in table_named(table).column_names


def _year_column(names: Sequence[str]) -> str:
    return next((name for name in ("date", "date_debut", "annee") if name in names), "")


def _count(count: Count, table: str, year: str, commune: str) -> None:
    if table != SUMMED:
        count[table, "lignes"] += 1
        for start, what, none in (("en ", year, NO_YEAR), ("à ", commune, NO_COMMUNE)):
            if what:
                count[table, what if what == none else f"{start}{what}"] += 1


def _count_frame(count: Count, table: str, frame: pd.DataFrame, service: Service) -> None:
    if table in v.RESOLVED or not len(frame):
        return
    dated, years, places = _year_column(table_named(table).column_names), [""] * len(frame), [""] * len(frame)
    if dated:
        years = [
            year if re.fullmatch(r"[12]\d{3}", year) else NO_YEAR for year in (str(cell)[:4] for cell in frame[dated])
        ]
    if _is_placed(table):
        target = v.target_of(table, "commune")
        codes = [code if isinstance(code, str) else "" for code in frame["commune"]]
        places = [v.word_of(code, target, service) if code else NO_COMMUNE for code in codes]
    for year, place in zip(years, places, strict=True):
        _count(count, table, year, place)
    for column in (c.name for c in table_named(table).columns if c.kind == "number"):
        if total := float(pd.to_numeric(frame[column], errors="coerce").sum()):
            count[table, _total(table, column)] += total


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


def _total(table: str, column: str) -> str:
    return f"total : {v.target_of(table, column).short}"


def _row(table: str, what: str, numbers: Sequence[float], why: str, ask: bool = False) -> Row:
    texts = [f"{number:.2f}".rstrip("0").rstrip(".").replace(".", ",") for number in numbers]
    cells = (v.table_words(table), what, *texts, *([""] * (3 - len(texts))), why)
    return Row(a.ACCOUNT, dict(zip(a.SHEETS[a.ACCOUNT], cells, strict=False)), wanted=[a.SEEN] if ask else [])


def _line_row(table: Table, filled: Filled) -> Row:
    own = {(id(table), number) for number in table.lines}
    left, entered = len(own & filled.gone), len(own & set().union(*filled.entered.values()))
    why = counted("{n} ligne{s} sans entrée, dite{s} plus bas", left) if left else ""
    return _row(table.label, f"lignes lues dans {table.name}", (len(own), entered, len(own) - entered - left), why)


def _number_rows(export: Count, written: Count, lost: Count) -> Iterator[Row]:
    def order(key: tuple[str, str]) -> tuple[int, int, str]:
        return TABLE_NAMES.index(key[0]), next(r for r, word in enumerate(_ORDER) if word in key[1]), key[1]

    for key in sorted({*export, *written}, key=order):
        before, after, aside = (counts.get(key, 0.0) for counts in (export, written, lost))
        rest = before - after - aside
        why = counted("{n} expliqué{s} plus bas", aside) if aside > 0 else ""
        why = counted(f"{{n}} de plus, par vos réponses (feuille « {a.PEOPLE} »)", -aside) if aside < 0 else why
        yield _row(key[0], key[1], (before, after, rest if abs(rest) > 0.01 else 0), why)


def _gone(filled: Filled, before: Records, written: Records) -> Iterator[Told]:
    for name in filled.tables:
        columns = list(table_named(name).key or table_named(name).column_names)
        frames = (records[name][columns].astype(object).fillna("").map(str) for records in (before, written))
        old, new = (Counter(frame.itertuples(index=False, name=None)) for frame in frames)
        gone = [" ".join(filter(None, key)) for key in (old - new).elements()]
        what = f"{counted(FRENCH['parties'], len(gone), table=name)} : {FRENCH['retirer']}"
        yield from (Told(name, what, key, True) for key in gone)


def _strangers(filled: Filled, before: Records | None, written: Records) -> Iterator[Told]:
    unnumbered = filled.resolved["jeunes"].unnumbered.values()
    what = f"{counted(FRENCH['sans numéro'], len(unnumbered))}. {FRENCH['au dossier']}"
    yield from (Told("jeunes", what, place, True) for place in unnumbered)
    described = written if "jeunes" in filled.tables else before
    known = {*described["jeunes"]["id_jeune"]} if described and not unnumbered else set()
    for name in (name for name in filled.tables if known and _about(name) == "jeunes"):
        strangers = {r.values["id_jeune"]: r.line.place for r in filled.records if r.table == name and not r.why}
        places = [place for young, place in strangers.items() if young not in known]
        what = f"{counted(FRENCH['sans dossier'], len(places), table=name)}. {FRENCH['au dossier']}"
        yield from (Told(name, what, place, True) for place in places)


def _aside(tables: Sequence[Table]) -> Iterator[Told]:
    used = {(id(table.sheet), number) for table in tables for number in table.lines}
    for table in tables:
        for number, why in table.aside.items():
            if (id(table.sheet), number) not in used:
                used.add((id(table.sheet), number))
                cells = " | ".join(filter(None, map(text, table.sheet_row(number))))
                what = f"lignes de {table.name} laissées : {why}"
                yield Told(table.label, what, f"{number} : {cells[:80]}", why == BELOW)


def _left(table: Table) -> Iterator[Told]:
    for row, place in table.columns:
        if place >= 0 and row[a.TARGET].casefold() == v.LEFT and row[a.HEADER] not in (FILE_NAME, SHEET_NAME):
            filled = {number: words for number, cells in table.lines.items() if (words := text(cells[place]))}
            total = sum(_number(words, "", "") for words in filled.values())
            what = f"cases non reprises de la colonne « {row[a.HEADER]} » (feuille « {a.COLUMNS} »)"
            what += f" ; leur somme : {total:g}".replace(".", ",") if total else ""
            yield from (Told(table.label, what, f"{table.name} {row['colonne']}{number}", False) for number in filled)


def _told_rows(told: Iterable[Told]) -> Iterator[Row]:
    reasons: dict[tuple[str, str, bool], Counter[str]] = defaultdict(Counter)
    for table, what, place, ask in told:
        reasons[table, what, ask][place] += 1
    for (table, what, ask), places in reasons.items():
        listed = [f"{place}{f' ({times} fois)' if times > 1 else ''}" for place, times in places.items()]
        yield _row("la ligne" if table == v.OF_LINE else table, what, (places.total(),), shown(listed, 30), ask)
