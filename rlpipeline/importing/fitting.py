"""How well each column of an export fits each column of the records, by its name, its cells, and its sheet."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise

from rlpipeline.importing.blocks import Block, group_and_name
from rlpipeline.importing.cells import UNDATED, Asked, CellReader, are_moments, are_ticks
from rlpipeline.importing.pseudonyms import identifier_key
from rlpipeline.importing.rules import Target
from rlpipeline.importing.words import IGNORED, PERSON, Place, likeness, tables_named, telling_words
from rlpipeline.records.dates import Unread
from rlpipeline.records.tables import TABLES, table_named
from rlpipeline.settings.models import Service

PEOPLE = ("jeunes", "suivis", "situations", "problematiques", "orientations", "co_accompagnements", "presences")
LOGBOOK = ("presences", "temps")
FAMILIES: tuple[tuple[str, ...], ...] = (
    PEOPLE,
    ("actions", "participations"),
    *((table.name,) for table in TABLES if table.name not in (*PEOPLE, "actions", "participations")),
)
KEYS: tuple[Place, ...] = ((PERSON, "identifiant"), ("suivis", "id_suivi"), ("actions", "id_action"))
SURE, PLAUSIBLE, NAMED = 0.78, 0.5, 0.9
"""Of a score that needs no choice, of one worth proposing; of a name that is that of the column."""
IMPOSSIBLE = 0.3
"""How well cells fit a column that they cannot be, whatever its name: names without a letter, counts for days."""
GENERIC = frozenset(("identifiant", "numero", "code", "reference", "cle"))
NAMING = {"actions": "libelle", "reseaux": "nom", "instances": "instance", "partenaires": "nom"}
"""The column that says what a line is about."""
MOMENTS = frozenset(("debut", "fin", "arrivee", "depart"))
RANK = "un rang dans la feuille, qui change quand elle change"
NAMES_OF_PERSONS = frozenset((PERSON, what) for what in ("nom", "prenom", "nom_complet"))
SAMPLE, MOST_WORDS, FEW = 60, 15, 4
MANY = (("problematiques", "problematique"), ("co_accompagnements", "partenaire"), ("orientations", "domaine"))
"""Columns whose cell may hold several codes, each a row."""


@dataclass
class Context:
    """What the exports of one import share.

    Parameters
    ----------
    identifiers
        Those already recognised of persons, follow-ups and actions, to know them in other tables.
    shared
        Headers that tables of different layouts have, one of them with another text in each row: keys, most likely.
    """

    service: Service
    shared: frozenset[str] = frozenset()
    identifiers: Mapping[Place, set[str]] = field(default_factory=lambda: {place: set() for place in KEYS})
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


@dataclass
class Fitting:
    """The columns of one table against those of the records."""

    block: Block
    context: Context

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

    def values(self, header: str) -> list[str]:
        """Some of the different texts of a column."""
        return list(dict.fromkeys(text for text in self.block.column(header) if text))[:SAMPLE]

    def named(self, header: str) -> Mapping[Place, float]:
        """How near the name of a column is to those of the records, with the group above it."""
        named = dict(likeness(header))
        for other in (self._bare(header), dict(self.block.through).get(header, "")):
            for place, score in likeness(other).items() if other else ():
                named[place] = max(named.get(place, 0.0), 0.95 * score)
        words = {*telling_words(header)}
        for table, column in NAMING.items() if words and words <= {*telling_words(self.block.sheet)} else ():
            if table in self.hints:  # « Chantier », in the sheet « Chantiers éducatifs »
                named[table, column] = max(named.get((table, column), 0.0), 0.8)
        group, name = group_and_name(header)
        if group:
            of_group, own = tables_named(group), likeness(name)
            for place, score in own.items():
                named[place] = max(named.get(place, 0.0), (1.1 if place[0] in of_group else 0.95) * score)
            for place, score in likeness(group).items() if not own else ():
                named[place] = max(named.get(place, 0.0), 0.8 * score)
        if are_moments(self.values(header), bool({*telling_words(header)} & MOMENTS)):
            named = {place: score for place, score in named.items() if place[1] != "heures"}
        return named

    @cached_property
    def prefix(self) -> str:
        """What most headers of a table of a database begin with: « PER_ »."""
        starts = Counter(header.partition("_")[0] for header in self.block.header if "_" in header)
        start, number = max(starts.items(), key=lambda item: item[1], default=("", 0))
        return f"{start}_" if number >= max(3, 0.5 * len(self.block.header)) else ""

    def _bare(self, header: str) -> str:
        return header.removeprefix(self.prefix) if self.prefix and header.startswith(self.prefix) else ""

    def _scored(self, header: str) -> Mapping[Place, float]:
        named, values, again = self.named(header), self.values(header), self.again(header)
        scored = {place: score * self.fit(place, values, again) for place, score in named.items()}
        if not self._works_there(header):
            scored |= {place: 0.7 * score for place, score in scored.items() if place[1] == "educateur"}
        by_content = self._by_content(values, named)
        for place, score in by_content.items():
            agrees = named.get(place, 0.0) >= PLAUSIBLE and score < SURE
            scored[place] = max(scored.get(place, 0.0), 0.85 if agrees else score + 0.1 * named.get(place, 0.0))
        if values and "annee" in telling_words(header) and all(re.fullmatch(r"20\d\d", text) for text in values):
            scored |= {(t.name, "annee"): 0.85 for t in TABLES if "annee" in t.column_names}
        if values and all(re.fullmatch(r"\d{5}", text) for text in values):  # a code says more than a name beside it
            scored |= {place: score + 0.05 for place, score in scored.items() if kind_of(place) == "commune"}
        if any(kind_of(place) == "code" for place in by_content):
            scored |= {place: 0.5 * scored[place] for place in NAMES_OF_PERSONS & {*scored}}  # words of a list
        if self._is_rank(header):
            scored[IGNORED, RANK] = 1.2
        elif self.is_key(header):
            for place in KEYS:
                scored[place] = max(scored.get(place, 0.0), 0.8 + 0.1 * named.get(place, 0.0))
            unsaid = {place for place in by_content if place not in KEYS and named.get(place, 0.0) < PLAUSIBLE}
            scored = {place: score for place, score in scored.items() if place not in unsaid}  # numbers like places'
        of_a_year, of_today = scored.get(("situations", "commune"), 0.0), scored.get(("jeunes", "commune"), 0.0)
        if of_a_year >= of_today and not re.search(r"31|20\d\d|ann[ée]e|date", header, re.IGNORECASE):
            scored["jeunes", "commune"] = of_a_year + 0.05  # a place of no day is that of the young person
        if "nombre" in telling_words(header):  # « Nb de jeunes vus » names none of them
            scored = {place: score for place, score in scored.items() if place[0] != PERSON}
        return scored

    def again(self, header: str) -> bool:
        """Whether the cells of a column are a few words that come back."""
        filled = [text for text in self.block.column(header) if text]
        words = {part.strip() for text in filled for part in re.split("[;,]", text)}
        return len(words) <= min(MOST_WORDS, 0.75 * len(filled))

    def _works_there(self, header: str) -> bool:
        """Whether the cells of a column may be educators, who come back from row to row."""
        filled = [text for text in self.block.column(header) if text]
        return len({*filled}) <= max(FEW, 0.5 * len(filled))

    def _comes_back(self, header: str) -> bool:
        """Whether a few texts fill a column, as those of educators do rather than those of young people."""
        filled = [text for text in self.block.column(header) if text]
        return len({*filled}) <= MOST_WORDS and 4 * len({*filled}) <= len(filled)

    def _is_rank(self, header: str) -> bool:
        """Whether a column but numbers the rows, 1, 2, 3, where others name whom they are about."""
        ranks = [int(text) if text.isdecimal() else 0 for text in self.block.column(header) if text]
        follow = all(after in (before + 1, 1) for before, after in pairwise([0, *ranks]))
        named = (place for other in self.block.header for place in NAMES_OF_PERSONS & {*self.named(other)})
        return len(ranks) > 2 and follow and {*telling_words(header)} <= GENERIC | {"rang", "ordre"} and any(named)

    def is_key(self, header: str) -> bool:
        """Whether a column that calls itself a number, or that other tables have, names each line."""
        named = bool(GENERIC & {*telling_words(header)}) or header in self.context.shared
        return named and names_each_row(self.block.column(header))

    def fit(self, place: Place, values: Sequence[str], again: bool = False) -> float:
        """A factor: how many of the values may stand in the column; words that come back can be asked about."""
        table = place[0]
        no_name = place in NAMES_OF_PERSONS and values and not any(map(_IS_NAME.fullmatch, values))
        if no_name or (place in (*MANY, *KEYS) and are_ticks(values)):
            return IMPOSSIBLE
        if place == KEYS[0] and values and sum(_is_a_full_name(text) for text in values) >= 0.8 * len(values):
            return 0.8
        if table in (PERSON, IGNORED) or not values:
            return 1.0 if values or table == IGNORED else 0.9
        if kind_of(place) == "date" and table in ("jeunes", "suivis") and all(map(_FEW_DIGITS.fullmatch, values)):
            return IMPOSSIBLE  # numbers, which would be days of a sheet's month elsewhere
        share = self.readable(place, values)
        if share < 0.6 and kind_of(place) == "code" and ((again and _are_words(values)) or _are_codes(values)):
            return 0.85  # codes of the software's own: what they mean is asked
        return 1.05 if share >= 0.9 else 0.9 if share >= 0.6 else 0.75 if share >= 0.3 else 0.35

    def readable(self, place: Place, values: Sequence[str]) -> float:
        """Which part of the values can stand in a column of the records."""
        if kind_of(place) in ("text", "identifier"):
            dates = [text for text in values if re.fullmatch(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{2,4}.*", text)]
            numbers = [t for t in values if re.fullmatch(r"[\d.,]+", t)] if kind_of(place) == "text" else []
            return 1.0 - (len(dates) + len(numbers)) / len(values)
        return sum(self.context.readable(place, text) for text in values) / len(values)

    def _by_content(self, values: Sequence[str], named: Mapping[Place, float]) -> Mapping[Place, float]:
        """Columns whose cells tell what they are, whatever their name; fewer do where the name is near."""
        keys = {identifier_key(text) for text in values}
        scores: dict[Place, float] = {}
        if len(keys) >= 3 and not all(map(_FEW_DIGITS.fullmatch, values)):  # counts are no identifiers
            met = self.context.identifiers
            scores |= {place: 1.1 for place in KEYS if len(keys & met[place]) >= 0.8 * len(keys)}
        words = [text for text in values if not re.fullmatch(r"[\d.,\s]*", text)]
        if len(words) >= 2:
            least = {place: 0.6 if named.get(place, 0.0) >= PLAUSIBLE else 0.9 for place in _TELLING}
            scores |= {place: 0.6 for place in _TELLING if self.readable(place, words) >= least[place]}
        listed = [part.strip() for text in words for part in text.split(";") if part.strip()]
        if len(listed) > 1.3 * max(1, len(words)):  # several answers in a cell, as forms give them
            scores |= {place: 0.75 for place in MANY if self.readable(place, list(dict.fromkeys(listed))) >= 0.5}
        return scores

    def weight(self, family: tuple[str, ...], slots: Mapping[str, Target]) -> float:
        """How well the columns, and the names of the sheet, go with some tables."""
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
        persons = family in (PEOPLE, LOGBOOK)
        fits = [
            (score, place)
            for place, score in self.scores[header].items()
            if (place[0] in family or (place[0] == PERSON and persons)) and place not in filled
        ]
        return max(fits, key=lambda fit: fit[0], default=(0.0, None))


_FEW_DIGITS = re.compile(r"\d{1,2}")
_IS_NAME = re.compile(r"\D*[^\W\d_]{2}\D*")


def _is_a_full_name(text: str) -> bool:
    """Whether a text is two words or three, without a digit: « Océane Tr. »."""
    return bool(re.fullmatch(r"[^\W\d_][^\d;]*\s[^\d;]*", text)) and len(text.split()) <= 3


_TELLING = tuple(
    (table.name, column.name)
    for table in TABLES
    for column in table.columns
    if (column.kind == "code" and len(column.codes) > 2) or column.kind == "commune"
)
"""Columns that their words tell."""


def names_each_row(texts: Sequence[str]) -> bool:
    """Whether a column has a text in each row, and never the same."""
    return len(texts) > 2 and all(texts) and len({*texts}) == len(texts)


def kind_of(place: Place) -> str:
    """The kind of a column of the records; empty for what names a person, or nothing."""
    return "" if place[0] in (PERSON, IGNORED) or not place[1] else table_named(place[0]).column(place[1]).kind


def _are_words(values: Sequence[str]) -> bool:
    return 2 * sum(bool(re.search(r"[^\W\d_]{2}", text)) for text in values) > len(values)


def _are_codes(values: Sequence[str]) -> bool:
    return len(values) <= 12 and all(len(text) <= 6 and not re.search(r"[/.:]", text) for text in values)
