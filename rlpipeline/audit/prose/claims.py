"""What a text says of how long a thing has been there: « un nouveau conventionnement », « menée depuis trois ans »."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rlpipeline.audit.prose.trends import INTENTION, Trend
from rlpipeline.prose.number_kinds import MONTH
from rlpipeline.prose.number_words import NUMBER

_THING = (
    r"(?:convention(?:nement)?s?|partenariats?|actions?|dispositifs?|projets?|ateliers?|réseaux?|accords?|accueils?"
    r"|séjours?|chantiers?|permanences?|instances?|financeurs?|financements?)"
)
_BEGUN = (
    r"(?:effecti(?:f|ve)s?|créée?s?|lancée?s?|signée?s?|ouverte?s?|mise?s? en place|débutée?s?|commencée?s?|proposée?s?"
    r"|menée?s?|existent?|organisée?s?|conduite?s?|reconduite?s?|portée?s?|animée?s?)"
)
_NEW = re.compile(rf"\b(?:nouve(?:au|l|lle)s?\s+{_THING}|{_THING}\s+nouve(?:au|lle)s?)\b", re.IGNORECASE)
_SINCE = re.compile(
    rf"\b{_BEGUN}\s+(?:depuis|en|à partir de)\s+(?:la\s+rentrée\s+|{MONTH}\s+)?(?P<year>20\d\d)\b", re.IGNORECASE
)
_LASTING = re.compile(
    rf"\b{_BEGUN}\s+(?:\w+\s+)?depuis\s+(?:plus\s+de\s+)?(?:{NUMBER}\s+(?:ans|années)|plusieurs\s+années)\b",
    re.IGNORECASE,
)
_FUTURE = re.compile(r"[^.;:]{0,40}\b\w{3,}[eid]r(?:a|ont)\b")


def find_claims(sentence: str, year: int) -> Iterator[Trend]:
    """Find what a sentence says began in a year, or was there before it.

    Yields
    ------
    Trend
        Its direction is « nouveau » or « ancien ».
    """
    for found in _NEW.finditer(sentence):
        if not INTENTION.search(sentence[: found.start()]) and not _FUTURE.match(sentence, found.end()):
            yield Trend(*found.span(), found.group(), "nouveau", False)
    for found in _SINCE.finditer(sentence):
        began = int(found.group("year"))
        if began <= year:
            yield Trend(*found.span(), found.group(), "nouveau" if began == year else "ancien", False)
    for found in _LASTING.finditer(sentence):
        yield Trend(*found.span(), found.group(), "ancien", False)
