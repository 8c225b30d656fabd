"""Who is who: of one name with a difference, or of nearly the same name, nobody is merged unasked, nor any action."""

import difflib
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import NamedTuple

from rlpipeline.importing import answers as a
from rlpipeline.importing import vocabulary as v
from rlpipeline.importing.answers import Row
from rlpipeline.importing.pseudonyms import Pseudonyms
from rlpipeline.settings.models import Service

ALIKE = 0.85  # how near two spellings are before a person is asked whether they are one
FEW = 60  # names among which every pair is looked at
_FIRST_ASKED = {"date_naissance": 0, "sexe": 1, "commune": 2, "categorie": 3}


class Entity(NamedTuple):
    """Somebody, or an action, once it is known who is who: identifier or name, and what tells namesakes apart."""

    key: str
    named: bool
    apart: tuple[tuple[str, str], ...] = ()


@dataclass(eq=False)
class Mention:
    """Who a line names, by an identifier or a comparable name, and what it says by column; then who that is, None among
    namesakes, and the columns of what it says that are not kept."""

    identifier: str
    name: str
    shown: str
    place: str
    attributes: Mapping[str, str]
    entity: Entity | None = None
    dropped: list[str] = field(default_factory=list)

    @property
    def key(self) -> str:
        """What parts it from others before anybody is asked."""
        return f"n° {self.identifier}" if self.identifier else self.name


class Resolved:
    """Who mentions are about, by what is answered: ``rows`` are the questions, ``values`` what is kept of each."""

    def __init__(
        self, table: str, mentions: Sequence[Mention], pseudonyms: Pseudonyms, service: Service, former: Sequence[Row]
    ) -> None:
        self.table, self.mentions, self.pseudonyms, self.service = table, mentions, pseudonyms, service
        self.former = {row[a.DIGEST]: row for row in former}
        self.rows: dict[str, Row] = {}
        self.values: dict[Entity, dict[str, str]] = defaultdict(dict)
        bearers, first = defaultdict[str, set[str]](set), dict[Entity, Mention]()
        for mention in mentions:
            bearers[mention.name] |= {mention.identifier} - {""}
        for mention in mentions:
            numbers = {mention.identifier} if mention.identifier else bearers[mention.name]
            if len(numbers) < 2:
                mention.entity = Entity((*numbers, mention.name)[0], not numbers)
                first.setdefault(mention.entity, mention)
        whole = {entity: entity for entity in first}
        for pair, what in _pairs([*first]):
            named = [first[entity] for entity in pair]
            parts = ("proche", *(entity.key for entity in pair))
            if self._ask(parts, " / ".join(mention.shown for mention in named), what, named)[0] == a.ONE:
                kept, *left = sorted({whole[entity] for entity in pair}, key=lambda entity: (-len(entity.key), entity))
                whole |= {entity: kept for entity in whole if whole[entity] in left}
        together = defaultdict[Entity, list[Mention]](list)
        for mention in mentions:
            if mention.entity:
                together[whole[mention.entity]].append(mention)
        for entity, of_it in together.items():
            self._settle(entity, of_it)

    def _settle(self, entity: Entity, mentions: Sequence[Mention]) -> None:
        for mention in mentions:
            mention.entity = entity
        columns = {column for mention in mentions for column in mention.attributes}
        for column in sorted(columns, key=lambda name: (_FIRST_ASKED.get(name, len(_FIRST_ASKED)), name)):
            said = {mention: value for mention in mentions if (value := mention.attributes.get(column))}
            values = [*dict.fromkeys(said.values())]
            values = [value for value in values if not any(other.startswith(f"{value}-") for other in values)]
            if len(values) == 1:
                self.values[entity][column] = values[0]
            if len(values) < 2:
                continue
            target = v.TARGET_OF.get((self.table, column))  # none for a title
            parts = (entity.key, *map("=".join, entity.apart), column, *sorted(values))
            words = [v.word_of(value, target, self.service) if target else value for value in values]
            what = f"{target.short if target else column} : {a.shown(words)}"
            blank = "" if target and target.is_asked else a.BLANK
            answer, keep = self._ask(parts, mentions[0].shown, what, [*said], blank)
            if answer == a.TWO:
                for mention in mentions:
                    mention.entity = None  # a line that names neither
                for value in values:
                    apart = entity._replace(apart=(*entity.apart, (column, value)))
                    self._settle(apart, [mention for mention, own in said.items() if _says(own, value)])
            if answer != a.ONE:
                return  # what else differs is asked once it is known whether they are one
            in_order = sorted(values) if keep == a.KEEP_OLDEST else values
            kept = "" if keep == a.BLANK else in_order[-1 if keep == a.KEEP_LAST else 0]
            self.values[entity][column] = kept
            for mention, own in said.items():
                mention.dropped += [] if _says(own, kept) else [column]

    def _ask(
        self, parts: Sequence[str], who: str, what: str, mentions: Sequence[Mention], keep: str | None = None
    ) -> tuple[str, str]:
        digest = self.pseudonyms.digest("\x1f".join((self.table, *parts)))[:24]
        former = self.former.get(digest)
        places = a.shown([mention.place for mention in mentions], 6)
        cells = dict(zip(a.SHEETS[a.PEOPLE], (who, what, places), strict=False)) | {a.DIGEST: digest}
        cells |= {a.KEEP: keep or ""} | ({name: former[name] for name in (a.SAME, a.KEEP)} if former else {})
        row = self.rows[digest] = Row(a.PEOPLE, cells, former.line if former else 0)
        answer = row.one_of(a.SAME, (a.ONE, a.TWO))
        row.want(a.SAME, *([a.KEEP] if keep is not None and answer != a.TWO else []))
        return answer, row.one_of(a.KEEP, (a.KEEP_FIRST, a.KEEP_LAST, a.KEEP_OLDEST, a.BLANK))


def _says(value: str, whole: str) -> bool:
    return f"{whole}-".startswith(f"{value}-")  # a year is what a day of it says too


def _pairs(entities: Sequence[Entity]) -> Iterator[tuple[tuple[Entity, Entity], str]]:
    names = {entity.key: entity for entity in entities if entity.named}
    for first, second in near_pairs([*names]):
        yield (names[first], names[second]), "noms presque pareils"
    numbers = defaultdict[str, list[Entity]](list)
    for entity in entities:
        if not entity.named:
            numbers[entity.key.lstrip("0")].append(entity)  # a spreadsheet takes zeros away
    for alike in numbers.values():
        for pair in combinations(sorted(alike), 2):
            yield pair, f"numéros pareils, aux zéros près : {pair[0].key} et {pair[1].key}"


def near_pairs(names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Pairs of names that a slip or an initial parts: « b karim », « belcourt karim », or a word of two, « belcourt »;
    never a number or a date alone. Words are in order; among few names, « kb » is near all three."""
    starts: dict[str, list[str]] = defaultdict(list)
    for name in sorted(names):
        for start in {word[:3] for word in name.split()} if len(names) > FEW else {""}:
            starts[start].append(name)
    for first, second in sorted({pair for group in starts.values() for pair in combinations(group, 2)}):
        ours, theirs = (Counter(re.findall(r"\d+|[^\W\d_]+", name)) for name in (first, second))
        apart = [*(ours - theirs).elements(), *(theirs - ours).elements()]
        matcher = difflib.SequenceMatcher(None, first, second, autojunk=False)
        ratios = (matcher.real_quick_ratio, matcher.quick_ratio, matcher.ratio)  # the quickest first
        if not (apart and all(word.isdigit() or word in v.MONTHS for word in apart)) and (
            _abbreviates(ours, theirs) or _abbreviates(theirs, ours) or all(ratio() >= ALIKE for ratio in ratios)
        ):
            yield first, second


def _abbreviates(short: Counter[str], full: Counter[str]) -> bool:
    cut, whole = list((short - full).elements()), list((full - short).elements())
    if len(cut) == 1 < len(whole) == len(cut[0]) and not short & full:
        return sorted(cut[0]) == sorted(word[0] for word in whole)
    if not cut:  # a family name or a first name alone
        return len(whole) == short.total() == 1 and all(len(word) > 2 for word in short)
    return len(cut) == len(whole) == 1 and bool(short & full) and len(cut[0]) < 3 and whole[0].startswith(cut[0])
