"""The data dictionary of a publication: to which base a figure is rounded, what its wider classes unite."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

UNITED = "_ou_"
"""What joins the codes of a wider class that has no code of its own."""
BY_SEX = frozenset({"travail_de_rue", "presence_sociale", "accompagnes"})
BY_AGE = frozenset({"situations", "communes", "problematiques", "problematiques_jeunes", "durees", "demandes"})
ACTIONS = frozenset({"actions", "developpement_social_local", "parentalite", "actions_partenariales"})
ISSUES = frozenset({"problematiques", "problematiques_jeunes"})
AXES: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    "age": (BY_SEX | ACTIONS, BY_AGE),
    "sexe": (frozenset(), BY_SEX),
    "situation": (frozenset({"situations"}), frozenset()),
    "duree": (frozenset({"durees"}), frozenset()),
    "motif": (frozenset({"clotures"}), frozenset()),
    "suite": (frozenset({"demandes"}), frozenset()),
    "famille": (ISSUES, frozenset()),
    "problematique": (ISSUES, frozenset()),
    "partenaire": (frozenset({"co_accompagnements"}), frozenset()),
    "domaine": (frozenset({"orientations"}), frozenset()),
    "statut": (frozenset({"alertes"}), frozenset()),
}
"""Tables whose lines, and tables whose columns, are the classes of an axis."""
Classes = Mapping[str, Mapping[str, tuple[str, ...]]]


def united(code: str) -> frozenset[str]:
    """List the codes that a class unites; a code that unites none stands for itself."""
    return frozenset(code.split(UNITED))


def covers(codes: Iterable[str], wanted: frozenset[str]) -> bool:
    """Say whether classes unite all of some codes."""
    return wanted == frozenset().union(*(united(code) for code in codes))


@dataclass(frozen=True)
class Dictionary:
    """What ``datapackage.json`` says under ``arrondi``.

    Parameters
    ----------
    base
        Base of the rounded figures; 0 where nothing is said.
    others
        Bases of some of them, with what tells which (``indicateur``, ``territoire``, ``ligne``…).
    nearest
        Whether figures are rounded to the nearest multiple, by half the base at most, rather than either way.
    classes
        Axis to its wider classes, each with the codes that it unites.
    """

    base: int = 0
    others: tuple[tuple[Mapping[str, str], int], ...] = ()
    classes: Classes = field(default_factory=dict)
    nearest: bool = False

    def reach(self, base: int) -> int:
        """Most by which a rounded figure may differ from the true one."""
        return base // 2 if self.nearest else base - 1

    def base_of(self, cell: Mapping[str, object]) -> int:
        """Give the base of a rounded figure, 0 where the dictionary does not say."""
        for names, base in self.others:
            if all(str(cell.get(name)) == value for name, value in names.items()):
                return base
        return self.base

    def spelled(self, indicator: str, code: str, *, line: bool) -> str:
        """Write the code of a wider class as the codes that it unites; another code as it is."""
        for axis, classes in self.classes.items():
            if code in classes and (axis not in AXES or indicator in AXES[axis][0 if line else 1]):
                return UNITED.join(classes[code])
        return code


def read_dictionary(path: Path) -> Dictionary:
    """Read ``datapackage.json``; a dictionary that says nothing of rounding is empty."""
    said: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8")).get("arrondi") or {}
    others = tuple(
        ({name: str(value) for name, value in one.items() if name != "base"}, int(one["base"]))
        for one in said.get("autres", ())
    )
    classes = {axis: {code: tuple(parts) for code, parts in of.items()} for axis, of in said.get("classes", {}).items()}
    base = int(said.get("base", 0))
    return Dictionary(base, others, classes, nearest=int(said.get("largeur", base)) < base - 1)
