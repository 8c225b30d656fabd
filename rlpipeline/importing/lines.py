"""A line of the export by the answers of the workbook: who it is about, and what it says of each table."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from rlpipeline.importing import answers as a
from rlpipeline.importing.answers import Row
from rlpipeline.importing.cells import (
    AGE,
    DAY_FIRST,
    age_band,
    folded,
    read_amount,
    read_birth,
    read_day,
    read_hours,
    read_whole_year,
    text,
)
from rlpipeline.importing.proposing import Group
from rlpipeline.importing.sources import HEADING, Line, Source
from rlpipeline.importing.vocabulary import KINDS, OF_LINE, TICKED, Target, code_of, target_of, word_of, words_for
from rlpipeline.records.official_communes import by_code
from rlpipeline.records.schema import OUTSIDE
from rlpipeline.records.tables import table_named
from rlpipeline.records.values import text_of
from rlpipeline.settings.models import Service

CODED = ("code", "flag", "commune", "territory")
PLACED_WHOLE = ("jeunes", "presences", "temps", "actions", "demandes", "diagnostics")
"""Tables whose commune may be the same for every line of an export; that of a year's situation is only an exception."""
Values = dict[str, str]
Slot = tuple[str, int, tuple[tuple[str, str], ...]]
"""Table, rank of a repeated group, and what headers say: the columns of a slot make a record of their own."""


@dataclass(frozen=True)
class Use:
    """A column that goes somewhere, its rank among the headers (None: no column holds it), what its header says."""

    row: Row
    place: int | None
    target: Target
    rank: int
    values: tuple[tuple[str, str], ...]

    @cached_property
    def ticked(self) -> bool:
        """Whether its cells only say whether there is a record."""
        return self.place is not None and self.target.column in dict(self.values)

    @cached_property
    def kind(self) -> str:
        """How its cells are read."""
        return "code" if self.ticked else self.target.spec.kind

    @cached_property
    def label(self) -> str:
        """What the sheet of words calls it."""
        return self.target.label + (TICKED if self.ticked else "")


@dataclass
class Record:
    """A row of the records to be, and the line that it comes from."""

    table: str
    values: Values
    source: Source
    line: int


@dataclass(frozen=True)
class Emptied:
    """A cell that fills none of the records, and why; ``whole`` where it is of every record of its line."""

    table: str
    column: str
    source: Source
    line: int
    letter: str
    word: str
    reason: str
    whole: bool


@dataclass
class Read:
    """A line once read.

    Parameters
    ----------
    person
        What it says of itself: names, numbers, year.
    parts, blank
        The rows of the records that it gives, and those whose only cells are left blank by an answer.
    left
        Why it is left out whole; empty where it is not.
    """

    group: Group
    source: Source
    line: Line
    person: Values = field(default_factory=dict)
    parts: list[Record] = field(default_factory=list)
    blank: list[Record] = field(default_factory=list)
    left: str = ""

    @property
    def place(self) -> str:
        """Where it stands, in French."""
        return f"{self.source.name}, ligne {self.line.number}"


class Words:
    """The words of coded columns, and the cells that nobody can read, as the workbook answers them."""

    def __init__(self, former: Sequence[Row], service: Service) -> None:
        self.service = service
        self.former = {(row[a.TARGET], folded(row[a.WORD])): row for row in former}
        self.rows: dict[tuple[str, str], Row] = {}
        self.times: Counter[tuple[str, str]] = Counter()
        self.codes: dict[tuple[str, str], str | None] = {}

    def row(self, use: Use, word: str, place: str) -> Row:
        """The row of a word, proposed where the vocabulary has it, wanted else."""
        key = (use.label, folded(word))
        self.times[key] += 1
        if key not in self.rows:
            former = self.former.get(key)
            proposed = self._proposed(use, word) if use.kind in CODED and not former else ""
            cells = {a.TARGET: use.label, a.WORD: word, "où": place, a.MEANING: proposed, a.PROPOSED: proposed}
            if use.kind not in CODED:
                cells["à savoir"] = "illisible : écrire la valeur juste, ou choisir"
            kept = {name: former[name] for name in (a.MEANING, a.PROPOSED)} if former else {}
            row = self.rows[key] = Row(a.WORDS, {**cells, **kept}, former.line if former else 0)
            row.want(a.MEANING)
        self.rows[key].cells["fois"] = str(self.times[key])
        return self.rows[key]

    def code(self, use: Use, answer: str) -> str | None:
        """The code that an answer stands for; None where it is none."""
        key = (use.label, answer)
        if key not in self.codes:
            self.codes[key] = code_of(answer, use.target, self.service, use.ticked)
        return self.codes[key]

    def _proposed(self, use: Use, word: str) -> str:
        code = code_of(word, use.target, self.service, use.ticked)
        if code and use.kind == "commune" and code not in (*self.service.commune_codes, OUTSIDE):
            code = code if by_code()[code].departement == self.service.departement else None  # a namesake far away
        return word_of(code, use.target, self.service, use.ticked) if code else ""


class Reading:
    """Lines of a group of tables, read one after the other."""

    def __init__(self, group: Group, service: Service, words: Words) -> None:
        self.group, self.service, self.words = group, service, words
        self.emptied: list[Emptied] = []

    def read(self) -> Iterator[Read]:
        """Every line of every table; a line that names several persons is as many."""
        for rank, source in enumerate(self.group.sources):
            uses = list(self.uses(rank))
            for line in _carried(source, uses):
                for cells in _each_person(line, uses):
                    yield self._line(rank, Read(self.group, source, replace(line, cells=cells)), uses)

    def uses(self, rank: int) -> Iterator[Use]:
        """The columns that go somewhere, for one table."""
        for row, place in self.group.columns:
            target = self.group.target(row)
            if target:
                said = self.group.said(row, target, self.service, self.group.year_of(rank)) if row[a.SAID] else None
                yield Use(row, place, target, said.rank if said else 0, said.values if said else ())

    def _line(self, rank: int, read: Read, uses: Sequence[Use]) -> Read:
        base: dict[str, Values] = defaultdict(dict)
        slots: dict[Slot, Values] = defaultdict(dict)
        telling: set[object] = set()
        spoken: set[object] = set()
        held = [use for use in uses if use.place is not None]
        year = self._year(rank, read.line, held)
        slotted = {use.target.table for use in held if use.rank or use.values or use.row[a.SEPARATOR]}
        ranked = {use.target for use in held if use.rank}
        for use in held:
            table, column = use.target.table, use.target.column
            for cell in _cells_of(use, read.line):
                value = self._value(use, cell, read, year)
                if value == a.LEAVE_LINE:
                    read.left = f"écartée : « {text(cell) or a.EMPTY_CELL} » ({use.target.label})"
                    continue
                several = use.row[a.SEPARATOR] and value and not use.target.names_a_person
                own = ((column, value),) if several else use.values
                key_rank = use.rank or int(use.target in ranked)
                slot = (table, key_rank, own) if table != OF_LINE and (own or key_rank) else None
                values = slots[slot] if slot else read.person if table == OF_LINE else base[table]
                if use.kind == "number" and slot and values.get(column) and value:
                    values[column] = added(values[column], value)
                elif not use.ticked:
                    _once(values, use, value, read.line)
                if text(cell) and (value == "oui" if use.ticked else value):
                    telling.add(slot or table)
                elif text(cell) and not use.ticked:
                    spoken.add(slot or table)
        constants = {use.target: dict(use.values).get(use.target.column, "") for use in uses if use.place is None}
        for table in KINDS[self.group.kind]:
            of_table: list[Slot | str] = [slot for slot in slots if slot[0] == table]
            for key in of_table if table in slotted else [table]:
                told: Values = {} if isinstance(key, str) else {**_filled(slots[key]), **dict(key[2])}
                record = Record(table, {**base[table], **told}, read.source, read.line.number)
                if key in telling | spoken:
                    self._complete(record, constants, rank, year)
                    (read.parts if key in telling else read.blank).append(record)
        return read

    def _year(self, rank: int, line: Line, uses: Sequence[Use]) -> int | None:
        for use in uses:
            cell = line.cells[use.place or 0]
            if use.target.column == "annee" and text(cell):
                return read_whole_year(cell, use.row[a.ORDER] or DAY_FIRST)
        return self.group.year_of(rank)

    def _value(self, use: Use, cell: object, read: Read, year: int | None) -> str:
        """What a cell says, as the records hold it; empty where it says nothing."""
        word = text(cell)
        if not word and not self._asks_of_blank(use):
            return "0" if use.row[a.EMPTY] == a.ZERO and use.kind == "number" else ""
        value = word if use.kind in ("identifier", "text") else self._measure(use, cell, year)
        if value is not None:
            return value
        row = self.words.row(use, word or a.EMPTY_CELL, f"{read.source.name}, {use.row['colonne']}{read.line.number}")
        answer = row[a.MEANING]
        if folded(answer) == folded(a.LEAVE_LINE):
            return a.LEAVE_LINE
        if not answer or folded(answer) == folded(a.BLANK):
            if word and answer:
                self.empty(use, read, word, "laissée vide par votre réponse (feuille « Mots »)")
            return ""
        value = self.words.code(use, answer) if use.kind in CODED else self._measure(use, answer, year)
        if value is None:
            words = a.shown(list(words_for(use.target, self.service, use.ticked).values())) or None
            todo = "choisir dans la liste, ou « laisser vide »"
            raise row.refusal(a.MEANING, "Cette réponse n'est pas comprise.", todo, words)
        return value

    def _asks_of_blank(self, use: Use) -> bool:
        """Whether an empty cell is asked about as a word: the line is about that table, which requires it."""
        about = KINDS[self.group.kind][0] == use.target.table and (
            use.target.table != "jeunes" or self.group.kind == "un jeune"
        )
        return (
            about
            and use.kind in CODED
            and not (use.values or use.rank)
            and bool(use.row[a.EMPTY] and not use.target.spec.nullable)
        )

    def _measure(self, use: Use, cell: object, year: int | None) -> str | None:
        """A day, a birth, a year, a number or a band of ages; None where it cannot be read, or is a word."""
        order, unit = use.row[a.ORDER] or DAY_FIRST, use.row[a.UNIT]
        within = use.row["en-tête"].startswith(HEADING)
        if use.kind in CODED:
            return age_band(cell) if use.target.column == "tranche_age" and unit == AGE else None
        if use.kind == "date":
            day = read_day(cell, order, year, within)
            return day.isoformat() if day else None
        if use.kind == "birth":
            return read_birth(cell, order, year, unit)
        if use.kind == "year":
            return text_of(read_whole_year(cell, order, within))
        number = read_hours(cell, unit) if use.target.column == "heures" else read_amount(cell)
        return None if number is None else text_of(round(number, 4))

    def empty(self, use: Use, read: Read, word: str, reason: str) -> None:
        """Note that a cell fills nothing."""
        apart = use.values or use.row[a.SEPARATOR] or any(o.rank and o.target == use.target for o in self.uses(0))
        place = (read.source, read.line.number, use.row["colonne"], word, reason, not apart)
        self.emptied.append(Emptied(use.target.table, use.target.column, *place))

    def _complete(self, record: Record, constants: Mapping[Target, str], rank: int, year: int | None) -> None:
        """What holds for the whole line or the whole table."""
        row, names = self.group.rows[rank], table_named(record.table).column_names
        for target, value in constants.items():
            if target.table == record.table and value:
                code = code_of(value, target, self.service) if target.spec.kind in CODED else value
                if code is None:
                    rows = (r for r, place in self.group.columns if place is None and r[a.TARGET] == target.label)
                    raise next(rows).refusal(a.SAID, "Cette réponse n'est pas comprise.", "choisir dans la liste")
                record.values.setdefault(target.column, code)
        if "annee" in names and not record.values.get("annee"):
            if year is None and row[a.YEAR] == a.NOWHERE:
                raise row.refusal(a.YEAR, "Rien ne dit l'année de ces lignes.", "écrire l'année, ou « une colonne »")
            record.values["annee"] = str(year or "")
        written = row[a.COMMUNE]
        if (
            record.table in PLACED_WHOLE
            and written not in ("", a.A_COLUMN, a.A_HEADING, a.NOWHERE)
            and "commune" in names
        ):
            target = target_of(record.table, "commune")
            code = code_of(written, target, self.service)
            if code is None:
                raise row.refusal(a.COMMUNE, "Cette commune n'est pas reconnue.", "écrire son nom ou son code INSEE")
            if target.label not in {column[a.TARGET] for column, _ in self.group.columns}:
                record.values.setdefault("commune", code)


def _carried(source: Source, uses: Sequence[Use]) -> Iterator[Line]:
    """Lines with what stands above their empty cells; beside the first such column, only where it is empty too."""
    places = sorted(use.place for use in uses if use.place is not None and use.row[a.EMPTY] == a.ABOVE)
    above: dict[int, object] = {}
    for line in source.lines:
        cells = list(line.cells)
        begins = bool(places) and bool(text(cells[places[0]]))
        for place in places:
            if text(cells[place]) or begins:
                above[place] = cells[place]
            else:
                cells[place] = above.get(place)
        yield replace(line, cells=cells)


def _each_person(line: Line, uses: Sequence[Use]) -> Iterator[Sequence[object]]:
    """The line once for each person that a cell names."""
    use = next((use for use in uses if use.target.names_a_person and use.row[a.SEPARATOR]), None)
    if use is None or use.place is None or not text(line.cells[use.place]):
        yield line.cells
        return
    for name in _parts(line.cells[use.place], use.row[a.SEPARATOR]):
        yield [name if place == use.place else cell for place, cell in enumerate(line.cells)]


def _cells_of(use: Use, line: Line) -> Sequence[object]:
    cell = line.cells[use.place or 0]
    apart = use.row[a.SEPARATOR] and text(cell) and not use.target.names_a_person
    return list(_parts(cell, use.row[a.SEPARATOR])) if apart else [cell]


def _parts(cell: object, separator: str) -> Iterator[str]:
    return filter(None, (part.strip() for part in text(cell).split(separator.strip())))


def _filled(values: Values) -> Values:
    return {column: value for column, value in values.items() if value}


def _once(values: Values, use: Use, value: str, line: Line) -> None:
    """Note a value, where no other column gives another."""
    known = values.get(use.target.column, "")
    if known and value and known != value:
        what = f"Deux colonnes vont au même endroit, et n'y disent pas la même chose (ligne {line.number})."
        raise use.row.refusal(a.TARGET, what, "n'en garder qu'une, ou dire ce que disent leurs en-têtes")
    values[use.target.column] = value or known


def added(one: str, other: str) -> str:
    """The sum of two numbers, one of which may be empty."""
    return text_of(round(float(one) + float(other), 4)) or "" if one and other else one or other
