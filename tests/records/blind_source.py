"""A folder of records read as rows of text, changed and written back: what faults and variations are made with."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import TypeVar

Row = dict[str, str]
Thing = TypeVar("Thing")

# The column that dates the rows of a table, where it is not `annee`.
WHEN = {"jeunes": "premier_contact", "suivis": "date_debut", "territoires": "millesime"}
WHEN |= dict.fromkeys(("orientations", "presences", "temps", "demandes"), "date")
OF_FOLLOWUPS = ("problematiques", "orientations")
OF_PEOPLE = ("situations", "co_accompagnements", "presences")


class NotHereError(Exception):
    """The source is too small for this change: one commune, no such row."""


class Source:
    """The tables of a folder of CSV files; `year` is the latest, `previous` the one before."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.tables, self.columns = folder, dict[str, list[Row]](), dict[str, list[str]]()
        for path in sorted(folder.glob("*.csv")):
            with path.open(encoding="utf-8-sig", newline="") as file:
                reader = csv.DictReader(file)
                self.tables[path.stem] = list(reader)
                self.columns[path.stem] = list(reader.fieldnames or [])
        self._before = {table: [dict(row) for row in rows] for table, rows in self.tables.items()}
        self.year = max(row["date"][:4] for row in self.tables["temps"])
        self.previous = str(int(self.year) - 1)

    def communes(self, least: int = 2) -> list[str]:
        return filled(sorted({row["commune"] for row in self.tables["temps"]} - {""}), least)

    def dated(self, table: str, row: Row) -> str:
        return row[WHEN.get(table, "annee")]

    def of(self, table: str, year: str = "", **values: str) -> list[Row]:
        """The rows of a table in a year (the latest, unless said) that have these values; never none."""
        year, rows = year or self.year, self.tables[table]
        if table == "participations":
            actions = {row["id_action"] for row in self.of("actions", year)}
            rows = [row for row in rows if row["id_action"] in actions]
        else:
            rows = [row for row in rows if self.dated(table, row).startswith(year)]
        return filled([row for row in rows if all(row[column] == value for column, value in values.items())])

    def remove(self, table: str, removed: list[Row]) -> None:
        """Take rows out, and the rows of other tables that are about them."""
        gone = {id(row) for row in removed}
        self.tables[table] = [row for row in self.tables[table] if id(row) not in gone]
        about = {"jeunes": ("suivis", *OF_PEOPLE), "suivis": OF_FOLLOWUPS, "actions": ("participations",)}
        key = self.columns[table][0]
        keys = {row[key] for row in removed}
        for other in about.get(table, ()):
            self.remove(other, [row for row in self.tables[other] if row[key] in keys])

    def next_id(self, table: str) -> str:
        """The identifier that follows the last of jeunes or suivis."""
        key = self.columns[table][0]
        return f"{key[3].upper()}{max(int(row[key][1:]) for row in self.tables[table]) + 1:04d}"

    def copy_people(self, people: list[Row], change: Callable[[Row], Row]) -> None:
        """Other persons with all that is written of these; `change` gives the cells of jeunes that differ."""
        ids, cases = dict[str, str](), dict[str, str]()
        for row in people:
            ids[row["id_jeune"]] = self.next_id("jeunes")
            self.tables["jeunes"].append(row | change(row) | {"id_jeune": ids[row["id_jeune"]]})
        for row in [row for row in self.tables["suivis"] if row["id_jeune"] in ids]:
            cases[row["id_suivi"]] = self.next_id("suivis")
            self.tables["suivis"].append(row | {"id_suivi": cases[row["id_suivi"]], "id_jeune": ids[row["id_jeune"]]})
        for tables, key, known in ((OF_FOLLOWUPS, "id_suivi", cases), (OF_PEOPLE, "id_jeune", ids)):
            for table in tables:
                rows = self.tables[table]
                rows += [row | {key: known[row[key]]} for row in rows if row[key] in known]

    def save(self) -> dict[str, int]:
        """Write the tables that changed; how many rows of each were changed, added or removed (or moved)."""
        changed = {}
        for table, rows in self.tables.items():
            if rows != self._before[table]:
                old, new = (Counter(tuple(row.values()) for row in side) for side in (self._before[table], rows))
                changed[table] = max((old - new).total(), (new - old).total()) or len(rows)
                with (self.folder / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
                    writer = csv.DictWriter(file, self.columns[table], lineterminator="\n")
                    writer.writeheader()
                    writer.writerows(rows)
        return changed


def filled(things: list[Thing], least: int = 1) -> list[Thing]:
    if len(things) < least:
        raise NotHereError
    return things


def number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def later(day: str, days: int) -> str:
    return (date.fromisoformat(day) + timedelta(days)).isoformat()


def in_year(day: str, year: str) -> str:
    return year + day[4:].replace("-02-29", "-02-28")


def some(draw: Random, rows: list[Row], share: float, least: int = 3) -> list[Row]:
    """A share of the rows, at least so many, in their order."""
    kept = min(len(rows), max(least, round(share * len(rows))))
    return [rows[place] for place in sorted(draw.sample(range(len(rows)), kept))]


def any_of(draw: Random, rows: list[Row], column: str) -> list[Row]:
    """All the rows that share one value of a column, drawn among those it has."""
    value = draw.choice(sorted({row[column] for row in rows if row[column]}))
    return [row for row in rows if row[column] == value]


Pick = Callable[[Source, Random], list[Row]]
Change = Callable[[Source, Random], None]


# The rows that a fault touches: always of the latest year
def year_of(table: str, **values: str) -> Pick:
    return lambda source, draw: source.of(table, **values)


def one_of(table: str, column: str) -> Pick:
    return lambda source, draw: any_of(draw, source.of(table), column)


def where(pick: Pick, test: Callable[[Row], bool]) -> Pick:
    return lambda source, draw: filled([row for row in pick(source, draw) if test(row)])


def having(pick: Pick, column: str) -> Pick:
    return where(pick, lambda row: row[column] != "")


def second_half(pick: Pick) -> Pick:
    return lambda source, draw: pick(source, draw)[-len(pick(source, draw)) // 2 :]


def all_of(table: str) -> Pick:
    return lambda source, draw: filled(source.tables[table])


def part(pick: Pick, share: float, least: int = 3) -> Pick:
    return lambda source, draw: some(draw, pick(source, draw), share, least)


def months(pick: Pick, first: int, last: int) -> Pick:
    """The rows of these months, both in; by the date that stands first in the row of a young person or a day."""

    def picked(source: Source, draw: Random) -> list[Row]:
        rows = pick(source, draw)
        column = next(column for column in ("date", "premier_contact", "date_debut") if column in rows[0])
        return filled([row for row in rows if first <= int(row[column][5:7]) <= last])

    return picked


def month(pick: Pick) -> Pick:
    def picked(source: Source, draw: Random) -> list[Row]:
        drawn = draw.randint(2, 11)
        return months(pick, drawn, drawn)(source, draw)

    return picked


def end_of(table: str, least: int) -> Pick:
    """The end of the year, month after month back, until there are so many rows; at most half a year."""

    def picked(source: Source, draw: Random) -> list[Row]:
        for first in range(12, 6, -1):
            rows = months(year_of(table), first, 12)(source, draw)
            if len(rows) >= least:
                return rows
        raise NotHereError

    return picked


def closed(source: Source, draw: Random) -> list[Row]:
    return filled([row for row in source.tables["suivis"] if row["date_fin"].startswith(source.year)])


def known_before(source: Source, draw: Random) -> list[Row]:
    return filled([row for row in source.tables["jeunes"] if row["premier_contact"] < source.year])


def a_commune(table: str) -> Pick:
    """The rows of one of several communes, of the year, or all for the young people."""

    def picked(source: Source, draw: Random) -> list[Row]:
        commune = draw.choice(source.communes())
        rows = source.tables[table] if table == "jeunes" else source.of(table)
        return filled([row for row in rows if row["commune"] == commune])

    return picked


def open_in_january(source: Source, draw: Random) -> list[Row]:
    """The follow-ups open on 1 January."""
    day = f"{source.year}-01-01"
    return filled([row for row in source.tables["suivis"] if row["date_debut"] < day <= (row["date_fin"] or day)])


# What a fault does to them
def put(pick: Pick, **cells: str | Callable[[Row], str]) -> Change:
    """Write cells of every row; "*" is the first row's that has one (filled down), {year} the latest year."""

    def change(source: Source, draw: Random) -> None:
        rows = pick(source, draw)
        for column, cell in cells.items():
            first = next((row[column] for row in rows if row.get(column)), "")
            for row in filled([row for row in rows if column in row]):
                row[column] = cell(row) if callable(cell) else first if cell == "*" else cell.format(year=source.year)

    return change


def first_commune(pick: Pick) -> Change:
    return lambda source, draw: put(pick, commune=source.communes()[0])(source, draw)


def scaled(pick: Pick, factor: float, column: str) -> Change:
    return put(pick, **{column: lambda row: number(float(row[column]) * factor) if row[column] else ""})


def swapped(pick: Pick, left: str, right: str) -> Change:
    def change(source: Source, draw: Random) -> None:
        for row in pick(source, draw):
            row[left], row[right] = row[right], row[left]

    return change


def doubled(table: str, pick: Pick, **cells: Callable[[Row], str]) -> Change:
    """The same rows once more at the end of the table, with these cells otherwise."""

    def change(source: Source, draw: Random) -> None:
        copies = [row | {column: cell(row) for column, cell in cells.items()} for row in pick(source, draw)]
        source.tables[table] += copies

    return change


def missing(table: str, pick: Pick) -> Change:
    return lambda source, draw: source.remove(table, pick(source, draw))


def pasted_year(table: str) -> Change:
    """The rows of the year before stand for this year's, under this year's date."""

    def change(source: Source, draw: Random) -> None:
        old = source.of(table, source.previous)
        source.remove(table, source.of(table))
        column = "date" if "date" in old[0] else "annee"
        source.tables[table] += [row | {column: in_year(row[column], source.year)} for row in old]

    return change


def sorted_alone(pick: Pick, column: str) -> Change:
    def change(source: Source, draw: Random) -> None:
        rows = filled([row for row in pick(source, draw) if row[column]], 6)
        values = sorted((row[column] for row in rows), key=lambda value: value.zfill(10))
        filled(sorted(set(values)), 3)
        for row, value in zip(rows, values, strict=True):
            row[column] = value

    return change


def next_code(pick: Pick, column: str, codes: list[str] | None = None) -> Change:
    """Each code becomes the next of its list, the last one the first."""

    def change(source: Source, draw: Random) -> None:
        rows = pick(source, draw)
        known = filled(codes or sorted({row[column] for row in rows if row[column]}), 2)
        following = dict(zip(known, known[1:] + known[:1], strict=True))
        for row in rows:
            row[column] = following.get(row[column], row[column])

    return change


def lost_comma(pick: Pick, column: str) -> Change:
    return put(pick, **{column: lambda row: row[column].replace(".", "")})


def again(pick: Pick, days: int = 0) -> Change:
    """The same persons under other identifiers, first met up to so many days before."""

    def change(source: Source, draw: Random) -> None:
        def contact(row: Row) -> Row:
            return {"premier_contact": later(row["premier_contact"], -draw.randint(0, days))}

        source.copy_people(list(pick(source, draw)), contact)

    return change


def after_the_end(table: str, share: float) -> Change:
    """Rows of the year that are said of follow-ups ended more than a year before."""

    def change(source: Source, draw: Random) -> None:
        over = filled([row for row in source.tables["suivis"] if "" < row["date_fin"] < source.previous])
        for row in some(draw, source.of(table), share):
            row["id_suivi"] = draw.choice(over)["id_suivi"]

    return change


def two_exchanged(pick: Pick) -> Change:
    """The communes that have the most and the fewest of the rows take each other's."""

    def change(source: Source, draw: Random) -> None:
        rows = pick(source, draw)
        most = sorted(source.communes(), key=lambda commune: sum(row["commune"] == commune for row in rows))
        other = {most[0]: most[-1], most[-1]: most[0]}
        put(lambda source, draw: rows, commune=lambda row: other.get(row["commune"], row["commune"]))(source, draw)

    return change


# The cells it writes
def copied(column: str, suffix: str = "") -> Callable[[Row], str]:
    return lambda row: row[column] + suffix


def capitals(column: str) -> Callable[[Row], str]:
    return lambda row: row[column].upper()


def cut(column: str, old: str, new: str) -> Callable[[Row], str]:
    return lambda row: row[column].replace(old, new)


def moved(column: str, years: int) -> Callable[[Row], str]:
    """The date or the year of a row, so many years later."""
    return lambda row: in_year(row[column], str(int(row[column][:4]) + years))


# The catalogue
@dataclass(frozen=True)
class Fault:
    kind: str
    description: str
    change: Change


FAULTS: list[Fault] = []


def add(kind: str, description: str, change: Change) -> None:
    FAULTS.append(Fault(kind, description, change))


def fault(kind: str, description: str) -> Callable[[Change], Change]:
    def register(change: Change) -> Change:
        add(kind, description, change)
        return change

    return register


def plant(wrong: Fault, folder: Path, seed: int) -> tuple[str, dict[str, int]] | None:
    """Plant a fault in a folder: what it is, and the rows of each table that it changed, added or removed.

    None where the source is too small to have it.
    """
    source = Source(folder)
    try:
        wrong.change(source, Random(f"{wrong.description} {seed}"))
    except NotHereError:
        return None
    tables = source.save()
    return (wrong.description, tables) if tables else None
