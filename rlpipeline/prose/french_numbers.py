"""Every number of a French text, in digits and in words, with its value and what kind of number it is.

``find_numbers`` never says that a number is right or wrong: it says where it stands and whether it counts something
(kinds nombre, pourcentage, fraction) or only looks like a count (a date, an article of law, a school level…).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from rlpipeline.prose import number_kinds, quantities
from rlpipeline.prose.number_words import Span, worth

COUNTING = frozenset({"nombre", "pourcentage", "fraction"})
"""The kinds that state a figure; the others (date, annee, article, niveau…) only look like one."""


@dataclass(frozen=True)
class Number:
    """A number of a text, from ``start`` to ``end``; ``value`` is None where there is no single one (a band of ages).

    A percentage is worth 16.78, a fraction 2/3; ``unit`` is the noun counted, as written, "" if none.
    """

    start: int
    end: int
    words: str
    value: float | None
    kind: str
    unit: str


_MAY_HOLD_ONE = re.compile(
    r"[\d½¼¾⅓⅔]|\b(?:zéro|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|onze|douze|treize|quatorze|quinze"
    r"|seize|vingt|trente"
    r"|quarante|cinquante|soixant|septante|huitante|octante|nonante|cent|mill|huitaine|douzaine|moitié"
    r"|tiers|quart|double|triple"
    r"|quadruple|quintuple|doublé|triplé|quadruplé|demi|premi|second|troisi|quatri|cinqui|un |une )|ième"
    r"|aine|\bseule?\b",
    re.IGNORECASE,
)
_ADJECTIVES = (
    r"(?:nouve(?:aux?|lles?)|grand(?:e?s)?|petit(?:e?s)?|autres?|derni(?:er|ère)s?|premi(?:er|ère)s?|principa"
    r"(?:ux|les)|différente?s|seule?s?)"
)
_UNIT = re.compile(
    rf"[\s*_-]*(?:(?:des? |d['’]|du |de la )\s*)?(?:{_ADJECTIVES}\s+)*(?![ldcsnjm]['’]|qu['’])"
    rf"(?P<noun>[^\W\d_]+(?:[-’'][^\W\d_]+)*|€)",
    re.IGNORECASE,
)
_NO_NOUN = re.compile(
    r"(?:a|à|ai|ait|au|aux|avaient|avait|avec|c|ce|ces|cette|chez|comme|comptaient|contre|d|dans|de|des"
    r"|dont|du|elle|elles|en"
    r"|entre|est|et|étaient|était|été|eu|eux|font|fut|il|ils|la|le|les|leurs?|lors|mais|moins|ne|ni|nous"
    r"|on|ont|ou|où|par|parce|pas"
    r"|plus|pour|puis|qu|que|qui|s|sans|se|selon|ses|son|sont|sous|sur|tandis|un|une|vers|vient|viennent"
    r"|voire|y|lors|afin|alors|car|donc|hors|sauf|environ|seulement)",
    re.IGNORECASE,
)


def find_numbers(text: str) -> tuple[Number, ...]:
    """Find the numbers of a text, in order.

    « un » and « une » are articles unless followed by « seul(e) » or part of a longer number (« un tiers »,
    « un à deux ans »).

    Returns
    -------
    One :class:`Number` for each; they never overlap.
    """
    if not _MAY_HOLD_ONE.search(text):
        return ()
    covered = bytearray(len(text))
    spans: list[Span] = []
    for span in _candidates(text):
        if span.end > span.start and not any(covered[span.start : span.end]):
            covered[span.start : span.end] = b"\1" * (span.end - span.start)
            spans.append(span)
    quotes = number_kinds.quoted_names(text)
    return tuple(_number(text, span, quotes) for span in sorted(spans))


def _candidates(text: str) -> Iterator[Span]:
    return chain(
        number_kinds.protected(text), quantities.quantities(text), number_kinds.ranks(text), quantities.plain(text)
    )


def _number(text: str, span: Span, quotes: list[tuple[int, int]]) -> Number:
    words, kind = text[span.start : span.end], span.kind
    if kind in {"nombre", "rang", "annee"} and any(since < span.start and span.end < to for since, to in quotes):
        kind = "nom"
    value = span.value if span.value is not None or kind not in {"nombre", "annee"} else worth(words)
    return Number(span.start, span.end, words, value, kind, _unit(text, span.end) if kind in COUNTING else "")


def _unit(text: str, end: int) -> str:
    match = _UNIT.match(text, end)
    if match is None or _NO_NOUN.fullmatch(match.group("noun")):
        return ""
    return match.group("noun")
