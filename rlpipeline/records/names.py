"""Words and names as people write them, made comparable; what looks like a name, a number, an address of a person."""

import difflib
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rlpipeline.characters import unaccented
from rlpipeline.settings.strict_yaml import packaged

WORDS: Mapping[str, Any] = packaged(
    "records/words.yml"
)  # words that say what a header or a label is about
CONTENTS, LISTS, PLACES, FINDINGS = "Sommaire", "Listes", "Codes des communes", "Constats"
"""The sheets of our own workbooks that are no tables."""
_INVISIBLE = re.compile("[\u200b\u200c\u200d\u2060\ufeff\u00ad]")
_ALIKE = {"st": "saint", "ste": "sainte", "et": ""}
_HEADER_WORDS = {
    word: what for what, words in WORDS["headers_of_persons"].items() for word in words.split()
}
_NOT_PERSONS = frozenset(WORDS["headers_of_bodies"].split())
_GENERIC = frozenset(WORDS["numbered"].split())
_SAINTS = frozenset({"saint", "sainte", "st", "ste"})
# RE2 patterns, matched by Arrow over all distinct values at once.
_CONTACTS: Mapping[str, str] = {what: "".join(parts) for what, parts in WORDS["contacts"].items()}
_TITLE = re.compile(
    r"(?:^|[\s(,;:])(?:M\.|Mr\.?|MM\.|Mme|Mmes|Mlle|Mlles|Monsieur|Madame|Mademoiselle)\s+[A-ZÀ-Ý]"
)
_INITIALS = 3
_FIRST_NAMES = (
    "prenoms.txt",
    "prenoms_de_lieux.txt",
)  # the second are seldom those of persons alone
_LITTLE_WORDS = frozenset(
    ["a", "an", "ans", "au", "aux", "d", "de", "des", "du", "en", "et", "l", "la", "le", "les"]
)
_BRACKETED = re.compile(r"\([^)]*\)")
_NAME_LIKE = re.compile(
    r"(?:[A-ZÀ-Ý][a-zà-ÿ'’]+|[A-ZÀ-Ý'’]{2,})(?:-(?:[A-ZÀ-Ý][a-zà-ÿ]+|[A-ZÀ-Ý]+))*"
)


def simplified(name: str) -> str:
    """The name of a file, a sheet or a header without case, accents, invisible characters; ``_`` parts its words."""
    return re.sub(r"[\s_\-]+", "_", unaccented(_INVISIBLE.sub("", name)).strip())


def words_in(text: str) -> list[str]:
    """The words of a text without case nor accents, numbers without their leading zeros; letters and digits apart."""
    words = re.findall(r"\d+|[^\W\d_]+", unaccented(text.replace("&", " et ")))
    return [word.lstrip("0") or "0" if word.isdigit() else word for word in words]


def identity(name: str) -> str:
    """What two ways to write one name have in common; numbers stay apart from one another."""
    return "".join(map(_alike, words_in(name)))


def _alike(word: str) -> str:
    """A word as all of its spellings have it, a number marked."""
    return f"#{word}" if word.isdigit() else _ALIKE.get(word, word)


def codes_by_label(words: Mapping[str, str]) -> Mapping[str, tuple[str, ...]]:
    """What a cell may hold, as ``label_key`` gives it, to the codes that it may mean. That is the code, its label, the
    same without what is in brackets, an issue without its family."""
    by_key: dict[str, dict[str, None]] = defaultdict(dict)
    for code, label in words.items():
        texts = [code, label, label.rsplit(" : ", maxsplit=1)[-1]]
        texts += [_BRACKETED.sub(" ", text) for text in texts]
        for key in filter(None, map(label_key, texts)):
            by_key[key][code] = None
    return {key: tuple(codes) for key, codes in by_key.items()}


def label_key(text: str) -> str:
    """The words without plural or little words: « 11 à 14 ans » is « 11-14 »."""
    significant = (word for word in words_in(text) if word not in _LITTLE_WORDS)
    return " ".join(word.removesuffix("s") if len(word) > 3 else word for word in significant)


_NOTICES = (
    "lisezmoi",
    "lisez_moi",
    "mode_d'emploi",
    "notice",
    "aide",
    CONTENTS,
    LISTS,
    PLACES,
    FINDINGS,
)
NOTES = frozenset(map(simplified, _NOTICES))  # sheets that nobody takes for a table, simplified


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The known name that looks most like this one, None where none does."""
    close = difflib.get_close_matches(simplified(name), list(names), n=1, cutoff=0.6)
    return close[0] if close else None


def personal_header(header: str) -> str | None:
    """What the column seems to hold about a person, None where nothing."""
    words = words_in(header)
    if _NOT_PERSONS.intersection(words):
        return None
    held = [_HEADER_WORDS[word] for word in words if word in _HEADER_WORDS]
    return held[0] if held else None


def personal_values(values: pa.LargeStringArray, identifier: bool) -> Mapping[int, str]:
    """Position of the distinct values that seem to identify a person, and what they look like. An ``identifier`` is a
    pseudonym; other texts may name places and bodies, which bear people's names."""
    labels: dict[int, str] = {}
    for label, pattern in _CONTACTS.items():
        mask = pc.fill_null(pc.match_substring_regex(values, pattern), False)
        labels = dict.fromkeys(np.flatnonzero(mask).tolist(), label) | labels
    # Without its digits, a column of pseudonyms has few distinct shapes left to look at.
    shapes = pc.replace_substring_regex(values, r"\d+", "0").dictionary_encode()
    is_a_name = _identifier_is_a_name if identifier else _text_is_a_name
    texts = shapes.dictionary.to_pylist()
    named = [bool(_TITLE.search(text)) or is_a_name(text) for text in texts]
    places = pc.fill_null(shapes.indices, len(named)).to_numpy(zero_copy_only=False)
    is_named = np.array([*named, False])[places]
    return dict.fromkeys(np.flatnonzero(is_named).tolist(), "un nom") | labels


def code_is_a_name(text: str) -> bool:
    """Whether the code of an educator is a given name; a team bears that of its place, initials may spell one."""
    if text.isupper() and len(text) <= _INITIALS:
        return False
    words = words_in(text)
    if _GENERIC.intersection(words) or _SAINTS.intersection(words):
        return False
    return not _names(*_FIRST_NAMES).isdisjoint(words)


def _identifier_is_a_name(text: str) -> bool:
    words = words_in(text)
    if any(word in _names(*_FIRST_NAMES) for word in words):
        return True
    plain = not any(char.isdigit() for char in text)
    return plain and sum(len(word) > 1 for word in words) >= 2 and not _GENERIC.intersection(words)


def _text_is_a_name(text: str) -> bool:
    words = text.split()
    if not 2 <= len(words) <= 3 or not all(_NAME_LIKE.fullmatch(word) for word in words):
        return False
    first, last = (words_in(word)[0] for word in (words[0], words[-1]))
    if (
        words[0].isupper() != words[-1].isupper()
    ):  # the surname is in capitals, the given name is the other
        return (last if words[0].isupper() else first) in _names(*_FIRST_NAMES)
    return first in _names(_FIRST_NAMES[0])


def given_names() -> frozenset[str]:
    """Give the given names that are seldom those of places, in lower case without accents."""
    return _names(_FIRST_NAMES[0]) - _names(_FIRST_NAMES[1])


@cache
def _names(*files: str) -> frozenset[str]:
    texts = (
        resources.files("rlpipeline.records").joinpath(file).read_text(encoding="utf-8")
        for file in files
    )
    return frozenset(
        simplified(name) for text in texts for name in text.split() if not name.startswith("#")
    )
