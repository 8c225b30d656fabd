"""Lines once read into tables: who is who, identifiers, rows of one key made one, what is lost and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence, Set

from rlpipeline.importing import vocabulary as v
from rlpipeline.importing.answers import Row
from rlpipeline.importing.lines import Emptied, Group, Read, Reading, Record, Values, Words
from rlpipeline.importing.people import Entity, Mention, Resolved
from rlpipeline.importing.pseudonyms import Pseudonyms, identifier_key, name_key
from rlpipeline.records.tables import table_named


class Filled:
    """What an import gives: every line read, who is who told, then rows written.

    ``tables`` are the rows to write, ``records`` the same before those of one key are joined, with those that are lost;
    ``emptied`` the cells that do not enter, ``lacking`` the required cells that stay empty, ``educators`` their names
    and codes.
    """

    def __init__(
        self, groups: Sequence[Group], words: Words, pseudonyms: Pseudonyms, forgotten: Set[str], people: Sequence[Row]
    ) -> None:
        self.pseudonyms, self.forgotten, self.people, self.service = pseudonyms, forgotten, people, words.service
        self.tables: dict[str, list[Values]] = {}
        self.records: list[Record] = []
        self.lacking: list[tuple[Record, str]] = []
        self.educators: Values = {}
        self.resolved: dict[str, Resolved] = {}
        self._suivis: Counter[tuple[str, ...]] = Counter()
        filling = [group for group in groups if v.KINDS[group.kind]]
        readings = [Reading(group, rank, words) for group in filling for rank in range(len(group.sources))]
        lines = [(read, reading) for reading in readings for read in reading.read()]
        persons, actions = self._resolve("jeunes", lines, _person), self._resolve("actions", lines, _action)
        for rank, (read, _) in enumerate(lines):
            self._write(read, persons.get(rank), actions.get(rank))
        self._join()
        self.emptied: list[Emptied] = [cell for reading in readings for cell in reading.emptied.values()]

    def _resolve(
        self, table: str, lines: Sequence[tuple[Read, Reading]], mention_of: Callable[[Read], Mention | None]
    ) -> dict[int, Entity | None]:
        mentions = {rank: mention for rank, (read, _) in enumerate(lines) if (mention := mention_of(read))}
        places = list(mentions)
        resolved = Resolved(table, list(mentions.values()), self.pseudonyms, self.service, self.people)
        self.resolved[table] = resolved
        for number, column in resolved.dropped:
            read, reading = lines[places[number]]
            word = mentions[places[number]].attributes[column]
            reason = "une autre valeur est gardée (feuille « Personnes et actions »)"
            for use in (use for use in reading.uses if use.target[:2] == (table, column)):
                reading.emptied[read.number, use.place] = Emptied(use, read, word, reason)
        return dict(zip(places, resolved.entities, strict=True))

    def _young(self, entity: Entity) -> str:
        """The pseudonym of a young person: of the identifier, or of the name and the birth."""
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

    def _write(self, read: Read, person: Entity | None, action: Entity | None) -> None:
        """Give identifiers to the rows of a line, and a pseudonym to its educator, or say why it is left."""
        if not read.records:
            read.records = [Record(v.KINDS[read.group.kind][0], read)]
            read.records[0].lose(read.left or "la ligne ne remplit aucune table", decided=bool(read.left))
        self.records += read.records
        entering = [record for record in read.records if not record.why]
        about = any("id_jeune" in table_named(record.table).column_names for record in entering)
        young = self._young(person) if person else ""
        known_as = {young, self.pseudonyms.young(person.key)} if person else set()
        forgotten = self.forgotten & {self.pseudonyms.digest(name) for name in known_as}
        said = any(read.person.get(name) for name in v.PERSON)
        nobody = "plusieurs jeunes portent ce nom" if said else "aucun jeune n'y est désigné"
        suivi = ""
        for record in entering:
            names, values = table_named(record.table).column_names, record.values
            if read.left or (about and (person is None or forgotten)):
                why = read.left or ("ce jeune a été effacé par « forget »" if forgotten else nobody)
                record.lose(why, decided=bool(read.left or forgotten))
                continue
            if "id_jeune" in names:
                values["id_jeune"] = young
            if values.get("educateur"):
                name, values["educateur"] = values["educateur"], self.pseudonyms.educator(values["educateur"])
                self.educators |= {name: values["educateur"]} if name != values["educateur"] else {}
            if "id_suivi" in names:
                suivi = values["id_suivi"] = self._suivi(record, suivi)
            if "id_action" in names:
                values["id_action"] = self._action(action) if action else ""
            if not values.get("id_suivi", "-"):
                record.lose("aucun suivi, ou plusieurs, sur la ligne")
            if not values.get("id_action", "-"):
                record.lose("aucune action n'y est nommée")

    def _suivi(self, record: Record, before: str) -> str:
        """The follow-up of a row; rows about a follow-up are of the only one of their line."""
        written = record.read.person.get("id_suivi", "")
        alone = sum(other.table == "suivis" for other in record.read.records if not other.why) < 2
        if written and alone:
            return self.pseudonyms.of("S", identifier_key(written))
        if record.table != "suivis":
            return before if alone else ""
        parts = tuple(record.values.get(name, "") for name in ("id_jeune", "statut", "date_debut"))
        self._suivis[parts] += 1
        return self.pseudonyms.of("S", *parts, *([str(self._suivis[parts])] if self._suivis[parts] > 1 else []))

    def _join(self) -> None:
        """Rows of one key made one: of a person, of an action, of its public; others of one key are told."""
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
                first.values["nombre"] = first.sum_of(
                    "nombre", [same.values.get("nombre", "") for same in (first, record)]
                )
            else:
                same = record.values == first.values
                why = "déjà donnée à l'identique par une autre ligne" if same else "une autre ligne dit autre chose"
                record.lose(f"{why} (ligne {first.read.number})")
        for record in by_key.values():
            values, table = record.values, table_named(record.table)
            if record.table in v.RESOLVED:
                values |= kept.get(values[table.key[0]], {})
            if record.table == "actions" and record.read.group.kind == v.SESSION and not values.get("seances"):
                values["seances"] = str(times[values["id_action"]])  # no column counts them
            self.tables.setdefault(record.table, []).append(values)
            required = (c.name for c in table.columns if c.required and not c.nullable and c.kind != "number")
            self.lacking += [(record, name) for name in required if not values.get(name)]


def _person(read: Read) -> Mention | None:
    said, place = read.person, f"{read.source.name}, ligne {read.number}"
    identifier = identifier_key(said.get("id_jeune", ""))
    name = name_key(*(said.get(part, "") for part in v.PERSON[1:]))
    if len(name_key(identifier).split()) > 1 and not any(map(str.isdigit, identifier)):
        identifier, name = "", name_key(identifier)  # a name in the place of a number
    words = " ".join(filter(None, (said.get(part, "") for part in v.PERSON)))
    mention = Mention(identifier, name, words, place, read.own("jeunes"), read.group.kind == "un jeune")
    return None if read.left or not (identifier or name) else mention


def _action(read: Read) -> Mention | None:
    own, place = read.own("actions"), f"{read.source.name}, ligne {read.number}"
    identifier, title = identifier_key(read.person.get("id_action", "")), name_key(own.get("libelle", ""))
    words = f"{own.get('libelle', '')} {own.get('annee', '')}"
    name = f"{title} {own.get('annee', '')}" if not identifier else ""
    mention = Mention(identifier, name, words, place, own, read.group.kind != v.SESSION)
    return None if read.left or not (identifier or title) else mention
