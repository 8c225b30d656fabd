"""Lines into tables, by what the workbook answers: cells read, rows made of them, who is who, what does not enter."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

from rlpipeline.characters import unaccented
from rlpipeline.importing import FRENCH
from rlpipeline.importing import answers as a
from rlpipeline.importing import vocabulary as v
from rlpipeline.importing.answers import Answers, Row
from rlpipeline.importing.people import (
    Entity,
    Mention,
    Pseudonyms,
    Resolved,
    identifier_key,
    name_key,
    title_of,
)
from rlpipeline.importing.tables import Table, Use
from rlpipeline.records.communes import by_code
from rlpipeline.records.names import words_in
from rlpipeline.records.reading import NOT_COMMUNICATED
from rlpipeline.records.tables import OUTSIDE, TABLES, table_named
from rlpipeline.records.tabular import text_of
from rlpipeline.settings.models import Service

_NAMES = {table.name: table.column_names for table in TABLES}
NC = NOT_COMMUNICATED.upper()
PLACED = {table.name for table in TABLES if "commune" in table.column_names} - {"situations"}
"""Tables whose commune may be the same for every line of an export; that of a year's situation is only an exception."""
COUNTED = ("participations", "financements")
"""Tables of which a row whose number is empty says that it is not known; time that nobody notes is no time."""
Values = dict[str, str]


class Cell(NamedTuple):
    """A cell that goes somewhere, its text, and what the answers make of it; empty where it says nothing."""

    use: Use
    cell: object
    word: str
    value: str


@dataclass
class Record:
    """A row that a line may give to a table, ``why`` it is not written; its number is ``unknown`` where its cells are
    empty and that is not nothing."""

    table: str
    line: "Line"
    own: Sequence[Cell]
    common: Sequence[Cell]
    said: Values
    values: Values = field(default_factory=dict)
    why: str = ""
    unknown: bool = False

    def said_by(self, cells: Sequence[Cell], header: Values) -> Values:
        """What cells say by column, beside what a header does; DataError where two of them differ."""
        values = dict(header)
        for use, _, _, value in (cell for cell in cells if cell.use.target.kind != "tick"):
            before = values.get(use.target.column, "")
            if before and value and before != value:
                raise use.row.refusal(a.TARGET, "deux colonnes", ligne=self.line.number)
            values[use.target.column] = value or before
        return values


@dataclass
class Line:
    """A line of a table, once for each person whom it names: ``parts`` are the rows that it may give, that of the line
    itself first, ``records`` those that are filled, ``mentions`` who it names, by table; ``left`` why it is left out,
    ``key`` which line it is."""

    table: Table
    number: int
    key: tuple[int, int]
    place: str
    year: int | None
    uses: Sequence[Use]
    said: Values = field(default_factory=dict)
    parts: list[Record] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    mentions: dict[str, Mention] = field(default_factory=dict)
    left: str = ""

    def name(self) -> None:
        """Say which young person and which action it names."""
        own = {
            record.table: dict(record.values) for record in reversed(self.records) if not record.why
        }
        words = [self.said.get(part, "") for part in v.PERSON]
        identifier, name = identifier_key(words[0]), name_key(*words[1:])
        if len(name_key(identifier).split()) > 1 and not any(map(str.isdigit, identifier)):
            identifier, name = "", name_key(identifier)  # a name in the place of a number
        if identifier or name:
            shown = " ".join(filter(None, words))
            self.mentions["jeunes"] = Mention(
                identifier, name, shown, self.place, own.get("jeunes", {})
            )
        action = own.get("actions", {}) | (
            {"seances": ""} if self.table.kind == v.SESSION else {}
        )  # they are added up
        title, year = action.get("libelle", ""), action.get("annee", "")
        identifier, name = identifier_key(self.said.get("id_action", "")), name_key(title)
        if identifier or name:
            named = "" if identifier else f"{name} {year}"
            self.mentions["actions"] = Mention(
                identifier, named, f"{title} {year}", self.place, action
            )


class Told(NamedTuple):
    """What a person is told of a row or of a cell that does not enter as it is, and whether she is to read it."""

    table: str
    what: str
    place: str
    ask: bool = True


class Filled:
    """What an import gives: every line read, who is who told, then rows written. ``words`` are the rows of « Mots »,
    ``tables`` the rows to write, ``records`` the same with those that are lost, ``partial`` what is known of sums that
    are not known whole, ``told`` what is to be known."""

    def __init__(
        self,
        tables: Sequence[Table],
        service: Service,
        key: bytes,
        forgotten: Set[str],
        former: Answers,
    ) -> None:
        self.service, self.pseudonyms, self.forgotten = service, Pseudonyms(key), forgotten
        self.people, self.words = former[a.PEOPLE], dict[tuple[str, str], Row]()
        self.tables: dict[str, list[Values]] = {}
        self.told: list[Told] = []
        self.partial: dict[tuple[str, str], float] = defaultdict(float)
        self.educators: Values = {}
        self.resolved: dict[str, Resolved] = {}
        self._answered = {(row[a.TARGET], unaccented(row[a.WORD])): row for row in former[a.WORDS]}
        self._times: Counter[object] = Counter()
        self._kept: dict[str, Values] = {}
        self.code = cache(lambda target, answer: v.code_of(answer, target, service))
        self._emptied: dict[Told, None] = {}
        self.lines = [line for table in tables if v.KINDS[table.kind] for line in self._read(table)]
        for name in v.RESOLVED:
            self._resolve(
                name,
                [
                    line.mentions[name]
                    for line in self.lines
                    if name in line.mentions and not line.left
                ],
            )
        for line in self.lines:
            self._write(line)
        self.records = [record for line in self.lines for record in line.records]
        self._name_educators()
        self._join()
        self.told += self._emptied

    def _tell(self, record: Record, what: str, like: str = "") -> None:
        self.told.append(Told(record.table, what, record.line.place + like))

    def _lose(self, record: Record, why: str, decided: bool = False, like: str = "") -> None:
        record.why = why
        self.told.append(
            Told(record.table, f"n'entre pas : {why}", record.line.place + like, not decided)
        )

    def _empty(self, line: Line, use: Use, word: str, reason: str) -> None:
        what = f"case vidée, {use.target.short} : « {word} », {reason}"
        self._emptied[Told(use.target.table, what, line.table.cell(use, line.number), False)] = None

    # Cells read.

    def _read(self, table: Table) -> Iterator[Line]:
        uses, communes = table.uses(), self._communes(table)
        uses.sort(
            key=lambda use: use.target[:2] != (v.OF_LINE, "annee")
        )  # days may be written without theirs
        for number, row in table.read_lines(uses):
            line = Line(
                table, number, (id(table), number), f"{table.name} ligne {number}", table.year, uses
            )
            slots: dict[tuple[str, object], list[Cell]] = defaultdict(list)
            for use in uses:
                for rest, cell in enumerate(
                    use.parts(row[use.place]) if use.slot == use.place else [row[use.place]]
                ):
                    value = self._value(use, cell, line)
                    if use.target[:2] == (v.OF_LINE, "annee") and value:
                        line.year = int(value)
                    slot = "common" if use.common else (use.slot, rest)
                    slots[use.target.table, slot].append(Cell(use, cell, v.text(cell), value))
            for name in (v.OF_LINE, *v.KINDS[table.kind]):
                common = slots.pop((name, "common"), [])
                for own in [cells for (of, _), cells in slots.items() if of == name]:
                    line.parts.append(Record(name, line, own, common, dict(own[0].use.said.values)))
                    self._fill(line.parts[-1], communes.get(name, ""))
            line.name()
            yield line

    def _fill(self, record: Record, commune: str) -> None:
        line, own = record.line, record.said_by(record.own, {})
        if record.table == v.OF_LINE:
            line.said = own
            return
        filled = [cell for cell in record.own if cell.word]
        ticked = any(cell.use.target.kind == "tick" and cell.value == "oui" for cell in filled)
        numbers = [cell for cell in record.own if cell.use.target.kind == "number"]
        noted = any(cell.word or cell.use.row[a.EMPTY] == a.NOTED for cell in numbers)
        read = any(own.get(cell.use.target.column) for cell in filled)
        about = line.records or any(cell.word for cell in record.common)
        record.unknown = bool(record.table in COUNTED and noted and not read and about)
        if not (ticked or record.unknown) and all(
            cell.use.target.kind == "tick" for cell in filled
        ):
            return
        kept = {column: value for column, value in own.items() if value}
        record.values = {**record.said_by(record.common, record.said), **kept}
        if not (ticked or record.unknown or read):
            self._lose(record, "sa seule case remplie est laissée vide", decided=True)
        if commune:
            record.values.setdefault("commune", commune)
        if "annee" in _NAMES[record.table] and not record.values.get("annee"):
            record.values["annee"] = str(line.year or "")
        line.records.append(record)

    def _communes(self, table: Table) -> Mapping[str, str]:
        taken = {row[a.TARGET] for row, _ in table.columns}
        targets = (
            v.TARGET_OF[name, "commune"]
            for name in v.KINDS[table.kind]
            if name in PLACED and table.commune
        )
        left = (target for target in targets if target.label not in taken)
        codes = {target.table: self.code(target, table.commune) or "" for target in left}
        if "" in codes.values():
            raise table.row.refusal(a.COMMUNE, "commune")
        return codes

    def _value(self, use: Use, cell: object, line: Line) -> str:
        word, (table, _, _, _, kind, asked, _) = v.text(cell), use.target
        about = table == v.KINDS[line.table.kind][0] and (
            table != "jeunes" or line.table.kind == "un jeune"
        )
        asks = about and asked and kind in v.CODED and use.row[a.EMPTY] and use.said == v.Said()
        if (
            not word and not asks
        ):  # an empty cell is a word where the line is about a table that needs it
            return "0" if use.row[a.EMPTY] == a.ZERO and kind == "number" else ""
        value = use.value_of(cell, line.year)
        if value is not None:
            return value
        row = self._word(use, word or a.EMPTY_CELL, line.table.cell(use, line.number))
        if row.says(a.MEANING, a.LEAVE_LINE):
            line.left = f"écartée : « {word or a.EMPTY_CELL} » ({use.target.label})"
        elif word and row.says(a.MEANING, a.BLANK):
            self._empty(line, use, word, "laissée vide par votre réponse (feuille « Mots »)")
        if row.says(a.MEANING, "", a.BLANK, a.LEAVE_LINE):
            return ""
        if kind == "date" and v.BARE_DAY.fullmatch(word):
            raise row.refusal(a.MEANING, "jour seul", mot=word)
        answer = row[a.MEANING]
        value = (
            self.code(use.target, answer) if kind in v.CODED else use.value_of(answer, line.year)
        )
        if value is None:
            raise row.refusal(a.MEANING, "réponse", liste=self._listed(use))
        return value

    def _word(self, use: Use, word: str, place: str) -> Row:
        target, key = use.target, (use.target.label, unaccented(word))
        self._times[key] += 1
        if key not in self.words:
            told, former = (
                {a.TARGET: target.label, a.WORD: word, a.PLACE: place},
                self._answered.get(key),
            )
            code = self.code(target, word) if target.kind in v.CODED else None
            far = target.kind == "commune" and code not in (*self.service.commune_codes, OUTSIDE)
            if former:
                told |= {name: former[name] for name in (a.MEANING, a.PROPOSED)}
            elif code and not (
                far and (word.isdigit() or by_code()[code].departement != self.service.departement)
            ):
                meant = v.word_of(code, target, self.service)  # that others bear too: none of them
                told[a.MEANING] = told[a.PROPOSED] = (
                    meant if self.code(target, meant) == code else code
                )
            if target.kind not in v.CODED:
                bare = target.kind == "date" and v.BARE_DAY.fullmatch(word)
                unread = "durée illisible" if target.column == "heures" else "mot illisible"
                told[a.KNOW] = FRENCH["jour seul" if bare else unread]
            elif not told.get(a.MEANING):
                told[a.KNOW] = f"{FRENCH['choix']} : {self._listed(use)}"
            self.words[key] = Row(a.WORDS, told, former.line if former else 0)
            self.words[key].want(a.MEANING)
        self.words[key].cells[a.TIMES] = str(self._times[key])
        return self.words[key]

    def _listed(self, use: Use) -> str:
        return a.shown(list(v.words_for(use.target, self.service).values()))

    # Who is who, then keys.

    def _resolve(self, table: str, mentions: Sequence[Mention]) -> None:
        self.resolved[table] = Resolved(table, mentions, self.pseudonyms, self.service, self.people)

    def _code(self, line: Line, table: str) -> str:
        mention = line.mentions.get(table)
        if mention is None or line.left:
            return ""
        for use in (
            use
            for use in line.uses
            if use.target.table == table and use.target.column in mention.dropped
        ):
            word, reason = mention.attributes[use.target.column], "une autre valeur est gardée"
            self._empty(line, use, word, f"{reason} (feuille « {a.PEOPLE} »)")
        if mention.entity is None:
            return ""
        values = self.resolved[table].values[mention.entity]
        code = (self._young if table == "jeunes" else self._action)(mention.entity, values)
        self._kept[code] = values
        return code

    def _tell_twice(self, line: Line, entity: Entity) -> None:
        days = [
            tuple(sorted(part.values.items())) for part in line.records if part.table == "presences"
        ]
        for day in [()] if v.KINDS[line.table.kind][0] in ("jeunes", v.REPEATED) else days:
            self._times[entity, line.key[0], day] += 1
            if self._times[entity, line.key[0], day] > 1:
                self.told.append(Told("jeunes", FRENCH["deux fois"], line.place))

    def _young(self, entity: Entity, values: Values) -> str:
        apart = ["=".join(pair) for pair in entity.apart if pair[0] != "date_naissance"]
        if entity.named or entity.apart:
            known = values if entity.named else dict(entity.apart)
            return self.pseudonyms.of("J", entity.key, known.get("date_naissance", ""), *apart)
        return self.pseudonyms.young(entity.key)

    def _action(self, entity: Entity, values: Values) -> str:
        apart = ["=".join(pair) for pair in entity.apart if pair[0] != "commune"]
        title = [
            values.get("annee", ""),
            name_key(values.get("libelle", "")),
            values.get("commune", ""),
        ]
        return self.pseudonyms.of("A", *(title if entity.named else [entity.key]), *apart)

    def _write(self, line: Line) -> None:
        young, action = self._code(line, "jeunes"), self._code(line, "actions")
        who = line.mentions["jeunes"].entity if young else None
        if who and self.forgotten & {
            *map(self.pseudonyms.digest, (young, self.pseudonyms.young(who.key)))
        }:
            line.left = "ce jeune a été effacé par « forget »"
        elif who and who.named:
            self._tell_twice(line, who)
        if not line.records:
            table, why = (
                v.KINDS[line.table.kind][0],
                line.left or "la ligne ne remplit aucune table",
            )
            self.told.append(Told(table, f"n'entre pas : {why}", line.place, not line.left))
        entering, why, suivi = [record for record in line.records if not record.why], line.left, ""
        if not why and not young and any("id_jeune" in _NAMES[record.table] for record in entering):
            said = any(line.said.get(name) for name in v.PERSON)
            why = "plusieurs jeunes portent ce nom" if said else "aucun jeune n'y est désigné"
        for record in entering:
            if why:
                self._lose(record, why, bool(line.left))
                continue
            if "id_jeune" in _NAMES[record.table]:
                record.values["id_jeune"] = young
            if "id_suivi" in _NAMES[record.table]:
                suivi = record.values["id_suivi"] = self._suivi(record, suivi)
                if not suivi:
                    self._lose(record, "aucun suivi, ou plusieurs, sur la ligne")
            if "id_action" in _NAMES[record.table]:
                record.values["id_action"] = action
                if not action:
                    self._lose(record, "aucune action n'y est nommée")

    def _suivi(self, record: Record, before: str) -> str:
        written = record.line.said.get("id_suivi", "")
        alone = sum(other.table == "suivis" for other in record.line.records if not other.why) < 2
        if written and alone:
            return self.pseudonyms.of("S", identifier_key(written))
        if record.table != "suivis":
            return before if alone else ""
        parts = tuple(record.values.get(name, "") for name in ("id_jeune", "statut", "date_debut"))
        self._times[parts, record.line.key] += (
            1  # another line that says the same is about the same follow-up
        )
        rank = self._times[parts, record.line.key]
        return self.pseudonyms.of("S", *parts, *([str(rank)] if rank > 1 else []))

    def _name_educators(self) -> None:
        named: list[tuple[Record, Mention]] = []
        for record in self.records:
            if (name := record.values.get("educateur")) and not record.why:
                key = name.casefold() if self.pseudonyms.educator(name) == name else name_key(name)
                named.append(
                    (
                        record,
                        Mention("", key, name, record.line.place, {"civilité": title_of(name)}),
                    )
                )
        spelt = {mention.name: mention.shown for _, mention in reversed(named)}
        self._resolve("educateurs", [mention for _, mention in named])
        for record, mention in named:
            name, entity = mention.shown, mention.entity
            code = self.pseudonyms.educator(spelt[entity.key]) if entity else ""
            if code != name and (re.search(r"[/;&+\n]", name) or "et" in words_in(name)):
                self._tell(record, FRENCH["éducateurs"].format(noms=name))
            if entity is None:
                self._tell(record, f"case vidée, éducateur : plusieurs s'appellent « {name} »")
            elif entity.apart:
                code = self.pseudonyms.of("EDU", entity.key, *map("=".join, entity.apart))
            record.values["educateur"] = code
            self.educators |= {name: code} if name != code else {}

    def _join(self) -> None:
        entering = [record for record in self.records if not record.why]
        times = Counter(
            record.values["id_action"] for record in entering if record.table == "actions"
        )
        by_key: dict[tuple[object, ...], Record] = {}
        for rank, record in enumerate(entering):
            key = tuple(record.values.get(name, "") for name in table_named(record.table).key)
            first = by_key.setdefault((record.table, key or rank), record)
            if first is record or record.table == "jeunes":
                continue
            if record.table in ("actions", "participations"):
                if record.table == "participations" or record.line.table.kind == v.SESSION:
                    self._add(first, record, "seances" if record.table == "actions" else "nombre")
                continue
            said = {column: value for column, value in record.values.items() if value}
            differ = any(
                first.values.get(column) not in ("", None, value) for column, value in said.items()
            )
            first.values |= {} if differ else said  # a line may say what another leaves empty
            why = "une autre ligne dit autre chose" if differ else "une autre ligne la donne déjà"
            self._lose(record, why, like=f" (comme la ligne {first.line.number})")
        for record in by_key.values():
            values, table = record.values, table_named(record.table)
            if record.table in v.RESOLVED:
                values |= self._kept.get(values[table.key[0]], {})
            summed = any(use.target[:2] == ("actions", "seances") for use in record.line.uses)
            if record.table == "actions" and record.line.table.kind == v.SESSION and not summed:
                values["seances"] = str(times[values["id_action"]])
            self.tables.setdefault(record.table, []).append(values)
            for column in (
                c for c in table.columns if c.required and not c.nullable and c.kind != "number"
            ):
                if not values.get(column.name):
                    label = (
                        "l'année"
                        if column.name == "annee"
                        else v.TARGET_OF[table.name, column.name].short
                    )
                    everywhere = FRENCH["partout"] if column.kind == "code" else ""
                    self._tell(
                        record, f"case que les données demandent, vide : {label}{everywhere}"
                    )

    def _add(self, first: Record, record: Record, column: str) -> None:
        numbers = [same.values.get(column, "") for same in (first, record)]
        known = [float(number) for number in numbers if number not in ("", NC)]
        whole, none = len(known) == len(numbers), not known and NC not in numbers
        first.values[column] = text_of(round(sum(known), 4)) or "" if whole else "" if none else NC
        if known and not whole:
            self.partial[record.table, column] += sum(known)
            self._tell(
                record,
                f"somme laissée NC : {v.TARGET_OF[record.table, column].short}, {FRENCH['moitié']}",
            )
