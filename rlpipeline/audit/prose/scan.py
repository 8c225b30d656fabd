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
    evidence = _Evidence(evolution_of, names_of, named_figures(page) if evolution_of else ())
    trends = [judged for block in blocks for judged in _trends(block, evidence)]
    trends += [judged for block in blocks for judged in _claims(block, evidence)]
    return PageScan(
        unbound,
        tuple(judged for judged in trends if isinstance(judged, Contradicted)),
        tuple(judged for judged in trends if isinstance(judged, Unverifiable)),
        len(blocks),
        len(numbers),
        len(numbers) - len(unbound),
        sum(figure.bound for block in blocks for figure in block.figures),
        sum(not figure.bound for block in blocks for figure in block.figures),
        sum(judged is None for judged in trends),
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
class _Evidence:
    """What tells whether a trend is right: figures, names of other years, and what the tables of the page name."""

    evolution_of: EvolutionOf | None
    names_of: NamesOf | None
    names: tuple[Named, ...]


@dataclass(frozen=True)
class _Movement:
    """What a figure says of a trend: its direction, how far it moved, its words, the data-* of its span."""

    direction: str
    evolution: float | None
    unit: str
    words: str
    attributes: Mapping[str, str]


def _trends(block: Block, evidence: _Evidence) -> Iterator[Contradicted | Unverifiable | None]:
    masked = block.masked
    for start, end in sentences(block.text):
        for trend in find_trends(masked[start:end]):
            yield _judge(block, (start, end), trend, evidence)


def _judge(
    block: Block, bounds: tuple[int, int], trend: Trend, evidence: _Evidence
) -> Contradicted | Unverifiable | None:
    """Hold a trend against the figure bound near it, else against the lines of tables that its clause names."""
    start, end = bounds
    sentence = block.text[start:end]
    figure = _nearest(block, bounds, trend)
    if figure is None:
        reason, movements = "aucun chiffre lié dans la phrase", _named_movements(sentence, trend, evidence)
    else:
        reason, movements = "évolution inconnue du chiffre lié", _movement(figure, sentence, evidence.evolution_of)
    if not movements:
        places = block.places(start + trend.start, start + trend.end)
        said = " ".join(sentence.split())
        return Unverifiable(block.texte, block.chapitre, trend.words, _announced(trend), reason, said, places)
    if any((one.direction == trend.direction) != trend.negated for one in movements):
        return None
    return _contradicted(block, bounds, trend, movements[0])


def _announced(trend: Trend) -> str:
    if not trend.negated:
        return trend.direction
    return "pas stable" if trend.direction == "stable" else f"pas en {trend.direction}"


def _named_movements(sentence: str, trend: Trend, evidence: _Evidence) -> list[_Movement]:
    movements = []
    for named in named_near(evidence.names, sentence, trend.start, trend.end):
        unit = "points" if "%" in named.shown else "%"
        evolution = evidence.evolution_of(named.figure) if evidence.evolution_of else None
        if evolution is not None:
            movements.append(_of_named(named, direction(evolution, unit), evolution, unit))
    return movements


def _of_named(named: Named, shown: str, evolution: float | None = None, unit: str = "") -> _Movement:
    return _Movement(shown, evolution, unit, f"{named.label} : {named.shown}", named.figure)


def _contradicted(block: Block, bounds: tuple[int, int], trend: Trend, movement: _Movement) -> Contradicted:
    start, end = bounds
    return Contradicted(
        block.texte,
        block.chapitre,
        trend.words,
        _announced(trend),
        movement.direction,
        movement.evolution,
        movement.unit,
        movement.words,
        tuple(sorted(movement.attributes.items())),
        " ".join(block.text[start:end].split()),
        block.places(start + trend.start, start + trend.end),
    )


def _claims(block: Block, evidence: _Evidence) -> Iterator[Contradicted]:
    """What a text says is new or is not, and the year before says otherwise of."""
    if not evidence.names:
        return
    for start, end in sentences(block.text):
        for claim in find_claims(block.text[start:end], evidence.names[0].year):
            near = named_near(evidence.names, block.text[start:end], claim.start, claim.end)
            figure = _nearest(block, (start, end), claim)
            linked = named_as(evidence.names, figure.attributes) if figure else ()
            named = next((one for one in (*linked, *near) if one.is_a_thing), None)
            age = _age(named, evidence) if named else ""
            if named and age not in {"", claim.direction}:
                yield _contradicted(block, (start, end), claim, _of_named(named, age))


def _age(named: Named, evidence: _Evidence) -> str:
    """Say whether a thing was there the year before; "" where nothing tells."""
    before: frozenset[str] = frozenset()
    if evidence.names_of:
        before = evidence.names_of(named.indicator, named.territory, named.year - 1)
    moved = evidence.evolution_of and evidence.evolution_of(named.figure)
    if named.stems in map(stems_of, before) or moved is not None:
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


def _movement(figure: Figure, sentence: str, evolution_of: EvolutionOf | None) -> list[_Movement]:
    """How a bound figure moved; nothing where it cannot be known."""
    function, words = figure.attributes.get("data-fonction"), figure.words
    if function == "tendance":
        shown = DIRECTIONS.get(words.strip().lower())
        return [_Movement(shown, None, "", words, figure.attributes)] if shown else []
    if function == "evolution" and ("%" in words or "point" in words):
        unit = "points" if "point" in words else "%"
        number = re.match(r"\s*[-+−]?[\d\s\u202f\u00a0]+(?:,\d+)?", words)
        evolution = worth(number.group()) if number else None
    else:
        unit = "points" if "%" in words else "%"
        evolution = evolution_of(_since(figure, sentence)) if evolution_of is not None else None
    if evolution is None:
        return []
    return [_Movement(direction(evolution, unit), evolution, unit, words, figure.attributes)]


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
