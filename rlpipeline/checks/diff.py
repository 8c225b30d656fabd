"""Two publications compared figure by figure: two years, or two builds of one year."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from rlpipeline import observations
from rlpipeline.checks.audit import text_of
from rlpipeline.checks.model import FIGURES, written
from rlpipeline.checks.page import direction_said, parse, read_quotes, read_text
from rlpipeline.checks.reading import read_columns, year_folders
from rlpipeline.errors import UsageError
from rlpipeline.observations import Observation
from rlpipeline.states import CELLS

KEY = ["indicateur", "territoire", "ligne", "colonne", "recul"]
SAID, SIDES = ["valeur", "unite", "etat"], ("avant", "apres")
SENTENCE = ["page", "texte", "ref", "territoire", "fonction"]
PAGES = ("rapport.html", "communes/*.html")
KINDS = {"changes": "Changés", "nouveaux": "Nouveaux", "disparus": "Disparus"}
LISTED = 12
"""Figures told for each indicator; the others are counted."""
UNITS = {
    "presences": "présences",
    "seances": "séances",
    "problematiques_relevees": "problématiques relevées",
}


@dataclass(frozen=True)
class Side:
    """One of the two publications: its folder, its year, how many figures it has."""

    directory: Path
    year: int
    count: int


@dataclass(frozen=True)
class Differences:
    """What changed from a publication to another.

    ``figures`` has a row a figure: ``KEY`` (``recul`` is 1 for the year before), ``valeur`` (NaN where there is none),
    ``unite`` and ``etat`` of each side (``_avant``, ``_apres``), ``ecart``, and ``sort``: changes, nouveaux, disparus,
    identiques. ``sentences`` are trends that turned: page, texte, ref, territoire, avant, apres.
    """

    before: Side
    after: Side
    figures: pd.DataFrame
    sentences: pd.DataFrame

    def of(self, kind: str) -> pd.DataFrame:
        """Give the figures of a kind, in the order of ``indicateurs.csv``."""
        return self.figures[self.figures["sort"] == kind]

    @property
    def same(self) -> bool:
        """Whether nothing differs."""
        return bool((self.figures["sort"] == "identiques").all() and self.sentences.empty)


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
    (year_a, before), (year_b, after) = _read_figures(a), _read_figures(b)
    both = before.merge(after, on=KEY, how="outer", suffixes=("_avant", "_apres"), indicator="sort")
    both = both.sort_values(["rang_apres", "rang_avant"], ignore_index=True)
    alike = both["unite_avant"] == both["unite_apres"]
    changes = map(observations.compare, _observed(both, "apres"), _observed(both, "avant"))
    both["ecart"] = pd.Series([change.value for change in changes], both.index, dtype="float64")
    for name in SAID:
        left, right = both[f"{name}_avant"], both[f"{name}_apres"]
        alike &= (left == right) | (left.isna() & right.isna())
    both["sort"] = (
        both["sort"]
        .astype(str)
        .map({"left_only": "disparus", "right_only": "nouveaux", "both": "changes"})
    )
    both.loc[alike, "sort"] = "identiques"
    return Differences(
        Side(a, year_a, len(before)), Side(b, year_b, len(after)), both, _turned(a, b)
    )


def _observed(both: pd.DataFrame, side: str) -> Iterator[Observation | None]:
    """Give the figures of a side; None where it has not the row. Bases are not read: a difference needs none."""
    for value, unit, state in zip(*(both[f"{name}_{side}"] for name in SAID), strict=True):
        yield None if pd.isna(state) else Observation(value, unit, state)


def _read_figures(directory: Path) -> tuple[int, pd.DataFrame]:
    path = directory / FIGURES
    try:
        rows = pd.DataFrame(read_columns(path))
        years = rows["annee"].astype(int)
        rows = rows.assign(
            recul=years.max() - years, valeur=pd.to_numeric(rows["valeur"]), rang=rows.index
        )
        return int(years.max()), rows[[*KEY, *SAID, "rang"]].drop_duplicates(KEY, keep="last")
    except (OSError, KeyError, ValueError, TypeError) as error:
        raise UsageError(
            "Les chiffres d'une publication ne se lisent pas.",
            where=str(path),
            expected="le fichier indicateurs.csv écrit par rlpipeline build",
            got=type(error).__name__,
            todo="donner le dossier d'une année publiée",
        ) from error


def _turned(a: Path, b: Path) -> pd.DataFrame:
    of_both = [
        pd.DataFrame(_sentences(path), columns=[*SENTENCE, "mots", "sens"]) for path in (a, b)
    ]
    before, after = (of.assign(rang=of.groupby(SENTENCE).cumcount()) for of in of_both)
    both = after.merge(before, on=[*SENTENCE, "rang"], suffixes=("_apres", "_avant"))
    turned = both[both["sens_avant"] != both["sens_apres"]]
    return turned.rename(columns={"mots_avant": "avant", "mots_apres": "apres"})[
        [*SENTENCE[:4], *SIDES]
    ]


def _sentences(directory: Path) -> Iterator[tuple[str, ...]]:
    for path in (path for pattern in PAGES for path in sorted(directory.glob(pattern))):
        page = path.relative_to(directory).as_posix()
        for quote in read_quotes(parse(read_text(path)), page):
            if quote.function in {"tendance", "evolution", "fois", "sens"}:
                words = quote.words.strip()
                own = {quote.options.get("hausse"): "plus", quote.options.get("baisse"): "moins"}
                says = own.get(words, words) if quote.function == "sens" else words
                place = (page, quote.texte, "/".join(quote.ref), quote.territoire, quote.function)
                yield (*place, words, str(_direction(says)))


def _direction(words: str) -> int | None:
    plain = words.strip().lower()
    known = direction_said(plain)
    if known is not None or re.match(r"[+−-]?0(?:,0+)?(?![\d,])", plain):
        return known or 0
    return {"+": 1, "−": -1, "-": -1}.get(plain[:1])


def render_text(comparison: Differences, listed: int = LISTED) -> str:
    """Tell what changed: ``listed`` figures of each indicator and kind of change; the rest is counted."""
    kinds = {
        title: {
            indicator: [_change_line(change) for change in of.to_dict("records")]
            for indicator, of in comparison.of(kind).groupby("indicateur", sort=False)
        }
        for kind, title in KINDS.items()
    }
    counts = [len(comparison.of(kind)) for kind in (*KINDS, "identiques")]
    turns = comparison.sentences.to_dict("records")
    return text_of(
        "diff.txt.j2", comparison=comparison, kinds=kinds, counts=counts, turns=turns, listed=listed
    )


def _change_line(change: dict[Any, Any]) -> str:
    sides = [
        _value(*of) for of in (_of_side(change, side) for side in SIDES) if isinstance(of[2], str)
    ]
    gap, apart = change["ecart"], ", un an avant" if change["recul"] == 1 else ""
    moved = f" ({'+' if gap > 0 else ''}{_number(gap)})" if pd.notna(gap) and gap else ""
    return f"{change['territoire']}, {change['ligne']} × {change['colonne']}{apart} : {' → '.join(sides)}{moved}"


def _of_side(change: dict[Any, Any], side: str) -> list[Any]:
    return [change[f"{name}_{side}"] for name in SAID]


def _value(value: float, unit: str, state: str) -> str:
    if pd.isna(value):
        return CELLS.get(state, state)
    words = UNITS.get(unit, unit)
    counted = (
        " ".join(word.removesuffix("s") for word in words.split()) if abs(value) < 2 else words
    )
    return f"{_number(value)} {counted}{' (partiel)' if state == 'partiel' else ''}"


def _number(value: float) -> str:
    return written(value).replace("-", "−")


def render_json(comparison: Differences) -> str:
    """Give everything that changed as JSON, figures by their key."""
    content = {
        **{
            name: {"dossier": of.directory.as_posix(), "annee": of.year, "chiffres": of.count}
            for name, of in (("de", comparison.before), ("a", comparison.after))
        },
        "identiques": len(comparison.of("identiques")),
        **{
            kind: [_change_json(change) for change in comparison.of(kind).to_dict("records")]
            for kind in KINDS
        },
        "phrases": comparison.sentences.to_dict("records"),
    }
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def _change_json(change: dict[Any, Any]) -> dict[str, Any]:
    known = {name: None if pd.isna(value) else value for name, value in change.items()}
    values = {side: _of_side(known, side) for side in SIDES}
    sides = {
        side: dict(zip(SAID, of, strict=True)) if of[2] is not None else None
        for side, of in values.items()
    }
    return {**{name: known[name] for name in KEY}, **sides, "ecart": known["ecart"]}
