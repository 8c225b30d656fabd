"""What looks like a name, a telephone number, an e-mail or an address in the tables about young people."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib import resources

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rlpipeline.records.names import simplified
from rlpipeline.records.raw import Mask, rows_of

_HEADER_WORDS = {
    "nom": "un nom",
    "noms": "un nom",
    "prenom": "un prénom",
    "prenoms": "un prénom",
    "name": "un nom",
    "firstname": "un prénom",
    "lastname": "un nom",
    "patronyme": "un nom",
    "surnom": "un surnom",
    "tel": "un téléphone",
    "telephone": "un téléphone",
    "phone": "un téléphone",
    "portable": "un téléphone",
    "mobile": "un téléphone",
    "gsm": "un téléphone",
    "mail": "une adresse électronique",
    "mails": "une adresse électronique",
    "email": "une adresse électronique",
    "courriel": "une adresse électronique",
    "adresse": "une adresse",
    "address": "une adresse",
    "domicile": "une adresse",
    "instagram": "un compte personnel",
    "snapchat": "un compte personnel",
    "nir": "un numéro de sécurité sociale",
    "secu": "un numéro de sécurité sociale",
}
# A column that names a place or a body, not a person.
_NOT_PERSONS = {
    *("id", "commune", "ville", "quartier", "lieu", "partenaire", "etablissement", "ecole", "college", "lycee"),
    *("structure", "service", "organisme", "association", "action", "projet"),
}
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
_WORD = re.compile(r"[^\W\d_]+")
INITIALS = 3
_NAME_LIKE = re.compile(r"(?:[A-ZÀ-Ý][a-zà-ÿ'’]+|[A-ZÀ-Ý'’]{2,})(?:-(?:[A-ZÀ-Ý][a-zà-ÿ]+|[A-ZÀ-Ý]+))*")
# Words of pseudonyms that say what is numbered.
_GENERIC = {
    *("jeune", "jeunes", "suivi", "suivis", "paei", "asep", "accroche", "dossier", "usager", "referent", "pseudo"),
    *("id", "ref", "code", "num", "numero", "demo", "test", "exemple", "anonyme", "pseudonyme", "inconnu"),
    *("edu", "educ", "educateur", "educatrice", "equipe", "service", "action"),
}


def personal_header(header: str) -> str | None:
    """What the column seems to hold about a person, None where nothing."""
    words = simplified(header).split("_")
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
        for position in _matching(values, pattern):
            labels.setdefault(position, label)
    # Without its digits, a column of pseudonyms has few distinct shapes left to look at.
    shapes = pc.replace_substring_regex(values, r"\d+", "0").dictionary_encode()
    named = [text is not None and _looks_like_a_name(text, identifier) for text in shapes.dictionary.to_pylist()]
    for position in rows_of(_by_value(named, shapes)):
        labels.setdefault(position, "un nom")
    return labels


def _matching(values: pa.LargeStringArray, pattern: str) -> list[int]:
    mask = pc.fill_null(pc.match_substring_regex(values, pattern), False)
    return rows_of(mask.to_numpy(zero_copy_only=False))


def _by_value(named: list[bool], shapes: pa.DictionaryArray) -> Mask:
    """One answer a value, from one answer a shape."""
    rows = pc.fill_null(shapes.indices, len(named)).to_numpy(zero_copy_only=False)
    answers: Mask = np.array([*named, False], dtype=bool)[rows]
    return answers


def _looks_like_a_name(text: str, identifier: bool) -> bool:
    if _TITLE.search(text):
        return True
    return _identifier_is_a_name(text) if identifier else _text_is_a_name(text)


def code_is_a_name(text: str) -> bool:
    """Whether the code of an educator is a given name; a team bears that of its place, initials may spell one."""
    words = [simplified(word) for word in _WORD.findall(text)]
    if _GENERIC.intersection(words) or {"saint", "sainte", "st", "ste"}.intersection(words):
        return False
    initials = text.isupper() and len(text) <= INITIALS
    return not initials and any(word in _first_names() for word in words)


def _identifier_is_a_name(text: str) -> bool:
    """A first name among its words, or two words and no number, where a pseudonym was expected."""
    words = [simplified(word) for word in _WORD.findall(text)]
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
    first, last = (simplified(word).split("_")[0] for word in (words[0], words[-1]))
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
