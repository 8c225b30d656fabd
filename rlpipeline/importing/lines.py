"""Tables of the same headers, whose columns are answered once; their lines, and the rows that each line gives."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from rlpipeline.characters import unaccented
from rlpipeline.importing import FRENCH, cells
from rlpipeline.importing import answers as a
from rlpipeline.importing import vocabulary as v
from rlpipeline.importing.answers import Row
from rlpipeline.importing.cells import text
from rlpipeline.importing.sources import HEADING, Source
from rlpipeline.importing.vocabulary import Said, Target
from rlpipeline.records.communes import by_code
from rlpipeline.records.parsing import NOT_COMMUNICATED, text_of
from rlpipeline.records.tables import OUTSIDE, table_named
from rlpipeline.settings.models import Service

NC = NOT_COMMUNICATED.upper()
CONSTANT = "(partout la même valeur)"
PLACED_WHOLE = ("jeunes", "presences", "temps", "actions", "demandes", "diagnostics")
"""Tables whose commune may be the same for every line of an export; that of a year's situation is only an exception."""
Values = dict[str, str]


class Use(NamedTuple):
    """A column that goes somewhere, by its place among the headers (-1: no column holds it).

    ``slot``, rank and sayings of its header, is the row of a line that it fills; columns of none are common to the
    other slots of their table. A ``ticked`` column only says whether there is a row; one that ``lists`` has several
    answers in a cell, each a row.
    """

    row: Row
    place: int
    target: Target
    slot: Said
    ticked: bool
    lists: bool
    kind: str

    @property
    def label(self) -> str:
        """What the sheet of words calls it."""
        return self.target.label + (v.TICKED if self.ticked else "")

    def parts(self, cell: object) -> Sequence[object]:
        """The different answers that a cell holds; the cell itself where nothing parts them, or it is empty."""
        sign = self.row[a.SEPARATOR].strip()
        parts = dict.fromkeys(part.strip() for part in text(cell).split(sign)) if sign and text(cell) else ()
        return [part for part in parts if part] or [cell]


@dataclass
class Group:
    """Tables of the same headers: their rows of « Tableaux », and the rows of « Colonnes » with their places."""

    letter: str
    service: Service
    sources: list[Source] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    columns: list[tuple[Row, int]] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """What a line is; « rien » as long as nobody says it."""
        return self.rows[0].one_of(a.KIND, v.KINDS) or v.NOTHING

    def target(self, row: Row) -> Target | None:
        """Where a column goes, None where it is left or not answered; DataError where it cannot go there."""
        target = v.targets().get(row.one_of(a.TARGET, [v.LEFT, *v.targets()]))
        if target and target not in v.targets_of_kind(self.kind):
            raise row.refusal(a.TARGET, "ne va pas là", genre=self.kind)
        several = target and (target.names_a_person or ".".join(target[:2]) in FRENCH["plusieurs"])
        if target and row[a.SEPARATOR] and not several:
            raise row.refusal(a.SEPARATOR, "plusieurs par case", cible=target.label)
        return target

    def year_of(self, rank: int) -> int | None:
        """The year that stands for a whole table."""
        written = self.rows[rank][a.YEAR]
        return int(written) if re.fullmatch(r"(?:19|20)\d\d", written) else None

    def commune_of(self, rank: int) -> str:
        """The name or the code of the commune that stands for a whole table."""
        written = self.rows[rank][a.COMMUNE]
        return "" if written in (a.A_COLUMN, a.A_HEADING, a.NOWHERE) else written

    def uses(self, rank: int) -> list[Use]:
        """The columns that go somewhere, for one table; DataError where what a header says means nothing there."""
        found = []
        for row, place in self.columns:
            if target := self.target(row):
                whole = Said(0, ((target.column, row[a.SAID]),))  # what no column holds is said as it is
                told = whole if place < 0 else v.said(row[a.SAID], target, self.service, self.year_of(rank))
                if told is None:
                    raise row.refusal(a.SAID, "en-tête")
                ticked = place >= 0 and target.column in dict(told.values)
                lists = bool(row[a.SEPARATOR]) and target.table != v.OF_LINE
                found.append(Use(row, place, target, told, ticked, lists, "code" if ticked else target.kind))
        counted = {use.target for use in found if use.slot.rank}  # where one is the second, others are the first
        return [u._replace(slot=Said(u.slot.rank or int(u.target in counted), u.slot.values)) for u in found]

    def lines(self, rank: int) -> Iterator[tuple[int, list[object]]]:
        """Number and cells of each line, once for each person that a cell names.

        Empty cells hold what stands above where the answers say so, beside the first such column only where that is
        empty too.
        """
        uses = [use for use in self.uses(rank) if use.place >= 0]
        places = sorted(use.place for use in uses if use.row[a.EMPTY] == a.ABOVE)
        who = next((use for use in uses if use.target.names_a_person and use.row[a.SEPARATOR]), None)
        above: dict[int, object] = {}
        for line in self.sources[rank].lines:
            row = list(line.cells)
            begins = bool(places) and bool(text(row[places[0]]))
            for place in places:
                if text(row[place]) or begins:
                    above[place] = row[place]
                else:
                    row[place] = above.get(place)
            for name in who.parts(row[who.place]) if who else [None]:
                yield line.number, [name if who and who.place == place else cell for place, cell in enumerate(row)]


class Part(NamedTuple):
    """A row that a line may give to a table: what headers say, its own columns, those common to others, the cells."""

    said: Values
    own: Sequence[Use]
    common: Sequence[Use]
    cells: Sequence[object]


def parts_of(table: str, uses: Sequence[Use], row: Sequence[object]) -> Iterator[Part]:
    """The rows that a line may give to a table, whether or not their cells are filled."""
    slots: dict[object, list[Use]] = defaultdict(list)
    for use in (use for use in uses if use.target.table == table and use.place >= 0):
        slots[use.place if use.lists else use.slot].append(use)
    common = slots.pop(Said(), []) if len(slots) > 1 else []
    for own in slots.values():
        first = own[0]
        for part in first.parts(row[first.place]) if first.lists else [row[first.place]]:
            cells = [part if place == first.place else cell for place, cell in enumerate(row)]
            yield Part(dict(first.slot.values), own, common, cells)


@dataclass
class Record:
    """A row of the records to be; ``why`` it is not written, and whether that is an answer (``decided``).

    ``emptied`` are the columns whose cells hold something that does not enter, ``partial`` what is known of a sum that
    is not known whole, by column.
    """

    table: str
    read: Read
    values: Values = field(default_factory=dict)
    emptied: set[str] = field(default_factory=set)
    partial: dict[str, float] = field(default_factory=dict)
    why: str = ""
    decided: bool = False

    def lose(self, why: str, decided: bool = False) -> None:
        """Note that it is not written; the first reason stays."""
        if not self.why:
            self.why, self.decided = why, decided

    def sum_of(self, column: str, numbers: Sequence[str]) -> str:
        """The sum of numbers as texts: NC where some are not known, and the others are told; empty where none is."""
        known = [float(number) for number in numbers if number not in ("", NC)]
        total = round(sum(known), 4)
        if known and len(known) == len(numbers):
            return text_of(total) or ""
        if known:
            self.partial[column] = self.partial.get(column, 0.0) + total
        return NC if known or NC in numbers else ""


@dataclass
class Read:
    """A line once read: what it says of itself (names, numbers, year), its rows, and why it is left out whole."""

    group: Group
    source: Source
    number: int
    person: Values = field(default_factory=dict)
    records: list[Record] = field(default_factory=list)
    left: str = ""

    def own(self, table: str) -> Values:
        """What it says of a person or of an action."""
        return next((dict(part.values) for part in self.records if part.table == table and not part.why), {})


class Emptied(NamedTuple):
    """A cell that does not enter, and why."""

    use: Use
    read: Read
    word: str
    reason: str


class Words:
    """The words of coded columns, and the cells that nobody can read, as the workbook answers them."""

    def __init__(self, former: Sequence[Row], service: Service) -> None:
        self.service = service
        self.former = {(row[a.TARGET], unaccented(row[a.WORD])): row for row in former}
        self.rows: dict[tuple[str, str], Row] = {}
        self.times: Counter[tuple[str, str]] = Counter()
        self.codes: dict[tuple[str, str], str | None] = {}

    def row(self, use: Use, word: str, place: str) -> Row:
        """The row of a word, proposed where the vocabulary has it, wanted else."""
        key = (use.label, unaccented(word))
        self.times[key] += 1
        if key not in self.rows:
            former = self.former.get(key)
            told = {a.TARGET: use.label, a.WORD: word, a.PLACE: place}
            bare = use.kind == "date" and cells.is_bare_day(word)
            told |= {} if use.kind in v.CODED else {a.KNOW: FRENCH["jour seul" if bare else "mot illisible"]}
            if former:
                told |= {name: former[name] for name in (a.MEANING, a.PROPOSED)}
            elif use.kind in v.CODED:
                told[a.MEANING] = told[a.PROPOSED] = self._proposed(use, word)
            self.rows[key] = Row(a.WORDS, told, former.line if former else 0)
            self.rows[key].want(a.MEANING)
        self.rows[key].cells[a.TIMES] = str(self.times[key])
        return self.rows[key]

    def code(self, use: Use, answer: str) -> str | None:
        """The code that an answer stands for; None where it is none."""
        key = (use.label, answer)
        if key not in self.codes:
            self.codes[key] = v.code_of(answer, use.target, self.service, use.ticked)
        return self.codes[key]

    def _proposed(self, use: Use, word: str) -> str:
        code = v.code_of(word, use.target, self.service, use.ticked)
        if code and use.kind == "commune" and code not in (*self.service.commune_codes, OUTSIDE):
            code = code if by_code()[code].departement == self.service.departement else None  # a namesake far away
        return v.word_of(code, use.target, self.service, use.ticked) if code else ""


class Reading:
    """The lines of a table of an export, read one after the other."""

    def __init__(self, group: Group, rank: int, words: Words) -> None:
        self.group, self.rank, self.words, self.service = group, rank, words, group.service
        self.source, self.row, self.uses = group.sources[rank], group.rows[rank], group.uses(rank)
        self.emptied: dict[tuple[int, int], Emptied] = {}
        self.known: dict[tuple[int, str], str] = {}  # what the cells of a line say, by place and text

    def read(self) -> Iterator[Read]:
        """Every line; one that names several persons is as many."""
        for number, row in self.group.lines(self.rank):
            read = Read(self.group, self.source, number)
            year = self.group.year_of(self.rank)
            of_line = [use for use in self.uses if use.target.table == v.OF_LINE and use.place >= 0]
            for use in of_line:
                if use.target.column == "annee" and text(row[use.place]):
                    year = cells.read_whole_year(row[use.place], use.row[a.ORDER] or cells.DAY_FIRST)
            self.known = {}
            read.person = self._values(of_line, row, Record("", read), year)
            for table in v.KINDS[self.group.kind]:
                for part in parts_of(table, self.uses, row):
                    record = Record(table, read)
                    common = self._values(part.common, part.cells, record, year)
                    own = self._values(part.own, part.cells, record, year)
                    filled = [use for use in part.own if text(part.cells[use.place])]
                    ticks = [use.place for use in filled if use.ticked]
                    ticked = any(self.known[place, text(part.cells[place])] == "oui" for place in ticks)
                    if not filled or (len(ticks) == len(filled) and not ticked):
                        continue
                    record.values = {**common, **part.said, **{column: value for column, value in own.items() if value}}
                    if not ticked and not any(own.get(use.target.column) for use in filled):
                        record.lose("sa seule case remplie est laissée vide", decided=True)
                    self._complete(record, year)
                    read.records.append(record)
            yield read

    def _values(self, uses: Sequence[Use], row: Sequence[object], record: Record, year: int | None) -> Values:
        """What columns say of a row; several numbers of one place add up, to NC where one of them is not known."""
        values: Values = {}
        summed: dict[str, list[str]] = defaultdict(list)
        for use in uses:
            column, word = use.target.column, text(row[use.place])
            if (use.place, word) not in self.known:
                self.known[use.place, word] = self._value(use, row[use.place], record.read, year)
            value = self.known[use.place, word]
            if value == a.LEAVE_LINE:
                record.read.left = f"écartée : « {word or a.EMPTY_CELL} » ({use.target.label})"
                value = ""
            if use.ticked:
                continue
            record.emptied |= {column} if word and not value else set()
            before = values.get(column, "")
            if use.kind == "number" and use.slot != Said():
                summed[column].append(value)
            elif before and value and before != value:
                raise use.row.refusal(a.TARGET, "deux colonnes", ligne=record.read.number)
            values[column] = value or before
        return values | {column: record.sum_of(column, numbers) for column, numbers in summed.items()}

    def _value(self, use: Use, cell: object, read: Read, year: int | None) -> str:
        """What a cell says, as the records hold it; empty where it says nothing."""
        word, coded, table = text(cell), use.kind in v.CODED, use.target.table
        about = table == v.KINDS[self.group.kind][0] and (table != "jeunes" or self.group.kind == "un jeune")
        asks = about and coded and use.row[a.EMPTY] and use.target.is_asked and use.slot == Said()
        if (
            not word and not asks
        ):  # an empty cell is asked about as a word where the line is about a table that needs it
            return "0" if use.row[a.EMPTY] == a.ZERO and use.kind == "number" else ""
        value = word if use.kind in ("identifier", "text") else self._measure(use, cell, year)
        if value is not None:
            return value
        row = self.words.row(use, word or a.EMPTY_CELL, f"{read.source.name}, {use.row['colonne']}{read.number}")
        answer = row[a.MEANING]
        if unaccented(answer) == unaccented(a.LEAVE_LINE):
            return a.LEAVE_LINE
        if not answer or unaccented(answer) == unaccented(a.BLANK):
            if word and answer:
                reason = "laissée vide par votre réponse (feuille « Mots »)"
                self.emptied[read.number, use.place] = Emptied(use, read, word, reason)
            return ""
        if use.kind == "date" and cells.is_bare_day(word):
            raise row.refusal(a.MEANING, "jour seul", mot=word)
        value = self.words.code(use, answer) if coded else self._measure(use, answer, year)
        if value is None:
            words = a.shown(list(v.words_for(use.target, self.service, use.ticked).values()))
            raise row.refusal(a.MEANING, "réponse", liste=words)
        return value

    def _measure(self, use: Use, cell: object, year: int | None) -> str | None:
        """A day, a birth, a year, a number or a band of ages; None where it cannot be read, or is a word."""
        order, unit = use.row[a.ORDER] or cells.DAY_FIRST, use.row[a.UNIT]
        within = use.row[a.HEADER].startswith(HEADING)
        if use.kind in v.CODED:
            return cells.age_band(cell) if use.target.column == "tranche_age" and unit == cells.AGE else None
        if use.kind == "date":
            day = cells.read_day(cell, order, year, within)
            return day.isoformat() if day else None
        if use.kind == "birth":
            return cells.read_birth(cell, order, year, unit)
        if use.kind == "year":
            return text_of(cells.read_whole_year(cell, order, within))
        number = cells.read_hours(cell, unit) if use.target.column == "heures" else cells.read_amount(cell)
        return None if number is None else text_of(round(number, 4))

    def _complete(self, record: Record, year: int | None) -> None:
        """What holds for the whole line or the whole table."""
        names, values = table_named(record.table).column_names, record.values
        for use in (use for use in self.uses if use.place < 0 and use.target.table == record.table and use.row[a.SAID]):
            value = dict(use.slot.values)[use.target.column]
            code = v.code_of(value, use.target, self.service) if use.kind in v.CODED else value
            if code is None:
                words = v.words_for(use.target, self.service)
                raise use.row.refusal(a.SAID, "réponse", liste=a.shown(list(words.values())))
            values.setdefault(use.target.column, code)
        if "annee" in names and not values.get("annee"):
            if year is None and self.row[a.YEAR] == a.NOWHERE:
                raise self.row.refusal(a.YEAR, "sans année")
            values["annee"] = str(year or "")
        written = self.group.commune_of(self.rank)
        if record.table in PLACED_WHOLE and "commune" in names and written:
            target = v.target_of(record.table, "commune")
            code = v.code_of(written, target, self.service)
            if code is None:
                raise self.row.refusal(a.COMMUNE, "commune")
            if all(use.target != target for use in self.uses):
                values.setdefault("commune", code)
