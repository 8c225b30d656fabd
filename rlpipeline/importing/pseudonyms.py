"""Names and identifiers into pseudonyms, by a hash whose key stays at the project's root; those who are forgotten."""

import hmac
import os
import re
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from rlpipeline.errors import SettingsError
from rlpipeline.execution.install import write_whole
from rlpipeline.importing import refusal
from rlpipeline.records.names import simplified

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
    write_whole(root / FORGOTTEN, "".join(f"{digest}\n" for digest in sorted({*read_forgotten(root), *digests})))


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
