"""The data dictionary of a publication, ``datapackage.json``: what links its tables, how its figures are rounded."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from rlpipeline.declared import DICTIONARY, ROUNDED, WANTED, Described, FigureKey, Links, differences, read_links
from rlpipeline.errors import ReconciliationError

SAID = 3
"""Differences that an error names."""


@dataclass(frozen=True)
class Dictionary:
    """What the file says of the tables and, under ``arrondi``, of rounding: base 0 where figures are exact.

    ``others`` are the bases of a line (indicator, territory, line) or of a figure (year and column too); ``declared``
    is what it declares of the tables, as the file has it, empty in what was published before that.
    """

    base: int = 0
    others: Mapping[tuple[object, ...], int] = field(default_factory=dict)
    links: Links = field(default_factory=Links)
    declared: Described = field(default_factory=dict, repr=False)

    def base_of(self, key: FigureKey) -> int:
        """Give the base of a rounded figure, 0 where the dictionary does not say."""
        line = (key.indicateur, key.territoire, key.ligne)
        return self.others.get((*line, key.annee, key.colonne)) or self.others.get(line) or self.base


def read_dictionary(directory: Path) -> Dictionary:
    """Read the data dictionary of a publication; it is absent from those made before there was one.

    Raises
    ------
    ReconciliationError
        It is damaged, or none of ours.
    """
    path = directory / DICTIONARY
    if not path.is_file():
        return Dictionary()
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        declared = {name: content[name] for name in WANTED} if "liens" in content else {}
        said = content.get(ROUNDED) or {}
        others: dict[tuple[object, ...], int] = {}
        for other in said.get("autres", ()):
            line = (str(other["indicateur"]), str(other["territoire"]), str(other["ligne"]))
            cell = (int(other["annee"]), str(other["colonne"])) if "colonne" in other else ()
            others[*line, *cell] = int(other["base"])
        return Dictionary(int(said.get("base", 0)), others, read_links(declared) if declared else Links(), declared)
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
        raise _refusal(directory / DICTIONARY, " ; ".join(said[:SAID]))


def linked(dictionary: Dictionary, directory: Path) -> Links:
    """Give what a dictionary declares of the tables, without which a publication is neither audited nor attacked.

    Raises
    ------
    ReconciliationError
        It declares nothing: there is no such file, or an older one.
    """
    if not dictionary.declared:
        path = directory / DICTIONARY
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
