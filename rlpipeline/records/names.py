"""Words and names as people write them, made comparable: one way for words, one for names, one for headers."""

import difflib
import re
from collections.abc import Iterable

from rlpipeline.characters import unaccented

CONTENTS, LISTS, PLACES, FINDINGS = "Sommaire", "Listes", "Codes des communes", "Constats"
"""The sheets of our own workbooks that are no tables."""
_INVISIBLE = re.compile("[\u200b\u200c\u200d\u2060\ufeff\u00ad]")
_ALIKE = {"st": "saint", "ste": "sainte", "et": ""}


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


_NOTICES = ("lisezmoi", "lisez_moi", "mode_d'emploi", "notice", "aide", CONTENTS, LISTS, PLACES, FINDINGS)
NOTES = frozenset(map(simplified, _NOTICES))  # sheets that nobody takes for a table, simplified


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The known name that looks most like this one, None where none does."""
    return next(iter(difflib.get_close_matches(simplified(name), list(names), n=1, cutoff=0.6)), None)
