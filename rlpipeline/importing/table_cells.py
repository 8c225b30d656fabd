"""The cells of one exported table as the records write them; each that cannot be read is listed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date

import pyarrow as pa

from rlpipeline.importing.blocks import Unreadable
from rlpipeline.importing.cells import (
    ABSENT,
    IN_MINUTES,
    NOT_TICKS,
    PRESENT,
    TICKS,
    UNKNOWN,
    Asked,
    CellReader,
    are_times,
    begin_last,
    hours_between,
    month_named,
    summed,
)
from rlpipeline.importing.complements import HOURS
from rlpipeline.importing.filled import Origin, Work
from rlpipeline.importing.fitting import MANY
from rlpipeline.importing.meanings import parts_of
from rlpipeline.importing.planning import TablePlan
from rlpipeline.importing.rules import (
    AGE_IN,
    MINUTES,
    OF_YEAR,
    UNIT_OF,
    Target,
)
from rlpipeline.importing.words import Place
from rlpipeline.records.personal import personal_values
from rlpipeline.records.tables import table_named


class TableCells:
    """What reads the cells of one exported table.

    Parameters
    ----------
    work, plan
        What the filling of all tables shares, and what is decided of this one.
    columns
        What is filled, to the columns that fill it, each by its place and its header.
    """

    def __init__(self, work: Work, plan: TablePlan, columns: Mapping[Target, list[tuple[int, str]]]) -> None:
        self.work, self.plan, self.block, self.columns = work, plan, plan.block, columns
        self.result = work.result
        self.readers = {place_of(one): self._reader(one) for one in columns if one.column}
        hours = [place for place, _ in columns.get(Target(*HOURS), ())]
        times = [[row[place] for row in self.block.rows] for place in hours]
        self.times = hours if are_times(*times) else []
        if self.times and begin_last(*times):
            self.times = self.times[::-1]
        self.personal = self._personal()
        self.listed: set[tuple[int, str]] = set()
        self.emptied: dict[str, str] = {}

    def _reader(self, one: Target) -> CellReader:
        place = place_of(one)
        headers = {header for _, header in self.columns[one]}
        years = re.findall(r"20\d\d", f"{self.block.title} {self.block.file}")
        year = int(max(years)) if years else date.max.year
        return CellReader(
            place,
            table_named(one.table).column(one.column),
            self.work.service,
            self.work.plan.values.get(f"{one.table}.{one.column}", {}),
            bool(headers & self.plan.months_first),
            min(year, _latest(self.block.rows)),
            self._undated(one),
            aged_in(self.plan.rule.complements, f"{one.table}.{one.column}"),
            in_minutes=any(
                IN_MINUTES.search(one) or self.plan.rule.complements.get(f"{UNIT_OF}{one}") == MINUTES
                for one in headers
            ),
        )

    def _undated(self, one: Target) -> tuple[int, int] | None:
        """The year and the month of days that say neither: what was decided, and the month that the sheet names."""
        value = self.plan.rule.complements.get(f"{one.table}.{one.column}", "")
        if not value.startswith(OF_YEAR):
            return None
        words = re.findall(r"[^\W\d_]+", f"{self.block.sheet} {self.block.title}")
        return int(value.removeprefix(OF_YEAR)), next(filter(None, map(month_named, words)), 0)

    def _personal(self) -> Mapping[int, frozenset[str]]:
        """Column to its texts that would identify a young person."""
        personal = {}
        for one, places in self.columns.items():
            table = table_named(one.table)
            if (
                one.column
                and table.about_young_people
                and table.column(one.column).kind == "text"
                and one.column != "educateur"
            ):
                for place, _ in places:
                    texts = sorted({row[place] for row in self.block.rows if row[place]})
                    seen = personal_values(pa.array(texts, pa.large_string()), identifier=False) if texts else {}
                    personal[place] = frozenset(texts[position] for position in seen)
        return personal

    def ticked(self, table: str, row: Sequence[str], places: Sequence[tuple[int, str]], origin: Origin) -> bool:
        """Whether a box is ticked, or somebody was there."""
        yes, no = (PRESENT, ABSENT) if table == "presences" else (TICKS, NOT_TICKS)
        for place, header in places:
            text = row[place].casefold()
            if text in yes:
                return True
            if text not in no:
                self.refuse(origin, header, row[place], "ni cochée, ni vide")
        return False

    def read(self, one: Target, row: Sequence[str], places: Sequence[tuple[int, str]], origin: Origin) -> str:
        """One cell, or the sum of several that fill the same; from a time of the day to another, the hours between."""
        unread = len(self.result.unreadable)
        if self.times and place_of(one) == HOURS:
            return hours_between(*(row[place] for place in self.times))
        values = [self.cell(one, row[place], header, origin, place) for place, header in places]
        if len(values) == 1:
            return values[0]
        if table_named(one.table).column(one.column).kind == "number":
            total = ""
            if len(self.result.unreadable) > unread:
                return ""  # a sum without one of its parts would be wrong
            for value in values:
                total = summed(total, value) if value else total
            return total
        if len({*values} - {""}) > 1 and place_of(one) not in MANY:
            for (place, header), value in zip(places, values, strict=True):
                if value:
                    self.refuse(origin, header, row[place], "contredite par une autre colonne, qui remplit la même")
            return ""
        return next((value for value in values if value), "")

    def cell(self, one: Target, text: str, header: str, origin: Origin, place: int) -> str:
        """Read a cell; empty where it cannot be read, and then it is listed."""
        if text in self.personal.get(place, ()):
            self.refuse(origin, header, "", "donnée personnelle, refusée")
            return ""
        reader = self.readers[place_of(one)]
        if not text:
            return UNKNOWN if UNKNOWN in reader.column.codes else ""
        read = reader.read(text)
        if isinstance(read, str):
            if read == "" and text in reader.answers:
                self.refuse(origin, header, text, "laissée vide, comme décidé")
            elif read == "":
                self.emptied[header] = text
            return read
        if isinstance(read, Asked):
            if len(parts_of(text, reader)) < 2:
                self.refuse(origin, header, text, "mot inconnu")
            return ""
        message = "ni un âge, ni une naissance" if reader.aged else read.message.partition(" ; ")[0].rstrip(".")
        self.refuse(origin, header, text, message)
        return ""

    def refuse(self, origin: Origin, header: str, text: str, reason: str) -> None:
        """List a cell that does not enter."""
        if (origin.line, header) not in self.listed:
            self.listed.add((origin.line, header))
            value = text.replace("\n", " ")
            self.result.unreadable.append(Unreadable(self.block.name, origin.line, header, value, reason))


BIRTH = "jeunes.date_naissance"


def aged_in(complements: Mapping[str, str], place: str) -> int | None:
    """The year at whose end the ages are that stand for births; None where births do."""
    value = complements.get(place, "")
    return int(value.removeprefix(AGE_IN)) if value.startswith(AGE_IN) else None


def place_of(one: Target) -> Place:
    """The column of the contract that a target fills."""
    return one.table, one.column


def _latest(rows: Sequence[Sequence[str]]) -> int:
    """The latest year on four digits of the cells; this one where there is none."""
    years = [int(year) for row in rows for text in row for year in re.findall(r"(?<!\d)20[0-4]\d(?!\d)", text)]
    return max(years, default=date.today().year)
