"""The data dictionary of a publication, ``datapackage.json``: how figures are rounded, what wider classes unite."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from rlpipeline.published.csv_files import former_of, named_rows
from rlpipeline.published.model import Figure, FigureKey, FormerFigure

FILE = "datapackage.json"
ROUNDED = "arrondi"
Classes = Mapping[str, Mapping[str, tuple[str, ...]]]


@dataclass(frozen=True)
class Dictionary:
    """What the file says under ``arrondi``; nothing in an edition whose figures are exact.

    Parameters
    ----------
    base
        Base of the rounded figures; 0 where nothing is said.
    others
        Bases that are not the usual one, of a line (indicator, territory, line) or of a figure (year and column too).
    classes
        Axis to its wider classes, each with the codes that it unites.
    nearest
        Whether figures are rounded to the nearest multiple, by half the base at most, rather than either way.
    """

    base: int = 0
    others: Mapping[tuple[object, ...], int] = field(default_factory=dict)
    classes: Classes = field(default_factory=dict)
    nearest: bool = False

    def base_of(self, key: FigureKey) -> int:
        """Give the base of a rounded figure, 0 where the dictionary does not say."""
        line = (key.indicateur, key.territoire, key.ligne)
        return self.others.get((*line, key.annee, key.colonne)) or self.others.get(line) or self.base

    def reach(self, base: int) -> int:
        """Most by which a figure rounded to a base may differ from the exact one."""
        return base // 2 if self.nearest else base - 1

    def with_margin(self, figure: Figure) -> Figure:
        """Say of a figure by how much the exact one may differ."""
        if figure.etat != ROUNDED:
            return figure
        return replace(figure, marge=max(0.0, self.base_of(figure.key) - 1.0))

    def former(self, lines: Iterable[Sequence[object]]) -> Iterator[FormerFigure]:
        """Read the figures of the year before in lines of ``evolutions.csv``, its header first."""
        for one in map(former_of, named_rows(lines)):
            if one is not None:
                yield replace(one, figure=self.with_margin(one.figure))


def read_dictionary(directory: Path) -> Dictionary:
    """Read the data dictionary of a publication; it is absent from those made before there was one.

    Raises
    ------
    ValueError, KeyError, TypeError
        It is not one of ours.
    """
    path = directory / FILE
    said = json.loads(path.read_text(encoding="utf-8")).get(ROUNDED) if path.is_file() else None
    if said is None:
        return Dictionary()
    others: dict[tuple[object, ...], int] = {}
    for one in said.get("autres", ()):
        line = (str(one["indicateur"]), str(one["territoire"]), str(one["ligne"]))
        cell = (int(one["annee"]), str(one["colonne"])) if "colonne" in one else ()
        others[*line, *cell] = int(one["base"])
    classes = {axis: {code: tuple(codes) for code, codes in of.items()} for axis, of in said.get("classes", {}).items()}
    base = int(said["base"])
    return Dictionary(base, others, classes, nearest=int(said.get("largeur", base)) < base - 1)
