"""Lines once read into rows of the records: who is who, identifiers, rows of one key made one, what is lost and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field

from rlpipeline.importing.answers import Row
from rlpipeline.importing.lines import Emptied, Read, Reading, Record, Values, Words, added
from rlpipeline.importing.people import Entity, Mention, Resolving
from rlpipeline.importing.proposing import Group
from rlpipeline.importing.pseudonyms import Pseudonyms, identifier_key, name_key
from rlpipeline.importing.vocabulary import KINDS, SESSION
from rlpipeline.records.tables import table_named
from rlpipeline.settings.models import Service

NAMED_BY = ("id_jeune", "nom", "prenom", "nom_complet")
RESOLVED = ("jeunes", "actions")


@dataclass(frozen=True)
class Lost:
    """A row of the records that is not written, or a line that gives none, and why.

    Parameters
    ----------
    decided
        Whether the reason is an answer of the workbook; else a person has to read it.
    """

    record: Record
    reason: str
    decided: bool = False


@dataclass
class Filled:
    """What an import gives.

    Parameters
    ----------
    tables
        Table name to its rows, column to text.
    records
        The same rows before those of one key are joined.
    lost, emptied, lacking
        What did not enter, and required cells that stay empty.
    joined
        How many names and identifiers more than persons or actions.
    educators
        The names of educators that a pseudonym replaces.
    """

    tables: dict[str, list[Values]] = field(default_factory=dict)
    records: list[Record] = field(default_factory=list)
    lost: list[Lost] = field(default_factory=list)
    emptied: list[Emptied] = field(default_factory=list)
    lacking: list[tuple[Record, str]] = field(default_factory=list)
    joined: Counter[str] = field(default_factory=Counter)
    educators: Values = field(default_factory=dict)


class Filling:
    """All tables of an export into the records."""

    def __init__(
        self, service: Service, pseudonyms: Pseudonyms, forgotten: Set[str], words: Words, people: Sequence[Row]
    ) -> None:
        self.service, self.pseudonyms, self.forgotten, self.words = service, pseudonyms, forgotten, words
        self.asking = {table: Resolving(table, pseudonyms, service, people) for table in RESOLVED}
        self.known: dict[str, dict[Entity, Values]] = {}
        self.filled = Filled()
        self.suivis: Counter[tuple[str, ...]] = Counter()

    @property
    def questions(self) -> list[Row]:
        """The rows of « Personnes et actions »."""
        return [row for asking in self.asking.values() for row in asking.rows.values()]

    def fill(self, groups: Sequence[Group]) -> Filled:
        """Read every line, tell who is who, then write rows."""
        readings = [Reading(group, self.service, self.words) for group in groups if KINDS[group.kind]]
        read = [(line, reading) for reading in readings for line in reading.read()]
        persons = self._resolve("jeunes", read, _person)
        actions = self._resolve("actions", read, _action)
        for rank, (line, _) in enumerate(read):
            self._write(line, persons.get(rank), actions.get(rank))
        self._join({id(s) for group in groups if group.kind == SESSION for s in group.sources})
        self.filled.emptied = [cell for reading in readings for cell in reading.emptied]
        return self.filled

    def _resolve(
        self, table: str, read: Sequence[tuple[Read, Reading]], mention_of: Callable[[Read], Mention | None]
    ) -> dict[int, Entity | None]:
        mentions = {rank: mention for rank, (line, _) in enumerate(read) if (mention := mention_of(line))}
        resolved = self.asking[table].resolve(list(mentions.values()))
        self.known[table] = resolved.values
        self.filled.joined[table] = resolved.joined - resolved.split
        places = list(mentions)
        for number, column in resolved.dropped:
            line, reading = read[places[number]]
            for use in reading.uses(0):
                if (use.target.table, use.target.column) == (table, column) and use.place is not None:
                    word = mentions[places[number]].attributes[column]
                    reading.empty(use, line, word, "une autre valeur est gardée (feuille « Personnes et actions »)")
        return dict(zip(places, resolved.entities, strict=True))

    def _young(self, entity: Entity) -> str:
        """The pseudonym of a young person: of the identifier, or of the name and the birth."""
        apart = ["=".join(pair) for pair in entity.apart if pair[0] != "date_naissance"]
        birth = dict(entity.apart).get("date_naissance", "")
        if entity.named:
            return self.pseudonyms.of("J", entity.key, self.known["jeunes"][entity].get("date_naissance", ""), *apart)
        return self.pseudonyms.of("J", entity.key, birth, *apart) if entity.apart else self.pseudonyms.young(entity.key)

    def _action(self, entity: Entity) -> str:
        values = self.known["actions"][entity]
        apart = ["=".join(pair) for pair in entity.apart if pair[0] != "commune"]
        title = [values.get("annee", ""), name_key(values.get("libelle", "")), values.get("commune", "")]
        return self.pseudonyms.of("A", *(title if entity.named else [entity.key]), *apart)

    def _write(self, line: Read, person: Entity | None, action: Entity | None) -> None:
        names = {name for part in line.parts for name in table_named(part.table).column_names}
        young = self._young(person) if person else ""
        known_as = {young, self.pseudonyms.young(person.key)} if person else set()
        if line.left:
            self._lose(line, line.left, decided=True)
        elif not line.parts and not line.blank:
            self._lose(line, "la ligne ne remplit aucune table")
        elif "id_jeune" in names and person is None:
            said = any(line.person.get(name) for name in NAMED_BY)
            self._lose(line, "plusieurs jeunes portent ce nom" if said else "aucun jeune n'y est désigné")
        elif "id_jeune" in names and self.forgotten & {self.pseudonyms.digest(name) for name in known_as}:
            self._lose(line, "ce jeune a été effacé par « forget »", decided=True)
        else:
            for record in line.blank:
                self.filled.lost.append(Lost(record, "sa seule case remplie est laissée vide", decided=True))
            self._identify(line, young, self._action(action) if action else "")

    def _identify(self, line: Read, young: str, action: str) -> None:
        """Give identifiers to the rows of a line, and a pseudonym to its educator."""
        suivi = ""
        for record in line.parts:
            names, values = table_named(record.table).column_names, record.values
            given = {"id_jeune": young, "id_action": action}
            values |= {name: given[name] for name in given if name in names}
            if values.get("educateur"):
                code = self.pseudonyms.educator(values["educateur"])
                if code != values["educateur"]:
                    self.filled.educators[values["educateur"]] = code
                values["educateur"] = code
            if "id_suivi" in names:
                suivi = values["id_suivi"] = self._suivi(record, line, suivi)
            if "id_suivi" in names and not suivi:
                self.filled.lost.append(Lost(record, "aucun suivi, ou plusieurs, sur la ligne"))
            elif "id_action" in names and not action:
                self.filled.lost.append(Lost(record, "aucune action n'y est nommée"))
            else:
                self.filled.records.append(record)

    def _suivi(self, record: Record, line: Read, before: str) -> str:
        """The follow-up of a row; rows about a follow-up are of the only one of their line."""
        written = line.person.get("id_suivi", "")
        alone = sum(other.table == "suivis" for other in line.parts) < 2
        if written and alone:
            return self.pseudonyms.of("S", identifier_key(written))
        if record.table != "suivis":
            return before if alone else ""
        parts = tuple(record.values.get(name, "") for name in ("id_jeune", "statut", "date_debut"))
        self.suivis[parts] += 1
        more = (str(self.suivis[parts]),) if self.suivis[parts] > 1 else ()
        return self.pseudonyms.of("S", *parts, *more)

    def _lose(self, line: Read, reason: str, decided: bool = False) -> None:
        nothing = Record(KINDS[line.group.kind][0], {}, line.source, line.line.number)
        for record in (*line.parts, *line.blank) or (nothing,):
            self.filled.lost.append(Lost(record, reason, decided))

    def _join(self, sessions: Set[int]) -> None:
        """Rows of one key made one: of a person, of an action, of its public; others of one key are told."""
        kept = {self._young(entity): values for entity, values in self.known["jeunes"].items()}
        kept |= {self._action(entity): values for entity, values in self.known["actions"].items()}
        lines = Counter(record.values["id_action"] for record in self.filled.records if record.table == "actions")
        by_key: dict[tuple[object, ...], Record] = {}
        for rank, record in enumerate(self.filled.records):
            table = table_named(record.table)
            key = (record.table, *(record.values.get(name, "") for name in table.key), *([] if table.key else [rank]))
            first = by_key.setdefault(key, record)
            if first is record or record.table in RESOLVED:
                continue
            if record.table == "participations":
                first.values["nombre"] = added(first.values.get("nombre", ""), record.values.get("nombre", ""))
            else:
                same = record.values == first.values
                why = "déjà donnée à l'identique par une autre ligne" if same else "une autre ligne dit autre chose"
                self.filled.lost.append(Lost(record, f"{why} (ligne {first.line})"))
        for record in by_key.values():
            values, table = record.values, table_named(record.table)
            if record.table in RESOLVED:
                values |= kept.get(values["id_jeune" if record.table == "jeunes" else "id_action"], {})
            if record.table == "actions" and id(record.source) in sessions and not values.get("seances"):
                values["seances"] = str(lines[values["id_action"]])  # no column counts them
            self.filled.tables.setdefault(record.table, []).append(values)
            required = (c.name for c in table.columns if c.required and not c.nullable and c.kind != "number")
            self.filled.lacking += [(record, name) for name in required if not values.get(name)]


def _person(read: Read) -> Mention | None:
    said = read.person
    identifier = identifier_key(said.get("id_jeune", ""))
    name = name_key(*(said.get(part, "") for part in NAMED_BY[1:]))
    if len(name_key(identifier).split()) > 1 and not any(map(str.isdigit, identifier)):
        identifier, name = "", name_key(identifier)  # a name in the place of a number
    if read.left or not (identifier or name):
        return None
    shown = " ".join(filter(None, (said.get(part, "") for part in NAMED_BY)))
    return Mention(identifier, name, shown, read.place, _own(read, "jeunes"), read.group.kind == "un jeune")


def _action(read: Read) -> Mention | None:
    own = _own(read, "actions")
    identifier, title = identifier_key(read.person.get("id_action", "")), name_key(own.get("libelle", ""))
    if read.left or not (identifier or title):
        return None
    name = f"{title} {own.get('annee', '')}" if not identifier else ""
    shown = f"{own.get('libelle', '')} {own.get('annee', '')}"
    return Mention(identifier, name, shown, read.place, own, read.group.kind != SESSION)


def _own(read: Read, table: str) -> Mapping[str, str]:
    return next((dict(part.values) for part in read.parts if part.table == table), {})
