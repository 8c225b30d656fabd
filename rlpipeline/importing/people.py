"""Who is who: of one name with a difference, or of nearly the same name, nobody is merged unasked, nor any action.
Names and identifiers become pseudonyms, by a hash whose key stays at the project's root; so for who is forgotten."""

import difflib
import hmac
import os
import re
import secrets
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

from rlpipeline.errors import SettingsError
from rlpipeline.execution.install import write_whole
from rlpipeline.importing import answers as a
from rlpipeline.importing import refusal
from rlpipeline.importing import vocabulary as v
from rlpipeline.importing.answers import Row
from rlpipeline.records.names import simplified
from rlpipeline.settings.models import Service

KEY = ".rlpipeline-cle"
FORGOTTEN = ".rlpipeline-oublies"
"""Digests of the pseudonyms that ``forget`` took out, one a line."""
DIGITS = 12
_TEAM = r"(?i:[ée]quipe|[ée]duc?|service)"
_CODE = re.compile(
    rf"(?:{_TEAM}|[A-Z]{{0,2}}|[B-DF-HJ-NP-TV-XZ]{{3,4}}|[a-z])[\W_]*\d[\d\W_]*[A-Z]?|{_TEAM}(?:\W+[A-Z])?|[A-Z]|[B-DF-HJ-NP-TV-XZ]{{2,4}}"
)
"""A number, with initials or a word of work; capitals without a vowel, which are initials: no name is written so."""
_TITLES = {"m": "M.", "mr": "M.", "monsieur": "M.", "mme": "Mme", "mlle": "Mme", "madame": "Mme"}


def read_key(root: Path, create: bool = False) -> bytes | None:
    """The key of the project, made once, its owner's alone; None where there is none, SettingsError if it is none."""
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
    return frozenset(path.read_text(encoding="ascii").split()) if path.is_file() else frozenset()


def forget_digests(root: Path, *digests: str) -> None:
    """Have imports leave these young people out."""
    write_whole(
        root / FORGOTTEN,
        "".join(f"{digest}\n" for digest in sorted({*read_forgotten(root), *digests})),
    )


@dataclass
class Pseudonyms:
    """What names young people, follow-ups and educators, whatever the way that an export writes them. Digits alone:
    letters might spell a name. Twelve of them: among 10,000 persons, two share one with a chance of one in 20,000, and
    then import stops."""

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
        return self.of("J", name_key(text), "") if is_name else self.of("J", identifier_key(text))

    def digest(self, text: str) -> str:
        """The keyed hash of a text."""
        return hmac.new(self.key, text.encode(), "sha256").hexdigest()

    def educator(self, text: str) -> str:
        """The code of an educator: as it is where it is one, else that of the name."""
        return text if not text or _CODE.fullmatch(text) else self.of("EDU", name_key(text))


def identifier_key(text: str) -> str:
    """An identifier in one way, whatever a spreadsheet made of it."""
    return simplified(re.sub(r"(?<=\d)\.0+$", "", text))


def name_key(*parts: str) -> str:
    """A name in one way: its words in alphabetical order, without case, accents and titles."""
    return " ".join(sorted({*_words(*parts)} - {*_TITLES}))


def title_of(name: str) -> str:
    """« M. » or « Mme », which part two of one name; empty where a name has no title."""
    return next((_TITLES[word] for word in _words(name) if word in _TITLES), "")


def _words(*parts: str) -> list[str]:
    return [word for part in parts for word in re.split(r"[\W_]+", simplified(part)) if word]


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
        self,
        table: str,
        mentions: Sequence[Mention],
        pseudonyms: Pseudonyms,
        service: Service,
        former: Sequence[Row],
    ) -> None:
        self.table, self.mentions, self.pseudonyms, self.service = (
            table,
            mentions,
            pseudonyms,
            service,
        )
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
            if (
                self._ask(parts, " / ".join(mention.shown for mention in named), what, named)[0]
                == a.ONE
            ):
                kept, *left = sorted(
                    {whole[entity] for entity in pair},
                    key=lambda entity: (-len(entity.key), entity),
                )
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
        for column in sorted(
            columns, key=lambda name: (_FIRST_ASKED.get(name, len(_FIRST_ASKED)), name)
        ):
            said = {
                mention: value for mention in mentions if (value := mention.attributes.get(column))
            }
            values = [*dict.fromkeys(said.values())]
            values = [
                value
                for value in values
                if not any(other.startswith(f"{value}-") for other in values)
            ]
            if len(values) == 1:
                self.values[entity][column] = values[0]
            if len(values) < 2:
                continue
            target = v.TARGET_OF.get((self.table, column))  # none for a title
            parts = (entity.key, *map("=".join, entity.apart), column, *sorted(values))
            words = [
                v.word_of(value, target, self.service) if target else value for value in values
            ]
            what = f"{target.short if target else column} : {a.shown(words)}"
            blank = "" if target and target.is_asked else a.BLANK
            answer, keep = self._ask(parts, mentions[0].shown, what, [*said], blank)
            if answer == a.TWO:
                for mention in mentions:
                    mention.entity = None  # a line that names neither
                for value in values:
                    apart = entity._replace(apart=(*entity.apart, (column, value)))
                    self._settle(
                        apart, [mention for mention, own in said.items() if _says(own, value)]
                    )
            if answer != a.ONE:
                return  # what else differs is asked once it is known whether they are one
            in_order = sorted(values) if keep == a.KEEP_OLDEST else values
            kept = "" if keep == a.BLANK else in_order[-1 if keep == a.KEEP_LAST else 0]
            self.values[entity][column] = kept
            for mention, own in said.items():
                mention.dropped += [] if _says(own, kept) else [column]

    def _ask(
        self,
        parts: Sequence[str],
        who: str,
        what: str,
        mentions: Sequence[Mention],
        keep: str | None = None,
    ) -> tuple[str, str]:
        digest = self.pseudonyms.digest("\x1f".join((self.table, *parts)))[:24]
        former = self.former.get(digest)
        places = a.shown([mention.place for mention in mentions], 6)
        cells = dict(zip(a.SHEETS[a.PEOPLE], (who, what, places), strict=False)) | {
            a.DIGEST: digest
        }
        cells |= {a.KEEP: keep or ""} | (
            {name: former[name] for name in (a.SAME, a.KEEP)} if former else {}
        )
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
    for first, second in sorted(
        {pair for group in starts.values() for pair in combinations(group, 2)}
    ):
        ours, theirs = (Counter(re.findall(r"\d+|[^\W\d_]+", name)) for name in (first, second))
        apart = [*(ours - theirs).elements(), *(theirs - ours).elements()]
        matcher = difflib.SequenceMatcher(None, first, second, autojunk=False)
        ratios = (
            matcher.real_quick_ratio,
            matcher.quick_ratio,
            matcher.ratio,
        )  # the quickest first
        if not (apart and all(word.isdigit() or word in v.MONTHS for word in apart)) and (
            _abbreviates(ours, theirs)
            or _abbreviates(theirs, ours)
            or all(ratio() >= ALIKE for ratio in ratios)
        ):
            yield first, second


def _abbreviates(short: Counter[str], full: Counter[str]) -> bool:
    cut, whole = list((short - full).elements()), list((full - short).elements())
    if len(cut) == 1 < len(whole) == len(cut[0]) and not short & full:
        return sorted(cut[0]) == sorted(word[0] for word in whole)
    if not cut:  # a family name or a first name alone
        return len(whole) == short.total() == 1 and all(len(word) > 2 for word in short)
    return (
        len(cut) == len(whole) == 1
        and bool(short & full)
        and len(cut[0]) < 3
        and whole[0].startswith(cut[0])
    )
