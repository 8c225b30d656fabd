"""Words and names as people write them, made comparable: one way for words, one for names, one for headers."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable

CONTENTS, LISTS, PLACES, FINDINGS = "Sommaire", "Listes", "Codes des communes", "Constats"
"""The sheets of our own workbooks that are no tables."""
_INVISIBLE = re.compile("[\u200b\u200c\u200d\u2060\ufeff\u00ad]")
_ALIKE = {"st": "saint", "ste": "sainte", "et": ""}


def unaccented(text: str) -> str:
    """The text in small letters, without accents nor ligatures."""
    plain = unicodedata.normalize("NFKD", text.replace("œ", "oe").replace("Œ", "OE"))
    return "".join(char for char in plain if not unicodedata.combining(char)).casefold()


def simplified(name: str) -> str:
    """The name of a file, a sheet or a header without case, accents, invisible characters; ``_`` parts its words."""
    return re.sub(r"[\s_\-]+", "_", unaccented(_INVISIBLE.sub("", name)).strip())


def words_in(text: str) -> list[str]:
    """The words of a text without case nor accents, numbers without their leading zeros; letters and digits apart."""
    words = re.findall(r"\d+|[^\W\d_]+", unaccented(text.replace("&", " et ")))
    return [word.lstrip("0") or "0" if word.isdigit() else word for word in words]


def identity(name: str) -> str:
    """What two ways to write one name have in common; numbers stay apart from one another."""
    return "".join(f"#{word}" if word.isdigit() else _ALIKE.get(word, word) for word in words_in(name))


NOTES = frozenset(
    {"lisezmoi", "lisez_moi", "mode_d'emploi", "notice", "aide"}
    | {simplified(name) for name in (CONTENTS, LISTS, PLACES, FINDINGS)}
)
"""Sheets that nobody takes for a table, simplified."""


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The known name that looks most like this one, None where none does."""
    matches = difflib.get_close_matches(simplified(name), list(names), n=1, cutoff=0.6)
    return matches[0] if matches else None
