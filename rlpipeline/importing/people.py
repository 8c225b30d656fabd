"""Who is who: nobody of one name with a difference, or nearly of one name, is merged unasked.

Nor is any action. Names and identifiers become pseudonyms, by a hash whose key stays at the
project's root; so for who is forgotten.
"""

import difflib
import hmac
import os
import re
import secrets
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

from rlpipeline.errors import SettingsError
from rlpipeline.execution.output_folder import write_whole
from rlpipeline.importing import FRENCH, refusal, shown
from rlpipeline.importing.answers import PersonRow
from rlpipeline.importing.vocabulary import (
    MONTHS,
    TARGET_OF,
    Codes,
    Keep,
    Same,
    identifier_key,
)
from rlpipeline.records.names import simplified

KEY = ".rlpipeline-cle"
FORGOTTEN = ".rlpipeline-oublies"
"""Digests of the pseudonyms that ``forget`` took out, one a line."""
DIGITS = 12
_TEAM, _CONSONANT = r"(?i:[ée]quipe|[ée]duc?|service)", "[B-DF-HJ-NP-TV-XZ]"
_CODE = re.compile(
    rf"(?:{_TEAM}|[A-Z]{{0,2}}|{_CONSONANT}{{3,4}}|[a-z])[\W_]*\d[\d\W_]*[A-Z]?"
    rf"|{_TEAM}(?:\W+[A-Z])?|[A-Z]|{_CONSONANT}{{2,4}}"
)
"""A number, with initials or a word of work; capitals without a vowel: no name is written so."""
_TITLES = {"m": "M.", "mr": "M.", "monsieur": "M.", "mme": "Mme", "mlle": "Mme", "madame": "Mme"}


def read_key(root: Path, create: bool = False) -> bytes | None:
    """The key of the project, made once, its owner's alone; None where there is none.

    Raises
    ------
    SettingsError
        Where it is damaged.
    """
    path = root / KEY
    if not path.exists():
        if not create:
            return None
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as stream:
            stream.write(f"{secrets.token_hex(32)}\n")
    text = path.read_text(encoding="ascii", errors="replace").strip()
    if not re.fullmatch(r"[0-9a-f]{64}", text):
        raise refusal(SettingsError, "clé abîmée", path)
    return bytes.fromhex(text)


def read_forgotten(root: Path) -> frozenset[str]:
    """The digests of the pseudonyms that are not to come in again."""
    path = root / FORGOTTEN
    if path.is_file():
        return frozenset(path.read_text(encoding="ascii").split())
    return frozenset()


def forget_digests(root: Path, *digests: str) -> None:
    """Have imports leave these young people out."""
    listed = sorted({*read_forgotten(root), *digests})
    write_whole(root / FORGOTTEN, "".join(f"{digest}\n" for digest in listed))


@dataclass
class Pseudonyms:
    """What names young people, follow-ups and educators, however an export writes them.

    Digits alone: letters might spell a name. Twelve of them: among 10,000 persons, two share one
    with a chance of one in 20,000, and then import stops.
    """

    key: bytes
    _written: dict[str, str] = field(default_factory=dict)

    def of(self, prefix: str, *parts: str) -> str:
        """The pseudonym of what the parts say together; SettingsError where another thing has it."""
        text = "\x1f".join((prefix, *parts))
        number = int(self.digest(text), 16) % 10**DIGITS
        pseudonym = f"{prefix}-{number:0{DIGITS}d}"
        if self._written.setdefault(pseudonym, text) != text:
            raise refusal(SettingsError, "même pseudonyme", pseudonym)
        return pseudonym

    def young(self, text: str) -> str:
        """The pseudonym of a young person by an identifier; where it is words, it is a name."""
        is_name = len(name_key(text).split()) > 1 and not re.search(r"\d", text)
        if is_name:
            return self.of("J", name_key(text), "")
        return self.of("J", identifier_key(text))

    def digest(self, text: str) -> str:
        """The keyed hash of a text."""
        return hmac.new(self.key, text.encode(), "sha256").hexdigest()

    def educator(self, text: str) -> str:
        """The code of an educator: as it is where it is one, else that of the name."""
        if not text or _CODE.fullmatch(text):
            return text
        return self.of("EDU", name_key(text))


def name_key(*parts: str) -> str:
    """A name in one way: its words in alphabetical order, without case, accents and title."""
    return " ".join(sorted({word for part in parts for word in _titled(part)[1]}))


def title_of(name: str) -> str:
    """« M. » or « Mme », which part two of one name; empty where a name has no title."""
    return _titled(name)[0]


def _titled(name: str) -> tuple[str, list[str]]:
    """The title before a name, and the words of the name; « Sarah M. » has an initial."""
    words = [word for word in re.split(r"[\W_]+", simplified(name)) if word]
    title = ""
    if len(words) > 1:
        title = _TITLES.get(words[0], "")
    return title, words[1:] if title else words


HALF = 12
"""Length of half a digest."""
ALIKE = 0.85  # how near two spellings are before a person is asked whether they are one
FEW = 60  # names among which every pair is looked at
_FIRST_ASKED = {"date_naissance": 0, "sexe": 1, "commune": 2, "categorie": 3}


class Entity(NamedTuple):
    """Somebody, or an action, once it is known who is who.

    Attributes
    ----------
    key, named
        Identifier or comparable name, and whether it is a name.
    apart
        What tells namesakes apart, by column.
    """

    key: str
    named: bool
    apart: tuple[tuple[str, str], ...] = ()


Pair = tuple[Entity, ...]
"""Two that may be one."""


@dataclass(frozen=True, eq=False)
class Mention:
    """Whom or what a line names, and what it says of them by column.

    ``identifier`` and ``name`` are comparable, ``shown`` and ``place`` for a person to find it.
    """

    identifier: str
    name: str
    shown: str
    place: str
    attributes: Mapping[str, str]

    @property
    def key(self) -> str:
        """What parts it from others before anybody is asked."""
        if self.identifier:
            return f"n° {self.identifier}"
        return self.name


@dataclass(frozen=True)
class Identities:
    """Whom mentions of a table are about, by what is answered.

    Attributes
    ----------
    mentions
        All of them.
    entities
        Mention to whom it is about; a mention that may be of several namesakes is not there.
    values
        What is kept of each, by column.
    dropped
        Mention to the columns of what it says that are not kept.
    questions
        The rows of « Personnes et actions ».
    """

    mentions: Sequence[Mention]
    entities: Mapping[Mention, Entity]
    values: Mapping[Entity, Mapping[str, str]]
    dropped: Mapping[Mention, Sequence[str]]
    questions: Sequence[PersonRow]


def identify(
    table: str,
    mentions: Sequence[Mention],
    pseudonyms: Pseudonyms,
    codes: Codes,
    answered: Sequence[PersonRow],
) -> Identities:
    """Settle who is who: nobody is merged, nor parted, unasked."""
    known = {row.digest: row for row in answered}
    desk = _Identifying(table, mentions, pseudonyms, codes, known, answered)
    groups: dict[Entity, list[Mention]] = defaultdict(list)
    for mention, entity in desk.merged(desk.by_identifier()).items():
        groups[entity].append(mention)
    for entity, of_it in groups.items():
        desk.settle(entity, of_it)
    questions = [*desk.rows.values()]
    return Identities(mentions, desk.entities, desk.values, desk.dropped, questions)


@dataclass
class _Identifying:
    """Mentions of a table being compared; its last fields are those of ``Identities``.

    ``answered`` are former rows by their digest, ``typed`` all of them, some added by hand.
    """

    table: str
    mentions: Sequence[Mention]
    pseudonyms: Pseudonyms
    codes: Codes
    answered: Mapping[str, PersonRow]
    typed: Sequence[PersonRow]
    rows: dict[str, PersonRow] = field(default_factory=dict)
    entities: dict[Mention, Entity] = field(default_factory=dict)
    values: dict[Entity, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    dropped: dict[Mention, list[str]] = field(default_factory=lambda: defaultdict(list))

    def by_identifier(self) -> dict[Mention, Entity]:
        """Whom each mention is about by its number, else by its name where one at most bears it."""
        bearers: dict[str, set[str]] = defaultdict(set)
        for mention in self.mentions:
            bearers[mention.name] |= {mention.identifier} - {""}
        found = {}
        for mention in self.mentions:
            numbers = {mention.identifier} if mention.identifier else bearers[mention.name]
            if len(numbers) < 2:
                found[mention] = Entity((*numbers, mention.name)[0], not numbers)
        return found

    def merged(self, found: Mapping[Mention, Entity]) -> Mapping[Mention, Entity]:
        """The same, those whose keys are nearly alike asked about."""
        first: dict[Entity, Mention] = {}
        for mention, entity in found.items():
            first.setdefault(entity, mention)
        whole = {entity: entity for entity in first}
        for pair in (*self._typed_pairs(first), *self._same_pairs(first)):
            both = {whole[entity] for entity in pair}
            kept = min(both, key=lambda entity: (-len(entity.key), entity))
            whole |= {entity: kept for entity, of in whole.items() if of in both}
        return {mention: whole[entity] for mention, entity in found.items()}

    def _typed_pairs(self, first: Mapping[Entity, Mention]) -> Iterator[Pair]:
        """The entities that a person said to be one in a line of her own, « AD / Assia ».

        The digest of such a row is that of both, so that it holds once names are forgotten.
        """
        by_name = {name_key(mention.shown): entity for entity, mention in first.items()}
        by_digest = {self._digest("dit", entity.key)[:HALF]: entity for entity in first}
        halves = {entity: digest for digest, entity in by_digest.items()}
        for row in (row for row in self.typed if row.same == Same.ONE):
            found = [by_digest.get(half) for half in (row.digest[:HALF], row.digest[HALF:])]
            if not row.digest:
                found = [by_name.get(name_key(name)) for name in row.who.split("/")]
            pair = tuple(filter(None, found))
            if len(pair) == 2:
                row.digest = "".join(map(halves.__getitem__, pair))
                self._ask_pair(row.digest, pair, FRENCH["dit"], first).same = Same.ONE
                yield pair

    def _ask_pair(
        self, digest: str, pair: Pair, difference: str, first: Mapping[Entity, Mention]
    ) -> PersonRow:
        named = [first[entity] for entity in pair]
        who = " / ".join(mention.shown for mention in named)
        return self._ask(digest, who, difference, named)

    def _same_pairs(self, first: Mapping[Entity, Mention]) -> Iterator[Pair]:
        """The entities nearly alike that are one by what is answered; numbers have one answer."""
        for pair in _near_names(first):
            digest = self._digest("proche", *(entity.key for entity in pair))
            row = self._ask_pair(digest, pair, "noms presque pareils", first)
            if row.same == Same.ONE:
                yield pair
        alike = [*_same_numbers(first)]
        named = [first[entity] for pair in alike for entity in pair]
        texts = [" / ".join(entity.key for entity in pair) for pair in alike]
        if alike and self.ask(("zéros",), shown(texts), FRENCH["zéros"], named).same == Same.ONE:
            yield from alike

    def settle(self, entity: Entity, mentions: Sequence[Mention]) -> None:
        """Say what is kept of one entity, column by column, or that it is several."""
        self.entities |= dict.fromkeys(mentions, entity)
        columns = {column for mention in mentions for column in mention.attributes}
        for column in sorted(
            columns, key=lambda name: (_FIRST_ASKED.get(name, len(_FIRST_ASKED)), name)
        ):
            by_mention = _values_of(mentions, column)
            values = _distinct(by_mention.values())
            if len(values) == 1:
                self.values[entity][column] = values[0]
            if len(values) < 2:
                continue
            row = self._ask_about(entity, mentions[0], column, by_mention, values)
            if row.same == Same.TWO:
                self._part(entity, mentions, column, by_mention, values)
            if row.same != Same.ONE:
                return  # what else differs is asked once it is known whether they are one
            kept = _kept(values, row.keep)
            self.values[entity][column] = kept
            for mention, value in by_mention.items():
                if not _covers(kept, value):
                    self.dropped[mention].append(column)

    def _part(
        self,
        entity: Entity,
        mentions: Iterable[Mention],
        column: str,
        by_mention: Mapping[Mention, str],
        values: Iterable[str],
    ) -> None:
        """Make an entity of each value; a mention that has none is of nobody."""
        for mention in mentions:
            del self.entities[mention]
        for value in values:
            apart = entity._replace(apart=(*entity.apart, (column, value)))
            of_it = [mention for mention, own in by_mention.items() if _covers(value, own)]
            self.settle(apart, of_it)

    def _ask_about(
        self,
        entity: Entity,
        first: Mention,
        column: str,
        by_mention: Mapping[Mention, str],
        values: Sequence[str],
    ) -> PersonRow:
        """Ask whether an entity that has several values in a column is one."""
        target = TARGET_OF.get((self.table, column))  # none for a title
        texts, name, keep = values, column, Keep.NONE
        if target:
            texts, name = [self.codes.word(target, value) for value in values], target.short
        parts = (entity.key, *map("=".join, entity.apart), column, *sorted(values))
        is_asked = target is not None and target.is_asked
        proposed = None if is_asked else keep
        row = self.ask(parts, first.shown, f"{name} : {shown(texts)}", [*by_mention], proposed)
        if row.same != Same.TWO:
            row.ask("keep")
        return row

    def ask(
        self,
        parts: Sequence[str],
        who: str,
        difference: str,
        mentions: Sequence[Mention],
        keep: Keep | None = None,
    ) -> PersonRow:
        """Ask whether mentions are one, as answered before; ``parts`` say which question it is."""
        return self._ask(self._digest(*parts), who, difference, mentions, keep)

    def _digest(self, *parts: str) -> str:
        return self.pseudonyms.digest("\x1f".join((self.table, *parts)))[: 2 * HALF]

    def _ask(
        self,
        digest: str,
        who: str,
        difference: str,
        mentions: Sequence[Mention],
        keep: Keep | None = None,
    ) -> PersonRow:
        places = shown([mention.place for mention in mentions], 6)
        row = PersonRow(who, difference, places, keep=keep, digest=digest)
        former = self.answered.get(digest)
        if former:
            row.same, row.keep, row.line = former.same, former.keep, former.line
        row.ask("same")
        self.rows[digest] = row
        return row


def _values_of(mentions: Iterable[Mention], column: str) -> dict[Mention, str]:
    """What each mention says in a column, where it says something."""
    values = {mention: mention.attributes.get(column, "") for mention in mentions}
    return {mention: value for mention, value in values.items() if value}


def _distinct(values: Iterable[str]) -> list[str]:
    """Different values, a year left out beside a day of it."""
    found = [*dict.fromkeys(values)]
    years = {value for value in found for other in found if other.startswith(f"{value}-")}
    return [value for value in found if value not in years]


def _kept(values: Sequence[str], keep: Keep | None) -> str:
    """The value that an answer keeps; empty for none."""
    if keep == Keep.NONE:
        return ""
    in_order = values
    if keep == Keep.OLDEST:
        in_order = sorted(values)
    return in_order[-1 if keep == Keep.LAST else 0]


def _covers(whole: str, value: str) -> bool:
    """Whether a value says no more than another: a year is what a day of it says too."""
    return f"{whole}-".startswith(f"{value}-")


def _near_names(entities: Iterable[Entity]) -> Iterator[Pair]:
    """Entities whose names are nearly alike."""
    names = {entity.key: entity for entity in entities if entity.named}
    for first, second in near_pairs(names):
        yield names[first], names[second]


def _same_numbers(entities: Iterable[Entity]) -> Iterator[Pair]:
    """Entities whose numbers are one but for zeros that a spreadsheet takes away."""
    numbers: dict[str, list[Entity]] = defaultdict(list)
    for entity in entities:
        if not entity.named:
            numbers[entity.key.lstrip("0")].append(entity)
    for alike in numbers.values():
        yield from combinations(sorted(alike), 2)


def near_pairs(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Pairs of names that a slip or an initial parts; never a number or a date alone.

    « b karim », « belcourt karim », or a word of two, « belcourt »; their words are in order. Among
    few names, « kb » is near all three.
    """
    listed = sorted(names)
    starts: dict[str, list[str]] = defaultdict(list)
    for name in listed:
        for start in {word[:3] for word in name.split()} if len(listed) > FEW else {""}:
            starts[start].append(name)
    pairs = {pair for group in starts.values() for pair in combinations(group, 2)}
    return (pair for pair in sorted(pairs) if _is_near(*pair))


def _is_near(first: str, second: str) -> bool:
    parts = [Counter(re.findall(r"\d+|[^\W\d_]+", name)) for name in (first, second)]
    apart = {*(parts[0] - parts[1]), *(parts[1] - parts[0])}
    if apart and all(word.isdigit() or word in MONTHS for word in apart):
        return False
    if _abbreviates(*parts) or _abbreviates(*reversed(parts)):
        return True
    matcher = difflib.SequenceMatcher(None, first, second, autojunk=False)
    ratios = (matcher.real_quick_ratio, matcher.quick_ratio, matcher.ratio)  # the quickest first
    return all(ratio() >= ALIKE for ratio in ratios)


def _abbreviates(short: Counter[str], full: Counter[str]) -> bool:
    """Whether a name is another cut short: initials, a word of two alone, one word begun."""
    cut, whole = [*(short - full).elements()], [*(full - short).elements()]
    common = short & full
    if not cut:  # a family name or a first name alone
        return len(whole) == short.total() == 1 and all(len(word) > 2 for word in short)
    if len(cut) > 1 or not whole:
        return False
    if len(whole) == 1:
        return bool(common) and len(cut[0]) < 3 and whole[0].startswith(cut[0])
    is_initials = not common and sorted(cut[0]) == sorted(word[0] for word in whole)
    return is_initials and len(whole) == len(cut[0])
