"""Two publications compared figure by figure: two years, or two builds of one year."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

from rlpipeline.audit.diff_model import Change, Comparison, Key, Side, Turn, Value
from rlpipeline.audit.diff_telling import render_json, render_text
from rlpipeline.errors import UsageError
from rlpipeline.published.figures import FIGURES, figure_of, named_rows, read_rows
from rlpipeline.published.markup import parse, without_images
from rlpipeline.published.model import FigureKey, Quote
from rlpipeline.published.page import read_quotes
from rlpipeline.published.reading import year_folders

__all__ = [
    "Change",
    "Comparison",
    "Key",
    "Side",
    "Turn",
    "Value",
    "compare",
    "direction",
    "render_json",
    "render_text",
    "resolve",
]

PAGES = ("rapport.html", "communes/*.html")
Direction = Literal["hausse", "stable", "baisse", "inconnue"]
TRENDS: Mapping[str, Direction] = {
    "en hausse": "hausse",
    "stable": "stable",
    "stables": "stable",
    "en baisse": "baisse",
}
_ZERO = re.compile(r"^[+−-]?0(?:,0+)?(?![\d,])")


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
    seen: Counter[tuple[str, ...]] = Counter()
    found: dict[SentenceKey, tuple[str, Quote]] = {}
    for pattern in PAGES:
        for path in sorted(directory.glob(pattern)):
            page = path.relative_to(directory).as_posix()
            for quote in read_quotes(parse(without_images(path.read_text(encoding="utf-8"))), page):
                if quote.function not in {"tendance", "evolution", "fois", "sens"}:
                    continue
                alike = (page, quote.texte, *quote.ref, quote.territoire, quote.function)
                key = (f"{page} {quote.texte}", quote.ref, quote.territoire, quote.function, seen[alike])
                found[key] = page, quote
                seen[alike] += 1
    return found


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
