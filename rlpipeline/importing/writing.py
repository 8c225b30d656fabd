"""Rows written: keys in the place of names, rows that are one joined, what is lost named."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field

from rlpipeline.importing import FRENCH
from rlpipeline.importing.answers import PersonRow
from rlpipeline.importing.people import (
    Entity,
    Identities,
    Mention,
    Pseudonyms,
    identify,
    name_key,
    title_of,
)
from rlpipeline.importing.reading import COLUMNS_OF, Line, Read, Record, Remark, emptied_cell
from rlpipeline.importing.vocabulary import (
    PERSON,
    REPEATED,
    RESOLVED,
    SESSION,
    TARGET_OF,
    Codes,
    identifier_key,
)
from rlpipeline.records.names import words_in
from rlpipeline.records.reading import NOT_COMMUNICATED
from rlpipeline.records.tables import Column, table_named
from rlpipeline.records.tabular import text_of

NC = NOT_COMMUNICATED.upper()
Values = dict[str, str]


@dataclass(eq=False)
class Entry:
    """A row on its way to a table, and why it does not enter; empty as long as it does."""

    record: Record
    values: Values
    why: str

    @property
    def table(self) -> str:
        """The table that it is for."""
        return self.record.table

    @property
    def line(self) -> Line:
        """The line that gives it."""
        return self.record.line


@dataclass(frozen=True)
class Written:
    """What an import gives.

    Attributes
    ----------
    tables, places
        Table to its rows, and to where each is in the export.
    entries
        Every row that lines give, those that do not enter too.
    partial
        What is known of sums that are not known whole, by table and column.
    remarks
        What does not enter as it is.
    educators
        Name to code.
    identities
        Whom lines name, by table.
    """

    tables: Mapping[str, Sequence[Values]]
    places: Mapping[str, Sequence[str]]
    entries: Sequence[Entry]
    partial: Mapping[tuple[str, str], float]
    remarks: Sequence[Remark]
    educators: Mapping[str, str]
    identities: Mapping[str, Identities]

    @property
    def questions(self) -> list[PersonRow]:
        """What is asked about persons and actions."""
        return [row for identities in self.identities.values() for row in identities.questions]


def write(
    found: Read,
    pseudonyms: Pseudonyms,
    codes: Codes,
    answered: Sequence[PersonRow],
    forgotten: Set[str],
) -> Written:
    """Make the rows of the tables of lines; ``forgotten`` are digests of who is not to come in."""
    identities: dict[str, Identities] = {}
    for name in RESOLVED:
        named = (line.mentions.get(name) for line in found.lines if not line.left)
        mentions = [mention for mention in named if mention]
        identities[name] = identify(name, mentions, pseudonyms, codes, answered)
    writer = _RowWriter(pseudonyms, forgotten, identities, [*found.remarks])
    writer.emptied = dict.fromkeys(found.emptied)
    for line in found.lines:
        writer.write_line(line)
    educators = writer.educators_named()
    named_educators = [mention for _, mention in educators]
    identities["educateurs"] = identify("educateurs", named_educators, pseudonyms, codes, answered)
    _refuse_unknown(answered)
    codes_of_educators = writer.name_educators(educators)
    rows = writer.rows()
    tables = {name: [entry.values for entry in entries] for name, entries in rows.items()}
    places = {name: [entry.line.place for entry in entries] for name, entries in rows.items()}
    remarks = [*writer.remarks, *writer.emptied]
    entries, partial = writer.entries, writer.partial
    return Written(tables, places, entries, partial, remarks, codes_of_educators, identities)


def _refuse_unknown(answered: Iterable[PersonRow]) -> None:
    """DataError for a line that a person added about names that no file has."""
    unknown = next((row for row in answered if row.who and not row.digest), None)
    if unknown:
        raise unknown.refusal("who", "autres noms")


@dataclass
class _RowWriter:
    """Rows being written; ``kept`` is what is kept of each young person and action, by key."""

    pseudonyms: Pseudonyms
    forgotten: Set[str]
    identities: Mapping[str, Identities]
    remarks: list[Remark]
    emptied: dict[Remark, None] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    partial: dict[tuple[str, str], float] = field(default_factory=lambda: defaultdict(float))
    kept: dict[str, Mapping[str, str]] = field(default_factory=dict)
    times: Counter[object] = field(default_factory=Counter)

    def remark(self, entry: Entry, what: str, like: str = "", detail: str = "") -> None:
        """Say something of a row that enters."""
        self.remarks.append(Remark(entry.table, what, entry.line.place + like, True, detail))

    def lose(self, entry: Entry, why: str, is_decided: bool = False, like: str = "") -> None:
        """Have a row not enter."""
        entry.why = why
        place = entry.line.place + like
        self.remarks.append(Remark(entry.table, f"n'entre pas : {why}", place, not is_decided))

    # Lines, with the keys of whom they name.

    def write_line(self, line: Line) -> None:
        """Give keys to the rows of a line, or say why they do not enter."""
        young, action = self._key(line, "jeunes"), self._key(line, "actions")
        left = line.left or self._reason_left(line, young)
        if not line.records:
            why = left or "la ligne ne remplit aucune table"
            what = f"n'entre pas : {why}"
            self.remarks.append(Remark(line.table.about, what, line.place, not left))
        entries = [Entry(record, dict(record.values), record.why) for record in line.records]
        self.entries += entries
        entering = [entry for entry in entries if not entry.why]
        why = left or self._reason_unnamed(line, young, entering)
        keys = {"id_jeune": young, "id_action": action}
        for entry in entering:
            if why:
                self.lose(entry, why, bool(left))
        if not why:
            self._give_keys(entering, keys)

    def _reason_left(self, line: Line, young: str) -> str:
        """Why a line is left out for whom it names; says a name that is twice in a list."""
        who = None
        if young:
            who = self.identities["jeunes"].entities.get(line.mentions["jeunes"])
        if who is None:
            return ""
        digests = {self.pseudonyms.digest(key) for key in (young, self.pseudonyms.young(who.key))}
        if self.forgotten & digests:
            return "ce jeune a été effacé par « forget »"
        if who.named:
            self._remark_twice(line, who)
        return ""

    def _reason_unnamed(self, line: Line, young: str, entering: Iterable[Entry]) -> str:
        """Why rows about a young person cannot be written; empty where they can."""
        if young or not any("id_jeune" in COLUMNS_OF[entry.table] for entry in entering):
            return ""
        is_named = any(line.about.get(name) for name in PERSON)
        if is_named:
            return "plusieurs jeunes portent ce nom"
        return "aucun jeune n'y est désigné"

    def _give_keys(self, entering: Sequence[Entry], keys: Mapping[str, str]) -> None:
        suivi = ""
        alone = sum(entry.table == "suivis" for entry in entering) < 2
        for entry in entering:
            columns, values = COLUMNS_OF[entry.table], entry.values
            if "id_jeune" in columns:
                values["id_jeune"] = keys["id_jeune"]
            if "id_suivi" in columns:
                suivi = values["id_suivi"] = self._suivi(entry, suivi, alone)
                if not suivi:
                    self.lose(entry, "aucun suivi, ou plusieurs, sur la ligne")
            if "id_action" in columns:
                values["id_action"] = keys["id_action"]
                if not keys["id_action"]:
                    self.lose(entry, "aucune action n'y est nommée")
        self._remark_same_days(entering)

    def _remark_same_days(self, entering: Iterable[Entry]) -> None:
        """Say that the follow-ups of a line share their days."""
        suivis = [entry for entry in entering if entry.table == REPEATED]
        days = {entry.values.get("date_debut", "") for entry in suivis}
        if len(suivis) > 1 and len(days) == 1:
            self.remark(suivis[0], FRENCH["mêmes dates"])

    def _remark_twice(self, line: Line, who: Entity) -> None:
        """Say that a list names somebody twice, on the same day where it is one of meetings."""
        days: list[object] = [()]
        if line.table.about not in ("jeunes", REPEATED):
            meetings = (record for record in line.records if record.table == "presences")
            days = [tuple(sorted(record.values.items())) for record in meetings]
        for day in days:
            key = who, line.table, day
            self.times[key] += 1
            if self.times[key] > 1:
                self.remarks.append(Remark("jeunes", FRENCH["deux fois"], line.place))

    def _key(self, line: Line, table: str) -> str:
        """The key of whom or what a line names; empty where that is nobody for sure."""
        mention, identities = line.mentions.get(table), self.identities[table]
        if mention is None or line.left:
            return ""
        for use in line.table.uses:
            if use.target.table == table and use.target.column in identities.dropped.get(
                mention, ()
            ):
                text = mention.attributes[use.target.column]
                reason = f"une autre valeur est gardée (feuille « {PersonRow.title} »)"
                self.emptied[emptied_cell(line, use, text, reason)] = None
        entity = identities.entities.get(mention)
        if entity is None:
            return ""
        values = identities.values.get(entity, {})
        key = self._young(entity, values) if table == "jeunes" else self._action(entity, values)
        self.kept[key] = values
        return key

    def _young(self, entity: Entity, values: Mapping[str, str]) -> str:
        if not entity.named and not entity.apart:
            return self.pseudonyms.young(entity.key)
        born = (values if entity.named else dict(entity.apart)).get("date_naissance", "")
        apart = ["=".join(pair) for pair in entity.apart if pair[0] != "date_naissance"]
        return self.pseudonyms.of("J", entity.key, born, *apart)

    def _action(self, entity: Entity, values: Mapping[str, str]) -> str:
        parts = [entity.key]
        if entity.named:
            title = name_key(values.get("libelle", ""))
            parts = [values.get("annee", ""), title, values.get("commune", "")]
        apart = ["=".join(pair) for pair in entity.apart if pair[0] != "commune"]
        return self.pseudonyms.of("A", *parts, *apart)

    def _suivi(self, entry: Entry, before: str, is_alone: bool) -> str:
        """The key of a follow-up: by its number, else by whose it is, what and since when."""
        written = entry.line.about.get("id_suivi", "")
        if written and is_alone:
            return self.pseudonyms.of("S", identifier_key(written))
        if entry.table != "suivis":
            if is_alone:
                return before
            return ""
        values = entry.values
        parts = [values.get(name, "") for name in ("id_jeune", "statut", "date_debut")]
        # Another line that says the same is about the same follow-up.
        key = (*parts, entry.line.key)
        self.times[key] += 1
        rank = self.times[key]
        return self.pseudonyms.of("S", *parts, *([str(rank)] if rank > 1 else []))

    # Educators.

    def educators_named(self) -> list[tuple[Entry, Mention]]:
        """The rows that enter and name an educator."""
        named = []
        for entry in self.entries:
            name = entry.values.get("educateur")
            if name and not entry.why:
                is_code = self.pseudonyms.educator(name) == name
                key = name.casefold() if is_code else name_key(name)
                title = {"civilité": title_of(name)}
                named.append((entry, Mention("", key, name, entry.line.place, title)))
        return named

    def name_educators(self, named: Sequence[tuple[Entry, Mention]]) -> Values:
        """Put codes in the place of names; name to code."""
        entities = self.identities["educateurs"].entities
        spelt = {mention.name: mention.shown for _, mention in reversed(named)}
        found = {}
        for entry, mention in named:
            name, entity = mention.shown, entities.get(mention)
            code = ""
            if entity:
                code = self.pseudonyms.educator(spelt[entity.key])
            if code != name and (re.search(r"[/;&+\n]", name) or "et" in words_in(name)):
                self.remark(entry, FRENCH["éducateurs"], detail=f"« {name} »")
            if entity is None:
                what = "case vidée, éducateur : plusieurs ont ce nom"
                self.remark(entry, what, detail=f"« {name} »")
            elif entity.apart:
                code = self.pseudonyms.of("EDU", entity.key, *map("=".join, entity.apart))
            entry.values["educateur"] = code
            if name != code:
                found[name] = code
        return found

    # Tables.

    def rows(self) -> Mapping[str, Sequence[Entry]]:
        """The rows of each table, those that are one joined."""
        self._lose_orphans()
        entering = [entry for entry in self.entries if not entry.why]
        sessions = Counter(
            entry.values["id_action"] for entry in entering if entry.table == "actions"
        )
        self._remark_copies(entering)
        first_of: dict[tuple[object, ...], Entry] = {}
        for rank, entry in enumerate(entering):
            key = tuple(entry.values.get(name, "") for name in table_named(entry.table).key)
            first = first_of.setdefault((entry.table, key or rank), entry)
            if first is not entry and entry.table != "jeunes":
                self._join(first, entry)
        found: dict[str, list[Entry]] = defaultdict(list)
        for entry in first_of.values():
            self._complete(entry, sessions)
            found[entry.table].append(entry)
        return dict(found)

    def _lose_orphans(self) -> None:
        """Have rows not enter about whom, or what, no row describes, where others are described."""
        for key, described in (("id_jeune", "jeunes"), ("id_suivi", REPEATED)):
            entering = [entry for entry in self.entries if not entry.why]
            known = {entry.values[key] for entry in entering if entry.table == described}
            others = []
            if known:
                others = [entry for entry in entering if entry.table != described]
            for entry in others:
                if key in COLUMNS_OF[entry.table] and entry.values[key] not in known:
                    self.lose(entry, FRENCH["sans fiche"])

    def _remark_copies(self, entering: Iterable[Entry]) -> None:
        """Say that one and the same row is given twice."""
        first_of: dict[tuple[object, ...], Entry] = {}
        for entry in entering:
            if table_named(entry.table).key:
                continue
            first = first_of.setdefault((entry.table, *sorted(entry.values.items())), entry)
            like = f" et {first.line.place}"
            if first.line.table is not entry.line.table:
                self.remark(entry, FRENCH["deux tableaux"], like=like)
            elif first is not entry:
                place = entry.line.place + like
                self.remarks.append(Remark(entry.table, FRENCH["même tableau"], place, False))

    def _join(self, first: Entry, entry: Entry) -> None:
        """Join a row to another of the same key: numbers added up, else what each leaves empty."""
        is_session = entry.line.table.kind == SESSION
        if entry.table == "participations" or (entry.table == "actions" and is_session):
            self._add(first, entry, "seances" if entry.table == "actions" else "nombre")
        if entry.table in ("actions", "participations"):
            return
        values = {column: value for column, value in entry.values.items() if value}
        kept = first.values
        differs = any(kept.get(column) not in ("", None, value) for column, value in values.items())
        why = "une autre ligne la donne déjà"
        if differs:
            why = "une autre ligne dit autre chose"
        if not differs:
            kept |= values
        self.lose(entry, why, like=f" (comme la ligne {first.line.number})")

    def _add(self, first: Entry, entry: Entry, column: str) -> None:
        """Add up a number of two rows; what is not known whole is not known."""
        numbers = [row.values.get(column, "") for row in (first, entry)]
        known = [float(number) for number in numbers if number not in ("", NC)]
        if len(known) == len(numbers):
            first.values[column] = text_of(round(sum(known), 4)) or ""
            return
        first.values[column] = NC if known or NC in numbers else ""
        if known:
            self.partial[entry.table, column] += sum(known)
            short = TARGET_OF[entry.table, column].short
            self.remark(entry, f"somme laissée NC : {short}, {FRENCH['moitié']}")

    def _complete(self, entry: Entry, sessions: Mapping[str, int]) -> None:
        """Say what is kept of whom a row is about, and which cells that records need are empty."""
        values, table = entry.values, table_named(entry.table)
        if entry.table in RESOLVED:
            values |= self.kept.get(values[table.key[0]], {})
        if entry.table == "actions" and _counts_sessions(entry.line):
            values["seances"] = str(sessions[values["id_action"]])
        if values.get("motif_cloture") and not values.get("date_fin"):
            self.remarks.append(Remark(entry.table, FRENCH["motif seul"], entry.line.place, False))
        for column in table.columns:
            if _is_needed(column) and not values.get(column.name):
                self.remark(entry, _missing(entry.table, column))


def _counts_sessions(line: Line) -> bool:
    """Whether a line is a session, and no column says how many there were."""
    targets = [use.target.place for use in line.table.uses]
    return line.table.kind == SESSION and ("actions", "seances") not in targets


def _is_needed(column: Column) -> bool:
    return column.required and not column.nullable and column.kind != "number"


def _missing(table: str, column: Column) -> str:
    """That a cell which the records need is empty."""
    everywhere = ""
    if column.kind == "code":
        everywhere = FRENCH["partout"]
    is_year = column.name == "annee"
    label = "l'année" if is_year else TARGET_OF[table, column.name].short
    return f"case que les données demandent, vide : {label}{everywhere}"
