"""Two publications compared figure by figure: two years, or two builds of one year."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from rlpipeline import observations
from rlpipeline.checks.audit import text_of
from rlpipeline.checks.model import FIGURES, Figure, written
from rlpipeline.checks.published import Dictionary, figures_in, read_columns, year_folders
from rlpipeline.checks.shown_values import Quote, direction_said, parse, read_quotes, read_text
from rlpipeline.errors import UsageError
from rlpipeline.observations import Observation
from rlpipeline.states import CELLS, PARTIEL

MOVING = frozenset({"tendance", "evolution", "fois", "sens"})
"""Functions of the texts that tell a direction."""
KINDS = {"changes": "Changés", "nouveaux": "Nouveaux", "disparus": "Disparus"}
ALIKE = "identiques"
LISTED = 12
"""Figures told for each indicator; the others are counted."""
UNITS = {
    "presences": "présences",
    "seances": "séances",
    "problematiques_relevees": "problématiques relevées",
}


class Address(NamedTuple):
    """What a figure has in common with that of another publication; ``recul`` is 1 for the year before."""

    indicateur: str
    territoire: str
    ligne: str
    colonne: str
    recul: int


@dataclass(frozen=True)
class Pair:
    """A figure in two publications, None where one has it not."""

    address: Address
    avant: Figure | None
    apres: Figure | None

    @property
    def kind(self) -> str:
        """One of :data:`KINDS`, or ``identiques``."""
        if self.avant is None:
            return "nouveaux"
        if self.apres is None:
            return "disparus"
        if self.avant[1:4] == self.apres[1:4]:
            return ALIKE
        return "changes"

    @property
    def ecart(self) -> float | None:
        """The difference, where both are exact."""
        return observations.compare(_observed(self.apres), _observed(self.avant)).value


class Turn(NamedTuple):
    """Words of a text whose direction turned."""

    page: str
    texte: str
    ref: str
    territoire: str
    avant: str
    apres: str


@dataclass(frozen=True)
class Side:
    """One of the two publications: its folder, its year, its figures."""

    directory: Path
    year: int
    figures: Mapping[Address, Figure]

    @property
    def count(self) -> int:
        """How many figures it has."""
        return len(self.figures)


@dataclass(frozen=True)
class Differences:
    """What changed from a publication to another: figures, and sentences that turned."""

    before: Side
    after: Side
    sentences: Sequence[Turn]

    @cached_property
    def figures(self) -> Sequence[Pair]:
        """Every figure, in the order of the second publication, then those that are gone."""
        before = self.before.figures
        after = self.after.figures
        every = {**after, **before}
        return [Pair(address, before.get(address), after.get(address)) for address in every]

    def of(self, kind: str) -> Sequence[Pair]:
        """Give the figures of a kind."""
        return [pair for pair in self.figures if pair.kind == kind]

    @property
    def same(self) -> bool:
        """Whether nothing differs."""
        return len(self.of(ALIKE)) == len(self.figures) and not self.sentences


def resolve(word: str, out: Path) -> Path:
    """Find a publication from a year (looked up in ``out``) or a folder; UsageError where it is not one year's."""
    folder = out / word if re.fullmatch(r"\d{4}", word) and not Path(word).is_dir() else Path(word)
    if (folder / FIGURES).is_file():
        return folder
    inside = [path.name for path in year_folders(folder)]
    published = [path.name for path in year_folders(out)]
    example = f"préciser l'année, par exemple {folder / inside[-1]}" if inside else ""
    raise UsageError(
        f"« {word} » n'est pas une publication.",
        where=str(folder),
        expected=f"un dossier qui contient {FIGURES}"
        + (f", ou {' ou '.join(published)}" if published else ""),
        got="un dossier sans ce fichier" if folder.is_dir() else "aucun dossier de ce nom",
        todo=example or "donner une année publiée ou le dossier d'une année",
    )


def compare(a: Path, b: Path) -> Differences:
    """Compare two folders of one year each, figure by figure; UsageError where ``indicateurs.csv`` cannot be read."""
    return Differences(_side(a), _side(b), [*_turned(a, b)])


def _observed(figure: Figure | None) -> Observation | None:
    """Give a figure as it is known; its base is not read: a difference needs none."""
    if figure is None:
        return None
    value = math.nan if figure.valeur is None else figure.valeur
    return Observation(value, figure.unite, figure.etat)


def _side(directory: Path) -> Side:
    path = directory / FIGURES
    try:
        figures = figures_in(read_columns(path), Dictionary())
        year = max(figure.key.annee for figure in figures)
    except (OSError, KeyError, ValueError, TypeError) as error:
        raise UsageError(
            "Les chiffres d'une publication ne se lisent pas.",
            where=str(path),
            expected="le fichier indicateurs.csv écrit par rlpipeline build",
            got=type(error).__name__,
            todo="donner le dossier d'une année publiée",
        ) from error
    last: dict[Address, Figure] = {}
    for figure in figures:
        id, of, territory, line, column = figure.key
        address = Address(id, territory, line, column, year - of)
        last.pop(address, None)  # of a line that is there twice, the last
        last[address] = figure
    return Side(directory, year, last)


def _turned(a: Path, b: Path) -> Iterator[Turn]:
    """Find the words that tell another direction in the second publication."""
    before = _directions(a)
    after = _directions(b)
    for place, (words, direction) in after.items():
        former, was = before.get(place, (words, direction))
        if was != direction:
            page, text, ref, territory, *_ = place
            yield Turn(page, text, ref, territory, former, words)


def _directions(directory: Path) -> Mapping[tuple[Any, ...], tuple[str, int | None]]:
    """Read words that tell a direction, by page, text, figure and territory, function, and rank among their like."""
    found: dict[tuple[Any, ...], tuple[str, int | None]] = {}
    ranks = Counter[tuple[str, ...]]()
    paths = [directory / "rapport.html", *sorted(directory.glob("communes/*.html"))]
    for path in filter(Path.is_file, paths):
        page = path.relative_to(directory).as_posix()
        for quote in read_quotes(parse(read_text(path)), page):
            if quote.function in MOVING:
                place = page, quote.texte, "/".join(quote.ref), quote.territoire, quote.function
                found[*place, ranks[place]] = quote.words.strip(), _direction(quote)
                ranks[place] += 1
    return found


def _direction(quote: Quote) -> int | None:
    """Give the direction that words tell, by their first sign where they are a number; None where they tell none."""
    words = quote.words.strip()
    options = quote.options
    if quote.function == "sens" and words in {options.get("hausse"), options.get("baisse")}:
        if words == options.get("baisse"):
            return -1
        return 1
    plain = words.lower()
    known = direction_said(plain)
    if known is not None:
        return known
    if re.match(r"[+−-]?0(?:,0+)?(?![\d,])", plain):
        return 0
    return {"+": 1, "−": -1, "-": -1}.get(plain[:1])


def render_text(comparison: Differences, listed: int = LISTED) -> str:
    """Tell what changed: ``listed`` figures of each indicator and kind of change; the rest is counted."""
    kinds: dict[str, dict[str, list[str]]] = {}
    for kind, title in KINDS.items():
        lines = kinds.setdefault(title, {})
        for pair in comparison.of(kind):
            lines.setdefault(pair.address.indicateur, []).append(_line(pair))
    counts = Counter(pair.kind for pair in comparison.figures)
    return text_of(
        "diff.txt.j2",
        comparison=comparison,
        kinds=kinds,
        counts=[counts[kind] for kind in (*KINDS, ALIKE)],
        turns=comparison.sentences,
        listed=listed,
    )


def _line(pair: Pair) -> str:
    address = pair.address
    gap = pair.ecart
    sides = [_value(side) for side in (pair.avant, pair.apres) if side is not None]
    apart = ", un an avant" if address.recul == 1 else ""
    moved = f" ({'+' if gap > 0 else ''}{_number(gap)})" if gap else ""
    where = f"{address.territoire}, {address.ligne} × {address.colonne}{apart}"
    return f"{where} : {' → '.join(sides)}{moved}"


def _value(figure: Figure) -> str:
    if figure.valeur is None:
        return CELLS.get(figure.etat, figure.etat)
    unit = UNITS.get(figure.unite, figure.unite)
    if abs(figure.valeur) < 2:
        unit = " ".join(word.removesuffix("s") for word in unit.split())
    partial = " (partiel)" if figure.etat == PARTIEL else ""
    return f"{_number(figure.valeur)} {unit}{partial}"


def _number(value: float) -> str:
    return written(value).replace("-", "−")


def render_json(comparison: Differences) -> str:
    """Give everything that changed as JSON, figures by their address."""
    content: dict[str, Any] = {}
    for name, side in (("de", comparison.before), ("a", comparison.after)):
        folder = side.directory.as_posix()
        content[name] = {"dossier": folder, "annee": side.year, "chiffres": side.count}
    content[ALIKE] = len(comparison.of(ALIKE))
    for kind in KINDS:
        content[kind] = [_data(pair) for pair in comparison.of(kind)]
    content["phrases"] = [turn._asdict() for turn in comparison.sentences]
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def _data(pair: Pair) -> dict[str, Any]:
    sides = {"avant": _fields(pair.avant), "apres": _fields(pair.apres)}
    return {**pair.address._asdict(), **sides, "ecart": pair.ecart}


def _fields(figure: Figure | None) -> dict[str, Any] | None:
    if figure is None:
        return None
    return {"valeur": figure.valeur, "unite": figure.unite, "etat": figure.etat}
