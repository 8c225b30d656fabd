"""Numbers that state a figure: percentages, fractions, « une dizaine », « le double », plain numbers, and years."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rlpipeline.prose.number_kinds import MONTH
from rlpipeline.prose.number_words import CARDINAL, DIGITS, NUMBER, Span, cardinals, worth

APPROXIMATE = {
    "huitaine": 8, "dizaine": 10, "douzaine": 12, "quinzaine": 15, "vingtaine": 20, "trentaine": 30, "quarantaine": 40,
    "cinquantaine": 50, "soixantaine": 60, "centaine": 100, "millier": 1000,
}  # fmt: skip
PARTS = {
    "demi": 2, "tiers": 3, "quart": 4, "cinquième": 5, "sixième": 6, "septième": 7, "huitième": 8, "neuvième": 9,
    "dixième": 10, "vingtième": 20, "centième": 100,
}  # fmt: skip
MULTIPLES = {"doubl": 2.0, "tripl": 3.0, "quadrupl": 4.0, "quintupl": 5.0, "décupl": 10.0}
GLYPHS = {"½": 1 / 2, "¼": 1 / 4, "¾": 3 / 4, "⅓": 1 / 3, "⅔": 2 / 3}
SCALES = {"million": 1e6, "milliard": 1e9, "millier": 1e3, "k€": 1e3, "M€": 1e6}
_MEASURE = (
    r"(?:h|heures?|j|jours?|journées?|mois|semaines?|séances?|ans?|années?|communes?|quartiers?|sites?"
    r"|territoires?|km|mn|minutes?)"
)

_PERCENT = re.compile(
    rf"(?i)(?P<sign>(?<![\w\d])[-+−±]\s?)?(?:(?P<a>{NUMBER})\s*%?\s*(?:à|et|ou|-|–)\s*)?(?P<b>{NUMBER})\s*"
    rf"(?:%|pour[ -]?cents?\b|p\.\s?100)"
)
_PART = re.compile(
    rf"(?i)(?<![\w-])(?P<n>une?|le|{CARDINAL}|\d+)(?:\s+|-)(?P<d>tiers|quarts?"
    rf"|{'|'.join(f'{word}s?' for word in PARTS if word.endswith('ième'))})"
    r"(?![\w-])(?P<after>(?!\s+(?:lieux?|payant|de confiance|extérieure?|digne|neutre)))"
)
_OF = re.compile(r"\s+(?:de|du|des|d['’]|sont|est|ont|a|seulement|environ)|\s*(?:[.,;:)]|$)")
_HALF = re.compile(r"(?i)(?<![\w-])(?:(?:la|une|à|sa|leur)\s+)?moitié\b")
_HALF_DAY = re.compile(
    r"(?i)(?<![\w-])(?:une?|\d+|" + CARDINAL + r")\s+demi[e]?[-s ](?=journées?|heures?|finales?)|(?<=\d )et demie?\b"
)
_MULTIPLE = re.compile(
    r"(?i)\b(?:le|au)\s+(?P<n>double|triple|quadruple|quintuple)\b(?=\s+(?:de|du|des|en|par)\b|\s+d['’]"
    r"|\s*(?:[.,;)]|$))"
    r"|\b(?:a|ont|avait|avaient|aura|auront|est|sont|fait|été|quasi|presque|ayant)\s+(?:(?:plus que"
    r"|presque|quasiment|même|ainsi)\s+)?(?P<m>(?:doubl|tripl|quadrupl|quintupl|décupl)[ée]{1,2}s?r?)\b"
)
_ONE_IN = re.compile(
    rf"(?i)(?<![\w-])(?P<n>une?|{CARDINAL}|{DIGITS})(?P<of>(?:\s+(?!sur\b)[^\W\d_]+"
    rf"(?:['’-][^\W\d_]+)*){{0,3}})\s+sur\s+(?P<d>{CARDINAL}|{DIGITS})(?!\s?%|\s*{_MEASURE}\b|\s+(?:ou|et"
    rf"|à)\s+(?:\d|{CARDINAL}))"
)
_WHOLES = {2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 20.0, 100.0, 1000.0}
_SLASHED = re.compile(r"(?<![\d/\w.,])([1-9])/([2-9]|10)(?![\d/])(?!\s?(?:bis|ter))")
_APPROXIMATE = re.compile(
    rf"(?i)(?<![\w-])(?:(?P<n>une?(?:\s+(?:petite|bonne|grosse|demi-?))?|{CARDINAL}|\d+|quelques|des|plusieurs|la"
    rf"|par|de)\s*(?:\s|(?<=-)))?"
    rf"(?P<w>{'|'.join(f'{word}s?' for word in APPROXIMATE)})\b(?P<of>\s+(?:de\s(?!la\b)|d['’]))?"
)
_ONLY_ONE = re.compile(r"(?i)(?<![\w'’-])une?\s+(?:seule?|unique)\b(?!\s+(?:coup|tenant|élan|bloc))")
_SCALED = re.compile(rf"(?P<n>{DIGITS})\s*(?P<s>millions?|milliards?|milliers?|k€|M€)")
_PAIR = re.compile(rf"(?i)(?<![\w'’-])(?P<n>une?)\s+(?:à|ou)\s+(?=(?:{CARDINAL}|\d)(?!\s+plusieurs))(?!une?\b(?!-))")
_DIGITS = re.compile(rf"(?:(?<![\w\d.,)-])[-−+](?=\d))?{DIGITS}")
_YEAR = re.compile(r"(?:19|20)\d\d")
_COUNTED = re.compile(r"\s*(?:%|€|h\b|euros|heures|habitants|km|m²|[^\W\d_]{3,}s\b)")
_NOT_COUNTED = re.compile(
    r"\s*(?:les|des|nous|dans|sans|mais|plus|ses|ces|vers|tous|toutes|puis|très|après|dès|près|elles|ils|alors)\b"
)
_DATED = re.compile(
    rf"(?i)(?:\b(?:en|année|depuis|avant|après|fin|début|courant|rapport|été|hiver|automne|printemps|dès"
    rf"|jusqu['’]en|exercice|{MONTH}))\s*$"
)


def quantities(text: str) -> Iterator[Span]:
    """Yield percentages, fractions, multiples and approximate numbers, the longest ways of writing first."""
    yield from _percentages(text)
    yield from _fractions(text)
    yield from _multiples(text)
    yield from _approximations(text)
    for match in _SCALED.finditer(text):
        value = worth(match.group("n"))
        yield Span(
            *match.span(), "nombre", None if value is None else value * SCALES[match.group("s").removesuffix("s")]
        )
    for match in _ONLY_ONE.finditer(text):
        yield Span(*match.span(), "nombre", 1.0)
    for match in _PAIR.finditer(text):
        yield Span(*match.span("n"), "nombre", 1.0)


def plain(text: str) -> Iterator[Span]:
    """Yield what remains: plain numbers in digits and in words, years and days of a month in words."""
    for match in _DIGITS.finditer(text):
        kind = "annee" if _is_year(text, match) else "nombre"
        yield Span(*match.span(), kind, worth(match.group()))
    for span in cardinals(text):
        if re.match(rf"\s+{MONTH}", text[span.end :], re.IGNORECASE):
            yield span._replace(kind="date", value=None)
        elif span.value is not None and 1900 <= span.value < 2100 and not _COUNTED.match(text, span.end):
            yield span._replace(kind="annee")
        else:
            yield span


def _is_year(text: str, match: re.Match[str]) -> bool:
    if not _YEAR.fullmatch(match.group()):
        return False
    if _DATED.search(text[max(0, match.start() - 20) : match.start()]) or _NOT_COUNTED.match(text, match.end()):
        return True
    return not _COUNTED.match(text, match.end())


def _percentages(text: str) -> Iterator[Span]:
    for match in _PERCENT.finditer(text):
        value, signed = worth(match.group("b")), match.group("sign")
        start = (
            match.start("sign")
            if signed and not match.group("a") and text[match.start() + 1] != " "
            else match.start("b")
        )
        yield Span(start, match.end(), "pourcentage", -value if value and signed and signed[0] in "-−" else value)
        if match.group("a"):
            yield Span(*match.span("a"), "pourcentage", worth(match.group("a")))


def _fractions(text: str) -> Iterator[Span]:
    for match in _PART.finditer(text):
        word = match.group("d").lower()
        over = PARTS.get(word) or PARTS[word.removesuffix("s")]
        if over > 4 and not _OF.match(text, match.end()):
            continue
        above = 1.0 if match.group("n").lower() == "le" else worth(match.group("n"))
        yield Span(*match.span(), "fraction", None if above is None else above / over)
    for pattern in (_HALF, _HALF_DAY):
        for match in pattern.finditer(text):
            yield Span(match.start(), match.start() + len(match.group().rstrip("- ")), "fraction", 0.5)
    for match in _ONE_IN.finditer(text):
        above, below = worth(match.group("n")), worth(match.group("d"))
        if above is not None and below in _WHOLES and above < below:
            yield Span(*match.span(), "fraction", above / below)
    for match in _SLASHED.finditer(text):
        yield Span(*match.span(), "fraction", int(match.group(1)) / int(match.group(2)))
    for match in re.finditer("[½¼¾⅓⅔]", text):
        yield Span(*match.span(), "fraction", GLYPHS[match.group()])


def _multiples(text: str) -> Iterator[Span]:
    for match in _MULTIPLE.finditer(text):
        word = match.group("n") or match.group("m")
        factor = next(value for stem, value in MULTIPLES.items() if word.lower().startswith(stem))
        place = match.span() if match.group("n") else match.span("m")
        yield Span(*place, "fraction", factor)


def _approximations(text: str) -> Iterator[Span]:
    for match in _APPROXIMATE.finditer(text):
        count, word = (match.group("n") or "").lower().strip(), match.group("w").lower().removesuffix("s")
        if word in {"quinzaine", "quarantaine"} and not (match.group("of") or _ends_there(text, match)):
            continue
        if not count or (count in {"la", "par", "de"} and not match.group("of")):
            continue
        factor = _factor(count)
        yield Span(match.start("n"), match.end("w"), "nombre", None if factor is None else factor * APPROXIMATE[word])


def _ends_there(text: str, match: re.Match[str]) -> bool:
    """« Ils étaient une quinzaine. », not « dans une quinzaine » nor « une quinzaine commerciale »."""
    before = re.search(r"\b(?:dans|par|pour|chaque|en|la)\s+$", text[: match.start()], re.IGNORECASE)
    return before is None and re.match(r"\s*(?:[.,;)]|$)", text[match.end() :]) is not None


def _factor(count: str) -> float | None:
    if count in {"des", "quelques", "plusieurs", "par", "de"}:
        return None
    if "demi" in count:
        return 0.5
    return 1.0 if count.split(maxsplit=1)[0] in {"un", "une", "la"} else worth(count)
