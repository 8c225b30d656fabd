"""What a finished page states by hand: numbers that no figure answers for, trends that the figures contradict."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from rlpipeline.audit.prose.references import EvolutionOf, Named, named_as, named_figures, named_near, stems_of
from rlpipeline.audit.prose.trends import Direction, Trend, find_claims, find_trends
from rlpipeline.prose.blocks import Block, Figure
from rlpipeline.prose.french_numbers import COUNTING, find_numbers
from rlpipeline.prose.number_words import worth
from rlpipeline.prose.sentences import sentences
from rlpipeline.published.prose import prose_blocks

STEADY_PERCENT = 5.0
"""A figure that moved by less than this part of its former value is stable."""
STEADY_POINTS = 1.0
"""A percentage that moved by less than this many points is stable."""
DIRECTIONS: Mapping[str, Direction] = {
    "en hausse": "hausse",
    "en baisse": "baisse",
    "stable": "stable",
    "stables": "stable",
}

NamesOf = Callable[[str, str, int], frozenset[str]]
"""Names of the lines and columns of a table (indicator, territory, year); none where they are not known."""

_CLAUSE = re.compile(r"[;:]|\b(?:mais|tandis que|alors que|contre|quand|puis)\b", re.IGNORECASE)
_SINCE = re.compile(
    r"(?:depuis|par rapport à|comparée?s? à|qu['’]en|entre|à partir de)\s+(?:l['’]année\s+)?((?:19|20)\d\d)\b"
)
_YEARS_AGO = re.compile(
    r"(?:depuis|en|sur)\s+(deux|trois|quatre|cinq|\d)\s+ans|(deux|trois|quatre|cinq|\d)\s+dernières\s+années",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Unbound:
    """A number typed by hand.

    Parameters
    ----------
    texte
        Name of the service's text, "" for a notebook's Markdown.
    chapitre
        Identifier of the heading above.
    words, value, kind, unit
        As :class:`~rlpipeline.prose.french_numbers.Number` gives them.
    sentence
        The sentence, as a reader sees it.
    places
        Where it stands in the page's source: several places where tags come between.
    """

    texte: str
    chapitre: str
    words: str
    value: float | None
    kind: str
    unit: str
    sentence: str
    places: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Contradicted:
    """A trend typed by hand that its figure contradicts; ``evolution`` in percent, or in points (``unit``)."""

    texte: str
    chapitre: str
    words: str
    announced: str
    shown: str
    evolution: float | None
    unit: str
    figure: str
    reference: tuple[tuple[str, str], ...]
    sentence: str
    places: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Unverifiable:
    """A trend typed by hand that no figure of its sentence can confirm; it never blocks."""

    texte: str
    chapitre: str
    words: str
    announced: str
    reason: str
    sentence: str
    places: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class PageScan:
    """What was found on a page, and how much was read.

    Parameters
    ----------
    blocks, numbers, allowed, bound, typed, confirmed
        Counts: paragraphs read, numbers typed in them, those of an allowed kind, bound figures, values typed with a
        reason, trends that their figure confirms.
    """

    unbound: tuple[Unbound, ...]
    contradicted: tuple[Contradicted, ...]
    unverifiable: tuple[Unverifiable, ...]
    blocks: int
    numbers: int
    allowed: int
    bound: int
    typed: int
    confirmed: int


def scan_page(page: str, evolution_of: EvolutionOf | None = None, names_of: NamesOf | None = None) -> PageScan:
    """Read the prose of a finished page: every number and every trend that was typed by hand.

    Dates, years, law articles, school levels, addresses, telephones, clock times (an opening hour, not « 24 heures de
    travail »), ages and bands of ages, ranks, names and references are allowed; every other number is unbound.
    """
    blocks = prose_blocks(page)
    numbers = [(block, number) for block in blocks for number in find_numbers(block.masked)]
    unbound = tuple(
        Unbound(
            block.texte, block.chapitre, number.words, number.value, number.kind, number.unit,
            _sentence_at(block, number.start), block.places(number.start, number.end),
        )
        for block, number in numbers
        if number.kind in COUNTING
    )  # fmt: skip
    known = _Known(evolution_of, names_of, named_figures(page) if evolution_of else ())
    trends = [found for block in blocks for found in _trends(block, known)]
    trends += [found for block in blocks for found in _claims(block, known)]
    return PageScan(
        unbound,
        tuple(found for found in trends if isinstance(found, Contradicted)),
        tuple(found for found in trends if isinstance(found, Unverifiable)),
        len(blocks),
        len(numbers),
        len(numbers) - len(unbound),
        sum(figure.bound for block in blocks for figure in block.figures),
        sum(not figure.bound for block in blocks for figure in block.figures),
        sum(found is None for found in trends),
    )


def direction(evolution: float, unit: str) -> Direction:
    """Give the direction of an evolution under the rule of ``tendance``; ``unit`` is "%" or "points"."""
    if evolution == 0 or abs(evolution) < (STEADY_POINTS if unit == "points" else STEADY_PERCENT):
        return "stable"
    return "hausse" if evolution > 0 else "baisse"


def _sentence_at(block: Block, place: int) -> str:
    start, end = next(bounds for bounds in sentences(block.text) if bounds[0] <= place < bounds[1])
    return " ".join(block.text[start:end].split())


@dataclass(frozen=True)
class _Known:
    """What tells whether a trend is right: figures, names of other years, and what the tables of the page name."""

    evolution_of: EvolutionOf | None
    names_of: NamesOf | None
    names: tuple[Named, ...]


def _trends(block: Block, known: _Known) -> Iterator[Contradicted | Unverifiable | None]:
    masked = block.masked
    for start, end in sentences(block.text):
        for trend in find_trends(masked[start:end]):
            yield _judge(block, (start, end), trend, known)


def _judge(block: Block, bounds: tuple[int, int], trend: Trend, known: _Known) -> Contradicted | Unverifiable | None:
    start, end = bounds
    sentence = " ".join(block.text[start:end].split())
    places = block.places(start + trend.start, start + trend.end)
    announced = f"pas en {trend.direction}".replace("en stable", "stable") if trend.negated else trend.direction
    figure = _nearest(block, bounds, trend)
    if figure is None:
        return _judge_by_name(block, bounds, trend, known)
    shown, evolution, unit = _movement(figure, block.text[start:end], known.evolution_of)
    if shown is None:
        reason = "évolution inconnue du chiffre lié"
        return Unverifiable(block.texte, block.chapitre, trend.words, announced, reason, sentence, places)
    if (shown == trend.direction) != trend.negated:
        return None
    reference = tuple(sorted(figure.attributes.items()))
    return Contradicted(
        block.texte,
        block.chapitre,
        trend.words,
        announced,
        shown,
        evolution,
        unit,
        figure.words,
        reference,
        sentence,
        places,
    )


def _judge_by_name(
    block: Block, bounds: tuple[int, int], trend: Trend, known: _Known
) -> Contradicted | Unverifiable | None:
    """Hold a trend without a bound figure against the lines of the page's tables that its clause names, if any."""
    start, end = bounds
    sentence = block.text[start:end]
    moved = []
    for named in named_near(known.names, sentence, trend.start, trend.end):
        unit = "points" if "%" in named.shown else "%"
        evolution = known.evolution_of(named.figure) if known.evolution_of else None
        if evolution is not None:
            moved.append((named, evolution, unit))
    announced = f"pas en {trend.direction}".replace("en stable", "stable") if trend.negated else trend.direction
    if not moved:
        places = block.places(start + trend.start, start + trend.end)
        reason, words = "aucun chiffre lié dans la phrase", " ".join(sentence.split())
        return Unverifiable(block.texte, block.chapitre, trend.words, announced, reason, words, places)
    if any((direction(evolution, unit) == trend.direction) != trend.negated for _, evolution, unit in moved):
        return None
    named, evolution, unit = moved[0]
    shown = direction(evolution, unit)
    return _contradicted(block, bounds, trend, _Against(named, announced, shown, evolution, unit))


@dataclass(frozen=True)
class _Against:
    """What contradicts a trend: a figure that its sentence names."""

    named: Named
    announced: str
    shown: str
    evolution: float | None = None
    unit: str = ""


def _contradicted(block: Block, bounds: tuple[int, int], trend: Trend, against: _Against) -> Contradicted:
    start, end = bounds
    named = against.named
    return Contradicted(
        block.texte,
        block.chapitre,
        trend.words,
        against.announced,
        against.shown,
        against.evolution,
        against.unit,
        f"{named.label} : {named.shown}",
        tuple(sorted(named.figure.items())),
        " ".join(block.text[start:end].split()),
        block.places(start + trend.start, start + trend.end),
    )


def _claims(block: Block, known: _Known) -> Iterator[Contradicted]:
    """What a text says is new or is not, and the year before says otherwise of."""
    if not known.names:
        return
    for start, end in sentences(block.text):
        for claim in find_claims(block.text[start:end], known.names[0].year):
            near = named_near(known.names, block.text[start:end], claim.start, claim.end)
            figure = _nearest(block, (start, end), claim)
            linked = named_as(known.names, figure.attributes) if figure else ()
            for named in [one for one in (*linked, *near) if one.is_a_thing][:1]:
                shown = _age(named, known)
                if shown not in {"", claim.direction}:
                    yield _contradicted(block, (start, end), claim, _Against(named, claim.direction, shown))


def _age(named: Named, known: _Known) -> str:
    """Say whether a thing was there the year before; "" where nothing tells."""
    before = known.names_of(named.indicator, named.territory, named.year - 1) if known.names_of else frozenset()
    if named.stems in map(stems_of, before) or (known.evolution_of and known.evolution_of(named.figure) is not None):
        return "ancien"
    return "nouveau" if before else ""


def _nearest(block: Block, bounds: tuple[int, int], trend: Trend) -> Figure | None:
    """The bound figure nearest to a trend in its sentence, those of the same clause first."""
    start, end = bounds
    low, high = start + trend.start, start + trend.end
    near = [
        figure
        for figure in block.figures
        if figure.bound
        and start <= figure.start < end
        and figure.attributes.get("data-ref")
        and figure.attributes.get("data-fonction") != "annee"
    ]

    def distance(figure: Figure) -> int:
        between = block.text[high : figure.start] if figure.start >= high else block.text[figure.end : low]
        return len(between) + 1000 * len(_CLAUSE.findall(between))

    return min(near, key=distance, default=None)


def _movement(
    figure: Figure, sentence: str, evolution_of: EvolutionOf | None
) -> tuple[Direction | None, float | None, str]:
    function, words = figure.attributes.get("data-fonction"), figure.words
    if function == "tendance":
        return DIRECTIONS.get(words.strip().lower()), None, ""
    if function == "evolution" and ("%" in words or "point" in words):
        unit = "points" if "point" in words else "%"
        number = re.match(r"\s*[-+−]?[\d\s\u202f\u00a0]+(?:,\d+)?", words)
        evolution = worth(number.group()) if number else None
    else:
        unit = "points" if "%" in words else "%"
        evolution = evolution_of(_since(figure, sentence)) if evolution_of is not None else None
    return (None, None, unit) if evolution is None else (direction(evolution, unit), evolution, unit)


def _since(figure: Figure, sentence: str) -> Mapping[str, str]:
    """The attributes of a figure, with the year that its sentence compares it with, if it says one."""
    attributes = dict(figure.attributes)
    said, ago, year = _SINCE.search(sentence), _YEARS_AGO.search(sentence), attributes.get("data-annee", "")
    if "data-depuis" in attributes or not year.isdigit():
        return attributes
    if said and int(said.group(1)) < int(year):
        return {**attributes, "data-depuis": said.group(1)}
    years = worth(ago.group(1) or ago.group(2)) if ago else None
    return attributes if years is None else {**attributes, "data-depuis": str(int(year) - int(years))}
