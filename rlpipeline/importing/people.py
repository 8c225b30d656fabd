"""Who is who: of one name with a difference, or of nearly the same name, nobody is merged unasked, nor any action."""

import difflib
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
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


class Mention(NamedTuple):
    """Who a line names, by an identifier or a comparable name, and what it says by column; two lines of one name that
    are somebody whole (``alone``) are a question."""

    identifier: str
    name: str
    shown: str
    place: str
    attributes: Mapping[str, str]
    alone: bool = False

    @property
    def key(self) -> str:
        """What parts it from others before anybody is asked."""
        return f"n° {self.identifier}" if self.identifier else self.name


class Entity(NamedTuple):
    """Somebody, or an action, once it is known who is who: identifier or name, and what tells namesakes apart."""

    key: str
    named: bool
    apart: tuple[tuple[str, str], ...] = ()


class Resolved:
    """Who mentions are about, by what is answered; ``rows`` are the questions. ``entities`` are those of the mentions
    (None among namesakes), ``values`` what is kept of each, ``dropped`` the mentions and columns of what is not."""

    def __init__(
        self, table: str, mentions: Sequence[Mention], pseudonyms: Pseudonyms, service: Service, former: Sequence[Row]
    ) -> None:
        self.table, self.mentions, self.pseudonyms, self.service = table, mentions, pseudonyms, service
        self.former = {row[a.DIGEST]: row for row in former}
        self.rows: dict[str, Row] = {}
        self.entities: list[Entity | None] = [None] * len(mentions)
        self.values: dict[Entity, dict[str, str]] = defaultdict(dict)
        self.dropped: list[tuple[int, str]] = []
        bearers: dict[str, set[str]] = defaultdict(set)
        for mention in mentions:
            bearers[mention.name] |= {mention.identifier} - {""}
        by_key: dict[tuple[str, bool], list[int]] = defaultdict(list)
        for rank, mention in enumerate(mentions):
            own = {mention.identifier} if mention.identifier else bearers[mention.name]
            if len(own) < 2:
                by_key[(*own, mention.name)[0], not own].append(rank)
        same, numbers = {key: key for key in by_key}, defaultdict[str, list[str]](list)
        for number in (key for key, named in by_key if not named):
            numbers[number.lstrip("0")].append(number)  # a spreadsheet takes zeros away
        pairs = [(pair, True) for pair in near_pairs([key for key, named in by_key if named])]
        pairs += [(pair, False) for keys in numbers.values() for pair in combinations(sorted(keys), 2)]
        for pair, named in pairs:
            ranks = [by_key[key, named][0] for key in pair]
            words = " / ".join(mentions[rank].shown for rank in ranks)
            what = "noms presque pareils" if named else f"numéros pareils, aux zéros près : {' et '.join(pair)}"
            if self._ask(("proche", *pair), words, what, ranks)[0] == a.ONE:
                kept, *left = sorted({same[key, named] for key in pair}, key=lambda key: (-len(key[0]), key))
                same = {key: kept if other in left else other for key, other in same.items()}
        for left_key, kept_key in same.items():
            by_key[kept_key] += by_key.pop(left_key) if left_key != kept_key else []
        for (key, named), ranks in by_key.items():
            self._settle(Entity(key, named), sorted(ranks))

    def _settle(self, entity: Entity, ranks: Sequence[int]) -> None:
        for rank in ranks:
            self.entities[rank] = entity
        columns = {column for rank in ranks for column in self.mentions[rank].attributes}
        who, alone = (
            self.mentions[ranks[0]].shown,
            [rank for rank in ranks if entity.named and self.mentions[rank].alone],
        )
        for column in sorted(columns, key=lambda name: (_FIRST_ASKED.get(name, len(_FIRST_ASKED)), name)):
            said = [(rank, value) for rank in ranks if (value := self.mentions[rank].attributes.get(column, ""))]
            values = list(dict.fromkeys(value for _, value in said))
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
            answer, keep = self._ask(parts, who, what, [rank for rank, _ in said], blank)
            if answer == a.TWO:
                parted = {value: [rank for rank, own in said if f"{value}-".startswith(f"{own}-")] for value in values}
                self._part(entity, column, ranks, parted)
            if answer != a.ONE:
                return  # what else differs is asked once it is known whether they are one
            alone = []
            in_order = sorted(values) if keep == a.KEEP_OLDEST else values
            kept = "" if keep == a.BLANK else in_order[-1 if keep == a.KEEP_LAST else 0]
            self.values[entity][column] = kept
            self.dropped += [(rank, column) for rank, value in said if not f"{kept}-".startswith(f"{value}-")]
        if len(alone) > 1:
            what = f"rien : le même nom sur {len(alone)} lignes"
            if self._ask((entity.key, v.OF_LINE, str(len(alone))), who, what, alone)[0] == a.TWO:
                lines = {str(number) if number > 1 else "": [rank] for number, rank in enumerate(alone, 1)}
                self._part(entity, v.OF_LINE, ranks, lines)

    def _part(self, entity: Entity, by: str, ranks: Sequence[int], parted: Mapping[str, Sequence[int]]) -> None:
        for rank in ranks:
            self.entities[rank] = None  # a line that names neither
        for value, of_it in parted.items():
            self._settle(entity._replace(apart=(*entity.apart, *([(by, value)] if value else []))), of_it)

    def _ask(
        self, parts: Sequence[str], who: str, what: str, ranks: Sequence[int], keep: str | None = None
    ) -> tuple[str, str]:
        digest = self.pseudonyms.digest("\x1f".join((self.table, *parts)))[:24]
        former = self.former.get(digest)
        places = a.shown([self.mentions[rank].place for rank in ranks], 6)
        cells = dict(zip(a.SHEETS[a.PEOPLE], (who, what, places), strict=False)) | {a.DIGEST: digest}
        cells |= {a.KEEP: keep or ""} | ({name: former[name] for name in (a.SAME, a.KEEP)} if former else {})
        row = self.rows[digest] = Row(a.PEOPLE, cells, former.line if former else 0)
        answer = row.one_of(a.SAME, (a.ONE, a.TWO))
        row.want(a.SAME, *([a.KEEP] if keep is not None and answer != a.TWO else []))
        return answer, row.one_of(a.KEEP, (a.KEEP_FIRST, a.KEEP_LAST, a.KEEP_OLDEST, a.BLANK))


def near_pairs(names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Pairs of names that a slip or an initial parts: « b karim », « belcourt karim »; never a number or a date alone.
    Words are in order; among few names, « kb » is near both."""
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
    return len(cut) == len(whole) == 1 and bool(short & full) and len(cut[0]) < 3 and whole[0].startswith(cut[0])
