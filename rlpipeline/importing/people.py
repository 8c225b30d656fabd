"""Who is who: persons and actions of one name with a difference, or of nearly the same name; never merged unasked."""

from __future__ import annotations

import difflib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from rlpipeline.importing import answers as a
from rlpipeline.importing.answers import Row, one_of, shown
from rlpipeline.importing.pseudonyms import Pseudonyms
from rlpipeline.importing.vocabulary import target_of, word_of
from rlpipeline.records.tables import table_named
from rlpipeline.settings.models import Service

ALIKE = 0.85
"""How near two spellings are before a person is asked whether they are one."""
_FIRST_ASKED = ("date_naissance", "sexe", "commune", "categorie")
LINE = "ligne"


@dataclass
class Mention:
    """A line that names somebody, or an action.

    Parameters
    ----------
    identifier, name
        What it is named by, made comparable; one of them at least.
    shown, place
        As the line writes it, and where the line is.
    attributes
        Column of the records to what the line says.
    alone
        Whether a line is somebody whole, so that two lines of one name are two unless a person says otherwise.
    """

    identifier: str
    name: str
    shown: str
    place: str
    attributes: Mapping[str, str]
    alone: bool = False


@dataclass(frozen=True)
class Entity:
    """Somebody, or an action, once it is known who is who.

    Parameters
    ----------
    key
        Identifier or name.
    apart
        The column and the value that tell namesakes apart.
    """

    key: str
    named: bool
    apart: tuple[tuple[str, str], ...] = ()


@dataclass
class Resolved:
    """Who each mention is about.

    Parameters
    ----------
    entities
        One a mention; None where nobody can tell, among namesakes.
    values
        What is kept of each, by column, where lines differ.
    dropped
        Mentions whose value is not kept, with the column.
    joined, split
        How many entities fewer, or more, than names and identifiers.
    """

    entities: list[Entity | None] = field(default_factory=list)
    values: dict[Entity, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    dropped: list[tuple[int, str]] = field(default_factory=list)
    joined: int = 0
    split: int = 0


class Resolving:
    """The questions about persons or about actions, and what is answered to them."""

    def __init__(self, table: str, pseudonyms: Pseudonyms, service: Service, former: Sequence[Row]) -> None:
        self.table, self.pseudonyms, self.service = table, pseudonyms, service
        self.former = {row["empreinte"]: row for row in former}
        self.rows: dict[str, Row] = {}

    def resolve(self, mentions: Sequence[Mention]) -> Resolved:
        """Tell who each mention is about, and note in ``rows`` what has to be asked."""
        result = Resolved([None] * len(mentions))
        bearers: dict[str, set[str]] = defaultdict(set)
        for mention in mentions:
            if mention.identifier and mention.name:
                bearers[mention.name].add(mention.identifier)
        by_key: dict[tuple[str, bool], list[int]] = defaultdict(list)
        resolved_names: set[str] = set()
        for rank, mention in enumerate(mentions):
            if not mention.identifier and mention.name in bearers:
                if len(bearers[mention.name]) == 1:
                    by_key[next(iter(bearers[mention.name])), False].append(rank)
                    resolved_names.add(mention.name)
            else:
                by_key[mention.identifier or mention.name, not mention.identifier].append(rank)
        result.joined += len(resolved_names)
        for name, kept in self._near([key for key, named in by_key if named], mentions, by_key).items():
            by_key[kept, True] += by_key.pop((name, True))
            result.joined += 1
        for (key, named), ranks in by_key.items():
            self._settle(Entity(key, named), sorted(ranks), mentions, result)
        return result

    def _near(
        self, names: Sequence[str], mentions: Sequence[Mention], by_key: Mapping[tuple[str, bool], Sequence[int]]
    ) -> dict[str, str]:
        """Name to the one that it stands for, where a person says that both are the same."""
        same: dict[str, str] = {}
        for first, second in near_pairs(names):
            ranks = [*by_key[first, True][:1], *by_key[second, True][:1]]
            words = " / ".join(mentions[rank].shown for rank in ranks)
            row = self._ask(
                ("proche", first, second), words, "noms presque pareils", [mentions[r].place for r in ranks]
            )
            if one_of(row, a.SAME, (a.ONE, a.TWO)) == a.ONE:
                kept, left = sorted((same.get(first, first), same.get(second, second)), key=lambda n: (-len(n), n))
                if kept != left:
                    same = {name: kept if one == left else one for name, one in same.items()} | {left: kept}
        return same

    def _settle(self, entity: Entity, ranks: Sequence[int], mentions: Sequence[Mention], result: Resolved) -> None:
        for rank in ranks:
            result.entities[rank] = entity
        said_same = False
        columns = {column for rank in ranks for column in mentions[rank].attributes}
        first = {column: rank for rank, column in enumerate(_FIRST_ASKED)}
        for column in sorted(columns, key=lambda name: (first.get(name, len(first)), name)):
            said = [(rank, mentions[rank].attributes.get(column, "")) for rank in ranks]
            values = _different([value for _, value in said])
            if len(values) > 1:
                spec = table_named(self.table).column(column)
                target = target_of(self.table, column)
                label = target.label.partition(" — ")[2]
                where = [mentions[rank].place for rank, value in said if value]
                parts = (entity.key, *map("=".join, entity.apart), column, *sorted(values))
                what = f"{label} : {shown([word_of(value, target, self.service) for value in values])}"
                row = self._ask(parts, mentions[ranks[0]].shown, what, where, "" if not spec.nullable else a.BLANK)
                answer = one_of(row, a.SAME, (a.ONE, a.TWO))
                if answer == a.TWO:
                    self._split(entity, column, values, said, mentions, result)
                if answer != a.ONE:
                    return  # what else differs is asked once it is known whether they are one
                said_same = True
                keep = one_of(row, a.KEEP, (a.KEEP_FIRST, a.KEEP_LAST, a.BLANK))
                kept = "" if keep == a.BLANK else values[-1 if keep == a.KEEP_LAST else 0]
                result.values[entity][column] = kept
                result.dropped += [(rank, column) for rank, value in said if value and not _compatible(value, kept)]
            elif values:
                result.values[entity][column] = values[0]
        alone = [rank for rank in ranks if mentions[rank].alone]
        if len(alone) > 1 and not said_same:
            places = [mentions[rank].place for rank in alone]
            row = self._ask((entity.key, LINE, str(len(alone))), mentions[ranks[0]].shown, "rien : deux lignes", places)
            if one_of(row, a.SAME, (a.ONE, a.TWO)) == a.TWO:
                for number, rank in enumerate(alone[1:], 2):
                    other = Entity(entity.key, entity.named, (*entity.apart, (LINE, str(number))))
                    result.entities[rank] = other
                    result.values[other] |= result.values[entity]
                result.split += len(alone) - 1

    def _split(
        self,
        entity: Entity,
        column: str,
        values: Sequence[str],
        said: Sequence[tuple[int, str]],
        mentions: Sequence[Mention],
        result: Resolved,
    ) -> None:
        result.split += len(values) - 1
        for rank, value in said:
            if not value:
                result.entities[rank] = None
        for value in values:
            ranks = [rank for rank, own in said if own and _compatible(own, value)]
            self._settle(Entity(entity.key, entity.named, (*entity.apart, (column, value))), ranks, mentions, result)

    def _ask(self, parts: Sequence[str], who: str, what: str, places: Sequence[str], keep: str | None = None) -> Row:
        digest = self.pseudonyms.digest("\x1f".join((self.table, *parts)))[:24]
        former = self.former.get(digest)
        answered = {header: former[header] for header in (a.SAME, a.KEEP)} if former else {}
        cells = {"qui ou quoi": who, "ce qui diffère": what, "où": shown(places, 6), "empreinte": digest}
        row = Row(a.PEOPLE, {**cells, a.KEEP: keep or "", **answered}, former.line if former else 0)
        row.want(a.SAME)
        if keep is not None and row[a.SAME].casefold() != a.TWO:
            row.want(a.KEEP)
        self.rows[digest] = row
        return row


def _different(values: Sequence[str]) -> list[str]:
    """The values that differ, in order: a year of birth is no other than a date in it."""
    found = list(dict.fromkeys(filter(None, values)))
    return [value for value in found if not any(other != value and other.startswith(f"{value}-") for other in found)]


def _compatible(value: str, kept: str) -> bool:
    return value == kept or kept.startswith(f"{value}-")


def near_pairs(names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Pairs of names that a slip or an initial parts: « b karim », « belcourt karim »; words are in order."""
    starts: dict[str, list[str]] = defaultdict(list)
    for name in sorted(names):
        for start in {word[:3] for word in name.split()}:
            starts[start].append(name)
    pairs = Counter(
        (first, second) for group in starts.values() for rank, first in enumerate(group) for second in group[rank + 1 :]
    )
    for first, second in sorted(pairs):
        if _abbreviates(first, second) or _abbreviates(second, first) or _alike(first, second):
            yield first, second


def _abbreviates(short: str, full: str) -> bool:
    """Whether one name is the other with a word cut to its first letters."""
    ours, theirs = Counter(short.split()), Counter(full.split())
    cut, whole = list((ours - theirs).elements()), list((theirs - ours).elements())
    return len(cut) == len(whole) == 1 and bool(ours & theirs) and len(cut[0]) < 3 and whole[0].startswith(cut[0])


def _alike(first: str, second: str) -> bool:
    matcher = difflib.SequenceMatcher(None, first, second, autojunk=False)
    return matcher.real_quick_ratio() >= ALIKE and matcher.quick_ratio() >= ALIKE and matcher.ratio() >= ALIKE
