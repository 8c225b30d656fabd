"""What looks like a name, a telephone number, an e-mail or an address in the tables about young people."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib import resources

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rlpipeline.records.names import simplified, words_in
from rlpipeline.records.schema import read_yaml

_WORDS = read_yaml("words.yml")
_HEADER_WORDS = {word: what for what, words in _WORDS["headers_of_persons"].items() for word in words.split()}
_NOT_PERSONS = frozenset(_WORDS["headers_of_bodies"].split())
_GENERIC = frozenset(_WORDS["numbered"].split())
# RE2 patterns, matched by Arrow over all distinct values at once.
_CONTACTS = {
    "une adresse électronique": r"(?i)[^\s@]+@[^\s@]+\.[a-z]{2,}",
    "un téléphone": (
        r"(?:^|[^0-9A-Za-z])(?:(?:(?:\+|00)33[\s.()-]*0?|0)[1-9](?:[\s._-]{0,2}[0-9]{2}){4}|0[1-9](?:/[0-9]{2}){4})"
        r"(?:$|[^0-9A-Za-z])"
    ),
    "une adresse": (
        r"(?i:(?:^|[^\pL0-9])[0-9]{1,4}[\s,]*(?:bis|ter|quater)?[\s,]*"
        r"(?:rue|avenue|av\.|boulevard|bd|bld|all[ée]e|impasse|place|chemin|route|ruelle|square|quai|"
        r"r[ée]sidence|lotissement|cit[ée]|faubourg|sentier|venelle)[\s.]+\pL)"
        r"|(?i:(?:^|[^\pL])(?:appt?|appartement|b[âa]timent|b[âa]t)\.?\s*(?:n°\s*)?[0-9]+)"
        r"|(?:^|[^0-9])(?:0[1-9]|[1-8][0-9]|9[0-8])[0-9]{3}\s+\p{Lu}\pL{2,}"
    ),
}
_TITLE = re.compile(r"(?:^|[\s(,;:])(?:M\.|Mr\.?|MM\.|Mme|Mmes|Mlle|Mlles|Monsieur|Madame|Mademoiselle)\s+[A-ZÀ-Ý]")
INITIALS = 3
_NAME_LIKE = re.compile(r"(?:[A-ZÀ-Ý][a-zà-ÿ'’]+|[A-ZÀ-Ý'’]{2,})(?:-(?:[A-ZÀ-Ý][a-zà-ÿ]+|[A-ZÀ-Ý]+))*")


def personal_header(header: str) -> str | None:
    """What the column seems to hold about a person, None where nothing."""
    words = words_in(header)
    if _NOT_PERSONS.intersection(words):
        return None
    return next((_HEADER_WORDS[word] for word in words if word in _HEADER_WORDS), None)


def personal_values(values: pa.LargeStringArray, identifier: bool) -> Mapping[int, str]:
    """Position of the distinct values that seem to identify a person, and what they look like.

    Parameters
    ----------
    values
        Distinct texts of a column.
    identifier
        Whether the column holds pseudonyms; other texts may name places and bodies, which bear people's names.
    """
    labels: dict[int, str] = {}
    for label, pattern in _CONTACTS.items():
        mask = pc.fill_null(pc.match_substring_regex(values, pattern), False)
        labels = dict.fromkeys(np.flatnonzero(mask).tolist(), label) | labels
    # Without its digits, a column of pseudonyms has few distinct shapes left to look at.
    shapes = pc.replace_substring_regex(values, r"\d+", "0").dictionary_encode()
    named = np.array([*(_looks_like_a_name(text, identifier) for text in shapes.dictionary.to_pylist()), False])
    of_values = named[pc.fill_null(shapes.indices, len(named) - 1).to_numpy(zero_copy_only=False)]
    return dict.fromkeys(np.flatnonzero(of_values).tolist(), "un nom") | labels


def _looks_like_a_name(text: str, identifier: bool) -> bool:
    return bool(_TITLE.search(text)) or (_identifier_is_a_name(text) if identifier else _text_is_a_name(text))


def code_is_a_name(text: str) -> bool:
    """Whether the code of an educator is a given name; a team bears that of its place, initials may spell one."""
    words = words_in(text)
    if _GENERIC.intersection(words) or {"saint", "sainte", "st", "ste"}.intersection(words):
        return False
    initials = text.isupper() and len(text) <= INITIALS
    return not initials and any(word in _first_names() for word in words)


def _identifier_is_a_name(text: str) -> bool:
    """A first name among its words, or two words and no number, where a pseudonym was expected."""
    words = words_in(text)
    if any(word in _first_names() for word in words):
        return True
    plain = not any(char.isdigit() for char in text)
    return plain and sum(len(word) > 1 for word in words) >= 2 and not _GENERIC.intersection(words)


def _text_is_a_name(text: str) -> bool:
    """Two or three words that are a first name and a family name, and nothing else.

    Streets, schools and neighbourhoods bear people's names: a first name that they often bear counts only
    beside a family name in capitals, as follow-up software writes it.
    """
    words = text.split()
    if not 2 <= len(words) <= 3 or not all(_NAME_LIKE.fullmatch(word) for word in words):
        return False
    first, last = (words_in(word)[0] for word in (words[0], words[-1]))
    if words[0].isupper() and not words[-1].isupper():
        return last in _first_names()
    if words[-1].isupper() and not words[0].isupper():
        return first in _first_names()
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
