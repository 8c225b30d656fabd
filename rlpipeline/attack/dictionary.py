"""Wider classes, as the data dictionary of a publication tells them: which codes they unite, in which tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rlpipeline.published.dictionary import Classes

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


def united(code: str) -> frozenset[str]:
    """List the codes that a class unites; a code that unites none stands for itself."""
    return frozenset(code.split(UNITED))


def covers(codes: Iterable[str], wanted: frozenset[str]) -> bool:
    """Say whether classes unite all of some codes."""
    return wanted == frozenset().union(*(united(code) for code in codes))


def spelled(classes: Classes, indicator: str, code: str, *, line: bool) -> str:
    """Write the code of a wider class as the codes that it unites; another code as it is."""
    for axis, of_axis in classes.items():
        if code in of_axis and (axis not in AXES or indicator in AXES[axis][0 if line else 1]):
            return UNITED.join(of_axis[code])
    return code
