"""Lines into tables, by what the workbook answers: cells read, rows made of them, who is who, what does not enter."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import NamedTuple

from rlpipeline.characters import unaccented
from rlpipeline.importing import FRENCH
from rlpipeline.importing import answers as a
from rlpipeline.importing import vocabulary as v
from rlpipeline.importing.answers import Row
from rlpipeline.importing.people import Entity, Mention, Resolved
from rlpipeline.importing.pseudonyms import Pseudonyms, identifier_key, name_key
from rlpipeline.importing.tables import HEADING, Table, Use
from rlpipeline.importing.vocabulary import Said, text
from rlpipeline.records.communes import by_code
from rlpipeline.records.parsing import NOT_COMMUNICATED, text_of
from rlpipeline.records.tables import OUTSIDE, table_named
from rlpipeline.settings.models import Service

NC = NOT_COMMUNICATED.upper()
PLACED_WHOLE = ("jeunes", "presences", "temps", "actions", "demandes", "diagnostics")
"""Tables whose commune may be the same for every line of an export; that of a year's situation is only an exception."""
Values = dict[str, str]


class Cell(NamedTuple):
    """A cell that goes somewhere, its text, and what the answers make of it; empty where it says nothing."""

    use: Use
    cell: object
    word: str
    value: str


@dataclass
class Record:
    """A row that a line may give to a table, of its ``own`` cells, those ``common`` to others, and what headers say.

    ``why`` it is not written, and whether that is an answer (``decided``); ``partial`` is what is known of a sum that
    is not known whole, by column.
    """

    table: str
    line: Line
    own: Sequence[Cell]
    common: Sequence[Cell]
    said: Values
    values: Values = field(default_factory=dict)
    partial: dict[str, float] = field(default_factory=dict)
    why: str = ""
    decided: bool = False

    @property
    def names(self) -> Sequence[str]:
        """The columns of its table."""
        return table_named(self.table).column_names

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
class Line:
    """A line of a table, once for each person whom it names: what it says of itself, the rows that it may give.

    ``records`` are those that it gives, ``left`` why it is left out whole.
    """

    table: Table
    number: int
    place: str
    year: int | None
    said: Values = field(default_factory=dict)
    parts: list[Record] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    left: str = ""

    @property
    def key(self) -> tuple[int, int]:
        """Which line it is: several persons may be named on one."""
        return id(self.table), self.number

    def own(self, table: str) -> Values:
        """What it says of a person or of an action."""
        return next((dict(part.values) for part in self.records if part.table == table and not part.why), {})


class Told(NamedTuple):
    """What a person is told of a row or of a cell that does not enter as it is, and whether she is to read it."""

    table: str
    what: str
    place: str
    ask: bool


class Reader:
    """The lines of tables read, by the answers; ``emptied`` are the cells that do not enter.

    ``words`` are the rows of « Mots »: the words of coded columns, and the cells that nobody can read.
    """

    def __init__(self, former: Sequence[Row], service: Service) -> None:
        self.service = service
        self.former = {(row[a.TARGET], unaccented(row[a.WORD])): row for row in former}
        self.words: dict[tuple[str, str], Row] = {}
        self.times: Counter[tuple[str, str]] = Counter()
        self.emptied: dict[Told, None] = {}
        self._codes: dict[tuple[str, str], str | None] = {}

    def read(self, table: Table) -> Iterator[Line]:
        """Every line of a table; one that names several persons is as many."""
        uses = table.uses()
        placed, constants = [use for use in uses if use.place >= 0], dict(self._constants(table, uses))
        for number, row in table.read_lines(uses):
            line = Line(table, number, f"{table.name} ligne {number}", table.year)
            for use in (use for use in placed if use.target[:2] == (v.OF_LINE, "annee") and text(row[use.place])):
                line.year = v.read_whole_year(row[use.place], use.row[a.ORDER] or v.DAY_FIRST)
            slots: dict[tuple[str, object], list[Cell]] = defaultdict(list)
            for use in placed:
                for rest, cell in enumerate(use.parts(row[use.place]) if use.slot == use.place else [row[use.place]]):
                    slot = "common" if use.common else (use.slot, rest)
                    slots[use.target.table, slot].append(Cell(use, cell, text(cell), self._value(use, cell, line)))
            for name in (v.OF_LINE, *v.KINDS[table.kind]):
                common = slots.pop((name, "common"), [])
                for own in [cells for (of, _), cells in slots.items() if of == name]:
                    line.parts.append(Record(name, line, own, common, dict(own[0].use.said.values)))
            for record in line.parts:
                self._fill(record, constants)
            yield line

    def _fill(self, record: Record, constants: Mapping[tuple[str, str], str]) -> None:
        line, own = record.line, _values(record, record.own)
        if record.table == v.OF_LINE:
            line.said = own
            return
        filled = [cell for cell in record.own if cell.word]
        ticked = any(cell.use.ticked and cell.value == "oui" for cell in filled)
        if not ticked and all(cell.use.ticked for cell in filled):
            return
        kept = {column: value for column, value in own.items() if value}
        record.values = {**_values(record, record.common), **record.said, **kept}
        if not ticked and not any(own.get(cell.use.target.column) for cell in filled):
            record.lose("sa seule case remplie est laissée vide", decided=True)
        for (table, column), value in constants.items():
            if table == record.table:
                record.values.setdefault(column, value)
        if "annee" in record.names and not record.values.get("annee"):
            parts = (record, *line.records) if line.table.row[a.YEAR] == a.A_DAY else ()
            days = (part.values.get(name, "")[:4] for part in parts for name in ("date", "date_debut"))
            record.values["annee"] = str(line.year or next(filter(None, days), ""))
        line.records.append(record)

    def _constants(self, table: Table, uses: Sequence[Use]) -> Iterator[tuple[tuple[str, str], str]]:
        for use in (use for use in uses if use.place < 0 and use.row[a.SAID]):
            code = v.code_of(use.row[a.SAID], use.target, self.service) if use.kind in v.CODED else use.row[a.SAID]
            if code is None:
                raise use.row.refusal(a.SAID, "réponse", liste=self._listed(use))
            yield use.target[:2], code
        taken = {row[a.TARGET] for row, _ in table.columns}
        for target in (v.target_of(name, "commune") for name in v.KINDS[table.kind] if name in PLACED_WHOLE):
            if target.label not in taken and table.commune:
                code = v.code_of(table.commune, target, self.service)
                if code is None:
                    raise table.row.refusal(a.COMMUNE, "commune")
                yield target[:2], code

    def empty(self, line: Line, use: Use, word: str, reason: str) -> None:
        """Note a cell that does not enter."""
        what = f"case vidée, {use.target.short} : « {word} », {reason}"
        place = f"{line.table.name} {use.row['colonne']}{line.number}"
        self.emptied[Told(use.target.table, what, place, False)] = None

    def _value(self, use: Use, cell: object, line: Line) -> str:
        word, coded, table, first = text(cell), use.kind in v.CODED, use.target.table, v.KINDS[line.table.kind][0]
        about = table == first and (table != "jeunes" or line.table.kind == "un jeune")
        asks = about and coded and use.row[a.EMPTY] and use.target.is_asked and use.said == Said()
        if not word and not asks:  # an empty cell is a word where the line is about a table that needs it
            return "0" if use.row[a.EMPTY] == a.ZERO and use.kind == "number" else ""
        value = word if use.kind in ("identifier", "text") else _measure(use, cell, line.year)
        if value is not None:
            return value
        row = self._word(use, word or a.EMPTY_CELL, f"{line.table.name}, {use.row['colonne']}{line.number}")
        answer = row[a.MEANING]
        if unaccented(answer) == unaccented(a.LEAVE_LINE):
            line.left = f"écartée : « {word or a.EMPTY_CELL} » ({use.target.label})"
            return ""
        if not answer or unaccented(answer) == unaccented(a.BLANK):
            if word and answer:
                self.empty(line, use, word, "laissée vide par votre réponse (feuille « Mots »)")
            return ""
        if use.kind == "date" and v.is_bare_day(word):
            raise row.refusal(a.MEANING, "jour seul", mot=word)
        value = self._code(use, answer) if coded else _measure(use, answer, line.year)
        if value is None:
            raise row.refusal(a.MEANING, "réponse", liste=self._listed(use))
        return value

    def _word(self, use: Use, word: str, place: str) -> Row:
        key = (use.label, unaccented(word))
        self.times[key] += 1
        if key not in self.words:
            told, former = {a.TARGET: use.label, a.WORD: word, a.PLACE: place}, self.former.get(key)
            if former:
                told |= {name: former[name] for name in (a.MEANING, a.PROPOSED)}
            elif use.kind in v.CODED and (code := self._code(use, word)):
                far = use.kind == "commune" and code not in (*self.service.commune_codes, OUTSIDE)
                if not far or by_code()[code].departement == self.service.departement:  # else a namesake far away
                    told[a.MEANING] = told[a.PROPOSED] = v.word_of(code, use.target, self.service, use.ticked)
            if use.kind not in v.CODED:
                bare = use.kind == "date" and v.is_bare_day(word)
                told[a.KNOW] = FRENCH["jour seul" if bare else "mot illisible"]
            elif not told.get(a.MEANING):
                told[a.KNOW] = f"{FRENCH['choix']} : {self._listed(use)}"
            self.words[key] = Row(a.WORDS, told, former.line if former else 0)
            self.words[key].want(a.MEANING)
        self.words[key].cells[a.TIMES] = str(self.times[key])
        return self.words[key]

    def _code(self, use: Use, answer: str) -> str | None:
        key = (use.label, answer)
        if key not in self._codes:
            self._codes[key] = v.code_of(answer, use.target, self.service, use.ticked)
        return self._codes[key]

    def _listed(self, use: Use) -> str:
        return a.shown(list(v.words_for(use.target, self.service, use.ticked).values()))


def _values(record: Record, cells: Sequence[Cell]) -> Values:
    values: Values = {}
    summed: dict[str, list[str]] = defaultdict(list)
    for use, _, _, value in (cell for cell in cells if not cell.use.ticked):
        column = use.target.column
        before = values.get(column, "")
        if use.kind == "number" and use.said != Said():
            summed[column].append(value)
        elif before and value and before != value:
            raise use.row.refusal(a.TARGET, "deux colonnes", ligne=record.line.number)
        values[column] = value or before
    return values | {column: record.sum_of(column, numbers) for column, numbers in summed.items()}


def _measure(use: Use, cell: object, year: int | None) -> str | None:
    order, unit = use.row[a.ORDER] or v.DAY_FIRST, use.row[a.UNIT]
    within = use.row[a.HEADER].startswith(HEADING)
    if use.kind in v.CODED:
        return v.age_band(cell) if use.target.column == "tranche_age" and unit == v.AGE else None
    if use.kind == "date":
        day = v.read_day(cell, order, year, within)
        return day.isoformat() if day else None
    if use.kind == "birth":
        return v.read_birth(cell, order, year, unit)
    if use.kind == "year":
        return text_of(v.read_whole_year(cell, order, within))
    number = v.read_hours(cell, unit) if use.target.column == "heures" else v.read_amount(cell)
    return None if number is None else text_of(round(number, 4))


class Filled:
    """What an import gives: every line read, who is who told, then rows written.

    ``tables`` are the rows to write, ``records`` the same with those that are lost, ``told`` what is to be known of
    both; ``entered`` are the lines that give a row, by table, ``gone`` those that give none; ``educators`` their names
    and codes.
    """

    def __init__(
        self,
        tables: Sequence[Table],
        reader: Reader,
        pseudonyms: Pseudonyms,
        forgotten: Set[str],
        people: Sequence[Row],
    ) -> None:
        self.pseudonyms, self.forgotten, self.people, self.reader = pseudonyms, forgotten, people, reader
        self.tables: dict[str, list[Values]] = {}
        self.records: list[Record] = []
        self.told: list[Told] = []
        self.educators: Values = {}
        self.entered: dict[str, set[tuple[int, int]]] = defaultdict(set)
        self.gone: set[tuple[int, int]] = set()
        self.resolved: dict[str, Resolved] = {}
        self._suivis: Counter[tuple[str, ...]] = Counter()
        self.service = reader.service
        self.lines = [line for table in tables if v.KINDS[table.kind] for line in self.reader.read(table)]
        persons, actions = self._resolve("jeunes", _person), self._resolve("actions", _action)
        for rank, line in enumerate(self.lines):
            self._write(line, persons.get(rank), actions.get(rank))
        self._name_educators()
        self._join()
        for record in self.records:
            if record.why:
                self._tell(record, f"n'entre pas : {record.why}", not record.decided)
            (self.gone if record.why else self.entered[record.table]).add(record.line.key)
            for column in record.partial:
                what = f"somme laissée NC : {v.target_of(record.table, column).short}, {FRENCH['moitié']}"
                self._tell(record, what)
        self.gone -= set().union(*self.entered.values())
        self.told += self.reader.emptied

    def _tell(self, record: Record, what: str, ask: bool = True) -> None:
        self.told.append(Told(record.table, what, record.line.place, ask))

    def _resolve(self, table: str, mention_of: Callable[[Line], Mention | None]) -> Mapping[int, Entity | None]:
        mentions = {rank: mention for rank, line in enumerate(self.lines) if (mention := mention_of(line))}
        places = list(mentions)
        resolved = Resolved(table, list(mentions.values()), self.pseudonyms, self.service, self.people)
        self.resolved[table] = resolved
        for number, column in resolved.dropped:
            line, word = self.lines[places[number]], mentions[places[number]].attributes[column]
            for use in (use for use in line.table.uses() if use.target[:2] == (table, column)):
                self.reader.empty(line, use, word, "une autre valeur est gardée (feuille « Personnes et actions »)")
        return dict(zip(places, resolved.entities, strict=True))

    def _young(self, entity: Entity) -> str:
        apart = ["=".join(pair) for pair in entity.apart if pair[0] != "date_naissance"]
        birth = dict(entity.apart).get("date_naissance", "")
        birth = self.resolved["jeunes"].values[entity].get("date_naissance", "") if entity.named else birth
        if entity.named or entity.apart:
            return self.pseudonyms.of("J", entity.key, birth, *apart)
        return self.pseudonyms.young(entity.key)

    def _action(self, entity: Entity) -> str:
        values = self.resolved["actions"].values[entity]
        apart = ["=".join(pair) for pair in entity.apart if pair[0] != "commune"]
        title = [values.get("annee", ""), name_key(values.get("libelle", "")), values.get("commune", "")]
        return self.pseudonyms.of("A", *(title if entity.named else [entity.key]), *apart)

    def _write(self, line: Line, person: Entity | None, action: Entity | None) -> None:
        if not line.records:
            table, why = v.KINDS[line.table.kind][0], line.left or "la ligne ne remplit aucune table"
            self.told.append(Told(table, f"n'entre pas : {why}", line.place, not line.left))
            self.gone.add(line.key)
        self.records += line.records
        entering = [record for record in line.records if not record.why]
        young = self._young(person) if person else ""
        known_as = {young, self.pseudonyms.young(person.key)} if person else set()
        why, decided, suivi = line.left, True, ""
        if not why and any("id_jeune" in record.names for record in entering):
            said = any(line.said.get(name) for name in v.PERSON)
            if self.forgotten & {self.pseudonyms.digest(name) for name in known_as}:
                why = "ce jeune a été effacé par « forget »"
            elif person is None:
                why, decided = "plusieurs jeunes portent ce nom" if said else "aucun jeune n'y est désigné", False
        for record in entering:
            if why:
                record.lose(why, decided)
                continue
            if "id_jeune" in record.names:
                record.values["id_jeune"] = young
            if "id_suivi" in record.names:
                suivi = record.values["id_suivi"] = self._suivi(record, suivi)
                if not suivi:
                    record.lose("aucun suivi, ou plusieurs, sur la ligne")
            if "id_action" in record.names:
                record.values["id_action"] = self._action(action) if action else ""
                if not action:
                    record.lose("aucune action n'y est nommée")

    def _name_educators(self) -> None:
        mentions, spelt = [], dict[str, str]()
        named = [record for record in self.records if record.values.get("educateur") and not record.why]
        for record in named:
            name = record.values["educateur"]
            coded = self.pseudonyms.educator(name) == name
            mentions.append(Mention("", name.casefold() if coded else name_key(name), name, record.line.place, {}))
            spelt.setdefault(mentions[-1].name, name)
        team = self.resolved["educateurs"] = Resolved(
            "educateurs", mentions, self.pseudonyms, self.service, self.people
        )
        for record, entity in zip(named, team.entities, strict=True):
            name, code = record.values["educateur"], self.pseudonyms.educator(spelt[entity.key]) if entity else ""
            record.values["educateur"] = code
            self.educators |= {name: code} if name != code else {}

    def _suivi(self, record: Record, before: str) -> str:
        written = record.line.said.get("id_suivi", "")
        alone = sum(other.table == "suivis" for other in record.line.records if not other.why) < 2
        if written and alone:
            return self.pseudonyms.of("S", identifier_key(written))
        if record.table != "suivis":
            return before if alone else ""
        parts = tuple(record.values.get(name, "") for name in ("id_jeune", "statut", "date_debut"))
        self._suivis[parts] += 1
        return self.pseudonyms.of("S", *parts, *([str(self._suivis[parts])] if self._suivis[parts] > 1 else []))

    def _join(self) -> None:
        kept = {self._young(entity): values for entity, values in self.resolved["jeunes"].values.items()}
        kept |= {self._action(entity): values for entity, values in self.resolved["actions"].values.items()}
        entering = [record for record in self.records if not record.why]
        times = Counter(record.values["id_action"] for record in entering if record.table == "actions")
        by_key: dict[tuple[object, ...], Record] = {}
        for rank, record in enumerate(entering):
            key = tuple(record.values.get(name, "") for name in table_named(record.table).key)
            first = by_key.setdefault((record.table, key or rank), record)
            if first is record or record.table in v.RESOLVED:
                continue
            if record.table == "participations":
                numbers = [same.values.get("nombre", "") for same in (first, record)]
                first.values["nombre"] = first.sum_of("nombre", numbers)
            else:
                same = record.values == first.values
                why = "déjà donnée à l'identique par une autre ligne" if same else "une autre ligne dit autre chose"
                record.lose(f"{why} (ligne {first.line.number})")
        for record in by_key.values():
            values, table = record.values, table_named(record.table)
            if record.table in v.RESOLVED:
                values |= kept.get(values[table.key[0]], {})
            if record.table == "actions" and record.line.table.kind == v.SESSION and not values.get("seances"):
                values["seances"] = str(times[values["id_action"]])  # no column counts them
            self.tables.setdefault(record.table, []).append(values)
            for column in (c for c in table.columns if c.required and not c.nullable and c.kind != "number"):
                if not values.get(column.name):
                    label = "l'année" if column.name == "annee" else v.target_of(table.name, column.name).short
                    self._tell(record, f"case que les données demandent, vide : {label}")


def _person(line: Line) -> Mention | None:
    said, place = line.said, line.place
    identifier = identifier_key(said.get("id_jeune", ""))
    name = name_key(*(said.get(part, "") for part in v.PERSON[1:]))
    if len(name_key(identifier).split()) > 1 and not any(map(str.isdigit, identifier)):
        identifier, name = "", name_key(identifier)  # a name in the place of a number
    words = " ".join(filter(None, (said.get(part, "") for part in v.PERSON)))
    mention = Mention(identifier, name, words, place, line.own("jeunes"), line.table.kind == "un jeune")
    return None if line.left or not (identifier or name) else mention


def _action(line: Line) -> Mention | None:
    own, place = line.own("actions"), line.place
    identifier, title = identifier_key(line.said.get("id_action", "")), name_key(own.get("libelle", ""))
    words = f"{own.get('libelle', '')} {own.get('annee', '')}"
    name = f"{title} {own.get('annee', '')}" if not identifier else ""
    mention = Mention(identifier, name, words, place, own, line.table.kind != v.SESSION)
    return None if line.left or not (identifier or title) else mention
