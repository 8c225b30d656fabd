"""The data dictionary of a publication, ``datapackage.json``: what links tables, how figures are rounded, classes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from rlpipeline.checks.figures import former_of
from rlpipeline.checks.model import Figure, FormerFigure
from rlpipeline.declared import DICTIONARY as FILE
from rlpipeline.declared import ROUNDED, WANTED, Described, FigureKey, Links, differences, read_links
from rlpipeline.errors import ReconciliationError

SAID = 3
"""Differences that an error names."""
Classes = Mapping[str, Mapping[str, tuple[str, ...]]]


@dataclass(frozen=True)
class Dictionary:
    """What the file says of the tables and, under ``arrondi``, of rounding: nothing where the figures are exact.

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
    links
        What it declares of the tables.
    declared
        The same, as the file has it; empty in what was published before there was such a declaration.
    """

    base: int = 0
    others: Mapping[tuple[object, ...], int] = field(default_factory=dict)
    classes: Classes = field(default_factory=dict)
    nearest: bool = False
    links: Links = field(default_factory=Links)
    declared: Described = field(default_factory=dict, repr=False)

    def base_of(self, key: FigureKey) -> int:
        """Give the base of a rounded figure, 0 where the dictionary does not say."""
        line = (key.indicateur, key.territoire, key.ligne)
        return self.others.get((*line, key.annee, key.colonne)) or self.others.get(line) or self.base

    def margin(self, base: int) -> int:
        """Most by which a figure rounded to a base may differ from the exact one."""
        return base // 2 if self.nearest else base - 1

    def with_margin(self, figure: Figure) -> Figure:
        """Say of a figure by how much the exact one may differ."""
        if figure.etat != ROUNDED:
            return figure
        return replace(figure, marge=max(0.0, self.base_of(figure.key) - 1.0))

    def former(self, rows: Iterable[Mapping[str, str]]) -> Iterator[FormerFigure]:
        """Read the figures of the year before in rows of ``evolutions.csv``."""
        for one in map(former_of, rows):
            if one is not None:
                yield replace(one, figure=self.with_margin(one.figure))


def read_dictionary(directory: Path) -> Dictionary:
    """Read the data dictionary of a publication; it is absent from those made before there was one.

    Raises
    ------
    ReconciliationError
        It is damaged, or none of ours.
    """
    path = directory / FILE
    if not path.is_file():
        return Dictionary()
    try:
        return _dictionary(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise _refusal(path, f"{type(error).__name__} ({error})") from error


def check_declared(directory: Path, expected: Described) -> None:
    """See that the dictionary of a publication says of the tables what the programme declares.

    Raises
    ------
    ReconciliationError
        It says less, or something else: it was changed, or made by another version.
    """
    dictionary = read_dictionary(directory)
    linked(dictionary, directory)
    said = differences(dictionary.declared, expected)
    if said:
        raise _refusal(directory / FILE, " ; ".join(said[:SAID]))


def linked(dictionary: Dictionary, directory: Path) -> Links:
    """Give what a dictionary declares of the tables, without which a publication is neither audited nor attacked.

    Raises
    ------
    ReconciliationError
        It declares nothing: there is no such file, or an older one.
    """
    if not dictionary.declared:
        path = directory / FILE
        raise _refusal(path, "un dictionnaire plus ancien, sans ces liens" if path.is_file() else "aucun fichier")
    return dictionary.links


def _refusal(path: Path, got: str) -> ReconciliationError:
    return ReconciliationError(
        "Le dictionnaire de la publication ne dit pas ce qui lie ses tableaux, ou pas tout : elle ne peut pas être "
        "contrôlée.",
        where=f"{path.parent.name}/{path.name}",
        expected=f"les rubriques {', '.join(f'« {name} »' for name in WANTED)} qu'écrit « rlpipeline build »",
        got=got,
        todo="refaire l'année avec « rlpipeline build »",
    )


def _dictionary(content: Described) -> Dictionary:
    declared = {name: content[name] for name in WANTED} if "liens" in content else {}
    said = content.get(ROUNDED) or {}
    others: dict[tuple[object, ...], int] = {}
    for one in said.get("autres", ()):
        line = (str(one["indicateur"]), str(one["territoire"]), str(one["ligne"]))
        cell = (int(one["annee"]), str(one["colonne"])) if "colonne" in one else ()
        others[*line, *cell] = int(one["base"])
    classes = {axis: {code: tuple(codes) for code, codes in of.items()} for axis, of in said.get("classes", {}).items()}
    base = int(said.get("base", 0))
    nearest = int(said.get("largeur", base)) < base - 1
    links = read_links(declared) if declared else Links()
    return Dictionary(base, others, classes, nearest=nearest, links=links, declared=declared)
