"""Names and identifiers into pseudonyms, by a hash whose key stays at the project's root."""

from __future__ import annotations

import hmac
import os
import re
import secrets
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from rlpipeline.errors import SettingsError
from rlpipeline.records.names import simplified

KEY = ".rlpipeline-cle"
DIGITS = 12
_BETWEEN = re.compile(r"[;&+|\n•]|(?<!\d)/|/(?!\d)")
_NOBODY = re.compile(r"\s*(?:(?:une?|des|plusieurs|quelques|environ|beaucoup|\d+)\s+[a-zé]|personne\b|aucun|0\b)")
_AND = re.compile(r"\s+et\s+", re.IGNORECASE)
_COMMA_OR_AND = re.compile(r",|\s+et\s+", re.IGNORECASE)
_DASH = re.compile(r"\s+[-–]\s+")
_NUMBER = re.compile(r"[A-Za-z]{0,4}[-_ ]?\d+")
_TEAM = r"(?i:[ée]quipe|[ée]duc?|service)"
_CODE = re.compile(
    rf"(?:{_TEAM}|[A-Z]{{0,2}}|[B-DF-HJ-NP-TV-XZ]{{3,4}}|[a-z])[\W_]*\d[\d\W_]*[A-Z]?|{_TEAM}(?:\W+[A-Z])?|[A-Z]|[B-DF-HJ-NP-TV-XZ]{{2,4}}"
)
"""A number, with initials or a word of work; capitals without a vowel, which are initials: no name is written so."""


def read_key(root: Path, create: bool = False) -> bytes | None:
    """Give the key of the project, made once and readable by its owner alone; None where there is none.

    Raises
    ------
    SettingsError
        The file does not hold a key.
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
        raise SettingsError(
            "La clé des pseudonymes est abîmée.",
            where=str(path),
            expected="64 chiffres et lettres de a à f, tels qu'« import » les a écrits",
            todo="la reprendre d'une sauvegarde ; sans elle, les jeunes déjà importés changeraient de pseudonyme",
        )
    return bytes.fromhex(text)


@dataclass
class Pseudonyms:
    """What names young people, follow-ups and educators, whatever the way that an export writes them.

    Digits alone: letters might spell a name. Twelve of them: among 10,000 persons, two share one with a chance of one
    in 20,000, and then import stops.
    """

    key: bytes
    _written: dict[str, str] = field(default_factory=dict)

    def of(self, prefix: str, *parts: str) -> str:
        """Give the pseudonym of what the parts say together.

        Raises
        ------
        SettingsError
            Another thing has the same pseudonym.
        """
        text = "\x1f".join((prefix, *parts))
        number = int(self.digest(text), 16) % 10**DIGITS
        pseudonym = f"{prefix}-{number:0{DIGITS}d}"
        if self._written.setdefault(pseudonym, text) != text:
            raise SettingsError(
                "Deux identifiants donnent le même pseudonyme.", todo="changer l'un des deux identifiants"
            )
        return pseudonym

    def young(self, text: str) -> str:
        """Give the pseudonym of a young person by an identifier; where it is words, it is a name."""
        is_name = len(name_key(text).split()) > 1 and not re.search(r"\d", text)
        return self.of("J", name_key(text), "") if is_name else self.of("J", identifier_key(text))

    def digest(self, text: str) -> str:
        """Give the keyed hash of a text."""
        return hmac.new(self.key, text.encode(), "sha256").hexdigest()

    def educator(self, text: str) -> str:
        """Give the code of an educator: as it is where it is one, else that of the name."""
        return text if not text or _CODE.fullmatch(text) else self.of("EDU", name_key(text))


def identifier_key(text: str) -> str:
    """Give an identifier in one way, whatever a spreadsheet made of it."""
    return simplified(re.sub(r"(?<=\d)\.0+$", "", text))


def name_key(*parts: str) -> str:
    """Give a name in one way: its words in alphabetical order, without case, accents and titles."""
    words = {word for part in parts for word in re.split(r"[\W_]+", simplified(part)) if word}
    return " ".join(sorted(words - {"m", "mr", "mme", "mlle", "monsieur", "madame"}))


def persons_in(text: str) -> list[str]:
    """Give the persons that a cell surely names: « A ; B », « A et B », « 12, 14 et 15 »; « A, B » may be one."""
    parts = _filled(_BETWEEN.split(text))
    if len(parts) > 1:
        return [one for part in parts for one in _filled(_AND.split(part))]
    dashed = _filled(_DASH.split(text))
    if len(dashed) > 1 and all(map(_NUMBER.fullmatch, dashed)):
        return dashed
    listed = _filled(_COMMA_OR_AND.split(text))
    return listed if _AND.search(text) or all(map(_NUMBER.fullmatch, listed)) else [text]


def split_persons(text: str) -> list[str]:
    """Give the persons of a cell that names several, at commas too."""
    parts = persons_in(text)
    return parts if len(parts) > 1 else _filled(text.split(","))


def names_nobody(text: str) -> bool:
    """Whether a cell counts young people, or says that there were none: « une dizaine de petits », « personne »."""
    return bool(_NOBODY.match(text))


def perhaps_several(text: str) -> bool:
    """Whether a cell may name one person or several: « Martin, Léa »."""
    return "," in text and len(persons_in(text)) == 1


def _filled(parts: Iterable[str]) -> list[str]:
    return [part.strip() for part in parts if part.strip()]


@dataclass
class Directory:
    """The persons that the exports name: a name leads to those who bear it."""

    by_name: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def add(self, name: str, person: str) -> None:
        """Note who bears a name."""
        if name:
            self.by_name[name].add(person)

    def find(self, name: str) -> set[str]:
        """Give the persons who bear a name."""
        return self.by_name.get(name, set())
