"""What makes one think of a person in a French text: it sorts and marks what somebody reads, and decides nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

import yaml

from rlpipeline.checks.forms import sentences, unaccented

_CAPITAL = re.compile(r"(?<![\w’'-])[A-ZÀ-Ý][a-zà-ÿ]+(?![\w-])")
_INITIAL = re.compile(r"(?<![\w.’'-])[A-Z]\.(?: ?[A-Z]\.)?(?=,| [a-zà-ÿ]|\s*$)")
_TITLE = re.compile(r"\b(?:MM?\.|Mmes?|Mlle|Monsieur|Madame|Mademoiselle) [A-ZÀ-Ý][\w'.-]*")
_CONTACT = re.compile(r"[^\s@]+@[^\s@]+\.[a-z]{2,}|(?<!\d)0[1-9](?:[ .-]?\d\d){4}(?!\d)", re.IGNORECASE)
_SURNAME = re.compile(r"[ \u00a0-](?:d['’]|de )?[A-ZÀ-Ý](?!\.)")


class Suspicion(NamedTuple):
    """Words of a text that make one think of a person, where they stand, and why, in French."""

    start: int
    end: int
    why: str


def suspicions(text: str, threshold: int, names: frozenset[str] = frozenset()) -> list[Suspicion]:
    """Find what makes one think of a person, in order, none inside another.

    Parameters
    ----------
    threshold
        Fewer persons than this are few.
    names
        Given names, in lower case without accents.
    """
    plain = re.sub(r"[\s\u00a0\u202f]", " ", text).replace("’", "'")
    found = sorted(
        Suspicion(start + one.start, start + one.end, one.why)
        for start, end in sentences(plain)
        for one in _in_sentence(plain[start:end], threshold, names)
    )
    return [one for rank, one in enumerate(found) if all(one.start >= before.end for before in found[:rank])]


def _in_sentence(sentence: str, threshold: int, names: frozenset[str]) -> Iterator[Suspicion]:
    lists = _lists()
    for pattern, why in (
        (_CONTACT, "une adresse ou un téléphone"),
        (_TITLE, "un nom"),
        (_INITIAL, "une initiale"),
        (lists.ages, "un âge"),
    ):
        yield from (Suspicion(*match.span(), why) for match in pattern.finditer(sentence))
    for match in lists.counted.finditer(sentence):
        number = match["number"].lower()
        if 0 < int(lists.numbers.get(number, number)) < threshold:
            yield Suspicion(*match.span(), "un petit nombre de personnes")
    for match in _CAPITAL.finditer(sentence):
        before, after = sentence[: match.start()], sentence[match.end() :]
        if unaccented(match[0]) in names and not lists.places.search(before) and not _SURNAME.match(after):
            yield Suspicion(*match.span(), "un prénom")
    if not lists.general.search(sentence):
        for pattern, why in ((lists.circumstances, "ce qui arrive à quelqu'un"), (lists.one, "une seule personne")):
            yield from (Suspicion(*match.span(), why) for match in pattern.finditer(sentence))


class _Lists(NamedTuple):
    one: re.Pattern[str]
    counted: re.Pattern[str]
    circumstances: re.Pattern[str]
    general: re.Pattern[str]
    places: re.Pattern[str]
    ages: re.Pattern[str]
    numbers: dict[str, int]


@cache
def _lists() -> _Lists:
    """Compile the lists once."""
    source = resources.files("rlpipeline.checks").joinpath("persons.yml").read_text(encoding="utf-8")
    words: dict[str, Any] = yaml.safe_load(source)
    some = r"(?:(?:très|autres?|petite?s?|jeunes?|nouve\w+|ancien\w*) ){0,2}"
    return _Lists(
        one=_pattern(rf"{_any(words['articles'])} ?{some}{_any(words['une_personne'])}"),
        counted=_pattern(rf"(?P<number>\d+|{_any(words['nombres'])}) {some}{_any(words['plusieurs_personnes'])}"),
        circumstances=_pattern(_any(words["circonstances"])),
        general=_pattern(_any(words["general"])),
        places=re.compile(rf"(?<!\w){_any(words['lieux'])}\s+(?:[a-zà-ÿ']+\s+)?$", re.IGNORECASE),
        ages=_pattern(rf"(?:\d|1\d|2\d|{_any(words['ages'])}) ans(?! (?:et|ou) (?:plus|moins)| d['e])"),
        numbers=words["nombres"],
    )


def _any(words: Iterable[str]) -> str:
    """Give the pattern of any of the words, the longest first."""
    written = (re.escape(word).replace(r"\*", r"\w*") for word in sorted(words, key=len, reverse=True))
    return f"(?:{'|'.join(written)})"


def _pattern(words: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-]){words}(?![\w-])", re.IGNORECASE)
