"""What looks like a name, a telephone number, an e-mail or an address in the tables about young people."""

import re
from collections.abc import Mapping
from functools import cache
from importlib import resources

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rlpipeline.records.names import simplified, words_in
from rlpipeline.records.tables import WORDS

_HEADER_WORDS = {word: what for what, words in WORDS["headers_of_persons"].items() for word in words.split()}
_NOT_PERSONS = frozenset(WORDS["headers_of_bodies"].split())
_GENERIC = frozenset(WORDS["numbered"].split())
# RE2 patterns, matched by Arrow over all distinct values at once.
_CONTACTS: Mapping[str, str] = {what: "".join(parts) for what, parts in WORDS["contacts"].items()}
_TITLE = re.compile(r"(?:^|[\s(,;:])(?:M\.|Mr\.?|MM\.|Mme|Mmes|Mlle|Mlles|Monsieur|Madame|Mademoiselle)\s+[A-ZÀ-Ý]")
_INITIALS = 3
_NAME_LIKE = re.compile(r"(?:[A-ZÀ-Ý][a-zà-ÿ'’]+|[A-ZÀ-Ý'’]{2,})(?:-(?:[A-ZÀ-Ý][a-zà-ÿ]+|[A-ZÀ-Ý]+))*")


def personal_header(header: str) -> str | None:
    """What the column seems to hold about a person, None where nothing."""
    words = words_in(header)
    of_a_person = () if _NOT_PERSONS.intersection(words) else words
    return next((_HEADER_WORDS[word] for word in of_a_person if word in _HEADER_WORDS), None)


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
    named = [bool(_TITLE.search(text)) or is_a_name(text) for text in shapes.dictionary.to_pylist()]
    of_values = np.array([*named, False])[pc.fill_null(shapes.indices, len(named)).to_numpy(zero_copy_only=False)]
    return dict.fromkeys(np.flatnonzero(of_values).tolist(), "un nom") | labels


def code_is_a_name(text: str) -> bool:
    """Whether the code of an educator is a given name; a team bears that of its place, initials may spell one."""
    words = words_in(text)
    of_a_team = _GENERIC.intersection(words) or {"saint", "sainte", "st", "ste"}.intersection(words)
    initials = text.isupper() and len(text) <= _INITIALS
    return not of_a_team and not initials and any(word in _first_names() for word in words)


def _identifier_is_a_name(text: str) -> bool:
    words = words_in(text)
    if any(word in _first_names() for word in words):
        return True
    plain = not any(char.isdigit() for char in text)
    return plain and sum(len(word) > 1 for word in words) >= 2 and not _GENERIC.intersection(words)


def _text_is_a_name(text: str) -> bool:
    words = text.split()
    if not 2 <= len(words) <= 3 or not all(_NAME_LIKE.fullmatch(word) for word in words):
        return False
    first, last = (words_in(word)[0] for word in (words[0], words[-1]))
    if words[0].isupper() != words[-1].isupper():  # the surname is in capitals, the given name is the other
        return (last if words[0].isupper() else first) in _first_names()
    return first in _names("prenoms.txt")


def given_names() -> frozenset[str]:
    """Give the given names that are seldom those of places, in lower case without accents."""
    return _names("prenoms.txt") - _names("prenoms_de_lieux.txt")


def _first_names() -> frozenset[str]:
    return _names("prenoms.txt") | _names("prenoms_de_lieux.txt")


@cache
def _names(file: str) -> frozenset[str]:
    text = resources.files("rlpipeline.records").joinpath(file).read_text(encoding="utf-8")
    return frozenset(simplified(name) for name in text.split() if not name.startswith("#"))
