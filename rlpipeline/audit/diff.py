"""Two publications compared figure by figure: two years, or two builds of one year."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple

from rlpipeline.errors import UsageError
from rlpipeline.published.figures import FIGURES, figure_of, named_rows, read_rows
from rlpipeline.published.markup import parse, without_images
from rlpipeline.published.model import FigureKey, Quote
from rlpipeline.published.page import read_quotes
from rlpipeline.published.reading import year_folders

PAGES = ("rapport.html", "communes/*.html")
Direction = Literal["hausse", "stable", "baisse", "inconnue"]
TRENDS: Mapping[str, Direction] = {
    "en hausse": "hausse",
    "stable": "stable",
    "stables": "stable",
    "en baisse": "baisse",
}
_ZERO = re.compile(r"^[+−-]?0(?:,0+)?(?![\d,])")
LISTED = 12
"""Figures told for each indicator; the others are counted."""
NARROW = "\u202f"
UNITS = {"presences": "présences", "seances": "séances", "problematiques_relevees": "problématiques relevées"}
STATES = {"nc": "nc", "vide": "–", "masque": "masqué"}


class Key(NamedTuple):
    """What two figures that are compared have in common; ``recul`` is 1 for a figure of the year before."""

    indicateur: str
    territoire: str
    ligne: str
    colonne: str
    recul: int = 0


@dataclass(frozen=True)
class Value:
    """One figure as published; ``valeur`` is None where it is nc, masque or vide."""

    valeur: float | None
    unite: str
    etat: str


@dataclass(frozen=True)
class Change:
    """A figure that is not the same; None on the side that does not have it."""

    key: Key
    before: Value | None
    after: Value | None

    @property
    def difference(self) -> float | None:
        """Second value less the first, where both are numbers of one unit."""
        before, after = self.before, self.after
        if before is None or after is None or before.valeur is None or after.valeur is None:
            return None
        return round(after.valeur - before.valeur, 6) if before.unite == after.unite else None


@dataclass(frozen=True)
class Turn:
    """A sentence bound to one figure that says another direction."""

    page: str
    texte: str
    ref: str
    territoire: str
    before: str
    after: str


@dataclass(frozen=True)
class Side:
    """One of the two publications: its folder, its year, how many figures it has."""

    directory: Path
    year: int
    figures: int


@dataclass(frozen=True)
class Comparison:
    """What changed from a publication to another.

    Parameters
    ----------
    changed, new, gone
        In the order of ``indicateurs.csv``.
    unchanged
        Number of figures that both have alike.
    turned
        Trends and evolutions of the pages whose direction is not the same.
    """

    first: Side
    second: Side
    changed: tuple[Change, ...]
    new: tuple[Change, ...]
    gone: tuple[Change, ...]
    unchanged: int
    turned: tuple[Turn, ...]

    @property
    def same(self) -> bool:
        """Whether nothing differs."""
        return not (self.changed or self.new or self.gone or self.turned)


def by_indicator(changes: Iterable[Change]) -> Mapping[str, list[Change]]:
    """Group changes by indicator, in order of appearance."""
    groups: dict[str, list[Change]] = {}
    for change in changes:
        groups.setdefault(change.key.indicateur, []).append(change)
    return groups


def resolve(word: str, out: Path) -> Path:
    """Find a publication from a year (looked up in ``out``) or a folder.

    Raises
    ------
    UsageError
        There is no such folder, or it is not one year's publication.
    """
    folder = out / word if re.fullmatch(r"\d{4}", word) and not Path(word).is_dir() else Path(word)
    if (folder / FIGURES).is_file():
        return folder
    inside = [path.name for path in year_folders(folder)]
    if inside:
        todo = f"préciser l'année, par exemple {folder / inside[-1]}"
    else:
        todo = "donner une année publiée ou le dossier d'une année"
    published = [path.name for path in year_folders(out)]
    raise UsageError(
        f"« {word} » n'est pas une publication.",
        where=str(folder),
        expected=f"un dossier qui contient {FIGURES}" + (f", ou {' ou '.join(published)}" if published else ""),
        got="un dossier sans ce fichier" if folder.is_dir() else "aucun dossier de ce nom",
        todo=todo,
    )


def compare(a: Path, b: Path) -> Comparison:
    """Compare the publication ``b`` with ``a``: two folders of one year each.

    Figures are matched by indicator, territory, line and column, and by how far their year is from the report's.

    Raises
    ------
    UsageError
        A folder has no ``indicateurs.csv``, or it cannot be read.
    """
    (year_a, before), (year_b, after) = _read_figures(a), _read_figures(b)
    both = [key for key in after if key in before]
    changes = tuple(Change(key, before[key], after[key]) for key in both if before[key] != after[key])
    return Comparison(
        first=Side(a, year_a, len(before)),
        second=Side(b, year_b, len(after)),
        changed=changes,
        new=tuple(Change(key, None, value) for key, value in after.items() if key not in before),
        gone=tuple(Change(key, value, None) for key, value in before.items() if key not in after),
        unchanged=len(both) - len(changes),
        turned=tuple(_turned(a, b)),
    )


def _read_figures(directory: Path) -> tuple[int, Mapping[Key, Value]]:
    """Year of a publication and its figures, in their order."""
    path = directory / FIGURES
    try:
        figures = [figure_of(row) for row in named_rows(read_rows(path))]
    except (OSError, KeyError, ValueError, TypeError) as error:
        raise UsageError(
            "Les chiffres d'une publication ne se lisent pas.",
            where=str(path),
            expected="le fichier indicateurs.csv écrit par rlpipeline build",
            got=type(error).__name__,
            todo="donner le dossier d'une année publiée",
        ) from error
    year = max((figure.key.annee for figure in figures), default=0)
    return year, {_key(one.key, year): Value(one.valeur, one.unite, one.etat) for one in figures}


def _key(key: FigureKey, year: int) -> Key:
    return Key(key.indicateur, key.territoire, key.ligne, key.colonne, year - key.annee)


def _turned(a: Path, b: Path) -> Iterator[Turn]:
    before = _sentences(a)
    for key, (page, quote) in _sentences(b).items():
        former = before.get(key)
        if former and _direction_of(former[1]) != _direction_of(quote):
            ref = "/".join(quote.ref)
            yield Turn(page, quote.texte, ref, quote.territoire, former[1].words.strip(), quote.words.strip())


SentenceKey = tuple[str, tuple[str, str, str], str, str, int]


def _sentences(directory: Path) -> Mapping[SentenceKey, tuple[str, Quote]]:
    """Trends and evolutions of the pages by text, figure, territory, function and rank among the alike."""
    ranks: Counter[tuple[str, ...]] = Counter()
    sentences: dict[SentenceKey, tuple[str, Quote]] = {}
    for pattern in PAGES:
        for path in sorted(directory.glob(pattern)):
            page = path.relative_to(directory).as_posix()
            for quote in read_quotes(parse(without_images(path.read_text(encoding="utf-8"))), page):
                if quote.function not in {"tendance", "evolution", "fois", "sens"}:
                    continue
                alike = (page, quote.texte, *quote.ref, quote.territoire, quote.function)
                key = (f"{page} {quote.texte}", quote.ref, quote.territoire, quote.function, ranks[alike])
                sentences[key] = page, quote
                ranks[alike] += 1
    return sentences


def _direction_of(quote: Quote) -> Direction:
    words = {quote.options.get("hausse"): "+", quote.options.get("baisse"): "-"} if quote.function == "sens" else {}
    words |= {"plus": "+", "moins": "-", "autant": "0"} if quote.function == "fois" else {}
    last = quote.words.split()[-1:]
    return direction(words.get(quote.words.strip()) or words.get(" ".join(last)) or quote.words)


def direction(words: str) -> Direction:
    """Tell the direction that a trend (« en hausse ») or an evolution (« −3 », « +12 % ») says."""
    plain = words.strip().lower()
    if plain in TRENDS:
        return TRENDS[plain]
    if _ZERO.match(plain):
        return "stable"
    return {"+": "hausse", "−": "baisse", "-": "baisse"}.get(plain[:1], "inconnue")  # type: ignore[return-value]


def render_text(comparison: Comparison, listed: int = LISTED) -> str:
    """Tell what changed, indicator by indicator.

    Parameters
    ----------
    listed
        Figures told for each indicator and kind of change; the rest is counted.
    """
    return "\n".join(_lines(comparison, listed)) + "\n"


def _lines(comparison: Comparison, listed: int) -> Iterator[str]:
    first, second = comparison.first, comparison.second
    yield f"De {_side_words(first)} à {_side_words(second)}"
    if comparison.same:
        yield f"Aucune différence : {_count(second.figures, 'chiffre')} de part et d'autre."
        return
    new, gone, alike = len(comparison.new), len(comparison.gone), comparison.unchanged
    yield (
        f"{_count(len(comparison.changed), 'chiffre')} changé{_s(len(comparison.changed))}, {new} nouveau{_x(new)}, "
        f"{gone} disparu{_s(gone)}, {alike} identique{_s(alike)} ; "
        f"{_count(len(comparison.turned), 'phrase')} de sens contraire ou nouveau."
    )
    for title, changes in (
        ("Changés", comparison.changed),
        ("Nouveaux", comparison.new),
        ("Disparus", comparison.gone),
    ):
        yield from _section(title, changes, listed)
    if comparison.turned:
        yield from ("", "Phrases dont le sens a changé")
        yield from (f"  {_turn_line(turn)}" for turn in comparison.turned)


def _section(title: str, changes: Sequence[Change], listed: int) -> Iterator[str]:
    if changes:
        yield from ("", title)
    for indicator, some in by_indicator(changes).items():
        yield f"  {indicator} ({len(some)})"
        yield from (f"    {_change_line(change)}" for change in some[:listed])
        if len(some) > listed:
            yield f"    … et {len(some) - listed} de plus (--json les donne tous)"


def _change_line(change: Change) -> str:
    key = change.key
    apart = ", un an avant" if key.recul == 1 else ""
    place = f"{key.territoire}, {key.ligne} × {key.colonne}{apart}"
    if change.before is None or change.after is None:
        return f"{place} : {_value(change.before or change.after)}"
    gap = change.difference
    written_gap = f" ({'+' if gap > 0 else ''}{_number(gap)})" if gap else ""
    return f"{place} : {_value(change.before)} → {_value(change.after)}{written_gap}"


def _turn_line(turn: Turn) -> str:
    return f"{turn.page}, texte « {turn.texte} », {turn.ref} ({turn.territoire}) : « {turn.before} » → « {turn.after} »"


def _value(value: Value | None) -> str:
    if value is None or value.valeur is None:
        return STATES.get(value.etat, value.etat) if value else ""
    partial = " (partiel)" if value.etat == "partiel" else ""
    return f"{_number(value.valeur)} {_unit(value)}{partial}"


def _unit(value: Value) -> str:
    """« 2 jeunes », « 1 jeune », « 0,5 heure »."""
    unit = UNITS.get(value.unite, value.unite)
    one = value.valeur is not None and abs(value.valeur) < 2
    return " ".join(word.removesuffix("s") for word in unit.split()) if one else unit


def _number(value: float) -> str:
    text = f"{value:,.6f}".rstrip("0").rstrip(".")
    return text.replace(",", NARROW).replace(".", ",").replace("-", "−")


def _side_words(side: Side) -> str:
    return f"{side.year} ({side.directory})"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{_s(number)}"


def _x(number: int) -> str:
    return "x" if number > 1 else ""


def _s(number: int) -> str:
    return "s" if number > 1 else ""


def render_json(comparison: Comparison) -> str:
    """Give everything that changed as JSON, figures by their key."""
    content = {
        "de": _side_json(comparison.first),
        "a": _side_json(comparison.second),
        "identiques": comparison.unchanged,
        "changes": [_change_json(change) for change in comparison.changed],
        "nouveaux": [_change_json(change) for change in comparison.new],
        "disparus": [_change_json(change) for change in comparison.gone],
        "phrases": [
            {
                "page": turn.page,
                "texte": turn.texte,
                "ref": turn.ref,
                "territoire": turn.territoire,
                "avant": turn.before,
                "apres": turn.after,
            }
            for turn in comparison.turned
        ],
    }
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def _side_json(side: Side) -> dict[str, Any]:
    return {"dossier": side.directory.as_posix(), "annee": side.year, "chiffres": side.figures}


def _change_json(change: Change) -> dict[str, Any]:
    sides = {"avant": _value_json(change.before), "apres": _value_json(change.after)}
    return {**change.key._asdict(), **sides, "ecart": change.difference}


def _value_json(value: Value | None) -> dict[str, Any] | None:
    return None if value is None else {"valeur": value.valeur, "unite": value.unite, "etat": value.etat}
