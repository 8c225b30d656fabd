"""What each column of an export most likely fills, from its name, its cells, and the name of its sheet."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import pyarrow as pa

from rlpipeline.importing.cells import (
    AGE,
    EMPTY,
    NOT_TICKS,
    TICKS,
    UNDATED,
    Asked,
    CellReader,
    age_band,
    month_of,
    without_quarter,
)
from rlpipeline.importing.pseudonyms import identifier_key
from rlpipeline.importing.reading import JOINED, LINKED, Block, group_and_name
from rlpipeline.importing.rules import FILLED, LEFT, Target
from rlpipeline.importing.words import (
    IGNORED,
    PERSON,
    Place,
    code_in,
    code_within,
    likeness,
    tables_named,
    telling_words,
    value_key,
)
from rlpipeline.records.dates import Unread
from rlpipeline.records.labels import words_of
from rlpipeline.records.personal import personal_header, personal_values
from rlpipeline.records.tables import TABLES, table_named
from rlpipeline.settings.models import Service

PEOPLE = ("jeunes", "suivis", "situations", "problematiques", "orientations", "co_accompagnements", "presences")
FAMILIES: tuple[tuple[str, ...], ...] = (
    PEOPLE,
    ("actions", "participations"),
    *((table.name,) for table in TABLES if table.name not in (*PEOPLE, "actions", "participations")),
)
LOGBOOK = ("presences", "temps")
DEFINING: Mapping[str, tuple[str, ...]] = {
    "jeunes": ("sexe", "date_naissance", "premier_contact"),
    "suivis": ("statut", "date_debut", "date_fin", "motif_cloture"),
    "situations": ("situation",),
    "problematiques": ("problematique",),
    "orientations": ("domaine",),
    "co_accompagnements": ("partenaire",),
    "presences": ("lieu", "date"),
}
"""Columns without which a table about young people is not in an export."""
SURE, PLAUSIBLE = 0.78, 0.5
NAMED = 0.9
SAMPLE, MOST_WORDS = 60, 15
MEASURED: Mapping[Place, Place] = {
    ("financements", "financeur"): ("financements", "montant_eur"),
    ("personnel", "poste"): ("personnel", "etp"),
    ("instances", "instance"): ("instances", "participations"),
    (PERSON, "identifiant"): ("situations", "situation"),
    (PERSON, "nom_complet"): ("situations", "situation"),
}
"""What a column whose name is a year alone holds, where another column names what it is about."""
PERIODIC: tuple[Place, ...] = (("temps", "heures"), ("instances", "participations"), ("actions", "seances"))
"""What numbers by month or by quarter most likely are."""
DELETED = "lignes supprimées"
GENERIC = frozenset(("identifiant", "numero", "code", "reference", "cle"))
PERSONAL = "une donnée personnelle"
NAMES_OF_PERSONS = frozenset((PERSON, what) for what in ("nom", "prenom", "nom_complet"))
KEYS: tuple[Place, ...] = ((PERSON, "identifiant"), ("suivis", "id_suivi"), ("actions", "id_action"))
NO_PLACE = "le rapport n'a pas de place pour elle"


@dataclass(frozen=True)
class Proposal:
    """What a column most likely fills.

    Parameters
    ----------
    header
        The column.
    decision
        Targets, or why it is left out.
    sure
        Whether nobody need be asked.
    others
        What else it might fill, the likeliest first.
    """

    header: str
    decision: tuple[str, ...]
    sure: bool = True
    others: tuple[str, ...] = ()


@dataclass(frozen=True)
class Proposals:
    """What the columns of a table most likely fill: the main table of the records, then all of them."""

    main: str
    columns: Mapping[str, Proposal]
    active: tuple[str, ...] = ()


@dataclass
class Context:
    """What the exports of one import share.

    Parameters
    ----------
    persons, follow_ups, actions
        Identifiers already recognised, to know them in other tables.
    """

    service: Service
    persons: set[str] = field(default_factory=set)
    follow_ups: set[str] = field(default_factory=set)
    actions: set[str] = field(default_factory=set)
    _readable: dict[tuple[Place, str], bool] = field(default_factory=dict)

    def readable(self, place: Place, text: str) -> bool:
        """Whether a cell can stand in a column of the records."""
        column = table_named(place[0]).column(place[1])
        key = (place if column.kind in ("code", "number") else ("", column.kind), text)
        if column.kind == "date" and UNDATED.fullmatch(text):
            return True
        if key not in self._readable:
            reader = CellReader(place, column, self.service, {}, suggests=False)
            readers = [reader]
            if column.kind in ("date", "birth"):
                readers.append(replace(reader, month_first=True))
            self._readable[key] = any(not isinstance(one.read(text), Unread | Asked) for one in readers)
        return self._readable[key]


def propose(block: Block, context: Context) -> Proposals:
    """Recognise the columns of one table."""
    return _Recognition(block, context).proposals()


@dataclass
class _Recognition:
    block: Block
    context: Context
    perhaps: dict[str, Target] = field(default_factory=dict)

    @cached_property
    def hints(self) -> Mapping[str, float]:
        """How much the names of the sheet, the title and the file speak of each table."""
        hints: dict[str, float] = defaultdict(float)
        stem = self.block.file.rpartition(".")[0]
        for text, weight in ((self.block.sheet, 1.5), (self.block.title, 1.0), (stem, 1.0)):
            for table, score in tables_named(text).items():
                hints[table] = max(hints[table], weight * score)
        return hints

    @cached_property
    def scores(self) -> Mapping[str, Mapping[Place, float]]:
        """How well each column fits each column of the records, by name and by content."""
        return {header: self._scored(header) for header in self.block.header}

    def _values(self, header: str) -> list[str]:
        return list(dict.fromkeys(text for text in self.block.column(header) if text))[:SAMPLE]

    def _scored(self, header: str) -> Mapping[Place, float]:
        named = dict(likeness(header))
        group, name = group_and_name(header)
        if group:
            of_group = tables_named(group)
            for place, score in likeness(name).items():
                weight = 1.1 if place[0] in of_group else 0.95
                named[place] = max(named.get(place, 0.0), weight * score)
            if not likeness(name):
                for place, score in likeness(group).items():
                    named[place] = max(named.get(place, 0.0), 0.8 * score)
        values = self._values(header)
        again = self._again(header)
        scored = {place: score * self._fit(place, values, again) for place, score in named.items()}
        for place, score in self._by_content(values).items():
            agrees = named.get(place, 0.0) >= PLAUSIBLE and score < SURE
            scored[place] = max(scored.get(place, 0.0), 0.85 if agrees else score + 0.1 * named.get(place, 0.0))
        if self._is_key(header):
            for place in KEYS:
                scored[place] = max(scored.get(place, 0.0), 0.8)
        return scored

    def _again(self, header: str) -> bool:
        """Whether the cells of a column are a few words that come back."""
        filled = [text for text in self.block.column(header) if text]
        words = {part.strip() for text in filled for part in re.split("[;,]", text)}
        return len(words) <= min(MOST_WORDS, 0.75 * len(filled))

    def _is_key(self, header: str) -> bool:
        """Whether a column that calls itself a number names each line."""
        values = self.block.column(header)
        named = GENERIC & {*telling_words(header)}
        return bool(named) and len(values) > 2 and all(values) and len({*values}) == len(values)

    def _fit(self, place: Place, values: Sequence[str], again: bool = False) -> float:
        """A factor: how many of the values may stand in the column; words that come back can be asked about."""
        table = place[0]
        if place in NAMES_OF_PERSONS and values and not any(re.search(r"[^\W\d_]{2}", text) for text in values):
            return 0.3
        if table in (PERSON, IGNORED) or not values:
            return 1.0 if values or table == IGNORED else 0.9
        share = self.readable(place, values)
        coded = table_named(table).column(place[1]).kind == "code"
        if share < 0.6 and coded and (again or _are_codes(values)):
            return 0.85  # codes of the software's own: what they mean is asked
        return 1.05 if share >= 0.9 else 0.9 if share >= 0.6 else 0.75 if share >= 0.3 else 0.35

    def readable(self, place: Place, values: Sequence[str]) -> float:
        """Which part of the values can stand in a column of the records."""
        column = table_named(place[0]).column(place[1])
        if column.kind in ("text", "identifier"):
            dates = [text for text in values if re.fullmatch(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{2,4}.*", text)]
            return 1.0 - len(dates) / len(values)
        return sum(self.context.readable(place, text) for text in values) / len(values)

    def _by_content(self, values: Sequence[str]) -> Mapping[Place, float]:
        """Columns whose cells tell what they are, whatever their name."""
        keys = {identifier_key(text) for text in values}
        scores: dict[Place, float] = {}
        if len(keys) >= 3:
            identifiers = (self.context.persons, self.context.follow_ups, self.context.actions)
            for place, met in zip(KEYS, identifiers, strict=True):
                if len(keys & met) >= 0.8 * len(keys):
                    scores[place] = 1.1
        words = [text for text in values if not re.fullmatch(r"[\d.,\s]*", text)]
        if len(words) >= 2:
            coded = ((t.name, c.name) for t in TABLES for c in t.columns if c.kind == "code" and len(c.codes) > 2)
            scores |= {place: 0.6 for place in coded if self.readable(place, words) >= 0.9}
        return scores

    def proposals(self) -> Proposals:
        slots = dict(self._slots())
        family = self._family(slots)
        slots = {header: one for header, one in slots.items() if one.table in family}
        main = self._main(family, slots)
        active = self._active(family, main, slots)
        plain = [header for header in self.block.header if header not in slots]
        columns = {header: Proposal(header, (str(one),)) for header, one in slots.items()}
        columns |= self._assigned(plain, active, main, slots)
        for header, one in self.perhaps.items():
            if one.table in family and header in plain:
                columns[header] = Proposal(header, (str(one),), False, columns[header].decision)
        return Proposals(main, {header: columns[header] for header in self.block.header}, tuple(active))

    def _family(self, slots: Mapping[str, Target]) -> tuple[str, ...]:
        if self._is_logbook():
            return LOGBOOK
        return max(FAMILIES, key=lambda family: self._weight(family, slots))

    def _is_logbook(self) -> bool:
        """Whether each line says whom educators met, and how long they were there."""
        wanted = (PERSON, "nom_complet"), ("temps", "heures"), ("temps", "educateur")
        fits = [max((self.scores[h].get(place, 0.0), h) for h in self.block.header) for place in wanted]
        best, there = {h for _, h in fits}, all(score >= 0.7 for score, _ in fits)
        of_young = any(
            self.scores[h].get(("jeunes", c), 0.0) >= SURE for h in self.block.header for c in DEFINING["jeunes"]
        )
        return there and len(best) == len(wanted) and not of_young

    def _weight(self, family: tuple[str, ...], slots: Mapping[str, Target]) -> float:
        weight = 1.5 * max(self.hints.get(table, 0.0) for table in family)
        weight += sum(one.table in family for one in slots.values())
        filled: set[Place] = set()
        for header in sorted(self.block.header, key=lambda one: -self._best(one, family)[0]):
            score, place = self._best(header, family, filled)
            if header not in slots and place and score >= PLAUSIBLE:
                filled.add(place)
                weight += score * (0.6 if place[0] == PERSON else 1.0)
        required = [c for t in family for c in table_named(t).columns if c.required and len(family) == 1]
        missing = [c for c in required if (family[0], c.name) not in filled and c.kind not in ("year", "commune")]
        return weight - 0.35 * len(missing)

    def _best(self, header: str, family: tuple[str, ...], filled: Iterable[Place] = ()) -> tuple[float, Place | None]:
        fits = [
            (score, place)
            for place, score in self.scores[header].items()
            if self._of(place, family) and place not in filled
        ]
        return max(fits, key=lambda fit: fit[0], default=(0.0, None))

    def _of(self, place: Place, family: tuple[str, ...]) -> bool:
        return place[0] in family or (place[0] == PERSON and family in (PEOPLE, LOGBOOK))

    def _main(self, family: tuple[str, ...], slots: Mapping[str, Target]) -> str:
        """The table that the rows are about."""

        def weight(table: str) -> float:
            names = DEFINING.get(table, table_named(table).column_names)
            own = [
                max((self.scores[h].get((table, n), 0.0) for h in self.block.header if h not in slots), default=0.0)
                for n in names
            ]
            return self.hints.get(table, 0.0) + sum(score for score in own if score >= PLAUSIBLE)

        return max(family, key=weight)

    def _active(self, family: tuple[str, ...], main: str, slots: Mapping[str, Target]) -> list[str]:
        """The tables that the columns can fill."""
        active = [main]
        for table in family:
            named = table != "presences" and any(
                self._defines(h, (table, n)) for h in self.block.header for n in DEFINING.get(table, ())
            )
            if table not in active and (named or table in {one.table for one in slots.values()} or family != PEOPLE):
                active.append(table)
        return active

    def _defines(self, header: str, place: Place) -> bool:
        """Whether a column says by its name and its cells that a table is there."""
        values = self._values(header)
        coded = table_named(place[0]).column(place[1]).kind == "code"
        readable = not values or not coded or place[0] in ("jeunes", "suivis") or self.readable(place, values) >= 0.5
        return self.scores[header].get(place, 0.0) >= 0.7 and (readable or self._again(header))

    def _assigned(
        self, headers: Sequence[str], active: Sequence[str], main: str, slots: Mapping[str, Target]
    ) -> Mapping[str, Proposal]:
        """Each column to its best place, the surest first; a place is filled once."""
        people = any(table in PEOPLE for table in active)
        fits = [
            (score + self._bonus(place, main) - self._own_key(header, place, main), header, place)
            for header in headers
            for place, score in self.scores[header].items()
            if place[0] in active or place[0] == IGNORED or (people and (place[0] == PERSON or place == KEYS[1]))
        ]
        fits.sort(key=lambda fit: (-fit[0], self.block.header.index(fit[1]), fit[2]))
        placed: dict[str, tuple[float, Place]] = {}
        filled: set[Place] = {(one.table, one.column) for one in slots.values()}
        for score, header, place in fits:
            if header not in placed and place not in filled and score >= 0.4:
                placed[header] = (score, place)
                if place[0] != IGNORED:
                    filled.add(place)
        proposals = {}
        for header in headers:
            others = [place for score, name, place in fits if name == header and score >= 0.4 and place[0] != IGNORED]
            proposals[header] = self._proposal(header, placed.get(header), others, active)
        return self._wanted(proposals, active, slots)

    def _wanted(
        self, proposals: dict[str, Proposal], active: Sequence[str], slots: Mapping[str, Target]
    ) -> Mapping[str, Proposal]:
        """Ask of a column without a place whether it is one that its tables lack, where its cells may be that."""
        filled = {text for one in proposals.values() for text in one.decision} | {
            f"{t.table}.{t.column}" for t in slots.values()
        }
        filled |= {f"{t.table}.{name}" for t in slots.values() for name, _ in t.slot}
        for table in active:
            for column in table_named(table).columns:
                place = (table, column.name)
                if (
                    not column.required
                    or f"{table}.{column.name}" in filled
                    or column.kind in ("identifier", "year", "number")
                ):
                    continue
                free = [h for h, one in proposals.items() if one.sure and one.decision == (f"ignorée : {NO_PLACE}",)]
                fits = [h for h in free if self._may_be(place, h, table == active[0])]
                if fits:
                    header = max(fits, key=lambda h: self.scores[h].get(place, 0.0))
                    proposals[header] = Proposal(header, (f"{table}.{column.name}",), False, proposals[header].others)
                    filled.add(f"{table}.{column.name}")
        return proposals | dict(self._named_but_unread(proposals, active, filled))

    def _named_but_unread(
        self, proposals: Mapping[str, Proposal], active: Sequence[str], filled: Container[str]
    ) -> Iterator[tuple[str, Proposal]]:
        """Ask of a column whose name says what it is, and whose cells do not read as such."""
        for header, one in proposals.items():
            if not self._values(header) or one.decision != (f"ignorée : {NO_PLACE}",):
                continue
            named = [(score, place) for place, score in likeness(header).items() if place[0] in active]
            score, place = max(named, default=(0.0, ("", "")))
            if score >= NAMED and str(Target(*place)) not in filled:
                yield header, Proposal(header, (str(Target(*place)),), False, one.others)

    def _may_be(self, place: Place, header: str, main: bool) -> bool:
        """Whether the cells of a column can be those of another: days, places, words that come back."""
        values, column = self._values(header), table_named(place[0]).column(place[1])
        if not values:
            return False
        if column.kind == "date" and all(re.fullmatch(r"\d{1,2}", text) for text in values):
            return False
        if column.kind != "text":
            words = [text for text in values if re.search(r"[^\W\d_]{2}", text)]
            again = len(values) <= 10 and 2 * len(values) <= sum(map(bool, self.block.column(header)))
            unread = column.kind == "code" and main and again and len(words) == len(values) > 1
            return self.readable(place, values) >= 0.8 or unread
        words = [text for text in values if re.search(r"[^\W\d_]{3}", text)]
        return main and place[0] not in PEOPLE and len(words) > 0.8 * len(values)

    def _own_key(self, header: str, place: Place, main: str) -> float:
        """The number of a line is that of what the line is about, where another column names the young person."""
        own = {"jeunes": KEYS[0], "suivis": KEYS[1], "actions": KEYS[2]}.get(main)
        words = {*telling_words(header)} - GENERIC
        if place not in KEYS or place == own or not self._is_key(header) or words - {*telling_words(main)}:
            return 0.0
        others = (self.scores[other].get(key, 0.0) for other in self.block.header if other != header for key in KEYS)
        return 0.5 if max(others, default=0.0) >= 0.7 else 0.0

    def _bonus(self, place: Place, main: str) -> float:
        return 0.08 if place[0] == main else 0.05 if place[0] == PERSON else 0.0

    def _proposal(
        self, header: str, best: tuple[float, Place] | None, others: Sequence[Place], active: Sequence[str]
    ) -> Proposal:
        choices = tuple(dict.fromkeys(str(Target(*place)) for place in others))
        values = self._values(header)
        personal = self._personal(header, values, active)
        score, place = best or (0.0, (IGNORED, NO_PLACE))
        left_out = self._left_out(header, score, place, values, active)
        if personal and place[0] != PERSON and not (score >= SURE and place[0] != IGNORED and place[1] != "lieu"):
            return Proposal(header, (f"refusée : {personal}",))
        if left_out is not None:
            return left_out
        text = self._years(place, active)
        if score >= SURE or (score >= PLAUSIBLE and self._worth_asking(place, values)):
            return Proposal(header, text, score >= SURE, choices)
        return Proposal(header, (f"ignorée : {NO_PLACE}",), True, choices)

    def _left_out(
        self, header: str, score: float, place: Place, values: Sequence[str], active: Sequence[str]
    ) -> Proposal | None:
        """What fills nothing, or fills it otherwise than by its name; None for the rest."""
        if place == (IGNORED, DELETED) and score >= 0.6 and (mark := self._deletion(values)):
            return Proposal(header, (f"{LEFT}{mark}",), not values)
        if self._beside(header):
            return Proposal(header, ("ignorée : le code d'une colonne qui en donne les mots",))
        if self._are_ages(place, values, active):
            return Proposal(header, ("jeunes.date_naissance",), False, (f"ignorée : {place[1]}",))
        if place[0] == IGNORED and score >= 0.6:
            how = "refusée" if place[1] == PERSONAL else "ignorée"
            return Proposal(header, (f"{how} : {place[1]}",))
        if place[0] == IGNORED or (not values and score < SURE):
            return Proposal(header, (f"ignorée : {NO_PLACE if values else 'colonne vide'}",))
        return None

    def _deletion(self, values: Sequence[str]) -> str:
        """What a cell says of a deleted row: a tick, or a day, and then any; empty where neither is sure."""
        if {text.casefold() for text in values} <= TICKS | NOT_TICKS:
            return next((text for text in values if text.casefold() in TICKS), "1")
        return FILLED if self.readable(("suivis", "date_debut"), values) >= 0.9 else ""

    def _are_ages(self, place: Place, values: Sequence[str], active: Sequence[str]) -> bool:
        """Whether a column of ages is all that is said of births."""
        said = max(scores.get(("jeunes", "date_naissance"), 0.0) for scores in self.scores.values())
        ages = (
            place[0] == IGNORED
            and place[1].startswith("un âge")
            and _share(bool(AGE.fullmatch(text)) for text in values) >= 0.7
        )
        return ages and "jeunes" in active and bool(values) and said < PLAUSIBLE

    def _beside(self, header: str) -> bool:
        """Whether a column of codes has its words beside it: « Cod. nature », « Lib. nature »."""
        words = [*telling_words(header)]
        if sorted([*words, "libelle"]) in (sorted(telling_words(one)) for one in self.block.header):
            return True
        if "code" not in words:
            return False
        rest = [word for word in words if word != "code"]
        others = (
            [word for word in telling_words(one) if word != "libelle"] for one in self.block.header if one != header
        )
        return bool(rest) and rest in others

    def _years(self, place: Place, active: Sequence[str]) -> tuple[str, ...]:
        """A year is that of every table that the row fills; so are the day and the place of a logbook."""
        if {*active} == {*LOGBOOK} and place[1] in ("date", "commune"):
            return tuple(f"{table}.{place[1]}" for table in LOGBOOK)
        if place[1] != "annee" or place[0] == PERSON:
            return (str(Target(*place)),)
        tables = [table for table in active if "annee" in table_named(table).column_names]
        return tuple(str(Target(table, "annee")) for table in tables)

    def _worth_asking(self, place: Place, values: Sequence[str]) -> bool:
        return place[0] == PERSON or not values or self.readable(place, values) >= 0.6

    def _personal(self, header: str, values: Sequence[str], active: Sequence[str]) -> str | None:
        """What a column says of a person that no record may hold."""
        young = table_named(active[0]).about_young_people
        if young and (what := personal_header(header)):
            return what
        personal = personal_values(pa.array(values, pa.large_string()), identifier=False) if values else {}
        return next(iter(personal.values())) if len(personal) >= 0.3 * max(1, len(values)) and young else None

    def _slots(self) -> Iterator[tuple[str, Target]]:
        """Columns whose header says a part of what their cells hold: an age, a code, a year, a rank."""
        slots: dict[str, Target] = {}
        for family in (
            self._ages(),
            self._coded(),
            self._by_status(),
            self._by_period(),
            self._noted(),
            self._ranked(),
            self._by_year(),
        ):
            members = {header: one for header, one in family if header not in slots}
            if len(members) > 1 or any("annee" in dict(one.slot) for one in members.values()):
                slots |= members
        yield from slots.items()

    def _ages(self) -> Iterator[tuple[str, Target]]:
        for header in self.block.header:
            band = age_band(header)
            if band and self._numeric(header) and not re.search(r"\b(?:total|moyenne)\b", header, re.IGNORECASE):
                yield header, Target("participations", "nombre", (("public", band),))

    def _numeric(self, header: str) -> bool:
        values = self._values(header)
        numbers = [text for text in values if re.fullmatch(r"[\d\s.,]+|NC|nc|-", text)]
        return len(numbers) >= 0.7 * len(values)

    def _coded(self) -> Iterator[tuple[str, Target]]:
        """Columns named by codes: hours by activity, ticks by issue or by partner."""
        families: dict[str, dict[str, Target]] = defaultdict(dict)
        for header in self.block.header:
            values = self._values(header)
            ticks = bool(values) and _share(text.casefold() in TICKS | NOT_TICKS for text in values) >= 0.7
            for place, content, measured in (
                (("problematiques", "problematique"), ticks, ""),
                (("co_accompagnements", "partenaire"), ticks, ""),
                (("temps", "activite"), self._hours(values), "heures"),
            ):
                code = self._code(header, place) if content else None
                if code:
                    families[place[0]][header] = Target(place[0], measured, ((place[1], code),))
                elif ticks and content:
                    self._ticked(header, place)
        given: set[str] = set()
        for members in sorted(families.values(), key=len, reverse=True):
            if len(members) > 1:
                yield from ((header, one) for header, one in members.items() if header not in given)
                given |= {*members}

    def _ticked(self, header: str, place: Place) -> None:
        """Note what a ticked box whose name holds that of a code may be: « Suivi aussi par l'ASE en 2023 »."""
        code = code_within(header, place, words_of(table_named(place[0]).column(place[1]), self.context.service))
        year = re.search(r"\b(20\d\d)\b", header)
        if code:
            dated = (("annee", year[1]),) if year else ()
            self.perhaps.setdefault(header, Target(place[0], "", ((place[1], code), *dated)))

    def _code(self, header: str, place: Place) -> str | None:
        """The code that a header is, or the last part of it."""
        codes = words_of(table_named(place[0]).column(place[1]), self.context.service)
        return code_in(group_and_name(header)[1], place, codes) or code_in(header, place, codes)

    def _by_status(self) -> Iterator[tuple[str, Target]]:
        """Columns whose header says the status of a follow-up: « Début PAEI », or « ASEP – Fin »."""
        for header in self.block.header:
            words = telling_words(header)
            status = {code for code in table_named("suivis").column("statut").codes if code.lower() in words}
            group, name = group_and_name(header)
            code = status.pop() if len(status) == 1 else self._code(group, ("suivis", "statut")) if group else None
            if code is None:
                continue
            rest = " ".join(word for word in words if word != code.lower())
            column = self._column_of("suivis", name if group else rest)
            if column not in (None, "statut") and self._fit(("suivis", str(column)), self._values(header)) >= 0.9:
                yield header, Target("suivis", str(column), (("statut", code),))

    def _hours(self, values: Sequence[str]) -> bool:
        reader = CellReader(("temps", "heures"), table_named("temps").column("heures"), self.context.service, {})
        return not values or _share(isinstance(reader.read(text), str) for text in values) >= 0.7

    def _ranked(self) -> Iterator[tuple[str, Target]]:
        """Columns that differ by a number: a second follow-up, a third referral on the same line."""
        groups: dict[tuple[str, ...], dict[str, str]] = defaultdict(dict)
        for header in self.block.header:
            rank, words = _rank(header)
            if rank:
                groups[words][rank] = header
        plain = {telling_words(header): header for header in self.block.header if not _rank(header)[0]}
        for words, members in groups.items():
            first = plain.get(words)
            if first and "1" not in members:
                members["1"] = first
            if len(members) < 2:
                continue
            placed = self._repeated(words, list(members.values()))
            if placed is not None:
                yield from ((header, Target(*placed, (("", rank),))) for rank, header in sorted(members.items()))

    def _repeated(self, words: tuple[str, ...], headers: Sequence[str]) -> Place | None:
        """The column that a repeated group fills, recognised by its name without the rank, then by its cells."""
        values = [text for header in headers for text in self._values(header)]
        tables = ("suivis", "orientations", "situations", "problematiques", "co_accompagnements")
        scored = {
            place: score * self._fit(place, values) + (0.1 if place[0] == "suivis" else 0.0)
            for place, score in likeness(" ".join(words)).items()
            if place[0] in tables
        }
        for table in tables:
            singular = table.rstrip("s")
            if any(word.startswith(singular[:6]) for word in words):
                scored |= {place: score + 0.3 for place, score in scored.items() if place[0] == table}
        best = max(scored, key=lambda place: scored[place], default=None)
        return best if best and scored[best] >= PLAUSIBLE else None

    def _by_year(self) -> Iterator[tuple[str, Target]]:
        """Columns that differ by a year."""
        for header in self.block.header:
            match = re.search(r"\b(20\d\d)\b", header)
            if not match:
                continue
            rest = re.sub(r"\b20\d\d\b", " ", header).replace(JOINED, " ")
            place = self._of_a_year(rest, header)
            if place:
                yield header, Target(*place, (("annee", match[1]),))

    def _of_a_year(self, rest: str, header: str) -> Place | None:
        """What a column of one year holds, by the rest of its name; where there is no rest, by the other columns."""
        values = self._values(header)
        if telling_words(rest):
            dated = [t.name for t in TABLES if "annee" in t.column_names]
            again = self._again(header)
            scored = {p: s * self._fit(p, values, again) for p, s in likeness(rest).items() if p[0] in dated}
            best = max(scored, key=lambda place: scored[place], default=None)
            return best if best and scored[best] >= 0.7 else None
        for named, place in MEASURED.items():
            there = any(likeness(header).get(named, 0.0) >= SURE for header in self.block.header)
            if there and values and self.readable(place, values) >= 0.6:
                return place
        return None

    def _by_period(self) -> Iterator[tuple[str, Target]]:
        """Numbers by month or by quarter: hours of a month have its first day, other numbers add up."""
        alone: dict[str, tuple[int, int]] = {}
        for header in filter(self._numeric, self.block.header):
            rest = without_quarter(header)
            if rest:
                numbers = {p: s for p, s in likeness(rest).items() if p[0] not in (PERSON, IGNORED)}
                numbers = {p: s for p, s in numbers.items() if table_named(p[0]).column(p[1]).kind == "number"}
                best = max(numbers, key=lambda place: numbers[place] + self.hints.get(place[0], 0.0), default=None)
                if best and numbers[best] >= SURE:
                    yield header, Target(*best)
            elif rest == "" or month_of(header)[1]:
                alone[header] = month_of(header)
        table, column = max(PERIODIC, key=lambda place: self._weight((place[0],), {})) if len(alone) > 1 else ("", "")
        around = self._year_around()
        for header, (year, month) in alone.items() if table else ():
            if table != "temps":
                yield header, Target(table, column)
            elif month and (year or around):
                yield header, Target(table, column, (("date", f"{year or around}-{month:02}-01"),))

    def _year_around(self) -> int:
        years = {*re.findall(r"\b20\d\d\b", f"{self.block.sheet} {self.block.title} {self.block.file}")}
        return int(years.pop()) if len(years) == 1 else 0

    def _noted(self) -> Iterator[tuple[str, Target]]:
        """Notes from 1 to 5, an indicator a column, where the sheet is an assessment."""
        for header in self.block.header if self.hints.get("diagnostics") else ():
            values = self._values(header)
            notes = [text for text in values if re.fullmatch(r"[1-5]", text)]
            words = [text for text in values if text not in notes and value_key(text) not in EMPTY]
            if notes and not words and not re.search(r"[\[\],=]", header):
                yield header, Target("diagnostics", "note", (("indicateur", header),))

    def _column_of(self, table: str, name: str) -> str | None:
        scored = {place[1]: score for place, score in likeness(name).items() if place[0] == table}
        best = max(scored, key=lambda one: scored[one], default=None)
        return best if best and scored[best] >= 0.6 else None


def _share(answers: Iterable[bool]) -> float:
    given = list(answers)
    return sum(given) / max(1, len(given))


def _are_codes(values: Sequence[str]) -> bool:
    return len(values) <= 12 and all(len(text) <= 6 and not re.search(r"[/.:]", text) for text in values)


def _rank(header: str) -> tuple[str, tuple[str, ...]]:
    """The rank in a header, from 1 to 9, and its other words; none where there is not one."""
    text = re.sub(r"\b([1-9])(?:er|ère|re|e|ème|nd|nde)\b", r" \1 ", re.sub(f"{JOINED}|{LINKED}|_", " ", header))
    text = re.sub(r"n°\s*(?=[1-9]\b)", " ", text, flags=re.IGNORECASE)
    text = re.sub(r"(?<=[A-Za-zé])([1-9])\b", r" \1 ", text)
    ranks = re.findall(r"(?<!\d)(?<![/-])\b([1-9])\b(?![/-])(?!\d)", text)
    if len(ranks) != 1:
        return "", telling_words(header)
    return ranks[0], telling_words(re.sub(rf"\(?\b{ranks[0]}\b\)?", " ", text))


def note_identifiers(block: Block, columns: Mapping[str, Proposal], context: Context) -> None:
    """Keep the identifiers of a table, to know them in the others."""
    for header, one in columns.items():
        for text, met in (
            ("personne.identifiant", context.persons),
            ("suivis.id_suivi", context.follow_ups),
            ("actions.id_action", context.actions),
        ):
            if one.sure and text in one.decision:
                met.update(identifier_key(value) for value in block.column(header) if value)
