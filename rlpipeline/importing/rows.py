"""One exported table into rows of the records: whom each row is about, its cells, and what of it enters nowhere."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from rlpipeline.importing.cells import (
    UNKNOWN,
    CellReader,
)
from rlpipeline.importing.complements import EDUCATOR, dated_columns, years_of
from rlpipeline.importing.filled import OF_SUIVI, Account, Entry, Origin, Row, Work
from rlpipeline.importing.fitting import MANY
from rlpipeline.importing.meanings import parts_of
from rlpipeline.importing.planning import TablePlan
from rlpipeline.importing.pseudonyms import Pseudonyms, identifier_key, name_key, names_nobody, split_persons
from rlpipeline.importing.questions import YES
from rlpipeline.importing.rules import (
    AGE_IN,
    BELOW,
    EARLIEST,
    FILLED,
    LATEST_YEAR,
    LEAVE_ROW,
    LEFT,
    LINES,
    OF_FILE,
    OF_SHEET,
    OF_YEAR,
    ONE,
    SEVERAL_IN,
    YEAR_OF,
    Target,
    target,
)
from rlpipeline.importing.several_tables import stem_of
from rlpipeline.importing.table_cells import BIRTH, TableCells, aged_in, place_of
from rlpipeline.importing.words import PERSON, own_word
from rlpipeline.records.tables import TABLE_NAMES, table_named
from rlpipeline.settings.models import Service


@dataclass(frozen=True)
class Persons:
    """How the rows of a table name a young person, by the place of their columns."""

    identifier: int | None
    name_columns: tuple[int, ...]
    birth: int | None
    read_birth: Callable[[str], object]

    @staticmethod
    def of(table: TablePlan, service: Service) -> Persons:
        """Give how the rows of a table name a young person."""
        places: dict[str, list[int]] = defaultdict(list)
        for header, texts in table.targets():
            for text in texts:
                places[text].append(table.block.header.index(header))
        names = [p for text in ("personne.nom_complet", "personne.nom", "personne.prenom") for p in places[text]]
        one = places["personne.identifiant"]
        birth = places[BIRTH]
        column, aged = table_named("jeunes").column("date_naissance"), aged_in(table.rule.complements, BIRTH)
        reader = CellReader(("jeunes", "date_naissance"), column, service, {}, aged=aged)  # an age changes, not a birth
        return Persons(one[0] if one else None, tuple(names), birth[0] if birth else None, reader.read)

    def name(self, row: Sequence[str]) -> str:
        """Give the name that a row says."""
        return name_key(*(row[place] for place in self.name_columns))

    def person(self, row: Sequence[str], pseudonyms: Pseudonyms) -> str:
        """The pseudonym that a row gives by its identifier, else by name and birth; empty where it has none."""
        if self.identifier is not None:
            text = row[self.identifier]
            return pseudonyms.young(text) if text else ""
        name = self.name(row)
        birth = self.read_birth(row[self.birth]) if self.birth is not None else ""
        return pseudonyms.of("J", name, birth if isinstance(birth, str) else row[self.birth or 0]) if name else ""


class TableFilling:
    """One exported table into rows of the records."""

    def __init__(self, work: Work, plan: TablePlan) -> None:
        self.work, self.plan, self.block = work, plan, plan.block
        self.persons = Persons.of(plan, work.service)
        self.result = work.result
        self.columns: dict[Target, list[tuple[int, str]]] = defaultdict(list)
        for header, texts in plan.targets():
            for text in texts:
                one = target(text)
                if one.table != PERSON:
                    self.columns[one].append((self.block.header.index(header), header))
        self.left = [
            (self.block.header.index(header), text.removeprefix(LEFT).casefold())
            for header, text in plan.rule.colonnes.items()
            if isinstance(text, str) and text.startswith(LEFT) and header in self.block.header
        ]
        written = dict(plan.targets())
        self.several = {
            place: EDUCATOR in written.get(header, ())
            for place, header in enumerate(self.block.header)
            if plan.rule.complements.get(f"{SEVERAL_IN}{header}") == YES
        }
        self.cells = TableCells(work, plan, self.columns)
        self.groups = self._groups()
        self.said: set[int] = set()
        self.account = Account(self.block.name)
        used = {header for header, _ in plan.targets()}
        self.used = [(place, header) for place, header in enumerate(self.block.header) if header in used]
        self.alike: Counter[tuple[str, ...]] = Counter()
        years = years_of(self.block, dated_columns(plan.rule.colonnes), work.service)
        self.latest = str(max(years)) if years else ""

    def _groups(self) -> Mapping[str, list[tuple[tuple[str, str], ...]]]:
        """Table to the slots that its columns have; a table without slots has one, empty."""
        slots: dict[str, dict[tuple[tuple[str, str], ...], None]] = defaultdict(dict)
        for one in self.columns:
            slots[one.table][one.slot] = None
        return {name: [slot for slot in several if slot] or [()] for name, several in slots.items()}

    def entries(self) -> Iterator[Entry]:
        """Give the rows of the records."""
        for line, row, raw in zip(self.block.lines, self._completed(), self.block.rows, strict=True):
            origin = Origin(self.plan, line)
            self.said, self.cells.emptied = set(), {}
            refused = len(self.result.refused)
            if any(row[place].casefold() == text or (text == FILLED and row[place]) for place, text in self.left):
                self.work.refuse(origin, "ligne écartée, comme décidé")
                self._count(raw, origin, entered=False, refused=True)
                continue
            entries = [entry for names in self._apart() for entry in self._of_tables(names, row, origin)]
            self._count(raw, origin, entered=bool(entries), refused=len(self.result.refused) > refused)
            yield from entries

    def _count(self, row: Sequence[str], origin: Origin, entered: bool, refused: bool) -> None:
        """Note what became of a row and of each of its cells; what entered nowhere is listed."""
        account = self.account
        account.rows += 1
        account.entered_rows += entered
        account.refused_rows += not entered
        if not entered and not refused:
            self.work.refuse(origin, "rien de ce que le rapport compte n'y est rempli")
            refused = True
        persons = {*self.persons.name_columns, *([] if self.persons.identifier is None else [self.persons.identifier])}
        for place, header in self.used:
            if not row[place]:
                continue
            account.cells += 1
            names = place in persons or (self.plan.rule.colonnes[header] in _NAMED_ELSEWHERE)
            if (origin.line, header) in self.cells.listed:
                account.listed_cells += 1
            elif header in self.cells.emptied:
                account.emptied[header, self.cells.emptied[header]] += 1
            elif place in self.said or (names and entered):
                account.entered_cells += 1
            elif refused:
                account.refused_cells += 1
            else:
                self.cells.refuse(
                    origin, header, row[place], "n'entre nulle part : rien d'autre n'y est rempli de sa table"
                )
                account.listed_cells += 1

    def _apart(self) -> list[frozenset[str]]:
        """The tables that a line fills, those whose rows are educators' apart from those of young people."""
        names = frozenset(self.groups)
        return [names - {"temps"}, names & {"temps"}] if "temps" in names and len(names) > 1 else [names]

    def _of_tables(self, names: frozenset[str], row: tuple[str, ...], origin: Origin) -> Iterator[Entry]:
        about = names - {"participations", "actions"}
        young = any(table_named(name).references or name == "jeunes" for name in about) and not self._by_follow_up()
        for own in self._of_each_person(row, "temps" in names, origin):
            person = self._person(own, origin) if young else ""
            if person is not None:
                yield from self._entries_of(own, origin, person, names)

    def _completed(self) -> Iterator[tuple[str, ...]]:
        """The rows, with what empty cells say as the one above does."""
        places = [h for h in self.block.header if self.plan.rule.complements.get(f"{BELOW}{h}") == YES]
        as_above = {self.block.header.index(header) for header in places}
        above: Sequence[str] = [""] * len(self.block.header)
        for row in self.block.rows:
            above = [text or (above[place] if place in as_above else "") for place, text in enumerate(row)]
            yield tuple(above)

    def _of_each_person(self, row: tuple[str, ...], educators: bool, origin: Origin) -> Iterator[tuple[str, ...]]:
        """The row, once for each of those whom its cell names."""
        place = next((place for place, of_educators in self.several.items() if of_educators == educators), None)
        if place is None:
            yield row
        elif not educators and names_nobody(row[place]):
            self.cells.refuse(origin, self.block.header[place], row[place], "ne nomme personne")
        else:
            for person in split_persons(row[place]) or [""]:
                yield (*row[:place], person, *row[place + 1 :])

    def _entries_of(self, row: Sequence[str], origin: Origin, person: str, names: frozenset[str]) -> list[Entry]:
        entries = list(self._of_row(row, origin, person, names))
        if not self.groups:
            self.work.refuse(origin, "aucune colonne de ce tableau ne remplit les données")
        elif not entries:
            self.work.refuse(origin, "rien de ce que le rapport compte n'y est rempli")
        return entries

    def _by_follow_up(self) -> bool:
        """Whether rows name a follow-up alone: whose it is, another table says."""
        named = self.persons.identifier is not None or self.persons.name_columns
        return not named and Target("suivis", "id_suivi") in self.columns

    def _person(self, row: Sequence[str], origin: Origin) -> str | None:
        """Who the row is about; None where nobody can be told, and the row is refused."""
        own = self.persons.person(row, self.work.pseudonyms)
        if self.persons.identifier is None and self.persons.name_columns:
            bearers = self.work.directory.find(self.persons.name(row))
            if own not in bearers and len(bearers) > 1:
                self.work.refuse(origin, "plusieurs jeunes portent ce nom")
                return None
            if own not in bearers and bearers:
                own = bearers.copy().pop()
                self.result.notes[f"{self.block.name}, lignes dont le jeune est reconnu à son seul nom"] += 1
        if not own:
            self.work.refuse(origin, "aucun jeune n'y est désigné")
            return None
        if self.work.pseudonyms.digest(own) in self.work.forgotten:
            self.work.refuse(origin, "ce jeune a été effacé par « forget »")
            return None
        return own

    def _of_row(self, row: Sequence[str], origin: Origin, person: str, names: frozenset[str]) -> Iterator[Entry]:
        shared: Row = {}
        for name in (table for table in TABLE_NAMES if table in names):
            rows = []
            for slot in self.groups[name]:
                rows += list(self._rows(name, slot, row, origin))
            if name == "suivis" and rows:
                self._leave_once(rows)
            for one in rows:
                columns = table_named(name).column_names
                if "id_jeune" in columns or name in OF_SUIVI:
                    one["id_jeune"] = person
                self._identified(name, one, row)
                if name == "suivis":
                    shared = one if len(rows) == 1 else {}
                elif name in OF_SUIVI and not one.get("id_suivi") and shared.get("id_suivi"):
                    one["id_suivi"] = shared["id_suivi"]
                if name == "actions":
                    shared = one
                elif name == "participations" and not one.get("id_action"):
                    one["id_action"] = shared.get("id_action", "") or self._action(row)
                if one.get("id_suivi") and name in OF_SUIVI:
                    one.pop("id_jeune", None)
                yield Entry(name, one, origin)

    def _leave_once(self, rows: Sequence[Row]) -> None:
        """A reason that a line says once is that of its last follow-up that ended."""
        last = max(reversed(rows), key=lambda one: (one.get("date_fin", ""), one.get("date_debut", "")))
        for one in rows:
            if one is not last and Target("suivis", "motif_cloture") in self.columns:
                one["motif_cloture"] = ""

    def _identified(self, name: str, one: Row, row: Sequence[str]) -> None:
        """Follow-ups and actions have an identifier, made from what they are where the export gives none."""
        pseudonyms = self.work.pseudonyms
        written = self._text(Target("suivis", "id_suivi"), row)
        if name in ("suivis", *OF_SUIVI) and written:
            one["id_suivi"] = pseudonyms.of("S", identifier_key(written))
        elif name == "suivis":
            one["id_suivi"] = pseudonyms.of("S", one["id_jeune"], one.get("statut", ""), one.get("date_debut", ""))
        if name == "actions" and not one.get("id_action"):
            parts = [one.get("annee", ""), name_key(one.get("libelle", "")), one.get("commune", "")]
            if self.plan.rule.complements.get("actions.seances") == ONE:
                self.alike[(*row,)] += 1
                parts += [*row, str(self.alike[(*row,)])]
            one["id_action"] = pseudonyms.of("A", *parts)
        if one.get("educateur"):
            name, one["educateur"] = one["educateur"], pseudonyms.educator(one["educateur"])
            if one["educateur"] != name:
                self.work.result.educators[name] = one["educateur"]

    def _action(self, row: Sequence[str]) -> str:
        return self._text(Target("actions", "id_action"), row)

    def _text(self, one: Target, row: Sequence[str]) -> str:
        places = self.columns.get(one, [])
        return row[places[0][0]] if places else ""

    def _rows(self, name: str, slot: tuple[tuple[str, str], ...], row: Sequence[str], origin: Origin) -> Iterator[Row]:
        """The rows that one line gives to a table: none where nothing of it is written there."""
        own = {one: places for one, places in self.columns.items() if one.table == name and one.slot in (slot, ())}
        telling = [one for one in own if one.slot == slot and one.column not in ("annee", "id_suivi", "id_action")]
        if not any(row[place] for one in telling for place, _ in own[one]):
            return
        filled: Row = {column: value for column, value in slot if column}
        places_read = {place for one in own for place, _ in own[one]}
        for one, places in own.items():
            if not one.column:
                if not self.cells.ticked(name, row, places, origin):
                    self.said |= places_read  # « non » is said
                    return
            elif (one.table, one.column) == ("suivis", "id_suivi"):
                continue
            else:
                filled[one.column] = self.cells.read(one, row, places, origin)
        if slot and (filled.get("heures") in ("", "0") or filled.get("note") == ""):
            self.said |= places_read
            return
        if LEAVE_ROW in filled.values():
            self.work.refuse(origin, "ligne écartée, comme décidé")
            return
        self._complete(name, filled, row, origin)
        if self._is_record(name, filled, own):
            self.said |= places_read
            yield from self._of_each_word(filled, row, own, origin)

    def _is_record(self, name: str, filled: Row, own: Mapping[Target, object]) -> bool:
        """Whether something is written of what a row must say; a card « to do » among young people's says nothing."""
        required = [c for c in table_named(name).columns if not c.nullable and c.kind not in ("identifier", "number")]
        cells = {one.column for one in own}  # what a header, a sheet or an answer says is said of every row
        written = [c.name for c in required if c.name in cells and c.kind != "year"] or [c.name for c in required]
        if any((name, column) in MANY for column in written):
            return True  # one by one, in what follows
        return not required or any(filled.get(column) not in (None, "", UNKNOWN) for column in written)

    def _of_each_word(
        self, filled: Row, row: Sequence[str], own: Mapping[Target, list[tuple[int, str]]], origin: Origin
    ) -> Iterator[Row]:
        """A cell that holds several codes, or several educators, gives a row to each."""
        for one, places in own.items():
            reader = self.cells.readers.get(place_of(one))
            if reader is None or reader.place not in MANY:
                continue
            parts = [(part, *at) for at in places if row[at[0]] for part in parts_of(row[at[0]], reader)]
            if len(parts) > 1:
                codes = [self.cells.cell(one, part, header, origin, place) for part, place, header in parts]
                yield from ({**filled, one.column: code} for code in dict.fromkeys(filter(None, codes)))
                return
        yield filled

    def _complete(self, name: str, filled: Row, row: Sequence[str], origin: Origin) -> None:
        for place, value in self.plan.rule.complements.items():
            table, _, column = place.partition(".")
            if table != name or filled.get(column):
                continue
            if value.startswith(YEAR_OF):
                filled[column] = self._year_of(value.removeprefix(YEAR_OF), row)
            elif value == OF_FILE:
                others = {stem_of(one.block.file) for one in self.work.plan.tables} - {stem_of(self.block.file)}
                filled[column] = own_word(stem_of(self.block.file), others)
                if not filled[column]:
                    self.result.notes[f"sans éducateur, que le nom de {self.block.file} ne dit pas"] += 1
            elif value == OF_SHEET:
                filled[column] = self.block.sheet
            elif value == LATEST_YEAR:
                filled[column] = self.latest
            elif value == LINES:
                filled[column] = "1"
            elif value not in (EARLIEST, ONE) and not value.startswith((OF_YEAR, AGE_IN)):
                filled[column] = value

    def _year_of(self, header: str, row: Sequence[str]) -> str:
        if header not in self.block.header:
            return ""
        reader = CellReader(("actions", "annee"), table_named("actions").column("annee"), self.work.service, {})
        read = reader.read(row[self.block.header.index(header)])
        return read if isinstance(read, str) else ""


_NAMED_ELSEWHERE = ("suivis.id_suivi", "actions.id_action")
"""What names a row, and is not read as its other cells are."""
