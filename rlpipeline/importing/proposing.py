"""What each column of an export most likely fills, and what that rests on: its name, or an inference."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise

from rlpipeline.importing.blocks import Block
from rlpipeline.importing.cells import EARLIEST_HOUR, are_times, time_of
from rlpipeline.importing.fitting import (
    FAMILIES,
    GENERIC,
    IMPOSSIBLE,
    KEYS,
    LOGBOOK,
    NAMED,
    PEOPLE,
    PLAUSIBLE,
    SURE,
    Context,
    kind_of,
)
from rlpipeline.importing.lookups import reference_table
from rlpipeline.importing.proposal import NO_PLACE, LeavingOut, Proposal
from rlpipeline.importing.pseudonyms import identifier_key
from rlpipeline.importing.rules import Target, is_left_out, target, targets_of
from rlpipeline.importing.slots import Slot, Slots, said_by
from rlpipeline.importing.words import IGNORED, PERSON, Place, telling_words
from rlpipeline.records.tables import TABLES, table_named

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
NOTHING, NO_TABLE = "rien", "tableau laissé de côté"
EXACT = 0.94
"""Of a name that is that of the column, its words neither cut short nor in greater number."""
MOST_OF_A_NAME = 5
_OF_ONE_PERSON = frozenset(
    (table.name, column.name)
    for table in TABLES
    for column in table.columns
    if column.kind == "text" and table.about_young_people
)
"""Texts in whose place sentences about a young person would be personal data."""
_YEARS = re.compile(r"\b(?:19|20)\d\d\b")
CLEARLY, LITTLE = 1.3, 0.4
"""How much better one family of tables must go with a sheet than any other, and with each of its columns, for nobody
to be asked."""


@dataclass(frozen=True)
class Proposals:
    """What the columns of a table most likely fill.

    Parameters
    ----------
    main, active
        The table of the records that the rows are about, and all those that they can fill.
    columns
        Every column.
    families
        What the table may be about where that is not sure, the likeliest first, each by its first table.
    nothing
        Whether it is rather nothing that the report counts: a table of reference, or one whose columns say little.
    """

    main: str
    columns: Mapping[str, Proposal]
    active: tuple[str, ...] = ()
    families: tuple[str, ...] = ()
    nothing: bool = False


def propose(block: Block, context: Context, family: str = "") -> Proposals:
    """Recognise the columns of one table; its family is given where somebody said it, by its first table."""
    return _Recognition(block, context, said=family).proposals()


@dataclass
class _Recognition(LeavingOut):
    said: str = ""
    perhaps: dict[str, Target] = field(default_factory=dict)
    says_little: bool = False

    def proposals(self) -> Proposals:
        if self.said == NOTHING:
            return Proposals("", {h: Proposal(h, (f"ignorée : {NO_TABLE}",)) for h in self.block.header})
        reading = Slots(self.block, self.context)
        slots = reading.slots()
        families = self._families({header: one.target for header, one in slots.items()})
        family = families[0]
        slots = {header: one for header, one in slots.items() if one.target.table in family}
        targets = {header: one.target for header, one in slots.items()}
        main = self._main(family, targets)
        active = self._active(family, main, targets)
        plain = [header for header in self.block.header if header not in slots]
        columns = {header: self._of_slot(header, one) for header, one in slots.items()}
        columns |= self._assigned(plain, active, main, targets)
        for header, one in reading.perhaps.items():
            if one.table in family and header in plain:
                columns[header] = Proposal(header, (str(one),), "les mots de son nom", columns[header].decision)
        columns = {header: self._with_said(columns[header]) for header in self.block.header}
        if not any(one.startswith(f"{PERSON}.") for p in columns.values() for one in p.decision):
            columns |= {
                h: replace(p, decision=(f"{PERSON}.nom_complet",), why="ses cellules")
                for h, p in columns.items()
                if p.decision == ("refusée : un nom",) and table_named(active[0]).about_young_people
            }
        columns = _of_several_years(columns)
        about = tuple(one[0] for one in families[:4] if len(families) > 1)
        return Proposals(main, columns, tuple(active), about, self.says_little or self._is_reference())

    def _with_said(self, one: Proposal) -> Proposal:
        """What a column fills, with what its header says of it."""
        if is_left_out(one.decision[0]):
            return one
        said = (said_by(one.header, target(text), self.block.year) for text in one.decision)
        return replace(one, decision=tuple(map(str, said)))

    def _of_slot(self, header: str, slot: Slot) -> Proposal:
        why = "un nom qui y ressemble" if slot.family else ""
        return Proposal(header, (str(slot.target),), why, family=slot.family)

    def _families(self, slots: Mapping[str, Target]) -> list[tuple[str, ...]]:
        """The families of tables that the columns may be about, the likeliest first; one where there is no doubt."""
        if self.said:
            return [LOGBOOK if self.said == "logbook" else next(one for one in FAMILIES if self.said in one)]
        if self._is_logbook():
            return [LOGBOOK]
        weights = {family: self.weight(family, slots) for family in FAMILIES}
        if any(are_times(self.block.column(h), self.block.column(other)) for h, other in pairwise(self.block.header)):
            weights["temps",] += 1.0
        ordered = sorted(FAMILIES, key=lambda family: -weights[family])
        filled = sum(any(self.block.column(header)) for header in self.block.header)
        self.says_little = weights[ordered[0]] < LITTLE * filled
        clear = not self.says_little and weights[ordered[0]] >= CLEARLY * weights[ordered[1]]
        clear = clear and (ordered[0][0] != "actions" or self._are_actions(slots))
        return ordered[:1] if clear and not self._is_reference() else ordered

    def _are_actions(self, slots: Mapping[str, Target]) -> bool:
        """Whether rows say more of actions than a title and who paid: where, when, of what kind, for how many."""
        said = {(one.table, one.column) for one in slots.values()}
        said |= {place for header in self.block.header for place, score in self.scores[header].items() if score >= SURE}
        tell = {("actions", name) for name in ("commune", "categorie", "seances", "jours", "annee")}
        return bool(said & {*tell, ("participations", "nombre")})

    def _is_reference(self) -> bool:
        """Whether a table is but a key and its words."""
        one = reference_table(self.block)
        return one is not None and len(self.block.header) == 2 and bool(GENERIC & {*telling_words(one.key)})

    def _is_logbook(self) -> bool:
        """Whether each line says whom educators met, and how long they were there."""
        wanted = (PERSON, "nom_complet"), ("temps", "heures"), ("temps", "educateur")
        fits = [max((self.scores[h].get(place, 0.0), h) for h in self.block.header) for place in wanted]
        best, there = {h for _, h in fits}, all(score >= 0.7 for score, _ in fits)
        of_young = any(
            self.scores[h].get(("jeunes", c), 0.0) >= SURE for h in self.block.header for c in DEFINING["jeunes"]
        )
        return there and len(best) == len(wanted) and not of_young

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
        values = self.values(header)
        readable = (
            not values
            or kind_of(place) != "code"
            or place[0] in ("jeunes", "suivis")
            or self.readable(place, values) >= 0.5
        )
        return self.scores[header].get(place, 0.0) >= 0.7 and (readable or self.again(header))

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
                free = [h for h, one in proposals.items() if one.decision == (f"ignorée : {NO_PLACE}",)]
                fits = [h for h in free if self._may_be(place, h, table == active[0]) and self._speaks(place, h)]
                if fits:
                    header = max(fits, key=lambda h: self.scores[h].get(place, 0.0))
                    why = "ses cellules"
                    proposals[header] = Proposal(header, (f"{table}.{column.name}",), why, proposals[header].others)
                    filled.add(f"{table}.{column.name}")
        self._doubt(proposals, active, filled)
        if "temps" in active and "temps.heures" not in filled:
            proposals |= self._times(proposals)
        return proposals | dict(self._named_but_unread(proposals, active, filled))

    def _doubt(self, proposals: dict[str, Proposal], active: Sequence[str], filled: Container[str]) -> None:
        """Ask of the texts of a table that lacks a required one: any of them may be that."""
        wanted = [(table, c) for table in active for c in table_named(table).columns if c.required and c.kind == "text"]
        lacking = {table: c.name for table, c in wanted if f"{table}.{c.name}" not in filled}
        for header, one in proposals.items():
            for place in ((t.table, t.column) for t in targets_of(one.decision) if t.table in lacking):
                if kind_of(place) == "text" and not one.why:
                    why = f"son nom, mais aucune colonne ne dit « {lacking[place[0]]} »"
                    proposals[header] = replace(one, why=why, others=(f"{place[0]}.{lacking[place[0]]}", *one.others))

    def _times(self, proposals: Mapping[str, Proposal]) -> dict[str, Proposal]:
        """Two columns that say when something began and ended give its hours, where no column does."""
        free = [h for h, one in proposals.items() if one.decision[0].startswith("ignorée") and self.values(h)]
        for first, last in pairwise(free):
            if are_times(self.block.column(first), self.block.column(last)):
                why = f"les heures de début et de fin, « {first} » et « {last} »"
                return {h: Proposal(h, ("temps.heures",), why) for h in (first, last)}
        return {}

    def _named_but_unread(
        self, proposals: Mapping[str, Proposal], active: Sequence[str], filled: Container[str]
    ) -> Iterator[tuple[str, Proposal]]:
        """Ask of a column whose name says what it is, and whose cells do not read as such."""
        for header, one in proposals.items():
            if not self.values(header) or one.decision != (f"ignorée : {NO_PLACE}",):
                continue
            tables = {*active, *(PEOPLE if active[0] in PEOPLE else ())}
            named = [(score, place) for place, score in self.named(header).items() if place[0] in tables]
            score, place = max(named, default=(0.0, ("", "")))
            can_be = score >= NAMED and self.fit(place, self.values(header)) > IMPOSSIBLE
            if can_be and str(Target(*place)) not in filled:
                why = "son nom ; ses cellules ne se lisent pas ainsi"
                yield header, Proposal(header, (str(Target(*place)),), why, one.others)

    def _may_be(self, place: Place, header: str, main: bool) -> bool:
        """Whether the cells of a column can be those of another: days, places, words that come back."""
        values, column = self.values(header), table_named(place[0]).column(place[1])
        if not values or self.is_key(header):
            return False
        if column.kind == "birth" and self._are_recent(values):
            return False  # days of what was done
        if column.kind == "date" and all(re.fullmatch(r"\d{1,2}", text) for text in values):
            return False
        if column.kind != "text":
            words = [text for text in values if re.search(r"[^\W\d_]{2}", text)]
            again = len(values) <= 10 and 2 * len(values) <= sum(map(bool, self.block.column(header)))
            unread = column.kind == "code" and main and again and len(words) == len(values) > 1
            return self.readable(place, values) >= 0.8 or unread
        words = [text for text in values if re.search(r"[^\W\d_]{3}", text)]
        return main and place[0] not in PEOPLE and len(words) > 0.8 * len(values)

    def _are_recent(self, values: Sequence[str]) -> bool:
        """Whether some days are of the last years of the table, or say their hour: nobody of these was just born."""
        moments = any(re.search(r"\d:\d\d", text) for text in values)
        return moments or _latest_year(values) > self._latest_year - 5

    @cached_property
    def _latest_year(self) -> int:
        return max((_latest_year(row) for row in self.block.rows), default=0)

    def _speaks(self, place: Place, header: str) -> bool:
        """Whether a guess by cells alone says something: text can stand anywhere, so its name must be near."""
        known = kind_of(place) not in ("text", "identifier") and self.readable(place, self.values(header)) >= 0.8
        return known or self.named(header).get(place, 0.0) >= 0.4

    def _own_key(self, header: str, place: Place, main: str) -> float:
        """The number of a line is that of what the line is about, where another column names the young person."""
        own = {"jeunes": KEYS[0], "suivis": KEYS[1], "actions": KEYS[2]}.get(main)
        words = {*telling_words(header)} - GENERIC
        other = bool(words - {*telling_words(main)}) and (own is not None or self.named(header).get(place, 0.0) >= 0.7)
        if place not in KEYS or place == own or not self.is_key(header) or other:
            return 0.0
        others = (self.scores[other].get(key, 0.0) for other in self.block.header if other != header for key in KEYS)
        return 0.5 if max(others, default=0.0) >= 0.7 else 0.0

    def _bonus(self, place: Place, main: str) -> float:
        return 0.08 if place[0] == main else 0.05 if place[0] == PERSON else 0.0

    def _proposal(
        self, header: str, best: tuple[float, Place] | None, others: Sequence[Place], active: Sequence[str]
    ) -> Proposal:
        choices = tuple(dict.fromkeys(str(Target(*place)) for place in others))
        values = self.values(header)
        personal = self.personal(header, values, active)
        score, place = best or (0.0, (IGNORED, NO_PLACE))
        left_out = self.left_out(header, score, place, values, active)
        read = (
            kind_of(place) in ("commune", "date", "birth", "code", "flag")
            and self.readable(place, values or [""]) >= 0.9
        )
        said = score >= SURE and place[0] != IGNORED and place[1] != "lieu"
        if personal and place[0] != PERSON and not (said or (read and score >= PLAUSIBLE) or place[1] == "educateur"):
            return Proposal(header, (f"refusée : {personal}",))
        if left_out is not None:
            return left_out
        text = tuple(map(str, everywhere(Target(*place), active)))
        if score >= SURE or (score >= PLAUSIBLE and self._worth_asking(place, values)):
            return Proposal(header, text, self._why(header, place, others, active[0]), choices)
        return Proposal(header, (f"ignorée : {NO_PLACE}",), others=choices)

    def _doubtful(self, header: str, place: Place, main: str) -> bool:
        """Whether cells, or what its name says besides, go ill with what a column is called."""
        values, kind = self.values(header), kind_of(place)
        if place == KEYS[0]:
            unsaid = {*telling_words(header)} <= GENERIC and main != "jeunes"  # « uuid », of what the rows are about
            return unsaid or self._comes_back(header)
        if place[1] == "educateur":
            return not self._works_there(header)
        if place[1] == "heures":
            return bool(values) and all((time_of(text) or 0) >= EARLIEST_HOUR for text in values)  # or times of the day
        if place in _OF_ONE_PERSON:
            return any(len(text.split()) > MOST_OF_A_NAME or "\n" in text for text in values)
        if kind == "code" and place[0] != main and values:  # « Type » of another thing
            return self.readable(place, values) < 0.6
        return kind == "commune" and place[0] == "jeunes" and bool(re.search(r"\b20\d\d\b|\b31\b", header))

    def _why(self, header: str, place: Place, others: Sequence[Place], main: str) -> str:
        """What it rests on that a column fills a place; empty where it has its name, no other has, and cells agree."""
        values, named = self.values(header), self.named(header)
        fit, doubtful = self.fit(place, values, self.again(header)), self._doubtful(header, place, main)
        rivals = {one for one in others if one[1] != place[1] and named.get(one, 0.0) >= EXACT}
        if named.get(place, 0.0) >= EXACT and fit >= 0.85 and not rivals and not doubtful:
            return ""
        reasons = ["son nom" if named.get(place, 0.0) >= EXACT else "un nom qui y ressemble"]
        if named.get(place, 0.0) < PLAUSIBLE:
            reasons = ["ses valeurs, qui sont celles d'un autre tableau" if place in KEYS else "ses cellules"]
        if values and kind_of(place) not in ("", "text", "identifier"):
            read = sum(self.context.readable(place, text) for text in values)
            reasons.append(f"{read} valeur{'s' if read > 1 else ''} lisible{'s' if read > 1 else ''} sur {len(values)}")
        return ", ".join(reasons)

    def _worth_asking(self, place: Place, values: Sequence[str]) -> bool:
        return place[0] == PERSON or not values or self.readable(place, values) >= 0.6


def _latest_year(texts: Sequence[str]) -> int:
    return max((int(year) for text in texts for year in _YEARS.findall(text)), default=0)


def _of_several_years(columns: dict[str, Proposal]) -> dict[str, Proposal]:
    """Have columns without a place that differ by their year asked about together."""
    years = re.compile(r"\b20\d\d\b")
    names = {h: years.sub("", h) for h, one in columns.items() if one.decision == (f"ignorée : {NO_PLACE}",)}
    first = {name: h for h, name in reversed(names.items())}
    several = {h for h, name in names.items() if first[name] != h for h in (h, first[name])}
    return {h: replace(one, family=first[names[h]]) if h in several else one for h, one in columns.items()}


def everywhere(one: Target, active: Sequence[str]) -> list[Target]:
    """Give a year to every table that the rows fill."""
    tables = [table for table in active if one.column in table_named(table).column_names]
    return [replace(one, table=table) for table in tables] if one.column == "annee" and one.table in tables else [one]


def note_identifiers(block: Block, columns: Mapping[str, Proposal], context: Context) -> None:
    """Keep the identifiers of a table, to know them in the others."""
    for header, one in columns.items():
        for place, met in context.identifiers.items():
            if str(Target(*place)) in one.decision:
                met.update(identifier_key(value) for value in block.column(header) if value)
